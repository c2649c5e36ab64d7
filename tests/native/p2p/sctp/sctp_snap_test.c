/* Associations whose INITs came with the descriptions (SNAP): no handshake, and peers that begin
 * one all the same, deny the association, or show no sign of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "oc_err.h"
#include "oc_sctp_impl.h"
#include "sctp_lose.h"

#define ONE_WAY_US 20000

static rig_t rig;
static oc_sctp_config_t config;

static void begin(uint64_t seed) {
    config = oc_sctp_camera_config(NULL);
    config.rtt_us = 2 * ONE_WAY_US;
    sctp_rig_init(&rig, &config, 128, seed);
    memset(seen_len, 0, sizeof seen_len);
    lose_type = 255;
    lose_count = 0;
    rig.drop = lose;
}
static int set_up(void **state) {
    (void)state;
    begin(7);
    return 0;
}
static int tear_down(void **state) {
    (void)state;
    sctp_rig_end(&rig);
    return 0;
}

/* The end gets what the other's description would say. */
static void snap_as(unsigned end, oc_sctp_setup_t other) {
    uint8_t bytes[OC_SCTP_SNAP_MAX];
    oc_sctp_init_chunk_t init;
    size_t len = oc_sctp_snap_write(&other, OC_SCTP_OPTIONS_ALL, bytes, sizeof bytes);
    assert_int_equal(oc_sctp_snap_parse(oc_span(bytes, len), &init), OC_OK);
    oc_sctp_snap(rig.end[end].sctp, &init.setup, OC_SCTP_OPTIONS_ALL);
}
static void snap(unsigned end) {
    snap_as(end, rig.end[!end].sctp->assoc.local);
}

static void open_both(void) {
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 20, 10, 3000, true), OC_OK);
    assert_int_equal(sctp_rig_open(&rig, 1, 2, 20, 10, 3000, false), OC_OK);
}
static void all_arrived(void) {
    assert_true(rig.end[0].up && rig.end[1].up);
    assert_false(rig.end[0].down || rig.end[1].down);
    assert_int_equal(rig.end[1].stream[1].received, 20);
    assert_int_equal(rig.end[0].stream[2].received, 20);
    assert_int_equal(oc_sctp_state(rig.end[0].sctp), OC_SCTP_ESTABLISHED);
    assert_int_equal(oc_sctp_state(rig.end[1].sctp), OC_SCTP_ESTABLISHED);
}

static void both_are_up_at_once_without_a_handshake(void **state) {
    oc_sctp_stats_t stats;
    (void)state;
    snap(0);
    snap(1);
    sctp_rig_connect(&rig);
    open_both();
    sctp_rig_run(&rig, ONE_WAY_US);
    assert_int_equal(rig.end[0].up_us, 0);
    assert_int_equal(rig.end[1].up_us, 0);
    assert_true(rig.end[1].stream[1].received > 0 && rig.end[0].stream[2].received > 0);
    sctp_rig_run(&rig, 1000000);
    all_arrived();
    assert_int_equal(seen_len[OC_SCTP_INIT] + seen_len[OC_SCTP_INIT_ACK] +
                         seen_len[OC_SCTP_COOKIE_ECHO] + seen_len[OC_SCTP_COOKIE_ACK],
                     0);
    oc_sctp_stats(rig.end[0].sctp, &stats);
    assert_true(stats.snap && stats.zero_checksum);
    assert_true(rig.end[0].sctp->assoc.peer.reconfig);
    assert_int_equal(oc_sctp_close(rig.end[0].sctp, 1, rig.now_us), OC_OK);
    sctp_rig_run(&rig, 2000000);
    assert_int_equal(rig.end[1].stream[1].resets_peer, 1);
}

static void an_idle_one_has_no_timer(void **state) {
    (void)state;
    snap(0);
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    assert_true(oc_sctp_next_deadline(rig.end[0].sctp, 0) == INT64_MAX);
}

static void nothing_is_lost_on_a_bad_link(void **state) {
    tear_down(state);
    for (unsigned seed = 1; seed <= 20; seed++) {
        begin(seed);
        rig.link[0].loss = rig.link[1].loss = 200;
        rig.link[0].twice = rig.link[1].twice = 50;
        rig.link[0].jitter_us = rig.link[1].jitter_us = 15000;
        snap(0);
        snap(1);
        sctp_rig_connect(&rig);
        open_both();
        sctp_rig_run(&rig, 60000000);
        all_arrived();
        tear_down(state);
    }
    begin(1);
}

/* The other end answered with its INIT and does the handshake all the same. */
static void an_init_that_comes_all_the_same_is_answered(void **state) {
    (void)state;
    snap(0);
    sctp_rig_connect(&rig);
    open_both();
    sctp_rig_run(&rig, 5000000);
    all_arrived();
    assert_true(seen_len[OC_SCTP_INIT_ACK] > 0);
    assert_int_equal(rig.end[0].up_us, 0);
    assert_int_equal(rig.end[1].up_us, 4 * ONE_WAY_US);
    assert_int_equal(rig.end[0].sctp->assoc.restarts, 0);
}

