#include "oc_plugin_rule.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Bytes of the scheme without its colon, RFC 3986 3.1; 0: a plain path. */
static size_t scheme_len(const char *url) {
    size_t n = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    bool letter = (url[0] >= 'a' && url[0] <= 'z') || (url[0] >= 'A' && url[0] <= 'Z');
    return letter && url[n] == ':' ? n : 0;
}

/* The ending of a path's last part is one that replay does not read: the MP4 family and paths
 * without an ending are replay's. */
static bool foreign_ending(const char *path) {
    static const char *const mp4[] = {"mp4",  "m4v",  "m4a",  "m4s",  "mov",
                                      "cmfv", "cmfa", "cmfm", "ismv", "ism"};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t len = dot ? strcspn(dot + 1, "?#") : 0;
    if (!dot || dot == name || len == 0 || len > 8)
        return false;
    for (size_t i = 0; i < sizeof(mp4) / sizeof(*mp4); i++) {
        if (strlen(mp4[i]) == len && strncasecmp(mp4[i], dot + 1, len) == 0)
            return false;
    }
    return true;
}

oc_plugin_kind_t oc_plugin_kind(const char *url) {
    static const struct {
        const char *scheme;
        oc_plugin_kind_t kind;
    } known[] = {
        {"test", OC_PLUGIN_TEST},  {"ffmpeg", OC_PLUGIN_FILE}, {"http", OC_PLUGIN_HTTP},
        {"https", OC_PLUGIN_HTTP}, {"rtsp", OC_PLUGIN_RTSP},   {"rtsps", OC_PLUGIN_RTSP},
        {"v4l2", OC_PLUGIN_V4L2},  {"alsa", OC_PLUGIN_ALSA},   {"scale", OC_PLUGIN_SCALE},
        {"s3", OC_PLUGIN_S3},      {"rtmp", OC_PLUGIN_RTMP},   {"rtmps", OC_PLUGIN_RTMP},
    };
    if (!url || !url[0])
        return OC_PLUGIN_NONE;
    size_t n = scheme_len(url);
    for (size_t i = 0; n && i < sizeof(known) / sizeof(*known); i++) {
        if (strlen(known[i].scheme) == n && memcmp(known[i].scheme, url, n) == 0)
            return known[i].kind;
    }
    if (n && strncmp(url, "file:", 5) != 0)
        return OC_PLUGIN_NONE;
    if (!n && strcmp(url, "test") == 0)
        return OC_PLUGIN_TEST;
    if (!n && strncmp(url, "/dev/video", 10) == 0)
        return OC_PLUGIN_V4L2;
    return foreign_ending(n ? url + n + 1 : url) ? OC_PLUGIN_FILE : OC_PLUGIN_NONE;
}
