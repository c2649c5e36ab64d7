/* The machine of one peer against another of ours, over a network that loses, repeats and reorders.
 * Built twice: with the handshake of the tests (dtls_test), and with mbedTLS (dtls_mbedtls_test).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dtls_pair.h"
#include "oc_err.h"
#include "oc_random_seeded.h"

#define SECOND 1000000

static pair_t pair;

static void connects_with_both_suites(void **state) {
    static const enum oc_hs_suites suites[] = {OC_HS_SUITES_GCM_FIRST, OC_HS_SUITES_CHACHA_FIRST};
    static const unsigned overhead[] = {OC_DTLS_OVERHEAD_GCM, OC_DTLS_OVERHEAD_CHACHA};
    for (unsigned i = 0; i < 2; i++) {
        dtls_pair_begin(&pair, suites[i]);
        dtls_pair_start(&pair);
        dtls_pair_connected(&pair, SECOND);
        assert_int_equal(oc_dtls_overhead(&pair.end[0].dtls), overhead[i]);
        dtls_pair_talks(&pair);
        assert_null(pair.end[0].dtls.slot); /* what only the handshake needs is gone */
        assert_null(pair.end[1].dtls.slot);
        assert_int_equal(pair.end[0].dtls.stats.dropped_forged, 0);
        dtls_pair_free(&pair);
    }
}

/* Exactly the datagram `at` of end `drop`. */
static enum pair_fate one(pair_t *p, unsigned from, unsigned index, oc_span_t datagram) {
    if (from == p->drop && index == p->at)
        return (enum pair_fate)p->chance;
    return PAIR_PASS;
}

static void each_datagram(enum pair_fate fate, bool coalesce) {
    for (unsigned from = 0; from < 2; from++) {
        for (unsigned at = 0; at < 4; at++) {
            dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
            pair.fate = one;
            pair.chance = fate;
            pair.drop = from;
            pair.at = at;
            pair.coalesce = coalesce;
            dtls_pair_start(&pair);
            bool ready = dtls_pair_connect(&pair, pair.now_us + 3 * SECOND);
            assert_int_equal(pair.end[0].connected + pair.end[1].connected, 2);
            /* a greeting is data: lost is lost, SCTP would repeat it */
            assert_true(ready || fate == PAIR_DROP);
            pair.fate = NULL;
            dtls_pair_talks(&pair);
            dtls_pair_free(&pair);
        }
    }
}

static void every_datagram_may_be_lost(void **state) {
    each_datagram(PAIR_DROP, false);
    each_datagram(PAIR_DROP, true);
}

static void every_datagram_may_come_twice(void **state) {
    each_datagram(PAIR_TWICE, false);
}

static void every_datagram_may_be_late(void **state) {
    each_datagram(PAIR_LATE, false);
}

static enum pair_fate by_chance(pair_t *p, unsigned from, unsigned index, oc_span_t datagram) {
    uint8_t dice;
    oc_random(&dice, 1);
    if (dice < p->chance)
        return PAIR_DROP;
    return dice > 240 ? PAIR_TWICE : dice > 200 ? PAIR_LATE : PAIR_PASS;
}

static void a_quarter_may_be_lost(void **state) {
    const char *many = getenv("OC_DTLS_SEEDS"); /* soak runs set it */
    unsigned seeds = many ? (unsigned)strtoul(many, NULL, 10) : 25;
    unsigned failed = 0;
    int64_t worst = 0;
    for (unsigned seed = 1; seed <= seeds; seed++) {
        dtls_pair_begin(&pair, seed % 2 ? OC_HS_SUITES_GCM_FIRST : OC_HS_SUITES_CHACHA_FIRST);
        oc_random_seed(seed);
        pair.end[0].greeting = pair.end[1].greeting = NULL;
        pair.fate = by_chance;
        pair.chance = 64;
        int64_t from = pair.now_us;
        dtls_pair_start(&pair);
        if (!dtls_pair_connect(&pair, from + 14 * SECOND)) { /* eleven times in a row: it may be */
            print_message("seed %u: not connected\n", seed);
            failed++;
            dtls_pair_free(&pair);
            continue;
        }
        if (pair.now_us - from > worst)
            worst = pair.now_us - from;
        pair.fate = NULL;
        dtls_pair_talks(&pair);
        dtls_pair_free(&pair);
    }
    assert_true(failed <= seeds / 1000);
    print_message("worst of %u with a quarter lost: %d ms\n", seeds, (int)(worst / 1000));
}

