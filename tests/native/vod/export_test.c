/* One MP4 of a span: read back sample by sample, it has the packets of the files and nothing else.
 */
#include "vod_rig.h"

#include <stdio.h>

#include "oc_export_read.h"

static rig_t rig;
static oc_vod_file_t scratch;
static oc_export_t plan;
static oc_export_reader_t reader;
static void *memory;
static fixture_file_t whole; /* the MP4 */
static fixture_file_t spool;

static int spool_write(void *context, uint64_t offset, const void *data, size_t len) {
    while (spool.len < offset + len)
        fixture_put(&spool, &(uint8_t){0}, 1);
    memcpy(spool.data + offset, data, len);
    return OC_OK;
}

static int spool_read(void *context, uint64_t offset, void *buffer, size_t len) {
    memset(buffer, 0, len);
    if (offset < spool.len)
        memcpy(buffer, spool.data + offset,
               len < spool.len - offset ? len : (size_t)(spool.len - offset));
    return OC_OK;
}

static int make(int64_t from_ms, int64_t to_ms, oc_export_format_t format) {
    const oc_export_config_t config = {.from_ms = RIG_START + from_ms,
                                       .to_ms = to_ms == INT64_MAX ? INT64_MAX : RIG_START + to_ms,
                                       .format = format,
                                       .spool = {spool_write, spool_read, NULL}};
    free(memory);
    spool.len = 0;
    memory = malloc(oc_export_bytes(rig.span.count));
    return oc_export_plan(&plan, memory, &config, &rig.span, &scratch);
}

/* All of it, in pieces of random lengths. */
static void read_all(void) {
    uint64_t seed = 7;
    whole.len = 0;
    oc_export_reader_init(&reader, &plan);
    while (whole.len < plan.bytes) {
        uint8_t bytes[5000];
        size_t len = 1 + fixture_random(&seed) % sizeof bytes;
        len = len < plan.bytes - whole.len ? len : (size_t)(plan.bytes - whole.len);
        assert_int_equal(oc_export_reader_read(&reader, whole.len, bytes, len), OC_OK);
        fixture_put(&whole, bytes, len);
    }
    oc_export_reader_close(&reader);
}

static void check_ranges(void) {
    uint64_t seed = 99;
    oc_export_reader_init(&reader, &plan);
    for (unsigned i = 0; i < 500; i++) {
        uint8_t bytes[3000];
        uint64_t at = fixture_random(&seed) % plan.bytes;
        size_t len = 1 + fixture_random(&seed) % sizeof bytes;
        len = len < plan.bytes - at ? len : (size_t)(plan.bytes - at);
        assert_int_equal(oc_export_reader_read(&reader, at, bytes, len), OC_OK);
        assert_memory_equal(bytes, whole.data + at, len);
    }
    oc_export_reader_close(&reader);
}

/* A part of a file that is expected: pictures [first, end), all sound in their fragments. */
typedef struct part {
    unsigned file, first, end, gop;
} part_t;

/* The samples are those of the parts, without gaps between them; picture and sound of each as far
 * apart as in its file. */
static void check_samples(const part_t *part, unsigned parts, bool reordered) {
    void *own;
    oc_mp4_read_t *mp4 = fixture_open(&whole, &own);
    oc_mp4_sample_t s;
    uint64_t next[2] = {part[0].first, 0};
    unsigned at[2] = {0, 0};
    int64_t end[2] = {0, 0}, shift[RIG_FILES][2];
    bool any = false;
    memset(shift, 0x7F, sizeof shift);
    while (oc_mp4_read_next(mp4, &s) == OC_OK) {
        uint8_t expected[1024], got[1024];
        unsigned t = s.track;
        if (t == 0 && next[0] == part[at[0]].end) {
            assert_true(++at[0] < parts);
            next[0] = part[at[0]].first;
        }
        bool key = t == 1 || next[0] % part[at[0]].gop == 0;
        uint32_t len = 0;
        assert_true(s.len_bytes <= sizeof got);
        assert_int_equal(fixture_read_at(&whole, s.offset, got, s.len_bytes), OC_OK);
        if (t == 1) { /* finds where it is in its file, once */
            for (unsigned tries = 0;; tries++) {
                len = rig_payload(part[at[1]].file, 1, next[1], true, expected);
                if (len == s.len_bytes && memcmp(expected, got, len) == 0)
                    break;
                if (shift[part[at[1]].file][1] == 0x7F7F7F7F7F7F7F7F && tries < 5000) {
                    next[1]++;
                } else {
                    assert_true(++at[1] < parts);
                    next[1] = 0;
                    tries = 0;
                }
            }
        } else {
            len = rig_payload(part[at[0]].file, 0, next[0], key, expected);
            assert_int_equal(len, s.len_bytes);
            assert_memory_equal(expected, got, len);
            assert_int_equal(s.key, key);
            assert_int_equal(s.cts, reordered ? RIG_PICTURE * (1 + (int)(next[0] % 2)) : 0);
            if (!any)
                assert_true(s.key && s.dts < 300);
            any = true;
        }
        unsigned file = part[at[t]].file;
        int64_t source = (int64_t)next[t] * (t ? RIG_SOUND : RIG_PICTURE) + (t ? 441 : 0);
        if (shift[file][t] == 0x7F7F7F7F7F7F7F7F) {
            shift[file][t] = s.dts - source;
            assert_true(s.dts >= end[t]);
        }
        assert_int_equal(s.dts - source, shift[file][t]);
        if (t == 1) /* the same instant */
            assert_int_equal(shift[file][0] * 441, shift[file][1] * 300);
        next[t]++;
        end[t] = s.dts + s.duration;
    }
    assert_int_equal(at[0], parts - 1);
    assert_int_equal(next[0], part[parts - 1].end);
    assert_true(end[0] / 30 <= plan.duration_ms + 1);
    free(own);
}

