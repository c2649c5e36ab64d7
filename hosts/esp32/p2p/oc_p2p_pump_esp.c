#include "oc_p2p_pump_esp.h"

#include <stdatomic.h>
#include <string.h>
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_certificate_esp.h"
#include "oc_crypto_task.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_local_addrs_esp.h"
#include "oc_mdns_lwip.h"
#include "oc_net_task.h"

#define ROUNDS     4  /* of one turn: then the plane has its own */
#define RECEIVE    32 /* datagrams of one turn and socket */
#define SEND       64 /* datagrams of one round */
#define RETRY_US   2000
#define RETRIES    10     /* of one datagram: then it is lost, as on a network */
#define PEERS      64     /* at most: their numbers stand on the stack once */
#define GOODBYE_US 500000 /* for the last words: then they are lost */
#define FAMILIES   2      /* place 0: IPv4, 1: IPv6 */

struct oc_p2p_pump_esp {
    oc_p2p_pump_esp_config_t config;
    oc_hub_t *hub; /* NULL: not yet */
    void *memory;  /* of the hub */
    oc_gather_t *gather;
    oc_certificate_t *certificate; /* owned; NULL: the caller's is used */
    oc_crypto_task_t *crypto;
    oc_net_task_t *net;
    oc_udp_lwip_t udp[FAMILIES];
    oc_local_addrs_watch_t watch;
    oc_mdns_lwip_t mdns;
    oc_addr_t local[FAMILIES];    /* the one address of a family; family 0: none, or several */
    int begun;                    /* result of the certificate */
    _Atomic bool began, look;     /* it is there; look at the addresses */
    bool notified, closing, mute; /* mute: nothing leaves any more */
    int64_t now_us;
    oc_path_t to; /* of what waits in out */
    size_t waiting;
    unsigned tries;
    int64_t retry_us, goodbye_us;
    uint32_t turns, jobs;
    uint8_t in[OC_HUB_DATAGRAM], out[OC_HUB_DATAGRAM];
};

oc_hub_t *oc_p2p_pump_esp_hub(oc_p2p_pump_esp_t *pump) {
    return pump->hub;
}

static void wake(void *context) {
    oc_p2p_pump_esp_t *pump = context;
    pump->config.wake(pump->config.context);
}

/* ---- what comes ---- */

static void take_events(oc_p2p_pump_esp_t *pump) {
    oc_hub_event_t event;
    bool any = false;
    while (oc_hub_poll_event(pump->hub, pump->now_us, &event) == OC_OK) {
        if (event.kind == OC_HUB_EVENT_GATHER && event.gather.kind == OC_GATHER_CONNECT)
            oc_hub_stream(pump->hub, event.gather.candidate.via, false, pump->now_us);
        if (event.kind == OC_HUB_EVENT_RESOLVE && !pump->closing) /* failure: this candidate */
            (void)oc_mdns_lwip_resolve(&pump->mdns, event.id, event.name, event.port, pump->now_us);
        any = true;
        if (pump->config.on_event && !pump->closing)
            pump->config.on_event(pump->config.context, &event);
        else if (event.kind == OC_HUB_EVENT_PEER && event.peer.kind == OC_PEER_EVENT_MESSAGE)
            oc_peer_message_release(oc_hub_peer(pump->hub, event.id), &event.peer);
        oc_esp_release(event.memory);
    }
    if (any && pump->config.on_events && !pump->closing)
        pump->config.on_events(pump->config.context);
}

static void on_found(void *context, uint64_t tag, const oc_addr_t *addr) {
    oc_p2p_pump_esp_t *pump = context;
    (void)oc_hub_resolved(pump->hub, (oc_hub_peer_t)tag, addr,
                          pump->now_us); /* it may have ended */
}

static void take_jobs(oc_p2p_pump_esp_t *pump) {
    oc_hs_job_t *job;
    while ((job = oc_crypto_task_take(pump->crypto)) != NULL) {
        pump->jobs++;
        oc_hub_job_done(pump->hub, (oc_hub_peer_t)(uintptr_t)job->owner, pump->now_us);
    }
}

static void give_jobs(oc_p2p_pump_esp_t *pump) {
    oc_hub_peer_t id;
    oc_hs_job_t *job;
    while (!pump->closing && oc_crypto_task_pending(pump->crypto) < OC_CRYPTO_TASK_JOBS &&
           (job = oc_hub_poll_job(pump->hub, pump->now_us, &id)) != NULL) {
        job->owner = (void *)(uintptr_t)id;
        if (oc_crypto_task_post(pump->crypto, job) != OC_OK)
            oc_hub_job_done(pump->hub, id, pump->now_us); /* not run: nothing happened */
    }
}

