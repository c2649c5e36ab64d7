/* oc_peer_why - why a connection ended, with the step that failed: noted once, at the first sign of
 * its end, and written as one line for a person. No state of its own. */
#ifndef OC_PEER_WHY_H
#define OC_PEER_WHY_H

#include <stddef.h>
#include <stdint.h>

#include "oc_handshake.h"
#include "oc_sctp_assoc.h"

#define OC_PEER_WHY_TEXT 192 /* bytes with NUL, enough for each line */

typedef enum oc_peer_reason {
    OC_PEER_NO_REASON,
    OC_PEER_LOCAL,            /* oc_peer_close */
    OC_PEER_REMOTE,           /* the other end closed: close_notify or ABORT */
    OC_PEER_UNREACHABLE,      /* ICE: no pair of addresses worked */
    OC_PEER_SLOW,             /* not up after OC_HUB_HALF_OPEN_US */
    OC_PEER_HANDSHAKE_FAILED, /* DTLS: see code, an OC_HS_* reason */
    OC_PEER_PROTOCOL,         /* SCTP: it cannot do what is needed, or broke the rules */
    OC_PEER_CONSENT,          /* gone for OC_PEER_LOST_US */
    OC_PEER_REPLACED,         /* an offer with another fingerprint took its place */
    OC_PEER_DISPLACED,        /* it did not answer, and somebody else needed its place */
} oc_peer_reason_t;

/* How far a connection was when it began to end. */
typedef enum oc_peer_step {
    OC_PEER_STEP_OFFER, /* our offer has no answer */
    OC_PEER_STEP_ICE,   /* no pair of addresses works */
    OC_PEER_STEP_DTLS,
    OC_PEER_STEP_SCTP,
    OC_PEER_STEP_UP, /* it was usable once */
} oc_peer_step_t;

/* What is known of the end. All zero: nothing has ended. */
typedef struct oc_peer_why {
    oc_peer_reason_t reason;
    int code; /* HANDSHAKE_FAILED: enum oc_hs_reason. PROTOCOL, REMOTE: enum oc_sctp_reason, 0 none
               */
    oc_peer_step_t step;
    int alert;                 /* DTLS: the last one of the peer's, -1 none */
    uint16_t cause;            /* SCTP: of the peer's ABORT, 0 none */
    bool dtls_client;          /* we are */
    bool seen;                 /* something of the peer's handshake came */
    bool rsa;                  /* RSA certificates are taken here */
    uint32_t checks, requests; /* ICE: sent by us; of the peer's, verified */
    uint8_t sctp;              /* enum oc_sctp_state */
    uint8_t inits;             /* SCTP: times that what has no answer was sent; 255: that or more */
} oc_peer_why_t;

/* A reason alone in words, lower case, no full stop; static. */
const char *oc_peer_reason_text(oc_peer_reason_t reason);

/* The whole of it in words, lower case, no full stop, cut to size; at most OC_PEER_WHY_TEXT - 1
 * bytes. Its length. */
size_t oc_peer_why_text(const oc_peer_why_t *why, char *out, size_t size);

#endif
