#include "oc_sdk_md5.h"

#include <glib.h>
#include <string.h>

void oc_sdk_md5(uint8_t digest[16], oc_sdk_md5_part_t (*next)(void *data), void *data) {
    GChecksum *sum = g_checksum_new(G_CHECKSUM_MD5);
    gsize size = 16;
    for (oc_sdk_md5_part_t part; (part = next(data)).size;)
        g_checksum_update(sum, part.data, (gssize)part.size);
    g_checksum_get_digest(sum, digest, &size);
    g_checksum_free(sum);
}
