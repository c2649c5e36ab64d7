/* See oc_desired_list.h. */
#include "oc_desired_list.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"
#include "oc_retry.h"

/* ---- letters ---- */

bool oc_desired_name_allowed(const char name[OC_CHANNEL_NAME_MAX]) {
    if (memchr(name, 0, OC_CHANNEL_NAME_MAX) == NULL)
        return false;
    for (const char *p = name; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || (*p == '-' && p > name)))
            return false;
    return name[0] != 0;
}

int64_t oc_desired_until_us(const oc_desired_entry_t *entry) {
    return (int64_t)((uint64_t)entry->until_hi << 32 | entry->until_lo) * 1000;
}

/* The field of an entry that is not one; NULL: all are. */
static const char *bad_field(const oc_desired_entry_t *entry) {
    const char *field = oc_record_fault(oc_desired_entry_fields, entry);
    if (field)
        return field;
    const oc_desired_recording_t *record = &entry->record;
    bool no_stream = record->stream > OC_STREAM_SUB ||
                     (record->stream == OC_STREAM_SUB && !entry->channel.sub_url[0]);
    return !entry->channel.url[0]            ? "url"
           : entry->records && no_stream     ? "record.stream"
           : entry->until_hi >> 20           ? "until" /* in us it would overflow */
           : entry->detect.sensitivity > 100 ? "detect.sensitivity"
           : entry->detect.sound_db > 96     ? "detect.sound_db"
                                             : NULL;
}

static bool is_twice(const oc_desired_entry_t *entry, uint32_t at) {
    for (uint32_t i = 0; i < at; i++)
        if (strcmp(entry[i].channel.name, entry[at].channel.name) == 0)
            return true;
    return false;
}

static int check_entry(const oc_desired_entry_t *entry, uint32_t at, char *why, size_t why_size) {
    const oc_desired_entry_t *one = &entry[at];
    const char *name = one->channel.name;
    if (!oc_desired_name_allowed(name)) {
        snprintf(why, why_size,
                 "channels[%u].name: \"%.*s\" is not allowed; use a-z, 0-9 and -, at most %d "
                 "characters",
                 at, OC_CHANNEL_NAME_MAX, name, OC_CHANNEL_NAME_MAX - 1);
        return OC_ERR_INVAL;
    }
    if (is_twice(entry, at)) {
        snprintf(why, why_size, "channels.%s.name: there are two of this name", name);
        return OC_ERR_INVAL;
    }
    const char *field = bad_field(one);
    if (field)
        snprintf(why, why_size, "channels.%s.%s: no such value is allowed", name, field);
    return field ? OC_ERR_INVAL : OC_OK;
}

int oc_desired_list_check(const void *letter, size_t bytes, char *why, size_t why_size) {
    const oc_desired_head_t *head = letter;
    if (bytes >= sizeof *head && head->count > OC_CHANNELS_MAX) {
        snprintf(why, why_size, "channels: %u are wanted; at most %d can be open", head->count,
                 OC_CHANNELS_MAX);
        return OC_ERR_RANGE;
    }
    if (bytes < sizeof *head || bytes != sizeof *head + head->count * sizeof(oc_desired_entry_t) ||
        oc_record_fault(oc_desired_head_fields, head)) {
        snprintf(why, why_size, "channels: no list of %zu bytes", bytes);
        return OC_ERR_INVAL;
    }
    int code = OC_OK;
    for (uint32_t i = 0; i < head->count && code == OC_OK; i++)
        code = check_entry(oc_desired_entries(letter), i, why, why_size);
    return code;
}

/* ---- taking one ---- */

static bool same_source(const oc_channel_config_t *a, const oc_channel_config_t *b) {
    return strcmp(a->url, b->url) == 0 && strcmp(a->sub_url, b->sub_url) == 0 &&
           a->audio == b->audio && a->loop == b->loop &&
           a->as_fast_as_possible == b->as_fast_as_possible;
}

