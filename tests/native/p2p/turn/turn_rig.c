#include "turn_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"

typedef struct tag {
    oc_addr_t client;
    uint8_t via; /* of the client: 0, or OC_GATHER_STREAM | n */
} tag_t;

oc_addr_t turn_rig_server(unsigned index, unsigned family) {
    const uint8_t ip4[4] = {192, 0, 2, (uint8_t)(index + 1)};
    const uint8_t ip6[16] = {0x20, 1, 0x0d, 0xb8, [15] = (uint8_t)(index + 1)};
    return family == 4 ? oc_addr4(ip4, 3478) : oc_addr6(ip6, 3478, 0);
}

oc_addr_t turn_rig_peer(unsigned n, unsigned port) {
    const uint8_t ip[4] = {198, 51, 100, (uint8_t)n};
    return oc_addr4(ip, (uint16_t)port);
}

/* The server whose bytes are on their way. */
static unsigned handled;

static void to_client(void *context, const oc_addr_t *client, oc_span_t bytes) {
    rig_t *rig = context;
    tag_t tag = {.client = *client, .via = 0};
    for (unsigned i = 0; i < OC_GATHER_RELAYS; i++)
        if (rig->stream[i].open && oc_addr_equal(&rig->stream[i].client, client))
            tag.via = (uint8_t)(OC_GATHER_STREAM | (i + 1));
    oc_sim_net_send(rig->net, rig->end[handled], rig->client, &tag, sizeof tag, bytes.data,
                    bytes.len, rig->now_us);
}

static void remember(rig_seen_t *seen, const oc_addr_t *peer, oc_span_t bytes, int64_t now_us) {
    size_t len = bytes.len < RIG_DATA - 1 ? bytes.len : RIG_DATA - 1;
    seen->count++;
    seen->peer = *peer;
    seen->at_us = now_us;
    memcpy(seen->text, bytes.data, len);
    seen->text[len] = 0;
}

static void to_peer(void *context, const oc_addr_t *relayed, const oc_addr_t *peer,
                    oc_span_t bytes) {
    rig_t *rig = context;
    remember(&rig->at_peer, peer, bytes, rig->now_us);
    rig->at_peer.relayed = *relayed;
    if (!rig->deaf)
        turn_model_from_peer(&rig->model[handled], relayed, peer, bytes, rig->now_us);
}

void turn_rig_init(rig_t *rig, uint64_t seed, const oc_gather_config_t *config) {
    static const oc_gather_config_t usual = {OC_GATHER_INTERVAL_S, OC_GATHER_ATTEMPTS, true};
    const uint8_t ip4[4] = {203, 0, 113, 200}, ip6[16] = {0x20, 1, 0x0d, 0xb8, [15] = 200};
    memset(rig, 0, sizeof *rig);
    rig->net = oc_sim_net_create(seed);
    oc_sim_net_default(rig->net)->delay_us = 20 * RIG_MS;
    rig->client = oc_sim_net_end(rig->net, "client");
    rig->client_addr[0] = oc_addr4(ip4, 40000);
    rig->client_addr[1] = oc_addr6(ip6, 40000, 0);
    for (unsigned i = 0; i < RIG_SERVERS; i++) {
        oc_addr_t addr = turn_rig_server(i, 4);
        turn_model_sink_t sink = {rig, to_client, to_peer};
        rig->end[i] = oc_sim_net_end(rig->net, "server");
        turn_model_init(&rig->model[i], &addr, &sink);
        rig->up[i] = true;
    }
    rig->now_us = 1 * RIG_S;
    if (oc_gather_init(&rig->gather, config ? config : &usual) != OC_OK)
        abort();
}

int turn_rig_close(rig_t *rig) {
    unsigned malformed = 0;
    for (unsigned i = 0; i < RIG_SERVERS; i++)
        malformed += rig->model[i].malformed;
    oc_gather_deinit(&rig->gather);
    oc_sim_net_destroy(rig->net);
    rig->net = NULL;
    return (int)malformed;
}

void turn_rig_turn(rig_t *rig, unsigned index, oc_turn_transport_t transport) {
    oc_gather_server_t server = {
        .turn = true, .transport = transport, .addr4 = turn_rig_server(index, 4)};
    server.username = rig->model[index].user;
    server.password = rig->model[index].password;
    server.domain = transport == OC_TURN_TLS ? "turn.example" : NULL;
    rig->model[index].stream = transport != OC_TURN_UDP;
    if (oc_gather_set_server(&rig->gather, index, &server, rig->now_us) != OC_OK)
        abort();
}

void turn_rig_stun(rig_t *rig, unsigned index) {
    oc_gather_server_t server = {.addr4 = turn_rig_server(index, 4)};
    if (oc_gather_set_server(&rig->gather, index, &server, rig->now_us) != OC_OK)
        abort();
}

static unsigned server_at(const oc_addr_t *addr) {
    for (unsigned i = 0; i < RIG_SERVERS; i++) {
        oc_addr_t a4 = turn_rig_server(i, 4), a6 = turn_rig_server(i, 6);
        if (oc_addr_equal(&a4, addr) || oc_addr_equal(&a6, addr))
            return i;
    }
    abort();
}

static void transmit(rig_t *rig, const oc_path_t *to, const uint8_t *data, size_t len) {
    tag_t tag = {.client = rig->client_addr[to->remote.family == 6], .via = to->via};
    unsigned server = server_at(&to->remote);
    rig->sent++;
    if (to->via) {
        const rig_stream_t *s = &rig->stream[(to->via & ~OC_GATHER_STREAM) - 1];
        if (!s->open)
            abort(); /* bytes for a stream that is not there */
        tag.client = s->client;
        server = s->server;
    }
    oc_sim_net_send(rig->net, rig->client, rig->end[server], &tag, sizeof tag, data, len,
                    rig->now_us);
}

