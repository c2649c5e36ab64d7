/* oc_pool: every block once, none twice, counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_pool.h"

#define BLOCKS 9

static uint64_t memory[BLOCKS * OC_POOL_EACH / sizeof(uint64_t)];

static void all_blocks_and_then_none(void **state) {
    (void)state;
    oc_pool_t pool;
    uint8_t *blocks[BLOCKS];
    oc_pool_init(&pool, memory, BLOCKS);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < BLOCKS; i++) {
            blocks[i] = oc_pool_take(&pool);
            assert_non_null(blocks[i]);
            assert_int_equal((uintptr_t)blocks[i] % sizeof(uint64_t), 0);
            memset(blocks[i], (int)i + 1, OC_POOL_EACH);
        }
        assert_null(oc_pool_take(&pool));
        assert_int_equal(pool.used, BLOCKS);
        assert_int_equal(pool.refused, round + 1);
        for (unsigned i = 0; i < BLOCKS; i++) { /* nobody wrote into another's */
            for (unsigned k = 0; k < OC_POOL_EACH; k++)
                assert_int_equal(blocks[i][k], i + 1);
        }
        for (unsigned i = 0; i < BLOCKS; i++)
            oc_pool_give(&pool, blocks[(i + round) % BLOCKS]);
        assert_int_equal(pool.used, 0);
    }
    assert_int_equal(pool.maximum, BLOCKS);
}

static void memory_is_untouched_before_use(void **state) {
    (void)state;
    oc_pool_t pool;
    memset(memory, 0xA5, sizeof(memory));
    oc_pool_init(&pool, memory, BLOCKS);
    oc_pool_give(&pool, oc_pool_take(&pool));
    oc_pool_give(&pool, oc_pool_take(&pool));
    oc_pool_give(&pool, NULL);
    const uint8_t *bytes = (const uint8_t *)memory;
    for (size_t i = OC_POOL_EACH; i < sizeof(memory); i++)
        assert_int_equal(bytes[i], 0xA5);
    assert_int_equal(pool.maximum, 1);
}

static void a_pool_of_nothing_gives_nothing(void **state) {
    (void)state;
    oc_pool_t pool;
    oc_pool_init(&pool, NULL, 0);
    assert_null(oc_pool_take(&pool));
    assert_int_equal(pool.refused, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_blocks_and_then_none),
        cmocka_unit_test(memory_is_untouched_before_use),
        cmocka_unit_test(a_pool_of_nothing_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
