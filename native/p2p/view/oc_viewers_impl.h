/* oc_viewers_impl - what the parts of oc_viewers share; nobody outside native/p2p/view includes it.
 *   oc_viewers.c           life, sessions and views as objects, time
 *   oc_viewers_signal.c    offers, answers, candidates
 *   oc_viewers_event.c     what the hub tells
 *   oc_viewers_ask.c       questions for the script and what it answers
 *   oc_viewers_live.c      views out of a ring
 *   oc_viewers_play.c      recordings
 *   oc_viewers_channel.c   command channels and what viewers send
 *   oc_viewers_notice.c    what the script is told
 *   oc_viewers_rows.c      published rows
 *   oc_viewers_commands.c  commands of scripts
 * Invariants: a view is in the list of its session; a live view with a stream is in the list of
 * that stream, and only then its source may touch the ring; an object with something to tell stands
 * in the list of tellers, once; it is freed when it has ended and its end was told. */
#ifndef OC_VIEWERS_IMPL_H
#define OC_VIEWERS_IMPL_H

#include "oc_viewers_view.h"

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
    oc_viewers_teller_t teller; /* first */
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
    uint32_t low, warn, high; /* for views that set none */
    bool follow;              /* these grow with the largest GOP of a stream */
    int64_t publish_us;       /* rows are due; INT64_MAX: nothing flows */
    int64_t scan_us;          /* some view has something to do by time; 0: now */
    oc_viewers_teller_t all;  /* what belongs to no session */
    oc_viewers_teller_t *first_teller, *last_teller;
    oc_viewers_feed_t *feeds;
    oc_pool_t pool;
    oc_source_scratch_t scratch;
    uint8_t text[OC_FMP4_INIT_MAX]; /* where last messages are made */
    oc_viewers_session_t session[OC_SESSIONS_MAX];
    oc_viewers_view_t *view[OC_VIEWS_MAX]; /* by number % OC_VIEWS_MAX */
    oc_table_t session_table[OC_SESSIONS_MAX];
    oc_table_t view_table[OC_VIEWS_MAX];
    _Atomic uint32_t session_words[OC_SESSIONS_MAX][OC_SESSION_ROW_WORDS];
    _Atomic uint32_t view_words[OC_VIEWS_MAX][OC_VIEW_ROW_WORDS];
};

#endif
