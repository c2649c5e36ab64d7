#include "oc_index_commands.h"

#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_index_query.h"
#include "oc_replies.h"

/* One command under way, and the records that answer it. */
typedef struct job {
    oc_index_t *index;
    oc_mailbox_t *mailbox;
    oc_command_t command; /* with its parcel */
    uint32_t len;
    char text[OC_PAGE_BYTES];
} job_t;

static void reply(const job_t *job, int code, int value0, const char *text, size_t len) {
    oc_mailbox_reply_text(job->mailbox, job->command.request, job->command.generation, code, value0,
                          0, text, len);
}

static void refuse(const job_t *job, int code, const char *why) {
    reply(job, code, 0, why, strlen(why));
}

static oc_span_t parcel_of(const job_t *job) {
    return oc_span(job->command.parcel.data, job->command.parcel.len);
}

/* A line of so many bytes was written behind the others. False: it did not fit. */
static bool added(job_t *job, size_t bytes) {
    job->len += (uint32_t)bytes;
    return bytes > 0;
}

/* Where the next line goes, and how much room there is. */
#define NEXT(job) (job)->text + (job)->len, sizeof((job)->text) - (job)->len

static bool add_file(void *context, const oc_index_file_t *file) {
    job_t *job = context;
    const oc_recording_line_t line = {.path = file->path,
                                      .bytes = (int64_t)file->bytes,
                                      .duration_ms = file->duration_ms,
                                      .protected = file->is_protected};
    return added(job, oc_recording_line_write(&line, NEXT(job)));
}

static void list(job_t *job, oc_index_db_t *db) {
    oc_list_config_t query;
    bool more;
    if (oc_list_config_read(parcel_of(job), &query) != OC_OK) {
        refuse(job, OC_ERR_INVAL, "malformed request");
        return;
    }
    int result = oc_index_list(db, &query, add_file, job, &more);
    if (result == OC_OK)
        reply(job, OC_OK, more, job->text, job->len);
    else
        refuse(job, result, oc_err_text(result));
}

static bool add_piece(void *context, const oc_index_piece_t *piece) {
    job_t *job = context;
    const oc_recorded_span_t line = {
        .start_ms = piece->start_ms, .end_ms = piece->end_ms, .bytes = (int64_t)piece->bytes};
    return added(job, oc_recorded_span_write(&line, NEXT(job)));
}

static void spans(job_t *job, oc_index_db_t *db) {
    oc_span_query_t query;
    bool more;
    if (oc_span_query_read(parcel_of(job), &query) != OC_OK) {
        refuse(job, OC_ERR_INVAL, "malformed request");
        return;
    }
    int result = oc_index_spans(db, &query, add_piece, job, &more);
    if (result == OC_OK)
        reply(job, OC_OK, more, job->text, job->len);
    else
        refuse(job, result, oc_err_text(result));
}

static void delete_file(job_t *job) {
    char path[OC_FILE_PATH_MAX];
    int len = (int)job->command.parcel.len;
    if (len <= 0 || (size_t)len >= sizeof(path)) {
        refuse(job, OC_ERR_INVAL, "malformed request");
        return;
    }
    memcpy(path, job->command.parcel.data, (size_t)len);
    path[len] = '\0';
    int result = oc_index_delete(job->index, path);
    const char *why = result == OC_ERR_BUSY    ? "it is written just now: stop it first"
                      : result == OC_ERR_STATE ? "an event protects it: take that away first"
                                               : oc_err_text(result);
    if (result == OC_OK)
        reply(job, OC_OK, 0, NULL, 0);
    else
        refuse(job, result == OC_ERR_BUSY ? OC_ERR_STATE : result, why);
}

static void retention(job_t *job) {
    oc_retention_config_t config;
    if (oc_retention_config_read(parcel_of(job), &config) != OC_OK) {
        refuse(job, OC_ERR_INVAL, "malformed request");
        return;
    }
    oc_index_keep(job->index, &config);
    reply(job, OC_OK, 0, NULL, 0);
}

static void storage(job_t *job, oc_index_db_t *db) {
    const oc_index_retain_t *retain = oc_index_retention(job->index);
    oc_index_totals_t totals;
    int result = oc_index_totals(db, &totals);
    if (result != OC_OK) {
        refuse(job, result, oc_err_text(result));
        return;
    }
    const oc_storage_head_t head = {.bytes = (int64_t)totals.bytes,
                                    .free = (int64_t)retain->free_bytes,
                                    .total = (int64_t)retain->total_bytes,
                                    .oldest_ms = totals.oldest_ms ? totals.oldest_ms : -1,
                                    .blocked = retain->blocked,
                                    .deleted_files = (int64_t)totals.deleted_files,
                                    .deleted_bytes = (int64_t)totals.deleted_bytes};
    (void)added(job, oc_storage_head_write(&head, NEXT(job)));
    sqlite3_stmt *rows = oc_index_db_statement(
        db, "SELECT path, bytes, at_ms, why FROM deleted ORDER BY id DESC LIMIT 20");
    while (oc_index_db_step(db, rows) == OC_OK) {
        const oc_deleted_file_t line = {.path = (const char *)sqlite3_column_text(rows, 0),
                                        .bytes = sqlite3_column_int64(rows, 1),
                                        .at_ms = sqlite3_column_int64(rows, 2),
                                        .why = (const char *)sqlite3_column_text(rows, 3)};
        (void)added(job, oc_deleted_file_write(&line, NEXT(job)));
    }
    reply(job, OC_OK, (int)totals.files, job->text, job->len);
}

static void run(oc_index_db_t *db, void *context) {
    job_t *job = context;
    switch (job->command.kind) {
    case OC_COMMAND_RECORDINGS_LIST:
        list(job, db);
        break;
    case OC_COMMAND_SPANS_LIST:
        spans(job, db);
        break;
    case OC_COMMAND_RECORDING_DELETE:
        delete_file(job);
        break;
    case OC_COMMAND_RETENTION:
        retention(job);
        break;
    default:
        storage(job, db);
    }
    oc_mailbox_parcel_free(job->mailbox, &job->command.parcel);
    free(job);
}

static bool is_ours(const oc_command_t *command) {
    switch (command->kind) {
    case OC_COMMAND_RECORDINGS_LIST:
    case OC_COMMAND_SPANS_LIST:
    case OC_COMMAND_RECORDING_DELETE:
    case OC_COMMAND_RETENTION:
    case OC_COMMAND_STORAGE_READ:
        return true;
    default:
        return false;
    }
}

bool oc_index_commands_take(oc_index_t *index, oc_mailbox_t *mailbox, const oc_command_t *command) {
    oc_parcel_t parcel = command->parcel;
    if (!is_ours(command))
        return false;
    job_t *job = malloc(sizeof(*job));
    if (job) {
        job->index = index;
        job->mailbox = mailbox;
        job->command = *command;
        job->len = 0;
        if (index && oc_index_request(index, run, job) == OC_OK)
            return true;
    }
    static const char why[] = "the disk is too slow";
    oc_mailbox_reply_text(mailbox, command->request, command->generation, OC_ERR_BUSY, 0, 0, why,
                          sizeof(why) - 1);
    oc_mailbox_parcel_free(mailbox, &parcel);
    free(job);
    return true;
}
