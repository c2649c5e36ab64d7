/* What holds a live view and lets it go on, in virtual time: watermarks, reports of the page, rings
 * that wrap or go away, other tracks, fragments in pieces, key frames on request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "view_rig.h"

#define K 1024

static const rig_options_t usual = {.link = {.delay_us = 10000, .mtu = 1472}};

static bool is_up(void) {
    return rig.ups > 0 && rig_session(0).state == OC_SESSION_UP; /* at both ends */
}

static void connect(void) {
    rig.ups = 0;
    assert_true(rig_connect("") > 0);
    assert_true(rig_until(is_up, 5 * SECOND));
    rig_expect("session");
}

static int marks(int32_t view, int32_t low, int32_t warn, int32_t high) {
    return rig_command(OC_COMMAND_P2P_WATERMARKS, 0, view, low, warn, high, NULL, 0, NULL);
}

static void link_rate(uint64_t bps) {
    world_link(
        rig.world, rig.viewer, rig.camera,
        (oc_sim_link_t){
            .delay_us = 10000, .mtu = 1472, .rate_bps = bps, .queue_bytes = 60000, .overhead = 28});
}

static const char *levels(void) {
    static char text[256];
    text[0] = '\0';
    while (rig_take()) {
        const char *at = strstr(rig.notice, "\"level\":\"");
        size_t n = strlen(text);
        if (at)
            snprintf(text + n, sizeof text - n, "%.4s ", at + 9);
    }
    return text;
}

/* [B5] [B6] A path that bears nothing: what waits grows past warn and high, each told once; the
 * reader is held, so it grows no more. When the path is back it drains below low, which is told
 * once, and live goes on at a key packet. */
static void watermarks(void **state) {
    int32_t view;
    rig_begin(&usual);
    assert_int_equal(marks(0, 50 * K, 100 * K, 150 * K), OC_OK); /* for all views */
    connect();
    page_t *page = rig_live(&view);
    rig_run(2 * SECOND);
    assert_int_equal(rig_row(view).high, 150 * K);
    assert_string_equal(levels(), "");
    unsigned sent = page->newest;
    world_link(rig.world, rig.viewer, rig.camera, (oc_sim_link_t){.down = true});
    int64_t begun = rig.world->now_us;
    while (rig_row(view).held == 0 && rig.world->now_us < begun + 3 * SECOND)
        rig_run(10 * MS);
    oc_view_row_t row = rig_row(view);
    assert_int_equal(row.held, OC_VIEW_HELD_HIGH);
    assert_in_range(row.queued, 150 * K, 150 * K + 24 * K); /* one key picture beyond at most */
    rig_run(SECOND / 2);
    assert_int_equal(rig_row(view).queued, row.queued);
    assert_string_equal(levels(), "warn high ");
    world_link(rig.world, rig.viewer, rig.camera, usual.link);
    unsigned held_at = rig.stream[0].pushed;
    rig_run(6 * SECOND);
    assert_string_equal(levels(), "low\" ");
    row = rig_row(view);
    assert_int_equal(row.held, 0);
    assert_true(row.queued < 50 * K);
    assert_true(page->newest > held_at + 100);
    assert_int_equal(page->gaps, 2); /* its first fragment, and the one after the hold */
    assert_true(row.drop_watermark > 0);
    assert_int_equal(row.drop_ring, 0);
    assert_true(page->newest > sent);
    rig_end();
}

/* [B5] At any time, for one view or for all: what waits is judged anew at once; wrong orders are a
 * RANGE error that changes nothing. */
