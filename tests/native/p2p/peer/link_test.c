/* Bad networks in virtual time: every reliable byte once and in order, whole messages where some
 * may be given up, outages survived or recovered from, memory within its bounds. OC_LINK_SEEDS in
 * the environment: so many seeds instead of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "p2p_pair.h"

static flow_t down, up; /* camera to viewer, viewer to camera */

static unsigned seeds(void) {
    const char *text = getenv("OC_LINK_SEEDS");
    return text ? (unsigned)strtoul(text, NULL, 10) : 1;
}

static bool both_there(void *context) {
    return down.received == down.total && up.received == up.total;
}

/* The bytes that one end may hold for the other. */
static void within_bounds(const pair_t *p) {
    oc_hub_stats_t s;
    oc_sctp_config_t config = world_config(1).profile.sctp;
    oc_hub_stats(p->a->hub, &s);
    assert_in_range(s.pool_max, 0, oc_sctp_blocks(&config) + 64);
    oc_hub_stats(p->b->hub, &s);
    assert_in_range(s.pool_max, 0, oc_sctp_blocks(&config) + 64);
}

/* What a run that did not end left behind. */
static void show(const pair_t *p) {
    const world_hub_t *hub[2] = {p->a, p->b};
    const oc_hub_peer_t id[2] = {p->at_a, p->at_b};
    for (unsigned i = 0; i < 2; i++) {
        oc_peer_stats_t s;
        if (oc_hub_peer_stats(hub[i]->hub, id[i], &s) != OC_OK)
            continue;
        print_message("%s: %s, chunks %llu, again %llu, lost %llu, time-outs %llu, in flight %u, "
                      "outstanding %u, rwnd %u, cwnd %u, rto %u us; received %llu, stored %u in %u "
                      "blocks, dropped: room %llu, span %llu, useless %llu, mtu %u, holes %u\n",
                      i ? "camera" : "viewer", oc_peer_state_name(s.state),
                      (unsigned long long)s.send.chunks, (unsigned long long)s.send.retransmitted,
                      (unsigned long long)s.send.lost, (unsigned long long)s.send.timeouts,
                      s.send.in_flight, s.send.outstanding, s.send.peer_rwnd, s.send.cwnd,
                      s.send.rto_us, (unsigned long long)s.sctp.messages, s.sctp.stored_bytes,
                      s.sctp.stored_blocks, (unsigned long long)s.sctp.drop_room,
                      (unsigned long long)s.sctp.drop_span, (unsigned long long)s.sctp.drop_useless,
                      s.sctp.mtu, s.sctp.black_holes);
    }
}

/* Both directions at once, every byte compared. */
static void both_ways(uint64_t seed, const char *name, oc_sim_link_t link, unsigned messages) {
    static pair_t p;
    flow_init(&down, messages, 0, true);
    flow_init(&up, messages, 0, true);
    up.endless = true; /* or it closes the channel before the other direction is through */
    down.endless = true;
    pair_begin(&p, seed, link);
    p.camera.serve = &down;
    p.camera.receive = &up;
    int64_t start = p.world->now_us;
    bool open = pair_connect(&p, 20);
    /* an address that never answered gets three checks, which 30 % loss may take, and a handshake
     * whose bytes were changed fails: again, as whoever wants to see the picture would */
    bool hard = link.loss_ppm > 100000 || link.corrupt_ppm;
    for (unsigned again = 0; !open && hard && again < 5; again++)
        open = pair_connect(&p, 20);
    if (!open)
        fail_msg("%s, seed %llu: not connected, %s and %s", name, (unsigned long long)seed,
                 oc_peer_state_name(world_state(p.a, p.at_a)),
                 oc_peer_state_name(world_state(p.b, p.at_b)));
    int64_t connected = p.world->now_us;
    app_open(&p.viewer, p.at_a, "flow", &down, &up);
    if (!world_run(p.world, connected + 600 * SECOND, both_there, &p)) {
        show(&p);
        fail_msg("%s, seed %llu: %llu and %llu of %u messages", name, (unsigned long long)seed,
                 (unsigned long long)down.received, (unsigned long long)up.received, messages);
    }
    assert_false(down.broken || up.broken);
    within_bounds(&p);
    print_message("%-28s open %5lld ms, %5llu KB in %6lld ms\n", name,
                  (long long)(connected - start) / 1000,
                  (unsigned long long)(down.received_bytes + up.received_bytes) / 1000,
                  (long long)(p.world->now_us - connected) / 1000);
    pair_end(&p);
}

