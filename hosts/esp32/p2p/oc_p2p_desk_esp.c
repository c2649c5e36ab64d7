#include "oc_p2p_desk_esp.h"

#include <stdatomic.h>
#include <string.h>
#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_log.h"
#include "oc_names_esp.h"
#include "oc_p2p_life.h"
#include "oc_p2p_open.h"
#include "oc_p2p_pump_esp.h"
#include "oc_plane_ring.h"
#include "oc_viewers.h"

#define KINDS    20                 /* of commands that begin with P2P_OPEN */
#define AGAIN_US (30 * 1000 * 1000) /* names that were not found are asked for again */

typedef struct desk {
    oc_media_task_t *media;
    oc_viewers_t *_Atomic viewers; /* from the first P2P_OPEN on; other tasks read its rows */
    oc_viewers_env_t env;
    oc_p2p_life_t life; /* opening waits for the certificate, closing for the tasks of the pump */
    oc_p2p_open_t *wanted;   /* while OPENING, and until every server has its address */
    oc_p2p_pump_esp_t *pump; /* unless CLOSED */
    bool asked[OC_GATHER_SERVERS], known[OC_GATHER_SERVERS];
    int64_t again_us;
    uint32_t ceiling_bps[OC_STREAMS_MAX]; /* the most a camera was seen to make */
} desk_t;

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
    return oc_p2p_pump_esp_offer(((desk_t *)context)->pump, sdp, id, why);
}

static int connect_peer(void *context, oc_hub_peer_t *id) {
    return oc_p2p_pump_esp_connect(((desk_t *)context)->pump, id);
}

/* What its camera makes while no network of a viewer holds it back. A camera of JPEG has no bit
 * rate of its own: as measured, and the most of it, as later it may be held back. */
static uint32_t ceiling_of(desk_t *desk, unsigned slot) {
    const oc_table_t *table = oc_plane_channel_table(oc_media_task_plane(desk->media), slot);
    oc_channel_row_t row;
    if (table && oc_table_read(table, (uint32_t *)&row) &&
        row.bitrate_bps > desk->ceiling_bps[slot])
        desk->ceiling_bps[slot] = row.bitrate_bps;
    return desk->ceiling_bps[slot];
}

static int stream_of(void *context, unsigned channel, oc_stream_t stream,
                     oc_viewers_stream_t *out) {
    desk_t *desk = context;
    const oc_plane_t *plane = oc_media_task_plane(desk->media);
    oc_plane_ring_t found;
    int result = oc_plane_ring(plane, channel, stream, &found);
    if (result == OC_OK)
        *out = (oc_viewers_stream_t){.ring = found.ring,
                                     .slot = found.slot,
                                     .clock = *oc_plane_ring_clock(plane),
                                     .ceiling_bps = ceiling_of(desk, found.slot)};
    return result;
}

static void request_key(void *context, unsigned slot) {
    (void)oc_media_task_request_key(((desk_t *)context)->media, slot); /* JPEG: each is one */
}

static void set_bitrate(void *context, unsigned slot, uint32_t bps) {
    (void)oc_media_task_set_bitrate(((desk_t *)context)->media, slot, bps);
}

static void watching(void *context, unsigned slot, unsigned views) {
    oc_plane_ring_viewers(oc_media_task_plane(((desk_t *)context)->media), slot, views);
}

static int keep_alive(void *context, unsigned interval_s, unsigned attempts) {
    oc_hub_t *hub = oc_p2p_pump_esp_hub(((desk_t *)context)->pump);
    return oc_hub_configure(hub, interval_s, attempts, oc_esp_now_us());
}

