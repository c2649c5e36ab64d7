/* The seam to the common part: making, entering and deleting a machine of XS 13. */
#include "oc_machine_internal.h"

#include "oc_err.h"
#include <stdlib.h>

#define OC_MACHINE_CHUNK_STEP (64u * 1024)
#define OC_MACHINE_SLOT_STEP  2048u
#define OC_MACHINE_SIDE_SHARE 16u /* of a fixed heap: one part for work beside the heap */

oc_machine_t *oc_machine_of(xsMachine *the) {
    return &the->oc->common;
}

oc_machine_t *oc_machine_engine_alloc(void) {
    oc_engine_t *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->debug_socket = -1;
    return &engine->common;
}

static void size_heap(xsCreation *creation, const oc_machine_config_t *config) {
    size_t heap = config->heap_bytes - config->stack_slots * sizeof(xsSlot);
    if (config->fixed_heap) {
        heap -= heap / OC_MACHINE_SIDE_SHARE;
        size_t chunks = OC_MACHINE_CHUNKS(heap);
        creation->initialChunkSize = (xsIntegerValue)(chunks - 64);
        creation->initialHeapCount = (xsIntegerValue)((heap - chunks) / sizeof(xsSlot)) - 4;
        creation->incrementalChunkSize = creation->incrementalHeapCount = 0;
        return;
    }
    creation->initialChunkSize = OC_MACHINE_CHUNK_STEP;
    creation->initialHeapCount = OC_MACHINE_SLOT_STEP;
    creation->incrementalChunkSize = OC_MACHINE_CHUNK_STEP;
    creation->incrementalHeapCount = OC_MACHINE_SLOT_STEP;
}

/* Variants with sanitizers: OC_GC_STRESS=N in the environment collects at each Nth allocation. */
static void set_stress(void) {
#ifdef OC_GC_AT_WILL
    extern int gxStress;
    const char *every = getenv("OC_GC_STRESS");
    gxStress = every ? (int)strtol(every, NULL, 10) : 0;
#endif
}

int oc_machine_engine_make(oc_machine_t *machine) {
    const oc_machine_config_t *config = &machine->config;
    xsCreation creation = {
        .stackCount = (xsIntegerValue)config->stack_slots,
        .initialKeyCount = (xsIntegerValue)config->key_count,
        .incrementalKeyCount = 0, /* identifiers are 16 bits wide: a fixed number never wraps */
        .nameModulo = 1993,
        .symbolModulo = 127,
        .parserBufferSize = 1024,
        .parserTableModulo = 1,
    };
    size_heap(&creation, config);
    machine->xs =
        xsCreateMachine(&creation, (xsStringValue)config->name, oc_engine_of_machine(machine));
    if (!machine->xs)
        return OC_ERR_NOMEM;
    set_stress();
    oc_machine_stop_meter(machine->xs);
    return 0;
}

void oc_machine_engine_delete(oc_machine_t *machine) {
    oc_engine_t *engine = oc_engine_of_machine(machine);
    if (machine->xs) {
        oc_machine_restore_floor(machine->xs);
        xsDeleteMachine(machine->xs);
        oc_machine_side_clear(machine);
    }
    free(engine->preparation);
    free(engine->builders);
}

/* Everything that can leave by longjmp is in this frame's callees. */
void oc_machine_engine_enter(oc_machine_t *machine, oc_xs_body_t body, void *data) {
    xsBeginHost(machine->xs);
    {
        xsTry {
            body(the, data);
            if (machine->depth == 1) {
                oc_machine_run_jobs(the);
                oc_machine_keep_room(machine);
            }
        }
        xsCatch {
            oc_machine_report(machine,
                              machine->starting ? OC_MACHINE_THREW_AT_START : OC_MACHINE_THREW);
            oc_machine_unwind(machine); /* not through xsEndHost, which runs more of the script */
        }
    }
    xsEndHost(machine->xs);
}

/* The engine asks a meter callback at every backward branch, call and regular-expression step. A
 * built-in that walks a huge length passes none of these, but pushes to the stack. */
void oc_machine_engine_interrupt(oc_machine_t *machine, const void *context) {
    oc_machine_raise_floor(machine->xs);
}

bool oc_machine_engine_one_realm(void) {
    return true;
}

bool oc_machine_engine_held(const oc_machine_t *machine) {
    return ((const oc_engine_t *)machine)->debug_socket >= 0;
}

/* The log has every line; this engine's debugger would be a second place. */
void oc_machine_engine_trace(xsMachine *the, const char *text) {}
