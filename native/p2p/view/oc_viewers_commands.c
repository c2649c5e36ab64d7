/* Commands of scripts (oc_viewers_impl.h), for any host. */
#include "oc_viewers_impl.h"

#include <stdio.h>
#include "oc_thread_check.h"

#define INTERVAL_MAX 255 /* s */
#define ATTEMPTS_MAX 10
#define HOLD_MIN     100   /* ms */
#define REPORT_MIN   1000  /* ms: a page reports every 500 */
#define WAIT_MAX     60000 /* ms */
#define US_PER_MS    1000

/* What is answered. */
typedef struct answer {
    int32_t value;
    oc_parcel_t parcel;
    const char *why; /* of a failure, static or in text; NULL: the code says it */
    char text[OC_VIEWERS_WHY];
} answer_t;

/* The parcel as text with NUL, cut. */
static void text_of(const oc_command_t *command, const char *otherwise, char *out, size_t size) {
    if (command->parcel.len)
        snprintf(out, size, "%.*s", (int)command->parcel.len, (const char *)command->parcel.data);
    else
        snprintf(out, size, "%s", otherwise);
}

static int refuse(oc_viewers_t *v, const oc_command_t *command) {
    char why[OC_VIEWERS_WHY];
    oc_viewers_view_t *view = oc_viewers_view(v, command->arg[0]);
    if (!view || view->state != OC_VIEW_REQUESTED)
        return OC_ERR_NOENT;
    text_of(command, "refused", why, sizeof why);
    view->notified = false; /* who refuses is told no stop */
    oc_viewers_end(view, why);
    return OC_OK;
}

static int end_session(oc_viewers_t *v, oc_viewers_session_t *s, const char *why) {
    for (oc_viewers_view_t *view = s->first, *next; view; view = next) {
        next = view->next;
        if (!view->closed)
            oc_viewers_end(view, why);
        oc_viewers_drop_held(view, false);
    }
    return oc_hub_close(v->hub, s->id, v->now_us);
}

int oc_viewers_end_login(oc_viewers_t *v, uint32_t session, uint32_t login, const char *why,
                         int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_viewers_session_t *s = v->hub ? oc_viewers_session(v, session) : NULL;
    if (!s || s->login != login)
        return OC_ERR_NOENT;
    v->now_us = now_us;
    return end_session(v, s, why);
}

static int end(oc_viewers_t *v, const oc_command_t *command) {
    char why[OC_VIEWERS_WHY];
    text_of(command, "ended by the device", why, sizeof why);
    if (command->arg[0]) {
        oc_viewers_session_t *s = oc_viewers_session(v, (oc_hub_peer_t)command->arg[0]);
        return s ? end_session(v, s, why) : OC_ERR_NOENT;
    }
    oc_viewers_view_t *view = oc_viewers_view(v, command->arg[1]);
    if (!view || view->state == OC_VIEW_ENDING)
        return OC_ERR_NOENT;
    oc_viewers_end(view, why);
    return OC_OK;
}

static int reply(oc_viewers_t *v, const oc_command_t *command) {
    oc_viewers_view_t *view = oc_viewers_view(v, command->arg[0]);
    if (!view || view->kind != OC_VIEW_COMMAND || view->state != OC_VIEW_OPEN)
        return OC_ERR_NOENT;
    return oc_viewers_reply(view, (uint32_t)command->arg[1], command->arg[2] != 0,
                            oc_span(command->parcel.data, command->parcel.len));
}

/* Its levels have changed. */
static void follow_marks(oc_viewers_view_t *view) {
    oc_viewers_live_follow(view);
    (void)oc_viewers_play_follow(view);
    oc_viewers_publish_view(view);
}

