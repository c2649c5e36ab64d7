/* oc_peer_cmd_http - see the header. */
#define _GNU_SOURCE
#include "oc_peer_cmd_http.h"

#include <libwebsockets.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "oc_err.h"
#include "oc_http_rule.h"
#include "oc_posix.h"

#define HEAD_BYTES  1024
#define OPEN_NAME   5 /* characters of "open=" */
#define STACK_BYTES (256 * 1024)
#define HEADERS_MAX 4096
#define CHUNK       (16 * 1024)
#define BODY_WAIT_S 15 /* for the rest of an offer */

/* One connection, one request (ADR 84); memory of the library, zeroed when it begins. */
typedef struct session {
    struct lws *wsi;
    char origin[OC_HTTP_PATH_MAX]; /* "" = none */
    oc_peer_cmd_request_kind_t kind;
    uint32_t peer;   /* of REOFFER */
    uint32_t id;     /* of the question; 0 = none */
    int status;      /* > 0: an answer that does not come from the desk */
    const char *why; /* its text */
    char *in;        /* malloc: the offer so far */
    size_t in_len, in_size;
    char *open;                    /* malloc: lines of ?open= */
    oc_peer_cmd_request_t *answer; /* owned */
    const uint8_t *out;
    size_t out_len;
} session_t;

struct oc_peer_cmd_http {
    pthread_t thread;
    struct lws_context *context;
    oc_peer_cmd_service_t *service;
    atomic_bool stop;
    uint32_t last_id;
    session_t *waiting[OC_PEER_CMD_SERVICE_REQUESTS];
};

static int finish(session_t *s, int status, const char *why) {
    s->status = status;
    s->why = why;
    lws_callback_on_writable(s->wsi);
    return 0;
}

/* ---- the answer ---- */

typedef struct headers {
    struct lws *wsi;
    uint8_t *at, *end;
    bool bad;
} headers_t;

static void add(headers_t *h, const char *name, const char *value) {
    h->bad |= lws_add_http_header_by_name(h->wsi, (const uint8_t *)name, (const uint8_t *)value,
                                          (int)strlen(value), &h->at, h->end) != 0;
}

/* https://fetch.spec.whatwg.org/#http-cors-protocol; such an origin is loopback. */
static void add_cors(headers_t *h, const session_t *s) {
    if (!s->origin[0])
        return;
    add(h, "access-control-allow-origin:", s->origin);
    add(h, "access-control-expose-headers:", "location");
    add(h, "access-control-allow-methods:", "GET, POST");
    add(h, "access-control-allow-headers:", "content-type");
}

static int write_head(session_t *s, int status, const char *type, size_t len, uint32_t made) {
    uint8_t buffer[LWS_PRE + HEAD_BYTES], *start = buffer + LWS_PRE;
    headers_t h = {s->wsi, start, buffer + sizeof buffer, false};
    char text[32];
    if (lws_add_http_common_headers(s->wsi, (unsigned)status, type, len, &h.at, h.end) != 0)
        return -1;
    add(&h, "connection:", "close");
    add(&h, "cache-control:", "no-store");
    add_cors(&h, s);
    if (status == 405)
        add(&h, "allow:", "GET, POST, OPTIONS");
    if (status == 503)
        add(&h, "retry-after:", "1");
    snprintf(text, sizeof text, "/peers/%u", made);
    if (made)
        add(&h, "location:", text);
    if (h.bad || lws_finalize_http_header(s->wsi, &h.at, h.end) != 0)
        return -1;
    int size = (int)(h.at - start);
    return lws_write(s->wsi, start, (size_t)size, LWS_WRITE_HTTP_HEADERS) < size ? -1 : 0;
}

static void forget(oc_peer_cmd_http_t *http, session_t *s) {
    if (s->id)
        http->waiting[s->id % OC_PEER_CMD_SERVICE_REQUESTS] = NULL;
    if (s->answer)
        oc_peer_cmd_service_free(http->service, s->answer);
    free(s->in);
    free(s->open);
    s->id = 0;
    s->answer = NULL;
    s->in = s->open = NULL;
    s->out = NULL;
    s->status = 0;
}

