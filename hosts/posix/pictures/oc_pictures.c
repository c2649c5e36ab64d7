#include "oc_pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_command.h"
#include "oc_pictures_impl.h"
#include "oc_posix.h"
#include "oc_pulse.h"

#define JOBS          256
#define EVENT_AGE_MS  10000   /* an event that began so long ago has no picture any more */
#define OF_EVENTS     8       /* pictures of events under way; beyond: the event has none */
#define OF_ONE        12      /* jobs of one channel's detectors under way; beyond: left out */
#define BURST         16      /* packets copied in one turn for one channel */
#define LOOK_US       1000000 /* a feed without a ring looks for one so often */
#define EVENT_LOOK_US 100000  /* an event that waits looks for a picture so often */
#define NICE          10
#define STACK         (256 * 1024)
#define TOO_MANY      "too many pictures are requested at once; try again"

/* ---- life ---- */

int oc_pictures_start(oc_pictures_t **out, oc_plane_t *plane, oc_http_answers_t *answers,
                      oc_media_thread_t *media, const oc_pictures_events_t *events) {
    oc_pictures_t *p = calloc(1, sizeof(*p));
    if (!p)
        return OC_ERR_NOMEM;
    oc_worker_config_t worker = {.name = "pictures",
                                 .stack_bytes = STACK,
                                 .nice = NICE,
                                 .jobs = JOBS,
                                 .run = oc_pictures_work,
                                 .context = p};
    p->plane = plane;
    p->answers = answers;
    p->media = media;
    p->events = *events;
    pthread_mutex_init(&p->lock, NULL);
    if (oc_worker_start(&p->worker, &worker) != OC_OK) {
        free(p);
        return OC_ERR_NOMEM;
    }
    *out = p;
    return OC_OK;
}

static void forget_job(void *context, void *job) {
    free(job);
}

void oc_pictures_end(oc_pictures_t *p) {
    pthread_mutex_lock(&p->lock);
    p->ended = true;
    pthread_mutex_unlock(&p->lock);
}

bool oc_pictures_stop(oc_pictures_t *p, int64_t until_us) {
    if (!p)
        return true;
    if (!oc_worker_stop(p->worker, false, until_us, forget_job))
        return false;
    oc_pictures_work_end(p);
    while (p->later_count > 0)
        free(p->later[--p->later_count]);
    pthread_mutex_destroy(&p->lock);
    free(p);
    return true;
}

int oc_pictures_detect(oc_pictures_t *p, unsigned channel, const oc_desired_detect_t *desired) {
    oc_detect_t detect;
    int result = oc_detect_read(&detect, desired);
    if (result != OC_OK)
        return result;
    pthread_mutex_lock(&p->lock);
    p->detect[channel] = detect;
    p->version[channel]++;
    pthread_mutex_unlock(&p->lock);
    atomic_store(&p->changed, true);
    return OC_OK;
}

/* ---- jobs; media thread ---- */

/* A job with a packet of the ring, copied; packet NULL: without. NULL: no memory. */
static oc_pictures_job_t *make_job(const oc_ring_t *ring, const oc_packet_t *packet) {
    const oc_track_t *track = packet ? oc_ring_track(ring, packet->track, packet->config_id) : NULL;
    size_t config = track ? track->config_len : 0, bytes = packet && track ? packet->len_bytes : 0;
    oc_pictures_job_t *job = calloc(1, sizeof(*job) + config + bytes);
    if (!job || !track)
        return job;
    job->codec = track->codec;
    job->rate = track->sample_rate;
    job->channels = track->channels;
    job->wide = track->width;
    job->high = track->height;
    job->capture_us = packet->capture_us;
    job->config_bytes = (uint32_t)config;
    job->bytes = (uint32_t)bytes;
    memcpy(job->data, track->config, config);
    memcpy(job->data + config, packet->data, bytes);
    return job;
}

/* False: it was not taken. */
static bool post(oc_pictures_t *p, oc_pictures_job_t *job) {
    bool counts = job && (job->kind == OC_PICTURES_MOTION || job->kind == OC_PICTURES_SOUND);
    unsigned number = counts ? job->number : 0; /* the job may be over when it was taken */
    if (counts)
        atomic_fetch_add(&p->waiting[number], 1);
    if (job && oc_worker_post(p->worker, job) == OC_OK)
        return true;
    if (counts)
        atomic_fetch_sub(&p->waiting[number], 1);
    free(job);
    return false;
}

static void post_plain(oc_pictures_t *p, oc_pictures_kind_t kind, unsigned number, int64_t now_us) {
    oc_pictures_job_t *job = make_job(NULL, NULL);
    if (!job)
        return;
    job->kind = kind;
    job->number = number;
    job->capture_us = now_us;
    (void)post(p, job);
}

/* ---- snapshots; media thread ---- */