static int watermarks(oc_viewers_t *v, const oc_command_t *command, answer_t *answer) {
    const int32_t *levels = &command->arg[1];
    if (!oc_view_watermark_valid(levels[0], levels[1], levels[2])) {
        snprintf(answer->text, sizeof answer->text,
                 "watermarks: %d, %d, %d: 0 < low < warn < high, or 0, 0, 0", levels[0], levels[1],
                 levels[2]);
        answer->why = answer->text;
        return OC_ERR_RANGE;
    }
    v->scan_us = 0;
    if (command->arg[0] > 0) {
        oc_viewers_view_t *view = oc_viewers_view(v, command->arg[0]);
        if (!view)
            return OC_ERR_NOENT;
        view->own_marks = true;
        oc_view_watermark_set(&view->mark, (uint32_t)levels[0], (uint32_t)levels[1],
                              (uint32_t)levels[2]);
        follow_marks(view);
        return OC_OK;
    }
    v->low = (uint32_t)levels[0];
    v->warn = (uint32_t)levels[1];
    v->high = (uint32_t)levels[2];
    v->follow = command->arg[0] < 0;
    for (unsigned i = 0; i < v->config.sessions; i++)
        for (oc_viewers_view_t *view = v->session[i].first; view; view = view->next)
            if (!view->own_marks && !view->closed) {
                oc_viewers_marks(view);
                follow_marks(view);
            }
    return OC_OK;
}

static int keep_alive(oc_viewers_t *v, const oc_command_t *command, answer_t *answer) {
    int32_t interval = command->arg[0], attempts = command->arg[1];
    if (interval < 0 || interval > INTERVAL_MAX || attempts < 0 || attempts > ATTEMPTS_MAX) {
        snprintf(answer->text, sizeof answer->text,
                 "keep-alive: %d s, %d attempts: 0 to %d and 0 to %d", interval, attempts,
                 INTERVAL_MAX, ATTEMPTS_MAX);
        answer->why = answer->text;
        return OC_ERR_RANGE;
    }
    return oc_hub_configure(v->hub, (unsigned)interval, (unsigned)attempts, v->now_us);
}

static int rate(oc_viewers_t *v, const oc_command_t *command, answer_t *answer) {
    const int32_t *arg = command->arg;
    if (arg[0] < 0 || arg[1] < HOLD_MIN || arg[1] > WAIT_MAX || arg[2] < REPORT_MIN ||
        arg[2] > WAIT_MAX) {
        answer->why = "rate: a floor >= 0, 100 to 60000 ms of hold, 1000 to 60000 for a report";
        return OC_ERR_RANGE;
    }
    v->floor_bps = (uint32_t)arg[0];
    v->hold_us = (uint32_t)arg[1] * US_PER_MS;
    v->report_us = (uint32_t)arg[2] * US_PER_MS;
    v->scan_us = 0;
    oc_viewers_live_tune(v);
    return OC_OK;
}

static int carry_out(oc_viewers_t *v, const oc_command_t *command, answer_t *answer) {
    switch (command->kind) {
    case OC_COMMAND_P2P_TAKE:
        return oc_viewers_take(v, &answer->parcel);
    case OC_COMMAND_P2P_ACCEPT:
        return oc_viewers_accept(v, command, &answer->why);
    case OC_COMMAND_P2P_REFUSE:
        return refuse(v, command);
    case OC_COMMAND_P2P_REPLY:
        return reply(v, command);
    case OC_COMMAND_P2P_END:
        return end(v, command);
    case OC_COMMAND_P2P_WATERMARKS:
        return watermarks(v, command, answer);
    case OC_COMMAND_P2P_KEEPALIVE:
        return keep_alive(v, command, answer);
    case OC_COMMAND_P2P_PLAY:
        return oc_viewers_play_command(v, command, &answer->why);
    case OC_COMMAND_P2P_RATE:
        return rate(v, command, answer);
    default:
        return oc_viewers_signal(v, command, &answer->value, &answer->parcel, &answer->why);
    }
}

bool oc_viewers_command(oc_viewers_t *v, const oc_command_t *given, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_command_t command = *given;
    answer_t answer = {0};
    int code = OC_ERR_STATE;
    if (command.kind < OC_COMMAND_P2P_OFFER || command.kind > OC_COMMAND_P2P_RATE)
        return false;
    oc_viewers_new_script(v, command.generation, now_us);
    /* levels and rates may be set before, and what is left to tell may be taken after */
    if (v->hub || command.kind == OC_COMMAND_P2P_TAKE || command.kind == OC_COMMAND_P2P_RATE ||
        (command.kind == OC_COMMAND_P2P_WATERMARKS && command.arg[0] <= 0))
        code = carry_out(v, &command, &answer);
    else
        answer.why = "the transport is not open";
    bool later = code == OC_AGAIN && command.kind != OC_COMMAND_P2P_TAKE;
    if (later)
        return true; /* its parcel is kept */
    oc_mailbox_parcel_free(v->mailbox, &command.parcel);
    const char *why = answer.why ? answer.why : oc_err_text(code);
    if (code < 0)
        oc_mailbox_reply_text(v->mailbox, command.request, command.generation, code, answer.value,
                              0, why, strlen(why));
    else
        oc_mailbox_reply(v->mailbox, command.request, command.generation, code, answer.value, 0,
                         answer.parcel);
    return true;
}

