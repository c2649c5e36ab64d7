/* oc_live_broker - the media thread's side of HTTP: answers requests for live bodies from the
 * plane, and hands those for progressive streams to its oc_pull_broker. Requests come as calls to
 * the media thread, answers go to `answers`. Media thread only, except where noted. Requests to
 * /api do not come here: oc_api_broker. */
#ifndef OC_LIVE_BROKER_H
#define OC_LIVE_BROKER_H

#include "oc_http_answer.h"
#include "oc_pull_broker.h"

#define OC_HTTP_WAITS 128 /* live requests that wait; beyond: 503 */

typedef struct oc_live_broker {
    oc_plane_t *plane;
    oc_http_answers_t answers;
    oc_pull_broker_t pulls;
    oc_http_request_t
        *waits[OC_HTTP_WAITS]; /* LIVE: blocking reloads, parts to come; oldest first */
    unsigned waiting;
    uint32_t live_seen; /* oc_plane_live_changes when they were tried last */
} oc_live_broker_t;

/* plane: borrowed for the broker's life. */
void oc_live_broker_init(oc_live_broker_t *live, oc_plane_t *plane);

/* Any thread: a call for oc_media_thread_post that hands `req` (heap, owned by callee) over. */
oc_media_call_t oc_live_broker_call(oc_live_broker_t *live, oc_http_request_t *req);

/* Any thread: a call that takes back live request `id`, which then has no answer. Too late: nothing
 * happens. */
oc_media_call_t oc_live_broker_cancel(oc_live_broker_t *live, uint32_t id);

/* The plane has advanced: live requests get what has come, or 503 when their time is over; clients
 * of progressive streams get what is new. awake_us: of oc_pulse. */
void oc_live_broker_advance(oc_live_broker_t *live, int64_t awake_us);

#endif
