/* What an archive declares: read from its resource, refused when this host cannot meet it, in force
 * for the machine that maps it. */
#include "oc_app_needs.h"
#include "oc_app_surface.h"
#include "oc_archive.h"
#include "oc_err.h"
#include "oc_host_archive.h"
#include "oc_host_modules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

#define BODY_OFFSET 44 /* behind XS_A, VERS and SIGN */

/* The archive of the engine's tests; it declares all capabilities. */
static uint8_t *archive;
static size_t archive_size;

static int read_archive(void **state) {
    FILE *file = fopen(OC_SCRIPTS, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    archive_size = (size_t)ftell(file);
    rewind(file);
    archive = malloc(archive_size);
    assert_non_null(archive);
    assert_int_equal(fread(archive, 1, archive_size, file), archive_size);
    fclose(file);
    return 0;
}

static int free_archive(void **state) {
    free(archive);
    return 0;
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

static uint8_t *needs_of(uint8_t *data) {
    size_t bytes;
    const uint8_t *needs = oc_archive_resource(data, archive_size, OC_APP_NEEDS_RESOURCE, &bytes);
    assert_non_null(needs);
    assert_int_equal(bytes, OC_APP_NEEDS_BYTES);
    return data + (needs - data);
}

static void put32(uint8_t *p, uint32_t value) {
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

/* A copy with these words; format 1. Owned by the caller. */
static uint8_t *declaring(uint32_t level, uint32_t capabilities) {
    uint8_t *copy = malloc(archive_size);
    assert_non_null(copy);
    memcpy(copy, archive, archive_size);
    put32(needs_of(copy) + 8, level);
    put32(needs_of(copy) + 12, capabilities);
    sign(copy, archive_size);
    return copy;
}

static oc_machine_t *make(uv_loop_t *loop) {
    oc_machine_config_t config = {.loop = loop};
    oc_machine_t *machine;
    const char *error = NULL;
    oc_host_modules_configure(&config);
    assert_int_equal(uv_loop_init(loop), 0);
    assert_int_equal(oc_machine_create(&machine, &config), 0);
    assert_int_equal(oc_host_modules_map(machine, &error), 0);
    assert_int_equal(oc_machine_capabilities(machine), OC_CAPABILITIES_ALL);
    return machine;
}

static void drop(uv_loop_t *loop, oc_machine_t *machine) {
    oc_machine_delete(machine);
    uv_run(loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(loop), 0);
}

/* Maps `data`, frees it. Returns the machine's capabilities, or -1 with the refusal in why. */
static int map(uint8_t *data, char *why, size_t size) {
    uv_loop_t loop;
    const char *error = "";
    oc_machine_t *machine = make(&loop);
    int result = oc_machine_map(machine, data, archive_size, false, &error);
    int capabilities = result == 0 ? (int)oc_machine_capabilities(machine) : -1;
    snprintf(why, size, "%s", result == 0 ? "" : error);
    if (result != 0)
        assert_int_equal(result, OC_ERR_FORMAT);
    drop(&loop, machine);
    free(data);
    return capabilities;
}

static void what_is_declared_is_in_force(void **state) {
    const unsigned sets[] = {0, 1, 2, 4, 8, 17, 32, 64, 3, OC_CAPABILITIES_ALL};
    char why[200];
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        assert_int_equal(map(declaring(OC_API_LEVEL, sets[i]), why, sizeof why), sets[i]);
}

static void what_this_host_does_not_know_is_refused(void **state) {
    char why[200];
    assert_int_equal(map(declaring(OC_API_LEVEL + 2, 1), why, sizeof why), -1);
    assert_string_equal(why, "needs host API 3, this host has 1: update Ocellus");
    assert_int_equal(map(declaring(OC_API_LEVEL + 2, 0xffffffff), why, sizeof why), -1);
    assert_string_equal(why, "needs host API 3, this host has 1: update Ocellus");
    for (uint32_t bit = OC_CAPABILITIES_ALL + 1; bit; bit <<= 1) {
        assert_int_equal(map(declaring(OC_API_LEVEL, bit), why, sizeof why), -1);
        assert_non_null(strstr(why, "update Ocellus"));
    }
    assert_int_equal(map(declaring(0, 0), why, sizeof why), -1);
    assert_int_equal(map(declaring(0xffffffff, 0), why, sizeof why), -1);
}

static void viewers_without_network_are_refused(void **state) {
    char why[200];
    assert_int_equal(map(declaring(1, OC_CAPABILITY_VIEWERS), why, sizeof why), -1);
    assert_string_equal(why, "declares viewers without network, which viewers need");
}

static void a_damaged_declaration_is_refused(void **state) {
    char why[200];
    for (unsigned byte = 0; byte < 8; byte++) { /* magic and format */
        uint8_t *copy = declaring(1, 0);
        needs_of(copy)[byte] ^= 0x20;
        sign(copy, archive_size);
        assert_int_equal(map(copy, why, sizeof why), -1);
        assert_non_null(strstr(why, byte < 4 ? "damaged" : "update Ocellus"));
    }
}

/* Another name of the same length: no declaration. */
static void an_archive_that_declares_nothing_has_nothing(void **state) {
    char why[200];
    uint8_t *copy = declaring(1, OC_CAPABILITIES_ALL), *name = needs_of(copy) - 8;
    while (memcmp(name, OC_APP_NEEDS_RESOURCE, 13) != 0)
        name--;
    *name = 'O';
    sign(copy, archive_size);
    assert_int_equal(map(copy, why, sizeof why), 0);
}

static void of_several_archives_only_what_all_declare(void **state) {
    uv_loop_t loop;
    const char *error = NULL;
    oc_machine_t *machine = make(&loop);
    uint8_t *one = declaring(1, 1 | 2 | 8), *other = declaring(1, 2 | 8 | 64);
    assert_int_equal(oc_machine_map(machine, one, archive_size, false, &error), 0);
    assert_int_equal(oc_machine_map(machine, other, archive_size, false, &error), 0);
    assert_int_equal(oc_machine_capabilities(machine), 2 | 8);
    free(one);
    free(other);
    drop(&loop, machine);
}

static void each_module_needs_its_capability(void **state) {
    const struct {
        const char *specifier;
        unsigned needs;
    } modules[] = {{"embedded:io/socket/tcp", OC_CAPABILITY_NETWORK},
                   {"embedded:io/socket/udp", OC_CAPABILITY_NETWORK},
                   {"embedded:network/http/client", OC_CAPABILITY_NETWORK},
                   {"embedded:storage/files", OC_CAPABILITY_FILES},
                   {"embedded:storage/key-value", OC_CAPABILITY_FILES},
                   {"ocellus/body", 0},
                   {"ocellus/command", 0},
                   {"ocellus/crypto", 0},
                   {"ocellus/error", 0},
                   {"ocellus/host", 0},
                   {"ocellus/http", OC_CAPABILITY_HTTP},
                   {"ocellus/p2p", OC_CAPABILITY_VIEWERS},
                   {"ocellus/p2p-offers", OC_CAPABILITY_VIEWERS},
                   {"ocellus/plane", 0},
                   {"ocellus/xml", 0},
                   {"timer", 0}};
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        unsigned needs = modules[i].needs;
        assert_true(oc_app_surface_module(modules[i].specifier, needs));
        assert_true(oc_app_surface_module(modules[i].specifier, OC_CAPABILITIES_ALL));
        if (needs)
            assert_false(oc_app_surface_module(modules[i].specifier, OC_CAPABILITIES_ALL & ~needs));
    }
    assert_false(oc_app_surface_module("ocellus/link", OC_CAPABILITIES_ALL));
}

static void names_of_capabilities(void **state) {
    char names[OC_CAPABILITY_TEXT];
    oc_capability_names(0, names);
    assert_string_equal(names, "none");
    oc_capability_names(1 | 64, names);
    assert_string_equal(names, "network, system");
    oc_capability_names(0xffffffff, names);
    assert_string_equal(names, "network, files, http, media, viewers, settings, system, update");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_declared_is_in_force),
        cmocka_unit_test(what_this_host_does_not_know_is_refused),
        cmocka_unit_test(viewers_without_network_are_refused),
        cmocka_unit_test(a_damaged_declaration_is_refused),
        cmocka_unit_test(an_archive_that_declares_nothing_has_nothing),
        cmocka_unit_test(of_several_archives_only_what_all_declare),
        cmocka_unit_test(each_module_needs_its_capability),
        cmocka_unit_test(names_of_capabilities),
    };
    return cmocka_run_group_tests(tests, read_archive, free_archive);
}