/* Of an object that ended: the new script has never heard of it. */
static void forget_notified(oc_viewers_t *v, oc_viewers_session_t *s) {
    for (oc_viewers_view_t *view = s->first, *next; view; view = next) {
        next = view->next;
        view->levels = 0;
        view->notifier.notify &= (uint16_t) ~(NOTIFY_LEVEL | NOTIFY_END);
        if (view->state == OC_VIEW_REQUESTED)
            oc_viewers_notify(v, &view->notifier, NOTIFY_REQUEST);
        if (view->closed)
            oc_viewers_drop_held(view, s->over);
        oc_viewers_give_again(view);
        oc_viewers_view_sweep(view);
    }
    oc_viewers_candidates_drop(v, s);
    s->notifier.notify = 0;
    oc_viewers_session_sweep(v, s);
}

void oc_viewers_new_script(oc_viewers_t *v, uint32_t generation, int64_t now_us) {
    v->now_us = now_us;
    if (v->generation == generation)
        return;
    bool first = v->generation == 0;
    v->generation = generation;
    for (unsigned i = 0; !first && i < v->config.sessions; i++)
        if (v->session[i].id) {
            oc_viewers_pending_fail(v, &v->session[i], OC_ERR_GENERATION, "");
            forget_notified(v, &v->session[i]);
        }
}

/* Offers, answers and candidates of scripts (oc_viewers_impl.h). */

/* A channel that an offer names. */
typedef struct named {
    uint16_t sid;
    oc_span_t label;
} named_t;

typedef struct offer {
    named_t named[OC_SESSION_VIEWS];
    unsigned count;
    oc_span_t sdp;
} offer_t;

/* "ID LABEL" of one line. */
static bool read_line(oc_span_t line, named_t *out) {
    size_t i = 0;
    unsigned id = 0;
    for (; i < line.len && line.data[i] >= '0' && line.data[i] <= '9' && id <= OC_P2P_OPEN_ID; i++)
        id = id * 10 + (unsigned)(line.data[i] - '0');
    if (i == 0 || id > OC_P2P_OPEN_ID || i >= line.len || line.data[i] != ' ')
        return false;
    *out = (named_t){(uint16_t)id, oc_span_sub(line, i + 1, line.len - i - 1)};
    return true;
}

/* Lines, an empty one, the SDP; the SDP alone is fine. OC_OK | OC_ERR_FORMAT | OC_ERR_RANGE: *why.
 */
static int read_offer(oc_span_t text, offer_t *out, const char **why) {
    *out = (offer_t){.sdp = text};
    if (text.len > 2 && memcmp(text.data, "v=", 2) == 0)
        return OC_OK;
    for (size_t at = 0; at < text.len;) {
        const uint8_t *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.data) - at : text.len - at;
        oc_span_t line = oc_span_sub(text, at, len);
        at += len + 1;
        if (len == 0) {
            out->sdp = at < text.len ? oc_span_sub(text, at, text.len - at) : oc_span(NULL, 0);
            return OC_OK;
        }
        *why = "open: too many data channels for one session";
        if (out->count == OC_SESSION_VIEWS)
            return OC_ERR_RANGE;
        *why = "open: each line is an id of 0 to 1023, a blank and a label";
        if (!read_line(line, &out->named[out->count]))
            return OC_ERR_FORMAT;
        out->count++;
    }
    *why = "offer: no empty line before the SDP";
    return OC_ERR_FORMAT;
}

