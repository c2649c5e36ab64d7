#define _GNU_SOURCE
#include "oc_speaker_wav.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_span.h"

#define HEAD     44 /* bytes of RIFF, "fmt " and the head of "data" */
#define PCM      1  /* WAVE_FORMAT_PCM */
#define FMT      16 /* bytes of "fmt " */
#define BITS     16
#define PER_BYTE 8

static int error_of(int error) {
    return error == ENOSPC || error == EDQUOT                    ? OC_ERR_DISK_FULL
           : error == EROFS || error == EACCES || error == EPERM ? OC_ERR_READ_ONLY
                                                                 : OC_ERR_IO;
}

static void little(uint8_t *out, uint32_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (PER_BYTE * i));
}

/* The header with the lengths as they are now. */
static int write_head(oc_speaker_wav_t *wav) {
    uint8_t head[HEAD] = "RIFF....WAVEfmt ....................data";
    uint32_t second = wav->rate * (BITS / PER_BYTE);
    little(head + 4, wav->bytes + HEAD - 8, 4);
    little(head + 16, FMT, 4);
    little(head + 20, PCM, 2);
    little(head + 22, 1, 2); /* channels */
    little(head + 24, wav->rate, 4);
    little(head + 28, second, 4);
    little(head + 32, BITS / PER_BYTE, 2);
    little(head + 34, BITS, 2);
    little(head + 40, wav->bytes, 4);
    wav->stated = wav->bytes;
    return pwrite(wav->fd, head, HEAD, 0) == HEAD ? OC_OK : error_of(errno);
}

int oc_speaker_wav_open(oc_speaker_wav_t *wav, int root, uint32_t rate) {
    *wav = (oc_speaker_wav_t){.rate = rate};
    wav->fd = openat(root, OC_SPEAKER_WAV_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                     0600);
    if (wav->fd < 0)
        return error_of(errno);
    int rc = write_head(wav);
    if (rc != OC_OK)
        close(wav->fd);
    return rc;
}

int oc_speaker_wav_write(oc_speaker_wav_t *wav, const int16_t *samples, unsigned count) {
    uint32_t len = count * (uint32_t)sizeof *samples;
    if (len > OC_SPEAKER_WAV_MAX - wav->bytes)
        return OC_OK;
    if (pwrite(wav->fd, samples, len, (off_t)HEAD + wav->bytes) != (ssize_t)len) /* little endian */
        return error_of(errno);
    wav->bytes += len;
    return wav->bytes - wav->stated >= wav->rate * sizeof *samples ? write_head(wav) : OC_OK;
}

void oc_speaker_wav_close(oc_speaker_wav_t *wav) {
    (void)write_head(wav);
    close(wav->fd);
}
