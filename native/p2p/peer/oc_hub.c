/* oc_hub - see the header. Here: memory, peers and whose turn it is. */
#include "oc_hub_impl.h"

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_random.h"

#define LEAST_STEP_US 100 /* between two looks at a peer that said "now" and then had nothing */

/* ---- memory ---- */

static uint32_t sent_entries(unsigned peers) {
    uint32_t n = 64;
    while (n < OC_HUB_SENT * peers)
        n *= 2;
    return n;
}

static size_t round16(size_t n) {
    return (n + 15) / 16 * 16;
}

/* Lays a hub out from base on; with base NULL only counts. Returns the bytes. */
static size_t lay_out(const oc_hub_config_t *config, uint8_t *base) {
    oc_hub_t *hub = (oc_hub_t *)(void *)base;
    unsigned n = config->peers + OC_HUB_SPARE;
    size_t at = round16(sizeof(oc_hub_t) + n * sizeof(oc_hub_slot_t));
    size_t address = at;
    at += round16(n * OC_HUB_ADDRESSES * sizeof(oc_hub_address_t));
    size_t sent = at;
    at += round16(sent_entries(n) * sizeof(oc_hub_sent_t));
    size_t heap = at;
    at += round16(oc_hub_heap_bytes(n));
    size_t ufrags = at;
    at += round16(oc_hub_map_bytes(n * OC_HUB_UFRAGS));
    size_t addresses = at;
    at += round16(oc_hub_map_bytes(n * OC_HUB_ADDRESSES));
    size_t pool = at;
    at += round16((size_t)config->pool_blocks * OC_POOL_EACH);
    if (!hub)
        return at;
    memset(base, 0, heap);
    hub->slots = n;
    hub->address = (oc_hub_address_t *)(void *)(base + address);
    hub->sent = (oc_hub_sent_t *)(void *)(base + sent);
    hub->sent_mask = sent_entries(n) - 1;
    oc_hub_heap_init(&hub->heap, base + heap, n);
    oc_hub_map_init(&hub->ufrags, base + ufrags, n * OC_HUB_UFRAGS);
    oc_hub_map_init(&hub->addresses, base + addresses, n * OC_HUB_ADDRESSES);
    oc_pool_init(&hub->pool, base + pool, config->pool_blocks);
    return at;
}

size_t oc_hub_bytes(const oc_hub_config_t *config) {
    return lay_out(config, NULL);
}

size_t oc_hub_peer_bytes(const oc_hub_t *hub) {
    return oc_peer_bytes(&hub->config.profile);
}

int oc_hub_init(oc_hub_t **out, const oc_hub_config_t *config, void *memory, int64_t now_us) {
    oc_hub_t *hub = memory;
    if (!config->peers || config->peers > OC_HUB_PEERS_MAX || !config->certificate)
        return OC_ERR_INVAL;
    (void)lay_out(config, memory);
    hub->config = *config;
    hub->config.profile.sctp.pool = &hub->pool;
    hub->now_us = now_us;
    oc_random(&hub->seed, sizeof hub->seed);
    oc_random(&hub->generation, sizeof hub->generation);
    for (unsigned i = 0; i < LISTS; i++)
        hub->list[i] = (oc_hub_list_t){OC_HUB_NONE, OC_HUB_NONE};
    for (uint32_t i = 0; i <= hub->sent_mask; i++)
        hub->sent[i].slot = OC_HUB_NONE;
    oc_ice_budget_init(&hub->budget, now_us);
    *out = hub;
    return OC_OK;
}

void oc_hub_deinit(oc_hub_t *hub) {
    for (unsigned i = 0; i < hub->slots; i++)
        if (hub->slot[i].peer)
            oc_hub_slot_free(hub, &hub->slot[i]);
}

/* ---- slots ---- */

#define INDEX_BITS 11
_Static_assert(OC_HUB_PEERS_MAX + OC_HUB_SPARE <= 1u << INDEX_BITS, "a number holds the index");

oc_hub_slot_t *oc_hub_slot(oc_hub_t *hub, oc_hub_peer_t id) {
    unsigned index = id & ((1u << INDEX_BITS) - 1);
    if (!id || index >= hub->slots || !hub->slot[index].peer || hub->slot[index].id != id)
        return NULL;
    return &hub->slot[index];
}

static oc_hub_peer_t new_id(oc_hub_t *hub, unsigned index) {
    hub->generation = (hub->generation + 1) & ((1u << (31 - INDEX_BITS)) - 1);
    if (!hub->generation)
        hub->generation = 1;
    return hub->generation << INDEX_BITS | index;
}

