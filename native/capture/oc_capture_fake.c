#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "oc_capture_fake.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_fake_media.h"
#include "oc_feeder.h"

#define SCHEME        "fake:"
#define FPS_DEFAULT   30
#define US_PER_S      1000000u
#define US_PER_MS     1000
#define MS_PER_S      1000u
#define BITS_PER_BYTE 8u
#define BUFFER_FRAMES 32u /* P pictures that may be under way beside two key pictures, ... */
#define BUFFER_MAX    (64u << 20) /* ... or OC_HANDOFF_HOLD_MS of everything, up to this */

typedef struct fake {
    oc_capture_env_t env;
    oc_fake_options_t options;
    oc_feeder_t feeder;
    void *buffer;
    oc_track_t track[OC_TRACKS_MAX];
    bool running, fast, ended, described;
    uint32_t ticks;    /* of one picture */
    uint32_t frame;    /* number of the next picture */
    uint32_t copies;   /* of it still to send */
    uint32_t in_gop;   /* distance of it from the last IDR picture */
    uint32_t idr;      /* IDR pictures made */
    uint32_t variant;  /* of the parameter sets */
    uint32_t audio;    /* number of the next AAC frame */
    uint32_t prepared; /* picture number + 1 for which events were applied */
    int64_t shift_us;  /* script: added to time stamps */
    int64_t stall_us;  /* script: sum of stalls so far */
    int64_t origin_us; /* monotonic time of media time 0 */
    int64_t paused_us; /* media time at stop */
    uint32_t size;     /* bytes of a P picture now */
    _Atomic uint32_t key_requested, desired_bps;
} fake_t;

static oc_fake_event_t *find_event(fake_t *f, oc_fake_kind_t kind) {
    for (uint32_t i = 0; i < f->options.events; i++)
        if (f->options.event[i].kind == kind && f->options.event[i].frame == f->frame)
            return &f->options.event[i];
    return NULL;
}

static uint32_t audio_packets_per_s(const fake_t *f) {
    return f->options.audio ? OC_FAKE_AUDIO_RATE / OC_FAKE_AUDIO_TICKS + 1 : 0;
}

/* Tells what is delivered, and how that differs from the request. */
static void adapt(fake_t *f, oc_capture_config_t *c) {
    oc_fake_options_t *o = &f->options;
    uint32_t fps_milli, gop_audio, desired_fps = c->fps_milli;
    bool desired_audio = c->audio;
    if (!o->fps_num) {
        o->fps_num = c->fps_milli ? c->fps_milli : FPS_DEFAULT;
        o->fps_den = c->fps_milli ? MS_PER_S : 1;
    }
    o->audio = o->audio && c->audio;
    fps_milli = (uint32_t)((uint64_t)o->fps_num * MS_PER_S / o->fps_den);
    c->max_gop_ms =
        (uint32_t)(((uint64_t)o->gop * o->fps_den * MS_PER_S + o->fps_num - 1) / o->fps_num);
    gop_audio = (c->max_gop_ms / MS_PER_S + 1) * audio_packets_per_s(f) * OC_FAKE_AUDIO_MAX;
    c->max_gop_bytes = o->key + (o->gop - 1) * o->size + gop_audio;
    c->fps_milli = fps_milli;
    c->packets_per_s = fps_milli / MS_PER_S + 1 + audio_packets_per_s(f);
    c->bitrate_bps =
        (uint32_t)((uint64_t)c->max_gop_bytes * BITS_PER_BYTE * MS_PER_S / c->max_gop_ms);
    c->encoder_bps = c->bitrate_bps;
    c->audio = o->audio;
    c->adapted[0] = 0;
    if ((desired_fps && desired_fps != fps_milli) || desired_audio != c->audio ||
        (c->width && c->width != o->width) || (c->height && c->height != o->height))
        snprintf(c->adapted, sizeof c->adapted,
                 "fake: delivers %ux%u, %u.%03u pictures/s, audio %s", o->width, o->height,
                 fps_milli / MS_PER_S, fps_milli % MS_PER_S, c->audio ? "aac" : "none");
    c->width = (uint16_t)o->width;
    c->height = (uint16_t)o->height;
}

