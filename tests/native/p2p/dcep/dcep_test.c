/* The messages that open channels: a captured one, every channel type, and what is refused. */
#include "cmocka_first.h"

#include "oc_dcep.h"
#include "oc_err.h"

/* Chromium: createDataChannel("chat", {ordered: false, maxRetransmits: 3, protocol: "p"}). */
static const uint8_t chromium[] = {0x03, 0x81, 0x01, 0x00, 0,   0,   0,   3,  0,
                                   4,    0,    1,    'c',  'h', 'a', 't', 'p'};

static void test_captured(void **state) {
    oc_dcep_open_t open;
    assert_int_equal(oc_dcep_parse(oc_span(chromium, sizeof chromium), &open), OC_DCEP_OPEN);
    assert_false(open.ordered);
    assert_int_equal(open.reliability, OC_DCEP_RETRANSMITS);
    assert_int_equal(open.limit, 3);
    assert_int_equal(open.priority, 256);
    assert_int_equal(open.label.len, 4);
    assert_memory_equal(open.label.data, "chat", 4);
    assert_int_equal(open.protocol.len, 1);
    assert_memory_equal(open.protocol.data, "p", 1);
    assert_int_equal(oc_dcep_parse(oc_span("\x02", 1), &open), OC_DCEP_ACK);
}

static void test_round_trip(void **state) {
    uint8_t out[OC_DCEP_OPEN_MAX];
    static char label[OC_DCEP_LABEL_MAX + 1], protocol[OC_DCEP_PROTOCOL_MAX + 1];
    for (unsigned i = 0; i < 24; i++) {
        oc_dcep_open_t a = {.ordered = i & 1,
                            .reliability = (oc_dcep_reliability_t)(i / 2 % 3),
                            .limit = i / 2 % 3 ? UINT32_MAX - i : 0,
                            .priority = (uint16_t)(i * 100),
                            .label = oc_span(label, i < 12 ? 0 : OC_DCEP_LABEL_MAX),
                            .protocol = oc_span(protocol, i & 2 ? OC_DCEP_PROTOCOL_MAX : 0)};
        oc_dcep_open_t b;
        int len = oc_dcep_write_open(&a, out, sizeof out);
        assert_int_equal(len, OC_DCEP_HEAD_BYTES + a.label.len + a.protocol.len);
        assert_int_equal(oc_dcep_parse(oc_span(out, (size_t)len), &b), OC_DCEP_OPEN);
        assert_true(a.ordered == b.ordered && a.reliability == b.reliability &&
                    a.limit == b.limit && a.priority == b.priority && a.label.len == b.label.len &&
                    a.protocol.len == b.protocol.len);
        assert_int_equal(oc_dcep_write_open(&a, out, (size_t)len - 1), OC_ERR_NOMEM);
    }
    oc_dcep_open_t big = {.label = oc_span(label, sizeof label)};
    assert_int_equal(oc_dcep_write_open(&big, out, sizeof out), OC_ERR_TOO_BIG);
    big = (oc_dcep_open_t){.protocol = oc_span(protocol, sizeof protocol)};
    assert_int_equal(oc_dcep_write_open(&big, out, sizeof out), OC_ERR_TOO_BIG);
    assert_int_equal(oc_dcep_write_ack(out, 1), 1);
    assert_int_equal(out[0], 2);
    assert_int_equal(oc_dcep_write_ack(out, 0), OC_ERR_NOMEM);
}

/* A limit that a reliable channel must not have is not passed on. */
static void test_reliable_has_no_limit(void **state) {
    uint8_t message[] = {3, 0x80, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0};
    oc_dcep_open_t open;
    assert_int_equal(oc_dcep_parse(oc_span(message, sizeof message), &open), OC_DCEP_OPEN);
    assert_int_equal(open.limit, 0);
    assert_false(open.ordered);
}

static void test_refused(void **state) {
    uint8_t message[sizeof chromium + 1];
    oc_dcep_open_t open;
    memcpy(message, chromium, sizeof chromium);
    message[sizeof chromium] = 0;
    for (size_t len = 0; len <= sizeof message; len++)
        if (len != sizeof chromium)
            assert_int_equal(oc_dcep_parse(oc_span(message, len), &open), OC_ERR_FORMAT);
    message[1] = 0x03;
    assert_int_equal(oc_dcep_parse(oc_span(message, sizeof chromium), &open), OC_ERR_NOTSUP);
    message[1] = 0x40;
    assert_int_equal(oc_dcep_parse(oc_span(message, sizeof chromium), &open), OC_ERR_NOTSUP);
    for (unsigned type = 0; type < 256; type++) {
        message[0] = (uint8_t)type;
        if (type != OC_DCEP_OPEN && type != OC_DCEP_ACK)
            assert_int_equal(oc_dcep_parse(oc_span(message, sizeof chromium), &open),
                             OC_ERR_NOTSUP);
    }
    assert_int_equal(oc_dcep_parse(oc_span("\x02\x00", 2), &open), OC_ERR_FORMAT);
    static uint8_t big[OC_DCEP_HEAD_BYTES + 65535];
    big[0] = OC_DCEP_OPEN;
    big[8] = (OC_DCEP_LABEL_MAX + 1) >> 8;
    big[9] = (OC_DCEP_LABEL_MAX + 1) & 255;
    assert_int_equal(oc_dcep_parse(oc_span(big, OC_DCEP_HEAD_BYTES + OC_DCEP_LABEL_MAX + 1), &open),
                     OC_ERR_TOO_BIG);
    big[8] = big[9] = 0;
    big[10] = (OC_DCEP_PROTOCOL_MAX + 1) >> 8;
    big[11] = (OC_DCEP_PROTOCOL_MAX + 1) & 255;
    assert_int_equal(
        oc_dcep_parse(oc_span(big, OC_DCEP_HEAD_BYTES + OC_DCEP_PROTOCOL_MAX + 1), &open),
        OC_ERR_TOO_BIG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captured),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_reliable_has_no_limit),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("dcep", tests, NULL, NULL);
}
