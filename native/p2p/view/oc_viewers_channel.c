/* Command channels, and what viewers send (oc_viewers_impl.h). Messages that the script has not
 * taken stay in the window of the association. */
#include "oc_viewers_impl.h"

#include <stdio.h>
#include "oc_dcep.h"
#include "oc_label.h"
#include "oc_view_command.h"

/* Bytes of a message that a notice can carry. */
static uint32_t message_max(void) {
    uint32_t parcel = OC_PARCEL_MAX - OC_VIEWERS_DATA_HEAD;
    return parcel < OC_VIEW_COMMAND_PAYLOAD ? parcel : OC_VIEW_COMMAND_PAYLOAD;
}

void oc_viewers_release(oc_viewers_view_t *view, const oc_sctp_event_t *message) {
    oc_peer_event_t event = {.message = *message};
    oc_peer_t *peer = oc_viewers_session_peer(view);
    if (peer)
        oc_peer_message_release(peer, &event);
}

/* ---- saying ---- */

int oc_viewers_report(oc_viewers_view_t *view, oc_view_message_t kind, uint32_t request,
                      oc_span_t payload) {
    uint8_t head[OC_VIEW_COMMAND_HEAD];
    oc_view_head_t h = {.kind = kind, .request = request};
    int rc = oc_source_fifo_begin(&view->fifo, OC_PPID_BINARY,
                                  (uint32_t)(OC_VIEW_COMMAND_HEAD + payload.len));
    if (rc != OC_OK)
        return rc;
    oc_view_command_write(&h, head);
    (void)oc_source_fifo_write(&view->fifo, head, sizeof head);
    (void)oc_source_fifo_write(&view->fifo, payload.data, payload.len);
    oc_viewers_kick(view);
    return OC_OK;
}

static void report_error(oc_viewers_view_t *view, uint32_t request, const char *why) {
    (void)oc_viewers_report(view, OC_VIEW_ERROR, request, oc_span(why, strlen(why)));
}

/* ---- requests ---- */

/* The one under way with that id, else a free place; NULL: neither. */
static oc_viewers_request_t *place_of(oc_viewers_requests_t *all, uint32_t id, bool free_too) {
    oc_viewers_request_t *free_one = NULL;
    for (unsigned i = 0; all && i < OC_VIEWERS_REQUESTS; i++) {
        if (all->place[i].until_us && all->place[i].id == id)
            return &all->place[i];
        if (!all->place[i].until_us)
            free_one = &all->place[i];
    }
    return free_too ? free_one : NULL;
}

/* Frees a place, and the block with the last one. */
static void done(oc_viewers_view_t *view, oc_viewers_request_t *request) {
    if (request->waits)
        oc_viewers_release(view, &request->message);
    *request = (oc_viewers_request_t){0};
    for (unsigned i = 0; i < OC_VIEWERS_REQUESTS; i++)
        if (view->requests->place[i].until_us)
            return;
    oc_pool_give(&view->owner->pool, view->requests);
    view->requests = NULL;
    view->notifier.notify &= (uint16_t)~NOTIFY_DATA;
}

/* False: the message is still the caller's. */
static bool take_request(oc_viewers_view_t *view, const oc_peer_event_t *event, uint32_t id) {
    oc_viewers_t *v = view->owner;
    if (event->len - OC_VIEW_COMMAND_HEAD > message_max()) {
        report_error(view, id, "too long");
        return false;
    }
    if (!view->requests) {
        view->requests = oc_pool_take(&v->pool);
        if (view->requests)
            memset(view->requests, 0, sizeof *view->requests);
    }
    oc_viewers_request_t *place = place_of(view->requests, id, true);
    if (!place || place->until_us) {
        report_error(view, id, place ? "this request id is pending" : "busy");
        return false;
    }
    *place = (oc_viewers_request_t){.id = id,
                                    .until_us = v->now_us + OC_VIEWERS_REQUEST_US,
                                    .waits = true,
                                    .order = view->requests->arrived++,
                                    .len = event->len,
                                    .message = event->message};
    v->scan_us = place->until_us < v->scan_us ? place->until_us : v->scan_us;
    oc_viewers_notify(v, &view->notifier, NOTIFY_DATA);
    return true;
}

