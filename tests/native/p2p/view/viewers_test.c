/* The viewers of a camera over the whole path, in virtual time: questions, live out of a ring,
 * refusals, ends, rows, commands both ways, adoption. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_peer_impl.h"
#include "oc_sctp_send_impl.h"
#include "view_rig.h"

static const rig_options_t usual = {.link = {.delay_us = 10000, .mtu = 1472}};

static bool is_up(void) {
    return rig.ups > 0;
}

static void connect(const char *lines) {
    rig.ups = 0;
    assert_true(rig_connect(lines) > 0);
    assert_true(rig_until(is_up, 5 * SECOND));
}

/* [B2] [B3] A label becomes a question; accepted, the viewer gets JSON, the init segment and every
 * fragment from the newest key packet on, without a script having touched one. */
static void live_out_of_a_ring(void **state) {
    int32_t view;
    rig_begin(&usual);
    connect("");
    rig_run(SECOND / 2);
    rig_expect("session");
    assert_true(rig_reports("\"state\":\"up\""));
    assert_true(rig_reports("\"address\":\"10.0.0.1:40000\""));
    page_t *page = rig_open("action=live&channel=0&stream=main");
    rig_run(SECOND / 5);
    rig_expect("send-start");
    assert_true(rig_reports("\"label\":\"action=live&channel=0&stream=main\""));
    assert_true(rig_reports("\"peer\":\"10.0.0.1:40000\""));
    view = rig_number("view");
    assert_int_equal(rig_row(view).state, OC_VIEW_REQUESTED);
    assert_int_equal(page->texts, 0);
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, view, 0, 0, 0, NULL, 0, NULL),
                     OC_OK);
    rig_run(10 * SECOND);
    assert_int_equal(page->texts, 1);
    assert_non_null(strstr(page->text[0], "\"codecs\":\"avc1.42"));
    assert_non_null(strstr(page->text[0], "\"mime\":\"video/mp4; codecs=\\\"avc1."));
    assert_non_null(strstr(page->text[0], "\"width\":640,\"height\":360"));
    assert_non_null(strstr(page->text[0], "\"zero_ms\":1700000000999,")); /* picture 0: 1 s */
    assert_non_null(
        strstr(page->text[0], "\"quality\":\"ntp\"},\"stream\":\"main\",\"channel\":0}"));
    assert_int_equal(page->inits, 1);
    assert_int_equal(page->gaps, 1);
    assert_true(page->fragments > 290);
    assert_true(page->newest + 3 > rig.stream[0].pushed);
    oc_view_row_t row = rig_row(view);
    assert_int_equal(row.state, OC_VIEW_OPEN);
    assert_int_equal(row.kind, OC_VIEW_LIVE);
    assert_int_equal(row.id, page->sid);
    assert_true(row.queued < 30000);
    assert_true(row.rtt_us >= 20000 && row.rtt_us < 40000);
    assert_int_equal(row.drop_ring + row.drop_watermark + row.drop_report + row.drop_tracks, 0);
    assert_int_equal(rig.stream[0].watching, 1);
    assert_int_equal(rig.stream[0].key_requests, 1);
    assert_false(rig_take());
    rig_end();
}

/* [B7] Rates: about 30 pictures of 3.1 KB and a key of 20 KB each second; the total is exact. */
static void rates(void **state) {
    int32_t view;
    rig_begin(&usual);
    connect("");
    page_t *page = rig_live(&view);
    rig_run(10 * SECOND);
    oc_view_row_t row = rig_row(view);
    uint32_t each = 29 * (3000 + 112 + 3) + 20000 + 112 + 3;
    assert_in_range(row.acked_rate, each * 9 / 10, each * 11 / 10);
    rig.stream[0].silent = true;
    rig_run(3 * SECOND);
    row = rig_row(view);
    assert_int_equal(row.acked_rate, 0);
    assert_int_equal(row.inst_rate, 0);
    assert_int_equal(row.queued, 0); /* [B6] */
    uint64_t total = (uint64_t)row.acked_hi << 32 | row.acked_lo, sent = strlen(page->text[0]);
    for (unsigned n = page->first; n <= page->newest; n++)
        sent += 112 + (n % 30 ? 3000 : 20000) + n % 7;
    assert_in_range(total, sent + 500, sent + 1500); /* ACK and init segment */
    rig_end();
}

