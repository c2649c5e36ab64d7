/* What an RTMP server says, in any pieces: its version, and the codes of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_ff_rtmp.h"

static oc_ff_rtmp_t rtmp;

/* A member "code" of AMF 0 with that value, behind the version. */
static size_t say(uint8_t *out, const char *code) {
    size_t len = strlen(code), n = 0;
    memcpy(out,
           "\x03\x00\x04"
           "code\x02\x00",
           9);
    n = 9;
    out[n++] = (uint8_t)len;
    memcpy(out + n, code, len);
    memcpy(out + n + len,
           "\x00\x0b"
           "description",
           13);
    return n + len + 13;
}

static void hear(const char *code) {
    uint8_t bytes[128];
    size_t len = say(bytes, code);
    for (size_t piece = 1; piece <= len; piece++) {
        oc_ff_rtmp_begin(&rtmp);
        for (size_t at = 0; at < len; at += piece)
            oc_ff_rtmp_look(&rtmp, bytes + at, piece < len - at ? piece : len - at);
    }
}

static void test_codes(void **state) {
    static const struct {
        const char *code;
        int refused;
    } cases[] = {
        {"NetStream.Publish.BadName", OC_ERR_EXIST},
        {"NetConnection.Connect.Rejected", OC_ERR_PASSWORD},
        {"NetConnection.Connect.InvalidApp", OC_ERR_PASSWORD},
        {"NetStream.publish.Unauthorized", OC_ERR_PASSWORD},
        {"NetStream.Publish.Denied", OC_ERR_PASSWORD},
        {"NetStream.Publish.Start", 0},
        {"NetStream.Play.Failed", 0},
        {"Rejected", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        hear(cases[i].code);
        assert_int_equal(rtmp.refused, cases[i].refused);
        assert_string_equal(rtmp.code, cases[i].refused ? cases[i].code : "");
        assert_false(rtmp.foreign);
    }
    hear("NetConnection.Connect.Success");
    assert_true(rtmp.connected && !rtmp.published);
    hear("NetStream.Publish.Start");
    assert_true(rtmp.published);
}

/* A first answer asks for a password, and the next one is content. */
static void test_accepted_later(void **state) {
    uint8_t bytes[128];
    hear("NetConnection.Connect.Rejected");
    oc_ff_rtmp_look(&rtmp, bytes, say(bytes, "NetConnection.Connect.Success"));
    assert_int_equal(rtmp.refused, 0);
    assert_string_equal(rtmp.code, "");
}

/* The head of another chunk stands inside of the code. */
static void test_cut_by_a_chunk(void **state) {
    oc_ff_rtmp_begin(&rtmp);
    oc_ff_rtmp_look(&rtmp, (const uint8_t *)"\x03\x00NetStream.Pub\xc3lish.BadName\x00", 29);
    assert_int_equal(rtmp.refused, OC_ERR_EXIST);
}

static void test_no_rtmp(void **state) {
    oc_ff_rtmp_begin(&rtmp);
    assert_false(rtmp.bytes || rtmp.foreign);
    oc_ff_rtmp_look(&rtmp, (const uint8_t *)"H", 1);
    assert_true(rtmp.foreign);
    oc_ff_rtmp_begin(&rtmp);
    static uint8_t endless[4096]; /* a word without an end */
    memset(endless, 'N', sizeof(endless));
    endless[0] = 3;
    for (int i = 0; i < 100; i++)
        oc_ff_rtmp_look(&rtmp, endless + (i > 0), sizeof(endless) - 1);
    oc_ff_rtmp_look(&rtmp, (const uint8_t *)"", 1);
    assert_int_equal(rtmp.refused, 0);
    assert_false(rtmp.foreign);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_accepted_later),
        cmocka_unit_test(test_cut_by_a_chunk),
        cmocka_unit_test(test_no_rtmp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
