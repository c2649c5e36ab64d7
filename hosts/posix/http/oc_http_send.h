/* oc_http_send - heads and bodies of responses. Part of oc_http_impl.h, which includes it; HTTP
 * thread only. */
#ifndef OC_HTTP_SEND_H
#define OC_HTTP_SEND_H

#include "oc_http_impl.h"

#define OC_HTTP_REVALIDATE INT64_MAX /* kept, and asked for again each time */

/* What a response says about itself. */
typedef struct oc_http_head {
    int status;
    const char *type;
    uint64_t len;       /* OC_HTTP_ENDLESS: see oc_http_pull.h */
    int64_t max_age_s;  /* < 0: no Cache-Control; 0: no-store; or OC_HTTP_REVALIDATE */
    bool everybody;     /* pages without an origin may use it, but with no login */
    const char *range;  /* Content-Range, NULL = none */
    bool ranges;        /* Accept-Ranges: bytes */
    const char *policy; /* Content-Security-Policy, static; NULL = none */
    const char *given;  /* headers of an application (oc_reply_head); NULL = none */
    uint32_t given_len;
    const char *etag;     /* NULL = none */
    const char *vary;     /* a header the answer depends on; NULL = none */
    const char *coding;   /* of the body, "gzip"; NULL: it is as it is */
    const char *location; /* NULL = none */
} oc_http_head_t;

/* The policy of our own pages. */
extern const char oc_http_page_policy[];
extern const char oc_http_embed_policy[];
extern const char oc_http_cloud_policy[];
extern const char oc_http_store_policy[]; /* of its worker that reads the store */

/* Each returns what the library's callback has to return: 0, or -1 to close the connection. */

/* Sends the head, then the body from session->source as the peer takes it. */
int oc_http_send(oc_http_t *http, oc_http_session_t *session, const oc_http_head_t *head);
/* The next part of the body; from LWS_CALLBACK_HTTP_WRITEABLE. */
int oc_http_send_more(oc_http_t *http, oc_http_session_t *session);
/* A whole response of one line (JSON under /api). */
int oc_http_send_status(oc_http_t *http, oc_http_session_t *session, int status);
/* The same with another line: static, nothing in it needs quoting; NULL: that of the status. */
int oc_http_send_why(oc_http_t *http, oc_http_session_t *session, int status, const char *why);
/* A whole response of len bytes of text (copied). */
int oc_http_send_text(oc_http_t *http, oc_http_session_t *session, const char *type,
                      const char *text, size_t len);
/* The same with another status than 200. */
int oc_http_send_body(oc_http_t *http, oc_http_session_t *session, int status, const char *type,
                      const char *text, size_t len);
/* Gives up what the session holds: body, file, question. */
void oc_http_send_end(oc_http_t *http, oc_http_session_t *session);

/* Bytes that may be written now; 0: none. */
size_t oc_http_send_room(const oc_http_session_t *session);
/* So many bytes of a body were written. */
void oc_http_count_sent(oc_http_t *http, oc_http_session_t *session, size_t len);
/* Part of what was written to the connection of a stream waits in the library. */
bool oc_http_send_held(const oc_http_session_t *session);
/* The body was sent. As the library's callback: 0, or -1 to close the connection. */
int oc_http_send_complete(oc_http_t *http, oc_http_session_t *session);
/* The connection ends with the library's next event for it; for what is answered outside of one. */
void oc_http_send_over(oc_http_session_t *session);

#endif