static void check(int64_t from_ms, int64_t to_ms, const part_t *part, unsigned parts,
                  bool reordered) {
    for (unsigned format = 0; format < 2; format++) {
        assert_int_equal(make(from_ms, to_ms, (oc_export_format_t)format), OC_OK);
        read_all();
        check_ranges();
        check_samples(part, parts, reordered);
    }
}

static int set_up(void **state) {
    (void)state;
    const rig_config_t files[] = {
        {.seconds = 20, .gop = 50},
        {.seconds = 12, .gop = 40, .start_ms = 20000}, /* key frames inside of fragments */
        {.seconds = 9, .gop = 25, .start_ms = 60000, .keyless = true},
        {.seconds = 6, .gop = 25, .start_ms = 70000, .open = true},
    };
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        rig_add(&rig, &files[i]);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    rig_free(&rig);
    free(memory);
    memory = NULL;
    return 0;
}

static void all_of_it(void **state) {
    /* the last fragment of the open file is torn: 12 pictures */
    const part_t parts[] = {{0, 0, 500, 50}, {1, 0, 300, 40}, {2, 0, 225, 25}, {3, 0, 138, 25}};
    check(-5000, INT64_MAX, parts, 4, false);
    assert_int_equal(plan.begun_ms, RIG_START);
}

static void a_part(void **state) {
    /* 7.3 s lies in the group of 6 s; 65.1 s in the fragment that ends with 65.5 s */
    const part_t parts[] = {{0, 150, 500, 50}, {1, 0, 300, 40}, {2, 0, 138, 25}};
    (void)state;
    check(7300, 65200, parts, 3, false);
    assert_int_equal(plan.begun_ms, RIG_START + 6000);
}

/* Groups of 40 pictures lie across fragments: the first one is cut. */
static void from_inside_of_a_fragment(void **state) {
    (void)state;
    for (unsigned group = 0; group < 7; group++) {
        const part_t parts[] = {{1, group * 40, 300, 40}, {2, 0, 225, 25}};
        check(20000 + group * 1600 + 700, 69500, parts, 2, false);
    }
}

static void in_a_gap(void **state) {
    (void)state;
    assert_int_equal(make(35000, 55000, OC_EXPORT_FRAGMENTED), OC_ERR_NOENT);
    assert_int_equal(make(35000, 55000, OC_EXPORT_PLAIN), OC_ERR_NOENT);
    const part_t parts[] = {{2, 0, 25, 25}};
    check(35000, 60900, parts, 1, false);
}

static void a_file_that_is_gone(void **state) {
    (void)state;
    rig.gone[1] = true;
    const part_t parts[] = {{0, 450, 500, 50}, {2, 0, 225, 25}};
    check(19000, 69500, parts, 2, false);
    rig.gone[1] = false;
}

static uint32_t be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Every entry of sidx is a fragment; together they are all that follows. */
static void entries_of_sidx(void **state) {
    (void)state;
    assert_int_equal(make(3000, 90000, OC_EXPORT_FRAGMENTED), OC_OK);
    read_all();
    const uint8_t *sidx = whole.data;
    while (memcmp(sidx + 4, "sidx", 4) != 0)
        sidx += be32(sidx);
    uint32_t count = (uint32_t)sidx[38] << 8 | sidx[39];
    uint64_t at = (uint64_t)(sidx - whole.data) + be32(sidx);
    assert_int_equal(be32(sidx), 40 + 12 * count);
    assert_true(count >= 15);
    for (uint32_t i = 0; i < count; i++) {
        assert_memory_equal(whole.data + at + 4, "free", 4);
        assert_memory_equal(whole.data + at + 36, "moof", 4);
        at += be32(sidx + 40 + 12 * i);
    }
    assert_int_equal(at, whole.len);
}

