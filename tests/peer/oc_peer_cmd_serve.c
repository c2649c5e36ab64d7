/* oc_peer_cmd_serve - see the header. */
#include "oc_peer_cmd_serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "oc_err.h"
#include "oc_peer_cmd_channel.h"

#define BUCKETS    256
#define REPORT_MAX 2048
#define US_PER_MS  1000

struct oc_peer_cmd_serve {
    oc_p2p_pump_t *pump;
    uv_timer_t timer; /* the next frame of any video, the next message of a voice */
    uv_check_t retry; /* while echoes are held */
    unsigned handles;
    oc_peer_cmd_shared_t shared;
    void *blocks;
    oc_peer_cmd_channel_t *bucket[BUCKETS]; /* by the peer's number */
    unsigned held, ours;
    void (*report)(void *context, const char *line, size_t len);
    void *context;
};

static void on_timer(uv_timer_t *timer);
static void on_retry(uv_check_t *check);

int oc_peer_cmd_serve_create(oc_peer_cmd_serve_t **out, uv_loop_t *loop,
                             void (*report)(void *context, const char *line, size_t len),
                             void *context) {
    oc_peer_cmd_serve_t *s = calloc(1, sizeof *s);
    void *blocks = malloc((size_t)OC_PEER_CMD_SERVE_BLOCKS * OC_POOL_EACH);
    if (!s || !blocks) {
        free(s);
        free(blocks);
        return OC_ERR_NOMEM;
    }
    s->blocks = blocks;
    oc_pool_init(&s->shared.pool, blocks, OC_PEER_CMD_SERVE_BLOCKS);
    oc_source_pattern_init(&s->shared.pattern);
    s->report = report;
    s->context = context;
    uv_timer_init(loop, &s->timer);
    uv_check_init(loop, &s->retry);
    s->timer.data = s->retry.data = s;
    s->handles = 2;
    *out = s;
    return OC_OK;
}

void oc_peer_cmd_serve_voice(oc_peer_cmd_serve_t *serve, const uint8_t *bytes, size_t len) {
    serve->shared.voice = bytes;
    serve->shared.voice_len = len;
}

void oc_peer_cmd_serve_attach(oc_peer_cmd_serve_t *serve, oc_p2p_pump_t *pump) {
    serve->pump = pump;
}

static int64_t now_of(const oc_peer_cmd_serve_t *s) {
    return oc_p2p_pump_now(s->pump);
}

static int64_t unix_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static oc_peer_cmd_channel_t **find(oc_peer_cmd_serve_t *s, oc_hub_peer_t peer, uint16_t sid) {
    oc_peer_cmd_channel_t **at = &s->bucket[peer % BUCKETS];
    while (*at && ((*at)->peer != peer || (*at)->sid != sid))
        at = &(*at)->next;
    return at;
}

static void drop_held(oc_peer_cmd_serve_t *s, oc_peer_cmd_channel_t *c) {
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(s->pump), c->peer);
    while (c->held) {
        oc_peer_cmd_held_t *held = c->held;
        oc_peer_event_t event = {.message = held->message};
        c->held = held->next;
        s->held--;
        if (peer)
            oc_peer_message_release(peer, &event);
        free(held);
    }
}

/* Takes it off its list, tells about it when it is ours, and frees it. */
static void end(oc_peer_cmd_serve_t *s, oc_peer_cmd_channel_t **at) {
    oc_peer_cmd_channel_t *c = *at;
    char line[REPORT_MAX];
    *at = c->next;
    drop_held(s, c);
    if (c->kind == OC_PEER_CMD_CHANNEL_COUNT) {
        size_t len = oc_peer_cmd_channel_report(c, line, sizeof line);
        s->ours--;
        if (len)
            s->report(s->context, line, len);
    }
    oc_peer_cmd_channel_free(c);
}

static void on_closed(uv_handle_t *handle) {
    oc_peer_cmd_serve_t *s = handle->data;
    if (--s->handles > 0)
        return;
    free(s->blocks);
    free(s);
}

void oc_peer_cmd_serve_destroy(oc_peer_cmd_serve_t *serve) {
    for (unsigned i = 0; i < BUCKETS; i++)
        while (serve->bucket[i]) {
            oc_peer_cmd_channel_t *c = serve->bucket[i];
            serve->bucket[i] = c->next;
            while (c->held) { /* their memory went with the hub */
                oc_peer_cmd_held_t *next = c->held->next;
                free(c->held);
                c->held = next;
            }
            oc_peer_cmd_channel_free(c);
        }
    uv_close((uv_handle_t *)&serve->timer, on_closed);
    uv_close((uv_handle_t *)&serve->retry, on_closed);
}

/* ---- time ---- */

