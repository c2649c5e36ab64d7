/* Privacy mode: what it stops, what survives it, who may begin and end it. */
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_indicator_light.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"
#define MARK   64 /* bytes of a frame that are looked for */

enum { COMMAND = OC_PRIVACY_COMMAND, SCHEDULE = OC_PRIVACY_SCHEDULE, SWITCH = OC_PRIVACY_SWITCH };

static plane_host_t host;
static uint8_t mark[MARK];
static unsigned marks;

/* PRIVACY: `meant` become `bits`; the schedule begins by itself after `seconds`. */
static int32_t req(unsigned meant, uint32_t bits, int32_t seconds) {
    oc_command_t command = {.kind = OC_COMMAND_PRIVACY,
                            .object = (uint16_t)meant,
                            .arg = {(int32_t)bits, seconds, 0, 0}};
    int32_t request = oc_mailbox_post(host.box, &command);
    assert_true(request > 0);
    return request;
}

static host_answer_t *wait_for(int32_t request) {
    host_answer_t *answer = NULL;
    for (int i = 0; i < 6000 && !host_answered(&host, request, &answer); i++)
        host_run(&host, i == 0 ? 0 : 10000);
    assert_non_null(answer);
    return answer;
}

/* Asks and waits: the reasons in force then. */
static uint32_t set(unsigned meant, uint32_t bits, int32_t seconds) {
    host_answer_t *answer = wait_for(req(meant, bits, seconds));
    assert_string_equal(answer->text, "");
    assert_int_equal(answer->code, OC_OK);
    assert_int_equal(answer->value, oc_plane_privacy(host.plane));
    return (uint32_t)answer->value;
}

static void flip(bool raised) {
    assert_int_equal(
        oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, raised, host.now_us), OC_OK);
}

static bool captures(void) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (host.capture[i].driver)
            return true;
    return false;
}

static int live(const char *file) {
    oc_plane_body_t body;
    int code = oc_plane_live_get(host.plane, "cam1", file, "", &body);
    if (body.data) {
        host.blocks--;
        free(body.data);
    }
    return code;
}

/* The nth segment since the channel was opened, from 1. */
static const char *segment(unsigned n) {
    static char name[32];
    snprintf(name, sizeof name, "s%u.m4s", host_row(&host, 0).live_begun + n - 1);
    return name;
}

static int open_code(void) {
    oc_channel_config_t config = host_channel("cam1", PLAIN);
    return host_set(&host, &config)->code;
}

/* The whole way: capture, ring, recording and live end, and begin again when asked. */
static void a_command_ends_everything_and_a_command_allows_it_again(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_open(&host, "cam2", PLAIN);
    host_record(&host, channel);
    host_run(&host, 5 * SECOND);
    assert_int_equal(live("index.m3u8"), OC_OK);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR);
    assert_int_equal(set(COMMAND, COMMAND, 0), COMMAND);
    assert_false(captures());
    assert_true(host.kept);
    assert_int_equal(oc_plane_indicator(host.plane), 0);
    assert_int_equal(live("index.m3u8"), OC_ERR_PRIVATE);
    assert_int_equal(live("s1.m4s"), OC_ERR_PRIVATE);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_FAILED);
    assert_int_equal(host.blocks, 0); /* no ring, no channel, no output is left */
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 0);
    assert_int_equal(found.unrecorded[0], 0); /* what was captured before is all there */
    assert_true(found.samples[0] >= 145);
    assert_int_equal(host_events(&host, "privacy-on", NULL), 1);
    assert_int_equal(host_events(&host, "record-closed", NULL), 1);
    assert_int_equal(host_events(&host, "channel-failed", NULL), 0);
    assert_int_equal(open_code(), OC_ERR_PRIVATE);
    assert_int_equal(set(COMMAND, 0, 0), 0);
    assert_false(host.kept);
    assert_int_equal(host_events(&host, "privacy-off", NULL), 1);
    assert_int_equal(open_code(), OC_OK);
    host_run(&host, 5 * SECOND);
    assert_int_equal(live("index.m3u8"), OC_OK);
    host_end(&host);
}

static void look(struct plane_host *h, const void *memory, size_t bytes) {
    const uint8_t *at = memory;
    for (; bytes >= MARK; at++, bytes--) {
        if (*at != mark[0] || memcmp(at, mark, MARK) != 0)
            continue;
        marks++;
        return;
    }
}

/* Takes bytes of a frame out of the newest live segment. */
static void take_mark(void) {
    oc_plane_body_t body;
    assert_int_equal(oc_plane_live_get(host.plane, "cam1", segment(3), "", &body), OC_OK);
    memcpy(mark, body.data + body.len / 2, MARK);
    host.blocks--;
    free(body.data);
    marks = 0;
    host.released = look;
}

