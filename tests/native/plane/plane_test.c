/* oc_plane from command to file and live body, in virtual time. */
#include "plane_host.h"

#include <stdlib.h>
#include <string.h>
#include "oc_err.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"

static plane_host_t host;

/* [E9] open, record, stop, close: one file with its true end, every packet in it. */
static void records_what_the_source_delivers(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 10 * SECOND);
    oc_channel_row_t row = host_row(&host, channel);
    assert_int_equal(row.state, OC_CHANNEL_RUNNING);
    assert_int_equal(row.config_hash, 77);
    assert_int_equal(row.recording, 1);
    assert_int_equal(row.video_codec, OC_CODEC_H264);
    assert_int_equal(row.audio_codec, OC_CODEC_AAC);
    assert_in_range(row.fps_milli, 29900, 30100);
    assert_in_range(row.record_synced_age_ms, 1, 1000);
    assert_true(row.bytes_lo > 0);
    assert_int_equal(row.copied_lo, row.bytes_lo); /* one copy per payload byte */
    assert_int_equal(row.dropped_packets, 0);

    host_answer_t *answer = host_call(&host, OC_COMMAND_RECORD_STOP, channel, 0, NULL, 0);
    assert_int_equal(answer->code, OC_OK);
    assert_int_equal(host_row(&host, channel).recording, 0);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 0);
    assert_int_equal(strncmp(oc_sim_disk_path(host.disk[channel], 0),
                             "recordings/cam1/ocellus_20261121T0251", 37),
                     0);
    assert_in_range(found.samples[0], 270, 303);
    assert_in_range(found.samples[1], 400, 475);
    assert_int_equal(host_events(&host, "record-opened", NULL), 1);
    assert_int_equal(host_events(&host, "record-closed", NULL), 1);

    answer = host_call(&host, OC_COMMAND_CHANNEL_CLOSE, channel, 0, NULL, 0);
    assert_int_equal(answer->code, OC_OK);
    assert_int_equal(host_row(&host, channel).state, OC_CHANNEL_FREE);
    char name[OC_CHANNEL_NAME_MAX];
    oc_plane_channel_name(host.plane, channel, name);
    assert_string_equal(name, "");
    assert_int_equal(host.blocks, 0);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_what_the_source_delivers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
