#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "oc_http_impl.h"

#define HEAD_BYTES 2048 /* of a response's header lines */

/* What the viewer page may do; its worker-less player needs blob: for media only. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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
    if (max_age_s == 0)
        add(headers, "cache-control:", "no-store");
    else if (max_age_s > 0 &&
             snprintf(text, sizeof(text), "max-age=%lld", (long long)max_age_s) > 0)
        add(headers, "cache-control:", text);
}

static int write_head(oc_http_session_t *session, const oc_http_head_t *head) {
    uint8_t buffer[LWS_PRE + HEAD_BYTES];
    headers_t headers = {session->wsi, buffer + LWS_PRE, buffer + LWS_PRE, buffer + sizeof(buffer),
                         false};
    if (lws_add_http_common_headers(session->wsi, (unsigned)head->status, head->type, head->len,
                                    &headers.at, headers.end) != 0)
        return -1;
    add(&headers, "x-content-type-options:", "nosniff");
    add_cache(&headers, head->max_age_s);
    if (head->ranges)
        add(&headers, "accept-ranges:", "bytes");
    if (head->range)
        add(&headers, "content-range:", head->range);
    if (head->etag)
        add(&headers, "etag:", head->etag);
    if (head->policy) {
        add(&headers, "content-security-policy:", policy);
        add(&headers, "referrer-policy:", "no-referrer");
    }
    if (head->status == 503)
        add(&headers, "retry-after:", "1");
    if (head->status == 405)
        add(&headers, "allow:", "GET, HEAD");
    if (headers.bad)
        return -1;
    return lws_finalize_write_http_header(session->wsi, headers.start, &headers.at, headers.end);
}

void oc_http_send_end(oc_http_t *http, oc_http_session_t *session) {
    if (session->ask != 0) {
        oc_http_pending_t *pending = &http->pending[session->ask % OC_HTTP_ASKS];
        if (pending->id == session->ask)
            *pending = (oc_http_pending_t){0};
        session->ask = 0;
    }
    if (session->source == OC_HTTP_FILE)
        close(session->fd);
    if (session->source == OC_HTTP_MEMORY) {
        if (session->counted)
            atomic_fetch_sub(&http->config.desk->body_bytes,
                             (uint32_t)(session->offset + session->left));
        oc_media_thread_release(session->memory);
    }
    session->source = OC_HTTP_NOTHING;
    session->memory = NULL;
    session->counted = false;
    free(session->body);
    session->body = NULL;
    session->body_len = session->body_size = 0;
}

static int complete(oc_http_t *http, oc_http_session_t *session) {
    oc_http_send_end(http, session);
    if (session->unread) /* or its rest would be taken for the next request */
        return -1;
    return lws_http_transaction_completed(session->wsi) ? -1 : 0;
}

int oc_http_send(oc_http_t *http, oc_http_session_t *session, const oc_http_head_t *head) {
    session->answered = true;
    atomic_fetch_add(&http->counts.responses[(head->status / 100 - 1) % 5], 1);
    lws_set_timer_usecs(session->wsi, LWS_SET_TIMER_USEC_CANCEL);
    if (write_head(session, head) != 0) {
        oc_http_send_end(http, session);
        return -1;
    }
    if (session->head || head->len == 0)
        return complete(http, session);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    lws_callback_on_writable(session->wsi);
    return 0;
}

/* The next bytes to send, with LWS_PRE bytes of room before them; NULL: the file broke off. */
static uint8_t *next_part(oc_http_t *http, oc_http_session_t *session, size_t *len) {
    *len = session->left < OC_HTTP_CHUNK ? (size_t)session->left : OC_HTTP_CHUNK;
    if (session->source == OC_HTTP_MEMORY)
        return session->memory + session->offset;
    uint8_t *out = http->chunk + LWS_PRE;
    ssize_t got;
    do
        got = pread(session->fd, out, *len, (off_t)session->offset);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return NULL;
    *len = (size_t)got;
    return out;
}

int oc_http_send_more(oc_http_t *http, oc_http_session_t *session) {
    size_t len;
    if (session->source == OC_HTTP_NOTHING)
        return 0;
    uint8_t *part = next_part(http, session, &len);
    bool last = len == session->left;
    if (!part || lws_write(session->wsi, part, len, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
                     (int)len) {
        oc_http_send_end(http, session);
        return -1;
    }
    session->offset += len;
    session->left -= len;
    atomic_fetch_add(&http->counts.sent_kb, (uint32_t)(len + 500) / 1000);
    if (last)
        return complete(http, session);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    lws_callback_on_writable(session->wsi);
    return 0;
}

int oc_http_send_text(oc_http_t *http, oc_http_session_t *session, const char *type,
                      const char *text, size_t len) {
    session->memory = oc_media_thread_allocate(len + 1);
    if (!session->memory)
        return -1;
    memcpy(session->memory, text, len);
    session->source = OC_HTTP_MEMORY;
    session->offset = 0;
    session->left = len;
    return oc_http_send(http, session, &(oc_http_head_t){.status = 200, .type = type, .len = len});
}

static const struct status {
    int status;
    const char *code, *text;
} statuses[] = {
    {400, "INVAL", "malformed request"},
    {403, "INVAL", "refused: the request comes from a page of another site"},
    {404, "NOENT", "no such thing"},
    {405, "NOTSUP", "method not allowed"},
    {408, "TIMEOUT", "the request took too long"},
    {410, "STALE", "gone: older than what is kept"},
    {411, "INVAL", "a body needs its Content-Length"},
    {413, "TOO_BIG", "the body is too large"},
    {414, "TOO_BIG", "the address is too long"},
    {416, "RANGE", "range outside of the file"},
    {421, "INVAL", "Host must name this machine: localhost, 127.0.0.1 or [::1]"},
    {503, "BUSY", "not available right now, try again"},
};

int oc_http_send_status(oc_http_t *http, oc_http_session_t *session, int status) {
    const struct status *found = &statuses[sizeof(statuses) / sizeof(statuses[0]) - 1];
    char text[256], range[48];
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].status == status)
            found = &statuses[i];
    }
    bool api = session->area == OC_HTTP_API;
    int len =
        api ? snprintf(text, sizeof(text), "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n",
                       found->code, found->text)
            : snprintf(text, sizeof(text), "%s\n", found->text);
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
                          .type = api ? "application/json" : "text/plain; charset=utf-8",
                          .len = (uint64_t)len,
                          .range = status == 416 ? range : NULL});
}
