/* Keep-alive that is set while peers are there, and addresses that change under them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "p2p_pair.h"

#define FRAME_US 33333

static const oc_sim_link_t far = {.delay_us = 20000, .mtu = 1472};

static void set_both(pair_t *p, unsigned interval_s, unsigned attempts) {
    assert_int_equal(oc_hub_configure(p->a->hub, interval_s, attempts, p->world->now_us), OC_OK);
    assert_int_equal(oc_hub_configure(p->b->hub, interval_s, attempts, p->world->now_us), OC_OK);
}

static void outage(pair_t *p, int seconds) {
    oc_sim_link_t down = far;
    down.down = true;
    pair_set_link(p, down);
    world_run(p->world, p->world->now_us + seconds * SECOND, NULL, NULL);
    pair_set_link(p, far);
    world_run(p->world, p->world->now_us + 10 * SECOND, NULL, NULL);
}

/* [B11] [B8] Off: nobody asks but for consent. On, while the peer is there: a silence is told once.
 * Either 0 is off again. */
static void keep_alive_is_set_at_run_time(void **state) {
    pair_t p;
    pair_begin(&p, 1, far);
    assert_true(pair_connect(&p, 10));
    outage(&p, 15);
    assert_int_equal(p.viewer.silent + p.camera.silent, 0);
    set_both(&p, 1, 5);
    world_run(p.world, p.world->now_us + 30 * SECOND, NULL, NULL);
    assert_int_equal(p.viewer.silent + p.camera.silent, 0); /* it answers */
    outage(&p, 15);
    assert_int_equal(p.viewer.silent, 1);
    assert_int_equal(p.camera.silent, 1);
    assert_int_equal(p.camera.negotiates, 1);
    set_both(&p, 0, 5);
    outage(&p, 15);
    set_both(&p, 255, 0);
    outage(&p, 15);
    assert_int_equal(p.camera.silent, 1);
    assert_int_equal(p.camera.lost + p.viewer.lost, 0);
    pair_end(&p);
}

/* [B11] */
static void keep_alive_of_an_idle_peer_is_asked_as_often(void **state) {
    pair_t p;
    oc_peer_stats_t before, after;
    pair_begin(&p, 2, far);
    assert_true(pair_connect(&p, 10));
    for (unsigned interval = 1; interval <= 255; interval += 254) {
        set_both(&p, interval, 3);
        world_run(p.world, p.world->now_us + 10 * SECOND, NULL, NULL);
        assert_int_equal(oc_hub_peer_stats(p.b->hub, p.at_b, &before), OC_OK);
        world_run(p.world, p.world->now_us + 100 * SECOND, NULL, NULL);
        assert_int_equal(oc_hub_peer_stats(p.b->hub, p.at_b, &after), OC_OK);
        uint64_t sent = after.datagrams_out - before.datagrams_out;
        /* our probes and answers to theirs; consent asks every 5 s and never less often */
        assert_in_range(sent, interval == 1 ? 185 : 35, interval == 1 ? 215 : 60);
    }
    pair_end(&p);
}

/* [B11] */
static void keep_alive_has_ranges(void **state) {
    pair_t p;
    pair_begin(&p, 3, far);
    assert_int_equal(oc_hub_configure(p.a->hub, 256, 3, p.world->now_us), OC_ERR_RANGE);
    assert_int_equal(oc_hub_configure(p.a->hub, 10, 11, p.world->now_us), OC_ERR_RANGE);
    set_both(&p, 255, 10);
    set_both(&p, 0, 0);
    pair_end(&p);
}

/* Pictures from b to a; what comes is noted. */
typedef struct watch {
    pair_t pair;
    oc_source_fifo_t fifo;
    app_channel_t *channel; /* the viewer's end */
    unsigned seen;
} watch_t;

static bool new_picture(void *context) {
    watch_t *w = context;
    return w->channel->messages > w->seen;
}

/* Pictures for so long; stops at one that came when `until_picture`. */
static bool pictures(watch_t *w, int64_t us, bool until_picture) {
    pair_t *p = &w->pair;
    app_channel_t *c = app_find(&p->camera, p->at_b, 1);
    for (int64_t end = p->world->now_us + us; p->world->now_us < end;) {
        if (c && !c->closed && c->fifo.bytes < 100000)
            app_report(&p->camera, c, "picture");
        if (world_run(p->world, p->world->now_us + FRAME_US, until_picture ? new_picture : NULL, w))
            return true;
    }
    return false;
}

static void watch_begin(watch_t *w, uint64_t seed) {
    pair_t *p = &w->pair;
    memset(w, 0, sizeof *w);
    pair_begin(p, seed, far);
    assert_true(pair_connect(p, 10));
    app_negotiated(&p->camera, p->at_b, 1, NULL, NULL);
    w->channel = app_negotiated(&p->viewer, p->at_a, 1, NULL, NULL);
    (void)pictures(w, (int64_t)(3 + seed % 5) * SECOND + (int64_t)(seed * 314159 % SECOND), false);
    assert_true(w->channel->messages > 60);
}

