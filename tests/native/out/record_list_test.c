/* Pages of recordings in order, whatever order the folder gives them in. [E9] */
#include "cmocka_first.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "record_list.h"

#define FILES  500
#define MINUTE INT64_C(60000000)

static char files[FILES][OC_RECORD_FILE_MAX];

/* File i starts at minute i and is one minute long; every fifth is of another name, the last is
 * open, three are monotonic. */
static void make_files(void) {
    for (int i = 0; i < FILES; i++) {
        oc_record_name_t name = {.start_us = i * MINUTE, .end_us = (i + 1) * MINUTE};
        snprintf(name.name, sizeof name.name, "%s", i % 5 == 4 ? "door" : "cam1");
        name.open = i == FILES - 4;
        name.monotonic = i >= FILES - 3;
        assert_int_equal(oc_record_name_format(&name, files[i], sizeof files[i]), OC_OK);
    }
}

static uint32_t step(uint32_t *random) {
    return *random = *random * 1664525 + 1013904223;
}

/* Adds all files in an order drawn from the seed. */
static void add_all(oc_record_list_t *list, uint32_t seed) {
    int order[FILES];
    for (int i = 0; i < FILES; i++)
        order[i] = i;
    for (int i = FILES - 1; i > 0; i--) {
        int k = (int)((step(&seed) >> 8) % (uint32_t)(i + 1)), swap = order[i];
        order[i] = order[k];
        order[k] = swap;
    }
    for (int i = 0; i < FILES; i++)
        assert_true(oc_record_list_add(list, files[order[i]], strlen(files[order[i]]),
                                       (uint64_t)order[i]) >= 0);
}

/* Walks all pages and returns the numbers of the files met. */
static int walk(oc_record_query_t query, size_t page, int met[FILES]) {
    oc_record_entry_t entries[32];
    oc_record_list_t list;
    int n = 0;
    for (uint32_t seed = 1;; seed++) {
        oc_record_list_init(&list, &query, entries, page);
        add_all(&list, seed);
        for (size_t i = 0; i < list.len; i++)
            met[n++] = (int)entries[i].bytes;
        if (!oc_record_list_more(&list))
            return n;
        assert_int_equal(list.len, page);
        query.has_after = true;
        query.after = entries[list.len - 1].record;
    }
}

static void test_pages_in_order(void **state) {
    int met[FILES];
    make_files();
    for (size_t page = 1; page <= 32; page += 31) {
        assert_int_equal(walk((oc_record_query_t){0}, page, met), FILES);
        for (int i = 0; i < FILES; i++)
            assert_int_equal(met[i], i);
        assert_int_equal(walk((oc_record_query_t){.newest_first = true}, page, met), FILES);
        for (int i = 0; i < FILES; i++)
            assert_int_equal(met[i], FILES - 1 - i);
    }
}

static void test_by_name(void **state) {
    int met[FILES];
    make_files();
    assert_int_equal(walk((oc_record_query_t){.name = "door"}, 7, met), FILES / 5);
    for (int i = 0; i < FILES / 5; i++)
        assert_int_equal(met[i], i * 5 + 4);
    assert_int_equal(walk((oc_record_query_t){.name = "doo"}, 7, met), 0);
}

/* [from, to): what touches it; an open one has no end yet, a monotonic one no UTC. */
static void test_by_time(void **state) {
    int met[FILES];
    make_files();
    oc_record_query_t query = {.from_us = 10 * MINUTE, .to_us = 12 * MINUTE};
    assert_int_equal(walk(query, 7, met), 2);
    assert_int_equal(met[0], 10);
    query.from_us = 10 * MINUTE - 1;
    query.to_us = 12 * MINUTE + 1;
    assert_int_equal(walk(query, 7, met), 4);
    assert_int_equal(met[0], 9);
    query.from_us = 600 * MINUTE;
    query.to_us = 700 * MINUTE;
    assert_int_equal(walk(query, 7, met), 1);
    assert_int_equal(met[0], FILES - 4);
}

static void test_other_files(void **state) {
    oc_record_entry_t entries[2];
    oc_record_list_t list;
    oc_record_list_init(&list, &(oc_record_query_t){0}, entries, 2);
    assert_int_equal(oc_record_list_add(&list, "index.db", 8, 1), OC_ERR_FORMAT);
    assert_int_equal(list.len + list.matching, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_in_order),
        cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_by_time),
        cmocka_unit_test(test_other_files),
    };
    return cmocka_run_group_tests_name("record_list", tests, NULL, NULL);
}
