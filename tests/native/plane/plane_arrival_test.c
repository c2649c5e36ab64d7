/* [E20] What comes and when it comes: a stream with pictures is silent without them, whatever its
 * sound does; sound behind a loss waits for a picture and is counted; a recording is named by when
 * its pictures were, also when a source hands over at once what it had kept. */
#include "plane_list.h"

#include <stdio.h>
#include <string.h>
#include "oc_capture_push.h"
#include "oc_err.h"
#include "oc_fake_media.h"
#include "oc_record_name.h"

#define SECOND INT64_C(1000000)
#define FPS    15
#define KEPT                                                                                       \
    (OC_HANDOFF_SLOTS_MAX / 4 < 2 * FPS ? OC_HANDOFF_SLOTS_MAX / 4 : 2 * FPS) /* pictures */
#define RATE 16000 /* of the sound: 1,024 samples are 64 ms */

static plane_host_t host;
static int sender;

static void attach(void) {
    oc_track_t video, audio;
    sender = oc_push_attach("door");
    assert_true(sender >= 0);
    oc_fake_video_track(&video, 320, 240, FPS, 1, 0);
    oc_fake_audio_track(&audio);
    audio.timescale = audio.sample_rate = RATE;
    assert_int_equal(oc_push_track(sender, 0, &video), OC_OK);
    assert_int_equal(oc_push_track(sender, 1, &audio), OC_OK);
}

static unsigned begin(void) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", "push:door");
    host_run(&host, SECOND);
    attach();
    return channel;
}

static void push(unsigned track, int64_t us, bool key) {
    static uint8_t bytes[800];
    uint32_t scale = track ? RATE : 90000;
    oc_packet_t packet = {.data = bytes,
                          .len_bytes = sizeof bytes,
                          .dts = oc_clock_rescale(us, 1000000, scale),
                          .track = (uint8_t)track,
                          .key = key};
    assert_int_equal(oc_push_packet(sender, &packet), OC_OK);
}

/* So many seconds of a camera whose own time begins at *at_us. */
static void play(int64_t *at_us, int seconds, bool pictures, bool sound) {
    for (int i = 0; i < seconds * FPS; i++) {
        if (pictures)
            push(0, *at_us, i % FPS == 0);
        if (sound)
            push(1, *at_us, true);
        host_run(&host, SECOND / FPS);
        *at_us += SECOND / FPS;
    }
}

static uint32_t lost_of(const oc_stream_row_t *row) {
    const uint32_t *words = (const uint32_t *)row;
    uint32_t sum = 0;
    for (unsigned i = 0; i < OC_LOSS_CAUSES; i++)
        sum += words[OC_STREAM_ROW_LOST(i)];
    return sum;
}

static void sound_is_no_sign_of_pictures(void **state) {
    int64_t at_us = 0;
    const char *text;
    unsigned channel = begin();
    host_record(&host, channel);
    play(&at_us, 10, true, true);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_RUNNING);
    play(&at_us, 10, false, true);
    oc_stream_row_t row = host_row(&host, channel);
    assert_int_equal(row.state, OC_STREAM_SILENT);
    assert_int_equal(row.failure, -OC_ERR_SILENT);
    assert_int_equal(host_events(&host, "source-silent", &text), 1);
    assert_non_null(strstr(text, "no picture came for"));
    play(&at_us, 20, false, true);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_SILENT);
    play(&at_us, 2, true, true);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_RUNNING);
    assert_int_equal(host_events(&host, "source-resumed", NULL), 1);
    host_end(&host);
}

/* The camera comes back, and only its sound does. */
static void sound_alone_behind_a_loss(void **state) {
    int64_t at_us = 0;
    unsigned channel = begin();
    host_record(&host, channel);
    play(&at_us, 5, true, true);
    oc_push_detach(sender);
    host_run(&host, 2 * SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_LOST);
    attach();
    at_us = 0;
    play(&at_us, 20, false, true);
    oc_stream_row_t row = host_row(&host, channel);
    assert_int_equal(row.state, OC_STREAM_SILENT);
    assert_int_equal(row.recording, 0);
    assert_int_equal(row.lost_gop_rest, 20 * FPS); /* none of it is anywhere: it is counted */
    assert_int_equal(host_events(&host, "source-silent", NULL), 1);
    play(&at_us, 3, true, true);
    row = host_row(&host, channel);
    assert_int_equal(row.state, OC_STREAM_RUNNING);
    assert_int_equal(row.recording, 1);
    assert_int_equal(row.jumps, 1);
    assert_int_equal(lost_of(&row), 20 * FPS);
    host_end(&host);
}

/* Wall clock at which the first file of a channel begins, by its name. */
static int64_t start_of(unsigned channel, size_t file) {
    oc_record_name_t name;
    const char *path = strrchr(oc_sim_disk_path(host.disk[channel], file), '/') + 1;
    assert_int_equal(oc_record_name_parse(path, strlen(path), &name), OC_OK);
    return name.start_us;
}

/* 2 s, as a library keeps while it looks what there is, at once; then 10 s as they are. Also behind
 * a loss. */
static void what_was_kept_is_as_old_as_it_is(void **state) {
    int64_t at_us = 0;
    unsigned channel = begin();
    host_record(&host, channel);
    for (unsigned file = 0; file < 3; file++) {
        int64_t begun_us = host.now_us - KEPT * (SECOND / FPS);
        at_us = 0;
        for (int i = 0; i < KEPT; i++, at_us += SECOND / FPS) {
            push(0, at_us, at_us == 0);
            push(1, at_us, true);
        }
        play(&at_us, 10, true, true);
        int64_t wall_us = begun_us + HOST_WALL_US - HOST_START_US;
        assert_int_equal(oc_sim_disk_files(host.disk[channel]), file + 1);
        assert_in_range(start_of(channel, file) - wall_us + 50000, 0, 100000);
        oc_push_detach(sender);
        host_run(&host, 3 * SECOND);
        attach();
    }
    host_end(&host);
}

/* Time stamps that step now and then, by any amount: one file, nothing missing, its end when it
 * was. */
static void steps_of_a_clock_are_one_recording(void **state) {
    static const int64_t steps[] = {3600 * SECOND, -3600 * SECOND, -4 * SECOND, 4 * SECOND};
    int64_t at_us = 0;
    unsigned channel = begin();
    host_record(&host, channel);
    for (int i = 0; i < 40; i++) {
        at_us += steps[i % 4];
        for (int n = 0; n < 2 * FPS; n++) { /* the step comes inside of a GOP of 6 s */
            push(0, at_us, (i * 2 * FPS + n) % (6 * FPS) == 0);
            push(1, at_us, true);
            host_run(&host, SECOND / FPS);
            at_us += SECOND / FPS;
        }
    }
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    oc_stream_row_t row = host_row(&host, channel);
    assert_int_equal(lost_of(&row), 0);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.samples[0], 80 * FPS);
    assert_int_equal(found.samples[1], 80 * FPS);
    oc_record_name_t name;
    const char *path = strrchr(oc_sim_disk_path(host.disk[channel], 0), '/') + 1;
    assert_int_equal(oc_record_name_parse(path, strlen(path), &name), OC_OK);
    assert_in_range(name.end_us - name.start_us - 80 * SECOND + 200000, 0, 400000);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_is_no_sign_of_pictures),
        cmocka_unit_test(sound_alone_behind_a_loss),
        cmocka_unit_test(what_was_kept_is_as_old_as_it_is),
        cmocka_unit_test(steps_of_a_clock_are_one_recording),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
