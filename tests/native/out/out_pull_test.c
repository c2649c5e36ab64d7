/* oc_out_pull, format by format: what was put into the ring comes out again, read by parsers of
 * this test. Drops and ends of viewers are in plane_pull_test. */
#include "cmocka_first.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_mp4_read.h"
#include "oc_out_pull.h"
#include "oc_ts.h"
#include "ts_check.h"

#define RING_BYTES (1024 * 1024)
#define FILE_MAX   (2 * 1024 * 1024)
#define PAYLOAD    64 /* bytes of a packet; picture n holds n */

typedef struct rig {
    void *memory;
    oc_ring_t *ring;
    uint16_t config_id[OC_TRACKS_MAX];
    oc_out_pull_t *pull;
    uint8_t *file;
    size_t len;
    int result;
    bool ts;
    uint8_t head[OC_PULL_HEAD_MAX];
    oc_span_t spans[OC_PULL_SPANS_MAX];
} rig_t;

static rig_t rig;

static int setup(void **state) {
    oc_ring_plan_t plan = {.bytes = RING_BYTES, .bitrate_bps = 1000000, .packets_per_s = 100};
    oc_ring_size_t size;
    memset(&rig, 0, sizeof rig);
    if (oc_ring_plan(&plan, &size, NULL, 0) != OC_OK)
        return 1;
    rig.memory = aligned_alloc(16, (size.total_bytes + 15) / 16 * 16);
    rig.ring = oc_ring_init(rig.memory, NULL, &plan, &size);
    rig.pull = malloc(oc_out_pull_bytes());
    rig.file = malloc(FILE_MAX);
    return rig.ring && rig.pull && rig.file ? 0 : 1;
}

static int teardown(void **state) {
    free(rig.memory);
    free(rig.pull);
    free(rig.file);
    return 0;
}

static void describe(unsigned index, oc_codec_t codec, uint32_t timescale, const char *config) {
    oc_track_t track = {.codec = codec, .timescale = timescale};
    track.config_len = (uint16_t)strlen(config);
    memcpy(track.config, config, strlen(config));
    if (oc_codec_is_audio(codec)) {
        track.sample_rate = timescale;
        track.channels = 1;
    } else {
        track.width = 320;
        track.height = 240;
    }
    int id = oc_ring_set_track(rig.ring, index, &track);
    assert_true(id > 0);
    rig.config_id[index] = (uint16_t)id;
}

static void put(unsigned track, int64_t dts, bool key, uint8_t fill, int32_t cts,
                int64_t capture_us) {
    uint8_t data[PAYLOAD];
    memset(data, fill, sizeof data);
    oc_packet_t packet = {.data = data,
                          .len_bytes = sizeof data,
                          .dts = dts,
                          .cts = cts,
                          .capture_us = capture_us,
                          .config_id = rig.config_id[track],
                          .track = (uint8_t)track,
                          .key = key};
    assert_int_equal(oc_ring_push(rig.ring, &packet), OC_OK);
}

static void push_with(unsigned track, int64_t dts, bool key, uint8_t fill, int32_t cts) {
    put(track, dts, key, fill, cts, 0);
}

static void push_at(unsigned track, int64_t dts, bool key, uint8_t fill, int64_t capture_us) {
    put(track, dts, key, fill, 0, capture_us);
}

static void push(unsigned track, int64_t dts, bool key, uint8_t fill) {
    push_with(track, dts, key, fill, 0);
}

static void begin(oc_pull_format_t format) {
    char why[160];
    assert_int_equal(oc_out_pull_init(rig.pull, rig.ring, format, false, why, sizeof why), OC_OK);
    rig.ts = format == OC_PULL_TS;
}

static unsigned drink(void) {
    unsigned pieces = 0;
    for (;; pieces++) {
        oc_fmp4_fragment_t piece = {.head = rig.head,
                                    .head_size = sizeof rig.head,
                                    .spans = rig.spans,
                                    .spans_size = OC_PULL_SPANS_MAX};
        size_t before = rig.len;
        rig.result = oc_out_pull_next(rig.pull, &piece);
        if (rig.result != OC_OK)
            return pieces;
        uint64_t spans = 0;
        for (size_t i = 0; i < piece.spans_len; i++)
            spans += piece.spans[i].len;
        assert_true(spans == piece.bytes || (spans == 0 && rig.ts));
        assert_true(piece.bytes <= FILE_MAX - rig.len);
        rig.len += (size_t)piece.bytes;
        oc_out_pull_copy(rig.pull, &piece, rig.file + before);
    }
}

