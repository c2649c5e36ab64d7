/* What ocellus-ffmpeg decides without FFmpeg: inputs and their options, what is shown of an
 * address, time stamps, tracks, pixels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_ff_allow.h"
#include "oc_ff_guard.h"
#include "oc_ff_time.h"
#include "oc_ff_track.h"
#include "oc_ff_url.h"
#include "oc_picture.h"

/* ---- inputs ---- */

static void test_kinds(void **state) {
    static const struct {
        const char *url;
        oc_plugin_kind_t kind;
    } cases[] = {
        {"test", OC_PLUGIN_TEST},
        {"test:", OC_PLUGIN_TEST},
        {"test:?fps=5", OC_PLUGIN_TEST},
        {"./test", OC_PLUGIN_NONE},
        {"a.mp4", OC_PLUGIN_NONE},
        {"/x/a.MOV", OC_PLUGIN_NONE},
        {"plain", OC_PLUGIN_NONE},
        {"/dir.d/plain", OC_PLUGIN_NONE},
        {".hidden", OC_PLUGIN_NONE},
        {"replay:a.mkv", OC_PLUGIN_NONE},
        {"fake:", OC_PLUGIN_NONE},
        {"push:cam", OC_PLUGIN_NONE},
        {"gopher://x", OC_PLUGIN_NONE},
        {"a.mkv", OC_PLUGIN_FILE},
        {"/a/b:c.Ts", OC_PLUGIN_FILE},
        {"file:///a/b.avi", OC_PLUGIN_FILE},
        {"ffmpeg:a.mp4", OC_PLUGIN_FILE},
        {"a.webm#rotate=90", OC_PLUGIN_FILE},
        {"rtsp://h/x", OC_PLUGIN_RTSP},
        {"s3://film/a/b.mp4", OC_PLUGIN_S3},
        {"s3:film", OC_PLUGIN_S3},
        {"s33://film/a", OC_PLUGIN_NONE},
        {"rtsps://h/x", OC_PLUGIN_RTSP},
        {"rtmp://h/app/key", OC_PLUGIN_RTMP},
        {"rtmps://h/app/key", OC_PLUGIN_RTMP},
        {"rtmpt://h/app/key", OC_PLUGIN_NONE},
        {"https://h/a.mp4?X-Signature=1", OC_PLUGIN_HTTP},
        {"/dev/video0", OC_PLUGIN_V4L2},
        {"v4l2:/dev/by-id/cam", OC_PLUGIN_V4L2},
        {"alsa:default", OC_PLUGIN_ALSA},
        {"", OC_PLUGIN_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (oc_plugin_kind(cases[i].url) != cases[i].kind)
            fail_msg("%s", cases[i].url);
    assert_int_equal(oc_plugin_kind(NULL), OC_PLUGIN_NONE);
}

static void test_shown(void **state) {
    static const char *const cases[][2] = {
        {"rtsp://admin:pw@cam:554/live", "rtsp://cam:554/live"},
        {"rtsp://a:p@w@cam/live", "rtsp://cam/live"},
        {"rtsp://a:p/w@cam/live", "rtsp://cam/live"},
        {"https://h/a.mp4?sig=pw", "https://h/***"},
        {"https://h/live/ch1?sig=pw", "https://h/live/ch1"},
        {"rtsp://cam/user=admin_password=pw_channel=1.sdp", "rtsp://cam/***"},
        {"https://h/a@b.mp4", "https://h/***"},
        {"http://u:pw@h?x=pw#rotate=90", "http://h"},
        {"/a/b.mkv#rotate=90", "/a/b.mkv"},
        {"/a/b#c.mkv", "/a/b#c.mkv"},
        {"test:?size=320x180", "test:"},
        {"ffmpeg:rtsp://a:pw@cam/live", "ffmpeg:rtsp://cam/live"},
        {"file:///a/b@c.mkv", "file:///a/b@c.mkv"},
    };
    char shown[OC_FF_SHOWN_MAX], *end;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        oc_ff_url_show(cases[i][0], shown, sizeof shown);
        assert_string_equal(shown, cases[i][1]);
    }
    oc_ff_url_show(cases[0][0], shown, 6); /* cut, ended */
    end = memchr(shown, 0, 6);
    assert_non_null(end);
}

static const char *lookup(const char *name) {
    return !strcmp(name, "OCELLUS_USER")   ? "me"
           : !strcmp(name, "OCELLUS_PASS") ? "s:e/c@t"
           : !strcmp(name, "PATH")         ? "never"
                                           : NULL;
}

static int parse(const char *url, oc_ff_input_t *in, char *why) {
    why[0] = 0;
    return oc_ff_url_parse(url, lookup, in, why, 160);
}

static void test_options(void **state) {
    oc_ff_input_t in;
    char why[160];
    assert_int_equal(parse("test", &in, why), OC_OK);
    assert_int_equal(in.width, 1280);
    assert_int_equal(in.height, 720);
    assert_int_equal(in.fps_milli, 30000);
    assert_int_equal(in.bitrate_bps, 2000000);
    assert_int_equal(in.gop_ms, 1000);
    assert_true(in.tone);
    assert_int_equal(
        parse("test:?size=640x360&fps=29.97&bitrate=500000&gop=0.5&tone=0&encoder=openh264"
              "&rotate=270&flip=hv&name=front+door&clock=1",
              &in, why),
        OC_OK);
    assert_int_equal(in.width, 640);
    assert_int_equal(in.fps_milli, 29970);
    assert_int_equal(in.gop_ms, 500);
    assert_int_equal(in.rotate, 270);
    assert_true(in.flip_h && in.flip_v && in.overlay_time && !in.tone);
    assert_string_equal(in.overlay, "front door");
    assert_int_equal(in.encoder, OC_FF_ENCODER_OPENH264);
    assert_int_equal(parse("rtsp://h/x?a=b#transport=udp&transcode=1&sound=aac", &in, why), OC_OK);
    assert_string_equal(in.target, "rtsp://h/x?a=b");
    assert_true(in.udp && in.transcode && in.aac);
    assert_int_equal(parse("/tmp/a#b=c.mkv", &in, why), OC_OK);
    assert_string_equal(in.target, "/tmp/a#b=c.mkv");
    assert_int_equal(parse("v4l2:/dev/x#exposure=200&night=1&format=mjpeg", &in, why), OC_OK);
    assert_string_equal(in.target, "/dev/x");
    assert_int_equal(in.exposure, 200);
    assert_true(in.night);
}

static void test_scale(void **state) {
    oc_ff_input_t in;
    char why[160];
    assert_int_equal(parse("scale:640x360", &in, why), OC_OK);
    assert_int_equal(in.kind, OC_PLUGIN_SCALE);
    assert_int_equal(in.width, 640);
    assert_int_equal(in.height, 360);
    assert_int_equal(in.bitrate_bps, 640 * 360 * 2);
    assert_int_equal(in.fps_milli, 0);
    assert_int_equal(parse("scale:160x80", &in, why), OC_OK);
    assert_int_equal(in.bitrate_bps, 100000);
    assert_int_equal(parse("scale:320x180@250000#fps=12.5&gop=2&encoder=openh264", &in, why),
                     OC_OK);
    assert_int_equal(in.bitrate_bps, 250000);
    assert_int_equal(in.fps_milli, 12500);
    assert_int_equal(in.gop_ms, 2000);
}

#define PIN "0102030405060708090a0b0c0d0e0fA0B0C0D0E0F0112233445566778899aabb"

static void test_whom_it_trusts(void **state) {
    static const char colons[] = "01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:A0:B0:C0:D0:E0:F0:"
                                 "11:22:33:44:55:66:77:88:99:aa:bb";
    char why[160], url[300];
    oc_ff_input_t plain, pinned;
    assert_int_equal(oc_ff_url_parse("rtsp://h/x", NULL, &plain, why, sizeof why), OC_OK);
    assert_false(plain.tls || plain.tls_off || plain.pinned || plain.basic);
    for (int i = 0; i < 2; i++) {
        snprintf(url, sizeof url, "rtsps://h/x#transport=tcp&tlsFingerprint=%s", i ? colons : PIN);
        assert_int_equal(oc_ff_url_parse(url, NULL, &pinned, why, sizeof why), OC_OK);
        assert_true(pinned.tls && pinned.pinned && !pinned.tls_off);
        assert_int_equal(pinned.fingerprint[0], 0x01);
        assert_int_equal(pinned.fingerprint[15], 0xA0);
        assert_int_equal(pinned.fingerprint[31], 0xBB);
    }
    oc_ff_guard_set(&pinned);
    assert_true(oc_ff_guard_accepts(oc_ff_guard(), pinned.fingerprint, OC_FF_GUARD_OTHER));
    pinned.fingerprint[31] ^= 1;
    uint8_t other[OC_FF_FINGERPRINT] = {0xAB};
    assert_false(oc_ff_guard_accepts(oc_ff_guard(), other, OC_FF_GUARD_NONE));
    assert_non_null(
        strstr(oc_ff_guard()->why, "the certificate differs from tlsFingerprint: AB00"));
    assert_true(strlen(oc_ff_guard()->why) < 160);
    oc_ff_guard_set(&plain); /* a redirect may lead to TLS */
    assert_true(oc_ff_guard_accepts(oc_ff_guard(), other, OC_FF_GUARD_NONE));
    oc_ff_guard()->no_authorities = true;
    assert_false(oc_ff_guard_accepts(oc_ff_guard(), other, OC_FF_GUARD_AUTHORITY));
    assert_non_null(strstr(oc_ff_guard()->why, "add tlsFingerprint=AB00"));
    assert_true(strlen(oc_ff_guard()->why) < 160);
    oc_ff_guard_set(NULL);
}

static void test_what_may_leave(void **state) {
    static const char basic[] =
        "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic bWU6eA==\r\n\r\n";
    static const char digest[] =
        "DESCRIBE rtsp://h/ RTSP/1.0\r\nAuthorization: Digest r=\"Basic \"";
    static const char proxy[] = "CONNECT h:443 HTTP/1.1\r\n\r\n";
    static const uint8_t record[] = {22, 3, 3, 0, 5, 'G', 'E', 'T'};
    char why[160];
    oc_ff_input_t in;
    oc_ff_guard_t guard = {.input = &in};
    assert_int_equal(oc_ff_url_parse("http://me:x@h/", NULL, &in, why, sizeof why), OC_OK);
    assert_true(oc_ff_guard_may_send(&guard, digest, strlen(digest)));
    assert_false(oc_ff_guard_may_send(&guard, basic, strlen(basic)));
    assert_non_null(strstr(guard.why, "auth=basic"));
    assert_int_equal(oc_ff_url_parse("http://me:x@h/#auth=basic", NULL, &in, why, sizeof why),
                     OC_OK);
    assert_true(oc_ff_guard_may_send(&guard, basic, strlen(basic)));
    assert_int_equal(oc_ff_url_parse("https://me:x@h/#auth=basic", NULL, &in, why, sizeof why),
                     OC_OK);
    assert_true(oc_ff_guard_may_send(&guard, record, sizeof record));
    assert_true(oc_ff_guard_may_send(&guard, proxy, strlen(proxy)));
    assert_false(oc_ff_guard_may_send(&guard, digest, strlen(digest)));
    assert_non_null(strstr(guard.why, "from TLS to a connection without"));
    guard.input = NULL;
    assert_true(oc_ff_guard_may_send(&guard, basic, strlen(basic)));
}

/* [D1] */
static void test_objects(void **state) {
    oc_ff_input_t in;
    char why[200];
    static const char *const refused[] = {
        "s3://film/a#endpoint=store.example", "s3://film/a#endpoint=https://me@h",
        "s3://film/a#endpoint=https://h?x",   "s3://film/a#region=eu/west",
        "s3://film/a#region=",                "s3://film/a#pathStyle=1",
        "s3://film/a#transport=udp",          "rtsp://h/x#endpoint=https://h"};
    assert_int_equal(parse("s3://film/a b.mp4", &in, why), OC_OK);
    assert_string_equal(in.target, "s3://film/a b.mp4");
    assert_string_equal(in.endpoint, "");
    assert_int_equal(in.path_style, -1);
    assert_int_equal(parse("s3://film/a#endpoint=https://h:9000&region=eu-west-1&pathStyle=off"
                           "&transcode=1",
                           &in, why),
                     OC_OK);
    assert_string_equal(in.target, "s3://film/a");
    assert_string_equal(in.endpoint, "https://h:9000");
    assert_string_equal(in.region, "eu-west-1");
    assert_int_equal(in.path_style, 0);
    assert_true(in.transcode);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (parse(refused[i], &in, why) == OC_OK)
            fail_msg("%s", refused[i]);
    }
    assert_null(strstr(oc_ff_allow_formats(OC_PLUGIN_S3), "hls")); /* it leads nowhere else */
}

