/* oc_hmac: the vectors of RFC 2202 (MD5, SHA-1) and RFC 4231 (SHA-2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_hex.h"
#include "oc_hmac.h"

static void assert_mac(enum oc_hash kind, oc_span_t key, oc_span_t data, const char *expected) {
    uint8_t mac[OC_HASH_MAX], bytes[OC_HASH_MAX];
    size_t len = oc_hex(expected, bytes);
    for (size_t cut = 0; cut <= data.len; cut++) { /* in any two parts */
        const oc_span_t parts[] = {oc_span_sub(data, 0, cut),
                                   oc_span_sub(data, cut, data.len - cut)};
        memset(mac, 0, sizeof(mac));
        oc_hmac(kind, key, parts, 2, mac);
        assert_memory_equal(mac, bytes, len);
    }
}

static void vectors_of_rfc_2202(void **state) {
    (void)state;
    uint8_t key[80];
    memset(key, 0x0B, sizeof(key));
    assert_mac(OC_HASH_MD5, oc_span(key, 16), oc_span("Hi There", 8),
               "9294727a3638bb1c13f48ef8158bfc9d");
    assert_mac(OC_HASH_SHA1, oc_span(key, 20), oc_span("Hi There", 8),
               "b617318655057264e28bc0b6fb378c8ef146be00");
    const oc_span_t jefe = oc_span("Jefe", 4), what = oc_span("what do ya want for nothing?", 28);
    assert_mac(OC_HASH_MD5, jefe, what, "750c783e6ab0b503eaa86e310a5db738");
    assert_mac(OC_HASH_SHA1, jefe, what, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    memset(key, 0xAA, sizeof(key)); /* longer than a block */
    const oc_span_t larger = oc_span("Test Using Larger Than Block-Size Key - Hash Key First", 54);
    assert_mac(OC_HASH_MD5, oc_span(key, 80), larger, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    assert_mac(OC_HASH_SHA1, oc_span(key, 80), larger, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

static void vectors_of_rfc_4231(void **state) {
    (void)state;
    uint8_t key[131];
    const oc_span_t jefe = oc_span("Jefe", 4), what = oc_span("what do ya want for nothing?", 28);
    assert_mac(OC_HASH_SHA256, jefe, what,
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_mac(OC_HASH_SHA384, jefe, what,
               "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
               "8e2240ca5e69e2c78b3239ecfab21649");
    assert_mac(OC_HASH_SHA512, jefe, what,
               "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
               "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    memset(key, 0xAA, sizeof(key)); /* longer than a block of any */
    const oc_span_t larger = oc_span("Test Using Larger Than Block-Size Key - Hash Key First", 54);
    assert_mac(OC_HASH_SHA256, oc_span(key, 131), larger,
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_mac(OC_HASH_SHA384, oc_span(key, 131), larger,
               "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
               "0c2ef6ab4030fe8296248df163f44952");
    assert_mac(OC_HASH_SHA512, oc_span(key, 131), larger,
               "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
               "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

static void no_parts_no_key_and_out_as_a_part(void **state) {
    (void)state;
    uint8_t mac[OC_HASH_MAX], again[OC_HASH_MAX] = "some bytes that are overwritten", expected[32];
    oc_hmac(OC_HASH_SHA256, oc_span(NULL, 0), NULL, 0, mac);
    oc_hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", expected);
    assert_memory_equal(mac, expected, 32);
    const oc_span_t part = oc_span(again, 31);
    oc_hmac(OC_HASH_SHA256, oc_span("k", 1), &part, 1, again);
    oc_hex("6af8a55e49509edadc9cb384e1bd61f5d31136ed14b6e3c4ec524592466700c3", expected);
    assert_memory_equal(again, expected, 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_rfc_2202),
        cmocka_unit_test(vectors_of_rfc_4231),
        cmocka_unit_test(no_parts_no_key_and_out_as_a_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
