/* The fake driver: conformance, bytes that a parser accepts, each scripted event. */
#include "capture_conformance.h"
#include "oc_capture_fake.h"
#include "oc_fake_media.h"
#include "oc_h264.h"
#include "oc_nal.h"

#define FRAME_US 33333

/* True when a length-prefixed access unit holds an IDR slice. */
static bool is_key(oc_span_t unit) {
    size_t offset = 0;
    oc_span_t nal;
    while (oc_nal_next(unit, false, &offset, &nal) == OC_OK)
        if ((nal.data[0] & 0x1F) == OC_H264_IDR)
            return true;
    return false;
}

static rig_t rig;

static void begin(const char *url) {
    rig_init(&rig, &oc_capture_fake, url);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_fake.start(rig.state, rig.now_us), OC_OK);
}

/* The next packet of the video track; descriptions are passed over. */
static bool picture(oc_packet_t *out) {
    oc_handoff_item_t item;
    while (rig_next(&rig, &item, 100000000)) {
        oc_handoff_release(&rig.handoff);
        *out = item.packet;
        if (item.kind == OC_HANDOFF_PACKET && item.packet.track == 0)
            return true;
    }
    return false;
}

static void test_conformance(void **state) {
    conform(&oc_capture_fake, "fake:?audio=aac&size=500&key=3000&gop=10", NULL);
    conform(&oc_capture_fake, "fake:?fps=30000/1001", NULL);
}

static void test_open_tells_what_comes(void **state) {
    rig_init(&rig, &oc_capture_fake, "fake:?fps=30000/1001&gop=15&size=1000&key=5000");
    rig.config.width = 1920;
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(rig.config.fps_milli, 29970);
    assert_int_equal(rig.config.width, 320);
    assert_non_null(strstr(rig.config.adapted, "320x240, 29.970"));
    assert_int_equal(rig.config.max_gop_bytes, 5000 + 14 * 1000);
    assert_int_equal(rig.config.max_gop_ms, 501);
    assert_false(rig.config.audio);
    assert_int_equal(rig.config.track[0].codec, OC_CODEC_H264);
    rig_close(&rig);
}

static void test_bad_urls(void **state) {
    static const char *const urls[] = {"fake:?fps=0",
                                       "fake:?fps=30/0",
                                       "fake:?x=1",
                                       "fake:?gop=",
                                       "fake:?width=17",
                                       "fake:?script=stall@1",
                                       "fake:?script=lost@3:X",
                                       "fake:?script=drop@1:2",
                                       "fake:?script=what@1",
                                       "fake:?size=99999999",
                                       "fake:?audio=mp3",
                                       "file:x",
                                       "fake:?script=drop@-1",
                                       "fake:?fps=99999999999999999999"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        rig_init(&rig, &oc_capture_fake, urls[i]);
        assert_int_equal(rig_open(&rig), OC_ERR_FORMAT);
        assert_true(rig.config.why[0]);
        rig_close(&rig);
    }
    rig_init(&rig, &oc_capture_fake, "fake:?token=hunter2");
    assert_int_equal(rig_open(&rig), OC_ERR_FORMAT);
    assert_non_null(strstr(rig.config.why, "\"token\""));
    assert_null(strstr(rig.config.why, "hunter2"));
    rig_close(&rig);
    char many[OC_CAPTURE_URL_MAX] = "fake:?script=drop@0";
    for (int i = 0; i < OC_FAKE_EVENTS; i++)
        strcat(many, ",drop@1");
    rig_init(&rig, &oc_capture_fake, many);
    assert_int_equal(rig_open(&rig), OC_ERR_FORMAT);
    rig_close(&rig);
}

