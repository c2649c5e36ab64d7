/* Command channels, and what viewers send (oc_viewers_impl.h). Messages that the script has not
 * taken stay in the window of the association. */
#include "oc_view_command.h"
#include "oc_dcep.h"
#include "oc_viewers_calls.h"

/* Bytes of a message that a notice can carry. */
static uint32_t message_most(void) {
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

int oc_viewers_say(oc_viewers_view_t *view, oc_view_message_t kind, uint32_t request,
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

static void say_error(oc_viewers_view_t *view, uint32_t request, const char *why) {
    (void)oc_viewers_say(view, OC_VIEW_ERROR, request, oc_span(why, strlen(why)));
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
    view->teller.tell &= (uint16_t)~TELL_DATA;
}

/* False: the message is still the caller's. */
static bool take_request(oc_viewers_view_t *view, const oc_peer_event_t *event, uint32_t id) {
    oc_viewers_t *v = view->owner;
    if (event->len - OC_VIEW_COMMAND_HEAD > message_most()) {
        say_error(view, id, "too long");
        return false;
    }
    if (!view->requests) {
        view->requests = oc_pool_take(&v->pool);
        if (view->requests)
            memset(view->requests, 0, sizeof *view->requests);
    }
    oc_viewers_request_t *place = place_of(view->requests, id, true);
    if (!place || place->until_us) {
        say_error(view, id, place ? "this request id is under way" : "busy");
        return false;
    }
    *place = (oc_viewers_request_t){.id = id,
                                    .until_us = v->now_us + OC_VIEWERS_REQUEST_US,
                                    .waits = true,
                                    .order = view->requests->arrived++,
                                    .len = event->len,
                                    .message = event->message};
    v->scan_us = place->until_us < v->scan_us ? place->until_us : v->scan_us;
    oc_viewers_tell(v, &view->teller, TELL_DATA);
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
        say_error(view, request, "no answer");
        oc_viewers_end(view, "no answer");
        return OC_OK;
    }
    int rc = oc_viewers_say(view, error ? OC_VIEW_ERROR : OC_VIEW_ANSWER, request, answer);
    if (rc == OC_OK)
        done(view, place);
    return rc == OC_OK ? OC_OK : OC_ERR_BUSY;
}

int64_t oc_viewers_requests_advance(oc_viewers_view_t *view) {
    int64_t due = INT64_MAX;
    for (unsigned i = 0; view->requests && i < OC_VIEWERS_REQUESTS; i++) {
        oc_viewers_request_t *place = &view->requests->place[i];
        if (place->until_us && place->until_us <= view->owner->now_us) {
            say_error(view, place->id, "timeout");
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
    if (!live || live->kind != OC_VIEW_LIVE || !oc_view_page_read(payload, &page))
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
        say_error(view, head.request, "unknown kind of message");
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
    view->drop_received++;
}

/* False: the message is still the caller's. The oldest ones make room: sound that is late is of no
 * use, and other channels need the window. */
static bool take_received(oc_viewers_view_t *view, const oc_peer_event_t *event) {
    oc_viewers_t *v = view->owner;
    uint32_t most = view->kind == OC_VIEW_PLAYBACK ? OC_VIEWERS_CONTROL : v->window / 2;
    view->received += event->len;
    if (event->len > message_most() || event->len > most) {
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
    while (inbox->count == OC_VIEWERS_HELD || (inbox->count && inbox->bytes + event->len > most))
        drop_oldest(view);
    inbox->place[(inbox->first + inbox->count++) % OC_VIEWERS_HELD] =
        (oc_viewers_held_t){event->len, event->message};
    inbox->bytes += event->len;
    oc_viewers_tell(v, &view->teller, TELL_DATA);
    return true;
}

void oc_viewers_message(oc_viewers_view_t *view, const oc_peer_event_t *event) {
    bool kept = false;
    if (view->state == OC_VIEW_OPEN && view->kind == OC_VIEW_COMMAND)
        kept = take_command(view, event);
    else if (view->state == OC_VIEW_OPEN &&
             (view->kind == OC_VIEW_RECEIVE || view->kind == OC_VIEW_PLAYBACK))
        kept = take_received(view, event);
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
    view->teller.tell &= (uint16_t)~TELL_DATA;
}
