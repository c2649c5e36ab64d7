/* The text of a playlist, byte for byte, and that the tests' own reader refuses wrong ones. */
#include "cmocka_first.h"
#include "m3u8_check.h"

#include <string.h>
#include "oc_playlist.h"

static const oc_playlist_segment_t segments[] = {
    {7, 1, 2002000, 1795229460123000, false},
    {8, 1, 1999999, 1795229462125000, false},
    {9, 2, 1, -1, true},
};

static void test_playlist_text(void **state) {
    char text[600];
    oc_playlist_t list;
    oc_playlist_begin(
        &list, text, sizeof text,
        &(oc_playlist_head_t){.target_s = 2, .media_sequence = 7, .discontinuities = 3});
    for (size_t i = 0; i < 3; i++) {
        oc_playlist_segment(&list, &segments[i]);
        oc_playlist_uri(&list, &segments[i]);
    }
    int len = oc_playlist_end(&list);
    static const char golden[] = "#EXTM3U\n"
                                 "#EXT-X-VERSION:7\n"
                                 "#EXT-X-TARGETDURATION:2\n"
                                 "#EXT-X-MEDIA-SEQUENCE:7\n"
                                 "#EXT-X-DISCONTINUITY-SEQUENCE:3\n"
                                 "#EXT-X-MAP:URI=\"i1.mp4\"\n"
                                 "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T02:51:00.123Z\n"
                                 "#EXTINF:2.002000,\n"
                                 "s7.m4s\n"
                                 "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T02:51:02.125Z\n"
                                 "#EXTINF:1.999999,\n"
                                 "s8.m4s\n"
                                 "#EXT-X-DISCONTINUITY\n"
                                 "#EXT-X-MAP:URI=\"i2.mp4\"\n"
                                 "#EXTINF:0.000001,\n"
                                 "s9.m4s\n";
    assert_string_equal(text, golden);
    assert_int_equal(len, sizeof golden - 1);
    m3u8_t read;
    assert_null(m3u8_read(text, (size_t)len, &read));
    assert_int_equal(read.len, 3);
    assert_int_equal(read.segment[2].discontinuity_sequence, 4);
    /* the checker does refuse */
    assert_non_null(m3u8_read(text, (size_t)len - 1, &read));
    text[sizeof "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:" - 1] = '1';
    assert_non_null(m3u8_read(text, (size_t)len, &read));
}

static void test_low_latency_text(void **state) {
    char text[1200];
    oc_playlist_t list;
    oc_playlist_begin(&list, text, sizeof text,
                      &(oc_playlist_head_t){.target_s = 2,
                                            .media_sequence = 5,
                                            .part_target_us = 1001000,
                                            .part_hold_back_us = 3003000,
                                            .hold_back_s = 6,
                                            .skip_until_s = 12,
                                            .skipped = 2});
    oc_playlist_segment(&list, &segments[0]);
    oc_playlist_part(&list, 7, 0, 1001000, true);
    oc_playlist_part(&list, 7, 1, 1001000, false);
    oc_playlist_uri(&list, &segments[0]);
    oc_playlist_segment(&list, &segments[1]);
    oc_playlist_part(&list, 8, 0, 999999, true);
    oc_playlist_hint(&list, 8, 1);
    oc_playlist_report(&list, "sub/index.m3u8", 8, 0);
    int len = oc_playlist_end(&list);
    static const char golden[] = "#EXTM3U\n"
                                 "#EXT-X-VERSION:9\n"
                                 "#EXT-X-TARGETDURATION:2\n"
                                 "#EXT-X-PART-INF:PART-TARGET=1.001000\n"
                                 "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,"
                                 "PART-HOLD-BACK=3.003000,HOLD-BACK=6,CAN-SKIP-UNTIL=12\n"
                                 "#EXT-X-MEDIA-SEQUENCE:5\n"
                                 "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
                                 "#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n"
                                 "#EXT-X-MAP:URI=\"i1.mp4\"\n"
                                 "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T02:51:00.123Z\n"
                                 "#EXT-X-PART:DURATION=1.001000,URI=\"p7.0.m4s\",INDEPENDENT=YES\n"
                                 "#EXT-X-PART:DURATION=1.001000,URI=\"p7.1.m4s\"\n"
                                 "#EXTINF:2.002000,\n"
                                 "s7.m4s\n"
                                 "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T02:51:02.125Z\n"
                                 "#EXT-X-PART:DURATION=0.999999,URI=\"p8.0.m4s\",INDEPENDENT=YES\n"
                                 "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p8.1.m4s\"\n"
                                 "#EXT-X-RENDITION-REPORT:URI=\"sub/index.m3u8\",LAST-MSN=8,"
                                 "LAST-PART=0\n";
    assert_string_equal(text, golden);
    assert_int_equal(len, sizeof golden - 1);
    m3u8_t read;
    assert_null(m3u8_read(text, (size_t)len, &read));
    assert_int_equal(read.skipped, 2);
    assert_int_equal(read.segment[0].sequence, 7);
    assert_int_equal(read.open.parts, 1);
    assert_string_equal(read.hint, "p8.1.m4s");
    assert_int_equal(read.report_msn, 8);
}

