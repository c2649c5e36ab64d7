#include "oc_hkdf.h"

#include <string.h>

#include "oc_hmac.h"

void oc_hkdf(oc_span_t secret, oc_span_t salt, oc_span_t info, uint8_t *out, size_t len) {
    uint8_t key[OC_CRYPTO_HASH], block[OC_CRYPTO_HASH], number = 0;
    oc_hmac(OC_HASH_SHA256, salt, &secret, 1, key); /* no salt: the empty key pads to zeros */
    while (len > 0) {
        const oc_span_t parts[] = {oc_span(block, number ? sizeof block : 0), info,
                                   oc_span(&number, 1)};
        size_t part = len < sizeof block ? len : sizeof block;
        number++;
        oc_hmac(OC_HASH_SHA256, oc_span(key, sizeof key), parts, 3, block);
        memcpy(out, block, part);
        out += part;
        len -= part;
    }
    oc_crypto_wipe(key, sizeof key);
    oc_crypto_wipe(block, sizeof block);
}
