/* Motion at the camera of a board: frames as the sensor gives them, tasks as threads. An event
 * begins and ends, with its area; what is wrong with frames, settings and memory ends in one
 * reason; nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "fake_idf.h"
#include "flat_jpeg.h"
#include "oc_capture_esp.h"
#include "oc_err.h"
#include "oc_media_task.h"
#include "oc_plane_impl.h"
#include "oc_motion_task.h"
#include "test_letter.h"
#include "test_wait.h"

#define WIDTH    320
#define HEIGHT   240
#define ACROSS   (WIDTH / 8)
#define DOWN     (HEIGHT / 8)
#define URL      "camera:?width=320&height=240"
#define COOLDOWN 300

typedef enum scene { STILL, MOVING, BROKEN, COARSE } scene_t;
static _Atomic scene_t scene;

/* A wall with a little noise; a box of 7x7 blocks crosses it. */
static size_t picture(uint32_t n, uint16_t width, uint16_t height, uint8_t *out, size_t room) {
    uint8_t grey[ACROSS * DOWN];
    assert_true(width == WIDTH && height == HEIGHT && room >= 1024 + 4 * sizeof grey);
    for (unsigned y = 0; y < DOWN; y++)
        for (unsigned x = 0; x < ACROSS; x++)
            grey[y * ACROSS + x] = (uint8_t)(60 + x + y + (n * 7919 + x * 31 + y * 17) % 3);
    for (unsigned y = 10; scene == MOVING && y < 17; y++)
        for (unsigned x = 0; x < 7; x++)
            grey[y * ACROSS + (n / 4 + x) % ACROSS] = 220;
    size_t len = flat_jpeg(grey, width, height, out);
    if (scene == BROKEN)
        memset(out + len / 2, 0xFF, len / 2 - 2);
    if (scene == COARSE)
        out[2 + 69 + 4 + 1] = 2; /* progressive */
    return len;
}

/* The list of the one channel. */
static test_letter_t letter;

typedef struct rig {
    oc_media_task_t *media;
    uint32_t revision;       /* of the list that was handed over last */
    _Atomic unsigned levels; /* of the inputs of channel 0, at the last READY */
} rig_t;

static void on_wake(void *context) {
    (void)context;
}

static void on_ready(void *context) {
    rig_t *rig = context;
    rig->levels = oc_media_task_plane(rig->media)->inputs[0];
}

static void nap(void) {
    nanosleep(&(struct timespec){0, 2000000}, NULL);
}

static int begin(rig_t *rig) {
    static bool added;
    if (!added)
        assert_int_equal(oc_capture_add("camera", &oc_capture_esp), OC_OK);
    added = true;
    memset(rig, 0, sizeof *rig);
    memset(&letter, 0, sizeof letter);
    oc_media_task_config_t config = {on_wake, on_ready, rig, NULL};
    int result = oc_media_task_start(&rig->media, &config);
    if (result == OC_OK)
        oc_media_task_new_script(rig->media,
                                 oc_mailbox_new_generation(oc_media_task_mailbox(rig->media)));
    return result;
}

static void begin_clean(rig_t *rig) {
    fake_reset();
    fake_camera.frame_us = 25000;
    fake_camera.picture = picture;
    scene = STILL;
    assert_int_equal(begin(rig), OC_OK);
}

static void end(rig_t *rig) {
    assert_true(oc_media_task_stop(rig->media, TEST_WAIT_MS));
    assert_int_equal(fake_tasks(), 0);
    assert_int_equal(fake_memory_out(), 0);
}

