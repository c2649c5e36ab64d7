/* oc_watch_meter - what `ocellus watch` measures: packets with the time of their arrival go in, the
 * figures of a second come out. Pure: no clock, no memory. */
#ifndef OC_WATCH_METER_H
#define OC_WATCH_METER_H

#include "oc_packet.h"

#define OC_WATCH_WINDOW_US (5 * 1000 * 1000) /* the A/V offset is that of the last one to two */

/* Figures since the last oc_watch_meter_take, and totals. Times in us; -1: not known. */
typedef struct oc_watch_second {
    int64_t elapsed_us;      /* since the meter's start */
    int64_t first_us;        /* from the start to the first packet */
    int64_t first_key_us;    /* ... to the first key frame */
    int64_t first_audio_us;  /* ... to the first audio packet */
    uint64_t packets, bytes; /* since the start */
    uint32_t bitrate_bps;    /* payload of both tracks */
    uint32_t fps_milli;      /* video packets that came */
    int64_t gop_us;          /* between the last two key frames */
    bool has_offset;         /* both tracks came */
    int64_t offset_us;       /* how much later audio arrives than video of the same decode
                                time, by the soonest packets of each; negative: sooner */
    int64_t late_us;         /* the latest packet, beside the earliest of all */
    int64_t silence_us;      /* the longest time without a video packet (audio alone: any) */
    uint64_t jumps;          /* since the start: steps of the time stamps by more than 1 s */
} oc_watch_second_t;

/* One track. */
typedef struct oc_watch_track {
    bool any;
    int64_t end_us;      /* decode time behind the newest packet */
    int64_t window_us;   /* arrival of the first packet of the window */
    bool measured[2];    /* in this window, in the one before */
    int64_t least_us[2]; /* smallest arrival minus decode time there */
} oc_watch_track_t;

/* Private. */
typedef struct oc_watch_meter {
    int64_t started_us, taken_us, arrived_us; /* arrived: of the packet that silence counts from */
    int64_t key_us;                           /* decode time of the newest key frame */
    bool key;
    int64_t least_us; /* smallest arrival minus decode time since the last jump */
    bool measured;    /* least_us is set */
    uint32_t frames;  /* video, since taken_us */
    uint64_t taken_bytes;
    oc_watch_track_t track[OC_TRACKS_MAX];
    oc_watch_second_t now;
} oc_watch_meter_t;

/* Begins at monotonic time now_us. */
void oc_watch_meter_init(oc_watch_meter_t *meter, int64_t now_us);
/* A packet of a track with that time scale has arrived at packet->capture_us. */
void oc_watch_meter_packet(oc_watch_meter_t *meter, const oc_packet_t *packet, uint32_t timescale);
/* The figures up to now_us; the next second begins. */
void oc_watch_meter_take(oc_watch_meter_t *meter, int64_t now_us, oc_watch_second_t *out);

#endif
