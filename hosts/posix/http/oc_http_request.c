#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "oc_http_access.h"
#include "oc_pulse.h"

#define OWN_BODY_MAX  4096         /* of what the host answers by itself */
#define METRICS_BYTES (512 * 1024) /* 80 streams with every counter: about 350 KB */

const char *oc_http_header(oc_http_session_t *session, enum lws_token_indexes token, char *out,
                           int size) {
    int len = lws_hdr_total_length(session->wsi, token);
    out[0] = '\0';
    if (len >= size)
        return NULL;
    if (len > 0 && lws_hdr_copy(session->wsi, out, size, token) < 0)
        return NULL;
    return strlen(out) == (size_t)len ? out : NULL; /* it holds a NUL */
}

bool oc_http_has(const oc_http_session_t *session, enum lws_token_indexes token) {
    char first[1]; /* 0 bytes of it: there, and empty */
    return lws_hdr_total_length(session->wsi, token) > 0 ||
           lws_hdr_copy_fragment(session->wsi, first, sizeof(first), token, 0) == 0;
}

bool oc_http_is_stream(const oc_http_session_t *session) {
    return lws_get_network_wsi(session->wsi) != session->wsi;
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
        if (len <= 0) {
            /* the library writes '/' where a path or a query is empty */
            if (strcmp(session->query, "/") == 0)
                session->query[0] = '\0';
            return 0;
        }
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

static bool takes_bodies(oc_http_area_t area) {
    return area == OC_HTTP_API || area == OC_HTTP_LOGIN || area == OC_HTTP_ACCESS ||
           area == OC_HTTP_UPDATE;
}

/* The request line came whole (oc_http_rule_version), and no header is one of HTTP/2 alone. */
static bool is_whole(oc_http_session_t *session) {
    static const enum lws_token_indexes pseudo[] = {
        WSI_TOKEN_HTTP_COLON_AUTHORITY, WSI_TOKEN_HTTP_COLON_METHOD, WSI_TOKEN_HTTP_COLON_PATH,
        WSI_TOKEN_HTTP_COLON_SCHEME, WSI_TOKEN_HTTP_COLON_STATUS};
    char text[16];
    if (oc_http_is_stream(session))
        return true;
    for (size_t i = 0; i < sizeof(pseudo) / sizeof(pseudo[0]); i++) {
        if (oc_http_has(session, pseudo[i]))
            return false;
    }
    const char *version = oc_http_header(session, WSI_TOKEN_HTTP, text, sizeof(text));
    return version && oc_http_rule_version(version);
}

/* One length, in digits, or none (RFC 9112 6.3): others may see another end of the body. */
static bool has_good_length(oc_http_session_t *session) {
    char text[24];
    const char *length = oc_http_header(session, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));
    int len = lws_hdr_total_length(session->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    return length && (len == 0 || length[0]) && strspn(length, "0123456789") == strlen(length);
}

/* True when the request announces a body. */
static bool has_body(oc_http_session_t *session) {
    char text[24];
    const char *length = oc_http_header(session, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));
    return !length || strspn(length, "0") != strlen(length) ||
           lws_hdr_total_length(session->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
}

/* A page of another site can send the types of forms and text without a preflight (CORS), others
 * not: bodies of /api are JSON, or offers and fragments of WebRTC, which the application routes. */
static bool has_right_type(oc_http_session_t *session, const char *type) {
    if (strncmp(session->path, "/api/", 5) != 0 || !has_body(session) || session->json)
        return true;
    session->why = "the body needs Content-Type: application/json";
    return type && session->route->sdp &&
           (oc_http_rule_media_type(type, "application/sdp") ||
            oc_http_rule_media_type(type, "application/trickle-ice-sdpfrag"));
}

/* What holds for every request. 0, or the status that refuses it. */
static int check(oc_http_t *http, oc_http_session_t *session) {
    char text[128];
    session->route = NULL;
    int status = is_whole(session) && has_good_length(session) ? read_line(session) : 400;
    if (status != 0)
        return status;
    session->route = oc_route_find(session->path, oc_route_method(session->method));
    status = oc_http_access_judge(http, session);
    if (status != 0)
        return status;
    bool reads = strcmp(session->method, "GET") == 0 || session->head;
    if (oc_http_area(session) != OC_HTTP_API && /* which says so by itself, with what it takes */
        !(session->route->methods & oc_route_method(session->method)))
        return 405;
    if (lws_hdr_total_length(session->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return 411;
    const char *type = oc_http_header(session, WSI_TOKEN_HTTP_CONTENT_TYPE, text, sizeof(text));
    session->json = type && oc_http_rule_media_type(type, "application/json");
    if (oc_http_area(session) == OC_HTTP_UPDATE)
        return oc_http_update_begins(http, session, type);
    return reads || has_right_type(session, type) ? 0 : 415;
}

uint32_t oc_http_request_wait(oc_http_t *http, oc_http_session_t *session) {
    for (unsigned i = 0; i < OC_HTTP_PENDING; i++) {
        uint32_t id = ++http->next_id != 0 ? http->next_id : ++http->next_id;
        if (http->pending[id % OC_HTTP_PENDING].id == 0) {
            http->pending[id % OC_HTTP_PENDING] = (oc_http_pending_t){id, session};
            session->req = id;
            return id;
        }
    }
    return 0;
}

/* Hands a request to the media thread. */
static int req(oc_http_t *http, oc_http_session_t *session, oc_http_request_kind_t kind,
               const char *path) {
    uint32_t id = oc_http_request_wait(http, session);
    oc_http_request_t *request = id ? calloc(1, sizeof(*request)) : NULL;
    if (!request)
        return oc_http_send_status(http, session, 503);
    request->id = id;
    request->kind = kind;
    snprintf(request->path, sizeof(request->path), "%s", path);
    snprintf(request->query, sizeof(request->query), "%s", session->query);
    oc_media_call_t call = oc_live_broker_call(http->config.live, request);
    bool taken = kind == OC_HTTP_REQUEST_PICTURE || kind == OC_HTTP_REQUEST_THUMBNAIL
                     ? http->config.picture(http->config.context, request)
                     : oc_media_thread_post(http->config.media, &call) == OC_OK;
    if (!taken) {
        free(request);
        return oc_http_send_status(http, session, 503);
    }
    bool live = kind == OC_HTTP_REQUEST_LIVE;
    oc_http_request_limit(session, live ? OC_HTTP_WAIT_S * LWS_USEC_PER_SEC : OC_API_US);
    return 0;
}

/* Bytes of what follows the body in the text of a request (oc_api_request_t), at most. */
static uint32_t head_bytes(const oc_http_session_t *session) {
    return (uint32_t)(strlen(session->method) + strlen(session->path) + strlen(session->query) +
                      strlen(session->scope)) +
           32;
}

/* What the host can answer in the script's place, to whoever may see all of it. */
static const char *own_path(const oc_http_session_t *session) {
    return session->route->fallback && !session->scope[0] ? session->route->path : NULL;
}

/* Hands a request on to the script. */
static int request_script(oc_http_t *http, oc_http_session_t *session) {
    oc_api_broker_t *broker = http->config.broker;
    uint32_t id = oc_http_request_wait(http, session), head = head_bytes(session);
    int64_t now = oc_pulse_us();
    if (!id || !session->text.data)
        return oc_http_send_status(http, session, 503);
    char *end = (char *)session->text.data + session->body_len;
    int len = snprintf(end, head, "%s%c%s%c%s%c%u%c%s", session->method, 0, session->path, 0,
                       session->query, 0, session->login, 0, session->scope);
    memmove(end + len, session->text.data + session->body_size + head, session->head_len);
    len += (int)session->head_len;
    oc_api_request_t request = {.id = id,
                                .method = session->method,
                                .own_path = own_path(session),
                                .until_us = now + OC_API_US,
                                .body_bytes = session->body_len,
                                .text = {session->text.data, session->body_len + (uint32_t)len}};
    session->text = (oc_parcel_t){0};
    if (!oc_api_broker_add(broker, &request, now))
        return oc_http_send_status(http, session, 503);
    oc_http_request_limit(session, OC_API_US);
    return 0;
}

int oc_http_request_live(oc_http_t *http, oc_http_session_t *session, const char *rest) {
    oc_pull_format_t format;
    bool endless = oc_http_rule_endless(rest, &format) > 0;
    const char *why = endless ? oc_http_pull_refuses(http, session) : NULL;
    if (why)
        return oc_http_send_why(http, session, 503, why);
    session->endless = endless;
    return req(http, session, endless ? OC_HTTP_REQUEST_PULL : OC_HTTP_REQUEST_LIVE, rest);
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

/* /healthz: whether a restart would help. /readyz: whether everything asked for is done. */
static int health(oc_http_t *http, oc_http_session_t *session) {
    oc_health_t facts = {0};
    char text[OC_HEALTH_TEXT_MAX];
    size_t first;
    http->config.health(http->config.context, &facts);
    size_t len = oc_health_write(&facts, text, &first);
    if (session->closed && !session->user[0])
        len = first; /* strangers get the first line */
    bool strict = strcmp(session->path, "/readyz") == 0;
    oc_health_level_t maximum = strict ? OC_HEALTH_OK : OC_HEALTH_DEGRADED;
    return oc_http_send_body(http, session, oc_health_level(&facts) <= maximum ? 200 : 503,
                             "text/plain; charset=utf-8", text, len);
}

static uint32_t body_max(const oc_http_session_t *session) {
    if (oc_http_area(session) == OC_HTTP_UPDATE)
        return OC_HTTP_BUNDLE_MAX;
    return oc_http_area(session) == OC_HTTP_API ? OC_API_BODY_MAX : OWN_BODY_MAX;
}

/* Makes room for the body that is announced (body_size 0: there is none) and, for a script, for the
 * head, whose headers the library may have forgotten when the body is complete. 0 or a status. */
static int begin_body(oc_http_t *http, oc_http_session_t *session) {
    char text[24];
    const char *length = oc_http_header(session, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));
    if (oc_http_area(session) == OC_HTTP_API && !atomic_load(&http->config.broker->ready) &&
        !own_path(session))
        return 503;
    if (!length || strlen(length) > 9)
        return 400;
    if (length[0] == '\0' && session->method[0] == 'P' && oc_http_is_stream(session))
        return 411; /* a body may follow, or not */
    session->body_size = (uint32_t)strtoul(length, NULL, 10);
    if (session->body_size > body_max(session))
        return 413;
    bool api = oc_http_area(session) == OC_HTTP_API;
    if (session->body_size == 0 && !api)
        return 0;
    session->head_len = api ? oc_http_request_head(session, NULL) : 0;
    uint32_t before = session->body_size + head_bytes(session);
    session->text.data = oc_api_broker_text(http->config.broker, before + session->head_len);
    if (!session->text.data)
        return 503;
    if (api)
        (void)oc_http_request_head(session, (char *)session->text.data + before);
    if (session->body_size > 0)
        lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    if (oc_http_area(session) == OC_HTTP_UPDATE)
        http->bundle = session;
    return 0;
}

/* The request is complete: answered at once, or when its password proves right. */
static int proceed(oc_http_t *http, oc_http_session_t *session) {
    if (!session->job)
        return oc_http_request_serve(http, session);
    int status = oc_http_access_check(http, session);
    return status != 0 ? oc_http_send_status(http, session, status) : 0;
}

/* A stream that is answered before its body has come would take its whole connection with it: the
 * library knows the rest of the body no more. Who still sends a bundle, also one that is too large,
 * would see a connection that breaks and no answer. True: answered when the body has been read. */
static bool reads_first(oc_http_session_t *session) {
    char text[24];
    bool update = oc_http_area(session) == OC_HTTP_UPDATE; /* who sends a bundle is told why not */
    unsigned long maximum = update ? OC_HTTP_FORGET_MAX : OC_API_BODY_MAX;
    const char *length = oc_http_header(session, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));
    return (update || oc_http_is_stream(session)) && length && length[0] && strlen(length) < 9 &&
           strtoul(length, NULL, 10) > 0 && strtoul(length, NULL, 10) <= maximum;
}

int oc_http_request(oc_http_t *http, oc_http_session_t *session) {
    int status = check(http, session);
    if (status == 0 && takes_bodies(oc_http_area(session)))
        status = begin_body(http, session);
    if (status != 0 && reads_first(session)) {
        session->refused = status;
        lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
        return 0;
    }
    if (status != 0)
        return oc_http_send_why(http, session, status, session->why);
    session->why = NULL;
    return session->body_size > 0 ? 0 : proceed(http, session);
}

int oc_http_request_serve(oc_http_t *http, oc_http_session_t *session) {
    const char *rest = oc_http_rest(session);
    switch (oc_http_area(session)) {
    case OC_HTTP_VIEWER:
        rest = rest[0] ? rest : "index.html";
        return oc_http_page(http, session, rest, strncmp(rest, "assets/", 7) == 0 ? 31536000 : 0);
    case OC_HTTP_LIVE:
        return oc_http_request_live(http, session, rest);
    case OC_HTTP_PICTURE:
        return req(http, session, OC_HTTP_REQUEST_PICTURE, rest);
    case OC_HTTP_EVENT:
        return oc_http_event(http, session);
    case OC_HTTP_THUMBNAIL:
        return req(http, session, OC_HTTP_REQUEST_THUMBNAIL, rest);
    case OC_HTTP_PANEL:
        return oc_http_panel(http, session);
    case OC_HTTP_WATCH:
        return oc_http_links_watch(http, session);
    case OC_HTTP_RECORDINGS:
        return oc_http_recording(http, session);
    case OC_HTTP_SPAN:
        return oc_http_vod(http, session);
    case OC_HTTP_METRICS:
        return metrics(http, session);
    case OC_HTTP_HEALTH:
        return health(http, session);
    case OC_HTTP_API:
        return request_script(http, session);
    case OC_HTTP_UPDATE:
        return oc_http_update(http, session);
    case OC_HTTP_LOGIN:
    case OC_HTTP_ACCESS:
        return oc_http_own(http, session);
    case OC_HTTP_NOWHERE:
        break;
    }
    return oc_http_send_status(http, session, 404);
}

/* The body is complete: the request can be asked. */
static int use_body(oc_http_t *http, oc_http_session_t *session) {
    if (session->answered || !session->text.data || session->body_size == 0 || session->used)
        return 0;
    session->used = true;
    session->text.data[session->body_len] = '\0';
    if (oc_http_area(session) != OC_HTTP_UPDATE &&
        strlen((const char *)session->text.data) != session->body_len)
        return oc_http_send_status(http, session, 400);
    return proceed(http, session);
}

int oc_http_request_body(oc_http_t *http, oc_http_session_t *session, const char *data,
                         size_t len) {
    uint32_t room = session->body_size - session->body_len;
    oc_http_peer_t *row = oc_http_peer(session);
    if (row)
        row->unasked = 0; /* bodies have limits of their own */
    if (session->refused)
        lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    if (session->answered || !session->text.data || session->body_size == 0)
        return 0; /* of a refused request: read and forgotten */
    memcpy(session->text.data + session->body_len, data, len < room ? len : room);
    session->body_len += (uint32_t)(len < room ? len : room);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    /* libwebsockets 4.3 goes on into what lies behind and never says that the body is complete */
    return len > room ? use_body(http, session) : 0;
}

int oc_http_request_complete(oc_http_t *http, oc_http_session_t *session) {
    if (session->refused != 0 && !session->answered)
        return oc_http_send_why(http, session, session->refused, session->why);
    return use_body(http, session);
}

/* The answer to a request whose connection is still there. */
static int answer(oc_http_t *http, oc_http_session_t *session, const oc_http_answer_t *got) {
    if (got->pull > 0)
        return oc_http_pull_begin(http, session, got);
    if (got->head_len > 0 || got->ref.body)
        return oc_http_reply(http, session, got);
    if (!got->body && got->status != 204)
        return oc_http_send_status(http, session, got->status);
    oc_http_send_end(http, session);
    session->memory = got->body;
    session->source = OC_HTTP_MEMORY;
    session->counted = true;
    session->live = got->live;
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
        if (got.id == 0) {
            oc_http_pull_piece(http, &got);
            continue;
        }
        oc_http_pending_t *pending = &http->pending[got.id % OC_HTTP_PENDING];
        oc_http_session_t *session = pending->id == got.id ? pending->session : NULL;
        if (session) {
            *pending = (oc_http_pending_t){0};
            session->req = 0;
            if (answer(http, session, &got) != 0)
                oc_http_send_over(session);
        } else if (got.pull > 0) {
            oc_http_pull_drop(http, got.pull);
        } else if (got.body) {
            atomic_fetch_sub(&http->config.live->answers.body_bytes, got.len);
            oc_body_drop(&got.ref);
            oc_media_thread_release(got.body);
        }
    }
}

void oc_http_request_limit(oc_http_session_t *session, int64_t us) {
    session->due_us = oc_pulse_us() + us;
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT,
                    (int)(us / LWS_USEC_PER_SEC) + OC_HTTP_IDLE_S);
    lws_set_timer_usecs(session->wsi, us);
}

int oc_http_request_timeout(oc_http_t *http, oc_http_session_t *session) {
    int64_t owed_us = session->req != 0 ? oc_pulse_owed_us(session->due_us) : 0;
    if (owed_us > 0) {
        lws_set_timer_usecs(session->wsi, owed_us);
        return 0;
    }
    return session->req != 0 ? oc_http_send_status(http, session, 503) : 0;
}
