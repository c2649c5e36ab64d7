/* Two implementations of oc_crypto against each other on random inputs: libcrypto's and our small
 * one. And: libcrypto's allocates nothing per call, in no thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <cmocka.h>
#include <openssl/crypto.h>
#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_random_seeded.h"

/* tests/native/support/oc_crypto_soft.h with OC_SOFT_TWIN */
void soft_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count, uint8_t *out);
int soft_aead_create(oc_aead_t **out, enum oc_aead_kind kind, const uint8_t *key);
void soft_aead_destroy(oc_aead_t *aead);
int soft_aead_seal(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                   const oc_span_t *plain, unsigned parts, uint8_t *out);
int soft_aead_seal_record(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE],
                          const uint8_t ad[OC_AEAD_RECORD_AD], const oc_span_t *plain,
                          unsigned parts, uint8_t *out);
int soft_aead_open(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                   oc_span_t sealed, uint8_t *out);

/* ---- what is allocated ---- */

static _Thread_local unsigned allocations;

static void *count_malloc(size_t size, const char *file, int line) {
    allocations++;
    return malloc(size);
}
static void *count_realloc(void *p, size_t size, const char *file, int line) {
    allocations++;
    return realloc(p, size);
}
static void count_free(void *p, const char *file, int line) {
    free(p);
}

static size_t random_below(size_t n) {
    uint32_t value;
    oc_random(&value, sizeof(value));
    return value % n;
}

/* `data` in up to four parts. */
static unsigned cut(oc_span_t data, oc_span_t parts[4]) {
    unsigned count = 0;
    for (; count < 3 && data.len; count++) {
        size_t n = random_below(data.len + 1);
        parts[count] = oc_span_sub(data, 0, n);
        data = oc_span(data.data + n, data.len - n);
    }
    parts[count++] = data;
    return count;
}

static void hashes_are_the_same(void **state) {
    (void)state;
    static uint8_t data[700];
    oc_random_seed(1);
    for (unsigned round = 0; round < 3000; round++) {
        uint8_t one[OC_HASH_MAX], two[OC_HASH_MAX];
        oc_span_t parts[4];
        oc_random(data, sizeof(data));
        enum oc_hash kind = (enum oc_hash)(round % OC_HASH_KINDS);
        unsigned count = cut(oc_span(data, random_below(sizeof(data))), parts);
        oc_hash(kind, parts, count, one);
        soft_hash(kind, parts, count, two);
        assert_memory_equal(one, two, oc_hash_size(kind));
    }
}

static void sealed_bytes_are_the_same_and_open(void **state) {
    (void)state;
    static uint8_t data[1300], one[1316], two[1316];
    oc_random_seed(2);
    for (unsigned round = 0; round < 1500; round++) {
        uint8_t key[32], nonce[12], ad[40];
        oc_span_t parts[4];
        oc_aead_t *a, *b;
        oc_random(key, sizeof(key));
        oc_random(nonce, sizeof(nonce));
        oc_random(ad, sizeof(ad));
        oc_random(data, sizeof(data));
        size_t len = random_below(sizeof(data));
        const oc_span_t more = oc_span(ad, random_below(sizeof(ad)));
        unsigned count = cut(oc_span(data, len), parts);
        assert_int_equal(oc_aead_create(&a, (enum oc_aead_kind)(round % 2), key), OC_OK);
        assert_int_equal(soft_aead_create(&b, (enum oc_aead_kind)(round % 2), key), OC_OK);
        assert_int_equal(oc_aead_seal(a, nonce, more, parts, count, one), OC_OK);
        assert_int_equal(soft_aead_seal(b, nonce, more, parts, count, two), OC_OK);
        assert_memory_equal(one, two, len + OC_AEAD_TAG);
        assert_int_equal(oc_aead_open(a, nonce, more, oc_span(two, len + OC_AEAD_TAG), two), OC_OK);
        assert_int_equal(soft_aead_open(b, nonce, more, oc_span(one, len + OC_AEAD_TAG), one),
                         OC_OK);
        assert_memory_equal(one, data, len);
        assert_memory_equal(two, data, len);
        oc_aead_destroy(a);
        soft_aead_destroy(b);
    }
}

/* Records of TLS 1.2: numbers that count up, with a carry, that jump, and with other uses of the
 * key between them. */
