/* Addresses that streams are pushed to: what FFmpeg's protocols are told of them, what is refused,
 * and that none of their secrets is in a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_push_target.h"

#define PIN "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static oc_push_target_t target;
static char why[160];

static int parse(const char *url, const char *pin) {
    why[0] = '\0';
    return oc_push_target_parse(url, pin, &target, why, sizeof(why));
}

static void test_rtmp(void **state) {
    static const struct {
        const char *url, *base, *app, *name;
    } cases[] = {
        {"rtmp://h/live/cam", "rtmp://h", "live", "cam"},
        {"RTMP://u:p@h:1936/live/one/cam", "rtmp://u:p@h:1936", "live/one", "cam"},
        {"rtmps://[::1]:443/a/b/c/k?token=x/y&t=1", "rtmps://[::1]:443", "a/b/c",
         "k?token=x/y&t=1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(parse(cases[i].url, ""), OC_OK);
        assert_string_equal(target.url, cases[i].base);
        assert_string_equal(target.app, cases[i].app);
        assert_string_equal(target.name, cases[i].name);
        assert_false(target.srt || target.pinned);
        assert_int_equal(target.tls, cases[i].url[4] == 's');
    }
    assert_int_equal(parse("rtmps://h/live/cam", PIN), OC_OK);
    assert_true(target.pinned);
    assert_int_equal(target.pin[1], 0x11);
    assert_int_equal(target.pin[31], 0xFF);
}

static void test_srt(void **state) {
    assert_int_equal(parse("srt://h:9000", ""), OC_OK);
    assert_string_equal(target.url, "srt://h:9000");
    assert_int_equal(target.latency_ms + target.key_bytes, 0);
    assert_int_equal(parse("srt://h:9000/?streamid=%23!::r=live/a,m=publish&passphrase=a%26b%25+"
                           "cdefgh&pbkeylen=24&latency=350&mode=caller",
                           ""),
                     OC_OK);
    assert_true(target.srt);
    assert_string_equal(target.stream_id, "#!::r=live/a,m=publish");
    assert_string_equal(target.passphrase, "a&b%+cdefgh");
    assert_int_equal(target.latency_ms, 350);
    assert_int_equal(target.key_bytes, 24);
}

static void test_refused(void **state) {
    static const struct {
        const char *url, *pin;
        int code;
    } cases[] = {
        {"http://h/live/cam", "", OC_ERR_NOTSUP},
        {"rtmpt://h/live/cam", "", OC_ERR_NOTSUP},
        {"", "", OC_ERR_NOTSUP},
        {"rtmp:///live/cam", "", OC_ERR_FORMAT},
        {"rtmp://h/live", "", OC_ERR_FORMAT},
        {"rtmp://h/live/", "", OC_ERR_FORMAT},
        {"rtmp://h/live/?token=s3cret", "", OC_ERR_FORMAT},
        {"rtmp://h/li ve/s3cret", "", OC_ERR_FORMAT},
        {"rtmp://h/live/s3cret\r\n", "", OC_ERR_FORMAT},
        {"rtmp://h/live/s3cret", PIN, OC_ERR_FORMAT},
        {"rtmps://h/live/s3cret", "1234", OC_ERR_FORMAT},
        {"srt://h:9/path?streamid=s3cret", "", OC_ERR_FORMAT},
        {"srt://h:9?passphrase=s3cret", "", OC_ERR_FORMAT}, /* shorter than libsrt takes */
        {"srt://h:9?passphrase=s3cret%00s3cret", "", OC_ERR_FORMAT},
        {"srt://h:9?mode=listener", "", OC_ERR_FORMAT},
        {"srt://h:9?latency=-1", "", OC_ERR_FORMAT},
        {"srt://h:9?latency=60001", "", OC_ERR_FORMAT},
        {"srt://h:9?pbkeylen=17", "", OC_ERR_FORMAT},
        {"srt://h:9?s3cret", "", OC_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(parse(cases[i].url, cases[i].pin), cases[i].code);
        assert_true(why[0] != '\0');
        assert_null(strstr(why, "s3cret"));
    }
}

/* The longest that fit, and one byte more. */
static void test_lengths(void **state) {
    char url[1200], text[700];
    for (int more = 0; more < 2; more++) {
        memset(text, 'a', sizeof(text));
        text[OC_PUSH_APP_MAX - 1 + more] = '\0';
        snprintf(url, sizeof(url), "rtmp://h/%s/k", text);
        assert_int_equal(parse(url, ""), more ? OC_ERR_FORMAT : OC_OK);
        memset(text, 'a', sizeof(text));
        text[OC_PUSH_NAME_MAX - 1 + more] = '\0';
        snprintf(url, sizeof(url), "rtmp://h/live/%s", text);
        assert_int_equal(parse(url, ""), more ? OC_ERR_FORMAT : OC_OK);
        memset(text, 'a', sizeof(text));
        text[OC_PUSH_PASSPHRASE_MAX - 1 + more] = '\0';
        snprintf(url, sizeof(url), "srt://h:9?passphrase=%s", text);
        assert_int_equal(parse(url, ""), more ? OC_ERR_FORMAT : OC_OK);
        memset(text, 'a', sizeof(text));
        text[OC_PUSH_STREAM_ID_MAX - 1 + more] = '\0';
        snprintf(url, sizeof(url), "srt://h:9?streamid=%s", text);
        assert_int_equal(parse(url, ""), more ? OC_ERR_FORMAT : OC_OK);
    }
}

static const char *hidden(const char *line) {
    static char out[160];
    snprintf(out, sizeof(out), "%s", line);
    oc_push_target_hide(&target, out);
    return out;
}

static void test_hidden(void **state) {
    assert_int_equal(parse("rtmp://user1:passw@h/live/streamkey?token=tok3n&t=1", ""), OC_OK);
    assert_string_equal(hidden("no streamkey?token=tok3n&t=1 here"), "no *** here");
    assert_string_equal(hidden("streamkey, tok3ntok3n: user1 with passw"),
                        "***, ******: *** with ***");
    assert_string_equal(hidden("live at h, t of 1\n\x1b[1m"), "live at h, t of 1??[1m");
    assert_int_equal(parse("srt://h:9?streamid=publish:cam&passphrase=verysecretwords", ""), OC_OK);
    assert_string_equal(hidden("publish:cam: verysecretwords verysecret"), "***: *** verysecret");
    assert_int_equal(parse("rtmp://h/live/abc", ""), OC_OK);
    assert_string_equal(hidden("abcdef is no secret"), "abcdef is no secret");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rtmp),    cmocka_unit_test(test_srt),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
