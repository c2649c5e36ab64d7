#define _GNU_SOURCE
#include "oc_body_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_posix.h"

typedef struct file_body {
    oc_body_t body; /* first */
    oc_body_files_t *files;
    int fd;
} file_body_t;

static int64_t read_file(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    const file_body_t *file = (const file_body_t *)(void *)body;
    ssize_t got;
    do
        got = pread(file->fd, out, size, (off_t)offset);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        return got;
    return got < 0 ? oc_posix_error(errno) : OC_ERR_CLOSED; /* it was cut short meanwhile */
}

static void release_file(oc_body_t *body) {
    file_body_t *file = (file_body_t *)(void *)body;
    close(file->fd);
    atomic_fetch_sub(&file->files->count, 1);
    free(file);
}

static const oc_body_source_t source = {.read = read_file, .release = release_file};

/* The size of a regular file, or OC_ERR_*. */
static int64_t size_of(int fd) {
    struct stat about;
    if (fstat(fd, &about) != 0)
        return oc_posix_error(errno);
    return S_ISREG(about.st_mode) ? (int64_t)about.st_size : OC_ERR_INVAL;
}

static int open_body(oc_body_files_t *files, int root, const char *path, uint64_t limit,
                     const char *type, oc_body_ref_t *out) {
    int fd = oc_beneath_open(root, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return fd;
    int64_t size = size_of(fd);
    file_body_t *file = size < 0 ? NULL : calloc(1, sizeof(*file));
    if (!file) {
        close(fd);
        return size < 0 ? (int)size : OC_ERR_NOMEM;
    }
    file->files = files;
    file->fd = fd;
    *out =
        oc_body_init(&file->body, &source, (uint64_t)size < limit ? (uint64_t)size : limit, type);
    return OC_OK;
}

int oc_body_file_open(oc_body_files_t *files, int root, const char *path, uint64_t limit,
                      const char *type, oc_body_ref_t *out) {
    if (atomic_fetch_add(&files->count, 1) >= OC_BODY_FILES_MAX) {
        atomic_fetch_sub(&files->count, 1);
        return OC_ERR_BUSY;
    }
    int result = open_body(files, root, path, limit, type, out);
    if (result != OC_OK)
        atomic_fetch_sub(&files->count, 1);
    return result;
}
