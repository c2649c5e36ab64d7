/* The FFmpeg driver on its own: what every driver must do, and what files and the test picture must
 * give. ROOT: the repository's root. */
#include "capture_conformance.h"

#include <dlfcn.h>
#include <unistd.h>

#include "oc_clock.h"
#include "oc_ffmpeg.h"
#include "oc_h264.h"
#include "oc_timeline.h"

#define CLIP    ROOT "/assets/clip.mp4"
#define BFRAMES ROOT "/tests/corpora/mp4/h264-aac-bframes.mp4"

static rig_t rig;

static void test_conforms_test_picture(void **state) {
    conform(&oc_ffmpeg, "test:?size=160x90&fps=50", NULL);
}
static void test_conforms_openh264(void **state) {
    conform(&oc_ffmpeg, "test:?size=160x90&fps=50&encoder=openh264", NULL);
}
static void test_conforms_file(void **state) {
    conform(&oc_ffmpeg, "ffmpeg:" CLIP, NULL);
}
static void test_conforms_transcoding(void **state) {
    conform(&oc_ffmpeg, "ffmpeg:" CLIP "#transcode=1&rotate=90", NULL);
}

/* Everything a file gives, played once as fast as possible. */
typedef struct sum {
    uint32_t packets[OC_TRACKS_MAX], keys, bytes_sum;
    int64_t first[OC_TRACKS_MAX], last[OC_TRACKS_MAX];
    int64_t pts_sum[OC_TRACKS_MAX];
    bool ended;
} sum_t;

static sum_t play(const oc_capture_driver_t *driver, const char *url, int rounds) {
    oc_handoff_item_t item;
    sum_t sum = {0};
    rig_init(&rig, driver, url);
    rig.config.as_fast_as_possible = true;
    rig.config.loop = rounds > 1;
    int rc = rig_open(&rig);
    if (rc != OC_OK)
        fail_msg("%s: %s", url, rig.config.why);
    assert_int_equal(driver->start(rig.state, rig.now_us), OC_OK);
    for (int idle = 0; idle < 3 && !sum.ended && sum.packets[0] < (uint32_t)rounds * 300;) {
        int64_t next = driver->pump(rig.state, rig.now_us);
        if (next < 0)
            fail_msg("%s: lost: %s", url, oc_err_text((int)next));
        rig.now_us = next == INT64_MAX ? rig.now_us + 1000 : next;
        idle++;
        while (oc_handoff_peek(&rig.handoff, &item) == OC_OK) {
            const oc_packet_t *p = &item.packet;
            idle = 0;
            sum.ended = sum.ended || item.kind == OC_HANDOFF_ENDED;
            if (item.kind == OC_HANDOFF_PACKET) {
                if (!sum.packets[p->track]++)
                    sum.first[p->track] = p->dts;
                assert_true(sum.packets[p->track] == 1 || p->dts > sum.last[p->track]);
                sum.last[p->track] = p->dts;
                sum.pts_sum[p->track] += p->dts + p->cts;
                sum.keys += p->track == 0 && p->key;
                sum.bytes_sum = sum.bytes_sum * 31 + rig_sum(p);
            }
            oc_handoff_release(&rig.handoff);
        }
    }
    rig_close(&rig);
    return sum;
}

/* What passes through is the same as what our own reader delivers: bytes, order, times. */
static void test_passes_untouched(void **state) {
    static const char *const files[] = {CLIP, BFRAMES};
    for (size_t i = 0; i < 2; i++) {
        char url[512];
        sum_t ours = play(&oc_capture_replay, files[i], 1);
        snprintf(url, sizeof url, "ffmpeg:%s", files[i]);
        sum_t theirs = play(&oc_ffmpeg, url, 1);
        assert_true(ours.packets[0] > 0);
        assert_int_equal(theirs.packets[0], ours.packets[0]);
        assert_int_equal(theirs.packets[1], ours.packets[1]);
        assert_int_equal(theirs.keys, ours.keys);
        for (int track = 0; track < 2; track++) {
            int64_t n = ours.packets[track]; /* an edit list moves one reader's times, not both's */
            int64_t shift = theirs.first[track] - ours.first[track];
            assert_int_equal(theirs.last[track] - ours.last[track], shift);
            assert_int_equal(theirs.pts_sum[track] - ours.pts_sum[track], n * shift);
        }
        assert_true(theirs.ended);
    }
}

/* Rounds follow each other without a step, however many. */
static void test_loops_exactly(void **state) {
    sum_t once = play(&oc_ffmpeg, "ffmpeg:" CLIP, 1), often = play(&oc_ffmpeg, "ffmpeg:" CLIP, 7);
    int64_t step = (once.last[0] - once.first[0]) / (once.packets[0] - 1);
    int64_t expected = once.first[0] + (int64_t)(often.packets[0] - 1) * step;
    assert_int_equal(once.packets[0], 300);
    assert_true(often.packets[0] >= 2000);
    /* the sound is a little longer than the pictures: each round may end later, never earlier */
    assert_true(often.last[0] >= expected && often.last[0] - expected < 7 * 15360 / 20);
}

