/* Peers that drop a whole message for one element that they do not know, although the RFCs say how
 * to pass over it. Each element that we send stands in a table here: either every implementation
 * must know it, or one without it gets a connection that works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_sim_elements.h"
#include "p2p_pair.h"
#include "p2p_server.h"

static const oc_sim_link_t lan = {.delay_us = 2000, .mtu = 1472};

typedef struct element {
    uint32_t key;
    const char *name;
    const char *must; /* who must know it, or pass over it; NULL: one that does not gets through */
    bool rare;        /* no scene here makes it */
    uint32_t with;    /* droppable: another one that such a peer does not know; 0 none */
} element_t;

#define ROW(place, number) OC_SIM_KEY(OC_SIM_##place, number)
static const element_t elements[] = {
    {ROW(STUN_TYPE, 0x0001), "Binding request", "RFC 8445 7.1", false, 0},
    {ROW(STUN_TYPE, 0x0101), "Binding response", "RFC 8445 7.3", false, 0},
    {ROW(STUN_TYPE, 0x0111), "Binding error", "RFC 8445 7.3.1.1", true, 0},
    {ROW(STUN_TYPE, 0x0003), "Allocate (server)", "RFC 8656 7", false, 0},
    {ROW(STUN_TYPE, 0x0004), "Refresh (server)", "RFC 8656 8", true, 0},
    {ROW(STUN_TYPE, 0x0008), "CreatePermission (server)", "RFC 8656 10", false, 0},
    {ROW(STUN_TYPE, 0x0009), "ChannelBind (server)", "RFC 8656 12", false, 0},
    {ROW(STUN_TYPE, 0x0016), "Send indication (server)", "RFC 8656 11", false, 0},
    {ROW(STUN, 0x0006), "USERNAME", "RFC 8445 7.2.2", false, 0},
    {ROW(STUN, 0x0008), "MESSAGE-INTEGRITY", "RFC 8445 7.2.2", false, 0},
    {ROW(STUN, 0x0009), "ERROR-CODE", "RFC 8489 14.8", true, 0},
    {ROW(STUN, 0x000A), "UNKNOWN-ATTRIBUTES", "RFC 8489 14.13", true, 0},
    {ROW(STUN, 0x000C), "CHANNEL-NUMBER (server)", "RFC 8656 18.1", false, 0},
    {ROW(STUN, 0x000D), "LIFETIME (server)", "RFC 8656 18.2", true, 0},
    {ROW(STUN, 0x0012), "XOR-PEER-ADDRESS (server)", "RFC 8656 18.3", false, 0},
    {ROW(STUN, 0x0013), "DATA (server)", "RFC 8656 18.4", false, 0},
    {ROW(STUN, 0x0014), "REALM (server), as it said", "RFC 8489 9.2", false, 0},
    {ROW(STUN, 0x0015), "NONCE (server), as it said", "RFC 8489 9.2", false, 0},
    {ROW(STUN, 0x0017), "REQUESTED-ADDRESS-FAMILY (server), for IPv6", "RFC 8656 18.6", true, 0},
    {ROW(STUN, 0x0019), "REQUESTED-TRANSPORT (server)", "RFC 8656 18.7", false, 0},
    {ROW(STUN, 0x001C), "MESSAGE-INTEGRITY-SHA256, when it asked", "RFC 8489 9.2", true, 0},
    {ROW(STUN, 0x001D), "PASSWORD-ALGORITHM, when it asked", "RFC 8489 9.2", true, 0},
    {ROW(STUN, 0x001E), "USERHASH, when it asked", "RFC 8489 9.2", true, 0},
    {ROW(STUN, 0x0020), "XOR-MAPPED-ADDRESS", "RFC 8445 7.3.1", false, 0},
    {ROW(STUN, 0x0024), "PRIORITY", "RFC 8445 7.1.1", false, 0},
    {ROW(STUN, 0x0025), "USE-CANDIDATE", "RFC 8445 7.1.2", false, 0},
    {ROW(STUN, 0x8002), "PASSWORD-ALGORITHMS, as it said", "RFC 8489 9.2", true, 0},
    {ROW(STUN, 0x8028), "FINGERPRINT", "RFC 8445 7.1", false, 0},
    {ROW(STUN, 0x8029), "ICE-CONTROLLED", "RFC 8445 7.1.3", false, 0},
    {ROW(STUN, 0x802A), "ICE-CONTROLLING", "RFC 8445 7.1.3", false, 0},

    {ROW(RECORD, 20), "change_cipher_spec", "RFC 5246 7.1", false, 0},
    {ROW(RECORD, 21), "alert", "RFC 5246 7.2", false, 0},
    {ROW(RECORD, 22), "handshake", "RFC 5246 7.4", false, 0},
    {ROW(RECORD, 23), "application data", "RFC 5246 10", false, 0},
    {ROW(HANDSHAKE, 1), "ClientHello", "RFC 5246 7.4.1.2", false, 0},
    {ROW(HANDSHAKE, 2), "ServerHello", "RFC 5246 7.4.1.3", false, 0},
    {ROW(HANDSHAKE, 11), "Certificate", "RFC 5246 7.4.2", false, 0},
    {ROW(HANDSHAKE, 12), "ServerKeyExchange", "RFC 5246 7.4.3", false, 0},
    {ROW(HANDSHAKE, 13), "CertificateRequest", "RFC 8827 6.5", false, 0},
    {ROW(HANDSHAKE, 14), "ServerHelloDone", "RFC 5246 7.4.5", false, 0},
    {ROW(HANDSHAKE, 15), "CertificateVerify", "RFC 5246 7.4.8", false, 0},
    {ROW(HANDSHAKE, 16), "ClientKeyExchange", "RFC 5246 7.4.7", false, 0},
    /* a server passes over extensions that it does not know: RFC 5246 7.4.1.4 */
    {ROW(CLIENT_HELLO, 10), "supported_groups", "RFC 8422 5.1.1", false, 0},
    {ROW(CLIENT_HELLO, 11), "ec_point_formats", "RFC 8422 5.1.2", false, 0},
    {ROW(CLIENT_HELLO, 13), "signature_algorithms", "RFC 5246 7.4.1.4.1", false, 0},
    {ROW(CLIENT_HELLO, 14), "use_srtp", "RFC 8827 6.5", false, 0},
    {ROW(CLIENT_HELLO, 23), "extended_master_secret", "RFC 5246 7.4.1.4", false, 0},
    /* a server names only what the client has named */
    {ROW(SERVER_HELLO, 11), "ec_point_formats", "RFC 8422 5.2", false, 0},
    {ROW(SERVER_HELLO, 14), "use_srtp", "RFC 5764 4.1", false, 0},
    {ROW(SERVER_HELLO, 23), "extended_master_secret", "RFC 7627 5.1", false, 0},
    {ROW(SERVER_HELLO, 0xFF01), "renegotiation_info", "RFC 5746 3.6", false, 0},

    {ROW(CHUNK, 0), "DATA", "RFC 9260 3.3.1", false, 0},
    {ROW(CHUNK, 1), "INIT", "RFC 9260 3.3.2", false, 0},
    {ROW(CHUNK, 2), "INIT ACK", "RFC 9260 3.3.3", false, 0},
    {ROW(CHUNK, 3), "SACK", "RFC 9260 3.3.4", false, 0},
    {ROW(CHUNK, 4), "HEARTBEAT", "RFC 9260 3.3.5", false, 0},
    {ROW(CHUNK, 5), "HEARTBEAT ACK", "RFC 9260 3.3.6", false, 0},
    {ROW(CHUNK, 6), "ABORT", "RFC 9260 3.3.7", false, 0},
    {ROW(CHUNK, 7), "SHUTDOWN", "RFC 9260 3.3.8", true, 0},
    {ROW(CHUNK, 8), "SHUTDOWN ACK", "RFC 9260 3.3.9", true, 0},
    {ROW(CHUNK, 9), "ERROR", "RFC 9260 3.3.10", true, 0},
    {ROW(CHUNK, 10), "COOKIE ECHO", "RFC 9260 3.3.11", false, 0},
    {ROW(CHUNK, 11), "COOKIE ACK", "RFC 9260 3.3.12", false, 0},
    {ROW(CHUNK, 14), "SHUTDOWN COMPLETE", "RFC 9260 3.3.13", true, 0},
    {ROW(CHUNK, 130), "RE-CONFIG", NULL, false, ROW(INIT, 0x8008)},
    {ROW(CHUNK, 192), "FORWARD TSN", NULL, false, ROW(INIT, 0xC000)},
    {ROW(INIT, 0x8001), "Zero Checksum Acceptable", NULL, false, ROW(INIT_ACK, 0x8001)},
    {ROW(INIT, 0x8008), "Supported Extensions", NULL, false, ROW(INIT_ACK, 0x8008)},
    {ROW(INIT, 0xC000), "Forward-TSN-Supported", NULL, false, ROW(INIT_ACK, 0xC000)},
    {ROW(INIT_ACK, 7), "State Cookie", "RFC 9260 3.3.3.1", false, 0},
    {ROW(INIT_ACK, 8), "Unrecognized Parameter", "RFC 9260 3.3.3.1", true, 0},
    {ROW(INIT_ACK, 0x8001), "Zero Checksum Acceptable", NULL, false, ROW(INIT, 0x8001)},
    {ROW(INIT_ACK, 0x8008), "Supported Extensions", NULL, false, ROW(INIT, 0x8008)},
    {ROW(INIT_ACK, 0xC000), "Forward-TSN-Supported", NULL, false, ROW(INIT, 0xC000)},
    {ROW(PARAM, 1), "Heartbeat Info", "RFC 9260 3.3.5", false, 0},
    {ROW(PARAM, 13), "Outgoing SSN Reset Request, of who named RE-CONFIG", "RFC 6525 4.1", false,
     0},
    {ROW(PARAM, 16), "Re-configuration Response, of who asked", "RFC 6525 4.4", false, 0},
    {ROW(CAUSE, 3), "Stale Cookie", "RFC 9260 3.3.10.3", true, 0},
    {ROW(CAUSE, 6), "Unrecognized Chunk Type", "RFC 9260 3.3.10.6", true, 0},
    {ROW(CAUSE, 8), "Unrecognized Parameters", "RFC 9260 3.3.10.8", true, 0},
    {ROW(CAUSE, 12), "User-Initiated Abort", "RFC 9260 3.3.10.12", false, 0},
    {ROW(DATA_FLAG, 1), "E", "RFC 9260 3.3.1", false, 0},
    {ROW(DATA_FLAG, 2), "B", "RFC 9260 3.3.1", false, 0},
    {ROW(DATA_FLAG, 4), "U", "RFC 9260 3.3.1", false, 0},
    {ROW(DATA_FLAG, 8), "I; reserved bits are ignored by who does not know it", "RFC 9260 3.3.1",
     false, 0},
    {ROW(PPID, 50), "DCEP", "RFC 8831 8", false, 0},
    {ROW(PPID, 51), "string", "RFC 8831 8", false, 0},
    {ROW(PPID, 53), "binary", "RFC 8831 8", false, 0},
    {ROW(PPID, 56), "empty string", "RFC 8831 8", true, 0},
    {ROW(PPID, 57), "no bytes", "RFC 8831 8", true, 0},
    {ROW(DCEP, 2), "DATA_CHANNEL_ACK", "RFC 8832 5.2", false, 0},
    {ROW(DCEP, 3), "DATA_CHANNEL_OPEN", "RFC 8832 5.1", false, 0},
    {ROW(DCEP_CHANNEL, 0x00), "reliable", "RFC 8832 5.1", false, 0},
    {ROW(DCEP_CHANNEL, 0x80), "reliable, unordered", "RFC 8832 5.1", false, 0},

    {0, "v=", "RFC 8866 5.1", false, 0},
    {0, "o=", "RFC 8866 5.2", false, 0},
    {0, "s=", "RFC 8866 5.3", false, 0},
    {0, "t=", "RFC 8866 5.9", false, 0},
    {0, "m=", "RFC 8866 5.14", false, 0},
    {0, "c=", "RFC 8866 5.7", false, 0},
    /* attributes that are not understood are ignored: RFC 8866 5.13 */
    {0, "a=group", "RFC 9143 7.2", false, 0},
    {0, "a=candidate", "RFC 8839 5.1", false, 0},
    {0, "a=end-of-candidates", "RFC 8866 5.13", false, 0},
    {0, "a=ice-ufrag", "RFC 8839 5.4", false, 0},
    {0, "a=ice-pwd", "RFC 8839 5.4", false, 0},
    {0, "a=ice-options", "RFC 8839 5.6", true, 0},
    {0, "a=fingerprint", "RFC 8122 5", false, 0},
    {0, "a=setup", "RFC 8842 5.2", false, 0},
    {0, "a=mid", "RFC 5888 4", false, 0},
    {0, "a=sctp-port", "RFC 8841 5", false, 0},
    {0, "a=sctpmap", "of the offer's own form", true, 0},
    {0, "a=max-message-size", "RFC 8841 6", false, 0},
    {0, "a=sctp-init", "RFC 8866 5.13", false, 0}, /* answers have it when the offer has */
    {0, "a=inactive", "RFC 8866 6.7.4", true, 0},
};
#define ELEMENTS (sizeof elements / sizeof elements[0])

