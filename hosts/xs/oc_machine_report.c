/* Texts of ends, archives and the import of the main module, in the engine's own terms: compiled
 * against either engine's sources. */
#include "xsAll.h"

#include "oc_machine_impl.h"

#define OC_MACHINE_FRAMES_SHOWN 12
#define OC_MACHINE_MAP_BYTES    4096 /* scratch of the engine's mapper */
#define OC_MACHINE_ARCHIVE_NAME 44   /* offset of the NAME atom: behind XS_A, VERS, SIGN */

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
    const txByte *code = the->code;
    int shown = 0;
    for (txSlot *frame = the->frame; frame && shown < OC_MACHINE_FRAMES_SHOWN;
         code = frame->value.frame.code, frame = frame->next) {
        oc_machine_where_t where;
        if ((frame->flag & XS_C_FLAG) ||
            !oc_machine_engine_where((xsMachine *)the, frame, code, &where))
            continue;
        const char *path = fxGetKeyName(the, (txID)where.file);
        append(text, "\n at %s:%u", path ? path : "?", where.line);
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

void oc_machine_report(oc_machine_t *machine, oc_machine_reason_t reason) {
    txMachine *the = (txMachine *)machine->xs;
    char text[OC_MACHINE_TEXT_BYTES] = "";
    txSlot *stack = the->stack;
    describe_exception(the, text);
    the->stack = stack;
    oc_machine_set_end(machine, reason, text);
}

static void report_limit(oc_machine_t *machine, oc_machine_reason_t reason, int status) {
    const oc_machine_config_t *config = &machine->config;
    char text[OC_MACHINE_TEXT_BYTES] = "";
    if (reason == OC_MACHINE_HEAP)
        append(text, "the limit is %zu bytes", config->heap_bytes);
    else if (reason == OC_MACHINE_STACK)
        append(text, "too deep recursion, the limit is %u slots", config->stack_slots);
    else if (reason == OC_MACHINE_KEYS)
        append(text, "the limit is %u", config->key_count);
    else if (reason == OC_MACHINE_STOPPED)
        append(text, "%s", machine->stop_text);
    else
        append(text, "engine status %d", status);
    describe_frames((txMachine *)machine->xs, text);
    oc_machine_set_end(machine, reason, text);
}

void oc_machine_report_abort(oc_machine_t *machine, oc_machine_reason_t reason, int status) {
    if (machine->end.reason != OC_MACHINE_RUNNING)
        return;
    if (atomic_load(&machine->stop)) /* a raised floor looks like a stack overflow */
        report_limit(machine, OC_MACHINE_STOPPED, status);
    else if (reason == OC_MACHINE_THREW || reason == OC_MACHINE_REJECTED)
        oc_machine_report(machine, reason);
    else
        report_limit(machine, reason, status);
}

_Noreturn void oc_machine_unwind(oc_machine_t *machine) {
    fxExitToHost((txMachine *)machine->xs);
    abort(); /* fxExitToHost does not return */
}

static txBoolean read_archive(void *archive, size_t offset, void *buffer, size_t size) {
    memcpy(buffer, (uint8_t *)archive + offset, size);
    return 1;
}

static txBoolean write_archive(void *archive, size_t offset, void *buffer, size_t size) {
    memcpy((uint8_t *)archive + offset, buffer, size);
    return 1;
}

/* Enters the identifiers of an archive that has passed oc_archive_check. The mapper does it too,
 * but would lose its buffers if the machine ran out of memory there. */
static void intern(txMachine *the, const uint8_t *data) {
    const uint8_t *name = data + OC_MACHINE_ARCHIVE_NAME;
    const uint8_t *p = name + c_read32be(name) + 8;
    unsigned count = p[0] | (p[1] << 8);
    p += 2;
    for (unsigned i = 0; i < count; i++) {
        if (i > 0) /* the first is a placeholder */
            fxID(the, (txString)p);
        p += strlen((const char *)p) + 1;
    }
}

bool oc_machine_map_archive(xsMachine *xs, void *preparation, void *archive) {
    txMachine *the = (txMachine *)xs;
    intern(the, archive);
    return fxMapArchive(the, preparation, archive, OC_MACHINE_MAP_BYTES, read_archive,
                        write_archive) != NULL;
}

void *oc_machine_find_code(const oc_machine_t *machine, const char *path, size_t *size,
                           unsigned *archive) {
    for (unsigned i = 0; i < machine->archive_count; i++) {
        void *code =
            fxGetArchiveCode((txMachine *)machine->xs, machine->archives[i], (txString)path, size);
        if (code) {
            *archive = i;
            return code;
        }
    }
    return NULL;
}

static void import_settled(txMachine *the) {
    oc_machine_of((xsMachine *)the)->starting = false;
}

static void import_failed(txMachine *the) {
    oc_machine_t *machine = oc_machine_of((xsMachine *)the);
    mxException = *mxArgv(0);
    oc_machine_report(machine, OC_MACHINE_THREW_AT_START);
    oc_machine_unwind(machine);
}

void oc_machine_follow_import(xsMachine *xs) {
    txMachine *the = (txMachine *)xs;
    mxDub();
    mxGetID(mxID(_then));
    mxCall();
    fxNewHostFunction(the, import_settled, 1, XS_NO_ID, XS_NO_ID);
    fxNewHostFunction(the, import_failed, 1, XS_NO_ID, XS_NO_ID);
    mxRunCount(2);
    mxPop();
}