static void describe(fake_t *f) {
    f->ticks =
        oc_fake_video_track(&f->track[0], (uint16_t)f->options.width, (uint16_t)f->options.height,
                            f->options.fps_num, f->options.fps_den, f->variant);
    if (f->options.audio)
        oc_fake_audio_track(&f->track[1]);
}

/* Bytes of payloads that may be under way. largest: of a key picture. */
static uint32_t buffer_bytes(const fake_t *f, uint32_t largest, uint32_t bitrate_bps) {
    uint64_t held = (uint64_t)bitrate_bps / BITS_PER_BYTE * OC_HANDOFF_HOLD_MS / MS_PER_S;
    uint64_t least = BUFFER_FRAMES * ((uint64_t)f->size + OC_FAKE_AUDIO_MAX);
    uint64_t bytes = held > least ? held : least;
    return 2 * largest + (uint32_t)(bytes < BUFFER_MAX ? bytes : BUFFER_MAX);
}

static int fake_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    fake_t *f = (fake_t *)state;
    oc_fake_picture_t largest;
    uint32_t bytes;
    int rc;
    memset(f, 0, sizeof *f);
    f->env = *env;
    config->why[0] = 0;
    if (strncmp(config->url, SCHEME, strlen(SCHEME))) {
        snprintf(config->why, sizeof config->why, "fake: the URL does not begin with \"fake:\"");
        return OC_ERR_FORMAT;
    }
    rc = oc_fake_parse(config->url + strlen(SCHEME), &f->options, config->why, sizeof config->why);
    if (rc != OC_OK)
        return rc;
    adapt(f, config);
    describe(f);
    f->fast = config->as_fast_as_possible;
    f->size = f->options.size;
    largest = (oc_fake_picture_t){.width = (uint16_t)f->options.width,
                                  .height = (uint16_t)f->options.height,
                                  .size = f->options.key};
    for (uint32_t i = 0; i < f->options.events; i++)
        if (f->options.event[i].kind == OC_FAKE_BIG &&
            (uint32_t)f->options.event[i].value > largest.size)
            largest.size = (uint32_t)f->options.event[i].value;
    bytes = buffer_bytes(f, oc_fake_picture_max(&largest), config->bitrate_bps);
    f->buffer = env->allocate(env->context, bytes);
    if (!f->buffer) {
        snprintf(config->why, sizeof config->why, "fake: no memory for %u bytes", bytes);
        return OC_ERR_NOMEM;
    }
    oc_feeder_init(&f->feeder, env->handoff, f->buffer, bytes);
    memcpy(config->track, f->track, sizeof f->track);
    return OC_OK;
}

/* Media time of the next picture or AAC frame, without the script's shifts of time stamps. */
static int64_t frame_us(const fake_t *f, uint32_t frame) {
    return f->stall_us +
           oc_clock_rescale((int64_t)frame * f->ticks, f->track[0].timescale, US_PER_S);
}
static int64_t audio_us(const fake_t *f) {
    return oc_clock_rescale((int64_t)f->audio * OC_FAKE_AUDIO_TICKS, OC_FAKE_AUDIO_RATE, US_PER_S);
}

static int fake_start(void *state, int64_t now_us) {
    fake_t *f = (fake_t *)state;
    if (!f->buffer)
        return OC_ERR_STATE;
    if (f->running)
        return OC_OK;
    f->running = true;
    f->described = false;
    f->in_gop = 0; /* whoever begins to look needs a key picture */
    f->origin_us = now_us - f->paused_us;
    return OC_OK;
}

