/* A span as an HLS playlist: every segment is whole groups of pictures of one file. */
#include "vod_rig.h"

#include <stdio.h>

#include "oc_vod_list.h"

static rig_t rig;
static oc_vod_file_t scratch;
static fixture_file_t text;

static int add(void *context, const char *bytes, size_t len) {
    fixture_put(&text, bytes, len);
    return OC_OK;
}

static int list(int64_t from_ms, int64_t to_ms, bool live) {
    const oc_vod_list_config_t config = {.from_ms = RIG_START + from_ms,
                                         .to_ms =
                                             to_ms == INT64_MAX ? INT64_MAX : RIG_START + to_ms,
                                         .live = live,
                                         .prefix = "../../recordings/"};
    text.len = 0;
    int rc = oc_vod_list_write(&config, &rig.span, &scratch, &(oc_vod_text_t){add, NULL});
    fixture_put(&text, "", 1);
    return rc;
}

static unsigned count(const char *what) {
    unsigned n = 0;
    for (const char *at = (const char *)text.data; (at = strstr(at, what)); at++)
        n++;
    return n;
}

/* What the list says of all segments together, ms. */
static unsigned sum_of_segments(void) {
    unsigned sum_ms = 0, s = 0, ms = 0;
    for (const char *line = (const char *)text.data; (line = strstr(line, "#EXTINF:")); line++) {
        assert_int_equal(sscanf(line, "#EXTINF:%u.%3u,", &s, &ms), 2);
        sum_ms += s * 1000 + ms;
    }
    return sum_ms;
}

/* Segments of a file follow each other; each begins with a fragment; their lengths add up. */
static void check_segments(unsigned expected_ms) {
    unsigned sum_ms = 0;
    unsigned long long len = 0, at = 0, next[RIG_FILES] = {0};
    char path[64];
    for (const char *line = (const char *)text.data; (line = strstr(line, "#EXTINF:")); line++) {
        unsigned s = 0, ms = 0; /* no floating point: the test runs on Xtensa too */
        assert_int_equal(sscanf(line, "#EXTINF:%u.%3u,\n#EXT-X-BYTERANGE:%llu@%llu\n%63s", &s, &ms,
                                &len, &at, path),
                         5);
        assert_in_range(s * 1000 + ms, 1, 6000);
        assert_memory_equal(path, "../../recordings/cam/", 21);
        unsigned file = (unsigned)(path[21] - '0');
        assert_true(next[file] == 0 || next[file] == at);
        assert_true(at + len <= rig.whole[file]);
        assert_memory_equal(rig.file[file].data + at + 4, "free", 4);
        assert_memory_equal(rig.file[file].data + at + 36, "moof", 4);
        next[file] = at + len;
        sum_ms += s * 1000 + ms;
    }
    assert_in_range(sum_ms, expected_ms - 100, expected_ms + 100);
}

