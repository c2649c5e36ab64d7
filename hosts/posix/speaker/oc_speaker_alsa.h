/* oc_speaker_alsa - a sound card by libasound.so.2, which is loaded when the first sound is played:
 * programs and packages do not need it (ADR 82). One thread; every call may wait. */
#ifndef OC_SPEAKER_ALSA_H
#define OC_SPEAKER_ALSA_H

#include <stdint.h>

typedef struct oc_speaker_alsa oc_speaker_alsa_t; /* opaque */

/* Opens a device by its name of ALSA, "default" for that of the machine; rate: samples per second,
 * one channel. *out: owned by caller. OC_OK | OC_ERR_NOTSUP no library | OC_ERR_IO the device
 * cannot be opened | OC_ERR_NOMEM; *why: static. */
int oc_speaker_alsa_open(oc_speaker_alsa_t **out, const char *device, uint32_t rate,
                         const char **why);
/* Waits until the card has taken the samples. OC_OK | OC_ERR_IO the card is gone. */
int oc_speaker_alsa_write(oc_speaker_alsa_t *alsa, const int16_t *samples, unsigned count);
/* Plays what was written and frees it. */
void oc_speaker_alsa_close(oc_speaker_alsa_t *alsa);

#endif
