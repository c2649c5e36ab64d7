/* Stacks that drop a packet for a parameter that they do not know, against RFC 9260 section 3.2.1
 * (Pion before its SCTP 1.8.9): what INIT and INIT ACK say to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "oc_sctp_impl.h"
#include "sctp_rig.h"

#define RTT_US 40000

static rig_t rig;
static oc_sctp_config_t config[2];
static uint8_t unknown;    /* options that end 1 does not know */
static bool begins;        /* end 1 sends INITs of its own */
static uint8_t notified;   /* options that end 0 has said in an INIT ACK */
static unsigned refused;   /* packets dropped for what is in them */
static unsigned init_seen; /* INITs of end 0 */

static void begin(void) {
    for (unsigned i = 0; i < 2; i++) {
        config[i] = oc_sctp_camera_config(NULL);
        config[i].rtt_us = RTT_US;
    }
    config[1].zero_checksum = !(unknown & OC_SCTP_OPTION_ZERO_CHECKSUM);
    refused = init_seen = notified = 0;
    sctp_rig_init_ends(&rig, &config[0], &config[1], 128, 7);
}

/* The options in an INIT or INIT ACK; 0 of all others. */
static uint8_t options_in(const uint8_t *packet, size_t len) {
    oc_rd_t r = oc_rd(oc_span(packet + OC_SCTP_HEADER_LEN, len - OC_SCTP_HEADER_LEN));
    oc_sctp_chunk_t chunk;
    oc_sctp_init_chunk_t init;
    if (oc_sctp_chunk_next(&r, &chunk) != OC_OK ||
        (chunk.type != OC_SCTP_INIT && chunk.type != OC_SCTP_INIT_ACK) ||
        oc_sctp_setup_parse(&chunk, &init) != OC_OK)
        return 0;
    return init.options;
}

static bool strict(rig_t *r, unsigned from, const uint8_t *packet, size_t len) {
    uint8_t type = packet[OC_SCTP_HEADER_LEN], options = options_in(packet, len);
    (void)r;
    init_seen += from == 0 && type == OC_SCTP_INIT;
    if (from == 0 && type == OC_SCTP_INIT_ACK)
        notified |= options;
    if (from == 1) /* it says nothing that it does not know */
        return type == OC_SCTP_INIT && (!begins || options & unknown);
    refused += (options & unknown) != 0;
    return options & unknown;
}

static void up_within(int64_t us) {
    rig.drop = strict;
    sctp_rig_connect(&rig);
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 20, 10, 5000, false), OC_OK);
    assert_int_equal(sctp_rig_open(&rig, 1, 2, 20, 10, 5000, false), OC_OK);
    sctp_rig_run(&rig, 10000000);
    assert_true(rig.end[0].up && rig.end[1].up);
    assert_int_equal(rig.end[1].stream[1].received, 20);
    assert_int_equal(rig.end[0].stream[2].received, 20);
    for (unsigned i = 0; i < 2; i++)
        assert_in_range(rig.end[i].up_us, 1, us);
    sctp_rig_end(&rig);
}

/* It only answers: our INITs leave out one thing after the other. */
static void an_init_that_is_not_answered_says_less(void **state) {
    static const struct {
        uint8_t unknown;
        int64_t last_us; /* the INIT that it takes */
    } cases[] = {
        {0, 0},
        {OC_SCTP_OPTION_ZERO_CHECKSUM, 100000},
        {OC_SCTP_OPTION_EXTENSIONS, 700000},
        {OC_SCTP_OPTION_FORWARD_TSN, 1500000},
        {OC_SCTP_OPTIONS_ALL, 1500000},
    };
    (void)state;
    begins = false;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unknown = cases[i].unknown;
        begin();
        up_within(cases[i].last_us + 2 * RTT_US);
        assert_true(unknown == 0 || refused > 0);
    }
}

/* It begins, as all that we know do: our answer says what its INIT has said, and nobody waits. */
static void an_init_ack_says_what_the_init_said(void **state) {
    (void)state;
    begins = true;
    unknown = OC_SCTP_OPTION_ZERO_CHECKSUM;
    begin();
    up_within(2 * RTT_US);
    assert_int_equal(notified, OC_SCTP_OPTION_FORWARD_TSN | OC_SCTP_OPTION_EXTENSIONS);
    assert_true(refused > 0);
    assert_int_equal(init_seen, 1);
    unknown = 0;
    begin();
    up_within(2 * RTT_US);
    assert_int_equal(notified, OC_SCTP_OPTIONS_ALL);
}

static const uint8_t *ack_of;
static size_t ack_len;
static bool keep_ack(rig_t *r, unsigned from, const uint8_t *packet, size_t len) {
    static uint8_t copy[1500];
    (void)r;
    if (from == 0 && packet[OC_SCTP_HEADER_LEN] == OC_SCTP_INIT_ACK) {
        memcpy(copy, packet, len);
        ack_of = copy;
        ack_len = len;
    }
    return false;
}

/* Every set of options, from the bytes of an INIT to those of its INIT ACK. */
static void each_set_of_options(void **state) {
    (void)state;
    for (unsigned set = 0; set <= OC_SCTP_OPTIONS_ALL; set++) {
        oc_sctp_setup_t setup = {.tag = 77,
                                 .a_rwnd = 30000,
                                 .tsn = 5,
                                 .out_streams = 10,
                                 .in_streams = 10,
                                 .forward_tsn = true,
                                 .reconfig = true,
                                 .zero_checksum = true};
        uint8_t packet[256] = {0};
        unknown = 0;
        begin();
        ack_of = NULL;
        rig.drop = keep_ack;
        oc_sctp_put16(packet, OC_SCTP_PORT);
        oc_sctp_put16(packet + 2, OC_SCTP_PORT);
        size_t len = oc_sctp_setup_write(packet + OC_SCTP_HEADER_LEN, 200, OC_SCTP_INIT, &setup,
                                         (uint8_t)set, oc_span(NULL, 0), NULL, 0);
        sctp_rig_inject(&rig, 1, packet, OC_SCTP_HEADER_LEN + len);
        sctp_rig_run(&rig, 1000000);
        assert_non_null(ack_of);
        assert_int_equal(options_in(ack_of, ack_len), set);
        sctp_rig_end(&rig);
    }
}

/* What an association may use is what both ends have named. */
static void what_was_left_out_is_not_used(void **state) {
    (void)state;
    begins = false;
    unknown = OC_SCTP_OPTIONS_ALL;
    begin();
    rig.drop = strict;
    sctp_rig_connect(&rig);
    sctp_rig_run(&rig, 5000000);
    assert_true(rig.end[0].up && rig.end[1].up);
    for (unsigned i = 0; i < 2; i++) {
        assert_false(rig.end[i].sctp->assoc.peer.forward_tsn);
        assert_false(rig.end[i].sctp->assoc.peer.reconfig);
    }
    assert_int_equal(sctp_rig_open(&rig, 0, 1, 5, 10, 500, true), OC_ERR_NOTSUP);
    sctp_rig_end(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_init_that_is_not_answered_says_less),
        cmocka_unit_test(an_init_ack_says_what_the_init_said),
        cmocka_unit_test(each_set_of_options),
        cmocka_unit_test(what_was_left_out_is_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
