/* oc_http_desk - the media thread's side of HTTP: answers requests for live bodies from the plane
 * and passes API requests on to the script (HTTP_TAKE, HTTP_REPLY). Requests come as calls to the
 * media thread, answers go back through the `answer` callback. Media thread only, except where
 * noted. */
#ifndef OC_HTTP_DESK_H
#define OC_HTTP_DESK_H

#include <stdatomic.h>

#include "oc_http_rule.h"
#include "oc_media_thread.h"

#define OC_HTTP_ASKS         64                /* API requests at the desk at a time */
#define OC_HTTP_WAITS        128               /* live requests that wait; beyond: 503 */
#define OC_HTTP_API_US       (5 * 1000 * 1000) /* a script that is slower gets 503 sent for it */
#define OC_HTTP_STATUS_US    (2 * 1000 * 1000) /* GET /api/status: the host answers it after this */
#define OC_HTTP_API_BODY_MAX (48 * 1024)       /* bytes; fits a parcel with its quotes escaped */
#define OC_HTTP_BODIES_BYTES (64 * 1024 * 1024) /* live bodies under way; beyond: 503 */

/* Answered by the plane, or by the script. */
typedef enum oc_http_ask_kind {
    OC_HTTP_ASK_LIVE,
    OC_HTTP_ASK_PULL, /* an endless body, see oc_pull_desk.h */
    OC_HTTP_ASK_API
} oc_http_ask_kind_t;

/* One request, on the heap; owned by the desk once posted. */
typedef struct oc_http_ask {
    uint32_t id; /* > 0; comes back in the answer */
    oc_http_ask_kind_t kind;
    const char *method;          /* static */
    char path[OC_HTTP_PATH_MAX]; /* LIVE: "<channel>/[sub/]<file>"; PULL: "<channel>.<ending>"; API:
                                    the decoded path */
    char query[OC_HTTP_PATH_MAX];
    char *body; /* malloc; NULL = none */
    uint32_t body_len;
    uint32_t login;   /* API: by which login it is asked (oc_access.h); 0: none was needed */
    int64_t until_us; /* not worth answering later; LIVE: set when it begins to wait */
    bool taken;       /* API: the script has it */
} oc_http_ask_t;

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
    bool waits;       /* it is answered with the next piece */
    int64_t asked_us; /* for the last one */
} oc_pull_row_t;

typedef struct oc_http_desk {
    oc_plane_t *plane;
    oc_mailbox_t *mailbox;
    void (*answer)(void *context, const oc_http_answer_t *answer); /* must not block */
    void *context;
    /* Answers an API request in the script's place: the status, and the answer (JSON) of *len bytes
     * in `out`; 0: it cannot. NULL: it never can. Set before the first ask. */
    int (*fallback)(void *context, const oc_http_ask_t *ask, char *out, size_t size, size_t *len);
    void *fallback_context;
    oc_http_ask_t *asks[OC_HTTP_ASKS]; /* API requests, oldest first */
    unsigned count;
    oc_http_ask_t *waits[OC_HTTP_WAITS]; /* LIVE: blocking reloads, parts to come; oldest first */
    unsigned waiting;
    uint32_t live_seen;                /* oc_plane_live_changes when they were tried last */
    oc_pull_row_t pulls[OC_PULLS_MAX]; /* by number */
    uint32_t ended;                    /* generation of the script that ended last */
    _Atomic bool ready;                /* a script takes requests; read by any thread */
    _Atomic uint32_t body_bytes;       /* live bodies under way; whoever releases one subtracts */
    char scratch[OC_PARCEL_MAX];       /* a request as JSON, before its length is known */
} oc_http_desk_t;

/* plane, mailbox: borrowed for the desk's life. `answer` is set before the first ask. */
void oc_http_desk_init(oc_http_desk_t *desk, oc_plane_t *plane, oc_mailbox_t *mailbox);

/* True for a request that may be answered though no script runs. Any thread. */
bool oc_http_desk_falls_back(const char *path);

/* Any thread: a call for oc_media_thread_post that hands `ask` (heap, owned by callee) over. */
oc_media_call_t oc_http_desk_call(oc_http_desk_t *desk, oc_http_ask_t *ask);

/* The script of this generation answers requests from now on. False: its end was told already, for
 * what a script has posted last may be read after that; nothing changes. */
bool oc_http_desk_ready(oc_http_desk_t *desk, uint32_t generation);
/* No script answers requests: waiting ones get 503. generation: of the one that has ended, 0: of
 * none. */
void oc_http_desk_end(oc_http_desk_t *desk, uint32_t generation);

/* Any thread: a call that takes back live request `id`, which then has no answer. Too late: nothing
 * happens. */
oc_media_call_t oc_http_desk_cancel(oc_http_desk_t *desk, uint32_t id);

/* The plane has advanced: live requests get what has come, or 503 when their time is over; API
 * requests whose time is over are dropped; viewers of endless bodies get what is new. */
void oc_http_desk_advance(oc_http_desk_t *desk, int64_t now_us);

/* A part of it: the status that a script has not given for OC_HTTP_STATUS_US is the host's. */
void oc_http_desk_late(oc_http_desk_t *desk, int64_t now_us);

/* HTTP_TAKE and HTTP_REPLY: each replies to *command through the mailbox and frees its parcel. */
void oc_http_desk_take(oc_http_desk_t *desk, const oc_command_t *command, int64_t now_us);
void oc_http_desk_reply(oc_http_desk_t *desk, const oc_command_t *command, int64_t now_us);

#endif