/* ---- FLV, read by the letter of annex E ---- */

typedef struct tag {
    uint8_t type;
    uint32_t ms;
    const uint8_t *body;
    uint32_t len;
} tag_t;

static tag_t tags[4096];

static uint32_t be(const uint8_t *p, unsigned n) {
    uint32_t v = 0;
    while (n--)
        v = v << 8 | *p++;
    return v;
}

static unsigned read_flv(uint8_t flags) {
    unsigned count = 0;
    size_t at = 13;
    assert_true(rig.len >= at);
    assert_memory_equal(rig.file, "FLV\1", 4);
    assert_int_equal(rig.file[4], flags);
    assert_int_equal(be(rig.file + 5, 4), 9);
    assert_int_equal(be(rig.file + 9, 4), 0);
    while (at < rig.len) {
        const uint8_t *p = rig.file + at;
        assert_true(count < sizeof tags / sizeof tags[0] && rig.len - at >= 15);
        tag_t tag = {p[0], be(p + 4, 3) | (uint32_t)p[7] << 24, p + 11, be(p + 1, 3)};
        assert_int_equal(be(p + 8, 3), 0);
        assert_true(at + 15 + tag.len <= rig.len);
        assert_int_equal(be(tag.body + tag.len, 4), tag.len + 11);
        tags[count++] = tag;
        at += 15 + tag.len;
    }
    return count;
}

/* One packet of the file: type, time, what is in front of its bytes, the bytes. */
static void expect_packet(const tag_t *tag, uint8_t type, uint32_t ms, const char *prefix,
                          size_t prefix_len, uint8_t fill) {
    uint8_t data[PAYLOAD];
    memset(data, fill, sizeof data);
    assert_int_equal(tag->type, type);
    assert_int_equal(tag->ms, ms);
    assert_int_equal(tag->len, prefix_len + PAYLOAD);
    assert_memory_equal(tag->body, prefix, prefix_len);
    assert_memory_equal(tag->body + prefix_len, data, PAYLOAD);
}

static void flv_holds_each_packet(void **state) {
    describe(0, OC_CODEC_H264, 90000, "avcC");
    describe(1, OC_CODEC_AAC, 48000, "as");
    push(0, 900000, true, 1);
    push(1, 479000, true, 100);           /* 21 ms before the picture: left out */
    push(1, 480024, true, 101);           /* 0.5 ms after it */
    push_with(0, 903000, false, 2, 6000); /* shown 66.7 ms later */
    push_with(0, 906000, false, 3, -1500);
    push(1, 481048, true, 102);
    begin(OC_PULL_FLV);
    assert_int_equal(drink(), 1);
    assert_int_equal(rig.result, OC_AGAIN);
    assert_int_equal(read_flv(5), 8);
    assert_int_equal(tags[0].type, 18);
    assert_memory_equal(tags[0].body, "\2\0\12onMetaData\10", 14);
    assert_int_equal(tags[1].len, 9);
    assert_memory_equal(tags[1].body, "\x17\0\0\0\0avcC", 9);
    assert_memory_equal(tags[2].body, "\xAF\0as", 4);
    expect_packet(&tags[3], 9, 0, "\x17\1\0\0\0", 5, 1);
    expect_packet(&tags[4], 8, 0, "\xAF\1", 2, 101);
    expect_packet(&tags[5], 9, 33, "\x27\1\0\0\x43", 5, 2);     /* 100 - 33 */
    expect_packet(&tags[6], 9, 66, "\x27\1\xFF\xFF\xF0", 5, 3); /* 50 - 66, rounded once each */
    expect_packet(&tags[7], 8, 21, "\xAF\1", 2, 102);
    push(0, 909000, false, 4);
    assert_int_equal(drink(), 1);
    assert_int_equal(read_flv(5), 9); /* described once */
    expect_packet(&tags[8], 9, 100, "\x27\1\0\0\0", 5, 4);
}

