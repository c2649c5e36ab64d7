#include "oc_access_device.h"

#include <string.h>

#include "oc_hmac.h"

#define ID 16 /* bytes, before the MAC */

oc_access_peer_t oc_access_device_id(const uint8_t random[ID]) {
    oc_access_peer_t id;
    memcpy(id.bytes, random, ID);
    id.bytes[0] |= 0xF0; /* multicast addresses ask for nothing */
    id.bytes[1] |= 0xF0;
    return id;
}

static void mac_of(const uint8_t key[OC_CRYPTO_HASH], const oc_access_user_t *user,
                   const uint8_t id[ID], uint8_t mac[OC_CRYPTO_HASH]) {
    static const char purpose[] = "ocellus device\n";
    const oc_span_t parts[] = {
        {(uint8_t *)purpose, sizeof(purpose) - 1},
        {(uint8_t *)user->name, sizeof(user->name)},
        {(uint8_t *)user->salt, sizeof(user->salt)},
        {(uint8_t *)user->hash, sizeof(user->hash)},
        {(uint8_t *)id, ID},
    };
    oc_hmac(OC_HASH_SHA256, oc_span(key, OC_CRYPTO_HASH), parts, sizeof(parts) / sizeof(parts[0]),
            mac);
}

void oc_access_device_make(const uint8_t key[OC_CRYPTO_HASH], const oc_access_user_t *user,
                           oc_access_peer_t id, char token[OC_ACCESS_DEVICE_TOKEN]) {
    uint8_t bytes[ID + OC_CRYPTO_HASH];
    memcpy(bytes, id.bytes, ID);
    mac_of(key, user, bytes, bytes + ID);
    oc_access_text_encode(bytes, sizeof(bytes), token);
}

bool oc_access_device_check(const uint8_t key[OC_CRYPTO_HASH], const oc_access_users_t *users,
                            const char *token, oc_access_peer_t *id) {
    uint8_t bytes[ID + OC_CRYPTO_HASH], mac[OC_CRYPTO_HASH];
    if (oc_access_text_decode(token, strlen(token), true, bytes, sizeof(bytes)) !=
        (int)sizeof(bytes))
        return false;
    memcpy(id->bytes, bytes, ID);
    for (unsigned i = 0; i < users->count; i++) {
        mac_of(key, &users->rows[i], bytes, mac);
        if (oc_crypto_equal(mac, bytes + ID, sizeof(mac)))
            return true;
    }
    return false;
}
