/* record_list - see the header. An insertion into a sorted page of fixed size. */
#include "record_list.h"

#include <string.h>

#include "oc_err.h"

static int order(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

int oc_record_list_compare(const oc_record_name_t *a, const oc_record_name_t *b) {
    int by = order(a->monotonic, b->monotonic);
    if (by == 0)
        by = order(a->start_us, b->start_us);
    if (by == 0)
        by = strcmp(a->name, b->name);
    if (by == 0)
        by = order(a->open, b->open);
    return by != 0 ? by : order(a->end_us, b->end_us);
}

static int in_order(const oc_record_list_t *list, const oc_record_name_t *a,
                    const oc_record_name_t *b) {
    int by = oc_record_list_compare(a, b);
    return list->query.newest_first ? -by : by;
}

static bool expected(const oc_record_query_t *query, const oc_record_name_t *record) {
    if (query->name[0] && strcmp(query->name, record->name) != 0)
        return false;
    if (query->from_us == 0 && query->to_us == 0)
        return true;
    return !record->monotonic && record->start_us < query->to_us &&
           (record->open || record->end_us > query->from_us);
}

void oc_record_list_init(oc_record_list_t *list, const oc_record_query_t *query,
                         oc_record_entry_t *entries, size_t size) {
    *list = (oc_record_list_t){.query = *query, .entry = entries, .size = size};
}

int oc_record_list_add(oc_record_list_t *list, const char *file, size_t len, uint64_t bytes) {
    oc_record_name_t record;
    if (oc_record_name_parse(file, len, &record) != OC_OK)
        return OC_ERR_FORMAT;
    if (!expected(&list->query, &record) ||
        (list->query.has_after && in_order(list, &record, &list->query.after) <= 0))
        return OC_AGAIN;
    list->matching++;
    size_t at = list->len;
    while (at > 0 && in_order(list, &record, &list->entry[at - 1].record) < 0)
        at--;
    if (at == list->size)
        return OC_AGAIN;
    if (list->len < list->size)
        list->len++;
    memmove(&list->entry[at + 1], &list->entry[at], (list->len - at - 1) * sizeof list->entry[0]);
    list->entry[at] = (oc_record_entry_t){record, bytes};
    return OC_OK;
}

bool oc_record_list_more(const oc_record_list_t *list) {
    return list->matching > list->len;
}
