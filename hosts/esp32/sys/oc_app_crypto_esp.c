/* PSA Crypto behind native/base/oc_app_crypto.h. A key has a place in PSA's key store; its policy
 * allows ECDSA, and ECDH as the second algorithm (an extension of mbedTLS). */
#include "oc_app_crypto.h"

#include <psa/crypto.h>
#include <stdlib.h>

#include "oc_err.h"

#define ECDSA PSA_ALG_ECDSA(PSA_ALG_SHA_256)
#define BITS  256

struct oc_sha256 {
    psa_hash_operation_t operation;
};

int oc_sha256_create(oc_sha256_t **out) {
    *out = psa_crypto_init() == PSA_SUCCESS ? calloc(1, sizeof **out) : NULL;
    if (*out && psa_hash_setup(&(*out)->operation, PSA_ALG_SHA_256) != PSA_SUCCESS) {
        free(*out);
        *out = NULL;
    }
    return *out ? OC_OK : OC_ERR_NOMEM;
}

int oc_sha256_update(oc_sha256_t *hash, oc_span_t bytes) {
    return bytes.len == 0 || psa_hash_update(&hash->operation, bytes.data, bytes.len) == PSA_SUCCESS
               ? OC_OK
               : OC_ERR_IO;
}

int oc_sha256_finish(oc_sha256_t *hash, uint8_t out[OC_CRYPTO_HASH]) {
    size_t len;
    return psa_hash_finish(&hash->operation, out, OC_CRYPTO_HASH, &len) == PSA_SUCCESS ? OC_OK
                                                                                       : OC_ERR_IO;
}

void oc_sha256_destroy(oc_sha256_t *hash) {
    if (hash)
        (void)psa_hash_abort(&hash->operation);
    free(hash);
}

/* ---- P-256 ---- */

struct oc_p256 {
    mbedtls_svc_key_id_t id;
};

static int answer(psa_status_t status) {
    return status == PSA_SUCCESS                     ? OC_OK
           : status == PSA_ERROR_INSUFFICIENT_MEMORY ? OC_ERR_NOMEM
           : status == PSA_ERROR_INVALID_ARGUMENT    ? OC_ERR_FORMAT
           : status == PSA_ERROR_INVALID_SIGNATURE   ? OC_ERR_FORMAT
                                                     : OC_ERR_IO;
}

static void describe(psa_key_attributes_t *attributes) {
    psa_set_key_type(attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(attributes, BITS);
    psa_set_key_usage_flags(attributes,
                            PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_DERIVE | PSA_KEY_USAGE_EXPORT);
    psa_set_key_algorithm(attributes, ECDSA);
    psa_set_key_enrollment_algorithm(attributes, PSA_ALG_ECDH);
}

/* scalar NULL: a new one. */
static int make(oc_p256_t **out, const uint8_t *scalar) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    oc_p256_t *key = *out = NULL;
    if (psa_crypto_init() == PSA_SUCCESS)
        key = calloc(1, sizeof *key);
    if (!key)
        return OC_ERR_NOMEM;
    describe(&attributes);
    psa_status_t status = scalar ? psa_import_key(&attributes, scalar, OC_P256_SCALAR, &key->id)
                                 : psa_generate_key(&attributes, &key->id);
    if (status == PSA_SUCCESS)
        *out = key;
    else
        free(key);
    return answer(status);
}

int oc_p256_generate(oc_p256_t **out) {
    return make(out, NULL);
}

int oc_p256_import(oc_p256_t **out, const uint8_t scalar[OC_P256_SCALAR]) {
    return make(out, scalar);
}

void oc_p256_destroy(oc_p256_t *key) {
    if (key)
        (void)psa_destroy_key(key->id); /* wipes it */
    free(key);
}

int oc_p256_export(const oc_p256_t *key, uint8_t scalar[OC_P256_SCALAR]) {
    size_t len;
    return answer(psa_export_key(key->id, scalar, OC_P256_SCALAR, &len));
}

int oc_p256_public(const oc_p256_t *key, uint8_t point[OC_P256_POINT]) {
    size_t len;
    return answer(psa_export_public_key(key->id, point, OC_P256_POINT, &len));
}

int oc_p256_sign(const oc_p256_t *key, const uint8_t hash[OC_CRYPTO_HASH],
                 uint8_t signature[OC_P256_SIGNATURE]) {
    size_t len;
    return answer(
        psa_sign_hash(key->id, ECDSA, hash, OC_CRYPTO_HASH, signature, OC_P256_SIGNATURE, &len));
}

int oc_p256_agree(const oc_p256_t *key, const uint8_t point[OC_P256_POINT],
                  uint8_t secret[OC_P256_SECRET]) {
    size_t len;
    return answer(psa_raw_key_agreement(PSA_ALG_ECDH, key->id, point, OC_P256_POINT, secret,
                                        OC_P256_SECRET, &len));
}

static psa_status_t read_public(const uint8_t *point, mbedtls_svc_key_id_t *id) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status = psa_crypto_init();
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, BITS);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_HASH);
    psa_set_key_algorithm(&attributes, ECDSA);
    return status != PSA_SUCCESS ? status : psa_import_key(&attributes, point, OC_P256_POINT, id);
}

int oc_p256_check(const uint8_t point[OC_P256_POINT]) {
    mbedtls_svc_key_id_t id;
    psa_status_t status = read_public(point, &id);
    if (status == PSA_SUCCESS)
        (void)psa_destroy_key(id);
    return answer(status);
}

int oc_p256_verify(const uint8_t point[OC_P256_POINT], const uint8_t hash[OC_CRYPTO_HASH],
                   const uint8_t signature[OC_P256_SIGNATURE]) {
    mbedtls_svc_key_id_t id;
    psa_status_t status = read_public(point, &id);
    if (status == PSA_SUCCESS) {
        status = psa_verify_hash(id, ECDSA, hash, OC_CRYPTO_HASH, signature, OC_P256_SIGNATURE);
        (void)psa_destroy_key(id);
    }
    return status == PSA_SUCCESS ? OC_OK : OC_ERR_FORMAT;
}

/* ---- bodies ---- */

/* Nothing is sent from bodies there. */
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
