/* oc_mp4_frag: fragments as other muxers write them, and fragments meant to keep a reader busy. */
#include "media_fixture.h"
#include "oc_box.h"

/* A file of one H.264 track under construction: an init segment, then fragments. */
typedef struct maker {
    fixture_file_t file;
    uint8_t bytes[4096];
    oc_wr_t w;
    size_t moof, traf, run;
} maker_t;

static void begin(maker_t *m) {
    oc_track_t tracks[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H264), {.codec = OC_CODEC_NONE}};
    oc_fmp4_t mux;
    memset(m, 0, sizeof *m);
    assert_int_equal(oc_fmp4_init(&mux, tracks, NULL), OC_OK);
    fixture_init_segment(&m->file, &mux);
    m->w = oc_wr(m->bytes, sizeof m->bytes);
}

/* moof, mfhd, traf, tfhd with the optional fields given in order */
static void open_traf(maker_t *m, uint32_t flags, const uint32_t *fields, unsigned n) {
    m->moof = oc_box_begin(&m->w, "moof");
    size_t mfhd = oc_box_begin_full(&m->w, "mfhd", 0);
    oc_wr_u32(&m->w, 1);
    oc_box_end(&m->w, mfhd);
    m->traf = oc_box_begin(&m->w, "traf");
    size_t tfhd = oc_box_begin_full(&m->w, "tfhd", flags);
    oc_wr_u32(&m->w, 1);
    for (unsigned i = 0; i < n; i++)
        oc_wr_u32(&m->w, fields[i]);
    oc_box_end(&m->w, tfhd);
}

static void put_tfdt(maker_t *m, uint32_t dts) {
    size_t tfdt = oc_box_begin_full(&m->w, "tfdt", 0); /* version 0: 32 bits */
    oc_wr_u32(&m->w, dts);
    oc_box_end(&m->w, tfdt);
}

static void put_trun(maker_t *m, uint32_t version_flags, uint32_t count, const uint32_t *fields,
                     unsigned n) {
    size_t trun = oc_box_begin_full(&m->w, "trun", version_flags);
    oc_wr_u32(&m->w, count);
    for (unsigned i = 0; i < n; i++)
        oc_wr_u32(&m->w, fields[i]);
    oc_box_end(&m->w, trun);
}

/* Ends traf and moof and puts a payload of n bytes behind them; returns where it starts. */
static size_t close_moof(maker_t *m, size_t n) {
    oc_box_end(&m->w, m->traf);
    oc_box_end(&m->w, m->moof);
    oc_wr_u32(&m->w, (uint32_t)(8 + n));
    oc_wr_bytes(&m->w, "mdat", 4);
    size_t at = m->file.len + oc_wr_len(&m->w);
    oc_wr_zero(&m->w, n);
    assert_false(m->w.bad);
    fixture_put(&m->file, m->bytes, oc_wr_len(&m->w));
    m->w = oc_wr(m->bytes, sizeof m->bytes);
    return at;
}

static void expect(oc_mp4_read_t *r, uint64_t offset, uint32_t len, int64_t dts, int32_t cts,
                   uint32_t duration, bool key) {
    oc_mp4_sample_t s;
    assert_int_equal(oc_mp4_read_next(r, &s), OC_OK);
    assert_true(s.offset == offset);
    assert_int_equal(s.len_bytes, len);
    assert_true(s.dts == dts);
    assert_int_equal(s.cts, cts);
    assert_int_equal(s.duration, duration);
    assert_int_equal(s.key, key);
}

#define NUMBERS(...) (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4

static void defaults_come_from_tfhd_and_runs_follow_each_other(void **state) {
    static maker_t m;
    void *memory;
    begin(&m);
    /* default duration, size, flags; the first sample of the first run is a key */
    open_traf(&m, 0x020038, NUMBERS(500, 10, 0x10000));
    put_tfdt(&m, 7000);
    put_trun(&m, 0x000005, 2, NUMBERS(0, 0x02000000));
    size_t offset_field = oc_wr_len(&m.w) - 8;
    put_trun(&m, 0x000200, 2, NUMBERS(3, 4));                        /* sizes, no offset */
    put_trun(&m, 0x000100 | 0x800, 1, NUMBERS(900, 0x80000000 | 1)); /* duration, offset */
    oc_wr_patch_u32(&m.w, offset_field, (uint32_t)(oc_wr_len(&m.w) - m.moof + 8));
    size_t at = close_moof(&m, 64);
    oc_mp4_read_t *r = fixture_open(&m.file, &memory);
    expect(r, at, 10, 7000, 0, 500, true);
    expect(r, at + 10, 10, 7500, 0, 500, false);
    expect(r, at + 20, 3, 8000, 0, 500, false);
    expect(r, at + 23, 4, 8500, 0, 500, false);
    expect(r, at + 27, 10, 9000, INT32_MIN + 1, 900, false);
    free(memory);
    free(m.file.data);
}

