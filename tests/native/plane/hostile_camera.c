#include "hostile_camera.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_clock.h"
#include "oc_fake_media.h"

#define BYTES_MAX  200000 /* of the packet that is larger than its ring */
#define STAMPS     14     /* kinds of time stamps */
#define LONG_EVERY 1009   /* one camera of so many is long, one of ten of these very long */

hostile_camera_t hostile_camera;

/* splitmix64 */
static uint64_t next(hostile_camera_t *c) {
    uint64_t z = (c->random += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint32_t below(hostile_camera_t *c, uint32_t n) {
    return (uint32_t)(next(c) % n);
}

static bool one_in(hostile_camera_t *c, uint32_t n) {
    return below(c, n) == 0;
}

/* ---- tracks ---- */

static void describe_video(hostile_camera_t *c, oc_track_t *track, unsigned kind) {
    static const uint8_t hvcc[32] = {1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93};
    oc_fake_video_track(track, (uint16_t)(16 + 16 * below(c, 120)), 240, 15, 1, below(c, 3));
    if (kind == 1) {
        track->codec = OC_CODEC_H265;
        memcpy(track->config, hvcc, sizeof hvcc);
        track->config_len = sizeof hvcc;
    } else if (kind == 2) {
        track->codec = OC_CODEC_MJPEG;
        track->config_len = 0;
    }
    static const uint32_t scales[] = {90000, 90000, 1000, 15, 1000000, 1, INT32_MAX};
    track->timescale = scales[below(c, 7)];
    track->in_band = one_in(c, 4);
}

static void describe_audio(hostile_camera_t *c, oc_track_t *track, unsigned kind) {
    static const uint32_t rates[] = {8000, 16000, 44100, 48000};
    oc_fake_audio_track(track);
    track->channels = 1 + below(c, 2);
    if (kind == 0)
        return;
    track->codec = kind == 1 ? OC_CODEC_PCMA : kind == 2 ? OC_CODEC_PCMU : OC_CODEC_OPUS;
    track->config_len = 0;
    track->timescale = track->sample_rate = kind == 3 ? 48000 : rates[below(c, 4)];
    if (kind == 3) {
        memcpy(track->config, "\0\2\0\0\0\0\xBB\x80\0\0", 11);
        track->config_len = 11;
    }
}

static void omit(oc_track_t *track) {
    *track = (oc_track_t){.codec = OC_CODEC_NONE, .omitted = 0x61626364};
}

static void be_born(hostile_camera_t *c, uint64_t seed) {
    static const uint32_t gops[] = {1, 2, 15, 30, 75, 300, 1500, 5000, 100000};
    *c = (hostile_camera_t){.seed = seed, .random = seed * 7919 + 1};
    bool is_long = seed % LONG_EVERY == 0, is_very = seed % (10 * LONG_EVERY) == 0;
    c->packets_max = is_very ? 100000 : is_long ? 5000 : 40 + below(c, 160);
    c->gop = gops[below(c, 9)];
    c->stamps = below(c, STAMPS);
    c->pace = below(c, 4);
    c->loses = one_in(c, 4);
    c->changes = one_in(c, 4);
    c->odd_sizes = one_in(c, 4);
    c->described_late = one_in(c, 4);
    unsigned video = below(c, 8), audio = below(c, 8);
    if (video < 7)
        describe_video(c, &c->track[0], video % 3);
    else if (one_in(c, 2))
        omit(&c->track[0]);
    if (audio < 6)
        describe_audio(c, &c->track[1], audio % 4);
    else if (one_in(c, 2))
        omit(&c->track[1]);
    if (video == 7 && audio >= 6)
        describe_video(c, &c->track[0], 0);
    c->picture_to = c->sound_to = UINT32_MAX;
    if (one_in(c, 5))
        c->picture_from = below(c, c->packets_max);
    if (one_in(c, 5))
        c->picture_to = below(c, c->packets_max);
    if (one_in(c, 5))
        c->sound_from = below(c, c->packets_max);
    if (one_in(c, 5))
        c->sound_to = below(c, c->packets_max);
    c->lends = one_in(c, 4);
    c->key_wanted = c->held = true;
}

/* Whether the packet of a number is a picture. */
static bool is_picture(uint32_t number) {
    return number % 3 == 0;
}

bool hostile_camera_is_late(const hostile_camera_t *c) {
    uint32_t picture = c->picture_from, sound = c->sound_from;
    while (!is_picture(picture))
        picture++;
    while (is_picture(sound))
        sound++;
    return picture > sound;
}

bool hostile_camera_is_whole(const hostile_camera_t *c) {
    bool fine = c->track[0].timescale > 1000000; /* no MP4 has a picture of 3 s with such ticks */
    return !c->loses && !c->changes && !c->odd_sizes && !c->lends && !c->stray && !fine &&
           c->counted == 0;
}

void hostile_camera_text(const hostile_camera_t *c, char *text, size_t size) {
    snprintf(text, size,
             "seed %llu: %s %s, stamps %u, gop %u, pace %u%s%s%s%s, pictures %u-%u, sound %u-%u, "
             "%u sent, %u losses",
             (unsigned long long)c->seed, oc_codec_name(c->track[0].codec),
             oc_codec_name(c->track[1].codec), c->stamps, c->gop, c->pace,
             c->loses ? ", loses" : "", c->changes ? ", changes" : "",
             c->odd_sizes ? ", odd sizes" : "", c->lends ? ", lends" : "", c->picture_from,
             c->picture_to, c->sound_from, c->sound_to, c->sent, c->losses);
}

/* ---- packets ---- */

/* A time stamp, in ticks, for an instant of the camera's own clock. */
static int64_t stamp_of(hostile_camera_t *c, unsigned index, int64_t us) {
    const uint32_t scale = c->track[index].timescale;
    int64_t plain = oc_clock_rescale(1000000 + us, 1000000, scale), n = c->number;
    switch (c->stamps) {
    case 0:
    case 1:
        return plain;
    case 2: /* one hours away */
        return one_in(c, 20) ? plain + 37600LL * scale : plain;
    case 3: /* one long ago */
        return one_in(c, 20) ? plain - 37600LL * scale : plain;
    case 4: /* back by 3.6 s now and then */
        return plain - n / 40 * 36 * scale / 10;
    case 5: /* ahead by 3.6 s */
        return plain + n / 40 * 36 * scale / 10;
    case 6: /* the clock is set */
        return n < 30 ? plain : plain + 1700000000LL * scale;
    case 7: /* none ever changes */
        return 77;
    case 8: /* it runs backwards */
        return -plain;
    case 9: /* it makes no sense */
        return (int64_t)next(c);
    case 10: /* the ends of numbers */
        return one_in(c, 8) ? INT64_MAX : one_in(c, 8) ? INT64_MIN : plain;
    case 11: /* only the sound's clock is set */
        return index == 1 && n > 50 ? plain - 5LL * scale : plain;
    case 12: /* twice as fast as it says */
        return 2 * plain;
    default: /* it wraps at 32 bits */
        return (int64_t)(uint32_t)(plain + UINT32_MAX - 100000);
    }
}

static uint32_t size_of(hostile_camera_t *c) {
    if (c->odd_sizes && one_in(c, 30))
        return one_in(c, 3) ? BYTES_MAX : 0;
    return 1 + below(c, 120);
}

static void send(hostile_camera_t *c, unsigned index, int64_t now_us) {
    static uint8_t bytes[BYTES_MAX];
    bool picture = index == 0;
    bool key = !picture || c->key_wanted || c->pictures % c->gop == 0 ||
               c->track[0].codec == OC_CODEC_MJPEG;
    uint32_t usual =
        oc_codec_is_video(c->track[index].codec) ? c->track[index].timescale / 15 : 160;
    oc_packet_t packet = {.data = bytes,
                          .len_bytes = size_of(c),
                          .dts = stamp_of(c, index, c->at_us),
                          .cts = c->stamps == 9 ? (int32_t)next(c) : 0,
                          .duration = one_in(c, 3)    ? usual
                                      : one_in(c, 40) ? UINT32_MAX
                                                      : 0,
                          .capture_us = now_us,
                          .track = (uint8_t)index,
                          .key = key};
    int pushed = c->lends ? oc_handoff_lend(c->handoff, &packet, &c->released, c->sent + 1)
                          : oc_handoff_push(c->handoff, &packet);
    if (pushed != OC_OK) {
        oc_handoff_count_lost(c->handoff, OC_LOSS_QUEUE_FULL);
        c->counted++;
        c->key_wanted |= picture;
    } else if (picture)
        c->key_wanted = false;
    c->stray |= c->track[index].codec == OC_CODEC_NONE;
    c->pictures += picture;
    c->sent++;
}

/* Something of a description changes in the middle. */
static void change(hostile_camera_t *c) {
    unsigned index = below(c, OC_TRACKS_MAX);
    unsigned how = below(c, 4);
    if (how == 0)
        omit(&c->track[index]);
    else if (index == 0)
        describe_video(c, &c->track[0], below(c, 3));
    else
        describe_audio(c, &c->track[1], below(c, 4));
    oc_handoff_push_track(c->handoff, index, &c->track[index]);
    c->key_wanted |= index == 0 && !one_in(c, 4);
}

static void describe(hostile_camera_t *c) {
    if (c->described)
        return;
    c->described = true;
    for (unsigned i = 0; c->described_late && i < OC_TRACKS_MAX; i++)
        oc_handoff_push_track(c->handoff, i, &c->track[i]);
}

/* The next packet: sound and picture in turns. */
static void step(hostile_camera_t *c, int64_t now_us) {
    unsigned index = is_picture(c->number) ? 0 : 1;
    bool picture = c->number >= c->picture_from && c->number < c->picture_to;
    bool sound = c->number >= c->sound_from && c->number < c->sound_to;
    describe(c);
    if (c->changes && one_in(c, 40))
        change(c);
    if (index == 0 ? picture : sound)
        send(c, index, now_us);
    c->number++;
    c->at_us += 22222;
}

/* ---- the driver ---- */

static int open_it(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    hostile_camera_t *c = &hostile_camera;
    be_born(c, strtoull(strchr(config->url, ':') + 1, NULL, 10));
    c->handoff = env->handoff;
    config->bitrate_bps = 50000;
    config->packets_per_s = 45;
    for (unsigned i = 0; i < OC_TRACKS_MAX && !c->described_late; i++)
        config->track[i] = c->track[i];
    return OC_OK;
}

static int start_it(void *state, int64_t now_us) {
    return OC_OK;
}

static int64_t pump_it(void *state, int64_t now_us) {
    hostile_camera_t *c = &hostile_camera;
    uint32_t many = c->pace == 1 ? 1 + below(c, 40) : c->pace == 3 ? 30 : 1 + below(c, 3);
    if (c->held || c->number >= c->packets_max)
        return now_us + 1000000;
    if (c->loses && one_in(c, 30)) {
        c->losses++;
        c->key_wanted |= !one_in(c, 3); /* it goes on in the middle, too */
        return one_in(c, 2) ? OC_ERR_IO : OC_ERR_TIMEOUT;
    }
    for (uint32_t i = 0; i < many && c->number < c->packets_max; i++)
        step(c, now_us);
    int64_t pause_us = (int64_t)many * 22222;
    if (c->pace == 2 && one_in(c, 20))
        pause_us = (int64_t)below(c, 1000) * 100000;
    if (c->pace == 2 && one_in(c, 2))
        c->at_us += pause_us; /* its clock ran on, or did not */
    return now_us + (c->pace == 3 ? 1000 : pause_us);
}

static void stop_it(void *state) {}

static void close_it(void *state) {}

const oc_capture_driver_t hostile_driver = {.name = "hostile",
                                            .state_bytes = 16,
                                            .open = open_it,
                                            .start = start_it,
                                            .pump = pump_it,
                                            .stop = stop_it,
                                            .close = close_it};
