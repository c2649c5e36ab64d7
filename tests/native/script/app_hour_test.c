/* The application that ships, on the engine, glue, mailbox and media plane, in a heap of the size a
 * board has, all of it taken at the start: an hour of virtual time with sources that are lost and
 * come back, files that are split, and a page that asks for everything. It prints what the heap
 * holds at the start and at the end. */
#include "plane_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "oc_host_archive.h"
#include "oc_host_modules.h"
#include "oc_script_context.h"

/* Slots of a 64-bit machine are twice as large. The host's own modules, 105 KB in 32 bits
 * (bench/modules.mjs), are in the heap here; boards have them in ROM. Names take more in 64 bits.
 */
#define HOST_BYTES (sizeof(void *) == 8 ? 208 * 1024 : 96 * 1024)
#define HEAP_BYTES (608 * 1024 * (sizeof(void *) / 4) + HOST_BYTES)
/* A page as full as a board's can be; where slots are larger, in proportion. */
#define ROWS        100 /* of a page of recordings */
#define PAGE_BYTES  (15 * 1024 * (sizeof(void *) / 4))
#define STACK_SLOTS 1024 /* 16 KB on 32 bit */
#define STEP_US     50000
#define SECOND      INT64_C(1000000)
#define MINUTE      (60 * SECOND)
#define GROWTH_MAX  (8 * 1024 * (sizeof(void *) / 4)) /* of what is live, first minute to last */

#if defined(__SANITIZE_ADDRESS__) /* several times as slow; the figures are of the other builds */
#define MINUTES 20
#else
#define MINUTES 60
#endif

typedef struct rig {
    oc_script_context_t context; /* first: it is the machine's host pointer */
    plane_host_t plane;
    uv_loop_t loop;
    oc_machine_t *machine;
    uint32_t requested, taken, answered; /* API requests */
    bool ready;
    char printed[512]; /* last line */
    uint32_t lines;
} rig_t;

static rig_t rig;

/* The clock of libuv, of its timers and of the engine. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    int64_t now_us = rig.plane.now_us ? rig.plane.now_us : HOST_START_US;
    time->tv_sec = (time_t)(now_us / SECOND);
    time->tv_nsec = (long)(now_us % SECOND * 1000);
    return 0;
}

static bool read_row(void *host, unsigned channel, oc_stream_row_t *row) {
    uint32_t words[OC_STREAM_ROW_WORDS];
    if (!oc_table_read(oc_plane_stream_table(rig.plane.plane, channel), words))
        return false;
    memcpy(row, words, sizeof *row);
    return true;
}
static void read_name(void *host, unsigned channel, char name[OC_CHANNEL_NAME_MAX]) {
    oc_plane_channel_name(rig.plane.plane, channel, name);
}
static void read_why(void *host, unsigned channel, char why[OC_DESIRED_WHY_MAX]) {
    oc_plane_why(rig.plane.plane, channel, why);
}
static int64_t now_us(void *host) {
    return rig.plane.now_us;
}
static void read_clock(void *host, oc_clock_t *clock) {
    *clock = rig.plane.clock;
}
static void print(void *host, const char *text, size_t bytes) {
    snprintf(rig.printed, sizeof rig.printed, "%.*s", (int)bytes, text);
    rig.lines++;
}
static void set_log_level(void *host, oc_log_level_t level) {}
static void on_log(void *host, oc_machine_log_t level, const char *text) {
    if (level <= OC_MACHINE_LOG_WARN)
        fail_msg("at %lld s: %s", (long long)((rig.plane.now_us - HOST_START_US) / SECOND), text);
}

static oc_parcel_t parcel_of(const char *text, size_t len) {
    oc_parcel_t parcel = {oc_mailbox_parcel_alloc(rig.plane.box, (uint32_t)len), (uint32_t)len};
    assert_non_null(parcel.data);
    memcpy(parcel.data, text, len);
    return parcel;
}

/* A page of recordings, as full as it can be. */
static oc_parcel_t recordings(void) {
    static char text[PAGE_BYTES];
    size_t len = 0;
    for (int row = 0; row < ROWS && len + 256 < sizeof text; row++)
        len +=
            (size_t)snprintf(
                text + len, sizeof text - len,
                "recordings/cam1/ocellus_20261121T025100.123Z_20261121T042100.123Z.mp4%c%d%c%d%c",
                0, 1234567890, 0, 5400000, 0) +
            1;
    return parcel_of(text, len);
}

