/* Two pumps on one loop, over loopback: handshakes on the worker, channels, bytes, the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_p2p_pump.h"
#include "p2p_flow.h"
#include "test_wait.h"

#define PEERS 16 /* as many as may be half open */

typedef struct end {
    oc_p2p_pump_t *pump;
    unsigned up, over, closed, channels;
    flow_t *serve, *receive;
    oc_peer_reason_t reason;
    bool fresh;     /* events came that on_events was not told of */
    unsigned looks; /* of on_events */
} end_t;

static uv_loop_t loop;
static end_t a, b, viewer[PEERS];
static bool late;
static oc_deadlines_t *shared; /* of the next ends; NULL: each has its own */

static void on_event(void *context, const oc_hub_event_t *event) {
    end_t *end = context;
    oc_hub_t *hub = oc_p2p_pump_hub(end->pump);
    end->fresh = true;
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    oc_peer_event_t e = event->peer;
    oc_peer_channel_config_t config = {.ops = &flow_ops, .context = end->serve};
    switch (e.kind) {
    case OC_PEER_EVENT_UP:
        end->up++;
        break;
    case OC_PEER_EVENT_CHANNEL:
        end->channels++;
        assert_string_equal(e.label, "flow");
        assert_int_equal(oc_peer_accept(oc_hub_peer(hub, event->id), e.sid, &config), OC_OK);
        break;
    case OC_PEER_EVENT_MESSAGE:
        flow_receive(end->receive, &e);
        oc_peer_message_release(oc_hub_peer(hub, event->id), &e);
        break;
    case OC_PEER_EVENT_CLOSED:
        end->closed++;
        break;
    case OC_PEER_EVENT_OVER:
        end->over++;
        end->reason = e.why.reason;
        break;
    default:
        break;
    }
}

static void on_events(void *context) {
    end_t *end = context;
    assert_true(end->fresh);
    end->fresh = false;
    end->looks++;
    oc_p2p_pump_turn(end->pump); /* inside of a round: nothing happens */
}

static void open_end(end_t *end, bool plain, oc_certificate_t *certificate) {
    oc_p2p_pump_config_t config = {
        .hub = {.peers = 32, .pool_blocks = 8192, .certificate = certificate},
        .ipv4 = true,
        .loopback = true,
        .plain = plain,
        .deadlines = shared,
        .rest_gap_us =
            60 * 1000 * 1000, /* a sanitizer on a busy machine takes longer than 500 us */
        .on_event = on_event,
        .on_events = on_events,
        .context = end};
    config.hub.profile = oc_peer_profile_program();
    memset(end, 0, sizeof *end);
    assert_int_equal(oc_p2p_pump_create(&end->pump, &loop, &config), OC_OK);
}

static void on_late(uv_timer_t *timer) {
    late = true;
}

/* Runs the loop until a number has grown to at least `want`. */
static void until(const unsigned *number, unsigned want) {
    uv_timer_t timer;
    late = false;
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_late, TEST_WAIT_MS, 0);
    while (*number < want && !late)
        uv_run(&loop, UV_RUN_ONCE);
    assert_false(late);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void describe(end_t *end, oc_hub_peer_t id, oc_span_t offer, char *out) {
    int n = oc_hub_description(oc_p2p_pump_hub(end->pump), id, offer, out, OC_HUB_DESCRIPTION);
    assert_in_range(n, 1, OC_HUB_DESCRIPTION);
}

static void connect_ends(end_t *from, oc_hub_peer_t *at_a, oc_hub_peer_t *at_b) {
    char offer[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
    const char *why = NULL;
    assert_int_equal(oc_hub_pump_connect(oc_p2p_pump_core(from->pump), at_a), OC_OK);
    describe(from, *at_a, (oc_span_t){0}, offer);
    oc_span_t text = oc_span(offer, strlen(offer));
    assert_int_equal(oc_hub_pump_offer(oc_p2p_pump_core(b.pump), text, at_b, &why), OC_OK);
    describe(&b, *at_b, text, answer);
    assert_int_equal(oc_hub_answer(oc_p2p_pump_hub(from->pump), *at_a,
                                   oc_span(answer, strlen(answer)), oc_p2p_pump_now(from->pump),
                                   &why),
                     OC_OK);
    oc_p2p_pump_kick(from->pump);
}

static unsigned closed_pumps;
static void on_closed(void *context) {
    closed_pumps++;
}

static void on_deadlines_closed(void *context) {
    *(bool *)context = true;
}

static void close_ends(void) {
    closed_pumps = 0;
    oc_p2p_pump_close(a.pump, on_closed);
    until(&b.over, b.up);
    oc_p2p_pump_close(b.pump, on_closed);
    until(&closed_pumps, 2);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0); /* no handle is left */
}

