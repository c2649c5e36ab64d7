/* oc_machine_internal - a machine's record as XS 13's platform layer sees it. Nothing outside
 * hosts/linux/engine includes it. */
#ifndef OC_MACHINE_INTERNAL_H
#define OC_MACHINE_INTERNAL_H

#include "oc_machine_impl.h"

typedef struct oc_engine {
    oc_machine_t common; /* first */
    bool has_jobs;       /* promise jobs wait */

    void *preparation; /* oc_machine_modules.c */
    uint8_t *loading;  /* natives table of the module being loaded */
    void *builders;    /* scratch while building host functions */
    size_t builder_count;

    int32_t slots_before, chunks_before; /* oc_machine_room.c: in use after the last callback */

    int debug_socket; /* oc_machine_debug.c; -1: none. With one, a stop at a breakpoint is no
                         runaway */
} oc_engine_t;

/* The record that begins with the common one. */
static inline oc_engine_t *oc_engine_of_machine(oc_machine_t *machine) {
    return (oc_engine_t *)machine;
}

/* Promise jobs until none is left, then what nobody handled. */
void oc_machine_run_jobs(xsMachine *the);

/* After a callback: enlarges the heap when a collection has left little room, up to half of the
 * cap; never a fixed one. */
void oc_machine_keep_room(oc_machine_t *machine);

/* Makes the engine look at the stop flag every few thousand steps. */
void oc_machine_stop_meter(xsMachine *the);
/* Raises the stack's floor, or puts it back: see oc_xsplatform.h. */
void oc_machine_raise_floor(xsMachine *the);
void oc_machine_restore_floor(xsMachine *the);

#endif