static void test_options_refused(void **state) {
    static const char *const wrong[] = {"test:?size=0x0",
                                        "test:?size=641x360",
                                        "test:?size=9000x9000",
                                        "test:?size=640",
                                        "test:?fps=0",
                                        "test:?fps=1000",
                                        "test:?fps=-1",
                                        "test:?fps=3e1",
                                        "test:?gop=0",
                                        "test:?gop=x",
                                        "test:?bitrate=1",
                                        "test:?tone=2",
                                        "test:?rotate=45",
                                        "test:?flip=x",
                                        "test:?name=",
                                        "test:?name=\"x\"",
                                        "test:?unknown=1",
                                        "test:?transcode=1",
                                        "x.mkv#rotate=1",
                                        "x.mkv#transport=tcp",
                                        "x.mkv#auth=basic",
                                        "http://h/x#auth=digest",
                                        "http://h/x#tlsVerify=off",
                                        "https://h/x#tlsVerify=maybe",
                                        "rtsps://h/x#tlsFingerprint=",
                                        "rtsps://h/x#tlsFingerprint=AB:CD",
                                        "rtsp://h/x#tlsFingerprint=" PIN,
                                        "rtsps://h/x#tlsFingerprint=" PIN "00",
                                        "rtsps://h/x#tlsFingerprint=x" PIN,
                                        "test:?encoder=nvenc",
                                        "scale:",
                                        "scale:640",
                                        "scale:641x360",
                                        "scale:640x360@",
                                        "scale:640x360@12",
                                        "scale:640x360@500000@1",
                                        "scale:640x360#rotate=90",
                                        "v4l2:",
                                        "ffmpeg:",
                                        "alsa:x#rotate=90",
                                        "test:?fps",
                                        "v4l2:/dev/x#exposure=0",
                                        "v4l2:/dev/x#format=png"};
    oc_ff_input_t in;
    char why[160];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (parse(wrong[i], &in, why) == OC_OK || !why[0])
            fail_msg("%s", wrong[i]);
}

