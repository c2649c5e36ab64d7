/* Command channels and what viewers send, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "view_rig.h"

static const rig_options_t usual = {.link = {.delay_us = 10000, .mtu = 1472}};

static bool is_up(void) {
    return rig.ups > 0;
}

static void begin_as(const rig_options_t *options) {
    rig_begin(options);
    assert_true(rig_connect("") > 0);
    assert_true(rig_until(is_up, 5 * SECOND));
    rig_expect("session");
}

static void begin(void) {
    begin_as(&usual);
}

static int reply(int32_t view, int32_t request, bool error, const char *text) {
    return rig_command(OC_COMMAND_P2P_REPLY, 0, view, request, error, 0, text,
                       (uint32_t)strlen(text), NULL);
}

/* The last message that a page got: kind, request, payload. */
static void got(const page_t *page, unsigned kind, uint32_t request, const char *payload) {
    const uint8_t *b = page->bytes;
    assert_int_equal(page->len, 8 + strlen(payload));
    assert_int_equal(b[0], kind);
    assert_int_equal(b[1] | b[2] | b[3], 0);
    assert_int_equal((uint32_t)b[4] << 24 | b[5] << 16 | b[6] << 8 | b[7], request);
    assert_memory_equal(b + 8, payload, strlen(payload));
}

/* Requests come with their bytes, answers and errors go back under the same id, in any order. */
static void requests_and_answers(void **state) {
    int32_t view;
    static const char bytes[] = "a\0b\xFF";
    begin();
    page_t *page = rig_commands(&view);
    rig_request(page, 1, 0, 77, bytes, 4);
    rig_request(page, 1, 0, 0xFFFFFFFF, "", 0);
    rig_run(SECOND / 10);
    rig_expect("command");
    assert_int_equal(rig_number("view"), view);
    assert_int_equal(rig_number("request"), 77);
    assert_int_equal(rig_bytes().len, 4);
    assert_memory_equal(rig_bytes().data, bytes, 4);
    rig_expect("command");
    assert_true(rig_reports("\"request\":4294967295"));
    assert_int_equal(rig_bytes().len, 0);
    assert_false(rig_take());
    assert_int_equal(reply(view, -1, false, "second"), OC_OK);
    rig_run(SECOND / 10);
    got(page, 2, 0xFFFFFFFF, "second");
    assert_int_equal(reply(view, 77, true, "not found"), OC_OK);
    rig_run(SECOND / 10);
    got(page, 4, 77, "not found");
    assert_int_equal(reply(view, 77, false, "again"), OC_ERR_NOENT);
    assert_int_equal(reply(view, 78, false, "never asked"), OC_ERR_NOENT);
    rig_run(6 * SECOND);
    assert_int_equal(page->binaries, 2);
    rig_end();
}

/* [B10] An answer of no bytes: the viewer is told, and the channel is closed. */
static void empty_answer_closes(void **state) {
    int32_t view;
    begin();
    page_t *page = rig_commands(&view);
    rig_request(page, 1, 0, 9, "x", 1);
    rig_run(SECOND / 10);
    rig_expect("command");
    assert_int_equal(reply(view, 9, false, ""), OC_OK);
    rig_expect("send-stop");
    assert_true(rig_reports("no answer"));
    rig_run(SECOND);
    got(page, 4, 9, "no answer");
    assert_string_equal(page->last, "{\"error\":\"no answer\"}");
    assert_true(page->closed);
    assert_int_equal(rig_row(view).state, OC_VIEW_FREE);
    rig_end();
}

/* [B10] A missed deadline answers that request with an error; the channel stays open. */
static void missed_deadline(void **state) {
    int32_t view;
    begin();
    page_t *page = rig_commands(&view);
    rig_request(page, 1, 0, 1, "told", 4);
    rig_run(SECOND / 10);
    rig_expect("command");
    rig_request(page, 1, 0, 2, "not told", 8);
    rig_run(48 * SECOND / 10);
    assert_int_equal(page->binaries, 0);
    rig_run(SECOND / 2);
    assert_int_equal(page->binaries, 2);
    got(page, 4, 2, "timeout");
    assert_int_equal(reply(view, 1, false, "too late"), OC_ERR_NOENT);
    assert_false(rig_take()); /* nobody wants the second one any more */
    rig_request(page, 1, 0, 1, "again", 5);
    rig_run(SECOND / 10);
    rig_expect("command");
    assert_int_equal(reply(view, 1, false, "there"), OC_OK);
    rig_run(SECOND / 10);
    got(page, 2, 1, "there");
    rig_end();
}

