/* Clips: files of their own beside the recording, which end by themselves. */
#include "plane_list.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"
#include "oc_record_name.h"

#define SECOND (1000 * 1000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"

static plane_host_t host;

/* Posts a clip of so many milliseconds before and after now. */
static int32_t post_clip(unsigned channel, int32_t before_ms, int32_t after_ms) {
    const oc_clip_record_t clip = {.name = "clip", .audio = true};
    host.arg1 = after_ms;
    return host_post(&host, OC_COMMAND_CLIP, channel, before_ms, &clip, sizeof clip);
}

/* Lets time go by until it is answered. */
static host_answer_t *answer_of(int32_t request) {
    host_answer_t *answer = NULL;
    assert_true(request > 0);
    for (int i = 0; i < 6000 && !host_answered(&host, request, &answer); i++)
        host_run(&host, 10 * 1000);
    assert_non_null(answer);
    return answer;
}

/* How long a clip is, by its name, in milliseconds. */
static int64_t length_of(const char *path) {
    oc_record_name_t name;
    const char *file = strrchr(path, '/');
    assert_non_null(file);
    assert_int_equal(oc_record_name_parse(file + 1, strlen(file + 1), &name), OC_OK);
    assert_string_equal(name.name, "clip");
    assert_false(name.open);
    return (name.end_us - name.start_us) / 1000;
}

/* The span that was asked for, from the key packet before it on; the recording goes on unmoved. */
static void a_clip_has_its_span_beside_a_recording(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 8 * SECOND);
    int64_t before_us = host.now_us;
    host_answer_t *answer = answer_of(post_clip(channel, 4000, 3000));
    assert_int_equal(answer->code, OC_OK);
    assert_int_equal(answer->value, channel);
    assert_in_range(host.now_us - before_us, 3 * SECOND, 4 * SECOND);
    assert_in_range(length_of(answer->text), 7000 - 50, 8000 + 100);
    assert_true(oc_sim_disk_find(host.clips[channel], answer->text) >= 0);
    host_run(&host, 2 * SECOND);
    assert_int_equal(host_row(&host, channel).recording, 1);
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.before[0], 0);
    host_end(&host);
}

/* It works on a channel that is not recorded, and reaches as far back as the ring does. */
static void a_clip_needs_no_recording(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 2 * SECOND);
    host_answer_t *answer = answer_of(post_clip(channel, 60 * 1000, 1000));
    assert_int_equal(answer->code, OC_OK);
    assert_in_range(length_of(answer->text), 2900, 3200);
    assert_int_equal(host_row(&host, channel).recording, 0);
    host_end(&host);
}

/* The second one makes the first longer, and both get the same file. */
static void a_clip_that_runs_is_made_longer(void **state) {
    char path[512];
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    int32_t first = post_clip(channel, 1000, 3000);
    host_run(&host, 2 * SECOND);
    int32_t second = post_clip(channel, 1000, 3000);
    host_run(&host, 1 * SECOND);
    int32_t third = post_clip(channel, 1000, 500); /* ends before: changes nothing */
    snprintf(path, sizeof path, "%.500s", answer_of(first)->text);
    assert_in_range(length_of(path), 6000 - 50, 7000 + 100);
    assert_string_equal(answer_of(second)->text, path);
    assert_string_equal(answer_of(third)->text, path);
    assert_int_equal(host_events(&host, "record-closed", NULL), 1);
    host_end(&host);
}

/* However often it is made longer, it ends. */
static void a_clip_ends_after_ten_minutes(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 2 * SECOND);
    int32_t first = post_clip(channel, 0, 400 * 1000);
    host_run(&host, 300 * SECOND);
    int32_t second = post_clip(channel, 0, 400 * 1000);
    host_run(&host, 305 * SECOND);
    host_answer_t *answer;
    assert_true(host_answered(&host, first, &answer));
    assert_in_range(length_of(answer->text), 600 * 1000, 602 * 1000);
    assert_true(host_answered(&host, second, &answer));
    host_end(&host);
}

/* The script is gone: the clip ends on time all the same. */
static void a_clip_outlives_its_script(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 3 * SECOND);
    assert_true(post_clip(channel, 1000, 3000) > 0);
    host_run(&host, 1 * SECOND);
    host_new_script(&host);
    host_run(&host, 1 * SECOND);
    assert_int_equal(host_events(&host, "record-closed", NULL), 0);
    host_run(&host, 2 * SECOND);
    assert_int_equal(host_events(&host, "record-closed", NULL), 1);
    host_end(&host);
}

/* Everything stands still, the end of the clip in between; then the media thread is first, and what
 * the camera has sent meanwhile comes in one go. All of the span is there, as long as the queue
 * behind the camera held it: 77 packets a second. */
