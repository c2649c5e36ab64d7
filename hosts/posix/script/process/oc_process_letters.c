#include "oc_process_impl.h"

#include <string.h>
#include <sys/eventfd.h>

#include "oc_capability.h"
#include "oc_command_needs.h"
#include "oc_err.h"
#include "oc_script_impl.h"

#define LETTERS_MAX 256 /* taken in one turn of the loop */

/* ---- letters down ---- */

static bool send_down(oc_machine_t *machine, const oc_letter_t *letter, const oc_parcel_t *parcel) {
    return oc_script_ring_put(&machine->share->down, letter, parcel ? parcel->data : NULL,
                              parcel ? parcel->len : 0, NULL, 0, &machine->wakes);
}

void oc_process_wake(oc_machine_t *machine) {
    if (machine->wakes)
        eventfd_write(machine->down_fd, 1);
    machine->wakes = false;
}

/* The script's own number of a command, and its place is free again. */
static uint32_t request_of(oc_machine_t *machine, uint32_t host) {
    for (unsigned i = 0; i < OC_PROCESS_REQUESTS; i++) {
        if (machine->request[i].host == host) {
            machine->request[i].host = 0;
            return machine->request[i].script;
        }
    }
    return 0;
}

static bool send_reply(oc_machine_t *machine, const oc_reply_t *reply) {
    oc_letter_t letter = {.kind = OC_LETTER_REPLY,
                          .request = reply->request,
                          .code = reply->code,
                          .arg = {reply->value[0], reply->value[1]}};
    return send_down(machine, &letter, &reply->parcel);
}

/* As many as find room: replies in their order, then edges. */
void oc_process_carry_down(oc_machine_t *machine) {
    oc_mailbox_t *mailbox = oc_process_context(machine)->mailbox;
    uint32_t count;
    atomic_store(&machine->share->wants_room, 0);
    while (machine->holds || oc_mailbox_take_reply(mailbox, &machine->held) == OC_OK) {
        if (!machine->holds)
            machine->held.request = request_of(machine, machine->held.request);
        machine->holds = !send_reply(machine, &machine->held);
        if (machine->holds) {
            atomic_store(&machine->share->wants_room, 1);
            return;
        }
        oc_mailbox_parcel_free(mailbox, &machine->held.parcel);
    }
    for (int object; (object = oc_mailbox_take_edge(mailbox, &count)) >= 0;) {
        oc_letter_t letter = {.kind = OC_LETTER_EDGE, .object = (uint16_t)object};
        if (!send_down(machine, &letter, NULL)) {
            oc_mailbox_edge(mailbox, (unsigned)object);
            atomic_store(&machine->share->wants_room, 1);
            return;
        }
    }
}

bool oc_process_send(oc_machine_t *machine, const oc_letter_t *letter) {
    return send_down(machine, letter, NULL);
}

/* ---- letters up ---- */

static void refuse(oc_machine_t *machine, const oc_letter_t *letter, int code) {
    oc_letter_t reply = {.kind = OC_LETTER_REPLY, .request = letter->request, .code = code};
    (void)send_down(machine, &reply, NULL);
}

/* What a command needs; as oc_glue_xs has it, which the process cannot be believed. */
static unsigned needs_of(const oc_machine_t *machine, const oc_letter_t *letter,
                         const uint8_t *bytes) {
    const oc_script_context_t *context = machine->config.host;
    return oc_command_needs_of(letter->command, (uint32_t)letter->arg[0], bytes, letter->bytes,
                               context->facts.data_path, context->facts.default_input);
}

static void take_command(oc_machine_t *machine, const oc_letter_t *letter, const uint8_t *bytes) {
    oc_mailbox_t *mailbox = oc_process_context(machine)->mailbox;
    oc_command_t command = {.kind = letter->command, .object = letter->object};
    unsigned place = 0;
    memcpy(command.arg, letter->arg, sizeof(command.arg));
    while (place < OC_PROCESS_REQUESTS && machine->request[place].host)
        place++;
    if (needs_of(machine, letter, bytes) & ~machine->capabilities) {
        refuse(machine, letter, OC_ERR_DENIED);
        return;
    }
    if (letter->bytes) {
        command.parcel.data = oc_mailbox_parcel_alloc(mailbox, letter->bytes);
        command.parcel.len = letter->bytes;
        if (!command.parcel.data) {
            refuse(machine, letter, OC_ERR_BUSY);
            return;
        }
        memcpy(command.parcel.data, bytes, letter->bytes);
    }
    int32_t request =
        place < OC_PROCESS_REQUESTS ? oc_mailbox_post(mailbox, &command) : OC_ERR_BUSY;
    if (request < 0) {
        oc_mailbox_parcel_free(mailbox, &command.parcel);
        refuse(machine, letter, request);
        return;
    }
    machine->request[place].host = (uint32_t)request;
    machine->request[place].script = letter->request;
}

/* What a machine can say of its own end. */
static oc_machine_reason_t reason_of(unsigned number) {
    bool own = number > OC_MACHINE_RUNNING && number < OC_MACHINE_STOPPED;
    return own ? (oc_machine_reason_t)number : OC_MACHINE_FATAL;
}

static void take_letter(oc_machine_t *machine, const oc_letter_t *letter, uint8_t *bytes) {
    oc_script_context_t *context = oc_process_context(machine);
    switch (letter->kind) {
    case OC_LETTER_COMMAND:
        take_command(machine, letter, bytes);
        break;
    case OC_LETTER_PRINT:
        context->print(context->host, (const char *)bytes, letter->bytes);
        break;
    case OC_LETTER_LOG:
        bytes[letter->bytes] = 0;
        machine->config.on_log(context, (oc_machine_log_t)(letter->object & 3),
                               (const char *)bytes);
        break;
    case OC_LETTER_LOG_LEVEL:
        if (machine->capabilities & OC_CAPABILITY_SYSTEM && letter->object <= OC_LOG_DEBUG)
            context->set_log_level(context->host, (oc_log_level_t)letter->object);
        break;
    case OC_LETTER_UNBEGUN:
        oc_log(OC_LOG_WARN, "script", "%s has not called start(): there is no camera until it does",
               ((const oc_script_t *)context->host)->config.app_path);
        break;
    case OC_LETTER_END:
        bytes[letter->bytes] = 0;
        oc_process_end(machine, reason_of(letter->object), (const char *)bytes);
        break;
    case OC_LETTER_BODY_DROP:
        oc_process_drop_body(machine, letter->request);
        break;
    case OC_LETTER_CALL:
        oc_process_answer(machine, letter, bytes);
        break;
    default:
        break;
    }
}

bool oc_process_take_letters(oc_machine_t *machine) {
    oc_letter_t letter;
    bool bad = false;
    for (unsigned i = 0; machine->end.reason == OC_MACHINE_RUNNING; i++) {
        if (i == LETTERS_MAX) { /* others of this loop have their turn */
            eventfd_write(machine->up_fd, 1);
            return true;
        }
        if (!oc_script_ring_peek(&machine->share->up, &letter, &bad))
            break;
        oc_script_ring_take(&machine->share->up, &letter, machine->scratch);
        take_letter(machine, &letter, machine->scratch);
    }
    if (bad)
        oc_machine_stop(machine, "wrote what is no letter");
    return false;
}
