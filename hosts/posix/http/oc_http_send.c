#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "oc_http_access.h"
#include "oc_reply_head.h"

/* Of a response's header lines: ours, and those of an application with what frames each of them. */
#define HEAD_BYTES (2048 + 2 * OC_REPLY_HEAD_MAX)

/* What the viewer page may do; its player has no worker and needs blob: for media only. */
const char oc_http_page_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; manifest-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action "
    "'self'; "
    "frame-ancestors 'none'";

/* The player alone, for frames of any site: it has no login, no cookie reaches it, and there is
 * nothing on it but the picture that its address opens. */
const char oc_http_embed_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors *";

/* The page of cloud storage reads whatever store its reader names; it has no code but ours. */
const char oc_http_cloud_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src *; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* Reads what the device has in its store, for the page: it follows redirects of our own addresses.
 */
const char oc_http_store_policy[] = "default-src 'none'; connect-src *";

#define DEPTH_MAX 16 /* folders of an address */
/* English, and Chinese in UTF-8: what a person sees who opens such a link. */
#define LINK_OVER                                                                                  \
    "This link is over, was ended or is not whole. Ask for a new one.\n"                           \
    "\xe6\xad\xa4\xe9\x93\xbe\xe6\x8e\xa5\xe5\xb7\xb2\xe5\xa4\xb1\xe6\x95\x88\xe6\x88\x96"         \
    "\xe4\xb8\x8d\xe5\xae\x8c\xe6\x95\xb4\xef\xbc\x8c\xe8\xaf\xb7\xe7\xb4\xa2\xe5\x8f\x96"         \
    "\xe6\x96\xb0\xe7\x9a\x84\xe9\x93\xbe\xe6\x8e\xa5\xe3\x80\x82"

typedef struct headers {
    struct lws *wsi;
    uint8_t *start, *at, *end;
    bool bad;
} headers_t;

static void add(headers_t *headers, const char *name, const char *value) {
    headers->bad |=
        lws_add_http_header_by_name(headers->wsi, (const uint8_t *)name, (const uint8_t *)value,
                                    (int)strlen(value), &headers->at, headers->end) != 0;
}

static void add_cache(headers_t *headers, int64_t max_age_s) {
    char text[64];
    if (max_age_s == OC_HTTP_REVALIDATE)
        add(headers, "cache-control:", "no-cache");
    else if (max_age_s == 0)
        add(headers, "cache-control:", "no-store");
    else if (max_age_s > 0 &&
             snprintf(text, sizeof(text), "max-age=%lld", (long long)max_age_s) > 0)
        add(headers, "cache-control:", text);
}

/* What other sites may know (https://fetch.spec.whatwg.org/#http-cors-protocol). */
static void add_cors(headers_t *headers, const oc_http_t *http, const oc_http_session_t *session,
                     const oc_http_head_t *head) {
    if (http->access.origins.count > 0 || session->cors)
        add(headers, "vary:", "Origin");
    if (!session->cors)
        return;
    add(headers, "access-control-allow-origin:", session->origin);
    add(headers,
        "access-control-expose-headers:", "content-range, accept-ranges, etag, location, link");
    if (strcmp(session->method, "OPTIONS") == 0 && head->status == 204) {
        bool link =
            oc_http_area(session) == OC_HTTP_WATCH; /* may signal, and has no use for a login */
        add(headers,
            "access-control-allow-methods:", link ? "GET, HEAD, POST, PATCH, DELETE" : "GET, HEAD");
        add(headers, "access-control-allow-headers:",
            link ? "content-type, if-match, range" : "authorization, range");
        add(headers, "access-control-max-age:", "600");
    }
}

