/* Glue of timer.ts: one timer of the loop for each. The script's object points to the record while
 * it runs and is kept from collection. */
#include "oc_xs.h"

#include "oc_loop_parts.h"
#include <stdlib.h>

#define TIMER_MAX_MS 2147483647.0 /* the web's limit, 24.8 days */

typedef struct {
    oc_loop_timer_t *timer;
    oc_xs_handle_t handle;
    xsMachine *machine;
    xsSlot self; /* remembered while the timer runs */
    bool repeat;
} timer_record_t;

void xs_timer_start(xsMachine *the);
void xs_timer_stop(xsMachine *the);
void xs_timer_destructor(void *data);

/* The object is gone only after its timer has stopped: nothing to release. */
void xs_timer_destructor(void *data) {}

static void free_record(timer_record_t *record) {
    oc_loop_timer_stop(record->timer);
    free(record);
}

/* The machine goes away. */
static void on_machine_end(oc_xs_handle_t *handle) {
    timer_record_t *record =
        (timer_record_t *)(void *)((char *)handle - offsetof(timer_record_t, handle));
    xsMachine *the = record->machine;
    xsForget(record->self); /* the engine's list of remembered slots runs through the record */
    free_record(record);
}

/* Inside the machine: the object forgets the record and may be collected. */
static void stop_record(xsMachine *the, timer_record_t *record) {
    xsmcSetHostData(record->self, NULL);
    xsForget(record->self);
    oc_xs_handle_remove(&record->handle);
    free_record(record);
}

static void fire(xsMachine *the, void *data) {
    timer_record_t *record = data;
    xsmcVars(2);
    xsVar(0) = xsAccess(record->self);
    xsmcGet(xsVar(1), xsVar(0), xsID("callback"));
    if (!record->repeat) /* before the call: the callback may clear or throw */
        stop_record(the, record);
    xsCallFunction0(xsVar(1), xsUndefined);
}

static void on_fired(void *context) {
    timer_record_t *record = context;
    oc_xs_enter(record->machine, fire, record);
}

/* start(callback, delayMs, repeat): the timer's object */
void xs_timer_start(xsMachine *the) {
    double delay_ms = xsmcToNumber(xsArg(1));
    bool repeat = xsmcToBoolean(xsArg(2));
    xsmcVars(1);
    xsVar(0) = xsNewHostObject(xs_timer_destructor);
    xsmcSet(xsVar(0), xsID("callback"), xsArg(0));
    timer_record_t *record = calloc(1, sizeof *record);
    if (!record)
        xsUnknownError("no memory for a timer");
    if (!(delay_ms >= 0)) /* NaN too */
        delay_ms = 0;
    if (delay_ms > TIMER_MAX_MS)
        delay_ms = TIMER_MAX_MS;
    if (repeat && delay_ms < 1)
        delay_ms = 1;
    record->timer = oc_loop_timer_start(oc_xs_loop(the), (uint64_t)delay_ms,
                                        repeat ? (uint64_t)delay_ms : 0, on_fired, record);
    if (!record->timer) {
        free(record);
        xsUnknownError("no memory for a timer");
    }
    record->machine = the;
    record->repeat = repeat;
    record->self = xsVar(0);
    xsRemember(record->self);
    xsmcSetHostData(xsVar(0), record);
    oc_xs_handle_add(the, &record->handle, on_machine_end);
    xsResult = xsVar(0);
}

/* stop(timer) */
void xs_timer_stop(xsMachine *the) {
    timer_record_t *record = xsmcGetHostDataValidate(xsArg(0), xs_timer_destructor);
    if (record)
        stop_record(the, record);
}
