/* oc_out_ops - the file operations of one output: first in, first out, results in the same order.
 * An operation that the host has not taken yet can still be withdrawn. */
#ifndef OC_OUT_OPS_H
#define OC_OUT_OPS_H

#include "oc_file_op.h"

#define OC_OUT_OPS_MAX     24 /* about 620 bytes each */
#define OC_OUT_OPS_RESERVE 8  /* kept free for ending two files: CLOSE, TRUNCATE, RENAME ... */

/* A place in a file: what lies before it. */
typedef struct oc_out_mark {
    uint64_t bytes;     /* length of the file up to here */
    uint64_t seq;       /* number of the last packet dealt with; 0 = none */
    int64_t end_us;     /* end of the media so far, from the file's time 0 */
    int64_t capture_us; /* monotonic capture time of the newest packet */
    uint32_t fragments; /* whole fragments so far */
} oc_out_mark_t;

/* Where an operation stands; a withdrawn one is passed over. */
typedef enum oc_out_op_state {
    OC_OUT_OP_QUEUED,
    OC_OUT_OP_TAKEN,
    OC_OUT_OP_WITHDRAWN
} oc_out_op_state_t;

typedef struct oc_out_op {
    oc_file_op_t op;
    oc_out_op_state_t state;
    int job;            /* WRITE of a fragment: its job; -1 = none */
    oc_out_mark_t mark; /* WRITE, SYNC: what is written or on the disk when it is done */
} oc_out_op_t;

typedef struct oc_out_ops {
    oc_out_op_t slot[OC_OUT_OPS_MAX];
    uint32_t head, next, tail; /* oldest unfinished, next to be taken, next free; never wrapped */
    uint32_t last_id;
} oc_out_ops_t;

/* True when an ordinary operation finds room without touching the reserve. `count` of them. */
bool oc_out_ops_room(const oc_out_ops_t *ops, uint32_t count);

/* Adds an operation on `handle` and returns it to be filled in (job -1, no spans, empty paths).
 * Borrowed until its result is back. The reserve is large enough by construction: never NULL. */
oc_out_op_t *oc_out_ops_push(oc_out_ops_t *ops, oc_file_kind_t kind, uint32_t handle);

/* The next operation for the host, or NULL. Borrowed until its result is back. */
const oc_file_op_t *oc_out_ops_take(oc_out_ops_t *ops);

/* Finishes operation `id`; *out gets a copy. False: not the oldest one under way (ignored). */
bool oc_out_ops_finish(oc_out_ops_t *ops, uint32_t id, oc_out_op_t *out);

/* Withdraws one operation on `handle` that the host has not taken; its job is returned in *job.
 * False: there is none left. */
bool oc_out_ops_withdraw(oc_out_ops_t *ops, uint32_t handle, int *job);

/* True when an operation of that kind on `handle` is with the host. */
bool oc_out_ops_taken(const oc_out_ops_t *ops, oc_file_kind_t kind, uint32_t handle);

/* True when nothing is queued or under way. */
bool oc_out_ops_empty(const oc_out_ops_t *ops);

#endif
