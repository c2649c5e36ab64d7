/* Pushes a file by oc_push_link, for tests/push: `push_feed FOLDER flv|ts FILE [BYTES_PER_S]`, the
 * address and the fingerprint as the first two lines of the standard input. Prints a line for each
 * state: "open MS", "given BYTES", "ended NAME MS WHY", "closed". It goes on when its standard
 * input has a line, or ends: that closes the link. */
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_helper.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_push_link.h"

#define PIECE (188 * 300)

static atomic_uint woken;
static int64_t begun_us;

static void wake(void *context) {
    atomic_fetch_add(&woken, 1);
}

static void release(void *context, const uint8_t *data) {
    free((void *)data);
}

static void log_line(void *context, oc_log_level_t level, const char *tag, const char *text) {
    fprintf(stderr, "%s: %s\n", tag, text);
}

static int ms(void) {
    return (int)((oc_posix_now_us() - begun_us) / 1000);
}

/* A line of the standard input, or its end. */
static bool told(int wait_ms) {
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&in, 1, wait_ms) > 0;
}

static void line_of(char *out, size_t size) {
    size_t n = 0;
    char byte;
    while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
        if (n + 1 < size)
            out[n++] = byte;
    }
    out[n] = '\0';
}

/* False: the link has ended. */
static bool give(oc_push_link_t *link, int file, int64_t *given, bool *whole) {
    uint8_t *piece = malloc(PIECE);
    ssize_t n = piece ? pread(file, piece, PIECE, *given) : -1;
    if (n <= 0) {
        free(piece);
        if (!*whole && oc_push_link_queued(link) == 0) {
            printf("given %lld\n", (long long)*given);
            *whole = true;
        }
        return n == 0;
    }
    if (oc_push_link_give(link, piece, (size_t)n, release, NULL) == OC_OK)
        *given += n;
    else
        free(piece);
    return true;
}

static void feed(oc_push_link_t *link, int file, int64_t bytes_s) {
    char why[OC_PUSH_LINK_WHY];
    int code;
    int64_t given = 0, open_us = 0;
    bool whole = false;
    while (!told(whole ? 20 : 1)) {
        oc_push_link_state_t state = oc_push_link_state(link, &code, why, sizeof(why));
        if (state == OC_PUSH_LINK_ENDED) {
            printf("ended %s %d %s\n", oc_err_name(code), ms(), why);
            return;
        }
        if (state == OC_PUSH_LINK_CONNECTING)
            continue;
        if (!open_us)
            printf("open %d\n", ms());
        open_us = open_us ? open_us : oc_posix_now_us();
        double due = bytes_s ? (double)(oc_posix_now_us() - open_us) / 1e6 * (double)bytes_s : 1e15;
        if ((double)given < due && !give(link, file, &given, &whole))
            return;
    }
}

int main(int argc, char **argv) {
    char url[2048], pin[200], why[OC_PUSH_LINK_WHY] = "";
    if (argc < 4)
        return 2;
    line_of(url, sizeof(url));
    line_of(pin, sizeof(pin));
    setvbuf(stdout, NULL, _IOLBF, 0);
    oc_log_set(log_line, NULL, OC_LOG_INFO);
    oc_helper_folder(argv[1]);
    begun_us = oc_posix_now_us();
    oc_push_link_config_t config = {
        .url = url, .pin = pin, .ts = strcmp(argv[2], "ts") == 0, .wake = wake};
    oc_push_link_t *link;
    int file = open(argv[3], O_RDONLY), rc = oc_push_link_open(&link, &config, why, sizeof(why));
    if (rc != OC_OK || file < 0) {
        printf("ended %s %d %s\n", oc_err_name(rc), ms(), why);
        return 0;
    }
    feed(link, file, argc > 4 ? atoll(argv[4]) : 0);
    oc_push_link_close(link);
    printf("closed\n");
    while (!told(100))
        ;
    usleep(1200 * 1000); /* the goodbye of a link that was closed */
    return 0;
}
