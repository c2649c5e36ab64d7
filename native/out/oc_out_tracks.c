/* oc_out_tracks - see the header. */
#include "oc_out_tracks.h"

#include <string.h>

#include "oc_clock.h"
#include "oc_err.h"

#define COARSEST_ORIGIN 25 /* origins per second below which exactness is not worth the shift */

int oc_out_tracks_lead(const oc_ring_t *ring) {
    int audio = -1;
    for (int i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *track = oc_ring_track(ring, (unsigned)i, 0);
        if (track && oc_codec_is_video(track->codec))
            return i;
        if (track && audio < 0)
            audio = i;
    }
    return audio;
}

bool oc_out_tracks_start(const oc_ring_t *ring, const oc_packet_t *packet) {
    return packet->key && packet->track == oc_out_tracks_lead(ring);
}

static bool same_track(const oc_track_t *a, const oc_track_t *b) {
    return a->codec == b->codec && a->timescale == b->timescale && a->width == b->width &&
           a->height == b->height && a->sample_rate == b->sample_rate &&
           a->channels == b->channels && a->in_band == b->in_band &&
           a->config_len == b->config_len && a->config_len <= OC_TRACK_CONFIG_MAX &&
           memcmp(a->config, b->config, a->config_len) == 0;
}

int oc_out_tracks_choose(oc_out_tracks_t *tracks, const oc_ring_t *ring, uint64_t seq,
                         uint32_t ahead) {
    oc_packet_t packet;
    int lead = oc_out_tracks_lead(ring);
    memset(tracks, 0, sizeof *tracks);
    for (uint32_t i = 0; i < ahead && oc_ring_get(ring, seq + i, &packet) == OC_OK; i++)
        if (packet.track < OC_TRACKS_MAX && tracks->config_id[packet.track] == 0)
            tracks->config_id[packet.track] = packet.config_id;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *track = oc_ring_track(ring, i, tracks->config_id[i]);
        if (track)
            tracks->track[i] = *track;
    }
    bool known = lead >= 0 && tracks->track[lead].codec != OC_CODEC_NONE;
    return known ? OC_OK : OC_ERR_NOENT;
}

bool oc_out_tracks_match(oc_out_tracks_t *tracks, const oc_ring_t *ring,
                         const oc_packet_t *packet) {
    unsigned i = packet->track;
    if (i >= OC_TRACKS_MAX || tracks->track[i].codec == OC_CODEC_NONE)
        return false;
    if (packet->config_id == tracks->config_id[i])
        return true;
    const oc_track_t *now = oc_ring_track(ring, i, packet->config_id);
    if (!now || !same_track(now, &tracks->track[i]))
        return false;
    tracks->config_id[i] = packet->config_id;
    return true;
}

bool oc_out_tracks_equal(const oc_out_tracks_t *a, const oc_out_tracks_t *b) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        if (!same_track(&a->track[i], &b->track[i]))
            return false;
    return true;
}

int64_t oc_out_tracks_us(const oc_out_tracks_t *tracks, unsigned track, int64_t dts) {
    return oc_clock_rescale(dts, tracks->track[track].timescale, 1000000);
}

static uint32_t gcd(uint32_t a, uint32_t b) {
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

void oc_out_tracks_base(const oc_out_tracks_t *tracks, const int64_t first_dts[OC_TRACKS_MAX],
                        const bool has[OC_TRACKS_MAX], int64_t base_dts[OC_TRACKS_MAX]) {
    uint32_t unit = 0, present = 0;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (tracks->track[i].codec == OC_CODEC_NONE)
            continue;
        unit = gcd(tracks->track[i].timescale, unit);
        present++;
    }
    bool exact = present == 1 || unit >= COARSEST_ORIGIN;
    if (!exact)
        unit = 1000000;
    int64_t origin = INT64_MAX;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        uint32_t timescale = tracks->track[i].timescale;
        if (tracks->track[i].codec == OC_CODEC_NONE || !has[i])
            continue;
        int64_t at = exact ? floor_div(first_dts[i], timescale / unit)
                           : oc_clock_rescale(first_dts[i], timescale, unit) - 1;
        if (at < origin)
            origin = at;
    }
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        uint32_t timescale = tracks->track[i].timescale;
        if (tracks->track[i].codec == OC_CODEC_NONE || origin == INT64_MAX)
            base_dts[i] = 0;
        else if (exact)
            base_dts[i] = origin * (int64_t)(timescale / unit);
        else
            base_dts[i] = oc_clock_rescale(origin, unit, timescale);
    }
}
