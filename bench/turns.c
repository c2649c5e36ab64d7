/* turns - for bench/script-requests.mjs, loaded with LD_PRELOAD: how long each turn of the thread
 * named "media" takes, from the end of one wait for events to the next. A turn that never blocked
 * is its CPU time, which neither other threads nor a hypervisor's stealing move; one that blocked
 * (on a lock, on a disk) is its wall time without what it waited for a processor.
 * OCELLUS_BENCH_TURNS=MS:FILE skips that many milliseconds and writes JSON at the end. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS    100000 /* of a microsecond; the last has all that is longer */
#define NAME_TRIES 100    /* a thread gets its name soon after it began */
#define NS_PER_US  1000
#define NS_PER_MS  1000000
#define NS_PER_S   1000000000LL

typedef struct {
    int64_t wall_ns, cpu_ns, delay_ns;
    long blocked;
} look_t;

/* Only the media thread writes; read when it has ended. */
static uint32_t turns[BUCKETS], delays[BUCKETS];
static uint64_t count, blocked;
static int64_t skip_until_ns;
static look_t began;
static int schedstat = -1;
static _Thread_local int tries; /* -1: this is the media thread */

static int64_t read_clock(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static look_t look(void) {
    char text[96] = "";
    struct rusage usage;
    unsigned long long ran, waited = 0;
    if (pread(schedstat, text, sizeof text - 1, 0) > 0)
        sscanf(text, "%llu %llu", &ran, &waited);
    getrusage(RUSAGE_THREAD, &usage);
    return (look_t){.wall_ns = read_clock(CLOCK_MONOTONIC),
                    .cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID),
                    .delay_ns = (int64_t)waited,
                    .blocked = usage.ru_nvcsw};
}

static bool is_media(void) {
    char name[16] = "";
    const char *options = getenv("OCELLUS_BENCH_TURNS");
    if (tries < 0 || tries > NAME_TRIES || !options)
        return tries < 0;
    tries++;
    if (prctl(PR_GET_NAME, name) != 0 || strcmp(name, "media") != 0)
        return false;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/schedstat", (long)syscall(SYS_gettid));
    schedstat = open(path, O_RDONLY | O_CLOEXEC);
    skip_until_ns = read_clock(CLOCK_MONOTONIC) + atoll(options) * NS_PER_MS;
    tries = -1;
    return true;
}

static void add(uint32_t *buckets, int64_t ns) {
    int64_t us = ns < 0 ? 0 : ns / NS_PER_US;
    buckets[us < BUCKETS ? us : BUCKETS - 1]++;
}

static int64_t waited_ns;

static void end_turn(void) {
    look_t now = look();
    if (began.wall_ns > 0 && now.wall_ns > skip_until_ns) {
        bool stood = now.blocked > began.blocked;
        int64_t delay = now.delay_ns - began.delay_ns;
        add(turns, stood ? now.wall_ns - began.wall_ns - delay : now.cpu_ns - began.cpu_ns);
        add(delays, now.delay_ns - waited_ns);
        blocked += stood;
        count++;
    }
    waited_ns = now.delay_ns;
}

int epoll_pwait(int epoll, struct epoll_event *events, int max, int timeout, const sigset_t *set) {
    bool media = is_media();
    if (media)
        end_turn();
    int rc = (int)syscall(SYS_epoll_pwait, epoll, events, max, timeout, set, (size_t)_NSIG / 8);
    if (media)
        began = look();
    return rc;
}

int epoll_wait(int epoll, struct epoll_event *events, int max, int timeout) {
    return epoll_pwait(epoll, events, max, timeout, NULL);
}

static void write_quantiles(FILE *file, const char *name, const uint32_t *buckets) {
    static const struct {
        const char *name;
        double part;
    } quantiles[] = {{"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};
    fprintf(file, "\"%s\":{", name);
    for (unsigned i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        uint64_t sum = 0, rank = (uint64_t)((double)count * quantiles[i].part);
        unsigned us = 0;
        while (us < BUCKETS - 1 && (sum += buckets[us]) < rank)
            us++;
        fprintf(file, "%s\"%s\":%u", i ? "," : "", quantiles[i].name, us);
    }
    fprintf(file, "}");
}

__attribute__((destructor)) static void write_turns(void) {
    const char *options = getenv("OCELLUS_BENCH_TURNS");
    const char *path = options ? strchr(options, ':') : NULL;
    FILE *file = path && count > 0 ? fopen(path + 1, "w") : NULL;
    if (!file)
        return;
    fprintf(file, "{\"turns\":%llu,\"blocked\":%llu,", (unsigned long long)count,
            (unsigned long long)blocked);
    write_quantiles(file, "turnUs", turns);
    fprintf(file, ",");
    write_quantiles(file, "delayUs", delays);
    fprintf(file, "}\n");
    fclose(file);
}
