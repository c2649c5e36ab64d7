/* Cookies and INITs that are forged, old, repeated or of another beginning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "oc_sctp_impl.h"
#include "sctp_lose.h"

static rig_t rig;
static oc_sctp_config_t config;

static int set_up(void **state) {
    (void)state;
    config = oc_sctp_camera_config(NULL);
    config.rtt_us = 40000;
    sctp_rig_init(&rig, &config, 128, 7);
    return 0;
}
static int tear_down(void **state) {
    (void)state;
    sctp_rig_end(&rig);
    return 0;
}

static void forged_cookies_open_nothing(void **state) {
    uint8_t packet[128];
    const oc_sctp_t *sctp = rig.end[0].sctp;
    oc_sctp_stats_t stats;
    (void)state;
    lose_type = 255;
    rig.drop = lose;
    assert_int_equal(oc_sctp_connect(rig.end[1].sctp, 0), OC_OK);
    sctp_rig_run(&rig, 45000); /* the COOKIE ECHO is under way */
    assert_true(seen_len[OC_SCTP_COOKIE_ECHO] > 0);
    for (unsigned i = 0; i < OC_SCTP_COOKIE_LEN; i++) {
        memcpy(packet, seen[OC_SCTP_COOKIE_ECHO], seen_len[OC_SCTP_COOKIE_ECHO]);
        packet[OC_SCTP_HEADER_LEN + 4 + i] ^= 0x10;
        sctp_rig_inject(&rig, 1, packet, seen_len[OC_SCTP_COOKIE_ECHO]);
        assert_int_equal(oc_sctp_state(sctp), OC_SCTP_CLOSED);
    }
    memcpy(packet, seen[OC_SCTP_COOKIE_ECHO], seen_len[OC_SCTP_COOKIE_ECHO]);
    oc_sctp_put16(packet + OC_SCTP_HEADER_LEN + 2, 4 + OC_SCTP_COOKIE_LEN - 4);
    sctp_rig_inject(&rig, 1, packet, seen_len[OC_SCTP_COOKIE_ECHO] - 4);
    assert_int_equal(oc_sctp_state(sctp), OC_SCTP_CLOSED);
    oc_sctp_stats(sctp, &stats);
    assert_int_equal(stats.bad_cookies, OC_SCTP_COOKIE_LEN + 1);
    sctp_rig_up(&rig);
}

static void an_old_cookie_is_refused_and_a_new_one_fetched(void **state) {
    oc_sctp_stats_t stats;
    (void)state;
    lose_type = OC_SCTP_COOKIE_ECHO;
    lose_count = 1000;
    rig.drop = lose;
    assert_int_equal(oc_sctp_connect(rig.end[1].sctp, 0), OC_OK);
    sctp_rig_run(&rig, 65000000);
    lose_count = 0;
    rig.drops = 0;
    lose_type = 255;
    sctp_rig_up(&rig);
    oc_sctp_stats(rig.end[0].sctp, &stats);
    assert_int_equal(stats.stale_cookies, 1);
}

static void duplicates_of_the_handshake_change_nothing(void **state) {
    static const uint8_t types[] = {OC_SCTP_INIT, OC_SCTP_INIT_ACK, OC_SCTP_COOKIE_ECHO,
                                    OC_SCTP_COOKIE_ACK};
    (void)state;
    rig.drop = lose;
    lose_type = 255;
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 3, 10, 500, false), OC_OK);
    sctp_rig_run(&rig, 1000000);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 4; i++) {
            for (unsigned from = 0; from < 2; from++) {
                uint8_t packet[1500];
                memcpy(packet, seen[types[i]], seen_len[types[i]]);
                sctp_rig_inject(&rig, from, packet, seen_len[types[i]]);
            }
        }
        sctp_rig_run(&rig, rig.now_us + 1000000);
    }
    assert_int_equal(oc_sctp_state(rig.end[0].sctp), OC_SCTP_ESTABLISHED);
    assert_int_equal(oc_sctp_state(rig.end[1].sctp), OC_SCTP_ESTABLISHED);
    sctp_rig_more(&rig, 0, 1, 3);
    sctp_rig_run(&rig, rig.now_us + 1000000);
    assert_int_equal(rig.end[1].stream[1].received, 6);
}

/* Over DTLS a new association comes with a new connection. */
static void a_restart_is_refused(void **state) {
    static uint8_t other_init[128];
    oc_sctp_stats_t stats;
    (void)state;
    rig.drop = lose;
    lose_type = 255;
    sctp_rig_connect(&rig);
    sctp_rig_run(&rig, 1000000);
    memcpy(other_init, seen[OC_SCTP_INIT], seen_len[OC_SCTP_INIT]);
    other_init[OC_SCTP_HEADER_LEN + 4] ^= 0x55; /* another tag */
    sctp_rig_inject(&rig, 1, other_init, seen_len[OC_SCTP_INIT]);
    sctp_rig_run(&rig, rig.now_us + 1000000);
    oc_sctp_stats(rig.end[0].sctp, &stats);
    assert_int_equal(stats.restarts_refused, 1);
    assert_int_equal(oc_sctp_state(rig.end[0].sctp), OC_SCTP_ESTABLISHED);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 3, 10, 500, false), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 1000000);
    assert_int_equal(rig.end[1].stream[1].received, 3);
}

