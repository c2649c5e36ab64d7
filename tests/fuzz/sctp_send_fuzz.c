/* The sending half beside a peer that may say anything: the input is a list of SACKs, messages,
 * losses of the source, closings, changes of the path and passing time. Whatever it is, the books
 * balance. */
#include <stdlib.h>
#include <string.h>
#include "oc_sctp_send_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

#define STREAMS 3

typedef struct toy {
    uint64_t next, end, overrun;
    uint32_t under_way;
} toy_t;

static const uint8_t payload[70000];

static int next(void *ctx, oc_msg_t *out) {
    const toy_t *t = ctx;
    if (t->next == t->end)
        return OC_AGAIN;
    *out = (oc_msg_t){.ref = t->next,
                      .len = 1 + (uint32_t)(t->next * 7919 % 9000),
                      .ppid = 53,
                      .key = t->next % 3 == 0,
                      .group = t->next % 7 == 0 ? t->next / 14 : 0};
    return OC_OK;
}
static void take(void *ctx, uint64_t ref) {
    toy_t *t = ctx;
    t->next++;
    t->under_way++;
}
static int bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                 unsigned max) {
    const toy_t *t = ctx;
    if (ref < t->overrun)
        return OC_ERR_STALE;
    parts[0] = oc_span(payload + offset, len);
    return 1;
}
static void done(void *ctx, uint64_t ref, int how) {
    toy_t *t = ctx;
    if (!t->under_way--)
        abort();
}
static const oc_source_ops_t ops = {next, take, bytes, done};

/* What is counted is what is there. */
static void balance(const oc_send_t *s) {
    uint32_t flight = 0, lost = 0, acked = 0, doubt = 0, records = 0;
    if (!s->started)
        return;
    for (uint32_t tsn = s->cum + 1; tsn != s->next_tsn; tsn++, records++) {
        const oc_sctp_record_t *r = oc_send_at(s, tsn);
        if (r->state == OC_SCTP_RECORD_FLYING || r->state == OC_SCTP_RECORD_AGAIN)
            flight += r->len;
        else if (r->flags & OC_SCTP_RECORD_DOUBT)
            abort();
        doubt += r->flags & OC_SCTP_RECORD_DOUBT ? r->len : 0;
        lost += r->state == OC_SCTP_RECORD_LOST ? r->len : 0;
        acked += r->state == OC_SCTP_RECORD_ACKED;
    }
    if (flight != s->in_flight || lost != s->lost_bytes || acked != s->gap_acked ||
        doubt != s->doubt_bytes || records > s->mask + 1)
        abort();
    for (uint16_t at = s->again.head; at != OC_SEND_NONE; at = s->record[at].next)
        if (s->record[at].state != OC_SCTP_RECORD_AGAIN)
            abort();
    for (uint16_t at = s->lost.head; at != OC_SEND_NONE; at = s->record[at].next)
        if (s->record[at].state != OC_SCTP_RECORD_LOST)
            abort();
    if (oc_seq32_before(s->forward, s->cum) && s->forward_due)
        abort();
}

static void fill(oc_send_t *s, int64_t now) {
    static oc_sctp_packet_t packet;
    for (unsigned i = 0; i < 200; i++) {
        oc_sctp_packet_begin(&packet, 1132, 1, 2, 3);
        if (oc_send_fill(s, &packet, now) != OC_OK)
            return;
        if (packet.len > 1132 && !packet.oversize)
            abort();
    }
}

static void sack(oc_send_t *s, oc_rd_t *in, int64_t now) {
    oc_sctp_gap_t gaps[32];
    uint32_t at = 1;
    oc_sctp_sack_t sack = {.gaps = gaps};
    sack.cum_tsn = s->cum + oc_rd_u8(in) % 64 - (oc_rd_u8(in) % 16 == 0);
    sack.a_rwnd = (uint32_t)oc_rd_u8(in) << 8;
    sack.gap_count = oc_rd_u8(in) % 33;
    sack.duplicates = oc_rd_u8(in) % 4;
    for (unsigned i = 0; i < sack.gap_count; i++) {
        uint8_t step = oc_rd_u8(in);
        gaps[i].start = (uint16_t)(at += 1 + step % 8);
        gaps[i].end = (uint16_t)(at += step / 32);
        if (step == 255)
            at = 0;
    }
    oc_send_sack(s, &sack, now);
}

