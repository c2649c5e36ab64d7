/* How a machine ends from inside the engine. The SDK's fxAbort (its screen.c) calls
 * host->abort(host, status) and then lets one machine of the process leave to its host, once,
 * unless firstJump is NULL. Ours leave from here instead, as often as need be. */
#include "xsAll.h"

#include "oc_sdk_internal.h"

static oc_machine_reason_t reason_of(int status) {
    switch (status) {
    case XS_NOT_ENOUGH_MEMORY_EXIT:
        return OC_MACHINE_HEAP;
    case XS_JAVASCRIPT_STACK_OVERFLOW_EXIT:
    case XS_NATIVE_STACK_OVERFLOW_EXIT:
        return OC_MACHINE_STACK;
    case XS_NO_MORE_KEYS_EXIT:
        return OC_MACHINE_KEYS;
    case XS_UNHANDLED_EXCEPTION_EXIT:
        return OC_MACHINE_THREW;
    case XS_UNHANDLED_REJECTION_EXIT:
        return OC_MACHINE_REJECTED;
    default:
        return OC_MACHINE_FATAL;
    }
}

void oc_sdk_abort(txScreen *screen, int status) {
    oc_sdk_machine_t *machine =
        (oc_sdk_machine_t *)(void *)((char *)screen - offsetof(oc_sdk_machine_t, screen));
    txMachine *the = screen->machine;
    if (!the)
        longjmp(machine->creating, 1);
    if (status == XS_DEAD_STRIP_EXIT)
        mxSyntaxError("this host has no parser"); /* eval and its like are stripped */
    oc_machine_report_abort(&machine->common, reason_of(status), status);
    if (machine->common.depth == 0) {
        /* A callback of an SDK module, not entered through us: xsEndHost comes here with its jump
         * still linked, and takes it off itself. */
        oc_machine_stop_poke(&machine->common);
        if (status == XS_UNHANDLED_EXCEPTION_EXIT)
            the->firstJump = NULL;
    }
    if (the->firstJump)
        fxExitToHost(the);
}
