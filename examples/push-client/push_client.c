/* push_client - gives a device pictures from your own encoder, over its push socket.
 *   push_client SOCKET NAME [FILE.h264 [FPS]]
 * FILE: H.264 with start codes (Annex B), no B-pictures; without it a grey 64x64 picture is sent.
 * The protocol is docs/push-protocol.md. Plain POSIX C, no library: copy what you need. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { HELLO = 1, TRACK = 2, PACKET = 3, BYE = 4, WELCOME = 129, REFUSED = 130 };
#define UNIT_MAX  (4 * 1024 * 1024) /* the protocol's largest payload */
#define TIMESCALE 90000

#define GREY_AVCC_LEN 34
#define GREY_LEN      25
static const char grey_avcc[] =
    "\x01\x42\xC0\x33\xFF\xE1\x00\x13\x67\x42\xC0\x33\x95\xA1\x09\xA1\x00"
    "\x00\x03\x00\x01\x00\x00\x03\x00\x3C\x84\x01\x00\x04\x68\xCE\x3C\x80";
static const char *const grey_idr[2] = {
    "\x00\x00\x00\x15\x65\x88\x80\x4A\x27\x27\x27\x27\x27\x27\x27\x27\x27"
    "\x27\x27\x27\x27\x27\x27\x27\x80",
    "\x00\x00\x00\x15\x65\x88\x80\x22\x89\xC9\xC9\xC9\xC9\xC9\xC9\xC9\xC9"
    "\xC9\xC9\xC9\xC9\xC9\xC9\xC9\xE0"};

static int fd;
static uint8_t *file, unit[UNIT_MAX]; /* unit: the picture being put together */
static size_t file_len, at;

static void die(const char *what) {
    fprintf(stderr, "push_client: %s: %s\n", what, errno ? strerror(errno) : "stopped");
    exit(1);
}

static uint8_t *put(uint8_t *p, uint64_t value, int bytes) { /* big-endian */
    while (bytes--)
        *p++ = (uint8_t)(value >> 8 * bytes);
    return p;
}

static void send_all(const void *data, size_t len) {
    ssize_t n;
    for (const uint8_t *p = data; len; p += n, len -= (size_t)n)
        if ((n = send(fd, p, len, MSG_NOSIGNAL)) < 0)
            die("send");
}

/* One message: length, type, head, then payload. */
static void message(int type, const uint8_t *head, size_t n, const void *payload, size_t len) {
    uint8_t frame[5];
    put(put(frame, 1 + n + len, 4), (uint64_t)type, 1);
    send_all(frame, sizeof frame), send_all(head, n), send_all(payload, len);
}

/* Takes a reply if one is there (or waits for it). Returns its type, 0 = none. */
static int reply(int wait) {
    uint8_t b[5 + 4 + 160];
    if (recv(fd, b, 5, wait ? MSG_WAITALL : MSG_DONTWAIT) != 5) {
        if (!wait && (errno == EAGAIN || errno == EWOULDBLOCK))
            return 0;
        die("the device closed the connection");
    }
    size_t len = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
    if (len < 1 || len > sizeof b - 4 || (len > 1 && recv(fd, b + 5, len - 1, MSG_WAITALL) < 0))
        die("reply");
    if (b[4] == REFUSED)
        fprintf(stderr, "push_client: refused: %.*s\n", (int)(len - 5), (char *)b + 9), exit(1);
    return b[4];
}

/* The next NAL unit of the file; 0 = end. */
static size_t next_nal(const uint8_t **nal) {
    size_t end;
    while (at + 3 < file_len && (file[at] || file[at + 1] || file[at + 2] != 1))
        at++;
    if (at + 3 >= file_len)
        return 0;
    *nal = file + (at += 3);
    for (end = at; end < file_len; end++)
        if (end + 2 < file_len && !file[end] && !file[end + 1] && file[end + 2] <= 1)
            break;
    at = end;
    return (size_t)(file + end - *nal);
}