/* [B2] What is wrong is refused, and the viewer sees why. */
static void refusals(void **state) {
    rig_begin(&usual);
    connect("");
    page_t *bad = rig_open("action=live&action=live");
    rig_run(SECOND);
    assert_non_null(strstr(bad->last, "{\"error\":\"label: "));
    assert_true(bad->closed);
    page_t *odd = rig_open("action=dance");
    rig_run(SECOND / 5);
    rig_expect("send-start");
    static const char why[] = "unknown action \"dance\"";
    int32_t view = rig_number("view");
    assert_int_equal(
        rig_command(OC_COMMAND_P2P_REFUSE, 0, view, 0, 0, 0, why, sizeof why - 1, NULL), OC_OK);
    assert_int_equal(
        rig_command(OC_COMMAND_P2P_REFUSE, 0, view, 0, 0, 0, why, sizeof why - 1, NULL),
        OC_ERR_NOENT);
    rig_run(SECOND);
    assert_string_equal(odd->last, "{\"error\":\"unknown action \\\"dance\\\"\"}");
    assert_true(odd->closed);
    assert_false(rig_take()); /* who refuses is told no stop */
    page_t *none = rig_open("action=live&channel=9");
    rig_run(SECOND / 5);
    rig_expect("send-start");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, rig_number("view"), 9, 0, 0,
                                 NULL, 0, NULL),
                     OC_ERR_NOENT);
    assert_string_equal(rig.notice, "live: no such channel or stream");
    rig_run(SECOND);
    assert_string_equal(none->last, "{\"error\":\"live: no such channel or stream\"}");
    assert_true(none->closed);
    page_t *old = rig_open("action=playback&channel=0");
    rig_run(SECOND / 5);
    rig_expect("send-start");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_PLAYBACK, rig_number("view"), 0, 0,
                                 0, NULL, 0, NULL),
                     OC_ERR_NOTSUP);
    rig_run(SECOND);
    assert_non_null(strstr(old->last, "does not keep recordings"));
    rig.private_mode = 1;
    page_t *hidden = rig_open("action=live&channel=0");
    rig_run(SECOND / 5);
    rig_expect("send-start");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, rig_number("view"), 0, 0, 0,
                                 NULL, 0, NULL),
                     OC_ERR_PRIVATE);
    rig_run(SECOND);
    assert_string_equal(hidden->last, "{\"error\":\"privacy mode is on\"}");
    rig_end();
}

/* Nobody answers: 2 s without a script, 5 s with one. */
static void unanswered(void **state) {
    rig_begin(&usual);
    connect("");
    rig_expect("session");
    page_t *page = rig_open("action=live&channel=0");
    rig_run(19 * SECOND / 10);
    assert_int_equal(page->texts, 0);
    rig_run(SECOND / 5);
    assert_string_equal(page->last, "{\"error\":\"busy\"}");
    assert_false(rig_take()); /* it was never told */
    page = rig_open("action=live&channel=0");
    rig_run(SECOND);
    rig_expect("send-start");
    int32_t view = rig_number("view");
    rig_run(38 * SECOND / 10);
    assert_int_equal(page->texts, 0);
    rig_run(SECOND / 2);
    assert_string_equal(page->last, "{\"error\":\"busy\"}");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, view, 0, 0, 0, NULL, 0, NULL),
                     OC_ERR_NOENT);
    rig_expect("send-stop");
    assert_true(rig_reports("\"reason\":\"busy\""));
    rig_end();
}

