/* crowd_ages - how old frames were when they came: microseconds, and which share was younger. */
#ifndef CROWD_AGES_H
#define CROWD_AGES_H

#include <stdint.h>
#include <stdlib.h>

#define CROWD_AGES 8192 /* that are kept; later ones are not counted */

typedef struct crowd_ages {
    unsigned count;
    int32_t us[CROWD_AGES];
} crowd_ages_t;

static inline void crowd_ages_add(crowd_ages_t *ages, int64_t us) {
    if (ages->count < CROWD_AGES)
        ages->us[ages->count++] = us > INT32_MAX ? INT32_MAX : (int32_t)us;
}

static inline int crowd_ages_compare(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static inline void crowd_ages_sort(crowd_ages_t *ages) {
    qsort(ages->us, ages->count, sizeof ages->us[0], crowd_ages_compare);
}

/* The age that percent of them stayed within, once sorted; 0: none came. */
static inline int32_t crowd_ages_at(const crowd_ages_t *ages, unsigned percent) {
    unsigned n = (ages->count * percent + 99) / 100;
    return n ? ages->us[n - 1] : 0;
}

#endif
