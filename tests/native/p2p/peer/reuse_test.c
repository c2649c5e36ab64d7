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

static unsigned closed_desired;
static bool closed(void *context) {
    return ((pair_t *)context)->viewer.closed == closed_desired;
}

/* Closed by the viewer, and opened again with the same id at once. hasty: every second one is
 * closed while its OPEN is under way. */
static void again_and_again(uint64_t seed, oc_sim_link_t link, bool hasty) {
    pair_t p;
    pair_begin(&p, seed, (oc_sim_link_t){.delay_us = 10000, .mtu = 1472});
    assert_true(pair_connect(&p, 10));
    pair_set_link(&p, link);
    for (unsigned i = 1; i <= 60; i++) {
        oc_hub_peer(p.a->hub, p.at_a)->next_sid = 0;
        app_channel_t *c = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
        assert_true(c->sid < 2);
        app_report(&p.viewer, c, "x");
        if (!(hasty && i % 2) && !world_run(p.world, p.world->now_us + 60 * SECOND, echoed, c))
            fail_msg("seed %u: the echo of channel %u did not come", (unsigned)seed, i);
        assert_int_equal(oc_peer_close_channel(oc_hub_peer(p.a->hub, p.at_a), c->sid), OC_OK);
        closed_desired = i;
        if (!world_run(p.world, p.world->now_us + 60 * SECOND, closed, &p))
            fail_msg("seed %u: channel %u was not closed", (unsigned)seed, i);
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
        again_and_again(60 + i, links[i], false);
}

/* Answers to our resets are lost, and come after what they answer. */
static void nothing_of_a_next_use_is_lost(void **state) {
    for (unsigned seed = 1; seed <= 12; seed++)
        again_and_again(seed,
                        (oc_sim_link_t){.delay_us = 10000,
                                        .loss_ppm = seed % 3 * 100000,
                                        .reorder_ppm = seed % 4 * 100000,
                                        .reorder_us = 20000,
                                        .mtu = 1472},
                        true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_used_again_at_once),
        cmocka_unit_test(nothing_of_a_next_use_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
