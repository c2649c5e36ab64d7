/* Hubs that reach each other through a TURN server only, and learn their address from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "p2p_pair.h"
#include "p2p_server.h"

static turn_model_t model;
static oc_gather_t gather[3];

static world_t *begin(uint64_t seed) {
    world_t *world = world_create(seed);
    *oc_sim_net_default(world->net) = (oc_sim_link_t){.delay_us = 5000, .mtu = 1472};
    server_begin(&model, world);
    return world;
}

/* A hub that knows the server: for reflexive addresses, or for relayed ones too. */
static world_hub_t *add(world_t *world, app_t *app, unsigned i, bool turn, bool relay_only) {
    oc_hub_config_t config = world_config(4);
    config.pool_blocks = 1024;
    config.relay_only = relay_only;
    config.gather = &gather[i];
    server_gather(&gather[i], &model, turn, world->now_us);
    world_hub_t *hub = world_add(world, &config);
    app_init(app, hub);
    return hub;
}

static void cut_between(world_t *world, const world_hub_t *a, const world_hub_t *b) {
    world_link(world, a, b, (oc_sim_link_t){.down = true});
}

static bool there(void *context) {
    flow_t *flow = context;
    return flow->received == flow->total;
}

static void end(world_t *world) {
    world_destroy(world);
    assert_int_equal(model.malformed, 0);
    for (unsigned i = 0; i < 3; i++)
        oc_gather_deinit(&gather[i]);
}

/* Who of the two has the relay. */
static void through_one_relay(unsigned who, bool relay_only) {
    static app_t viewer, camera;
    static flow_t flow;
    oc_hub_peer_t a, b;
    world_t *world = begin(1 + who);
    world_hub_t *v = add(world, &viewer, 0, who != 1, who != 1 && relay_only);
    world_hub_t *c = add(world, &camera, 1, who != 0, who != 0 && relay_only);
    cut_between(world, v, c);
    world_run(world, world->now_us + SECOND, NULL, NULL); /* addresses are gathered */
    flow_init(&flow, 300, 0, true);
    camera.serve = &flow;
    int64_t start = world->now_us;
    assert_int_equal(world_connect(v, c, &a, &b), OC_OK);
    world_run(world, start + 3 * SECOND, NULL, NULL);
    assert_int_equal(viewer.up, 1);
    assert_int_equal(camera.up, 1);
    print_message("relay %u: up after %lld ms\n", who, (long long)(camera.up_us - start) / 1000);
    (void)app_open(&viewer, a, "flow", &flow, NULL);
    assert_true(world_run(world, world->now_us + 20 * SECOND, there, &flow));
    assert_false(flow.broken);
    oc_peer_stats_t stats;
    assert_int_equal(oc_hub_peer_stats(who == 1 ? c->hub : v->hub, who == 1 ? b : a, &stats),
                     OC_OK);
    assert_true(stats.path.via >= 1);
    assert_true(model.channel_data > 0);
    end(world);
}

static void viewer_has_the_relay(void **state) {
    through_one_relay(0, false);
}
static void camera_has_the_relay(void **state) {
    through_one_relay(1, true);
}
static void both_only_relay(void **state) {
    through_one_relay(2, true);
}

/* They share it, each with its own permission and channel. */
static void two_viewers_through_one_allocation(void **state) {
    static app_t viewer[2], camera;
    static flow_t flow[2];
    oc_hub_peer_t a[2], b[2];
    world_t *world = begin(4);
    world_hub_t *c = add(world, &camera, 2, true, true), *v[2];
    for (unsigned i = 0; i < 2; i++) {
        v[i] = add(world, &viewer[i], i, false, false);
        cut_between(world, v[i], c);
        flow_init(&flow[i], 200, 0, true);
    }
    world_run(world, world->now_us + SECOND, NULL, NULL);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(world_connect(v[i], c, &a[i], &b[i]), OC_OK);
        app_negotiated(&camera, b[i], 1, NULL, &flow[i]);
        app_negotiated(&viewer[i], a[i], 1, &flow[i], NULL);
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_true(world_run(world, world->now_us + 20 * SECOND, there, &flow[i]));
        assert_false(flow[i].broken);
    }
    unsigned allocations = 0;
    for (unsigned i = 0; i < MODEL_CLIENTS; i++)
        allocations += model.allocation[i].client.family != 0;
    assert_int_equal(allocations, 1);
    end(world);
}

