/* The sub stream of a channel: one time line with main, and nothing it does touches main. */
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_plane_impl.h"

#define SECOND  INT64_C(1000000)
#define MAIN    "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"
#define SUB     "fake:?fps=15&gop=15&size=500&key=2000&audio=aac&seed=7"
#define SLOT(n) (OC_CHANNELS_MAX + (n))

static plane_host_t host;

static host_answer_t *open_two(const char *name, const char *url, const char *sub) {
    oc_channel_config_t config = host_channel(name, url);
    snprintf(config.sub_url, sizeof config.sub_url, "%s", sub);
    return host_set(&host, &config);
}

#if OC_STREAMS_MAX > OC_CHANNELS_MAX

static unsigned opened_two(const char *url, const char *sub) {
    host_answer_t *answer = open_two("cam1", url, sub);
    assert_string_equal(answer->text, "");
    assert_int_equal(answer->code, OC_OK);
    return (unsigned)answer->value;
}

static host_answer_t *record(unsigned channel, oc_stream_kind_t stream) {
    oc_desired_recording_t config = host_recording("ocellus");
    config.stream = stream;
    return host_record_as(&host, channel, &config);
}

/* By how much a packet lies beside its instant: its time on the line less the time since the
 * channel's epoch. The largest of the video packets in the ring, in microseconds. */
static int64_t worst_us(unsigned slot, int64_t epoch_us, uint64_t *packets) {
    oc_stream_t *stream = oc_plane_stream(host.plane, slot);
    int64_t worst = 0;
    uint64_t from = oc_ring_oldest(stream->ring), to = oc_ring_newest(stream->ring);
    oc_packet_t packet;
    assert_true(from > 0);
    for (uint64_t seq = from; seq <= to; seq++) {
        assert_int_equal(oc_ring_get(stream->ring, seq, &packet), OC_OK);
        int64_t at_us = oc_timeline_us(&stream->line, packet.track, packet.dts);
        int64_t off_us = llabs(at_us - (packet.capture_us - epoch_us));
        if (!oc_codec_is_video(stream->track[packet.track].codec))
            continue;
        worst = off_us > worst ? off_us : worst;
        (*packets)++;
    }
    return worst;
}

/* The epoch as main has it: capture time of time 0. */
static int64_t epoch_us(unsigned channel) {
    const oc_timeline_t *line = &oc_plane_stream(host.plane, channel)->line;
    return line->last_capture_us - line->last_line_us;
}

/* [A6] Two rings, two pictures, one time line: to half a frame, also after sub was lost and came
 * back, after its time stamps jumped, and after main was lost. */
static void an_instant_has_the_same_time_in_both(void **state) {
    static const char *const subs[] = {
        SUB,
        SUB "&script=lost@40:IO,lost@75:CLOSED",
        SUB "&script=jump@30:-5000,jump@60:60000",
        SUB "&script=restart@45,stall@70:1500",
    };
    static const char *const mains[] = {MAIN, MAIN "&script=lost@100:IO"};
    for (unsigned m = 0; m < 2; m++) {
        for (unsigned i = 0; i < sizeof subs / sizeof *subs; i++) {
            uint64_t of_main = 0, of_sub = 0;
            host_init(&host);
            unsigned channel = opened_two(mains[m], subs[i]);
            int64_t epoch = epoch_us(channel);
            host_run(&host, 12 * SECOND);
            assert_in_range(worst_us(channel, epoch, &of_main), 0, 1000000 / 60);
            assert_in_range(worst_us(SLOT(channel), epoch, &of_sub), 0, 1000000 / 60);
            assert_in_range(of_main, 150, 250);
            assert_in_range(of_sub, 80, 180);
            host_end(&host);
        }
    }
}

