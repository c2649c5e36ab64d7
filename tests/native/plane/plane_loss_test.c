/* Every packet that a source made is in the ring or counted as lost by a cause, and who operates
 * the device is told: a media thread that stands still, a sender's burst, a file. */
#include "plane_list.h"

#include <string.h>
#include "oc_capture_push.h"
#include "oc_err.h"
#include "oc_fake_media.h"

#define SECOND INT64_C(1000000)
#define LIVE   "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"
#define CLIP   ROOT "/assets/clip.mp4"

static plane_host_t host;

static uint64_t lost_of(const oc_stream_row_t *row) {
    const uint32_t *words = (const uint32_t *)row;
    uint64_t sum = 0;
    for (unsigned i = 0; i < OC_LOSS_CAUSES; i++)
        sum += words[OC_STREAM_ROW_LOST(i)];
    return sum;
}

/* In the ring, empty, not used, or lost. */
static uint64_t accounted(const oc_stream_row_t *row) {
    return row->packets_lo + row->empty_packets + row->unused_packets + lost_of(row);
}

/* The media thread stands still for so long, in virtual time. */
static void stand_still(int64_t us) {
    host.media_late_us = us;
    host_run(&host, us);
    host.media_late_us = 0;
}

static oc_stream_row_t after_pauses(const char *url, int64_t pause_us, unsigned times) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", url);
    host_run(&host, 3 * SECOND);
    for (unsigned i = 0; i < times; i++) {
        stand_still(pause_us);
        host_run(&host, SECOND);
    }
    host_run(&host, 12 * SECOND);
    return host_row(&host, channel);
}

static void two_seconds_lose_nothing(void **state) {
    oc_stream_row_t row = after_pauses(LIVE, 19 * SECOND / 10, 6);
    assert_int_equal(lost_of(&row), 0);
    assert_int_equal(host_events(&host, "packets-lost", NULL), 0);
    host_end(&host);
}

/* A live source and 5 s: it loses what does not fit, each packet under one cause, in few events. */
static void what_cannot_wait_is_lost_by_cause(void **state) {
    const char *log;
    oc_stream_row_t whole = after_pauses(LIVE, 0, 0), row;
    host_run(&host, 6 * 6 * SECOND);
    whole = host_row(&host, 0);
    host_end(&host);
    row = after_pauses(LIVE, 5 * SECOND, 6);
    assert_true(row.lost_queue_full + row.lost_buffer_full > 0 && row.lost_gop_rest > 0);
    assert_in_range(lost_of(&row), 6 * 77, 6 * 5 * 77);
    assert_int_equal(row.dropped_packets, lost_of(&row));
    assert_in_range(accounted(&row), accounted(&whole) - 4, accounted(&whole) + 4);
    unsigned events = host_events(&host, "packets-lost", &log);
    assert_in_range(events, 2, 5); /* six pauses in 36 s, at most one event in 10 s */
    assert_non_null(strstr(log, "gop-rest"));
    host_end(&host);
}

static void a_file_waits(void **state) {
    oc_channel_config_t config;
    host_init(&host);
    config = host_channel("cam1", CLIP);
    config.loop = true;
    unsigned channel = (unsigned)host_set(&host, &config)->value;
    host_run(&host, 3 * SECOND);
    for (unsigned i = 0; i < 6; i++) {
        stand_still((1 + 2 * i) * SECOND);
        host_run(&host, SECOND);
    }
    oc_stream_row_t row = host_row(&host, channel);
    assert_int_equal(lost_of(&row), 0);
    assert_int_equal(row.jumps, 0);
    assert_true(row.packets_lo > 700); /* of 78 a second */
    assert_int_equal(row.lost_gops, 0);
    host_end(&host);
}

/* 5 s of packets at once by the calls that do not wait: those that were taken and those that were
 * not are all of them. */
static void a_burst_of_a_sender_is_accounted_for(void **state) {
    enum { PACKETS = 1200 };
    static uint8_t bytes[1000];
    oc_track_t track;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", "push:door");
    host_run(&host, SECOND);
    int sender = oc_push_attach("door"), refused = 0;
    assert_true(sender >= 0);
    oc_fake_video_track(&track, 320, 240, 30, 1, 0);
    assert_int_equal(oc_push_track(sender, 0, &track), OC_OK);
    for (int i = 0; i < PACKETS; i++) {
        oc_packet_t packet = {.data = bytes,
                              .len_bytes = sizeof bytes,
                              .dts = i * 3000,
                              .duration = 3000,
                              .key = i % 30 == 0};
        refused += oc_push_packet(sender, &packet) != OC_OK;
        if (i % 4 == 0 && i < 600)
            host_run(&host, SECOND / 30);
    }
    host_run(&host, 2 * SECOND);
    oc_stream_row_t row = host_row(&host, channel);
    assert_int_equal(accounted(&row), PACKETS);
    assert_int_equal(lost_of(&row), refused);
    assert_true(refused > 0 && row.lost_queue_full > 0);
    assert_int_equal(host_events(&host, "packets-lost", NULL), 1);
    oc_push_detach(sender);
    host_run(&host, SECOND);
    host_end(&host);
}

