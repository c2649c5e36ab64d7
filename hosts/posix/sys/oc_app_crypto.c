/* libcrypto behind native/base/oc_app_crypto.h. By the old functions of EC_KEY: those of EVP take a
 * key apart into parameters and put it together again for each of these steps. Multiplications with
 * a private key are those of the library for this curve, constant in time. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "oc_app_crypto.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdh.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>

#include "oc_err.h"

struct oc_sha256 {
    SHA256_CTX context;
};

int oc_sha256_create(oc_sha256_t **out) {
    *out = malloc(sizeof **out);
    if (*out)
        (void)SHA256_Init(&(*out)->context); /* over our memory alone it cannot fail */
    return *out ? OC_OK : OC_ERR_NOMEM;
}

int oc_sha256_update(oc_sha256_t *hash, oc_span_t bytes) {
    return bytes.len == 0 || SHA256_Update(&hash->context, bytes.data, bytes.len) == 1 ? OC_OK
                                                                                       : OC_ERR_IO;
}

int oc_sha256_finish(oc_sha256_t *hash, uint8_t out[OC_CRYPTO_HASH]) {
    return SHA256_Final(out, &hash->context) == 1 ? OC_OK : OC_ERR_IO;
}

void oc_sha256_destroy(oc_sha256_t *hash) {
    if (hash)
        oc_crypto_wipe(hash, sizeof *hash);
    free(hash);
}

/* ---- P-256 ---- */

struct oc_p256 {
    EC_KEY *key;
};

/* The library keeps a list of errors for each thread: nobody reads it here. */
static int answer(int result) {
    ERR_clear_error();
    return result;
}

static int wrap(oc_p256_t **out, EC_KEY *key) {
    *out = key ? malloc(sizeof **out) : NULL;
    if (*out)
        (*out)->key = key;
    else
        EC_KEY_free(key);
    return *out ? OC_OK : OC_ERR_NOMEM;
}

int oc_p256_generate(oc_p256_t **out) {
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    *out = NULL;
    if (key && EC_KEY_generate_key(key) != 1) {
        EC_KEY_free(key);
        return answer(OC_ERR_IO);
    }
    return answer(wrap(out, key));
}

static int set_scalar(EC_KEY *key, const uint8_t *scalar) {
    const EC_GROUP *group = EC_KEY_get0_group(key);
    BIGNUM *number = BN_secure_new();
    EC_POINT *point = EC_POINT_new(group);
    int result = OC_ERR_NOMEM;
    if (number && point && BN_bin2bn(scalar, OC_P256_SCALAR, number)) {
        BN_set_flags(number, BN_FLG_CONSTTIME);
        if (BN_is_zero(number) || BN_cmp(number, EC_GROUP_get0_order(group)) >= 0)
            result = OC_ERR_FORMAT;
        else if (EC_KEY_set_private_key(key, number) == 1 &&
                 EC_POINT_mul(group, point, number, NULL, NULL, NULL) == 1 &&
                 EC_KEY_set_public_key(key, point) == 1)
            result = OC_OK;
    }
    EC_POINT_free(point);
    BN_clear_free(number);
    return result;
}

int oc_p256_import(oc_p256_t **out, const uint8_t scalar[OC_P256_SCALAR]) {
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    int result = key ? set_scalar(key, scalar) : OC_ERR_NOMEM;
    *out = NULL;
    if (result == OC_OK)
        return answer(wrap(out, key));
    EC_KEY_free(key);
    return answer(result);
}

void oc_p256_destroy(oc_p256_t *key) {
    if (key)
        EC_KEY_free(key->key); /* wipes the private key */
    free(key);
}

int oc_p256_export(const oc_p256_t *key, uint8_t scalar[OC_P256_SCALAR]) {
    const BIGNUM *number = EC_KEY_get0_private_key(key->key);
    return answer(BN_bn2binpad(number, scalar, OC_P256_SCALAR) == OC_P256_SCALAR ? OC_OK
                                                                                 : OC_ERR_IO);
}

int oc_p256_public(const oc_p256_t *key, uint8_t point[OC_P256_POINT]) {
    size_t len = EC_POINT_point2oct(EC_KEY_get0_group(key->key), EC_KEY_get0_public_key(key->key),
                                    POINT_CONVERSION_UNCOMPRESSED, point, OC_P256_POINT, NULL);
    return answer(len == OC_P256_POINT ? OC_OK : OC_ERR_IO);
}