void oc_pictures_refuse(oc_pictures_t *p, uint32_t id, int status, const char *why) {
    oc_http_answer_line(p->answers, id, status, why);
}

/* The newest key packet of the picture. OC_OK | OC_AGAIN. */
static int newest_key(const oc_ring_t *ring, uint64_t *seq, oc_packet_t *packet) {
    for (*seq = oc_ring_newest(ring); *seq > 0; (*seq)--) {
        uint64_t first = oc_ring_gop_of(ring, *seq);
        if (oc_ring_get(ring, *seq, packet) != OC_OK)
            return OC_AGAIN;
        const oc_track_t *track = oc_ring_track(ring, packet->track, packet->config_id);
        if (packet->key && track && oc_codec_is_video(track->codec))
            return OC_OK;
        if (*seq > first + 1)
            *seq = first + 1; /* a GOP begins with its key packet */
    }
    return OC_AGAIN;
}

static void answer_jpeg(oc_pictures_t *p, uint32_t id, const oc_packet_t *packet) {
    oc_http_answer_t answer = {.id = id, .status = 503, .type = "image/jpeg", .live = true};
    answer.body = oc_media_thread_allocate(packet->len_bytes);
    if (answer.body) {
        memcpy(answer.body, packet->data, packet->len_bytes);
        answer.len = packet->len_bytes;
        answer.status = 200;
        atomic_fetch_add(&p->answers->body_bytes, answer.len);
    }
    p->answers->add(p->answers->context, &answer);
}

/* Decodes the picture, or has what is cached of it. False: too many are. */
static bool post_snapshot(oc_pictures_t *p, const oc_plane_ring_t *from, uint64_t seq,
                          const oc_packet_t *packet, const oc_span_body_asker_t *asker) {
    bool known = p->newest[from->slot] == seq;
    oc_pictures_job_t *job = make_job(from->ring, known ? NULL : packet);
    if (job) {
        job->kind = OC_PICTURES_SNAPSHOT;
        job->number = from->slot;
        job->epoch = p->epoch[from->slot];
        job->seq = seq;
        job->id = asker->request;
        job->generation = asker->generation;
    }
    if (!post(p, job))
        return false;
    p->newest[from->slot] = seq;
    return true;
}

static void begin_snapshot(oc_pictures_t *p, uint32_t id, const oc_plane_ring_t *from) {
    oc_packet_t packet;
    uint64_t seq;
    if (newest_key(from->ring, &seq, &packet) != OC_OK) {
        oc_pictures_refuse(p, id, 503, "no picture has come yet; try again");
        return;
    }
    const oc_track_t *track = oc_ring_track(from->ring, packet.track, packet.config_id);
    if (track->codec == OC_CODEC_MJPEG) {
        answer_jpeg(p, id, &packet);
        return;
    }
    if (!post_snapshot(p, from, seq, &packet, &(oc_span_body_asker_t){.request = id}))
        oc_pictures_refuse(p, id, 503, TOO_MANY);
}

/* True: the newest picture of the stream has to be decoded. */
static bool needs_decoder(oc_pictures_t *p, const oc_command_t *command, oc_plane_ring_t *from,
                          uint64_t *seq, oc_packet_t *packet) {
    oc_stream_kind_t stream = command->arg[3] & OC_SPAN_BODY_SUB ? OC_STREAM_SUB : OC_STREAM_MAIN;
    if (!(command->arg[3] & OC_SPAN_BODY_JPEG) ||
        oc_plane_ring(p->plane, command->object, stream, from) != OC_OK ||
        newest_key(from->ring, seq, packet) != OC_OK)
        return false;
    return oc_ring_track(from->ring, packet->track, packet->config_id)->codec != OC_CODEC_MJPEG;
}

void oc_pictures_command(oc_pictures_t *p, const oc_command_t *command, int64_t now_us) {
    oc_plane_ring_t from;
    oc_packet_t packet;
    uint64_t seq;
    oc_span_body_asker_t asker = {command->request, command->generation};
    if (!needs_decoder(p, command, &from, &seq, &packet))
        oc_span_bodies_make(p->events.spans, command, oc_pulse_us());
    else if (!post_snapshot(p, &from, seq, &packet, &asker))
        oc_span_bodies_refuse(p->events.spans, &asker, OC_ERR_BUSY, TOO_MANY);
}

/* The name in "<channel>.jpg". False: it is none. */
static bool read_name(const char *path, char name[OC_CHANNEL_NAME_MAX]) {
    size_t len = strlen(path);
    if (len < 5 || strcmp(path + len - 4, ".jpg") != 0 || len - 4 >= OC_CHANNEL_NAME_MAX)
        return false;
    memcpy(name, path, len - 4);
    name[len - 4] = '\0';
    return true;
}