/* Head, then the body in pieces; returns as the library wants. */
static int write_more(oc_peer_cmd_http_t *http, session_t *s) {
    uint8_t buffer[LWS_PRE + CHUNK];
    if (!s->out) {
        int status = s->status ? s->status : s->answer ? s->answer->status : 0;
        if (status == 0)
            return 0;
        bool good = !s->status && status < 300;
        const char *body = s->answer ? s->answer->body : s->why;
        const char *type = !good                                  ? "text/plain; charset=utf-8"
                           : s->kind == OC_PEER_CMD_REQUEST_STATS ? "application/json"
                                                                  : "application/sdp";
        s->out = (const uint8_t *)(body ? body : "");
        s->out_len = s->answer ? s->answer->len : body ? strlen(body) : 0;
        if (write_head(s, status, type, s->out_len, status == 201 ? s->answer->peer : 0) != 0)
            return -1;
        if (s->out_len > 0)
            lws_callback_on_writable(s->wsi);
    } else {
        size_t n = s->out_len < CHUNK ? s->out_len : CHUNK;
        memcpy(buffer + LWS_PRE, s->out, n);
        enum lws_write_protocol kind = n == s->out_len ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP;
        if (lws_write(s->wsi, buffer + LWS_PRE, n, kind) < (int)n)
            return -1;
        s->out += n;
        s->out_len -= n;
        if (s->out_len > 0)
            lws_callback_on_writable(s->wsi);
    }
    if (s->out_len > 0)
        return 0;
    forget(http, s);
    return -1;
}

/* ---- the request ---- */

/* Copies a header; false: it is longer than `size`. */
static bool header(struct lws *wsi, enum lws_token_indexes token, char *out, size_t size) {
    out[0] = '\0';
    return lws_hdr_total_length(wsi, token) == 0 || lws_hdr_copy(wsi, out, (int)size, token) >= 0;
}

static bool is_sdp(struct lws *wsi) {
    char type[128];
    return header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, type, sizeof type) &&
           strncasecmp(type, "application/sdp", 15) == 0 && strchr("; \t", type[15]) != NULL;
}

static int req(oc_peer_cmd_http_t *http, session_t *s) {
    uint32_t id = 0;
    for (unsigned i = 0; i < OC_PEER_CMD_SERVICE_REQUESTS && id == 0; i++) {
        uint32_t next = ++http->last_id;
        if (next != 0 && !http->waiting[next % OC_PEER_CMD_SERVICE_REQUESTS])
            id = next;
    }
    int rc = id ? oc_peer_cmd_service_request(http->service, id, s->kind, s->peer, s->in, s->in_len,
                                              s->open)
                : OC_ERR_BUSY;
    if (rc != OC_OK)
        return finish(s, 503, "busy: too many pending requests\n");
    s->in = s->open = NULL; /* the desk's now */
    s->id = id;
    http->waiting[id % OC_PEER_CMD_SERVICE_REQUESTS] = s;
    return 0;
}

/* ?open=ID:LABEL&...: one line "ID LABEL" for each, decoded. False: something else is asked for. */
static bool take_query(session_t *s) {
    char text[HEADERS_MAX];
    size_t len = 0;
    int n;
    for (int i = 0;
         (n = lws_hdr_copy_fragment(s->wsi, text, sizeof text, WSI_TOKEN_HTTP_URI_ARGS, i)) > 0;
         i++) {
        size_t digits = strspn(text + OPEN_NAME, "0123456789");
        if (strncmp(text, "open=", OPEN_NAME) != 0 || digits == 0 || digits > 5 ||
            text[OPEN_NAME + digits] != ':' || strchr(text, '\n') || strlen(text) != (size_t)n)
            return false;
        char *more = realloc(s->open, len + (size_t)n + 2);
        if (!more)
            return false;
        s->open = more;
        text[OPEN_NAME + digits] = ' ';
        len += (size_t)sprintf(s->open + len, "%s\n", text + OPEN_NAME);
    }
    return n > -2; /* -2: longer than any that is taken */
}

