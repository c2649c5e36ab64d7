#include "ice_net.h"
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"

#define STUN_SERVER "203.0.113.9"

oc_addr_t ip4(const char *text, uint16_t port) {
    oc_addr_t addr;
    if (oc_addr_parse(text, &addr) != OC_OK)
        abort();
    addr.port = port;
    return addr;
}

oc_addr_t ip6(const char *text, uint16_t port) {
    return ip4(text, port);
}

uint32_t ice_net_random(ice_net_t *net, uint32_t below) {
    net->state ^= net->state << 13;
    net->state ^= net->state >> 7;
    net->state ^= net->state << 17;
    return (uint32_t)(net->state >> 20) % below;
}

ice_net_t *ice_net_new(uint64_t seed) {
    ice_net_t *net = calloc(1, sizeof *net);
    if (!net)
        abort();
    net->state = seed * 0x9E3779B97F4A7C15u + 1;
    net->delay_us = 20 * MS;
    net->relay_ip = ip4("203.0.113.50", 0);
    for (unsigned i = 0; i < ICE_NET_FLIGHT; i++)
        net->flight[i].at = INT64_MAX;
    return net;
}

void ice_net_free(ice_net_t *net) {
    for (unsigned i = 0; i < net->ends; i++)
        oc_ice_deinit(&net->end[i].ice);
    free(net);
}

unsigned ice_net_interface(ice_net_t *net, unsigned end, const oc_addr_t *addr, nat_kind_t nat,
                           const char *outside) {
    ice_end_t *e = &net->end[end];
    unsigned i = 0;
    while (e->interface[i].addr.family)
        i++;
    e->interface[i] = (ice_interface_t){.addr = *addr, .nat = nat, .next_port = 40000};
    if (outside)
        e->interface[i].outside = ip4(outside, 0);
    return i;
}

unsigned ice_net_end(ice_net_t *net, const oc_ice_config_t *config, const oc_addr_t *addr,
                     nat_kind_t nat, const char *outside) {
    unsigned end = net->ends++;
    if (oc_ice_init(&net->end[end].ice, config, net->now) != OC_OK)
        abort();
    net->end[end].first_sent_us = -1;
    ice_net_interface(net, end, addr, nat, outside);
    return end;
}

void ice_net_relay(ice_net_t *net, unsigned end) {
    net->end[end].relay = net->relay_ip;
    net->end[end].relay.port = (uint16_t)(50000 + end);
}

/* The port outside for what an interface sends to an address; made when there is none yet. */
static uint16_t map(ice_interface_t *in, const oc_addr_t *to) {
    for (unsigned i = 0; i < in->mappings; i++)
        if (in->nat != NAT_SYMMETRIC || oc_addr_equal(&in->mapping[i].to, to))
            return in->mapping[i].port;
    if (in->mappings == ICE_NET_MAPPINGS)
        abort();
    in->mapping[in->mappings].to = *to;
    in->mapping[in->mappings].port = in->next_port;
    in->mappings++;
    return in->next_port++;
}

static void allow(ice_interface_t *in, const oc_addr_t *to, uint16_t port) {
    for (unsigned i = 0; i < in->allowed; i++)
        if (in->allow[i].port == port && oc_addr_equal(&in->allow[i].from, to))
            return;
    if (in->allowed == ICE_NET_MAPPINGS)
        return;
    in->allow[in->allowed].from = *to;
    in->allow[in->allowed++].port = port;
}

static bool passes(const ice_interface_t *in, const oc_addr_t *from, uint16_t port) {
    bool mapped = false;
    for (unsigned i = 0; i < in->mappings; i++)
        mapped |= in->mapping[i].port == port;
    if (in->nat == NAT_FULL_CONE || !mapped)
        return mapped;
    for (unsigned i = 0; i < in->allowed; i++)
        if (in->allow[i].port == port && oc_addr_equal(&in->allow[i].from, from))
            return true;
    return false;
}

void ice_net_send(ice_net_t *net, const oc_addr_t *from, const oc_addr_t *to, const void *bytes,
                  size_t len) {
    if (net->down || ice_net_random(net, 100) < net->loss_percent)
        return;
    for (unsigned i = 0; i < ICE_NET_FLIGHT; i++) {
        ice_flight_t *f = &net->flight[i];
        if (f->at != INT64_MAX)
            continue;
        f->at = net->now + net->delay_us;
        if (net->jitter_us)
            f->at += ice_net_random(net, (uint32_t)net->jitter_us);
        f->order = net->order++;
        f->from = *from;
        f->to = *to;
        f->len = len;
        memcpy(f->bytes, bytes, len);
        return;
    }
    abort();
}

