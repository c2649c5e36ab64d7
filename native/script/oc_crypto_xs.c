/* Glue of crypto.ts over oc_crypto.h and oc_app_crypto.h: bytes in, bytes out. Natives give a
 * number below 0 (OC_ERR_*) for what failed. Objects are gone with their script's. Nothing of it
 * reaches beyond the machine, so it needs no capability. */
#include "oc_xs.h"

#include <stdlib.h>
#include <string.h>
#include "oc_app_crypto.h"
#include "oc_body_glue.h"
#include "oc_err.h"
#include "oc_glue.h"
#include "oc_hkdf.h"
#include "oc_hmac.h"
#include "oc_p256_der.h"
#include "oc_random.h"

#define RANDOM_MAX    65536u /* bytes of one call */
#define HASH_BODY_MAX 131072 /* the same; 0.1 to 0.5 ms */
#define HASH_READ     4096u  /* bytes on the stack */

void xs_crypto_sha256(xsMachine *the);
void xs_crypto_sha1(xsMachine *the);
void xs_crypto_hmac(xsMachine *the);
void xs_crypto_hkdf(xsMachine *the);
void xs_crypto_password_key(xsMachine *the);
void xs_crypto_random(xsMachine *the);
void xs_crypto_equal(xsMachine *the);
void xs_hash_destructor(void *data);
void xs_hash(xsMachine *the);
void xs_hash_update(xsMachine *the);
void xs_hash_update_body(xsMachine *the);
void xs_hash_digest(xsMachine *the);
void xs_gcm_destructor(void *data);
void xs_gcm(xsMachine *the);
void xs_gcm_close(xsMachine *the);
void xs_gcm_seal(xsMachine *the);
void xs_gcm_open(xsMachine *the);
void xs_p256_destructor(void *data);
void xs_p256(xsMachine *the);
void xs_p256_close(xsMachine *the);
void xs_p256_export(xsMachine *the);
void xs_p256_point(xsMachine *the);
void xs_p256_sign(xsMachine *the);
void xs_p256_agree(xsMachine *the);
void xs_p256_check(xsMachine *the);
void xs_p256_verify(xsMachine *the);
void xs_p256_read_public(xsMachine *the);
void xs_p256_write_public(xsMachine *the);
void xs_p256_read_signature(xsMachine *the);
void xs_p256_write_signature(xsMachine *the);

static oc_span_t bytes_of(xsMachine *the, int index) {
    const void *data;
    size_t size;
    oc_glue_bytes(the, index, &data, &size);
    return oc_span(data, size);
}

static void set_bytes(xsMachine *the, const void *data, size_t size) {
    xsmcSetArrayBuffer(xsResult, (void *)(uintptr_t)data, (xsIntegerValue)size);
}

/* A secret of ours on the stack goes to the script, or result. */
static void set_secret(xsMachine *the, int result, uint8_t *data, size_t size) {
    if (result == OC_OK)
        set_bytes(the, data, size);
    else
        xsmcSetInteger(xsResult, result);
    oc_crypto_wipe(data, size);
}

/* sha256(bytes) */
void xs_crypto_sha256(xsMachine *the) {
    uint8_t out[OC_CRYPTO_HASH];
    oc_span_t part = bytes_of(the, 0);
    oc_hash(OC_HASH_SHA256, &part, 1, out);
    set_bytes(the, out, sizeof out);
}

/* sha1(bytes) */
void xs_crypto_sha1(xsMachine *the) {
    uint8_t out[OC_HASH_MAX];
    oc_span_t part = bytes_of(the, 0);
    oc_hash(OC_HASH_SHA1, &part, 1, out);
    set_bytes(the, out, oc_hash_size(OC_HASH_SHA1));
}

/* hmac(key, bytes) */
void xs_crypto_hmac(xsMachine *the) {
    uint8_t out[OC_CRYPTO_HASH];
    oc_span_t part = bytes_of(the, 1);
    oc_hmac(OC_HASH_SHA256, bytes_of(the, 0), &part, 1, out);
    set_secret(the, OC_OK, out, sizeof out);
}

