/* oc_bundle: what is read, what is refused and with which reason, and what a signature covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_bundle_write.h"
#include "oc_err.h"

static uint8_t key[4][OC_P256_POINT], id[4][OC_KEY_ID];
static uint8_t bytes[32 * 1024];
static oc_bundle_t bundle;
static oc_bundle_why_t why;

static int set_up(void **state) {
    (void)state;
    for (uint8_t n = 0; n < 4; n++) {
        oc_p256_fake_point(n, key[n]);
        oc_key_id(key[n], id[n]);
    }
    return 0;
}

static oc_bundle_recipe_t good(void) {
    return (oc_bundle_recipe_t){.name = "camera",
                                .version = "1.2.3",
                                .channel = "stable",
                                .revision = "4f2a",
                                .host = "0.1.0",
                                .notes = "Sch\xC3\xB6n.\n",
                                .counter = 7,
                                .capabilities = 3,
                                .settings = 2,
                                .api_level = 1,
                                .engines = {"xs-13.3", "xs-17.7"},
                                .archives = {oc_span("thirteen", 8), oc_span("seventeen", 9)},
                                .signers = {key[0]}};
}

static oc_trust_t trusting(void) {
    oc_trust_t trust = {0};
    assert_int_equal(oc_trust_add(&trust, key[0]), OC_OK);
    assert_int_equal(oc_trust_add(&trust, key[1]), OC_OK);
    return trust;
}

static int read_recipe(const oc_bundle_recipe_t *recipe) {
    size_t size = oc_bundle_write(recipe, bytes, sizeof bytes);
    assert_true(size > 0);
    memset(&why, 0, sizeof why);
    return oc_bundle_read(&bundle, oc_span(bytes, size), &why);
}

static const char *fault_name(enum oc_bundle_fault fault) {
    static const char *const names[] = {"FINE",
#define FAULT_NAME(id, code) #id,
                                        OC_BUNDLE_FAULT_MAP(FAULT_NAME)
#undef FAULT_NAME
    };
    return names[fault];
}

static void assert_fault(enum oc_bundle_fault fault, const char *part) {
    if (why.fault != fault || !strstr(why.text, part))
        fail_msg("%s: %s, wanted %s: %s", fault_name(why.fault), why.text, fault_name(fault), part);
}

static void a_good_one_is_read_and_verified(void **state) {
    (void)state;
    oc_bundle_recipe_t recipe = good();
    oc_trust_t trust = trusting();
    uint8_t digest[OC_CRYPTO_HASH];
    assert_int_equal(read_recipe(&recipe), OC_OK);
    assert_string_equal(bundle.name, "camera");
    assert_string_equal(bundle.version, "1.2.3");
    assert_string_equal(bundle.channel, "stable");
    assert_string_equal(bundle.revision, "4f2a");
    assert_string_equal(bundle.host, "0.1.0");
    assert_int_equal(bundle.notes.len, 8);
    assert_int_equal(bundle.counter, 7);
    assert_int_equal(bundle.capabilities, 3);
    assert_int_equal(bundle.settings, 2);
    assert_int_equal(bundle.api_level, 1);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_OK);
    assert_memory_equal(bundle.key_id, id[0], OC_KEY_ID);
    oc_bundle_write_digest(bundle.manifest, digest);
    assert_memory_equal(bundle.digest, digest, sizeof digest);
    oc_span_t archive = oc_bundle_archive(&bundle, "xs-17.7");
    assert_int_equal(archive.len, 9);
    assert_memory_equal(archive.data, "seventeen", 9);
    assert_int_equal(oc_bundle_archive(&bundle, "xs-1").len, 0);
}

static void every_cut_and_every_changed_byte_is_refused(void **state) {
    (void)state;
    oc_bundle_recipe_t recipe = good();
    oc_trust_t trust = trusting();
    size_t size = oc_bundle_write(&recipe, bytes, sizeof bytes);
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal(oc_bundle_read(&bundle, oc_span(bytes, cut), &why), OC_ERR_FORMAT);
        assert_int_equal(why.fault, OC_BUNDLE_FORMAT);
    }
    for (size_t at = 0; at < size; at++) {
        bytes[at] ^= 1;
        int result = oc_bundle_read(&bundle, oc_span(bytes, size), &why);
        if (result == OC_OK)
            result = oc_bundle_verify(&bundle, &trust, &why);
        if (result == OC_OK)
            fail_msg("byte %zu may be changed", at);
        bytes[at] ^= 1;
    }
    bytes[size] = 0;
    assert_int_equal(oc_bundle_read(&bundle, oc_span(bytes, size + 1), &why), OC_ERR_FORMAT);
    assert_fault(OC_BUNDLE_FORMAT, "behind its end");
}

static void keys_are_distinguished(void **state) {
    (void)state;
    oc_bundle_recipe_t recipe = good();
    oc_trust_t trust = trusting();
    recipe.signers[0] = key[2];
    assert_int_equal(read_recipe(&recipe), OC_OK);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_ERR_DENIED);
    assert_fault(OC_BUNDLE_UNKNOWN_KEY, "is not trusted here");
    recipe.signers[1] = key[1]; /* one of several is enough */
    assert_int_equal(read_recipe(&recipe), OC_OK);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_OK);
    assert_memory_equal(bundle.key_id, id[1], OC_KEY_ID);
    assert_int_equal(oc_trust_revoke(&trust, id[1], id[0]), OC_OK);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_ERR_DENIED);
    assert_fault(OC_BUNDLE_REVOKED_KEY, "was revoked");
    recipe = good();
    assert_int_equal(read_recipe(&recipe), OC_OK);
    bytes[bundle.signatures[0].signature - bytes] ^= 1;
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_ERR_DENIED);
    assert_fault(OC_BUNDLE_SIGNATURE, "is wrong");
    trust = (oc_trust_t){0};
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_ERR_DENIED);
}

