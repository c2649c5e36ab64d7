/* What has arrived, what is lost (RFC 8985, RFC 9260 6.3) and what is given up (RFC 3758). */
#include "oc_sctp_send_impl.h"

#define REORDER_TAIL_SCAN 64 /* records looked at for a probe */
#define DUP_THRESHOLD     3  /* RFC 8985: so many arrived behind it, and no reordering was seen */

void oc_record_append(oc_send_t *s, oc_sctp_record_list_t *list, oc_sctp_record_t *r) {
    uint16_t at = oc_send_index(s, r);
    r->next = OC_SEND_NONE;
    r->prev = list->tail;
    if (list->tail == OC_SEND_NONE)
        list->head = at;
    else
        s->record[list->tail].next = at;
    list->tail = at;
}

void oc_record_remove(oc_send_t *s, oc_sctp_record_list_t *list, oc_sctp_record_t *r) {
    if (r->prev == OC_SEND_NONE)
        list->head = r->next;
    else
        s->record[r->prev].next = r->next;
    if (r->next == OC_SEND_NONE)
        list->tail = r->prev;
    else
        s->record[r->next].prev = r->prev;
}

static uint32_t clamp_rto(uint64_t us) {
    if (us < OC_LOSS_RTO_MIN_US)
        return OC_LOSS_RTO_MIN_US;
    return us > OC_LOSS_RTO_MAX_US ? OC_LOSS_RTO_MAX_US : (uint32_t)us;
}

void oc_loss_start(oc_send_t *s, uint32_t rtt_us) {
    s->srtt_us = rtt_us;
    s->rttvar_us = rtt_us / 2;
    s->rto_us = rtt_us ? clamp_rto((uint64_t)rtt_us * 3) : OC_LOSS_RTO_FIRST_US;
    s->min_now_us = s->min_before_us = 0;
    s->rack_valid = s->reordering = false;
    s->reorder_steps = 1;
    s->backoff = s->probes = 0;
    s->timeouts = 0;
    s->probe_due = false;
    s->reorder_at_us = s->probe_at_us = s->t3_at_us = INT64_MAX;
}

void oc_loss_rtt(oc_send_t *s, uint32_t rtt, int64_t now_us) {
    if (!rtt)
        rtt = 1;
    if (now_us - s->min_since_us > OC_LOSS_MIN_RTT_US / 2) {
        s->min_before_us = s->min_now_us;
        s->min_now_us = 0;
        s->min_since_us = now_us;
    }
    if (!s->min_now_us || rtt < s->min_now_us)
        s->min_now_us = rtt;
    if (!s->srtt_us) {
        s->srtt_us = rtt;
        s->rttvar_us = rtt / 2;
    } else {
        uint32_t off = rtt > s->srtt_us ? rtt - s->srtt_us : s->srtt_us - rtt;
        s->rttvar_us = (uint32_t)(((uint64_t)s->rttvar_us * 3 + off) / 4);
        s->srtt_us = (uint32_t)(((uint64_t)s->srtt_us * 7 + rtt) / 8);
    }
    s->rto_us = clamp_rto((uint64_t)s->srtt_us + 4 * (uint64_t)s->rttvar_us);
}

/* true: a was sent after b. Chunks of one burst have one time and the order of their TSNs. */
static bool sent_after(uint32_t a_us, uint32_t a_tsn, uint32_t b_us, uint32_t b_tsn) {
    return oc_seq32_after(a_us, b_us) || (a_us == b_us && oc_seq32_after(a_tsn, b_tsn));
}

void oc_loss_forget(oc_send_t *s, oc_sctp_record_t *r) {
    if (r->state == OC_SCTP_RECORD_LOST) {
        oc_record_remove(s, &s->lost, r);
        s->lost_bytes -= r->len;
    } else if (r->state == OC_SCTP_RECORD_FLYING || r->state == OC_SCTP_RECORD_AGAIN) {
        if (r->state == OC_SCTP_RECORD_AGAIN)
            oc_record_remove(s, &s->again, r);
        s->in_flight -= r->len;
        if (r->flags & OC_SCTP_RECORD_DOUBT)
            s->doubt_bytes -= r->len;
        r->flags &= (uint8_t)~OC_SCTP_RECORD_DOUBT;
    }
}

