/* PSA Crypto behind native/base/oc_crypto.h: mbedTLS 4 of ESP-IDF 6, whose drivers use the chip's
 * AES and SHA. Keys are imported once and live in PSA's key store (that of 4.x grows; 32 places
 * where MBEDTLS_PSA_KEY_STORE_DYNAMIC is off). Nothing is copied: ESP-IDF defines
 * MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS, and in and out are the same buffer. The driver of AES-GCM
 * takes its context (some 400 bytes) from the heap for each call and gives it back: the library
 * leaves no way around that. */
#include "oc_crypto.h"

#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_log.h"
#include "oc_random.h"

#if !defined(PSA_WANT_ALG_MD5) || !defined(PSA_WANT_ALG_SHA_1) ||                                  \
    !defined(PSA_WANT_ALG_SHA_256) || !defined(PSA_WANT_ALG_SHA_384) ||                            \
    !defined(PSA_WANT_ALG_SHA_512)
#error "a hash of oc_crypto.h is off: see CONFIG_MBEDTLS_* in hosts/esp32/sdkconfig.defaults"
#endif
#if !defined(PSA_WANT_ALG_GCM) || !defined(PSA_WANT_ALG_CHACHA20_POLY1305)
#error "a cipher of oc_crypto.h is off: see CONFIG_MBEDTLS_* in hosts/esp32/sdkconfig.defaults"
#endif

struct oc_aead {
    mbedtls_svc_key_id_t key;
    psa_algorithm_t algorithm;
    bool records; /* may seal those of TLS 1.2 */
};

static psa_status_t hash(psa_algorithm_t algorithm, const oc_span_t *parts, unsigned count,
                         uint8_t *out, size_t size) {
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
    size_t len;
    psa_status_t status = psa_hash_setup(&operation, algorithm);
    for (unsigned i = 0; status == PSA_SUCCESS && i < count; i++)
        if (parts[i].len)
            status = psa_hash_update(&operation, parts[i].data, parts[i].len);
    if (status == PSA_SUCCESS)
        status = psa_hash_finish(&operation, out, size, &len);
    if (status != PSA_SUCCESS)
        (void)psa_hash_abort(&operation);
    return status;
}

void oc_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count, uint8_t *out) {
    static const psa_algorithm_t algorithms[OC_HASH_KINDS] = {
        PSA_ALG_MD5, PSA_ALG_SHA_1, PSA_ALG_SHA_256, PSA_ALG_SHA_384, PSA_ALG_SHA_512};
    size_t size = oc_hash_size(kind);
    psa_status_t status = hash(algorithms[kind], parts, count, out, size);
    if (status == PSA_ERROR_BAD_STATE && psa_crypto_init() == PSA_SUCCESS)
        status = hash(algorithms[kind], parts, count, out, size); /* the first of all */
    if (status == PSA_SUCCESS)
        return;
    /* The driver found no memory. What nobody can foresee matches nothing: whatever this hash was
     * to prove is not proven. */
    oc_log(OC_LOG_ERROR, "crypto", "no hash: PSA says %d", (int)status);
    oc_random(out, size);
}

bool oc_crypto_equal(const void *a, const void *b, size_t len) {
    const volatile uint8_t *left = a, *right = b;
    uint8_t differ = 0;
    for (size_t i = 0; i < len; i++)
        differ |= left[i] ^ right[i];
    return differ == 0;
}

void oc_crypto_wipe(void *data, size_t len) {
    volatile uint8_t *at = data;
    while (len--)
        *at++ = 0;
}

/* ---- AEAD ---- */

int oc_aead_create(oc_aead_t **out, enum oc_aead_kind kind, const uint8_t *key) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    bool gcm = kind != OC_AEAD_CHACHA20_POLY1305;
    oc_aead_t *aead = *out = NULL;
    if (psa_crypto_init() == PSA_SUCCESS) /* the first time it does something */
        aead = calloc(1, sizeof *aead);
    if (!aead)
        return OC_ERR_NOMEM;
    aead->records = kind == OC_AEAD_AES128_GCM;
    aead->algorithm = gcm ? PSA_ALG_GCM : PSA_ALG_CHACHA20_POLY1305;
    psa_set_key_type(&attributes, gcm ? PSA_KEY_TYPE_AES : PSA_KEY_TYPE_CHACHA20);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT);
    psa_set_key_algorithm(&attributes, aead->algorithm);
    if (psa_import_key(&attributes, key, oc_aead_key_size(kind), &aead->key) != PSA_SUCCESS) {
        free(aead); /* no slot, or no memory for one */
        return OC_ERR_NOMEM;
    }
    *out = aead;
    return OC_OK;
}

void oc_aead_destroy(oc_aead_t *aead) {
    if (!aead)
        return;
    (void)psa_destroy_key(aead->key); /* wipes it */
    free(aead);
}

int oc_aead_seal(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                 const oc_span_t *plain, unsigned parts, uint8_t *out) {
    size_t len = ad.len > OC_AEAD_MAX ? SIZE_MAX : oc_aead_gather(plain, parts, out), written;
    if (len == SIZE_MAX)
        return OC_ERR_TOO_BIG;
    psa_status_t status =
        psa_aead_encrypt(aead->key, aead->algorithm, nonce, OC_AEAD_NONCE, ad.data, ad.len, out,
                         len, out, len + OC_AEAD_TAG, &written);
    return status == PSA_SUCCESS && written == len + OC_AEAD_TAG ? OC_OK : OC_ERR_IO;
}

int oc_aead_seal_record(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE],
                        const uint8_t ad[OC_AEAD_RECORD_AD], const oc_span_t *plain, unsigned parts,
                        uint8_t *out) {
    size_t len = 0;
    if (!aead->records)
        return OC_ERR_STATE;
    for (unsigned i = 0; i < parts && len <= OC_AEAD_RECORD_MAX; i++)
        len += plain[i].len;
    return len > OC_AEAD_RECORD_MAX
               ? OC_ERR_TOO_BIG
               : oc_aead_seal(aead, nonce, oc_span(ad, OC_AEAD_RECORD_AD), plain, parts, out);
}

int oc_aead_open(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                 oc_span_t sealed, uint8_t *out) {
    size_t written;
    if (sealed.len < OC_AEAD_TAG)
        return OC_ERR_TRUNC;
    size_t len = sealed.len - OC_AEAD_TAG;
    if (len > OC_AEAD_MAX || ad.len > OC_AEAD_MAX)
        return OC_ERR_TOO_BIG;
    if (psa_aead_decrypt(aead->key, aead->algorithm, nonce, OC_AEAD_NONCE, ad.data, ad.len,
                         sealed.data, sealed.len, out, len, &written) == PSA_SUCCESS &&
        written == len)
        return OC_OK;
    if (len)
        memset(out, 0, len);
    return OC_ERR_FORMAT;
}
