/* A channel is opened with the id of one that was closed a moment ago, as libwebrtc does: as soon
 * as that end has seen both resets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_peer_impl.h"
#include "p2p_pair.h"

static bool echoed(void *context) {
    return ((app_channel_t *)context)->text[0] != '\0';
}

static unsigned closed_wanted;
static bool closed(void *context) {
    return ((pair_t *)context)->viewer.closed == closed_wanted;
}

/* Closed by the viewer, and opened again with the same id at once. */
static void again_and_again(uint64_t seed, oc_sim_link_t link) {
    pair_t p;
    pair_begin(&p, seed, link);
    assert_true(pair_connect(&p, 10) || pair_connect(&p, 10));
    for (unsigned i = 1; i <= 60; i++) {
        oc_hub_peer(p.a->hub, p.at_a)->next_sid = 0;
        app_channel_t *c = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
        assert_true(c->sid < 2);
        app_say(&p.viewer, c, "x");
        if (!world_run(p.world, p.world->now_us + 10 * SECOND, echoed, c))
            fail_msg("seed %u: the echo of channel %u did not come", (unsigned)seed, i);
        assert_int_equal(oc_peer_close_channel(oc_hub_peer(p.a->hub, p.at_a), c->sid), OC_OK);
        closed_wanted = i;
        assert_true(world_run(p.world, p.world->now_us + 20 * SECOND, closed, &p));
    }
    pair_end(&p);
}

static void an_id_is_used_again_at_once(void **state) {
    static const oc_sim_link_t links[] = {
        {.delay_us = 10000, .mtu = 1472},
        {.delay_us = 10000, .loss_ppm = 30000, .mtu = 1472},
        {.delay_us = 10000, .reorder_ppm = 200000, .reorder_us = 9000, .mtu = 1472},
        {.delay_us = 10000, .jitter_us = 5000, .duplicate_ppm = 50000, .mtu = 1472}};
    for (unsigned i = 0; i < 4; i++)
        again_and_again(60 + i, links[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_used_again_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