static void flow_over_loopback(bool plain) {
    static flow_t flow;
    oc_certificate_t *certificate;
    oc_hub_peer_t at_a, at_b;
    oc_p2p_pump_stats_t stats;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(oc_certificate_make(&certificate), OC_OK);
    open_end(&a, plain, certificate);
    open_end(&b, plain, certificate);
    flow_init(&flow, 3000, 0, true);
    b.serve = &flow;
    a.receive = &flow;
    connect_ends(&a, &at_a, &at_b);
    until(&a.up, 1);
    oc_peer_channel_config_t silent = {0};
    assert_true(oc_peer_open(oc_hub_peer(oc_p2p_pump_hub(a.pump), at_a), "flow", &silent) >= 0);
    oc_p2p_pump_kick(a.pump);
    until(&a.closed, 1); /* the source ended: the channel closes itself */
    assert_int_equal(flow.received, 3000);
    assert_false(flow.broken);
    oc_p2p_pump_stats(b.pump, &stats);
    assert_true(stats.has[0] && !stats.has[1]);
    assert_true(stats.jobs >= 1);
    print_message("%llu datagrams in %llu calls; %s\n", (unsigned long long)stats.udp[0].sent,
                  (unsigned long long)stats.udp[0].send_calls, stats.udp[0].gso ? "GSO" : "no GSO");
    assert_true(plain ? !stats.udp[0].gso : stats.udp[0].send_calls < stats.udp[0].sent);
    close_ends();
    assert_int_equal(b.reason, OC_PEER_REMOTE);
    oc_certificate_destroy(certificate);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void flow_with_groups(void **state) {
    flow_over_loopback(false);
}
static void flow_one_by_one(void **state) {
    flow_over_loopback(true);
}

static uint64_t sent_by(const end_t *end) {
    oc_p2p_pump_stats_t stats;
    oc_p2p_pump_stats(end->pump, &stats);
    return stats.udp[0].sent;
}

static void a_turn_sends_before_it_returns(void **state) {
    oc_certificate_t *certificate;
    oc_hub_peer_t at_a, at_b;
    oc_peer_channel_config_t silent = {0};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(oc_certificate_make(&certificate), OC_OK);
    open_end(&a, false, certificate);
    open_end(&b, false, certificate);
    connect_ends(&a, &at_a, &at_b);
    until(&a.up, 1);
    until(&b.up, 1);
    uint64_t before = sent_by(&a);
    assert_true(oc_peer_open(oc_hub_peer(oc_p2p_pump_hub(a.pump), at_a), "flow", &silent) >= 0);
    assert_int_equal(sent_by(&a), before);
    oc_p2p_pump_turn(a.pump);
    assert_true(sent_by(&a) > before); /* the loop has not run */
    before = sent_by(&a);
    oc_p2p_pump_turn(a.pump);
    assert_int_equal(sent_by(&a), before);
    assert_true(a.looks > 0 && b.looks > 0);
    assert_false(a.fresh || b.fresh);
    close_ends();
    oc_certificate_destroy(certificate);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void count_waits(uv_handle_t *handle, void *context) {
    unsigned *count = context;
    *count += uv_handle_get_type(handle) == UV_PREPARE; /* each oc_deadlines has one */
    assert_int_not_equal(uv_handle_get_type(handle), UV_IDLE);
}

static void pumps_share_the_timer_of_their_loop(void **state) {
    oc_deadlines_t deadlines;
    oc_certificate_t *certificate;
    oc_hub_peer_t at_a, at_b;
    unsigned waits = 0;
    bool closed = false;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(oc_deadlines_open(&deadlines, &loop), OC_OK);
    assert_int_equal(oc_certificate_make(&certificate), OC_OK);
    shared = &deadlines;
    open_end(&a, false, certificate);
    open_end(&b, false, certificate);
    shared = NULL;
    uv_walk(&loop, count_waits, &waits);
    assert_int_equal(waits, 1);
    connect_ends(&a, &at_a, &at_b);
    until(&a.up, 1);
    until(&b.up, 1);
    assert_non_null(deadlines.first);
    closed_pumps = 0;
    oc_p2p_pump_close(a.pump, on_closed);
    until(&b.over, b.up);
    oc_p2p_pump_close(b.pump, on_closed);
    until(&closed_pumps, 2);
    assert_null(deadlines.first); /* they took theirs away */
    oc_deadlines_close(&deadlines, on_deadlines_closed, &closed);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_true(closed);
    oc_certificate_destroy(certificate);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void many_handshakes_at_once(void **state) {
    oc_certificate_t *certificate;
    oc_hub_peer_t there, here;
    oc_p2p_pump_stats_t stats;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(oc_certificate_make(&certificate), OC_OK);
    open_end(&b, false, certificate);
    for (unsigned i = 0; i < PEERS; i++) {
        open_end(&viewer[i], false, certificate);
        connect_ends(&viewer[i], &there, &here);
    }
    until(&b.up, PEERS);
    oc_p2p_pump_stats(b.pump, &stats);
    assert_true(stats.jobs >= PEERS);
    closed_pumps = 0;
    oc_p2p_pump_close(b.pump, on_closed);
    for (unsigned i = 0; i < PEERS; i++) {
        until(&viewer[i].over, 1);
        assert_int_equal(viewer[i].reason, OC_PEER_REMOTE);
        oc_p2p_pump_close(viewer[i].pump, on_closed);
    }
    until(&closed_pumps, PEERS + 1);
    oc_certificate_destroy(certificate);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* A datagram of nobody's: it is read, and nothing is said. */
static void strange_datagram(int fd, uint16_t port) {
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(sendto(fd, "?", 1, 0, (const struct sockaddr *)&to, sizeof to), 1);
}

static uint64_t received_by(const end_t *end) {
    oc_p2p_pump_stats_t stats;
    oc_p2p_pump_stats(end->pump, &stats);
    return stats.udp[0].received;
}

/* Runs the loop for a time in which nobody sends: a rest ends. */
static void silence(void) {
    uv_timer_t timer;
    late = false;
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_late, 20, 0);
    while (!late)
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
}

/* Sends some until the loop has stopped waiting for the socket of b. A rest lasts as long as there
 * is something to read at its end, so that another begins behind a silence only. */
static void until_rest(int fd, uint64_t before) {
    oc_p2p_pump_stats_t stats;
    for (unsigned tries = 0; tries < 500; tries++) {
        oc_p2p_pump_stats(b.pump, &stats);
        if (stats.rests > before)
            return;
        if (tries % 8 == 7)
            silence();
        strange_datagram(fd, stats.port[0]);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    fail();
}

static void a_rest_ends_and_a_turn_reads_in_it(void **state) {
    oc_certificate_t *certificate;
    oc_hub_peer_t there, here;
    oc_p2p_pump_stats_t stats;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(oc_certificate_make(&certificate), OC_OK);
    open_end(&b, false, certificate);
    for (unsigned i = 0; i < PEERS; i++) {
        open_end(&viewer[i], false, certificate);
        connect_ends(&viewer[i], &there, &here);
    }
    until(&b.up, PEERS);
    until_rest(fd, 0);
    uint64_t before = received_by(&b);
    oc_p2p_pump_stats(b.pump, &stats);
    strange_datagram(fd, stats.port[0]);
    oc_p2p_pump_turn(b.pump);
    assert_true(received_by(&b) > before); /* the loop has not run */
    for (unsigned i = 0; i < 3; i++) {     /* and it ends by itself, each time */
        before = received_by(&b);
        strange_datagram(fd, stats.port[0]);
        while (received_by(&b) == before)
            uv_run(&loop, UV_RUN_ONCE);
        oc_p2p_pump_stats(b.pump, &stats);
        until_rest(fd, stats.rests);
    }
    closed_pumps = 0;
    oc_p2p_pump_close(b.pump, on_closed); /* in a rest */
    for (unsigned i = 0; i < PEERS; i++) {
        until(&viewer[i].over, 1);
        oc_p2p_pump_close(viewer[i].pump, on_closed);
    }
    until(&closed_pumps, PEERS + 1);
    close(fd);
    oc_certificate_destroy(certificate);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void closed_at_once(void **state) {
    oc_certificate_t *certificate;
    oc_hub_peer_t at_a, at_b;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(oc_certificate_make(&certificate), OC_OK);
    for (unsigned turns = 0; turns < 6; turns++) { /* jobs under way, or not yet, or done */
        open_end(&a, false, certificate);
        open_end(&b, false, certificate);
        connect_ends(&a, &at_a, &at_b);
        for (unsigned i = 0; i < turns; i++)
            uv_run(&loop, UV_RUN_ONCE);
        closed_pumps = 0;
        oc_p2p_pump_close(a.pump, on_closed);
        oc_p2p_pump_close(b.pump, on_closed);
        until(&closed_pumps, 2);
    }
    oc_certificate_destroy(certificate);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void port_in_use_is_said(void **state) {
    oc_certificate_t *certificate;
    oc_p2p_pump_t *other = NULL;
    oc_p2p_pump_stats_t stats;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(oc_certificate_make(&certificate), OC_OK);
    open_end(&a, false, certificate);
    oc_p2p_pump_stats(a.pump, &stats);
    oc_p2p_pump_config_t config = {
        .hub = {.peers = 1, .pool_blocks = 16, .certificate = certificate},
        .ipv4 = true,
        .port = stats.port[0]};
    config.hub.profile = oc_peer_profile_camera();
    assert_int_equal(oc_p2p_pump_create(&other, &loop, &config), OC_ERR_BUSY);
    assert_null(other);
    config.port = 0;
    config.hub.peers = 0;
    assert_int_equal(oc_p2p_pump_create(&other, &loop, &config), OC_ERR_INVAL);
    closed_pumps = 0;
    oc_p2p_pump_close(a.pump, on_closed);
    until(&closed_pumps, 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    oc_certificate_destroy(certificate);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flow_with_groups),
        cmocka_unit_test(flow_one_by_one),
        cmocka_unit_test(a_turn_sends_before_it_returns),
        cmocka_unit_test(pumps_share_the_timer_of_their_loop),
        cmocka_unit_test(many_handshakes_at_once),
        cmocka_unit_test(a_rest_ends_and_a_turn_reads_in_it),
        cmocka_unit_test(closed_at_once),
        cmocka_unit_test(port_in_use_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
