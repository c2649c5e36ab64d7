/* oc_mp4_plain and oc_mp4_moov: files with sample tables, built here box by box. */
#include "media_fixture.h"
#include "oc_box.h"
#include "oc_sample_entry.h"

/* A file with one track to be built; tables are given as flat lists of their numbers. */
typedef struct plan {
    const oc_track_t *tracks[2]; /* sample descriptions */
    const uint32_t *stts, *ctts, *stsc, *stsz, *stss, *elst;
    unsigned stts_n, ctts_n, stsc_n, stsz_n, stss_n, elst_n; /* numbers in each list */
    uint32_t sample_size;
    uint64_t chunks[8];
    unsigned chunks_n;
    bool co64, moov_first, wide_mdat;
    size_t payload;
} plan_t;

#define LIST(name, ...)                                                                            \
    .name = (const uint32_t[]){__VA_ARGS__},                                                       \
    .name##_n = sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

static void put_table(oc_wr_t *w, const char type[4], uint32_t version, const uint32_t *list,
                      unsigned n, unsigned columns) {
    size_t box = oc_box_begin_full(w, type, version << 24);
    oc_wr_u32(w, n / columns);
    for (unsigned i = 0; i < n; i++)
        oc_wr_u32(w, list[i]);
    oc_box_end(w, box);
}

static void put_stbl(oc_wr_t *w, const plan_t *p, uint64_t payload_at) {
    size_t stbl = oc_box_begin(w, "stbl");
    size_t stsd = oc_box_begin_full(w, "stsd", 0);
    oc_wr_u32(w, p->tracks[1] ? 2 : 1);
    oc_sample_entry_write(w, p->tracks[0]);
    if (p->tracks[1])
        oc_sample_entry_write(w, p->tracks[1]);
    oc_box_end(w, stsd);
    put_table(w, "stts", 0, p->stts, p->stts_n, 2);
    if (p->ctts)
        put_table(w, "ctts", 1, p->ctts, p->ctts_n, 2);
    put_table(w, "stsc", 0, p->stsc, p->stsc_n, 3);
    if (p->stss)
        put_table(w, "stss", 0, p->stss, p->stss_n, 1);
    size_t stsz = oc_box_begin_full(w, "stsz", 0);
    oc_wr_u32(w, p->sample_size);
    oc_wr_u32(w, p->stsz_n);
    for (unsigned i = 0; i < p->stsz_n && !p->sample_size; i++)
        oc_wr_u32(w, p->stsz[i]);
    oc_box_end(w, stsz);
    size_t stco = oc_box_begin_full(w, p->co64 ? "co64" : "stco", 0);
    oc_wr_u32(w, p->chunks_n);
    for (unsigned i = 0; i < p->chunks_n; i++)
        oc_wr_be(w, payload_at + p->chunks[i], p->co64 ? 8 : 4);
    oc_box_end(w, stco);
    oc_box_end(w, stbl);
}

static void put_moov(oc_wr_t *w, const plan_t *p, uint64_t payload_at) {
    size_t moov = oc_box_begin(w, "moov");
    size_t mvhd = oc_box_begin_full(w, "mvhd", 0);
    oc_wr_zero(w, 8);
    oc_wr_u32(w, 1000);
    oc_wr_zero(w, 84);
    oc_box_end(w, mvhd);
    size_t trak = oc_box_begin(w, "trak");
    size_t tkhd = oc_box_begin_full(w, "tkhd", 0);
    oc_wr_zero(w, 8);
    oc_wr_u32(w, 7);
    oc_wr_zero(w, 68);
    oc_box_end(w, tkhd);
    if (p->elst) {
        size_t edts = oc_box_begin(w, "edts");
        put_table(w, "elst", 0, p->elst, p->elst_n, 3);
        oc_box_end(w, edts);
    }
    size_t mdia = oc_box_begin(w, "mdia");
    size_t mdhd = oc_box_begin_full(w, "mdhd", 0);
    oc_wr_zero(w, 8);
    oc_wr_u32(w, p->tracks[0]->timescale);
    oc_wr_zero(w, 8);
    oc_box_end(w, mdhd);
    size_t minf = oc_box_begin(w, "minf");
    put_stbl(w, p, payload_at);
    oc_box_end(w, minf);
    oc_box_end(w, mdia);
    oc_box_end(w, trak);
    oc_box_end(w, moov);
}

