#define _GNU_SOURCE
#include "oc_http.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "oc_awake.h"
#include "oc_http_access.h"
#include "oc_http_impl.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_random.h"

#define STACK_BYTES (256 * 1024)
#define SWEEP_US    500000
/* libwebsockets 4.1 does not wait while a byte lies behind a request that is being answered. So
 * many turns without an event in a row, and each further one takes that long. */
#define EMPTY_TURNS 32
#define EMPTY_US    2000

/* True for a listener with TLS, whose connections are counted by address. */
static bool is_counted(const oc_http_t *http, struct lws *wsi) {
    for (unsigned i = 0; i < http->vhost_count; i++) {
        if (http->vhosts[i].vhost == lws_get_vhost(wsi))
            return http->vhosts[i].closed;
    }
    return true; /* it is being made: its first connection */
}

/* ---- places ---- */

static void dismiss(oc_http_peer_t *row) {
    lws_set_timeout(row->connection, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void on_sweep(lws_sorted_usec_list_t *timer) {
    oc_http_t *http = lws_container_of(timer, oc_http_t, sweep);
    oc_http_peer_t *overdue[OC_HTTP_PLACES];
    unsigned left = 0;
    unsigned count = oc_http_places_overdue(http->peers, oc_pulse_us(), overdue);
    for (unsigned i = 0; i < count; i++)
        dismiss(overdue[i]);
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++)
        left += http->peers[i].used && (http->peers[i].requests == 0 || http->peers[i].streams > 0);
    http->sweeps = left > 0;
    if (left > 0)
        lws_sul_schedule(http->context, 0, &http->sweep, on_sweep, SWEEP_US);
}

bool oc_http_left(int fd) {
    struct pollfd one = {.fd = fd, .events = POLLRDHUP};
    return poll(&one, 1, 0) > 0 && (one.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* Places are short: those leave first who are gone while they waited for an answer. */
static void dismiss_gone(oc_http_t *http) {
    for (unsigned i = 0; i < OC_HTTP_PLACES && oc_http_places_pressed(http->peers); i++) {
        oc_http_peer_t *row = &http->peers[i];
        if (!row->used || row->leaving || row->requests == 0 || row->streams > 0 ||
            !oc_http_left(row->fd))
            continue;
        row->leaving = true;
        dismiss(row);
    }
}

/* A connection that has come; not 0: it is closed. Refused later the library would keep it open. */
static int filter_connection(oc_http_t *http, struct lws *wsi, int fd) {
    char text[OC_ACCESS_ADDRESS_MAX];
    oc_access_peer_t peer;
    oc_http_peer_t *leaver;
    int64_t now = oc_posix_now_us();
    if (!oc_http_control_allows(fd))
        return 1;
    dismiss_gone(http);
    bool counted = is_counted(http, wsi) && oc_http_access_peer(fd, &peer, text);
    bool known = counted && oc_access_rate_knows(&http->access.rate, peer, now);
    if (oc_http_places_admit(http->peers, counted ? &peer : NULL, known, oc_pulse_us(), &leaver)) {
        if (leaver)
            dismiss(leaver);
        return 0;
    }
    atomic_fetch_add(&http->counts.refused, 1);
    return 1;
}

static void begin_connection(oc_http_t *http, struct lws *wsi) {
    char text[OC_ACCESS_ADDRESS_MAX];
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++) {
        oc_http_peer_t *row = &http->peers[i];
        if (row->used)
            continue;
        *row = (oc_http_peer_t){.used = true,
                                .begun_us = oc_pulse_us(),
                                .fd = lws_get_socket_fd(wsi),
                                .connection = wsi};
        row->counted = oc_http_access_peer(row->fd, &row->peer, text) && is_counted(http, wsi);
        lws_set_opaque_user_data(wsi, row);
        atomic_fetch_add(&http->counts.connections, 1);
        if (!http->sweeps)
            lws_sul_schedule(http->context, 0, &http->sweep, on_sweep, SWEEP_US);
        http->sweeps = true;
        return;
    }
}

static void end_connection(oc_http_t *http, struct lws *wsi) {
    oc_http_peer_t *row = lws_get_opaque_user_data(wsi);
    if (!row || !row->used) /* a stream of HTTP/2 */
        return;
    row->used = false;
    lws_set_opaque_user_data(wsi, NULL);
    atomic_fetch_sub(&http->counts.connections, 1);
}

/* A request whose headers have come. */
static int begin_request(oc_http_t *http, struct lws *wsi, oc_http_session_t *session) {
    if (session->wsi) /* a connection of HTTP/1.1 takes one (ADR 84) */
        return -1;
    session->wsi = wsi;
    session->closed = lws_is_ssl(lws_get_network_wsi(wsi));
    oc_http_peer_t *row = oc_http_peer(session);
    if (row)
        oc_http_places_requested(row, oc_pulse_us());
    return oc_http_retires(session) ? 0 : oc_http_request(http, session);
}

/* One connection event; returns as the library wants: 0, or not 0 to close the connection. */
static int on_session(oc_http_t *http, struct lws *wsi, enum lws_callback_reasons reason,
                      oc_http_session_t *session, const void *in, size_t len) {
    bool more = reason == LWS_CALLBACK_HTTP_BODY_COMPLETION || reason == LWS_CALLBACK_HTTP_BODY ||
                reason == LWS_CALLBACK_HTTP_WRITEABLE;
    if (more && session->over) /* of other events it may be another thing, as a context of TLS */
        return -1;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return begin_request(http, wsi, session);
    case LWS_CALLBACK_HTTP_BODY:
        return oc_http_request_body(http, session, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return oc_http_request_complete(http, session);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return oc_http_send_more(http, session);
    case LWS_CALLBACK_TIMER:
        return session->source == OC_HTTP_PULL ? oc_http_pull_tick(http, session)
                                               : oc_http_request_timeout(http, session);
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
    if (reason != LWS_CALLBACK_HTTP_BODY_COMPLETION) /* reported for ever */
        http->empty_turns = 0;
    switch (reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return filter_connection(http, wsi, (int)(intptr_t)in);
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        begin_connection(http, wsi);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        end_connection(http, wsi);
        return 0;
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        return oc_http_tls_setup(http, user);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return -1; /* to WebSocket or HTTP/2, before any check of ours: any page can ask */
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        oc_http_request_answers(http);
        oc_http_access_checked(http);
        return 0;
    default:
        return user ? on_session(http, wsi, reason, user, in, len) : 0;
    }
}

static const struct lws_protocols protocols[] = {
    {.name = OC_HTTP_PROTOCOL,
     .callback = on_event,
     .per_session_data_size = sizeof(oc_http_session_t)},
    {.name = NULL},
};

/* The library's own words: of use to developers only. */
static void on_library_log(int level, const char *line) {
    oc_log(OC_LOG_DEBUG, "http", "%.*s", (int)strcspn(line, "\n"), line);
}

/* The library takes a pause of the process for the silence of its peers, and closes them with its
 * next call: their time begins anew, the longest that any request has. */
static void follow_pauses(oc_http_t *http) {
    int64_t paused_us = oc_posix_now_us() - oc_pulse_us();
    if (paused_us - http->paused_us < OC_AWAKE_STEP_US)
        return;
    http->paused_us = paused_us;
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++) {
        const oc_http_peer_t *row = &http->peers[i];
        if (row->used && !row->leaving && row->requests > 0)
            lws_set_timeout(row->connection,
                            row->streams > 0 ? PENDING_TIMEOUT_HTTP_KEEPALIVE_IDLE
                                             : PENDING_TIMEOUT_HTTP_CONTENT,
                            OC_HTTP_UPDATE_S + OC_HTTP_IDLE_S);
    }
    for (unsigned i = 0; i < OC_PULLS_MAX; i++)
        if (http->pulls[i])
            lws_set_timeout(http->pulls[i]->wsi, PENDING_TIMEOUT_HTTP_CONTENT,
                            OC_HTTP_UPDATE_S + OC_HTTP_IDLE_S);
}

static void *run(void *context) {
    oc_http_t *http = context;
    char text[2048] = "";
    int result = oc_http_listen(http, protocols, text, sizeof(text));
    pthread_mutex_lock(&http->lock);
    http->wakeable = result < 0 ? NULL : http->context;
    pthread_mutex_unlock(&http->lock);
    http->config.listening(http->config.context, result, text, http->url);
    if (result >= 0)
        oc_http_password_claim(http);
    while (result >= 0 && !atomic_load(&http->stop) && lws_service(http->context, 0) >= 0) {
        follow_pauses(http);
        atomic_fetch_add(&http->counts.turns, 1);
        if (http->empty_turns++ >= EMPTY_TURNS)
            usleep(EMPTY_US);
    }
    pthread_mutex_lock(&http->lock);
    http->wakeable = NULL;
    pthread_mutex_unlock(&http->lock);
    if (http->context)
        lws_context_destroy(http->context);
    oc_http_control_remove(http);
    oc_http_tls_close(http);
    pthread_mutex_lock(&http->lock);
    http->ended = true;
    pthread_cond_broadcast(&http->cond);
    pthread_mutex_unlock(&http->lock);
    return NULL;
}

void oc_http_wake(oc_http_t *http) {
    pthread_mutex_lock(&http->lock);
    if (http->wakeable)
        lws_cancel_service(http->wakeable);
    pthread_mutex_unlock(&http->lock);
}

static void release_answer(const oc_http_answer_t *answer) {
    oc_body_ref_t ref = answer->ref;
    oc_body_drop(&ref);
    oc_media_thread_release(answer->body);
}

/* On the media thread or the script thread. */
static void on_answer(void *context, const oc_http_answer_t *answer) {
    oc_http_t *http = context;
    if (oc_queue_push(&http->answers, answer) != OC_OK) {
        atomic_fetch_sub(&http->config.live->answers.body_bytes, answer->body ? answer->len : 0);
        release_answer(answer);
        return;
    }
    oc_http_wake(http);
}

static void make_token(char out[33]) {
    uint8_t bytes[16];
    oc_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

int oc_http_start(oc_http_t **out, const oc_http_config_t *config) {
    oc_http_t *http = calloc(1, sizeof(*http));
    if (!http)
        return OC_ERR_NOMEM;
    http->config = *config;
    make_token(http->panel_token);
    pthread_mutex_init(&http->lock, NULL);
    oc_posix_cond_init(&http->cond);
    lws_set_log_level(LLL_ERR | LLL_WARN, on_library_log);
    config->live->answers.add = on_answer;
    config->live->answers.context = http;
    /* Questions whose requester has left keep their answers coming: twice the room. */
    http->keys = oc_key_thread_create(config->data_root, oc_http_keys_read, http);
    http->vod = oc_vod_thread_create(&(oc_vod_place_t){config->data_root, config->finder},
                                     &(oc_vod_synced_t){oc_http_vod_synced, http},
                                     oc_http_vod_answer, http);
    if (!http->keys || !http->vod ||
        oc_queue_init(&http->answers, sizeof(oc_http_answer_t),
                      2 * (OC_HTTP_PENDING + OC_PULLS_MAX)) != OC_OK ||
        oc_queue_init(&http->checked, sizeof(oc_login_job_t *), OC_LOGIN_JOBS) != OC_OK ||
        oc_posix_thread(&http->thread, "http", STACK_BYTES, run, http) != OC_OK) {
        oc_queue_deinit(&http->answers);
        oc_queue_deinit(&http->checked);
        (void)oc_key_thread_stop(http->keys, INT64_MAX);
        (void)oc_vod_thread_stop(http->vod, INT64_MAX);
        free(http);
        return OC_ERR_NOMEM;
    }
    *out = http;
    return OC_OK;
}

bool oc_http_stop(oc_http_t *http, int64_t until_us) {
    atomic_store(&http->stop, true);
    oc_http_wake(http);
    pthread_mutex_lock(&http->lock);
    while (!http->ended && oc_pulse_wait(&http->cond, &http->lock, until_us))
        continue;
    bool ended = http->ended;
    pthread_mutex_unlock(&http->lock);
    if (!ended)
        return false;
    pthread_join(http->thread, NULL);
    oc_key_thread_t *keys = http->keys;
    http->keys = NULL;
    oc_vod_thread_t *vod = http->vod;
    http->vod = NULL;
    bool stopped = oc_key_thread_stop(keys, until_us);
    return oc_vod_thread_stop(vod, until_us) && stopped;
}

void oc_http_free(oc_http_t *http) {
    oc_http_answer_t answer;
    oc_login_job_t *job;
    if (!http)
        return;
    while (oc_queue_pop(&http->checked, &job) == OC_OK)
        oc_login_job_free(job);
    oc_queue_deinit(&http->checked);
    while (oc_queue_pop(&http->answers, &answer) == OC_OK)
        release_answer(&answer);
    oc_queue_deinit(&http->answers);
    pthread_cond_destroy(&http->cond);
    pthread_mutex_destroy(&http->lock);
    oc_crypto_wipe(&http->access, sizeof(http->access));
    free(http);
}

const oc_http_counts_t *oc_http_counts(const oc_http_t *http) {
    return &http->counts;
}
