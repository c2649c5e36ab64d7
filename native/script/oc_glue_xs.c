/* oc_glue - see the header. */
#include "oc_glue.h"

#include <string.h>

uint32_t oc_glue_word(xsMachine *the, double number) {
    if (!(number >= -2147483648.0 && number <= 4294967295.0))
        xsRangeError("not a 32-bit number");
    return number < 0 ? (uint32_t)(int32_t)number : (uint32_t)number;
}

uint32_t oc_glue_arg(xsMachine *the, int index) {
    return oc_glue_word(the, xsmcToNumber(xsArg(index)));
}

uint32_t oc_glue_field_word(xsMachine *the, int index, xsIdentifier id) {
    xsmcGet(xsVar(0), xsArg(index), id);
    return oc_glue_word(the, xsmcToNumber(xsVar(0)));
}

bool oc_glue_field_flag(xsMachine *the, int index, xsIdentifier id) {
    xsmcGet(xsVar(0), xsArg(index), id);
    return xsmcToBoolean(xsVar(0));
}

void oc_glue_field_text(xsMachine *the, int index, xsIdentifier id, char *out, size_t size) {
    void *bytes;
    xsUnsignedValue length;
    xsmcGet(xsVar(0), xsArg(index), id);
    xsmcGetBufferReadable(xsVar(0), &bytes, &length);
    if (length >= size)
        xsRangeError("text too long");
    if (length == 0)
        return;
    if (memchr(bytes, 0, length))
        xsRangeError("text with a zero byte");
    memcpy(out, bytes, length);
}

void oc_glue_bytes(xsMachine *the, int index, const void **bytes, size_t *size) {
    void *data = NULL;
    xsUnsignedValue length = 0;
    if (xsmcTypeOf(xsArg(index)) != xsUndefinedType)
        xsmcGetBufferReadable(xsArg(index), &data, &length);
    *bytes = data;
    *size = length;
}

int32_t oc_glue_post(oc_mailbox_t *mailbox, oc_command_t *command, const void *bytes, size_t size) {
    if (size > OC_PARCEL_MAX)
        return OC_ERR_TOO_BIG;
    if (size) {
        command->parcel.data = oc_mailbox_parcel_alloc(mailbox, (uint32_t)size);
        if (!command->parcel.data)
            return OC_ERR_BUSY;
        command->parcel.len = (uint32_t)size;
        memcpy(command->parcel.data, bytes, size);
    }
    int32_t request = oc_mailbox_post(mailbox, command);
    if (request < 0)
        oc_mailbox_parcel_free(mailbox, &command->parcel);
    return request;
}
