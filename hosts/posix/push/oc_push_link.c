#define _GNU_SOURCE
#include "oc_push_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_helper.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_source_talk.h"

#define STACK_BYTES (256 * 1024)
#define LOOK_MS     1000              /* between two looks at the time */
#define SLACK_US    (2 * 1000 * 1000) /* the process notices first, and knows why */
#define GOODBYE_US  (1000 * 1000)     /* for what lies in the pipe, and the protocol's goodbye */
_Static_assert(OC_PUSH_LINK_US == OC_SOURCE_PUSH_US, "one limit");
_Static_assert(OC_PUSH_LINK_WHY == OC_CAPTURE_WHY_MAX, "a reason fits");

struct oc_push_link {
    pthread_mutex_t lock; /* of what follows */
    unsigned holders;     /* the owner and the thread; the last one frees it */
    bool closed;          /* by the owner */
    oc_push_link_state_t state;
    int code;
    char why[OC_PUSH_LINK_WHY];
    int64_t since_us; /* time awake: it began to connect, or the pipe took something */
    struct {
        const uint8_t *data; /* NULL: none */
        size_t bytes, written;
        void (*release)(void *context, const uint8_t *data);
        void *context;
    } body;
    int pipe; /* our end; -1: not yet, or not any more */
    int bell; /* eventfd: a body came, or the end */
    void (*wake)(void *context);
    void *context;
    /* of the thread alone */
    oc_helper_t *helper; /* NULL: none */
    oc_source_talk_t talk;
    oc_source_message_t message;
    oc_push_target_t target; /* holds secrets */
};

/* ---- shared state; under lock ---- */

static void wake(oc_push_link_t *link) {
    if (!link->closed)
        link->wake(link->context);
}

static void give_back(oc_push_link_t *link) {
    if (link->body.data)
        link->body.release(link->body.context, link->body.data);
    link->body.data = NULL;
}

static void shut_pipe(oc_push_link_t *link) {
    if (link->pipe >= 0)
        close(link->pipe);
    link->pipe = -1;
}

static void end(oc_push_link_t *link, int code, const char *why) {
    if (link->state == OC_PUSH_LINK_ENDED)
        return;
    link->state = OC_PUSH_LINK_ENDED;
    link->code = code;
    snprintf(link->why, sizeof(link->why), "%s", why);
    oc_push_target_hide(&link->target, link->why);
    give_back(link);
    shut_pipe(link);
    wake(link);
}

static void let_go(oc_push_link_t *link) {
    bool last = --link->holders == 0;
    pthread_mutex_unlock(&link->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&link->lock);
    if (link->bell >= 0)
        close(link->bell);
    explicit_bzero(link, sizeof(*link));
    free(link);
}

static size_t queued(const oc_push_link_t *link) {
    int waiting = 0;
    if (link->pipe >= 0)
        ioctl(link->pipe, FIONREAD, &waiting);
    return (size_t)waiting + (link->body.data ? link->body.bytes - link->body.written : 0);
}

/* ---- the thread ---- */

/* Brings the connection to a process of its own. OC_OK | OC_ERR_*; why. */
static int begin(oc_push_link_t *link, char *why, size_t size) {
    int pair[2] = {-1, -1}, way[2] = {-1, -1}, rc = OC_ERR_NOMEM;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 &&
        pipe2(way, O_CLOEXEC) == 0 && fcntl(way[1], F_SETFL, O_NONBLOCK) == 0)
        rc = oc_helper_join(OC_HELPER_PUSH, 0, (int[2]){pair[1], way[0]}, &link->helper, why, size);
    else
        snprintf(why, size, "no descriptors for another push");
    if (pair[1] >= 0)
        close(pair[1]);
    if (way[0] >= 0)
        close(way[0]);
    link->talk.socket = pair[0];
    pthread_mutex_lock(&link->lock);
    link->pipe = way[1];
    pthread_mutex_unlock(&link->lock);
    if (rc != OC_OK)
        return rc;
    oc_source_broker_init(&link->talk.broker, OC_PLUGIN_PUSH, link->target.srt, link->target.url);
    link->message = (oc_source_message_t){.kind = OC_SOURCE_PUSH, .push = link->target};
    rc = oc_source_talk_send(&link->talk, &link->message, -1);
    explicit_bzero(&link->message, sizeof(link->message));
    return rc;
}

