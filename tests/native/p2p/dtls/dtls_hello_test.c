/* A browser's ClientHello, put together from fragments in every order, and against forged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chromium_hello.h"
#include "oc_dtls_hello.h"
#include "oc_err.h"

static uint8_t datagrams[2][1500];
static oc_dtls_view_t fragment[2];
static oc_dtls_hello_t hello;
static uint8_t message[CHROMIUM_HELLO_LEN];

static int set_up(void **state) {
    for (unsigned i = 0; i < 2; i++) {
        oc_span_t rest = oc_span(datagrams[i], chromium_hello(i, datagrams[i]));
        assert_true(oc_dtls_split_next(&rest, &fragment[i]));
        assert_int_equal(rest.len, 0);
    }
    memcpy(message, fragment[0].body.data + 12, CHROMIUM_HELLO_FIRST);
    memcpy(message + CHROMIUM_HELLO_FIRST, fragment[1].body.data + 12,
           CHROMIUM_HELLO_LEN - CHROMIUM_HELLO_FIRST);
    memset(&hello, 0, sizeof hello);
    return 0;
}

static void assert_whole(oc_span_t record, uint64_t seq) {
    oc_dtls_view_t view;
    assert_true(oc_dtls_split_next(&record, &view));
    assert_int_equal(record.len, 0);
    assert_int_equal(view.type, OC_DTLS_HANDSHAKE);
    assert_int_equal(view.version, OC_DTLS_VERSION_1_0);
    assert_int_equal(view.epoch, 0);
    assert_int_equal(view.seq, seq);
    static const uint8_t header[12] = {1, 0, 0x05, 0x85, 0, 0, 0, 0, 0, 0, 0x05, 0x85};
    assert_int_equal(view.body.len, 12 + CHROMIUM_HELLO_LEN);
    assert_memory_equal(view.body.data, header, 12);
    assert_memory_equal(view.body.data + 12, message, CHROMIUM_HELLO_LEN);
}

static void fragments_make_the_message(void **state) {
    oc_span_t out;
    set_up(state);
    assert_true(oc_dtls_split_plausible(&fragment[0], true));
    assert_true(oc_dtls_hello_is(&fragment[1]));
    assert_int_equal(oc_dtls_hello_input(&hello, &fragment[0], &out), OC_AGAIN);
    assert_int_equal(oc_dtls_hello_input(&hello, &fragment[0], &out), OC_AGAIN);
    assert_int_equal(oc_dtls_hello_input(&hello, &fragment[1], &out), OC_OK);
    assert_whole(out, 1);
    assert_int_equal(oc_dtls_hello_input(&hello, &fragment[1], &out), OC_AGAIN); /* said once */
}

static void the_order_does_not_matter(void **state) {
    oc_span_t out;
    assert_int_equal(oc_dtls_hello_input(&hello, &fragment[1], &out), OC_AGAIN);
    assert_int_equal(oc_dtls_hello_input(&hello, &fragment[0], &out), OC_OK);
    assert_whole(out, 1); /* the highest number */
}

/* A record with one fragment of the message, changed as said. */
static oc_dtls_view_t piece(uint8_t *room, uint32_t offset, uint32_t len, uint32_t whole,
                            uint16_t seq) {
    oc_dtls_view_t view;
    oc_wr_t wr = oc_wr(room, OC_DTLS_HEADER + 12 + len);
    oc_wr_u8(&wr, OC_DTLS_HANDSHAKE);
    oc_wr_u16(&wr, OC_DTLS_VERSION_1_0);
    oc_wr_u16(&wr, 0);
    oc_wr_be(&wr, offset, 6);
    oc_wr_u16(&wr, 12 + len);
    oc_wr_u8(&wr, OC_DTLS_CLIENT_HELLO);
    oc_wr_u24(&wr, whole);
    oc_wr_u16(&wr, seq);
    oc_wr_u24(&wr, offset);
    oc_wr_u24(&wr, len);
    if (offset + len <= CHROMIUM_HELLO_LEN)
        oc_wr_bytes(&wr, message + offset, len);
    else
        oc_wr_zero(&wr, len);
    oc_span_t rest = oc_span(room, oc_wr_len(&wr));
    assert_true(oc_dtls_split_next(&rest, &view));
    return view;
}

static void overlapping_pieces_of_any_size(void **state) {
    for (uint32_t size = 1; size < 400; size += 37) {
        uint8_t room[600];
        oc_span_t out;
        int result = OC_AGAIN;
        memset(&hello, 0, sizeof hello);
        for (uint32_t at = CHROMIUM_HELLO_LEN;
             at > 0;) { /* from the end, each over the one before */
            at = at > size ? at - size : 0;
            uint32_t len =
                size + 20 < CHROMIUM_HELLO_LEN - at ? size + 20 : CHROMIUM_HELLO_LEN - at;
            oc_dtls_view_t view = piece(room, at, len, CHROMIUM_HELLO_LEN, 0);
            assert_int_equal(result, OC_AGAIN);
            result = oc_dtls_hello_input(&hello, &view, &out);
        }
        assert_int_equal(result, OC_OK);
        oc_dtls_view_t view;
        assert_true(oc_dtls_split_next(&out, &view));
        assert_memory_equal(view.body.data + 12, message, CHROMIUM_HELLO_LEN);
    }
}

