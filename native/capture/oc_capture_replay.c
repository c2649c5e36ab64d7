/* Plays an MP4 file as if it were a camera. A file can wait: without room in the handoff the next
 * sample stays where it is, and after a pause (the process was stopped, the media thread stood
 * still) the pace goes on from now, so that nothing is lost and nothing comes in a burst. A file
 * that is overwritten or replaced while it is looped is a loss (OC_ERR_STALE), and is opened again.
 */
#include <stdio.h>
#include <string.h>
#include "oc_capture.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_feeder.h"
#include "oc_log.h"

#define US_PER_S     1000000u
#define LATE_US      1000000        /* a longer pause moves the pace; a shorter one is caught up */
#define REWIND_US    (-(1LL << 50)) /* before every sample: 35 years */
#define TICKS_MAX    (1LL << 61)
#define LENGTH_MAX_S (366 * 86400)
#define PATH_TAIL    60 /* bytes of a path in an error line */
#define WHAT_MAX     (OC_CAPTURE_WHY_MAX - PATH_TAIL - 16)
#define SEARCH_MAX   1024 /* samples looked at to find the first one of each track */
#define BUFFER_MIN   (64u * 1024)
#define BUFFER_MORE  (256u * 1024) /* beside the largest sample: one second at 2 Mbit/s */

typedef struct replay {
    oc_capture_env_t env;
    oc_mp4_source_t source;
    oc_mp4_read_t *reader;
    void *reader_memory, *buffer;
    oc_feeder_t feeder;
    char url[OC_CAPTURE_URL_MAX];
    uint64_t version; /* of the file, when it was opened; 0 = not known */
    bool stale;       /* it is to be opened again */
    bool file_open, running, fast, loop, ended, audio, wants_audio;
    bool described[OC_TRACKS_MAX];
    oc_track_t track[OC_TRACKS_MAX]; /* as last told */

    int64_t first_us; /* file time of the earliest sample */
    /* One round of the file: its longest track, in ticks of it. */
    int64_t length;
    uint8_t longest;
    int64_t rounds;               /* played before this one */
    int64_t shift[OC_TRACKS_MAX]; /* ticks added to dts in this round */
    bool have, any;               /* sample is valid; this round delivered something */
    oc_mp4_sample_t sample;       /* the next one */
    int64_t origin_us, paused_us; /* monotonic time of media time 0; media time at stop */
    int64_t capture_us;           /* of the last packet; never goes back */
} replay_t;

static uint32_t scale_of(const replay_t *r, unsigned track) {
    const oc_track_t *t = oc_mp4_read_track(r->reader, track);
    return t ? t->timescale : US_PER_S;
}

/* The samples' time of this round starts where the round before ended, for all tracks at the same
 * instant. Always computed from the first round: nothing adds up over thousands of rounds. */
static void set_shift(replay_t *r) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        r->shift[i] =
            oc_clock_rescale(r->rounds * r->length, scale_of(r, r->longest), scale_of(r, i));
}

static int64_t line_dts(const replay_t *r) {
    return oc_clock_add(r->sample.dts, r->shift[r->sample.track]);
}

/* Media time of the next sample from the first of all. */
static int64_t due_us(const replay_t *r) {
    return oc_clock_rescale(line_dts(r), scale_of(r, r->sample.track), US_PER_S) - r->first_us;
}

/* Gets the next wanted sample into r->sample. OC_OK | OC_END | OC_ERR_*. */
static int fetch(replay_t *r) {
    int rc = OC_OK;
    while (!r->have) {
        rc = oc_mp4_read_next(r->reader, &r->sample);
        if (rc != OC_OK)
            return rc == OC_ERR_TRUNC ? OC_END : rc;
        r->have = r->sample.track == 0 || r->audio;
    }
    return rc;
}

static int rewind_file(replay_t *r) {
    r->have = r->any = false;
    return oc_mp4_read_seek(r->reader, REWIND_US);
}

