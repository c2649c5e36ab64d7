/* oc_vod_file - a recording of ours that is sent on as it lies: its tracks, its key frames in
 * order, its fragments by their headers. No payload is read, no number of the file trusted. Memory
 * is fixed. Reading may wait for a disk: where that is allowed, never on the media thread. */
#ifndef OC_VOD_FILE_H
#define OC_VOD_FILE_H

#include "oc_key_table.h"
#include "oc_mp4_frag.h"

#define OC_VOD_FILES_MAX 20000u /* of one span */
#define OC_VOD_PATH_MAX  192u   /* bytes with NUL of "<channel>/<file>.mp4" */

/* A recording of a span. */
typedef struct oc_vod_entry {
    const char *path; /* "<channel>/<file>.mp4", borrowed as long as the span */
    int64_t start_ms; /* UTC, of its time 0 */
    int64_t end_ms;   /* UTC; 0: it grows */
    uint64_t bytes;   /* that may be read: those on the disk while it grows */
} oc_vod_entry_t;

/* The recordings of a span, in order of time, and how they are opened. */
typedef struct oc_vod_span {
    const oc_vod_entry_t *entry;
    uint32_t count;
    /* Recording `index`: OC_OK and *out, at most entry.bytes long, borrowed until close; *keys: its
     * key frames (oc_key_table), borrowed as long, empty: they are found in the file; NULL: they
     * are not wanted. OC_ERR_NOENT it is gone | OC_ERR_*. */
    int (*open)(void *context, uint32_t index, oc_mp4_source_t *out, oc_span_t *keys);
    void (*close)(void *context, uint32_t index, oc_mp4_source_t *source);
    void *context;
} oc_vod_span_t;

/* What the header of a fragment says. */
typedef struct oc_vod_fragment {
    uint64_t at;        /* of the first box that belongs to it: free or moof */
    uint64_t moof, end; /* of moof; behind its mdat */
    uint32_t sequence;
    bool has[OC_TRACKS_MAX];
    int64_t first_dts[OC_TRACKS_MAX], end_dts[OC_TRACKS_MAX]; /* ticks, where has */
    int64_t min_pts[OC_TRACKS_MAX], end_pts[OC_TRACKS_MAX];   /* of what is shown first and last */
    int64_t pts; /* ticks of the leading track: of its first sample */
    bool key;    /* that one is a key frame; false: it has none of that track */
} oc_vod_fragment_t;

/* A recording that is open: about 15 KB. Read tracks, lead and body; the rest is its own. */
typedef struct oc_vod_file {
    const oc_vod_span_t *span;
    uint32_t index;
    oc_mp4_source_t source;
    oc_span_t keys;
    oc_mp4_moov_t moov;
    unsigned lead; /* the track that key frames are of: 0 video, 1 where there is none */
    uint64_t body; /* of the first fragment: bytes of ftyp and moov */
    bool open;
    oc_mp4_window_t window;
} oc_vod_file_t;

/* Opens recording `index` of a span (borrowed until closed); file: all of it is set.
 * OC_OK | OC_ERR_NOENT gone | OC_ERR_FORMAT not a recording of ours | OC_ERR_TRUNC | OC_ERR_IO. */
int oc_vod_file_open(oc_vod_file_t *file, const oc_vod_span_t *span, uint32_t index);
/* May be called again, and on zeros. */
void oc_vod_file_close(oc_vod_file_t *file);

/* The fragment at or behind `at`, which is a boundary between boxes. OC_OK | OC_END no whole one
 * follows | OC_ERR_FORMAT | OC_ERR_IO. */
int oc_vod_file_fragment(oc_vod_file_t *file, uint64_t at, oc_vod_fragment_t *out);

/* Where the fragment of a moof begins: the check box in front of it, or the moof. */
uint64_t oc_vod_file_begin(oc_vod_file_t *file, uint64_t moof);

/* A walk over the key frames; begin with zeros. */
typedef struct oc_vod_keys {
    bool begun;
    oc_span_t left;   /* of the table */
    oc_key_t key;     /* the one in hand */
    oc_mp4_frag_t at; /* without a table */
} oc_vod_keys_t;
/* The next one, into keys->key. OC_OK | OC_END | OC_ERR_FORMAT | OC_ERR_IO. */
int oc_vod_keys_next(oc_vod_keys_t *keys, oc_vod_file_t *file);

/* Ticks of a track as milliseconds, and of its leading one. */
int64_t oc_vod_file_ms(const oc_vod_file_t *file, unsigned track, int64_t ticks);

/* The end of a recording's last whole fragment, bytes; *end_ms: when the last of it is over, from
 * its time 0. from: a boundary at or before that fragment, such as that of the last key frame.
 * OC_OK | OC_ERR_*. */
int oc_vod_file_end(oc_vod_file_t *file, uint64_t from, uint64_t *end, int64_t *end_ms);

#endif
