/* Life of a machine and the way into it: what both engines share. */
#include "oc_machine_impl.h"

#include "oc_app_surface.h"
#include "oc_archive.h"
#include "oc_capability.h"
#include "oc_cesu8.h"
#include "oc_err.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OC_MACHINE_HEAP_MIN_BYTES (96u * 1024) /* below, the built-in objects do not fit */
#define OC_MACHINE_KEYS_MAX       32000u
#define OC_MACHINE_KEYS_FREE      64u /* left to the script by a map that just fits */

const char *oc_machine_reason_text(oc_machine_reason_t reason) {
    static const char *const texts[] = {
        [OC_MACHINE_RUNNING] = "running",
        [OC_MACHINE_FINISHED] = "finished",
        [OC_MACHINE_THREW_AT_START] = "threw at start",
        [OC_MACHINE_THREW] = "threw in a callback",
        [OC_MACHINE_REJECTED] = "unhandled rejection",
        [OC_MACHINE_HEAP] = "out of script memory",
        [OC_MACHINE_STACK] = "stack overflow",
        [OC_MACHINE_KEYS] = "too many identifiers",
        [OC_MACHINE_STOPPED] = "stopped",
        [OC_MACHINE_FATAL] = "engine fault",
        [OC_MACHINE_REPLACED] = "replaced",
    };
    bool known = (size_t)reason < sizeof texts / sizeof *texts && texts[reason];
    return known ? texts[reason] : "unknown";
}

static int complete(oc_machine_config_t *config) {
    if (!config->name)
        config->name = "ocellus";
    if (!config->heap_bytes)
        config->heap_bytes = OC_MACHINE_DEFAULT_HEAP;
    if (!config->stack_slots)
        config->stack_slots = OC_MACHINE_DEFAULT_STACK;
    if (!config->key_count)
        config->key_count = OC_MACHINE_DEFAULT_KEYS;
    if (!config->loop || config->key_count > OC_MACHINE_KEYS_MAX || config->heap_bytes > INT32_MAX)
        return OC_ERR_INVAL;
    if (config->heap_bytes < config->stack_slots * sizeof(xsSlot) + OC_MACHINE_HEAP_MIN_BYTES)
        return OC_ERR_NOMEM;
    return 0;
}

int oc_machine_create(oc_machine_t **out, const oc_machine_config_t *config) {
    oc_machine_t *machine = oc_machine_engine_alloc();
    if (!machine)
        return OC_ERR_NOMEM;
    machine->config = *config;
    machine->capabilities = OC_CAPABILITIES_ALL & ~config->withheld;
    machine->handles.next = machine->handles.prev = &machine->handles;
    int result = complete(&machine->config);
    if (result == 0)
        result = oc_machine_engine_make(machine);
    if (result == 0)
        result = oc_machine_stop_init(machine);
    if (result < 0) {
        oc_machine_delete(machine);
        return result;
    }
    *out = machine;
    return 0;
}

void oc_machine_set_end(oc_machine_t *machine, oc_machine_reason_t reason, const char *text) {
    if (machine->end.reason != OC_MACHINE_RUNNING)
        return;
    machine->end.reason = reason;
    snprintf(machine->end.text, sizeof machine->end.text, "%s", text ? text : "");
}

static void notify_end(oc_machine_t *machine) {
    if (machine->end.reason == OC_MACHINE_RUNNING || machine->end_notified)
        return;
    machine->end_notified = true;
    if (machine->config.on_end)
        machine->config.on_end(machine->config.host, &machine->end);
}

static bool enter(oc_machine_t *machine, oc_xs_body_t body, void *data) {
    if (machine->end.reason != OC_MACHINE_RUNNING)
        return false;
    int depth = machine->depth++;
    if (depth == 0)
        oc_machine_stop_begin(machine);
    if (atomic_load(&machine->stop))
        oc_machine_set_end(machine, OC_MACHINE_STOPPED, machine->stop_text);
    else
        oc_machine_engine_enter(machine, body, data);
    machine->depth = depth;
    if (depth == 0)
        oc_machine_stop_end(machine);
    return machine->end.reason == OC_MACHINE_RUNNING;
}

bool oc_xs_enter(xsMachine *xs, oc_xs_body_t body, void *data) {
    oc_machine_t *machine = oc_machine_of(xs);
    bool running = enter(machine, body, data);
    if (!running && machine->depth == 0)
        notify_end(machine);
    return running;
}

static void import_body(xsMachine *the, void *data) {
    oc_machine_engine_import(the, data);
}

int oc_machine_import(oc_machine_t *machine, const char *specifier) {
    machine->starting = true;
    if (enter(machine, import_body, (void *)specifier))
        return 0;
    machine->end_notified = true; /* by the return value */
    return OC_ERR_STATE;
}

