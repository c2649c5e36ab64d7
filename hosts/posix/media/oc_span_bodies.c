/* oc_span_bodies - see the header. A reader copies under the body's lock, and the media thread
 * marks a body as gone under it before the ring gets its memory back. A reference that is dropped
 * leaves a flag, which the media thread finds at its next turn. */
#include "oc_span_bodies.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_media_thread.h"
#include "oc_plane_live.h"
#include "oc_plane_ring.h"

#define WHY_BYTES 160
#define HELD      0x40000000u /* in the number of a body that is no span */

struct oc_span_body {
    oc_body_t body; /* first */
    _Atomic bool released;
    pthread_mutex_t lock; /* of `gone`, held for a copy */
    int gone;             /* 0, or OC_ERR_* for readers */
    uint32_t number, generation;
    int64_t until_us; /* nobody may take it any more */
    unsigned slot;
    oc_ring_t *ring; /* NULL: its packets were given back */
    int pin;
    oc_out_span_t *span;
    max_align_t memory[]; /* of the span */
};

static int64_t read_span(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    oc_span_body_t *row = (oc_span_body_t *)(void *)body;
    size_t part = size < OC_SPAN_BODY_COPY ? size : OC_SPAN_BODY_COPY;
    pthread_mutex_lock(&row->lock);
    int64_t got = row->gone ? row->gone : oc_out_span_read(row->span, offset, out, part);
    pthread_mutex_unlock(&row->lock);
    return got;
}

static void release_span(oc_body_t *body) {
    oc_span_body_t *row = (oc_span_body_t *)(void *)body;
    atomic_store_explicit(&row->released, true, memory_order_release);
}

static const oc_body_source_t source = {.read = read_span, .release = release_span};

void oc_span_bodies_init(oc_span_bodies_t *bodies, oc_plane_t *plane, oc_mailbox_t *mailbox) {
    memset(bodies, 0, sizeof *bodies);
    bodies->plane = plane;
    bodies->mailbox = mailbox;
    bodies->memory.maximum = OC_SPAN_BODIES_BYTES;
    pthread_mutex_init(&bodies->lock, NULL);
}

/* ---- the end of one ---- */

/* The ring gets its packets back; who reads from now on gets `why`. */
static void take_back(oc_span_body_t *row, int why) {
    pthread_mutex_lock(&row->lock);
    if (row->gone == OC_OK)
        row->gone = why;
    pthread_mutex_unlock(&row->lock);
    if (row->ring)
        oc_ring_unpin(row->ring, row->pin);
    row->ring = NULL;
}

static void discard(oc_span_body_t *row) {
    take_back(row, OC_ERR_CLOSED);
    pthread_mutex_destroy(&row->lock);
    free(row);
}

/* Takes it out of those that wait for the script. True: it was there, and the reference is now the
 * caller's. */
static bool stop_waiting(oc_span_bodies_t *bodies, const oc_span_body_t *row) {
    bool found = false;
    pthread_mutex_lock(&bodies->lock);
    for (unsigned i = 0; i < OC_SPAN_BODIES_MAX; i++)
        if (bodies->waiting[i] == row) {
            bodies->waiting[i] = NULL;
            found = true;
        }
    pthread_mutex_unlock(&bodies->lock);
    return found;
}

static void drop_waiting(oc_span_bodies_t *bodies, oc_span_body_t *row) {
    oc_body_ref_t ref = {.body = &row->body};
    if (stop_waiting(bodies, row))
        oc_body_drop(&ref);
}

