/* oc_viewers - the viewers of the device behind the script. Events of a hub of peers become
 * sessions and views (oc_p2p_command.h) and questions for the script; a live view is sent straight
 * out of the ring of a stream, native from end to end; watermarks, page reports and deadlines hold
 * without a script, whose end changes nothing. It lives as long as the process, the hub comes and
 * goes. No clock, no I/O; memory is the caller's, and that of a view and of a stream that is
 * watched the environment's, taken when they begin and given back when they end. Media thread only.
 */
#ifndef OC_VIEWERS_H
#define OC_VIEWERS_H

#include "oc_clock.h"
#include "oc_command.h"
#include "oc_hub.h"
#include "oc_mailbox.h"
#include "oc_source_play.h"
#include "oc_ring.h"
#include "oc_table.h"
#include "oc_talk.h"

#define OC_VIEWERS_REQUEST_UNDELIVERED_US                                                          \
    (2 * 1000 * 1000)                           /* a question that no script has taken */
#define OC_VIEWERS_REQ_US     (5 * 1000 * 1000) /* one that a script has taken */
#define OC_VIEWERS_REQUEST_US (5 * 1000 * 1000) /* of the command channel, until it is answered */
#define OC_VIEWERS_REQUESTS   8                 /* under way on one command channel */
#define OC_VIEWERS_PUBLISH_US (250 * 1000)      /* rows are written so often while media flows */

typedef struct oc_viewers oc_viewers_t; /* opaque, oc_viewers_bytes() of caller's memory */

/* A stream that can be watched. */
typedef struct oc_viewers_stream {
    const oc_ring_t *ring; /* borrowed until oc_viewers_ring_gone */
    unsigned slot;         /* of the stream (oc_stream_kind_t), below OC_STREAMS_MAX */
    oc_clock_t clock;      /* for the wall time that a viewer is told */
    uint32_t ceiling_bps;  /* what its source makes unhindered, bits per second; 0: that cannot be
                              set */
} oc_viewers_stream_t;

/* What the host does for it; on the media thread, must not block, must not call back. Members that
 * may be NULL say so. */
typedef struct oc_viewers_env {
    /* Memory of a view or a watched stream: where there is none the viewer is refused ("busy"). The
     * rest is not used. */
    oc_loop_env_t loop;
    /* oc_hub_offer and oc_hub_connect with memory of the host's, which is the host's again with the
     * last event of the peer. As those | OC_ERR_NOMEM. */
    int (*offer)(void *context, oc_span_t sdp, oc_hub_peer_t *id, const char **why);
    int (*connect)(void *context, oc_hub_peer_t *id);
    /* The ring of a channel's stream. OC_OK | OC_AGAIN no picture yet | OC_ERR_NOENT |
     * OC_ERR_PRIVATE
     */
    int (*stream)(void *context, unsigned channel, oc_stream_kind_t stream,
                  oc_viewers_stream_t *out);
    /* Asks the source of a slot for a key frame; at most once a second and slot. May be NULL. */
    void (*request_key)(void *context, unsigned slot);
    /* The estimated bandwidth of the viewers of this slot (oc_view_rate.h): bits per second, at
     * most ceiling_bps. May be NULL. */
    void (*set_bitrate)(void *context, unsigned slot, uint32_t bps);
    /* So many live views watch this slot now. May be NULL. */
    void (*watching)(void *context, unsigned slot, unsigned views);
    /* Opens recordings for a view: list as in oc_play_reader_init, borrowed until return; *at_us:
     * where it begins; *play: its name for the next two; chunks: owned by the host until
     * play_close. OC_OK | OC_ERR_BUSY | OC_ERR_NOMEM | as oc_play_reader_init. May be NULL: there
     * are no recordings. */
    int (*play_open)(void *context, uint32_t view, oc_span_t list, int64_t *at_us, void **play,
                     oc_play_chunk_t *chunks[OC_SOURCE_PLAY_CHUNKS]);
    /* Has a chunk filled, where that may wait; one at a time. Answer: oc_viewers_play_filled,
     * unless it was closed. OC_OK | OC_ERR_*: the view ends. */
    int (*play_fill)(void *context, void *play, oc_play_chunk_t *chunk);
    void (*play_close)(void *context, void *play);
    void *play;      /* the context of play_open, play_fill and play_close */
    oc_talk_t *talk; /* borrowed until oc_viewers_deinit; NULL: this device has no speaker */
    void *context;   /* of all else */
} oc_viewers_env_t;