/* Applies the events that change the next picture, once. */
static void prepare(fake_t *f) {
    const oc_fake_event_t *e;
    if (f->prepared == f->frame + 1)
        return;
    f->prepared = f->frame + 1;
    f->copies = find_event(f, OC_FAKE_DUP) ? 2 : 1;
    if ((e = find_event(f, OC_FAKE_STALL)) != NULL)
        f->stall_us += (int64_t)e->value * US_PER_MS;
    if ((e = find_event(f, OC_FAKE_JUMP)) != NULL)
        f->shift_us += (int64_t)e->value * US_PER_MS;
    if ((e = find_event(f, OC_FAKE_RESTART)) != NULL) {
        f->shift_us = -frame_us(f, f->frame);
        f->in_gop = 0;
    }
    if (find_event(f, OC_FAKE_PARAMS)) {
        f->variant = (f->variant + 1) % 16;
        f->in_gop = 0;
        f->described = false;
        describe(f);
    }
}

/* The code of a loss that is due before the next picture and has not happened, or OC_OK. */
static int lose(fake_t *f) {
    oc_fake_event_t *e = find_event(f, OC_FAKE_LOST);
    if (!e || e->done)
        return OC_OK;
    e->done = true;
    return e->value;
}

/* When picture `frame` is handed over: bursts wait for their last picture. */
static int64_t due_us(const fake_t *f, uint32_t frame) {
    uint32_t last = frame;
    for (uint32_t i = 0; i < f->options.events; i++) {
        const oc_fake_event_t *e = &f->options.event[i];
        if (e->kind == OC_FAKE_BURST && frame >= e->frame && frame - e->frame < (uint32_t)e->value)
            last = e->frame + (uint32_t)e->value - 1;
    }
    return frame_us(f, last);
}

/* Pushes the next picture; false: there is no room and the source waits for it. */
static bool deliver_picture(fake_t *f, int64_t due) {
    const oc_fake_event_t *big = find_event(f, OC_FAKE_BIG);
    bool key = f->in_gop == 0, empty = find_event(f, OC_FAKE_EMPTY) != NULL;
    oc_fake_picture_t picture = {.width = (uint16_t)f->options.width,
                                 .height = (uint16_t)f->options.height,
                                 .size = big   ? (uint32_t)big->value
                                         : key ? f->options.key
                                               : f->size,
                                 .seed = f->options.seed,
                                 .number = f->frame,
                                 .in_gop = f->in_gop,
                                 .idr = (uint16_t)(f->idr & 1)};
    uint32_t room = oc_fake_picture_max(&picture);
    uint8_t *data = f->fast ? oc_feeder_reserve(&f->feeder, room)
                            : oc_feeder_admit(&f->feeder, room, true, key);
    if (data) {
        int64_t shift =
            oc_clock_rescale(f->stall_us + f->shift_us, US_PER_S, f->track[0].timescale);
        oc_packet_t p = {.data = data,
                         .dts = (int64_t)f->frame * f->ticks + shift,
                         .duration = f->ticks,
                         .capture_us = f->origin_us + due,
                         .key = key};
        p.len_bytes = empty ? 0 : oc_fake_picture(&picture, data, room);
        oc_feeder_push(&f->feeder, &p);
    }
    return data || !f->fast;
}

static bool deliver_audio(fake_t *f, int64_t due) {
    uint8_t *data = f->fast ? oc_feeder_reserve(&f->feeder, OC_FAKE_AUDIO_MAX)
                            : oc_feeder_admit(&f->feeder, OC_FAKE_AUDIO_MAX, false, true);
    if (data) {
        oc_packet_t p = {.data = data,
                         .dts = (int64_t)f->audio * OC_FAKE_AUDIO_TICKS +
                                oc_clock_rescale(f->shift_us, US_PER_S, OC_FAKE_AUDIO_RATE),
                         .duration = OC_FAKE_AUDIO_TICKS,
                         .capture_us = f->origin_us + due,
                         .track = 1,
                         .key = true};
        p.len_bytes = oc_fake_audio(f->options.seed, f->audio, data);
        oc_feeder_push(&f->feeder, &p);
    }
    return data || !f->fast;
}

