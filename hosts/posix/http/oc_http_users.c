/* /api/users: who has a password here and what each may do; only an owner gets here. The file is
 * changed on the thread that checks logins. */
#define _GNU_SOURCE
#include <stdio.h>

#include "oc_http_access.h"
#include "oc_route_table.h"
#include "oc_log.h"

static bool is(const oc_http_session_t *session, const char *method) {
    return strcmp(session->method, method) == 0;
}

static void write_list(oc_json_t *json, const char *key, const char *names) {
    oc_json_key(json, key);
    oc_json_begin_array(json);
    for (const char *at = names; *at;) {
        char name[OC_ACCESS_CAMERA_MAX];
        size_t len = strcspn(at, ",");
        snprintf(name, sizeof(name), "%.*s", (int)len, at);
        oc_json_string(json, name);
        at += len + (at[len] == ',');
    }
    oc_json_end_array(json);
}

void oc_http_users_rights(oc_json_t *json, const oc_access_user_t *user) {
    static const char *const meant[] = {"see,look,talk,change,delete", "see,look,talk,change",
                                        "see,look"}; /* of own, operate and watch */
    oc_access_right_t right = user ? user->right : OC_ACCESS_OWN;
    char acts[OC_ACCESS_ACTS_MAX];
    if (right == OC_ACCESS_SOME)
        oc_access_scope_acts(&user->scope, acts);
    else
        snprintf(acts, sizeof(acts), "%s", meant[right]);
    oc_json_member_string(json, "right", oc_access_user_right_name(right));
    write_list(json, "acts", acts);
    if (right == OC_ACCESS_SOME && strcmp(user->scope.cameras, OC_ACCESS_ALL) != 0)
        write_list(json, "cameras", user->scope.cameras);
    else
        oc_json_member_string(json, "cameras", "all");
}

static int list(oc_http_t *http, oc_http_session_t *session) {
    char text[OC_ACCESS_USERS * (256 + OC_ACCESS_SCOPE_MAX * 2)];
    const oc_access_users_t *users = &http->access.users;
    oc_json_t json = oc_json(text, sizeof(text));
    oc_json_begin_object(&json);
    oc_json_key(&json, "users");
    oc_json_begin_array(&json);
    for (unsigned i = 0; i < users->count; i++) {
        oc_json_begin_object(&json);
        oc_json_member_string(&json, "name", users->rows[i].name);
        oc_http_users_rights(&json, &users->rows[i]);
        oc_json_end_object(&json);
    }
    oc_json_end_array(&json);
    oc_json_end_object(&json);
    return json.bad ? oc_http_send_status(http, session, 503)
                    : oc_http_send_text(http, session, "application/json", text, json.len);
}

/* ---- changes ---- */

/* The right that acts and cameras say. False: they say none. */
static bool read_right(const oc_access_field_t *acts, const oc_access_field_t *cameras,
                       oc_login_job_t *job) {
    if (!acts->found)
        return !cameras->found;
    if (strcmp(acts->value, "own") == 0) {
        job->want = OC_ACCESS_OWN;
        return !cameras->found || strcmp(cameras->value, "all") == 0;
    }
    job->want = OC_ACCESS_SOME;
    bool all = strcmp(cameras->value, "all") == 0;
    return cameras->found &&
           oc_access_scope_read(acts->value, all ? OC_ACCESS_ALL : cameras->value, &job->scope) &&
           (all || strcmp(cameras->value, OC_ACCESS_ALL) != 0);
}

/* Hands the change to the thread; name: "" = the body says it. */
static int post(oc_http_t *http, oc_http_session_t *session, oc_access_edit_kind_t kind,
                const char *name) {
    char user[OC_ACCESS_USER_MAX] = "", password[OC_ACCESS_PASSWORD_MAX] = "",
         acts[OC_ACCESS_ACTS_MAX] = "", cameras[OC_ACCESS_CAMERAS_MAX] = "";
    oc_access_field_t fields[] = {{"password", password, sizeof(password), false},
                                  {"acts", acts, sizeof(acts), false},
                                  {"cameras", cameras, sizeof(cameras), false},
                                  {"name", user, sizeof(user), false}};
    bool adds = kind == OC_ACCESS_EDIT_ADD, drops = kind == OC_ACCESS_EDIT_DROP;
    bool good = drops || oc_http_password_body(session, fields, adds ? 4 : 3);
    oc_login_job_t *job = oc_http_access_job(http, session, adds ? user : name, "", session->from);
    if (!job)
        return oc_http_send_status(http, session, 503);
    job->edit = kind;
    job->root = http->config.data_root;
    job->by_device = false; /* nobody proves who they are */
    job->keeps = !fields[1].found;
    if (good && !oc_access_text_is_user(job->name)) {
        session->why = "name: 1 to 31 of a-z, 0-9 and - are needed";
        good = false;
    } else if (good && !read_right(&fields[1], &fields[2], job)) {
        session->why = "acts: own, or see, look, talk, change, delete with commas between them, "
                       "and cameras: all, or at most 16 names";
        good = false;
    } else if (good && (adds || fields[0].found) &&
               (session->why = oc_access_user_refuses(password))) {
        good = false;
    } else if (good && adds && !fields[1].found) {
        session->why = "acts: missing";
        good = false;
    }
    snprintf(job->fresh, sizeof(job->fresh), "%s", password);
    oc_crypto_wipe(password, sizeof(password));
    if (!good) {
        oc_login_job_free(job);
        return oc_http_send_why(http, session, 400, session->why);
    }
    session->job = job;
    int status = oc_http_access_check(http, session);
    return status ? oc_http_send_status(http, session, status) : 0;
}

int oc_http_users_done(oc_http_t *http, oc_http_session_t *session, const oc_login_job_t *job) {
    static const char *const done[] = {"added", "changed", "removed"};
    switch (job->result) {
    case OC_OK:
        oc_log(OC_LOG_INFO, "http", "the user %s was %s from %s", job->name,
               done[job->edit - OC_ACCESS_EDIT_ADD], session->address);
        return oc_http_send(http, session, &(oc_http_head_t){.status = 204});
    case OC_ERR_STATE:
        return oc_http_send_why(http, session, 409,
                                job->edit == OC_ACCESS_EDIT_ADD
                                    ? "set a password of your own first"
                                    : "somebody has to own the camera: this is its last owner");
    case OC_ERR_EXIST:
        return oc_http_send_why(http, session, 409, "there is a user of this name");
    case OC_ERR_RANGE:
        return oc_http_send_why(http, session, 409, "8 users are there: remove one first");
    case OC_ERR_NOENT:
        return oc_http_send_status(http, session, 404);
    default:
        oc_log(OC_LOG_ERROR, "http", OC_ACCESS_STORE_USERS ": %s", oc_err_text(job->result));
        return oc_http_send_status(http, session, 503);
    }
}

int oc_http_users(oc_http_t *http, oc_http_session_t *session) {
    bool one = session->route->id == OC_ROUTE_API_USERS_ONE, reads = is(session, "GET");
    const char *name = oc_http_last(session);
    if (!one)
        return reads || session->head ? list(http, session)
                                      : post(http, session, OC_ACCESS_EDIT_ADD, "");
    if (!oc_access_user_find(&http->access.users, name))
        return oc_http_send_status(http, session, 404);
    return post(http, session, is(session, "PATCH") ? OC_ACCESS_EDIT_SET : OC_ACCESS_EDIT_DROP,
                name);
}
