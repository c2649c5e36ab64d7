/* Channels that the signalling asks for before there is an association, and what comes on a channel
 * before it is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "p2p_pair.h"

#define RTT_US 40000

static const oc_sim_link_t lan = {.delay_us = 500, .mtu = 1472};
static const oc_sim_link_t far = {.delay_us = RTT_US / 2, .mtu = 1472};

static oc_span_t text(const char *s) {
    return oc_span(s, strlen(s));
}

static int req(pair_t *p, uint16_t sid, const char *label) {
    return oc_peer_request(oc_hub_peer(p->b->hub, p->at_b), sid, text(label));
}

static bool first_there(void *context) {
    return ((flow_t *)context)->received > 0;
}

static bool all_there(void *context) {
    flow_t *f = context;
    return f->received == f->total;
}

/* Nothing of the pool is held any more. */
static void end_clean(pair_t *p) {
    oc_hub_stats_t stats;
    (void)oc_hub_close(p->a->hub, p->at_a, p->world->now_us);
    (void)oc_hub_close(p->b->hub, p->at_b, p->world->now_us);
    world_run(p->world, p->world->now_us + SECOND, NULL, NULL);
    oc_hub_stats(p->b->hub, &stats);
    assert_int_equal(stats.peers, 0);
    assert_int_equal(stats.pool_used, 0);
    pair_end(p);
}

/* [B2] The first request rides in the signalling: its answer leaves with the association. The
 * signalling's own half round trip, which brings the answer, is counted in. */
static void first_frame_leaves_with_the_association(void **state) {
    pair_t p;
    static flow_t flow;
    flow_init(&flow, 50, 0, true);
    pair_begin(&p, 1, far);
    p.camera.serve = &flow;
    int64_t start = p.world->now_us - RTT_US / 2;
    assert_int_equal(world_connect(p.a, p.b, &p.at_a, &p.at_b), OC_OK);
    assert_int_equal(req(&p, 7, "flow"), OC_OK);
    app_negotiated(&p.viewer, p.at_a, 7, &flow, NULL);
    world_settle(p.world);
    assert_int_equal(p.camera.channels, 1); /* asked at once */
    assert_true(p.camera.negotiated);
    assert_int_equal(p.camera.sid, 7);
    assert_string_equal(p.camera.label, "flow");
    assert_int_equal(p.camera.up, 0);
    assert_true(world_run(p.world, p.world->now_us + 5 * SECOND, first_there, &flow));
    int percent = (int)((p.world->now_us - start) * 100 / RTT_US);
    print_message("first media byte after %d.%02d round trips\n", percent / 100, percent % 100);
    assert_true(p.world->now_us - start <= RTT_US * 9 / 2 + 1000);
    assert_true(world_run(p.world, p.world->now_us + 5 * SECOND, all_there, &flow));
    assert_false(flow.broken);
    assert_int_equal(p.camera.channels, 1);
    end_clean(&p);
}

/* [B2] */
static void refusal_before_the_association_says_why(void **state) {
    pair_t p;
    pair_begin(&p, 2, lan);
    assert_int_equal(world_connect(p.a, p.b, &p.at_a, &p.at_b), OC_OK);
    assert_int_equal(req(&p, 3, "what=ever"), OC_OK);
    app_channel_t *c = app_negotiated(&p.viewer, p.at_a, 3, NULL, NULL);
    world_run(p.world, p.world->now_us + SECOND / 4, NULL, NULL);
    assert_string_equal(c->text, "{\"error\":\"unknown \\\"label\\\"\"}");
    assert_int_equal(p.viewer.closed, 0); /* a page has to hear of the channel first */
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(p.viewer.closed, 1);
    assert_int_equal(p.camera.closed, 1);
    assert_int_equal(req(&p, 3, "echo"), OC_OK); /* the id is free again */
    end_clean(&p);
}

static bool reported(void *context) {
    return ((app_channel_t *)context)->text[0] != '\0';
}

/* The program takes its time; what the other end said meanwhile is not lost. */
static void messages_before_the_answer_are_kept(void **state) {
    pair_t p;
    pair_begin(&p, 3, lan);
    p.camera.later = true;
    assert_int_equal(world_connect(p.a, p.b, &p.at_a, &p.at_b), OC_OK);
    assert_int_equal(req(&p, 1, "command"), OC_OK);
    app_channel_t *v[2] = {app_negotiated(&p.viewer, p.at_a, 1, NULL, NULL)};
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(p.viewer.up, 1);
    v[1] = app_open(&p.viewer, p.at_a, "in-band", NULL, NULL);
    for (unsigned i = 0; i < 26; i++) {
        char word[8];
        snprintf(word, sizeof word, "%u", i);
        app_report(&p.viewer, v[0], word);
        app_report(&p.viewer, v[1], word);
    }
    world_run(p.world, p.world->now_us + 3 * SECOND, NULL, NULL);
    assert_int_equal(p.camera.channels, 2);
    assert_string_equal(p.camera.label, "in-band");
    assert_false(p.camera.negotiated);
    app_channel_t *c[2] = {app_accept(&p.camera, p.at_b, 1, NULL, NULL),
                           app_accept(&p.camera, p.at_b, p.camera.sid, NULL, NULL)};
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(c[i]->messages, 26);
        assert_string_equal(c[i]->text, "25");
        app_report(&p.viewer, v[i], "more");
        app_report(&p.camera, c[i], "answer");
        assert_true(world_run(p.world, p.world->now_us + SECOND, reported, v[i]));
        assert_int_equal(c[i]->messages, 27);
    }
    end_clean(&p);
}