static void test_variables(void **state) {
    oc_ff_input_t in;
    char why[160], url[1200];
    assert_int_equal(parse("rtsp://${OCELLUS_USER}:${OCELLUS_PASS}@cam/live", &in, why), OC_OK);
    assert_string_equal(in.target, "rtsp://me:s%3Ae%2Fc%40t@cam/live");
    assert_null(strstr(in.shown, "me"));
    assert_int_equal(parse("rtsp://cam/${PATH}", &in, why), OC_OK); /* no variable of ours */
    assert_string_equal(in.target, "rtsp://cam/${PATH}");
    assert_int_equal(parse("rtsp://${OCELLUS_NONE}@cam/", &in, why), OC_ERR_NOENT);
    assert_non_null(strstr(why, "OCELLUS_NONE"));
    memset(url, 'x', sizeof url - 1);
    memcpy(url, "rtsp://", 7);
    url[sizeof url - 1] = 0;
    assert_int_equal(parse(url, &in, why), OC_ERR_TOO_BIG);
}

/* ---- challenges ---- */

static void test_challenges(void **state) {
    static const struct {
        const char *line, *other;
        bool known, hidden;
    } cases[] = {
        {"WWW-Authenticate: Basic realm=\"x\"", "", true, false},
        {"WWW-Authenticate: Digest realm=\"x\", nonce=\"1\"", "", true, false},
        {"www-authenticate:Digest realm=\"x\", nonce=\"1\", algorithm=MD5", "", true, false},
        {"WWW-Authenticate: digest ALGORITHM=\"md5-sess\", nonce=\"1\"", "", true, false},
        {"WWW-Authenticate: Digest realm=\"x\", algorithm=SHA-256", "SHA-256", false, true},
        {"WWW-Authenticate:\tDigest algorithm=\"SHA-512-256\", q=1", "SHA-512-256", false, true},
        {"WWW-Authenticate: Digest algorithm=MD52, realm=\"x\"", "MD52", false, true},
        {"WWW-Authenticate: Digest algorithm=", "?", false, true},
        {"WWW-Authenticate: Digest algorithm=\"\r\n", "?", false, true},
        {"WWW-Authenticate: Digest algorithm=0123456789012345678901", "012345678901234", false, true},
        {"WWW-Authenticate", "", false, false},
        {"WWW-Authenticate:", "", true, false},
        {"Proxy: Digest algorithm=SHA-256", "", false, false},
        {"", "", false, false},
    };
    char line[200];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        oc_ff_digest_t digest = {0};
        snprintf(line, sizeof line, "%s", cases[i].line);
        oc_ff_digest_look(&digest, line);
        if (strcmp(digest.other, cases[i].other) != 0 || digest.known != cases[i].known ||
            (line[0] == 'X') != cases[i].hidden || strlen(line) != strlen(cases[i].line))
            fail_msg("%s: %s", cases[i].line, line);
        assert_int_equal(oc_ff_digest_foreign(&digest), cases[i].hidden);
    }
    snprintf(line, sizeof line, "WWW-Authenticate: Digest algorithm=md5");
    oc_ff_digest_look(&(oc_ff_digest_t){0}, line);
    assert_string_equal(line, "WWW-Authenticate: Digest algorithm=MD5");
}

