/* The push socket's messages: round trips in pieces of every size, limits, hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_push_write.h"

static oc_track_t track(void) {
    oc_track_t t = {.codec = OC_CODEC_H265,
                    .timescale = 90000,
                    .width = 3840,
                    .height = 2160,
                    .in_band = true,
                    .config_len = OC_TRACK_CONFIG_MAX};
    memset(t.config, 0x5A, sizeof t.config);
    return t;
}

/* HELLO, TRACK, a PACKET, an empty PACKET, BYE. */
static size_t stream(uint8_t *out, size_t size, uint32_t payload) {
    oc_track_t t = track();
    oc_packet_t p = {.len_bytes = payload, .dts = -5, .cts = -7, .duration = 3003, .key = true};
    size_t n = (size_t)oc_push_wire_hello("front-door", out, size);
    n += (size_t)oc_push_wire_track(0, &t, out + n, size - n);
    n += (size_t)oc_push_wire_packet(&p, out + n, size - n);
    for (uint32_t i = 0; i < payload; i++)
        out[n++] = (uint8_t)i;
    p = (oc_packet_t){.track = 1, .dts = INT64_MAX};
    n += (size_t)oc_push_wire_packet(&p, out + n, size - n);
    n += (size_t)oc_push_wire_bye(out + n, size - n);
    return n;
}

static void test_round_trip_in_any_pieces(void **state) {
    static uint8_t bytes[4000];
    size_t len = stream(bytes, sizeof bytes, 1000);
    for (size_t piece = 1; piece <= len; piece += piece < 40 ? 1 : 97) {
        oc_push_wire_t w;
        uint32_t seen = 0, payload = 0, ends = 0;
        oc_push_wire_init(&w);
        for (size_t at = 0; at < len; at += piece) {
            oc_span_t in = oc_span(bytes + at, at + piece < len ? piece : len - at);
            oc_push_wire_event_t ev;
            int rc;
            while ((rc = oc_push_wire_input(&w, &in, &ev)) == OC_OK) {
                seen |= 1u << ev.kind;
                switch (ev.kind) {
                case OC_PUSH_WIRE_ON_HELLO:
                    assert_int_equal(ev.version, OC_PUSH_WIRE_VERSION);
                    assert_string_equal(ev.name, "front-door");
                    break;
                case OC_PUSH_WIRE_ON_TRACK: {
                    oc_track_t t = track();
                    assert_int_equal(ev.index, 0);
                    assert_int_equal(ev.track->codec, t.codec);
                    assert_int_equal(ev.track->height, 2160);
                    assert_true(ev.track->in_band);
                    assert_memory_equal(ev.track->config, t.config, sizeof t.config);
                    break;
                }
                case OC_PUSH_WIRE_ON_PACKET:
                    if (ev.packet.track == 0) {
                        assert_int_equal(ev.packet.len_bytes, 1000);
                        assert_int_equal(ev.packet.dts, -5);
                        assert_int_equal(ev.packet.cts, -7);
                        assert_int_equal(ev.packet.duration, 3003);
                        assert_true(ev.packet.key);
                    } else {
                        assert_int_equal(ev.packet.len_bytes, 0);
                        assert_int_equal(ev.packet.dts, INT64_MAX);
                        assert_false(ev.packet.key);
                    }
                    break;
                case OC_PUSH_WIRE_ON_DATA:
                    for (size_t i = 0; i < ev.data.len; i++)
                        assert_int_equal(ev.data.data[i], (uint8_t)payload++);
                    break;
                case OC_PUSH_WIRE_ON_END:
                    ends++;
                    break;
                case OC_PUSH_WIRE_ON_BYE:
                    break;
                }
            }
            assert_int_equal(rc, OC_AGAIN);
            assert_int_equal(in.len, 0);
        }
        assert_int_equal(seen, 0x3F);
        assert_int_equal(payload, 1000);
        assert_int_equal(ends, 2);
    }
}

/* The first error of a message after a good HELLO; "" = none. */
static const char *error_of(const void *message, size_t len, bool greeted) {
    static oc_push_wire_t w;
    uint8_t hello[64];
    oc_push_wire_event_t ev;
    oc_span_t in = oc_span(hello, (size_t)oc_push_wire_hello("a", hello, sizeof hello));
    oc_push_wire_init(&w);
    if (greeted)
        assert_int_equal(oc_push_wire_input(&w, &in, &ev), OC_OK);
    in = oc_span(message, len);
    for (int rc = OC_OK; rc == OC_OK;)
        rc = oc_push_wire_input(&w, &in, &ev);
    if (w.failed) /* stays so */
        assert_int_equal(oc_push_wire_input(&w, &in, &ev), OC_ERR_FORMAT);
    return w.failed ? w.why : "";
}
#define ERROR_OF(greeted, ...)                                                                     \
    error_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), greeted)