static void no_frame_survives_in_memory_that_is_given_back(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    take_mark();
    assert_int_equal(host_close(&host, channel)->code, OC_OK);
    assert_int_equal(marks, 1); /* it is found where nobody wipes */
    host.released = NULL;
    host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    take_mark();
    set(COMMAND, COMMAND, 0);
    host_run(&host, SECOND);
    assert_int_equal(host.blocks, 0);
    assert_int_equal(marks, 0);
    host_end(&host);
}

/* The sensor is off at once; the file and its part of the ring follow when the disk answers. */
static void a_slow_disk_does_not_keep_the_sensor_on(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 5 * SECOND);
    oc_sim_disk_faults(host.disk[channel])->delay_us[OC_FILE_SYNC] = 30 * SECOND;
    host_run(&host, SECOND);
    take_mark();
    set(COMMAND, COMMAND, 0);
    assert_false(captures());
    assert_int_equal(oc_plane_indicator(host.plane), 0);
    assert_int_equal(live("index.m3u8"), OC_ERR_PRIVATE);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_CLOSING);
    host_run(&host, 200 * SECOND);
    assert_int_equal(host.blocks, 0);
    assert_int_equal(marks, 0);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.open_files, 0);
    assert_int_equal(found.unrecorded[0], 0);
    host_end(&host);
}

/* A channel that was being closed in peace, with a disk that takes its time, is hurried. */
static void a_channel_that_is_being_closed_is_cut_too(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 3 * SECOND);
    oc_sim_disk_faults(host.disk[channel])->delay_us[OC_FILE_SYNC] = 30 * SECOND;
    host_drop(&host, channel);
    host_run(&host, SECOND);
    assert_true(captures());
    flip(true);
    host_run(&host, SECOND);
    assert_false(captures());
    host_run(&host, 200 * SECOND);
    assert_int_equal(host.blocks, 0);
    host_end(&host);
}

/* Whoever comes first: the open is refused, or ended before a packet flows. */
static void opening_races_with_privacy(void **state) {
    host_answer_t *answer;
    host_init(&host);
    oc_desired_entry_t *entry = list_add(&host.list, "cam1", PLAIN);
    host.opens_held = true;
    list_post(&host, &host.list); /* first */
    int32_t on = req(COMMAND, COMMAND, 0);
    host_run(&host, SECOND);
    assert_int_equal(oc_plane_privacy(host.plane), COMMAND);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR); /* it may be on */
    assert_false(host_answered(&host, on, &answer));
    host.opens_held = false;
    host_run(&host, SECOND);
    assert_int_equal((int)host_row(&host, 0).failure, -OC_ERR_PRIVATE);
    assert_string_equal(list_why(&host, 0), "privacy mode is on");
    assert_true(host_answered(&host, on, &answer));
    assert_int_equal(answer->code, OC_OK);
    assert_int_equal(host.capture[0].log_len, 0);
    assert_int_equal(host.blocks, 0);
    assert_int_equal(host_events(&host, "channel-failed", NULL), 0);

    /* a driver that fails meanwhile does not hide the reason */
    set(COMMAND, 0, 0);
    snprintf(entry->channel.url, sizeof entry->channel.url, "fake:?fps=0");
    host.opens_held = true;
    list_post(&host, &host.list);
    host_run(&host, SECOND);
    flip(true);
    host.opens_held = false;
    host_run(&host, SECOND);
    assert_int_equal((int)host_row(&host, 0).failure, -OC_ERR_PRIVATE);
    host_end(&host);
}

/* Each reason keeps it on by itself; nothing but the switch lowers the switch. */
static void two_reasons_at_once(void **state) {
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    flip(true);
    host_run(&host, SECOND);
    assert_false(captures());
    assert_int_equal(set(COMMAND | SCHEDULE, COMMAND | SCHEDULE, 0), COMMAND | SCHEDULE | SWITCH);
    const char *log;
    host_events(&host, "privacy-on", &log);
    assert_non_null(strstr(log, "|command, schedule, switch|"));
    assert_int_equal(set(COMMAND, 0, 0), SCHEDULE | SWITCH);
    assert_int_equal(open_code(), OC_ERR_PRIVATE);
    flip(false);
    host_run(&host, SECOND);
    assert_int_equal(open_code(), OC_ERR_PRIVATE);
    assert_int_equal(set(SCHEDULE, 0, 0), 0);
    assert_int_equal(host_events(&host, "privacy-off", NULL), 1);
    assert_int_equal(open_code(), OC_OK);
    /* what is not a script's is refused, and changes nothing */
    assert_int_equal(wait_for(req(SWITCH, SWITCH, 0))->code, OC_ERR_INVAL);
    assert_int_equal(wait_for(req(COMMAND, SCHEDULE, 0))->code, OC_ERR_INVAL);
    assert_int_equal(wait_for(req(SCHEDULE, 0, -1))->code, OC_ERR_INVAL);
    assert_int_equal(oc_plane_privacy(host.plane), 0);
    assert_int_equal(wait_for(req(0, 0, 0))->value, 0);
    host_end(&host);
}

