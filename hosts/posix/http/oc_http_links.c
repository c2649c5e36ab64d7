/* Watch links: made, listed and ended by who may use the API; the page that plays one. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "oc_http_access.h"
#include "oc_route_table.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_random.h"

#define ANSWER_MAX                                                                                 \
    (32 * 1024) /* bytes of a JSON answer; 64 links with escaped names take 26 KB                  \
                 */

static bool is(const oc_http_session_t *session, const char *method) {
    return strcmp(session->method, method) == 0;
}

static int answer(oc_http_t *http, oc_http_session_t *session, const oc_json_t *json) {
    return json->bad ? oc_http_send_status(http, session, 503)
                     : oc_http_send_text(http, session, "application/json", json->out, json->len);
}

void oc_http_links_time(oc_json_t *json, int64_t seconds) {
    char text[40];
    time_t when = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&when, &parts) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
        oc_json_string(json, text);
    else
        oc_json_null(json);
}

/* Seconds since 1970; 0: the clock is not set. */
static int64_t clock_s(void) {
    oc_clock_t clock;
    oc_posix_clock(&clock);
    return clock.quality == OC_CLOCK_NONE ? 0
                                          : oc_clock_wall_us(&clock, oc_posix_now_us()) / 1000000;
}

/* What is told of a link to everybody who has it; with_id: to who may end it. */
static void write_link(oc_json_t *json, const oc_access_link_t *link, bool with_id) {
    if (with_id) {
        oc_json_member_string(json, "id", link->id);
    }
    oc_json_member_string(json, "channel", link->channel);
    oc_json_member_string(json, "name", link->name);
    oc_json_key(json, "created");
    oc_http_links_time(json, link->created_s);
    oc_json_key(json, "expires");
    oc_http_links_time(json, link->expires_s);
}

/* Who watches by a link now: by WebRTC, and by progressive streams. Players of playlists come and
 * go with each request and are not counted. */
static unsigned count_watching(const oc_http_t *http, const oc_access_link_t *link) {
    unsigned count = 0;
    if (link->login != 0)
        count =
            http->config.count_viewers(http->config.viewers, link->login | OC_ACCESS_LOGIN_LINK);
    for (unsigned i = 0; i < OC_PULLS_MAX; i++) {
        const oc_http_session_t *one = http->pulls[i];
        count += one && oc_http_area(one) == OC_HTTP_WATCH &&
                 strncmp(oc_http_rest(one), link->id, OC_ACCESS_LINK_ID - 1) == 0;
    }
    return count;
}

/* ---- /api/links ---- */

static bool is_channel(const char *name) {
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len < OC_ACCESS_LINK_CHANNEL && name[len] == '\0' && name[0] != '-';
}

static bool is_name(const char *name) {
    for (; *name; name++) {
        if ((unsigned char)*name < ' ' || *name == 0x7f)
            return false;
    }
    return true;
}

/* The body of a POST. False: not allowed. */
static bool read_requested(const oc_http_session_t *session, oc_access_link_t *expected,
                           int64_t *life) {
    char seconds[12];
    oc_access_field_t fields[] = {{"channel", expected->channel, sizeof(expected->channel), false},
                                  {"seconds", seconds, sizeof(seconds), false},
                                  {"name", expected->name, sizeof(expected->name), false}};
    bool good =
        session->json &&
        oc_access_text_json(session->text.data ? (const char *)session->text.data : "", fields, 3);
    *life = good && strspn(seconds, "0123456789") == strlen(seconds) ? atoll(seconds) : 0;
    return good && is_channel(expected->channel) && is_name(expected->name) && *life >= 1 &&
           *life <= OC_ACCESS_LINK_LIFE_S;
}

static int answer_made(oc_http_t *http, oc_http_session_t *session, const oc_access_link_t *link,
                       const char *token) {
    char path[160], text[1024];
    oc_json_t json = oc_json(text, sizeof(text));
    oc_json_begin_object(&json);
    write_link(&json, link, true);
    snprintf(path, sizeof(path), "/w/%s/", token);
    oc_json_member_string(&json, "page", path);
    snprintf(path, sizeof(path), "/w/%s/live/%s/index.m3u8", token, link->channel);
    oc_json_member_string(&json, "path", path);
    oc_json_end_object(&json);
    int result = answer(http, session, &json);
    oc_crypto_wipe(path, sizeof(path));
    oc_crypto_wipe(text, sizeof(text));
    return result;
}

/* The table as it is now, to the disk. False: it could not be written. */
static bool keep(const oc_http_t *http) {
    int result = oc_access_store_keep_links(http->config.data_root, &http->access.links);
    if (result != OC_OK)
        oc_log(OC_LOG_ERROR, "http", OC_ACCESS_STORE_LINKS ": %s", oc_err_text(result));
    return result == OC_OK;
}

