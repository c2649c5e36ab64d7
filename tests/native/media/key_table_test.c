/* E9: oc_key_table and oc_key_read: key frames of a recording in bounded memory, from its
 * fragments, from its index, and while it grows. */
#include "media_fixture.h"
#include "oc_box.h"
#include "oc_key_read.h"

#define KEYS 64 /* of one file here */

static void e9_entries_come_back_as_they_were_noted(void **state) {
    uint8_t memory[4 * OC_KEY_ENTRY_MAX];
    static const oc_key_t noted[] = {{0, 3000}, {0, 3001}, {127, 3129}, {128 + 127, INT64_MAX}};
    oc_key_table_t table;
    oc_key_t key = {0};
    oc_key_table_init(&table, memory, sizeof memory);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(oc_key_table_append(&table, noted[i].ms, noted[i].offset), OC_OK);
    oc_span_t rest = oc_key_table_encoded(&table);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(oc_key_next(&rest, &key), OC_OK);
        assert_true(key.ms == noted[i].ms && key.offset == noted[i].offset);
    }
    assert_int_equal(oc_key_next(&rest, &key), OC_END);
    static const uint8_t first[] = {0, 0xB8, 0x17, 0,
                                    1, 127,  0x80, 1}; /* 0, 3000; 0, 1; 127, 128 */
    assert_memory_equal(memory, first, sizeof first);
}

static void e9_times_and_offsets_never_go_back(void **state) {
    uint8_t memory[4 * OC_KEY_ENTRY_MAX];
    oc_key_table_t table;
    oc_key_table_init(&table, memory, sizeof memory);
    assert_int_equal(oc_key_table_append(&table, 10, 100), OC_OK);
    assert_int_equal(oc_key_table_append(&table, 9, 200), OC_ERR_RANGE);
    assert_int_equal(oc_key_table_append(&table, 11, 100), OC_ERR_RANGE);
    assert_int_equal(oc_key_table_append(&table, 11, (uint64_t)INT64_MAX + 1), OC_ERR_RANGE);
    assert_int_equal(table.count, 1);
}

static void e9_the_last_key_at_or_before_an_instant_is_found(void **state) {
    uint8_t memory[512];
    oc_key_table_t table;
    oc_key_t key;
    oc_key_table_init(&table, memory, sizeof memory);
    assert_int_equal(oc_key_find(oc_key_table_encoded(&table), 5, &key), OC_END);
    for (uint64_t i = 0; i < 20; i++)
        assert_int_equal(oc_key_table_append(&table, 40 + i * 1000, 99 + i * 5000), OC_OK);
    static const uint64_t at[][2] = {{0, 40}, {40, 40}, {1039, 40}, {1040, 1040}, {90000, 19040}};
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(oc_key_find(oc_key_table_encoded(&table), at[i][0], &key), OC_OK);
        assert_true(key.ms == at[i][1] && key.offset == 99 + (at[i][1] - 40) * 5);
    }
}

/* 90 minutes of 1 s fit whole; a file of a year, or of a hostile writer, stays in the same bytes.
 */
static void e9_memory_is_bounded_and_a_longer_file_gets_coarser(void **state) {
    uint8_t *memory = malloc(OC_KEY_TABLE_BYTES);
    oc_key_table_t table;
    oc_key_t key = {0};
    oc_key_table_init(&table, memory, OC_KEY_TABLE_BYTES);
    for (uint64_t i = 0; i < 5400; i++) /* 16 Mbit/s */
        assert_int_equal(oc_key_table_append(&table, i * 1000, 70000 + i * 2100000), OC_OK);
    assert_int_equal(table.every, 1);
    for (uint64_t i = 5400; i < 400000; i++)
        assert_true(oc_key_table_append(&table, i * 1000, 70000 + i * 2100000) >= 0);
    assert_true(table.len <= OC_KEY_TABLE_BYTES);
    assert_true(table.count > OC_KEY_TABLE_BYTES / 6 / 3);
    oc_span_t rest = oc_key_table_encoded(&table);
    for (uint32_t i = 0; i < table.count; i++) { /* evenly: none twice as far as another */
        assert_int_equal(oc_key_next(&rest, &key), OC_OK);
        assert_true(key.ms == (uint64_t)i * table.every * 1000);
        assert_true(key.offset == 70000 + (uint64_t)i * table.every * 2100000);
    }
    assert_int_equal(oc_key_next(&rest, &key), OC_END);
    free(memory);
}

