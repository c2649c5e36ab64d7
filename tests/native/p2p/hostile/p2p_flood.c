/* p2p_flood - see the header. Here: the hub, its clockwork, and what strangers send. */
#include "p2p_flood.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_crc32c.h"
#include "oc_err.h"
#include "oc_peer_impl.h"
#include "oc_sctp_impl.h"
#include "oc_stun.h"
#include "oc_stun_write.h"
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#include <malloc.h>
#endif

#define STEP_US 100
#define POOL    512

static char valid_offer[OC_HUB_DESCRIPTION];
static size_t valid_offer_len;

static long allocated(void) {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
    struct mallinfo2 m = mallinfo2();
    return (long)(m.uordblks + m.hblkhd);
#else
    return 0;
#endif
}

uint32_t flood_random(flood_t *f) {
    f->random ^= f->random << 13;
    f->random ^= f->random >> 7;
    f->random ^= f->random << 17;
    return (uint32_t)(f->random >> 24);
}

void flood_put(flood_t *f, const void *data, size_t len) {
    if (f->len + len > sizeof f->bytes)
        abort();
    memcpy(f->bytes + f->len, data, len);
    f->len += len;
}

/* ---- strangers ---- */

static void another_stranger(flood_t *f) {
    f->stranger.remote.port = (uint16_t)(1024 + flood_random(f) % 60000);
    f->stranger.remote.ip[3] = (uint8_t)(100 + flood_random(f) % 100);
}

static void request(flood_t *f, const char *user) {
    static const char wrong[] = "notthepasswordnotthepassw";
    uint8_t txid[12];
    for (unsigned i = 0; i < sizeof txid; i++)
        txid[i] = (uint8_t)flood_random(f);
    oc_wr_t w = oc_wr(f->bytes, sizeof f->bytes);
    oc_stun_wr_begin(&w, OC_STUN_BINDING, OC_STUN_REQUEST, txid);
    oc_stun_wr_bytes(&w, OC_STUN_USERNAME, user, strlen(user));
    oc_stun_wr_u32(&w, OC_STUN_PRIORITY, 0x6E001EFF);
    oc_stun_wr_u64(&w, OC_STUN_ICE_CONTROLLING, 1);
    oc_stun_wr_integrity(&w, oc_span(wrong, sizeof wrong - 1));
    oc_stun_wr_fingerprint(&w);
    f->len = oc_stun_wr_end(&w);
    another_stranger(f);
}

static void unknown_ufrag(flood_t *f, unsigned n) {
    char user[32];
    snprintf(user, sizeof user, "%08x:viewer", (unsigned)flood_random(f));
    request(f, user);
}

static void wrong_integrity(flood_t *f, unsigned n) {
    char user[32];
    snprintf(user, sizeof user, "%s:viewer",
             oc_ice_ufrag(oc_peer_ice(oc_hub_peer(f->b->hub, f->at_b))));
    request(f, user);
}

static void unknown_response(flood_t *f, unsigned n) {
    request(f, "x:y");
    f->bytes[0] = 1; /* a success response */
}

static void junk(flood_t *f, unsigned n) {
    f->len = 200;
    for (unsigned i = 0; i < f->len; i++)
        f->bytes[i] = (uint8_t)flood_random(f);
    f->bytes[0] |= 0x80;
    another_stranger(f);
}

/* A record of type 23, epoch 1, with a number far ahead. */
static void record(flood_t *f) {
    static const uint8_t head[] = {23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 1};
    f->len = 1200;
    memset(f->bytes, 7, f->len);
    memcpy(f->bytes, head, sizeof head);
    f->bytes[9] = (uint8_t)flood_random(f);
    f->bytes[10] = (uint8_t)flood_random(f);
    f->bytes[11] = (1200 - 13) >> 8;
    f->bytes[12] = (1200 - 13) & 255;
}

static void stray_record(flood_t *f, unsigned n) {
    record(f);
    another_stranger(f);
}

/* As many records as fit, from where the viewer is: each is tried. */
static void forged_record(flood_t *f, unsigned n) {
    record(f);
    f->stranger = f->viewer;
}

