/* Which TSNs have arrived, against a plain list of them; and when a SACK leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_sctp_recv.h"
#include "oc_seq.h"

#define SPAN  256
#define MODEL 4096

static uint32_t map[SPAN / 32];
static oc_sctp_recv_t recv;
static uint64_t random_state;

static uint32_t random_below(uint32_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 24) % n;
}

static void start(uint32_t first_tsn) {
    oc_sctp_recv_init(&recv, map, SPAN);
    oc_sctp_recv_start(&recv, first_tsn, 32768);
}

/* Reads the SACK that would leave. */
static void read_sack(oc_sctp_gap_t *gaps, oc_sctp_sack_t *sack, uint32_t room) {
    static oc_sctp_packet_t packet;
    oc_sctp_chunk_t chunk;
    oc_sctp_header_t header;
    oc_rd_t r;
    oc_sctp_packet_begin(&packet, OC_SCTP_HEADER_LEN + room, 1, 2, 3);
    assert_true(oc_sctp_recv_write(&recv, &packet, 1000));
    assert_int_equal(packet.count, 1);
    assert_int_equal(oc_sctp_header_parse(packet.part[0], &header, &r), OC_OK);
    assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
    assert_int_equal(oc_sctp_sack_parse(&chunk, gaps, sack), OC_OK);
}

/* has[i]: TSN first + i has arrived. */
static void check(uint32_t first, const bool *has) {
    oc_sctp_gap_t gaps[OC_SCTP_GAPS_MAX];
    oc_sctp_sack_t sack;
    uint32_t cum = 0, at;
    unsigned gap = 0;
    while (has[cum])
        cum++;
    assert_true(recv.cum == first + cum - 1);
    read_sack(gaps, &sack, 1100);
    assert_true(sack.cum_tsn == recv.cum);
    for (at = cum; at < cum + SPAN && at < MODEL && gap < OC_SCTP_SACK_GAPS; at++) {
        if (!has[at])
            continue;
        assert_true(gap < sack.gap_count);
        assert_int_equal(sack.gaps[gap].start, at - cum + 1);
        while (at + 1 < MODEL && has[at + 1])
            at++;
        assert_int_equal(sack.gaps[gap].end, at - cum + 1);
        gap++;
    }
    assert_int_equal(gap, sack.gap_count);
}

static void any_order_ends_in_the_same_map(void **state) {
    (void)state;
    for (unsigned round = 0; round < 40; round++) {
        static bool has[MODEL];
        uint32_t first = round % 2 ? 0xFFFFFF00u + round : 1000 * round; /* over the wrap as well */
        uint32_t low = 0;
        random_state = 12345 + round;
        for (unsigned i = 0; i < MODEL; i++)
            has[i] = false;
        start(first);
        for (unsigned step = 0; step < 2000 && low < MODEL - 2 * SPAN; step++) {
            uint32_t at = low + random_below(random_below(3) ? 8 : SPAN + 20);
            int rc = oc_sctp_recv_check(&recv, first + at);
            if (at >= low + SPAN - 1)
                assert_int_equal(rc, OC_ERR_RANGE);
            else
                assert_int_equal(rc, has[at] ? OC_AGAIN : OC_OK);
            if (rc == OC_OK) {
                oc_sctp_recv_mark(&recv, first + at);
                has[at] = true;
            }
            while (has[low])
                low++;
            if (random_below(50) == 0) { /* the peer gives up some */
                uint32_t upto = low + random_below(30);
                for (uint32_t i = low; i <= upto; i++)
                    has[i] = true;
                assert_true(oc_sctp_recv_forward(&recv, first + upto));
                while (has[low])
                    low++;
            }
            for (uint32_t i = 0; i < 40; i++)
                assert_int_equal(oc_sctp_recv_has(&recv, first + low + i), has[low + i]);
            if (step % 16 == 0)
                check(first, has);
        }
    }
}

static void tsns_from_nowhere_are_not_taken(void **state) {
    static const uint32_t ahead[] = {SPAN, SPAN + 1, 100000, 0x7FFFFFFF, 0x80000000};
    (void)state;
    start(100);
    for (unsigned i = 0; i < sizeof ahead / sizeof ahead[0]; i++)
        assert_int_equal(oc_sctp_recv_check(&recv, 99 + ahead[i]), OC_ERR_RANGE);
    assert_int_equal(oc_sctp_recv_check(&recv, 99 - 5), OC_AGAIN); /* long ago */
    assert_int_equal(oc_sctp_recv_check(&recv, 98 + SPAN), OC_OK);
    assert_false(oc_sctp_recv_forward(&recv, 99)); /* known */
    assert_false(oc_sctp_recv_forward(&recv, 99 + 0x80000000u));
    assert_true(oc_sctp_recv_forward(&recv, 99 + 0x7FFFFFFFu)); /* as far as a peer can jump */
    assert_int_equal(oc_sctp_recv_check(&recv, 100 + 0x7FFFFFFFu), OC_OK);
}

