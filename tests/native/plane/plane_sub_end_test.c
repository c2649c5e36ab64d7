/* How a channel with a sub stream ends, and what is left of it: nothing. */
#define _GNU_SOURCE
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_plane_impl.h"

#define SECOND  INT64_C(1000000)
#define MAIN    "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"
#define SUB     "fake:?fps=15&gop=15&size=500&key=2000&seed=7"
#define SECRET  "hunter2"
#define SLOT(n) (OC_CHANNELS_MAX + (n))

static plane_host_t host;
static unsigned found_secrets;

static unsigned open_two(const char *url, const char *sub) {
    oc_channel_config_t config = host_channel("cam1", url);
    snprintf(config.sub_url, sizeof config.sub_url, "%s", sub);
    host_answer_t *answer = host_set(&host, &config);
    assert_string_equal(answer->text, "");
    return (unsigned)answer->value;
}

static void record(unsigned channel, oc_stream_kind_t stream) {
    oc_desired_recording_t config = host_recording("ocellus");
    config.stream = stream;
    assert_int_equal(host_record_as(&host, channel, &config)->code, OC_OK);
}

static unsigned sources(void) {
    unsigned count = 0;
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++)
        count += host.capture[i].driver != NULL;
    return count;
}

/* Captures in the order in which they are asked to close. */
static unsigned closed[4], closed_len;
static void (*close_of_host)(void *context, unsigned slot);
static void close_noting(void *context, unsigned slot) {
    if (closed_len < 4)
        closed[closed_len++] = slot;
    close_of_host(context, slot);
}
static void note_closing(void) {
    closed_len = 0;
    close_of_host = host.plane->env.capture_close;
    host.plane->env.capture_close = close_noting;
}

/* Privacy by the switch: both sensors are off at once and both rings gone, however long the disk
 * takes for the file of the sub; nothing opens meanwhile, and main is still closed after sub. */
static void privacy_ends_both(void **state) {
    for (int slow = 0; slow < 2; slow++) {
        host_init(&host);
        unsigned channel = open_two(MAIN, SUB);
        record(channel, OC_STREAM_SUB);
        host_run(&host, 5 * SECOND);
        assert_int_equal(sources(), 2);
        if (slow)
            oc_sim_disk_faults(host.disk[SLOT(channel)])->delay_us[OC_FILE_SYNC] = 30 * SECOND;
        host_run(&host, SECOND);
        note_closing();
        oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, true, host.now_us);
        host_run(&host, SECOND);
        assert_int_equal(sources(), 0);
        assert_int_equal(closed_len, 2);
        assert_int_equal(closed[0], SLOT(channel)); /* it may take main's pictures */
        if (slow) {
            assert_non_null(
                oc_plane_stream(host.plane, SLOT(channel))); /* its file is being finished */
            assert_non_null(host.plane->channel[channel]);
            assert_null(oc_plane_stream(host.plane, channel)->ring);
        }
        host_run(&host, 200 * SECOND);
        assert_int_equal(host.blocks, 0);
        assert_int_equal(host_row(&host, channel).state, OC_STREAM_FAILED);
        assert_int_equal(host_row(&host, SLOT(channel)).state, OC_STREAM_FREE);
        host_found_t found = host_check(&host, SLOT(channel));
        assert_int_equal(found.files, 1);
        assert_int_equal(found.open_files, 0);
        assert_int_equal(found.unrecorded[0], 0);
        assert_int_equal(host_events(&host, "sub-closed", NULL), 1);
        assert_int_equal(host_events(&host, "sub-failed", NULL), 0);
        host_end(&host);
    }
}

