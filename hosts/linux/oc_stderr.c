#define _GNU_SOURCE
#include "oc_stderr.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static _Atomic int level;

/* One call for a whole line, so that lines of several threads do not mix. A reader that has gone
 * away changes nothing. */
static void write_line(int fd, const char *text, size_t bytes) {
    struct iovec parts[2] = {{(void *)(uintptr_t)text, bytes}, {(void *)(uintptr_t) "\n", 1}};
    ssize_t done;
    do
        done = writev(fd, parts, 2);
    while (done < 0 && errno == EINTR);
}

static void on_line(void *context, oc_log_level_t at, const char *room, const char *line) {
    static const char *const names[] = {"error", "warn ", "info ", "debug"};
    char text[OC_LOG_LINE_MAX + 80], when[32];
    struct timespec now;
    struct tm parts;
    if ((int)at > atomic_load_explicit(&level, memory_order_relaxed))
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &parts);
    int len = snprintf(text, sizeof(text), "%s.%03ldZ %s %-9s %s", when, now.tv_nsec / 1000000,
                       names[at & 3], room, line);
    if (len > 0)
        write_line(STDERR_FILENO, text, strlen(text));
}

void oc_stderr_log(oc_log_level_t threshold) {
    atomic_store(&level, (int)threshold);
    oc_log_set(on_line, NULL, OC_LOG_DEBUG);
}

void oc_stderr_level(oc_log_level_t threshold) {
    atomic_store(&level, (int)threshold);
}

void oc_stderr_say(const char *line) {
    char text[OC_LOG_LINE_MAX + 16];
    snprintf(text, sizeof(text), "ocellus: %s", line);
    write_line(STDERR_FILENO, text, strlen(text));
}

void oc_stderr_print(const char *text, size_t bytes) {
    write_line(STDOUT_FILENO, text, bytes);
}