/* Out of an end over a path of its agent, through its NAT. */
static void send_path(ice_net_t *net, ice_end_t *e, const oc_path_t *path, const void *bytes,
                      size_t len) {
    if (path->via) {
        ice_net_send(net, &e->relay, &path->remote, bytes, len);
        return;
    }
    for (unsigned i = 0; i < ICE_NET_INTERFACES; i++) {
        ice_interface_t *in = &e->interface[i];
        if (!in->addr.family || !oc_addr_equal(&in->addr, &path->local))
            continue;
        oc_addr_t from = in->addr;
        if (in->down || in->nat == NAT_CLOSED)
            return;
        if (in->nat != NAT_NONE) {
            from = in->outside;
            from.port = map(in, &path->remote);
            allow(in, &path->remote, from.port);
        }
        ice_net_send(net, &from, &path->remote, bytes, len);
        return;
    }
    abort(); /* the agent sent from an address that it does not have */
}

static void receive(ice_net_t *net, ice_end_t *e, const oc_path_t *from, const ice_flight_t *f) {
    if (e->off)
        return;
    if (f->len && f->bytes[0] < 4)
        oc_ice_input(&e->ice, from, oc_span(f->bytes, f->len), net->now);
    else if (oc_ice_path_valid(&e->ice, from))
        e->data++;
    else
        e->data_refused++;
}

static void deliver(ice_net_t *net, const ice_flight_t *f) {
    for (unsigned n = 0; n < net->ends; n++) {
        ice_end_t *e = &net->end[n];
        oc_path_t path = {.remote = f->from};
        if (e->relay.family && oc_addr_equal(&e->relay, &f->to)) {
            path.via = 1;
            receive(net, e, &path, f);
            return;
        }
        for (unsigned i = 0; i < ICE_NET_INTERFACES; i++) {
            const ice_interface_t *in = &e->interface[i];
            if (!in->addr.family)
                continue;
            bool direct = in->nat == NAT_NONE && oc_addr_equal(&in->addr, &f->to);
            bool outside = in->nat != NAT_NONE && in->nat != NAT_CLOSED &&
                           oc_addr_same_ip(&in->outside, &f->to);
            if (!direct && !outside)
                continue;
            path.local = in->addr;
            if (!in->down && (direct || passes(in, &f->from, f->to.port)))
                receive(net, e, &path, f);
            return;
        }
    }
    net->void_sent++;
    net->void_bytes += f->len + OC_ICE_HEADERS;
}

static void poll(ice_net_t *net, ice_end_t *e) {
    uint8_t buffer[OC_ICE_DATAGRAM];
    oc_path_t to;
    oc_ice_event_t event;
    int len;
    while ((len = oc_ice_poll_output(&e->ice, net->now, buffer, sizeof buffer, &to)) > 0) {
        e->sent++;
        if (e->first_sent_us < 0)
            e->first_sent_us = net->now;
        send_path(net, e, &to, buffer, (size_t)len);
    }
    while (oc_ice_poll_event(&e->ice, &event) == OC_OK) {
        e->count[event.kind]++;
        e->at[event.kind] = net->now;
        if (event.kind == OC_ICE_SELECTED)
            e->path = event.path;
        if (event.kind == OC_ICE_PAIR_GONE)
            e->gone = event.path;
    }
}

static ice_flight_t *next_flight(ice_net_t *net) {
    ice_flight_t *next = NULL;
    for (unsigned i = 0; i < ICE_NET_FLIGHT; i++) {
        ice_flight_t *f = &net->flight[i];
        if (f->at != INT64_MAX &&
            (!next || f->at < next->at || (f->at == next->at && f->order < next->order)))
            next = f;
    }
    return next;
}

