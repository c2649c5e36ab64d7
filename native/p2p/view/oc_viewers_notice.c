/* What the script is told (oc_viewers_impl.h). There is no queue of notices: each object remembers
 * what it has to tell, and stands in a list while there is something. So nothing is ever lost, and
 * what is told too late is told once. */
#include "oc_json.h"
#include "oc_view_command.h"
#include "oc_viewers_calls.h"

#define JSON_MOST 1024 /* bytes of a notice without its label and message */

void oc_viewers_tell(oc_viewers_t *v, oc_viewers_teller_t *teller, unsigned tell) {
    teller->tell |= (uint16_t)tell;
    if (!teller->listed) {
        teller->listed = true;
        teller->next = NULL;
        if (v->first_teller)
            v->last_teller->next = teller;
        else
            v->first_teller = teller;
        v->last_teller = teller;
    }
    oc_mailbox_edge(v->mailbox, OC_OBJECT_P2P);
}

void oc_viewers_untell(oc_viewers_t *v, oc_viewers_teller_t *teller) {
    oc_viewers_teller_t *before = NULL;
    if (!teller->listed)
        return;
    for (oc_viewers_teller_t *t = v->first_teller; t != teller; t = t->next)
        before = t;
    if (before)
        before->next = teller->next;
    else
        v->first_teller = teller->next;
    if (v->last_teller == teller)
        v->last_teller = before;
    teller->listed = false;
    teller->next = NULL;
}

/* ---- words ---- */

static void begin(oc_json_t *json, const char *kind) {
    oc_json_begin_object(json);
    oc_json_key(json, "kind");
    oc_json_string(json, kind);
}

static void number(oc_json_t *json, const char *key, int64_t value) {
    oc_json_key(json, key);
    oc_json_int(json, value);
}

static void text(oc_json_t *json, const char *key, const char *value) {
    oc_json_key(json, key);
    oc_json_string(json, value);
}

static void add_address(oc_viewers_t *v, oc_json_t *json, const char *key, oc_hub_peer_t id) {
    char address[OC_ADDR_TEXT] = "";
    oc_peer_stats_t stats;
    if (v->hub && oc_hub_peer_stats(v->hub, id, &stats) == OC_OK && stats.path.remote.family)
        oc_addr_print(&stats.path.remote, address, sizeof address);
    text(json, key, address);
}

static void write_all(oc_json_t *json, unsigned tell) {
    begin(json, tell == TELL_READY          ? "ready"
                : tell == TELL_CONNECT_FAIL ? "connect-fail"
                                            : "addr-changed");
}

static void write_candidate(oc_viewers_t *v, oc_json_t *json, oc_viewers_session_t *s) {
    char line[OC_CANDIDATE_TEXT_MAX];
    if (oc_viewers_candidate_take(v, s, line))
        s->teller.tell |= TELL_CANDIDATE;
    begin(json, "candidate");
    number(json, "session", s->id);
    text(json, "line", line);
    text(json, "mid", s->mid);
}

static void write_session(oc_viewers_t *v, oc_json_t *json, oc_viewers_session_t *s,
                          unsigned tell) {
    if (tell == TELL_ERROR) {
        begin(json, "peer-error");
        number(json, "session", s->id);
        text(json, "reason", s->why);
        return;
    }
    if (tell == TELL_CANDIDATE) {
        write_candidate(v, json, s);
        return;
    }
    begin(json, "session");
    number(json, "session", s->id);
    text(json, "state",
         tell == TELL_UP     ? "up"
         : tell == TELL_LOST ? "lost"
         : tell == TELL_BACK ? "back"
                             : "over");
    if (tell == TELL_END)
        text(json, "reason", s->why);
    else
        add_address(v, json, "address", s->id);
}

static void write_ask(oc_viewers_t *v, oc_json_t *json, oc_viewers_view_t *view) {
    char label[OC_PEER_LABEL + 1];
    memcpy(label, view->label, view->label_len);
    label[view->label_len] = '\0';
    begin(json, view->receives ? "receive-start" : "send-start");
    number(json, "view", view->number);
    number(json, "session", view->session->id);
    text(json, "label", label);
    add_address(v, json, "peer", view->session->id);
    view->told = true;
    v->scan_us = 0; /* it has longer now */
}

static void write_level(oc_json_t *json, oc_viewers_view_t *view) {
    unsigned level = view->level[0];
    begin(json, "watermark");
    number(json, "view", view->number);
    number(json, "session", view->session->id);
    text(json, "level",
         level == OC_VIEW_LEVEL_LOW    ? "low"
         : level == OC_VIEW_LEVEL_WARN ? "warn"
                                       : "high");
    view->levels--;
    memmove(view->level, view->level + 1, view->levels);
    if (view->levels)
        view->teller.tell |= TELL_LEVEL;
}