/* The part of the URL that is a path. */
static const char *path_of(const char *url) {
    static const char *const schemes[] = {"replay:", "file://", "file:"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (!strncmp(url, schemes[i], strlen(schemes[i])))
            return url + strlen(schemes[i]);
    return url;
}

/* One line: the end of the path, and what is wrong. A query is not shown: it may hold a secret. */
static int fail(oc_capture_config_t *c, int code, const char *what) {
    const char *path = path_of(c->url);
    size_t len = strcspn(path, "?"), cut = len > PATH_TAIL ? len - PATH_TAIL : 0;
    snprintf(c->why, sizeof c->why, "%.*s: %.*s", (int)(len - cut), path + cut, WHAT_MAX, what);
    return code;
}

/* Names the tracks that are passed over. */
static void name_omitted(replay_t *r, bool audio, oc_capture_config_t *c) {
    char text[OC_TRACKS_MAX][8];
    c->track[0].omitted = oc_mp4_read_omitted(r->reader, 0);
    c->track[1].omitted = audio ? oc_mp4_read_omitted(r->reader, 1) : 0;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        oc_coding_text(c->track[i].omitted, text[i]);
    if (c->track[0].omitted || c->track[1].omitted)
        snprintf(c->adapted, sizeof c->adapted, "not carried:%s%s%s%s", text[0][0] ? " video " : "",
                 text[0], text[1][0] ? " audio " : "", text[1]);
}

/* Tells what the file holds. */
static void adapt(replay_t *r, const oc_mp4_info_t *info, oc_capture_config_t *c) {
    const oc_track_t *video = oc_mp4_read_track(r->reader, 0);
    const oc_track_t *audio = oc_mp4_read_track(r->reader, 1);
    uint64_t count = info->samples[0] + (c->audio ? info->samples[1] : 0);
    uint64_t ms = (uint64_t)info->length_us / 1000 + 1;
    uint32_t desired_fps = c->fps_milli;
    uint16_t desired_width = c->width, desired_height = c->height;
    bool desired_audio = c->audio;
    r->wants_audio = c->audio;
    r->audio = c->audio = c->audio && audio != NULL;
    memset(c->track, 0, sizeof c->track);
    if (video)
        c->track[0] = *video;
    if (c->audio)
        c->track[1] = *audio;
    c->width = video ? video->width : 0;
    c->height = video ? video->height : 0;
    c->fps_milli = (uint32_t)(info->samples[0] * 1000000 / ms);
    c->bitrate_bps = info->bitrate_bps;
    c->max_gop_bytes = info->max_gop_bytes;
    c->max_gop_ms = info->max_gop_ms;
    c->packets_per_s = (uint32_t)(count * 1000 / ms + 1);
    c->adapted[0] = 0;
    name_omitted(r, desired_audio, c);
    if (info->torn)
        snprintf(c->adapted, sizeof c->adapted,
                 "replay: the file is damaged after byte %llu: playing up to there",
                 (unsigned long long)info->valid_bytes);
    else if (c->adapted[0])
        return;
    else if ((desired_fps && desired_fps != c->fps_milli) || desired_audio != c->audio ||
             (desired_width && desired_width != c->width) ||
             (desired_height && desired_height != c->height))
        snprintf(c->adapted, sizeof c->adapted,
                 "replay: the file has %ux%u, %u.%03u pictures/s, audio %s", c->width, c->height,
                 c->fps_milli / 1000, c->fps_milli % 1000, oc_codec_name(c->track[1].codec));
}

/* The first dts of each delivered track; INT64_MAX where none is near the start. */
static int find_starts(replay_t *r, int64_t first[OC_TRACKS_MAX]) {
    int rc = rewind_file(r);
    first[0] = first[1] = INT64_MAX;
    for (int i = 0; rc == OC_OK && i < SEARCH_MAX; i++) {
        rc = fetch(r);
        if (rc == OC_OK && first[r->sample.track] == INT64_MAX)
            first[r->sample.track] = r->sample.dts;
        if (i == 0 && rc != OC_OK)
            return rc == OC_END ? OC_ERR_FORMAT : rc;
        r->have = false;
    }
    rc = rewind_file(r);
    return rc == OC_OK ? fetch(r) : rc;
}

/* Finds how long a round is: no track may run into its own next round. */
static int measure(replay_t *r, const oc_mp4_info_t *info) {
    int64_t first[OC_TRACKS_MAX];
    int rc = find_starts(r, first);
    if (rc != OC_OK)
        return rc;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        int64_t end = info->end_dts[i], length = end - first[i];
        if (first[i] == INT64_MAX)
            continue;
        if (first[i] < -TICKS_MAX || end > TICKS_MAX || length / scale_of(r, i) > LENGTH_MAX_S)
            return OC_ERR_RANGE;
        if (oc_clock_compare(length, scale_of(r, i), r->length, scale_of(r, r->longest)) <= 0)
            continue;
        r->longest = (uint8_t)i;
        r->length = length;
    }
    r->first_us = due_us(r); /* samples come by dts: the first one is the earliest */
    return r->length > 0 ? OC_OK : OC_ERR_RANGE;
}