/* hkdf(secret, salt, info, length) */
void xs_crypto_hkdf(xsMachine *the) {
    uint32_t len = oc_glue_arg(the, 3);
    if (len > OC_HKDF_MAX)
        xsRangeError("hkdf: at most 8160 bytes");
    set_bytes(the, NULL, len); /* nothing of the engine moves from here on */
    oc_hkdf(bytes_of(the, 0), bytes_of(the, 1), bytes_of(the, 2), xsmcToArrayBuffer(xsResult), len);
}

/* password_key(password, salt, log2N, r, p) */
void xs_crypto_password_key(xsMachine *the) {
    uint8_t out[OC_CRYPTO_HASH] = {0};
    uint32_t log2_n = oc_glue_arg(the, 2), r = oc_glue_arg(the, 3), p = oc_glue_arg(the, 4);
    int result = oc_password_key(bytes_of(the, 0), bytes_of(the, 1), log2_n, r, p, out);
    set_secret(the, result, out, sizeof out);
}

/* random(length) */
void xs_crypto_random(xsMachine *the) {
    uint32_t len = oc_glue_arg(the, 0);
    if (len > RANDOM_MAX)
        xsRangeError("random: at most 65536 bytes");
    set_bytes(the, NULL, len);
    if (len)
        oc_random(xsmcToArrayBuffer(xsResult), len);
}

/* equal(a, b): of the same length */
void xs_crypto_equal(xsMachine *the) {
    oc_span_t a = bytes_of(the, 0), b = bytes_of(the, 1);
    xsmcSetBoolean(xsResult,
                   a.len == b.len && (a.len == 0 || oc_crypto_equal(a.data, b.data, a.len)));
}

/* ---- hashes under way ---- */

/* The object `this` gets what a constructor made; it must be one of that class, and have none. */
static void begin(xsMachine *the, xsDestructor destructor) {
    if (xsmcGetHostDataValidate(xsThis, destructor))
        xsUnknownError("an object is made once");
}

static void *object_of(xsMachine *the, xsDestructor destructor) {
    void *data = xsmcGetHostDataValidate(xsThis, destructor);
    if (!data)
        xsSyntaxError("closed");
    return data;
}

void xs_hash_destructor(void *data) {
    oc_sha256_destroy(data);
}

/* hash(): a number */
void xs_hash(xsMachine *the) {
    oc_sha256_t *hash;
    begin(the, xs_hash_destructor);
    int result = oc_sha256_create(&hash);
    xsmcSetHostData(xsThis, hash);
    xsmcSetInteger(xsResult, result);
}

/* update(bytes): a number */
void xs_hash_update(xsMachine *the) {
    oc_sha256_t *hash = object_of(the, xs_hash_destructor);
    xsmcSetInteger(xsResult, oc_sha256_update(hash, bytes_of(the, 0)));
}

/* updateBody(body, from): bytes that were added, 0 at its end, or a number below 0. They do not
 * enter the heap. */
void xs_hash_update_body(xsMachine *the) {
    uint8_t part[HASH_READ];
    oc_body_ref_t body;
    double from = xsmcToNumber(xsArg(1));
    oc_sha256_t *hash = object_of(the, xs_hash_destructor);
    bool open = oc_body_of(the, &xsArg(0), &body);
    int64_t done = open ? 0 : OC_ERR_CLOSED, got = 1;
    while (done >= 0 && done < HASH_BODY_MAX && got > 0) {
        got = oc_body_read(&body, (uint64_t)from + (uint64_t)done, part, sizeof part);
        int result = got > 0 ? oc_sha256_update(hash, oc_span(part, (size_t)got)) : (int)got;
        done = result < 0 ? result : done + got;
    }
    xsmcSetInteger(xsResult, (xsIntegerValue)done);
}

/* digest(): bytes, and it is closed */
void xs_hash_digest(xsMachine *the) {
    uint8_t out[OC_CRYPTO_HASH];
    oc_sha256_t *hash = object_of(the, xs_hash_destructor);
    int result = oc_sha256_finish(hash, out);
    xsmcSetHostData(xsThis, NULL);
    oc_sha256_destroy(hash);
    set_secret(the, result, out, sizeof out);
}

/* ---- AES-GCM ---- */