static void another_archive_is_refused(void **state) {
    (void)state;
    oc_bundle_recipe_t recipe = good();
    oc_trust_t trust = trusting();
    assert_int_equal(read_recipe(&recipe), OC_OK);
    bytes[bundle.archives[1].bytes.data - bytes] ^= 1;
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_ERR_FORMAT);
    assert_fault(OC_BUNDLE_HASH, "xs-17.7");
}

static void revocations_keep_their_rules(void **state) {
    (void)state;
    oc_bundle_recipe_t recipe = good();
    oc_trust_t trust = trusting();
    recipe.engines[0] = NULL;
    recipe.revoked[0] = id[1];
    recipe.revoked[1] = id[2];
    assert_int_equal(read_recipe(&recipe), OC_OK);
    assert_int_equal(bundle.archive_count, 0);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_OK);
    assert_int_equal(oc_bundle_revoke(&bundle, &trust), OC_OK);
    assert_true(oc_trust_is_revoked(&trust, id[1]));
    assert_int_equal(trust.revoked_count, 2);
    recipe.revoked[1] = id[0];
    assert_int_equal(read_recipe(&recipe), OC_OK);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_ERR_DENIED);
    assert_fault(OC_BUNDLE_REVOCATION, "revokes the key that signed it");
    assert_int_equal(trust.revoked_count, 2);
}

static void a_host_is_compared(void **state) {
    (void)state;
    oc_bundle_recipe_t recipe = good();
    oc_bundle_host_t host = {"0.1.0", "xs-13.3", 1};
    assert_int_equal(read_recipe(&recipe), OC_OK);
    assert_int_equal(oc_bundle_fits(&bundle, &host, &why), OC_OK);
    host.version = "0.1.0-rc.1";
    assert_int_equal(oc_bundle_fits(&bundle, &host, &why), OC_ERR_NOTSUP);
    assert_fault(OC_BUNDLE_HOST, "needs host 0.1.0, this is 0.1.0-rc.1");
    host = (oc_bundle_host_t){"0.2.0", "xs-13.3", 0};
    assert_int_equal(oc_bundle_fits(&bundle, &host, &why), OC_ERR_NOTSUP);
    assert_fault(OC_BUNDLE_API_LEVEL, "needs API level 1");
    host = (oc_bundle_host_t){"0.2.0", "xs-18.0", 1};
    assert_int_equal(oc_bundle_fits(&bundle, &host, &why), OC_ERR_NOTSUP);
    assert_fault(OC_BUNDLE_ENGINE, "xs-18.0");
    recipe.capabilities = 0x80000000;
    assert_int_equal(read_recipe(&recipe), OC_OK);
    assert_int_equal(oc_bundle_fits(&bundle, &host, &why), OC_ERR_NOTSUP);
    assert_fault(OC_BUNDLE_API_LEVEL, "0x80000000");
}