/* Also with another tag and TSN than its description has. */
static void an_init_of_another_association_is_answered(void **state) {
    oc_sctp_setup_t other = rig.end[1].sctp->assoc.local;
    (void)state;
    other.tag ^= 0x5A5A;
    other.tsn += 77777;
    snap_as(0, other);
    sctp_rig_connect(&rig);
    open_both();
    sctp_rig_run(&rig, 5000000);
    all_arrived();
}

/* A stack that has not understood the attribute that it sent. */
static void a_denied_association_is_made_by_a_handshake(void **state) {
    uint8_t packet[16] = {0x13, 0x88, 0x13, 0x88};
    (void)state;
    snap(0);
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    open_both();
    packet[12] = OC_SCTP_ABORT;
    packet[13] = OC_SCTP_FLAG_T;
    packet[15] = 4;
    oc_sctp_put32(packet + 4, rig.end[1].sctp->assoc.local.tag);
    sctp_rig_inject(&rig, 1, packet, sizeof packet);
    assert_int_equal(oc_sctp_state(rig.end[0].sctp), OC_SCTP_COOKIE_WAIT);
    sctp_rig_run(&rig, 5000000);
    all_arrived();
    packet[13] = 0; /* one that knows it ends it */
    oc_sctp_put32(packet + 4, rig.end[0].sctp->assoc.local.tag);
    sctp_rig_inject(&rig, 1, packet, sizeof packet);
    assert_true(rig.end[0].down);
}

static void an_end_that_knows_it_may_abort_it(void **state) {
    (void)state;
    snap(0);
    snap(1);
    sctp_rig_connect(&rig);
    oc_sctp_abort(rig.end[1].sctp, OC_SCTP_CAUSE_NO_RESOURCE);
    sctp_rig_run(&rig, 1000000);
    assert_true(rig.end[0].down);
    assert_int_equal(rig.end[0].cause, OC_SCTP_CAUSE_NO_RESOURCE);
}

/* It waits for an INIT and drops everything else. */
static void silence_leads_to_a_handshake(void **state) {
    (void)state;
    snap(0);
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    open_both();
    sctp_rig_run(&rig, 10000000);
    all_arrived();
    assert_in_range(rig.end[1].up_us, 1, 4000000);
}

/* An outage looks like such a peer: the handshake finds an end that is established. */
static void an_outage_at_the_start_is_survived(void **state) {
    tear_down(state);
    for (unsigned down = 1; down < 4; down++) {
        begin(down);
        rig.link[0].down = down & 1;
        rig.link[1].down = (down & 2) != 0;
        snap(0);
        snap(1);
        sctp_rig_connect(&rig);
        open_both();
        sctp_rig_run(&rig, 8000000);
        rig.link[0].down = rig.link[1].down = false;
        sctp_rig_run(&rig, 30000000);
        all_arrived();
        assert_int_equal(rig.end[0].sctp->assoc.restarts + rig.end[1].sctp->assoc.restarts, 0);
        tear_down(state);
    }
    begin(1);
}

static unsigned acks;
static bool count_acks(rig_t *r, unsigned from, const uint8_t *packet, size_t len) {
    (void)r, (void)len;
    acks += from == 0 && packet[OC_SCTP_HEADER_LEN] == OC_SCTP_INIT_ACK;
    return false;
}

static void answers_to_inits_are_bounded(void **state) {
    (void)state;
    snap(0);
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    rig.drop = count_acks;
    acks = 0;
    for (unsigned i = 0; i < 600; i++) {
        uint8_t packet[OC_SCTP_HEADER_LEN + OC_SCTP_SNAP_MAX] = {0x13, 0x88, 0x13, 0x88};
        size_t len = oc_sctp_snap_write(&rig.end[1].sctp->assoc.local, 0,
                                        packet + OC_SCTP_HEADER_LEN, OC_SCTP_SNAP_MAX);
        sctp_rig_inject(&rig, 1, packet, OC_SCTP_HEADER_LEN + len);
        sctp_rig_run(&rig, rig.now_us + 1000);
    }
    assert_int_equal(acks, OC_SCTP_SNAP_INITS);
}

/* What the description does not name is not used, as with an INIT on the wire. */
static void what_it_does_not_name_is_not_used(void **state) {
    oc_sctp_setup_t other = rig.end[1].sctp->assoc.local;
    (void)state;
    other.forward_tsn = false;
    snap_as(0, other);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 10, 500, true), OC_OK); /* not known before */
    assert_int_equal(oc_sctp_connect(rig.end[0].sctp, 0), OC_OK);
    sctp_rig_run(&rig, 1000);
    assert_true(rig.end[0].down);
    assert_int_equal(rig.end[0].reason, OC_SCTP_DOWN_NOTSUP);
}

