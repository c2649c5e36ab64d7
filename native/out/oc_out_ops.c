/* oc_out_ops - see the header. head <= next <= tail; slots between them are under way or queued. */
#include "oc_out_ops.h"
#include "oc_assert.h"

static oc_out_op_t *slot(oc_out_ops_t *ops, uint32_t n) {
    return &ops->slot[n % OC_OUT_OPS_MAX];
}

static void pass_withdrawn(oc_out_ops_t *ops) {
    while (ops->next != ops->tail && slot(ops, ops->next)->state == OC_OUT_OP_WITHDRAWN) {
        if (ops->head == ops->next)
            ops->head++;
        ops->next++;
    }
    while (ops->head != ops->next && slot(ops, ops->head)->state == OC_OUT_OP_WITHDRAWN)
        ops->head++;
}

bool oc_out_ops_room(const oc_out_ops_t *ops, uint32_t count) {
    return ops->tail - ops->head + count + OC_OUT_OPS_RESERVE <= OC_OUT_OPS_MAX;
}

oc_out_op_t *oc_out_ops_push(oc_out_ops_t *ops, oc_file_kind_t kind, uint32_t handle) {
    oc_assert(ops->tail - ops->head < OC_OUT_OPS_MAX);
    oc_out_op_t *s = slot(ops, ops->tail++);
    s->state = OC_OUT_OP_QUEUED;
    s->job = -1;
    s->mark = (oc_out_mark_t){0};
    s->op.kind = kind;
    s->op.id = ++ops->last_id;
    s->op.handle = handle;
    s->op.offset = 0;
    s->op.spans = NULL;
    s->op.spans_len = 0;
    s->op.path[0] = s->op.to[0] = 0;
    return s;
}

const oc_file_op_t *oc_out_ops_take(oc_out_ops_t *ops) {
    pass_withdrawn(ops);
    if (ops->next == ops->tail)
        return NULL;
    oc_out_op_t *s = slot(ops, ops->next++);
    s->state = OC_OUT_OP_TAKEN;
    return &s->op;
}

bool oc_out_ops_finish(oc_out_ops_t *ops, uint32_t id, oc_out_op_t *out) {
    pass_withdrawn(ops);
    if (ops->head == ops->next || slot(ops, ops->head)->op.id != id)
        return false;
    *out = *slot(ops, ops->head++);
    pass_withdrawn(ops);
    return true;
}

bool oc_out_ops_withdraw(oc_out_ops_t *ops, uint32_t handle, int *job) {
    for (uint32_t n = ops->tail; n != ops->next; n--) {
        oc_out_op_t *s = slot(ops, n - 1);
        if (s->state != OC_OUT_OP_QUEUED || s->op.handle != handle)
            continue;
        s->state = OC_OUT_OP_WITHDRAWN;
        *job = s->job;
        while (ops->tail != ops->next && slot(ops, ops->tail - 1)->state == OC_OUT_OP_WITHDRAWN)
            ops->tail--;
        return true;
    }
    return false;
}

bool oc_out_ops_taken(const oc_out_ops_t *ops, oc_file_kind_t kind, uint32_t handle) {
    for (uint32_t n = ops->head; n != ops->next; n++) {
        const oc_out_op_t *s = &ops->slot[n % OC_OUT_OPS_MAX];
        if (s->state == OC_OUT_OP_TAKEN && s->op.kind == kind && s->op.handle == handle)
            return true;
    }
    return false;
}

bool oc_out_ops_empty(const oc_out_ops_t *ops) {
    for (uint32_t n = ops->head; n != ops->tail; n++)
        if (ops->slot[n % OC_OUT_OPS_MAX].state != OC_OUT_OP_WITHDRAWN)
            return false;
    return true;
}
