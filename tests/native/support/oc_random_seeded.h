/* oc_random_seeded - oc_random for tests: the same bytes for the same seed (SplitMix64). One
 * thread. Until oc_random_seed is called it is seeded with 1. */
#ifndef OC_RANDOM_SEEDED_H
#define OC_RANDOM_SEEDED_H

#include <stdint.h>

#include "oc_random.h"

/* Starts again. */
void oc_random_seed(uint64_t seed);

#endif