/* Chromium 156 with WebRtcSctpSnap. */
static const uint8_t chromium[] = {0x01, 0x00, 0x00, 0x1e, 0xb5, 0x4e, 0xf0, 0x0b, 0x00, 0x50,
                                   0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0x81, 0x8a, 0x79, 0x5c,
                                   0xc0, 0x00, 0x00, 0x04, 0x80, 0x08, 0x00, 0x06, 0x82, 0xc0};

static void the_chunk_of_chromium_is_read(void **state) {
    oc_sctp_init_chunk_t init;
    uint8_t padded[sizeof chromium + 3] = {0};
    (void)state;
    assert_int_equal(oc_sctp_snap_parse(oc_span(chromium, sizeof chromium), &init), OC_OK);
    assert_int_equal(init.setup.tag, 0xb54ef00b);
    assert_int_equal(init.setup.a_rwnd, 0x500000);
    assert_int_equal(init.setup.tsn, 0x818a795c);
    assert_int_equal(init.setup.out_streams, 65535);
    assert_int_equal(init.options, OC_SCTP_OPTION_FORWARD_TSN | OC_SCTP_OPTION_EXTENSIONS);
    assert_true(init.setup.forward_tsn && init.setup.reconfig && !init.setup.zero_checksum);
    memcpy(padded, chromium, sizeof chromium);
    assert_int_equal(oc_sctp_snap_parse(oc_span(padded, sizeof chromium + 2), &init), OC_OK);
    padded[sizeof chromium] = 1;
    assert_int_equal(oc_sctp_snap_parse(oc_span(padded, sizeof chromium + 2), &init),
                     OC_ERR_FORMAT);
    padded[sizeof chromium] = 0; /* three bytes of padding are one too many here */
    assert_int_equal(oc_sctp_snap_parse(oc_span(padded, sizeof padded), &init), OC_ERR_FORMAT);
}

static void a_chunk_that_is_no_init_is_refused(void **state) {
    static const struct {
        unsigned at, len;
    } zeros[] = {{0, 1}, {2, 2}, {4, 4}, {12, 2}, {14, 2}};
    oc_sctp_init_chunk_t init;
    uint8_t bytes[2 * sizeof chromium];
    (void)state;
    for (size_t len = 0; len < sizeof chromium; len++)
        assert_true(oc_sctp_snap_parse(oc_span(chromium, len), &init) < 0);
    for (unsigned i = 0; i < 5; i++) {
        memcpy(bytes, chromium, sizeof chromium);
        memset(bytes + zeros[i].at, 0, zeros[i].len);
        assert_true(oc_sctp_snap_parse(oc_span(bytes, sizeof chromium), &init) < 0);
    }
    memcpy(bytes, chromium, sizeof chromium);
    bytes[0] = OC_SCTP_INIT_ACK;
    assert_true(oc_sctp_snap_parse(oc_span(bytes, sizeof chromium), &init) < 0);
    memcpy(bytes, chromium, sizeof chromium); /* two of them */
    memcpy(bytes + sizeof chromium, chromium, sizeof chromium);
    assert_true(oc_sctp_snap_parse(oc_span(bytes, sizeof bytes), &init) < 0);
    memcpy(bytes, chromium, sizeof chromium);
    bytes[27] = 7; /* a parameter over the end */
    assert_true(oc_sctp_snap_parse(oc_span(bytes, sizeof chromium), &init) < 0);
}

static void ours_is_whole_and_fits(void **state) {
    (void)state;
    for (unsigned set = 0; set <= OC_SCTP_OPTIONS_ALL; set++) {
        uint8_t bytes[OC_SCTP_SNAP_MAX];
        oc_sctp_init_chunk_t init;
        const oc_sctp_setup_t *local = &rig.end[0].sctp->assoc.local;
        size_t len = oc_sctp_snap_write(local, (uint8_t)set, bytes, sizeof bytes);
        assert_int_equal(oc_sctp_snap_parse(oc_span(bytes, len), &init), OC_OK);
        assert_int_equal(init.options, set);
        assert_int_equal(init.setup.tag, local->tag);
        assert_int_equal(oc_sctp_snap_write(local, (uint8_t)set, bytes, len - 1), 0);
    }
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(both_are_up_at_once_without_a_handshake),
        CASE(an_idle_one_has_no_timer),
        CASE(nothing_is_lost_on_a_bad_link),
        CASE(an_init_that_comes_all_the_same_is_answered),
        CASE(an_init_of_another_association_is_answered),
        CASE(a_denied_association_is_made_by_a_handshake),
        CASE(an_end_that_knows_it_may_abort_it),
        CASE(silence_leads_to_a_handshake),
        CASE(an_outage_at_the_start_is_survived),
        CASE(answers_to_inits_are_bounded),
        CASE(what_it_does_not_name_is_not_used),
        CASE(the_chunk_of_chromium_is_read),
        CASE(a_chunk_that_is_no_init_is_refused),
        CASE(ours_is_whole_and_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
