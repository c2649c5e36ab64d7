/* oc_ts, read by the strict reader of this tree (ts_check): sizes around the borders of TS packets,
 * clocks, tables, times, tracks that change; and generated streams, by count and seed. */
#include "media_fixture.h"
#include "oc_h264.h"
#include "oc_h265.h"
#include "oc_ts.h"
#include "oc_ts_unit.h"
#include "ts_check.h"

#define UNITS_MAX 1024
#define SECOND    OC_TS_HZ

/* What has to come out, in order per track. */
typedef struct expected {
    int64_t dts, pts;
    bool key;
    uint8_t *data; /* elementary stream */
    size_t len;
} expected_t;

static struct {
    oc_ts_t ts;
    oc_track_t track[OC_TRACKS_MAX];
    ts_check_t check;
    expected_t expected[OC_TRACKS_MAX][UNITS_MAX];
    unsigned written[OC_TRACKS_MAX], read[OC_TRACKS_MAX];
    uint64_t bytes;
} rig;

/* An elementary stream as it should be, byte by byte. */
static fixture_file_t es;

static void on_unit(void *context, const ts_unit_t *unit) {
    unsigned track = unit->type == 0x1B || unit->type == 0x24 ? 0 : 1;
    expected_t *e = &rig.expected[track][rig.read[track]++];
    assert_true(rig.read[track] <= rig.written[track]);
    assert_int_equal(unit->len, e->len);
    assert_memory_equal(unit->data, e->data, e->len);
    assert_int_equal(unit->pts, e->pts);
    assert_int_equal(unit->dts, e->dts);
    if (track == 0 || rig.track[0].codec == OC_CODEC_NONE)
        assert_int_equal(unit->random_access, e->key);
    else
        assert_true(unit->pcr < 0 && !unit->random_access);
    free(e->data);
}

static void setup(const oc_track_t *video, const oc_track_t *audio, int64_t lag) {
    memset(&rig, 0, sizeof rig);
    es = (fixture_file_t){0};
    if (video)
        rig.track[0] = *video;
    if (audio)
        rig.track[1] = *audio;
    oc_ts_init(&rig.ts, lag);
    oc_ts_describe(&rig.ts, rig.track);
    ts_check_begin(&rig.check, on_unit, NULL);
}

static void finish(void) {
    ts_check_end(&rig.check);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        assert_int_equal(rig.read[i], rig.written[i]);
}

/* Writes into memory of exactly the promised size. */
static size_t write_packet(const oc_packet_t *packet, int64_t dts, int64_t pts) {
    oc_ts_t counted = rig.ts;
    size_t bytes = oc_ts_write(&counted, packet, dts, pts, NULL);
    uint8_t *out = malloc(bytes ? bytes : 1);
    assert_int_equal(oc_ts_write(&rig.ts, packet, dts, pts, out), bytes);
    ts_check_feed(&rig.check, out, bytes);
    free(out);
    rig.bytes += bytes;
    return bytes;
}

static void es_nal(const void *nal, size_t len) {
    fixture_put(&es, "\0\0\0\1", 4);
    fixture_put(&es, nal, len);
}

static void expect(unsigned track, int64_t dts, int64_t pts, bool key) {
    assert_true(rig.written[track] < UNITS_MAX);
    expected_t *e = &rig.expected[track][rig.written[track]++];
    *e = (expected_t){OC_TS_START + dts, OC_TS_START + pts, key, es.data, es.len};
    es = (fixture_file_t){0};
}

static oc_track_t h264(void) {
    return fixture_track(OC_CODEC_H264);
}

/* hvcC with three arrays. */
static oc_track_t h265(void) {
    oc_track_t track = fixture_track(OC_CODEC_H265);
    assert_int_equal(oc_h265_track(SPAN(fixture_hevc_vps), SPAN(fixture_hevc_sps),
                                   SPAN(fixture_hevc_pps), &track),
                     OC_OK);
    return track;
}

/* What is in front of a picture. */
static void es_begin(const oc_track_t *track, bool key) {
    if (track->codec == OC_CODEC_H264) {
        es_nal("\x09\xF0", 2);
        if (key) { /* those of fixture_track */
            es_nal(track->config + 8, 4);
            es_nal(track->config + 15, 4);
        }
        return;
    }
    es_nal("\x46\x01\x50", 3);
    if (key) {
        es_nal(fixture_hevc_vps, sizeof fixture_hevc_vps);
        es_nal(fixture_hevc_sps, sizeof fixture_hevc_sps);
        es_nal(fixture_hevc_pps, sizeof fixture_hevc_pps);
    }
}

