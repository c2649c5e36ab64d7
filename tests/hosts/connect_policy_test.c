/* Where an input may lead: its own host anywhere, everything else never inside (ADR 21). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "oc_connect_policy.h"

static void test_own(void **state) {
    static const struct {
        oc_plugin_kind_t kind;
        const char *target, *host;
        uint16_t port;
    } cases[] = {
        {OC_PLUGIN_HTTP, "http://cam/x.ts", "cam", 80},
        {OC_PLUGIN_HTTP, "https://Cam.local:8443?x=1", "Cam.local", 8443},
        {OC_PLUGIN_HTTP, "https://me:p%40ss@10.0.0.7/x", "10.0.0.7", 443},
        {OC_PLUGIN_RTSP, "rtsp://me:a@b@10.0.0.7:8554/cam", "10.0.0.7", 8554},
        {OC_PLUGIN_RTSP, "rtsp://cam", "cam", 554},
        {OC_PLUGIN_RTSP, "rtsps://[fe80::1]/a", "fe80::1", 322},
        {OC_PLUGIN_RTSP, "rtsp://[::1]:99/a", "::1", 99},
        {OC_PLUGIN_PUSH, "rtmp://live.example.org", "live.example.org", 1935},
        {OC_PLUGIN_PUSH, "rtmps://u:p@h/live/k", "h", 443},
        {OC_PLUGIN_PUSH, "srt://[fe80::1]:9000", "fe80::1", 9000},
        {OC_PLUGIN_RTMP, "rtmp://me:p@cdn/app/key", "cdn", 1935},
        {OC_PLUGIN_RTMP, "rtmps://cdn/app/key", "cdn", 443},
        {OC_PLUGIN_RTMP, "rtmp://cdn:19350/app/key", "cdn", 19350},
        {OC_PLUGIN_FILE, "http://cam/x.mkv", "", 0},
        {OC_PLUGIN_HTTP, "nonsense", "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        oc_connect_own_t own;
        oc_connect_own(cases[i].kind, cases[i].target, &own);
        assert_string_equal(own.host, cases[i].host);
        assert_int_equal(own.port, cases[i].port);
    }
    char endless[600] = "http://";
    memset(endless + 7, 'a', sizeof endless - 8);
    oc_connect_own_t own;
    oc_connect_own(OC_PLUGIN_HTTP, endless, &own);
    assert_string_equal(own.host, "");
}

static struct sockaddr_storage parse(const char *text) {
    struct sockaddr_storage out = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
        out.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
        out.ss_family = AF_INET6;
    return out;
}

static void test_inside(void **state) {
    static const char *const inside[] = {
        "127.0.0.1",       "127.9.9.9", "0.0.0.0", "0.1.2.3",          "224.0.0.1",
        "255.255.255.255", "::1",       "::",      "::ffff:127.0.0.1", "::127.0.0.1",
        "::ffff:0.0.0.0",  "ff02::1"};
    static const char *const outside[] = {"10.0.0.7", "128.0.0.1",   "192.168.1.2",
                                          "fe80::1",  "2001:db8::1", "::ffff:10.0.0.7"};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        struct sockaddr_storage a = parse(inside[i]);
        assert_int_not_equal(a.ss_family, 0);
        assert_true(oc_connect_is_inside((struct sockaddr *)&a));
    }
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        struct sockaddr_storage a = parse(outside[i]);
        assert_false(oc_connect_is_inside((struct sockaddr *)&a));
    }
    struct sockaddr_storage other = {.ss_family = AF_UNIX};
    assert_true(oc_connect_is_inside((struct sockaddr *)&other));
}

static void test_allowed(void **state) {
    struct sockaddr_storage loop = parse("127.0.0.1"), far = parse("10.0.0.7");
    const struct sockaddr *in = (struct sockaddr *)&loop, *out = (struct sockaddr *)&far;
    oc_connect_own_t own, none;
    oc_connect_own(OC_PLUGIN_HTTP, "http://localhost:8080/x", &own);
    oc_connect_own(OC_PLUGIN_FILE, "/x.mkv", &none);
    assert_true(oc_connect_allowed(&own, "localhost", 8080, false, in, true));
    assert_true(oc_connect_allowed(&own, "LOCALHOST", 8080, false, in, false));
    assert_false(oc_connect_allowed(&own, "localhost", 8081, false, in, false));
    assert_false(oc_connect_allowed(&own, "127.0.0.1", 8080, false, in, false));
    assert_true(oc_connect_allowed(&own, "elsewhere", 80, false, out, false));
    assert_false(oc_connect_allowed(&own, "elsewhere", 80, false, out, true));
    assert_false(oc_connect_allowed(&own, "elsewhere", 80, false, in, false));
    assert_true(oc_connect_allowed(&own, "localhost", 5000, true, in, false));
    assert_false(oc_connect_allowed(&own, "elsewhere", 5000, true, out, false));
    assert_false(oc_connect_allowed(&none, "elsewhere", 80, false, out, false));
    oc_connect_own(OC_PLUGIN_PUSH, "srt://localhost:9000", &own);
    assert_true(oc_connect_allowed(&own, "localhost", 9000, true, in, true));
    assert_false(oc_connect_allowed(&own, "localhost", 9001, true, in, false));
    assert_false(oc_connect_allowed(&own, "localhost", 9001, false, in, false));
    assert_false(oc_connect_allowed(&own, "elsewhere", 9000, false, out, false));
    assert_false(oc_connect_allowed(&own, "elsewhere", 9000, true, out, false));
    assert_false(oc_connect_allowed(&none, "", 0, false, out, false));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
