#define _GNU_SOURCE
#include "oc_p2p_pump.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "oc_crypto_worker.h"
#include "oc_err.h"
#include "oc_local_addrs.h"
#include "oc_mdns_socket.h"
#include "oc_processor.h"
#include "oc_turn_stream.h"

#define TURNS                8   /* of one round: then the loop's other handles have their turn */
#define RECEIVE              512 /* datagrams of one round and socket */
#define INTERLEAVE           32  /* of them before events are looked at: messages do not pile up */
#define OC_P2P_PUMP_FAMILIES 2   /* place 0: IPv4, 1: IPv6 */

struct oc_p2p_pump {
    oc_p2p_pump_config_t config;
    uv_loop_t *loop;
    oc_hub_t *hub;
    void *memory; /* of the hub */
    oc_gather_t *gather;
    oc_crypto_worker_t *worker;
    oc_mdns_socket_t *mdns; /* NULL: names are not looked up */
    oc_udp_t *udp[OC_P2P_PUMP_FAMILIES];
    uv_poll_t socket[OC_P2P_PUMP_FAMILIES], watch;
    oc_deadlines_t *deadlines;                      /* NULL: not opened */
    oc_deadlines_t own;                             /* unless the owner has some */
    oc_deadline_t due;                              /* of the next round */
    oc_turn_stream_t *stream[OC_GATHER_RELAYS + 1]; /* by via */
    int watch_fd;
    int64_t now_us;
    unsigned guess; /* the family of the last datagram */
    bool blocked[OC_P2P_PUMP_FAMILIES];
    bool in_round, closing;
    bool notified;    /* on_event was called, on_events was not */
    unsigned handles; /* open */
    uint64_t rounds, jobs;
    void (*closed)(void *context);
};

/* Events, jobs, output, and the next deadline. Not from inside of itself: it does nothing then. */
static void run_round(oc_p2p_pump_t *pump);

/* ---- when the next round is due ---- */

static void arm(oc_p2p_pump_t *pump, int64_t due_us) {
    pump->due.at_us = due_us;
}

static void on_due(void *context) {
    oc_p2p_pump_t *pump = context;
    if (!pump->closing)
        run_round(pump);
}

static int open_deadline(oc_p2p_pump_t *pump) {
    int rc = OC_OK;
    pump->due = (oc_deadline_t){.due = on_due, .context = pump, .exact = true};
    pump->deadlines = pump->config.deadlines;
    if (!pump->deadlines) {
        rc = oc_deadlines_open(&pump->own, pump->loop);
        pump->deadlines = &pump->own;
        pump->handles++;
    }
    oc_deadlines_add(pump->deadlines, &pump->due);
    return rc;
}

/* ---- connections to TURN servers ---- */

static void on_stream_up(void *context, uint8_t via, bool up) {
    oc_p2p_pump_t *pump = context;
    if (pump->closing)
        return;
    oc_hub_stream(pump->hub, via, up, oc_p2p_pump_now(pump));
    oc_p2p_pump_kick(pump);
}

static void on_stream_bytes(void *context, uint8_t via, uint8_t *data, size_t len) {
    oc_p2p_pump_t *pump = context;
    oc_path_t from = {.via = (uint8_t)(OC_GATHER_STREAM | via)};
    if (pump->closing)
        return;
    oc_hub_input(pump->hub, &from, data, len, oc_p2p_pump_now(pump));
    oc_p2p_pump_kick(pump);
}

static void take_stream(oc_p2p_pump_t *pump, const oc_gather_event_t *event) {
    uint8_t via = event->candidate.via;
    if (via > OC_GATHER_RELAYS ||
        (event->kind != OC_GATHER_CONNECT && event->kind != OC_GATHER_DISCONNECT))
        return;
    oc_turn_stream_close(pump->stream[via]);
    pump->stream[via] = NULL;
    if (event->kind == OC_GATHER_DISCONNECT)
        return;
    oc_turn_stream_config_t config = {.loop = pump->loop,
                                      .server = event->addr,
                                      .tls = event->tls,
                                      .domain = event->domain,
                                      .ca = pump->config.ca,
                                      .on_up = on_stream_up,
                                      .on_bytes = on_stream_bytes,
                                      .context = pump,
                                      .tag = via};
    if (oc_turn_stream_open(&pump->stream[via], &config) != OC_OK)
        oc_hub_stream(pump->hub, via, false, pump->now_us);
}

