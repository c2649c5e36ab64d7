#define _GNU_SOURCE
#include "oc_push_socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_push_session.h"

#define STACK_BYTES   (128 * 1024)
#define READ_BYTES    (64 * 1024)   /* of one sender in one turn */
#define BACKLOG       128           /* connections the kernel keeps until they are taken */
#define ROOM_US       (5 * 1000)    /* a channel without room is asked again after */
#define PAUSE_US      (1000 * 1000) /* until the next accept when the process has no descriptors */
#define WAKE_AT       0             /* places in the list for poll */
#define LISTENER_AT   1
#define FIRST_AT      2
#define PATH_SIZE_MAX (sizeof(((struct sockaddr_un *)0)->sun_path)) /* with NUL */

/* One connection. */
typedef struct sender {
    int fd;                 /* -1: this place is free */
    pid_t process;          /* who connected, for the log */
    bool known;             /* said HELLO and was welcomed */
    int64_t hello_until_us; /* while not known */
    uint32_t out_at, out_len;
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX]; /* a reply that the socket did not take whole */
    oc_push_session_t session;
    bool waits;        /* for room in the channel: nothing is read */
    uint32_t held_len; /* bytes that were read before */
    uint8_t held[READ_BYTES];
} sender_t;

struct oc_push_socket {
    pthread_t thread;
    char *path;
    oc_push_socket_config_t config;
    int wake, listener;      /* listener -1: none */
    int64_t accept_again_us; /* 0: now */
    bool full_notified;      /* once until there is room again */
    _Atomic bool stop;
    int64_t look_us;    /* when the socket's file is looked for again */
    bool gone_notified; /* once until there is one again */
    sender_t senders[OC_PUSH_SOCKET_SENDERS];
    uint8_t bytes[READ_BYTES];
};

/* ---- the socket file ---- */

/* Removes a socket that nobody listens on. NULL, or why the path cannot be used. */
static const char *clear_path(const char *path, const struct sockaddr_un *address) {
    struct stat about;
    if (lstat(path, &about) != 0)
        return errno == ENOENT ? NULL : strerror(errno);
    if (!S_ISSOCK(about.st_mode))
        return "a file that is not a socket has this name";
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    int number = rc == 0 ? EADDRINUSE : errno;
    close(fd);
    if (number != ECONNREFUSED)
        return number == EADDRINUSE || number == EAGAIN ? "another program listens on it"
                                                        : strerror(number);
    return unlink(path) == 0 ? NULL : strerror(errno);
}

/* Binds and listens; *listener: the descriptor. NULL, or why not. */
static const char *open_listener(const char *path, int *listener) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= PATH_SIZE_MAX)
        return "the path of a socket has at most 107 bytes, choose a shorter --data";
    strcpy(address.sun_path, path);
    const char *why = clear_path(path, &address);
    if (why)
        return why;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return strerror(errno);
    /* before bind: the file never exists with wider rights (Linux takes them from the socket) */
    if (fchmod(fd, 0600) != 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, BACKLOG) != 0) {
        why = strerror(errno);
        close(fd);
        return why;
    }
    *listener = fd;
    return NULL;
}

/* ---- senders ---- */

static void close_sender(sender_t *sender) {
    oc_push_session_t *session = &sender->session;
    if (session->why)
        oc_log(OC_LOG_WARN, "push", "sender of \"%s\" (process %d) closed: %s", session->name,
               (int)sender->process, session->why);
    else if (sender->known)
        oc_log(OC_LOG_INFO, "push", "\"%s\": sender left, %u of its packets were not accepted",
               session->name, session->refused_packets);
    oc_push_session_end(session);
    close(sender->fd);
    sender->fd = -1;
}

/* Writes what the session has to say as far as the socket takes it. */
static void write_out(sender_t *sender) {
    for (;;) {
        if (sender->out_len == 0) {
            int n = oc_push_session_poll_output(&sender->session, sender->out, sizeof(sender->out));
            if (n <= 0)
                return;
            sender->out_at = 0;
            sender->out_len = (uint32_t)n;
        }
        ssize_t n = send(sender->fd, sender->out + sender->out_at, sender->out_len,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0)
            return; /* full: later; gone: reading will tell */
        sender->out_at += (uint32_t)n;
        sender->out_len -= (uint32_t)n;
    }
}

/* Gives bytes to the session; what has to wait is kept. False: it has ended. */
static bool feed(sender_t *sender, const uint8_t *bytes, size_t len) {
    size_t taken;
    int rc = oc_push_session_input(&sender->session, bytes, len, &taken);
    sender->waits = rc == OC_AGAIN;
    sender->held_len = sender->waits ? (uint32_t)(len - taken) : 0;
    if (sender->held_len > 0 && (taken > 0 || bytes != sender->held))
        memmove(sender->held, bytes + taken, sender->held_len);
    return rc >= OC_OK && rc != OC_END;
}

