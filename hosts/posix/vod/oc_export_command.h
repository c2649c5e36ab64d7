/* oc_export_command - `ocellus export`: a span of recordings as one MP4, straight from the data
 * directory, whether the program runs on it or not: files are only read. */
#ifndef OC_EXPORT_COMMAND_H
#define OC_EXPORT_COMMAND_H

#include <stdbool.h>

/* What the command line says; borrowed until return. */
typedef struct oc_export_command {
    const char *data;                /* the data directory; need not be writable */
    const char *channel, *from, *to; /* to NULL: until now */
    const char *file;                /* the MP4, which must not exist */
    const char *format;              /* "fragmented" or "plain"; NULL: fragmented */
    bool json;                       /* objects on stdout, a line each; else progress on stderr */
} oc_export_command_t;

/* The exit code: 0 | 1 failed | 2 the command line; said on stderr. */
int oc_export_command_run(const oc_export_command_t *command);

#endif
