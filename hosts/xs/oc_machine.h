/* oc_machine - one XS machine on the loop of its thread: made, run and deleted on one thread.
 * Exhaustion, stops and uncaught errors end a machine; they never end the process.
 * Invariant: after the end no JavaScript of that machine runs again; only delete is left. */
#ifndef OC_MACHINE_H
#define OC_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_MACHINE_DEFAULT_HEAP  (16u * 1024 * 1024) /* cap when none is given */
#define OC_MACHINE_DEFAULT_STACK 4096u               /* 128 KB on 64 bit, 64 KB on 32 bit */
#define OC_MACHINE_DEFAULT_KEYS  16384u /* identifiers; 128 KB of address space on 64 bit */
#define OC_MACHINE_ARCHIVES      4u
/* Of a fixed heap: chunks hold texts and buffers, slots all else, six times as much at rest. */
#define OC_MACHINE_CHUNKS(heap) ((heap) / 32 * 9)
#define OC_MACHINE_TEXT_BYTES   2048u /* of an end's text; longer ones are cut */

/* Opaque; one script's world. Owned by who created it. */
typedef struct oc_machine oc_machine_t;

/* Why a machine ended. Numbers are stable: published, logged. */
typedef enum {
    OC_MACHINE_RUNNING = 0,
    OC_MACHINE_FINISHED = 1,       /* nothing left to do */
    OC_MACHINE_THREW_AT_START = 2, /* the main module or one it imports */
    OC_MACHINE_THREW = 3,          /* a callback */
    OC_MACHINE_REJECTED = 4,       /* a promise that nobody handles */
    OC_MACHINE_HEAP = 5,           /* memory cap reached */
    OC_MACHINE_STACK = 6,          /* too deep recursion */
    OC_MACHINE_KEYS = 7,           /* too many identifiers */
    OC_MACHINE_STOPPED = 8,        /* oc_machine_stop, or the runaway watch */
    OC_MACHINE_FATAL = 10,         /* 9 was never used; the engine found itself inconsistent */
    OC_MACHINE_REPLACED = 11,      /* by its supervisor, which has another application for it */
} oc_machine_reason_t;

typedef struct {
    oc_machine_reason_t reason;
    char text[OC_MACHINE_TEXT_BYTES]; /* UTF-8; message, then one line per frame; "" if none */
} oc_machine_end_t;

/* A C function that bindings name; made by tools/bundle, sorted by name. */
typedef struct {
    const char *name;
    void (*function)(void); /* really xsCallback, or a destructor */
} oc_machine_native_t;

/* Severity of a console line; numbers are those of oc_xs_log. */
typedef enum {
    OC_MACHINE_LOG_ERROR = 0,
    OC_MACHINE_LOG_WARN = 1,
    OC_MACHINE_LOG_INFO = 2,
    OC_MACHINE_LOG_DEBUG = 3,
} oc_machine_log_t;

typedef struct {
    const char *name; /* shown by a debugger; borrowed until delete */
    void *loop;       /* of this thread, as oc_loop_native gives it; borrowed until delete. Run it
                         once more after delete, so that closed handles are freed. */
    const oc_machine_native_t *natives; /* borrowed until delete; may be NULL */
    size_t native_count;
    size_t heap_bytes;          /* cap on heap and stack together; 0: OC_MACHINE_DEFAULT_HEAP */
    bool fixed_heap;            /* all of it at creation, as on an MCU; see OC_MACHINE_CHUNKS */
    unsigned stack_slots;       /* 0: OC_MACHINE_DEFAULT_STACK */
    unsigned key_count;         /* 0: OC_MACHINE_DEFAULT_KEYS; at most 32000 */
    unsigned runaway_ms;        /* a callback that computes longer is stopped, one that waits
                                   for its turn 4 s later; 0: never */
    const char *const *granted; /* modules of the host that applications may import beyond those of
                                   oc_app_surface, for tests; NULL-ended, borrowed until delete */
    unsigned withheld;          /* oc_capability_t that applications do not get, whatever they
                                   declare; 0: none */
    void *host;                 /* given to glue (oc_xs_host) and to the callbacks below */
    /* console.*; text: UTF-8, borrowed until return. NULL: dropped. */
    void (*on_log)(void *host, oc_machine_log_t level, const char *text);
    /* Once, on this thread, from the loop, outside of the machine; never from inside create,
     * import or delete. end: borrowed until delete. May quit the loop, not delete. */
    void (*on_end)(void *host, const oc_machine_end_t *end);
} oc_machine_config_t;

