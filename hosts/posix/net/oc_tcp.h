/* oc_tcp - one TCP connection that a script opens, on its loop. What it reports, it reports from
 * the loop, never from within a function here. */
#ifndef OC_TCP_H
#define OC_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_TCP_IN_MAX  (16u * 1024) /* bytes that came and nobody has read */
#define OC_TCP_OUT_MAX (16u * 1024) /* bytes that were written and the system has not taken */
#define OC_TCP_MAX     128u         /* connections of a process, 33 KB and a socket each */
#define OC_TCP_ADDRESS 64u          /* bytes of an address in text, with NUL */

typedef struct oc_tcp oc_tcp_t; /* opaque */

/* What a connection reports. Each may call anything here. */
typedef struct oc_tcp_calls {
    void (*readable)(void *context, size_t bytes);
    void (*writable)(void *context, size_t bytes);
    /* It failed, or the other end closed it, and everything that came has been read. Once; nothing
     * follows. why: one line, static. */
    void (*error)(void *context, const char *why);
} oc_tcp_calls_t;

/* Where to, and how. */
typedef struct oc_tcp_config {
    const char *host;     /* an address, or with `name` a name; borrowed until return */
    bool name;            /* it may have to be looked up */
    uint16_t port;        /* > 0 */
    int nodelay;          /* -1: as the system has it; 0, 1 */
    unsigned keepalive_s; /* idle seconds before a probe; 0 = none */
} oc_tcp_config_t;

/* Begins to connect. loop: of oc_loop_native. calls: static. OC_OK, *out is closed by oc_tcp_close
 * | OC_ERR_INVAL no address | OC_ERR_NOMEM | OC_ERR_BUSY too many connections or lookups. */
int oc_tcp_open(oc_tcp_t **out, void *loop, const oc_tcp_config_t *config,
                const oc_tcp_calls_t *calls, void *context);
/* Closes and frees it; what the system has not taken is lost. */
void oc_tcp_close(oc_tcp_t *tcp);

/* Reports again what there is: somebody else listens now. */
void oc_tcp_report_again(oc_tcp_t *tcp);
/* Bytes that can be read. */
size_t oc_tcp_readable(const oc_tcp_t *tcp);
/* Takes `size` of them, at most oc_tcp_readable. */
void oc_tcp_read(oc_tcp_t *tcp, void *out, size_t size);
/* Bytes that can be written until `writable` is called again. */
size_t oc_tcp_writable(const oc_tcp_t *tcp);
/* Writes `size` of them, at most oc_tcp_writable; lost when it has failed. */
void oc_tcp_write(oc_tcp_t *tcp, const void *bytes, size_t size);
/* The other end. false: it is not connected. */
bool oc_tcp_remote(const oc_tcp_t *tcp, char address[OC_TCP_ADDRESS], uint16_t *port);

#endif
