/* oc_key_cache - key frames of recordings, read when they are asked for and kept while the file is
 * the same or only grows, so that a player of a file that is being written reads each fragment
 * once. One thread, which may wait for the disk. */
#ifndef OC_KEY_CACHE_H
#define OC_KEY_CACHE_H

#include "oc_key_read.h"

#define OC_KEY_CACHE_FILES 8 /* kept, the oldest goes first; 45 KB each */

typedef struct oc_key_cache oc_key_cache_t; /* opaque */

/* Nothing is kept yet. root: descriptor of the data directory, borrowed. NULL: no memory. */
oc_key_cache_t *oc_key_cache_create(int root);
void oc_key_cache_free(oc_key_cache_t *cache);

/* Key frames of the file `path` (below root); synced: so many of its bytes may be read, UINT64_MAX:
 * all. *out: borrowed until the next call. OC_OK | OC_ERR_NOENT | OC_ERR_NOTSUP no fragments |
 * OC_ERR_FORMAT | OC_ERR_*. */
int oc_key_cache_get(oc_key_cache_t *cache, const char *path, uint64_t synced,
                     const oc_key_read_t **out);

#endif