/* Login, and what a status needs. */
static void add_status(headers_t *headers, const oc_http_session_t *session,
                       const oc_http_head_t *head) {
    char text[16];
    int status = head->status;
    if (status == 503)
        add(headers, "retry-after:", "1");
    if (status == 429 && snprintf(text, sizeof(text), "%u", session->wait_s) > 0)
        add(headers, "retry-after:", text);
    if (status == 405 && !oc_reply_head_find(head->given, head->given_len, "allow"))
        add(headers, "allow:", "GET, HEAD");
    if (status == 401 && session->player)
        add(headers, "www-authenticate:", "Basic realm=\"ocellus\", charset=\"UTF-8\"");
    if (session->cookie[0])
        add(headers, "set-cookie:", session->cookie);
    if (session->device_cookie[0])
        add(headers, "set-cookie:", session->device_cookie);
}

/* Status, type and length; the end of a progressive stream is marked by chunks, by HTTP/2, or by
 * the end of the connection (the library then says so). */
static int add_first(headers_t *headers, const oc_http_session_t *session,
                     const oc_http_head_t *head) {
    bool by_end = head->len == OC_HTTP_ENDLESS && !session->pull.chunks;
    if (head->len != OC_HTTP_ENDLESS || by_end)
        return lws_add_http_common_headers(session->wsi, (unsigned)head->status, head->type,
                                           by_end ? LWS_ILLEGAL_HTTP_CONTENT_LEN : head->len,
                                           &headers->at, headers->end);
    if (lws_add_http_header_status(session->wsi, (unsigned)head->status, &headers->at,
                                   headers->end) != 0)
        return -1;
    add(headers, "content-type:", head->type);
    add(headers, "transfer-encoding:", "chunked");
    return 0;
}

/* Those of an application, but for what the head has a field for. */
static void add_given(headers_t *headers, const oc_http_head_t *head) {
    char named[80];
    const char *name, *value;
    for (size_t at = 0;
         (name = oc_reply_head_next(head->given, head->given_len, &at, &value)) != NULL;) {
        if (strcmp(name, "content-type") == 0 || strcmp(name, "etag") == 0)
            continue;
        snprintf(named, sizeof(named), "%s:", name);
        add(headers, named, value);
    }
}

/* An address of ours is given relative to the one that was asked for, so it stays below the path of
 * a proxy. No address of ours is deeper than DEPTH_MAX. */
static void add_location(headers_t *headers, const oc_http_session_t *session,
                         const char *location) {
    char whole[DEPTH_MAX * 3 + 128] = "./";
    size_t depth = 0;
    for (const char *at = session->path + 1; session->path[0] && *at; at++)
        depth += *at == '/';
    if (location[0] == '/' && depth <= DEPTH_MAX) {
        for (size_t i = 0; i < depth; i++)
            memcpy(whole + 3 * i, "../", 4);
        strncat(whole, location + 1, sizeof(whole) - strlen(whole) - 1);
        location = whole;
    }
    add(headers, "location:", location);
}

