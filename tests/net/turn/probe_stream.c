#include "probe_stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

unsigned probe_sockaddr(const oc_addr_t *addr, void *out) {
    if (addr->family == 4) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
        memcpy(&a.sin_addr, addr->ip, 4);
        memcpy(out, &a, sizeof a);
        return sizeof a;
    }
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(addr->port)};
    memcpy(&a.sin6_addr, addr->ip, 16);
    memcpy(out, &a, sizeof a);
    return sizeof a;
}

static bool run_handshake(probe_stream_t *stream, const char *ca, const char *domain) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    bool right = context && SSL_CTX_load_verify_locations(context, ca, NULL) == 1;
    if (right) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        stream->tls = SSL_new(context);
        right = stream->tls && SSL_set1_host(stream->tls, domain) == 1 &&
                SSL_set_tlsext_host_name(stream->tls, domain) == 1 &&
                SSL_set_fd(stream->tls, stream->file) == 1 && SSL_connect(stream->tls) == 1;
    }
    if (!right)
        fprintf(stderr, "turn_probe: TLS with %s: %s\n", domain,
                ERR_reason_error_string(ERR_peek_last_error()));
    SSL_CTX_free(context); /* the connection holds it */
    return right;
}

bool probe_stream_open(probe_stream_t *stream, const oc_addr_t *server, const char *ca,
                       const char *domain) {
    struct sockaddr_storage address;
    int on = 1;
    unsigned len = probe_sockaddr(server, &address);
    stream->tls = NULL;
    stream->file = socket(server->family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (stream->file < 0 || connect(stream->file, (struct sockaddr *)&address, len)) {
        fprintf(stderr, "turn_probe: connection to the server: %s\n", strerror(errno));
        probe_stream_close(stream);
        return false;
    }
    setsockopt(stream->file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (ca && !run_handshake(stream, ca, domain)) {
        probe_stream_close(stream);
        return false;
    }
    return true;
}

void probe_stream_close(probe_stream_t *stream) {
    SSL_free(stream->tls);
    stream->tls = NULL;
    if (stream->file >= 0)
        close(stream->file);
    stream->file = -1;
}

int probe_stream_read(probe_stream_t *stream, uint8_t *buffer, size_t size) {
    struct pollfd ready = {stream->file, POLLIN, 0};
    if (!(stream->tls && SSL_pending(stream->tls)) && poll(&ready, 1, 0) <= 0)
        return 0;
    int n = stream->tls ? SSL_read(stream->tls, buffer, (int)size)
                        : (int)read(stream->file, buffer, size);
    if (n <= 0 && stream->tls && SSL_get_error(stream->tls, n) == SSL_ERROR_WANT_READ)
        return 0;
    return n > 0 ? n : -1;
}

bool probe_stream_write(probe_stream_t *stream, const uint8_t *data, size_t len) {
    if (stream->tls)
        return SSL_write(stream->tls, data, (int)len) == (int)len;
    return send(stream->file, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}