static pair_t p;
static bool seen[ELEMENTS];
static uint32_t unwelcome[2];                  /* keys; 0: none */
static unsigned refused;                       /* messages dropped for them */
static int strict_end;                         /* 0 a, 1 b: who drops; -1 nobody */
static const uint8_t *strict_from, *strict_to; /* the memory of its peer */

static void note(void *context, uint32_t key, const char *name) {
    char line[8];
    if (name && name[1] == '\0') {
        line[0] = name[0], line[1] = '=', line[2] = '\0';
        name = line;
    }
    for (unsigned i = 0; i < ELEMENTS; i++)
        if (name ? elements[i].key == 0 && strcmp(elements[i].name, name) == 0
                 : elements[i].key == key) {
            seen[i] = true;
            return;
        }
    fail_msg("we send an element that is not in the table: place %u, number 0x%04x%s%s", key >> 16,
             key & 0xFFFF, name ? ", " : "", name ? name : "");
    (void)context;
}

static void look_for(void *context, uint32_t key, const char *name) {
    (void)name;
    if (key && (key == unwelcome[0] || key == unwelcome[1]))
        *(bool *)context = true;
}

static bool tap(world_t *world, const world_hub_t *from, const oc_path_t *to, uint8_t *data,
                size_t *len) {
    bool drop = false;
    (void)world, (void)to;
    oc_sim_elements_datagram(oc_span(data, *len), note, NULL);
    if (strict_end >= 0 && from != (strict_end ? p.b : p.a))
        oc_sim_elements_datagram(oc_span(data, *len), look_for, &drop);
    refused += drop;
    return !drop;
}

