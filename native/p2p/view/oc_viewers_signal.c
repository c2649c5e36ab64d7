/* Offers, answers and candidates of scripts (oc_viewers_impl.h). */
#include "oc_viewers_calls.h"

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
        *why = "open: more channels than a session may have";
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
static int ask(oc_viewers_t *v, oc_hub_peer_t id, const offer_t *offer, const char **why) {
    oc_peer_t *peer = oc_hub_peer(v->hub, id);
    int rc = peer ? OC_OK : OC_ERR_NOENT;
    for (unsigned i = 0; i < offer->count && rc == OC_OK; i++)
        rc = oc_peer_ask(peer, offer->named[i].sid, offer->named[i].label);
    *why = rc == OC_ERR_EXIST ? "open: an id twice" : oc_err_text(rc);
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
        oc_viewers_pending_fail(v, s, OC_ERR_STALE, "another offer took its place");
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
    *why = "as many viewers as are possible";
    rc = s ? ask(v, id, &read, why) : OC_ERR_BUSY;
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
    oc_viewers_tell(v, &s->teller, TELL_CANDIDATE);
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