/* The server sees us at another address: it is in the description. */
static void reflexive_address_is_notified(void **state) {
    static app_t viewer;
    char text[OC_HUB_DESCRIPTION];
    oc_hub_peer_t id;
    world_t *world = begin(5);
    model.seen_as = oc_addr4((const uint8_t[]){198, 51, 100, 7}, 61234);
    world_hub_t *v = add(world, &viewer, 0, false, false);
    world_run(world, world->now_us + SECOND, NULL, NULL);
    void *memory = world_peer_memory(v);
    assert_int_equal(oc_hub_connect(v->hub, memory, world->now_us, &id), OC_OK);
    v->alive++;
    assert_in_range(oc_hub_description(v->hub, id, (oc_span_t){0}, text, sizeof text), 1,
                    sizeof text);
    assert_non_null(strstr(text, " 198.51.100.7 61234 typ srflx raddr 10.0.0.1 rport 40000"));
    assert_non_null(strstr(text, "a=end-of-candidates"));
    end(world);
}

/* Nobody answers at the server: the answer waits its time, then leaves with what there is. */
static void silent_server_costs_no_more_than_its_time(void **state) {
    static app_t viewer;
    char text[OC_HUB_DESCRIPTION];
    oc_hub_peer_t id;
    world_t *world = begin(6);
    model.ignores = true;
    world_hub_t *v = add(world, &viewer, 0, true, false);
    void *memory = world_peer_memory(v);
    assert_int_equal(oc_hub_connect(v->hub, memory, world->now_us, &id), OC_OK);
    v->alive++;
    assert_int_equal(oc_hub_description(v->hub, id, (oc_span_t){0}, text, sizeof text),
                     OC_ERR_BUSY);
    world_run(world, world->now_us + SECOND + 1000, NULL, NULL);
    assert_int_equal(viewer.descriptions, 1);
    assert_in_range(oc_hub_description(v->hub, id, (oc_span_t){0}, text, sizeof text), 1,
                    sizeof text);
    assert_non_null(strstr(text, " 10.0.0.1 40000 typ host"));
    end(world);
}

/* Messages as large as they may be, both ways at once, over a relay at the viewer's end. */
static void large_messages_both_ways(void **state) {
    static app_t viewer, camera;
    static flow_t down, up;
    oc_hub_peer_t a, b;
    world_t *world = begin(7);
    world_hub_t *v = add(world, &viewer, 0, true, true), *c = add(world, &camera, 1, false, false);
    cut_between(world, v, c);
    world_run(world, world->now_us + SECOND, NULL, NULL);
    flow_init(&down, 20, 262144, true);
    flow_init(&up, 20, 262144, true);
    down.endless = up.endless = true;
    camera.serve = &down;
    camera.receive = &up;
    assert_int_equal(world_connect(v, c, &a, &b), OC_OK);
    world_run(world, world->now_us + 3 * SECOND, NULL, NULL);
    (void)app_open(&viewer, a, "flow", &down, &up);
    assert_true(world_run(world, world->now_us + 60 * SECOND, there, &down));
    assert_true(world_run(world, world->now_us + 60 * SECOND, there, &up));
    assert_false(down.broken || up.broken);
    end(world);
}

static void produce(world_hub_t *hub, oc_hub_peer_t peer, flow_t *flow) {
    flow->produced++;
    if (oc_hub_peer(hub->hub, peer))
        oc_peer_kick(oc_hub_peer(hub->hub, peer), 1);
}

/* A nonce lives a minute, a permission five, a channel and the allocation ten: an hour of a message
 * each ten seconds, then twenty minutes without one, and not a single one is late. */
