#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "oc_http_access.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_random.h"
#include "oc_route_table.h"

#define ANSWER_MAX (32 * 1024) /* bytes of a JSON answer; 64 sessions take 22 KB at most */

static bool is(const oc_http_session_t *session, const char *method) {
    return strcmp(session->method, method) == 0;
}

static int done(oc_http_t *http, oc_http_session_t *session, const char *location) {
    return oc_http_send(http, session,
                        &(oc_http_head_t){.status = location ? 303 : 204, .location = location});
}

static int answer(oc_http_t *http, oc_http_session_t *session, const oc_json_t *json) {
    return json->bad ? oc_http_send_status(http, session, 503)
                     : oc_http_send_text(http, session, "application/json", json->out, json->len);
}

/* ---- login and logout ---- */

static void set_cookie(oc_http_session_t *session, const char *token) {
    snprintf(session->cookie, sizeof(session->cookie),
             OC_ACCESS_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", token,
             token[0] ? "" : "; Max-Age=0");
}

/* The browser is known from now on; one that was stays the same one. */
static void set_device(const oc_http_t *http, oc_http_session_t *session) {
    char token[OC_ACCESS_DEVICE_TOKEN];
    uint8_t bytes[16];
    const oc_access_user_t *user = oc_access_user_find(&http->access.users, session->user);
    if (!user)
        return;
    if (!session->by_device) {
        oc_random(bytes, sizeof(bytes));
        session->device = oc_access_device_id(bytes);
    }
    oc_access_device_make(http->access.device_key, user, session->device, token);
    snprintf(session->device_cookie, sizeof(session->device_cookie),
             OC_ACCESS_DEVICE_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%d",
             token, OC_ACCESS_DEVICE_LIFE_S);
}

/* A login that failed: a form goes back to its page, which says why. */
static int refuse_login(oc_http_t *http, oc_http_session_t *session, int status) {
    if (session->json || status == 503)
        return oc_http_send_status(http, session, status);
    return done(http, session, status == 429 ? "/login#wait" : "/login#failed");
}

/* 0, or 429 with session->wait_s: microseconds from now. */
static int charged(oc_http_t *http, oc_http_session_t *session, int64_t wait) {
    session->wait_s = (uint32_t)((wait + 999999) / 1000000);
    if (wait > 0)
        atomic_fetch_add(&http->counts.logins[2], 1);
    return wait > 0 ? 429 : 0;
}

int oc_http_own_charge(oc_http_t *http, oc_http_session_t *session) {
    int64_t now = oc_posix_now_us();
    return charged(http, session,
                   session->by_device
                       ? oc_access_rate_try_alone(&http->access.rate, session->device, now)
                       : oc_access_rate_try(&http->access.rate, session->from, now));
}

int oc_http_own_charge_claim(oc_http_t *http, oc_http_session_t *session) {
    return charged(http, session,
                   oc_access_rate_try_alone(&http->access.rate, session->from, oc_posix_now_us()));
}

static int take_login(oc_http_t *http, oc_http_session_t *session) {
    char user[OC_ACCESS_USER_MAX], password[OC_ACCESS_PASSWORD_MAX];
    oc_access_field_t fields[] = {{"user", user, sizeof(user), false},
                                  {"password", password, sizeof(password), false}};
    const char *body = session->text.data ? (const char *)session->text.data : "";
    bool good =
        session->json ? oc_access_text_json(body, fields, 2) : oc_access_text_form(body, fields, 2);
    if (session->text.data)
        oc_crypto_wipe(session->text.data, session->body_len);
    if (!good || !fields[0].found || !fields[1].found)
        return oc_http_send_status(http, session, 400);
    int refused = oc_http_own_charge(http, session);
    oc_login_job_t *job =
        refused ? NULL : oc_http_access_job(http, session, user, password, session->from);
    if (job)
        job->login = true;
    oc_crypto_wipe(password, sizeof(password));
    if (!job)
        return refuse_login(http, session, refused ? refused : 503);
    snprintf(session->user, sizeof(session->user), "%s", user);
    session->job = job;
    int status = oc_http_access_check(http, session);
    return status != 0 ? refuse_login(http, session, status) : 0;
}

