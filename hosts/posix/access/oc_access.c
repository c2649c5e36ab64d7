#include "oc_access.h"

#include <stdio.h>
#include <string.h>

#include "oc_err.h"
#include "oc_hmac.h"

static bool reads(const oc_access_request_t *req) {
    return strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;
}

static bool right_host(const oc_access_t *access, const oc_access_request_t *req) {
    char name[OC_ACCESS_NAME_MAX];
    if (!req->closed)
        return oc_http_rule_host(req->host);
    return oc_access_names_host(&access->names, req->host) ||
           (req->local[0] && oc_access_names_split(req->host, name) &&
            strcmp(name, req->local) == 0);
}

static bool own_origin(const oc_access_request_t *req) {
    return oc_access_names_own(req->origin, req->closed ? "https://" : "http://", req->host);
}

/* What other sites may read when they are on the list. */
static bool is_shared(oc_http_area_t area) {
    return area == OC_HTTP_LIVE || area == OC_HTTP_RECORDINGS || area == OC_HTTP_API ||
           area == OC_HTTP_WATCH;
}

/* The page of a watch link: people follow it from mails and chats. */
static bool is_watch_page(const oc_access_request_t *req) {
    size_t len;
    const char *rest;
    oc_access_part_t part = req->area == OC_HTTP_WATCH
                                ? oc_access_split_link(req->rest, &len, &rest)
                                : OC_ACCESS_PART_NONE;
    return part == OC_ACCESS_PART_PAGE || part == OC_ACCESS_PART_BARE;
}

/* A page of another site asks. 0, or the status of the refusal; 204: a preflight. */
static int judge_origin(const oc_access_t *access, const oc_access_request_t *req, bool *cors) {
    bool preflight = strcmp(req->method, "OPTIONS") == 0;
    *cors = false;
    if (req->origin[0] && !own_origin(req)) {
        if (!is_shared(req->area) || (!reads(req) && !preflight) ||
            !oc_access_names_has(&access->origins, req->origin))
            return 403;
        *cors = true;
        return preflight ? 204 : 0;
    }
    bool other = strcmp(req->site, "cross-site") == 0 || strcmp(req->site, "same-site") == 0;
    if (req->origin[0] == '\0' && other &&
        (strcmp(req->mode, "navigate") != 0 || (is_shared(req->area) && !is_watch_page(req))))
        return 403;
    return 0;
}

oc_access_part_t oc_access_split_link(const char *text, size_t *token_len, const char **rest) {
    const char *slash = strchr(text, '/');
    *token_len = slash ? (size_t)(slash - text) : strlen(text);
    *rest = slash ? slash + 1 : "";
    if (*token_len == 0 || *token_len >= OC_ACCESS_LINK_MAX)
        return OC_ACCESS_PART_NONE;
    if (!slash)
        return OC_ACCESS_PART_BARE;
    if (slash[1] == '\0')
        return OC_ACCESS_PART_PAGE;
    if (strcmp(slash, "/link.json") == 0)
        return OC_ACCESS_PART_ABOUT;
    if (strncmp(slash, "/assets/", 8) == 0)
        return slash[8] && !strchr(slash + 8, '/') ? OC_ACCESS_PART_ASSET : OC_ACCESS_PART_NONE;
    if (strncmp(slash, "/live/", 6) != 0)
        return OC_ACCESS_PART_NONE;
    *rest = slash + 6;
    return oc_http_rule_live(*rest) ? OC_ACCESS_PART_LIVE : OC_ACCESS_PART_NONE;
}

bool oc_access_link_holds(const oc_access_t *access, const char *text, int64_t clock_s) {
    const oc_access_link_t *link;
    oc_pull_format_t format;
    const char *rest;
    size_t len;
    oc_access_part_t part = oc_access_split_link(text, &len, &rest);
    if (clock_s <= 0 || oc_access_link_find(&access->links, text, len, clock_s, &link) != OC_OK)
        return false;
    if (part != OC_ACCESS_PART_LIVE)
        return part != OC_ACCESS_PART_NONE;
    size_t name = strchr(rest, '/') ? strcspn(rest, "/") : oc_http_rule_endless(rest, &format);
    return strlen(link->channel) == name && strncmp(rest, link->channel, name) == 0;
}

static int judge_link(const oc_access_t *access, const oc_access_request_t *req) {
    const char *rest;
    size_t len;
    switch (oc_access_split_link(req->rest, &len, &rest)) {
    case OC_ACCESS_PART_NONE:
        return 404;
    case OC_ACCESS_PART_ASSET: /* as /assets: everybody's */
        return 0;
    default:
        return oc_access_link_holds(access, req->rest, req->clock_s) ? 0 : 403;
    }
}

static bool is_public(const oc_access_request_t *req) {
    return req->area == OC_HTTP_LOGIN || req->area == OC_HTTP_HEALTH ||
           (req->area == OC_HTTP_VIEWER && strncmp(req->rest, "assets/", 7) == 0);
}

