/* oc_index_scan - compares the folders with the rows: what is on the disk and not known is added,
 * what is known and not there goes. One channel a step, so that others are served in between.
 * Memory: the names of one channel's files. Index thread. */
#ifndef OC_INDEX_SCAN_H
#define OC_INDEX_SCAN_H

#include "oc_index_db.h"

#define OC_INDEX_SCAN_CHANNELS 256 /* folders; more are found when others are gone */

typedef struct oc_index_scan {
    char (*channels)[32]; /* folders, and channels with rows; sorted */
    unsigned count, next;
    uint64_t only;    /* bits of oc_index_scan_bit: the channels that are meant; all bits: all */
    uint32_t changed; /* rows added, changed or removed */
} oc_index_scan_t;

/* A channel's bit; several have the same. */
uint64_t oc_index_scan_bit(const char *channel);

/* Begins. OC_OK | OC_ERR_NOMEM | OC_ERR_*: the folder cannot be read. */
int oc_index_scan_begin(oc_index_scan_t *scan, oc_index_db_t *db, uint64_t only);
/* Compares the next channel. OC_AGAIN: more follow | OC_OK all is compared | OC_ERR_*: of the
 * database. */
int oc_index_scan_step(oc_index_scan_t *scan, oc_index_db_t *db);
void oc_index_scan_end(oc_index_scan_t *scan);

#endif