static int make_viewers(desk_t *desk) {
    const oc_viewers_config_t config = {.blocks = OC_SESSIONS_MAX * OC_P2P_DESK_ESP_TEXTS};
    if (desk->viewers)
        return OC_OK;
    void *memory = oc_esp_allocate(oc_viewers_bytes(&config));
    if (!memory)
        return OC_ERR_NOMEM;
    desk->env = (oc_viewers_env_t){.allocate = allocate,
                                   .release = release_memory,
                                   .offer = offer,
                                   .connect = connect_peer,
                                   .stream = stream_of,
                                   .request_key = request_key,
                                   .set_bitrate = set_bitrate,
                                   .watching = watching,
                                   .keep_alive = keep_alive,
                                   .context = desk};
    desk->viewers = oc_viewers_init(memory, &config, &desk->env, desk->life.mailbox);
    return OC_OK;
}

/* ---- servers ---- */

static void forget_wanted(desk_t *desk) {
    if (desk->wanted)
        oc_p2p_open_wipe(desk->wanted);
    oc_esp_release(desk->wanted);
    desk->wanted = NULL;
}

static void use_server(desk_t *desk, unsigned i, const oc_addr_t *addr) {
    const oc_p2p_server_t *named = &desk->wanted->server[i];
    oc_gather_server_t server = {.turn = named->turn,
                                 .transport = named->transport,
                                 .username = named->user,
                                 .password = named->password,
                                 .domain = named->host};
    oc_addr_t *place = addr->family == 4 ? &server.addr4 : &server.addr6;
    *place = *addr;
    place->port = named->port;
    int result = oc_p2p_pump_esp_set_server(desk->pump, i, &server);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "p2p", "server %.100s: %s", named->host, oc_err_text(result));
}

/* Names become addresses one by one; what they are good for the hub tells. */
static void look_at_names(desk_t *desk, int64_t now_us) {
    unsigned missing = 0;
    for (unsigned i = 0; desk->wanted && i < desk->wanted->servers; i++) {
        oc_addr_t addr;
        if (desk->known[i])
            continue;
        if (!desk->asked[i] && now_us >= desk->again_us)
            desk->asked[i] = oc_names_esp_ask(i, desk->wanted->server[i].host) == OC_OK;
        int result = desk->asked[i] ? oc_names_esp_take(i, &addr) : OC_ERR_BUSY;
        desk->known[i] = result == OC_OK;
        if (result == OC_OK)
            use_server(desk, i, &addr);
        else if (result == OC_ERR_NOENT) {
            oc_log(OC_LOG_WARN, "p2p", "server %.100s: not found", desk->wanted->server[i].host);
            desk->asked[i] = false;
            desk->again_us = now_us + AGAIN_US;
            oc_viewers_notice(desk->viewers, OC_VIEWERS_CONNECT_FAIL);
        }
        missing += result != OC_OK;
    }
    if (missing == 0)
        forget_wanted(desk);
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
    oc_viewers_event(((desk_t *)context)->viewers, event, oc_esp_now_us());
}

static void begin_close(desk_t *desk) {
    desk->life.phase = OC_P2P_CLOSING;
    oc_names_esp_wake(NULL, NULL);
    forget_wanted(desk);
    oc_p2p_pump_esp_close(desk->pump); /* peers end here: their sources are let go */
    if (oc_p2p_pump_esp_hub(desk->pump))
        oc_viewers_close(desk->viewers, oc_esp_now_us());
}

/* The certificate is there and the hub stands, or not. */
static void on_open(void *context, int result) {
    desk_t *desk = context;
    if (desk->life.phase != OC_P2P_OPENING)
        return;
    if (result != OC_OK) {
        oc_p2p_life_settle(&desk->life, &desk->life.opener, result, why_not(result));
        begin_close(desk);
        return;
    }
    desk->life.phase = OC_P2P_OPEN;
    desk->again_us = 0;
    memset(desk->asked, 0, sizeof desk->asked);
    memset(desk->known, 0, sizeof desk->known);
    oc_viewers_open(desk->viewers, oc_p2p_pump_esp_hub(desk->pump), oc_esp_now_us());
    (void)keep_alive(desk, desk->wanted->keep_alive_s,
                     desk->wanted->keep_alive_attempts); /* in range: it was read */
    oc_p2p_life_settle(&desk->life, &desk->life.opener, OC_OK, "");
}