static void mac_of(const oc_access_t *access, const char *user, const char *password,
                   uint8_t mac[OC_CRYPTO_HASH]) {
    char text[OC_ACCESS_USER_MAX + OC_ACCESS_PASSWORD_MAX];
    int len = snprintf(text, sizeof(text), "%s:%s", user, password);
    oc_hmac(OC_HASH_SHA256, oc_span(access->basic_key, OC_CRYPTO_HASH),
            &(oc_span_t){(uint8_t *)text, (size_t)len}, 1, mac);
    oc_crypto_wipe(text, sizeof(text));
}

void oc_access_remember(oc_access_t *access, const char *user, const char *password) {
    mac_of(access, user, password, access->basics[access->next_basic++ % OC_ACCESS_BASICS]);
}

static bool is_remembered(const oc_access_t *access, const char *user, const char *password) {
    static const uint8_t none[OC_CRYPTO_HASH];
    uint8_t mac[OC_CRYPTO_HASH];
    bool found = false;
    mac_of(access, user, password, mac);
    for (unsigned i = 0; i < OC_ACCESS_BASICS; i++)
        found |= oc_crypto_equal(access->basics[i], mac, sizeof(mac));
    return found && !oc_crypto_equal(mac, none, sizeof(mac));
}

/* Authorization: Basic. */
static void judge_basic(oc_access_t *access, const oc_access_request_t *req,
                        oc_access_verdict_t *out) {
    if (!oc_access_text_basic(req->authorization, out->user, out->password)) {
        out->status = 401;
        return;
    }
    if (access->basic_login == 0)
        access->basic_login = oc_access_session_number(&access->sessions);
    out->login = access->basic_login;
    if (!is_remembered(access, out->user, out->password)) {
        out->wait_us = out->by_device
                           ? oc_access_rate_try_device(&access->rate, out->device, req->now_us)
                           : oc_access_rate_try(&access->rate, req->peer, req->now_us);
        out->status = out->wait_us > 0 ? 429 : 0;
        out->check = out->status == 0;
    }
    if (!out->check)
        oc_crypto_wipe(out->password, sizeof(out->password));
}

/* Who asks, on a closed listener. */
static void judge_user(oc_access_t *access, const oc_access_request_t *req,
                       oc_access_verdict_t *out) {
    char token[OC_ACCESS_TOKEN], device[OC_ACCESS_DEVICE_TOKEN];
    out->by_device =
        oc_access_text_cookie(req->cookie, OC_ACCESS_DEVICE_COOKIE, device, sizeof(device)) &&
        oc_access_device_check(access->device_key, &access->users, device, &out->device);
    if (oc_access_text_cookie(req->cookie, OC_ACCESS_COOKIE, token, sizeof(token)))
        out->session = oc_access_session_find(&access->sessions, token, req->now_us);
    oc_crypto_wipe(token, sizeof(token));
    if (is_public(req))
        return;
    if (out->session) {
        snprintf(out->user, sizeof(out->user), "%s", out->session->user);
        out->login = out->session->login;
        if (!reads(req) && req->origin[0] == '\0') /* browsers always send it with these */
            out->status = 403;
    } else if (req->authorization[0]) {
        judge_basic(access, req, out);
    } else {
        out->status = req->area == OC_HTTP_VIEWER && reads(req) ? 303 : 401;
    }
}

void oc_access_judge(oc_access_t *access, const oc_access_request_t *req,
                     oc_access_verdict_t *out) {
    memset(out, 0, sizeof(*out));
    if (!right_host(access, req))
        out->status = 421;
    else
        out->status = judge_origin(access, req, &out->cors);
    if (out->status != 0)
        return;
    if (req->area == OC_HTTP_WATCH)
        out->status = judge_link(access, req);
    else if (req->closed)
        judge_user(access, req, out);
    else if (req->area == OC_HTTP_LOGIN)
        out->status = 404;
}

bool oc_access_set_users(oc_access_t *access, const oc_access_users_t *users) {
    bool other = users->count != access->users.count, ended = false;
    for (unsigned i = 0; i < access->users.count; i++) {
        const oc_access_user_t *before = &access->users.rows[i];
        const oc_access_user_t *after = oc_access_user_find(users, before->name);
        if (after && memcmp(after->salt, before->salt, sizeof(after->salt)) == 0 &&
            memcmp(after->hash, before->hash, sizeof(after->hash)) == 0)
            continue;
        oc_access_session_end_all(&access->sessions, before->name, NULL);
        other = true;
    }
    if (other) {
        ended = access->links.count > 0;
        oc_crypto_wipe(&access->links, sizeof(access->links));
    }
    oc_crypto_wipe(access->basics, sizeof(access->basics));
    access->users = *users;
    access->basic_login = 0;
    return ended;
}

bool oc_access_login_holds(oc_access_t *access, uint32_t login, int64_t now_us) {
    return login == 0 || login == access->basic_login ||
           oc_access_session_holds(&access->sessions, login, now_us);
}