static void write_stream(oc_p2p_pump_t *pump, uint8_t via, const uint8_t *data, size_t len) {
    via &= (uint8_t)~OC_GATHER_STREAM;
    if (via <= OC_GATHER_RELAYS && pump->stream[via])
        (void)oc_turn_stream_write(pump->stream[via], data, len);
}

static void close_streams(oc_p2p_pump_t *pump) {
    for (unsigned i = 0; i <= OC_GATHER_RELAYS; i++) {
        oc_turn_stream_close(pump->stream[i]);
        pump->stream[i] = NULL;
    }
}

/* ---- rounds ---- */

static int64_t clock_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

int64_t oc_p2p_pump_now(const oc_p2p_pump_t *pump) {
    return clock_us();
}

oc_hub_t *oc_p2p_pump_hub(oc_p2p_pump_t *pump) {
    return pump->hub;
}

/* ---- a round: events, jobs, output, the next deadline ---- */

void oc_p2p_pump_kick(oc_p2p_pump_t *pump) {
    if (!pump->in_round && !pump->closing)
        arm(pump, 0);
}

void oc_p2p_pump_turn(oc_p2p_pump_t *pump) {
    if (!pump->in_round && !pump->closing && oc_hub_next_deadline(pump->hub) <= clock_us())
        run_round(pump);
}

static void take_events(oc_p2p_pump_t *pump) {
    oc_hub_event_t event;
    while (oc_hub_poll_event(pump->hub, pump->now_us, &event) == OC_OK) {
        if (event.kind == OC_HUB_EVENT_GATHER)
            take_stream(pump, &event.gather);
        if (event.kind == OC_HUB_EVENT_RESOLVE && pump->mdns) /* a failure costs this candidate */
            (void)oc_mdns_socket_resolve(pump->mdns, event.id, event.name, event.port);
        pump->notified |= pump->config.on_event && !pump->closing;
        if (pump->config.on_event && !pump->closing)
            pump->config.on_event(pump->config.context, &event);
        else if (event.kind == OC_HUB_EVENT_PEER && event.peer.kind == OC_PEER_EVENT_MESSAGE)
            oc_peer_message_release(oc_hub_peer(pump->hub, event.id), &event.peer);
        free(event.memory);
    }
}

static void notify_owner(oc_p2p_pump_t *pump) {
    if (pump->notified && pump->config.on_events && !pump->closing)
        pump->config.on_events(pump->config.context);
    pump->notified = false;
}

static void give_jobs(oc_p2p_pump_t *pump) {
    oc_hub_peer_t id;
    oc_hs_job_t *job;
    while (pump->worker && oc_crypto_worker_pending(pump->worker) < OC_CRYPTO_WORKER_JOBS &&
           (job = oc_hub_poll_job(pump->hub, pump->now_us, &id)) != NULL) {
        job->owner = (void *)(uintptr_t)id;
        if (oc_crypto_worker_post(pump->worker, job) != OC_OK)
            oc_hub_job_done(pump->hub, id, pump->now_us); /* not run: nothing happened */
    }
}

static void on_socket(uv_poll_t *handle, int status, int events);

static void block(oc_p2p_pump_t *pump, unsigned i, bool blocked) {
    if (pump->blocked[i] == blocked)
        return;
    pump->blocked[i] = blocked;
    (void)uv_poll_start(&pump->socket[i], UV_READABLE | (blocked ? UV_WRITABLE : 0), on_socket);
}

static void flush(oc_p2p_pump_t *pump) {
    for (unsigned i = 0; i < OC_P2P_PUMP_FAMILIES; i++)
        if (pump->udp[i])
            block(pump, i, oc_udp_flush(pump->udp[i]) == OC_AGAIN);
}

/* Where the next datagram is written: the buffer of the family that sent last. NULL: full. */
static uint8_t *room(oc_p2p_pump_t *pump) {
    size_t size;
    if (!pump->udp[pump->guess])
        pump->guess = !pump->guess;
    uint8_t *at = oc_udp_room(pump->udp[pump->guess], &size);
    return at && size >= OC_HUB_DATAGRAM ? at : NULL;
}

static void send_one(oc_p2p_pump_t *pump, const uint8_t *at, size_t len, const oc_path_t *to) {
    unsigned family = to->remote.family == 6;
    size_t size;
    if (to->via) {
        write_stream(pump, to->via, at, len);
        return;
    }
    if (!pump->udp[family])
        return;
    if (family != pump->guess) {
        uint8_t *other = oc_udp_room(pump->udp[family], &size);
        if (!other)
            return; /* lost, as on a network */
        memcpy(other, at, len);
        pump->guess = family;
    }
    oc_udp_commit(pump->udp[family], to, len, oc_hub_may_fragment(pump->hub));
}

