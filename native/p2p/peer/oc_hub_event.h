/* oc_hub_event - what a hub of peers tells its program (oc_hub_poll_event). */
#ifndef OC_HUB_EVENT_H
#define OC_HUB_EVENT_H

#include "oc_gather.h"
#include "oc_peer_channel.h"

typedef uint32_t oc_hub_peer_t; /* a peer's number: > 0, never used twice in a run of 2^20 */

typedef enum oc_hub_event_kind {
    OC_HUB_EVENT_PEER,        /* of a peer: peer; after OC_PEER_EVENT_OVER id and memory are free */
    OC_HUB_EVENT_DESCRIPTION, /* oc_hub_description has one */
    OC_HUB_EVENT_RESOLVE,     /* name, port: a .local name to look up */
    OC_HUB_EVENT_GATHER,      /* gather: of the servers, id 0; the peers know it already. READY and
                                 CONNECT_FAIL are B8 0 and 1; without servers READY comes once */
    OC_HUB_EVENT_CANDIDATE, /* candidate of ours, or `end`, to be told to the other end, for mid */
    OC_HUB_EVENT_ADDRESS,   /* our address has changed (B8 3), id 0 */
    OC_HUB_EVENT_NEGOTIATE, /* who has a way to this peer restarts it: oc_hub_restart, then our
                               offer. Otherwise nothing: what works goes on */
} oc_hub_event_kind_t;

typedef struct oc_hub_event {
    oc_hub_event_kind_t kind;
    oc_hub_peer_t id;
    void *memory; /* with OC_PEER_EVENT_OVER: owned by caller after return; else NULL */
    char name[OC_CANDIDATE_MDNS_MAX + 1];
    uint16_t port;
    oc_gather_event_t gather;
    oc_candidate_t candidate;     /* CANDIDATE */
    bool end;                     /* CANDIDATE: there are no more, candidate is empty */
    char mid[OC_SDP_MID_MAX + 1]; /* CANDIDATE: of the media line; "" none */
    oc_peer_event_t peer;
} oc_hub_event_t;

#endif
