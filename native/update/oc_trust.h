/* oc_trust - the keys that a device takes updates from. The owner gives the public keys when the
 * host starts; a signed bundle can only take some away again. Not more than one thread at a time;
 * allocates nothing. */
#ifndef OC_TRUST_H
#define OC_TRUST_H

#include "oc_app_crypto.h"

#define OC_KEY_ID            8  /* bytes: the first of the SHA-256 of the public point */
#define OC_KEY_ID_TEXT       17 /* bytes of it as hex digits, with NUL */
#define OC_TRUST_KEYS_MAX    8  /* 65 bytes each */
#define OC_TRUST_REVOKED_MAX 48 /* 8 bytes each, here and in the switch record */

/* All zero: no key, updates are off. 912 bytes. */
typedef struct oc_trust {
    uint8_t points[OC_TRUST_KEYS_MAX][OC_P256_POINT];
    uint8_t revoked[OC_TRUST_REVOKED_MAX][OC_KEY_ID];
    uint32_t key_count, revoked_count;
} oc_trust_t;

/* The id of a public key. */
void oc_key_id(const uint8_t point[OC_P256_POINT], uint8_t id[OC_KEY_ID]);
/* An id as 16 hex digits. */
void oc_key_id_text(const uint8_t id[OC_KEY_ID], char text[OC_KEY_ID_TEXT]);

/* Adds a key of the owner; the same one twice counts once.
 * OC_OK | OC_ERR_FORMAT no point of the curve | OC_ERR_TOO_BIG there are OC_TRUST_KEYS_MAX. */
int oc_trust_add(oc_trust_t *trust, const uint8_t point[OC_P256_POINT]);

/* The public key of an id, revoked or not (borrowed from trust); NULL: the owner gave none. */
const uint8_t *oc_trust_point(const oc_trust_t *trust, const uint8_t id[OC_KEY_ID]);
/* Whether a key was revoked, of the owner's or any other. */
bool oc_trust_is_revoked(const oc_trust_t *trust, const uint8_t id[OC_KEY_ID]);
/* Keys of the owner that are not revoked; 0: nothing can be installed. */
unsigned oc_trust_left(const oc_trust_t *trust);

/* Revokes an id for ever; one that is revoked already stays so. `by` signed it.
 * OC_OK | OC_ERR_INVAL a key cannot revoke itself | OC_ERR_STATE it is the last one that is left |
 * OC_ERR_TOO_BIG there are OC_TRUST_REVOKED_MAX. */
int oc_trust_revoke(oc_trust_t *trust, const uint8_t id[OC_KEY_ID], const uint8_t by[OC_KEY_ID]);

#endif
