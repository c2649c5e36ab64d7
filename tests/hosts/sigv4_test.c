/* The examples that Amazon publishes for S3, with the results that it publishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_sigv4.h"

#define AT_S  INT64_C(1369353600) /* 2013-05-24T00:00:00Z */
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* of no bytes */

static const oc_sigv4_keys_t keys = {.id = "AKIAIOSFODNN7EXAMPLE",
                                     .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};

static void expect(const oc_sigv4_request_t *request, const char *signature) {
    oc_sigv4_signed_t out;
    assert_int_equal(oc_sigv4_sign(request, &keys, "us-east-1", AT_S, &out), OC_OK);
    assert_string_equal(out.stamp, "20130524T000000Z");
    const char *found = strstr(out.authorization, "Signature=");
    assert_non_null(found);
    assert_string_equal(found + 10, signature);
}

static oc_sigv4_request_t request_of(const char *method, const char *path, const char *query) {
    return (oc_sigv4_request_t){.method = method,
                                .host = "examplebucket.s3.amazonaws.com",
                                .path = path,
                                .query = query,
                                .payload = EMPTY};
}

static void test_published(void **state) {
    oc_sigv4_request_t lifecycle = request_of("GET", "/", "lifecycle=");
    expect(&lifecycle, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    oc_sigv4_request_t list = request_of("GET", "/", "max-keys=2&prefix=J");
    expect(&list, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    oc_sigv4_signed_t out;
    assert_int_equal(oc_sigv4_sign(&list, &keys, "us-east-1", AT_S, &out), OC_OK);
    assert_string_equal(
        out.authorization,
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature="
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    char hash[OC_SIGV4_HEX];
    oc_sigv4_hash(oc_span((const uint8_t *)"Welcome to Amazon S3.", 21), hash);
    assert_string_equal(hash, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
}

static void test_token(void **state) {
    oc_sigv4_signed_t out, other;
    oc_sigv4_keys_t temporary = keys;
    oc_sigv4_request_t get = request_of("GET", "/test.txt", "");
    temporary.token = "token+/=";
    assert_int_equal(oc_sigv4_sign(&get, &temporary, "us-east-1", AT_S, &out), OC_OK);
    assert_non_null(
        strstr(out.authorization,
               "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
    temporary.token = "b";
    assert_int_equal(oc_sigv4_sign(&get, &temporary, "us-east-1", AT_S, &other), OC_OK);
    assert_string_not_equal(out.authorization, other.authorization);
    temporary.token = ""; /* as without one */
    assert_int_equal(oc_sigv4_sign(&get, &temporary, "us-east-1", AT_S, &out), OC_OK);
    assert_null(strstr(out.authorization, "token"));
}

static void test_limits(void **state) {
    static char longest[OC_SIGV4_CANONICAL + 1], name[600];
    oc_sigv4_signed_t out;
    memset(longest, 'a', sizeof(longest) - 1);
    memset(name, 'n', sizeof(name) - 1);
    oc_sigv4_request_t get = request_of("GET", longest, "");
    assert_int_equal(oc_sigv4_sign(&get, &keys, "us-east-1", AT_S, &out), OC_ERR_TOO_BIG);
    get.path = "/a";
    assert_int_equal(oc_sigv4_sign(&get, &keys, name, AT_S, &out), OC_ERR_TOO_BIG);
    oc_sigv4_keys_t other = keys;
    other.secret = name;
    assert_int_equal(oc_sigv4_sign(&get, &other, "us-east-1", AT_S, &out), OC_ERR_TOO_BIG);
    other = keys;
    other.id = name;
    assert_int_equal(oc_sigv4_sign(&get, &other, "us-east-1", AT_S, &out), OC_ERR_TOO_BIG);
    assert_int_equal(oc_sigv4_sign(&get, &keys, "us-east-1", -1, &out), OC_ERR_RANGE);
    assert_int_equal(oc_sigv4_sign(&get, &keys, "us-east-1", INT64_MAX, &out), OC_ERR_RANGE);
    assert_int_equal(oc_sigv4_sign(&get, &keys, "us-east-1", 0, &out), OC_OK);
    assert_string_equal(out.stamp, "19700101T000000Z");
}

static void test_encode(void **state) {
    static const struct {
        const char *text, *encoded;
        bool slashes;
    } cases[] = {{"a b/c+d/~e/f_g-h.i", "a%20b/c%2Bd/~e/f_g-h.i", true},
                 {"t\xC3\xBCr/\xF0\x9F\x98\x80", "t%C3%BCr/%F0%9F%98%80", true},
                 {"!*'()/%2F//", "%21%2A%27%28%29/%252F//", true},
                 {"a/b=c&d", "a%2Fb%3Dc%26d", false}};
    char out[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].encoded);
        assert_int_equal(oc_sigv4_encode(cases[i].text, cases[i].slashes, out, len + 1), OC_OK);
        assert_string_equal(out, cases[i].encoded);
        assert_int_equal(oc_sigv4_encode(cases[i].text, cases[i].slashes, out, len),
                         OC_ERR_TOO_BIG);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_published),
                                       cmocka_unit_test(test_token), cmocka_unit_test(test_limits),
                                       cmocka_unit_test(test_encode)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
