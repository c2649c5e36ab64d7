/* oc_out_file_impl - what the parts of oc_out_file share; nobody else includes it.
 *   oc_out_file.c       reading the ring, deciding where fragments and files end, public functions
 *   oc_out_file_job.c   making one fragment and its operations
 *   oc_out_file_name.c  names of files, and the clock
 *   oc_out_file_end.c   results of operations, ending and repairing files, failures, events
 * Two files at most are under way: the one being written and the one before it, being ended. */
#ifndef OC_OUT_FILE_IMPL_H
#define OC_OUT_FILE_IMPL_H

#include "oc_fragment_check.h"
#include "oc_limits.h" /* OC_OUT_FILE_EVENTS: the oldest goes first */
#include "oc_out_file.h"
#include "oc_out_ops.h"
#include "oc_out_tracks.h"
#include "oc_record_name.h"
#include "oc_seek_index.h"

/* Bytes of the place for the index, at most, and of the pieces in which it is emptied. */
#define OC_OUT_FILE_PLACE      OC_SEEK_PLACE_BYTES(OC_OUT_FILE_KEYS)
#define OC_OUT_FILE_BLANK      4096u
#define OC_OUT_FILE_HEAD_SPANS (2 + OC_OUT_FILE_PLACE / OC_OUT_FILE_BLANK)

#define OC_OUT_FILE_HEAD_BYTES (OC_FRAGMENT_CHECK_BYTES + OC_FMP4_HEAD_MAX(OC_OUT_FILE_JOB_PACKETS))

typedef enum oc_out_part_state {
    OC_OUT_PART_FREE,
    OC_OUT_PART_WRITING,    /* takes fragments; nothing on the disk before the first one */
    OC_OUT_PART_ENDING,     /* CLOSE is queued or under way */
    OC_OUT_PART_TRUNCATING, /* closed; what a failed write left is being cut off */
    OC_OUT_PART_INDEXING,   /* closed; its index is being written */
    OC_OUT_PART_RENAMING,   /* closed and whole */
    OC_OUT_PART_UNLINKING,  /* closed; holds nothing playable */
} oc_out_part_state_t;

/* One file. About 70 KB; on a board 12 KB. */
typedef struct oc_out_part {
    oc_out_part_state_t state;
    uint32_t handle;    /* unique; its operations carry it */
    bool begun;         /* CREATE was queued */
    bool created;       /* CREATE succeeded */
    bool failed;        /* an operation failed: only what `good` covers is kept */
    bool outdated;      /* packets came that it does not describe: split at the next start */
    bool announced;     /* OPENED was reported */
    bool dating;        /* a RENAME of the open file is queued or under way */
    uint32_t syncs;     /* SYNCs queued or under way */
    uint64_t first_seq; /* number of its first packet */
    int64_t first_us;   /* stream time of its first packet */
    int64_t arrived_us; /* monotonic time at which its first packet came */
    int64_t capture_us; /* the same, of its capture: earlier when it came late */
    uint32_t packets;   /* in whole fragments queued so far */
    oc_out_tracks_t tracks;
    oc_fmp4_t mux;
    oc_out_mark_t queued, good, synced; /* built; written; known to be on the disk */
    oc_record_name_t name;
    char path[OC_FILE_PATH_MAX];
    uint32_t renames; /* final names tried */
    uint32_t dates;   /* names with a date tried while open */
    uint8_t head[OC_FMP4_INIT_MAX + OC_SEEK_MARK_BYTES + OC_SEEK_HEAD_BYTES];
    oc_span_t head_spans[OC_OUT_FILE_HEAD_SPANS];
    oc_seek_index_t index;
    uint64_t place_at; /* of the place for the index in the file */
    bool indexed;      /* the place is written */
    oc_span_t patch;   /* what is being written of the index */
    uint8_t place[OC_OUT_FILE_PLACE];
} oc_out_part_t;

/* One fragment under way. */
typedef struct oc_out_job {
    bool used;
    int pin;
    uint8_t head[OC_OUT_FILE_HEAD_BYTES];
    oc_span_t spans[OC_OUT_FILE_JOB_PACKETS + 1];
} oc_out_job_t;

typedef enum oc_out_file_state {
    OC_OUT_FILE_READING,  /* packets are taken as they come */
    OC_OUT_FILE_RETRYING, /* after a failure, until retry_us */
    OC_OUT_FILE_ENDING,   /* stopped: files are being ended */
    OC_OUT_FILE_ENDED,    /* stopped, nothing under way */
} oc_out_file_state_t;