/* Reads once. False: it has ended. */
static bool read_in(oc_push_socket_t *push, sender_t *sender) {
    ssize_t n = recv(sender->fd, push->bytes, sizeof(push->bytes), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0)
        return false;
    bool open = feed(sender, push->bytes, (size_t)n);
    if (!sender->known && sender->session.sender >= 0) {
        sender->known = true;
        oc_log(OC_LOG_INFO, "push", "\"%s\": sender connected (process %d)", sender->session.name,
               (int)sender->process);
    }
    return open;
}

static void serve(oc_push_socket_t *push, sender_t *sender, short events, int64_t now_us) {
    bool open = true;
    if (sender->waits)
        open = feed(sender, sender->held, sender->held_len);
    else if (events & (POLLIN | POLLHUP | POLLERR))
        open = read_in(push, sender);
    write_out(sender);
    if (open && !sender->known && now_us >= sender->hello_until_us) {
        sender->session.why = "sent no HELLO in time";
        open = false;
    }
    if (!open)
        close_sender(sender);
}

/* Says REFUSED to a connection that is not kept, and closes it. */
static void turn_away(int fd, int code, const char *text) {
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX];
    int n = oc_push_wire_reply(OC_PUSH_WIRE_REFUSED, 0, (uint32_t)code, text, out, sizeof(out));
    if (n > 0)
        (void)!send(fd, out, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

static sender_t *free_place(oc_push_socket_t *push) {
    for (unsigned i = 0; i < OC_PUSH_SOCKET_SENDERS; i++) {
        if (push->senders[i].fd < 0)
            return &push->senders[i];
    }
    return NULL;
}

/* The connection that has been silent for longest; NULL: each has said HELLO. */
static sender_t *oldest_silent(oc_push_socket_t *push) {
    sender_t *oldest = NULL;
    for (unsigned i = 0; i < OC_PUSH_SOCKET_SENDERS; i++) {
        sender_t *sender = &push->senders[i];
        if (!sender->known && (!oldest || sender->hello_until_us < oldest->hello_until_us))
            oldest = sender;
    }
    return oldest;
}

/* A place for a new connection: the oldest one without a HELLO gives way. What it has sent is read
 * before. NULL: every place is in use. */
static sender_t *make_place(oc_push_socket_t *push, int64_t now_us) {
    sender_t *place = free_place(push);
    while (!place) {
        sender_t *silent = oldest_silent(push);
        if (!silent)
            return NULL;
        serve(push, silent, POLLIN, now_us);
        if (silent->fd >= 0 && silent->known)
            continue;
        if (silent->fd >= 0) {
            oc_push_session_end(&silent->session);
            turn_away(silent->fd, OC_ERR_BUSY, "too many connections, and this one sent no HELLO");
            silent->fd = -1;
        }
        place = silent;
    }
    return place;
}

static void take_connection(oc_push_socket_t *push, int fd, int64_t now_us) {
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        peer.uid != push->config.user) {
        oc_log(OC_LOG_WARN, "push", "process %d refused: it belongs to user %u, not %u",
               (int)peer.pid, (unsigned)peer.uid, (unsigned)push->config.user);
        turn_away(fd, OC_ERR_READ_ONLY, "only processes of the device's own user may push");
        return;
    }
    bool full = !free_place(push);
    sender_t *sender = make_place(push, now_us);
    if (full && !push->full_notified)
        oc_log(OC_LOG_WARN, "push", "more than %d connections: %s", OC_PUSH_SOCKET_SENDERS,
               sender ? "the oldest without a HELLO are closed" : "refusing new ones");
    push->full_notified = full;
    if (!sender) {
        turn_away(fd, OC_ERR_BUSY, "too many connections");
        return;
    }
    sender->fd = fd;
    sender->process = peer.pid;
    sender->known = false;
    sender->hello_until_us = now_us + push->config.hello_us;
    sender->out_at = sender->out_len = sender->held_len = 0;
    sender->waits = false;
    oc_push_session_init(&sender->session);
}

static void accept_all(oc_push_socket_t *push, int64_t now_us) {
    for (unsigned i = 0; i < BACKLOG; i++) {
        int fd = accept4(push->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_connection(push, fd, now_us);
            continue;
        }
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            oc_log(OC_LOG_WARN, "push", "cannot accept a connection: %s", strerror(errno));
            push->accept_again_us = now_us + PAUSE_US; /* it stays readable: no busy loop */
        }
        return;
    }
}

/* ---- the thread ---- */

