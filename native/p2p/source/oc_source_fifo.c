/* oc_source_fifo - see the header. A message is a chain of blocks; the first one's head holds what
 * is known of it, and its address is the message's name. */
#include "oc_source_fifo.h"

#include "oc_assert.h"
#include "oc_err.h"

typedef struct block {
    struct block *next;    /* of the same message */
    struct block *message; /* first block: the next message; next on the list of taken ones */
    struct block *before;  /* taken message: the one before it on that list */
    struct block *cursor;  /* first block: where bytes were asked for, or written, last */
    uint32_t at;           /* offset of cursor's first byte in the message */
    uint32_t len, ppid;    /* first block */
} block_t;
_Static_assert(sizeof(block_t) <= OC_POOL_HEAD, "fits the head of a block");

static uint8_t *payload(block_t *b) {
    return (uint8_t *)b + OC_POOL_HEAD;
}

void oc_source_fifo_init(oc_source_fifo_t *fifo, oc_pool_t *pool, uint32_t limit) {
    *fifo = (oc_source_fifo_t){.pool = pool, .limit = limit};
}

static void give(oc_source_fifo_t *fifo, block_t *b) {
    while (b) {
        block_t *next = b->next;
        oc_pool_give(fifo->pool, b);
        b = next;
    }
}

static void give_all(oc_source_fifo_t *fifo, block_t *message) {
    while (message) {
        block_t *next = message->message;
        give(fifo, message);
        message = next;
    }
}

void oc_source_fifo_deinit(oc_source_fifo_t *fifo) {
    give_all(fifo, fifo->first);
    give_all(fifo, fifo->taken);
    fifo->first = fifo->last = fifo->taken = NULL;
    fifo->bytes = fifo->unwritten = 0;
    fifo->ended = true;
}

int oc_source_fifo_begin(oc_source_fifo_t *fifo, uint32_t ppid, uint32_t len) {
    block_t *message = NULL;
    if (fifo->unwritten || fifo->ended || !len)
        return OC_ERR_STATE;
    if (len > fifo->limit || fifo->bytes > fifo->limit - len)
        return OC_ERR_BUSY;
    for (uint32_t have = 0; have < len; have += OC_POOL_BLOCK) {
        block_t *b = oc_pool_take(fifo->pool);
        if (!b) {
            give(fifo, message);
            return OC_ERR_NOMEM;
        }
        b->next = message;
        message = b;
    }
    message->message = NULL;
    message->cursor = message;
    message->at = 0;
    message->len = len;
    message->ppid = ppid;
    if (fifo->first)
        ((block_t *)fifo->last)->message = message;
    else
        fifo->first = message;
    fifo->last = message;
    fifo->bytes += len;
    fifo->unwritten = len;
    return OC_OK;
}

int oc_source_fifo_write(oc_source_fifo_t *fifo, const void *data, size_t len) {
    const uint8_t *from = data;
    block_t *m = fifo->last;
    if (len > fifo->unwritten)
        return OC_ERR_TOO_BIG;
    while (len) {
        uint32_t offset = m->len - fifo->unwritten;
        if (offset - m->at == OC_POOL_BLOCK) {
            m->cursor = m->cursor->next;
            m->at = offset;
        }
        size_t room = OC_POOL_BLOCK - (offset - m->at), n = len < room ? len : room;
        memcpy(payload(m->cursor) + (offset - m->at), from, n);
        from += n;
        len -= n;
        fifo->unwritten -= (uint32_t)n;
    }
    if (!fifo->unwritten) {
        m->cursor = m;
        m->at = 0;
    }
    return OC_OK;
}

int oc_source_fifo_push(oc_source_fifo_t *fifo, uint32_t ppid, const void *data, uint32_t len) {
    int rc = oc_source_fifo_begin(fifo, ppid, len);
    return rc == OC_OK ? oc_source_fifo_write(fifo, data, len) : rc;
}

void oc_source_fifo_end(oc_source_fifo_t *fifo) {
    fifo->ended = true;
}

/* ---- the source ---- */

static uint64_t name_of(const block_t *message) {
    return (uint64_t)(uintptr_t)message;
}
static block_t *named(uint64_t ref) {
    return (block_t *)(uintptr_t)ref;
}

static int fifo_next(void *ctx, oc_msg_t *out) {
    oc_source_fifo_t *fifo = ctx;
    block_t *m = fifo->first;
    if (!m || (m == fifo->last && fifo->unwritten))
        return fifo->ended && !fifo->unwritten ? OC_END : OC_AGAIN;
    *out = (oc_msg_t){.ref = name_of(m), .len = m->len, .ppid = m->ppid, .key = true};
    return OC_OK;
}

static void fifo_take(void *ctx, uint64_t ref) {
    oc_source_fifo_t *fifo = ctx;
    block_t *m = fifo->first;
    oc_assert(m && name_of(m) == ref);
    fifo->first = m->message;
    if (!fifo->first)
        fifo->last = NULL;
    m->before = NULL;
    m->message = fifo->taken;
    if (m->message)
        m->message->before = m;
    fifo->taken = m;
}

static int fifo_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                      unsigned max) {
    block_t *m = named(ref);
    unsigned n = 0;
    if (offset < m->at) {
        m->cursor = m;
        m->at = 0;
    }
    while (offset - m->at >= OC_POOL_BLOCK) {
        m->cursor = m->cursor->next;
        m->at += OC_POOL_BLOCK;
    }
    uint32_t inside = offset - m->at;
    for (block_t *b = m->cursor; b && len && n < max; b = b->next, inside = 0) {
        uint32_t part = OC_POOL_BLOCK - inside < len ? OC_POOL_BLOCK - inside : len;
        parts[n++] = oc_span(payload(b) + inside, part);
        len -= part;
    }
    return (int)n;
}

static void fifo_done(void *ctx, uint64_t ref, int how) {
    oc_source_fifo_t *fifo = ctx;
    block_t *m = named(ref);
    if (m->message)
        m->message->before = m->before;
    if (m->before)
        m->before->message = m->message;
    else
        fifo->taken = m->message;
    fifo->bytes -= m->len;
    give(fifo, m);
}

const oc_source_ops_t oc_source_fifo_ops = {fifo_next, fifo_take, fifo_bytes, fifo_done};