static void sacks_leave_when_rfc_9260_asks_for_them(void **state) {
    (void)state;
    start(1);
    assert_false(oc_sctp_recv_sack_owed(&recv));
    oc_sctp_recv_mark(&recv, 1);
    oc_sctp_recv_packet(&recv, false, 0);
    assert_true(oc_sctp_recv_sack_due(&recv, 0)); /* the first packet */
    oc_sctp_gap_t gaps[OC_SCTP_GAPS_MAX];
    oc_sctp_sack_t sack;
    read_sack(gaps, &sack, 1100);
    oc_sctp_recv_mark(&recv, 2);
    oc_sctp_recv_packet(&recv, false, 1000);
    assert_false(oc_sctp_recv_sack_due(&recv, 1000));
    assert_true(oc_sctp_recv_sack_owed(&recv));
    assert_true(oc_sctp_recv_sack_due(&recv, 1000 + OC_SCTP_SACK_DELAY_US));
    oc_sctp_recv_mark(&recv, 3);
    oc_sctp_recv_packet(&recv, false, 2000);
    assert_true(oc_sctp_recv_sack_due(&recv, 2000)); /* the second one */
    read_sack(gaps, &sack, 1100);
    assert_false(oc_sctp_recv_sack_owed(&recv));
    oc_sctp_recv_mark(&recv, 4);
    oc_sctp_recv_packet(&recv, true, 3000);
    assert_true(oc_sctp_recv_sack_due(&recv, 3000)); /* I bit */
    read_sack(gaps, &sack, 1100);
    oc_sctp_recv_mark(&recv, 6);
    oc_sctp_recv_packet(&recv, false, 4000);
    assert_true(oc_sctp_recv_sack_due(&recv, 4000)); /* a gap */
    read_sack(gaps, &sack, 1100);
    assert_int_equal(oc_sctp_recv_check(&recv, 6), OC_AGAIN);
    assert_true(oc_sctp_recv_sack_due(&recv, 4000)); /* a duplicate */
    read_sack(gaps, &sack, 1100);
    assert_int_equal(sack.duplicates, 1);
    read_sack(gaps, &sack, 1100);
    assert_int_equal(sack.duplicates, 0); /* told once */
}

static void a_sack_is_as_large_as_its_room(void **state) {
    oc_sctp_gap_t gaps[OC_SCTP_GAPS_MAX];
    oc_sctp_sack_t sack;
    (void)state;
    start(1);
    for (uint32_t tsn = 2; tsn < 1 + SPAN - 1; tsn += 2)
        oc_sctp_recv_mark(&recv, tsn);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(oc_sctp_recv_check(&recv, 2), OC_AGAIN);
    read_sack(gaps, &sack, 1100);
    assert_int_equal(sack.gap_count, OC_SCTP_SACK_GAPS);
    assert_int_equal(sack.duplicates, OC_SCTP_DUPS);
    assert_int_equal(oc_sctp_recv_check(&recv, 2), OC_AGAIN);
    read_sack(gaps, &sack, 16 + 12);
    assert_int_equal(sack.gap_count, 3);
    assert_int_equal(sack.duplicates, 0);
    oc_sctp_packet_t packet;
    oc_sctp_packet_begin(&packet, OC_SCTP_HEADER_LEN + 12, 1, 2, 3);
    assert_false(oc_sctp_recv_write(&recv, &packet, 1000));
}

static void a_window_that_opens_is_told_once_it_is_worth_it(void **state) {
    (void)state;
    start(1);
    recv.announced_rwnd = 0;
    oc_sctp_recv_window(&recv, 1200, 32768); /* silly */
    assert_false(oc_sctp_recv_sack_owed(&recv));
    oc_sctp_recv_window(&recv, 8192, 32768);
    assert_true(oc_sctp_recv_sack_owed(&recv));
    start(1);
    recv.announced_rwnd = 20000; /* never closed */
    oc_sctp_recv_window(&recv, 32768, 32768);
    assert_false(oc_sctp_recv_sack_owed(&recv));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_ends_in_the_same_map),
        cmocka_unit_test(tsns_from_nowhere_are_not_taken),
        cmocka_unit_test(sacks_leave_when_rfc_9260_asks_for_them),
        cmocka_unit_test(a_sack_is_as_large_as_its_room),
        cmocka_unit_test(a_window_that_opens_is_told_once_it_is_worth_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
