/* view_rig - a camera with viewers in virtual time: two hubs, oc_viewers at the camera's, rings
 * that fill at 30 pictures a second, a script at the other end of a real mailbox, and pages that
 * check every byte. Aborts on a test's own mistakes. */
#ifndef VIEW_RIG_H
#define VIEW_RIG_H

#include "oc_viewers.h"
#include "p2p_world.h"
#include "oc_source_fifo.h"

#define SECOND       1000000LL
#define MS           1000LL
#define RIG_CHANNELS 64
#define RIG_STREAMS  2
#define RIG_MESSAGE  (512 * 1024)
#define RIG_TEXTS    4
#define RIG_KEPT     8192 /* pictures whose length is remembered */

/* A channel as a page sees it. */
typedef struct page {
    oc_hub_peer_t peer; /* 0: free */
    uint16_t sid;
    bool opened, closed;
    unsigned texts, binaries;   /* messages */
    char text[RIG_TEXTS][1024]; /* the first ones */
    char last[1024];            /* the last one */
    uint8_t bytes[20 * 1024];   /* the last binary message that is no fragment, its beginning */
    uint32_t len;
    bool live; /* binary messages are an init segment and fragments */
    bool init; /* the next binary message is an init segment */
    unsigned inits, fragments, gaps;
    unsigned first, newest; /* numbers of fragments; newest: the last one */
    int64_t newest_us;
    uint32_t pieces;     /* messages of the fragment under way */
    uint32_t have, want; /* bytes of it */
    uint32_t largest;    /* message */
    oc_source_fifo_t fifo;
} page_t;

/* A stream of the camera. */
typedef struct rig_stream {
    void *memory;
    oc_ring_t *ring; /* NULL: not open */
    uint16_t config_id;
    unsigned pushed, gop;
    uint32_t key, picture;   /* bytes */
    uint32_t key0, picture0; /* at the ceiling */
    uint32_t len[RIG_KEPT];  /* of each picture */
    unsigned key_requests;
    int64_t last_key_us;
    unsigned watching;
    uint32_t bitrate, ceiling;
    bool silent; /* makes no pictures */
    bool gone;
} rig_stream_t;

typedef struct rig {
    world_t *world;
    world_hub_t *viewer, *camera;
    oc_viewers_t *v;
    void *memory, *box_memory;
    oc_mailbox_t *box;
    oc_viewers_env_t env;
    rig_stream_t stream[RIG_STREAMS]; /* slot: main 0, sub 1 of channel 0 */
    page_t page[RIG_CHANNELS];
    int64_t frame_us, next_frame_us, due_us;
    unsigned views_out, private_mode;
    bool no_parcels;
    void (*handle)(page_t *page, const oc_peer_event_t *event);
    void (*step)(void);
    bool lenient;                  /* what pages get is not checked */
    size_t bytes_out;              /* from the environment, now */
    unsigned allocations, fail_at; /* the n-th allocation fails; 0: none */
    uint32_t generation;
    unsigned edges;
    unsigned ups, half[2]; /* connections that are up; of the viewers, of the camera alone */
    oc_hub_peer_t at_viewer, at_camera; /* of the last rig_connect */
    oc_pool_t pool;
    void *pool_memory;
    char notice[OC_PARCEL_MAX + 1];
    uint32_t notice_len;
    uint8_t message[RIG_MESSAGE];
} rig_t;

extern rig_t rig;

typedef struct rig_options {
    uint64_t seed;
    oc_sim_link_t link;
    bool camera; /* the camera's profile at both ends: 16 KiB messages */
    uint32_t ring_bytes;
    uint32_t key, picture;
    unsigned gop;
    unsigned sessions;
    uint32_t blocks;
    const oc_viewers_env_t *play; /* its play_* members; NULL: no recordings */
    oc_talk_t *talk;              /* NULL: no speaker */
    void (*handle)(page_t *page, const oc_peer_event_t *event); /* messages are only for it */
    void (*step)(void);                                         /* called in each step of time */
} rig_options_t;

void rig_begin(const rig_options_t *options);
void rig_end(void);
/* Virtual time passes; pictures come. */
void rig_run(int64_t us);
/* Until done, at most so long. */
bool rig_until(bool (*done)(void), int64_t us);

/* ---- the script ---- */

/* Posts a command and gives its reply's code; *reply (may be NULL) as text with NUL in
 * rig.notice. Runs until it is there, at most 2 s of virtual time. */
int rig_command(uint16_t kind, uint16_t object, int32_t arg0, int32_t arg1, int32_t arg2,
                int32_t arg3, const void *parcel, uint32_t len, int32_t *value);
/* The same without waiting for the answer: the request. */
int32_t rig_post(uint16_t kind, uint16_t object, int32_t arg0, int32_t arg1, int32_t arg2,
                 int32_t arg3, const void *parcel, uint32_t len);
/* The next notice, in rig.notice; false: none. */
bool rig_take(void);
/* Takes notices until one has this kind; fails the test when there is none. */
void rig_expect(const char *kind);
/* Number behind "key": in the last notice. */
int32_t rig_number(const char *key);
bool rig_reports(const char *text);
void rig_new_script(void);
/* The bytes behind the line feed of the last notice. */
oc_span_t rig_bytes(void);

/* ---- viewers ---- */

/* A viewer offers, channels of `lines` ("7 label\n") asked for in the signalling. The session. */
int32_t rig_connect(const char *lines);
/* The page opens a channel in band. */
page_t *rig_open(const char *label);
/* A channel both ends know. */
page_t *rig_negotiated(uint16_t sid);
page_t *rig_page(oc_hub_peer_t peer, uint16_t sid);
void rig_log(page_t *page, const void *data, uint32_t len, bool text);
/* A message of a command channel. */
void rig_request(page_t *page, unsigned kind, uint16_t channel, uint32_t request, const void *data,
                 uint32_t len);
void rig_report(page_t *command, const page_t *live, bool visible);
void rig_close(page_t *page);
/* The viewer hears and does nothing, or again. */
void rig_freeze(bool frozen);
/* Opens a live channel and accepts it; its view in *view (may be NULL). */
page_t *rig_live(int32_t *view);
/* The same for a command channel. */
page_t *rig_commands(int32_t *view);

/* ---- rows ---- */
oc_view_row_t rig_row(int32_t view);
oc_session_row_t rig_session(unsigned index);

/* Adds or replaces the track of a stream: another width. */
void rig_track(unsigned slot, uint16_t width);
void rig_stream_open(unsigned slot, const rig_options_t *options);
/* Ends it as the plane does: the viewers are told first. */
void rig_stream_close(unsigned slot, const char *why);

#endif