uint32_t oc_loss_arrived(oc_send_t *s, uint32_t tsn, uint32_t prior_high, int64_t now_us,
                         uint32_t *rtt_us) {
    oc_sctp_record_t *r = oc_send_at(s, tsn);
    uint32_t age = (uint32_t)now_us - r->sent_us;
    if (r->state == OC_SCTP_RECORD_ACKED || r->state == OC_SCTP_RECORD_ABANDONED)
        return 0;
    oc_loss_forget(s, r);
    if (s->hidden && oc_seq32_after(tsn, s->hidden_end))
        return r->len; /* nobody knows when it arrived */
    if (r->transmissions == 1) {
        if (oc_seq32_before(tsn, prior_high))
            s->reordering = true;
        *rtt_us = age;
    } else if (age < oc_send_min_rtt(s)) {
        return r->len; /* an earlier transmission arrived: says nothing about the last one */
    }
    if (!s->rack_valid || sent_after(r->sent_us, tsn, s->rack_sent_us, s->rack_tsn)) {
        s->rack_sent_us = r->sent_us;
        s->rack_tsn = tsn;
        s->rack_rtt_us = age;
        s->rack_valid = true;
    }
    return r->len;
}

void oc_loss_mark(oc_send_t *s, oc_sctp_record_t *r) {
    oc_loss_forget(s, r);
    r->state = OC_SCTP_RECORD_LOST;
    oc_record_append(s, &s->lost, r);
    s->lost_bytes += r->len;
    s->stats.lost++;
    s->window_lost++;
}

static uint32_t reorder_window(const oc_send_t *s) {
    uint32_t window = oc_send_min_rtt(s) / 4;
    if (!s->reordering)
        return s->gap_acked >= DUP_THRESHOLD || s->recovery ? 0 : window;
    window *= s->reorder_steps;
    return window < s->srtt_us ? window : s->srtt_us;
}

void oc_loss_duplicates(oc_send_t *s, unsigned count) {
    s->stats.duplicates += count;
    if (!count || oc_seq32_before(s->cum, s->reorder_round_tsn))
        return;
    if (s->reordering && s->reorder_steps < 8)
        s->reorder_steps++;
    s->reorder_round_tsn = s->next_tsn;
}

/* Judges one chunk under way. 1 lost | 0 not yet, the timer is armed | -1 nothing sent later came.
 */
static int judge(oc_send_t *s, const oc_sctp_record_t *r, uint32_t tsn, uint32_t window,
                 int64_t now_us) {
    uint32_t age = (uint32_t)now_us - r->sent_us;
    uint32_t due = s->rack_rtt_us + window;
    if (!sent_after(s->rack_sent_us, s->rack_tsn, r->sent_us, tsn))
        return -1;
    if (age >= due)
        return 1;
    if (s->reorder_at_us > now_us + (due - age))
        s->reorder_at_us = now_us + (due - age);
    return 0;
}

/* What a full SACK did not speak of is unknown, not lost. */
static bool unknown(const oc_send_t *s, uint32_t tsn) {
    return s->truncated && oc_seq32_after(tsn, s->sack_end);
}

/* A full SACK says nothing above its last block. What would be lost by its age may as well have
 * arrived: in neither case is it under way, and it must not keep the window closed. */
static void doubt(oc_send_t *s, uint32_t window, int64_t now_us) {
    if (oc_seq32_upto(s->doubt, s->sack_end))
        s->doubt = s->sack_end + 1;
    for (; s->doubt != s->next_tsn; s->doubt++) {
        oc_sctp_record_t *r = oc_send_at(s, s->doubt);
        if (r->state != OC_SCTP_RECORD_FLYING || (r->flags & OC_SCTP_RECORD_DOUBT))
            continue;
        if (judge(s, r, s->doubt, window, now_us) != 1)
            return;
        r->flags |= OC_SCTP_RECORD_DOUBT;
        s->doubt_bytes += r->len;
    }
}

