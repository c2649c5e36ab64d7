/* oc_speaker_thread - the loudspeaker of this machine (oc_speaker.h): a thread that writes to a
 * sound card or a file, which may wait. Outputs: "auto" the default device of ALSA, "alsa:NAME" one
 * of its devices, "file" the file oc_speaker_wav.h. */
#ifndef OC_SPEAKER_THREAD_H
#define OC_SPEAKER_THREAD_H

#include "oc_speaker.h"

typedef struct oc_speaker_thread oc_speaker_thread_t; /* opaque, about 22 KB */

/* Makes it; the thread begins with the first sound. root: the data directory, borrowed until it is
 * freed. OC_OK | OC_ERR_NOMEM. */
int oc_speaker_thread_create(oc_speaker_thread_t **out, int root);
/* For oc_talk; until it is freed. */
const oc_speaker_t *oc_speaker_thread_speaker(const oc_speaker_thread_t *thread);
/* Plays what was written, for a second at most, and ends; a card that hangs keeps the memory. NULL
 * is allowed. Nobody talks any more. */
void oc_speaker_thread_free(oc_speaker_thread_t *thread);

#endif
