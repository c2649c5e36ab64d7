/* sctp_scenes - the situations whose figures matter, in virtual time: used by sctp_goals_test with
 * short runs and by bench/p2p/sctp_sim with long ones. 40 ms of round trip everywhere. */
#ifndef SCTP_SCENES_H
#define SCTP_SCENES_H

#include "sctp_flow.h"
#include "sctp_tcp.h"

#define SCENE_RTT_US 40000

/* What a scene showed; what it does not measure is 0. */
typedef struct scene {
    double mbytes_per_s;                   /* payload of our flow */
    double p50, p95, p99, p999, maximum;   /* milliseconds one way */
    double ratio;                          /* our payload to the rival's, after the first 10 s */
    double mine_mbit, its_mbit;            /* per second, of those */
    double again_per_lost;                 /* chunks sent again to packets lost */
    double lost;                           /* share of packets */
    unsigned wait_p50, wait_p95, wait_p99; /* queueing delay of the link, milliseconds */
    uint64_t timeouts, wrong, frames, made;
} scene_t;

/* As fast as it goes through a relay of 34 MB/s. */
scene_t scene_bulk(oc_cc_kind_t cc, double loss, uint32_t window, int seconds, uint64_t seed);
/* 30 frames a second of 8 KB, every 60th 48 KB; `seeds` runs from `first` on, taken together. */
scene_t scene_video(oc_cc_kind_t cc, double loss, int first, int seeds, int seconds);

typedef enum scene_rival {
    SCENE_CUBIC,
    SCENE_RENO,
    SCENE_SCTP_RENO,
    SCENE_ITSELF,
} scene_rival_t;

/* Two bulk flows on 10 Mbit/s; first: ours began 0.7 s before the other. */
scene_t scene_fair(oc_cc_kind_t cc, scene_rival_t rival, int queue_ms, bool first, int seconds,
                   uint64_t seed);
/* The same over another round trip. */
scene_t scene_fair_at(oc_cc_kind_t cc, scene_rival_t rival, int rtt_ms, int queue_ms, bool first,
                      int seconds, uint64_t seed);
/* Alone on 3 Mbit/s with a buffer of 300 ms. */
scene_t scene_queue(oc_cc_kind_t cc, bool video, int seconds);

#endif
