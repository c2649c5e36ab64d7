#define _GNU_SOURCE
#include "oc_index_event_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_index_events.h"
#include "oc_index_pictures.h"
#include "oc_log.h"

#define LINES 5 /* of EVENT_BEGIN: kind, channel, start, end, data */

/* One command under way. */
typedef struct job {
    oc_mailbox_t *mailbox;
    oc_command_t command; /* with its parcel */
    size_t len;
    char text[OC_PAGE_BYTES]; /* of the parcel with NUL, then of the reply */
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

/* A number of ms since 1970. False: it is none. */
static bool read_ms(const char *text, int64_t *out) {
    char *end;
    size_t len = strspn(text, "0123456789");
    *out = len > 0 && len < 17 ? strtoll(text, &end, 10) : -1;
    return *out >= 0 && text[len] == '\0';
}

static bool is_word(const char *text, size_t size) {
    size_t len = strlen(text);
    return len > 0 && len < size && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static int begin(oc_index_db_t *db, job_t *job, uint32_t *id) {
    char *line[LINES] = {job->text};
    for (unsigned i = 1; i < LINES; i++) {
        char *feed = strchr(line[i - 1], '\n');
        if (!feed)
            return OC_ERR_INVAL;
        *feed = '\0';
        line[i] = feed + 1;
    }
    oc_event_begin_t event = {.end_ms = -1,
                              .mask = (uint32_t)job->command.arg[0],
                              .kind = line[0],
                              .channel = line[1],
                              .data = line[4],
                              .raised = true};
    if (!is_word(line[0], OC_EVENT_WORD_MAX) ||
        (line[1][0] && !is_word(line[1], OC_CHANNEL_NAME_MAX)) ||
        !read_ms(line[2], &event.start_ms) ||
        (line[3][0] && (!read_ms(line[3], &event.end_ms) || event.end_ms < event.start_ms)))
        return OC_ERR_INVAL;
    return oc_index_events_begin(db, &event, id);
}

static void list(oc_index_db_t *db, job_t *job) {
    oc_event_query_t query;
    bool more;
    if (job->command.parcel.len != sizeof(query)) {
        answer(job, OC_ERR_INVAL, 0);
        return;
    }
    memcpy(&query, job->command.parcel.data, sizeof(query));
    query.channel[sizeof(query.channel) - 1] = '\0';
    query.kinds[sizeof(query.kinds) - 1] = '\0';
    int result = oc_index_events_list(db, &query, job->text, sizeof(job->text), &job->len, &more);
    if (result == OC_OK)
        reply(job, OC_OK, more, job->text, job->len);
    else
        answer(job, result, 0);
}

static void carry_out(oc_index_db_t *db, job_t *job) {
    uint32_t id = (uint32_t)job->command.arg[0];
    int64_t at_ms;
    int result;
    switch (job->command.kind) {
    case OC_COMMAND_EVENTS_LIST:
        list(db, job);
        return;
    case OC_COMMAND_EVENT_BEGIN:
        result = begin(db, job, &id);
        break;
    case OC_COMMAND_EVENT_END:
        result = read_ms(job->text, &at_ms) ? oc_index_events_end(db, id, at_ms) : OC_ERR_INVAL;
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
    const oc_parcel_t *parcel = &job->command.parcel;
    size_t len = parcel->len < sizeof(job->text) ? parcel->len : sizeof(job->text) - 1;
    if (len > 0)
        memcpy(job->text, parcel->data, len);
    job->text[len] = '\0';
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
