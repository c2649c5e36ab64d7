/* The UDP transport of a board: its pump, sockets, tasks and cryptography (PSA), with lwIP's
 * sockets on this machine's loopback. Two boards with each other, and a board with the pump of
 * hosts/posix in another process, which has libcrypto and libuv. This thread is the media task. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "esp_netif.h"
#include "fake_idf.h"
#include "fake_net.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_mdns_respond.h"
#include "oc_p2p_pump_esp.h"
#include "p2p_flow.h"
#include "test_ipv6.h"
#include "test_wait.h"

#define POOL_BLOCKS 256
#define VIEWERS     8

typedef struct board {
    oc_p2p_pump_esp_t *pump;
    int opened; /* 1: not yet */
    unsigned up, over;
    oc_peer_reason_t reason;
    flow_t *serve, *receive;
} board_t;

static TaskHandle_t media;
static board_t a, b;
static board_t *boards[2] = {&a, &b};

static void on_wake(void *context) {
    xTaskNotifyGive(media);
}

static void on_open(void *context, int result) {
    ((board_t *)context)->opened = result;
}

static void on_event(void *context, const oc_hub_event_t *event) {
    board_t *board = context;
    oc_peer_event_t e = event->peer;
    oc_peer_channel_config_t config = {.ops = &flow_ops, .context = board->serve};
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_esp_core(board->pump)->hub, event->id);
    if (e.kind == OC_PEER_EVENT_UP)
        board->up++;
    if (e.kind == OC_PEER_EVENT_CHANNEL)
        assert_int_equal(oc_peer_accept(peer, e.sid, &config), OC_OK);
    if (e.kind == OC_PEER_EVENT_MESSAGE) {
        flow_receive(board->receive, &e);
        oc_peer_message_release(peer, &e);
    }
    if (e.kind == OC_PEER_EVENT_OVER) {
        board->over++;
        board->reason = e.why.reason;
    }
}

static oc_p2p_pump_esp_config_t config_of(board_t *board) {
    oc_p2p_pump_esp_config_t config = {.hub = {.peers = VIEWERS, .pool_blocks = POOL_BLOCKS},
                                       .ipv4 = true,
                                       .ipv6 = true,
                                       .loopback = true,
                                       .on_open = on_open,
                                       .on_event = on_event,
                                       .wake = on_wake,
                                       .owner = board,
                                       .context = board};
    config.hub.profile = oc_peer_profile_camera();
    return config;
}

/* One turn of the media task, for all boards. Returns when the next one is due. */
static int64_t turn(void) {
    int64_t due = INT64_MAX;
    for (unsigned i = 0; i < 2; i++) {
        int64_t at = boards[i]->pump ? oc_p2p_pump_esp_turn(boards[i]->pump) : INT64_MAX;
        due = at < due ? at : due;
    }
    return due;
}

/* The media task waits like that. */
#define UNTIL(condition)                                                                           \
    for (int64_t late = oc_esp_now_us() + TEST_WAIT_US, due; due = turn(), !(condition);) {        \
        assert_true(oc_esp_now_us() < late);                                                       \
        ulTaskNotifyTake(pdTRUE, oc_esp_ticks_until(due, 1000));                                   \
    }

static void open_board(board_t *board) {
    oc_p2p_pump_esp_config_t config = config_of(board);
    memset(board, 0, sizeof *board);
    board->opened = 1;
    assert_int_equal(oc_p2p_pump_esp_create(&board->pump, &config), OC_OK);
    UNTIL(board->opened <= 0);
    assert_int_equal(board->opened, OC_OK);
    turn(); /* addresses */
}

static void close_board(board_t *board) {
    if (!board->pump)
        return;
    oc_p2p_pump_esp_close(board->pump);
    oc_p2p_pump_esp_close(board->pump);
    UNTIL(oc_p2p_pump_esp_closed(board->pump));
    oc_p2p_pump_esp_destroy(board->pump);
    board->pump = NULL;
}

static void begin(void) {
    media = xTaskGetCurrentTaskHandle();
    fake_reset();
    fake_net_reset();
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
}

