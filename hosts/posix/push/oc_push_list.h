/* oc_push_list - which live pushes shall run, and what each of them does: takes whole lists, says
 * what to begin and to end, when to try again, and counts. Pure: no clock, no I/O, no allocation.
 *
 *   set -> poll: END and BEGIN, one after the other ... next_deadline
 *   of what was begun: waits | connecting -> connected -> delivered ... | ended | failed
 *
 * Invariant: a place is begun once between two ENDs, and a target that is the same in two lists,
 * whatever it is called, stays as it is. */
#ifndef OC_PUSH_LIST_H
#define OC_PUSH_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_command.h"

#define OC_PUSH_LOOK_US  (INT64_C(200) * 1000)        /* a channel that is waited for: so often */
#define OC_PUSH_AGAIN_US (INT64_C(1) * 1000 * 1000)   /* between two openings, whatever ended one */
#define OC_PUSH_WELL_US  (INT64_C(60) * 1000 * 1000)  /* it ran so long: tries begin anew */
#define OC_PUSH_EARLY_US (INT64_C(120) * 1000 * 1000) /* of failures in a row: tried often */
#define OC_PUSH_OFTEN_US (INT64_C(4) * 1000 * 1000)   /* at least so often: 1, 2, 4, 4, 4 s */
#define OC_PUSH_MAX_US   (INT64_C(30) * 1000 * 1000) /* later: 8, 16, 30 s; some failures at once */
#define OC_PUSH_JITTER   5 /* a wait is longer or shorter by at most this part of it */

/* A place of the list. Read only, outside of oc_push_list.c. */
typedef struct oc_push {
    oc_push_target_t target; /* id 0: free */
    oc_push_phase_t phase;
    int code;                  /* how the last try ended, or why it waits: OC_ERR_*; 0: neither */
    char why[OC_PUSH_WHY_MAX]; /* the same in words; "": the code says it all */
    bool begun, stale;         /* stale: what was begun is to be ended first */
    bool changed;              /* since oc_push_list_changed asked last */
    uint32_t failures, late;   /* in a row; of them, behind the time of frequent tries */
    int64_t failing_us;        /* the first of them */
    int64_t phase_us, next_us; /* since when; when it is begun, INT64_MAX: not by time */
    int64_t opened_us;         /* the last connecting */
    int64_t delivered_us;      /* 0: never */
    int64_t connected_us;      /* how long the last connecting took that came up */
    uint32_t connections, failures_total, left_out_gops;
    uint64_t packets, bytes, left_out_packets;
} oc_push_t;

typedef struct oc_push_list {
    oc_push_t push[OC_PUSHES_MAX];
    uint64_t random;
    int64_t lost_us; /* the end of the last connection that ran, of any of them; < 0: never */
} oc_push_list_t;

/* seed: of the jitter. */
void oc_push_list_init(oc_push_list_t *list, uint64_t seed);

/* From now on these run. OC_OK | OC_ERR_INVAL a target without channel or address, of no format, or
 * an id 0 or twice: nothing has changed, why (size bytes) names it. */
int oc_push_list_set(oc_push_list_t *list, const oc_push_targets_t *targets, int64_t now_us,
                     char *why, size_t size);
/* None runs any more. */
void oc_push_list_clear(oc_push_list_t *list, int64_t now_us);

/* What is to be done with a place. */
typedef enum oc_push_do {
    OC_PUSH_END,   /* what was begun there, at once */
    OC_PUSH_BEGIN, /* its target: `waits`, `connecting` or `failed` says what came of it */
} oc_push_do_t;
/* The next of them; an END before a BEGIN of the same place. False: nothing now. */
bool oc_push_list_poll(oc_push_list_t *list, int64_t now_us, unsigned *place, oc_push_do_t *what);
/* When poll has something; INT64_MAX: not by time. */
int64_t oc_push_list_next_deadline(const oc_push_list_t *list);

/* Its channel has nothing to send: code OC_ERR_* or 0, no picture yet. Nothing of it is open. */
void oc_push_list_waits(oc_push_list_t *list, unsigned place, int code, const char *why,
                        int64_t now_us);
void oc_push_list_connecting(oc_push_list_t *list, unsigned place, int64_t now_us);
void oc_push_list_connected(oc_push_list_t *list, unsigned place, int64_t now_us);
/* The connection has taken this. */
void oc_push_list_delivered(oc_push_list_t *list, unsigned place, uint32_t packets, uint64_t bytes,
                            int64_t now_us);
/* The drop policy has left this out. */
void oc_push_list_left_out(oc_push_list_t *list, unsigned place, uint32_t gops, uint64_t packets);
/* Its stream has ended, which is nobody's failure: nothing of it is open. */
void oc_push_list_ended(oc_push_list_t *list, unsigned place, int64_t now_us);
/* Its connection could not be opened, or is lost: nothing of it is open. */
void oc_push_list_failed(oc_push_list_t *list, unsigned place, int code, const char *why,
                         int64_t now_us);

/* True: the phase of a place, or why, is another than when it was asked last. */
bool oc_push_list_changed(oc_push_list_t *list, unsigned place);
/* Its row but for queue_bytes. */
void oc_push_list_row(const oc_push_list_t *list, unsigned place, oc_push_row_t *row);

#endif