/* A viewer who stays for days: 32 bits of milliseconds, the upper 8 in their own byte, again and
 * again from 0. */
static void flv_times_go_on_for_days(void **state) {
    static const int64_t hours[] = {0, 4, 5, 24, 25, 100, 596, 597, 1193, 1194, 2000};
    describe(0, OC_CODEC_H264, 90000, "avcC");
    int64_t first = INT64_C(7) * 24 * 3600 * 90000; /* the channel is a week old */
    push(0, first, true, 0);
    begin(OC_PULL_FLV);
    drink();
    for (unsigned i = 1; i < sizeof hours / sizeof hours[0]; i++) {
        push(0, first + hours[i] * 3600 * 90000 + 3600, true, (uint8_t)i);
        assert_int_equal(drink(), 1);
    }
    assert_int_equal(read_flv(1), 2 + sizeof hours / sizeof hours[0]);
    for (unsigned i = 1; i < sizeof hours / sizeof hours[0]; i++) {
        uint64_t ms = (uint64_t)hours[i] * 3600 * 1000 + 40;
        expect_packet(&tags[2 + i], 9, (uint32_t)ms, "\x17\1\0\0\0", 5, (uint8_t)i);
    }
}

static void flv_leaves_out_what_it_cannot_carry(void **state) {
    describe(0, OC_CODEC_H265, 90000, "hvcC");
    describe(1, OC_CODEC_PCMU, 8000, "");
    push(0, 0, true, 1);
    push(1, 0, true, 2);
    push_with(0, 3600, false, 3, 7200);
    begin(OC_PULL_FLV);
    drink();
    assert_int_equal(read_flv(1), 4);
    assert_memory_equal(tags[1].body, "\x90hvc1hvcC", 9);
    expect_packet(&tags[2], 9, 0, "\x93hvc1", 5, 1);
    expect_packet(&tags[3], 9, 40, "\xA1hvc1\0\0\x50", 8, 3);
}

static void flv_describes_what_changes(void **state) {
    describe(0, OC_CODEC_H264, 90000, "one");
    push(0, 0, true, 1);
    begin(OC_PULL_FLV);
    drink();
    push(0, 3600, false, 2);
    describe(0, OC_CODEC_H264, 1000, "two"); /* another timescale too */
    push(0, 80, true, 3);
    drink();
    describe(1, OC_CODEC_AAC, 48000, "as"); /* sound is there now */
    push(1, 4800, true, 4);
    push(0, 120, false, 5);
    drink();
    assert_int_equal(rig.result, OC_AGAIN);
    assert_int_equal(read_flv(1), 12);
    expect_packet(&tags[3], 9, 40, "\x27\1\0\0\0", 5, 2);
    assert_int_equal(tags[4].type, 18);
    assert_int_equal(tags[4].ms, 80);
    assert_memory_equal(tags[5].body, "\x17\0\0\0\0two", 8);
    expect_packet(&tags[6], 9, 80, "\x17\1\0\0\0", 5, 3);
    assert_memory_equal(tags[9].body, "\xAF\0as", 4);
    expect_packet(&tags[10], 8, 100, "\xAF\1", 2, 4);
    expect_packet(&tags[11], 9, 120, "\x27\1\0\0\0", 5, 5);
    describe(0, OC_CODEC_MJPEG, 1000, ""); /* this it cannot say */
    push(0, 160, true, 6);
    drink();
    assert_int_equal(rig.result, OC_ERR_CLOSED);
}

/* ---- MPEG-TS, read by ts_check ---- */

static struct {
    ts_unit_t unit[64];
    uint8_t fill[64];
    unsigned count;
    ts_check_t check;
} read_ts;

static void on_unit(void *context, const ts_unit_t *unit) {
    assert_true(read_ts.count < 64 && unit->len > 0);
    read_ts.fill[read_ts.count] = unit->data[unit->len - 1];
    read_ts.unit[read_ts.count++] = *unit;
}

static unsigned units_of_ts(void) {
    read_ts.count = 0;
    ts_check_begin(&read_ts.check, on_unit, NULL);
    ts_check_feed(&read_ts.check, rig.file, rig.len);
    ts_check_end(&read_ts.check);
    return read_ts.count;
}