static void test_variants_text(void **state) {
    char text[400];
    oc_playlist_t list;
    oc_playlist_variants(&list, text, sizeof text);
    oc_playlist_variant(&list, &(oc_playlist_variant_t){"index.m3u8", "avc1.640028,mp4a.40.2",
                                                        2000000, 1500000, 1280, 720, 29970});
    oc_playlist_variant(&list,
                        &(oc_playlist_variant_t){"sub/index.m3u8", "opus", 64000, 60000, 0, 0, 0});
    int len = oc_playlist_end(&list);
    static const char golden[] =
        "#EXTM3U\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=1500000,"
        "CODECS=\"avc1.640028,mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=29.970\n"
        "index.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=64000,AVERAGE-BANDWIDTH=60000,CODECS=\"opus\"\n"
        "sub/index.m3u8\n";
    assert_string_equal(text, golden);
    assert_int_equal(len, sizeof golden - 1);
}

#define LOW                                                                                        \
    "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:5\n"                \
    "#EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-MAP:URI=\"i1.mp4\"\n"
#define CONTROL             "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5\n"
#define PART(duration, uri) "#EXT-X-PART:DURATION=" duration ",URI=\"" uri "\"\n"
#define WHOLE               "#EXTINF:1,\ns5.m4s\n"
#define HINT                "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p6.0.m4s\"\n"

/* And those of low latency. */
static void test_reader_refuses_parts(void **state) {
    static const char good[] =
        LOW CONTROL PART("0.5", "p5.0.m4s") PART("0.5", "p5.1.m4s") WHOLE HINT;
    static const char *const bad[] = {
        LOW CONTROL PART("0.6", "p5.0.m4s") PART("0.4", "p5.1.m4s") WHOLE HINT, /* too long */
        LOW CONTROL PART("0.4", "p5.0.m4s") PART("0.5", "p5.1.m4s") WHOLE HINT, /* too short */
        LOW CONTROL PART("0.5", "p5.0.m4s") PART("0.5", "p5.0.m4s") WHOLE HINT, /* one URI twice */
        LOW CONTROL PART("0.5", "p5.0.m4s") WHOLE HINT,                         /* one is missing */
        LOW CONTROL WHOLE,                                                      /* no hint */
        LOW WHOLE HINT,                                                         /* no control */
        LOW CONTROL WHOLE HINT PART("0.5", "p6.0.m4s"), /* behind the hint */
        LOW CONTROL WHOLE PART("0.4", "p6.0.m4s") HINT, /* too short, and may not be the last */
        LOW "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.9\n" WHOLE HINT,
        LOW
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5,HOLD-BACK=2\n" WHOLE HINT,
        LOW CONTROL "#EXT-X-SKIP:SKIPPED-SEGMENTS=0\n" WHOLE HINT,
    };
    m3u8_t before, now;
    assert_null(m3u8_read(good, sizeof good - 1, &before));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!m3u8_read(bad[i], strlen(bad[i]), &now))
            fail_msg("accepted number %zu", i);
    now = before;
    assert_null(m3u8_follows(&before, &now));
    now.part[1].duration_us = 499000;
    assert_non_null(m3u8_follows(&before, &now));
    now = before;
    now.segment[0].parts = 1;
    assert_non_null(m3u8_follows(&before, &now));
    now.segment[0].parts = 0; /* all of them may go */
    assert_null(m3u8_follows(&before, &now));
    now.part_target_us = 400000;
    assert_non_null(m3u8_follows(&before, &now));
}

/* Rules of RFC 8216 that a changed playlist breaks: the reader names each. */
static void test_reader_refuses(void **state) {
    static const char *const bad[] = {
        "",
        "#EXTM3U\n",
        "#EXT-X-VERSION:7\n#EXTM3U\n",
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:1\n"
        "#EXTINF:1,\ns1.m4s\n", /* no map */
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:1\n"
        "#EXT-X-MAP:URI=\"i1.mp4\"\ns1.m4s\n", /* no duration */
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:1\n"
        "#EXT-X-MAP:URI=\"i1.mp4\"\n#EXTINF:1.5,\ns1.m4s\n", /* longer than the target */
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:1\n"
        "#EXT-X-MAP:URI=\"i1.mp4\"\n#EXTINF:1,\ns1.m4s\n", /* version */
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n"
        "#EXT-X-MAP:URI=\"i1.mp4\"\n#EXTINF:1,\ns1.m4s\n", /* no media sequence */
    };
    m3u8_t read;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!m3u8_read(bad[i], strlen(bad[i]), &read))
            fail_msg("accepted number %zu", i);
    static const char good[] = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n"
                               "#EXT-X-MEDIA-SEQUENCE:5\n#EXT-X-MAP:URI=\"i1.mp4\"\n"
                               "#EXTINF:1,\ns5.m4s\n#EXTINF:1,\ns6.m4s\n";
    m3u8_t before, now;
    assert_null(m3u8_read(good, sizeof good - 1, &before));
    now = before;
    assert_null(m3u8_follows(&before, &now));
    now.media_sequence = 4;
    assert_non_null(m3u8_follows(&before, &now));
    now = before;
    now.target_s = 2;
    assert_non_null(m3u8_follows(&before, &now));
    now = before;
    now.segment[1].duration_us = 900000;
    assert_non_null(m3u8_follows(&before, &now));
    now = before;
    now.segment[0].discontinuity_sequence = 1;
    assert_non_null(m3u8_follows(&before, &now));
    now = before;
    now.len = 1;
    assert_non_null(m3u8_follows(&before, &now));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_playlist_text),        cmocka_unit_test(test_low_latency_text),
        cmocka_unit_test(test_variants_text),        cmocka_unit_test(test_reader_refuses),
        cmocka_unit_test(test_reader_refuses_parts),
    };
    return cmocka_run_group_tests_name("playlist", tests, NULL, NULL);
}
