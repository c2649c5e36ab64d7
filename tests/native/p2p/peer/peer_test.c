/* Two hubs in a network in virtual time: connecting in both roles, channels, refusals, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_peer_impl.h"
#include "p2p_pair.h"

static const oc_sim_link_t lan = {.delay_us = 500, .mtu = 1472};

static void opens_in_few_round_trips(void **state) {
    pair_t p;
    pair_begin(&p, 1, (oc_sim_link_t){.delay_us = 20000, .mtu = 1472});
    int64_t start = p.world->now_us;
    assert_true(pair_connect(&p, 10));
    /* check and hello 1, DTLS 2 beside its end, SCTP none: of 40 ms each */
    assert_in_range(p.camera.up_us - start, 0, 3 * 40000);
    print_message("up after %lld and %lld us\n", (long long)(p.viewer.up_us - start),
                  (long long)(p.camera.up_us - start));
    pair_end(&p);
}

/* The viewer drops what is no STUN until 3 ms after it sent the second check. */
static bool no_dtls_yet(world_t *world, const world_hub_t *from, const oc_path_t *to, uint8_t *data,
                        size_t *len) {
    int64_t *ready_us = world->tap_context;
    (void)to;
    (void)len;
    if (from == &world->hub[0]) {
        if (data[0] == 0 && ready_us[0]++ == 1)
            ready_us[1] = world->now_us + 3000;
        return true;
    }
    return data[0] < 20 || (ready_us[1] && world->now_us + lan.delay_us >= ready_us[1]);
}

static void peer_that_is_not_ready_yet_costs_no_timer(void **state) {
    pair_t p;
    int64_t ready_us[2] = {0, 0}; /* checks seen, and when DTLS is there */
    pair_begin(&p, 5, lan);
    p.world->tap = no_dtls_yet;
    p.world->tap_context = ready_us;
    int64_t start = p.world->now_us;
    assert_true(pair_connect(&p, 10));
    assert_true(ready_us[1] > 0);
    assert_in_range(p.viewer.up_us - start, 5 * lan.delay_us, 30000); /* the first timer: 50 ms */
    pair_end(&p);
}

static bool echoed(void *context) {
    return ((app_channel_t *)context)->text[0] != '\0';
}

static void echoes_a_string(void **state) {
    pair_t p;
    pair_begin(&p, 2, lan);
    assert_true(pair_connect(&p, 10));
    app_channel_t *c = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
    app_report(&p.viewer, c, "hello");
    assert_true(world_run(p.world, p.world->now_us + SECOND, echoed, c));
    assert_string_equal(c->text, "hello");
    assert_true(c->opened);
    pair_end(&p);
}

static bool reported_and_closed(void *context) {
    pair_t *p = context;
    return p->viewer.closed == 1;
}

static void refusal_gives_reason(void **state) {
    pair_t p;
    pair_begin(&p, 3, lan);
    assert_true(pair_connect(&p, 10));
    app_channel_t *c = app_open(&p.viewer, p.at_a, "what=ever&x=%20", NULL, NULL);
    world_run(p.world, p.world->now_us + SECOND / 3, NULL, NULL);
    assert_int_equal(p.viewer.closed, 0); /* a page has to hear of the channel first */
    assert_true(c->text[0]);
    assert_true(world_run(p.world, p.world->now_us + 5 * SECOND, reported_and_closed, &p));
    assert_string_equal(p.camera.label, "what=ever&x=%20");
    assert_string_equal(c->text, "{\"error\":\"unknown \\\"label\\\"\"}");
    assert_int_equal(p.viewer.opened, 1); /* the ACK came first */
    assert_int_equal(p.camera.closed, 1);
    pair_end(&p);
}

static void ids_are_used_again(void **state) {
    pair_t p;
    pair_begin(&p, 4, lan);
    assert_true(pair_connect(&p, 10));
    for (unsigned i = 1; i <= 200; i++) {
        app_channel_t *c = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
        app_report(&p.viewer, c, "x");
        assert_true(world_run(p.world, p.world->now_us + SECOND, echoed, c));
        assert_int_equal(oc_peer_close_channel(oc_hub_peer(p.a->hub, p.at_a), c->sid), OC_OK);
        world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
        assert_int_equal(p.viewer.closed, i);
        assert_int_equal(p.camera.closed, i);
    }
    pair_end(&p);
}

static bool all_there(void *context) {
    flow_t *f = context;
    return f->received == f->total;
}

