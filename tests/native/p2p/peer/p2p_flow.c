#include "p2p_flow.h"

#include <stdlib.h>
#include "oc_err.h"

#define SIZE_MAX_VARYING 20000
#define PRIME            7919

static uint8_t table[2 * FLOW_TABLE + 262144];

static void fill_table(void) {
    uint32_t x = 2463534242u;
    if (table[0])
        return;
    for (size_t i = 0; i < sizeof table; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        table[i] = (uint8_t)(x >> 7);
    }
    table[0] = 1;
}

void flow_init(flow_t *flow, uint64_t total, uint32_t size, bool ordered_whole) {
    fill_table();
    memset(flow, 0, sizeof *flow);
    flow->total = flow->produced = total;
    flow->size = size;
    flow->ordered_whole = ordered_whole;
}

uint32_t flow_len(const flow_t *flow, uint64_t number) {
    if (flow->size)
        return flow->size;
    uint32_t h = (uint32_t)(number * 2654435761u);
    return FLOW_HEAD + (number % 7 ? h >> 16 & 1023 : (h >> 8) % (SIZE_MAX_VARYING - FLOW_HEAD));
}

static const uint8_t *body(uint64_t number) {
    return table + number * PRIME % FLOW_TABLE;
}

static int flow_next(void *ctx, oc_msg_t *out) {
    flow_t *flow = ctx;
    if (flow->next >= flow->total)
        return flow->endless ? OC_AGAIN : OC_END;
    if (flow->kept && flow->produced > flow->kept && flow->next < flow->produced - flow->kept)
        flow->next = flow->produced - flow->kept; /* overtaken before it was sent */
    if (flow->next >= flow->produced || flow->next - flow->acked >= FLOW_HEADS / 2)
        return OC_AGAIN;
    *out = (oc_msg_t){.ref = flow->next + 1,
                      .len = flow_len(flow, flow->next),
                      .ppid = OC_PPID_BINARY,
                      .key = !flow->key_every || flow->next % flow->key_every == 0};
    return OC_OK;
}

static void flow_take(void *ctx, uint64_t ref) {
    flow_t *flow = ctx;
    oc_wr_t w = oc_wr(flow->head[flow->next % FLOW_HEADS], FLOW_HEAD);
    if (ref != flow->next + 1)
        abort();
    oc_wr_u64(&w, flow->next++);
}

static int flow_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                      unsigned max) {
    flow_t *flow = ctx;
    uint64_t number = ref - 1;
    int n = 0;
    if (flow->kept && number + flow->kept < flow->produced)
        return OC_ERR_STALE;
    if (offset < FLOW_HEAD) {
        uint32_t part = FLOW_HEAD - offset < len ? FLOW_HEAD - offset : len;
        parts[n++] = oc_span(flow->head[number % FLOW_HEADS] + offset, part);
        offset += part;
        len -= part;
    }
    if (len)
        parts[n++] = oc_span(body(number) + offset, len);
    return n;
}

static void flow_done(void *ctx, uint64_t ref, int how) {
    flow_t *flow = ctx;
    if (how == OC_OK)
        flow->acked++;
    else if (how == OC_ERR_STALE)
        flow->abandoned++;
    else if (how == OC_ERR_TOO_BIG)
        flow->too_big++;
    else
        flow->closed++;
}

const oc_source_ops_t flow_ops = {flow_next, flow_take, flow_bytes, flow_done};

static bool same(const oc_peer_event_t *event, uint64_t number) {
    uint8_t bytes[4096];
    for (size_t at = FLOW_HEAD; at < event->len;) {
        size_t n = oc_peer_message_copy(event, at, bytes, sizeof bytes);
        if (!n || memcmp(bytes, body(number) + at, n) != 0)
            return false;
        at += n;
    }
    return true;
}

void flow_receive(flow_t *flow, const oc_peer_event_t *event) {
    uint8_t head[FLOW_HEAD];
    if (oc_peer_message_copy(event, 0, head, sizeof head) != sizeof head) {
        flow->broken = true;
        return;
    }
    oc_rd_t r = oc_rd(oc_span(head, sizeof head));
    uint64_t number = oc_rd_u64(&r);
    if (flow->unordered) {
        if (number >= FLOW_HEADS || flow->seen[number]++)
            flow->broken = true;
        flow->expected = number;
    }
    bool turn = flow->ordered_whole ? number == flow->expected : number >= flow->expected;
    if (!turn || event->len != flow_len(flow, number) || !same(event, number))
        flow->broken = true;
    flow->expected = number + 1;
    flow->received++;
    flow->received_bytes += event->len;
}
