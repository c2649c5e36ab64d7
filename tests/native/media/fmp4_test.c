/* oc_fmp4: fragments are one header and the packets' own bytes. */
#include "media_fixture.h"
#include "oc_box.h"

#define N 64

typedef struct arena {
    uint8_t bytes[64 * 1024];
    oc_packet_t packets[N];
    size_t used;
} arena_t;

/* Packets of both tracks in time order, payloads end to end as in a ring. */
static void fill(arena_t *a, unsigned n) {
    int64_t dts[2] = {0, 0};
    a->used = 0;
    for (unsigned i = 0; i < n; i++) {
        unsigned track = dts[1] * 30000 < dts[0] * 44100;
        uint32_t len = 20 + i * 7;
        memset(a->bytes + a->used, (int)i + 1, len);
        a->packets[i] = (oc_packet_t){.data = a->bytes + a->used,
                                      .len_bytes = len,
                                      .dts = dts[track],
                                      .duration = track ? 1024 : 1001,
                                      .track = (uint8_t)track,
                                      .key = track || i == 0};
        dts[track] += track ? 1024 : 1001;
        a->used += len;
    }
}

/* Counts allocations of the code under test: the linker sends them here (CMakeLists.txt). */
static unsigned allocations;
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
    allocations++;
    return __real_malloc(size);
}
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size) {
    allocations++;
    return __real_realloc(p, size);
}
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size) {
    allocations++;
    return __real_calloc(n, size);
}

static oc_fmp4_t mux_of(oc_codec_t video, oc_codec_t audio) {
    oc_track_t tracks[OC_TRACKS_MAX] = {fixture_track(video), fixture_track(audio)};
    oc_fmp4_t mux;
    assert_int_equal(oc_fmp4_init(&mux, tracks, NULL), OC_OK);
    return mux;
}

static uint8_t head[OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX)];
static oc_span_t spans[OC_FMP4_PACKETS_MAX + 1];

static oc_fmp4_fragment_t room(size_t n) {
    return (oc_fmp4_fragment_t){
        .head = head, .head_size = OC_FMP4_HEAD_MAX(n), .spans = spans, .spans_size = n + 1};
}

/* Where the packet's first byte lies among the spans' bytes in file order. */
static bool is_covered(const oc_fmp4_fragment_t *f, const oc_packet_t *p) {
    for (size_t i = 1; i < f->spans_len; i++) {
        if (p->data >= f->spans[i].data &&
            p->data + p->len_bytes <= f->spans[i].data + f->spans[i].len)
            return true;
    }
    return false;
}

static void spans_point_at_the_packets_own_bytes(void **state) {
    static arena_t a;
    oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_AAC);
    fill(&a, N);
    oc_fmp4_fragment_t f = room(N);
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, N, NULL, &f), OC_OK);
    assert_ptr_equal(f.spans[0].data, head);
    assert_int_equal(f.spans[0].len, f.head_len);
    uint64_t sum = 0;
    for (size_t i = 0; i < f.spans_len; i++)
        sum += f.spans[i].len;
    assert_true(sum == f.bytes);
    assert_true(f.bytes == f.head_len + a.used); /* every payload byte once, none twice */
    for (unsigned i = 0; i < N; i++)
        assert_true(is_covered(&f, &a.packets[i]));
    assert_true(f.head_len <= OC_FMP4_HEAD_MAX(N));
}

static void payloads_that_lie_side_by_side_are_one_span(void **state) {
    static arena_t a;
    oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_NONE);
    fill(&a, N);
    for (unsigned i = 0; i < N; i++) {
        a.packets[i].track = 0;
        a.packets[i].dts = i * 1001;
    }
    oc_fmp4_fragment_t f = room(N);
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, N, NULL, &f), OC_OK);
    assert_int_equal(f.spans_len, 2);
    assert_ptr_equal(f.spans[1].data, a.bytes);
    assert_int_equal(f.spans[1].len, a.used);
    a.packets[10].data++; /* a gap before and behind one packet */
    a.packets[10].len_bytes -= 2;
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, N, NULL, &f), OC_OK);
    assert_int_equal(f.spans_len, 4);
    assert_ptr_equal(f.spans[2].data, a.packets[10].data);
}

