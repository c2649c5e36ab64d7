/* The first password, by whoever runs programs here or has the claim code, and the own one:
 * another, or none any more. The file is changed on the thread that checks logins. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "oc_http_access.h"
#include "oc_route_table.h"
#include "oc_local_names.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_stderr.h"

static bool is(const oc_http_session_t *session, const char *method) {
    return strcmp(session->method, method) == 0;
}

static int answer(oc_http_t *http, oc_http_session_t *session, const oc_json_t *json) {
    return json->bad ? oc_http_send_status(http, session, 503)
                     : oc_http_send_text(http, session, "application/json", json->out, json->len);
}

static bool is_unclaimed(const oc_http_t *http) {
    return http->access.users.count == 0;
}

static bool has_closed(const oc_http_t *http) {
    bool closed = http->access.proxies.count > 0;
    for (unsigned i = 0; i < http->vhost_count; i++)
        closed |= http->vhosts[i].closed;
    return closed;
}

void oc_http_password_claim(oc_http_t *http) {
    char shown[OC_CLAIM_SHOWN], line[OC_ACCESS_NAME_MAX + 256];
    if (!http->claim[0])
        return;
    oc_claim_show(http->claim, shown);
    snprintf(
        line, sizeof(line),
        "no password is set: open %s and set one with the claim code %s, which is good once and "
        "until the next start",
        http->url, shown);
    oc_stderr_whisper(line);
    oc_crypto_wipe(shown, sizeof(shown));
    oc_crypto_wipe(line, sizeof(line));
}

/* ---- requests ---- */

bool oc_http_password_body(oc_http_session_t *session, oc_access_field_t *fields, unsigned count) {
    const char *body = session->text.data ? (const char *)session->text.data : "";
    bool good = session->json && oc_access_text_json(body, fields, count);
    if (session->text.data)
        oc_crypto_wipe(session->text.data, session->body_len);
    return good;
}

/* Hands a change to the thread. 0, or the status of the refusal. */
static int post(oc_http_t *http, oc_http_session_t *session, oc_access_edit_kind_t kind,
                const char *old, const char *fresh) {
    oc_login_job_t *job = oc_http_access_job(http, session, session->user, old, session->from);
    if (!job)
        return 503;
    job->edit = kind;
    job->root = http->config.data_root;
    snprintf(job->fresh, sizeof(job->fresh), "%s", fresh);
    session->job = job;
    return oc_http_access_check(http, session);
}

static int show_claim(oc_http_t *http, oc_http_session_t *session) {
    char text[96];
    oc_json_t json = oc_json(text, sizeof(text));
    oc_json_begin_object(&json);
    oc_json_member_bool(&json, "needed", is_unclaimed(http));
    oc_json_member_bool(&json, "code", session->closed);
    oc_json_end_object(&json);
    return answer(http, session, &json);
}

/* 0, or the status of the refusal with session->why. */
static int judge_code(oc_http_t *http, oc_http_session_t *session, const char *typed) {
    if (!session->closed)
        return 0;
    int refused = oc_http_own_charge_claim(http, session);
    if (refused)
        return refused;
    if (oc_claim_is(http->claim, typed)) {
        oc_access_rate_good_alone(&http->access.rate, session->from, session->from,
                                  oc_posix_now_us());
        return 0;
    }
    atomic_fetch_add(&http->counts.logins[1], 1);
    oc_log(OC_LOG_WARN, "http", "a wrong claim code came from %s", session->address);
    session->why = http->claim[0] ? "the claim code is wrong"
                                  : "no claim code is good: restart the program, it shows one";
    return 403;
}

static int claim(oc_http_t *http, oc_http_session_t *session) {
    char code[2 * OC_CLAIM_SHOWN], password[OC_ACCESS_PASSWORD_MAX];
    oc_access_field_t fields[] = {{"code", code, sizeof(code), false},
                                  {"password", password, sizeof(password), false}};
    int status = oc_http_password_body(session, fields, 2) && fields[1].found ? 0 : 400;
    if (status == 0 && !is_unclaimed(http)) {
        session->why = "a password is set already";
        status = 409;
    }
    if (status == 0)
        status = judge_code(http, session, code);
    if (status == 0 && (session->why = oc_access_user_refuses(password)))
        status = 400;
    snprintf(session->user, sizeof(session->user), "%s", OC_ACCESS_ADMIN);
    if (status == 0)
        status = post(http, session, OC_ACCESS_EDIT_CLAIM, "", password);
    oc_crypto_wipe(password, sizeof(password));
    oc_crypto_wipe(code, sizeof(code));
    return status ? oc_http_send_why(http, session, status, session->why) : 0;
}

/* Whose password it is: who is logged in, or on an open listener the first owner. False: nobody's.
 */
