/* oc_sctp_assoc - the life of an association: INIT from either or both ends (RFC 9260 5.1, 5.2),
 * cookie, verification tags (8.5), SHUTDOWN and ABORT (9). Over DTLS (RFC 8261) there is one
 * association for each connection: a restart would need a new DTLS one and is refused. No
 * heartbeats of its own: the path is ICE's business, so an idle association has no timer.
 * Invariant: our tag and first TSN never change, so both ends' INITs lead to the same association.
 * With the peer's INIT from its description (SNAP) there is no handshake; a peer that has
 * not proven yet that it knows ours may begin one all the same, and we do when it denies or shows
 * no sign of it. */
#ifndef OC_SCTP_ASSOC_H
#define OC_SCTP_ASSOC_H

#include "oc_sctp_control.h"
#include "oc_sctp_setup.h"

#define OC_SCTP_T1_MIN_US   100000  /* first INIT time-out: 2 RTT, within these */
#define OC_SCTP_T1_MAX_US   1000000 /* also without a known RTT */
#define OC_SCTP_T_LAST_US   3000000 /* time-outs double up to here; nothing is given up by time */
#define OC_SCTP_T1_PATIENCE 6       /* INITs that may be aborted by a peer that is not ready */
#define OC_SCTP_T2_TRIES    6       /* SHUTDOWNs without an answer; then ABORT */

/* RFC 9260 4, in the order of a life. */
enum oc_sctp_state {
    OC_SCTP_CLOSED,
    OC_SCTP_COOKIE_WAIT,
    OC_SCTP_COOKIE_ECHOED,
    OC_SCTP_ESTABLISHED,
    OC_SCTP_SHUTDOWN_PENDING,
    OC_SCTP_SHUTDOWN_SENT,
    OC_SCTP_SHUTDOWN_RECEIVED,
    OC_SCTP_SHUTDOWN_ACK_SENT,
    OC_SCTP_ENDED,
};

/* Why an association ended. */
enum oc_sctp_reason {
    OC_SCTP_DOWN_NONE,
    OC_SCTP_DOWN_SHUTDOWN,  /* one end asked, all data was acknowledged */
    OC_SCTP_DOWN_ABORTED,   /* by the peer; cause tells why */
    OC_SCTP_DOWN_LOCAL,     /* oc_sctp_abort */
    OC_SCTP_DOWN_VIOLATION, /* the peer broke a rule or a limit we announced */
    OC_SCTP_DOWN_NOTSUP,    /* the peer lacks what an open stream needs (FORWARD-TSN) */
    OC_SCTP_DOWN_SOURCE,    /* a reliable stream's source lost bytes that were not acknowledged */
    OC_SCTP_DOWN_TIMEOUT,   /* no answer to SHUTDOWN */
};

/* Chunks that wait to be written. */
enum oc_sctp_pending {
    OC_SCTP_SEND_INIT = 0x01,
    OC_SCTP_SEND_COOKIE = 0x02,
    OC_SCTP_SEND_COOKIE_ACK = 0x04,
    OC_SCTP_SEND_SHUTDOWN = 0x08,
    OC_SCTP_SEND_SHUTDOWN_ACK = 0x10,
    OC_SCTP_SEND_COMPLETE = 0x20,
    OC_SCTP_SEND_ABORT = 0x40,
};

/* What oc_sctp_assoc_begin made of the packet. */
enum oc_sctp_turn {
    OC_SCTP_TURN_NONE,   /* nothing may leave now */
    OC_SCTP_TURN_ALONE,  /* the packet leaves as it is */
    OC_SCTP_TURN_SHARED, /* begun; others may add to it. Empty: no packet */
};

