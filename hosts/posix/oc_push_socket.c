#define _GNU_SOURCE
#include "oc_push_socket.h"

#include <errno.h>
#include <fcntl.h>
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

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_push_session.h"

#define FOLDER      "push"
#define STACK_BYTES (256 * 1024)
#define READ_BYTES  (64 * 1024)
#define POLL_MS     100 /* with senders: wishes of the port are looked for this often */

typedef struct listener {
    char name[OC_PUSH_NAME_MAX]; /* "" = free; under lock */
    bool wanted;                 /* under lock */
    int fd;                      /* push thread; -1 = not yet or failed */
    bool failed;                 /* push thread: said so already */
} listener_t;

typedef struct connection {
    int fd; /* -1 = free */
    int64_t since_us;
    oc_push_session_t session;
} connection_t;

struct oc_push_socket {
    int root, wake;
    pthread_t thread;
    bool running; /* media thread */
    pthread_mutex_t lock;
    bool stop; /* under lock */
    listener_t listeners[OC_PUSH_PORTS];
    connection_t connections[OC_PUSH_SOCKET_CONNECTIONS];
    uint8_t buffer[READ_BYTES];
};

/* NAME of push:NAME or push:NAME?...; false: not such a URL. */
static bool name_of(const char *url, char name[OC_PUSH_NAME_MAX]) {
    if (strncmp(url, "push:", 5) != 0)
        return false;
    size_t len = strcspn(url + 5, "?");
    if (len == 0 || len >= OC_PUSH_NAME_MAX || memchr(url + 5, '/', len))
        return false;
    memcpy(name, url + 5, len);
    name[len] = '\0';
    return true;
}

/* ---- listeners ---- */

/* Through the folder's descriptor: a path of any length fits, and no link is followed. */
static int bind_in(int folder, const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char file[OC_PUSH_NAME_MAX + 8];
    snprintf(file, sizeof(file), "%s.sock", name);
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", folder, file);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return oc_posix_error(errno);
    (void)unlinkat(folder, file, 0); /* of an earlier run: the data directory is ours alone */
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        fchmodat(folder, file, 0600, 0) != 0 || listen(fd, 4) != 0) {
        int result = oc_posix_error(errno);
        close(fd);
        return result;
    }
    return fd;
}

static void start_listener(oc_push_socket_t *push, listener_t *listener) {
    int result = oc_beneath_mkdir(push->root, FOLDER);
    int folder =
        result == OC_OK ? oc_beneath_open(push->root, FOLDER, O_RDONLY | O_DIRECTORY, 0) : result;
    result = folder < 0 ? folder : bind_in(folder, listener->name);
    if (folder >= 0)
        close(folder);
    listener->fd = result;
    listener->failed = result < 0;
    if (result < 0)
        oc_log(OC_LOG_ERROR, "push", "cannot make " FOLDER "/%s.sock: %s", listener->name,
               oc_err_text(result));
    else
        oc_log(OC_LOG_INFO, "push", "waiting for a sender at " FOLDER "/%s.sock", listener->name);
}

static void stop_listener(oc_push_socket_t *push, listener_t *listener) {
    char path[OC_PUSH_NAME_MAX + 16];
    const char *file;
    snprintf(path, sizeof(path), FOLDER "/%s.sock", listener->name);
    int folder = oc_beneath_parent(push->root, path, &file);
    if (listener->fd >= 0)
        close(listener->fd);
    listener->fd = -1;
    listener->failed = false;
    if (folder >= 0) {
        (void)unlinkat(folder, file, 0);
        close(folder);
    }
}

/* Brings the sockets in line with what is wanted. False: stop. */
static bool follow_wishes(oc_push_socket_t *push) {
    pthread_mutex_lock(&push->lock);
    for (unsigned i = 0; i < OC_PUSH_PORTS; i++) {
        listener_t *listener = &push->listeners[i];
        bool wanted = listener->wanted && !push->stop;
        bool begun = listener->fd >= 0 || listener->failed;
        if (listener->name[0] == '\0')
            continue;
        if (wanted && !begun)
            start_listener(push, listener);
        if (!wanted) {
            if (begun)
                stop_listener(push, listener);
            listener->name[0] = '\0';
        }
    }
    bool go_on = !push->stop;
    pthread_mutex_unlock(&push->lock);
    return go_on;
}

/* ---- connections ---- */

static void drop(connection_t *connection) {
    oc_push_session_end(&connection->session);
    close(connection->fd);
    connection->fd = -1;
}

/* Sends what the session has to say. False: the sender does not read. */
static bool flush_output(connection_t *connection) {
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX];
    int len;
    while ((len = oc_push_session_poll_output(&connection->session, out, sizeof(out))) > 0) {
        if (send(connection->fd, out, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) != len)
            return false;
    }
    return true;
}

static void take_input(oc_push_socket_t *push, connection_t *connection) {
    ssize_t got = recv(connection->fd, push->buffer, sizeof(push->buffer), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        drop(connection);
        return;
    }
    int result = oc_push_session_input(&connection->session, push->buffer, (size_t)got);
    if (!flush_output(connection) || result != OC_OK)
        drop(connection);
}

