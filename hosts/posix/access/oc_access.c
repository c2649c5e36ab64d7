#include "oc_access.h"

#include <stdio.h>
#include <string.h>

#include "oc_err.h"
#include "oc_hmac.h"

static bool reads(const oc_access_request_t *req) {
    return strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;
}

/* What follows the folder of its area. */
static const char *rest_of(const oc_access_request_t *req) {
    return req->path + req->route->rest;
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
    return area == OC_HTTP_LIVE || area == OC_HTTP_RECORDINGS || area == OC_HTTP_SPAN ||
           area == OC_HTTP_API || area == OC_HTTP_WATCH || area == OC_HTTP_PICTURE;
}

/* The page of a watch link: people follow it from mails and chats. */
static bool is_watch_page(const oc_access_request_t *req) {
    size_t len;
    const char *rest;
    oc_access_part_t part = req->route->area == OC_HTTP_WATCH
                                ? oc_access_split_link(rest_of(req), &len, &rest)
                                : OC_ACCESS_PART_NONE;
    return part == OC_ACCESS_PART_PAGE || part == OC_ACCESS_PART_BARE ||
           part == OC_ACCESS_PART_EMBED;
}

/* A file of the panel, whose address names a token: its frame has no origin and sends no cookies.
 */
static bool is_panel_file(const oc_access_request_t *req) {
    return req->route->area == OC_HTTP_PANEL && rest_of(req)[0] == '~';
}

/* A page of any site reads and signals by a watch link that holds: its token is all that counts,
 * cookies and passwords are not looked at. As judge_origin. */
static int judge_link_origin(const oc_access_t *access, const oc_access_request_t *req) {
    if (strcmp(req->method, "OPTIONS") != 0)
        return 0;
    return oc_access_link_holds(access, rest_of(req), req->clock_s) ? 204 : 403;
}

/* A page of another site asks. 0, or the status of the refusal; 204: a preflight. */
static int judge_origin(const oc_access_t *access, const oc_access_request_t *req, bool *cors) {
    bool preflight = strcmp(req->method, "OPTIONS") == 0;
    *cors = false;
    if (is_panel_file(req))
        return 0;
    if (req->origin[0] && req->route->area == OC_HTTP_WATCH && !own_origin(req)) {
        *cors = true;
        return judge_link_origin(access, req);
    }
    if (req->origin[0] && !own_origin(req)) {
        if (!is_shared(req->route->area) || (!reads(req) && !preflight) ||
            !oc_access_names_has(&access->origins, req->origin))
            return 403;
        *cors = true;
        return preflight ? 204 : 0;
    }
    bool other = strcmp(req->site, "cross-site") == 0 || strcmp(req->site, "same-site") == 0;
    if (req->origin[0] == '\0' && other &&
        (strcmp(req->mode, "navigate") != 0 ||
         (is_shared(req->route->area) && !is_watch_page(req))))
        return 403;
    return 0;
}

