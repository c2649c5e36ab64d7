/* What the script of a board stands on: application partitions, the edge to the XS task, start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "fake_idf.h"
#include "oc_app_slot.h"
#include "oc_edge.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_script_esp.h"
#include "test_wait.h"

static void nap(void) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void an_archive_is_copied_whole(void **state) {
    static uint8_t flash[OC_APP_SLOT_BYTES];
    uint8_t *copy = NULL;
    size_t size = 0;
    char why[100] = "";
    fake_reset();
    for (size_t i = 0; i < sizeof flash; i++)
        flash[i] = (uint8_t)(i * 7);
    memcpy(flash, "\0\1\2\3XS_A", 8);
    fake_partition = (fake_partition_t){"appA", 0x41, flash, sizeof flash, ESP_OK};
    assert_int_equal(oc_app_slot_read("appA", &copy, &size, why, sizeof why), OC_OK);
    assert_int_equal(size, 0x010203);
    assert_memory_equal(copy, flash, size);
    oc_esp_release(copy);
    memcpy(flash, "\0\4\0\0", 4); /* as large as the partition */
    assert_int_equal(oc_app_slot_read("appA", &copy, &size, why, sizeof why), OC_OK);
    oc_esp_release(copy);
    assert_int_equal(fake_memory_out(), 0);
}

static void a_partition_without_one_says_why(void **state) {
    static uint8_t flash[4096];
    static const struct {
        const char *head;
        int code;
        const char *why;
    } cases[] = {
        {"\xff\xff\xff\xff\xff\xff\xff\xff", OC_ERR_NOENT, "appA: empty"},
        {"\0\0\1\0XS_E", OC_ERR_FORMAT, "appA: not an application archive (.xsa)"},
        {"\0\0\0\7XS_A", OC_ERR_FORMAT, "appA: not an application archive (.xsa)"},
        {"\0\0\x10\1XS_A", OC_ERR_TOO_BIG, "appA: larger than its partition"},
        {"\xff\xff\xff\xfeXS_A", OC_ERR_TOO_BIG, "appA: larger than its partition"},
    };
    uint8_t *copy;
    size_t size;
    char why[100];
    fake_reset();
    fake_partition = (fake_partition_t){"appA", 0x41, flash, sizeof flash, ESP_OK};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(flash, cases[i].head, 8);
        assert_int_equal(oc_app_slot_read("appA", &copy, &size, why, sizeof why), cases[i].code);
        assert_string_equal(why, cases[i].why);
    }
    memcpy(flash, "\0\0\1\0XS_A", 8);
    assert_int_equal(oc_app_slot_read("appB", &copy, &size, why, sizeof why), OC_ERR_NOENT);
    assert_string_equal(why, "appB: no such partition of type 0x41");
    fake_memory_left = 0;
    assert_int_equal(oc_app_slot_read("appA", &copy, &size, why, sizeof why), OC_ERR_NOMEM);
    fake_memory_left = -1;
    fake_partition.error = ESP_FAIL;
    assert_int_equal(oc_app_slot_read("appA", &copy, &size, why, sizeof why), OC_ERR_IO);
    assert_int_equal(fake_memory_out(), 0);
    fake_partition.type = 0x40; /* the SDK's own: never looked at */
    assert_int_equal(oc_app_slot_read("appA", &copy, &size, why, sizeof why), OC_ERR_NOENT);
}

static _Atomic unsigned posts;
static _Atomic unsigned refusals;

static int post(void *context) {
    if (refusals > 0) {
        refusals--;
        return 0;
    }
    posts++;
    return 1;
}

