/* oc_deadlines - the one timer of a loop, for all parts that wait for a time. Each part has a
 * deadline of its own and changes it as often as it likes, without a call of the system; before the
 * loop waits, the earliest of them is set, once. All on the loop's thread. */
#ifndef OC_DEADLINES_H
#define OC_DEADLINES_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* One part's. Its memory is the part's; read at_us, the rest belongs to oc_deadlines. */
typedef struct oc_deadline {
    int64_t at_us; /* monotonic (uv_hrtime() / 1000); INT64_MAX: none; in the past: at once */
    void (*due)(void *context); /* at_us is INT64_MAX by then; it may set and remove deadlines */
    void *context;
    bool exact; /* it may not be a millisecond late */
    struct oc_deadline *next;
} oc_deadline_t;

typedef struct oc_deadlines {
    uv_loop_t *loop;
    uv_prepare_t before; /* the loop waits */
    uv_timer_t coarse;
    uv_poll_t exact; /* of fd */
    int fd;
    int64_t coarse_us, exact_us; /* what they are set to; INT64_MAX: nothing */
    oc_deadline_t *first, *turn; /* turn: the next one to look at, while they are looked at */
    unsigned handles;            /* open */
    uint64_t settings;           /* of both timers, so far */
    void (*closed)(void *context);
    void *context;
} oc_deadlines_t;

/* Memory is the caller's, borrowed until `closed` of oc_deadlines_close, which follows a failure
 * too. OC_OK | OC_ERR_IO no descriptor. */
int oc_deadlines_open(oc_deadlines_t *all, uv_loop_t *loop);
/* Deadlines that were not removed are let go, without a call. closed (may be NULL): called by the
 * loop when nothing of it is in use any more. */
void oc_deadlines_close(oc_deadlines_t *all, void (*closed)(void *context), void *context);

/* Adds a part whose due, context and exact are set; it has no deadline yet. */
void oc_deadlines_add(oc_deadlines_t *all, oc_deadline_t *one);
/* One that is not there is passed over. */
void oc_deadlines_remove(oc_deadlines_t *all, oc_deadline_t *one);

#endif