static void test_pictures_parse_and_repeat(void **state) {
    static uint8_t a[600000], b[600000];
    oc_track_t track;
    oc_h264_sps_t sps;
    assert_int_equal(oc_fake_video_track(&track, 1922, 1078, 30000, 1001, 3), 3003);
    assert_int_equal(oc_h264_parse_sps(oc_span(track.config + 8, track.config[7]), &sps), OC_OK);
    assert_int_equal(sps.width, 1922);
    assert_int_equal(sps.height, 1078);
    assert_int_equal(sps.time_scale, 60000);
    assert_int_equal(sps.num_units_in_tick, 1001);
    for (uint32_t size = 1; size < 70000; size = size < 1200 ? size + 1 : size * 9 / 8) {
        oc_fake_picture_t p = {320, 240, size, 7, size, size % 4, 0};
        uint32_t len, max = oc_fake_picture_max(&p);
        size_t offset = 0, nals = 0;
        oc_span_t nal;
        int rc;
        assert_true(max <= sizeof a);
        memset(a + max, 0xEE, 16);
        len = oc_fake_picture(&p, a, max);
        assert_true(len > 0 && len <= max);
        for (int i = 0; i < 16; i++)
            assert_int_equal(a[max + i], 0xEE);
        assert_true(len >= size || len + 1 == size || size < 1200);
        assert_int_equal(oc_fake_picture(&p, b, max), len);
        assert_memory_equal(a, b, len);
        assert_int_equal(is_key(oc_span(a, len)), p.in_gop == 0);
        while ((rc = oc_nal_next(oc_span(a, len), false, &offset, &nal)) == OC_OK) {
            nals++;
            for (size_t i = 2; i < nal.len; i++) /* no start code emulation */
                assert_false(nal.data[i - 2] == 0 && nal.data[i - 1] == 0 && nal.data[i] <= 2);
        }
        assert_int_equal(rc, OC_END);
        assert_in_range(nals, 1, 2);
        p.number++;
        oc_fake_picture(&p, b, max);
        if (nals == 2)
            assert_memory_not_equal(a, b, len);
    }
}

static void test_pace_is_real_time(void **state) {
    oc_packet_t p;
    begin("fake:?fps=30&gop=5&size=100&key=900");
    for (int i = 0; i < 100; i++) {
        assert_true(picture(&p));
        assert_int_equal(p.dts, i * 3000);
        assert_int_equal(p.key, i % 5 == 0);
        assert_int_equal(p.capture_us, 1000000 + (i * 1000000LL + 15) / 30);
        assert_int_equal(rig.now_us, p.capture_us);
    }
    rig_close(&rig);
}

static void test_full_handoff_drops_to_the_next_key(void **state) {
    oc_packet_t p;
    oc_handoff_item_t item;
    begin("fake:?fps=30&gop=10&size=100&key=900");
    for (int i = 0; i < 103; i++)
        oc_capture_fake.pump(rig.state, rig.now_us = 1000000 + i * FRAME_US + 1);
    assert_true(rig.handoff.dropped >= 103 - OC_HANDOFF_SLOTS);
    for (uint32_t n = 0; oc_handoff_peek(&rig.handoff, &item) == OC_OK; n++) {
        if (n) /* nothing is missing between what is in the queue */
            assert_int_equal(item.packet.dts, (n - 1) * 3000);
        oc_handoff_release(&rig.handoff);
    }
    assert_true(picture(&p));
    assert_true(p.key);
    assert_int_equal(p.dts, 110 * 3000);
    rig_close(&rig);
}

static void test_fast_loses_nothing(void **state) {
    oc_packet_t p;
    rig_init(&rig, &oc_capture_fake, "fake:?fps=25&gop=10&size=3000&key=20000&audio=aac&width=640");
    rig.config.as_fast_as_possible = true;
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_fake.start(rig.state, 0), OC_OK);
    rig.now_us = 0;
    for (int i = 0; i < 3000; i++) {
        assert_true(picture(&p));
        assert_int_equal(p.dts, i * 3600LL);
        assert_int_equal(p.capture_us, i * 40000LL);
    }
    assert_int_equal(rig.now_us, 0);
    assert_int_equal(rig.handoff.dropped, 0);
    rig_close(&rig);
}