static void forged_fragments_are_dropped(void **state) {
    uint8_t room[600];
    oc_span_t out;
    assert_int_equal(oc_dtls_hello_input(&hello, &fragment[0], &out), OC_AGAIN);
    oc_dtls_view_t forged = piece(room, 1100, 313, CHROMIUM_HELLO_LEN, 0);
    room[OC_DTLS_HEADER + 12] ^= 1; /* one byte of what is there already differs */
    assert_int_equal(oc_dtls_hello_input(&hello, &forged, &out), OC_AGAIN);
    forged = piece(room, 1175, 239, CHROMIUM_HELLO_LEN + 1, 0); /* another length */
    assert_int_equal(oc_dtls_hello_input(&hello, &forged, &out), OC_AGAIN);
    forged = piece(room, 1175, 238, CHROMIUM_HELLO_LEN, 1); /* another message */
    assert_int_equal(oc_dtls_hello_input(&hello, &forged, &out), OC_AGAIN);
    assert_int_equal(hello.present, CHROMIUM_HELLO_FIRST);
    assert_int_equal(oc_dtls_hello_input(&hello, &fragment[1], &out), OC_OK);
    assert_whole(out, 1);
}

static void implausible_messages_are_seen(void **state) {
    uint8_t room[600];
    oc_dtls_view_t view = piece(room, 0, 100, OC_DTLS_MESSAGE_MAX, 0);
    oc_span_t out;
    assert_true(oc_dtls_split_plausible(&view, true));
    assert_false(oc_dtls_split_plausible(&view, false)); /* a server says no ClientHello */
    view = piece(room, 0, 100, OC_DTLS_MESSAGE_MAX + 1, 0);
    assert_false(oc_dtls_split_plausible(&view, true));
    assert_int_equal(oc_dtls_hello_input(&hello, &view, &out), OC_AGAIN);
    assert_false(hello.begun);
    view = piece(room, 50, 100, 149, 0); /* ends behind its message */
    assert_false(oc_dtls_split_plausible(&view, true));
    view = piece(room, 0, 100, 200, 0);
    room[OC_DTLS_HEADER + 11] = 101; /* ends behind its record */
    assert_false(oc_dtls_split_plausible(&view, true));
    static const uint8_t unknown[] = {0, 4, 5, 6, 20, 22, 24, 254};
    for (unsigned i = 0; i < sizeof unknown; i++) {
        view = piece(room, 0, 100, 200, 0);
        room[OC_DTLS_HEADER] = unknown[i];
        assert_false(oc_dtls_split_plausible(&view, true));
        assert_false(oc_dtls_split_plausible(&view, false));
    }
}

static void records_are_cut(void **state) {
    static const uint8_t datagram[] = {
        20, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 7, 0, 1, 1,     /* fine */
        24, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 1,     /* heartbeat */
        22, 0xFE, 0xFC, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 1,     /* DTLS 1.3 */
        23, 0xFE, 0xFF, 0, 1, 0, 0, 0, 0, 0, 8, 0, 1, 1,     /* 1.0 in epoch 1 */
        23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 0,        /* empty */
        21, 0xFE, 0xFD, 0, 1, 1, 2, 3, 4, 5, 6, 0, 2, 2, 40, /* fine */
        22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 8, 0, 3, 1, 2,  /* cut off */
    };
    oc_span_t rest = oc_span(datagram, sizeof datagram);
    oc_dtls_view_t view;
    assert_true(oc_dtls_split_next(&rest, &view));
    assert_int_equal(view.type, OC_DTLS_CHANGE_CIPHER_SPEC);
    assert_int_equal(view.seq, 7);
    assert_true(oc_dtls_split_next(&rest, &view));
    assert_int_equal(view.type, OC_DTLS_ALERT);
    assert_int_equal(view.epoch, 1);
    assert_true(view.seq == UINT64_C(0x010203040506));
    assert_int_equal(oc_dtls_split_alert(&view), 40);
    assert_false(oc_dtls_split_next(&rest, &view));
    assert_int_equal(rest.len, 0);
    for (size_t cut = 0; cut < 14; cut++) {
        rest = oc_span(datagram, cut);
        assert_false(oc_dtls_split_next(&rest, &view));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_make_the_message),
        cmocka_unit_test_setup(the_order_does_not_matter, set_up),
        cmocka_unit_test_setup(overlapping_pieces_of_any_size, set_up),
        cmocka_unit_test_setup(forged_fragments_are_dropped, set_up),
        cmocka_unit_test_setup(implausible_messages_are_seen, set_up),
        cmocka_unit_test(records_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