/* [A6] Each has a ring, a row and live files of its own; events say which one they are of. */
static void each_stream_is_a_stream(void **state) {
    oc_plane_body_t body;
    const char *log;
    char name[OC_CHANNEL_NAME_MAX], file[32];
    host_init(&host);
    unsigned channel = opened_two(MAIN, SUB);
    host_run(&host, 5 * SECOND);
    oc_stream_row_t main = host_row(&host, channel), sub = host_row(&host, SLOT(channel));
    assert_int_equal(main.state, OC_STREAM_RUNNING);
    assert_int_equal(sub.state, OC_STREAM_RUNNING);
    assert_int_equal(sub.name_hash, main.name_hash);
    assert_in_range(main.fps_milli, 29900, 30100);
    assert_in_range(sub.fps_milli, 14900, 15100);
    assert_true(sub.bitrate_bps < main.bitrate_bps / 3);
    assert_true(sub.ring_bytes > 0 && sub.ring_held_ms > 4000);
    assert_int_equal(sub.dropped_packets, 0);
    assert_int_equal(main.copied_lo, main.bytes_lo);
    assert_int_equal(sub.copied_lo, sub.bytes_lo);
    oc_plane_channel_name(host.plane, SLOT(channel), name);
    assert_string_equal(name, "cam1");
    assert_int_equal(host_events(&host, "sub-opened", &log), 1);
    assert_non_null(strstr(log, "|cam1|s|sub-opened|"));
    assert_int_equal(host_events(&host, "channel-opened", &log), 1);
    assert_non_null(strstr(log, "|cam1||channel-opened|"));

    assert_int_equal(oc_plane_live_get(host.plane, "cam1", "sub/index.m3u8", "", &body), OC_OK);
    host.blocks--;
    free(body.data);
    snprintf(file, sizeof file, "sub/i%u.mp4", sub.live_begun);
    assert_int_equal(oc_plane_live_get(host.plane, "cam1", file, "", &body), OC_OK);
    host.blocks--;
    free(body.data);
    assert_int_equal(oc_plane_live_get(host.plane, "cam1", "sub/sub/index.m3u8", "", &body),
                     OC_ERR_NOENT);
    assert_int_equal(oc_plane_live_get(host.plane, "cam1", "sub/", "", &body), OC_ERR_NOENT);
    assert_int_equal(host_row(&host, channel).live_requests, 0);

    oc_plane_stats_t stats;
    oc_plane_stats(host.plane, &stats);
    assert_int_equal(stats.channels, 1);
    assert_int_equal(
        host_call(&host, OC_COMMAND_REQUEST_KEY, channel, OC_STREAM_SUB, NULL, 0)->code, OC_OK);
    assert_int_equal(host_call(&host, OC_COMMAND_REQUEST_KEY, channel, 2, NULL, 0)->code,
                     OC_ERR_STATE);
    assert_int_equal(host_close(&host, channel)->code, OC_OK);
    assert_int_equal(host_row(&host, SLOT(channel)).state, OC_STREAM_FREE);
    oc_plane_channel_name(host.plane, SLOT(channel), name);
    assert_string_equal(name, "");
    assert_int_equal(host.blocks, 0);
    host_end(&host);
}

/* Without one: its files are not there, and it cannot be recorded. */
static void a_channel_need_not_have_one(void **state) {
    oc_plane_body_t body;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", MAIN);
    host_run(&host, 3 * SECOND);
    assert_int_equal(oc_plane_live_get(host.plane, "cam1", "sub/index.m3u8", "", &body),
                     OC_ERR_NOENT);
    assert_int_equal(host_row(&host, SLOT(channel)).state, OC_STREAM_FREE);
    host_answer_t *answer = record(channel, OC_STREAM_SUB);
    assert_int_equal(answer->code, OC_ERR_INVAL);
    assert_string_equal(answer->text, "channels.cam1.record.stream: no such value is allowed");
    answer = record(channel, (oc_stream_kind_t)2);
    assert_int_equal(answer->code, OC_ERR_INVAL);
    assert_int_equal(
        host_call(&host, OC_COMMAND_REQUEST_KEY, channel, OC_STREAM_SUB, NULL, 0)->code,
        OC_ERR_STATE);
    host_end(&host);
}

static uint64_t packets_of(unsigned slot) {
    oc_stream_row_t row = host_row(&host, slot);
    return (uint64_t)row.packets_hi << 32 | row.packets_lo;
}

/* What main delivers while sub does what it does, against a channel without a sub. */
static void main_is_as_without(const char *sub, oc_stream_row_t *row) {
    oc_stream_row_t alone;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", MAIN);
    host_record(&host, channel);
    host_run(&host, 40 * SECOND);
    alone = host_row(&host, channel);
    host_found_t kept = host_check(&host, channel);
    host_end(&host);

    host_init(&host);
    channel = opened_two(MAIN, sub);
    host_record(&host, channel);
    host_run(&host, 40 * SECOND);
    *row = host_row(&host, channel);
    assert_int_equal(row->state, OC_STREAM_RUNNING);
    assert_int_equal(row->packets_lo, alone.packets_lo);
    assert_int_equal(row->bytes_lo, alone.bytes_lo);
    assert_int_equal(row->dropped_packets, 0);
    assert_int_equal(row->jumps, 0);
    assert_int_equal(row->source_losses, 0);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.samples[0], kept.samples[0]);
    assert_int_equal(found.samples[1], kept.samples[1]);
}

