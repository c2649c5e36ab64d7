/* oc_p2p_xs under a script of the raw layer (tests/modules/p2p/raw.ts) on the real engine, glue and
 * mailbox: records, numbers of four arguments, notices with raw bytes, rows, labels, texts outside
 * of ASCII, and what is left when the script ends. The media side is the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "oc_host_archive.h"
#include "oc_host_modules.h"
#include "oc_p2p_open.h"
#include "oc_script_context.h"

#define CAMERA  "\xF0\x9F\x8E\xA5"
#define UMLAUT  "\xC3\xBC"
#define VIEW    519 /* on row 7 where there are 512 */
#define PENDING 8   /* notices that wait */

typedef struct notice {
    char line[256];
    const char *bytes; /* behind the line; NULL: none */
    size_t size;
} notice_t;

typedef struct rig {
    oc_script_context_t context; /* first: it is the machine's host pointer */
    uv_loop_t loop;
    oc_machine_t *machine;
    void *memory;
    bool wake_media, wake_script;
    uint32_t allocated; /* parcels not yet released */
    int open_code;
    notice_t notices[PENDING];
    unsigned waiting;
    oc_command_t last; /* of any kind but P2P_TAKE; its parcel is in `bytes` */
    uint8_t bytes[16384];
    uint32_t size;
    oc_session_row_t session;
    oc_view_row_t view;
    char printed[8192];
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

static int64_t now_us(void *host) {
    return (int64_t)(uv_hrtime() / 1000);
}
static bool read_session(void *host, unsigned index, oc_session_row_t *row) {
    *row = index == 1 ? ((rig_t *)host)->session : (oc_session_row_t){0};
    return index != 2; /* the writer is at work there */
}
static bool read_view(void *host, unsigned index, oc_view_row_t *row) {
    *row = index == VIEW % OC_VIEWS_MAX ? ((rig_t *)host)->view : (oc_view_row_t){0};
    return true;
}
static void print(void *host, const char *text, size_t bytes) {
    rig_t *rig = host;
    size_t used = strlen(rig->printed);
    snprintf(rig->printed + used, sizeof rig->printed - used, "%.*s\n", (int)bytes, text);
}

static oc_parcel_t parcel_of(rig_t *rig, const void *data, size_t size) {
    oc_parcel_t parcel = {0};
    if (size) {
        parcel.len = (uint32_t)size;
        parcel.data = oc_mailbox_parcel_alloc(rig->context.mailbox, parcel.len);
        assert_non_null(parcel.data);
        memcpy(parcel.data, data, size);
    }
    return parcel;
}

static oc_parcel_t take_notice(rig_t *rig) {
    if (rig->waiting == 0)
        return (oc_parcel_t){0};
    notice_t notice = rig->notices[0];
    char all[1024];
    size_t size = strlen(notice.line);
    memmove(rig->notices, rig->notices + 1, --rig->waiting * sizeof notice);
    memcpy(all, notice.line, size);
    if (notice.bytes) {
        all[size++] = '\n';
        memcpy(all + size, notice.bytes, notice.size);
        size += notice.size;
    }
    return parcel_of(rig, all, size);
}

static void serve(rig_t *rig, oc_command_t *command) {
    oc_parcel_t parcel = {0};
    int code = command->kind == OC_COMMAND_P2P_OPEN ? rig->open_code : OC_OK;
    if (command->kind == OC_COMMAND_P2P_TAKE) {
        parcel = take_notice(rig);
        code = parcel.len ? OC_OK : OC_AGAIN;
    } else {
        assert_true(command->parcel.len <= sizeof rig->bytes);
        rig->last = *command;
        rig->size = command->parcel.len;
        if (rig->size)
            memcpy(rig->bytes, command->parcel.data, rig->size);
    }
    if (command->kind == OC_COMMAND_P2P_OFFER)
        parcel = parcel_of(rig, "v=0 " UMLAUT, 6);
    oc_mailbox_parcel_free(rig->context.mailbox, &command->parcel);
    oc_mailbox_reply(rig->context.mailbox, command->request, command->generation, code, 5, 0,
                     parcel);
}

static void turn(rig_t *rig) {
    oc_command_t command;
    uv_run(&rig->loop, UV_RUN_NOWAIT);
    if (rig->wake_media) {
        rig->wake_media = false;
        while (oc_mailbox_take_command(rig->context.mailbox, &command) == OC_OK)
            serve(rig, &command);
    }
    if (rig->wake_script && rig->context.pump) {
        rig->wake_script = false;
        rig->context.pump(rig->context.pump_data);
    }
}

/* Turns until nothing happens any more. */
static void settle(rig_t *rig) {
    for (int quiet = 0; quiet < 5; quiet++) {
        if (rig->wake_media || rig->wake_script)
            quiet = 0;
        turn(rig);
    }
    if (oc_machine_end(rig->machine)->reason != OC_MACHINE_RUNNING)
        fail_msg("the script ended: %s", oc_machine_end(rig->machine)->text);
}

/* Turns until the last command is one of this kind. */
static void wait_for(rig_t *rig, int kind) {
    for (int turns = 0; rig->last.kind != kind; turns++) {
        assert_true(turns < 100);
        turn(rig);
    }
}

static void notify(rig_t *rig, const char *line, const char *bytes, size_t size) {
    assert_true(rig->waiting < PENDING);
    notice_t *notice = &rig->notices[rig->waiting++];
    snprintf(notice->line, sizeof notice->line, "%s", line);
    notice->bytes = bytes;
    notice->size = size;
    oc_mailbox_edge(rig->context.mailbox, OC_OBJECT_P2P);
}

/* Asks on the command channel; the answer is rig->bytes. */
static void request(rig_t *rig, const char *text) {
    notify(rig, "{\"kind\":\"command\",\"view\":9,\"session\":3,\"request\":4294967295}", text,
           strlen(text));
    settle(rig);
    assert_int_equal(rig->last.kind, OC_COMMAND_P2P_REPLY);
    assert_int_equal(rig->last.arg[0], 9);
    assert_int_equal(rig->last.arg[1], -1); /* ids of viewers have 32 bits */
    rig->bytes[rig->size] = '\0';
}

static void expect_answer(rig_t *rig, const char *text, const char *answer) {
    request(rig, text);
    assert_string_equal((const char *)rig->bytes, answer);
    assert_int_equal(rig->last.arg[2], 0);
}

static void *read_tests(size_t *size) {
    FILE *file = fopen(TESTS, "rb");
    assert_non_null(file);
    void *data = malloc(4 << 20);
    *size = fread(data, 1, 4 << 20, file);
    fclose(file);
    assert_in_range(*size, 1, (4 << 20) - 1);
    return data;
}

static void start_script(rig_t *rig) {
    size_t size;
    const char *error = NULL;
    void *tests = read_tests(&size);
    oc_machine_config_t config = {.name = "test",
                                  .loop = &rig->loop,
                                  .natives = oc_host_natives,
                                  .native_count = oc_host_native_count,
                                  .host = rig};
    rig->context.facts.generation = oc_mailbox_new_generation(rig->context.mailbox);
    assert_int_equal(oc_machine_create(&rig->machine, &config), 0);
    assert_int_equal(
        oc_machine_map(rig->machine, oc_host_archive, oc_host_archive_size, true, &error), 0);
    assert_int_equal(oc_machine_map(rig->machine, tests, size, false, &error), 0);
    free(tests);
    assert_int_equal(oc_machine_import(rig->machine, OC_HOST_PRELUDE), 0);
    oc_machine_import(rig->machine, "ocellus/test/p2p/raw");
    settle(rig);
}

static void end_script(rig_t *rig) {
    oc_machine_delete(rig->machine);
    rig->machine = NULL;
    uv_run(&rig->loop, UV_RUN_NOWAIT);
    assert_null(rig->context.pump);
}

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
        .facts = {.version = "1.2.3", .default_input = "", .data_path = "/data"},
        .read_session = read_session,
        .read_view = read_view,
        .now_us = now_us,
        .print = print,
        .host = rig,
    };
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

