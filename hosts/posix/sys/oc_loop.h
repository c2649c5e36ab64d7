/* oc_loop - the loop of one thread that runs scripts. libuv on Linux (hosts/linux/oc_loop_uv.c),
 * GLib where the Moddable SDK's own modules need that (hosts/sdk/oc_loop_glib.c).
 * Everything on the loop's thread, except where noted. */
#ifndef OC_LOOP_H
#define OC_LOOP_H

#include <stdbool.h>

/* One loop; opaque. */
typedef struct oc_loop oc_loop_t;

/* Makes a loop; no thread yet, but oc_loop_wake may be called. woken: called on the loop's thread
 * after any number of wakes, at least once after the last. OC_OK | OC_ERR_NOMEM. */
int oc_loop_create(oc_loop_t **out, void (*woken)(void *context), void *context);
/* The calling thread is the loop's from now on; before machines are made. */
void oc_loop_enter(oc_loop_t *loop);
/* The end of oc_loop_enter, on the same thread. */
void oc_loop_leave(oc_loop_t *loop);
/* What oc_machine_config_t.loop wants: uv_loop_t * or GMainContext *. Any thread. */
void *oc_loop_native(oc_loop_t *loop);
/* Makes `woken` be called. Any thread, also from a signal mask that blocks everything; never waits,
 * never fails; wakes that come together are one. */
void oc_loop_wake(oc_loop_t *loop);
/* Waits until something is ready, and runs it. */
void oc_loop_turn(oc_loop_t *loop);
/* Runs until oc_loop_quit; returns at once when that was called since the last run. */
void oc_loop_run(oc_loop_t *loop);
/* Runs for so long or until oc_loop_quit. */
void oc_loop_run_for(oc_loop_t *loop, unsigned ms);
/* From a callback of the loop. */
void oc_loop_quit(oc_loop_t *loop);
/* Runs what is ready, without waiting: after a machine's deletion its closed handles go. */
void oc_loop_settle(oc_loop_t *loop);
/* When no thread runs or wakes it any more. NULL is allowed. */
void oc_loop_delete(oc_loop_t *loop);

#endif