static bool same_settings(const oc_channel_config_t *a, const oc_channel_config_t *b) {
    return a->ring_ms == b->ring_ms && a->ring_bytes == b->ring_bytes &&
           a->preroll_ms == b->preroll_ms && a->max_gop_bytes == b->max_gop_bytes &&
           a->hls_target_ms == b->hls_target_ms && a->hls_part_ms == b->hls_part_ms &&
           a->bitrate_bps == b->bitrate_bps;
}

static bool same_recording(const oc_desired_recording_t *a, const oc_desired_recording_t *b) {
    return strcmp(a->name, b->name) == 0 && a->segment_ms == b->segment_ms &&
           a->preroll_ms == b->preroll_ms && a->audio == b->audio && a->stream == b->stream;
}

static bool same_records(const oc_desired_entry_t *a, const oc_desired_entry_t *b) {
    return a->records == b->records &&
           (!a->records || (same_recording(&a->record, &b->record) &&
                            oc_desired_until_us(a) == oc_desired_until_us(b)));
}

static bool is_open(const oc_desired_item_t *item) {
    return item->phase == OC_DESIRED_RUNS || item->phase == OC_DESIRED_OPENING;
}

static void clear_fault(oc_desired_fault_t *fault) {
    *fault = (oc_desired_fault_t){0};
}

static oc_desired_item_t *find(oc_desired_list_t *list, const char *name) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (list->item[i].wanted && strcmp(list->item[i].entry.channel.name, name) == 0)
            return &list->item[i];
    return NULL;
}

static bool is_same_list(oc_desired_list_t *list, const void *letter) {
    const oc_desired_head_t *head = letter;
    if (list->revision == 0 || memcmp(&list->head, head, sizeof *head) != 0)
        return false;
    for (uint32_t i = 0; i < head->count; i++) {
        const oc_desired_entry_t *entry = &oc_desired_entries(letter)[i];
        const oc_desired_item_t *item = find(list, entry->channel.name);
        if (!item || memcmp(&item->entry, entry, sizeof *entry) != 0)
            return false;
    }
    return true;
}

/* Texts that may hold a password go, its name stays until its source is closed. */
static void leave(oc_desired_item_t *item) {
    static const oc_desired_detect_t none;
    char name[OC_CHANNEL_NAME_MAX];
    memcpy(name, item->entry.channel.name, sizeof name);
    item->detect = memcmp(&item->entry.detect, &none, sizeof none) != 0;
    memset(&item->entry, 0, sizeof item->entry);
    memcpy(item->entry.channel.name, name, sizeof name);
    item->wanted = item->tried = false;
    clear_fault(&item->fault);
    clear_fault(&item->record_fault);
}

/* A number for another channel: that of the same name whose source is still to be closed, for two
 * cannot have a camera at a time; else one that is free, else that of any that is to be closed. */
static oc_desired_item_t *place(oc_desired_list_t *list, const char *name) {
    oc_desired_item_t *leaving = NULL, *is_free = NULL;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_desired_item_t *item = &list->item[i];
        bool closed = item->phase == OC_DESIRED_CLOSED;
        if (item->wanted)
            continue;
        if (!closed && strcmp(item->entry.channel.name, name) == 0)
            return item;
        if (closed && !is_free)
            is_free = item;
        if (!closed && !leaving)
            leaving = item;
    }
    return is_free ? is_free : leaving; /* no list has more channels than there are numbers */
}

static void enter(oc_desired_list_t *list, const oc_desired_entry_t *entry) {
    oc_desired_item_t *item = place(list, entry->channel.name);
    item->wanted = item->detect = true;
    item->entry = *entry;
    item->reopen = is_open(item);
    item->tried = false;
    item->before = 0;
}

/* The settings of a channel differ: nothing that is known of the ones before counts. */
static void change_settings(oc_desired_item_t *item, bool same) {
    clear_fault(&item->fault);
    if (item->phase == OC_DESIRED_RUNS && same)
        item->change = true;
    else
        item->reopen = is_open(item);
}

