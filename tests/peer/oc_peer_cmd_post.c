/* oc_peer_cmd_post - see the header. The client is that of libwebsockets, with a context of its own
 * on the calling thread, one for each address that is tried. Names are looked up here, because the
 * library does not tell why it could not. */
#define _GNU_SOURCE
#include "oc_peer_cmd_post.h"

#include <errno.h>
#include <libwebsockets.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_peer_cmd_http.h"
#include "oc_posix.h"

#define STEP_MS    100         /* between two looks at whether to stop */
#define PIECE      4096        /* bytes that are sent or read at a time */
#define HEAD_BYTES (16 * 1024) /* of both heads, as the library keeps them */
#define SPARE_S    10          /* the library's own time limits come that much later than ours */
#define DESCRIPTORS                                                                                \
    16 /* of a context: the connection and what the library needs itself                           \
        */
#define PROTOCOL  "http"
#define BODY_LINE 160 /* bytes with NUL of an error's body in our line */

/* One connection, from the first packet to the end of the answer. */
typedef struct talk {
    lws_sorted_usec_list_t tick;
    struct lws_context *context;
    const oc_peer_cmd_post_t *post;
    int64_t until_us; /* monotonic */
    bool connected;   /* the request has begun to leave */
    size_t sent;      /* bytes of the offer */
    unsigned status;  /* of the answer; 0 = no head yet */
    bool chunked;
    bool unknown; /* its transfer coding */
    char *answer; /* OC_PEER_CMD_POST_MAX bytes and one for NUL */
    size_t len;   /* bytes of it */
    bool too_big;
    bool complete; /* the answer is whole */
    bool closed;   /* by either end */
    int gave_up;   /* ECANCELED or ETIMEDOUT; 0: not */
} talk_t;

typedef struct why {
    char *text;
    size_t size;
} why_t;

static int fail(why_t *why, int code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(why->text, why->size, format, list);
    va_end(list);
    return code;
}

/* True when it is time to give up, noting why. */
static bool gives_up(talk_t *t) {
    if (atomic_load(t->post->stop))
        t->gave_up = ECANCELED;
    else if (oc_posix_now_us() >= t->until_us)
        t->gave_up = ETIMEDOUT;
    return t->gave_up != 0;
}

/* ---- the library's events: 0, or not 0 to close the connection ---- */

static int add_headers(talk_t *t, struct lws *wsi, unsigned char **at, size_t room) {
    static const char type[] = "application/sdp";
    unsigned char *end = *at + room;
    char length[24];
    int digits = snprintf(length, sizeof length, "%zu", t->post->offer_len);
    if (lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, (const uint8_t *)type,
                                     (int)sizeof type - 1, at, end) != 0 ||
        lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, (const uint8_t *)length,
                                     digits, at, end) != 0)
        return -1;
    t->connected = true;
    lws_client_http_body_pending(wsi, 1);
    lws_callback_on_writable(wsi);
    return 0;
}

static int send_more(talk_t *t, struct lws *wsi) {
    uint8_t buffer[LWS_PRE + PIECE];
    size_t left = t->post->offer_len - t->sent, n = left < PIECE ? left : PIECE;
    memcpy(buffer + LWS_PRE, t->post->offer + t->sent, n);
    enum lws_write_protocol kind = n == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP;
    if (n > 0 && lws_write(wsi, buffer + LWS_PRE, n, kind) < (int)n)
        return -1;
    t->sent += n;
    if (n < left)
        lws_callback_on_writable(wsi);
    else
        lws_client_http_body_pending(wsi, 0);
    return 0;
}

/* The head is there. Of codings the library knows one, by this spelling; others it would pass on.
 */
static int take_head(talk_t *t, struct lws *wsi) {
    char coding[16];
    t->status = lws_http_client_http_response(wsi);
    t->chunked = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
    t->unknown = t->chunked && (lws_hdr_copy(wsi, coding, (int)sizeof coding,
                                             WSI_TOKEN_HTTP_TRANSFER_ENCODING) <= 0 ||
                                strcmp(coding, "chunked") != 0);
    return t->unknown ? -1 : 0;
}

/* Has the library read and take off the framing: take_body. The end of the connection it calls a
 * whole answer even between chunks. */
