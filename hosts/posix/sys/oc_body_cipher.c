/* Encrypted bodies of oc_app_crypto.h by libcrypto. The context of the library has the chain; the
 * newest block is kept, so that a read may end or begin inside of it. */
#include "oc_app_crypto.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "oc_err.h"

#define BLOCK    OC_BODY_CIPHER_BLOCK
#define CALL_MAX ((size_t)1 << 20) /* bytes of one call of the library, which counts in int */
#define SKIP     2048u             /* bytes on the stack on the way to an offset */

typedef struct cipher_body {
    oc_body_t body; /* first */
    oc_body_ref_t plain;
    pthread_mutex_t lock; /* of all below */
    EVP_CIPHER_CTX *context;
    uint8_t iv[BLOCK];
    uint64_t next;       /* bytes that were made since the start: whole blocks */
    uint8_t last[BLOCK]; /* the newest of them */
} cipher_body_t;

/* Back to the first block. OC_OK | OC_ERR_IO. */
static int restart(cipher_body_t *cipher) {
    cipher->next = 0;
    return EVP_EncryptInit_ex2(cipher->context, NULL, NULL, cipher->iv, NULL) == 1 ? OC_OK
                                                                                  : OC_ERR_IO;
}

/* Exactly so many plain bytes, for a source may give fewer at once. OC_OK | OC_ERR_*. */
static int fill(const oc_body_ref_t *plain, uint64_t from, uint8_t *out, size_t len) {
    for (size_t at = 0; at < len;) {
        int64_t got = oc_body_read(plain, from + at, out + at, len - at);
        if (got <= 0)
            return got < 0 ? (int)got : OC_ERR_CLOSED;
        at += (size_t)got;
    }
    return OC_OK;
}

/* The next `len` bytes, whole blocks up to the end at most. Nothing moves on when the plain bytes
 * cannot be read. OC_OK | OC_ERR_*. */
static int make(cipher_body_t *cipher, uint8_t *out, size_t len) {
    uint64_t left = cipher->plain.bytes - cipher->next;
    size_t plain = left < len ? (size_t)left : len;
    int made = 0, result = fill(&cipher->plain, cipher->next, out, plain);
    if (result != OC_OK)
        return result;
    memset(out + plain, (int)(len - plain), len - plain); /* 1 to 16 bytes behind the last */
    if (EVP_EncryptUpdate(cipher->context, out, &made, out, (int)len) != 1) {
        ERR_clear_error();
        (void)restart(cipher);
        return OC_ERR_IO;
    }
    memcpy(cipher->last, out + len - BLOCK, BLOCK);
    cipher->next += len;
    return OC_OK;
}

/* The chain up to a block, which is made next. OC_OK | OC_ERR_*. */
static int seek(cipher_body_t *cipher, uint64_t block) {
    uint8_t skipped[SKIP];
    int result = cipher->next > block ? restart(cipher) : OC_OK;
    while (result == OC_OK && cipher->next < block) {
        uint64_t left = block - cipher->next;
        result = make(cipher, skipped, left < sizeof skipped ? (size_t)left : sizeof skipped);
    }
    return result;
}

static int64_t take(cipher_body_t *cipher, uint64_t offset, uint8_t *out, size_t size) {
    size_t inside = (size_t)(offset % BLOCK), rest = BLOCK - inside;
    uint64_t block = offset - inside;
    int result = OC_OK;
    if (cipher->next != block + BLOCK) {
        uint8_t one[BLOCK];
        size_t whole = size < CALL_MAX ? size / BLOCK * BLOCK : CALL_MAX;
        result = seek(cipher, block);
        if (result == OC_OK && inside == 0 && whole > 0) {
            result = make(cipher, out, whole);
            return result == OC_OK ? (int64_t)whole : result;
        }
        if (result == OC_OK)
            result = make(cipher, one, sizeof one);
    }
    if (result != OC_OK)
        return result;
    memcpy(out, cipher->last + inside, size < rest ? size : rest);
    return (int64_t)(size < rest ? size : rest);
}

static int64_t read_cipher(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    cipher_body_t *cipher = (cipher_body_t *)(void *)body;
    pthread_mutex_lock(&cipher->lock);
    int64_t got = take(cipher, offset, out, size);
    pthread_mutex_unlock(&cipher->lock);
    return got;
}

static void release_cipher(oc_body_t *body) {
    cipher_body_t *cipher = (cipher_body_t *)(void *)body;
    EVP_CIPHER_CTX_free(cipher->context); /* wipes the key */
    oc_body_drop(&cipher->plain);
    pthread_mutex_destroy(&cipher->lock);
    free(cipher);
}

static const oc_body_source_t source = {.read = read_cipher, .release = release_cipher};

/* A context with its key, or NULL. */
static EVP_CIPHER_CTX *context_of(const uint8_t *key, const uint8_t *iv) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context && EVP_EncryptInit_ex2(context, EVP_aes_128_cbc(), key, iv, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(context, 0) == 1)
        return context;
    EVP_CIPHER_CTX_free(context);
    ERR_clear_error();
    return NULL;
}

int oc_body_cipher_open(oc_body_ref_t plain, const uint8_t key[BLOCK], const uint8_t iv[BLOCK],
                        oc_body_ref_t *out) {
    *out = (oc_body_ref_t){0};
    if (plain.bytes > UINT64_MAX - BLOCK)
        return OC_ERR_TOO_BIG;
    cipher_body_t *cipher = calloc(1, sizeof *cipher);
    EVP_CIPHER_CTX *context = cipher ? context_of(key, iv) : NULL;
    if (!context || pthread_mutex_init(&cipher->lock, NULL) != 0) {
        EVP_CIPHER_CTX_free(context);
        free(cipher);
        return OC_ERR_NOMEM;
    }
    cipher->context = context;
    memcpy(cipher->iv, iv, BLOCK);
    cipher->plain = oc_body_keep(plain, 0, plain.bytes);
    *out =
        oc_body_init(&cipher->body, &source, (plain.bytes / BLOCK + 1) * BLOCK, plain.body->type);
    return OC_OK;
}
