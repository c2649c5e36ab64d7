/* The driver of oc_capture_push; see oc_capture_push_impl.h for the threads. */
#include <stdio.h>
#include <string.h>
#include "oc_capture_push_impl.h"
#include "oc_err.h"

#define SCHEME        "push:"
#define BUFFER_OPTION "?buffer="
#define POLL_US       5000  /* pump interval of a host without env.wake */
#define RELEASE_US    20000 /* look again for released payloads after this */
#define RETRY_US      2000  /* the handoff was full */

/* Splits push:NAME?buffer=BYTES. */
static bool parse(const char *url, char name[OC_PUSH_NAME_MAX], uint32_t *buffer) {
    const char *at = url + strlen(SCHEME);
    size_t n = 0;
    uint64_t bytes = 0;
    if (strncmp(url, SCHEME, strlen(SCHEME)))
        return false;
    while (*at == '-' || (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z')) {
        if (n + 1 == OC_PUSH_NAME_MAX)
            return false;
        name[n++] = *at++;
    }
    name[n] = 0;
    *buffer = OC_PUSH_BUFFER;
    if (!*at)
        return n > 0;
    if (strncmp(at, BUFFER_OPTION, strlen(BUFFER_OPTION)))
        return false;
    for (at += strlen(BUFFER_OPTION); *at >= '0' && *at <= '9' && bytes <= UINT32_MAX; at++)
        bytes = bytes * 10 + (uint64_t)(*at - '0');
    *buffer = (uint32_t)bytes;
    return !*at && n > 0 && bytes >= OC_PUSH_BUFFER_MIN && bytes <= OC_PUSH_BUFFER_MAX;
}

/* Takes a place in the table for the name: its own of an earlier time, or a free one. */
static int publish(oc_push_t *p, const char *name) {
    int slot = -1;
    for (int i = 0; i < OC_PUSH_PORTS; i++)
        if (atomic_load(&oc_push_ports[i].push) && !strcmp(oc_push_ports[i].name, name))
            return OC_ERR_EXIST;
    for (int i = 0; i < OC_PUSH_PORTS && slot < 0; i++) {
        bool no = false;
        if (atomic_compare_exchange_strong(&oc_push_ports[i].taken, &no, true))
            slot = i;
    }
    if (slot < 0)
        return OC_ERR_BUSY;
    p->slot = slot;
    memcpy(oc_push_ports[slot].name, name, OC_PUSH_NAME_MAX);
    oc_push_ports[slot].lost = false;
    oc_push_new_number((unsigned)slot); /* a sender of the driver before must not reach this one */
    atomic_store(&oc_push_ports[slot].attached, false);
    atomic_store(&oc_push_ports[slot].push, p);
    return OC_OK;
}

/* Payload buffer and slots; a sender's packet rate is not known before it comes. */
static bool take_memory(oc_push_t *p, uint32_t bytes) {
    uint32_t slots = oc_handoff_slots_for(0);
    size_t each = sizeof(oc_handoff_item_t) + sizeof(oc_push_sent_t);
    p->buffer = p->env.allocate(p->env.context, bytes);
    p->slots_memory = p->env.allocate(p->env.context, slots * each);
    if (!p->buffer || !p->slots_memory)
        return false;
    oc_handoff_init(&p->inbox, p->env.wake, p->env.context);
    oc_handoff_use(&p->inbox, (oc_handoff_item_t *)p->slots_memory, slots);
    p->sent = (oc_push_sent_t *)((oc_handoff_item_t *)p->slots_memory + slots);
    oc_feeder_init(&p->feeder, &p->inbox, p->buffer, bytes);
    return true;
}

static void give_memory(oc_push_t *p) {
    if (p->buffer)
        p->env.release(p->env.context, p->buffer);
    if (p->slots_memory)
        p->env.release(p->env.context, p->slots_memory);
    p->buffer = p->slots_memory = NULL;
}

static int push_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    oc_push_t *p = (oc_push_t *)state;
    char name[OC_PUSH_NAME_MAX] = "";
    uint32_t bytes;
    int rc;
    memset(p, 0, sizeof *p);
    p->env = *env;
    p->slot = -1;
    config->why[0] = config->adapted[0] = 0;
    if (!parse(config->url, name, &bytes)) {
        snprintf(config->why, sizeof config->why,
                 "push: the URL must be push:NAME or push:NAME?buffer=BYTES, NAME of a-z 0-9 -, "
                 "BYTES %u .. %u",
                 OC_PUSH_BUFFER_MIN, OC_PUSH_BUFFER_MAX);
        return OC_ERR_FORMAT;
    }
    if (!take_memory(p, bytes)) {
        snprintf(config->why, sizeof config->why, "push: no memory for %u bytes", bytes);
        give_memory(p);
        return OC_ERR_NOMEM;
    }
    rc = publish(p, name);
    if (rc != OC_OK) {
        snprintf(config->why, sizeof config->why, "push: \"%s\": %s", name,
                 rc == OC_ERR_EXIST ? "another channel has this name" : "too many ports");
        give_memory(p);
        return rc;
    }
    memset(config->track, 0, sizeof config->track); /* the sender tells */
    config->fps_milli = config->bitrate_bps = config->max_gop_bytes = config->max_gop_ms = 0;
    config->packets_per_s = 0;
    config->width = config->height = 0;
    config->waits = true;
    return OC_OK;
}