static void take_request(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_pictures_t *p = call->context;
    oc_http_request_t *req = call->data;
    char name[OC_CHANNEL_NAME_MAX];
    oc_plane_ring_t from;
    bool sub = false;
    int code = OC_ERR_NOENT;
    if (!oc_http_rule_stream(req->query, &sub))
        oc_pictures_refuse(p, req->id, 404, "stream is main or sub");
    else if (read_name(req->path, name) &&
             (code = oc_plane_ring_named(p->plane, name, sub, &from)) == OC_OK)
        begin_snapshot(p, req->id, &from);
    else if (code == OC_ERR_PRIVATE)
        oc_pictures_refuse(p, req->id, 403, "privacy mode is on");
    else
        oc_pictures_refuse(p, req->id, code == OC_AGAIN ? 503 : 404,
                           code == OC_AGAIN ? "no picture has come yet; try again"
                                            : "no such channel or stream");
    free(req);
}

oc_media_call_t oc_pictures_call(oc_pictures_t *p, oc_http_request_t *req) {
    return (oc_media_call_t){.run = take_request, .context = p, .data = req};
}

/* ---- events; media thread ---- */

/* The newest key frame of a channel from which pictures come. */
static bool shows(const oc_pictures_t *p, const char *name, oc_plane_ring_t *out,
                  oc_packet_t *packet) {
    uint64_t seq;
    return name[0] && oc_plane_ring_named(p->plane, name, false, out) == OC_OK &&
           out->state == OC_STREAM_RUNNING && newest_key(out->ring, &seq, packet) == OC_OK;
}

/* That of the channel that shows an event. */
static bool find_picture(const oc_pictures_t *p, const oc_pictures_event_t *event,
                         oc_plane_ring_t *out, oc_packet_t *packet) {
    char name[OC_CHANNEL_NAME_MAX];
    if (event->channel[0])
        return shows(p, event->channel, out, packet);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_plane_channel_name(p->plane, i, name);
        if (shows(p, name, out, packet))
            return true;
    }
    return false;
}

/* Has the picture of an event made that events_waiting counts, and frees it. False: there is none
 * yet. */
static bool show_event(oc_pictures_t *p, oc_pictures_event_t *event) {
    oc_plane_ring_t from;
    oc_packet_t packet;
    if (!find_picture(p, event, &from, &packet))
        return false;
    oc_pictures_job_t *job = make_job(from.ring, &packet);
    if (job) {
        job->kind = OC_PICTURES_EVENT;
        job->number = from.slot;
        job->id = event->id;
        job->start_ms = event->start_ms;
        job->fresh = true;
    }
    if (!job || !post(p, job))
        atomic_fetch_sub(&p->events_waiting, 1);
    free(event);
    return true;
}

static void take_event(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_pictures_t *p = call->context;
    oc_pictures_event_t *event = call->data;
    if (show_event(p, event))
        return;
    atomic_fetch_sub(&p->events_waiting, 1); /* it takes no place from those that have a picture */
    if (p->later_count < OC_PICTURES_LATER)
        p->later[p->later_count++] = event;
    else
        free(event);
}

/* False: it is one of the past. */
static bool begins_now(int64_t start_ms) {
    oc_clock_t clock;
    oc_posix_clock(&clock);
    int64_t age_ms = oc_clock_wall_us(&clock, oc_posix_now_us()) / 1000 - start_ms;
    return age_ms > -EVENT_AGE_MS && age_ms < EVENT_AGE_MS;
}

void oc_pictures_event(oc_pictures_t *p, uint32_t id, const char *channel, int64_t start_ms) {
    if (!begins_now(start_ms))
        return;
    if (atomic_fetch_add(&p->events_waiting, 1) >= OF_EVENTS) {
        atomic_fetch_sub(&p->events_waiting, 1);
        return;
    }
    oc_pictures_event_t *event = calloc(1, sizeof(*event));
    oc_media_call_t call = {.run = take_event, .context = p, .data = event};
    bool posted = false;
    if (event) {
        event->id = id;
        event->start_ms = start_ms;
        snprintf(event->channel, sizeof(event->channel), "%s", channel);
        pthread_mutex_lock(&p->lock);
        posted = !p->ended && oc_media_thread_post(p->media, &call) == OC_OK;
        pthread_mutex_unlock(&p->lock);
    }
    if (!posted) {
        atomic_fetch_sub(&p->events_waiting, 1);
        free(event);
    }
}

/* Events whose channel has had no picture yet. */
static void advance_events(oc_pictures_t *p, int64_t now_us) {
    unsigned kept = 0;
    if (p->later_count == 0 || now_us < p->later_us)
        return;
    p->later_us = now_us + EVENT_LOOK_US;
    for (unsigned i = 0; i < p->later_count; i++) {
        oc_pictures_event_t *event = p->later[i];
        if (oc_plane_privacy(p->plane) || !begins_now(event->start_ms)) {
            free(event);
            continue;
        }
        atomic_fetch_add(&p->events_waiting, 1);
        if (!show_event(p, event)) {
            atomic_fetch_sub(&p->events_waiting, 1);
            p->later[kept++] = event;
        }
    }
    p->later_count = kept;
}

