#define _GNU_SOURCE
#include "oc_file_commands.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_settings_file.h"
#include "oc_store.h"

/* arg[0] of STORE_WRITE. */
#define ASIDE  1
#define PERSON 2

/* One command under way. */
typedef struct job {
    oc_mailbox_t *mailbox;
    oc_command_t command; /* with its parcel */
} job_t;

/* A name, and the text behind it: NULL = none. */
typedef struct stored {
    char name[OC_STORE_NAME_MAX];
    const char *text; /* in the parcel */
    size_t len;
} stored_t;

static void reply(const job_t *job, int code, int value0, const char *text, size_t len) {
    oc_mailbox_reply_text(job->mailbox, job->command.request, job->command.generation, code, value0,
                          0, text, len);
}

void oc_file_commands_refuse(oc_mailbox_t *mailbox, const oc_command_t *command, int code,
                             const char *why) {
    oc_mailbox_reply_text(mailbox, command->request, command->generation, code, 0, 0, why,
                          strlen(why));
}

bool oc_file_commands_by_person(const oc_command_t *command) {
    static const char name[] = OC_SETTINGS_STORE "\n";
    const oc_parcel_t *parcel = &command->parcel;
    return command->kind == OC_COMMAND_STORE_WRITE && command->arg[0] == PERSON &&
           parcel->len >= sizeof(name) - 1 && memcmp(parcel->data, name, sizeof(name) - 1) == 0;
}

static void refuse(const job_t *job, int code, const char *why) {
    oc_file_commands_refuse(job->mailbox, &job->command, code, why);
}

/* Splits "name\ntext". False: malformed. */
static bool split(const job_t *job, stored_t *out) {
    const oc_parcel_t *parcel = &job->command.parcel;
    const char *data = (const char *)parcel->data;
    const char *line = parcel->len > 0 ? memchr(data, '\n', parcel->len) : NULL;
    size_t len = line ? (size_t)(line - data) : parcel->len;
    bool writes = job->command.kind == OC_COMMAND_STORE_WRITE && job->command.arg[0] != ASIDE;
    memset(out, 0, sizeof(*out));
    if (len == 0 || len >= sizeof(out->name) || (line != NULL) != writes)
        return false;
    memcpy(out->name, data, len);
    out->text = line ? line + 1 : NULL;
    out->len = line ? parcel->len - len - 1 : 0;
    return oc_store_name(out->name, len) && strlen(out->name) == len;
}

static bool is_deleted(int root) {
    struct stat about;
    return fstat(root, &about) != 0 || about.st_nlink == 0;
}

/* Who may log in: no JSON of ours, but a line each; goes into backups (ADR 96). */
#define USERS       "users"
#define USERS_PATH  "access/users"
#define USERS_BYTES 8191 /* OC_ACCESS_USERS_TEXT without NUL */

/* As oc_store_read. */
static char *read_users(int root, size_t *len, int *result) {
    char *text = malloc(USERS_BYTES + 1);
    int fd = text ? oc_beneath_open(root, USERS_PATH, O_RDONLY | O_NONBLOCK, 0) : OC_ERR_NOMEM;
    ssize_t got = fd >= 0 ? read(fd, text, USERS_BYTES) : 0;
    *result = fd < 0 ? fd : got < 0 ? OC_ERR_IO : OC_OK;
    *len = got > 0 ? (size_t)got : 0;
    if (fd >= 0)
        close(fd);
    if (*result == OC_OK) {
        text[*len] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

static int write_users(int root, const stored_t *stored) {
    if (stored->len > USERS_BYTES)
        return OC_ERR_TOO_BIG;
    int lock = oc_beneath_lock(root, "access");
    if (lock < 0)
        return lock;
    int result = oc_store_replace(root, USERS_PATH, stored->text, stored->len);
    close(lock);
    return result;
}

/* STORE_WRITE of anything but the users. */
static int write_store(const job_t *job, int root, const stored_t *stored) {
    bool settings = strcmp(stored->name, OC_SETTINGS_STORE) == 0;
    if (job->command.arg[0] == ASIDE)
        return settings ? oc_settings_set_aside(root) : oc_store_set_aside(root, stored->name);
    if (!settings)
        return oc_store_write(root, stored->name, stored->text, stored->len);
    return oc_settings_write(root, stored->text, stored->len,
                             job->command.arg[0] == PERSON ? OC_SETTINGS_BY_PERSON
                                                           : OC_SETTINGS_BY_PROGRAM);
}

static void read_or_write(const job_t *job, int root) {
    stored_t stored;
    char *text = NULL;
    size_t len = 0;
    int result = OC_OK;
    if (!split(job, &stored)) {
        refuse(job, OC_ERR_INVAL, "malformed request");
        return;
    }
    bool users = strcmp(stored.name, USERS) == 0,
         reads = job->command.kind == OC_COMMAND_STORE_READ;
    if (users && job->command.arg[0] == ASIDE)
        result = OC_ERR_INVAL;
    else if (users && reads)
        text = read_users(root, &len, &result);
    else if (users)
        result = write_users(root, &stored);
    else if (reads)
        text = oc_store_read(root, stored.name, &len, &result);
    else
        result = write_store(job, root, &stored);
    /* What is there but no text is given as an empty one: the script sets it aside. */
    bool unfit = job->command.kind == OC_COMMAND_STORE_READ &&
                 (result == OC_ERR_FORMAT || result == OC_ERR_TOO_BIG);
    if (result == OC_OK || unfit)
        reply(job, OC_OK, 0, text, unfit ? 0 : len);
    else if (result == OC_ERR_NOENT && is_deleted(root)) /* not "nothing is kept" */
        refuse(job, OC_ERR_IO, "the data directory is missing");
    else
        refuse(job, result, oc_err_text(result));
    free(text);
}

static int run(oc_file_store_t *store, void *context) {
    job_t *job = context;
    read_or_write(job, store->root);
    oc_mailbox_parcel_free(job->mailbox, &job->command.parcel);
    free(job);
    return OC_OK;
}

void oc_file_commands_take(oc_file_thread_t *files, oc_mailbox_t *mailbox,
                           const oc_command_t *command) {
    job_t *job = malloc(sizeof(*job));
    oc_parcel_t parcel = command->parcel;
    if (job) {
        *job = (job_t){mailbox, *command};
        if (oc_file_thread_request(files, run, job) == OC_OK)
            return;
    }
    oc_file_commands_refuse(mailbox, command, OC_ERR_BUSY, "the disk is too slow");
    oc_mailbox_parcel_free(mailbox, &parcel);
    free(job);
}
