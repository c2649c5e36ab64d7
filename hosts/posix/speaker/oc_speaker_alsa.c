#include "oc_speaker_alsa.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"

#define LIBRARY    "libasound.so.2"
#define PLAYBACK   0     /* SND_PCM_STREAM_PLAYBACK */
#define S16_LE     2     /* SND_PCM_FORMAT_S16_LE */
#define INTERLEAVE 3     /* SND_PCM_ACCESS_RW_INTERLEAVED */
#define LATENCY_US 60000 /* of the card: three blocks */

/* Functions of ALSA as its manual has them, without the prefix; a PCM handle is opaque. */
#define FUNCTIONS(X)                                                                               \
    X(pcm_open, int, (void **pcm, const char *name, int stream, int mode))                         \
    X(pcm_set_params, int,                                                                         \
      (void *pcm, int format, int access, unsigned channels, unsigned rate, int resample,          \
       unsigned latency))                                                                          \
    X(pcm_writei, long, (void *pcm, const void *samples, unsigned long frames))                    \
    X(pcm_recover, int, (void *pcm, int error, int silent))                                        \
    X(pcm_drain, int, (void *pcm))                                                                 \
    X(pcm_close, int, (void *pcm))                                                                 \
    X(lib_error_set_handler, int, (void (*handler)(const char *, int, const char *, int, const char *, ...)))

static struct {
#define FIELD(name, type, arguments) type(*name) arguments;
    FUNCTIONS(FIELD)
#undef FIELD
} alsa_lib;

struct oc_speaker_alsa {
    void *pcm;
};

/* It writes to stderr by itself; what matters comes back as an error. */
static void no_line(const char *file, int line, const char *function, int error,
                    const char *format, ...) {
}

static bool look_up(void *library, const char *name, void *out) {
    void *found = dlsym(library, name);
    memcpy(out, &found, sizeof found); /* ISO C has no way from an object to a function */
    return found != NULL;
}

/* The library stays loaded. One thread calls it. */
static bool load(void) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    bool all = library != NULL;
#define LOOK_UP(name, type, arguments)                                                             \
    all = all && look_up(library, "snd_" #name, &alsa_lib.name);
    FUNCTIONS(LOOK_UP)
#undef LOOK_UP
    if (all)
        (void)alsa_lib.lib_error_set_handler(no_line);
    return all;
}

int oc_speaker_alsa_open(oc_speaker_alsa_t **out, const char *device, uint32_t rate,
                         const char **why) {
    *why = "voice: sound output needs " LIBRARY ": apt install libasound2";
    if (!load())
        return OC_ERR_NOTSUP;
    *why = "voice: out of memory";
    oc_speaker_alsa_t *alsa = calloc(1, sizeof *alsa);
    if (!alsa)
        return OC_ERR_NOMEM;
    *why = "voice: this machine has no sound output that can be opened";
    int rc = alsa_lib.pcm_open(&alsa->pcm, device, PLAYBACK, 0);
    if (rc >= 0) {
        rc = alsa_lib.pcm_set_params(alsa->pcm, S16_LE, INTERLEAVE, 1, rate, 1, LATENCY_US);
        if (rc < 0)
            alsa_lib.pcm_close(alsa->pcm);
    }
    if (rc < 0) {
        free(alsa);
        return OC_ERR_IO;
    }
    *out = alsa;
    return OC_OK;
}

int oc_speaker_alsa_write(oc_speaker_alsa_t *alsa, const int16_t *samples, unsigned count) {
    while (count > 0) {
        long taken = alsa_lib.pcm_writei(alsa->pcm, samples, count);
        if (taken < 0 && alsa_lib.pcm_recover(alsa->pcm, (int)taken, 1) < 0)
            return OC_ERR_IO;
        if (taken <= 0)
            continue;
        samples += taken;
        count -= (unsigned)taken;
    }
    return OC_OK;
}

void oc_speaker_alsa_close(oc_speaker_alsa_t *alsa) {
    alsa_lib.pcm_drain(alsa->pcm);
    alsa_lib.pcm_close(alsa->pcm);
    free(alsa);
}