/* Asks for the channels that the viewer opens by itself. */
static int req(oc_viewers_t *v, oc_hub_peer_t id, const offer_t *offer, const char **why) {
    oc_peer_t *peer = oc_hub_peer(v->hub, id);
    int rc = peer ? OC_OK : OC_ERR_NOENT;
    for (unsigned i = 0; i < offer->count && rc == OC_OK; i++)
        rc = oc_peer_request(peer, offer->named[i].sid, offer->named[i].label);
    *why = rc == OC_ERR_EXIST ? "open: an id occurs twice" : oc_err_text(rc);
    return rc;
}

/* Our description of a session, when it can be said. OC_OK | OC_AGAIN later | OC_ERR_* */
static int describe(oc_viewers_t *v, oc_viewers_session_t *s, oc_span_t sdp, oc_parcel_t *out) {
    out->data = oc_mailbox_parcel_alloc(v->mailbox, OC_HUB_DESCRIPTION);
    if (!out->data)
        return OC_ERR_NOMEM;
    out->len = OC_HUB_DESCRIPTION;
    int n = oc_hub_description(v->hub, s->id, sdp, (char *)out->data, OC_HUB_DESCRIPTION);
    if (n > 0) {
        out->len = (uint32_t)n;
        return OC_OK;
    }
    oc_mailbox_parcel_free(v->mailbox, out);
    return n == OC_ERR_BUSY ? OC_AGAIN : n;
}

static void forget_pending(oc_viewers_t *v, oc_viewers_session_t *s) {
    oc_mailbox_parcel_free(v->mailbox, &s->pending.offer);
    s->pending = (oc_viewers_pending_t){0};
}

/* The SDP of a parcel that is kept for later. */
static oc_span_t sdp_of(const oc_parcel_t *parcel) {
    offer_t offer;
    const char *why;
    if (!parcel->len || read_offer(oc_span(parcel->data, parcel->len), &offer, &why) != OC_OK)
        return oc_span(NULL, 0);
    return offer.sdp;
}

void oc_viewers_described(oc_viewers_t *v, oc_viewers_session_t *s) {
    oc_parcel_t out = {NULL, 0};
    if (!s->pending.request)
        return;
    int rc = describe(v, s, sdp_of(&s->pending.offer), &out);
    if (rc == OC_AGAIN)
        return;
    oc_mailbox_reply(v->mailbox, s->pending.request, s->pending.generation, rc, (int32_t)s->id, 0,
                     out);
    forget_pending(v, s);
}

void oc_viewers_pending_fail(oc_viewers_t *v, oc_viewers_session_t *s, int code, const char *why) {
    if (!s->pending.request)
        return;
    oc_mailbox_reply_text(v->mailbox, s->pending.request, s->pending.generation, code,
                          (int32_t)s->id, 0, why, why ? strlen(why) : 0);
    forget_pending(v, s);
}

/* Answers now, or keeps the command. The parcel is taken over with OC_AGAIN. */
static int answer(oc_viewers_t *v, oc_viewers_session_t *s, const oc_command_t *command,
                  oc_span_t sdp, oc_parcel_t *out) {
    int rc = describe(v, s, sdp, out);
    if (rc == OC_AGAIN) {
        oc_viewers_pending_fail(v, s, OC_ERR_STALE, "replaced by another offer");
        s->pending = (oc_viewers_pending_t){command->request, command->generation, command->parcel};
    }
    return rc;
}

static int offer(oc_viewers_t *v, const oc_command_t *command, int32_t *session, oc_parcel_t *out,
                 const char **why) {
    oc_viewers_session_t *s = oc_viewers_session(v, (oc_hub_peer_t)command->arg[0]);
    bool is_new = command->arg[0] == 0;
    offer_t read;
    oc_hub_peer_t id = (oc_hub_peer_t)command->arg[0];
    int rc = read_offer(oc_span(command->parcel.data, command->parcel.len), &read, why);
    if (rc != OC_OK)
        return rc;
    if (!is_new && !s)
        return OC_ERR_NOENT;
    rc = is_new ? v->env.offer(v->env.context, read.sdp, &id, why)
                : oc_hub_reoffer(v->hub, id, read.sdp, v->now_us, why);
    if (rc != OC_OK)
        return rc;
    if (is_new)
        s = oc_viewers_session_new(v, id);
    if (s && (is_new || command->arg[1])) { /* who offers last answers for it */
        s->login = (uint32_t)command->arg[1];
        oc_viewers_publish_session(v, s);
    }
    *why = "the maximum number of sessions is reached";
    rc = s ? req(v, id, &read, why) : OC_ERR_BUSY;
    *session = (int32_t)id;
    if (rc == OC_OK)
        rc = answer(v, s, command, read.sdp, out);
    if (rc < 0 && is_new)
        (void)oc_hub_close(v->hub, id, v->now_us);
    return rc;
}

