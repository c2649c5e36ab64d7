/* oc_certificate - the self-signed certificate that DTLS shows, with its key: ECDSA P-256, valid
 * from 2000 to 2049 so that no clock matters. It is separate from every identity of the device and
 * may be renewed at any time: peers know it by the fingerprint in the session description. */
#ifndef OC_CERTIFICATE_H
#define OC_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#define OC_CERTIFICATE_PEM         2048 /* bytes with NUL of what oc_certificate_write gives, at most */
#define OC_CERTIFICATE_FINGERPRINT 32 /* bytes of SHA-256 */

/* A certificate and its private key; opaque, 2 to 3 KB. Read only once it is made, so any number of
 * handshakes may use it, one at a time. */
typedef struct oc_certificate oc_certificate_t;

/* Makes a new key and certificate; some 5 ms. OC_OK, *out is owned by caller after return |
 * OC_ERR_NOMEM | OC_ERR_IO the library fails. */
int oc_certificate_make(oc_certificate_t **out);

/* Reads what oc_certificate_write gave: key and certificate in PEM, in any order. text: borrowed
 * until return. OC_OK, *out is owned by caller after return | OC_ERR_FORMAT damaged, no P-256 key,
 * or they do not belong together | OC_ERR_NOMEM. */
int oc_certificate_read(oc_certificate_t **out, const char *text, size_t len);

/* Writes key and certificate as PEM with NUL; the caller wipes it. Length without NUL |
 * OC_ERR_RANGE `size` is too small | OC_ERR_NOMEM | OC_ERR_IO the library fails. */
int oc_certificate_write(const oc_certificate_t *certificate, char *text, size_t size);

/* SHA-256 of the certificate (RFC 8122), OC_CERTIFICATE_FINGERPRINT bytes, borrowed for its life.
 */
const uint8_t *oc_certificate_fingerprint(const oc_certificate_t *certificate);

/* Wipes and frees it; when no handshake uses it. NULL is allowed. */
void oc_certificate_destroy(oc_certificate_t *certificate);

#endif
