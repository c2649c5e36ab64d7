/* The light and the switch of a board, and what NVS keeps: with the media task, the scripted camera
 * and scripted pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "fake_idf.h"
#include "nvs.h"
#include "oc_capture_esp.h"
#include "oc_err.h"
#include "oc_media_task.h"
#include "test_letter.h"
#include "test_wait.h"

#define LIGHT    5 /* mc.defines.h: low is bright */
#define SWITCH   6 /* high is raised */
#define MILLI_US 1000

enum { COMMAND = OC_PRIVACY_COMMAND, RAISED = OC_PRIVACY_SWITCH };

static oc_media_task_t *media;

static void on_wake(void *context) {}

static void begin(void) {
    static bool added;
    if (!added)
        assert_int_equal(oc_capture_add("camera", &oc_capture_esp), OC_OK);
    added = true;
    fake_camera.bytes = 3000;
    fake_camera.frame_us = 4000;
    oc_media_task_config_t config = {.wake_script = on_wake};
    assert_int_equal(oc_media_task_start(&media, &config), OC_OK);
    oc_media_task_new_script(media, oc_mailbox_new_generation(oc_media_task_mailbox(media)));
}

static void end(void) {
    assert_true(oc_media_task_stop(media, TEST_WAIT_MS));
    assert_int_equal(fake_tasks(), 0);
    assert_int_equal(fake_memory_out(), 0);
    assert_false(fake_camera.ready);
    assert_int_equal(fake_pin[LIGHT], 1); /* dark */
}

static void nap(void) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static int req(uint16_t kind, uint16_t object, int32_t arg0, const void *record, uint32_t size) {
    oc_mailbox_t *box = oc_media_task_mailbox(media);
    oc_command_t command = {.kind = kind, .object = object, .arg = {arg0, (int32_t)size}};
    oc_reply_t reply;
    if (size) {
        command.parcel = (oc_parcel_t){oc_mailbox_parcel_alloc(box, size), size};
        memcpy(command.parcel.data, record, size);
    }
    assert_true(oc_mailbox_post(box, &command) > 0);
    for (int ms = 0; oc_mailbox_take_reply(box, &reply) != OC_OK; ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    oc_mailbox_parcel_free(box, &reply.parcel);
    return reply.code;
}

/* A camera is wanted, and this becomes of it. */
static void open_camera(int expected) {
    oc_channel_config_t config = {.name = "cam1", .ring_bytes = 500000};
    const oc_plane_t *plane = oc_media_task_plane(media);
    test_letter_t letter = {0};
    int code = 0;
    snprintf(config.url, sizeof config.url, "camera:?width=320&height=240");
    test_letter_add(&letter, &config);
    assert_int_equal(req(OC_COMMAND_DESIRED, 0, 0, &letter, (uint32_t)test_letter_bytes(&letter)),
                     OC_OK);
    for (int ms = 0; !test_letter_tried(plane, "cam1", 1, &code, NULL) || code != expected;
         ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
}

static int set(bool on) {
    return req(OC_COMMAND_PRIVACY, COMMAND, on ? COMMAND : 0, NULL, 0);
}

static void wait_reasons(uint32_t reasons) {
    for (int ms = 0; oc_plane_privacy(oc_media_task_plane(media)) != reasons; ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
}

static void wait_light(int level) {
    for (int ms = 0; fake_pin[LIGHT] != level; ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
}

/* The light is bright as long as the sensor is set up, and the switch takes both away. */
static void the_light_follows_the_sensor(void **state) {
    fake_reset();
    begin();
    wait_light(1);
    open_camera(OC_OK);
    wait_light(0);
    assert_true(fake_camera.ready);
    fake_level[SWITCH] = 1;
    wait_reasons(RAISED);
    wait_light(1);
    for (int ms = 0; fake_camera.ready; ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    open_camera(OC_ERR_PRIVATE);
    fake_level[SWITCH] = 0;
    wait_reasons(0);
    open_camera(OC_OK);
    wait_light(0);
    end();
}

/* A contact that bounces ends nothing twice. */
static void the_switch_may_bounce(void **state) {
    fake_reset();
    begin();
    open_camera(OC_OK);
    for (int i = 0; i < 40; i++, nap())
        fake_level[SWITCH] = i % 3 != 0;
    fake_level[SWITCH] = 1;
    wait_reasons(RAISED);
    for (int i = 0; i < 20; i++, nap())
        fake_level[SWITCH] = i % 2;
    fake_level[SWITCH] = 0;
    wait_reasons(0);
    end();
}

static void raised_at_the_start_nothing_is_set_up(void **state) {
    fake_reset();
    fake_level[SWITCH] = 1;
    begin();
    open_camera(OC_ERR_PRIVATE);
    assert_int_equal(fake_camera.inits, 0);
    assert_int_equal(fake_pin[LIGHT], 1);
    assert_int_equal(set(true), OC_OK);
    fake_level[SWITCH] = 0;
    wait_reasons(COMMAND);
    open_camera(OC_ERR_PRIVATE);
    end();
}

/* As over a loss of power: the value in NVS is all that stays. */
static void a_command_survives_a_restart(void **state) {
    fake_reset();
    begin();
    open_camera(OC_OK);
    assert_int_equal(set(true), OC_OK);
    assert_int_equal(fake_nvs.value, 1);
    end();
    begin();
    open_camera(OC_ERR_PRIVATE);
    assert_int_equal(set(false), OC_OK);
    assert_int_equal(fake_nvs.value, 0);
    open_camera(OC_OK);
    end();
    unsigned writes = fake_nvs.writes;
    begin();
    open_camera(OC_OK);
    assert_int_equal(set(false), OC_OK);
    assert_int_equal(fake_nvs.writes, writes); /* flash is not worn for nothing */
    end();
}

static void what_cannot_be_read_is_private(void **state) {
    fake_reset();
    fake_nvs.error = ESP_FAIL;
    begin();
    open_camera(OC_ERR_PRIVATE);
    assert_int_equal(set(false), OC_ERR_IO); /* nor can its end be kept */
    wait_reasons(COMMAND);
    fake_nvs.error = ESP_OK;
    assert_int_equal(set(false), OC_OK);
    wait_reasons(0);
    fake_nvs.write_error = ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    assert_int_equal(set(true), OC_ERR_DISK_FULL);
    wait_reasons(COMMAND); /* it holds all the same */
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_light_follows_the_sensor),
        cmocka_unit_test(the_switch_may_bounce),
        cmocka_unit_test(raised_at_the_start_nothing_is_set_up),
        cmocka_unit_test(a_command_survives_a_restart),
        cmocka_unit_test(what_cannot_be_read_is_private),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
