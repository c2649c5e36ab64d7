/* oc_key_table - when and where the key frames of a recording are, in few bytes: each entry is two
 * LEB128 numbers, the milliseconds and the bytes since the entry before (docs/design/
 * recordings-index.md, `keys`). Memory is the caller's and bounded: when it is full every second
 * entry goes, and from then on every second key frame is passed over; so a table of any file fits,
 * only coarser. The first entry always stays. Pure; any thread, one at a time. */
#ifndef OC_KEY_TABLE_H
#define OC_KEY_TABLE_H

#include "oc_span.h"

/* Bytes for 90 minutes with a key frame each second: 6 an entry. */
#define OC_KEY_TABLE_BYTES 32768u
/* Bytes that one entry takes at most. */
#define OC_KEY_ENTRY_MAX 20u

/* A key frame. */
typedef struct oc_key {
    uint64_t ms;     /* from the start of the file */
    uint64_t offset; /* bytes: of the box in front of its fragment */
} oc_key_t;

typedef struct oc_key_table {
    uint8_t *bytes;  /* the entries */
    size_t size;     /* of that memory */
    size_t len;      /* used */
    uint32_t count;  /* entries */
    uint32_t every;  /* one key frame of so many is kept; 1 = all, a power of two */
    uint32_t passed; /* passed over since the last one kept */
    oc_key_t last;   /* the last entry; zeros: none */
} oc_key_table_t;

/* An empty table. memory: size bytes (4 * OC_KEY_ENTRY_MAX at least), borrowed until dropped. */
void oc_key_table_init(oc_key_table_t *table, void *memory, size_t size);

/* Notes a key frame behind the last one. OC_OK | OC_AGAIN passed over, the table is coarser |
 * OC_ERR_RANGE time or offset goes back: nothing is noted. */
int oc_key_table_append(oc_key_table_t *table, uint64_t ms, uint64_t offset);

/* The table as bytes: what oc_key_next and oc_key_find read. Borrowed until the next append. */
oc_span_t oc_key_table_encoded(const oc_key_table_t *table);

/* The entry behind *key in `*keys`, which is moved on; start with the whole table and a key of
 * zeros. OC_OK | OC_END | OC_ERR_FORMAT damaged, or a number beyond 63 bits. */
int oc_key_next(oc_span_t *keys, oc_key_t *key);

/* The last key frame at or before `ms`, else the first one. OC_OK | OC_END there is none |
 * OC_ERR_FORMAT. */
int oc_key_find(oc_span_t keys, uint64_t ms, oc_key_t *out);

#endif
