/* Which blocks of an object are read, in which order, and which are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "oc_object_blocks.h"

static oc_object_blocks_t blocks;

/* The next one is that block; it is read. */
static void expect_next(int64_t block) {
    int64_t found = -1;
    int slot = oc_object_blocks_next(&blocks, &found);
    assert_true(slot >= 0);
    assert_int_equal(found, block);
    oc_object_blocks_done(&blocks, slot, true);
}

static void expect_none(void) {
    int64_t found;
    assert_int_equal(oc_object_blocks_next(&blocks, &found), -1);
}

static void test_forwards(void **state) {
    oc_object_blocks_init(&blocks, 100);
    expect_none();
    assert_int_equal(oc_object_blocks_require(&blocks, 0), -1);
    for (int64_t i = 0; i <= OC_OBJECT_AHEAD; i++)
        expect_next(i);
    expect_none();
    for (int64_t i = 1; i < 100; i++) {
        assert_true(oc_object_blocks_require(&blocks, i) >= 0);
        if (i + OC_OBJECT_AHEAD < 100)
            expect_next(i + OC_OBJECT_AHEAD);
        expect_none();
    }
}

/* A file whose index is at its end: the first and the last block, then the second. */
static void test_jumps(void **state) {
    oc_object_blocks_init(&blocks, 100);
    oc_object_blocks_require(&blocks, 0);
    expect_next(0);
    assert_int_equal(oc_object_blocks_require(&blocks, 99), -1);
    expect_next(99); /* nothing ahead of a jump, and nothing behind the end */
    expect_none();
    assert_int_equal(oc_object_blocks_require(&blocks, 1), -1);
    expect_next(1);
    expect_none();
    assert_true(oc_object_blocks_require(&blocks, 99) >= 0); /* kept */
    assert_int_equal(oc_object_blocks_require(&blocks, 2), -1);
    expect_next(2);
    assert_int_equal(oc_object_blocks_require(&blocks, 3), -1); /* forwards again */
    expect_next(3);
    expect_next(4);
}

static void test_failure(void **state) {
    int64_t found;
    oc_object_blocks_init(&blocks, 2);
    oc_object_blocks_require(&blocks, 0);
    int slot = oc_object_blocks_next(&blocks, &found);
    int64_t second;
    int other = oc_object_blocks_next(&blocks, &second);
    assert_int_equal(second, 1);
    expect_none(); /* both are on their way */
    oc_object_blocks_done(&blocks, slot, false);
    assert_int_equal(oc_object_blocks_require(&blocks, 0), -1);
    oc_object_blocks_done(&blocks, other, true);
    expect_next(0); /* once more */
    assert_true(oc_object_blocks_require(&blocks, 1) >= 0);
}

/* Any order of requests: the required block is always the first that is read, and is found. */
static void test_any_order(void **state) {
    srand(1);
    oc_object_blocks_init(&blocks, 30);
    for (unsigned i = 0; i < 20000; i++) {
        int64_t block = rand() % 30, found;
        int slot = oc_object_blocks_require(&blocks, block);
        for (unsigned reads = 0; slot < 0; reads++) {
            assert_int_equal(reads, 0);
            int into = oc_object_blocks_next(&blocks, &found);
            assert_true(into >= 0);
            assert_int_equal(found, block);
            oc_object_blocks_done(&blocks, into, true);
            slot = oc_object_blocks_require(&blocks, block);
        }
        assert_int_equal(blocks.slot[slot].block, block);
        for (unsigned reads = rand() % 4; reads > 0; reads--) {
            int into = oc_object_blocks_next(&blocks, &found);
            assert_int_not_equal(into, slot); /* its bytes may be copied now */
            if (into >= 0)
                oc_object_blocks_done(&blocks, into, rand() % 4 > 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forwards), cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_failure), cmocka_unit_test(test_any_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
