/* record_list - one page of the recordings in a folder, in order, from a listing handed in name
 * by name in any order. Memory is bounded by the page, however many files there are. Order: UTC
 * before monotonic, then by start, name and end; so pages can be walked while files come and go. */
#ifndef RECORD_LIST_H
#define RECORD_LIST_H

#include "oc_record_name.h"

/* One recording of a page; about 100 bytes. */
typedef struct oc_record_entry {
    oc_record_name_t record;
    uint64_t bytes; /* of the file */
} oc_record_entry_t;

/* What is wanted. */
typedef struct oc_record_query {
    char name[OC_RECORD_NAME_MAX]; /* recordings of this name only; "" = all */
    int64_t from_us, to_us; /* those that touch [from, to), UTC; both 0 = all. An open one has
                               no end yet. Monotonic ones match only when both are 0 */
    bool newest_first;
    bool has_after;         /* continue a listing: only what comes behind `after` */
    oc_record_name_t after; /* the last entry of the page before */
} oc_record_query_t;

typedef struct oc_record_list {
    oc_record_query_t query;
    oc_record_entry_t *entry; /* the page: len entries, in order */
    size_t size, len;
    uint64_t matching; /* files that match, on this page or behind it */
} oc_record_list_t;

/* entries: room for `size` (1 ..) of them, borrowed until the list is dropped. query: copied. */
void oc_record_list_init(oc_record_list_t *list, const oc_record_query_t *query,
                         oc_record_entry_t *entries, size_t size);

/* One file of the folder: base name of `len` bytes, borrowed until return; its size.
 * OC_OK on the page for now | OC_AGAIN not on this page, or not wanted | OC_ERR_FORMAT not a
 * recording. */
int oc_record_list_add(oc_record_list_t *list, const char *file, size_t len, uint64_t bytes);

/* True when there are more behind this page. */
bool oc_record_list_more(const oc_record_list_t *list);

/* Order of two recordings: < 0, 0, > 0. */
int oc_record_list_compare(const oc_record_name_t *a, const oc_record_name_t *b);

#endif
