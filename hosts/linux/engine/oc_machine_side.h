/* oc_machine_side - memory that the engine takes beside its heap while it works: text of
 * JSON.stringify, states of a regular expression. Charged to the running machine's cap, and freed
 * with the machine when an abort cut the work off. */
#ifndef OC_MACHINE_SIDE_H
#define OC_MACHINE_SIDE_H

#include <stddef.h>

/* As malloc; NULL also when the running machine's cap is reached. Script thread. */
void *oc_machine_side_alloc(size_t size);
/* As malloc, but a refusal ends the running machine (OC_MACHINE_HEAP) and does not return. */
void *oc_machine_side_alloc_or_end(size_t size);
/* As realloc; the old block stays on failure. */
void *oc_machine_side_realloc(void *data, size_t size);
/* As free. */
void oc_machine_side_free(void *data);

#endif