/* Writes what the pipe takes. Under lock. */
static void write_body(oc_push_link_t *link) {
    while (link->body.data && link->state == OC_PUSH_LINK_OPEN && link->pipe >= 0) {
        ssize_t n = write(link->pipe, link->body.data + link->body.written,
                          link->body.bytes - link->body.written);
        if (n < 0) /* full, or the process has ended: its socket says so */
            return;
        link->body.written += (size_t)n;
        link->since_us = oc_pulse_us();
        if (link->body.written == link->body.bytes) {
            give_back(link);
            wake(link);
        }
    }
}

/* The process said how it stands. Under lock. OC_OK | OC_END. */
static int take_news(oc_push_link_t *link) {
    oc_source_message_t *news = &link->message;
    int result = news->pushed.result;
    news->pushed.why[sizeof(news->pushed.why) - 1] = '\0';
    if (result == OC_OK && link->state == OC_PUSH_LINK_CONNECTING) {
        link->state = OC_PUSH_LINK_OPEN;
        link->since_us = oc_pulse_us();
        wake(link);
        return OC_OK;
    }
    end(link, result < OC_OK && result > -100 ? result : OC_ERR_IO, news->pushed.why);
    return OC_END;
}

/* All that it says. OC_OK | OC_END it has ended | OC_ERR_*. */
static int listen_to(oc_push_link_t *link) {
    int rc;
    while ((rc = oc_source_talk_receive(&link->talk, &link->message)) == OC_OK || rc == OC_GAP) {
        if (rc == OC_GAP)
            continue;
        if (link->message.kind != OC_SOURCE_PUSHED)
            return OC_ERR_FORMAT;
        pthread_mutex_lock(&link->lock);
        rc = take_news(link);
        pthread_mutex_unlock(&link->lock);
        if (rc != OC_OK)
            return rc;
    }
    return rc == OC_AGAIN ? OC_OK : rc;
}

/* Nothing came about for too long; the process should have noticed. Under lock. */
static bool is_late(const oc_push_link_t *link) {
    bool waits = link->state == OC_PUSH_LINK_CONNECTING || queued(link) > 0;
    return waits && oc_pulse_us() - link->since_us > OC_PUSH_LINK_US + SLACK_US;
}

/* OC_OK | OC_END it was closed, or has ended | OC_ERR_*. */
static int step(oc_push_link_t *link) {
    uint64_t rung;
    pthread_mutex_lock(&link->lock);
    write_body(link);
    bool late = is_late(link), over = link->closed;
    struct pollfd ready[] = {{.fd = link->talk.socket, .events = POLLIN},
                             {.fd = link->bell, .events = POLLIN},
                             {.fd = link->body.data ? link->pipe : -1, .events = POLLOUT}};
    pthread_mutex_unlock(&link->lock);
    if (late || over)
        return late ? OC_ERR_TIMEOUT : OC_END;
    poll(ready, 3, LOOK_MS);
    if (ready[1].revents && read(link->bell, &rung, sizeof(rung)) < 0)
        return OC_ERR_IO;
    return listen_to(link);
}

/* What is in the pipe leaves, and the server is told; whoever closed it does not wait for that. */
static void say_goodbye(oc_push_link_t *link) {
    int64_t until_us = oc_pulse_us() + GOODBYE_US;
    pthread_mutex_lock(&link->lock);
    bool open = link->state == OC_PUSH_LINK_OPEN;
    shut_pipe(link);
    pthread_mutex_unlock(&link->lock);
    while (open && oc_pulse_us() < until_us && listen_to(link) == OC_OK)
        oc_pulse_readable(link->talk.socket, until_us - oc_pulse_us());
}

/* The process is of no use any more. rc: of step. */
static void leave(oc_push_link_t *link, int rc, char *why, size_t size) {
    if (rc == OC_ERR_FORMAT)
        oc_helper_kill(link->helper, "it wrote invalid data to its socket");
    else if (rc == OC_ERR_TIMEOUT)
        oc_helper_kill(link->helper, "it does not answer");
    else if (rc == OC_ERR_CLOSED && !oc_helper_ended(link->helper))
        oc_helper_kill(link->helper, "it closed its push unexpectedly");
    if (rc < 0)
        snprintf(why, size, "ocellus-ffmpeg %s",
                 rc == OC_ERR_TIMEOUT ? "does not answer" : "ended");
}

