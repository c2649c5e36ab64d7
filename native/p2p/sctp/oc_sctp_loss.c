#include "oc_sctp_loss.h"

#define REORDER_TAIL_SCAN 64 /* records looked at for a probe */
#define DUP_THRESHOLD     3  /* RFC 8985: so many arrived behind it, and no reordering was seen */

void oc_record_append(oc_send_t *s, oc_record_list_t *list, oc_record_t *r) {
    uint16_t at = oc_send_index(s, r);
    r->next = OC_SEND_NONE;
    r->prev = list->tail;
    if (list->tail == OC_SEND_NONE)
        list->head = at;
    else
        s->record[list->tail].next = at;
    list->tail = at;
}

void oc_record_remove(oc_send_t *s, oc_record_list_t *list, oc_record_t *r) {
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

void oc_loss_forget(oc_send_t *s, oc_record_t *r) {
    if (r->state == OC_RECORD_LOST) {
        oc_record_remove(s, &s->lost, r);
        s->lost_bytes -= r->len;
    } else if (r->state == OC_RECORD_FLYING || r->state == OC_RECORD_AGAIN) {
        if (r->state == OC_RECORD_AGAIN)
            oc_record_remove(s, &s->again, r);
        s->in_flight -= r->len;
        if (r->flags & OC_RECORD_DOUBT)
            s->doubt_bytes -= r->len;
        r->flags &= (uint8_t)~OC_RECORD_DOUBT;
    }
}

uint32_t oc_loss_arrived(oc_send_t *s, uint32_t tsn, uint32_t prior_high, int64_t now_us,
                         uint32_t *rtt_us) {
    oc_record_t *r = oc_send_at(s, tsn);
    uint32_t age = (uint32_t)now_us - r->sent_us;
    if (r->state == OC_RECORD_ACKED || r->state == OC_RECORD_ABANDONED)
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

void oc_loss_mark(oc_send_t *s, oc_record_t *r) {
    oc_loss_forget(s, r);
    r->state = OC_RECORD_LOST;
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
static int judge(oc_send_t *s, const oc_record_t *r, uint32_t tsn, uint32_t window,
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
        oc_record_t *r = oc_send_at(s, s->doubt);
        if (r->state != OC_RECORD_FLYING || (r->flags & OC_RECORD_DOUBT))
            continue;
        if (judge(s, r, s->doubt, window, now_us) != 1)
            return;
        r->flags |= OC_RECORD_DOUBT;
        s->doubt_bytes += r->len;
    }
}

uint32_t oc_loss_detect(oc_send_t *s, int64_t now_us) {
    uint32_t window = reorder_window(s), lost = 0;
    s->reorder_at_us = INT64_MAX;
    if (!s->rack_valid)
        return 0;
    for (uint16_t at = s->again.head; at != OC_SEND_NONE;) {
        oc_record_t *r = &s->record[at];
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
        oc_record_t *r = oc_send_at(s, s->cursor);
        if (r->state != OC_RECORD_FLYING)
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
        oc_record_t *r = oc_send_at(s, tsn);
        if ((r->state == OC_RECORD_FLYING || r->state == OC_RECORD_AGAIN) &&
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

oc_record_t *oc_loss_tail(oc_send_t *s) {
    uint32_t tsn = s->next_tsn;
    for (unsigned i = 0; i < REORDER_TAIL_SCAN && tsn != s->cum + 1; i++) {
        oc_record_t *r = oc_send_at(s, --tsn);
        if (r->state == OC_RECORD_FLYING || r->state == OC_RECORD_AGAIN)
            return r;
    }
    return s->again.tail == OC_SEND_NONE ? NULL : &s->record[s->again.tail];
}
