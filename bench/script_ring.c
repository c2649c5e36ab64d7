/* Round trips of letters between two processes: a command up, its reply down, each side asleep in
 * epoll as its loop is. script_ring [ROUNDS] [BYTES]: microseconds, p50 and p99. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "oc_script_ring.h"

static uint8_t bytes[OC_PARCEL_MAX];

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int poll_of(int fd) {
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    return epoll;
}

static void wait_for(int epoll, int fd) {
    struct epoll_event event;
    eventfd_t count;
    while (epoll_wait(epoll, &event, 1, -1) != 1)
        continue;
    (void)eventfd_read(fd, &count);
}

static void put(oc_script_ring_t *ring, uint16_t kind, uint32_t size, int fd) {
    bool asleep = false, put = oc_script_ring_put(ring, &(oc_letter_t){.kind = kind}, bytes, size,
                                                  NULL, 0, &asleep);
    if (!put)
        abort();
    if (asleep)
        eventfd_write(fd, 1);
}

static void take(oc_script_ring_t *ring, int epoll, int fd) {
    oc_letter_t letter;
    bool bad = false;
    while (!oc_script_ring_peek(ring, &letter, &bad)) {
        if (bad)
            abort();
        wait_for(epoll, fd);
    }
    oc_script_ring_take(ring, &letter, bytes);
}

static int compare(const void *a, const void *b) {
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 100000;
    uint32_t size = argc > 2 ? (uint32_t)atoi(argv[2]) : 0;
    int64_t *ns = calloc((size_t)rounds, sizeof(*ns));
    oc_script_share_t *share =
        mmap(NULL, sizeof(*share), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int up = eventfd(0, EFD_NONBLOCK), down = eventfd(0, EFD_NONBLOCK);
    if (!ns || share == MAP_FAILED || size > OC_PARCEL_MAX)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        int epoll = poll_of(up);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            take(&share->up, epoll, up);
            put(&share->down, OC_LETTER_REPLY, size, down);
        }
    }
    int epoll = poll_of(down);
    for (int i = 0; i < rounds; i++) {
        int64_t begin = now_ns();
        put(&share->up, OC_LETTER_COMMAND, size, up);
        take(&share->down, epoll, down);
        ns[i] = now_ns() - begin;
    }
    kill(child, SIGKILL);
    qsort(ns, (size_t)rounds, sizeof(*ns), compare);
    printf("%d round trips of %u bytes each way: p50 %.1f us, p99 %.1f us, p99.9 %.1f us\n", rounds,
           size, (double)ns[rounds / 2] / 1000, (double)ns[rounds * 99LL / 100] / 1000,
           (double)ns[rounds * 999LL / 1000] / 1000);
    return 0;
}
