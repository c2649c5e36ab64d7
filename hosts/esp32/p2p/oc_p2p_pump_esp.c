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

#define LOOKS      4  /* of one round: then the plane has its own turn */
#define RECEIVE    32 /* datagrams of one turn and socket */
#define SEND       64 /* datagrams of one look */
#define RETRY_US   2000
#define RETRIES    10     /* of one datagram: then it is lost, as on a network */
#define PEERS      64     /* at most */
#define GOODBYE_US 500000 /* for the last words: then they are lost */
#define FAMILIES   OC_HUB_PUMP_FAMILIES

struct oc_p2p_pump_esp {
    oc_hub_pump_t core; /* its hub is NULL until the certificate is there */
    oc_p2p_pump_esp_config_t config;
    oc_certificate_t *certificate; /* owned; NULL: the caller's is used */
    oc_crypto_task_t *crypto;
    oc_net_task_t *net;
    oc_udp_lwip_t udp[FAMILIES];
    oc_local_addrs_watch_t watch;
    oc_mdns_lwip_t mdns;
    oc_addr_t local[FAMILIES]; /* the one address of a family; family 0: none, or several */
    int begun;                 /* result of the certificate */
    _Atomic bool began, look;  /* it is there; look at the addresses */
    bool notified, mute;       /* on_open was called; nothing leaves any more */
    bool closing;
    int64_t due_us; /* of the next round */
    oc_path_t to;   /* of what waits in out */
    size_t waiting;
    unsigned tries;
    int64_t retry_us, goodbye_us;
    uint32_t turns;
    uint8_t in[OC_HUB_DATAGRAM], out[OC_HUB_DATAGRAM];
};

oc_hub_pump_t *oc_p2p_pump_esp_core(oc_p2p_pump_esp_t *pump) {
    return &pump->core;
}

static void wake(void *context) {
    oc_p2p_pump_esp_t *pump = context;
    pump->config.wake(pump->config.context);
}

/* ---- what the rounds need ---- */

static void arm(void *context, int64_t due_us, int64_t now_us) {
    (void)now_us;
    ((oc_p2p_pump_esp_t *)context)->due_us = due_us;
}

static int receive(void *context, unsigned family, oc_path_t *from, uint8_t **data, size_t *len) {
    oc_p2p_pump_esp_t *pump = context;
    *from = (oc_path_t){.local = pump->local[family]};
    *data = pump->in;
    int n = oc_udp_lwip_receive(&pump->udp[family], &from->remote, pump->in, sizeof pump->in);
    *len = n > 0 ? (size_t)n : 0;
    return n >= 0 ? OC_OK : OC_AGAIN;
}

static uint8_t *room(void *context, unsigned family, size_t *size) {
    oc_p2p_pump_esp_t *pump = context;
    (void)family;
    *size = sizeof pump->out;
    return pump->waiting ? NULL : pump->out;
}

/* OC_AGAIN: no buffer now. */
static int send_waiting(oc_p2p_pump_esp_t *pump) {
    unsigned family = pump->to.remote.family == 6;
    if (!pump->mute && pump->tries < RETRIES &&
        oc_udp_lwip_send(&pump->udp[family], &pump->to.remote, pump->out, pump->waiting) ==
            OC_ERR_BUSY) {
        pump->tries++;
        pump->retry_us = oc_esp_now_us() + RETRY_US;
        return OC_AGAIN;
    }
    pump->waiting = 0;
    pump->tries = 0;
    return OC_OK;
}

/* lwIP knows no batches: it leaves at once. */
static void commit(void *context, unsigned family, const oc_path_t *to, size_t len, bool fragment) {
    oc_p2p_pump_esp_t *pump = context;
    (void)family;
    (void)fragment;
    pump->to = *to;
    pump->waiting = len;
    (void)send_waiting(pump);
}