/* Makes end 0 answer an INIT with this tag; packet becomes the COOKIE ECHO for it. Returns its
 * length. */
static size_t other_cookie(uint8_t packet[256], uint32_t tag) {
    uint8_t ack[256];
    oc_sctp_setup_t setup = {tag, 65536, 99, 65535, 65535, true, true, false};
    oc_sctp_init_chunk_t init;
    oc_sctp_header_t header;
    oc_sctp_chunk_t chunk;
    oc_rd_t r;
    size_t len;
    memset(packet, 0, OC_SCTP_HEADER_LEN);
    oc_sctp_put16(packet, OC_SCTP_PORT);
    oc_sctp_put16(packet + 2, OC_SCTP_PORT);
    len = OC_SCTP_HEADER_LEN + oc_sctp_setup_write(packet + OC_SCTP_HEADER_LEN, 200, OC_SCTP_INIT,
                                                   &setup, OC_SCTP_OPTIONS_ALL, oc_span(NULL, 0),
                                                   NULL, 0);
    (void)oc_sctp_input(rig.end[0].sctp, oc_span(packet, len), 0); /* an INIT needs its checksum */
    assert_null(rig.end[0].sctp->assoc.init_ack);
    sctp_rig_inject(&rig, 1, packet, len);
    sctp_rig_run(&rig, 10000);
    memcpy(ack, seen[OC_SCTP_INIT_ACK], sizeof ack);
    assert_int_equal(oc_sctp_header_parse(oc_span(ack, seen_len[OC_SCTP_INIT_ACK]), &header, &r),
                     OC_OK);
    assert_int_equal(header.tag, tag);
    assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
    assert_int_equal(oc_sctp_setup_parse(&chunk, &init), OC_OK);
    oc_sctp_put32(packet + 4, init.setup.tag);
    packet[12] = OC_SCTP_COOKIE_ECHO;
    packet[13] = 0;
    oc_sctp_put16(packet + 14, (uint16_t)(4 + init.cookie.len));
    memcpy(packet + 16, init.cookie.data, init.cookie.len);
    return 16 + init.cookie.len;
}

/* A cookie that we made for another INIT, before this association was up. */
static void a_cookie_of_another_beginning_is_refused(void **state) {
    uint8_t packet[256];
    oc_sctp_stats_t stats;
    size_t len;
    (void)state;
    rig.drop = lose;
    lose_type = 255;
    len = other_cookie(packet, 0x1234);
    sctp_rig_connect(&rig);
    sctp_rig_up(&rig);
    sctp_rig_inject(&rig, 1, packet, len);
    oc_sctp_stats(rig.end[0].sctp, &stats);
    assert_int_equal(stats.restarts_refused, 1);
    assert_false(oc_sctp_assoc_pending(&rig.end[0].sctp->assoc)); /* no COOKIE ACK */
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 3, 10, 500, false), OC_OK);
    sctp_rig_run(&rig, rig.now_us + 1000000);
    assert_int_equal(rig.end[1].stream[1].received, 3);
}

/* RFC 9260 5.2.4, row B: we have echoed one cookie when another of the peer's beginnings is proven.
 */
static void the_peer_whose_cookie_comes_is_the_peer(void **state) {
    uint8_t packet[256];
    oc_sctp_data_t data = {.tsn = 99, .sid = 20, .flags = OC_SCTP_DATA_BEGIN | OC_SCTP_DATA_END};
    oc_sctp_stats_t stats;
    size_t len;
    (void)state;
    rig.drop = lose;
    lose_type = 255;
    len = other_cookie(packet, 0x1234);
    sctp_rig_connect(&rig);
    sctp_rig_run(&rig, 55000);
    assert_int_equal(oc_sctp_state(rig.end[0].sctp), OC_SCTP_COOKIE_ECHOED);
    oc_sctp_data_head(packet + len, &data, 4); /* behind it */
    memset(packet + len + OC_SCTP_DATA_HEADER, 7, 4);
    sctp_rig_inject(&rig, 1, packet, len + OC_SCTP_DATA_HEADER + 4);
    assert_true(rig.end[0].up);
    assert_int_equal(rig.end[0].sctp->assoc.peer.tag, 0x1234);
    oc_sctp_stats(rig.end[0].sctp, &stats);
    assert_int_equal(stats.messages, 1); /* its TSNs count */
}