static void time_goes_on_without_tfdt_and_never_back(void **state) {
    static maker_t m;
    void *memory;
    size_t at[3];
    begin(&m);
    for (unsigned i = 0; i < 3; i++) {
        open_traf(&m, 0x020000, NULL, 0);
        if (i == 2)
            put_tfdt(&m, 50); /* before the sample of the second fragment */
        put_trun(&m, 0x000301, 1, NUMBERS(84 + (i == 2 ? 16 : 0), 100, 5));
        at[i] = close_moof(&m, 5);
    }
    oc_mp4_read_t *r = fixture_open(&m.file, &memory);
    expect(r, at[0], 5, 0, 0, 100, false);
    expect(r, at[1], 5, 100, 0, 100, false);
    expect(r, at[2], 5, 100, 0, 100, false);
    free(memory);
    free(m.file.data);
}

static void a_base_data_offset_counts_from_the_start_of_the_file(void **state) {
    static maker_t m;
    void *memory;
    begin(&m);
    uint32_t base = (uint32_t)m.file.len;
    open_traf(&m, 0x000001, NUMBERS(0, base));
    put_trun(&m, 0x000301, 1, NUMBERS(92, 100, 5));
    size_t at = close_moof(&m, 5);
    assert_int_equal(at, base + 92);
    oc_mp4_read_t *r = fixture_open(&m.file, &memory);
    expect(r, at, 5, 0, 0, 100, false);
    free(memory);
    free(m.file.data);
}

static void boxes_between_fragments_are_passed_over(void **state) {
    static maker_t m;
    void *memory;
    static const uint8_t sidx[] = {0, 0, 0, 12, 's', 'i', 'd', 'x', 9, 9, 9, 9};
    static const uint8_t styp[] = {0, 0, 0, 1, 's', 't', 'y', 'p', 0, 0, 0, 0, 0, 0, 0, 16};
    size_t at[2];
    begin(&m);
    for (unsigned i = 0; i < 2; i++) {
        fixture_put(&m.file, styp, sizeof styp);
        fixture_put(&m.file, sidx, sizeof sidx);
        open_traf(&m, 0x020000, NULL, 0);
        put_trun(&m, 0x000301, 1, NUMBERS(84, 100, 5));
        at[i] = close_moof(&m, 5);
    }
    oc_mp4_read_t *r = fixture_open(&m.file, &memory);
    oc_mp4_info_t info;
    expect(r, at[0], 5, 0, 0, 100, false);
    expect(r, at[1], 5, 100, 0, 100, false);
    assert_int_equal(oc_mp4_read_info(r, &info), OC_OK);
    assert_int_equal(info.fragments, 2);
    assert_false(info.torn);
    free(memory);
    free(m.file.data);
}

/* Reads to the end; returns the outcome and counts samples. */
static int drain(fixture_file_t *f, uint64_t *samples) {
    void *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    oc_mp4_source_t source = fixture_source(f);
    oc_mp4_read_t *r = NULL;
    oc_mp4_sample_t s;
    oc_mp4_info_t info;
    f->reads = f->read_bytes = *samples = 0;
    int rc = oc_mp4_read_open(&r, memory, &source, NULL, 0);
    while (rc == OC_OK && (rc = oc_mp4_read_next(r, &s)) == OC_OK)
        ++*samples;
    if (r && rc >= 0) {
        assert_true(oc_mp4_read_info(r, &info) <= 0);
        assert_true(oc_mp4_read_seek(r, INT64_MAX) <= 0);
    }
    free(memory);
    return rc;
}

