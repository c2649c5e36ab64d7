/* Parameter sets of any length: what passes through can be decoded, or is counted and said; nothing
 * is left out in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "media_fixture.h"
#include "oc_err.h"
#include "oc_fake_media.h"
#include "oc_ff_track.h"

#define BYTES_MAX 3000

static uint8_t text[3 * BYTES_MAX], out[8 * BYTES_MAX];
static size_t used;

static void begin(void) {
    used = 0;
}

/* A NAL unit behind a start code; `len` bytes in all, filled up. */
static void add(const uint8_t *nal, size_t bytes, size_t len) {
    memcpy(text + used, "\0\0\0\1", 4);
    memset(text + used + 4, 0x5A, len);
    memcpy(text + used + 4, nal, bytes < len ? bytes : len);
    used += 4 + len;
}

static oc_span_t all(void) {
    return oc_span(text, used);
}

static const uint8_t pps[] = {0x68, 0xCE, 0x3C, 0x80}, slice[] = {0x65, 0x88, 0x84, 0x21};
static const uint8_t pps265[] = {0x44, 0x01, 0xC1, 0x73}, slice265[] = {0x26, 0x01, 0xAF, 0x08};

static void add_sets(bool avc, size_t len) {
    if (avc) {
        add(fixture_sps, sizeof fixture_sps, sizeof fixture_sps);
        add(pps, sizeof pps, len);
        return;
    }
    add(fixture_hevc_vps, sizeof fixture_hevc_vps, sizeof fixture_hevc_vps);
    add(fixture_hevc_sps, sizeof fixture_hevc_sps, sizeof fixture_hevc_sps);
    add(pps265, sizeof pps265, len);
}

static void add_slice(bool avc) {
    add(avc ? slice : slice265, 4, 40);
}

static int init(oc_ff_track_t *t, bool avc, oc_span_t extra) {
    const oc_ff_stream_t s = {
        .codec = avc ? "h264" : "hevc", .extra = extra, .num = 1, .den = 90000};
    return oc_ff_track_init(t, &s);
}

/* Both ways in which a camera tells them: in front, and inside of the stream. */
static void any_length_passes_or_is_said(void **state) {
    for (int avc = 0; avc < 2; avc++) {
        bool fits = true;
        size_t largest = 0;
        for (size_t len = 4; len < BYTES_MAX; len++) {
            oc_ff_track_t t, late;
            uint32_t duration;
            begin();
            add_sets(avc, len);
            int front = init(&t, avc, all());
            assert_int_equal(front == OC_OK, t.known);
            assert_int_equal(front == OC_ERR_NOTSUP, t.oversize > 0);
            assert_int_equal(init(&late, avc, oc_span(NULL, 0)), OC_OK);
            add_slice(avc);
            int in = oc_ff_track_convert(&late, all(), out, sizeof out, &duration);
            assert_int_equal(in == OC_ERR_TOO_BIG, front == OC_ERR_NOTSUP);
            assert_int_equal(in > 0, late.known);
            assert_true(fits || !t.known); /* one limit, no gap */
            fits = t.known;
            largest = fits ? len : largest;
        }
        assert_in_range(largest, 380, OC_TRACK_CONFIG_MAX);
    }
}

/* A stream that passes gets sets that do not fit, and others again: between, nothing leaves. */
static void sets_that_grow_later_are_noticed(void **state) {
    for (int avc = 0; avc < 2; avc++) {
        oc_ff_track_t t;
        uint32_t duration;
        begin();
        add_sets(avc, 40);
        assert_int_equal(init(&t, avc, all()), OC_OK);
        for (int round = 0; round < 3; round++) {
            size_t len = round == 1 ? 900 : round == 2 ? OC_TRACK_CONFIG_MAX : 2000;
            begin();
            add_sets(avc, len);
            add_slice(avc);
            assert_int_equal(oc_ff_track_convert(&t, all(), out, sizeof out, &duration),
                             OC_ERR_TOO_BIG);
            begin();
            add_slice(avc);
            assert_int_equal(oc_ff_track_convert(&t, all(), out, sizeof out, &duration),
                             OC_ERR_TOO_BIG);
            assert_in_range(t.oversize, len, len + 200);
            begin();
            add_sets(avc, 40);
            add_slice(avc);
            assert_in_range(oc_ff_track_convert(&t, all(), out, sizeof out, &duration), 1, 100);
            assert_int_equal(t.oversize, 0);
        }
    }
}