static void change(oc_desired_list_t *list, oc_desired_item_t *item,
                   const oc_desired_entry_t *entry) {
    const oc_desired_entry_t *own = &item->entry;
    bool source = same_source(&own->channel, &entry->channel);
    bool settings = same_settings(&own->channel, &entry->channel);
    bool records = same_records(own, entry);
    if (!source || !settings)
        change_settings(item, source);
    if (!records || !source || !settings)
        clear_fault(&item->record_fault);
    item->detect |= memcmp(&own->detect, &entry->detect, sizeof own->detect) != 0;
    if (item->tried && !(source && settings && records)) {
        item->before = list->revision;
        item->tried = false;
    }
    item->entry = *entry;
}

bool oc_desired_list_take(oc_desired_list_t *list, const void *letter) {
    const oc_desired_head_t *head = letter;
    const oc_desired_entry_t *entry = oc_desired_entries(letter);
    if (is_same_list(list, letter))
        return false;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        bool stays = false;
        for (uint32_t k = 0; list->item[i].wanted && !stays && k < head->count; k++)
            stays = strcmp(list->item[i].entry.channel.name, entry[k].channel.name) == 0;
        if (list->item[i].wanted && !stays)
            leave(&list->item[i]);
    }
    for (uint32_t k = 0; k < head->count; k++) {
        oc_desired_item_t *item = find(list, entry[k].channel.name);
        if (item)
            change(list, item, &entry[k]);
        else
            enter(list, &entry[k]);
    }
    list->head = *head;
    list->revision++;
    return true;
}

/* ---- what is to be done ---- */

static bool do_it(oc_desired_action_t *out, oc_desired_do_t what) {
    out->what = what;
    return true;
}

/* The stream that a recording is of, is open. */
static bool has_stream(const oc_desired_item_t *item) {
    return item->phase == OC_DESIRED_RUNS &&
           (item->entry.record.stream == OC_STREAM_MAIN || item->sub_open);
}

/* It shall be recorded now. */
static bool records(const oc_desired_item_t *item, int64_t now_us) {
    int64_t until_us = oc_desired_until_us(&item->entry);
    return item->entry.records && (until_us == 0 || now_us < until_us);
}

/* What runs is what is wanted; of one that is over by time: it ends by itself. */
static bool records_right(const oc_desired_item_t *item, int64_t now_us) {
    bool same_end = item->running_until_us == oc_desired_until_us(&item->entry);
    return item->record == OC_DESIRED_RECORDS && item->entry.records &&
           same_recording(&item->running, &item->entry.record) && same_end;
}

static bool begin_recording(oc_desired_item_t *item, oc_desired_action_t *out) {
    const oc_desired_recording_t *record = &item->entry.record;
    out->resume = item->follows && (item->resumes || !record->audio);
    item->follows = false;
    item->record = OC_DESIRED_RECORDS;
    item->running = *record;
    item->running_until_us = oc_desired_until_us(&item->entry);
    return do_it(out, OC_DESIRED_RECORD);
}

static bool stop_recording(oc_desired_item_t *item, bool follows, oc_desired_action_t *out) {
    item->follows = follows;
    item->resumes = item->running.audio;
    item->record = OC_DESIRED_STOPPING;
    return do_it(out, OC_DESIRED_STOP);
}

static bool next_of_recording(oc_desired_item_t *item, int64_t now_us, oc_desired_action_t *out) {
    bool wanted = records(item, now_us);
    if (item->record == OC_DESIRED_STOPPING || records_right(item, now_us))
        return false;
    if (item->record == OC_DESIRED_RECORDS) {
        if (wanted && same_recording(&item->running, &item->entry.record))
            return begin_recording(item, out); /* only its end moves */
        return stop_recording(item, wanted, out);
    }
    return wanted && has_stream(item) && now_us >= item->record_fault.due_us &&
           begin_recording(item, out);
}

