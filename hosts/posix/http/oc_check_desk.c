#include "oc_check_desk.h"

#include <stdlib.h>
#include <string.h>

#include "oc_command_reply.h"
#include "oc_err.h"
#include "oc_http_check.h"
#include "oc_json.h"

/* One command under way. */
typedef struct job {
    oc_command_t command;
    oc_listen_config_t wanted, running;
    bool listens;
    unsigned port;
    const char *path;
    oc_http_refusal_t refusal;
} job_t;

static int run(oc_file_store_t *store, void *context) {
    job_t *job = context;
    return oc_http_check(&job->wanted, store->root, job->path, job->listens ? &job->running : NULL,
                         job->port, &job->refusal);
}

static void finish(oc_media_thread_t *media, void *context, int result) {
    job_t *job = context;
    char text[OC_HTTP_CHECK_WHY * 2];
    oc_json_t json = oc_json(text, sizeof(text));
    if (result != OC_OK) {
        oc_json_begin_object(&json);
        oc_json_key(&json, "at");
        oc_json_string(&json, job->refusal.at);
        oc_json_key(&json, "why");
        oc_json_string(&json, job->refusal.why);
        oc_json_end_object(&json);
    }
    if (json.bad)
        oc_command_refuse(media, &job->command, OC_ERR_TOO_BIG, "the reason is too long");
    else
        oc_command_reply(media, &job->command, OC_OK, result != OC_OK, 0, text, json.len);
    free(job);
}

void oc_check_desk_take(oc_media_thread_t *media, const oc_command_t *command,
                        const oc_listen_config_t *running, unsigned port, const char *path) {
    job_t *job = command->parcel.len == sizeof(job->wanted) ? calloc(1, sizeof(*job)) : NULL;
    if (job)
        memcpy(&job->wanted, command->parcel.data, sizeof(job->wanted));
    if (!job || !oc_listen_config_ends(&job->wanted) || job->wanted.port > UINT16_MAX) {
        free(job);
        oc_command_refuse(media, command, OC_ERR_INVAL, "malformed request");
        return;
    }
    job->command = *command;
    job->command.parcel = (oc_parcel_t){0};
    job->listens = running != NULL;
    if (running)
        job->running = *running;
    job->port = port;
    job->path = path;
    int result = oc_media_thread_work(media, run, finish, job);
    if (result != OC_OK) {
        oc_command_refuse(media, command, result, "the disk does not keep up");
        free(job);
    }
}