/* [B4] A view stops when its viewer closes it, is cut off, or the script says so; once each. */
static void stops(void **state) {
    int32_t view;
    rig_begin(&usual);
    connect("");
    page_t *page = rig_live(&view);
    rig_run(SECOND);
    rig_close(page);
    rig_run(SECOND);
    rig_expect("send-stop");
    assert_int_equal(rig_number("view"), view);
    assert_true(rig_reports("closed by the viewer"));
    assert_int_equal(rig_row(view).state, OC_VIEW_FREE);
    assert_int_equal(rig.stream[0].watching, 0);
    page = rig_live(&view);
    rig_run(SECOND);
    static const char why[] = "the day is over";
    assert_int_equal(rig_command(OC_COMMAND_P2P_END, 0, 0, view, 0, 0, why, sizeof why - 1, NULL),
                     OC_OK);
    rig_expect("send-stop");
    assert_true(rig_reports("the day is over"));
    rig_run(SECOND);
    assert_string_equal(page->last, "{\"error\":\"the day is over\"}");
    assert_true(page->closed);
    page = rig_live(&view);
    rig_run(SECOND);
    rig_freeze(true); /* it falls silent for good */
    rig_run(60 * SECOND);
    rig_expect("session");
    assert_true(rig_reports("\"state\":\"lost\""));
    assert_int_equal(rig_session(0).state, OC_SESSION_LOST);
    rig_run(140 * SECOND);
    rig_expect("send-stop");
    assert_int_equal(rig_number("view"), view);
    assert_true(rig_reports("the peer disappeared"));
    rig_expect("session");
    assert_true(rig_reports("\"state\":\"over\""));
    assert_int_equal(rig_session(0).state, OC_SESSION_FREE);
    assert_false(rig_take());
    rig_end();
}

/* [B8] Trouble that ends a session is an event of its own, before its end. */
static void peer_error(void **state) {
    rig_begin(&usual);
    world_link(rig.world, rig.viewer, rig.camera, (oc_sim_link_t){.down = true});
    assert_true(rig_connect("") > 0);
    rig_run(60 * SECOND);
    rig_expect("peer-error");
    assert_true(rig_reports("\"reason\":\"") && !rig_reports("\"reason\":\"\""));
    rig_expect("session");
    assert_true(rig_reports("\"state\":\"over\""));
    oc_viewers_notice(rig.v, OC_VIEWERS_READY);
    oc_viewers_notice(rig.v, OC_VIEWERS_CONNECT_FAIL);
    oc_viewers_notice(rig.v, OC_VIEWERS_ADDR_CHANGED);
    oc_viewers_notice(rig.v, OC_VIEWERS_ADDR_CHANGED);
    assert_true(rig_take() && strcmp(rig.notice, "{\"kind\":\"ready\"}") == 0);
    assert_true(rig_take() && strcmp(rig.notice, "{\"kind\":\"connect-fail\"}") == 0);
    assert_true(rig_take() && strcmp(rig.notice, "{\"kind\":\"addr-changed\"}") == 0);
    assert_false(rig_take());
    rig_end();
}

/* The first request rides in the signalling: asked before the association is there, and answered
 * with its first packets. [B2] */
static void first_request_in_the_offer(void **state) {
    rig_begin(&usual);
    int64_t begun = rig.world->now_us;
    assert_true(rig_connect("7 action=live&channel=0\n9 action=command\n") > 0);
    page_t *live = rig_negotiated(7), *command = rig_negotiated(9);
    world_settle(rig.world);
    rig_expect("send-start");
    int32_t view = rig_number("view");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, view, 0, 0, 0, NULL, 0, NULL),
                     OC_OK);
    rig_expect("send-start");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_COMMAND, rig_number("view"), 0, 0,
                                 0, NULL, 0, NULL),
                     OC_OK);
    while (live->fragments == 0 && rig.world->now_us < begun + SECOND)
        rig_run(MS);
    assert_true(live->fragments > 0);
    assert_true(live->newest_us - begun < 110 * MS); /* 4.5 round trips of 20 ms, and steps of 5 */
    rig_request(command, 1, 0, 5, "hello", 5);
    rig_run(SECOND / 5);
    rig_expect("command");
    assert_int_equal(rig_number("request"), 5);
    rig_end();
}

/* A viewer ends with the login by which it came, and is told; of another login it does not. A new
 * offer, of whoever has a login, answers for it from then on. */