/* An INIT ACK that cannot be used ends the attempt with a reason; one that says unknown things does
 * not. */
static void an_init_ack_is_looked_at_closely(void **state) {
    static const uint8_t odd[] = {0xC0, 0x77, 0, 5, 1};
    static uint8_t cookie[OC_SCTP_COOKIE_MAX + 4], packet[1400];
    static const struct {
        uint16_t streams;
        uint32_t cookie_len;
        uint16_t cause; /* 0: it is taken */
    } cases[] = {{65535, 0, OC_SCTP_CAUSE_MISSING_PARAM},
                 {0, 40, OC_SCTP_CAUSE_MISSING_PARAM},
                 {65535, OC_SCTP_COOKIE_MAX + 4, OC_SCTP_CAUSE_NO_RESOURCE},
                 {65535, OC_SCTP_COOKIE_MAX, 0}};
    for (unsigned i = 0; i < 4; i++) {
        oc_sctp_setup_t setup = {77, 65536, 1000, cases[i].streams, 65535, true, true, false};
        oc_span_t unknown = oc_span(odd, sizeof odd);
        size_t len;
        assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
        rig.link[0].down = true;
        sctp_rig_run(&rig, 1000);
        memset(packet, 0, OC_SCTP_HEADER_LEN);
        oc_sctp_put16(packet, OC_SCTP_PORT);
        oc_sctp_put16(packet + 2, OC_SCTP_PORT);
        oc_sctp_put32(packet + 4, rig.end[0].sctp->assoc.local.tag);
        len = oc_sctp_setup_write(packet + OC_SCTP_HEADER_LEN, sizeof packet - OC_SCTP_HEADER_LEN,
                                  OC_SCTP_INIT_ACK, &setup, OC_SCTP_OPTIONS_ALL,
                                  oc_span(cookie, cases[i].cookie_len), NULL, 0);
        memcpy(packet + OC_SCTP_HEADER_LEN + len, unknown.data, unknown.len);
        len += unknown.len;
        oc_sctp_put16(packet + OC_SCTP_HEADER_LEN + 2, (uint16_t)len);
        sctp_rig_inject(&rig, 1, packet, OC_SCTP_HEADER_LEN + len);
        assert_int_equal(rig.end[0].down, cases[i].cause != 0);
        assert_int_equal(rig.end[0].cause, cases[i].cause);
        if (!cases[i].cause) {
            assert_int_equal(oc_sctp_state(rig.end[0].sctp), OC_SCTP_COOKIE_ECHOED);
            assert_int_equal(rig.end[0].sctp->assoc.control.len, 16); /* the report waits */
            assert_int_equal(rig.end[0].pool.used, 2);
        }
        tear_down(state);
        set_up(state);
    }
}

static void a_handshake_waits_for_blocks(void **state) {
    void *taken[129];
    unsigned count = 0;
    (void)state;
    while ((taken[count] = oc_pool_take(&rig.end[1].pool)))
        count++;
    sctp_rig_connect(&rig);
    sctp_rig_run(&rig, 3000000);
    assert_false(rig.end[0].up || rig.end[1].up);
    while (count)
        oc_pool_give(&rig.end[1].pool, taken[--count]);
    sctp_rig_up(&rig);
}

/* One that goes on refusing is believed. */
static void an_attempt_that_is_always_aborted_ends(void **state) {
    uint8_t packet[16] = {0x13, 0x88, 0x13, 0x88};
    unsigned aborts = 0;
    (void)state;
    rig.link[0].down = true;
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    packet[12] = OC_SCTP_ABORT;
    packet[15] = 4;
    oc_sctp_put32(packet + 4, rig.end[0].sctp->assoc.local.tag);
    for (; aborts < 20 && !rig.end[0].down; aborts++) {
        uint64_t sent = rig.link[0].sent;
        while (rig.link[0].sent == sent)
            sctp_rig_run(&rig, rig.now_us + 50000);
        sctp_rig_inject(&rig, 1, packet, sizeof packet);
    }
    assert_int_equal(aborts, OC_SCTP_T1_PATIENCE);
    assert_int_equal(rig.end[0].reason, OC_SCTP_DOWN_ABORTED);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(forged_cookies_open_nothing),
        CASE(an_old_cookie_is_refused_and_a_new_one_fetched),
        CASE(duplicates_of_the_handshake_change_nothing),
        CASE(a_restart_is_refused),
        CASE(a_cookie_of_another_beginning_is_refused),
        CASE(the_peer_whose_cookie_comes_is_the_peer),
        CASE(an_init_ack_is_looked_at_closely),
        CASE(a_handshake_waits_for_blocks),
        CASE(an_attempt_that_is_always_aborted_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
