/* oc_stream - the main or the sub stream of a channel: handoff -> time line -> ring -> outputs
 * (oc_output.h). Inside native/plane only. Its channel (oc_channel.h) owns it, from the opening of
 * its source until its capture has ended; the settings are the channel's.
 * Invariants: the ring exists from a successful capture_opened on; packets flow in RUNNING, LOST,
 * SILENT and ENDED only; every output has ended before the capture is closed. */
#ifndef OC_STREAM_H
#define OC_STREAM_H

#include "oc_hist.h"
#include "oc_output.h"
#include "oc_plane.h"
#include "oc_rate.h"
#include "oc_stream_fault.h"
#include "oc_stream_loss.h"
#include "oc_stream_video.h"
#include "oc_timeline.h"

#define OC_PLANE_WHY_MAX      256                /* bytes with NUL of an error line */
#define OC_STREAM_WINDOW_US   (30 * 1000 * 1000) /* half of the latency window */
#define OC_STREAM_REPORT_US   (10 * 1000 * 1000) /* a fault that repeats is logged this often */
#define OC_STREAM_RETRY_US    (5 * 1000)         /* a full file queue is asked again after */
#define OC_STREAM_CLIP_MAX_MS (600 * 1000)       /* of one clip behind its beginning */

/* How far closing has come. */
typedef enum oc_stream_step {
    OC_STREAM_STEP_OPEN,    /* not closing */
    OC_STREAM_STEP_ANSWER,  /* the driver's open must answer first */
    OC_STREAM_STEP_OUTPUTS, /* the outputs end, a recording is being finished */
    OC_STREAM_STEP_CAPTURE, /* the capture is being closed */
} oc_stream_step_t;

/* Recordings of a stream that have ended. */
typedef struct oc_recorded {
    uint32_t files, lost_packets;
    uint64_t bytes;
} oc_recorded_t;

/* A camera input, see oc_channel.h. */
typedef struct oc_channel oc_channel_t;

/* What the source said of itself that its ring is planned by. */
typedef struct oc_stream_source {
    uint32_t bitrate_bps, packets_per_s, fps_milli, max_gop_bytes, max_gop_ms; /* 0 = not known */
} oc_stream_source_t;

typedef struct oc_stream {
    oc_plane_t *plane;
    oc_channel_t *channel; /* its owner */
    unsigned slot;         /* numbers its capture, row, name and events (oc_stream_kind_t) */
    oc_stream_state_t state;
    oc_stream_step_t step;
    bool cut;                   /* the capture is closed though outputs have not ended yet */
    bool captured;              /* with cut: it has ended */
    int failure;                /* why opening failed; 0 = it did not */
    char why[OC_PLANE_WHY_MAX]; /* the same in words */
    int64_t opened_us;

    oc_handoff_t handoff;
    oc_handoff_item_t *handoff_memory; /* its slots, from opened on; until the capture has ended */
    oc_timeline_t line;                /* places its tracks on the channel's time line */
    oc_stream_source_t source;
    void *ring_memory; /* of index and payload: another one after a change of settings */
    oc_ring_t *ring;
    bool changing;                     /* settings of the channel are still to take effect */
    uint32_t ring_bytes;               /* payload memory of the ring */
    oc_track_t track[OC_TRACKS_MAX];   /* as last described */
    uint16_t config_id[OC_TRACKS_MAX]; /* of the ring; 0 = track absent or not wanted */
    oc_output_t output[OC_OUTPUTS];    /* by oc_output_id_t */
    oc_recorded_t recorded;            /* before the recording that runs */

    oc_hist_t latency[2]; /* capture to ring; [now] fills, the other is the 30 s before */
    unsigned latency_now;
    int64_t latency_since_us;
    oc_rate_t rate;
    int64_t sampled_us; /* of the newest sample in rate */
    uint32_t frames, losses;
    oc_stream_loss_t loss;
    oc_stream_video_t video;
    oc_stream_fault_t fault;
    bool started, gap; /* a packet was taken into the ring; none since the line broke */
    int64_t frame_us;  /* capture time of the newest video packet */
    int64_t packet_us; /* of the newest packet of all; 0 = none yet */
    int64_t lost_us;   /* where the gap begins: the same, when the source was lost */
    int64_t report_us; /* no further report of a GOP given up before this */

    uint32_t encoder_bps; /* as the source said; 0: its bit rate cannot be set */
} oc_stream_t;

/* The track whose packets say how far it is: video when it has some. */
static inline unsigned oc_stream_lead(const oc_stream_t *stream) {
    return stream->config_id[0] ? 0 : 1;
}

