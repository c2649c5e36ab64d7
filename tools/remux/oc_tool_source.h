/* oc_tool_source - a file as the source of oc_mp4_read. Developer tools only. */
#ifndef OC_TOOL_SOURCE_H
#define OC_TOOL_SOURCE_H

#include "oc_mp4_read.h"

typedef struct oc_tool_source {
    oc_mp4_source_t source;
    oc_mp4_read_t *reader;
    void *memory;
    int fd;
} oc_tool_source_t;

/* Opens a file and a reader on it; on failure prints one line and ends the program with 1. */
void oc_tool_source_open(oc_tool_source_t *file, const char *path);
void oc_tool_source_close(oc_tool_source_t *file);

/* Prints "program: what: path" style messages and ends the program. */
_Noreturn void oc_tool_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
