/* oc_cert - certificates of the HTTPS server: made, read, judged. OpenSSL behind it; its types are
 * seen by the HTTP server only. Times are seconds since 1970, 0: the clock was never set. Any
 * thread. */
#ifndef OC_CERT_H
#define OC_CERT_H

#include <stdint.h>

#include "oc_access_names.h"

#define OC_CERT_PEM         (32 * 1024)   /* bytes with NUL of a chain or key that is read */
#define OC_CERT_MADE        8192          /* bytes with NUL of what oc_cert_make writes */
#define OC_CERT_FINGERPRINT 96            /* bytes with NUL: 32 pairs of hex digits and colons */
#define OC_CERT_LIFE_S      (820 * 86400) /* of one that is made; Apple takes at most 825 days */
#define OC_CERT_RENEW_S     (30 * 86400)  /* before its end a new one is made */

/* A certificate with its chain and private key; opaque. */
typedef struct oc_cert oc_cert_t;

/* Makes a self-signed certificate for the names; key: PEM of the key to keep, "": a new one. OC_OK
 * | OC_ERR_IO. */
int oc_cert_make(const oc_access_names_t *names, int64_t now_s, char cert[OC_CERT_MADE],
                 char key[OC_CERT_MADE]);

/* Reads a pair of PEM texts and checks that they belong together and are not over. OC_OK, *out is
 * owned by the caller | OC_ERR_FORMAT | OC_ERR_STALE over; `why` gets the end of a sentence. */
int oc_cert_read(oc_cert_t **out, const char *cert, const char *key, int64_t now_s, char *why,
                 size_t why_size);

/* The texts of a pair that oc_cert_make has made, as they were. OC_OK | OC_ERR_IO. */
int oc_cert_write(const oc_cert_t *cert, char pem[OC_CERT_MADE], char key[OC_CERT_MADE]);

/* NULL is allowed. */
void oc_cert_free(oc_cert_t *cert);

/* SHA-256 of the certificate, as browsers show it. */
void oc_cert_fingerprint(const oc_cert_t *cert, char out[OC_CERT_FINGERPRINT]);

/* Adds the names and addresses it is for. */
void oc_cert_names(const oc_cert_t *cert, oc_access_names_t *names);

/* True when a certificate of ours should be made again: a name is missing, its end is near, or it
 * was made before the clock was set. */
bool oc_cert_due(const oc_cert_t *cert, const oc_access_names_t *names, int64_t now_s);

/* Puts it into a handshake; ssl: SSL *. False: no memory. */
bool oc_cert_use(const oc_cert_t *cert, void *ssl);

#endif