/* At most 8 under way; an id that is under way is not taken again. */
static void too_many_requests(void **state) {
    int32_t view;
    begin();
    page_t *page = rig_commands(&view);
    for (uint32_t i = 1; i <= 8; i++)
        rig_request(page, 1, 0, i, "x", 1);
    rig_run(SECOND / 10);
    assert_int_equal(page->binaries, 0);
    rig_request(page, 1, 0, 9, "x", 1);
    rig_run(SECOND / 10);
    got(page, 4, 9, "busy");
    rig_request(page, 1, 0, 3, "x", 1);
    rig_run(SECOND / 10);
    got(page, 4, 3, "this request id is pending");
    for (int i = 1; i <= 8; i++) {
        rig_expect("command");
        assert_int_equal(rig_number("request"), i); /* oldest first */
        assert_int_equal(reply(view, i, false, "y"), OC_OK);
    }
    rig_request(page, 1, 0, 9, "x", 1);
    rig_run(SECOND / 10);
    rig_expect("command");
    rig_end();
}

/* What is malformed. */
static void hostile_messages(void **state) {
    static char large[OC_PARCEL_MAX];
    int32_t view;
    begin();
    page_t *page = rig_commands(&view);
    rig_request(page, 5, 0, 3, "x", 1);
    rig_run(SECOND / 10);
    got(page, 4, 3, "unknown kind of message");
    rig_request(page, 2, 0, 3, "x", 1); /* an answer to what was never asked */
    rig_request(page, 3, 0, 0, "short", 5);
    rig_request(page, 3, 999, 0, "1234567890123", 13); /* of no channel */
    rig_request(page, 3, page->sid, 0, "1234567890123", 13);
    rig_run(SECOND / 10);
    assert_int_equal(page->binaries, 1);
    uint32_t maximum = OC_PARCEL_MAX - 128 < 16384 ? OC_PARCEL_MAX - 128 : 16384;
    rig_request(page, 1, 0, 5, large, maximum);
    rig_run(SECOND / 2);
    rig_expect("command");
    assert_int_equal(rig_bytes().len, maximum);
    rig_request(page, 1, 0, 6, large, maximum + 1);
    rig_run(SECOND / 2);
    got(page, 4, 6, "too long");
    rig_log(page, "text", 4, true);
    rig_run(SECOND);
    assert_string_equal(page->last, "{\"error\":\"command: malformed message\"}");
    assert_true(page->closed);
    rig_expect("send-stop");
    page = rig_commands(&view);
    rig_log(page, "short", 5, false);
    rig_run(SECOND);
    assert_true(page->closed);
    rig_end();
}

/* A script that ends: what it has taken is answered by the deadline, what it has not goes to the
 * next one. */
static void requests_outlive_a_script(void **state) {
    int32_t view;
    begin();
    page_t *page = rig_commands(&view);
    rig_request(page, 1, 0, 1, "taken", 5);
    rig_run(SECOND / 10);
    rig_expect("command");
    rig_request(page, 1, 0, 2, "waits", 5);
    rig_run(SECOND);
    rig_new_script();
    rig_expect("command");
    assert_int_equal(rig_number("request"), 2);
    assert_int_equal(reply(view, 2, false, "by the next one"), OC_OK);
    rig_run(SECOND / 10);
    got(page, 2, 2, "by the next one");
    rig_run(5 * SECOND);
    got(page, 4, 1, "timeout");
    rig_end();
}

/* Blocks of messages that nobody has given back, of the last viewer. */
static uint32_t held_back(void) {
    oc_peer_stats_t stats;
    assert_int_equal(oc_hub_peer_stats(rig.camera->hub, rig.at_camera, &stats), OC_OK);
    return stats.sctp.stored_blocks;
}