static uint64_t version_now(const replay_t *r) {
    return r->env.file_version ? r->env.file_version(r->env.context, path_of(r->url)) : 0;
}

/* True when the file is looped and its name stands for other content than what was opened. A name
 * that is gone says nothing: what was opened goes on. */
static bool is_other(const replay_t *r) {
    uint64_t now = r->loop && r->version ? version_now(r) : 0;
    return now != 0 && now != r->version;
}

/* Opens the file and the reader over it. */
static int open_reader(replay_t *r, oc_capture_config_t *c) {
    char why[OC_CAPTURE_WHY_MAX] = "";
    r->version = version_now(r);
    int rc = r->env.open_file(r->env.context, path_of(c->url), &r->source);
    if (rc != OC_OK)
        return fail(c, rc, rc == OC_ERR_NOTSUP ? "not a regular file" : oc_err_text(rc));
    r->file_open = true;
    if (!r->reader_memory)
        r->reader_memory = r->env.allocate(r->env.context, OC_MP4_READ_BYTES);
    if (!r->reader_memory)
        return fail(c, OC_ERR_NOMEM, oc_err_text(OC_ERR_NOMEM));
    if (r->source.size == 0)
        return fail(c, OC_ERR_FORMAT, "the file is empty");
    rc = oc_mp4_read_open(&r->reader, r->reader_memory, &r->source, why, sizeof why);
    return rc == OC_OK ? OC_OK : fail(c, rc, why[0] ? why : oc_err_text(rc));
}

/* A buffer of at least that size; payloads that are lent stay where they are. */
static int take_buffer(replay_t *r, uint32_t bytes, oc_capture_config_t *c) {
    if (r->buffer && r->feeder.size >= bytes)
        return OC_OK;
    if (r->buffer && !oc_feeder_idle(&r->feeder))
        return fail(c, OC_ERR_BUSY, "packets of the previous file are still queued");
    if (r->buffer)
        r->env.release(r->env.context, r->buffer);
    r->buffer = r->env.allocate(r->env.context, bytes);
    if (!r->buffer)
        return fail(c, OC_ERR_NOMEM, oc_err_text(OC_ERR_NOMEM));
    oc_feeder_init(&r->feeder, r->env.handoff, r->buffer, bytes);
    return OC_OK;
}

static void replay_close(void *state);

static int open_all(replay_t *r, oc_capture_config_t *c) {
    oc_mp4_info_t info;
    uint32_t bytes;
    int rc = open_reader(r, c);
    if (rc != OC_OK)
        return rc;
    rc = oc_mp4_read_info(r->reader, &info);
    if (rc != OC_OK)
        return fail(c, rc, "damaged: its list of samples cannot be read to the end");
    adapt(r, &info, c);
    rc = measure(r, &info);
    if (rc != OC_OK)
        return fail(c, rc,
                    rc == OC_ERR_RANGE ? "its time stamps span nothing or more than a year"
                                       : "it holds no sample that can be played");
    bytes = info.max_gop_bytes < OC_MP4_SAMPLE_MAX ? info.max_gop_bytes : OC_MP4_SAMPLE_MAX;
    return take_buffer(r, (bytes < BUFFER_MIN ? BUFFER_MIN : bytes) + BUFFER_MORE, c);
}

