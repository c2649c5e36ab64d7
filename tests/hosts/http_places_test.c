/* oc_http_places: strangers against known browsers for places, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oc_http_places.h"

#define S 1000000ll

static oc_http_peer_t rows[OC_HTTP_PLACES];

static oc_access_peer_t address(unsigned number) {
    uint8_t bytes[4] = {10, 0, (uint8_t)(number >> 8), (uint8_t)number};
    return oc_access_rate_peer(bytes, 4);
}

static int reset(void **state) {
    memset(rows, 0, sizeof(rows));
    return 0;
}

/* A connection of an address (0: of an open listener); NULL: refused. Who leaves is gone. */
static oc_http_peer_t *come(unsigned number, bool known, int64_t now) {
    oc_access_peer_t peer = address(number);
    oc_http_peer_t *leaver;
    if (!oc_http_places_admit(rows, number ? &peer : NULL, known, now, &leaver))
        return NULL;
    if (leaver)
        leaver->used = false;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++) {
        if (rows[i].used)
            continue;
        rows[i] =
            (oc_http_peer_t){.used = true, .counted = number != 0, .begun_us = now, .peer = peer};
        return &rows[i];
    }
    return NULL;
}

static unsigned there(unsigned number) {
    oc_access_peer_t peer = address(number);
    unsigned count = 0;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++)
        count += rows[i].used && rows[i].counted && memcmp(&rows[i].peer, &peer, sizeof(peer)) == 0;
    return count;
}

static unsigned sweep(int64_t now) {
    oc_http_peer_t *overdue[OC_HTTP_PLACES];
    unsigned count = oc_http_places_overdue(rows, now, overdue);
    for (unsigned i = 0; i < count; i++)
        overdue[i]->used = false;
    return count;
}

static void test_one_address_has_its_share(void **state) {
    for (unsigned i = 0; i < OC_HTTP_PEER; i++)
        assert_non_null(come(1, false, 0));
    assert_null(come(1, false, S - 1)); /* those are shaking hands */
    assert_non_null(come(2, false, S - 1));
    assert_non_null(come(1, false, S)); /* one silent one leaves for it */
    assert_int_equal(there(1), OC_HTTP_PEER);
}

static void test_silent_ones_leave_sooner_under_pressure(void **state) {
    for (unsigned i = 0; i < 10; i++)
        come(1, false, 0);
    assert_int_equal(sweep(15 * S - 1), 0);
    assert_int_equal(sweep(15 * S), 10);
    for (unsigned i = 0; i < OC_HTTP_PEER * 3 / 4; i++) /* of one address */
        come(1, false, 20 * S);
    oc_http_places_requested(&rows[0], 21 * S);
    come(2, false, 20 * S);
    assert_int_equal(sweep(23 * S - 1), 0);
    assert_int_equal(sweep(23 * S), OC_HTTP_PEER * 3 / 4 - 1); /* it asked; another one is 2 */
    assert_int_equal(there(2), 1);
    for (unsigned i = 0; i < OC_HTTP_CONNECTIONS * 3 / 4; i++) /* of loopback */
        come(0, false, 30 * S);
    assert_int_equal(sweep(33 * S), OC_HTTP_CONNECTIONS * 3 / 4 + 1);
}

/* However many silent strangers there are, one more is let in and has the time to ask. */
static void test_a_flood_keeps_nobody_out(void **state) {
    int64_t now = 0;
    for (unsigned i = 0; i < 3000; i++) {
        (void)come(1 + i % 3, false, now);
        now += 1000;
        if (i % 100 != 99)
            continue;
        oc_http_peer_t *one = come(1000 + i, false, now);
        assert_non_null(one);
        for (unsigned n = 0; n < 80; n++) /* 80 others come while it shakes hands */
            (void)come(1 + n % 3, false, now + n * 1000);
        assert_true(one->used && !one->leaving);
        oc_http_places_requested(one, now + 80000);
        one->known = true;
        one->used = false;
    }
}

static void test_known_ones_find_places(void **state) {
    int64_t now = 10 * S;
    unsigned count = 0;
    for (unsigned i = 0; i < 300; i++) { /* strangers who ask, and stay */
        oc_http_peer_t *row = come(1 + i, false, now);
        if (row)
            oc_http_places_requested(row, now);
        count += row != NULL;
    }
    assert_int_equal(count, OC_HTTP_STRANGERS);
    assert_true(oc_http_places_pressed(rows));
    assert_null(come(1000, false, now));
    for (unsigned i = 0; i < OC_HTTP_CONNECTIONS - OC_HTTP_STRANGERS; i++) {
        oc_http_peer_t *row = come(1000, true, now);
        assert_non_null(row);
        oc_http_places_requested(row, now);
        row->known = true;
    }
    assert_null(come(1000, true, now));
    rows[0].streams = rows[1].streams = 1; /* of HTTP/2 that wait for nothing leave, if strange */
    rows[1].sending = 1;
    assert_int_equal(sweep(now + 3 * S), 1);
    assert_false(rows[0].used);
}

static void test_a_link_has_its_share(void **state) {
    unsigned known = 0;
    for (unsigned i = 0; i < 40; i++) {
        oc_http_peer_t *row = come(1 + i, false, 0);
        oc_http_places_requested(row, 0);
        oc_http_places_link(rows, row, 7);
        known += row->known;
    }
    assert_int_equal(known, OC_HTTP_OF_LINK);
    oc_http_peer_t *other = come(100, false, 0);
    oc_http_places_link(rows, other, 8);
    assert_true(other->known);
}

static void test_bytes_without_a_request(void **state) {
    oc_http_peer_t row = {.used = true};
    assert_false(oc_http_places_received(&row, OC_HTTP_UNASKED_BYTES));
    oc_http_places_requested(&row, 0);
    assert_false(oc_http_places_received(&row, OC_HTTP_UNASKED_BYTES));
    oc_http_places_sent(&row, 400);
    assert_false(oc_http_places_received(&row, 100));
    assert_true(oc_http_places_received(&row, 1));
    assert_true(oc_http_places_received(&row, UINT32_MAX));
    oc_http_places_sent(&row, UINT32_MAX);
    oc_http_places_sent(&row, UINT32_MAX);
    assert_true(oc_http_places_received(&row, UINT32_MAX));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_address_has_its_share, reset),
        cmocka_unit_test_setup(test_silent_ones_leave_sooner_under_pressure, reset),
        cmocka_unit_test_setup(test_a_flood_keeps_nobody_out, reset),
        cmocka_unit_test_setup(test_known_ones_find_places, reset),
        cmocka_unit_test_setup(test_a_link_has_its_share, reset),
        cmocka_unit_test_setup(test_bytes_without_a_request, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
