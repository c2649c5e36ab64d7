/* oc_channel - one stream of a channel: handoff -> time line -> ring -> live output and recording.
 * Inside native/plane only. It lives in memory of the host's from CHANNEL_OPEN (sub: from each try
 * to open it) until its capture has ended. Main owns the channel: it is adopted, answered for and
 * closed; sub is opened by it, closed before it, and never changes it (oc_channel_sub.c).
 * Invariants: the ring exists from a successful capture_opened on; packets flow in RUNNING, LOST
 * and ENDED only; the recording is finished before the capture is closed. */
#ifndef OC_CHANNEL_H
#define OC_CHANNEL_H

#include "oc_channel_loss.h"
#include "oc_channel_sub.h"
#include "oc_channel_video.h"
#include "oc_hist.h"
#include "oc_out_file.h"
#include "oc_out_live.h"
#include "oc_plane.h"
#include "oc_rate.h"
#include "oc_timeline.h"

#define OC_CHANNEL_WHY_MAX     256                /* bytes with NUL of an error line */
#define OC_CHANNEL_WINDOW_US   (30 * 1000 * 1000) /* half of the lateness window */
#define OC_CHANNEL_REPORT_US   (10 * 1000 * 1000) /* a fault that repeats is logged this often */
#define OC_CHANNEL_RETRY_US    (5 * 1000)         /* a full file queue is asked again after */
#define OC_CHANNEL_FETCH_SLOTS 16                 /* segments whose fetches are counted */

/* How far closing has come. */
typedef enum oc_channel_step {
    OC_CHANNEL_STEP_OPEN,    /* not closing */
    OC_CHANNEL_STEP_ANSWER,  /* the driver's open must answer first */
    OC_CHANNEL_STEP_FILE,    /* the recording is being finished */
    OC_CHANNEL_STEP_CAPTURE, /* the capture is being closed */
} oc_channel_step_t;

/* The recording of a channel. file NULL: none. */
typedef struct oc_channel_record {
    oc_out_file_t *file;
    oc_record_config_t config;
    const oc_file_op_t *refused; /* the host's queue was full: submitted again later */
    bool stopping;
    int64_t started_us;           /* when it was asked for */
    int64_t stopped_us;           /* when the one before was told to stop; 0 = none was */
    uint32_t files, lost_packets; /* of recordings before this one */
    uint64_t bytes;
} oc_channel_record_t;

/* How often a live segment was fetched. */
typedef struct oc_channel_fetch {
    uint32_t number, count;
} oc_channel_fetch_t;

struct oc_channel {
    oc_plane_t *plane;
    unsigned number; /* its slot */
    oc_channel_state_t state;
    oc_channel_step_t step;
    oc_channel_config_t config; /* url blanked: it may hold a password; so may sub_url, main only */
    uint32_t config_hash, generation;
    bool adopted;
    bool cut;      /* the capture is closed though the recording is still being finished */
    bool captured; /* with cut: it has ended */
    int failure;   /* why opening failed; 0 = it did not */
    char why[OC_CHANNEL_WHY_MAX]; /* the same in words */
    int64_t opened_us;

    oc_handoff_t handoff;
    oc_handoff_item_t *handoff_memory; /* its slots, from opened on; until the capture has ended */
    oc_timeline_t line;
    void *ring_memory;
    oc_ring_t *ring;
    uint32_t ring_bytes;               /* payload memory of the ring */
    oc_track_t track[OC_TRACKS_MAX];   /* as last described */
    uint16_t config_id[OC_TRACKS_MAX]; /* of the ring; 0 = track absent or not wanted */
    oc_out_live_t *live;
    oc_channel_record_t record;
    oc_channel_sub_t sub; /* main only */

