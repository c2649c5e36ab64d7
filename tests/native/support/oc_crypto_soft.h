/* oc_crypto_soft - oc_crypto.h without a library, for tests of cores where there is none
 * (microcontroller, 32 bits). With OC_SOFT_TWIN its functions are named soft_*, so that one program
 * can compare them with those of the host. */
#ifndef OC_CRYPTO_SOFT_H
#define OC_CRYPTO_SOFT_H

#ifdef OC_SOFT_TWIN
#define oc_hash             soft_hash
#define oc_crypto_equal     soft_crypto_equal
#define oc_crypto_wipe      soft_crypto_wipe
#define oc_aead_create      soft_aead_create
#define oc_aead_destroy     soft_aead_destroy
#define oc_aead_seal        soft_aead_seal
#define oc_aead_open        soft_aead_open
#define oc_aead_seal_record soft_aead_seal_record
#endif

#include "oc_crypto.h"

typedef struct oc_soft_block {
    uint32_t w[4]; /* 128 bits, the first byte highest */
} oc_soft_block_t;

struct oc_aead {
    enum oc_aead_kind kind;
    uint32_t round[60];         /* AES: keys of the rounds */
    unsigned last;              /* of them, where the last round's begin: 40 or 56 */
    oc_soft_block_t table[256]; /* GHASH: multiples of H */
    uint8_t key[32];            /* ChaCha20 */
};

/* AES-GCM: expands a key of 16 or 32 bytes; encrypts or decrypts in place; the tag over additional
 * data and ciphertext. */
void oc_soft_gcm_init(oc_aead_t *a, const uint8_t *key, size_t len);
void oc_soft_gcm_crypt(const oc_aead_t *a, const uint8_t nonce[12], uint8_t *data, size_t len);
void oc_soft_gcm_tag(const oc_aead_t *a, const uint8_t nonce[12], oc_span_t ad, const uint8_t *data,
                     size_t len, uint8_t tag[16]);

/* ChaCha20-Poly1305: the same. */
void oc_soft_chacha_crypt(const oc_aead_t *a, const uint8_t nonce[12], uint8_t *data, size_t len);
void oc_soft_chacha_tag(const oc_aead_t *a, const uint8_t nonce[12], oc_span_t ad,
                        const uint8_t *data, size_t len, uint8_t tag[16]);

#endif