/* Channels that close under messages which the script has not taken: the window is whole again. */
static void nothing_stays_in_the_window(void **state) {
    begin();
    page_t *page = rig_commands(NULL);
    for (uint32_t i = 0; i < 4; i++)
        rig_request(page, 1, 0, i, "x", 1);
    rig_run(SECOND / 10);
    assert_int_equal(held_back(), 4);
    rig_close(page);
    rig_run(SECOND);
    assert_int_equal(held_back(), 0); /* nobody can answer any more */
    page = rig_open("action=voice");
    rig_run(SECOND / 10);
    rig_expect("receive-start");
    int32_t view = rig_number("view");
    assert_int_equal(
        rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_RECEIVE, view, 0, 0, 0, NULL, 0, NULL), OC_OK);
    rig_log(page, "one", 3, false);
    rig_log(page, "two", 3, false);
    rig_run(SECOND / 10);
    rig_close(page);
    rig_run(SECOND);
    assert_int_equal(held_back(), 2); /* to be taken */
    rig_expect("receive");
    assert_int_equal(held_back(), 1);
    rig_new_script(); /* which never saw that view */
    assert_int_equal(held_back(), 0);
    assert_false(rig_take());
    rig_end();
}

static page_t *talk(int32_t *view) {
    page_t *page = rig_open("action=voice&codec=opus");
    rig_run(SECOND / 5);
    rig_expect("receive-start");
    *view = rig_number("view");
    assert_int_equal(
        rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_RECEIVE, *view, 0, 0, 0, NULL, 0, NULL), OC_OK);
    return page;
}

/* [B9] Each message reaches the script as it was, in order; the end is told once. */
static void talkback(void **state) {
    int32_t view;
    begin();
    page_t *page = talk(&view);
    for (uint8_t i = 0; i < 50; i++) {
        uint8_t sound[160];
        memset(sound, i, sizeof sound);
        rig_log(page, sound, sizeof sound, false);
        rig_run(SECOND / 50);
        if (i % 5)
            continue;
        while (rig_take())
            if (rig_reports("\"kind\":\"receive\",")) {
                assert_int_equal(rig_number("view"), view);
                assert_int_equal(rig_bytes().len, 160);
            }
    }
    rig_run(SECOND / 10);
    while (rig_take())
        assert_int_equal(rig_bytes().data[0], rig_bytes().data[159]);
    assert_int_equal(rig_row(view).drop_received, 0);
    rig_log(page, "last", 4, false);
    rig_close(page);
    rig_run(SECOND);
    rig_expect("receive"); /* before the end */
    assert_memory_equal(rig_bytes().data, "last", 4);
    rig_expect("receive-end");
    assert_int_equal(rig_number("view"), view);
    assert_false(rig_take());
    rig_end();
}

/* [B9] A script that takes nothing: the oldest give way, so that sound is not late and the window
 * stays open for others. */
static void talkback_untaken(void **state) {
    rig_options_t small = usual;
    int32_t view;
    uint8_t sound[1000];
    small.camera = true; /* a window of 32 KiB */
    begin_as(&small);
    page_t *page = talk(&view), *command = rig_commands(NULL);
    for (unsigned i = 0; i < 200; i++) {
        memset(sound, (int)i, sizeof sound);
        rig_log(page, sound, sizeof sound, false);
        rig_run(SECOND / 50);
    }
    rig_request(command, 1, 0, 1, "x", 1);
    rig_run(SECOND / 5);
    unsigned received = 0, commands = 0, first = 0;
    while (rig_take()) {
        commands += rig_reports("\"kind\":\"command\"");
        if (!rig_reports("\"kind\":\"receive\""))
            continue;
        if (received++ == 0)
            first = rig_bytes().data[0];
        assert_int_equal(rig_bytes().data[0], first + received - 1);
    }
    assert_int_equal(commands, 1);
    assert_in_range(received, 8, 32);
    assert_int_equal(first + received, 200); /* the newest ones */
    rig_end();
}

