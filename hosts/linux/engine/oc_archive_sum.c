/* The signature that tools/xsb writes: two sums over everything behind it. */
#include "oc_archive.h"

bool oc_archive_signed(const uint8_t *signature, const uint8_t *atoms, size_t size) {
    uint64_t sum[2] = {0xcbf29ce484222325u, 0x84222325cbf29ce4u};
    for (size_t i = 0; i < size; i++) {
        sum[0] = (sum[0] ^ atoms[i]) * 0x100000001b3u;
        sum[1] = (sum[1] ^ atoms[i] ^ 0x5a) * 0x100000001b3u;
    }
    for (unsigned i = 0; i < 16; i++)
        if (signature[i] != (uint8_t)(sum[i / 8] >> (8 * (i % 8))))
            return false;
    return true;
}