static void source(oc_send_t *s, toy_t *toys, uint8_t what, uint8_t which, int64_t now) {
    toy_t *t = &toys[which % STREAMS];
    uint16_t sid = which % STREAMS;
    oc_send_stream_config_t c = {.source = {&ops, t}, .priority = sid ? 1 : 0, .partial = true};
    if (what == 0) {
        t->end += 1 + which / STREAMS;
        oc_send_kick(s, sid);
    } else if (what == 1) {
        t->overrun = t->end - which % 4;
    } else if (oc_send_stream_close(s, sid, which & 1, now) == OC_OK &&
               oc_send_stream_remove(s, sid) == OC_OK) {
        oc_send_stream_open(s, sid, &c);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static _Alignas(16) uint8_t memory[8192];
    toy_t toys[STREAMS] = {{0}};
    oc_rd_t in = oc_rd(oc_span(data, size));
    oc_send_config_t c = {.outstanding = 64, .streams = STREAMS, .cc = oc_rd_u8(&in) & 1};
    oc_send_peer_t peer = {0xFFFFFFE0u, 1 << 20, 1132, 40000, true};
    oc_send_t *s = oc_send_init(memory, &c);
    int64_t now = 1000000;
    if (oc_send_memory(&c) > sizeof memory || oc_send_start(s, &peer, now) != OC_OK)
        abort();
    for (uint16_t sid = 0; sid < STREAMS; sid++) {
        oc_send_stream_config_t sc = {.source = {&ops, &toys[sid]},
                                      .priority = sid ? OC_SEND_MEDIA : OC_SEND_COMMAND,
                                      .partial = true};
        oc_send_stream_open(s, sid, &sc);
    }
    while (oc_rd_left(&in)) {
        uint8_t what = oc_rd_u8(&in);
        now += (int64_t)(what >> 3) * (what >> 3) * 300;
        if ((what & 7) < 3)
            sack(s, &in, now);
        else if ((what & 7) < 6)
            source(s, toys, (what & 7) - 3, oc_rd_u8(&in), now);
        else if ((what & 7) == 6)
            oc_send_advance(s, now);
        else if (what & 8)
            oc_send_path_changed(s, what & 16 ? 548 : 1132, what & 32 ? 50000 : 0, now);
        else
            oc_send_set_mtu(s, what & 16 ? 548 : 1132);
        balance(s);
        fill(s, now);
        balance(s);
        if (oc_send_next_deadline(s, now) < now)
            oc_send_advance(s, now);
    }
    oc_send_stop(s);
    for (unsigned i = 0; i < STREAMS; i++)
        if (toys[i].under_way)
            abort();
    return 0;
}

/* Talk that makes sense: messages, then SACKs that come closer, with holes, time between. */
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    oc_wr_t w = oc_wr(out, size);
    if (index >= 8)
        return 0;
    oc_wr_u8(&w, index & 1);
    for (unsigned i = 0; i < 40; i++) {
        oc_wr_u8(&w, 3 | (i % 5) << 3); /* messages */
        oc_wr_u8(&w, 30 + i);
        oc_wr_u8(&w, 20 << 3); /* SACK */
        oc_wr_u8(&w, i * index % 12);
        oc_wr_u8(&w, 1);
        oc_wr_u8(&w, index == 3 ? 0 : 255);
        oc_wr_u8(&w, i * index % 21);
        oc_wr_u8(&w, i % 9 == 0);
        for (unsigned g = 0; g < i * index % 21; g++)
            oc_wr_u8(&w, (g * 37 + i) & 0x7F);
        oc_wr_u8(&w, 6 | (i % 29) << 3); /* time */
        if (index > 4 && i % 6 == 5) {
            oc_wr_u8(&w, 4); /* overtaken, closed, another path */
            oc_wr_u8(&w, i);
            oc_wr_u8(&w, index == 6 ? 5 : 7 | 3 << 3);
            if (index == 6)
                oc_wr_u8(&w, i);
        }
    }
    return w.bad ? 0 : oc_wr_len(&w);
}
