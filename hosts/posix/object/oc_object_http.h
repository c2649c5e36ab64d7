/* oc_object_http - one request over HTTP, waited for, by libcurl: for commands, which have threads
 * to wait in. A connection is kept for the next request. One thread at a time. */
#ifndef OC_OBJECT_HTTP_H
#define OC_OBJECT_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_span.h"

#define OC_OBJECT_LINES        8           /* header lines of a request */
#define OC_OBJECT_LINE_MAX     5120        /* bytes with NUL of one; tokens of roles are long */
#define OC_OBJECT_STALL_S      30          /* without a kilobyte a second until a request fails */
#define OC_OBJECT_DOCUMENT_MAX (64 * 1024) /* bytes of a reply that is no object; held while open */
#define OC_OBJECT_ETAG_MAX     160         /* bytes with NUL; a longer one counts as none */

typedef struct oc_object_http oc_object_http_t; /* opaque */

/* A request; everything is borrowed until return. */
typedef struct oc_object_request {
    const char *method, *url;
    const char *line[OC_OBJECT_LINES]; /* "name: value" */
    unsigned lines;
    bool uploads; /* `body` is sent, also when it is empty */
    bool whole;   /* its reply is waited for also when `stop` is true: it names what to take back */
    oc_span_t body;
} oc_object_request_t;

/* Its reply. */
typedef struct oc_object_reply {
    uint8_t *room; /* set by the caller: where the bytes of a reply 2xx go; NULL: `document` */
    size_t room_bytes;
    int status;        /* 0: none came */
    bool again;        /* of none: one may come later */
    bool cut;          /* there were more bytes than room */
    size_t len;        /* bytes in room, or in `document` */
    oc_span_t document; /* of all other replies; borrowed until the next request */
    int64_t date_s;    /* of the server's clock, seconds since 1970; -1: not known */
    char etag[OC_OBJECT_ETAG_MAX]; /* as it came, with its quotes; "": none */
    char range[80];                /* Content-Range; "": none */
    char region[80];               /* x-amz-bucket-region; "": none */
    char why[160];                 /* of status 0: one line without addresses */
} oc_object_reply_t;

/* ca: a file of authorities (PEM), borrowed until close; NULL: those of the system. stop: true ends
 * a request that is not `whole` within a second; borrowed until close. OC_OK | OC_ERR_NOTSUP, why
 * says what to install | OC_ERR_NOMEM. */
int oc_object_http_open(oc_object_http_t **out, const char *ca, const atomic_bool *stop, char *why,
                        size_t size);

/* Sends it and waits for the reply. A redirect is an ordinary reply. */
void oc_object_http_send(oc_object_http_t *http, const oc_object_request_t *request,
                         oc_object_reply_t *reply);

/* NULL is fine. */
void oc_object_http_close(oc_object_http_t *http);

#endif
