/* The sender's life: memory, start and end, streams, timers, another path. */
#include "oc_sctp_send_impl.h"

#define ALIGN16(n) (((n) + 15u) & ~(size_t)15)

_Static_assert(sizeof(oc_send_slot_t) <= 192, "the header promises 192 bytes");

static bool valid(const oc_send_config_t *c) {
    return c->outstanding >= OC_SEND_OUTSTANDING_MIN && c->outstanding <= OC_SEND_OUTSTANDING_MAX &&
           !(c->outstanding & (c->outstanding - 1u)) && c->streams >= 1 &&
           c->streams <= OC_SEND_STREAMS_MAX && c->cc <= OC_CC_NEWRENO;
}

size_t oc_send_memory(const oc_send_config_t *c) {
    if (!valid(c))
        return 0;
    return ALIGN16(sizeof(oc_send_t)) + (size_t)c->outstanding * sizeof(oc_sctp_record_t) +
           ALIGN16(c->streams * sizeof(oc_send_slot_t));
}

oc_send_t *oc_send_init(void *memory, const oc_send_config_t *c) {
    oc_send_t *s = memory;
    uint8_t *at = memory;
    if (!valid(c) || (uintptr_t)memory % 16)
        return NULL;
    memset(memory, 0, oc_send_memory(c));
    at += ALIGN16(sizeof *s);
    s->record = (oc_sctp_record_t *)at;
    s->slot = (oc_send_slot_t *)(at + (size_t)c->outstanding * sizeof(oc_sctp_record_t));
    s->mask = c->outstanding - 1u;
    s->slots = c->streams;
    s->cc_kind = c->cc;
    for (unsigned i = 0; i < OC_SCHED_CLASSES; i++)
        s->turn[i] = OC_SCHED_NONE;
    s->lost = s->again = (oc_sctp_record_list_t){OC_SEND_NONE, OC_SEND_NONE};
    oc_loss_start(s, 0);
    return s;
}

static uint32_t payload(uint32_t mtu) {
    return (mtu & ~3u) - OC_SCTP_HEADER_LEN - OC_SCTP_DATA_HEADER;
}

static void new_path(oc_send_t *s, uint32_t mtu, uint32_t rtt_us, int64_t now_us) {
    s->mtu = mtu;
    oc_loss_start(s, rtt_us);
    oc_cc_init(&s->cc, s->cc_kind, payload(mtu), rtt_us, now_us);
    s->pacer = (oc_pacer_t){INT64_MIN / 2};
    s->round_us = s->round_from_us = (uint32_t)now_us;
    s->min_since_us = now_us;
    s->limited = s->recovery = s->window_probe = false;
    s->fast = 0;
}

int oc_send_start(oc_send_t *s, const oc_send_peer_t *peer, int64_t now_us) {
    for (unsigned i = 0; i < s->slots; i++)
        if (s->slot[i].used && s->slot[i].partial && !peer->forward_tsn)
            return OC_ERR_NOTSUP;
    s->started = true;
    s->fault = s->fault_notified = false;
    s->forward_ok = peer->forward_tsn;
    s->next_tsn = s->cursor = s->doubt = s->reorder_round_tsn = s->recovery_tsn = peer->first_tsn;
    s->cum = s->high = s->forward = s->sack_end = peer->first_tsn - 1;
    s->a_rwnd = peer->a_rwnd;
    s->window_since_us = now_us;
    new_path(s, peer->mtu, peer->rtt_us, now_us);
    return OC_OK;
}

void oc_send_done(oc_send_t *s, unsigned i, uint64_t ref, int how) {
    oc_send_slot_t *slot = &s->slot[i];
    slot->unacked--;
    slot->source.ops->done(slot->source.ctx, ref, how);
}

void oc_send_stop(oc_send_t *s) {
    for (uint32_t tsn = s->cum + 1; s->started && tsn != s->next_tsn; tsn++) {
        const oc_sctp_record_t *r = oc_send_at(s, tsn);
        if (r->state != OC_SCTP_RECORD_ABANDONED && (r->flags & OC_SCTP_DATA_END))
            oc_send_done(s, r->slot, r->ref, OC_ERR_CLOSED);
    }
    if (s->cut.active)
        oc_send_done(s, s->cut.slot, s->cut.msg.ref, OC_ERR_CLOSED);
    s->cut.active = false;
    s->started = s->forward_due = s->probe_due = false;
    for (unsigned i = 0; i < s->slots; i++) {
        oc_sched_unready(s, i);
        s->slot[i].used = false;
    }
    s->cum = s->forward = s->next_tsn - 1;
    s->in_flight = s->doubt_bytes = s->lost_bytes = s->gap_acked = 0;
    s->lost = s->again = (oc_sctp_record_list_t){OC_SEND_NONE, OC_SEND_NONE};
    oc_loss_start(s, 0);
}