/* When the next frame is due; after that the timer. */
static void arm(oc_peer_cmd_serve_t *s) {
    int64_t now = now_of(s), due = INT64_MAX;
    for (unsigned i = 0; i < BUCKETS; i++)
        for (oc_peer_cmd_channel_t *c = s->bucket[i]; c; c = c->next)
            if (c->kind == OC_PEER_CMD_CHANNEL_VIDEO) {
                int64_t next = oc_source_video_next_deadline(&c->video);
                due = next < due ? next : due;
            } else if (c->voice.bytes && c->voice.due_us < due) {
                due = c->voice.due_us;
            }
    if (due == INT64_MAX)
        uv_timer_stop(&s->timer);
    else
        uv_timer_start(&s->timer, on_timer,
                       due > now ? (uint64_t)((due - now + US_PER_MS - 1) / US_PER_MS) : 0, 0);
}

static void on_timer(uv_timer_t *timer) {
    oc_peer_cmd_serve_t *s = timer->data;
    oc_hub_t *hub = oc_p2p_pump_hub(s->pump);
    int64_t now = now_of(s);
    for (unsigned i = 0; i < BUCKETS; i++)
        for (oc_peer_cmd_channel_t *c = s->bucket[i]; c; c = c->next) {
            bool more = c->kind == OC_PEER_CMD_CHANNEL_VIDEO
                            ? oc_source_video_advance(&c->video, now)
                            : oc_peer_cmd_voice_advance(&c->voice, &c->fifo, now);
            oc_peer_t *peer = more ? oc_hub_peer(hub, c->peer) : NULL;
            if (peer)
                oc_peer_kick(peer, c->sid);
        }
    oc_p2p_pump_kick(s->pump);
    arm(s);
}

/* ---- messages ---- */

/* Keeps a message that an echo has no room for. False: no memory, it is lost. */
static bool hold(oc_peer_cmd_serve_t *s, oc_peer_cmd_channel_t *c, const oc_peer_event_t *event) {
    oc_peer_cmd_held_t *held = malloc(sizeof *held);
    if (!held)
        return false;
    *held = (oc_peer_cmd_held_t){.message = event->message, .len = event->len, .text = event->text};
    if (c->held)
        c->held_last->next = held;
    else
        c->held = held;
    c->held_last = held;
    if (s->held++ == 0)
        uv_check_start(&s->retry, on_retry);
    return true;
}

static void on_message(oc_peer_cmd_serve_t *s, oc_hub_peer_t id, const oc_peer_event_t *event) {
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(s->pump), id);
    oc_peer_cmd_channel_t *c = *find(s, id, event->sid);
    bool kick = false;
    if (!peer)
        return;
    if (c && c->held && hold(s, c, event))
        return;
    if (c && oc_peer_cmd_channel_message(c, event, now_of(s), &kick) == OC_AGAIN &&
        hold(s, c, event))
        return;
    oc_peer_message_release(peer, (oc_peer_event_t *)event);
    if (kick)
        oc_peer_kick(peer, event->sid);
    if (c && c->over)
        (void)oc_peer_close_channel(peer, event->sid);
}

/* Tries the oldest ones again. True: one found room. */
static bool retry(oc_peer_cmd_serve_t *s, oc_peer_cmd_channel_t *c) {
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(s->pump), c->peer);
    bool any = false, kick;
    while (c->held && peer) {
        oc_peer_cmd_held_t *held = c->held;
        oc_peer_event_t event = {.message = held->message, .len = held->len, .text = held->text};
        if (oc_peer_cmd_channel_message(c, &event, now_of(s), &kick) == OC_AGAIN)
            break;
        c->held = held->next;
        s->held--;
        any = true;
        oc_peer_message_release(peer, &event);
        free(held);
    }
    if (any)
        oc_peer_kick(peer, c->sid);
    return any;
}

static void on_retry(uv_check_t *check) {
    oc_peer_cmd_serve_t *s = check->data;
    bool any = false;
    for (unsigned i = 0; i < BUCKETS && s->held > 0; i++)
        for (oc_peer_cmd_channel_t *c = s->bucket[i]; c; c = c->next)
            any |= retry(s, c);
    if (any)
        oc_p2p_pump_kick(s->pump);
    if (s->held == 0)
        uv_check_stop(&s->retry);
}

/* ---- channels ---- */

static uint32_t message_max(const oc_peer_t *peer) {
    oc_peer_stats_t stats;
    oc_peer_stats(peer, &stats);
    return stats.max_message;
}

static void add(oc_peer_cmd_serve_t *s, oc_peer_cmd_channel_t *c, oc_hub_peer_t id, uint16_t sid) {
    c->peer = id;
    c->sid = sid;
    c->next = s->bucket[id % BUCKETS];
    s->bucket[id % BUCKETS] = c;
    if (c->kind == OC_PEER_CMD_CHANNEL_VIDEO)
        arm(s);
}

/* The channel is open: a voice begins. */
static void speak(oc_peer_cmd_serve_t *s, oc_peer_cmd_channel_t *c) {
    if (!c || !c->speaks)
        return;
    oc_peer_cmd_voice_init(&c->voice, s->shared.voice, s->shared.voice_len, now_of(s));
    arm(s);
}

