/* The ground the other tests stand on: our arithmetic helpers, atomics, threads and heap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_state = 88172645463325252u;

/* Numbers of every length. */
static uint64_t random_number(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state >> (random_state & 63);
}

/* By addition alone. */
static uint64_t product(uint64_t a, uint64_t b) {
    uint64_t sum = 0;
    for (; b; b >>= 1, a <<= 1)
        if (b & 1)
            sum += a;
    return sum;
}

static void division_of_32_bits(void **state) {
    for (int i = 0; i < 20000; i++) {
        volatile uint32_t a = (uint32_t)random_number(), b = (uint32_t)random_number() | (i & 1);
        if (b == 0)
            continue;
        uint32_t quotient = a / b, rest = a % b;
        assert_true(rest < b && product(quotient, b) + rest == a);
        volatile int32_t c = (int32_t)a, d = (int32_t)b;
        if (c == INT32_MIN && d == -1)
            continue;
        assert_int_equal((int64_t)(c / d) * d + c % d, c);
        assert_true((c / d == 0 || (c / d < 0) == ((c < 0) != (d < 0))) && abs(c % d) < llabs(d));
    }
}

static void arithmetic_of_64_bits(void **state) {
    for (int i = 0; i < 20000; i++) {
        volatile uint64_t a = random_number(), b = random_number() | (i & 1);
        assert_true(a * b == product(a, b));
        if (b == 0)
            continue;
        uint64_t quotient = a / b, rest = a % b;
        assert_true(rest < b && product(quotient, b) + rest == a);
        volatile int64_t c = (int64_t)a >> 1, d = (int64_t)b >> 1 ? (int64_t)b >> 1 : -1;
        assert_true(product((uint64_t)(c / d), (uint64_t)d) + (uint64_t)(c % d) == (uint64_t)c);
    }
    volatile int64_t least = INT64_MIN + 1, three = -3, large = 1234567890123;
    assert_true(least / three == 3074457345618258602 && least % three == -1);
    assert_true(-large / 1000 == -1234567890 && -large % 1000 == -123);
}

#define ROUNDS 100000

static _Atomic uint32_t together;
static volatile uint32_t alone;
static _Thread_local uint32_t own = 5;
static _Atomic bool stop;

static void *count(void *context) {
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&together, 1);
        own++;
    }
    return own == 5 + ROUNDS ? context : NULL;
}

static void atomics_lose_nothing(void **state) {
    pthread_t thread[3];
    atomic_store(&together, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, count, &together), 0);
    for (int i = 0; i < 3; i++) {
        void *result;
        assert_int_equal(pthread_join(thread[i], &result), 0);
        assert_ptr_equal(result, &together);
    }
    assert_int_equal(together, 3 * ROUNDS);
    assert_int_equal(own, 5);
}

static void *spin(void *context) {
    while (!atomic_load(&stop))
        alone++;
    return context;
}

/* Neither side ever yields. */
static void the_timer_switches(void **state) {
    pthread_t thread;
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&thread, NULL, spin, NULL), 0);
    for (uint32_t turns = 0, seen = alone; turns < 20;)
        if (alone != seen) {
            seen = alone;
            turns++;
        }
    atomic_store(&stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Blocks of changing sizes, each with its own content. */
static void *use_heap(void *context) {
    unsigned char *held[8] = {NULL};
    bool whole = true;
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned at = i % 8, len = 16 + i * 7 % 200;
        if (held[at])
            whole &= held[at][0] == at && held[at][15] == at;
        free(held[at]);
        held[at] = malloc(len);
        if (!held[at])
            return NULL;
        memset(held[at], (int)at, len);
    }
    for (unsigned at = 0; at < 8; at++)
        free(held[at]);
    return whole ? context : NULL;
}

/* The C library's own locks are empty: ours must be the ones that are linked (xt_lock.c). */
static void the_heap_is_locked(void **state) {
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, use_heap, &together), 0);
    for (int i = 0; i < 3; i++) {
        void *result;
        assert_int_equal(pthread_join(thread[i], &result), 0);
        assert_ptr_equal(result, &together);
    }
}

/* 320 MB: xt_system.c. */
static void the_heap_ends(void **state) {
    assert_null(malloc(400u << 20));
    void *large = malloc(100u << 20);
    assert_non_null(large);
    memset(large, 1, 100u << 20);
    free(large);
}

/* Record layout of an ESP32-S3. */
static void layout(void **state) {
    struct record {
        uint32_t a;
        uint8_t b;
        uint64_t c;
        void *d;
    };
    assert_int_equal(sizeof(struct record), 24);
    assert_int_equal(offsetof(struct record, c), 8);
    assert_true((char)-1 > 0);
    assert_int_equal(sizeof(long), 4);
    assert_int_equal(sizeof(enum {LARGE = 1 << 20}), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(division_of_32_bits),  cmocka_unit_test(arithmetic_of_64_bits),
        cmocka_unit_test(atomics_lose_nothing), cmocka_unit_test(the_timer_switches),
        cmocka_unit_test(the_heap_is_locked),
        cmocka_unit_test(the_heap_ends),        cmocka_unit_test(layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