static int connect(oc_viewers_t *v, const oc_command_t *command, int32_t *session, oc_parcel_t *out,
                   const char **why) {
    oc_hub_peer_t id = (oc_hub_peer_t)command->arg[0];
    oc_viewers_session_t *s = oc_viewers_session(v, id);
    if (command->arg[0] && !s)
        return OC_ERR_NOENT;
    bool is_new = s == NULL;
    int rc = s ? oc_hub_restart(v->hub, id, v->now_us) : v->env.connect(v->env.context, &id);
    if (rc != OC_OK)
        return rc;
    if (is_new)
        s = oc_viewers_session_new(v, id);
    *session = (int32_t)id;
    rc = s ? answer(v, s, command, oc_span(NULL, 0), out) : OC_ERR_BUSY;
    if (rc < 0 && is_new)
        (void)oc_hub_close(v->hub, id, v->now_us);
    return rc;
}

int oc_viewers_signal(oc_viewers_t *v, const oc_command_t *command, int32_t *session,
                      oc_parcel_t *out, const char **why) {
    oc_span_t text = oc_span(command->parcel.data, command->parcel.len);
    oc_hub_peer_t id = (oc_hub_peer_t)command->arg[0];
    *session = command->arg[0];
    switch (command->kind) {
    case OC_COMMAND_P2P_OFFER:
        return offer(v, command, session, out, why);
    case OC_COMMAND_P2P_CONNECT:
        return connect(v, command, session, out, why);
    case OC_COMMAND_P2P_ANSWER:
        return oc_hub_answer(v->hub, id, text, v->now_us, why);
    default:
        return oc_hub_candidate(v->hub, id, text, v->now_us);
    }
}

/* ---- candidates of ours that come late ---- */

void oc_viewers_candidate(oc_viewers_t *v, oc_viewers_session_t *s, const oc_hub_event_t *event) {
    char line[OC_CANDIDATE_TEXT_MAX];
    int len = 0;
    if (event->end)
        s->lines_end = true;
    else
        len = oc_hub_candidate_line(v->hub, s->id, &event->candidate, line, sizeof line);
    if (len < 0)
        return;
    memcpy(s->mid, event->mid, sizeof s->mid);
    if (len > 0) {
        if (!s->lines) {
            s->lines = oc_pool_take(&v->pool);
            s->lines_len = 0;
        }
        /* without room it is not told: another one has to do */
        if (!s->lines || s->lines_len + (size_t)len + 1 > OC_POOL_EACH)
            return;
        memcpy((char *)s->lines + s->lines_len, line, (size_t)len);
        s->lines_len = (uint16_t)(s->lines_len + len + 1);
        ((char *)s->lines)[s->lines_len - 1] = '\n';
    }
    oc_viewers_notify(v, &s->notifier, NOTIFY_CANDIDATE);
}

bool oc_viewers_candidate_take(oc_viewers_t *v, oc_viewers_session_t *s, char *out) {
    const char *end = s->lines ? memchr(s->lines, '\n', s->lines_len) : NULL;
    size_t len = end ? (size_t)(end - (const char *)s->lines) : 0;
    memcpy(out, end ? s->lines : "", len);
    out[len] = '\0';
    if (!end) {
        s->lines_end = false;
        return false;
    }
    s->lines_len = (uint16_t)(s->lines_len - len - 1);
    memmove(s->lines, end + 1, s->lines_len);
    if (!s->lines_len)
        oc_viewers_candidates_drop(v, s);
    return s->lines || s->lines_end;
}

void oc_viewers_candidates_drop(oc_viewers_t *v, oc_viewers_session_t *s) {
    oc_pool_give(&v->pool, s->lines);
    s->lines = NULL;
    s->lines_len = 0;
}