static void on_channel(oc_peer_cmd_serve_t *s, oc_hub_peer_t id, const oc_peer_event_t *event) {
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(s->pump), id);
    oc_peer_cmd_channel_t *c;
    char why[OC_PEER_REASON];
    if (!peer)
        return;
    int rc = oc_peer_cmd_channel_make(&c, &s->shared, oc_span(event->label, event->label_len),
                                      message_max(peer), now_of(s), unix_us(), why, sizeof why);
    if (rc != OC_OK) {
        (void)oc_peer_refuse(peer, event->sid, why);
        return;
    }
    oc_peer_channel_config_t config = {.unordered = !event->ordered, .partial = c->partial};
    oc_peer_cmd_channel_source(c, &config.ops, &config.context);
    rc = oc_peer_accept(peer, event->sid, &config);
    if (rc == OC_OK) {
        add(s, c, id, event->sid);
        return;
    }
    (void)oc_peer_refuse(peer, event->sid,
                         rc == OC_ERR_NOTSUP ? "mode=live: the other end has no FORWARD-TSN"
                                             : oc_err_text(rc));
    oc_peer_cmd_channel_free(c);
}

int oc_peer_cmd_serve_request(oc_peer_cmd_serve_t *serve, oc_hub_peer_t id, const char *lines,
                              const char **why) {
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(serve->pump), id);
    int rc = peer ? OC_OK : OC_ERR_NOENT;
    while (rc == OC_OK && lines && *lines) {
        char *label;
        unsigned long sid = strtoul(lines, &label, 10);
        size_t len = strcspn(++label, "\n");
        rc = oc_peer_request(peer, sid > UINT16_MAX ? UINT16_MAX : (uint16_t)sid,
                             oc_span(label, len));
        lines = label + len + 1;
    }
    *why = rc == OC_ERR_RANGE     ? "open: an id is 0 to 1023"
           : rc == OC_ERR_EXIST   ? "open: an id is named twice, or in use"
           : rc == OC_ERR_TOO_BIG ? "open: a label of more than 1024 bytes"
           : rc == OC_ERR_BUSY    ? "open: too many channels"
                                  : oc_err_text(rc);
    return rc;
}

int oc_peer_cmd_serve_open(oc_peer_cmd_serve_t *serve, oc_hub_peer_t id, const char *label, int sid,
                           const char **why) {
    static char text[OC_PEER_REASON];
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_hub(serve->pump), id);
    oc_peer_cmd_channel_t *c;
    *why = "no such peer";
    if (!peer)
        return OC_ERR_NOENT;
    *why = text;
    int rc = oc_peer_cmd_channel_ours(&c, &serve->shared, label, message_max(peer), now_of(serve),
                                      text, sizeof text);
    if (rc != OC_OK)
        return rc;
    oc_peer_channel_config_t config = {.unordered = c->speaks};
    oc_peer_cmd_channel_source(c, &config.ops, &config.context);
    rc = sid < 0 ? oc_peer_open(peer, label, &config)
                 : oc_peer_open_negotiated(peer, (uint16_t)sid, &config);
    if (rc < 0) {
        *why = oc_err_text(rc);
        oc_peer_cmd_channel_free(c);
        return rc;
    }
    add(serve, c, id, (uint16_t)(sid < 0 ? rc : sid));
    serve->ours++;
    if (sid >= 0)
        speak(serve, c);
    return OC_OK;
}

unsigned oc_peer_cmd_serve_open_count(const oc_peer_cmd_serve_t *serve) {
    return serve->ours;
}

static void end_all(oc_peer_cmd_serve_t *s, oc_hub_peer_t id) {
    for (oc_peer_cmd_channel_t **at = &s->bucket[id % BUCKETS]; *at;)
        if ((*at)->peer == id)
            end(s, at);
        else
            at = &(*at)->next;
    arm(s);
}

void oc_peer_cmd_serve_event(oc_peer_cmd_serve_t *serve, const oc_hub_event_t *event) {
    oc_peer_cmd_channel_t **at = find(serve, event->id, event->peer.sid);
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    switch (event->peer.kind) {
    case OC_PEER_EVENT_CHANNEL:
        on_channel(serve, event->id, &event->peer);
        break;
    case OC_PEER_EVENT_OPENED:
        speak(serve, *at);
        break;
    case OC_PEER_EVENT_MESSAGE:
        on_message(serve, event->id, &event->peer);
        break;
    case OC_PEER_EVENT_DROPPED:
        if (*at)
            (*at)->abandoned += event->peer.messages;
        break;
    case OC_PEER_EVENT_CLOSED:
        if (*at)
            end(serve, at);
        break;
    case OC_PEER_EVENT_OVER:
        end_all(serve, event->id);
        break;
    default:
        break;
    }
}