static void ends_with_its_login(void **state) {
    char sdp[OC_HUB_DESCRIPTION + 1] = "\n";
    rig_begin(&usual);
    connect("");
    page_t *live = rig_live(NULL);
    rig_run(SECOND);
    uint32_t id = rig_session(0).session;
    assert_int_equal(rig_session(0).login, 0);
    assert_int_equal(oc_viewers_end_login(rig.v, id, 7, "no", rig.world->now_us), OC_ERR_NOENT);
    for (int32_t login = 7; login >= 0; login -= 7) { /* without one the last one stays */
        assert_int_equal(oc_hub_restart(rig.viewer->hub, rig.at_viewer, rig.world->now_us), OC_OK);
        int len = oc_hub_description(rig.viewer->hub, rig.at_viewer, oc_span(NULL, 0), sdp + 1,
                                     sizeof sdp - 1);
        assert_true(len > 0);
        assert_int_equal(rig_command(OC_COMMAND_P2P_OFFER, 0, (int32_t)id, login, 0, 0, sdp,
                                     (uint32_t)len + 1, NULL),
                         OC_OK);
        assert_int_equal(oc_hub_answer(rig.viewer->hub, rig.at_viewer,
                                       oc_span(rig.notice, rig.notice_len), rig.world->now_us,
                                       NULL),
                         OC_OK);
        rig_run(SECOND);
        assert_int_equal(rig_session(0).login, 7);
    }
    assert_int_equal(oc_viewers_end_login(rig.v, id, 0, "no", rig.world->now_us), OC_ERR_NOENT);
    assert_int_equal(oc_viewers_end_login(rig.v, id + 1, 7, "no", rig.world->now_us), OC_ERR_NOENT);
    rig_run(SECOND);
    assert_false(live->closed);
    assert_int_equal(oc_viewers_end_login(rig.v, id, 7, "the login has ended", rig.world->now_us),
                     OC_OK);
    rig_run(SECOND);
    assert_true(live->closed || oc_hub_peer(rig.viewer->hub, rig.at_viewer) == NULL);
    rig_expect("session");
    assert_true(rig_reports("\"state\":\"over\""));
    assert_int_equal(rig_session(0).state, OC_SESSION_FREE);
    assert_int_equal(oc_viewers_end_login(rig.v, id, 7, "no", rig.world->now_us), OC_ERR_NOENT);
    rig_end();
}

/* Offers that are wrong. */
static void bad_offers(void **state) {
    static const char *const bad[] = {"",
                                      "x",
                                      "7 a=b",
                                      "1024 a\n\nv=0",
                                      "7\n\nv=0",
                                      " 7 a\n\nv=0",
                                      "-1 a\n\nv=0",
                                      "7 a\nv=0\r\n",
                                      "\nv=0\r\nnonsense"};
    rig_begin(&usual);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(rig_command(OC_COMMAND_P2P_OFFER, 0, 0, 0, 0, 0, bad[i],
                                (uint32_t)strlen(bad[i]), NULL) < 0);
    assert_int_equal(rig_command(OC_COMMAND_P2P_OFFER, 0, 12345, 0, 0, 0, "\nv=0", 4, NULL),
                     OC_ERR_NOENT);
    assert_true(rig_connect("7 a=b\n7 a=b\n") < 0); /* an id twice */
    assert_int_equal(rig_command(OC_COMMAND_P2P_ANSWER, 0, 5, 0, 0, 0, "v=0", 3, NULL),
                     OC_ERR_NOENT);
    assert_int_equal(rig_command(OC_COMMAND_P2P_CANDIDATE, 0, 5, 0, 0, 0, "", 0, NULL),
                     OC_ERR_NOENT);
    assert_int_equal(rig_command(OC_COMMAND_P2P_END, 0, 5, 0, 0, 0, "", 0, NULL), OC_ERR_NOENT);
    assert_int_equal(rig_command(OC_COMMAND_P2P_END, 0, 0, 5, 0, 0, "", 0, NULL), OC_ERR_NOENT);
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, 9, 5, 0, 0, 0, "", 0, NULL), OC_ERR_NOENT);
    assert_int_equal(rig_command(OC_COMMAND_P2P_REPLY, 0, 5, 1, 0, 0, "x", 1, NULL), OC_ERR_NOENT);
    assert_int_equal(rig_command(OC_COMMAND_P2P_KEEPALIVE, 0, 256, 3, 0, 0, "", 0, NULL),
                     OC_ERR_RANGE);
    assert_int_equal(rig_command(OC_COMMAND_P2P_KEEPALIVE, 0, 10, 11, 0, 0, "", 0, NULL),
                     OC_ERR_RANGE);
    assert_int_equal(rig_command(OC_COMMAND_P2P_KEEPALIVE, 0, 10, 3, 0, 0, "", 0, NULL), OC_OK);
    assert_int_equal(rig_command(OC_COMMAND_P2P_KEEPALIVE, 0, 0, 0, 0, 0, "", 0, NULL), OC_OK);
    rig_end();
}