/* [B9] A viewer that is gone ends its talk too; what the script has not taken went with it. */
static void talkback_cut_off(void **state) {
    int32_t view;
    begin();
    page_t *page = talk(&view);
    rig_log(page, "x", 1, false);
    rig_run(SECOND / 5);
    (void)oc_hub_close(rig.viewer->hub, rig.at_viewer, rig.world->now_us);
    rig_run(SECOND);
    rig_expect("receive-end");
    assert_int_equal(rig_number("view"), view);
    rig_expect("session");
    assert_false(rig_take());
    rig_end();
}

/* Eight views a session, so many sessions; more are refused, and all is well afterwards. */
static void limits(void **state) {
    rig_options_t few = usual;
    few.sessions = 2;
    begin_as(&few);
    page_t *page[9];
    for (unsigned i = 0; i < 9; i++) {
        page[i] = rig_open("action=live&channel=0");
        rig_run(SECOND / 20);
    }
    rig_run(SECOND);
    assert_string_equal(page[8]->last, "{\"error\":\"busy\"}");
    for (unsigned i = 0; i < 8; i++) {
        rig_expect("send-start");
        assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, rig_number("view"), 0, 0,
                                     0, NULL, 0, NULL),
                         OC_OK);
    }
    rig_run(2 * SECOND);
    for (unsigned i = 0; i < 8; i++)
        assert_true(page[i]->fragments > 30);
    assert_int_equal(rig.stream[0].watching, 8);
    assert_int_equal(rig.stream[0].key_requests, 1);
    assert_true(rig_connect("") > 0);
    assert_int_equal(rig_connect(""), OC_ERR_BUSY);
    assert_string_equal(rig.notice, "the maximum number of sessions is reached");
    (void)oc_hub_close(rig.viewer->hub, 0, rig.world->now_us);
    rig_end();
}

/* Ended sessions that no script has heard of hold their places, and give them back. */
static void untaken_ends(void **state) {
    rig_options_t few = usual;
    few.sessions = 2;
    begin_as(&few);
    for (unsigned i = 0; i < 5; i++) {
        (void)oc_hub_close(rig.viewer->hub, rig.at_viewer, rig.world->now_us);
        rig_run(SECOND);
        int32_t session = rig_connect("");
        if (session == OC_ERR_BUSY) {
            while (rig_take())
                ;
            session = rig_connect("");
        }
        assert_true(session > 0);
        rig_run(SECOND);
    }
    rig_end();
}

/* A viewer that goes before the script has heard of its question: one end, that of the session. */
static void gone_with_a_question(void **state) {
    begin();
    for (unsigned i = 0; i < 12; i++) {
        (void)rig_open("action=live&channel=0");
        rig_run(SECOND / 10);
        (void)oc_hub_close(rig.viewer->hub, rig.at_viewer, rig.world->now_us);
        rig_run(SECOND);
        assert_true(rig_take() && rig_reports("\"state\":\"over\""));
        assert_int_equal(rig_number("session"), (int32_t)rig.at_camera);
        assert_false(rig_take());
        rig.ups = 0;
        assert_true(rig_connect("") > 0);
        assert_true(rig_until(is_up, 5 * SECOND));
        rig_expect("session");
    }
    page_t *page = rig_live(NULL);
    rig_run(SECOND);
    assert_true(page->fragments > 20);
    rig_end();
}

/* P2P_END of a session with messages that the script has not taken. */
static void end_of_a_session(void **state) {
    int32_t view;
    static const char why[] = "enough";
    begin();
    page_t *page = talk(&view), *live = rig_live(NULL);
    rig_log(page, "x", 1, false);
    rig_run(SECOND / 5);
    assert_int_equal(rig_command(OC_COMMAND_P2P_END, 0, (int32_t)rig.at_camera, 0, 0, 0, why,
                                 sizeof why - 1, NULL),
                     OC_OK);
    rig_run(SECOND);
    rig_expect("receive-end");
    assert_true(rig_reports("enough"));
    rig_expect("send-stop");
    rig_expect("session");
    assert_true(rig_reports("\"state\":\"over\""));
    assert_true(live->closed);
    rig_end();
}

