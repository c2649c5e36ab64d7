/* When flights go out again: by the timer, and before it when the peer shows what was lost. Built
 * twice, as dtls_test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dtls_pair.h"
#include "oc_err.h"
#include "oc_random_seeded.h"

#define SECOND 1000000

static pair_t pair;

static void clear_record(uint8_t *out, uint8_t type, uint16_t epoch, const uint8_t *body,
                         size_t len) {
    oc_wr_t wr = oc_wr(out, OC_DTLS_HEADER + len);
    oc_wr_u8(&wr, type);
    oc_wr_u16(&wr, OC_DTLS_VERSION_1_2);
    oc_wr_u16(&wr, epoch);
    oc_wr_be(&wr, 9, 6);
    oc_wr_u16(&wr, (uint32_t)len);
    oc_wr_bytes(&wr, body, len);
    assert_false(wr.bad);
}

/* Loses the server's first final flights, `at` of them, and nothing else. */
static enum pair_fate final_flights_lost(pair_t *p, unsigned from, unsigned index, oc_span_t d) {
    oc_dtls_view_t view;
    while (oc_dtls_split_next(&d, &view))
        if (from == 1 && view.epoch == 1 && view.type == OC_DTLS_HANDSHAKE && p->at > 0) {
            p->at--;
            return PAIR_DROP;
        }
    return PAIR_PASS;
}

static void silence_ends(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    int64_t from = pair.now_us;
    assert_int_equal(oc_dtls_start(&pair.end[0].dtls, &pair.end[0].config, from), OC_OK);
    dtls_pair_turn(&pair, 0);
    dtls_pair_run(&pair, from + OC_DTLS_TIMEOUT_US - 1);
    assert_int_equal(pair.end[0].failed, 0);
    /* 75 ms, doubling from the fourth on: 0, 75, 150, 225, 375, 675, 1,275, 2,475, then each 2 s */
    assert_int_equal(pair.end[0].sent, 14);
    dtls_pair_run(&pair, from + OC_DTLS_TIMEOUT_US);
    assert_int_equal(pair.end[0].failed, 1);
    assert_int_equal(pair.end[0].end.reason, OC_HS_TIMEOUT);
    assert_int_equal(pair.end[0].end.alert, -1);
    assert_int_equal(pair.end[0].sent, 15); /* an alert: a page shall not stay in `connecting` */
    dtls_pair_free(&pair);
}

/* Silence after an alert is believed sooner; the peer is told, should the alert be forged. */
static void silence_after_an_alert_ends_sooner(void **state) {
    static const uint8_t alert[2] = {2, 46};
    uint8_t record[OC_DTLS_HEADER + 2];
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    int64_t from = pair.now_us;
    clear_record(record, OC_DTLS_ALERT, 0, alert, 2);
    assert_int_equal(oc_dtls_start(&pair.end[0].dtls, &pair.end[0].config, from), OC_OK);
    dtls_pair_turn(&pair, 0);
    dtls_pair_inject(&pair, 0, oc_span(record, sizeof record));
    dtls_pair_run(&pair, from + 300000 - 1);
    assert_int_equal(pair.end[0].failed, 0);
    assert_int_equal(pair.end[0].sent, 4); /* its flight at 0, 75, 150, 225 ms */
    dtls_pair_run(&pair, from + 300000);
    assert_int_equal(pair.end[0].failed, 1);
    assert_int_equal(pair.end[0].end.reason, OC_HS_ALERT);
    assert_int_equal(pair.end[0].end.alert, 46);
    assert_int_equal(pair.end[0].sent, 5);
    dtls_pair_free(&pair);
}

static void the_timer_follows_the_round_trip(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.end[0].config.rtt_us = 400000;
    assert_int_equal(oc_dtls_start(&pair.end[0].dtls, &pair.end[0].config, pair.now_us), OC_OK);
    dtls_pair_turn(&pair, 0);
    assert_int_equal(oc_dtls_next_deadline(&pair.end[0].dtls) - pair.now_us, 1025000);
    dtls_pair_free(&pair);
}

/* Known only when the handshake runs: the next flight is repeated by it. */
static void the_timer_follows_what_is_measured(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.fate = final_flights_lost;
    pair.at = 1000;
    dtls_pair_start(&pair);
    oc_dtls_set_rtt(&pair.end[0].dtls, 0);
    oc_dtls_set_rtt(&pair.end[0].dtls, 200000);
    int64_t from = pair.now_us;
    dtls_pair_run(&pair, from + 5000);
    assert_int_equal(pair.end[0].sent, 2); /* flights 1 and 3 */
    dtls_pair_run(&pair, from + 520000);
    assert_int_equal(pair.end[0].sent, 2);
    dtls_pair_run(&pair, from + 540000);
    assert_int_equal(pair.end[0].sent, 3);
    dtls_pair_free(&pair);
}

