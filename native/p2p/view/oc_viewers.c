/* oc_viewers - life; sessions and views as objects; what is due by time. */
#include "oc_viewers_impl.h"

#include <stdio.h>
#include "oc_dcep.h"
#include "oc_json.h"
#include "oc_thread_check.h"

#define ALIGN     16
#define REPORT_US 3000000 /* until a script says otherwise */

static size_t aligned(size_t n) {
    return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static oc_viewers_config_t settled(const oc_viewers_config_t *config) {
    oc_viewers_config_t c = *config;
    if (c.sessions == 0)
        c.sessions = OC_SESSIONS_MAX;
    if (c.blocks == 0)
        c.blocks = OC_SESSION_BLOCKS * c.sessions;
    return c;
}

size_t oc_viewers_bytes(const oc_viewers_config_t *config) {
    oc_viewers_config_t c = settled(config);
    if (c.sessions > OC_SESSIONS_MAX)
        return 0;
    return aligned(sizeof(oc_viewers_t)) + (size_t)c.blocks * OC_POOL_EACH;
}

oc_viewers_t *oc_viewers_init(void *memory, const oc_viewers_config_t *config,
                              const oc_viewers_env_t *env, oc_mailbox_t *mailbox) {
    oc_viewers_t *v = memory;
    if (!oc_viewers_bytes(config) || (uintptr_t)memory % ALIGN)
        return NULL;
    memset(v, 0, sizeof *v);
    v->config = settled(config);
    v->env = *env;
    v->mailbox = mailbox;
    v->publish_us = v->scan_us = INT64_MAX;
    v->window = OC_VIEWERS_WINDOW;
    v->report_us = REPORT_US;
    oc_pool_init(&v->pool, (uint8_t *)memory + aligned(sizeof *v), v->config.blocks);
    for (unsigned i = 0; i < OC_SESSIONS_MAX; i++) {
        v->session[i].notifier.type = NOTIFIER_SESSION;
        oc_table_init(&v->session_table[i], v->session_words[i], OC_SESSION_ROW_WORDS);
    }
    for (unsigned i = 0; i < OC_VIEWS_MAX; i++)
        oc_table_init(&v->view_table[i], v->view_words[i], OC_VIEW_ROW_WORDS);
    return v;
}

size_t oc_viewers_view_bytes(void) {
    return sizeof(oc_viewers_view_t);
}

size_t oc_viewers_stream_bytes(void) {
    return sizeof(oc_viewers_feed_t);
}

/* ---- sessions ---- */

oc_viewers_session_t *oc_viewers_session(oc_viewers_t *v, oc_hub_peer_t id) {
    for (unsigned i = 0; id && i < v->config.sessions; i++)
        if (v->session[i].id == id && !v->session[i].over)
            return &v->session[i];
    return NULL;
}

oc_viewers_session_t *oc_viewers_session_new(oc_viewers_t *v, oc_hub_peer_t id) {
    for (unsigned i = 0; i < v->config.sessions; i++) {
        oc_viewers_session_t *s = &v->session[i];
        if (s->id)
            continue;
        *s = (oc_viewers_session_t){.notifier.type = NOTIFIER_SESSION,
                                    .id = id,
                                    .state = OC_SESSION_CONNECTING,
                                    .begun_us = v->now_us};
        oc_viewers_publish_session(v, s);
        return s;
    }
    return NULL;
}

void oc_viewers_session_sweep(oc_viewers_t *v, oc_viewers_session_t *s) {
    if (!s->over || s->first || s->notifier.notify)
        return;
    oc_viewers_unlist(v, &s->notifier);
    s->id = 0;
    oc_viewers_publish_session(v, s);
}

void oc_viewers_session_over(oc_viewers_t *v, oc_viewers_session_t *s, const char *why,
                             bool error) {
    s->state = OC_SESSION_FREE;
    snprintf(s->why, sizeof s->why, "%s", why);
    oc_viewers_pending_fail(v, s, OC_ERR_CLOSED, why);
    for (oc_viewers_view_t *view = s->first, *next; view; view = next) {
        next = view->next;
        oc_viewers_drop_held(view, true);
        oc_viewers_closed(view, why);
    }
    oc_viewers_candidates_drop(v, s);
    s->over = true;                  /* not before its views: the last of them would free it */
    s->notifier.notify &= NOTIFY_UP; /* what came of it tells the end */
    oc_viewers_notify(v, &s->notifier, NOTIFY_END | (error ? NOTIFY_ERROR : 0));
    oc_viewers_publish_session(v, s);
}

/* ---- views ---- */

oc_viewers_view_t *oc_viewers_view(oc_viewers_t *v, int32_t number) {
    oc_viewers_view_t *view = number > 0 ? v->view[number % OC_VIEWS_MAX] : NULL;
    return view && view->number == number && !view->closed ? view : NULL;
}

oc_viewers_view_t *oc_viewers_view_of(oc_viewers_session_t *session, uint16_t sid) {
    for (oc_viewers_view_t *view = session->first; view; view = view->next)
        if (view->sid == sid && !view->closed)
            return view;
    return NULL;
}

/* A number whose place is free; 0: none is. */
static int32_t number_for(oc_viewers_t *v) {
    for (unsigned i = 0; i < OC_VIEWS_MAX; i++) {
        v->last_view = v->last_view < INT32_MAX ? v->last_view + 1 : 1;
        if (!v->view[v->last_view % OC_VIEWS_MAX])
            return v->last_view;
    }
    return 0;
}

oc_viewers_view_t *oc_viewers_view_new(oc_viewers_t *v, oc_viewers_session_t *session,
                                       uint16_t sid) {
    int32_t number = session->views < OC_SESSION_VIEWS ? number_for(v) : 0;
    oc_viewers_view_t *view =
        number ? v->env.loop.allocate(v->env.loop.context, sizeof *view) : NULL;
    if (!view)
        return NULL;
    *view = (oc_viewers_view_t){.notifier.type = NOTIFIER_VIEW,
                                .owner = v,
                                .session = session,
                                .next = session->first,
                                .number = number,
                                .sid = sid,
                                .state = OC_VIEW_REQUESTED,
                                .requested_us = v->now_us,
                                .meter.begun_us = v->now_us};
    oc_source_fifo_init(&view->fifo, &v->pool, OC_VIEWERS_FIFO);
    oc_viewers_marks(view);
    session->first = view;
    session->views++;
    v->view[number % OC_VIEWS_MAX] = view;
    v->scan_us = 0;
    return view;
}

void oc_viewers_view_sweep(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    oc_viewers_session_t *session = view->session;
    oc_viewers_view_t **at = &session->first;
    if (!view->closed || view->notifier.notify)
        return;
    oc_viewers_unlist(v, &view->notifier);
    oc_viewers_live_detach(view);
    oc_viewers_play_detach(view);
    oc_viewers_voice_detach(view);
    oc_viewers_forget_label(view);
    oc_pool_give(&v->pool, view->requests);
    oc_pool_give(&v->pool, view->inbox);
    oc_source_fifo_deinit(&view->fifo);
    while (*at != view)
        at = &(*at)->next;
    *at = view->next;
    session->views--;
    v->view[view->number % OC_VIEWS_MAX] = NULL;
    oc_viewers_publish_gone(v, view->number);
    v->env.loop.release(v->env.loop.context, view);
    oc_viewers_session_sweep(v, session);
}

oc_peer_t *oc_viewers_session_peer(const oc_viewers_view_t *view) {
    oc_hub_t *hub = view->owner->hub;
    if (!hub || view->session->over)
        return NULL;
    return oc_hub_peer_state(hub, view->session->id) < OC_PEER_CLOSING
               ? oc_hub_peer(hub, view->session->id)
               : NULL;
}

oc_peer_t *oc_viewers_peer(const oc_viewers_view_t *view) {
    return view->closed ? NULL : oc_viewers_session_peer(view);
}

void oc_viewers_kick(oc_viewers_view_t *view) {
    oc_peer_t *peer = oc_viewers_peer(view);
    if (peer)
        oc_peer_kick(peer, view->sid);
}

/* Its end is decided: nothing of it goes on but the last words. */
static void stop(oc_viewers_view_t *view, const char *why) {
    oc_viewers_t *v = view->owner;
    bool was_open = view->state == OC_VIEW_OPEN;
    if (view->state == OC_VIEW_ENDING)
        return;
    snprintf(view->why, sizeof view->why, "%s", why);
    view->state = OC_VIEW_ENDING;
    if (was_open && view->kind == OC_VIEW_COMMAND) {
        oc_viewers_commands_change(view->session, -1);
        oc_viewers_drop_held(view, false); /* nobody can answer any more */
    }
    oc_viewers_voice_detach(view);
    oc_viewers_forget_label(view);
    view->notifier.notify &= (uint16_t) ~(NOTIFY_REQUEST | NOTIFY_LEVEL);
    if (view->accepted || view->notified)
        oc_viewers_notify(v, &view->notifier, NOTIFY_END);
    view->ending_us = v->now_us + OC_VIEWERS_ENDING_US;
    v->scan_us = 0;
}

void oc_viewers_end(oc_viewers_view_t *view, const char *why) {
    oc_peer_t *peer = oc_viewers_peer(view);
    oc_view_state_t before = view->state;
    if (before == OC_VIEW_ENDING)
        return;
    stop(view, why);
    if (before == OC_VIEW_REQUESTED || view->waits_up) {
        if (peer)
            (void)oc_peer_refuse(peer, view->sid, why);
        return;
    }
    oc_json_t json = oc_json((char *)view->owner->text, sizeof view->owner->text);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "error", why);
    oc_json_end_object(&json);
    (void)oc_source_fifo_push(&view->fifo, OC_PPID_STRING, json.out, (uint32_t)json.len);
    oc_source_fifo_end(&view->fifo);
    oc_viewers_publish_view(view);
    if (peer)
        oc_peer_kick(peer, view->sid);
}

