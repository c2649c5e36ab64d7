/* oc_ranges - a bounded, sorted list of half-open ranges of numbers: what has arrived, what was
 * acknowledged. Invariant: ranges are not empty, do not touch and stand in ascending order.
 * The memory is the caller's. */
#ifndef OC_RANGES_H
#define OC_RANGES_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers first, first + 1 .. end - 1; first < end. */
typedef struct oc_range {
    uint64_t first;
    uint64_t end; /* not included */
} oc_range_t;

/* Read list[0 .. count - 1] to go over them; write by the functions below only. */
typedef struct oc_ranges {
    oc_range_t *list; /* borrowed until the last use; `max` entries of 16 bytes */
    unsigned count;   /* in use */
    unsigned max;     /* > 0 */
} oc_ranges_t;

/* An empty list in memory for max (> 0) ranges. */
void oc_ranges_init(oc_ranges_t *ranges, oc_range_t *memory, unsigned max);

/* Adds [first, end), joined with what it meets or touches. OC_OK something is new | OC_AGAIN all of
 * it was there | OC_ERR_RANGE first >= end | OC_ERR_TOO_BIG it would be one range too many: nothing
 * has changed. */
int oc_ranges_add(oc_ranges_t *ranges, uint64_t first, uint64_t end);

/* True when value is in one of them. */
bool oc_ranges_contains(const oc_ranges_t *ranges, uint64_t value);

/* True when all of [first, end) is there; true for an empty one. */
bool oc_ranges_covers(const oc_ranges_t *ranges, uint64_t first, uint64_t end);

/* Forgets every number below `below`. */
void oc_ranges_remove_below(oc_ranges_t *ranges, uint64_t below);

/* Forgets all. */
void oc_ranges_clear(oc_ranges_t *ranges);

/* How many numbers are there, modulo 2^64. */
uint64_t oc_ranges_total(const oc_ranges_t *ranges);

#endif