/* ---- what the detectors are fed; media thread ---- */

/* The small picture of two: a sub stream costs less. */
static void find_ring(oc_pictures_t *p, unsigned channel, oc_pictures_feed_t *feed) {
    oc_plane_ring_t from;
    if (oc_plane_ring(p->plane, channel, OC_STREAM_SUB, &from) != OC_OK &&
        oc_plane_ring(p->plane, channel, OC_STREAM_MAIN, &from) != OC_OK)
        return;
    feed->ring = from.ring;
    feed->slot = from.slot;
    feed->broken = true;
    uint64_t newest = oc_ring_newest(from.ring);
    feed->next = newest > 0 ? oc_ring_gop_of(from.ring, newest) : 1;
}

static void feed_packet(oc_pictures_t *p, unsigned channel, oc_pictures_feed_t *feed,
                        const oc_packet_t *packet) {
    const oc_track_t *track = oc_ring_track(feed->ring, packet->track, packet->config_id);
    bool picture = track && oc_codec_is_video(track->codec);
    bool takes = track && (picture ? feed->motion : feed->sound);
    if (!takes || (picture && feed->broken && !packet->key))
        return;
    bool room = atomic_load(&p->waiting[channel]) < OF_ONE;
    if (!room || (picture && !atomic_load(&p->takes[channel]))) {
        feed->broken |= picture;
        return;
    }
    oc_pictures_job_t *job = make_job(feed->ring, packet);
    if (job) {
        job->kind = picture ? OC_PICTURES_MOTION : OC_PICTURES_SOUND;
        job->number = channel;
        job->fresh = picture && feed->broken;
    }
    if (post(p, job) && picture)
        feed->broken = false;
    else
        feed->broken |= picture;
}

static void advance_feed(oc_pictures_t *p, unsigned channel, int64_t now_us) {
    oc_pictures_feed_t *feed = &p->feed[channel];
    if (!feed->ring && now_us - feed->looked_us >= LOOK_US) {
        feed->looked_us = now_us;
        find_ring(p, channel, feed);
    }
    oc_packet_t packet;
    for (unsigned i = 0; i < BURST && feed->ring; i++) {
        int code = oc_ring_get(feed->ring, feed->next, &packet);
        if (code == OC_ERR_STALE) {
            uint64_t newest = oc_ring_newest(feed->ring);
            feed->next = newest > 0 ? newest + 1 : feed->next + 1;
            feed->broken = true;
            break;
        }
        if (code != OC_OK)
            break;
        feed_packet(p, channel, feed, &packet);
        feed->next++;
    }
    if (now_us - feed->sent_us >= LOOK_US) {
        feed->sent_us = now_us;
        post_plain(p, OC_PICTURES_MOTION, channel, now_us);
    }
}

static void take_settings(oc_pictures_t *p, unsigned channel, int64_t now_us) {
    oc_pictures_feed_t *feed = &p->feed[channel];
    pthread_mutex_lock(&p->lock);
    bool motion = p->detect[channel].motion, sound = p->detect[channel].sound;
    pthread_mutex_unlock(&p->lock);
    if ((feed->motion && !motion) || (feed->sound && !sound))
        post_plain(p, OC_PICTURES_QUIET, channel, now_us);
    if (!feed->motion)
        atomic_store(&p->takes[channel], true);
    feed->broken |= !feed->motion;
    feed->motion = motion;
    feed->sound = sound;
    if (!motion && !sound)
        feed->ring = NULL;
}

int64_t oc_pictures_advance(oc_pictures_t *p, int64_t now_us) {
    advance_events(p, now_us);
    int64_t due_us = p->later_count > 0 ? p->later_us : INT64_MAX;
    bool looks = atomic_exchange(&p->changed, false);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        if (looks)
            take_settings(p, i, now_us);
        if (!p->feed[i].motion && !p->feed[i].sound)
            continue;
        advance_feed(p, i, now_us);
        due_us = now_us + LOOK_US < due_us ? now_us + LOOK_US : due_us;
    }
    return due_us;
}

void oc_pictures_ring_gone(oc_pictures_t *p, unsigned slot) {
    int64_t now_us = oc_posix_now_us();
    p->epoch[slot]++;
    if (p->newest[slot] != 0)
        post_plain(p, OC_PICTURES_FORGET, slot, now_us);
    p->newest[slot] = 0;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        if (!p->feed[i].ring || p->feed[i].slot != slot)
            continue;
        p->feed[i].ring = NULL;
        post_plain(p, OC_PICTURES_QUIET, i, now_us);
    }
}
