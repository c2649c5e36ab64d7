#include "oc_vod_thread.h"

#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_vod_list.h"
#include "oc_worker.h"

#define STACK_BYTES (256 * 1024)
#define LIVE_MS     10000 /* after the last recording ended another may follow it */

typedef struct job {
    oc_vod_request_t request;
    atomic_bool used, gone; /* used: its thread has not answered yet */
} job_t;

struct oc_vod_thread {
    oc_vod_place_t place;
    oc_vod_synced_t synced;
    void (*answer)(void *context, const oc_vod_answer_t *answer);
    void *context;
    oc_key_cache_t *keys; /* of the thread */
    oc_worker_t *worker;
    job_t job[OC_VOD_JOBS];
};

/* ---- the thread ---- */

typedef struct text {
    char *data;
    size_t len, size;
} text_t;

static int add_text(void *context, const char *bytes, size_t len) {
    text_t *text = context;
    if (text->len + len > OC_VOD_LIST_MAX)
        return OC_ERR_TOO_BIG;
    if (text->len + len > text->size) {
        size_t size = text->size ? text->size * 2 : 16384;
        char *grown = realloc(text->data, size);
        if (!grown)
            return OC_ERR_NOMEM;
        text->data = grown;
        text->size = size;
    }
    memcpy(text->data + text->len, bytes, len);
    text->len += len;
    return OC_OK;
}

/* A list of all from an instant on goes on while something is recorded. */
static bool is_live(const oc_vod_folder_t *folder, const oc_vod_request_t *request) {
    uint32_t count = folder->span.count;
    return request->to_ms == INT64_MAX && count > 0 &&
           (folder->grows || folder->entry[count - 1].end_ms > request->now_ms - LIVE_MS);
}

static void make_list(oc_vod_thread_t *thread, const job_t *job, oc_vod_answer_t *answer) {
    const oc_vod_request_t *request = &job->request;
    oc_vod_folder_t folder;
    text_t text = {0};
    oc_vod_file_t *scratch = calloc(1, sizeof(*scratch));
    answer->result =
        scratch ? oc_vod_folder_open(&folder, &thread->place, request->channel, request->from_ms,
                                     request->to_ms, &thread->synced, thread->keys)
                : OC_ERR_NOMEM;
    if (answer->result == OC_OK) {
        folder.gone = &job->gone;
        const oc_vod_list_config_t config = {.from_ms = request->from_ms,
                                             .to_ms = request->to_ms,
                                             .live = is_live(&folder, request),
                                             .prefix = OC_VOD_PREFIX};
        answer->result =
            oc_vod_list_write(&config, &folder.span, scratch, &(oc_vod_text_t){add_text, &text});
        oc_vod_folder_close(&folder);
    }
    answer->text = text.data;
    answer->len = text.len;
    thread->answer(thread->context, answer);
    free(text.data);
    free(scratch);
}

static void make_export(oc_vod_thread_t *thread, const job_t *job, oc_vod_answer_t *answer) {
    const oc_vod_request_t *request = &job->request;
    const oc_export_request_t expected = {.place = thread->place,
                                          .channel = request->channel,
                                          .from_ms = request->from_ms,
                                          .to_ms = request->to_ms,
                                          .format = request->format,
                                          .synced = thread->synced,
                                          .keys = thread->keys,
                                          .gone = &job->gone};
    answer->result = oc_export_file_open(&expected, &answer->body, &answer->about);
    thread->answer(thread->context, answer);
}

static void run(void *context, void *data) {
    oc_vod_thread_t *thread = context;
    job_t *job = data;
    oc_vod_answer_t answer = {.id = job->request.id};
    if (job->request.exports)
        make_export(thread, job, &answer);
    else
        make_list(thread, job, &answer);
    atomic_store(&job->used, false);
}

/* ---- who asks ---- */

oc_vod_thread_t *oc_vod_thread_create(const oc_vod_place_t *place, const oc_vod_synced_t *synced,
                                      void (*answer)(void *context, const oc_vod_answer_t *answer),
                                      void *context) {
    oc_vod_thread_t *thread = calloc(1, sizeof(*thread));
    if (!thread)
        return NULL;
    thread->place = *place;
    thread->synced = *synced;
    thread->answer = answer;
    thread->context = context;
    thread->keys = oc_key_cache_create(place->root);
    const oc_worker_config_t config = {.name = "vod",
                                       .stack_bytes = STACK_BYTES,
                                       .nice = 5,
                                       .jobs = OC_VOD_JOBS + 1, /* one was just done */
                                       .run = run,
                                       .context = thread};
    if (thread->keys && oc_worker_start(&thread->worker, &config) == OC_OK)
        return thread;
    oc_key_cache_free(thread->keys);
    free(thread);
    return NULL;
}

bool oc_vod_thread_stop(oc_vod_thread_t *thread, int64_t until_us) {
    if (!thread)
        return true;
    for (unsigned i = 0; i < OC_VOD_JOBS; i++)
        atomic_store(&thread->job[i].gone, true);
    if (!oc_worker_stop(thread->worker, false, until_us, NULL))
        return false;
    oc_key_cache_free(thread->keys);
    free(thread);
    return true;
}

int oc_vod_thread_request(oc_vod_thread_t *thread, const oc_vod_request_t *request) {
    for (unsigned i = 0; i < OC_VOD_JOBS; i++) {
        job_t *job = &thread->job[i];
        if (atomic_load(&job->used))
            continue;
        job->request = *request;
        atomic_store(&job->gone, false);
        atomic_store(&job->used, true);
        int rc = oc_worker_post(thread->worker, job);
        if (rc != OC_OK)
            atomic_store(&job->used, false);
        return rc;
    }
    return OC_ERR_BUSY;
}

void oc_vod_thread_cancel(oc_vod_thread_t *thread, uint32_t id) {
    for (unsigned i = 0; i < OC_VOD_JOBS; i++)
        if (atomic_load(&thread->job[i].used) && thread->job[i].request.id == id)
            atomic_store(&thread->job[i].gone, true);
}