static void one_packet_makes_a_fragment_of_fixed_size(void **state) {
    static arena_t a;
    oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_AAC);
    fill(&a, 2);
    a.packets[0].cts = -7;
    oc_fmp4_fragment_t f = room(1);
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, 1, NULL, &f), OC_OK);
    assert_int_equal(f.spans_len, 2);
    assert_ptr_equal(f.spans[1].data, a.packets[0].data);
    assert_int_equal(f.spans[1].len, a.packets[0].len_bytes);
    assert_int_equal(f.head_len, 112);
    oc_rd_t r = oc_rd(oc_span(head, f.head_len));
    assert_int_equal(oc_rd_u32(&r), 104);
    assert_int_equal(oc_rd_u32(&r), OC_BOX_TYPE('m', 'o', 'o', 'f'));
    assert_int_equal(mux.sequence, 1);
}

static void nothing_is_allocated_and_only_the_header_is_written(void **state) {
    static arena_t a, before;
    static fixture_file_t f;
    uint8_t init[OC_FMP4_INIT_MAX];
    oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_AAC);
    fill(&a, N);
    before = a;
    allocations = 0;
    assert_true(oc_fmp4_init_segment(&mux, init, sizeof init) > 0);
    for (unsigned n = 1; n <= N; n++) {
        oc_fmp4_fragment_t out = room(n);
        memset(head, 0xEE, sizeof head);
        assert_int_equal(oc_fmp4_fragment(&mux, a.packets, n, NULL, &out), OC_OK);
        for (size_t i = out.head_len; i < sizeof head; i++) /* no payload was copied behind it */
            assert_int_equal(head[i], 0xEE);
    }
    assert_int_equal(allocations, 0);
    assert_memory_equal(a.bytes, before.bytes, sizeof a.bytes);
    /* and the counter counts */
    fixture_put(&f, init, 1);
    assert_true(allocations > 0);
    free(f.data);
}

static void reading_allocates_nothing(void **state) {
    static arena_t a;
    oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_AAC);
    fixture_file_t f = {0};
    void *memory;
    oc_mp4_sample_t s;
    oc_mp4_info_t info;
    fill(&a, N);
    fixture_init_segment(&f, &mux);
    assert_int_equal(fixture_fragment(&f, &mux, a.packets, N, NULL), OC_OK);
    memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    allocations = 0;
    oc_mp4_source_t source = fixture_source(&f);
    oc_mp4_read_t *reader;
    unsigned samples = 0;
    assert_int_equal(oc_mp4_read_open(&reader, memory, &source, NULL, 0), OC_OK);
    while (oc_mp4_read_next(reader, &s) == OC_OK)
        samples++;
    assert_int_equal(samples, N);
    assert_int_equal(oc_mp4_read_info(reader, &info), OC_OK);
    assert_int_equal(oc_mp4_read_seek(reader, 500000), OC_OK);
    assert_int_equal(allocations, 0);
    free(memory);
    free(f.data);
}

/* How the picture is to be turned is written and read back, each quarter. */
static void rotation_goes_round(void **state) {
    static arena_t a;
    void *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    fill(&a, N);
    for (unsigned degrees = 0; degrees < 360; degrees += 90) {
        oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_AAC);
        fixture_file_t f = {0};
        oc_mp4_read_t *reader;
        mux.track[0].rotation = (uint16_t)degrees;
        fixture_init_segment(&f, &mux);
        assert_int_equal(fixture_fragment(&f, &mux, a.packets, N, NULL), OC_OK);
        oc_mp4_source_t source = fixture_source(&f);
        assert_int_equal(oc_mp4_read_open(&reader, memory, &source, NULL, 0), OC_OK);
        assert_int_equal(oc_mp4_read_track(reader, 0)->rotation, degrees);
        assert_int_equal(oc_mp4_read_track(reader, 1)->rotation, 0);
        free(f.data);
    }
    free(memory);
}

