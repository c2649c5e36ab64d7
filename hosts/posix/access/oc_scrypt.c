#include "oc_scrypt.h"

#include <string.h>

#include <openssl/evp.h>

#include "oc_err.h"

#define SCRYPT_BYTES (128u * 1024 * 1024)

int oc_scrypt(const char *password, const void *salt, size_t salt_len, unsigned log2_n, unsigned r,
              unsigned p, uint8_t out[OC_CRYPTO_HASH]) {
    if (log2_n < 1 || log2_n > 20 || r < 1 || r > 32 || p < 1 || p > 16 ||
        128ull * r << log2_n > SCRYPT_BYTES)
        return OC_ERR_RANGE;
    /* OpenSSL counts the blocks of p and some of its own too: a little more than the table. */
    return EVP_PBE_scrypt(password, strlen(password), salt, salt_len, 1ull << log2_n, r, p,
                          SCRYPT_BYTES + (1u << 20), out, OC_CRYPTO_HASH) == 1
               ? OC_OK
               : OC_ERR_NOMEM;
}