/* avcC and hvcC of a file that no description holds: not the first of its sets alone. */
static void a_box_that_does_not_fit_is_no_half_of_it(void **state) {
    uint8_t box[1200] = {1, 0x64, 0, 0x1F, 0xFF, 0xE1, 0, sizeof fixture_sps};
    oc_ff_track_t t;
    size_t at = 8;
    memcpy(box + at, fixture_sps, sizeof fixture_sps);
    at += sizeof fixture_sps;
    box[at++] = 4;
    for (int i = 0; i < 4; i++) {
        box[at++] = 0;
        box[at++] = 200;
        memcpy(box + at, pps, sizeof pps);
        at += 200;
    }
    assert_int_equal(init(&t, true, oc_span(box, at)), OC_ERR_NOTSUP);
    assert_int_equal(t.oversize, at);
}

/* Two PPS in turns at each key picture, inside of its packet or alone in front of it: a few
 * descriptions, then one for ever, and each key packet brings its own sets. */
static void sets_that_go_to_and_fro_are_described_once(void **state) {
    for (int way = 0; way < 4; way++) {
        bool avc = way & 1, alone = way & 2;
        oc_ff_track_t t;
        uint32_t duration;
        unsigned described = 0, brings = 0;
        begin();
        add_sets(avc, 40);
        assert_int_equal(init(&t, avc, all()), OC_OK);
        for (unsigned i = 0; i < 1000; i++) {
            begin();
            add_sets(avc, i % 2 ? 40 : 44);
            if (alone) {
                assert_int_equal(oc_ff_track_convert(&t, all(), out, sizeof out, &duration), 0);
                begin();
            }
            add_slice(avc);
            int len = oc_ff_track_convert(&t, all(), out, sizeof out, &duration);
            assert_in_range(len, 44, oc_ff_track_bound(&t, used));
            described += !t.notified;
            t.notified = true;
            brings += len > 80;
        }
        assert_in_range(described, 1, 6);
        assert_in_range(brings, 990, 1000);
        assert_true(t.track.in_band);
    }
}

/* Another picture is described at once, and again when its sets go to and fro. */
static void another_picture_is_another_description(void **state) {
    oc_ff_track_t t;
    oc_track_t large;
    uint32_t duration;
    oc_fake_video_track(&large, 1280, 720, 30, 1, 0);
    size_t sps = (size_t)large.config[6] << 8 | large.config[7];
    begin();
    add_sets(true, 40);
    assert_int_equal(init(&t, true, all()), OC_OK);
    for (unsigned i = 0; i < 200; i++) {
        begin();
        if (i < 50 || i >= 150)
            add_sets(true, i % 2 ? 40 : 44);
        else {
            add(large.config + 8, sps, sps);
            add(pps, sizeof pps, i % 2 ? 40 : 44);
        }
        add_slice(true);
        assert_true(oc_ff_track_convert(&t, all(), out, sizeof out, &duration) > 0);
        if (i == 50 || i == 150)
            assert_false(t.notified);
        if (i > 50 && i < 150)
            assert_int_equal(t.track.width, 1280);
        t.notified = true;
    }
    assert_int_not_equal(t.track.width, 1280);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_length_passes_or_is_said),
        cmocka_unit_test(sets_that_grow_later_are_noticed),
        cmocka_unit_test(a_box_that_does_not_fit_is_no_half_of_it),
        cmocka_unit_test(sets_that_go_to_and_fro_are_described_once),
        cmocka_unit_test(another_picture_is_another_description),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
