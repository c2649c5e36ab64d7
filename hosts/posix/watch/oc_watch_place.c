#include "oc_watch_place.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "oc_err.h"
#include "oc_ff_url.h"

#define WEBRTC "webrtc:"

static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

/* The parts of an address, borrowed from it. */
typedef struct parts {
    const char *login, *host, *path; /* login: up to the @; host: with port */
    size_t scheme_len, login_len, host_len, path_len;
} parts_t;

static void take_apart(const char *url, parts_t *out) {
    const char *slashes = strstr(url, "://") + 3, *end = slashes + strcspn(slashes, "/?#");
    out->scheme_len = (size_t)(slashes - url);
    out->login = out->host = slashes;
    for (const char *at = slashes; at < end; at++)
        out->host = *at == '@' ? at + 1 : out->host;
    out->login_len = out->host > slashes ? (size_t)(out->host - slashes) - 1 : 0;
    out->host_len = (size_t)(end - out->host);
    out->path = end;
    out->path_len = strcspn(end, "?#");
}

static int digit(char c) {
    static const char hex[] = "0123456789abcdef";
    const char *at = c ? strchr(hex, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return at ? (int)(at - hex) : -1;
}

static void decode(const char *text, size_t len, char *out, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < len && used + 1 < size; i++) {
        bool coded =
            text[i] == '%' && i + 2 < len && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
        out[used++] = coded ? (char)(digit(text[i + 1]) << 4 | digit(text[i + 2])) : text[i];
        i += coded ? 2 : 0;
    }
    out[used] = '\0';
}

static bool is_loopback(const char *host, size_t len) {
    return (len >= 9 && strncasecmp(host, "localhost", 9) == 0) ||
           (len >= 4 && strncmp(host, "127.", 4) == 0) ||
           (len >= 5 && strncmp(host, "[::1]", 5) == 0);
}

/* "/live/NAME", "/live/NAME/sub", with or without a slash behind it; "" and "/" behind a link. */
static int read_label(const char *path, size_t len, bool link, char *out) {
    static const char live[] = "/live/";
    size_t head = sizeof(live) - 1;
    while (len > 0 && path[len - 1] == '/')
        len--;
    snprintf(out, OC_WATCH_PLACE_MAX, "action=live");
    if (len == 0)
        return link ? OC_OK : OC_ERR_INVAL;
    if (len <= head || strncmp(path, live, head) != 0)
        return OC_ERR_INVAL;
    size_t name = strspn(path + head, name_chars);
    const char *rest = path + head + name;
    size_t left = len > head + name ? len - head - name : 0;
    bool sub = left == 4 && strncmp(rest, "/sub", 4) == 0;
    if (name == 0 || (left > 0 && !sub))
        return OC_ERR_INVAL;
    snprintf(out, OC_WATCH_PLACE_MAX, "action=live&channel=%.*s%s", (int)name, path + head,
             sub ? "&stream=sub" : "");
    return OC_OK;
}

/* Options behind #, as inputs have them. */
static int read_options(const char *url, oc_watch_place_t *out, char *why, size_t size) {
    oc_ff_input_t input;
    int rc = oc_ff_url_parse(url, NULL, &input, why, size);
    if (rc != OC_OK)
        return OC_ERR_INVAL;
    out->pinned = input.pinned;
    memcpy(out->pin, input.fingerprint, sizeof(out->pin));
    if (!input.tls_off)
        return OC_OK;
    snprintf(why, size, "tlsVerify=off is not known here: use tlsFingerprint");
    return OC_ERR_INVAL;
}

int oc_watch_place(const char *url, oc_watch_place_t *out, char *why, size_t size) {
    parts_t parts;
    memset(out, 0, sizeof(*out));
    if (strncmp(url, WEBRTC, strlen(WEBRTC)) == 0)
        url += strlen(WEBRTC);
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
        strlen(url) >= OC_WATCH_PLACE_MAX / 2) {
        snprintf(why, size, "not an address of HTTP");
        return OC_ERR_INVAL;
    }
    take_apart(url, &parts);
    bool link = parts.path_len > 3 && strncmp(parts.path, "/w/", 3) == 0;
    size_t prefix = link ? 3 + strcspn(parts.path + 3, "/?#") : 0;
    snprintf(out->host, sizeof(out->host), "%.*s%.*s", (int)parts.scheme_len, url,
             (int)parts.host_len, parts.host);
    snprintf(out->offer, sizeof(out->offer), "%.*s%.*s%.*s" OC_WATCH_OFFER, (int)parts.scheme_len,
             url, (int)parts.host_len, parts.host, (int)prefix, parts.path);
    decode(parts.login, parts.login_len, out->login, sizeof(out->login));
    out->loopback = is_loopback(parts.host, parts.host_len);
    if (read_label(parts.path + prefix, parts.path_len - prefix, link, out->label) != OC_OK) {
        snprintf(why, size, "%.200s: use /live/CHANNEL, /live/CHANNEL/sub or a watch link",
                 out->host);
        return OC_ERR_INVAL;
    }
    return read_options(url, out, why, size);
}
