/* oc_push_socket - the UNIX socket on which encoders push frames (docs/push-protocol.md), served by
 * one thread of its own: senders are read, their sessions fed, replies written. It never waits for
 * a sender, and no sender makes the media thread wait. */
#ifndef OC_PUSH_SOCKET_H
#define OC_PUSH_SOCKET_H

#include <stdint.h>
#include <sys/types.h>

#define OC_PUSH_SOCKET_NAME "push.sock"
/* Connections at a time: one for each port and some that have not said HELLO; 3 KB each. For one
 * more the oldest without a HELLO is closed; when each has said it, the new one is. */
#define OC_PUSH_SOCKET_SENDERS  40
#define OC_PUSH_SOCKET_HELLO_US (5 * 1000 * 1000) /* from connecting to HELLO, at most */

/* The thread with all its connections; from start to stop. */
typedef struct oc_push_socket oc_push_socket_t;

typedef struct oc_push_socket_config {
    const char *folder; /* where OC_PUSH_SOCKET_NAME is made, 0600; copied */
    uid_t user;         /* whose processes may push: the process's own */
    int64_t hello_us;   /* OC_PUSH_SOCKET_HELLO_US; shorter in tests */
} oc_push_socket_config_t;

/* Starts the thread. The socket is made on it: a socket that nobody listens on any more is
 * replaced; what else stands in its place, or a path that is too long, is one line in the log and
 * there is no socket. A socket that somebody deletes, maybe with its folder, is made again. OC_OK |
 * OC_ERR_NOMEM. */
int oc_push_socket_start(oc_push_socket_t **out, const oc_push_socket_config_t *config);

/* Any thread, does not block: something may have to be told to a sender (a key frame). */
void oc_push_socket_wake(oc_push_socket_t *push);

/* Tells senders that their channel is closed, ends the thread, removes the socket, frees. NULL is
 * fine. */
void oc_push_socket_stop(oc_push_socket_t *push);

#endif