/* Sequence numbers go up by one. */
static void sequence_numbers(void **state) {
    (void)state;
    uint32_t last = 0;
    assert_int_equal(make(20900, INT64_MAX, OC_EXPORT_FRAGMENTED), OC_OK);
    read_all();
    for (uint64_t at = 0; at < whole.len; at += be32(whole.data + at))
        if (memcmp(whole.data + at + 4, "moof", 4) == 0) {
            assert_int_equal(be32(whole.data + at + 20), last + 1);
            last++;
        }
    assert_int_equal(last, 24 + 18 + 11);
}

static void another_coding(void **state) {
    (void)state;
    rig_add(&rig, &(rig_config_t){.seconds = 4, .gop = 25, .start_ms = 80000, .level = 1});
    assert_int_equal(make(0, INT64_MAX, OC_EXPORT_FRAGMENTED), OC_ERR_STATE);
    assert_int_equal(plan.changed_ms, RIG_START + 80000);
    assert_int_equal(make(0, INT64_MAX, OC_EXPORT_PLAIN), OC_ERR_STATE);
    assert_int_equal(make(0, 80000, OC_EXPORT_PLAIN), OC_OK);
    const part_t parts[] = {{4, 0, 100, 25}};
    check(80000, INT64_MAX, parts, 1, false);
}