/* Reads the boxes of a fragment's header: what 14496-12 and CMAF ask for. */
static void a_fragment_is_based_on_its_moof_and_has_64_bit_times(void **state) {
    static arena_t a;
    int64_t base[OC_TRACKS_MAX] = {1000, 2000};
    oc_track_t tracks[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H264), fixture_track(OC_CODEC_AAC)};
    oc_fmp4_t mux;
    assert_int_equal(oc_fmp4_init(&mux, tracks, base), OC_OK);
    fill(&a, N);
    const int64_t far = (int64_t)1 << 40;
    for (unsigned i = 0; i < N; i++)
        a.packets[i].dts += far + base[a.packets[i].track];
    for (unsigned n = 1; n <= N; n += N - 1) {
        oc_fmp4_fragment_t f = room(n);
        assert_int_equal(oc_fmp4_fragment(&mux, a.packets, n, NULL, &f), OC_OK);
        oc_rd_t r = oc_rd(oc_span(head, f.head_len));
        oc_rd_skip(&r, 8 + 16 + 8);
        assert_int_equal(oc_rd_u32(&r), 16);
        assert_int_equal(oc_rd_u32(&r), OC_BOX_TYPE('t', 'f', 'h', 'd'));
        assert_int_equal(oc_rd_u32(&r), 0x020000); /* default-base-is-moof and nothing else */
        assert_int_equal(oc_rd_u32(&r), 1);
        assert_int_equal(oc_rd_u32(&r), 20);
        assert_int_equal(oc_rd_u32(&r), OC_BOX_TYPE('t', 'f', 'd', 't'));
        assert_int_equal(oc_rd_u32(&r), 0x01000000); /* version 1 */
        assert_true(oc_rd_u64(&r) == (uint64_t)far);
        oc_rd_skip(&r, 4);
        assert_int_equal(oc_rd_u32(&r), OC_BOX_TYPE('t', 'r', 'u', 'n'));
        assert_int_equal(oc_rd_u8(&r), 1); /* signed composition offsets */
        oc_rd_skip(&r, 3 + 4);
        assert_int_equal(oc_rd_u32(&r), f.head_len); /* data_offset of the first track */
        assert_false(r.bad);
    }
}

static void what_cannot_be_written_is_refused_and_changes_nothing(void **state) {
    static arena_t a;
    oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_AAC);
    int64_t next[OC_TRACKS_MAX] = {-1, -1};
    fill(&a, N);
    oc_fmp4_fragment_t f = room(N);
    oc_fmp4_t before = mux;
    f.head_size = 400;
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, N, NULL, &f), OC_ERR_NOMEM);
    f = room(N);
    f.spans_size = N;
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, N, NULL, &f), OC_ERR_NOMEM);
    f.spans_size = 1;
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, 1, NULL, &f), OC_ERR_NOMEM);
    f = room(N);
    f.head_size = 111;
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, 1, NULL, &f), OC_ERR_NOMEM);
    f = room(N);
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, 0, NULL, &f), OC_AGAIN);
    mux.base_dts[0] = before.base_dts[0] = 1;
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, 1, NULL, &f), OC_ERR_RANGE);
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, N, NULL, &f), OC_ERR_RANGE);
    mux.base_dts[0] = before.base_dts[0] = 0;
    next[0] = (int64_t)1 << 33; /* a last duration beyond 32 bits */
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, 1, next, &f), OC_ERR_RANGE);
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, N, next, &f), OC_ERR_RANGE);
    a.packets[N - 1].dts += (int64_t)1 << 33; /* and one in the middle */
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, N, NULL, &f), OC_ERR_RANGE);
    assert_memory_equal(&mux, &before, sizeof mux);
}

