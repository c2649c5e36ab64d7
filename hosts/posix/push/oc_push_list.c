#include "oc_push_list.h"

#include <stdio.h>
#include <string.h>

#include "oc_err.h"

#define US_PER_S INT64_C(1000000)

/* splitmix64, public domain (Sebastiano Vigna). */
static uint64_t next_random(oc_push_list_t *list) {
    uint64_t z = list->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

void oc_push_list_init(oc_push_list_t *list, uint64_t seed) {
    memset(list, 0, sizeof *list);
    list->random = seed;
    list->lost_us = -1;
}

static void enter(oc_push_t *push, oc_push_phase_t phase, int64_t now_us) {
    if (push->phase != phase)
        push->phase_us = now_us;
    push->changed |= push->phase != phase;
    push->phase = phase;
}

static void say(oc_push_t *push, int code, const char *why) {
    push->changed |= push->code != code;
    push->code = code;
    snprintf(push->why, sizeof push->why, "%s", why);
}

/* ---- lists ---- */

static int refuse(const oc_push_target_t *target, const char *what, char *why, size_t size) {
    snprintf(why, size, "live push %u (%s): %s", target->id, target->name, what);
    return OC_ERR_INVAL;
}

static int check(const oc_push_targets_t *targets, char *why, size_t size) {
    for (uint32_t i = 0; i < targets->targets; i++) {
        const oc_push_target_t *target = &targets->target[i];
        if (target->id == 0)
            return refuse(target, "its id must not be 0", why, size);
        if (target->format >= OC_PUSH_FORMATS)
            return refuse(target, "no such format", why, size);
        if (!target->channel[0] || !target->url[0])
            return refuse(target, "it needs a channel and an address", why, size);
        for (uint32_t k = 0; k < i; k++)
            if (targets->target[k].id == target->id)
                return refuse(target, "its id is there twice", why, size);
    }
    return OC_OK;
}

/* The place of an id; NULL: it has none. */
static oc_push_t *find(oc_push_list_t *list, uint32_t id) {
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++)
        if (list->push[i].target.id == id)
            return &list->push[i];
    return NULL;
}

static bool is_in(const oc_push_targets_t *targets, uint32_t id) {
    for (uint32_t i = 0; i < targets->targets; i++)
        if (targets->target[i].id == id)
            return true;
    return false;
}

/* Whether a connection can go on. Texts are looked at to their ends: what lies behind is nobody's.
 */
static bool is_equal(const oc_push_target_t *a, const oc_push_target_t *b) {
    return a->sub == b->sub && a->format == b->format && a->audio_only == b->audio_only &&
           strcmp(a->channel, b->channel) == 0 && strcmp(a->url, b->url) == 0 &&
           strcmp(a->pin, b->pin) == 0;
}

/* Another target, or none, takes a place; what was begun there ends. */
static void put(oc_push_list_t *list, oc_push_t *push, const oc_push_target_t *target,
                int64_t now_us) {
    if (push->phase == OC_PUSH_RUNS)
        list->lost_us = now_us;
    *push = (oc_push_t){.stale = push->stale || push->begun,
                        .phase = target ? OC_PUSH_WAITS : OC_PUSH_FREE,
                        .phase_us = now_us,
                        .opened_us = now_us - OC_PUSH_AGAIN_US,
                        .next_us = target ? now_us : INT64_MAX,
                        .changed = true};
    if (target)
        push->target = *target;
}

int oc_push_list_set(oc_push_list_t *list, const oc_push_targets_t *targets, int64_t now_us,
                     char *why, size_t size) {
    int result = check(targets, why, size);
    if (result != OC_OK)
        return result;
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++)
        if (list->push[i].target.id && !is_in(targets, list->push[i].target.id))
            put(list, &list->push[i], NULL, now_us);
    for (uint32_t i = 0; i < targets->targets; i++) {
        const oc_push_target_t *target = &targets->target[i];
        oc_push_t *push = find(list, target->id);
        if (push && is_equal(&push->target, target))
            push->target = *target; /* its name */
        else
            put(list, push ? push : find(list, 0), target, now_us); /* there is room: ids differ */
    }
    return OC_OK;
}

void oc_push_list_clear(oc_push_list_t *list, int64_t now_us) {
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++)
        if (list->push[i].target.id)
            put(list, &list->push[i], NULL, now_us);
}

/* ---- what is to be done ---- */

bool oc_push_list_poll(oc_push_list_t *list, int64_t now_us, unsigned *place, oc_push_do_t *what) {
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++) {
        oc_push_t *push = &list->push[i];
        if (!push->stale && (!push->target.id || push->begun || push->next_us > now_us))
            continue;
        *place = i;
        *what = push->stale ? OC_PUSH_END : OC_PUSH_BEGIN;
        push->begun = !push->stale;
        push->stale = false;
        return true;
    }
    return false;
}

int64_t oc_push_list_next_deadline(const oc_push_list_t *list) {
    int64_t next_us = INT64_MAX;
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++) {
        const oc_push_t *push = &list->push[i];
        if (push->stale)
            return 0;
        if (push->target.id && !push->begun && push->next_us < next_us)
            next_us = push->next_us;
    }
    return next_us;
}

/* ---- what came of it ---- */

static void stop(oc_push_list_t *list, oc_push_t *push, oc_push_phase_t phase, int64_t now_us) {
    if (push->phase == OC_PUSH_RUNS)
        list->lost_us = now_us;
    push->begun = false;
    enter(push, phase, now_us);
}

void oc_push_list_waits(oc_push_list_t *list, unsigned place, int code, const char *why,
                        int64_t now_us) {
    oc_push_t *push = &list->push[place];
    stop(list, push, OC_PUSH_WAITS, now_us);
    say(push, code, why);
    push->next_us = now_us + OC_PUSH_LOOK_US;
}

