#include "oc_http_rule.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "oc_err.h"

bool oc_http_rule_loopback(const char *address) {
    struct in_addr four;
    struct in6_addr six;
    if (strcasecmp(address, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, address, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, address, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static bool is_port(const char *text) {
    size_t len = strspn(text, "0123456789");
    return len <= 5 && text[len] == '\0';
}

bool oc_http_rule_version(const char *version) {
    return strcmp(version, "HTTP/1.1") == 0 || strcmp(version, "HTTP/1.0") == 0;
}

bool oc_http_rule_host(const char *host) {
    char name[64];
    bool bracket = host[0] == '[';
    size_t len = strcspn(host + bracket, bracket ? "]" : ":");
    const char *rest = host + bracket + len;
    if (len == 0 || len >= sizeof(name))
        return false;
    memcpy(name, host + bracket, len);
    name[len] = '\0';
    if (bracket && *rest++ != ']')
        return false;
    if (bracket != (strchr(name, ':') != NULL))
        return false;
    if (*rest != '\0' && (*rest != ':' || !is_port(rest + 1)))
        return false;
    return oc_http_rule_loopback(name);
}

bool oc_http_rule_origin(const char *origin) {
    static const char scheme[] = "http://";
    if (origin[0] == '\0')
        return true;
    return strncmp(origin, scheme, sizeof(scheme) - 1) == 0 &&
           oc_http_rule_host(origin + sizeof(scheme) - 1);
}

bool oc_http_rule_media_type(const char *header, const char *type) {
    size_t len = strlen(type);
    return strncasecmp(header, type, len) == 0 && strchr(" \t;", header[len]);
}

/* A decimal number of at most 18 digits. Returns the digits read; 0: none or too many. */
static size_t number(const char *text, uint64_t *value) {
    size_t len = strspn(text, "0123456789");
    *value = 0;
    if (len > 18)
        return 0;
    for (size_t i = 0; i < len; i++)
        *value = *value * 10 + (uint64_t)(text[i] - '0');
    return len;
}

int oc_http_rule_range(const char *text, uint64_t size, uint64_t *first, uint64_t *len) {
    uint64_t from, to;
    if (strncasecmp(text, "bytes=", 6) != 0)
        return OC_AGAIN;
    text += 6;
    if (*text == '-') { /* the last n bytes */
        size_t digits = number(text + 1, &to);
        if (digits == 0 || text[1 + digits] != '\0')
            return OC_AGAIN;
        if (to == 0 || size == 0)
            return OC_ERR_RANGE;
        *len = to < size ? to : size;
        *first = size - *len;
        return OC_OK;
    }
    size_t digits = number(text, &from);
    if (digits == 0 || text[digits] != '-')
        return OC_AGAIN;
    text += digits + 1;
    digits = number(text, &to);
    if (text[digits] != '\0' || (digits > 0 && to < from))
        return OC_AGAIN;
    if (from >= size)
        return OC_ERR_RANGE;
    if (digits == 0 || to >= size)
        to = size - 1;
    *first = from;
    *len = to - from + 1;
    return OC_OK;
}

/* One coding of the list, "gzip;q=0.5": whether it is `name`; *weighs: whether its weight is > 0.
 */
static bool is_coding(const char *item, size_t len, const char *name, bool *weighs) {
    size_t end = strcspn(item, " \t;,"), at = end;
    while (at < len && !(item[at] == '=' && (item[at - 1] == 'q' || item[at - 1] == 'Q')))
        at++;
    const char *weight = item + at + 1;
    *weighs = at >= len || strspn(weight + strspn(weight, "0."), "123456789") > 0;
    return end == strlen(name) && strncasecmp(item, name, end) == 0;
}

bool oc_http_rule_coding(const char *header, const char *name) {
    bool any = false, weighs, gzip = strcmp(name, "gzip") == 0;
    for (const char *at = header; *at;) {
        at += strspn(at, " \t,");
        size_t len = strcspn(at, ",");
        if (is_coding(at, len, name, &weighs) || (gzip && is_coding(at, len, "x-gzip", &weighs)))
            return weighs;
        if (gzip && is_coding(at, len, "*", &weighs))
            any = weighs;
        at += len;
    }
    return any;
}

static bool ends_with(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a > b && strcmp(text + a - b, end) == 0;
}

size_t oc_http_rule_endless(const char *rest, oc_pull_format_t *format) {
    const char *dot = strrchr(rest, '.');
    if (!dot || strchr(rest, '/'))
        return 0;
    *format = oc_out_pull_format(dot + 1);
    return *format < OC_PULL_FORMATS ? (size_t)(dot - rest) : 0;
}

bool oc_http_rule_live(const char *path) {
    const char *slash = strchr(path, '/');
    oc_pull_format_t format;
    if (!slash)
        return oc_http_rule_endless(path, &format) > 0;
    if (slash == path)
        return false;
    const char *file = slash + 1;
    if (strncmp(file, "sub/", 4) == 0)
        file += 4;
    return file[0] && !strchr(file, '/');
}

bool oc_http_rule_stream(const char *query, bool *sub) {
    static const char key[] = "stream=";
    *sub = false;
    for (const char *p = query; *p;) {
        size_t len = strcspn(p, "&");
        if (strncmp(p, key, sizeof(key) - 1) == 0) {
            *sub = len == 10 && strncmp(p + 7, "sub", 3) == 0;
            if (!*sub && (len != 11 || strncmp(p + 7, "main", 4) != 0))
                return false;
        }
        p += len + (p[len] == '&');
    }
    return true;
}

bool oc_http_rule_argument(const char *query, const char *name, char *out, size_t size) {
    size_t len = strlen(name);
    for (const char *at = query; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL) {
        size_t value =
            strncmp(at, name, len) == 0 && at[len] == '=' ? strcspn(at + len + 1, "&") : SIZE_MAX;
        if (value >= size)
            continue;
        memcpy(out, at + len + 1, value);
        out[value] = '\0';
        return true;
    }
    return false;
}

const char *oc_http_rule_type(const char *name) {
    static const struct {
        const char *end, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".map", "application/json"},
        {".woff2", "font/woff2"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".gif", "image/gif"},
        {".webp", "image/webp"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".wasm", "application/wasm"},
        {".txt", "text/plain; charset=utf-8"},
        {".mp4", "video/mp4"},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (ends_with(name, types[i].end))
            return types[i].type;
    }
    return "application/octet-stream";
}
