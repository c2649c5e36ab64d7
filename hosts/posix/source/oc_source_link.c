#define _GNU_SOURCE
#include "oc_source_link.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"
#include "oc_pulse.h"

#define LOOK_MS      100               /* between two looks at whether the channel closes */
#define GIVE_UP_US   (3 * 1000 * 1000) /* a source that was interrupted returns by then */
#define BURST        64                /* messages answered in one go */
#define SLEEP_MAX_US (1000 * 1000)

/* ---- coming and going ---- */

/* Memory that the other side can neither shrink nor grow. -1: none. */
static int make_memory(oc_source_share_t **out) {
    int fd = memfd_create("ocellus-source", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    void *at = MAP_FAILED;
    if (ftruncate(fd, OC_SOURCE_BYTES) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        at = mmap(NULL, OC_SOURCE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        close(fd);
        return -1;
    }
    *out = at;
    return fd;
}

int oc_source_link_open(oc_source_link_t *link, oc_helper_class_t class, uint32_t key, char *why,
                        size_t size) {
    int pair[2] = {-1, -1}, memory = -1, rc = OC_ERR_NOMEM;
    oc_source_link_end(link);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0)
        memory = make_memory(&link->share);
    if (memory >= 0)
        rc = oc_helper_join(class, key, (int[2]){pair[1], memory}, &link->helper, why, size);
    else
        snprintf(why, size, "no memory or descriptors for another source");
    if (pair[1] >= 0)
        close(pair[1]);
    if (memory >= 0)
        close(memory);
    link->talk.socket = pair[0];
    link->messages = 0;
    if (link->share)
        oc_source_reader_init(&link->reader, link->share);
    if (rc != OC_OK) {
        link->helper = NULL;
        oc_source_link_close(link);
    }
    return rc;
}

void oc_source_link_close(oc_source_link_t *link) {
    if (link->talk.socket >= 0)
        close(link->talk.socket);
    if (link->helper)
        oc_helper_leave(link->helper);
    oc_source_broker_clear(&link->talk.broker);
    link->helper = NULL;
    link->talk.socket = -1;
}

void oc_source_link_end(oc_source_link_t *link) {
    oc_source_link_close(link);
    if (link->share)
        munmap(link->share, OC_SOURCE_BYTES);
    link->share = NULL;
}

/* ---- signs of life ---- */

void oc_source_link_expect(oc_source_link_t *link) {
    oc_silence_begin(&link->silence, atomic_load(&link->share->beats), oc_posix_now_us());
}

bool oc_source_link_hangs(oc_source_link_t *link, int64_t limit_us) {
    uint32_t beats = atomic_load(&link->share->beats);
    int64_t quiet_us = oc_silence_look(&link->silence, beats, oc_posix_now_us());
    if (quiet_us == 0)
        oc_helper_alive(link->helper);
    return quiet_us > limit_us;
}

/* ---- sleeping ---- */

void oc_source_link_sleep(oc_source_link_t *link, int64_t limit_us) {
    oc_source_share_t *share = link->share;
    uint32_t bell = atomic_load(&share->host_bell);
    limit_us = limit_us < SLEEP_MAX_US ? limit_us : SLEEP_MAX_US;
    struct timespec limit = {limit_us / 1000000, limit_us % 1000000 * 1000};
    atomic_store(&share->host_waits, 1);
    if (atomic_load(&share->pushed) == link->reader.taken &&
        atomic_load(&share->messages) == link->messages)
        syscall(SYS_futex, &share->host_bell, FUTEX_WAIT, bell, &limit, NULL, 0);
    atomic_store(&share->host_waits, 0);
}

void oc_source_link_wake(oc_source_link_t *link, bool room) {
    oc_source_share_t *share = link->share;
    uint32_t sleeps = atomic_load(&share->child_sleeps);
    if (sleeps == OC_SOURCE_AWAKE && room)
        return;
    if (room && sleeps != OC_SOURCE_WANTS_ROOM)
        return;
    atomic_fetch_add(&share->child_bell, 1);
    syscall(SYS_futex, &share->child_bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* ---- messages ---- */

static int command(oc_source_link_t *link, const oc_source_message_t *message) {
    int rc = oc_source_talk_send(&link->talk, message, -1);
    if (rc == OC_OK)
        oc_source_link_wake(link, false);
    return rc;
}

/* One message, if there is one. OC_OK *message is DONE | OC_AGAIN none | OC_GAP another one was
 * dealt with | OC_ERR_*. */
static int receive(oc_source_link_t *link, oc_source_message_t *message) {
    int rc = oc_source_talk_receive(&link->talk, message);
    link->messages += rc != OC_AGAIN;
    return rc == OC_OK && message->kind != OC_SOURCE_DONE ? OC_ERR_FORMAT : rc;
}

int oc_source_link_serve(oc_source_link_t *link, bool all) {
    oc_source_message_t message;
    if (!all && atomic_load(&link->share->messages) == link->messages)
        return OC_OK;
    for (int i = 0; i < BURST; i++) {
        int rc = receive(link, &message);
        if (rc == OC_OK)
            return OC_ERR_FORMAT; /* nothing was commanded */
        if (rc == OC_AGAIN) {
            link->messages = atomic_load(&link->share->messages); /* it may lie */
            return OC_OK;
        }
        if (rc < 0)
            return rc;
    }
    return OC_OK;
}

/* The channel closes: the source is told. True: it has had time enough since. */
static bool given_up(oc_source_link_t *link, int64_t *since_us) {
    const oc_capture_env_t *env = link->env;
    if (!env->interrupted || !env->interrupted(env->context))
        return false;
    atomic_store(&link->share->interrupt, 1);
    *since_us = *since_us ? *since_us : oc_pulse_us();
    return oc_pulse_us() - *since_us > GIVE_UP_US;
}

int oc_source_link_do(oc_source_link_t *link, oc_source_message_t *order, int64_t limit_us,
                      oc_source_message_t *done) {
    int64_t until_us = oc_pulse_us() + limit_us, interrupted_us = 0;
    uint32_t what = order->kind;
    int rc = command(link, order);
    oc_source_link_expect(link);
    while (rc == OC_OK) {
        struct pollfd ready = {.fd = link->talk.socket, .events = POLLIN};
        int got = receive(link, done);
        if (got < 0)
            return got;
        if (got == OC_OK)
            return done->done.what == what ? OC_OK : OC_ERR_FORMAT;
        if (got == OC_AGAIN)
            poll(&ready, 1, LOOK_MS);
        if (oc_pulse_us() > until_us || given_up(link, &interrupted_us) ||
            oc_source_link_hangs(link, OC_SOURCE_SLOW_US))
            rc = OC_ERR_TIMEOUT;
    }
    return rc;
}