/* ---- time ---- */

static void test_sound_is_counted(void **state) {
    oc_ff_time_t t;
    int64_t ticks;
    int32_t cts;
    oc_ff_time_init(&t, 1, 1000, 48000); /* Matroska: 1024 samples are 21.33 ms */
    for (int64_t n = 0; n < 100000; n++) {
        int64_t ms = (n * 1024 * 1000 + 24000) / 48000;
        oc_ff_time_map(&t, ms, ms, 1024, &ticks, &cts);
        assert_int_equal(ticks, n * 1024);
        assert_int_equal(cts, 0);
    }
    oc_ff_time_map(&t, 10000000, 10000000, 1024, &ticks, &cts); /* a hole is followed */
    assert_int_equal(ticks, 480000000);
}

static void test_pictures_keep_their_ticks(void **state) {
    oc_ff_time_t t;
    int64_t ticks;
    int32_t cts;
    oc_ff_time_init(&t, 1001, 30000, 0);
    assert_int_equal(t.scale, 30000);
    oc_ff_time_map(&t, 10, 12, 1001, &ticks, &cts);
    assert_int_equal(ticks, 10010);
    assert_int_equal(cts, 2002);
    oc_ff_time_map(&t, OC_FF_TIME_NONE, OC_FF_TIME_NONE, 1001, &ticks, &cts);
    assert_int_equal(ticks, 11011);
    assert_int_equal(cts, 0);
    oc_ff_time_map(&t, INT64_MAX, INT64_MIN + 1, 0, &ticks, &cts); /* hostile */
    oc_ff_time_init(&t, UINT32_MAX, UINT32_MAX, 0);
    oc_ff_time_map(&t, INT64_MAX, INT64_MAX, 0, &ticks, &cts);
    oc_ff_time_init(&t, 0, 0, 0);
    assert_true(t.den > 0 && t.scale > 0);
}