void xs_gcm_destructor(void *data) {
    oc_aead_destroy(data);
}

/* gcm(key): a number */
void xs_gcm(xsMachine *the) {
    oc_aead_t *aead;
    begin(the, xs_gcm_destructor);
    oc_span_t key = bytes_of(the, 0);
    if (key.len != 16 && key.len != 32)
        xsRangeError("key: 16 or 32 bytes");
    int result =
        oc_aead_create(&aead, key.len == 16 ? OC_AEAD_AES128_GCM : OC_AEAD_AES256_GCM, key.data);
    xsmcSetHostData(xsThis, aead);
    xsmcSetInteger(xsResult, result);
}

/* close() */
void xs_gcm_close(xsMachine *the) {
    oc_aead_t *aead = xsmcGetHostDataValidate(xsThis, xs_gcm_destructor);
    xsmcSetHostData(xsThis, NULL);
    oc_aead_destroy(aead);
}

static void check_nonce(xsMachine *the) {
    if (bytes_of(the, 0).len != OC_AEAD_NONCE)
        xsRangeError("nonce: 12 bytes");
}

/* seal(nonce, plain, additional): bytes, or a number */
void xs_gcm_seal(xsMachine *the) {
    oc_aead_t *aead = object_of(the, xs_gcm_destructor);
    check_nonce(the);
    size_t len = bytes_of(the, 1).len;
    if (len > OC_AEAD_MAX || bytes_of(the, 2).len > OC_AEAD_MAX) {
        xsmcSetInteger(xsResult, OC_ERR_TOO_BIG);
        return;
    }
    set_bytes(the, NULL, len + OC_AEAD_TAG); /* nothing of the engine moves from here on */
    oc_span_t plain = bytes_of(the, 1);
    int result = oc_aead_seal(aead, bytes_of(the, 0).data, bytes_of(the, 2), &plain, 1,
                              xsmcToArrayBuffer(xsResult));
    if (result != OC_OK)
        xsmcSetInteger(xsResult, result);
}

/* open(nonce, sealed, additional): bytes, or a number */
void xs_gcm_open(xsMachine *the) {
    oc_aead_t *aead = object_of(the, xs_gcm_destructor);
    check_nonce(the);
    size_t len = bytes_of(the, 1).len;
    if (len < OC_AEAD_TAG) {
        xsmcSetInteger(xsResult, OC_ERR_TRUNC);
        return;
    }
    set_bytes(the, NULL, len - OC_AEAD_TAG);
    int result = oc_aead_open(aead, bytes_of(the, 0).data, bytes_of(the, 2), bytes_of(the, 1),
                              xsmcToArrayBuffer(xsResult));
    if (result != OC_OK)
        xsmcSetInteger(xsResult, result);
}

/* ---- P-256 ---- */

void xs_p256_destructor(void *data) {
    oc_p256_destroy(data);
}

static int import(oc_p256_t **key, oc_span_t der) {
    uint8_t scalar[OC_P256_SCALAR], point[OC_P256_POINT], real[OC_P256_POINT];
    bool has_point = false;
    int result = oc_p256_der_private(der, scalar, point, &has_point);
    *key = NULL;
    if (result == OC_OK)
        result = oc_p256_import(key, scalar);
    if (result == OC_OK && has_point)
        result = oc_p256_public(*key, real);
    if (result == OC_OK && has_point && memcmp(point, real, sizeof real) != 0)
        result = OC_ERR_FORMAT; /* of another key */
    oc_crypto_wipe(scalar, sizeof scalar);
    if (result != OC_OK) {
        oc_p256_destroy(*key);
        *key = NULL;
    }
    return result;
}

/* p256(der): a number; undefined: a new key */
void xs_p256(xsMachine *the) {
    oc_p256_t *key;
    begin(the, xs_p256_destructor);
    int result = xsmcTypeOf(xsArg(0)) == xsUndefinedType ? oc_p256_generate(&key)
                                                         : import(&key, bytes_of(the, 0));
    xsmcSetHostData(xsThis, key);
    xsmcSetInteger(xsResult, result);
}

/* close() */
void xs_p256_close(xsMachine *the) {
    oc_p256_t *key = xsmcGetHostDataValidate(xsThis, xs_p256_destructor);
    xsmcSetHostData(xsThis, NULL);
    oc_p256_destroy(key);
}