oc_hub_slot_t *oc_hub_slot_new(oc_hub_t *hub, void *memory, bool offering, int64_t now_us) {
    oc_peer_config_t config = {.profile = &hub->config.profile,
                               .certificate = hub->config.certificate,
                               .pool = &hub->pool,
                               .budget = &hub->budget,
                               .offering = offering,
                               .allow_loopback = hub->config.allow_loopback,
                               .rsa = hub->config.rsa,
                               .probe_ms = hub->config.probe_ms,
                               .probes = hub->config.probes};
    unsigned i = 0;
    while (i < hub->slots && hub->slot[i].peer)
        i++;
    if (i == hub->slots)
        return NULL;
    oc_hub_slot_t *slot = &hub->slot[i];
    memset(slot, 0, sizeof *slot);
    if (oc_peer_init(&slot->peer, &config, memory, now_us) != OC_OK) {
        slot->peer = NULL;
        return NULL;
    }
    slot->memory = memory;
    slot->id = new_id(hub, i);
    for (unsigned k = 0; k < LISTS; k++)
        slot->next[k] = OC_HUB_NONE;
    slot->half_open = true;
    slot->half_until_us = now_us + OC_HUB_HALF_OPEN_US;
    slot->gather_until_us = INT64_MAX;
    oc_random(&slot->session, sizeof slot->session);
    slot->session >>= 2;
    hub->peers++;
    hub->half_open++;
    if (hub->peers == 1 && hub->config.gather)
        oc_gather_use(hub->config.gather, true, now_us);
    oc_hub_know_ufrag(hub, slot);
    return slot;
}

static void list_remove(oc_hub_t *hub, oc_hub_slot_t *slot, unsigned list) {
    unsigned index = oc_hub_index(hub, slot), before = OC_HUB_NONE;
    oc_hub_list_t *l = &hub->list[list];
    if (!slot->on[list])
        return;
    for (unsigned i = l->first; i != index; i = hub->slot[i].next[list])
        before = i;
    if (before == OC_HUB_NONE)
        l->first = slot->next[list];
    else
        hub->slot[before].next[list] = slot->next[list];
    if (l->last == index)
        l->last = (uint16_t)before;
    slot->on[list] = false;
}

void oc_hub_slot_free(oc_hub_t *hub, oc_hub_slot_t *slot) {
    oc_hub_forget(hub, slot);
    for (unsigned i = 0; i < LISTS; i++)
        list_remove(hub, slot, i);
    oc_hub_heap_set(&hub->heap, oc_hub_index(hub, slot), INT64_MAX);
    oc_peer_deinit(slot->peer);
    slot->peer = NULL;
    hub->peers--;
    hub->half_open -= slot->half_open;
    hub->displaced -= slot->displaced;
    if (!hub->peers && hub->config.gather)
        oc_gather_use(hub->config.gather, false, hub->now_us);
}

/* ---- whose turn ---- */

void oc_hub_ready(oc_hub_t *hub, oc_hub_slot_t *slot, unsigned list) {
    unsigned index = oc_hub_index(hub, slot);
    oc_hub_list_t *l = &hub->list[list];
    if (slot->on[list])
        return;
    slot->on[list] = true;
    slot->next[list] = OC_HUB_NONE;
    if (l->first == OC_HUB_NONE)
        l->first = (uint16_t)index;
    else
        hub->slot[l->last].next[list] = (uint16_t)index;
    l->last = (uint16_t)index;
}

oc_hub_slot_t *oc_hub_take(oc_hub_t *hub, unsigned list) {
    oc_hub_list_t *l = &hub->list[list];
    if (l->first == OC_HUB_NONE)
        return NULL;
    oc_hub_slot_t *slot = &hub->slot[l->first];
    l->first = slot->next[list];
    if (l->first == OC_HUB_NONE)
        l->last = OC_HUB_NONE;
    slot->on[list] = false;
    return slot;
}

void oc_hub_touched(oc_hub_t *hub, oc_hub_slot_t *slot) {
    oc_peer_state_t state = oc_peer_get_state(slot->peer);
    if (slot->half_open && (state == OC_PEER_UP || state >= OC_PEER_CLOSING)) {
        slot->half_open = false;
        slot->half_until_us = INT64_MAX;
        hub->half_open--;
    }
    for (unsigned i = 0; i < LISTS; i++)
        oc_hub_ready(hub, slot, i);
}

