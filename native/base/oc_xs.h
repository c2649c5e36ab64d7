/* oc_xs - what glue (*_xs.c) and a host share: the way from the loop into a machine, and handles
 * that end with their machine. Each host implements it; only *_xs.c files and hosts include it.
 * Script thread only. Invariant: nothing of glue outlives its machine. */
#ifndef OC_XS_H
#define OC_XS_H

#include "xsmc.h"

#include <stdbool.h>

/* Work inside a machine; data is what oc_xs_enter was given. */
typedef void (*oc_xs_body_t)(xsMachine *the, void *data);

/* Runs body inside the machine, then the promise jobs it caused. Every callback of glue goes this
 * way, from the loop and never from inside a function that a script called.
 * An exception that leaves body is reported with its lines and ends the machine, as does an
 * unhandled rejection. data: borrowed until return.
 * False: the machine has ended, before or during the call; do not touch its objects again. */
bool oc_xs_enter(xsMachine *machine, oc_xs_body_t body, void *data);

/* A loop handle, timer or subscription that glue holds for a script. Embed it in the glue's own
 * structure. */
typedef struct oc_xs_handle {
    struct oc_xs_handle *next, *prev;
    void (*close)(struct oc_xs_handle *handle); /* frees or closes what it is embedded in */
} oc_xs_handle_t;

/* Adds to the machine's list. When the machine is deleted, the host removes every handle left and
 * calls its close, before any destructor of the machine runs. handle: borrowed until removed. */
void oc_xs_handle_add(xsMachine *machine, oc_xs_handle_t *handle,
                      void (*close)(oc_xs_handle_t *handle));

/* Takes the handle off its list; a handle that is on none is left alone. */
void oc_xs_handle_remove(oc_xs_handle_t *handle);

/* The host's loop: uv_loop_t on Linux. Borrowed until the machine is deleted. */
void *oc_xs_loop(xsMachine *machine);

/* What the host gave for its glue when it created the machine; may be NULL. Borrowed until the
 * machine is deleted. */
void *oc_xs_host(xsMachine *machine);

/* Whether the application of this machine has all of these capabilities (oc_capability_t). Glue
 * that reaches beyond the machine asks at every call: its module not being there for an application
 * is no proof, an object may come from elsewhere. */
bool oc_xs_may(xsMachine *machine, unsigned capabilities);

/* One line to the host's log. level: 0 error, 1 warning, 2 information, 3 debug; others are taken
 * as
 * 2. text: a string of the engine, borrowed until return. */
void oc_xs_log(xsMachine *machine, int level, const char *text);

#endif
