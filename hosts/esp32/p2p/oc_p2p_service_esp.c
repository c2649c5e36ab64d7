#include "oc_p2p_service_esp.h"

#include <string.h>
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_names_esp.h"
#include "oc_p2p_pump_esp.h"
#include "oc_p2p_service.h"

typedef struct host {
    oc_media_task_t *media;
    oc_p2p_service_t *service;
    oc_p2p_pump_esp_t *pump; /* from opening until it has closed */
    int64_t pump_us;         /* it is due again then */
    bool turned;             /* in this turn */
    /* Names of servers: `expected` until lwIP takes the question, then `requested`. */
    const char *expected[OC_GATHER_SERVERS];
    bool requested[OC_GATHER_SERVERS];
} host_t;

_Static_assert(OC_NAMES_ESP >= OC_GATHER_SERVERS, "each server has a place for its question");

/* ---- the loop ---- */

static void wake(void *context) {
    oc_media_task_wake(((host_t *)context)->media);
}

/* ---- the transport ---- */

static const char *why_not(int result) {
    switch (result) {
    case OC_ERR_BUSY:
        return "the UDP port is in use";
    case OC_ERR_NOTSUP:
        return "this board has no such address family, or no socket left";
    case OC_ERR_STATE:
        return "no network interface has an address yet";
    default:
        return oc_err_text(result);
    }
}

/* The certificate is there and the hub stands, or not. */
static void on_open(void *context, int result) {
    host_t *host = context;
    oc_p2p_service_opened(host->service, result, why_not(result), oc_p2p_pump_esp_core(host->pump));
}

static int open_transport(void *context, const oc_p2p_open_t *open, const char **why) {
    host_t *host = context;
    oc_p2p_pump_esp_config_t config = {
        .hub = {.peers = open->sessions,
                .pool_blocks = open->sessions * OC_P2P_SERVICE_ESP_BLOCKS,
                .profile = oc_peer_profile_camera(),
                .relay_only = open->relay_only},
        .port = open->port,
        .ipv4 = open->ipv4,
        .ipv6 = open->ipv6,
        .loopback = open->loopback,
        .servers = open->servers > 0,
        .on_open = on_open,
        .on_event = oc_p2p_service_event,
        .on_events = oc_p2p_service_events,
        .owner = host->service,
        .wake = wake,
        .context = host};
    int result = oc_p2p_pump_esp_create(&host->pump, &config);
    *why = why_not(result);
    if (result == OC_OK)
        oc_names_esp_wake(wake, host);
    else
        host->pump = NULL;
    return result;
}

static void close_transport(void *context) {
    host_t *host = context;
    oc_names_esp_wake(NULL, NULL);
    oc_p2p_pump_esp_close(host->pump);
}

static void turn_pump(void *context) {
    host_t *host = context;
    host->pump_us = oc_p2p_pump_esp_turn(host->pump);
    host->turned = true;
}

/* ---- names of servers ---- */

/* A place may still be taken by a question from before, which cannot be taken back. */
static void request(host_t *host, unsigned index) {
    if (!host->expected[index] || oc_names_esp_request(index, host->expected[index]) != OC_OK)
        return;
    host->expected[index] = NULL;
    host->requested[index] = true;
}

static int look_up(void *context, unsigned index, const char *name) {
    host_t *host = context;
    host->expected[index] = name;
    request(host, index);
    return OC_OK;
}

static void drop(void *context, unsigned index) {
    host_t *host = context;
    host->expected[index] = NULL;
    host->requested[index] = false;
}

static void look_at_names(host_t *host) {
    for (unsigned i = 0; i < OC_GATHER_SERVERS; i++) {
        oc_addr_t addr;
        request(host, i);
        int result = host->requested[i] ? oc_names_esp_take(i, &addr) : OC_ERR_BUSY;
        if (result == OC_ERR_BUSY)
            continue;
        oc_p2p_found_t found = {.why = result == OC_OK ? NULL : "not found"};
        if (result == OC_OK)
            *(addr.family == 4 ? &found.addr4 : &found.addr6) = addr;
        host->requested[i] = false;
        oc_p2p_service_found(host->service, i, &found);
    }
}

/* ---- the media task ---- */

static int64_t turn(void *context, int64_t now_us) {
    host_t *host = context;
    if (!host->pump)
        return INT64_MAX;
    look_at_names(host);
    int64_t due = oc_p2p_service_advance(host->service, now_us);
    if (!host->turned) /* it is not open: it comes, or goes */
        turn_pump(host);
    host->turned = false;
    if (oc_p2p_pump_esp_closed(host->pump)) {
        oc_p2p_pump_esp_destroy(host->pump);
        host->pump = NULL;
        oc_p2p_service_closed(host->service);
        return INT64_MAX;
    }
    return host->pump_us < due ? host->pump_us : due;
}

static void release(void *context) {
    host_t *host = context;
    oc_p2p_service_free(host->service);
    oc_esp_release(host);
}

static void *create(oc_media_task_t *media, oc_p2p_service_t **service) {
    host_t *host = oc_esp_allocate(sizeof *host);
    if (!host)
        return NULL;
    *host = (host_t){.media = media};
    const oc_p2p_service_env_t env = {
        .loop = *oc_media_task_env(media),
        .plane = oc_media_task_plane(media),
        .mailbox = oc_media_task_mailbox(media),
        .viewers = {.blocks = OC_SESSIONS_MAX * OC_P2P_SERVICE_ESP_TEXTS},
        .late_viewers = true,
        .measured = true,
        .open = open_transport,
        .close = close_transport,
        .turn = turn_pump,
        .look_up = look_up,
        .drop = drop,
        .context = host};
    if (oc_p2p_service_create(&host->service, &env) != OC_OK) {
        oc_esp_release(host);
        return NULL;
    }
    *service = host->service;
    return host;
}

const oc_media_service_t oc_p2p_service_esp = {.create = create,
                                               .turn = turn,
                                               .release = release,
                                               .command = oc_p2p_service_command,
                                               .ring_gone = oc_p2p_service_ring_gone,
                                               .new_script = oc_p2p_service_new_script,
                                               .stop = oc_p2p_service_stop,
                                               .read_session = oc_p2p_service_read_session,
                                               .read_view = oc_p2p_service_read_view};
