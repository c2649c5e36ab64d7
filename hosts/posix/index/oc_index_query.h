/* oc_index_query - what is asked of the index about recordings: pages of a list, spans without a
 * gap, totals. Every query is bounded by its limit.
 * Index thread (inside of oc_index_request). */
#ifndef OC_INDEX_QUERY_H
#define OC_INDEX_QUERY_H

#include "oc_command.h"
#include "oc_index_db.h"
#include "oc_span.h"

#define OC_INDEX_LIST_MAX 200  /* rows of a page of RECORDINGS_LIST */
#define OC_INDEX_GAP_MS   2000 /* shorter ones do not end a span */

/* One recording. Texts are borrowed until the callback returns. */
typedef struct oc_index_file {
    int64_t id;
    const char *channel, *path, *name;
    int64_t start_ms, end_ms; /* since 1970; monotonic: from an unknown origin */
    bool monotonic;
    bool open; /* it is written just now: end_ms is what is on the disk */
    bool is_protected;
    uint64_t bytes;
    int64_t duration_ms;
} oc_index_file_t;

/* A page of recordings: as oc_list_config_t. Oldest first: by channel, UTC before monotonic, start,
 * path. Newest first: by start over all channels, monotonic ones behind. take: once for each row;
 * false ends the page there. *more: there are rows behind what was taken. OC_OK | OC_ERR_INVAL
 * `after` is not the path of a recording | OC_ERR_*. */
int oc_index_list(oc_index_db_t *db, const oc_list_config_t *query,
                  bool (*take)(void *context, const oc_index_file_t *file), void *context,
                  bool *more);

/* Spans of a channel ("" = of all together) that touch [from_ms, to_ms). As SPANS_LIST. */
typedef struct oc_index_piece {
    int64_t start_ms, end_ms;
    uint64_t bytes;
} oc_index_piece_t;
int oc_index_spans(oc_index_db_t *db, const oc_span_query_t *query,
                   bool (*take)(void *context, const oc_index_piece_t *piece), void *context,
                   bool *more);

typedef struct oc_index_totals {
    uint64_t files, bytes;
    int64_t oldest_ms;                     /* start of the oldest dated recording; 0: none */
    uint64_t deleted_files, deleted_bytes; /* of the last 1,000 */
} oc_index_totals_t;
int oc_index_totals(oc_index_db_t *db, oc_index_totals_t *out);

#endif
