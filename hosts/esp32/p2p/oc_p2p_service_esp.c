#include "oc_p2p_service_esp.h"

#include <stdatomic.h>
#include <string.h>
#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_log.h"
#include "oc_names_esp.h"
#include "oc_p2p_ownership.h"
#include "oc_p2p_open.h"
#include "oc_p2p_pump_esp.h"
#include "oc_plane_ring.h"
#include "oc_viewers.h"

#define KINDS    20                 /* of commands that begin with P2P_OPEN */
#define AGAIN_US (30 * 1000 * 1000) /* names that were not found are asked for again */

typedef struct service {
    oc_media_task_t *media;
    oc_viewers_t *_Atomic viewers; /* from the first P2P_OPEN on; other tasks read its rows */
    oc_viewers_env_t env;
    oc_p2p_ownership_t
        life; /* opening waits for the certificate, closing for the tasks of the pump */
    oc_p2p_open_t *expected; /* while OPENING, and until every server has its address */
    oc_p2p_pump_esp_t *pump; /* unless CLOSED */
    bool requested[OC_GATHER_SERVERS], known[OC_GATHER_SERVERS];
    int64_t again_us;
    uint32_t ceiling_bps[OC_STREAMS_MAX]; /* the most a camera was seen to make */
} service_t;

/* ---- what viewers need of the host ---- */

static void *allocate(void *context, size_t bytes) {
    (void)context;
    return oc_esp_allocate(bytes);
}

static void release_memory(void *context, void *memory) {
    (void)context;
    oc_esp_release(memory);
}

static int offer(void *context, oc_span_t sdp, oc_hub_peer_t *id, const char **why) {
    return oc_p2p_pump_esp_offer(((service_t *)context)->pump, sdp, id, why);
}

static int connect_peer(void *context, oc_hub_peer_t *id) {
    return oc_p2p_pump_esp_connect(((service_t *)context)->pump, id);
}

/* What its camera makes while no network of a viewer holds it back. A camera of JPEG has no bit
 * rate of its own: as measured, and the most of it, as later it may be held back. */
static uint32_t ceiling_of(service_t *service, unsigned slot) {
    const oc_table_t *table = oc_plane_channel_table(oc_media_task_plane(service->media), slot);
    oc_channel_row_t row;
    if (table && oc_table_read(table, (uint32_t *)&row) &&
        row.bitrate_bps > service->ceiling_bps[slot])
        service->ceiling_bps[slot] = row.bitrate_bps;
    return service->ceiling_bps[slot];
}

static int stream_of(void *context, unsigned channel, oc_stream_t stream,
                     oc_viewers_stream_t *out) {
    service_t *service = context;
    const oc_plane_t *plane = oc_media_task_plane(service->media);
    oc_plane_ring_t found;
    int result = oc_plane_ring(plane, channel, stream, &found);
    if (result == OC_OK)
        *out = (oc_viewers_stream_t){.ring = found.ring,
                                     .slot = found.slot,
                                     .clock = *oc_plane_ring_clock(plane),
                                     .ceiling_bps = ceiling_of(service, found.slot)};
    return result;
}

static void request_key(void *context, unsigned slot) {
    (void)oc_media_task_request_key(((service_t *)context)->media, slot); /* JPEG: each is one */
}

static void set_bitrate(void *context, unsigned slot, uint32_t bps) {
    (void)oc_media_task_set_bitrate(((service_t *)context)->media, slot, bps);
}

static void watching(void *context, unsigned slot, unsigned views) {
    oc_plane_ring_viewers(oc_media_task_plane(((service_t *)context)->media), slot, views);
}

static int keep_alive(void *context, unsigned interval_s, unsigned attempts) {
    oc_hub_t *hub = oc_p2p_pump_esp_hub(((service_t *)context)->pump);
    return oc_hub_configure(hub, interval_s, attempts, oc_esp_now_us());
}