int __real_oc_sctp_input(oc_sctp_t *sctp, oc_span_t packet, int64_t now_us);
int __wrap_oc_sctp_input(oc_sctp_t *sctp, oc_span_t packet, int64_t now_us);
int __wrap_oc_sctp_input(oc_sctp_t *sctp, oc_span_t packet, int64_t now_us) {
    bool drop = false, at_it = (uint8_t *)sctp >= strict_from && (uint8_t *)sctp < strict_to;
    oc_sim_elements_sctp(packet, note, NULL);
    if (strict_end >= 0)
        oc_sim_elements_sctp(packet, look_for, &drop);
    if (drop && at_it) {
        refused++;
        return OC_OK;
    }
    /* it says nothing itself that it does not know */
    return drop ? OC_OK : __real_oc_sctp_input(sctp, packet, now_us);
}

static int describe(world_hub_t *hub, oc_hub_peer_t id, oc_span_t offer, char *out) {
    int n = oc_hub_description(hub->hub, id, offer, out, OC_HUB_DESCRIPTION);
    assert_true(n > 0);
    oc_sim_elements_sdp(oc_span(out, (size_t)n), note, NULL);
    world_without_snap(p.world, hub, offer.len > 0, out); /* no such end knows it */
    return (int)strlen(out);
}

