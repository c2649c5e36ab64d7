#define _GNU_SOURCE
#include "oc_trail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define OPEN_FLAGS (O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

int oc_trail_open(oc_trail_t *trail, int root, const char *folder, const char *name,
                  uint64_t limit) {
    struct stat about;
    *trail = (oc_trail_t){.folder = -1,
                          .fd = -1,
                          .root = root,
                          .folder_name = folder,
                          .limit = limit,
                          .name = name,
                          .between = true};
    if (mkdirat(root, folder, 0700) != 0 && errno != EEXIST)
        return oc_posix_error(errno);
    trail->folder = openat(root, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (trail->folder >= 0)
        trail->fd = openat(trail->folder, name, OPEN_FLAGS, 0600);
    int result = trail->fd < 0                   ? oc_posix_error(errno)
                 : fstat(trail->fd, &about) != 0 ? oc_posix_error(errno)
                 : !S_ISREG(about.st_mode)       ? OC_ERR_FORMAT
                 : fchmod(trail->fd, 0600) != 0  ? oc_posix_error(errno)
                                                 : OC_OK;
    trail->open = true;
    if (result != OC_OK)
        oc_trail_close(trail);
    else
        trail->bytes = (uint64_t)about.st_size;
    return result;
}

/* The next file gets the descriptor's number: a handler of signals may know it. */
static void turn_over(oc_trail_t *trail) {
    char old[64];
    snprintf(old, sizeof(old), "%.60s.1", trail->name);
    if (renameat(trail->folder, trail->name, trail->folder, old) != 0)
        return;
    int fd = openat(trail->folder, trail->name, OPEN_FLAGS | O_EXCL, 0600);
    if (fd < 0)
        return;
    if (dup3(fd, trail->fd, O_CLOEXEC) >= 0)
        trail->bytes = 0;
    close(fd);
}

/* Made anew under the numbers that the descriptors have. */
static void open_again(oc_trail_t *trail) {
    oc_trail_t fresh;
    if (oc_trail_open(&fresh, trail->root, trail->folder_name, trail->name, trail->limit) != OC_OK)
        return;
    if (dup3(fresh.folder, trail->folder, O_CLOEXEC) >= 0 &&
        dup3(fresh.fd, trail->fd, O_CLOEXEC) >= 0)
        trail->bytes = fresh.bytes;
    oc_trail_close(&fresh);
}

void oc_trail_write(oc_trail_t *trail, const char *text, size_t bytes) {
    struct stat about;
    if (!trail->open || bytes == 0)
        return;
    if (trail->between && (trail->lost || (fstat(trail->fd, &about) == 0 && about.st_nlink == 0)))
        open_again(trail);
    trail->lost = false;
    if (trail->between && trail->bytes >= trail->limit)
        turn_over(trail);
    trail->between = text[bytes - 1] == '\n';
    while (bytes > 0) {
        ssize_t put = write(trail->fd, text, bytes);
        if (put < 0 && errno == EINTR)
            continue;
        trail->lost = put <= 0;
        if (trail->lost)
            return;
        text += put;
        bytes -= (size_t)put;
        trail->bytes += (uint64_t)put;
    }
}

void oc_trail_close(oc_trail_t *trail) {
    if (trail->open && trail->fd >= 0)
        close(trail->fd);
    if (trail->open && trail->folder >= 0)
        close(trail->folder);
    trail->open = false;
}