/* [B1] [B11] What the script says is what the P2P service reads. */
static void opens_as_it_is_told(void **state) {
    rig_t *rig = *state;
    oc_p2p_open_t open;
    const char *why = NULL;
    start_script(rig);
    assert_int_equal(rig->last.kind, OC_COMMAND_P2P_OPEN);
    assert_int_equal(rig->last.arg[0], OC_P2P_RAW);
    assert_int_equal(oc_p2p_open_read(oc_span(rig->bytes, rig->size), &open, &why), OC_OK);
    assert_int_equal(open.port, 4711);
    assert_int_equal(open.keep_alive_s, 255);
    assert_int_equal(open.keep_alive_attempts, 10);
    assert_true(open.loopback && !open.relay_only && open.ipv4 && !open.ipv6);
    assert_int_equal(open.servers, 2);
    assert_string_equal(open.server[0].host, "turn.example");
    assert_string_equal(open.server[0].user, UMLAUT);
    assert_string_equal(open.server[0].password, "geheim");
    assert_string_equal(open.server[1].host, "::1");
    assert_string_equal(open.ca, "/etc/gr\xC3\xB6\xC3\x9F"
                                 "e.pem");
    assert_string_equal(rig->printed, "opened {\"adopted\":false}\n");
}

/* [B2] [B4] */
static void requests_accepts_and_refuses(void **state) {
    rig_t *rig = *state;
    start_script(rig);
    rig->printed[0] = '\0';
    notify(rig,
           "{\"kind\":\"send-start\",\"view\":519,\"session\":3,\"peer\":\"" UMLAUT
           "\",\"label\":\"n.a?action=live&channel=2&t=%F0%9F%8E%A5\"}",
           NULL, 0);
    settle(rig);
    assert_int_equal(rig->last.kind, OC_COMMAND_P2P_ACCEPT);
    assert_int_equal(rig->last.object, OC_VIEW_LIVE);
    assert_int_equal(rig->last.arg[0], VIEW);
    assert_int_equal(rig->last.arg[1], 2);
    assert_int_equal(rig->last.arg[2], OC_STREAM_SUB);
    notify(rig, "{\"kind\":\"send-stop\",\"view\":519,\"session\":3,\"reason\":\"left\"}", NULL, 0);
    notify(rig, "{\"kind\":\"send-start\",\"view\":520,\"session\":3,\"label\":\"action=x\"}", NULL,
           0);
    settle(rig);
    assert_int_equal(rig->last.kind, OC_COMMAND_P2P_REFUSE);
    assert_int_equal(rig->last.arg[0], 520);
    assert_int_equal(rig->size, strlen("kein x: gr\xC3\xB6\xC3\x9F"
                                       "er " CAMERA));
    assert_memory_equal(rig->bytes,
                        "kein x: gr\xC3\xB6\xC3\x9F"
                        "er " CAMERA,
                        rig->size);
    assert_string_equal(rig->printed,
                        "start \"live\" \"n.a\" {\"action\":\"live\",\"channel\":\"2\",\"t\":"
                        "\"" CAMERA "\"} {\"session\":3,\"view\":519,\"address\":\"" UMLAUT "\"}\n"
                        "stop 519 \"left\"\n"
                        "start \"x\" \"\" {\"action\":\"x\"} "
                        "{\"session\":3,\"view\":520,\"address\":\"\"}\n");
}

