/* oc_viewers_view - what is kept of one view; a part of oc_viewers_impl.h. */
#ifndef OC_VIEWERS_VIEW_H
#define OC_VIEWERS_VIEW_H

#include "oc_err.h"
#include "oc_source_fifo.h"
#include "oc_source_play.h"
#include "oc_source_ring.h"
#include "oc_view_meter.h"
#include "oc_view_rate.h"
#include "oc_view_report.h"
#include "oc_view_watermark.h"
#include "oc_viewers.h"

#define OC_VIEWERS_WHY 96 /* bytes with NUL of why something ended */

/* A viewer, and a stream that is watched: oc_viewers_impl.h. */
typedef struct oc_viewers_session oc_viewers_session_t;
/* See there. */
typedef struct oc_viewers_feed oc_viewers_feed_t;
/* What plays on a view: oc_viewers_play.c. */
typedef struct oc_viewers_player oc_viewers_player_t;
/* Below. */
typedef struct oc_viewers_view oc_viewers_view_t;

/* What an object has to tell; bits, told from the lowest on. */
enum {
    TELL_READY = 1,
    TELL_CONNECT_FAIL = 2,
    TELL_ADDR_CHANGED = 4,
    TELL_UP = 8,
    TELL_LOST = 16,
    TELL_BACK = 32,
    TELL_CANDIDATE = 64,
    TELL_ASK = 128,
    TELL_LEVEL = 256,
    TELL_DATA = 512,
    TELL_ERROR = 1024,
    TELL_END = 2048, /* send-stop, receive-end, session over */
};

/* What an object is: everything together, a session, a view. */
typedef enum oc_viewers_type { TELLER_ALL, TELLER_SESSION, TELLER_VIEW } oc_viewers_type_t;

/* An object with something to tell. */
typedef struct oc_viewers_teller {
    struct oc_viewers_teller *next;
    oc_viewers_type_t type;
    uint16_t tell; /* TELL_* */
    bool listed;
} oc_viewers_teller_t;

/* A request of a command channel. */
typedef struct oc_viewers_request {
    uint32_t id;
    int64_t until_us; /* 0: free place */
    bool waits;       /* not told yet: held in the window */
    uint32_t order;   /* of arrival */
    uint32_t len;     /* of its message */
    oc_sctp_event_t message;
} oc_viewers_request_t;

/* A message for the script. */
typedef struct oc_viewers_held {
    uint32_t len;
    oc_sctp_event_t message;
} oc_viewers_held_t;

#define OC_VIEWERS_HELD ((OC_POOL_EACH - 16) / sizeof(oc_viewers_held_t))

/* In a block of the pool while there is any: of a command channel, of a receiving one. */
typedef struct oc_viewers_requests {
    uint32_t arrived;
    oc_viewers_request_t place[OC_VIEWERS_REQUESTS];
} oc_viewers_requests_t;
typedef struct oc_viewers_inbox {
    uint32_t first, count, bytes;
    oc_viewers_held_t place[OC_VIEWERS_HELD]; /* a ring */
} oc_viewers_inbox_t;
_Static_assert(sizeof(oc_viewers_requests_t) <= OC_POOL_EACH, "a block");
_Static_assert(sizeof(oc_viewers_inbox_t) <= OC_POOL_EACH, "a block");

/* A view. */
struct oc_viewers_view {
    oc_viewers_teller_t teller; /* first */
    oc_viewers_t *owner;
    oc_viewers_session_t *session;
    oc_viewers_view_t *next;      /* of the session */
    oc_viewers_view_t *next_feed; /* of the stream */
    int32_t number;
    uint16_t sid, label_len;
    oc_view_state_t state;
    oc_view_kind_t kind;
    bool receives;  /* by its label: receive-start, receive-end */
    bool told;      /* a script has taken the question */
    bool accepted;  /* its end is told */
    bool waits_up;  /* accepted, and what the other end can is known when it is up */
    bool closed;    /* the hub has forgotten it */
    bool own_marks; /* watermarks of its own */
    bool opening;   /* its first GOP is not delivered yet: no watermark holds it */
    void *label;    /* a block, while the question is open; NULL */
    int64_t asked_us, ending_us;
    uint8_t level[3], levels; /* oc_view_level_t to be told, the oldest first */
    char why[OC_VIEWERS_WHY];
    oc_source_fifo_t fifo;
    uint64_t fifo_taken; /* bytes of its messages that were taken and are not done */
    oc_viewers_requests_t *requests;
    oc_viewers_inbox_t *inbox;
    oc_viewers_feed_t *feed;     /* NULL: not live, or its ring is gone */
    oc_viewers_player_t *player; /* NULL: no playback */
    unsigned channel;
    oc_stream_t stream;
    oc_source_ring_t ring;
    uint64_t opening_seq; /* the key packet that it began with; 0 not known yet */
    oc_view_watermark_t mark;
    oc_view_report_t report;
    oc_view_meter_t meter;
    oc_view_rate_viewer_t rater;
    uint32_t jumps; /* of the ring's source, when looked at last */
    uint32_t drop_watermark, drop_report, abandoned, key_requests, drop_received;
    uint64_t received, sent;
};

#endif
