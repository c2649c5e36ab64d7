/* oc_hub_demux - which peer a datagram is for. Three ways: a request names our ufrag; a response
 * has the number of a check that we sent; all else comes from an address that is tied to a peer. */
#include "oc_hub_impl.h"

#include "oc_crypto.h"
#include "oc_demux.h"
#include "oc_stun.h"

static uint32_t text_hash(const oc_hub_t *hub, const uint8_t *text, size_t len) {
    uint32_t h = hub->seed ^ 0x811C9DC5u; /* FNV-1a; what is looked up is compared afterwards */
    for (size_t i = 0; i < len; i++)
        h = (h ^ text[i]) * 0x01000193u;
    return h ^ h >> 15;
}

void oc_hub_know_ufrag(oc_hub_t *hub, oc_hub_slot_t *slot) {
    const char *ufrag = oc_ice_ufrag(oc_peer_ice(slot->peer));
    unsigned entry = oc_hub_index(hub, slot) * OC_HUB_UFRAGS + slot->ufrag_next % OC_HUB_UFRAGS;
    if (slot->ufrag_next >= OC_HUB_UFRAGS)
        oc_hub_map_remove(&hub->ufrags, entry);
    oc_hub_map_add(&hub->ufrags, entry, text_hash(hub, (const uint8_t *)ufrag, strlen(ufrag)));
    slot->ufrag_next++;
    if (slot->ufrag_next == 2 * OC_HUB_UFRAGS)
        slot->ufrag_next = OC_HUB_UFRAGS;
}

static uint32_t path_hash(const oc_hub_t *hub, const oc_path_t *path) {
    return oc_addr_hash(&path->remote, hub->seed) + path->via * 0x9E3779B9u;
}

static unsigned find_address(const oc_hub_t *hub, const oc_path_t *from) {
    unsigned e = oc_hub_map_first(&hub->addresses, path_hash(hub, from));
    while (e != OC_HUB_MAP_NONE && (hub->address[e].via != from->via ||
                                    !oc_addr_equal(&hub->address[e].remote, &from->remote)))
        e = oc_hub_map_after(&hub->addresses, e);
    return e;
}

/* The next peer of the same tuple. */
static unsigned next_address(const oc_hub_t *hub, unsigned e, const oc_path_t *from) {
    do
        e = oc_hub_map_after(&hub->addresses, e);
    while (e != OC_HUB_MAP_NONE && (hub->address[e].via != from->via ||
                                    !oc_addr_equal(&hub->address[e].remote, &from->remote)));
    return e;
}

static void drop_address(oc_hub_t *hub, unsigned entry) {
    if (!hub->address[entry].used)
        return;
    oc_hub_map_remove(&hub->addresses, entry);
    hub->address[entry].used = false;
}

/* The entry of this peer that makes place: a free one, else the next in turn but the one in use. */
static unsigned place_for(oc_hub_t *hub, oc_hub_slot_t *slot) {
    unsigned first = oc_hub_index(hub, slot) * OC_HUB_ADDRESSES;
    oc_path_t path;
    bool selected = oc_ice_selected(oc_peer_ice(slot->peer), &path);
    for (unsigned i = 0; i < OC_HUB_ADDRESSES; i++)
        if (!hub->address[first + i].used)
            return first + i;
    for (;;) {
        unsigned e = first + slot->address_next++ % OC_HUB_ADDRESSES;
        if (!selected || hub->address[e].via != path.via ||
            !oc_addr_equal(&hub->address[e].remote, &path.remote))
            return e;
    }
}

void oc_hub_know_address(oc_hub_t *hub, oc_hub_slot_t *slot, const oc_path_t *from) {
    unsigned e = find_address(hub, from), others = 0, oldest = e;
    for (; e != OC_HUB_MAP_NONE; e = next_address(hub, e, from)) {
        if (e / OC_HUB_ADDRESSES == oc_hub_index(hub, slot))
            return;
        others++;
        oldest = e;
    }
    if (others == OC_HUB_SHARED)
        drop_address(hub, oldest);
    e = place_for(hub, slot);
    drop_address(hub, e);
    hub->address[e] = (oc_hub_address_t){from->remote, from->via, true};
    oc_hub_map_add(&hub->addresses, e, path_hash(hub, from));
}

static uint32_t sent_key(const uint8_t *txid) {
    return (uint32_t)txid[0] << 24 | (uint32_t)txid[1] << 16 | (uint32_t)txid[2] << 8 | txid[3];
}

/* Checks whose numbers begin alike, the latest first. */
static oc_hub_sent_t *sent_row(const oc_hub_t *hub, uint32_t key) {
    return &hub->sent[key & hub->sent_mask & ~(OC_HUB_SENT_ROW - 1u)];
}

