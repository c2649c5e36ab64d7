/* oc_p2p_command - what a script asks of the viewers behind P2P, and the rows it reads of them;
 * part of oc_command.h. A session is one viewer (a peer of the hub, its number), a view one data
 * channel of a session: a number > 0, never used twice in a run of 2^20. Commands, parcels and
 * notices word for word: docs/design/script.md. Shared with native/script/command.ts (a check
 * compares them). */
#ifndef OC_P2P_COMMAND_H
#define OC_P2P_COMMAND_H

#include <stdint.h>
#include "oc_limits.h"
#include "oc_settings_record.h"

#define OC_SESSION_VIEWS 8                                    /* views of one session */
#define OC_VIEWS_MAX     (OC_SESSIONS_MAX * OC_SESSION_VIEWS) /* of all */
#define OC_P2P_OPEN_ID   1023 /* the largest id that an offer may name for a channel */

/* Who has the transport: one at a time (B13). */
typedef enum oc_p2p_owner {
    OC_P2P_RAW = 0, /* the script's own protocol */
    OC_P2P_HUB = 1, /* the viewers of the camera */
} oc_p2p_owner_t;

/* Parcel of P2P_OPEN; an application may give these fields other values than the settings have.
 * port 0: any free one; sessions 0: OC_SESSIONS_MAX; either of keep_alive_s and keep_alive_attempts
 * 0: off; ipv4, ipv6: at least one. A flag is 0 or 1. */
#define OC_P2P_TEXT(field, name, size) char field[size];
#define OC_P2P_WORD(field, name)       uint32_t field;
typedef struct oc_p2p_config {
    OC_P2P_FIELDS(OC_P2P_TEXT, OC_P2P_WORD, OC_P2P_WORD)
    uint32_t ipv4;      /* 1: this family is used */
    char servers[2048]; /* STUN and TURN, one a line: URL, or URL, blank, user name, blank,
                           password; at most four; "": none. Never logged */
    char ca[512];       /* PEM file that TURN over TLS trusts; "": the system's */
} oc_p2p_config_t;
#undef OC_P2P_TEXT
#undef OC_P2P_WORD

/* What P2P_ACCEPT makes of a view. */
typedef enum oc_view_kind {
    OC_VIEW_UNKNOWN = 0,  /* not accepted yet */
    OC_VIEW_LIVE = 1,     /* out of the ring of a stream */
    OC_VIEW_PLAYBACK = 2, /* recorded media */
    OC_VIEW_COMMAND = 3,  /* requests, answers, reports of the page */
    OC_VIEW_RECEIVE = 4,  /* from the viewer to the script */
    OC_VIEW_VOICE = 5,    /* from the viewer to the speaker */
} oc_view_kind_t;

/* What P2P_PLAY does. */
typedef enum oc_play_op {
    OC_PLAY_PAUSE = 0,
    OC_PLAY_RESUME = 1,
    OC_PLAY_SEEK = 2,
    OC_PLAY_SPEED = 3,
} oc_play_op_t;

typedef enum oc_session_state {
    OC_SESSION_FREE = 0,
    OC_SESSION_CONNECTING = 1,
    OC_SESSION_UP = 2,
    OC_SESSION_LOST = 3, /* no answer from there: it may come back */
} oc_session_state_t;

typedef enum oc_view_state {
    OC_VIEW_FREE = 0,
    OC_VIEW_REQUESTED = 1, /* the script has to accept or refuse it */
    OC_VIEW_OPEN = 2,
    OC_VIEW_ENDING = 3, /* its last words leave */
} oc_view_state_t;

/* Bits of oc_view_row_t.held: why a live view takes nothing from its ring. */
typedef enum oc_view_held {
    OC_VIEW_HELD_HIGH = 1,   /* the high watermark was passed */
    OC_VIEW_HELD_REPORT = 2, /* the page is hidden or does not report */
} oc_view_held_t;

/* The published record of a session: 32-bit words. ip0 .. ip3: the viewer's address, big-endian; an
 * IPv4 address is ip0. family: 4, 6, 0 not known yet. relayed: 1 through TURN. login: whose word
 * the viewer is there by, as P2P_OFFER said; 0 nobody's that can end. */
#define OC_SESSION_ROW_MAP(X)                                                                      \
    X(session)                                                                                     \
    X(state)                                                                                       \
    X(views) X(family) X(port) X(ip0) X(ip1) X(ip2) X(ip3) X(relayed) X(rtt_us) X(uptime_s) X(login)

/* Of a view. state: oc_view_state_t; kind: oc_view_kind_t; id: of its data channel. Rates are bytes
 * per second. queued: bytes not acknowledged and not sent yet (B6). inst_rate: sent in the last
 * quarter of a second or so; acked_rate: acknowledged in the past second (B7); acked: in all.
 * drop_*: packets of the stream that the viewer did not get: overtaken by the ring, while the
 * watermark or a report held it, because their tracks are not carried. abandoned: messages given up
 * after they had begun. watermark: 1 above warn. low, warn, high: in force, 0 off. */
#define OC_VIEW_ROW_MAP(X)                                                                         \
    X(view)                                                                                        \
    X(session)                                                                                     \
    X(state)                                                                                       \
    X(kind)                                                                                        \
    X(id)                                                                                          \
    X(channel)                                                                                     \
    X(stream)                                                                                      \
    X(queued)                                                                                      \
    X(inst_rate)                                                                                   \
    X(acked_rate)                                                                                  \
    X(acked_lo)                                                                                    \
    X(acked_hi)                                                                                    \
    X(rtt_us)                                                                                      \
    X(loss_ppm)                                                                                    \
    X(cwnd)                                                                                        \
    X(pacing_rate) X(drop_ring) X(drop_watermark) X(drop_report) X(drop_tracks) X(abandoned)       \
        X(jumps) X(key_requests) X(held) X(watermark) X(low) X(warn) X(high) X(received_lo)        \
            X(received_hi) X(drop_received)

#define OC_P2P_ROW_FIELD(field) uint32_t field;
/* One row of sessions as the words of an oc_table. */
typedef struct oc_session_row {
    OC_SESSION_ROW_MAP(OC_P2P_ROW_FIELD)
} oc_session_row_t;
/* One row of views. */
typedef struct oc_view_row {
    OC_VIEW_ROW_MAP(OC_P2P_ROW_FIELD)
} oc_view_row_t;
#undef OC_P2P_ROW_FIELD

#define OC_SESSION_ROW_WORDS (sizeof(oc_session_row_t) / 4)
#define OC_VIEW_ROW_WORDS    (sizeof(oc_view_row_t) / 4)

#endif
