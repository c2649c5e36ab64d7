/* oc_vod_thread - playlists and exports of spans, made by a thread of its own: they wait for the
 * disk. The bytes of an export are read by whoever sends them. */
#ifndef OC_VOD_THREAD_H
#define OC_VOD_THREAD_H

#include "oc_export_file.h"

#define OC_VOD_JOBS     16         /* at a time; more: OC_ERR_BUSY */
#define OC_VOD_LIST_MAX (8u << 20) /* bytes of a playlist: about two days */
#define OC_VOD_PREFIX   "../../recordings/"

typedef struct oc_vod_request {
    uint32_t id; /* comes back in the answer */
    char channel[64];
    int64_t from_ms, to_ms; /* UTC; to_ms INT64_MAX: all there is, and what comes */
    int64_t now_ms;         /* UTC */
    bool exports;           /* one MP4; else a playlist */
    oc_export_format_t format;
} oc_vod_request_t;

typedef struct oc_vod_answer {
    uint32_t id;
    int result;       /* OC_OK | OC_ERR_NOENT nothing there | OC_ERR_STATE | OC_ERR_* */
    const char *text; /* a playlist: borrowed until return */
    size_t len;
    oc_body_ref_t body; /* an export: owned by callee */
    oc_export_about_t about;
} oc_vod_answer_t;

typedef struct oc_vod_thread oc_vod_thread_t; /* opaque */

/* place: copied, borrowed what is in it. answer: on the thread, once for each request
 * that was taken. The thread begins with the first request. NULL: no memory. */
oc_vod_thread_t *oc_vod_thread_create(const oc_vod_place_t *place, const oc_vod_synced_t *synced,
                                      void (*answer)(void *context, const oc_vod_answer_t *answer),
                                      void *context);
/* Requests that wait get no answer. until_us: of oc_pulse. True: freed, NULL is allowed; false: the
 * disk hangs, and nothing it uses may be freed. */
bool oc_vod_thread_stop(oc_vod_thread_t *thread, int64_t until_us);

/* One thread. request: copied. OC_OK | OC_ERR_BUSY | OC_ERR_NOMEM: no answer comes. */
int oc_vod_thread_request(oc_vod_thread_t *thread, const oc_vod_request_t *request);
/* Nobody waits for the answer any more: it comes soon, with an error or without. The same thread.
 */
void oc_vod_thread_cancel(oc_vod_thread_t *thread, uint32_t id);

#endif
