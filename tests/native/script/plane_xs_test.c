/* oc_plane_xs and oc_host_xs under the application that ships: commands with their C records,
 * replies, edges, rows, texts outside of ASCII, and what is left when a script ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "oc_host_archive.h"
#include "oc_host_modules.h"
#include "oc_script_context.h"
#include "test_wait.h"

#define SEEN 64
/* beyond the basic plane: the engine's own strings are not UTF-8 here */
#define INPUT                                                                                      \
    "/films/\xF0\x9F\x8E\xA5 gr\xC3\xB6\xC3\x9F"                                                   \
    "e.mp4"

typedef struct rig {
    oc_script_context_t context; /* first: it is the machine's host pointer */
    uv_loop_t loop;
    oc_machine_t *machine;
    bool deaf, hold; /* deaf: commands wait; hold: replies wait */
    void *memory;
    bool wake_media, wake_script;
    uint32_t allocated; /* parcels not yet released */
    oc_command_t seen[SEEN];
    uint8_t record[SEEN][8192];
    size_t count;
    oc_stream_row_t row;
    char name[OC_CHANNEL_NAME_MAX];
    char printed[4096];
    oc_log_level_t level;
    const char *request; /* path of the next HTTP_TAKE, NULL: none */
    int32_t request_id;
    char body[65537];
    int fails; /* the channel does not open: OC_ERR_*; 0: it does */
} rig_t;

static void wake_media(void *context) {
    ((rig_t *)context)->wake_media = true;
}
static void wake_script(void *context) {
    ((rig_t *)context)->wake_script = true;
}
static void *allocate(void *context, size_t bytes) {
    ((rig_t *)context)->allocated++;
    return malloc(bytes);
}
static void release(void *context, void *memory) {
    ((rig_t *)context)->allocated -= memory != NULL;
    free(memory);
}

static bool read_row(void *host, unsigned channel, oc_stream_row_t *row) {
    rig_t *rig = host;
    *row = channel == 1 ? rig->row : (oc_stream_row_t){0};
    return true;
}
static void read_name(void *host, unsigned channel, char name[OC_CHANNEL_NAME_MAX]) {
    memcpy(name, channel == 1 ? ((rig_t *)host)->name : "", channel == 1 ? OC_CHANNEL_NAME_MAX : 1);
}
static void read_why(void *host, unsigned channel, char why[OC_DESIRED_WHY_MAX]) {
    bool fails = channel == 1 && ((rig_t *)host)->fails;
    snprintf(why, OC_DESIRED_WHY_MAX, "%s",
             fails ? "gr\xC3\xB6\xC3\x9F"
                     "er als der Ring"
                   : "");
}
static int64_t now_us(void *host) {
    return (int64_t)(uv_hrtime() / 1000);
}
static void read_clock(void *host, oc_clock_t *clock) {
    *clock = (oc_clock_t){INT64_C(1795229461123456) - now_us(host), OC_CLOCK_NTP};
}
static bool read_zone(void *host, const char *name, oc_zone_t *zone) {
    *zone = (oc_zone_t){"Asia/Tokyo", "JST-9"};
    return strcmp(name, "Asia/Tokyo") == 0;
}
static void print(void *host, const char *text, size_t bytes) {
    rig_t *rig = host;
    size_t used = strlen(rig->printed);
    snprintf(rig->printed + used, sizeof rig->printed - used, "%.*s\n", (int)bytes, text);
}
static void set_log_level(void *host, oc_log_level_t level) {
    ((rig_t *)host)->level = level;
}

static oc_parcel_t parcel_of(rig_t *rig, const char *text) {
    oc_parcel_t parcel = {0};
    if (text) {
        parcel.len = (uint32_t)strlen(text);
        parcel.data = oc_mailbox_parcel_alloc(rig->context.mailbox, parcel.len);
        assert_non_null(parcel.data);
        memcpy(parcel.data, text, parcel.len);
    }
    return parcel;
}

