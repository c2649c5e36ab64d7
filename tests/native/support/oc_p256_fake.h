/* oc_p256_fake - stands in for P-256 where no library brings it: a signature is a hash of point and
 * message. oc_p256_check and oc_p256_verify of oc_app_crypto.h. */
#ifndef OC_P256_FAKE_H
#define OC_P256_FAKE_H

#include "oc_app_crypto.h"

/* The public key number n. */
void oc_p256_fake_point(uint8_t n, uint8_t point[OC_P256_POINT]);
/* What oc_p256_verify accepts for this point. */
void oc_p256_fake_sign(const uint8_t point[OC_P256_POINT], const uint8_t hash[OC_CRYPTO_HASH],
                       uint8_t signature[OC_P256_SIGNATURE]);

#endif
