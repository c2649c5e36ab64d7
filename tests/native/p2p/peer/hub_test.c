/* Many peers of one hub: limits, demultiplexing, strangers, and that idle ones cost nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_hub_heap.h"
#include "oc_hub_map.h"
#include "p2p_pair.h"

#define VIEWERS   50
#define SHARING   6
#define CONSENT_S 4 /* the shortest time between two checks of consent */

static const oc_sim_link_t lan = {.delay_us = 500, .mtu = 1472};

/* An offer as hub a would make it, for a peer of its own. */
static oc_span_t make_offer(world_hub_t *a, oc_hub_peer_t *id, char *out) {
    void *memory = world_peer_memory(a);
    assert_int_equal(oc_hub_connect(a->hub, memory, a->world->now_us, id), OC_OK);
    a->alive++;
    int n = oc_hub_description(a->hub, *id, (oc_span_t){0}, out, OC_HUB_DESCRIPTION);
    assert_in_range(n, 1, OC_HUB_DESCRIPTION);
    return oc_span(out, (size_t)n);
}

static int take_offer(world_hub_t *b, oc_span_t offer, oc_hub_peer_t *id) {
    void *memory = world_peer_memory(b);
    const char *why = NULL;
    int rc = oc_hub_offer(b->hub, offer, memory, b->world->now_us, id, &why);
    if (rc == OC_OK)
        b->alive++;
    else {
        free(memory);
        assert_non_null(why);
    }
    return rc;
}

static void take_answer(world_hub_t *a, oc_hub_peer_t at_a, world_hub_t *b, oc_hub_peer_t at_b,
                        oc_span_t offer) {
    char answer[OC_HUB_DESCRIPTION];
    int n = oc_hub_description(b->hub, at_b, offer, answer, sizeof answer);
    assert_in_range(n, 1, sizeof answer);
    assert_int_equal(
        oc_hub_answer(a->hub, at_a, oc_span(answer, (size_t)n), a->world->now_us, NULL), OC_OK);
}

static void half_open_ones_are_few(void **state) {
    static pair_t p;
    char offer[OC_HUB_DESCRIPTION];
    oc_hub_config_t config = world_config(64);
    world_t *world = world_create(1);
    world_hub_t *a = world_add(world, &config), *b = world_add(world, &config);
    app_init(&p.viewer, a);
    app_init(&p.camera, b);
    oc_hub_peer_t at_a, at_b;
    oc_span_t sdp = make_offer(a, &at_a, offer);
    for (unsigned i = 0; i < 3000; i++) { /* the same again and again */
        int rc = take_offer(b, sdp, &at_b);
        assert_int_equal(rc, i < OC_HUB_HALF_OPEN ? OC_OK : OC_ERR_BUSY);
    }
    assert_int_equal(b->alive, OC_HUB_HALF_OPEN);
    world_run(world, world->now_us + OC_HUB_HALF_OPEN_US + SECOND, NULL, NULL);
    assert_int_equal(b->alive, 0);
    assert_int_equal(take_offer(b, sdp, &at_b), OC_OK);
    world_destroy(world);
}

static void replayed_offer_harms_nobody(void **state) {
    static pair_t p;
    static flow_t flow;
    char text[OC_HUB_DESCRIPTION];
    oc_hub_peer_t again;
    flow_init(&flow, 4000, 0, true);
    pair_begin(&p, 2, lan);
    p.camera.serve = &flow;
    oc_span_t offer = make_offer(p.a, &p.at_a, text);
    assert_int_equal(take_offer(p.b, offer, &p.at_b), OC_OK);
    take_answer(p.a, p.at_a, p.b, p.at_b, offer);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(p.camera.up, 1);
    app_open(&p.viewer, p.at_a, "flow", &flow, NULL);
    assert_int_equal(take_offer(p.b, offer, &again), OC_OK);
    world_run(p.world, p.world->now_us + 20 * SECOND, NULL, NULL);
    assert_int_equal(flow.received, flow.total);
    assert_false(flow.broken);
    assert_int_equal(p.camera.over, 1); /* the second one, which nobody answered */
    assert_int_equal(oc_hub_peer_state(p.b->hub, p.at_b), OC_PEER_UP);
    assert_int_equal(oc_hub_peer_state(p.b->hub, again), OC_PEER_OVER);
    pair_end(&p);
}

