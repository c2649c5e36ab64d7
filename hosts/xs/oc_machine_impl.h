/* oc_machine_impl - what the two machines share: the record, and the seam between the common part
 * (hosts/xs/oc_machine*.c, hosts/posix/script/oc_machine_stop.c) and an engine's
 * (hosts/linux/engine: XS 13, hosts/sdk: XS 17). An engine's record begins with this one. Nothing
 * else includes it. */
#ifndef OC_MACHINE_IMPL_H
#define OC_MACHINE_IMPL_H

#include "oc_app_needs.h"
#include "oc_machine.h"
#include "oc_xs.h"

#include <stdatomic.h>

/* The platform's part of a stop (oc_machine_stop.c). */
struct oc_machine_stop;

struct oc_machine {
    xsMachine *xs;
    oc_machine_config_t config;
    oc_machine_end_t end;
    oc_xs_handle_t handles; /* head of a ring */
    int depth;              /* nested oc_xs_enter calls */
    bool end_notified;
    bool starting; /* the main import has not settled */

    size_t allocated_bytes, peak_bytes; /* taken from the system, at most the cap */
    union oc_machine_side *sides;       /* oc_machine_side.c */

    void *archives[OC_MACHINE_ARCHIVES]; /* private copies, mapped in place */
    unsigned archive_count;
    unsigned host_archives; /* so many of them are the host's own */
    unsigned capabilities;  /* of the application, oc_capability_t */
    char refusal[OC_APP_NEEDS_TEXT];

    atomic_bool stop; /* somebody wants it stopped */
    char stop_text[128];
    struct oc_machine_stop *stopping; /* the platform's part */
};

/* ---- common ---- */

/* Records why, once. text may be NULL. */
void oc_machine_set_end(oc_machine_t *machine, oc_machine_reason_t reason, const char *text);
/* Ends the machine because of the pending exception, with message and stack lines. */
void oc_machine_report(oc_machine_t *machine, oc_machine_reason_t reason);
/* Ends the machine because the engine aborted, for the reason or for a stop that looks like it.
 * Only exceptions run anything of the script; the others show the lines of the frames. */
void oc_machine_report_abort(oc_machine_t *machine, oc_machine_reason_t reason, int status);
/* Leaves the machine for good, to the outermost oc_xs_enter. */
_Noreturn void oc_machine_unwind(oc_machine_t *machine);
/* Counts memory that was taken and given back. */
void oc_machine_charge(oc_machine_t *machine, size_t more_bytes, size_t less_bytes);
/* Frees what an end left beside the heap; after the engine's own deletion. */
void oc_machine_side_clear(oc_machine_t *machine);
/* Maps an archive that has passed oc_archive_check in place, for oc_machine_engine_map. False: no
 * memory. */
bool oc_machine_map_archive(xsMachine *the, void *preparation, void *archive);
/* The archive that has a module, and its bytecode; NULL if none. */
void *oc_machine_find_code(const oc_machine_t *machine, const char *path, size_t *size,
                           unsigned *archive);
/* Tops a promise off the stack: its settling is that of the main import. */
void oc_machine_follow_import(xsMachine *the);
/* Whether a module of the application may import that module of the host. */
bool oc_machine_grants(const oc_machine_t *machine, const char *specifier);

/* ---- the platform's: stops ---- */

/* Makes the flag, the loop's wake-up and the watch work. 0 | OC_ERR_NOMEM. */
int oc_machine_stop_init(oc_machine_t *machine);
/* Undoes what stop_init did, also a half. */
void oc_machine_stop_deinit(oc_machine_t *machine);
/* Around each outermost callback: what the runaway watch and the stop signal look at. */
void oc_machine_stop_begin(oc_machine_t *machine);
void oc_machine_stop_end(oc_machine_t *machine);
/* Asks for oc_machine_engine_interrupt once more, soon. From within it only. */
void oc_machine_stop_again(oc_machine_t *machine);
/* Has the loop enter the machine, so that an end noted elsewhere is told. */
void oc_machine_stop_poke(oc_machine_t *machine);
/* The machine whose script runs on this thread; NULL outside of callbacks. */
oc_machine_t *oc_machine_running(void);

/* ---- the engine's ---- */

/* Where a frame executes. */
typedef struct {
    int file;      /* the engine's identifier of its name */
    unsigned line; /* from 1 */
} oc_machine_where_t;

/* Finds the line of a frame (txSlot) that executes at `code`, without running or allocating
 * anything. False: its bytecode names none. */
bool oc_machine_engine_where(xsMachine *the, const void *frame, const void *code,
                             oc_machine_where_t *where);

/* The record of a machine that oc_machine_create made. */
oc_machine_t *oc_machine_of(xsMachine *the);
/* A record, all zero; NULL: no memory. */
oc_machine_t *oc_machine_engine_alloc(void);
/* Makes `xs` of the completed configuration. 0 | OC_ERR_NOMEM. */
int oc_machine_engine_make(oc_machine_t *machine);
/* Deletes `xs` (may be NULL) and frees what the engine's part of the record holds. */
void oc_machine_engine_delete(oc_machine_t *machine);
/* Runs body, and at depth 1 the promise jobs, in a frame of the engine. An exception ends the
 * machine; oc_machine_unwind comes back here. */
void oc_machine_engine_enter(oc_machine_t *machine, oc_xs_body_t body, void *data);
/* Imports inside the machine. */
void oc_machine_engine_import(xsMachine *the, const char *specifier);
/* Maps the checked copy, which outlives the machine. False: no memory. Inside the machine. */
bool oc_machine_engine_map(xsMachine *the, void *copy);
/* On the script thread, from a signal, while a stopped script runs. context: ucontext_t. */
void oc_machine_engine_interrupt(oc_machine_t *machine, const void *context);
/* The application shares its globals with the host's own modules: no compartment. */
bool oc_machine_engine_one_realm(void);
/* A debugger holds the script. */
bool oc_machine_engine_held(const oc_machine_t *machine);
/* A line of the console (text of the engine), for a debugger that is connected. */
void oc_machine_engine_trace(xsMachine *the, const char *text);

#endif
