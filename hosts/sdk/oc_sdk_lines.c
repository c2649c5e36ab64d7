#include "xsAll.h"

#include "oc_sdk_internal.h"
#include "oc_sdk_lines.h"

#ifdef mxDebug

/* The engine keeps them itself. */
bool oc_machine_engine_where(xsMachine *the, const void *frame, const void *code,
                             oc_machine_where_t *where) {
    const txSlot *environment = mxFrameToEnvironment((const txSlot *)frame);
    where->file = environment->ID;
    where->line = (unsigned)environment->value.environment.line;
    return where->file != XS_NO_ID;
}

void oc_sdk_lines_fill(void *machine, void *error, void *frame) {}

#else

/* Behind the archive that holds the address; NULL: none does. Only archives have lines. */
static const txByte *archive_end(const oc_machine_t *machine, const txByte *address) {
    for (unsigned i = 0; i < machine->archive_count; i++) {
        const txByte *archive = machine->archives[i];
        const txByte *end = archive + c_read32be(archive);
        if (address >= archive && address < end)
            return end;
    }
    return NULL;
}

/* Length of the function inside of this one that begins behind the instruction; 0: none does. */
static txSize nested_bytes(const txByte *code) {
    const txU1 *operand = (const txU1 *)code + 1;
    switch ((txU1)*code) {
    case XS_CODE_CODE_1:
    case XS_CODE_CODE_ARCHIVE_1:
        return (txS1)operand[0];
    case XS_CODE_CODE_2:
    case XS_CODE_CODE_ARCHIVE_2:
        return (txS2)(operand[0] | operand[1] << 8);
    case XS_CODE_CODE_4:
    case XS_CODE_CODE_ARCHIVE_4:
        return (txS4)(operand[0] | operand[1] << 8 | operand[2] << 16 | (txU4)operand[3] << 24);
    default:
        return 0;
    }
}

/* Bytes of an instruction with its operands and its nested function; below 1: not known. */
static txSize instruction_bytes(const txByte *code) {
    const txU1 *operand = (const txU1 *)code + 1;
    txS1 size = gxCodeSizes[(txU1)*code];
    if (size > 0)
        return size + nested_bytes(code);
    if (size == 0)
        return 1 + (txSize)sizeof(txID);
    if (size == -1)
        return 2 + operand[0];
    if (size == -2)
        return 3 + (operand[0] | operand[1] << 8);
    return 0;
}

/* The last line before the address. A function names its file once: what follows a second file is
 * another function. */
static bool find_line(const txByte *code, const txByte *address, oc_machine_where_t *where) {
    *where = (oc_machine_where_t){.file = XS_NO_ID};
    while (code < address) {
        const txByte *operand = code + 1;
        if ((txU1)*code == XS_CODE_FILE) {
            txID file;
            mxDecodeID(operand, file);
            if (where->file != XS_NO_ID)
                return false;
            where->file = file;
        } else if ((txU1)*code == XS_CODE_LINE) {
            txU2 line;
            mxDecode2(operand, line);
            if (line > 0)
                where->line = line;
        }
        txSize bytes = instruction_bytes(code);
        if (bytes <= 0 || bytes > address - code)
            return false;
        code += bytes;
    }
    return where->file != XS_NO_ID && where->line > 0;
}

bool oc_machine_engine_where(xsMachine *the, const void *frame, const void *code,
                             oc_machine_where_t *where) {
    const txSlot *function = (const txSlot *)frame + 2;
    if (!code || function->kind != XS_REFERENCE_KIND || !mxIsFunction(function->value.reference))
        return false;
    const txSlot *body = mxFunctionInstanceCode(function->value.reference);
    if (body->kind != XS_CODE_KIND && body->kind != XS_CODE_X_KIND)
        return false;
    const txByte *begin = body->value.code.address, *address = code;
    const txByte *end = archive_end(oc_machine_of(the), begin);
    return end && address > begin && address <= end && find_line(begin, address, where);
}

void oc_sdk_lines_fill(void *machine, void *error, void *first) {
    txMachine *the = machine;
    const txByte *code = the->code;
    const txSlot *frame = the->frame;
    for (; frame && frame != first; frame = frame->next)
        code = frame->value.frame.code;
    txSlot *shown = ((txSlot *)error)->value.reference;
    for (; frame && frame->next && shown; code = frame->value.frame.code, frame = frame->next) {
        const txSlot *function = frame + 2;
        if (function->kind != XS_REFERENCE_KIND || !mxIsFunction(function->value.reference))
            continue; /* not in the list either */
        shown = shown->next;
        oc_machine_where_t where;
        if (shown && oc_machine_engine_where((xsMachine *)the, frame, code, &where)) {
            shown->ID = (txID)where.file;
            shown->value.key.sum = where.line;
        }
    }
}

#endif
