#include "oc_access_scope.h"

#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const acts[] = {"see", "look", "talk", "change", "delete"}; /* bit by bit */

/* One name of a list, in which it stands from `text` on. */
static bool is_name(const char *text, size_t len, const char *name) {
    return strlen(name) == len && strncmp(text, name, len) == 0;
}

static bool has(const char *list, const char *name, size_t len) {
    for (const char *at = list; *at;) {
        size_t one = strcspn(at, ",");
        if (one == len && strncmp(at, name, len) == 0)
            return true;
        at += one + (at[one] == ',');
    }
    return false;
}

static bool read_acts(const char *text, unsigned *set) {
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ","), i = 0;
        while (i < COUNT(acts) && !is_name(at, len, acts[i]))
            i++;
        if (i == COUNT(acts) || (*set & 1u << i))
            return false;
        *set |= 1u << i;
        at += len;
        if (*at == '\0')
            return true;
    }
}

static bool are_cameras(const char *text) {
    unsigned count = 0;
    if (strcmp(text, OC_ACCESS_ALL) == 0)
        return true;
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",");
        if (len == 0 || len >= OC_ACCESS_CAMERA_MAX || at[0] == '-' ||
            strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-") != len ||
            ++count > OC_ACCESS_CAMERAS || (at[len] == ',' && has(at + len + 1, at, len)))
            return false;
        at += len;
        if (*at == '\0')
            return true;
    }
}

bool oc_access_scope_read(const char *given, const char *cameras, oc_access_scope_t *scope) {
    memset(scope, 0, sizeof(*scope));
    bool good = strlen(cameras) < sizeof(scope->cameras) && are_cameras(cameras) &&
                read_acts(given, &scope->acts);
    if (good)
        strcpy(scope->cameras, cameras);
    else
        scope->acts = 0;
    return good;
}

void oc_access_scope_acts(const oc_access_scope_t *scope, char text[OC_ACCESS_ACTS_MAX]) {
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < COUNT(acts); i++) {
        if (scope->acts & 1u << i)
            len += (size_t)snprintf(text + len, OC_ACCESS_ACTS_MAX - len, "%s%s", len ? "," : "",
                                    acts[i]);
    }
}

bool oc_access_scope_may(const oc_access_scope_t *scope, oc_access_act_t act, const char *camera,
                         size_t len) {
    if (!(scope->acts & act))
        return false;
    return strcmp(scope->cameras, OC_ACCESS_ALL) == 0 ||
           (camera && len > 0 && has(scope->cameras, camera, len));
}

/* ---- requests ---- */

/* Which cameras a row is about. */
typedef enum place {
    AT_PATH,     /* the one that its path names */
    AT_ALL,      /* all there are: nothing tells which one */
    AT_NO_OTHER, /* what is answered, or done, is for the script to judge by the scope */
} place_t;

