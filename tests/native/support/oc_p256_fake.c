#include "oc_p256_fake.h"

#include <string.h>
#include "oc_err.h"

void oc_p256_fake_point(uint8_t n, uint8_t point[OC_P256_POINT]) {
    memset(point, n, OC_P256_POINT);
    point[0] = 4;
}

void oc_p256_fake_sign(const uint8_t point[OC_P256_POINT], const uint8_t hash[OC_CRYPTO_HASH],
                       uint8_t signature[OC_P256_SIGNATURE]) {
    const oc_span_t parts[] = {oc_span(point, OC_P256_POINT), oc_span(hash, OC_CRYPTO_HASH),
                               oc_span(point, OC_P256_POINT)};
    oc_hash(OC_HASH_SHA256, parts, 2, signature);
    oc_hash(OC_HASH_SHA256, parts + 1, 2, signature + OC_CRYPTO_HASH);
}

int oc_p256_check(const uint8_t point[OC_P256_POINT]) {
    return point[0] == 4 ? OC_OK : OC_ERR_FORMAT;
}

int oc_p256_verify(const uint8_t point[OC_P256_POINT], const uint8_t hash[OC_CRYPTO_HASH],
                   const uint8_t signature[OC_P256_SIGNATURE]) {
    uint8_t good[OC_P256_SIGNATURE];
    oc_p256_fake_sign(point, hash, good);
    return memcmp(good, signature, sizeof good) == 0 ? OC_OK : OC_ERR_FORMAT;
}
