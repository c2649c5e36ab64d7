/* oc_archive_check: everything but the archive as it was made is refused, and what passes can be
 * mapped without harm. */
#include "oc_archive.h"
#include "oc_err.h"
#include "oc_host_archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

#define BODY_OFFSET 44 /* behind XS_A, VERS and SIGN */

/* Each changed byte sums the whole archive: of those that the sum covers, with sanitizers one in
 * seven. */
#if defined(__SANITIZE_ADDRESS__)
#define BODY_STEP 7
#else
#define BODY_STEP 1
#endif

static uint8_t *copy_archive(void) {
    uint8_t *copy = malloc(oc_host_archive_size);
    assert_non_null(copy);
    memcpy(copy, oc_host_archive, oc_host_archive_size);
    return copy;
}

/* As tools/xsb signs. */
static void sign(uint8_t *data, size_t size) {
    uint64_t sum[2] = {0xcbf29ce484222325u, 0x84222325cbf29ce4u};
    for (size_t i = BODY_OFFSET; i < size; i++) {
        sum[0] = (sum[0] ^ data[i]) * 0x100000001b3u;
        sum[1] = (sum[1] ^ data[i] ^ 0x5a) * 0x100000001b3u;
    }
    for (unsigned i = 0; i < 16; i++)
        data[28 + i] = (uint8_t)(sum[i / 8] >> (8 * (i % 8)));
}

static void passes_as_made(void **state) {
    oc_archive_info_t info;
    assert_null(oc_archive_check(oc_host_archive, oc_host_archive_size, &info));
    assert_true(info.natives);
    assert_true(info.modules >= 5);
    assert_true(info.symbols > 50);
}

static void refuses_every_truncation(void **state) {
    oc_archive_info_t info;
    for (size_t size = 0; size < oc_host_archive_size; size++) {
        uint8_t *cut = malloc(size ? size : 1); /* exactly that long, for the sanitizer */
        assert_non_null(cut);
        memcpy(cut, oc_host_archive, size);
        assert_non_null(oc_archive_check(cut, size, &info));
        free(cut);
    }
}

static void refuses_every_changed_byte(void **state) {
    oc_archive_info_t info;
    uint8_t *copy = copy_archive();
    for (size_t i = 0; i < oc_host_archive_size; i += i < BODY_OFFSET ? 1 : BODY_STEP) {
        if (i >= 18 && i < 20) /* patch version and padding may differ */
            continue;
        copy[i] ^= 0x10;
        assert_non_null(oc_archive_check(copy, oc_host_archive_size, &info));
        copy[i] ^= 0x10;
    }
    free(copy);
}

static void names_what_is_wrong(void **state) {
    oc_archive_info_t info;
    uint8_t *copy = copy_archive();
    assert_string_equal(oc_archive_check(copy, oc_host_archive_size - 1, &info), "cut off");
    copy[16]++;
    assert_string_equal(oc_archive_check(copy, oc_host_archive_size, &info),
                        "made for another engine version");
    copy[16]--;
    copy[4] = 'Y';
    assert_string_equal(oc_archive_check(copy, oc_host_archive_size, &info),
                        "not an application archive (.xsa)");
    copy[4] = 'X';
    copy[BODY_OFFSET + 9]++;
    assert_string_equal(oc_archive_check(copy, oc_host_archive_size, &info), "damaged");
    free(copy);
    uint8_t *longer = calloc(1, oc_host_archive_size + 1);
    assert_non_null(longer);
    memcpy(longer, oc_host_archive, oc_host_archive_size);
    assert_string_equal(oc_archive_check(longer, oc_host_archive_size + 1, &info), "damaged");
    free(longer);
}

/* The engine trusts what passed: map each mutation that passes with a right sum. */
static void what_passes_can_be_mapped(void **state) {
    uint8_t *copy = copy_archive();
    uv_loop_t loop;
    uint32_t random = 1;
    unsigned mapped = 0;
    uv_loop_init(&loop);
    for (unsigned round = 0; round < 400; round++) {
        size_t changes = 1 + round % 3;
        memcpy(copy, oc_host_archive, oc_host_archive_size);
        for (size_t i = 0; i < changes; i++) {
            random = random * 1664525u + 1013904223u;
            size_t at = BODY_OFFSET + random % (oc_host_archive_size - BODY_OFFSET);
            random = random * 1664525u + 1013904223u;
            copy[at] = (uint8_t)(random >> 24);
        }
        sign(copy, oc_host_archive_size);
        oc_machine_config_t config = {
            .loop = &loop, .natives = oc_host_natives, .native_count = oc_host_native_count};
        oc_machine_t *machine;
        const char *error;
        assert_int_equal(oc_machine_create(&machine, &config), 0);
        if (oc_machine_map(machine, copy, oc_host_archive_size, true, &error) == 0)
            mapped++;
        else
            assert_non_null(error);
        oc_machine_delete(machine);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_true(mapped > 20); /* text in strings may change freely */
    assert_true(mapped < 380);
    free(copy);
}

static void an_application_names_no_c_function(void **state) {
    uv_loop_t loop;
    oc_machine_config_t config = {.loop = &loop};
    oc_machine_t *machine;
    const char *error = NULL;
    uv_loop_init(&loop);
    assert_int_equal(oc_machine_create(&machine, &config), 0);
    assert_int_equal(oc_machine_map(machine, oc_host_archive, oc_host_archive_size, false, &error),
                     OC_ERR_FORMAT);
    assert_non_null(strstr(error, "C functions"));
    oc_machine_delete(machine);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_as_made),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_every_changed_byte),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(what_passes_can_be_mapped),
        cmocka_unit_test(an_application_names_no_c_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
