#define _GNU_SOURCE
#include "oc_process_impl.h"

#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "oc_body_memory.h"
#include "oc_capability.h"
#include "oc_command_needs.h"
#include "oc_err.h"

/* Of bodies that scripts have made, all together. */
#define MADE_BYTES ((uint64_t)24 * 1024 * 1024)

static oc_body_budget_t made = {.maximum = MADE_BYTES}; /* outlives every script */

static bool may(const oc_machine_t *machine, unsigned capabilities) {
    return (capabilities & ~machine->capabilities) == 0;
}

static oc_body_ref_t *body_of(oc_machine_t *machine, uint32_t number) {
    oc_body_ref_t *ref = &machine->body[number % OC_PROCESS_BODIES];
    return ref->body ? ref : NULL;
}

/* Keeps a body that the script gets, and tells of it. The code of what opened it. */
static int keep_body(oc_machine_t *machine, int code, oc_body_ref_t ref) {
    oc_script_share_t *share = machine->share;
    unsigned place = 0;
    if (code < 0)
        return code;
    while (place < OC_PROCESS_BODIES && machine->body[place].body)
        place++;
    if (place == OC_PROCESS_BODIES) {
        oc_body_drop(&ref);
        return OC_ERR_BUSY;
    }
    machine->body[place] = ref;
    machine->made[place] = NULL;
    share->number = place;
    share->body_bytes = ref.bytes;
    snprintf(share->body_type, sizeof(share->body_type), "%s", ref.body->type);
    return OC_OK;
}

static int read_body(oc_machine_t *machine, const oc_letter_t *letter) {
    oc_script_share_t *share = machine->share;
    const oc_body_ref_t *ref = body_of(machine, letter->request);
    uint64_t offset = (uint32_t)letter->arg[0] | (uint64_t)(uint32_t)letter->arg[1] << 32;
    uint32_t bytes = (uint32_t)letter->arg[2];
    if (!ref || bytes > sizeof(share->answer))
        return OC_ERR_CLOSED;
    int64_t got = oc_body_read(ref, offset, share->answer, bytes);
    share->body_bytes = got > 0 ? (uint64_t)got : 0;
    return got < 0 ? (int)got : OC_OK;
}

static int reply_body(oc_machine_t *machine, const oc_letter_t *letter, const uint8_t *bytes) {
    oc_script_context_t *context = oc_process_context(machine);
    const oc_body_ref_t *ref = body_of(machine, letter->request);
    oc_script_part_t part;
    if (!ref || letter->bytes != sizeof(part))
        return OC_ERR_CLOSED;
    if (!may(machine, oc_command_needs(OC_COMMAND_HTTP_REPLY)))
        return OC_ERR_DENIED;
    memcpy(&part, bytes, sizeof(part));
    machine->made[letter->request % OC_PROCESS_BODIES] = NULL; /* others read it from now on */
    if (part.from > ref->bytes || part.bytes > ref->bytes - part.from)
        return OC_ERR_RANGE;
    return context->reply_body(context->host, (uint32_t)letter->arg[0],
                               oc_body_keep(*ref, part.from, part.from + part.bytes));
}

/* Types of an answer live as long as its body; the host's own are static, a script's one of these.
 */
static const char *type_of(const char *text) {
    static const char *const types[] = {"application/json", "application/octet-stream"};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (strcmp(text, types[i]) == 0)
            return types[i];
    return "";
}

static int make_body(oc_machine_t *machine, const oc_letter_t *letter, const char *type) {
    uint32_t bytes = (uint32_t)letter->arg[0];
    oc_body_ref_t ref = {0};
    uint8_t *memory = bytes > 0 ? oc_body_memory(&made, bytes, type_of(type), &ref) : NULL;
    if (!memory)
        return OC_ERR_BUSY;
    memset(memory, 0, bytes);
    int code = keep_body(machine, OC_OK, ref);
    if (code == OC_OK)
        machine->made[machine->share->number % OC_PROCESS_BODIES] = memory;
    return code;
}

static int fill_body(oc_machine_t *machine, const oc_letter_t *letter, const uint8_t *bytes) {
    const oc_body_ref_t *ref = body_of(machine, letter->request);
    uint8_t *memory = ref ? machine->made[letter->request % OC_PROCESS_BODIES] : NULL;
    uint32_t at = (uint32_t)letter->arg[0];
    if (!memory || at > ref->bytes || letter->bytes > ref->bytes - at)
        return OC_ERR_RANGE;
    if (letter->bytes > 0)
        memcpy(memory + at, bytes, letter->bytes);
    return OC_OK;
}