/* Fills the list for poll and returns how long to wait at most, in ms. */
static int prepare(oc_push_socket_t *push, struct pollfd *fds, int64_t now_us) {
    int64_t due = push->look_us;
    bool pause = push->accept_again_us > now_us;
    if (pause && push->accept_again_us < due)
        due = push->accept_again_us;
    fds[WAKE_AT] = (struct pollfd){.fd = push->wake, .events = POLLIN};
    fds[LISTENER_AT] = (struct pollfd){.fd = pause ? -1 : push->listener, .events = POLLIN};
    for (unsigned i = 0; i < OC_PUSH_SOCKET_SENDERS; i++) {
        sender_t *sender = &push->senders[i];
        short events = sender->out_len > 0 ? POLLIN | POLLOUT : POLLIN;
        fds[FIRST_AT + i] =
            (struct pollfd){.fd = sender->waits ? -1 : sender->fd, .events = events};
        if (sender->fd >= 0 && sender->waits && now_us + ROOM_US < due)
            due = now_us + ROOM_US;
        if (sender->fd >= 0 && !sender->known && sender->hello_until_us < due)
            due = sender->hello_until_us;
    }
    return due > now_us ? (int)((due - now_us + 999) / 1000) : 0;
}

/* Somebody has deleted the socket, maybe with its folder: it is made again. */
static void look(oc_push_socket_t *push, int64_t now_us) {
    struct stat about;
    int before = push->listener;
    push->look_us = now_us + PAUSE_US;
    if (lstat(push->path, &about) == 0 || errno != ENOENT)
        return;
    const char *why = open_listener(push->path, &push->listener);
    if (!why)
        close(before);
    else if (!push->gone_notified)
        oc_log(OC_LOG_ERROR, "push", "no socket for senders, %s: %s", push->path, why);
    push->gone_notified = why != NULL;
}

static void serve_all(oc_push_socket_t *push) {
    struct pollfd fds[FIRST_AT + OC_PUSH_SOCKET_SENDERS];
    while (!atomic_load(&push->stop)) {
        int wait_ms = prepare(push, fds, oc_posix_now_us());
        if (poll(fds, FIRST_AT + OC_PUSH_SOCKET_SENDERS, wait_ms) < 0)
            continue; /* signals are blocked here: nothing but a debugger */
        int64_t now = oc_posix_now_us();
        eventfd_t count;
        if (fds[WAKE_AT].revents)
            eventfd_read(push->wake, &count);
        for (unsigned i = 0; i < OC_PUSH_SOCKET_SENDERS; i++) { /* first: who left frees its name */
            if (push->senders[i].fd >= 0)
                serve(push, &push->senders[i], fds[FIRST_AT + i].revents, now);
        }
        if (fds[LISTENER_AT].revents)
            accept_all(push, now);
        if (now >= push->look_us)
            look(push, now);
    }
}

static void *run(void *context) {
    oc_push_socket_t *push = context;
    const char *why = open_listener(push->path, &push->listener);
    if (why) {
        oc_log(OC_LOG_ERROR, "push", "no socket for senders, %s: %s", push->path, why);
        return NULL;
    }
    oc_log(OC_LOG_INFO, "push", "listening for senders on %s", push->path);
    serve_all(push);
    for (unsigned i = 0; i < OC_PUSH_SOCKET_SENDERS; i++) {
        sender_t *sender = &push->senders[i];
        if (sender->fd < 0)
            continue;
        oc_push_session_end(&sender->session);
        turn_away(sender->fd, OC_ERR_CLOSED, "the channel was closed");
    }
    unlink(push->path);
    close(push->listener);
    return NULL;
}

static void release(oc_push_socket_t *push) {
    if (push->wake >= 0)
        close(push->wake);
    free(push->path);
    free(push);
}

int oc_push_socket_start(oc_push_socket_t **out, const oc_push_socket_config_t *config) {
    oc_push_socket_t *push = calloc(1, sizeof(*push));
    if (!push)
        return OC_ERR_NOMEM;
    push->config = *config;
    push->config.folder = NULL; /* path has it */
    push->listener = -1;
    push->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    for (unsigned i = 0; i < OC_PUSH_SOCKET_SENDERS; i++)
        push->senders[i].fd = -1;
    if (asprintf(&push->path, "%s/" OC_PUSH_SOCKET_NAME, config->folder) < 0)
        push->path = NULL;
    if (push->wake < 0 || !push->path ||
        oc_posix_thread(&push->thread, "push", STACK_BYTES, run, push) != OC_OK) {
        release(push);
        return OC_ERR_NOMEM;
    }
    *out = push;
    return OC_OK;
}

void oc_push_socket_wake(oc_push_socket_t *push) {
    eventfd_write(push->wake, 1);
}

void oc_push_socket_stop(oc_push_socket_t *push) {
    if (!push)
        return;
    atomic_store(&push->stop, true);
    oc_push_socket_wake(push);
    pthread_join(push->thread, NULL);
    release(push);
}
