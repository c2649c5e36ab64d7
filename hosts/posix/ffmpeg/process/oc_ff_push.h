/* oc_ff_push - the one push of this process: a thread that connects by FFmpeg's protocol and writes
 * there what comes by a pipe, FLV to RTMP and packets of TS to SRT (ADR 119). */
#ifndef OC_FF_PUSH_H
#define OC_FF_PUSH_H

#include <stdbool.h>

/* Takes both descriptors and begins its thread. False: there is one already, or no memory; they are
 * closed. */
bool oc_ff_push_begin(int socket, int pipe);

#endif