/* A request without a body, as oc_api_broker gives it. */
static void answer_take(rig_t *rig, oc_command_t *command) {
    oc_mailbox_t *box = rig->context.mailbox;
    oc_parcel_t parcel = {0};
    char text[100];
    if (rig->request) {
        parcel.len = (uint32_t)snprintf(text, sizeof text, "GET%c%s%c%c0", 0, rig->request, 0, 0);
        parcel.data = oc_mailbox_parcel_alloc(box, parcel.len);
        assert_non_null(parcel.data);
        memcpy(parcel.data, text, parcel.len);
    }
    oc_mailbox_reply(box, command->request, command->generation, rig->request ? OC_OK : OC_AGAIN,
                     rig->request_id, 0, parcel);
    rig->request = NULL;
}

/* The media side: notes the command, does what a plane would, answers. */
static void serve(rig_t *rig, oc_command_t *command) {
    int value0 = 0;
    const char *text = NULL;
    size_t index = rig->count++ % SEEN;
    rig->seen[index] = *command;
    if (command->parcel.len && command->parcel.len <= sizeof rig->record[0])
        memcpy(rig->record[index], command->parcel.data, command->parcel.len);
    switch (command->kind) {
    case OC_COMMAND_DESIRED:
        value0 = 1;
        rig->row.state = rig->fails ? OC_STREAM_FAILED : OC_STREAM_RUNNING;
        rig->row.failure = (uint32_t)-rig->fails;
        rig->row.revision = 1;
        memcpy(rig->name, command->parcel.data + sizeof(oc_desired_head_t), sizeof rig->name);
        break;
    case OC_COMMAND_HTTP_LISTEN:
        value0 = 4711;
        text = "AA:BB\nhttps://127.0.0.1:4711/";
        break;
    case OC_COMMAND_HTTP_TAKE:
        answer_take(rig, command);
        return;
    case OC_COMMAND_HTTP_REPLY:
        memcpy(rig->body, command->parcel.data, command->parcel.len);
        rig->body[command->parcel.len] = '\0';
        break;
    case OC_COMMAND_EVENTS_READ:
        value0 = 1;
        break;
    }
    oc_mailbox_parcel_free(rig->context.mailbox, &command->parcel);
    oc_mailbox_reply(rig->context.mailbox, command->request, command->generation, OC_OK, value0, 0,
                     parcel_of(rig, text));
}

static void turn(rig_t *rig) {
    oc_command_t command;
    uv_run(&rig->loop, UV_RUN_NOWAIT);
    if (rig->wake_media && !rig->deaf) {
        rig->wake_media = false;
        while (oc_mailbox_take_command(rig->context.mailbox, &command) == OC_OK)
            serve(rig, &command);
    }
    if (rig->wake_script && !rig->hold && rig->context.pump) {
        rig->wake_script = false;
        rig->context.pump(rig->context.pump_data);
    }
}

/* The last command of a kind; NULL: there was none. */
static const oc_command_t *find(const rig_t *rig, int kind, const void **record) {
    for (size_t i = rig->count; i-- > 0;) {
        if (rig->seen[i].kind != kind)
            continue;
        if (record)
            *record = rig->record[i];
        return &rig->seen[i];
    }
    return NULL;
}

/* Turns until a command of this kind has come. */
static const oc_command_t *wait_for(rig_t *rig, int kind, const void **record) {
    uint64_t until = uv_hrtime() + UINT64_C(1000) * TEST_WAIT_US;
    const oc_command_t *found;
    while (!(found = find(rig, kind, record))) {
        if (oc_machine_end(rig->machine)->reason != OC_MACHINE_RUNNING)
            fail_msg("the script ended: %s", oc_machine_end(rig->machine)->text);
        assert_true(uv_hrtime() < until);
        turn(rig);
    }
    return found;
}

static void *read_app(size_t *size) {
    FILE *file = fopen(APP, "rb");
    assert_non_null(file);
    void *data = malloc(1 << 20);
    *size = fread(data, 1, 1 << 20, file);
    fclose(file);
    assert_in_range(*size, 1, (1 << 20) - 1);
    return data;
}

