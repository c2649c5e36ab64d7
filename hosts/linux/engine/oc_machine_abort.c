/* How a machine ends from inside the engine: exhaustion, stops, exceptions. */
#include "xsAll.h"

#include "oc_machine_internal.h"

#define OC_MACHINE_FRAMES_SHOWN 12

/* Appends to the end's text while there is room. */
static void append(char *text, const char *format, ...) {
    size_t used = strlen(text);
    va_list list;
    va_start(list, format);
    vsnprintf(text + used, OC_MACHINE_TEXT_BYTES - used, format, list);
    va_end(list);
}

/* The stack without running or allocating anything, for ends after which no script may run. */
static void describe_frames(txMachine *the, char *text) {
    int shown = 0;
    for (txSlot *frame = the->frame; frame && shown < OC_MACHINE_FRAMES_SHOWN;
         frame = frame->next) {
        if (frame->flag & XS_C_FLAG)
            continue;
        const txSlot *environment = mxFrameToEnvironment(frame);
        if (environment->ID == XS_NO_ID)
            continue;
        const char *path = fxGetKeyName(the, environment->ID);
        append(text, "\n at %s:%d", path ? path : "?", (int)environment->value.environment.line);
        shown++;
    }
}

/* The exception's stack, or the exception as text. May run the script's own toString. */
static void describe_exception(txMachine *the, char *text) {
    mxPush(mxException);
    mxException.kind = XS_UNDEFINED_KIND;
    mxTry(the) {
        if (mxIsReference(the->stack)) {
            mxDub();
            mxGetID(mxID(_stack));
            if (the->stack->kind != XS_STRING_KIND && the->stack->kind != XS_STRING_X_KIND)
                mxPop();
        }
        append(text, "%s", fxToString(the, the->stack));
    }
    mxCatch(the) {
        append(text, "(an exception that cannot be shown)");
    }
}

void oc_machine_report(xsMachine *xs, oc_machine_reason_t reason) {
    txMachine *the = (txMachine *)xs;
    char text[OC_MACHINE_TEXT_BYTES] = "";
    txSlot *stack = the->stack;
    describe_exception(the, text);
    the->stack = stack;
    oc_machine_set_end(the->oc, reason, text);
}

_Noreturn void oc_machine_unwind(oc_machine_t *machine) {
    txMachine *the = (txMachine *)machine->xs;
    fxExitToHost(the);
    abort(); /* fxExitToHost does not return */
}

/* What was exhausted, in the units of oc_machine_config_t. */
static void describe_limit(const oc_machine_config_t *config, int status, char *text) {
    if (status == XS_NOT_ENOUGH_MEMORY_EXIT)
        append(text, "the limit is %zu bytes", config->heap_bytes);
    else if (status == XS_STACK_OVERFLOW_EXIT)
        append(text, "too deep recursion, the limit is %u slots", config->stack_slots);
    else if (status == XS_NO_MORE_KEYS_EXIT)
        append(text, "the limit is %u", config->key_count);
    else
        append(text, "engine status %d", status);
}

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
    oc_machine_t *machine = the->oc;
    char text[OC_MACHINE_TEXT_BYTES] = "";
    bool known = machine->end.reason != OC_MACHINE_RUNNING;
    if (known && status == XS_UNHANDLED_EXCEPTION_EXIT)
        return;
    if (!known && machine->xs) {
        if (atomic_load(&machine->stop)) { /* a raised floor looks like a stack overflow */
            append(text, "%s", machine->stop_text);
            describe_frames(the, text);
            oc_machine_set_end(machine, OC_MACHINE_STOPPED, text);
        } else if (status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT) {
            oc_machine_report((xsMachine *)the, reason_of(status));
        } else {
            describe_limit(&machine->config, status, text);
            describe_frames(the, text);
            oc_machine_set_end(machine, reason_of(status), text);
        }
    }
    if (the->firstJump)
        fxExitToHost(the);
}

_Noreturn void oc_machine_exhausted(oc_machine_t *machine) {
    fxAbort((txMachine *)machine->xs, XS_NOT_ENOUGH_MEMORY_EXIT);
    abort(); /* fxAbort has left through fxExitToHost */
}

_Noreturn void oc_xs_exit(xsMachine *xs, int status) {
    txMachine *the = (txMachine *)xs;
    oc_machine_set_end(the->oc, OC_MACHINE_EXIT, NULL);
    the->oc->end.status = status;
    oc_machine_unwind(the->oc);
}