static void test_pace(void **state) {
    oc_ff_pace_t pace = {0};
    assert_int_equal(oc_ff_pace_due(&pace, 500, 1000000), 1000000);
    assert_int_equal(oc_ff_pace_due(&pace, 40500, 1000001), 1040000);
    assert_int_equal(oc_ff_pace_due(&pace, 3600000000, 1050000), 1050000); /* a jump: at once */
    assert_int_equal(oc_ff_pace_due(&pace, 3600040000, 1050001), 1090000);
    assert_int_equal(oc_ff_pace_due(&pace, 0, 2000000), 2000000); /* back */
}

/* ---- tracks ---- */

static void test_three_byte_lengths(void **state) {
    static const uint8_t avcc[] = {1, 0x42, 0xC0, 0x1E, 0xFE, 0xE0, 0}; /* lengths of 3 bytes */
    static const uint8_t unit[] = {0, 0, 2, 0x65, 0x88, 0, 0, 3, 0x06, 1, 2};
    static const uint8_t expected[] = {0, 0, 0, 2, 0x65, 0x88, 0, 0, 0, 3, 0x06, 1, 2};
    oc_ff_stream_t s = {"h264", oc_span(avcc, sizeof avcc), 1, 90000, 640, 360, 0, 0, 0};
    oc_ff_track_t t;
    uint8_t out[64];
    uint32_t duration = 0;
    assert_int_equal(oc_ff_track_init(&t, &s), OC_OK);
    assert_int_equal(t.lengths, 3);
    assert_int_equal(t.track.config[4] & 3, 3);
    assert_true(oc_ff_track_key(&t, oc_span(unit, sizeof unit), false));
    assert_int_equal(
        oc_ff_track_convert(&t, oc_span(unit, sizeof unit), out, sizeof out, &duration),
        sizeof expected);
    assert_memory_equal(out, expected, sizeof expected);
    for (size_t len = 0; len < sizeof unit; len++) /* cut anywhere */
        oc_ff_track_convert(&t, oc_span(unit, len), out, sizeof out, &duration);
    assert_int_equal(oc_ff_track_convert(&t, oc_span(unit, sizeof unit), out, 7, &duration),
                     OC_ERR_NOMEM);
}

