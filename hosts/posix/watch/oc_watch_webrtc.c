/* oc_watch_webrtc - see the header. One connection:
 *   offer -> answer -> peer up -> data channel -> text, init segment, fragments ... -> over */
#include "oc_watch_webrtc.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "oc_base64.h"
#include "oc_body_memory.h"
#include "oc_certificate.h"
#include "oc_clock.h"
#include "oc_feeder.h"
#include "oc_fetch.h"
#include "oc_log.h"
#include "oc_p2p_pump.h"
#include "oc_peer_why.h"
#include "oc_posix.h"
#include "oc_watch_fragments.h"
#include "oc_watch_place.h"

#define BUFFER_BYTES (32u << 20) /* payloads on their way to the ring */
#define POOL_BLOCKS  8192        /* of OC_POOL_BLOCK: what comes out of order */
#define ANSWER_MAX   (80 * 1024)
#define TEXT_MAX     2048
#define HEADERS_MAX  (OC_WATCH_PLACE_MAX * 2)
#define TURN_MS      20                 /* of the loop: then interruptions are looked at */
#define OPEN_US      (15 * 1000 * 1000) /* until the init segment is there */
#define OFFER_MS     10000
#define US_PER_S     1000000
#define US_PER_MS    1000

/* What the newest frame said; INT64_MIN: nothing yet. */
static _Atomic int64_t latency_us = INT64_MIN;

/* One connection, from the offer to the end. */
typedef struct link {
    uv_loop_t loop;
    uv_timer_t turn;
    oc_certificate_t *certificate;
    oc_p2p_pump_t *pump;
    oc_fetch_t *fetch;
    oc_fetch_exchange_t *exchange; /* the offer is under way */
    oc_body_budget_t budget;
    oc_hub_peer_t peer;
    int sid; /* of the channel; -1: it is not open */
    bool posted, over;
    int code; /* over: why, OC_ERR_* */
    bool has_zero;
    int64_t zero_us; /* UTC of decode time 0 */
    oc_watch_fragments_t fragments;
} link_t;

typedef struct webrtc {
    oc_capture_env_t env;
    oc_watch_place_t place;
    oc_feeder_t feeder;
    void *buffer;
    link_t *link; /* NULL: not connected */
    bool described, broken;
    char why[OC_CAPTURE_WHY_MAX];
} webrtc_t;

/* It is over, for the first reason that there is. */
static void end(webrtc_t *w, int code, const char *why) {
    if (w->link->over)
        return;
    w->link->over = true;
    w->link->code = code;
    snprintf(w->why, sizeof(w->why), "%.60s: %.90s", w->place.host, why);
}

/* ---- the offer ---- */

/* Without the address, which may have the token of a watch link. */
static const char *without_address(const char *text) {
    static const char mark[] = OC_WATCH_OFFER ": ";
    const char *at = strstr(text, mark);
    return at ? at + sizeof(mark) - 1 : text;
}

static int code_of(int status) {
    switch (status) {
    case 401:
    case 403:
        return OC_ERR_PASSWORD;
    case 404:
        return OC_ERR_NOENT;
    default:
        return OC_ERR_REFUSED;
    }
}

/* "HTTP 404: what the camera says", in its first line. */
static void end_by_status(webrtc_t *w, const oc_fetch_reply_t *reply) {
    char text[120];
    size_t len = 0;
    while (len < reply->len && len < 80 && reply->bytes[len] >= ' ')
        len++;
    snprintf(text, sizeof(text), "HTTP %d%s%.*s", reply->status, len ? ": " : "", (int)len,
             len ? (const char *)reply->bytes : "");
    end(w, code_of(reply->status), text);
}

static void take_answer(webrtc_t *w, const oc_fetch_reply_t *reply) {
    link_t *link = w->link;
    const char *why = NULL;
    if (reply->status != 201) {
        end_by_status(w, reply);
        return;
    }
    int rc = oc_hub_answer(oc_p2p_pump_hub(link->pump), link->peer,
                           oc_span(reply->bytes, reply->len), oc_p2p_pump_now(link->pump), &why);
    if (rc != OC_OK)
        end(w, rc, why ? why : oc_err_text(rc));
    else
        oc_p2p_pump_kick(link->pump);
}

static void on_answer(void *context, const oc_fetch_error_t *error, const oc_fetch_reply_t *reply) {
    webrtc_t *w = context;
    w->link->exchange = NULL;
    if (error)
        end(w, error->code == OC_FETCH_RESOLVE ? OC_ERR_HOST : OC_ERR_REFUSED,
            without_address(error->text));
    else
        take_answer(w, reply);
    if (reply)
        free(reply->bytes);
}

static const oc_fetch_calls_t calls = {.done = on_answer};