static void set_while_it_waits(void **state) {
    int32_t one, two;
    rig_begin(&usual);
    connect();
    (void)rig_live(&one);
    (void)rig_live(&two);
    rig_run(SECOND);
    world_link(rig.world, rig.viewer, rig.camera, (oc_sim_link_t){.down = true});
    rig_run(SECOND);
    assert_string_equal(levels(), ""); /* off */
    uint32_t queued = rig_row(one).queued;
    assert_in_range(queued, 60 * K, 200 * K);
    assert_int_equal(marks(one, 10 * K, 20 * K, 30 * K), OC_OK);
    assert_int_equal(rig_row(one).held, OC_VIEW_HELD_HIGH);
    assert_string_equal(levels(), "warn high ");
    assert_int_equal(marks(0, 5 * K, 10 * K, 1024 * K), OC_OK); /* all but the one with its own */
    assert_string_equal(levels(), "warn ");
    assert_int_equal(rig_row(one).high, 30 * K);
    assert_int_equal(rig_row(two).high, 1024 * K);
    assert_int_equal(marks(one, 0, 0, 0), OC_OK);
    assert_int_equal(rig_row(one).held, 0);
    assert_string_equal(levels(), "");
    static const int32_t wrong[][3] = {{3, 2, 1}, {0, 1, 2}, {1, 1, 2}, {1, 2, 2}, {-1, 2, 3}};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(marks(two, wrong[i][0], wrong[i][1], wrong[i][2]), OC_ERR_RANGE);
    assert_string_equal(rig.notice, "watermarks: -1, 2, 3: 0 < low < warn < high, or 0, 0, 0");
    assert_int_equal(rig_row(two).high, 1024 * K);
    assert_int_equal(marks(one + 7, 1, 2, 3), OC_ERR_NOENT);
    rig_end();
}

/* GOPs of 641 KB, two thirds of one waiting for who comes late: the watermarks are below
 * one GOP, and its opening GOP is whole all the same. Afterwards they hold again. */
static const rig_options_t wide_gops = {.link = {.delay_us = 10000, .mtu = 1472},
                                        .ring_bytes = 4096 * K,
                                        .key = 64 * K,
                                        .picture = 20 * K};

static void late(page_t **page, int32_t *view) {
    connect();
    rig_run(2 * SECOND);
    link_rate(10000000);
    while (rig.stream[0].pushed % 30 != 20)
        rig_run(10 * MS);
    *page = rig_live(view);
    rig_run(3 * SECOND);
}

static void the_opening_of_who_comes_late_is_whole(void **state) {
    int32_t view;
    page_t *page;
    rig_begin(&wide_gops);
    assert_int_equal(marks(0, 50 * K, 100 * K, 200 * K), OC_OK);
    late(&page, &view);
    oc_view_row_t row = rig_row(view);
    assert_int_equal(row.high, 200 * K);
    assert_int_equal(row.drop_watermark, 0);
    assert_int_equal(page->gaps, 1); /* its first fragment */
    assert_int_equal(page->first % 30, 0);
    world_link(rig.world, rig.viewer, rig.camera, (oc_sim_link_t){.down = true});
    rig_run(SECOND);
    assert_int_equal(rig_row(view).held, OC_VIEW_HELD_HIGH);
    rig_end();
}

/* Levels that follow the stream are 1.5 of its largest GOP at least, also when that grows; those of
 * a view of its own, and those of everybody that do not follow, stay as they are set. */
static void levels_follow_the_stream(void **state) {
    int32_t one, two;
    rig_begin(&wide_gops);
    assert_int_equal(marks(-1, 200 * K, 400 * K, 500 * K), OC_OK);
    connect();
    rig_run(3 * SECOND);
    (void)rig_live(&one);
    (void)rig_live(&two);
    rig_run(SECOND);
    oc_ring_stats_t stats;
    oc_ring_stats(rig.stream[0].ring, &stats);
    assert_true(stats.largest_gop_bytes > 600 * K);
    oc_view_row_t row = rig_row(one);
    assert_in_range(row.high, stats.largest_gop_bytes * 3 / 2, stats.largest_gop_bytes * 2);
    assert_true(0 < row.low && row.low < row.warn && row.warn < row.high);
    assert_int_equal(marks(two, 10 * K, 20 * K, 30 * K), OC_OK);
    rig.stream[0].picture *= 2;
    rig_run(3 * SECOND);
    oc_ring_stats(rig.stream[0].ring, &stats);
    assert_true(stats.largest_gop_bytes > 1000 * K);
    assert_true(rig_row(one).high >= stats.largest_gop_bytes * 3 / 2);
    assert_int_equal(rig_row(two).high, 30 * K);
    assert_int_equal(marks(0, 200 * K, 400 * K, 500 * K), OC_OK);
    rig_run(SECOND);
    assert_int_equal(rig_row(one).high, 500 * K);
    assert_int_equal(marks(-1, 0, 0, 0), OC_OK);
    rig_run(SECOND);
    assert_int_equal(rig_row(one).high, 0); /* off stays off */
    rig_end();
}

