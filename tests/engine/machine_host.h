/* machine_host - what the machine's tests share: a loop, a machine with the embedded archive and
 * the test scripts, and what it logged. */
#ifndef MACHINE_HOST_H
#define MACHINE_HOST_H

#include "oc_loop.h"
#include "oc_machine.h"

typedef struct {
    oc_loop_t *loop;
    oc_machine_t *machine;
    oc_machine_config_t config; /* change before machine_host_start */
    char log[4096];             /* lines of console.*, each ended by a newline */
    unsigned ends;              /* calls of on_end */
} machine_host_t;

/* A loop and a default configuration; no machine. */
void machine_host_init(machine_host_t *host);
/* Creates, maps, imports the prelude; fails the test when that fails. */
void machine_host_start(machine_host_t *host);
/* Imports ocellus/test/<name> and runs the loop to the end; the reason. */
oc_machine_reason_t machine_host_run(machine_host_t *host, const char *name);
/* Deletes the machine, keeps the loop. */
void machine_host_stop(machine_host_t *host);
/* Deletes the loop; fails the test when something of a machine was left in it. */
void machine_host_deinit(machine_host_t *host);
/* start + run + stop, with the end's text copied to text (may be NULL). */
oc_machine_reason_t machine_host_once(machine_host_t *host, const char *name, char *text,
                                      size_t size);
/* Whether a loop has something that will call back, other than what is its own. */
bool machine_host_loop_is_busy(oc_loop_t *loop);

#endif
