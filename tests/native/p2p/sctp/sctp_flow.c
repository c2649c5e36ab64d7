#include "sctp_flow.h"
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "sctp_receiver.h"

static flow_source_t *source_of(void *ctx) {
    return ctx;
}

static int next(void *ctx, oc_msg_t *out) {
    flow_source_t *s = source_of(ctx);
    unsigned at = s->next % FLOW_MESSAGES;
    if (s->bulk) {
        *out = (oc_msg_t){.ref = s->next, .len = s->bulk, .ppid = (uint32_t)s->next, .key = true};
        return OC_OK;
    }
    if (s->next == s->end)
        return OC_AGAIN;
    *out = (oc_msg_t){.ref = s->next,
                      .len = s->len[at],
                      .ppid = (uint32_t)s->next,
                      .key = s->key[at],
                      .group = s->group[at],
                      .unordered = s->unordered};
    return OC_OK;
}

static void take(void *ctx, uint64_t ref) {
    flow_source_t *s = source_of(ctx);
    if (ref != s->next)
        abort();
    s->taken[ref % FLOW_MESSAGES] = true;
    s->next++;
}

static int bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                 unsigned max) {
    flow_source_t *s = source_of(ctx);
    unsigned n = 0;
    if (ref >= s->next || !s->taken[ref % FLOW_MESSAGES])
        abort(); /* asked for what was never taken, or is done */
    if (ref < s->overrun)
        return OC_ERR_STALE;
    while (len && n < max) {
        uint32_t part = s->split && s->split < len ? s->split : len;
        parts[n++] = oc_span(flow_pattern(ref, offset), part);
        offset += part;
        len -= part;
    }
    return (int)n;
}

static void done(void *ctx, uint64_t ref, int how) {
    flow_source_t *s = source_of(ctx);
    if (!s->taken[ref % FLOW_MESSAGES])
        abort(); /* twice */
    s->taken[ref % FLOW_MESSAGES] = false;
    s->done_ok += how == OC_OK;
    s->done_stale += how == OC_ERR_STALE;
    s->done_closed += how == OC_ERR_CLOSED;
}

static const oc_source_ops_t ops = {next, take, bytes, done};

static void wake(void *ctx, net_packet_t *packet) {
    flow_t *f = ctx;
    uint64_t id = packet->id;
    net_release(f->net, packet);
    if (id == f->wake_id)
        flow_run(f);
}

static void to_wire(flow_t *f, const oc_sctp_packet_t *p) {
    net_packet_t *out = net_packet(f->net);
    for (unsigned i = 0; i < p->count; i++) {
        memcpy(out->data + out->len, p->part[i].data, p->part[i].len);
        out->len += (uint32_t)p->part[i].len;
    }
    if (out->len != p->len || (out->len > f->mtu && !p->oversize) || out->len % 4)
        abort();
    out->wire = out->len + NET_OVERHEAD;
    out->fragment = p->oversize;
    out->sent_us = f->net->now;
    f->oversize += p->oversize;
    f->data_packets++;
    bool drop = f->drop_mask & 1;
    f->drop_mask >>= 1;
    if (out->data[OC_SCTP_HEADER_LEN] == OC_SCTP_FORWARD_TSN && f->drop_forward) {
        f->drop_forward--;
        drop = true;
    }
    if (drop) {
        f->there->lost++;
        net_release(f->net, out);
    } else {
        net_send(f->there, out, sctp_flow_receive, f);
    }
}

void flow_run(flow_t *f) {
    oc_sctp_packet_t packet;
    net_packet_t *timer;
    int64_t at;
    uint32_t burst = 0;
    oc_send_advance(f->send, f->net->now);
    for (;;) {
        bool can = oc_send_can_send(f->send, f->net->now);
        oc_sctp_packet_begin(&packet, f->mtu, 5000, 5000, 1);
        if (oc_send_fill(f->send, &packet, f->net->now) != OC_OK)
            break;
        if (!can)
            abort(); /* the two must agree */
        to_wire(f, &packet);
        burst++;
    }
    if (burst > f->largest_burst)
        f->largest_burst = burst;
    at = oc_send_next_deadline(f->send, f->net->now);
    f->wake_id++;
    if (at == INT64_MAX)
        return;
    timer = net_packet(f->net);
    timer->id = f->wake_id;
    net_post(f->net, at > f->net->now ? at : f->net->now + 1, wake, f, timer);
}

void flow_acknowledge(void *ctx, net_packet_t *packet) {
    flow_t *f = ctx;
    oc_sctp_gap_t gaps[FLOW_GAPS];
    oc_sctp_sack_t sack;
    memcpy(&sack, packet->data, sizeof sack);
    memcpy(gaps, packet->data + sizeof sack, sack.gap_count * sizeof gaps[0]);
    sack.gaps = gaps;
    net_release(f->net, packet);
    if (f->hold_acks)
        return;
    if (oc_send_sack(f->send, &sack, f->net->now) < 0)
        abort();
    flow_run(f);
}

void flow_open(flow_t *f, net_t *net, net_link_t *there, net_link_t *back, const flow_config_t *c) {
    oc_send_peer_t peer = {.first_tsn = c->first_tsn,
                           .a_rwnd = c->window,
                           .mtu = c->mtu,
                           .rtt_us = c->rtt_us,
                           .forward_tsn = !c->no_forward_tsn};
    size_t size = oc_send_memory(&c->send);
    memset(f, 0, sizeof *f);
    f->net = net;
    f->there = there;
    f->back = back;
    f->mtu = c->mtu;
    f->memory = aligned_alloc(16, (size + 15) / 16 * 16);
    f->send = oc_send_init(f->memory, &c->send);
    if (!f->send)
        abort();
    flow_receiver_init(f, c->first_tsn, c->window);
    if (oc_send_start(f->send, &peer, net->now) != OC_OK)
        abort();
}

void flow_free(flow_t *f) {
    flow_receiver_free(f);
    free(f->memory);
}

int flow_stream(flow_t *f, uint16_t sid, oc_send_class_t priority, bool partial) {
    flow_source_t *s = &f->source[sid];
    oc_send_stream_config_t c = {.source = {&ops, s}, .priority = priority, .partial = partial};
    s->flow = f;
    s->sid = sid;
    if (!s->end)
        s->next = s->end = 1;
    return oc_send_stream_open(f->send, sid, &c);
}

void flow_message(flow_t *f, uint16_t sid, uint32_t len, bool key, uint64_t group) {
    flow_source_t *s = &f->source[sid];
    unsigned at = s->end % FLOW_MESSAGES;
    if (s->taken[at])
        abort(); /* the test makes more than the source can hold */
    s->len[at] = len;
    s->key[at] = key;
    s->group[at] = group;
    s->made_us[at] = f->net->now;
    s->end++;
    oc_send_kick(f->send, sid);
    flow_run(f);
}
