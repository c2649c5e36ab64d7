/* oc_view_rate - what the paths of a stream's viewers bear, fed back to what makes the stream: a
 * bit rate, and when a key frame is worth asking for. One for each camera stream; pure: no clock,
 * no I/O, no allocation, integers only. What a viewer is said to bear falls within half a second of
 * a queue that does not drain, a round trip that has grown or frames that were lost, and rises
 * slowly. The stream follows the weakest viewer down to the floor; who cannot even bear that loses
 * frames alone (`below_floor`). Without viewers the stream has its ceiling again. */
#ifndef OC_VIEW_RATE_H
#define OC_VIEW_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* Times and shares of the control, for tests and for docs/formats-viewers.md. */
#define OC_VIEW_RATE_WINDOW_US 500000  /* one judgement of a viewer, or 2 round trips */
#define OC_VIEW_RATE_SETTLE_US 1000000 /* a new or resumed viewer is not judged: its first GOP */
#define OC_VIEW_RATE_STANDING_US                                                                   \
    200000                               /* a queue that never drains below so much is congestion  \
                                          */
#define OC_VIEW_RATE_GROWTH_US   20000   /* so is a round trip above 5/4 of the least, and this */
#define OC_VIEW_RATE_HOLD_US     2000000 /* nothing rises so soon after a fall, unless set */
#define OC_VIEW_RATE_UP_US       2000000 /* between two rises that are told */
#define OC_VIEW_RATE_KEPT        85      /* percent of what was delivered, after a fall */
#define OC_VIEW_RATE_RISE        8 /* percent per second; a quarter of it near the last fall */
#define OC_VIEW_RATE_KEY_US      1000000 /* between key frames that viewers have asked for, ... */
#define OC_VIEW_RATE_KEY_BUSY_US 4000000 /* ... while a path is congested */

/* What the stream's source can be told. */
typedef enum oc_view_rate_control {
    OC_VIEW_RATE_BITRATE, /* bits per second */
    OC_VIEW_RATE_FIXED,   /* nothing but key frames */
} oc_view_rate_control_t;

typedef struct oc_view_rate_config {
    oc_view_rate_control_t control;
    uint32_t floor_bps;   /* > 0: below this nobody else's picture is spoiled */
    uint32_t ceiling_bps; /* >= floor_bps: what the stream is set to without viewers */
    uint32_t hold_us;     /* nothing rises so soon after a fall; 0: OC_VIEW_RATE_HOLD_US */
} oc_view_rate_config_t;

/* One live view of the stream; lives in the caller's memory from join to leave. `able_bps` and
 * `below_floor` may be read, the rest is private. */
typedef struct oc_view_rate_viewer {
    struct oc_view_rate_viewer *next;
    uint32_t able_bps; /* what its path is thought to bear */
    bool below_floor;  /* not even the floor: the stream does not follow it */
    bool congested;    /* by the last judgement */
    bool paused;       /* as reported */
    bool wants_key;
    uint8_t below;                        /* judgements in a row under the floor */
    uint32_t limit_bps;                   /* where it fell last; 0 none */
    uint32_t least_rtt_us, before_rtt_us; /* of this and of the last ten seconds and more; 0 none */
    uint32_t window_rtt_us;               /* least of the window; 0 none */
    uint64_t window_queue;                /* least of the window, bytes */
    uint64_t window_acked;                /* acked_bytes at its beginning */
    uint32_t window_dropped;              /* dropped at its beginning */
    bool begun;                           /* a window is running */
    int64_t window_us, settle_us, fell_us, rtt_since_us;
} oc_view_rate_viewer_t;

/* What is measured of a view; as often as is convenient, at least every 250 ms. */
typedef struct oc_view_rate_sample {
    uint64_t acked_bytes;  /* since the view began: oc_send_stream_stats */
    uint64_t queued_bytes; /* wait in the ring, or sent and not acknowledged */
    uint32_t rtt_us;       /* smoothed round trip; 0 not known */
    uint32_t dropped;      /* frames lost to it since it began: overtaken, high watermark */
    bool paused;           /* nothing is to be sent (page hidden, no report): says nothing of the
                              path */
} oc_view_rate_sample_t;

/* What is to be changed; only the fields that `what` names. */
enum {
    OC_VIEW_RATE_SET_BITRATE = 1, /* bitrate_bps */
    OC_VIEW_RATE_REQUEST_KEY = 2, /* ask the source for a key frame now */
};
typedef struct oc_view_rate_decision {
    unsigned what;
    uint32_t bitrate_bps; /* floor_bps .. ceiling_bps */
} oc_view_rate_decision_t;

/* Private but for `target_bps`. */
typedef struct oc_view_rate {
    oc_view_rate_config_t config;
    oc_view_rate_viewer_t *first;
    uint32_t target_bps;    /* what the viewers bear, floor .. ceiling */
    uint32_t announced_bps; /* what was decided last */
    unsigned what;          /* decided and not polled yet */
    int64_t up_us;          /* the last rise that was told */
    int64_t key_us;         /* the last key packet, or the last time one was asked for */
} oc_view_rate_t;

/* A stream at its ceiling, without viewers. OC_OK | OC_ERR_RANGE a field
 * of config is out of its range. */
int oc_view_rate_init(oc_view_rate_t *rate, const oc_view_rate_config_t *config);

/* Other numbers from now on: floor_bps > 0, at most the ceiling; hold_us as in the config. */
void oc_view_rate_tune(oc_view_rate_t *rate, uint32_t floor_bps, uint32_t hold_us, int64_t now_us);

/* A live view begins: it is thought to bear what the stream has now, until it is seen that it does
 * not. viewer: borrowed until oc_view_rate_leave. */
void oc_view_rate_join(oc_view_rate_t *rate, oc_view_rate_viewer_t *viewer, int64_t now_us);
/* It ends; also for one that never joined since it was zeroed. */
void oc_view_rate_leave(oc_view_rate_t *rate, oc_view_rate_viewer_t *viewer, int64_t now_us);
/* What was measured of it. */
void oc_view_rate_report(oc_view_rate_t *rate, oc_view_rate_viewer_t *viewer,
                         const oc_view_rate_sample_t *sample, int64_t now_us);
/* It can go on only from a key packet, and none is in the ring. */
void oc_view_rate_want_key(oc_view_rate_t *rate, oc_view_rate_viewer_t *viewer, int64_t now_us);

/* The source has made a key packet: nobody wants one any more. */
void oc_view_rate_key_packet(oc_view_rate_t *rate, int64_t now_us);

/* The next decision. OC_OK | OC_AGAIN nothing is to be changed. */
int oc_view_rate_poll(oc_view_rate_t *rate, int64_t now_us, oc_view_rate_decision_t *out);
/* When poll has a key frame to ask for without another call before; INT64_MAX never. */
int64_t oc_view_rate_next_deadline(const oc_view_rate_t *rate);

#endif
