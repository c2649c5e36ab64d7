/* oc_pull_broker - the media thread's side of endless bodies: opens viewers (oc_plane_pull),
 * answers a question for the next piece as soon as there is one. A viewer has at most one piece
 * under way; one that nobody asks for any more is closed. Media thread only, except where noted. */
#ifndef OC_PULL_BROKER_H
#define OC_PULL_BROKER_H

#include "oc_live_broker.h"

#define OC_PULL_FORGET_US (60 * 1000 * 1000) /* nobody asks: closed; peers are given up sooner */

/* Opens the viewer that a question of OC_HTTP_REQUEST_PULL describes. The answer has the question's
 * id: 200 with the viewer's number in `pull`, or the refusal, with a line that says why. */
void oc_pull_broker_open(oc_live_broker_t *live, const oc_http_request_t *req, int64_t now_us);

/* Any thread: a call for oc_media_thread_post that asks for the next piece. The answer has id 0 and
 * the number: 200 a piece, or 410 the last one (body NULL: nothing more), and the viewer is closed.
 */
oc_media_call_t oc_pull_broker_next(oc_live_broker_t *live, int32_t number);
/* Any thread: a call that closes a viewer; without an answer. */
oc_media_call_t oc_pull_broker_close(oc_live_broker_t *live, int32_t number);

/* The plane has advanced: answers who waits. */
void oc_pull_broker_advance(oc_live_broker_t *live, int64_t now_us);

#endif
