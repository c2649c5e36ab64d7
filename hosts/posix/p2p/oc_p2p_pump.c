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

#define LOOKS                8   /* of one round: then the loop's other handles have their turn */
#define RECEIVE              512 /* datagrams of one round and socket */
#define OC_P2P_PUMP_FAMILIES OC_HUB_PUMP_FAMILIES
#define REST_PEERS           8    /* fewer acknowledge too little to be gathered */
#define REST_GAP_US          500  /* unless the configuration has another */
#define REST_US              1000 /* of one; the deadline may be a millisecond late */

struct oc_p2p_pump {
    oc_hub_pump_t core;
    oc_p2p_pump_config_t config;
    uv_loop_t *loop;
    oc_crypto_worker_t *worker;
    oc_mdns_socket_t *mdns; /* NULL: names are not looked up */
    oc_udp_t *udp[OC_P2P_PUMP_FAMILIES];
    uv_poll_t socket[OC_P2P_PUMP_FAMILIES], watch;
    oc_deadlines_t *deadlines;                      /* NULL: not opened */
    oc_deadlines_t own;                             /* unless the owner has some */
    oc_deadline_t due;                              /* of the next round */
    oc_deadline_t rest;                             /* its end; none: there is no rest */
    int64_t quiet_us;                               /* of the last round, if it was quiet */
    unsigned quiet;                                 /* family of its datagrams */
    uint64_t rests;                                 /* begun */
    oc_turn_stream_t *stream[OC_GATHER_RELAYS + 1]; /* by via */
    int watch_fd;
    unsigned handles; /* open */
    void (*closed)(void *context);
};

/* ---- when the next round is due ---- */

static void arm(void *context, int64_t due_us, int64_t now_us) {
    oc_p2p_pump_t *pump = context;
    pump->due.at_us = pump->core.closing ? INT64_MAX : due_us;
}

static void on_due(void *context) {
    oc_p2p_pump_t *pump = context;
    if (!pump->core.closing)
        oc_hub_pump_round(&pump->core);
}

static void on_rested(void *context);

static int open_deadlines(oc_p2p_pump_t *pump) {
    int rc = OC_OK;
    pump->due = (oc_deadline_t){.due = on_due, .context = pump, .exact = true};
    pump->rest = (oc_deadline_t){.due = on_rested, .context = pump};
    pump->deadlines = pump->config.deadlines;
    if (!pump->deadlines) {
        rc = oc_deadlines_open(&pump->own, pump->loop);
        pump->deadlines = &pump->own;
        pump->handles++;
    }
    oc_deadlines_add(pump->deadlines, &pump->due);
    oc_deadlines_add(pump->deadlines, &pump->rest);
    return rc;
}

/* ---- connections to TURN servers ---- */

static void on_stream_up(void *context, uint8_t via, bool up) {
    oc_p2p_pump_t *pump = context;
    oc_hub_pump_stream(&pump->core, via, up);
}

static void on_stream_bytes(void *context, uint8_t via, uint8_t *data, size_t len) {
    oc_p2p_pump_t *pump = context;
    oc_hub_pump_stream_bytes(&pump->core, via, data, len);
}

static int connect_stream(void *context, const oc_gather_event_t *event) {
    oc_p2p_pump_t *pump = context;
    uint8_t via = event->candidate.via;
    oc_turn_stream_config_t config = {.loop = pump->loop,
                                      .server = event->addr,
                                      .tls = event->tls,
                                      .domain = event->domain,
                                      .ca = pump->config.ca,
                                      .on_up = on_stream_up,
                                      .on_bytes = on_stream_bytes,
                                      .context = pump,
                                      .tag = via};
    return oc_turn_stream_open(&pump->stream[via], &config);
}

static void disconnect_stream(void *context, uint8_t via) {
    oc_p2p_pump_t *pump = context;
    oc_turn_stream_close(pump->stream[via]);
    pump->stream[via] = NULL;
}

static void write_stream(void *context, uint8_t via, const uint8_t *data, size_t len) {
    oc_p2p_pump_t *pump = context;
    if (pump->stream[via])
        (void)oc_turn_stream_write(pump->stream[via], data, len);
}

static void close_streams(oc_p2p_pump_t *pump) {
    for (unsigned i = 0; i <= OC_GATHER_RELAYS; i++) {
        oc_turn_stream_close(pump->stream[i]);
        pump->stream[i] = NULL;
    }
}

/* ---- what the rounds need ---- */

static void *allocate(void *context, size_t bytes) {
    void *memory;
    return posix_memalign(&memory, 16, bytes) == 0 ? memory : NULL;
}

static void release(void *context, void *memory) {
    free(memory);
}

static int64_t clock_us(void *context) {
    return (int64_t)(uv_hrtime() / 1000);
}

static int receive(void *context, unsigned family, oc_path_t *from, uint8_t **data, size_t *len) {
    const oc_p2p_pump_t *pump = context;
    return oc_udp_receive(pump->udp[family], from, data, len);
}

static bool holds(void *context, unsigned family) {
    const oc_p2p_pump_t *pump = context;
    return oc_udp_holds(pump->udp[family]);
}