/* a offers, b answers. */
static void connect_pair(void) {
    static char offer[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
    int64_t now_us = p.world->now_us;
    p.world->tap = tap;
    void *memory = world_peer_memory(p.a);
    assert_int_equal(oc_hub_connect(p.a->hub, memory, now_us, &p.at_a), OC_OK);
    p.a->alive++;
    oc_span_t sdp = oc_span(offer, (size_t)describe(p.a, p.at_a, oc_span(NULL, 0), offer));
    void *other = world_peer_memory(p.b);
    assert_int_equal(oc_hub_offer(p.b->hub, sdp, other, now_us, &p.at_b, NULL), OC_OK);
    p.b->alive++;
    int n = describe(p.b, p.at_b, sdp, answer);
    strict_from = strict_end == 1 ? other : memory;
    strict_to = strict_from + oc_hub_peer_bytes(strict_end == 1 ? p.b->hub : p.a->hub);
    assert_int_equal(oc_hub_answer(p.a->hub, p.at_a, oc_span(answer, (size_t)n), now_us, NULL),
                     OC_OK);
}

static bool both_up(void *context) {
    (void)context;
    return p.viewer.up && p.camera.up;
}
static app_channel_t *requested[2];
static bool both_answered(void *context) {
    (void)context;
    return strcmp(requested[0]->text, "from the viewer") == 0 &&
           strcmp(requested[1]->text, "from the camera") == 0;
}

/* Strings and bytes both ways, on channels that either end opens. */
static void talk(void) {
    static flow_t flow;
    requested[0] = app_open(&p.viewer, p.at_a, "echo", NULL, NULL);
    requested[1] = app_open(&p.camera, p.at_b, "echo", NULL, NULL);
    app_report(&p.viewer, requested[0], "from the viewer");
    app_report(&p.camera, requested[1], "from the camera");
    assert_true(world_run(p.world, p.world->now_us + 20 * SECOND, both_answered, NULL));
    flow_init(&flow, 100, 0, true);
    p.camera.serve = &flow;
    (void)app_open(&p.viewer, p.at_a, "flow", &flow, NULL);
    world_run(p.world, p.world->now_us + 10 * SECOND, NULL, NULL);
    assert_int_equal(flow.received, 100);
    assert_false(flow.broken);
}

/* Live on a link that loses: whole messages are overtaken. */
static void live(void) {
    static flow_t flow;
    flow_init(&flow, 400, 4000, false);
    flow.kept = 3;
    flow.unordered = true;
    p.camera.serve = &flow;
    p.camera.serve_partial = p.viewer.unordered = true;
    pair_set_link(&p, (oc_sim_link_t){.delay_us = 20000, .mtu = 1472, .loss_ppm = 150000});
    app_channel_t *channel = app_open(&p.viewer, p.at_a, "flow", &flow, NULL);
    for (unsigned i = 0; i < 400; i++) {
        flow.produced = i + 1;
        if (channel->peer)
            oc_peer_kick(oc_hub_peer(p.b->hub, p.at_b), channel->sid);
        world_run(p.world, p.world->now_us + 5000, NULL, NULL);
    }
    pair_set_link(&p, lan);
    world_run(p.world, p.world->now_us + 5 * SECOND, NULL, NULL);
    assert_false(flow.broken);
}

static void everything_once(void) {
    strict_end = -1;
    pair_begin(&p, 3, lan);
    connect_pair();
    assert_true(world_run(p.world, p.world->now_us + 10 * SECOND, both_up, NULL));
    talk();
    live();
    (void)oc_peer_close_channel(oc_hub_peer(p.a->hub, p.at_a), requested[0]->sid);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    (void)oc_hub_close(p.a->hub, p.at_a, p.world->now_us);
    world_run(p.world, p.world->now_us + SECOND, NULL, NULL);
    pair_end(&p);
}

/* The same servers as in relay_test. */
static void once_through_a_relay(void) {
    static turn_model_t model;
    static oc_gather_t gather[2];
    static app_t app[2];
    oc_hub_peer_t a, b;
    world_t *world = world_create(5);
    world_hub_t *hub[2];
    *oc_sim_net_default(world->net) = (oc_sim_link_t){.delay_us = 5000, .mtu = 1472};
    server_begin(&model, world);
    strict_end = -1;
    world->tap = tap;
    for (unsigned i = 0; i < 2; i++) {
        oc_hub_config_t config = world_config(4);
        config.relay_only = true;
        config.gather = &gather[i];
        server_gather(&gather[i], &model, true, world->now_us);
        hub[i] = world_add(world, &config);
        app_init(&app[i], hub[i]);
    }
    world_link(world, hub[0], hub[1], (oc_sim_link_t){.down = true});
    world_run(world, world->now_us + SECOND, NULL, NULL);
    assert_int_equal(world_connect(hub[0], hub[1], &a, &b), OC_OK);
    world_run(world, world->now_us + 3 * SECOND, NULL, NULL);
    assert_int_equal(app[0].up + app[1].up, 2);
    world_destroy(world);
    for (unsigned i = 0; i < 2; i++)
        oc_gather_deinit(&gather[i]);
}

static void each_element_we_send_is_in_the_table(void **state) {
    (void)state;
    memset(seen, 0, sizeof seen);
    everything_once();
    once_through_a_relay();
    for (unsigned i = 0; i < ELEMENTS; i++)
        if (!seen[i] && !elements[i].rare)
            fail_msg("%s is in the table, and was not seen", elements[i].name);
}

static void each_element_may_be_unwelcome(void **state) {
    unsigned tried = 0;
    (void)state;
    for (unsigned i = 0; i < ELEMENTS; i++)
        for (strict_end = 0; !elements[i].must && strict_end < 2; strict_end++) {
            unwelcome[0] = elements[i].key;
            unwelcome[1] = elements[i].with;
            refused = 0;
            pair_begin(&p, 7 + i, lan);
            connect_pair();
            if (!world_run(p.world, p.world->now_us + 5 * SECOND, both_up, NULL))
                fail_msg("no connection with an end %d that does not know %s", strict_end,
                         elements[i].name);
            unsigned before = refused;
            talk();
            assert_true(refused > 0);
            assert_int_equal(refused, before); /* it gets no more of that */
            tried++;
            pair_end(&p);
        }
    assert_int_equal(tried, 2 * 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_element_we_send_is_in_the_table),
        cmocka_unit_test(each_element_may_be_unwelcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