static void e9_damaged_entries_are_refused(void **state) {
    static const uint8_t endless[] = {1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1};
    static const uint8_t half[] = {1, 2, 3};
    static const uint8_t large[] = {0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1};
    oc_key_t key = {0};
    oc_span_t rest = SPAN(endless);
    assert_int_equal(oc_key_next(&rest, &key), OC_ERR_FORMAT);
    assert_int_equal(oc_key_find(SPAN(half), 9, &key), OC_ERR_FORMAT);
    assert_int_equal(oc_key_find(SPAN(large), 9, &key), OC_ERR_FORMAT); /* beyond 63 bits */
}

/* A recording of H.264 and AAC, 30 pictures/s, a GOP of 2 s, fragments of 0.5 s with check boxes.
 */
typedef struct recording {
    fixture_file_t file;
    oc_key_t key[KEYS]; /* as they lie in it */
    unsigned keys;
    uint64_t init;
} recording_t;

static void put_fragment(recording_t *r, oc_fmp4_t *mux, unsigned number) {
    static const uint8_t payload[900] = {1};
    oc_packet_t packet[15];
    for (unsigned i = 0; i < 15; i++)
        packet[i] = (oc_packet_t){.data = payload,
                                  .len_bytes = 100 + 7 * i,
                                  .dts = (number * 15 + i) * 1000,
                                  .duration = 1000,
                                  .key = number % 4 == 0 && i == 0};
    fixture_file_t fragment = {0};
    assert_int_equal(fixture_fragment(&fragment, mux, packet, 15, NULL), OC_OK);
    uint8_t box[32] = {0, 0, 0, 32, 'f', 'r', 'e', 'e', 'O', 'C', 'c', 'k'};
    if (number % 4 == 0)
        r->key[r->keys++] = (oc_key_t){number * 500, r->file.len};
    fixture_put(&r->file, box, sizeof box);
    fixture_put(&r->file, fragment.data, fragment.len);
    free(fragment.data);
}

static void begin(recording_t *r, oc_fmp4_t *mux) {
    oc_track_t tracks[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H264), fixture_track(OC_CODEC_AAC)};
    memset(r, 0, sizeof *r);
    assert_int_equal(oc_fmp4_init(mux, tracks, NULL), OC_OK);
    fixture_init_segment(&r->file, mux);
    r->init = r->file.len;
}

static void expect_keys(const oc_key_read_t *read, const recording_t *r) {
    oc_span_t rest = oc_key_table_encoded(&read->table);
    oc_key_t key = {0};
    assert_int_equal(read->table.count, r->keys);
    for (unsigned i = 0; i < r->keys; i++) {
        assert_int_equal(oc_key_next(&rest, &key), OC_OK);
        assert_true(key.ms == r->key[i].ms && key.offset == r->key[i].offset);
    }
}

static void e9_keys_of_a_file_that_grows_are_found_fragment_by_fragment(void **state) {
    static recording_t r;
    static oc_key_read_t read;
    static uint8_t memory[OC_KEY_TABLE_BYTES];
    oc_fmp4_t mux;
    begin(&r, &mux);
    put_fragment(&r, &mux, 0);
    oc_mp4_source_t source = fixture_source(&r.file);
    assert_int_equal(oc_key_read_open(&read, memory, sizeof memory, &source), OC_OK);
    assert_true(read.init_bytes == r.init && !read.indexed);
    uint64_t known = 0;
    for (unsigned number = 1; number < 80; number++) {
        put_fragment(&r, &mux, number);
        for (; source.size <= r.file.len; source.size += 997) { /* also in the middle of boxes */
            int rc;
            while ((rc = oc_key_read_more(&read, &source, 3)) == OC_AGAIN)
                ;
            assert_int_equal(rc, OC_OK);
            assert_true(read.read_bytes >= known && read.read_bytes <= source.size);
            known = read.read_bytes;
        }
    }
    source.size = r.file.len;
    while (oc_key_read_more(&read, &source, 1000) == OC_AGAIN)
        ;
    expect_keys(&read, &r);
    assert_int_equal(read.end_ms, 40000);
    assert_true(read.read_bytes == r.file.len);
    free(r.file.data);
}

/* Payload is not read: a window for each fragment. */
static void e9_only_headers_are_read(void **state) {
    static recording_t r;
    static oc_key_read_t read;
    static uint8_t memory[OC_KEY_TABLE_BYTES];
    oc_fmp4_t mux;
    begin(&r, &mux);
    for (unsigned number = 0; number < 80; number++)
        put_fragment(&r, &mux, number);
    oc_mp4_source_t source = fixture_source(&r.file);
    assert_int_equal(oc_key_read_open(&read, memory, sizeof memory, &source), OC_OK);
    assert_int_equal(oc_key_read_more(&read, &source, 100000), OC_OK);
    assert_true(r.file.reads <= 80 + 4);
    free(r.file.data);
}

