/* `ocellus watch` without a network: what an address is, what is measured, what is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_fmp4.h"
#include "oc_watch_files.h"
#include "oc_watch_fragments.h"
#include "oc_watch_place.h"
#include "oc_watch_report.h"
#include "oc_watch_url.h"

#define MS 1000

static void test_addresses(void **state) {
    static const struct {
        const char *url, *input; /* NULL: refused */
    } cases[] = {
        {"https://cam/w/1a.b_c-d/", "webrtc:https://cam/w/1a.b_c-d/"},
        {"https://cam/w/1a.b_c-d", "webrtc:https://cam/w/1a.b_c-d"},
        {"https://cam/w/1a.bcd/live/front", "webrtc:https://cam/w/1a.bcd/live/front"},
        {"https://cam/w/1a.bcd/live/front/index.m3u8",
         "https://cam/w/1a.bcd/live/front/index.m3u8"},
        {"https://cam/w/1a.bcd/live/front.flv", "https://cam/w/1a.bcd/live/front.flv"},
        {"http://me:pw@cam:8080/live/front/sub", "webrtc:http://me:pw@cam:8080/live/front/sub"},
        {"http://cam/live/front/#tlsVerify=off", "webrtc:http://cam/live/front/#tlsVerify=off"},
        {"http://cdn/live/front.m3u8?md5=a&expires=9",
         "http://cdn/live/front.m3u8?md5=a&expires=9"},
        {"http://cdn/w/", "http://cdn/w/"},
        {"http://cdn/live/", "http://cdn/live/"},
        {"http://cdn/other/place", "http://cdn/other/place"},
        {"rtmps://cdn/app/key", "rtmps://cdn/app/key"},
        {"rtsp://cam/x", "rtsp://cam/x"},
        {"fake:", NULL},
        {"/etc/passwd", NULL},
        {"", NULL},
    };
    char out[OC_WATCH_URL_MAX], why[200], endless[OC_WATCH_URL_MAX + 8] = "http://";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc = oc_watch_url(cases[i].url, out, why, sizeof why);
        if ((rc == OC_OK) != (cases[i].input != NULL) ||
            (rc == OC_OK && strcmp(out, cases[i].input) != 0))
            fail_msg("%s: %s", cases[i].url, rc == OC_OK ? out : why);
    }
    memset(endless + 7, 'a', sizeof endless - 8);
    assert_int_equal(oc_watch_url(endless, out, why, sizeof why), OC_ERR_TOO_BIG);
}

/* A frame every 40 ms, a key frame every second, sound in packets of 20 ms; video arrives `way_us`
 * after its time, audio `audio_us` later than that. */
static void send(oc_watch_meter_t *meter, int from_ms, int to_ms, int64_t way_us,
                 int64_t audio_us) {
    for (int ms = from_ms; ms < to_ms; ms += 20) {
        oc_packet_t audio = {.track = 1,
                             .dts = ms * 48,
                             .duration = 20 * 48,
                             .len_bytes = 100,
                             .capture_us = ms * MS + way_us + audio_us,
                             .key = true};
        oc_packet_t video = {.dts = ms * 90,
                             .duration = 40 * 90,
                             .len_bytes = 1000,
                             .capture_us = ms * MS + way_us,
                             .key = ms % 1000 == 0};
        if (ms % 40 == 0)
            oc_watch_meter_packet(meter, &video, 90000);
        oc_watch_meter_packet(meter, &audio, 48000);
    }
}

