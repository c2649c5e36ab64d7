/* oc_hmac - HMAC (RFC 2104) over the hashes of oc_crypto. Any thread; allocates nothing. */
#ifndef OC_HMAC_H
#define OC_HMAC_H

#include "oc_crypto.h"

#define OC_HMAC_PARTS 6 /* at most; 16 bytes of stack each */

/* HMAC of `count` (0..OC_HMAC_PARTS) parts, one behind the other, into oc_hash_size(kind) bytes at
 * out, which may be one of the parts. A key of any length, also empty; one longer than a block of
 * the hash (64 bytes, SHA-384 and SHA-512: 128) is hashed first. All borrowed until return. */
void oc_hmac(enum oc_hash kind, oc_span_t key, const oc_span_t *parts, unsigned count,
             uint8_t *out);

#endif
