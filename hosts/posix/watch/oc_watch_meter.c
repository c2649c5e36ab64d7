#include "oc_watch_meter.h"

#include <string.h>

#include "oc_clock.h"

#define US_PER_S 1000000
#define JUMP_US  (1 * US_PER_S)

void oc_watch_meter_init(oc_watch_meter_t *meter, int64_t now_us) {
    memset(meter, 0, sizeof(*meter));
    meter->started_us = meter->taken_us = meter->arrived_us = now_us;
    meter->now.first_us = meter->now.first_key_us = meter->now.first_audio_us = -1;
    meter->now.gop_us = meter->now.late_us = -1;
}

static void note_first(const oc_watch_meter_t *meter, int64_t *first_us, int64_t now_us) {
    if (*first_us < 0)
        *first_us = now_us - meter->started_us;
}

static void note_key(oc_watch_meter_t *meter, int64_t at_us, int64_t now_us) {
    note_first(meter, &meter->now.first_key_us, now_us);
    if (meter->key && at_us > meter->key_us)
        meter->now.gop_us = at_us - meter->key_us;
    meter->key_us = at_us;
    meter->key = true;
}

/* Silence counts between frames; without video between packets. */
static void note_arrival(oc_watch_meter_t *meter, bool counts, int64_t now_us) {
    int64_t silence_us = now_us - meter->arrived_us;
    if (!counts)
        return;
    if (meter->measured && silence_us > meter->now.silence_us)
        meter->now.silence_us = silence_us;
    meter->arrived_us = now_us;
}

static void note_lateness(oc_watch_meter_t *meter, int64_t at_us, int64_t now_us) {
    int64_t way_us = now_us - at_us;
    if (!meter->measured || way_us < meter->least_us)
        meter->least_us = way_us;
    meter->measured = true;
    if (way_us - meter->least_us > meter->now.late_us)
        meter->now.late_us = way_us - meter->least_us;
}

/* Of one track, for its window. */
static void note_way(oc_watch_track_t *track, int64_t at_us, int64_t now_us) {
    int64_t way_us = now_us - at_us;
    if (now_us - track->window_us >= OC_WATCH_WINDOW_US) {
        track->window_us = now_us;
        track->measured[1] = track->measured[0];
        track->least_us[1] = track->least_us[0];
        track->measured[0] = false;
    }
    if (!track->measured[0] || way_us < track->least_us[0])
        track->least_us[0] = way_us;
    track->measured[0] = true;
}

/* The time stamps of a track have stepped: what was measured by them begins anew. */
static void note_jump(oc_watch_meter_t *meter, oc_watch_track_t *track, int64_t at_us) {
    int64_t step_us = at_us - track->end_us;
    if (!track->any || (step_us < JUMP_US && step_us > -JUMP_US))
        return;
    meter->now.jumps++;
    meter->measured = meter->key = false;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        meter->track[i].measured[0] = meter->track[i].measured[1] = false;
}

void oc_watch_meter_packet(oc_watch_meter_t *meter, const oc_packet_t *packet, uint32_t timescale) {
    oc_watch_track_t *track = &meter->track[packet->track != 0];
    int64_t now_us = packet->capture_us, at_us;
    bool video = packet->track == 0;
    if (timescale == 0)
        return;
    at_us = oc_clock_rescale(packet->dts, timescale, US_PER_S);
    note_first(meter, &meter->now.first_us, now_us);
    note_jump(meter, track, at_us);
    note_arrival(meter, video || !meter->track[0].any, now_us);
    note_lateness(meter, at_us, now_us);
    note_way(track, at_us, now_us);
    if (video && packet->key)
        note_key(meter, at_us, now_us);
    if (!video)
        note_first(meter, &meter->now.first_audio_us, now_us);
    meter->frames += video;
    meter->now.packets++;
    meter->now.bytes += packet->len_bytes;
    track->any = true;
    track->end_us = oc_clock_rescale(packet->dts + packet->duration, timescale, US_PER_S);
}

static bool least_of(const oc_watch_track_t *track, int64_t *us) {
    bool both = track->measured[0] && track->measured[1];
    *us = both && track->least_us[1] < track->least_us[0] ? track->least_us[1]
          : track->measured[0]                            ? track->least_us[0]
                                                          : track->least_us[1];
    return track->measured[0] || track->measured[1];
}

static void take_offset(const oc_watch_meter_t *meter, oc_watch_second_t *out) {
    int64_t video_us, audio_us;
    out->has_offset =
        least_of(&meter->track[0], &video_us) && least_of(&meter->track[1], &audio_us);
    out->offset_us = out->has_offset ? audio_us - video_us : 0;
}

void oc_watch_meter_take(oc_watch_meter_t *meter, int64_t now_us, oc_watch_second_t *out) {
    int64_t past_us = now_us - meter->taken_us;
    *out = meter->now;
    out->elapsed_us = now_us - meter->started_us;
    if (past_us > 0) {
        uint64_t bits = (meter->now.bytes - meter->taken_bytes) * 8;
        out->bitrate_bps = (uint32_t)(bits * US_PER_S / (uint64_t)past_us);
        out->fps_milli = (uint32_t)((uint64_t)meter->frames * 1000 * US_PER_S / (uint64_t)past_us);
    }
    if (meter->measured && now_us - meter->arrived_us > out->silence_us)
        out->silence_us = now_us - meter->arrived_us;
    take_offset(meter, out);
    meter->taken_us = now_us;
    meter->taken_bytes = meter->now.bytes;
    meter->frames = 0;
    meter->now.silence_us = 0;
    meter->now.late_us = -1;
}