unsigned oc_send_find(const oc_send_t *s, uint16_t sid) {
    for (unsigned i = 0; i < s->slots; i++)
        if (s->slot[i].used && s->slot[i].sid == sid)
            return i;
    return OC_SEND_NONE;
}

int oc_send_stream_open(oc_send_t *s, uint16_t sid, const oc_send_stream_config_t *c) {
    unsigned i = 0;
    if (!c->source.ops || c->priority > OC_SEND_MEDIA)
        return OC_ERR_INVAL;
    if (oc_send_find(s, sid) != OC_SEND_NONE)
        return OC_ERR_EXIST;
    if (c->partial && s->started && !s->forward_ok)
        return OC_ERR_NOTSUP;
    while (i < s->slots && s->slot[i].used)
        i++;
    if (i == s->slots)
        return OC_ERR_BUSY;
    s->slot[i] = (oc_send_slot_t){.source = c->source,
                                  .sid = sid,
                                  .priority = (uint8_t)c->priority,
                                  .partial = c->partial,
                                  .used = true};
    oc_sched_ready(s, i);
    return OC_OK;
}

int oc_send_kick(oc_send_t *s, uint16_t sid) {
    unsigned i = oc_send_find(s, sid);
    if (i == OC_SEND_NONE)
        return OC_ERR_NOENT;
    oc_sched_ready(s, i);
    return OC_OK;
}

int oc_send_stream_close(oc_send_t *s, uint16_t sid, bool abandon, int64_t now_us) {
    unsigned i = oc_send_find(s, sid);
    if (i == OC_SEND_NONE)
        return OC_ERR_NOENT;
    oc_sched_unready(s, i);
    s->slot[i].closed = true;
    if (abandon && s->slot[i].partial && s->started) {
        oc_abandon_stream(s, i);
        oc_forward_update(s, now_us);
    }
    return OC_OK;
}

static bool idle(const oc_send_t *s, unsigned i) {
    const oc_send_slot_t *slot = &s->slot[i];
    return slot->closed && !slot->records && !(s->cut.active && s->cut.slot == i);
}

bool oc_send_stream_idle(const oc_send_t *s, uint16_t sid) {
    unsigned i = oc_send_find(s, sid);
    return i != OC_SEND_NONE && idle(s, i);
}

int oc_send_stream_remove(oc_send_t *s, uint16_t sid) {
    unsigned i = oc_send_find(s, sid);
    if (i == OC_SEND_NONE)
        return OC_ERR_NOENT;
    if (!idle(s, i))
        return OC_ERR_BUSY;
    s->slot[i].used = false;
    return OC_OK;
}

static void expire(oc_send_t *s, int64_t now_us) {
    bool window_probe = s->window_probe;
    oc_loss_expire(s, now_us);
    if (!window_probe)
        s->cc.ops->timeout(&s->cc, now_us);
    s->recovery = false;
    s->fast = 1;
    if (s->forward != s->cum)
        s->forward_due = true;
    s->t3_at_us = now_us + oc_send_rto_us(s);
}

void oc_send_advance(oc_send_t *s, int64_t now_us) {
    if (!s->started)
        return;
    if (s->reorder_at_us <= now_us) {
        oc_cc_ack_t ack = {.now_us = now_us, .in_flight = oc_send_pipe(s)};
        oc_send_judge(s, &ack);
    }
    if (s->probe_at_us <= now_us) {
        s->probe_at_us = INT64_MAX;
        s->probe_due = true;
        s->probes++;
    }
    if (s->t3_at_us <= now_us)
        expire(s, now_us);
}

