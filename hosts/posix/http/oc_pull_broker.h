/* oc_pull_broker - the media thread's side of progressive streams: opens clients (oc_plane_pull),
 * answers a request for the next piece as soon as there is one. A client has at most one piece
 * under way; one that requests none for OC_PULL_FORGET_US is closed. Media thread only, except
 * where noted. */
#ifndef OC_PULL_BROKER_H
#define OC_PULL_BROKER_H

#include "oc_http_answer.h"
#include "oc_media_thread.h"

#define OC_PULL_FORGET_US (60 * 1000 * 1000) /* no request: closed; peers are given up sooner */

/* A client of a progressive stream. number 0: free row. */
typedef struct oc_pull_row {
    int32_t number;
    bool waits;           /* it is answered with the next piece */
    int64_t requested_us; /* for the last one */
} oc_pull_row_t;

typedef struct oc_pull_broker {
    oc_plane_t *plane;
    oc_http_answers_t *answers;
    oc_pull_row_t row[OC_PULLS_MAX]; /* by number */
} oc_pull_broker_t;

/* plane, answers: borrowed for the broker's life. */
void oc_pull_broker_init(oc_pull_broker_t *pulls, oc_plane_t *plane, oc_http_answers_t *answers);

/* Opens the client that a request of OC_HTTP_REQUEST_PULL describes. The answer has the request's
 * id: 200 with the client's number in `pull`, or the refusal, with a line that says why. */
void oc_pull_broker_open(oc_pull_broker_t *pulls, const oc_http_request_t *req, int64_t awake_us);

/* Any thread: a call for oc_media_thread_post that requests the next piece. The answer has id 0 and
 * the number: 200 a piece, or 410 the last one (body NULL: nothing more), and the client is closed.
 */
oc_media_call_t oc_pull_broker_next(oc_pull_broker_t *pulls, int32_t number);
/* Any thread: a call that closes a client; without an answer. */
oc_media_call_t oc_pull_broker_close(oc_pull_broker_t *pulls, int32_t number);

/* The plane has advanced: answers the clients that wait. */
void oc_pull_broker_advance(oc_pull_broker_t *pulls, int64_t awake_us);

#endif
