/* Repair of a file that was cut off at any byte or damaged in any fragment. */
#include "cmocka_first.h"
#include "record_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"
#include "oc_fragment_check.h"
#include "oc_recover.h"

#define SECOND INT64_C(1000000)

static _Alignas(16) uint8_t memory[OC_RECOVER_BYTES];

typedef struct bytes {
    const uint8_t *data;
    uint64_t reads;
    uint64_t fail_at; /* reading beyond it gives OC_ERR_IO; 0 = never */
} bytes_t;

static int read_bytes(void *context, uint64_t offset, void *buffer, size_t len) {
    bytes_t *b = context;
    b->reads += len;
    if (b->fail_at && offset + len > b->fail_at)
        return OC_ERR_IO;
    memcpy(buffer, b->data + offset, len);
    return OC_OK;
}

static int plan_of(oc_recover_t *plan, const uint8_t *data, size_t len, uint64_t *reads) {
    bytes_t bytes = {.data = data};
    oc_mp4_source_t source = {read_bytes, &bytes, len};
    int rc =
        oc_recover_plan(plan, RIG_FOLDER, "cam1_20261121T025100.000Z_open.mp4", &source, memory);
    if (reads)
        *reads = bytes.reads;
    return rc;
}

/* A recording of some seconds; returns its bytes up to the last fragment (to be freed) and where
 * its fragments end. */
static uint8_t *record(int64_t us, size_t *len, size_t ends[64], size_t *fragments) {
    rig_t rig;
    record_rig_open(&rig, &rig_default_source, 4000, 1);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, us);
    record_rig_stop(&rig);
    oc_span_t file = oc_sim_disk_bytes(rig.disk, 0);
    uint8_t *copy = malloc(file.len);
    memcpy(copy, file.data, file.len);
    *fragments = 0;
    for (size_t at = 0; at < file.len;) {
        oc_fragment_check_t check;
        if (oc_fragment_check_read(oc_span_sub(file, at, OC_FRAGMENT_CHECK_BYTES), &check) ==
            OC_OK) {
            at += OC_FRAGMENT_CHECK_BYTES + check.bytes;
            ends[(*fragments)++] = at;
        } else {
            at += (size_t)file.data[at] << 24 | (size_t)file.data[at + 1] << 16 |
                  (size_t)file.data[at + 2] << 8 | file.data[at + 3];
        }
    }
    *len = ends[*fragments - 1]; /* behind it: mfra */
    assert_true(*len < file.len);
    record_rig_close(&rig);
    return copy;
}

static void test_every_length(void **state) {
    size_t len, ends[64], fragments;
    uint8_t *file = record(2 * SECOND, &len, ends, &fragments);
    assert_true(fragments >= 4);
    for (size_t cut = 0; cut <= len;
         cut += cut < 2000 || cut + 2000 > len ? 1 + OC_TEST_DIVISOR / 8 : 7 * OC_TEST_DIVISOR) {
        oc_recover_t plan;
        assert_int_equal(plan_of(&plan, file, cut, NULL), OC_OK);
        size_t whole = 0;
        for (size_t i = 0; i < fragments; i++)
            if (ends[i] <= cut)
                whole = ends[i];
        if (plan.valid_bytes != whole)
            fail_msg("cut at %zu: %llu instead of %zu", cut, (unsigned long long)plan.valid_bytes,
                     whole);
        assert_int_equal(plan.op[0].kind, whole == 0    ? OC_FILE_UNLINK
                                          : whole < cut ? OC_FILE_TRUNCATE
                                                        : OC_FILE_PATCH);
        assert_int_equal(plan.lost_bytes, cut - whole);
        if (whole)
            assert_int_equal(plan.op[plan.ops - 1].kind, OC_FILE_RENAME);
    }
    free(file);
}

/* One wrong byte in what was not synced ends the file before its fragment. */
static void test_every_unsynced_byte_counts(void **state) {
    size_t len, ends[64], fragments;
    uint8_t *file = record(2 * SECOND, &len, ends, &fragments);
    /* the last check box knows that all but the last two fragments were synced, at least */
    size_t from = ends[fragments - 2];
    for (size_t at = from; at < len; at += 5 * OC_TEST_DIVISOR) {
        oc_recover_t plan;
        file[at] ^= 0x10;
        assert_int_equal(plan_of(&plan, file, len, NULL), OC_OK);
        file[at] ^= 0x10;
        assert_int_equal(plan.valid_bytes, from);
    }
    free(file);
}

/* What a repair reads does not grow with the payload. */
static void test_reads_headers_only(void **state) {
    size_t len, ends[64], fragments;
    oc_recover_t plan;
    uint64_t reads;
    uint8_t *file = record(25 * SECOND, &len, ends, &fragments);
    assert_int_equal(plan_of(&plan, file, len, &reads), OC_OK);
    assert_int_equal(plan.valid_bytes, len);
    assert_true(fragments >= 48 && len > 1000000);
    assert_true(reads < fragments * 20480); /* a few windows each; the payload has no say */
    free(file);
}

static void starts_with(const char *text, const char *start) {
    assert_memory_equal(text, start, strlen(start));
}