typedef struct oc_sctp_assoc {
    oc_pool_t *pool; /* borrowed while in use */
    oc_sctp_control_t control;
    oc_sctp_setup_t local, peer;
    uint8_t key[OC_SCTP_COOKIE_KEY]; /* signs our cookies */
    uint8_t *init_ack, *cookie;      /* blocks: the INIT ACK to be sent; the peer's cookie */
    uint16_t init_ack_len, cookie_len;
    uint32_t init_ack_tag, reflect_tag;
    int64_t timer_us;  /* T1 or T2; INT64_MAX = not running */
    uint32_t first_us; /* first time-out */
    uint16_t local_port, remote_port;
    uint16_t cause;  /* of the ABORT sent or received; 0 = none */
    uint8_t state;   /* enum oc_sctp_state */
    uint8_t reason;  /* enum oc_sctp_reason */
    uint8_t pending; /* enum oc_sctp_pending */
    uint8_t tries;   /* of the timer */
    uint8_t offered; /* enum oc_sctp_option: what our latest INIT said */
    bool peer_known; /* peer is filled in */
    bool reflected;  /* SHUTDOWN COMPLETE with the T bit */
    bool snap;       /* the peer's INIT came with its description, and ours went with ours */
    uint8_t inits;   /* answered although it is established, up to OC_SCTP_SNAP_INITS */
    bool assumed;    /* established by that alone: nothing of the peer has come yet */
    uint32_t bad_tags, bad_cookies, stale_cookies, restarts, unknown; /* dropped */
} oc_sctp_assoc_t;

/* local: tag 0: tag and tsn are drawn here. rtt_us: 0 = not known. pool: borrowed while in use.
 */
void oc_sctp_assoc_init(oc_sctp_assoc_t *assoc, const oc_sctp_setup_t *local, uint16_t local_port,
                        uint16_t remote_port, uint32_t rtt_us, oc_pool_t *pool);
/* Another round trip of the path, for the timers that start from now on. 0: not known. */
void oc_sctp_assoc_set_rtt(oc_sctp_assoc_t *assoc, uint32_t rtt_us);
/* Gives blocks back and wipes the key. */
void oc_sctp_assoc_clear(oc_sctp_assoc_t *assoc);

/* The peer's INIT, and the options that ours has named in our description: before connect. */
void oc_sctp_assoc_snap(oc_sctp_assoc_t *assoc, const oc_sctp_setup_t *peer, uint8_t options);
/* Nobody answers on an association that only descriptions made: the handshake after all. */
void oc_sctp_assoc_fall_back(oc_sctp_assoc_t *assoc);
/* Starts the handshake; the peer may have done so already. OC_OK | OC_ERR_STATE. */
int oc_sctp_assoc_connect(oc_sctp_assoc_t *assoc);
/* No further messages; the association ends when all is acknowledged. OC_OK | OC_ERR_STATE. */
int oc_sctp_assoc_shutdown(oc_sctp_assoc_t *assoc);
/* Nothing is unacknowledged: an ending association goes on. */
void oc_sctp_assoc_drained(oc_sctp_assoc_t *assoc);
/* Ends at once; with tell, an ABORT with this cause leaves. */
void oc_sctp_assoc_abort(oc_sctp_assoc_t *assoc, enum oc_sctp_reason reason, uint16_t cause,
                         bool notify);

/* True: a packet with this tag whose first chunk this is belongs to the association. */
bool oc_sctp_assoc_accepts(oc_sctp_assoc_t *assoc, const oc_sctp_header_t *header,
                           const oc_sctp_chunk_t *first);
/* OC_OK taken | OC_AGAIN not one of its chunks | OC_END leave the rest of the packet out. */
int oc_sctp_assoc_chunk(oc_sctp_assoc_t *assoc, const oc_sctp_header_t *header,
                        const oc_sctp_chunk_t *chunk, int64_t now_us);
/* DATA or SACK came: the peer has our cookie, even when its COOKIE ACK was lost. */
void oc_sctp_assoc_proven(oc_sctp_assoc_t *assoc);

/* True: DATA may be received; be sent. */
bool oc_sctp_assoc_can_receive(const oc_sctp_assoc_t *assoc);
bool oc_sctp_assoc_can_send(const oc_sctp_assoc_t *assoc);

/* Timer due. */
void oc_sctp_assoc_advance(oc_sctp_assoc_t *assoc, int64_t now_us);
/* Begins the next packet of at most max bytes. cum_tsn: for SHUTDOWN. */
enum oc_sctp_turn oc_sctp_assoc_begin(oc_sctp_assoc_t *assoc, oc_sctp_packet_t *packet,
                                      uint32_t max, uint32_t cum_tsn, int64_t now_us);
/* True: oc_sctp_assoc_begin has a chunk to write. */
bool oc_sctp_assoc_pending(const oc_sctp_assoc_t *assoc);

#endif