static uint8_t *room(void *context, unsigned family, size_t *size) {
    const oc_p2p_pump_t *pump = context;
    return oc_udp_room(pump->udp[family], size);
}

static void commit(void *context, unsigned family, const oc_path_t *to, size_t len, bool fragment) {
    const oc_p2p_pump_t *pump = context;
    oc_udp_commit(pump->udp[family], to, len, fragment);
}

static int flush(void *context, unsigned family) {
    const oc_p2p_pump_t *pump = context;
    return oc_udp_flush(pump->udp[family]);
}

static void on_socket(uv_poll_t *handle, int status, int events);
static void end_rest(oc_p2p_pump_t *pump);

static void block(void *context, unsigned family, bool blocked) {
    oc_p2p_pump_t *pump = context;
    end_rest(pump);
    (void)uv_poll_start(&pump->socket[family], UV_READABLE | (blocked ? UV_WRITABLE : 0),
                        on_socket);
}

static unsigned addresses(void *context, oc_addr_t *out, unsigned max) {
    const oc_p2p_pump_t *pump = context;
    unsigned flags = (pump->udp[0] ? OC_LOCAL_ADDRS_IPV4 : 0) |
                     (pump->udp[1] ? OC_LOCAL_ADDRS_IPV6 : 0) |
                     (pump->config.loopback ? OC_LOCAL_ADDRS_LOOPBACK : 0);
    unsigned n = oc_local_addrs(out, max, flags);
    for (unsigned i = 0; i < n; i++)
        out[i].port = oc_udp_port(pump->udp[out[i].family == 6]);
    return n;
}

static int post(void *context, oc_hs_job_t *job) {
    const oc_p2p_pump_t *pump = context;
    return pump->worker ? oc_crypto_worker_post(pump->worker, job) : OC_ERR_STATE;
}

/* A failure costs this candidate. */
static void resolve(void *context, oc_hub_peer_t id, const char *name, uint16_t port) {
    const oc_p2p_pump_t *pump = context;
    if (pump->mdns)
        (void)oc_mdns_socket_resolve(pump->mdns, id, name, port);
}

/* ---- rests ---- */

/* Many viewers acknowledge a frame one after the other, each some 50 us behind the one before, and
 * nothing is to be said to any of them: each would be a wake-up of its own. When two such rounds
 * follow each other, the loop does not wait for this socket for a millisecond: the next rounds read
 * it when that is over, until nothing was there. A turn of the owner does not wait for its end. */

static bool resting(const oc_p2p_pump_t *pump) {
    return pump->rest.at_us != INT64_MAX;
}

static void listen_again(oc_p2p_pump_t *pump) {
    int blocked = pump->core.blocked[pump->quiet] ? UV_WRITABLE : 0;
    (void)uv_poll_start(&pump->socket[pump->quiet], UV_READABLE | blocked, on_socket);
}

static void end_rest(oc_p2p_pump_t *pump) {
    if (!resting(pump))
        return;
    pump->rest.at_us = INT64_MAX;
    listen_again(pump);
}

/* Nothing left since `before`, nothing is about to. */
static bool quiet_since(const oc_p2p_pump_t *pump, const oc_hub_stats_t *before) {
    oc_hub_stats_t now;
    oc_hub_stats(pump->core.hub, &now);
    return now.datagrams_in != before->datagrams_in && now.datagrams_out == before->datagrams_out &&
           now.up >= REST_PEERS && pump->core.pending == 0 && !oc_hub_pump_blocked(&pump->core);
}

/* Behind a round that datagrams of a family caused. */
static void think_of_rest(oc_p2p_pump_t *pump, unsigned family, const oc_hub_stats_t *before) {
    int64_t now_us = pump->core.now_us, last_us = pump->quiet_us;
    if (resting(pump)) /* of the other family */
        return;
    bool quiet = quiet_since(pump, before), again = quiet && pump->quiet == family;
    pump->quiet = family;
    pump->quiet_us = quiet ? now_us : INT64_MIN / 2;
    if (!again || now_us - last_us >= pump->config.rest_gap_us)
        return;
    (void)uv_poll_stop(&pump->socket[family]);
    pump->rests++;
    pump->rest.at_us = now_us + REST_US;
}

static void on_rested(void *context) {
    oc_p2p_pump_t *pump = context;
    oc_hub_stats_t before;
    if (pump->core.closing)
        return;
    oc_hub_stats(pump->core.hub, &before);
    bool more = oc_hub_pump_readable(&pump->core, pump->quiet);
    oc_hub_pump_round(&pump->core);
    if (pump->core.closing)
        return;
    if (!more && quiet_since(pump, &before))
        pump->rest.at_us = pump->core.now_us + REST_US;
    else
        listen_again(pump);
}

/* ---- what the loop tells ---- */