/* One step: whatever is next. */
static void step(ice_net_t *net, int64_t until) {
    int64_t at = until;
    for (unsigned n = 0; n < net->ends; n++) {
        ice_end_t *e = &net->end[n];
        if (e->off)
            continue;
        poll(net, e);
        int64_t deadline = oc_ice_next_deadline(&e->ice);
        if (deadline <= net->now)
            abort(); /* it said that it was done */
        at = deadline < at ? deadline : at;
    }
    ice_flight_t *f = next_flight(net);
    if (f && f->at < at)
        at = f->at;
    net->now = at;
    for (f = next_flight(net); f && f->at <= net->now; f = next_flight(net)) {
        ice_flight_t copy = *f;
        f->at = INT64_MAX;
        deliver(net, &copy);
    }
    for (unsigned n = 0; n < net->ends; n++)
        if (!net->end[n].off && oc_ice_next_deadline(&net->end[n].ice) <= net->now)
            net->end[n].woken++;
}

void ice_net_run(ice_net_t *net, int64_t until) {
    while (net->now < until)
        step(net, until);
    for (unsigned n = 0; n < net->ends; n++)
        if (!net->end[n].off)
            poll(net, &net->end[n]);
}

bool ice_net_connect(ice_net_t *net, unsigned a, unsigned b, int64_t until) {
    oc_path_t path;
    while (net->now < until) {
        if (oc_ice_selected(&net->end[a].ice, &path) && oc_ice_selected(&net->end[b].ice, &path))
            return true;
        step(net, until);
    }
    return false;
}

void ice_net_gather(ice_net_t *net, unsigned end) {
    ice_end_t *e = &net->end[end];
    oc_candidate_t c = {.component = 1, .foundation = "1"};
    for (unsigned i = 0; i < ICE_NET_INTERFACES; i++) {
        if (!e->interface[i].addr.family)
            continue;
        c.type = OC_CANDIDATE_HOST;
        c.addr = c.base = e->interface[i].addr;
        c.priority = oc_candidate_priority(c.type, (uint16_t)(65535 - i), 1);
        if (oc_ice_add_local(&e->ice, &c, net->now) != OC_OK)
            abort();
    }
    c.type = OC_CANDIDATE_RELAY;
    c.addr = c.base = e->relay;
    c.via = 1;
    c.priority = oc_candidate_priority(c.type, 65535, 1);
    if (e->relay.family && oc_ice_add_local(&e->ice, &c, net->now) != OC_OK)
        abort();
}

void ice_net_candidates(ice_net_t *net, unsigned from, unsigned to) {
    ice_end_t *e = &net->end[from];
    oc_ice_t *other = &net->end[to].ice;
    oc_candidate_t c = {.component = 1, .foundation = "1"};
    oc_addr_t server = ip4(STUN_SERVER, 3478);
    for (unsigned i = 0; i < ICE_NET_INTERFACES; i++) {
        ice_interface_t *in = &e->interface[i];
        if (!in->addr.family)
            continue;
        c.type = OC_CANDIDATE_HOST;
        c.addr = in->addr;
        c.priority = oc_candidate_priority(c.type, (uint16_t)(65535 - i), 1);
        oc_ice_add_remote(other, &c, net->now);
        if (in->nat == NAT_NONE || in->nat == NAT_CLOSED)
            continue;
        c.type = OC_CANDIDATE_SRFLX;
        c.addr = in->outside;
        c.addr.port = map(in, &server);
        c.priority = oc_candidate_priority(c.type, (uint16_t)(65535 - i), 1);
        oc_ice_add_remote(other, &c, net->now);
    }
    c.type = OC_CANDIDATE_RELAY;
    c.addr = e->relay;
    c.priority = oc_candidate_priority(c.type, 65535, 1);
    if (e->relay.family)
        oc_ice_add_remote(other, &c, net->now);
}

void ice_net_signal(ice_net_t *net, unsigned from, unsigned to) {
    ice_end_t *e = &net->end[from];
    if (oc_ice_set_remote(&net->end[to].ice, oc_ice_ufrag(&e->ice), oc_ice_pwd(&e->ice), false,
                          net->now) != OC_OK)
        abort();
    ice_net_candidates(net, from, to);
}

bool ice_net_data(ice_net_t *net, unsigned from) {
    static const uint8_t bytes[40] = {23};
    oc_path_t path;
    if (!oc_ice_selected(&net->end[from].ice, &path))
        return false;
    send_path(net, &net->end[from], &path, bytes, sizeof bytes);
    return true;
}

bool ice_net_works(ice_net_t *net, unsigned a, unsigned b) {
    unsigned at_a = net->end[a].data, at_b = net->end[b].data;
    if (!ice_net_data(net, a) || !ice_net_data(net, b))
        return false;
    ice_net_run(net, net->now + S);
    return net->end[a].data > at_a && net->end[b].data > at_b;
}
