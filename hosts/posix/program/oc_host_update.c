#include "oc_host_update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_posix.h"

/* ---- for the service ---- */

static int change(void *context, const uint8_t *archive, size_t size, const oc_script_change_t *how,
                  char *why, size_t why_size) {
    const oc_host_update_t *host = context;
    return oc_script_change(host->script, archive, size, how, why, why_size);
}

static void stepped(void *context, bool good) {
    const oc_host_update_t *host = context;
    oc_script_stepped(host->script, good);
}

static void answer(void *context, uint32_t id, int status, const char *json, size_t len) {
    const oc_host_update_t *host = context;
    oc_http_answer_t got = {.id = id, .status = status, .type = "application/json"};
    got.body = oc_media_thread_allocate(len);
    if (got.body) {
        memcpy(got.body, json, len);
        got.len = (uint32_t)len;
        atomic_fetch_add(&host->answers->body_bytes, got.len);
    } else {
        got.status = 503;
    }
    host->answers->add(host->answers->context, &got);
}

/* An entry on its way to the event log. */
typedef struct entry {
    oc_event_kind_t kind;
    char text[400];
} entry_t;

/* Media thread. */
static void add_event(oc_media_thread_t *media, const oc_media_call_t *call) {
    entry_t *entry = call->data;
    oc_plane_event(oc_media_thread_plane(media), -1, entry->kind, call->result, "", entry->text,
                   oc_posix_now_us());
    free(entry);
}

static void event(void *context, oc_event_kind_t kind, int code, const char *text) {
    const oc_host_update_t *host = context;
    entry_t *entry = malloc(sizeof(*entry));
    if (!entry)
        return;
    entry->kind = kind;
    snprintf(entry->text, sizeof(entry->text), "%s", text);
    oc_media_call_t call = {.run = add_event, .data = entry, .result = code};
    if (oc_media_thread_post(host->media, &call) != OC_OK)
        free(entry);
}

/* A job behind those of the file thread. */
typedef struct barrier {
    void (*then)(void *job);
    void *job;
} barrier_t;

static int pass(oc_file_store_t *store, void *context) {
    barrier_t *barrier = context;
    barrier->then(barrier->job);
    free(barrier);
    return OC_OK;
}

/* Behind what scripts have asked of the file thread. When that takes no more, at once. */
static void written(void *context, void (*then)(void *job), void *job) {
    const oc_host_update_t *host = context;
    barrier_t *barrier = malloc(sizeof(*barrier));
    if (barrier)
        *barrier = (barrier_t){then, job};
    if (barrier &&
        oc_file_thread_request(oc_media_thread_files(host->media), pass, barrier) == OC_OK)
        return;
    free(barrier);
    then(job);
}

int oc_host_update_start(oc_host_update_t *host, oc_update_t *update) {
    return oc_update_start(update,
                           &(oc_update_host_t){.change = change,
                                               .stepped = stepped,
                                               .answer = answer,
                                               .event = event,
                                               .written = written,
                                               .mailbox = oc_media_thread_mailbox(host->media),
                                               .context = host});
}

/* ---- for the HTTP server ---- */

static const char *refuses(void *context, int *status) {
    return oc_update_refuses(context, status);
}

static void take_bundle(void *context, uint32_t id, uint8_t *bundle, size_t size) {
    oc_update_post(context, id, bundle, size, "api");
}

static void go_back(void *context, uint32_t id) {
    oc_update_back(context, id, "api");
}

static char *read_state(void *context, size_t *len) {
    return oc_update_read(context, len);
}

oc_http_update_t oc_host_update_http(oc_update_t *update) {
    return (oc_http_update_t){.refuses = refuses,
                              .post = take_bundle,
                              .back = go_back,
                              .read = read_state,
                              .context = update};
}