/* [A6] A sub that is lost, jumps or ends leaves main as it is, packet for packet. */
static void a_sub_that_is_lost_does_not_touch_main(void **state) {
    static const char *const subs[] = {
        SUB "&script=lost@3:IO,lost@80:TIMEOUT,lost@81:CLOSED",
        SUB "&script=jump@20:90000,jump@21:-90000,restart@50,stall@60:9000",
        SUB "&script=end@30",
    };
    for (unsigned i = 0; i < sizeof subs / sizeof *subs; i++) {
        oc_stream_row_t row;
        main_is_as_without(subs[i], &row);
        host_end(&host);
    }
}

/* A sub that cannot be opened is tried again after 1 s .. 30 s, told once, shown as lost; main
 * runs. When it can be opened it is, and a recording that waits for it begins. */
static void a_sub_that_fails_is_tried_again(void **state) {
    oc_stream_row_t row;
    const char *log;
    main_is_as_without("fake:?fps=0", &row);
    assert_int_equal(host_row(&host, SLOT(0)).state, OC_STREAM_LOST);
    assert_int_equal(host_events(&host, "sub-failed", &log), 1);
    assert_non_null(strstr(log, "fps"));
    assert_int_equal(host.plane->channel[0]->sub.failures, 6); /* at 0, 1, 3, 7, 15, 31 s */
    assert_int_equal(host_events(&host, "channel-failed", NULL), 0);
    host_end(&host);

    main_is_as_without("nonsense:x", &row); /* no driver */
    assert_int_equal(host_events(&host, "sub-failed", &log), 1);
    assert_non_null(strstr(log, "this kind of input is not supported"));
    host_end(&host);

    host_init(&host);
    unsigned channel = opened_two(MAIN, "push:later");
    oc_plane_body_t body;
    host_run(&host, 2 * SECOND);
    assert_int_equal(host_row(&host, SLOT(channel)).state, OC_STREAM_RUNNING);
    assert_int_equal(oc_plane_live_get(host.plane, "cam1", "sub/index.m3u8", "", &body), OC_AGAIN);
    host_end(&host);
}

/* Memory that is not there fails the sub only; every block is given back. */
static void a_sub_without_memory_fails_alone(void **state) {
    for (int blocks = 0; blocks < 8; blocks++) {
        host_init(&host);
        host.opens_held = true; /* main's blocks first */
        oc_channel_config_t config = host_channel("cam1", MAIN);
        snprintf(config.sub_url, sizeof config.sub_url, SUB);
        list_add(&host.list, config.name, config.url)->channel = config;
        list_post(&host, &host.list);
        host_run(&host, 10000);
        host.opens_held = false;
        host.refuse_memory = 3 + blocks; /* ring, live and handoff of main */
        host_run(&host, SECOND / 2);
        host.refuse_memory = -1;
        host_run(&host, 4 * SECOND);
        assert_int_equal(host_row(&host, 0).state, OC_STREAM_RUNNING);
        assert_int_equal(host_row(&host, SLOT(0)).state, OC_STREAM_RUNNING);
        host_end(&host);
    }
}

/* Main may be lost and come back: sub goes on, packet for packet. */
static void a_main_that_is_lost_does_not_touch_sub(void **state) {
    host_init(&host);
    unsigned channel = opened_two(MAIN, SUB);
    host_run(&host, 20 * SECOND);
    uint64_t alone = packets_of(SLOT(channel));
    host_end(&host);

    host_init(&host);
    channel = opened_two(MAIN "&script=lost@30:IO,jump@200:50000,end@300", SUB);
    host_run(&host, 20 * SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_ENDED);
    oc_stream_row_t sub = host_row(&host, SLOT(channel));
    assert_int_equal(sub.state, OC_STREAM_RUNNING);
    assert_int_equal(packets_of(SLOT(channel)), alone);
    assert_int_equal(sub.jumps, 0);
    assert_int_equal(sub.dropped_packets, 0);
    host_end(&host);
}