static int read_more(talk_t *t, struct lws *wsi) {
    char buffer[LWS_PRE + PIECE], *at = buffer + LWS_PRE;
    int n = PIECE;
    if (lws_http_client_read(wsi, &at, &n) >= 0)
        return 0;
    t->complete &= !t->chunked;
    return -1;
}

/* A hostile size of a chunk makes len enormous. */
static int take_body(talk_t *t, const char *data, size_t len) {
    t->too_big = len > OC_PEER_CMD_POST_MAX - t->len;
    if (t->too_big)
        return -1;
    memcpy(t->answer + t->len, data, len);
    t->len += len;
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len) {
    talk_t *t = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return add_headers(t, wsi, in, len);
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        return send_more(t, wsi);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        return take_head(t, wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return read_more(t, wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        return take_body(t, in, len);
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        t->complete = true;
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
    case LWS_CALLBACK_WSI_DESTROY:
        t->closed = true;
        return 0;
    default:
        return 0;
    }
}

/* ---- one connection ---- */

/* Ends the library's wait for the socket. */
static void on_tick(lws_sorted_usec_list_t *sul) {
    talk_t *t = lws_container_of(sul, talk_t, tick);
    int64_t left = t->until_us - oc_posix_now_us(), maximum = STEP_MS * INT64_C(1000);
    lws_sul_schedule(t->context, 0, sul, on_tick, left > maximum ? maximum : left > 0 ? left : 1);
}

static const struct lws_protocols protocols[] = {{.name = PROTOCOL, .callback = on_event},
                                                 {.name = NULL}};

static struct lws_context *make_context(talk_t *t) {
    unsigned seconds = t->post->limit_ms / 1000 + SPARE_S;
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .user = t,
        .http_proxy_address = ":0", /* none, whatever the environment says */
        .timeout_secs = seconds,
        .connect_timeout_secs = seconds,
        .max_http_header_data = HEAD_BYTES,
        .fd_limit_per_thread = DESCRIPTORS,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    return lws_create_context(&info);
}

/* Talks to one address until that is over in one way or another. OC_OK | OC_ERR_NOMEM. */
static int talk_to(talk_t *t, const char *address) {
    const oc_peer_cmd_post_t *post = t->post;
    bool six = strchr(post->host, ':') != NULL;
    char host[OC_PEER_CMD_POST_HOST + 16];
    snprintf(host, sizeof host, "%s%s%s:%u", six ? "[" : "", post->host, six ? "]" : "",
             post->port);
    t->closed = false;
    t->context = make_context(t);
    if (!t->context)
        return OC_ERR_NOMEM;
    const struct lws_client_connect_info to = {
        .context = t->context,
        .address = address,
        .port = post->port,
        .path = post->path,
        .host = host,
        .method = "POST",
        .local_protocol_name = PROTOCOL,                  /* not named, bodies are dropped */
        .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT, /* the flags; not TLS */
    };
    on_tick(&t->tick);
    t->closed |= lws_client_connect_via_info(&to) == NULL;
    while (!t->complete && !t->closed && !gives_up(t) && lws_service(t->context, 0) >= 0)
        ;
    bool complete = t->complete; /* our closing does not make it so */
    lws_sul_cancel(&t->tick);
    lws_context_destroy(t->context);
    t->complete = complete;
    return OC_OK;
}

/* The library does not say why it could not connect: the system does, asked again. A number of
 * errno; 0: now it can. */
static int connect_problem(talk_t *t, const struct addrinfo *to) {
    int number = 0, fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = sizeof number;
    struct pollfd one = {.fd = fd, .events = POLLOUT};
    if (fd < 0)
        return errno;
    if (connect(fd, to->ai_addr, to->ai_addrlen) != 0)
        number = errno;
    if (number == EINPROGRESS) {
        while (!gives_up(t) && poll(&one, 1, STEP_MS) <= 0)
            ;
        number = t->gave_up;
        if (!number)
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size);
    }
    close(fd);
    return number;
}

/* Tries the addresses one after another until one takes the connection. OC_OK: there was one, and
 * the rest is in *t. */
