/* oc_loop_parts - timers, pokes and watches on a script's loop, for glue and the machine. `native` is what
 * oc_loop_native gives. On the loop's thread, except where noted. One implementation for each loop,
 * beside that of oc_loop.h. */
#ifndef OC_LOOP_PARTS_H
#define OC_LOOP_PARTS_H

#include <stdint.h>

/* A running timer; opaque. Owned by the loop, ended by oc_loop_timer_stop only. */
typedef struct oc_loop_timer oc_loop_timer_t;

/* Calls fired(context) after first_ms (0: in the next turn of the loop), then every repeat_ms; 0:
 * once; behind a pause of the process a little later (oc_pulse_owed_us). What is due goes in order
 * of its time, equal times in order of their start. NULL: no memory. */
oc_loop_timer_t *oc_loop_timer_start(void *native, uint64_t first_ms, uint64_t repeat_ms,
                                     void (*fired)(void *context), void *context);
/* Frees it; also a timer that has fired, also from within its callback. */
void oc_loop_timer_stop(oc_loop_timer_t *timer);

/* A way to be called on the loop's thread; opaque. Keeps no loop alive. */
typedef struct oc_loop_poke oc_loop_poke_t;

/* poked(context) is called after any number of pokes, at least once after the last. NULL: no
 * memory. */
oc_loop_poke_t *oc_loop_poke_create(void *native, void (*poked)(void *context), void *context);
/* Any thread, while it exists. Never waits. */
void oc_loop_poke(oc_loop_poke_t *poke);
/* Afterwards `poked` is not called. NULL is allowed. */
void oc_loop_poke_delete(oc_loop_poke_t *poke);

/* What a watch waits for, and what is ready; bits. An error or hang-up is both. */
#define OC_LOOP_READ  1u
#define OC_LOOP_WRITE 2u

/* A descriptor under watch; opaque. */
typedef struct oc_loop_watch oc_loop_watch_t;

/* Calls ready(context, events) as long as one of `events` is ready. fd: borrowed; closed only after
 * stop. One watch for a descriptor. NULL: no memory, or a file that cannot be watched. */
oc_loop_watch_t *oc_loop_watch_start(void *native, int fd, unsigned events,
                                     void (*ready)(void *context, unsigned events), void *context);
/* Other events from now on; 0: none. */
void oc_loop_watch_change(oc_loop_watch_t *watch, unsigned events);
/* Frees it; also from within its callback. The descriptor may be closed at once. NULL is allowed. */
void oc_loop_watch_stop(oc_loop_watch_t *watch);

#endif
