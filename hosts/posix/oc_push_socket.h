/* oc_push_socket - the way in for an integrator's own encoder: a UNIX socket push/NAME.sock in the
 * data directory (0600) for every open channel push:NAME, spoken to as docs/push-protocol.md says.
 * One thread with poll; bytes go to oc_push_session, which feeds the port. */
#ifndef OC_PUSH_SOCKET_H
#define OC_PUSH_SOCKET_H

#define OC_PUSH_SOCKET_CONNECTIONS 32 /* at a time; more are closed at once; 900 bytes each */
#define OC_PUSH_SOCKET_GREET_US    (5 * 1000 * 1000) /* for the HELLO of a new connection */

/* All sockets of one process; opaque. */
typedef struct oc_push_socket oc_push_socket_t;

/* Makes it; the thread starts with the first oc_push_socket_open. root: descriptor of the data
 * directory, borrowed until stopped. OC_OK | OC_ERR_NOMEM. */
int oc_push_socket_create(oc_push_socket_t **out, int root);

/* Listens for senders of push:NAME until _close. url: as in oc_capture_config_t, borrowed until
 * return. Returns at once; a socket that cannot be made is logged. OC_OK | OC_ERR_INVAL not a push
 * URL | OC_ERR_BUSY too many | OC_ERR_NOMEM. One thread (the media thread) calls both. */
int oc_push_socket_open(oc_push_socket_t *push, const char *url);
/* Closes the listener of that URL, and removes its file. Its sender learns from the port. */
void oc_push_socket_close(oc_push_socket_t *push, const char *url);

/* Something is to be told to a sender (a key picture is wanted). Any thread. */
void oc_push_socket_wake(oc_push_socket_t *push);

/* Ends the thread, closes everything, frees. NULL is allowed. */
void oc_push_socket_destroy(oc_push_socket_t *push);

#endif