/* Time to a picture that left after now. */
static int64_t to_next_picture(watch_t *w) {
    int64_t start = w->pair.world->now_us;
    world_run(w->pair.world, start + far.delay_us, NULL, NULL); /* what was on its way is there */
    w->seen = w->channel->messages;
    assert_true(pictures(w, 60 * SECOND, true));
    return w->pair.world->now_us - start;
}

static void watch_end(watch_t *w) {
    pair_t *p = &w->pair;
    (void)pictures(w, 40 * SECOND, false); /* beyond any consent of before */
    w->seen = w->channel->messages;
    (void)pictures(w, SECOND, false);
    assert_in_range(w->channel->messages - w->seen, 25, 35);
    assert_int_equal(p->viewer.over + p->camera.over + p->viewer.lost, 0);
    assert_int_equal(p->camera.lost, p->camera.back); /* an address went, a round trip later */
    pair_end(p);
}

/* [B1] [B8] The camera's address changes and nobody carries an offer: its checks from the new one
 * are enough. */
static void a_changed_address_is_followed(void **state) {
    int64_t worst = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        watch_t w;
        watch_begin(&w, seed);
        world_renumber(w.pair.b, true);
        assert_int_equal(w.pair.camera.addresses, 1);
        assert_int_equal(w.pair.camera.negotiates, 1);
        int64_t us = to_next_picture(&w);
        worst = us > worst ? us : worst;
        if (seed < 4)
            watch_end(&w);
        else
            pair_end(&w.pair);
    }
    print_message("slowest of 40: %lld ms\n", (long long)worst / 1000);
    assert_true(worst <= 2 * SECOND);
}

/* [B1] The same, and the new offer is carried: the restart has a pair after two round trips. */
static void a_changed_address_and_a_restart(void **state) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        watch_t w;
        watch_begin(&w, seed);
        pair_t *p = &w.pair;
        world_renumber(p->b, true);
        assert_int_equal(p->camera.negotiates, 1);
        assert_int_equal(world_restart(p->b, p->at_b, p->a, p->at_a), OC_OK);
        int64_t us = to_next_picture(&w);
        assert_true(us <= 6 * far.delay_us + 2 * FRAME_US);
        if (seed < 4)
            watch_end(&w);
        else
            pair_end(p);
    }
}

/* [B1] A NAT changed, so nothing is seen here; but the owner says so. */
static void again_finds_the_way_behind_another_nat(void **state) {
    int64_t worst = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        watch_t w;
        watch_begin(&w, seed);
        world_renumber(w.pair.b, false);
        assert_int_equal(w.pair.camera.negotiates, 0);
        oc_hub_again(w.pair.b->hub, w.pair.world->now_us);
        world_settle(w.pair.world);
        assert_int_equal(w.pair.camera.negotiates, 1);
        int64_t us = to_next_picture(&w);
        worst = us > worst ? us : worst;
        if (seed < 4)
            watch_end(&w);
        else
            pair_end(&w.pair);
    }
    print_message("slowest of 40: %lld ms\n", (long long)worst / 1000);
    assert_true(worst <= 2 * SECOND);
}

/* A new offer that nobody answers ends nothing: consent goes on over the pair of before. */
static void an_unanswered_restart_ends_nothing(void **state) {
    watch_t w;
    watch_begin(&w, 7);
    pair_t *p = &w.pair;
    oc_hub_again(p->b->hub, p->world->now_us);
    assert_int_equal(oc_hub_restart(p->b->hub, p->at_b, p->world->now_us), OC_OK);
    (void)pictures(&w, 120 * SECOND, false);
    assert_int_equal(world_restart(p->b, p->at_b, p->a, p->at_a), OC_OK); /* and one that is */
    watch_end(&w);
}

/* [B8] Without servers there is nothing to wait for; the same addresses again are no change. */
static void ready_comes_once_and_the_same_addresses_are_no_change(void **state) {
    pair_t p;
    pair_begin(&p, 8, far);
    assert_true(pair_connect(&p, 10));
    assert_int_equal(p.camera.ready, 1);
    oc_hub_set_local(p.b->hub, p.b->addr, p.b->addrs, p.world->now_us);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(p.camera.ready, 1);
    assert_int_equal(p.camera.addresses + p.camera.negotiates, 0);
    pair_end(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keep_alive_is_set_at_run_time),
        cmocka_unit_test(keep_alive_of_an_idle_peer_is_asked_as_often),
        cmocka_unit_test(keep_alive_has_ranges),
        cmocka_unit_test(a_changed_address_is_followed),
        cmocka_unit_test(a_changed_address_and_a_restart),
        cmocka_unit_test(again_finds_the_way_behind_another_nat),
        cmocka_unit_test(an_unanswered_restart_ends_nothing),
        cmocka_unit_test(ready_comes_once_and_the_same_addresses_are_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
