/* oc_out_span: what was put into the ring comes out as one file, read by offset as a sender reads
 * it, and understood by the reader of MP4. */
#include "cmocka_first.h"

#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_mp4_read.h"
#include "oc_out_span.h"

#define RING_BYTES (2 * 1024 * 1024)
#define PAYLOAD    64   /* bytes of a packet; picture n holds n */
#define PICTURE    3600 /* ticks: 25 a second */
#define SOUND      160  /* ticks: 50 a second */
#define GOP        25   /* pictures */
#define SAMPLES    4096

typedef struct sample {
    uint8_t fill, track;
    int64_t dts;
    bool key;
} sample_t;

typedef struct rig {
    void *memory, *span_memory;
    oc_ring_t *ring;
    uint16_t config_id[OC_TRACKS_MAX];
    oc_out_span_plan_t plan;
    oc_out_span_work_t work;
    oc_out_span_t *span;
    sample_t sample[SAMPLES];
    unsigned samples;
} rig_t;

static rig_t rig;

static int setup(void **state) {
    oc_ring_plan_t plan = {.bytes = RING_BYTES, .bitrate_bps = 300000, .packets_per_s = 1000};
    oc_ring_size_t size;
    memset(&rig, 0, sizeof rig);
    if (oc_ring_plan(&plan, &size, NULL, 0) != OC_OK)
        return 1;
    rig.memory = aligned_alloc(16, (size.total_bytes + 15) / 16 * 16);
    rig.ring = oc_ring_init(rig.memory, NULL, &plan, &size);
    return rig.ring ? 0 : 1;
}

static int teardown(void **state) {
    free(rig.memory);
    free(rig.span_memory);
    return 0;
}

static void describe(unsigned index, oc_codec_t codec, uint32_t timescale, uint16_t width) {
    static const uint8_t avcc[] = {1,    0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0,    4,    0x67, 0x42,
                                   0xC0, 0x1E, 1,    0,    4,    0x68, 0xCE, 0x3C, 0x80};
    oc_track_t track = {.codec = codec, .timescale = timescale};
    if (oc_codec_is_audio(codec)) {
        track.sample_rate = timescale;
        track.channels = 1;
    } else {
        track.width = width;
        track.height = 240;
    }
    if (codec == OC_CODEC_H264) {
        track.config_len = sizeof avcc;
        memcpy(track.config, avcc, sizeof avcc);
    }
    int id = oc_ring_set_track(rig.ring, index, &track);
    assert_true(id > 0);
    rig.config_id[index] = (uint16_t)id;
}

static void push(unsigned track, int64_t dts, bool key, uint8_t fill, bool jump) {
    uint8_t data[PAYLOAD] = {0, 0, 0, PAYLOAD - 4};
    memset(data + 4, fill, sizeof data - 4);
    oc_packet_t packet = {.data = data,
                          .len_bytes = sizeof data,
                          .dts = dts,
                          .config_id = rig.config_id[track],
                          .track = (uint8_t)track,
                          .key = key,
                          .jump = jump};
    assert_int_equal(oc_ring_push(rig.ring, &packet), OC_OK);
}

/* Pictures from .. to, a key each GOP; two packets of sound with each. */
static void run(int from, int to, bool sound) {
    for (int i = from; i < to; i++) {
        push(0, (int64_t)i * PICTURE, i % GOP == 0, (uint8_t)i, false);
        for (int k = 0; sound && k < 2; k++)
            push(1, (int64_t)(2 * i + k) * SOUND, true, (uint8_t)(2 * i + k), false);
    }
}

static void make(oc_out_span_request_t request) {
    assert_int_equal(oc_out_span_plan(rig.ring, &request, &rig.plan), OC_OK);
    free(rig.span_memory);
    rig.span_memory = aligned_alloc(16, (rig.plan.memory + 15) / 16 * 16);
    assert_int_equal(oc_out_span_make(rig.ring, &rig.plan, &rig.work, rig.span_memory, &rig.span),
                     OC_OK);
}