void oc_viewers_closed(oc_viewers_view_t *view, const char *why) {
    if (view->closed)
        return;
    stop(view, why);
    view->closed = true;
    oc_viewers_live_detach(view);
    oc_viewers_play_detach(view);
    oc_viewers_publish_view(view);
    oc_viewers_view_sweep(view);
}

/* ---- the transport ---- */

void oc_viewers_open(oc_viewers_t *v, oc_hub_t *hub, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    v->now_us = now_us;
    v->hub = hub;
}

void oc_viewers_close(oc_viewers_t *v, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    v->now_us = now_us;
    for (unsigned i = 0; i < v->config.sessions; i++)
        if (v->session[i].id && !v->session[i].over)
            oc_viewers_session_over(v, &v->session[i], "the transport was closed", false);
    v->hub = NULL;
}

void oc_viewers_deinit(oc_viewers_t *v) {
    v->hub = NULL;
    for (unsigned i = 0; i < v->config.sessions; i++) {
        oc_viewers_session_t *s = &v->session[i];
        oc_viewers_candidates_drop(v, s);
        while (s->first) {
            oc_viewers_view_t *view = s->first;
            view->notifier.notify = 0;
            oc_viewers_drop_held(view, true);
            view->closed = true;
            oc_viewers_view_sweep(view);
        }
    }
}