static bool find_user(const oc_http_t *http, oc_http_session_t *session) {
    const oc_access_users_t *users = &http->access.users;
    for (unsigned i = 0; i < users->count && !session->closed && !session->user[0]; i++) {
        if (users->rows[i].right == OC_ACCESS_OWN)
            snprintf(session->user, sizeof(session->user), "%s", users->rows[i].name);
    }
    return oc_access_user_find(users, session->user) != NULL;
}

/* Without a password nobody could reach a closed listener any more. */
static bool is_needed(const oc_http_t *http, const oc_http_session_t *session) {
    return oc_access_right(&http->access, session->user) == OC_ACCESS_OWN && has_closed(http);
}

static int change(oc_http_t *http, oc_http_session_t *session, bool removes) {
    char old[OC_ACCESS_PASSWORD_MAX], password[OC_ACCESS_PASSWORD_MAX] = "";
    oc_access_field_t fields[] = {{"old", old, sizeof(old), false},
                                  {"password", password, sizeof(password), false}};
    int status =
        oc_http_password_body(session, fields, removes ? 1 : 2) && fields[0].found ? 0 : 400;
    if (status == 0 && !find_user(http, session))
        status = 404;
    if (status == 0 && !removes && (session->why = oc_access_user_refuses(password)))
        status = 400;
    if (status == 0 && removes && is_needed(http, session)) {
        session->why = "other machines can reach this one: it needs a password";
        status = 409;
    }
    if (status == 0)
        status = oc_http_own_charge(http, session);
    if (status == 0)
        status = post(http, session, removes ? OC_ACCESS_EDIT_REMOVE : OC_ACCESS_EDIT_CHANGE, old,
                      password);
    oc_crypto_wipe(old, sizeof(old));
    oc_crypto_wipe(password, sizeof(password));
    return status ? oc_http_send_why(http, session, status, session->why) : 0;
}

static int refuse(oc_http_t *http, oc_http_session_t *session, const oc_login_job_t *job) {
    bool claims = job->edit == OC_ACCESS_EDIT_CLAIM;
    if (job->result == OC_ERR_PASSWORD) {
        oc_log(OC_LOG_WARN, "http", "a wrong old password came from %s", session->address);
        return oc_http_send_why(http, session, 403, "the old password is wrong");
    }
    if (job->result == OC_ERR_STATE)
        return oc_http_send_why(http, session, 409,
                                claims ? "a password is set already"
                                       : "other users are still there: remove them first");
    oc_log(OC_LOG_ERROR, "http", OC_ACCESS_STORE_USERS ": %s", oc_err_text(job->result));
    return oc_http_send_status(http, session, 503);
}

int oc_http_password_done(oc_http_t *http, oc_http_session_t *session, const oc_login_job_t *job) {
    static const char *const done[] = {"", "was set", "was changed", "was removed"};
    if (job->result != OC_OK)
        return refuse(http, session, job);
    oc_log(OC_LOG_INFO, "http", "the password of %s %s from %s", job->name, done[job->edit],
           session->address);
    bool removed = job->edit == OC_ACCESS_EDIT_REMOVE;
    if (session->closed && !removed && (session->own[0] || job->edit == OC_ACCESS_EDIT_CLAIM))
        return oc_http_own_enter(http, session); /* every other session of the user has ended */
    return oc_http_send(http, session, &(oc_http_head_t){.status = 204});
}

int oc_http_password(oc_http_t *http, oc_http_session_t *session) {
    if (session->route->id == OC_ROUTE_API_CLAIM)
        return is(session, "POST") ? claim(http, session) : show_claim(http, session);
    return change(http, session, session->route->id == OC_ROUTE_API_PASSWORD_REMOVE);
}

/* ---- the network ---- */

int oc_http_network(oc_http_t *http, oc_http_session_t *session) {
    char text[2048], fingerprint[OC_CERT_FINGERPRINT] = "";
    oc_json_t json = oc_json(text, sizeof(text));
    oc_access_names_t names = {0};
    const oc_cert_t *cert = is_unclaimed(http) ? NULL : oc_http_tls_cert(http);
    if (cert)
        oc_cert_fingerprint(cert, fingerprint);
    oc_local_names(&names);
    oc_json_begin_object(&json);
    oc_json_member_int(&json, "port", http->port);
    oc_json_key(&json, "addresses");
    oc_json_begin_array(&json);
    for (unsigned i = 0; i < names.count; i++) {
        if (!oc_http_rule_loopback(names.rows[i]))
            oc_json_string(&json, names.rows[i]);
    }
    oc_json_end_array(&json);
    oc_json_member_string(&json, "fingerprint", fingerprint);
    oc_json_end_object(&json);
    return answer(http, session, &json);
}
