/* A sub stream made of its main stream by the FFmpeg driver: the same instants, the same sound, a
 * main that never waits. Both drivers run in one virtual time. ROOT: the repository's root. */
#include "capture_conformance.h"

#include "oc_clock.h"
#include "oc_ffmpeg.h"
#include "oc_h264.h"

#define CLIP     ROOT "/assets/clip.mp4"
#define BFRAMES  ROOT "/tests/corpora/mp4/h264-aac-bframes.mp4"
#define SLOT     3
#define PICTURES 600

typedef struct seen {
    uint32_t packets[OC_TRACKS_MAX], keys, lost, resumed;
    int64_t dts_us[PICTURES], pts_us[PICTURES], capture_us[PICTURES]; /* of pictures */
    uint32_t sound[PICTURES];                                         /* sums of its packets */
    oc_track_t track[OC_TRACKS_MAX];
    bool ended;
} seen_t;

static rig_t mains, subs;
static seen_t of_main, of_sub;

static void see(rig_t *rig, seen_t *seen) {
    oc_handoff_item_t item;
    while (oc_handoff_peek(&rig->handoff, &item) == OC_OK) {
        const oc_packet_t *p = &item.packet;
        seen->lost += item.kind == OC_HANDOFF_LOST;
        seen->resumed += item.kind == OC_HANDOFF_RESUMED;
        seen->ended = seen->ended || item.kind == OC_HANDOFF_ENDED;
        if (item.kind == OC_HANDOFF_TRACK)
            seen->track[p->track] = *item.track;
        if (item.kind == OC_HANDOFF_PACKET && p->track == 0) {
            uint32_t n = seen->packets[0]++ % PICTURES, scale = seen->track[0].timescale;
            seen->pts_us[n] = oc_clock_rescale((p->dts + p->cts), scale, 1000000);
            seen->dts_us[n] = oc_clock_rescale(p->dts, scale, 1000000);
            seen->capture_us[n] = p->capture_us;
            seen->keys += p->key;
        } else if (item.kind == OC_HANDOFF_PACKET) {
            seen->sound[seen->packets[1]++ % PICTURES] = rig_sum(p);
        }
        oc_handoff_release(&rig->handoff);
    }
}

/* Opens and starts both. */
static void begin(const char *main_url, const char *sub_url) {
    memset(&of_main, 0, sizeof of_main);
    memset(&of_sub, 0, sizeof of_sub);
    rig_init(&mains, &oc_ffmpeg, main_url);
    rig_init(&subs, &oc_ffmpeg, sub_url);
    mains.config.slot = SLOT;
    subs.config.feed = SLOT + 1;
    if (rig_open(&mains) != OC_OK || rig_open(&subs) != OC_OK)
        fail_msg("%s, %s: %s%s", main_url, sub_url, mains.config.why, subs.config.why);
    memcpy(of_main.track, mains.config.track, sizeof of_main.track);
    memcpy(of_sub.track, subs.config.track, sizeof of_sub.track);
    assert_int_equal(oc_ffmpeg.start(mains.state, mains.now_us), OC_OK);
    assert_int_equal(oc_ffmpeg.start(subs.state, subs.now_us), OC_OK);
}

/* Pumps one of them from now_us on until it wants to be called later than at once. */
static int64_t turn(rig_t *rig, seen_t *seen, int64_t now_us) {
    int64_t next = now_us;
    do {
        now_us = next;
        next = oc_ffmpeg.pump(rig->state, now_us);
        if (next < 0)
            fail_msg("lost: %s", oc_err_text((int)next));
        see(rig, seen);
    } while (next <= now_us + 1);
    return next;
}

/* Both for so long; the sub looks at each step of main's. */
static void run(int64_t us) {
    for (int64_t end = mains.now_us + us; mains.now_us < end && !of_main.ended;) {
        int64_t next = turn(&mains, &of_main, mains.now_us);
        turn(&subs, &of_sub, mains.now_us);
        mains.now_us = next < end ? next : end;
    }
    turn(&subs, &of_sub, mains.now_us);
}

static void end(void) {
    rig_close(&subs);
    rig_close(&mains);
}

/* The time line goes by dts and capture time (oc_timeline): sub's pictures stand where main's of
 * the same instant do when these two are apart by the same amount in both, to half a picture. held:
 * the last ones, which a decoder gives when nothing more comes, later than their time. */