/* Sound of a sender that has announced video too. */
static void push_sound(int sender, int64_t from, int64_t count) {
    static uint8_t bytes[OC_FAKE_AUDIO_MAX];
    for (int64_t i = from; i < from + count; i++) {
        oc_packet_t packet = {.data = bytes,
                              .len_bytes = oc_fake_audio(1, (uint32_t)i, bytes),
                              .dts = i * OC_FAKE_AUDIO_TICKS,
                              .duration = OC_FAKE_AUDIO_TICKS,
                              .track = 1,
                              .key = true};
        assert_int_equal(oc_push_packet(sender, &packet), OC_OK);
        host_run(&host, OC_FAKE_AUDIO_TICKS * SECOND / OC_FAKE_AUDIO_RATE);
    }
}

/* Video is announced and does not come: after 5 s the sound is live and recorded. When it comes
 * after all, it is there too. */
static void sound_does_not_wait_for_video_for_ever(void **state) {
    enum { PER_S = OC_FAKE_AUDIO_RATE / OC_FAKE_AUDIO_TICKS };
    static uint8_t bytes[1000];
    oc_track_t video, audio;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", "push:door");
    oc_desired_recording_t config = host_recording("ocellus");
    config.audio = 1;
    host_record_as(&host, channel, &config);
    int sender = oc_push_attach("door");
    oc_fake_video_track(&video, 320, 240, 30, 1, 0);
    oc_fake_audio_track(&audio);
    assert_int_equal(oc_push_track(sender, 0, &video), OC_OK);
    assert_int_equal(oc_push_track(sender, 1, &audio), OC_OK);
    push_sound(sender, 0, 4 * PER_S);
    assert_int_equal(host_row(&host, channel).packets_lo, 0); /* video may still come */
    push_sound(sender, 4 * PER_S, 8 * PER_S);
    oc_stream_row_t row = host_row(&host, channel);
    assert_int_equal(row.state, OC_STREAM_RUNNING);
    assert_int_equal(row.video_codec, OC_CODEC_NONE);
    assert_int_equal(row.audio_codec, OC_CODEC_AAC);
    assert_in_range(row.packets_lo, 6 * PER_S, 8 * PER_S);
    assert_true(row.live_last >= 2);
    assert_true(row.record_files == 1 && row.record_bytes_lo > 0);
    assert_int_equal(lost_of(&row), 0);
    assert_int_equal(host_events(&host, "video-missing", NULL), 1);
    for (int i = 0; i < 90; i++) {
        oc_packet_t packet = {.data = bytes,
                              .len_bytes = sizeof bytes,
                              .dts = 12 * 90000 + i * 3000,
                              .duration = 3000,
                              .key = i % 30 == 0};
        assert_int_equal(oc_push_packet(sender, &packet), OC_OK);
        push_sound(sender, 12 * PER_S + i * 3 / 2, 1 + i % 2);
    }
    host_run(&host, SECOND);
    row = host_row(&host, channel);
    assert_int_equal(row.video_codec, OC_CODEC_H264);
    assert_int_equal(row.width, 320);
    assert_int_equal(host_events(&host, "video-came", NULL), 1);
    assert_true(row.record_files >= 2);
    assert_int_equal(accounted(&row), 12 * PER_S + 90 + 135);
    oc_push_detach(sender);
    host_run(&host, SECOND);
    host_end(&host);
}

/* [E23] What came to nobody while a recording is under way is missing in it, and only that. */
static void a_recording_counts_what_it_misses(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", LIVE);
    host_run(&host, 3 * SECOND);
    stand_still(5 * SECOND); /* nothing is recorded yet */
    host_run(&host, 3 * SECOND);
    oc_stream_row_t before = host_row(&host, channel);
    assert_true(lost_of(&before) > 0);
    assert_int_equal(before.record_lost_packets, 0);
    host_record(&host, channel);
    host_run(&host, 3 * SECOND);
    assert_int_equal(host_row(&host, channel).record_lost_packets, 0);
    stand_still(5 * SECOND);
    host_run(&host, 3 * SECOND);
    oc_stream_row_t row = host_row(&host, channel);
    assert_true(lost_of(&row) > lost_of(&before));
    assert_int_equal(row.record_lost_packets, lost_of(&row) - lost_of(&before));
    host_stop(&host, channel);
    uint32_t kept = row.record_lost_packets;
    stand_still(5 * SECOND);
    host_run(&host, 3 * SECOND);
    assert_int_equal(host_row(&host, channel).record_lost_packets, kept);
    host_end(&host);
}

/* What was not reported yet is reported when the channel closes. */
static void closing_reports_the_rest(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", LIVE);
    host_run(&host, 3 * SECOND);
    stand_still(5 * SECOND);
    host_run(&host, SECOND / 10);
    assert_int_equal(host_events(&host, "packets-lost", NULL), 0);
    host_close(&host, channel);
    assert_int_equal(host_events(&host, "packets-lost", NULL), 1);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_seconds_lose_nothing),
        cmocka_unit_test(what_cannot_wait_is_lost_by_cause),
        cmocka_unit_test(a_file_waits),
        cmocka_unit_test(a_burst_of_a_sender_is_accounted_for),
        cmocka_unit_test(sound_does_not_wait_for_video_for_ever),
        cmocka_unit_test(a_recording_counts_what_it_misses),
        cmocka_unit_test(closing_reports_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