/* A POST to one of the two paths: its body is to come. */
static int begin_post(session_t *s, const char *path) {
    char length[16];
    char *end = NULL;
    s->kind = OC_PEER_CMD_REQUEST_OFFER;
    if (strncmp(path, "/peers/", 7) == 0) {
        unsigned long n = strtoul(path + 7, &end, 10);
        s->kind = OC_PEER_CMD_REQUEST_REOFFER;
        if (path[7] < '1' || path[7] > '9' || *end || n > UINT32_MAX)
            return finish(s, 404, "not found: POST /offer, POST /peers/N, GET /stats\n");
        s->peer = (uint32_t)n;
    } else if (strcmp(path, "/offer") != 0) {
        return finish(s, 404, "not found: POST /offer, POST /peers/N, GET /stats\n");
    }
    if (!take_query(s))
        return finish(s, 400, "query: open=ID:LABEL, percent-encoded, any number of them\n");
    if (!is_sdp(s->wsi))
        return finish(s, 415, "an offer is of type application/sdp\n");
    bool short_enough = header(s->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length);
    if (short_enough && length[strspn(length, "0123456789")])
        return finish(s, 400, "Content-Length is not a number\n");
    if (!short_enough || strtoul(length, NULL, 10) > OC_PEER_CMD_HTTP_BODY)
        return finish(s, 413, "an offer of more than 64 KB\n");
    if (!length[0] || strtoul(length, NULL, 10) == 0)
        return finish(s, 411, "an offer needs a Content-Length\n");
    lws_set_timeout(s->wsi, PENDING_TIMEOUT_HTTP_CONTENT, BODY_WAIT_S);
    return 0;
}

static int begin(oc_peer_cmd_http_t *http, session_t *s, const char *path) {
    char host[OC_HTTP_PATH_MAX], version[16];
    if (!header(s->wsi, WSI_TOKEN_HTTP, version, sizeof version) || !oc_http_rule_version(version))
        return finish(s, 400, "the request line is not whole\n");
    if (!header(s->wsi, WSI_TOKEN_HOST, host, sizeof host) || !oc_http_rule_host(host))
        return finish(s, 403, "Host names this machine by loopback only\n");
    if (!header(s->wsi, WSI_TOKEN_ORIGIN, s->origin, sizeof s->origin) ||
        !oc_http_rule_origin(s->origin)) {
        s->origin[0] = '\0';
        return finish(s, 403, "Origin is not of this machine\n");
    }
    if (lws_hdr_total_length(s->wsi, WSI_TOKEN_OPTIONS_URI) > 0)
        return finish(s, 204, NULL);
    if (lws_hdr_total_length(s->wsi, WSI_TOKEN_POST_URI) > 0)
        return begin_post(s, path);
    if (lws_hdr_total_length(s->wsi, WSI_TOKEN_GET_URI) == 0)
        return finish(s, 405, "GET, POST or OPTIONS\n");
    if (strcmp(path, "/stats") != 0)
        return finish(s, 404, "not found: POST /offer, POST /peers/N, GET /stats\n");
    s->kind = OC_PEER_CMD_REQUEST_STATS;
    return req(http, s);
}

static int take_body(session_t *s, const void *data, size_t len) {
    if (s->status || s->id)
        return 0;
    if (s->in_len + len > OC_PEER_CMD_HTTP_BODY)
        return finish(s, 413, "an offer of more than 64 KB\n");
    if (s->in_len + len > s->in_size) {
        size_t size = s->in_size ? 2 * s->in_size : 4096;
        while (size < s->in_len + len)
            size *= 2;
        char *more = realloc(s->in, size);
        if (!more)
            return finish(s, 503, "no memory\n");
        s->in = more;
        s->in_size = size;
    }
    memcpy(s->in + s->in_len, data, len);
    s->in_len += len;
    return 0;
}

/* ---- the thread ---- */

static void collect(oc_peer_cmd_http_t *http) {
    oc_peer_cmd_request_t *answer;
    while ((answer = oc_peer_cmd_service_collect(http->service))) {
        session_t *s = http->waiting[answer->id % OC_PEER_CMD_SERVICE_REQUESTS];
        if (!s || s->id != answer->id) { /* who asked has left */
            oc_peer_cmd_service_free(http->service, answer);
            continue;
        }
        http->waiting[answer->id % OC_PEER_CMD_SERVICE_REQUESTS] = NULL;
        s->id = 0;
        s->answer = answer;
        lws_callback_on_writable(s->wsi);
    }
}

