/* sctp_copy - CPU time per byte of SCTP alone, each half apart: one stream between two associations
 * of the peer profile, in one process, without a socket or DTLS. Packets travel in batches, as
 * recvmmsg and GSO bring them. Both halves touch each byte: gathered from the source, checksum,
 * copied into blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "oc_random_seeded.h"
#include "oc_sctp.h"

#define TOTAL     (256u << 20) /* bytes of each case */
#define BLOCKS    8192
#define BATCH_MAX 64

typedef struct side {
    oc_sctp_t *sctp;
    oc_pool_t pool;
    void *memory, *blocks;
    double sending, receiving; /* seconds */
    uint64_t packets;
} side_t;

static uint8_t payload[256 << 10];
static uint32_t message_len;
static uint64_t next_ref;

static int source_next(void *ctx, oc_msg_t *out) {
    *out = (oc_msg_t){.ref = next_ref, .len = message_len, .ppid = 53, .key = true};
    return OC_OK;
}
static void source_take(void *ctx, uint64_t ref) {
    next_ref++;
}
static int source_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                        unsigned max) {
    parts[0] = oc_span(payload + offset, len);
    return 1;
}
static void source_done(void *ctx, uint64_t ref, int how) {
    (void)how;
}
static const oc_source_ops_t ops = {source_next, source_take, source_bytes, source_done};

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void make(side_t *side, bool zero_checksum) {
    oc_sctp_config_t config = oc_sctp_peer_config(&side->pool);
    *side = (side_t){.blocks = malloc((size_t)BLOCKS * OC_POOL_EACH)};
    oc_pool_init(&side->pool, side->blocks, BLOCKS);
    config.zero_checksum = zero_checksum;
    config.overhead = 37;
    config.rtt_us = 100;
    side->memory = aligned_alloc(16, (oc_sctp_memory(&config) + 15) & ~(size_t)15);
    side->sctp = oc_sctp_init(side->memory, &config);
    if (!side->sctp)
        exit(1);
    (void)oc_sctp_connect(side->sctp, 0);
}

static uint64_t take_messages(side_t *side) {
    oc_sctp_event_t event;
    uint64_t bytes = 0;
    while (oc_sctp_poll_event(side->sctp, &event) == OC_OK) {
        if (event.kind != OC_SCTP_MESSAGE)
            continue;
        bytes += event.len;
        oc_sctp_message_release(side->sctp, &event);
    }
    return bytes;
}

/* One batch from one side to the other; returns the bytes of messages that became whole. */
static uint64_t carry(side_t *from, side_t *to, unsigned batch, int64_t now_us) {
    static uint8_t wire[BATCH_MAX][1500];
    static oc_sctp_packet_t packet;
    size_t len[BATCH_MAX];
    uint64_t bytes = 0;
    unsigned n = 0;
    double start = cpu(), middle;
    oc_sctp_advance(from->sctp, now_us);
    while (n < batch && oc_sctp_poll_packet(from->sctp, now_us, &packet) == OC_OK) {
        len[n] = 0;
        for (unsigned i = 0; i < packet.count; len[n] += packet.part[i++].len)
            memcpy(wire[n] + len[n], packet.part[i].data, packet.part[i].len);
        n++;
    }
    middle = cpu();
    for (unsigned i = 0; i < n; i++) {
        (void)oc_sctp_input(to->sctp, oc_span(wire[i], len[i]), now_us);
        bytes += take_messages(to);
    }
    from->sending += middle - start;
    from->packets += n;
    to->receiving += cpu() - middle;
    return bytes;
}

static void run(uint32_t len, unsigned batch, bool zero_checksum) {
    side_t a, b;
    oc_send_stream_config_t stream = {{&ops, NULL}, OC_SEND_MEDIA, false};
    uint64_t bytes = 0;
    oc_random_seed(1);
    message_len = len;
    make(&a, zero_checksum);
    make(&b, zero_checksum);
    if (oc_sctp_open(a.sctp, 1, &stream) != OC_OK)
        exit(1);
    for (int64_t now_us = 0; bytes < TOTAL; now_us += 50) {
        bytes += carry(&a, &b, batch, now_us);
        bytes += carry(&b, &a, batch, now_us);
    }
    printf(
        "%6u B messages, batches of %2u, checksum %-3s: send %5.2f ns/B, receive %5.2f ns/B (%llu "
        "packets, %llu back)\n",
        len, batch, zero_checksum ? "off" : "on", (a.sending + a.receiving) * 1e9 / (double)bytes,
        (b.sending + b.receiving) * 1e9 / (double)bytes, (unsigned long long)a.packets,
        (unsigned long long)b.packets);
    side_t *sides[] = {&a, &b};
    for (unsigned i = 0; i < 2; i++) {
        oc_sctp_deinit(sides[i]->sctp);
        free(sides[i]->memory);
        free(sides[i]->blocks);
    }
}

int main(void) {
    run(65536, 64, false);
    run(65536, 64, true);
    run(65536, 4, false);
    run(16384, 64, false);
    run(1000, 64, false);
    run(100, 64, false);
    return 0;
}
