/* See oc_pictures.h: what its thread does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oc_err.h"
#include "oc_log.h"
#include "oc_pictures_impl.h"
#include "oc_posix.h"
#include "oc_pulse.h"

#define GREY_US    190000 /* between pictures of a detector */
#define EVENT_WIDE 640    /* of the picture of an event, at most */
#define WIDE       96
#define HIGH       54
/* Thousandths of a core that the detectors of a channel may use: 2 % with what is not counted. */
#define SHARE    19
#define SAVED_US 150000 /* so much of it may be saved up */
#define BLOCK_US 60000000
#define DEATHS   2

/* ---- the decoder ---- */

static oc_look_request_t request_of(const oc_pictures_job_t *job, oc_look_wants_t wants) {
    return (oc_look_request_t){.codec = job->codec,
                               .wants = wants,
                               .fresh = job->fresh,
                               .config_bytes = job->config_bytes,
                               .bytes = job->bytes,
                               .rate = job->rate,
                               .channels = job->channels};
}

/* One request; logs once when there is no decoder. */
static int look(oc_pictures_t *p, oc_look_link_t *link, const oc_pictures_job_t *job,
                oc_look_request_t *request, oc_look_answer_t *answer, char why[OC_LOOK_LINK_WHY]) {
    int rc = oc_look_link_do(link, request, job->data, job->data + job->config_bytes, answer, why);
    if (rc == OC_ERR_NOTSUP && why[0] && !p->logged)
        oc_log(OC_LOG_WARN, "pictures", "%s", why);
    p->logged = rc == OC_ERR_NOTSUP ? p->logged || why[0] : false;
    return rc;
}

/* ---- snapshots ---- */

static void forget(oc_pictures_cached_t *cached) {
    free(cached->jpeg);
    *cached = (oc_pictures_cached_t){0};
}

static void answer_cached(oc_pictures_t *p, uint32_t id, const oc_pictures_cached_t *cached) {
    oc_http_answer_t answer = {.id = id, .status = 503, .type = "image/jpeg", .live = true};
    answer.body = oc_media_thread_allocate(cached->len);
    if (answer.body) {
        memcpy(answer.body, cached->jpeg, cached->len);
        answer.len = cached->len;
        answer.status = 200;
        atomic_fetch_add(&p->answers->body_bytes, answer.len);
    }
    p->answers->add(p->answers->context, &answer);
}

/* cached NULL: there is none, for that reason. */
static void finish_snapshot(oc_pictures_t *p, const oc_pictures_job_t *job,
                            const oc_pictures_cached_t *cached, const char *why) {
    oc_span_body_asker_t asker = {job->id, job->generation};
    pthread_mutex_lock(&p->lock); /* or the mailbox of a script might go meanwhile */
    bool ended = p->ended;
    if (job->generation != 0 && cached && !ended)
        oc_span_bodies_give(p->events.spans, &asker, cached->jpeg, cached->len, oc_pulse_us());
    else if (job->generation != 0 && !ended)
        oc_span_bodies_refuse(p->events.spans, &asker, OC_ERR_STATE, why);
    pthread_mutex_unlock(&p->lock);
    if (job->generation == 0 && cached)
        answer_cached(p, job->id, cached);
    else if (job->generation == 0)
        oc_pictures_refuse(p, job->id, 503, why);
}

static void make_snapshot(oc_pictures_t *p, const oc_pictures_job_t *job) {
    oc_pictures_cached_t *cached = &p->cached[job->number];
    oc_look_request_t request = request_of(job, OC_LOOK_JPEG);
    oc_look_answer_t looked;
    char why[OC_LOOK_LINK_WHY] = "";
    bool same = cached->jpeg && cached->epoch == job->epoch && cached->seq == job->seq;
    int rc =
        same || job->bytes == 0 ? OC_ERR_FORMAT : look(p, &p->shots, job, &request, &looked, why);
    if (rc == OC_OK) {
        forget(cached);
        cached->jpeg = malloc(looked.bytes);
        if (cached->jpeg) {
            memcpy(cached->jpeg, oc_look_link_bytes(&p->shots), looked.bytes);
            cached->len = looked.bytes;
            cached->epoch = job->epoch;
            cached->seq = job->seq;
        }
        same = cached->jpeg != NULL;
    }
    finish_snapshot(p, job, same ? cached : NULL,
                    why[0] ? why : "this picture cannot be decoded; try again");
}