/* The server speaks as soon as it is connected; its final flight comes later than that, or in the
 * same datagram in front of it. */
static enum pair_fate final_flight_late(pair_t *p, unsigned from, unsigned index, oc_span_t d) {
    oc_dtls_view_t view;
    bool finished = false;
    while (oc_dtls_split_next(&d, &view))
        finished |= view.epoch == 1 && view.type == OC_DTLS_HANDSHAKE;
    return from == 1 && finished ? PAIR_LATE : PAIR_PASS;
}

static void data_before_finished_is_kept(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.fate = final_flight_late;
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    assert_string_equal(pair.end[0].last, "welcome");
    assert_int_equal(pair.end[0].received, 1);
    dtls_pair_free(&pair);

    dtls_pair_begin(&pair, OC_HS_SUITES_CHACHA_FIRST);
    pair.coalesce = true;
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    assert_string_equal(pair.end[0].last, "welcome");
    dtls_pair_free(&pair);
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

static void lost_final_flight_is_answered_while_data_flows(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.fate = final_flights_lost;
    pair.at = 3;
    dtls_pair_start(&pair);
    for (unsigned i = 0; i < 6; i++) { /* more than are kept */
        dtls_pair_run(&pair, pair.now_us + 2000);
        if (pair.end[1].connected)
            dtls_pair_send(&pair, 1, "early");
    }
    dtls_pair_connected(&pair, 5 * SECOND);
    assert_int_equal(pair.end[0].received, OC_DTLS_HELD_APP);
    assert_int_equal(pair.end[1].dtls.stats.answers, 3);
    dtls_pair_talks(&pair); /* the first data says that the answer has arrived */
    assert_int_equal(pair.end[1].dtls.finished_len, 0);
    dtls_pair_free(&pair);
}

static void answers_are_rate_limited(void **state) {
    uint8_t finished[64], plain[64];
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.end[0].greeting = pair.end[1].greeting = NULL;
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    pair_end_t *client = &pair.end[0];
    memset(plain, 0, sizeof plain);
    plain[0] = OC_DTLS_FINISHED;
    oc_span_t part = oc_span(plain, 24);
    for (unsigned i = 0; i < 100; i++) { /* a burst, and then one each 10 ms for half a second */
        int len = oc_dtls_record_seal(&client->dtls.record, OC_DTLS_HANDSHAKE, &part, 1, finished,
                                      sizeof finished);
        assert_true(len > 0);
        dtls_pair_inject(&pair, 1, oc_span(finished, (size_t)len));
        if (i >= 50)
            dtls_pair_run(&pair, pair.now_us + 10000);
    }
    assert_in_range(pair.end[1].dtls.stats.answers, 9, 11);
    assert_int_equal(client->connected, 1); /* dropped there without a word */
    assert_int_equal(client->failed + client->closed, 0);
    dtls_pair_talks(&pair);
    dtls_pair_free(&pair);
}

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

static uint8_t poison[4][128];
static size_t poison_len[4];

/* In front of every datagram: a forged fatal alert, a junk Finished, junk data, fragments that
 * claim 14,500 bytes or an unknown message. */
static void make_poison(void) {
    static const uint8_t alert[2] = {2, 40}, junk[64] = {1, 2, 3};
    uint8_t fragment[36] = {
        OC_DTLS_CERTIFICATE, 0, 14500 >> 8, 14500 & 0xFF, 0, 3, 0, 0, 0, 0, 0, 24};
    clear_record(poison[0], OC_DTLS_ALERT, 0, alert, 2);
    clear_record(poison[1], OC_DTLS_HANDSHAKE, 1, junk, 64);
    clear_record(poison[2], OC_DTLS_APPLICATION, 1, junk, 64);
    clear_record(poison[3], OC_DTLS_HANDSHAKE, 0, fragment, 36);
    poison_len[0] = OC_DTLS_HEADER + 2;
    poison_len[1] = poison_len[2] = OC_DTLS_HEADER + 64;
    poison_len[3] = OC_DTLS_HEADER + 36;
}

/* In the clear nobody knows whose numbers are true: a forged high one must not shut out the peer.
 */
static enum pair_fate numbered_high(pair_t *p, unsigned from, unsigned index, oc_span_t datagram) {
    uint8_t record[OC_DTLS_HEADER + 36],
        body[36] = {OC_DTLS_CERTIFICATE, 0, 0, 200, 0, 99, [11] = 24};
    clear_record(record, OC_DTLS_HANDSHAKE, 0, body, sizeof body);
    memset(record + 5, 0xFF, 6); /* the highest of all */
    if (p->end[1 - from].dtls.state == OC_DTLS_SHAKING)
        oc_dtls_input(&p->end[1 - from].dtls, oc_span(record, sizeof record), p->now_us);
    return PAIR_PASS;
}

static void forged_numbers_change_nothing(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.fate = numbered_high;
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    dtls_pair_talks(&pair);
    dtls_pair_free(&pair);
}

static enum pair_fate poisoned(pair_t *p, unsigned from, unsigned index, oc_span_t datagram) {
    for (unsigned i = 0; i < 4; i++) {
        oc_dtls_input(&p->end[1 - from].dtls, oc_span(poison[i], poison_len[i]), p->now_us);
        oc_dtls_input(&p->end[from].dtls, oc_span(poison[i], poison_len[i]), p->now_us);
    }
    return PAIR_PASS;
}

static void forgeries_change_nothing(void **state) {
    make_poison();
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.fate = poisoned;
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, 2 * SECOND);
    dtls_pair_talks(&pair);
    for (unsigned i = 0; i < 2; i++)
        assert_true(pair.end[i].dtls.stats.dropped_forged > 0);
    dtls_pair_free(&pair);
}