/* "authorization: Basic ...\n", where a login is given. */
static void write_headers(const oc_watch_place_t *place, char *out, size_t size) {
    int used = snprintf(out, size, "content-type: application/sdp\n");
    if (!place->login[0])
        return;
    used += snprintf(out + used, size - (size_t)used, "authorization: Basic ");
    oc_wr_t w = oc_wr(out + used, size - (size_t)used - 2);
    oc_base64_write(&w, oc_span(place->login, strlen(place->login)));
    memcpy(out + used + oc_wr_len(&w), "\n", 2);
}

static int post(webrtc_t *w, const char *offer, size_t len) {
    link_t *link = w->link;
    char headers[HEADERS_MAX];
    oc_fetch_request_t request = {.url = w->place.offer,
                                  .method = "POST",
                                  .headers = headers,
                                  .proxy = "",
                                  .ca = "",
                                  .has_pin = w->place.pinned,
                                  .upload = OC_FETCH_BODY,
                                  .collect = true,
                                  .collect_max = ANSWER_MAX,
                                  .deadline_ms = OFFER_MS};
    memcpy(request.pin, w->place.pin, sizeof(request.pin));
    write_headers(&w->place, headers, sizeof(headers));
    uint8_t *bytes = oc_body_memory(&link->budget, len, "application/sdp", &request.body);
    if (!bytes)
        return OC_ERR_NOMEM;
    memcpy(bytes, offer, len);
    int rc = oc_fetch_start(&link->exchange, link->fetch, &request, &calls, w);
    oc_body_drop(&request.body);
    return rc;
}

/* Our offer is complete: it leaves. */
static void describe(webrtc_t *w) {
    link_t *link = w->link;
    char offer[OC_HUB_DESCRIPTION];
    if (link->posted)
        return;
    int len = oc_hub_description(oc_p2p_pump_hub(link->pump), link->peer, oc_span(NULL, 0), offer,
                                 sizeof(offer));
    if (len == OC_ERR_BUSY || len == OC_AGAIN)
        return;
    link->posted = true;
    int rc = len > 0 ? post(w, offer, (size_t)len) : len;
    if (rc != OC_OK)
        end(w, rc, "no offer");
}

/* ---- what comes ---- */

/* The text in front of an init segment, or why there is none. */
static void take_text(webrtc_t *w, const char *text) {
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *error = json_string_value(json_object_get(root, "error"));
    json_t *zero = json_object_get(json_object_get(root, "timeline"), "zero_ms");
    if (error) {
        end(w, OC_ERR_REFUSED, error);
    } else {
        w->link->has_zero = json_is_number(zero);
        w->link->zero_us = (int64_t)(json_number_value(zero) * US_PER_MS);
        oc_watch_fragments_text(&w->link->fragments);
        w->described = false;
    }
    json_decref(root);
}

static void on_message(webrtc_t *w, const oc_peer_event_t *event) {
    oc_watch_fragments_t *fragments = &w->link->fragments;
    char text[TEXT_MAX];
    if (event->text) {
        text[oc_peer_message_copy(event, 0, text, sizeof(text) - 1)] = '\0';
        take_text(w, text);
        return;
    }
    uint8_t *room = oc_watch_fragments_room(fragments, event->len);
    if (!room) {
        end(w, OC_ERR_TOO_BIG, "it sends more than fits");
        return;
    }
    size_t len = oc_peer_message_copy(event, 0, room, event->len);
    int rc = oc_watch_fragments_came(fragments, len);
    if (rc != OC_OK)
        end(w, rc, "its init segment cannot be read");
}

static void on_up(webrtc_t *w) {
    static const oc_peer_channel_config_t config; /* nothing is sent */
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(w->link->pump), w->link->peer);
    int sid = peer ? oc_peer_open(peer, w->place.label, &config) : OC_ERR_STATE;
    if (sid < 0)
        end(w, sid, oc_err_text(sid));
    w->link->sid = sid;
}

static void on_over(webrtc_t *w, const oc_peer_why_t *why) {
    char text[OC_PEER_WHY_TEXT];
    oc_peer_why_text(why, text, sizeof(text));
    end(w, OC_ERR_CLOSED, text);
}

static void on_peer(webrtc_t *w, const oc_hub_event_t *event) {
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(w->link->pump), event->id);
    bool ours = event->peer.sid == w->link->sid;
    switch (event->peer.kind) {
    case OC_PEER_EVENT_UP:
        on_up(w);
        break;
    case OC_PEER_EVENT_CHANNEL: /* cameras open none */
        if (peer)
            (void)oc_peer_refuse(peer, event->peer.sid, "only watches");
        break;
    case OC_PEER_EVENT_MESSAGE:
        if (ours && !w->link->over)
            on_message(w, &event->peer);
        if (peer)
            oc_peer_message_release(peer, (oc_peer_event_t *)&event->peer);
        break;
    case OC_PEER_EVENT_CLOSED:
        if (ours)
            end(w, OC_ERR_CLOSED, "the camera has ended the stream");
        break;
    case OC_PEER_EVENT_OVER:
        on_over(w, &event->peer.why);
        break;
    default:
        break;
    }
}