/* Builds the file; payload byte i is i & 0xFF. Returns where the payload starts. */
static size_t build(const plan_t *p, fixture_file_t *f) {
    static uint8_t moov[8192];
    uint8_t head[24];
    size_t at = 16;
    oc_wr_t w = oc_wr(moov, sizeof moov);
    memset(f, 0, sizeof *f);
    put_moov(&w, p, 0);
    assert_false(w.bad);
    if (p->moov_first)
        at += oc_wr_len(&w);
    at += p->wide_mdat ? 16 : 8;
    w = oc_wr(moov, sizeof moov);
    put_moov(&w, p, at);
    oc_wr_t h = oc_wr(head, sizeof head);
    oc_wr_u32(&h, 16);
    oc_wr_bytes(&h, "ftypisom\0\0\0\0", 12);
    fixture_put(f, head, oc_wr_len(&h));
    if (p->moov_first)
        fixture_put(f, moov, oc_wr_len(&w));
    h = oc_wr(head, sizeof head);
    oc_wr_u32(&h, p->wide_mdat ? 1 : (uint32_t)(8 + p->payload));
    oc_wr_bytes(&h, "mdat", 4);
    if (p->wide_mdat)
        oc_wr_u64(&h, 16 + p->payload);
    fixture_put(f, head, oc_wr_len(&h));
    assert_int_equal(f->len, at);
    for (size_t i = 0; i < p->payload; i++) {
        uint8_t byte = (uint8_t)i;
        fixture_put(f, &byte, 1);
    }
    if (!p->moov_first)
        fixture_put(f, moov, oc_wr_len(&w));
    return at;
}

static const oc_track_t *video(void) {
    static oc_track_t t;
    t = fixture_track(OC_CODEC_H264);
    return &t;
}

/* What the next sample must be: offset in the payload, bytes, times. */
static void expect(oc_mp4_read_t *r, size_t payload, uint64_t offset, uint32_t len, int64_t dts,
                   int32_t cts, uint32_t duration, bool key) {
    oc_mp4_sample_t s;
    assert_int_equal(oc_mp4_read_next(r, &s), OC_OK);
    assert_true(s.offset == payload + offset);
    assert_int_equal(s.len_bytes, len);
    assert_true(s.dts == dts);
    assert_int_equal(s.cts, cts);
    assert_int_equal(s.duration, duration);
    assert_int_equal(s.key, key);
}

static void tables_are_walked_together(void **state) {
    plan_t p = {.tracks = {video()},
                LIST(stts, 2, 1000, 0, 5, 1, 500, 3, 1001),
                LIST(ctts, 1, 2000, 3, 0, 2, 0xFFFFFC18),
                LIST(stsc, 1, 2, 1, 2, 1, 1, 3, 3, 1),
                LIST(stsz, 10, 20, 30, 40, 50, 60),
                LIST(stss, 1, 4),
                .chunks = {100, 0, 200},
                .chunks_n = 3,
                .payload = 400};
    for (unsigned variant = 0; variant < 8; variant++) {
        fixture_file_t f;
        void *memory;
        p.co64 = variant & 1;
        p.moov_first = variant & 2;
        p.wide_mdat = variant & 4;
        size_t at = build(&p, &f);
        oc_mp4_read_t *r = fixture_open(&f, &memory);
        assert_int_equal(oc_mp4_read_track(r, 0)->width, 1920);
        expect(r, at, 100, 10, 0, 2000, 1000, true);
        expect(r, at, 110, 20, 1000, 0, 1000, false);
        expect(r, at, 0, 30, 2000, 0, 500, false);
        expect(r, at, 200, 40, 2500, 0, 1001, true);
        expect(r, at, 240, 50, 3501, -1000, 1001, false);
        expect(r, at, 290, 60, 4502, -1000, 1001, false);
        oc_mp4_sample_t s;
        assert_int_equal(oc_mp4_read_next(r, &s), OC_END);
        oc_mp4_info_t info;
        assert_int_equal(oc_mp4_read_info(r, &info), OC_OK);
        assert_false(info.fragmented);
        assert_false(info.torn);
        assert_true(info.end_dts[0] == 5503);
        assert_int_equal(info.max_gop_bytes, 150);
        assert_int_equal(oc_mp4_read_seek(r, 84000), OC_OK); /* just after 2500/30000 s */
        expect(r, at, 200, 40, 2500, 0, 1001, true);
        free(memory);
        free(f.data);
    }
}

