/* SNAP between whole peers: both offer and answer with an INIT of their own, in both DTLS roles;
 * ends without it, that give it back, or with a wrong one; later descriptions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "p2p_pair.h"

#define RTT_US 40000
#define LINE   200

static pair_t p;
static char line_of[2][LINE];     /* a=sctp-init of the last offer and answer, "": none */
static const char *setup;         /* of the offer; NULL: as it is */
static bool strip[2], echo, bent; /* of offer and answer; the answer has the offer's */

static void keep_line(const char *text, char out[LINE]) {
    const char *at = strstr(text, "a=sctp-init:"), *end = at ? strstr(at, "\r\n") : NULL;
    out[0] = '\0';
    if (!end)
        return;
    assert_true(end + 2 - at < LINE);
    memcpy(out, at, (size_t)(end + 2 - at));
    out[end + 2 - at] = '\0';
}

static void edit(world_t *world, const world_hub_t *from, bool answer, char *text) {
    (void)world, (void)from;
    keep_line(text, line_of[answer]);
    if (!answer && setup)
        world_change_line(text, "a=setup:", setup);
    if (answer && echo)
        world_change_line(text, "a=sctp-init:", line_of[0]);
    if (!answer && bent) /* another value than before */
        world_change_line(text, "a=sctp-init:", "a=sctp-init:AQAAFLVO8AsAUAAA/////4GKeVw=\r\n");
    if (strip[answer])
        world_change_line(text, "a=sctp-init:", NULL);
}

static void begin(uint64_t seed, uint32_t loss_ppm) {
    pair_begin(&p, seed,
               (oc_sim_link_t){.delay_us = RTT_US / 2, .mtu = 1472, .loss_ppm = loss_ppm});
    p.world->edit = edit;
    setup = NULL;
    strip[0] = strip[1] = echo = bent = false;
}

static bool has_snap(world_hub_t *hub, oc_hub_peer_t id) {
    oc_peer_stats_t stats;
    assert_int_equal(oc_hub_peer_stats(hub->hub, id, &stats), OC_OK);
    return stats.sctp.snap;
}

static bool echoed(void *context) {
    return ((app_channel_t *)context)->text[0] != '\0';
}

static void talks(app_t *app, oc_hub_peer_t id, const char *text) {
    app_channel_t *c = app_open(app, id, "echo", NULL, NULL);
    app_report(app, c, text);
    assert_true(world_run(p.world, p.world->now_us + 3 * SECOND, echoed, c));
    assert_string_equal(c->text, text);
}

static void both_talk(void) {
    talks(&p.viewer, p.at_a, "from the viewer");
    talks(&p.camera, p.at_b, "from the camera");
}

static void each_end_sends_its_own_in_both_roles(void **state) {
    static const char *const setups[] = {NULL, "a=setup:active\r\n", "a=setup:passive\r\n"};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        begin(1 + i, 0);
        setup = setups[i];
        int64_t start = p.world->now_us;
        assert_true(pair_connect(&p, 10));
        assert_in_range(p.world->now_us - start, 1, 3 * RTT_US + 1000);
        assert_true(line_of[0][0] && line_of[1][0]);
        assert_string_not_equal(line_of[0], line_of[1]);
        assert_true(has_snap(p.a, p.at_a) && has_snap(p.b, p.at_b));
        both_talk();
        pair_end(&p);
    }
}

/* An offer without it is answered without it; an answer without it, from an end that has dropped
 * it on its way or does not know it: the usual handshake. */
static void ends_without_it_get_the_handshake(void **state) {
    (void)state;
    for (unsigned which = 1; which < 4; which++) {
        begin(10 + which, 0);
        strip[0] = which & 1;
        strip[1] = (which & 2) != 0;
        int64_t start = p.world->now_us;
        assert_true(pair_connect(&p, 10));
        assert_in_range(p.world->now_us - start, 1, 5 * RTT_US);
        assert_int_equal(line_of[1][0] != '\0', !strip[0]);
        assert_false(has_snap(p.a, p.at_a));
        assert_int_equal(has_snap(p.b, p.at_b), !strip[0]);
        both_talk();
        pair_end(&p);
    }
}

/* libdatachannel before 0.24.6 answers with the line of the offer. */
static void an_echo_is_no_answer(void **state) {
    (void)state;
    begin(20, 0);
    echo = true;
    int64_t start = p.world->now_us;
    assert_true(pair_connect(&p, 10));
    assert_in_range(p.world->now_us - start, 1, 5 * RTT_US);
    assert_false(has_snap(p.a, p.at_a));
    both_talk();
    pair_end(&p);
}

