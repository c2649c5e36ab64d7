/* The camera driver against a scripted camera, in virtual time: the life every driver has, frames
 * bit for bit, and each way a camera fails. */
#include "capture_conformance.h"

#include "fake_idf.h"
#include "oc_capture_esp.h"

static void make_rig(rig_t *rig, const char *url) {
    fake_now_us = 1000000;
    rig_init(rig, &oc_capture_esp, url);
}

static int64_t pump(rig_t *rig) {
    if (fake_now_us < rig->now_us)
        fake_now_us = rig->now_us;
    int64_t due = oc_capture_esp.pump(rig->state, fake_now_us);
    rig->now_us = fake_now_us;
    return due;
}

static oc_camera_stats_t stats_of(const rig_t *rig) {
    oc_camera_stats_t stats;
    oc_capture_esp_stats(rig->state, &stats);
    return stats;
}

/* conform() moves its own clock: the camera's follows. */
static void follow_clock(rig_t *rig) {
    fake_now_us = rig->now_us;
}

static void it_lives_as_every_driver(void **state) {
    fake_reset();
    fake_now_us = 1000000;
    conform_life(&oc_capture_esp, "camera:", follow_clock, OC_CAPTURE_ESP_LENT);
    assert_false(fake_camera.ready);
    assert_int_equal(fake_camera.out, 0);
    assert_int_equal(fake_memory_out(), 0);
}

static void frames_come_bit_for_bit_without_a_copy(void **state) {
    static uint8_t expected[60000];
    oc_handoff_item_t item;
    fake_reset();
    fake_camera.frame_us = 80000;
    rig_t rig;
    make_rig(&rig, "camera:");
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(rig.config.width, 1280);
    assert_int_equal(rig.config.height, 720);
    assert_int_equal(fake_pin[18], 0); /* the board's power pin was switched */
    oc_capture_esp.start(rig.state, rig.now_us);
    int64_t last = -1;
    unsigned seen = 0;
    for (uint32_t n = 1; n <= 200; n++) {
        fake_camera.bytes = 600 + n * 250;
        pump(&rig);
        while (oc_handoff_peek(&rig.handoff, &item) == OC_OK) {
            if (item.kind == OC_HANDOFF_PACKET) {
                uint32_t number = fake_jpeg_number(item.packet.data, item.packet.len_bytes);
                assert_int_equal(number, n);
                uint32_t len = fake_jpeg(number, fake_camera.bytes, 1280, 720, expected);
                assert_int_equal(item.packet.len_bytes, len);
                assert_memory_equal(item.packet.data, expected, len);
                assert_true(item.packet.key && item.packet.dts > last);
                assert_int_equal(item.packet.capture_us, fake_now_us);
                last = item.packet.dts;
                seen++;
            }
            oc_handoff_release(&rig.handoff);
        }
    }
    assert_int_equal(seen, 200);
    oc_capture_esp.stop(rig.state);
    assert_int_equal(rig.allocated, 0); /* nothing of the host's memory at all */
    rig_close(&rig);
    assert_int_equal(fake_memory_out(), 0);
}

