/* oc_ff_look - one view inside of ocellus-ffmpeg: a thread that decodes the packets it is given and
 * answers with a small grey picture, a JPEG or samples (oc_look_wire.h). */
#ifndef OC_FF_LOOK_H
#define OC_FF_LOOK_H

#include <stdbool.h>

/* Takes both descriptors and begins its thread. False: no memory; they are closed. */
bool oc_ff_look_begin(int socket, int memory);

#endif
