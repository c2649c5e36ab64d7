/* oc_access_device - browsers that have logged in before: a signed cookie that proves it, and
 * nothing else. It opens nothing; who shows it has tries of its own. Pure. */
#ifndef OC_ACCESS_DEVICE_H
#define OC_ACCESS_DEVICE_H

#include "oc_access_rate.h"
#include "oc_access_user.h"

#define OC_ACCESS_DEVICE_COOKIE "__Host-ocellus-device"
#define OC_ACCESS_DEVICE_TOKEN  65       /* bytes with NUL */
#define OC_ACCESS_DEVICE_LIFE_S 34560000 /* 400 days: no browser keeps one for longer */

/* The peer of a device for oc_access_rate, of random bytes: no address is like it. */
oc_access_peer_t oc_access_device_id(const uint8_t random[16]);

/* Writes the cookie's value for a device of this user; it ends with the user's password. */
void oc_access_device_make(const uint8_t key[OC_CRYPTO_HASH], const oc_access_user_t *user,
                           oc_access_peer_t id, char token[OC_ACCESS_DEVICE_TOKEN]);

/* True for a value that was made with this key for one of these users as they are now; *id: whose.
 */
bool oc_access_device_check(const uint8_t key[OC_CRYPTO_HASH], const oc_access_users_t *users,
                            const char *token, oc_access_peer_t *id);

#endif