static void a_camera_that_cannot_be_opened_says_why(void **state) {
    static const struct {
        esp_err_t error;
        int code;
        const char *why;
    } cases[] = {
        {ESP_ERR_NOT_FOUND, OC_ERR_NOENT, "camera: no sensor answers on SDA 12, SCL 9"},
        {ESP_ERR_CAMERA_NOT_DETECTED, OC_ERR_NOENT, "no sensor answers"},
        {ESP_ERR_CAMERA_NOT_SUPPORTED, OC_ERR_NOTSUP, "gives no JPEG"},
        {ESP_ERR_NO_MEM, OC_ERR_NOMEM, "no PSRAM"},
        {ESP_FAIL, OC_ERR_IO, "could not be set up: ESP_FAIL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_reset();
        rig_t rig;
        make_rig(&rig, "camera:");
        fake_camera.init_error = cases[i].error;
        assert_int_equal(rig_open(&rig), cases[i].code);
        assert_non_null(strstr(rig.config.why, cases[i].why));
        rig_close(&rig); /* and a second try can work: nothing stays taken */
        make_rig(&rig, "camera:");
        fake_camera.init_error = ESP_OK;
        assert_int_equal(rig_open(&rig), OC_OK);
        rig_close(&rig);
    }
    fake_reset();
    rig_t rig;
    make_rig(&rig, "camera:?zoom=1");
    assert_int_equal(rig_open(&rig), OC_ERR_FORMAT);
    assert_int_equal(fake_camera.inits, 0);
    rig_close(&rig);
    make_rig(&rig, "fake:");
    assert_int_equal(rig_open(&rig), OC_ERR_FORMAT);
    rig_close(&rig);
}

static void a_sensor_without_jpeg_is_refused(void **state) {
    fake_reset();
    rig_t rig;
    make_rig(&rig, "camera:");
    fake_camera.no_jpeg = true;
    assert_int_equal(rig_open(&rig), OC_ERR_NOTSUP);
    assert_string_equal(rig.config.why,
                        "camera: this sensor gives no JPEG (OV2640, OV3660, OV5640 do)");
    rig_close(&rig);
}

static void without_psram_it_is_refused(void **state) {
    for (int left = 0; left < OC_CAPTURE_ESP_BUFFERS; left++) {
        fake_reset();
        rig_t rig;
        make_rig(&rig, "camera:");
        fake_memory_left = left;
        assert_int_equal(rig_open(&rig), OC_ERR_NOMEM);
        assert_non_null(strstr(rig.config.why, "PSRAM"));
        rig_close(&rig);
        assert_int_equal(fake_memory_out(), 0);
    }
}

static void there_is_one_camera(void **state) {
    fake_reset();
    rig_t first, second;
    make_rig(&first, "camera:");
    make_rig(&second, "camera:");
    assert_int_equal(rig_open(&first), OC_OK);
    assert_int_equal(rig_open(&second), OC_ERR_STATE);
    assert_string_equal(second.config.why, "camera: another channel uses it");
    rig_close(&second);
    assert_true(fake_camera.ready); /* closing the one that failed did not end the other */
    rig_close(&first);
    assert_false(fake_camera.ready);
}

static void a_smaller_sensor_is_adapted_to(void **state) {
    fake_reset();
    rig_t rig;
    make_rig(&rig, "camera:?width=1600&height=1200");
    fake_camera.largest = FRAMESIZE_VGA;
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(rig.config.width, 640);
    assert_string_equal(rig.config.adapted, "camera: delivers 640x480 instead of 1600x1200");
    assert_int_equal(rig.config.max_gop_bytes, 640 * 480 / 5);
    rig_close(&rig);
}

/* Pumps n times and counts the packets that came. */
static uint32_t pump_and_count(rig_t *rig, unsigned n) {
    oc_handoff_item_t item;
    uint32_t packets = 0;
    while (n--) {
        assert_true(pump(rig) >= 0);
        while (oc_handoff_peek(&rig->handoff, &item) == OC_OK) {
            packets += item.kind == OC_HANDOFF_PACKET;
            oc_handoff_release(&rig->handoff);
        }
    }
    return packets;
}

static void damaged_frames_are_left_out(void **state) {
    fake_reset();
    fake_camera.frame_us = 80000;
    fake_camera.cut_every = 5;
    rig_t rig;
    make_rig(&rig, "camera:?width=320&height=240&max=10000");
    assert_int_equal(rig_open(&rig), OC_OK);
    oc_capture_esp.start(rig.state, rig.now_us);
    assert_int_equal(pump_and_count(&rig, 100), 80);
    assert_int_equal(stats_of(&rig).truncated, 20);
    fake_camera.cut_every = 0;
    fake_camera.big_every = 4;
    fake_camera.big_bytes = 12000; /* over max, within the buffers of 15,360 */
    assert_int_equal(pump_and_count(&rig, 100), 75);
    assert_int_equal(stats_of(&rig).too_big, 25);
    assert_true(fake_camera.quality > OC_CAMERA_QUALITY);
    fake_camera.big_bytes = 40000; /* over the buffers: cut by the camera */
    assert_int_equal(pump_and_count(&rig, 100), 75);
    assert_int_equal(stats_of(&rig).truncated, 45);
    rig_close(&rig);
}

static void a_slow_reader_loses_frames_not_the_camera(void **state) {
    oc_handoff_item_t item;
    fake_reset();
    fake_camera.frame_us = 80000;
    rig_t rig;
    make_rig(&rig, "camera:");
    assert_int_equal(rig_open(&rig), OC_OK);
    oc_capture_esp.start(rig.state, rig.now_us);
    for (unsigned i = 0; i < 50; i++) /* nobody takes any */
        assert_true(pump(&rig) >= 0);
    assert_int_equal(fake_camera.out, OC_CAPTURE_ESP_LENT);
    assert_int_equal(stats_of(&rig).unlent, 50 - OC_CAPTURE_ESP_LENT);
    assert_int_equal(rig.handoff.dropped, 50 - OC_CAPTURE_ESP_LENT);
    oc_handoff_release(&rig.handoff); /* the description */
    for (uint32_t n = 1; n <= OC_CAPTURE_ESP_LENT; n++) {
        assert_int_equal(oc_handoff_peek(&rig.handoff, &item), OC_OK);
        assert_int_equal(fake_jpeg_number(item.packet.data, item.packet.len_bytes), n);
        oc_handoff_release(&rig.handoff);
    }
    assert_int_equal(pump_and_count(&rig, 10), 10);
    rig_close(&rig);
}

static void a_silent_sensor_is_set_up_anew(void **state) {
    oc_handoff_item_t item;
    fake_reset();
    fake_camera.frame_us = 80000;
    rig_t rig;
    make_rig(&rig, "camera:");
    assert_int_equal(rig_open(&rig), OC_OK);
    int64_t last = -1;
    for (unsigned round = 0; round < 20; round++) {
        assert_int_equal(oc_capture_esp.start(rig.state, rig.now_us), OC_OK);
        assert_int_equal(pump(&rig) >= 0, true);
        assert_int_equal(pump(&rig) >= 0, true); /* two are lent */
        fake_camera.mute = true;
        assert_true(pump(&rig) > 0); /* 4 s without a frame */
        assert_int_equal(pump(&rig), OC_ERR_TIMEOUT);
        oc_capture_esp.stop(rig.state);
        assert_true(fake_camera.ready); /* two are still being read */
        assert_int_equal(oc_capture_esp.start(rig.state, rig.now_us), OC_ERR_BUSY);
        while (oc_handoff_peek(&rig.handoff, &item) == OC_OK) {
            if (item.kind == OC_HANDOFF_PACKET) {
                assert_true(fake_jpeg_number(item.packet.data, item.packet.len_bytes) > 0);
                assert_true(item.packet.dts > last);
                last = item.packet.dts;
            }
            oc_handoff_release(&rig.handoff);
        }
        fake_camera.mute = false;
        fake_camera.init_error = round % 3 ? ESP_OK : ESP_FAIL; /* now and then it stays away */
        if (fake_camera.init_error) {
            assert_int_equal(oc_capture_esp.start(rig.state, rig.now_us), OC_ERR_IO);
            fake_camera.init_error = ESP_OK;
        }
        rig.now_us += 500000;
    }
    assert_int_equal(stats_of(&rig).inits, 20);
    assert_int_equal(stats_of(&rig).missing, 20);
    rig_close(&rig);
    assert_int_equal(fake_camera.out, 0);
    assert_int_equal(fake_memory_out(), 0);
}

static void single_misses_are_ridden_out(void **state) {
    fake_reset();
    fake_camera.frame_us = 80000;
    fake_camera.wait_us = 100000;
    rig_t rig;
    make_rig(&rig, "camera:");
    assert_int_equal(rig_open(&rig), OC_OK);
    oc_capture_esp.start(rig.state, rig.now_us);
    for (unsigned i = 0; i < 50; i++) {
        fake_camera.mute = i % 2;
        assert_true(pump(&rig) > 0);
        rig_drain(&rig);
    }
    assert_int_equal(stats_of(&rig).missing, 25);
    assert_int_equal(stats_of(&rig).good, 25);
    rig_close(&rig);
}

static void quality_reaches_the_sensor(void **state) {
    fake_reset();
    fake_camera.frame_us = 80000;
    fake_camera.bytes_at_quality = 720000; /* 6 Mbit/s at quality 12 */
    rig_t rig;
    make_rig(&rig, "camera:");
    assert_int_equal(rig_open(&rig), OC_OK);
    oc_capture_esp.start(rig.state, rig.now_us);
    assert_int_equal(oc_capture_esp.set_bitrate_bps(rig.state, 0), OC_ERR_RANGE);
    assert_int_equal(oc_capture_esp.set_bitrate_bps(rig.state, 2000000), OC_OK);
    pump_and_count(&rig, 200);
    assert_in_range(720000 / fake_camera.quality * 8 * 1000 / 80, 1500000, 2300000);
    int quality = fake_camera.quality;
    oc_capture_esp.stop(rig.state); /* and stays over a restart */
    assert_int_equal(oc_capture_esp.start(rig.state, rig.now_us), OC_OK);
    assert_int_equal(fake_camera.config.jpeg_quality, quality);
    assert_int_equal(oc_capture_esp.request_key(rig.state), OC_OK);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lives_as_every_driver),
        cmocka_unit_test(frames_come_bit_for_bit_without_a_copy),
        cmocka_unit_test(a_camera_that_cannot_be_opened_says_why),
        cmocka_unit_test(a_sensor_without_jpeg_is_refused),
        cmocka_unit_test(without_psram_it_is_refused),
        cmocka_unit_test(there_is_one_camera),
        cmocka_unit_test(a_smaller_sensor_is_adapted_to),
        cmocka_unit_test(damaged_frames_are_left_out),
        cmocka_unit_test(a_slow_reader_loses_frames_not_the_camera),
        cmocka_unit_test(a_silent_sensor_is_set_up_anew),
        cmocka_unit_test(single_misses_are_ridden_out),
        cmocka_unit_test(quality_reaches_the_sensor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