static void forged_small_records(flood_t *f, unsigned n) {
    uint8_t one[13 + 25];
    record(f);
    memcpy(one, f->bytes, sizeof one);
    one[11] = 0;
    one[12] = sizeof one - 13;
    for (f->len = 0; f->len + sizeof one <= 1200;)
        flood_put(f, one, sizeof one);
    f->stranger = f->viewer;
}

/* ---- signalling ---- */

static void offer(flood_t *f, unsigned n) {
    oc_hub_peer_t id;
    const char *why;
    void *memory = world_peer_memory(f->b);
    oc_span_t sdp = oc_span(valid_offer, valid_offer_len);
    if (oc_hub_offer(f->b->hub, sdp, memory, f->world->now_us, &id, &why) == OC_OK)
        f->b->alive++;
    else
        free(memory);
}

static void bad_offer(flood_t *f, unsigned n) {
    static char text[64 * 1024];
    const char *why;
    oc_hub_peer_t id;
    if (!text[0])
        for (size_t at = 0; at + 80 < sizeof text;)
            at += (size_t)snprintf(
                text + at, 80, "a=candidate:%zu 1 udp 2113937151 10.0.0.1 5000 typ host\r\n", at);
    if (oc_hub_offer(f->b->hub, oc_span(text, strlen(text)), NULL, f->world->now_us, &id, &why) ==
        OC_OK)
        abort();
}

const flood_kind_t flood_kinds[] = {
    {"STUN request, unknown ufrag", false, unknown_ufrag, NULL, false},
    {"STUN request, wrong integrity", false, wrong_integrity, NULL, false},
    {"STUN response to nothing", false, unknown_response, NULL, false},
    {"200 bytes of nothing", false, junk, NULL, false},
    {"DTLS record from nowhere", false, stray_record, NULL, false},
    {"forged record, 1,187 bytes", false, forged_record, NULL, false},
    {"31 forged records in a datagram", false, forged_small_records, NULL, false},
    {"offer", false, NULL, offer, false},
    {"offer of 64 KB, malformed", false, NULL, bad_offer, false},
    {"forged cookie", true, flood_cookie, NULL, false},
    {"INIT", true, flood_init_chunk, NULL, false},
    {"TSN far ahead", true, flood_far_tsn, NULL, false},
    {"every second TSN", true, flood_holes, NULL, false},
    {"another stream each", true, flood_streams, NULL, false},
    {"SACK of 280 gap blocks", true, flood_gaps, NULL, true},
    {"50 fragments of 1 byte", true, flood_tiny, NULL, false},
    {"messages that never end", true, flood_unfinished, NULL, false},
    {"HEARTBEAT of 400 bytes", true, flood_heartbeat, NULL, false},
    {"stream resets", true, flood_reset, NULL, false},
    {"FORWARD-TSN far ahead", true, flood_forward, NULL, false},
    {"280 unknown chunks", true, flood_unknown, NULL, false},
    {"DATA_CHANNEL_OPEN", true, flood_open, NULL, false},
};
const unsigned flood_kind_count = sizeof flood_kinds / sizeof flood_kinds[0];

/* ---- the hub ---- */

static void begin(flood_t *f, const flood_kind_t *kind) {
    oc_hub_config_t config = {.peers = 20, .pool_blocks = POOL};
    config.profile = oc_peer_profile_camera();
    memset(f, 0, sizeof *f);
    f->random = 88172645463325252u;
    f->world = world_create(1);
    f->a = world_add(f->world, &config);
    f->b = world_add(f->world, &config);
    world_link(f->world, f->a, f->b, (oc_sim_link_t){.delay_us = 500, .mtu = 1472});
    if (world_connect(f->a, f->b, &f->at_a, &f->at_b) != OC_OK)
        abort();
    world_run(f->world, f->world->now_us + 1000000, NULL, NULL);
    oc_peer_t *peer = oc_hub_peer(f->b->hub, f->at_b);
    if (!peer || !oc_ice_selected(oc_peer_ice(peer), &f->viewer))
        abort();
    f->stranger = f->viewer;
    if (kind->sending) {
        oc_peer_channel_config_t send = {.ops = &flow_ops, .context = &f->flow};
        flow_init(&f->flow, UINT64_MAX, 16384, false);
        if (oc_peer_open_negotiated(peer, 8, &send) != OC_OK)
            abort();
    }
    if (kind->act) { /* a description of the viewer's hub that nobody has used */
        oc_hub_peer_t id;
        if (oc_hub_connect(f->a->hub, world_peer_memory(f->a), f->world->now_us, &id) != OC_OK)
            abort();
        f->a->alive++;
        int n = oc_hub_description(f->a->hub, id, (oc_span_t){0}, valid_offer, sizeof valid_offer);
        valid_offer_len = n > 0 ? (size_t)n : 0;
    }
}