/* Descriptions go ahead of the packets they describe. */
static bool send_tracks(fake_t *f) {
    if (f->described)
        return true;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        if (f->track[i].codec != OC_CODEC_NONE &&
            oc_handoff_push_track(f->env.handoff, i, &f->track[i]) != OC_OK)
            return false;
    f->described = true;
    return true;
}

static void next_picture(fake_t *f) {
    bool key = f->in_gop == 0;
    if (--f->copies)
        return;
    f->idr += key;
    f->frame++;
    f->in_gop = f->in_gop + 1 < f->options.gop ? f->in_gop + 1 : 0;
}

/* The bit rate asked for, met by the size of P pictures. */
static void follow_bitrate(fake_t *f) {
    uint32_t bps = atomic_exchange(&f->desired_bps, 0);
    uint64_t gop;
    if (!bps)
        return;
    gop = (uint64_t)bps / BITS_PER_BYTE * f->options.gop * f->options.fps_den / f->options.fps_num;
    f->size = gop <= f->options.key || f->options.gop == 1
                  ? 1
                  : (uint32_t)((gop - f->options.key) / (f->options.gop - 1));
    if (f->size > f->options.size)
        f->size = f->options.size; /* what the buffer was made for */
}

static int64_t fake_pump(void *state, int64_t now_us) {
    fake_t *f = (fake_t *)state;
    if (!f->running || f->ended)
        return INT64_MAX;
    follow_bitrate(f);
    /* Ends: with the clock each picture takes time, without it the handoff fills up. */
    for (;;) {
        int64_t due;
        bool audio;
        int rc;
        prepare(f);
        if (find_event(f, OC_FAKE_END)) {
            f->ended = oc_handoff_push_state(f->env.handoff, OC_HANDOFF_ENDED, 0) == OC_OK;
            return INT64_MAX;
        }
        due = due_us(f, f->frame);
        audio = f->options.audio && audio_us(f) < frame_us(f, f->frame);
        if (audio)
            due = audio_us(f);
        if (!f->fast && f->origin_us + due > now_us)
            return f->origin_us + due;
        if (!send_tracks(f))
            return f->fast ? INT64_MAX : now_us + US_PER_MS;
        if (audio) {
            if (!deliver_audio(f, due))
                return INT64_MAX;
            f->audio++;
            continue;
        }
        if ((rc = lose(f)) != OC_OK)
            return rc;
        if (atomic_exchange(&f->key_requested, 0))
            f->in_gop = 0;
        if (!find_event(f, OC_FAKE_DROP) && !deliver_picture(f, due))
            return INT64_MAX;
        next_picture(f);
    }
}

static void fake_stop(void *state) {
    fake_t *f = (fake_t *)state;
    if (!f->running)
        return;
    f->running = false;
    f->paused_us = frame_us(f, f->frame);
}

static int fake_request_key(void *state) {
    atomic_store(&((fake_t *)state)->key_requested, 1);
    return OC_OK;
}

static int fake_set_bitrate(void *state, uint32_t bps) {
    if (!bps)
        return OC_ERR_RANGE;
    atomic_store(&((fake_t *)state)->desired_bps, bps);
    return OC_OK;
}

static void fake_close(void *state) {
    fake_t *f = (fake_t *)state;
    fake_stop(state);
    if (f->buffer)
        f->env.release(f->env.context, f->buffer);
    f->buffer = NULL;
}

const oc_capture_driver_t oc_capture_fake = {
    .name = "fake",
    .state_bytes = sizeof(fake_t),
    .open = fake_open,
    .start = fake_start,
    .pump = fake_pump,
    .stop = fake_stop,
    .request_key = fake_request_key,
    .set_bitrate_bps = fake_set_bitrate,
    .close = fake_close,
};
