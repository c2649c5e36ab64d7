/* oc_push_session - one connection of the push socket: bytes in, packets into the port, bytes out.
 * The host owns the socket: it feeds what it read, writes what poll_output gives, and closes when
 * told. One thread, the sender's of oc_capture_push.h. Connections end with oc_push_session_end. */
#ifndef OC_PUSH_SESSION_H
#define OC_PUSH_SESSION_H

#include "oc_push_wire.h"

typedef struct oc_push_session {
    oc_push_wire_t wire;
    char name[OC_PUSH_NAME_MAX]; /* from HELLO; "" before */
    const char *why;             /* REFUSED and closed for this; static text; NULL: not refused */
    oc_track_t late[OC_TRACKS_MAX]; /* described while the port could not take it: told again */
    bool is_late[OC_TRACKS_MAX];
    oc_packet_t held; /* its head came, and there is no room for it yet */
    bool holds;
    int sender;                          /* of the port; < 0 none */
    bool over;                           /* nothing more is read */
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX]; /* reply not yet taken */
    uint32_t out_len;
    uint32_t refused_packets; /* dropped here: not described, too big, or after one of these */
} oc_push_session_t;

/* Makes a session of a connection that was just accepted. */
void oc_push_session_init(oc_push_session_t *session);

/* Takes bytes from the socket (borrowed until return); *taken: how many. A packet for which the
 * port has no room waits, and so does what follows it: the sender's socket fills up, nothing is
 * dropped. OC_OK all were taken | OC_AGAIN no room: call again soon with the rest, which may be 0
 * bytes | OC_END the sender said BYE, was refused or the channel is gone: write what poll_output
 * has, then close. */
int oc_push_session_input(oc_push_session_t *session, const uint8_t *data, size_t len,
                          size_t *taken);

/* Bytes for the socket, copied to out. > 0 bytes | 0 nothing to send. Call after each input, and
 * when a key picture may have been asked for. size: at least OC_PUSH_WIRE_REPLY_MAX. */
int oc_push_session_poll_output(oc_push_session_t *session, uint8_t *out, size_t size);

/* The connection is closed. Twice is fine. */
void oc_push_session_end(oc_push_session_t *session);

#endif