static void a_wrong_one_is_an_error_of_the_description(void **state) {
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"a=sctp-init:!\r\n", "sctp-init: a chunk in base64"},
        {"a=sctp-init:\r\n", "sctp-init: a chunk in base64"},
        {"a=sctp-init\r\n", "sctp-init: a chunk in base64"},
        {"a=sctp-init:AAAA\r\n", "sctp-init: no INIT chunk of SCTP"},
        {"a=sctp-init:AQAAFAAAAAAAUAAA/////4GKeVw=\r\n", "sctp-init: no INIT chunk of SCTP"},
        {"a=sctp-init:AgAAFLVO8AsAUAAA/////4GKeVw=\r\n", "sctp-init: no INIT chunk of SCTP"},
        {"a=sctp-init:AQAAFLVO8AsAUAAAAAD//4GKeVw=\r\n", "sctp-init: no INIT chunk of SCTP"},
    };
    char offer[OC_HUB_DESCRIPTION];
    (void)state;
    begin(30, 0);
    void *memory = world_peer_memory(p.a), *other = world_peer_memory(p.b);
    assert_int_equal(oc_hub_connect(p.a->hub, memory, p.world->now_us, &p.at_a), OC_OK);
    p.a->alive++;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *why = NULL;
        assert_true(
            oc_hub_description(p.a->hub, p.at_a, oc_span(NULL, 0), offer, sizeof offer) > 0);
        world_change_line(offer, "a=sctp-init:", cases[i].line);
        assert_int_equal(oc_hub_offer(p.b->hub, oc_span(offer, strlen(offer)), other,
                                      p.world->now_us, &p.at_b, &why),
                         OC_ERR_FORMAT);
        assert_string_equal(why, cases[i].why);
    }
    free(other);
    pair_end(&p);
}

/* ICE restarts of either end say the same again; a changed value changes nothing. */
static void later_descriptions_repeat_it(void **state) {
    char offer[LINE], answer[LINE];
    (void)state;
    begin(40, 0);
    assert_true(pair_connect(&p, 10));
    memcpy(offer, line_of[0], LINE);
    memcpy(answer, line_of[1], LINE);
    assert_int_equal(world_restart(p.a, p.at_a, p.b, p.at_b), OC_OK);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_string_equal(line_of[0], offer);
    assert_string_equal(line_of[1], answer);
    assert_int_equal(world_restart(p.b, p.at_b, p.a, p.at_a), OC_OK);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    assert_string_equal(line_of[0], answer);
    assert_string_equal(line_of[1], offer);
    bent = true;
    assert_int_equal(world_restart(p.a, p.at_a, p.b, p.at_b), OC_OK);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    both_talk();
    bent = false;
    strip[0] = true;
    assert_int_equal(world_restart(p.a, p.at_a, p.b, p.at_b), OC_OK);
    assert_string_equal(line_of[1], "");
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    both_talk();
    pair_end(&p);
}

/* What began without it goes on without it. */
static void a_later_offer_does_not_bring_it(void **state) {
    (void)state;
    begin(50, 0);
    strip[0] = true;
    assert_true(pair_connect(&p, 10));
    bent = true;
    strip[0] = false;
    assert_int_equal(world_restart(p.a, p.at_a, p.b, p.at_b), OC_OK);
    assert_string_equal(line_of[0], "");
    assert_string_equal(line_of[1], "");
    both_talk();
    pair_end(&p);
}

static bool all_there(void *context) {
    flow_t *f = context;
    return f->received == f->total;
}

/* The first message leaves behind the last one of DTLS. */
static void bad_networks(void **state) {
    static flow_t flow;
    (void)state;
    for (unsigned seed = 1; seed <= 60; seed++) {
        begin(100 + seed, 100000);
        echo = seed % 3 == 1;
        strip[1] = seed % 3 == 2;
        flow_init(&flow, 50, 0, true);
        assert_int_equal(world_connect(p.a, p.b, &p.at_a, &p.at_b), OC_OK);
        app_negotiated(&p.viewer, p.at_a, 7, &flow, NULL);
        app_negotiated(&p.camera, p.at_b, 7, NULL, &flow);
        assert_true(world_run(p.world, p.world->now_us + 20 * SECOND, all_there, &flow));
        assert_false(flow.broken);
        pair_end(&p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_sends_its_own_in_both_roles),
        cmocka_unit_test(ends_without_it_get_the_handshake),
        cmocka_unit_test(an_echo_is_no_answer),
        cmocka_unit_test(a_wrong_one_is_an_error_of_the_description),
        cmocka_unit_test(later_descriptions_repeat_it),
        cmocka_unit_test(a_later_offer_does_not_bring_it),
        cmocka_unit_test(bad_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