static void expect_unit(unsigned index, uint8_t type, int64_t dts, int64_t pts, uint8_t fill) {
    const ts_unit_t *unit = &read_ts.unit[index];
    assert_int_equal(unit->type, type);
    assert_int_equal(unit->dts - OC_TS_START, dts);
    assert_int_equal(unit->pts - OC_TS_START, pts);
    assert_int_equal(read_ts.fill[index], fill);
}

/* A picture of one NAL unit. */
static void push_nal(int64_t dts, bool key, uint8_t fill, int32_t cts) {
    uint8_t data[PAYLOAD] = {0, 0, 0, PAYLOAD - 4, key ? 0x65 : 0x41};
    memset(data + 5, fill, sizeof data - 5);
    oc_packet_t packet = {.data = data,
                          .len_bytes = sizeof data,
                          .dts = dts,
                          .cts = cts,
                          .config_id = rig.config_id[0],
                          .key = key};
    assert_int_equal(oc_ring_push(rig.ring, &packet), OC_OK);
}

#define AVCC "\1\x64\x40\x28\xFF\xE1" /* as far as a string goes: no parameter set is whole */

static void ts_holds_each_packet(void **state) {
    describe(0, OC_CODEC_H264, 90000, AVCC);
    describe(1, OC_CODEC_AAC, 48000, "\x11\x88");
    push_nal(900000, true, 1, 0);
    push(1, 479000, true, 100); /* before the picture: left out */
    push(1, 480024, true, 101);
    push_nal(903000, false, 2, 6000);
    push(1, 481048, true, 102);
    begin(OC_PULL_TS);
    assert_int_equal(drink(), 1);
    assert_int_equal(rig.result, OC_AGAIN);
    assert_int_equal(units_of_ts(), 4);
    expect_unit(0, 0x1B, 0, 0, 1);
    assert_true(read_ts.unit[0].random_access && read_ts.unit[0].pcr >= 0);
    expect_unit(1, 0x0F, 45, 45, 101);
    expect_unit(2, 0x1B, 3000, 9000, 2);
    expect_unit(3, 0x0F, 1965, 1965, 102);
    push_nal(906000, false, 3, 0);
    assert_int_equal(drink(), 1);
    assert_int_equal(units_of_ts(), 5);
    expect_unit(4, 0x1B, 6000, 6000, 3);
}

/* Composition offsets below 0 are seen around the start: no DTS is changed later. */
static void ts_looks_for_pictures_before_their_time(void **state) {
    static const int32_t cts[] = {0, 2, -1, -1};
    describe(0, OC_CODEC_H264, 1000, AVCC);
    for (unsigned i = 0; i < 8; i++)
        push_nal(i * 40, i % 4 == 0, (uint8_t)i, cts[i % 4] * 40);
    begin(OC_PULL_TS);
    drink();
    assert_int_equal(units_of_ts(), 4);
    for (int i = 0; i < 4; i++)
        expect_unit((unsigned)i, 0x1B, (i - 1) * 3600, (i + cts[i]) * 3600, (uint8_t)(4 + i));
}

static void ts_describes_what_changes(void **state) {
    describe(0, OC_CODEC_H264, 90000, AVCC);
    push_nal(0, true, 1, 0);
    begin(OC_PULL_TS);
    drink();
    describe(0, OC_CODEC_H265, 1000, "hvcC"); /* another timescale too */
    push_nal(80, true, 2, 0);
    describe(1, OC_CODEC_PCMU, 8000, ""); /* left out */
    push(1, 960, true, 9);
    drink();
    describe(1, OC_CODEC_AAC, 48000, "\x11\x88");
    push(1, 5760, true, 3);
    push_nal(130, false, 4, 0);
    drink();
    assert_int_equal(rig.result, OC_AGAIN);
    assert_int_equal(units_of_ts(), 4);
    assert_int_equal(read_ts.check.version, 2);
    expect_unit(0, 0x1B, 0, 0, 1);
    expect_unit(1, 0x24, 7200, 7200, 2);
    expect_unit(2, 0x0F, 10800, 10800, 3);
    expect_unit(3, 0x24, 11700, 11700, 4);
    describe(0, OC_CODEC_MJPEG, 1000, ""); /* this it cannot say */
    push(0, 160, true, 6);
    drink();
    assert_int_equal(rig.result, OC_ERR_CLOSED);
}