static void on_event(void *context, const oc_hub_event_t *event) {
    webrtc_t *w = context;
    if (event->id != w->link->peer || w->link->peer == 0)
        return;
    if (event->kind == OC_HUB_EVENT_PEER)
        on_peer(w, event);
    if (event->kind == OC_HUB_EVENT_DESCRIPTION)
        describe(w);
}

/* ---- one connection ---- */

static void on_turn(uv_timer_t *timer) {}

/* Lets the loop do what it has, for TURN_MS at most. */
static void turn(link_t *link) {
    uv_timer_start(&link->turn, on_turn, TURN_MS, 0);
    uv_run(&link->loop, UV_RUN_ONCE);
}

static int start_pump(webrtc_t *w) {
    link_t *link = w->link;
    oc_p2p_pump_config_t config = {.hub = {.peers = 1,
                                           .pool_blocks = POOL_BLOCKS,
                                           .profile = oc_peer_profile_program(),
                                           .certificate = link->certificate,
                                           .rsa = true,
                                           .whole = true},
                                   .ipv4 = true,
                                   .ipv6 = true,
                                   .loopback = w->place.loopback,
                                   .on_event = on_event,
                                   .context = w};
    int rc = oc_p2p_pump_create(&link->pump, &link->loop, &config);
    if (rc == OC_OK)
        rc = oc_hub_pump_connect(oc_p2p_pump_core(link->pump), &link->peer);
    if (rc == OC_OK) {
        describe(w); /* or it comes with an event */
        oc_p2p_pump_kick(link->pump);
    }
    return rc;
}

static void disconnect(webrtc_t *w) {
    link_t *link = w->link;
    if (!link)
        return;
    link->over = true;
    oc_fetch_delete(link->fetch);
    if (link->pump)
        oc_p2p_pump_close(link->pump, NULL);
    uv_close((uv_handle_t *)&link->turn, NULL);
    uv_run(&link->loop, UV_RUN_DEFAULT);
    uv_loop_close(&link->loop);
    oc_certificate_destroy(link->certificate);
    oc_watch_fragments_deinit(&link->fragments);
    free(link);
    w->link = NULL;
    atomic_store(&latency_us, INT64_MIN);
}

/* Loop, certificate, client of HTTP. */
static int make_link(webrtc_t *w) {
    link_t *link = calloc(1, sizeof(*link));
    const char *why = "not enough memory";
    if (!link || uv_loop_init(&link->loop) != 0) {
        free(link);
        snprintf(w->why, sizeof(w->why), "%s", why);
        return OC_ERR_NOMEM;
    }
    w->link = link;
    link->sid = -1;
    link->budget.maximum = OC_HUB_DESCRIPTION;
    uv_timer_init(&link->loop, &link->turn);
    int rc = oc_watch_fragments_init(&link->fragments);
    if (rc == OC_OK)
        rc = oc_certificate_make(&link->certificate);
    if (rc == OC_OK)
        rc = oc_fetch_create(&link->fetch, &link->loop, &why);
    if (rc == OC_OK) {
        rc = start_pump(w);
        why = "no sockets for WebRTC";
    }
    if (rc != OC_OK)
        end(w, rc, why);
    return rc;
}

/* Until the init segment is there. */
static int connect_to(webrtc_t *w) {
    const oc_capture_env_t *env = &w->env;
    int64_t until_us = env->now_us(env->context) + OPEN_US;
    int rc = make_link(w);
    while (rc == OC_OK && !w->link->over && !w->link->fragments.reader) {
        turn(w->link);
        if (env->interrupted(env->context))
            end(w, OC_ERR_CLOSED, "interrupted");
        else if (env->now_us(env->context) > until_us)
            end(w, OC_ERR_TIMEOUT, "no connection within 15 s");
    }
    if (rc == OC_OK && w->link->over)
        rc = w->link->code;
    if (rc != OC_OK)
        disconnect(w);
    return rc;
}

/* ---- to the ring ---- */

/* False: there is no room for that now. */
static bool push_tracks(webrtc_t *w) {
    for (unsigned i = 0; i < OC_TRACKS_MAX && !w->described; i++) {
        const oc_track_t *track = oc_watch_fragments_track(&w->link->fragments, i);
        if (track && oc_handoff_push_track(w->env.handoff, i, track) != OC_OK)
            return false;
    }
    w->described = true;
    return true;
}