/* The viewer's key makes a datagram of the packet. */
static void seal(flood_t *f) {
    uint8_t packet[FLOOD_DATAGRAM];
    oc_peer_t *viewer = oc_hub_peer(f->a->hub, f->at_a);
    memcpy(packet, f->bytes, f->len);
    uint32_t crc = oc_crc32c(0, packet, f->len);
    for (unsigned i = 0; i < 4; i++)
        packet[8 + i] = (uint8_t)(crc >> 8 * i);
    oc_span_t part = oc_span(packet, f->len);
    int n = oc_dtls_seal(&viewer->dtls, &part, 1, f->bytes, sizeof f->bytes);
    if (n <= 0)
        abort();
    f->len = (size_t)n;
}

/* What a host does with it: input, time, events, jobs (whose handshake is the fake one), output. */
static void step(flood_t *f, const flood_kind_t *kind, unsigned n, flood_cost_t *cost) {
    uint8_t out[OC_HUB_DATAGRAM];
    oc_hub_t *hub = f->b->hub;
    int64_t now = f->world->now_us;
    oc_hub_event_t event;
    oc_path_t to;
    oc_hub_peer_t id;
    oc_hs_job_t *job;
    int len;
    if (kind->act)
        kind->act(f, n);
    else
        oc_hub_input(hub, kind->by_viewer ? &f->viewer : &f->stranger, f->bytes, f->len, now);
    oc_hub_advance(hub, now);
    while (oc_hub_poll_event(hub, now, &event) == OC_OK) {
        oc_peer_t *peer = oc_hub_peer(hub, event.id);
        if (event.kind == OC_HUB_EVENT_PEER && event.peer.kind == OC_PEER_EVENT_MESSAGE)
            oc_peer_message_release(peer, &event.peer);
        if (event.kind == OC_HUB_EVENT_PEER && event.peer.kind == OC_PEER_EVENT_CHANNEL)
            (void)oc_peer_refuse(peer, event.peer.sid, "no");
        if (event.memory)
            f->b->alive--;
        free(event.memory);
    }
    while ((job = oc_hub_poll_job(hub, now, &id)) != NULL) {
        cost->jobs++;
        oc_handshake_run(job->handshake, job);
        oc_hub_job_done(hub, id, now);
    }
    while ((len = oc_hub_poll_output(hub, now, out, sizeof out, &to)) > 0)
        cost->bytes_out += (uint64_t)len;
}

flood_cost_t flood_run(const flood_kind_t *kind, unsigned datagrams, uint64_t (*clock)(void)) {
    static flood_t f;
    flood_cost_t cost = {.datagrams = datagrams};
    oc_hub_stats_t stats;
    begin(&f, kind);
    long before = allocated();
    for (unsigned n = 0; n < datagrams; n++) {
        if (kind->make) {
            f.len = 0;
            kind->make(&f, n);
            if (kind->by_viewer)
                seal(&f);
        }
        f.world->now_us += STEP_US;
        cost.bytes_in += f.len;
        uint64_t from = clock();
        step(&f, kind, n, &cost);
        uint64_t took = clock() - from;
        cost.units += took;
        cost.maximum = took > cost.maximum ? took : cost.maximum;
        if (n < datagrams / 2)
            cost.first_half += took;
        long now = allocated();
        cost.heap = now - before > cost.heap ? now - before : cost.heap;
    }
    oc_hub_stats(f.b->hub, &stats);
    cost.pool_max = stats.pool_max;
    cost.up = oc_hub_peer_state(f.b->hub, f.at_b) == OC_PEER_UP;
    world_destroy(f.world);
    return cost;
}