static int set_up(void **state) {
    const rig_config_t files[] = {
        {.seconds = 20, .gop = 50},
        {.seconds = 12, .gop = 25, .start_ms = 20000},
        {.seconds = 9, .gop = 25, .start_ms = 60000, .keyless = true},
        {.seconds = 6, .gop = 25, .start_ms = 70000, .open = true},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        rig_add(&rig, &files[i]);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    rig_free(&rig);
    free(text.data);
    memset(&text, 0, sizeof text);
    return 0;
}

static void all_of_it(void **state) {
    (void)state;
    assert_int_equal(list(-1000, INT64_MAX, false), OC_OK);
    const char *begin = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n"
                        "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
                        "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-MAP:URI=\"../../recordings/cam/0.mp4\"";
    assert_memory_equal(text.data, begin, strlen(begin));
    assert_int_equal(count("#EXT-X-MAP"), 4);
    assert_int_equal(count("#EXT-X-DISCONTINUITY\n"), 3);
    assert_int_equal(count("#EXT-X-PROGRAM-DATE-TIME"), 4);
    assert_int_equal(count("#EXT-X-ENDLIST"), 1);
    check_segments(46500);
    assert_non_null(strstr((char *)text.data, "DATE-TIME:2026-09-21T14:13:20.000Z\n"));
}

static void a_part(void **state) {
    (void)state;
    assert_int_equal(list(25400, 64000, false), OC_OK);
    assert_int_equal(count("#EXT-X-MAP"), 2);
    assert_int_equal(count("#EXT-X-DISCONTINUITY\n"), 1);
    assert_non_null(strstr((char *)text.data, "DATE-TIME:2026-09-21T14:13:45.000Z\n"));
    check_segments(13000);
    /* a single group first, then 3 s */
    const char *first = strstr((char *)text.data, "#EXTINF:");
    assert_memory_equal(first, "#EXTINF:1.000,", 14);
    assert_memory_equal(strstr(first + 1, "#EXTINF:"), "#EXTINF:3.000,", 14);
}

static void nothing_there(void **state) {
    (void)state;
    assert_int_equal(list(35000, 50000, false), OC_ERR_NOENT);
    assert_int_equal(list(1e9, INT64_MAX, false), OC_ERR_NOENT);
}

/* What is in the list stays: a list of a longer file begins with that of the shorter one. */
static void grows(void **state) {
    (void)state;
    char *before = NULL;
    size_t before_len = 0;
    rig.key[3] = oc_span(NULL, 0); /* those found in what there is */
    for (uint64_t bytes = 2500; bytes <= rig.file[3].len; bytes += 777) {
        rig.entry[3].bytes = bytes;
        assert_int_equal(list(61000, INT64_MAX, true), OC_OK);
        assert_int_equal(count("#EXT-X-ENDLIST"), 0);
        assert_int_equal(count("PLAYLIST-TYPE:EVENT"), 1);
        assert_true(text.len >= before_len);
        if (before)
            assert_memory_equal(before, text.data, before_len - 1);
        free(before);
        before = malloc(text.len);
        before_len = text.len;
        memcpy(before, text.data, text.len);
    }
    free(before);
    check_segments(11000);
}

/* One file that cannot be read, or is cut, is passed over; when none can, the disk is what fails.
 */
static void unreadable(void **state) {
    (void)state;
    static const int errors[] = {OC_ERR_IO, OC_ERR_FORMAT, OC_ERR_TRUNC, OC_ERR_NOENT};
    static const unsigned lengths[] = {20000, 12000, 9000};
    unsigned all = 20000 + 12000 + 9000 + 5500;
    for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++) {
        for (unsigned file = 0; file < 3; file++) {
            rig.error[file] = errors[i];
            assert_int_equal(list(0, INT64_MAX, false), OC_OK);
            check_segments(all - lengths[file]);
            rig.error[file] = OC_OK;
        }
    }
    uint64_t bytes = rig.entry[1].bytes;
    rig.entry[1].bytes = bytes / 2;
    assert_int_equal(list(0, INT64_MAX, false), OC_OK);
    assert_non_null(strstr((const char *)text.data, "/cam/2"));
    rig.entry[1].bytes = bytes;
    for (unsigned file = 0; file < 4; file++)
        rig.error[file] = OC_ERR_IO;
    assert_int_equal(list(0, INT64_MAX, false), OC_ERR_IO);
    for (unsigned file = 0; file < 4; file++)
        rig.error[file] = OC_ERR_NOENT;
    assert_int_equal(list(0, INT64_MAX, false), OC_ERR_NOENT);
    memset(rig.error, 0, sizeof rig.error);
}

/* The last segment is as long as its pictures are shown, whatever their order. */
static void out_of_order(void **state) {
    rig_t before = rig;
    memset(&rig, 0, sizeof rig);
    rig_add(&rig, &(rig_config_t){.seconds = 10, .gop = 33, .silent = true, .cut = true});
    assert_int_equal(list(0, INT64_MAX, false), OC_OK);
    assert_int_equal(sum_of_segments(), 10000);
    rig_free(&rig);
    rig = before;
    for (uint32_t i = 0; i < rig.span.count; i++)
        rig.entry[i].path = rig.path[i];
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(grows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(out_of_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unreadable, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