static void *run(void *context) {
    oc_push_link_t *link = context;
    char why[OC_PUSH_LINK_WHY] = "";
    int rc = begin(link, why, sizeof(why));
    while (rc == OC_OK && link->helper)
        rc = step(link);
    if (rc == OC_END)
        say_goodbye(link);
    if (link->helper) {
        leave(link, rc, why, sizeof(why));
        oc_helper_leave(link->helper);
    }
    if (link->talk.socket >= 0)
        close(link->talk.socket);
    oc_source_broker_clear(&link->talk.broker);
    pthread_mutex_lock(&link->lock);
    end(link, rc == OC_ERR_CLOSED || rc == OC_ERR_FORMAT || rc >= 0 ? OC_ERR_IO : rc, why);
    let_go(link);
    return NULL;
}

/* ---- for the owner ---- */

int oc_push_link_open(oc_push_link_t **out, const oc_push_link_config_t *config, char *why,
                      size_t size) {
    pthread_t thread;
    oc_push_link_t *link = calloc(1, sizeof(*link));
    if (!link)
        return OC_ERR_NOMEM;
    int rc = oc_push_target_parse(config->url, config->pin, &link->target, why, size);
    if (rc == OC_OK && link->target.srt != config->ts) {
        snprintf(why, size, "%s",
                 config->ts ? "packets of TS go to srt:// alone"
                            : "srt:// takes packets of TS alone");
        rc = OC_ERR_FORMAT;
    }
    if (rc == OC_OK && !oc_helper_exists(OC_HELPER_PUSH, why, size))
        rc = OC_ERR_NOTSUP;
    link->talk.socket = link->pipe = -1;
    link->bell = rc == OC_OK ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    link->holders = 2;
    link->since_us = oc_pulse_us();
    link->wake = config->wake;
    link->context = config->context;
    pthread_mutex_init(&link->lock, NULL);
    if (rc == OC_OK && link->bell < 0)
        rc = OC_ERR_NOMEM;
    if (rc == OC_OK)
        rc = oc_posix_thread(&thread, "push", STACK_BYTES, run, link);
    if (rc == OC_OK) {
        pthread_detach(thread);
        *out = link;
        return OC_OK;
    }
    link->holders = 1;
    pthread_mutex_lock(&link->lock);
    let_go(link);
    return rc;
}

oc_push_link_state_t oc_push_link_state(oc_push_link_t *link, int *code, char *why, size_t size) {
    pthread_mutex_lock(&link->lock);
    oc_push_link_state_t state = link->state;
    *code = link->code;
    snprintf(why, size, "%s", link->why);
    if (state == OC_PUSH_LINK_CONNECTING && is_late(link)) { /* its thread waits for a name */
        state = OC_PUSH_LINK_ENDED;
        *code = OC_ERR_TIMEOUT;
        snprintf(why, size, "the name of the server is not found in time");
    }
    pthread_mutex_unlock(&link->lock);
    return state;
}

/* Under lock. */
static void ring(oc_push_link_t *link) {
    const uint64_t one = 1;
    if (write(link->bell, &one, sizeof(one)) < 0) /* it rings already */
        return;
}

int oc_push_link_give(oc_push_link_t *link, const uint8_t *data, size_t bytes,
                      void (*release)(void *context, const uint8_t *data), void *release_context) {
    int rc = OC_AGAIN;
    pthread_mutex_lock(&link->lock);
    if (link->state == OC_PUSH_LINK_OPEN && !link->body.data) {
        link->body.data = data;
        link->body.bytes = bytes;
        link->body.written = 0;
        link->body.release = release;
        link->body.context = release_context;
        if (queued(link) == bytes)
            link->since_us = oc_pulse_us(); /* it was idle */
        ring(link);
        rc = OC_OK;
    }
    pthread_mutex_unlock(&link->lock);
    return rc;
}

size_t oc_push_link_queued(oc_push_link_t *link) {
    pthread_mutex_lock(&link->lock);
    size_t bytes = queued(link);
    pthread_mutex_unlock(&link->lock);
    return bytes;
}

void oc_push_link_close(oc_push_link_t *link) {
    pthread_mutex_lock(&link->lock);
    link->closed = true;
    give_back(link);
    ring(link);
    let_go(link);
}
