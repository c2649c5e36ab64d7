/* oc_access_link - watch links: a token that opens one channel's live picture until a time. Pure.
 */
#ifndef OC_ACCESS_LINK_H
#define OC_ACCESS_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "oc_crypto.h"

#define OC_ACCESS_LINK_MAX    64       /* bytes with NUL of a token */
#define OC_ACCESS_LINK_LIFE_S 31536000 /* longest life of a link */

/* Writes the token for a channel that is good until expires_s (seconds since 1970, > 0). */
void oc_access_link_make(const uint8_t key[OC_CRYPTO_HASH], const char *channel, int64_t expires_s,
                         char token[OC_ACCESS_LINK_MAX]);

/* Judges a token of token_len bytes for a channel. OC_OK | OC_ERR_STALE over | OC_ERR_INVAL: not
 * made with this key for this channel. */
int oc_access_link_check(const uint8_t key[OC_CRYPTO_HASH], const char *token, size_t token_len,
                         const char *channel, int64_t now_s);

#endif
