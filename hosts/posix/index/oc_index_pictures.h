/* oc_index_pictures - pictures of events: files beside the files of events, bounded. Index thread
 * only. */
#ifndef OC_INDEX_PICTURES_H
#define OC_INDEX_PICTURES_H

#include "oc_index_db.h"

/* All pictures together take so much at most, and a share of the disk; the oldest go first, those
 * of protected events never. */
#define OC_INDEX_PICTURES_BYTES (256 * 1024 * 1024)
#define OC_INDEX_PICTURES_SHARE                                                                    \
    100 /* one of so many bytes of the disk; half of oc_index_prune's                              \
         */

/* Keeps the picture of an event that began at start_ms: the file is on the disk before the event
 * has it. OC_OK | OC_ERR_NOENT there is no such event (any more) | OC_ERR_TOO_BIG beyond
 * OC_EVENT_LINE_PICTURE_MAX | OC_ERR_*: nothing is kept. */
int oc_index_pictures_keep(oc_index_db_t *db, uint32_t id, int64_t start_ms, const uint8_t *jpeg,
                           uint32_t bytes);
/* Removes pictures until they take at most max_bytes. OC_OK | OC_ERR_*. */
int oc_index_pictures_trim(oc_index_db_t *db, uint64_t max_bytes);

#endif