static int make_link(oc_http_t *http, oc_http_session_t *session) {
    oc_access_links_t *links = &http->access.links;
    oc_access_link_t expected = {.created_s = clock_s()};
    char token[OC_ACCESS_LINK_MAX];
    uint8_t secret[OC_CRYPTO_HASH];
    int64_t life;
    if (!read_requested(session, &expected, &life))
        return oc_http_send_status(http, session, 400);
    if (!oc_desired_has(http->config.desired, http->config.live->plane, expected.channel))
        return oc_http_send_why(http, session, 404, "there is no such channel");
    if (expected.created_s == 0)
        return oc_http_send_why(http, session, 503,
                                "the clock is not set: links need it for their expiry");
    expected.expires_s = expected.created_s + life;
    oc_access_user_mark(&http->access.users, session->user, expected.by);
    oc_random(secret, sizeof(secret));
    const oc_access_link_t *link = oc_access_link_add(links, &expected, secret, token);
    oc_crypto_wipe(secret, sizeof(secret));
    if (!link)
        return oc_http_send_why(http, session, 409, "64 watch links exist: delete one first");
    if (!keep(http)) {
        links->count--; /* the last one: this */
        return oc_http_send_status(http, session, 503);
    }
    int result = answer_made(http, session, link, token);
    oc_crypto_wipe(token, sizeof(token));
    return result;
}

static int list_links(oc_http_t *http, oc_http_session_t *session) {
    oc_access_links_t *links = &http->access.links;
    char *text = malloc(ANSWER_MAX);
    int64_t now = clock_s();
    if (!text)
        return oc_http_send_status(http, session, 503);
    if (now > 0)
        oc_access_link_expire(links, now);
    oc_json_t json = oc_json(text, ANSWER_MAX);
    oc_json_begin_object(&json);
    oc_json_key(&json, "links");
    oc_json_begin_array(&json);
    for (unsigned i = 0; i < links->count; i++) {
        oc_json_begin_object(&json);
        write_link(&json, &links->rows[i], true);
        oc_json_member_int(&json, "watching", count_watching(http, &links->rows[i]));
        oc_json_end_object(&json);
    }
    oc_json_end_array(&json);
    oc_json_end_object(&json);
    int result = answer(http, session, &json);
    free(text);
    return result;
}

/* Ended here and now; when the disk does not take it, they would be back after a restart: 503. */
static int end_links(oc_http_t *http, oc_http_session_t *session, const char *id) {
    if (id[0] == '\0')
        oc_crypto_wipe(&http->access.links, sizeof(http->access.links));
    else if (!oc_access_link_end(&http->access.links, id))
        return oc_http_send_status(http, session, 404);
    oc_http_access_viewers(http);
    return keep(http) ? oc_http_send(http, session, &(oc_http_head_t){.status = 204})
                      : oc_http_send_why(http, session, 503, "deleted, but not stored: try again");
}

int oc_http_links(oc_http_t *http, oc_http_session_t *session) {
    if (session->route->id == OC_ROUTE_API_LINKS_ONE)
        return end_links(http, session, oc_http_last(session));
    if (is(session, "POST"))
        return make_link(http, session);
    return is(session, "DELETE") ? end_links(http, session, "") : list_links(http, session);
}

/* ---- below /w/: judged already ---- */

static int about(oc_http_t *http, oc_http_session_t *session, const char *token, size_t len) {
    const oc_access_link_t *link;
    char text[1024], title[sizeof(((oc_desired_channel_t *)0)->title)];
    if (oc_access_link_find(&http->access.links, token, len, clock_s(), &link) != OC_OK)
        return oc_http_send_status(http, session, 403);
    oc_json_t json = oc_json(text, sizeof(text));
    oc_json_begin_object(&json);
    write_link(&json, link, false);
    oc_desired_title(http->config.desired, link->channel, title);
    oc_json_member_string(&json, "title", title);
    oc_json_end_object(&json);
    return answer(http, session, &json);
}

int oc_http_links_watch(oc_http_t *http, oc_http_session_t *session) {
    char location[OC_ACCESS_LINK_MAX + 1];
    const char *rest;
    size_t len;
    switch (oc_access_split_link(oc_http_rest(session), &len, &rest)) {
    case OC_ACCESS_PART_BARE:
        snprintf(location, sizeof(location), "%.*s/", (int)len, oc_http_rest(session));
        return oc_http_send(http, session, &(oc_http_head_t){.status = 303, .location = location});
    case OC_ACCESS_PART_PAGE:
        return oc_http_page(http, session, "watch.html", 0);
    case OC_ACCESS_PART_ABOUT:
        return about(http, session, oc_http_rest(session), len);
    case OC_ACCESS_PART_ASSET:
        return oc_http_page(http, session, rest, 31536000);
    case OC_ACCESS_PART_EMBED:
        return oc_http_page(http, session, "embed.html", 0);
    case OC_ACCESS_PART_SCRIPT:
        return oc_http_page(http, session, rest, OC_HTTP_REVALIDATE);
    case OC_ACCESS_PART_LIVE:
        return oc_http_request_live(http, session, rest);
    case OC_ACCESS_PART_SIGNAL: /* the script's */
    case OC_ACCESS_PART_NONE:
        break;
    }
    return oc_http_send_status(http, session, 404);
}
