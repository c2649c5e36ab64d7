/* What updates keep on a real folder: a bundle that comes in parts, keys, the history, and the
 * state that one script gives the next. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_handover.h"
#include "oc_update_disk.h"
#include "oc_update_history.h"
#include "oc_update_keys.h"
#include "oc_update_part.h"
#include "test_folder.h"

static char path[64];
static int root;
static oc_update_disk_t disk;

static int set_up(void **state) {
    root = test_folder_make(path);
    return root < 0 || oc_update_disk_open(&disk, root) != OC_OK;
}

static int tear_down(void **state) {
    oc_update_disk_close(&disk);
    close(root);
    test_folder_remove(path);
    return 0;
}

static void sha256(const char *text, uint8_t hash[OC_CRYPTO_HASH]) {
    oc_span_t all = oc_span(text, strlen(text));
    oc_hash(OC_HASH_SHA256, &all, 1, hash);
}

static void parts_go_on_where_they_ended(void **state) {
    oc_update_part_t part = {0};
    uint8_t hash[OC_CRYPTO_HASH];
    int result;
    sha256("bundle", hash);
    assert_int_equal(oc_update_part_write(&part, root, 0, oc_span("b", 1)), OC_ERR_STATE);
    assert_int_equal(oc_update_part_begin(&part, root, hash, 6), OC_OK);
    assert_int_equal(oc_update_part_write(&part, root, 0, oc_span("bun", 3)), OC_OK);
    assert_int_equal(oc_update_part_write(&part, root, 2, oc_span("n", 1)), OC_ERR_RANGE);
    assert_int_equal(oc_update_part_write(&part, root, 3, oc_span("dlex", 4)), OC_ERR_RANGE);
    assert_null(oc_update_part_take(&part, root, &result));
    assert_int_equal(result, OC_ERR_STATE);
    part = (oc_update_part_t){0}; /* a restart */
    assert_int_equal(oc_update_part_begin(&part, root, hash, 6), OC_OK);
    assert_int_equal(part.have, 3);
    assert_int_equal(oc_update_part_write(&part, root, 3, oc_span("dle", 3)), OC_OK);
    uint8_t *all = oc_update_part_take(&part, root, &result);
    assert_int_equal(result, OC_OK);
    assert_memory_equal(all, "bundle", 6);
    free(all);
}

static void parts_of_another_bundle_go(void **state) {
    oc_update_part_t part = {0};
    uint8_t hash[OC_CRYPTO_HASH], other[OC_CRYPTO_HASH];
    int result;
    sha256("bundle", hash);
    sha256("other", other);
    assert_int_equal(oc_update_part_begin(&part, root, hash, 6), OC_OK);
    assert_int_equal(oc_update_part_write(&part, root, 0, oc_span("wrong!", 6)), OC_OK);
    assert_null(oc_update_part_take(&part, root, &result));
    assert_int_equal(result, OC_ERR_FORMAT);
    assert_int_equal(oc_update_part_begin(&part, root, hash, 6), OC_OK);
    assert_int_equal(part.have, 0);
    assert_int_equal(oc_update_part_write(&part, root, 0, oc_span("bun", 3)), OC_OK);
    assert_int_equal(oc_update_part_begin(&part, root, other, 5), OC_OK);
    assert_int_equal(oc_update_part_begin(&part, root, hash, 6), OC_OK);
    assert_int_equal(part.have, 0);
}

/* As openssl pkey -pubout writes it. */
static const char good_key[] = "-----BEGIN PUBLIC KEY-----\n"
                               "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2JsYBsGdxoj+zHIaFSfy16qdr16i\n"
                               "hZZ4vj6+E2l6UnvKUMrwtg/tJY8fpZTg+8X7lBZX/G8ne3sO7f0+Jlml4Q==\n"
                               "-----END PUBLIC KEY-----\n";

static int read_key(oc_trust_t *trust, const char *text, char *why) {
    char file[96];
    test_folder_write(root, "key.pub", text);
    snprintf(file, sizeof file, "%s/key.pub", path);
    return oc_update_keys_read(trust, file, why, 128);
}