/* Closed: everything is over, and says so; commands are refused; open again works. */
static void closed(void **state) {
    int32_t view;
    begin();
    (void)rig_live(&view);
    rig_run(SECOND);
    (void)oc_hub_close(rig.camera->hub, rig.at_camera, rig.world->now_us);
    rig_run(SECOND / 2);
    oc_viewers_close(rig.v, rig.world->now_us);
    rig_expect("send-stop");
    rig_expect("session");
    assert_int_equal(rig_command(OC_COMMAND_P2P_CONNECT, 0, 0, 0, 0, 0, NULL, 0, NULL),
                     OC_ERR_STATE);
    assert_string_equal(rig.notice, "the transport is not open");
    oc_viewers_open(rig.v, rig.camera->hub, rig.world->now_us);
    rig.ups = 0;
    assert_true(rig_connect("") > 0);
    assert_true(rig_until(is_up, 5 * SECOND));
    page_t *page = rig_live(&view);
    rig_run(SECOND);
    assert_true(page->fragments > 20);
    rig_end();
}

/* Every allocation fails once: a refusal or an error, never anything worse. */
static void out_of_memory(void **state) {
    for (unsigned n = 1; n <= 2; n++) {
        begin();
        rig.fail_at = n;
        page_t *page = rig_open("action=live&channel=0");
        rig_run(SECOND / 5);
        if (rig_take())
            (void)rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, rig_number("view"), 0, 0, 0,
                              NULL, 0, NULL);
        rig_run(SECOND);
        assert_string_equal(page->last, "{\"error\":\"busy\"}");
        page = rig_live(NULL);
        rig_run(SECOND);
        assert_true(page->fragments > 20);
        rig_end();
    }
}

/* No parcels: commands fail, notices wait and are not lost. */
static void no_parcels(void **state) {
    begin();
    page_t *page = rig_open("action=live&channel=0");
    rig_run(SECOND / 5);
    rig.no_parcels = true;
    assert_int_equal(rig_command(OC_COMMAND_P2P_TAKE, 0, 0, 0, 0, 0, NULL, 0, NULL), OC_ERR_BUSY);
    assert_int_equal(rig_command(OC_COMMAND_P2P_CONNECT, 0, 0, 0, 0, 0, NULL, 0, NULL),
                     OC_ERR_NOMEM);
    rig.no_parcels = false;
    rig_expect("send-start");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_LIVE, rig_number("view"), 0, 0, 0,
                                 NULL, 0, NULL),
                     OC_OK);
    rig_run(SECOND);
    assert_true(page->fragments > 20);
    rig_end();
}

/* A pool without blocks, or with few: views are refused, requests and sound are dropped, live waits
 * for its first words. */
static void no_blocks(void **state) {
    for (uint32_t blocks = 1; blocks <= 6; blocks++) {
        rig_options_t poor = usual;
        poor.blocks = blocks;
        begin_as(&poor);
        page_t *page = rig_open("action=live&channel=0");
        page_t *other = rig_open("action=command");
        rig_run(SECOND / 5);
        while (rig_take())
            (void)rig_command(OC_COMMAND_P2P_ACCEPT,
                              rig_reports("command") ? OC_VIEW_COMMAND : OC_VIEW_LIVE,
                              rig_number("view"), 0, 0, 0, NULL, 0, NULL);
        rig_run(SECOND);
        if (!other->closed && other->opened)
            rig_request(other, 1, 0, 1, "x", 1);
        rig_run(8 * SECOND);
        assert_true(page->fragments > 0 || page->texts > 0 || blocks < 3);
        rig_end();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_and_answers),
        cmocka_unit_test(empty_answer_closes),
        cmocka_unit_test(missed_deadline),
        cmocka_unit_test(too_many_requests),
        cmocka_unit_test(hostile_messages),
        cmocka_unit_test(requests_outlive_a_script),
        cmocka_unit_test(talkback),
        cmocka_unit_test(talkback_untaken),
        cmocka_unit_test(nothing_stays_in_the_window),
        cmocka_unit_test(talkback_cut_off),
        cmocka_unit_test(limits),
        cmocka_unit_test(untaken_ends),
        cmocka_unit_test(gone_with_a_question),
        cmocka_unit_test(end_of_a_session),
        cmocka_unit_test(closed),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(no_parcels),
        cmocka_unit_test(no_blocks),
    };
    return cmocka_run_group_tests_name("view_channel", tests, NULL, NULL);
}