/* Loses each datagram of one end once, and forges an alert at that moment. */
static enum pair_fate lost_and_alerted(pair_t *p, unsigned from, unsigned index, oc_span_t bytes) {
    if (from != p->drop || index != p->at)
        return PAIR_PASS;
    dtls_pair_inject(p, 0, oc_span(poison[0], poison_len[0]));
    dtls_pair_inject(p, 1, oc_span(poison[0], poison_len[0]));
    return PAIR_DROP;
}

/* It takes a repeated flight to see that the peer is alive: there is time for that. */
static void a_forged_alert_beside_a_loss_changes_nothing(void **state) {
    make_poison();
    for (unsigned i = 0; i < 2 * 4; i++) {
        dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
        pair.delay_us = i & 4 ? 100000 : 20000;
        pair.end[0].config.rtt_us = pair.end[1].config.rtt_us = (uint32_t)pair.delay_us * 2;
        pair.end[0].greeting = pair.end[1].greeting = NULL;
        pair.fate = lost_and_alerted;
        pair.drop = i & 1;
        pair.at = i >> 1 & 1;
        dtls_pair_start(&pair);
        dtls_pair_connected(&pair, 2 * SECOND);
        dtls_pair_free(&pair);
    }
}

static void wrong_fingerprint(unsigned which) {
    unsigned other = 1 - which;
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.end[which].config.peer[0].digest[5] ^= 1;
    dtls_pair_start(&pair);
    dtls_pair_run(&pair,
                  pair.now_us + SECOND); /* the alert is believed long before patience ends */
    assert_int_equal(pair.end[which].failed, 1);
    assert_int_equal(pair.end[which].end.reason, OC_HS_FINGERPRINT);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(pair.end[i].connected, 0);
        assert_int_equal(pair.end[i].received, 0);
        assert_null(pair.end[i].dtls.record.ours); /* no key is left */
        assert_null(pair.end[i].dtls.slot);
    }
    assert_int_equal(pair.end[other].failed, 1);
    assert_int_equal(pair.end[other].end.reason, OC_HS_ALERT);
    assert_int_equal(pair.end[other].end.alert, OC_DTLS_ACCESS_DENIED);
    dtls_pair_free(&pair);
}

static void wrong_fingerprints_are_refused(void **state) {
    wrong_fingerprint(0);
    wrong_fingerprint(1);
}

