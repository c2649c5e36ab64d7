/* What the script ordered last is carried out again after privacy mode when nobody commands the
 * plane; never against what a script wants. */
#include "plane_host.h"

#include <string.h>
#include "oc_err.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"
#define LIMIT  (20 * SECOND)

static plane_host_t host;

static void flip(bool raised) {
    assert_int_equal(
        oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, raised, host.now_us), OC_OK);
    host_run(&host, 2 * SECOND);
}

/* The slot of the channel that runs under this name; -1: none within LIMIT. */
static int running(const char *name, int64_t limit_us) {
    char found[OC_CHANNEL_NAME_MAX];
    for (int64_t us = 0; us <= limit_us; us += SECOND / 10) {
        for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
            oc_plane_channel_name(host.plane, i, found);
            if (strcmp(found, name) == 0 && host_row(&host, i).state == OC_STREAM_RUNNING)
                return (int)i;
        }
        host_run(&host, SECOND / 10);
    }
    return -1;
}

static void begin(void) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_open(&host, "cam2", PLAIN);
    host_record(&host, channel);
    host_run(&host, 3 * SECOND);
}

static void uncommanded_channels_come_back_with_their_recordings(void **state) {
    begin();
    oc_plane_uncommanded(host.plane, true);
    flip(true);
    assert_int_equal(running("cam1", 0), -1);
    assert_int_equal(host.blocks, 0);
    flip(false);
    int one = running("cam1", LIMIT), two = running("cam2", LIMIT);
    assert_true(one >= 0 && two >= 0);
    host_run(&host, 3 * SECOND);
    assert_int_equal(host_row(&host, (unsigned)one).recording, 1);
    assert_int_equal(host_row(&host, (unsigned)two).recording, 0);
    assert_int_equal(host_row(&host, (unsigned)one).config_hash,
                     host_row(&host, (unsigned)two).config_hash);
    assert_int_equal(host_events(&host, "channel-resumed", NULL), 2);
    host_end(&host);
}

/* The recording that came with CHANNEL_OPEN, even when privacy mode broke the opening off. */
static void a_recording_of_the_open_command_comes_back(void **state) {
    for (int held = 0; held < 2; held++) {
        host_init(&host);
        oc_channel_open_t open = {.channel = host_channel("cam1", PLAIN),
                                  .record = host_recording("ocellus")};
        host.opens_held = held;
        host_post(&host, OC_COMMAND_CHANNEL_OPEN, 0, 77, &open, sizeof open);
        host_run(&host, SECOND);
        oc_plane_uncommanded(host.plane, true);
        flip(true);
        host.opens_held = false;
        host_run(&host, SECOND);
        assert_int_equal(running("cam1", 0), -1);
        flip(false);
        int channel = running("cam1", LIMIT);
        assert_true(channel >= 0);
        host_run(&host, SECOND);
        assert_int_equal(host_row(&host, (unsigned)channel).recording, 1);
        host_end(&host);
    }
}

/* A script that runs knows better. */
static void a_script_that_commands_is_waited_for(void **state) {
    begin();
    flip(true);
    flip(false);
    assert_int_equal(running("cam1", LIMIT), -1);
    host_end(&host);
}

static void closed_and_stopped_ones_stay_so(void **state) {
    begin();
    unsigned two = (unsigned)running("cam2", 0), one = (unsigned)running("cam1", 0);
    host_call(&host, OC_COMMAND_CHANNEL_CLOSE, two, 0, NULL, 0);
    host_call(&host, OC_COMMAND_RECORD_STOP, one, 0, NULL, 0);
    oc_plane_uncommanded(host.plane, true);
    flip(true);
    flip(false);
    assert_true(running("cam1", LIMIT) >= 0);
    assert_int_equal(running("cam2", LIMIT), -1);
    assert_int_equal(host_row(&host, (unsigned)running("cam1", 0)).recording, 0);
    host_end(&host);
}

static bool only_cam2(void *context, const char *name, uint32_t hash) {
    return strcmp(name, "cam2") == 0;
}

/* It was taken out of the settings while privacy mode was on. */
static void unwanted_ones_are_forgotten(void **state) {
    begin();
    flip(true);
    oc_plane_orders_keep(host.plane, only_cam2, NULL);
    oc_plane_uncommanded(host.plane, true);
    flip(false);
    assert_true(running("cam2", LIMIT) >= 0);
    assert_int_equal(running("cam1", LIMIT), -1);
    host_end(&host);
}

/* A driver that refuses: again later, not in every turn. */
static void a_source_that_fails_is_tried_again(void **state) {
    begin();
    oc_plane_uncommanded(host.plane, true);
    flip(true);
    host.refuse_memory = 0;
    flip(false);
    host_run(&host, 10 * SECOND);
    assert_int_equal(running("cam1", 0), -1);
    host.refuse_memory = -1;
    assert_true(running("cam1", 40 * SECOND) >= 0);
    host_end(&host);
}

/* The channels are open already when the next script comes: it adopts them. */
static void the_next_script_takes_them_over(void **state) {
    begin();
    oc_plane_uncommanded(host.plane, true);
    flip(true);
    flip(false);
    int one = running("cam1", LIMIT);
    assert_true(one >= 0);
    host_new_script(&host);
    oc_plane_uncommanded(host.plane, false);
    assert_int_equal(host_call(&host, OC_COMMAND_CHANNEL_ADOPT, (unsigned)one, 0, NULL, 0)->code,
                     OC_OK);
    assert_int_equal(host_row(&host, (unsigned)one).adopted, 1);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uncommanded_channels_come_back_with_their_recordings),
        cmocka_unit_test(a_recording_of_the_open_command_comes_back),
        cmocka_unit_test(a_script_that_commands_is_waited_for),
        cmocka_unit_test(closed_and_stopped_ones_stay_so),
        cmocka_unit_test(unwanted_ones_are_forgotten),
        cmocka_unit_test(a_source_that_fails_is_tried_again),
        cmocka_unit_test(the_next_script_takes_them_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