static void write_end(oc_json_t *json, const oc_viewers_view_t *view) {
    begin(json, view->receives ? "receive-end" : "send-stop");
    number(json, "view", view->number);
    number(json, "session", view->session->id);
    text(json, "reason", view->why);
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
    begin(json, "command");
    number(json, "view", view->number);
    number(json, "session", view->session->id);
    number(json, "request", request->id);
    oc_json_end_object(json);
    uint32_t n = add_bytes(bytes + json->len, &request->message, OC_VIEW_COMMAND_HEAD, len);
    request->waits = false;
    oc_viewers_release(view, &request->message);
    if (waiting_request(view))
        view->teller.tell |= TELL_DATA;
    return n;
}

static uint32_t write_received(oc_json_t *json, oc_viewers_view_t *view, uint8_t *bytes) {
    oc_viewers_inbox_t *inbox = view->inbox;
    oc_viewers_held_t held = inbox->place[inbox->first];
    begin(json, view->kind == OC_VIEW_PLAYBACK ? "control" : "receive");
    number(json, "view", view->number);
    number(json, "session", view->session->id);
    oc_json_end_object(json);
    uint32_t n = add_bytes(bytes + json->len, &held.message, 0, held.len);
    inbox->first = (inbox->first + 1) % OC_VIEWERS_HELD;
    inbox->bytes -= held.len;
    oc_viewers_release(view, &held.message);
    if (--inbox->count)
        view->teller.tell |= TELL_DATA;
    else {
        oc_pool_give(&view->owner->pool, inbox);
        view->inbox = NULL;
    }
    return n;
}

static uint32_t write_data(oc_json_t *json, oc_viewers_view_t *view, uint8_t *bytes) {
    return waiting_request(view) ? write_request(json, view, bytes)
                                 : write_received(json, view, bytes);
}

/* ---- taking ---- */

static uint32_t size_for(const oc_viewers_teller_t *teller, unsigned tell) {
    oc_viewers_view_t *view = (oc_viewers_view_t *)teller;
    if (tell == TELL_ASK) /* each byte may become six */
        return JSON_MOST + 6u * view->label_len;
    return tell == TELL_DATA ? OC_VIEWERS_DATA_HEAD + message_len(view) : JSON_MOST;
}

/* Writes one notice; its bytes. */
static uint32_t write_notice(oc_viewers_t *v, oc_viewers_teller_t *teller, unsigned tell,
                             uint8_t *out, uint32_t size) {
    oc_json_t json = oc_json((char *)out, size);
    oc_viewers_view_t *view = (oc_viewers_view_t *)teller;
    if (teller->type == TELLER_ALL)
        write_all(&json, tell);
    else if (teller->type == TELLER_SESSION)
        write_session(v, &json, (oc_viewers_session_t *)teller, tell);
    else if (tell == TELL_DATA) {
        uint32_t n = write_data(&json, view, out);
        return (uint32_t)json.len + n;
    } else if (tell == TELL_ASK)
        write_ask(v, &json, view);
    else if (tell == TELL_LEVEL)
        write_level(&json, view);
    else
        write_end(&json, view);
    oc_json_end_object(&json);
    return (uint32_t)json.len;
}

/* Nothing more to tell: it may be gone for good. */
static void settle(oc_viewers_t *v, oc_viewers_teller_t *teller) {
    if (teller->tell)
        return;
    oc_viewers_untell(v, teller);
    if (teller->type == TELLER_VIEW)
        oc_viewers_view_sweep((oc_viewers_view_t *)teller);
    else if (teller->type == TELLER_SESSION)
        oc_viewers_session_sweep(v, (oc_viewers_session_t *)teller);
}

int oc_viewers_take(oc_viewers_t *v, oc_parcel_t *out) {
    for (;;) {
        oc_viewers_teller_t *teller = v->first_teller;
        if (!teller)
            return OC_AGAIN;
        if (teller->type == TELLER_VIEW && !has_message((oc_viewers_view_t *)teller))
            teller->tell &= (uint16_t)~TELL_DATA; /* it was answered by its deadline */
        if (!teller->tell) {
            settle(v, teller);
            continue;
        }
        unsigned tell = teller->tell & (0u - teller->tell); /* the lowest */
        uint32_t size = size_for(teller, tell);
        out->data = oc_mailbox_parcel_alloc(v->mailbox, size);
        if (!out->data)
            return OC_ERR_BUSY;
        teller->tell &= (uint16_t)~tell;
        oc_viewers_untell(v, teller);
        out->len = write_notice(v, teller, tell, out->data, size);
        if (teller->tell) /* the others have their turn first */
            oc_viewers_tell(v, teller, 0);
        else
            settle(v, teller);
        return OC_OK;
    }
}

void oc_viewers_notice(oc_viewers_t *v, oc_viewers_notice_t notice) {
    static const uint16_t tell[] = {TELL_READY, TELL_CONNECT_FAIL, TELL_ADDR_CHANGED};
    oc_viewers_tell(v, &v->all, tell[notice]);
}
