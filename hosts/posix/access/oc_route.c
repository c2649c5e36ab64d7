#include "oc_route.h"

#include <string.h>

#include "oc_beneath.h"

#define OC_ROUTE_ROWS
#include "oc_route_table.h"

#define COUNT(list)  (sizeof(list) / sizeof((list)[0]))
#define NUMBER_BYTES 10 /* digits of a "#" at most */

static const oc_route_t nowhere = {.path = "", .methods = OC_METHOD_GET, .who = OC_WHO_USER};

unsigned oc_route_method(const char *name) {
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return i == 6 ? OC_METHOD_GET : 1u << i;
    }
    return 0;
}

/* Bytes that a mark may stand for at most; *least: and at least. */
static size_t longest(const char *mark, const char *text, size_t *least) {
    *least = 1;
    if (*mark == '$')
        return *least = strcspn(text, "/.");
    if (*mark == '#') {
        size_t len = *text == '0' ? 0 : strspn(text, "0123456789");
        return *least = len <= NUMBER_BYTES ? len : 0;
    }
    return mark[1] == '*' ? strlen(text) : strcspn(text, "/");
}

static bool is_mark(char byte) {
    return byte == '$' || byte == '#' || byte == '*';
}

/* Whether a path is one of a pattern; *camera: what stands for "$". A "*" gives back what has to
 * follow it: rows have one such at most, so this ends within the square of a path's length. */
static bool matches(const char *pattern, const char *path, const char **camera, size_t *len) {
    while (*pattern && !is_mark(*pattern)) {
        if (*pattern++ != *path++)
            return false;
    }
    if (!*pattern)
        return *path == '\0';
    size_t least, most = longest(pattern, path, &least);
    const char *rest = pattern + (pattern[0] == '*' && pattern[1] == '*' ? 2 : 1);
    if (most == 0)
        return false;
    for (size_t some = most; some >= least; some--) {
        if (!matches(rest, path + some, camera, len))
            continue;
        if (*pattern == '$') {
            *camera = path;
            *len = some;
        }
        return true;
    }
    return false;
}

/* True for "/w/<token>/": the only path that ends with a slash, but for the panel's. */
static bool is_watch_page(const char *path) {
    if (strncmp(path, "/w/", 3) != 0)
        return false;
    size_t len = strspn(path + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-_.");
    return len > 0 && path[3] != '.' && strcmp(path + 3 + len, "/") == 0;
}

/* True for "/app/" and "/app/~<token>/". */
static bool is_panel_page(const char *path) {
    if (strncmp(path, "/app/", 5) != 0)
        return false;
    size_t len = path[5] == '~' ? strspn(path + 6, "0123456789abcdef") : 0;
    return path[5] == '\0' || (len > 0 && strcmp(path + 6 + len, "/") == 0);
}

static bool is_clean(const char *path) {
    if (path[0] != '/')
        return false;
    if (path[1] == '\0' || is_watch_page(path) || is_panel_page(path))
        return true;
    return path[1] != '.' && !strstr(path, "/.") && oc_beneath_allowed(path + 1);
}

const oc_route_t *oc_route_find(const char *path, unsigned method) {
    const oc_route_t *found = &nowhere;
    const char *camera;
    size_t len;
    if (!is_clean(path))
        return found;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool same = found != &nowhere && rows[i].id == found->id;
        if (found != &nowhere ? !same : !matches(rows[i].path, path, &camera, &len))
            continue;
        if (found == &nowhere || rows[i].methods & method)
            found = &rows[i];
        if (found->methods & method)
            break;
    }
    return found;
}

bool oc_route_camera(const oc_route_t *route, const char *path, const char **camera, size_t *len) {
    *camera = NULL;
    return matches(route->path, path, camera, len) && *camera;
}
