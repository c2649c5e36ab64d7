/* oc_crypto - the cryptographic primitives of the program: hashes, AEAD, comparison, wiping. The
 * implementation is chosen when a program is linked: hosts/posix/sys/oc_crypto.c by libcrypto;
 * boards bring their own; tests of cores where there is none link
 * tests/native/support/oc_crypto_soft.c. Any thread; one oc_aead_t is used by one thread at a time.
 * Nothing is allocated per call but by oc_aead_create. */
#ifndef OC_CRYPTO_H
#define OC_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "oc_span.h"

/* Hash functions. MD5 and SHA-1 only where a protocol asks for them: STUN and TURN (RFC 8489). */
enum oc_hash {
    OC_HASH_MD5,    /* RFC 1321; 16 bytes */
    OC_HASH_SHA1,   /* FIPS 180-4; 20 bytes */
    OC_HASH_SHA256, /* FIPS 180-4; 32 bytes */
    OC_HASH_SHA384, /* 48 bytes */
    OC_HASH_SHA512  /* 64 bytes */
};
#define OC_HASH_KINDS  5  /* of enum oc_hash */
#define OC_HASH_MAX    64 /* bytes of the longest one */
#define OC_CRYPTO_HASH 32 /* bytes of SHA-256, HMAC-SHA256, and of keys and secrets as long */

/* Bytes of a hash: 16..OC_HASH_MAX. */
static inline size_t oc_hash_size(enum oc_hash kind) {
    static const uint8_t sizes[OC_HASH_KINDS] = {16, 20, 32, 48, 64};
    return sizes[kind];
}

/* Hash of `count` parts (0 and empty ones are allowed), one behind the other, into oc_hash_size
 * bytes at out, which may be one of the parts. Parts are borrowed until return. */
void oc_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count, uint8_t *out);

/* True when equal; the time it takes says nothing about where they differ. */
bool oc_crypto_equal(const void *a, const void *b, size_t len);

/* Overwrites a secret; never optimised away. */
void oc_crypto_wipe(void *data, size_t len);

/* Authenticated encryption (RFC 5116): AEAD_AES_128_GCM, AEAD_CHACHA20_POLY1305 (RFC 8439), and
 * AEAD_AES_256_GCM for applications. */
enum oc_aead_kind {
    OC_AEAD_AES128_GCM,        /* key of 16 bytes */
    OC_AEAD_CHACHA20_POLY1305, /* key of 32 bytes */
    OC_AEAD_AES256_GCM         /* key of 32 bytes */
};
#define OC_AEAD_KEY_MAX 32         /* bytes of the longest key */
#define OC_AEAD_NONCE   12         /* bytes */
#define OC_AEAD_TAG     16         /* bytes behind the ciphertext */
#define OC_AEAD_MAX     (1u << 24) /* bytes of one message and of its additional data, at most */

#define OC_AEAD_RECORD_AD  13    /* bytes of additional data of a record of TLS 1.2 */
#define OC_AEAD_RECORD_MAX 16384 /* bytes of its plaintext, at most */

/* One key, for both directions; about 1.1 KB with libcrypto. */
typedef struct oc_aead oc_aead_t;

/* Bytes of the key: 16 or 32. */
static inline size_t oc_aead_key_size(enum oc_aead_kind kind) {
    return kind == OC_AEAD_AES128_GCM ? 16 : 32;
}

/* Allocates and expands a key (borrowed until return). *out is owned by caller after return; end it
 * with oc_aead_destroy. OC_OK | OC_ERR_NOMEM, and *out is NULL. */
int oc_aead_create(oc_aead_t **out, enum oc_aead_kind kind, const uint8_t *key);

/* Wipes and frees; NULL is allowed. */
void oc_aead_destroy(oc_aead_t *aead);

/* Encrypts the parts one behind the other to out: the sum of their lengths, then OC_AEAD_TAG bytes.
 * A single part may lie at out itself; otherwise parts and out do not overlap. A nonce must never
 * be used twice with one key: the caller counts. OC_OK | OC_ERR_TOO_BIG above OC_AEAD_MAX |
 * OC_ERR_IO the library refuses; out is not to be used then. */
int oc_aead_seal(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                 const oc_span_t *plain, unsigned parts, uint8_t *out);

/* The same for a record of TLS 1.2 with AEAD_AES_128_GCM (RFC 5288 section 3): ad has the
 * OC_AEAD_RECORD_AD bytes of RFC 5246 section 6.2.3.3, the length of the plaintext last; the 8
 * bytes in front of out are the last 8 of the nonce, and are so afterwards. Less work than
 * oc_aead_seal where each nonce is the one before plus 1. As oc_aead_seal; OC_ERR_TOO_BIG above
 * OC_AEAD_RECORD_MAX. Keys of another kind: OC_ERR_STATE. */
int oc_aead_seal_record(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE],
                        const uint8_t ad[OC_AEAD_RECORD_AD], const oc_span_t *plain, unsigned parts,
                        uint8_t *out);

/* Checks and decrypts `sealed` (ciphertext, then tag) into sealed.len - OC_AEAD_TAG bytes at out,
 * which may be sealed.data. OC_OK | OC_ERR_TRUNC shorter than a tag | OC_ERR_TOO_BIG |
 * OC_ERR_FORMAT it was not made with this key, nonce and ad: out holds zeros then. */
int oc_aead_open(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                 oc_span_t sealed, uint8_t *out);

/* For those who implement oc_aead_seal: copies the parts one behind the other to out, since one
 * long run of blocks is faster than several. Gives their length; SIZE_MAX: above OC_AEAD_MAX. */
static inline size_t oc_aead_gather(const oc_span_t *plain, unsigned parts, uint8_t *out) {
    size_t len = 0;
    for (unsigned i = 0; i < parts; i++) {
        if (plain[i].len > OC_AEAD_MAX - len)
            return SIZE_MAX;
        if (plain[i].len && plain[i].data != out + len)
            memcpy(out + len, plain[i].data, plain[i].len);
        len += plain[i].len;
    }
    return len;
}

#endif
