/* oc_hkdf - HKDF with SHA-256 (RFC 5869) over oc_hmac. Any thread; allocates nothing. */
#ifndef OC_HKDF_H
#define OC_HKDF_H

#include "oc_crypto.h"

#define OC_HKDF_MAX (255u * OC_CRYPTO_HASH) /* bytes of what it gives, at most */

/* Derives len (0..OC_HKDF_MAX) bytes at out from a secret; salt and info may be empty. All borrowed
 * until return; out overlaps none of them. */
void oc_hkdf(oc_span_t secret, oc_span_t salt, oc_span_t info, uint8_t *out, size_t len);

#endif
