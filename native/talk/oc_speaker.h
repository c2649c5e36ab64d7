/* oc_speaker - the loudspeaker of a device as oc_talk needs it, supplied by the host. One sound at a
 * time. Called on the media thread; none of it waits. */
#ifndef OC_SPEAKER_H
#define OC_SPEAKER_H

#include <stdint.h>
#include "oc_span.h"

#define OC_SPEAKER_OUTPUT 96 /* bytes of an output's name at most: the setting talk.output */

typedef struct oc_speaker {
    /* Begins to open it. output: which one, borrowed until return; rate: samples per second, one
     * channel. OC_OK, `state` says what came of it | OC_ERR_BUSY the sound before is still ending |
     * OC_ERR_NOTSUP no such output: *why, static. */
    int (*open)(void *context, oc_span_t output, uint32_t rate, const char **why);
    /* Samples of 16 bits, borrowed until return. What the speaker has no room for is dropped. */
    void (*write)(void *context, const int16_t *samples, unsigned count);
    /* OC_OK it plays | OC_AGAIN it is being opened | OC_ERR_*: it failed; *why, static. */
    int (*state)(void *context, const char **why);
    /* What was written is played, then it is closed. Not before open. */
    void (*close)(void *context);
    void *context;
} oc_speaker_t;

#endif
