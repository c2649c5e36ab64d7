#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "oc_access_proxy.h"
#include "oc_http_access.h"
#include "oc_http_check.h"
#include "oc_log.h"
#include "oc_posix.h"

#define COOKIES_MAX 6144 /* bytes with NUL of all cookies: names of this machine share them */

/* An address as text and as a peer. False: none of IP. */
static bool read_address(const struct sockaddr_storage *from, oc_access_peer_t *peer, char *text) {
    const struct sockaddr_in *four = (const void *)from;
    const struct sockaddr_in6 *six = (const void *)from;
    bool is_four = from->ss_family == AF_INET;
    if (!is_four && from->ss_family != AF_INET6)
        return false;
    const void *bytes = is_four ? (const void *)&four->sin_addr : (const void *)&six->sin6_addr;
    *peer = oc_access_rate_peer(bytes, is_four ? 4 : 16);
    return inet_ntop(from->ss_family, bytes, text, OC_ACCESS_ADDRESS_MAX) != NULL;
}

bool oc_http_access_peer(int fd, oc_access_peer_t *peer, char *text) {
    struct sockaddr_storage from = {0};
    socklen_t size = sizeof(from);
    return getpeername(fd, (struct sockaddr *)&from, &size) == 0 && read_address(&from, peer, text);
}

static int fd_of(const oc_http_session_t *session) {
    return lws_get_socket_fd(lws_get_network_wsi(session->wsi));
}

static void read_local(int fd, char *text) {
    struct sockaddr_storage to = {0};
    socklen_t size = sizeof(to);
    oc_access_peer_t unused;
    if (getsockname(fd, (struct sockaddr *)&to, &size) != 0 || !read_address(&to, &unused, text))
        text[0] = '\0';
}

/* Sec-Fetch-*: sent by browsers; with HTTP/2 the library does not keep what it does not know. */
static void read_fetch(oc_http_session_t *session, const char *name, char *out, int size) {
    if (lws_hdr_custom_copy(session->wsi, out, size, name, (int)strlen(name)) < 0)
        out[0] = '\0';
}

/* All cookies as one header; HTTP/2 may send each by itself. */
static bool read_cookies(oc_http_session_t *session, char out[COOKIES_MAX]) {
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0;; i++) {
        int len = lws_hdr_fragment_length(session->wsi, WSI_TOKEN_HTTP_COOKIE, i);
        if (len <= 0)
            return true;
        if (used + (size_t)len + 2 >= COOKIES_MAX)
            return false;
        if (lws_hdr_copy_fragment(session->wsi, out + used, (int)(COOKIES_MAX - used),
                                  WSI_TOKEN_HTTP_COOKIE, i) < 0)
            return false;
        used += (size_t)len;
        out[used++] = ';';
        out[used] = '\0';
    }
}

static int64_t clock_s(void) {
    oc_clock_t clock;
    oc_posix_clock(&clock);
    return clock.quality == OC_CLOCK_NONE ? 0
                                          : oc_clock_wall_us(&clock, oc_posix_now_us()) / 1000000;
}

bool oc_http_access_holds(oc_http_t *http, oc_http_session_t *session) {
    if (oc_http_area(session) == OC_HTTP_WATCH)
        return oc_access_link_holds(&http->access, oc_http_rest(session), clock_s());
    return oc_access_login_holds(&http->access, session->login, oc_posix_now_us(), clock_s());
}

static bool login_holds(void *asker, uint32_t login) {
    oc_http_t *http = asker;
    return oc_access_login_holds(&http->access, login, oc_posix_now_us(), clock_s());
}

void oc_http_access_viewers(oc_http_t *http) {
    http->config.judge_viewers(http->config.viewers, login_holds, http);
}

/* A check of user and password that has been allowed; NULL: no memory. */
oc_login_job_t *oc_http_access_job(const oc_http_t *http, const oc_http_session_t *session,
                                   const char *user, const char *password, oc_access_peer_t peer) {
    const oc_access_user_t *row = oc_access_user_find(&http->access.users, user);
    oc_login_job_t *job = calloc(1, sizeof(*job));
    if (!job)
        return NULL;
    job->known = row != NULL;
    if (row)
        job->user = *row;
    job->peer = peer;
    job->by_device = session->by_device;
    job->device = session->device;
    snprintf(job->name, sizeof(job->name), "%s", user);
    snprintf(job->password, sizeof(job->password), "%s", password);
    return job;
}

