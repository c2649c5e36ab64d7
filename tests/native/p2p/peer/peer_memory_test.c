/* What a connected viewer costs: the camera's profile, two channels, after the handshake; and that
 * a stalled one costs no more, whatever waits behind it. Allocator's delta, both ends alike,
 * halved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "p2p_app.h"
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#include <malloc.h>
#endif

#define SECOND            1000000LL
#define VIEWERS           20
#define CHANNELS_MAX     6 /* beside two of the connection; the profile has nine places */
#define MUST              (24 * 1024) /* bytes each */
#define MUST_STALLED_EACH (8 * 1024)

/* Bytes that are allocated now; 0: nobody can tell. */
static size_t allocated(void) {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
#else
    return 0;
#endif
}

typedef struct two {
    world_t *world;
    world_hub_t *a, *b;
    app_t viewer, camera;
    oc_hub_peer_t at_a[VIEWERS], at_b[VIEWERS];
} two_t;

static two_t t;

static void begin(void) {
    oc_hub_config_t config = {.peers = VIEWERS + 1, .pool_blocks = 1024};
    config.profile = oc_peer_profile_camera();
    memset(&t, 0, sizeof t);
    t.world = world_create(1);
    t.a = world_add(t.world, &config);
    t.b = world_add(t.world, &config);
    app_init(&t.viewer, t.a);
    app_init(&t.camera, t.b);
    world_link(t.world, t.a, t.b, (oc_sim_link_t){.delay_us = 500, .mtu = 1472});
}