/* The picture of an event: a frame of Motion JPEG is one already where it cannot be made smaller.
 */
static void make_event(oc_pictures_t *p, const oc_pictures_job_t *job) {
    oc_look_request_t request = request_of(job, OC_LOOK_JPEG);
    oc_look_answer_t answer;
    char why[OC_LOOK_LINK_WHY] = "";
    request.width = EVENT_WIDE;
    int rc = look(p, &p->shots, job, &request, &answer, why);
    bool own = rc != OC_OK && job->codec == OC_CODEC_MJPEG;
    if (rc != OC_OK && !own)
        return;
    uint32_t bytes = own ? job->bytes : answer.bytes;
    uint8_t *jpeg = malloc(bytes);
    if (!jpeg)
        return;
    memcpy(jpeg, own ? job->data + job->config_bytes : oc_look_link_bytes(&p->shots), bytes);
    pthread_mutex_lock(&p->lock); /* or who takes it might end meanwhile */
    bool ended = p->ended;
    if (!ended)
        p->events.made(p->events.context, job->id, job->start_ms, jpeg, bytes);
    pthread_mutex_unlock(&p->lock);
    if (ended)
        free(jpeg);
}

/* ---- edges ---- */

/* Thousandths need ten bits each: what moves goes along in two numbers of a call. */
#define PACK(first, second, third)                                                                 \
    ((uint32_t)(first) << 20 | (uint32_t)(second) << 10 | (uint32_t)(third))
#define PART(packed, place) ((packed) >> (20 - 10 * (place)) & 1023)

static void take_edge(oc_media_thread_t *media, const oc_media_call_t *call) {
    char data[OC_INPUT_DATA_MAX] = "";
    oc_input_change_t change = {(int)(call->a >> 16), call->a & 255, (call->a >> 8 & 1) != 0, data};
    oc_motion_area_t area = {PART(call->b, 0), PART(call->b, 1), PART(call->b, 2),
                             PART(call->c, 1), PART(call->c, 2)};
    if (change.raised && change.input == OC_INPUT_MOTION)
        (void)oc_detect_text(&area, data, sizeof(data));
    (void)oc_plane_input_data(oc_media_thread_plane(media), &change, oc_posix_now_us());
}

/* False: the media thread has too many calls; try again. */
static bool raise(oc_pictures_t *p, unsigned channel, oc_input_t input, bool raised) {
    const oc_motion_area_t *area = &p->view[channel]->area;
    oc_media_call_t call = {.run = take_edge,
                            .a = channel << 16 | (uint32_t)raised << 8 | input,
                            .b = PACK(area->area, area->x, area->y),
                            .c = PACK(0, area->width, area->height)};
    pthread_mutex_lock(&p->lock);
    bool done = !p->ended && oc_media_thread_post(p->media, &call) == OC_OK;
    pthread_mutex_unlock(&p->lock);
    return done;
}

/* The input has the level that the detector has. */
static void settle(oc_pictures_t *p, unsigned channel, bool motion, bool sound) {
    oc_pictures_view_t *view = p->view[channel];
    if (view->motion_raised != motion && raise(p, channel, OC_INPUT_MOTION, motion))
        view->motion_raised = motion;
    if (view->sound_raised != sound && raise(p, channel, OC_INPUT_SOUND, sound))
        view->sound_raised = sound;
}

/* ---- detectors ---- */

static oc_pictures_view_t *view_of(oc_pictures_t *p, unsigned channel) {
    oc_pictures_view_t **at = &p->view[channel];
    if (!*at && (*at = calloc(1, sizeof(**at)))) {
        (*at)->tokens_us = SAVED_US;
        (*at)->filled_us = oc_posix_now_us();
        (*at)->grey_us = INT64_MIN / 2;
    }
    return *at;
}

static void quiet(oc_pictures_t *p, unsigned channel) {
    oc_pictures_view_t *view = p->view[channel];
    if (!view)
        return;
    settle(p, channel, false, false);
    free(view->motion);
    view->motion = NULL;
    view->known = false;
    oc_look_link_close(&view->picture);
    oc_look_link_close(&view->sound);
}

/* CPU time that was used is taken off; what the clock allows is added. */
static void account(oc_pictures_t *p, unsigned channel, uint32_t used_us) {
    oc_pictures_view_t *view = p->view[channel];
    int64_t now_us = oc_posix_now_us();
    view->tokens_us += (now_us - view->filled_us) * SHARE / 1000;
    view->filled_us = now_us;
    if (view->tokens_us > SAVED_US)
        view->tokens_us = SAVED_US;
    view->tokens_us -= used_us;
    atomic_store(&p->takes[channel], view->tokens_us > 0 && now_us >= view->blocked_us);
}