static const struct {
    const char *name;
    oc_sim_link_t link;
    unsigned messages;
} networks[] = {
    {"1 ms", {.delay_us = 500, .mtu = 1472}, 700},
    {"40 ms, 1 % lost", {.delay_us = 20000, .loss_ppm = 10000, .mtu = 1472}, 500},
    {"40 ms, 3 % lost", {.delay_us = 20000, .loss_ppm = 30000, .mtu = 1472}, 500},
    {"100 ms, 10 % lost, jitter",
     {.delay_us = 50000, .jitter_us = 20000, .loss_ppm = 100000, .mtu = 1472},
     400},
    {"40 ms, 30 % lost", {.delay_us = 20000, .loss_ppm = 300000, .mtu = 1472}, 150},
    {"600 ms, 3 % lost", {.delay_us = 300000, .loss_ppm = 30000, .mtu = 1472}, 200},
    {"20 ms, 10 % late",
     {.delay_us = 10000, .reorder_ppm = 100000, .reorder_us = 15000, .mtu = 1472},
     500},
    {"20 ms, 20 % doubled", {.delay_us = 10000, .duplicate_ppm = 200000, .mtu = 1472}, 500},
    {"20 ms, 5 % damaged", {.delay_us = 10000, .corrupt_ppm = 50000, .mtu = 1472}, 300},
    {"2 Mbit/s, queue of 60 ms",
     {.delay_us = 20000, .rate_bps = 2000000, .queue_bytes = 15000, .overhead = 28, .mtu = 1472},
     300},
    {"all of it",
     {.delay_us = 30000,
      .jitter_us = 10000,
      .loss_ppm = 50000,
      .duplicate_ppm = 50000,
      .corrupt_ppm = 20000,
      .reorder_ppm = 50000,
      .reorder_us = 20000,
      .rate_bps = 4000000,
      .queue_bytes = 60000,
      .mtu = 1252},
     200},
};

static void every_byte_once_and_in_order(void **state) {
    for (unsigned seed = 0; seed < seeds(); seed++)
        for (unsigned i = 0; i < sizeof networks / sizeof networks[0]; i++)
            both_ways(100 + seed * 31 + i, networks[i].name, networks[i].link,
                      networks[i].messages);
}

/* Unordered, both ways at once: each message once, whatever its size. */
static void unordered_ones_come_once(void **state) {
    static pair_t p;
    static const oc_sim_link_t links[] = {
        {.delay_us = 10000, .mtu = 1472},
        {.delay_us = 10000, .loss_ppm = 30000, .mtu = 1472},
        {.delay_us = 10000, .reorder_ppm = 100000, .reorder_us = 9000, .mtu = 1472},
        {.delay_us = 50000, .loss_ppm = 100000, .duplicate_ppm = 100000, .mtu = 1472}};
    for (unsigned i = 0; i < 4 * seeds(); i++) {
        flow_init(&down, 300, i % 2 ? 1000 : 0, false);
        flow_init(&up, 300, i % 2 ? 1000 : 0, false);
        down.endless = up.endless = down.unordered = up.unordered = true;
        pair_begin(&p, 700 + i, links[i % 4]);
        p.viewer.unordered = true;
        p.camera.serve = &down;
        p.camera.receive = &up;
        assert_true(pair_connect(&p, 15) || pair_connect(&p, 15));
        app_open(&p.viewer, p.at_a, "flow", &down, &up);
        if (!world_run(p.world, p.world->now_us + 120 * SECOND, both_there, &p)) {
            show(&p);
            fail_msg("link %u: %llu and %llu of 300", i, (unsigned long long)down.received,
                     (unsigned long long)up.received);
        }
        assert_false(down.broken || up.broken);
        pair_end(&p);
    }
}

/* Thirty frames a second of which old ones are overtaken; the channel is partially reliable. */
static void live_keeps_whole_messages(void **state) {
    static pair_t p;
    for (unsigned seed = 0; seed < seeds(); seed++) {
        flow_init(&down, UINT64_MAX, 8192, false);
        down.produced = 0;
        down.kept = 30;
        down.key_every = 10;
        pair_begin(&p, 300 + seed,
                   (oc_sim_link_t){.delay_us = 20000,
                                   .loss_ppm = 50000,
                                   .rate_bps = 1500000, /* of 2 that are offered */
                                   .queue_bytes = 30000,
                                   .mtu = 1472});
        p.camera.serve = &down;
        p.camera.serve_partial = true;
        assert_true(pair_connect(&p, 10));
        app_channel_t *c = app_open(&p.viewer, p.at_a, "flow", &down, NULL);
        world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
        for (unsigned frame = 0; frame < 900; frame++) {
            down.produced++;
            oc_peer_kick(oc_hub_peer(p.b->hub, p.at_b), c->sid);
            world_run(p.world, p.world->now_us + SECOND / 30, NULL, NULL);
        }
        world_run(p.world, p.world->now_us + 3 * SECOND, NULL, NULL);
        print_message("live: 900 frames, %llu came, %llu abandoned when begun\n",
                      (unsigned long long)down.received, (unsigned long long)down.abandoned);
        assert_false(down.broken);
        assert_true(down.abandoned > 0);
        assert_in_range(down.received, 300, 899);
        assert_int_equal(p.camera.dropped, down.abandoned);
        within_bounds(&p);
        pair_end(&p);
    }
}