static int open_body(oc_machine_t *machine, unsigned root, const char *path) {
    const oc_script_context_t *context = oc_process_context(machine);
    oc_body_ref_t ref = {0};
    if (root > OC_BODY_ROOT_EVENTS)
        return OC_ERR_INVAL;
    if (!may(machine, root == OC_BODY_ROOT_APP ? OC_CAPABILITY_FILES : OC_CAPABILITY_MEDIA))
        return OC_ERR_DENIED;
    return keep_body(machine, context->open_body(context->host, (oc_body_root_t)root, path, &ref),
                     ref);
}

static int take_body(oc_machine_t *machine, uint32_t number) {
    const oc_script_context_t *context = oc_process_context(machine);
    oc_body_ref_t ref = {0};
    if (!may(machine, oc_command_needs(OC_COMMAND_SPAN_BODY)))
        return OC_ERR_DENIED;
    return keep_body(machine, context->take_body(context->host, number, &ref), ref);
}

static int read_zone(oc_machine_t *machine, const char *name) {
    const oc_script_context_t *context = oc_process_context(machine);
    oc_zone_t zone;
    if (!context->read_zone(context->host, name, &zone))
        return OC_ERR_NOENT;
    memcpy(machine->share->answer, &zone, sizeof(zone));
    return OC_OK;
}

static int read_session(oc_machine_t *machine, unsigned index) {
    const oc_script_context_t *context = oc_process_context(machine);
    oc_session_row_t row;
    if (index >= OC_SESSIONS_MAX || !may(machine, OC_CAPABILITY_MEDIA) ||
        !context->read_session(context->host, index, &row))
        return OC_ERR_NOENT;
    memcpy(machine->share->answer, &row, sizeof(row));
    return OC_OK;
}

static int read_view(oc_machine_t *machine, unsigned index) {
    const oc_script_context_t *context = oc_process_context(machine);
    oc_view_row_t row;
    if (index >= OC_VIEWS_MAX || !may(machine, OC_CAPABILITY_MEDIA) ||
        !context->read_view(context->host, index, &row))
        return OC_ERR_NOENT;
    memcpy(machine->share->answer, &row, sizeof(row));
    return OC_OK;
}

static int read_push(oc_machine_t *machine, unsigned index) {
    const oc_script_context_t *context = oc_process_context(machine);
    uint8_t *answer = machine->share->answer;
    oc_push_row_t row;
    if (index >= OC_PUSHES_MAX || !may(machine, OC_CAPABILITY_MEDIA) || !context->read_push ||
        !context->read_push(context->host, index, &row))
        return OC_ERR_NOENT;
    memcpy(answer, &row, sizeof(row));
    context->read_push_why(context->host, index, (char *)answer + sizeof(row));
    return OC_OK;
}

static int carry_out(oc_machine_t *machine, const oc_letter_t *letter, uint8_t *bytes) {
    bytes[letter->bytes] = 0;
    switch (letter->object) {
    case OC_CALL_BODY_OPEN:
        return open_body(machine, (unsigned)letter->arg[0], (const char *)bytes);
    case OC_CALL_BODY_TAKE:
        return take_body(machine, (uint32_t)letter->arg[0]);
    case OC_CALL_BODY_READ:
        return read_body(machine, letter);
    case OC_CALL_BODY_REPLY:
        return reply_body(machine, letter, bytes);
    case OC_CALL_BODY_MAKE:
        return make_body(machine, letter, (const char *)bytes);
    case OC_CALL_BODY_FILL:
        return fill_body(machine, letter, bytes);
    case OC_CALL_ZONE:
        return read_zone(machine, (const char *)bytes);
    case OC_CALL_SESSION:
        return read_session(machine, (unsigned)letter->arg[0]);
    case OC_CALL_VIEW:
        return read_view(machine, (unsigned)letter->arg[0]);
    case OC_CALL_PUSH:
        return read_push(machine, (unsigned)letter->arg[0]);
    default:
        return OC_ERR_NOTSUP;
    }
}

void oc_process_answer(oc_machine_t *machine, const oc_letter_t *letter, uint8_t *bytes) {
    oc_script_share_t *share = machine->share;
    share->code = carry_out(machine, letter, bytes);
    atomic_fetch_add(&share->answered, 1);
    syscall(SYS_futex, &share->answered, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void oc_process_drop_body(oc_machine_t *machine, uint32_t number) {
    oc_body_drop(&machine->body[number % OC_PROCESS_BODIES]);
}
