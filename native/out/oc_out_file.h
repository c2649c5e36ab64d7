/* oc_out_file - records one stream into MP4 files: ring reader -> fragments -> file operations.
 * One open file; a fragment at least every fragment_ms (a GOP starts one of its own, unless that
 * before it holds whole GOPs and would be shorter than half of that), written, then synced: with a disk that syncs in time
 * a power cut loses at most the last second. A file is split at the first key packet after
 * segment_ms, at a change of parameter sets and behind a loss of the source. Each file starts at
 * time 0 (at most 40 ms later: oc_out_tracks_base) and keeps the distance of its tracks exactly.
 * Names: docs/formats-recordings.md; while open the end reads "open"; oc_recover repairs what was
 * cut off. The payload is never copied: fragments point into the ring, whose bytes stay pinned
 * until the write's result is back. When the disk is too slow, packets up to a key packet are
 * left out, counted, reported. After a failure the file is ended at its last whole fragment, and a
 * new one is tried every 2 s, from the first key packet still in the ring that is not on the disk.
 * Verbs as everywhere: advance, poll_op / complete, poll_event. Media thread only. */
#ifndef OC_OUT_FILE_H
#define OC_OUT_FILE_H

#include "oc_clock.h"
#include "oc_file_op.h"
#include "oc_fmp4.h"
#include "oc_limits.h" /* OC_OUT_FILE_JOBS, OC_OUT_FILE_JOB_PACKETS */
#include "oc_ring.h"

#define OC_OUT_FILE_NAME_MAX 64 /* bytes with NUL of the recording's name */

typedef struct oc_out_file_config {
    char directory[OC_FILE_PATH_MAX]; /* e.g. "recordings/cam1", relative to the data directory */
    char name[OC_OUT_FILE_NAME_MAX];  /* [A-Za-z0-9-]{1,63}: it must not hold '_' */
    uint32_t segment_ms;              /* split after; 0 = 5,400,000 (90 minutes) */
    const uint64_t *file_bytes;       /* split at the first key packet behind so many bytes;
                                         borrowed, may change; NULL, 0: 4,000,000,000, which no
                                         file is longer than */
    uint32_t fragment_ms;             /* 100 .. 1000; 0 = 500 */
    uint32_t preroll_ms;              /* start this far back in the ring; 0 = at the next key */
    bool no_audio; /* sound is left out, and not counted as lost; a stream of sound only gives no
                      file */
} oc_out_file_config_t;

typedef enum oc_out_file_event {
    OC_OUT_FILE_OPENED,    /* the first fragment of a file is on the disk: path */
    OC_OUT_FILE_RENAMED,   /* the open file got its date when the clock was set: path, was_us */
    OC_OUT_FILE_CLOSED,    /* complete and under its final name: path, bytes, times */
    OC_OUT_FILE_GAP,       /* packets were left out, reported when it goes on: code BUSY the disk
                              did not keep up | NOTSUP the file does not describe them | RANGE
                              before the file's time 0 | what a failure said */
    OC_OUT_FILE_FAILED,    /* writing stopped: code; it is retried every 2 s */
    OC_OUT_FILE_RECOVERED, /* writing goes on */
    OC_OUT_FILE_STOPPED,   /* after oc_out_file_stop: everything is on the disk */
} oc_out_file_event_t;

typedef struct oc_out_file_info {
    oc_out_file_event_t event;
    int code; /* OC_ERR_* or 0 */
    char path[OC_FILE_PATH_MAX];
    int64_t start_us, end_us; /* wall clock of the first packet and the end of the last */
    int64_t was_us;           /* OC_OUT_FILE_RENAMED: the monotonic start it was named by */
    uint64_t bytes;
    uint32_t lost_packets; /* OC_OUT_FILE_GAP */
} oc_out_file_info_t;

typedef struct oc_out_file_stats {
    bool recording; /* a file is open */
    bool failing;   /* between FAILED and RECOVERED */
    uint64_t written_bytes, synced_bytes;
    uint64_t packets;          /* in fragments that were made; those of a file that failed are read
                                  again, or lost */
    uint64_t unwanted_packets; /* of sound that is left out (no_audio) */
    uint32_t files, fragments, lost_packets, gaps, jobs_under_way;
    int64_t synced_until_us; /* capture time of the newest packet known to be on the disk */
} oc_out_file_stats_t;

typedef struct oc_out_file oc_out_file_t; /* opaque, oc_out_file_bytes() of memory */
size_t oc_out_file_bytes(void);

/* Opens a reader on the ring and starts recording. ring and clock: borrowed until the output is
 * stopped; *clock may change at any time: see docs/formats-recordings.md for what names follow.
 * OC_OK | OC_ERR_INVAL name or directory | OC_ERR_RANGE | OC_ERR_BUSY no ring reader. */
int oc_out_file_init(oc_out_file_t *out, oc_ring_t *ring, const oc_clock_t *clock,
                     const oc_out_file_config_t *config, char *why, size_t why_size);

/* Arrival later than this behind what the time line says is no pause, but another line. */
#define OC_OUT_FILE_LATE_MAX_US (60 * INT64_C(1000000))

/* Where 0 of the time line of the ring's packets is, as far as it is known now; microseconds of
 * monotonic time (oc_timeline_zero_us). A file is named by it, fragment_ms after its first packet
 * came: packets that came late, behind a pause of the process or all at once when a source begins,
 * are as old as they are. Never called: by their arrival. */
void oc_out_file_zero(oc_out_file_t *out, int64_t zero_us);

/* Takes what is new in the ring. Returns the monotonic time at which it wants to be called even
 * when no packet comes (INT64_MAX: not needed). */
int64_t oc_out_file_advance(oc_out_file_t *out, int64_t now_us);

/* The next file operation. *op: borrowed until it is completed. OC_OK | OC_AGAIN none. */
int oc_out_file_poll_op(oc_out_file_t *out, const oc_file_op_t **op);
/* The result (OC_OK or OC_ERR_*) of operation id, in the order of poll_op. */
void oc_out_file_complete(oc_out_file_t *out, uint32_t id, int result, int64_t now_us);

/* OC_OK | OC_AGAIN none. */
int oc_out_file_poll_event(oc_out_file_t *out, oc_out_file_info_t *out_event);

/* Ends the file with everything pushed so far; OC_OUT_FILE_STOPPED follows. Twice is fine. */
void oc_out_file_stop(oc_out_file_t *out, int64_t now_us);
/* True when stopped and no operation is under way: the memory may be reused. */
bool oc_out_file_idle(const oc_out_file_t *out);
void oc_out_file_stats(const oc_out_file_t *out, oc_out_file_stats_t *stats);

#endif
