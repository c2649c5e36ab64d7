/* oc_index_prune - forgets the oldest events when there are too many, they take too much of the
 * disk or are too old (docs/design/recordings-index.md, ADR 65). Protected ones, and those that go
 * on, stay. Index thread only. */
#ifndef OC_INDEX_PRUNE_H
#define OC_INDEX_PRUNE_H

#include "oc_index_db.h"

#define OC_INDEX_EVENTS_MAX   100000                  /* kept */
#define OC_INDEX_EVENTS_BYTES (UINT64_C(512) << 20)   /* of the largest disk */
#define OC_INDEX_EVENTS_LEAST (UINT64_C(1) << 20)     /* of the smallest one */
#define OC_INDEX_EVENTS_SHARE 50                      /* a fiftieth of the disk */
#define OC_INDEX_EVENTS_US    (60 * INT64_C(1000000)) /* between two looks */

typedef struct oc_index_prune {
    uint32_t max;      /* events that are not protected */
    uint64_t bytes;    /* of their files and pictures */
    int64_t before_ms; /* what began earlier is too old; INT64_MIN: nothing is */
} oc_index_prune_t;

/* The bounds of a disk of so many bytes; 0: its size is not known. */
oc_index_prune_t oc_index_prune_limits(uint64_t total_bytes, int64_t before_ms);

/* Looks, and when a bound is exceeded forgets the oldest until a tenth of it is free (too old ones:
 * once a day). The file of each month is written again beside, synced, renamed: a power cut leaves
 * the old one or the new one. While the database is in memory nothing goes. *gone: events. OC_OK |
 * OC_ERR_*: tried again by the next call. */
int oc_index_prune(oc_index_db_t *db, const oc_index_prune_t *limits, uint32_t *gone);

#endif
