#include "oc_hmac.h"
#include "oc_assert.h"

#include <string.h>

#define BLOCK_MAX 128

static size_t block_size(enum oc_hash kind) {
    return kind == OC_HASH_SHA384 || kind == OC_HASH_SHA512 ? 128 : 64;
}

void oc_hmac(enum oc_hash kind, oc_span_t key, const oc_span_t *parts, unsigned count,
             uint8_t *out) {
    uint8_t pad[BLOCK_MAX] = {0}, inner[OC_HASH_MAX];
    oc_span_t list[1 + OC_HMAC_PARTS];
    size_t block = block_size(kind);
    oc_assert(count <= OC_HMAC_PARTS);
    if (key.len > block)
        oc_hash(kind, &key, 1, pad);
    else if (key.len)
        memcpy(pad, key.data, key.len);
    for (size_t i = 0; i < block; i++)
        pad[i] ^= 0x36;
    list[0] = oc_span(pad, block);
    for (unsigned i = 0; i < count; i++)
        list[1 + i] = parts[i];
    oc_hash(kind, list, 1 + count, inner);
    for (size_t i = 0; i < block; i++)
        pad[i] ^= 0x36 ^ 0x5C;
    list[1] = oc_span(inner, oc_hash_size(kind));
    oc_hash(kind, list, 2, out);
    oc_crypto_wipe(pad, sizeof(pad));
    oc_crypto_wipe(inner, sizeof(inner));
}