uint32_t oc_loss_detect(oc_send_t *s, int64_t now_us) {
    uint32_t window = reorder_window(s), lost = 0;
    s->reorder_at_us = INT64_MAX;
    if (!s->rack_valid)
        return 0;
    for (uint16_t at = s->again.head; at != OC_SEND_NONE;) {
        oc_sctp_record_t *r = &s->record[at];
        uint32_t tsn = oc_send_tsn_of(s, at);
        at = r->next;
        if (unknown(s, tsn))
            continue;
        if (judge(s, r, tsn, window, now_us) != 1)
            break;
        oc_loss_mark(s, r);
        lost += r->len;
    }
    if (oc_seq32_before(s->cursor, s->cum + 1))
        s->cursor = s->cum + 1;
    for (; s->cursor != s->next_tsn; s->cursor++) {
        oc_sctp_record_t *r = oc_send_at(s, s->cursor);
        if (r->state != OC_SCTP_RECORD_FLYING)
            continue;
        if (unknown(s, s->cursor) || judge(s, r, s->cursor, window, now_us) != 1)
            break;
        oc_loss_mark(s, r);
        lost += r->len;
    }
    if (s->truncated)
        doubt(s, window, now_us);
    return lost;
}

void oc_loss_expire(oc_send_t *s, int64_t now_us) {
    uint32_t old = s->window_probe ? 0 : s->srtt_us;
    for (uint32_t tsn = s->cum + 1; tsn != s->next_tsn; tsn++) {
        oc_sctp_record_t *r = oc_send_at(s, tsn);
        if ((r->state == OC_SCTP_RECORD_FLYING || r->state == OC_SCTP_RECORD_AGAIN) &&
            (uint32_t)now_us - r->sent_us >= old)
            oc_loss_mark(s, r);
    }
    s->reorder_at_us = s->probe_at_us = INT64_MAX;
    s->probes = OC_LOSS_PROBES;
    s->probe_due = false;
    s->stats.timeouts++;
    s->timeouts++;
    if (s->backoff < 8)
        s->backoff++;
}

uint32_t oc_send_rto_us(const oc_send_t *s) {
    return clamp_rto((uint64_t)s->rto_us << s->backoff);
}

static uint32_t probe_after(const oc_send_t *s) {
    uint32_t a = s->srtt_us + s->srtt_us / 4, b = s->srtt_us + OC_LOSS_PROBE_MORE_US;
    return (a > b ? a : b) << s->probes;
}

/* Counted from the last transmission. While SACKs come in the rest of them is given some time, else
 * a queue that builds would be taken for a lost tail. */
static void arm_probe(oc_send_t *s, bool sent, int64_t now_us) {
    uint32_t rest = s->srtt_us / 4 > s->rttvar_us ? s->srtt_us / 4 : s->rttvar_us;
    if (sent)
        s->last_sent_us = now_us;
    s->probe_at_us = s->last_sent_us + probe_after(s);
    if (s->probe_at_us < now_us + rest)
        s->probe_at_us = now_us + rest;
}

void oc_loss_arm(oc_send_t *s, bool progress, bool sent, int64_t now_us) {
    bool waiting = s->in_flight || s->lost_bytes || s->forward != s->cum;
    if (progress) {
        s->probes = 0;
        s->backoff = 0;
        s->timeouts = 0;
        s->probe_due = false;
    }
    if (!waiting) {
        s->probe_at_us = s->t3_at_us = INT64_MAX;
        s->probe_due = false;
        return;
    }
    if (progress || s->t3_at_us == INT64_MAX)
        s->t3_at_us = now_us + oc_send_rto_us(s);
    if (!s->in_flight || !s->srtt_us || s->window_probe || s->probes >= OC_LOSS_PROBES)
        s->probe_at_us = INT64_MAX;
    else
        arm_probe(s, sent, now_us);
}

