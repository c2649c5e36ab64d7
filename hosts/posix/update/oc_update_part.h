/* oc_update_part - a bundle that a script brings part by part, in a file of the folder `update`:
 * goes on where it ended, also after a restart. One thread. */
#ifndef OC_UPDATE_PART_H
#define OC_UPDATE_PART_H

#include "oc_crypto.h"
#include "oc_span.h"

/* All zero: nothing was begun. */
typedef struct oc_update_part {
    bool begun;
    uint8_t sha256[OC_CRYPTO_HASH];
    uint32_t bytes, have; /* of all; that are here */
} oc_update_part_t;

/* Begins or resumes the bundle of this hash; of another one everything goes. OC_OK | OC_ERR_* */
int oc_update_part_begin(oc_update_part_t *part, int root, const uint8_t sha256[OC_CRYPTO_HASH],
                         uint32_t bytes);
/* Bytes at `offset`, which is part->have. OC_OK | OC_ERR_STATE nothing was begun | OC_ERR_RANGE |
 * OC_ERR_DISK_FULL and other OC_ERR_*: what was here stays. */
int oc_update_part_write(oc_update_part_t *part, int root, uint32_t offset, oc_span_t bytes);
/* The whole bundle, whose hash is right: malloc, owned by caller. NULL: *result is OC_ERR_STATE it
 * is not complete | OC_ERR_FORMAT another hash, and nothing is left of it | OC_ERR_*. */
uint8_t *oc_update_part_take(oc_update_part_t *part, int root, int *result);
/* It is not needed any more. */
void oc_update_part_drop(oc_update_part_t *part, int root);

#endif