static int replay_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    replay_t *r = (replay_t *)state;
    int rc;
    memset(r, 0, sizeof *r);
    r->env = *env;
    r->fast = config->as_fast_as_possible;
    r->loop = config->loop;
    memcpy(r->url, config->url, sizeof r->url);
    config->why[0] = 0;
    rc = open_all(r, config);
    if (rc != OC_OK)
        replay_close(state);
    return rc;
}

static void close_reader(replay_t *r) {
    if (r->file_open)
        r->env.close_file(r->env.context, &r->source);
    r->file_open = r->have = false;
}

/* What has the file's name now is played from its beginning. */
static int open_again(replay_t *r) {
    oc_capture_config_t *c =
        r->env.allocate(r->env.context, sizeof *c); /* 2 KB: not on the stack */
    if (!c)
        return OC_ERR_NOMEM;
    *c = (oc_capture_config_t){.audio = r->wants_audio};
    memcpy(c->url, r->url, sizeof c->url);
    close_reader(r);
    r->longest = 0;
    r->length = r->rounds = r->paused_us = r->first_us = 0;
    memset(r->shift, 0, sizeof r->shift);
    int rc = open_all(r, c);
    r->stale = rc != OC_OK;
    if (rc != OC_OK)
        oc_log(OC_LOG_WARN, "replay", "%s; tried again", c->why);
    else
        oc_log(OC_LOG_INFO, "replay", "the file was replaced or overwritten: reopened");
    r->env.release(r->env.context, c);
    return rc;
}

static int replay_start(void *state, int64_t now_us) {
    replay_t *r = (replay_t *)state;
    int rc;
    if (!r->buffer && !r->stale)
        return OC_ERR_STATE;
    if (r->running)
        return OC_OK;
    if (r->stale && (rc = open_again(r)) != OC_OK)
        return rc;
    r->running = true;
    memset(r->described, 0, sizeof r->described);
    r->origin_us = now_us - r->paused_us;
    r->capture_us = now_us;
    return OC_OK;
}

/* Tells the consumer about a track whose description is new. */
static int describe(replay_t *r) {
    unsigned i = r->sample.track;
    const oc_track_t *t = oc_mp4_read_track(r->reader, i);
    int rc;
    if (!t)
        return OC_ERR_FORMAT;
    if (r->described[i] && !r->sample.new_config && r->any)
        return OC_OK;
    if (r->described[i] && t->config_len == r->track[i].config_len &&
        t->codec == r->track[i].codec && t->width == r->track[i].width &&
        t->height == r->track[i].height && !memcmp(t->config, r->track[i].config, t->config_len))
        return OC_OK;
    rc = oc_handoff_push_track(r->env.handoff, i, t);
    if (rc != OC_OK)
        return rc;
    r->track[i] = *t;
    r->described[i] = true;
    return OC_OK;
}

/* Room for the next sample. OC_OK, *out NULL: it can never come and was counted | OC_AGAIN. */
static int make_room(replay_t *r, uint8_t **out) {
    const oc_mp4_sample_t *s = &r->sample;
    bool video = s->track == 0, skipped = video && !s->key && r->feeder.broken;
    if (skipped || s->len_bytes > r->feeder.size) {
        *out = oc_feeder_admit(&r->feeder, s->len_bytes, video, s->key);
        return OC_OK;
    }
    *out = oc_feeder_reserve(&r->feeder, s->len_bytes);
    if (*out && video)
        r->feeder.broken = false;
    return *out ? OC_OK : OC_AGAIN;
}