/* A NAL unit of `len` > 0 bytes behind its length, noise but for its type. */
static void put_nal(fixture_file_t *to, unsigned type, size_t len, uint64_t *seed) {
    bool avc = rig.track[0].codec == OC_CODEC_H264;
    uint8_t head[4];
    oc_wr_t w = oc_wr(head, 4);
    oc_wr_u32(&w, (uint32_t)len);
    fixture_put(to, head, 4);
    for (size_t i = 0; i < len; i++) {
        uint8_t byte =
            i > 0 ? (uint8_t)fixture_random(seed) : (uint8_t)(avc ? 0x60 | type : type << 1);
        fixture_put(to, &byte, 1);
    }
}

static unsigned slice_type(bool key) {
    bool avc = rig.track[0].codec == OC_CODEC_H264;
    return avc ? (key ? OC_H264_IDR : OC_H264_SLICE) : (key ? 19 : 1);
}

/* Writes a picture of one NAL unit, which has to get these times. */
static void picture_of(size_t len, int64_t dts, int64_t pts, bool key, int64_t out_dts,
                       int64_t out_pts) {
    static uint64_t seed = 7;
    fixture_file_t f = {0};
    put_nal(&f, slice_type(key), len, &seed);
    oc_packet_t packet = {.data = f.data, .len_bytes = (uint32_t)f.len, .key = key};
    es_begin(&rig.track[0], key || rig.ts.fresh[0]);
    es_nal(f.data + 4, len);
    expect(0, out_dts, out_pts, key);
    assert_true(write_packet(&packet, dts, pts) > 0);
    free(f.data);
}

static void picture(size_t len, int64_t dts, int64_t pts, bool key) {
    picture_of(len, dts, pts, key, dts, pts);
}

/* AAC of fixture_track: LC, 44,100 Hz, two channels. */
static void sound(size_t len, int64_t at) {
    uint8_t *data = malloc(len);
    memset(data, (int)(at / 7), len);
    oc_packet_t packet = {.data = data, .len_bytes = (uint32_t)len, .key = true, .track = 1};
    size_t frame = len + 7;
    uint8_t adts[7] = {0xFF,
                       0xF1,
                       0x50,
                       (uint8_t)(0x80 | frame >> 11),
                       (uint8_t)(frame >> 3),
                       (uint8_t)(frame << 5 | 0x1F),
                       0xFC};
    fixture_put(&es, adts, 7);
    fixture_put(&es, data, len);
    expect(1, at, at, true);
    assert_true(write_packet(&packet, at, at) > 0);
    free(data);
}

/* ---- tests ---- */

/* Every size near a border of the packet under way, and the largest that a ring of 8 MB takes. */
static void borders(void **state) {
    oc_track_t kinds[] = {h264(), h265()};
    for (unsigned k = 0; k < 2; k++) {
        setup(&kinds[k], NULL, 0);
        int64_t at = 0;
        for (size_t len = 1; len < 420; len++, at += 3600)
            picture(len, at, at, len % 50 == 1);
        for (size_t len = 0xFFFF - 60; len < 0xFFFF + 4; len++, at += 3600) /* length is not said */
            picture(len, at, at + 7200, false);
        picture(8 * 1024 * 1024 / (OC_TEST_DIVISOR > 4 ? 16 : 1), at, at, true);
        finish();
        assert_int_equal(rig.check.stuffed, 0);
    }
}

static void sound_beside(void **state) {
    oc_track_t video = h264(), audio = fixture_track(OC_CODEC_AAC);
    setup(&video, &audio, 0);
    int64_t v = 0, a = 200;
    for (unsigned i = 0; i < 900; i++) {
        if (v <= a) {
            picture(500 + i * 3, v, v + (i % 3) * 3600, v % (25 * 3600) == 0);
            v += 3600;
        } else {
            sound(1 + i % 400, a);
            a += 2090;
        }
    }
    sound(0x1FFF - 7, a);
    oc_packet_t large = {.data = rig.track[0].config, .len_bytes = 0x1FFF - 6, .track = 1};
    assert_int_equal(write_packet(&large, a, a), 0); /* no frame of ADTS */
    finish();
    assert_int_equal(rig.check.stuffed, 0); /* the pictures alone move the clock */
}

static void sound_alone(void **state) {
    oc_track_t audio = fixture_track(OC_CODEC_AAC);
    setup(NULL, &audio, 0);
    for (unsigned i = 0; i < 400; i++)
        sound(100 + i, i * 2090);
    finish();
    assert_int_equal(rig.check.stuffed, 0); /* each frame has its PCR */
    assert_true(rig.check.pmts >= 400 * 2090 / 9000);
}

