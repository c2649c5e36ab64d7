/* oc_body_memory - bytes of their own as a body. Any thread. */
#ifndef OC_BODY_MEMORY_H
#define OC_BODY_MEMORY_H

#include <stdatomic.h>
#include <stdint.h>

#include "oc_body.h"

/* What those of one kind may take together; outlives every body. */
typedef struct oc_body_budget {
    _Atomic uint64_t used; /* bytes */
    uint64_t maximum;
} oc_body_budget_t;

/* A body of `size` bytes (> 0), which the caller fills in before anybody else has the reference in
 * *out, which is the caller's. type: static. Where they go, or NULL: no memory, or the budget is
 * used up. */
uint8_t *oc_body_memory(oc_body_budget_t *budget, uint64_t size, const char *type,
                        oc_body_ref_t *out);

#endif
