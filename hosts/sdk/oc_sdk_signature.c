/* The signature of the SDK's linker (xsl -a): MD5 of the payloads of NAME, SYMB, MAPS, and of each
 * PATH, CODE and DATA, without the padding behind the path of a resource. */
#include "oc_archive.h"

#include "oc_sdk_md5.h"
#include "oc_sdk_signature.h"
#include <string.h>

#define OC_SDK_ATOM_BYTES 8

typedef struct {
    const uint8_t *at, *end;
} walk_t;

static uint32_t read32be(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Stops where an atom does not fit. */
static oc_sdk_md5_part_t next(void *data) {
    walk_t *walk = data;
    while (walk->end - walk->at >= OC_SDK_ATOM_BYTES) {
        const uint8_t *atom = walk->at, *payload = atom + OC_SDK_ATOM_BYTES;
        size_t size = read32be(atom);
        if (size < OC_SDK_ATOM_BYTES || size > (size_t)(walk->end - atom))
            break;
        bool container = !memcmp(atom + 4, "MODS", 4) || !memcmp(atom + 4, "RSRC", 4);
        walk->at += container ? OC_SDK_ATOM_BYTES : size;
        size -= OC_SDK_ATOM_BYTES;
        if (container || !memcmp(atom + 4, "IDEN", 4) || size == 0)
            continue;
        if (!memcmp(atom + 4, "PATH", 4)) {
            const uint8_t *nul = memchr(payload, 0, size);
            size = nul ? (size_t)(nul - payload) + 1 : size;
        }
        return (oc_sdk_md5_part_t){payload, size};
    }
    return (oc_sdk_md5_part_t){NULL, 0};
}

void oc_sdk_signature(uint8_t signature[16], const uint8_t *atoms, size_t size) {
    walk_t walk = {atoms, atoms + size};
    oc_sdk_md5(signature, next, &walk);
}

bool oc_archive_signed(const uint8_t *signature, const uint8_t *atoms, size_t size) {
    uint8_t digest[16];
    oc_sdk_signature(digest, atoms, size);
    return !memcmp(digest, signature, sizeof digest);
}