static int make_viewers(service_t *service) {
    const oc_viewers_config_t config = {.blocks = OC_SESSIONS_MAX * OC_P2P_SERVICE_ESP_TEXTS};
    if (service->viewers)
        return OC_OK;
    void *memory = oc_esp_allocate(oc_viewers_bytes(&config));
    if (!memory)
        return OC_ERR_NOMEM;
    service->env = (oc_viewers_env_t){.allocate = allocate,
                                      .release = release_memory,
                                      .offer = offer,
                                      .connect = connect_peer,
                                      .stream = stream_of,
                                      .request_key = request_key,
                                      .set_bitrate = set_bitrate,
                                      .watching = watching,
                                      .keep_alive = keep_alive,
                                      .context = service};
    service->viewers = oc_viewers_init(memory, &config, &service->env, service->life.mailbox);
    return OC_OK;
}

/* ---- servers ---- */

static void forget_requested(service_t *service) {
    if (service->expected)
        oc_p2p_open_wipe(service->expected);
    oc_esp_release(service->expected);
    service->expected = NULL;
}

static void use_server(service_t *service, unsigned i, const oc_addr_t *addr) {
    const oc_p2p_server_t *named = &service->expected->server[i];
    oc_gather_server_t server = {.turn = named->turn,
                                 .transport = named->transport,
                                 .username = named->user,
                                 .password = named->password,
                                 .domain = named->host};
    oc_addr_t *place = addr->family == 4 ? &server.addr4 : &server.addr6;
    *place = *addr;
    place->port = named->port;
    int result = oc_p2p_pump_esp_set_server(service->pump, i, &server);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "p2p", "server %.100s: %s", named->host, oc_err_text(result));
}

/* Names become addresses one by one; what they are good for the hub tells. */
static void look_at_names(service_t *service, int64_t now_us) {
    unsigned missing = 0;
    for (unsigned i = 0; service->expected && i < service->expected->servers; i++) {
        oc_addr_t addr;
        if (service->known[i])
            continue;
        if (!service->requested[i] && now_us >= service->again_us)
            service->requested[i] =
                oc_names_esp_request(i, service->expected->server[i].host) == OC_OK;
        int result = service->requested[i] ? oc_names_esp_take(i, &addr) : OC_ERR_BUSY;
        service->known[i] = result == OC_OK;
        if (result == OC_OK)
            use_server(service, i, &addr);
        else if (result == OC_ERR_NOENT) {
            oc_log(OC_LOG_WARN, "p2p", "server %.100s: not found",
                   service->expected->server[i].host);
            service->requested[i] = false;
            service->again_us = now_us + AGAIN_US;
            oc_viewers_notice(service->viewers, OC_VIEWERS_CONNECT_FAIL);
        }
        missing += result != OC_OK;
    }
    if (missing == 0)
        forget_requested(service);
}

/* ---- opening ---- */

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

static void on_event(void *context, const oc_hub_event_t *event) {
    oc_viewers_event(((service_t *)context)->viewers, event, oc_esp_now_us());
}

static void begin_close(service_t *service) {
    service->life.phase = OC_P2P_CLOSING;
    oc_names_esp_wake(NULL, NULL);
    forget_requested(service);
    oc_p2p_pump_esp_close(service->pump); /* peers end here: their sources are let go */
    if (oc_p2p_pump_esp_hub(service->pump))
        oc_viewers_close(service->viewers, oc_esp_now_us());
}

/* The certificate is there and the hub stands, or not. */
static void on_open(void *context, int result) {
    service_t *service = context;
    if (service->life.phase != OC_P2P_OPENING)
        return;
    if (result != OC_OK) {
        oc_p2p_ownership_settle(&service->life, &service->life.opener, result, why_not(result));
        begin_close(service);
        return;
    }
    service->life.phase = OC_P2P_OPEN;
    service->again_us = 0;
    memset(service->requested, 0, sizeof service->requested);
    memset(service->known, 0, sizeof service->known);
    oc_viewers_open(service->viewers, oc_p2p_pump_esp_hub(service->pump), oc_esp_now_us());
    (void)keep_alive(service, service->expected->keep_alive_s,
                     service->expected->keep_alive_attempts); /* in range: it was read */
    oc_p2p_ownership_settle(&service->life, &service->life.opener, OC_OK, "");
}