/* True: this socket has nothing more. */
static bool receive(oc_p2p_pump_esp_t *pump, unsigned family) {
    oc_udp_lwip_t *udp = &pump->udp[family];
    for (unsigned i = 0; i < RECEIVE; i++) {
        oc_path_t from = {.local = pump->local[family]};
        int n = oc_udp_lwip_receive(udp, &from.remote, pump->in, sizeof pump->in);
        if (n < 0)
            return true;
        if (n > 0 && pump->hub)
            oc_hub_input(pump->hub, &from, pump->in, (size_t)n, pump->now_us);
    }
    return false;
}

/* True: more waits than one turn takes. */
static bool receive_all(oc_p2p_pump_esp_t *pump) {
    bool drained = true;
    if (!oc_net_task_ready(pump->net))
        return false;
    for (unsigned i = 0; i < FAMILIES; i++)
        if (pump->udp[i].fd >= 0)
            drained &= receive(pump, i);
    if (drained)
        oc_net_task_wait(pump->net);
    return !drained;
}

static void look_at_addresses(oc_p2p_pump_esp_t *pump) {
    oc_addr_t list[OC_HUB_LOCAL];
    unsigned flags = (pump->udp[0].fd >= 0 ? OC_LOCAL_ADDRS_ESP_IPV4 : 0) |
                     (pump->udp[1].fd >= 0 ? OC_LOCAL_ADDRS_ESP_IPV6 : 0) |
                     (pump->config.loopback ? OC_LOCAL_ADDRS_ESP_LOOPBACK : 0);
    unsigned n = oc_local_addrs_esp(list, OC_HUB_LOCAL, flags), of[FAMILIES] = {0, 0};
    for (unsigned i = 0; i < n; i++) {
        unsigned family = list[i].family == 6;
        list[i].port = pump->udp[family].port;
        pump->local[family] = list[i];
        of[family]++;
    }
    for (unsigned i = 0; i < FAMILIES; i++)
        if (of[i] != 1) /* lwIP does not say which one a datagram came to */
            pump->local[i] = (oc_addr_t){0};
    oc_hub_set_local(pump->hub, list, n, pump->now_us);
}

/* ---- what goes ---- */

/* False: no buffer now. */
static bool send_waiting(oc_p2p_pump_esp_t *pump) {
    unsigned family = pump->to.remote.family == 6;
    if (!pump->mute && !pump->to.via && pump->udp[family].fd >= 0 && pump->tries < RETRIES &&
        oc_udp_lwip_send(&pump->udp[family], &pump->to.remote, pump->out, pump->waiting) ==
            OC_ERR_BUSY) {
        pump->tries++;
        pump->retry_us = pump->now_us + RETRY_US;
        return false;
    }
    pump->waiting = 0;
    pump->tries = 0;
    return true;
}

/* False: nothing can be sent before retry_us. */
static bool send_all(oc_p2p_pump_esp_t *pump) {
    bool early = pump->now_us < pump->retry_us && !pump->mute;
    if (pump->waiting && (early || !send_waiting(pump)))
        return false;
    for (unsigned i = 0; i < SEND; i++) {
        int n = oc_hub_poll_output(pump->hub, pump->now_us, pump->out, sizeof pump->out, &pump->to);
        if (n <= 0)
            return true;
        pump->waiting = (size_t)n;
        if (!send_waiting(pump))
            return false;
    }
    return true;
}

/* ---- the turn ---- */

static int open_hub(oc_p2p_pump_esp_t *pump) {
    oc_gather_config_t gather = {OC_GATHER_INTERVAL_S, OC_GATHER_ATTEMPTS, true};
    oc_hub_config_t *hub = &pump->config.hub;
    oc_hub_t *made = NULL;
    hub->allow_loopback = pump->config.loopback;
    if (pump->begun != OC_OK)
        return pump->begun;
    if (pump->certificate)
        hub->certificate = pump->certificate;
    if (pump->config.servers) {
        pump->gather = oc_esp_allocate(sizeof *pump->gather);
        if (!pump->gather)
            return OC_ERR_NOMEM;
        (void)oc_gather_init(pump->gather, &gather);
        hub->gather = pump->gather;
    }
    pump->memory = oc_esp_allocate(oc_hub_bytes(hub));
    if (!pump->memory)
        return OC_ERR_NOMEM;
    int rc = oc_hub_init(&made, hub, pump->memory, pump->now_us);
    if (rc == OC_OK)
        pump->hub = made;
    return rc;
}

