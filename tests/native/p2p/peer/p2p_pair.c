#include "p2p_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"

void pair_set_link(pair_t *p, oc_sim_link_t link) {
    world_link(p->world, p->a, p->b, link);
}

void pair_begin(pair_t *p, uint64_t seed, oc_sim_link_t link) {
    oc_hub_config_t config = world_config(8);
    pair_begin_as(p, seed, link, &config);
}

void pair_begin_as(pair_t *p, uint64_t seed, oc_sim_link_t link, const oc_hub_config_t *config) {
    memset(p, 0, sizeof *p);
    p->world = world_create(seed);
    p->a = world_add(p->world, config);
    p->b = world_add(p->world, config);
    app_init(&p->viewer, p->a);
    app_init(&p->camera, p->b);
    pair_set_link(p, link);
}

static bool both_up(void *context) {
    pair_t *p = context;
    return world_state(p->a, p->at_a) == OC_PEER_UP && world_state(p->b, p->at_b) == OC_PEER_UP;
}

bool pair_connect(pair_t *p, int seconds) {
    int rc = world_connect(p->a, p->b, &p->at_a, &p->at_b);
    if (rc != OC_OK) {
        fprintf(stderr, "connect: %s\n", oc_err_name(rc));
        abort();
    }
    return world_run(p->world, p->world->now_us + seconds * SECOND, both_up, p);
}

void pair_end(pair_t *p) {
    world_destroy(p->world);
    if (p->viewer.failed || p->camera.failed)
        abort();
    app_deinit(&p->viewer);
    app_deinit(&p->camera);
}