static bool down_there(void *context) {
    return down.received == down.total;
}

static void outage_of_20_s_needs_no_signalling(void **state) {
    static pair_t p;
    oc_sim_link_t link = {.delay_us = 20000, .mtu = 1472};
    flow_init(&down, 3000, 0, true);
    pair_begin(&p, 400, link);
    p.camera.serve = &down;
    assert_true(pair_connect(&p, 10));
    app_open(&p.viewer, p.at_a, "flow", &down, NULL);
    world_run(p.world, p.world->now_us + 100000, NULL, NULL);
    assert_true(down.received < down.total);
    link.down = true;
    pair_set_link(&p, link);
    world_run(p.world, p.world->now_us + 20 * SECOND, NULL, NULL);
    link.down = false;
    pair_set_link(&p, link);
    uint64_t before = down.received;
    int64_t back = p.world->now_us;
    world_run(p.world, back + 4 * SECOND, NULL, NULL);
    assert_true(down.received > before);
    assert_true(world_run(p.world, back + 60 * SECOND, down_there, NULL));
    assert_false(down.broken);
    assert_int_equal(p.viewer.lost + p.camera.lost, 0);
    pair_end(&p);
}

static bool came_since(void *context) {
    return down.received > *(uint64_t *)context;
}

static bool camera_back(void *context) {
    return ((pair_t *)context)->camera.back > 0;
}

static void outage_of_60_s_ends_with_a_restart(void **state) {
    static pair_t p;
    oc_sim_link_t link = {.delay_us = 20000, .mtu = 1472};
    for (unsigned who = 0; who < 2; who++) { /* either end begins the restart */
        flow_init(&down, 3000, 0, true);
        pair_begin(&p, 500 + who, link);
        p.camera.serve = &down;
        assert_true(pair_connect(&p, 10));
        app_open(&p.viewer, p.at_a, "flow", &down, NULL);
        world_run(p.world, p.world->now_us + 100000, NULL, NULL);
        link.down = true;
        pair_set_link(&p, link);
        world_run(p.world, p.world->now_us + 60 * SECOND, NULL, NULL);
        assert_int_equal(p.viewer.lost, 1);
        assert_int_equal(p.camera.lost, 1);
        link.down = false;
        pair_set_link(&p, link);
        uint64_t before = down.received;
        int rc =
            who ? world_restart(p.b, p.at_b, p.a, p.at_a) : world_restart(p.a, p.at_a, p.b, p.at_b);
        assert_int_equal(rc, OC_OK);
        int64_t restart = p.world->now_us;
        assert_true(world_run(p.world, restart + 5 * SECOND, camera_back, &p));
        int64_t pair = p.world->now_us;
        assert_true(world_run(p.world, restart + 5 * SECOND, came_since, &before));
        print_message("restart to data: %lld ms at 40 ms\n",
                      (long long)(p.world->now_us - restart) / 1000);
        assert_in_range(p.world->now_us - pair, 0, 2 * 40000); /* of the new pair */
        assert_in_range(pair - restart, 0, 2 * 40000);
        assert_true(world_run(p.world, restart + 60 * SECOND, down_there, NULL));
        assert_false(down.broken);
        assert_int_equal(p.viewer.back, 1);
        assert_int_equal(p.camera.back, 1);
        assert_int_equal(p.viewer.up, 1); /* the same association */
        pair_end(&p);
    }
}

static void mtu_falls_with_large_chunks_under_way(void **state) {
    static pair_t p;
    oc_sim_link_t link = {.delay_us = 20000, .mtu = 1472, .rate_bps = 20000000};
    flow_init(&down, 600, 0, true);
    pair_begin(&p, 600, link);
    p.camera.serve = &down;
    assert_true(pair_connect(&p, 10));
    app_open(&p.viewer, p.at_a, "flow", &down, NULL);
    world_run(p.world, p.world->now_us + 200000, NULL, NULL);
    link.mtu = 1252; /* what IPv6 guarantees */
    pair_set_link(&p, link);
    if (!world_run(p.world, p.world->now_us + 120 * SECOND, down_there, NULL)) {
        show(&p);
        fail();
    }
    assert_false(down.broken);
    pair_end(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_once_and_in_order),
        cmocka_unit_test(unordered_ones_come_once),
        cmocka_unit_test(live_keeps_whole_messages),
        cmocka_unit_test(outage_of_20_s_needs_no_signalling),
        cmocka_unit_test(outage_of_60_s_ends_with_a_restart),
        cmocka_unit_test(mtu_falls_with_large_chunks_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
