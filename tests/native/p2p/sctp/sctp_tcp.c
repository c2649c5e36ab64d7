#include "sctp_tcp.h"
#include <math.h>
#include <string.h>

#define CUBIC_C    0.4
#define CUBIC_BETA 0.7
#define RENO_BETA  0.5
#define TIMEOUT_US 1000000
#define REORDER    3

static void pump(tcp_t *t);

static void lose(tcp_t *t, uint64_t id) {
    t->state[id % TCP_FLIGHT] = 0;
    t->in_flight--;
    if (id < t->recover)
        return;
    t->recover = t->next;
    if (t->cubic) {
        t->w_max = t->cwnd < t->w_max ? t->cwnd * (1 + CUBIC_BETA) / 2 : t->cwnd;
        t->cwnd *= CUBIC_BETA;
        t->k = cbrt(t->w_max * (1 - CUBIC_BETA) / CUBIC_C);
        t->epoch_us = 0;
    } else {
        t->cwnd *= RENO_BETA;
    }
    if (t->cwnd < 2)
        t->cwnd = 2;
    t->ssthresh = t->cwnd;
}

static void grow(tcp_t *t) {
    double at, target;
    if (t->cwnd < t->ssthresh) {
        t->cwnd += 1;
        return;
    }
    if (!t->cubic) {
        t->cwnd += 1 / t->cwnd;
        return;
    }
    if (!t->epoch_us) {
        t->epoch_us = t->net->now;
        t->w_est = t->cwnd;
        if (t->w_max < t->cwnd) {
            t->w_max = t->cwnd;
            t->k = 0;
        }
    }
    at = (double)(t->net->now - t->epoch_us + t->srtt_us) / 1e6 - t->k;
    target = CUBIC_C * at * at * at + t->w_max;
    t->w_est += 3 * (1 - CUBIC_BETA) / (1 + CUBIC_BETA) / t->cwnd;
    if (target > t->cwnd * 1.5)
        target = t->cwnd * 1.5;
    if (t->w_est > target)
        t->cwnd = t->w_est > t->cwnd ? t->w_est : t->cwnd;
    else if (target > t->cwnd)
        t->cwnd += (target - t->cwnd) / t->cwnd;
    else
        t->cwnd += 0.01 / t->cwnd;
}

static void acknowledged(void *ctx, net_packet_t *packet) {
    tcp_t *t = ctx;
    uint64_t id = packet->id;
    int64_t rtt = t->net->now - packet->sent_us;
    net_release(t->net, packet);
    t->last_ack_us = t->net->now;
    t->srtt_us = t->srtt_us ? (t->srtt_us * 7 + rtt) / 8 : rtt;
    if (id >= t->oldest && t->state[id % TCP_FLIGHT]) {
        t->state[id % TCP_FLIGHT] = 0;
        t->in_flight--;
        t->acked++;
        grow(t);
    }
    if (id > t->highest)
        t->highest = id;
    for (; t->oldest + REORDER <= t->highest; t->oldest++)
        if (t->state[t->oldest % TCP_FLIGHT])
            lose(t, t->oldest);
    pump(t);
}

static void arrived(void *ctx, net_packet_t *packet) {
    tcp_t *t = ctx;
    packet->wire = 52;
    net_send(t->back, packet, acknowledged, t);
}

static void check(void *ctx, net_packet_t *packet) {
    tcp_t *t = ctx;
    net_release(t->net, packet);
    if (t->in_flight && t->net->now - t->last_ack_us >= TIMEOUT_US) {
        for (; t->oldest < t->next; t->oldest++)
            t->state[t->oldest % TCP_FLIGHT] = 0;
        t->in_flight = 0;
        t->ssthresh = t->cwnd / 2 > 2 ? t->cwnd / 2 : 2;
        t->cwnd = 1;
        t->last_ack_us = t->net->now;
        t->epoch_us = 0;
    }
    pump(t);
    net_post(t->net, t->net->now + TIMEOUT_US / 4, check, t, net_packet(t->net));
}

static void pump(tcp_t *t) {
    while (!t->stopped && t->in_flight < t->cwnd && t->next - t->oldest < TCP_FLIGHT) {
        net_packet_t *p = net_packet(t->net);
        p->wire = TCP_WIRE;
        p->id = t->next;
        p->sent_us = t->net->now;
        t->state[t->next % TCP_FLIGHT] = 1;
        t->next++;
        t->in_flight++;
        net_send(t->there, p, arrived, t);
    }
}

void tcp_open(tcp_t *t, net_t *net, net_link_t *there, net_link_t *back, bool cubic) {
    memset(t, 0, sizeof *t);
    t->net = net;
    t->there = there;
    t->back = back;
    t->cubic = cubic;
    t->cwnd = 10;
    t->ssthresh = 1e9;
    t->last_ack_us = net->now;
    pump(t);
    net_post(net, net->now + TIMEOUT_US / 4, check, t, net_packet(net));
}