/* A narrow path for long: held and let go many times, never a broken GOP (the pages check). [B5] */
static void narrow(void **state) {
    int32_t view;
    rig_begin(&usual);
    connect();
    page_t *page = rig_live(&view);
    assert_int_equal(marks(view, 20 * K, 40 * K, 60 * K), OC_OK);
    rig_run(2 * SECOND);
    link_rate(450000);
    rig_run((OC_TEST_DIVISOR > 1 ? 20 : 60) * SECOND);
    assert_true(page->gaps > 3);
    assert_true(rig.stream[0].pushed - page->newest < 90);
    const char *notified = levels();
    assert_non_null(strstr(notified, "low"));
    rig.stream[0].silent = true;
    rig_run(10 * SECOND);
    assert_int_equal(rig_row(view).queued, 0); /* [B6] */
    rig_end();
}

/* No report for 3 s, or a hidden page: live stops at the end of a GOP; it goes on at a key packet
 * with the next report. Who never opens a command channel is exempt. */
static void page_reports(void **state) {
    int32_t view;
    rig_begin(&usual);
    connect();
    page_t *page = rig_live(&view);
    rig_run(5 * SECOND);
    assert_true(page->newest + 3 > rig.stream[0].pushed); /* exempt */
    page_t *command = rig_commands(NULL);
    for (unsigned i = 0; i < 10; i++) {
        rig_report(command, page, true);
        rig_run(SECOND / 2);
    }
    assert_int_equal(page->gaps, 1);
    assert_true(page->newest + 3 > rig.stream[0].pushed);
    rig_run(5 * SECOND); /* nothing is said */
    unsigned stood = page->newest;
    assert_int_equal(stood % 30, 29); /* a whole GOP */
    assert_in_range(rig.stream[0].pushed - stood, 45, 150);
    assert_int_equal(rig_row(view).held, OC_VIEW_HELD_REPORT);
    rig_run(5 * SECOND);
    assert_int_equal(page->newest, stood);
    rig_report(command, page, true);
    rig_run(SECOND);
    assert_int_equal(page->gaps, 2);
    assert_true(page->newest + 3 > rig.stream[0].pushed);
    assert_true(rig_row(view).drop_report > 60);
    assert_int_equal(rig_row(view).drop_watermark, 0);
    rig_report(command, page, false); /* hidden */
    rig_run(2 * SECOND);
    stood = page->newest;
    assert_int_equal(stood % 30, 29);
    for (unsigned i = 0; i < 10; i++) {
        rig_report(command, page, false);
        rig_run(SECOND / 2);
    }
    assert_int_equal(page->newest, stood);
    rig_report(command, page, true);
    rig_run(SECOND / 2);
    assert_true(page->newest + 3 > rig.stream[0].pushed);
    rig_close(command); /* it cannot report any more: exempt again */
    rig_run(6 * SECOND);
    assert_true(page->newest + 3 > rig.stream[0].pushed);
    rig_end();
}

