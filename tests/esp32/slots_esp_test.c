/* oc_slots_esp: oc_slots on partitions of flash, where writes only clear bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "esp_partition.h"
#include "fake_idf.h"
#include "oc_bundle_write.h"
#include "oc_err.h"
#include "oc_slots_esp.h"

static uint8_t record[2 * 4096], slot_a[16 * 1024], slot_b[16 * 1024];
static uint8_t bytes[8 * 1024], memory[16 * 1024], key[OC_P256_POINT];
static oc_slots_t slots;
static oc_trust_t trust;
static oc_slots_choice_t choice;
static oc_bundle_t bundle;

static int set_up(void **state) {
    (void)state;
    memset(record, 0xFF, sizeof record);
    memset(slot_a, 0xFF, sizeof slot_a);
    memset(slot_b, 0xFF, sizeof slot_b);
    fake_flash[0] = (fake_flash_t){"slots", 0x41, record, sizeof record, ESP_OK};
    fake_flash[1] = (fake_flash_t){"appA", 0x41, slot_a, sizeof slot_a, ESP_OK};
    fake_flash[2] = (fake_flash_t){"appB", 0x41, slot_b, sizeof slot_b, ESP_OK};
    oc_p256_fake_point(1, key);
    return 0;
}

static enum oc_slot boot(void) {
    static const oc_bundle_host_t host = {"0.1.0", "xs-17.7", 1};
    oc_slots_io_t io;
    trust = (oc_trust_t){0};
    assert_int_equal(oc_trust_add(&trust, key), OC_OK);
    assert_int_equal(oc_slots_esp_io(&io), OC_OK);
    assert_int_equal(oc_slots_open(&slots, &io, &trust), OC_OK);
    oc_slots_boot(&slots, "camera", "0.9.0", &host, (oc_slots_memory_t){memory, sizeof memory},
                  &choice);
    return choice.run;
}

static int stage(const char *version, size_t archive) {
    oc_bundle_recipe_t recipe = {.name = "camera",
                                 .version = version,
                                 .channel = "stable",
                                 .host = "0.1.0",
                                 .engines = {"xs-17.7"},
                                 .archives = {oc_span(memory, archive)},
                                 .signers = {key}};
    size_t size = oc_bundle_write(&recipe, bytes, sizeof bytes);
    assert_int_equal(oc_bundle_read(&bundle, oc_span(bytes, size), NULL), OC_OK);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, NULL), OC_OK);
    return oc_slots_stage(&slots, &bundle);
}

static void updates_stay_in_flash(void **state) {
    (void)state;
    static const char *const versions[] = {"1.0.0", "1.1.0", "1.2.0", "1.3.0"};
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    assert_int_equal(slots.found, OC_SLOTS_FRESH);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(stage(versions[i], 5000 - 1000 * i), OC_OK);
        assert_int_equal(oc_slots_try(&slots), OC_OK);
        assert_int_equal(oc_slots_commit(&slots, &bundle), OC_OK);
        assert_int_equal(boot(), i % 2 ? OC_SLOT_B : OC_SLOT_A);
        assert_string_equal(choice.bundle.version, versions[i]);
    }
    assert_int_equal(oc_slots_reset(&slots), OC_OK);
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    assert_int_equal(slot_a[0], 0xFF);
}

static void a_bundle_larger_than_its_partition_is_refused(void **state) {
    (void)state;
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    fake_flash[1].size = 4096;
    assert_int_equal(stage("1.0.0", 5000), OC_ERR_DISK_FULL);
    assert_int_equal(oc_slots_try(&slots), OC_ERR_STATE);
}

static void absent_partitions_and_bad_flash_are_errors(void **state) {
    (void)state;
    oc_slots_io_t io;
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    fake_flash[0].error = ESP_FAIL;
    assert_int_equal(oc_slots_open(&slots, &slots.io, &trust), OC_ERR_IO);
    fake_flash[0].error = ESP_OK;
    fake_flash[2].label = NULL;
    assert_int_equal(oc_slots_esp_io(&io), OC_ERR_NOENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(updates_stay_in_flash, set_up),
        cmocka_unit_test_setup(a_bundle_larger_than_its_partition_is_refused, set_up),
        cmocka_unit_test_setup(absent_partitions_and_bad_flash_are_errors, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