static void test_script(void **state) { /* [A5] empty packets */
    oc_packet_t p, q;
    begin(
        "fake:?fps=30&gop=100&size=400&key=900&script=stall@2:500,drop@4,dup@5,empty@6,big@7:9000,"
        "jump@8:-60000,params@9,restart@10,burst@12:3");
    for (int i = 0; i < 2; i++)
        assert_true(picture(&p));
    assert_true(picture(&p)); /* 2: half a second late, and its time says so */
    assert_int_equal(p.dts, 2 * 3000 + 45000);
    assert_true(picture(&q));
    assert_true(picture(&p)); /* 4 is missing */
    assert_int_equal(p.dts, 5 * 3000 + 45000);
    assert_true(picture(&q)); /* 5 again */
    assert_int_equal(q.dts, p.dts);
    assert_true(picture(&p)); /* 6 */
    assert_int_equal(p.len_bytes, 0);
    assert_true(picture(&p)); /* 7 */
    assert_in_range(p.len_bytes, 8999, 9000);
    assert_true(picture(&p)); /* 8 */
    assert_int_equal(p.dts, 8 * 3000 + 45000 - 60 * 90000);
    assert_false(p.key);
    assert_true(picture(&p)); /* 9 */
    assert_true(p.key);
    assert_true(picture(&p)); /* 10 */
    assert_true(p.key);
    assert_int_equal(p.dts, 0);
    assert_true(picture(&p)); /* 11 */
    assert_int_equal(p.dts, 3000);
    for (int i = 12; i < 15; i++) { /* the burst comes with its last picture */
        assert_true(picture(&p));
        assert_int_equal(rig.now_us, 1000000 + 500000 + (14 * 1000000LL + 15) / 30);
    }
    rig_close(&rig);
}

static void test_parameter_sets_change(void **state) {
    oc_handoff_item_t item;
    oc_track_t first = {.codec = OC_CODEC_NONE};
    int described = 0;
    begin("fake:?gop=100&script=params@3");
    for (int i = 0; i < 6;) {
        assert_true(rig_next(&rig, &item, 10000000));
        if (item.kind == OC_HANDOFF_TRACK && described++) {
            assert_int_equal(i, 3); /* right before picture 3 */
            assert_memory_not_equal(item.track->config, first.config, first.config_len);
        } else if (item.kind == OC_HANDOFF_TRACK) {
            first = *item.track;
        } else {
            i++;
        }
        oc_handoff_release(&rig.handoff);
    }
    assert_int_equal(described, 2);
    rig_close(&rig);
}

static void test_loss_and_end(void **state) {
    oc_packet_t p;
    oc_handoff_item_t item;
    begin("fake:?script=lost@2:TIMEOUT,end@4");
    assert_true(picture(&p) && picture(&p));
    rig.now_us += 1000000;
    assert_int_equal(oc_capture_fake.pump(rig.state, rig.now_us), OC_ERR_TIMEOUT);
    oc_capture_fake.stop(rig.state);
    rig.now_us += 5000000;
    assert_int_equal(oc_capture_fake.start(rig.state, rig.now_us), OC_OK);
    assert_true(picture(&p));
    assert_true(p.key); /* a fresh start begins with a key picture */
    assert_int_equal(p.dts, 2 * 3000);
    assert_true(picture(&p));
    assert_true(rig_next(&rig, &item, 1000000));
    assert_int_equal(item.kind, OC_HANDOFF_ENDED);
    oc_handoff_release(&rig.handoff);
    assert_int_equal(oc_capture_fake.pump(rig.state, rig.now_us + 1000000), INT64_MAX);
    rig_close(&rig);
}

static void test_commands(void **state) {
    oc_packet_t p;
    begin("fake:?gop=1000&size=4000&key=4000");
    for (int i = 0; i < 7; i++)
        assert_true(picture(&p));
    assert_int_equal(oc_capture_fake.request_key(rig.state), OC_OK);
    assert_int_equal(oc_capture_fake.set_bitrate_bps(rig.state, 480000), OC_OK);
    assert_true(picture(&p));
    assert_true(p.key); /* the very next one */
    int keys = 0;
    uint64_t bytes = 0;
    for (int i = 0; i < 100; i++) {
        assert_true(picture(&p));
        keys += p.key;
        bytes += p.len_bytes;
    }
    assert_int_equal(keys, 0);
    assert_in_range(bytes / 100, 1900, 2100); /* 480 kbit/s at 30 pictures/s: 2000 bytes each */
    assert_int_equal(oc_capture_fake.set_bitrate_bps(rig.state, 0), OC_ERR_RANGE);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance),
        cmocka_unit_test(test_open_tells_what_comes),
        cmocka_unit_test(test_bad_urls),
        cmocka_unit_test(test_pictures_parse_and_repeat),
        cmocka_unit_test(test_pace_is_real_time),
        cmocka_unit_test(test_full_handoff_drops_to_the_next_key),
        cmocka_unit_test(test_fast_loses_nothing),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_parameter_sets_change),
        cmocka_unit_test(test_loss_and_end),
        cmocka_unit_test(test_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