static void begin_hub(oc_p2p_pump_esp_t *pump) {
    int rc = open_hub(pump);
    pump->notified = true;
    if (rc == OC_OK)
        atomic_store(&pump->look, true);
    if (pump->config.on_open)
        pump->config.on_open(pump->config.context, rc);
}

static int64_t turn_hub(oc_p2p_pump_esp_t *pump, bool more) {
    int64_t due = INT64_MAX;
    if (atomic_exchange(&pump->look, false))
        look_at_addresses(pump);
    take_jobs(pump);
    int64_t names_us = oc_mdns_lwip_turn(&pump->mdns, pump->now_us, pump->in, sizeof pump->in);
    for (unsigned i = 0; i < ROUNDS; i++) {
        pump->now_us = oc_esp_now_us();
        oc_hub_advance(pump->hub, pump->now_us);
        take_events(pump);
        give_jobs(pump);
        bool sent = send_all(pump);
        take_events(pump);
        due = sent ? oc_hub_next_deadline(pump->hub) : pump->retry_us;
        if (!sent || due != 0)
            break;
    }
    due = names_us < due ? names_us : due;
    return more ? pump->now_us : due;
}

int64_t oc_p2p_pump_esp_turn(oc_p2p_pump_esp_t *pump) {
    pump->now_us = oc_esp_now_us();
    pump->turns++;
    if (!pump->notified && !pump->closing && atomic_load(&pump->began))
        begin_hub(pump);
    bool more = !pump->closing && receive_all(pump);
    int64_t due = pump->hub ? turn_hub(pump, more) : more ? pump->now_us : INT64_MAX;
    bool talking = pump->closing && pump->goodbye_us > pump->now_us;
    return talking && pump->goodbye_us < due ? pump->goodbye_us : due;
}

/* ---- life ---- */

static void on_addresses(void *context) {
    oc_p2p_pump_esp_t *pump = context;
    atomic_store(&pump->look, true);
    wake(pump);
}

/* On the task of the handshakes: a new key takes long, flash is written. */
static void begin(void *context) {
    oc_p2p_pump_esp_t *pump = context;
    if (!pump->config.hub.certificate)
        pump->begun = oc_certificate_esp_open(&pump->certificate);
    atomic_store(&pump->began, true);
    wake(pump);
}

static int open_sockets(oc_p2p_pump_esp_t *pump) {
    const bool expected[FAMILIES] = {pump->config.ipv4, pump->config.ipv6};
    int result = OC_ERR_NOTSUP;
    for (unsigned i = 0; i < FAMILIES; i++) {
        if (!expected[i])
            continue;
        int rc = oc_udp_lwip_open(&pump->udp[i], i ? 6 : 4, pump->config.port);
        if (rc == OC_OK)
            result = OC_OK;
        else if (rc != OC_ERR_NOTSUP)
            return rc;
    }
    return result;
}

static int start(oc_p2p_pump_esp_t *pump) {
    oc_addr_t any;
    oc_crypto_task_config_t crypto = {.wake = wake, .begin = begin, .context = pump};
    oc_net_task_config_t net = {.wake = wake, .context = pump};
    if (oc_local_addrs_esp(&any, 1, OC_LOCAL_ADDRS_ESP_ALL) == 0)
        return OC_ERR_STATE;
    int rc = open_sockets(pump);
    for (unsigned i = 0; i < FAMILIES; i++)
        net.fd[i] = pump->udp[i].fd;
    if (rc == OC_OK)
        rc = oc_local_addrs_watch(&pump->watch, on_addresses, pump);
    if (rc == OC_OK)
        rc = oc_net_task_start(&pump->net, &net);
    if (rc == OC_OK)
        rc = oc_crypto_task_start(&pump->crypto, &crypto);
    return rc;
}

int oc_p2p_pump_esp_create(oc_p2p_pump_esp_t **out, const oc_p2p_pump_esp_config_t *config) {
    if (!config->wake || !config->hub.peers || config->hub.peers > PEERS)
        return OC_ERR_INVAL;
    oc_p2p_pump_esp_t *pump = oc_esp_allocate(sizeof *pump);
    if (!pump)
        return OC_ERR_NOMEM;
    memset(pump, 0, sizeof *pump);
    pump->config = *config;
    pump->now_us = oc_esp_now_us();
    oc_mdns_lwip_init(&pump->mdns, on_found, pump);
    for (unsigned i = 0; i < FAMILIES; i++)
        pump->udp[i].fd = -1;
    int rc = start(pump);
    if (rc != OC_OK) {
        oc_local_addrs_unwatch(&pump->watch);
        if (pump->net) {
            oc_net_task_stop(pump->net);
            while (!oc_net_task_ended(pump->net))
                vTaskDelay(pdMS_TO_TICKS(OC_NET_TASK_LOOK_MS / 10));
        }
        pump->closing = true;
        oc_p2p_pump_esp_destroy(pump);
        return rc;
    }
    *out = pump;
    return OC_OK;
}

