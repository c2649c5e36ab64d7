/* oc_object_keys - the keys of a store, from the environment or from a file of the owner's alone.
 * Never from a command line, which every user of the machine can read. */
#ifndef OC_OBJECT_KEYS_H
#define OC_OBJECT_KEYS_H

#include <stddef.h>

#include "oc_sigv4.h"

#define OC_OBJECT_ID_MAX     129  /* bytes with NUL */
#define OC_OBJECT_SECRET_MAX 129  /* bytes with NUL */
#define OC_OBJECT_TOKEN_MAX  4096 /* bytes with NUL; those of roles have up to 2 KB */

/* Keys; wiped by oc_object_keys_wipe. */
typedef struct oc_object_keys {
    char id[OC_OBJECT_ID_MAX], secret[OC_OBJECT_SECRET_MAX], token[OC_OBJECT_TOKEN_MAX];
} oc_object_keys_t;

/* file NULL: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the environment;
 * else lines NAME=VALUE with these names, # begins a comment; nobody but its owner may read or
 * write it. OC_OK | OC_ERR_NOENT there are none | OC_ERR_*; why says what is to be done, without a
 * key. */
int oc_object_keys_load(oc_object_keys_t *keys, const char *file, char *why, size_t size);

/* As the signature takes them; borrows. */
oc_sigv4_keys_t oc_object_keys_view(const oc_object_keys_t *keys);

/* Overwrites them. Twice is fine. */
void oc_object_keys_wipe(oc_object_keys_t *keys);

#endif
