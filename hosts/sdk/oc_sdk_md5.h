/* oc_sdk_md5 - MD5, which the SDK's linker signs archives with, from what the platform has. It
 * finds damage; nothing here trusts it with more. */
#ifndef OC_SDK_MD5_H
#define OC_SDK_MD5_H

#include <stddef.h>
#include <stdint.h>

/* One run of bytes; borrowed until return. */
typedef struct {
    const uint8_t *data;
    size_t size;
} oc_sdk_md5_part_t;

/* digest = MD5 of the parts one behind the other, all zero when memory is short. next: gives the
 * next part, size 0 after the last; data is what oc_sdk_md5 was given. */
void oc_sdk_md5(uint8_t digest[16], oc_sdk_md5_part_t (*next)(void *data), void *data);

#endif