static void start_script(rig_t *rig) {
    size_t size;
    const char *error = NULL;
    void *app = read_app(&size);
    oc_machine_config_t config = {.name = "test",
                                  .loop = &rig->loop,
                                  .natives = oc_host_natives,
                                  .native_count = oc_host_native_count,
                                  .host = rig};
    rig->context.facts.generation = oc_mailbox_new_generation(rig->context.mailbox);
    rig->count = 0;
    assert_int_equal(oc_machine_create(&rig->machine, &config), 0);
    assert_int_equal(
        oc_machine_map(rig->machine, oc_host_archive, oc_host_archive_size, true, &error), 0);
    assert_int_equal(oc_machine_map(rig->machine, app, size, false, &error), 0);
    free(app);
    assert_int_equal(oc_machine_import(rig->machine, OC_HOST_PRELUDE), 0);
    oc_machine_import(rig->machine, "ocellus/app/main");
}

static void end_script(rig_t *rig) {
    oc_machine_delete(rig->machine);
    rig->machine = NULL;
    uv_run(&rig->loop, UV_RUN_NOWAIT);
    assert_null(rig->context.pump);
}

static const oc_script_option_t options[] = {{"input", "front=" INPUT}, {"port", "0"}};

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof *rig);
    oc_mailbox_env_t env = {
        .loop = {.allocate = allocate, .release = release, .wake = wake_media, .context = rig},
        .wake_script = wake_script,
        .context = rig};
    uv_loop_init(&rig->loop);
    rig->memory = aligned_alloc(16, (oc_mailbox_bytes() + 15) / 16 * 16);
    rig->context = (oc_script_context_t){
        .mailbox = oc_mailbox_init(rig->memory, &env),
        .facts =
            {.version = "1.2.3",
             .default_input = "",
             .options = options,
             .option_count = 2,
             .settings_path = "s.json",
             .settings_text =
                 "{\"timezone\": \"Asia/Tokyo\", \"record\": {\"name\": \"probe\"}, \"log\": "
                 "\"debug\","
                 " \"listen\": [\"127.0.0.1\", \"::1\"], \"http\": {\"login\": \"always\","
                 " \"hosts\": [\"cam.example\"], \"tlsCert\": \"c.pem\", \"tlsKey\": \"k.pem\","
                 " \"corsOrigins\": [\"https://a.example\", \"https://b.example\"]}}",
             .data_path = "/data"},
        .read_row = read_row,
        .read_name = read_name,
        .read_why = read_why,
        .now_us = now_us,
        .read_clock = read_clock,
        .read_zone = read_zone,
        .print = print,
        .set_log_level = set_log_level,
        .host = rig,
    };
    rig->context.facts.started_us = now_us(rig);
    rig->level = OC_LOG_ERROR;
    *state = rig;
    return 0;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    if (rig->machine)
        end_script(rig);
    oc_mailbox_new_generation(rig->context.mailbox); /* drops what nobody took */
    oc_command_t command;
    while (oc_mailbox_take_command(rig->context.mailbox, &command) == OC_OK)
        oc_mailbox_parcel_free(rig->context.mailbox, &command.parcel);
    int leaked = oc_mailbox_parcel_bytes(rig->context.mailbox) != 0 || rig->allocated != 0;
    uv_loop_close(&rig->loop);
    free(rig->memory);
    free(rig);
    return leaked;
}

