#define _GNU_SOURCE
#include "oc_mp4_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define FNV_OFFSET UINT64_C(14695981039346656037) /* FNV-1a, 64 bit, over words */
#define FNV_PRIME  UINT64_C(1099511628211)

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    return oc_posix_read_at((int)(intptr_t)context, offset, buffer, len);
}

int oc_mp4_file_open(oc_mp4_source_t *out, int fd) {
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(fd);
        return OC_ERR_NOTSUP;
    }
    *out = (oc_mp4_source_t){read_at, (void *)(intptr_t)fd, (uint64_t)about.st_size};
    return OC_OK;
}

void oc_mp4_file_close(void *context, oc_mp4_source_t *source) {
    close((int)(intptr_t)source->context);
}

uint64_t oc_mp4_file_version(const char *path) {
    struct stat about;
    if (stat(path, &about) != 0)
        return 0;
    const uint64_t words[] = {(uint64_t)about.st_dev, (uint64_t)about.st_ino,
                              (uint64_t)about.st_size, (uint64_t)about.st_mtim.tv_sec,
                              (uint64_t)about.st_mtim.tv_nsec};
    uint64_t hash = FNV_OFFSET;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        hash = (hash ^ words[i]) * FNV_PRIME;
    return hash ? hash : 1;
}
