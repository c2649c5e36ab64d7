/* oc_update_keys - the public keys of the owner, from files. */
#ifndef OC_UPDATE_KEYS_H
#define OC_UPDATE_KEYS_H

#include "oc_trust.h"

#define OC_UPDATE_KEY_FILE_MAX 16384 /* bytes of a file */

/* Adds every key of a PEM file (`PUBLIC KEY`, of the curve P-256; others are skipped that are no
 * keys). OC_OK | OC_ERR_FORMAT, OC_ERR_TOO_BIG or OC_ERR_IO: why has one line. */
int oc_update_keys_read(oc_trust_t *trust, const char *path, char *why, size_t why_size);

#endif
