/* oc_rate - bit rate and frame rate over a sliding window of samples; no allocation. */
#ifndef OC_RATE_H
#define OC_RATE_H

#include <stdint.h>

#define OC_RATE_SAMPLES 20 /* kept: 5 s at four samples a second; 32 bytes each */

/* Totals at one moment. */
typedef struct oc_rate_sample {
    int64_t at_us;    /* monotonic */
    int64_t frame_us; /* capture time of the newest frame; 0 = none yet */
    uint64_t bytes;   /* so far */
    uint32_t frames;  /* so far */
} oc_rate_sample_t;

typedef struct oc_rate {
    oc_rate_sample_t sample[OC_RATE_SAMPLES];
    uint32_t next; /* where the next one goes */
    uint32_t held; /* samples in the window */
} oc_rate_t;

/* Adds a sample; at_us must not go back. Start from a zeroed oc_rate_t. */
void oc_rate_add(oc_rate_t *rate, const oc_rate_sample_t *sample);
/* Nothing changed until at_us, and no samples were taken meanwhile: the window begins there. */
void oc_rate_pause(oc_rate_t *rate, int64_t at_us);
/* Bits per second between the oldest and the newest sample; 0 with fewer than two. */
uint32_t oc_rate_bps(const oc_rate_t *rate);
/* Frames per 1000 s by their capture times, exact for an even rate; 0 = none in the window. */
uint32_t oc_rate_fps_milli(const oc_rate_t *rate);

#endif
