/* Candidates of ours that servers tell late: an answer leaves without them, they follow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "p2p_pair.h"
#include "p2p_server.h"

#define DELAY_US 200000 /* one way to the server: reflexive after 400 ms, relayed after 800 */

static turn_model_t model;
static oc_gather_t gather;

/* A camera that asks its server only now, and a viewer without servers. */
typedef struct scene {
    world_t *world;
    world_hub_t *v, *c;
    app_t viewer, camera;
    char offer[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
    int64_t start_us;
    oc_hub_peer_t at_v, at_c;
} scene_t;

static scene_t *begin(uint64_t seed, bool whole) {
    static scene_t s;
    memset(&s, 0, sizeof s);
    world_t *world = s.world = world_create(seed);
    *oc_sim_net_default(world->net) = (oc_sim_link_t){.delay_us = DELAY_US, .mtu = 1472};
    server_begin(&model, world);
    model.seen_as = oc_addr4((const uint8_t[]){198, 51, 100, 7}, 61234);
    oc_hub_config_t config = world_config(4);
    s.v = world_add(world, &config);
    config.gather = &gather;
    config.whole = whole;
    server_gather(&gather, &model, true, world->now_us);
    s.c = world_add(world, &config);
    app_init(&s.viewer, s.v);
    app_init(&s.camera, s.c);
    return &s;
}

static void end(scene_t *s) {
    world_destroy(s->world);
    assert_int_equal(model.malformed, 0);
    oc_gather_deinit(&gather);
}

/* Takes one line out of the viewer's offer. */
static void without(scene_t *s, const char *line) {
    char *at = strstr(s->offer, line);
    assert_non_null(at);
    memmove(at, at + strlen(line), strlen(at + strlen(line)) + 1);
}

static void offer(scene_t *s) {
    void *memory = world_peer_memory(s->v);
    assert_int_equal(oc_hub_connect(s->v->hub, memory, s->world->now_us, &s->at_v), OC_OK);
    s->v->alive++;
    assert_true(oc_hub_description(s->v->hub, s->at_v, (oc_span_t){0}, s->offer, sizeof s->offer) >
                0);
}

static bool described(void *context) {
    return ((scene_t *)context)->camera.descriptions > 0;
}

/* The camera's answer; how long it took. */
static int64_t answer(scene_t *s) {
    oc_span_t sdp = oc_span(s->offer, strlen(s->offer));
    void *memory = world_peer_memory(s->c);
    s->start_us = s->world->now_us;
    assert_int_equal(oc_hub_offer(s->c->hub, sdp, memory, s->start_us, &s->at_c, NULL), OC_OK);
    s->c->alive++;
    assert_int_equal(oc_hub_description(s->c->hub, s->at_c, sdp, s->answer, sizeof s->answer),
                     OC_ERR_BUSY);
    assert_true(world_run(s->world, s->start_us + 5 * SECOND, described, s));
    assert_true(oc_hub_description(s->c->hub, s->at_c, sdp, s->answer, sizeof s->answer) > 0);
    assert_non_null(strstr(s->answer, " 10.0.0.2 40000 typ host"));
    return s->camera.description_us - s->start_us;
}

static void the_rest_follows_an_answer(void **state) {
    scene_t *s = begin(1, false);
    offer(s);
    without(s, "a=end-of-candidates\r\n");
    int64_t took = answer(s);
    assert_in_range(took, 0, 200000);
    assert_null(strstr(s->answer, "typ srflx"));
    assert_null(strstr(s->answer, "end-of-candidates"));
    world_run(s->world, s->start_us + 2 * DELAY_US + 1000, NULL, NULL);
    assert_int_equal(s->camera.candidates, 1);
    assert_non_null(strstr(s->camera.candidate, "candidate:"));
    assert_non_null(strstr(s->camera.candidate, " 198.51.100.7 61234 typ srflx raddr 10.0.0.2"));
    assert_string_equal(s->camera.mid, "0");
    char ufrag[64];
    snprintf(ufrag, sizeof ufrag, "a=ice-ufrag:%s\r\n", strstr(s->camera.candidate, " ufrag ") + 7);
    assert_non_null(strstr(s->answer, ufrag));
    assert_int_equal(s->camera.ends, 0);
    assert_int_equal(oc_hub_candidate(s->v->hub, s->at_v,
                                      oc_span(s->camera.candidate, strlen(s->camera.candidate)),
                                      s->world->now_us),
                     OC_OK); /* the other end reads it */
    world_run(s->world, s->start_us + 5 * SECOND, NULL, NULL);
    assert_int_equal(s->camera.candidates, 2); /* each once */
    assert_non_null(strstr(s->camera.candidate, " typ relay"));
    assert_int_equal(s->camera.ends, 1);
    assert_true(s->camera.end_us >= s->camera.candidate_us);
    end(s);
}

/* Who cannot take them later, or has said all itself, has them all at once: within a second. */
static void an_answer_waits_for_who_does_not_trickle(void **state) {
    for (unsigned i = 0; i < 3; i++) {
        scene_t *s = begin(2 + i, i == 2);
        offer(s);
        if (i != 1)
            without(s, "a=end-of-candidates\r\n");
        if (i == 0)
            without(s, "a=ice-options:trickle\r\n");
        int64_t took = answer(s);
        assert_in_range(took, 4 * DELAY_US, SECOND);
        assert_non_null(strstr(s->answer, "typ srflx"));
        assert_non_null(strstr(s->answer, "typ relay"));
        assert_non_null(strstr(s->answer, "a=end-of-candidates"));
        world_run(s->world, s->start_us + 5 * SECOND, NULL, NULL);
        assert_int_equal(s->camera.candidates + s->camera.ends, 0);
        end(s);
    }
}

/* Two viewers: the second one comes when a part is known, and hears of the rest only. */
static void each_viewer_hears_what_it_does_not_know(void **state) {
    scene_t *s = begin(5, false);
    offer(s);
    without(s, "a=end-of-candidates\r\n");
    (void)answer(s);
    world_run(s->world, s->start_us + 2 * DELAY_US + 1000, NULL, NULL);
    assert_int_equal(s->camera.candidates, 1);
    s->camera.descriptions = 0;
    int64_t took = answer(s); /* the same offer again: another peer */
    assert_in_range(took, 0, 200000);
    assert_non_null(strstr(s->answer, "typ srflx"));
    assert_null(strstr(s->answer, "typ relay"));
    world_run(s->world, s->start_us + 5 * SECOND, NULL, NULL);
    assert_int_equal(s->camera.candidates, 3); /* the relayed one to both */
    assert_int_equal(s->camera.ends, 2);
    end(s);
}

/* [B8] The servers do not answer: told after the attempts; and again that they do. */
static void connect_fail_and_ready_are_told(void **state) {
    scene_t *s = begin(6, false);
    model.ignores = true;
    offer(s);
    without(s, "a=end-of-candidates\r\n");
    int64_t took = answer(s);
    assert_in_range(took, 0, 200000);
    assert_int_equal(oc_hub_configure(s->c->hub, 5, 2, s->world->now_us), OC_OK);
    world_run(s->world, s->start_us + 60 * SECOND, NULL, NULL);
    assert_int_equal(s->camera.connect_fail, 1);
    assert_int_equal(s->camera.ready, 0);
    assert_int_equal(s->camera.candidates, 0);
    model.ignores = false;
    world_run(s->world, s->world->now_us + 60 * SECOND, NULL, NULL);
    assert_int_equal(s->camera.connect_fail, 1);
    assert_int_equal(s->camera.ready, 1);
    end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rest_follows_an_answer),
        cmocka_unit_test(an_answer_waits_for_who_does_not_trickle),
        cmocka_unit_test(each_viewer_hears_what_it_does_not_know),
        cmocka_unit_test(connect_fail_and_ready_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