/* What follows "/api/p2p/". */
static oc_access_part_t split_signal(const char *text, const char **rest) {
    static const char sessions[] = "sessions/";
    bool one = strncmp(text, sessions, sizeof(sessions) - 1) == 0;
    *rest = one ? text + sizeof(sessions) - 1 : text;
    bool good = one ? **rest && !strchr(*rest, '/') && strcmp(*rest, "offer") != 0
                    : strcmp(text, "offer") == 0;
    return good ? OC_ACCESS_PART_SIGNAL : OC_ACCESS_PART_NONE;
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
    if (strcmp(slash, "/embed.html") == 0)
        return OC_ACCESS_PART_EMBED;
    if (strncmp(slash, "/ocellus-", 9) == 0 && !strchr(slash + 1, '/'))
        return OC_ACCESS_PART_SCRIPT;
    if (strncmp(slash, "/api/p2p/", 9) == 0)
        return split_signal(slash + 9, rest);
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

/* Whoever signals by a link has its number, with marks that leave less than any user may do. */
static void mark_link(oc_access_t *access, const oc_access_request_t *req,
                      oc_access_verdict_t *out) {
    if (oc_access_link_find(&access->links, rest_of(req), strcspn(rest_of(req), "/"), req->clock_s,
                            &out->link) != OC_OK)
        return;
    oc_access_link_t *row = &access->links.rows[out->link - access->links.rows];
    if (row->login == 0)
        row->login = oc_access_session_number(&access->sessions);
    out->login = row->login | OC_ACCESS_LOGIN_LINK;
}

static int judge_link(oc_access_t *access, const oc_access_request_t *req,
                      oc_access_verdict_t *out) {
    const char *rest;
    size_t len;
    oc_access_part_t part = oc_access_split_link(rest_of(req), &len, &rest);
    switch (part) {
    case OC_ACCESS_PART_NONE:
        return 404;
    case OC_ACCESS_PART_ASSET: /* as /assets: everybody's */
    case OC_ACCESS_PART_SCRIPT:
        return 0;
    default:
        if (!oc_access_link_holds(access, rest_of(req), req->clock_s))
            return 403;
        if (part == OC_ACCESS_PART_SIGNAL)
            mark_link(access, req, out);
        return 0;
    }
}

/* Nobody needs a login for it. Another method of such an address is nobody's. */
static bool is_public(const oc_access_request_t *req) {
    return req->route->who == OC_WHO_EVERYBODY;
}

/* What is for the owner to see or do; so is every method that a row does not have. */
static bool is_owners(const oc_access_request_t *req) {
    return req->route->who == OC_WHO_OWNER || !(req->route->methods & oc_route_method(req->method));
}

oc_access_right_t oc_access_right(const oc_access_t *access, const char *name) {
    const oc_access_user_t *user = oc_access_user_find(&access->users, name);
    return user ? user->right : OC_ACCESS_WATCH;
}

/* What the user of a verdict may not do, and the mark of the right on the number of the login.
 * by_name: nobody has proved to be this user yet, so a name tells nothing before the password does:
 * whoever has chosen acts may at most what everybody may, and is refused the rest behind it. */
static void judge_right(const oc_access_t *access, const oc_access_request_t *req, bool by_name,
                        oc_access_verdict_t *out) {
    static const uint32_t marks[] = {0, OC_ACCESS_LOGIN_OPERATE, OC_ACCESS_LOGIN_WATCH,
                                     OC_ACCESS_LOGIN_WATCH | OC_ACCESS_LOGIN_SOME};
    const oc_access_user_t *user = oc_access_user_find(&access->users, out->user);
    oc_access_right_t right = oc_access_right(access, out->user);
    bool some = right == OC_ACCESS_SOME;
    out->login |= marks[right];
    if ((!some || by_name) && right != OC_ACCESS_OWN && is_owners(req))
        out->status = 403;
    if (!some)
        return;
    char acts[OC_ACCESS_ACTS_MAX];
    oc_access_scope_acts(&user->scope, acts);
    snprintf(out->scope, sizeof(out->scope), "%s/%s", acts, user->scope.cameras);
    out->denied = !(req->route->methods & oc_route_method(req->method)) ||
                  !oc_access_scope_allows(&user->scope, req->route, req->path);
    if (out->denied && !by_name)
        out->status = 403;
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
    /* before the password is tried: whoever gives a name that is not there gets the same */
    judge_right(access, req, true, out);
    if (out->status != 0) {
        oc_crypto_wipe(out->password, sizeof(out->password));
        return;
    }
    const oc_access_user_t *user = oc_access_user_find(&access->users, out->user);
    uint32_t *login = &access->basic_logins[user ? user - access->users.rows : OC_ACCESS_USERS];
    if (*login == 0)
        *login = oc_access_session_number(&access->sessions);
    out->login |= *login;
    if (!is_remembered(access, out->user, out->password)) {
        out->wait_us = out->by_device
                           ? oc_access_rate_try_alone(&access->rate, out->device, req->now_us)
                           : oc_access_rate_try(&access->rate, req->peer, req->now_us);
        out->status = out->wait_us > 0 ? 429 : 0;
        out->check = out->status == 0;
    } else if (out->denied) {
        out->status = 403;
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
        judge_right(access, req, false, out);
        if (!reads(req) && req->origin[0] == '\0') /* browsers always send it with these */
            out->status = 403;
    } else if (req->authorization[0]) {
        judge_basic(access, req, out);
    } else {
        oc_http_area_t area = req->route->area;
        bool page = area == OC_HTTP_VIEWER || area == OC_HTTP_PANEL;
        out->status = page && reads(req) ? 303 : 401;
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
    if (req->route->area == OC_HTTP_WATCH)
        out->status = judge_link(access, req, out);
    else if (req->closed)
        judge_user(access, req, out);
    else if (req->route->area == OC_HTTP_LOGIN)
        out->status = 404;
}

bool oc_access_set_users(oc_access_t *access, const oc_access_users_t *users) {
    for (unsigned i = 0; i < access->users.count; i++) {
        const oc_access_user_t *before = &access->users.rows[i];
        const oc_access_user_t *after = oc_access_user_find(users, before->name);
        if (after && after->right == before->right && after->scope.acts == before->scope.acts &&
            strcmp(after->scope.cameras, before->scope.cameras) == 0 &&
            memcmp(after->salt, before->salt, sizeof(after->salt)) == 0 &&
            memcmp(after->hash, before->hash, sizeof(after->hash)) == 0)
            continue;
        oc_access_session_end_all(&access->sessions, before->name, NULL);
    }
    bool ended = oc_access_link_settle(&access->links, users);
    oc_crypto_wipe(access->basics, sizeof(access->basics));
    access->users = *users;
    memset(access->basic_logins, 0, sizeof(access->basic_logins));
    return ended;
}

static bool link_login_holds(const oc_access_links_t *links, uint32_t login, int64_t clock_s) {
    for (unsigned i = 0; i < links->count; i++) {
        if (links->rows[i].login == login)
            return clock_s > 0 && clock_s < links->rows[i].expires_s;
    }
    return false;
}

bool oc_access_login_holds(oc_access_t *access, uint32_t login, int64_t now_us, int64_t clock_s) {
    uint32_t marks = login & OC_ACCESS_LOGIN_MARKS;
    login &= ~OC_ACCESS_LOGIN_MARKS;
    if (marks == OC_ACCESS_LOGIN_LINK)
        return login != 0 && link_login_holds(&access->links, login, clock_s);
    for (unsigned i = 0; i <= OC_ACCESS_USERS; i++) {
        if (login == access->basic_logins[i])
            return true;
    }
    return login == 0 || oc_access_session_holds(&access->sessions, login, now_us);
}