static bool next_of(oc_desired_list_t *list, bool closed, int64_t now_us,
                    oc_desired_action_t *out) {
    oc_desired_item_t *item = &list->item[out->number];
    if (is_open(item) && (!item->wanted || item->reopen || closed)) {
        oc_desired_list_closing(list, out->number);
        return do_it(out, OC_DESIRED_CLOSE);
    }
    if (item->detect) {
        item->detect = false;
        return do_it(out, OC_DESIRED_DETECT);
    }
    if (!item->wanted)
        return false;
    if (item->phase == OC_DESIRED_CLOSED && !closed && now_us >= item->fault.due_us) {
        item->phase = OC_DESIRED_OPENING;
        return do_it(out, OC_DESIRED_OPEN);
    }
    if (item->phase != OC_DESIRED_RUNS)
        return false;
    if (item->change || (item->fault.code && !item->changing && now_us >= item->fault.due_us)) {
        item->change = false;
        item->changing = true;
        return do_it(out, OC_DESIRED_CHANGE);
    }
    return !item->changing && next_of_recording(item, now_us, out);
}

bool oc_desired_list_next(oc_desired_list_t *list, bool closed, int64_t now_us,
                          oc_desired_action_t *out) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        *out = (oc_desired_action_t){.number = i};
        if (next_of(list, closed, now_us, out))
            return true;
    }
    return false;
}

/* The sooner of the two; what is not later than now waits for something else than time. */
static int64_t sooner(const oc_desired_fault_t *fault, int64_t now_us, int64_t due_us) {
    bool waits = fault->code && fault->due_us > now_us;
    return waits && fault->due_us < due_us ? fault->due_us : due_us;
}

int64_t oc_desired_list_due(const oc_desired_list_t *list, bool closed, int64_t now_us) {
    int64_t due_us = INT64_MAX;
    for (unsigned i = 0; i < OC_CHANNELS_MAX && !closed; i++) {
        const oc_desired_item_t *item = &list->item[i];
        bool waits = item->phase == OC_DESIRED_CLOSED || item->phase == OC_DESIRED_RUNS;
        if (!item->wanted || !waits)
            continue;
        due_us = sooner(&item->fault, now_us, due_us);
        due_us = sooner(&item->record_fault, now_us, due_us);
    }
    return due_us;
}

/* Whether everything was tried that its entry asks for. */
static bool is_tried(const oc_desired_item_t *item, bool closed, int64_t now_us) {
    if (item->phase == OC_DESIRED_CLOSED)
        return closed || item->fault.code;
    if (item->phase != OC_DESIRED_RUNS || closed || item->reopen || item->change || item->changing)
        return false;
    if (item->record != OC_DESIRED_RECORDS_NOT)
        return records_right(item, now_us);
    return !records(item, now_us) || !has_stream(item) || item->record_fault.code;
}

bool oc_desired_list_settle(oc_desired_list_t *list, bool closed, int64_t now_us) {
    bool news = false;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_desired_item_t *item = &list->item[i];
        if (!item->wanted || item->tried || !is_tried(item, closed, now_us))
            continue;
        item->tried = news = true;
    }
    return news;
}

/* ---- reports ---- */