static void test_test_picture_is_regular(void **state) {
    sum_t sum = play(&oc_ffmpeg, "test:?size=320x180&fps=25&gop=0.4", 1);
    assert_true(sum.packets[0] >= 290);
    assert_int_equal(sum.keys, (sum.packets[0] + 9) / 10);
    assert_int_equal(sum.last[0] - sum.first[0], (int64_t)(sum.packets[0] - 1) * 1000);
    assert_int_equal(sum.last[1] - sum.first[1], (int64_t)(sum.packets[1] - 1) * 1024);
}

static void refused(const char *url, int code, const char *part) {
    rig_init(&rig, &oc_ffmpeg, url);
    assert_int_equal(rig_open(&rig), code);
    if (!strstr(rig.config.why, part) || strstr(rig.config.why, "secret"))
        fail_msg("%s: \"%s\"", url, rig.config.why);
    rig_close(&rig);
}

/* Without libavdevice, which is not a dependency, its name is the answer. */
static void refused_device(const char *url, int code, const char *part) {
    char file[32];
    snprintf(file, sizeof file, "libavdevice.so.%d", LIBAVFORMAT_VERSION_MAJOR);
    if (dlopen(file, RTLD_LAZY | RTLD_LOCAL))
        refused(url, code, part);
    else
        refused(url, OC_ERR_NOTSUP, file);
}

static void test_refuses(void **state) {
    refused("ffmpeg:/nowhere/x.mkv", OC_ERR_NOENT, "/nowhere/x.mkv: No such file");
    refused("ffmpeg:" ROOT "/LICENSE", OC_ERR_FORMAT, "LICENSE: Invalid data");
    refused("ffmpeg:/dev/null", OC_ERR_FORMAT, "/dev/null");
    refused("ffmpeg:" CLIP "#rotate=90", OC_ERR_NOTSUP, "add transcode=1");
    refused("test:?size=7x7", OC_ERR_RANGE, "size=7x7 is not allowed");
    refused_device("/dev/video99", OC_ERR_NOENT, "/dev/video99: ");
    refused_device("/dev/video99#exposure=auto", OC_ERR_NOENT, "/dev/video99: ");
    refused_device("alsa:hw:nothing", OC_ERR_IO, "alsa:hw:nothing: ");
    refused("alsa:file:x,raw", OC_ERR_RANGE,
            "alsa:file:x,raw is not allowed; use alsa: and default");
    refused("rtsp://user:secret@127.0.0.1:1/#rotate=1", OC_ERR_RANGE, "rotate=1 is not allowed");
    refused("http://127.0.0.1/${OCELLUS_NOT_SET}", OC_ERR_NOENT, "OCELLUS_NOT_SET is not set");
}

/* A camera that is not there at first: the channel begins, start says that it is lost. */
static void test_absent_camera_is_tried_again(void **state) {
    rig_init(&rig, &oc_ffmpeg, "rtsp://user:secret@127.0.0.1:1/cam?token=secret");
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(rig.config.absent, OC_ERR_REFUSED);
    assert_null(strstr(rig.config.adapted, "secret"));
    assert_int_equal(oc_ffmpeg.start(rig.state, rig.now_us), OC_ERR_REFUSED);
    rig_close(&rig);
}

static bool yes(void *context) {
    return true;
}

static void test_gives_up_when_asked(void **state) {
    rig_init(&rig, &oc_ffmpeg, "http://127.0.0.1:1/x.mkv");
    rig.env.interrupted = yes;
    assert_true(rig_open(&rig) < 0);
    rig_close(&rig);
}

/* Garbage behind every ending: an error or packets, never a crash; a bounded time. */
static void test_garbage(void **state) {
    static const char *const endings[] = {"mkv", "ts", "avi", "flv", "h264", "aac", "ogg", "m3u8"};
    char path[64], url[80];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(path, sizeof path, "/tmp/ocellus-garbage-%d.%s", (int)getpid(), endings[i]);
        FILE *file = fopen(path, "wb");
        for (int n = 0; n < 300000; n++)
            fputc((int)((seed = seed * 1664525u + 1013904223u) >> 24), file);
        fclose(file);
        snprintf(url, sizeof url, "ffmpeg:%s", path);
        rig_init(&rig, &oc_ffmpeg, url);
        rig.config.as_fast_as_possible = true;
        if (rig_open(&rig) == OC_OK && oc_ffmpeg.start(rig.state, rig.now_us) == OC_OK) {
            for (int n = 0; n < 200 && oc_ffmpeg.pump(rig.state, rig.now_us) > 0; n++)
                rig_drain(&rig);
        }
        rig_close(&rig);
        unlink(path);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conforms_test_picture),
        cmocka_unit_test(test_conforms_openh264),
        cmocka_unit_test(test_conforms_file),
        cmocka_unit_test(test_conforms_transcoding),
        cmocka_unit_test(test_passes_untouched),
        cmocka_unit_test(test_loops_exactly),
        cmocka_unit_test(test_test_picture_is_regular),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_absent_camera_is_tried_again),
        cmocka_unit_test(test_gives_up_when_asked),
        cmocka_unit_test(test_garbage),
    };
    av_log_set_level(AV_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
