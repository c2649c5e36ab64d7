/* What a handshake takes from the heap and gives back, what it does when there is none left, and
 * that no block with a key in it is ever freed unwiped. malloc and its family are replaced, so that
 * what mbedTLS and libcrypto allocate is seen too. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dtls_pair.h"
#include "oc_err.h"
#include "oc_random_seeded.h"

#define SECOND 1000000

/* glibc's own, under the names it keeps for this */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

static pair_t pair;
static long live, peak, count, fail_at = -1; /* bytes, bytes, allocations, number of one */
static long found;                           /* freed blocks with a key in them */
static bool watch;

static bool refuse(void) {
    return watch && count++ == fail_at;
}

static void *took(void *block) {
    if (block && watch) {
        live += (long)malloc_usable_size(block);
        peak = live > peak ? live : peak;
    }
    return block;
}

static bool holds(const uint8_t *block, size_t size, const uint8_t *key) {
    for (size_t i = 0; i + 16 <= size; i++)
        if (block[i] == key[0] && memcmp(block + i, key, 16) == 0)
            return true;
    return false;
}

static void look(const void *block, size_t size) {
    for (unsigned i = 0; i < 2; i++)
        if (pair.end[i].keyed && (holds(block, size, pair.end[i].keys.key[0]) ||
                                  holds(block, size, pair.end[i].keys.key[1])))
            found++;
}

void *malloc(size_t size) {
    if (!refuse())
        return took(__libc_malloc(size));
    errno = ENOMEM;
    return NULL;
}

void *calloc(size_t n, size_t size) {
    if (!refuse())
        return took(__libc_calloc(n, size));
    errno = ENOMEM;
    return NULL;
}

void *realloc(void *block, size_t size) {
    if (refuse()) {
        errno = ENOMEM;
        return NULL;
    }
    long before = block && watch ? (long)malloc_usable_size(block) : 0;
    void *moved = __libc_realloc(block, size);
    if (moved && watch)
        live -= before;
    return took(moved);
}

void free(void *block) {
    if (block && watch) {
        size_t size = malloc_usable_size(block);
        look(block, size);
        live -= (long)size;
    }
    __libc_free(block);
}

static void make(uint64_t seed) {
    oc_random_seed(seed);
    dtls_pair_make(&pair, OC_HS_SUITES_GCM_FIRST);
    pair.end[0].greeting = "hello";
    pair.end[1].greeting = "welcome";
}

/* From nothing to a connection and back; what the library keeps for ever is there afterwards. */
static void warm_up(void) {
    make(1);
    dtls_pair_start(&pair);
    assert_true(dtls_pair_connect(&pair, pair.now_us + SECOND));
    dtls_pair_free(&pair);
}

/* Counts from here. */
static void begin(long fail) {
    live = peak = count = found = 0;
    fail_at = fail;
    watch = true;
}

/* Bytes of one expanded key; they differ with what encrypts. */
static long key_bytes(void) {
    static const uint8_t key[OC_AEAD_KEY_MAX] = {1};
    oc_aead_t *aead;
    begin(-1);
    assert_int_equal(oc_aead_create(&aead, OC_AEAD_AES128_GCM, key), OC_OK);
    watch = false;
    long bytes = live;
    oc_aead_destroy(aead);
    return bytes;
}

static void a_connection_keeps_two_keys(void **state) {
    warm_up();
    long key = key_bytes();
    make(2);
    begin(-1);
    dtls_pair_start(&pair);
    assert_true(dtls_pair_connect(&pair, pair.now_us + SECOND));
    watch = false;
    assert_null(pair.end[0].dtls.slot);
    assert_null(pair.end[1].dtls.slot);
    print_message("two ends: peak %ld bytes, connected %ld, %ld allocations\n", peak, live, count);
    assert_int_equal(live, 4 * key); /* two of each end */
    watch = true;
    assert_true(oc_dtls_deinit(&pair.end[0].dtls));
    assert_true(oc_dtls_deinit(&pair.end[1].dtls));
    watch = false;
    assert_int_equal(live, 0); /* the base line, exactly */
    assert_int_equal(found, 0);
    dtls_pair_free(&pair);
}

/* The test itself: a block that is freed with a key in it is seen. */
static void a_key_that_is_left_is_found(void **state) {
    make(2);
    dtls_pair_start(&pair);
    assert_true(dtls_pair_connect(&pair, pair.now_us + SECOND));
    uint8_t *volatile block = malloc(100);
    assert_non_null(block);
    memcpy(block + 33, pair.end[1].keys.key[0], 16);
    begin(-1);
    free(block);
    watch = false;
    assert_int_equal(found, 2); /* both ends know it */
    dtls_pair_free(&pair);
}