static void sealed_records_are_the_same(void **state) {
    (void)state;
    static uint8_t data[1300], one[8 + 1316], two[8 + 1316], plain[1316];
    uint8_t key[16], nonce[12], ad[OC_AEAD_RECORD_AD];
    oc_aead_t *a, *b;
    oc_random_seed(3);
    oc_random(key, sizeof(key));
    oc_random(nonce, sizeof(nonce));
    memset(nonce + 8, 0xff, 3); /* a carry comes soon */
    assert_int_equal(oc_aead_create(&a, OC_AEAD_AES128_GCM, key), OC_OK);
    assert_int_equal(soft_aead_create(&b, OC_AEAD_AES128_GCM, key), OC_OK);
    for (unsigned round = 0; round < 1500; round++) {
        oc_span_t parts[4];
        oc_random(ad, sizeof(ad));
        oc_random(data, sizeof(data));
        size_t len = round % 50 == 7 ? 0 : random_below(sizeof(data));
        ad[11] = (uint8_t)(len >> 8);
        ad[12] = (uint8_t)len;
        unsigned count = cut(oc_span(data, len), parts);
        if (round % 20 == 11)
            nonce[random_below(12)] ^= 0x55;
        memcpy(one, nonce + 4, 8);
        memcpy(two, nonce + 4, 8);
        assert_int_equal(oc_aead_seal_record(a, nonce, ad, parts, count, one + 8), OC_OK);
        assert_int_equal(soft_aead_seal_record(b, nonce, ad, parts, count, two + 8), OC_OK);
        assert_memory_equal(one, two, 8 + len + OC_AEAD_TAG);
        const oc_span_t with = oc_span(ad, sizeof(ad)), sealed = oc_span(one + 8, len + 16);
        if (round % 3 == 1)
            assert_int_equal(oc_aead_open(a, nonce, with, sealed, plain), OC_OK);
        if (round % 7 == 1)
            assert_int_equal(oc_aead_seal(a, key, with, parts, count, plain), OC_OK);
        for (unsigned i = 12; i > 4 && ++nonce[i - 1] == 0; i--)
            ;
    }
    oc_aead_destroy(a);
    soft_aead_destroy(b);
    assert_int_equal(oc_aead_create(&a, OC_AEAD_CHACHA20_POLY1305, data), OC_OK);
    const oc_span_t part = oc_span(data, 20);
    assert_int_equal(oc_aead_seal_record(a, nonce, ad, &part, 1, one + 8), OC_ERR_STATE);
    oc_aead_destroy(a);
    static uint8_t large[8 + OC_AEAD_RECORD_MAX + 17];
    assert_int_equal(oc_aead_create(&a, OC_AEAD_AES128_GCM, key), OC_OK);
    const oc_span_t too_much = oc_span(large + 8, OC_AEAD_RECORD_MAX + 1);
    assert_int_equal(oc_aead_seal_record(a, nonce, ad, &too_much, 1, large + 8), OC_ERR_TOO_BIG);
    oc_aead_destroy(a);
}

/* Keys are allocated, calls are not. */
static void *all_calls(void *context) {
    static const uint8_t key[32] = {5};
    unsigned *counted = context;
    uint8_t out[OC_HASH_MAX], nonce[12] = {0}, record[1200] = {0}, sealed[1216], framed[8 + 1216];
    oc_aead_t *aead[2];
    const oc_span_t parts[] = {oc_span(record, 100), oc_span(record, 1050)};
    allocations = 0;
    if (oc_aead_create(&aead[0], 0, key) != OC_OK || oc_aead_create(&aead[1], 1, key) != OC_OK)
        return NULL;
    unsigned before = allocations;
    bool seen = before > 0; /* the counting works */
    bool right = true;
    for (unsigned round = 0; round < 50; round++) {
        nonce[0]++;
        for (unsigned kind = 0; kind < OC_HASH_KINDS; kind++)
            oc_hash((enum oc_hash)kind, parts, 2, out);
        right = oc_aead_seal_record(aead[OC_AEAD_AES128_GCM], nonce, key, parts, 2, framed + 8) ==
                    OC_OK &&
                right;
        for (unsigned i = 0; i < 2; i++) {
            right =
                oc_aead_seal(aead[i], nonce, oc_span(key, 13), parts, 2, sealed) == OC_OK && right;
            right = oc_aead_open(aead[i], nonce, oc_span(key, 13), oc_span(sealed, 1166), record) ==
                        OC_OK &&
                    right;
            right = oc_aead_open(aead[i], nonce, oc_span(key, 12), oc_span(sealed, 1166), record) ==
                        OC_ERR_FORMAT &&
                    right;
        }
    }
    *counted = allocations - before + (right && seen ? 0 : 1000000);
    oc_aead_destroy(aead[0]);
    oc_aead_destroy(aead[1]);
    return counted;
}

static void nothing_is_allocated_per_call(void **state) {
    (void)state;
    unsigned counted[3] = {99, 99, 99};
    pthread_t threads[2];
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, all_calls, &counted[i]), 0);
    all_calls(&counted[2]);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(counted[i], 0);
}

int main(void) {
    if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1)
        return 1; /* something has used the library before */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_the_same),
        cmocka_unit_test(sealed_bytes_are_the_same_and_open),
        cmocka_unit_test(sealed_records_are_the_same),
        cmocka_unit_test(nothing_is_allocated_per_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