/* The script is gone: reports are heeded all the same. */
static void reports_without_a_script(void **state) {
    rig_begin(&usual);
    connect();
    page_t *page = rig_live(NULL);
    page_t *command = rig_commands(NULL);
    rig_report(command, page, true);
    rig_new_script(); /* which says nothing */
    rig_run(6 * SECOND);
    unsigned stood = page->newest;
    assert_true(rig.stream[0].pushed - stood > 60);
    rig_report(command, page, true);
    rig_run(SECOND / 2);
    assert_true(page->newest > stood + 30);
    rig_end();
}

/* A viewer that hears nothing while the ring wraps several times: nothing is kept for it, and it
 * goes on at a key packet. */
static void ring_wraps(void **state) {
    rig_options_t small = usual;
    int32_t view;
    small.ring_bytes = 256 * 1024;
    rig_begin(&small);
    connect();
    page_t *page = rig_live(&view);
    rig_run(5 * SECOND);
    rig_freeze(true);
    rig_run(12 * SECOND);
    oc_view_row_t row = rig_row(view);
    assert_true(row.queued < 300 * 1024);
    unsigned before = page->fragments;
    rig_freeze(false);
    rig_run(6 * SECOND);
    assert_true(page->fragments > before + 60);
    assert_true(page->newest + 5 > rig.stream[0].pushed);
    row = rig_row(view);
    assert_true(row.drop_ring > 100 && row.jumps > 0);
    assert_true(row.abandoned > 0);
    assert_true(row.key_requests >= 2); /* the source makes one each second by itself */
    assert_true(rig.stream[0].key_requests <= 18);
    rig.stream[0].silent = true;
    rig_run(5 * SECOND);
    assert_int_equal(rig_row(view).queued, 0); /* [B6] what was given up is not counted */
    rig_end();
}

/* A key picture of 300 KB, messages of 16 KiB. */
static void large_key_picture(void **state) {
    rig_options_t large = {.link = {.delay_us = 10000, .mtu = 1472, .loss_ppm = 10000},
                           .camera = true,
                           .key = 300 * 1024,
                           .ring_bytes = 4 * 1024 * 1024};
    rig_begin(&large);
    connect();
    page_t *page = rig_live(NULL);
    rig_run(10 * SECOND);
    assert_true(page->fragments > 250);
    assert_int_equal(page->gaps, 1);
    assert_int_equal(page->largest, 16 * 1024);
    rig_end();
}

/* Fragments are at most 256 KiB a message, whatever the other end takes. */
static void pieces_of_256_kib(void **state) {
    rig_options_t large = {
        .link = {.delay_us = 10000, .mtu = 1472}, .key = 300 * 1024, .ring_bytes = 4 * 1024 * 1024};
    rig_begin(&large);
    connect();
    page_t *page = rig_live(NULL);
    rig_run(3 * SECOND);
    assert_true(page->fragments > 60);
    assert_int_equal(page->largest, 256 * 1024);
    rig_end();
}

/* Pieces of which some have left when the ring overtakes the rest: the viewer cannot tell what it
 * has, so the channel ends, with a reason; nothing else does. */
static void torn_fragment(void **state) {
    rig_options_t large = {.link = {.delay_us = 10000, .mtu = 1472},
                           .camera = true,
                           .key = 150 * 1024,
                           .gop = 10,
                           .ring_bytes = 512 * 1024};
    int32_t view;
    rig_begin(&large);
    connect();
    page_t *page = rig_live(&view);
    link_rate(400000);
    unsigned seconds = 0;
    while (!page->closed && seconds++ < 60)
        rig_run(SECOND);
    assert_true(page->closed);
    rig_expect("send-stop");
    assert_int_equal(rig_number("view"), view);
    assert_true(rig_reports("partly sent"));
    world_link(rig.world, rig.viewer, rig.camera, large.link);
    page = rig_live(NULL);
    rig_run(3 * SECOND);
    assert_true(page->fragments > 60);
    rig_end();
}

