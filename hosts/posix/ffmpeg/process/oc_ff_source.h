/* oc_ff_source - one source inside of ocellus-ffmpeg: a thread that runs the driver as it is told
 * by the socket, and lays its packets out in the shared memory (../oc_source_wire.h). */
#ifndef OC_FF_SOURCE_H
#define OC_FF_SOURCE_H

#include "oc_ffmpeg.h"
#include "oc_source_wire.h"

/* One source; opaque. */
typedef struct oc_ff_source oc_ff_source_t;

/* Takes both descriptors and begins its thread. False: no memory; they are closed. */
bool oc_ff_source_begin(int socket, int memory);

/* The source whose thread this is; NULL: another thread. */
oc_ff_source_t *oc_ff_source_current(void);

/* Asks this program for what the process may not do itself; waits for the answer. *fd: what came
 * with it, owned by caller, or -1. False: it is gone. Thread of the source. */
bool oc_ff_source_request(oc_ff_source_t *source, const oc_source_message_t *req,
                          oc_source_message_t *answer, int *fd);

/* One line to the program's log; by the thread of a source, else nowhere. */
void oc_ff_source_log(oc_log_level_t level, const char *line);

/* A variable that the source's address names; NULL: not given. */
const char *oc_ff_source_variable(const char *name);

#endif