oc_sctp_record_t *oc_loss_tail(oc_send_t *s) {
    uint32_t tsn = s->next_tsn;
    for (unsigned i = 0; i < REORDER_TAIL_SCAN && tsn != s->cum + 1; i++) {
        oc_sctp_record_t *r = oc_send_at(s, --tsn);
        if (r->state == OC_SCTP_RECORD_FLYING || r->state == OC_SCTP_RECORD_AGAIN)
            return r;
    }
    return s->again.tail == OC_SEND_NONE ? NULL : &s->record[s->again.tail];
}

/* What a SACK brings: chunks acknowledged, losses, the peer's window. Each record is looked at once
 * when it is acknowledged; a gap block seen before is stepped over by the run length that the first
 * record of the run keeps. */

static bool plausible(const oc_send_t *s, const oc_sctp_sack_t *sack) {
    uint32_t last = s->next_tsn - 1;
    if (sack->cum_tsn - s->cum > last - s->cum)
        return false;
    for (unsigned i = 0; i < sack->gap_count; i++) {
        const oc_sctp_gap_t *gap = &sack->gaps[i];
        if (gap->start < 2 || gap->end < gap->start ||
            oc_seq32_after(sack->cum_tsn + gap->end, last))
            return false;
    }
    return true;
}

/* Everything up to cum is the peer's for good: its records are free. */
static void release(oc_send_t *s, uint32_t cum, oc_cc_ack_t *ack, uint32_t prior_high) {
    while (s->cum != cum) {
        uint32_t tsn = s->cum + 1;
        oc_sctp_record_t *r = oc_send_at(s, tsn);
        oc_send_slot_t *slot = &s->slot[r->slot];
        ack->acked += oc_loss_arrived(s, tsn, prior_high, ack->now_us, &ack->rtt_us);
        if (r->state == OC_SCTP_RECORD_ACKED)
            s->gap_acked--;
        s->cum = tsn;
        slot->records--;
        if (r->state == OC_SCTP_RECORD_ABANDONED)
            continue;
        slot->acked_bytes += r->len;
        slot->unacked_bytes -= r->len;
        s->stats.acked_bytes += r->len;
        oc_send_rate_add(&slot->acked_rate, r->len, ack->now_us);
        if (r->flags & OC_SCTP_DATA_END) {
            slot->messages++;
            oc_send_done(s, r->slot, r->ref, OC_OK);
        }
    }
}

static void mark_gap(oc_send_t *s, uint32_t start, uint32_t end, oc_cc_ack_t *ack,
                     uint32_t prior_high) {
    oc_sctp_record_t *first = oc_send_at(s, start);
    uint32_t tsn = start;
    while (oc_seq32_upto(tsn, end)) {
        oc_sctp_record_t *r = oc_send_at(s, tsn);
        if (r->state == OC_SCTP_RECORD_ACKED) {
            tsn += r->next;
            continue;
        }
        ack->acked += oc_loss_arrived(s, tsn, prior_high, ack->now_us, &ack->rtt_us);
        if (r->state != OC_SCTP_RECORD_ABANDONED) {
            r->state = OC_SCTP_RECORD_ACKED;
            r->next = 1;
            s->gap_acked++;
        }
        tsn++;
    }
    if (first->state == OC_SCTP_RECORD_ACKED)
        first->next = (uint16_t)(tsn - start);
}

/* The TSN behind the cumulative one was in a gap block before and is not part of the cumulative one
 * now: the peer dropped it (RFC 9260 6.2), perhaps others with it. */
static void renege(oc_send_t *s, const oc_sctp_sack_t *sack, int64_t now_us) {
    unsigned gap = 0;
    for (uint32_t tsn = s->cum + 1; tsn != s->next_tsn; tsn++) {
        oc_sctp_record_t *r = oc_send_at(s, tsn);
        uint32_t offset = tsn - s->cum;
        while (gap < sack->gap_count && sack->gaps[gap].end < offset)
            gap++;
        if (r->state != OC_SCTP_RECORD_ACKED)
            continue;
        r->next = 1;
        if ((gap < sack->gap_count && sack->gaps[gap].start <= offset) ||
            (s->truncated && oc_seq32_after(tsn, s->sack_end)))
            continue;
        s->gap_acked--;
        s->stats.reneged++;
        oc_loss_mark(s, r);
    }
}

