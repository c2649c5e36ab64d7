/* oc_crypto - the primitives that access needs, from OpenSSL's libcrypto; nobody else includes its
 * headers for them. Any thread. */
#ifndef OC_CRYPTO_H
#define OC_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_CRYPTO_HASH 32 /* bytes of SHA-256, HMAC-SHA256, keys and what scrypt gives */

/* Unpredictable bytes. OC_OK | OC_ERR_IO: the system gives none. */
int oc_crypto_random(void *out, size_t len);

/* SHA-256 (FIPS 180-4) of len bytes. */
void oc_crypto_sha256(const void *data, size_t len, uint8_t out[OC_CRYPTO_HASH]);

/* HMAC-SHA256 (RFC 2104) with a key of OC_CRYPTO_HASH bytes. */
void oc_crypto_hmac(const uint8_t *key, const void *data, size_t len, uint8_t out[OC_CRYPTO_HASH]);

/* True when equal; the time it takes says nothing about where they differ. */
bool oc_crypto_equal(const void *a, const void *b, size_t len);

/* scrypt (RFC 7914), N = 2^log2_n; takes 128 * r * 2^log2_n bytes, at most 128 MB. OC_OK |
 * OC_ERR_RANGE not these costs | OC_ERR_NOMEM. */
int oc_crypto_scrypt(const char *password, const void *salt, size_t salt_len, unsigned log2_n,
                     unsigned r, unsigned p, uint8_t out[OC_CRYPTO_HASH]);

/* Overwrites a secret; never optimised away. */
void oc_crypto_wipe(void *data, size_t len);

#endif
