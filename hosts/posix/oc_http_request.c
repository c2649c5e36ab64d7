#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "oc_http_impl.h"
#include "oc_posix.h"

#define METRICS_BYTES (256 * 1024) /* 40 channels with every counter: about 120 KB */

/* A header as text; "" when it is absent, NULL when it is longer than size. */
static const char *header(oc_http_session_t *session, enum lws_token_indexes token, char *out,
                          int size) {
    int len = lws_hdr_total_length(session->wsi, token);
    out[0] = '\0';
    if (len >= size)
        return NULL;
    return len == 0 || lws_hdr_copy(session->wsi, out, size, token) >= 0 ? out : NULL;
}

static const char *method_name(int method) {
    static const char *const names[] = {
        [LWSHUMETH_GET] = "GET",        [LWSHUMETH_POST] = "POST",     [LWSHUMETH_PUT] = "PUT",
        [LWSHUMETH_PATCH] = "PATCH",    [LWSHUMETH_DELETE] = "DELETE", [LWSHUMETH_HEAD] = "HEAD",
        [LWSHUMETH_OPTIONS] = "OPTIONS"};
    size_t count = sizeof(names) / sizeof(names[0]);
    return method >= 0 && (size_t)method < count && names[method] ? names[method] : "";
}

/* Writes one byte of a decoded query so that it can be decoded again. Bytes written, at most 3. */
static int encode(char *out, unsigned char byte, bool *name) {
    static const char plain[] = "-._~/:,;@!$'()*?";
    bool equals = byte == '=' && *name; /* the first one ends the name */
    *name = *name && byte != '=';
    if (equals || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
        (byte >= 'A' && byte <= 'Z') || (byte != 0 && strchr(plain, byte))) {
        *out = (char)byte;
        return 1;
    }
    static const char digits[] = "0123456789ABCDEF";
    out[0] = '%';
    out[1] = digits[byte >> 4];
    out[2] = digits[byte & 15];
    return 3;
}

/* Reads the query into the session. The library has split it at '&' and decoded each part. 0 or the
 * status that refuses the request. */
