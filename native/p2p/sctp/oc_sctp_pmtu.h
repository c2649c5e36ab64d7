/* oc_sctp_pmtu - how large a datagram the path takes, RFC 8899 (DPLPMTUD): 1,200 bytes of UDP
 * payload from the start, larger sizes by probes (HEARTBEATs) while there is traffic, and back
 * when large packets stop arriving: 1,200, then 548. Sizes are UDP payload: DTLS and TURN included.
 * No timer runs unless a probe is under way. */
#ifndef OC_SCTP_PMTU_H
#define OC_SCTP_PMTU_H

#include <stdbool.h>
#include <stdint.h>

#define OC_SCTP_PMTU_BASE      1200      /* BASE_PLPMTU: what every path is taken to carry */
#define OC_SCTP_PMTU_MIN       548       /* IPv4's 576 without IP and UDP header */
#define OC_SCTP_PMTU_TRIES     3         /* MAX_PROBES of one size */
#define OC_SCTP_PMTU_PROBE_US  1000000   /* PROBE_TIMER: RFC 8899 5.1.1 wants 1 s or more */
#define OC_SCTP_PMTU_AGAIN_US  600000000 /* PMTU_RAISE_TIMER */
#define OC_SCTP_PMTU_BUSY      32        /* full packets sent before the search begins */
#define OC_SCTP_PMTU_HOLE      3 /* time-outs in a row at a probed size: it is a black hole */
#define OC_SCTP_PMTU_HOLE_BASE 5 /* the same at 1,200 */

typedef struct oc_sctp_pmtu {
    uint16_t size;    /* in use */
    uint16_t max;     /* never probed beyond */
    uint16_t probing; /* size under test; 0 = none */
    uint16_t full;    /* full packets since the last search, up to OC_SCTP_PMTU_BUSY */
    uint16_t holes;   /* times that a size was given up */
    uint8_t step;     /* place in the list of sizes */
    uint8_t tries;    /* of this size */
    bool send;        /* a probe is to be sent */
    bool dark;        /* nothing was acknowledged between the last time-outs */
    uint32_t nonce;   /* of the last probe */
    int64_t timer_us; /* the probe is lost then; INT64_MAX = none under way */
    int64_t again_us; /* no search before; looked at when packets leave, no timer */
} oc_sctp_pmtu_t;

/* max: up to OC_SCTP_PMTU_BASE means that nothing is probed. */
void oc_sctp_pmtu_init(oc_sctp_pmtu_t *pmtu, uint16_t max);
/* A full packet left: starts a search when it is time. */
void oc_sctp_pmtu_full(oc_sctp_pmtu_t *pmtu, int64_t now_us);
/* The probe that is to be sent now: its size, and its number in *nonce; 0: none. */
uint16_t oc_sctp_pmtu_probe(oc_sctp_pmtu_t *pmtu, uint32_t *nonce, int64_t now_us);
/* The peer answered the probe with this number. true: size has changed. */
bool oc_sctp_pmtu_answered(oc_sctp_pmtu_t *pmtu, uint32_t nonce, int64_t now_us);
/* Timer due. */
void oc_sctp_pmtu_advance(oc_sctp_pmtu_t *pmtu, int64_t now_us);
/* timeouts: retransmission time-outs in a row, oc_send_timeouts(); 0 tells that acknowledgements
 * come. true: size has changed. */
bool oc_sctp_pmtu_timeouts(oc_sctp_pmtu_t *pmtu, unsigned timeouts, int64_t now_us);
/* Another path: from 1,200 again. */
void oc_sctp_pmtu_path(oc_sctp_pmtu_t *pmtu);

#endif
