/* oc_speaker_wav - sound as a WAV file (RIFF, PCM of 16 bits, one channel), for machines without a
 * sound card and for tests. One thread; calls wait for the disk. */
#ifndef OC_SPEAKER_WAV_H
#define OC_SPEAKER_WAV_H

#include <stdint.h>

#define OC_SPEAKER_WAV_NAME "talk.wav"          /* in the data directory: the latest talk */
#define OC_SPEAKER_WAV_MAX  (64u * 1024 * 1024) /* bytes of samples: over an hour at 8 kHz */

/* Private. */
typedef struct oc_speaker_wav {
    int fd;
    uint32_t rate, bytes; /* bytes: of samples, written */
    uint32_t stated;      /* of them, in the header */
} oc_speaker_wav_t;

/* Begins the file in the folder `root` anew, for its owner only. OC_OK | OC_ERR_IO |
 * OC_ERR_DISK_FULL | OC_ERR_READ_ONLY. */
int oc_speaker_wav_open(oc_speaker_wav_t *wav, int root, uint32_t rate);
/* Appends samples; what exceeds OC_SPEAKER_WAV_MAX is left out. The header follows once a second.
 * OC_OK | as oc_speaker_wav_open. */
int oc_speaker_wav_write(oc_speaker_wav_t *wav, const int16_t *samples, unsigned count);
/* The file is whole. */
void oc_speaker_wav_close(oc_speaker_wav_t *wav);

#endif