void oc_send_judge(oc_send_t *s, oc_cc_ack_t *ack) {
    ack->lost += oc_loss_detect(s, ack->now_us);
    if (ack->lost)
        s->fast = 1;
    ack->min_rtt_us = oc_send_min_rtt(s);
    ack->srtt_us = s->srtt_us;
    ack->recovery = s->recovery;
    ack->blind = s->truncated || s->hidden;
    if (s->rack_valid && !oc_seq32_before(s->rack_sent_us, s->round_us)) {
        ack->round = true;
        ack->limited = s->limited && !oc_seq32_before(s->limited_us, s->round_from_us);
        s->limited = s->limited && ack->limited;
        s->round_us = (uint32_t)ack->now_us;
        s->round_from_us = s->rack_sent_us;
    }
    if (!ack->acked && !ack->lost)
        return;
    s->cc.ops->acked(&s->cc, ack);
    if (s->cc.reduced) {
        s->cc.reduced = false;
        s->recovery = true;
        s->recovery_tsn = s->next_tsn;
    }
}

static void peer_window(oc_send_t *s, const oc_sctp_sack_t *sack, bool progress) {
    bool opened = sack->a_rwnd > s->a_rwnd;
    s->a_rwnd = sack->a_rwnd;
    if (!s->window_probe)
        return;
    if (progress) {
        s->window_probe = false;
    } else if (opened && s->in_flight && s->a_rwnd >= s->in_flight) {
        /* The peer had no room for the probe and has now: it is not there. */
        s->window_probe = false;
        for (uint32_t tsn = s->cum + 1; tsn != s->next_tsn; tsn++) {
            oc_sctp_record_t *r = oc_send_at(s, tsn);
            if (r->state == OC_SCTP_RECORD_FLYING || r->state == OC_SCTP_RECORD_AGAIN)
                oc_loss_mark(s, r);
        }
    }
}

int oc_send_sack(oc_send_t *s, const oc_sctp_sack_t *sack, int64_t now_us) {
    oc_cc_ack_t ack = {.now_us = now_us, .in_flight = oc_send_pipe(s)};
    uint32_t prior_high = s->high, prior_cum = s->cum;
    bool progress;
    if (!s->started || oc_seq32_before(sack->cum_tsn, s->cum))
        return OC_AGAIN;
    if (!plausible(s, sack)) {
        s->stats.bad_sacks++;
        return OC_ERR_FORMAT;
    }
    s->hidden = s->truncated;
    s->hidden_end = s->sack_end;
    release(s, sack->cum_tsn, &ack, prior_high);
    s->sack_end = s->cum;
    for (unsigned i = 0; i < sack->gap_count; i++) {
        uint32_t end = s->cum + sack->gaps[i].end;
        mark_gap(s, s->cum + sack->gaps[i].start, end, &ack, prior_high);
        if (oc_seq32_after(end, s->sack_end))
            s->sack_end = end;
    }
    if (oc_seq32_after(s->sack_end, s->high))
        s->high = s->sack_end;
    if (sack->gap_count > s->max_gaps)
        s->max_gaps = sack->gap_count;
    s->truncated = sack->gap_count >= OC_LOSS_FULL_SACK && sack->gap_count == s->max_gaps;
    if (s->cum + 1 != s->next_tsn && oc_send_at(s, s->cum + 1)->state == OC_SCTP_RECORD_ACKED)
        renege(s, sack, now_us);
    if (ack.rtt_us)
        oc_loss_rtt(s, ack.rtt_us, now_us);
    if (s->recovery && !oc_seq32_before(s->cum + 1, s->recovery_tsn))
        s->recovery = false;
    oc_loss_duplicates(s, sack->duplicates);
    progress = ack.acked || s->cum != prior_cum;
    oc_forward_update(s, now_us);
    oc_send_judge(s, &ack);
    peer_window(s, sack, progress);
    oc_loss_arm(s, progress, false, now_us);
    return OC_OK;
}

