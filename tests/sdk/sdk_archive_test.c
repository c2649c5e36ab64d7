/* oc_archive_check on an archive of the SDK's tools: everything but it as it was made is refused,
 * what passes can be mapped without harm, and neither harms the caller's copy. [OC_ARCHIVE: its
 * path] */
#include "oc_archive.h"
#include "oc_err.h"
#include "oc_loop.h"
#include "oc_machine.h"
#include "oc_sdk_signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BODY_OFFSET 44 /* behind XS_A, VERS and SIGN */
#define SIGN_OFFSET 28
#define ROUNDS      400

static uint8_t *archive, *copy;
static size_t archive_size;

static int read_archive(void **state) {
    FILE *file = fopen(getenv("OC_ARCHIVE"), "rb");
    if (!file)
        return -1;
    fseek(file, 0, SEEK_END);
    archive_size = (size_t)ftell(file);
    rewind(file);
    archive = malloc(archive_size);
    copy = malloc(archive_size);
    size_t count = fread(archive, 1, archive_size, file);
    fclose(file);
    memcpy(copy, archive, archive_size);
    return count == archive_size ? 0 : -1;
}

static void passes_as_made(void **state) {
    oc_archive_info_t info;
    assert_null(oc_archive_check(archive, archive_size, &info));
    assert_false(info.natives);
    assert_true(info.modules >= 5 && info.symbols > 50);
}

static void refuses_every_truncation(void **state) {
    oc_archive_info_t info;
    for (size_t size = 0; size < archive_size; size++) {
        uint8_t *cut = malloc(size ? size : 1);
        memcpy(cut, archive, size);
        assert_non_null(oc_archive_check(cut, size, &info));
        free(cut);
    }
}

/* Each check sums up the whole archive: of bytes far from its heads and its end, one in STRIDE. */
#define EVERY  4096
#define STRIDE 61

static size_t after(size_t i) {
    return i < EVERY || i + EVERY >= archive_size ? i + 1 : i + STRIDE;
}

static void refuses_changed_bytes(void **state) {
    oc_archive_info_t info;
    for (size_t i = 0; i < archive_size; i = after(i)) {
        if (i >= 18 && i < 20) /* patch version and padding may differ */
            continue;
        copy[i] ^= 0x10;
        if (!oc_archive_check(copy, archive_size, &info))
            fail_msg("byte %zu may be changed", i);
        copy[i] ^= 0x10;
    }
}

static void another_engines_archive_is_named_and_kept(void **state) {
    oc_loop_t *loop;
    oc_machine_t *machine;
    const char *error = NULL;
    assert_int_equal(oc_loop_create(&loop, NULL, NULL), 0);
    oc_loop_enter(loop);
    oc_machine_config_t config = {.loop = oc_loop_native(loop)};
    assert_int_equal(oc_machine_create(&machine, &config), 0);
    copy[16]--;
    assert_int_equal(oc_machine_map(machine, copy, archive_size, false, &error), OC_ERR_FORMAT);
    assert_string_equal(error, "made for another engine version");
    copy[16]++;
    assert_memory_equal(copy, archive, archive_size);
    assert_int_equal(oc_machine_map(machine, copy, archive_size, false, &error), 0);
    assert_memory_equal(copy, archive, archive_size); /* the machine wrote to its own */
    oc_machine_delete(machine);
    oc_loop_leave(loop);
    oc_loop_delete(loop);
}

/* Padding may be zeros, which does not depend on the signature. */
static void clear_padding(void) {
    oc_archive_resource_t resource = {0};
    while (oc_archive_next_resource(copy, archive_size, &resource)) {
        uint8_t *from = copy + ((const uint8_t *)resource.path - copy) + strlen(resource.path);
        memset(from, 0, (size_t)(resource.data - 8 - from));
    }
}

/* The engine trusts what passed: map each mutation that passes with a right signature. */
static void what_passes_can_be_mapped(void **state) {
    oc_loop_t *loop;
    uint32_t random = 1;
    unsigned mapped = 0;
    assert_int_equal(oc_loop_create(&loop, NULL, NULL), 0);
    oc_loop_enter(loop);
    oc_machine_config_t config = {.loop = oc_loop_native(loop), .heap_bytes = 1024 * 1024};
    for (unsigned round = 0; round < ROUNDS; round++) {
        memcpy(copy, archive, archive_size);
        clear_padding();
        for (size_t i = 0; i < 1 + round % 3; i++) {
            random = random * 1664525u + 1013904223u;
            size_t at = BODY_OFFSET + random % (archive_size - BODY_OFFSET);
            random = random * 1664525u + 1013904223u;
            copy[at] = (uint8_t)(random >> 24);
        }
        oc_sdk_signature(copy + SIGN_OFFSET, copy + BODY_OFFSET, archive_size - BODY_OFFSET);
        oc_machine_t *machine;
        const char *error;
        assert_int_equal(oc_machine_create(&machine, &config), 0);
        if (oc_machine_map(machine, copy, archive_size, false, &error) == 0)
            mapped++;
        else
            assert_non_null(error);
        oc_machine_delete(machine);
    }
    assert_true(mapped > ROUNDS / 20); /* text in strings may change freely */
    assert_true(mapped < ROUNDS * 19 / 20);
    oc_loop_leave(loop);
    oc_loop_delete(loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_as_made),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_changed_bytes),
        cmocka_unit_test(another_engines_archive_is_named_and_kept),
        cmocka_unit_test(what_passes_can_be_mapped),
    };
    return cmocka_run_group_tests(tests, read_archive, NULL);
}