/* Reads and pushes the next sample. OC_OK | OC_AGAIN no room | OC_END data missing | OC_ERR_*. */
static int deliver(replay_t *r) {
    const oc_mp4_sample_t *s = &r->sample;
    int64_t at_us = oc_clock_add(r->origin_us, due_us(r));
    uint8_t *data;
    int rc = describe(r);
    if (rc == OC_OK)
        rc = make_room(r, &data);
    if (rc != OC_OK)
        return rc;
    if (at_us > r->capture_us) /* where rounds meet, a track may be a little ahead of the other */
        r->capture_us = at_us;
    if (data) {
        oc_packet_t p = {.data = data,
                         .len_bytes = s->len_bytes,
                         .dts = line_dts(r),
                         .cts = s->cts,
                         .duration = s->duration,
                         .capture_us = r->capture_us,
                         .track = s->track,
                         .key = s->key};
        rc = r->source.read_at(r->source.context, s->offset, data, s->len_bytes);
        if (is_other(r)) /* after reading: nothing of the new content gets out as the old one */
            return OC_ERR_STALE;
        if (rc != OC_OK)
            return rc == OC_ERR_TRUNC ? OC_END : rc;
        rc = oc_feeder_push(&r->feeder, &p);
    }
    r->any = true;
    r->have = false;
    return rc;
}

/* At the end of the file: once more, or over. OC_OK | OC_END over | OC_ERR_*. */
static int turn(replay_t *r) {
    if (!r->loop) {
        r->ended = oc_handoff_push_state(r->env.handoff, OC_HANDOFF_ENDED, 0) == OC_OK;
        return OC_END;
    }
    if (!r->any)
        return OC_ERR_TRUNC; /* a whole round without a sample would never end */
    r->rounds++;
    set_shift(r);
    return rewind_file(r);
}

/* True when the next sample is due. After a long pause it is due now, and the rest keeps its
 * distance from it. */
static bool is_due(replay_t *r, int64_t now_us) {
    int64_t late_us = oc_clock_add(now_us, -oc_clock_add(r->origin_us, due_us(r)));
    if (late_us > LATE_US)
        r->origin_us = oc_clock_add(r->origin_us, late_us);
    return late_us >= 0;
}

static int64_t replay_pump(void *state, int64_t now_us) {
    replay_t *r = (replay_t *)state;
    if (!r->running || r->ended)
        return INT64_MAX;
    for (;;) {
        int rc = fetch(r);
        if (rc == OC_OK && !r->fast && !is_due(r, now_us))
            return oc_clock_add(r->origin_us, due_us(r));
        if (rc == OC_OK)
            rc = deliver(r);
        if (rc == OC_AGAIN)
            return INT64_MAX; /* until there is room */
        if (rc != OC_OK && is_other(r))
            rc = OC_ERR_STALE;
        if (rc == OC_END)
            rc = turn(r);
        if (rc == OC_END)
            return INT64_MAX; /* it is over, or until there is room to say so */
        if (rc < 0) {
            r->stale = rc == OC_ERR_STALE;
            rewind_file(r); /* the next start plays from the beginning */
            return rc;
        }
    }
}

static void replay_stop(void *state) {
    replay_t *r = (replay_t *)state;
    if (!r->running)
        return;
    r->running = false;
    r->paused_us = r->have ? due_us(r) : 0;
}

static void replay_close(void *state) {
    replay_t *r = (replay_t *)state;
    r->running = false;
    if (r->buffer)
        r->env.release(r->env.context, r->buffer);
    if (r->reader_memory)
        r->env.release(r->env.context, r->reader_memory);
    close_reader(r);
    r->stale = false;
    r->buffer = r->reader_memory = NULL;
}

const oc_capture_driver_t oc_capture_replay = {
    .name = "replay",
    .state_bytes = sizeof(replay_t),
    .open = replay_open,
    .start = replay_start,
    .pump = replay_pump,
    .stop = replay_stop,
    .close = replay_close,
};
