/* oc_plane_live_get: bodies that play, counted copies, viewers. */
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"

static plane_host_t host;

static void drop(oc_plane_body_t *body) {
    host.blocks--;
    free(body->data);
    *body = (oc_plane_body_t){0};
}

static int get(const char *file, oc_plane_body_t *body) {
    return oc_plane_live_get(host.plane, "cam1", file, "", body);
}

/* The nth segment ('s') or init segment ('i') since the channel was opened, from 1. */
static int get_nth(unsigned channel, char kind, unsigned n, oc_plane_body_t *body) {
    char name[32];
    snprintf(name, sizeof name, "%c%u.%s", kind, host_row(&host, channel).live_begun + n - 1,
             kind == 'i' ? "mp4" : "m4s");
    return get(name, body);
}

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    memcpy(buffer, (const uint8_t *)context + offset, len);
    return OC_OK;
}

/* Samples of init segment + media segment, read back by the product's own reader. */
static unsigned samples_in(const oc_plane_body_t *init, const oc_plane_body_t *segment) {
    size_t size = (size_t)init->len + segment->len;
    uint8_t *file = malloc(size);
    void *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    oc_mp4_source_t source = {read_at, file, size};
    oc_mp4_read_t *reader;
    oc_mp4_sample_t sample;
    unsigned samples = 0;
    memcpy(file, init->data, init->len);
    memcpy(file + init->len, segment->data, segment->len);
    assert_int_equal(oc_mp4_read_open(&reader, memory, &source, NULL, 0), OC_OK);
    while (oc_mp4_read_next(reader, &sample) == OC_OK)
        samples++;
    free(memory);
    free(file);
    return samples;
}

static void bodies_play_and_are_copied_once(void **state) {
    oc_plane_body_t list, init, segment;
    char name[32];
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    assert_int_equal(get("index.m3u8", &list), OC_AGAIN);
    assert_null(list.data);
    host_run(&host, 5 * SECOND);
    assert_int_equal(get("index.m3u8", &list), OC_OK);
    assert_string_equal(list.content_type, "application/vnd.apple.mpegurl");
    assert_int_equal(list.max_age_s, 0);
    assert_memory_equal(list.data, "#EXTM3U\n", 8);
    oc_stream_row_t row = host_row(&host, channel);
    assert_true(row.live_last >= row.live_first && row.live_first > 0);
    assert_int_equal(get_nth(channel, 'i', 1, &init), OC_OK);
    assert_string_equal(init.content_type, "video/mp4");

    oc_plane_stats_t before, after;
    oc_plane_stats(host.plane, &before);
    snprintf(name, sizeof name, "s%u.m4s", row.live_last);
    assert_int_equal(get(name, &segment), OC_OK);
    assert_string_equal(segment.content_type, "video/iso.segment");
    assert_int_equal(segment.max_age_s, 0); /* numbers begin again with the machine */
    oc_plane_stats(host.plane, &after);
    assert_int_equal(after.body_copied_bytes - before.body_copied_bytes, segment.len);
    assert_int_equal(after.bodies - before.bodies, 1);
    assert_in_range(samples_in(&init, &segment), 70, 80); /* 30 pictures and 47 sounds */
    drop(&list);
    drop(&init);
    drop(&segment);
    host_end(&host);
}

/* A player sees all numbers go on (RFC 8216 section 6.2.1), and no earlier init segment under the
 * same name. */
static void numbers_go_on_when_it_is_opened_again(void **state) {
    oc_plane_body_t list, init;
    unsigned init_before, init_now, discontinuity;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 60 * SECOND);
    oc_stream_row_t before = host_row(&host, channel), now;
    assert_int_equal(get("plain.m3u8", &list), OC_OK);
    list.data[list.len - 1] = 0;
    sscanf(strstr((char *)list.data, "URI=\"i"), "URI=\"i%u", &init_before);
    drop(&list);
    host_close(&host, channel);
    channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    now = host_row(&host, channel);
    assert_true(now.live_begun > before.live_last && now.live_begun > before.live_begun);
    assert_true(now.live_first >= now.live_begun && now.live_last > now.live_first);
    assert_int_equal(get("plain.m3u8", &list), OC_OK);
    list.data[list.len - 1] = 0;
    sscanf(strstr((char *)list.data, "URI=\"i"), "URI=\"i%u", &init_now);
    sscanf(strstr((char *)list.data, "DISCONTINUITY-SEQUENCE:"), "DISCONTINUITY-SEQUENCE:%u",
           &discontinuity);
    assert_true(init_now > init_before && discontinuity > before.live_begun);
    drop(&list);
    assert_int_equal(get("i1.mp4", &init), OC_ERR_NOENT);
    host_end(&host);
}