/* path: "$" stands for the name of a camera, "*" for a part of a path; NULL: any. act 0: any. */
static const struct {
    oc_http_area_t area;
    const char *methods, *path;
    unsigned act;
    place_t place;
} rows[] = {
    {OC_HTTP_VIEWER, "GET", NULL, 0, AT_NO_OTHER},
    {OC_HTTP_LIVE, "GET", "$/*", OC_ACCESS_SEE, AT_PATH},
    {OC_HTTP_LIVE, "GET", "$/sub/*", OC_ACCESS_SEE, AT_PATH},
    {OC_HTTP_LIVE, "GET", "$.*", OC_ACCESS_SEE, AT_PATH},
    {OC_HTTP_PICTURE, "GET", "$.jpg", OC_ACCESS_SEE, AT_PATH},
    {OC_HTTP_RECORDINGS, "GET", "recordings/$/*", OC_ACCESS_LOOK, AT_PATH},
    {OC_HTTP_RECORDINGS, "GET", "recordings/$/*/keys", OC_ACCESS_LOOK, AT_PATH},
    {OC_HTTP_THUMBNAIL, "GET", "$.jpg", OC_ACCESS_LOOK, AT_PATH},
    {OC_HTTP_SPAN, "GET", "$/index.m3u8", OC_ACCESS_LOOK, AT_PATH},
    {OC_HTTP_SPAN, "GET", "$.mp4", OC_ACCESS_LOOK, AT_PATH},
    {OC_HTTP_EVENT, "GET", "*", OC_ACCESS_LOOK, AT_ALL},
    {OC_HTTP_ACCESS, "POST", "/logout", 0, AT_NO_OTHER},
    {OC_HTTP_ACCESS, "GET", "/api/session", 0, AT_NO_OTHER},
    {OC_HTTP_ACCESS, "PUT", "/api/password", 0, AT_NO_OTHER},
    {OC_HTTP_ACCESS, "POST", "/api/password/remove", 0, AT_NO_OTHER},
    {OC_HTTP_API, "GET", "/api/status", 0, AT_NO_OTHER},
    {OC_HTTP_API, "GET", "/api/recordings", OC_ACCESS_LOOK, AT_NO_OTHER},
    {OC_HTTP_API, "DELETE", "/api/recordings/$/*", OC_ACCESS_DELETE, AT_PATH},
    {OC_HTTP_API, "GET", "/api/timeline", OC_ACCESS_LOOK, AT_NO_OTHER},
    {OC_HTTP_API, "GET", "/api/days", OC_ACCESS_LOOK, AT_NO_OTHER},
    {OC_HTTP_API, "GET", "/api/event-log", OC_ACCESS_LOOK, AT_NO_OTHER},
    {OC_HTTP_API, "PATCH DELETE", "/api/event-log/*", OC_ACCESS_DELETE, AT_ALL},
    {OC_HTTP_API, "GET", "/api/events", OC_ACCESS_LOOK, AT_ALL},
    {OC_HTTP_API, "GET", "/api/storage", OC_ACCESS_LOOK, AT_ALL},
    {OC_HTTP_API, "GET", "/api/cloud/$/*", OC_ACCESS_LOOK, AT_PATH},
    {OC_HTTP_API, "POST", "/api/channels/$/record", OC_ACCESS_CHANGE, AT_PATH},
    {OC_HTTP_API, "GET", "/api/privacy", 0, AT_NO_OTHER},
    {OC_HTTP_API, "POST", "/api/privacy", OC_ACCESS_CHANGE, AT_ALL},
    {OC_HTTP_API, "GET", "/api/commands", 0, AT_NO_OTHER},
    {OC_HTTP_API, "POST", "/api/commands/*", 0, AT_NO_OTHER},
    {OC_HTTP_API, "GET POST OPTIONS", "/api/p2p/offer", 0, AT_NO_OTHER},
    {OC_HTTP_API, "GET", "/api/p2p/sessions", 0, AT_NO_OTHER},
    {OC_HTTP_API, "GET POST PATCH DELETE OPTIONS", "/api/p2p/sessions/*", 0, AT_NO_OTHER},
};

/* *camera: what stands for "$". */
static bool matches(const char *path, const char *rest, const char **camera, size_t *camera_len) {
    for (; *path; path++) {
        size_t len = *path == '$' ? strcspn(rest, "/.") : *path == '*' ? strcspn(rest, "/") : 1;
        if (len == 0 || (*path != '$' && *path != '*' && *path != *rest))
            return false;
        if (*path == '$') {
            *camera = rest;
            *camera_len = len;
        }
        rest += len;
    }
    return *rest == '\0';
}

static bool takes(const char *methods, const char *method) {
    size_t len = strlen(method);
    for (const char *at = methods; *at;) {
        size_t one = strcspn(at, " ");
        if (one == len && strncmp(at, method, len) == 0)
            return true;
        at += one + (at[one] == ' ');
    }
    return false;
}

bool oc_access_scope_allows(const oc_access_scope_t *scope, const char *method, oc_http_area_t area,
                            const char *rest) {
    const char *read = strcmp(method, "HEAD") == 0 ? "GET" : method;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *camera = NULL;
        size_t len = 0;
        if (rows[i].area != area || !takes(rows[i].methods, read) ||
            (rows[i].path && !matches(rows[i].path, rest, &camera, &len)))
            continue;
        if (rows[i].place == AT_NO_OTHER)
            return rows[i].act == 0 || (scope->acts & rows[i].act) != 0;
        return oc_access_scope_may(scope, rows[i].act, rows[i].place == AT_PATH ? camera : NULL,
                                   len);
    }
    return false;
}
