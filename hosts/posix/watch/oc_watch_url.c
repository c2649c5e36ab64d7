#include "oc_watch_url.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "oc_err.h"
#include "oc_plugin_rule.h"

#define WEBRTC "webrtc:"

/* Behind scheme, login and host: "/live/cam1?x"; NULL: it is no address of HTTP. */
static const char *path_of(const char *url) {
    bool http = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
    const char *host = http ? strstr(url, "://") + 3 : NULL;
    return host ? host + strcspn(host, "/?#") : NULL;
}

/* The last name of a path has no ending: it is no file. */
static bool is_place(const char *path) {
    size_t len = strcspn(path, "?#");
    for (size_t i = len; i > 0 && path[i - 1] != '/'; i--) {
        if (path[i - 1] == '.')
            return false;
    }
    return true;
}

/* /w/TOKEN, /w/TOKEN/live/NAME, /live/NAME, /live/NAME/sub: where our page plays. A token has a
 * dot. */
static bool is_ours(const char *path) {
    bool link = strncmp(path, "/w/", 3) == 0 && path[3];
    const char *rest = link ? path + 3 + strcspn(path + 3, "/?#") : path;
    if (strncmp(rest, "/live/", 6) == 0 && rest[6])
        return is_place(rest);
    return link && strcspn(rest, "?#") <= 1;
}

int oc_watch_url(const char *url, char out[OC_WATCH_URL_MAX], char *why, size_t size) {
    const char *path = path_of(url);
    oc_plugin_kind_t kind = oc_plugin_kind(url);
    bool far = kind == OC_PLUGIN_HTTP || kind == OC_PLUGIN_RTSP || kind == OC_PLUGIN_RTMP;
    if (!far && strncmp(url, WEBRTC, strlen(WEBRTC)) != 0) {
        snprintf(why, size,
                 "\"%.40s\" cannot be watched; use http, https, rtmp, rtmps, rtsp or rtsps", url);
        return OC_ERR_NOTSUP;
    }
    int len = snprintf(out, OC_WATCH_URL_MAX, "%s%s", path && is_ours(path) ? WEBRTC : "", url);
    if (len >= 0 && len < OC_WATCH_URL_MAX)
        return OC_OK;
    snprintf(why, size, "the address is longer than %d bytes", OC_WATCH_URL_MAX - 1);
    return OC_ERR_TOO_BIG;
}
