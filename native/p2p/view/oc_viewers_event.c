/* What the hub tells (oc_viewers_impl.h). */
#include "oc_thread_check.h"
#include "oc_viewers_calls.h"

/* Whether it ended by trouble (B8 PEER_ERROR) rather than by somebody's will. */
static bool is_error(oc_peer_reason_t reason) {
    return reason != OC_PEER_LOCAL && reason != OC_PEER_REMOTE && reason != OC_PEER_REPLACED;
}

static void up(oc_viewers_t *v, oc_viewers_session_t *s) {
    oc_peer_stats_t stats;
    s->state = OC_SESSION_UP;
    if (oc_hub_peer_stats(v->hub, s->id, &stats) == OC_OK && stats.sctp.a_rwnd > v->window)
        v->window = stats.sctp.a_rwnd;
    oc_viewers_tell(v, &s->teller, TELL_UP);
    oc_viewers_begin_waiting(s);
    oc_viewers_publish_session(v, s);
}

static void lost(oc_viewers_t *v, oc_viewers_session_t *s, bool lost) {
    s->state = lost ? OC_SESSION_LOST : OC_SESSION_UP;
    s->teller.tell &= (uint16_t) ~(TELL_LOST | TELL_BACK);
    oc_viewers_tell(v, &s->teller, lost ? TELL_LOST : TELL_BACK);
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
        oc_viewers_asked(v, s, event);
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