static void take_sender(oc_push_socket_t *push, int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (unsigned i = 0; i < OC_PUSH_SOCKET_CONNECTIONS; i++) {
        connection_t *connection = &push->connections[i];
        if (connection->fd < 0) {
            connection->fd = fd;
            connection->since_us = oc_posix_now_us();
            oc_push_session_init(&connection->session);
            return;
        }
    }
    close(fd);
}

/* Tells senders what their ports want, and drops those that never greeted. */
static unsigned tend(oc_push_socket_t *push) {
    unsigned open = 0;
    for (unsigned i = 0; i < OC_PUSH_SOCKET_CONNECTIONS; i++) {
        connection_t *connection = &push->connections[i];
        if (connection->fd < 0)
            continue;
        bool late = connection->session.sender < 0 &&
                    oc_posix_now_us() - connection->since_us > OC_PUSH_SOCKET_GREET_US;
        if (late || !flush_output(connection))
            drop(connection);
        else
            open++;
    }
    return open;
}

static void *run(void *context) {
    oc_push_socket_t *push = context;
    while (follow_wishes(push)) {
        struct pollfd fds[1 + OC_PUSH_PORTS + OC_PUSH_SOCKET_CONNECTIONS];
        unsigned open = tend(push);
        fds[0] = (struct pollfd){.fd = push->wake, .events = POLLIN};
        for (unsigned i = 0; i < OC_PUSH_PORTS; i++) /* poll passes over negative descriptors */
            fds[1 + i] = (struct pollfd){.fd = push->listeners[i].fd, .events = POLLIN};
        for (unsigned i = 0; i < OC_PUSH_SOCKET_CONNECTIONS; i++)
            fds[1 + OC_PUSH_PORTS + i] =
                (struct pollfd){.fd = push->connections[i].fd, .events = POLLIN};
        if (poll(fds, sizeof(fds) / sizeof(fds[0]), open > 0 ? POLL_MS : -1) <= 0)
            continue;
        eventfd_t ignored;
        if (fds[0].revents)
            (void)eventfd_read(push->wake, &ignored);
        for (unsigned i = 0; i < OC_PUSH_SOCKET_CONNECTIONS; i++) {
            if (fds[1 + OC_PUSH_PORTS + i].revents)
                take_input(push, &push->connections[i]);
        }
        for (unsigned i = 0; i < OC_PUSH_PORTS; i++) {
            if (fds[1 + i].revents)
                take_sender(push, push->listeners[i].fd);
        }
    }
    return NULL;
}

/* ---- the other side ---- */

int oc_push_socket_create(oc_push_socket_t **out, int root) {
    oc_push_socket_t *push = calloc(1, sizeof(*push));
    if (!push)
        return OC_ERR_NOMEM;
    push->root = root;
    push->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (push->wake < 0) {
        free(push);
        return OC_ERR_NOMEM;
    }
    pthread_mutex_init(&push->lock, NULL);
    for (unsigned i = 0; i < OC_PUSH_PORTS; i++)
        push->listeners[i].fd = -1;
    for (unsigned i = 0; i < OC_PUSH_SOCKET_CONNECTIONS; i++)
        push->connections[i].fd = -1;
    *out = push;
    return OC_OK;
}

static listener_t *find(oc_push_socket_t *push, const char *name) {
    for (unsigned i = 0; i < OC_PUSH_PORTS; i++) {
        if (strcmp(push->listeners[i].name, name) == 0)
            return &push->listeners[i];
    }
    return NULL;
}

int oc_push_socket_open(oc_push_socket_t *push, const char *url) {
    char name[OC_PUSH_NAME_MAX];
    if (!name_of(url, name))
        return OC_ERR_INVAL;
    pthread_mutex_lock(&push->lock);
    listener_t *listener = find(push, name);
    if (!listener && (listener = find(push, "")))
        snprintf(listener->name, sizeof(listener->name), "%s", name);
    if (listener)
        listener->wanted = true;
    pthread_mutex_unlock(&push->lock);
    if (!listener)
        return OC_ERR_BUSY;
    if (!push->running && oc_posix_thread(&push->thread, "push", STACK_BYTES, run, push) != OC_OK)
        return OC_ERR_NOMEM;
    push->running = true;
    oc_push_socket_wake(push);
    return OC_OK;
}

void oc_push_socket_close(oc_push_socket_t *push, const char *url) {
    char name[OC_PUSH_NAME_MAX];
    if (!name_of(url, name))
        return;
    pthread_mutex_lock(&push->lock);
    listener_t *listener = find(push, name);
    if (listener)
        listener->wanted = false;
    pthread_mutex_unlock(&push->lock);
    oc_push_socket_wake(push);
}

void oc_push_socket_wake(oc_push_socket_t *push) {
    (void)eventfd_write(push->wake, 1);
}

void oc_push_socket_destroy(oc_push_socket_t *push) {
    if (!push)
        return;
    pthread_mutex_lock(&push->lock);
    push->stop = true;
    pthread_mutex_unlock(&push->lock);
    oc_push_socket_wake(push);
    if (push->running)
        pthread_join(push->thread, NULL);
    for (unsigned i = 0; i < OC_PUSH_SOCKET_CONNECTIONS; i++) {
        if (push->connections[i].fd >= 0)
            drop(&push->connections[i]);
    }
    close(push->wake);
    pthread_mutex_destroy(&push->lock);
    free(push);
}