static void the_first_edit_moves_the_time_line(void **state) {
    plan_t p = {.tracks = {video()},
                LIST(stts, 2, 1000),
                LIST(stsc, 1, 2, 1),
                LIST(stsz, 10, 10),
                LIST(elst, 0, 2000, 0x10000),
                .chunks = {0},
                .chunks_n = 1,
                .payload = 20,
                .moov_first = true};
    fixture_file_t f;
    void *memory;
    size_t at = build(&p, &f);
    oc_mp4_read_t *r = fixture_open(&f, &memory);
    expect(r, at, 0, 10, -2000, 0, 1000, true);
    free(memory);
    free(f.data);
    /* an empty edit of half a second, then the media from 500 on */
    plan_t q = p;
    static const uint32_t edits[] = {500, 0xFFFFFFFF, 0x10000, 0, 500, 0x10000, 7, 7, 0x10000};
    q.elst = edits;
    q.elst_n = 9;
    at = build(&q, &f);
    r = fixture_open(&f, &memory);
    expect(r, at, 0, 10, 15000 - 500, 0, 1000, true);
    free(memory);
    free(f.data);
}

static void a_change_of_description_is_announced(void **state) {
    static oc_track_t second;
    second = fixture_track(OC_CODEC_H264);
    second.width = 640;
    second.height = 360;
    plan_t p = {.tracks = {video(), &second},
                LIST(stts, 4, 1000),
                LIST(stsc, 1, 1, 1, 2, 1, 2, 4, 1, 1),
                LIST(stsz, 1, 2, 3, 4),
                .chunks = {0, 1, 3, 6},
                .chunks_n = 4,
                .payload = 10};
    static const unsigned widths[] = {1920, 640, 640, 1920};
    static const bool changes[] = {false, true, false, true};
    fixture_file_t f;
    void *memory;
    oc_mp4_sample_t s;
    build(&p, &f);
    oc_mp4_read_t *r = fixture_open(&f, &memory);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(oc_mp4_read_next(r, &s), OC_OK);
        assert_int_equal(s.new_config, changes[i]);
        assert_int_equal(oc_mp4_read_track(r, 0)->width, widths[i]);
    }
    assert_int_equal(oc_mp4_read_seek(r, 40000), OC_OK); /* from the end back to the second */
    assert_int_equal(oc_mp4_read_next(r, &s), OC_OK);
    assert_true(s.new_config);
    assert_int_equal(oc_mp4_read_track(r, 0)->width, 640);
    free(memory);
    p.stsc = (const uint32_t[]){1, 1, 1, 2, 1, 9, 4, 1, 1}; /* a description that is not there */
    free(f.data);
    build(&p, &f);
    r = fixture_open(&f, &memory);
    assert_int_equal(oc_mp4_read_next(r, &s), OC_OK);
    assert_int_equal(oc_mp4_read_next(r, &s), OC_ERR_FORMAT);
    assert_int_equal(oc_mp4_read_next(r, &s), OC_ERR_FORMAT); /* and it stays so */
    free(memory);
    free(f.data);
}