/* Those that had to be taken by now; of one generation, or of every one (NULL). */
static void drop_held(oc_span_bodies_t *bodies, const uint32_t *generation, int64_t awake_us) {
    pthread_mutex_lock(&bodies->lock);
    for (unsigned i = 0; i < OC_SPAN_BODIES_MAX; i++) {
        oc_span_body_held_t *held = &bodies->held[i];
        if (!held->ref.body || (generation && held->generation != *generation) ||
            awake_us < held->until_us)
            continue;
        oc_body_drop(&held->ref);
        atomic_fetch_sub_explicit(&bodies->count, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&bodies->lock);
}

/* Has the script take it. The number | OC_ERR_BUSY: it was dropped. */
static int32_t hold(oc_span_bodies_t *bodies, uint32_t generation, oc_body_ref_t ref,
                    int64_t awake_us) {
    int32_t number = OC_ERR_BUSY;
    pthread_mutex_lock(&bodies->lock);
    for (unsigned i = 0; number < 0 && i < OC_SPAN_BODIES_MAX; i++) {
        if (bodies->held[i].ref.body)
            continue;
        bodies->last_held = (bodies->last_held + 1) & (HELD - 1);
        number = (int32_t)(HELD | bodies->last_held);
        bodies->held[i] = (oc_span_body_held_t){.ref = ref,
                                                .number = (uint32_t)number,
                                                .generation = generation,
                                                .until_us = awake_us + OC_SPAN_BODY_TAKE_US};
        atomic_fetch_add_explicit(&bodies->count, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&bodies->lock);
    if (number < 0)
        oc_body_drop(&ref);
    return number;
}

void oc_span_bodies_give(oc_span_bodies_t *bodies, const oc_span_body_asker_t *asker,
                         const uint8_t *jpeg, uint32_t bytes, int64_t awake_us) {
    oc_body_ref_t ref;
    int32_t number = OC_ERR_BUSY;
    uint8_t *copy = oc_body_memory(&bodies->memory, bytes, "image/jpeg", &ref);
    if (copy) {
        memcpy(copy, jpeg, bytes);
        number = hold(bodies, asker->generation, ref, awake_us);
    }
    if (number < 0)
        oc_span_bodies_refuse(bodies, asker, number,
                              "too many pictures are open; close those that are no longer needed");
    else
        oc_mailbox_reply(bodies->mailbox, asker->request, asker->generation, OC_OK, number, 0,
                         (oc_parcel_t){0});
}

void oc_span_bodies_refuse(oc_span_bodies_t *bodies, const oc_span_body_asker_t *asker, int code,
                           const char *why) {
    oc_mailbox_reply_text(bodies->mailbox, asker->request, asker->generation, code, 0, 0, why,
                          strlen(why));
}

/* A ring needs room: the oldest of its spans goes. */
static void reclaim(void *context, oc_ring_t *ring) {
    oc_span_bodies_t *bodies = context;
    oc_span_body_t *oldest = NULL;
    for (unsigned i = 0; i < OC_SPAN_BODIES_MAX; i++) {
        oc_span_body_t *row = bodies->body[i];
        if (row && row->ring == ring && (!oldest || row->number < oldest->number))
            oldest = row;
    }
    if (oldest)
        take_back(oldest, OC_ERR_STALE);
}

void oc_span_bodies_ring_gone(oc_span_bodies_t *bodies, unsigned slot) {
    int why = oc_plane_privacy(bodies->plane) ? OC_ERR_PRIVATE : OC_ERR_CLOSED;
    for (unsigned i = 0; i < OC_SPAN_BODIES_MAX; i++) {
        oc_span_body_t *row = bodies->body[i];
        if (row && row->ring && row->slot == slot)
            take_back(row, why);
    }
}

void oc_span_bodies_script_gone(oc_span_bodies_t *bodies, uint32_t generation) {
    drop_held(bodies, &generation, INT64_MAX);
    for (unsigned i = 0; i < OC_SPAN_BODIES_MAX; i++) {
        oc_span_body_t *row = bodies->body[i];
        if (!row || row->generation != generation)
            continue;
        take_back(row, OC_ERR_CLOSED);
        drop_waiting(bodies, row);
    }
}

void oc_span_bodies_advance(oc_span_bodies_t *bodies, int64_t awake_us) {
    if (atomic_load_explicit(&bodies->count, memory_order_relaxed) == 0)
        return;
    drop_held(bodies, NULL, awake_us);
    for (unsigned i = 0; i < OC_SPAN_BODIES_MAX; i++) {
        oc_span_body_t *row = bodies->body[i];
        if (!row)
            continue;
        if (awake_us >= row->until_us)
            drop_waiting(bodies, row);
        if (!atomic_load_explicit(&row->released, memory_order_acquire))
            continue;
        discard(row);
        bodies->body[i] = NULL;
        atomic_fetch_sub_explicit(&bodies->count, 1, memory_order_relaxed);
    }
}

void oc_span_bodies_free(oc_span_bodies_t *bodies) {
    drop_held(bodies, NULL, INT64_MAX);
    for (unsigned i = 0; i < OC_SPAN_BODIES_MAX; i++)
        if (bodies->body[i]) {
            bodies->body[i]->ring = NULL; /* went with its stream */
            discard(bodies->body[i]);
        }
    pthread_mutex_destroy(&bodies->lock);
}

/* ---- the beginning of one ---- */

static int free_place(const oc_span_bodies_t *bodies) {
    for (int i = 0; i < OC_SPAN_BODIES_MAX; i++)
        if (!bodies->body[i])
            return i;
    return OC_ERR_BUSY;
}

/* A body without a span yet, of packets that its ring lends. memory: bytes for the span. OC_OK and
 * *out | OC_ERR_*. */
static int lend(oc_span_bodies_t *bodies, const oc_plane_ring_t *from, uint64_t first,
                uint64_t last, size_t memory, oc_span_body_t **out) {
    oc_span_body_t *row = calloc(1, sizeof *row + memory);
    if (!row)
        return OC_ERR_NOMEM;
    row->pin = oc_ring_lend(from->ring, first, last);
    if (row->pin < 0) {
        int code = row->pin;
        free(row);
        return code;
    }
    oc_ring_on_need(from->ring, reclaim, bodies);
    row->ring = from->ring;
    row->slot = from->slot;
    pthread_mutex_init(&row->lock, NULL);
    *out = row;
    return OC_OK;
}

static void begin(oc_span_body_t *row) {
    oc_body_init(&row->body, &source, oc_out_span_bytes(row->span), oc_out_span_type(row->span));
}

/* A body of a plan. OC_OK and *out | OC_ERR_*. */
static int lend_plan(oc_span_bodies_t *bodies, const oc_plane_ring_t *from,
                     const oc_out_span_plan_t *plan, oc_span_body_t **out) {
    int code = lend(bodies, from, plan->first, plan->last, plan->memory, out);
    if (code != OC_OK)
        return code;
    code = oc_out_span_make(from->ring, plan, &bodies->work, (*out)->memory, &(*out)->span);
    if (code == OC_OK)
        begin(*out);
    else
        discard(*out);
    return code;
}

static oc_stream_kind_t stream_of(const oc_command_t *command) {
    return command->arg[3] & OC_SPAN_BODY_SUB ? OC_STREAM_SUB : OC_STREAM_MAIN;
}

/* The segment of live HLS that a command asks for. OC_OK | OC_ERR_*. */
static int make_segment(oc_span_bodies_t *bodies, const oc_command_t *command,
                        oc_span_body_t **out) {
    oc_plane_segment_t segment;
    int code = oc_plane_live_segment(bodies->plane, command->object, stream_of(command),
                                     (uint32_t)command->arg[0], &segment);
    if (code == OC_OK)
        code = lend(bodies, &segment.from, segment.first, segment.last,
                    oc_out_span_of_bytes(&segment.body), out);
    if (code == OC_OK) {
        (*out)->span = oc_out_span_of(&segment.body, segment.content_type, (*out)->memory);
        begin(*out);
    }
    return code == OC_AGAIN ? OC_ERR_STATE : code;
}

/* The span that a command asks for. OC_OK | OC_ERR_*. */
static int make(oc_span_bodies_t *bodies, const oc_command_t *command, oc_span_body_t **out,
                uint32_t *duration_ms) {
    oc_out_span_request_t request = {.before_ms = (uint32_t)command->arg[0],
                                     .until_ms = (uint32_t)command->arg[1],
                                     .no_audio = command->arg[3] & OC_SPAN_BODY_SILENT,
                                     .picture = command->arg[3] & OC_SPAN_BODY_PICTURE};
    oc_plane_ring_t from;
    oc_out_span_plan_t plan;
    if (command->arg[0] < 0 || command->arg[1] < 0)
        return OC_ERR_RANGE;
    int code = oc_plane_ring(bodies->plane, command->object, stream_of(command), &from);
    if (code == OC_OK)
        code = oc_out_span_plan(from.ring, &request, &plan);
    if (code == OC_OK)
        code = lend_plan(bodies, &from, &plan, out);
    *duration_ms = code == OC_OK ? plan.duration_ms : 0;
    return code == OC_AGAIN ? OC_ERR_STATE : code;
}

static const char *reason(int code) {
    switch (code) {
    case OC_ERR_BUSY:
        return "too many bodies of rings are open, or they take half of this ring; close those "
               "that are no longer needed";
    case OC_ERR_STATE:
        return "no key frame has come yet; ask again";
    case OC_ERR_TOO_BIG:
        return "the span has more than half of what the ring can hold, or more than 16,384 "
               "packets; ask for a shorter one, or set a longer ring";
    default:
        return oc_err_text(code);
    }
}

static void refuse(oc_span_bodies_t *bodies, const oc_command_t *command, int code) {
    char why[WHY_BYTES];
    int len = snprintf(why, sizeof why, "channel %u: %s", command->object, reason(code));
    oc_mailbox_reply_text(bodies->mailbox, command->request, command->generation, code, 0, 0, why,
                          (size_t)len);
}

/* A file of live HLS that is made when it is asked for, as a copy. The number | OC_ERR_*. */
static int32_t copy_file(oc_span_bodies_t *bodies, const oc_command_t *command, int64_t awake_us) {
    char file[32] = "sub/", name[OC_CHANNEL_NAME_MAX];
    size_t at = stream_of(command) == OC_STREAM_SUB ? 4 : 0;
    oc_plane_body_t body;
    oc_body_ref_t ref;
    if (command->arg[3] & OC_SPAN_BODY_INIT)
        snprintf(file + at, sizeof file - at, "i%u.mp4", (unsigned)command->arg[0]);
    else
        snprintf(file + at, sizeof file - at, "plain.m3u8");
    oc_plane_channel_name(bodies->plane, command->object, name);
    int code = oc_plane_live_get(bodies->plane, name, file, "", &body);
    if (code != OC_OK)
        return code == OC_AGAIN ? OC_ERR_STATE : code;
    uint8_t *copy = oc_body_memory(&bodies->memory, body.len, body.content_type, &ref);
    if (copy)
        memcpy(copy, body.data, body.len);
    oc_media_thread_release(body.data);
    return copy ? hold(bodies, command->generation, ref, awake_us) : OC_ERR_BUSY;
}

/* Answers a command with such a file. */
static void make_file(oc_span_bodies_t *bodies, const oc_command_t *command, int64_t awake_us) {
    int32_t number = copy_file(bodies, command, awake_us);
    if (number < 0)
        refuse(bodies, command, number);
    else
        oc_mailbox_reply(bodies->mailbox, command->request, command->generation, OC_OK, number, 0,
                         (oc_parcel_t){0});
}

void oc_span_bodies_make(oc_span_bodies_t *bodies, const oc_command_t *command, int64_t awake_us) {
    oc_span_body_t *row = NULL;
    uint32_t duration_ms = 0;
    bool live = command->arg[3] & OC_SPAN_BODY_LIVE;
    oc_span_bodies_advance(bodies, awake_us); /* places that were given back count */
    if (live && command->arg[3] & (OC_SPAN_BODY_INIT | OC_SPAN_BODY_LIST)) {
        make_file(bodies, command, awake_us);
        return;
    }
    int code = free_place(bodies), place = code;
    if (place >= 0)
        code =
            live ? make_segment(bodies, command, &row) : make(bodies, command, &row, &duration_ms);
    if (code != OC_OK) {
        refuse(bodies, command, code);
        return;
    }
    row->number = ++bodies->last;
    row->generation = command->generation;
    row->until_us = awake_us + OC_SPAN_BODY_TAKE_US;
    bodies->body[place] = row;
    atomic_fetch_add_explicit(&bodies->count, 1, memory_order_relaxed);
    pthread_mutex_lock(&bodies->lock);
    bodies->waiting[place] = row;
    pthread_mutex_unlock(&bodies->lock);
    oc_mailbox_reply(bodies->mailbox, command->request, command->generation, OC_OK,
                     (int32_t)row->number, (int32_t)duration_ms, (oc_parcel_t){0});
}

int oc_span_bodies_take(oc_span_bodies_t *bodies, uint32_t number, uint32_t generation,
                        oc_body_ref_t *out) {
    int code = OC_ERR_NOENT;
    pthread_mutex_lock(&bodies->lock);
    for (unsigned i = 0; code != OC_OK && i < OC_SPAN_BODIES_MAX; i++) {
        oc_span_body_t *row = bodies->waiting[i];
        if (!row || row->number != number || row->generation != generation)
            continue;
        bodies->waiting[i] = NULL;
        *out = (oc_body_ref_t){.body = &row->body, .bytes = row->body.bytes};
        code = OC_OK;
    }
    for (unsigned i = 0; code != OC_OK && i < OC_SPAN_BODIES_MAX; i++) {
        oc_span_body_held_t *held = &bodies->held[i];
        if (!held->ref.body || held->number != number || held->generation != generation)
            continue;
        *out = held->ref;
        held->ref = (oc_body_ref_t){0};
        atomic_fetch_sub_explicit(&bodies->count, 1, memory_order_relaxed);
        code = OC_OK;
    }
    pthread_mutex_unlock(&bodies->lock);
    return code;
}