/* [E9] Recorded in place of main: the files hold what sub delivered, under the channel's name. */
static void sub_is_recorded_in_place_of_main(void **state) {
    host_init(&host);
    unsigned channel = opened_two(MAIN, SUB);
    assert_int_equal(record(channel, OC_STREAM_SUB)->code, OC_OK); /* waits until it is open */
    host_run(&host, 10 * SECOND);
    assert_int_equal(host_row(&host, SLOT(channel)).recording, 1);
    assert_int_equal(host_row(&host, channel).recording, 0);
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    host_found_t found = host_check(&host, SLOT(channel));
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 0);
    assert_in_range(found.samples[0], 148, 152);
    assert_int_equal(found.before[0], 0);
    assert_int_equal(strncmp(oc_sim_disk_path(host.disk[SLOT(channel)], 0),
                             "recordings/cam1/ocellus_20261121T0251", 37),
                     0);
    assert_int_equal(oc_sim_disk_files(host.disk[channel]), 0);
    assert_int_equal(record(channel, OC_STREAM_MAIN)->code, OC_OK);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).recording, 1);
    assert_int_equal(record(channel, OC_STREAM_SUB)->code, OC_OK); /* the other one again */
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).recording, 0);
    assert_int_equal(host_row(&host, SLOT(channel)).recording, 1);
    host_end(&host);
}

/* Wanted while sub cannot be opened: no failure, and what is wanted next replaces it. */
static void a_recording_waits_for_sub(void **state) {
    host_init(&host);
    unsigned channel = opened_two(MAIN, "fake:?fps=0");
    assert_int_equal(record(channel, OC_STREAM_SUB)->code, OC_OK);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).recording, 0);
    assert_int_equal(host_events(&host, "record-failed", NULL), 0);
    assert_int_equal(record(channel, OC_STREAM_MAIN)->code, OC_OK);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).recording, 1);
    host_end(&host);
}

/* [F3] A new script finds the channel with both streams; neither loses a packet. */
static void a_new_script_changes_neither(void **state) {
    host_init(&host);
    unsigned channel = opened_two(MAIN, SUB);
    assert_int_equal(record(channel, OC_STREAM_SUB)->code, OC_OK);
    host_run(&host, 3 * SECOND);
    host_new_script(&host);
    host_run(&host, 11 * SECOND);
    assert_int_equal(record(channel, OC_STREAM_SUB)->code, OC_OK); /* goes on */
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, SLOT(channel)).record_files, 1);
    assert_int_equal(host_row(&host, SLOT(channel)).dropped_packets, 0);
    host_stop(&host, channel);
    assert_in_range(host_check(&host, SLOT(channel)).samples[0], 222, 228);
    host_end(&host);
}

/* Sub is closed before main, in whatever state it is. */
static void sub_is_closed_before_main(void **state) {
    for (unsigned state_of_sub = 0; state_of_sub < 3; state_of_sub++) {
        host_init(&host);
        unsigned channel = opened_two(MAIN, state_of_sub == 1 ? "fake:?fps=0" : SUB);
        host.opens_held = state_of_sub == 2;
        if (state_of_sub == 0) {
            assert_int_equal(record(channel, OC_STREAM_SUB)->code, OC_OK);
            host_run(&host, 3 * SECOND);
        }
        host_drop(&host, channel);
        for (int i = 0; i < 1000 && host_row(&host, channel).state != OC_STREAM_FREE; i++) {
            host_run(&host, 1000);
            if (oc_plane_stream(host.plane, SLOT(channel)))
                assert_non_null(host.plane->channel[channel]);
            if (i == 5)
                host.opens_held = false;
        }
        assert_int_equal(host_row(&host, channel).state, OC_STREAM_FREE);
        assert_null(oc_plane_stream(host.plane, SLOT(channel)));
        assert_int_equal(host.blocks, 0);
        if (state_of_sub == 0)
            assert_int_equal(host_check(&host, SLOT(channel)).open_files, 0);
        assert_int_equal(host_events(&host, "sub-closed", NULL), state_of_sub != 1);
        host_end(&host);
    }
}