static void same_line(int64_t half_picture_us, uint32_t held) {
    assert_true(of_sub.packets[0] > 0);
    int64_t apart = of_main.capture_us[0] - of_main.dts_us[0];
    for (uint32_t i = 0; i + held < of_sub.packets[0] && i < PICTURES; i++) {
        int64_t off = of_sub.capture_us[i] - of_sub.dts_us[i] - apart;
        if (off > half_picture_us || off < -half_picture_us)
            fail_msg("picture %u is %lld us off", i, (long long)off);
    }
}

/* Untouched, all of it behind the sub's first picture. */
static void same_sound(uint32_t before_max) {
    assert_in_range(of_main.packets[1] - of_sub.packets[1], 0, before_max);
    uint32_t skipped = of_main.packets[1] - of_sub.packets[1];
    assert_true(of_main.packets[1] < PICTURES);
    for (uint32_t i = 0; i < of_sub.packets[1]; i++)
        assert_int_equal(of_sub.sound[i], of_main.sound[i + skipped]);
}

static void test_pictures_of_main(void **state) {
    begin("test:?size=640x360&fps=25", "scale:320x180@200000#gop=2");
    run(4000000);
    assert_int_equal(of_sub.packets[0], of_main.packets[0]);
    assert_true(of_sub.packets[0] >= 99);
    same_sound(0);
    assert_int_equal(of_main.keys, 4);
    assert_int_equal(of_sub.keys, 2);
    assert_int_equal(of_sub.track[0].width, 320);
    assert_int_equal(of_sub.track[0].height, 180);
    assert_int_equal(of_sub.track[1].sample_rate, 48000);
    for (uint32_t i = 0; i < of_sub.packets[0]; i++) {
        assert_int_equal(of_sub.capture_us[i], of_main.capture_us[i]);
        assert_int_equal(of_sub.pts_us[i], of_main.pts_us[i]);
    }
    end();
}

/* What passes through main is decoded for the sub; pictures come in their order. */
static void test_packets_of_main(void **state) {
    begin("ffmpeg:" BFRAMES, "scale:160x90");
    run(4000000);
    assert_true(of_main.packets[0] > 40);
    assert_true(of_sub.packets[0] > of_main.packets[0] - 8);
    same_sound(10);
    for (uint32_t i = 1; i < of_sub.packets[0]; i++)
        assert_true(of_sub.pts_us[i] > of_sub.pts_us[i - 1]);
    assert_true(of_main.ended && of_sub.ended);
    same_line(16667, 3);
    end();
}

static void test_packets_keep_their_place(void **state) {
    begin("ffmpeg:" CLIP, "scale:160x90");
    run(3000000);
    same_line(16667, 0);
    end();
}

/* The box is the most: the shape stays, and nothing is made larger. */
static void test_fits_inside(void **state) {
    static const struct {
        const char *main_url, *sub_url;
        int width, height;
    } cases[] = {
        {"test:?size=640x480&fps=10&tone=0", "scale:320x180", 240, 180},
        {"test:?size=640x360&fps=10&tone=0", "scale:320x320", 320, 180},
        {"test:?size=320x180&fps=10&tone=0", "scale:1280x720", 320, 180},
        {"test:?size=640x360&fps=10&tone=0&rotate=90", "scale:320x180", 100, 180},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(cases[i].main_url, cases[i].sub_url);
        run(500000);
        assert_int_equal(of_sub.track[0].width, cases[i].width);
        assert_int_equal(of_sub.track[0].height, cases[i].height);
        assert_int_equal(of_sub.packets[1], 0);
        end();
    }
}

static void test_fewer_pictures(void **state) {
    begin("test:?size=320x180&fps=30", "scale:160x90#fps=10");
    run(3000000);
    assert_true(of_main.packets[0] >= 89 && of_main.packets[0] <= 91);
    assert_true(of_sub.packets[0] >= 29 && of_sub.packets[0] <= 31);
    same_line(16667, 0);
    end();
}

/* A sub that does not come to its turn costs main nothing and holds little. */
static void slow(const char *main_url, uint32_t held_max) {
    begin(main_url, "scale:160x90");
    for (int64_t stop = mains.now_us + 5000000; mains.now_us < stop;)
        mains.now_us = turn(&mains, &of_main, mains.now_us);
    assert_true(of_main.packets[0] >= 100);
    turn(&subs, &of_sub, mains.now_us);
    assert_in_range(of_sub.packets[0], 1, held_max);
    assert_true(oc_ff_tap_lost(oc_ff_tap_of(SLOT)) > 50);
    uint32_t before = of_sub.packets[0];
    run(3000000);
    assert_true(of_sub.packets[0] - before > 30); /* and goes on */
    end();
}