static void a_clip_ends_by_its_packets(void **state) {
    const int64_t pause_us = OC_HANDOFF_SLOTS_MAX < 4 * 77 ? 4 * SECOND / 10 : 4 * SECOND;
    for (int recorded = 0; recorded < 2; recorded++) {
        host_init(&host);
        unsigned channel = host_open(&host, "cam1", PLAIN);
        host_run(&host, 5 * SECOND);
        int32_t request = recorded ? 0 : post_clip(channel, 1000, 3000);
        if (recorded) {
            oc_desired_recording_t config = host_recording("clip");
            list_until(&host, &host.list.entry[0], 3 * SECOND);
            assert_int_equal(host_record_as(&host, channel, &config)->code, OC_OK);
        }
        host_run(&host, 3 * SECOND - pause_us / 2);
        host.now_us += pause_us;
        (void)oc_plane_advance(host.plane, host.now_us);
        if (!recorded)
            assert_int_equal(answer_of(request)->code, OC_OK);
        host_run(&host, 3 * SECOND);
        oc_sim_disk_t *disk = recorded ? host.disk[channel] : host.clips[channel];
        assert_int_equal(oc_sim_disk_files(disk), 1);
        int64_t least_ms = recorded ? 3000 : 4000; /* and the rest of the GOP it begins in */
        assert_in_range(length_of(oc_sim_disk_path(disk, 0)), least_ms - 50, least_ms + 1100);
        host_end(&host);
    }
}

/* A source that gives nothing any more is not waited for long. */
static void a_clip_of_a_silent_source_ends(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN "&script=stall@150:60000");
    host_run(&host, 4 * SECOND);
    int64_t posted_us = host.now_us;
    host_answer_t *answer = answer_of(post_clip(channel, 1000, 3000));
    assert_int_equal(answer->code, OC_OK);
    assert_in_range(host.now_us - posted_us, 3 * SECOND, 6 * SECOND);
    host_end(&host);
}

/* Channel closed, or privacy mode: what there is until then. */
static void a_clip_ends_with_its_source(void **state) {
    for (int privacy = 0; privacy < 2; privacy++) {
        host_init(&host);
        unsigned channel = host_open(&host, "cam1", PLAIN);
        host_run(&host, 4 * SECOND);
        int32_t clip = post_clip(channel, 2000, 60 * 1000);
        host_run(&host, 2 * SECOND);
        if (privacy)
            assert_int_equal(
                oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, true, host.now_us),
                OC_OK);
        else
            host_drop(&host, channel);
        host_answer_t *answer = answer_of(clip);
        assert_int_equal(answer->code, OC_OK);
        assert_in_range(length_of(answer->text), 3900, 5200);
        host_end(&host);
    }
}

/* A disk that is full for all of its time: who asked is told so, and the next one works. */
static void a_clip_on_a_full_disk_fails(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 3 * SECOND);
    assert_int_equal(answer_of(post_clip(channel, 0, 500))->code, OC_OK);
    oc_sim_disk_faults(host.clips[channel])->capacity_bytes = 1;
    assert_int_equal(answer_of(post_clip(channel, 1000, 3000))->code, OC_ERR_DISK_FULL);
    oc_sim_disk_faults(host.clips[channel])->capacity_bytes = 0;
    assert_int_equal(answer_of(post_clip(channel, 1000, 3000))->code, OC_OK);
    host_end(&host);
}

static void what_is_no_clip_is_refused(void **state) {
    host_init(&host);
    assert_int_equal(answer_of(post_clip(3, 0, 1000))->code, OC_ERR_NOENT);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    assert_int_equal(answer_of(post_clip(channel, -1, 1000))->code, OC_ERR_INVAL);
    assert_int_equal(answer_of(post_clip(channel, 0, -1))->code, OC_ERR_INVAL);
    assert_int_equal(answer_of(post_clip(channel, 0, 600 * 1000 + 1))->code, OC_ERR_INVAL);
    oc_clip_record_t clip = {.name = ""};
    host.arg1 = 1000;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(host_call(&host, OC_COMMAND_CLIP, channel, 0, &clip, sizeof clip)->code,
                         OC_ERR_INVAL);
        memset(clip.name, 'x', i == 0 ? 1 : sizeof clip.name); /* no end at last */
        clip.name[1] = i == 0 ? '/' : 'x';
    }
    assert_int_equal(host_call(&host, OC_COMMAND_CLIP, channel, 0, "\1clip", 5)->code,
                     OC_ERR_INVAL);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clip_has_its_span_beside_a_recording),
        cmocka_unit_test(a_clip_needs_no_recording),
        cmocka_unit_test(a_clip_that_runs_is_made_longer),
        cmocka_unit_test(a_clip_ends_after_ten_minutes),
        cmocka_unit_test(a_clip_ends_by_its_packets),
        cmocka_unit_test(a_clip_of_a_silent_source_ends),
        cmocka_unit_test(a_clip_outlives_its_script),
        cmocka_unit_test(a_clip_ends_with_its_source),
        cmocka_unit_test(a_clip_on_a_full_disk_fails),
        cmocka_unit_test(what_is_no_clip_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