/* Before anything can be opened: what was stored, and a switch that is up. */
static void nothing_captures_before_the_stored_state_is_known(void **state) {
    host_init(&host);
    oc_plane_privacy_notified(host.plane, true, host.now_us);
    assert_int_equal(open_code(), OC_ERR_PRIVATE);
    assert_int_equal(host_events(&host, "privacy-on", NULL), 1);
    assert_int_equal(host.stores, 0);
    assert_int_equal(set(COMMAND, 0, 0), 0);
    assert_false(host.kept);
    assert_int_equal(host.stores, 1);
    host_end(&host);
    host_init(&host);
    flip(true);
    assert_int_equal(open_code(), OC_ERR_PRIVATE);
    assert_int_equal(set(COMMAND, 0, 0), SWITCH);
    assert_int_equal(host.stores, 0); /* nothing to change */
    host_end(&host);
}

/* Scripts come and go; the reasons stay, and a schedule begins without one. */
static void a_dead_script_changes_nothing(void **state) {
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    assert_int_equal(set(SCHEDULE, 0, 60), 0);
    host_new_script(&host); /* and it does not say a word */
    host_run(&host, 59 * SECOND);
    assert_true(captures());
    host_run(&host, 2 * SECOND);
    assert_false(captures());
    assert_int_equal(oc_plane_privacy(host.plane), SCHEDULE);
    flip(true);
    host_new_script(&host);
    host_run(&host, SECOND);
    assert_int_equal(oc_plane_privacy(host.plane), SCHEDULE | SWITCH);
    /* the next one plans anew: later, then not at all */
    flip(false);
    assert_int_equal(set(SCHEDULE, 0, 30), 0);
    assert_int_equal(set(SCHEDULE, 0, 0), 0);
    host_run(&host, 60 * SECOND);
    assert_int_equal(oc_plane_privacy(host.plane), 0);
    host_end(&host);
}

/* The answer comes when it is stored. */
static void it_is_stored_before_it_is_answered(void **state) {
    host_answer_t *answer;
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    host.store_held = true;
    int32_t on = req(COMMAND, COMMAND, 0);
    host_run(&host, SECOND);
    assert_false(captures()); /* it holds all the same */
    assert_false(host_answered(&host, on, &answer));
    int32_t off = req(COMMAND, 0, 0); /* another changes its mind meanwhile */
    host_run(&host, SECOND);
    assert_int_equal(oc_plane_privacy(host.plane), COMMAND);
    host.store_held = false;
    assert_int_equal(wait_for(on)->code, OC_OK);
    assert_int_equal(wait_for(off)->code, OC_OK);
    assert_int_equal(oc_plane_privacy(host.plane), 0);
    assert_false(host.kept);
    host.store_held = true; /* and the other way round: the end is not carried out */
    set(SCHEDULE, 0, 0);
    on = req(COMMAND, COMMAND, 0);
    host_run(&host, SECOND);
    host.store_held = false;
    host_run(&host, SECOND);
    host.store_held = true;
    off = req(COMMAND, 0, 0);
    host_run(&host, SECOND);
    int32_t again = req(COMMAND, COMMAND, 0);
    host_run(&host, SECOND);
    host.store_held = false;
    assert_int_equal(wait_for(again)->value, COMMAND);
    assert_int_equal(oc_plane_privacy(host.plane), COMMAND);
    assert_true(host.kept);
    host_end(&host);
}

static void a_store_that_fails_makes_nothing_less_private(void **state) {
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    host.store_result = OC_ERR_DISK_FULL;
    host_answer_t *answer = wait_for(req(COMMAND, COMMAND, 0));
    assert_int_equal(answer->code, OC_ERR_DISK_FULL);
    assert_string_equal(answer->text, "privacy mode is on until the program ends: it cannot be "
                                      "stored: no space left on the device");
    assert_false(captures());
    assert_int_equal(oc_plane_privacy(host.plane), COMMAND);
    host_run(&host, 60 * SECOND); /* tried again, told once */
    assert_in_range(host.stores, 8, 14);
    assert_int_equal(host_events(&host, "privacy-not-stored", NULL), 1);
    host.store_result = OC_OK;
    host_run(&host, 10 * SECOND);
    assert_true(host.kept);
    uint32_t stores = host.stores;
    host_run(&host, 60 * SECOND);
    assert_int_equal(host.stores, stores);
    host.store_result = OC_ERR_READ_ONLY;
    answer = wait_for(req(COMMAND, 0, 0));
    assert_int_equal(answer->code, OC_ERR_READ_ONLY);
    assert_non_null(strstr(answer->text, "stays on: its end cannot be stored"));
    assert_int_equal(oc_plane_privacy(host.plane), COMMAND);
    assert_int_equal(open_code(), OC_ERR_PRIVATE);
    host.store_result = OC_OK;
    assert_int_equal(set(COMMAND, 0, 0), 0);
    host_end(&host);
}