/* Posts a command and waits for its answer. */
static int req(rig_t *rig, oc_command_t command, const void *record, uint32_t size) {
    oc_mailbox_t *box = oc_media_task_mailbox(rig->media);
    if (size) {
        command.parcel = (oc_parcel_t){oc_mailbox_parcel_alloc(box, size), size};
        assert_non_null(command.parcel.data);
        memcpy(command.parcel.data, record, size);
    }
    int32_t request = oc_mailbox_post(box, &command);
    assert_true(request > 0);
    for (int ms = 0; ms < TEST_WAIT_MS; ms++, nap()) {
        oc_reply_t reply;
        if (oc_mailbox_take_reply(box, &reply) != OC_OK)
            continue;
        oc_mailbox_parcel_free(box, &reply.parcel);
        if (command.kind == OC_COMMAND_DESIRED)
            rig->revision = (uint32_t)reply.value[0];
        return reply.code;
    }
    fail_msg("no answer to command %d", command.kind);
    return 0;
}

static void hand_over(rig_t *rig) {
    const oc_plane_t *plane = oc_media_task_plane(rig->media);
    int code = OC_OK;
    assert_int_equal(
        req(rig, test_letter_command(&letter), &letter, (uint32_t)test_letter_bytes(&letter)),
        OC_OK);
    for (int ms = 0;
         letter.head.count && !test_letter_tried(plane, "cam1", rig->revision, &code, NULL);
         ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    char why[OC_DESIRED_WHY_MAX]; /* the source itself may be lost for a moment */
    oc_plane_why(plane, 0, why);
    assert_string_equal(why, "");
}

static void detect(rig_t *rig, unsigned sensitivity, const char *zones) {
    letter.entry[0].detect =
        (oc_desired_detect_t){.sensitivity = sensitivity, .cooldown_ms = COOLDOWN};
    snprintf(letter.entry[0].detect.zones, sizeof letter.entry[0].detect.zones, "%s", zones);
    hand_over(rig);
}

static void open_channel(rig_t *rig) {
    oc_channel_config_t config = {.name = "cam1", .ring_bytes = 1000000};
    oc_desired_detect_t before = letter.entry[0].detect;
    snprintf(config.url, sizeof config.url, "%s", URL);
    test_letter_add(&letter, &config)->detect = before;
    hand_over(rig);
}

static void close_channel(rig_t *rig) {
    letter.head.count = 0;
    hand_over(rig);
    for (int ms = 0; !test_letter_gone(oc_media_task_plane(rig->media), 0); ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
}

static bool raised(rig_t *rig) {
    assert_int_equal(req(rig, (oc_command_t){.kind = OC_COMMAND_READY}, NULL, 0), OC_OK);
    return rig->levels & 1u << OC_INPUT_MOTION;
}

static void wait_for(rig_t *rig, bool level) {
    for (int ms = 0; raised(rig) != level; ms += 2, nap())
        assert_true(ms < TEST_WAIT_MS);
}

/* It has seen so many frames, and nothing moved. */
static void stays_still(rig_t *rig, uint32_t frames) {
    uint32_t until = fake_camera.made + frames;
    for (int ms = 0; fake_camera.made < until; ms += 2, nap()) {
        assert_true(ms < TEST_WAIT_MS);
        assert_false(raised(rig));
    }
}

static void motion_begins_and_ends(void **state) {
    rig_t rig;
    (void)state;
    begin_clean(&rig);
    open_channel(&rig);
    stays_still(&rig, 20); /* nobody watches */
    assert_int_equal(fake_tasks(), 2);
    detect(&rig, 50, "");
    stays_still(&rig, 80);
    assert_int_equal(fake_tasks(), 3);
    scene = MOVING;
    wait_for(&rig, true);
    scene = STILL;
    wait_for(&rig, false);
    end(&rig);
}

static void zones_and_settings_are_followed(void **state) {
    rig_t rig;
    (void)state;
    begin_clean(&rig);
    open_channel(&rig);
    detect(&rig, 50, "0,70 100,70 100,100 0,100");
    stays_still(&rig, 60);
    scene = MOVING; /* above the zone */
    stays_still(&rig, 80);
    detect(&rig, 50, "");
    wait_for(&rig, true);
    detect(&rig, 0, "");
    wait_for(&rig, false);
    stays_still(&rig, 20);
    end(&rig);
}

static void a_channel_that_closes_ends_its_event(void **state) {
    rig_t rig;
    (void)state;
    begin_clean(&rig);
    open_channel(&rig);
    detect(&rig, 50, "");
    stays_still(&rig, 60);
    scene = MOVING;
    wait_for(&rig, true);
    close_channel(&rig);
    wait_for(&rig, false);
    open_channel(&rig); /* the detector learns its background anew */
    scene = STILL;
    stays_still(&rig, 60);
    scene = MOVING;
    wait_for(&rig, true);
    end(&rig); /* in the middle of an event */
}

static void frames_of_no_use_are_passed_over(void **state) {
    rig_t rig;
    (void)state;
    for (scene_t bad = BROKEN; bad <= COARSE; bad++) {
        begin_clean(&rig);
        scene = bad;
        open_channel(&rig);
        detect(&rig, 100, "");
        stays_still(&rig, 40);
        scene = STILL;
        stays_still(&rig, 60);
        scene = MOVING;
        wait_for(&rig, true);
        end(&rig);
    }
}

/* The list goes on without them, and says why in the log; sound is not heard by a board. */
static void wrong_settings_are_refused(void **state) {
    rig_t rig;
    oc_motion_task_t *motion;
    oc_desired_detect_t wanted = {.sensitivity = 50};
    (void)state;
    begin_clean(&rig);
    const oc_motion_task_config_t config = {.plane = oc_media_task_plane(rig.media)};
    assert_int_equal(oc_motion_task_create(&motion, &config), OC_OK);
    snprintf(wanted.zones, sizeof wanted.zones, "0,0 1");
    assert_int_equal(oc_motion_task_detect(motion, 0, &wanted), OC_ERR_FORMAT);
    wanted = (oc_desired_detect_t){.sensitivity = 101};
    assert_int_equal(oc_motion_task_detect(motion, 0, &wanted), OC_ERR_INVAL);
    wanted = (oc_desired_detect_t){.sound_db = 20};
    assert_int_equal(oc_motion_task_detect(motion, 0, &wanted), OC_ERR_NOTSUP);
    assert_int_equal(oc_motion_task_detect(motion, 0, &(oc_desired_detect_t){0}), OC_OK);
    assert_int_equal(fake_tasks(), 1); /* the media task alone */
    while (!oc_motion_task_stop(motion))
        nap();
    oc_motion_task_delete(motion);
    end(&rig);
}

static void without_memory_nothing_is_watched(void **state) {
    rig_t rig;
    (void)state;
    begin_clean(&rig);
    oc_motion_task_t *motion;
    const oc_motion_task_config_t config = {.plane = oc_media_task_plane(rig.media)};
    const oc_desired_detect_t wanted = {.sensitivity = 50, .cooldown_ms = COOLDOWN};
    assert_int_equal(oc_motion_task_create(&motion, &config), OC_OK);
    int result = OC_ERR_NOMEM;
    for (int left = 0; result != OC_OK && left < 20; left++) {
        fake_memory_left = left;
        result = oc_motion_task_detect(motion, 0, &wanted);
        assert_true(result == OC_OK || result == OC_ERR_NOMEM);
        assert_int_equal(fake_tasks(), result == OC_OK ? 2 : 1);
    }
    assert_int_equal(result, OC_OK);
    fake_memory_left = -1;
    while (!oc_motion_task_stop(motion))
        nap();
    oc_motion_task_delete(motion);
    end(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(motion_begins_and_ends),
        cmocka_unit_test(zones_and_settings_are_followed),
        cmocka_unit_test(a_channel_that_closes_ends_its_event),
        cmocka_unit_test(frames_of_no_use_are_passed_over),
        cmocka_unit_test(wrong_settings_are_refused),
        cmocka_unit_test(without_memory_nothing_is_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