/* Puts the NAL units of the next picture into unit, with lengths; parameter sets go to avcC. */
static size_t next_picture(int *key, uint8_t *avcc, size_t *avcc_len) {
    size_t used = 0, n, before;
    const uint8_t *nal, *sps = NULL;
    int slices = 0;
    for (*key = 0; before = at, (n = next_nal(&nal)) > 0;) {
        int type = nal[0] & 31, slice = type == 1 || type == 5;
        if (slices && (!slice || (n > 1 && nal[1] & 0x80))) { /* first_mb_in_slice 0: a new one */
            at = before;
            break;
        }
        if (type == 7 && n > 3 && n < 200) { /* SPS, then PPS: ISO/IEC 14496-15 5.3.3.1 */
            uint8_t *p = put(avcc, 1, 1);
            sps = nal, memcpy(p, sps + 1, 3), p += 3;
            p = put(put(p, 0xFFE1, 2), n, 2);
            memcpy(p, nal, n), *avcc_len = (size_t)(p + n - avcc);
        } else if (type == 8 && sps && n < 200) {
            uint8_t *p = put(put(avcc + *avcc_len, 1, 1), n, 2);
            memcpy(p, nal, n), *avcc_len = (size_t)(p + n - avcc), sps = NULL;
        } else if (type != 9 && used + 4 + n <= UNIT_MAX) {
            memcpy(put(unit + used, n, 4), nal, n), used += 4 + n;
            slices += slice, *key |= type == 5;
        }
    }
    return slices ? used : 0; /* 0: the end of the file */
}

int main(int argc, char **argv) {
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    uint8_t head[64], avcc[512], notified[512];
    size_t avcc_len = GREY_AVCC_LEN, announced_len = 0, name_len = argc > 2 ? strlen(argv[2]) : 0;
    double fps = argc > 4 ? atof(argv[4]) : 30;
    struct timespec due;
    FILE *f = argc > 3 ? fopen(argv[3], "rb") : NULL;
    if (argc < 3 || name_len > 31 || strlen(argv[1]) >= sizeof addr.sun_path || fps <= 0 ||
        (argc > 3 && !f))
        return fprintf(stderr, "push_client SOCKET NAME [FILE.h264 [FPS]]\n"), 2;
    if (f) {
        fseek(f, 0, SEEK_END), file_len = (size_t)ftell(f), rewind(f);
        if (!(file = malloc(file_len)) || fread(file, 1, file_len, f) != file_len)
            die(argv[3]);
    }
    strcpy(addr.sun_path, argv[1]);
    memcpy(avcc, grey_avcc, GREY_AVCC_LEN);
    if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) < 0 ||
        connect(fd, (struct sockaddr *)&addr, sizeof addr))
        die(argv[1]);
    put(put(put(head, 0x4F435055, 4), 1, 2), name_len, 1);
    message(HELLO, head, 7, argv[2], name_len);
    if (reply(1) != WELCOME)
        die("no welcome");
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (int64_t n = 0, ticks = (int64_t)(TIMESCALE / fps);; n++) {
        int key = 1;
        size_t len = file ? next_picture(&key, avcc, &avcc_len) : GREY_LEN;
        if (!len)
            break; /* the end of the file */
        if (announced_len != avcc_len ||
            memcmp(notified, avcc, avcc_len)) { /* size 0: it is in the SPS */
            memcpy(notified, avcc, announced_len = avcc_len);
            put(put(put(put(head, 0x00010000, 4), TIMESCALE, 4), 0, 8), avcc_len, 2);
            message(TRACK, head, 18, avcc, avcc_len);
        }
        put(put(put(put(head, key ? 1 : 0, 2), 0, 4), (uint64_t)(n * ticks), 8), (uint64_t)ticks,
            4);
        message(PACKET, head, 18, file ? (const void *)unit : grey_idr[n & 1], len);
        (void)reply(0); /* KEY: a real encoder makes a key picture now */
        due.tv_nsec += (long)(1e9 / fps);
        due.tv_sec += due.tv_nsec / 1000000000, due.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    message(BYE, NULL, 0, NULL, 0);
    return close(fd);
}