/* What the verdict means for the session. */
static int take_verdict(oc_http_t *http, oc_http_session_t *session, oc_access_verdict_t *verdict,
                        oc_access_peer_t peer) {
    session->cors = verdict->cors;
    session->login = verdict->login;
    session->denied = verdict->denied;
    snprintf(session->scope, sizeof(session->scope), "%s", verdict->scope);
    session->by_device = verdict->by_device;
    session->device = verdict->device;
    snprintf(session->user, sizeof(session->user), "%s", verdict->user);
    if (verdict->session)
        snprintf(session->own, sizeof(session->own), "%s", verdict->session->id);
    session->wait_s = (uint32_t)((verdict->wait_us + 999999) / 1000000);
    if (verdict->wait_us > 0)
        atomic_fetch_add(&http->counts.logins[2], 1);
    if (!verdict->check)
        return verdict->status;
    session->job = oc_http_access_job(http, session, verdict->user, verdict->password, peer);
    oc_crypto_wipe(verdict->password, sizeof(verdict->password));
    return session->job ? 0 : 503;
}

/* The first 32 bits of SHA-256 of a watch link's token, never 0. */
static uint32_t name_link(const char *rest) {
    uint8_t hash[OC_CRYPTO_HASH];
    uint32_t name;
    oc_hash(OC_HASH_SHA256, &(oc_span_t){(uint8_t *)rest, strcspn(rest, "/")}, 1, hash);
    memcpy(&name, hash, sizeof(name));
    return name | 1;
}

/* A connection that proved who it is keeps its place when places are short. */
static void note_known(oc_http_t *http, oc_http_session_t *session) {
    oc_http_peer_t *row = oc_http_peer(session);
    if (oc_http_area(session) == OC_HTTP_WATCH)
        session->link = name_link(oc_http_rest(session));
    if (row && session->link != 0)
        oc_http_places_link(http->peers, row, session->link);
    else if (row && (session->by_device || (session->login != 0 && !session->job)))
        row->known = true;
}

/* True when some proxy says that it hands the request on. With HTTP/2 the library keeps less. */
static bool is_forwarded(oc_http_session_t *session) {
    static const enum lws_token_indexes tokens[] = {WSI_TOKEN_X_FORWARDED_FOR,
                                                    WSI_TOKEN_HTTP_X_REAL_IP, WSI_TOKEN_HTTP_VIA};
    static const char *const names[] = {
        "forwarded:",          "x-forwarded-host:", "x-forwarded-proto:",  "x-forwarded-port:",
        "x-forwarded-server:", "x-forwarded-by:",   "x-forwarded-scheme:", "x-forwarded-ssl:"};
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        if (oc_http_has(session, tokens[i])) /* empty ones too */
            return true;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (lws_hdr_custom_length(session->wsi, names[i], (int)strlen(names[i])) >= 0)
            return true;
    }
    return false;
}

/* Who asks: the peer, or whom a trusted proxy names; what comes from its address is never without a
 * login, whatever headers arrive. Loopback rights are for programs of this machine, not for what a
 * proxy hands on. 0, or the status that refuses the request. */
static int read_client(oc_http_t *http, oc_http_session_t *session) {
    char list[512];
    if (!oc_http_access_peer(fd_of(session), &session->from, session->address))
        session->from = oc_access_rate_peer(NULL, 0);
    bool trusted = oc_access_names_has(&http->access.proxies, session->address);
    if (!trusted && (session->closed || !is_forwarded(session)))
        return 0;
    if (!trusted) {
        session->why = oc_http_check_untrusted;
        return 403;
    }
    const char *header = oc_http_header(session, WSI_TOKEN_X_FORWARDED_FOR, list, sizeof(list));
    session->closed = true;
    if (header &&
        oc_access_proxy_client(&http->access.proxies, header, &session->from, session->address))
        return 0;
    session->why = "the proxy names no client: make it send X-Forwarded-For";
    return 403;
}

/* The script is asked for what the link leads to, with the link in the place of rights. */
static void take_link(oc_http_session_t *session, const oc_access_link_t *link) {
    const char *path = strstr(session->path, "/api/p2p/");
    snprintf(session->scope, sizeof(session->scope), "link/%s", link->channel);
    memmove(session->path, path, strlen(path) + 1);
    session->route = oc_route_find(session->path, oc_route_method(session->method));
}

