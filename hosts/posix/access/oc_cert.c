#define _GNU_SOURCE
#include "oc_cert.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_random.h"

#define FIRST_S 1577836800 /* 2020-01-01: begins here while the clock is not set */

struct oc_cert {
    X509 *own;
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
};

/* ---- making ---- */

static bool add_extension(X509 *x509, int kind, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool done = extension && X509_add_ext(x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done;
}

static GENERAL_NAME *general_name(const char *name) {
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
    GENERAL_NAME *general = GENERAL_NAME_new();
    if (general && address) {
        GENERAL_NAME_set0_value(general, GEN_IPADD, address);
        return general;
    }
    ERR_clear_error();
    ASN1_IA5STRING *text = general ? ASN1_IA5STRING_new() : NULL;
    if (text && ASN1_STRING_set(text, name, -1) == 1) {
        GENERAL_NAME_set0_value(general, GEN_DNS, text);
        return general;
    }
    ASN1_IA5STRING_free(text);
    ASN1_OCTET_STRING_free(address);
    GENERAL_NAME_free(general);
    return NULL;
}

static bool add_names(X509 *x509, const oc_access_names_t *names) {
    GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
    bool done = list != NULL;
    for (unsigned i = 0; done && i < names->count; i++) {
        GENERAL_NAME *name = general_name(names->rows[i]);
        done = name && sk_GENERAL_NAME_push(list, name) > 0;
    }
    done = done && X509_add1_ext_i2d(x509, NID_subject_alt_name, list, 0, 0) == 1;
    sk_GENERAL_NAME_pop_free(list, GENERAL_NAME_free);
    return done;
}

static bool set_times(X509 *x509, int64_t now_s) {
    ASN1_TIME *from = X509_getm_notBefore(x509), *to = X509_getm_notAfter(x509);
    if (now_s == 0)
        return ASN1_TIME_set(from, FIRST_S) && ASN1_TIME_set_string_X509(to, "99991231235959Z");
    /* a day of slack for clients whose clocks are late */
    return ASN1_TIME_set(from, (time_t)(now_s - 86400)) &&
           ASN1_TIME_set(to, (time_t)(now_s + OC_CERT_LIFE_S));
}

static bool set_serial(X509 *x509) {
    uint8_t bytes[16];
    oc_random(bytes, sizeof(bytes));
    bytes[0] = (bytes[0] & 0x7F) | 0x40; /* positive, always of this length */
    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    bool done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
    BN_free(number);
    return done;
}

static X509 *make(EVP_PKEY *key, const oc_access_names_t *names, int64_t now_s) {
    static const uint8_t common_name[] = "ocellus";
    X509 *x509 = X509_new();
    X509_NAME *subject = x509 ? X509_get_subject_name(x509) : NULL;
    bool done = subject && X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) &&
                set_times(x509, now_s) && X509_set_pubkey(x509, key) == 1 &&
                X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC, common_name, -1,
                                           -1, 0) == 1 &&
                X509_set_issuer_name(x509, subject) == 1 &&
                add_extension(x509, NID_basic_constraints, "critical,CA:FALSE") &&
                add_extension(x509, NID_key_usage, "critical,digitalSignature") &&
                add_extension(x509, NID_ext_key_usage, "serverAuth") &&
                add_extension(x509, NID_subject_key_identifier, "hash") && add_names(x509, names) &&
                X509_sign(x509, key, EVP_sha256()) > 0;
    if (done)
        return x509;
    X509_free(x509);
    return NULL;
}

/* The text that was written to a BIO. */
static bool take_text(BIO *bio, char *out) {
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    if (len <= 0 || len >= OC_CERT_MADE)
        return false;
    memcpy(out, data, (size_t)len);
    out[len] = '\0';
    return true;
}

/* Never asks a terminal: an encrypted key is refused. */
static int no_password(char *out, int size, int writes, void *context) {
    return -1;
}

static EVP_PKEY *read_key(const char *pem) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    BIO_free(bio);
    return key;
}

static int write_pair(X509 *x509, EVP_PKEY *pair, char cert[OC_CERT_MADE], char key[OC_CERT_MADE]) {
    BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_secmem());
    bool done = x509 && cert_bio && key_bio && PEM_write_bio_X509(cert_bio, x509) == 1 &&
                PEM_write_bio_PrivateKey(key_bio, pair, NULL, NULL, 0, NULL, NULL) == 1 &&
                take_text(cert_bio, cert) && take_text(key_bio, key);
    BIO_free(cert_bio);
    BIO_free(key_bio);
    ERR_clear_error();
    return done ? OC_OK : OC_ERR_IO;
}

int oc_cert_write(const oc_cert_t *cert, char pem[OC_CERT_MADE], char key[OC_CERT_MADE]) {
    return write_pair(cert->own, cert->key, pem, key);
}