/* Two messages that belong together; the second one is overtaken when its bytes are wanted. */
typedef struct torn {
    unsigned taken, done;
} torn_t;

static int torn_next(void *context, oc_msg_t *out) {
    torn_t *torn = context;
    *out = (oc_msg_t){
        .ref = torn->taken + 1u, .len = 9, .ppid = OC_PPID_BINARY, .group = 1, .key = true};
    return torn->taken < 2 ? OC_OK : OC_AGAIN;
}

static void torn_take(void *context, uint64_t ref) {
    ((torn_t *)context)->taken = (unsigned)ref;
}

static int torn_bytes(void *context, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                      unsigned max) {
    (void)context;
    (void)max;
    parts[0] = oc_span((const uint8_t *)"fragment" + offset, len);
    return ref == 1 ? 1 : OC_ERR_STALE;
}

static void torn_done(void *context, uint64_t ref, int how) {
    (void)ref;
    (void)how;
    ((torn_t *)context)->done++;
}

static void torn_group_closes_the_channel(void **state) {
    static const oc_source_ops_t ops = {torn_next, torn_take, torn_bytes, torn_done};
    torn_t torn = {0, 0};
    pair_t p;
    pair_begin(&p, 8, lan);
    assert_true(pair_connect(&p, 10));
    app_channel_t *c = app_negotiated(&p.viewer, p.at_a, 101, NULL, NULL);
    oc_peer_channel_config_t config = {.ops = &ops, .context = &torn, .partial = true};
    assert_int_equal(oc_peer_open_negotiated(oc_hub_peer(p.b->hub, p.at_b), 101, &config), OC_OK);
    oc_peer_kick(oc_hub_peer(p.b->hub, p.at_b), 101);
    world_settle(p.world);
    assert_true(world_run(p.world, p.world->now_us + 5 * SECOND, reported_and_closed, &p));
    assert_int_equal(c->messages, 1);
    assert_int_equal(torn.taken, 2);
    assert_true(p.camera.dropped >= 1);
    assert_int_equal(p.camera.closed, 1);
    pair_end(&p);
}

/* Also one that no message of the camera's size holds: RFC 8832 has labels of up to 65,535 bytes,
 * and max-message-size is not for them. Every other channel goes on. */
static void label_too_long_is_told(void **state) {
    static const size_t lengths[] = {1025, 5000, 60000};
    pair_t p;
    static uint8_t open[60012];
    oc_hub_config_t config = world_config(2);
    config.profile = oc_peer_profile_camera();
    pair_begin_as(&p, 7, lan, &config);
    assert_true(pair_connect(&p, 10));
    oc_hub_peer(p.a->hub, p.at_a)->max_message = OC_SDP_MESSAGE_MAX; /* as a browser sends an OPEN */
    app_channel_t *beside = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
    for (unsigned i = 0; i < 3; i++) {
        app_channel_t *c = app_negotiated(&p.viewer, p.at_a, (uint16_t)(101 + 2 * i), NULL, NULL);
        size_t len = lengths[i];
        memset(open, 'x', sizeof open);
        memset(open, 0, 12);
        open[0] = OC_DCEP_OPEN;
        open[8] = (uint8_t)(len >> 8);
        open[9] = (uint8_t)len;
        assert_int_equal(oc_source_fifo_push(&c->fifo, OC_PPID_DCEP, open, (uint32_t)(12 + len)),
                         OC_OK);
        oc_peer_kick(oc_hub_peer(p.a->hub, p.at_a), c->sid);
        assert_true(world_run(p.world, p.world->now_us + SECOND, echoed, c));
        assert_non_null(strstr(c->text, "{\"error\":\"label of more than 1024 bytes"));
        world_run(p.world, p.world->now_us + 2 * SECOND, NULL, NULL);
        assert_int_equal(p.viewer.closed, i + 1);
        beside->text[0] = '\0';
        app_report(&p.viewer, beside, "still here");
        assert_true(world_run(p.world, p.world->now_us + SECOND, echoed, beside));
    }
    assert_int_equal(p.camera.channels, 1);
    pair_end(&p);
}

