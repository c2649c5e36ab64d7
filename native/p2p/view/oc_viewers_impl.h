/* oc_viewers_impl - what the parts of oc_viewers share; nobody outside native/p2p/view includes it.
 *   oc_viewers.c           life, sessions and views as objects, time, events of the hub
 *   oc_viewers_commands.c  commands of scripts; offers, answers, candidates
 *   oc_viewers_channel.c   requests to the script, command channels, messages of the other end
 *   oc_viewers_live.c      views out of a ring
 *   oc_viewers_play.c      recordings
 *   oc_viewers_voice.c     talk
 *   oc_viewers_notice.c    notices to the script, published rows
 * Invariants: a view is in the list of its session; a live view with a stream is in the list of
 * that stream, and only then its source may touch the ring; an object with something to tell stands
 * in the list of notifiers, once; it is freed when it has ended and its end was told. */
#ifndef OC_VIEWERS_IMPL_H
#define OC_VIEWERS_IMPL_H

#include "oc_candidate_line.h"
#include "oc_err.h"
#include "oc_source_fifo.h"
#include "oc_source_play.h"
#include "oc_source_ring.h"
#include "oc_view_command.h"
#include "oc_view_meter.h"
#include "oc_view_rate.h"
#include "oc_view_report.h"
#include "oc_view_watermark.h"
#include "oc_viewers.h"

/* What is kept of one view; a part of oc_viewers_impl.h. */

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
    NOTIFY_READY = 1,
    NOTIFY_CONNECT_FAIL = 2,
    NOTIFY_ADDR_CHANGED = 4,
    NOTIFY_UP = 8,
    NOTIFY_LOST = 16,
    NOTIFY_BACK = 32,
    NOTIFY_CANDIDATE = 64,
    NOTIFY_REQUEST = 128,
    NOTIFY_LEVEL = 256,
    NOTIFY_DATA = 512,
    NOTIFY_ERROR = 1024,
    NOTIFY_END = 2048, /* send-stop, receive-end, session over */
};

/* What an object is: everything together, a session, a view. */
typedef enum oc_viewers_type { NOTIFIER_ALL, NOTIFIER_SESSION, NOTIFIER_VIEW } oc_viewers_type_t;

/* An object with something to tell. */
typedef struct oc_viewers_notifier {
    struct oc_viewers_notifier *next;
    oc_viewers_type_t type;
    uint16_t notify; /* NOTIFY_* */
    bool listed;
} oc_viewers_notifier_t;

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
    oc_viewers_notifier_t notifier; /* first */
    oc_viewers_t *owner;
    oc_viewers_session_t *session;
    oc_viewers_view_t *next;      /* of the session */
    oc_viewers_view_t *next_feed; /* of the stream */
    int32_t number;
    uint16_t sid, label_len;
    oc_view_state_t state;
    oc_view_kind_t kind;
    bool receives;  /* by its label: receive-start, receive-end */
    bool notified;  /* a script has taken the question */
    bool accepted;  /* its end is told */
    bool waits_up;  /* accepted, and what the other end can is known when it is up */
    bool closed;    /* the hub has forgotten it */
    bool own_marks; /* watermarks of its own */
    bool opening;   /* its first GOP is not delivered yet: no watermark holds it */
    bool talks;     /* voice: it has the talk */
    bool given;  /* playback: the oldest of the inbox was taken, and may not be carried out yet */
    void *label; /* a block, while the question is open; NULL */
    int64_t requested_us, ending_us;
    uint8_t level[3], levels; /* oc_view_level_t to be told, the oldest first */
    char why[OC_VIEWERS_WHY];
    oc_source_fifo_t fifo;
    uint64_t fifo_taken; /* bytes of its messages that were taken and are not done */
    oc_viewers_requests_t *requests;
    oc_viewers_inbox_t *inbox;
    oc_viewers_feed_t *feed;     /* NULL: not live, or its ring is gone */
    oc_viewers_player_t *player; /* NULL: no playback */
    unsigned channel;
    oc_stream_kind_t stream;
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

#define OC_VIEWERS_FIFO      (64u * 1024) /* bytes that one view may have waiting of its own */
#define OC_VIEWERS_TICK      (20 * 1000)  /* looks at queues while a watermark is passed */
#define OC_VIEWERS_DATA_HEAD 128          /* bytes of JSON and line feed before a message */
#define OC_VIEWERS_WINDOW    (32u * 1024) /* bytes; while no association is up */
#define OC_VIEWERS_CONTROL   1024         /* bytes of what a viewer says about its playback */
#define OC_VIEWERS_PLAY_REF  (UINT64_C(1) << 61) /* in names of messages of a playback */
#define OC_VIEWERS_ENDING_US (2000000) /* last words of a view leave within, else it is closed */