static void packets_of_absent_tracks_and_empty_ones_are_left_out(void **state) {
    static arena_t a;
    oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_NONE);
    fill(&a, N);
    uint64_t video = 0;
    for (unsigned i = 0; i < N; i++)
        video += a.packets[i].track ? 0 : a.packets[i].len_bytes;
    oc_fmp4_fragment_t f = room(N);
    assert_int_equal(oc_fmp4_fragment(&mux, a.packets, N, NULL, &f), OC_OK);
    assert_true(f.bytes - f.head_len == video);
    oc_packet_t audio = {.data = a.bytes, .len_bytes = 5, .track = 1, .key = true};
    assert_int_equal(oc_fmp4_fragment(&mux, &audio, 1, NULL, &f), OC_AGAIN);
    oc_packet_t pair[2] = {audio, audio};
    assert_int_equal(oc_fmp4_fragment(&mux, pair, 2, NULL, &f), OC_AGAIN);
    oc_packet_t empty = {.data = a.bytes, .len_bytes = 0, .track = 0, .key = true};
    assert_int_equal(oc_fmp4_fragment(&mux, &empty, 1, NULL, &f), OC_AGAIN);
    oc_packet_t odd = {.data = a.bytes, .len_bytes = 1, .track = 200, .key = true};
    assert_int_equal(oc_fmp4_fragment(&mux, &odd, 1, NULL, &f), OC_AGAIN);
}

static void the_stated_sizes_are_enough_for_the_largest(void **state) {
    oc_track_t tracks[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H265), fixture_track(OC_CODEC_AAC)};
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        tracks[i].config_len = OC_TRACK_CONFIG_MAX;
    oc_fmp4_t mux;
    uint8_t init[OC_FMP4_INIT_MAX];
    assert_int_equal(oc_fmp4_init(&mux, tracks, NULL), OC_OK);
    int len = oc_fmp4_init_segment(&mux, init, sizeof init);
    assert_true(len > 0);
    assert_int_equal(oc_fmp4_init_segment(&mux, init, (size_t)len), len);
    assert_int_equal(oc_fmp4_init_segment(&mux, init, (size_t)len - 1), OC_ERR_NOMEM);
    /* worst header: both tracks, B-frames, and key packets in the middle */
    static oc_packet_t packets[OC_FMP4_PACKETS_MAX];
    static const uint8_t byte[1];
    for (unsigned n = 1; n <= OC_FMP4_PACKETS_MAX; n += n < 10 ? 1 : 119) {
        for (unsigned i = 0; i < n; i++)
            packets[i] = (oc_packet_t){.data = byte,
                                       .len_bytes = 1,
                                       .dts = i,
                                       .cts = 1,
                                       .track = i & 1,
                                       .key = i % 3 == 0};
        oc_fmp4_fragment_t f = room(n);
        assert_int_equal(oc_fmp4_fragment(&mux, packets, n, NULL, &f), OC_OK);
    }
    oc_fmp4_fragment_t f = room(OC_FMP4_PACKETS_MAX);
    assert_int_equal(oc_fmp4_fragment(&mux, packets, OC_FMP4_PACKETS_MAX + 1, NULL, &f),
                     OC_ERR_RANGE);
}

static void tracks_without_what_a_decoder_needs_are_refused(void **state) {
    oc_track_t tracks[OC_TRACKS_MAX] = {{.codec = OC_CODEC_NONE}};
    oc_fmp4_t mux;
    assert_int_equal(oc_fmp4_init(&mux, tracks, NULL), OC_ERR_INVAL);
    static const oc_codec_t configured[] = {OC_CODEC_H264, OC_CODEC_H265, OC_CODEC_AAC,
                                            OC_CODEC_OPUS};
    for (unsigned i = 0; i < 4; i++) {
        tracks[0] = fixture_track(configured[i]);
        assert_int_equal(oc_fmp4_init(&mux, tracks, NULL), OC_OK);
        tracks[0].config_len = 0;
        assert_int_equal(oc_fmp4_init(&mux, tracks, NULL), OC_ERR_INVAL);
    }
    tracks[0] = fixture_track(OC_CODEC_PCMA);
    tracks[0].timescale = 0;
    assert_int_equal(oc_fmp4_init(&mux, tracks, NULL), OC_ERR_INVAL);
}

