#define _GNU_SOURCE
#include "oc_stderr.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define STACK_BYTES (64 * 1024)
#define PART_BYTES  4096 /* copied out and written at a time */
#define BEFORE_ROOM (sizeof("2026-11-21T02:51:01.123Z info  ") - 1)

/* Lines on their way to one descriptor. */
typedef struct sink {
    const char *name;
    int fd;
    pthread_t thread;
    pthread_mutex_t lock; /* held for a copy, never across a write */
    pthread_cond_t cond;
    bool writing; /* under lock, as all below */
    bool stop;    /* leave when nothing is left */
    uint32_t head, len;
    uint32_t left_out; /* lines, since it was last said */
    char bytes[OC_STDERR_QUEUE_BYTES];
} sink_t;

enum { SINKS = 3 };
static sink_t sinks[SINKS] = {{.name = "stdout", .fd = STDOUT_FILENO},
                              {.name = "stderr", .fd = STDERR_FILENO},
                              {.name = "log file", .fd = -1}};
static sink_t *const out = &sinks[0], *const err = &sinks[1], *const file = &sinks[2];
static oc_journal_t *run_journal; /* behind `file`; NULL: none. Set before other threads start */
static pthread_mutex_t reported_lock = PTHREAD_MUTEX_INITIALIZER;
static char reported[OC_LOG_LINE_MAX + 16]; /* under said_lock */
static bool queued;                         /* set before other threads start */
static bool journal;                        /* stderr leads to systemd's; the same */
static _Atomic int level;

/* Waits as long as it takes. A reader that has gone away changes nothing. */
static void write_all(int fd, const char *text, size_t bytes) {
    while (bytes > 0) {
        ssize_t done = write(fd, text, bytes);
        if (done < 0 && errno == EAGAIN) /* somebody else has made the terminal non-blocking */
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        else if (done < 0 && errno != EINTR)
            return;
        if (done > 0) {
            text += done;
            bytes -= (size_t)done;
        }
    }
}

static void write_to(const sink_t *sink, const char *text, size_t bytes) {
    if (sink != file)
        write_all(sink->fd, text, bytes);
    else if (run_journal)
        oc_journal_write(run_journal, text, bytes);
}

/* Under lock; there is room. */
static void append(sink_t *sink, const char *text, uint32_t bytes) {
    uint32_t at = (sink->head + sink->len) % OC_STDERR_QUEUE_BYTES;
    uint32_t first = OC_STDERR_QUEUE_BYTES - at < bytes ? OC_STDERR_QUEUE_BYTES - at : bytes;
    memcpy(sink->bytes + at, text, first);
    memcpy(sink->bytes, text + first, bytes - first);
    sink->len += bytes;
}

/* Takes a part out. Returns its bytes; 0: there are none. */
static uint32_t take(sink_t *sink, char *part) {
    uint32_t bytes = sink->len < PART_BYTES ? sink->len : PART_BYTES;
    uint32_t end = OC_STDERR_QUEUE_BYTES - sink->head;
    bytes = bytes < end ? bytes : end;
    memcpy(part, sink->bytes + sink->head, bytes);
    sink->head = (sink->head + bytes) % OC_STDERR_QUEUE_BYTES;
    sink->len -= bytes;
    return bytes;
}

/* A whole line, so that lines of several threads do not mix. count: as how many it counts when it
 * is left out. */
static void put(sink_t *sink, const char *text, size_t bytes, uint32_t count) {
    if (!queued) {
        write_to(sink, text, bytes);
        write_to(sink, "\n", 1);
        return;
    }
    pthread_mutex_lock(&sink->lock);
    if (bytes < OC_STDERR_QUEUE_BYTES - sink->len) {
        append(sink, text, (uint32_t)bytes);
        append(sink, "\n", 1);
        pthread_cond_broadcast(&sink->cond);
    } else {
        sink->left_out += count;
    }
    pthread_mutex_unlock(&sink->lock);
}

/* text from `skip` on is what the journal gets: it has a time of its own. */
static void put_err(const char *text, size_t skip, oc_log_level_t at, uint32_t count) {
    char marked[OC_LOG_LINE_MAX + 96];
    if (journal) {
        snprintf(marked, sizeof(marked), "<%c>%s", "3467"[at & 3], text + skip);
        put(err, marked, strlen(marked), count);
    } else {
        put(err, text, strlen(text), count);
    }
}

static void put_line(const char *text, size_t skip, oc_log_level_t at, uint32_t count) {
    put_err(text, skip, at, count);
    if (run_journal)
        put(file, text, strlen(text), 1);
}

/* Names and texts of others must not steer a terminal or begin a line of their own. */
static void plain(char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
    }
}

/* A line of the log. */
static void put_entry(oc_log_level_t at, const char *room, const char *line, uint32_t count) {
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
    if (len <= 0)
        return;
    plain(text);
    put_line(text, (size_t)len > BEFORE_ROOM ? BEFORE_ROOM : 0, at, count);
}

