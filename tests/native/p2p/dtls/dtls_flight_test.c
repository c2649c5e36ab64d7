/* Flights that come apart: every record a datagram of its own, in any order, twice or not at all,
 * in both roles; and no explicit nonce of AES-GCM is seen twice, whoever sealed the record. Built
 * twice, as dtls_test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dtls_pair.h"
#include "oc_random_seeded.h"

#define SECOND  1000000
#define RECORDS 8 /* of one end's handshake, and some repeated ones */
#define NONCES  4096

static pair_t pair;
static uint64_t nonce[2][NONCES];
static unsigned nonces[2];
static unsigned records[2]; /* that an end has sent in the handshake */
static bool backwards;
static enum pair_fate fate_of_one; /* of record `pair.at` of end `pair.drop` */

/* RFC 5288: with one key, two records with the same explicit nonce give the key of GHASH away. */
static void watch_nonces(unsigned from, oc_span_t datagram) {
    oc_dtls_view_t view;
    while (oc_dtls_split_next(&datagram, &view)) {
        uint64_t n = 0;
        if (view.epoch != 1)
            continue;
        assert_true(view.body.len > 8 + OC_AEAD_TAG);
        for (unsigned i = 0; i < 8; i++)
            n = n << 8 | view.body.data[i];
        for (unsigned i = 0; i < nonces[from]; i++)
            assert_true(nonce[from][i] != n);
        assert_true(nonces[from] < NONCES);
        nonce[from][nonces[from]++] = n;
    }
}

static void put(pair_t *p, unsigned from, oc_span_t record, int64_t at_us) {
    assert_true(p->queued < PAIR_QUEUE);
    pair_datagram_t *d = &p->queue[p->queued++];
    *d = (pair_datagram_t){.at_us = at_us, .from = from, .order = p->order++, .len = record.len};
    memcpy(d->bytes, record.data, record.len);
}

static enum pair_fate apart(pair_t *p, unsigned from, unsigned index, oc_span_t datagram) {
    oc_span_t rest = datagram;
    oc_dtls_view_t view;
    int64_t at_us = p->now_us + p->delay_us + (backwards ? 200 : 0);
    watch_nonces(from, datagram);
    while (oc_dtls_split_next(&rest, &view)) {
        oc_span_t record = oc_span(datagram.data, (size_t)(rest.data - datagram.data));
        bool chosen = records[from]++ == p->at && from == p->drop;
        at_us += backwards ? -10 : 10;
        if (!chosen || fate_of_one != PAIR_DROP)
            put(p, from, record, at_us + (chosen && fate_of_one == PAIR_LATE ? p->late_us : 0));
        if (chosen && fate_of_one == PAIR_TWICE)
            put(p, from, record, at_us + p->late_us);
        datagram = rest;
    }
    return PAIR_DROP; /* its records go on their own */
}

static void begin(uint64_t seed) {
    oc_random_seed(seed);
    dtls_pair_make(&pair, OC_HS_SUITES_GCM_FIRST);
    memset(nonces, 0, sizeof nonces);
    memset(records, 0, sizeof records);
    pair.fate = apart;
}

/* Each record of either end, one at a time. */
static void each_record(enum pair_fate fate, bool reversed) {
    for (unsigned from = 0; from < 2; from++) {
        for (unsigned at = 0; at < RECORDS; at++) {
            begin(7 + at);
            fate_of_one = fate;
            backwards = reversed;
            pair.drop = from;
            pair.at = at;
            dtls_pair_start(&pair);
            if (!dtls_pair_connect(&pair, pair.now_us + 3 * SECOND))
                fail_msg("end %u, record %u", from, at);
            pair.drop = 2; /* nobody's any more */
            dtls_pair_talks(&pair);
            assert_int_equal(pair.end[0].failed + pair.end[1].failed, 0);
            dtls_pair_free(&pair);
        }
    }
}

static void records_may_come_alone(void **state) {
    each_record(PAIR_PASS, false);
    assert_true(records[0] >= 3 && records[1] >= 3); /* there was something to take apart */
}

static void flights_may_come_backwards(void **state) {
    each_record(PAIR_PASS, true);
}

static void each_record_may_be_lost(void **state) {
    each_record(PAIR_DROP, false);
}

static void each_record_may_be_late(void **state) {
    each_record(PAIR_LATE, true);
}

static void each_record_may_come_twice(void **state) {
    each_record(PAIR_TWICE, true);
}

static enum pair_fate by_chance(pair_t *p, unsigned from, unsigned index, oc_span_t datagram) {
    uint8_t dice;
    watch_nonces(from, datagram);
    oc_random(&dice, 1);
    return dice < 60 ? PAIR_DROP : dice > 200 ? PAIR_LATE : PAIR_PASS;
}

/* Finished repeated, answered and repeated again, with data on top: no nonce comes again. */
static void nonces_are_used_once(void **state) {
    unsigned repeated = 0;
    for (unsigned seed = 1; seed <= 8; seed++) {
        begin(seed);
        pair.fate = by_chance;
        dtls_pair_start(&pair);
        (void)dtls_pair_connect(&pair, pair.now_us + 14 * SECOND);
        for (unsigned i = 0; i < 40; i++)
            for (unsigned from = 0; from < 2; from++)
                if (pair.end[from].dtls.state == OC_DTLS_CONNECTED)
                    dtls_pair_send(&pair, from, "more");
        dtls_pair_run(&pair, pair.now_us + SECOND);
        repeated += pair.end[1].dtls.stats.answers;
        dtls_pair_free(&pair);
    }
    assert_true(repeated > 0); /* the case that mbedTLS and our record layer share a key */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_may_come_alone),     cmocka_unit_test(flights_may_come_backwards),
        cmocka_unit_test(each_record_may_be_lost),    cmocka_unit_test(each_record_may_be_late),
        cmocka_unit_test(each_record_may_come_twice), cmocka_unit_test(nonces_are_used_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