    oc_hist_t latency[2]; /* capture to ring; [now] fills, the other is the 30 s before */
    unsigned latency_now;
    int64_t latency_since_us;
    oc_rate_t rate;
    int64_t sampled_us; /* of the newest sample in rate */
    uint32_t frames, losses;
    oc_channel_loss_t loss;
    oc_channel_video_t video;
    bool started;      /* a packet has been taken into the ring */
    int64_t frame_us;  /* capture time of the newest video packet */
    int64_t packet_us; /* of the newest packet of all; 0 = none yet */
    int64_t lost_us;   /* where the gap begins: the same, when the source was lost */
    int64_t report_us; /* no further report of a GOP given up before this */

    oc_channel_fetch_t fetch[OC_CHANNEL_FETCH_SLOTS];
    uint32_t live_requests;
    int64_t fetched_us;
    uint32_t encoder_bps;  /* as the source said; 0: its bit rate cannot be set */
    uint32_t ring_viewers; /* as the host told last */
    bool ring_back;        /* ring_gone was told: the ring is lent to nobody any more */
};

/* Sets up a channel from a checked config (config_hash is only published) and asks the host for its
 * capture. OC_OK | OC_ERR_NOTSUP no driver | OC_ERR_NOMEM | what capture_open answered. */
int oc_channel_open(oc_plane_t *plane, unsigned number, const oc_channel_config_t *config,
                    uint32_t config_hash, int64_t now_us, char *why, size_t why_size);

/* The driver's answer: plans the ring from what the source delivers and lets packets flow, or ends
 * the channel with `failure` and `why` set. */
void oc_channel_opened(oc_channel_t *channel, int result, const oc_capture_config_t *source,
                       int64_t now_us);

/* Takes what waits in the handoff, moves the outputs. Returns when it wants to be called again. */
int64_t oc_channel_advance(oc_channel_t *channel, int64_t now_us);

/* Begins closing, or goes on with it; twice is fine. The channel is gone after
 * oc_channel_captured. */
void oc_channel_close(oc_channel_t *channel, int64_t now_us);

/* As oc_channel_close, but the capture ends at once, however long the disk takes, and nothing stays
 * in the memory of the ring. Also while it is being closed; twice is fine. */
void oc_channel_cut(oc_channel_t *channel, int64_t now_us);

/* True while the source is open, or may be. */
bool oc_channel_captures(const oc_channel_t *channel);

/* The capture has ended: frees everything, also the channel, and answers who waits for it. */
void oc_channel_captured(oc_channel_t *channel, int64_t now_us);

/* Overwrites a text that may hold a password. */
void oc_channel_wipe(char *text, size_t size);

/* Describes a track to ring and time line, unless it is not wanted. */
void oc_channel_set_track(oc_channel_t *channel, unsigned index, const oc_track_t *track,
                          int64_t now_us);

/* Changes the state, publishes the row, raises an edge. */
void oc_channel_set_state(oc_channel_t *channel, oc_channel_state_t state, int64_t now_us);

/* Starts a recording of this stream; with equal settings a running one goes on.
 * OC_OK | OC_ERR_STATE not open, or another recording runs | OC_ERR_RANGE | OC_ERR_INVAL |
 * OC_ERR_BUSY | OC_ERR_NOMEM; why is set. */
int oc_channel_record_start(oc_channel_t *channel, const oc_record_config_t *config, int64_t now_us,
                            char *why, size_t why_size);
/* Begins to finish it. OC_OK none runs | OC_AGAIN waiting commands are answered later. */
int oc_channel_record_stop(oc_channel_t *channel, int64_t now_us);
/* Moves the recording. Returns when it wants to be called again (INT64_MAX: not by time). */
int64_t oc_channel_record_advance(oc_channel_t *channel, int64_t now_us);
/* The result of a file operation. */
void oc_channel_record_done(oc_channel_t *channel, uint32_t id, int result, int64_t now_us);
/* True while a source that can wait should: the disk is behind, and nothing need be lost. */
bool oc_channel_record_behind(const oc_channel_t *channel);

#endif