static void opens_records_and_is_ready(void **state) {
    rig_t *rig = *state;
    const void *record = NULL;
    start_script(rig);
    wait_for(rig, OC_COMMAND_READY, NULL);

    assert_non_null(find(rig, OC_COMMAND_HTTP_LISTEN, &record));
    assert_non_null(record);
    const oc_listen_config_t *listening = record;
    assert_string_equal(listening->addresses, "127.0.0.1\n::1");
    assert_string_equal(listening->hosts, "cam.example");
    assert_string_equal(listening->cors_origins, "https://a.example\nhttps://b.example");
    assert_string_equal(listening->tls_cert, "c.pem");
    assert_string_equal(listening->tls_key, "k.pem");
    assert_int_equal(listening->always, 1);
    assert_int_equal(listening->port, 0);

    const oc_command_t *list = find(rig, OC_COMMAND_DESIRED, &record);
    const oc_desired_head_t *head = record;
    const oc_desired_entry_t *entry = (const void *)(head + 1);
    const oc_channel_config_t *config = &entry->channel;
    assert_int_equal(list->arg[0], 0);
    assert_int_equal(list->arg[1], sizeof *head + sizeof *entry);
    assert_int_equal(list->parcel.len, list->arg[1]);
    assert_int_equal(head->count, 1);
    assert_string_equal(head->name, "probe");
    assert_string_equal(head->posix, "JST-9");
    assert_int_equal(head->offset_minutes, 540);
    assert_int_equal(entry->records, 1);
    assert_string_equal(entry->record.name, "probe");
    assert_int_equal(entry->record.segment_ms, 90 * 60000);
    assert_int_equal(entry->record.audio, 0); /* until it is enabled */
    assert_int_equal(entry->record.stream, OC_STREAM_MAIN);
    assert_int_equal(entry->until_lo | entry->until_hi, 0);
    assert_string_equal(entry->title, "front");
    assert_true(entry->always);
    assert_string_equal(config->name, "front");
    assert_string_equal(config->url, INPUT);
    assert_true(config->audio && config->loop && !config->as_fast_as_possible);
    assert_int_equal(config->ring_ms, 12000);
    assert_int_equal(config->ring_bytes, 0);
    assert_int_equal(config->hls_target_ms, 1000);
    assert_int_equal(config->hls_part_ms, 200);

    assert_string_equal(rig->printed,
                        "viewer: https://127.0.0.1:4711/\ncertificate, SHA-256: AA:BB\n");
    assert_int_equal(rig->level, OC_LOG_DEBUG);
}

/* It says again what shall run; what runs is not its business. */
static void next_script_gives_the_same_list(void **state) {
    rig_t *rig = *state;
    uint8_t list[sizeof rig->record[0]];
    const void *record = NULL;
    start_script(rig);
    wait_for(rig, OC_COMMAND_READY, NULL);
    uint32_t bytes = find(rig, OC_COMMAND_DESIRED, &record)->parcel.len;
    memcpy(list, record, bytes);
    end_script(rig);
    rig->context.facts.end_reason = "threw";
    rig->context.facts.end_message = "Error: \xC3\xBC";
    rig->context.facts.end_wall_us = INT64_C(1795229460000000);
    start_script(rig);
    wait_for(rig, OC_COMMAND_READY, NULL);
    assert_int_equal(find(rig, OC_COMMAND_DESIRED, &record)->parcel.len, bytes);
    assert_memory_equal(record, list, bytes);

    rig->request = "/api/status";
    rig->request_id = 17;
    oc_mailbox_edge(rig->context.mailbox, OC_OBJECT_HTTP);
    const oc_command_t *reply = wait_for(rig, OC_COMMAND_HTTP_REPLY, NULL);
    assert_int_equal(reply->arg[0], 17);
    assert_int_equal(reply->arg[1], 200);
    assert_non_null(strstr(rig->body, "\"generation\":2,\"restarts\":1"));
    assert_non_null(
        strstr(rig->body, "\"lastEnd\":{\"reason\":\"threw\",\"message\":\"Error: \xC3\xBC\""));
    assert_non_null(strstr(rig->body, "\"now\":\"2026-11-21T02:51:01.123Z\",\"quality\":\"ntp\""));
    assert_non_null(strstr(rig->body, "\"timezone\":{\"name\":\"Asia/Tokyo\",\"posix\":\"JST-9\","
                                      "\"offsetMinutes\":540}"));
    assert_non_null(
        strstr(rig->body, "\"id\":1,\"name\":\"front\",\"title\":\"front\",\"state\":\"running\""));
}

static void text_outside_the_basic_plane_survives_both_ways(void **state) {
    rig_t *rig = *state;
    start_script(rig);
    wait_for(rig, OC_COMMAND_READY, NULL);
    rig->request = "/api/\xF0\x9F\x8E\xA5";
    rig->request_id = 2147483647;
    oc_mailbox_edge(rig->context.mailbox, OC_OBJECT_HTTP);
    const oc_command_t *reply = wait_for(rig, OC_COMMAND_HTTP_REPLY, NULL);
    assert_int_equal(reply->arg[0], 2147483647);
    assert_int_equal(reply->arg[1], 404);
    assert_non_null(strstr(rig->body, "no such resource: /api/\xF0\x9F\x8E\xA5\""));
}

