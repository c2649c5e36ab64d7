/* See oc_event_log.h. */
#include "oc_event_log.h"

#include <stdio.h>
#include <string.h>

oc_event_t *oc_event_log_add(oc_event_log_t *log) {
    oc_event_t *event = &log->entry[log->added % OC_EVENT_LOG_ENTRIES];
    memset(event, 0, sizeof *event);
    event->number = ++log->added;
    return event;
}

/* Bytes of the record, 0: it does not fit. The NUL of snprintf ends the last field. */
static size_t write_event(const oc_event_t *event, const oc_clock_t *clock, char *out,
                          size_t size) {
    long long wall_ms = (long long)(oc_clock_wall_us(clock, event->at_us) / 1000);
    int len =
        snprintf(out, size, "%u%c%lld%c%s%c%s%s%c%s%c%d%c%s%c%s", (unsigned)event->number, 0,
                 wall_ms, 0, event->channel, 0, event->sub ? "s" : "", event->raised ? "r" : "", 0,
                 event->kind, 0, (int)event->code, 0, event->path, 0, event->text);
    return (size_t)len < size ? (size_t)len + 1 : 0;
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