static void wake(void *context) {
    oc_media_task_wake(((service_t *)context)->media);
}

static int open_pump(service_t *service) {
    const oc_p2p_open_t *expected = service->expected;
    oc_p2p_pump_esp_config_t config = {
        .hub = {.peers = expected->sessions,
                .pool_blocks = expected->sessions * OC_P2P_SERVICE_ESP_BLOCKS,
                .profile = oc_peer_profile_camera(),
                .relay_only = expected->relay_only},
        .port = expected->port,
        .ipv4 = expected->ipv4,
        .ipv6 = expected->ipv6,
        .loopback = expected->loopback,
        .servers = expected->servers > 0,
        .on_open = on_open,
        .on_event = on_event,
        .wake = wake,
        .context = service};
    oc_names_esp_wake(wake, service);
    return oc_p2p_pump_esp_create(&service->pump, &config);
}

static int begin_open(service_t *service, const oc_command_t *command, const char **why) {
    int result = oc_p2p_ownership_judge(&service->life, command->arg[0], why);
    if (result != OC_OK)
        return result;
    *why = oc_err_text(OC_ERR_NOMEM);
    service->expected = oc_esp_allocate(sizeof *service->expected);
    if (!service->expected || make_viewers(service) != OC_OK)
        return OC_ERR_NOMEM;
    result = oc_p2p_open_read(oc_span(command->parcel.data, command->parcel.len), service->expected,
                              why);
    if (result != OC_OK)
        return result;
    result = open_pump(service);
    *why = why_not(result);
    return result;
}

static void take_open(service_t *service, const oc_command_t *command) {
    const char *why;
    int result = begin_open(service, command, &why);
    if (result != OC_OK) {
        if (service->life.phase == OC_P2P_CLOSED)
            forget_requested(service);
        oc_p2p_ownership_reply(&service->life, command, result, why);
        return;
    }
    oc_p2p_ownership_opening(&service->life, command);
}

/* ---- closing, commands ---- */

static void take_close(service_t *service, const oc_command_t *command) {
    if (!oc_p2p_ownership_close(&service->life, command))
        return;
    oc_p2p_ownership_settle(&service->life, &service->life.opener, OC_ERR_CLOSED, "it was closed");
    if (service->life.phase != OC_P2P_CLOSING)
        begin_close(service);
}

static void take_restart(service_t *service, const oc_command_t *command) {
    if (!oc_p2p_ownership_need(&service->life, command))
        return;
    oc_p2p_pump_esp_again(service->pump);
    service->again_us = 0; /* names too */
    oc_p2p_ownership_reply(&service->life, command, OC_OK, "");
}

static bool take_command(void *context, const oc_command_t *command, int64_t now_us) {
    service_t *service = context;
    oc_parcel_t parcel = command->parcel;
    bool ours = command->kind >= OC_COMMAND_P2P_OPEN && command->kind < OC_COMMAND_P2P_OPEN + KINDS;
    if (command->kind == OC_COMMAND_P2P_OPEN) {
        take_open(service, command);
        if (parcel.data)
            oc_crypto_wipe(parcel.data, parcel.len); /* passwords */
    } else if (command->kind == OC_COMMAND_P2P_CLOSE)
        take_close(service, command);
    else if (command->kind == OC_COMMAND_P2P_RESTART)
        take_restart(service, command);
    else if (service->viewers)
        return oc_viewers_command(service->viewers, command, now_us);
    else if (ours)
        (void)oc_p2p_ownership_need(&service->life, command); /* never opened: it says so */
    else
        return false;
    oc_mailbox_parcel_free(service->life.mailbox, &parcel);
    return true;
}

