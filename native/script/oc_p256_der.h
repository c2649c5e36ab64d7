/* oc_p256_der - DER of keys and signatures on P-256. DER has one form for each of these structures,
 * so keys are compared with it, not parsed; the same ones are accepted on every host. Any thread;
 * allocates nothing. */
#ifndef OC_P256_DER_H
#define OC_P256_DER_H

#include "oc_app_crypto.h"

#define OC_P256_PKCS8         138 /* bytes of a private key with its public one (RFC 5208, RFC 5915) */
#define OC_P256_SPKI          91 /* of a public key (RFC 5480) */
#define OC_P256_SIGNATURE_DER 72 /* of a signature (RFC 3279), at most */

/* PKCS#8 with or without the public key, or an ECPrivateKey with its curve ("EC PRIVATE KEY").
 * *has_point: point was filled in; whether it belongs to the key is for the caller to compare.
 * OC_OK | OC_ERR_FORMAT none of these, or another curve. */
int oc_p256_der_private(oc_span_t der, uint8_t scalar[OC_P256_SCALAR], uint8_t point[OC_P256_POINT],
                        bool *has_point);
/* SubjectPublicKeyInfo, uncompressed. OC_OK | OC_ERR_FORMAT. */
int oc_p256_der_public(oc_span_t der, uint8_t point[OC_P256_POINT]);
/* OC_OK | OC_ERR_FORMAT no DER, or a number that has no 32 bytes. */
int oc_p256_der_signature(oc_span_t der, uint8_t signature[OC_P256_SIGNATURE]);

/* PKCS#8 with the public key. */
void oc_p256_der_write_private(const uint8_t scalar[OC_P256_SCALAR],
                               const uint8_t point[OC_P256_POINT], uint8_t out[OC_P256_PKCS8]);
/* SubjectPublicKeyInfo. */
void oc_p256_der_write_public(const uint8_t point[OC_P256_POINT], uint8_t out[OC_P256_SPKI]);
/* Returns the bytes written. */
size_t oc_p256_der_write_signature(const uint8_t signature[OC_P256_SIGNATURE],
                                   uint8_t out[OC_P256_SIGNATURE_DER]);

#endif
