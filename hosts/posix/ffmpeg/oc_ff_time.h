/* oc_ff_time - from a source's time stamps to ticks of a track. Pure. Pictures keep the source's
 * own ticks. Sound is counted in samples: a container that rounds (1 ms in Matroska) gives back
 * exact times, and a step of more than its rounding is followed at once, so nothing drifts. */
#ifndef OC_FF_TIME_H
#define OC_FF_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define OC_FF_TIME_NONE INT64_MIN /* no time stamp */
/* A step of dts that no pace is kept over: the source has jumped. */
#define OC_FF_TIME_JUMP_US 10000000

typedef struct oc_ff_time {
    uint32_t num, den; /* seconds per unit of the source */
    uint32_t scale;    /* ticks per second of the track */
    bool counted;      /* sound */
    bool any;          /* something was mapped */
    int64_t next;      /* ticks: where the next one is expected */
} oc_ff_time_t;

/* num / den: time base of the source, both > 0. rate: samples per second of sound, 0 = pictures.
 */
void oc_ff_time_init(oc_ff_time_t *time, uint32_t num, uint32_t den, uint32_t rate);

/* Any of the source's units as ticks, to the nearest. */
int64_t oc_ff_time_ticks(const oc_ff_time_t *time, int64_t units);

/* dts and composition offset of one packet in ticks. duration: ticks, 0 = not known. */
void oc_ff_time_map(oc_ff_time_t *time, int64_t dts, int64_t pts, uint32_t duration, int64_t *ticks,
                    int32_t *cts);

/* When a packet is due: keeps a source that does not wait on real time. */
typedef struct oc_ff_pace {
    bool any;
    int64_t origin_us; /* monotonic time of media time 0 */
    int64_t last_us;   /* media time of the packet before */
} oc_ff_pace_t;

/* Monotonic time at which a packet of media time at_us is due. A jump of the media time begins
 * again at now_us. */
int64_t oc_ff_pace_due(oc_ff_pace_t *pace, int64_t at_us, int64_t now_us);

#endif
