/* oc_ff_source - one source inside of ocellus-ffmpeg: a thread that runs the driver as it is told
 * by the socket, and lays its packets out in the shared memory (../oc_source_wire.h). */
#ifndef OC_FF_SOURCE_H
#define OC_FF_SOURCE_H

#include <stdbool.h>

/* Takes both descriptors and begins its thread. False: no memory; they are closed. */
bool oc_ff_source_begin(int socket, int memory);

#endif