static void note_latency(const link_t *link, int64_t at_us) {
    oc_clock_t clock = {0};
    oc_posix_clock(&clock);
    if (link->has_zero && clock.quality != OC_CLOCK_NONE)
        atomic_store(&latency_us,
                     oc_posix_now_us() + clock.wall_minus_mono_us - (link->zero_us + at_us));
}

static void push_sample(webrtc_t *w, const oc_watch_sample_t *sample, int64_t now_us) {
    const oc_mp4_sample_t *mp4 = &sample->mp4;
    const oc_track_t *track = oc_watch_fragments_track(&w->link->fragments, mp4->track);
    bool video = mp4->track == 0;
    for (uint32_t i = 0; i < sample->missing && i < OC_HANDOFF_SLOTS; i++)
        oc_handoff_count_lost(w->env.handoff, OC_LOSS_SOURCE);
    w->broken = (w->broken || sample->missing > 0) && !(video && mp4->key);
    if (!track || (w->broken && video))
        return; /* as the page: frames behind a gap are of no use before a key frame */
    uint8_t *room = oc_feeder_admit(&w->feeder, mp4->len_bytes, video, mp4->key);
    if (!room)
        return;
    memcpy(room, sample->data, mp4->len_bytes);
    oc_packet_t packet = {.data = room,
                          .len_bytes = mp4->len_bytes,
                          .dts = mp4->dts,
                          .cts = mp4->cts,
                          .duration = mp4->duration,
                          .capture_us = now_us,
                          .track = mp4->track,
                          .key = mp4->key};
    oc_feeder_push(&w->feeder, &packet);
    if (video)
        note_latency(w->link, oc_clock_rescale(mp4->dts, track->timescale, US_PER_S));
}

/* ---- the driver ---- */

static void webrtc_close(void *state) {
    webrtc_t *w = state;
    disconnect(w);
    if (w->buffer)
        w->env.release(w->env.context, w->buffer);
    w->buffer = NULL;
}

static int webrtc_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    webrtc_t *w = state;
    memset(w, 0, sizeof(*w));
    w->env = *env;
    config->why[0] = config->adapted[0] = '\0';
    int rc = oc_watch_place(config->url, &w->place, w->why, sizeof(w->why));
    w->buffer = rc == OC_OK ? env->allocate(env->context, BUFFER_BYTES) : NULL;
    if (rc == OC_OK)
        rc = w->buffer ? connect_to(w) : OC_ERR_NOMEM;
    if (rc != OC_OK) {
        snprintf(config->why, sizeof(config->why), "%s", w->why);
        webrtc_close(w);
        return rc < 0 ? rc : OC_ERR_IO;
    }
    oc_feeder_init(&w->feeder, env->handoff, w->buffer, BUFFER_BYTES);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *track = oc_watch_fragments_track(&w->link->fragments, i);
        config->track[i] = track ? *track : (oc_track_t){0};
    }
    config->audio = config->track[1].codec != OC_CODEC_NONE;
    config->width = config->track[0].width;
    config->height = config->track[0].height;
    return OC_OK;
}

static int webrtc_start(void *state, int64_t now_us) {
    webrtc_t *w = state;
    w->described = false;
    int rc = w->link ? OC_OK : connect_to(w);
    if (rc != OC_OK)
        oc_log(OC_LOG_WARN, "webrtc", "%s", w->why);
    return rc <= OC_OK ? rc : OC_ERR_IO;
}

static int64_t webrtc_pump(void *state, int64_t now_us) {
    webrtc_t *w = state;
    oc_watch_sample_t sample;
    int rc = OC_AGAIN;
    turn(w->link);
    now_us = w->env.now_us(w->env.context);
    if (!push_tracks(w))
        return now_us + TURN_MS * US_PER_MS;
    while ((rc = oc_watch_fragments_next(&w->link->fragments, &sample)) == OC_OK)
        push_sample(w, &sample, now_us);
    if (rc < 0)
        end(w, rc, "what it sends cannot be read");
    if (!w->link->over)
        return now_us;
    oc_log(OC_LOG_WARN, "webrtc", "%s", w->why);
    return w->link->code < 0 ? w->link->code : OC_ERR_CLOSED;
}

static void webrtc_stop(void *state) {
    disconnect(state);
}

bool oc_watch_webrtc_latency(int64_t *us) {
    *us = atomic_load(&latency_us);
    return *us != INT64_MIN;
}

const oc_capture_driver_t oc_watch_webrtc = {
    .name = OC_WATCH_WEBRTC_SCHEME,
    .state_bytes = sizeof(webrtc_t),
    .may_block = true,
    .open = webrtc_open,
    .start = webrtc_start,
    .pump = webrtc_pump,
    .stop = webrtc_stop,
    .close = webrtc_close,
};
