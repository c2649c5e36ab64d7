/* What the script is told (oc_viewers_impl.h). There is no queue of notices: each object remembers
 * what it has to tell, and stands in a list while there is something. So nothing is ever lost, and
 * what is told too late is told once. */
#include "oc_viewers_impl.h"

#include "oc_json.h"
#include "oc_notices.h"
#include "oc_view_command.h"

#define JSON_MAX 1024 /* bytes of a notice without its label and message */

void oc_viewers_notify(oc_viewers_t *v, oc_viewers_notifier_t *notifier, unsigned notify) {
    notifier->notify |= (uint16_t)notify;
    if (!notifier->listed) {
        notifier->listed = true;
        notifier->next = NULL;
        if (v->first_notifier)
            v->last_notifier->next = notifier;
        else
            v->first_notifier = notifier;
        v->last_notifier = notifier;
    }
    oc_mailbox_edge(v->mailbox, OC_OBJECT_P2P);
}

void oc_viewers_unlist(oc_viewers_t *v, oc_viewers_notifier_t *notifier) {
    oc_viewers_notifier_t *before = NULL;
    if (!notifier->listed)
        return;
    for (oc_viewers_notifier_t *t = v->first_notifier; t != notifier; t = t->next)
        before = t;
    if (before)
        before->next = notifier->next;
    else
        v->first_notifier = notifier->next;
    if (v->last_notifier == notifier)
        v->last_notifier = before;
    notifier->listed = false;
    notifier->next = NULL;
}

/* ---- words ---- */

/* Where a viewer is reached; "": not known yet. */
static const char *address_of(oc_viewers_t *v, oc_hub_peer_t id, char out[OC_ADDR_TEXT]) {
    oc_peer_stats_t stats;
    out[0] = '\0';
    if (v->hub && oc_hub_peer_stats(v->hub, id, &stats) == OC_OK && stats.path.remote.family)
        oc_addr_print(&stats.path.remote, out, OC_ADDR_TEXT);
    return out;
}

static void write_all(oc_json_t *json, unsigned notify) {
    if (notify == NOTIFY_READY)
        oc_notice_ready(json);
    else if (notify == NOTIFY_CONNECT_FAIL)
        oc_notice_connect_fail(json, NULL);
    else
        oc_notice_addr_changed(json);
}

static void write_candidate(oc_viewers_t *v, oc_json_t *json, oc_viewers_session_t *s) {
    char line[OC_CANDIDATE_TEXT_MAX];
    if (oc_viewers_candidate_take(v, s, line))
        s->notifier.notify |= NOTIFY_CANDIDATE;
    oc_notice_candidate(json, s->id, line, s->mid);
}

static void write_session(oc_viewers_t *v, oc_json_t *json, oc_viewers_session_t *s,
                          unsigned notify) {
    char address[OC_ADDR_TEXT];
    if (notify == NOTIFY_ERROR)
        oc_notice_peer_error(json, s->id, s->why);
    else if (notify == NOTIFY_CANDIDATE)
        write_candidate(v, json, s);
    else if (notify == NOTIFY_END)
        oc_notice_session(json, s->id, "over", s->why, NULL);
    else
        oc_notice_session(json, s->id,
                          notify == NOTIFY_UP     ? "up"
                          : notify == NOTIFY_LOST ? "lost"
                                                  : "back",
                          NULL, address_of(v, s->id, address));
}

static void write_req(oc_viewers_t *v, oc_json_t *json, oc_viewers_view_t *view) {
    char label[OC_PEER_LABEL + 1], address[OC_ADDR_TEXT];
    memcpy(label, view->label, view->label_len);
    label[view->label_len] = '\0';
    (view->receives ? oc_notice_receive_start : oc_notice_send_start)(
        json, view->number, view->session->id, label, address_of(v, view->session->id, address));
    view->notified = true;
    v->scan_us = 0; /* it has longer now */
}

static void write_level(oc_json_t *json, oc_viewers_view_t *view) {
    unsigned level = view->level[0];
    oc_notice_watermark(json, view->number, view->session->id,
                        level == OC_VIEW_LEVEL_LOW    ? "low"
                        : level == OC_VIEW_LEVEL_WARN ? "warn"
                                                      : "high");
    view->levels--;
    memmove(view->level, view->level + 1, view->levels);
    if (view->levels)
        view->notifier.notify |= NOTIFY_LEVEL;
}

static void write_end(oc_json_t *json, const oc_viewers_view_t *view) {
    (view->receives ? oc_notice_receive_end : oc_notice_send_stop)(json, view->number,
                                                                   view->session->id, view->why);
}

