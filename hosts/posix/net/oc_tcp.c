#define _GNU_SOURCE
#include "oc_tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_lookup.h"
#include "oc_loop_parts.h"

struct oc_tcp {
    void *loop;
    const oc_tcp_calls_t *calls;
    void *context;
    oc_lookup_t *lookup;
    oc_loop_poke_t *named; /* the lookup is done */
    oc_loop_watch_t *watch;
    oc_loop_timer_t *soon;
    int fd; /* -1: none yet, or closed */
    int nodelay;
    unsigned keepalive_s;
    oc_lookup_result_t found;
    unsigned tried; /* of `found` */
    bool connected, reporting, closed;
    bool report_readable, report_writable, report_error;
    const char *failure;
    size_t room; /* to be written before `writable` is called again */
    size_t in_at, in_bytes, out_at, out_bytes;
    uint8_t in[OC_TCP_IN_MAX], out[OC_TCP_OUT_MAX];
};

static atomic_uint open_count;

/* ---- reports ---- */

static void free_tcp(oc_tcp_t *tcp) {
    oc_lookup_drop(tcp->lookup);
    oc_loop_poke_delete(tcp->named);
    oc_loop_watch_stop(tcp->watch);
    if (tcp->soon)
        oc_loop_timer_stop(tcp->soon);
    if (tcp->fd >= 0)
        close(tcp->fd);
    free(tcp);
    atomic_fetch_sub(&open_count, 1);
}

static void watch_on(oc_tcp_t *tcp) {
    unsigned events = 0;
    if (!tcp->watch)
        return;
    if (tcp->connected && !tcp->failure && tcp->in_bytes < OC_TCP_IN_MAX)
        events |= OC_LOOP_READ;
    if (!tcp->connected || (!tcp->failure && tcp->room < OC_TCP_OUT_MAX))
        events |= OC_LOOP_WRITE;
    oc_loop_watch_change(tcp->watch, events);
}

/* Each call may close the connection. */
static void report(oc_tcp_t *tcp) {
    tcp->reporting = true;
    if (tcp->report_writable && !tcp->failure) {
        tcp->report_writable = false;
        tcp->calls->writable(tcp->context, tcp->room);
    }
    if (!tcp->closed && tcp->report_readable) {
        tcp->report_readable = false;
        if (tcp->in_bytes)
            tcp->calls->readable(tcp->context, tcp->in_bytes);
    }
    if (!tcp->closed && tcp->failure && tcp->report_error && tcp->in_bytes == 0) {
        tcp->report_error = false;
        tcp->calls->error(tcp->context, tcp->failure);
    }
    tcp->reporting = false;
    if (tcp->closed)
        free_tcp(tcp);
    else
        watch_on(tcp);
}

static void on_soon(void *context) {
    oc_tcp_t *tcp = context;
    oc_loop_timer_stop(tcp->soon);
    tcp->soon = NULL;
    report(tcp);
}

static void report_soon(oc_tcp_t *tcp) {
    if (!tcp->soon)
        tcp->soon = oc_loop_timer_start(tcp->loop, 0, 0, on_soon, tcp);
}

static void fail(oc_tcp_t *tcp, const char *why) {
    if (tcp->failure)
        return;
    tcp->failure = why;
    tcp->report_error = true;
    tcp->out_bytes = tcp->out_at = 0;
}

/* ---- bytes ---- */

static void flush(oc_tcp_t *tcp) {
    while (tcp->out_bytes && !tcp->failure) {
        ssize_t sent =
            send(tcp->fd, tcp->out + tcp->out_at, tcp->out_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (sent < 0) {
            fail(tcp, "the connection was lost");
            return;
        }
        tcp->out_at += (size_t)sent;
        tcp->out_bytes -= (size_t)sent;
    }
    tcp->out_at = 0;
}

static void fill(oc_tcp_t *tcp) {
    if (tcp->in_at && tcp->in_bytes)
        memmove(tcp->in, tcp->in + tcp->in_at, tcp->in_bytes);
    tcp->in_at = 0;
    size_t room = OC_TCP_IN_MAX - tcp->in_bytes;
    if (!room)
        return;
    ssize_t got = recv(tcp->fd, tcp->in + tcp->in_bytes, room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        fail(tcp, got == 0 ? "the other end closed the connection" : "the connection was lost");
        return;
    }
    tcp->in_bytes += (size_t)got;
    tcp->report_readable = true;
}

/* ---- connecting ---- */

static void connect_next(oc_tcp_t *tcp);

static void close_socket(oc_tcp_t *tcp) {
    oc_loop_watch_stop(tcp->watch);
    tcp->watch = NULL;
    if (tcp->fd >= 0)
        close(tcp->fd);
    tcp->fd = -1;
}

static void on_connected(oc_tcp_t *tcp) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(tcp->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error) {
        close_socket(tcp);
        connect_next(tcp);
        return;
    }
    tcp->connected = true;
    tcp->room = OC_TCP_OUT_MAX;
    tcp->report_writable = true;
}

static void on_ready(void *context, unsigned events) {
    oc_tcp_t *tcp = context;
    if (!tcp->connected) {
        on_connected(tcp);
    } else {
        if (events & OC_LOOP_WRITE)
            flush(tcp);
        if (tcp->room < OC_TCP_OUT_MAX && !tcp->out_bytes && !tcp->failure) {
            tcp->room = OC_TCP_OUT_MAX;
            tcp->report_writable = true;
        }
        if (events & OC_LOOP_READ)
            fill(tcp);
    }
    report(tcp);
}

