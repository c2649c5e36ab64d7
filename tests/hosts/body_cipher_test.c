/* oc_body_cipher: vectors of NIST SP 800-38A, every length modulo a block, reads of any size in any
 * order, two readers at once, sources that fail, and no key in memory that was given back. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "oc_app_crypto.h"
#include "oc_err.h"

#define BLOCK OC_BODY_CIPHER_BLOCK
#define LARGE 100003u /* bytes of the longest body here */

/* Example vectors of CBC-AES128.Encrypt, F.2.1 */
static const uint8_t key[] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                              0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
static const uint8_t iv[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t nist_plain[] = {
    0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
    0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51,
    0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4, 0x11, 0xe5, 0xfb, 0xc1, 0x19, 0x1a, 0x0a, 0x52, 0xef,
    0xf6, 0x9f, 0x24, 0x45, 0xdf, 0x4f, 0x9b, 0x17, 0xad, 0x2b, 0x41, 0x7b, 0xe6, 0x6c, 0x37, 0x10};
static const uint8_t nist_sealed[] = {
    0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46, 0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d,
    0x50, 0x86, 0xcb, 0x9b, 0x50, 0x72, 0x19, 0xee, 0x95, 0xdb, 0x11, 0x3a, 0x91, 0x76, 0x78, 0xb2,
    0x73, 0xbe, 0xd6, 0xb8, 0xe3, 0xc1, 0x74, 0x3b, 0x71, 0x16, 0xe6, 0x9e, 0x22, 0x22, 0x95, 0x16,
    0x3f, 0xf1, 0xca, 0xa1, 0x68, 0x1f, 0xac, 0x09, 0x12, 0x0e, 0xca, 0x30, 0x75, 0x86, 0xe1, 0xa7};

/* ---- a source that gives a few bytes at a time ---- */

typedef struct {
    oc_body_t body; /* first */
    const uint8_t *bytes;
    size_t piece;        /* of one read, at most */
    uint64_t gone_from;  /* bytes from there on are gone */
    _Atomic uint64_t read; /* bytes in all */
    unsigned released;
} source_t;

static int64_t read_source(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    source_t *source = (source_t *)(void *)body;
    size_t len = size < source->piece ? size : source->piece;
    if (offset + len > source->gone_from)
        return OC_ERR_CLOSED;
    memcpy(out, source->bytes + offset, len);
    source->read += len;
    return (int64_t)len;
}

static void release_source(oc_body_t *body) {
    ((source_t *)(void *)body)->released++;
}

static const oc_body_source_t kind = {.read = read_source, .release = release_source};

/* The encrypted body, which alone holds the source. */
static oc_body_ref_t open_cipher(source_t *source, const uint8_t *bytes, size_t len, size_t piece) {
    oc_body_ref_t out;
    *source = (source_t){.bytes = bytes, .piece = piece, .gone_from = UINT64_MAX};
    oc_body_ref_t plain = oc_body_init(&source->body, &kind, len, "video/mp4");
    assert_int_equal(oc_body_cipher_open(plain, key, iv, &out), OC_OK);
    oc_body_drop(&plain);
    return out;
}

/* All from `from` on, by reads of `size` bytes; returns where it ends. */
static size_t read_all(const oc_body_ref_t *ref, size_t from, size_t size, uint8_t *out) {
    size_t at = from;
    for (int64_t got; (got = oc_body_read(ref, at, out + at, size)) != 0; at += (size_t)got)
        assert_true(got > 0 && (size_t)got <= size);
    return at;
}

/* The same by the library at once, with its own padding. */
static size_t expect(const uint8_t *bytes, size_t len, uint8_t *out) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int made = 0, last = 0;
    assert_int_equal(EVP_EncryptInit_ex2(context, EVP_aes_128_cbc(), key, iv, NULL), 1);
    assert_int_equal(EVP_EncryptUpdate(context, out, &made, bytes, (int)len), 1);
    assert_int_equal(EVP_EncryptFinal_ex(context, out + made, &last), 1);
    EVP_CIPHER_CTX_free(context);
    return (size_t)(made + last);
}

static uint8_t *pattern(void) {
    static uint8_t bytes[LARGE];
    for (uint32_t i = 0, state = 1; i < LARGE; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 24);
    }
    return bytes;
}

static void vectors_of_nist(void **state) {
    (void)state;
    uint8_t out[sizeof nist_sealed + BLOCK];
    source_t source;
    oc_body_ref_t ref = open_cipher(&source, nist_plain, sizeof nist_plain, 1000);
    assert_int_equal(ref.bytes, sizeof nist_plain + BLOCK);
    assert_string_equal(ref.body->type, "video/mp4");
    assert_int_equal(read_all(&ref, 0, sizeof out, out), sizeof out);
    assert_memory_equal(out, nist_sealed, sizeof nist_sealed);
    assert_int_equal(source.released, 0);
    oc_body_drop(&ref);
    assert_int_equal(source.released, 1);
}

static void every_length_and_size_of_reads(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 3, 15, 16, 17, 31, 64, 1000, 4096, 70001};
    uint8_t *bytes = pattern(), expected[400 + BLOCK], out[400 + BLOCK];
    for (size_t len = 0; len < 400; len += len < 70 ? 1 : 13) {
        size_t whole = expect(bytes, len, expected);
        assert_int_equal(whole, (len / BLOCK + 1) * BLOCK);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            source_t source;
            oc_body_ref_t ref = open_cipher(&source, bytes, len, i % 2 ? 7 : 5000);
            assert_int_equal(ref.bytes, whole);
            assert_int_equal(read_all(&ref, 0, sizes[i], out), whole);
            assert_memory_equal(out, expected, whole);
            oc_body_drop(&ref);
        }
    }
}