static void keys_are_read_from_pem(void **state) {
    oc_trust_t trust = {0};
    char why[128], twice[2 * sizeof good_key];
    assert_int_equal(read_key(&trust, good_key, why), OC_OK);
    assert_int_equal(trust.key_count, 1);
    snprintf(twice, sizeof twice, "%s%s", good_key, good_key);
    assert_int_equal(read_key(&trust, twice, why), OC_OK);
    assert_int_equal(trust.key_count, 1);
    assert_int_equal(read_key(&trust, "no key\n", why), OC_ERR_FORMAT);
    assert_non_null(strstr(why, "no public key"));
    assert_int_equal(read_key(&trust, "", why), OC_ERR_FORMAT);
    assert_int_equal(oc_update_keys_read(&trust, "/nowhere/key.pub", why, sizeof why), OC_ERR_IO);
    assert_int_equal(trust.key_count, 1);
}

static void the_history_is_kept_newest_first(void **state) {
    static oc_update_history_t history, again;
    oc_update_entry_t entry = {.wall_us = 1700000000123000, .result = "refused", .by = "api"};
    for (unsigned i = 0; i < OC_UPDATE_HISTORY_MAX + 3; i++) {
        snprintf(entry.version, sizeof entry.version, "1.0.%u", i);
        oc_update_history_add(&history, &entry, i == 5 ? "threw: \"x\"\n at main" : NULL);
    }
    assert_int_equal(oc_update_history_save(&history, root), OC_OK);
    oc_update_history_load(&again, root);
    assert_int_equal(again.count, OC_UPDATE_HISTORY_MAX);
    assert_string_equal(again.entries[0].version, "1.0.66");
    assert_true(again.entries[0].wall_us == entry.wall_us);
    assert_string_equal(again.failure.version, "1.0.5");
    assert_string_equal(again.stack, "threw: \"x\"\n at main");
    test_folder_write(root, OC_UPDATE_HISTORY, "{damaged");
    oc_update_history_load(&again, root);
    assert_int_equal(again.count, 0);
}

static int hand(oc_handover_t *handover, int at, int total, const char *text) {
    oc_command_t command = {.parcel = {(uint8_t *)text, (uint32_t)strlen(text)}};
    command.arg[0] = at;
    command.arg[1] = total;
    return oc_handover_take(handover, &command);
}

static void a_state_is_whole_or_the_one_before(void **state) {
    oc_handover_t handover = {0};
    assert_int_equal(hand(&handover, 0, 4, "{1}"), OC_OK);
    assert_null(handover.given);
    assert_int_equal(hand(&handover, 3, 4, " "), OC_OK);
    assert_string_equal(handover.given, "{1} ");
    oc_handover_request(&handover);
    assert_int_equal(hand(&handover, 0, 6, "{22"), OC_OK);
    assert_int_equal(hand(&handover, 2, 6, "222}"), OC_ERR_INVAL);
    assert_false(handover.answers);
    assert_string_equal(handover.given, "{1} ");
    assert_int_equal(hand(&handover, 0, OC_HANDOVER_BYTES_MAX + 1, "{"), OC_ERR_TOO_BIG);
    assert_int_equal(hand(&handover, 0, -1, "{"), OC_ERR_TOO_BIG);
    assert_int_equal(hand(&handover, 0, 2, "{}}"), OC_ERR_INVAL);
    oc_handover_keep(&handover);
    assert_string_equal(handover.kept, "{1} ");
    assert_int_equal(hand(&handover, 0, 3, "{2}"), OC_OK);
    oc_handover_drop(&handover); /* of a script that failed its trial */
    assert_string_equal(handover.kept, "{1} ");
    assert_int_equal(hand(&handover, 0, 0, ""), OC_OK);
    assert_true(handover.answers);
    oc_handover_keep(&handover);
    assert_null(handover.kept);
    oc_handover_clear(&handover);
}

int main(void) {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(parts_go_on_where_they_ended),
        IN_FOLDER(parts_of_another_bundle_go),
        IN_FOLDER(keys_are_read_from_pem),
        IN_FOLDER(the_history_is_kept_newest_first),
        cmocka_unit_test(a_state_is_whole_or_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
