/* Names of recordings: one spelling each, and nothing else is read. [E9] */
#include "cmocka_first.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_record_name.h"

static void check_round_trip(const oc_record_name_t *in, const char *text) {
    char file[OC_RECORD_FILE_MAX];
    oc_record_name_t out;
    assert_int_equal(oc_record_name_format(in, file, sizeof file), OC_OK);
    assert_string_equal(file, text);
    assert_int_equal(oc_record_name_parse(file, strlen(file), &out), OC_OK);
    assert_string_equal(out.name, in->name);
    assert_int_equal(out.start_us, in->start_us);
    assert_int_equal(out.end_us, in->open ? 0 : in->end_us);
    assert_int_equal(out.open, in->open);
    assert_int_equal(out.monotonic, in->monotonic);
}

static void test_round_trip(void **state) {
    oc_record_name_t name = {
        .name = "cam1", .start_us = INT64_C(1795229460123000), .end_us = INT64_C(1795234860000000)};
    check_round_trip(&name, "cam1_20261121T025100.123Z_20261121T042100.000Z.mp4");
    name.open = true;
    check_round_trip(&name, "cam1_20261121T025100.123Z_open.mp4");
    name.monotonic = true;
    name.start_us = INT64_C(123456000);
    check_round_trip(&name, "cam1_m0000000123456_open.mp4");
    name.open = false;
    name.end_us = INT64_C(9999999999999000);
    check_round_trip(&name, "cam1_m0000000123456_m9999999999999.mp4");
    memset(name.name, 'z', OC_RECORD_NAME_MAX - 1);
    name.monotonic = false;
    name.start_us = 0;
    name.end_us = INT64_C(253402300799999000);
    char file[OC_RECORD_FILE_MAX];
    assert_int_equal(oc_record_name_format(&name, file, sizeof file), OC_OK);
    assert_int_equal(strlen(file), OC_RECORD_FILE_MAX - 1 - 2); /* the longest there is */
    check_round_trip(&name, file);
}

static void test_times_are_cut_and_clamped(void **state) {
    oc_record_name_t name = {.name = "a", .start_us = 1999, .end_us = -5}, out;
    char file[OC_RECORD_FILE_MAX];
    assert_int_equal(oc_record_name_format(&name, file, sizeof file), OC_OK);
    assert_string_equal(file, "a_19700101T000000.001Z_19700101T000000.000Z.mp4");
    name.monotonic = true;
    name.end_us = INT64_MAX;
    assert_int_equal(oc_record_name_format(&name, file, sizeof file), OC_OK);
    assert_int_equal(oc_record_name_parse(file, strlen(file), &out), OC_OK);
    assert_int_equal(out.start_us, 1000);
}

static void test_hostile(void **state) {
    static const char *const bad[] = {
        "",
        ".mp4",
        "_.mp4",
        "__.mp4",
        "a_open.mp4",
        "a__open.mp4",
        "_m0000000000001_open.mp4",
        "../a_m0000000000001_open.mp4",
        "a/b_m0000000000001_open.mp4",
        "a b_m0000000000001_open.mp4",
        "a_m0000000000001_open.mp4.tmp",
        "a_m0000000000001_open.MP4",
        "a_m0000000000001_Open.mp4",
        "a_m000000000001_open.mp4",
        "a_m00000000000012_open.mp4",
        "a_m-000000000001_open.mp4",
        "a_m0000000000001_20261121T025100.123Z.mp4",
        "a_20261121T025100.123Z_m0000000000001.mp4",
        "a_20261121T025100.123Z_open_open.mp4",
        "a_20261121T025100.123_open.mp4",
        "a_20261321T025100.123Z_open.mp4",
        "a_20260230T025100.123Z_open.mp4",
        "a_20261121T245100.123Z_open.mp4",
        "a_20261121t025100.123z_open.mp4",
        "\xC3\xA4_m0000000000001_open.mp4",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_m0000000000001_open.mp4",
    };
    oc_record_name_t out;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (oc_record_name_parse(bad[i], strlen(bad[i]), &out) != OC_ERR_FORMAT)
            fail_msg("accepted: %s", bad[i]);
    static const char with_nul[] = "a_m0000000000001_open.mp4\0.mp4";
    assert_int_equal(oc_record_name_parse(with_nul, sizeof with_nul - 1, &out), OC_ERR_FORMAT);
}

/* Every string one byte away from a good name is refused, or is another good name. */
static void test_one_byte_off(void **state) {
    static const char good[] = "cam-1_20261121T025100.123Z_20261121T042100.000Z.mp4";
    char text[sizeof good], again[OC_RECORD_FILE_MAX];
    oc_record_name_t out;
    for (size_t at = 0; at < sizeof good - 1; at++)
        for (int byte = 0; byte < 256; byte++) {
            memcpy(text, good, sizeof good);
            text[at] = (char)byte;
            if (oc_record_name_parse(text, sizeof good - 1, &out) != OC_OK)
                continue;
            assert_int_equal(oc_record_name_format(&out, again, sizeof again), OC_OK);
            assert_memory_equal(text, again, sizeof good);
        }
    for (size_t len = 0; len < sizeof good - 1; len++)
        assert_int_equal(oc_record_name_parse(good, len, &out), OC_ERR_FORMAT);
}

static void test_no_room(void **state) {
    oc_record_name_t name = {.name = "cam1", .open = true};
    char out[64];
    size_t need = strlen("cam1_19700101T000000.000Z_open.mp4") + 1;
    assert_int_equal(oc_record_name_format(&name, out, need), OC_OK);
    assert_int_equal(oc_record_name_format(&name, out, need - 1), OC_ERR_NOMEM);
    assert_int_equal(oc_record_name_format(&name, out, 0), OC_ERR_NOMEM);
    assert_int_equal(oc_record_name_path(&name, "r/c", out, need + 4), OC_OK);
    assert_string_equal(out, "r/c/cam1_19700101T000000.000Z_open.mp4");
    assert_int_equal(oc_record_name_path(&name, "r/c", out, need + 3), OC_ERR_NOMEM);
    assert_int_equal(oc_record_name_path(&name, "r/c", out, 4), OC_ERR_NOMEM);
    name.name[0] = '_';
    assert_int_equal(oc_record_name_format(&name, out, sizeof out), OC_ERR_INVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_times_are_cut_and_clamped),
        cmocka_unit_test(test_hostile),    cmocka_unit_test(test_one_byte_off),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests_name("record_name", tests, NULL, NULL);
}
