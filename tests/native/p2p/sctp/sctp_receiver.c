#include "sctp_receiver.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_seq.h"

#define DELAYED_ACK_US 200000

const uint8_t *flow_pattern(uint64_t ref, uint32_t offset) {
    static uint8_t table[PATTERN_BYTES + NET_PACKET_MAX];
    if (!table[1]) {
        uint32_t x = 1;
        for (unsigned i = 0; i < sizeof table; i++) {
            x = x * 1664525u + 1013904223u;
            table[i] = i < PATTERN_BYTES ? (uint8_t)(x >> 24 | 1) : table[i - PATTERN_BYTES];
        }
    }
    return table + ((ref * 40503u + offset) & (PATTERN_BYTES - 1));
}

static flow_chunk_t *at(flow_receiver_t *rx, uint32_t tsn) {
    return &rx->chunk[tsn % FLOW_TSNS];
}

void flow_receiver_init(flow_t *f, uint32_t first_tsn, uint32_t window) {
    flow_receiver_t *rx = &f->rx;
    rx->chunk = calloc(FLOW_TSNS, sizeof *rx->chunk);
    rx->cum = rx->high = first_tsn - 1;
    rx->first = first_tsn;
    rx->window = window;
    rx->gap_limit = 20;
    rx->reading = true;
}

static void drop(flow_receiver_t *rx, flow_chunk_t *c) {
    rx->held -= c->here ? c->len : 0;
    free(c->bytes);
    *c = (flow_chunk_t){0};
}

void flow_receiver_free(flow_t *f) {
    for (unsigned i = 0; i < FLOW_TSNS; i++)
        free(f->rx.chunk[i].bytes);
    free(f->rx.chunk);
}

static void complain(flow_receiver_t *rx, const char *what, uint32_t tsn) {
    fprintf(stderr, "receiver: TSN %u: %s\n", tsn, what);
    rx->wrong++;
}

static void whole(flow_t *f, const flow_chunk_t *c) {
    flow_receiver_t *rx = &f->rx;
    const flow_source_t *s = &f->source[c->sid];
    rx->messages++;
    rx->bytes += rx->offset;
    if (rx->last_ppid[c->sid] && c->ppid <= rx->last_ppid[c->sid])
        complain(rx, "message out of order", rx->cum);
    if (!s->bulk && rx->offset != s->len[c->ppid % FLOW_MESSAGES] &&
        s->end - c->ppid < FLOW_MESSAGES)
        complain(rx, "message of the wrong length", rx->cum);
    rx->last_ppid[c->sid] = c->ppid;
    if (f->delivered)
        f->delivered(f->delivered_ctx, c->sid, c->ppid, s->made_us[c->ppid % FLOW_MESSAGES],
                     rx->offset);
}

/* The chunk behind the cumulative TSN, in order. */
static void in_order(flow_t *f, uint32_t tsn) {
    flow_receiver_t *rx = &f->rx;
    flow_chunk_t *c = at(rx, tsn);
    bool ordered = !(c->flags & OC_SCTP_DATA_UNORDERED);
    if (c->flags & OC_SCTP_DATA_BEGIN) {
        if (rx->open)
            complain(rx, "B inside of a message", tsn);
        if (ordered && c->ssn != rx->next_ssn[c->sid])
            complain(rx, "SSN not the next", tsn);
        rx->open = true;
        rx->offset = 0;
        rx->sid = c->sid;
        rx->ssn = c->ssn;
        rx->ppid = c->ppid;
    }
    if (!rx->open || rx->sid != c->sid || rx->ssn != c->ssn || rx->ppid != c->ppid)
        complain(rx, "fragment of another message", tsn);
    if (memcmp(c->bytes, flow_pattern(c->ppid, rx->offset), c->len))
        complain(rx, "bytes differ", tsn);
    rx->offset += c->len;
    if (c->flags & OC_SCTP_DATA_END) {
        rx->open = false;
        if (ordered)
            rx->next_ssn[c->sid]++;
        whole(f, c);
    }
    if (!rx->reading)
        rx->unread += c->len;
    rx->held -= rx->reading ? c->len : 0;
    c->here = false;
    free(c->bytes);
    *c = (flow_chunk_t){0};
}

static void advance(flow_t *f) {
    flow_receiver_t *rx = &f->rx;
    while (at(rx, rx->cum + 1)->here) {
        rx->cum++;
        in_order(f, rx->cum);
    }
    if (oc_seq32_before(rx->high, rx->cum))
        rx->high = rx->cum;
}

static void data(flow_t *f, const uint8_t *p, uint32_t len) {
    flow_receiver_t *rx = &f->rx;
    uint32_t tsn = oc_sctp_be32(p + 4);
    flow_chunk_t *c = at(rx, tsn);
    uint16_t n = (uint16_t)(len - OC_SCTP_DATA_HEADER);
    rx->since_sack++;
    if ((p[1] & OC_SCTP_DATA_IMMEDIATE) && !rx->ignores_immediate)
        rx->sack_due = true;
    if (!oc_seq32_after(tsn, rx->cum) || c->here) {
        rx->duplicates++;
        rx->duplicate_chunks++;
        rx->sack_due = true;
        if (c->here &&
            (c->len != n || memcmp(c->bytes, p + OC_SCTP_DATA_HEADER, n) || c->flags != (p[1] & 7)))
            complain(rx, "retransmission differs", tsn);
        return;
    }
    if (tsn - rx->cum >= FLOW_TSNS)
        abort();
    if (rx->held + n > rx->window && oc_seq32_after(tsn, rx->high)) {
        rx->sack_due = true; /* no room: dropped (RFC 9260 6.2) */
        return;
    }
    *c = (flow_chunk_t){.here = true,
                        .flags = p[1] & 7,
                        .sid = oc_sctp_be16(p + 8),
                        .ssn = oc_sctp_be16(p + 10),
                        .ppid = oc_sctp_be32(p + 12),
                        .len = n,
                        .bytes = malloc(n)};
    memcpy(c->bytes, p + OC_SCTP_DATA_HEADER, n);
    rx->held += n;
    if (oc_seq32_after(tsn, rx->high))
        rx->high = tsn;
    advance(f);
    if (rx->cum != rx->high)
        rx->sack_due = true;
}

