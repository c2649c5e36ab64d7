#define _GNU_SOURCE
#include "oc_http.h"

#include <errno.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "oc_http_impl.h"
#include "oc_log.h"
#include "oc_posix.h"

#define STACK_BYTES (256 * 1024)

/* One connection event; returns as the library wants: 0, or not 0 to close the connection. */
static int on_session(oc_http_t *http, struct lws *wsi, enum lws_callback_reasons reason,
                      oc_http_session_t *session, const void *in, size_t len) {
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        oc_http_send_end(http, session);
        memset(session, 0, sizeof(*session));
        session->wsi = wsi;
        return oc_http_request(http, session);
    case LWS_CALLBACK_HTTP_BODY:
        return oc_http_request_body(http, session, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return oc_http_request_complete(http, session);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return oc_http_send_more(http, session);
    case LWS_CALLBACK_TIMER:
        return oc_http_request_timeout(http, session);
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        oc_http_send_end(http, session);
        return 0;
    default:
        return 0;
    }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len) {
    oc_http_t *http = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        if (atomic_load(&http->counts.connections) < OC_HTTP_CONNECTIONS)
            return 0;
        atomic_fetch_add(&http->counts.refused, 1);
        return 1;
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        atomic_fetch_add(&http->counts.connections, 1);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        if (atomic_load(&http->counts.connections) > 0)
            atomic_fetch_sub(&http->counts.connections, 1);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return -1; /* to WebSocket or HTTP/2, before any check of ours: any page can ask */
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        oc_http_request_answers(http);
        return 0;
    default:
        return user ? on_session(http, wsi, reason, user, in, len) : 0;
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = on_event, .per_session_data_size = sizeof(oc_http_session_t)},
    {.name = NULL},
};

/* The library's own words: of use to developers only. */
static void on_library_log(int level, const char *line) {
    oc_log(OC_LOG_DEBUG, "http", "%.*s", (int)strcspn(line, "\n"), line);
}

static int listen_on(oc_http_t *http) {
    const char *address = http->config.address;
    bool six = strchr(address, ':') != NULL;
    struct lws_context_creation_info info = {
        .iface = strcasecmp(address, "localhost") == 0 ? "127.0.0.1" : address,
        .port = http->config.port,
        .protocols = protocols,
        .vhost_name = "ocellus",
        .server_string = "ocellus",
        .keepalive_timeout = OC_HTTP_IDLE_S,
        .timeout_secs = OC_HTTP_IDLE_S,
        .timeout_secs_ah_idle = OC_HTTP_IDLE_S,
        .options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
                   (six ? LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY | LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE
                        : LWS_SERVER_OPTION_DISABLE_IPV6),
    };
    http->vhost = lws_create_vhost(http->context, &info);
    return http->vhost ? lws_get_vhost_listen_port(http->vhost) : OC_ERR_BUSY;
}

/* The library does not say why it could not bind: the system does, asked again. */
static const char *listen_problem(const oc_http_t *http) {
    bool six = strchr(http->config.address, ':') != NULL;
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(http->config.port)};
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(http->config.port)};
    if (six)
        inet_pton(AF_INET6, http->config.address, &to6.sin6_addr);
    else if (inet_pton(AF_INET, http->config.address, &to4.sin_addr) != 1)
        to4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    int failed = fd < 0 ||
                 (six ? bind(fd, (struct sockaddr *)&to6, sizeof(to6))
                      : bind(fd, (struct sockaddr *)&to4, sizeof(to4))) != 0 ||
                 listen(fd, 1) != 0;
    int number = errno;
    if (fd >= 0)
        close(fd);
    return failed ? strerrordesc_np(number) : "not possible";
}

static int make_context(oc_http_t *http) {
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .user = http,
        .max_http_header_data = OC_HTTP_HEADERS_MAX,
        .max_http_header_pool = OC_HTTP_CONNECTIONS,
        .fd_limit_per_thread = OC_HTTP_CONNECTIONS + 16,
        .pt_serv_buf_size = 4096,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    http->context = lws_create_context(&info);
    return http->context ? OC_OK : OC_ERR_NOMEM;
}

static void *run(void *context) {
    oc_http_t *http = context;
    char why[160] = "";
    int result = make_context(http);
    if (result == OC_OK)
        result = listen_on(http);
    if (result < 0)
        snprintf(why, sizeof(why), "%s",
                 result == OC_ERR_BUSY ? listen_problem(http) : "no memory");
    pthread_mutex_lock(&http->lock);
    http->wakeable = result < 0 ? NULL : http->context;
    pthread_mutex_unlock(&http->lock);
    http->config.listening(http->config.context, result, why);
    while (result >= 0 && !atomic_load(&http->stop) && lws_service(http->context, 0) >= 0)
        ;
    pthread_mutex_lock(&http->lock);
    http->wakeable = NULL;
    pthread_mutex_unlock(&http->lock);
    if (http->context)
        lws_context_destroy(http->context);
    pthread_mutex_lock(&http->lock);
    http->ended = true;
    pthread_cond_broadcast(&http->cond);
    pthread_mutex_unlock(&http->lock);
    return NULL;
}

static void wake(oc_http_t *http) {
    pthread_mutex_lock(&http->lock);
    if (http->wakeable)
        lws_cancel_service(http->wakeable);
    pthread_mutex_unlock(&http->lock);
}

/* On the media thread. */
static void on_answer(void *context, const oc_http_answer_t *answer) {
    oc_http_t *http = context;
    if (oc_queue_push(&http->answers, answer) != OC_OK) {
        atomic_fetch_sub(&http->config.desk->body_bytes, answer->body ? answer->len : 0);
        oc_media_thread_release(answer->body);
        return;
    }
    wake(http);
}

int oc_http_start(oc_http_t **out, const oc_http_config_t *config) {
    oc_http_t *http = calloc(1, sizeof(*http));
    if (!http)
        return OC_ERR_NOMEM;
    http->config = *config;
    pthread_mutex_init(&http->lock, NULL);
    oc_posix_cond_init(&http->cond);
    lws_set_log_level(LLL_ERR | LLL_WARN, on_library_log);
    config->desk->answer = on_answer;
    config->desk->context = http;
    /* Questions whose requester has left keep their answers coming: twice the room. */
    if (oc_queue_init(&http->answers, sizeof(oc_http_answer_t), 2 * OC_HTTP_ASKS) != OC_OK ||
        oc_posix_thread(&http->thread, "http", STACK_BYTES, run, http) != OC_OK) {
        oc_queue_deinit(&http->answers);
        free(http);
        return OC_ERR_NOMEM;
    }
    *out = http;
    return OC_OK;
}

bool oc_http_stop(oc_http_t *http, int64_t until_us) {
    atomic_store(&http->stop, true);
    wake(http);
    pthread_mutex_lock(&http->lock);
    while (!http->ended && oc_posix_now_us() < until_us)
        oc_posix_cond_wait(&http->cond, &http->lock, until_us);
    bool ended = http->ended;
    pthread_mutex_unlock(&http->lock);
    if (ended)
        pthread_join(http->thread, NULL);
    return ended;
}

void oc_http_free(oc_http_t *http) {
    oc_http_answer_t answer;
    if (!http)
        return;
    while (oc_queue_pop(&http->answers, &answer) == OC_OK)
        oc_media_thread_release(answer.body);
    oc_queue_deinit(&http->answers);
    pthread_cond_destroy(&http->cond);
    pthread_mutex_destroy(&http->lock);
    free(http);
}

const oc_http_counts_t *oc_http_counts(const oc_http_t *http) {
    return &http->counts;
}
