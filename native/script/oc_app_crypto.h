/* oc_app_crypto - what applications need beyond oc_crypto.h: SHA-256 piece by piece, keys on the
 * curve P-256 (FIPS 186-4, secp256r1), and bodies that are encrypted where they are read. Linked
 * like oc_crypto: hosts/posix/sys/oc_app_crypto.c by libcrypto, boards bring their own. Any thread;
 * one object is used by one thread at a time. A signature or an agreement takes some 0.1 ms on a
 * PC, and some 100 ms on an ESP32. */
#ifndef OC_APP_CRYPTO_H
#define OC_APP_CRYPTO_H

#include "oc_body.h"
#include "oc_crypto.h"

/* A hash under way. */
typedef struct oc_sha256 oc_sha256_t;

/* *out is owned by caller; end it with oc_sha256_destroy. OC_OK | OC_ERR_NOMEM, and *out is NULL.
 */
int oc_sha256_create(oc_sha256_t **out);
/* Adds bytes (borrowed until return). OC_OK | OC_ERR_IO the library refuses. */
int oc_sha256_update(oc_sha256_t *hash, oc_span_t bytes);
/* Writes the hash; only destroy is left then. OC_OK | OC_ERR_IO. */
int oc_sha256_finish(oc_sha256_t *hash, uint8_t out[OC_CRYPTO_HASH]);
/* Wipes and frees; NULL is allowed. */
void oc_sha256_destroy(oc_sha256_t *hash);

/* A key from a password that a person typed: scrypt (RFC 7914), N = 2^log2_n; takes 128 * r * N
 * bytes, at most 64 MB, and some 0.1 s for each p. OC_OK | OC_ERR_RANGE not these costs |
 * OC_ERR_NOMEM | OC_ERR_NOTSUP: this host has no library or no memory for it. */
int oc_password_key(oc_span_t password, oc_span_t salt, unsigned log2_n, unsigned r, unsigned p,
                    uint8_t key[OC_CRYPTO_HASH]);

#define OC_P256_SCALAR    32 /* bytes of a private key, big-endian */
#define OC_P256_POINT     65 /* of a public key: 4, x, y */
#define OC_P256_SIGNATURE 64 /* r, s */
#define OC_P256_SECRET    32 /* x of the shared point */

/* A private key with its public one. */
typedef struct oc_p256 oc_p256_t;

/* A new one. *out is owned by caller; end it with oc_p256_destroy. OC_OK | OC_ERR_NOMEM |
 * OC_ERR_IO the library refuses; *out is NULL then. */
int oc_p256_generate(oc_p256_t **out);
/* One of these bytes (borrowed until return). As above | OC_ERR_FORMAT 0, or not below the order.
 */
int oc_p256_import(oc_p256_t **out, const uint8_t scalar[OC_P256_SCALAR]);
/* Wipes and frees; NULL is allowed. */
void oc_p256_destroy(oc_p256_t *key);

/* The private key. OC_OK | OC_ERR_IO. */
int oc_p256_export(const oc_p256_t *key, uint8_t scalar[OC_P256_SCALAR]);
/* Its public one. OC_OK | OC_ERR_IO. */
int oc_p256_public(const oc_p256_t *key, uint8_t point[OC_P256_POINT]);
/* ECDSA of a SHA-256. OC_OK | OC_ERR_IO. */
int oc_p256_sign(const oc_p256_t *key, const uint8_t hash[OC_CRYPTO_HASH],
                 uint8_t signature[OC_P256_SIGNATURE]);
/* ECDH. OC_OK | OC_ERR_FORMAT the point is not on the curve | OC_ERR_IO. */
int oc_p256_agree(const oc_p256_t *key, const uint8_t point[OC_P256_POINT],
                  uint8_t secret[OC_P256_SECRET]);

/* OC_OK: a point of the curve | OC_ERR_FORMAT | OC_ERR_NOMEM. */
int oc_p256_check(const uint8_t point[OC_P256_POINT]);
/* OC_OK: signed by the owner of `point` | OC_ERR_FORMAT it is not, or that is no point. */
int oc_p256_verify(const uint8_t point[OC_P256_POINT], const uint8_t hash[OC_CRYPTO_HASH],
                   const uint8_t signature[OC_P256_SIGNATURE]);

#define OC_BODY_CIPHER_BLOCK 16 /* bytes of a block of AES, of the key and of the IV */

/* A body that is the bytes of `plain` (kept until the last reference goes) under AES-128-CBC with
 * the padding of PKCS#7, as HLS has it (RFC 8216, METHOD=AES-128): (bytes / 16 + 1) * 16 bytes.
 * Nothing is copied aside: bytes are encrypted where the reader takes them. *out is owned by caller
 * after return, empty after a failure; key and iv are borrowed until return, and the key is wiped
 * with the last reference. Any thread; readers at once wait for each other. A read that goes on
 * where the one before ended costs its own bytes, any other one also those in front of it: a chain
 * of blocks has no way in. OC_OK | OC_ERR_NOMEM | OC_ERR_TOO_BIG | OC_ERR_NOTSUP: this host has no
 * library for it. */
int oc_body_cipher_open(oc_body_ref_t plain, const uint8_t key[OC_BODY_CIPHER_BLOCK],
                        const uint8_t iv[OC_BODY_CIPHER_BLOCK], oc_body_ref_t *out);

#endif