static void ts_of_sound_alone(void **state) {
    char why[160];
    describe(1, OC_CODEC_PCMU, 8000, "");
    push(1, 0, true, 1);
    assert_int_equal(oc_out_pull_init(rig.pull, rig.ring, OC_PULL_TS, false, why, sizeof why),
                     OC_ERR_NOTSUP);
    assert_string_equal(why, "MPEG-TS carries h264, h265, aac and opus; this channel has pcmu");
    describe(1, OC_CODEC_AAC, 48000, "\x11\x88");
    for (unsigned i = 0; i < 10; i++)
        push(1, 48000 + i * 1024, true, (uint8_t)i);
    begin(OC_PULL_TS);
    drink();
    assert_int_equal(units_of_ts(), 1); /* from the newest */
    expect_unit(0, 0x0F, 0, 0, 9);
    describe(1, OC_CODEC_AAC, 48000, "\x11\x8C"); /* frames of 960: not in ADTS */
    push(1, 60000, true, 1);
    drink();
    assert_int_equal(rig.result, OC_ERR_CLOSED);
}

/* A packet of which nothing can be written is no piece, and not the end. */
static void ts_passes_over_what_is_no_picture(void **state) {
    describe(0, OC_CODEC_H264, 90000, AVCC);
    push(0, 0, true, 0xFF); /* a length that leads out of it */
    begin(OC_PULL_TS);
    assert_int_equal(drink(), 0);
    assert_int_equal(rig.result, OC_AGAIN);
    push_nal(3600, true, 2, 0);
    assert_int_equal(drink(), 1);
    assert_int_equal(units_of_ts(), 1);
    expect_unit(0, 0x1B, 3600, 3600, 2);
}

/* ---- MP4 ---- */

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    if (offset > rig.len || len > rig.len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, rig.file + offset, len);
    return OC_OK;
}

static void mp4_carries_jpeg_and_g711(void **state) {
    static _Alignas(16) uint8_t memory[OC_MP4_READ_BYTES];
    oc_mp4_source_t source = {read_at, NULL, 0};
    oc_mp4_read_t *reader;
    oc_mp4_sample_t sample;
    unsigned samples[OC_TRACKS_MAX] = {0};
    char why[160] = "";
    describe(0, OC_CODEC_MJPEG, 90000, "");
    describe(1, OC_CODEC_PCMU, 8000, "");
    for (unsigned i = 0; i < 50; i++) {
        push(0, 90000 + i * 6000, true, (uint8_t)i);
        push(1, 8000 + i * 533, true, (uint8_t)(100 + i));
        if (i == 20)
            begin(OC_PULL_MP4);
        if (i >= 20)
            assert_int_equal(drink(), 1);
    }
    source.size = rig.len;
    if (oc_mp4_read_open(&reader, memory, &source, why, sizeof why) != OC_OK)
        fail_msg("%s", why);
    while (oc_mp4_read_next(reader, &sample) == OC_OK) {
        unsigned n = samples[sample.track]++;
        assert_int_equal(rig.file[sample.offset],
                         (sample.track ? 121 : 20) + n); /* no. 120 was before */
        assert_int_equal(sample.len_bytes, PAYLOAD);
        if (sample.track == 0)
            assert_int_equal(sample.dts, 30 + n * 6000); /* 0 is a whole tick of both tracks */
        if (sample.track == 0)
            assert_int_equal(sample.duration, 6000); /* not said, so measured */
    }
    assert_in_range(samples[0], 29, 30);
    assert_in_range(samples[1], 28, 29);
}

static void a_channel_of_sound_only_is_an_mp4(void **state) {
    char why[160];
    describe(1, OC_CODEC_PCMU, 8000, "");
    push(1, 0, true, 1);
    assert_int_equal(oc_out_pull_init(rig.pull, rig.ring, OC_PULL_FLV, false, why, sizeof why),
                     OC_ERR_NOTSUP);
    assert_string_equal(why, "FLV carries a picture of h264 or h265; that of this channel is none");
    begin(OC_PULL_MP4);
    assert_int_equal(drink(), 1);
    assert_memory_equal(rig.file + 4, "ftyp", 4);
}

