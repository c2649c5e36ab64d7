/* oc_sctp_source - where the messages of an outgoing stream come from: a cursor over messages whose
 * bytes can be asked for again, byte for byte, until they are done. The sender stores no payload: a
 * first transmission and every retransmission are cut from the source, so what waits in a source
 * costs the sender nothing. One source per stream; all calls on the thread of the association, and
 * none of them may call back into it. */
#ifndef OC_SCTP_SOURCE_H
#define OC_SCTP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include "oc_span.h"

/* Pieces of memory one fragment may be made of. A source that needs more for `len` bytes gives the
 * first ones: the fragment is cut there, at the same place whenever it is asked for again. */
#define OC_SOURCE_PARTS 8

/* One message. */
typedef struct oc_msg {
    uint64_t ref;   /* the source's own name of the message; unique while it is not done */
    uint32_t len;   /* bytes, > 0 (RFC 9260 3.3.1 knows no empty user message) */
    uint32_t ppid;  /* payload protocol identifier, RFC 8831 8: 50 DCEP, 51 text, 53 binary */
    uint64_t group; /* messages of one stream that live and die together; 0 = alone. Once one of
                       them was cut to its end the source keeps the bytes of the others: a group
                       that is abandoned later is torn, and told as that */
    bool key;       /* a receiver can start here: the first message sent after an abandonment. What
                       stands for itself (JSON, an init segment) is always a key */
    bool unordered; /* RFC 9260 U bit; false on every stream of ours but what a peer opened so */
} oc_msg_t;

typedef struct oc_source_ops {
    /* Looks at the next message, does not take it; asked often, the answer may change until taken.
     * OC_OK | OC_AGAIN nothing now: oc_send_kick when there is | OC_END nothing any more. */
    int (*next)(void *ctx, oc_msg_t *out);
    /* The message `next` showed is taken: the cursor moves on. Its bytes are asked for until
     * `done`. */
    void (*take)(void *ctx, uint64_t ref);
    /* Bytes [offset, offset + len) of a taken message that is not done, as at most `max` parts,
     * borrowed until the source's store changes. `max` is always OC_SOURCE_PARTS.
     * > 0 number of parts, together len bytes, or fewer when max parts do not reach |
     * OC_ERR_STALE overtaken: the message is abandoned. */
    int (*bytes)(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                 unsigned max);
    /* The last call about a taken message; the source may forget it. how: OC_OK the peer has all of
     * it | OC_ERR_STALE abandoned | OC_ERR_CLOSED the association or the stream went away. */
    void (*done)(void *ctx, uint64_t ref, int how);
} oc_source_ops_t;

typedef struct oc_source {
    const oc_source_ops_t *ops; /* borrowed while the stream is open */
    void *ctx;                  /* first argument of every call */
} oc_source_t;

#endif