/* Other tracks: JSON and the init segment again, and the next fragment is a key picture. */
static void other_tracks(void **state) {
    rig_begin(&usual);
    connect();
    page_t *page = rig_live(NULL);
    rig_run(3 * SECOND);
    while (rig.stream[0].pushed % 30)
        rig_run(10 * MS);
    rig_track(0, 320);
    rig_run(3 * SECOND);
    assert_int_equal(page->texts, 2);
    assert_non_null(strstr(page->text[1], "\"width\":320"));
    assert_int_equal(page->inits, 2);
    assert_int_equal(page->gaps, 1);
    assert_true(page->newest + 3 > rig.stream[0].pushed);
    rig_end();
}

/* [B4] The ring goes away (privacy mode, the channel closed, set up anew): its views end with the
 * reason, at once, and nothing reads the memory again, though messages are under way. */
static void ring_gone(void **state) {
    int32_t view, other;
    rig_begin(&usual);
    connect();
    page_t *page = rig_live(&view), *second = rig_live(&other);
    link_rate(300000);
    rig_run(3 * SECOND);
    assert_true(rig_row(view).queued > 0);
    rig_stream_close(0, "privacy mode is on");
    assert_int_equal(rig.stream[0].watching, 0);
    rig_expect("send-stop");
    assert_true(rig_reports("privacy mode is on"));
    rig_expect("send-stop");
    rig_run(3 * SECOND);
    assert_string_equal(page->last, "{\"error\":\"privacy mode is on\"}");
    assert_string_equal(second->last, "{\"error\":\"privacy mode is on\"}");
    assert_true(page->closed && second->closed);
    assert_int_equal(rig_session(0).state, OC_SESSION_UP);
    world_link(rig.world, rig.viewer, rig.camera, usual.link);
    rig_stream_open(0, &usual);
    page = rig_live(NULL);
    rig_run(2 * SECOND);
    assert_true(page->fragments > 50);
    rig_end();
}

static int set_rate(int32_t floor, int32_t hold_ms, int32_t report_ms) {
    return rig_command(OC_COMMAND_P2P_RATE, 0, floor, hold_ms, report_ms, 0, NULL, 0, NULL);
}

/* Congestion feeds back: the encoder's bit rate follows what the path bears, and rises again. */
static void encoder_follows_the_path(void **state) {
    int32_t view;
    rig_begin(&usual);
    rig.stream[0].ceiling = 1000000;
    connect();
    assert_int_equal(set_rate(100000, 2000, 3000), OC_OK);
    page_t *page = rig_live(&view);
    rig_run(5 * SECOND);
    assert_int_equal(rig.stream[0].bitrate, 0); /* nothing to say */
    link_rate(500000);
    rig_run(20 * SECOND);
    assert_in_range(rig.stream[0].bitrate, 100000, 480000);
    assert_true(page->newest + 15 > rig.stream[0].pushed); /* it keeps up */
    unsigned gaps = page->gaps;
    rig_run(10 * SECOND);
    assert_int_equal(page->gaps, gaps);
    world_link(rig.world, rig.viewer, rig.camera, usual.link);
    rig_run(60 * SECOND);
    assert_in_range(rig.stream[0].bitrate, 900000, 1000000);
    link_rate(500000);
    rig_run(10 * SECOND);
    assert_in_range(rig.stream[0].bitrate, 100000, 480000);
    rig_close(page);
    rig_run(5 * SECOND);
    assert_int_equal(rig.stream[0].bitrate, 1000000); /* nobody is there: as it was */
    rig_end();
}

/* The least bit rate and the wait before a rise are other ones from now on, below viewers that
 * watch: 0 is an eighth, and what is above the ceiling is the ceiling. */