void oc_push_list_connecting(oc_push_list_t *list, unsigned place, int64_t now_us) {
    oc_push_t *push = &list->push[place];
    if (push->phase ==
        OC_PUSH_WAITS) /* what it waited for is there; a failure is shown meanwhile */
        say(push, OC_OK, "");
    enter(push, OC_PUSH_CONNECTING, now_us);
    push->opened_us = now_us;
    push->next_us = INT64_MAX;
}

void oc_push_list_connected(oc_push_list_t *list, unsigned place, int64_t now_us) {
    oc_push_t *push = &list->push[place];
    enter(push, OC_PUSH_RUNS, now_us);
    say(push, OC_OK, "");
    push->connections++;
    push->connected_us = now_us - push->opened_us;
}

void oc_push_list_delivered(oc_push_list_t *list, unsigned place, uint32_t packets, uint64_t bytes,
                            int64_t now_us) {
    oc_push_t *push = &list->push[place];
    push->packets += packets;
    push->bytes += bytes;
    push->delivered_us = now_us;
    if (now_us - push->phase_us >= OC_PUSH_WELL_US)
        push->failures = 0;
}

void oc_push_list_left_out(oc_push_list_t *list, unsigned place, uint32_t gops, uint64_t packets) {
    list->push[place].left_out_gops += gops;
    list->push[place].left_out_packets += packets;
}

void oc_push_list_ended(oc_push_list_t *list, unsigned place, int64_t now_us) {
    oc_push_t *push = &list->push[place];
    int64_t again_us = push->opened_us + OC_PUSH_AGAIN_US;
    stop(list, push, OC_PUSH_WAITS, now_us);
    say(push, OC_OK, "");
    push->next_us = again_us > now_us ? again_us : now_us;
}

/* Somebody who publishes there may be a connection of ours, of this push or of one that was stopped
 * and started again, whose end the server has not noticed. Servers that say no reason give PASSWORD
 * for that, too (oc_push_link). */
static bool is_own(const oc_push_list_t *list, int code, int64_t now_us) {
    return (code == OC_ERR_EXIST || code == OC_ERR_PASSWORD) && list->lost_us >= 0 &&
           now_us - list->lost_us <= OC_PUSH_WELL_US;
}

/* What does not become right by itself. */
static bool is_lasting(int code) {
    return code == OC_ERR_PASSWORD || code == OC_ERR_CERTIFICATE || code == OC_ERR_EXIST ||
           code == OC_ERR_NOTSUP;
}

/* Without jitter; push->failures > 0. */
static int64_t wait_us(const oc_push_list_t *list, oc_push_t *push, int64_t now_us) {
    bool late = now_us - push->failing_us >= OC_PUSH_EARLY_US;
    push->late += late;
    if (is_lasting(push->code) && !is_own(list, push->code, now_us))
        return OC_PUSH_MAX_US;
    if (late)
        return push->late < 3 ? OC_PUSH_OFTEN_US << push->late : OC_PUSH_MAX_US;
    return push->failures < 3 ? US_PER_S << (push->failures - 1) : OC_PUSH_OFTEN_US;
}

void oc_push_list_failed(oc_push_list_t *list, unsigned place, int code, const char *why,
                         int64_t now_us) {
    oc_push_t *push = &list->push[place];
    if (push->phase == OC_PUSH_RUNS && now_us - push->phase_us >= OC_PUSH_WELL_US)
        push->failures = 0;
    if (push->failures++ == 0) {
        push->failing_us = now_us;
        push->late = 0;
    }
    push->failures_total++;
    stop(list, push, OC_PUSH_RETRIES, now_us);
    say(push, code, why);
    int64_t wait = wait_us(list, push, now_us), part = wait / OC_PUSH_JITTER;
    push->next_us = now_us + wait - part + (int64_t)(next_random(list) % (2 * (uint64_t)part + 1));
}

/* ---- what is seen of it ---- */

bool oc_push_list_changed(oc_push_list_t *list, unsigned place) {
    bool changed = list->push[place].changed;
    list->push[place].changed = false;
    return changed;
}

static void put_ms(uint32_t *lo, uint32_t *hi, int64_t us) {
    uint64_t ms = (uint64_t)us / 1000;
    *lo = (uint32_t)ms;
    *hi = (uint32_t)(ms >> 32);
}

static void put_count(uint32_t *lo, uint32_t *hi, uint64_t count) {
    *lo = (uint32_t)count;
    *hi = (uint32_t)(count >> 32);
}

void oc_push_list_row(const oc_push_list_t *list, unsigned place, oc_push_row_t *row) {
    const oc_push_t *push = &list->push[place];
    *row = (oc_push_row_t){.id = push->target.id,
                           .phase = push->phase,
                           .failure = (uint32_t)-push->code,
                           .failures = push->failures,
                           .failures_total = push->failures_total,
                           .reconnects = push->connections > 0 ? push->connections - 1 : 0,
                           .left_out_gops = push->left_out_gops,
                           .connected_ms = (uint32_t)(push->connected_us / 1000)};
    if (!row->id)
        return;
    put_ms(&row->phase_ms_lo, &row->phase_ms_hi, push->phase_us);
    put_ms(&row->delivered_ms_lo, &row->delivered_ms_hi, push->delivered_us);
    put_ms(&row->due_ms_lo, &row->due_ms_hi, push->phase == OC_PUSH_RETRIES ? push->next_us : 0);
    put_count(&row->packets_lo, &row->packets_hi, push->packets);
    put_count(&row->bytes_lo, &row->bytes_hi, push->bytes);
    put_count(&row->left_out_packets_lo, &row->left_out_packets_hi, push->left_out_packets);
}
