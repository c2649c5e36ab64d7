/* The text of a playlist, byte for byte, and that the tests' own reader refuses wrong ones. */
#include "cmocka_first.h"
#include "m3u8_check.h"

#include <string.h>
#include "oc_playlist.h"

static void test_playlist_text(void **state) {
    char text[600];
    oc_playlist_t list;
    oc_playlist_begin(&list, text, sizeof text, 2, 7, 3);
    oc_playlist_add(&list, &(oc_playlist_segment_t){7, 1, 2002000, 1795229460123000, false});
    oc_playlist_add(&list, &(oc_playlist_segment_t){8, 1, 1999999, 1795229462125000, false});
    oc_playlist_add(&list, &(oc_playlist_segment_t){9, 2, 1, -1, true});
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
        cmocka_unit_test(test_playlist_text),
        cmocka_unit_test(test_reader_refuses),
    };
    return cmocka_run_group_tests_name("playlist", tests, NULL, NULL);
}