/* ---- messages given up (RFC 3758) ---- */

static bool ends(const oc_sctp_record_t *r) {
    return r->flags & OC_SCTP_DATA_END;
}

/* The TSN that ends a message whose last fragment was never cut. There is room: cutting leaves one
 * record free. */
static void append_end(oc_send_t *s) {
    const oc_send_cut_t *cut = &s->cut;
    oc_sctp_record_t *r = oc_send_at(s, s->next_tsn);
    *r = (oc_sctp_record_t){.ref = cut->msg.ref,
                            .offset = cut->offset,
                            .ppid = cut->msg.ppid,
                            .ssn = cut->ssn,
                            .slot = cut->slot,
                            .flags = OC_SCTP_DATA_END |
                                     (cut->msg.unordered ? OC_SCTP_DATA_UNORDERED : 0),
                            .state = OC_SCTP_RECORD_ABANDONED};
    s->slot[cut->slot].records++;
    s->next_tsn++;
}

static void notify(oc_send_t *s, unsigned i, uint64_t ref, uint32_t bytes) {
    oc_send_slot_t *slot = &s->slot[i];
    slot->abandoned++;
    slot->abandoned_bytes += bytes;
    slot->skipping = true;
    if (s->cut.slot == i && s->cut.msg.ref == ref && s->cut.offset < s->cut.msg.len)
        slot->torn += s->cut.msg.group && slot->group_sent;
    s->stats.abandoned++;
    s->notified_any = true;
    oc_send_done(s, i, ref, OC_ERR_STALE);
}

/* The TSNs of a message that are in the ring: they stand side by side. */
static void extent(const oc_send_t *s, uint32_t tsn, uint32_t *first, uint32_t *last) {
    *first = *last = tsn;
    while (*first != s->cum + 1 && !(oc_send_at(s, *first)->flags & OC_SCTP_DATA_BEGIN))
        --*first;
    while (!ends(oc_send_at(s, *last)) && *last + 1 != s->next_tsn)
        ++*last;
}

static bool all_acked(const oc_send_t *s, uint32_t first, uint32_t last) {
    if (!ends(oc_send_at(s, last)))
        return false;
    for (uint32_t tsn = first; tsn != last + 1; tsn++)
        if (oc_send_at(s, tsn)->state != OC_SCTP_RECORD_ACKED)
            return false;
    return true;
}

static bool abandon_one(oc_send_t *s, uint32_t tsn) {
    const oc_sctp_record_t *r = oc_send_at(s, tsn);
    uint64_t ref = r->ref;
    unsigned slot = r->slot;
    uint32_t first, last, bytes;
    if (r->state == OC_SCTP_RECORD_ABANDONED)
        return false;
    extent(s, tsn, &first, &last);
    if (all_acked(s, first, last))
        return false;
    for (uint32_t t = first; t != last + 1; t++) {
        oc_sctp_record_t *each = oc_send_at(s, t);
        oc_loss_forget(s, each);
        if (each->state == OC_SCTP_RECORD_ACKED)
            s->gap_acked--;
        each->state = OC_SCTP_RECORD_ABANDONED;
        s->slot[slot].unacked_bytes -= each->len;
    }
    if (ends(oc_send_at(s, last))) {
        bytes = oc_send_at(s, last)->offset + oc_send_at(s, last)->len;
    } else { /* only the message being cut has no end yet */
        bytes = s->cut.msg.len;
        s->slot[slot].unacked_bytes -= s->cut.msg.len - s->cut.offset;
        append_end(s);
        s->cut.active = false;
    }
    notify(s, slot, ref, bytes);
    return true;
}

/* What follows on a message that was given up is of no use to the peer either, up to the next key
 * message. What is on its way may arrive; it is not sent again, and the rest not at all. */