static void rate_is_set_while_it_runs(void **state) {
    rig_begin(&usual);
    rig.stream[0].ceiling = 1000000;
    assert_int_equal(set_rate(-1, 2000, 3000), OC_ERR_RANGE);
    assert_int_equal(set_rate(0, 99, 3000), OC_ERR_RANGE);
    assert_int_equal(set_rate(0, 60001, 3000), OC_ERR_RANGE);
    assert_int_equal(set_rate(0, 2000, 999), OC_ERR_RANGE);
    assert_int_equal(set_rate(0, 2000, 60001), OC_ERR_RANGE);
    assert_int_equal(set_rate(700000, 2000, 3000), OC_OK);
    connect();
    page_t *page = rig_live(NULL);
    link_rate(400000);
    rig_run(20 * SECOND);
    assert_int_equal(rig.stream[0].bitrate, 700000); /* more than the path carries */
    assert_int_equal(set_rate(0, 60000, 3000), OC_OK);
    rig_run(20 * SECOND);
    uint32_t low = rig.stream[0].bitrate;
    assert_in_range(low, 125000, 380000);
    world_link(rig.world, rig.viewer, rig.camera, usual.link);
    rig_run(30 * SECOND);
    assert_true(rig.stream[0].bitrate <= low); /* 60 s are not over */
    assert_int_equal(set_rate(0, 100, 3000), OC_OK);
    rig_run(60 * SECOND);
    assert_in_range(rig.stream[0].bitrate, 900000, 1000000);
    assert_int_equal(set_rate(2000000, 100, 3000), OC_OK);
    link_rate(400000);
    rig_run(10 * SECOND);
    assert_int_equal(rig.stream[0].bitrate, 1000000);
    assert_true(page->fragments > 0);
    rig_end();
}

/* What a script has set holds when it has ended and the next one says nothing. */
static void rate_outlives_its_script(void **state) {
    int32_t view;
    rig_begin(&usual);
    rig.stream[0].ceiling = 1000000;
    connect();
    assert_int_equal(set_rate(700000, 2000, 8000), OC_OK);
    page_t *page = rig_live(&view), *command = rig_commands(NULL);
    rig_report(command, page, true);
    rig_new_script();
    rig_run(6 * SECOND);
    assert_int_equal(rig_row(view).held, 0);
    assert_true(page->newest + 3 > rig.stream[0].pushed);
    rig_run(6 * SECOND);
    assert_int_equal(rig_row(view).held, OC_VIEW_HELD_REPORT);
    link_rate(400000);
    for (unsigned i = 0; i < 60; i++) {
        rig_report(command, page, true);
        rig_run(SECOND / 2);
    }
    assert_int_equal(rig.stream[0].bitrate, 700000);
    /* The wait of a report, shortened below a page that reports no more. */
    world_link(rig.world, rig.viewer, rig.camera, usual.link);
    rig_report(command, page, true);
    rig_run(SECOND);
    assert_int_equal(set_rate(700000, 2000, 1000), OC_OK);
    rig_run(2 * SECOND);
    assert_int_equal(rig_row(view).held, OC_VIEW_HELD_REPORT);
    rig_end();
}

/* Loss, reordering, copies, damage: every fragment once, in order, byte for byte, with commands and
 * sound beside it. */
static void bad_networks(void **state) {
    for (uint64_t seed = 1; seed <= (OC_TEST_DIVISOR > 1 ? 1 : 4); seed++) {
        rig_options_t bad = {.seed = seed,
                             .camera = seed % 2 == 0,
                             .link = {.delay_us = 20000,
                                      .jitter_us = 5000,
                                      .loss_ppm = 50000,
                                      .duplicate_ppm = 10000,
                                      .corrupt_ppm = 10000,
                                      .reorder_ppm = 20000,
                                      .reorder_us = 30000,
                                      .mtu = 1472}};
        int32_t view;
        rig_begin(&bad);
        connect();
        page_t *page = rig_live(NULL), *command = rig_commands(&view);
        unsigned answered = 0;
        for (uint32_t i = 1; i <= 40; i++) {
            rig_report(command, page, true);
            rig_request(command, 1, 0, i, "what", 4);
            rig_run(SECOND / 2);
            while (rig_take())
                answered += rig_reports("\"kind\":\"command\"") &&
                            rig_command(OC_COMMAND_P2P_REPLY, 0, view, rig_number("request"), 0, 0,
                                        "that", 4, NULL) == OC_OK;
        }
        rig_run(2 * SECOND);
        assert_int_equal(answered, 40);
        assert_int_equal(command->binaries, 40);
        assert_int_equal(page->gaps, 1);
        assert_true(page->newest + 20 > rig.stream[0].pushed);
        rig_end();
    }
}