static void test_a_second(void **state) {
    oc_watch_meter_t meter;
    oc_watch_second_t second;
    oc_watch_meter_init(&meter, 0);
    oc_watch_meter_take(&meter, 200 * MS, &second);
    assert_int_equal(second.first_us, -1);
    assert_false(second.has_offset);
    send(&meter, 0, 1000, 300 * MS, 15 * MS);
    oc_watch_meter_take(&meter, 1200 * MS, &second);
    assert_int_equal(second.first_key_us, 300 * MS);
    assert_int_equal(second.first_audio_us, 315 * MS);
    assert_int_equal(second.fps_milli, 25000);
    assert_int_equal(second.bitrate_bps, (25 * 1000 + 50 * 100) * 8);
    assert_true(second.has_offset);
    assert_int_equal(second.offset_us, 15 * MS);
    assert_int_equal(second.late_us, 15 * MS);
    assert_int_equal(second.silence_us, 40 * MS);
    assert_int_equal(second.gop_us, -1);
    send(&meter, 1000, 2000, 300 * MS, 15 * MS);
    oc_watch_meter_take(&meter, 2300 * MS, &second);
    assert_int_equal(second.gop_us, 1000 * MS);
    assert_int_equal(second.packets, 150);
}

/* Whole segments at once, as HLS brings them: what counts is the soonest packet of each track. */
static void test_bursts_have_no_offset(void **state) {
    oc_watch_meter_t meter;
    oc_watch_second_t second;
    oc_watch_meter_init(&meter, 0);
    for (int segment = 0; segment < 3; segment++) {
        for (int track = 0; track < 2; track++)
            for (int ms = segment * 1000; ms < segment * 1000 + 1000; ms += 40) {
                oc_packet_t packet = {.track = (uint8_t)track,
                                      .dts = ms,
                                      .duration = 40,
                                      .len_bytes = 1,
                                      .capture_us = (segment * 1000 + 1100) * MS,
                                      .key = ms % 1000 == 0};
                oc_watch_meter_packet(&meter, &packet, 1000);
            }
    }
    oc_watch_meter_take(&meter, 3200 * MS, &second);
    assert_int_equal(second.offset_us, 0);
    assert_int_equal(second.late_us, 960 * MS);
}

/* A step of the time stamps begins everything anew, and an old offset ends with its window. */
static void test_jumps_and_windows(void **state) {
    oc_watch_meter_t meter;
    oc_watch_second_t second;
    oc_watch_meter_init(&meter, 0);
    send(&meter, 0, 4000, 100 * MS, 0);
    send(&meter, 60000, 61000, -55900 * MS, 30 * MS);
    oc_watch_meter_take(&meter, 5200 * MS, &second);
    assert_int_equal(second.jumps, 2); /* one for each track */
    assert_int_equal(second.offset_us, 30 * MS);
    send(&meter, 61000, 75000, -55900 * MS, 10 * MS);
    oc_watch_meter_take(&meter, 19200 * MS, &second);
    assert_int_equal(second.offset_us, 10 * MS);
    oc_watch_meter_take(&meter, 22200 * MS, &second);
    assert_int_equal(second.fps_milli, 0);
    assert_true(second.silence_us > 3000 * MS);
}

static void test_lines(void **state) {
    oc_watch_state_t is = {.row = {.state = OC_STREAM_RUNNING,
                                   .video_codec = OC_CODEC_H264,
                                   .width = 640,
                                   .height = 360,
                                   .audio_codec = OC_CODEC_AAC,
                                   .sample_rate = 48000,
                                   .record_bytes_lo = 7,
                                   .record_bytes_hi = 1,
                                   .source_losses = 2},
                           .second = {.elapsed_us = 1500 * MS,
                                      .first_us = 20 * MS,
                                      .first_key_us = 20 * MS,
                                      .first_audio_us = -1,
                                      .fps_milli = 25000,
                                      .gop_us = 1000 * MS,
                                      .late_us = -1,
                                      .has_offset = true,
                                      .offset_us = -12500}};
    char line[OC_WATCH_LINE_MAX];
    oc_watch_report_text(&is, line);
    assert_string_equal(line,
                        "  1.5 s running h264 640x360, aac 48000 Hz; 25.00 fps, 0 kbit/s, GOP "
                        "1000 ms, A/V -12 ms; lost 0, reconnects 2; first picture after 20 ms");
    assert_true(oc_watch_report_json(&is, NULL, line) == strlen(line));
    assert_non_null(strstr(line, "{\"event\":\"stats\",\"elapsedMs\":1500,\"state\":\"running\""));
    assert_non_null(strstr(line, "\"firstAudioMs\":null,\"avOffsetMs\":-12.5,\"lateMs\":null"));
    assert_non_null(strstr(line, "\"recordedBytes\":4294967303,\"recordFailing\":false}"));
    is.row.state = OC_STREAM_LOST;
    assert_true(oc_watch_report_json(&is, &(oc_watch_end_report_t){1, "it \"went\""}, line) > 0);
    assert_non_null(strstr(line, "\"event\":\"ended\""));
    assert_non_null(strstr(line, "\"code\":1,\"why\":\"it \\\"went\\\"\"}"));
}