static void bytes_of_pcm_come_in_packets(void **state) {
    static oc_track_t alaw;
    alaw = fixture_track(OC_CODEC_PCMA);
    plan_t p = {.tracks = {&alaw},
                LIST(stts, 3000, 1),
                LIST(stsc, 1, 2500, 1, 2, 500, 1),
                .sample_size = 1,
                .stsz_n = 3000,
                .chunks = {500, 0},
                .chunks_n = 2,
                .payload = 3000};
    fixture_file_t f;
    void *memory;
    size_t at = build(&p, &f);
    oc_mp4_read_t *r = fixture_open(&f, &memory);
    static const uint32_t offset[] = {500, 1524, 2548, 0}, len[] = {1024, 1024, 452, 500};
    int64_t dts = 0;
    for (unsigned i = 0; i < 4; i++) {
        oc_mp4_sample_t s;
        assert_int_equal(oc_mp4_read_next(r, &s), OC_OK);
        assert_int_equal(s.track, 1);
        assert_true(s.offset == at + offset[i] && s.dts == dts && s.key);
        assert_int_equal(s.len_bytes, len[i]);
        assert_int_equal(s.duration, len[i]);
        dts += len[i];
    }
    free(memory);
    free(f.data);
}

static void a_plain_file_without_its_last_payload_plays_what_is_there(void **state) {
    plan_t p = {.tracks = {video()},
                LIST(stts, 3, 1000),
                LIST(stsc, 1, 3, 1),
                LIST(stsz, 10, 10, 10),
                .chunks = {0},
                .chunks_n = 1,
                .payload = 30,
                .moov_first = true};
    fixture_file_t f;
    void *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    oc_mp4_read_t *r;
    oc_mp4_info_t info;
    build(&p, &f);
    for (size_t missing = 0; missing < 30; missing++) {
        oc_mp4_source_t source = fixture_source(&f);
        unsigned samples = 0;
        oc_mp4_sample_t s;
        source.size = f.len -= missing > 0;
        assert_int_equal(oc_mp4_read_open(&r, memory, &source, NULL, 0), OC_OK);
        while (oc_mp4_read_next(r, &s) == OC_OK)
            samples++;
        assert_int_equal(samples, (30 - missing) / 10);
        assert_int_equal(oc_mp4_read_info(r, &info), OC_OK);
        assert_int_equal(info.torn, missing > 0);
    }
    free(memory);
    free(f.data);
}

/* Opening or reading a damaged file says so; it never goes on with something else. */
static void damaged_tables_are_malformed(void **state) {
    const plan_t good = {.tracks = {video()},
                         LIST(stts, 4, 1000),
                         LIST(stsc, 1, 2, 1, 2, 1, 1),
                         LIST(stsz, 1, 2, 3, 4),
                         .chunks = {0, 3, 6},
                         .chunks_n = 3,
                         .payload = 10};
    static const uint32_t stsc_late[] = {2, 2, 1, 3, 1, 1}, stsc_empty[] = {1, 0, 1, 2, 1, 1};
    static const uint32_t stsc_back[] = {1, 2, 1, 1, 1, 1}, huge[] = {1, 2, 0x7FFFFFFF, 4};
    plan_t bad[5] = {good, good, good, good, good};
    bad[0].stsc = stsc_late;
    bad[1].stsc = stsc_empty;
    bad[2].stsc = stsc_back;
    bad[3].chunks_n = 2; /* two samples without a chunk */
    bad[4].stsz = huge;
    for (unsigned i = 0; i < 5; i++) {
        fixture_file_t f;
        void *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
        oc_mp4_read_t *r = NULL;
        oc_mp4_sample_t s;
        build(&bad[i], &f);
        oc_mp4_source_t source = fixture_source(&f);
        int rc = oc_mp4_read_open(&r, memory, &source, NULL, 0);
        while (rc == OC_OK)
            rc = oc_mp4_read_next(r, &s);
        assert_int_equal(rc, OC_ERR_FORMAT);
        free(memory);
        free(f.data);
    }
}