/* ---- time ---- */

/* Returns when it wants to be looked at again. */
static int64_t view_advance(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    int64_t due = INT64_MAX,
            limit = view->notified ? OC_VIEWERS_REQ_US : OC_VIEWERS_REQUEST_UNDELIVERED_US;
    if (view->closed)
        return due;
    if (view->state == OC_VIEW_REQUESTED && view->requested_us + limit <= v->now_us)
        oc_viewers_end(view, "busy");
    if (view->state == OC_VIEW_REQUESTED)
        return view->requested_us + limit;
    if (view->state == OC_VIEW_ENDING) {
        oc_peer_t *peer = view->ending_us <= v->now_us ? oc_viewers_peer(view) : NULL;
        if (peer)
            (void)oc_peer_close_channel(peer, view->sid);
        return view->ending_us <= v->now_us ? INT64_MAX : view->ending_us;
    }
    if (view->kind == OC_VIEW_COMMAND)
        due = oc_viewers_requests_advance(view);
    if (view->kind == OC_VIEW_PLAYBACK)
        due = oc_viewers_play_follow(view);
    if (view->kind == OC_VIEW_VOICE)
        due = oc_viewers_voice_follow(view);
    if (view->kind == OC_VIEW_LIVE && view->feed) {
        oc_viewers_live_follow(view);
        due = oc_view_report_deadline(&view->report, v->report_us);
        if (due <= v->now_us)
            due = INT64_MAX; /* held: the next report is an event */
        if (view->mark.armed && v->now_us + OC_VIEWERS_TICK < due)
            due = v->now_us + OC_VIEWERS_TICK;
    }
    return due;
}

static void scan(oc_viewers_t *v) {
    int64_t due = INT64_MAX;
    for (unsigned i = 0; i < v->config.sessions; i++)
        for (oc_viewers_view_t *view = v->session[i].first, *next; view; view = next) {
            next = view->next;
            int64_t at = view_advance(view);
            due = at < due ? at : due;
        }
    v->scan_us = due;
}

int64_t oc_viewers_advance(oc_viewers_t *v, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    v->now_us = now_us;
    if (v->scan_us <= now_us)
        scan(v);
    if (v->publish_us <= now_us)
        v->publish_us = oc_viewers_publish_all(v) ? now_us + OC_VIEWERS_PUBLISH_US : INT64_MAX;
    int64_t due = oc_viewers_live_advance(v); /* last: it acts on what was measured */
    due = v->scan_us < due ? v->scan_us : due;
    return v->publish_us < due ? v->publish_us : due;
}

/* What the hub tells (oc_viewers_impl.h). */

/* Whether it ended by trouble (B8 PEER_ERROR) rather than by somebody's will. */
static bool is_error(oc_peer_reason_t reason) {
    return reason != OC_PEER_LOCAL && reason != OC_PEER_REMOTE && reason != OC_PEER_REPLACED;
}