static void strongest_fingerprint_counts(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    oc_dtls_config_t *config = &pair.end[0].config;
    config->peer[1] = config->peer[0]; /* another of the same hash is fine */
    config->peer[0].digest[0] ^= 1;
    config->peers = 2;
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    dtls_pair_free(&pair);
}

static void bad_configurations_are_refused(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    oc_dtls_config_t config = pair.end[0].config;
    oc_dtls_t *dtls = &pair.end[0].dtls;
    config.peers = 0;
    assert_int_equal(oc_dtls_start(dtls, &config, 0), OC_ERR_INVAL);
    config.peers = OC_HS_FINGERPRINTS + 1;
    assert_int_equal(oc_dtls_start(dtls, &config, 0), OC_ERR_INVAL);
    config = pair.end[0].config;
    config.certificate = NULL;
    assert_int_equal(oc_dtls_start(dtls, &config, 0), OC_ERR_INVAL);
    assert_int_equal(dtls->state, OC_DTLS_IDLE);
    assert_int_equal(oc_dtls_start(dtls, &pair.end[0].config, 0), OC_OK);
    assert_int_equal(oc_dtls_start(dtls, &pair.end[0].config, 0), OC_ERR_STATE);
    dtls_pair_free(&pair);
}

static void slow_peers_are_waited_for(void **state) {
    for (unsigned slow = 0; slow < 3; slow++) {
        dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
        for (unsigned i = 0; i < 2; i++)
            if (slow == i || slow == 2)
                pair.end[i].compute_us = SECOND;
        dtls_pair_start(&pair);
        dtls_pair_connected(&pair, 10 * SECOND);
        dtls_pair_talks(&pair);
        dtls_pair_free(&pair);
    }
}

static void closing_is_authenticated(void **state) {
    static const uint8_t close_notify[2] = {1, 0};
    uint8_t record[OC_DTLS_HEADER + 2];
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    clear_record(record, OC_DTLS_ALERT, 0, close_notify, 2);
    dtls_pair_inject(&pair, 0, oc_span(record, sizeof record));
    clear_record(record, OC_DTLS_ALERT, 1, close_notify, 2);
    dtls_pair_inject(&pair, 0, oc_span(record, sizeof record));
    assert_int_equal(pair.end[0].closed, 0);
    oc_dtls_close(&pair.end[1].dtls);
    oc_dtls_close(&pair.end[1].dtls);
    dtls_pair_turn(&pair, 1);
    dtls_pair_run(&pair, pair.now_us + SECOND);
    assert_int_equal(pair.end[0].closed, 1);
    assert_int_equal(pair.end[0].end.alert, OC_DTLS_CLOSE_NOTIFY);
    assert_int_equal(pair.end[1].closed, 0); /* whoever closes knows it */
    for (unsigned i = 0; i < 2; i++) {
        uint8_t out[64];
        assert_null(pair.end[i].dtls.record.ours);
        assert_int_equal(oc_dtls_seal(&pair.end[i].dtls, NULL, 0, out, sizeof out), OC_ERR_STATE);
    }
    dtls_pair_free(&pair);
}

/* The server is connected and goes, and its final flight is lost: what it says under the keys
 * counts. */
static void a_sealed_end_counts_during_the_handshake(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.end[1].greeting = NULL;
    pair.fate = final_flights_lost;
    pair.at = 1000;
    dtls_pair_start(&pair);
    dtls_pair_run(&pair, pair.now_us + 5000);
    assert_int_equal(pair.end[1].connected, 1);
    oc_dtls_close(&pair.end[1].dtls);
    dtls_pair_turn(&pair, 1);
    dtls_pair_run(&pair, pair.now_us + 5000);
    assert_int_equal(pair.end[0].failed, 1);
    assert_int_equal(pair.end[0].connected, 0);
    assert_int_equal(pair.end[0].end.reason, OC_HS_ALERT);
    assert_int_equal(pair.end[0].end.alert, OC_DTLS_CLOSE_NOTIFY);
    assert_null(pair.end[0].dtls.record.ours);
    dtls_pair_free(&pair);
}