static void wrong_fingerprint_is_refused(void **state) {
    for (unsigned who = 0; who < 2; who++) {
        static pair_t p;
        char text[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
        pair_begin(&p, 3 + who, lan);
        oc_span_t offer = make_offer(p.a, &p.at_a, text);
        char *print = strstr(text, "sha-256 ") + 8;
        char before = *print;
        if (who == 0)
            *print = before == 'A' ? 'B' : 'A';
        assert_int_equal(take_offer(p.b, offer, &p.at_b), OC_OK);
        int n = oc_hub_description(p.b->hub, p.at_b, offer, answer, sizeof answer);
        assert_in_range(n, 1, sizeof answer);
        print = strstr(answer, "sha-256 ") + 8;
        if (who == 1)
            *print = *print == 'A' ? 'B' : 'A';
        assert_int_equal(
            oc_hub_answer(p.a->hub, p.at_a, oc_span(answer, (size_t)n), p.world->now_us, NULL),
            OC_OK);
        world_run(p.world, p.world->now_us + 20 * SECOND, NULL, NULL);
        assert_int_equal(p.viewer.up + p.camera.up, 0);
        assert_int_equal(p.viewer.over, 1);
        assert_int_equal(p.camera.over, 1);
        assert_int_equal(who ? p.viewer.reason : p.camera.reason, OC_PEER_HANDSHAKE_FAILED);
        assert_int_equal(who ? p.viewer.code : p.camera.code, OC_HS_FINGERPRINT);
        pair_end(&p);
    }
}

static void another_certificate_is_another_peer(void **state) {
    static pair_t p;
    char text[OC_HUB_DESCRIPTION], other[OC_HUB_DESCRIPTION];
    oc_hub_config_t config = world_config(4);
    oc_hub_peer_t at_c;
    const char *why;
    pair_begin(&p, 5, lan);
    world_hub_t *c = world_add(p.world, &config);
    oc_span_t offer = make_offer(p.a, &p.at_a, text);
    assert_int_equal(take_offer(p.b, offer, &p.at_b), OC_OK);
    take_answer(p.a, p.at_a, p.b, p.at_b, offer);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    oc_span_t foreign = make_offer(c, &at_c, other);
    assert_int_equal(oc_hub_reoffer(p.b->hub, p.at_b, foreign, p.world->now_us, &why),
                     OC_ERR_EXIST);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(oc_hub_peer_state(p.b->hub, p.at_b), OC_PEER_UP);
    pair_end(&p);
}

/* An offer that names many victims: what goes to them, in bytes with IP and UDP headers. */
static uint64_t victim_bytes, victim_datagrams;
static bool count_victims(world_t *world, const world_hub_t *from, const oc_path_t *to,
                          uint8_t *data, size_t *len) {
    if (to->remote.ip[0] == 203) {
        victim_bytes += *len + 28;
        victim_datagrams++;
        assert_in_range(to->remote.port, 1024, 65535);
    }
    return true;
}

static void offers_do_not_aim_us_at_victims(void **state) {
    static pair_t p;
    char text[OC_HUB_DESCRIPTION], sdp[OC_HUB_DESCRIPTION * 2];
    pair_begin(&p, 6, lan);
    p.world->tap = count_victims;
    victim_bytes = victim_datagrams = 0;
    oc_span_t offer = make_offer(p.a, &p.at_a, text);
    size_t n = offer.len;
    memcpy(sdp, text, n);
    for (unsigned i = 0; i < 60; i++)
        n += (size_t)snprintf(sdp + n, sizeof sdp - n,
                              "a=candidate:%u 1 udp %u 203.0.113.%u %u typ host\r\n", i,
                              2000000000 - i, i + 1, i % 4 ? 5000 + i : 53);
    assert_int_equal(take_offer(p.b, oc_span(sdp, n), &p.at_b), OC_OK);
    world_run(p.world, p.world->now_us + 30 * SECOND, NULL, NULL);
    print_message("to victims: %llu datagrams, %llu bytes\n", (unsigned long long)victim_datagrams,
                  (unsigned long long)victim_bytes);
    assert_true(victim_datagrams > 0);
    assert_in_range(victim_bytes, 1, 16384);
    pair_end(&p);
}

static void idle_peers_cost_nothing(void **state) {
    static pair_t p;
    oc_hub_peer_t a[VIEWERS], b[VIEWERS];
    oc_hub_config_t config = world_config(64);
    world_t *world = world_create(7);
    p.world = world;
    p.a = world_add(world, &config);
    p.b = world_add(world, &config);
    app_init(&p.viewer, p.a);
    app_init(&p.camera, p.b);
    world_link(world, p.a, p.b, lan);
    for (unsigned i = 0; i < VIEWERS; i++) {
        assert_int_equal(world_connect(p.a, p.b, &a[i], &b[i]), OC_OK);
        world_run(world, world->now_us + SECOND / 10, NULL, NULL);
    }
    assert_int_equal(p.camera.up, VIEWERS);
    world_run(world, world->now_us + 10 * SECOND, NULL, NULL);
    oc_hub_stats_t before, after;
    oc_hub_stats(p.b->hub, &before);
    uint64_t steps = world->steps;
    world_run(world, world->now_us + 60 * SECOND, NULL, NULL);
    oc_hub_stats(p.b->hub, &after);
    print_message("60 s of %u idle peers: %llu steps, %llu datagrams\n", VIEWERS,
                  (unsigned long long)(world->steps - steps),
                  (unsigned long long)(after.datagrams_out - before.datagrams_out));
    /* a check and an answer of either end in each time of consent, nothing else */
    assert_in_range(after.datagrams_out - before.datagrams_out, VIEWERS * 2 * 60 / 6,
                    VIEWERS * 2 * 60 / CONSENT_S);
    assert_in_range(world->steps - steps, 1, VIEWERS * 7 * 60 / CONSENT_S);
    world_destroy(world);
}

static unsigned rounds(void) {
    const char *text = getenv("OC_HUB_CONNECTS");
    return text ? (unsigned)strtoul(text, NULL, 10) : 100;
}

static void connects_and_disconnects_leave_nothing(void **state) {
    static pair_t p;
    oc_hub_stats_t first, s;
    pair_begin(&p, 8, lan);
    for (unsigned i = 0; i < rounds(); i++) {
        p.viewer.up = p.camera.up = 0;
        assert_true(pair_connect(&p, 10));
        app_channel_t *c = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
        app_report(&p.viewer, c, "x");
        world_run(p.world, p.world->now_us + 5000, NULL, NULL);
        world_hub_t *who = i % 2 ? p.a : p.b;
        assert_int_equal(oc_hub_close(who->hub, i % 2 ? p.at_a : p.at_b, p.world->now_us), OC_OK);
        world_run(p.world, p.world->now_us + 100000, NULL, NULL);
        assert_int_equal(p.a->alive + p.b->alive, 0);
        oc_hub_stats(p.b->hub, &s);
        if (!i)
            first = s;
        assert_int_equal(s.pool_used, 0);
        assert_int_equal(s.pool_max, first.pool_max);
        assert_int_equal(s.peers + s.half_open, 0);
    }
    pair_end(&p);
}

/* A camera with 50 viewers; some freeze: the others have every frame in time. */
static void viewers_do_not_disturb_each_other(void **state) {
    enum { FRAMES = 45, SICK = 5 };
    static flow_t flow[VIEWERS];
    static app_t camera, viewer[VIEWERS];
    oc_hub_peer_t at_camera[VIEWERS], at_viewer[VIEWERS];
    oc_hub_config_t config = world_config(64);
    world_t *world = world_create(9);
    world_hub_t *c = world_add(world, &config);
    *oc_sim_net_default(world->net) = lan;
    app_init(&camera, c);
    config.peers = 1;
    config.pool_blocks = 256;
    for (unsigned i = 0; i < VIEWERS; i++) {
        flow_init(&flow[i], FRAMES, 8192, true);
        flow[i].produced = 0;
        app_init(&viewer[i], world_add(world, &config));
        assert_int_equal(world_connect(viewer[i].hub, c, &at_viewer[i], &at_camera[i]), OC_OK);
        app_negotiated(&camera, at_camera[i], 1, NULL, &flow[i]);
        app_negotiated(&viewer[i], at_viewer[i], 1, &flow[i], NULL);
        world_run(world, world->now_us + 30000, NULL, NULL);
    }
    for (unsigned frame = 0; frame < FRAMES; frame++) {
        for (unsigned i = 0; i < SICK; i++)
            viewer[i].hub->frozen = frame >= 20;
        for (unsigned i = 0; i < VIEWERS; i++) {
            flow[i].produced++;
            oc_peer_kick(oc_hub_peer(c->hub, at_camera[i]), 1);
        }
        world_run(world, world->now_us + SECOND / 30, NULL, NULL);
        for (unsigned i = SICK; i < VIEWERS; i++)
            assert_int_equal(flow[i].received, frame + 1);
    }
    for (unsigned i = 0; i < SICK; i++)
        assert_int_equal(flow[i].received, 20);
    world_run(world, world->now_us + OC_PEER_LOST_US + 60 * SECOND, NULL, NULL);
    assert_int_equal(camera.over, SICK);
    assert_int_equal(camera.reason, OC_PEER_CONSENT);
    world_destroy(world);
}

/* The viewer's machine gets another address and loses the first one. */
static void viewer_roams(void **state) {
    static pair_t p;
    static flow_t flow;
    flow_init(&flow, UINT64_MAX, 1000, true);
    flow.produced = 1;
    pair_begin(&p, 10, lan);
    p.camera.serve = &flow;
    assert_true(pair_connect(&p, 10));
    app_channel_t *c = app_open(&p.viewer, p.at_a, "flow", &flow, NULL);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(flow.received, 1);
    unsigned k = world_add_addr(p.a);
    assert_int_equal(k, 1);
    oc_sim_net_link(p.world->net, p.a->end[0], p.b->end[0])->down = true;
    oc_sim_net_link(p.world->net, p.b->end[0], p.a->end[0])->down = true;
    *oc_sim_net_link(p.world->net, p.a->end[1], p.b->end[0]) = lan;
    *oc_sim_net_link(p.world->net, p.b->end[0], p.a->end[1]) = lan;
    oc_hub_set_local(p.a->hub, &p.a->addr[1], 1, p.world->now_us); /* the old one is gone */
    world_run(p.world, p.world->now_us + 2 * SECOND, NULL, NULL);
    flow.produced = 2;
    oc_peer_kick(oc_hub_peer(p.b->hub, p.at_b), c->sid);
    world_run(p.world, p.world->now_us + 2 * SECOND, NULL, NULL);
    assert_int_equal(flow.received, 2);
    assert_int_equal(p.viewer.lost, p.viewer.back); /* its address went before it had another way */
    assert_int_equal(p.camera.lost, 0);
    assert_int_equal(p.viewer.up + p.camera.up, 2);
    pair_end(&p);
}

static void strangers_are_not_answered(void **state) {
    static pair_t p;
    uint8_t junk[64];
    oc_hub_stats_t before, after;
    pair_begin(&p, 11, lan);
    assert_true(pair_connect(&p, 10));
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    oc_hub_stats(p.b->hub, &before);
    oc_path_t from = {.local = p.b->addr[0],
                      .remote = oc_addr4((const uint8_t[]){198, 51, 100, 1}, 7)};
    for (unsigned i = 0; i < 20000; i++) {
        for (unsigned k = 0; k < sizeof junk; k++)
            junk[k] = (uint8_t)oc_sim_net_draw(p.world->net, 256);
        junk[0] = (uint8_t)oc_sim_net_draw(p.world->net, 80);
        oc_hub_input(p.b->hub, &from, junk, oc_sim_net_draw(p.world->net, sizeof junk + 1),
                     p.world->now_us);
    }
    world_settle(p.world);
    oc_hub_stats(p.b->hub, &after);
    assert_int_equal(after.datagrams_out, before.datagrams_out);
    assert_int_equal(after.unknown - before.unknown, 20000);
    pair_end(&p);
}

static void heap_gives_the_earliest(void **state) {
    enum { N = 200 };
    uint64_t memory[1024];
    int64_t time[N];
    oc_hub_heap_t heap;
    oc_sim_net_t *chance = oc_sim_net_create(12);
    assert_in_range(oc_hub_heap_bytes(N), 1, sizeof memory);
    oc_hub_heap_init(&heap, memory, N);
    for (unsigned i = 0; i < N; i++)
        time[i] = INT64_MAX;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned i = (unsigned)oc_sim_net_draw(chance, N);
        time[i] = oc_sim_net_draw(chance, 4) ? (int64_t)oc_sim_net_draw(chance, 1000) : INT64_MAX;
        oc_hub_heap_set(&heap, i, time[i]);
        int64_t least = INT64_MAX;
        for (unsigned k = 0; k < N; k++)
            least = time[k] < least ? time[k] : least;
        assert_int_equal(oc_hub_heap_due(&heap), least);
        if (least != INT64_MAX)
            assert_int_equal(time[oc_hub_heap_first(&heap)], least);
    }
    oc_sim_net_destroy(chance);
}