/* True: something was sent, and there may be more. */
static bool send_all(oc_p2p_pump_t *pump) {
    oc_path_t to;
    bool any = false;
    for (;;) {
        if (pump->blocked[0] || pump->blocked[1])
            return false;
        uint8_t *at = room(pump);
        if (!at) {
            flush(pump);
            continue;
        }
        int n = oc_hub_poll_output(pump->hub, pump->now_us, at, OC_HUB_DATAGRAM, &to);
        if (n <= 0)
            break;
        send_one(pump, at, (size_t)n, &to);
        any = true;
    }
    flush(pump);
    return any;
}

static void run_round(oc_p2p_pump_t *pump) {
    if (pump->in_round)
        return;
    pump->in_round = true;
    pump->rounds++;
    for (unsigned i = 0; i < TURNS; i++) {
        pump->now_us = clock_us();
        oc_hub_advance(pump->hub, pump->now_us);
        take_events(pump);
        notify_owner(pump);
        give_jobs(pump);
        (void)send_all(pump);
        take_events(pump);
        notify_owner(pump);
        if (oc_hub_next_deadline(pump->hub) != 0 || pump->blocked[0] || pump->blocked[1])
            break;
    }
    pump->in_round = false;
    bool wait = pump->blocked[0] || pump->blocked[1];
    if (!pump->closing)
        arm(pump, wait ? INT64_MAX : oc_hub_next_deadline(pump->hub));
}

/* ---- what the loop tells ---- */

static void receive(oc_p2p_pump_t *pump, oc_udp_t *udp) {
    oc_path_t from;
    uint8_t *data;
    size_t len;
    for (unsigned n = 0; n < RECEIVE || oc_udp_holds(udp); n++) {
        if (oc_udp_receive(udp, &from, &data, &len) != OC_OK)
            return;
        oc_hub_input(pump->hub, &from, data, len, pump->now_us);
        if (n % INTERLEAVE == INTERLEAVE - 1)
            take_events(pump);
    }
}

static void on_socket(uv_poll_t *handle, int status, int events) {
    oc_p2p_pump_t *pump = handle->data;
    unsigned i = handle == &pump->socket[1];
    if (pump->closing)
        return;
    pump->now_us = clock_us();
    pump->in_round = true; /* calls of on_event do not kick */
    if (events & UV_WRITABLE)
        flush(pump);
    if (events & UV_READABLE || status < 0)
        receive(pump, pump->udp[i]);
    pump->in_round = false;
    run_round(pump);
}

static void on_job(void *context, oc_hs_job_t *job) {
    oc_p2p_pump_t *pump = context;
    pump->now_us = clock_us();
    pump->jobs++;
    oc_hub_job_done(pump->hub, (oc_hub_peer_t)(uintptr_t)job->owner, pump->now_us);
    if (!pump->closing)
        run_round(pump);
}

static void on_found(void *context, uint64_t tag, const oc_addr_t *addr) {
    oc_p2p_pump_t *pump = context;
    if (pump->closing)
        return;
    (void)oc_hub_resolved(pump->hub, (oc_hub_peer_t)tag, addr, clock_us()); /* it may have ended */
    run_round(pump);
}

static void set_local(oc_p2p_pump_t *pump) {
    oc_addr_t list[OC_HUB_LOCAL];
    unsigned flags = (pump->udp[0] ? OC_LOCAL_ADDRS_IPV4 : 0) |
                     (pump->udp[1] ? OC_LOCAL_ADDRS_IPV6 : 0) |
                     (pump->config.loopback ? OC_LOCAL_ADDRS_LOOPBACK : 0);
    unsigned n = oc_local_addrs(list, OC_HUB_LOCAL, flags);
    for (unsigned i = 0; i < n; i++)
        list[i].port = oc_udp_port(pump->udp[list[i].family == 6]);
    oc_hub_set_local(pump->hub, list, n, clock_us());
}

static void on_watch(uv_poll_t *handle, int status, int events) {
    oc_p2p_pump_t *pump = handle->data;
    if (pump->closing || !oc_local_addrs_changed(pump->watch_fd))
        return;
    set_local(pump);
    run_round(pump);
}

void oc_p2p_pump_again(oc_p2p_pump_t *pump) {
    if (pump->closing)
        return;
    set_local(pump);
    oc_hub_again(pump->hub, clock_us());
    oc_p2p_pump_kick(pump);
}

