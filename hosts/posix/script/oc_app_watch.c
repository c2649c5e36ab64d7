#define _GNU_SOURCE
#include "oc_app_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_log.h"
#include "oc_loop_parts.h"

struct oc_app_watch {
    int fd; /* of inotify, on the file's folder */
    oc_loop_watch_t *watch;
    const char *path, *name; /* name: its last part */
    void (*changed)(void *context, const uint8_t *data, size_t size);
    void *context;
};

/* The whole file; NULL: errno says why. */
static uint8_t *read_archive(const char *path, size_t *size) {
    struct stat about;
    uint8_t *data = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &about) == 0) {
        errno = S_ISREG(about.st_mode) ? EFBIG : EINVAL;
        if (S_ISREG(about.st_mode) && about.st_size <= OC_APP_BYTES_MAX)
            data = malloc((size_t)about.st_size + 1);
    }
    ssize_t got = 0;
    *size = 0;
    while (data && *size < (size_t)about.st_size &&
           (got = read(fd, data + *size, (size_t)about.st_size - *size)) > 0)
        *size += (size_t)got;
    close(fd);
    return data;
}

/* Whether one of the events that wait is about the file. */
static bool take_events(const oc_app_watch_t *watch) {
    _Alignas(struct inotify_event) char block[4096];
    bool found = false;
    ssize_t size;
    while ((size = read(watch->fd, block, sizeof(block))) > 0) {
        for (char *at = block; at < block + size;) {
            const struct inotify_event *event = (const struct inotify_event *)at;
            found |= event->len > 0 && strcmp(event->name, watch->name) == 0;
            found |= (event->mask & IN_Q_OVERFLOW) != 0;
            at += sizeof(*event) + event->len;
        }
    }
    return found;
}

static void on_ready(void *context, unsigned events) {
    oc_app_watch_t *watch = context;
    size_t size;
    if (!take_events(watch))
        return;
    uint8_t *data = read_archive(watch->path, &size);
    if (!data) {
        oc_log(OC_LOG_ERROR, "script", "application %s: %s: the running one goes on", watch->path,
               strerror(errno));
        return;
    }
    watch->changed(watch->context, data, size);
    free(data);
}

oc_app_watch_t *oc_app_watch_start(void *native, const char *path,
                                   void (*changed)(void *context, const uint8_t *data, size_t size),
                                   void *context) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    oc_app_watch_t *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    *watch = (oc_app_watch_t){
        .path = path, .name = slash ? slash + 1 : path, .changed = changed, .context = context};
    watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->fd >= 0 && inotify_add_watch(watch->fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO) >= 0)
        watch->watch = oc_loop_watch_start(native, watch->fd, OC_LOOP_READ, on_ready, watch);
    if (watch->watch)
        return watch;
    int error = errno;
    if (watch->fd >= 0)
        close(watch->fd);
    free(watch);
    errno = error;
    return NULL;
}

void oc_app_watch_stop(oc_app_watch_t *watch) {
    if (!watch)
        return;
    oc_loop_watch_stop(watch->watch);
    close(watch->fd);
    free(watch);
}
