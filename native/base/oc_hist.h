/* oc_hist - a histogram of durations with constant relative error, fixed memory, no allocation.
 * Buckets: eight per power of two from 1 us to 2^32 us; 1 KB. Quantiles are exact below 8 us and
 * err upwards by at most 12.5 % above. */
#ifndef OC_HIST_H
#define OC_HIST_H

#include <stdint.h>

#define OC_HIST_BUCKETS 256

/* Counts per bucket and what the quantiles need. */
typedef struct oc_hist {
    uint32_t bucket[OC_HIST_BUCKETS];
    uint32_t count;
    uint32_t max_us;
    uint64_t sum_us;
} oc_hist_t;

/* Empties it; also the way to start. */
void oc_hist_clear(oc_hist_t *hist);
/* Negative values count as 0, values beyond 2^32-1 as that. */
void oc_hist_add(oc_hist_t *hist, int64_t us);
/* Adds the counts of `from` to `into`. */
void oc_hist_merge(oc_hist_t *into, const oc_hist_t *from);
/* The smallest value v such that at least permille / 1000 of all values are <= v (bucket upper
 * bound, never above max_us); 0 when empty. permille:
 * 0 .. 1000; 0 gives the bucket of the smallest value. */
uint32_t oc_hist_quantile(const oc_hist_t *hist, unsigned permille);

#endif