/* Somebody else changed what is stored: it is followed, not written again. */
static void the_store_may_be_changed_by_others(void **state) {
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    oc_plane_privacy_notified(host.plane, true, host.now_us);
    host_run(&host, SECOND);
    assert_false(captures());
    oc_plane_privacy_notified(host.plane, false, host.now_us);
    host_run(&host, SECOND);
    assert_int_equal(oc_plane_privacy(host.plane), 0);
    assert_int_equal(host.stores, 0);
    /* while it is being written the old contents do not count */
    host.store_held = true;
    int32_t on = req(COMMAND, COMMAND, 0);
    host_run(&host, SECOND);
    oc_plane_privacy_notified(host.plane, false, host.now_us);
    assert_int_equal(oc_plane_privacy(host.plane), COMMAND);
    host.store_held = false;
    assert_int_equal(wait_for(on)->code, OC_OK);
    host_end(&host);
}

/* Every channel at once, on and off twenty times: nothing is left behind. */
static void twenty_times(void **state) {
    char name[OC_CHANNEL_NAME_MAX];
    host_init(&host);
    for (int round = 0; round < 20; round++) {
        for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
            snprintf(name, sizeof name, "cam%u", i);
            unsigned channel = host_open(&host, name, "fake:?gop=15&size=300&key=900");
            if (i % 2)
                host_record(&host, channel);
        }
        host_run(&host, SECOND);
        flip(true);
        host_run(&host, 2 * SECOND);
        assert_false(captures());
        assert_int_equal(host.blocks, 0);
        flip(false);
        host_run(&host, SECOND);
    }
    host_end(&host);
}

/* Watching is told for as long as the rows tell it. */
static void the_light_follows_those_who_watch(void **state) {
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR);
    assert_int_equal(live(segment(3)), OC_OK);
    host_run(&host, SECOND);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR | OC_INDICATOR_WATCHING);
    host_run(&host, 12 * SECOND);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR);
    host_end(&host);
}

static void the_light_follows_what_is_sent_elsewhere(void **state) {
    oc_plane_segment_t lent;
    unsigned number;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    assert_int_equal(sscanf(segment(3), "s%u.m4s", &number), 1);
    assert_int_equal(
        oc_plane_live_segment(host.plane, channel, OC_STREAM_MAIN, number + 100, &lent),
        OC_ERR_NOENT);
    host_run(&host, SECOND);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR);
    assert_int_equal(oc_plane_live_segment(host.plane, channel, OC_STREAM_MAIN, number, &lent),
                     OC_OK);
    host_run(&host, 11 * SECOND); /* the next one may be as long as this */
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR | OC_INDICATOR_WATCHING);
    assert_int_equal(host_row(&host, channel).viewers, 0);
    host_run(&host, 5 * SECOND);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR);
    host_end(&host);
}

static void one_light_shows_both(void **state) {
    assert_false(oc_indicator_light(0, 0));
    for (int64_t us = 0; us < 4 * OC_INDICATOR_LIGHT_BLINK_US;
         us += OC_INDICATOR_LIGHT_BLINK_US / 5) {
        assert_true(oc_indicator_light(OC_INDICATOR_SENSOR, us));
        assert_int_equal(oc_indicator_light(OC_INDICATOR_SENSOR | OC_INDICATOR_WATCHING, us),
                         us / OC_INDICATOR_LIGHT_BLINK_US % 2 == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_ends_everything_and_a_command_allows_it_again),
        cmocka_unit_test(no_frame_survives_in_memory_that_is_given_back),
        cmocka_unit_test(a_slow_disk_does_not_keep_the_sensor_on),
        cmocka_unit_test(a_channel_that_is_being_closed_is_cut_too),
        cmocka_unit_test(opening_races_with_privacy),
        cmocka_unit_test(two_reasons_at_once),
        cmocka_unit_test(nothing_captures_before_the_stored_state_is_known),
        cmocka_unit_test(a_dead_script_changes_nothing),
        cmocka_unit_test(it_is_stored_before_it_is_answered),
        cmocka_unit_test(a_store_that_fails_makes_nothing_less_private),
        cmocka_unit_test(the_store_may_be_changed_by_others),
        cmocka_unit_test(twenty_times),
        cmocka_unit_test(the_light_follows_those_who_watch),
        cmocka_unit_test(the_light_follows_what_is_sent_elsewhere),
        cmocka_unit_test(one_light_shows_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