static void a_run_cannot_claim_more_samples_than_the_file_has_bytes(void **state) {
    static maker_t m;
    uint64_t samples;
    begin(&m);
    for (unsigned i = 0; i < 20;
         i++) { /* four thousand million samples of one byte, twenty times */
        open_traf(&m, 0x020010, NUMBERS(1));
        put_trun(&m, 0x000001, 0xFFFFFFFF, NUMBERS(0));
        close_moof(&m, 8);
    }
    int rc = drain(&m.file, &samples);
    assert_int_equal(rc, OC_ERR_FORMAT);
    assert_true(samples <= m.file.len);
    free(m.file.data);
    begin(&m); /* the same with no bytes at all: passed over, not counted through */
    open_traf(&m, 0x020000, NULL, 0);
    put_trun(&m, 0x000001, 0xFFFFFFFF, NUMBERS(0));
    close_moof(&m, 8);
    assert_int_equal(drain(&m.file, &samples), OC_END);
    assert_true(samples == 0);
    free(m.file.data);
}

static void runs_that_share_bytes_end_with_their_budget(void **state) {
    static maker_t m;
    uint64_t samples;
    begin(&m);
    for (unsigned i = 0; i < 200; i++) { /* each fits the file, all of them do not */
        open_traf(&m, 0x020010, NUMBERS(1));
        put_trun(&m, 0x000001, 600, NUMBERS((uint32_t)-400));
        close_moof(&m, 1);
    }
    assert_int_equal(drain(&m.file, &samples), OC_ERR_FORMAT);
    assert_true(samples <= m.file.len);
    free(m.file.data);
}

static void reading_costs_in_proportion_to_the_file(void **state) {
    uint64_t per_byte[2];
    for (unsigned big = 0; big < 2; big++) {
        static maker_t m;
        uint64_t samples;
        begin(&m);
        for (unsigned i = 0; i < (big ? 8000u : 1000u); i++) {
            open_traf(&m, 0x020000, NULL, 0);
            put_trun(&m, 0x000301, 1, NUMBERS(84, 100, 5));
            close_moof(&m, 5);
        }
        assert_int_equal(drain(&m.file, &samples), OC_END);
        assert_true(samples == (big ? 8000 : 1000));
        per_byte[big] = m.file.read_bytes * 1000 / m.file.len;
        free(m.file.data);
    }
    assert_true(per_byte[1] <= per_byte[0] + per_byte[0] / 10);
}

static void malformed_fragments_are_errors_and_torn_ones_the_end(void **state) {
    static maker_t m;
    uint64_t samples;
    begin(&m);
    open_traf(&m, 0x020000, NULL, 0);
    put_trun(&m, 0x000301, 1000, NUMBERS(84, 100, 5)); /* more entries than the box holds */
    close_moof(&m, 5);
    assert_int_equal(drain(&m.file, &samples), OC_ERR_FORMAT);
    free(m.file.data);
    begin(&m);
    open_traf(&m, 0x020000, NULL, 0);
    put_trun(&m, 0x000301, 1, NUMBERS(84, 100, OC_MP4_SAMPLE_MAX + 1));
    close_moof(&m, 5);
    assert_int_equal(drain(&m.file, &samples), OC_ERR_FORMAT);
    free(m.file.data);
    begin(&m);
    open_traf(&m, 0x020000, NULL, 0);
    put_trun(&m, 0x000301, 1, NUMBERS(84, 100, 6)); /* one byte more than is there */
    close_moof(&m, 5);
    assert_int_equal(drain(&m.file, &samples), OC_END);
    assert_true(samples == 0);
    free(m.file.data);
    begin(&m);
    open_traf(&m, 0x020000, NULL, 0);
    put_trun(&m, 0x000301, 1, NUMBERS(0x80000000, 100, 5)); /* far before the file */
    close_moof(&m, 5);
    assert_int_equal(drain(&m.file, &samples), OC_END);
    free(m.file.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_tfhd_and_runs_follow_each_other),
        cmocka_unit_test(time_goes_on_without_tfdt_and_never_back),
        cmocka_unit_test(a_base_data_offset_counts_from_the_start_of_the_file),
        cmocka_unit_test(boxes_between_fragments_are_passed_over),
        cmocka_unit_test(a_run_cannot_claim_more_samples_than_the_file_has_bytes),
        cmocka_unit_test(runs_that_share_bytes_end_with_their_budget),
        cmocka_unit_test(reading_costs_in_proportion_to_the_file),
        cmocka_unit_test(malformed_fragments_are_errors_and_torn_ones_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