static void without_sound_and_reordered(void **state) {
    (void)state;
    rig_t before = rig;
    memset(&rig, 0, sizeof rig);
    rig_add(&rig, &(rig_config_t){.seconds = 10, .gop = 33, .silent = true, .reordered = true});
    rig_add(&rig, &(rig_config_t){.seconds = 10,
                                  .gop = 25,
                                  .start_ms = 10000,
                                  .silent = true,
                                  .reordered = true,
                                  .keyless = true});
    const part_t parts[] = {{0, 99, 250, 33}, {1, 0, 250, 25}};
    check(4500, INT64_MAX, parts, 2, true);
    rig_free(&rig);
    rig = before;
    for (uint32_t i = 0; i < rig.span.count; i++)
        rig.entry[i].path = rig.path[i];
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A file that was cut before pictures that are shown in front of its last one. */
static void no_two_pictures_at_once(void **state) {
    static int64_t shown[1000];
    rig_t before = rig;
    memset(&rig, 0, sizeof rig);
    for (unsigned i = 0; i < 3; i++)
        rig_add(&rig, &(rig_config_t){.seconds = 10,
                                      .gop = 33,
                                      .start_ms = i * INT64_C(10000),
                                      .silent = true,
                                      .cut = true});
    for (unsigned format = 0; format < 2; format++) {
        size_t n = 0;
        void *own;
        oc_mp4_sample_t s;
        assert_int_equal(make(0, INT64_MAX, (oc_export_format_t)format), OC_OK);
        read_all();
        oc_mp4_read_t *mp4 = fixture_open(&whole, &own);
        while (oc_mp4_read_next(mp4, &s) == OC_OK && n < 1000)
            shown[n++] = s.dts + s.cts;
        assert_int_equal(n, 750);
        qsort(shown, n, sizeof *shown, by_value);
        for (size_t i = 1; i < n; i++)
            assert_true(shown[i] - shown[i - 1] >= RIG_PICTURE);
        free(own);
    }
    rig_free(&rig);
    rig = before;
    for (uint32_t i = 0; i < rig.span.count; i++)
        rig.entry[i].path = rig.path[i];
}

/* Whatever byte of a file is wrong, it ends with an error or an MP4; the sanitizers look. */
static void damaged(void **state) {
    (void)state;
    uint64_t seed = 5;
    for (unsigned i = 0; i < 400; i++) {
        unsigned which = fixture_random(&seed) % 3;
        size_t at = fixture_random(&seed) % (i % 2 ? 3000 : rig.file[which].len);
        uint8_t before = rig.file[which].data[at];
        rig.file[which].data[at] ^= (uint8_t)(1u << fixture_random(&seed) % 8);
        if (make(1000 * (i % 70), INT64_MAX, i % 3 == 0 ? OC_EXPORT_PLAIN : OC_EXPORT_FRAGMENTED) ==
            OC_OK) {
            uint8_t bytes[4096];
            oc_export_reader_init(&reader, &plan);
            for (uint64_t out = 0; out < plan.bytes; out += sizeof bytes) {
                size_t len =
                    plan.bytes - out < sizeof bytes ? (size_t)(plan.bytes - out) : sizeof bytes;
                if (oc_export_reader_read(&reader, out, bytes, len) != OC_OK)
                    break;
            }
            oc_export_reader_close(&reader);
        }
        rig.file[which].data[at] = before;
    }
}

/* The boxes of an MP4 lie one behind the other up to its end. Gives the bytes of those that are
 * empty and longer than a check box. */
static uint64_t walk_boxes(void) {
    uint64_t at = 0, blank = 0;
    while (at + 8 <= whole.len) {
        uint32_t size = be32(whole.data + at);
        assert_true(size >= 8 && size <= whole.len - at);
        if (memcmp(whole.data + at + 4, "free", 4) == 0 && size > 100)
            blank += size;
        at += size;
    }
    assert_int_equal(at, whole.len);
    return blank;
}

/* The moof of fragment n of a file. */
static uint64_t find_moof(unsigned file, unsigned n) {
    const fixture_file_t *f = &rig.file[file];
    for (uint64_t at = 0; at + 8 <= f->len; at += be32(f->data + at)) {
        if (memcmp(f->data + at + 4, "moof", 4) == 0 && n-- == 0)
            return at;
    }
    fail();
    return 0;
}

static void check_left_out(unsigned file, const part_t *part, unsigned parts) {
    check(0, INT64_MAX, part, parts, false);
    assert_int_equal(plan.left_outs, 1);
    assert_int_equal(plan.left_out[0], file);
}

/* One recording that is no recording takes none of the others with it. */
static void left_out(void **state) {
    (void)state;
    static const unsigned frames[] = {500, 300, 225, 150}, gops[] = {50, 40, 25, 25};
    for (unsigned file = 0; file < 3; file++) {
        part_t parts[3];
        unsigned count = 0;
        fixture_file_t *f = &rig.file[file];
        uint64_t bytes = rig.entry[file].bytes;
        for (unsigned i = 0; i < 4; i++)
            if (i != file)
                parts[count++] = (part_t){i, 0, frames[i], gops[i]};
        parts[2].end = parts[2].file == 3 ? 138 : parts[2].end; /* the last one is torn */
        uint8_t *moov = f->data + be32(f->data);
        assert_memory_equal(moov + 4, "moov", 4);
        moov[4] ^= 0x20;
        check_left_out(file, parts, count);
        moov[4] ^= 0x20;
        rig.entry[file].bytes = 0;
        check_left_out(file, parts, count);
        rig.entry[file].bytes = 200;
        check_left_out(file, parts, count);
        rig.entry[file].bytes = bytes;
        rig.gone[file] = true;
        check_left_out(file, parts, count);
        rig.gone[file] = false;
        rig.error[file] = OC_ERR_IO;
        check_left_out(file, parts, count);
        rig.error[file] = OC_OK;
    }
    assert_int_equal(make(0, INT64_MAX, OC_EXPORT_PLAIN), OC_OK);
    assert_int_equal(plan.left_outs, 0);
    for (unsigned i = 0; i < 4; i++)
        rig.file[i].data[be32(rig.file[i].data) + 4] ^= 0x20;
    assert_int_equal(make(0, INT64_MAX, OC_EXPORT_PLAIN), OC_ERR_NOENT);
    assert_int_equal(plan.left_outs, 3); /* and one that grows */
    for (unsigned i = 0; i < 4; i++)
        rig.file[i].data[be32(rig.file[i].data) + 4] ^= 0x20;
}

/* In the middle of a recording: tables leave it out, fragments have an empty box up to the next
 * that is whole. */
static void damaged_inside(void **state) {
    (void)state;
    const part_t rest[] = {{1, 0, 300, 40}, {2, 0, 225, 25}, {3, 0, 138, 25}};
    static const uint8_t bad[][4] = {{0, 0, 0, 3}, {0xFF, 0xFF, 0xFF, 0xFF}, {0x7F, 0, 0, 0}};
    for (unsigned i = 0; i < 3; i++) {
        uint8_t *size = rig.file[0].data + find_moof(0, 13 + 4 * i), before[4];
        memcpy(before, size, 4);
        memcpy(size, bad[i], 4);
        assert_int_equal(make(0, INT64_MAX, OC_EXPORT_PLAIN), OC_OK);
        assert_int_equal(plan.left_outs, 1);
        read_all();
        check_ranges();
        check_samples(rest, 3, false);
        assert_int_equal(make(0, INT64_MAX, OC_EXPORT_FRAGMENTED), OC_OK);
        read_all();
        check_ranges();
        uint64_t blank = walk_boxes();
        assert_true(blank > 100 && blank < whole.len / 4);
        memcpy(size, before, 4);
    }
}

static int last(void **state) {
    (void)state;
    free(whole.data);
    free(spool.data);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(from_inside_of_a_fragment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(in_a_gap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(entries_of_sidx, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sequence_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_coding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_sound_and_reordered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_two_pictures_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_inside, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, last);
}
