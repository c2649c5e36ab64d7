/* See oc_trust.h. */
#include "oc_trust.h"

#include "oc_err.h"

void oc_key_id(const uint8_t point[OC_P256_POINT], uint8_t id[OC_KEY_ID]) {
    uint8_t hash[OC_CRYPTO_HASH];
    oc_span_t part = oc_span(point, OC_P256_POINT);
    oc_hash(OC_HASH_SHA256, &part, 1, hash);
    memcpy(id, hash, OC_KEY_ID);
}

void oc_key_id_text(const uint8_t id[OC_KEY_ID], char text[OC_KEY_ID_TEXT]) {
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < OC_KEY_ID; i++) {
        text[2 * i] = digits[id[i] >> 4];
        text[2 * i + 1] = digits[id[i] & 15];
    }
    text[2 * OC_KEY_ID] = 0;
}

int oc_trust_add(oc_trust_t *trust, const uint8_t point[OC_P256_POINT]) {
    for (uint32_t i = 0; i < trust->key_count; i++)
        if (memcmp(trust->points[i], point, OC_P256_POINT) == 0)
            return OC_OK;
    if (trust->key_count == OC_TRUST_KEYS_MAX)
        return OC_ERR_TOO_BIG;
    if (oc_p256_check(point) != OC_OK)
        return OC_ERR_FORMAT;
    memcpy(trust->points[trust->key_count++], point, OC_P256_POINT);
    return OC_OK;
}

const uint8_t *oc_trust_point(const oc_trust_t *trust, const uint8_t id[OC_KEY_ID]) {
    uint8_t own[OC_KEY_ID];
    for (uint32_t i = 0; i < trust->key_count; i++) {
        oc_key_id(trust->points[i], own);
        if (memcmp(own, id, OC_KEY_ID) == 0)
            return trust->points[i];
    }
    return NULL;
}

bool oc_trust_is_revoked(const oc_trust_t *trust, const uint8_t id[OC_KEY_ID]) {
    for (uint32_t i = 0; i < trust->revoked_count; i++)
        if (memcmp(trust->revoked[i], id, OC_KEY_ID) == 0)
            return true;
    return false;
}

unsigned oc_trust_left(const oc_trust_t *trust) {
    uint8_t own[OC_KEY_ID];
    unsigned left = 0;
    for (uint32_t i = 0; i < trust->key_count; i++) {
        oc_key_id(trust->points[i], own);
        left += !oc_trust_is_revoked(trust, own);
    }
    return left;
}

int oc_trust_revoke(oc_trust_t *trust, const uint8_t id[OC_KEY_ID], const uint8_t by[OC_KEY_ID]) {
    if (oc_trust_is_revoked(trust, id))
        return OC_OK;
    if (memcmp(id, by, OC_KEY_ID) == 0)
        return OC_ERR_INVAL;
    if (oc_trust_point(trust, id) && oc_trust_left(trust) == 1)
        return OC_ERR_STATE;
    if (trust->revoked_count == OC_TRUST_REVOKED_MAX)
        return OC_ERR_TOO_BIG;
    memcpy(trust->revoked[trust->revoked_count++], id, OC_KEY_ID);
    return OC_OK;
}