void oc_send_path_changed(oc_send_t *s, uint32_t mtu, uint32_t rtt_us, int64_t now_us) {
    uint32_t srtt_us = s->srtt_us;
    if (!s->started)
        return;
    new_path(s, mtu, rtt_us, now_us);
    s->srtt_us = srtt_us; /* what left less than a round trip ago may still arrive */
    oc_loss_expire(s, now_us);
    oc_loss_start(s, rtt_us);
    s->fast = 1;
    s->probe_due = s->in_flight != 0;
    if (s->forward != s->cum)
        s->forward_due = true;
    oc_loss_arm(s, false, false, now_us);
}

void oc_send_set_mtu(oc_send_t *s, uint32_t mtu) {
    s->mtu = mtu;
    s->cc.mtu = payload(mtu);
}

bool oc_send_idle(const oc_send_t *s) {
    return s->cum + 1 == s->next_tsn && !s->cut.active;
}

uint32_t oc_send_next_tsn(const oc_send_t *s) {
    return s->next_tsn;
}

unsigned oc_send_timeouts(const oc_send_t *s) {
    return s->timeouts;
}

/* ---- whose message is next ---- */

void oc_sched_ready(oc_send_t *s, unsigned i) {
    oc_send_slot_t *slot = &s->slot[i];
    uint8_t *turn = &s->turn[slot->priority], last;
    if (slot->ready || slot->closed)
        return;
    slot->ready = true;
    if (*turn == OC_SCHED_NONE) {
        *turn = slot->next = slot->prev = (uint8_t)i;
        return;
    }
    last = s->slot[*turn].prev;
    slot->next = *turn;
    slot->prev = last;
    s->slot[last].next = (uint8_t)i;
    s->slot[*turn].prev = (uint8_t)i;
}

void oc_sched_unready(oc_send_t *s, unsigned i) {
    oc_send_slot_t *slot = &s->slot[i];
    uint8_t *turn = &s->turn[slot->priority];
    if (!slot->ready)
        return;
    slot->ready = false;
    if (slot->next == i) {
        *turn = OC_SCHED_NONE;
        return;
    }
    s->slot[slot->prev].next = slot->next;
    s->slot[slot->next].prev = slot->prev;
    if (*turn == i)
        *turn = slot->next;
}

/* A message that will not get a TSN. */
static void give_up(oc_send_t *s, unsigned i, const oc_msg_t *msg) {
    oc_send_slot_t *slot = &s->slot[i];
    slot->source.ops->take(slot->source.ctx, msg->ref);
    slot->unacked++;
    slot->abandoned++;
    slot->abandoned_bytes += msg->len;
    s->stats.abandoned++;
    s->notified_any = true;
    oc_send_done(s, i, msg->ref, OC_ERR_STALE);
}

static bool expected(oc_send_slot_t *slot, const oc_msg_t *msg) {
    if (!msg->len)
        return false;
    if (!slot->skipping)
        return true;
    if (!msg->key || (msg->group && msg->group == slot->group))
        return false;
    slot->skipping = false;
    return true;
}

unsigned oc_sched_peek(oc_send_t *s, oc_msg_t *out) {
    for (unsigned c = 0; c < OC_SCHED_CLASSES; c++) {
        while (s->turn[c] != OC_SCHED_NONE) {
            unsigned i = s->turn[c];
            oc_send_slot_t *slot = &s->slot[i];
            if (slot->source.ops->next(slot->source.ctx, out) != OC_OK)
                oc_sched_unready(s, i);
            else if (expected(slot, out))
                return i;
            else
                give_up(s, i, out);
        }
    }
    return OC_SEND_NONE;
}

void oc_sched_take(oc_send_t *s, unsigned i, const oc_msg_t *msg) {
    oc_send_slot_t *slot = &s->slot[i];
    slot->source.ops->take(slot->source.ctx, msg->ref);
    slot->unacked++;
    slot->unacked_bytes += msg->len;
    if (!msg->group || msg->group != slot->group) {
        slot->group = msg->group;
        slot->group_sent = false;
    }
    s->cut = (oc_send_cut_t){.msg = *msg, .slot = (uint8_t)i, .active = true};
    s->turn[slot->priority] = slot->next;
}

/* Filling packets: FORWARD-TSN first, then what is lost, then new chunks, as far as congestion
 * control, pacing, the peer's window and the records allow. */

#define COPY_MAX     64 /* bytes; a shorter part is copied into the packet: cheaper than a piece */
#define CHUNK_PIECES (OC_SOURCE_PARTS + 2) /* header, payload, padding */