/* We offer. */
static void our_offer(void **state) {
    int32_t session;
    void *memory;
    char offer[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
    rig_begin(&usual);
    assert_int_equal(rig_command(OC_COMMAND_P2P_CONNECT, 0, 0, 0, 0, 0, NULL, 0, &session), OC_OK);
    uint32_t len = rig.notice_len;
    memcpy(offer, rig.notice, len);
    memory = world_peer_memory(rig.viewer);
    assert_int_equal(oc_hub_offer(rig.viewer->hub, oc_span(offer, len), memory, rig.world->now_us,
                                  &rig.at_viewer, NULL),
                     OC_OK);
    rig.viewer->alive++;
    int n = oc_hub_description(rig.viewer->hub, rig.at_viewer, oc_span(offer, len), answer,
                               sizeof answer);
    assert_true(n > 0);
    assert_int_equal(
        rig_command(OC_COMMAND_P2P_ANSWER, 0, session, 0, 0, 0, answer, (uint32_t)n, NULL), OC_OK);
    assert_true(rig_until(is_up, 5 * SECOND));
    page_t *page = rig_live(NULL);
    rig_run(SECOND);
    assert_true(page->fragments > 20);
    rig_end();
}

/* No script any more: live goes on. The next one lists rows, takes over, and is asked again. */
static void adoption(void **state) {
    int32_t view;
    rig_begin(&usual);
    connect("");
    page_t *page = rig_live(&view);
    rig_run(SECOND);
    page_t *asking = rig_open("action=live&channel=0");
    rig_run(SECOND / 2);
    rig_expect("send-start");
    int32_t requested = rig_number("view");
    rig_new_script();
    unsigned before = page->fragments;
    rig_run(SECOND);
    assert_true(page->fragments > before + 25);
    rig_expect("send-start"); /* the question, again */
    assert_int_equal(rig_number("view"), requested);
    assert_int_equal(rig_row(view).state, OC_VIEW_OPEN);
    assert_int_equal(rig_row(view).session, rig_session(0).session);
    assert_int_equal(
        rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, requested, 0, 0, 0, NULL, 0, NULL), OC_OK);
    rig_run(SECOND);
    assert_true(asking->fragments > 25);
    rig_close(asking);
    rig_run(SECOND); /* its stop is not taken */
    rig_new_script();
    assert_int_equal(rig_row(requested).state, OC_VIEW_FREE);
    assert_false(rig_take()); /* the third script never knew it */
    assert_int_equal(rig_command(OC_COMMAND_P2P_END, 0, 0, view, 0, 0, "x", 1, NULL), OC_OK);
    rig_expect("send-stop");
    rig_end();
}

/* Candidates that are found late are told one by one, the end of them last; each session has its
 * own. Our address changed: told once however often. [B8] */
