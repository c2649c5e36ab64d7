#include "oc_sctp_send.h"
#include "oc_sctp_send_impl.h"

#define HALF_US   500000  /* a rate is taken over one to two of these */
#define WINDOW_US 1000000 /* and the share of losses too */
#define PPM       1000000u

/* Moves the window of a rate on to now. */
static void turn(oc_send_rate_t *rate, int64_t now_us) {
    int64_t passed = now_us - rate->since_us;
    if (passed < HALF_US)
        return;
    rate->before = passed < 2 * HALF_US ? rate->now : 0;
    rate->now = 0;
    rate->since_us = passed < 2 * HALF_US ? rate->since_us + HALF_US : now_us;
}

void oc_send_rate_add(oc_send_rate_t *rate, uint32_t bytes, int64_t now_us) {
    turn(rate, now_us);
    rate->now += bytes;
}

static uint32_t per_second(oc_send_rate_t rate, int64_t now_us) {
    int64_t span;
    turn(&rate, now_us);
    span = HALF_US + (now_us - rate.since_us);
    return (uint32_t)(((uint64_t)rate.before + rate.now) * 1000000u / (uint64_t)span);
}

void oc_send_loss_turn(oc_send_t *s, int64_t now_us) {
    if (now_us - s->window_since_us < WINDOW_US)
        return;
    s->old_sent = s->window_sent;
    s->old_lost = s->window_lost;
    s->window_sent = s->window_lost = 0;
    s->window_since_us = now_us;
}

void oc_send_stats(const oc_send_t *s, oc_send_stats_t *out, int64_t now_us) {
    uint64_t sent = (uint64_t)s->old_sent + s->window_sent;
    uint64_t lost = (uint64_t)s->old_lost + s->window_lost;
    uint32_t there = s->in_flight + s->lost_bytes;
    *out = s->stats;
    out->srtt_us = s->srtt_us;
    out->rttvar_us = s->rttvar_us;
    out->min_rtt_us = oc_send_min_rtt(s);
    out->rto_us = oc_send_rto_us(s);
    out->cwnd = s->cc.window;
    out->in_flight = s->in_flight;
    out->outstanding = oc_send_outstanding(s);
    out->peer_rwnd = there < s->a_rwnd ? s->a_rwnd - there : 0;
    out->loss_ppm = sent ? (uint32_t)(lost * PPM / sent) : 0;
    out->pacing_bps = s->cc.pace * 8;
    out->delivered_bps = s->cc.delivered * 8;
}

int oc_send_stream_stats(const oc_send_t *s, uint16_t sid, oc_send_stream_stats_t *out,
                         int64_t now_us) {
    unsigned i = oc_send_find(s, sid);
    const oc_send_slot_t *slot;
    if (i == OC_SEND_NONE)
        return OC_ERR_NOENT;
    slot = &s->slot[i];
    *out = (oc_send_stream_stats_t){.sent_bytes = slot->sent_bytes,
                                    .acked_bytes = slot->acked_bytes,
                                    .messages = slot->messages,
                                    .abandoned = slot->abandoned,
                                    .abandoned_bytes = slot->abandoned_bytes,
                                    .sent_rate = per_second(slot->sent_rate, now_us),
                                    .acked_rate = per_second(slot->acked_rate, now_us),
                                    .unacked_messages = slot->unacked,
                                    .unacked_bytes = slot->unacked_bytes};
    return OC_OK;
}

int oc_send_poll_abandoned(oc_send_t *s, oc_send_abandoned_t *out) {
    if (!s->notified_any)
        return OC_AGAIN;
    for (unsigned n = 0; n < s->slots; n++) {
        oc_send_slot_t *slot = &s->slot[s->notified_slot];
        s->notified_slot = s->notified_slot + 1 < s->slots ? (uint8_t)(s->notified_slot + 1) : 0;
        if (!slot->used || slot->notified == slot->abandoned)
            continue;
        *out = (oc_send_abandoned_t){.sid = slot->sid,
                                     .messages = (uint32_t)(slot->abandoned - slot->notified),
                                     .torn = slot->torn,
                                     .bytes = slot->abandoned_bytes - slot->notified_bytes};
        slot->torn = 0;
        slot->notified = slot->abandoned;
        slot->notified_bytes = slot->abandoned_bytes;
        return OC_OK;
    }
    s->notified_any = false;
    return OC_AGAIN;
}

bool oc_send_poll_fault(oc_send_t *s, uint16_t *sid) {
    if (!s->fault || s->fault_notified)
        return false;
    *sid = s->fault_sid;
    s->fault_notified = true;
    return true;
}