struct oc_out_file {
    oc_out_file_state_t state;
    oc_ring_t *ring;
    const oc_clock_t *clock;
    oc_out_file_config_t config;
    int64_t zero_us; /* oc_out_file_zero */
    bool placed;     /* it is known */
    int reader;
    bool started; /* the first packet was taken */
    bool stopping;
    uint64_t pos;        /* number of the first packet not in a fragment yet */
    uint64_t stop_seq;   /* last packet to record, when stopping */
    uint64_t resume_seq; /* RETRYING: first packet that is not on the disk for sure */
    int64_t retry_us;
    int code;            /* why it is failing */
    uint32_t collisions; /* file names that existed, in a row */
    bool named;          /* a file has got its final name: it began at */
    bool last_monotonic;
    int64_t last_start_us;

    /* packets read ahead for the next fragment: pos .. pos + pending - 1 */
    uint32_t pending;
    int64_t pending_capture_us;        /* of the first */
    int64_t pending_us[OC_TRACKS_MAX]; /* stream time of each track's first */
    bool pending_has[OC_TRACKS_MAX];
    bool pending_delta; /* one of them needs the key packet before it */
    bool pending_rest;  /* the first picture does: they begin inside of a GOP */

    oc_out_part_t part[2];
    int current;                      /* index of the part in WRITING; -1 = none */
    int64_t track_end[OC_TRACKS_MAX]; /* dts at which each track of the last fragment ended */
    bool track_ends[OC_TRACKS_MAX];   /* whether it is known and the next file follows on it */
    oc_out_job_t job[OC_OUT_FILE_JOBS];
    oc_out_ops_t ops;
    oc_packet_t packets[OC_OUT_FILE_JOB_PACKETS];

    uint32_t gap_packets; /* left out and not reported yet */
    int gap_code;
    oc_out_file_info_t event[OC_OUT_FILE_EVENTS];
    uint32_t event_first, event_count;
    oc_out_file_stats_t stats;
};

/* oc_out_file_job.c */
/* True for sound that is not recorded. */
bool oc_out_file_unwanted(const oc_out_file_t *out, const oc_packet_t *packet);
/* Gives the current part its tracks and names; the packet is its first. OC_OK | OC_ERR_NOENT. */
int oc_out_file_prepare(oc_out_file_t *out, oc_out_part_t *part, const oc_packet_t *packet);
/* Queues the pending packets as a fragment. OC_OK (or left out and counted) | OC_AGAIN no room. */
int oc_out_file_cut(oc_out_file_t *out);
/* The track that the index of a file is about: video when there is some. */
unsigned oc_out_file_lead(const oc_out_part_t *part);
/* True when a fragment can be queued now. */
bool oc_out_file_room(const oc_out_file_t *out);
/* Forgets what was read ahead. */
void oc_out_file_unread(oc_out_file_t *out);

/* oc_out_file_name.c */

/* Names a new part, whose capture_us is set. */
void oc_out_file_name_new(const oc_out_file_t *out, oc_out_part_t *part);
/* The name under which a part is closed, by the clock as it is now. */
oc_record_name_t oc_out_file_name_end(const oc_out_file_t *out, const oc_out_part_t *part);
/* A part is closed under this name. */
void oc_out_file_name_ended(oc_out_file_t *out, const oc_record_name_t *name);
/* Renames the open file once the clock is set. Cheap when there is nothing to do. */
void oc_out_file_name_date(oc_out_file_t *out);
void oc_out_file_name_dated(oc_out_file_t *out, oc_out_part_t *part, const oc_out_op_t *done,
                            int result);

/* oc_out_file_end.c */

/* Gives a fragment's bytes back to the ring; job < 0: nothing to do. */
void oc_out_file_release(oc_out_file_t *out, int job);
/* Counts packets that are left out; reported with the next fragment or at the end. */
void oc_out_file_lost(oc_out_file_t *out, uint64_t packets, int code);
void oc_out_file_report_gap(oc_out_file_t *out);
/* Reports FAILED unless that was said already with the same code. */
void oc_out_file_fail_event(oc_out_file_t *out, const oc_out_part_t *part, int code);
/* No packet follows: SYNC what is not covered, CLOSE. */
void oc_out_file_end_part(oc_out_file_t *out, oc_out_part_t *part);
/* Applies one result. */
void oc_out_file_result(oc_out_file_t *out, const oc_out_op_t *done, int result, int64_t now_us);
void oc_out_file_event(oc_out_file_t *out, oc_out_file_event_t event, int code,
                       const oc_out_part_t *part);

#endif
