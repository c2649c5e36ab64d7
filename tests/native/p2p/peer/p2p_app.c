#include "p2p_app.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"

#define FIFO_BYTES (1u << 20)

static oc_pool_t *pool(void) {
    static oc_pool_t made;
    static uint8_t *memory;
    if (!memory) {
        memory = malloc(4096 * (size_t)OC_POOL_EACH);
        if (!memory)
            abort();
        oc_pool_init(&made, memory, 4096);
    }
    return &made;
}

app_channel_t *app_find(app_t *app, oc_hub_peer_t peer, uint16_t sid) {
    for (unsigned i = 0; i < APP_CHANNELS; i++)
        if (app->channel[i].peer == peer && app->channel[i].sid == sid)
            return &app->channel[i];
    return NULL;
}

static app_channel_t *add(app_t *app, oc_hub_peer_t peer) {
    for (unsigned i = 0; i < APP_CHANNELS; i++)
        if (!app->channel[i].peer) {
            app_channel_t *c = &app->channel[i];
            memset(c, 0, sizeof *c);
            c->peer = peer;
            oc_source_fifo_init(&c->fifo, pool(), FIFO_BYTES);
            return c;
        }
    abort();
}

static oc_peer_channel_config_t config_of(app_channel_t *c, flow_t *out) {
    if (out)
        return (oc_peer_channel_config_t){.ops = &flow_ops, .context = out};
    return (oc_peer_channel_config_t){.ops = &oc_source_fifo_ops, .context = &c->fifo};
}

static oc_peer_t *peer_of(app_t *app, oc_hub_peer_t id) {
    oc_peer_t *peer = oc_hub_peer(app->hub->hub, id);
    if (!peer)
        abort();
    return peer;
}

app_channel_t *app_open(app_t *app, oc_hub_peer_t peer, const char *label, flow_t *in,
                        flow_t *out) {
    app_channel_t *c = add(app, peer);
    oc_peer_channel_config_t config = config_of(c, out);
    config.unordered = app->unordered;
    int sid = oc_peer_open(peer_of(app, peer), label, &config);
    if (sid < 0) {
        fprintf(stderr, "open: %s\n", oc_err_name(sid));
        abort();
    }
    c->sid = (uint16_t)sid;
    c->in = in;
    world_settle(app->hub->world);
    return c;
}

app_channel_t *app_negotiated(app_t *app, oc_hub_peer_t peer, uint16_t sid, flow_t *in,
                              flow_t *out) {
    app_channel_t *c = add(app, peer);
    oc_peer_channel_config_t config = config_of(c, out);
    if (oc_peer_open_negotiated(peer_of(app, peer), sid, &config) != OC_OK)
        abort();
    c->sid = sid;
    c->in = in;
    return c;
}

app_channel_t *app_accept(app_t *app, oc_hub_peer_t peer, uint16_t sid, flow_t *in, flow_t *out) {
    app_channel_t *c = add(app, peer);
    oc_peer_channel_config_t config = config_of(c, out);
    c->sid = sid;
    c->in = in;
    if (oc_peer_accept(peer_of(app, peer), sid, &config) != OC_OK)
        abort();
    world_settle(app->hub->world);
    return c;
}

void app_report(app_t *app, app_channel_t *c, const char *text) {
    if (oc_source_fifo_push(&c->fifo, OC_PPID_STRING, text, (uint32_t)strlen(text)) != OC_OK)
        abort();
    oc_peer_kick(peer_of(app, c->peer), c->sid);
    world_settle(app->hub->world);
}

static void on_channel(app_t *app, oc_hub_event_t *event) {
    oc_peer_t *peer = peer_of(app, event->id);
    oc_peer_event_t *e = &event->peer;
    app->channels++;
    memcpy(app->label, e->label, sizeof app->label);
    app->sid = e->sid;
    app->negotiated = e->negotiated;
    if (app->later)
        return;
    bool flow = strcmp(e->label, "flow") == 0;
    if (!flow && strcmp(e->label, "echo") != 0) {
        if (oc_peer_refuse(peer, e->sid, "unknown \"label\"") != OC_OK)
            app->failed++;
        return;
    }
    app_channel_t *c = add(app, event->id);
    oc_peer_channel_config_t config = config_of(c, flow ? app->serve : NULL);
    c->sid = e->sid;
    c->echo = !flow;
    c->in = flow ? app->receive : NULL;
    config.unordered = !e->ordered;
    config.partial = flow && app->serve_partial;
    if (oc_peer_accept(peer, e->sid, &config) != OC_OK)
        app->failed++;
}

