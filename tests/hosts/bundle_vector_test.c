/* oc_bundle against a bundle of tools/update (tests/corpora/bundle/camera.ocb), with the
 * cryptography of the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_bundle.h"
#include "oc_err.h"

static const uint8_t first[OC_P256_POINT] = {
    0x04, 0x78, 0x6B, 0x26, 0x99, 0xE2, 0xBC, 0x26, 0x5E, 0x26, 0xA7, 0xD8, 0xB7,
    0x1D, 0x11, 0x7E, 0xA1, 0x5F, 0xC6, 0xE5, 0x92, 0xC8, 0x8A, 0x29, 0x05, 0xFF,
    0x68, 0xA6, 0x68, 0x98, 0xC2, 0x39, 0x16, 0x55, 0x8D, 0xAB, 0x9D, 0x39, 0xE1,
    0x6E, 0x7C, 0xAF, 0xCB, 0x52, 0xD3, 0x82, 0x48, 0x2C, 0xDC, 0xB1, 0x55, 0x36,
    0xCF, 0xA7, 0xD8, 0xAD, 0xA3, 0x64, 0xAD, 0xB9, 0xC3, 0x2E, 0x3C, 0x60, 0x7D};
static const uint8_t second[OC_P256_POINT] = {
    0x04, 0x1A, 0xE2, 0xAA, 0xFB, 0xBF, 0x32, 0x3C, 0x43, 0xE0, 0x23, 0x60, 0xDC,
    0x9E, 0xA9, 0x29, 0x4D, 0x22, 0xD1, 0x3E, 0x67, 0xBA, 0x60, 0xBB, 0x71, 0x35,
    0x33, 0xAA, 0xE2, 0xBB, 0x3F, 0x64, 0xA0, 0xC5, 0x2D, 0x45, 0x85, 0xB9, 0x04,
    0xA8, 0x46, 0xB6, 0x36, 0x7D, 0x11, 0xD9, 0xB6, 0xF6, 0xFB, 0xB1, 0x89, 0x75,
    0x59, 0x8E, 0xF4, 0x56, 0xC9, 0xD6, 0x92, 0x47, 0xAE, 0xFE, 0xFD, 0xF2, 0xD4};
static const uint8_t digest[OC_CRYPTO_HASH] = {
    0xFC, 0x06, 0x5E, 0x2D, 0x0E, 0xB7, 0x0D, 0x24, 0x48, 0x30, 0x25, 0x70, 0x6C, 0xC2, 0xAA, 0xC2,
    0x69, 0x88, 0x13, 0x94, 0x78, 0x16, 0xFA, 0x4F, 0x45, 0x77, 0x8F, 0xF0, 0x96, 0xA0, 0x86, 0x64};

static uint8_t bytes[1024];
static size_t size;
static oc_bundle_t bundle;
static oc_bundle_why_t why;

static int load(void **state) {
    (void)state;
    FILE *file = fopen(ROOT "/tests/corpora/bundle/camera.ocb", "rb");
    assert_non_null(file);
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return 0;
}

static void it_is_read_and_verified(void **state) {
    (void)state;
    char id[OC_KEY_ID_TEXT];
    oc_trust_t trust = {0};
    assert_int_equal(size, 457);
    assert_int_equal(oc_trust_add(&trust, second), OC_OK);
    assert_int_equal(oc_bundle_read(&bundle, oc_span(bytes, size), &why), OC_OK);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_OK);
    oc_key_id_text(bundle.key_id, id);
    assert_string_equal(id, "44bc13cfbb58a5ee");
    assert_memory_equal(bundle.digest, digest, sizeof digest);
    assert_string_equal(bundle.name, "camera");
    assert_string_equal(bundle.version, "1.2.3-rc.1");
    assert_string_equal(bundle.channel, "beta");
    assert_string_equal(bundle.revision, "4f2a9c");
    assert_string_equal(bundle.host, "0.1.0");
    assert_int_equal(bundle.counter, 7);
    assert_int_equal(bundle.api_level, 1);
    assert_int_equal(bundle.capabilities, 3);
    assert_int_equal(bundle.settings, 2);
    assert_memory_equal(bundle.notes.data, "Sch\xC3\xB6n \xE2\x82\xAC\n", bundle.notes.len);
    assert_memory_equal(oc_bundle_archive(&bundle, "xs-13.3").data, "thirteen", 8);
    assert_memory_equal(oc_bundle_archive(&bundle, "xs-17.7").data, "seventeen", 9);
    assert_int_equal(oc_bundle_revoke(&bundle, &trust), OC_OK);
    assert_true(oc_trust_is_revoked(&trust, (const uint8_t *)"\x01\x23\x45\x67\x89\xAB\xCD\xEF"));
}

static void a_changed_bit_is_noticed(void **state) {
    (void)state;
    oc_trust_t trust = {0};
    assert_int_equal(oc_trust_add(&trust, first), OC_OK);
    assert_int_equal(oc_trust_add(&trust, second), OC_OK);
    for (size_t bit = 0; bit < 8 * size; bit += 5) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (oc_bundle_read(&bundle, oc_span(bytes, size), &why) == OC_OK &&
            oc_bundle_verify(&bundle, &trust, &why) == OC_OK)
            assert_memory_equal(bundle.digest, digest,
                                sizeof digest); /* in one of two signatures */
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_read_and_verified),
        cmocka_unit_test(a_changed_bit_is_noticed),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
