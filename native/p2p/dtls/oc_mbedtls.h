/* oc_mbedtls - the one place that knows which mbedTLS this is: 2.28 (Debian 12, Ubuntu 24.04), 3.6
 * (Debian 13) or 4.x (PSA only: ESP-IDF 6). Included by the files *_mbedtls.c and their tests.
 * Functions return what the library returns: 0 or a negative code. */
#ifndef OC_MBEDTLS_H
#define OC_MBEDTLS_H

#include <mbedtls/version.h>

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#include "oc_dtls_record.h"

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member /* 2.28 hides nothing */
#endif

/* Makes the library ready; any number of times, not from two threads at once. */
int oc_mbedtls_prepare(void);

/* Our random numbers as the library asks for them; never fails. */
int oc_mbedtls_random(void *context, unsigned char *out, size_t len);

/* True when a code means that there was no memory. */
bool oc_mbedtls_no_memory(int code);

/* A new P-256 key into an initialised *key. */
int oc_mbedtls_make_key(mbedtls_pk_context *key);

/* Reads a private key from PEM; len counts the NUL. */
int oc_mbedtls_parse_key(mbedtls_pk_context *key, const unsigned char *text, size_t len);

/* 0 when both are halves of one elliptic-curve key of 256 bits. */
int oc_mbedtls_check_pair(const mbedtls_pk_context *open, const mbedtls_pk_context *secret);

/* True when the key is for ECDSA. */
bool oc_mbedtls_is_ec(const mbedtls_pk_context *key);

/* True when the key is for RSA signatures. */
bool oc_mbedtls_is_rsa(const mbedtls_pk_context *key);

/* Sets a positive serial number of 8 bytes, and writes the certificate as PEM. */
int oc_mbedtls_write_crt(mbedtls_x509write_cert *writer, const uint8_t serial[8],
                         unsigned char *text, size_t size);

/* DTLS 1.2 only, P-256 only, no SHA-1, random numbers of ours. rsa: the peer may sign with RSA
 * (PKCS #1 v1.5, RFC 5246 section 7.4.1.4.1) as well as with ECDSA. 2.28 always says that it may,
 * where the library has RSA at all. */
void oc_mbedtls_conf_common(mbedtls_ssl_config *conf, bool rsa);

/* Offers, or agrees to, use_srtp (RFC 5764) where the library has it: some peers end a connection
 * without it although it carries data alone (Pion, aiortc, werift). Nothing is ever made of it. */
int oc_mbedtls_conf_srtp(mbedtls_ssl_config *conf);

/* Where oc_mbedtls_on_keys puts what it gets. */
typedef struct oc_mbedtls_keys {
    mbedtls_ssl_context *ssl; /* of the handshake; borrowed */
    oc_dtls_keys_t keys;
    bool there; /* `keys` is complete */
} oc_mbedtls_keys_t;

/* Has the keys of a handshake put into *keys as soon as there are any (its member ssl is set);
 * borrowed for the life of both conf, which serves this one handshake, and keys->ssl. */
void oc_mbedtls_on_keys(mbedtls_ssl_config *conf, oc_mbedtls_keys_t *keys);

#endif