enum added { ADDED, NO_ROOM, GONE };

/* What one packet holds so far. */
typedef struct packing {
    oc_sctp_packet_t *packet;
    uint8_t *last_flags; /* of the last DATA chunk; NULL = none */
    uint32_t bytes;      /* payload */
    int64_t now_us;
} packing_t;

static uint32_t full_chunk(const oc_send_t *s) {
    return (s->mtu & ~3u) - OC_SCTP_HEADER_LEN - OC_SCTP_DATA_HEADER;
}

static bool window_takes(const oc_send_t *s, uint32_t len) {
    return !s->in_flight || oc_send_pipe(s) + len <= s->cc.window;
}

static bool peer_takes(const oc_send_t *s, uint32_t len) {
    uint32_t there = s->in_flight + s->lost_bytes;
    return !there || (there <= s->a_rwnd && len <= s->a_rwnd - there);
}

/* Asks the source for a fragment. > 0 bytes and *count parts | 0 it is gone. */
static uint32_t lend(const oc_send_slot_t *slot, uint64_t ref, uint32_t offset, uint32_t len,
                     oc_span_t *parts, int *count) {
    size_t sum = 0;
    *count = slot->source.ops->bytes(slot->source.ctx, ref, offset, len, parts, OC_SOURCE_PARTS);
    for (int i = 0; i < *count; i++)
        sum += parts[i].len;
    return *count > 0 && sum <= len ? (uint32_t)sum : 0;
}

static void put_chunk(packing_t *to, const oc_sctp_data_t *data, const oc_span_t *parts, int count,
                      uint32_t len) {
    oc_sctp_packet_t *p = to->packet;
    uint8_t *head = oc_sctp_packet_head(p, OC_SCTP_DATA_HEADER);
    oc_sctp_data_head(head, data, len);
    for (int i = 0; i < count; i++) {
        uint8_t *copy =
            parts[i].len <= COPY_MAX ? oc_sctp_packet_head(p, (uint32_t)parts[i].len) : NULL;
        if (copy)
            memcpy(copy, parts[i].data, parts[i].len);
        else
            oc_sctp_packet_part(p, parts[i]);
    }
    oc_sctp_packet_pad(p);
    to->last_flags = head + 1;
    to->bytes += len;
}

/* The source broke its promise or overtook the message. */
static void overrun(oc_send_t *s, unsigned slot) {
    if (s->slot[slot].partial)
        return;
    s->fault = true;
    s->fault_sid = s->slot[slot].sid;
}

static enum added add_again(oc_send_t *s, packing_t *to, oc_sctp_record_t *r) {
    oc_sctp_packet_t *p = to->packet;
    oc_send_slot_t *slot = &s->slot[r->slot];
    oc_span_t parts[OC_SOURCE_PARTS];
    int count;
    uint32_t tsn = oc_send_tsn_of(s, oc_send_index(s, r));
    uint32_t size = (OC_SCTP_DATA_HEADER + r->len + 3u) & ~3u;
    if (size > oc_sctp_packet_room(p) && !oc_sctp_packet_empty(p))
        return NO_ROOM;
    if (p->count + CHUNK_PIECES > OC_SCTP_PARTS)
        return NO_ROOM;
    if (r->flags & OC_SCTP_RECORD_VAIN ||
        lend(slot, r->ref, r->offset, r->len, parts, &count) != r->len) {
        overrun(s, r->slot);
        if (!s->fault)
            oc_abandon_at(s, tsn);
        return GONE;
    }
    if (size > oc_sctp_packet_room(p))
        p->oversize = true;
    oc_loss_forget(s, r);
    put_chunk(to,
              &(oc_sctp_data_t){.tsn = tsn,
                                .ppid = r->ppid,
                                .sid = slot->sid,
                                .ssn = r->ssn,
                                .flags = r->flags & OC_SCTP_RECORD_WIRE},
              parts, count, r->len);
    r->state = OC_SCTP_RECORD_AGAIN;
    oc_record_append(s, &s->again, r);
    s->in_flight += r->len;
    r->sent_us = (uint32_t)to->now_us;
    r->transmissions += r->transmissions < UINT8_MAX;
    s->stats.retransmitted++;
    s->stats.retransmitted_bytes += r->len;
    s->window_sent++;
    return ADDED;
}