/* Puts a sidx behind the init segment of a finished recording, and moves the keys with it. filler:
 * bytes of a box `free` behind it, which its first entry counts; 0: none. */
static void put_index(recording_t *r, uint32_t id, uint32_t shorter, uint32_t filler) {
    uint8_t bytes[64 + 12 * KEYS + 64] = {0};
    oc_wr_t w = oc_wr(bytes, sizeof bytes);
    size_t at = oc_box_begin_full(&w, "sidx", 0);
    oc_wr_u32(&w, id);
    oc_wr_u32(&w, 30000);
    oc_wr_u32(&w, 0);
    oc_wr_u32(&w, 0);
    oc_wr_u32(&w, r->keys);
    for (unsigned i = 0; i < r->keys; i++) {
        uint64_t end = i + 1 < r->keys ? r->key[i + 1].offset : r->file.len - shorter;
        oc_wr_u32(&w, (uint32_t)(end - r->key[i].offset) + (i == 0 ? filler : 0));
        oc_wr_u32(&w, 60000);
        oc_wr_u32(&w, 0x90000000);
    }
    oc_box_end(&w, at);
    if (filler > 0) {
        oc_wr_u32(&w, filler);
        oc_wr_bytes(&w, "free", 4);
        for (uint32_t i = 8; i < filler; i++)
            oc_wr_u8(&w, 0);
    }
    size_t n = oc_wr_len(&w), rest = r->file.len - (size_t)r->init;
    uint8_t *old = malloc(rest);
    memcpy(old, r->file.data + r->init, rest);
    r->file.len = (size_t)r->init;
    fixture_put(&r->file, bytes, n);
    fixture_put(&r->file, old, rest);
    free(old);
    for (unsigned i = 0; i < r->keys; i++)
        r->key[i].offset += n;
}

static void read_indexed(uint32_t id, uint32_t shorter, uint32_t filler, bool believed) {
    static recording_t r;
    static oc_key_read_t read;
    static uint8_t memory[OC_KEY_TABLE_BYTES];
    oc_fmp4_t mux;
    begin(&r, &mux);
    for (unsigned number = 0; number < 80; number++)
        put_fragment(&r, &mux, number);
    put_index(&r, id, shorter, filler);
    oc_mp4_source_t source = fixture_source(&r.file);
    assert_int_equal(oc_key_read_open(&read, memory, sizeof memory, &source), OC_OK);
    assert_int_equal(read.indexed, believed);
    if (believed)
        assert_true(r.file.reads < 6);
    assert_int_equal(oc_key_read_more(&read, &source, 100000), OC_OK);
    expect_keys(&read, &r);
    assert_int_equal(read.end_ms, 40000);
    free(r.file.data);
}

static void e9_a_sidx_is_read_instead_of_the_fragments(void **state) {
    read_indexed(1, 0, 0, true);
}

/* The place of the index is longer than the index: what fills it belongs to no key frame. */
static void e9_a_filler_behind_the_sidx_is_passed_over(void **state) {
    read_indexed(1, 0, 8, true);
    read_indexed(1, 0, 32, true);
    read_indexed(1, 0, 56, true);
}

static void e9_a_sidx_of_another_track_or_length_is_not_believed(void **state) {
    read_indexed(2, 0, 0, false);
    read_indexed(1, 100, 0, false); /* what lies behind it is no mfra */
}

static void e9_a_plain_file_has_no_table(void **state) {
    static oc_key_read_t read;
    uint8_t memory[4 * OC_KEY_ENTRY_MAX];
    fixture_file_t file = {0};
    oc_mp4_source_t source = fixture_source(&file);
    assert_true(oc_key_read_open(&read, memory, sizeof memory, &source) < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(e9_entries_come_back_as_they_were_noted),
        cmocka_unit_test(e9_times_and_offsets_never_go_back),
        cmocka_unit_test(e9_the_last_key_at_or_before_an_instant_is_found),
        cmocka_unit_test(e9_memory_is_bounded_and_a_longer_file_gets_coarser),
        cmocka_unit_test(e9_damaged_entries_are_refused),
        cmocka_unit_test(e9_keys_of_a_file_that_grows_are_found_fragment_by_fragment),
        cmocka_unit_test(e9_only_headers_are_read),
        cmocka_unit_test(e9_a_sidx_is_read_instead_of_the_fragments),
        cmocka_unit_test(e9_a_filler_behind_the_sidx_is_passed_over),
        cmocka_unit_test(e9_a_sidx_of_another_track_or_length_is_not_believed),
        cmocka_unit_test(e9_a_plain_file_has_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
