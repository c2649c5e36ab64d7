#include "oc_tool_source.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "oc_err.h"

_Noreturn void oc_tool_die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    const oc_tool_source_t *file = (const oc_tool_source_t *)context;
    uint8_t *p = (uint8_t *)buffer;
    while (len) {
        ssize_t n = pread(file->fd, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? OC_ERR_IO : OC_ERR_TRUNC;
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return OC_OK;
}

void oc_tool_source_open(oc_tool_source_t *file, const char *path) {
    struct stat info;
    char why[128];
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0 || fstat(file->fd, &info))
        oc_tool_die("%s: %s", path, strerror(errno));
    file->source = (oc_mp4_source_t){read_at, file, (uint64_t)info.st_size};
    file->memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    if (!file->memory)
        oc_tool_die("%s: %s", path, oc_err_text(OC_ERR_NOMEM));
    int rc = oc_mp4_read_open(&file->reader, file->memory, &file->source, why, sizeof why);
    if (rc)
        oc_tool_die("%s: %s: %s", path, oc_err_text(rc), why);
}

void oc_tool_source_close(oc_tool_source_t *file) {
    free(file->memory);
    close(file->fd);
}
