/* /playback/<channel>/index.m3u8 and /export/<channel>.mp4: spans of recordings, over a thread that
 * may wait for the disk. */
#define _GNU_SOURCE
#include <stdio.h>

#include "oc_http_impl.h"
#include "oc_http_send.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_vod_time.h"

#define DAY_MS      (25 * 3600 * INT64_C(1000))      /* the longest day of a time zone */
#define SPAN_MS     (32 * 24 * 3600 * INT64_C(1000)) /* of an export */
#define WAIT_US     (60 * 1000 * 1000ll)
#define HEADERS_MAX 1024

/* ---- answers, on the thread of spans ---- */

static bool add_header(char *out, uint32_t *used, const char *name, const char *value) {
    size_t room = HEADERS_MAX - *used;
    int len = snprintf(out + *used, room, "%s%c%s", name, 0, value);
    if (len < 0 || (size_t)len >= room)
        return false;
    *used += (uint32_t)len + 1;
    return true;
}

/* The body of an export, with its headers. */
static void give_export(oc_http_answer_t *answer, const oc_vod_answer_t *got) {
    char name[96], begun[OC_VOD_TIME_TEXT], left[OC_EXPORT_LEFT_OUT + 16];
    answer->body = oc_media_thread_allocate(HEADERS_MAX);
    if (!answer->body)
        return;
    oc_vod_time_write(got->about.begun_ms, begun);
    for (char *at = begun; *at; at++)
        if (*at == ':')
            *at = '-'; /* file systems of others refuse it */
    snprintf(name, sizeof name, "attachment; filename=\"%.19sZ.mp4\"", begun);
    (void)add_header((char *)answer->body, &answer->head_len, "etag", got->about.etag);
    (void)add_header((char *)answer->body, &answer->head_len, "content-disposition", name);
    snprintf(left, sizeof left, "%u; %s", (unsigned)got->about.left_outs, got->about.left_out);
    if (got->about.left_outs > 0)
        (void)add_header((char *)answer->body, &answer->head_len, "x-ocellus-left-out", left);
    answer->ref = got->body;
    answer->status = 200;
}

static void give_text(oc_http_answer_t *answer, oc_http_answers_t *answers, const char *text,
                      size_t len) {
    answer->body = oc_media_thread_allocate(len);
    if (!answer->body)
        return;
    memcpy(answer->body, text, len);
    answer->len = (uint32_t)len;
    atomic_fetch_add(&answers->body_bytes, answer->len);
}

static void give_change(oc_http_answer_t *answer, oc_http_answers_t *answers, int64_t changed_ms) {
    char text[256], at[OC_VOD_TIME_TEXT];
    oc_vod_time_write(changed_ms, at);
    int len =
        snprintf(text, sizeof text,
                 "{\"error\":{\"code\":\"STATE\",\"message\":\"the coding changes at %s: export "
                 "up to it, and from it on\",\"changed\":\"%s\"}}\n",
                 at, at);
    answer->type = "application/json";
    give_text(answer, answers, text, (size_t)len);
    answer->status = 409;
}

void oc_http_vod_answer(void *context, const oc_vod_answer_t *got) {
    oc_http_answers_t *answers = &((oc_http_t *)context)->config.live->answers;
    oc_http_answer_t answer = {.id = got->id, .status = 503};
    if (got->result == OC_OK && got->body.body) {
        give_export(&answer, got);
    } else if (got->result == OC_OK) {
        answer.type = "application/vnd.apple.mpegurl";
        give_text(&answer, answers, got->text, got->len);
        answer.status = answer.body ? 200 : 503;
    } else if (got->result == OC_ERR_STATE) {
        give_change(&answer, answers, got->about.changed_ms);
    } else if (got->result == OC_ERR_NOENT || got->result == OC_ERR_INVAL) {
        answer.status = 404;
    } else if (got->result == OC_ERR_TOO_BIG) {
        answer.status = 413;
    } else if (got->result != OC_ERR_BUSY) {
        oc_log(OC_LOG_WARN, "http", "span of recordings: %s", oc_err_text(got->result));
    }
    if (got->body.body && !answer.ref.body) {
        oc_body_ref_t body = got->body;
        oc_body_drop(&body);
    }
    answers->add(answers->context, &answer);
}

bool oc_http_vod_synced(void *context, const char *path, uint64_t *bytes) {
    const oc_http_t *http = context;
    return oc_file_thread_synced(oc_media_thread_files(http->config.media), path, bytes);
}

/* ---- requests, on the HTTP thread ---- */

static const char *read_times(const char *query, oc_vod_request_t *request) {
    char text[40];
    request->to_ms = INT64_MAX;
    if (!oc_http_rule_argument(query, "from", text, sizeof text) ||
        oc_vod_time_read(text, &request->from_ms) != OC_OK)
        return "from: needed is a time, as 2026-11-21T02:51:00Z or milliseconds since 1970";
    if (strstr(query, "to=") && (!oc_http_rule_argument(query, "to", text, sizeof text) ||
                                 oc_vod_time_read(text, &request->to_ms) != OC_OK))
        return "to: needed is a time, as 2026-11-21T02:51:00Z or milliseconds since 1970";
    int64_t end = request->to_ms < request->now_ms ? request->to_ms : request->now_ms;
    if (request->to_ms <= request->from_ms)
        return "to: needed is a time behind from";
    if (end - request->from_ms > (request->exports ? SPAN_MS : DAY_MS))
        return request->exports ? "the span is longer than 32 days"
                                : "the span is longer than a day";
    return NULL;
}

static const char *read_request(const oc_http_session_t *session, oc_vod_request_t *request) {
    char text[16];
    const char *rest = oc_http_rest(session), *end = strrchr(rest, '/');
    oc_clock_t clock;
    oc_posix_clock(&clock);
    request->now_ms = oc_clock_wall_us(&clock, oc_posix_now_us()) / 1000;
    request->exports = !end;
    size_t len = end ? (size_t)(end - rest) : strlen(rest) - (sizeof(".mp4") - 1);
    if (len >= sizeof request->channel)
        return "channel: too long";
    memcpy(request->channel, rest, len);
    if (oc_http_rule_argument(session->query, "format", text, sizeof text)) {
        if (strcmp(text, "plain") != 0 && strcmp(text, "fragmented") != 0)
            return "format: needed is fragmented or plain";
        request->format = text[0] == 'p' ? OC_EXPORT_PLAIN : OC_EXPORT_FRAGMENTED;
    }
    return read_times(session->query, request);
}

int oc_http_vod(oc_http_t *http, oc_http_session_t *session) {
    oc_vod_request_t request = {0};
    const char *why = read_request(session, &request);
    if (why)
        return oc_http_send_why(http, session, 400, why);
    request.id = oc_http_request_wait(http, session);
    if (!request.id || oc_vod_thread_request(http->vod, &request) != OC_OK)
        return oc_http_send_status(http, session, 503);
    oc_http_request_limit(session, WAIT_US);
    return 0;
}