static void closing_early_tells_the_peer(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.end[1].compute_us = SECOND;
    dtls_pair_start(&pair);
    dtls_pair_run(&pair, pair.now_us + SECOND / 2);
    assert_non_null(pair.end[1].job);
    oc_dtls_close(&pair.end[1].dtls);                /* while its job is under way */
    assert_false(oc_dtls_deinit(&pair.end[1].dtls)); /* which still needs its memory */
    dtls_pair_run(&pair, pair.now_us + 2 * SECOND);
    assert_int_equal(pair.end[0].dtls.end.alert, OC_DTLS_INTERNAL_ERROR);
    assert_null(pair.end[1].dtls.slot);
    dtls_pair_free(&pair);
}

static void replays_are_dropped(void **state) {
    uint8_t out[128];
    oc_span_t part = oc_span("once", 4);
    dtls_pair_begin(&pair, OC_HS_SUITES_CHACHA_FIRST);
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    unsigned before = pair.end[1].received;
    int len = oc_dtls_seal(&pair.end[0].dtls, &part, 1, out, sizeof out);
    for (unsigned i = 0; i < 3; i++)
        dtls_pair_inject(&pair, 1, oc_span(out, (size_t)len));
    assert_int_equal(pair.end[1].received, before + 1);
    assert_int_equal(pair.end[1].dtls.stats.dropped_replayed, 2);
    dtls_pair_free(&pair);
}

static void several_records_in_a_datagram(void **state) {
    uint8_t out[300];
    size_t used = 0;
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    unsigned before = pair.end[1].received;
    for (unsigned i = 0; i < 3; i++) {
        oc_span_t part = oc_span("abc" + i, 1);
        int len = oc_dtls_seal(&pair.end[0].dtls, &part, 1, out + used, sizeof out - used);
        assert_true(len > 0);
        used += (size_t)len;
        out[used++] = 0x55; /* ends the datagram, what was there counts */
        used--;
    }
    dtls_pair_inject(&pair, 1, oc_span(out, used + 1));
    assert_int_equal(pair.end[1].received, before + 3);
    assert_string_equal(pair.end[1].last, "c");
    dtls_pair_free(&pair);
}

static bool all_zero(const void *data, size_t len) {
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++)
        if (p[i])
            return false;
    return true;
}

static void nothing_is_left_behind(void **state) {
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST);
    dtls_pair_start(&pair);
    dtls_pair_connected(&pair, SECOND);
    dtls_pair_free(&pair);
    for (unsigned i = 0; i < 2; i++)
        assert_true(all_zero(&pair.end[i].dtls, sizeof pair.end[i].dtls));
    dtls_pair_begin(&pair, OC_HS_SUITES_GCM_FIRST); /* and in the middle of a handshake */
    dtls_pair_start(&pair);
    dtls_pair_run(&pair, pair.now_us + 600);
    dtls_pair_free(&pair);
    for (unsigned i = 0; i < 2; i++)
        assert_true(all_zero(&pair.end[i].dtls, sizeof pair.end[i].dtls));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connects_with_both_suites),
        cmocka_unit_test(every_datagram_may_be_lost),
        cmocka_unit_test(every_datagram_may_come_twice),
        cmocka_unit_test(every_datagram_may_be_late),
        cmocka_unit_test(a_quarter_may_be_lost),
        cmocka_unit_test(data_before_finished_is_kept),
        cmocka_unit_test(lost_final_flight_is_answered_while_data_flows),
        cmocka_unit_test(answers_are_rate_limited),
        cmocka_unit_test(forged_numbers_change_nothing),
        cmocka_unit_test(forgeries_change_nothing),
        cmocka_unit_test(a_forged_alert_beside_a_loss_changes_nothing),
        cmocka_unit_test(wrong_fingerprints_are_refused),
        cmocka_unit_test(strongest_fingerprint_counts),
        cmocka_unit_test(bad_configurations_are_refused),
        cmocka_unit_test(slow_peers_are_waited_for),
        cmocka_unit_test(closing_is_authenticated),
        cmocka_unit_test(a_sealed_end_counts_during_the_handshake),
        cmocka_unit_test(closing_early_tells_the_peer),
        cmocka_unit_test(replays_are_dropped),
        cmocka_unit_test(several_records_in_a_datagram),
        cmocka_unit_test(nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