static void map_finds_what_is_in_it(void **state) {
    enum { N = 100 };
    uint64_t memory[256];
    bool in[N] = {false};
    oc_hub_map_t map;
    oc_sim_net_t *chance = oc_sim_net_create(13);
    assert_in_range(oc_hub_map_bytes(N), 1, sizeof memory);
    oc_hub_map_init(&map, memory, N);
    for (unsigned round = 0; round < 20000; round++) {
        unsigned i = (unsigned)oc_sim_net_draw(chance, N);
        if (in[i])
            oc_hub_map_remove(&map, i);
        else
            oc_hub_map_add(&map, i, i % 7); /* many of one hash */
        in[i] = !in[i];
        unsigned found = 0, want = 0;
        for (unsigned k = i % 7; k < N; k += 7)
            want += in[k];
        for (unsigned e = oc_hub_map_first(&map, i % 7); e != OC_HUB_MAP_NONE;
             e = oc_hub_map_after(&map, e)) {
            assert_true(in[e] && e % 7 == i % 7);
            found++;
        }
        assert_int_equal(found, want);
    }
    oc_sim_net_destroy(chance);
}

static bool all_received(void *context) {
    flow_t *flow = context;
    for (unsigned i = 0; i < SHARING; i++)
        if (flow[i].received < flow[i].total)
            return false;
    return true;
}