/* What this thread needed for it; the next account decides on it. */
static void spend(oc_pictures_t *p, unsigned channel, int64_t used_us) {
    if (p->view[channel])
        p->view[channel]->tokens_us -= used_us;
}

/* What became of a request: a channel whose packets end processes waits. */
static void judge(oc_pictures_t *p, unsigned channel, int rc) {
    oc_pictures_view_t *view = p->view[channel];
    int64_t now_us = oc_posix_now_us();
    view->deaths = rc == OC_ERR_IO ? view->deaths + 1 : rc == OC_ERR_NOTSUP ? view->deaths : 0;
    if (view->deaths >= DEATHS) {
        oc_log(OC_LOG_WARN, "pictures",
               "channel %u: decoding its packets ended ocellus-ffmpeg: trying again in a minute",
               channel);
        view->deaths = 0;
        view->blocked_us = now_us + BLOCK_US;
    } else if (rc == OC_ERR_NOTSUP) {
        view->blocked_us = now_us + BLOCK_US;
    }
}

/* The settings in force. changed (may be NULL): since this was called last with it. */
static void configure(oc_pictures_t *p, unsigned channel, oc_detect_t *detect,
                      bool *changed) {
    oc_pictures_view_t *view = p->view[channel];
    pthread_mutex_lock(&p->lock);
    *detect = p->detect[channel];
    if (changed) {
        *changed = view->version != p->version[channel];
        view->version = p->version[channel];
    }
    pthread_mutex_unlock(&p->lock);
}

/* The detector for pictures of that size. False: no memory. */
static bool prepare_motion(oc_pictures_t *p, unsigned channel, const oc_pictures_job_t *job) {
    static oc_detect_t detect; /* of this thread */
    oc_pictures_view_t *view = p->view[channel];
    unsigned width = WIDE, blocks = job->wide / 8u;
    if (job->codec == OC_CODEC_MJPEG && blocks >= OC_MOTION_WIDTH_MIN && blocks < WIDE)
        width = blocks; /* as grey_of_jpeg can */
    unsigned height = job->wide && job->high ? width * job->high / job->wide : HIGH;
    bool changed;
    height = height < OC_MOTION_HEIGHT_MIN ? OC_MOTION_HEIGHT_MIN : height > 85 ? 85 : height;
    configure(p, channel, &detect, &changed);
    oc_motion_config_t config = oc_detect_motion(&detect);
    if (view->motion && (view->width != width || view->height != height)) {
        free(view->motion);
        view->motion = NULL;
    }
    if (view->motion && !changed)
        return true;
    if (!view->motion) {
        void *memory = malloc(oc_motion_bytes(width, height));
        view->motion = memory ? oc_motion_init(memory, width, height, &config) : NULL;
        view->width = width;
        view->height = height;
    }
    uint8_t *cells = malloc((size_t)width * height);
    if (!view->motion || !cells) {
        free(cells);
        return false;
    }
    oc_motion_configure(view->motion, &config);
    (void)oc_zone_mask(detect.zones, width, height, cells);
    oc_motion_mask(view->motion, cells);
    free(cells);
    return true;
}

/* The small picture of a baseline JPEG, without a decoder; NULL: one is needed. */
static const uint8_t *grey_of_jpeg(const oc_pictures_job_t *job, const oc_pictures_view_t *view) {
    static oc_jpeg_dc_work_t work; /* both of this thread */
    static uint8_t grey[OC_JPEG_DC_CELLS];
    bool made =
        job->codec == OC_CODEC_MJPEG && oc_jpeg_dc(job->data + job->config_bytes, job->bytes, grey,
                                                   view->width, view->height, &work) == OC_OK;
    return made ? grey : NULL;
}

/* The small picture by the decoder; NULL: not due, or none. */
static const uint8_t *grey_of_packet(oc_pictures_t *p, const oc_pictures_job_t *job, bool due,
                                     uint32_t *cost_us) {
    oc_pictures_view_t *view = p->view[job->number];
    oc_look_request_t request = request_of(job, due ? OC_LOOK_GREY : OC_LOOK_NOTHING);
    oc_look_answer_t answer = {0};
    char why[OC_LOOK_LINK_WHY];
    if (oc_posix_now_us() < view->blocked_us)
        return NULL;
    request.width = (uint16_t)view->width;
    request.height = (uint16_t)view->height;
    int rc = look(p, &view->picture, job, &request, &answer, why);
    judge(p, job->number, rc);
    *cost_us = answer.cpu_us;
    return rc == OC_OK && due ? oc_look_link_bytes(&view->picture) : NULL;
}

