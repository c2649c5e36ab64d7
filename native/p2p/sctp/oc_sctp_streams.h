/* oc_sctp_streams - the streams in use, of 65,536 declared ones: a small table, so that a stream
 * costs nothing until something is sent or received on it. Both directions of one id share an
 * entry, which goes when both are reset (RFC 8831 6.7). */
#ifndef OC_SCTP_STREAMS_H
#define OC_SCTP_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#define OC_SCTP_STREAMS_MAX 250 /* entries of one association, 12 bytes each */

/* Where one direction stands on its way from use to reset. */
enum oc_sctp_stream_flag {
    OC_SCTP_STREAM_OUT = 0x01,       /* the sender has it open */
    OC_SCTP_STREAM_CLOSING = 0x02,   /* closed by us, its last data is still under way */
    OC_SCTP_STREAM_REQUESTED = 0x04, /* in the reset request that is unanswered */
    OC_SCTP_STREAM_OUT_RESET = 0x08, /* the peer performed our reset */
    OC_SCTP_STREAM_IN = 0x10,        /* the peer sent data on it */
    OC_SCTP_STREAM_IN_WAIT = 0x20,   /* the peer resets it once its data has come */
    OC_SCTP_STREAM_IN_RESET = 0x40,  /* reset by the peer */
    OC_SCTP_STREAM_NOTIFY = 0x80,    /* a STREAM_RESET event is due */
};

typedef struct oc_sctp_stream {
    uint16_t sid;
    uint16_t ssn;     /* expected next from the peer */
    uint16_t waiting; /* whole ordered messages that wait for an earlier one */
    uint8_t flags;    /* enum oc_sctp_stream_flag */
    uint8_t notify;   /* the event's kind: OC_SCTP_NOTIFY_* */
    uint32_t after;   /* the event comes after messages up to this number */
} oc_sctp_stream_t;

#define OC_SCTP_NOTIFY_PEER 1 /* the peer has reset its direction */
#define OC_SCTP_NOTIFY_OURS 2 /* our reset is done */

typedef struct oc_sctp_streams {
    oc_sctp_stream_t *entry; /* borrowed while in use */
    uint16_t count, max;
    uint16_t last;    /* where the last one asked for stood */
    uint32_t refused; /* times that the table was full */
} oc_sctp_streams_t;

/* An empty table in memory for max entries. */
void oc_sctp_streams_init(oc_sctp_streams_t *streams, oc_sctp_stream_t *memory, unsigned max);
/* The entry of sid, borrowed until an entry is removed; NULL: not in use. */
oc_sctp_stream_t *oc_sctp_streams_find(oc_sctp_streams_t *streams, uint16_t sid);
/* The same, made when it is new; NULL: the table is full. */
oc_sctp_stream_t *oc_sctp_streams_add(oc_sctp_streams_t *streams, uint16_t sid);
/* Removes every entry whose two directions are reset and reported. */
void oc_sctp_streams_sweep(oc_sctp_streams_t *streams);

#endif
