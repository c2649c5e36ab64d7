/* probe_stream - one TCP or TLS connection to a server, as a host would have it. */
#ifndef PROBE_STREAM_H
#define PROBE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/ssl.h>
#include "oc_addr.h"

typedef struct probe_stream {
    int file; /* -1: closed */
    SSL *tls; /* NULL: TCP */
} probe_stream_t;

/* Connects; waits for it. ca: PEM file that TLS trusts, NULL = TCP; domain: name it verifies.
 * false: one line on standard error says why. */
bool probe_stream_open(probe_stream_t *stream, const oc_addr_t *server, const char *ca,
                       const char *domain);
void probe_stream_close(probe_stream_t *stream);

/* Bytes read, 0 none now, -1 it ended. */
int probe_stream_read(probe_stream_t *stream, uint8_t *buffer, size_t size);

/* Writes all; false: it ended. */
bool probe_stream_write(probe_stream_t *stream, const uint8_t *data, size_t len);

/* The address of this family for the kernel; its length. */
unsigned probe_sockaddr(const oc_addr_t *addr, void *out);

#endif