/* A sub that waits for its next try, or is being opened, is not opened any more. */
static void privacy_ends_trying(void **state) {
    for (int held = 0; held < 2; held++) {
        host_init(&host);
        unsigned channel = open_two(MAIN, held ? SUB : "fake:?fps=0");
        host.opens_held = held;
        host_run(&host, SECOND / 2);
        oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, true, host.now_us);
        host_run(&host, SECOND / 2);
        host.opens_held = false;
        host_run(&host, 100 * SECOND);
        assert_int_equal(sources(), 0);
        assert_int_equal(host.blocks, 0);
        assert_int_equal(host_row(&host, SLOT(channel)).state, OC_STREAM_FREE);
        assert_int_equal(host_events(&host, "sub-opened", NULL), 0);
        host_end(&host);
    }
}

/* The memory of main goes when its own file is done; its capture when sub is gone. */
static void a_slow_file_of_sub_does_not_keep_the_ring_of_main(void **state) {
    host_init(&host);
    unsigned channel = open_two(MAIN, SUB);
    record(channel, OC_STREAM_SUB);
    host_run(&host, 5 * SECOND);
    oc_sim_disk_faults(host.disk[SLOT(channel)])->delay_us[OC_FILE_SYNC] = 10 * SECOND;
    host_run(&host, SECOND);
    host_drop(&host, channel);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_CLOSING);
    assert_null(oc_plane_stream(host.plane, channel)->ring);
    assert_int_equal(sources(), 2);
    host_run(&host, 100 * SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_FREE);
    assert_int_equal(host.blocks, 0);
    assert_int_equal(host_check(&host, SLOT(channel)).open_files, 0);
    host_end(&host);
}

static void look(struct plane_host *h, const void *memory, size_t size) {
    found_secrets += memmem(memory, size, SECRET, sizeof SECRET - 1) != NULL;
}

/* Of the address of a sub nothing is left in memory that is given back, nor in the event log. */
static void the_address_of_a_sub_is_wiped(void **state) {
    static const char *const subs[] = {"push:" SECRET, "nonsense:" SECRET};
    for (unsigned i = 0; i < sizeof subs / sizeof *subs; i++) {
        const char *log;
        host_init(&host);
        found_secrets = 0;
        host.released = look;
        unsigned channel = open_two(MAIN, subs[i]);
        host_run(&host, 5 * SECOND);
        assert_int_equal(host_close(&host, channel)->code, OC_OK);
        assert_int_equal(host.blocks, 0);
        assert_int_equal(found_secrets, 0);
        host_events(&host, "", &log);
        assert_null(strstr(log, SECRET));
        host_end(&host);
    }
}

/* Sub is first when main takes its time: the instant has the same time all the same, and main's
 * later breaks are its own. */
static void main_may_begin_after_sub(void **state) {
    host_init(&host);
    unsigned channel = open_two("fake:?fps=30&gop=30&script=stall@0:2000,lost@150:IO", SUB);
    host_run(&host, SECOND);
    assert_false(oc_plane_stream(host.plane, channel)->line.started);
    assert_true(oc_plane_stream(host.plane, SLOT(channel))->line.started);
    int64_t epoch_us = oc_plane_stream(host.plane, SLOT(channel))->line.last_capture_us -
                       oc_plane_stream(host.plane, SLOT(channel))->line.last_line_us;
    for (int i = 0; i < 12; i++) {
        host_run(&host, SECOND);
        for (unsigned slot = channel; slot < OC_STREAMS_MAX; slot += OC_CHANNELS_MAX) {
            const oc_timeline_t *line = &oc_plane_stream(host.plane, slot)->line;
            if (line->started)
                assert_in_range(line->last_capture_us - line->last_line_us - epoch_us + 1, 0, 2);
        }
    }
    assert_int_equal(host_row(&host, channel).source_losses, 1);
    assert_false(oc_plane_stream(host.plane, channel)->line.follows);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(privacy_ends_both),
        cmocka_unit_test(privacy_ends_trying),
        cmocka_unit_test(a_slow_file_of_sub_does_not_keep_the_ring_of_main),
        cmocka_unit_test(the_address_of_a_sub_is_wiped),
        cmocka_unit_test(main_may_begin_after_sub),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