static int push_start(void *state, int64_t now_us) {
    oc_push_t *p = (oc_push_t *)state;
    if (!p->buffer)
        return OC_ERR_STATE;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        p->untold[i] = p->track[i].codec != OC_CODEC_NONE;
    atomic_store(&p->running, true);
    return OC_OK;
}

/* Gives back to the sender what the host's consumer has released. */
static void collect(oc_push_t *p) {
    uint32_t released = oc_handoff_released(p->env.handoff);
    while (p->count &&
           (!p->sent[p->first].lent || (int32_t)(released - p->sent[p->first].item) > 0)) {
        p->first = (p->first + 1) % oc_handoff_capacity(&p->inbox);
        p->count--;
        oc_handoff_release(&p->inbox);
    }
}

static void note(oc_push_t *p, uint32_t item, bool lent) {
    uint32_t n = (p->first + p->count++) % oc_handoff_capacity(&p->inbox);
    p->sent[n].item = item;
    p->sent[n].lent = lent;
}

/* Passes one item on. OC_OK | OC_AGAIN the host's handoff is full. */
static int forward(oc_push_t *p, const oc_handoff_item_t *item, int64_t now_us) {
    oc_handoff_t *out = p->env.handoff;
    uint32_t number = oc_handoff_pushed(out);
    oc_packet_t packet = item->packet;
    int rc = OC_OK;
    switch (item->kind) {
    case OC_HANDOFF_PACKET:
        if (packet.capture_us <= 0 || packet.capture_us > now_us)
            packet.capture_us = now_us;
        rc = oc_handoff_push(out, &packet);
        break;
    case OC_HANDOFF_TRACK:
        rc = oc_handoff_push_track(out, packet.track, item->track);
        if (rc == OC_OK)
            p->track[packet.track] = *item->track;
        break;
    case OC_HANDOFF_LOST:
    case OC_HANDOFF_RESUMED:
    case OC_HANDOFF_ENDED:
        rc = oc_handoff_push_state(out, item->kind, item->code);
        break;
    }
    if (rc == OC_OK)
        note(p, number, item->kind == OC_HANDOFF_PACKET);
    return rc;
}

/* Tells descriptions that the consumer may have forgotten while the driver was stopped. */
static bool notify_tracks(oc_push_t *p) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (p->untold[i] && oc_handoff_push_track(p->env.handoff, i, &p->track[i]) != OC_OK)
            return false;
        p->untold[i] = false;
    }
    return true;
}

static int64_t push_pump(void *state, int64_t now_us) {
    oc_push_t *p = (oc_push_t *)state;
    oc_handoff_item_t item;
    bool full;
    collect(p);
    if (!atomic_load(&p->running))
        return INT64_MAX;
    full = !notify_tracks(p);
    while (!full && oc_handoff_peek_at(&p->inbox, p->count, &item) == OC_OK) {
        full = forward(p, &item, now_us) != OC_OK;
        collect(p);
    }
    if (!full && atomic_load(&p->lost_untold)) {
        full = oc_handoff_push_state(p->env.handoff, OC_HANDOFF_LOST, OC_ERR_CLOSED) != OC_OK;
        if (!full)
            atomic_store(&p->lost_untold, false);
    }
    if (full)
        return now_us + RETRY_US;
    if (!p->env.wake)
        return now_us + POLL_US;
    return p->count ? now_us + RELEASE_US : INT64_MAX;
}

static void push_stop(void *state) {
    oc_push_t *p = (oc_push_t *)state;
    oc_handoff_item_t item;
    if (!p->buffer)
        return;
    atomic_store(&p->running, false);
    while (oc_handoff_peek_at(&p->inbox, p->count, &item) == OC_OK) { /* what came too late */
        if (item.kind == OC_HANDOFF_TRACK)
            p->track[item.packet.track] = *item.track;
        note(p, 0, false);
    }
    collect(p);
}

static int push_request_key(void *state) {
    atomic_store(&((oc_push_t *)state)->key_requested, 1);
    return OC_OK;
}

static int push_set_bitrate(void *state, uint32_t bps) {
    if (!bps)
        return OC_ERR_RANGE;
    atomic_store(&((oc_push_t *)state)->desired_bps, bps);
    return OC_OK;
}

static void push_close(void *state) {
    oc_push_t *p = (oc_push_t *)state;
    if (!p->buffer)
        return;
    push_stop(state);
    atomic_store(&oc_push_ports[p->slot].push, NULL);
    while (atomic_load(&oc_push_ports[p->slot].inside)) {
        /* at most one copy of a payload long */
    }
    atomic_store(&oc_push_ports[p->slot].taken, false);
    give_memory(p);
}

const oc_capture_driver_t oc_capture_push = {
    .name = "push",
    .state_bytes = sizeof(oc_push_t),
    .open = push_open,
    .start = push_start,
    .pump = push_pump,
    .stop = push_stop,
    .request_key = push_request_key,
    .set_bitrate_bps = push_set_bitrate,
    .close = push_close,
};