static void why_a_source_does_not_open_ends_the_process_with_it(void **state) {
    rig_t *rig = *state;
    const void *record = NULL;
    rig->fails = OC_ERR_RANGE;
    start_script(rig);
    const oc_command_t *end = wait_for(rig, OC_COMMAND_EXIT, &record);
    assert_int_equal(end->arg[0], 1);
    assert_string_equal((const char *)record, "front: cannot open " INPUT ": gr\xC3\xB6\xC3\x9F"
                                              "er als der Ring");
    assert_string_equal(rig->printed, "");
}

static void full_pool_is_a_busy_that_ends_the_script_only(void **state) {
    rig_t *rig = *state;
    oc_parcel_t taken[64] = {0};
    unsigned count = 0;
    for (uint32_t size = OC_PARCEL_MAX; size > 0; size /= 2) {
        while ((taken[count].data = oc_mailbox_parcel_alloc(rig->context.mailbox, size))) {
            taken[count++].len = size;
            assert_true(count < 64);
        }
    }
    start_script(rig);
    for (uint64_t until = uv_hrtime() + UINT64_C(1000) * TEST_WAIT_US;
         oc_machine_end(rig->machine)->reason == OC_MACHINE_RUNNING;) {
        assert_true(uv_hrtime() < until);
        turn(rig);
    }
    assert_int_equal(oc_machine_end(rig->machine)->reason, OC_MACHINE_REJECTED);
    assert_non_null(strstr(oc_machine_end(rig->machine)->text, "busy"));
    while (count-- > 0)
        oc_mailbox_parcel_free(rig->context.mailbox, &taken[count]);
}

/* Commands under way, a reply that waits: both fall out with the generation, nothing leaks. */
static void script_that_ends_with_work_under_way_leaves_nothing(void **state) {
    rig_t *rig = *state;
    start_script(rig);
    wait_for(rig, OC_COMMAND_READY, NULL);
    rig->deaf = true; /* HTTP_TAKE is posted and not answered */
    oc_mailbox_edge(rig->context.mailbox, OC_OBJECT_HTTP);
    for (int i = 0; i < 10; i++)
        turn(rig);
    rig->deaf = false;
    rig->request = "/api/status";
    rig->request_id = 1;
    rig->hold = true; /* the answer waits in the mailbox */
    turn(rig);
    assert_true(oc_mailbox_parcel_bytes(rig->context.mailbox) > 0);
    end_script(rig);
    oc_mailbox_new_generation(rig->context.mailbox);
    assert_int_equal(oc_mailbox_parcel_bytes(rig->context.mailbox), 0);
}

/* 544 KB, of which some 105 KB are the host's own modules and their names: on a board those are in
 * flash, and the rest lies in the 608 KB that it gives heap and stack, where app_hour_test lets it
 * work for an hour (ADR 70). A slot has 16 bytes in 32 bits; twice that here. */
static void heap_after_start_is_small(void **state) {
    rig_t *rig = *state;
    oc_machine_memory_t memory;
    start_script(rig);
    wait_for(rig, OC_COMMAND_READY, NULL);
    oc_machine_collect(rig->machine);
    oc_machine_memory(rig->machine, &memory);
    print_message("heap of the application after start: %zu bytes live, %zu taken, %u keys\n",
                  memory.used_bytes, memory.allocated_bytes, memory.keys);
    assert_in_range(memory.used_bytes, 1, 136 * 1024 * sizeof(void *));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_records_and_is_ready, set_up, tear_down),
        cmocka_unit_test_setup_teardown(next_script_gives_the_same_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_outside_the_basic_plane_survives_both_ways, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(why_a_source_does_not_open_ends_the_process_with_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(full_pool_is_a_busy_that_ends_the_script_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(script_that_ends_with_work_under_way_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(heap_after_start_is_small, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("plane_xs", tests, NULL, NULL);
}
