/* p2p_pair - two hubs with one peer each, for tests that are about the way between them. */
#ifndef P2P_PAIR_H
#define P2P_PAIR_H

#include "p2p_app.h"

#define SECOND 1000000LL

typedef struct pair {
    world_t *world;
    world_hub_t *a, *b;
    app_t viewer, camera; /* at a, which offers, and at b */
    oc_hub_peer_t at_a, at_b;
} pair_t;

/* Two hubs, `link` between them. */
void pair_begin(pair_t *pair, uint64_t seed, oc_sim_link_t link);
/* The same with hubs of another kind. */
void pair_begin_as(pair_t *pair, uint64_t seed, oc_sim_link_t link, const oc_hub_config_t *config);
/* Connects them; false: not within seconds. */
bool pair_connect(pair_t *pair, int seconds);
void pair_set_link(pair_t *pair, oc_sim_link_t link);
void pair_end(pair_t *pair);

#endif
