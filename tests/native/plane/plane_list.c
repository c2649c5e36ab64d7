#include "plane_list.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"

#define PART 4 /* entries of a part; a board's parcel holds as many */

oc_desired_entry_t *list_add(plane_list_t *list, const char *name, const char *url) {
    assert_true(list->head.count < OC_CHANNELS_MAX);
    oc_desired_entry_t *entry = &list->entry[list->head.count++];
    memset(entry, 0, sizeof *entry);
    snprintf(entry->channel.name, sizeof entry->channel.name, "%s", name);
    snprintf(entry->channel.url, sizeof entry->channel.url, "%s", url);
    entry->channel.audio = true;
    entry->channel.hls_part_ms = 200;
    entry->channel.ring_ms = 6000;
    return entry;
}

static oc_desired_entry_t *find_entry(plane_list_t *list, const char *name) {
    for (uint32_t i = 0; i < list->head.count; i++)
        if (strcmp(list->entry[i].channel.name, name) == 0)
            return &list->entry[i];
    return NULL;
}

oc_desired_entry_t *list_entry(plane_list_t *list, const char *name) {
    oc_desired_entry_t *entry = find_entry(list, name);
    if (!entry)
        fail_msg("%s is not in the list", name);
    return entry;
}

void list_remove(plane_list_t *list, const char *name) {
    oc_desired_entry_t *entry = list_entry(list, name);
    *entry = list->entry[--list->head.count];
}

void list_record(oc_desired_entry_t *entry, const char *recording) {
    entry->records = 1;
    entry->record.audio = true;
    snprintf(entry->record.name, sizeof entry->record.name, "%s", recording);
}

void list_until(const plane_host_t *host, oc_desired_entry_t *entry, int64_t us) {
    uint64_t ms = (uint64_t)(host->now_us + us) / 1000;
    entry->until_lo = (uint32_t)ms;
    entry->until_hi = (uint32_t)(ms >> 32);
}

host_answer_t *list_post(plane_host_t *host, const plane_list_t *list) {
    size_t bytes = sizeof list->head + list->head.count * sizeof list->entry[0];
    const uint8_t *letter = (const uint8_t *)list;
    host_answer_t *answer = NULL;
    for (size_t at = 0; at < bytes;) {
        size_t most = (at == 0 ? sizeof list->head : 0) + PART * sizeof list->entry[0];
        size_t part = bytes - at < most ? bytes - at : most;
        host->arg1 = (int32_t)bytes;
        answer = host_call(host, OC_COMMAND_DESIRED, 0, (int32_t)at, letter + at, part);
        if (answer->code < 0)
            return answer;
        at += part;
        assert_true((answer->value > 0) == (at == bytes));
    }
    return answer;
}

static bool is_brought(plane_host_t *host, uint32_t revision) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_stream_row_t row = host_row(host, i);
        bool listed = row.revision > 0 || row.state == OC_STREAM_OPENING;
        if (listed && row.revision < revision)
            return false;
    }
    return true;
}

static void wait_for(plane_host_t *host, uint32_t revision) {
    for (int i = 0; i < 6000 && !is_brought(host, revision); i++)
        host_run(host, 10000);
    assert_true(is_brought(host, revision));
}

uint32_t list_set(plane_host_t *host, const plane_list_t *list) {
    host_answer_t *answer = list_post(host, list);
    assert_string_equal(answer->text, "");
    assert_int_equal(answer->code, OC_OK);
    uint32_t revision = (uint32_t)answer->value;
    wait_for(host, revision);
    return revision;
}

unsigned list_number(plane_host_t *host, const char *name) {
    char found[OC_CHANNEL_NAME_MAX];
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_plane_channel_name(host->plane, i, found);
        if (strcmp(found, name) == 0)
            return i;
    }
    fail_msg("no row is of %s", name);
    return 0;
}

const char *list_why(plane_host_t *host, unsigned number) {
    static char why[OC_DESIRED_WHY_MAX];
    oc_plane_why(host->plane, number, why);
    return why;
}

