/* Settings of a channel that runs take effect without a lost packet, file or
 * viewer. */
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_plane_ring.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"

static plane_host_t host;

static host_answer_t *change(unsigned channel, const oc_channel_config_t *config) {
    return host_change(&host, channel, config);
}

static void host_free(oc_plane_body_t *body) {
    host.blocks--;
    free(body->data);
}

/* The playlist of cam1. */
static void playlist(char *text, size_t size) {
    oc_plane_body_t body;
    int code = oc_plane_live_get(host.plane, "cam1", "index.m3u8", "", &body);
    assert_int_equal(code, OC_OK);
    snprintf(text, size, "%.*s", (int)body.len, (const char *)body.data);
    host_free(&body);
}

static uint32_t tag(const char *text, const char *name) {
    unsigned number = 0;
    const char *at = strstr(text, name);
    if (!at || sscanf(at + strlen(name), "%u", &number) != 1)
        fail_msg("%s is missing in %s", name, text);
    return number;
}

static void a_recording_loses_nothing_while_its_ring_changes(void **state) {
    static const uint32_t ring_ms[] = {6000, 20000, 3000, 8000, 2000, 12000};
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    oc_plane_ring_t lent;
    host_record(&host, channel);
    host_run(&host, 5 * SECOND);
    assert_int_equal(oc_plane_ring(host.plane, channel, OC_STREAM_MAIN, &lent), OC_OK);
    const oc_ring_t *ring = lent.ring;
    oc_channel_config_t config = host_channel("cam1", PLAIN);
    for (unsigned i = 0; i < sizeof ring_ms / sizeof *ring_ms; i++) {
        uint32_t before = host_row(&host, channel).ring_bytes;
        config.ring_ms = ring_ms[i];
        assert_int_equal(change(channel, &config)->code, OC_OK);
        host_run(&host, 4 * SECOND + i * SECOND / 7);
        assert_true(i == 0 || host_row(&host, channel).ring_bytes != before);
        assert_int_equal(oc_plane_ring(host.plane, channel, OC_STREAM_MAIN, &lent), OC_OK);
        assert_ptr_equal(lent.ring, ring); /* whoever sends from it sends on */
    }
    assert_int_equal(host.rings_gone, 0);
    host_run(&host, 14 * SECOND);
    assert_in_range(host_row(&host, channel).ring_held_ms, 11000, 16000);
    assert_int_equal(host_row(&host, channel).record_lost_packets, 0);
    assert_int_equal(host_events(&host, "channel-opened", NULL), 1);
    host_stop(&host, channel);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.files, 1);
    assert_true(found.samples[0] > 30 * 40);
    host_end(&host);
}

/* What cannot change in place: its source, and what there is no memory for twice. */
static void what_needs_another_opening_gets_it(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 2 * SECOND);
    oc_channel_config_t config = host_channel("cam1", "");
    config.audio = false;
    config.ring_ms = 9000;
    assert_int_equal(change(channel, &config)->code, OC_OK);
    config.loop = !config.loop;
    assert_int_equal(change(channel, &config)->code, OC_OK);
    assert_int_equal(host_events(&host, "channel-opened", NULL), 3);
    host_run(&host, 2 * SECOND);
    config.ring_ms = 20000;
    host.refuse_memory = 1; /* the letter; then a second ring, and the first one of the opening */
    assert_int_equal(change(channel, &config)->code, OC_ERR_NOMEM);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_FAILED);
    host.refuse_memory = -1;
    host_run(&host, 2 * SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_RUNNING);
    host_end(&host);
}

static void what_cannot_be_changes_nothing(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 2 * SECOND);
    oc_stream_row_t before = host_row(&host, channel);
    oc_channel_config_t config = host_channel("cam1", "");
    config.preroll_ms = 7000;
    host_answer_t *answer = change(channel, &config);
    assert_int_equal(answer->code, OC_ERR_RANGE);
    assert_non_null(strstr(answer->text, "preroll 7000 ms"));
    config.preroll_ms = 0;
    config.hls_target_ms = 20000;
    assert_int_equal(change(channel, &config)->code, OC_ERR_RANGE);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).ring_bytes, before.ring_bytes);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_RUNNING);
    assert_int_equal(host_events(&host, "channel-opened", NULL), 1);
    config.hls_target_ms = 0; /* as it runs */
    assert_int_equal(change(channel, &config)->code, OC_OK);
    host_end(&host);
}

/* Numbers go on; where the target has to change, so does a discontinuity. */
static void live_changes_go_on_with_their_numbers(void **state) {
    char text[16384];
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", "fake:?fps=30&gop=15&size=2000&key=9000");
    oc_channel_config_t config = host_channel("cam1", "");
    config.hls_target_ms = 1000;
    host_run(&host, 5 * SECOND);
    playlist(text, sizeof text);
    uint32_t target = tag(text, "#EXT-X-TARGETDURATION:");
    uint32_t first = host_row(&host, channel).live_last;
    config.hls_target_ms = 500; /* within the same target */
    assert_int_equal(change(channel, &config)->code, OC_OK);
    host_run(&host, 3 * SECOND);
    playlist(text, sizeof text);
    assert_int_equal(tag(text, "#EXT-X-TARGETDURATION:"), target);
    assert_null(strstr(text, "#EXT-X-DISCONTINUITY\n"));
    uint32_t second = host_row(&host, channel).live_last;
    assert_in_range(second, first + 5, first + 7);
    config.hls_target_ms = 3000;
    config.hls_part_ms = 0;
    assert_int_equal(change(channel, &config)->code, OC_OK);
    host_run(&host, 8 * SECOND);
    playlist(text, sizeof text);
    assert_int_equal(tag(text, "#EXT-X-TARGETDURATION:"), 3);
    assert_true(tag(text, "#EXT-X-MEDIA-SEQUENCE:") > second);
    assert_null(strstr(text, "#EXT-X-PART"));
    assert_in_range(host_row(&host, channel).live_last, second + 2, second + 4);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_loses_nothing_while_its_ring_changes),
        cmocka_unit_test(what_needs_another_opening_gets_it),
        cmocka_unit_test(what_cannot_be_changes_nothing),
        cmocka_unit_test(live_changes_go_on_with_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