/* A command that is answered later. request 0: none. */
typedef struct oc_viewers_pending {
    uint32_t request, generation;
    oc_parcel_t offer; /* OFFER: the text it came with */
} oc_viewers_pending_t;

/* One viewer. id 0: free. */
struct oc_viewers_session {
    oc_viewers_notifier_t notifier; /* first */
    oc_hub_peer_t id;
    oc_session_state_t state;
    bool over;         /* the hub has forgotten it */
    unsigned views;    /* in the list */
    unsigned commands; /* open command channels */
    oc_viewers_view_t *first;
    oc_viewers_pending_t pending;
    void *lines;        /* a block: candidates of ours to be told, a line each; NULL none */
    uint16_t lines_len; /* bytes */
    bool lines_end;     /* there are no more */
    char mid[OC_SDP_MID_MAX + 1]; /* of the media line that they belong to */
    uint32_t login;               /* as in oc_session_row_t */
    int64_t begun_us;
    char why[OC_PEER_WHY_TEXT]; /* it is over */
};

/* A stream that is watched. */
struct oc_viewers_feed {
    oc_viewers_feed_t *next;
    oc_viewers_stream_t stream;
    oc_source_feed_t feed;
    oc_viewers_view_t *first; /* its views */
    unsigned views;
    uint64_t newest;    /* packets up to this number were looked at */
    uint32_t gop_bytes; /* its largest GOP so far */
    oc_view_rate_t rate;
};

struct oc_viewers {
    oc_viewers_env_t env;
    oc_viewers_config_t config;
    oc_mailbox_t *mailbox;
    oc_hub_t *hub;   /* NULL: closed */
    uint32_t window; /* bytes of an association, what comes in */
    int64_t now_us;
    uint32_t generation; /* of the script that spoke last; 0 none yet */
    int32_t last_view;
    int32_t given;             /* the view whose control was taken last; 0: it is carried out */
    uint32_t low, warn, high;  /* for views that set none */
    bool follow;               /* these grow with the largest GOP of a stream */
    uint32_t floor_bps;        /* a stream is never set lower; 0: an eighth of its ceiling */
    uint32_t hold_us;          /* as in oc_view_rate_config_t */
    uint32_t report_us;        /* without a report of the page live is held */
    int64_t publish_us;        /* rows are due; INT64_MAX: nothing flows */
    int64_t scan_us;           /* some view has something to do by time; 0: now */
    oc_viewers_notifier_t all; /* what belongs to no session */
    oc_viewers_notifier_t *first_notifier, *last_notifier;
    oc_viewers_feed_t *feeds;
    oc_pool_t pool;
    oc_source_scratch_t scratch;
    uint8_t text[OC_FMP4_INIT_MAX]; /* where last messages are made */
    oc_viewers_session_t session[OC_SESSIONS_MAX];
    oc_viewers_view_t *view[OC_VIEWS_MAX]; /* by number % OC_VIEWS_MAX */
    oc_table_t session_table[OC_SESSIONS_MAX];
    oc_table_t view_table[OC_VIEWS_MAX];
    _Atomic uint32_t session_words[OC_SESSIONS_MAX][OC_TABLE_WORDS(OC_SESSION_ROW_WORDS)];
    _Atomic uint32_t view_words[OC_VIEWS_MAX][OC_TABLE_WORDS(OC_VIEW_ROW_WORDS)];
};

/* What the parts of oc_viewers call of each other. */

/* ---- oc_viewers.c ---- */
/* NULL: no such session, or it is over. */
oc_viewers_session_t *oc_viewers_session(oc_viewers_t *v, oc_hub_peer_t id);
/* A new one; NULL: all are in use. */
oc_viewers_session_t *oc_viewers_session_new(oc_viewers_t *v, oc_hub_peer_t id);
/* Frees what has ended and has nothing to tell any more. */
void oc_viewers_session_sweep(oc_viewers_t *v, oc_viewers_session_t *session);
void oc_viewers_view_sweep(oc_viewers_view_t *view);
/* NULL: no such view, or the hub has forgotten it. */
oc_viewers_view_t *oc_viewers_view(oc_viewers_t *v, int32_t number);
oc_viewers_view_t *oc_viewers_view_of(oc_viewers_session_t *session, uint16_t sid);
/* A new view, asked; NULL: no room, no memory. */
oc_viewers_view_t *oc_viewers_view_new(oc_viewers_t *v, oc_viewers_session_t *session,
                                       uint16_t sid);