static void test_places(void **state) {
    static const struct {
        const char *url, *offer, *label, *login; /* offer NULL: refused */
    } cases[] = {
        {"webrtc:https://cam/w/1a.b_c/", "https://cam/w/1a.b_c/api/p2p/offer", "action=live", ""},
        {"webrtc:https://cam/w/1a.b_c/live/front/sub", "https://cam/w/1a.b_c/api/p2p/offer",
         "action=live&channel=front&stream=sub", ""},
        {"webrtc:http://me:p%40s%3as@cam:81/live/front/", "http://cam:81/api/p2p/offer",
         "action=live&channel=front", "me:p@s:s"},
        {"webrtc:http://cam/live/front?x=1", "http://cam/api/p2p/offer",
         "action=live&channel=front", ""},
        {"webrtc:http://cam/live/front&stream=sub", NULL, NULL, NULL},
        {"webrtc:http://cam/live/front/other", NULL, NULL, NULL},
        {"webrtc:http://cam/live/", NULL, NULL, NULL},
        {"webrtc:http://cam/", NULL, NULL, NULL},
        {"webrtc:https://cam/live/a#tlsVerify=off", NULL, NULL, NULL},
        {"webrtc:ftp://cam/live/a", NULL, NULL, NULL},
    };
    oc_watch_place_t place;
    char why[200];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc = oc_watch_place(cases[i].url, &place, why, sizeof why);
        if ((rc == OC_OK) != (cases[i].offer != NULL))
            fail_msg("%s: %s", cases[i].url, rc == OC_OK ? place.offer : why);
        if (rc != OC_OK)
            continue;
        assert_string_equal(place.offer, cases[i].offer);
        assert_string_equal(place.label, cases[i].label);
        assert_string_equal(place.login, cases[i].login);
    }
    assert_int_equal(oc_watch_place("webrtc:https://[::1]:8443/live/a#tlsFingerprint="
                                    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
                                    "1e1f",
                                    &place, why, sizeof why),
                     OC_OK);
    assert_true(place.loopback && place.pinned && place.pin[31] == 0x1f);
    assert_string_equal(place.offer, "https://[::1]:8443/api/p2p/offer");
}

/* ---- messages of a data channel ---- */

static const oc_track_t tracks[OC_TRACKS_MAX] = {
    {.codec = OC_CODEC_MJPEG, .timescale = 90000, .width = 64, .height = 48},
    {.codec = OC_CODEC_PCMA, .timescale = 8000, .sample_rate = 8000, .channels = 1},
};

static int give(oc_watch_fragments_t *to, const uint8_t *bytes, size_t len) {
    uint8_t *room = oc_watch_fragments_room(to, len);
    assert_non_null(room);
    memcpy(room, bytes, len);
    return oc_watch_fragments_came(to, len);
}

