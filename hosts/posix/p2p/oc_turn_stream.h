/* oc_turn_stream - the TCP or TLS connection to a TURN server (RFC 8656 section 3.1) on a libuv
 * loop: bytes in, bytes out. Everything on the loop's thread. What comes too fast for the server is
 * dropped by whole outputs, as a network would. */
#ifndef OC_TURN_STREAM_H
#define OC_TURN_STREAM_H

#include <stdbool.h>
#include <uv.h>
#include "oc_addr.h"

#define OC_TURN_STREAM_QUEUE (256 * 1024) /* bytes that wait for the server, at most */

typedef struct oc_turn_stream oc_turn_stream_t; /* opaque */

typedef struct oc_turn_stream_config {
    uv_loop_t *loop; /* borrowed until closed */
    oc_addr_t server;
    bool tls;           /* verified by the system's certificates */
    const char *domain; /* name that TLS verifies; NULL or "": the address. Borrowed until return */
    const char *ca;     /* PEM file that is trusted instead of the system's; NULL none */
    /* It is up (true), or it cannot be created or has ended (false, the last call of all). Never
     * called from within open, write or close. */
    void (*on_up)(void *context, uint8_t tag, bool up);
    /* Bytes came; data: borrowed until return, may be overwritten. */
    void (*on_bytes)(void *context, uint8_t tag, uint8_t *data, size_t len);
    void *context;
    uint8_t tag;
} oc_turn_stream_config_t;

/* Starts to connect. OC_OK, *out is owned by caller until oc_turn_stream_close | OC_ERR_NOMEM |
 * OC_ERR_NOENT the file of certificates cannot be read | OC_ERR_IO no socket. */
int oc_turn_stream_open(oc_turn_stream_t **out, const oc_turn_stream_config_t *config);
/* All of it or nothing. OC_OK | OC_ERR_STATE not up | OC_ERR_BUSY the queue is full | OC_ERR_NOMEM
 * | OC_ERR_IO. */
int oc_turn_stream_write(oc_turn_stream_t *stream, const void *data, size_t len);
/* Ends it, also after on_up(false); NULL is allowed. No call follows. The loop must run on until
 * its handle is closed. */
void oc_turn_stream_close(oc_turn_stream_t *stream);

#endif