static void opus(void **state) {
    static uint8_t data[2000];
    static const size_t sizes[] = {1,   2,   100, 181, 182, 183, 184,
                                   254, 255, 256, 509, 510, 511, 1275};
    oc_track_t audio = fixture_track(OC_CODEC_OPUS);
    setup(NULL, &audio, 0);
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        oc_packet_t packet = {
            .data = data, .len_bytes = (uint32_t)sizes[i], .key = true, .track = 1};
        data[0] = (uint8_t)i;
        fixture_put(&es, "\x7F\xE0", 2);
        for (size_t left = sizes[i];; left -= 255) {
            uint8_t byte = left >= 255 ? 255 : (uint8_t)left;
            fixture_put(&es, &byte, 1);
            if (byte < 255)
                break;
        }
        fixture_put(&es, data, sizes[i]);
        expect(1, i * 1800, i * 1800, true);
        assert_true(write_packet(&packet, i * 1800, i * 1800) > 0);
    }
    finish();
}

/* Slow pictures: the clock goes on between them; a longer pause is a discontinuity. */
static void clock_goes_on(void **state) {
    oc_track_t video = h264();
    setup(&video, NULL, 0);
    for (unsigned i = 0; i < 10; i++)
        picture(100, i * SECOND, i * SECOND, true);
    assert_int_equal(rig.check.discontinuities, 0);
    assert_int_equal(rig.check.stuffed, 9 * 24); /* every 40 ms but the pictures' own */
    picture(100, 9 * SECOND + OC_TS_GAP_MAX, 9 * SECOND + OC_TS_GAP_MAX, true);
    picture(100, 3600 * SECOND, 3600 * SECOND, true);
    finish();
    assert_int_equal(rig.check.discontinuities, 1);
}

/* Pictures stop, sound does not: it moves the clock; when they come back it did not go back. */
static void sound_moves_the_clock(void **state) {
    oc_track_t video = h264(), audio = fixture_track(OC_CODEC_AAC);
    setup(&video, &audio, 0);
    picture(100, 0, 0, true);
    for (int64_t at = 0; at < 8 * SECOND; at += 2090)
        sound(100, at);
    assert_true(rig.check.pcr > OC_TS_START + 6 * SECOND);
    assert_int_equal(rig.check.discontinuities, 0);
    picture(100, 8 * SECOND - 3000, 8 * SECOND - 3000, true);
    sound(100, 20 * SECOND); /* after a pause of both */
    picture(100, 20 * SECOND, 20 * SECOND, true);
    assert_int_equal(rig.check.discontinuities, 1);
    finish();
}

/* 26 hours 30 minutes: PTS, DTS and PCR begin again; the reader counts on. */
static void times_wrap(void **state) {
    oc_track_t video = h264();
    const int64_t wrap = (INT64_C(1) << 33) - OC_TS_START;
    for (int64_t first = wrap - 5 * 3600; first <= wrap + 2 * 45000; first += 3600 * 7 + 1) {
        setup(&video, NULL, 0);
        rig.check.start = first;
        for (unsigned i = 0; i < 30; i++)
            picture(300, first + i * 3600, first + i * 3600 + 7200, i == 0);
        finish();
    }
}

/* Composition offsets below 0: the DTS comes earlier. Unannounced: at once, and no DTS goes back.
 */
static void pictures_before_their_time(void **state) {
    static const int offset[] = {0, 2, -1, -1}; /* I, P, B, B */
    oc_track_t video = h264();
    setup(&video, NULL, 3600);
    for (int i = 0; i < 40; i++)
        picture_of(200, i * 3600, (i + offset[i % 4]) * 3600, i % 20 == 0, (i - 1) * 3600,
                   (i + offset[i % 4]) * 3600);
    finish();
    setup(&video, NULL, 0);
    picture(200, 0, 0, true);
    picture(200, 3600, 3 * 3600, false);
    picture_of(200, 2 * 3600, 3600, false, 3600, 3600);
    picture_of(200, 3 * 3600, 2 * 3600, false, 2 * 3600, 2 * 3600);
    picture_of(200, 4 * 3600, INT64_C(1) << 40, false, 3 * 3600, 3 * 3600 + OC_TS_AHEAD_MAX);
    int64_t late = 2 * OC_TS_LAG_MAX; /* nobody waits so long */
    picture_of(200, late, 0, false, late - OC_TS_LAG_MAX, late - OC_TS_LAG_MAX);
    finish();
}

