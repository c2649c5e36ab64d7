/* oc_machine_side - memory that an engine takes beside a machine's heap while it works: text of
 * JSON.stringify, states of a regular expression. Charged to the machine that runs on this thread,
 * and freed with it when an end cut the work off. Outside of a running machine, on any thread,
 * these are the C library's functions behind a header: what one of them gave, only they may free.
 * Not for signal handlers. */
#ifndef OC_MACHINE_SIDE_H
#define OC_MACHINE_SIDE_H

#include <stddef.h>

/* As malloc; NULL also when the running machine's cap is reached. */
void *oc_machine_side_alloc(size_t size);
/* As realloc; the old block stays on failure. */
void *oc_machine_side_realloc(void *data, size_t size);
/* As malloc, calloc, realloc, but a refusal ends the running machine (OC_MACHINE_HEAP) and does not
 * return. */
void *oc_machine_side_alloc_or_end(size_t size);
void *oc_machine_side_calloc_or_end(size_t count, size_t size);
void *oc_machine_side_realloc_or_end(void *data, size_t size);
/* As free. */
void oc_machine_side_free(void *data);

#endif