/* The next request of the page. */
static oc_parcel_t request(void) {
    static const char *const routes[] = {"/api/status", "/api/recordings", "/api/events",
                                         "/api/settings"};
    char text[200];
    rig.taken++;
    return parcel_of(
        text, (size_t)snprintf(text, sizeof text, "GET%c%s%c%c0", 0, routes[rig.taken % 4], 0, 0));
}

/* What hosts do for a script. */
static void serve(plane_host_t *host, const oc_command_t *command) {
    oc_parcel_t parcel = {0}, given = command->parcel;
    int code = OC_OK;
    int32_t value0 = 0;
    switch (command->kind) {
    case OC_COMMAND_HTTP_LISTEN:
        value0 = 8080;
        break;
    case OC_COMMAND_HTTP_TAKE:
        code = rig.taken < rig.requested ? OC_OK : OC_AGAIN;
        if (code == OC_OK) {
            parcel = request();
            value0 = (int32_t)rig.taken;
        }
        break;
    case OC_COMMAND_HTTP_REPLY:
        if (command->arg[1] != 200)
            fail_msg("%d: %.*s", command->arg[1], (int)given.len, given.data);
        rig.answered++;
        break;
    case OC_COMMAND_RECORDINGS_LIST:
        parcel = recordings();
        break;
    case OC_COMMAND_READY:
        rig.ready = true;
        break;
    case OC_COMMAND_STORE_READ: /* a board keeps none, and has no disk */
    case OC_COMMAND_STORAGE_READ:
    case OC_COMMAND_EVENTS_LIST:
        code = OC_ERR_NOTSUP;
        break;
    case OC_COMMAND_RETENTION:
        break;
    default:
        fail_msg("command %u: %.*s", command->kind, (int)given.len, given.data);
    }
    oc_mailbox_parcel_free(host->box, &given);
    oc_mailbox_reply(host->box, command->request, command->generation, code, value0, 0, parcel);
}

static void run_script(plane_host_t *host) {
    if (!rig.machine)
        return;
    if (rig.context.pump)
        rig.context.pump(rig.context.pump_data);
    uv_run(&rig.loop, UV_RUN_NOWAIT);
    const oc_machine_end_t *end = oc_machine_end(rig.machine);
    if (end->reason != OC_MACHINE_RUNNING)
        fail_msg("%s at %lld s: %s", oc_machine_reason_text(end->reason),
                 (long long)((host->now_us - HOST_START_US) / SECOND), end->text);
}

static void pass(int64_t us) {
    for (int64_t end_us = rig.plane.now_us + us; rig.plane.now_us < end_us;)
        host_run(&rig.plane, STEP_US);
}

/* OC_APP_MINUTES in the environment: 20 to 60 of them. */
static int minutes_to_run(void) {
    const char *expected = getenv("OC_APP_MINUTES");
    int minutes = expected ? atoi(expected) : MINUTES;
    assert_in_range(minutes, 20, 60);
    return minutes;
}

/* Lost every two minutes, 29 times in an hour, for half a second; 30 pictures a second. */
static const char *url(const char *name) {
    static char text[2][600];
    static unsigned count;
    char *out = text[count++ % 2];
    int len =
        snprintf(out, sizeof text[0], "%s=fake:?gop=30&size=300&key=900&audio=aac&script=", name);
    for (int i = 1; i < 30; i++)
        len += snprintf(out + len, sizeof text[0] - (size_t)len, "%slost@%d:IO", i > 1 ? "," : "",
                        i * 3600);
    return out;
}

static void map_file(const char *path) {
    static char data[1 << 20];
    const char *error = NULL;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    printf("app_archive %zu\n", size);
    assert_in_range(size, 1, 512 * 1024);
    assert_int_equal(oc_machine_map(rig.machine, data, size, false, &error), 0);
}

