/* oc_index_keys - reads the key frames of a recording from its file (oc_key_read), also piece by
 * piece while it grows. Index thread. */
#ifndef OC_INDEX_KEYS_H
#define OC_INDEX_KEYS_H

#include "oc_key_read.h"

typedef struct oc_index_keys oc_index_keys_t; /* opaque; OC_KEY_TABLE_BYTES and 12 KB */

/* Nothing read yet. NULL: no memory. */
oc_index_keys_t *oc_index_keys_make(void);
void oc_index_keys_free(oc_index_keys_t *keys);

/* Reads on, from where the last call ended, up to the last whole fragment of the file. fd: open for
 * reading, borrowed until return; bytes: its size. OC_OK | OC_ERR_FORMAT no recording of ours: no
 * keys, no duration | OC_ERR_IO. */
int oc_index_keys_read(oc_index_keys_t *keys, int fd, uint64_t bytes);

/* The table so far; borrowed until the next read. */
oc_span_t oc_index_keys_table(const oc_index_keys_t *keys);
/* ms from the start of the file to the end of what is in it; 0: nothing is known. */
int64_t oc_index_keys_duration(const oc_index_keys_t *keys);

#endif