/* Several peers between the same two sockets, one made after the other: keys tell them apart, and
 * the end of one is no other's. */
static void peers_between_the_same_sockets(void **state) {
    static app_t viewer, camera;
    static flow_t flow[SHARING];
    oc_hub_peer_t at_a[SHARING], at_b[SHARING];
    oc_hub_config_t config = world_config(SHARING);
    world_t *world = world_create(9);
    world_hub_t *a = world_add(world, &config), *b = world_add(world, &config);
    app_init(&viewer, a);
    app_init(&camera, b);
    world_link(world, a, b, (oc_sim_link_t){.delay_us = 5000, .mtu = 1472, .loss_ppm = 10000});
    for (unsigned i = 0; i < SHARING; i++) {
        assert_int_equal(world_connect(a, b, &at_a[i], &at_b[i]), OC_OK);
        world_run(world, world->now_us + SECOND, NULL, NULL);
        assert_int_equal(viewer.up, i + 1);
        assert_int_equal(camera.up, i + 1);
    }
    for (unsigned i = 0; i < SHARING; i++) {
        flow_init(&flow[i], 300, 0, true);
        app_negotiated(&camera, at_b[i], 1, NULL, &flow[i]);
        app_negotiated(&viewer, at_a[i], 1, &flow[i], NULL);
    }
    int64_t start = world->now_us;
    assert_true(world_run(world, start + 20 * SECOND, all_received, flow));
    for (unsigned i = 0; i < SHARING; i++)
        assert_false(flow[i].broken);
    assert_int_equal(oc_hub_close(b->hub, at_b[0], world->now_us), OC_OK);
    world_run(world, world->now_us + 120 * SECOND, NULL, NULL);
    assert_int_equal(viewer.over, 1);
    assert_int_equal(viewer.reason, OC_PEER_REMOTE);
    assert_int_equal(viewer.lost + camera.lost, 0);
    for (unsigned i = 1; i < SHARING; i++)
        assert_int_equal(world_state(b, at_b[i]), OC_PEER_UP);
    world_destroy(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heap_gives_the_earliest),
        cmocka_unit_test(map_finds_what_is_in_it),
        cmocka_unit_test(half_open_ones_are_few),
        cmocka_unit_test(replayed_offer_harms_nobody),
        cmocka_unit_test(wrong_fingerprint_is_refused),
        cmocka_unit_test(another_certificate_is_another_peer),
        cmocka_unit_test(offers_do_not_aim_us_at_victims),
        cmocka_unit_test(idle_peers_cost_nothing),
        cmocka_unit_test(connects_and_disconnects_leave_nothing),
        cmocka_unit_test(viewers_do_not_disturb_each_other),
        cmocka_unit_test(viewer_roams),
        cmocka_unit_test(strangers_are_not_answered),
        cmocka_unit_test(peers_between_the_same_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
