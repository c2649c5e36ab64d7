#define _GNU_SOURCE
#include "oc_store_desk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "oc_command_reply.h"
#include "oc_store.h"

/* One command under way. */
typedef struct job {
    oc_command_t command;
    char name[OC_STORE_NAME_MAX];
    char *text; /* to write, or as read; malloc */
    size_t len;
    bool gone; /* the data directory was deleted */
} job_t;

/* The data directory was deleted. */
static bool is_gone(int root) {
    struct stat about;
    return fstat(root, &about) != 0 || about.st_nlink == 0;
}

static int run(oc_file_store_t *store, void *context) {
    job_t *job = context;
    int result = OC_OK;
    if (job->command.kind == OC_COMMAND_STORE_READ)
        job->text = oc_store_read(store->root, job->name, &job->len, &result);
    else if (job->command.arg[0] == 1)
        result = oc_store_set_aside(store->root, job->name);
    else
        result = oc_store_write(store->root, job->name, job->text, job->len);
    /* Not "nothing is kept", nor "no such thing" of HTTP. */
    job->gone = result == OC_ERR_NOENT && is_gone(store->root);
    return job->gone ? OC_ERR_IO : result;
}

static void finish(oc_media_thread_t *media, void *context, int result) {
    job_t *job = context;
    bool read = job->command.kind == OC_COMMAND_STORE_READ;
    /* What is there but no text is given as an empty one: the script sets it aside. */
    bool unfit = read && (result == OC_ERR_FORMAT || result == OC_ERR_TOO_BIG);
    if (result == OC_OK || unfit)
        oc_command_reply(media, &job->command, OC_OK, 0, 0, job->text,
                         read && !unfit ? job->len : 0);
    else
        oc_command_refuse(media, &job->command, result,
                          job->gone ? "the data directory is not there" : oc_err_text(result));
    free(job->text);
    free(job);
}

/* Splits "name\ntext". False: malformed, or no memory. */
static bool fill(job_t *job, const oc_parcel_t *parcel) {
    const char *data = (const char *)parcel->data;
    const char *line = parcel->len > 0 ? memchr(data, '\n', parcel->len) : NULL;
    size_t len = line ? (size_t)(line - data) : parcel->len;
    bool writes = job->command.kind == OC_COMMAND_STORE_WRITE && job->command.arg[0] == 0;
    if (len == 0 || len >= sizeof(job->name) || (line != NULL) != writes)
        return false;
    memcpy(job->name, data, len);
    if (!oc_store_name(job->name, len) || strlen(job->name) != len)
        return false;
    if (!writes)
        return true;
    job->len = parcel->len - len - 1;
    job->text = malloc(job->len + 1);
    if (job->text)
        memcpy(job->text, line + 1, job->len);
    return job->text != NULL;
}

void oc_store_desk_take(oc_media_thread_t *media, const oc_command_t *command) {
    job_t *job = calloc(1, sizeof(*job));
    if (job) {
        job->command = *command;
        job->command.parcel = (oc_parcel_t){0};
    }
    if (!job || !fill(job, &command->parcel)) {
        oc_command_refuse(media, command, OC_ERR_INVAL, "malformed request");
    } else {
        int result = oc_media_thread_work(media, run, finish, job);
        if (result == OC_OK)
            return;
        oc_command_refuse(media, command, result, "the disk does not keep up");
    }
    if (job)
        free(job->text);
    free(job);
}
