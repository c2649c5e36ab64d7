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

bool oc_access_scope_may(const oc_access_scope_t *scope, unsigned act, const char *camera,
                         size_t len) {
    if (!(scope->acts & act))
        return false;
    return strcmp(scope->cameras, OC_ACCESS_ALL) == 0 ||
           (camera && len > 0 && has(scope->cameras, camera, len));
}

bool oc_access_scope_allows(const oc_access_scope_t *scope, const oc_route_t *route,
                            const char *path) {
    const char *camera = NULL;
    size_t len = 0;
    if (route->acts == OC_ACCESS_ANY || route->at == OC_AT_NARROWED)
        return (scope->acts & route->acts) != 0;
    if (route->at == OC_AT_PATH && !oc_route_camera(route, path, &camera, &len))
        return false;
    return oc_access_scope_may(scope, route->acts, camera, len);
}