int oc_cert_make(const oc_access_names_t *names, int64_t now_s, char cert[OC_CERT_MADE],
                 char key[OC_CERT_MADE]) {
    EVP_PKEY *pair = key[0] ? read_key(key) : NULL;
    if (!pair)
        pair = EVP_EC_gen("P-256");
    X509 *x509 = pair ? make(pair, names, now_s) : NULL;
    int result = write_pair(x509, pair, cert, key);
    X509_free(x509);
    EVP_PKEY_free(pair);
    return result;
}

/* ---- reading ---- */

static int64_t seconds(const ASN1_TIME *time) {
    struct tm parts;
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

static bool read_chain(oc_cert_t *cert, const char *pem) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *next;
    cert->own = bio ? PEM_read_bio_X509_AUX(bio, NULL, no_password, NULL) : NULL;
    cert->chain = sk_X509_new_null();
    while (cert->own && cert->chain && (next = PEM_read_bio_X509(bio, NULL, no_password, NULL)))
        sk_X509_push(cert->chain, next);
    BIO_free(bio);
    return cert->own && cert->chain;
}

int oc_cert_read(oc_cert_t **out, const char *cert_pem, const char *key_pem, int64_t now_s,
                 char *why, size_t why_size) {
    oc_cert_t *cert = calloc(1, sizeof(*cert));
    int result = OC_ERR_FORMAT;
    if (!cert)
        return OC_ERR_NOMEM;
    if (!read_chain(cert, cert_pem))
        snprintf(why, why_size, "the certificate is not PEM");
    else if (!(cert->key = read_key(key_pem)))
        snprintf(why, why_size, "the key is not PEM without a password");
    else if (X509_check_private_key(cert->own, cert->key) != 1)
        snprintf(why, why_size, "the key does not belong to the certificate");
    else if (now_s > 0 && seconds(X509_get0_notAfter(cert->own)) <= now_s) {
        char date[OC_ACCESS_NAME_MAX];
        time_t over = (time_t)seconds(X509_get0_notAfter(cert->own));
        strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&over));
        snprintf(why, why_size, "the certificate was good until %s", date);
        result = OC_ERR_STALE;
    } else
        result = OC_OK;
    ERR_clear_error();
    if (result == OC_OK)
        *out = cert;
    else
        oc_cert_free(cert);
    return result;
}

void oc_cert_free(oc_cert_t *cert) {
    if (!cert)
        return;
    X509_free(cert->own);
    sk_X509_pop_free(cert->chain, X509_free);
    EVP_PKEY_free(cert->key);
    free(cert);
}

void oc_cert_fingerprint(const oc_cert_t *cert, char out[OC_CERT_FINGERPRINT]) {
    uint8_t hash[EVP_MAX_MD_SIZE] = {0};
    unsigned len = OC_CRYPTO_HASH;
    X509_digest(cert->own, EVP_sha256(), hash, &len);
    for (unsigned i = 0; i < OC_CRYPTO_HASH; i++)
        sprintf(out + 3 * i, i + 1 < OC_CRYPTO_HASH ? "%02X:" : "%02X", hash[i]);
}

static void add_general_name(const GENERAL_NAME *general, oc_access_names_t *names) {
    int kind;
    char text[OC_ACCESS_NAME_MAX];
    const ASN1_STRING *value = GENERAL_NAME_get0_value(general, &kind);
    const uint8_t *data = ASN1_STRING_get0_data(value);
    int len = ASN1_STRING_length(value);
    if (kind == GEN_DNS && len > 0 && (size_t)len < sizeof(text) && !memchr(data, 0, (size_t)len)) {
        memcpy(text, data, (size_t)len);
        text[len] = '\0';
        oc_access_names_add(names, text);
    } else if (kind == GEN_IPADD && (len == 4 || len == 16) &&
               inet_ntop(len == 4 ? AF_INET : AF_INET6, data, text, sizeof(text))) {
        oc_access_names_add(names, text);
    }
}

void oc_cert_names(const oc_cert_t *cert, oc_access_names_t *names) {
    GENERAL_NAMES *list = X509_get_ext_d2i(cert->own, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
        const GENERAL_NAME *general = sk_GENERAL_NAME_value(list, i);
        if (general->type == GEN_DNS || general->type == GEN_IPADD)
            add_general_name(general, names);
    }
    GENERAL_NAMES_free(list);
}

bool oc_cert_due(const oc_cert_t *cert, const oc_access_names_t *names, int64_t now_s) {
    oc_access_names_t own = {0};
    int64_t end = seconds(X509_get0_notAfter(cert->own));
    oc_cert_names(cert, &own);
    for (unsigned i = 0; i < names->count; i++) {
        if (!oc_access_names_has(&own, names->rows[i]))
            return true;
    }
    return now_s > 0 && (end - now_s < OC_CERT_RENEW_S || end - now_s > OC_CERT_LIFE_S + 86400);
}

bool oc_cert_use(const oc_cert_t *cert, void *ssl) {
    return SSL_use_cert_and_key(ssl, cert->own, cert->key, cert->chain, 1) == 1;
}