/* A new TSN for the next n bytes of the message being cut. */
static void add_record(oc_send_t *s, packing_t *to, uint32_t n, const oc_span_t *parts, int count) {
    oc_send_cut_t *cut = &s->cut;
    oc_send_slot_t *slot = &s->slot[cut->slot];
    oc_sctp_record_t *r = oc_send_at(s, s->next_tsn);
    bool first = !cut->offset, last = cut->offset + n == cut->msg.len;
    if (first) {
        cut->first_tsn = s->next_tsn;
        cut->ssn = cut->msg.unordered ? 0 : slot->ssn++;
    }
    *r = (oc_sctp_record_t){.ref = cut->msg.ref,
                            .offset = cut->offset,
                            .ppid = cut->msg.ppid,
                            .sent_us = (uint32_t)to->now_us,
                            .len = (uint16_t)n,
                            .ssn = cut->ssn,
                            .slot = cut->slot,
                            .transmissions = 1,
                            .state = OC_SCTP_RECORD_FLYING,
                            .flags = (uint8_t)((first ? OC_SCTP_DATA_BEGIN : 0) |
                                               (last ? OC_SCTP_DATA_END : 0) |
                                               (cut->msg.unordered ? OC_SCTP_DATA_UNORDERED : 0) |
                                               (cut->msg.key ? OC_SCTP_RECORD_KEY : 0))};
    put_chunk(to,
              &(oc_sctp_data_t){.tsn = s->next_tsn,
                                .ppid = r->ppid,
                                .sid = slot->sid,
                                .ssn = r->ssn,
                                .flags = r->flags & OC_SCTP_RECORD_WIRE},
              parts, count, n);
    s->next_tsn++;
    s->in_flight += n;
    slot->records++;
    slot->sent_bytes += n;
    oc_send_rate_add(&slot->sent_rate, n, to->now_us);
    s->stats.sent_bytes += n;
    s->stats.chunks++;
    s->window_sent++;
    cut->offset += n;
    slot->group_sent = slot->group_sent || last;
    cut->active = !last;
}

/* Begins to cut the next message if none is being cut. */
static bool begin_cut(oc_send_t *s) {
    oc_msg_t msg;
    unsigned slot;
    if (s->cut.active)
        return true;
    slot = oc_sched_peek(s, &msg);
    if (slot == OC_SEND_NONE)
        return false;
    oc_sched_take(s, slot, &msg);
    return true;
}

/* One new chunk. forced: a probe, the congestion window is not asked. */
static enum added add_new(oc_send_t *s, packing_t *to, bool forced) {
    oc_sctp_packet_t *p = to->packet;
    oc_span_t parts[OC_SOURCE_PARTS];
    int count;
    uint32_t room = oc_sctp_packet_room(p), left = s->cut.msg.len - s->cut.offset, n;
    if (room <= OC_SCTP_DATA_HEADER || p->count + CHUNK_PIECES > OC_SCTP_PARTS)
        return NO_ROOM;
    room -= OC_SCTP_DATA_HEADER;
    n = left < room ? left : room;
    if (n < left && n < OC_SEND_PAYLOAD_MIN)
        return NO_ROOM;
    if (!s->in_flight && !s->lost_bytes && s->a_rwnd >= OC_SEND_PAYLOAD_MIN && n > s->a_rwnd)
        n = s->a_rwnd;
    if (!peer_takes(s, n) || (!forced && !window_takes(s, n)))
        return NO_ROOM;
    n = lend(&s->slot[s->cut.slot], s->cut.msg.ref, s->cut.offset, n, parts, &count);
    if (!n) {
        overrun(s, s->cut.slot);
        if (!s->fault)
            oc_abandon_cut(s);
        return GONE;
    }
    if (n > s->a_rwnd)
        s->window_probe = true;
    add_record(s, to, n, parts, count);
    return ADDED;
}

static void add_lost(oc_send_t *s, packing_t *to) {
    while (s->lost.head != OC_SEND_NONE && !s->fault) {
        oc_sctp_record_t *r = &s->record[s->lost.head];
        enum added how;
        if (!window_takes(s, r->len) && !s->fast)
            return;
        how = add_again(s, to, r);
        if (how == NO_ROOM)
            return;
        if (how == ADDED && s->fast)
            s->fast--;
    }
}

