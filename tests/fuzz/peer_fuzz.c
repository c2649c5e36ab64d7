/* A whole peer, connected to another in the virtual network, against what the other end, or
 * somebody who speaks in its name, may send. An input is a row of steps: how (1 byte), length (2
 * bytes), bytes. 0 as a datagram from the other end's address   1 from a stranger's 2 as an SCTP
 * packet within the other end's DTLS; checksum and tag are made right 3 as a message on stream
 * (first byte) of the other end's, with the PPID of its second byte 4 as a candidate line   5 as
 * another offer   6 time passes: length in milliseconds */
#include <stdlib.h>

#include "oc_crc32c.h"
#include "oc_err.h"
#include "oc_peer_impl.h"
#include "p2p_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

enum { RAW, STRANGER, PACKET, MESSAGE, CANDIDATE, OFFER, TIME, KINDS };
#define STEPS 64 /* of one input */

static pair_t pair;
static uint8_t seed_bytes[16][2048];
static size_t seed_len[16];
static unsigned seeds;

/* A camera: small memory, so that many inputs run. */
static oc_hub_config_t hub_config(void) {
    return (oc_hub_config_t){.peers = 4, .pool_blocks = 256, .profile = oc_peer_profile_camera()};
}

static void setup(void) {
    oc_hub_config_t config = hub_config();
    pair_begin_as(&pair, 42, (oc_sim_link_t){.delay_us = 1000, .mtu = 1472}, &config);
    if (!pair_connect(&pair, 5))
        abort();
    app_open(&pair.viewer, pair.at_a, "echo", NULL, NULL);
    world_run(pair.world, pair.world->now_us + 10000, NULL, NULL);
}

static void hand_over(const uint8_t *data, size_t len, bool stranger) {
    uint8_t copy[OC_SIM_NET_DATA];
    oc_path_t from = {.local = pair.b->addr[0], .remote = pair.a->addr[0]};
    if (stranger)
        from.remote.ip[3] = 99;
    len = len < sizeof copy ? len : sizeof copy;
    memcpy(copy, data, len);
    oc_hub_input(pair.b->hub, &from, copy, len, pair.world->now_us);
    world_settle(pair.world);
}

/* What the other end would seal. */
static void packet(const uint8_t *data, size_t len) {
    uint8_t bytes[1400], sealed[1500];
    oc_peer_t *a = oc_hub_peer(pair.a->hub, pair.at_a);
    if (!a || len < 12 || len > sizeof bytes)
        return;
    memcpy(bytes, data, len);
    memset(bytes + 8, 0, 4);
    uint32_t crc = oc_crc32c(0, bytes, len);
    for (unsigned i = 0; i < 4; i++)
        bytes[8 + i] = (uint8_t)(crc >> 8 * i);
    oc_span_t part = oc_span(bytes, len);
    int n = oc_dtls_seal(&a->dtls, &part, 1, sealed, sizeof sealed);
    if (n > 0)
        hand_over(sealed, (size_t)n, false);
}

static void message(const uint8_t *data, size_t len) {
    if (len < 3 || !oc_hub_peer(pair.a->hub, pair.at_a))
        return;
    app_channel_t *c = app_find(&pair.viewer, pair.at_a, data[0]);
    if (!c && oc_hub_peer_state(pair.a->hub, pair.at_a) == OC_PEER_UP && data[0] < 8)
        c = app_negotiated(&pair.viewer, pair.at_a, data[0], NULL, NULL);
    if (!c)
        return;
    (void)oc_source_fifo_push(&c->fifo, data[1], data + 2, (uint32_t)len - 2);
    oc_peer_kick(oc_hub_peer(pair.a->hub, pair.at_a), data[0]);
    world_run(pair.world, pair.world->now_us + 3000, NULL, NULL);
}

static void offer(const uint8_t *data, size_t len) {
    oc_hub_peer_t id;
    const char *why;
    void *memory = world_peer_memory(pair.b);
    if (oc_hub_offer(pair.b->hub, oc_span(data, len), memory, pair.world->now_us, &id, &why) ==
        OC_OK)
        pair.b->alive++;
    else
        free(memory);
}

static void step(unsigned kind, const uint8_t *data, size_t len) {
    switch (kind % KINDS) {
    case RAW:
        hand_over(data, len, false);
        break;
    case STRANGER:
        hand_over(data, len, true);
        break;
    case PACKET:
        packet(data, len);
        break;
    case MESSAGE:
        message(data, len);
        break;
    case CANDIDATE:
        (void)oc_hub_candidate(pair.b->hub, pair.at_b, oc_span(data, len), pair.world->now_us);
        break;
    case OFFER:
        offer(data, len);
        break;
    default:
        world_run(pair.world, pair.world->now_us + (int64_t)len * 1000, NULL, NULL);
    }
}