static void test_version(void **state) {
    oc_track_t video = h264(), hevc = h265(), audio = fixture_track(OC_CODEC_AAC);
    setup(&video, NULL, 0);
    picture(100, 0, 0, true);
    oc_ts_describe(&rig.ts, rig.track); /* other parameter sets */
    picture(100, 3600, 3600, true);
    assert_int_equal(rig.check.version, 0);
    rig.track[1] = audio;
    oc_ts_describe(&rig.ts, rig.track);
    sound(50, 7200);
    assert_int_equal(rig.check.version, 1);
    for (unsigned i = 0; i < 40; i++) { /* and the version begins again */
        rig.track[0] = i % 2 ? video : hevc;
        oc_ts_describe(&rig.ts, rig.track);
        picture(100, 10800 + i * 3600, 10800 + i * 3600, true);
        assert_int_equal(rig.check.version, (2 + i) & 31);
    }
    finish();
}

/* What a packet may be: delimiters of its own, its own parameter sets, no NAL unit, a length that
 * leads out of it. */
static void odd_packets(void **state) {
    uint64_t seed = 3;
    oc_track_t kinds[] = {h264(), h265()};
    for (unsigned k = 0; k < 2; k++) {
        bool avc = k == 0;
        fixture_file_t f = {0};
        setup(&kinds[k], NULL, 0);
        put_nal(&f, avc ? OC_H264_AUD : OC_H265_AUD, 3, &seed);
        oc_packet_t packet = {.data = f.data, .len_bytes = (uint32_t)f.len, .key = true};
        assert_int_equal(write_packet(&packet, 0, 0), 0); /* nothing but a delimiter */
        packet.len_bytes = 3;
        assert_int_equal(write_packet(&packet, 0, 0), 0); /* less than a length */
        size_t sps = f.len;
        put_nal(&f, avc ? OC_H264_SPS : OC_H265_SPS, 20, &seed);
        size_t slice = f.len;
        put_nal(&f, slice_type(true), 300, &seed);
        fixture_put(&f, "\0\0\0\0\0\1\0\0\x40", 9); /* empty, then far too long */
        packet = (oc_packet_t){.data = f.data, .len_bytes = (uint32_t)f.len, .key = true};
        es_begin(&rig.track[0], false);
        es_nal(f.data + sps + 4, 20);
        es_nal(f.data + slice + 4, 300);
        expect(0, 0, 0, true);
        assert_true(write_packet(&packet, 0, 0) > 0);
        finish();
        free(f.data);
    }
}

static bool carried(oc_codec_t codec, const void *config, size_t len) {
    oc_track_t track = {.codec = codec, .timescale = 48000, .config_len = (uint16_t)len};
    memcpy(track.config, config, len);
    return oc_ts_unit_carried(&track);
}

static void what_is_carried(void **state) {
    assert_true(carried(OC_CODEC_AAC, "\x12\x10", 2));
    assert_true(carried(OC_CODEC_AAC, "\x2B\x11\x88\x00", 4));      /* SBR */
    assert_false(carried(OC_CODEC_AAC, "\x12\x14", 2));             /* frames of 960 */
    assert_false(carried(OC_CODEC_AAC, "\x12\x00", 2));             /* channels elsewhere */
    assert_false(carried(OC_CODEC_AAC, "\x17\x80\x56\x22\x08", 5)); /* 44,100 written out */
    assert_false(carried(OC_CODEC_AAC, "\x12", 1));
    assert_true(carried(OC_CODEC_OPUS, "\0\2\1\x38\0\0\xBB\x80\0\0\0", 11));
    assert_false(carried(OC_CODEC_OPUS, "\0\2\1\x38\0\0\xBB\x80\0\0\xFF", 11));
    assert_false(carried(OC_CODEC_OPUS, "\0\0\1\x38\0\0\xBB\x80\0\0\0", 11));
    assert_false(carried(OC_CODEC_OPUS, "\0\2\1", 3));
    assert_false(carried(OC_CODEC_PCMA, "", 0) || carried(OC_CODEC_MJPEG, "", 0) ||
                 carried(OC_CODEC_NONE, "", 0));
    oc_track_t video = h264(), audio = fixture_track(OC_CODEC_PCMU);
    uint8_t data[10] = {0};
    oc_packet_t packet = {.data = data, .len_bytes = 10, .key = true, .track = 1};
    setup(&video, &audio, 0);
    picture(100, 0, 0, true);
    assert_int_equal(write_packet(&packet, 0, 0), 0); /* left out */
    finish();
    assert_int_equal(rig.check.pmt_len, 12 + 5);
}

