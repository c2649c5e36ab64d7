/* What a SACK brings: chunks acknowledged, losses, the peer's window. Each record is looked at once
 * when it is acknowledged; a gap block seen before is stepped over by the run length that the first
 * record of the run keeps. */
#include "oc_sctp_abandon.h"
#include "oc_sctp_loss.h"

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
        oc_record_t *r = oc_send_at(s, tsn);
        oc_send_slot_t *slot = &s->slot[r->slot];
        ack->acked += oc_loss_arrived(s, tsn, prior_high, ack->now_us, &ack->rtt_us);
        if (r->state == OC_RECORD_ACKED)
            s->gap_acked--;
        s->cum = tsn;
        slot->records--;
        if (r->state == OC_RECORD_ABANDONED)
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
    oc_record_t *first = oc_send_at(s, start);
    uint32_t tsn = start;
    while (oc_seq32_upto(tsn, end)) {
        oc_record_t *r = oc_send_at(s, tsn);
        if (r->state == OC_RECORD_ACKED) {
            tsn += r->next;
            continue;
        }
        ack->acked += oc_loss_arrived(s, tsn, prior_high, ack->now_us, &ack->rtt_us);
        if (r->state != OC_RECORD_ABANDONED) {
            r->state = OC_RECORD_ACKED;
            r->next = 1;
            s->gap_acked++;
        }
        tsn++;
    }
    if (first->state == OC_RECORD_ACKED)
        first->next = (uint16_t)(tsn - start);
}

/* The TSN behind the cumulative one was in a gap block before and is not part of the cumulative one
 * now: the peer dropped it (RFC 9260 6.2), perhaps others with it. */
static void renege(oc_send_t *s, const oc_sctp_sack_t *sack, int64_t now_us) {
    unsigned gap = 0;
    for (uint32_t tsn = s->cum + 1; tsn != s->next_tsn; tsn++) {
        oc_record_t *r = oc_send_at(s, tsn);
        uint32_t offset = tsn - s->cum;
        while (gap < sack->gap_count && sack->gaps[gap].end < offset)
            gap++;
        if (r->state != OC_RECORD_ACKED)
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
            oc_record_t *r = oc_send_at(s, tsn);
            if (r->state == OC_RECORD_FLYING || r->state == OC_RECORD_AGAIN)
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
    if (sack->gap_count > s->most_gaps)
        s->most_gaps = sack->gap_count;
    s->truncated = sack->gap_count >= OC_LOSS_FULL_SACK && sack->gap_count == s->most_gaps;
    if (s->cum + 1 != s->next_tsn && oc_send_at(s, s->cum + 1)->state == OC_RECORD_ACKED)
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
