/* A camera whose viewers are watching while others come: many at once, some who only look like
 * viewers, one at an address that another one had, one whom nobody can look up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_ice_budget.h"
#include "oc_ice_state.h"
#include "p2p_pair.h"

#define FRAME_US 33333
#define RUNNING  10
#define NEWCOMER 64

static const oc_sim_link_t lan = {.delay_us = 500, .mtu = 1472};

typedef struct crowd {
    world_t *world;
    world_hub_t *camera;
    app_t at_camera, at_viewer[RUNNING], at_newcomer[NEWCOMER];
    oc_hub_peer_t peer[RUNNING]; /* the camera's numbers of those who watch */
    oc_hub_peer_t mine[RUNNING]; /* and their own, of phones */
    flow_t flow[RUNNING];
} crowd_t;

static crowd_t c;

static void watch(unsigned i) {
    oc_hub_config_t config = world_config(1);
    oc_hub_peer_t id;
    config.pool_blocks = 256;
    flow_init(&c.flow[i], UINT64_MAX, 8192, true);
    c.flow[i].produced = 0;
    app_init(&c.at_viewer[i], world_add(c.world, &config));
    assert_int_equal(world_connect(c.at_viewer[i].hub, c.camera, &id, &c.peer[i]), OC_OK);
    app_negotiated(&c.at_camera, c.peer[i], 1, NULL, &c.flow[i]);
    app_negotiated(&c.at_viewer[i], id, 1, &c.flow[i], NULL);
    world_run(c.world, c.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(c.at_viewer[i].up, 1);
}

static void begin(uint64_t seed, unsigned running) {
    oc_hub_config_t config = world_config(128);
    memset(&c, 0, sizeof c);
    c.world = world_create(seed);
    *oc_sim_net_default(c.world->net) = lan;
    c.camera = world_add(c.world, &config);
    app_init(&c.at_camera, c.camera);
    for (unsigned i = 0; i < running; i++)
        watch(i);
}

static bool all_have_it(void *context) {
    (void)context;
    for (unsigned i = 0; i < RUNNING; i++)
        if (c.flow[i].received != c.flow[i].produced)
            return false;
    return true;
}

/* A frame for everybody who watches; the time until the last one has it. */
static int64_t frame(void) {
    int64_t from = c.world->now_us;
    for (unsigned i = 0; i < RUNNING; i++) {
        c.flow[i].produced++;
        oc_peer_kick(oc_hub_peer(c.camera->hub, c.peer[i]), 1);
    }
    assert_true(world_run(c.world, from + FRAME_US, all_have_it, NULL));
    int64_t took = c.world->now_us - from;
    world_run(c.world, from + FRAME_US, NULL, NULL);
    return took;
}

static unsigned come(unsigned from) {
    for (; from < NEWCOMER; from++) {
        oc_hub_peer_t a, b;
        if (world_connect(c.at_newcomer[from].hub, c.camera, &a, &b) != OC_OK)
            break; /* too many that are not up yet: 503, and once more later */
    }
    return from;
}

/* The worker of the camera needs 10 ms for each piece of a handshake. */
static void sixty_four_come_beside_ten_who_watch(void **state) {
    oc_hub_config_t config = world_config(2); /* one place is of the try that is refused */
    int64_t alone = 0, beside = 0;
    unsigned come_so_far = 0, frames = 0;
    oc_hub_stats_t stats;
    begin(21, RUNNING);
    config.pool_blocks = 64;
    for (unsigned i = 0; i < NEWCOMER; i++)
        app_init(&c.at_newcomer[i], world_add(c.world, &config));
    for (unsigned i = 0; i < 60; i++) {
        int64_t took = frame();
        alone = took > alone ? took : alone;
    }
    c.world->job_us = 10000;
    for (; c.at_camera.up < RUNNING + NEWCOMER && frames < 300; frames++) {
        come_so_far = come(come_so_far);
        oc_hub_stats(c.camera->hub, &stats);
        assert_in_range(stats.half_open, 0, OC_HUB_HALF_OPEN);
        int64_t took = frame();
        beside = took > beside ? took : beside;
    }
    print_message("64 were up after %u ms; a frame took at most %lld us, %lld us beside them\n",
                  frames * 33, (long long)alone, (long long)beside);
    assert_int_equal(c.at_camera.up, RUNNING + NEWCOMER);
    assert_true(stats.refused_busy > 0);
    assert_in_range(frames, 10, 150);
    assert_true(beside <= alone + 2000);
    assert_int_equal(c.at_camera.over, 0);
    world_destroy(c.world);
}

/* ---- offers that aim us at others ---- */

#define AIMED   40  /* addresses that an offer names */
#define OFFERS  400 /* in 40 s */
#define SECONDS 70

typedef struct aimed {
    unsigned sent[OFFERS][AIMED];
    uint64_t bytes[OFFERS]; /* with IP and UDP headers */
    unsigned datagrams;
    int64_t at_us[200 * (SECONDS + 1)]; /* of each datagram, to find the busiest second */
    unsigned max_in_a_second, max_to_an_address, hellos;
} aimed_t;
static aimed_t aimed;

/* 203.high.low.n is address n of offer high * 256 + low. */
static bool count_aimed(world_t *world, const world_hub_t *from, const oc_path_t *to, uint8_t *data,
                        size_t *len) {
    const uint8_t *ip = to->remote.ip;
    static unsigned first;
    (void)from;
    if (ip[0] != 203)
        return true;
    unsigned offer = ip[1] * 256u + ip[2];
    aimed.bytes[offer] += *len + OC_ICE_HEADERS;
    aimed.hellos += data[0] >= 20; /* a ClientHello counts as a check does */
    unsigned sent = ++aimed.sent[offer][ip[3]];
    aimed.max_to_an_address = sent > aimed.max_to_an_address ? sent : aimed.max_to_an_address;
    if (!aimed.datagrams)
        first = 0;
    assert_true(aimed.datagrams < sizeof aimed.at_us / sizeof aimed.at_us[0]);
    aimed.at_us[aimed.datagrams++] = world->now_us;
    while (aimed.at_us[first] <= world->now_us - SECOND)
        first++;
    unsigned now = aimed.datagrams - first;
    aimed.max_in_a_second = now > aimed.max_in_a_second ? now : aimed.max_in_a_second;
    return true;
}

/* An offer with nobody behind it that names AIMED addresses; one_host: they are ports of one IP.
 * False: refused. */
static bool aim(app_t *attacker, unsigned nth, bool one_host) {
    char text[OC_HUB_DESCRIPTION], sdp[OC_HUB_DESCRIPTION * 2];
    oc_hub_peer_t mine, theirs;
    int64_t now = c.world->now_us;
    void *memory = world_peer_memory(attacker->hub);
    assert_int_equal(oc_hub_connect(attacker->hub->hub, memory, now, &mine), OC_OK);
    attacker->hub->alive++;
    int n = oc_hub_description(attacker->hub->hub, mine, (oc_span_t){0}, text, OC_HUB_DESCRIPTION);
    assert_true(n > 0);
    char *own = strstr(text, "a=candidate:");
    assert_non_null(own);
    memcpy(sdp, text, (size_t)(own - text));
    size_t len = (size_t)(own - text);
    for (unsigned i = 0; i < AIMED; i++)
        len += (size_t)snprintf(sdp + len, sizeof sdp - len,
                                "a=candidate:%u 1 udp %u 203.%u.%u.%u %u typ host\r\n", i + 1,
                                2000000000 - i, nth >> 8, nth & 255, one_host ? 0 : i,
                                one_host ? 5000 + i : 5000);
    len += (size_t)snprintf(sdp + len, sizeof sdp - len, "%s", strstr(own, "\r\n") + 2);
    memory = world_peer_memory(c.camera);
    int rc = oc_hub_offer(c.camera->hub, oc_span(sdp, len), memory, now, &theirs, NULL);
    if (rc == OC_OK)
        c.camera->alive++;
    else
        free(memory);
    oc_hub_close(attacker->hub->hub, mine, now);
    return rc == OC_OK;
}

/* Somebody offers ten times a second for 40 s, and every offer names 40 strangers to a camera with
 * two addresses: what they get, for each offer, for each address and in each second; and a viewer
 * comes through meanwhile. */
static void offers_of_one_who_aims_us_at_strangers(void **state) {
    static app_t attacker, viewer;
    oc_hub_config_t config = world_config(4);
    oc_hub_peer_t a, b;
    unsigned taken = 0;
    uint64_t maximum = 0;
    begin(22, 0);
    memset(&aimed, 0, sizeof aimed);
    app_init(&attacker, world_add(c.world, &config));
    app_init(&viewer, world_add(c.world, &config));
    (void)world_add_addr(c.camera);
    c.world->tap = count_aimed;
    for (unsigned n = 0; n < OFFERS; n++) {
        if (n == 10) /* 10 of 16 places are taken, and so is the allowance for checks */
            assert_int_equal(world_connect(viewer.hub, c.camera, &a, &b), OC_OK);
        taken += aim(&attacker, n, false);
        world_run(c.world, c.world->now_us + SECOND / 10, NULL, NULL);
        if (n == 20)
            assert_int_equal(viewer.up, 1);
    }
    world_run(c.world, c.world->now_us + 30 * SECOND, NULL, NULL);
    for (unsigned n = 0; n < OFFERS; n++)
        maximum = aimed.bytes[n] > maximum ? aimed.bytes[n] : maximum;
    print_message(
        "%u offers taken, %u datagrams, %u of them ClientHellos, %u in a second, %u to an "
        "address, %llu bytes of an offer\n",
        taken, aimed.datagrams, aimed.hellos, aimed.max_in_a_second, aimed.max_to_an_address,
        (unsigned long long)maximum);
    assert_in_range(taken, 2 * OC_HUB_HALF_OPEN, 60);
    assert_in_range(maximum, 4000, 16384);
    assert_int_equal(aimed.max_to_an_address, 3);
    assert_in_range(aimed.hellos, 1, taken);
    assert_in_range(aimed.max_in_a_second, 100, 200);
    assert_int_equal(c.at_camera.over, taken); /* each 15 s */
    world_destroy(c.world);
}

/* One offer names 40 ports of one host: it gets no more for having many. */
static void an_offer_that_names_many_ports_of_one_host(void **state) {
    static app_t attacker;
    oc_hub_config_t config = world_config(4);
    begin(27, 0);
    memset(&aimed, 0, sizeof aimed);
    app_init(&attacker, world_add(c.world, &config));
    (void)world_add_addr(c.camera);
    c.world->tap = count_aimed;
    assert_true(aim(&attacker, 0, true));
    world_run(c.world, c.world->now_us + OC_HUB_HALF_OPEN_US + SECOND, NULL, NULL);
    assert_int_equal(aimed.sent[0][0], OC_ICE_HOST_SENDS);
    assert_int_equal(c.at_camera.over, 1);
    world_destroy(c.world);
}

/* ---- addresses that change hands ---- */

/* One who watched is gone without a word, and its address is given to another one who watches: the
 * tuple is the newcomer's as soon as its checks are signed, and nobody else's data gets there. */
static void an_address_of_another_one_who_watched(void **state) {
    begin(23, 2);
    world_hub_t *gone = c.at_viewer[0].hub, *heir = c.at_viewer[1].hub;
    for (unsigned i = 0; i < 2; i++)
        c.flow[i].produced = 1;
    for (unsigned i = 0; i < 2; i++)
        oc_peer_kick(oc_hub_peer(c.camera->hub, c.peer[i]), 1);
    world_run(c.world, c.world->now_us + SECOND, NULL, NULL);
    gone->frozen = true;
    heir->addr[0] = gone->addr[0]; /* and what it had itself is gone */
    heir->end[0] = gone->end[0];
    gone->addrs = 0;
    oc_hub_set_local(heir->hub, heir->addr, 1, c.world->now_us);
    world_run(c.world, c.world->now_us + 2 * SECOND, NULL, NULL);
    for (unsigned n = 0; n < 300; n++) {
        for (unsigned i = 0; i < 2; i++) {
            c.flow[i].produced++;
            if (oc_hub_peer(c.camera->hub, c.peer[i]))
                oc_peer_kick(oc_hub_peer(c.camera->hub, c.peer[i]), 1);
        }
        world_run(c.world, c.world->now_us + FRAME_US, NULL, NULL);
    }
    assert_int_equal(c.flow[1].received, c.flow[1].produced);
    assert_false(c.flow[1].broken);
    assert_int_equal(c.flow[0].received, 1);
    assert_int_equal(c.at_viewer[1].over, 0);
    world_run(c.world, c.world->now_us + OC_PEER_LOST_US + 60 * SECOND, NULL, NULL);
    assert_int_equal(c.at_camera.over, 1);
    assert_int_equal(oc_hub_peer_state(c.camera->hub, c.peer[0]), OC_PEER_OVER);
    assert_int_equal(oc_hub_peer_state(c.camera->hub, c.peer[1]), OC_PEER_UP);
    gone->addrs = 1;
    world_destroy(c.world);
}

/* ---- viewers that drop off ---- */

#define PHONES 4
#define LATER  2 /* who come when all places are taken */

/* As many phones as have a place, up, and the ends of those who come later. */
static void fill(uint64_t seed, app_t phone[PHONES + LATER]) {
    oc_hub_config_t camera = world_config(PHONES), config = world_config(2);
    memset(&c, 0, sizeof c);
    c.world = world_create(seed);
    *oc_sim_net_default(c.world->net) = lan;
    c.camera = world_add(c.world, &camera);
    app_init(&c.at_camera, c.camera);
    for (unsigned i = 0; i < PHONES + LATER; i++)
        app_init(&phone[i], world_add(c.world, &config));
    for (unsigned i = 0; i < PHONES; i++) {
        assert_int_equal(world_connect(phone[i].hub, c.camera, &c.mine[i], &c.peer[i]), OC_OK);
        world_run(c.world, c.world->now_us + SECOND, NULL, NULL);
        assert_int_equal(phone[i].up, 1);
    }
}

/* Every place is held by a phone that dropped off, one after the other: who comes gets the place of
 * the one that is gone for longest, and who comes back finds its own. */
static void a_newcomer_gets_the_place_of_who_is_lost_for_longest(void **state) {
    static app_t phone[PHONES + LATER];
    oc_hub_peer_t a, b;
    fill(28, phone);
    assert_int_equal(world_connect(phone[PHONES].hub, c.camera, &a, &b), OC_ERR_BUSY);
    phone[2].hub->frozen = true;
    world_run(c.world, c.world->now_us + 3 * SECOND, NULL, NULL);
    for (unsigned i = 0; i < PHONES; i++)
        phone[i].hub->frozen = true;
    world_run(c.world, c.world->now_us + 40 * SECOND, NULL, NULL);
    assert_int_equal(c.at_camera.over, 0);
    for (unsigned i = 0; i < PHONES; i++)
        assert_int_equal(world_state(c.camera, c.peer[i]), OC_PEER_LOST);
    assert_int_equal(world_connect(phone[PHONES].hub, c.camera, &a, &b), OC_OK);
    world_run(c.world, c.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(phone[PHONES].up, 1);
    assert_int_equal(c.at_camera.over, 1);
    assert_int_equal(c.at_camera.reason, OC_PEER_DISPLACED);
    assert_int_equal(world_state(c.camera, c.peer[2]), OC_PEER_OVER);
    for (unsigned i = 0; i < PHONES; i++) {
        phone[i].hub->frozen = false;
        int rc = world_restart(phone[i].hub, c.mine[i], c.camera, c.peer[i]);
        assert_int_equal(rc, i == 2 ? OC_ERR_NOENT : OC_OK);
    }
    world_run(c.world, c.world->now_us + SECOND, NULL, NULL);
    for (unsigned i = 0; i < PHONES; i++)
        assert_int_equal(world_state(c.camera, c.peer[i]), i == 2 ? OC_PEER_OVER : OC_PEER_UP);
    world_destroy(c.world);
}

/* Consent takes 30 s to end, and nobody waits so long: a place is free as soon as its viewer does
 * not answer any more; not for a pause, and never that of who answers. */
static void who_does_not_answer_for_ten_seconds_may_lose_its_place(void **state) {
    static app_t phone[PHONES + LATER];
    oc_hub_peer_t a, b;
    fill(29, phone);
    phone[1].hub->frozen = true;
    world_run(c.world, c.world->now_us + 3 * SECOND, NULL, NULL);
    assert_int_equal(world_connect(phone[PHONES].hub, c.camera, &a, &b), OC_ERR_BUSY);
    world_run(c.world, c.world->now_us + 15 * SECOND, NULL, NULL);
    assert_int_equal(world_state(c.camera, c.peer[1]), OC_PEER_UP);
    assert_int_equal(world_connect(phone[PHONES].hub, c.camera, &a, &b), OC_OK);
    world_run(c.world, c.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(phone[PHONES].up, 1);
    for (unsigned i = 0; i < PHONES; i++)
        assert_int_equal(world_state(c.camera, c.peer[i]), i == 1 ? OC_PEER_OVER : OC_PEER_UP);
    assert_int_equal(world_connect(phone[PHONES].hub, c.camera, &a, &b), OC_ERR_BUSY);
    world_destroy(c.world);
}

/* Several who come in the same instant get a place each, before anybody was told of those who lose
 * theirs. */
static void newcomers_at_the_same_instant_get_a_place_each(void **state) {
    static app_t phone[PHONES + LATER];
    oc_hub_peer_t a, b;
    fill(30, phone);
    for (unsigned i = 0; i < PHONES; i++)
        phone[i].hub->frozen = true;
    world_run(c.world, c.world->now_us + 60 * SECOND, NULL, NULL);
    for (unsigned i = 0; i < LATER; i++)
        assert_int_equal(world_connect(phone[PHONES + i].hub, c.camera, &a, &b), OC_OK);
    world_run(c.world, c.world->now_us + SECOND, NULL, NULL);
    for (unsigned i = 0; i < LATER; i++)
        assert_int_equal(phone[PHONES + i].up, 1);
    assert_int_equal(c.at_camera.over, 2);
    world_destroy(c.world);
}

/* ---- names that nobody can look up ---- */

static void offer_names(app_t *viewer, oc_hub_peer_t *at_viewer, oc_hub_peer_t *at_camera,
                        bool answer) {
    char text[OC_HUB_DESCRIPTION], out[OC_HUB_DESCRIPTION];
    int64_t now = c.world->now_us;
    void *memory = world_peer_memory(viewer->hub);
    assert_int_equal(oc_hub_connect(viewer->hub->hub, memory, now, at_viewer), OC_OK);
    viewer->hub->alive++;
    int n = oc_hub_description(viewer->hub->hub, *at_viewer, (oc_span_t){0}, text, sizeof text);
    assert_true(n > 0);
    char *line = strstr(text, "a=candidate:");
    char *end = strstr(line, "\r\n") + 2;
    int len = snprintf(out, sizeof out, "%.*s%s%s", (int)(line - text), text,
                       "a=candidate:1 1 udp 2122260223 8d28ad41-1a72-41b1-aa98-d3aa98e7a7b6.local "
                       "40000 typ host\r\n",
                       end);
    memory = world_peer_memory(c.camera);
    assert_int_equal(
        oc_hub_offer(c.camera->hub, oc_span(out, (size_t)len), memory, now, at_camera, NULL),
        OC_OK);
    c.camera->alive++;
    n = oc_hub_description(c.camera->hub, *at_camera, oc_span(out, (size_t)len), text, sizeof text);
    assert_true(n > 0);
    if (answer)
        assert_int_equal(
            oc_hub_answer(viewer->hub->hub, *at_viewer, oc_span(text, (size_t)n), now, NULL),
            OC_OK);
}

/* All candidates are names that nobody resolves: who knows us reaches us all the same, and who does
 * not come ends with the others that are half open. */
static void only_names_that_nobody_resolves(void **state) {
    static app_t viewer;
    oc_hub_config_t config = world_config(4);
    oc_hub_peer_t a, b;
    begin(24, 0);
    app_init(&viewer, world_add(c.world, &config));
    int64_t start = c.world->now_us;
    offer_names(&viewer, &a, &b, true);
    world_run(c.world, start + SECOND, NULL, NULL);
    assert_int_equal(viewer.up + c.at_camera.up, 2);
    assert_in_range(c.at_camera.up_us - start, 1, SECOND / 10);
    offer_names(&viewer, &a, &b, false);
    world_run(c.world, c.world->now_us + OC_HUB_HALF_OPEN_US - SECOND, NULL, NULL);
    assert_int_equal(c.at_camera.over, 0);
    world_run(c.world, c.world->now_us + 2 * SECOND, NULL, NULL);
    assert_int_equal(c.at_camera.over, 1);
    world_destroy(c.world);
}

/* ---- paths that are not proven ---- */

static unsigned hellos, replies;
static bool checks_unanswered(world_t *world, const world_hub_t *from, const oc_path_t *to,
                              uint8_t *data, size_t *len) {
    (void)world;
    (void)to;
    bool dtls = *len && data[0] >= 20 && data[0] < 64;
    if (from == c.camera)
        replies += dtls;
    else
        hellos += dtls;
    return from == c.camera || data[0] != 1; /* a response: our check stays unanswered */
}

/* It has our password and asks for a handshake, but does not answer our checks: its address could
 * be anybody's, and nobody gets a flight of ours there. */
static void a_handshake_waits_for_a_path_that_is_proven(void **state) {
    static app_t viewer;
    oc_hub_config_t config = world_config(4);
    oc_hub_peer_t a, b;
    begin(25, 0);
    app_init(&viewer, world_add(c.world, &config));
    c.world->tap = checks_unanswered;
    hellos = replies = 0;
    assert_int_equal(world_connect(c.camera, viewer.hub, &b, &a), OC_OK); /* it is the client */
    world_run(c.world, c.world->now_us + 10 * SECOND, NULL, NULL);
    assert_true(hellos > 2);
    assert_int_equal(replies, 0);
    assert_int_equal(c.at_camera.up, 0);
    world_destroy(c.world);
}

/* ---- many names ---- */

static unsigned looked_up;
static void count_names(world_hub_t *self, oc_hub_event_t *event) {
    (void)self;
    looked_up += event->kind == OC_HUB_EVENT_RESOLVE;
}

static void few_names_of_an_offer_are_looked_up(void **state) {
    static app_t viewer;
    char text[OC_HUB_DESCRIPTION], sdp[OC_HUB_DESCRIPTION * 2];
    oc_hub_config_t config = world_config(4);
    oc_hub_peer_t a, b;
    begin(26, 0);
    app_init(&viewer, world_add(c.world, &config));
    c.camera->on_event = count_names;
    looked_up = 0;
    void *memory = world_peer_memory(viewer.hub);
    assert_int_equal(oc_hub_connect(viewer.hub->hub, memory, c.world->now_us, &a), OC_OK);
    viewer.hub->alive++;
    int n = oc_hub_description(viewer.hub->hub, a, (oc_span_t){0}, text, sizeof text);
    assert_true(n > 0);
    size_t len = (size_t)n;
    memcpy(sdp, text, len);
    for (unsigned i = 0; i < 20; i++)
        len += (size_t)snprintf(sdp + len, sizeof sdp - len,
                                "a=candidate:%u 1 udp %u 8d28ad41-1a72-41b1-aa98-d3aa98e7a7%02x"
                                ".local 40000 typ host\r\n",
                                i + 1, 2000000000 - i, i);
    memory = world_peer_memory(c.camera);
    assert_int_equal(
        oc_hub_offer(c.camera->hub, oc_span(sdp, len), memory, c.world->now_us, &b, NULL), OC_OK);
    c.camera->alive++;
    world_run(c.world, c.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(looked_up, OC_HUB_RESOLVE);
    for (unsigned i = 0; i < 20; i++) { /* nor by candidates that come later */
        char line[160];
        n = snprintf(line, sizeof line,
                     "candidate:%u 1 udp 1000 8d28ad41-1a72-41b1-aa98-d3aa98e7b7%02x.local 40000 "
                     "typ host",
                     i + 30, i);
        (void)oc_hub_candidate(c.camera->hub, b, oc_span(line, (size_t)n), c.world->now_us);
        world_settle(c.world);
    }
    assert_int_equal(looked_up, OC_HUB_RESOLVE);
    world_destroy(c.world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sixty_four_come_beside_ten_who_watch),
        cmocka_unit_test(offers_of_one_who_aims_us_at_strangers),
        cmocka_unit_test(an_offer_that_names_many_ports_of_one_host),
        cmocka_unit_test(an_address_of_another_one_who_watched),
        cmocka_unit_test(a_newcomer_gets_the_place_of_who_is_lost_for_longest),
        cmocka_unit_test(who_does_not_answer_for_ten_seconds_may_lose_its_place),
        cmocka_unit_test(newcomers_at_the_same_instant_get_a_place_each),
        cmocka_unit_test(only_names_that_nobody_resolves),
        cmocka_unit_test(a_handshake_waits_for_a_path_that_is_proven),
        cmocka_unit_test(few_names_of_an_offer_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