static void what_is_wrong_with_a_file_is_said_in_one_line(void **state) {
    static const uint8_t text[] = "this is no film at all";
    static const uint8_t free_box[] = {0, 0, 0, 8, 'f', 'r', 'e', 'e'};
    static const uint8_t cut_box[] = {0, 0, 0, 8, 'f', 'r', 'e', 'e',
                                      0, 0, 1, 0, 'm', 'o', 'o', 'v'};
    static const uint8_t no_track[] = {0, 0, 0, 16, 'm', 'o', 'o', 'v',
                                       0, 0, 0, 8,  'f', 'r', 'e', 'e'};
    const struct {
        oc_span_t bytes;
        int rc;
        const char *why;
    } files[] = {
        {oc_span(text, 0), OC_ERR_FORMAT,
         "not an MP4 file, or an incomplete one: no moov box at offset 0"},
        {SPAN(text), OC_ERR_TRUNC, "the file is incomplete: it ends inside the box at offset 0"},
        {SPAN(free_box), OC_ERR_FORMAT,
         "not an MP4 file, or an incomplete one: no moov box at offset 8"},
        {SPAN(cut_box), OC_ERR_TRUNC, "the file is incomplete: it ends inside the box at offset 8"},
        {SPAN(no_track), OC_ERR_FORMAT, "no track that can be read"},
    };
    void *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    for (unsigned i = 0; i < 5; i++) {
        fixture_file_t f = {.data = (uint8_t *)(uintptr_t)files[i].bytes.data,
                            .len = files[i].bytes.len};
        oc_mp4_source_t source = fixture_source(&f);
        oc_mp4_read_t *r;
        char why[80];
        assert_int_equal(oc_mp4_read_open(&r, memory, &source, why, sizeof why), files[i].rc);
        assert_string_equal(why, files[i].why);
        assert_int_equal(oc_mp4_read_open(&r, memory, &source, NULL, 0), files[i].rc);
    }
    free(memory);
}

static unsigned reads_allowed;

static int failing(void *context, uint64_t offset, void *buffer, size_t len) {
    return reads_allowed-- ? fixture_read_at(context, offset, buffer, len) : OC_ERR_IO;
}

/* Every read of a walk fails once: the error is handed on, not taken for the end. */
static void a_failing_source_is_an_error_not_an_end(void **state) {
    plan_t p = {.tracks = {video()},
                LIST(stts, 3, 1000),
                LIST(stsc, 1, 3, 1),
                LIST(stsz, 10, 10, 10),
                .chunks = {0},
                .chunks_n = 1,
                .payload = 30};
    fixture_file_t f;
    void *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    oc_mp4_read_t *r;
    oc_mp4_sample_t s;
    build(&p, &f);
    int rc = OC_ERR_IO;
    unsigned allowed = 0;
    for (; rc == OC_ERR_IO; allowed++) {
        oc_mp4_source_t source = {failing, &f, f.len};
        reads_allowed = allowed;
        rc = oc_mp4_read_open(&r, memory, &source, NULL, 0);
        while (rc == OC_OK)
            rc = oc_mp4_read_next(r, &s);
        assert_true(rc == OC_ERR_IO || rc == OC_END);
        assert_true(allowed < 100);
    }
    assert_true(allowed > 3);
    free(memory);
    free(f.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_walked_together),
        cmocka_unit_test(the_first_edit_moves_the_time_line),
        cmocka_unit_test(a_change_of_description_is_announced),
        cmocka_unit_test(bytes_of_pcm_come_in_packets),
        cmocka_unit_test(a_plain_file_without_its_last_payload_plays_what_is_there),
        cmocka_unit_test(damaged_tables_are_malformed),
        cmocka_unit_test(what_is_wrong_with_a_file_is_said_in_one_line),
        cmocka_unit_test(a_failing_source_is_an_error_not_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