static int flush(void *context, unsigned family) {
    oc_p2p_pump_esp_t *pump = context;
    if (!pump->waiting || (pump->to.remote.family == 6) != (family == 1))
        return OC_OK;
    return oc_esp_now_us() < pump->retry_us && !pump->mute ? OC_AGAIN : send_waiting(pump);
}

static unsigned addresses(void *context, oc_addr_t *out, unsigned max) {
    oc_p2p_pump_esp_t *pump = context;
    unsigned flags = (pump->udp[0].fd >= 0 ? OC_LOCAL_ADDRS_ESP_IPV4 : 0) |
                     (pump->udp[1].fd >= 0 ? OC_LOCAL_ADDRS_ESP_IPV6 : 0) |
                     (pump->config.loopback ? OC_LOCAL_ADDRS_ESP_LOOPBACK : 0);
    unsigned n = oc_local_addrs_esp(out, max, flags), of[FAMILIES] = {0, 0};
    for (unsigned i = 0; i < n; i++) {
        unsigned family = out[i].family == 6;
        out[i].port = pump->udp[family].port;
        pump->local[family] = out[i];
        of[family]++;
    }
    for (unsigned i = 0; i < FAMILIES; i++)
        if (of[i] != 1) /* lwIP does not say which one a datagram came to */
            pump->local[i] = (oc_addr_t){0};
    return n;
}

static int post(void *context, oc_hs_job_t *job) {
    return oc_crypto_task_post(((oc_p2p_pump_esp_t *)context)->crypto, job);
}

/* A failure costs this candidate. */
static void resolve(void *context, oc_hub_peer_t id, const char *name, uint16_t port) {
    oc_p2p_pump_esp_t *pump = context;
    (void)oc_mdns_lwip_resolve(&pump->mdns, id, name, port, oc_esp_now_us());
}

static void on_found(void *context, uint64_t tag, const oc_addr_t *addr) {
    oc_hub_pump_resolved(&((oc_p2p_pump_esp_t *)context)->core, tag, addr);
}

static void take_jobs(oc_p2p_pump_esp_t *pump) {
    oc_hs_job_t *job;
    while ((job = oc_crypto_task_take(pump->crypto)) != NULL)
        oc_hub_pump_job_done(&pump->core, job);
}

/* ---- the turn ---- */

/* While there is no hub, nobody has asked for what comes. */
static bool drain(oc_p2p_pump_esp_t *pump, unsigned family) {
    oc_path_t from;
    uint8_t *data;
    size_t len;
    for (unsigned i = 0; i < RECEIVE; i++)
        if (receive(pump, family, &from, &data, &len) != OC_OK)
            return false;
    return true;
}

/* True: more waits than one turn takes. */
static bool receive_all(oc_p2p_pump_esp_t *pump) {
    bool more = false;
    if (!oc_net_task_ready(pump->net))
        return false;
    for (unsigned i = 0; i < FAMILIES; i++)
        if (pump->udp[i].fd >= 0)
            more |= pump->core.hub ? oc_hub_pump_readable(&pump->core, i) : drain(pump, i);
    if (!more)
        oc_net_task_wait(pump->net);
    return more;
}

static int open_hub(oc_p2p_pump_esp_t *pump) {
    oc_hub_config_t hub = pump->config.hub;
    const oc_hub_pump_env_t env = {.loop = oc_esp_loop,
                                   .arm = arm,
                                   .open = {pump->udp[0].fd >= 0, pump->udp[1].fd >= 0},
                                   .receive = receive,
                                   .room = room,
                                   .commit = commit,
                                   .flush = flush,
                                   .receive_max = RECEIVE,
                                   .send_max = SEND,
                                   .looks = LOOKS,
                                   .addresses = addresses,
                                   .post = post,
                                   .jobs = OC_CRYPTO_TASK_JOBS,
                                   .resolve = resolve,
                                   .context = pump,
                                   .on_event = pump->config.on_event,
                                   .on_events = pump->config.on_events,
                                   .owner = pump->config.owner};
    if (pump->begun != OC_OK)
        return pump->begun;
    if (pump->certificate)
        hub.certificate = pump->certificate;
    hub.allow_loopback = pump->config.loopback;
    return oc_hub_pump_init(&pump->core, &env, &hub, pump->config.servers);
}