static int write_head(const oc_http_t *http, oc_http_session_t *session,
                      const oc_http_head_t *head) {
    uint8_t buffer[LWS_PRE + HEAD_BYTES];
    headers_t headers = {session->wsi, buffer + LWS_PRE, buffer + LWS_PRE, buffer + sizeof(buffer),
                         false};
    if (add_first(&headers, session, head) != 0)
        return -1;
    if (!oc_http_is_stream(session) && (head->len != OC_HTTP_ENDLESS || session->pull.chunks))
        add(&headers, "connection:", "close");
    add(&headers,
        "cross-origin-resource-policy:", head->everybody ? "cross-origin" : "same-origin");
    if (head->everybody)
        add(&headers, "access-control-allow-origin:", "*");
    add_cors(&headers, http, session, head);
    add_status(&headers, session, head);
    add_cache(&headers, head->max_age_s);
    if (head->ranges)
        add(&headers, "accept-ranges:", "bytes");
    if (head->range)
        add(&headers, "content-range:", head->range);
    if (head->vary)
        add(&headers, "vary:", head->vary);
    if (head->coding)
        add(&headers, "content-encoding:", head->coding);
    if (head->etag)
        add(&headers, "etag:", head->etag);
    if (oc_http_area(session) == OC_HTTP_PANEL)
        add(&headers, "referrer-policy:", "no-referrer");
    add_given(&headers, head);
    if (head->policy)
        add(&headers, "content-security-policy:", head->policy);
    if (head->policy == oc_http_page_policy || head->policy == oc_http_cloud_policy) {
        /* not no-referrer: browsers would send "Origin: null" with the form of the login */
        add(&headers, "referrer-policy:",
            oc_http_area(session) == OC_HTTP_WATCH ? "no-referrer" : "same-origin");
        add(&headers, "x-frame-options:", "DENY");
    }
    if (head->policy == oc_http_embed_policy)
        add(&headers, "referrer-policy:", "no-referrer");
    if (head->location)
        add_location(&headers, session, head->location);
    if (headers.bad)
        return -1;
    if (lws_finalize_http_header(session->wsi, &headers.at, headers.end) != 0)
        return -1;
    int len = (int)(headers.at - headers.start);
    int kind = LWS_WRITE_HTTP_HEADERS; /* HTTP/2 has to be told when nothing follows */
    if (session->head || head->len == 0)
        kind |= LWS_WRITE_H2_STREAM_END;
    return lws_write(session->wsi, headers.start, (size_t)len, (enum lws_write_protocol)kind) < len
               ? -1
               : 0;
}

void oc_http_send_end(oc_http_t *http, oc_http_session_t *session) {
    if (session->req != 0) {
        oc_http_pending_t *pending = &http->pending[session->req % OC_HTTP_PENDING];
        if (pending->id == session->req)
            *pending = (oc_http_pending_t){0};
        if (oc_http_area(session) == OC_HTTP_SPAN)
            oc_vod_thread_cancel(http->vod, session->req);
        else if (oc_http_area(session) != OC_HTTP_API && oc_http_area(session) != OC_HTTP_UPDATE &&
                 oc_http_area(session) != OC_HTTP_RECORDINGS) {
            oc_media_call_t call = oc_live_broker_cancel(http->config.live, session->req);
            (void)oc_media_thread_post(http->config.media, &call); /* else it ends by itself */
        }
        session->req = 0;
    }
    oc_http_update_ends(http, session);
    if (session->source == OC_HTTP_FILE)
        close(session->fd);
    if (session->source == OC_HTTP_BODY)
        oc_body_drop(&session->ref);
    if (session->source == OC_HTTP_PULL)
        oc_http_pull_forget(http, session);
    if (session->source == OC_HTTP_MEMORY) {
        if (session->counted)
            atomic_fetch_sub(&http->config.live->answers.body_bytes,
                             (uint32_t)(session->offset + session->left));
        oc_media_thread_release(session->memory);
    }
    oc_http_access_forget(http, session);
    oc_http_sends(session, false);
    session->source = OC_HTTP_NOTHING;
    session->memory = NULL;
    session->counted = session->live = false;
    oc_mailbox_parcel_free(http->config.broker->mailbox, &session->text);
    session->body_len = session->body_size = session->head_len = 0;
}

/* Part of what was written to the connection of a stream waits in the library. */
bool oc_http_send_held(const oc_http_session_t *session) {
    return oc_http_is_stream(session) && lws_partial_buffered(lws_get_network_wsi(session->wsi));
}

/* A connection of HTTP/1.1 ends with its answer, and what lies behind the request with it (ADR 84).
 * libwebsockets 4.1 forgets to finish a partial write when the stream that made it is gone: a
 * stream stays until everything of its connection is out. */
int oc_http_send_complete(oc_http_t *http, oc_http_session_t *session) {
    oc_http_send_end(http, session);
    if (oc_http_send_held(session)) {
        session->ending = true;
        lws_callback_on_writable(session->wsi);
        return 0;
    }
    return !oc_http_is_stream(session) || lws_http_transaction_completed(session->wsi) ? -1 : 0;
}