/* ---- the list of the host itself ---- */

static host_answer_t *state_of(plane_host_t *host, const char *name) {
    static host_answer_t answer;
    answer.value = (int32_t)list_number(host, name);
    answer.code = -(int)host_row(host, (unsigned)answer.value).failure;
    snprintf(answer.text, sizeof answer.text, "%s", list_why(host, (unsigned)answer.value));
    return &answer;
}

static oc_desired_entry_t *entry_of(plane_host_t *host, unsigned channel) {
    char name[OC_CHANNEL_NAME_MAX];
    oc_plane_channel_name(host->plane, channel, name);
    return list_entry(&host->list, name);
}

/* Hands over the list of the host; one that is refused leaves it as it was. */
static host_answer_t *apply(plane_host_t *host, const char *name, const plane_list_t *before) {
    host_answer_t *answer = list_post(host, &host->list);
    if (answer->code < 0) {
        host->list = *before;
        return answer;
    }
    wait_for(host, (uint32_t)answer->value);
    return state_of(host, name);
}

host_answer_t *host_set(plane_host_t *host, const oc_channel_config_t *config) {
    static plane_list_t before;
    before = host->list;
    oc_desired_entry_t *entry = find_entry(&host->list, config->name);
    if (!entry)
        entry = list_add(&host->list, "", config->url);
    entry->channel = *config;
    return apply(host, config->name, &before);
}

unsigned host_open(plane_host_t *host, const char *name, const char *url) {
    oc_channel_config_t config = host_channel(name, url);
    host_answer_t *answer = host_set(host, &config);
    assert_string_equal(answer->text, "");
    assert_int_equal(answer->code, OC_OK);
    return (unsigned)answer->value;
}

host_answer_t *host_change(plane_host_t *host, unsigned channel,
                           const oc_channel_config_t *config) {
    oc_desired_entry_t *entry = entry_of(host, channel);
    oc_channel_config_t before = entry->channel;
    entry->channel = *config;
    if (!config->url[0])
        memcpy(entry->channel.url, before.url, sizeof before.url);
    list_set(host, &host->list);
    return state_of(host, config->name);
}

void host_drop(plane_host_t *host, unsigned channel) {
    list_remove(&host->list, entry_of(host, channel)->channel.name);
    assert_int_equal(list_post(host, &host->list)->code, OC_OK);
}

host_answer_t *host_close(plane_host_t *host, unsigned channel) {
    static host_answer_t answer;
    host_drop(host, channel);
    for (int i = 0; i < 6000 && host_row(host, channel).state != OC_STREAM_FREE; i++)
        host_run(host, 10000);
    assert_int_equal(host_row(host, channel).state, OC_STREAM_FREE);
    answer = (host_answer_t){.value = (int32_t)channel};
    return &answer;
}

oc_desired_recording_t host_recording(const char *name) {
    oc_desired_recording_t config = {.segment_ms = 0, .audio = 1};
    snprintf(config.name, sizeof config.name, "%s", name);
    return config;
}

host_answer_t *host_record_as(plane_host_t *host, unsigned channel,
                              const oc_desired_recording_t *config) {
    static plane_list_t before;
    before = host->list;
    oc_desired_entry_t *entry = entry_of(host, channel);
    entry->records = 1;
    entry->record = *config;
    return apply(host, entry->channel.name, &before);
}

void host_record(plane_host_t *host, unsigned channel) {
    oc_desired_recording_t config = host_recording("ocellus");
    host_answer_t *answer = host_record_as(host, channel, &config);
    assert_string_equal(answer->text, "");
    assert_int_equal(answer->code, OC_OK);
}

host_answer_t *host_stop(plane_host_t *host, unsigned channel) {
    oc_desired_entry_t *entry = entry_of(host, channel);
    entry->records = false;
    entry->until_lo = entry->until_hi = 0;
    list_set(host, &host->list);
    return state_of(host, entry->channel.name);
}
