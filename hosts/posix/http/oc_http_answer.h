/* oc_http_answer - what the brokers of the HTTP server have in common: requests, answers, and where
 * answers go. */
#ifndef OC_HTTP_ANSWER_H
#define OC_HTTP_ANSWER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "oc_body.h"
#include "oc_http_rule.h"
#include "oc_media_thread.h"

#define OC_HTTP_BODIES_BYTES (64 * 1024 * 1024) /* live bodies under way; beyond: 503 */

typedef enum oc_http_request_kind {
    OC_HTTP_REQUEST_LIVE,    /* oc_live_broker */
    OC_HTTP_REQUEST_PULL,    /* a progressive stream: oc_pull_broker */
    OC_HTTP_REQUEST_PICTURE, /* oc_http_config_t.picture, as the next */
    OC_HTTP_REQUEST_THUMBNAIL,
} oc_http_request_kind_t;

/* One request, on the heap; owned by the broker once posted. */
typedef struct oc_http_req {
    uint32_t id; /* > 0; comes back in the answer */
    oc_http_request_kind_t kind;
    char path[OC_HTTP_PATH_MAX]; /* LIVE: "<channel>/[sub/]<file>"; PULL: "<channel>.<ending>";
                                    PICTURE, THUMBNAIL: "<channel>.jpg" */
    char query[OC_HTTP_PATH_MAX];
    int64_t until_us; /* LIVE, time awake: not worth answering later; set when it begins to wait */
} oc_http_request_t;

/* An answer to a request, or a piece of a progressive stream. */
typedef struct oc_http_answer {
    uint32_t id;  /* 0: for the client `pull` */
    int32_t pull; /* number of a client of a progressive stream; 0 = none */
    int status;
    uint8_t *body; /* owned by callee, freed with oc_media_thread_release; NULL: a standard text */
    uint32_t len;
    uint32_t head_len; /* of body: headers of an application, as oc_reply_head has them; 0: none */
    oc_body_ref_t ref; /* owned by callee; with one, body has the headers only */
    const char *type;  /* static; of body */
    uint32_t max_age_s;
    bool live; /* media: not sent on in privacy mode */
} oc_http_answer_t;

/* Where answers go. */
typedef struct oc_http_answers {
    /* Any thread; must not block. Set before the first request. */
    void (*add)(void *context, const oc_http_answer_t *answer);
    void *context;
    _Atomic uint32_t body_bytes; /* bodies under way; whoever releases one subtracts */
} oc_http_answers_t;

/* Answers with a status and a line of text, '\n' is added; '' or no memory: the status alone. */
static inline void oc_http_answer_line(oc_http_answers_t *answers, uint32_t id, int status,
                                       const char *why) {
    oc_http_answer_t answer = {.id = id, .status = status, .type = "text/plain; charset=utf-8"};
    size_t len = strlen(why);
    answer.body = len > 0 ? oc_media_thread_allocate(len + 1) : NULL;
    if (answer.body) {
        memcpy(answer.body, why, len);
        answer.body[len] = '\n';
        answer.len = (uint32_t)len + 1;
        atomic_fetch_add(&answers->body_bytes, answer.len);
    }
    answers->add(answers->context, &answer);
}

#endif