/* As a sender: parts that end anywhere. */
static int read_at(void *context, uint64_t offset, void *data, size_t size) {
    uint64_t all = oc_out_span_bytes(rig.span), at = offset;
    size_t step = 1 + offset % 97;
    if (offset > all || size > all - offset)
        return OC_ERR_TRUNC;
    while (at < offset + size) {
        size_t left = (size_t)(offset + size - at), part = left < step ? left : step;
        int64_t got = oc_out_span_read(rig.span, at, (uint8_t *)data + (at - offset), part);
        assert_int_equal(got, part);
        at += part;
    }
    return OC_OK;
}

/* Reads the file, and every payload in it. */
static void understand(void) {
    static _Alignas(16) uint8_t memory[OC_MP4_READ_BYTES];
    oc_mp4_source_t source = {read_at, NULL, oc_out_span_bytes(rig.span)};
    oc_mp4_read_t *reader;
    oc_mp4_sample_t sample;
    oc_mp4_info_t info;
    char why[160];
    rig.samples = 0;
    if (oc_mp4_read_open(&reader, memory, &source, why, sizeof why) != OC_OK)
        fail_msg("%s", why);
    assert_int_equal(oc_mp4_read_info(reader, &info), OC_OK);
    assert_false(info.torn);
    assert_int_equal(info.fragments, rig.plan.fragments);
    while (oc_mp4_read_next(reader, &sample) == OC_OK) {
        uint8_t data[PAYLOAD];
        assert_int_equal(sample.len_bytes, PAYLOAD);
        assert_int_equal(read_at(NULL, sample.offset, data, sizeof data), OC_OK);
        for (unsigned i = 5; i < PAYLOAD; i++)
            assert_int_equal(data[i], data[4]);
        assert_true(rig.samples < SAMPLES);
        rig.sample[rig.samples++] =
            (sample_t){data[4], (uint8_t)sample.track, sample.dts, sample.key};
    }
}

static void it_begins_at_a_key_picture(void **state) {
    describe(0, OC_CODEC_H264, 90000, 320);
    describe(1, OC_CODEC_PCMU, 8000, 0);
    run(0, 250, true); /* 10 s; the newest packet is sound at 9.98 s */
    make((oc_out_span_request_t){.before_ms = 4100}); /* 5.88 s: the GOP of 5 s */
    assert_string_equal(oc_out_span_type(rig.span), "video/mp4");
    assert_int_equal(rig.plan.packets, 3 * 125);
    assert_int_equal(rig.plan.duration_ms, 4980);
    understand();
    assert_int_equal(rig.samples, 3 * 125);
    assert_int_equal(rig.sample[0].fill, 125);
    assert_true(rig.sample[0].key && rig.sample[0].track == 0);
    for (unsigned i = 0; i < rig.samples; i++) {
        const sample_t *s = &rig.sample[i];
        assert_int_equal(s->fill, s->track ? (uint8_t)(250 + s->dts / SOUND)
                                           : (uint8_t)(125 + s->dts / PICTURE));
        assert_int_equal(s->key, s->track || (s->fill % GOP) == 0 || s->dts % (GOP * PICTURE) == 0);
    }
    make((oc_out_span_request_t){.before_ms = 3600000}); /* as far as the ring goes */
    understand();
    assert_int_equal(rig.samples, 3 * 250);
}

static void it_ends_where_requested(void **state) {
    describe(0, OC_CODEC_H264, 90000, 320);
    run(0, 250, false); /* the newest at 9.96 s */
    make((oc_out_span_request_t){.before_ms = 4960, .until_ms = 2960});
    understand();
    assert_int_equal(rig.samples, 51); /* 5 s to 7 s, both counted */
    assert_int_equal(rig.sample[50].fill, 175);
    make((oc_out_span_request_t){.before_ms = 1000, .until_ms = 5000}); /* ends before it begins */
    understand();
    assert_int_equal(rig.samples, 1);
}