static void test_slow_sub(void **state) {
    slow("test:?size=320x180&fps=25", OC_FF_TAP_PICTURES);
    slow("ffmpeg:" CLIP, OC_FF_TAP_ITEMS);
}

/* Main loses its source and finds it again: so does the sub, on its own line. */
static void test_follows_losses(void **state) {
    begin("test:?size=320x180&fps=25", "scale:160x90");
    run(1000000);
    uint32_t before = of_sub.packets[0];
    oc_ff_tap_notify(oc_ff_tap_of(SLOT), OC_FF_TAP_DOWN); /* what a lost source does */
    turn(&subs, &of_sub, mains.now_us);
    assert_int_equal(of_sub.lost, 1);
    run(1000000);
    assert_int_equal(of_sub.resumed, 1);
    assert_true(of_sub.packets[0] > before + 20);
    same_line(20000, 0);
    end();
}

static void test_main_may_close_first(void **state) {
    begin("test:?size=320x180&fps=25", "scale:160x90");
    run(500000);
    rig_close(&mains);
    turn(&subs, &of_sub, mains.now_us);
    assert_int_equal(of_sub.lost, 1);
    rig_close(&subs);
}

/* A camera that is not there yet: nothing is known of it, and nothing of the one before it counts.
 */
static void test_main_that_is_awaited(void **state) {
    begin("ffmpeg:" CLIP, "scale:320x180");
    run(500000);
    end();
    rig_init(&mains, &oc_ffmpeg, "http://127.0.0.1:1/none.mp4");
    rig_init(&subs, &oc_ffmpeg, "scale:320x180");
    mains.config.slot = SLOT;
    subs.config.feed = SLOT + 1;
    assert_int_equal(rig_open(&mains), OC_OK);
    int rc = rig_open(&subs);
    if (rc != OC_OK)
        fail_msg("%s", subs.config.why);
    end();
}

static void test_commands_reach_the_sub(void **state) {
    begin("test:?size=320x180&fps=25", "scale:160x90#gop=60");
    run(1000000);
    assert_int_equal(of_sub.keys, 1);
    assert_int_equal(oc_ffmpeg.request_key(subs.state), OC_OK);
    assert_int_equal(oc_ffmpeg.set_bitrate_bps(subs.state, 100000), OC_OK);
    run(500000);
    assert_int_equal(of_sub.keys, 2);
    assert_int_equal(of_main.keys, 2); /* by its own GOP of 1 s */
    end();
}

static void refused(const char *url, unsigned feed, int code, const char *part) {
    rig_init(&subs, &oc_ffmpeg, url);
    subs.config.feed = feed;
    assert_int_equal(rig_open(&subs), code);
    if (!strstr(subs.config.why, part))
        fail_msg("%s: \"%s\"", url, subs.config.why);
    rig_close(&subs);
}

static void test_refuses(void **state) {
    refused("scale:320x180", 0, OC_ERR_NOTSUP, "only a sub stream");
    refused("scale:320x180", SLOT + 1, OC_ERR_NOENT, "not read by FFmpeg");
    refused("scale:320x180", 100000, OC_ERR_NOTSUP, "scale:320x180");
    refused("scale:321x180", SLOT + 1, OC_ERR_RANGE, "WxH");
    refused("scale:320x180@5", SLOT + 1, OC_ERR_RANGE, "WxH@BITRATE");
    refused("scale:", SLOT + 1, OC_ERR_FORMAT, "nothing follows");
    refused("scale:320x180#rotate=90", SLOT + 1, OC_ERR_FORMAT, "rotate");
    begin("test:?size=320x180&fps=25", "scale:160x90");
    rig_t second;
    rig_init(&second, &oc_ffmpeg, "scale:160x90");
    second.config.feed = SLOT + 1;
    assert_int_equal(rig_open(&second), OC_ERR_BUSY);
    rig_close(&second);
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_of_main),
        cmocka_unit_test(test_packets_of_main),
        cmocka_unit_test(test_packets_keep_their_place),
        cmocka_unit_test(test_fits_inside),
        cmocka_unit_test(test_fewer_pictures),
        cmocka_unit_test(test_slow_sub),
        cmocka_unit_test(test_follows_losses),
        cmocka_unit_test(test_main_may_close_first),
        cmocka_unit_test(test_main_that_is_awaited),
        cmocka_unit_test(test_commands_reach_the_sub),
        cmocka_unit_test(test_refuses),
    };
    av_log_set_level(AV_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