static void test_names(void **state) {
    size_t len, ends[64], fragments;
    oc_recover_t plan;
    uint8_t *file = record(2 * SECOND, &len, ends, &fragments);
    bytes_t bytes = {.data = file};
    oc_mp4_source_t source = {read_bytes, &bytes, len};
    assert_int_equal(plan_of(&plan, file, len, NULL), OC_OK);
    assert_int_equal(plan.ops, 2); /* PATCH, RENAME */
    assert_string_equal(plan.op[1].path, RIG_FOLDER "/cam1_20261121T025100.000Z_open.mp4");
    starts_with(plan.op[1].to, RIG_FOLDER "/cam1_20261121T025100.000Z_20261121T025102.0");
    char before[OC_FILE_PATH_MAX];
    memcpy(before, plan.op[1].to, sizeof before);
    assert_int_equal(oc_recover_other_name(&plan), OC_OK);
    assert_true(strcmp(before, plan.op[1].to) < 0);
    assert_int_equal(
        oc_recover_plan(&plan, RIG_FOLDER, "cam1_m0000000000005_open.mp4", &source, memory), OC_OK);
    starts_with(plan.op[1].to, RIG_FOLDER "/cam1_m0000000000005_m0000000002");
    assert_int_equal(oc_recover_plan(&plan, RIG_FOLDER, "cam1_m0000000000005_m0000000000006.mp4",
                                     &source, memory),
                     OC_AGAIN);
    assert_int_equal(oc_recover_plan(&plan, RIG_FOLDER, "cam1_open.mp4", &source, memory),
                     OC_ERR_FORMAT);
    assert_int_equal(oc_recover_other_name(&plan), OC_ERR_STATE);
    free(file);
}

/* Whatever a power cut left in the place of the index: the repair writes the one that the file had,
 * and a second repair writes it again. */
static void e9_a_torn_index_is_made_again(void **state) {
    size_t len, ends[64], fragments, place = 0;
    oc_recover_t plan;
    uint8_t *file = record(3 * SECOND, &len, ends, &fragments);
    for (size_t at = 0; memcmp(file + at + 4, "sidx", 4) != 0; place = at)
        at += (size_t)file[at] << 24 | (size_t)file[at + 1] << 16 | (size_t)file[at + 2] << 8 |
              file[at + 3];
    assert_true(place > 0);
    static const uint8_t none[8];
    assert_memory_equal(file + place + 28, none, 8); /* first_offset: Chromium takes no other */
    uint8_t *torn = malloc(len);
    for (unsigned round = 0; round < 64; round++) {
        memcpy(torn, file, len);
        for (size_t i = 0; i < 8 + round * 40u; i++)
            torn[place + i] = (uint8_t)(round * 73 + i * 31);
        assert_int_equal(plan_of(&plan, torn, len, NULL), OC_OK);
        assert_int_equal(plan.valid_bytes, len);
        assert_int_equal(plan.op[0].kind, OC_FILE_PATCH);
        assert_int_equal(plan.op[0].offset, place);
        assert_memory_equal(plan.index.data, file + place, plan.index.len);
        assert_true(plan.needs_index);
    }
    free(torn);
    free(file);
}

/* A disk that cannot be read at the moment is no reason to cut or remove anything. */
static void test_read_error(void **state) {
    size_t len, ends[64], fragments;
    oc_recover_t plan;
    uint8_t *file = record(2 * SECOND, &len, ends, &fragments);
    for (size_t fail_at = 1; fail_at < len; fail_at += 997) {
        bytes_t bytes = {.data = file, .fail_at = fail_at};
        oc_mp4_source_t source = {read_bytes, &bytes, len};
        int rc =
            oc_recover_plan(&plan, RIG_FOLDER, "cam1_m0000000000005_open.mp4", &source, memory);
        if (rc == OC_OK) /* what could not be read did not have to be */
            assert_int_equal(plan.valid_bytes, len);
        else
            assert_int_equal(rc, OC_ERR_IO);
    }
    free(file);
}

static uint32_t crc_by_bits(uint32_t crc, const uint8_t *bytes, size_t len) {
    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static void test_check_box(void **state) {
    uint8_t box[OC_FRAGMENT_CHECK_BYTES];
    oc_fragment_check_t in = {0x12345678, 99, INT64_C(0x123456789AB)}, out;
    assert_int_equal(oc_fragment_check_add(0, oc_span("123456789", 9)), 0xCBF43926u);
    assert_int_equal(
        oc_fragment_check_add(oc_fragment_check_add(0, oc_span("1234", 4)), oc_span("56789", 5)),
        0xCBF43926u);
    uint8_t bytes[64];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    for (size_t at = 0; at < 8; at++) /* any alignment and length: against the definition */
        for (size_t len = 0; len <= sizeof bytes - at; len++)
            assert_int_equal(oc_fragment_check_add(0x1234, oc_span(bytes + at, len)),
                             crc_by_bits(0x1234, bytes + at, len));
    oc_fragment_check_write(&in, box);
    assert_int_equal(oc_fragment_check_read(oc_span(box, sizeof box), &out), OC_OK);
    assert_int_equal(out.crc, in.crc);
    assert_int_equal(out.bytes, in.bytes);
    assert_int_equal(out.synced_bytes, in.synced_bytes);
    for (size_t i = 0; i < sizeof box * 8; i++) {
        box[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_int_equal(oc_fragment_check_read(oc_span(box, sizeof box), &out), OC_ERR_FORMAT);
        box[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    assert_int_equal(oc_fragment_check_read(oc_span(box, sizeof box - 1), &out), OC_ERR_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_box),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_every_unsynced_byte_counts),
        cmocka_unit_test(test_reads_headers_only),
        cmocka_unit_test(test_names),
        cmocka_unit_test(e9_a_torn_index_is_made_again),
        cmocka_unit_test(test_read_error),
    };
    return cmocka_run_group_tests_name("recover", tests, NULL, NULL);
}
