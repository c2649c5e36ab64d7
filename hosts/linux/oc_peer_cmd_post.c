/* oc_peer_cmd_post - see the header. The server is asked to close, so that its answer ends with the
 * connection; a length or chunks are understood too. */
#define _GNU_SOURCE
#include "oc_peer_cmd_post.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "oc_err.h"

typedef struct why {
    char *text;
    size_t size;
} why_t;

static int fail(why_t *why, int code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(why->text, why->size, format, list);
    va_end(list);
    return code;
}

/* A connected socket with time limits, or OC_ERR_*. */
static int dial(const char *host, uint16_t port, why_t *why) {
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    struct timeval limit = {.tv_sec = OC_PEER_CMD_POST_S};
    snprintf(service, sizeof service, "%u", port);
    int rc = getaddrinfo(host, service, &hints, &found), fd = -1, number = 0;
    if (rc != 0)
        return fail(why, OC_ERR_NOENT, "%.100s: %s", host, gai_strerror(rc));
    for (struct addrinfo *one = found; one && fd < 0; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (connect(fd, one->ai_addr, one->ai_addrlen) == 0)
            break;
        number = errno;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd >= 0 ? fd : fail(why, OC_ERR_IO, "%.100s:%u: %s", host, port, strerror(number));
}

static bool send_all(int fd, const char *data, size_t len) {
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* Everything up to the end of the connection, or of what a length in the head announces; NUL added.
 */
static int receive(int fd, char *buffer, size_t size, size_t *len, why_t *why) {
    for (*len = 0; *len < size - 1;) {
        ssize_t n = recv(fd, buffer + *len, size - 1 - *len, 0);
        if (n < 0)
            return fail(why, OC_ERR_IO, "no answer: %s", strerror(errno));
        *len += (size_t)n;
        buffer[*len] = '\0';
        char *body = strstr(buffer, "\r\n\r\n");
        char *length = strcasestr(buffer, "\ncontent-length:");
        if (n == 0)
            return OC_OK;
        if (body && length && length < body &&
            (size_t)(buffer + *len - body - 4) >= strtoul(length + 16, NULL, 10))
            return OC_OK;
        if (body && strcasestr(buffer, "\ntransfer-encoding: chunked") && *len > 7 &&
            memcmp(buffer + *len - 5, "0\r\n\r\n", 5) == 0)
            return OC_OK;
    }
    return fail(why, OC_ERR_TOO_BIG, "an answer of more than 80 KB");
}

/* Joins the chunks of RFC 9112 section 7.1 in place; false: malformed. */
static bool join_chunks(char *body, size_t *len) {
    char *from = body, *to = body, *end = body + *len;
    for (;;) {
        char *line;
        unsigned long n = strtoul(from, &line, 16);
        char *data = strstr(line, "\r\n");
        if (line == from || !data || n > (size_t)(end - data))
            return false;
        if (n == 0)
            break;
        memmove(to, data + 2, n);
        to += n;
        from = data + 2 + n + 2;
        if (from >= end)
            return false;
    }
    *to = '\0';
    *len = (size_t)(to - body);
    return true;
}

static int judge(char *buffer, size_t len, char **body, size_t *body_len, why_t *why) {
    unsigned status = 0;
    char *head_end = strstr(buffer, "\r\n\r\n");
    if (sscanf(buffer, "HTTP/1.%*u %u", &status) != 1 || !head_end)
        return fail(why, OC_ERR_FORMAT, "no HTTP answer");
    *body = head_end + 4;
    *body_len = len - (size_t)(*body - buffer);
    char *chunked = strcasestr(buffer, "\ntransfer-encoding: chunked");
    if (chunked && chunked < head_end && !join_chunks(*body, body_len))
        return fail(why, OC_ERR_FORMAT, "no HTTP answer: malformed chunks");
    if (status < 200 || status > 299)
        return fail(why, OC_ERR_IO, "answered %u: %.*s", status, (int)strcspn(*body, "\r\n"),
                    *body);
    return OC_OK;
}

static int talk(int fd, const char *head, const char *offer, size_t offer_len, char *buffer,
                char **body, size_t *len, why_t *why) {
    size_t got;
    if (!send_all(fd, head, strlen(head)) || !send_all(fd, offer, offer_len))
        return fail(why, OC_ERR_IO, "not sent: %s", strerror(errno));
    int rc = receive(fd, buffer, OC_PEER_CMD_POST_MAX, &got, why);
    return rc == OC_OK ? judge(buffer, got, body, len, why) : rc;
}

int oc_peer_cmd_post(const char *host, uint16_t port, const char *path, const char *offer,
                     size_t offer_len, char **answer, size_t *len, char *why, size_t why_size) {
    char head[1024], *body = NULL, *buffer = malloc(OC_PEER_CMD_POST_MAX);
    why_t reason = {why, why_size};
    bool six = strchr(host, ':') != NULL;
    if (!buffer)
        return fail(&reason, OC_ERR_NOMEM, "no memory");
    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: %s%s%s:%u\r\nContent-Type: application/sdp\r\n"
             "Content-Length: %zu\r\nConnection: close\r\n\r\n",
             path, six ? "[" : "", host, six ? "]" : "", port, offer_len);
    int fd = dial(host, port, &reason);
    int rc = fd < 0 ? fd : talk(fd, head, offer, offer_len, buffer, &body, len, &reason);
    if (fd >= 0)
        close(fd);
    if (rc == OC_OK) {
        memmove(buffer, body, *len);
        buffer[*len] = '\0';
        *answer = buffer;
    } else {
        free(buffer);
    }
    return rc;
}
