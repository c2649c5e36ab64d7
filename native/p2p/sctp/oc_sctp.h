/* oc_sctp - one SCTP association of a data channel peer, RFC 9260 over DTLS (RFC 8261): the
 * receiving half, the handshake and stream resets around the sending half (oc_sctp_send.h). No
 * clock, no I/O, no allocation: it lives in the caller's memory and takes payload blocks from a
 * shared pool, at most oc_sctp_blocks() of them. One thread. An idle association has no timer. */
#ifndef OC_SCTP_H
#define OC_SCTP_H

#include "oc_pool.h"
#include "oc_sctp_assoc.h"
#include "oc_sctp_send.h"
#include "oc_sctp_stats.h"

#define OC_SCTP_PORT         5000        /* RFC 8841 5.2 leaves it free; everybody uses this */
#define OC_SCTP_MESSAGE_MIN  1           /* bytes of message_max */
#define OC_SCTP_WINDOW_MIN   1500        /* bytes, RFC 9260 3.3.2 */
#define OC_SCTP_WINDOW_MAX   (16u << 20) /* bytes */
#define OC_SCTP_OVERHEAD_MAX 128         /* bytes between UDP payload and SCTP packet */

/* Sizes and rules of one association. Zero of a field: see there. */
typedef struct oc_sctp_config {
    uint32_t window;      /* bytes announced, OC_SCTP_WINDOW_MIN .. _MAX */
    uint32_t message_max; /* bytes of the largest message taken, at most window */
    uint32_t span;        /* TSNs taken ahead of a gap: a power of two; one bit each */
    uint16_t streams; /* entries for streams in use, both directions: at most OC_SCTP_STREAMS_MAX */
    oc_send_config_t send;            /* sizes of the sending half */
    oc_pool_t *pool;                  /* borrowed until oc_sctp_deinit */
    uint32_t rtt_us;                  /* of the path as ICE found it; 0 = not known */
    uint16_t local_port, remote_port; /* 0 = OC_SCTP_PORT */
    uint32_t tag, tsn; /* ours, from oc_sctp_config_draw; tag 0: drawn when it is made */
    uint16_t
        mtu_max; /* UDP payload bytes probed up to; 0 = OC_SCTP_PACKET_MAX; up to 1,200: none */
    uint16_t overhead;  /* bytes of DTLS and TURN around a packet; 0 = none */
    bool zero_checksum; /* say that packets without a checksum are taken (RFC 9653): DTLS has one */
    bool unchecked;     /* tests only: checksums of incoming packets are not looked at */
} oc_sctp_config_t;

/* A camera: 32 KiB window, 16 KiB messages; below 5 KB and 46 blocks. A peer program: 4 MiB, 256
 * KiB. */
oc_sctp_config_t oc_sctp_camera_config(oc_pool_t *pool);
oc_sctp_config_t oc_sctp_peer_config(oc_pool_t *pool);

/* Draws tag and first TSN: an INIT in a description (SNAP) leaves before there is an association. */
void oc_sctp_config_draw(oc_sctp_config_t *config);
/* What our INIT says. tag 0: config has none. */
oc_sctp_setup_t oc_sctp_config_setup(const oc_sctp_config_t *config);

typedef struct oc_sctp oc_sctp_t; /* lives in the caller's memory */

/* Bytes for oc_sctp_init; 0: a value out of range. */
size_t oc_sctp_memory(const oc_sctp_config_t *config);
/* Blocks of the pool that the association takes at most. */
uint32_t oc_sctp_blocks(const oc_sctp_config_t *config);
/* Makes an association in memory (oc_sctp_memory bytes, aligned to 16; borrowed until
 * oc_sctp_deinit). NULL: a value out of range or memory misaligned. */
oc_sctp_t *oc_sctp_init(void *memory, const oc_sctp_config_t *config);
/* Gives all blocks back, ends its sources (OC_ERR_CLOSED), wipes keys. Messages held are gone. */
void oc_sctp_deinit(oc_sctp_t *sctp);

/* The peer's INIT came with its description, and ours with these options (enum oc_sctp_option) went
 * with ours: oc_sctp_connect then makes it UP at once. Before that call. */
void oc_sctp_snap(oc_sctp_t *sctp, const oc_sctp_setup_t *peer, uint8_t options);
/* Both ends call it when DTLS is up. OC_OK | OC_ERR_STATE it has ended. */
int oc_sctp_connect(oc_sctp_t *sctp, int64_t now_us);
/* One decrypted packet; borrowed until return. OC_OK, also when it is not for us and is counted |
 * OC_ERR_FORMAT no SCTP packet, dropped. */
