/* Questions for the script and what it answers (oc_viewers_impl.h); what a view sends from. */
#include "oc_label.h"
#include "oc_dcep.h"
#include "oc_viewers_calls.h"

#include <stdio.h>

/* ---- the source of a view: its own messages, and its ring ---- */

static bool of_ring(uint64_t ref) {
    return (ref & OC_SOURCE_RING_REF) != 0;
}

static bool of_play(uint64_t ref) {
    return !of_ring(ref) && (ref & OC_VIEWERS_PLAY_REF) != 0;
}

static int view_next(void *ctx, oc_msg_t *out) {
    oc_viewers_view_t *view = ctx;
    if (view->feed && view->state == OC_VIEW_OPEN)
        return oc_source_ring_ops.next(&view->ring, out);
    int rc = oc_source_fifo_ops.next(&view->fifo, out);
    if (rc == OC_AGAIN && view->player && view->state == OC_VIEW_OPEN)
        rc = oc_viewers_play_next(view, out);
    return rc;
}

static void view_take(void *ctx, uint64_t ref) {
    oc_viewers_view_t *view = ctx;
    oc_msg_t message;
    if (of_ring(ref)) {
        if (view->feed)
            oc_source_ring_ops.take(&view->ring, ref);
        return;
    }
    if (of_play(ref)) {
        oc_viewers_play_take(view, ref);
        return;
    }
    if (oc_source_fifo_ops.next(&view->fifo, &message) == OC_OK)
        view->fifo_taken += message.len;
    oc_source_fifo_ops.take(&view->fifo, ref);
}

static int view_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                      unsigned max) {
    oc_viewers_view_t *view = ctx;
    if (of_play(ref))
        return oc_viewers_play_bytes(view, ref, offset, len, parts, max);
    if (!of_ring(ref))
        return oc_source_fifo_ops.bytes(&view->fifo, ref, offset, len, parts, max);
    if (!view->feed) /* the ring is gone */
        return OC_ERR_STALE;
    return oc_source_ring_ops.bytes(&view->ring, ref, offset, len, parts, max);
}

static void view_done(void *ctx, uint64_t ref, int how) {
    oc_viewers_view_t *view = ctx;
    uint32_t before = view->fifo.bytes;
    if (of_ring(ref))
        oc_source_ring_ops.done(&view->ring, ref, how);
    else if (of_play(ref))
        oc_viewers_play_done(view, ref, how);
    else
        oc_source_fifo_ops.done(&view->fifo, ref, how);
    view->fifo_taken -= before - view->fifo.bytes;
}

const oc_source_ops_t oc_viewers_ops = {view_next, view_take, view_bytes, view_done};

/* ---- questions ---- */

void oc_viewers_forget_label(oc_viewers_view_t *view) {
    oc_pool_give(&view->owner->pool, view->label);
    view->label = NULL;
}

void oc_viewers_asked(oc_viewers_t *v, oc_viewers_session_t *session,
                      const oc_peer_event_t *event) {
    oc_peer_t *peer = oc_hub_peer(v->hub, session->id);
    oc_label_t label;
    char why[OC_PEER_REASON];
    if (!peer)
        return;
    if (oc_label_parse(oc_span(event->label, event->label_len), &label) != OC_OK) {
        snprintf(why, sizeof why, "label: %s", label.error);
        (void)oc_peer_refuse(peer, event->sid, why);
        return;
    }
    oc_viewers_view_t *view = oc_viewers_view_new(v, session, event->sid);
    void *text = view ? oc_pool_take(&v->pool) : NULL;
    if (!text) {
        (void)oc_peer_refuse(peer, event->sid, "busy");
        if (view) {
            view->closed = true; /* nobody has heard of it */
            oc_viewers_view_sweep(view);
        }
        return;
    }
    const char *action = oc_label_get(&label, "action");
    view->label = text;
    view->label_len = event->label_len;
    memcpy(text, event->label, event->label_len);
    view->receives = action && strcmp(action, "voice") == 0;
    oc_viewers_publish_view(view);
    oc_viewers_tell(v, &view->teller, TELL_ASK);
}