/* ---- life ---- */

static int open_sockets(oc_p2p_pump_t *pump) {
    int result = OC_ERR_NOTSUP;
    uint16_t port = pump->config.port;
    for (unsigned i = 0; i < OC_P2P_PUMP_FAMILIES; i++) {
        oc_udp_config_t udp = {.family = i ? 6 : 4, .port = port, .plain = pump->config.plain};
        if (!(i ? pump->config.ipv6 : pump->config.ipv4))
            continue;
        int rc = oc_udp_open(&pump->udp[i], &udp);
        if (rc == OC_OK)
            result = OC_OK;
        else if (rc != OC_ERR_NOTSUP)
            return rc;
    }
    return result;
}

static int open_hub(oc_p2p_pump_t *pump) {
    oc_gather_config_t gather = {OC_GATHER_INTERVAL_S, OC_GATHER_ATTEMPTS, true};
    oc_hub_config_t *hub = &pump->config.hub;
    hub->allow_loopback = pump->config.loopback;
    hub->rsa = true;
    if (pump->config.servers || pump->config.later_servers) {
        pump->gather = malloc(sizeof *pump->gather);
        if (!pump->gather)
            return OC_ERR_NOMEM;
        (void)oc_gather_init(pump->gather, &gather);
        hub->gather = pump->gather;
    }
    if (posix_memalign(&pump->memory, 16, oc_hub_bytes(hub)) != 0) {
        pump->memory = NULL;
        return OC_ERR_NOMEM;
    }
    int rc = oc_hub_init(&pump->hub, hub, pump->memory, pump->now_us);
    for (unsigned i = 0; rc == OC_OK && i < pump->config.servers; i++)
        rc = oc_gather_set_server(pump->gather, i, &pump->config.server[i], pump->now_us);
    return rc;
}

static int add_handle(oc_p2p_pump_t *pump, uv_poll_t *handle, int fd, uv_poll_cb on) {
    if (fd < 0)
        return OC_ERR_IO;
    if (uv_poll_init(pump->loop, handle, fd) != 0)
        return OC_ERR_IO;
    handle->data = pump;
    pump->handles++;
    return uv_poll_start(handle, UV_READABLE, on) == 0 ? OC_OK : OC_ERR_IO;
}

static int start(oc_p2p_pump_t *pump) {
    oc_crypto_worker_config_t worker = {.loop = pump->loop, .done = on_job, .context = pump};
    oc_mdns_socket_config_t mdns = {.loop = pump->loop, .on_found = on_found, .context = pump};
    int rc = open_sockets(pump);
    if (rc == OC_OK)
        rc = open_hub(pump);
    if (rc != OC_OK)
        return rc;
    pump->watch_fd = oc_local_addrs_watch();
    rc = open_deadline(pump);
    for (unsigned i = 0; rc == OC_OK && i < OC_P2P_PUMP_FAMILIES; i++)
        if (pump->udp[i])
            rc = add_handle(pump, &pump->socket[i], oc_udp_fd(pump->udp[i]), on_socket);
    if (rc == OC_OK && pump->watch_fd >= 0)
        rc = add_handle(pump, &pump->watch, pump->watch_fd, on_watch);
    if (rc == OC_OK)
        rc = oc_crypto_worker_start(&pump->worker, &worker);
    if (rc == OC_OK)
        rc = oc_mdns_socket_create(&pump->mdns, &mdns);
    if (rc == OC_OK)
        set_local(pump);
    return rc;
}

static void destroy(oc_p2p_pump_t *pump) {
    void (*closed)(void *) = pump->closed;
    void *context = pump->config.context;
    if (pump->hub)
        oc_hub_deinit(pump->hub);
    if (pump->gather)
        oc_gather_deinit(pump->gather);
    free(pump->gather);
    free(pump->memory);
    for (unsigned i = 0; i < OC_P2P_PUMP_FAMILIES; i++)
        oc_udp_close(pump->udp[i]);
    if (pump->watch_fd >= 0)
        close(pump->watch_fd);
    free(pump);
    if (closed)
        closed(context);
}

static void on_closed(uv_handle_t *handle) {
    oc_p2p_pump_t *pump = handle->data;
    if (--pump->handles == 0)
        destroy(pump);
}

static void on_own_closed(void *context) {
    oc_p2p_pump_t *pump = context;
    if (--pump->handles == 0)
        destroy(pump);
}

