#define _GNU_SOURCE
#include "oc_index_event_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_index_events.h"
#include "oc_index_pictures.h"
#include "oc_log.h"

/* One command under way. */
typedef struct job {
    oc_mailbox_t *mailbox;
    oc_command_t command; /* with its parcel */
    size_t len;
    char text[OC_PAGE_BYTES]; /* of the reply */
} job_t;

/* One input that has changed. */
typedef struct change {
    char channel[OC_CHANNEL_NAME_MAX];
    char data[OC_INPUT_DATA_MAX];
    unsigned input;
    bool raised;
    int64_t at_ms;
} change_t;

/* A picture on its way. */
typedef struct picture {
    uint32_t id;
    int64_t start_ms;
    uint8_t *jpeg;
    uint32_t bytes;
} picture_t;

static void reply(const job_t *job, int code, int value0, const char *text, size_t len) {
    oc_mailbox_reply_text(job->mailbox, job->command.request, job->command.generation, code, value0,
                          0, text, len);
}

static void answer(const job_t *job, int code, int value0) {
    const char *why = code < 0 ? oc_err_text(code) : "";
    reply(job, code, value0, why, strlen(why));
}

static oc_span_t parcel_of(const job_t *job) {
    return oc_span(job->command.parcel.data, job->command.parcel.len);
}

static bool is_word(const char *text, size_t size) {
    size_t len = strlen(text);
    return len > 0 && len < size && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static int begin(oc_index_db_t *db, const job_t *job, uint32_t *id) {
    oc_event_begin_record_t given;
    if (oc_event_begin_record_read(parcel_of(job), &given) != OC_OK ||
        !is_word(given.kind, OC_EVENT_WORD_MAX) ||
        (given.channel[0] && !is_word(given.channel, OC_CHANNEL_NAME_MAX)) || given.start_ms < 0 ||
        (given.end_ms != -1 && given.end_ms < given.start_ms))
        return OC_ERR_INVAL;
    oc_event_begin_t event = {.start_ms = given.start_ms,
                              .end_ms = given.end_ms,
                              .mask = (uint32_t)job->command.arg[0],
                              .kind = given.kind,
                              .channel = given.channel,
                              .data = given.data,
                              .raised = true};
    return oc_index_events_begin(db, &event, id);
}

static int end(oc_index_db_t *db, const job_t *job, uint32_t id) {
    oc_event_end_record_t given;
    if (oc_event_end_record_read(parcel_of(job), &given) != OC_OK || given.at_ms < 0)
        return OC_ERR_INVAL;
    return oc_index_events_end(db, id, given.at_ms);
}

static void list(oc_index_db_t *db, job_t *job) {
    oc_event_query_t query;
    bool more;
    if (oc_event_query_read(parcel_of(job), &query) != OC_OK) {
        answer(job, OC_ERR_INVAL, 0);
        return;
    }
    int result = oc_index_events_list(db, &query, job->text, sizeof(job->text), &job->len, &more);
    if (result == OC_OK)
        reply(job, OC_OK, more, job->text, job->len);
    else
        answer(job, result, 0);
}

static void carry_out(oc_index_db_t *db, job_t *job) {
    uint32_t id = (uint32_t)job->command.arg[0];
    int result;
    switch (job->command.kind) {
    case OC_COMMAND_EVENTS_LIST:
        list(db, job);
        return;
    case OC_COMMAND_EVENT_BEGIN:
        result = begin(db, job, &id);
        break;
    case OC_COMMAND_EVENT_END:
        result = end(db, job, id);
        break;
    case OC_COMMAND_EVENT_PROTECT:
        result = oc_index_events_protect(db, id, job->command.arg[1] != 0);
        break;
    default:
        result = oc_index_events_delete(db, id);
        break;
    }
    answer(job, result, (int)id);
}

static void run(oc_index_db_t *db, void *context) {
    job_t *job = context;
    carry_out(db, job);
    oc_mailbox_parcel_free(job->mailbox, &job->command.parcel);
    free(job);
}

bool oc_index_event_command(oc_index_t *index, oc_mailbox_t *mailbox, const oc_command_t *command) {
    static const char why[] = "the disk is too slow";
    oc_parcel_t parcel = command->parcel;
    if (command->kind < OC_COMMAND_EVENTS_LIST || command->kind > OC_COMMAND_EVENT_DELETE)
        return false;
    job_t *job = malloc(sizeof(*job));
    if (job) {
        job->mailbox = mailbox;
        job->command = *command;
        if (index && oc_index_request(index, run, job) == OC_OK)
            return true;
    }
    oc_mailbox_reply_text(mailbox, command->request, command->generation, OC_ERR_BUSY, 0, 0, why,
                          sizeof(why) - 1);
    oc_mailbox_parcel_free(mailbox, &parcel);
    free(job);
    return true;
}

static void start(oc_index_db_t *db, void *context) {
    db->begun = context;
    int result = oc_index_events_end_open(db);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "index", "events: %s: what went on before cannot be ended",
               oc_err_text(result));
}

