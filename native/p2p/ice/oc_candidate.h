/* oc_candidate - one ICE candidate (RFC 8445 section 5), as a value. Its text form (RFC 8839) is
 * read and written by oc_candidate_line. Pure. */
#ifndef OC_CANDIDATE_H
#define OC_CANDIDATE_H

#include "oc_addr.h"

#define OC_CANDIDATE_FOUNDATION_MAX 32 /* characters, RFC 8839 section 5.1 */
#define OC_CANDIDATE_MDNS_MAX       42 /* characters of UUID.local */

/* In the order of their usefulness. */
typedef enum oc_candidate_type {
    OC_CANDIDATE_HOST,
    OC_CANDIDATE_PRFLX, /* peer-reflexive: learned from a check, never in a description */
    OC_CANDIDATE_SRFLX, /* server-reflexive: our address as a STUN server sees it */
    OC_CANDIDATE_RELAY, /* an address of a TURN server that stands for ours */
} oc_candidate_type_t;

typedef struct oc_candidate {
    oc_candidate_type_t type;
    uint8_t component; /* 1; others are of no use here */
    uint8_t via;       /* local only: what sends from it, as in oc_path_t */
    uint32_t priority; /* 1 .. 2^31 - 1 */
    oc_addr_t addr;    /* family 0: not known yet, see mdns */
    oc_addr_t base;    /* local only: what it sends from; host and relay: the same as addr.
                          Of a remote one: its raddr and rport, for logs; family 0 none */
    char foundation[OC_CANDIDATE_FOUNDATION_MAX + 1]; /* with NUL */
    char mdns[OC_CANDIDATE_MDNS_MAX + 1];             /* remote: UUID.local to look up, "" none */
} oc_candidate_t;

/* Type preferences that RFC 8445 section 5.1.2.2 recommends. */
#define OC_CANDIDATE_PREFER_HOST  126
#define OC_CANDIDATE_PREFER_PRFLX 110
#define OC_CANDIDATE_PREFER_SRFLX 100
#define OC_CANDIDATE_PREFER_RELAY 0

/* The priority by the formula of RFC 8445 section 5.1.2.1. `local` orders candidates of one type:
 * 65,535 is the best. component: 1 .. 256. */
static inline uint32_t oc_candidate_priority(oc_candidate_type_t type, uint16_t local,
                                             unsigned component) {
    static const uint8_t prefer[] = {OC_CANDIDATE_PREFER_HOST, OC_CANDIDATE_PREFER_PRFLX,
                                     OC_CANDIDATE_PREFER_SRFLX, OC_CANDIDATE_PREFER_RELAY};
    return (uint32_t)prefer[type] << 24 | (uint32_t)local << 8 | (256 - component);
}

#endif
