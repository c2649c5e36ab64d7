#include "dtls_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_random_seeded.h"

static void watch_numbers(pair_end_t *end, oc_span_t datagram) {
    oc_dtls_view_t view;
    while (oc_dtls_split_next(&datagram, &view)) {
        if (view.epoch != 1)
            continue;
        assert_true(view.seq < PAIR_NUMBERS);
        assert_false(end->used[view.seq]);
        end->used[view.seq] = true;
        if (view.seq > end->highest)
            end->highest = view.seq;
    }
}

static void put(pair_t *pair, unsigned from, oc_span_t datagram, int64_t at_us) {
    if (pair->queued == PAIR_QUEUE || datagram.len > sizeof pair->queue[0].bytes)
        return; /* as a network that is full */
    pair_datagram_t *d = &pair->queue[pair->queued++];
    d->at_us = at_us;
    d->from = from;
    d->order = pair->order++;
    d->len = datagram.len;
    memcpy(d->bytes, datagram.data, datagram.len);
}

static void transmit(pair_t *pair, unsigned from, oc_span_t datagram) {
    pair_end_t *end = &pair->end[from];
    enum pair_fate fate = PAIR_PASS;
    watch_numbers(end, datagram);
    if (pair->fate)
        fate = pair->fate(pair, from, end->sent, datagram);
    end->sent++;
    if (fate == PAIR_DROP)
        return;
    put(pair, from, datagram,
        pair->now_us + pair->delay_us + (fate == PAIR_LATE ? pair->late_us : 0));
    if (fate == PAIR_TWICE)
        put(pair, from, datagram, pair->now_us + pair->delay_us);
}

static void data(pair_t *pair, unsigned which) {
    pair_end_t *end = &pair->end[which];
    uint8_t out[OC_DTLS_HELD_MAX];
    int len;
    while ((len = oc_dtls_poll_data(&end->dtls, out, sizeof out, pair->now_us)) > 0) {
        assert_true(end->connected || end->dtls.connected_event); /* never before */
        assert_true((size_t)len < sizeof end->last);
        memcpy(end->last, out, (size_t)len);
        end->last[len] = 0;
        end->received++;
    }
}

static void events(pair_t *pair, unsigned which, bool *greet) {
    pair_end_t *end = &pair->end[which];
    oc_dtls_event_t event;
    while (oc_dtls_poll_event(&end->dtls, &event) == OC_OK) {
        if (event.kind == OC_DTLS_EVENT_CONNECTED) {
            end->connected++;
            end->connected_us = pair->now_us;
            *greet = end->greeting != NULL;
            continue;
        }
        end->closed += event.kind == OC_DTLS_EVENT_CLOSED;
        end->failed += event.kind == OC_DTLS_EVENT_FAILED;
        end->end = event;
    }
}

static int seal(pair_end_t *end, const char *text, uint8_t *out, size_t size) {
    size_t half = strlen(text) / 2;
    oc_span_t parts[2] = {oc_span(text, half), oc_span(text + half, strlen(text) - half)};
    int len = oc_dtls_seal(&end->dtls, parts, 2, out, size);
    assert_true(len > 0);
    assert_int_equal(len, strlen(text) + oc_dtls_overhead(&end->dtls));
    return len;
}

static void jobs(pair_t *pair, pair_end_t *end) {
    if (end->job && pair->now_us >= end->job_at_us) {
        end->job = NULL;
        oc_dtls_job_done(&end->dtls, pair->now_us);
    }
    while (!end->job && oc_dtls_poll_job(&end->dtls, pair->now_us, &end->job) == OC_OK) {
        oc_handshake_run(end->job->handshake, end->job);
        if (end->job->has_keys) {
            assert_false(end->keyed); /* said once */
            end->keys = end->job->keys;
            end->keyed = true;
        }
        end->job_at_us = pair->now_us + end->compute_us;
        if (end->compute_us)
            return;
        end->job = NULL;
        oc_dtls_job_done(&end->dtls, pair->now_us);
        if (end->dtls.slot && end->dtls.state == OC_DTLS_SHAKING)
            return; /* its output is polled first */
    }
}

void dtls_pair_turn(pair_t *pair, unsigned which) {
    pair_end_t *end = &pair->end[which];
    uint8_t out[2 * OC_DTLS_OUTPUT_MAX], joined[1500];
    size_t used = 0;
    bool greet = false;
    oc_dtls_advance(&end->dtls, pair->now_us);
    for (int turn = 0; turn < 8; turn++) {
        int len;
        jobs(pair, end);
        while ((len = oc_dtls_poll_output(&end->dtls, out, sizeof out, pair->now_us)) > 0) {
            assert_true(len <= OC_DTLS_OUTPUT_MAX);
            if (pair->coalesce && used + (size_t)len <= sizeof joined) {
                memcpy(joined + used, out, (size_t)len);
                used += (size_t)len;
            } else {
                transmit(pair, which, oc_span(out, (size_t)len));
            }
        }
        data(pair, which);
        events(pair, which, &greet);
        if (greet) {
            len = seal(end, end->greeting, joined + used, sizeof joined - used);
            used += (size_t)len;
            greet = false;
            if (!pair->coalesce) {
                transmit(pair, which, oc_span(joined, used));
                used = 0;
            }
        }
    }
    if (used)
        transmit(pair, which, oc_span(joined, used));
}