static void close_handles(oc_p2p_pump_t *pump) {
    oc_mdns_socket_close(pump->mdns);
    close_streams(pump);
    uv_handle_t *all[] = {(uv_handle_t *)&pump->watch, (uv_handle_t *)&pump->socket[0],
                          (uv_handle_t *)&pump->socket[1]};
    if (pump->deadlines)
        oc_deadlines_remove(pump->deadlines, &pump->due);
    if (!pump->handles) {
        destroy(pump);
        return;
    }
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i]->data)
            uv_close(all[i], on_closed);
    if (pump->deadlines == &pump->own)
        oc_deadlines_close(&pump->own, on_own_closed, pump);
}

int oc_p2p_pump_create(oc_p2p_pump_t **out, uv_loop_t *loop, const oc_p2p_pump_config_t *config) {
    oc_p2p_pump_t *pump = calloc(1, sizeof *pump);
    if (!pump)
        return OC_ERR_NOMEM;
    if (config->servers > OC_P2P_PUMP_SERVERS) {
        free(pump);
        return OC_ERR_INVAL;
    }
    oc_processor_look();
    pump->config = *config;
    pump->loop = loop;
    pump->watch_fd = -1;
    pump->now_us = clock_us();
    int rc = start(pump);
    if (rc != OC_OK) {
        pump->closing = true;
        oc_crypto_worker_stop(pump->worker, NULL, NULL);
        close_handles(pump);
        return rc;
    }
    *out = pump;
    oc_p2p_pump_kick(pump);
    return OC_OK;
}

/* The worker is gone, so no job is under way: what is left of the peers ends now. */
static void on_worker_stopped(void *context) {
    oc_p2p_pump_t *pump = context;
    pump->now_us = clock_us();
    for (unsigned i = 0; i < TURNS; i++) {
        (void)send_all(pump);
        take_events(pump);
    }
    close_handles(pump);
}

void oc_p2p_pump_close(oc_p2p_pump_t *pump, void (*closed)(void *context)) {
    oc_hub_peer_t peers[OC_HUB_PEERS_MAX];
    pump->closed = closed;
    pump->now_us = clock_us();
    unsigned n = oc_hub_list(pump->hub, peers, OC_HUB_PEERS_MAX);
    for (unsigned i = 0; i < n; i++)
        (void)oc_hub_close(pump->hub, peers[i], pump->now_us);
    if (pump->gather)
        oc_gather_stop(pump->gather, pump->now_us);
    run_round(pump);
    pump->closing = true;
    arm(pump, INT64_MAX);
    oc_crypto_worker_t *worker = pump->worker;
    oc_crypto_worker_stop(worker, on_worker_stopped, pump);
}

/* ---- changes ---- */

int oc_p2p_pump_set_server(oc_p2p_pump_t *pump, unsigned index, const oc_gather_server_t *server) {
    if (!pump->gather)
        return OC_ERR_STATE;
    int rc = oc_gather_set_server(pump->gather, index, server, clock_us());
    oc_p2p_pump_kick(pump);
    return rc;
}

/* ---- peers ---- */

int oc_p2p_pump_offer(oc_p2p_pump_t *pump, oc_span_t sdp, oc_hub_peer_t *id, const char **why) {
    void *memory;
    if (posix_memalign(&memory, 16, oc_hub_peer_bytes(pump->hub)) != 0)
        return OC_ERR_NOMEM;
    int rc = oc_hub_offer(pump->hub, sdp, memory, clock_us(), id, why);
    if (rc != OC_OK)
        free(memory);
    oc_p2p_pump_kick(pump);
    return rc;
}

int oc_p2p_pump_connect(oc_p2p_pump_t *pump, oc_hub_peer_t *id) {
    void *memory;
    if (posix_memalign(&memory, 16, oc_hub_peer_bytes(pump->hub)) != 0)
        return OC_ERR_NOMEM;
    int rc = oc_hub_connect(pump->hub, memory, clock_us(), id);
    if (rc != OC_OK)
        free(memory);
    oc_p2p_pump_kick(pump);
    return rc;
}

void oc_p2p_pump_stats(const oc_p2p_pump_t *pump, oc_p2p_pump_stats_t *out) {
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < OC_P2P_PUMP_FAMILIES; i++)
        if (pump->udp[i]) {
            out->has[i] = true;
            out->port[i] = oc_udp_port(pump->udp[i]);
            oc_udp_stats(pump->udp[i], &out->udp[i]);
        }
    out->rounds = pump->rounds;
    out->jobs = pump->jobs;
}