static void wake(void *context) {
    oc_media_task_wake(((desk_t *)context)->media);
}

static int open_pump(desk_t *desk) {
    const oc_p2p_open_t *wanted = desk->wanted;
    oc_p2p_pump_esp_config_t config = {
        .hub = {.peers = wanted->sessions,
                .pool_blocks = wanted->sessions * OC_P2P_DESK_ESP_BLOCKS,
                .profile = oc_peer_profile_camera(),
                .relay_only = wanted->relay_only},
        .port = wanted->port,
        .ipv4 = wanted->ipv4,
        .ipv6 = wanted->ipv6,
        .loopback = wanted->loopback,
        .servers = wanted->servers > 0,
        .on_open = on_open,
        .on_event = on_event,
        .wake = wake,
        .context = desk};
    oc_names_esp_wake(wake, desk);
    return oc_p2p_pump_esp_create(&desk->pump, &config);
}

static int begin_open(desk_t *desk, const oc_command_t *command, const char **why) {
    int result = oc_p2p_life_judge(&desk->life, command->arg[0], why);
    if (result != OC_OK)
        return result;
    *why = oc_err_text(OC_ERR_NOMEM);
    desk->wanted = oc_esp_allocate(sizeof *desk->wanted);
    if (!desk->wanted || make_viewers(desk) != OC_OK)
        return OC_ERR_NOMEM;
    result =
        oc_p2p_open_read(oc_span(command->parcel.data, command->parcel.len), desk->wanted, why);
    if (result != OC_OK)
        return result;
    result = open_pump(desk);
    *why = why_not(result);
    return result;
}

static void take_open(desk_t *desk, const oc_command_t *command) {
    const char *why;
    int result = begin_open(desk, command, &why);
    if (result != OC_OK) {
        if (desk->life.phase == OC_P2P_CLOSED)
            forget_wanted(desk);
        oc_p2p_life_reply(&desk->life, command, result, why);
        return;
    }
    oc_p2p_life_opening(&desk->life, command);
}

/* ---- closing, commands ---- */

static void take_close(desk_t *desk, const oc_command_t *command) {
    if (!oc_p2p_life_close(&desk->life, command))
        return;
    oc_p2p_life_settle(&desk->life, &desk->life.opener, OC_ERR_CLOSED, "it was closed");
    if (desk->life.phase != OC_P2P_CLOSING)
        begin_close(desk);
}

static void take_restart(desk_t *desk, const oc_command_t *command) {
    if (!oc_p2p_life_need(&desk->life, command))
        return;
    oc_p2p_pump_esp_again(desk->pump);
    desk->again_us = 0; /* names too */
    oc_p2p_life_reply(&desk->life, command, OC_OK, "");
}

static bool take_command(void *context, const oc_command_t *command, int64_t now_us) {
    desk_t *desk = context;
    oc_parcel_t parcel = command->parcel;
    bool ours = command->kind >= OC_COMMAND_P2P_OPEN && command->kind < OC_COMMAND_P2P_OPEN + KINDS;
    if (command->kind == OC_COMMAND_P2P_OPEN) {
        take_open(desk, command);
        if (parcel.data)
            oc_crypto_wipe(parcel.data, parcel.len); /* passwords */
    } else if (command->kind == OC_COMMAND_P2P_CLOSE)
        take_close(desk, command);
    else if (command->kind == OC_COMMAND_P2P_RESTART)
        take_restart(desk, command);
    else if (desk->viewers)
        return oc_viewers_command(desk->viewers, command, now_us);
    else if (ours)
        (void)oc_p2p_life_need(&desk->life, command); /* never opened: it says so */
    else
        return false;
    oc_mailbox_parcel_free(desk->life.mailbox, &parcel);
    return true;
}

