/* What glue lets through, for every capability that is missing: each command, each kind of address,
 * rows and facts (tests/modules/plane/denied.ts). The expectations are written down here, not taken
 * from oc_command_needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "oc_capability.h"
#include "oc_host_archive.h"
#include "oc_host_modules.h"
#include "oc_script_context.h"

#define KINDS 320

typedef struct rig {
    oc_script_context_t context; /* first: it is the machine's host pointer */
    uv_loop_t loop;
    void *memory;
    unsigned posted[KINDS]; /* commands that reached the mailbox, by kind */
    char printed[4096];
    char end[OC_MACHINE_TEXT_BYTES];
} rig_t;

static rig_t rig;

static void wake(void *context) {}
static void *allocate(void *context, size_t bytes) {
    return malloc(bytes);
}
static void release(void *context, void *memory) {
    free(memory);
}
static bool read_row(void *host, unsigned slot, oc_stream_row_t *row) {
    *row = (oc_stream_row_t){.state = 7};
    return true;
}
static void read_name(void *host, unsigned slot, char name[OC_CHANNEL_NAME_MAX]) {
    snprintf(name, OC_CHANNEL_NAME_MAX, "cam");
}
static void read_why(void *host, unsigned channel, char why[OC_DESIRED_WHY_MAX]) {
    snprintf(why, OC_DESIRED_WHY_MAX, "off");
}
static bool read_push(void *host, unsigned index, oc_push_row_t *row) {
    *row = (oc_push_row_t){.id = index};
    return true;
}
static void read_push_why(void *host, unsigned index, char why[OC_PUSH_WHY_MAX]) {
    snprintf(why, OC_PUSH_WHY_MAX,
             "gr\xC3\xB6\xC3\x9F"
             "er");
}
static int64_t now_us(void *host) {
    return 1;
}
static void print(void *host, const char *text, size_t bytes) {
    size_t used = strlen(rig.printed);
    snprintf(rig.printed + used, sizeof rig.printed - used, "%.*s\n", (int)bytes, text);
}

static void count(void) {
    oc_command_t command;
    while (oc_mailbox_take_command(rig.context.mailbox, &command) == OC_OK) {
        rig.posted[command.kind]++;
        oc_mailbox_parcel_free(rig.context.mailbox, &command.parcel);
    }
}

static void *read_tests(size_t *size) {
    FILE *file = fopen(TESTS, "rb");
    assert_non_null(file);
    void *data = malloc(4 << 20);
    assert_non_null(data);
    *size = fread(data, 1, 4 << 20, file);
    fclose(file);
    assert_in_range(*size, 1, (4 << 20) - 1);
    return data;
}

static const oc_script_option_t options[] = {{"input", "rtsp://u:secret@192.0.2.1/"}};

/* Runs denied.ts; what it prints is in rig.printed. */
static void run(unsigned withheld) {
    static const char *const granted[] = {"ocellus/link", "ocellus/p2p-link", NULL};
    oc_mailbox_env_t env = {
        .loop = {.allocate = allocate, .release = release, .wake = wake, .context = &rig},
        .wake_script = wake,
        .context = &rig};
    oc_machine_t *machine;
    const char *error = NULL;
    size_t size;
    memset(&rig, 0, sizeof rig);
    assert_int_equal(uv_loop_init(&rig.loop), 0);
    rig.memory = aligned_alloc(16, (oc_mailbox_bytes() + 15) / 16 * 16);
    rig.context = (oc_script_context_t){.mailbox = oc_mailbox_init(rig.memory, &env),
                                        .facts = {.version = "1.2.3",
                                                  .default_input = "/usr/share/clip.mp4",
                                                  .options = options,
                                                  .option_count = 1,
                                                  .settings_path = "s.json",
                                                  .settings_text = "{1}",
                                                  .stored_path = "t.json",
                                                  .stored_text = "{2}",
                                                  .data_path = "/data"},
                                        .read_row = read_row,
                                        .read_name = read_name,
                                        .read_why = read_why,
                                        .read_push = read_push,
                                        .read_push_why = read_push_why,
                                        .now_us = now_us,
                                        .print = print,
                                        .host = &rig};
    oc_machine_config_t config = {.loop = &rig.loop,
                                  .natives = oc_host_natives,
                                  .native_count = oc_host_native_count,
                                  .granted = granted,
                                  .withheld = withheld,
                                  .host = &rig};
    void *tests = read_tests(&size);
    oc_mailbox_new_generation(rig.context.mailbox);
    assert_int_equal(oc_machine_create(&machine, &config), 0);
    assert_int_equal(oc_machine_map(machine, oc_host_archive, oc_host_archive_size, true, &error),
                     0);
    assert_int_equal(oc_machine_map(machine, tests, size, false, &error), 0);
    free(tests);
    assert_int_equal(oc_machine_import(machine, OC_HOST_PRELUDE), 0);
    if (oc_machine_import(machine, "ocellus/test/plane/denied") != 0)
        fail_msg("%s", oc_machine_end(machine)->text);
    count();
    oc_machine_delete(machine);
    uv_run(&rig.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&rig.loop), 0);
    free(rig.memory);
}