/* ---- messages ---- */

/* Behind the JSON: a line feed and the bytes. */
static uint32_t add_bytes(uint8_t *out, const oc_sctp_event_t *message, uint32_t from,
                          uint32_t len) {
    oc_peer_event_t event = {.message = *message, .len = from + len};
    out[0] = '\n';
    return 1 + (uint32_t)oc_peer_message_copy(&event, from, out + 1, len);
}

/* A request that was not told yet; NULL: none. */
static oc_viewers_request_t *waiting_request(oc_viewers_view_t *view) {
    oc_viewers_request_t *oldest = NULL;
    for (unsigned i = 0; view->requests && i < OC_VIEWERS_REQUESTS; i++) {
        oc_viewers_request_t *r = &view->requests->place[i];
        if (r->waits && (!oldest || r->order - oldest->order > UINT32_MAX / 2))
            oldest = r;
    }
    return oldest;
}

static bool has_message(oc_viewers_view_t *view) {
    return waiting_request(view) || (view->inbox && view->inbox->count);
}

/* Bytes of the message that comes next. */
static uint32_t message_len(oc_viewers_view_t *view) {
    const oc_viewers_request_t *request = waiting_request(view);
    if (request)
        return request->len - OC_VIEW_COMMAND_HEAD;
    return has_message(view) ? view->inbox->place[view->inbox->first].len : 0;
}

static uint32_t write_request(oc_json_t *json, oc_viewers_view_t *view, uint8_t *bytes) {
    oc_viewers_request_t *request = waiting_request(view);
    uint32_t len = request->len - OC_VIEW_COMMAND_HEAD;
    oc_notice_command(json, view->number, view->session->id, request->id);
    uint32_t n = add_bytes(bytes + json->len, &request->message, OC_VIEW_COMMAND_HEAD, len);
    request->waits = false;
    oc_viewers_release(view, &request->message);
    if (waiting_request(view))
        view->notifier.notify |= NOTIFY_DATA;
    return n;
}

/* Gives back the oldest message of the inbox. */
static void release_oldest(oc_viewers_view_t *view) {
    oc_viewers_inbox_t *inbox = view->inbox;
    oc_viewers_held_t held = inbox->place[inbox->first];
    inbox->first = (inbox->first + 1) % OC_VIEWERS_HELD;
    inbox->bytes -= held.len;
    oc_viewers_release(view, &held.message);
    if (--inbox->count == 0) {
        oc_pool_give(&view->owner->pool, inbox);
        view->inbox = NULL;
    }
}

void oc_viewers_command_completed(oc_viewers_view_t *view) {
    if (!view->given)
        return;
    view->given = false;
    release_oldest(view);
}

void oc_viewers_give_again(oc_viewers_view_t *view) {
    if (!view->given)
        return;
    view->given = false;
    oc_viewers_notify(view->owner, &view->notifier, NOTIFY_DATA);
}

/* Sound that a script has taken is gone; what a viewer says of its playback stays until a script
 * has carried it out: it takes the next notice then. */
static uint32_t write_received(oc_json_t *json, oc_viewers_view_t *view, uint8_t *bytes) {
    oc_viewers_inbox_t *inbox = view->inbox;
    oc_viewers_held_t held = inbox->place[inbox->first];
    (view->kind == OC_VIEW_PLAYBACK ? oc_notice_control : oc_notice_receive)(json, view->number,
                                                                             view->session->id);
    uint32_t n = add_bytes(bytes + json->len, &held.message, 0, held.len);
    if (inbox->count > 1)
        view->notifier.notify |= NOTIFY_DATA;
    view->given = view->kind == OC_VIEW_PLAYBACK;
    if (view->given)
        view->owner->given = view->number;
    else
        release_oldest(view);
    return n;
}

static uint32_t write_data(oc_json_t *json, oc_viewers_view_t *view, uint8_t *bytes) {
    return waiting_request(view) ? write_request(json, view, bytes)
                                 : write_received(json, view, bytes);
}

/* ---- taking ---- */

static uint32_t size_for(const oc_viewers_notifier_t *notifier, unsigned notify) {
    oc_viewers_view_t *view = (oc_viewers_view_t *)notifier;
    if (notify == NOTIFY_REQUEST) /* each byte may become six */
        return JSON_MAX + 6u * view->label_len;
    return notify == NOTIFY_DATA ? OC_VIEWERS_DATA_HEAD + message_len(view) : JSON_MAX;
}