int oc_http_access_judge(oc_http_t *http, oc_http_session_t *session) {
    char host[OC_ACCESS_NAME_MAX], cookies[COOKIES_MAX], authorization[384], agent[64];
    char local[OC_ACCESS_ADDRESS_MAX], site[24], mode[24];
    int refused = read_client(http, session);
    if (refused != 0)
        return refused;
    oc_access_request_t req = {
        .closed = session->closed,
        .method = session->method,
        .path = session->path,
        .route = session->route,
        .host = oc_http_header(session, WSI_TOKEN_HOST, host, sizeof(host)),
        .origin =
            oc_http_header(session, WSI_TOKEN_ORIGIN, session->origin, sizeof(session->origin)),
        .authorization = oc_http_header(session, WSI_TOKEN_HTTP_AUTHORIZATION, authorization,
                                        sizeof(authorization)),
        .local = local,
        .site = site,
        .mode = mode,
        .cookie = cookies,
        .now_us = oc_posix_now_us(),
        .clock_s = clock_s()};
    if (!req.host || req.host[0] == '\0')
        req.host = oc_http_header(session, WSI_TOKEN_HTTP_COLON_AUTHORITY, host, sizeof(host));
    if (!req.host)
        return 421;
    if (!req.origin)
        return 403;
    if (!req.authorization)
        return 401;
    if (!read_cookies(session, cookies))
        return 400;
    read_fetch(session, "sec-fetch-site:", site, sizeof(site));
    read_fetch(session, "sec-fetch-mode:", mode, sizeof(mode));
    read_local(fd_of(session), local);
    req.peer = session->from;
    const char *browser = oc_http_header(session, WSI_TOKEN_HTTP_USER_AGENT, agent, sizeof(agent));
    session->player = browser && strncmp(browser, "Mozilla/", 8) != 0;
    oc_access_verdict_t verdict;
    oc_access_judge(&http->access, &req, &verdict);
    int status = take_verdict(http, session, &verdict, req.peer);
    if (status == 0)
        note_known(http, session);
    if (status == 0 && verdict.link)
        take_link(session, verdict.link);
    oc_crypto_wipe(authorization, sizeof(authorization));
    oc_crypto_wipe(cookies, sizeof(cookies));
    return status;
}

int oc_http_access_check(oc_http_t *http, oc_http_session_t *session) {
    oc_login_job_t *job = session->job;
    unsigned slot = 0, maximum = job->by_device ? OC_LOGIN_JOBS : OC_LOGIN_JOBS - 1;
    while (slot < maximum && http->checking[slot]) /* one place is kept for known browsers */
        slot++;
    session->job = NULL;
    if (slot < maximum) {
        job->slot = slot;
        if (oc_login_thread_post(http->login, job) == OC_OK) {
            http->checking[slot] = session;
            lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
            return 0;
        }
    }
    oc_login_job_free(job);
    return 503;
}

void oc_http_access_forget(oc_http_t *http, oc_http_session_t *session) {
    static oc_http_session_t gone; /* the slot stays taken until the thread is done with it */
    for (unsigned i = 0; i < OC_LOGIN_JOBS; i++) {
        if (http->checking[i] == session)
            http->checking[i] = &gone;
    }
    oc_login_job_free(session->job);
    session->job = NULL;
}

/* The password was not changed while it was checked. */
static bool is_still(const oc_http_t *http, const oc_access_user_t *user) {
    const oc_access_user_t *now = oc_access_user_find(&http->access.users, user->name);
    return now && memcmp(now->hash, user->hash, sizeof(now->hash)) == 0;
}

/* The request goes on, or is refused. */
static int go_on(oc_http_t *http, oc_http_session_t *session, const oc_login_job_t *job) {
    if (job->edit >= OC_ACCESS_EDIT_ADD)
        return oc_http_users_done(http, session, job);
    if (job->edit != OC_ACCESS_EDIT_NONE)
        return oc_http_password_done(http, session, job);
    if (job->right && oc_http_peer(session))
        oc_http_peer(session)->known = true;
    if (job->login)
        return oc_http_own_login(http, session, job->right);
    if (!job->right) {
        oc_log(OC_LOG_WARN, "http", "wrong Basic credentials from %s", session->address);
        return oc_http_send_status(http, session, 401);
    }
    if (session->denied)
        return oc_http_send_status(http, session, 403);
    return oc_http_request_serve(http, session);
}

void oc_http_access_checked(oc_http_t *http) {
    oc_login_job_t *job;
    while (oc_queue_pop(&http->checked, &job) == OC_OK) {
        oc_http_session_t *session = http->checking[job->slot];
        http->checking[job->slot] = NULL;
        if (job->edit == OC_ACCESS_EDIT_NONE)
            job->right = job->right && is_still(http, &job->user);
        else
            job->right = job->result == OC_OK;
        if (job->edit == OC_ACCESS_EDIT_NONE || job->result == OC_ERR_PASSWORD)
            atomic_fetch_add(&http->counts.logins[job->right ? 0 : 1], 1);
        if (job->right && job->by_device)
            oc_access_rate_good_alone(&http->access.rate, job->device, job->peer,
                                      oc_posix_now_us());
        else if (job->right)
            oc_access_rate_good(&http->access.rate, job->peer, oc_posix_now_us());
        if (job->right && job->edit != OC_ACCESS_EDIT_NONE)
            oc_http_tls_reload(http); /* before the answer, and without anybody who waits for it */
        else if (job->right && !job->login)
            oc_access_remember(&http->access, job->name, job->password);
        if (session->wsi && go_on(http, session, job) != 0) /* NULL: it has gone */
            oc_http_send_over(session);
        oc_login_job_free(job);
    }
}