/* ---- answers ---- */

static void opened(oc_viewers_view_t *view) {
    view->waits_up = false;
    view->meter.begun_us = view->owner->now_us;
    if (view->kind == OC_VIEW_COMMAND)
        oc_viewers_commands_change(view->session, 1);
    if (view->kind == OC_VIEW_LIVE)
        oc_viewers_live_begin(view);
    if (view->kind == OC_VIEW_PLAYBACK)
        view->owner->scan_us = 0;
    oc_viewers_publish_view(view);
}

/* Tells the hub. OC_OK | errors of oc_peer_accept. */
static int open_channel(oc_viewers_view_t *view) {
    oc_peer_t *peer = oc_viewers_peer(view);
    oc_peer_channel_config_t config = {.ops = &oc_viewers_ops,
                                       .context = view,
                                       .partial = view->kind == OC_VIEW_LIVE,
                                       .urgent = view->kind == OC_VIEW_COMMAND};
    return peer ? oc_peer_accept(peer, view->sid, &config) : OC_ERR_NOENT;
}

/* OC_OK | OC_ERR_*: the viewer was refused. */
static int accept(oc_viewers_view_t *view, const char **why) {
    view->accepted = true;
    view->state = OC_VIEW_OPEN;
    oc_viewers_forget_label(view);
    view->teller.tell &= (uint16_t)~TELL_ASK;
    if (view->kind == OC_VIEW_LIVE && view->session->state == OC_SESSION_CONNECTING) {
        view->waits_up = true; /* whether it knows FORWARD-TSN is not known yet */
        oc_viewers_publish_view(view);
        return OC_OK;
    }
    int rc = open_channel(view);
    if (rc == OC_OK) {
        opened(view);
        return OC_OK;
    }
    *why = rc == OC_ERR_NOTSUP ? OC_VIEWERS_NO_PARTIAL : oc_err_text(rc);
    view->state = OC_VIEW_ASKED; /* for the hub it still is */
    view->accepted = false;
    return rc;
}

void oc_viewers_begin_waiting(oc_viewers_session_t *session) {
    for (oc_viewers_view_t *view = session->first, *next; view; view = next) {
        next = view->next;
        if (!view->waits_up || view->closed || view->state != OC_VIEW_OPEN)
            continue;
        int rc = open_channel(view);
        if (rc == OC_OK)
            opened(view);
        else
            oc_viewers_end(view, rc == OC_ERR_NOTSUP ? OC_VIEWERS_NO_PARTIAL : oc_err_text(rc));
    }
}

int oc_viewers_accept(oc_viewers_t *v, const oc_command_t *command, const char **why) {
    oc_viewers_view_t *view = oc_viewers_view(v, command->arg[0]);
    int rc = OC_OK;
    if (!view || view->state != OC_VIEW_ASKED) {
        *why = "no such question";
        return OC_ERR_NOENT;
    }
    if (command->object < OC_VIEW_LIVE || command->object > OC_VIEW_RECEIVE) {
        *why = "kind: 1 live, 2 playback, 3 command or 4 receive";
        return OC_ERR_RANGE;
    }
    view->kind = (oc_view_kind_t)command->object;
    if (view->kind == OC_VIEW_LIVE)
        rc = oc_viewers_live_prepare(view, (unsigned)command->arg[1], (unsigned)command->arg[2],
                                     why);
    if (view->kind == OC_VIEW_PLAYBACK)
        rc = oc_viewers_play_prepare(view, oc_span(command->parcel.data, command->parcel.len), why);
    if (rc == OC_OK)
        rc = accept(view, why);
    if (rc != OC_OK) {
        view->told = false; /* the reply says it: no stop follows */
        oc_viewers_live_detach(view);
        oc_viewers_play_detach(view);
        oc_viewers_end(view, *why);
    }
    return rc;
}