static void it_may_be_silent(void **state) {
    describe(0, OC_CODEC_H264, 90000, 320);
    describe(1, OC_CODEC_PCMU, 8000, 0);
    run(0, 50, true);
    make((oc_out_span_request_t){.before_ms = 5000, .no_audio = true});
    understand();
    assert_int_equal(rig.samples, 50);
    for (unsigned i = 0; i < rig.samples; i++)
        assert_int_equal(rig.sample[i].track, 0);
}

static void a_change_of_the_pictures_begins_it(void **state) {
    describe(0, OC_CODEC_H264, 90000, 320);
    run(0, 100, false);
    describe(0, OC_CODEC_H264, 90000, 640);
    run(100, 150, false);
    make((oc_out_span_request_t){.before_ms = 60000});
    understand();
    assert_int_equal(rig.samples, 50);
    assert_int_equal(rig.sample[0].fill, 100);
    assert_int_equal(rig.plan.tracks.track[0].width, 640);
}

static void a_gap_is_a_gap(void **state) {
    describe(0, OC_CODEC_H264, 90000, 320);
    run(0, 30, false);
    push(0, 900000, true, 30, true);
    push(0, 903600, false, 31, false);
    make((oc_out_span_request_t){.before_ms = 60000});
    understand();
    assert_int_equal(rig.plan.fragments, 2);
    assert_int_equal(rig.samples, 32);
    assert_int_equal(rig.sample[30].dts, 900000);
}

static void sound_alone(void **state) {
    oc_out_span_request_t silent = {.before_ms = 1000, .no_audio = true};
    describe(1, OC_CODEC_PCMA, 8000, 0);
    for (int i = 0; i < 100; i++)
        push(1, (int64_t)i * SOUND, true, (uint8_t)i, false);
    make((oc_out_span_request_t){.before_ms = 1000});
    assert_string_equal(oc_out_span_type(rig.span), "audio/mp4");
    understand();
    assert_int_equal(rig.samples, 51);
    assert_int_equal(oc_out_span_plan(rig.ring, &silent, &rig.plan), OC_ERR_NOENT);
}

static void a_picture(void **state) {
    describe(0, OC_CODEC_H264, 90000, 320);
    describe(1, OC_CODEC_PCMU, 8000, 0);
    run(0, 60, true);
    make((oc_out_span_request_t){.picture = true});
    assert_string_equal(oc_out_span_type(rig.span), "video/mp4");
    understand();
    assert_int_equal(rig.samples, 1);
    assert_int_equal(rig.sample[0].fill, 50);
    assert_int_equal(rig.plan.first, rig.plan.last);
}

static void a_jpeg_is_itself(void **state) {
    uint8_t data[PAYLOAD + 1];
    describe(0, OC_CODEC_MJPEG, 90000, 320);
    describe(1, OC_CODEC_PCMU, 8000, 0);
    for (int i = 0; i < 3; i++) {
        push(0, (int64_t)i * PICTURE, true, (uint8_t)i, false);
        push(1, (int64_t)i * SOUND, true, (uint8_t)i, false);
    }
    make((oc_out_span_request_t){.picture = true});
    assert_string_equal(oc_out_span_type(rig.span), "image/jpeg");
    assert_int_equal(oc_out_span_bytes(rig.span), PAYLOAD);
    assert_int_equal(oc_out_span_read(rig.span, 3, data, sizeof data), PAYLOAD - 3);
    assert_int_equal(data[1], 2);
    make((oc_out_span_request_t){.before_ms = 1000}); /* the span is a file */
    understand();
    assert_int_equal(rig.samples, 6);
}