/* [B9] Raw bytes behind the line, line feeds among them. */
static void receives_bytes_as_they_came(void **state) {
    rig_t *rig = *state;
    start_script(rig);
    rig->printed[0] = '\0';
    notify(rig, "{\"kind\":\"receive-start\",\"view\":4,\"session\":3,\"label\":\"action=voice\"}",
           NULL, 0);
    notify(rig, "{\"kind\":\"receive\",\"view\":4,\"session\":3}", "\0\n\xFF\n", 4);
    notify(rig, "{\"kind\":\"receive-end\",\"view\":4,\"session\":3}", NULL, 0);
    settle(rig);
    assert_int_equal(rig->last.kind, OC_COMMAND_P2P_ACCEPT);
    assert_int_equal(rig->last.object, OC_VIEW_RECEIVE);
    assert_string_equal(rig->printed, "receive 4\ndata 4 [0,10,255,10]\ndata 4 null\n");
}

/* [B5] [B10] */
static void answers_commands(void **state) {
    rig_t *rig = *state;
    start_script(rig);
    expect_answer(rig, "echo " UMLAUT " " CAMERA, "echo " UMLAUT " " CAMERA);
    request(rig, "bytes");
    assert_int_equal(rig->size, 2);
    assert_memory_equal(rig->bytes, "\xFF\n", 2);
    request(rig, "close");
    assert_int_equal(rig->size, 0);
    assert_int_equal(rig->last.arg[2], 0);
    request(rig, "dance");
    assert_string_equal((const char *)rig->bytes, "no verb dance");
    assert_int_equal(rig->last.arg[2], 1);
    notify(rig, "{\"kind\":\"command\",\"view\":9,\"session\":3,\"request\":2147483647}",
           "watermarks", 10);
    wait_for(rig, OC_COMMAND_P2P_WATERMARKS);
    assert_int_equal(rig->last.arg[0], 0);
    assert_int_equal(rig->last.arg[1], 204800);
    assert_int_equal(rig->last.arg[2], 409600);
    assert_int_equal(rig->last.arg[3], 2147483647);
    settle(rig);
    assert_int_equal(rig->last.arg[1], 2147483647);
    notify(rig, "{\"kind\":\"command\",\"view\":9,\"session\":3,\"request\":1}", "offer 7 v=0", 11);
    wait_for(rig, OC_COMMAND_P2P_OFFER);
    assert_int_equal(rig->size, strlen("7 " UMLAUT " " CAMERA "\n\nv=0"));
    assert_memory_equal(rig->bytes, "7 " UMLAUT " " CAMERA "\n\nv=0", rig->size);
    settle(rig);
    rig->bytes[rig->size] = '\0';
    assert_string_equal((const char *)rig->bytes, "{\"session\":5,\"sdp\":\"v=0 " UMLAUT "\"}");
}