/* RFC 3758 3.6: what was not delivered of a stream up to that SSN is gone. */
static void forward(flow_t *f, const uint8_t *p, uint32_t len) {
    flow_receiver_t *rx = &f->rx;
    uint32_t cum = oc_sctp_be32(p + 4);
    rx->sack_due = true;
    rx->forward++;
    if (!oc_seq32_after(cum, rx->cum))
        return;
    while (rx->cum != cum) {
        rx->cum++;
        if (at(rx, rx->cum)->here)
            drop(rx, at(rx, rx->cum));
    }
    rx->cut_short += rx->open;
    rx->open = false;
    for (uint32_t i = 8; i + 4 <= len; i += 4) {
        uint16_t sid = oc_sctp_be16(p + i), ssn = oc_sctp_be16(p + i + 2);
        if (sid >= FLOW_STREAMS)
            complain(rx, "FORWARD-TSN of an unknown stream", cum);
        else if (oc_seq16_upto(rx->next_ssn[sid], ssn))
            rx->next_ssn[sid] = (uint16_t)(ssn + 1);
    }
    advance(f);
}

static void send_sack(flow_t *f) {
    flow_receiver_t *rx = &f->rx;
    net_packet_t *out = net_packet(f->net);
    oc_sctp_gap_t gaps[FLOW_GAPS];
    oc_sctp_sack_t sack = {.cum_tsn = rx->cum, .duplicates = (uint16_t)rx->duplicates};
    for (uint32_t t = rx->cum + 1; t != rx->high + 1 && sack.gap_count < rx->gap_limit; t++) {
        uint16_t offset = (uint16_t)(t - rx->cum);
        if (!at(rx, t)->here)
            continue;
        if (!at(rx, t - 1)->here || t == rx->cum + 1)
            gaps[sack.gap_count++].start = offset;
        gaps[sack.gap_count - 1].end = offset;
    }
    /* the block cut by the limit is reported to its end */
    for (uint32_t t = sack.gap_count ? rx->cum + gaps[sack.gap_count - 1].end : 0;
         sack.gap_count && at(rx, t)->here; t++)
        gaps[sack.gap_count - 1].end = (uint16_t)(t - rx->cum);
    sack.a_rwnd = rx->held < rx->window ? rx->window - rx->held : 0;
    memcpy(out->data, &sack, sizeof sack);
    memcpy(out->data + sizeof sack, gaps, sack.gap_count * sizeof gaps[0]);
    if (rx->renege && rx->cum != rx->high) {
        for (uint32_t t = rx->cum + 1; t != rx->high + 1; t++)
            drop(rx, at(rx, t));
        rx->high = rx->cum;
        rx->renege = false;
    }
    out->len = 28 + 4u * sack.gap_count;
    out->wire = out->len + NET_OVERHEAD;
    rx->since_sack = rx->duplicates = 0;
    rx->sack_due = false;
    rx->timer = false;
    net_send(f->back, out, flow_acknowledge, f);
}

static void delayed(void *ctx, net_packet_t *packet) {
    flow_t *f = ctx;
    bool mine = packet->id == f->rx.timer_id && f->rx.timer;
    net_release(f->net, packet);
    if (mine)
        send_sack(f);
}

void sctp_flow_receive(void *ctx, net_packet_t *packet) {
    flow_t *f = ctx;
    flow_receiver_t *rx = &f->rx;
    bool any = false;
    rx->packets++;
    for (uint32_t i = OC_SCTP_HEADER_LEN; i + 4 <= packet->len;) {
        const uint8_t *p = packet->data + i;
        uint32_t len = oc_sctp_be16(p + 2);
        if (len < 4 || i + len > packet->len)
            abort();
        if (p[0] == OC_SCTP_DATA) {
            data(f, p, len);
            any = true;
        } else if (p[0] == OC_SCTP_FORWARD_TSN) {
            forward(f, p, len);
        } else {
            complain(rx, "unknown chunk", p[0]);
        }
        i += (len + 3u) & ~3u;
    }
    net_release(f->net, packet);
    if (rx->sack_due || rx->since_sack >= 2) {
        send_sack(f);
    } else if (any && !rx->timer) {
        net_packet_t *timer = net_packet(f->net);
        rx->timer = true;
        timer->id = ++rx->timer_id;
        net_post(f->net, f->net->now + DELAYED_ACK_US, delayed, f, timer);
    }
}

void flow_read(flow_t *f) {
    f->rx.held -= f->rx.unread;
    f->rx.unread = 0;
    f->rx.reading = true;
    send_sack(f);
}