void oc_hub_know_output(oc_hub_t *hub, oc_hub_slot_t *slot, const uint8_t *data, size_t len) {
    if (len < OC_STUN_HEADER || data[0] != 0 || data[1] != OC_STUN_BINDING)
        return; /* not a request */
    uint32_t key = sent_key(data + 8);
    oc_hub_sent_t *row = sent_row(hub, key);
    memmove(row + 1, row, (OC_HUB_SENT_ROW - 1) * sizeof *row); /* the oldest is forgotten */
    row[0] = (oc_hub_sent_t){key, (uint16_t)oc_hub_index(hub, slot)};
}

void oc_hub_forget(oc_hub_t *hub, oc_hub_slot_t *slot) {
    unsigned index = oc_hub_index(hub, slot);
    unsigned known = slot->ufrag_next < OC_HUB_UFRAGS ? slot->ufrag_next : OC_HUB_UFRAGS;
    for (unsigned i = 0; i < known; i++)
        oc_hub_map_remove(&hub->ufrags, index * OC_HUB_UFRAGS + i);
    for (unsigned i = 0; i < OC_HUB_ADDRESSES; i++)
        drop_address(hub, index * OC_HUB_ADDRESSES + i);
}

static oc_hub_slot_t *by_ufrag(oc_hub_t *hub, oc_span_t username) {
    const uint8_t *colon = username.len ? memchr(username.data, ':', username.len) : NULL;
    if (!colon)
        return NULL;
    uint32_t hash = text_hash(hub, username.data, (size_t)(colon - username.data));
    unsigned e = oc_hub_map_first(&hub->ufrags, hash);
    for (; e != OC_HUB_MAP_NONE; e = oc_hub_map_after(&hub->ufrags, e)) {
        oc_hub_slot_t *slot = &hub->slot[e / OC_HUB_UFRAGS];
        if (oc_ice_is_ours(oc_peer_ice(slot->peer), username))
            return slot;
    }
    return NULL;
}

static oc_hub_slot_t *by_txid(oc_hub_t *hub, const uint8_t *txid) {
    uint32_t key = sent_key(txid);
    const oc_hub_sent_t *row = sent_row(hub, key);
    for (unsigned i = 0; i < OC_HUB_SENT_ROW; i++) {
        if (row[i].slot == OC_HUB_NONE || row[i].key != key || !hub->slot[row[i].slot].peer)
            continue;
        oc_hub_slot_t *slot = &hub->slot[row[i].slot];
        if (oc_ice_owns_txid(oc_peer_ice(slot->peer), txid))
            return slot;
    }
    return NULL;
}

/* Of several peers the one whose keys fit, else the one that is in its handshake, the latest first.
 */
static oc_hub_slot_t *by_address(oc_hub_t *hub, const oc_path_t *from, oc_span_t datagram) {
    unsigned best = find_address(hub, from);
    if (best == OC_HUB_MAP_NONE)
        return NULL;
    unsigned e = next_address(hub, best, from);
    int maximum = e == OC_HUB_MAP_NONE
                      ? OC_DTLS_SHARED_SURE
                      : oc_peer_shared(hub->slot[best / OC_HUB_ADDRESSES].peer, datagram);
    for (; e != OC_HUB_MAP_NONE && maximum < OC_DTLS_SHARED_SURE; e = next_address(hub, e, from)) {
        int likely = oc_peer_shared(hub->slot[e / OC_HUB_ADDRESSES].peer, datagram);
        if (likely > maximum) {
            maximum = likely;
            best = e;
        }
    }
    return &hub->slot[best / OC_HUB_ADDRESSES];
}

static oc_hub_slot_t *whose_stun(oc_hub_t *hub, const oc_path_t *from, oc_span_t datagram) {
    oc_stun_msg_t msg;
    if (oc_stun_parse(datagram, &msg) != OC_OK)
        return NULL;
    if (msg.cls == OC_STUN_REQUEST)
        return by_ufrag(hub, msg.username);
    if (msg.cls == OC_STUN_INDICATION)
        return by_address(hub, from, datagram);
    return by_txid(hub, msg.txid);
}

oc_hub_slot_t *oc_hub_whose(oc_hub_t *hub, const oc_path_t *from, oc_span_t datagram) {
    switch (oc_demux(datagram)) {
    case OC_DEMUX_STUN:
        return whose_stun(hub, from, datagram);
    case OC_DEMUX_DTLS:
        return by_address(hub, from, datagram);
    default:
        return NULL;
    }
}
