/* See oc_rate.h. */
#include "oc_rate.h"

/* The i-th oldest sample held. */
static const oc_rate_sample_t *sample_at(const oc_rate_t *rate, uint32_t i) {
    return &rate->sample[(rate->next + OC_RATE_SAMPLES - rate->held + i) % OC_RATE_SAMPLES];
}

static uint32_t clamp(uint64_t value) {
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void oc_rate_add(oc_rate_t *rate, const oc_rate_sample_t *sample) {
    rate->sample[rate->next] = *sample;
    rate->next = (rate->next + 1) % OC_RATE_SAMPLES;
    if (rate->held < OC_RATE_SAMPLES)
        rate->held++;
}

void oc_rate_pause(oc_rate_t *rate, int64_t at_us) {
    if (rate->held == 0)
        return;
    oc_rate_sample_t newest = *sample_at(rate, rate->held - 1);
    newest.at_us = at_us;
    rate->held = 0;
    oc_rate_add(rate, &newest);
}

uint32_t oc_rate_bps(const oc_rate_t *rate) {
    if (rate->held < 2)
        return 0;
    const oc_rate_sample_t *a = sample_at(rate, 0), *b = sample_at(rate, rate->held - 1);
    if (b->at_us <= a->at_us)
        return 0;
    return clamp((b->bytes - a->bytes) * 8000000u / (uint64_t)(b->at_us - a->at_us));
}

uint32_t oc_rate_fps_milli(const oc_rate_t *rate) {
    if (rate->held < 2)
        return 0;
    const oc_rate_sample_t *b = sample_at(rate, rate->held - 1), *a = b;
    for (uint32_t i = 0; i < rate->held; i++) {
        a = sample_at(rate, i);
        if (a->frame_us != 0) /* the window may reach back before the first frame */
            break;
    }
    if (b->frame_us <= a->frame_us)
        return 0;
    uint64_t frames = b->frames - a->frames;
    uint64_t span_us = (uint64_t)(b->frame_us - a->frame_us);
    return clamp((frames * 1000000000u + span_us / 2) / span_us);
}
