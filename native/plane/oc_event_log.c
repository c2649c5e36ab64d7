/* See oc_event_log.h. */
#include "oc_event_log.h"

#include <string.h>
#include "oc_replies.h"

oc_event_t *oc_event_log_add(oc_event_log_t *log) {
    oc_event_t *event = &log->entry[log->added % OC_EVENT_LOG_ENTRIES];
    memset(event, 0, sizeof *event);
    event->number = ++log->added;
    return event;
}

/* Bytes of the line, 0: it does not fit. */
static size_t write_event(const oc_event_t *event, const oc_clock_t *clock, char *out,
                          size_t size) {
    const oc_logged_event_t line = {.number = event->number,
                                    .at_ms = oc_clock_wall_us(clock, event->at_us) / 1000,
                                    .channel = event->channel,
                                    .sub = event->sub,
                                    .raised = event->raised,
                                    .kind = event->kind,
                                    .code = event->code,
                                    .path = event->path,
                                    .text = event->text};
    return oc_logged_event_write(&line, out, size);
}

size_t oc_event_log_read(const oc_event_log_t *log, uint32_t from, const oc_clock_t *clock,
                         char *out, size_t size, uint32_t *next) {
    uint32_t oldest = log->added > OC_EVENT_LOG_ENTRIES ? log->added - OC_EVENT_LOG_ENTRIES + 1 : 1;
    uint32_t number = from < oldest ? oldest : from > log->added + 1 ? log->added + 1 : from;
    size_t len = 0, bytes = 1;
    for (; number <= log->added && bytes > 0; number += bytes > 0) {
        bytes = write_event(&log->entry[(number - 1) % OC_EVENT_LOG_ENTRIES], clock, out + len,
                            size - len);
        len += bytes;
    }
    *next = number;
    return len;
}