static void an_end_in_the_middle_gives_all_back(void **state) {
    for (int64_t us = 0; us < 3000; us += 250) {
        make(3);
        begin(-1);
        dtls_pair_start(&pair);
        dtls_pair_run(&pair, pair.now_us + us);
        assert_true(oc_dtls_deinit(&pair.end[0].dtls));
        assert_true(oc_dtls_deinit(&pair.end[1].dtls));
        watch = false;
        assert_int_equal(live, 0);
        assert_int_equal(found, 0);
        dtls_pair_free(&pair);
    }
}

/* Fragments of messages to come, each of the greatest length that is let through, and longer ones.
 */
static void forge(pair_t *p, unsigned to) {
    uint8_t record[OC_DTLS_HEADER + 12 + 8];
    for (unsigned i = 0; i < 400; i++) {
        oc_wr_t wr = oc_wr(record, sizeof record);
        oc_wr_u8(&wr, OC_DTLS_HANDSHAKE);
        oc_wr_u16(&wr, OC_DTLS_VERSION_1_2);
        oc_wr_be(&wr, 100 + i, 8);
        oc_wr_u16(&wr, 12 + 8);
        oc_wr_u8(&wr, OC_DTLS_CERTIFICATE);
        oc_wr_u24(&wr, i % 2 ? 14500 : OC_DTLS_MESSAGE_MAX);
        oc_wr_u16(&wr, to + 1 + i / 2 % 4); /* the messages that come next */
        oc_wr_u24(&wr, 8 * i % 4000);
        oc_wr_u24(&wr, 8);
        oc_wr_zero(&wr, 8);
        dtls_pair_inject(p, to, oc_span(record, sizeof record));
    }
}

static void forged_fragments_take_little(void **state) {
    make(5);
    begin(-1);
    dtls_pair_start(&pair);
    dtls_pair_run(&pair, pair.now_us + 600); /* the server has answered */
    long before = live;
    for (unsigned i = 0; i < 2; i++)
        forge(&pair, i);
    print_message("forged fragments: %ld bytes more\n", live - before);
    assert_in_range(live - before, 0, 2 * 20000);
    assert_true(oc_dtls_deinit(&pair.end[0].dtls));
    assert_true(oc_dtls_deinit(&pair.end[1].dtls));
    watch = false;
    assert_int_equal(live, 0);
    dtls_pair_free(&pair);
}

/* One run with one allocation refused. Either it made no difference, or the end it hit says so. */
static bool run_without(long fail) {
    bool no_memory = false;
    make(4);
    begin(fail);
    for (unsigned i = 0; i < 2; i++) {
        int result = oc_dtls_start(&pair.end[i].dtls, &pair.end[i].config, pair.now_us);
        assert_true(result == OC_OK || result == OC_ERR_NOMEM);
        no_memory |= result != OC_OK;
    }
    dtls_pair_turn(&pair, 1);
    dtls_pair_turn(&pair, 0);
    bool ready = dtls_pair_connect(&pair, pair.now_us + 20 * SECOND);
    for (unsigned i = 0; i < 2; i++) {
        no_memory |= pair.end[i].failed && (pair.end[i].end.reason == OC_HS_NO_MEMORY ||
                                            pair.end[i].end.reason == OC_HS_PROTOCOL ||
                                            pair.end[i].end.reason == OC_HS_LIBRARY);
        assert_true(oc_dtls_deinit(&pair.end[i].dtls));
    }
    watch = false;
    assert_true(ready || no_memory);
    assert_int_equal(live, 0);
    assert_int_equal(found, 0);
    dtls_pair_free(&pair);
    return count > fail;
}

static void every_allocation_may_fail(void **state) {
    const char *every = getenv("OC_DTLS_OOM_STEP");
    long n = 0, runs = 0, step = every ? strtol(every, NULL, 10) : 331;
    assert_true(step > 0);
    while (run_without(n)) {
        n += n < 40 ? 1 : step; /* the first ones are ours, the others mostly big numbers */
        runs++;
    }
    print_message("%ld runs, up to allocation %ld\n", runs, n);
    assert_true(runs > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_keeps_two_keys),
        cmocka_unit_test(a_key_that_is_left_is_found),
        cmocka_unit_test(an_end_in_the_middle_gives_all_back),
        cmocka_unit_test(forged_fragments_take_little),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
