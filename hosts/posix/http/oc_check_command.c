#include "oc_check_command.h"

#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_file_commands.h"
#include "oc_http_check.h"
#include "oc_json.h"

/* One command under way. */
typedef struct job {
    oc_mailbox_t *mailbox;
    oc_command_t command; /* without its parcel */
    oc_listen_config_t desired, running;
    bool listens;
    unsigned port;
    const char *path;
} job_t;

/* {"at":KEY,"why":LINE}; its length, 0: it does not fit. */
static size_t write_refusal(const oc_http_refusal_t *refusal, char *out, size_t size) {
    oc_json_t json = oc_json(out, size);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "at", refusal->at);
    oc_json_member_string(&json, "why", refusal->why);
    oc_json_end_object(&json);
    return json.bad ? 0 : json.len;
}

static int run(oc_file_store_t *store, void *context) {
    job_t *job = context;
    const oc_command_t *command = &job->command;
    oc_http_refusal_t refusal;
    char text[OC_HTTP_CHECK_WHY * 2];
    size_t len = 0;
    int result = oc_http_check(&job->desired, store->root, job->path,
                               job->listens ? &job->running : NULL, job->port, &refusal);
    if (result != OC_OK)
        len = write_refusal(&refusal, text, sizeof(text));
    if (result != OC_OK && len == 0)
        oc_file_commands_refuse(job->mailbox, command, OC_ERR_TOO_BIG, "the reason is too long");
    else
        oc_mailbox_reply_text(job->mailbox, command->request, command->generation, OC_OK,
                              result != OC_OK, 0, text, len);
    free(job);
    return OC_OK;
}

/* Every text ends. */
bool oc_check_command_read(const oc_command_t *command, oc_listen_config_t *out) {
    if (command->parcel.len != sizeof(*out))
        return false;
    memcpy(out, command->parcel.data, sizeof(*out));
    return oc_listen_config_ends(out);
}

void oc_check_command_take(oc_file_thread_t *files, oc_mailbox_t *mailbox,
                           const oc_command_t *command, const oc_listen_config_t *running,
                           unsigned port, const char *path) {
    job_t *job = calloc(1, sizeof(*job));
    oc_parcel_t parcel = command->parcel;
    if (!job || !oc_check_command_read(command, &job->desired) || job->desired.port > 65535) {
        oc_file_commands_refuse(mailbox, command, OC_ERR_INVAL, "malformed request");
        free(job);
    } else {
        job->mailbox = mailbox;
        job->command = *command;
        job->command.parcel = (oc_parcel_t){0};
        job->listens = running != NULL;
        if (running)
            job->running = *running;
        job->port = port;
        job->path = path;
        if (oc_file_thread_request(files, run, job) != OC_OK) {
            oc_file_commands_refuse(mailbox, command, OC_ERR_BUSY, "the disk is too slow");
            free(job);
        }
    }
    oc_mailbox_parcel_free(mailbox, &parcel);
}