static void expect_posts(unsigned count) {
    for (int ms = 0; posts < count; ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    fake_settle();
    assert_int_equal(posts, count);
}

static void many_edges_are_one_message(void **state) {
    oc_edge_t *edge;
    oc_edge_config_t config = {post, NULL};
    fake_reset();
    posts = 0;
    assert_int_equal(oc_edge_start(&edge, &config), OC_OK);
    for (int i = 0; i < 1000; i++)
        oc_edge_raise(edge);
    expect_posts(1);
    for (int i = 0; i < 10; i++, nap())
        oc_edge_raise(edge);
    expect_posts(1); /* that one is still under way */
    oc_edge_taken(edge);
    expect_posts(1);
    refusals = 3; /* the queue of the XS task is full for a while */
    oc_edge_raise(edge);
    expect_posts(2);
    assert_int_equal(refusals, 0);
    oc_edge_taken(edge);
    oc_edge_raise(edge);
    expect_posts(3);
    oc_edge_stop(edge);
    assert_int_equal(fake_tasks(), 0);
    assert_int_equal(fake_memory_out(), 0);
    fake_memory_left = 0;
    assert_int_equal(oc_edge_start(&edge, &config), OC_ERR_NOMEM);
}

static unsigned pumps;

static void pump(void *data) {
    ++*(unsigned *)data;
}

static jmp_buf restarted;

static void on_restart(void) {
    longjmp(restarted, 1);
}

static int64_t restart_s(int64_t uptime_s) {
    fake_now_us = uptime_s * 1000000;
    if (setjmp(restarted) == 0)
        oc_script_esp_ended("it threw");
    return fake_now_us / 1000000 - uptime_s;
}

static void a_loop_of_restarts_is_slow(void **state) {
    static const int64_t pauses_s[] = {1, 2, 4, 8, 16, 32, 60, 60};
    fake_reset();
    fake_on_restart = on_restart;
    for (size_t i = 0; i < sizeof pauses_s / sizeof *pauses_s; i++)
        assert_int_equal(restart_s(1), pauses_s[i]);
    fake_fed = 0;
    assert_int_equal(restart_s(59), 60);
    assert_true(fake_fed >= 60);        /* the watchdog's limit is 30 s */
    assert_int_equal(restart_s(60), 1); /* it ran for a minute */
    assert_int_equal(restart_s(1), 2);
    fake_now_us = -1;
}

static void a_healthy_firmware_is_kept(void **state) {
    fake_kept = 0;
    oc_script_esp_healthy();
    assert_int_equal(fake_kept, 1);
}

/* Last: what it starts runs for as long as the board. */
static void a_board_starts_once(void **state) {
    char why[200] = "";
    fake_reset();
    posts = 0;
    assert_null(oc_script_esp_context());
    fake_no_psram = true;
    assert_int_equal(oc_script_esp_start(post, NULL, why, sizeof why), OC_ERR_NOMEM);
    assert_string_equal(why, "this board has no PSRAM, or it did not answer at start");
    fake_no_psram = false;
    for (int left = 0; left < 5; left++) {
        fake_memory_left = left;
        assert_int_equal(oc_script_esp_start(post, NULL, why, sizeof why), OC_ERR_NOMEM);
        assert_string_equal(why, "no memory for the media plane");
        assert_int_equal(fake_memory_out(), 0);
        assert_int_equal(fake_tasks(), 0);
    }
    fake_memory_left = -1;
    assert_int_equal(oc_script_esp_start(post, NULL, why, sizeof why), OC_OK);
    assert_int_equal(oc_script_esp_start(post, NULL, why, sizeof why), OC_OK);
    assert_int_equal(fake_tasks(), 2);
    oc_script_context_t *context = oc_script_esp_context();
    assert_int_equal(context->facts.generation, 1);
    assert_non_null(strstr(context->facts.settings_text, "\"record\":{\"enabled\":false}"));
    context->pump = pump;
    context->pump_data = &pumps;
    oc_command_t command = {.kind = OC_COMMAND_READY};
    assert_true(oc_mailbox_post(context->mailbox, &command) > 0);
    for (int ms = 0; posts == 0; ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    oc_script_esp_pump();
    assert_int_equal(pumps, 1);
    oc_reply_t reply;
    for (int ms = 0; oc_mailbox_take_reply(context->mailbox, &reply) != OC_OK; ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    assert_int_equal(reply.code, OC_OK);
    assert_non_null(oc_capture_find("camera:"));
    fake_on_restart = on_restart;
    fake_speed = 100;
    if (setjmp(restarted) == 0) {
        oc_script_esp_ended("it threw");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_archive_is_copied_whole),
        cmocka_unit_test(a_partition_without_one_says_why),
        cmocka_unit_test(many_edges_are_one_message),
        cmocka_unit_test(a_loop_of_restarts_is_slow),
        cmocka_unit_test(a_healthy_firmware_is_kept),
        cmocka_unit_test(a_board_starts_once),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    _Exit(failed); /* tasks still run */
}
