/* oc_sctp_impl - the inside of an association, for the files of the facade oc_sctp_*.c alone. */
#ifndef OC_SCTP_IMPL_H
#define OC_SCTP_IMPL_H

#include "oc_sctp.h"
#include "oc_sctp_pmtu.h"
#include "oc_sctp_reconf.h"
#include "oc_sctp_recv.h"

struct oc_sctp {
    oc_sctp_assoc_t assoc;
    oc_sctp_recv_t recv;
    oc_sctp_reassembly_t store;
    oc_sctp_streams_t streams;
    oc_sctp_reconf_t reconf;
    oc_sctp_pmtu_t pmtu;
    oc_send_t *send; /* behind this struct, as map and streams are */
    uint32_t rtt_us;
    uint32_t peer_tsn;  /* that the receiving half was started with */
    uint32_t last_rwnd; /* of the peer's last SACK, for SHUTDOWN */
    uint16_t overhead;
    bool started; /* both halves know the peer */
    bool up;      /* DATA may flow; told or not */
    bool notified_up, notified_down, stopped;
    bool zero_checksum, unchecked;
    bool notify;       /* a stream may have something to tell */
    bool saw_data;     /* in the packet under way */
    bool saw_at_once;  /* it wants its SACK at once */
    uint32_t cum_seen; /* cumulative TSN that the reconf half was told */
    oc_sctp_stats_t stats;
};

#define OC_SCTP_HEARTBEAT_INFO 12 /* bytes of our probe's information parameter */

/* SCTP packet bytes of the path now. */
static inline uint32_t oc_sctp_packet_max(const oc_sctp_t *sctp) {
    return ((uint32_t)sctp->pmtu.size - sctp->overhead) & ~3u;
}
/* Starts the halves once the peer is known; after each chunk of the handshake. */
void oc_sctp_sync(oc_sctp_t *sctp, int64_t now_us);
/* Ends the sending half when the association has ended. */
void oc_sctp_stop(oc_sctp_t *sctp);

#endif
