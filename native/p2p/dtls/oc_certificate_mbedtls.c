#include "oc_certificate_mbedtls.h"

#include <stdlib.h>

#include "oc_err.h"
#include "oc_random.h"

#define NAME  "CN=ocellus"
#define FROM  "20000101000000"
#define UNTIL "20491231235959" /* later years are written in a form of their own */

static int failure(int code) {
    return oc_mbedtls_no_memory(code) ? OC_ERR_NOMEM : OC_ERR_IO;
}

/* The certificate of a key, behind the key, both as PEM. */
static int write_pair(mbedtls_pk_context *key, char *text, size_t size) {
    mbedtls_x509write_cert writer;
    uint8_t serial[8];
    unsigned char *at = (unsigned char *)text;
    oc_random(serial, sizeof serial);
    serial[0] = (uint8_t)((serial[0] & 0x3F) | 0x40); /* positive, 8 bytes */
    mbedtls_x509write_crt_init(&writer);
    mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&writer, key);
    mbedtls_x509write_crt_set_issuer_key(&writer, key);
    int code = mbedtls_x509write_crt_set_subject_name(&writer, NAME);
    if (!code)
        code = mbedtls_x509write_crt_set_issuer_name(&writer, NAME);
    if (!code)
        code = mbedtls_x509write_crt_set_validity(&writer, FROM, UNTIL);
    if (!code)
        code = mbedtls_pk_write_key_pem(key, at, size);
    if (!code) {
        size_t len = strlen(text);
        code = oc_mbedtls_write_crt(&writer, serial, at + len, size - len);
    }
    mbedtls_x509write_crt_free(&writer);
    return code;
}

int oc_certificate_make(oc_certificate_t **out) {
    mbedtls_pk_context key;
    char text[OC_CERTIFICATE_PEM] = "";
    int code = oc_mbedtls_prepare();
    *out = NULL;
    mbedtls_pk_init(&key);
    if (!code)
        code = oc_mbedtls_make_key(&key);
    if (!code)
        code = write_pair(&key, text, sizeof text);
    mbedtls_pk_free(&key);
    int result = code ? failure(code) : oc_certificate_read(out, text, strlen(text));
    oc_crypto_wipe(text, sizeof text);
    return result == OC_ERR_FORMAT ? OC_ERR_IO : result;
}

static int parse(oc_certificate_t *c, size_t len) {
    const unsigned char *text = (const unsigned char *)c->text;
    int code = oc_mbedtls_prepare();
    if (!code)
        code = mbedtls_x509_crt_parse(&c->crt, text, len + 1); /* positive: so many are damaged */
    if (!code)
        code = oc_mbedtls_parse_key(&c->key, text, len + 1);
    if (!code)
        code = c->crt.next || oc_mbedtls_check_pair(&c->crt.pk, &c->key);
    return code;
}

int oc_certificate_read(oc_certificate_t **out, const char *text, size_t len) {
    *out = NULL;
    if (len == 0 || len >= OC_CERTIFICATE_PEM || memchr(text, 0, len))
        return OC_ERR_FORMAT;
    oc_certificate_t *c = calloc(1, sizeof *c);
    if (!c)
        return OC_ERR_NOMEM;
    mbedtls_x509_crt_init(&c->crt);
    mbedtls_pk_init(&c->key);
    memcpy(c->text, text, len);
    int code = parse(c, len);
    if (code) {
        oc_certificate_destroy(c);
        return oc_mbedtls_no_memory(code) ? OC_ERR_NOMEM : OC_ERR_FORMAT;
    }
    oc_span_t der = oc_span(c->crt.raw.p, c->crt.raw.len);
    oc_hash(OC_HASH_SHA256, &der, 1, c->fingerprint);
    *out = c;
    return OC_OK;
}

int oc_certificate_write(const oc_certificate_t *certificate, char *text, size_t size) {
    size_t len = strlen(certificate->text);
    if (len >= size)
        return OC_ERR_RANGE;
    memcpy(text, certificate->text, len + 1);
    return (int)len;
}

const uint8_t *oc_certificate_fingerprint(const oc_certificate_t *certificate) {
    return certificate->fingerprint;
}

void oc_certificate_destroy(oc_certificate_t *certificate) {
    if (!certificate)
        return;
    mbedtls_x509_crt_free(&certificate->crt);
    mbedtls_pk_free(&certificate->key);
    oc_crypto_wipe(certificate, sizeof *certificate);
    free(certificate);
}