int oc_http_own_enter(oc_http_t *http, oc_http_session_t *session) {
    char agent[256], token[OC_ACCESS_TOKEN], text[96];
    uint8_t secret[OC_CRYPTO_HASH];
    oc_random(secret, sizeof(secret));
    if (session->own[0]) /* the id that came with the login is not used on */
        (void)oc_access_session_end(&http->access.sessions, session->own);
    const char *named = oc_http_header(session, WSI_TOKEN_HTTP_USER_AGENT, agent, sizeof(agent));
    oc_access_session_begin(&http->access.sessions, secret, session->user, session->address,
                            named ? named : "", oc_posix_now_us(), token);
    oc_log(OC_LOG_INFO, "http", "%s logged in from %s", session->user, session->address);
    set_cookie(session, token);
    set_device(http, session);
    oc_crypto_wipe(secret, sizeof(secret));
    oc_crypto_wipe(token, sizeof(token));
    if (!session->json)
        return done(http, session, "/");
    int len = snprintf(text, sizeof(text), "{\"user\":\"%s\"}\n", session->user);
    return oc_http_send_text(http, session, "application/json", text, (size_t)len);
}

int oc_http_own_login(oc_http_t *http, oc_http_session_t *session, bool right) {
    if (right)
        return oc_http_own_enter(http, session);
    oc_log(OC_LOG_WARN, "http", "a login from %s failed", session->address);
    return refuse_login(http, session, 401);
}

static int logout(oc_http_t *http, oc_http_session_t *session) {
    if (session->own[0])
        (void)oc_access_session_end(&http->access.sessions, session->own);
    oc_http_access_viewers(http);
    if (session->closed)
        set_cookie(session, "");
    return done(http, session, session->json ? NULL : "/login");
}

/* Settings that are in force after a restart only are so for whoever has no terminal. */
static int restart(oc_http_t *http, oc_http_session_t *session) {
    oc_log(OC_LOG_WARN, "http", "asked to start again from %s", session->address);
    http->config.restart(http->config.context);
    return done(http, session, NULL);
}

/* ---- sessions ---- */

/* A monotonic time as ISO 8601, null while the clock is not set. */
static void write_time(oc_json_t *json, const char *key, int64_t mono_us) {
    oc_clock_t clock;
    oc_posix_clock(&clock);
    oc_json_key(json, key);
    if (clock.quality == OC_CLOCK_NONE)
        oc_json_null(json);
    else
        oc_http_links_time(json, oc_clock_wall_us(&clock, mono_us) / 1000000);
}

static int list_sessions(oc_http_t *http, oc_http_session_t *session) {
    char *text = malloc(ANSWER_MAX);
    if (!text)
        return oc_http_send_status(http, session, 503);
    oc_json_t json = oc_json(text, ANSWER_MAX);
    oc_access_session_expire(&http->access.sessions, oc_posix_now_us());
    oc_json_begin_object(&json);
    oc_json_key(&json, "sessions");
    oc_json_begin_array(&json);
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS; i++) {
        const oc_access_session_t *row = &http->access.sessions.rows[i];
        if (!row->used)
            continue;
        oc_json_begin_object(&json);
        oc_json_member_string(&json, "id", row->id);
        oc_json_member_string(&json, "user", row->user);
        write_time(&json, "begun", row->begun_us);
        write_time(&json, "seen", row->seen_us);
        oc_json_member_string(&json, "address", row->address);
        oc_json_member_string(&json, "agent", row->agent);
        oc_json_member_bool(&json, "current", strcmp(row->id, session->own) == 0);
        oc_json_end_object(&json);
    }
    oc_json_end_array(&json);
    oc_json_end_object(&json);
    int result = answer(http, session, &json);
    free(text);
    return result;
}

static int end_sessions(oc_http_t *http, oc_http_session_t *session, const char *id) {
    oc_access_sessions_t *sessions = &http->access.sessions;
    if (id[0]) {
        bool found = oc_access_session_end(sessions, id);
        oc_http_access_viewers(http);
        return found ? done(http, session, NULL) : oc_http_send_status(http, session, 404);
    }
    const oc_access_session_t *own = NULL;
    for (unsigned i = 0; i < OC_ACCESS_SESSIONS && session->own[0]; i++) {
        if (sessions->rows[i].used && strcmp(sessions->rows[i].id, session->own) == 0)
            own = &sessions->rows[i];
    }
    oc_access_session_end_all(sessions, NULL, own);
    oc_http_access_viewers(http);
    return done(http, session, NULL);
}

