/* oc_vod_list - the recordings of a span as one HLS playlist (RFC 8216): segments are byte ranges
 * of the files as they lie, whole groups of pictures, 3 to 6 s where pictures allow it (the first
 * one a single group: so much is read before a picture is seen); each file has its EXT-X-MAP,
 * EXT-X-PROGRAM-DATE-TIME and, but for the first, EXT-X-DISCONTINUITY. It begins with the key frame
 * at or before the span, and ends with a segment that reaches its end. Memory does not grow with
 * the span: the text goes out piece by piece. */
#ifndef OC_VOD_LIST_H
#define OC_VOD_LIST_H

#include "oc_vod_file.h"

#define OC_VOD_SEGMENT_MS                                                                          \
    3000                  /* a segment ends with the first key frame so long after its first       \
                           */
#define OC_VOD_TARGET_S 6 /* EXT-X-TARGETDURATION at least; longer groups raise it */

typedef struct oc_vod_list_config {
    int64_t from_ms, to_ms; /* UTC; to_ms INT64_MAX: all there is */
    bool live;              /* more will follow: EVENT, which goes on; else VOD */
    const char *prefix;     /* of each address: "../../recordings/"; borrowed until return */
} oc_vod_list_config_t;

/* Takes text as it is made; borrowed until return. OC_OK | OC_ERR_*, which ends the writing. */
typedef struct oc_vod_text {
    int (*add)(void *context, const char *text, size_t len);
    void *context;
} oc_vod_text_t;

/* Writes the playlist. file: scratch. A recording that is gone or cannot be read is passed over.
 * OC_OK | OC_ERR_NOENT no segment | OC_ERR_IO the same, and something could not be read | what
 * text.add returned. */
int oc_vod_list_write(const oc_vod_list_config_t *config, const oc_vod_span_t *span,
                      oc_vod_file_t *file, const oc_vod_text_t *text);

#endif