typedef struct oc_viewers_config {
    unsigned sessions; /* 1 .. OC_SESSIONS_MAX; 0: OC_SESSIONS_MAX */
    uint32_t blocks;   /* of OC_POOL_BLOCK, for JSON, init segments, answers: shared by all views;
                          0: OC_SESSION_BLOCKS for each session */
} oc_viewers_config_t;

/* Bytes for oc_viewers_init; 0: a value out of range. */
size_t oc_viewers_bytes(const oc_viewers_config_t *config);
/* memory: aligned to 16; mailbox, env: borrowed until oc_viewers_deinit. NULL: a value out of
 * range.
 */
oc_viewers_t *oc_viewers_init(void *memory, const oc_viewers_config_t *config,
                              const oc_viewers_env_t *env, oc_mailbox_t *mailbox);
/* Gives the views' memory back; closed before. */
void oc_viewers_deinit(oc_viewers_t *viewers);

/* The transport stands; hub: borrowed until oc_viewers_close. Watermarks are those set last. */
void oc_viewers_open(oc_viewers_t *viewers, oc_hub_t *hub, int64_t now_us);
/* The hub is about to go: every session is over, commands that wait are answered. Sources are no
 * longer asked by the hub afterwards only if its peers have ended: call it when they have, or
 * before the hub's memory is freed without another call of it. */
void oc_viewers_close(oc_viewers_t *viewers, int64_t now_us);

/* Each event of the hub, in order. Messages are released by it. */
void oc_viewers_event(oc_viewers_t *viewers, const oc_hub_event_t *event, int64_t now_us);
/* After packets came into rings, after events, and at the returned time (INT64_MAX: not by time).
 * The hub may have output afterwards: kick its pump. */
int64_t oc_viewers_advance(oc_viewers_t *viewers, int64_t now_us);
/* A chunk of play_fill is filled. A view that is gone is passed over. */
void oc_viewers_play_filled(oc_viewers_t *viewers, uint32_t view, oc_play_chunk_t *chunk,
                            int64_t now_us);
/* The ring of this slot is about to be wiped or freed: its views end, the viewers are told why
 * (static, "privacy mode is on"). Nothing touches the ring afterwards. */
void oc_viewers_ring_gone(oc_viewers_t *viewers, unsigned slot, const char *why, int64_t now_us);

/* Ends the talk of whoever talks; why: static, for the viewer. The hub may have output. */
void oc_viewers_end_talk(oc_viewers_t *viewers, const char *why, int64_t now_us);

/* Carries out a command of P2P_OFFER .. P2P_RATE; answers it now or later. True: it was one,
 * and its parcel is owned by callee. P2P_OPEN, CLOSE and RESTART are the host's; while no hub is
 * open the others are answered OC_ERR_STATE. */
bool oc_viewers_command(oc_viewers_t *viewers, const oc_command_t *command, int64_t now_us);
/* Ends a viewer, unless it is there by another login than this meanwhile (oc_session_row_t); its
 * views are told why. The hub has output: kick its pump. OC_OK | OC_ERR_NOENT. */
int oc_viewers_end_login(oc_viewers_t *viewers, uint32_t session, uint32_t login, const char *why,
                         int64_t now_us);
/* A new script begins: what no script has answered is asked again. Also noticed by its commands. */
void oc_viewers_new_script(oc_viewers_t *viewers, uint32_t generation, int64_t now_us);

/* Notices that belong to no session; each waits once until it is taken. */
typedef enum oc_viewers_notice {
    OC_VIEWERS_READY,        /* "ready" (B8 0) */
    OC_VIEWERS_CONNECT_FAIL, /* "connect-fail" (B8 1) */
    OC_VIEWERS_ADDR_CHANGED, /* "addr-changed" (B8 3) */
} oc_viewers_notice_t;
/* For what the hub's events do not tell by themselves; may be called at any time. */
void oc_viewers_notice(oc_viewers_t *viewers, oc_viewers_notice_t notice);

/* Rows, readable from any thread: index below OC_SESSIONS_MAX, and below OC_VIEWS_MAX: that of view
 * n is n % OC_VIEWS_MAX. NULL: no such row. */
const oc_table_t *oc_viewers_session_table(const oc_viewers_t *viewers, unsigned index);
const oc_table_t *oc_viewers_view_table(const oc_viewers_t *viewers, unsigned index);

/* Bytes of one view from env.allocate, and of a stream that is watched. */
size_t oc_viewers_view_bytes(void);
size_t oc_viewers_stream_bytes(void);

#endif