/* Writes one notice; its bytes. */
static uint32_t write_notice(oc_viewers_t *v, oc_viewers_notifier_t *notifier, unsigned notify,
                             uint8_t *out, uint32_t size) {
    oc_json_t json = oc_json((char *)out, size);
    oc_viewers_view_t *view = (oc_viewers_view_t *)notifier;
    if (notifier->type == NOTIFIER_ALL)
        write_all(&json, notify);
    else if (notifier->type == NOTIFIER_SESSION)
        write_session(v, &json, (oc_viewers_session_t *)notifier, notify);
    else if (notify == NOTIFY_DATA) {
        uint32_t n = write_data(&json, view, out);
        return (uint32_t)json.len + n;
    } else if (notify == NOTIFY_REQUEST)
        write_req(v, &json, view);
    else if (notify == NOTIFY_LEVEL)
        write_level(&json, view);
    else
        write_end(&json, view);
    return (uint32_t)json.len;
}

/* Nothing more to tell: it may be gone for good. */
static void settle(oc_viewers_t *v, oc_viewers_notifier_t *notifier) {
    if (notifier->notify)
        return;
    oc_viewers_unlist(v, notifier);
    if (notifier->type == NOTIFIER_VIEW)
        oc_viewers_view_sweep((oc_viewers_view_t *)notifier);
    else if (notifier->type == NOTIFIER_SESSION)
        oc_viewers_session_sweep(v, (oc_viewers_session_t *)notifier);
}

int oc_viewers_take(oc_viewers_t *v, oc_parcel_t *out) {
    oc_viewers_view_t *before = v->given ? oc_viewers_view(v, v->given) : NULL;
    v->given = 0;
    if (before)
        oc_viewers_command_completed(before);
    for (;;) {
        oc_viewers_notifier_t *notifier = v->first_notifier;
        if (!notifier)
            return OC_AGAIN;
        if (notifier->type == NOTIFIER_VIEW && !has_message((oc_viewers_view_t *)notifier))
            notifier->notify &= (uint16_t)~NOTIFY_DATA; /* it was answered by its deadline */
        if (!notifier->notify) {
            settle(v, notifier);
            continue;
        }
        unsigned notify = notifier->notify & (0u - notifier->notify); /* the lowest */
        uint32_t size = size_for(notifier, notify);
        out->data = oc_mailbox_parcel_alloc(v->mailbox, size);
        if (!out->data)
            return OC_ERR_BUSY;
        notifier->notify &= (uint16_t)~notify;
        oc_viewers_unlist(v, notifier);
        out->len = write_notice(v, notifier, notify, out->data, size);
        if (notifier->notify) /* the others have their turn first */
            oc_viewers_notify(v, notifier, 0);
        else
            settle(v, notifier);
        return OC_OK;
    }
}

void oc_viewers_notice(oc_viewers_t *v, oc_viewers_notice_t notice) {
    static const uint16_t notify[] = {NOTIFY_READY, NOTIFY_CONNECT_FAIL, NOTIFY_ADDR_CHANGED};
    oc_viewers_notify(v, &v->all, notify[notice]);
}

/* Published rows (oc_viewers_impl.h). */

#define US_PER_S 1000000

static void split(uint64_t value, uint32_t *lo, uint32_t *hi) {
    *lo = (uint32_t)value;
    *hi = (uint32_t)(value >> 32);
}