static int read_query(oc_http_session_t *session) {
    char part[OC_HTTP_PATH_MAX];
    size_t used = 0;
    session->query[0] = '\0';
    for (int i = 0;; i++) {
        int len = lws_hdr_fragment_length(session->wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
        bool name = true;
        if (len <= 0)
            return 0;
        if (len >= (int)sizeof(part) ||
            lws_hdr_copy_fragment(session->wsi, part, sizeof(part), WSI_TOKEN_HTTP_URI_ARGS, i) < 0)
            return 414;
        if (i > 0)
            session->query[used++] = '&';
        for (int at = 0; at < len; at++) {
            if (used + 5 > sizeof(session->query))
                return 414;
            used += (size_t)encode(session->query + used, (unsigned char)part[at], &name);
        }
        session->query[used] = '\0';
    }
}

/* Reads method, path and query into the session. 0, or the status that refuses the request. */
static int read_line(oc_http_session_t *session) {
    char *uri;
    int len;
    int method = lws_http_get_uri_and_method(session->wsi, &uri, &len);
    session->method = method_name(method);
    session->head = method == LWSHUMETH_HEAD;
    if (session->method[0] == '\0')
        return 405;
    if (len >= OC_HTTP_URL_MAX)
        return 414;
    memcpy(session->path, uri, (size_t)len);
    session->path[len] = '\0';
    if (strlen(session->path) != (size_t)len)
        return 400; /* an encoded NUL */
    return read_query(session);
}

/* What holds for every request. 0, or the status that refuses it. */
static int check(oc_http_session_t *session, const char **rest) {
    char text[128];
    int status = read_line(session);
    session->area = OC_HTTP_NOWHERE;
    if (status != 0)
        return status;
    session->area = oc_http_rule_route(session->path, rest);
    const char *host = header(session, WSI_TOKEN_HOST, text, sizeof(text));
    if (!host || host[0] == '\0')
        host = header(session, WSI_TOKEN_HTTP_COLON_AUTHORITY, text, sizeof(text));
    if (!host || !oc_http_rule_host(host))
        return 421;
    bool reads = strcmp(session->method, "GET") == 0 || session->head;
    if (session->area != OC_HTTP_API && !reads)
        return 405;
    const char *origin = header(session, WSI_TOKEN_ORIGIN, text, sizeof(text));
    if (!reads && (!origin || !oc_http_rule_origin(origin)))
        return 403;
    if (lws_hdr_total_length(session->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return 411;
    return 0;
}

/* Hands a question to the media thread; the answer comes through oc_http_request_answers. */
static int ask(oc_http_t *http, oc_http_session_t *session, oc_http_ask_kind_t kind,
               const char *path) {
    oc_http_pending_t *pending = NULL;
    for (unsigned i = 0; i < OC_HTTP_ASKS && !pending; i++) {
        uint32_t id = ++http->next_id != 0 ? http->next_id : ++http->next_id;
        if (http->pending[id % OC_HTTP_ASKS].id == 0) {
            pending = &http->pending[id % OC_HTTP_ASKS];
            *pending = (oc_http_pending_t){id, session};
        }
    }
    oc_http_ask_t *question = pending ? calloc(1, sizeof(*question)) : NULL;
    if (!question) {
        if (pending)
            pending->id = 0;
        return oc_http_send_status(http, session, 503);
    }
    session->ask = question->id = pending->id;
    question->kind = kind;
    question->method = session->method;
    snprintf(question->path, sizeof(question->path), "%s", path);
    snprintf(question->query, sizeof(question->query), "%s", session->query);
    question->body = session->body;
    question->body_len = session->body_len;
    session->body = NULL;
    question->until_us = oc_posix_now_us() + OC_HTTP_API_US;
    oc_media_call_t call = oc_http_desk_call(http->config.desk, question);
    if (oc_media_thread_post(http->config.media, &call) != OC_OK) {
        free(question->body);
        free(question);
        return oc_http_send_status(http, session, 503);
    }
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    lws_set_timer_usecs(session->wsi, OC_HTTP_API_US);
    return 0;
}

static int metrics(oc_http_t *http, oc_http_session_t *session) {
    char *text = malloc(METRICS_BYTES);
    if (!text)
        return oc_http_send_status(http, session, 503);
    size_t len = http->config.metrics(http->config.context, text, METRICS_BYTES);
    int result = len > 0 ? oc_http_send_text(http, session,
                                             "text/plain; version=0.0.4; charset=utf-8", text, len)
                         : oc_http_send_status(http, session, 503);
    free(text);
    return result;
}

static int health(oc_http_t *http, oc_http_session_t *session) {
    static const char up[] = "ok\nscript: running\n", down[] = "ok\nscript: restarting\n";
    bool ready = atomic_load(&http->config.desk->ready);
    return oc_http_send_text(http, session, "text/plain; charset=utf-8", ready ? up : down,
                             ready ? sizeof(up) - 1 : sizeof(down) - 1);
}

static int recording(oc_http_t *http, oc_http_session_t *session, const char *path) {
    uint64_t synced = UINT64_MAX;
    oc_file_thread_t *files = oc_media_thread_files(http->config.media);
    if (!oc_file_thread_synced(files, path, &synced))
        synced = UINT64_MAX;
    return oc_http_file(http, session, http->config.data_root, path, synced, -1);
}

/* An API request: at once, or after its body. */
static int api(oc_http_t *http, oc_http_session_t *session) {
    char text[24];
    const char *length = header(session, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));
    if (!atomic_load(&http->config.desk->ready))
        return oc_http_send_status(http, session, 503);
    if (!length || strspn(length, "0123456789") != strlen(length) || strlen(length) > 9)
        return oc_http_send_status(http, session, 400);
    session->body_size = (uint32_t)strtoul(length, NULL, 10);
    if (session->body_size > OC_HTTP_API_BODY_MAX)
        return oc_http_send_status(http, session, 413);
    if (session->body_size == 0)
        return ask(http, session, OC_HTTP_ASK_API, session->path);
    session->body = malloc(session->body_size + 1);
    if (!session->body)
        return oc_http_send_status(http, session, 503);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    return 0;
}

/* True when the request announces a body. */
static bool has_body(oc_http_session_t *session) {
    char text[24];
    const char *length = header(session, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));
    return !length || strspn(length, "0") != strlen(length) ||
           lws_hdr_total_length(session->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
}

int oc_http_request(oc_http_t *http, oc_http_session_t *session) {
    const char *rest = "";
    int status = check(session, &rest);
    session->unread = has_body(session);
    if (status != 0)
        return oc_http_send_status(http, session, status);
    switch (session->area) {
    case OC_HTTP_VIEWER:
        return oc_http_file(http, session, http->config.viewer_root, rest, UINT64_MAX,
                            strncmp(rest, "assets/", 7) == 0 ? 31536000 : 0);
    case OC_HTTP_LIVE:
        return ask(http, session, OC_HTTP_ASK_LIVE, rest);
    case OC_HTTP_RECORDINGS:
        return recording(http, session, rest);
    case OC_HTTP_METRICS:
        return metrics(http, session);
    case OC_HTTP_HEALTH:
        return health(http, session);
    case OC_HTTP_API:
        return api(http, session);
    case OC_HTTP_NOWHERE:
        break;
    }
    return oc_http_send_status(http, session, 404);
}

/* The body is complete: the question can be asked. */
static int use_body(oc_http_t *http, oc_http_session_t *session) {
    if (session->answered || !session->body)
        return 0;
    session->body[session->body_len] = '\0';
    if (strlen(session->body) != session->body_len)
        return oc_http_send_status(http, session, 400);
    return ask(http, session, OC_HTTP_ASK_API, session->path);
}

int oc_http_request_body(oc_http_t *http, oc_http_session_t *session, const char *data,
                         size_t len) {
    uint32_t room = session->body_size - session->body_len;
    if (session->answered || !session->body) {
        session->unread |= len > 0; /* of a refused request, or of the next: read and forgotten */
        return 0;
    }
    memcpy(session->body + session->body_len, data, len < room ? len : room);
    session->body_len += (uint32_t)(len < room ? len : room);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    /* libwebsockets 4.3 goes on into the next request and then never says that the body is
     * complete; as `unread` stays set, that connection is closed after the answer. */
    return len > room ? use_body(http, session) : 0;
}

int oc_http_request_complete(oc_http_t *http, oc_http_session_t *session) {
    session->unread = false;
    return use_body(http, session);
}

/* The answer to a question whose connection is still there. */
static int answer(oc_http_t *http, oc_http_session_t *session, const oc_http_answer_t *got) {
    if (!got->body && got->status != 204)
        return oc_http_send_status(http, session, got->status);
    oc_http_send_end(http, session);
    session->memory = got->body;
    session->source = OC_HTTP_MEMORY;
    session->counted = true;
    session->offset = 0;
    session->left = got->len;
    return oc_http_send(http, session,
                        &(oc_http_head_t){.status = got->status,
                                          .type = got->type,
                                          .len = got->len,
                                          .max_age_s = got->max_age_s});
}

void oc_http_request_answers(oc_http_t *http) {
    oc_http_answer_t got;
    while (oc_queue_pop(&http->answers, &got) == OC_OK) {
        oc_http_pending_t *pending = &http->pending[got.id % OC_HTTP_ASKS];
        oc_http_session_t *session = pending->id == got.id ? pending->session : NULL;
        if (session) {
            struct lws *wsi = session->wsi;
            if (answer(http, session, &got) != 0)
                lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        } else if (got.body) {
            atomic_fetch_sub(&http->config.desk->body_bytes, got.len);
            oc_media_thread_release(got.body);
        }
    }
}

int oc_http_request_timeout(oc_http_t *http, oc_http_session_t *session) {
    return session->ask != 0 ? oc_http_send_status(http, session, 503) : 0;
}
