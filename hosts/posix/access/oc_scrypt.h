/* oc_scrypt - the password hash of access, from OpenSSL's libcrypto. Any thread. */
#ifndef OC_SCRYPT_H
#define OC_SCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "oc_crypto.h"

/* scrypt (RFC 7914), N = 2^log2_n; takes 128 * r * 2^log2_n bytes, at most 128 MB. OC_OK |
 * OC_ERR_RANGE not these costs | OC_ERR_NOMEM. */
int oc_scrypt(const char *password, const void *salt, size_t salt_len, unsigned log2_n, unsigned r,
              unsigned p, uint8_t out[OC_CRYPTO_HASH]);

#endif