static void nothing_is_left(void) {
    close_board(&a);
    close_board(&b);
    assert_int_equal(fake_memory_out(), 0);
    assert_int_equal(fake_tasks(), 0);
    assert_int_equal(fake_net.open, 0);
    assert_int_equal(fake_net.handlers, 0);
}

static void describe(board_t *board, oc_hub_peer_t id, oc_span_t offer, char *out) {
    oc_hub_t *hub = oc_p2p_pump_esp_core(board->pump)->hub;
    assert_in_range(oc_hub_description(hub, id, offer, out, OC_HUB_DESCRIPTION), 1,
                    OC_HUB_DESCRIPTION);
}

static void take_answer(board_t *board, oc_hub_peer_t id, const char *answer) {
    const char *why = "";
    assert_int_equal(oc_hub_answer(oc_p2p_pump_esp_core(board->pump)->hub, id,
                                   oc_span(answer, strlen(answer)), oc_esp_now_us(), &why),
                     OC_OK);
}

/* a offers, b answers. */
static oc_hub_peer_t connect_boards(void) {
    char offer[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
    oc_hub_peer_t at_a, at_b;
    const char *why = "";
    assert_int_equal(oc_hub_pump_connect(oc_p2p_pump_esp_core(a.pump), &at_a), OC_OK);
    describe(&a, at_a, (oc_span_t){0}, offer);
    oc_span_t text = oc_span(offer, strlen(offer));
    assert_int_equal(oc_hub_pump_offer(oc_p2p_pump_esp_core(b.pump), text, &at_b, &why), OC_OK);
    describe(&b, at_b, text, answer);
    take_answer(&a, at_a, answer);
    return at_a;
}

static int open_channel(board_t *board, oc_hub_peer_t id, const char *label, flow_t *flow) {
    oc_peer_channel_config_t config = {.ops = flow ? &flow_ops : NULL, .context = flow};
    return oc_peer_open(oc_hub_peer(oc_p2p_pump_esp_core(board->pump)->hub, id), label, &config);
}

static void two_boards(const char *suite) {
    static flow_t flow;
    oc_p2p_pump_esp_stats_t stats;
    oc_peer_stats_t of_peer;
    open_board(&a);
    open_board(&b);
    flow_init(&flow, 120, 8000, true);
    b.serve = &flow;
    a.receive = &flow;
    oc_hub_peer_t id = connect_boards();
    UNTIL(a.up && b.up);
    assert_true(open_channel(&a, id, "flow", NULL) >= 0);
    UNTIL(flow.received == 120);
    assert_false(flow.broken);
    oc_p2p_pump_esp_stats(b.pump, &stats);
    assert_true(stats.jobs >= 1 && stats.port[0] && stats.udp[0].sent > 300);
    assert_int_equal(oc_hub_peer_stats(oc_p2p_pump_esp_core(a.pump)->hub, id, &of_peer), OC_OK);
    print_message("%s: %u turns, %u jobs, %u datagrams out, %s\n", suite, stats.turns, stats.jobs,
                  stats.udp[0].sent + stats.udp[1].sent, of_peer.chacha ? "ChaCha20" : "AES-GCM");
    close_board(&a);
    UNTIL(b.over);
    assert_int_equal(b.reason, OC_PEER_REMOTE);
    nothing_is_left();
}

static void boards_exchange_messages(void **state) {
    begin();
    two_boards("a good network");
    assert_in_range(fake_nvs.blob_len, 200, OC_CERTIFICATE_PEM); /* the certificate is kept */
}

static void buffers_that_are_missing_cost_no_message(void **state) {
    begin();
    fake_net.no_buffer_every = 11;
    two_boards("no buffer at every 11th send");
}

static void lost_datagrams_are_sent_again(void **state) {
    begin();
    fake_net.lose_every = 23;
    two_boards("every 23rd datagram lost");
}

static void ipv4_alone_where_there_is_no_ipv6(void **state) {
    begin();
    fake_net.no_ipv6 = true;
    two_boards("IPv4 alone");
}

/* ---- with the other host's pump and another library ---- */

typedef struct other {
    pid_t pid;
    FILE *to, *from;
} other_t;

static void start_other(other_t *other, const char *role, const char *family) {
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    other->pid = fork();
    if (other->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        for (int fd = 3; fd < 64; fd++)
            close(fd);
        execl(POSIX_SIDE, POSIX_SIDE, role, "100", "8000", family, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    other->to = fdopen(in[1], "w");
    other->from = fdopen(out[0], "r");
}

static void notify(other_t *other, const char *text) {
    fprintf(other->to, "%zu\n%s", strlen(text), text);
    fflush(other->to);
}

static oc_span_t handle(other_t *other, char *text) {
    size_t len = 0;
    assert_int_equal(fscanf(other->from, "%zu", &len), 1);
    assert_int_equal(fgetc(other->from), '\n');
    assert_in_range(len, 1, OC_HUB_DESCRIPTION - 1);
    assert_int_equal(fread(text, 1, len, other->from), len);
    text[len] = 0;
    return oc_span(text, len);
}

static oc_hub_peer_t connect_other(other_t *other, bool we_offer) {
    char offer[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
    oc_hub_peer_t id;
    const char *why = "";
    if (we_offer) {
        assert_int_equal(oc_hub_pump_connect(oc_p2p_pump_esp_core(a.pump), &id), OC_OK);
        describe(&a, id, (oc_span_t){0}, offer);
        notify(other, offer);
        (void)handle(other, answer);
        take_answer(&a, id, answer);
        return id;
    }
    oc_span_t text = handle(other, offer);
    assert_int_equal(oc_hub_pump_offer(oc_p2p_pump_esp_core(a.pump), text, &id, &why), OC_OK);
    describe(&a, id, text, answer);
    notify(other, answer);
    return id;
}

static void with_the_other_host(bool we_offer, const char *family) {
    static flow_t up, down;
    other_t other;
    int status;
    unsigned long long received;
    int broken;
    begin();
    open_board(&a);
    flow_init(&down, 100, 8000, true);
    flow_init(&up, 100, 8000, true);
    a.receive = &down;
    start_other(&other, we_offer ? "answer" : "offer", family);
    oc_hub_peer_t id = connect_other(&other, we_offer);
    UNTIL(a.up);
    assert_true(open_channel(&a, id, "down", NULL) >= 0);
    assert_true(open_channel(&a, id, "up", &up) >= 0);
    UNTIL(down.received == 100 && up.acked == 100);
    assert_false(down.broken);
    close_board(&a);
    assert_int_equal(fscanf(other.from, " received %llu broken %d", &received, &broken), 2);
    assert_int_equal(received, 100);
    assert_int_equal(broken, 0);
    assert_int_equal(waitpid(other.pid, &status, 0), other.pid);
    assert_int_equal(status, 0);
    fclose(other.to);
    fclose(other.from);
    nothing_is_left();
}

static void offers_to_the_other_host(void **state) {
    with_the_other_host(true, "4");
}
static void answers_the_other_host(void **state) {
    with_the_other_host(false, "4");
}
static void answers_the_other_host_over_ipv6(void **state) {
    TEST_NEEDS_IPV6();
    with_the_other_host(false, "6");
}

/* ---- what goes wrong ---- */

static void no_network_no_sockets_no_events(void **state) {
    oc_p2p_pump_esp_t *other = NULL;
    oc_p2p_pump_esp_stats_t stats;
    begin();
    oc_p2p_pump_esp_config_t config = config_of(&a);
    config.hub.peers = 0;
    assert_int_equal(oc_p2p_pump_esp_create(&other, &config), OC_ERR_INVAL);
    config.hub.peers = 65;
    assert_int_equal(oc_p2p_pump_esp_create(&other, &config), OC_ERR_INVAL);
    config.hub.peers = 1;
    fake_net.interface[0].up = false;
    assert_int_equal(oc_p2p_pump_esp_create(&other, &config), OC_ERR_STATE);
    fake_net.interface[0].up = true;
    fake_net.sockets_left = 0;
    assert_int_equal(oc_p2p_pump_esp_create(&other, &config), OC_ERR_NOTSUP);
    fake_net.sockets_left = -1;
    fake_net.no_events = true;
    assert_int_equal(oc_p2p_pump_esp_create(&other, &config), OC_ERR_STATE);
    fake_net.no_events = false;
    open_board(&a);
    oc_p2p_pump_esp_stats(a.pump, &stats);
    config.port = stats.port[0];
    assert_int_equal(oc_p2p_pump_esp_create(&other, &config), OC_ERR_BUSY);
    assert_null(other);
    nothing_is_left();
}

/* Memory that ends at the n-th request: refused, or told by on_open; nothing is left behind. */
static void out_of_memory_at_any_place(void **state) {
    unsigned refused = 0;
    for (int left = 0; left < 8; left++) {
        begin();
        oc_p2p_pump_esp_config_t config = config_of(&a);
        a.opened = 1;
        fake_memory_left = left;
        int rc = oc_p2p_pump_esp_create(&a.pump, &config);
        assert_true(rc == OC_OK || rc == OC_ERR_NOMEM);
        if (rc == OC_OK) {
            UNTIL(a.opened <= 0);
            assert_true(a.opened == OC_OK || a.opened == OC_ERR_NOMEM);
        } else
            a.pump = NULL;
        refused += rc != OC_OK || a.opened != OC_OK;
        fake_memory_left = -1;
        nothing_is_left();
    }
    assert_in_range(refused, 3, 7); /* the last ones had enough */
}

static void closed_at_any_time(void **state) {
    for (unsigned turns = 0; turns < 8; turns++) { /* jobs under way, or not yet, or done */
        begin();
        open_board(&a);
        open_board(&b);
        (void)connect_boards();
        for (unsigned i = 0; i < turns; i++)
            ulTaskNotifyTake(pdTRUE, oc_esp_ticks_until(turn(), 5));
        nothing_is_left();
    }
    begin();
    oc_p2p_pump_esp_config_t config = config_of(&a); /* before its certificate is there */
    assert_int_equal(oc_p2p_pump_esp_create(&a.pump, &config), OC_OK);
    nothing_is_left();
}

/* A network that is gone for a moment, and one with another address. */
static void addresses_that_change_are_told(void **state) {
    char offer[OC_HUB_DESCRIPTION];
    oc_hub_peer_t id;
    begin();
    open_board(&a);
    fake_interface_t *second = &fake_net.interface[1];
    *second = (fake_interface_t){.up = true, .ip4 = {10, 9, 8, 7}};
    fake_net_event(IP_EVENT_STA_GOT_IP);
    turn();
    assert_int_equal(oc_hub_pump_connect(oc_p2p_pump_esp_core(a.pump), &id), OC_OK);
    describe(&a, id, (oc_span_t){0}, offer);
    assert_non_null(strstr(offer, " 10.9.8.7 "));
    assert_non_null(strstr(offer, " 127.0.0.1 "));
    second->up = false;
    fake_net_event(IP_EVENT_STA_LOST_IP);
    turn();
    assert_int_equal(oc_hub_pump_connect(oc_p2p_pump_esp_core(a.pump), &id), OC_OK);
    describe(&a, id, (oc_span_t){0}, offer);
    assert_null(strstr(offer, " 10.9.8.7 "));
    nothing_is_left();
}

/* Nothing is sent while there is no buffer at all; it goes on when there are some. */
static void a_radio_that_stands_still(void **state) {
    begin();
    open_board(&a);
    open_board(&b);
    (void)connect_boards();
    fake_net.no_buffer = true;
    for (unsigned i = 0; i < 20; i++)
        ulTaskNotifyTake(pdTRUE, oc_esp_ticks_until(turn(), 5));
    assert_int_equal(a.up + b.up, 0);
    fake_net.no_buffer = false;
    UNTIL(a.up && b.up);
    nothing_is_left();
}

static void servers_over_tcp_and_tls_fail_at_once(void **state) {
    oc_hub_peer_t id;
    char offer[OC_HUB_DESCRIPTION];
    begin();
    a.opened = 1;
    oc_p2p_pump_esp_config_t config = config_of(&a);
    const uint8_t ip[4] = {127, 0, 0, 1};
    const oc_gather_server_t server = {.addr4 = oc_addr4(ip, 3478),
                                       .turn = true,
                                       .transport = OC_TURN_TLS,
                                       .username = "u",
                                       .password = "p"};
    config.servers = true;
    assert_int_equal(oc_p2p_pump_esp_create(&a.pump, &config), OC_OK);
    assert_int_equal(oc_hub_pump_set_server(oc_p2p_pump_esp_core(a.pump), 0, &server),
                     OC_ERR_STATE);
    UNTIL(a.opened <= 0);
    assert_int_equal(a.opened, OC_OK);
    assert_int_equal(oc_hub_pump_set_server(oc_p2p_pump_esp_core(a.pump), 0, &server), OC_OK);
    assert_int_equal(oc_hub_pump_connect(oc_p2p_pump_esp_core(a.pump), &id), OC_OK);
    (void)turn(); /* one: nothing is waited for */
    describe(&a, id, (oc_span_t){0}, offer);
    assert_null(strstr(offer, "relay"));
    nothing_is_left();
}

/* A browser on this network that hides its address: its name is asked for, twice when the first
 * question is lost, and the address gets checks. */
static void hidden_names_are_looked_up(void **state) {
    static const char name[] = "1f4712db-ea17-4bcf-a596-105139dfd8bf.local";
    char offer[OC_HUB_DESCRIPTION], hidden[OC_HUB_DESCRIPTION + 200];
    uint8_t message[1600];
    const uint8_t ip[4] = {127, 0, 0, 1};
    oc_addr_t any = oc_addr4(ip, 0), from, page_at;
    oc_mdns_answer_t answer = {.addr = oc_addr4(ip, 0)};
    oc_hub_peer_t id;
    const char *why = "";
    begin();
    open_board(&a);
    open_board(&b);
    int page = fake_socket(4), neighbour = fake_socket(4);
    assert_int_equal(fake_bind(page, &any), 0);
    assert_int_equal(fake_bind(neighbour, &any), 0);
    assert_int_equal(fake_name(page, &page_at), 0);
    assert_int_equal(oc_hub_pump_connect(oc_p2p_pump_esp_core(b.pump), &id), OC_OK);
    describe(&b, id, (oc_span_t){0}, offer);
    char *candidates = strstr(offer, "a=candidate"), *rest = candidates;
    while (strncmp(rest, "a=candidate", 11) == 0)
        rest = strchr(rest, '\n') + 1;
    *candidates = 0;
    snprintf(hidden, sizeof hidden, "%sa=candidate:1 1 udp 2122260223 %s %u typ host\r\n%s", offer,
             name, page_at.port, rest);
    assert_int_equal(
        oc_hub_pump_offer(oc_p2p_pump_esp_core(a.pump), oc_span(hidden, strlen(hidden)), &id, &why),
        OC_OK);
    (void)turn(); /* the first questions are lost */
    (void)turn();
    assert_int_equal(fake_name(neighbour, &from), 0);
    fake_net.neighbour = from.port;
    long n;
    UNTIL((n = fake_receive(neighbour, message, sizeof message, &from)) > 0);
    uint16_t type;
    assert_int_equal(oc_mdns_read_query(oc_span(message, (size_t)n), answer.name, &type), OC_OK);
    assert_string_equal(answer.name, name);
    assert_int_equal(type, OC_MDNS_A);
    size_t len = oc_mdns_write_answer(&answer, message, sizeof message);
    assert_int_equal(fake_send(neighbour, message, len, &from), len);
    UNTIL((n = fake_receive(page, message, sizeof message, &from)) > 0);
    assert_true(message[0] == 0 && message[1] == 1); /* a binding request of STUN */
    fake_close(page);
    fake_close(neighbour);
    nothing_is_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boards_exchange_messages),
        cmocka_unit_test(buffers_that_are_missing_cost_no_message),
        cmocka_unit_test(lost_datagrams_are_sent_again),
        cmocka_unit_test(ipv4_alone_where_there_is_no_ipv6),
        cmocka_unit_test(offers_to_the_other_host),
        cmocka_unit_test(answers_the_other_host),
        cmocka_unit_test(answers_the_other_host_over_ipv6),
        cmocka_unit_test(no_network_no_sockets_no_events),
        cmocka_unit_test(out_of_memory_at_any_place),
        cmocka_unit_test(closed_at_any_time),
        cmocka_unit_test(addresses_that_change_are_told),
        cmocka_unit_test(a_radio_that_stands_still),
        cmocka_unit_test(servers_over_tcp_and_tls_fail_at_once),
        cmocka_unit_test(hidden_names_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
