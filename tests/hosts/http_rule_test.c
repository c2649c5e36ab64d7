/* oc_http_rule: hosts, origins, ranges and routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_http_rule.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void test_hosts(void **state) {
    static const char *const good[] = {"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080",
                                       "127.9.8.7", "[::1]",        "[::1]:1",   "localhost:"};
    static const char *const bad[] = {"",
                                      "evil.example",
                                      "127.0.0.1.evil.example",
                                      "128.0.0.1",
                                      "::1",
                                      "[::2]",
                                      "[localhost",
                                      "localhost:80a",
                                      "localhost:123456",
                                      "[127.0.0.1]",
                                      "localhost@evil",
                                      "0.0.0.0",
                                      "127.1",
                                      " localhost",
                                      "localhost evil"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(oc_http_rule_host(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(oc_http_rule_host(bad[i]));
}

static void test_listening_addresses(void **state) {
    assert_true(oc_http_rule_loopback("localhost"));
    assert_true(oc_http_rule_loopback("127.0.0.1"));
    assert_true(oc_http_rule_loopback("::1"));
    assert_false(oc_http_rule_loopback("0.0.0.0"));
    assert_false(oc_http_rule_loopback("::"));
    assert_false(oc_http_rule_loopback("192.168.1.1"));
    assert_false(oc_http_rule_loopback("lo"));
    assert_false(oc_http_rule_loopback(""));
}

static void test_origins(void **state) {
    assert_true(oc_http_rule_origin(""));
    assert_true(oc_http_rule_origin("http://localhost:8080"));
    assert_false(oc_http_rule_origin("null"));
    assert_false(oc_http_rule_origin("https://evil.example"));
    assert_false(oc_http_rule_origin("http://localhost.evil.example"));
}

static void test_media_types(void **state) {
    static const char json[] = "application/json";
    assert_true(oc_http_rule_media_type("application/json", json));
    assert_true(oc_http_rule_media_type("Application/JSON; charset=utf-8", json));
    assert_true(oc_http_rule_media_type("application/json ;a=b", json));
    assert_false(oc_http_rule_media_type("", json));
    assert_false(oc_http_rule_media_type("application/jsonp", json));
    assert_false(oc_http_rule_media_type("application", json));
    assert_false(oc_http_rule_media_type("text/plain; application/json", json));
}

static void test_gzip(void **state) {
    static const char *const taken[] = {
        "gzip",       "GZip",           "deflate, gzip, br",
        "gzip;q=0.5", "gzip; q=1",      "identity;q=0, gzip;q=0.001",
        "*",          "br;q=0,*;q=0.1", "x-gzip",
        " ,, gzip ",  "br;q=0 , gzip"};
    static const char *const left[] = {
        "",      "br",  "gzip;q=0", "gzip;Q=0.000", "gzip ; q=0", "identity", "*;q=0",
        "gzipp", "gzi", ",",        "*, gzip;q=0",  "br;gzip",    "q=1"};
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        assert_true(oc_http_rule_coding(taken[i], "gzip"));
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        assert_false(oc_http_rule_coding(left[i], "gzip"));
    assert_true(oc_http_rule_coding("gzip, deflate, br, zstd", "br"));
    assert_true(oc_http_rule_coding("gzip;q=0, BR;q=0.5", "br"));
    assert_false(oc_http_rule_coding("gzip, br;q=0", "br"));
    assert_false(oc_http_rule_coding("gzip", "br"));
    assert_false(oc_http_rule_coding("*", "br")); /* gzip is enough for whoever names none */
}

static void expect_range(const char *text, uint64_t size, int result, uint64_t first,
                         uint64_t len) {
    uint64_t got_first = 0, got_len = 0;
    assert_int_equal(oc_http_rule_range(text, size, &got_first, &got_len), result);
    if (result == OC_OK) {
        assert_int_equal(got_first, first);
        assert_int_equal(got_len, len);
    }
}

static void test_ranges(void **state) {
    expect_range("bytes=0-99", 1000, OC_OK, 0, 100);
    expect_range("bytes=999-999", 1000, OC_OK, 999, 1);
    expect_range("bytes=500-", 1000, OC_OK, 500, 500);
    expect_range("bytes=500-99999", 1000, OC_OK, 500, 500);
    expect_range("bytes=-100", 1000, OC_OK, 900, 100);
    expect_range("bytes=-5000", 1000, OC_OK, 0, 1000);
    expect_range("BYTES=0-0", 1000, OC_OK, 0, 1);
    expect_range("bytes=1000-", 1000, OC_ERR_RANGE, 0, 0);
    expect_range("bytes=-0", 1000, OC_ERR_RANGE, 0, 0);
    expect_range("bytes=0-", 0, OC_ERR_RANGE, 0, 0);
    expect_range("bytes=-1", 0, OC_ERR_RANGE, 0, 0);
    expect_range("bytes=5-2", 1000, OC_AGAIN, 0, 0);
    expect_range("bytes=0-1,5-6", 1000, OC_AGAIN, 0, 0);
    expect_range("bytes=", 1000, OC_AGAIN, 0, 0);
    expect_range("bytes=-", 1000, OC_AGAIN, 0, 0);
    expect_range("bytes=a-b", 1000, OC_AGAIN, 0, 0);
    expect_range("bytes=0-1x", 1000, OC_AGAIN, 0, 0);
    expect_range("bytes=--1", 1000, OC_AGAIN, 0, 0);
    expect_range("items=0-1", 1000, OC_AGAIN, 0, 0);
    expect_range("bytes=99999999999999999999-", 1000, OC_AGAIN, 0, 0);
    expect_range("bytes=9007199254740993-9007199254740994", UINT64_C(1) << 60, OC_OK,
                 UINT64_C(9007199254740993), 2);
}

static void test_arguments(void **state) {
    char out[8] = "-";
    assert_true(oc_http_rule_argument("at=1&to=22", "at", out, sizeof(out)));
    assert_string_equal(out, "1");
    assert_true(oc_http_rule_argument("at=1&to=22", "to", out, sizeof(out)));
    assert_string_equal(out, "22");
    assert_true(oc_http_rule_argument("at=", "at", out, sizeof(out)));
    assert_string_equal(out, "");
    assert_false(oc_http_rule_argument("", "at", out, sizeof(out)));
    assert_false(oc_http_rule_argument("at", "at", out, sizeof(out)));
    assert_false(oc_http_rule_argument("bat=1&ate=2", "at", out, sizeof(out)));
    assert_true(oc_http_rule_argument("at=1234567", "at", out, sizeof(out)));
    assert_false(oc_http_rule_argument("at=12345678", "at", out, sizeof(out)));
}

static void test_types(void **state) {
    assert_string_equal(oc_http_rule_type("index.html"), "text/html; charset=utf-8");
    assert_string_equal(oc_http_rule_type("a.mp4"), "video/mp4");
    assert_string_equal(oc_http_rule_type("html"), "application/octet-stream");
}

/* A request line that an encoded line end has cut leaves a piece, or nothing. */
static void test_version(void **state) {
    static const char *const bad[] = {"",          "HTTP/0.9", "HTTP/2.0",   "HTTP/1.1 ",
                                      "http/1.1",  "HTTP/1.2", "x HTTP/1.1", "HTTP/1.1, HTTP/1.1",
                                      "HTTP/1.10", "1.1"};
    assert_true(oc_http_rule_version("HTTP/1.1"));
    assert_true(oc_http_rule_version("HTTP/1.0"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(oc_http_rule_version(bad[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_listening_addresses),
        cmocka_unit_test(test_media_types),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