static void watch(oc_pictures_t *p, const oc_pictures_job_t *job) {
    oc_pictures_view_t *view = view_of(p, job->number);
    oc_motion_area_t area;
    uint32_t cost_us = 0;
    if (!view)
        return;
    if (job->bytes == 0) {
        if (view->motion) {
            (void)oc_motion_turn(view->motion, job->capture_us, &area);
            settle(p, job->number, oc_motion_active(view->motion), view->sound_raised);
        }
        account(p, job->number, 0);
        return;
    }
    bool due = job->capture_us - view->grey_us >= GREY_US;
    if ((!due && job->codec == OC_CODEC_MJPEG) || !prepare_motion(p, job->number, job))
        return;
    const uint8_t *grey = grey_of_jpeg(job, view);
    if (!grey)
        grey = grey_of_packet(p, job, due, &cost_us);
    if (grey) {
        view->grey_us = job->capture_us;
        if (oc_motion_put(view->motion, grey, view->width, job->capture_us, &area) ==
            OC_MOTION_BEGINS)
            view->area = area;
        settle(p, job->number, oc_motion_active(view->motion), view->sound_raised);
    }
    account(p, job->number, cost_us);
}

static void listen(oc_pictures_t *p, const oc_pictures_job_t *job) {
    static oc_detect_t detect; /* of this thread */
    oc_pictures_view_t *view = view_of(p, job->number);
    int32_t level;
    if (!view || oc_posix_now_us() < view->blocked_us || oc_posix_now_us() < view->deaf_us)
        return;
    oc_look_request_t request = request_of(job, OC_LOOK_SOUND);
    oc_look_answer_t answer = {0};
    char why[OC_LOOK_LINK_WHY];
    int rc = look(p, &view->sound, job, &request, &answer, why);
    if (rc == OC_ERR_NOTSUP) /* pictures may need no decoder */
        view->deaf_us = oc_posix_now_us() + BLOCK_US;
    else
        judge(p, job->number, rc);
    if (rc != OC_OK || answer.bytes == 0)
        return;
    configure(p, job->number, &detect, NULL);
    oc_sound_config_t config = {detect.threshold_db, detect.cooldown_ms};
    if (!view->known || view->level.rate != answer.rate)
        oc_sound_level_init(&view->level, answer.rate, &config);
    view->known = true;
    view->level.config = config;
    (void)oc_sound_level_put(&view->level, (const int16_t *)oc_look_link_bytes(&view->sound),
                             answer.bytes / 2, &level);
    settle(p, job->number, view->motion_raised, view->level.active);
    account(p, job->number, answer.cpu_us);
}

static int64_t cpu_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void oc_pictures_work(void *context, void *given) {
    oc_pictures_t *p = context;
    oc_pictures_job_t *job = given;
    int64_t before_us = cpu_us();
    switch (job->kind) {
    case OC_PICTURES_SNAPSHOT:
        make_snapshot(p, job);
        break;
    case OC_PICTURES_EVENT:
        make_event(p, job);
        atomic_fetch_sub(&p->events_waiting, 1);
        break;
    case OC_PICTURES_MOTION:
        watch(p, job);
        spend(p, job->number, cpu_us() - before_us);
        atomic_fetch_sub(&p->waiting[job->number], 1);
        break;
    case OC_PICTURES_SOUND:
        listen(p, job);
        spend(p, job->number, cpu_us() - before_us);
        atomic_fetch_sub(&p->waiting[job->number], 1);
        break;
    case OC_PICTURES_FORGET:
        forget(&p->cached[job->number]);
        break;
    case OC_PICTURES_QUIET:
        quiet(p, job->number);
        break;
    }
    free(job);
}

void oc_pictures_work_end(oc_pictures_t *p) {
    oc_look_link_close(&p->shots);
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++)
        forget(&p->cached[i]);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        if (!p->view[i])
            continue;
        oc_look_link_close(&p->view[i]->picture);
        oc_look_link_close(&p->view[i]->sound);
        free(p->view[i]->motion);
        free(p->view[i]);
    }
}
