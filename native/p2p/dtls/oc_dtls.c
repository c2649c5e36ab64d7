#include "oc_dtls_impl.h"

#include <stdlib.h>

#define TIMER_RTTS_X2 5 /* the first repetition comes after 2.5 round trips */
#define TIMER_MAX_MS  60000
#define SMALL         64 /* bytes of plaintext of an alert or a Finished */

static uint32_t first_timer_ms(uint32_t rtt_us, uint32_t allowance_us) {
    uint64_t us = (uint64_t)rtt_us * TIMER_RTTS_X2 / 2;
    if (us < OC_DTLS_TIMER_MIN_US)
        us = OC_DTLS_TIMER_MIN_US;
    us += allowance_us;
    return us > TIMER_MAX_MS * UINT64_C(1000) ? TIMER_MAX_MS : (uint32_t)(us / 1000);
}

int oc_dtls_start(oc_dtls_t *dtls, const oc_dtls_config_t *config, int64_t now_us) {
    uint32_t allowance_us = config->allowance_us ? config->allowance_us : OC_DTLS_ALLOWANCE_US;
    oc_handshake_config_t dtls_handshake = {.client = config->client,
                                            .certificate = config->certificate,
                                            .peers = config->peers,
                                            .suites = config->suites,
                                            .rsa = config->rsa,
                                            .timer_ms =
                                                first_timer_ms(config->rtt_us, allowance_us)};
    if (dtls->state != OC_DTLS_IDLE)
        return OC_ERR_STATE;
    oc_dtls_slot_t *slot = calloc(1, sizeof *slot);
    if (!slot)
        return OC_ERR_NOMEM;
    memcpy(dtls_handshake.peer, config->peer, sizeof dtls_handshake.peer);
    int result = oc_handshake_create(&slot->handshake, &dtls_handshake);
    if (result != OC_OK) {
        free(slot);
        return result;
    }
    slot->job.handshake = slot->handshake;
    slot->job.out = slot->out;
    slot->timer_us = slot->flight_us = slot->alert_us = INT64_MAX;
    slot->allowance_us = allowance_us;
    slot->rtt_us = config->rtt_us;
    slot->run = slot->hello_done = config->client;
    memset(dtls, 0, sizeof *dtls);
    dtls->slot = slot;
    dtls->client = config->client;
    dtls->end.alert = -1;
    dtls->state = OC_DTLS_SHAKING;
    dtls->deadline_us = now_us + (config->timeout_us ? config->timeout_us : OC_DTLS_TIMEOUT_US);
    return OC_OK;
}

void oc_dtls_early_retransmit(oc_dtls_t *dtls, int64_t now_us) {
    oc_dtls_slot_t *slot = dtls->slot;
    (void)now_us;
    if (dtls->state == OC_DTLS_SHAKING && dtls->client && !slot->busy && !slot->run && !slot->seen)
        slot->out_at = 0;
}

bool oc_dtls_unheard(const oc_dtls_t *dtls) {
    return dtls->state == OC_DTLS_SHAKING &&
           !(dtls->client ? dtls->slot->seen : dtls->slot->hello_done);
}

void oc_dtls_set_rtt(oc_dtls_t *dtls, uint32_t rtt_us) {
    if (dtls->state != OC_DTLS_SHAKING || !rtt_us)
        return;
    dtls->slot->rtt_us = rtt_us;
    dtls->slot->timer_ms = first_timer_ms(rtt_us, dtls->slot->allowance_us);
}

void oc_dtls_input(oc_dtls_t *dtls, oc_span_t datagram, int64_t now_us) {
    dtls->rest = (oc_span_t){NULL, 0};
    if (dtls->state == OC_DTLS_SHAKING)
        oc_dtls_handshake_input(dtls, datagram, now_us);
    else if (dtls->state == OC_DTLS_CONNECTED)
        dtls->rest = datagram;
}

static void forget_finished(oc_dtls_t *dtls) {
    oc_crypto_wipe(dtls->finished, sizeof dtls->finished);
    dtls->finished_len = 0;
    dtls->answer_due = false;
}

static void end(oc_dtls_t *dtls) {
    dtls->state = OC_DTLS_ENDED;
    dtls->rest = (oc_span_t){NULL, 0};
    forget_finished(dtls);
}

/* What is no data: an alert of the peer, or its last flight once more. */
static void control(oc_dtls_t *dtls, const oc_dtls_view_t *view, const uint8_t *plain, int len,
                    int64_t now_us) {
    if (view->type == OC_DTLS_ALERT && len == 2 &&
        (plain[0] == 2 || plain[1] == OC_DTLS_CLOSE_NOTIFY)) {
        dtls->end = (oc_dtls_event_t){.kind = OC_DTLS_EVENT_CLOSED, .alert = plain[1]};
        dtls->ended_event = true;
        end(dtls);
        oc_dtls_record_deinit(&dtls->record);
    } else if (view->type == OC_DTLS_HANDSHAKE && len > 0 && plain[0] == OC_DTLS_FINISHED &&
               dtls->finished_len && now_us >= dtls->answer_at_us) {
        dtls->answer_due = true;
        dtls->answer_at_us = now_us + OC_DTLS_ANSWER_US;
    }
}

