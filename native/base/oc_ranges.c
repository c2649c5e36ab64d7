#include "oc_ranges.h"

#include <string.h>

#include "oc_err.h"

void oc_ranges_init(oc_ranges_t *ranges, oc_range_t *memory, unsigned max) {
    *ranges = (oc_ranges_t){.list = memory, .count = 0, .max = max};
}

/* The first range that ends above value; count when there is none. */
static unsigned find(const oc_ranges_t *ranges, uint64_t value) {
    unsigned low = 0, high = ranges->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (ranges->list[middle].end > value)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Takes out [at, at + n). */
static void take_out(oc_ranges_t *ranges, unsigned at, unsigned n) {
    if (n == 0)
        return;
    memmove(ranges->list + at, ranges->list + at + n,
            (ranges->count - at - n) * sizeof(*ranges->list));
    ranges->count -= n;
}

int oc_ranges_add(oc_ranges_t *ranges, uint64_t first, uint64_t end) {
    if (first >= end)
        return OC_ERR_RANGE;
    /* [from, to): the ranges that meet or touch the new one */
    unsigned from = find(ranges, first), to = from;
    if (from > 0 && ranges->list[from - 1].end == first)
        from--;
    while (to < ranges->count && ranges->list[to].first <= end)
        to++;
    if (from == to) {
        if (ranges->count == ranges->max)
            return OC_ERR_TOO_BIG;
        memmove(ranges->list + from + 1, ranges->list + from,
                (ranges->count - from) * sizeof(*ranges->list));
        ranges->list[from] = (oc_range_t){first, end};
        ranges->count++;
        return OC_OK;
    }
    oc_range_t *into = &ranges->list[from];
    if (to - from == 1 && into->first <= first && into->end >= end)
        return OC_AGAIN;
    if (ranges->list[to - 1].end > end)
        end = ranges->list[to - 1].end;
    if (into->first > first)
        into->first = first;
    into->end = end;
    take_out(ranges, from + 1, to - from - 1);
    return OC_OK;
}

bool oc_ranges_contains(const oc_ranges_t *ranges, uint64_t value) {
    unsigned at = find(ranges, value);
    return at < ranges->count && ranges->list[at].first <= value;
}

bool oc_ranges_covers(const oc_ranges_t *ranges, uint64_t first, uint64_t end) {
    if (first >= end)
        return true;
    unsigned at = find(ranges, first);
    return at < ranges->count && ranges->list[at].first <= first && ranges->list[at].end >= end;
}

void oc_ranges_remove_below(oc_ranges_t *ranges, uint64_t below) {
    if (below == 0)
        return;
    take_out(ranges, 0, find(ranges, below));
    if (ranges->count && ranges->list[0].first < below)
        ranges->list[0].first = below;
}

void oc_ranges_clear(oc_ranges_t *ranges) {
    ranges->count = 0;
}

uint64_t oc_ranges_total(const oc_ranges_t *ranges) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < ranges->count; i++)
        sum += ranges->list[i].end - ranges->list[i].first;
    return sum;
}
