/* oc_export - one MP4 of a span of recordings, without transcoding: packets are those of the files,
 * byte for byte. First a plan, which knows the length of the whole; then bytes from any offset,
 * always the same, so that HTTP ranges work (oc_export_read). Files follow each other without gaps:
 * each begins where the one before ends, picture and sound as far apart as they were (ADR 60). It
 * begins with the last key frame at or before the span and ends with the fragment that reaches its
 * end.
 *
 * Fragmented: init segment of the first file, `sidx`, then the files' fragments as they lie; only
 * decode times and sequence numbers are written anew, check boxes are emptied.
 * Plain: `moov` first, its tables made of the headers of all fragments; behind it in one `mdat` the
 * files' bytes as they lie. The tables do not lie in memory but where the host keeps them.
 *
 * A recording that is damaged, or gone although it had ended, is left out and named: the others go
 * out without it.
 *
 * Memory is the caller's: it grows with the files of a span, not with its length. */
#ifndef OC_EXPORT_H
#define OC_EXPORT_H

#include "oc_fmp4.h"
#include "oc_vod_file.h"

#define OC_EXPORT_POINTS   1024u       /* entries of sidx, besides one for each file */
#define OC_EXPORT_POINT_MS 2000        /* they are at least so far apart */
#define OC_EXPORT_HEAD_MAX (32 * 1024) /* bytes of a moof; larger ones are not ours */
#define OC_EXPORT_NAMED    8u          /* recordings that are left out, by name */

/* How the one MP4 is laid out. */
typedef enum oc_export_format { OC_EXPORT_FRAGMENTED, OC_EXPORT_PLAIN } oc_export_format_t;

/* Keeps the head of a plain MP4: about 20 bytes for each sample. */
typedef struct oc_export_spool {
    /* OC_OK | OC_ERR_DISK_FULL | OC_ERR_IO. read_at: what was not written reads as zeros. */
    int (*write_at)(void *context, uint64_t offset, const void *data, size_t len);
    int (*read_at)(void *context, uint64_t offset, void *buffer, size_t len);
    void *context;
} oc_export_spool_t;

typedef struct oc_export_config {
    int64_t from_ms, to_ms; /* UTC; to_ms INT64_MAX: all there is */
    oc_export_format_t format;
    oc_export_spool_t spool; /* of a plain one */
} oc_export_config_t;

/* Bytes of the MP4 that come from one place; they end where the next piece begins. */
typedef struct oc_export_piece {
    uint64_t out; /* where they are in the MP4 */
    uint64_t at;  /* and in what they come from */
    uint32_t file;
    enum { OC_EXPORT_MEMORY, OC_EXPORT_SPOOL, OC_EXPORT_RAW, OC_EXPORT_FRAGMENTS } kind;
    int64_t shift;     /* steps (oc_export_t) added to every time */
    uint32_t sequence; /* added to sequence numbers */
} oc_export_piece_t;

/* A fragment that begins with a key frame. */
typedef struct oc_export_point {
    uint64_t out;
    int64_t pts; /* ticks of the leading track */
} oc_export_point_t;

/* A plan. Read bytes, changed_ms, begun_ms, duration_ms and left_out; the rest is its own. */
typedef struct oc_export {
    oc_export_config_t config;
    const oc_vod_span_t *span;
    uint64_t bytes;      /* of the MP4 */
    int64_t changed_ms;  /* with OC_ERR_STATE: UTC of the first recording of another coding */
    int64_t begun_ms;    /* UTC, of the first packet */
    int64_t duration_ms; /* of the MP4 */
    uint32_t left_outs;  /* recordings that are left out ... */
    uint32_t left_out[OC_EXPORT_NAMED]; /* ... the first ones found, by their place in the span */
    oc_mp4_track_t track[OC_TRACKS_MAX];
    unsigned lead;  /* the track that key frames are of */
    uint32_t steps; /* in a second: each is a whole number of ticks in both tracks */
    int64_t end_dts[OC_TRACKS_MAX]; /* ticks, of what there is so far */
    int64_t end_pts[OC_TRACKS_MAX]; /* when the last of it is over: pictures may be out of order */
    uint32_t sequence;              /* the last one so far */
    uint32_t skip[OC_TRACKS_MAX];   /* samples of the first fragment that are left out */
    oc_export_piece_t *piece;       /* pieces, and one behind them whose `out` is the end */
    oc_export_point_t *point;
    uint8_t *head, *cut; /* what is in memory: init segment and sidx; head of a cut fragment */
    bool *bad;           /* of each recording: it is left out */
    uint32_t failed;     /* 1 + the recording that a failure is of; 0: of none */
    uint32_t pieces, points, points_max;
    size_t init_len;
} oc_export_t;

/* Bytes of memory for a span of so many recordings, <= OC_VOD_FILES_MAX: 76 KB and 73 each. */
size_t oc_export_bytes(uint32_t files);

/* Makes the plan. memory: oc_export_bytes of the span's count, aligned to 16; span and memory are
 * borrowed as long as the plan. file: scratch.
 * OC_OK | OC_ERR_NOENT nothing there, or nothing that is not left out | OC_ERR_STATE the coding
 * changes: changed_ms | OC_ERR_TOO_BIG | OC_ERR_DISK_FULL | OC_ERR_IO of the spool. */
int oc_export_plan(oc_export_t *plan, void *memory, const oc_export_config_t *config,
                   const oc_vod_span_t *span, oc_vod_file_t *file);

#endif