static void start(size_t heap_bytes) {
    static oc_script_option_t options[4] = {{"segment-minutes", "1"}, {"json", ""}};
    const char *error = NULL;
    options[2] = (oc_script_option_t){"input", url("cam1")};
    options[3] = (oc_script_option_t){"input", url("cam2")};
    memset(&rig, 0, sizeof rig);
    host_init(&rig.plane);
    rig.plane.sink = true;
    rig.plane.script = run_script;
    rig.plane.command = serve;
    uv_loop_init(&rig.loop);
    rig.context = (oc_script_context_t){.mailbox = rig.plane.box,
                                        .facts = {.version = "1.2.3",
                                                  .default_input = "",
                                                  .options = options,
                                                  .option_count = 4,
                                                  .data_path = "/data",
                                                  .started_us = rig.plane.now_us,
                                                  .generation = 1},
                                        .read_row = read_row,
                                        .read_name = read_name,
                                        .read_why = read_why,
                                        .now_us = now_us,
                                        .read_clock = read_clock,
                                        .print = print,
                                        .set_log_level = set_log_level};
    oc_machine_config_t config = {.name = "app",
                                  .loop = &rig.loop,
                                  .natives = oc_host_natives,
                                  .native_count = oc_host_native_count,
                                  .heap_bytes = heap_bytes,
                                  .fixed_heap = true,
                                  .stack_slots = STACK_SLOTS,
                                  .host = &rig.context,
                                  .on_log = on_log};
    assert_int_equal(oc_machine_create(&rig.machine, &config), 0);
    assert_int_equal(
        oc_machine_map(rig.machine, oc_host_archive, oc_host_archive_size, true, &error), 0);
    map_file(APP);
    assert_int_equal(oc_machine_import(rig.machine, OC_HOST_PRELUDE), 0);
    oc_machine_import(rig.machine, "ocellus/app/main");
}

static void stop(void) {
    oc_machine_delete(rig.machine);
    rig.machine = NULL;
    uv_run(&rig.loop, UV_RUN_NOWAIT);
    uv_loop_close(&rig.loop);
    rig.plane.script = NULL;
    host_end(&rig.plane);
}

static size_t live(const char *when) {
    oc_machine_memory_t memory;
    oc_machine_collect(rig.machine);
    oc_machine_memory(rig.machine, &memory);
    printf("app_live_%s %zu\napp_keys_%s %u\n", when, memory.used_bytes, when, memory.keys);
    return memory.used_bytes;
}

/* Two channels, recorded; a request a second. */
static void an_hour_in_the_heap_of_a_board(void **state) {
    const int minutes = minutes_to_run();
    size_t before = 0, after;
    oc_machine_memory_t memory;
    start(HEAP_BYTES);
    pass(2 * SECOND);
    assert_true(rig.ready);
    live("start");
    for (int64_t at_us = 0; at_us < minutes * MINUTE; at_us += SECOND) {
        rig.requested++;
        oc_mailbox_edge(rig.plane.box, OC_OBJECT_HTTP);
        pass(SECOND);
        if (at_us == MINUTE)
            before = live("minute");
    }
    after = live("hour");
    oc_machine_memory(rig.machine, &memory);
    printf("app_heap %zu\napp_lines %u\n", memory.allocated_bytes, rig.lines);
    assert_true(memory.allocated_bytes <= HEAP_BYTES);
    assert_true(after <= before + GROWTH_MAX);
    assert_int_equal(rig.answered, rig.requested);
    assert_true((int)rig.lines >= 4 * minutes); /* a minute and channel: a file opened and closed */
    for (unsigned i = 0; i < 2; i++) {
        oc_stream_row_t row = host_row(&rig.plane, i);
        assert_int_equal(row.state, OC_STREAM_RUNNING);
        assert_int_equal(row.source_losses, minutes / 2 - 1);
        assert_in_range(row.record_files, minutes - 5, minutes + 5);
        assert_int_equal(row.record_lost_packets + row.dropped_packets, 0);
    }
    stop();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_hour_in_the_heap_of_a_board)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