/* One record after the handshake. Plaintext of the application into out: its length, 0: none. */
static int connected(oc_dtls_t *dtls, const oc_dtls_view_t *view, uint8_t *out, size_t size,
                     int64_t now_us) {
    uint8_t small[SMALL];
    bool app = view->type == OC_DTLS_APPLICATION;
    int len = OC_ERR_RANGE;
    if (view->epoch == 1 && view->type != OC_DTLS_CHANGE_CIPHER_SPEC)
        len =
            oc_dtls_record_open(&dtls->record, view, app ? out : small, app ? size : sizeof small);
    if (len == OC_ERR_FORMAT)
        dtls->stats.dropped_forged++;
    else if (len == OC_ERR_STALE)
        dtls->stats.dropped_replayed++;
    else if (len < 0)
        dtls->stats.dropped_other++;
    if (len < 0)
        return 0;
    dtls->stats.opened++;
    if (!app) {
        control(dtls, view, small, len, now_us);
        return 0;
    }
    if (dtls->finished_len) /* the peer has our last flight */
        forget_finished(dtls);
    return len;
}

int oc_dtls_poll_data(oc_dtls_t *dtls, uint8_t *out, size_t size, int64_t now_us) {
    oc_dtls_view_t view;
    if (dtls->state != OC_DTLS_CONNECTED)
        return 0;
    int len = oc_dtls_handshake_early(dtls, out, size);
    oc_dtls_slot_release(dtls);
    if (len > 0 && dtls->finished_len)
        forget_finished(dtls);
    while (len == 0 && oc_dtls_split_next(&dtls->rest, &view))
        len = connected(dtls, &view, out, size, now_us);
    return len;
}

/* The next datagram of the handshake; 0: none. */
static int handshake_output(oc_dtls_slot_t *slot, uint8_t *out, size_t size) {
    if (slot->busy)
        return 0; /* job.out is the worker's */
    oc_span_t all = oc_span(slot->out, slot->job.out_len);
    while (slot->out_at < all.len) {
        oc_rd_t rd = oc_rd(oc_span_sub(all, slot->out_at, all.len - slot->out_at));
        oc_span_t datagram = oc_rd_span(&rd, oc_rd_u16(&rd));
        slot->out_at = rd.bad ? (uint32_t)all.len : slot->out_at + 2 + (uint32_t)datagram.len;
        if (!datagram.len || datagram.len > size)
            continue;
        memcpy(out, datagram.data, datagram.len);
        return (int)datagram.len;
    }
    return 0;
}

/* A record in the clear; 0: it does not fit. */
static int put_clear(oc_dtls_t *dtls, enum oc_dtls_type type, oc_span_t body, uint8_t *out,
                     size_t size) {
    oc_wr_t wr = oc_wr(out, size);
    oc_wr_u8(&wr, (uint32_t)type);
    oc_wr_u16(&wr, OC_DTLS_VERSION_1_2);
    oc_wr_u16(&wr, 0);
    oc_wr_be(&wr, dtls->epoch0_next++, 6);
    oc_wr_u16(&wr, (uint32_t)body.len);
    oc_wr_bytes(&wr, body.data, body.len);
    return wr.bad ? 0 : (int)oc_wr_len(&wr);
}

/* Our last flight under new numbers. */
static int put_answer(oc_dtls_t *dtls, uint8_t *out, size_t size) {
    static const uint8_t change = 1;
    oc_span_t finished = oc_span(dtls->finished, dtls->finished_len);
    int first = put_clear(dtls, OC_DTLS_CHANGE_CIPHER_SPEC, oc_span(&change, 1), out, size);
    if (first == 0)
        return 0;
    int second = oc_dtls_record_seal(&dtls->record, OC_DTLS_HANDSHAKE, &finished, 1, out + first,
                                     size - (size_t)first);
    if (second < 0)
        return 0;
    dtls->stats.answers++;
    return first + second;
}

static int put_alert(oc_dtls_t *dtls, uint8_t *out, size_t size) {
    const uint8_t body[2] = {dtls->alert_level, dtls->alert_code};
    oc_span_t part = oc_span(body, sizeof body);
    int len = dtls->alert_sealed
                  ? oc_dtls_record_seal(&dtls->record, OC_DTLS_ALERT, &part, 1, out, size)
                  : put_clear(dtls, OC_DTLS_ALERT, part, out, size);
    oc_dtls_record_deinit(&dtls->record); /* nothing follows */
    return len > 0 ? len : 0;
}