static void names_that_are_none_are_refused(void **state) {
    static const char *const names[] = {"",           "index.m3u",  "s.m4s",
                                        "s01.m4s",    "s1.mp4",     "i1.m4s",
                                        "s-1.m4s",    "s1.m4s/",    "../index.m3u8",
                                        "s99999.m4s", "i99999.mp4", "s99999999999999999999.m4s",
                                        "S1.m4s",     "s 1.m4s",    "s4294967297.m4s"};
    oc_plane_body_t body;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(get(names[i], &body), OC_ERR_NOENT);
        assert_null(body.data);
    }
    assert_int_equal(oc_plane_live_get(host.plane, "cam2", "index.m3u8", "", &body), OC_ERR_NOENT);
    host_run(&host, 120 * SECOND); /* the ring holds 6 s */
    assert_int_equal(get_nth(channel, 's', 2, &body), OC_ERR_STALE);
    host_end(&host);
}

/* Fetches the newest segment `viewers` times a second, as so many players do. */
static void watch(unsigned channel, unsigned viewers, int seconds) {
    for (int i = 0; i < seconds; i++) {
        char name[32];
        oc_plane_body_t body;
        snprintf(name, sizeof name, "s%u.m4s", host_row(&host, channel).live_last);
        for (unsigned v = 0; v < viewers; v++) {
            assert_int_equal(get(name, &body), OC_OK);
            drop(&body);
        }
        host_run(&host, SECOND);
    }
}

static void viewers_are_those_who_fetch_each_segment(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    assert_int_equal(host_row(&host, channel).viewers, 0);
    watch(channel, 3, 6);
    assert_int_equal(host_row(&host, channel).viewers, 3);
    watch(channel, 1, 6);
    assert_int_equal(host_row(&host, channel).viewers, 1);
    assert_int_equal(host_row(&host, channel).live_requests, 24);
    host_run(&host, 11 * SECOND);
    assert_int_equal(host_row(&host, channel).viewers, 0);
    host_end(&host);
}

/* While the recording is being finished by a slow disk, live bodies still come. */
static void a_slow_disk_does_not_hold_live_up(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 3 * SECOND);
    oc_sim_disk_faults(host.disk[channel])->delay_us[OC_FILE_SYNC] = 2 * SECOND;
    for (int i = 0; i < 10; i++) {
        uint32_t last = host_row(&host, channel).live_last;
        host_run(&host, SECOND);
        assert_in_range(host_row(&host, channel).live_last, last, last + 2);
        if (i >= 2)
            assert_true(host_row(&host, channel).live_last > last);
    }
    assert_true(host_row(&host, channel).lateness_max_us < 5000);
    host_end(&host);
}

static int req(const char *file, const char *query, oc_plane_body_t *body) {
    return oc_plane_live_get(host.plane, "cam1", file, query, body);
}

static void parts_and_what_waits_for_them(void **state) {
    oc_plane_body_t list, part;
    unsigned msn, index;
    char name[64];
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    assert_int_equal(get("index.m3u8", &list), OC_AGAIN);
    assert_int_equal(list.wait_ms, 0); /* not worth waiting: a player comes again */
    assert_int_equal(get("master.m3u8", &list), OC_AGAIN);
    host_run(&host, 5 * SECOND + SECOND / 2);
    assert_int_equal(get("index.m3u8", &list), OC_OK);
    const char *hint = strstr((char *)list.data, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"");
    assert_non_null(hint);
    assert_int_equal(sscanf(strchr(hint, '"') + 1, "p%u.%u.m4s", &msn, &index), 2);
    drop(&list);
    assert_true(index > 0);
    assert_in_range(host_row(&host, channel).live_part_ms, 200, 220);

    snprintf(name, sizeof name, "p%u.%u.m4s", msn, index);
    uint32_t changes = oc_plane_live_changes(host.plane);
    assert_int_equal(get(name, &part), OC_AGAIN);
    assert_int_equal(part.wait_ms, 3000);
    snprintf(name, sizeof name, "_HLS_msn=%u&_HLS_part=%u", msn, index);
    assert_int_equal(req("index.m3u8", name, &list), OC_AGAIN);
    assert_int_equal(list.wait_ms, 3000);
    assert_int_equal(req("plain.m3u8", name, &list), OC_OK); /* has no directives */
    drop(&list);
    host_run(&host, SECOND / 4);
    assert_true(oc_plane_live_changes(host.plane) != changes);
    assert_int_equal(req("index.m3u8", name, &list), OC_OK);
    drop(&list);
    snprintf(name, sizeof name, "p%u.%u.m4s", msn, index);
    assert_int_equal(get(name, &part), OC_OK);
    assert_string_equal(part.content_type, "video/iso.segment");
    drop(&part);

    static const char *const far[] = {"_HLS_msn=99999", "_HLS_msn=18446744073709551615&_HLS_part=0",
                                      "_HLS_msn=99999999999999999999999"};
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        assert_int_equal(req("index.m3u8", far[i], &list), OC_ERR_RANGE);
        assert_null(list.data);
        assert_int_equal(list.wait_ms, 0);
    }
    assert_int_equal(req("index.m3u8", "_HLS_part=1", &list), OC_ERR_FORMAT);
    assert_int_equal(req("index.m3u8", "_HLS_msn=x", &list), OC_ERR_FORMAT);
    static const char *const names[] = {
        "p1.m4s",    "p.1.m4s",           "p1..m4s",           "p01.0.m4s", "p1.00.m4s",
        "p5.0.m4s.", "p4294967296.0.m4s", "p5.4294967296.m4s", "p99.0.m4s", "p5.77.m4s"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(get(names[i], &part), OC_ERR_NOENT);
    host_end(&host);
}

