#include "oc_list_desk.h"

#include <stdlib.h>
#include <string.h>

#include "oc_command_reply.h"
#include "oc_err.h"
#include "oc_listing.h"

/* A listing under way, with whom to answer. */
typedef struct list_job {
    oc_command_t command;
    oc_listing_t listing;
} list_job_t;

static int run_list(oc_file_store_t *store, void *context) {
    list_job_t *job = context;
    return oc_listing_run(&job->listing, store->root);
}

static void finish_list(oc_media_thread_t *media, void *context, int result) {
    list_job_t *job = context;
    if (result == OC_OK)
        oc_command_reply(media, &job->command, OC_OK, job->listing.more, 0, job->listing.text,
                         job->listing.len);
    else
        oc_command_refuse(media, &job->command, result, oc_err_text(result));
    free(job);
}

void oc_list_desk_take(oc_media_thread_t *media, const oc_command_t *command) {
    list_job_t *job = command->parcel.len == sizeof(oc_list_config_t) ? malloc(sizeof(*job)) : NULL;
    if (!job) {
        oc_command_refuse(media, command, OC_ERR_INVAL, "malformed request");
        return;
    }
    job->command = *command;
    job->command.parcel = (oc_parcel_t){0};
    oc_list_config_t *query = &job->listing.query;
    memcpy(query, command->parcel.data, sizeof(*query));
    query->channel[sizeof(query->channel) - 1] = '\0';
    query->name[sizeof(query->name) - 1] = '\0';
    query->after[sizeof(query->after) - 1] = '\0';
    int result = oc_media_thread_work(media, run_list, finish_list, job);
    if (result != OC_OK) {
        oc_command_refuse(media, command, result, "the disk does not keep up");
        free(job);
    }
}