static void give_init(oc_watch_fragments_t *to, oc_fmp4_t *mux) {
    uint8_t init[OC_FMP4_INIT_MAX];
    assert_int_equal(oc_fmp4_init(mux, tracks, NULL), OC_OK);
    int len = oc_fmp4_init_segment(mux, init, sizeof init);
    assert_true(len > 0);
    oc_watch_fragments_text(to);
    assert_int_equal(give(to, init, (size_t)len), OC_OK);
}

/* One packet as a fragment, in messages of `piece` bytes at most. left_out: it never comes. */
static void give_packet(oc_watch_fragments_t *to, oc_fmp4_t *mux, const oc_packet_t *packet,
                        size_t piece, bool left_out) {
    uint8_t head[OC_FMP4_HEAD_MAX(1)], whole[8192];
    oc_span_t spans[2];
    oc_fmp4_fragment_t fragment = {
        .head = head, .head_size = sizeof head, .spans = spans, .spans_size = 2};
    size_t len = 0;
    assert_int_equal(oc_fmp4_fragment(mux, packet, 1, NULL, &fragment), OC_OK);
    for (size_t i = 0; i < fragment.spans_len; i++) {
        memcpy(whole + len, spans[i].data, spans[i].len);
        len += spans[i].len;
    }
    for (size_t at = 0; at < len && !left_out; at += piece)
        assert_int_equal(give(to, whole + at, len - at < piece ? len - at : piece), OC_OK);
}

static void test_fragments(void **state) {
    oc_watch_fragments_t fragments;
    oc_watch_sample_t sample;
    oc_fmp4_t mux;
    uint8_t bytes[4000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(oc_watch_fragments_init(&fragments), OC_OK);
    assert_null(oc_watch_fragments_track(&fragments, 0));
    give_init(&fragments, &mux);
    assert_int_equal(oc_watch_fragments_track(&fragments, 0)->width, 64);
    assert_int_equal(oc_watch_fragments_track(&fragments, 1)->sample_rate, 8000);
    assert_int_equal(oc_watch_fragments_next(&fragments, &sample), OC_AGAIN);
    oc_packet_t video = {
        .data = bytes, .len_bytes = 4000, .dts = 9000, .duration = 3600, .key = true};
    oc_packet_t audio = {.data = bytes, .len_bytes = 160, .dts = 700, .duration = 160, .track = 1};
    /* several wait, and one comes in pieces: each once, in their order, with its own times */
    give_packet(&fragments, &mux, &video, 8192, false);
    give_packet(&fragments, &mux, &audio, 8192, false);
    video.dts = 12600;
    give_packet(&fragments, &mux, &video, 100, false);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(oc_watch_fragments_next(&fragments, &sample), OC_OK);
        assert_int_equal(sample.mp4.track, i == 1);
        assert_int_equal(sample.mp4.dts, i == 0 ? 9000 : i == 1 ? 700 : 12600);
        assert_int_equal(sample.mp4.len_bytes, i == 1 ? 160 : 4000);
        assert_memory_equal(sample.data, bytes, sample.mp4.len_bytes);
        assert_int_equal(sample.missing, 0);
    }
    assert_int_equal(oc_watch_fragments_next(&fragments, &sample), OC_AGAIN);
    assert_int_equal(fragments.len, 0); /* what was read is not held */
    /* one that never comes is counted; new tracks begin anew */
    give_packet(&fragments, &mux, &video, 8192, true);
    video.dts = 19800;
    give_packet(&fragments, &mux, &video, 8192, false);
    assert_int_equal(oc_watch_fragments_next(&fragments, &sample), OC_OK);
    assert_int_equal(sample.missing, 1);
    assert_int_equal(sample.mp4.dts, 19800);
    assert_int_equal(give(&fragments, bytes, 3), OC_OK); /* the beginning of one that was cut off */
    give_init(&fragments, &mux);
    video.dts = 100;
    give_packet(&fragments, &mux, &video, 8192, false);
    assert_int_equal(oc_watch_fragments_next(&fragments, &sample), OC_OK);
    assert_int_equal(sample.missing, 0);
    assert_int_equal(sample.mp4.dts, 100);
    oc_watch_fragments_deinit(&fragments);
}