static void mark_dependent(oc_send_t *s, unsigned slot, uint32_t tsn) {
    for (uint32_t t = tsn + 1; t != s->next_tsn; t++) {
        oc_sctp_record_t *r = oc_send_at(s, t);
        if (r->slot != slot || r->state == OC_SCTP_RECORD_ABANDONED)
            continue;
        if (r->flags & OC_SCTP_RECORD_KEY && r->flags & OC_SCTP_DATA_BEGIN) {
            s->slot[slot].skipping = false; /* it has begun anew already */
            return;
        }
        r->flags |= OC_SCTP_RECORD_VAIN;
    }
    if (!s->cut.active || s->cut.slot != slot)
        return;
    if (s->cut.msg.key)
        s->slot[slot].skipping = false;
    else
        oc_abandon_cut(s);
}

bool oc_abandon_at(oc_send_t *s, uint32_t tsn) {
    unsigned slot = oc_send_at(s, tsn)->slot;
    if (!abandon_one(s, tsn))
        return false;
    mark_dependent(s, slot, tsn);
    return true;
}

void oc_abandon_cut(oc_send_t *s) {
    uint32_t newest = s->next_tsn - 1;
    if (s->cut.offset && oc_seq32_after(newest, s->cum) &&
        oc_seq32_upto(s->cut.first_tsn, newest)) {
        (void)abandon_one(s, newest);
        return;
    }
    s->slot[s->cut.slot].unacked_bytes -= s->cut.msg.len - s->cut.offset;
    if (s->cut.offset) /* all that was sent is acknowledged for good */
        append_end(s);
    s->cut.active = false;
    notify(s, s->cut.slot, s->cut.msg.ref, s->cut.msg.len);
}

void oc_abandon_stream(oc_send_t *s, unsigned slot) {
    for (uint32_t tsn = s->cum + 1; tsn != s->next_tsn; tsn++)
        if (oc_send_at(s, tsn)->slot == slot)
            (void)abandon_one(s, tsn);
    if (s->cut.active && s->cut.slot == slot)
        oc_abandon_cut(s);
}

void oc_forward_update(oc_send_t *s, int64_t now_us) {
    uint32_t before = s->forward, waited = (uint32_t)now_us - s->forward_sent_us;
    if (oc_seq32_before(s->forward, s->cum))
        before = s->forward = s->cum;
    while (s->forward + 1 != s->next_tsn &&
           oc_send_at(s, s->forward + 1)->state == OC_SCTP_RECORD_ABANDONED)
        s->forward++;
    if (s->forward == s->cum)
        s->forward_due = false;
    else if (s->forward != before || waited > s->srtt_us + s->srtt_us / 4)
        s->forward_due = true;
}

/* The last ordered message given up on each stream, up to *upto, which is cut short when there are
 * too many streams for one chunk. */
static unsigned collect(const oc_send_t *s, oc_sctp_skip_t *skips, uint32_t *upto) {
    unsigned count = 0;
    for (uint32_t tsn = s->cum + 1; tsn != *upto + 1; tsn++) {
        const oc_sctp_record_t *r = oc_send_at(s, tsn);
        unsigned i = 0;
        if (r->flags & OC_SCTP_DATA_UNORDERED)
            continue;
        while (i < count && skips[i].sid != s->slot[r->slot].sid)
            i++;
        if (i == OC_ABANDON_SKIPS) {
            *upto = tsn - 1;
            break;
        }
        skips[i] = (oc_sctp_skip_t){s->slot[r->slot].sid, r->ssn};
        count += i == count;
    }
    return count;
}

bool oc_forward_append(oc_send_t *s, oc_sctp_packet_t *packet, int64_t now_us) {
    oc_sctp_skip_t skips[OC_ABANDON_SKIPS];
    uint32_t upto = s->forward;
    unsigned count = collect(s, skips, &upto);
    if (!oc_sctp_forward_write(packet, upto, skips, count))
        return false;
    s->forward_due = false;
    s->forward_sent_us = (uint32_t)now_us;
    s->stats.forward_tsn++;
    return true;
}
