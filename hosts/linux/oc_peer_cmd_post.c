/* oc_peer_cmd_post - see the header. The server is asked to close, so that its answer ends with the
 * connection; a length or chunks are understood too. */
#define _GNU_SOURCE
#include "oc_peer_cmd_post.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "oc_err.h"

#define STEP_MS 100 /* between two looks at whether to stop */

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

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How long everything may take. */
typedef struct limit {
    const atomic_bool *stop;
    int64_t until_ms;
} limit_t;

/* Waits until the socket takes or has bytes. False and errno: it is time to give up. */
static bool ready(int fd, short events, const limit_t *limit) {
    struct pollfd one = {.fd = fd, .events = events};
    for (;;) {
        int64_t left = limit->until_ms - now_ms();
        errno = atomic_load(limit->stop) ? ECANCELED : ETIMEDOUT;
        if (left <= 0 || errno == ECANCELED)
            return false;
        int n = poll(&one, 1, left < STEP_MS ? (int)left : STEP_MS);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

static bool join(int fd, const struct addrinfo *to, const limit_t *limit) {
    int number = 0;
    socklen_t size = sizeof number;
    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
        return true;
    if (errno != EINPROGRESS || !ready(fd, POLLOUT, limit))
        return false;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size);
    errno = number;
    return number == 0;
}

/* A connected socket that never blocks, or OC_ERR_*. */
static int dial(const char *host, uint16_t port, const limit_t *limit, why_t *why) {
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    snprintf(service, sizeof service, "%u", port);
    int rc = getaddrinfo(host, service, &hints, &found), fd = -1, number = 0;
    if (rc != 0)
        return fail(why, OC_ERR_NOENT, "%.100s: %s", host, gai_strerror(rc));
    for (struct addrinfo *one = found; one && fd < 0; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    one->ai_protocol);
        number = errno;
        if (fd < 0 || join(fd, one, limit))
            continue;
        number = errno;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd >= 0 ? fd : fail(why, OC_ERR_IO, "%.100s:%u: %s", host, port, strerror(number));
}

static bool send_all(int fd, const char *data, size_t len, const limit_t *limit) {
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN && ready(fd, POLLOUT, limit))
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* Everything up to the end of the connection, or of what a length in the head announces; NUL added.
 */
static int receive(int fd, char *buffer, size_t size, size_t *len, const limit_t *limit,
                   why_t *why) {
    for (*len = 0; *len < size - 1;) {
        ssize_t n = ready(fd, POLLIN, limit) ? recv(fd, buffer + *len, size - 1 - *len, 0) : -1;
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
        if (line == from || !data || n > (size_t)(end - data - 2))
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

static int talk(int fd, const char *head, const oc_peer_cmd_post_t *post, const limit_t *limit,
                char *buffer, char **body, size_t *len, why_t *why) {
    size_t got;
    if (!send_all(fd, head, strlen(head), limit) ||
        !send_all(fd, post->offer, post->offer_len, limit))
        return fail(why, OC_ERR_IO, "not sent: %s", strerror(errno));
    int rc = receive(fd, buffer, OC_PEER_CMD_POST_MAX, &got, limit, why);
    return rc == OC_OK ? judge(buffer, got, body, len, why) : rc;
}

int oc_peer_cmd_post(const oc_peer_cmd_post_t *post, char **answer, size_t *len, char *why,
                     size_t why_size) {
    char head[1024], *body = NULL, *buffer = malloc(OC_PEER_CMD_POST_MAX);
    why_t reason = {why, why_size};
    bool six = strchr(post->host, ':') != NULL;
    if (!buffer)
        return fail(&reason, OC_ERR_NOMEM, "no memory");
    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: %s%s%s:%u\r\nContent-Type: application/sdp\r\n"
             "Content-Length: %zu\r\nConnection: close\r\n\r\n",
             post->path, six ? "[" : "", post->host, six ? "]" : "", post->port, post->offer_len);
    limit_t limit = {post->stop, now_ms() + post->limit_ms};
    int fd = dial(post->host, post->port, &limit, &reason);
    int rc = fd < 0 ? fd : talk(fd, head, post, &limit, buffer, &body, len, &reason);
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