static void pinned_bytes_stay(void **state) {
    static sample_t before[SAMPLES];
    describe(0, OC_CODEC_H264, 90000, 320);
    run(0, 100, false);
    make((oc_out_span_request_t){.before_ms = 60000});
    assert_true(oc_ring_lend(rig.ring, rig.plan.first, rig.plan.last) >= 0);
    understand();
    assert_int_equal(rig.samples, 100);
    memcpy(before, rig.sample, sizeof before);
    run(100, 100 + 2 * RING_BYTES / PAYLOAD, false); /* twice around */
    assert_true(oc_ring_oldest(rig.ring) > rig.plan.last);
    understand();
    assert_int_equal(rig.samples, 100);
    assert_memory_equal(before, rig.sample, 100 * sizeof before[0]);
}

/* What another one describes: its headers are copied, its payloads are not. */
static void what_is_described_elsewhere(void **state) {
    static _Alignas(16) uint8_t memory[512];
    uint8_t head[] = "[one][two]", payload[] = "payload", out[32] = {0};
    oc_span_t spans[] = {oc_span(head, 5), oc_span(payload, 7), oc_span(head + 5, 5),
                         oc_span(payload, 3)};
    oc_fmp4_fragment_t fragment = {
        .head = head, .head_len = 10, .spans = spans, .spans_len = 4, .bytes = 20};
    assert_true(oc_out_span_of_bytes(&fragment) <= sizeof memory);
    memset(memory + oc_out_span_of_bytes(&fragment), 'x', 1);
    oc_out_span_t *span = oc_out_span_of(&fragment, "video/iso.segment", memory);
    memset(head, '-', 10);
    memcpy(payload, "P", 1);
    assert_int_equal(oc_out_span_bytes(span), 20);
    assert_string_equal(oc_out_span_type(span), "video/iso.segment");
    assert_int_equal(oc_out_span_read(span, 0, out, sizeof out), 20);
    assert_memory_equal(out, "[one]Payload[two]Pay", 20);
    assert_int_equal(oc_out_span_read(span, 11, out, 4), 4);
    assert_memory_equal(out, "d[tw", 4);
    assert_int_equal(memory[oc_out_span_of_bytes(&fragment)], 'x');
}

static void refusals(void **state) {
    oc_out_span_request_t all = {.before_ms = 3600000}, picture = {.picture = true};
    assert_int_equal(oc_out_span_plan(rig.ring, &all, &rig.plan), OC_AGAIN);
    describe(0, OC_CODEC_H264, 90000, 320);
    assert_int_equal(oc_out_span_plan(rig.ring, &all, &rig.plan), OC_AGAIN);
    assert_int_equal(oc_out_span_plan(rig.ring, &picture, &rig.plan), OC_AGAIN);
    run(0, OC_OUT_SPAN_PACKETS_MAX - GOP, false);
    assert_true(oc_ring_newest(rig.ring) - oc_ring_oldest(rig.ring) > 0);
    make(all);
    assert_int_equal(rig.plan.last, OC_OUT_SPAN_PACKETS_MAX - GOP);
    run(OC_OUT_SPAN_PACKETS_MAX - GOP, OC_OUT_SPAN_PACKETS_MAX + GOP, false);
    if (oc_ring_oldest(rig.ring) > 1)
        fail_msg("the ring is too small for this test");
    assert_int_equal(oc_out_span_plan(rig.ring, &all, &rig.plan), OC_ERR_TOO_BIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(it_begins_at_a_key_picture),
        TEST(it_ends_where_requested),
        TEST(it_may_be_silent),
        TEST(a_change_of_the_pictures_begins_it),
        TEST(a_gap_is_a_gap),
        TEST(sound_alone),
        TEST(a_picture),
        TEST(a_jpeg_is_itself),
        TEST(pinned_bytes_stay),
        TEST(what_is_described_elsewhere),
        TEST(refusals),
    };
    return cmocka_run_group_tests_name("out_span", tests, NULL, NULL);
}