static void master_describes_the_stream(void **state) {
    oc_plane_body_t list;
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    assert_int_equal(get("master.m3u8", &list), OC_OK);
    char *text = (char *)list.data;
    text[list.len - 1] = 0;
    assert_memory_equal(text, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=", 36);
    assert_non_null(strstr(text, ",CODECS=\"avc1."));
    assert_non_null(strstr(text, ",FRAME-RATE=30.000\nindex.m3u8"));
    drop(&list);
    host_end(&host);
}

#if OC_STREAMS_MAX > OC_CHANNELS_MAX

static void text_of(const char *file, char *text, size_t size) {
    oc_plane_body_t list;
    assert_int_equal(get(file, &list), OC_OK);
    assert_true(list.len < size);
    memcpy(text, list.data, list.len);
    text[list.len] = 0;
    drop(&list);
}

/* Two streams: both in the multivariant playlist, and each says where the other stands. */
static void two_streams_know_each_other(void **state) {
    static char text[OC_OUT_LIVE_PLAYLIST_MAX];
    char expected[96];
    oc_plane_body_t list;
    host_init(&host);
    oc_channel_config_t config = host_channel("cam1", PLAIN);
    snprintf(config.sub_url, sizeof config.sub_url, "fake:?fps=15&gop=15&size=500&key=2000");
    host_set(&host, &config);
    host_run(&host, 6 * SECOND);
    text_of("master.m3u8", text, sizeof text);
    assert_non_null(strstr(text, "FRAME-RATE=30.000\nindex.m3u8\n"));
    assert_non_null(strstr(text, "FRAME-RATE=15.000\nsub/index.m3u8\n"));
    assert_int_equal(get("sub/master.m3u8", &list), OC_ERR_NOENT);
    text_of("index.m3u8", text, sizeof text);
    uint32_t last = host_row(&host, OC_CHANNELS_MAX).live_last;
    snprintf(expected, sizeof expected,
             "\n#EXT-X-RENDITION-REPORT:URI=\"sub/index.m3u8\",LAST-MSN=%u,LAST-PART=", last + 1);
    char *report = strstr(text, expected);
    snprintf(expected, sizeof expected,
             "\n#EXT-X-RENDITION-REPORT:URI=\"sub/index.m3u8\",LAST-MSN=%u,LAST-PART=4\n", last);
    assert_true(report || strstr(text, expected));
    text_of("sub/index.m3u8", text, sizeof text);
    assert_non_null(strstr(text, "\n#EXT-X-RENDITION-REPORT:URI=\"../index.m3u8\",LAST-MSN="));
    text_of("plain.m3u8", text, sizeof text);
    assert_null(strstr(text, "REPORT"));
    host_end(&host);
}

#endif

/* A player of parts fetches each once; the first of a segment counts. */
static void viewers_of_parts(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 5 * SECOND);
    for (int i = 0; i < 6; i++) {
        for (unsigned viewer = 0; viewer < 2; viewer++)
            for (unsigned k = 0; k < 5; k++) {
                char name[32];
                oc_plane_body_t body;
                snprintf(name, sizeof name, "p%u.%u.m4s", host_row(&host, channel).live_last, k);
                assert_int_equal(get(name, &body), OC_OK);
                drop(&body);
            }
        host_run(&host, SECOND);
    }
    assert_int_equal(host_row(&host, channel).viewers, 2);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_play_and_are_copied_once),
        cmocka_unit_test(parts_and_what_waits_for_them),
        cmocka_unit_test(master_describes_the_stream),
#if OC_STREAMS_MAX > OC_CHANNELS_MAX
        cmocka_unit_test(two_streams_know_each_other),
#endif
        cmocka_unit_test(viewers_of_parts),
        cmocka_unit_test(numbers_go_on_when_it_is_opened_again),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(viewers_are_those_who_fetch_each_segment),
        cmocka_unit_test(a_slow_disk_does_not_hold_live_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
