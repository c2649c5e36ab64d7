/* See oc_log.h. */
#include "oc_log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static struct {
    oc_log_sink_t sink;
    void *context;
    oc_log_level_t threshold;
} log_to;

void oc_log_set(oc_log_sink_t sink, void *context, oc_log_level_t threshold) {
    log_to.sink = sink;
    log_to.context = context;
    log_to.threshold = threshold;
}

/* Marks a cut line, without leaving half a UTF-8 character before the mark. */
static void mark_cut(char *line) {
    static const char mark[] = "...";
    size_t end = OC_LOG_LINE_MAX - sizeof mark;
    while (end > 0 && ((unsigned char)line[end] & 0xc0) == 0x80)
        end--;
    memcpy(line + end, mark, sizeof mark);
}

void oc_log(oc_log_level_t level, const char *room, const char *format, ...) {
    if (!log_to.sink || level > log_to.threshold)
        return;
    char line[OC_LOG_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len < 0)
        return;
    if ((size_t)len >= sizeof line)
        mark_cut(line);
    /* One event stays one line, whatever text a source or a file name brought in. */
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    log_to.sink(log_to.context, level, room, line);
}
