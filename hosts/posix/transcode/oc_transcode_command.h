/* oc_transcode_command - `ocellus transcode IN OUT`: its command line, its progress, its exit
 * code. */
#ifndef OC_TRANSCODE_COMMAND_H
#define OC_TRANSCODE_COMMAND_H

#include <stdbool.h>

#define OC_TRANSCODE_BITRATE 4000000 /* bit/s of pictures that are encoded, unless it is given */

/* What the command line says; borrowed until return. NULL: not given. */
typedef struct oc_transcode_command {
    const char *in, *out;              /* a path, http(s)://, s3://bucket/key */
    const char *endpoint, *region;     /* of the store; region: us-east-1 */
    const char *path_style;            /* "on" or "off" */
    const char *keys, *ca;             /* files */
    const char *bitrate, *encoder;     /* bit/s; "x264" or "openh264" */
    bool force, json;
    const char *folder; /* of ocellus-ffmpeg */
} oc_transcode_command_t;

/* The exit code: 0 | 1 failed | 2 the command line | 128 + N signal N came; why is on stderr. */
int oc_transcode_command_run(const oc_transcode_command_t *command);

#endif