/* Makes a machine without modules. config: borrowed until return, except where noted.
 * 0 | OC_ERR_NOMEM the cap is too small or memory is short | OC_ERR_INVAL. */
int oc_machine_create(oc_machine_t **machine, const oc_machine_config_t *config);

/* Checks an archive and maps a private copy of it (data: borrowed until return). Modules are
 * looked for in the order of mapping. natives: modules may name C functions (the host's own
 * archive); false refuses an archive that does, and the machine has no capability any more that the
 * archive does not declare (oc_app_needs_read).
 * 0 | OC_ERR_FORMAT not an archive for this engine, damaged, or its needs cannot be met; *error
 * says so, borrowed until delete |
 * OC_ERR_TOO_BIG more archives or identifiers than fit | OC_ERR_NOMEM | OC_ERR_STATE ended. */
int oc_machine_map(oc_machine_t *machine, const void *data, size_t size, bool natives,
                   const char **error);

/* Imports a module and what it imports, runs their top level and the promise jobs it caused.
 * 0, also while a top-level await is pending | OC_ERR_STATE the machine has ended, see
 * oc_machine_end. */
int oc_machine_import(oc_machine_t *machine, const char *specifier);

/* How it ended; reason is OC_MACHINE_RUNNING before. Borrowed until delete. */
const oc_machine_end_t *oc_machine_end(const oc_machine_t *machine);

/* The host found that nothing is left to do (its loop is empty). Has no effect after an end. */
void oc_machine_finish(oc_machine_t *machine);

/* Something of the script's (a timer, a subscription) may still call it back. False: nothing is
 * left to do once its loop has nothing at hand, also after an end. Script thread. */
bool oc_machine_waits(const oc_machine_t *machine);

/* Ends the machine with OC_MACHINE_STOPPED in at most a second, also inside a loop, a regular
 * expression or a built-in over a huge length that calls or reads anything. Not before its end: a
 * search of one long text in another, a huge BigInt made a text. why: copied, at most 120 bytes.
 * Any thread, while the machine exists; returns at once. on_end follows, unless the machine ended
 * otherwise. */
void oc_machine_stop(oc_machine_t *machine, const char *why);

/* Microseconds since the current callback into the script began, without pauses of the process
 * (oc_pulse); 0 while none runs. Any thread, for a supervisor that does not use runaway_ms. */
int64_t oc_machine_busy_us(const oc_machine_t *machine);

/* Microseconds, without pauses of the process, for which a callback has gone on after
 * oc_machine_stop, or the runaway watch, asked for its end; 0: none does. More than a second or
 * two: nothing stops it. Any thread. */
int64_t oc_machine_unstopped_us(const oc_machine_t *machine);

/* What its application may use (oc_capability_t): what every mapped archive of an application
 * declares, without those withheld; all of them before there is one. */
unsigned oc_machine_capabilities(const oc_machine_t *machine);

/* The engine's machine (xsMachine *), for oc_xs_enter and glue's own registration. Borrowed until
 * delete. */
void *oc_machine_xs(oc_machine_t *machine);

/* What a machine takes, in bytes, at a glance. */
typedef struct {
    size_t used_bytes;      /* live when last collected, and allocated since */
    size_t allocated_bytes; /* taken from the system, stack included; never above the cap */
    size_t peak_bytes;
    unsigned keys;
} oc_machine_memory_t;

/* Fills *memory. Script thread. */
void oc_machine_memory(const oc_machine_t *machine, oc_machine_memory_t *memory);

/* A full garbage collection. Only from outside a callback. */
void oc_machine_collect(oc_machine_t *machine);

/* Closes glue's handles, runs destructors, frees everything. NULL is allowed. */
void oc_machine_delete(oc_machine_t *machine);

/* Text of a reason ("threw at start"), static. */
const char *oc_machine_reason_text(oc_machine_reason_t reason);

#endif
