#include "oc_data_channel.h"

#include "oc_err.h"

/* Marks the names of messages of the protocol itself: addresses have the highest bit clear. */
#define CONTROL (UINT64_C(1) << 63)

void oc_data_channel_init(oc_data_channel_t *channel, uint16_t sid, oc_pool_t *pool, bool *look) {
    *channel = (oc_data_channel_t){.sid = sid, .look = look};
    oc_source_fifo_init(&channel->control, pool, OC_DATA_CHANNEL_CONTROL);
}

void oc_data_channel_deinit(oc_data_channel_t *channel) {
    oc_pool_give(channel->control.pool, channel->label);
    oc_pool_give(channel->control.pool, channel->early);
    channel->label = channel->early = NULL;
    oc_source_fifo_deinit(&channel->control);
    channel->state = OC_DATA_CHANNEL_FREE;
}

void oc_data_channel_look(oc_data_channel_t *c) {
    bool quiet = !c->control.bytes && !c->unacked;
    if (c->state == OC_DATA_CHANNEL_REFUSING)
        c->finished = quiet;
    else if (c->state == OC_DATA_CHANNEL_OPEN || c->state == OC_DATA_CHANNEL_OPENING)
        c->finished = quiet && c->ended;
    if (c->finished)
        *c->look = true;
}

/* Whether the program's messages may leave: an unordered one must not overtake the OPEN, so it
 * waits for the ACK (RFC 8832 section 6). */
static bool may_send(const oc_data_channel_t *c) {
    if (!c->ops || c->ended)
        return false;
    return c->state == OC_DATA_CHANNEL_OPEN ||
           (c->state == OC_DATA_CHANNEL_OPENING && !c->unordered);
}

static int channel_next(void *ctx, oc_msg_t *out) {
    oc_data_channel_t *c = ctx;
    if (oc_source_fifo_ops.next(&c->control, out) == OC_OK) {
        out->ref |= CONTROL;
        return OC_OK;
    }
    if (!may_send(c))
        return OC_AGAIN;
    int rc;
    while ((rc = c->ops->next(c->context, out)) == OC_OK && out->len > c->max_message) {
        c->ops->take(c->context, out->ref); /* it would end the association */
        c->ops->done(c->context, out->ref, OC_ERR_TOO_BIG);
    }
    if (rc == OC_OK) {
        out->unordered = c->unordered;
        return OC_OK;
    }
    if (rc == OC_END) {
        c->ended = true;
        oc_data_channel_look(c);
    }
    return OC_AGAIN;
}

static void channel_take(void *ctx, uint64_t ref) {
    oc_data_channel_t *c = ctx;
    if (ref & CONTROL) {
        oc_source_fifo_ops.take(&c->control, ref & ~CONTROL);
        return;
    }
    c->unacked++;
    c->ops->take(c->context, ref);
}

static int channel_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                         unsigned max) {
    oc_data_channel_t *c = ctx;
    if (ref & CONTROL)
        return oc_source_fifo_ops.bytes(&c->control, ref & ~CONTROL, offset, len, parts, max);
    return c->ops->bytes(c->context, ref, offset, len, parts, max);
}

static void channel_done(void *ctx, uint64_t ref, int how) {
    oc_data_channel_t *c = ctx;
    if (ref & CONTROL)
        oc_source_fifo_ops.done(&c->control, ref & ~CONTROL, how);
    else {
        c->unacked--;
        c->ops->done(c->context, ref, how);
    }
    oc_data_channel_look(c);
}

const oc_source_ops_t oc_data_channel_ops = {channel_next, channel_take, channel_bytes,
                                             channel_done};