/* [E4] */
static void sound_alone_is_an_flv_on_request(void **state) {
    char why[160];
    assert_int_equal(oc_out_pull_picture(rig.ring), OC_AGAIN);
    describe(1, OC_CODEC_AAC, 8000, "\x15\x88");
    push(1, 0, true, 7);
    assert_int_equal(oc_out_pull_picture(rig.ring), OC_ERR_NO_VIDEO);
    assert_int_equal(oc_out_pull_init(rig.pull, rig.ring, OC_PULL_FLV, true, why, sizeof why),
                     OC_OK);
    assert_int_equal(drink(), 1);
    assert_int_equal(read_flv(4), 3); /* a file of sound: script, sequence header, packet */
    assert_memory_equal(tags[2].body + 2, "\7\7\7\7", 4);
    describe(0, OC_CODEC_H264, 90000, "avcC");
    assert_int_equal(oc_out_pull_picture(rig.ring), OC_OK);
}

/* What was put into the ring comes out once and in order, or is counted as left out. */
static void what_is_left_out_is_counted(void **state) {
    oc_out_pull_stats_t stats;
    uint64_t pushed = 0, first = 0;
    int64_t dts = 0;
    describe(0, OC_CODEC_H264, 90000, "avcC");
    describe(1, OC_CODEC_AAC, 8000, "\x15\x88");
    begin(OC_PULL_FLV);
    for (unsigned round = 0; round < 40; round++) {
        unsigned gops = 1 + round % 7; /* of 20 packets, a second each: more than 3 are too late */
        for (unsigned i = 0; i < gops * 20; i++, dts += 4500) {
            push_at(i % 2, i % 2 ? dts * 8 / 90 : dts, i % 20 == 0, (uint8_t)(pushed % 240),
                    dts * 100 / 9);
            pushed++;
        }
        uint64_t before = rig.len;
        (void)drink();
        oc_out_pull_stats(rig.pull, &stats);
        assert_int_equal(stats.packets + stats.left_out_packets, pushed);
        assert_int_equal(stats.left_out_packets - first, gops > 3 ? (gops - 1) * 20 : 0);
        first = stats.left_out_packets;
        assert_true(rig.len > before);
    }
    assert_int_equal(stats.left_out_gops * 20, stats.left_out_packets);
    unsigned count = read_flv(5), next = 0;
    assert_int_equal(count - 3, stats.packets); /* behind the description */
    for (unsigned i = 3; i < count; i++) {
        uint8_t fill = tags[i].body[tags[i].len - 1]; /* its number, modulo 240 */
        assert_true(i == 3 || fill == (next + 1) % 240 || fill % 20 == 0); /* or a GOP begins */
        next = fill;
    }
}

/* ---- multipart ---- */

/* One part at `at`; returns where the next begins. */
static size_t expect_part(size_t at, uint8_t fill, const char *seconds) {
    char expected[200];
    uint8_t data[PAYLOAD];
    int len = snprintf(expected, sizeof expected,
                       "Content-Type: image/jpeg\r\nContent-Length: %d\r\nX-Timestamp: %s\r\n\r\n",
                       PAYLOAD, seconds);
    memset(data, fill, sizeof data);
    assert_true(at + (size_t)len + PAYLOAD + 13 <= rig.len);
    assert_memory_equal(rig.file + at, expected, (size_t)len);
    assert_memory_equal(rig.file + at + len, data, PAYLOAD);
    assert_memory_equal(rig.file + at + len + PAYLOAD, "\r\n--ocellus\r\n", 13);
    return at + (size_t)len + PAYLOAD + 13;
}

