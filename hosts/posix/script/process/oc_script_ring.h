/* oc_script_ring - letters through memory that two processes share: one writes, one reads. */
#ifndef OC_SCRIPT_RING_H
#define OC_SCRIPT_RING_H

#include <stdbool.h>

#include "oc_script_wire.h"

/* Copies a letter and its bytes, in two parts, into the ring. False: it has no room now. *asleep:
 * set when the reader may have stopped looking, and is to be woken. */
bool oc_script_ring_put(oc_script_ring_t *ring, const oc_letter_t *letter, const void *first,
                        uint32_t first_bytes, const void *second, uint32_t second_bytes,
                        bool *asleep);
/* Copies the head of the next letter. False: there is none; *bad: what is there is no letter. */
bool oc_script_ring_peek(const oc_script_ring_t *ring, oc_letter_t *letter, bool *bad);
/* Copies the bytes of a letter that was just looked at, and goes on to the next. */
void oc_script_ring_take(oc_script_ring_t *ring, const oc_letter_t *letter, void *bytes);

#endif