int oc_sctp_input(oc_sctp_t *sctp, oc_span_t packet, int64_t now_us);
/* Timers due. */
void oc_sctp_advance(oc_sctp_t *sctp, int64_t now_us);
/* When advance or poll_packet has something to do; <= now_us: at once; INT64_MAX: never. */
int64_t oc_sctp_next_deadline(oc_sctp_t *sctp, int64_t now_us);
/* The next packet: out->part[] .. count, len bytes, borrowed until the next call on this
 * association. OC_OK | OC_AGAIN nothing now. */
int oc_sctp_poll_packet(oc_sctp_t *sctp, int64_t now_us, oc_sctp_packet_t *out);

/* Opens outgoing stream sid (0 .. 65,534); before UP as well. OC_OK | OC_ERR_RANGE | OC_ERR_EXIST |
 * OC_ERR_BUSY no entry free, or the id's resets are not over | OC_ERR_NOTSUP | OC_ERR_INVAL. */
int oc_sctp_open(oc_sctp_t *sctp, uint16_t sid, const oc_send_stream_config_t *config);
/* The stream's source has something again. OC_OK | OC_ERR_NOENT. */
int oc_sctp_kick(oc_sctp_t *sctp, uint16_t sid);
/* Takes no further message; when the rest is acknowledged the outgoing direction is reset (RFC
 * 6525), which STREAM_RESET tells. Also for a stream only the peer has used: its other direction is
 * reset. OC_OK, also when it is closing | OC_ERR_NOENT | OC_ERR_NOTSUP the peer cannot reset
 * streams. */
int oc_sctp_close(oc_sctp_t *sctp, uint16_t sid, int64_t now_us);
/* Ends when all is acknowledged (RFC 9260 9.2): streams whose sources never end are closed before.
 * OC_OK | OC_ERR_STATE. */
int oc_sctp_shutdown(oc_sctp_t *sctp);
/* Ends now; an ABORT leaves with the next packet. cause: enum oc_sctp_cause or 0. */
void oc_sctp_abort(oc_sctp_t *sctp, uint16_t cause);
/* Another path (ICE): its RTT (0 = not known) and the bytes around a packet on it. */
void oc_sctp_path_changed(oc_sctp_t *sctp, uint32_t rtt_us, uint16_t overhead, int64_t now_us);

enum oc_sctp_event_kind {
    OC_SCTP_UP,           /* messages flow */
    OC_SCTP_DOWN,         /* the last event: reason, cause */
    OC_SCTP_MESSAGE,      /* sid, ppid, len, unordered, cut, message: held until released */
    OC_SCTP_STREAM_RESET, /* sid, by_peer; else our own reset is done */
    OC_SCTP_ABANDONED, /* sid, messages, bytes, torn: given up since the last report of the stream
                        */
};
typedef struct oc_sctp_event {
    enum oc_sctp_event_kind kind;
    enum oc_sctp_reason reason;
    uint16_t sid, cause;
    bool unordered, by_peer;
    bool cut; /* it was longer than message_max: the rest was dropped, and len does not count it */
    uint32_t ppid, len, messages;
    uint32_t torn; /* groups of those messages of which the peer has a part: reset the stream */
    uint64_t bytes;
    void *message; /* for oc_sctp_message_*; borrowed until released */
} oc_sctp_event_t;

/* OC_OK | OC_AGAIN. A message's blocks count against the window until it is released. */
int oc_sctp_poll_event(oc_sctp_t *sctp, oc_sctp_event_t *out);
/* Copies up to len bytes of a message from offset on; returns how many there were. */
size_t oc_sctp_message_copy(const oc_sctp_event_t *event, size_t offset, void *out, size_t len);
/* The bytes where they lie, from offset on, borrowed until released; returns how many parts. */
unsigned oc_sctp_message_parts(const oc_sctp_event_t *event, size_t offset, oc_span_t *parts,
                               unsigned max);
/* Gives a message back, once; the window opens. */
void oc_sctp_message_release(oc_sctp_t *sctp, oc_sctp_event_t *event);

/* Where the association stands. */
enum oc_sctp_state oc_sctp_state(const oc_sctp_t *sctp);
/* The sending half, for its statistics (oc_sctp_send.h). Borrowed as long as the association.
 */
oc_send_t *oc_sctp_sender(oc_sctp_t *sctp);
/* Figures of the receiving half and the handshake. */
void oc_sctp_stats(const oc_sctp_t *sctp, oc_sctp_stats_t *out);

#endif