/* export(): PKCS#8, or a number */
void xs_p256_export(xsMachine *the) {
    oc_p256_t *key = object_of(the, xs_p256_destructor);
    uint8_t scalar[OC_P256_SCALAR], point[OC_P256_POINT], out[OC_P256_PKCS8];
    int result = oc_p256_export(key, scalar);
    if (result == OC_OK)
        result = oc_p256_public(key, point);
    if (result == OC_OK)
        oc_p256_der_write_private(scalar, point, out);
    oc_crypto_wipe(scalar, sizeof scalar);
    set_secret(the, result, out, sizeof out);
}

/* point(): bytes, or a number */
void xs_p256_point(xsMachine *the) {
    uint8_t point[OC_P256_POINT];
    int result = oc_p256_public(object_of(the, xs_p256_destructor), point);
    set_secret(the, result, point, sizeof point);
}

/* sign(hash): r and s, or a number */
void xs_p256_sign(xsMachine *the) {
    uint8_t signature[OC_P256_SIGNATURE];
    oc_p256_t *key = object_of(the, xs_p256_destructor);
    oc_span_t hash = bytes_of(the, 0);
    int result =
        hash.len == OC_CRYPTO_HASH ? oc_p256_sign(key, hash.data, signature) : OC_ERR_INVAL;
    set_secret(the, result, signature, sizeof signature);
}

/* agree(point): the secret, or a number */
void xs_p256_agree(xsMachine *the) {
    uint8_t secret[OC_P256_SECRET];
    oc_p256_t *key = object_of(the, xs_p256_destructor);
    oc_span_t point = bytes_of(the, 0);
    int result =
        point.len == OC_P256_POINT ? oc_p256_agree(key, point.data, secret) : OC_ERR_FORMAT;
    set_secret(the, result, secret, sizeof secret);
}

/* check(point): a number */
void xs_p256_check(xsMachine *the) {
    oc_span_t point = bytes_of(the, 0);
    xsmcSetInteger(xsResult,
                   point.len == OC_P256_POINT ? oc_p256_check(point.data) : OC_ERR_FORMAT);
}

/* verify(point, hash, signature): a number */
void xs_p256_verify(xsMachine *the) {
    oc_span_t point = bytes_of(the, 0), hash = bytes_of(the, 1), signature = bytes_of(the, 2);
    bool whole = point.len == OC_P256_POINT && hash.len == OC_CRYPTO_HASH &&
                 signature.len == OC_P256_SIGNATURE;
    xsmcSetInteger(xsResult,
                   whole ? oc_p256_verify(point.data, hash.data, signature.data) : OC_ERR_FORMAT);
}

/* readPublic(spki): the point, or a number */
void xs_p256_read_public(xsMachine *the) {
    uint8_t point[OC_P256_POINT];
    set_secret(the, oc_p256_der_public(bytes_of(the, 0), point), point, sizeof point);
}

/* writePublic(point): SPKI, or a number */
void xs_p256_write_public(xsMachine *the) {
    uint8_t out[OC_P256_SPKI];
    oc_span_t point = bytes_of(the, 0);
    if (point.len == OC_P256_POINT)
        oc_p256_der_write_public(point.data, out);
    set_secret(the, point.len == OC_P256_POINT ? OC_OK : OC_ERR_FORMAT, out, sizeof out);
}

/* readSignature(der): r and s, or a number */
void xs_p256_read_signature(xsMachine *the) {
    uint8_t out[OC_P256_SIGNATURE];
    set_secret(the, oc_p256_der_signature(bytes_of(the, 0), out), out, sizeof out);
}

/* writeSignature(r and s): DER, or a number */
void xs_p256_write_signature(xsMachine *the) {
    uint8_t out[OC_P256_SIGNATURE_DER];
    oc_span_t signature = bytes_of(the, 0);
    bool whole = signature.len == OC_P256_SIGNATURE;
    size_t len = whole ? oc_p256_der_write_signature(signature.data, out) : 0;
    set_secret(the, whole ? OC_OK : OC_ERR_FORMAT, out, len);
}