/* ---- the media task ---- */

static int64_t turn(void *context, int64_t now_us) {
    service_t *service = context;
    int64_t due = INT64_MAX, again;
    if (service->life.phase == OC_P2P_CLOSED)
        return INT64_MAX;
    if (service->life.phase == OC_P2P_OPEN) {
        if (service->expected)
            look_at_names(service, now_us);
        due = oc_viewers_advance(service->viewers, now_us);
    }
    again = oc_p2p_pump_esp_turn(service->pump);
    if (service->life.phase == OC_P2P_OPEN) { /* what came in may have made something to say */
        due = oc_viewers_advance(service->viewers, oc_esp_now_us());
        again = oc_p2p_pump_esp_turn(service->pump);
    }
    if (service->life.phase == OC_P2P_OPEN && service->expected && service->again_us > now_us &&
        service->again_us < due)
        due = service->again_us;
    if (service->life.phase == OC_P2P_CLOSING && oc_p2p_pump_esp_closed(service->pump)) {
        oc_p2p_pump_esp_destroy(service->pump);
        service->pump = NULL;
        service->life.phase = OC_P2P_CLOSED;
        oc_p2p_ownership_settle(&service->life, &service->life.closer, OC_OK, "");
        return INT64_MAX;
    }
    return again < due ? again : due;
}

static void ring_gone(void *context, unsigned slot, int64_t now_us) {
    service_t *service = context;
    bool hidden = oc_plane_privacy(oc_media_task_plane(service->media)) != 0;
    service->ceiling_bps[slot] = 0;
    if (service->viewers)
        oc_viewers_ring_gone(service->viewers, slot,
                             hidden ? "privacy mode is on" : "the channel is closed", now_us);
}

static void new_script(void *context, uint32_t generation, int64_t now_us) {
    service_t *service = context;
    if (service->viewers)
        oc_viewers_new_script(service->viewers, generation, now_us);
}

static bool stop(void *context, int64_t now_us) {
    service_t *service = context;
    (void)now_us;
    if (service->life.phase == OC_P2P_OPEN || service->life.phase == OC_P2P_OPENING)
        begin_close(service);
    return service->life.phase == OC_P2P_CLOSED;
}

static void *create(oc_media_task_t *media) {
    service_t *service = oc_esp_allocate(sizeof *service);
    if (service) {
        memset(service, 0, sizeof *service);
        service->media = media;
        service->life.mailbox = oc_media_task_mailbox(media);
    }
    return service;
}

static void release(void *context) {
    service_t *service = context;
    if (!service)
        return;
    if (service->viewers)
        oc_viewers_deinit(service->viewers);
    oc_esp_release(service->viewers);
    oc_esp_release(service);
}

static bool read_table(const oc_table_t *table, void *row) {
    return table && oc_table_read(table, row);
}

static bool read_session(const void *context, unsigned index, oc_session_row_t *row) {
    const service_t *service = context;
    const oc_viewers_t *viewers = service->viewers;
    memset(row, 0, sizeof *row);
    return !viewers || read_table(oc_viewers_session_table(viewers, index), row);
}

static bool read_view(const void *context, unsigned index, oc_view_row_t *row) {
    const service_t *service = context;
    const oc_viewers_t *viewers = service->viewers;
    memset(row, 0, sizeof *row);
    return !viewers || read_table(oc_viewers_view_table(viewers, index), row);
}

const oc_media_service_t oc_p2p_service_esp = {.create = create,
                                               .command = take_command,
                                               .turn = turn,
                                               .ring_gone = ring_gone,
                                               .new_script = new_script,
                                               .stop = stop,
                                               .release = release,
                                               .read_session = read_session,
                                               .read_view = read_view};