static void a_nudge_repeats_the_first_flight(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair_end_t *client = &pair.end[0];
    assert_int_equal(oc_dtls_start(&client->dtls, &client->config, pair.now_us), OC_OK);
    dtls_pair_turn(&pair, 0);
    assert_int_equal(client->sent, 1);
    pair.queued = 0; /* the server was not there yet */
    oc_dtls_early_retransmit(&client->dtls, pair.now_us);
    dtls_pair_turn(&pair, 0);
    assert_int_equal(client->sent, 2);
    assert_int_equal(oc_dtls_start(&pair.end[1].dtls, &pair.end[1].config, pair.now_us), OC_OK);
    dtls_pair_connected(&pair, 20000);
    oc_dtls_early_retransmit(&client->dtls, pair.now_us); /* and later it changes nothing */
    dtls_pair_talks(&pair);
    dtls_pair_free(&pair);
}

/* Both on a path of 40 ms whose round trip is known. */
static int64_t begin_far(void) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.delay_us = 20000;
    pair.end[0].config.rtt_us = pair.end[1].config.rtt_us = 40000;
    return pair.now_us;
}

static enum pair_fate second_flight_lost(pair_t *p, unsigned from, unsigned index, oc_span_t d) {
    (void)p;
    (void)d;
    return from == 1 && index == 0 ? PAIR_DROP : PAIR_PASS;
}

static void a_hello_that_comes_after_the_answer_repeats_it(void **state) {
    int64_t from = begin_far();
    (void)state;
    pair.fate = second_flight_lost;
    dtls_pair_start(&pair);
    dtls_pair_run(&pair,
                  from + 30000); /* the answer left after 20 ms, and may still be on its way */
    oc_dtls_early_retransmit(&pair.end[0].dtls, pair.now_us);
    dtls_pair_run(&pair, from + 59000);
    assert_int_equal(pair.end[1].sent, 1);
    oc_dtls_early_retransmit(&pair.end[0].dtls, pair.now_us);
    dtls_pair_run(&pair, from + 80000);
    assert_int_equal(pair.end[1].sent, 2);
    dtls_pair_connected(&pair, SECOND);
    assert_in_range(pair.end[0].connected_us - from, 119000, 142000); /* the timer: 205 ms */
    dtls_pair_talks(&pair);
    dtls_pair_free(&pair);
}

static void data_without_finished_repeats_our_last_flight(void **state) {
    int64_t from = begin_far();
    (void)state;
    pair.fate = final_flights_lost;
    pair.at = 1;
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    assert_in_range(pair.end[0].connected_us - from, 119000, 121000); /* the timer: 205 ms */
    assert_int_equal(pair.end[1].dtls.stats.answers, 1);
    assert_string_equal(pair.end[0].last, "welcome"); /* and it was kept */
    dtls_pair_free(&pair);
}

/* mbedTLS takes repeated flights for too long ones and would send the next in pieces: one that
 * waited for its peer has shown nothing of the kind. */
static void a_long_wait_cuts_no_flight(void **state) {
    begin_far();
    (void)state;
    pair_end_t *client = &pair.end[0];
    assert_int_equal(oc_dtls_start(&client->dtls, &client->config, pair.now_us), OC_OK);
    dtls_pair_turn(&pair, 0);
    for (unsigned i = 0; i < 90; i++) { /* nobody is there */
        pair.queued = 0;
        dtls_pair_run(&pair, pair.now_us + 20000);
    }
    unsigned sent = client->sent;
    assert_in_range(sent, 5, 10);
    assert_int_equal(oc_dtls_start(&pair.end[1].dtls, &pair.end[1].config, pair.now_us), OC_OK);
    oc_dtls_early_retransmit(&client->dtls, pair.now_us);
    dtls_pair_turn(&pair, 0);
    dtls_pair_connected(&pair, SECOND);
    assert_int_equal(client->sent - sent, 3); /* the hello, one flight, the greeting */
    dtls_pair_free(&pair);
}

static void replayed_data_repeats_little(void **state) {
    begin_far();
    (void)state;
    pair.fate = final_flights_lost;
    pair.at = 1000;
    dtls_pair_start(&pair);
    dtls_pair_run(&pair,
                  pair.now_us + 70000); /* the server is connected, its Finished never comes */
    assert_int_equal(pair.end[1].connected, 1);
    unsigned sent = pair.end[0].sent;
    pair_datagram_t welcome = pair.queue[0];
    for (unsigned i = 0; i < 300; i++) { /* what somebody has seen, again each millisecond */
        dtls_pair_inject(&pair, 0, oc_span(welcome.bytes, welcome.len));
        dtls_pair_run(&pair, pair.now_us + 1000);
    }
    /* one in 30 ms, in two datagrams with mbedTLS, and what the timer repeats */
    assert_in_range(pair.end[0].sent - sent, 3, 2 * (300 / 30 + 3));
    dtls_pair_free(&pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_ends),
        cmocka_unit_test(silence_after_an_alert_ends_sooner),
        cmocka_unit_test(the_timer_follows_the_round_trip),
        cmocka_unit_test(the_timer_follows_what_is_measured),
        cmocka_unit_test(a_nudge_repeats_the_first_flight),
        cmocka_unit_test(a_hello_that_comes_after_the_answer_repeats_it),
        cmocka_unit_test(data_without_finished_repeats_our_last_flight),
        cmocka_unit_test(a_long_wait_cuts_no_flight),
        cmocka_unit_test(replayed_data_repeats_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