int oc_viewers_reply(oc_viewers_view_t *view, uint32_t request, bool error, oc_span_t answer) {
    oc_viewers_request_t *place = place_of(view->requests, request, false);
    if (!place || place->waits)
        return OC_ERR_NOENT;
    if (answer.len > OC_VIEW_COMMAND_PAYLOAD)
        return OC_ERR_TOO_BIG;
    if (!error && answer.len == 0) { /* B10: the viewer is told, and the channel is closed */
        done(view, place);
        report_error(view, request, "no answer");
        oc_viewers_end(view, "no answer");
        return OC_OK;
    }
    int rc = oc_viewers_report(view, error ? OC_VIEW_ERROR : OC_VIEW_ANSWER, request, answer);
    if (rc == OC_OK)
        done(view, place);
    return rc == OC_OK ? OC_OK : OC_ERR_BUSY;
}

int64_t oc_viewers_requests_advance(oc_viewers_view_t *view) {
    int64_t due = INT64_MAX;
    for (unsigned i = 0; view->requests && i < OC_VIEWERS_REQUESTS; i++) {
        oc_viewers_request_t *place = &view->requests->place[i];
        if (place->until_us && place->until_us <= view->owner->now_us) {
            report_error(view, place->id, "timeout");
            done(view, place);
        } else if (place->until_us && place->until_us < due)
            due = place->until_us;
    }
    return due;
}

/* ---- reports ---- */

void oc_viewers_commands_change(oc_viewers_session_t *session, int change) {
    session->commands = (unsigned)((int)session->commands + change);
    for (oc_viewers_view_t *view = session->first; view; view = view->next) {
        if (view->kind != OC_VIEW_LIVE)
            continue;
        if (session->commands == 0)
            oc_view_report_end(&view->report);
        else if (change > 0 && session->commands == 1)
            oc_view_report_begin(&view->report, view->owner->now_us);
        view->owner->scan_us = 0;
    }
}

static void take_report(oc_viewers_view_t *view, uint16_t channel, oc_span_t payload) {
    oc_viewers_view_t *live = oc_viewers_view_of(view->session, channel);
    oc_view_page_t page;
    if (!live || !oc_view_page_read(payload, &page))
        return;
    if (live->talks && !page.visible)
        oc_viewers_end(live, "the page is hidden");
    if (live->kind != OC_VIEW_LIVE)
        return;
    oc_view_report_take(&live->report, &page, view->owner->now_us);
    view->owner->scan_us = 0;
    oc_viewers_live_follow(live);
}

/* False: the message is still the caller's. */
static bool take_command(oc_viewers_view_t *view, const oc_peer_event_t *event) {
    uint8_t bytes[64];
    oc_view_head_t head;
    size_t n = oc_peer_message_copy(event, 0, bytes, sizeof bytes);
    int rc = event->text ? OC_ERR_FORMAT : oc_view_command_read(oc_span(bytes, n), &head);
    if (rc == OC_ERR_NOTSUP) {
        report_error(view, head.request, "unknown kind of message");
        return false;
    }
    if (rc != OC_OK) {
        oc_viewers_end(view, "command: malformed message");
        return false;
    }
    if (head.kind == OC_VIEW_REPORT)
        take_report(view, head.channel,
                    oc_span(bytes + OC_VIEW_COMMAND_HEAD, n - OC_VIEW_COMMAND_HEAD));
    return head.kind == OC_VIEW_REQUEST && take_request(view, event, head.request);
}

/* ---- what viewers send ---- */

static void drop_oldest(oc_viewers_view_t *view) {
    oc_viewers_inbox_t *inbox = view->inbox;
    oc_viewers_held_t *held = &inbox->place[inbox->first];
    inbox->first = (inbox->first + 1) % OC_VIEWERS_HELD;
    inbox->count--;
    inbox->bytes -= held->len;
    oc_viewers_release(view, &held->message);
    view->drop_received += view->given ? 0 : 1;
    view->given = false;
}

/* False: the message is still the caller's. The oldest ones make room: sound that is late is of no
 * use, and other channels need the window. */