static void test_opus(void **state) {
    static const uint8_t head[] = {'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 2,
                                   56,  1,   128, 187, 0,   0,   0,   0,   0};
    static const uint8_t dops[] = {0, 2, 1, 56, 0, 0, 187, 128, 0, 0, 0};
    oc_ff_stream_t s = {"opus", oc_span(head, sizeof head), 1, 1000, 0, 0, 48000, 2, 0};
    oc_ff_track_t t;
    uint8_t packet[] = {0xFC, 1, 2}, out[8]; /* CELT, 20 ms, one frame */
    uint32_t duration = 0;
    assert_int_equal(oc_ff_track_init(&t, &s), OC_OK);
    assert_int_equal(t.track.config_len, sizeof dops);
    assert_memory_equal(t.track.config, dops, sizeof dops);
    assert_int_equal(oc_ff_track_convert(&t, oc_span(packet, 3), out, sizeof out, &duration), 3);
    assert_int_equal(duration, 960);
}

/* Lists that FFmpeg gets: names it knows, and nothing that no camera has. */
static void test_allowed(void **state) {
    static const char *const never[] = {"png", "gif", "ansi", "webp", "tiff", "exr", "", NULL};
    static const char *const formats[] = {"tty", "gif", "concat", "image2", "srt", "data"};
    assert_true(oc_ff_allow_decoder("h264") && oc_ff_allow_decoder("rawvideo"));
    assert_false(oc_ff_allow_decoder("h26") || oc_ff_allow_decoder("h264,hevc"));
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_false(oc_ff_allow_decoder(never[i]));
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        assert_null(strstr(oc_ff_allow_formats(OC_PLUGIN_HTTP), formats[i]));
    assert_string_equal(oc_ff_allow_formats(OC_PLUGIN_RTSP), "rtsp");
    assert_null(strstr(oc_ff_allow_protocols(OC_PLUGIN_HTTP), "file"));
    assert_null(strstr(oc_ff_allow_protocols(OC_PLUGIN_FILE), "tcp"));
}

static void test_what_passes(void **state) {
    static const char *const pass[] = {"h264", "hevc",     "mjpeg",    "aac",
                                       "opus", "pcm_alaw", "pcm_mulaw"};
    static const char *const encode[] = {"h263", "mpeg4",     "vp9", "ac3",
                                         "mp3",  "pcm_s16le", "",    NULL};
    oc_ff_stream_t s = {.num = 1, .den = 90000, .width = 640, .height = 360, .rate = 8000};
    oc_ff_track_t t;
    for (size_t i = 0; i < 7; i++) {
        s.codec = pass[i];
        assert_int_equal(oc_ff_track_init(&t, &s), OC_OK);
    }
    for (size_t i = 0; i < 8; i++) {
        s.codec = encode[i];
        assert_int_equal(oc_ff_track_init(&t, &s), OC_ERR_NOTSUP);
    }
}

