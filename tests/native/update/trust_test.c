/* oc_trust: ids, what may be revoked and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_p256_fake.h"
#include "oc_trust.h"

static uint8_t point[10][OC_P256_POINT], id[10][OC_KEY_ID];

static int set_up(void **state) {
    (void)state;
    for (uint8_t n = 0; n < 10; n++) {
        oc_p256_fake_point(n, point[n]);
        oc_key_id(point[n], id[n]);
    }
    return 0;
}

static void an_id_begins_the_hash_of_the_point(void **state) {
    (void)state;
    char text[OC_KEY_ID_TEXT];
    uint8_t hash[OC_CRYPTO_HASH];
    oc_span_t part = oc_span(point[1], OC_P256_POINT);
    oc_hash(OC_HASH_SHA256, &part, 1, hash);
    assert_memory_equal(id[1], hash, OC_KEY_ID);
    oc_key_id_text((const uint8_t *)"\x01\x23\x45\x67\x89\xab\xcd\xef", text);
    assert_string_equal(text, "0123456789abcdef");
}

static void keys_are_added_once_and_bounded(void **state) {
    (void)state;
    oc_trust_t trust = {0};
    uint8_t off[OC_P256_POINT] = {5};
    assert_int_equal(oc_trust_add(&trust, off), OC_ERR_FORMAT);
    for (unsigned n = 0; n < OC_TRUST_KEYS_MAX; n++) {
        assert_int_equal(oc_trust_add(&trust, point[n]), OC_OK);
        assert_int_equal(oc_trust_add(&trust, point[n]), OC_OK);
    }
    assert_int_equal(trust.key_count, OC_TRUST_KEYS_MAX);
    assert_int_equal(oc_trust_add(&trust, point[9]), OC_ERR_TOO_BIG);
    assert_memory_equal(oc_trust_point(&trust, id[3]), point[3], OC_P256_POINT);
    assert_null(oc_trust_point(&trust, id[9]));
}

static void the_last_key_and_ones_own_stay(void **state) {
    (void)state;
    oc_trust_t trust = {0};
    assert_int_equal(oc_trust_add(&trust, point[0]), OC_OK);
    assert_int_equal(oc_trust_add(&trust, point[1]), OC_OK);
    assert_int_equal(oc_trust_revoke(&trust, id[0], id[0]), OC_ERR_INVAL);
    assert_int_equal(oc_trust_revoke(&trust, id[5], id[0]), OC_OK); /* of nobody here: kept too */
    assert_int_equal(oc_trust_left(&trust), 2);
    assert_int_equal(oc_trust_revoke(&trust, id[0], id[1]), OC_OK);
    assert_int_equal(oc_trust_revoke(&trust, id[0], id[1]), OC_OK);
    assert_int_equal(trust.revoked_count, 2);
    assert_int_equal(oc_trust_left(&trust), 1);
    assert_true(oc_trust_is_revoked(&trust, id[0]));
    assert_int_equal(oc_trust_revoke(&trust, id[1], id[7]), OC_ERR_STATE);
    assert_int_equal(oc_trust_left(&trust), 1);
}

static void the_list_of_revoked_keys_is_bounded(void **state) {
    (void)state;
    oc_trust_t trust = {0};
    uint8_t other[OC_KEY_ID] = {0};
    for (uint8_t n = 0; n < OC_TRUST_REVOKED_MAX; n++) {
        other[1] = n;
        assert_int_equal(oc_trust_revoke(&trust, other, id[0]), OC_OK);
    }
    other[0] = 1;
    assert_int_equal(oc_trust_revoke(&trust, other, id[0]), OC_ERR_TOO_BIG);
    assert_int_equal(trust.revoked_count, OC_TRUST_REVOKED_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_begins_the_hash_of_the_point),
        cmocka_unit_test(keys_are_added_once_and_bounded),
        cmocka_unit_test(the_last_key_and_ones_own_stay),
        cmocka_unit_test(the_list_of_revoked_keys_is_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
