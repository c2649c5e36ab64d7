/* oc_fetch - requests of a script over HTTP, by libcurl on the script's loop. One oc_fetch_t for a
 * machine; it has the connections. An exchange is one request and its reply, with the redirects in
 * between. On the loop's thread; what an exchange tells, it tells from the loop, never from within
 * a function here. */
#ifndef OC_FETCH_H
#define OC_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "oc_body.h"

#define OC_FETCH_HELD_MAX                                                                          \
    (64u * 1024)                        /* bytes of a reply that nobody has read, for each request \
                                         */
#define OC_FETCH_GIVEN_MAX (16u * 1024) /* bytes that a script wrote ahead, for each request */
#define OC_FETCH_HEADERS_MAX                                                                       \
    (32u * 1024) /* header bytes of all replies to a request, redirects too */
#define OC_FETCH_REQUEST_MAX   (16u * 1024)   /* bytes of URL and headers of a request, each */
#define OC_FETCH_CA_MAX        (1024u * 1024) /* bytes of certificates of authorities */
#define OC_FETCH_COLLECT_MAX   (16u * 1024 * 1024) /* bytes of a reply that is collected, each */
#define OC_FETCH_SPARE_MAX     4u    /* handles of libcurl that are kept, 10 KB each and buffers */
#define OC_FETCH_ACTIVE_MAX    128u  /* requests at a time, each with a socket and 100 KB at most */
#define OC_FETCH_WAITING_MAX   1024u /* requests that wait for one of those to end, 1 KB each */
#define OC_FETCH_IDLE_MAX      16    /* connections kept for later requests, a socket each */
#define OC_FETCH_REDIRECTS_MAX 10u
#define OC_FETCH_LEFT_MAX      32u /* look-ups without an answer whose requests have ended, process */
#define OC_FETCH_LEFT_MS       60000 /* so long one is taken to go on: a thread of libcurl */
#define OC_FETCH_DISCARD_MAX                                                                       \
    (64 * 1024)                /* bytes of a redirect's own reply; more end its connection */
#define OC_FETCH_TEXT_MAX 512u /* bytes of a message with NUL */

/* Why a request failed; the order is that of HttpErrorCode in client.ts. */
typedef enum oc_fetch_code {
    OC_FETCH_RESOLVE,
    OC_FETCH_CONNECT,
    OC_FETCH_TLS,
    OC_FETCH_TIMEOUT,
    OC_FETCH_RESET,
    OC_FETCH_REDIRECT,
    OC_FETCH_TOO_BIG,
    OC_FETCH_PROTOCOL,
    OC_FETCH_CLOSED,
    OC_FETCH_PROXY,
} oc_fetch_code_t;

/* One failure. */
typedef struct oc_fetch_error {
    oc_fetch_code_t code;
    char text[OC_FETCH_TEXT_MAX]; /* UTF-8, one line, no secrets */
} oc_fetch_error_t;

/* What the body of a request is. */
typedef enum oc_fetch_upload {
    OC_FETCH_NOTHING,
    OC_FETCH_LENGTH,  /* written by the script, `upload_bytes` in all */
    OC_FETCH_CHUNKED, /* written by the script until oc_fetch_write_end */
    OC_FETCH_BODY,    /* `body` */
} oc_fetch_upload_t;

/* A request. Texts end with NUL and are borrowed until oc_fetch_start returns. */
typedef struct oc_fetch_request {
    const char *url;     /* http or https, no user, no fragment; printable ASCII */
    const char *method;  /* GET */
    const char *headers; /* "Name: value\n" for each */
    const char *proxy;   /* URL; "" = none */
    const char *ca;      /* PEM of authorities; "" = those of the system */
    bool has_pin;        /* `pin` decides instead of authorities and name */
    uint8_t pin[32];     /* SHA-256 of the certificate */
    uint32_t timeout_ms; /* without progress; 0 = none */
    uint32_t redirects;  /* 0 = a redirect is an ordinary reply */
    oc_fetch_upload_t upload;
    int64_t upload_bytes;
    oc_body_ref_t body;   /* kept by oc_fetch_start */
    bool collect;         /* the reply is not reported as it comes, but given with `done` */
    size_t collect_max;   /* its bytes, at most OC_FETCH_COLLECT_MAX; more: TOO_BIG; 0 = dropped */
    uint32_t deadline_ms; /* for all of it, waiting for its turn too; 0 = none */
} oc_fetch_request_t;

/* The reply of a request that collects. */
typedef struct oc_fetch_reply {
    int status;
    uint8_t *bytes; /* of malloc, owned by callee; NULL: none */
    size_t len;
} oc_fetch_reply_t;

typedef struct oc_fetch oc_fetch_t;                   /* opaque */
typedef struct oc_fetch_exchange oc_fetch_exchange_t; /* opaque */

/* What an exchange tells. Each may call anything here. */
typedef struct oc_fetch_calls {
    /* Once, when the headers of the reply that counts are complete. reason, headers: UTF-8 of bytes
     * taken as Latin-1, borrowed until return; "name: value\n" for each, names in lower case. NULL:
     * nobody needs them. */
    void (*headers)(void *context, int status, const char *reason, const char *headers);
    /* Bytes came; `bytes` can be read. */
    void (*readable)(void *context, size_t bytes);
    /* `bytes` can be written. */
    void (*writable)(void *context, size_t bytes);
    /* Last and once: the reply is complete and has been read, or error is not NULL. The exchange is
     * gone. error, reply: borrowed until return; reply is NULL unless it was collected. */
    void (*done)(void *context, const oc_fetch_error_t *error, const oc_fetch_reply_t *reply);
} oc_fetch_calls_t;

/* loop: of oc_loop_native, borrowed. OC_OK | OC_ERR_NOMEM | OC_ERR_NOTSUP: *why (static) says why.
 */
int oc_fetch_create(oc_fetch_t **out, void *loop, const char **why);
/* Ends every exchange, which tells nothing any more. NULL is allowed. */
void oc_fetch_delete(oc_fetch_t *http);

/* Begins a request, or has it wait for its turn. calls: static. OC_OK, *out lives until `done` or
 * oc_fetch_stop | OC_ERR_NOMEM | OC_ERR_BUSY too many wait | OC_ERR_TOO_BIG url, headers or ca |
 * OC_ERR_INVAL ca is no PEM. */
int oc_fetch_start(oc_fetch_exchange_t **out, oc_fetch_t *http, const oc_fetch_request_t *request,
                   const oc_fetch_calls_t *calls, void *context);
/* Ends it; it tells nothing any more. */
void oc_fetch_stop(oc_fetch_exchange_t *exchange);

/* Bytes that can be read. */
size_t oc_fetch_readable(const oc_fetch_exchange_t *exchange);
/* Takes `size` of them, at most oc_fetch_readable. */
void oc_fetch_read(oc_fetch_exchange_t *exchange, void *out, size_t size);
/* Bytes that can be written. */
size_t oc_fetch_writable(const oc_fetch_exchange_t *exchange);
/* Writes `size` of them, at most oc_fetch_writable. */
void oc_fetch_write(oc_fetch_exchange_t *exchange, const void *bytes, size_t size);
/* Ends a chunked body. */
void oc_fetch_write_end(oc_fetch_exchange_t *exchange);

#endif