/* ---- generated ---- */

/* Mostly near the borders of TS packets. */
static size_t some_size(uint64_t *seed) {
    size_t base = fixture_random(seed) % 6 * 184, off = fixture_random(seed) % 64;
    return fixture_random(seed) % 20 == 0 ? 1 + fixture_random(seed) % 90000
           : base + off > 40              ? base + off - 40
                                          : 1 + off;
}

static void some_picture(uint64_t *seed, int64_t dts, bool key) {
    bool avc = rig.track[0].codec == OC_CODEC_H264, own = fixture_random(seed) % 8 == 0;
    int64_t pts = dts + fixture_random(seed) % 4 * 1800;
    fixture_file_t f = {0};
    size_t starts[8], lens[8];
    unsigned count = 1 + fixture_random(seed) % 5;
    for (unsigned i = 0; i < count; i++) {
        unsigned type = i + 1 == count  ? slice_type(key)
                        : i == 0 && own ? (avc ? OC_H264_SPS : OC_H265_SPS)
                        : avc           ? OC_H264_SEI
                                        : OC_H265_SEI;
        lens[i] = some_size(seed);
        starts[i] = f.len + 4;
        put_nal(&f, type, lens[i], seed);
    }
    es_begin(&rig.track[0], (key || rig.ts.fresh[0]) && !(own && count > 1));
    for (unsigned i = 0; i < count; i++)
        es_nal(f.data + starts[i], lens[i]);
    oc_packet_t packet = {.data = f.data, .len_bytes = (uint32_t)f.len, .key = key};
    expect(0, dts, pts, key);
    assert_true(write_packet(&packet, dts, pts) > 0);
    free(f.data);
}

static void one_stream(uint64_t seed) {
    oc_track_t kinds[] = {h264(), h265()}, audio = fixture_track(OC_CODEC_AAC);
    bool has_video = fixture_random(&seed) % 8, has_audio = !has_video || fixture_random(&seed) % 4;
    int64_t start =
        fixture_random(&seed) % 4 ? 0 : (INT64_C(1) << 33) - fixture_random(&seed) % 900000;
    int64_t video_at = start, audio_at = start + fixture_random(&seed) % 9000;
    uint32_t pace = 1 + fixture_random(&seed) % 20000;
    setup(has_video ? &kinds[fixture_random(&seed) % 2] : NULL, has_audio ? &audio : NULL, 0);
    rig.check.start = start;
    for (unsigned i = 0; i < 60; i++) {
        if (fixture_random(&seed) % 16 == 0) {
            if (has_video)
                rig.track[0] = kinds[fixture_random(&seed) % 2];
            oc_ts_describe(&rig.ts, rig.track);
        }
        if (has_video && (video_at <= audio_at || !has_audio)) {
            some_picture(&seed, video_at, i == 0 || fixture_random(&seed) % 10 == 0);
            video_at += fixture_random(&seed) % 50 == 0 ? 2000000 : fixture_random(&seed) % pace;
        } else {
            sound(1 + fixture_random(&seed) % 700, audio_at);
            audio_at += 1000 + fixture_random(&seed) % 2000;
        }
    }
    finish();
}

static uint64_t under_test; /* a seed; 0 = none */

/* OC_TS_STREAMS: how many; OC_TS_SEED: that one alone. */
static void generated(void **state) {
    const char *count = getenv("OC_TS_STREAMS"), *only = getenv("OC_TS_SEED");
    uint64_t streams =
        count ? strtoull(count, NULL, 10) : 300 / (OC_TEST_DIVISOR > 4 ? OC_TEST_DIVISOR : 1);
    if (only)
        one_stream(strtoull(only, NULL, 10));
    for (uint64_t seed = 1; seed <= streams && !only; seed++)
        one_stream(under_test = seed);
    under_test = 0;
}

static int tell_seed(void **state) {
    if (under_test > 0)
        print_error("OC_TS_SEED=%llu\n", (unsigned long long)under_test);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borders),         cmocka_unit_test(sound_beside),
        cmocka_unit_test(sound_alone),     cmocka_unit_test(opus),
        cmocka_unit_test(clock_goes_on),   cmocka_unit_test(sound_moves_the_clock),
        cmocka_unit_test(times_wrap),      cmocka_unit_test(pictures_before_their_time),
        cmocka_unit_test(test_version),    cmocka_unit_test(odd_packets),
        cmocka_unit_test(what_is_carried), cmocka_unit_test_teardown(generated, tell_seed),
    };
    return cmocka_run_group_tests_name("ts", tests, NULL, NULL);
}