/* Its peer for calls of channels; NULL: it has ended. */
oc_peer_t *oc_viewers_peer(const oc_viewers_view_t *view);
/* The same also when the channel is closed already: for messages that are held. */
oc_peer_t *oc_viewers_session_peer(const oc_viewers_view_t *view);
/* The stream has something. */
void oc_viewers_kick(oc_viewers_view_t *view);
/* Ends a view from here: the viewer is told why, then the channel is closed; so is the script. */
void oc_viewers_end(oc_viewers_view_t *view, const char *why);
/* The hub has forgotten its channel. */
void oc_viewers_closed(oc_viewers_view_t *view, const char *why);
/* A session is over. error: by itself, not because somebody ended it. */
void oc_viewers_session_over(oc_viewers_t *v, oc_viewers_session_t *session, const char *why,
                             bool error);

/* ---- oc_viewers_channel.c ---- */
/* The other end opens a channel. */
void oc_viewers_requested(oc_viewers_t *v, oc_viewers_session_t *session,
                          const oc_peer_event_t *event);
/* What the script says. OC_OK | OC_ERR_NOENT | OC_ERR_*: *why says it, static; the viewer is told
 * too. */
int oc_viewers_accept(oc_viewers_t *v, const oc_command_t *command, const char **why);
/* The session is up: what was accepted before begins. */
void oc_viewers_begin_waiting(oc_viewers_session_t *session);
/* The question is over. */
void oc_viewers_forget_label(oc_viewers_view_t *view);
extern const oc_source_ops_t oc_viewers_ops; /* ctx: a view */
#define OC_VIEWERS_TORN       "live: the ring overran a fragment that was partly sent"
#define OC_VIEWERS_NO_PARTIAL "live: the other end has no FORWARD-TSN (RFC 3758)"

/* ---- oc_viewers_live.c ---- */
/* Finds the ring. OC_OK | OC_ERR_*: *why. */
int oc_viewers_live_prepare(oc_viewers_view_t *view, unsigned channel, unsigned stream,
                            const char **why);
/* The channel is open: the first messages. */
void oc_viewers_live_begin(oc_viewers_view_t *view);
/* It watches no stream any more; nothing of it touches the ring. */
void oc_viewers_live_detach(oc_viewers_view_t *view);
/* What is new in the rings, and what sources are asked for. Returns when it wants to be called. */
int64_t oc_viewers_live_advance(oc_viewers_t *v);
/* Its figures, as they are published: for the rate of the stream. */
void oc_viewers_live_measure(oc_viewers_view_t *view, const oc_view_row_t *row);
/* Queue, levels, holds of one live view. */
void oc_viewers_live_follow(oc_viewers_view_t *view);
/* Messages of it were abandoned: it needs a key packet. */
void oc_viewers_live_key(oc_viewers_view_t *view);
/* Bytes that wait or are not acknowledged (B6). */
uint64_t oc_viewers_queued(const oc_viewers_view_t *view);

/* Levels that were crossed: told once each. */
void oc_viewers_follow_marks(oc_viewers_view_t *view);
/* The levels of everybody, for a view that has none of its own; follow_marks comes afterwards. */
void oc_viewers_marks(oc_viewers_view_t *view);
/* floor_bps or hold_us has changed: for every stream that is watched. */
void oc_viewers_live_tune(oc_viewers_t *v);

/* ---- oc_viewers_play.c ---- */
/* Has the host open a list (oc_play_reader.h). OC_OK | OC_ERR_*: *why. */
int oc_viewers_play_prepare(oc_viewers_view_t *view, oc_span_t list, const char **why);
/* Nothing of it is sent any more. */
void oc_viewers_play_detach(oc_viewers_view_t *view);
/* Levels, reading, pace. Returns when it wants to be looked at again. */
int64_t oc_viewers_play_follow(oc_viewers_view_t *view);
int oc_viewers_play_command(oc_viewers_t *v, const oc_command_t *command, const char **why);
/* As a source, of views with a player; names have OC_VIEWERS_PLAY_REF. */
int oc_viewers_play_next(oc_viewers_view_t *view, oc_msg_t *out);
void oc_viewers_play_take(oc_viewers_view_t *view, uint64_t ref);
int oc_viewers_play_bytes(oc_viewers_view_t *view, uint64_t ref, uint32_t offset, uint32_t len,
                          oc_span_t *parts, unsigned max);