void oc_http_send_over(oc_http_session_t *session) {
    session->over = true;
    lws_callback_on_writable(session->wsi);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

int oc_http_send(oc_http_t *http, oc_http_session_t *session, const oc_http_head_t *head) {
    session->answered = true;
    oc_http_sends(session, true);
    atomic_fetch_add(&http->counts.responses[(head->status / 100 - 1) % 5], 1);
    lws_set_timer_usecs(session->wsi, LWS_SET_TIMER_USEC_CANCEL);
    if (write_head(http, session, head) != 0) {
        oc_http_send_end(http, session);
        return -1;
    }
    if (session->head || head->len == 0)
        return oc_http_send_complete(http, session);
    if (head->len == OC_HTTP_ENDLESS)
        return 0;
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    lws_callback_on_writable(session->wsi);
    return 0;
}

/* Bytes that may be written now. HTTP/2: one frame, as far as the peer's windows go. The last byte
 * of the connection's window is never used: libwebsockets 4.1 does not finish a partial write on a
 * connection whose window is empty, and reads nothing before it has, so it would stand for ever. */
size_t oc_http_send_room(const oc_http_session_t *session) {
    if (!oc_http_is_stream(session))
        return OC_HTTP_CHUNK;
    lws_fileofs_t all = lws_get_peer_write_allowance(lws_get_network_wsi(session->wsi)) - 1;
    lws_fileofs_t own = lws_get_peer_write_allowance(session->wsi);
    lws_fileofs_t least = own < all ? own : all;
    return least <= 0 ? 0 : least < OC_HTTP_FRAME ? (size_t)least : OC_HTTP_FRAME;
}

/* The next bytes to send, at most *len, with LWS_PRE bytes of room before them; NULL: the file
 * or the body broke off. */
static uint8_t *next_part(oc_http_t *http, oc_http_session_t *session, size_t *len) {
    *len = session->left < *len ? (size_t)session->left : *len;
    if (session->source == OC_HTTP_MEMORY)
        return session->memory + session->offset;
    uint8_t *out = http->chunk + LWS_PRE;
    ssize_t got;
    if (session->source == OC_HTTP_BODY) {
        got = (ssize_t)oc_body_read(&session->ref, session->offset, out, *len);
        *len = got > 0 ? (size_t)got : 0;
        return got > 0 ? out : NULL;
    }
    do
        got = pread(session->fd, out, *len, (off_t)session->offset);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return NULL;
    *len = (size_t)got;
    return out;
}

void oc_http_count_sent(oc_http_t *http, oc_http_session_t *session, size_t len) {
    oc_http_peer_t *row = oc_http_peer(session);
    atomic_fetch_add(&http->counts.sent_kb, (uint32_t)(len + 500) / 1000);
    if (row)
        oc_http_places_sent(row, (uint32_t)len);
}

int oc_http_send_more(oc_http_t *http, oc_http_session_t *session) {
    size_t len = oc_http_send_room(session);
    if (session->source == OC_HTTP_NOTHING)
        return session->ending ? oc_http_send_complete(http, session) : 0;
    if (session->live && oc_plane_privacy(http->config.live->plane)) {
        oc_http_send_end(http, session);
        return -1;
    }
    if (session->source == OC_HTTP_PULL)
        return oc_http_pull_more(http, session);
    if (len == 0) { /* called again when the peer opens a window */
        if (oc_http_send_held(session))
            lws_callback_on_writable(session->wsi);
        return 0;
    }
    uint8_t *part = next_part(http, session, &len);
    bool last = len == session->left;
    if (!part || lws_write(session->wsi, part, len, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
                     (int)len) {
        oc_http_send_end(http, session);
        return -1;
    }
    session->offset += len;
    session->left -= len;
    oc_http_count_sent(http, session, len);
    if (last)
        return oc_http_send_complete(http, session);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    lws_callback_on_writable(session->wsi);
    return 0;
}

int oc_http_send_text(oc_http_t *http, oc_http_session_t *session, const char *type,
                      const char *text, size_t len) {
    return oc_http_send_body(http, session, 200, type, text, len);
}

int oc_http_send_body(oc_http_t *http, oc_http_session_t *session, int status, const char *type,
                      const char *text, size_t len) {
    session->memory = oc_media_thread_allocate(len + 1);
    if (!session->memory)
        return -1;
    memcpy(session->memory, text, len);
    session->source = OC_HTTP_MEMORY;
    session->offset = 0;
    session->left = len;
    return oc_http_send(http, session,
                        &(oc_http_head_t){.status = status, .type = type, .len = len});
}

static const struct status {
    int status;
    const char *code, *text;
} statuses[] = {
    {400, "INVAL", "malformed request"},
    {401, "LOGIN", "log in first"},
    {403, "INVAL", "refused: the request comes from a page of another site"},
    {404, "NOENT", "not found"},
    {405, "NOTSUP", "method not allowed"},
    {408, "TIMEOUT", "the request took too long"},
    {409, "STATE", "not possible in the current state"},
    {410, "STALE", "gone: older than the oldest stored data"},
    {411, "INVAL", "a body needs its Content-Length"},
    {413, "TOO_BIG", "the body is too large"},
    {414, "TOO_BIG", "the address is too long"},
    {415, "NOTSUP", "this format cannot carry the channel"},
    {416, "RANGE", "range is outside the file"},
    {421, "INVAL", "Host does not name this machine; add the name with --host"},
    {429, "BUSY", "too many attempts; try again later"},
    {503, "BUSY", "not available right now, try again"},
};

int oc_http_send_status(oc_http_t *http, oc_http_session_t *session, int status) {
    return oc_http_send_why(http, session, status, NULL);
}

int oc_http_send_why(oc_http_t *http, oc_http_session_t *session, int status, const char *why) {
    const struct status *found = &statuses[sizeof(statuses) / sizeof(statuses[0]) - 1];
    char text[256], range[48];
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].status == status)
            found = &statuses[i];
    }
    bool api = oc_http_area(session) == OC_HTTP_API || oc_http_area(session) == OC_HTTP_ACCESS ||
               (oc_http_area(session) == OC_HTTP_LOGIN && session->json);
    if (status == 303 || status == 204) {
        oc_http_send_end(http, session);
        return oc_http_send(
            http, session,
            &(oc_http_head_t){.status = status, .location = status == 303 ? "/login" : NULL});
    }
    bool update = oc_http_area(session) == OC_HTTP_UPDATE;
    if (status == 403 && oc_http_area(session) == OC_HTTP_WATCH && !why)
        why = LINK_OVER;
    int len =
        update ? snprintf(text, sizeof(text), "{\"error\":\"%s\"}\n", why ? why : found->text)
        : api  ? snprintf(text, sizeof(text), "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n",
                          found->code, why ? why : found->text)
               : snprintf(text, sizeof(text), "%s\n", why ? why : found->text);
    oc_http_send_end(http, session);
    session->memory = oc_media_thread_allocate((size_t)len);
    if (!session->memory)
        return -1;
    memcpy(session->memory, text, (size_t)len);
    session->source = OC_HTTP_MEMORY;
    session->left = (uint64_t)len;
    snprintf(range, sizeof(range), "bytes */%llu", (unsigned long long)session->offset);
    session->offset = 0;
    return oc_http_send(
        http, session,
        &(oc_http_head_t){.status = status,
                          .type = api || update ? "application/json" : "text/plain; charset=utf-8",
                          .len = (uint64_t)len,
                          .range = status == 416 ? range : NULL});
}