static int show_session(oc_http_t *http, oc_http_session_t *session) {
    char text[256 + OC_ACCESS_SCOPE_MAX * 2]; /* each name between quotation marks */
    oc_json_t json = oc_json(text, sizeof(text));
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "user", session->closed ? session->user : NULL);
    oc_http_users_rights(
        &json, session->closed ? oc_access_user_find(&http->access.users, session->user) : NULL);
    oc_json_end_object(&json);
    return answer(http, session, &json);
}

/* ---- routes ---- */

/* The methods are those of the row. */
int oc_http_own(oc_http_t *http, oc_http_session_t *session) {
    bool reads = is(session, "GET") || session->head;
    switch ((oc_route_id_t)session->route->id) {
    case OC_ROUTE_LOGIN:
        return reads ? oc_http_page(http, session, "login.html", 0) : take_login(http, session);
    case OC_ROUTE_LOGOUT:
        return logout(http, session);
    case OC_ROUTE_API_SESSION:
        return show_session(http, session);
    case OC_ROUTE_API_SESSIONS:
        return reads ? list_sessions(http, session) : end_sessions(http, session, "");
    case OC_ROUTE_API_SESSIONS_ONE:
        return end_sessions(http, session, oc_http_last(session));
    case OC_ROUTE_API_CLAIM:
    case OC_ROUTE_API_PASSWORD:
    case OC_ROUTE_API_PASSWORD_REMOVE:
        return oc_http_password(http, session);
    case OC_ROUTE_API_USERS:
    case OC_ROUTE_API_USERS_ONE:
        return oc_http_users(http, session);
    case OC_ROUTE_API_LINKS:
    case OC_ROUTE_API_LINKS_ONE:
        return oc_http_links(http, session);
    case OC_ROUTE_API_NETWORK:
        return oc_http_network(http, session);
    case OC_ROUTE_API_RESTART:
        return restart(http, session);
    default:
        return oc_http_send_status(http, session, 404);
    }
}

/* ---- updates of the application ---- */

static bool is_state(const oc_http_session_t *session) {
    return session->route->id == OC_ROUTE_API_UPDATE;
}

int oc_http_update_begins(oc_http_t *http, oc_http_session_t *session, const char *type) {
    const oc_http_update_t *update = &http->config.update;
    int status;
    if (is(session, "GET") || session->head)
        return 0;
    if (!update->post)
        return 404;
    session->why = update->refuses(update->context, &status);
    if (session->why)
        return status;
    if (!is_state(session))
        return 0;
    if (!type || !oc_http_rule_media_type(type, "application/octet-stream")) {
        session->why = "the body needs Content-Type: application/octet-stream";
        return 415;
    }
    if (http->bundle) {
        session->why = "another update is under way";
        return 409;
    }
    return 0;
}

void oc_http_update_ends(oc_http_t *http, const oc_http_session_t *session) {
    if (http->bundle == session)
        http->bundle = NULL;
}

static int answer_state(oc_http_t *http, oc_http_session_t *session) {
    const oc_http_update_t *update = &http->config.update;
    size_t len = 0;
    char *text = update->read ? update->read(update->context, &len) : NULL;
    if (!text)
        return oc_http_send_status(http, session, update->read ? 503 : 404);
    int result = oc_http_send_text(http, session, "application/json", text, len);
    free(text);
    return result;
}

int oc_http_update(oc_http_t *http, oc_http_session_t *session) {
    const oc_http_update_t *update = &http->config.update;
    bool state = is_state(session);
    if (is(session, "GET") || session->head)
        return answer_state(http, session);
    uint32_t id = oc_http_request_wait(http, session);
    uint8_t *bundle = state && id && session->body_len > 0 ? malloc(session->body_len) : NULL;
    oc_http_update_ends(http, session);
    if (!id || (state && !bundle))
        return oc_http_send_status(http, session, id ? 400 : 503);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_UPDATE_S);
    if (!state) {
        update->back(update->context, id);
        return 0;
    }
    memcpy(bundle, session->text.data, session->body_len);
    update->post(update->context, id, bundle, session->body_len);
    return 0;
}
