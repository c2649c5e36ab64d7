/* oc_sctp_reconf - stream resets, RFC 6525: our outgoing requests (one at a time, sent again until
 * answered) and the peer's. A peer's reset waits until all data before it has come ("in progress").
 * Streams are marked in oc_sctp_streams; the facade closes and reports them.
 *
 *   0                   1                   2                   3     RFC 6525 3.1, 4.1, 4.4
 *   |  type = 130   |   flags = 0   |            length             |  RE-CONFIG
 *   |   parameter type = 13         |       parameter length        |  outgoing reset
 *   |              re-configuration request number                  |
 *   |            the request of the peer that it answers            |
 *   |                 last TSN that was assigned                    |
 *   |   stream id                   |   stream id ...               |
 *   |   parameter type = 16         |       parameter length = 12   |  response
 *   |              re-configuration request number                  |
 *   |                            result                             |
 */
#ifndef OC_SCTP_RECONF_H
#define OC_SCTP_RECONF_H

#include "oc_sctp_reassembly.h"

#define OC_SCTP_RESET_MAX     64      /* streams in one request of ours, 2 bytes each */
#define OC_SCTP_RESET_LAST_US 3000000 /* an unanswered request is sent again after this at most */

/* RFC 6525 4. */
enum oc_sctp_reconf_param {
    OC_SCTP_RESET_OUT = 13,
    OC_SCTP_RESET_IN = 14,
    OC_SCTP_RESET_TSN = 15,
    OC_SCTP_RESET_RESPONSE = 16,
    OC_SCTP_ADD_OUT = 17,
    OC_SCTP_ADD_IN = 18,
};

/* Results of a response, RFC 6525 4.4. */
enum oc_sctp_reconf_result {
    OC_SCTP_RESET_NOTHING = 0,
    OC_SCTP_RESET_DONE = 1,
    OC_SCTP_RESET_DENIED = 2,
    OC_SCTP_RESET_WRONG_SSN = 3,
    OC_SCTP_RESET_ALREADY = 4,
    OC_SCTP_RESET_BAD_SEQUENCE = 5,
    OC_SCTP_RESET_IN_PROGRESS = 6,
};

typedef struct oc_sctp_reconf {
    oc_sctp_streams_t *streams;  /* borrowed while in use */
    oc_sctp_reassembly_t *store; /* borrowed while in use */
    int64_t timer_us;            /* when our request is sent again; INT64_MAX = none under way */
    uint32_t our_seq;            /* of our request under way, or of the next one */
    uint32_t last_tsn;           /* in our request */
    uint32_t peer_seq;           /* expected in the peer's next request */
    uint32_t answer_seq;         /* the peer's last request, or the one our request answers */
    uint32_t response_seq;       /* of the response to be sent */
    uint32_t wait_seq, wait_tsn; /* the peer's reset that waits, and for which TSN */
    uint32_t wait_sids;          /* a sum over its streams */
    uint8_t result;              /* of the peer's last request */
    uint8_t response;            /* to be sent */
    uint8_t tries;
    bool requested;  /* a request of ours is under way */
    bool due;        /* it is to be written */
    bool respond;    /* a response is to be written */
    bool waits;      /* a reset of the peer waits for data */
    bool waited;     /* the reset up to wait_tsn was done after waiting: a new request for it is a
                        repeat */
    bool close_ours; /* the peer asked for resets of ours: streams were marked as closing */
    bool finished;   /* our request was answered: streams are OC_SCTP_STREAM_OUT_RESET now */
} oc_sctp_reconf_t;

/* first_tsn: ours, which is also the first sequence number (RFC 6525 4.1). */
void oc_sctp_reconf_init(oc_sctp_reconf_t *reconf, oc_sctp_streams_t *streams,
                         oc_sctp_reassembly_t *store, uint32_t first_tsn);
/* The peer's first TSN is known. */
void oc_sctp_reconf_start(oc_sctp_reconf_t *reconf, uint32_t peer_first_tsn);

/* A RE-CONFIG chunk. cum_tsn: every TSN up to it has arrived. OC_OK | OC_ERR_FORMAT. */
int oc_sctp_reconf_input(oc_sctp_reconf_t *reconf, const oc_sctp_chunk_t *chunk, uint32_t cum_tsn);
/* The cumulative TSN moved: a reset that waited for it is done. */
void oc_sctp_reconf_arrived(oc_sctp_reconf_t *reconf, uint32_t cum_tsn);
/* Asks for the reset of all streams that the facade marked OC_SCTP_STREAM_REQUESTED. last_tsn: the
 * last one we assigned. Not while a request is under way. */
void oc_sctp_reconf_request(oc_sctp_reconf_t *reconf, uint32_t last_tsn);
/* Timer due. */
void oc_sctp_reconf_advance(oc_sctp_reconf_t *reconf, int64_t now_us);
/* True: something is to be written. */
static inline bool oc_sctp_reconf_due(const oc_sctp_reconf_t *reconf) {
    return reconf->due || reconf->respond;
}
/* Writes what is due, as far as there is room. rto_us: retransmission time-out now. */
void oc_sctp_reconf_write(oc_sctp_reconf_t *reconf, oc_sctp_packet_t *packet, uint32_t rto_us,
                          int64_t now_us);

#endif