static void multipart_sends_the_newest_image(void **state) {
    const char *text;
    describe(0, OC_CODEC_MJPEG, 90000, "");
    describe(1, OC_CODEC_PCMU, 8000, "");
    push(0, 90000, true, 1);
    begin(OC_PULL_MJPEG);
    assert_int_equal(oc_out_pull_end(rig.pull, &text), 0); /* nothing was sent, nothing ends */
    assert_int_equal(drink(), 1);
    assert_memory_equal(rig.file, "--ocellus\r\n", 11);
    size_t at = expect_part(11, 1, "0.000000");
    assert_int_equal(drink(), 0);
    push(1, 8000, true, 9);
    assert_int_equal(drink(), 0);
    push(0, 96000, true, 2);
    push(0, 102000, true, 3);
    push(0, 108000, true, 4);
    push(1, 8160, true, 9);
    assert_int_equal(drink(), 1);
    at = expect_part(at, 4, "0.200000");
    describe(0, OC_CODEC_MJPEG, 1000, ""); /* another size, say */
    push(0, INT64_C(86400) * 1000 + 1201, true, 5);
    assert_int_equal(drink(), 1);
    at = expect_part(at, 5, "86400.201000");
    assert_int_equal(at, rig.len);
    assert_int_equal(oc_out_pull_end(rig.pull, &text), 15);
    assert_string_equal(text, "\r\n--ocellus--\r\n");
}

static void formats_have_names(void **state) {
    assert_int_equal(oc_out_pull_format("mp4"), OC_PULL_MP4);
    assert_int_equal(oc_out_pull_format("flv"), OC_PULL_FLV);
    assert_int_equal(oc_out_pull_format("mjpeg"), OC_PULL_MJPEG);
    assert_int_equal(oc_out_pull_format("ts"), OC_PULL_TS);
    assert_int_equal(oc_out_pull_format(""), OC_PULL_FORMATS);
    assert_int_equal(oc_out_pull_format("MP4"), OC_PULL_FORMATS);
    assert_string_equal(oc_out_pull_type(OC_PULL_FLV), "video/x-flv");
    assert_string_equal(oc_out_pull_type(OC_PULL_TS), "video/mp2t");
    for (unsigned i = 0; i < OC_PULL_FORMATS; i++)
        assert_int_equal(oc_out_pull_format(oc_out_pull_ending((oc_pull_format_t)i)), i);
    assert_true(oc_out_pull_carries(OC_PULL_TS, OC_CODEC_OPUS));
    assert_false(oc_out_pull_carries(OC_PULL_TS, OC_CODEC_NONE) ||
                 oc_out_pull_carries(OC_PULL_FLV, OC_CODEC_AAC) || /* without a picture */
                 oc_out_pull_carries(OC_PULL_MJPEG, OC_CODEC_H264));
    assert_string_equal(oc_out_pull_type(OC_PULL_MJPEG),
                        "multipart/x-mixed-replace; boundary=" OC_PULL_BOUNDARY);
}

static void nothing_there_is_no_error(void **state) {
    char why[160];
    assert_int_equal(oc_out_pull_init(rig.pull, rig.ring, OC_PULL_MP4, false, why, sizeof why),
                     OC_AGAIN);
    describe(0, OC_CODEC_H264, 90000, "avcC");
    begin(OC_PULL_FLV);
    assert_int_equal(drink(), 0);
    assert_int_equal(rig.result, OC_AGAIN);
    oc_fmp4_fragment_t small = {.head = rig.head, .head_size = 40, .spans = rig.spans, 3, 0, 0, 0};
    push(0, 0, true, 1);
    assert_int_equal(oc_out_pull_next(rig.pull, &small), OC_ERR_CLOSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(flv_holds_each_packet),
        TEST(flv_times_go_on_for_days),
        TEST(flv_leaves_out_what_it_cannot_carry),
        TEST(flv_describes_what_changes),
        TEST(ts_holds_each_packet),
        TEST(ts_looks_for_pictures_before_their_time),
        TEST(ts_describes_what_changes),
        TEST(ts_of_sound_alone),
        TEST(ts_passes_over_what_is_no_picture),
        TEST(mp4_carries_jpeg_and_g711),
        TEST(a_channel_of_sound_only_is_an_mp4),
        TEST(sound_alone_is_an_flv_on_request),
        TEST(what_is_left_out_is_counted),
        TEST(multipart_sends_the_newest_image),
        TEST(formats_have_names),
        TEST(nothing_there_is_no_error),
    };
    return cmocka_run_group_tests_name("out_pull", tests, NULL, NULL);
}