/* Sets up a stream of a channel, which has none of that kind open, and asks the host for its
 * capture. url: copied; it may hold a password. The stream is the channel's from here on.
 * OC_OK | OC_ERR_NOTSUP no driver | OC_ERR_NOMEM | what capture_open answered; then why is set, and
 * there is no stream. */
int oc_stream_open(oc_channel_t *channel, oc_stream_kind_t kind, const char *url, int64_t now_us,
                   char *why, size_t why_size);

/* The driver's answer: plans the ring from what the source delivers and lets packets flow, or ends
 * the stream with `failure` and `why` set. */
void oc_stream_opened(oc_stream_t *stream, int result, const oc_capture_config_t *source,
                      int64_t now_us);

/* The ring that settings of its channel and its source lead to. OC_OK | OC_ERR_RANGE |
 * OC_ERR_INVAL; why is set. */
int oc_stream_plan(const oc_stream_t *stream, const oc_channel_config_t *config,
                   oc_ring_plan_t *plan, oc_ring_size_t *size, char *why, size_t why_size);
/* Whether settings could take effect while it runs. OC_OK | OC_ERR_RANGE; why is set. */
int oc_stream_change_check(const oc_stream_t *stream, const oc_channel_config_t *config, char *why,
                           size_t why_size);
/* The settings of the channel take effect on ring and live output. OC_OK, also when nothing is to
 * do | OC_AGAIN not yet: call again | OC_ERR_NOMEM | OC_ERR_RANGE; why is set. */
int oc_stream_change(oc_stream_t *stream, char *why, size_t why_size);

/* Receives the backlog of the handoff, moves the outputs. Returns when it wants to be called. */
int64_t oc_stream_advance(oc_stream_t *stream, int64_t now_us);

/* Begins closing, or goes on with it; the stream is gone after oc_stream_captured. A sub first. */
void oc_stream_close(oc_stream_t *stream, int64_t now_us);

/* As oc_stream_close, but the capture ends at once, however long the disk takes, and nothing stays
 * in the memory of the ring. Also while it is being closed; twice is fine. */
void oc_stream_cut(oc_stream_t *stream, int64_t now_us);

/* True while the source is open, or may be. */
bool oc_stream_captures(const oc_stream_t *stream);

/* The capture has ended: frees the stream and notifies the channel (oc_channel_stream_gone), which
 * ends with its main. */
void oc_stream_captured(oc_stream_t *stream, int64_t now_us);

/* Describes a track to ring and time line, unless it is not wanted. */
void oc_stream_set_track(oc_stream_t *stream, unsigned index, const oc_track_t *track,
                         int64_t now_us);

/* Changes the state, publishes the row, raises an edge. */
void oc_stream_set_state(oc_stream_t *stream, oc_stream_state_t state, int64_t now_us);

/* Starts a recording of this stream, from where the one before ended with `resume` and as far as
 * the ring has it; one that runs only ends at until_us from now on, which is an instant or 0:
 * never. OC_OK | OC_ERR_NOTSUP | OC_ERR_STATE not open | OC_ERR_RANGE | OC_ERR_INVAL | OC_ERR_BUSY
 * | OC_ERR_NOMEM; why is set. */
int oc_stream_record_start(oc_stream_t *stream, const oc_desired_recording_t *config, bool resume,
                           int64_t until_us, int64_t now_us, char *why, size_t why_size);
/* Begins to finish it. OC_OK none runs | OC_AGAIN it ends later. */
int oc_stream_record_stop(oc_stream_t *stream, int64_t now_us);
/* Starts a clip that reaches back before_ms in the ring and ends after_ms from now; one that runs
 * is made longer, up to OC_STREAM_CLIP_MAX_MS in all. Waiting commands CLIP are answered with the
 * path of its file. OC_AGAIN | as oc_stream_record_start; why is set. */
int oc_stream_clip_start(oc_stream_t *stream, const oc_desired_recording_t *config,
                         uint32_t after_ms, int64_t now_us, char *why, size_t why_size);
/* True while a recording runs, or is being finished. */
static inline bool oc_stream_records(const oc_stream_t *stream) {
    return stream->output[OC_OUTPUT_RECORD].is_open;
}
/* How old the oldest packet of a recording is that the disk does not have yet; 0: none is, or
 * nothing is recorded. */
uint32_t oc_stream_record_age_ms(const oc_stream_t *stream, int64_t now_us);

#endif
