/* ocellus-ffmpeg: started by ocellus, told everything by its socket (ADR 21). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_ff_between.h"
#include "oc_ff_convert.h"
#include "oc_ff_device.h"
#include "oc_ff_interpose.h"
#include "oc_ff_look.h"
#include "oc_ff_missed.h"
#include "oc_ff_openh264.h"
#include "oc_ff_push.h"
#include "oc_ff_sandbox.h"
#include "oc_ff_source.h"
#include "oc_ff_talk.h"
#include "oc_ff_task.h"

#define NICER  10 /* who looks gives way to who records */
#define CARD   "card="
#define ARENAS 2 /* of malloc, not one for each thread: memory stays small */

enum { EXIT_NOTIFIED = 0, EXIT_USAGE = 2, EXIT_LEFT = 3, EXIT_OPEN = 4 };

static bool send_hello(const char *missing) {
    oc_source_message_t hello = {.kind = OC_SOURCE_HELLO};
    unsigned format = avformat_version(), codec = avcodec_version();
    hello.hello.abi = OC_SOURCE_ABI;
    hello.hello.message_bytes = sizeof(hello);
    hello.hello.share_bytes = sizeof(oc_source_share_t);
    snprintf(hello.hello.about, sizeof(hello.hello.about),
             "FFmpeg %s, libavformat %u.%u, libavcodec %u.%u, %s%s%s", av_version_info(),
             format >> 16, format >> 8 & 0xFF, codec >> 16, codec >> 8 & 0xFF, avcodec_license(),
             missing[0] ? "; " : "", missing);
    size_t bytes = oc_source_message_bytes(OC_SOURCE_HELLO);
    return sendto(OC_SOURCE_CONTROL, &hello, bytes, MSG_NOSIGNAL, NULL, 0) == (ssize_t)bytes;
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

/* Libraries that are opened when they are wanted: no file can be opened then. */
static void load_ahead(bool decodes) {
    dlopen("libgcc_s.so.1", RTLD_NOW); /* threads that are cancelled */
    if (decodes)
        oc_ff_openh264_load();
}

/* What it runs without is printed. 0 refused | 1 let through | 2 no such name. */
static int try_it(const char *what, const char *missing) {
    printf("%s\n", missing);
    fflush(stdout);
    return strncmp(what, CARD, strlen(CARD)) == 0 ? oc_ff_device_try(what + strlen(CARD))
                                                  : oc_ff_sandbox_try(what);
}

/* `CLASS`: pass, decode, device, look, convert or push; `CLASS try WHAT`: for the test of what is
 * refused. */
int main(int argc, char **argv) {
    char missing[OC_CAPTURE_WHY_MAX];
    int fds[2];
    socklen_t bytes = sizeof(int);
    bool tries = argc == 4 && strcmp(argv[2], "try") == 0;
    if (!tries &&
        (argc != 2 || getsockopt(OC_SOURCE_CONTROL, SOL_SOCKET, SO_TYPE, fds, &bytes) != 0)) {
        fprintf(stderr, "ocellus-ffmpeg cannot be run by hand: ocellus starts it\n");
        return EXIT_USAGE;
    }
    bool passes = strcmp(argv[1], "pass") == 0, devices = strcmp(argv[1], "device") == 0;
    bool looks = strcmp(argv[1], "look") == 0, converts = strcmp(argv[1], "convert") == 0;
    bool pushes = strcmp(argv[1], "push") == 0;
    mallopt(M_ARENA_MAX, ARENAS);
    oc_ff_host = (oc_ff_host_t){converts ? oc_ff_convert_log : oc_ff_talk_log, oc_ff_talk_variable};
    oc_ff_pass_only = passes || pushes;
    oc_ff_missed_begin();
    avformat_network_init();
    oc_ff_between_begin();
    if (looks)
        setpriority(PRIO_PROCESS, 0, NICER);
    load_ahead(!passes && !looks && !pushes);
    oc_ff_interpose_seal(devices);
    oc_ff_sandbox_kind_t kind = devices  ? OC_FF_SANDBOX_DEVICE
                                : passes ? OC_FF_SANDBOX_PASS
                                : pushes ? OC_FF_SANDBOX_PUSH
                                         : OC_FF_SANDBOX_DECODE;
    if (!oc_ff_sandbox_enter(kind, missing, sizeof(missing)))
        return EXIT_OPEN;
    if (tries)
        return try_it(argv[3], missing);
    if (!send_hello(missing))
        return EXIT_LEFT;
    while (next_source(fds)) {
        if (looks)
            oc_ff_look_begin(fds[0], fds[1]);
        else if (converts)
            oc_ff_task_begin(fds[0], fds[1]);
        else if (pushes)
            oc_ff_push_begin(fds[0], fds[1]);
        else
            oc_ff_source_begin(fds[0], fds[1]);
    }
    _exit(EXIT_NOTIFIED); /* sources hang on the same program */
}
