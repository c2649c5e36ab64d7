/* See oc_hist.h. Values below 8 have a bucket each; above, bucket 8 * (e - 2) + m holds the values
 * whose highest bit is e and whose next three bits are m. */
#include "oc_hist.h"

#include <string.h>

#define SUB_BITS 3

static unsigned bucket_of(uint32_t value) {
    if (value < 1u << SUB_BITS)
        return value;
    unsigned exponent = SUB_BITS;
    while (value >> exponent > 1)
        exponent++;
    unsigned sub = value >> (exponent - SUB_BITS) & ((1u << SUB_BITS) - 1);
    return ((exponent - SUB_BITS + 1) << SUB_BITS) + sub;
}

static uint32_t upper_bound(unsigned bucket) {
    if (bucket < 1u << SUB_BITS)
        return bucket;
    unsigned shift = (bucket >> SUB_BITS) - 1;
    uint64_t lower = (uint64_t)((1u << SUB_BITS) + bucket % (1u << SUB_BITS)) << shift;
    return (uint32_t)(lower + ((uint64_t)1 << shift) - 1);
}

void oc_hist_clear(oc_hist_t *hist) {
    memset(hist, 0, sizeof *hist);
}

void oc_hist_add(oc_hist_t *hist, int64_t us) {
    uint32_t value = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    hist->bucket[bucket_of(value)]++;
    hist->count++;
    hist->sum_us += value;
    if (value > hist->max_us)
        hist->max_us = value;
}

void oc_hist_merge(oc_hist_t *into, const oc_hist_t *from) {
    for (unsigned i = 0; i < OC_HIST_BUCKETS; i++)
        into->bucket[i] += from->bucket[i];
    into->count += from->count;
    into->sum_us += from->sum_us;
    if (from->max_us > into->max_us)
        into->max_us = from->max_us;
}

uint32_t oc_hist_quantile(const oc_hist_t *hist, unsigned permille) {
    if (hist->count == 0)
        return 0;
    uint64_t rank = ((uint64_t)hist->count * permille + 999) / 1000;
    uint64_t seen = 0;
    if (rank == 0)
        rank = 1;
    for (unsigned i = 0; i < OC_HIST_BUCKETS; i++) {
        seen += hist->bucket[i];
        if (seen >= rank) {
            uint32_t bound = upper_bound(i);
            return bound < hist->max_us ? bound : hist->max_us;
        }
    }
    return hist->max_us;
}
