/* CPU of the sending half alone: chunks cut, SACKs taken, no network. A line per kind of path.
 * Nothing is encrypted, summed or copied here: payload stays where it is. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "oc_sctp_send.h"

#define PACKETS   2000000
#define MTU       1132
#define WINDOW    512 /* packets under way */
#define GAPS      20
#define CHUNK_LEN 1104

static uint8_t payload[1 << 16];
static uint64_t next_ref = 1;

static int next(void *ctx, oc_msg_t *out) {
    *out = (oc_msg_t){.ref = next_ref, .len = sizeof payload, .ppid = 53, .key = true};
    return OC_OK;
}
static void take(void *ctx, uint64_t ref) {
    next_ref++;
}
static int bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                 unsigned max) {
    parts[0] = oc_span(payload + offset, len);
    return 1;
}
static void done(void *ctx, uint64_t ref, int how) {}
static const oc_source_ops_t ops = {next, take, bytes, done};

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* holes: of each SACK; every 50th packet of the window is missing until it leaves the window. */
static void run(const char *name, unsigned holes) {
    oc_send_config_t c = {.outstanding = 4096, .streams = 1, .cc = OC_CC_RATE};
    oc_send_peer_t peer = {1, 64 << 20, MTU, 1000, true};
    oc_send_stream_config_t stream = {.source = {&ops, NULL}, .priority = OC_SEND_MEDIA};
    void *memory = aligned_alloc(16, (oc_send_memory(&c) + 15) / 16 * 16);
    oc_send_t *s = oc_send_init(memory, &c);
    static oc_sctp_packet_t packet;
    oc_send_stats_t st;
    uint32_t cum = 0, sent = 0;
    int64_t now = 1000;
    double from;
    oc_send_start(s, &peer, now);
    oc_send_stream_open(s, 0, &stream);
    from = cpu_s();
    while (sent < PACKETS) {
        oc_sctp_gap_t gaps[GAPS];
        oc_sctp_sack_t sack = {.a_rwnd = 64 << 20, .gaps = gaps};
        uint32_t ahead, before = sent;
        for (unsigned i = 0; i < 2; i++) {
            oc_sctp_packet_begin(&packet, MTU, 1, 2, 3);
            if (oc_send_fill(s, &packet, now) == OC_OK)
                sent++;
        }
        now += 4;
        oc_send_advance(s, now);
        ahead = oc_send_next_tsn(s) - 1 - cum;
        if (ahead < 2 || (ahead < WINDOW && sent != before))
            continue;
        sack.cum_tsn = cum += 2;
        for (uint32_t at = 2; sack.gap_count < holes && at + 50 < ahead - 2; at += 50)
            gaps[sack.gap_count++] = (oc_sctp_gap_t){(uint16_t)at, (uint16_t)(at + 48)};
        oc_send_sack(s, &sack, now);
    }
    from = cpu_s() - from;
    oc_send_stats(s, &st, now);
    printf("%-28s %6.0f ns per packet  %5.3f ns per byte  (sent again %u)\n", name,
           from * 1e9 / sent, from * 1e9 / sent / CHUNK_LEN, (unsigned)st.retransmitted);
    free(memory);
}

int main(void) {
    run("nothing lost", 0);
    run("8 holes in every SACK", 8);
    return 0;
}