static void connect_one(unsigned i) {
    unsigned up = t.camera.up;
    assert_int_equal(world_connect(t.a, t.b, &t.at_a[i], &t.at_b[i]), OC_OK);
    app_negotiated(&t.viewer, t.at_a[i], 1, NULL, NULL);
    app_negotiated(&t.camera, t.at_b[i], 1, NULL, NULL);
    app_negotiated(&t.viewer, t.at_a[i], 2, NULL, NULL);
    app_negotiated(&t.camera, t.at_b[i], 2, NULL, NULL);
    world_run(t.world, t.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(t.camera.up, up + 1);
}

static void idle_viewer(void **state) {
    oc_hub_stats_t stats;
    begin();
    connect_one(0); /* what is made once is made */
    size_t before = allocated();
    for (unsigned i = 1; i < VIEWERS; i++)
        connect_one(i);
    size_t each = (allocated() - before) / (2 * (VIEWERS - 1));
    size_t fixed = oc_hub_peer_bytes(t.b->hub);
    oc_hub_stats(t.b->hub, &stats);
    print_message("an idle viewer: %zu bytes of memory for the peer, %zu allocated in all; "
                  "%u blocks of the pool held by %u\n",
                  fixed, each, stats.pool_used, VIEWERS);
    print_message("of them: ICE %zu, DTLS %zu, channels 8 x %zu\n", sizeof(oc_ice_t),
                  sizeof(oc_dtls_t), (size_t)128);
    assert_in_range(fixed, 1, MUST);
    if (before)
        assert_in_range(each, fixed, MUST);
    assert_int_equal(stats.pool_used, 0);
    world_destroy(t.world);
}

/* Ten seconds of 30 frames of 8 KB behind a viewer that does not answer. */
static void stalled_viewer(void **state) {
    static flow_t flow[2];
    begin();
    connect_one(0);
    oc_peer_t *peer = oc_hub_peer(t.b->hub, t.at_b[0]);
    for (uint16_t i = 0; i < 2; i++) {
        oc_peer_channel_config_t config = {.ops = &flow_ops, .context = &flow[i], .partial = true};
        flow_init(&flow[i], UINT64_MAX, 8192, false);
        flow[i].produced = 0;
        flow[i].kept = 64; /* 512 KB */
        assert_int_equal(oc_peer_open_negotiated(peer, (uint16_t)(10 + i), &config), OC_OK);
    }
    world_run(t.world, t.world->now_us + SECOND, NULL, NULL);
    size_t before = allocated();
    t.a->frozen = true;
    for (unsigned frame = 0; frame < 300; frame++) {
        peer = oc_hub_peer(t.b->hub, t.at_b[0]);
        for (uint16_t i = 0; i < 2; i++) {
            flow[i].produced++;
            oc_peer_kick(peer, (uint16_t)(10 + i));
        }
        world_run(t.world, t.world->now_us + SECOND / 30, NULL, NULL);
    }
    size_t after = allocated();
    oc_hub_stats_t stats;
    oc_hub_stats(t.b->hub, &stats);
    print_message("a stalled viewer, two channels: %lld bytes more, %u blocks of the pool\n",
                  (long long)after - (long long)before, stats.pool_used);
    if (after > before)
        assert_in_range(after - before, 0, 2 * MUST_STALLED_EACH);
    assert_int_equal(stats.pool_used, 0);
    t.a->frozen = false; /* it comes back before its consent ends */
    world_run(t.world, t.world->now_us + 5 * SECOND, NULL, NULL);
    assert_int_equal(oc_hub_peer_state(t.b->hub, t.at_b[0]), OC_PEER_UP);
    assert_true(flow[0].abandoned + flow[1].abandoned > 0);
    world_destroy(t.world);
}

/* One end's bytes since `before`; both are alike. */
static size_t of_one_end(size_t before) {
    size_t now = allocated();
    return now > before ? (now - before) / 2 : 0;
}

/* m viewers of n channels each, idle and then stalled with half a megabyte of frames behind every
 * channel: within our formula (docs/memory.md), which is below the bounds of the requirement. */
static void m_viewers_of_n_channels(unsigned m, unsigned n) {
    static flow_t flow[VIEWERS][CHANNELS_MAX];
    size_t idle_bytes = m * (size_t)(16.6 * 1024 + n * 768);
    size_t stalled_bytes = m * (size_t)(20.7 * 1024 + n * 768);
    assert_true(idle_bytes <= m * 150u * 1024);
    assert_true(stalled_bytes <= (size_t)m * (n * 512u + 732) * 1024);
    begin();
    connect_one(0); /* what is made once is made */
    size_t before = allocated();
    for (unsigned i = 1; i <= m; i++) {
        connect_one(i); /* two channels */
        for (uint16_t k = 0; k < n; k++) {
            oc_peer_channel_config_t config = {
                .ops = &flow_ops, .context = &flow[i][k], .partial = true};
            flow_init(&flow[i][k], UINT64_MAX, 8192, false);
            flow[i][k].produced = 0;
            flow[i][k].kept = 64; /* 512 KB */
            oc_peer_t *peer = oc_hub_peer(t.b->hub, t.at_b[i]);
            assert_int_equal(oc_peer_open_negotiated(peer, (uint16_t)(10 + k), &config), OC_OK);
        }
    }
    world_run(t.world, t.world->now_us + SECOND, NULL, NULL);
    size_t idle = of_one_end(before);
    t.a->frozen = true;
    for (unsigned frame = 0; frame < 90; frame++) {
        for (unsigned i = 1; i <= m; i++)
            for (uint16_t k = 0; k < n; k++) {
                flow[i][k].produced++;
                oc_peer_kick(oc_hub_peer(t.b->hub, t.at_b[i]), (uint16_t)(10 + k));
            }
        world_run(t.world, t.world->now_us + SECOND / 30, NULL, NULL);
    }
    size_t stalled = idle + (allocated() > before + 2 * idle ? allocated() - before - 2 * idle : 0);
    print_message("%u viewers of %u channels: %zu bytes of %zu, stalled %zu of %zu\n", m, n, idle,
                  idle_bytes, stalled, stalled_bytes);
    assert_true(m * oc_hub_peer_bytes(t.b->hub) <= idle_bytes);
    assert_true(idle <= idle_bytes);
    assert_true(stalled <= stalled_bytes);
    world_destroy(t.world);
}

/* [B12] */
static void memory_by_viewers_and_channels(void **state) {
    static const unsigned viewers[] = {1, 8}, channels[] = {1, CHANNELS_MAX};
    for (unsigned i = 0; i < sizeof viewers / sizeof *viewers; i++)
        for (unsigned k = 0; k < sizeof channels / sizeof *channels; k++)
            m_viewers_of_n_channels(viewers[i], channels[k]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_viewer),
        cmocka_unit_test(stalled_viewer),
        cmocka_unit_test(memory_by_viewers_and_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
