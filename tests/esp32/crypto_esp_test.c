/* hosts/esp32/sys/oc_crypto_esp.c over PSA, beside hosts/posix/sys/oc_crypto.c over libcrypto:
 * every primitive gives the same bytes, and each opens what the other sealed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_random_seeded.h"

/* The same functions of oc_crypto_esp.c under other names (CMakeLists.txt). */
void esp_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count, uint8_t *out);
bool esp_crypto_equal(const void *a, const void *b, size_t len);
void esp_crypto_wipe(void *data, size_t len);
int esp_aead_create(oc_aead_t **out, enum oc_aead_kind kind, const uint8_t *key);
void esp_aead_destroy(oc_aead_t *aead);
int esp_aead_seal(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                  const oc_span_t *plain, unsigned parts, uint8_t *out);
int esp_aead_seal_record(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE],
                         const uint8_t ad[OC_AEAD_RECORD_AD], const oc_span_t *plain,
                         unsigned parts, uint8_t *out);
int esp_aead_open(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                  oc_span_t sealed, uint8_t *out);

#define LONGEST 2000
#define PARTS   5

static unsigned below(unsigned n) {
    uint32_t number;
    oc_random(&number, sizeof number);
    return number % n;
}

/* Cuts bytes at random, also into nothing. */
static unsigned cut(const uint8_t *bytes, size_t len, oc_span_t *parts) {
    unsigned count = 0;
    while (count < PARTS - 1) {
        size_t n = below((unsigned)len + 1);
        parts[count++] = oc_span(bytes, n);
        bytes += n;
        len -= n;
    }
    parts[count++] = oc_span(bytes, len);
    return count;
}

static void hashes_are_the_same(void **state) {
    static uint8_t bytes[LONGEST];
    uint8_t ours[OC_HASH_MAX], theirs[OC_HASH_MAX];
    oc_span_t parts[PARTS];
    oc_random_seed(1);
    oc_random(bytes, sizeof bytes);
    for (unsigned kind = 0; kind < OC_HASH_KINDS; kind++) {
        for (size_t len = 0; len < LONGEST; len += 1 + len / 9) {
            oc_span_t whole = oc_span(bytes, len);
            memset(ours, 0xA5, sizeof ours);
            memset(theirs, 0xA5, sizeof theirs);
            esp_hash(kind, parts, cut(bytes, len, parts), ours);
            oc_hash(kind, &whole, 1, theirs);
            assert_memory_equal(ours, theirs, sizeof ours); /* and not a byte behind it */
        }
        esp_hash(kind, NULL, 0, ours);
        oc_hash(kind, NULL, 0, theirs);
        assert_memory_equal(ours, theirs, oc_hash_size(kind));
        memcpy(ours, bytes, sizeof ours); /* out is one of the parts */
        parts[0] = oc_span(ours, sizeof ours);
        esp_hash(kind, parts, 1, ours);
        parts[0] = oc_span(bytes, sizeof ours);
        oc_hash(kind, parts, 1, theirs);
        assert_memory_equal(ours, theirs, oc_hash_size(kind));
    }
}

