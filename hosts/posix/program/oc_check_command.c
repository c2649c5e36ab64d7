#include "oc_check_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_file_commands.h"
#include "oc_http_check.h"

/* One command under way. */
typedef struct job {
    oc_mailbox_t *mailbox;
    oc_command_t command; /* without its parcel */
    oc_listen_config_t desired, running;
    bool listens;
    unsigned port;
    const char *path;
} job_t;

static int run(oc_file_store_t *store, void *context) {
    job_t *job = context;
    const oc_command_t *command = &job->command;
    oc_http_refusal_t refusal;
    char text[OC_HTTP_CHECK_WHY + 64]; /* KEY, line feed, LINE; a key is shorter than 64 */
    int len = 0;
    int result = oc_http_check(&job->desired, store->root, job->path,
                               job->listens ? &job->running : NULL, job->port, &refusal);
    if (result != OC_OK)
        len = snprintf(text, sizeof(text), "%.63s\n%s", refusal.at, refusal.why);
    oc_mailbox_reply_text(job->mailbox, command->request, command->generation, OC_OK,
                          result != OC_OK, 0, text, (size_t)len);
    free(job);
    return OC_OK;
}

bool oc_check_command_read(const oc_command_t *command, oc_listen_config_t *out) {
    return oc_listen_config_read(oc_span(command->parcel.data, command->parcel.len), out) == OC_OK;
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
