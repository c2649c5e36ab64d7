/* ocellus-ffmpeg: started by ocellus, told everything by its socket (ADR 21). */
#define _GNU_SOURCE
#include <errno.h>
#include <libavutil/log.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_ff_between.h"
#include "oc_ff_source.h"

#define ARENAS 2 /* of malloc, not one for each thread: memory stays small */

enum { EXIT_TOLD = 0, EXIT_USAGE = 2, EXIT_LEFT = 3 };

static bool greet(void) {
    oc_source_message_t hello = {.kind = OC_SOURCE_HELLO};
    unsigned format = avformat_version(), codec = avcodec_version();
    hello.hello.abi = OC_SOURCE_ABI;
    hello.hello.message_bytes = sizeof(hello);
    hello.hello.share_bytes = sizeof(oc_source_share_t);
    snprintf(hello.hello.about, sizeof(hello.hello.about),
             "FFmpeg %s, libavformat %u.%u, libavcodec %u.%u, %s", av_version_info(), format >> 16,
             format >> 8 & 0xFF, codec >> 16, codec >> 8 & 0xFF, avcodec_license());
    size_t bytes = oc_source_message_bytes(OC_SOURCE_HELLO);
    return send(OC_SOURCE_CONTROL, &hello, bytes, MSG_NOSIGNAL) == (ssize_t)bytes;
}

/* The next source: its socket and its memory. False: the program has ended. */
static bool next_source(int fds[2]) {
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control;
    uint32_t kind = 0;
    struct iovec part = {&kind, sizeof(kind)};
    struct msghdr head = {.msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof(control.bytes)};
    ssize_t n;
    do
        n = recvmsg(OC_SOURCE_CONTROL, &head, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *c = n == sizeof(kind) ? CMSG_FIRSTHDR(&head) : NULL;
    if (!c || kind != OC_SOURCE_ADD || c->cmsg_type != SCM_RIGHTS ||
        c->cmsg_len != CMSG_LEN(2 * sizeof(int)))
        return false;
    memcpy(fds, CMSG_DATA(c), 2 * sizeof(int));
    return true;
}

int main(int argc, char **argv) {
    int fds[2];
    socklen_t bytes = sizeof(int);
    if (argc != 2 || getsockopt(OC_SOURCE_CONTROL, SOL_SOCKET, SO_TYPE, fds, &bytes) != 0) {
        fprintf(stderr, "ocellus-ffmpeg is started by ocellus\n");
        return EXIT_USAGE;
    }
    mallopt(M_ARENA_MAX, ARENAS);
    oc_ff_host = (oc_ff_host_t){oc_ff_source_log, oc_ff_source_variable};
    oc_ff_pass_only = strcmp(argv[1], "pass") == 0;
    av_log_set_level(AV_LOG_QUIET); /* its lines may hold addresses with passwords */
    avformat_network_init();
    oc_ff_between_begin();
    if (!greet())
        return EXIT_LEFT;
    while (next_source(fds))
        oc_ff_source_begin(fds[0], fds[1]);
    _exit(EXIT_TOLD); /* sources hang on the same program */
}