/* A size stands for a stream made of main's pictures: its driver is told whose. */
static char requested[OC_CAPTURE_URL_MAX];
static uint32_t requested_feed;
static const oc_capture_driver_t *find(void *context, const char *url) {
    if (strncmp(url, "scale:", 6) != 0)
        return oc_capture_find(url);
    snprintf(requested, sizeof requested, "%s", url);
    return &oc_capture_fake;
}
static int open_noting(void *context, unsigned slot, const oc_capture_driver_t *driver,
                       const oc_capture_config_t *config, oc_handoff_t *handoff) {
    if (slot >= OC_CHANNELS_MAX) {
        requested_feed = config->feed;
        assert_non_null(
            oc_plane_stream(host.plane, slot - OC_CHANNELS_MAX)->ring); /* main is open */
    } else
        assert_int_equal(config->feed, 0);
    return OC_ERR_NOTSUP;
}

static void a_size_is_made_of_main(void **state) {
    static const char *const rows[][2] = {{"640x360", "scale:640x360"},
                                          {"640x360@500000", "scale:640x360@500000"},
                                          {"64x36/video.mp4", ""},
                                          {"640x", ""},
                                          {"x360", ""}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        host_init(&host);
        requested[0] = 0;
        requested_feed = 99;
        unsigned channel = host_open(&host, "cam0", MAIN);
        host_answer_t *answer = open_two("cam1", MAIN, "");
        assert_int_equal(answer->code, OC_OK);
        channel = (unsigned)answer->value;
        assert_int_equal(channel, 1);
        host.plane->env.capture_find = find;
        host.plane->env.capture_open = open_noting;
        snprintf(host.plane->channel[1]->config.sub_url, OC_CAPTURE_URL_MAX, "%s", rows[i][0]);
        host_run(&host, SECOND / 10);
        assert_string_equal(requested, rows[i][1]);
        assert_int_equal(requested_feed, 2);
        host_end(&host);
    }
}

/* Texts that do not end, and a number of channels with subs as large as it may be. */
static void refuses_what_cannot_be(void **state) {
    host_init(&host);
    oc_channel_config_t config = host_channel("cam1", MAIN);
    memset(config.sub_url, 'x', sizeof config.sub_url);
    assert_int_equal(host_set(&host, &config)->code, OC_ERR_INVAL);
    memset(config.sub_url, 0, sizeof config.sub_url);
    memset(config.sub_url, '6', sizeof config.sub_url - 1);
    config.sub_url[3] = 'x'; /* a size whose address gets too long */
    host_answer_t *answer = host_set(&host, &config);
    assert_int_equal(answer->code, OC_OK);
    host_run(&host, SECOND);
    assert_int_equal(host_events(&host, "sub-failed", NULL), 1);
    assert_int_equal(host_row(&host, 0).state, OC_STREAM_RUNNING);
    host_end(&host);

    host_init(&host);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "cam%u", i);
        answer = open_two(name, "fake:?fps=5&gop=5&size=100&key=200",
                          "fake:?fps=5&gop=5&size=50&key=100");
        assert_int_equal(answer->code, OC_OK);
        assert_int_equal(answer->value, i);
    }
    host_run(&host, 2 * SECOND);
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++)
        assert_int_equal(host_row(&host, i).state, OC_STREAM_RUNNING);
    host_end(&host);
}

#else

/* A board has one stream for each channel. */
static void refuses_what_cannot_be(void **state) {
    host_init(&host);
    host_answer_t *answer = open_two("cam1", MAIN, SUB);
    assert_int_equal(answer->code, OC_ERR_NOTSUP);
    assert_string_equal(answer->text, "sub: this host has one stream per channel");
    assert_int_equal(host.blocks, 0);
    host_end(&host);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
#if OC_STREAMS_MAX > OC_CHANNELS_MAX
        cmocka_unit_test(an_instant_has_the_same_time_in_both),
        cmocka_unit_test(each_stream_is_a_stream),
        cmocka_unit_test(a_channel_need_not_have_one),
        cmocka_unit_test(a_sub_that_is_lost_does_not_touch_main),
        cmocka_unit_test(a_sub_that_fails_is_tried_again),
        cmocka_unit_test(a_sub_without_memory_fails_alone),
        cmocka_unit_test(a_main_that_is_lost_does_not_touch_sub),
        cmocka_unit_test(sub_is_recorded_in_place_of_main),
        cmocka_unit_test(a_recording_waits_for_sub),
        cmocka_unit_test(a_new_script_changes_neither),
        cmocka_unit_test(sub_is_closed_before_main),
        cmocka_unit_test(a_size_is_made_of_main),
#endif
        cmocka_unit_test(refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
