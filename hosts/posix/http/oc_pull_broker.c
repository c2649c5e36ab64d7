#include "oc_pull_broker.h"

#include <stdio.h>
#include <string.h>

#include "oc_plane_pull.h"
#include "oc_pulse.h"

#define WHY_MAX 160 /* bytes with NUL of a refusal's line */

void oc_pull_broker_init(oc_pull_broker_t *pulls, oc_plane_t *plane, oc_http_answers_t *answers) {
    memset(pulls, 0, sizeof(*pulls));
    pulls->plane = plane;
    pulls->answers = answers;
}

/* The row of a client; NULL: none. */
static oc_pull_row_t *find(oc_pull_broker_t *pulls, int32_t number) {
    oc_pull_row_t *row = number > 0 ? &pulls->row[number % OC_PULLS_MAX] : NULL;
    return row && row->number == number ? row : NULL;
}

static void close_row(oc_pull_broker_t *pulls, oc_pull_row_t *row) {
    oc_plane_pull_close(pulls->plane, row->number);
    *row = (oc_pull_row_t){0};
}

static int status_of(int32_t code) {
    switch (code) {
    case OC_ERR_NOENT:
        return 404;
    case OC_ERR_NOTSUP:
        return 415;
    case OC_ERR_PRIVATE:
        return 403;
    default:
        return 503;
    }
}

void oc_pull_broker_open(oc_pull_broker_t *pulls, const oc_http_request_t *req, int64_t awake_us) {
    char name[OC_CHANNEL_NAME_MAX] = "", why[WHY_MAX] = "";
    oc_pull_format_t format;
    size_t len = oc_http_rule_endless(req->path, &format);
    int32_t number = OC_ERR_NOENT;
    bool sub;
    if (!oc_http_rule_stream(req->query, &sub)) {
        snprintf(why, sizeof(why), "stream is main or sub");
    } else if (len > 0 && len < sizeof(name)) {
        memcpy(name, req->path, len);
        number = oc_plane_pull_open(
            pulls->plane, &(oc_plane_pull_config_t){.channel = name, .sub = sub, .format = format},
            why, sizeof(why));
    }
    if (number == OC_ERR_BUSY)
        snprintf(why, sizeof(why), "%d progressive streams are open already; try again later",
                 OC_PULLS_VIEWERS);
    else if (number == OC_ERR_PRIVATE)
        snprintf(why, sizeof(why), "%s", oc_err_text(number));
    if (number <= 0) {
        oc_http_answer_line(pulls->answers, req->id, status_of(number), why);
        return;
    }
    pulls->row[number % OC_PULLS_MAX] = (oc_pull_row_t){.number = number, .requested_us = awake_us};
    pulls->answers->add(
        pulls->answers->context,
        &(oc_http_answer_t){
            .id = req->id, .status = 200, .pull = number, .type = oc_out_pull_type(format)});
}

/* Answers a client that waits, if there is something for it. */
static void serve(oc_pull_broker_t *pulls, oc_pull_row_t *row) {
    oc_plane_body_t body = {0};
    if (atomic_load(&pulls->answers->body_bytes) >= OC_HTTP_BODIES_BYTES)
        return; /* goes on when others have been sent */
    int result = oc_plane_pull_next(pulls->plane, row->number, &body);
    if (result == OC_AGAIN)
        return;
    oc_http_answer_t answer = {.status = result == OC_OK ? 200 : 410,
                               .pull = row->number,
                               .body = body.data,
                               .len = body.len};
    atomic_fetch_add(&pulls->answers->body_bytes, body.len);
    row->waits = false;
    if (result != OC_OK)
        close_row(pulls, row);
    pulls->answers->add(pulls->answers->context, &answer);
}

static void take_next(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_pull_broker_t *pulls = call->context;
    oc_pull_row_t *row = find(pulls, (int32_t)call->a);
    if (!row) {
        pulls->answers->add(pulls->answers->context,
                            &(oc_http_answer_t){.status = 410, .pull = (int32_t)call->a});
        return;
    }
    row->waits = true;
    row->requested_us = oc_pulse_us();
    serve(pulls, row);
}

static void take_close(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_pull_broker_t *pulls = call->context;
    oc_pull_row_t *row = find(pulls, (int32_t)call->a);
    if (row)
        close_row(pulls, row);
}

oc_media_call_t oc_pull_broker_next(oc_pull_broker_t *pulls, int32_t number) {
    return (oc_media_call_t){.run = take_next, .context = pulls, .a = (uint32_t)number};
}

oc_media_call_t oc_pull_broker_close(oc_pull_broker_t *pulls, int32_t number) {
    return (oc_media_call_t){.run = take_close, .context = pulls, .a = (uint32_t)number};
}

void oc_pull_broker_advance(oc_pull_broker_t *pulls, int64_t awake_us) {
    for (unsigned i = 0; i < OC_PULLS_MAX; i++) {
        oc_pull_row_t *row = &pulls->row[i];
        if (row->number != 0 && row->waits)
            serve(pulls, row);
        else if (row->number != 0 && awake_us - row->requested_us > OC_PULL_FORGET_US)
            close_row(pulls, row);
    }
}