static int reach(talk_t *t, const struct addrinfo *found, why_t *why) {
    char address[NI_MAXHOST];
    int number = 0;
    for (const struct addrinfo *to = found; to && !t->connected && !t->gave_up; to = to->ai_next) {
        if (getnameinfo(to->ai_addr, to->ai_addrlen, address, sizeof address, NULL, 0,
                        NI_NUMERICHOST) != 0)
            continue;
        if (talk_to(t, address) != OC_OK)
            return fail(why, OC_ERR_NOMEM, "no memory");
        if (!t->connected)
            number = t->gave_up ? t->gave_up : connect_problem(t, to);
    }
    if (t->connected)
        return OC_OK;
    return fail(why, OC_ERR_IO, "%.100s:%u: %s", t->post->host, t->post->port,
                number ? strerrordesc_np(number) : "no connection");
}

/* ---- what came of it ---- */

static int refused(const talk_t *t, why_t *why) {
    char line[BODY_LINE];
    size_t n = 0;
    for (; n < t->len && n < sizeof line - 1 && !strchr("\r\n", t->answer[n]); n++)
        line[n] = (unsigned char)t->answer[n] < ' ' || t->answer[n] == 0x7f ? ' ' : t->answer[n];
    line[n] = '\0';
    return fail(why, OC_ERR_IO, "answered %u%s%s", t->status, n ? ": " : "", line);
}

static int judge(const talk_t *t, why_t *why) {
    bool any = t->status >= 100 && t->status <= 999, good = t->status / 100 == 2;
    if (any && !good && t->gave_up != ECANCELED)
        return refused(t, why);
    if (t->too_big)
        return fail(why, OC_ERR_TOO_BIG, "an answer of more than %u KB",
                    OC_PEER_CMD_POST_MAX / 1024);
    bool unsent = t->sent < t->post->offer_len;
    if (t->gave_up)
        return fail(why, OC_ERR_IO, "%s: %s", unsent ? "not sent" : "no answer",
                    strerrordesc_np(t->gave_up));
    if (good && t->complete)
        return OC_OK;
    if (unsent && !any)
        return fail(why, OC_ERR_IO, "not sent: the connection ended");
    return fail(why, OC_ERR_FORMAT, "no HTTP answer%s",
                !good        ? ""
                : t->unknown ? ": a transfer coding but chunked"
                : t->chunked ? ": malformed chunks"
                             : ": it ends too early");
}

/* Longer ones the library would cut without a word. */
static int check(const oc_peer_cmd_post_t *post, why_t *why) {
    if (strlen(post->host) >= OC_PEER_CMD_POST_HOST)
        return fail(why, OC_ERR_TOO_BIG, "host name longer than %d bytes",
                    OC_PEER_CMD_POST_HOST - 1);
    if (strlen(post->path) >= OC_PEER_CMD_POST_PATH)
        return fail(why, OC_ERR_TOO_BIG, "a path with query of more than %d bytes",
                    OC_PEER_CMD_POST_PATH - 1);
    return OC_OK;
}

static int look_up(const oc_peer_cmd_post_t *post, struct addrinfo **found, why_t *why) {
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    snprintf(service, sizeof service, "%u", post->port);
    int rc = getaddrinfo(post->host, service, &hints, found);
    return rc == 0 ? OC_OK : fail(why, OC_ERR_NOENT, "%.100s: %s", post->host, gai_strerror(rc));
}

int oc_peer_cmd_post(const oc_peer_cmd_post_t *post, char **answer, size_t *len, char *why,
                     size_t why_size) {
    talk_t talk = {.post = post};
    why_t reason = {why, why_size};
    struct addrinfo *found = NULL;
    int rc = check(post, &reason);
    if (rc == OC_OK)
        rc = look_up(post, &found, &reason);
    if (rc != OC_OK)
        return rc;
    oc_peer_cmd_http_quiet();
    talk.until_us = oc_posix_now_us() + post->limit_ms * INT64_C(1000);
    talk.answer = malloc(OC_PEER_CMD_POST_MAX + 1);
    rc = talk.answer ? reach(&talk, found, &reason) : fail(&reason, OC_ERR_NOMEM, "no memory");
    freeaddrinfo(found);
    if (rc == OC_OK)
        rc = judge(&talk, &reason);
    if (rc == OC_OK) {
        talk.answer[talk.len] = '\0';
        *answer = talk.answer;
        *len = talk.len;
    } else {
        free(talk.answer);
    }
    return rc;
}