/* What one peer may hold, whatever came. */
static void check(void) {
    oc_hub_stats_t stats;
    oc_sctp_config_t config = hub_config().profile.sctp;
    oc_hub_stats(pair.b->hub, &stats); /* and a few blocks for refusals */
    if (stats.pool_max > oc_sctp_blocks(&config) + 24 || stats.half_open > OC_HUB_HALF_OPEN)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    setup();
    oc_rd_t r = oc_rd(oc_span(data, size));
    for (unsigned i = 0; i < STEPS && oc_rd_left(&r); i++) {
        unsigned kind = oc_rd_u8(&r);
        size_t len = oc_rd_u16(&r), left = oc_rd_left(&r);
        if (kind % KINDS == TIME)
            step(kind, NULL, len);
        else {
            len = len < left ? len : left;
            step(kind, oc_rd_bytes(&r, len), len);
        }
        pair.camera.failed = pair.viewer.failed = 0; /* a channel may be closed under an echo */
    }
    check();
    world_destroy(pair.world);
    return 0;
}

/* ---- seeds: what two peers say to each other ---- */

static void keep(unsigned kind, const void *data, size_t len) {
    if (seeds == 16 || len + 6 > sizeof seed_bytes[0])
        return;
    oc_wr_t w = oc_wr(seed_bytes[seeds], sizeof seed_bytes[0]);
    oc_wr_u8(&w, kind);
    oc_wr_u16(&w, (uint32_t)len);
    oc_wr_bytes(&w, data, len);
    oc_wr_u8(&w, TIME);
    oc_wr_u16(&w, 300);
    seed_len[seeds++] = oc_wr_len(&w);
}

/* Two packets that the viewer's SCTP has to send now, and some that it never would. */
static void keep_packets(void) {
    static oc_sctp_packet_t p;
    uint8_t bytes[1500];
    oc_peer_t *a = oc_hub_peer(pair.a->hub, pair.at_a);
    app_channel_t *c = app_find(&pair.viewer, pair.at_a, 0);
    c = c ? c : app_find(&pair.viewer, pair.at_a, 1);
    (void)oc_source_fifo_push(&c->fifo, OC_PPID_STRING, "hello", 5);
    oc_peer_kick(a, c->sid);
    while (oc_sctp_poll_packet(a->sctp, pair.world->now_us, &p) == OC_OK) {
        oc_wr_t w = oc_wr(bytes, sizeof bytes);
        for (unsigned i = 0; i < p.count; i++)
            oc_wr_bytes(&w, p.part[i].data, p.part[i].len);
        keep(PACKET, bytes, oc_wr_len(&w));
        static const uint8_t types[] = {1, 2, 3, 6, 7, 9, 10, 130, 192};
        for (unsigned i = 0; i < sizeof types; i++) {
            bytes[12] = types[i];
            keep(PACKET, bytes, oc_wr_len(&w));
        }
    }
}

static bool keep_datagram(world_t *world, const world_hub_t *from, const oc_path_t *to,
                          uint8_t *data, size_t *len) {
    if (from == pair.a && seeds < 3)
        keep(RAW, data, *len);
    return true;
}

static void make_seeds(void) {
    static const uint8_t opened[] = {3, 50, 3, 0, 1, 0, 0, 0, 0, 0, 0, 4, 0, 0, 'e', 'c', 'h', 'o'};
    static const char line[] = "candidate:1 1 udp 2113937151 10.0.0.9 40000 typ host";
    char text[OC_HUB_DESCRIPTION];
    oc_hub_peer_t id;
    setup();
    pair.world->tap = keep_datagram;
    world_run(pair.world, pair.world->now_us + 8 * SECOND, NULL, NULL);
    keep_packets();
    keep(MESSAGE, opened, sizeof opened);
    keep(CANDIDATE, line, sizeof line - 1);
    void *memory = world_peer_memory(pair.a);
    if (oc_hub_connect(pair.a->hub, memory, pair.world->now_us, &id) != OC_OK)
        abort();
    pair.a->alive++;
    int n = oc_hub_description(pair.a->hub, id, (oc_span_t){0}, text, sizeof text);
    keep(OFFER, text, (size_t)n);
    world_destroy(pair.world);
}

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    if (!seeds)
        make_seeds();
    if (index >= seeds || seed_len[index] > size)
        return 0;
    memcpy(out, seed_bytes[index], seed_len[index]);
    return seed_len[index];
}
