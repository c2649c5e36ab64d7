/* oc_machine_internal - the machine's record, shared by the files that are the engine's platform
 * layer. Nothing outside hosts/linux/engine includes it. */
#ifndef OC_MACHINE_INTERNAL_H
#define OC_MACHINE_INTERNAL_H

#include "oc_machine.h"
#include "oc_xs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

struct oc_machine {
    xsMachine *xs;
    oc_machine_config_t config;
    oc_machine_end_t end;
    oc_xs_handle_t handles; /* head of a ring */
    int depth;              /* nested oc_xs_enter calls */
    bool end_told;
    bool starting; /* the main import has not settled */
    bool has_jobs; /* promise jobs wait */

    size_t allocated_bytes, peak_bytes; /* oc_machine_memory.c */
    union oc_machine_side *sides;       /* oc_machine_side.c */

    void *archives[OC_MACHINE_ARCHIVES]; /* oc_machine_modules.c */
    unsigned archive_count;
    void *preparation;
    uint8_t *loading; /* natives table of the module being loaded */
    void *builders;   /* scratch while building host functions */
    size_t builder_count;

    atomic_bool stop; /* oc_machine_stop.c */
    char stop_text[128];
    pthread_mutex_t stop_lock; /* stop_text and the watch's sleep */
    pthread_cond_t watch_wake;
    pthread_t script_thread, watch_thread;
    bool watching, watch_quit;
    atomic_int_least64_t busy_since_us; /* 0: no callback runs */
    uv_async_t *stop_async;

    int debug_socket; /* oc_machine_debug.c; -1: none. With one, a stop at a breakpoint is no
                         runaway */
};

/* Records why, once. text may be NULL. */
void oc_machine_set_end(oc_machine_t *machine, oc_machine_reason_t reason, const char *text);

/* Leaves the machine for good, to the outermost oc_xs_enter. */
_Noreturn void oc_machine_unwind(oc_machine_t *machine);

/* Ends the machine because its memory cap is reached. */
_Noreturn void oc_machine_exhausted(oc_machine_t *machine);

/* Ends the machine because of the pending exception, with message and stack lines. */
void oc_machine_report(xsMachine *the, oc_machine_reason_t reason);

/* Promise jobs until none is left, then what nobody handled. */
void oc_machine_run_jobs(xsMachine *the);

/* Imports inside the machine. */
void oc_machine_run_import(xsMachine *the, const char *specifier);

/* Maps the checked copy `data`, which must outlive the machine. False: no memory. */
bool oc_machine_map_copy(xsMachine *the, void *data);

/* Makes the flag, the loop's wake-up and the watch work. 0 | OC_ERR_NOMEM. */
int oc_machine_stop_init(oc_machine_t *machine);
/* Undoes what stop_init did, also a half. */
void oc_machine_stop_deinit(oc_machine_t *machine);
/* Around each outermost callback: what the runaway watch and the stop signal look at. */
void oc_machine_stop_begin(oc_machine_t *machine);
void oc_machine_stop_end(oc_machine_t *machine);
/* The machine whose script runs on this thread; NULL outside of callbacks. */
oc_machine_t *oc_machine_running(void);
/* Frees what an abort left behind. */
void oc_machine_side_clear(oc_machine_t *machine);
/* Makes the engine look at the stop flag every few thousand steps. */
void oc_machine_stop_meter(xsMachine *the);
/* Raises the stack's floor, or puts it back: see oc_xsplatform.h. */
void oc_machine_raise_floor(xsMachine *the);
void oc_machine_restore_floor(xsMachine *the);

#endif