void oc_p2p_pump_esp_close(oc_p2p_pump_esp_t *pump) {
    oc_hub_peer_t peers[PEERS];
    if (pump->closing)
        return;
    pump->now_us = oc_esp_now_us();
    unsigned n = pump->hub ? oc_hub_list(pump->hub, peers, PEERS) : 0;
    for (unsigned i = 0; i < n; i++)
        (void)oc_hub_close(pump->hub, peers[i], pump->now_us);
    if (pump->gather)
        oc_gather_stop(pump->gather, pump->now_us);
    if (pump->hub)
        (void)turn_hub(pump, false);
    pump->closing = true;
    oc_mdns_lwip_close(&pump->mdns);
    pump->goodbye_us = pump->now_us + GOODBYE_US;
    oc_local_addrs_unwatch(&pump->watch);
    oc_crypto_task_stop(pump->crypto);
    oc_net_task_stop(pump->net);
}

bool oc_p2p_pump_esp_closed(const oc_p2p_pump_esp_t *pump) {
    oc_hub_peer_t any;
    bool reported = !pump->hub || (!pump->waiting && oc_hub_list(pump->hub, &any, 1) == 0) ||
                    oc_esp_now_us() >= pump->goodbye_us;
    return pump->closing && reported && oc_crypto_task_ended(pump->crypto) &&
           oc_net_task_ended(pump->net);
}

void oc_p2p_pump_esp_destroy(oc_p2p_pump_esp_t *pump) {
    if (!pump)
        return;
    pump->mute = true;
    for (unsigned i = 0; pump->hub && i < PEERS; i++)
        (void)turn_hub(pump, false); /* jobs come back, and the memory of peers */
    if (pump->hub)
        oc_hub_deinit(pump->hub);
    if (pump->gather)
        oc_gather_deinit(pump->gather);
    oc_crypto_task_delete(pump->crypto);
    oc_net_task_delete(pump->net);
    for (unsigned i = 0; i < FAMILIES; i++)
        oc_udp_lwip_close(&pump->udp[i]);
    oc_certificate_destroy(pump->certificate);
    oc_esp_release(pump->gather);
    oc_esp_release(pump->memory);
    oc_esp_release(pump);
}

/* ---- peers ---- */

void oc_p2p_pump_esp_again(oc_p2p_pump_esp_t *pump) {
    atomic_store(&pump->look, true);
    if (pump->hub)
        oc_hub_again(pump->hub, oc_esp_now_us());
}

int oc_p2p_pump_esp_set_server(oc_p2p_pump_esp_t *pump, unsigned index,
                               const oc_gather_server_t *server) {
    if (!pump->hub || !pump->gather || pump->closing)
        return OC_ERR_STATE;
    return oc_gather_set_server(pump->gather, index, server, oc_esp_now_us());
}

int oc_p2p_pump_esp_offer(oc_p2p_pump_esp_t *pump, oc_span_t sdp, oc_hub_peer_t *id,
                          const char **why) {
    if (!pump->hub || pump->closing)
        return OC_ERR_STATE;
    void *memory = oc_esp_allocate(oc_hub_peer_bytes(pump->hub));
    if (!memory)
        return OC_ERR_NOMEM;
    int rc = oc_hub_offer(pump->hub, sdp, memory, oc_esp_now_us(), id, why);
    if (rc != OC_OK)
        oc_esp_release(memory);
    return rc;
}

int oc_p2p_pump_esp_connect(oc_p2p_pump_esp_t *pump, oc_hub_peer_t *id) {
    if (!pump->hub || pump->closing)
        return OC_ERR_STATE;
    void *memory = oc_esp_allocate(oc_hub_peer_bytes(pump->hub));
    if (!memory)
        return OC_ERR_NOMEM;
    int rc = oc_hub_connect(pump->hub, memory, oc_esp_now_us(), id);
    if (rc != OC_OK)
        oc_esp_release(memory);
    return rc;
}

void oc_p2p_pump_esp_stats(const oc_p2p_pump_esp_t *pump, oc_p2p_pump_esp_stats_t *out) {
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < FAMILIES; i++) {
        out->udp[i] = pump->udp[i].stats;
        out->port[i] = pump->udp[i].fd >= 0 ? pump->udp[i].port : 0;
    }
    out->turns = pump->turns;
    out->jobs = pump->jobs;
}
