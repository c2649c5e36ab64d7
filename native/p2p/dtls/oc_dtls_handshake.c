#include "oc_dtls_impl.h"

#include <stdlib.h>

#define SCRATCH 2048 /* bytes; more than a held record */

/* Gives a record to the next job; false: no room. */
static bool feed(oc_dtls_slot_t *slot, oc_span_t record) {
    if (record.len > OC_HS_IN_MAX - slot->in_len)
        return false;
    memcpy(slot->in[slot->filling] + slot->in_len, record.data, record.len);
    slot->in_len += (uint32_t)record.len;
    slot->seen = true;
    slot->alert_us = INT64_MAX; /* it goes on: the alert was not the peer's */
    return true;
}

/* False: no place, or too long. */
static bool hold(oc_dtls_slot_t *slot, const oc_dtls_view_t *view) {
    bool app = view->type == OC_DTLS_APPLICATION;
    unsigned from = app ? 0 : OC_DTLS_HELD_APP, to = app ? OC_DTLS_HELD_APP : OC_DTLS_HELD;
    if (view->whole.len > OC_DTLS_HELD_MAX)
        return false;
    for (unsigned i = from; i < to; i++) {
        oc_dtls_held_t *held = &slot->early.held[i];
        if (held->len)
            continue;
        held->len = (uint16_t)view->whole.len;
        memcpy(held->bytes, view->whole.data, view->whole.len);
        return true;
    }
    return false;
}

static bool view_of(oc_dtls_held_t *held, oc_dtls_view_t *view) {
    oc_span_t rest = oc_span(held->bytes, held->len);
    return held->len && oc_dtls_split_next(&rest, view);
}

static void forged(oc_dtls_t *dtls, int result) {
    if (result == OC_ERR_FORMAT)
        dtls->stats.dropped_forged++;
    else if (result == OC_ERR_STALE)
        dtls->stats.dropped_replayed++;
    else
        dtls->stats.dropped_other++;
}

/* A Finished under the pending keys goes to the handshake; anything else would end it there. */
static void take_finished(oc_dtls_t *dtls, const oc_dtls_view_t *view) {
    uint8_t plain[SCRATCH];
    if (view->whole.len > OC_HS_IN_MAX - dtls->slot->in_len) {
        dtls->stats.dropped_other++; /* before its number is used up */
        return;
    }
    int len = oc_dtls_record_open(&dtls->record, view, plain, sizeof plain);
    if (len < 0)
        forged(dtls, len);
    else if (len == 0 || plain[0] != OC_DTLS_FINISHED || !feed(dtls->slot, view->whole))
        dtls->stats.dropped_other++;
}

/* An alert under the pending keys is the peer's own. */
static void take_sealed_alert(oc_dtls_t *dtls, const oc_dtls_view_t *view) {
    uint8_t plain[SCRATCH];
    int len = oc_dtls_record_open(&dtls->record, view, plain, sizeof plain);
    if (len < 0) {
        forged(dtls, len);
    } else if (len == 2 && (plain[0] == 2 || plain[1] == OC_DTLS_CLOSE_NOTIFY)) {
        dtls->end.alert = plain[1];
        dtls->slot->alerted = true;
        oc_dtls_handshake_fail(dtls, OC_HS_ALERT, 0);
    }
}

/* The peer shows that a datagram of the last two flights is lost, so no timer is waited for; unless
 * our flight left less than `wait_us` ago, which the peer could not have answered yet. */
static void repeat(oc_dtls_slot_t *slot, int64_t wait_us, int64_t now_us) {
    if (wait_us < OC_DTLS_REPEAT_US)
        wait_us = OC_DTLS_REPEAT_US;
    if (slot->flight_us != INT64_MAX && now_us - slot->flight_us >= wait_us)
        slot->repeat = true;
}

/* Data that is the peer's: it has finished, so its Finished is lost, unless it comes late. */
static void ahead(oc_dtls_t *dtls, int64_t now_us) {
    if (dtls->client && dtls->slot->rtt_us)
        repeat(dtls->slot, (int64_t)dtls->slot->rtt_us * 3 / 4, now_us);
}

static void encrypted(oc_dtls_t *dtls, const oc_dtls_view_t *view, int64_t now_us) {
    uint8_t plain[SCRATCH];
    oc_dtls_slot_t *slot = dtls->slot;
    bool keys = dtls->record.ours != NULL;
    int looked = OC_OK;
    if (!slot->hello_done || view->type == OC_DTLS_CHANGE_CIPHER_SPEC ||
        (view->type == OC_DTLS_ALERT && !keys)) {
        dtls->stats.dropped_other++;
    } else if (keys && view->type == OC_DTLS_HANDSHAKE) {
        take_finished(dtls, view);
    } else if (keys && view->type == OC_DTLS_ALERT) {
        take_sealed_alert(dtls, view);
    } else {
        if (keys) /* junk shall not take the places */
            looked = oc_dtls_record_check(&dtls->record, view, plain, sizeof plain);
        if (looked < 0)
            forged(dtls, looked);
        else if (!hold(slot, view))
            dtls->stats.dropped_other++;
        if (keys && looked >= 0)
            ahead(dtls, now_us);
    }
}