static int on_session(oc_peer_cmd_http_t *http, struct lws *wsi, enum lws_callback_reasons reason,
                      session_t *s, void *in, size_t len) {
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        if (s->wsi)
            return -1;
        s->wsi = wsi;
        return begin(http, s, in);
    case LWS_CALLBACK_HTTP_BODY:
        return take_body(s, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return s->status || s->id || s->answer ? 0 : req(http, s);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return write_more(http, s);
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        forget(http, s);
        return 0;
    default:
        return 0;
    }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len) {
    oc_peer_cmd_http_t *http = lws_context_user(lws_get_context(wsi));
    if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION ||
        reason == LWS_CALLBACK_HTTP_CONFIRM_UPGRADE)
        return -1; /* to WebSocket, before any check of ours */
    if (reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED)
        collect(http);
    return user ? on_session(http, wsi, reason, user, in, len) : 0;
}

static void *run(void *context) {
    oc_peer_cmd_http_t *http = context;
    while (!atomic_load(&http->stop) && lws_service(http->context, 0) >= 0)
        ;
    return NULL;
}

static void wake(void *context) {
    oc_peer_cmd_http_t *http = context;
    lws_cancel_service(http->context);
}

static void no_log(int level, const char *line) {}

static void quiet(void) {
    lws_set_log_level(LLL_ERR, no_log);
}

void oc_peer_cmd_http_quiet(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, quiet);
}

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = on_event, .per_session_data_size = sizeof(session_t)},
    {.name = NULL},
};

/* Of every answer, those of the library itself too. */
static const struct lws_protocol_vhost_options every_header = {
    NULL, NULL, "x-content-type-options:", "nosniff"};

static int listen_on(oc_peer_cmd_http_t *http, const char *address, uint16_t *port) {
    bool six = strchr(address, ':') != NULL;
    struct lws_context_creation_info info = {
        .iface = strcasecmp(address, "localhost") == 0 ? "127.0.0.1" : address,
        .port = *port,
        .protocols = protocols,
        .headers = &every_header,
        .user = http,
        .server_string = "ocellus",
        .timeout_secs = OC_PEER_CMD_HTTP_IDLE_S,
        .keepalive_timeout = OC_PEER_CMD_HTTP_IDLE_S,
        .max_http_header_data = HEADERS_MAX,
        .max_http_header_pool = OC_PEER_CMD_HTTP_CONNECTIONS,
        .fd_limit_per_thread = OC_PEER_CMD_HTTP_CONNECTIONS + 16,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
                   (six ? LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY | LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE
                        : LWS_SERVER_OPTION_DISABLE_IPV6),
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    http->context = lws_create_context(&info);
    if (!http->context)
        return OC_ERR_NOMEM;
    struct lws_vhost *vhost = lws_create_vhost(http->context, &info);
    if (!vhost)
        return OC_ERR_BUSY;
    int got = lws_get_vhost_listen_port(vhost);
    *port = got > 0 ? (uint16_t)got : *port;
    return got > 0 ? OC_OK : OC_ERR_IO; /* 0: no descriptor was left for the socket */
}

int oc_peer_cmd_http_start(oc_peer_cmd_http_t **out, const char *address, uint16_t *port,
                           oc_peer_cmd_service_t *service) {
    oc_peer_cmd_http_t *http = calloc(1, sizeof *http);
    if (!http)
        return OC_ERR_NOMEM;
    http->service = service;
    oc_peer_cmd_http_quiet();
    int rc = listen_on(http, address, port);
    if (rc == OC_OK) {
        oc_peer_cmd_service_listen(service, wake, http);
        rc = oc_posix_thread(&http->thread, "http", STACK_BYTES, run, http);
    }
    if (rc == OC_OK) {
        *out = http;
        return OC_OK;
    }
    oc_peer_cmd_service_listen(service, NULL, NULL);
    if (http->context)
        lws_context_destroy(http->context);
    free(http);
    return rc;
}

void oc_peer_cmd_http_stop(oc_peer_cmd_http_t *http) {
    if (!http)
        return;
    atomic_store(&http->stop, true);
    wake(http);
    pthread_join(http->thread, NULL);
    oc_peer_cmd_service_listen(http->service, NULL, NULL);
    lws_context_destroy(http->context);
    free(http);
}
