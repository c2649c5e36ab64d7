/* What glue links in 32 bits, where no cryptographic library of the system is asked for: everything
 * is refused. Applications run in 32 bits in tests only. */
#include "oc_app_crypto.h"

#include "oc_err.h"

int oc_sha256_create(oc_sha256_t **out) {
    *out = NULL;
    return OC_ERR_NOTSUP;
}

int oc_sha256_update(oc_sha256_t *hash, oc_span_t bytes) {
    return OC_ERR_NOTSUP;
}

int oc_sha256_finish(oc_sha256_t *hash, uint8_t out[OC_CRYPTO_HASH]) {
    return OC_ERR_NOTSUP;
}

void oc_sha256_destroy(oc_sha256_t *hash) {}

int oc_p256_generate(oc_p256_t **out) {
    *out = NULL;
    return OC_ERR_NOTSUP;
}

int oc_p256_import(oc_p256_t **out, const uint8_t scalar[OC_P256_SCALAR]) {
    *out = NULL;
    return OC_ERR_NOTSUP;
}

void oc_p256_destroy(oc_p256_t *key) {}

int oc_p256_export(const oc_p256_t *key, uint8_t scalar[OC_P256_SCALAR]) {
    return OC_ERR_NOTSUP;
}

int oc_p256_public(const oc_p256_t *key, uint8_t point[OC_P256_POINT]) {
    return OC_ERR_NOTSUP;
}

int oc_p256_sign(const oc_p256_t *key, const uint8_t hash[OC_CRYPTO_HASH],
                 uint8_t signature[OC_P256_SIGNATURE]) {
    return OC_ERR_NOTSUP;
}

int oc_p256_agree(const oc_p256_t *key, const uint8_t point[OC_P256_POINT],
                  uint8_t secret[OC_P256_SECRET]) {
    return OC_ERR_NOTSUP;
}

int oc_p256_check(const uint8_t point[OC_P256_POINT]) {
    return OC_ERR_NOTSUP;
}

int oc_p256_verify(const uint8_t point[OC_P256_POINT], const uint8_t hash[OC_CRYPTO_HASH],
                   const uint8_t signature[OC_P256_SIGNATURE]) {
    return OC_ERR_NOTSUP;
}

int oc_body_cipher_open(oc_body_ref_t plain, const uint8_t key[OC_BODY_CIPHER_BLOCK],
                        const uint8_t iv[OC_BODY_CIPHER_BLOCK], oc_body_ref_t *out) {
    *out = (oc_body_ref_t){0};
    return OC_ERR_NOTSUP;
}

int oc_password_key(oc_span_t password, oc_span_t salt, unsigned log2_n, unsigned r, unsigned p,
                    uint8_t key[OC_CRYPTO_HASH]) {
    (void)password, (void)salt, (void)log2_n, (void)r, (void)p, (void)key;
    return OC_ERR_NOTSUP;
}
