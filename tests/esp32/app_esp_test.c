/* The product's application on the ground a board gives it: archive out of a partition, settings of
 * the board, camera, media task, edge. The engine is the one of Linux; everything beneath it is
 * hosts/esp32 with a scripted camera. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "fake_idf.h"
#include "oc_app_slot.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_host_modules.h"
#include "oc_loop.h"
#include "oc_script_esp.h"
#include "test_wait.h"

#define TURN_MS  20
#define LOG_MAX  4096
#define APP_MAIN "ocellus/app/main"

static oc_loop_t *loop;
static char script_log[LOG_MAX];

static int post(void *context) {
    oc_loop_wake(loop);
    return 1;
}

static void on_woken(void *context) {
    oc_script_esp_pump();
}

static void on_log(void *context, oc_machine_log_t level, const char *text) {
    size_t used = strlen(script_log);
    snprintf(script_log + used, sizeof script_log - used, "%s\n", text);
}

static void on_end(void *context, const oc_machine_end_t *end) {
    oc_loop_quit(loop);
}

/* Puts build/.../app.xsa into the partition. */
static void flash_application(void) {
    static uint8_t flash[OC_APP_SLOT_BYTES];
    FILE *file = fopen(APP_ARCHIVE, "rb");
    assert_non_null(file);
    memset(flash, 0xff, sizeof flash);
    assert_true(fread(flash, 1, sizeof flash, file) > 1000);
    fclose(file);
    fake_partition = (fake_partition_t){"appA", OC_APP_SLOT_TYPE, flash, sizeof flash, ESP_OK};
}

static oc_machine_t *start_machine(void) {
    oc_machine_config_t config = {.name = "board",
                                  .loop = oc_loop_native(loop),
                                  .host = oc_script_esp_context(),
                                  .on_log = on_log,
                                  .on_end = on_end};
    oc_machine_t *machine = NULL;
    const char *error = NULL;
    uint8_t *archive = NULL;
    size_t size;
    char why[100] = "";
    oc_host_modules_configure(&config);
    assert_int_equal(oc_machine_create(&machine, &config), 0);
    assert_int_equal(oc_host_modules_map(machine, &error), 0);
    if (oc_app_slot_read("appA", &archive, &size, why, sizeof why) < 0)
        fail_msg("%s", why);
    assert_int_equal(oc_machine_map(machine, archive, size, false, &error), 0);
    oc_esp_release(archive);
    assert_int_equal(oc_machine_import(machine, OC_HOST_PRELUDE), 0);
    assert_int_equal(oc_machine_import(machine, APP_MAIN), 0);
    return machine;
}

static void the_application_runs_on_a_board(void **state) {
    char why[200] = "";
    oc_stream_row_t row = {0};
    fake_reset();
    fake_camera.frame_us = 20000;
    fake_camera.bytes = 20000;
    flash_application();
    assert_int_equal(oc_loop_create(&loop, on_woken, NULL), 0);
    oc_loop_enter(loop);
    if (oc_script_esp_start(post, NULL, why, sizeof why) < 0)
        fail_msg("%s", why);
    oc_machine_t *machine = start_machine();
    oc_script_context_t *context = oc_script_esp_context();
    for (int turn = 0; row.packets_lo < 50 && turn < TEST_WAIT_MS / TURN_MS; turn++) {
        if (oc_machine_end(machine)->reason != OC_MACHINE_RUNNING)
            fail_msg("the script ended: %s\n%s", oc_machine_end(machine)->text, script_log);
        oc_loop_run_for(loop, TURN_MS);
        context->read_row(context->host, 0, &row);
    }
    assert_int_equal(row.state, OC_STREAM_RUNNING);
    assert_true(row.packets_lo >= 50);
    assert_int_equal(row.width, 1280);
    assert_int_equal(row.recording, 0);
    assert_int_equal(row.ring_bytes, 2000000);
    assert_int_equal(row.revision, 1);
    assert_non_null(strstr(script_log, "this host has no HTTP server so far"));
    assert_int_equal(fake_camera.quality, 12);
    oc_machine_stop(machine, "the test ends");
    while (oc_machine_end(machine)->reason == OC_MACHINE_RUNNING)
        oc_loop_run(loop);
    oc_machine_delete(machine);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_application_runs_on_a_board)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fflush(stdout);
    _Exit(failed); /* the board's tasks still run */
}
