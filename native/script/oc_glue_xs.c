/* oc_glue - see the header. */
#include "oc_glue.h"

#include <string.h>
#include "oc_capability.h"
#include "oc_command_needs.h"
#include "oc_script_context.h"

void xs_link_denied(xsMachine *the);

uint32_t oc_glue_word(xsMachine *the, double number) {
    if (!(number >= -2147483648.0 && number <= 4294967295.0))
        xsRangeError("not a 32-bit number");
    return number < 0 ? (uint32_t)(int32_t)number : (uint32_t)number;
}

uint32_t oc_glue_arg(xsMachine *the, int index) {
    return oc_glue_word(the, xsmcToNumber(xsArg(index)));
}

void oc_glue_bytes(xsMachine *the, int index, const void **bytes, size_t *size) {
    void *data = NULL;
    xsUnsignedValue length = 0;
    if (xsmcTypeOf(xsArg(index)) != xsUndefinedType)
        xsmcGetBufferReadable(xsArg(index), &data, &length);
    *bytes = data;
    *size = length;
}

static unsigned denied; /* what the last refusal was about; script thread */

bool oc_glue_may(xsMachine *the, unsigned capabilities) {
    if (oc_xs_may(the, capabilities))
        return true;
    denied = 0;
    for (unsigned bit = 1; bit <= OC_CAPABILITIES_ALL; bit <<= 1)
        if (capabilities & bit && !oc_xs_may(the, bit))
            denied |= bit;
    return false;
}

/* denied(): names of the capabilities that the last refused call would have needed */
void xs_link_denied(xsMachine *the) {
    char names[OC_CAPABILITY_TEXT];
    oc_capability_names(denied, names);
    xsmcSetString(xsResult, names);
}

static unsigned needs_of(xsMachine *the, const oc_command_t *command, const void *bytes,
                         size_t size) {
    const oc_script_facts_t *facts = &((const oc_script_context_t *)oc_xs_host(the))->facts;
    return oc_command_needs_of(command->kind, (uint32_t)command->arg[0], bytes, size,
                               facts->data_path, facts->default_input);
}

/* An address, or a name, in two parts is nobody's. */
static bool is_whole(const oc_command_t *command) {
    return command->kind == OC_COMMAND_DESIRED || command->kind == OC_COMMAND_STORE_READ ||
           command->kind == OC_COMMAND_STORE_WRITE;
}

int32_t oc_glue_post(xsMachine *the, oc_mailbox_t *mailbox, oc_command_t *command,
                     const void *bytes, size_t size) {
    return oc_glue_post_two(the, mailbox, command, bytes, size, NULL, 0);
}

int32_t oc_glue_post_two(xsMachine *the, oc_mailbox_t *mailbox, oc_command_t *command,
                         const void *first, size_t first_size, const void *second,
                         size_t second_size) {
    unsigned needs = is_whole(command) && second_size ? OC_CAPABILITIES_ALL
                                                      : needs_of(the, command, first, first_size);
    if (!oc_glue_may(the, needs))
        return OC_ERR_DENIED;
    if (first_size > OC_PARCEL_MAX || second_size > OC_PARCEL_MAX - first_size)
        return OC_ERR_TOO_BIG;
    size_t size = first_size + second_size;
    if (size) {
        command->parcel.data = oc_mailbox_parcel_alloc(mailbox, (uint32_t)size);
        if (!command->parcel.data)
            return OC_ERR_BUSY;
        command->parcel.len = (uint32_t)size;
    }
    if (first_size)
        memcpy(command->parcel.data, first, first_size);
    if (second_size)
        memcpy(command->parcel.data + first_size, second, second_size);
    int32_t request = oc_mailbox_post(mailbox, command);
    if (request < 0)
        oc_mailbox_parcel_free(mailbox, &command->parcel);
    return request;
}
