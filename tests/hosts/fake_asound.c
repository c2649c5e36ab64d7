#include "fake_asound.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT fake_asound_t fake_asound;
static bool ready, broken;
static int card;

EXPORT int snd_pcm_open(void **pcm, const char *name, int stream, int mode);
EXPORT int snd_pcm_set_params(void *pcm, int format, int access, unsigned channels, unsigned rate,
                              int resample, unsigned latency);
EXPORT long snd_pcm_writei(void *pcm, const void *samples, unsigned long frames);
EXPORT int snd_pcm_recover(void *pcm, int error, int silent);
EXPORT int snd_pcm_drain(void *pcm);
EXPORT int snd_pcm_close(void *pcm);
EXPORT int snd_lib_error_set_handler(void *handler);

int snd_pcm_open(void **pcm, const char *name, int stream, int mode) {
    if (strcmp(name, "hw:0") != 0 || stream != 0 || mode != 0)
        return -ENOENT;
    if (*(volatile int *)&card)
        return -EBUSY;
    card = 1;
    ready = broken = false;
    *pcm = &card;
    fake_asound.opens++;
    return 0;
}

int snd_pcm_set_params(void *pcm, int format, int access, unsigned channels, unsigned rate,
                       int resample, unsigned latency) {
    if (pcm != &card || !card || format != 2 || access != 3 || channels != 1 || latency == 0)
        return -EINVAL;
    fake_asound.rate = rate;
    ready = true;
    return 0;
}

long snd_pcm_writei(void *pcm, const void *samples, unsigned long frames) {
    if (pcm != &card || !card || !ready || broken)
        return -EBADFD;
    if (fake_asound.unplugged)
        return -ENODEV;
    if (fake_asound.underruns > 0) {
        fake_asound.underruns--;
        broken = true;
        return -EPIPE;
    }
    unsigned long taken = frames > 100 ? 100 : frames; /* a part, as ALSA may */
    memcpy(&fake_asound.last, (const short *)samples + taken - 1, sizeof fake_asound.last);
    fake_asound.frames += (unsigned)taken;
    return (long)taken;
}

int snd_pcm_recover(void *pcm, int error, int silent) {
    fake_asound.recovers++;
    if (pcm != &card || error != -EPIPE)
        return error;
    broken = false;
    return 0;
}

int snd_pcm_drain(void *pcm) {
    fake_asound.drains++;
    return pcm == &card && ready ? 0 : -EBADFD;
}

int snd_pcm_close(void *pcm) {
    fake_asound.closes++;
    card = 0;
    return pcm == &card ? 0 : -EBADFD;
}

int snd_lib_error_set_handler(void *handler) {
    return 0;
}