/* The line that begins with `name`, behind it; ends at the line feed. */
static const char *line(const char *name) {
    char start[32];
    snprintf(start, sizeof start, "%s ", name);
    const char *at = strstr(rig.printed, start);
    if (!at)
        fail_msg("no line %s in\n%s", name, rig.printed);
    return at + strlen(start);
}

static void expect(const char *name, const char *text) {
    const char *got = line(name);
    if (strncmp(got, text, strlen(text)) != 0 || got[strlen(text)] != '\n')
        fail_msg("%s: %.*s, expected %s", name, (int)strcspn(got, "\n"), got, text);
}

/* What docs/design/applications.md says of each command. */
static unsigned needs(unsigned kind) {
    static const unsigned media[] = {6,   7,   8,   10,  11,  14,  259, 274, 300,
                                     301, 302, 303, 304, 305, 306, 307, 308, 309};
    static const unsigned system[] = {9, 256, 260, 264, 266};
    if (kind == 261 || kind == 267 || kind == 268)
        return 0;
    if (kind == 257 || kind == 258)
        return OC_CAPABILITY_HTTP;
    if (kind == 262 || kind == 263)
        return OC_CAPABILITY_SETTINGS;
    if (kind >= 269 && kind <= 273)
        return OC_CAPABILITY_UPDATE;
    if (kind == 310)
        return OC_CAPABILITY_MEDIA | OC_CAPABILITY_NETWORK;
    if (kind >= 280 && kind <= 295)
        return OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK;
    for (size_t i = 0; i < sizeof media / sizeof *media; i++)
        if (media[i] == kind)
            return OC_CAPABILITY_MEDIA;
    for (size_t i = 0; i < sizeof system / sizeof *system; i++)
        if (system[i] == kind)
            return OC_CAPABILITY_SYSTEM;
    return OC_CAPABILITIES_ALL; /* a number that is no command */
}

static void each_command_needs_its_capability(void **state) {
    for (unsigned bit = 1; bit <= OC_CAPABILITIES_ALL; bit <<= 1) {
        run(bit);
        for (unsigned kind = 0; kind < KINDS; kind++) {
            bool may = (needs(kind) & bit) == 0;
            if ((line("posts")[kind] == '1') != may || (line("viewers")[kind] == '1') != may)
                fail_msg("command %u without capability %u", kind, bit);
            if (!may && kind != OC_COMMAND_DESIRED) /* of the lists below: each its own needs */
                assert_int_equal(rig.posted[kind], 0);
        }
    }
}

static void without_any_ready_metrics_and_handover_are_left(void **state) {
    run(OC_CAPABILITIES_ALL);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        bool may =
            kind == OC_COMMAND_READY || kind == OC_COMMAND_METRICS || kind == OC_COMMAND_HANDOVER;
        if (rig.posted[kind] != (may ? 2 : 0))
            fail_msg("command %u came %u times", kind, rig.posted[kind]);
    }
    expect("row", "false \"\"");
    expect("push", "16 false 0 \"\" false");
    expect("denied", "system");
    expect("facts", "0 - - 1 ");
}

static void with_all_everything_is_let_through(void **state) {
    run(0);
    for (unsigned kind = 0; kind < KINDS; kind++)
        assert_int_equal(line("posts")[kind], '1');
    expect("row", "true \"cam\"");
    expect("push", "16 true 15 \"gr\xC3\xB6\xC3\x9F"
                   "er\" false");
    expect("denied", "-");
    expect("facts", "1 {1} {2} 1 network+files+http+media+viewers+settings+system+update");
}

static void addresses_need_more_than_devices(void **state) {
    run(0);
    expect("lists", "11111111111111111111111");
    run(OC_CAPABILITY_NETWORK);
    expect("lists", "00000111111111111111111");
    expect("parts", "11000"); /* cut within an entry: nobody's */
    expect("subs", "1101");
    run(OC_CAPABILITY_SETTINGS);
    expect("lists", "11111000000001111111111");
    expect("subs", "1110");
    run(OC_CAPABILITY_NETWORK | OC_CAPABILITY_SETTINGS);
    expect("lists", "00000000000001111111111");
    run(OC_CAPABILITY_MEDIA);
    expect("lists", "00000000000000000000000");
}

/* The hashes of the users are no settings of an application. */
static void the_store_of_the_users_needs_more(void **state) {
    run(0);
    expect("stores", "11111");
    run(OC_CAPABILITY_SYSTEM);
    expect("stores", "00111");
    run(OC_CAPABILITY_SETTINGS);
    expect("stores", "00000");
}

static void facts_without_settings_hold_none(void **state) {
    run(OC_CAPABILITY_SETTINGS);
    expect("facts", "0 - - 1 network+files+http+media+viewers+system+update");
    assert_null(strstr(rig.printed, "secret"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_command_needs_its_capability),
        cmocka_unit_test(without_any_ready_metrics_and_handover_are_left),
        cmocka_unit_test(with_all_everything_is_let_through),
        cmocka_unit_test(addresses_need_more_than_devices),
        cmocka_unit_test(the_store_of_the_users_needs_more),
        cmocka_unit_test(facts_without_settings_hold_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