static bool answered_now(void) {
    return rig.page[1].binaries > 0;
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Key pictures of 48 KB at 2 Mbit/s: a command's answer does not wait behind them. */
static void commands_beside_key_pictures(void **state) {
    enum { COMMANDS = 200 };
    static int64_t took[COMMANDS];
    rig_options_t large = {.key = 48 * K, .picture = 5000};
    int32_t view;
    large.link = (oc_sim_link_t){
        .delay_us = 10000, .mtu = 1472, .rate_bps = 2000000, .queue_bytes = 64 * K, .overhead = 28};
    rig_begin(&large);
    connect();
    page_t *page = rig_live(NULL), *command = rig_commands(&view);
    rig_run(3 * SECOND);
    for (unsigned i = 0; i < COMMANDS; i++) {
        int64_t begun = rig.world->now_us;
        command->binaries = 0;
        rig_report(command, page, true);
        rig_request(command, 1, 0, i, "what", 4);
        while (!answered_now() && rig.world->now_us < begun + SECOND) {
            rig_run(5 * MS);
            while (rig_take())
                if (rig_reports("\"kind\":\"command\""))
                    (void)rig_command(OC_COMMAND_P2P_REPLY, 0, view, rig_number("request"), 0, 0,
                                      "that", 4, NULL);
        }
        took[i] = rig.world->now_us - begun;
        rig_run(67 * MS);
    }
    qsort(took, COMMANDS, sizeof took[0], by_value);
    print_message("a command beside key pictures of 48 KB at 2 Mbit/s: p50 %lld, p99 %lld ms\n",
                  (long long)(took[COMMANDS / 2] / MS),
                  (long long)(took[COMMANDS * 99 / 100] / MS));
    assert_true(took[COMMANDS * 99 / 100] <= 250 * MS);
    assert_true(page->newest + 20 > rig.stream[0].pushed);
    rig_end();
}

/* A channel that has made no picture yet: accepted, and it begins with the first one. */
static void no_picture_yet(void **state) {
    rig_begin(&usual);
    connect();
    rig_stream_close(0, "closed");
    rig_stream_open(0, &usual);
    rig.stream[0].silent = true;
    page_t *page = rig_live(NULL);
    rig_run(SECOND);
    assert_int_equal(page->fragments, 0);
    rig.stream[0].silent = false;
    rig_run(SECOND);
    assert_true(page->fragments > 25);
    rig_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watermarks),
        cmocka_unit_test(the_opening_of_who_comes_late_is_whole),
        cmocka_unit_test(levels_follow_the_stream),
        cmocka_unit_test(set_while_it_waits),
        cmocka_unit_test(narrow),
        cmocka_unit_test(page_reports),
        cmocka_unit_test(reports_without_a_script),
        cmocka_unit_test(ring_wraps),
        cmocka_unit_test(large_key_picture),
        cmocka_unit_test(pieces_of_256_kib),
        cmocka_unit_test(torn_fragment),
        cmocka_unit_test(other_tracks),
        cmocka_unit_test(ring_gone),
        cmocka_unit_test(encoder_follows_the_path),
        cmocka_unit_test(rate_is_set_while_it_runs),
        cmocka_unit_test(rate_outlives_its_script),
        cmocka_unit_test(no_picture_yet),
        cmocka_unit_test(bad_networks),
        cmocka_unit_test(commands_beside_key_pictures),
    };
    return cmocka_run_group_tests_name("view_flow", tests, NULL, NULL);
}