static void second_open_closes_the_channel(void **state) {
    pair_t p;
    uint8_t open[64];
    oc_dcep_open_t again = {.ordered = true, .label = oc_span("echo", 4)};
    pair_begin(&p, 6, lan);
    assert_true(pair_connect(&p, 10));
    app_channel_t *c = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
    app_report(&p.viewer, c, "x");
    assert_true(world_run(p.world, p.world->now_us + SECOND, echoed, c));
    int n = oc_dcep_write_open(&again, open, sizeof open);
    assert_in_range(n, 1, sizeof open);
    assert_int_equal(oc_source_fifo_push(&c->fifo, OC_PPID_DCEP, open, (uint32_t)n), OC_OK);
    oc_peer_kick(oc_hub_peer(p.a->hub, p.at_a), c->sid);
    assert_true(world_run(p.world, p.world->now_us + 5 * SECOND, reported_and_closed, &p));
    assert_int_equal(p.camera.closed, 1);
    assert_int_equal(p.camera.channels, 1);              /* no new one */
    c = app_open(&p.viewer, p.at_a, "echo", NULL, NULL); /* and the id is free again */
    app_report(&p.viewer, c, "y");
    assert_true(world_run(p.world, p.world->now_us + SECOND, echoed, c));
    pair_end(&p);
}

static void negotiated_channel_sends_with_the_association(void **state) {
    pair_t p;
    static flow_t flow;
    flow_init(&flow, 50, 0, true);
    pair_begin(&p, 5, (oc_sim_link_t){.delay_us = 20000, .mtu = 1472});
    assert_int_equal(world_connect(p.a, p.b, &p.at_a, &p.at_b), OC_OK);
    app_negotiated(&p.viewer, p.at_a, 7, &flow, NULL);
    app_negotiated(&p.camera, p.at_b, 7, NULL, &flow);
    assert_true(world_run(p.world, p.world->now_us + 5 * SECOND, all_there, &flow));
    assert_false(flow.broken);
    pair_end(&p);
}

static void flow_comes_whole_and_channel_closes_itself(void **state) {
    pair_t p;
    static flow_t flow;
    flow_init(&flow, 2000, 0, true);
    pair_begin(&p, 6, lan);
    p.camera.serve = &flow;
    assert_true(pair_connect(&p, 10));
    app_open(&p.viewer, p.at_a, "flow", &flow, NULL);
    assert_true(world_run(p.world, p.world->now_us + 20 * SECOND, all_there, &flow));
    assert_true(world_run(p.world, p.world->now_us + SECOND, reported_and_closed, &p));
    assert_false(flow.broken);
    assert_int_equal(flow.acked, 2000);
    pair_end(&p);
}

static bool viewer_over(void *context) {
    return ((pair_t *)context)->viewer.over > 0;
}

static void close_is_received(void **state) {
    pair_t p;
    pair_begin(&p, 7, lan);
    assert_true(pair_connect(&p, 10));
    assert_int_equal(oc_hub_close(p.b->hub, p.at_b, p.world->now_us), OC_OK);
    assert_true(world_run(p.world, p.world->now_us + SECOND, viewer_over, &p));
    assert_int_equal(p.viewer.reason, OC_PEER_REMOTE);
    assert_int_equal(p.camera.reason, OC_PEER_LOCAL);
    assert_int_equal(oc_hub_close(p.b->hub, p.at_b, p.world->now_us), OC_ERR_NOENT);
    pair_end(&p);
}

static void nobody_there_ends_half_open(void **state) {
    pair_t p;
    pair_begin(&p, 8, (oc_sim_link_t){.down = true});
    assert_int_equal(world_connect(p.a, p.b, &p.at_a, &p.at_b), OC_OK);
    world_run(p.world, p.world->now_us + OC_HUB_HALF_OPEN_US + SECOND, NULL, NULL);
    assert_int_equal(p.viewer.over, 1);
    assert_int_equal(p.camera.over, 1);
    assert_int_equal(p.a->alive + p.b->alive, 0);
    pair_end(&p);
}

/* [B11] Interval 1 s, 10 attempts: one answer of ten is enough; none is told once. */
static void keep_alive_notifies_silence(void **state) {
    pair_t p;
    oc_hub_config_t config = world_config(2);
    oc_sim_link_t link = {.delay_us = 500, .mtu = 1472, .loss_ppm = 300000};
    config.probe_ms = 1000;
    config.probes = 10;
    pair_begin_as(&p, 9, lan, &config);
    assert_true(pair_connect(&p, 10));
    pair_set_link(&p, link);
    world_run(p.world, p.world->now_us + 60 * SECOND, NULL, NULL);
    assert_int_equal(p.viewer.silent + p.camera.silent, 0);
    link.down = true;
    pair_set_link(&p, link);
    world_run(p.world, p.world->now_us + 15 * SECOND, NULL, NULL);
    assert_int_equal(p.viewer.silent, 1);
    assert_int_equal(p.camera.silent, 1);
    assert_int_equal(p.viewer.lost + p.camera.lost, 0);
    pair_end(&p);
}