static void an_hour_through_a_relay(void **state) {
    static app_t viewer, camera;
    static flow_t flow;
    oc_hub_peer_t a, b;
    world_t *world = begin(8);
    model.nonce_us = 60 * SECOND;
    world_hub_t *v = add(world, &viewer, 0, false, false), *c = add(world, &camera, 1, true, true);
    cut_between(world, v, c);
    world_run(world, world->now_us + SECOND, NULL, NULL);
    flow_init(&flow, UINT64_MAX, 4000, true);
    flow.produced = 0;
    assert_int_equal(world_connect(v, c, &a, &b), OC_OK);
    app_negotiated(&camera, b, 1, NULL, &flow);
    app_negotiated(&viewer, a, 1, &flow, NULL);
    world_run(world, world->now_us + 3 * SECOND, NULL, NULL);
    unsigned challenges = model.challenges;
    for (unsigned i = 0; i < 360 / (OC_TEST_DIVISOR > 1 ? 4 : 1) + 1; i++) {
        if (i == 360 / (OC_TEST_DIVISOR > 1 ? 4 : 1))
            world_run(world, world->now_us + 1200 * SECOND, NULL, NULL);
        produce(c, b, &flow);
        world_run(world, world->now_us + SECOND / 5, NULL, NULL);
        assert_int_equal(flow.received, i + 1);
        world_run(world, world->now_us + 10 * SECOND - SECOND / 5, NULL, NULL);
    }
    assert_true(model.challenges > challenges + 3); /* a stale nonce, again and again */
    assert_int_equal(viewer.lost + camera.lost + viewer.path + camera.path, 0);
    end(world);
}

/* The server is started again while two watch through one allocation: it is made anew, and both go
 * on without signalling. */
static void a_server_that_is_started_again(void **state) {
    static app_t viewer[2], camera;
    static flow_t flow[2];
    oc_hub_peer_t a[2], b[2];
    world_t *world = begin(9);
    world_hub_t *c = add(world, &camera, 2, true, true), *v[2];
    for (unsigned i = 0; i < 2; i++) {
        v[i] = add(world, &viewer[i], i, false, false);
        cut_between(world, v[i], c);
        flow_init(&flow[i], UINT64_MAX, 4000, true);
        flow[i].produced = 0;
    }
    world_run(world, world->now_us + SECOND, NULL, NULL);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(world_connect(v[i], c, &a[i], &b[i]), OC_OK);
        app_negotiated(&camera, b[i], 1, NULL, &flow[i]);
        app_negotiated(&viewer[i], a[i], 1, &flow[i], NULL);
    }
    world_run(world, world->now_us + 3 * SECOND, NULL, NULL);
    for (unsigned round = 0; round < 3; round++) {
        int64_t from = world->now_us, whole = 0;
        turn_model_restart(&model, world->now_us);
        for (unsigned n = 0; n < 300; n++) { /* 30 s of 10 messages each */
            for (unsigned i = 0; i < 2; i++)
                produce(c, b[i], &flow[i]);
            world_run(world, world->now_us + SECOND / 10, NULL, NULL);
            if (!whole && n && flow[0].received == flow[0].produced &&
                flow[1].received == flow[1].produced)
                whole = world->now_us - from;
        }
        print_message("restart of the server to all of it: %lld ms\n", (long long)whole / 1000);
        assert_in_range(whole, 1, 10 * SECOND);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(flow[i].received, flow[i].produced);
    }
    assert_int_equal(camera.over + viewer[0].over + viewer[1].over, 0);
    end(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(viewer_has_the_relay),
        cmocka_unit_test(camera_has_the_relay),
        cmocka_unit_test(both_only_relay),
        cmocka_unit_test(two_viewers_through_one_allocation),
        cmocka_unit_test(large_messages_both_ways),
        cmocka_unit_test(an_hour_through_a_relay),
        cmocka_unit_test(a_server_that_is_started_again),
        cmocka_unit_test(reflexive_address_is_notified),
        cmocka_unit_test(silent_server_costs_no_more_than_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
