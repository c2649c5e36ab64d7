#define _GNU_SOURCE
#include "oc_notify.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Seconds are enough, and no sum of two overflows. */
#define USEC_MAX INT64_C(1000000000000)

/* A number of the environment; 0: none, or another word. */
static int64_t read_number(const char *name) {
    const char *text = getenv(name);
    char *end = NULL;
    long long number = text ? strtoll(text, &end, 10) : 0;
    return text && text[0] && *end == '\0' && number > 0 && number < USEC_MAX ? number : 0;
}

/* A path, or a name without a file behind '@'. */
static bool join(int fd, const char *path) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len < 2 || len >= sizeof(to.sun_path) || !strchr("/@", path[0]))
        return false;
    memcpy(to.sun_path, path, len);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    return connect(fd, (struct sockaddr *)&to,
                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0;
}

void oc_notify_open(oc_notify_t *notify) {
    const char *path = getenv("NOTIFY_SOCKET");
    int64_t usec = read_number("WATCHDOG_USEC"), of = read_number("WATCHDOG_PID");
    *notify = (oc_notify_t){.fd = -1, .every_us = usec / 2};
    if (!path || usec == 0 || (of != 0 && of != getpid()))
        return;
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->fd >= 0 && !join(notify->fd, path))
        oc_notify_close(notify);
}

void oc_notify_turn(oc_notify_t *notify, int64_t now_us) {
    static const char alive[] = "WATCHDOG=1";
    if (notify->fd < 0 || now_us < notify->due_us)
        return;
    notify->due_us = now_us + notify->every_us;
    (void)!send(notify->fd, alive, sizeof(alive) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void oc_notify_close(oc_notify_t *notify) {
    if (notify->fd >= 0)
        close(notify->fd);
    notify->fd = -1;
}