/* What is too long is cut between two characters of UTF-8. */
static void copy_line(char out[OC_DESIRED_WHY_MAX], const char *text) {
    size_t len = strlen(text);
    if (len >= OC_DESIRED_WHY_MAX) {
        len = OC_DESIRED_WHY_MAX - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    memset(out, 0, OC_DESIRED_WHY_MAX);
    memcpy(out, text, len);
}

/* True: another failure than the one before. */
static bool fail(oc_desired_fault_t *fault, int code, const char *why, int64_t now_us) {
    char line[OC_DESIRED_WHY_MAX];
    copy_line(line, why[0] ? why : oc_err_text(code));
    bool news = fault->code != code || strcmp(fault->why, line) != 0;
    fault->code = code;
    fault->failures++;
    fault->due_us = now_us + oc_retry_us(code, fault->failures);
    memcpy(fault->why, line, sizeof line);
    return news;
}

void oc_desired_list_opened(oc_desired_list_t *list, unsigned number) {
    oc_desired_item_t *item = &list->item[number];
    if (item->phase != OC_DESIRED_OPENING)
        return;
    item->phase = OC_DESIRED_RUNS;
    clear_fault(&item->fault);
}

void oc_desired_list_closing(oc_desired_list_t *list, unsigned number) {
    oc_desired_item_t *item = &list->item[number];
    if (item->phase == OC_DESIRED_RUNS)
        clear_fault(&item->fault);
    if (is_open(item))
        item->phase = OC_DESIRED_CLOSING;
}

void oc_desired_list_gone(oc_desired_list_t *list, unsigned number, int code, const char *why,
                          int64_t now_us) {
    oc_desired_item_t *item = &list->item[number];
    bool told = item->phase == OC_DESIRED_CLOSING;
    item->phase = OC_DESIRED_CLOSED;
    item->reopen = item->change = item->changing = item->sub_open = item->follows = false;
    item->record = OC_DESIRED_RECORDS_NOT;
    clear_fault(&item->record_fault);
    if (item->wanted && code < 0 && code != OC_ERR_PRIVATE && !told)
        fail(&item->fault, code, why, now_us);
}

void oc_desired_list_changed(oc_desired_list_t *list, unsigned number, int code, const char *why,
                             int64_t now_us) {
    oc_desired_item_t *item = &list->item[number];
    if (!item->changing || item->phase != OC_DESIRED_RUNS)
        return;
    item->changing = false;
    if (code == OC_OK) {
        clear_fault(&item->fault);
    } else if (code == OC_ERR_NOTSUP || code == OC_ERR_NOMEM) {
        item->reopen = true;
    } else {
        fail(&item->fault, code, why, now_us);
        if (code != OC_ERR_BUSY)
            item->fault.due_us = INT64_MAX;
    }
}

void oc_desired_list_sub(oc_desired_list_t *list, unsigned number, bool open) {
    list->item[number].sub_open = open;
}

bool oc_desired_list_recorded(oc_desired_list_t *list, unsigned number, int code, const char *why,
                              int64_t now_us) {
    oc_desired_item_t *item = &list->item[number];
    if (code == OC_AGAIN) {
        item->record = OC_DESIRED_STOPPING;
        item->follows = true;
        item->resumes = item->running.audio;
        return false;
    }
    if (code >= 0) {
        clear_fault(&item->record_fault);
        return false;
    }
    char line[OC_DESIRED_WHY_MAX + 16];
    bool named = strncmp(why, "record", 6) == 0;
    snprintf(line, sizeof line, "%s%s", named ? "" : "record: ", why[0] ? why : oc_err_text(code));
    item->record = OC_DESIRED_RECORDS_NOT;
    return fail(&item->record_fault, code, line, now_us);
}

void oc_desired_list_record_ended(oc_desired_list_t *list, unsigned number) {
    list->item[number].record = OC_DESIRED_RECORDS_NOT;
}

void oc_desired_list_retry(oc_desired_list_t *list, unsigned number, bool lost) {
    oc_desired_item_t *item = &list->item[number];
    if (item->fault.code && item->fault.due_us != INT64_MAX)
        item->fault.due_us = 0;
    item->record_fault.due_us = 0;
    if (item->phase == OC_DESIRED_RUNS && lost)
        item->reopen = true;
}

/* ---- what is known ---- */

const oc_desired_entry_t *oc_desired_list_entry(const oc_desired_list_t *list, unsigned number) {
    return list->item[number].wanted ? &list->item[number].entry : NULL;
}

int oc_desired_list_failure(const oc_desired_list_t *list, unsigned number, bool closed,
                            const char **why) {
    const oc_desired_item_t *item = &list->item[number];
    const oc_desired_fault_t *fault = item->fault.code ? &item->fault : &item->record_fault;
    int code = !item->wanted ? OC_OK : closed ? OC_ERR_PRIVATE : fault->code;
    *why = code == OC_OK ? "" : closed ? oc_err_text(code) : fault->why;
    return code;
}

uint32_t oc_desired_list_revision(const oc_desired_list_t *list, unsigned number) {
    const oc_desired_item_t *item = &list->item[number];
    return !item->wanted ? 0 : item->tried ? list->revision : item->before;
}
