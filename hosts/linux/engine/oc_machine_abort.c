/* How a machine ends from inside the engine: exhaustion, stops, exceptions. */
#include "xsAll.h"

#include "oc_machine_internal.h"

static oc_machine_reason_t reason_of(int status) {
    switch (status) {
    case XS_NOT_ENOUGH_MEMORY_EXIT:
        return OC_MACHINE_HEAP;
    case XS_STACK_OVERFLOW_EXIT:
        return OC_MACHINE_STACK;
    case XS_NO_MORE_KEYS_EXIT:
        return OC_MACHINE_KEYS;
    case XS_TOO_MUCH_COMPUTATION_EXIT:
        return OC_MACHINE_STOPPED;
    case XS_UNHANDLED_EXCEPTION_EXIT:
        return OC_MACHINE_THREW;
    case XS_UNHANDLED_REJECTION_EXIT:
        return OC_MACHINE_REJECTED;
    default:
        return OC_MACHINE_FATAL;
    }
}

/* Called by the engine, and by xsEndHost after an unwind (then the end is already known). */
void fxAbort(txMachine *the, int status) {
    oc_machine_t *machine = &the->oc->common;
    bool known = machine->end.reason != OC_MACHINE_RUNNING;
    if (known && status == XS_UNHANDLED_EXCEPTION_EXIT)
        return;
    if (!known && machine->xs)
        oc_machine_report_abort(machine, reason_of(status), status);
    if (the->firstJump)
        fxExitToHost(the);
}

/* This engine keeps the line of each frame. */
bool oc_machine_engine_where(xsMachine *the, const void *frame, const void *code,
                             oc_machine_where_t *where) {
    const txSlot *environment = mxFrameToEnvironment((const txSlot *)frame);
    where->file = environment->ID;
    where->line = (unsigned)environment->value.environment.line;
    return where->file != XS_NO_ID;
}