/* Of the client's hellos only those before the answer pass; later ones not before the server spoke.
 */
static bool server_spoke, answered;
static bool only_early_hellos(world_t *world, const world_hub_t *from, const oc_path_t *to,
                              uint8_t *data, size_t *len) {
    pair_t *p = world->tap_context;
    if (*len && data[0] == 22 && from == p->a)
        server_spoke = true;
    return !(*len && data[0] == 22 && from == p->b && answered && !server_spoke);
}

/* The other end takes our offer and begins at once, its answer is 400 ms late: what it said before
 * is not lost (Chromium's own timer would repeat it up to 400 ms later). */
static void hello_before_the_answer_is_kept(void **state) {
    pair_t p;
    char offer[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
    pair_begin(&p, 10, (oc_sim_link_t){.delay_us = 20000, .mtu = 1472});
    p.world->tap = only_early_hellos;
    p.world->tap_context = &p;
    server_spoke = answered = false;
    void *memory = world_peer_memory(p.a);
    assert_int_equal(oc_hub_connect(p.a->hub, memory, p.world->now_us, &p.at_a), OC_OK);
    p.a->alive++;
    int n = oc_hub_description(p.a->hub, p.at_a, (oc_span_t){0}, offer, sizeof offer);
    memory = world_peer_memory(p.b);
    assert_int_equal(
        oc_hub_offer(p.b->hub, oc_span(offer, (size_t)n), memory, p.world->now_us, &p.at_b, NULL),
        OC_OK);
    p.b->alive++;
    int m = oc_hub_description(p.b->hub, p.at_b, oc_span(offer, (size_t)n), answer, sizeof answer);
    world_run(p.world, p.world->now_us + 400000, NULL, NULL);
    assert_false(server_spoke);
    answered = true;
    int64_t start = p.world->now_us;
    assert_int_equal(oc_hub_answer(p.a->hub, p.at_a, oc_span(answer, (size_t)m), start, NULL),
                     OC_OK);
    world_run(p.world, start + 2 * SECOND, NULL, NULL);
    assert_true(server_spoke);
    assert_int_equal(p.viewer.up + p.camera.up, 2);
    assert_in_range(p.camera.up_us - start, 0, 4 * 40000 + 1000);
    pair_end(&p);
}

/* A camera announces 16 KiB: larger messages fail one by one, others go on. */
static void larger_than_the_peer_takes_fails(void **state) {
    pair_t p;
    static flow_t flow;
    oc_hub_config_t config = world_config(2);
    config.profile = oc_peer_profile_camera();
    flow_init(&flow, 300, 0, false); /* sizes up to 20,000 */
    pair_begin_as(&p, 11, lan, &config);
    p.camera.serve = &flow;
    assert_true(pair_connect(&p, 10));
    app_open(&p.viewer, p.at_a, "flow", &flow, NULL);
    world_run(p.world, p.world->now_us + 20 * SECOND, NULL, NULL);
    uint64_t large = 0;
    for (uint64_t i = 0; i < 300; i++)
        large += flow_len(&flow, i) > config.profile.sctp.message_max;
    assert_true(large > 0);
    assert_int_equal(flow.too_big, large);
    assert_int_equal(flow.received, 300 - large);
    assert_false(flow.broken);
    pair_end(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_in_few_round_trips),
        cmocka_unit_test(peer_that_is_not_ready_yet_costs_no_timer),
        cmocka_unit_test(echoes_a_string),
        cmocka_unit_test(refusal_gives_reason),
        cmocka_unit_test(ids_are_used_again),
        cmocka_unit_test(second_open_closes_the_channel),
        cmocka_unit_test(label_too_long_is_told),
        cmocka_unit_test(torn_group_closes_the_channel),
        cmocka_unit_test(negotiated_channel_sends_with_the_association),
        cmocka_unit_test(flow_comes_whole_and_channel_closes_itself),
        cmocka_unit_test(close_is_received),
        cmocka_unit_test(nobody_there_ends_half_open),
        cmocka_unit_test(keep_alive_notifies_silence),
        cmocka_unit_test(hello_before_the_answer_is_kept),
        cmocka_unit_test(larger_than_the_peer_takes_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
