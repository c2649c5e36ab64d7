/* The sender's life: memory, start and end, streams, timers, another path. */
#include "oc_sctp_abandon.h"
#include "oc_sctp_loss.h"
#include "oc_sctp_sched.h"

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
    return ALIGN16(sizeof(oc_send_t)) + (size_t)c->outstanding * sizeof(oc_record_t) +
           ALIGN16(c->streams * sizeof(oc_send_slot_t));
}

oc_send_t *oc_send_init(void *memory, const oc_send_config_t *c) {
    oc_send_t *s = memory;
    uint8_t *at = memory;
    if (!valid(c) || (uintptr_t)memory % 16)
        return NULL;
    memset(memory, 0, oc_send_memory(c));
    at += ALIGN16(sizeof *s);
    s->record = (oc_record_t *)at;
    s->slot = (oc_send_slot_t *)(at + (size_t)c->outstanding * sizeof(oc_record_t));
    s->mask = c->outstanding - 1u;
    s->slots = c->streams;
    s->cc_kind = c->cc;
    for (unsigned i = 0; i < OC_SCHED_CLASSES; i++)
        s->turn[i] = OC_SCHED_NONE;
    s->lost = s->again = (oc_record_list_t){OC_SEND_NONE, OC_SEND_NONE};
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
    s->fault = s->fault_told = false;
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
        const oc_record_t *r = oc_send_at(s, tsn);
        if (r->state != OC_RECORD_ABANDONED && (r->flags & OC_SCTP_DATA_END))
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
    s->lost = s->again = (oc_record_list_t){OC_SEND_NONE, OC_SEND_NONE};
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