/* ---- the media task ---- */

static int64_t turn(void *context, int64_t now_us) {
    desk_t *desk = context;
    int64_t due = INT64_MAX, again;
    if (desk->life.phase == OC_P2P_CLOSED)
        return INT64_MAX;
    if (desk->life.phase == OC_P2P_OPEN) {
        if (desk->wanted)
            look_at_names(desk, now_us);
        due = oc_viewers_advance(desk->viewers, now_us);
    }
    again = oc_p2p_pump_esp_turn(desk->pump);
    if (desk->life.phase == OC_P2P_OPEN) { /* what came in may have made something to say */
        due = oc_viewers_advance(desk->viewers, oc_esp_now_us());
        again = oc_p2p_pump_esp_turn(desk->pump);
    }
    if (desk->life.phase == OC_P2P_OPEN && desk->wanted && desk->again_us > now_us &&
        desk->again_us < due)
        due = desk->again_us;
    if (desk->life.phase == OC_P2P_CLOSING && oc_p2p_pump_esp_closed(desk->pump)) {
        oc_p2p_pump_esp_destroy(desk->pump);
        desk->pump = NULL;
        desk->life.phase = OC_P2P_CLOSED;
        oc_p2p_life_settle(&desk->life, &desk->life.closer, OC_OK, "");
        return INT64_MAX;
    }
    return again < due ? again : due;
}

static void ring_gone(void *context, unsigned slot, int64_t now_us) {
    desk_t *desk = context;
    bool hidden = oc_plane_privacy(oc_media_task_plane(desk->media)) != 0;
    desk->ceiling_bps[slot] = 0;
    if (desk->viewers)
        oc_viewers_ring_gone(desk->viewers, slot,
                             hidden ? "privacy mode is on" : "the channel is closed", now_us);
}

static void new_script(void *context, uint32_t generation, int64_t now_us) {
    desk_t *desk = context;
    if (desk->viewers)
        oc_viewers_new_script(desk->viewers, generation, now_us);
}

static bool stop(void *context, int64_t now_us) {
    desk_t *desk = context;
    (void)now_us;
    if (desk->life.phase == OC_P2P_OPEN || desk->life.phase == OC_P2P_OPENING)
        begin_close(desk);
    return desk->life.phase == OC_P2P_CLOSED;
}

static void *create(oc_media_task_t *media) {
    desk_t *desk = oc_esp_allocate(sizeof *desk);
    if (desk) {
        memset(desk, 0, sizeof *desk);
        desk->media = media;
        desk->life.mailbox = oc_media_task_mailbox(media);
    }
    return desk;
}

static void release(void *context) {
    desk_t *desk = context;
    if (!desk)
        return;
    if (desk->viewers)
        oc_viewers_deinit(desk->viewers);
    oc_esp_release(desk->viewers);
    oc_esp_release(desk);
}

static bool read_table(const oc_table_t *table, void *row) {
    return table && oc_table_read(table, row);
}

static bool read_session(const void *context, unsigned index, oc_session_row_t *row) {
    const desk_t *desk = context;
    const oc_viewers_t *viewers = desk->viewers;
    memset(row, 0, sizeof *row);
    return !viewers || read_table(oc_viewers_session_table(viewers, index), row);
}

static bool read_view(const void *context, unsigned index, oc_view_row_t *row) {
    const desk_t *desk = context;
    const oc_viewers_t *viewers = desk->viewers;
    memset(row, 0, sizeof *row);
    return !viewers || read_table(oc_viewers_view_table(viewers, index), row);
}

const oc_media_desk_t oc_p2p_desk_esp = {.create = create,
                                         .command = take_command,
                                         .turn = turn,
                                         .ring_gone = ring_gone,
                                         .new_script = new_script,
                                         .stop = stop,
                                         .release = release,
                                         .read_session = read_session,
                                         .read_view = read_view};