void dtls_pair_inject(pair_t *pair, unsigned to, oc_span_t datagram) {
    oc_dtls_input(&pair->end[to].dtls, datagram, pair->now_us);
    dtls_pair_turn(pair, to);
}

void dtls_pair_send(pair_t *pair, unsigned from, const char *text) {
    uint8_t out[256];
    int len = seal(&pair->end[from], text, out, sizeof out);
    transmit(pair, from, oc_span(out, (size_t)len));
}

static int64_t next_time(const pair_t *pair) {
    int64_t at = INT64_MAX;
    for (unsigned i = 0; i < pair->queued; i++)
        if (pair->queue[i].at_us < at)
            at = pair->queue[i].at_us;
    for (unsigned i = 0; i < 2; i++) {
        const pair_end_t *end = &pair->end[i];
        int64_t deadline = oc_dtls_next_deadline(&end->dtls);
        if (deadline < at)
            at = deadline;
        if (end->job && end->job_at_us < at)
            at = end->job_at_us;
    }
    return at;
}

/* The datagram that arrives next, out of the queue; false: none is due. */
static bool arrival(pair_t *pair, pair_datagram_t *out) {
    unsigned first = pair->queued;
    for (unsigned i = 0; i < pair->queued; i++) {
        const pair_datagram_t *d = &pair->queue[i];
        if (d->at_us <= pair->now_us &&
            (first == pair->queued || d->at_us < pair->queue[first].at_us ||
             (d->at_us == pair->queue[first].at_us && d->order < pair->queue[first].order)))
            first = i;
    }
    if (first == pair->queued)
        return false;
    *out = pair->queue[first];
    pair->queue[first] = pair->queue[--pair->queued];
    return true;
}

static void advance_to(pair_t *pair, int64_t at_us) {
    pair_datagram_t d;
    if (at_us > pair->now_us)
        pair->now_us = at_us;
    while (arrival(pair, &d))
        dtls_pair_inject(pair, 1 - d.from, oc_span(d.bytes, d.len));
    dtls_pair_turn(pair, 0);
    dtls_pair_turn(pair, 1);
}

void dtls_pair_run(pair_t *pair, int64_t until_us) {
    for (int64_t at = next_time(pair); at <= until_us; at = next_time(pair))
        advance_to(pair, at);
    advance_to(pair, until_us);
}

static bool ready(const pair_t *pair) {
    for (unsigned i = 0; i < 2; i++)
        if (!pair->end[i].connected || (pair->end[1 - i].greeting && !pair->end[i].received))
            return false;
    return true;
}

bool dtls_pair_connect(pair_t *pair, int64_t until_us) {
    while (!ready(pair) && next_time(pair) <= until_us)
        advance_to(pair, next_time(pair));
    return ready(pair);
}

void dtls_pair_make(pair_t *pair, enum oc_hs_suites suites) {
    memset(pair, 0, sizeof *pair);
    pair->now_us = 1000000;
    pair->delay_us = 500;
    pair->late_us = 5000;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(oc_certificate_make(&pair->end[i].certificate), OC_OK);
    for (unsigned i = 0; i < 2; i++) {
        oc_dtls_config_t *config = &pair->end[i].config;
        config->client = i == 0;
        config->certificate = pair->end[i].certificate;
        config->peers = 1;
        config->peer[0].hash = OC_HASH_SHA256;
        memcpy(config->peer[0].digest, oc_certificate_fingerprint(pair->end[1 - i].certificate),
               OC_CERTIFICATE_FINGERPRINT);
        config->suites = suites;
        pair->end[i].job_at_us = INT64_MAX;
    }
}

void dtls_pair_start(pair_t *pair) {
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(oc_dtls_start(&pair->end[i].dtls, &pair->end[i].config, pair->now_us),
                         OC_OK);
    dtls_pair_turn(pair, 1);
    dtls_pair_turn(pair, 0);
}

void dtls_pair_free(pair_t *pair) {
    for (unsigned i = 0; i < 2; i++) {
        pair_end_t *end = &pair->end[i];
        if (end->job) {
            assert_false(oc_dtls_deinit(&end->dtls));
            oc_dtls_job_done(&end->dtls, pair->now_us);
        }
        assert_true(oc_dtls_deinit(&end->dtls));
        oc_certificate_destroy(end->certificate);
    }
}

void dtls_pair_begin(pair_t *pair, enum oc_hs_suites suites) {
    oc_random_seed(7);
    dtls_pair_make(pair, suites);
    pair->end[0].greeting = "hello";
    pair->end[1].greeting = "welcome";
}

void dtls_pair_connected(pair_t *pair, int64_t within_us) {
    assert_true(dtls_pair_connect(pair, pair->now_us + within_us));
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(pair->end[i].connected, 1);
        assert_int_equal(pair->end[i].failed + pair->end[i].closed, 0);
        assert_int_equal(pair->end[i].dtls.state, OC_DTLS_CONNECTED);
    }
}

void dtls_pair_talks(pair_t *pair) {
    static const char *const words[2] = {"from the client", "from the server"};
    for (unsigned i = 0; i < 2; i++) {
        dtls_pair_send(pair, i, words[i]);
        dtls_pair_run(pair, pair->now_us + 100000);
        assert_string_equal(pair->end[1 - i].last, words[i]);
    }
}