static void late_candidates(void **state) {
    rig_begin(&usual);
    connect("");
    rig_expect("session");
    oc_hub_event_t event = {.kind = OC_HUB_EVENT_CANDIDATE, .id = rig.at_camera, .mid = "0"};
    event.candidate = (oc_candidate_t){.type = OC_CANDIDATE_HOST,
                                       .component = 1,
                                       .priority = 7,
                                       .foundation = "1",
                                       .addr = rig.camera->addr[0],
                                       .base = rig.camera->addr[0]};
    for (unsigned i = 0; i < 3; i++) {
        event.candidate.addr.ip[3] = (uint8_t)(100 + i);
        oc_viewers_event(rig.v, &event, rig.world->now_us);
    }
    event.end = true;
    oc_viewers_event(rig.v, &event, rig.world->now_us);
    for (unsigned i = 0; i < 3; i++) {
        char ip[32];
        snprintf(ip, sizeof ip, " 10.0.0.%u 40000 ", 100 + i);
        assert_true(rig_take() && rig_reports(ip));
        assert_true(rig_reports("\"mid\":\"0\""));
        assert_int_equal(rig_number("session"), (int32_t)rig.at_camera);
    }
    assert_true(rig_take() && rig_reports("\"line\":\"\""));
    event = (oc_hub_event_t){.kind = OC_HUB_EVENT_ADDRESS};
    oc_viewers_event(rig.v, &event, rig.world->now_us);
    oc_viewers_event(rig.v, &event, rig.world->now_us);
    assert_true(rig_take() && strcmp(rig.notice, "{\"kind\":\"addr-changed\"}") == 0);
    assert_false(rig_take());
    for (unsigned i = 0; i < 40; i++) { /* more than there is room for */
        event = (oc_hub_event_t){.kind = OC_HUB_EVENT_CANDIDATE, .id = rig.at_camera};
        event.candidate = (oc_candidate_t){.type = OC_CANDIDATE_HOST,
                                           .component = 1,
                                           .foundation = "1",
                                           .addr = rig.camera->addr[0]};
        oc_viewers_event(rig.v, &event, rig.world->now_us);
    }
    unsigned notified = 0;
    while (rig_take())
        notified++;
    assert_in_range(notified, 8, 40);
    oc_viewers_event(rig.v, &event, rig.world->now_us); /* given back with the session */
    rig_end();
}

/* [B2] A peer without FORWARD-TSN could never be rid of what is too late: live is refused. */
static void no_forward_tsn(void **state) {
    rig_begin(&usual);
    connect("");
    oc_sctp_sender(oc_hub_peer(rig.camera->hub, rig.at_camera)->sctp)->forward_ok = false;
    page_t *page = rig_open("action=live&channel=0");
    rig_run(SECOND / 5);
    rig_expect("send-start");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, rig_number("view"), 0, 0, 0,
                                 NULL, 0, NULL),
                     OC_ERR_NOTSUP);
    rig_run(SECOND);
    assert_string_equal(page->last,
                        "{\"error\":\"live: the other end has no FORWARD-TSN (RFC 3758)\"}");
    assert_true(page->closed);
    assert_int_equal(rig.stream[0].watching, 0);
    page_t *command = rig_commands(NULL); /* reliable: fine */
    assert_false(command->closed);
    rig_end();
}

/* The second stream, beside the first one. */
static void both_streams(void **state) {
    rig_begin(&usual);
    rig_stream_open(1, &usual);
    connect("");
    page_t *first = rig_live(NULL);
    page_t *second = rig_open("action=live&channel=0&stream=sub");
    rig_run(SECOND / 5);
    rig_expect("send-start");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, rig_number("view"), 0,
                                 OC_STREAM_SUB, 0, NULL, 0, NULL),
                     OC_OK);
    rig_run(3 * SECOND);
    assert_non_null(strstr(second->text[0], "\"stream\":\"sub\""));
    assert_true(first->fragments > 80 && second->fragments > 80);
    assert_int_equal(rig.stream[1].watching, 1);
    rig_stream_close(1, "closed");
    rig_run(SECOND);
    assert_true(second->closed && !first->closed);
    assert_true(first->newest + 3 > rig.stream[0].pushed);
    rig_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_out_of_a_ring),
        cmocka_unit_test(rates),
        cmocka_unit_test(refusals),
        cmocka_unit_test(unanswered),
        cmocka_unit_test(stops),
        cmocka_unit_test(peer_error),
        cmocka_unit_test(first_request_in_the_offer),
        cmocka_unit_test(ends_with_its_login),
        cmocka_unit_test(bad_offers),
        cmocka_unit_test(our_offer),
        cmocka_unit_test(adoption),
        cmocka_unit_test(late_candidates),
        cmocka_unit_test(no_forward_tsn),
        cmocka_unit_test(both_streams),
    };
    return cmocka_run_group_tests_name("viewers", tests, NULL, NULL);
}