static void equal_and_wiped(void **state) {
    uint8_t a[40], b[40];
    oc_random(a, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(esp_crypto_equal(a, b, sizeof a));
    assert_true(esp_crypto_equal(a, b, 0));
    for (unsigned bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(esp_crypto_equal(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    esp_crypto_wipe(b, sizeof b - 1);
    for (unsigned i = 0; i < sizeof b; i++)
        assert_int_equal(b[i], i < sizeof b - 1 ? 0 : a[i]);
}

/* One message of one key: sealed by both, opened by the other one, in place or not. */
static void both_ways(enum oc_aead_kind kind, oc_aead_t *esp, oc_aead_t *posix, size_t len) {
    static uint8_t plain[LONGEST], ours[LONGEST + OC_AEAD_TAG], theirs[LONGEST + OC_AEAD_TAG];
    static uint8_t back[LONGEST + 1];
    uint8_t nonce[OC_AEAD_NONCE], ad[32];
    oc_span_t parts[PARTS], with = oc_span(ad, below(sizeof ad + 1));
    oc_random(plain, sizeof plain);
    oc_random(nonce, sizeof nonce);
    oc_random(ad, sizeof ad);
    unsigned count = cut(plain, len, parts);
    assert_int_equal(esp_aead_seal(esp, nonce, with, parts, count, ours), OC_OK);
    assert_int_equal(oc_aead_seal(posix, nonce, with, parts, count, theirs), OC_OK);
    assert_memory_equal(ours, theirs, len + OC_AEAD_TAG);
    oc_span_t sealed = oc_span(ours, len + OC_AEAD_TAG);
    back[len] = 0x5A;
    assert_int_equal(esp_aead_open(esp, nonce, with, sealed, back), OC_OK);
    assert_memory_equal(back, plain, len);
    assert_int_equal(back[len], 0x5A);
    assert_int_equal(esp_aead_open(esp, nonce, with, sealed, ours), OC_OK); /* in place */
    assert_memory_equal(ours, plain, len);
    parts[0] = oc_span(ours, len); /* and sealed in place */
    assert_int_equal(esp_aead_seal(esp, nonce, with, parts, 1, ours), OC_OK);
    assert_memory_equal(ours, theirs, len + OC_AEAD_TAG);
    ours[below((unsigned)len + OC_AEAD_TAG)] ^= (uint8_t)(1u << below(8));
    assert_int_equal(esp_aead_open(esp, nonce, with, sealed, back), OC_ERR_FORMAT);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(back[i], 0);
    parts[0] = oc_span(plain, len);
    int record = kind != OC_AEAD_AES128_GCM ? OC_ERR_STATE
                 : len > OC_AEAD_RECORD_MAX ? OC_ERR_TOO_BIG
                                            : OC_OK;
    assert_int_equal(esp_aead_seal_record(esp, nonce, ad, parts, 1, ours), record);
    assert_int_equal(oc_aead_seal(posix, nonce, oc_span(ad, OC_AEAD_RECORD_AD), parts, 1, theirs),
                     OC_OK);
    if (record == OC_OK)
        assert_memory_equal(ours, theirs, len + OC_AEAD_TAG);
}

static void sealed_and_opened(enum oc_aead_kind kind) {
    uint8_t key[OC_AEAD_KEY_MAX];
    oc_aead_t *esp, *posix;
    for (unsigned round = 0; round < 40; round++) {
        oc_random(key, sizeof key);
        assert_int_equal(esp_aead_create(&esp, kind, key), OC_OK);
        assert_int_equal(oc_aead_create(&posix, kind, key), OC_OK);
        for (size_t len = 0; len <= LONGEST; len += 1 + len / 3 + below(17))
            both_ways(kind, esp, posix, len);
        esp_aead_destroy(esp);
        oc_aead_destroy(posix);
    }
    esp_aead_destroy(NULL);
}

static void gcm_is_the_same(void **state) {
    oc_random_seed(2);
    sealed_and_opened(OC_AEAD_AES128_GCM);
    sealed_and_opened(OC_AEAD_AES256_GCM);
}

static void chacha_is_the_same(void **state) {
    oc_random_seed(3);
    sealed_and_opened(OC_AEAD_CHACHA20_POLY1305);
}

static void wrong_uses_are_notified(void **state) {
    uint8_t key[OC_AEAD_KEY_MAX] = {1}, nonce[OC_AEAD_NONCE] = {2}, out[64] = {0};
    oc_aead_t *esp;
    oc_span_t huge = oc_span(out, (size_t)OC_AEAD_MAX + 1), none = {0};
    assert_int_equal(esp_aead_create(&esp, OC_AEAD_AES128_GCM, key), OC_OK);
    assert_int_equal(esp_aead_open(esp, nonce, none, oc_span(out, 15), out), OC_ERR_TRUNC);
    assert_int_equal(esp_aead_seal(esp, nonce, none, &huge, 1, out), OC_ERR_TOO_BIG);
    assert_int_equal(esp_aead_seal(esp, nonce, huge, NULL, 0, out), OC_ERR_TOO_BIG);
    huge.len += OC_AEAD_TAG;
    assert_int_equal(esp_aead_open(esp, nonce, none, huge, out), OC_ERR_TOO_BIG);
    esp_aead_destroy(esp);
}

/* PSA of mbedTLS 2.28 and 3.6 has 32 places for keys: the one too many is refused, and a freed
 * place serves again. That of 4.x grows. */
static void keys_run_out_and_come_back(void **state) {
    enum { MANY = 64 };
    static oc_aead_t *list[MANY];
    uint8_t key[OC_AEAD_KEY_MAX] = {3};
    unsigned made = 0;
    while (made < MANY && esp_aead_create(&list[made], OC_AEAD_AES128_GCM, key) == OC_OK)
        made++;
    assert_true(made >= 2 * 8); /* 8 viewers have theirs */
    if (made < MANY)
        assert_null(list[made]);
    esp_aead_destroy(list[--made]);
    assert_int_equal(esp_aead_create(&list[made], OC_AEAD_AES128_GCM, key), OC_OK);
    for (unsigned i = 0; i <= made; i++)
        esp_aead_destroy(list[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_the_same),     cmocka_unit_test(equal_and_wiped),
        cmocka_unit_test(gcm_is_the_same),         cmocka_unit_test(chacha_is_the_same),
        cmocka_unit_test(wrong_uses_are_notified), cmocka_unit_test(keys_run_out_and_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