static void codecs_are_named_as_in_rfc_6381(void **state) {
    char out[64];
    oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_AAC);
    assert_int_equal(oc_fmp4_codecs(&mux, out, sizeof out), OC_OK);
    assert_string_equal(out, "avc1.640028,mp4a.40.2");
    mux.track[0].in_band = true;
    assert_int_equal(oc_fmp4_codecs(&mux, out, sizeof out), OC_OK);
    assert_string_equal(out, "avc3.640028,mp4a.40.2");
    mux = mux_of(OC_CODEC_H265, OC_CODEC_OPUS);
    assert_int_equal(oc_fmp4_codecs(&mux, out, sizeof out), OC_OK);
    assert_string_equal(out, "hvc1.1.6.L120.90,opus");
    mux = mux_of(OC_CODEC_MJPEG, OC_CODEC_PCMA);
    assert_int_equal(oc_fmp4_codecs(&mux, out, sizeof out), OC_OK);
    assert_string_equal(out, "mp4v.6c,alaw");
    mux = mux_of(OC_CODEC_NONE, OC_CODEC_PCMU);
    assert_int_equal(oc_fmp4_codecs(&mux, out, sizeof out), OC_OK);
    assert_string_equal(out, "ulaw");
    for (size_t size = 0; size < 5; size++)
        assert_int_equal(oc_fmp4_codecs(&mux, out, size), OC_ERR_NOMEM);
    assert_int_equal(oc_fmp4_codecs(&mux, out, 5), OC_OK);
}

/* A sender's clock went ahead by 2 s, and it says no durations: later fragments have their own. */
static void a_step_of_the_clock_is_not_repeated(void **state) {
    static uint8_t byte[1];
    oc_fmp4_t mux = mux_of(OC_CODEC_H264, OC_CODEC_NONE);
    oc_packet_t p[3] = {{.data = byte, .len_bytes = 1, .key = true},
                        {.data = byte, .len_bytes = 1, .dts = 3000},
                        {.data = byte, .len_bytes = 1, .dts = 6000}};
    int64_t step = 9000 + 2 * 90000, next_dts[OC_TRACKS_MAX] = {step, -1};
    oc_fmp4_fragment_t f = room(3);
    assert_int_equal(oc_fmp4_fragment(&mux, p, 3, next_dts, &f), OC_OK);
    assert_int_equal(mux.last_duration[0], step - 6000); /* there it is */
    p[0].dts = step;
    assert_int_equal(oc_fmp4_fragment(&mux, p, 1, NULL, &f), OC_OK);
    assert_int_equal(mux.last_duration[0], 3000);
    for (int i = 1; i < 4; i++) { /* of one packet, and of three */
        p[0].dts = step + i * 12000 - 9000;
        assert_int_equal(oc_fmp4_fragment(&mux, p, 1, NULL, &f), OC_OK);
        assert_int_equal(mux.last_duration[0], 3000);
        for (int k = 0; k < 3; k++)
            p[k].dts = step + i * 12000 - 6000 + k * 3000;
        f = room(3);
        assert_int_equal(oc_fmp4_fragment(&mux, p, 3, NULL, &f), OC_OK);
        assert_int_equal(mux.last_duration[0], 3000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_of_the_clock_is_not_repeated),
        cmocka_unit_test(spans_point_at_the_packets_own_bytes),
        cmocka_unit_test(payloads_that_lie_side_by_side_are_one_span),
        cmocka_unit_test(nothing_is_allocated_and_only_the_header_is_written),
        cmocka_unit_test(reading_allocates_nothing),
        cmocka_unit_test(rotation_goes_round),
        cmocka_unit_test(one_packet_makes_a_fragment_of_fixed_size),
        cmocka_unit_test(a_fragment_is_based_on_its_moof_and_has_64_bit_times),
        cmocka_unit_test(what_cannot_be_written_is_refused_and_changes_nothing),
        cmocka_unit_test(packets_of_absent_tracks_and_empty_ones_are_left_out),
        cmocka_unit_test(the_stated_sizes_are_enough_for_the_largest),
        cmocka_unit_test(tracks_without_what_a_decoder_needs_are_refused),
        cmocka_unit_test(codecs_are_named_as_in_rfc_6381),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