static void on_line(void *context, oc_log_level_t at, const char *room, const char *line) {
    put_entry(at, room, line, 1);
}

/* Behind the lines that came before those left out. Without room it is said later. */
static void notify_left_out(const sink_t *sink, uint32_t left_out) {
    char line[80];
    snprintf(line, sizeof(line), "%u lines dropped: %s was not %s", left_out, sink->name,
             sink == file ? "written" : "read");
    put_entry(OC_LOG_WARN, "log", line, sink == err ? left_out : 1);
}

static void *run(void *context) {
    sink_t *sink = context;
    char part[PART_BYTES];
    for (;;) {
        pthread_mutex_lock(&sink->lock);
        sink->writing = false;
        while (sink->len == 0 && !sink->stop) {
            pthread_cond_broadcast(&sink->cond);
            oc_posix_cond_wait(&sink->cond, &sink->lock, INT64_MAX);
        }
        if (sink->len == 0)
            break;
        uint32_t bytes = take(sink, part), left_out = sink->left_out;
        sink->left_out = 0;
        sink->writing = true;
        pthread_mutex_unlock(&sink->lock);
        if (left_out > 0)
            notify_left_out(sink, left_out);
        write_to(sink, part, bytes);
    }
    pthread_mutex_unlock(&sink->lock);
    return NULL;
}

/* systemd.exec(5), JOURNAL_STREAM: device and inode of what it has made stderr. */
static bool is_journal(void) {
    unsigned long long device, inode;
    const char *named = getenv("JOURNAL_STREAM");
    struct stat about;
    return named && sscanf(named, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &about) == 0 && about.st_dev == device && about.st_ino == inode;
}

void oc_stderr_log(oc_log_level_t threshold) {
    journal = is_journal();
    reported[0] = '\0';
    atomic_store(&level, (int)threshold);
    oc_log_set(on_line, NULL, OC_LOG_DEBUG);
}

void oc_stderr_journal(oc_journal_t *to) {
    run_journal = to;
}

int oc_stderr_start(void) {
    for (unsigned i = 0; i < SINKS; i++) {
        pthread_mutex_init(&sinks[i].lock, NULL);
        oc_posix_cond_init(&sinks[i].cond);
        sinks[i].stop = false;
        if (oc_posix_thread(&sinks[i].thread, sinks[i].name, STACK_BYTES, run, &sinks[i]) != OC_OK)
            return OC_ERR_NOMEM;
    }
    queued = true;
    return OC_OK;
}

void oc_stderr_level(oc_log_level_t threshold) {
    atomic_store(&level, (int)threshold);
}

void oc_stderr_report(const char *line) {
    char text[OC_LOG_LINE_MAX + 16];
    snprintf(text, sizeof(text), "ocellus: %s", line);
    plain(text);
    pthread_mutex_lock(&reported_lock);
    snprintf(reported, sizeof(reported), "%s", text + strlen("ocellus: "));
    pthread_mutex_unlock(&reported_lock);
    put_line(text, 0, OC_LOG_ERROR, 1);
}

void oc_stderr_whisper(const char *line) {
    char text[OC_LOG_LINE_MAX + 16];
    snprintf(text, sizeof(text), "ocellus: %s", line);
    plain(text);
    put_err(text, 0, OC_LOG_WARN, 1);
}

void oc_stderr_reported(char *text, size_t size) {
    pthread_mutex_lock(&reported_lock);
    snprintf(text, size, "%s", reported);
    pthread_mutex_unlock(&reported_lock);
}

void oc_stderr_print(const char *text, size_t bytes) {
    put(out, text, bytes, 1);
}

void oc_stderr_flush(int64_t until_us) {
    for (unsigned i = 0; queued && i < SINKS; i++) {
        pthread_mutex_lock(&sinks[i].lock);
        while ((sinks[i].len > 0 || sinks[i].writing) && oc_posix_now_us() < until_us)
            oc_posix_cond_wait(&sinks[i].cond, &sinks[i].lock, until_us);
        pthread_mutex_unlock(&sinks[i].lock);
    }
}

static bool idle(sink_t *sink) {
    pthread_mutex_lock(&sink->lock);
    bool nothing = sink->len == 0 && !sink->writing;
    pthread_mutex_unlock(&sink->lock);
    return nothing;
}

static void end(sink_t *sink) {
    pthread_mutex_lock(&sink->lock);
    sink->stop = true;
    pthread_cond_broadcast(&sink->cond);
    pthread_mutex_unlock(&sink->lock);
    pthread_join(sink->thread, NULL);
    pthread_mutex_destroy(&sink->lock);
    pthread_cond_destroy(&sink->cond);
}

bool oc_stderr_stop(int64_t until_us) {
    oc_stderr_flush(until_us);
    if (queued && (!idle(out) || !idle(err) || !idle(file)))
        return false;
    for (unsigned i = 0; queued && i < SINKS; i++)
        end(&sinks[i]);
    queued = false;
    return true;
}