static void test_violations(void **state) {
    static uint8_t big[1024];
    oc_track_t t = track();
    int n;
    assert_string_equal(ERROR_OF(true, 0, 0, 0, 0, 4), "message of length 0");
    assert_string_equal(ERROR_OF(true, 0, 0, 0, 1, 4), "");
    assert_string_equal(ERROR_OF(false, 0, 0, 0, 1, 4), "the first message must be HELLO");
    assert_string_equal(ERROR_OF(true, 0, 0, 0, 9, 1), "a second HELLO");
    assert_string_equal(ERROR_OF(true, 0, 0, 0, 1, 5), "unknown message type");
    assert_string_equal(ERROR_OF(true, 0, 0, 0, 2, 4), "invalid message length");
    assert_string_equal(ERROR_OF(true, 0xFF, 0xFF, 0xFF, 0xFF, 3), "invalid message length");
    assert_string_equal(ERROR_OF(true, 0, 0, 0, 18, 3), "invalid message length");
    assert_string_equal(
        ERROR_OF(true, 0, 0, 0, 19, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        "PACKET with a bad track or flags");
    assert_string_equal(ERROR_OF(false, 0, 0, 0, 9, 1, 'O', 'C', 'P', 'X', 0, 1, 1, 'a'),
                        "HELLO without the letters OCPU");
    assert_string_equal(ERROR_OF(false, 0, 0, 0, 9, 1, 'O', 'C', 'P', 'U', 0, 1, 2, 'a'),
                        "HELLO with a bad name");
    assert_string_equal(ERROR_OF(false, 0, 0, 0, 9, 1, 'O', 'C', 'P', 'U', 0, 1, 1, 0),
                        "HELLO with a bad name");
    n = oc_push_wire_track(2, &t, big, sizeof big);
    assert_string_equal(error_of(big, (size_t)n, true), "TRACK with a bad value");
    t.codec = OC_CODEC_NONE;
    n = oc_push_wire_track(0, &t, big, sizeof big);
    assert_string_equal(error_of(big, (size_t)n, true), "TRACK with a bad value");
    t.codec = OC_CODEC_AAC, t.timescale = 0;
    n = oc_push_wire_track(0, &t, big, sizeof big);
    assert_string_equal(error_of(big, (size_t)n, true), "TRACK with a bad value");
    assert_int_equal(oc_push_wire_track(0, &t, big, 20), OC_ERR_NOMEM);
}

static void test_hostile_bytes(void **state) {
    static uint8_t bytes[4000], copy[4000];
    size_t len = stream(bytes, sizeof bytes, 300);
    uint32_t x = 99;
    for (int round = 0; round < 20000; round++) {
        oc_push_wire_t w;
        oc_push_wire_event_t ev;
        oc_span_t in;
        uint32_t events = 0;
        memcpy(copy, bytes, len);
        for (int i = 0; i < 3; i++) {
            x ^= x << 13, x ^= x >> 17, x ^= x << 5;
            copy[x % len] = (uint8_t)(x >> 24);
        }
        oc_push_wire_init(&w);
        in = oc_span(copy, x % len);
        while (oc_push_wire_input(&w, &in, &ev) == OC_OK)
            assert_true(++events < 2 * len); /* every event uses bytes, or ends a packet */
        assert_true(w.have <= OC_PUSH_WIRE_HEAD);
    }
}

static void test_replies(void **state) {
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX];
    char text[400];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_int_equal(oc_push_wire_reply(OC_PUSH_WIRE_WELCOME, 1, 0x400000, "", out, sizeof out),
                     11);
    assert_memory_equal(out, "\0\0\0\7\x81\0\1\0\x40\0\0", 11);
    assert_int_equal(oc_push_wire_reply(OC_PUSH_WIRE_KEY, 0, 0, "", out, sizeof out), 5);
    assert_memory_equal(out, "\0\0\0\1\x83", 5);
    assert_int_equal(oc_push_wire_reply(OC_PUSH_WIRE_BITRATE, 0, 1000, "", out, sizeof out), 9);
    assert_memory_equal(out, "\0\0\0\5\x84\0\0\3\xE8", 9);
    assert_int_equal(
        oc_push_wire_reply(OC_PUSH_WIRE_REFUSED, 0, (uint32_t)-7, text, out, sizeof out),
        OC_PUSH_WIRE_REPLY_MAX);
    assert_memory_equal(out + 5, "\xFF\xFF\xFF\xF9xxx", 7);
    assert_int_equal(oc_push_wire_reply(OC_PUSH_WIRE_KEY, 0, 0, "", out, 4), OC_ERR_NOMEM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_in_any_pieces),
        cmocka_unit_test(test_violations),
        cmocka_unit_test(test_hostile_bytes),
        cmocka_unit_test(test_replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
