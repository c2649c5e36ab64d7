/* oc_watch_command - `ocellus watch URL`: its command line, its lines, its exit code. */
#ifndef OC_WATCH_COMMAND_H
#define OC_WATCH_COMMAND_H

#include <stdbool.h>

#define OC_WATCH_SECONDS_MAX 604800 /* of --seconds */

/* What the command line says; borrowed until return. NULL: not given. */
typedef struct oc_watch_command {
    const char *url, *record;
    const char *seconds; /* of the stream, from its first packet on */
    bool stats, json;
    const char *folder; /* of ocellus-ffmpeg */
} oc_watch_command_t;

/* The exit code: 0 ended as wanted | 1 failed | 2 the command line; why is on stderr. */
int oc_watch_command_run(const oc_watch_command_t *command);

#endif