static void up(oc_viewers_t *v, oc_viewers_session_t *s) {
    oc_peer_stats_t stats;
    s->state = OC_SESSION_UP;
    if (oc_hub_peer_stats(v->hub, s->id, &stats) == OC_OK && stats.sctp.a_rwnd > v->window)
        v->window = stats.sctp.a_rwnd;
    oc_viewers_notify(v, &s->notifier, NOTIFY_UP);
    oc_viewers_begin_waiting(s);
    oc_viewers_publish_session(v, s);
}

static void lost(oc_viewers_t *v, oc_viewers_session_t *s, bool lost) {
    s->state = lost ? OC_SESSION_LOST : OC_SESSION_UP;
    s->notifier.notify &= (uint16_t) ~(NOTIFY_LOST | NOTIFY_BACK);
    oc_viewers_notify(v, &s->notifier, lost ? NOTIFY_LOST : NOTIFY_BACK);
    oc_viewers_publish_session(v, s);
}

static void dropped(oc_viewers_view_t *view, const oc_peer_event_t *event) {
    if (!view)
        return;
    view->abandoned += event->messages;
    oc_viewers_live_key(view);
    if (event->code) { /* the hub closes it */
        view->owner->scan_us = 0;
        oc_viewers_end(view, OC_VIEWERS_TORN);
    }
}

static void peer_event(oc_viewers_t *v, oc_viewers_session_t *s, const oc_peer_event_t *event) {
    oc_viewers_view_t *view = oc_viewers_view_of(s, event->sid);
    oc_sctp_event_t message = event->message;
    char why[OC_PEER_WHY_TEXT];
    switch (event->kind) {
    case OC_PEER_EVENT_UP:
        up(v, s);
        break;
    case OC_PEER_EVENT_LOST:
    case OC_PEER_EVENT_BACK:
        lost(v, s, event->kind == OC_PEER_EVENT_LOST);
        break;
    case OC_PEER_EVENT_PATH:
        oc_viewers_publish_session(v, s);
        break;
    case OC_PEER_EVENT_SILENT: /* EVENT_LOST tells when it matters */
    case OC_PEER_EVENT_MAPPED: /* OC_HUB_EVENT_ADDRESS tells it */
        break;
    case OC_PEER_EVENT_CHANNEL:
        oc_viewers_requested(v, s, event);
        break;
    case OC_PEER_EVENT_OPENED:
        break;
    case OC_PEER_EVENT_MESSAGE:
        if (view)
            oc_viewers_message(view, event);
        else
            oc_peer_message_release(oc_hub_peer(v->hub, s->id),
                                    &(oc_peer_event_t){.message = message});
        break;
    case OC_PEER_EVENT_DROPPED:
        dropped(view, event);
        break;
    case OC_PEER_EVENT_CLOSED:
        if (view)
            oc_viewers_closed(view, "closed by the viewer");
        break;
    case OC_PEER_EVENT_OVER:
        oc_peer_why_text(&event->why, why, sizeof why);
        oc_viewers_session_over(v, s, why, is_error(event->why.reason));
        break;
    }
}

static void gather_event(oc_viewers_t *v, const oc_gather_event_t *event) {
    if (event->kind == OC_GATHER_READY)
        oc_viewers_notice(v, OC_VIEWERS_READY);
    else if (event->kind == OC_GATHER_CONNECT_FAIL)
        oc_viewers_notice(v, OC_VIEWERS_CONNECT_FAIL);
}

void oc_viewers_event(oc_viewers_t *v, const oc_hub_event_t *event, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_viewers_session_t *s = oc_viewers_session(v, event->id);
    v->now_us = now_us;
    if (!v->hub)
        return;
    if (event->kind == OC_HUB_EVENT_GATHER) {
        gather_event(v, &event->gather);
        return;
    }
    if (event->kind == OC_HUB_EVENT_ADDRESS)
        oc_viewers_notice(v, OC_VIEWERS_ADDR_CHANGED);
    if (event->kind == OC_HUB_EVENT_DESCRIPTION && s)
        oc_viewers_described(v, s);
    if (event->kind == OC_HUB_EVENT_CANDIDATE && s)
        oc_viewers_candidate(v, s, event);
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    if (!s && event->peer.kind != OC_PEER_EVENT_OVER) { /* the host made this peer */
        s = oc_viewers_session_new(v, event->id);
        if (!s)
            (void)oc_hub_close(v->hub, event->id, now_us);
    }
    if (s)
        peer_event(v, s, &event->peer);
    else if (event->peer.kind == OC_PEER_EVENT_MESSAGE)
        oc_peer_message_release(oc_hub_peer(v->hub, event->id), (oc_peer_event_t *)&event->peer);
}
