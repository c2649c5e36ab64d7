#include "oc_live_broker.h"

#include <stdlib.h>
#include <string.h>

#include "oc_plane_live.h"
#include "oc_pulse.h"

void oc_live_broker_init(oc_live_broker_t *live, oc_plane_t *plane) {
    memset(live, 0, sizeof(*live));
    live->plane = plane;
    oc_pull_broker_init(&live->pulls, plane, &live->answers);
}

static void answer_status(oc_live_broker_t *live, uint32_t id, int status) {
    live->answers.add(live->answers.context, &(oc_http_answer_t){.id = id, .status = status});
}

static int live_status(int result) {
    switch (result) {
    case OC_OK:
        return 200;
    case OC_ERR_NOENT:
        return 404;
    case OC_ERR_STALE:
        return 410;
    case OC_ERR_PRIVATE:
        return 403;
    case OC_ERR_FORMAT:
    case OC_ERR_RANGE:
        return 400;
    default:
        return 503;
    }
}

/* One line that says so, instead of the text that 403 has elsewhere. */
static void refuse_private(oc_plane_body_t *body) {
    static const char text[] = "privacy mode is on\n";
    body->data = oc_media_thread_allocate(sizeof(text) - 1);
    if (!body->data)
        return;
    memcpy(body->data, text, sizeof(text) - 1);
    body->len = sizeof(text) - 1;
    body->content_type = "text/plain; charset=utf-8";
}

/* Answers a live request, unless what it asks for is to come: true. */
static bool try_live(oc_live_broker_t *live, oc_http_request_t *req, uint32_t *wait_ms) {
    oc_plane_body_t body = {0};
    oc_http_answer_t answer = {.id = req->id, .status = 503};
    char *slash = strchr(req->path, '/');
    if (slash && atomic_load(&live->answers.body_bytes) < OC_HTTP_BODIES_BYTES) {
        *slash = '\0';
        int result = oc_plane_live_get(live->plane, req->path, slash + 1, req->query, &body);
        *slash = '/';
        *wait_ms = result == OC_AGAIN ? body.wait_ms : 0;
        if (*wait_ms > 0)
            return true;
        answer.status = live_status(result);
        answer.live = result == OC_OK;
        if (result == OC_ERR_PRIVATE)
            refuse_private(&body);
        if (body.data) {
            answer.body = body.data;
            answer.len = body.len;
            answer.type = body.content_type;
            answer.max_age_s = body.max_age_s;
            atomic_fetch_add(&live->answers.body_bytes, body.len);
        }
    }
    live->answers.add(live->answers.context, &answer);
    return false;
}

static void request_live(oc_live_broker_t *live, oc_http_request_t *req) {
    uint32_t wait_ms;
    if (!try_live(live, req, &wait_ms)) {
        free(req);
        return;
    }
    if (live->waiting == OC_HTTP_WAITS) {
        answer_status(live, req->id, 503);
        free(req);
        return;
    }
    req->until_us = oc_pulse_us() + (int64_t)wait_ms * 1000;
    live->waits[live->waiting++] = req;
}

/* Live requests that wait: those that go on waiting keep their order. */
static void serve_waits(oc_live_broker_t *live, int64_t awake_us) {
    uint32_t changes = oc_plane_live_changes(live->plane), wait_ms;
    bool changed = changes != live->live_seen;
    unsigned kept = 0;
    live->live_seen = changes;
    for (unsigned i = 0; i < live->waiting; i++) {
        oc_http_request_t *req = live->waits[i];
        bool waits = !changed || try_live(live, req, &wait_ms);
        if (waits && req->until_us > awake_us) {
            live->waits[kept++] = req;
            continue;
        }
        if (waits)
            answer_status(live, req->id, 503);
        free(req);
    }
    live->waiting = kept;
}

static void take_cancel(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_live_broker_t *live = call->context;
    for (unsigned i = 0; i < live->waiting; i++) {
        if (live->waits[i]->id != call->a)
            continue;
        free(live->waits[i]);
        live->waiting--;
        memmove(&live->waits[i], &live->waits[i + 1], (live->waiting - i) * sizeof(live->waits[0]));
        return;
    }
}

oc_media_call_t oc_live_broker_cancel(oc_live_broker_t *live, uint32_t id) {
    return (oc_media_call_t){.run = take_cancel, .context = live, .a = id};
}

static void take_request(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_live_broker_t *live = call->context;
    oc_http_request_t *req = call->data;
    if (req->kind == OC_HTTP_REQUEST_LIVE) {
        request_live(live, req);
    } else {
        oc_pull_broker_open(&live->pulls, req, oc_pulse_us());
        free(req);
    }
}

oc_media_call_t oc_live_broker_call(oc_live_broker_t *live, oc_http_request_t *req) {
    return (oc_media_call_t){.run = take_request, .context = live, .data = req};
}

void oc_live_broker_advance(oc_live_broker_t *live, int64_t awake_us) {
    if (live->waiting > 0)
        serve_waits(live, awake_us);
    oc_pull_broker_advance(&live->pulls, awake_us);
}