static void test_bad_fragments(void **state) {
    oc_watch_fragments_t fragments;
    oc_watch_sample_t sample;
    oc_fmp4_t mux;
    uint8_t zeros[64] = {0};
    assert_int_equal(oc_watch_fragments_init(&fragments), OC_OK);
    assert_int_equal(give(&fragments, zeros, sizeof zeros), OC_ERR_FORMAT); /* no text before it */
    oc_watch_fragments_text(&fragments);
    assert_int_equal(give(&fragments, zeros, sizeof zeros), OC_ERR_FORMAT);
    give_init(&fragments, &mux);
    assert_int_equal(give(&fragments, zeros, sizeof zeros), OC_OK);
    assert_int_equal(oc_watch_fragments_next(&fragments, &sample), OC_ERR_FORMAT);
    assert_null(oc_watch_fragments_room(&fragments, OC_WATCH_FRAGMENT_MAX));
    oc_watch_fragments_deinit(&fragments);
}

/* ---- where a recording goes ---- */

static void make_file(int folder, const char *name) {
    int fd = openat(folder, name, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static bool is_there(int folder, const char *name) {
    return faccessat(folder, name, F_OK, 0) == 0;
}

static void test_files(void **state) {
    char folder[] = "/tmp/oc-watch-test-XXXXXX", record[64], why[300];
    oc_watch_files_t files;
    assert_non_null(mkdtemp(folder));
    int outside = open(folder, O_RDONLY | O_DIRECTORY);
    snprintf(record, sizeof record, "%s/a.b.mp4", folder);
    assert_int_equal(oc_watch_files_open(&files, record, why, sizeof why), OC_OK);
    /* a file has its name at once, the next one another; what is no MP4 has none */
    make_file(files.root, "one_open.mp4");
    oc_watch_files_changed(&files, "one_open.mp4", "");
    assert_true(is_there(outside, "a.b.mp4"));
    oc_watch_files_changed(&files, "one_open.mp4", "one.mp4");
    make_file(files.root, "two_open.mp4");
    oc_watch_files_changed(&files, "two_open.mp4", "");
    oc_watch_files_changed(&files, "two_open.mp4", ""); /* it was cut */
    assert_true(is_there(outside, "a.b-2.mp4") && !is_there(outside, "a.b-3.mp4"));
    make_file(files.root, "index");
    oc_watch_files_changed(&files, "index", "");
    /* nothing of it plays: it goes, and the next one has its name */
    unlinkat(files.root, "two_open.mp4", 0);
    oc_watch_files_changed(&files, "two_open.mp4", "");
    assert_false(is_there(outside, "a.b-2.mp4"));
    oc_watch_files_close(&files);
    assert_int_not_equal(access(files.folder, F_OK), 0);
    /* a name that is taken is left, and the recording stays where it is */
    assert_int_equal(oc_watch_files_open(&files, record, why, sizeof why), OC_ERR_EXIST);
    oc_watch_files_close(&files);
    unlinkat(outside, "a.b.mp4", 0);
    assert_int_equal(oc_watch_files_open(&files, record, why, sizeof why), OC_OK);
    make_file(outside, "a.b.mp4");
    make_file(files.root, "one_open.mp4");
    oc_watch_files_changed(&files, "one_open.mp4", "");
    assert_true(files.failure != 0 && files.count == 0);
    oc_watch_files_close(&files);
    snprintf(why, sizeof why, "%.200s/one_open.mp4", files.folder);
    assert_int_equal(unlink(why), 0);
    assert_int_equal(rmdir(files.folder), 0);
    unlinkat(outside, "a.b.mp4", 0);
    close(outside);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_a_second),
        cmocka_unit_test(test_bursts_have_no_offset),
        cmocka_unit_test(test_jumps_and_windows),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_bad_fragments),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