/* What the host would do. */
static void obey(rig_t *rig, const oc_gather_event_t *e) {
    rig_stream_t *s = e->candidate.via ? &rig->stream[e->candidate.via - 1] : NULL;
    if (e->kind == OC_GATHER_DISCONNECT)
        s->open = false;
    if (e->kind != OC_GATHER_CONNECT)
        return;
    unsigned server = server_at(&e->addr);
    if (rig->silent[server])
        return;
    s->open = rig->up[server];
    s->server = server;
    s->client = rig->client_addr[0];
    s->client.port = (uint16_t)(20000 + ++rig->connections);
    oc_gather_stream(&rig->gather, e->candidate.via, s->open, rig->now_us);
}

static void settle(rig_t *rig) {
    uint8_t buffer[OC_TURN_REQUEST_MAX];
    oc_gather_event_t event;
    oc_path_t to;
    int len;
    for (bool more = true; more;) {
        more = false;
        while (oc_gather_poll_event(&rig->gather, &event) == OC_OK) {
            if (rig->events < RIG_EVENTS)
                rig->event[rig->events++] = event;
            obey(rig, &event);
        }
        while ((len = oc_gather_poll_output(&rig->gather, rig->now_us, buffer, sizeof buffer,
                                            &to)) > 0) {
            transmit(rig, &to, buffer, (size_t)len);
            more = true;
        }
        if (len < 0)
            abort();
    }
}

/* Bytes at the client, those of streams in pieces. */
static void input(rig_t *rig, const oc_path_t *from, const uint8_t *data, size_t len) {
    oc_gather_data_t out;
    while (len) {
        size_t piece = from->via ? 1 + (size_t)oc_sim_net_draw(rig->net, len) : len;
        oc_span_t bytes = oc_span(data, piece);
        while (bytes.len) {
            int got = oc_gather_input(&rig->gather, from, &bytes, rig->now_us, &out);
            if (got == OC_OK) {
                remember(&rig->at_client, &out.path.remote, out.data, rig->now_us);
                rig->at_client.via = out.path.via;
            }
            if (got < 0)
                return;
        }
        data += piece;
        len -= piece;
    }
}

static void deliver(rig_t *rig) {
    static oc_sim_datagram_t d;
    while (oc_sim_net_receive(rig->net, rig->now_us, &d)) {
        tag_t tag;
        memcpy(&tag, d.tag, sizeof tag);
        const rig_stream_t *s = tag.via ? &rig->stream[(tag.via & ~OC_GATHER_STREAM) - 1] : NULL;
        if (s && (!s->open || !oc_addr_equal(&s->client, &tag.client)))
            continue; /* of a connection that is closed */
        if (d.to == rig->client) {
            oc_path_t from = {.via = tag.via};
            for (unsigned i = 0; i < RIG_SERVERS; i++)
                if (rig->end[i] == d.from)
                    from.remote = turn_rig_server(i, tag.client.family);
            input(rig, &from, d.data, d.len);
        } else {
            for (unsigned i = 0; i < RIG_SERVERS; i++)
                if (rig->end[i] == d.to) {
                    handled = i;
                    turn_model_input(&rig->model[i], &tag.client, oc_span(d.data, d.len),
                                     rig->now_us);
                }
        }
        settle(rig);
    }
}

static bool step(rig_t *rig, int64_t end_us) {
    settle(rig);
    int64_t next = oc_gather_next_deadline(&rig->gather), due = oc_sim_net_due(rig->net);
    next = due < next ? due : next;
    if (next > end_us) {
        rig->now_us = end_us;
        return false;
    }
    if (next > rig->now_us)
        rig->now_us = next;
    deliver(rig);
    oc_gather_advance(&rig->gather, rig->now_us);
    settle(rig);
    return true;
}

void turn_rig_run(rig_t *rig, int64_t us) {
    int64_t end = rig->now_us + us;
    unsigned steps = 0;
    while (step(rig, end))
        if (++steps > 10000000)
            abort(); /* a deadline that does not move */
    oc_gather_advance(&rig->gather, rig->now_us);
    settle(rig);
}

unsigned turn_rig_count(const rig_t *rig, oc_gather_event_kind_t kind) {
    unsigned n = 0;
    for (unsigned i = 0; i < rig->events; i++)
        n += rig->event[i].kind == kind;
    return n;
}

const oc_gather_event_t *turn_rig_last(const rig_t *rig, oc_gather_event_kind_t kind) {
    for (unsigned i = rig->events; i; i--)
        if (rig->event[i - 1].kind == kind)
            return &rig->event[i - 1];
    return NULL;
}

int turn_rig_send(rig_t *rig, uint8_t via, const oc_addr_t *peer, const char *text) {
    uint8_t buffer[OC_TURN_HEADROOM + RIG_DATA + OC_TURN_TAILROOM], *start;
    oc_path_t path = {.remote = *peer, .via = via}, wire;
    size_t len = strlen(text);
    memcpy(buffer + OC_TURN_HEADROOM, text, len);
    int n = oc_gather_wrap(&rig->gather, &path, buffer + OC_TURN_HEADROOM, len, rig->now_us, &start,
                           &wire);
    settle(rig); /* what the allocation has to say goes first */
    if (n > 0)
        transmit(rig, &wire, start, (size_t)n);
    return n;
}