static uint32_t narrow(uint64_t value) {
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static uint32_t word_of(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void fill_path(oc_session_row_t *row, const oc_path_t *path) {
    const uint8_t *ip = path->remote.ip;
    row->family = path->remote.family;
    row->port = path->remote.port;
    row->ip0 = word_of(ip);
    if (path->remote.family == 6) {
        row->ip1 = word_of(ip + 4);
        row->ip2 = word_of(ip + 8);
        row->ip3 = word_of(ip + 12);
    }
    row->relayed = path->via != 0;
}

void oc_viewers_publish_session(oc_viewers_t *v, const oc_viewers_session_t *s) {
    oc_session_row_t row = {0};
    uint32_t words[OC_SESSION_ROW_WORDS];
    oc_peer_stats_t stats;
    if (s->id && !s->over) {
        row.session = s->id;
        row.state = s->state;
        row.views = s->views;
        row.login = s->login;
        row.uptime_s = (uint32_t)((v->now_us - s->begun_us) / US_PER_S);
        if (v->hub && oc_hub_peer_stats(v->hub, s->id, &stats) == OC_OK) {
            fill_path(&row, &stats.path);
            row.rtt_us = stats.send.srtt_us ? stats.send.srtt_us : stats.rtt_us;
        }
    }
    memcpy(words, &row, sizeof words);
    oc_table_write(&v->session_table[s - v->session], words);
}

static void fill_flow(oc_viewers_view_t *view, oc_view_row_t *row) {
    oc_viewers_t *v = view->owner;
    const oc_peer_t *peer = oc_viewers_peer(view);
    oc_send_stream_stats_t stream;
    oc_peer_stats_t stats;
    if (peer && oc_peer_channel_stats(peer, view->sid, &stream, v->now_us) == OC_OK) {
        oc_view_meter_step(&view->meter, stream.sent_bytes, stream.acked_bytes, v->now_us);
        view->sent = stream.sent_bytes;
    }
    row->queued = narrow(oc_viewers_queued(view));
    row->inst_rate = view->meter.inst_rate;
    row->acked_rate = oc_view_meter_acked(&view->meter, v->now_us);
    split(view->meter.acked, &row->acked_lo, &row->acked_hi);
    if (peer && oc_hub_peer_stats(v->hub, view->session->id, &stats) == OC_OK) {
        row->rtt_us = stats.send.srtt_us ? stats.send.srtt_us : stats.rtt_us;
        row->loss_ppm = stats.send.loss_ppm;
        row->cwnd = stats.send.cwnd;
        row->pacing_rate = narrow(stats.send.pacing_bps / 8);
    }
}

static void fill_live(const oc_viewers_view_t *view, oc_view_row_t *row) {
    row->drop_ring = narrow(view->ring.overrun);
    row->drop_tracks = narrow(view->ring.useless);
    row->drop_watermark = view->drop_watermark;
    row->drop_report = view->drop_report;
    row->jumps = view->ring.jumps;
    row->key_requests = view->key_requests;
    row->held = (view->mark.held ? OC_VIEW_HELD_HIGH : 0) |
                (view->ring.paused || view->ring.pausing ? OC_VIEW_HELD_REPORT : 0);
}

void oc_viewers_publish_view(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    uint32_t words[OC_VIEW_ROW_WORDS];
    oc_view_row_t row = {.view = (uint32_t)view->number,
                         .session = view->session->id,
                         .state = view->state,
                         .kind = view->kind,
                         .id = view->sid,
                         .channel = view->channel,
                         .stream = view->stream,
                         .abandoned = view->abandoned,
                         .watermark = view->mark.above,
                         .low = view->mark.low,
                         .warn = view->mark.warn,
                         .high = view->mark.high,
                         .drop_received = view->drop_received};
    if (view->closed) {
        oc_viewers_publish_gone(v, view->number);
        return;
    }
    split(view->received, &row.received_lo, &row.received_hi);
    if (view->state != OC_VIEW_REQUESTED)
        fill_flow(view, &row);
    if (view->kind == OC_VIEW_LIVE) {
        fill_live(view, &row);
        oc_viewers_live_measure(view, &row);
    } else if (view->mark.held)
        row.held = OC_VIEW_HELD_HIGH;
    memcpy(words, &row, sizeof words);
    oc_table_write(&v->view_table[view->number % OC_VIEWS_MAX], words);
}

void oc_viewers_publish_gone(oc_viewers_t *v, int32_t number) {
    static const uint32_t none[OC_VIEW_ROW_WORDS];
    oc_table_write(&v->view_table[number % OC_VIEWS_MAX], none);
}

bool oc_viewers_publish_all(oc_viewers_t *v) {
    bool flows = false;
    for (unsigned i = 0; i < v->config.sessions; i++) {
        oc_viewers_session_t *s = &v->session[i];
        if (!s->id || s->over)
            continue;
        oc_viewers_publish_session(v, s);
        for (oc_viewers_view_t *view = s->first; view; view = view->next) {
            if (view->closed || view->state == OC_VIEW_REQUESTED)
                continue;
            oc_viewers_publish_view(view);
            flows |= view->meter.inst_rate || oc_view_meter_acked(&view->meter, v->now_us) ||
                     oc_viewers_queued(view);
        }
    }
    return flows;
}

const oc_table_t *oc_viewers_session_table(const oc_viewers_t *v, unsigned index) {
    return index < OC_SESSIONS_MAX ? &v->session_table[index] : NULL;
}

const oc_table_t *oc_viewers_view_table(const oc_viewers_t *v, unsigned index) {
    return index < OC_VIEWS_MAX ? &v->view_table[index] : NULL;
}
