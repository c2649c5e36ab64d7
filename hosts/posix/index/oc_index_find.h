/* oc_index_find - the recordings of a span, for threads that play and export and may wait a little.
 * The index answers while it agrees with the files; else, and when it has other work for too long,
 * whoever searches reads the folder. */
#ifndef OC_INDEX_FIND_H
#define OC_INDEX_FIND_H

#include "oc_index.h"
#include "oc_span.h"

#define OC_INDEX_FIND_ROWS 1000      /* at a time on the index thread: a few ms */
#define OC_INDEX_FIND_US   500000    /* to be waited for each time */
#define OC_INDEX_CLOSED_US 50000     /* of oc_index_find_closed */
#define OC_INDEX_FIND_KEYS (8 << 20) /* bytes of key frames of a search; files beyond have none */

/* A recording, as the index knows it; borrowed until the callback returns. */
typedef struct oc_index_found {
    const char *path; /* below the data directory */
    uint64_t bytes;   /* for which `keys` holds */
    oc_span_t keys;   /* for oc_key_next; empty: it is open, or nothing was read yet */
} oc_index_found_t;

/* At most `limit` recordings of a channel that touch [from_ms, to_ms), oldest first; one that is
 * written touches all behind its start. take: on this thread; false ends the search. Any thread but
 * the index's. OC_OK | OC_AGAIN the index does not know, or not soon; take may have been called |
 * what it was when take returned false is OC_OK. NULL index: OC_AGAIN. */
int oc_index_find(oc_index_t *index, const char *channel, int64_t from_ms, int64_t to_ms,
                  uint32_t limit, bool (*take)(void *context, const oc_index_found_t *found),
                  void *context);

/* The path that a recording has since it was closed, whose `path` ends in "_open.mp4". out: size
 * bytes. Waits OC_INDEX_CLOSED_US at most. OC_OK | OC_ERR_NOENT the index knows none | OC_AGAIN it
 * does not know now. */
int oc_index_find_closed(oc_index_t *index, const char *path, char *out, size_t size);

#endif