static void add_fresh(oc_send_t *s, packing_t *to) {
    while (s->lost.head == OC_SEND_NONE && !s->fault && oc_send_outstanding(s) < s->mask) {
        if (!begin_cut(s)) {
            if (oc_send_pipe(s) < s->cc.window) {
                s->limited = true;
                s->limited_us = (uint32_t)to->now_us;
            }
            return;
        }
        if (add_new(s, to, false) == NO_ROOM)
            return;
    }
}

/* A probe: something new if there is, else the last chunk under way; the second time the first. */
static void add_probe(oc_send_t *s, packing_t *to) {
    oc_sctp_record_t *r, *first = oc_send_at(s, s->cum + 1);
    s->probe_due = false;
    s->stats.probes++;
    if (s->lost.head == OC_SEND_NONE && oc_send_outstanding(s) < s->mask && begin_cut(s) &&
        add_new(s, to, true) == ADDED)
        return;
    r = oc_loss_tail(s); /* now: a message may have been abandoned meanwhile */
    if (s->probes > 1 && oc_send_outstanding(s) &&
        (first->state == OC_SCTP_RECORD_FLYING || first->state == OC_SCTP_RECORD_AGAIN))
        r = first;
    if (r && !s->fault)
        add_again(s, to, r);
}

int oc_send_fill(oc_send_t *s, oc_sctp_packet_t *packet, int64_t now_us) {
    packing_t to = {.packet = packet, .now_us = now_us};
    uint32_t before = packet->len;
    if (!s->started || s->fault)
        return OC_AGAIN;
    if (s->forward_due && !oc_forward_append(s, packet, now_us))
        return OC_AGAIN;
    if (oc_pacer_ready_us(&s->pacer, &s->cc, now_us) <= now_us) {
        add_lost(s, &to);
        if (!packet->oversize)
            add_fresh(s, &to);
    }
    if (s->probe_due && !to.last_flags)
        add_probe(s, &to);
    oc_forward_update(s, now_us);
    if (packet->len == before)
        return OC_AGAIN;
    if (to.last_flags) {
        oc_pacer_sent(&s->pacer, &s->cc, packet->len, now_us);
        s->cc.ops->sent(&s->cc, to.bytes, oc_send_pipe(s), now_us);
        s->probe_due = false;
        if (!oc_send_can_send(s, now_us))
            *to.last_flags |= OC_SCTP_DATA_IMMEDIATE;
    }
    oc_send_loss_turn(s, now_us);
    oc_loss_arm(s, false, to.last_flags != NULL, now_us);
    return OC_OK;
}

/* Data that only pacing holds back, or nothing does. */
static bool wants(oc_send_t *s) {
    oc_msg_t msg;
    uint32_t left, full = full_chunk(s);
    if (s->lost.head != OC_SEND_NONE)
        return s->fast || window_takes(s, s->record[s->lost.head].len);
    if (oc_send_outstanding(s) >= s->mask)
        return false;
    if (s->cut.active)
        left = s->cut.msg.len - s->cut.offset;
    else if (!window_takes(s, 1) || oc_sched_peek(s, &msg) == OC_SEND_NONE)
        return false;
    else
        left = msg.len;
    left = left < full ? left : full;
    return window_takes(s, left) && peer_takes(s, left);
}

bool oc_send_can_send(oc_send_t *s, int64_t now_us) {
    if (!s->started || s->fault)
        return false;
    if (s->forward_due || s->probe_due)
        return true;
    return oc_pacer_ready_us(&s->pacer, &s->cc, now_us) <= now_us && wants(s);
}

int64_t oc_send_next_deadline(oc_send_t *s, int64_t now_us) {
    int64_t at = INT64_MAX, paced;
    if (!s->started || s->fault)
        return INT64_MAX;
    if (s->forward_due || s->probe_due)
        return now_us;
    if (s->reorder_at_us < at)
        at = s->reorder_at_us;
    if (s->probe_at_us < at)
        at = s->probe_at_us;
    if (s->t3_at_us < at)
        at = s->t3_at_us;
    if (at > now_us && wants(s)) {
        paced = oc_pacer_ready_us(&s->pacer, &s->cc, now_us);
        at = paced < at ? paced : at;
    }
    return at;
}
