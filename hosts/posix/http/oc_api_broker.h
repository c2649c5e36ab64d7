/* oc_api_broker - requests to /api on their way from the HTTP thread to the script and back,
 * without a third thread: the HTTP thread adds them, the script takes and answers them (HTTP_TAKE,
 * HTTP_REPLY), each on its own thread. What no script answers gets 503, or the answer of the host
 * (`fallback`), which the media thread makes. The lock is held while rows move, never across a
 * call; the media thread only tries it. */
#ifndef OC_API_BROKER_H
#define OC_API_BROKER_H

#include <pthread.h>

#include "oc_http_answer.h"
#include "oc_media_thread.h"

#define OC_API_REQUESTS  64                /* under way at a time; beyond: 503 */
#define OC_API_US        (5 * 1000 * 1000) /* a script that is slower gets 503 sent for it */
#define OC_API_STATUS_US (2 * 1000 * 1000) /* GET /api/status: the host answers it after this */
#define OC_API_BODY_MAX  (48 * 1024)       /* bytes */

/* One request. Moves as a whole: adding it and the script's taking move `text` on. */
typedef struct oc_api_request {
    uint32_t id;          /* > 0; comes back in the answer */
    const char *method;   /* static */
    const char *own_path; /* static: the host can answer it; NULL: it cannot */
    int64_t until_us;     /* time awake: not worth answering later */
    bool taken;           /* the script has it, and its text */
    uint32_t body_bytes;  /* of text; what follows it there is the head */
    /* body, method NUL path NUL query NUL login (as digits) NUL scope, {NUL name NUL value} of
     * headers; scope: "<acts>/<cameras>" of who has chosen ones, "link/<camera>" of a watch link,
     * or "" */
    oc_parcel_t text;
    oc_body_ref_t ref; /* of the answer, once the script has given it */
} oc_api_request_t;

typedef struct oc_api_broker {
    oc_http_answers_t *answers;
    oc_mailbox_t *mailbox;
    oc_media_thread_t *media;
    /* Media thread. Answers a request that has an own_path in the script's place: the status, and
     * the answer (JSON) of *len bytes in `out`; 0: it cannot. NULL: it never can. */
    int (*fallback)(void *context, const oc_api_request_t *request, char *out, size_t size,
                    size_t *len);
    void *fallback_context;
    pthread_mutex_t lock;
    oc_api_request_t rows[OC_API_REQUESTS]; /* under lock; oldest first */
    _Atomic unsigned count;                 /* changed under lock */
    _Atomic bool ready;                     /* a script takes requests; read by any thread */
} oc_api_broker_t;

/* answers, media: borrowed for the broker's life. media NULL: nothing falls back (tests). */
void oc_api_broker_init(oc_api_broker_t *broker, oc_http_answers_t *answers, oc_mailbox_t *mailbox,
                        oc_media_thread_t *media);

/* Any thread. Memory for the text of a request: of its own, not of the script's parcels, for it is
 * held while a body comes in. NULL: none. Given back by oc_mailbox_parcel_free. */
uint8_t *oc_api_broker_text(oc_api_broker_t *broker, uint32_t bytes);

/* HTTP thread. Hands a request on; its text is owned by callee. True: it is answered through
 * `answers`; false: nobody can, 503. */
bool oc_api_broker_add(oc_api_broker_t *broker, const oc_api_request_t *request, int64_t now_us);

/* Script thread. HTTP_TAKE and HTTP_REPLY: each replies to *command and frees its parcel. Reply to
 * TAKE: value0 = id, value1 = body_bytes, parcel = text; OC_AGAIN: none waits. REPLY:
 * OC_ERR_INVAL with a line: its headers are not allowed, and the request still waits. */
void oc_api_broker_take(oc_api_broker_t *broker, const oc_command_t *command, int64_t now_us);
void oc_api_broker_reply(oc_api_broker_t *broker, const oc_command_t *command, int64_t now_us);
/* Script thread. The bytes that the answer to request `id` sends in place of its own: taken by the
 * HTTP_REPLY that follows. ref: owned by callee, also when it fails. OC_OK | OC_ERR_NOENT nobody
 * waits for it any more. */
int oc_api_broker_body(oc_api_broker_t *broker, uint32_t id, oc_body_ref_t ref, int64_t now_us);
/* Script thread. The script answers requests from now on. */
void oc_api_broker_ready(oc_api_broker_t *broker);
/* Script thread. It has ended: requests under way get 503, or the host's answer. */
void oc_api_broker_end(oc_api_broker_t *broker);

/* Media thread. The script is stuck: as oc_api_broker_end, by the next turns. */
void oc_api_broker_stuck(oc_api_broker_t *broker);
/* Media thread, in each turn: requests whose time is over are dropped (the HTTP thread has answered
 * them), a status that the script has not given is the host's. Never waits. */
void oc_api_broker_turn(oc_api_broker_t *broker, int64_t now_us);

#endif
