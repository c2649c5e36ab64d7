/* What the C library wants from a system, on either machine (xt_system.h). */
#include "xt_system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define FIRST_WALL_S 1767225600u /* 2026-01-01 */

#define HEAP_BYTES (320u << 20)
#define PAINT      0xA5
#define OUTPUT_MAX 512
#define VARIABLES  16

static char output[OUTPUT_MAX];
static size_t output_len;
static char heap[HEAP_BYTES] __attribute__((aligned(16)));
static size_t heap_len;
static char *variables[VARIABLES + 1];
char **environ = variables;

static void flush(void) {
    for (size_t at = 0; at < output_len;) {
        ssize_t n = write(1, output + at, output_len - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    output_len = 0;
}

/* One stream for both: lines stay in order. */
static int put(char c, FILE *file) {
    (void)file;
    uint32_t mask = xt_hold();
    output[output_len++] = c;
    if (c == '\n' || output_len == OUTPUT_MAX)
        flush();
    xt_release(mask);
    return (unsigned char)c;
}

static FILE terminal = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &terminal;
FILE *const stderr = &terminal;
FILE *const stdin = &terminal;

void *sbrk(ptrdiff_t bytes) {
    uint32_t mask = xt_hold();
    void *at = heap + heap_len;
    if (bytes < 0 ? (size_t)-bytes > heap_len : (size_t)bytes > HEAP_BYTES - heap_len) {
        errno = ENOMEM;
        at = (void *)-1;
    } else {
        heap_len += (size_t)bytes;
    }
    xt_release(mask);
    return at;
}

void _exit(int code) {
    flush();
    xt_end(code);
}

pid_t getpid(void) {
    return 1;
}

int kill(pid_t pid, int signal) {
    (void)pid;
    printf("killed by signal %d\n", signal);
    _exit(128 + signal);
}

/* A board whose clock is set: the machine has none. */
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    uint64_t us = xt_clock_us();
    (void)zone;
    now->tv_sec = (time_t)(FIRST_WALL_S + us / 1000000);
    now->tv_usec = (suseconds_t)(us % 1000000);
    return 0;
}

/* Only what the fuzz driver asks: there are files, and they have a length. */
int stat(const char *restrict path, struct stat *restrict info) {
    int fd = open(path, O_RDONLY);
    off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (fd >= 0)
        close(fd);
    if (end < 0)
        return -1;
    *info = (struct stat){.st_mode = S_IFREG, .st_size = end};
    return 0;
}

int scandir(const char *path, struct dirent ***names, int (*expected)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **)) {
    (void)path, (void)names, (void)expected, (void)compare;
    errno = ENOSYS;
    return -1;
}

int alphasort(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Below the stack pointer of the caller, with room for the frame of memset. */
static void paint_stack(void) {
    char *here = __builtin_frame_address(0);
    memset(xt_stack_start, PAINT, (size_t)(here - 256 - xt_stack_start));
}

static size_t stack_used(void) {
    const char *p = xt_stack_start;
    while (p < xt_stack_end && *p == PAINT)
        p++;
    return (size_t)(xt_stack_end - p);
}

extern int main(int argc, char **argv);
extern void (*__preinit_array_start[])(void), (*__init_array_end[])(void);

void xt_run(int argc, char **argv) {
    unsigned count = 0;
    while (argc > 1 && count < VARIABLES && strchr(argv[1], '=') && argv[1][0] >= 'A' &&
           argv[1][0] <= 'Z') {
        variables[count++] = argv[1];
        argv[1] = argv[0];
        argv++;
        argc--;
    }
    for (void (**call)(void) = __preinit_array_start; call < __init_array_end; call++)
        (*call)();
    paint_stack();
    int code = main(argc, argv);
    printf("stack of main: %u bytes\n", (unsigned)stack_used());
    exit(code);
}