/* A repeated one that left after our answer should have been there: RFC 6347 section 4.2.4. */
static void hello_again(oc_dtls_t *dtls, int64_t now_us) {
    dtls->slot->alert_us = INT64_MAX;
    dtls->stats.dropped_other++;
    if (!dtls->slot->seen && dtls->slot->rtt_us)
        repeat(dtls->slot, dtls->slot->rtt_us, now_us);
}

static void client_hello(oc_dtls_t *dtls, const oc_dtls_view_t *view, int64_t now_us) {
    oc_dtls_slot_t *slot = dtls->slot;
    oc_span_t record;
    if (slot->hello_done)
        hello_again(dtls, now_us);
    else if (oc_dtls_hello_input(&slot->early.hello, view, &record) == OC_OK) {
        (void)feed(slot, record); /* the first thing in an empty buffer */
        slot->hello_done = true;
        slot->seen = false; /* nothing behind it yet */
        memset(&slot->early, 0, sizeof slot->early);
    }
}

/* It may be forged: believed when the peer falls silent. */
static void clear_alert(oc_dtls_t *dtls, const oc_dtls_view_t *view, int64_t now_us) {
    oc_dtls_slot_t *slot = dtls->slot;
    int64_t wait_us = (int64_t)slot->rtt_us * 4 + slot->allowance_us;
    int code = oc_dtls_split_alert(view);
    if (code < 0)
        return;
    dtls->end.alert = code;
    if ((view->body.data[0] == 2 || code == OC_DTLS_CLOSE_NOTIFY) && slot->alert_us == INT64_MAX)
        slot->alert_us = now_us + (wait_us > OC_DTLS_ALERT_US ? wait_us : OC_DTLS_ALERT_US);
}

static void clear(oc_dtls_t *dtls, const oc_dtls_view_t *view, int64_t now_us) {
    oc_dtls_slot_t *slot = dtls->slot;
    if (view->type == OC_DTLS_ALERT) {
        clear_alert(dtls, view, now_us);
        return;
    }
    bool good = view->type == OC_DTLS_CHANGE_CIPHER_SPEC ||
                (view->type == OC_DTLS_HANDSHAKE && oc_dtls_split_plausible(view, !dtls->client));
    if (good && !dtls->client && oc_dtls_hello_is(view))
        client_hello(dtls, view, now_us);
    else if (!good || !slot->hello_done || !feed(slot, view->whole))
        dtls->stats.dropped_other++;
}

void oc_dtls_handshake_input(oc_dtls_t *dtls, oc_span_t datagram, int64_t now_us) {
    oc_dtls_view_t view;
    while (dtls->state == OC_DTLS_SHAKING && oc_dtls_split_next(&datagram, &view)) {
        if (view.epoch == 0)
            clear(dtls, &view, now_us);
        else if (view.epoch == 1)
            encrypted(dtls, &view, now_us);
        else
            dtls->stats.dropped_other++;
    }
}

/* The keys are there: early records are judged. */
static void judge_held(oc_dtls_t *dtls) {
    uint8_t plain[SCRATCH];
    oc_dtls_view_t view;
    for (unsigned i = 0; dtls->slot->hello_done && i < OC_DTLS_HELD; i++) {
        oc_dtls_held_t *held = &dtls->slot->early.held[i];
        if (!view_of(held, &view))
            continue;
        if (view.type == OC_DTLS_HANDSHAKE) {
            take_finished(dtls, &view);
            held->len = 0;
        } else if (oc_dtls_record_check(&dtls->record, &view, plain, sizeof plain) < 0) {
            dtls->stats.dropped_forged++;
            held->len = 0;
        }
    }
}

/* The server's Finished as plaintext: should it be lost, it is sealed anew. */
static void keep_finished(oc_dtls_t *dtls) {
    oc_rd_t rd = oc_rd(oc_span(dtls->slot->out, dtls->slot->job.out_len));
    while (oc_rd_left(&rd)) {
        oc_span_t datagram = oc_rd_span(&rd, oc_rd_u16(&rd));
        oc_dtls_view_t view;
        while (oc_dtls_split_next(&datagram, &view)) {
            if (view.epoch != 1 || view.type != OC_DTLS_HANDSHAKE)
                continue;
            int len = oc_dtls_record_open_own(&dtls->record, &view, dtls->finished,
                                              sizeof dtls->finished);
            dtls->finished_len = len > 0 ? (unsigned)len : 0;
        }
    }
}