static void map_body(xsMachine *the, void *data) {
    if (!oc_machine_engine_map(the, data))
        oc_machine_set_end(oc_machine_of(the), OC_MACHINE_HEAP, "no memory to map an archive");
}

int oc_machine_map(oc_machine_t *machine, const void *data, size_t size, bool natives,
                   const char **error) {
    oc_archive_info_t info;
    oc_app_needs_t needs;
    oc_machine_memory_t memory;
    if (machine->end.reason != OC_MACHINE_RUNNING)
        return OC_ERR_STATE;
    *error = oc_archive_check(data, size, &info);
    if (*error)
        return OC_ERR_FORMAT;
    if (info.natives && !natives) {
        *error = "names C functions, which only the host's own archive may";
        return OC_ERR_FORMAT;
    }
    if (!natives &&
        oc_app_needs_read(data, size, &needs, machine->refusal, sizeof machine->refusal) < 0) {
        *error = machine->refusal;
        return OC_ERR_FORMAT;
    }
    oc_machine_memory(machine, &memory);
    if (machine->archive_count == OC_MACHINE_ARCHIVES ||
        memory.keys + info.symbols + OC_MACHINE_KEYS_FREE > machine->config.key_count) {
        *error = "has more identifiers than the machine has room for";
        return OC_ERR_TOO_BIG;
    }
    void *copy = malloc(size);
    if (!copy)
        return OC_ERR_NOMEM;
    memcpy(copy, data, size);
    machine->archives[machine->archive_count++] = copy;
    if (natives)
        machine->host_archives = machine->archive_count;
    else
        machine->capabilities &= needs.capabilities;
    return enter(machine, map_body, copy) ? 0 : OC_ERR_NOMEM;
}

const oc_machine_end_t *oc_machine_end(const oc_machine_t *machine) {
    return &machine->end;
}

unsigned oc_machine_capabilities(const oc_machine_t *machine) {
    return machine->capabilities;
}

void *oc_machine_xs(oc_machine_t *machine) {
    return machine->xs;
}

void oc_machine_finish(oc_machine_t *machine) {
    oc_machine_set_end(machine, OC_MACHINE_FINISHED, NULL);
}

bool oc_machine_waits(const oc_machine_t *machine) {
    return machine->end.reason == OC_MACHINE_RUNNING && machine->handles.next != &machine->handles;
}

bool oc_machine_grants(const oc_machine_t *machine, const char *specifier) {
    const char *const *granted = machine->config.granted;
    for (; granted && *granted; granted++)
        if (!strcmp(*granted, specifier))
            return true;
    return oc_app_surface_module(specifier, machine->capabilities);
}

void oc_xs_handle_add(xsMachine *xs, oc_xs_handle_t *handle, void (*close)(oc_xs_handle_t *)) {
    oc_xs_handle_t *head = &oc_machine_of(xs)->handles;
    handle->close = close;
    handle->next = head->next;
    handle->prev = head;
    head->next->prev = handle;
    head->next = handle;
}

void oc_xs_handle_remove(oc_xs_handle_t *handle) {
    if (!handle->next)
        return;
    handle->next->prev = handle->prev;
    handle->prev->next = handle->next;
    handle->next = handle->prev = NULL;
}

void *oc_xs_loop(xsMachine *xs) {
    return oc_machine_of(xs)->config.loop;
}
void *oc_xs_host(xsMachine *xs) {
    return oc_machine_of(xs)->config.host;
}

bool oc_xs_may(xsMachine *xs, unsigned capabilities) {
    return (capabilities & ~oc_machine_of(xs)->capabilities) == 0;
}

void oc_xs_log(xsMachine *xs, int level, const char *text) {
    const oc_machine_config_t *config = &oc_machine_of(xs)->config;
    size_t size = oc_cesu8_to_utf8(NULL, text);
    oc_machine_engine_trace(xs, text);
    uint8_t *line = config->on_log ? malloc(size + 1) : NULL;
    if (!line)
        return;
    oc_cesu8_to_utf8(line, text);
    line[size] = 0;
    if (level < OC_MACHINE_LOG_ERROR || level > OC_MACHINE_LOG_DEBUG)
        level = OC_MACHINE_LOG_INFO;
    config->on_log(config->host, (oc_machine_log_t)level, (char *)line);
    free(line);
}

void oc_machine_delete(oc_machine_t *machine) {
    if (!machine)
        return;
    while (machine->handles.next && machine->handles.next != &machine->handles) {
        oc_xs_handle_t *handle = machine->handles.next;
        oc_xs_handle_remove(handle);
        handle->close(handle);
    }
    oc_machine_stop_deinit(machine);
    oc_machine_engine_delete(machine);
    for (unsigned i = 0; i < machine->archive_count; i++)
        free(machine->archives[i]);
    free(machine);
}