static void refused(const oc_bundle_recipe_t *recipe, const char *part) {
    assert_int_equal(read_recipe(recipe), OC_ERR_FORMAT);
    assert_fault(OC_BUNDLE_FORMAT, part);
}

static void texts_are_checked(void **state) {
    (void)state;
    oc_bundle_recipe_t recipe;
    static const char *const names[] = {"", "Camera", "-camera", "a_b", "a b"};
    static const char *const notes[] = {"\x80",         "\xC0\xAF",         "\xE0\x80\x80",
                                        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5",
                                        "a\x01",        "\xE2\x82",         "\x7F"};
    static const char *const engines[] = {"", "XS-13", "xs 13"};
    char longest[OC_BUNDLE_NAME_MAX + 2] = {0};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        recipe = good();
        recipe.name = names[i];
        refused(&recipe, "name");
    }
    for (unsigned i = 0; i < sizeof notes / sizeof *notes; i++) {
        recipe = good();
        recipe.notes = notes[i];
        refused(&recipe, "note");
    }
    for (unsigned i = 0; i < sizeof engines / sizeof *engines; i++) {
        recipe = good();
        recipe.engines[0] = engines[i];
        refused(&recipe, "engi");
    }
    recipe = good();
    recipe.version = "1.2";
    refused(&recipe, "vers");
    recipe = good();
    recipe.channel = "beta2";
    refused(&recipe, "chan");
    recipe = good();
    recipe.revision = "\n";
    refused(&recipe, "revn");
    memset(longest, 'a', sizeof longest - 1);
    recipe = good();
    recipe.name = longest;
    refused(&recipe, "name");
    recipe.name = longest + 1;
    recipe.notes = "\xF0\x9F\x8E\xA5 \xE2\x82\xAC\t\xC3\xBC";
    assert_int_equal(read_recipe(&recipe), OC_OK);
}

static void numbers_of_boxes_are_bounded(void **state) {
    (void)state;
    oc_bundle_recipe_t recipe = good();
    static const char *const engines[] = {"a", "b", "c", "d", "e"};
    for (unsigned i = 0; i <= OC_BUNDLE_ENGINES_MAX; i++) {
        recipe.engines[i] = engines[i];
        recipe.archives[i] = oc_span("x", 1);
    }
    refused(&recipe, "more than 4 engines");
    recipe = good();
    recipe.engines[1] = "xs-13.3";
    refused(&recipe, "xs-13.3 twice");
    recipe = good();
    recipe.archives[1] = oc_span("", 0);
    refused(&recipe, "engi is malformed");
    recipe = good();
    recipe.engines[0] = NULL;
    refused(&recipe, "neither an archive nor a revoked key");
    recipe = good();
    for (unsigned i = 0; i <= OC_BUNDLE_SIGNATURES_MAX; i++)
        recipe.signers[i] = key[0];
    refused(&recipe, "more than 4 signatures");
    recipe.signers[0] = NULL;
    refused(&recipe, "sign is missing");
    recipe = good();
    for (unsigned i = 0; i <= OC_BUNDLE_REVOKED_MAX; i++)
        recipe.revoked[i] = id[2];
    refused(&recipe, "more than 32 revoked");
    recipe.revoked[OC_BUNDLE_REVOKED_MAX] = NULL;
    assert_int_equal(read_recipe(&recipe), OC_OK);
    assert_int_equal(oc_bundle_read(&bundle, oc_span(bytes, (size_t)OC_BUNDLE_BYTES_MAX + 1), &why),
                     OC_ERR_TOO_BIG);
    assert_fault(OC_BUNDLE_TOO_BIG, "at most");
}

static void a_reason_is_not_needed(void **state) {
    (void)state;
    assert_int_equal(oc_bundle_read(&bundle, oc_span("", 0), NULL), OC_ERR_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_one_is_read_and_verified),
        cmocka_unit_test(every_cut_and_every_changed_byte_is_refused),
        cmocka_unit_test(keys_are_distinguished),
        cmocka_unit_test(another_archive_is_refused),
        cmocka_unit_test(revocations_keep_their_rules),
        cmocka_unit_test(a_host_is_compared),
        cmocka_unit_test(texts_are_checked),
        cmocka_unit_test(numbers_of_boxes_are_bounded),
        cmocka_unit_test(a_reason_is_not_needed),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