static void set_options(const oc_tcp_t *tcp) {
    int on = 1, idle = (int)tcp->keepalive_s;
    if (tcp->nodelay >= 0)
        setsockopt(tcp->fd, IPPROTO_TCP, TCP_NODELAY, &tcp->nodelay, sizeof tcp->nodelay);
    if (!idle)
        return;
    setsockopt(tcp->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(tcp->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
}

/* To the next of the addresses; after the last it has failed. */
static void connect_next(oc_tcp_t *tcp) {
    while (tcp->tried < tcp->found.count) {
        const struct sockaddr_storage *to = &tcp->found.address[tcp->tried++];
        socklen_t size =
            to->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
        tcp->fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (tcp->fd < 0)
            continue;
        set_options(tcp);
        bool begun = connect(tcp->fd, (const struct sockaddr *)(const void *)to, size) == 0 ||
                     errno == EINPROGRESS;
        if (begun)
            tcp->watch = oc_loop_watch_start(tcp->loop, tcp->fd, OC_LOOP_WRITE, on_ready, tcp);
        if (tcp->watch)
            return;
        close_socket(tcp);
    }
    fail(tcp, "nobody answers there");
    report_soon(tcp);
}

static bool wake(void *context) {
    oc_loop_poke(((oc_tcp_t *)context)->named);
    return true;
}

static void on_named(void *context) {
    oc_tcp_t *tcp = context;
    if (!tcp->lookup || !oc_lookup_take(tcp->lookup, &tcp->found))
        return;
    tcp->lookup = NULL;
    if (tcp->found.count)
        connect_next(tcp);
    else
        fail(tcp, "the host's name has no address");
    report(tcp);
}

static int look_up(oc_tcp_t *tcp, const oc_tcp_config_t *config) {
    tcp->named = oc_loop_poke_create(tcp->loop, on_named, tcp);
    return tcp->named
               ? oc_lookup_start(&tcp->lookup, config->host, config->port, AI_ADDRCONFIG, wake, tcp)
               : OC_ERR_NOMEM;
}

static bool read_address(const char *text, uint16_t port, oc_lookup_result_t *out) {
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)&out->address[0];
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)&out->address[0];
    out->count = 1;
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        return true;
    }
    out->count = 0;
    return false;
}

int oc_tcp_open(oc_tcp_t **out, void *loop, const oc_tcp_config_t *config,
                const oc_tcp_calls_t *calls, void *context) {
    unsigned before = atomic_fetch_add(&open_count, 1);
    oc_tcp_t *tcp = before < OC_TCP_MAX ? calloc(1, sizeof *tcp) : NULL;
    if (!tcp) {
        atomic_fetch_sub(&open_count, 1);
        return before < OC_TCP_MAX ? OC_ERR_NOMEM : OC_ERR_BUSY;
    }
    tcp->fd = -1;
    tcp->loop = loop;
    tcp->calls = calls;
    tcp->context = context;
    tcp->nodelay = config->nodelay;
    tcp->keepalive_s = config->keepalive_s;
    int result = OC_OK;
    if (read_address(config->host, config->port, &tcp->found))
        connect_next(tcp);
    else if (config->name)
        result = look_up(tcp, config);
    else
        result = OC_ERR_INVAL;
    if (result != OC_OK) {
        free_tcp(tcp);
        return result;
    }
    *out = tcp;
    return OC_OK;
}

void oc_tcp_close(oc_tcp_t *tcp) {
    if (tcp->reporting)
        tcp->closed = true; /* freed behind the call */
    else
        free_tcp(tcp);
}

void oc_tcp_report_again(oc_tcp_t *tcp) {
    tcp->report_readable = tcp->in_bytes > 0;
    tcp->report_writable = tcp->room > 0;
    tcp->report_error = tcp->failure != NULL;
    report_soon(tcp);
}

size_t oc_tcp_readable(const oc_tcp_t *tcp) {
    return tcp->in_bytes;
}

void oc_tcp_read(oc_tcp_t *tcp, void *out, size_t size) {
    memcpy(out, tcp->in + tcp->in_at, size);
    tcp->in_at += size;
    tcp->in_bytes -= size;
    if (tcp->failure && tcp->in_bytes == 0)
        report_soon(tcp);
    watch_on(tcp);
}

size_t oc_tcp_writable(const oc_tcp_t *tcp) {
    return tcp->room;
}

void oc_tcp_write(oc_tcp_t *tcp, const void *bytes, size_t size) {
    tcp->room -= size;
    if (tcp->failure) /* the error is on its way */
        return;
    if (tcp->out_at && tcp->out_bytes)
        memmove(tcp->out, tcp->out + tcp->out_at, tcp->out_bytes);
    tcp->out_at = 0;
    memcpy(tcp->out + tcp->out_bytes, bytes, size);
    tcp->out_bytes += size;
    flush(tcp);
    if (tcp->failure)
        report_soon(tcp);
    watch_on(tcp);
}

bool oc_tcp_remote(const oc_tcp_t *tcp, char address[OC_TCP_ADDRESS], uint16_t *port) {
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (tcp->fd < 0 || getpeername(tcp->fd, (struct sockaddr *)(void *)&peer, &size) < 0)
        return false;
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)&peer;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)&peer;
    bool old = peer.ss_family == AF_INET;
    *port = ntohs(old ? four->sin_port : six->sin6_port);
    return inet_ntop(peer.ss_family, old ? (const void *)&four->sin_addr : &six->sin6_addr, address,
                     OC_TCP_ADDRESS) != NULL;
}
