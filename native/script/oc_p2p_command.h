/* oc_p2p_command - what a script asks of the viewers behind P2P, and the rows it reads of them;
 * part of oc_command.h. A session is one viewer (a peer of the hub, its number), a view one data
 * channel of a session: a number > 0, never used twice in a run of 2^20. Commands, parcels and
 * notices word for word: docs/design/script.md. Shared with native/script/command.ts (a check
 * compares them). */
#ifndef OC_P2P_COMMAND_H
#define OC_P2P_COMMAND_H

#include <stdint.h>
#include "oc_limits.h"

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* Views that one viewer can have. */
#define OC_SESSION_VIEWS 8

/* The largest id that an offer may name for a channel. */
#define OC_P2P_OPEN_ID 1023

/* Layers that speak to viewers: one at a time (B13). */
typedef enum oc_p2p_owner {
    OC_P2P_RAW = 0, /* the script's own protocol */
    OC_P2P_HUB = 1, /* the viewers of the camera */
} oc_p2p_owner_t;

/* What P2P_ACCEPT makes of a view. */
typedef enum oc_view_kind {
    OC_VIEW_UNKNOWN = 0, /* not accepted yet */
    OC_VIEW_LIVE = 1, /* out of the ring of a stream */
    OC_VIEW_PLAYBACK = 2, /* recorded media */
    OC_VIEW_COMMAND = 3, /* requests, answers, reports of the page */
    OC_VIEW_RECEIVE = 4, /* from the viewer to the script */
    OC_VIEW_VOICE = 5, /* from the viewer to the speaker */
} oc_view_kind_t;

/* States of a view. */
typedef enum oc_view_state {
    OC_VIEW_FREE = 0,
    OC_VIEW_REQUESTED = 1, /* the script has to accept or refuse it */
    OC_VIEW_OPEN = 2,
    OC_VIEW_ENDING = 3, /* its last words leave */
} oc_view_state_t;

/* Why a live view (oc_view_row_t.held) takes nothing from its ring. Bits. */
typedef enum oc_view_held {
    OC_VIEW_HELD_HIGH = 1, /* the high watermark was passed */
    OC_VIEW_HELD_REPORT = 2, /* the page is hidden or does not report */
} oc_view_held_t;

/* States of a viewer. */
typedef enum oc_session_state {
    OC_SESSION_FREE = 0,
    OC_SESSION_CONNECTING = 1,
    OC_SESSION_UP = 2,
    OC_SESSION_LOST = 3, /* no answer from there: it may come back */
} oc_session_state_t;

/* What P2P_PLAY does. */
typedef enum oc_play_op {
    OC_PLAY_PAUSE = 0,
    OC_PLAY_RESUME = 1,
    OC_PLAY_SEEK = 2,
    OC_PLAY_SPEED = 3,
} oc_play_op_t;

/* The published row of a viewer. */
typedef struct oc_session_row {
    uint32_t session;
    uint32_t state;
    uint32_t views;
    uint32_t family, port, ip0, ip1, ip2, ip3;
    uint32_t relayed;
    uint32_t rtt_us;
    uint32_t uptime_s;
    uint32_t login;
} oc_session_row_t;
#define OC_SESSION_ROW_WORDS (sizeof(oc_session_row_t) / 4)

/* The published row of a view. */
typedef struct oc_view_row {
    uint32_t view, session;
    uint32_t state, kind;
    uint32_t id;
    uint32_t channel, stream;
    uint32_t queued;
    uint32_t inst_rate;
    uint32_t acked_rate, acked_lo, acked_hi;
    uint32_t rtt_us, loss_ppm, cwnd, pacing_rate;
    uint32_t drop_ring, drop_watermark, drop_report, drop_tracks;
    uint32_t abandoned;
    uint32_t jumps;
    uint32_t key_requests;
    uint32_t held;
    uint32_t watermark;
    uint32_t low, warn, high;
    uint32_t received_lo, received_hi, drop_received;
} oc_view_row_t;
#define OC_VIEW_ROW_WORDS (sizeof(oc_view_row_t) / 4)
/* clang-format on */
/* end protocol */

#define OC_VIEWS_MAX (OC_SESSIONS_MAX * OC_SESSION_VIEWS) /* of all viewers */

#endif
