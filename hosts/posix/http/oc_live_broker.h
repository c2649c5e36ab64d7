/* oc_live_broker - the media thread's side of HTTP: answers requests for live bodies from the
 * plane. Requests come as calls to the media thread, answers go back through the `answer` callback.
 * Media thread only, except where noted. Requests to /api do not come here: oc_api_broker. */
#ifndef OC_LIVE_BROKER_H
#define OC_LIVE_BROKER_H

#include <stdatomic.h>

#include "oc_http_rule.h"
#include "oc_media_thread.h"

#define OC_HTTP_WAITS        128                /* live requests that wait; beyond: 503 */
#define OC_HTTP_BODIES_BYTES (64 * 1024 * 1024) /* live bodies under way; beyond: 503 */

typedef enum oc_http_request_kind {
    OC_HTTP_REQUEST_LIVE,
    OC_HTTP_REQUEST_PULL, /* an endless body, see oc_pull_broker.h */
} oc_http_request_kind_t;

/* One request, on the heap; owned by the broker once posted. */
typedef struct oc_http_req {
    uint32_t id; /* > 0; comes back in the answer */
    oc_http_request_kind_t kind;
    char path[OC_HTTP_PATH_MAX]; /* LIVE: "<channel>/[sub/]<file>"; PULL: "<channel>.<ending>" */
    char query[OC_HTTP_PATH_MAX];
    int64_t until_us; /* LIVE: not worth answering later; set when it begins to wait */
} oc_http_request_t;

/* What goes back. */
typedef struct oc_http_answer {
    uint32_t id;  /* 0: for the viewer `pull` */
    int32_t pull; /* number of a viewer; 0 = none */
    int status;
    uint8_t *body; /* owned by callee, freed with oc_media_thread_release; NULL: a standard text */
    uint32_t len;
    const char *type; /* static; of body */
    uint32_t max_age_s;
    bool live; /* pictures: not sent on in privacy mode */
} oc_http_answer_t;

/* A viewer of an endless body. number 0: free row. */
typedef struct oc_pull_row {
    int32_t number;
    bool waits;           /* it is answered with the next piece */
    int64_t requested_us; /* for the last one */
} oc_pull_row_t;

typedef struct oc_live_broker {
    oc_plane_t *plane;
    /* Any thread; must not block. Set before the first request. */
    void (*answer)(void *context, const oc_http_answer_t *answer);
    void *context;
    oc_http_request_t
        *waits[OC_HTTP_WAITS]; /* LIVE: blocking reloads, parts to come; oldest first */
    unsigned waiting;
    uint32_t live_seen;                /* oc_plane_live_changes when they were tried last */
    oc_pull_row_t pulls[OC_PULLS_MAX]; /* by number */
    _Atomic uint32_t body_bytes;       /* bodies under way; whoever releases one subtracts */
} oc_live_broker_t;

/* plane: borrowed for the broker's life. */
void oc_live_broker_init(oc_live_broker_t *live, oc_plane_t *plane);

/* Any thread: a call for oc_media_thread_post that hands `ask` (heap, owned by callee) over. */
oc_media_call_t oc_live_broker_call(oc_live_broker_t *live, oc_http_request_t *req);

/* Any thread: a call that takes back live request `id`, which then has no answer. Too late: nothing
 * happens. */
oc_media_call_t oc_live_broker_cancel(oc_live_broker_t *live, uint32_t id);

/* The plane has advanced: live requests get what has come, or 503 when their time is over; viewers
 * of endless bodies get what is new. */
void oc_live_broker_advance(oc_live_broker_t *live, int64_t now_us);

#endif
