/* The clip of an event, as the script orders it: from the key packet at or before the pre-roll on,
 * every packet once, ended on time by the plane; random trials, the same ones each time. */
#include "plane_list.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"
#include "oc_record_name.h"

#define SECOND     (1000 * 1000)
#define TRIALS     100
#define PREROLL_MS 10000

static plane_host_t host;
static uint32_t seed;

/* 0 .. max */
static uint32_t random_to(uint32_t max) {
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * (max + 1)) >> 32);
}

static unsigned open_channel(unsigned gop) {
    char url[96];
    snprintf(url, sizeof url, "fake:?fps=30&gop=%u&size=500&key=3000&audio=aac", gop);
    oc_channel_config_t config = host_channel("cam1", url);
    config.ring_bytes = 0;
    config.ring_ms = 18000;
    config.preroll_ms = PREROLL_MS;
    host_answer_t *answer = host_set(&host, &config);
    assert_string_equal(answer->text, "");
    assert_int_equal(answer->code, OC_OK);
    return (unsigned)answer->value;
}

/* A span around the instant at_us, which lies some time back. */
static int32_t post_clip(unsigned channel, int64_t at_us, int32_t after_ms) {
    host.arg1 = after_ms;
    host.arg2 = (int32_t)(uint32_t)(at_us / 1000);
    const oc_clip_record_t clip = {.name = "event", .audio = true};
    return host_post(&host, OC_COMMAND_CLIP, channel, PREROLL_MS, &clip, sizeof clip);
}

static oc_record_name_t name_of(const char *path) {
    oc_record_name_t name;
    const char *file = strrchr(path, '/');
    assert_non_null(file);
    assert_int_equal(oc_record_name_parse(file + 1, strlen(file + 1), &name), OC_OK);
    return name;
}

/* One trial. beside: of a recording. killed: the script, between the beginning and the end. */
static void run_trial(bool beside, bool killed) {
    char path[OC_FILE_PATH_MAX];
    host_answer_t *answer = NULL;
    host_init(&host);
    unsigned gop = 15 + random_to(75), after_ms = 4000 + random_to(3000);
    unsigned channel = open_channel(gop);
    if (beside)
        host_record(&host, channel);
    host_run(&host, (int64_t)(PREROLL_MS + 4000 + random_to(6000)) * 1000 + random_to(999));
    int64_t at_us = host.now_us;
    host_run(&host, (int64_t)random_to(2000) * 1000); /* until the script is that far */
    int32_t request = post_clip(channel, at_us, (int32_t)after_ms);
    bool longer = random_to(2) == 0;
    if (longer) { /* another event, which makes it longer */
        host_run(&host, 500 * 1000 + (int64_t)random_to(1000) * 1000);
        int64_t until_us = at_us + (int64_t)(after_ms + 2000) * 1000;
        (void)post_clip(channel, at_us, (int32_t)((until_us - at_us) / 1000));
        after_ms += 2000;
    }
    if (killed) {
        host_run(&host, 200 * 1000);
        host_new_script(&host);
        host_run(&host, (int64_t)(after_ms + 2000) * 1000);
    } else {
        for (int i = 0; i < 1000 && !host_answered(&host, request, &answer); i++)
            host_run(&host, 10 * 1000);
        assert_non_null(answer);
        assert_int_equal(answer->code, OC_OK);
    }
    assert_int_equal(oc_sim_disk_files(host.clips[channel]), 1);
    snprintf(path, sizeof path, "%s", oc_sim_disk_path(host.clips[channel], 0));
    oc_record_name_t name = name_of(path);
    assert_false(name.open);
    int64_t at_wall_us = oc_clock_wall_us(&host.clock, at_us);
    int64_t back_us = at_wall_us - name.start_us, gop_us = (int64_t)gop * SECOND / 30;
    assert_in_range(back_us / 1000, PREROLL_MS, PREROLL_MS + gop_us / 1000 + 40);
    int64_t end_us = name.end_us - at_wall_us;
    assert_in_range(end_us / 1000, after_ms - 40, after_ms + 120);
    host_found_t found = host_check_clips(&host, channel); /* order, bytes, nothing missing */
    assert_int_equal(found.files, 1);
    int64_t frames = (name.end_us - name.start_us) * 30 / SECOND;
    assert_in_range(found.samples[0], frames - 1, frames + 1);
    host_end(&host);
}

static void clips_of_events_have_their_span(void **state) {
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        seed = 7000 + trial;
        run_trial(trial % 2 == 0, trial % 4 >= 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clips_of_events_have_their_span),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
