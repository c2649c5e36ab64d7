/* hosts/esp32/sys/oc_app_crypto_esp.c over PSA, beside hosts/posix/sys/oc_app_crypto.c over
 * libcrypto: keys, signatures and secrets of one are those of the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oc_app_crypto.h"
#include "oc_err.h"
#include "oc_random.h"

/* The same functions of oc_app_crypto_esp.c under other names (CMakeLists.txt). */
int esp_sha256_create(oc_sha256_t **out);
int esp_sha256_update(oc_sha256_t *hash, oc_span_t bytes);
int esp_sha256_finish(oc_sha256_t *hash, uint8_t out[OC_CRYPTO_HASH]);
void esp_sha256_destroy(oc_sha256_t *hash);
int esp_p256_generate(oc_p256_t **out);
int esp_p256_import(oc_p256_t **out, const uint8_t scalar[OC_P256_SCALAR]);
void esp_p256_destroy(oc_p256_t *key);
int esp_p256_export(const oc_p256_t *key, uint8_t scalar[OC_P256_SCALAR]);
int esp_p256_public(const oc_p256_t *key, uint8_t point[OC_P256_POINT]);
int esp_p256_sign(const oc_p256_t *key, const uint8_t hash[OC_CRYPTO_HASH],
                  uint8_t signature[OC_P256_SIGNATURE]);
int esp_p256_agree(const oc_p256_t *key, const uint8_t point[OC_P256_POINT],
                   uint8_t secret[OC_P256_SECRET]);
int esp_p256_check(const uint8_t point[OC_P256_POINT]);
int esp_p256_verify(const uint8_t point[OC_P256_POINT], const uint8_t hash[OC_CRYPTO_HASH],
                    const uint8_t signature[OC_P256_SIGNATURE]);

static void hashes_are_the_same(void **state) {
    uint8_t bytes[300], ours[OC_CRYPTO_HASH], theirs[OC_CRYPTO_HASH];
    oc_random(bytes, sizeof bytes);
    for (size_t len = 0; len < sizeof bytes; len += 7) {
        oc_sha256_t *esp, *posix;
        assert_int_equal(esp_sha256_create(&esp), OC_OK);
        assert_int_equal(oc_sha256_create(&posix), OC_OK);
        for (size_t at = 0; at < len; at += 61) {
            oc_span_t part = oc_span(bytes + at, len - at < 61 ? len - at : 61);
            assert_int_equal(esp_sha256_update(esp, part), OC_OK);
            assert_int_equal(oc_sha256_update(posix, part), OC_OK);
        }
        assert_int_equal(esp_sha256_finish(esp, ours), OC_OK);
        assert_int_equal(oc_sha256_finish(posix, theirs), OC_OK);
        assert_memory_equal(ours, theirs, sizeof ours);
        esp_sha256_destroy(esp);
        oc_sha256_destroy(posix);
    }
    esp_sha256_destroy(NULL);
}

static void keys_sign_and_agree_across(void **state) {
    uint8_t scalar[OC_P256_SCALAR], point[OC_P256_POINT], theirs[OC_P256_POINT], hash[32],
        signature[OC_P256_SIGNATURE], secret[OC_P256_SECRET], other[OC_P256_SECRET];
    for (unsigned round = 0; round < 10; round++) {
        oc_p256_t *esp, *posix, *peer;
        oc_random(hash, sizeof hash);
        assert_int_equal(esp_p256_generate(&esp), OC_OK);
        assert_int_equal(esp_p256_export(esp, scalar), OC_OK);
        assert_int_equal(oc_p256_import(&posix, scalar), OC_OK);
        assert_int_equal(esp_p256_public(esp, point), OC_OK);
        assert_int_equal(oc_p256_public(posix, theirs), OC_OK);
        assert_memory_equal(point, theirs, sizeof point);
        assert_int_equal(esp_p256_sign(esp, hash, signature), OC_OK);
        assert_int_equal(oc_p256_verify(point, hash, signature), OC_OK);
        assert_int_equal(oc_p256_sign(posix, hash, signature), OC_OK);
        assert_int_equal(esp_p256_verify(point, hash, signature), OC_OK);
        signature[round] ^= 1;
        assert_int_equal(esp_p256_verify(point, hash, signature), OC_ERR_FORMAT);
        assert_int_equal(oc_p256_verify(point, hash, signature), OC_ERR_FORMAT);
        assert_int_equal(oc_p256_generate(&peer), OC_OK);
        assert_int_equal(oc_p256_public(peer, theirs), OC_OK);
        assert_int_equal(esp_p256_agree(esp, theirs, secret), OC_OK);
        assert_int_equal(oc_p256_agree(peer, point, other), OC_OK);
        assert_memory_equal(secret, other, sizeof secret);
        esp_p256_destroy(esp);
        oc_p256_destroy(posix);
        oc_p256_destroy(peer);
    }
    esp_p256_destroy(NULL);
}

static void what_is_no_key_is_refused_by_both(void **state) {
    uint8_t scalar[OC_P256_SCALAR], point[OC_P256_POINT], secret[OC_P256_SECRET];
    oc_p256_t *key, *other;
    memset(scalar, 0xFF, sizeof scalar);
    assert_int_equal(esp_p256_import(&key, scalar), OC_ERR_FORMAT);
    assert_int_equal(oc_p256_import(&other, scalar), OC_ERR_FORMAT);
    assert_null(key);
    assert_null(other);
    memset(scalar, 0, sizeof scalar);
    assert_int_equal(esp_p256_import(&key, scalar), OC_ERR_FORMAT);
    assert_int_equal(esp_p256_generate(&key), OC_OK);
    assert_int_equal(oc_p256_generate(&other), OC_OK);
    assert_int_equal(esp_p256_public(key, point), OC_OK);
    assert_int_equal(esp_p256_check(point), OC_OK);
    assert_int_equal(oc_p256_check(point), OC_OK);
    point[40] ^= 1;
    assert_int_equal(esp_p256_check(point), OC_ERR_FORMAT);
    assert_int_equal(oc_p256_check(point), OC_ERR_FORMAT);
    assert_int_equal(esp_p256_agree(key, point, secret), OC_ERR_FORMAT);
    assert_int_equal(oc_p256_agree(other, point, secret), OC_ERR_FORMAT);
    esp_p256_destroy(key);
    oc_p256_destroy(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_the_same),
        cmocka_unit_test(keys_sign_and_agree_across),
        cmocka_unit_test(what_is_no_key_is_refused_by_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
