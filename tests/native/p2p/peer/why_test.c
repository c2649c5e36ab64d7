/* A connection that fails says which step failed, and at once where the peer said it: in virtual
 * time, every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oc_dtls_split.h"
#include "oc_err.h"
#include "p2p_pair.h"

static const oc_sim_link_t lan = {.delay_us = 500, .mtu = 1472};
static pair_t p;

/* Contains it, or fails with the whole. */
static void assert_reports(const app_t *app, const char *part) {
    if (!strstr(app->why, part))
        fail_msg("\"%s\" does not say \"%s\"", app->why, part);
    assert_true(strlen(app->why) < OC_PEER_WHY_TEXT - 1);
}

/* Which datagrams are lost: content types of DTLS, 0: STUN. */
static unsigned lost_type;
static bool lose(world_t *world, const world_hub_t *from, const oc_path_t *to, uint8_t *data,
                 size_t *len) {
    bool stun = *len && data[0] < 4;
    return !(lost_type ? !stun && data[0] == lost_type : stun);
}

static bool both_over(void *context) {
    return p.viewer.over && p.camera.over;
}

static int64_t fails(unsigned type, uint64_t seed) {
    pair_begin(&p, seed, lan);
    lost_type = type;
    p.world->tap = lose;
    p.world->edit = world_without_snap;
    int64_t begin_us = p.world->now_us;
    assert_false(pair_connect(&p, 1));
    assert_true(world_run(p.world, begin_us + 40 * SECOND, both_over, NULL));
    assert_int_equal(p.viewer.up + p.camera.up, 0);
    return p.world->now_us - begin_us;
}

static void no_check_is_answered(void **state) {
    fails(0, 1);
    for (unsigned i = 0; i < 2; i++) {
        const app_t *app = i ? &p.viewer : &p.camera;
        assert_int_equal(app->reason, OC_PEER_UNREACHABLE);
        assert_reports(app, "no pair of addresses works: ICE: ");
        assert_reports(app, "checks were sent and none was answered; 0 of the peer's came");
    }
    pair_end(&p);
}

static void no_handshake_passes(void **state) {
    fails(OC_DTLS_HANDSHAKE, 2);
    assert_reports(&p.camera, "DTLS handshake failed: the peer did not answer our ClientHello");
    assert_reports(&p.viewer, "DTLS handshake failed: no ClientHello of the peer's came");
    pair_end(&p);
}

static void no_association(void **state) {
    fails(OC_DTLS_APPLICATION, 3);
    assert_reports(&p.camera, "not connected in time: SCTP: the peer answered none of ");
    assert_reports(&p.viewer, " INIT");
    pair_end(&p);
}

/* The offer is given to nobody. */
static void no_answer(void **state) {
    pair_begin(&p, 4, lan);
    assert_int_equal(oc_hub_connect(p.a->hub, world_peer_memory(p.a), p.world->now_us, &p.at_a),
                     OC_OK);
    p.a->alive++;
    world_run(p.world, p.world->now_us + 20 * SECOND, NULL, NULL);
    assert_int_equal(p.viewer.over, 1);
    assert_reports(&p.viewer, "not connected in time: our offer was not answered");
    pair_end(&p);
}

/* The end that is refused hears it, and does not wait for the end of its patience. */
static void an_alert_ends_it_at_once(void **state) {
    for (unsigned who = 0; who < 2; who++) {
        char text[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
        pair_begin(&p, 5 + who, lan);
        int64_t begin_us = p.world->now_us;
        assert_int_equal(oc_hub_connect(p.a->hub, world_peer_memory(p.a), begin_us, &p.at_a),
                         OC_OK);
        p.a->alive++;
        int n = oc_hub_description(p.a->hub, p.at_a, oc_span(NULL, 0), text, sizeof text);
        assert_true(n > 0);
        oc_span_t offer = oc_span(text, (size_t)n);
        char *print = strstr(text, "sha-256 ") + 8;
        if (who == 0)
            *print = *print == 'A' ? 'B' : 'A';
        assert_int_equal(
            oc_hub_offer(p.b->hub, offer, world_peer_memory(p.b), begin_us, &p.at_b, NULL), OC_OK);
        p.b->alive++;
        n = oc_hub_description(p.b->hub, p.at_b, offer, answer, sizeof answer);
        assert_true(n > 0);
        print = strstr(answer, "sha-256 ") + 8;
        if (who == 1)
            *print = *print == 'A' ? 'B' : 'A';
        assert_int_equal(
            oc_hub_answer(p.a->hub, p.at_a, oc_span(answer, (size_t)n), begin_us, NULL), OC_OK);
        assert_true(world_run(p.world, begin_us + SECOND, both_over, NULL));
        const app_t *refuses = who ? &p.viewer : &p.camera, *refused = who ? &p.camera : &p.viewer;
        assert_reports(refuses, "failed: the peer's certificate is not the announced one");
        assert_reports(refused, "failed: the peer sent alert 49 (access_denied)");
        pair_end(&p);
    }
}

/* Every sentence fits, and names its step. */
static void all_texts_fit(void **state) {
    char text[OC_PEER_WHY_TEXT];
    for (int reason = OC_PEER_LOCAL; reason <= OC_PEER_DISPLACED; reason++)
        for (int code = 0; code <= OC_HS_ALERT; code++)
            for (int step = OC_PEER_STEP_OFFER; step <= OC_PEER_STEP_UP; step++) {
                oc_peer_why_t why = {.reason = (oc_peer_reason_t)reason,
                                     .code = code,
                                     .step = (oc_peer_step_t)step,
                                     .alert = 40,
                                     .dtls_client = true,
                                     .checks = UINT32_MAX,
                                     .requests = UINT32_MAX,
                                     .inits = 255};
                size_t len = oc_peer_why_text(&why, text, sizeof text);
                assert_int_equal(len, strlen(text));
                assert_true(len < sizeof text - 1);
            }
    oc_peer_why_t board = {
        .reason = OC_PEER_HANDSHAKE_FAILED, .code = OC_HS_ALERT, .alert = 40, .dtls_client = true};
    oc_peer_why_text(&board, text, sizeof text);
    assert_string_equal(text, "the DTLS handshake failed: the peer sent alert 40 "
                              "(handshake_failure): its certificate may be RSA, this device takes "
                              "ECDSA only");
    board.code = OC_HS_SUITE;
    oc_peer_why_text(&board, text, sizeof text);
    assert_string_equal(text, "the DTLS handshake failed: the peer has no cipher suite in common "
                              "with this device");
    board.code = OC_HS_RSA;
    oc_peer_why_text(&board, text, sizeof text);
    assert_string_equal(text, "the DTLS handshake failed: the peer's certificate is RSA: this "
                              "device takes ECDSA only");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_check_is_answered),     cmocka_unit_test(no_handshake_passes),
        cmocka_unit_test(no_association),           cmocka_unit_test(no_answer),
        cmocka_unit_test(an_alert_ends_it_at_once), cmocka_unit_test(all_texts_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