void oc_index_event_start(oc_index_t *index, const oc_index_begun_t *begun) {
    (void)oc_index_request(index, start, (void *)begun); /* the first one: there is room */
}

static void keep_picture(oc_index_db_t *db, void *context) {
    picture_t *picture = context;
    int result =
        oc_index_pictures_keep(db, picture->id, picture->start_ms, picture->jpeg, picture->bytes);
    if (result != OC_OK && result != OC_ERR_NOENT)
        oc_log(OC_LOG_WARN, "index", "event %u: its picture is not kept: %s", picture->id,
               oc_err_text(result));
    free(picture->jpeg);
    free(picture);
}

void oc_index_event_picture(oc_index_t *index, uint32_t id, int64_t start_ms, uint8_t *jpeg,
                            uint32_t bytes) {
    picture_t *picture = malloc(sizeof(*picture));
    if (picture) {
        *picture = (picture_t){id, start_ms, jpeg, bytes};
        if (oc_index_request(index, keep_picture, picture) == OC_OK)
            return;
    }
    free(picture);
    free(jpeg);
}

static void keep_change(oc_index_db_t *db, void *context) {
    change_t *change = context;
    oc_event_kind_t kind = oc_input_event(change->input);
    uint32_t id = 0;
    oc_event_begin_t event = {.start_ms = change->at_ms,
                              .end_ms = -1,
                              .mask = oc_event_kind_mask(kind),
                              .kind = oc_event_kind_word(kind),
                              .channel = change->channel,
                              .data = change->data};
    int result = oc_index_events_read(db);
    if (result == OC_OK && change->raised)
        result = oc_index_events_begin(db, &event, &id);
    else if (result == OC_OK && (id = oc_index_events_open(db, event.kind, event.channel)) != 0)
        result = oc_index_events_end(db, id, change->at_ms);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "index", "event %s: not kept: %s", event.kind, oc_err_text(result));
    free(change);
}

void oc_index_event_input(oc_index_t *index, const char *channel, const oc_input_change_t *change,
                          int64_t at_ms) {
    if (!index || change->input == OC_INPUT_PRIVACY)
        return;
    change_t *kept = malloc(sizeof(*kept));
    if (kept) {
        *kept = (change_t){
            .input = change->input, .raised = change->raised, .at_ms = at_ms < 0 ? 0 : at_ms};
        snprintf(kept->channel, sizeof(kept->channel), "%s", channel);
        snprintf(kept->data, sizeof(kept->data), "%s", change->data);
        if (oc_index_request(index, keep_change, kept) == OC_OK)
            return;
    }
    oc_log(OC_LOG_WARN, "index", "event %s: not kept: the disk is too slow",
           oc_event_kind_word(oc_input_event(change->input)));
    free(kept);
}