void oc_hub_schedule(oc_hub_t *hub, oc_hub_slot_t *slot) {
    int64_t due = oc_peer_next_deadline(slot->peer);
    if (due < hub->now_us + LEAST_STEP_US)
        due = hub->now_us + LEAST_STEP_US;
    if (slot->half_until_us < due)
        due = slot->half_until_us;
    if (slot->gather_until_us < due)
        due = slot->gather_until_us;
    oc_hub_heap_set(&hub->heap, oc_hub_index(hub, slot), due);
}

oc_peer_t *oc_hub_peer(oc_hub_t *hub, oc_hub_peer_t id) {
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    if (!slot)
        return NULL;
    oc_hub_touched(hub, slot);
    return slot->peer;
}

int oc_hub_close(oc_hub_t *hub, oc_hub_peer_t id, int64_t now_us) {
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    if (!slot)
        return OC_ERR_NOENT;
    oc_peer_close(slot->peer, OC_PEER_LOCAL, now_us);
    oc_hub_touched(hub, slot);
    return OC_OK;
}

void oc_hub_close_all(oc_hub_t *hub, int64_t now_us) {
    for (unsigned i = 0; i < hub->slots; i++)
        if (hub->slot[i].peer)
            (void)oc_hub_close(hub, hub->slot[i].id, now_us);
}

/* ---- the machine ---- */

static void input(oc_hub_t *hub, const oc_path_t *from, uint8_t *data, size_t len) {
    oc_hub_slot_t *slot = oc_hub_whose(hub, from, oc_span(data, len));
    if (!slot) {
        hub->stats.unknown++;
        return;
    }
    if (oc_peer_input(slot->peer, from, data, len, hub->now_us))
        oc_hub_know_address(hub, slot, from);
    oc_hub_touched(hub, slot);
}

/* What came from a STUN or TURN server, or through one. False: it came from somewhere else. */
static bool gather_input(oc_hub_t *hub, const oc_path_t *from, uint8_t *data, size_t len) {
    oc_span_t rest = oc_span(data, len);
    oc_gather_data_t inner;
    if (!hub->config.gather)
        return false;
    do {
        int rc = oc_gather_input(hub->config.gather, from, &rest, hub->now_us, &inner);
        if (rc == OC_ERR_NOENT)
            return false;
        if (rc == OC_OK) /* a view of data or of the stream's buffer, which both may be written */
            input(hub, &inner.path, (uint8_t *)(uintptr_t)inner.data.data, inner.data.len);
        else if (rc < 0)
            break;
    } while (rest.len && from->via);
    oc_hub_gathered(hub, hub->now_us);
    return true;
}

void oc_hub_input(oc_hub_t *hub, const oc_path_t *from, uint8_t *data, size_t len, int64_t now_us) {
    hub->now_us = now_us;
    hub->stats.datagrams_in++;
    hub->stats.bytes_in += len;
    if (!gather_input(hub, from, data, len))
        input(hub, from, data, len);
}

static void advance_slot(oc_hub_t *hub, oc_hub_slot_t *slot) {
    oc_peer_advance(slot->peer, hub->now_us);
    if (slot->half_open && hub->now_us >= slot->half_until_us)
        oc_peer_close(slot->peer, OC_PEER_SLOW, hub->now_us);
    if (hub->now_us >= slot->gather_until_us) {
        slot->gather_until_us = INT64_MAX;
        slot->described = slot->notify_description = true;
    }
    oc_hub_touched(hub, slot);
}

void oc_hub_advance(oc_hub_t *hub, int64_t now_us) {
    hub->now_us = now_us;
    if (hub->config.gather && oc_gather_next_deadline(hub->config.gather) <= now_us) {
        oc_gather_advance(hub->config.gather, now_us);
        oc_hub_gathered(hub, now_us);
    }
    while (oc_hub_heap_due(&hub->heap) <= now_us) {
        unsigned index = oc_hub_heap_first(&hub->heap);
        oc_hub_heap_set(&hub->heap, index, INT64_MAX);
        advance_slot(hub, &hub->slot[index]);
    }
}

int64_t oc_hub_next_deadline(const oc_hub_t *hub) {
    int64_t due = oc_hub_heap_due(&hub->heap);
    if (hub->list[LIST_OUTPUT].first != OC_HUB_NONE || hub->list[LIST_EVENT].first != OC_HUB_NONE ||
        hub->notify_address)
        return 0;
    if (hub->config.gather && oc_gather_next_deadline(hub->config.gather) < due)
        due = oc_gather_next_deadline(hub->config.gather);
    return due;
}

oc_hs_job_t *oc_hub_poll_job(oc_hub_t *hub, int64_t now_us, oc_hub_peer_t *id) {
    oc_hub_slot_t *slot;
    hub->now_us = now_us;
    while ((slot = oc_hub_take(hub, LIST_JOB)) != NULL) {
        oc_hs_job_t *job = oc_peer_poll_job(slot->peer, now_us);
        if (job) {
            *id = slot->id;
            return job;
        }
    }
    return NULL;
}

