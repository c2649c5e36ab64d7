#include "oc_http_clear.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HOST_MAX 255 /* characters of a name with its port */
#define HEAD_MAX 4096

/* Letters of names, addresses and ports; nothing that ends a header or a link. */
static bool is_host_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr(".-_:[]", c));
}

/* The value of the first field Host; its length, 0: there is none that is one. */
static size_t find_host(const char *head, size_t len, const char **host) {
    static const char field[] = "\r\nhost:";
    for (size_t at = 0; at + sizeof(field) - 1 <= len; at++) {
        if (strncasecmp(head + at, field, sizeof(field) - 1) != 0)
            continue;
        size_t from = at + sizeof(field) - 1, to;
        while (from < len && head[from] == ' ')
            from++;
        for (to = from; to < len && is_host_letter(head[to]);)
            to++;
        *host = head + from;
        return to < len && head[to] == '\r' && to - from <= HOST_MAX ? to - from : 0;
    }
    return 0;
}

size_t oc_http_clear_text(char text[OC_HTTP_CLEAR_MAX], const char *head, size_t len) {
    const char *host = "";
    int count = (int)find_host(head, len, &host);
    char line[HOST_MAX + 64], place[HOST_MAX + 32] = "";
    if (count)
        snprintf(place, sizeof(place), "Location: https://%.*s/\r\n", count, host);
    snprintf(line, sizeof(line), "This port speaks HTTPS%s%.*s%s\n", count ? ": https://" : "",
             count, host, count ? "/" : "");
    int size = snprintf(text, OC_HTTP_CLEAR_MAX,
                        "HTTP/1.1 %s\r\n%sContent-Type: text/plain; charset=utf-8\r\n"
                        "Content-Length: %zu\r\nCache-Control: no-store\r\n"
                        "Content-Security-Policy: default-src 'none'\r\n"
                        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n%s",
                        count ? "303 See Other" : "400 Bad Request", place, strlen(line), line);
    return (size_t)size; /* all parts are bounded */
}

void oc_http_clear_answer(int fd) {
    char head[HEAD_MAX], text[OC_HTTP_CLEAR_MAX];
    ssize_t len = recv(fd, head, sizeof(head), MSG_DONTWAIT);
    size_t size = oc_http_clear_text(text, head, len > 0 ? (size_t)len : 0);
    if (send(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size)
        return; /* a new connection has room for it; if not, it ends without a word */
    shutdown(fd, SHUT_WR);
}
