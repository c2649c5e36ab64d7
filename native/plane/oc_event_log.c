/* See oc_event_log.h. */
#include "oc_event_log.h"

#include <stdio.h>
#include <string.h>
#include "oc_json.h"

oc_event_t *oc_event_log_add(oc_event_log_t *log) {
    oc_event_t *event = &log->entry[log->added % OC_EVENT_LOG_ENTRIES];
    memset(event, 0, sizeof *event);
    event->number = ++log->added;
    return event;
}

/* 20261121T025100.123Z -> 2026-11-21T02:51:00.123Z, the form JavaScript reads. */
static void write_time(oc_json_t *json, int64_t wall_us) {
    char basic[OC_CLOCK_TEXT], extended[32];
    oc_clock_format(wall_us, basic);
    snprintf(extended, sizeof extended, "%.4s-%.2s-%.2sT%.2s:%.2s:%.6sZ", basic, basic + 4,
             basic + 6, basic + 9, basic + 11, basic + 13);
    oc_json_string(json, extended);
}

static void write_event(oc_json_t *json, const oc_event_t *event, const oc_clock_t *clock) {
    oc_json_begin_object(json);
    oc_json_member_int(json, "number", event->number);
    oc_json_key(json, "at");
    write_time(json, oc_clock_wall_us(clock, event->at_us));
    oc_json_member_string(json, "channel", event->channel[0] ? event->channel : NULL);
    if (event->sub) {
        oc_json_member_string(json, "stream", "sub");
    }
    oc_json_member_string(json, "kind", event->kind);
    oc_json_member_int(json, "code", event->code);
    oc_json_member_string(json, "path", event->path);
    oc_json_member_string(json, "text", event->text);
    oc_json_end_object(json);
}

size_t oc_event_log_json(const oc_event_log_t *log, uint32_t from, const oc_clock_t *clock,
                         char *out, size_t size, uint32_t *next) {
    uint32_t oldest = log->added > OC_EVENT_LOG_ENTRIES ? log->added - OC_EVENT_LOG_ENTRIES + 1 : 1;
    uint32_t number = from < oldest ? oldest : from > log->added + 1 ? log->added + 1 : from;
    oc_json_t json = oc_json(out, size - 1); /* a byte is kept for the end */
    oc_json_begin_array(&json);
    for (; number <= log->added; number++) {
        oc_json_t before = json;
        write_event(&json, &log->entry[(number - 1) % OC_EVENT_LOG_ENTRIES], clock);
        if (json.bad) {
            json = before;
            break;
        }
    }
    json.size = size;
    oc_json_end_array(&json);
    *next = number;
    return json.len;
}
