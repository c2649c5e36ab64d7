/* oc_sctp_record - what the sender keeps of a TSN until it is acknowledged: where its bytes can be
 * cut again, and when it left. Inner part of oc_sctp_send. */
#ifndef OC_SCTP_RECORD_H
#define OC_SCTP_RECORD_H

#include <stdint.h>

#define OC_SEND_NONE 0xFFFFu /* no record, no stream */

/* Where a chunk is. */
enum oc_sctp_record_state {
    OC_SCTP_RECORD_FLYING,    /* first transmission under way */
    OC_SCTP_RECORD_LOST,      /* to be sent again; in list `lost` */
    OC_SCTP_RECORD_AGAIN,     /* retransmission under way; in list `again`, oldest first */
    OC_SCTP_RECORD_ACKED,     /* in a gap block; `next` = records of the run that starts here */
    OC_SCTP_RECORD_ABANDONED, /* the source was told; a FORWARD-TSN will cover it */
};

#define OC_SCTP_RECORD_DOUBT 0x80 /* not known to be lost, but no longer counted as under way */
#define OC_SCTP_RECORD_KEY   0x40 /* of a key message */
#define OC_SCTP_RECORD_VAIN  0x20 /* of no use without one that was abandoned: not sent again */
#define OC_SCTP_RECORD_WIRE  0x07 /* the flags that leave */

/* One outstanding TSN. */
typedef struct oc_sctp_record {
    uint64_t ref;
    uint32_t offset;
    uint32_t ppid;
    uint32_t sent_us; /* low bits of the last transmission's time: good for 71 minutes */
    uint16_t len, ssn;
    uint16_t prev, next;   /* neighbours in a list, OC_SEND_NONE at its ends */
    uint8_t slot;          /* stream */
    uint8_t flags;         /* OC_SCTP_DATA_BEGIN, _END, _UNORDERED */
    uint8_t transmissions; /* stops at 255 */
    uint8_t state;
} oc_sctp_record_t;
_Static_assert(sizeof(oc_sctp_record_t) == 32, "the header promises 32 bytes");

/* A list of records; OC_SEND_NONE twice = empty. */
typedef struct oc_sctp_record_list {
    uint16_t head, tail;
} oc_sctp_record_list_t;

#endif