void oc_viewers_play_done(oc_viewers_view_t *view, uint64_t ref, int how);
/* Bytes that were read and that the viewer does not have. */
uint64_t oc_viewers_play_queued(const oc_viewers_view_t *view);

/* ---- oc_viewers_voice.c ---- */
/* Begins the talk as P2P_ACCEPT says. OC_OK | OC_ERR_*: *why. */
int oc_viewers_voice_prepare(oc_viewers_view_t *view, const oc_command_t *command,
                             const char **why);
/* It does not talk any more. */
void oc_viewers_voice_detach(oc_viewers_view_t *view);
/* A packet of sound; the message is still the caller's. */
void oc_viewers_voice_message(oc_viewers_view_t *view, const oc_peer_event_t *event);
/* Blocks for the speaker. Returns when it wants to be looked at again. */
int64_t oc_viewers_voice_follow(oc_viewers_view_t *view);

/* ---- oc_viewers_channel.c ---- */
/* A message of the other end; released by it, now or later. */
void oc_viewers_message(oc_viewers_view_t *view, const oc_peer_event_t *event);
/* Gives a message back. */
void oc_viewers_release(oc_viewers_view_t *view, const oc_sctp_event_t *message);
/* Gives what is held back; lost: it is gone already. */
void oc_viewers_drop_held(oc_viewers_view_t *view, bool lost);
/* The answer to a request. OC_OK | OC_ERR_NOENT too late | OC_ERR_BUSY no room | OC_ERR_TOO_BIG */
int oc_viewers_reply(oc_viewers_view_t *view, uint32_t request, bool error, oc_span_t answer);
/* Requests that were not answered in time. Returns the next such time. */
int64_t oc_viewers_requests_advance(oc_viewers_view_t *view);
/* A command channel of the session began (+1) or ended (-1). */
void oc_viewers_commands_change(oc_viewers_session_t *session, int change);
/* Sends a message of a command channel. OC_OK | OC_ERR_BUSY | OC_ERR_NOMEM. */
int oc_viewers_report(oc_viewers_view_t *view, oc_view_message_t kind, uint32_t request,
                      oc_span_t payload);

/* ---- oc_viewers_notice.c ---- */
/* It has this to tell too; its turn comes. */
void oc_viewers_notify(oc_viewers_t *v, oc_viewers_notifier_t *notifier, unsigned notify);
/* Takes it off the list. */
void oc_viewers_unlist(oc_viewers_t *v, oc_viewers_notifier_t *notifier);
/* The next notice as a parcel. OC_OK | OC_AGAIN | OC_ERR_BUSY no memory now. */
int oc_viewers_take(oc_viewers_t *v, oc_parcel_t *out);
/* The script has carried out the control of this view, if it had one. */
void oc_viewers_command_completed(oc_viewers_view_t *view);
/* A script ended before it did: the next one gets the control. */
void oc_viewers_give_again(oc_viewers_view_t *view);

/* ---- oc_viewers_notice.c ---- */
/* Writes the row of a session. */
void oc_viewers_publish_session(oc_viewers_t *v, const oc_viewers_session_t *session);
/* Of a view. */
void oc_viewers_publish_view(oc_viewers_view_t *view);
/* Of a view that is gone. */
void oc_viewers_publish_gone(oc_viewers_t *v, int32_t number);
/* All of them. True: something flows, do it again soon. */
bool oc_viewers_publish_all(oc_viewers_t *v);

/* ---- oc_viewers_commands.c ---- */
/* Commands of signalling. OC_AGAIN: answered later. *out: the answer's parcel. */
int oc_viewers_signal(oc_viewers_t *v, const oc_command_t *command, int32_t *session,
                      oc_parcel_t *out, const char **why);
/* A description that a command waits for is there. */
void oc_viewers_described(oc_viewers_t *v, oc_viewers_session_t *session);
/* A candidate of ours is to be told. */
void oc_viewers_candidate(oc_viewers_t *v, oc_viewers_session_t *session,
                          const oc_hub_event_t *event);
/* The next of them, "" = there are no more; out: OC_CANDIDATE_TEXT_MAX bytes. True: others wait. */
bool oc_viewers_candidate_take(oc_viewers_t *v, oc_viewers_session_t *session, char *out);
/* Forgets those that wait. */
void oc_viewers_candidates_drop(oc_viewers_t *v, oc_viewers_session_t *session);
/* Answers what waits on the session. */
void oc_viewers_pending_fail(oc_viewers_t *v, oc_viewers_session_t *session, int code,
                             const char *why);

#endif
