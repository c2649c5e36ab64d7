/* oc_source_fifo - a source of messages that it owns: what a program writes waits in blocks of a
 * pool until the other end has all of it. For what is made on the way (answers, echoes, JSON, the
 * first word on a channel), not for media, which is sent from where it lies. */
#ifndef OC_SOURCE_FIFO_H
#define OC_SOURCE_FIFO_H

#include "oc_pool.h"
#include "oc_sctp_source.h"

/* A queue of messages; zeroed is not a valid one. */
typedef struct oc_source_fifo {
    oc_pool_t *pool;    /* borrowed for the queue's life */
    void *first;        /* the message that `next` shows; NULL none */
    void *last;         /* the newest message: it may still be written */
    void *taken;        /* messages taken and not done, in no order */
    uint32_t bytes;     /* of messages that wait or are not done */
    uint32_t limit;     /* that bytes may reach */
    uint32_t unwritten; /* bytes of the newest message to come */
    bool ended;
} oc_source_fifo_t;

extern const oc_source_ops_t oc_source_fifo_ops; /* ctx: the queue */

/* limit: bytes that may wait, > 0. */
void oc_source_fifo_init(oc_source_fifo_t *fifo, oc_pool_t *pool, uint32_t limit);
/* Gives every block back; no stream may use the queue any more. */
void oc_source_fifo_deinit(oc_source_fifo_t *fifo);

/* Begins a message of len > 0 bytes and takes all its blocks. The stream's kick is the caller's,
 * when it is written. OC_OK | OC_ERR_STATE the one before is not written yet, or the queue has
 * ended | OC_ERR_BUSY beyond the limit | OC_ERR_NOMEM the pool has not so many blocks: nothing is
 * taken. */
int oc_source_fifo_begin(oc_source_fifo_t *fifo, uint32_t ppid, uint32_t len);
/* Writes the next bytes of it; copied. It is sent when the last one is there. OC_OK |
 * OC_ERR_TOO_BIG more than was said: nothing is written. */
int oc_source_fifo_write(oc_source_fifo_t *fifo, const void *data, size_t len);
/* Both at once. */
int oc_source_fifo_push(oc_source_fifo_t *fifo, uint32_t ppid, const void *data, uint32_t len);
/* Nothing follows: after the last message the source says OC_END. */
void oc_source_fifo_end(oc_source_fifo_t *fifo);

#endif
