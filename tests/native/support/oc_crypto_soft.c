#include "oc_crypto_soft.h"

#include <stdlib.h>
#include <string.h>

#include "oc_err.h"

bool oc_crypto_equal(const void *a, const void *b, size_t len) {
    const uint8_t *x = a, *y = b;
    uint8_t differ = 0;
    for (size_t i = 0; i < len; i++)
        differ |= x[i] ^ y[i];
    return differ == 0;
}

void oc_crypto_wipe(void *data, size_t len) {
    volatile uint8_t *p = data;
    while (len--)
        *p++ = 0;
}

int oc_aead_create(oc_aead_t **out, enum oc_aead_kind kind, const uint8_t *key) {
    oc_aead_t *a = *out = calloc(1, sizeof(*a));
    if (!a)
        return OC_ERR_NOMEM;
    a->kind = kind;
    memcpy(a->key, key, oc_aead_key_size(kind));
    if (kind != OC_AEAD_CHACHA20_POLY1305)
        oc_soft_gcm_init(a, key, oc_aead_key_size(kind));
    return OC_OK;
}

void oc_aead_destroy(oc_aead_t *aead) {
    if (!aead)
        return;
    oc_crypto_wipe(aead, sizeof(*aead));
    free(aead);
}

static void crypt(oc_aead_t *a, const uint8_t *nonce, uint8_t *data, size_t len) {
    if (a->kind != OC_AEAD_CHACHA20_POLY1305)
        oc_soft_gcm_crypt(a, nonce, data, len);
    else
        oc_soft_chacha_crypt(a, nonce, data, len);
}

static void make_tag(oc_aead_t *a, const uint8_t *nonce, oc_span_t ad, const uint8_t *data,
                     size_t len, uint8_t tag[OC_AEAD_TAG]) {
    if (a->kind != OC_AEAD_CHACHA20_POLY1305)
        oc_soft_gcm_tag(a, nonce, ad, data, len, tag);
    else
        oc_soft_chacha_tag(a, nonce, ad, data, len, tag);
}

int oc_aead_seal(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                 const oc_span_t *plain, unsigned parts, uint8_t *out) {
    size_t len = ad.len > OC_AEAD_MAX ? SIZE_MAX : oc_aead_gather(plain, parts, out);
    if (len == SIZE_MAX)
        return OC_ERR_TOO_BIG;
    crypt(aead, nonce, out, len);
    make_tag(aead, nonce, ad, out, len, out + len);
    return OC_OK;
}

int oc_aead_seal_record(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE],
                        const uint8_t ad[OC_AEAD_RECORD_AD], const oc_span_t *plain, unsigned parts,
                        uint8_t *out) {
    size_t len = 0;
    if (aead->kind != OC_AEAD_AES128_GCM)
        return OC_ERR_STATE;
    for (unsigned i = 0; i < parts && len <= OC_AEAD_RECORD_MAX; i++)
        len += plain[i].len;
    return len > OC_AEAD_RECORD_MAX
               ? OC_ERR_TOO_BIG
               : oc_aead_seal(aead, nonce, oc_span(ad, OC_AEAD_RECORD_AD), plain, parts, out);
}

int oc_aead_open(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                 oc_span_t sealed, uint8_t *out) {
    uint8_t tag[OC_AEAD_TAG];
    if (sealed.len < OC_AEAD_TAG)
        return OC_ERR_TRUNC;
    size_t len = sealed.len - OC_AEAD_TAG;
    if (len > OC_AEAD_MAX || ad.len > OC_AEAD_MAX)
        return OC_ERR_TOO_BIG;
    make_tag(aead, nonce, ad, sealed.data, len, tag);
    if (!oc_crypto_equal(tag, sealed.data + len, OC_AEAD_TAG)) {
        memset(out, 0, len);
        return OC_ERR_FORMAT;
    }
    memmove(out, sealed.data, len);
    crypt(aead, nonce, out, len);
    return OC_OK;
}