int oc_p256_sign(const oc_p256_t *key, const uint8_t hash[OC_CRYPTO_HASH],
                 uint8_t signature[OC_P256_SIGNATURE]) {
    const BIGNUM *r, *s;
    ECDSA_SIG *made = ECDSA_do_sign(hash, OC_CRYPTO_HASH, key->key);
    int half = OC_P256_SIGNATURE / 2;
    if (!made)
        return answer(OC_ERR_IO);
    ECDSA_SIG_get0(made, &r, &s);
    bool whole =
        BN_bn2binpad(r, signature, half) == half && BN_bn2binpad(s, signature + half, half) == half;
    ECDSA_SIG_free(made);
    return answer(whole ? OC_OK : OC_ERR_IO);
}

/* A point of the curve; NULL: these bytes are none. */
static EC_POINT *read_point(const EC_GROUP *group, const uint8_t *bytes) {
    EC_POINT *point = EC_POINT_new(group);
    if (point && bytes[0] == POINT_CONVERSION_UNCOMPRESSED &&
        EC_POINT_oct2point(group, point, bytes, OC_P256_POINT, NULL) == 1)
        return point;
    EC_POINT_free(point);
    return NULL;
}

int oc_p256_agree(const oc_p256_t *key, const uint8_t point[OC_P256_POINT],
                  uint8_t secret[OC_P256_SECRET]) {
    EC_POINT *peer = read_point(EC_KEY_get0_group(key->key), point);
    if (!peer)
        return answer(OC_ERR_FORMAT);
    int len = ECDH_compute_key(secret, OC_P256_SECRET, peer, key->key, NULL);
    EC_POINT_free(peer);
    return answer(len == OC_P256_SECRET ? OC_OK : OC_ERR_IO);
}

/* A key that can only verify; NULL: these bytes are no point. */
static EC_KEY *read_public(const uint8_t *bytes) {
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *point = key ? read_point(EC_KEY_get0_group(key), bytes) : NULL;
    if (point && EC_KEY_set_public_key(key, point) == 1) {
        EC_POINT_free(point);
        return key;
    }
    EC_POINT_free(point);
    EC_KEY_free(key);
    return NULL;
}

int oc_p256_check(const uint8_t point[OC_P256_POINT]) {
    EC_KEY *key = read_public(point);
    int result = key ? OC_OK : OC_ERR_FORMAT;
    EC_KEY_free(key);
    return answer(result);
}

int oc_p256_verify(const uint8_t point[OC_P256_POINT], const uint8_t hash[OC_CRYPTO_HASH],
                   const uint8_t signature[OC_P256_SIGNATURE]) {
    EC_KEY *key = read_public(point);
    ECDSA_SIG *read = ECDSA_SIG_new();
    int half = OC_P256_SIGNATURE / 2;
    BIGNUM *r = BN_bin2bn(signature, half, NULL), *s = BN_bin2bn(signature + half, half, NULL);
    bool good = false;
    if (read && r && s && ECDSA_SIG_set0(read, r, s) == 1) {
        r = s = NULL; /* they are its own now */
        good = key && ECDSA_do_verify(hash, OC_CRYPTO_HASH, read, key) == 1;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(read);
    EC_KEY_free(key);
    return answer(good ? OC_OK : OC_ERR_FORMAT);
}

#define SCRYPT_BYTES (64ull << 20)

int oc_password_key(oc_span_t password, oc_span_t salt, unsigned log2_n, unsigned r, unsigned p,
                    uint8_t key[OC_CRYPTO_HASH]) {
    if (log2_n < 1 || log2_n > 16 || r < 1 || r > 32 || p < 1 || p > 4 ||
        128ull * r << log2_n > SCRYPT_BYTES)
        return OC_ERR_RANGE;
    /* OpenSSL counts some memory of its own too. */
    return EVP_PBE_scrypt((const char *)password.data, password.len, salt.data, salt.len,
                          1ull << log2_n, r, p, SCRYPT_BYTES + (1u << 20), key, OC_CRYPTO_HASH) == 1
               ? OC_OK
               : OC_ERR_NOMEM;
}
