/* oc_app_slot - the application archive in flash: partitions appA and appB of type 0x41, which the
 * SDK never touches (it rewrites the first partition of type 0x40). The archive stays as it was
 * written; what runs is a copy in PSRAM, because mapping changes it. */
#ifndef OC_APP_SLOT_H
#define OC_APP_SLOT_H

#include <stddef.h>
#include <stdint.h>

#define OC_APP_SLOT_TYPE  0x41
#define OC_APP_SLOT_BYTES (512 * 1024) /* of a partition and its copy */

/* Copies the archive of the partition `label` to PSRAM (owned by caller, oc_esp_release). Only its
 * outermost header is looked at: size and name; who maps it checks the rest.
 * OC_OK | OC_ERR_NOENT no such partition, or nothing was written there | OC_ERR_FORMAT |
 * OC_ERR_TOO_BIG | OC_ERR_NOMEM | OC_ERR_IO; why is one line. */
int oc_app_slot_read(const char *label, uint8_t **data, size_t *size, char *why, size_t why_size);

#endif
