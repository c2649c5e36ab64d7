/* oc_sctp_reassembly - DATA chunks into messages. Payload is copied once, into blocks of a shared
 * pool; fragments that follow each other share blocks. Ordered messages wait for those before them.
 * RFC 9260 6.5, 6.6, 6.9, RFC 3758 3.6.
 * Invariants: what is stored stays until its message is released or given up by the peer; chunks
 * that arrive early leave room for the ones the cumulative TSN waits for, so a full store never
 * deadlocks. */
#ifndef OC_SCTP_REASSEMBLY_H
#define OC_SCTP_REASSEMBLY_H

#include "oc_pool.h"
#include "oc_sctp_chunk.h"
#include "oc_sctp_streams.h"

/* Bytes of one message in one pool block, which holds this header as well. */
typedef struct oc_sctp_block {
    struct oc_sctp_block *next; /* of the same message */
    uint16_t off, len;          /* where in the block, bytes */
} oc_sctp_block_t;

/* A message or a piece of one: chunks with TSNs that follow each other. Lies at the start of its
 * first block. */
typedef struct oc_sctp_run {
    oc_sctp_block_t block;
    oc_sctp_block_t *tail;
    struct oc_sctp_run *prev, *next;
    uint32_t tsn, last; /* first and last chunk */
    uint32_t ppid, bytes;
    uint32_t number; /* in the order of delivery */
    uint16_t sid, ssn, blocks;
    uint8_t flags; /* OC_SCTP_DATA_BEGIN, _END: has that end; _UNORDERED; OC_SCTP_RUN_CUT */
} oc_sctp_run_t;

#define OC_SCTP_RUN_CUT 0x80 /* the message is longer than is taken: not all of it is stored */

#define OC_SCTP_RUN_DATA   (OC_POOL_EACH - sizeof(oc_sctp_run_t))   /* bytes in the first block */
#define OC_SCTP_BLOCK_DATA (OC_POOL_EACH - sizeof(oc_sctp_block_t)) /* bytes in each other one */

/* A list of runs, linked both ways. */
typedef struct oc_sctp_run_list {
    oc_sctp_run_t *first, *last;
} oc_sctp_run_list_t;

typedef struct oc_sctp_reassembly {
    oc_pool_t *pool;                  /* shared; borrowed while in use */
    oc_sctp_streams_t *streams;       /* borrowed while in use */
    oc_sctp_run_list_t waiting;       /* by TSN: pieces, and messages before their turn */
    oc_sctp_run_list_t ready;         /* in order of delivery */
    oc_sctp_run_list_t held;          /* polled and not released */
    uint32_t window;                  /* bytes announced at most */
    uint32_t message_max;             /* bytes */
    uint32_t bytes;                   /* stored now */
    uint16_t blocks;                  /* in use now */
    uint16_t blocks_early;            /* most for chunks that arrive early */
    uint16_t blocks_max;              /* most for all */
    uint32_t number;                  /* of the last message that became ready */
    uint64_t messages, message_bytes; /* became ready */
    uint64_t no_room, orphans, late, no_stream, purged; /* chunks, or pieces of messages (purged) */
} oc_sctp_reassembly_t;

/* Blocks that one association takes at most. */
uint32_t oc_sctp_reassembly_blocks(uint32_t window, uint32_t message_max);

/* window: bytes to announce; message_max: bytes of the largest message, at most the window. */
void oc_sctp_reassembly_init(oc_sctp_reassembly_t *store, oc_pool_t *pool,
                             oc_sctp_streams_t *streams, uint32_t window, uint32_t message_max);

/* Takes a chunk in whose TSN is new. in_order: its TSN is the one the cumulative TSN waits for;
 * after_known: the TSN before it has arrived or was given up.
 * OC_OK stored, or dropped because nobody can ever use it: the TSN counts as arrived |
 * OC_AGAIN no room, or its stream cannot be used again yet: the TSN must not count. Of a message
 * that grows over message_max the rest is dropped; it is delivered in its turn, OC_SCTP_RUN_CUT. */
int oc_sctp_reassembly_data(oc_sctp_reassembly_t *store, const oc_sctp_data_t *data, bool in_order,
                            bool after_known);
/* The peer gave up everything up to the new cumulative TSN and the messages in forward. */
void oc_sctp_reassembly_forward(oc_sctp_reassembly_t *store, const oc_sctp_forward_t *forward);
/* The peer reset a stream: pieces of it are dropped, SSN 0 is next. */
void oc_sctp_reassembly_reset(oc_sctp_reassembly_t *store, oc_sctp_stream_t *stream);

/* Bytes to announce now: the free part of the window, of the association's blocks and of the pool.
 */
uint32_t oc_sctp_reassembly_rwnd(const oc_sctp_reassembly_t *store);

/* The next message, if its number is at most upto; NULL: none. Held until released. */
oc_sctp_run_t *oc_sctp_reassembly_poll(oc_sctp_reassembly_t *store, uint32_t upto);
/* Copies up to len bytes from offset on; returns how many there were. */
size_t oc_sctp_reassembly_copy(const oc_sctp_run_t *run, size_t offset, void *out, size_t len);
/* The message's bytes as parts, borrowed until released, from offset on; returns how many parts. */
unsigned oc_sctp_reassembly_parts(const oc_sctp_run_t *run, size_t offset, oc_span_t *parts,
                                  unsigned max);
/* Gives the blocks of a polled message back. */
void oc_sctp_reassembly_release(oc_sctp_reassembly_t *store, oc_sctp_run_t *run);
/* Gives everything back, held messages too. */
void oc_sctp_reassembly_clear(oc_sctp_reassembly_t *store);

#endif
