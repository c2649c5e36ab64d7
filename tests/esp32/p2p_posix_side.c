/* The other end of p2p_esp_test: the pump of hosts/posix with libcrypto, in a process of its own.
 *   p2p_posix_side offer|answer MESSAGES BYTES [4|6]
 * Descriptions go over stdin and stdout, each behind its length and a line feed. It serves MESSAGES
 * on a channel "down", checks as many that come on "up", and says at the end what came. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_p2p_pump.h"
#include "p2p_flow.h"
#include "test_wait.h"

static uv_loop_t loop;
static oc_p2p_pump_t *pump;
static flow_t down, up;
static bool over;

static void fail(const char *what) {
    fprintf(stderr, "p2p_posix_side: %s\n", what);
    exit(1);
}

static void on_channel(oc_peer_t *peer, const oc_peer_event_t *e) {
    oc_peer_channel_config_t serve = {.ops = &flow_ops, .context = &down}, silent = {0};
    bool serves = strcmp(e->label, "down") == 0;
    if (!serves && strcmp(e->label, "up") != 0)
        fail("a channel of another name");
    if (oc_peer_accept(peer, e->sid, serves ? &serve : &silent) != OC_OK)
        fail("not accepted");
}

static void on_event(void *context, const oc_hub_event_t *event) {
    oc_peer_event_t e = event->peer;
    oc_peer_t *peer =
        event->kind == OC_HUB_EVENT_PEER ? oc_hub_peer(oc_p2p_pump_hub(pump), event->id) : NULL;
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    if (e.kind == OC_PEER_EVENT_CHANNEL)
        on_channel(peer, &e);
    if (e.kind == OC_PEER_EVENT_MESSAGE) {
        flow_receive(&up, &e);
        oc_peer_message_release(peer, &e);
    }
    over = over || e.kind == OC_PEER_EVENT_OVER;
}

static void put(const char *text) {
    printf("%zu\n%s", strlen(text), text);
    fflush(stdout);
}

static oc_span_t get(char *text) {
    size_t len = 0;
    if (scanf("%zu", &len) != 1 || getchar() != '\n' || len >= OC_HUB_DESCRIPTION ||
        fread(text, 1, len, stdin) != len)
        fail("no description came");
    return oc_span(text, len);
}

static void describe(oc_hub_peer_t id, oc_span_t offer) {
    char text[OC_HUB_DESCRIPTION];
    if (oc_hub_description(oc_p2p_pump_hub(pump), id, offer, text, sizeof text) <= 0)
        fail("no description");
    put(text);
}

static void signal_offer(void) {
    char text[OC_HUB_DESCRIPTION];
    oc_hub_peer_t id;
    const char *why = "";
    if (oc_hub_pump_connect(oc_p2p_pump_core(pump), &id) != OC_OK)
        fail("no peer");
    describe(id, (oc_span_t){0});
    if (oc_hub_answer(oc_p2p_pump_hub(pump), id, get(text), oc_p2p_pump_now(pump), &why) != OC_OK)
        fail(why);
    oc_p2p_pump_kick(pump);
}

static void signal_answer(void) {
    char text[OC_HUB_DESCRIPTION];
    oc_hub_peer_t id;
    const char *why = "";
    oc_span_t offer = get(text);
    if (oc_hub_pump_offer(oc_p2p_pump_core(pump), offer, &id, &why) != OC_OK)
        fail(why);
    describe(id, offer);
}

static void on_late(uv_timer_t *timer) {
    fail("late");
}

int main(int argc, char **argv) {
    oc_certificate_t *certificate;
    uv_timer_t timer;
    if (argc < 4 || oc_certificate_make(&certificate) != OC_OK)
        fail("arguments");
    uint64_t messages = strtoull(argv[2], NULL, 10);
    bool six = argc > 4 && argv[4][0] == '6';
    oc_p2p_pump_config_t config = {
        .hub = {.peers = 1, .pool_blocks = 4096, .certificate = certificate},
        .ipv4 = !six,
        .ipv6 = six,
        .loopback = true,
        .on_event = on_event};
    config.hub.profile = oc_peer_profile_program();
    flow_init(&down, messages, (uint32_t)atoi(argv[3]), true);
    flow_init(&up, messages, (uint32_t)atoi(argv[3]), true);
    uv_loop_init(&loop);
    if (oc_p2p_pump_create(&pump, &loop, &config) != OC_OK)
        fail("no sockets");
    if (strcmp(argv[1], "offer") == 0)
        signal_offer();
    else
        signal_answer();
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_late, TEST_WAIT_MS, 0);
    while (!over)
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    oc_p2p_pump_close(pump, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    oc_certificate_destroy(certificate);
    uv_loop_close(&loop);
    printf("received %llu broken %d\n", (unsigned long long)up.received, up.broken);
    return 0;
}
