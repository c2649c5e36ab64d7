/* oc_record: what becomes a structure, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_record.h"

typedef struct item {
    char name[4];
    uint32_t value;
} item_t;

typedef struct pair {
    char text[6];
    uint8_t flag;
    uint8_t gap;
    uint32_t items;
    item_t item[3];
} pair_t;

static const oc_record_field_t item_fields[] = {{0, 4, "name"}, {0, OC_RECORD_END, ""}};
static const oc_record_field_t fields[] = {{0, 6, "text"}, {6, 0, "flag"}, {0, OC_RECORD_END, ""}};
static const oc_record_t record = {12, fields, item_fields, 8, sizeof(item_t), 3};
static const oc_record_t plain = {12, fields, NULL, 0, 0, 0};

static pair_t got;

/* In memory of exactly that length, so that a sanitizer sees a byte behind it. */
static int read_as(const oc_record_t *layout, const pair_t *pair, size_t len) {
    uint8_t *exact = malloc(len > 0 ? len : 1);
    assert_non_null(exact);
    memcpy(exact, pair, len);
    memset(&got, 0xee, sizeof got);
    int result = oc_record_read(layout, oc_span(exact, len), &got, sizeof got);
    free(exact);
    return result;
}

static void a_record_and_its_items_are_copied(void **state) {
    pair_t pair = {"front", 1, 7, 2, {{"abc", 5}, {"", 6}, {"", 0}}};
    assert_int_equal(read_as(&record, &pair, 12 + 2 * sizeof(item_t)), OC_OK);
    assert_string_equal(got.text, "front");
    assert_int_equal(got.items, 2);
    assert_int_equal(got.item[1].value, 6);
    assert_int_equal(got.item[2].value, 0); /* not in the parcel */
    pair.items = 0;
    assert_int_equal(read_as(&record, &pair, 12), OC_OK);
    pair.items = 77; /* of a record without items nobody counts */
    assert_int_equal(read_as(&plain, &pair, 12), OC_OK);
}

static void other_lengths_are_refused(void **state) {
    pair_t pair = {"front", 1, 0, 2, {{"abc", 5}, {"", 6}, {"", 0}}};
    for (size_t len = 0; len <= sizeof pair; len++)
        assert_int_equal(read_as(&record, &pair, len),
                         len == 12 + 2 * sizeof(item_t) ? OC_OK : OC_ERR_INVAL);
    pair.items = 4;
    assert_int_equal(read_as(&record, &pair, sizeof pair), OC_ERR_INVAL);
    pair.items = UINT32_MAX / sizeof(item_t) + 1; /* times the size of one: 0 */
    assert_int_equal(read_as(&record, &pair, 12), OC_ERR_INVAL);
    assert_int_equal(got.flag, 0xee); /* nothing was written */
}

static void texts_without_an_end_and_flags_above_1_are_refused(void **state) {
    pair_t pair = {"front", 2, 0, 0, {{"", 0}}};
    assert_int_equal(read_as(&record, &pair, 12), OC_ERR_INVAL);
    assert_string_equal(oc_record_fault(fields, &pair), "flag");
    pair.flag = 1;
    assert_null(oc_record_fault(fields, &pair));
    pair.flag = 0;
    memset(pair.text, 'a', sizeof pair.text);
    assert_int_equal(read_as(&record, &pair, 12), OC_ERR_INVAL);
    pair = (pair_t){"front", 0, 0, 1, {{"abc", 0}}};
    memset(pair.item[0].name, 'a', sizeof pair.item[0].name);
    assert_int_equal(read_as(&record, &pair, 12 + sizeof(item_t)), OC_ERR_INVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_and_its_items_are_copied),
        cmocka_unit_test(other_lengths_are_refused),
        cmocka_unit_test(texts_without_an_end_and_flags_above_1_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
