/* oc_source_play - see the header. A message's name is its chunk's serial number and its place. */
#include "oc_source_play.h"

#include <string.h>

#include "oc_dcep.h"
#include "oc_err.h"

#define PER_MILLE  1000u
#define PLACE_BITS 16u
#define NOT_BEGUN  INT64_MIN
#define MEDIA_MAX  (INT64_MAX / 2)

void oc_source_play_init(oc_source_play_t *source, oc_play_chunk_t *const *chunks,
                         uint32_t piece_max, int64_t at_us, int64_t now_us) {
    memset(source, 0, sizeof *source);
    for (unsigned i = 0; i < OC_SOURCE_PLAY_CHUNKS; i++)
        source->slot[i].chunk = chunks[i];
    source->piece_max = piece_max < OC_PLAY_PIECE ? piece_max : OC_PLAY_PIECE;
    source->speed = PER_MILLE;
    oc_source_play_seek(source, at_us, now_us);
}

/* Media time the viewer is at. */
static int64_t place(const oc_source_play_t *s) {
    if (s->anchor_us == NOT_BEGUN || s->paused)
        return s->anchor_media_us;
    return s->anchor_media_us + (s->now_us - s->anchor_us) * (int64_t)s->speed / PER_MILLE;
}

/* From now on the place is this one. */
static void set_place(oc_source_play_t *s, int64_t media_us) {
    s->anchor_us = s->now_us;
    s->anchor_media_us = media_us;
}

static bool has_next(const oc_source_play_slot_t *slot) {
    return slot->state == OC_SOURCE_PLAY_READY && slot->next < slot->chunk->count;
}

/* The slot whose message is the next; NULL: nothing was read. */
static const oc_source_play_slot_t *next_slot(const oc_source_play_t *s) {
    const oc_source_play_slot_t *first = NULL;
    for (unsigned i = 0; i < OC_SOURCE_PLAY_CHUNKS; i++) {
        const oc_source_play_slot_t *slot = &s->slot[i];
        if (has_next(slot) && (!first || (int32_t)(slot->serial - first->serial) < 0))
            first = slot;
    }
    return first;
}

static void free_if_done(oc_source_play_slot_t *slot) {
    if (slot->state == OC_SOURCE_PLAY_READY && slot->under_way == 0 && !has_next(slot))
        slot->state = OC_SOURCE_PLAY_FREE;
}

/* What was not taken is not sent. */
static void drop_rest(oc_source_play_t *s, oc_source_play_slot_t *slot) {
    while (has_next(slot))
        s->queued -= slot->chunk->message[slot->next++].len;
    free_if_done(slot);
}

static int next(void *ctx, oc_msg_t *out) {
    oc_source_play_t *s = ctx;
    const oc_source_play_slot_t *slot = next_slot(s);
    if (!slot)
        return OC_AGAIN;
    const oc_play_message_t *m = &slot->chunk->message[slot->next];
    if (s->anchor_us == NOT_BEGUN)
        set_place(s, m->at_us);
    if (m->at_us > place(s) + OC_SOURCE_PLAY_AHEAD_US)
        return OC_AGAIN;
    *out = (oc_msg_t){.ref = (uint64_t)slot->serial << PLACE_BITS | slot->next,
                      .len = m->len,
                      .ppid = m->text ? OC_PPID_STRING : OC_PPID_BINARY,
                      .key = true};
    return OC_OK;
}

/* The slot of a message that was taken. */
static oc_source_play_slot_t *slot_of(oc_source_play_t *s, uint64_t ref) {
    for (unsigned i = 0; i < OC_SOURCE_PLAY_CHUNKS; i++)
        if (s->slot[i].state == OC_SOURCE_PLAY_READY && s->slot[i].serial == ref >> PLACE_BITS)
            return &s->slot[i];
    return NULL;
}

static uint32_t place_of(uint64_t ref) {
    return (uint32_t)(ref & ((1u << PLACE_BITS) - 1));
}

static void take(void *ctx, uint64_t ref) {
    oc_source_play_slot_t *slot = slot_of(ctx, ref);
    if (!slot)
        return;
    slot->next = place_of(ref) + 1;
    slot->under_way++;
}

static int bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                 unsigned max) {
    const oc_source_play_slot_t *slot = slot_of(ctx, ref);
    (void)max; /* one part is always enough */
    if (!slot)
        return OC_ERR_STALE;
    parts[0] =
        oc_span(slot->chunk->bytes + slot->chunk->message[place_of(ref)].offset + offset, len);
    return 1;
}

static void done(void *ctx, uint64_t ref, int how) {
    oc_source_play_t *s = ctx;
    oc_source_play_slot_t *slot = slot_of(s, ref);
    if (!slot)
        return;
    s->queued -= slot->chunk->message[place_of(ref)].len;
    s->done += how == OC_OK;
    slot->under_way--;
    free_if_done(slot);
}

const oc_source_ops_t oc_source_play_ops = {next, take, bytes, done};

bool oc_source_play_reading(const oc_source_play_t *source) {
    for (unsigned i = 0; i < OC_SOURCE_PLAY_CHUNKS; i++)
        if (source->slot[i].state == OC_SOURCE_PLAY_READING)
            return true;
    return false;
}