int oc_dtls_poll_output(oc_dtls_t *dtls, uint8_t *out, size_t size, int64_t now_us) {
    int len = dtls->slot ? handshake_output(dtls->slot, out, size) : 0;
    (void)now_us;
    oc_dtls_slot_release(dtls);
    if (len == 0 && dtls->answer_due) {
        dtls->answer_due = false;
        len = put_answer(dtls, out, size);
    }
    if (len == 0 && dtls->alert_due) {
        dtls->alert_due = false;
        len = put_alert(dtls, out, size);
    }
    return len;
}

int oc_dtls_seal(oc_dtls_t *dtls, const oc_span_t *parts, unsigned count, uint8_t *out,
                 size_t size) {
    if (dtls->state != OC_DTLS_CONNECTED)
        return OC_ERR_STATE;
    int len = oc_dtls_record_seal(&dtls->record, OC_DTLS_APPLICATION, parts, count, out, size);
    if (len > 0)
        dtls->stats.sealed++;
    return len;
}

unsigned oc_dtls_overhead(const oc_dtls_t *dtls) {
    return dtls->state == OC_DTLS_CONNECTED ? oc_dtls_record_overhead(&dtls->record) : 0;
}

int oc_dtls_poll_job(oc_dtls_t *dtls, int64_t now_us, oc_hs_job_t **job) {
    oc_dtls_slot_t *slot = dtls->slot;
    if (dtls->state != OC_DTLS_SHAKING || slot->busy || slot->out_at < slot->job.out_len)
        return OC_AGAIN;
    bool due = now_us >= slot->timer_us || slot->repeat;
    if (!due && !slot->run && !slot->in_len)
        return OC_AGAIN;
    slot->job.in = slot->in[slot->filling];
    slot->job.in_len = slot->in_len;
    slot->job.now_us = now_us;
    slot->job.timer_fired = due;
    slot->job.timer_ms = slot->timer_ms;
    slot->job.out_len = slot->out_at = 0;
    slot->filling ^= 1;
    slot->in_len = 0;
    slot->run = slot->repeat = false;
    slot->busy = true;
    *job = &slot->job;
    return OC_OK;
}

void oc_dtls_job_done(oc_dtls_t *dtls, int64_t now_us) {
    oc_dtls_slot_t *slot = dtls->slot;
    if (!slot || !slot->busy)
        return;
    slot->busy = false;
    if (dtls->state == OC_DTLS_SHAKING)
        oc_dtls_handshake_done(dtls, now_us);
    else
        slot->job.out_len = 0; /* ended meanwhile */
    oc_dtls_slot_release(dtls);
}

void oc_dtls_advance(oc_dtls_t *dtls, int64_t now_us) {
    if (dtls->state == OC_DTLS_SHAKING && now_us >= dtls->slot->alert_us)
        oc_dtls_handshake_fail(dtls, OC_HS_ALERT, 0);
    else if (dtls->state == OC_DTLS_SHAKING && now_us >= dtls->deadline_us)
        oc_dtls_handshake_fail(dtls, OC_HS_TIMEOUT, 0);
}

int64_t oc_dtls_next_deadline(const oc_dtls_t *dtls) {
    if (dtls->state != OC_DTLS_SHAKING)
        return INT64_MAX;
    const oc_dtls_slot_t *slot = dtls->slot;
    int64_t end_us = slot->alert_us < dtls->deadline_us ? slot->alert_us : dtls->deadline_us;
    return slot->busy || slot->timer_us > end_us ? end_us : slot->timer_us;
}

int oc_dtls_poll_event(oc_dtls_t *dtls, oc_dtls_event_t *event) {
    if (dtls->connected_event) {
        dtls->connected_event = false;
        *event = (oc_dtls_event_t){.kind = OC_DTLS_EVENT_CONNECTED, .alert = -1};
        return OC_OK;
    }
    if (!dtls->ended_event)
        return OC_AGAIN;
    dtls->ended_event = false;
    *event = dtls->end;
    return OC_OK;
}

void oc_dtls_close(oc_dtls_t *dtls) {
    if (dtls->state == OC_DTLS_SHAKING) {
        oc_dtls_handshake_fail(dtls, OC_HS_LIBRARY, 0);
        if (!dtls->slot->busy)
            dtls->slot->job.out_len = 0; /* the flight is of no use any more */
    } else if (dtls->state == OC_DTLS_CONNECTED) {
        dtls->alert_due = dtls->alert_sealed = true;
        dtls->alert_level = 1;
        dtls->alert_code = OC_DTLS_CLOSE_NOTIFY;
        end(dtls);
    }
    dtls->connected_event = dtls->ended_event = false;
    oc_dtls_slot_release(dtls);
}

bool oc_dtls_deinit(oc_dtls_t *dtls) {
    if (dtls->slot && dtls->slot->busy) {
        if (dtls->state == OC_DTLS_SHAKING)
            oc_dtls_close(dtls);
        return false;
    }
    if (dtls->slot) {
        dtls->state = OC_DTLS_ENDED;
        dtls->slot->job.out_len = 0;
        oc_dtls_slot_release(dtls);
    }
    oc_dtls_record_deinit(&dtls->record);
    oc_crypto_wipe(dtls, sizeof *dtls);
    return true;
}