static void connect(oc_dtls_t *dtls) {
    dtls->record.next_seq = dtls->slot->job.epoch1_next;
    if (!dtls->client)
        keep_finished(dtls);
    dtls->state = OC_DTLS_CONNECTED;
    dtls->connected_event = true;
    oc_handshake_destroy(dtls->slot->handshake);
    dtls->slot->handshake = NULL;
}

void oc_dtls_handshake_fail(oc_dtls_t *dtls, enum oc_hs_reason reason, int detail) {
    dtls->state = OC_DTLS_ENDED;
    dtls->ended_event = true;
    dtls->end.kind = OC_DTLS_EVENT_FAILED;
    dtls->end.reason = reason;
    dtls->end.detail = detail;
    dtls->end.seen = dtls->client ? dtls->slot->seen : dtls->slot->hello_done;
    dtls->alert_due = !dtls->slot->alerted;
    dtls->alert_level = 2;
    dtls->alert_code = reason == OC_HS_NO_MEMORY || reason == OC_HS_LIBRARY ? OC_DTLS_INTERNAL_ERROR
                       : reason == OC_HS_FINGERPRINT                        ? OC_DTLS_ACCESS_DENIED
                       : reason == OC_HS_RSA || reason == OC_HS_KEY
                           ? OC_DTLS_UNSUPPORTED_CERTIFICATE
                           : OC_DTLS_HANDSHAKE_FAILURE;
    /* Past our own ChangeCipherSpec the peer believes only what is sealed; while a job is under way
     * its numbers are not known. */
    dtls->alert_sealed = dtls->record.ours && dtls->record.next_seq > 0 && !dtls->slot->busy;
    if (!dtls->alert_due || !dtls->alert_sealed)
        oc_dtls_record_deinit(&dtls->record);
}

static bool adopt_keys(oc_dtls_t *dtls, oc_hs_job_t *job) {
    int result = OC_OK;
    if (job->has_keys && !dtls->record.ours)
        result = oc_dtls_record_init(&dtls->record, &job->keys, dtls->client, 0);
    if (job->has_keys)
        oc_crypto_wipe(&job->keys, sizeof job->keys);
    job->has_keys = false;
    return result == OC_OK;
}

void oc_dtls_handshake_done(oc_dtls_t *dtls, int64_t now_us) {
    oc_dtls_slot_t *slot = dtls->slot;
    oc_hs_job_t *job = &slot->job;
    bool keys = adopt_keys(dtls, job);
    dtls->epoch0_next = job->epoch0_next;
    slot->alerted = slot->alerted || job->alerted;
    if (dtls->record.ours)
        dtls->record.next_seq = job->epoch1_next; /* pending: nothing is sealed before it is over */
    slot->timer_us = job->timer_us;
    if (job->out_len)
        slot->flight_us = now_us;
    if (job->state == OC_HS_FAILED) {
        oc_dtls_handshake_fail(dtls, job->reason, job->detail);
    } else if (!keys) {
        oc_dtls_handshake_fail(dtls, OC_HS_NO_MEMORY, 0);
    } else if (job->state == OC_HS_RUNNING) {
        if (dtls->record.ours)
            judge_held(dtls);
    } else if (!job->matched || !dtls->record.ours || !job->epoch1_next) {
        job->out_len = 0; /* nothing of it may leave */
        oc_dtls_handshake_fail(dtls, job->matched ? OC_HS_LIBRARY : OC_HS_FINGERPRINT, 0);
    } else {
        connect(dtls);
    }
}

int oc_dtls_handshake_early(oc_dtls_t *dtls, uint8_t *out, size_t size) {
    oc_dtls_view_t view;
    for (unsigned i = 0; dtls->slot && i < OC_DTLS_HELD_APP; i++) {
        oc_dtls_held_t *held = &dtls->slot->early.held[i];
        if (!view_of(held, &view))
            continue;
        int len = oc_dtls_record_open(&dtls->record, &view, out, size);
        held->len = 0;
        if (len >= 0)
            dtls->stats.opened++;
        else
            forged(dtls, len);
        if (len > 0)
            return len;
    }
    return 0;
}

void oc_dtls_slot_release(oc_dtls_t *dtls) {
    oc_dtls_slot_t *slot = dtls->slot;
    if (!slot || slot->busy || dtls->state == OC_DTLS_SHAKING || slot->out_at < slot->job.out_len)
        return;
    for (unsigned i = 0; dtls->state == OC_DTLS_CONNECTED && i < OC_DTLS_HELD_APP; i++)
        if (slot->early.held[i].len)
            return;
    oc_handshake_destroy(slot->handshake);
    oc_crypto_wipe(&slot->job, sizeof slot->job);
    free(slot);
    dtls->slot = NULL;
}
