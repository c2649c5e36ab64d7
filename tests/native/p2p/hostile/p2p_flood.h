/* p2p_flood - what a stranger, and a viewer that means harm, may send as often as it likes, at a
 * hub with a connected viewer (camera profile, in virtual time, 10,000 datagrams a second); and
 * what it cost. The cost is in units of a clock of the caller: CPU time (bench/p2p/hostile.c), or
 * counted work (p2p_flood_test). */
#ifndef P2P_FLOOD_H
#define P2P_FLOOD_H

#include "p2p_flow.h"

#define FLOOD_DATAGRAM 1500

typedef struct flood {
    world_t *world;
    world_hub_t *a, *b; /* the viewer, the camera */
    oc_hub_peer_t at_a, at_b;
    oc_path_t viewer, stranger; /* where datagrams come from */
    flow_t flow;                /* what the camera has for the viewer */
    uint64_t random;
    bool by_viewer; /* what was made is sealed as the viewer's */
    uint8_t bytes[FLOOD_DATAGRAM];
    size_t len;
} flood_t;

typedef struct flood_kind {
    const char *name;
    bool by_viewer; /* makes an SCTP packet, which arrives sealed; else a datagram as it is */
    /* Makes number n of the flood into bytes, len; changes `stranger` at will. */
    void (*make)(flood_t *f, unsigned n);
    /* Instead of make: does it. */
    void (*act)(flood_t *f, unsigned n);
    bool sending; /* the camera has data under way meanwhile */
} flood_kind_t;

extern const flood_kind_t flood_kinds[];
extern const unsigned flood_kind_count;
/* Of a viewer: p2p_flood_viewer.c. */
void flood_put(flood_t *f, const void *data, size_t len);
uint32_t flood_random(flood_t *f);

typedef struct flood_cost {
    unsigned datagrams;
    uint64_t units, maximum;      /* in all, of the dearest one */
    uint64_t first_half;          /* of the first half: a cost that grows shows */
    uint64_t bytes_in, bytes_out; /* what it sends, what we answer */
    unsigned pool_max;            /* blocks of the hub's pool */
    unsigned jobs;                /* for the crypto worker */
    long heap;                    /* bytes allocated more than before, at most */
    bool up;                      /* the viewer still is, at the end */
} flood_cost_t;

/* One flood, on a hub of its own. */
flood_cost_t flood_run(const flood_kind_t *kind, unsigned datagrams, uint64_t (*clock)(void));

/* ---- between the files ---- */

void flood_cookie(flood_t *f, unsigned n);
void flood_init_chunk(flood_t *f, unsigned n);
void flood_far_tsn(flood_t *f, unsigned n);
void flood_holes(flood_t *f, unsigned n);
void flood_streams(flood_t *f, unsigned n);
void flood_gaps(flood_t *f, unsigned n);
void flood_tiny(flood_t *f, unsigned n);
void flood_unfinished(flood_t *f, unsigned n);
void flood_heartbeat(flood_t *f, unsigned n);
void flood_reset(flood_t *f, unsigned n);
void flood_forward(flood_t *f, unsigned n);
void flood_unknown(flood_t *f, unsigned n);
void flood_open(flood_t *f, unsigned n);

#endif