static void echo(app_t *app, app_channel_t *c, const oc_peer_event_t *e) {
    oc_span_t part[8];
    uint32_t ppid = e->text ? OC_PPID_STRING : OC_PPID_BINARY;
    if (oc_source_fifo_begin(&c->fifo, ppid, e->len) != OC_OK) {
        app->failed++;
        return;
    }
    for (size_t at = 0; at < e->len;) {
        unsigned n = oc_peer_message_parts(e, at, part, 8);
        for (unsigned i = 0; i < n; at += part[i++].len)
            (void)oc_source_fifo_write(&c->fifo, part[i].data, part[i].len);
        if (!n)
            abort();
    }
    oc_peer_kick(peer_of(app, c->peer), c->sid);
}

static void on_message(app_t *app, oc_hub_event_t *event) {
    oc_peer_event_t *e = &event->peer;
    app_channel_t *c = app_find(app, event->id, e->sid);
    if (!c)
        app->failed++;
    else if (c->in)
        flow_receive(c->in, e);
    else if (c->echo)
        echo(app, c, e);
    else if (e->text) {
        size_t n = oc_peer_message_copy(e, 0, c->text, sizeof c->text - 1);
        c->text[n] = '\0';
    }
    if (c)
        c->messages++;
    oc_peer_message_release(peer_of(app, event->id), e);
}

static void forget(app_t *app, oc_hub_peer_t peer, int sid) {
    for (unsigned i = 0; i < APP_CHANNELS; i++) {
        app_channel_t *c = &app->channel[i];
        if (c->peer != peer || (sid >= 0 && c->sid != sid))
            continue;
        oc_source_fifo_deinit(&c->fifo);
        c->closed = true;
        c->peer = 0;
    }
}

static void on_peer_event(app_t *app, oc_hub_event_t *event) {
    switch (event->peer.kind) {
    case OC_PEER_EVENT_UP:
        app->up++;
        app->up_us = app->hub->world->now_us;
        break;
    case OC_PEER_EVENT_LOST:
        app->lost++;
        break;
    case OC_PEER_EVENT_BACK:
        app->back++;
        break;
    case OC_PEER_EVENT_PATH:
        app->path++;
        break;
    case OC_PEER_EVENT_SILENT:
        app->silent++;
        break;
    case OC_PEER_EVENT_MAPPED:
        app->mapped++;
        break;
    case OC_PEER_EVENT_CHANNEL:
        on_channel(app, event);
        break;
    case OC_PEER_EVENT_OPENED:
        app->opened++;
        app_find(app, event->id, event->peer.sid)->opened = true;
        break;
    case OC_PEER_EVENT_MESSAGE:
        on_message(app, event);
        break;
    case OC_PEER_EVENT_DROPPED:
        app->dropped += event->peer.messages;
        break;
    case OC_PEER_EVENT_CLOSED:
        app->closed++;
        forget(app, event->id, event->peer.sid);
        break;
    case OC_PEER_EVENT_OVER:
        app->over++;
        app->reason = event->peer.why.reason;
        app->code = event->peer.why.code;
        oc_peer_why_text(&event->peer.why, app->why, sizeof app->why);
        forget(app, event->id, -1);
        break;
    }
}

static void on_candidate(app_t *app, const oc_hub_event_t *event, int64_t now_us) {
    if (event->end) {
        app->ends++;
        app->end_us = now_us;
        return;
    }
    app->candidates++;
    app->candidate_us = now_us;
    memcpy(app->mid, event->mid, sizeof app->mid);
    if (oc_hub_candidate_line(app->hub->hub, event->id, &event->candidate, app->candidate,
                              sizeof app->candidate) <= 0)
        abort();
}

static void on_event(world_hub_t *self, oc_hub_event_t *event) {
    app_t *app = self->context;
    int64_t now_us = self->world->now_us;
    switch (event->kind) {
    case OC_HUB_EVENT_PEER:
        on_peer_event(app, event);
        break;
    case OC_HUB_EVENT_DESCRIPTION:
        app->descriptions++;
        app->description_us = now_us;
        break;
    case OC_HUB_EVENT_GATHER:
        app->ready += event->gather.kind == OC_GATHER_READY;
        app->connect_fail += event->gather.kind == OC_GATHER_CONNECT_FAIL;
        break;
    case OC_HUB_EVENT_CANDIDATE:
        on_candidate(app, event, now_us);
        break;
    case OC_HUB_EVENT_ADDRESS:
        app->addresses++;
        break;
    case OC_HUB_EVENT_NEGOTIATE:
        app->negotiates++;
        break;
    case OC_HUB_EVENT_RESOLVE:
        break;
    }
}

void app_init(app_t *app, world_hub_t *hub) {
    memset(app, 0, sizeof *app);
    app->hub = hub;
    hub->on_event = on_event;
    hub->context = app;
}

void app_deinit(app_t *app) {
    for (unsigned i = 0; i < APP_CHANNELS; i++)
        if (app->channel[i].peer)
            abort(); /* its peer did not end */
}