static void begin_hub(oc_p2p_pump_esp_t *pump) {
    int rc = open_hub(pump);
    pump->notified = true;
    if (rc == OC_OK)
        atomic_store(&pump->look, true);
    if (pump->config.on_open)
        pump->config.on_open(pump->config.context, rc);
}

/* Returns when it is due again. */
static int64_t turn_hub(oc_p2p_pump_esp_t *pump) {
    int64_t now_us = oc_esp_now_us();
    if (atomic_exchange(&pump->look, false))
        oc_hub_pump_addresses(&pump->core);
    take_jobs(pump);
    int64_t names_us = oc_mdns_lwip_turn(&pump->mdns, now_us, pump->in, sizeof pump->in);
    if (oc_hub_pump_blocked(&pump->core))
        oc_hub_pump_writable(&pump->core);
    oc_hub_pump_round(&pump->core);
    int64_t due_us = oc_hub_pump_blocked(&pump->core) ? pump->retry_us : pump->due_us;
    return names_us < due_us ? names_us : due_us;
}

int64_t oc_p2p_pump_esp_turn(oc_p2p_pump_esp_t *pump) {
    pump->turns++;
    if (!pump->notified && !pump->closing && atomic_load(&pump->began))
        begin_hub(pump);
    bool more = !pump->closing && receive_all(pump);
    int64_t now_us = oc_esp_now_us(), due_us = pump->core.hub ? turn_hub(pump) : INT64_MAX;
    if (more)
        due_us = now_us;
    bool talking = pump->closing && pump->goodbye_us > now_us;
    return talking && pump->goodbye_us < due_us ? pump->goodbye_us : due_us;
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
    if (pump->closing)
        return;
    if (pump->core.hub)
        oc_hub_pump_close(&pump->core);
    pump->closing = true;
    oc_mdns_lwip_close(&pump->mdns);
    pump->goodbye_us = oc_esp_now_us() + GOODBYE_US;
    oc_local_addrs_unwatch(&pump->watch);
    oc_crypto_task_stop(pump->crypto);
    oc_net_task_stop(pump->net);
}

static bool peers_left(const oc_p2p_pump_esp_t *pump) {
    oc_hub_peer_t any;
    return pump->core.hub && oc_hub_list(pump->core.hub, &any, 1) > 0;
}

bool oc_p2p_pump_esp_closed(const oc_p2p_pump_esp_t *pump) {
    bool reported = (!pump->waiting && !peers_left(pump)) || oc_esp_now_us() >= pump->goodbye_us;
    return pump->closing && reported && oc_crypto_task_ended(pump->crypto) &&
           oc_net_task_ended(pump->net);
}

void oc_p2p_pump_esp_destroy(oc_p2p_pump_esp_t *pump) {
    if (!pump)
        return;
    pump->mute = true;
    for (unsigned i = 0; pump->core.hub && i < PEERS; i++)
        (void)turn_hub(pump); /* jobs come back, and the memory of peers */
    oc_hub_pump_deinit(&pump->core);
    oc_crypto_task_delete(pump->crypto);
    oc_net_task_delete(pump->net);
    for (unsigned i = 0; i < FAMILIES; i++)
        oc_udp_lwip_close(&pump->udp[i]);
    oc_certificate_destroy(pump->certificate);
    oc_esp_release(pump);
}

void oc_p2p_pump_esp_stats(const oc_p2p_pump_esp_t *pump, oc_p2p_pump_esp_stats_t *out) {
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < FAMILIES; i++) {
        out->udp[i] = pump->udp[i].stats;
        out->port[i] = pump->udp[i].fd >= 0 ? pump->udp[i].port : 0;
    }
    out->turns = pump->turns;
    out->jobs = (uint32_t)pump->core.jobs_done;
}