/* [B6] [B7] */
static void reads_rows(void **state) {
    rig_t *rig = *state;
    start_script(rig);
    expect_answer(rig, "rows", "[[],[]]");
    rig->session = (oc_session_row_t){.session = 3,
                                      .state = OC_SESSION_UP,
                                      .views = 1,
                                      .family = 6,
                                      .port = 9,
                                      .ip0 = 0x20010DB8,
                                      .ip3 = 0xFFFFFFFF,
                                      .rtt_us = 1,
                                      .login = 0xFFFFFFFF};
    rig->view = (oc_view_row_t){.view = VIEW,
                                .session = 3,
                                .state = OC_VIEW_OPEN,
                                .kind = OC_VIEW_LIVE,
                                .queued = 0xFFFFFFFF,
                                .inst_rate = 1,
                                .acked_rate = 2,
                                .acked_lo = 3,
                                .acked_hi = 1,
                                .rtt_us = 4,
                                .loss_ppm = 5,
                                .cwnd = 6,
                                .pacing_rate = 7,
                                .drop_ring = 8,
                                .drop_watermark = 9,
                                .drop_report = 10,
                                .drop_tracks = 11,
                                .abandoned = 12};
    expect_answer(rig, "rows",
                  "[[{\"session\":3,\"state\":\"up\",\"views\":1,\"address\":\"[2001:db8::ffff:"
                  "ffff]:9\",\"relayed\":false,\"rttUs\":1,\"uptimeS\":0,"
                  "\"login\":4294967295}],[519]]");
    expect_answer(rig, "buffer 519", "4294967295");
    expect_answer(rig, "buffer 7", "0");
    request(rig, "status 519");
    assert_non_null(strstr((const char *)rig->bytes,
                           "\"instantRate\":1,\"acknowledgedRate\":2,\"acknowledgedBytes\":"
                           "4294967299,\"rttUs\":4,\"lossPpm\":5,\"congestionWindow\":6,"
                           "\"pacingRate\":7,\"drops\":{\"overtaken\":8,\"watermark\":9,"
                           "\"report\":10,\"tracks\":11,\"abandoned\":12}"));
    expect_answer(rig, "status 520", "null");
    rig->context.read_session = NULL;
    rig->context.read_view = NULL;
    expect_answer(rig, "rows", "[[],[]]");
    expect_answer(rig, "buffer 519", "0");
}

/* [B1] [B13] The next script adopts; the other layer's transport is a refusal. */
static void next_script_adopts_or_is_refused(void **state) {
    rig_t *rig = *state;
    start_script(rig);
    notify(rig, "{\"kind\":\"ready\"}", NULL, 0); /* an edge and a notice that nobody takes */
    end_script(rig);
    rig->printed[0] = '\0';
    rig->open_code = OC_ERR_EXIST;
    rig->view = (oc_view_row_t){.view = VIEW, .state = OC_VIEW_OPEN, .kind = OC_VIEW_LIVE};
    start_script(rig);
    notify(rig, "{\"kind\":\"send-stop\",\"view\":519,\"session\":3,\"reason\":\"left\"}", NULL, 0);
    settle(rig);
    assert_string_equal(rig->printed, "opened {\"adopted\":true}\n"
                                      "event {\"kind\":\"ready\"}\n"
                                      "stop 519 \"left\"\n");
    end_script(rig);
    rig->printed[0] = '\0';
    rig->open_code = OC_ERR_BUSY;
    start_script(rig);
    assert_string_equal(rig->printed, "refused \"OcellusError: busy: the queue is full\"\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_as_it_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_accepts_and_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(receives_bytes_as_they_came, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_commands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(next_script_adopts_or_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("p2p_xs", tests, NULL, NULL);
}