/* ---- pixels ---- */

static void make(oc_picture_t *p, int width, int height) {
    *p = (oc_picture_t){.stride = {width, width / 2, width / 2}, .width = width, .height = height};
    for (int i = 0; i < 3; i++)
        p->plane[i] = calloc(1, (size_t)width * (size_t)height / (i ? 4 : 1));
}
static void unmake(oc_picture_t *p) {
    for (int i = 0; i < 3; i++)
        free(p->plane[i]);
}

static void test_turning(void **state) {
    static const struct {
        int degrees, flip_h, flip_v, x, y; /* where the marked pixel of the corner goes, of 8x4 */
    } cases[] = {{0, 0, 0, 0, 0}, {90, 0, 0, 3, 0}, {180, 0, 0, 7, 3}, {270, 0, 0, 0, 7},
                 {0, 1, 0, 7, 0}, {0, 0, 1, 0, 3},  {90, 1, 0, 0, 0},  {90, 0, 1, 3, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int side = cases[i].degrees % 180 != 0;
        oc_picture_t from, to;
        make(&from, 8, 4);
        make(&to, side ? 4 : 8, side ? 8 : 4);
        from.plane[0][0] = 200;
        oc_picture_turn(&from, &to, cases[i].degrees, cases[i].flip_h, cases[i].flip_v);
        assert_int_equal(to.plane[0][cases[i].y * to.stride[0] + cases[i].x], 200);
        unmake(&from);
        unmake(&to);
    }
}

static void test_time_text(void **state) {
    char text[24];
    oc_picture_time(text, 0);
    assert_string_equal(text, "1970-01-01 00:00:00.000");
    oc_picture_time(text, 1709210096789);
    assert_string_equal(text, "2024-02-29 12:34:56.789");
    oc_picture_time(text, -5);
    assert_string_equal(text, "1970-01-01 00:00:00.000");
}

/* Number 0 and time 0: what is left is the checksum of 56 zero bits. tests/blockcode has the rest.
 */
static void test_block_code(void **state) {
    oc_picture_t p;
    uint16_t crc = 0xFFFF, read = 0;
    make(&p, 640, 360);
    oc_picture_block_code(&p, 0, 0);
    for (int i = 0; i < 56; i++)
        crc = (uint16_t)(crc << 1 ^ (crc >> 15 ? 0x1021 : 0));
    for (int i = 56; i < 72; i++)
        read = (uint16_t)(read << 1 |
                          (p.plane[0][(i / 18 * 16 + 8) * 640 + (i % 18 + 2) * 16 + 8] > 128));
    assert_int_equal(read, crc);
    assert_int_equal(p.plane[0][8 * 640 + 8], 235);
    assert_int_equal(p.plane[0][8 * 640 + 24], 16);
    unmake(&p);
}

/* Nothing is drawn outside: sizes down to the least, every number. */
static void test_drawing_is_clipped(void **state) {
    static const int sizes[][2] = {{160, 80}, {160, 8192}, {322, 182}, {1280, 720}};
    for (size_t i = 0; i < 4; i++) {
        oc_picture_t p;
        make(&p, sizes[i][0], sizes[i][1]);
        for (uint32_t n = 0; n < 3; n++) {
            oc_picture_test(&p, n * 0x7FFFFFFF, 1700000000000, 1);
            oc_picture_overlay(&p, "a long name of a camera here 01", 1700000000000);
        }
        oc_picture_fill(&p, -50, -50, 20, 20, OC_WHITE);
        oc_picture_fill(&p, p.width - 1, p.height - 1, 500, 500, OC_WHITE);
        unmake(&p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_options_refused),
        cmocka_unit_test(test_whom_it_trusts),
        cmocka_unit_test(test_what_may_leave),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_challenges),
        cmocka_unit_test(test_sound_is_counted),
        cmocka_unit_test(test_pictures_keep_their_ticks),
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_three_byte_lengths),
        cmocka_unit_test(test_opus),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_what_passes),
        cmocka_unit_test(test_turning),
        cmocka_unit_test(test_time_text),
        cmocka_unit_test(test_block_code),
        cmocka_unit_test(test_drawing_is_clipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