oc_play_chunk_t *oc_source_play_want(oc_source_play_t *source) {
    if (source->ended || source->held || source->again_us > source->now_us ||
        oc_source_play_reading(source))
        return NULL;
    for (unsigned i = 0; i < OC_SOURCE_PLAY_CHUNKS; i++) {
        oc_source_play_slot_t *slot = &source->slot[i];
        if (slot->state != OC_SOURCE_PLAY_FREE)
            continue;
        slot->state = OC_SOURCE_PLAY_READING;
        slot->chunk->order = source->order;
        slot->chunk->seek = source->seek;
        slot->chunk->piece_max = source->piece_max;
        slot->chunk->at_us = source->seek_us;
        slot->chunk->keys_only = source->speed >= OC_SOURCE_PLAY_KEYS_FROM;
        source->seek = false;
        return slot->chunk;
    }
    return NULL;
}

/* What the reader made is sent next. */
static void accept(oc_source_play_t *s, oc_source_play_slot_t *slot) {
    slot->state = OC_SOURCE_PLAY_READY;
    slot->serial = ++s->serial;
    slot->next = slot->under_way = 0;
    for (uint32_t i = 0; i < slot->chunk->count; i++)
        s->queued += slot->chunk->message[i].len;
    s->ended = slot->chunk->result != OC_OK && slot->chunk->result != OC_AGAIN;
    if (slot->chunk->result == OC_AGAIN)
        s->again_us = s->now_us + OC_SOURCE_PLAY_AGAIN_US;
    free_if_done(slot);
}

void oc_source_play_filled(oc_source_play_t *source, oc_play_chunk_t *chunk, int64_t now_us) {
    source->now_us = now_us;
    for (unsigned i = 0; i < OC_SOURCE_PLAY_CHUNKS; i++) {
        oc_source_play_slot_t *slot = &source->slot[i];
        if (slot->chunk != chunk || slot->state != OC_SOURCE_PLAY_READING)
            continue;
        if (chunk->order == source->order)
            accept(source, slot);
        else
            slot->state = OC_SOURCE_PLAY_FREE;
        return;
    }
}

void oc_source_play_pause(oc_source_play_t *source, int64_t now_us) {
    source->now_us = now_us;
    if (source->anchor_us != NOT_BEGUN)
        set_place(source, place(source));
    source->paused = true;
}

void oc_source_play_resume(oc_source_play_t *source, int64_t now_us) {
    source->now_us = now_us;
    if (source->paused && source->anchor_us != NOT_BEGUN)
        source->anchor_us = now_us;
    source->paused = false;
}

void oc_source_play_seek(oc_source_play_t *source, int64_t at_us, int64_t now_us) {
    source->now_us = now_us;
    source->order++;
    source->seek = true;
    source->seek_us = at_us < 0 ? 0 : at_us > MEDIA_MAX ? MEDIA_MAX : at_us;
    source->anchor_us = NOT_BEGUN;
    source->anchor_media_us = source->seek_us;
    source->ended = false;
    source->again_us = 0;
    for (unsigned i = 0; i < OC_SOURCE_PLAY_CHUNKS; i++)
        drop_rest(source, &source->slot[i]);
}

int oc_source_play_speed(oc_source_play_t *source, uint32_t per_mille, int64_t now_us) {
    bool keys = source->speed >= OC_SOURCE_PLAY_KEYS_FROM;
    if (per_mille < OC_SOURCE_PLAY_SPEED_MIN || per_mille > OC_SOURCE_PLAY_SPEED_MAX)
        return OC_ERR_RANGE;
    source->now_us = now_us;
    int64_t here = place(source);
    if (source->anchor_us != NOT_BEGUN)
        set_place(source, here);
    source->speed = per_mille;
    if (keys != (per_mille >= OC_SOURCE_PLAY_KEYS_FROM))
        oc_source_play_seek(source, here, now_us);
    return OC_OK;
}

void oc_source_play_hold(oc_source_play_t *source, bool held) {
    source->held = held;
}

/* When the next message may leave. */
static int64_t message_due(const oc_source_play_t *source) {
    const oc_source_play_slot_t *slot = next_slot(source);
    if (!slot)
        return INT64_MAX;
    if (source->anchor_us == NOT_BEGUN)
        return source->now_us;
    int64_t ahead =
        slot->chunk->message[slot->next].at_us - place(source) - OC_SOURCE_PLAY_AHEAD_US;
    if (ahead <= 0)
        return source->now_us;
    if (source->paused || ahead > MEDIA_MAX / PER_MILLE)
        return INT64_MAX;
    return source->now_us + ahead * PER_MILLE / source->speed + 1;
}

int64_t oc_source_play_deadline(const oc_source_play_t *source) {
    int64_t due = message_due(source);
    return source->again_us > source->now_us && source->again_us < due ? source->again_us : due;
}

void oc_source_play_advance(oc_source_play_t *source, int64_t now_us) {
    source->now_us = now_us;
}

bool oc_source_play_under_way(const oc_source_play_t *source) {
    for (unsigned i = 0; i < OC_SOURCE_PLAY_CHUNKS; i++)
        if (source->slot[i].state == OC_SOURCE_PLAY_READY && source->slot[i].under_way > 0)
            return true;
    return false;
}

uint32_t oc_source_play_queued(const oc_source_play_t *source) {
    return source->queued;
}
