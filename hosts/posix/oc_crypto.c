#include "oc_crypto.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "oc_err.h"

#define SCRYPT_BYTES (128u * 1024 * 1024)

int oc_crypto_random(void *out, size_t len) {
    return RAND_bytes(out, (int)len) == 1 ? OC_OK : OC_ERR_IO;
}

void oc_crypto_sha256(const void *data, size_t len, uint8_t out[OC_CRYPTO_HASH]) {
    if (EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) != 1)
        memset(out, 0, OC_CRYPTO_HASH); /* no memory: callers compare, and nothing has this hash */
}

void oc_crypto_hmac(const uint8_t *key, const void *data, size_t len, uint8_t out[OC_CRYPTO_HASH]) {
    unsigned size = OC_CRYPTO_HASH;
    if (!HMAC(EVP_sha256(), key, OC_CRYPTO_HASH, data, len, out, &size) &&
        oc_crypto_random(out, OC_CRYPTO_HASH) != OC_OK) /* no memory: something nobody can know */
        abort();
}

bool oc_crypto_equal(const void *a, const void *b, size_t len) {
    return CRYPTO_memcmp(a, b, len) == 0;
}

int oc_crypto_scrypt(const char *password, const void *salt, size_t salt_len, unsigned log2_n,
                     unsigned r, unsigned p, uint8_t out[OC_CRYPTO_HASH]) {
    if (log2_n < 1 || log2_n > 20 || r < 1 || r > 32 || p < 1 || p > 16 ||
        128ull * r << log2_n > SCRYPT_BYTES)
        return OC_ERR_RANGE;
    /* OpenSSL counts the blocks of p and some of its own too: a little more than the table. */
    return EVP_PBE_scrypt(password, strlen(password), salt, salt_len, 1ull << log2_n, r, p,
                          SCRYPT_BYTES + (1u << 20), out, OC_CRYPTO_HASH) == 1
               ? OC_OK
               : OC_ERR_NOMEM;
}

void oc_crypto_wipe(void *data, size_t len) {
    OPENSSL_cleanse(data, len);
}
