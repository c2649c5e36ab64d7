#include "oc_thumbs.h"

#include <stdlib.h>

#include "oc_err.h"
#include "oc_look_link.h"
#include "oc_log.h"
#include "oc_vod_frame.h"
#include "oc_vod_time.h"
#include "oc_worker.h"

#define NICE      10
#define STACK     (256 * 1024)
#define MAX_AGE_S 3600 /* of a picture that stays what it is */

struct oc_thumbs {
    oc_vod_place_t place;
    oc_http_answers_t *answers;
    oc_file_thread_t *files;
    oc_key_cache_t *keys;
    oc_worker_t *worker;
    oc_look_link_t link; /* of the thread */
};

static bool synced(void *context, const char *path, uint64_t *bytes) {
    const oc_thumbs_t *thumbs = context;
    return oc_file_thread_synced(thumbs->files, path, bytes);
}

static void answer(const oc_thumbs_t *thumbs, uint32_t id, const oc_vod_frame_t *frame,
                   const uint8_t *jpeg, uint32_t len) {
    oc_http_answer_t to = {.id = id, .status = 503, .type = "image/jpeg"};
    to.body = oc_media_thread_allocate(len);
    if (to.body) {
        memcpy(to.body, jpeg, len);
        to.len = len;
        to.status = 200;
        to.max_age_s = frame->settled ? MAX_AGE_S : 0;
        atomic_fetch_add(&thumbs->answers->body_bytes, len);
    }
    thumbs->answers->add(thumbs->answers->context, &to);
}

static void refuse(const oc_thumbs_t *thumbs, uint32_t id, int status, const char *why) {
    oc_http_answer_line(thumbs->answers, id, status, why);
}

/* A frame of Motion JPEG is a picture already; it is sent as it is where it cannot be made smaller.
 */
static void make(oc_thumbs_t *thumbs, uint32_t id, const oc_vod_frame_t *frame) {
    oc_look_request_t request = {.codec = frame->track.codec,
                                 .wants = OC_LOOK_JPEG,
                                 .fresh = 1,
                                 .config_bytes = frame->track.config_len,
                                 .bytes = frame->bytes,
                                 .width = OC_THUMBS_WIDTH};
    oc_look_answer_t got;
    char why[OC_LOOK_LINK_WHY] = "";
    int rc = oc_look_link_do(&thumbs->link, &request, frame->track.config, frame->data, &got, why);
    if (rc == OC_OK)
        answer(thumbs, id, frame, oc_look_link_bytes(&thumbs->link), got.bytes);
    else if (frame->track.codec == OC_CODEC_MJPEG)
        answer(thumbs, id, frame, frame->data, frame->bytes);
    else if (rc == OC_ERR_NOTSUP)
        refuse(thumbs, id, 501, why[0] ? why : "no ocellus-ffmpeg that can make pictures");
    else if (rc == OC_ERR_FORMAT || rc == OC_ERR_TOO_BIG || rc == OC_AGAIN)
        refuse(thumbs, id, 404, "the picture there cannot be decoded");
    else
        refuse(thumbs, id, 503, why[0] ? why : "the decoder ended; try again");
}

static void look_up(oc_thumbs_t *thumbs, const oc_http_request_t *req) {
    const oc_vod_synced_t known = {synced, thumbs};
    char at[40], channel[OC_CHANNEL_NAME_MAX];
    size_t len = strlen(req->path);
    oc_vod_frame_t frame;
    int64_t at_ms;
    if (!oc_http_rule_argument(req->query, "at", at, sizeof(at)) ||
        oc_vod_time_read(at, &at_ms) != OC_OK) {
        refuse(thumbs, req->id, 400,
               "at: needed is a time, as 2026-11-21T02:51:00Z or milliseconds since 1970");
        return;
    }
    int rc = OC_ERR_NOENT;
    if (thumbs->place.root >= 0 && len > 4 && len - 4 < sizeof(channel)) {
        memcpy(channel, req->path, len - 4);
        channel[len - 4] = '\0';
        rc = oc_vod_frame_read(&thumbs->place, channel, at_ms, &known, thumbs->keys, &frame);
    }
    if (rc == OC_OK) {
        make(thumbs, req->id, &frame);
        free(frame.data);
    } else if (rc == OC_ERR_NOENT || rc == OC_ERR_INVAL || rc == OC_ERR_FORMAT) {
        refuse(thumbs, req->id, 404, "nothing was recorded there");
    } else {
        oc_log(OC_LOG_WARN, "pictures", "picture of %s at %s: %s", channel, at, oc_err_text(rc));
        refuse(thumbs, req->id, 503, oc_err_text(rc));
    }
}

static void run(void *context, void *job) {
    look_up(context, job);
    free(job);
}

int oc_thumbs_start(oc_thumbs_t **out, const oc_vod_place_t *place, oc_http_answers_t *answers,
                    oc_file_thread_t *files) {
    oc_thumbs_t *thumbs = calloc(1, sizeof(*thumbs));
    if (!thumbs)
        return OC_ERR_NOMEM;
    const oc_worker_config_t worker = {.name = "thumbs",
                                       .stack_bytes = STACK,
                                       .nice = NICE,
                                       .jobs = OC_THUMBS_JOBS,
                                       .run = run,
                                       .context = thumbs};
    thumbs->place = *place;
    thumbs->answers = answers;
    thumbs->files = files;
    thumbs->keys = oc_key_cache_create(place->root);
    if (!thumbs->keys || oc_worker_start(&thumbs->worker, &worker) != OC_OK) {
        oc_key_cache_free(thumbs->keys);
        free(thumbs);
        return OC_ERR_NOMEM;
    }
    *out = thumbs;
    return OC_OK;
}

static void forget(void *context, void *job) {
    free(job);
}

bool oc_thumbs_stop(oc_thumbs_t *thumbs, int64_t until_us) {
    if (!thumbs)
        return true;
    if (!oc_worker_stop(thumbs->worker, false, until_us, forget))
        return false;
    oc_look_link_close(&thumbs->link);
    oc_key_cache_free(thumbs->keys);
    free(thumbs);
    return true;
}

bool oc_thumbs_request(oc_thumbs_t *thumbs, oc_http_request_t *req) {
    return oc_worker_post(thumbs->worker, req) == OC_OK;
}
