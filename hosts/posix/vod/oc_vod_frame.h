/* oc_vod_frame - the key frame of a channel's recordings at an instant, as a decoder wants it. May
 * wait for the disk. One thread at a time. */
#ifndef OC_VOD_FRAME_H
#define OC_VOD_FRAME_H

#include "oc_vod_folder.h"

/* A packet that can be decoded by itself. */
typedef struct oc_vod_frame {
    int64_t wall_ms; /* UTC: when it is shown */
    bool settled;    /* what comes later changes nothing: there are pictures behind the instant, or
                        the file is closed */
    oc_track_t track;
    uint32_t bytes;
    uint8_t *data; /* the caller's: free */
} oc_vod_frame_t;

/* The last key frame at or before at_ms (UTC), of a recording that has that instant, or ended up to
 * OC_VOD_FRAME_GAP_MS before it. place, synced, keys: as oc_vod_folder_open. out: set when OC_OK |
 * OC_ERR_NOENT no recording there, or one without pictures | OC_ERR_INVAL no name of a channel |
 * OC_ERR_FORMAT the file is no recording of ours | OC_ERR_*. */
#define OC_VOD_FRAME_GAP_MS 2000 /* as between the files of one span (SPANS_LIST) */
int oc_vod_frame_read(const oc_vod_place_t *place, const char *channel, int64_t at_ms,
                      const oc_vod_synced_t *synced, oc_key_cache_t *keys, oc_vod_frame_t *out);

#endif
