#include "oc_key_thread.h"

#include <stdlib.h>

#include "oc_err.h"
#include "oc_json.h"
#include "oc_key_cache.h"
#include "oc_worker.h"

#define JOBS        32
#define STACK_BYTES (128 * 1024)
#define KEY_TEXT    44 /* bytes of one key frame: two numbers of 19 digits, brackets and commas */
#define HEAD_TEXT   160

struct oc_key_thread {
    void (*answer)(void *context, uint32_t id, int result, const char *text, size_t len);
    void *context;
    oc_key_cache_t *cache; /* of the thread */
    oc_worker_t *worker;
};

static size_t write_json(const oc_key_read_t *read, const oc_key_request_t *request, char *out,
                         size_t size) {
    oc_json_t json = oc_json(out, size);
    oc_span_t rest = oc_key_table_encoded(&read->table);
    oc_key_t key = {0}, first;
    if (oc_key_find(rest, request->from_ms, &first) != OC_OK)
        rest.len = 0;
    oc_json_begin_object(&json);
    oc_json_member_int(&json, "init", (int64_t)read->init_bytes);
    oc_json_member_bool(&json, "open", request->synced != UINT64_MAX);
    oc_json_member_int(&json, "bytes", (int64_t)read->read_bytes);
    oc_json_member_int(&json, "durationMs", read->end_ms);
    oc_json_key(&json, "keys");
    oc_json_begin_array(&json);
    while (oc_key_next(&rest, &key) == OC_OK) {
        if (key.offset < first.offset)
            continue;
        oc_json_begin_array(&json);
        oc_json_int(&json, (int64_t)key.ms);
        oc_json_int(&json, (int64_t)key.offset);
        oc_json_end_array(&json);
    }
    oc_json_end_array(&json);
    oc_json_end_object(&json);
    return json.bad ? 0 : json.len;
}

static void run(void *context, void *data) {
    oc_key_thread_t *thread = context;
    oc_key_request_t *request = data;
    const oc_key_read_t *read;
    char *text = NULL;
    size_t len = 0;
    int result = oc_key_cache_get(thread->cache, request->path, request->synced, &read);
    if (result == OC_OK) {
        size_t size = HEAD_TEXT + (size_t)read->table.count * KEY_TEXT;
        text = malloc(size);
        len = text ? write_json(read, request, text, size) : 0;
        result = len > 0 ? OC_OK : OC_ERR_NOMEM;
    }
    thread->answer(thread->context, request->id, result, text, len);
    free(text);
    free(request);
}

oc_key_thread_t *oc_key_thread_create(int root,
                                      void (*answer)(void *context, uint32_t id, int result,
                                                     const char *text, size_t len),
                                      void *context) {
    oc_key_thread_t *thread = calloc(1, sizeof(*thread));
    if (!thread)
        return NULL;
    *thread =
        (oc_key_thread_t){.answer = answer, .context = context, .cache = oc_key_cache_create(root)};
    const oc_worker_config_t config = {.name = "keys",
                                       .stack_bytes = STACK_BYTES,
                                       .nice = 5,
                                       .jobs = JOBS,
                                       .run = run,
                                       .context = thread};
    if (thread->cache && oc_worker_start(&thread->worker, &config) == OC_OK)
        return thread;
    oc_key_cache_free(thread->cache);
    free(thread);
    return NULL;
}

static void forget(void *context, void *job) {
    free(job);
}

bool oc_key_thread_stop(oc_key_thread_t *thread, int64_t until_us) {
    if (!thread)
        return true;
    if (!oc_worker_stop(thread->worker, false, until_us, forget))
        return false;
    oc_key_cache_free(thread->cache);
    free(thread);
    return true;
}

int oc_key_thread_read(oc_key_thread_t *thread, const oc_key_request_t *request) {
    oc_key_request_t *job = malloc(sizeof(*job));
    if (!job)
        return OC_ERR_NOMEM;
    *job = *request;
    int result = oc_worker_post(thread->worker, job);
    if (result != OC_OK)
        free(job);
    return result;
}