static bool take_received(oc_viewers_view_t *view, const oc_peer_event_t *event) {
    oc_viewers_t *v = view->owner;
    uint32_t maximum = view->kind == OC_VIEW_PLAYBACK ? OC_VIEWERS_CONTROL : v->window / 2;
    view->received += event->len;
    if (event->len > message_max() || event->len > maximum) {
        oc_viewers_end(view, "a message is too long");
        return false;
    }
    if (!view->inbox) {
        view->inbox = oc_pool_take(&v->pool);
        if (!view->inbox) {
            view->drop_received++;
            return false;
        }
        view->inbox->first = view->inbox->count = view->inbox->bytes = 0;
    }
    oc_viewers_inbox_t *inbox = view->inbox;
    while (inbox->count == OC_VIEWERS_HELD || (inbox->count && inbox->bytes + event->len > maximum))
        drop_oldest(view);
    inbox->place[(inbox->first + inbox->count++) % OC_VIEWERS_HELD] =
        (oc_viewers_held_t){event->len, event->message};
    inbox->bytes += event->len;
    oc_viewers_notify(v, &view->notifier, NOTIFY_DATA);
    return true;
}

void oc_viewers_message(oc_viewers_view_t *view, const oc_peer_event_t *event) {
    bool kept = false;
    if (view->state == OC_VIEW_OPEN && view->kind == OC_VIEW_COMMAND)
        kept = take_command(view, event);
    else if (view->state == OC_VIEW_OPEN &&
             (view->kind == OC_VIEW_RECEIVE || view->kind == OC_VIEW_PLAYBACK))
        kept = take_received(view, event);
    else if (view->state == OC_VIEW_OPEN && view->kind == OC_VIEW_VOICE)
        oc_viewers_voice_message(view, event);
    if (!kept) {
        oc_sctp_event_t message = event->message;
        oc_viewers_release(view, &message);
    }
}

void oc_viewers_drop_held(oc_viewers_view_t *view, bool lost) {
    for (unsigned i = 0; view->requests && i < OC_VIEWERS_REQUESTS; i++)
        if (view->requests->place[i].waits && !lost)
            oc_viewers_release(view, &view->requests->place[i].message);
    for (; view->inbox && view->inbox->count && !lost;)
        drop_oldest(view);
    oc_pool_give(&view->owner->pool, view->requests);
    oc_pool_give(&view->owner->pool, view->inbox);
    view->requests = NULL;
    view->inbox = NULL;
    view->given = false;
    view->notifier.notify &= (uint16_t)~NOTIFY_DATA;
}

/* Questions for the script and what it answers (oc_viewers_impl.h); what a view sends from. */

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

void oc_viewers_requested(oc_viewers_t *v, oc_viewers_session_t *session,
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
    view->label = text;
    view->label_len = event->label_len;
    memcpy(text, event->label, event->label_len);
    view->receives = oc_label_receives(&label);
    oc_viewers_publish_view(view);
    oc_viewers_notify(v, &view->notifier, NOTIFY_REQUEST);
}

/* ---- answers ---- */

static void opened(oc_viewers_view_t *view) {
    view->waits_up = false;
    view->meter.begun_us = view->owner->now_us;
    if (view->kind == OC_VIEW_COMMAND)
        oc_viewers_commands_change(view->session, 1);
    if (view->kind == OC_VIEW_LIVE)
        oc_viewers_live_begin(view);
    if (view->kind == OC_VIEW_PLAYBACK || view->kind == OC_VIEW_VOICE)
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
    view->notifier.notify &= (uint16_t)~NOTIFY_REQUEST;
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
    view->state = OC_VIEW_REQUESTED; /* for the hub it still is */
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
    if (!view || view->state != OC_VIEW_REQUESTED) {
        *why = "no such request";
        return OC_ERR_NOENT;
    }
    if (command->object < OC_VIEW_LIVE || command->object > OC_VIEW_VOICE) {
        *why = "kind: 1 live, 2 playback, 3 command, 4 receive or 5 voice";
        return OC_ERR_RANGE;
    }
    view->kind = (oc_view_kind_t)command->object;
    if (view->kind == OC_VIEW_LIVE)
        rc = oc_viewers_live_prepare(view, (unsigned)command->arg[1], (unsigned)command->arg[2],
                                     why);
    if (view->kind == OC_VIEW_PLAYBACK)
        rc = oc_viewers_play_prepare(view, oc_span(command->parcel.data, command->parcel.len), why);
    if (view->kind == OC_VIEW_VOICE)
        rc = oc_viewers_voice_prepare(view, command, why);
    if (rc == OC_OK)
        rc = accept(view, why);
    if (rc != OC_OK) {
        view->notified = false; /* the reply says it: no stop follows */
        oc_viewers_live_detach(view);
        oc_viewers_play_detach(view);
        oc_viewers_voice_detach(view);
        oc_viewers_end(view, *why);
    }
    return rc;
}