static void from_any_place_again(void **state) {
    (void)state;
    static uint8_t expected[LARGE + BLOCK], out[LARGE + BLOCK];
    uint8_t *bytes = pattern();
    size_t whole = expect(bytes, LARGE, expected);
    source_t source;
    oc_body_ref_t ref = open_cipher(&source, bytes, LARGE, 30000);
    for (uint32_t i = 0, at = 0; i < 300; i++, at = (at * 31u + 7919u) % (uint32_t)whole) {
        size_t size = 1 + at % 500, left = whole - at;
        int64_t got = oc_body_read(&ref, at, out, size);
        assert_true(got > 0 && (size_t)got <= (size < left ? size : left));
        assert_memory_equal(out, expected + at, (size_t)got);
    }
    oc_body_ref_t part = oc_body_keep(ref, 33, 50017);
    assert_int_equal(read_all(&part, 0, 999, out), 50017 - 33);
    assert_memory_equal(out, expected + 33, 50017 - 33);
    oc_body_drop(&part);
    source.read = 0; /* in order, and again from the start: every byte once for each time */
    for (int times = 1; times <= 2; times++) {
        memset(out, 0, sizeof out);
        assert_int_equal(read_all(&ref, 0, 16372, out), whole);
        assert_memory_equal(out, expected, whole);
        assert_int_equal(source.read, (uint64_t)times * LARGE);
    }
    oc_body_drop(&ref);
}

static void bytes_that_are_gone(void **state) {
    (void)state;
    uint8_t expected[1000 + BLOCK], out[1000 + BLOCK], *bytes = pattern();
    size_t whole = expect(bytes, 1000, expected);
    source_t source;
    oc_body_ref_t ref = open_cipher(&source, bytes, 1000, 100);
    source.gone_from = 500;
    assert_int_equal(oc_body_read(&ref, 0, out, 480), 480);
    assert_int_equal(oc_body_read(&ref, 480, out + 480, 320), OC_ERR_CLOSED);
    assert_int_equal(oc_body_read(&ref, 900, out, 10), OC_ERR_CLOSED);
    source.gone_from = UINT64_MAX; /* the chain is where it was */
    assert_int_equal(read_all(&ref, 480, 320, out), whole);
    assert_memory_equal(out, expected, whole);
    oc_body_drop(&ref);
    assert_int_equal(source.released, 1);

    oc_body_ref_t huge = oc_body_init(&source.body, &kind, UINT64_MAX - 3, "");
    assert_int_equal(oc_body_cipher_open(huge, key, iv, &ref), OC_ERR_TOO_BIG);
    assert_null(ref.body);
}

typedef struct {
    const oc_body_ref_t *ref;
    const uint8_t *expected;
    size_t whole, size;
    bool good;
} reader_t;

static void *read_beside(void *data) {
    reader_t *reader = data;
    uint8_t *out = malloc(reader->whole);
    reader->good = true;
    for (int times = 0; times < 3; times++) {
        for (size_t at = 0; at < reader->whole && reader->good;) {
            int64_t got = oc_body_read(reader->ref, at, out + at, reader->size);
            reader->good = got > 0;
            at += got > 0 ? (size_t)got : 0;
        }
        reader->good = reader->good && memcmp(out, reader->expected, reader->whole) == 0;
    }
    free(out);
    return NULL;
}

static void two_readers_at_once(void **state) {
    (void)state;
    static uint8_t expected[20000 + BLOCK];
    uint8_t *bytes = pattern();
    size_t whole = expect(bytes, 20000, expected);
    source_t source;
    oc_body_ref_t ref = open_cipher(&source, bytes, 20000, 30000);
    reader_t readers[] = {{&ref, expected, whole, 777, false}, {&ref, expected, whole, 512, false}};
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, read_beside, &readers[0]), 0);
    read_beside(&readers[1]);
    pthread_join(other, NULL);
    assert_true(readers[0].good && readers[1].good);
    oc_body_drop(&ref);
}

/* ---- memory of the library ---- */

static bool watched;
static unsigned frees, keys_left;

static void *take_memory(size_t size, const char *file, int line) {
    (void)file, (void)line;
    return malloc(size);
}

static void *move_memory(void *memory, size_t size, const char *file, int line) {
    (void)file, (void)line;
    return realloc(memory, size);
}

/* The first round key of AES is the key itself. */
static void give_memory(void *memory, const char *file, int line) {
    (void)file, (void)line;
    if (watched && memory) {
        frees++;
        keys_left += memmem(memory, malloc_usable_size(memory), key, sizeof key) != NULL;
    }
    free(memory);
}

static void no_key_is_left(void **state) {
    (void)state;
    uint8_t out[64];
    source_t source;
    oc_body_ref_t ref = open_cipher(&source, nist_plain, sizeof nist_plain, 1000);
    assert_true(oc_body_read(&ref, 0, out, sizeof out) > 0);
    watched = true;
    oc_body_drop(&ref);
    assert_true(frees > 0);
    assert_int_equal(keys_left, 0);
    uint8_t *copy = OPENSSL_malloc(64); /* this watch sees one */
    memcpy(copy + 8, key, sizeof key);
    OPENSSL_free(copy);
    watched = false;
    assert_int_equal(keys_left, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_nist),      cmocka_unit_test(every_length_and_size_of_reads),
        cmocka_unit_test(from_any_place_again), cmocka_unit_test(bytes_that_are_gone),
        cmocka_unit_test(two_readers_at_once),  cmocka_unit_test(no_key_is_left),
    };
    if (CRYPTO_set_mem_functions(take_memory, move_memory, give_memory) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