static void on_socket(uv_poll_t *handle, int status, int events) {
    oc_p2p_pump_t *pump = handle->data;
    unsigned i = handle == &pump->socket[1];
    oc_hub_stats_t before;
    if (pump->core.closing)
        return;
    oc_hub_stats(pump->core.hub, &before);
    if (events & UV_WRITABLE)
        oc_hub_pump_writable(&pump->core);
    if (events & UV_READABLE || status < 0)
        (void)oc_hub_pump_readable(&pump->core, i);
    oc_hub_pump_round(&pump->core);
    if (!pump->core.closing)
        think_of_rest(pump, i, &before);
}

static void on_job(void *context, oc_hs_job_t *job) {
    oc_p2p_pump_t *pump = context;
    oc_hub_pump_job_done(&pump->core, job);
    if (!pump->core.closing)
        oc_hub_pump_round(&pump->core);
}

static void on_found(void *context, uint64_t tag, const oc_addr_t *addr) {
    oc_p2p_pump_t *pump = context;
    if (pump->core.closing)
        return;
    oc_hub_pump_resolved(&pump->core, tag, addr);
    oc_hub_pump_round(&pump->core);
}

static void on_watch(uv_poll_t *handle, int status, int events) {
    oc_p2p_pump_t *pump = handle->data;
    if (pump->core.closing || !oc_local_addrs_changed(pump->watch_fd))
        return;
    oc_hub_pump_addresses(&pump->core);
    oc_hub_pump_round(&pump->core);
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
    const oc_p2p_pump_config_t *config = &pump->config;
    oc_hub_config_t hub = config->hub;
    oc_hub_pump_env_t env = {
        .loop = {.allocate = allocate, .release = release, .now_us = clock_us, .context = pump},
        .arm = arm,
        .open = {pump->udp[0] != NULL, pump->udp[1] != NULL},
        .receive = receive,
        .holds = holds,
        .room = room,
        .commit = commit,
        .flush = flush,
        .blocked = block,
        .receive_max = RECEIVE,
        .looks = LOOKS,
        .addresses = addresses,
        .post = post,
        .jobs = OC_CRYPTO_WORKER_JOBS,
        .resolve = resolve,
        .connect = connect_stream,
        .disconnect = disconnect_stream,
        .write = write_stream,
        .context = pump,
        .on_event = config->on_event,
        .on_events = config->on_events,
        .owner = config->context};
    hub.allow_loopback = config->loopback;
    hub.rsa = true;
    return oc_hub_pump_init(&pump->core, &env, &hub, config->servers || config->later_servers);
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
    rc = open_deadlines(pump);
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
        oc_hub_pump_addresses(&pump->core);
    for (unsigned i = 0; rc == OC_OK && i < pump->config.servers; i++)
        rc = oc_hub_pump_set_server(&pump->core, i, &pump->config.server[i]);
    return rc;
}

static void destroy(oc_p2p_pump_t *pump) {
    void (*closed)(void *) = pump->closed;
    void *context = pump->config.context;
    oc_hub_pump_deinit(&pump->core);
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
    if (pump->deadlines)
        oc_deadlines_remove(pump->deadlines, &pump->rest);
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
    if (config->rest_gap_us == 0)
        pump->config.rest_gap_us = REST_GAP_US;
    pump->loop = loop;
    pump->watch_fd = -1;
    pump->quiet_us = INT64_MIN / 2;
    pump->rest.at_us = INT64_MAX;
    int rc = start(pump);
    if (rc != OC_OK) {
        pump->core.closing = true;
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
    for (unsigned i = 0; i < LOOKS; i++)
        oc_hub_pump_round(&pump->core);
    close_handles(pump);
}

void oc_p2p_pump_close(oc_p2p_pump_t *pump, void (*closed)(void *context)) {
    pump->closed = closed;
    oc_hub_pump_close(&pump->core);
    pump->due.at_us = pump->rest.at_us = INT64_MAX;
    oc_crypto_worker_stop(pump->worker, on_worker_stopped, pump);
}

/* ---- what the owner asks for ---- */

oc_hub_pump_t *oc_p2p_pump_core(oc_p2p_pump_t *pump) {
    return &pump->core;
}

oc_hub_t *oc_p2p_pump_hub(oc_p2p_pump_t *pump) {
    return pump->core.hub;
}

int64_t oc_p2p_pump_now(const oc_p2p_pump_t *pump) {
    return clock_us(NULL);
}

void oc_p2p_pump_kick(oc_p2p_pump_t *pump) {
    oc_hub_pump_kick(&pump->core);
}

void oc_p2p_pump_turn(oc_p2p_pump_t *pump) {
    if (resting(pump) && !pump->core.in_round && !pump->core.closing)
        (void)oc_hub_pump_readable(&pump->core, pump->quiet); /* acknowledged: there is room */
    oc_hub_pump_turn(&pump->core);
}

void oc_p2p_pump_stats(const oc_p2p_pump_t *pump, oc_p2p_pump_stats_t *out) {
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < OC_P2P_PUMP_FAMILIES; i++)
        if (pump->udp[i]) {
            out->has[i] = true;
            out->port[i] = oc_udp_port(pump->udp[i]);
            oc_udp_stats(pump->udp[i], &out->udp[i]);
        }
    out->rounds = pump->core.rounds;
    out->rests = pump->rests;
    out->jobs = pump->core.jobs_done;
}