/* Too many of them: the channel is refused, the association goes on. */
static void a_flood_before_the_answer_is_refused(void **state) {
    pair_t p;
    pair_begin(&p, 4, lan);
    p.camera.later = true;
    assert_true(pair_connect(&p, 10));
    app_channel_t *v = app_open(&p.viewer, p.at_a, "flood", NULL, NULL);
    for (unsigned i = 0; i < 40; i++)
        app_report(&p.viewer, v, "x");
    world_run(p.world, p.world->now_us + 2 * SECOND, NULL, NULL);
    assert_string_equal(v->text, "{\"error\":\"too many messages before it was accepted\"}");
    assert_int_equal(p.camera.closed, 1);
    oc_peer_channel_config_t config = {0};
    assert_int_equal(oc_peer_accept(oc_hub_peer(p.b->hub, p.at_b), p.camera.sid, &config),
                     OC_ERR_NOENT);
    p.camera.later = false;
    v = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
    app_report(&p.viewer, v, "still here");
    assert_true(world_run(p.world, p.world->now_us + SECOND, reported, v));
    end_clean(&p);
}

/* [B2] */
static void what_cannot_be_asked_is_an_error(void **state) {
    static char label[OC_PEER_LABEL + 2];
    pair_t p;
    pair_begin(&p, 5, lan);
    p.camera.later = true;
    void *memory = world_peer_memory(p.b);
    oc_hub_peer_t offering;
    assert_int_equal(oc_hub_connect(p.b->hub, memory, p.world->now_us, &offering), OC_OK);
    p.b->alive++;
    oc_peer_t *peer = oc_hub_peer(p.b->hub, offering); /* nothing is known of the other end */
    assert_int_equal(oc_peer_request(peer, 0, text("echo")), OC_ERR_STATE);
    assert_int_equal(oc_hub_close(p.b->hub, offering, p.world->now_us), OC_OK);
    assert_int_equal(world_connect(p.a, p.b, &p.at_a, &p.at_b), OC_OK);
    memset(label, 'x', sizeof label - 1);
    assert_int_equal(req(&p, 1024, "echo"), OC_ERR_RANGE);
    assert_int_equal(req(&p, 0, label), OC_ERR_TOO_BIG);
    label[OC_PEER_LABEL] = '\0';
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(req(&p, (uint16_t)(1023 - i), i ? "" : label), OC_OK);
    assert_int_equal(req(&p, 1000, "echo"), OC_ERR_EXIST);
    assert_int_equal(req(&p, 0, "echo"), OC_ERR_BUSY);
    world_settle(p.world);
    assert_int_equal(p.camera.channels, 64);
    assert_string_equal(p.camera.label, "");
    end_clean(&p);
}

/* The peer ends while questions are open, told and not told. */
static void the_end_of_a_peer_ends_its_questions(void **state) {
    pair_t p;
    pair_begin(&p, 6, lan);
    p.camera.later = true;
    assert_true(pair_connect(&p, 10));
    app_channel_t *v = app_open(&p.viewer, p.at_a, "one", NULL, NULL);
    app_report(&p.viewer, v, "x");
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(p.camera.channels, 1);
    assert_int_equal(req(&p, 100, "two"), OC_OK);
    end_clean(&p);
    assert_int_equal(p.camera.channels, 1);
}

/* One channel more than there may be hears why, and the others go on. */
static void one_channel_too_many_hears_why(void **state) {
    pair_t p;
    oc_hub_config_t config = world_config(2);
    config.profile = oc_peer_profile_camera();
    pair_begin_as(&p, 7, lan, &config);
    assert_true(pair_connect(&p, 10));
    app_channel_t *v[9];
    for (unsigned i = 0; i < 8; i++)
        v[i] = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
    assert_int_equal(
        oc_peer_open(oc_hub_peer(p.a->hub, p.at_a), "echo", &(oc_peer_channel_config_t){0}),
        OC_ERR_BUSY); /* not from here either */
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_int_equal(p.camera.channels, 8);
    assert_int_equal(oc_hub_close(p.a->hub, p.at_a, p.world->now_us), OC_OK);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    pair_end(&p);
    world_t *world = world_create(8); /* a viewer that may have more than the camera */
    world_hub_t *b = world_add(world, &config);
    config.profile = oc_peer_profile_program();
    world_hub_t *a = world_add(world, &config);
    app_init(&p.viewer, a);
    app_init(&p.camera, b);
    world_link(world, a, b, lan);
    assert_int_equal(world_connect(a, b, &p.at_a, &p.at_b), OC_OK);
    world_run(world, world->now_us + 2 * SECOND, NULL, NULL);
    for (unsigned i = 0; i < 9; i++)
        v[i] = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
    world_run(world, world->now_us + SECOND / 4, NULL, NULL);
    assert_int_equal(p.camera.channels, 8);
    assert_string_equal(v[8]->text, "{\"error\":\"too many channels\"}");
    app_report(&p.viewer, v[7], "still here");
    world_run(world, world->now_us + SECOND, NULL, NULL);
    assert_string_equal(v[7]->text, "still here");
    assert_int_equal(p.viewer.closed, 1);
    app_channel_t *again = app_open(&p.viewer, p.at_a, "echo", NULL, NULL); /* the spare is free */
    world_run(world, world->now_us + SECOND / 4, NULL, NULL);
    assert_string_equal(again->text, "{\"error\":\"too many channels\"}");
    world_destroy(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_frame_leaves_with_the_association),
        cmocka_unit_test(refusal_before_the_association_says_why),
        cmocka_unit_test(messages_before_the_answer_are_kept),
        cmocka_unit_test(a_flood_before_the_answer_is_refused),
        cmocka_unit_test(what_cannot_be_asked_is_an_error),
        cmocka_unit_test(the_end_of_a_peer_ends_its_questions),
        cmocka_unit_test(one_channel_too_many_hears_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