void oc_hub_job_done(oc_hub_t *hub, oc_hub_peer_t id, int64_t now_us) {
    oc_hub_slot_t *slot = oc_hub_slot(hub, id);
    hub->now_us = now_us;
    if (!slot)
        return;
    oc_peer_job_done(slot->peer, now_us);
    oc_hub_touched(hub, slot);
}

/* ---- events ---- */

/* A peer sees us elsewhere, or answers no more: what do the servers say? */
static void look_again(oc_hub_t *hub, oc_hub_slot_t *slot, oc_peer_event_kind_t why) {
    if (hub->config.gather)
        oc_gather_again(hub->config.gather, hub->now_us);
    if (why == OC_PEER_EVENT_MAPPED)
        hub->notify_address = true;
    else
        oc_hub_negotiate(hub, slot);
}

/* One event of a slot. False: it has none. */
static bool slot_event(oc_hub_t *hub, oc_hub_slot_t *slot, oc_hub_event_t *out) {
    out->id = slot->id;
    out->memory = NULL;
    if (slot->notify_description) {
        slot->notify_description = false;
        out->kind = OC_HUB_EVENT_DESCRIPTION;
        return true;
    }
    if (oc_hub_trickle(hub, slot, out))
        return true;
    if (slot->notify_negotiate) {
        slot->notify_negotiate = false;
        out->kind = OC_HUB_EVENT_NEGOTIATE;
        return true;
    }
    if (slot->names) {
        out->kind = OC_HUB_EVENT_RESOLVE;
        memcpy(out->name, slot->name[--slot->names], sizeof out->name);
        out->port = slot->port[slot->names];
        return true;
    }
    if (oc_peer_poll_event(slot->peer, &out->peer) != OC_OK)
        return false;
    out->kind = OC_HUB_EVENT_PEER;
    if (out->peer.kind == OC_PEER_EVENT_MAPPED || out->peer.kind == OC_PEER_EVENT_SILENT)
        look_again(hub, slot, out->peer.kind);
    return true;
}

int oc_hub_poll_event(oc_hub_t *hub, int64_t now_us, oc_hub_event_t *out) {
    oc_hub_slot_t *slot;
    hub->now_us = now_us;
    if (oc_hub_gather_event(hub, out) == OC_OK || oc_hub_own_event(hub, out))
        return OC_OK;
    while ((slot = oc_hub_take(hub, LIST_EVENT)) != NULL) {
        if (!slot_event(hub, slot, out))
            continue;
        if (out->kind == OC_HUB_EVENT_PEER && out->peer.kind == OC_PEER_EVENT_OVER) {
            out->memory = slot->memory;
            oc_hub_slot_free(hub, slot);
        } else
            oc_hub_touched(hub, slot);
        return OC_OK;
    }
    return OC_AGAIN;
}

/* Statistics leave a peer as it is, but for what its sender computes when it is asked. */
static oc_hub_slot_t *slot_of(const oc_hub_t *hub, oc_hub_peer_t id) {
    return oc_hub_slot((oc_hub_t *)(uintptr_t)hub, id);
}

oc_peer_state_t oc_hub_peer_state(const oc_hub_t *hub, oc_hub_peer_t id) {
    const oc_hub_slot_t *slot = slot_of(hub, id);
    return slot ? oc_peer_get_state(slot->peer) : OC_PEER_OVER;
}

int oc_hub_peer_stats(const oc_hub_t *hub, oc_hub_peer_t id, oc_peer_stats_t *out) {
    const oc_hub_slot_t *slot = slot_of(hub, id);
    if (!slot)
        return OC_ERR_NOENT;
    oc_peer_stats(slot->peer, out);
    return OC_OK;
}

void oc_hub_stats(const oc_hub_t *hub, oc_hub_stats_t *out) {
    *out = hub->stats;
    out->peers = hub->peers - hub->displaced;
    out->half_open = hub->half_open;
    out->up = out->peers - hub->half_open;
    out->pool_blocks = hub->pool.count;
    out->pool_used = hub->pool.used;
    out->pool_max = hub->pool.maximum;
}

unsigned oc_hub_list(const oc_hub_t *hub, oc_hub_peer_t *out, unsigned max) {
    unsigned n = 0;
    for (unsigned i = 0; i < hub->slots && n < max; i++)
        if (hub->slot[i].peer)
            out[n++] = hub->slot[i].id;
    return n;
}
