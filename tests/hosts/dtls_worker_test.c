/* Many handshakes at once through oc_crypto_worker: more jobs than its queue holds, ends that are
 * closed while a job of theirs is under way. Also built for the thread sanitizer, with the
 * handshake of the tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oc_crypto_worker.h"
#include "oc_dtls.h"
#include "oc_err.h"

#define PAIRS 24
#define ENDS  (2 * PAIRS) /* even: client of the next one */
/* All handshakes wait for one worker: on a busy machine the last ones for longer than they may
 * elsewhere. */
#define HANDSHAKE_US (600 * INT64_C(1000000))

typedef struct end {
    oc_dtls_t dtls;
    oc_hs_job_t *waiting; /* the queue was full */
    bool busy, connected, failed, gone;
    uint64_t seen;
} end_t;

static uv_loop_t loop;
static uv_timer_t timer;
static oc_crypto_worker_t *worker;
static end_t ends[ENDS];
static oc_certificate_t *certificates[2];
static unsigned refused; /* posts that found the queue full */
static bool stopping;

static int64_t now_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

static void post(end_t *end) {
    if (!end->waiting &&
        (end->busy || oc_dtls_poll_job(&end->dtls, now_us(), &end->waiting) != OC_OK))
        return;
    end->waiting->owner = end;
    if (oc_crypto_worker_post(worker, end->waiting) != OC_OK) {
        refused++;
        return;
    }
    end->waiting = NULL;
    end->busy = true;
}

static void deliver(end_t *from, const uint8_t *datagram, size_t len) {
    end_t *to = &ends[(from - ends) ^ 1];
    uint8_t plain[OC_DTLS_HELD_MAX];
    if (to->gone)
        return;
    oc_dtls_input(&to->dtls, oc_span(datagram, len), now_us());
    while (oc_dtls_poll_data(&to->dtls, plain, sizeof plain, now_us()) > 0)
        to->seen++;
}

static void pump(end_t *end) {
    uint8_t out[OC_DTLS_OUTPUT_MAX];
    oc_dtls_event_t event;
    int len;
    if (end->gone)
        return;
    oc_dtls_advance(&end->dtls, now_us());
    post(end);
    while ((len = oc_dtls_poll_output(&end->dtls, out, sizeof out, now_us())) > 0)
        deliver(end, out, (size_t)len);
    while (oc_dtls_poll_data(&end->dtls, out, sizeof out, now_us()) > 0)
        end->seen++;
    while (oc_dtls_poll_event(&end->dtls, &event) == OC_OK) {
        end->connected |= event.kind == OC_DTLS_EVENT_CONNECTED;
        end->failed |= event.kind != OC_DTLS_EVENT_CONNECTED;
    }
}

static void pump_all(void) {
    for (unsigned turn = 0; turn < 2; turn++)
        for (unsigned i = 0; i < ENDS; i++)
            pump(&ends[i]);
}

static bool all_ended(void) {
    for (unsigned i = 0; i < ENDS; i++)
        if (!ends[i].gone && !ends[i].connected && !ends[i].failed)
            return false;
    return true;
}

static void finish(void) {
    stopping = true;
    uv_close((uv_handle_t *)&timer, NULL);
    oc_crypto_worker_stop(worker, NULL, NULL);
}

static void on_done(void *context, oc_hs_job_t *job) {
    end_t *end = job->owner;
    end->busy = false;
    oc_dtls_job_done(&end->dtls, now_us());
    if (end->gone) {
        assert_true(oc_dtls_deinit(&end->dtls));
        return;
    }
    if (stopping)
        return;
    pump_all();
    if (all_ended())
        finish();
}

static void on_timer(uv_timer_t *handle) {
    pump_all();
    if (all_ended()) /* the last one failed, no job is under way */
        finish();
}

static void start(unsigned i) {
    oc_dtls_config_t config = {.client = i % 2 == 0,
                               .certificate = certificates[i % 2],
                               .peers = 1,
                               .timeout_us = HANDSHAKE_US};
    config.peer[0].hash = OC_HASH_SHA256;
    memcpy(config.peer[0].digest, oc_certificate_fingerprint(certificates[1 - i % 2]),
           OC_CERTIFICATE_FINGERPRINT);
    assert_int_equal(oc_dtls_start(&ends[i].dtls, &config, now_us()), OC_OK);
}

/* The client of a pair goes while its first job is posted. */
static void leave(unsigned i) {
    assert_true(ends[i].busy);
    assert_false(oc_dtls_deinit(&ends[i].dtls));
    ends[i].gone = ends[i + 1].gone = true;
    assert_true(oc_dtls_deinit(&ends[i + 1].dtls)); /* which has no job yet */
}

static void many_handshakes_at_once(void **state) {
    oc_crypto_worker_config_t config = {.loop = &loop, .done = on_done};
    assert_int_equal(uv_loop_init(&loop), 0);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(oc_certificate_make(&certificates[i]), OC_OK);
    for (unsigned i = 0; i < ENDS; i++)
        start(i);
    assert_int_equal(oc_crypto_worker_start(&worker, &config), OC_OK);
    assert_int_equal(uv_timer_init(&loop, &timer), 0);
    assert_int_equal(uv_timer_start(&timer, on_timer, 10, 10), 0);
    for (unsigned i = 0; i < ENDS; i++)
        post(&ends[i]);
    assert_true(refused > 0); /* 24 clients, 16 places */
    leave(0);
    leave(4);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    unsigned connected = 0;
    for (unsigned i = 0; i < ENDS; i++) {
        connected += ends[i].connected;
        assert_false(ends[i].failed);
        if (!ends[i].gone)
            assert_true(oc_dtls_deinit(&ends[i].dtls));
    }
    assert_int_equal(connected, ENDS - 4);
    for (unsigned i = 0; i < 2; i++)
        oc_certificate_destroy(certificates[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_handshakes_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
