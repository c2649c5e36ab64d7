/* oc_stun_key - keys of long-term credentials and what their messages are protected with
 * (RFC 8489 sections 9.2 and 14). Texts are UTF-8 as SASLprep leaves them: ASCII stays as it is. */
#ifndef OC_STUN_KEY_H
#define OC_STUN_KEY_H

#include "oc_span.h"
#include "oc_stun_attr.h"

#define OC_STUN_KEY_MAX 32 /* bytes of the longest key */
#define OC_STUN_HASHED  32 /* bytes of USERHASH */

/* The key for integrity: a hash of "user:realm:password" by MD5 (16 bytes; also for
 * OC_STUN_ALGORITHM_NONE) or SHA-256 (32 bytes). Its length; 0: no such algorithm. */
size_t oc_stun_key(enum oc_stun_algorithm algorithm, oc_span_t user, oc_span_t realm,
                   oc_span_t password, uint8_t out[OC_STUN_KEY_MAX]);

/* USERHASH: SHA-256 of "user:realm" (section 14.4). */
void oc_stun_userhash(oc_span_t user, oc_span_t realm, uint8_t out[OC_STUN_HASHED]);

/* The security features at the start of a server's nonce (section 9.2): bit 0 password algorithms,
 * bit 1 anonymous user names; 0 when the nonce has none. */
uint32_t oc_stun_nonce_features(oc_span_t nonce);
#define OC_STUN_FEATURE_ALGORITHMS 0x1u
#define OC_STUN_FEATURE_USERHASH   0x2u

/* CRC-32 (ITU-T V.42), which FINGERPRINT is made of; crc is 0 at the start. */
uint32_t oc_stun_crc32(uint32_t crc, const uint8_t *data, size_t len);

#endif
