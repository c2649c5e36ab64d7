/* oc_channel - a camera input: its settings and its streams, which it owns. Inside native/plane
 * only. It lives in memory of the host's from its opening until the capture of its main stream has
 * ended. Main is open for as long as the channel is; sub is opened
 * when main runs, tried again for as long as the channel is open, closed before main, and never
 * changes it (oc_channel_sub.c). */
#ifndef OC_CHANNEL_H
#define OC_CHANNEL_H

#include "oc_stream.h"

#define OC_CHANNEL_CHANGE_US (3 * 1000 * 1000) /* a ring in use is waited for so long */

/* The opening of the sub stream. All zero: there is none, or it is tried at once. */
typedef struct oc_channel_sub {
    uint32_t failures; /* tries in a row */
    uint32_t why_hash; /* of the failure that was logged last; 0 = none */
    int64_t due_us;    /* the next try */
} oc_channel_sub_t;

struct oc_channel {
    oc_plane_t *plane;
    unsigned number;            /* below OC_CHANNELS_MAX */
    oc_channel_config_t config; /* url blanked: it may hold a password; sub_url may, too */
    oc_stream_t *stream[OC_STREAM_KINDS]; /* by oc_stream_kind_t; NULL = not open: sub only */
    oc_channel_sub_t sub;
    int64_t change_us; /* a change of settings is given up then; 0 = none is under way */
};

/* Sets up a channel from a checked config and opens its main stream. OC_OK | OC_ERR_NOTSUP no
 * driver | OC_ERR_NOMEM | what capture_open answered; why is set then. */
int oc_channel_open(oc_plane_t *plane, unsigned number, const oc_channel_config_t *config,
                    int64_t now_us, char *why, size_t why_size);

/* The channel of a name; NULL: none is open. */
oc_channel_t *oc_channel_find(const oc_plane_t *plane, const char *name);

/* True until it begins to close. */
static inline bool oc_channel_is_open(const oc_channel_t *channel) {
    return channel->stream[OC_STREAM_MAIN]->step == OC_STREAM_STEP_OPEN;
}

/* Begins closing its streams, or goes on with it; twice is fine. The channel is gone after
 * oc_stream_captured of main. */
void oc_channel_close(oc_channel_t *channel, int64_t now_us);

/* As oc_channel_close, but the captures end at once, however long the disk takes, and nothing stays
 * in the memory of the rings. Also while it is being closed; twice is fine. */
void oc_channel_cut(oc_channel_t *channel, int64_t now_us);

/* True while a source of it is open, or may be. */
bool oc_channel_captures(const oc_channel_t *channel);

/* Other settings while it runs, but for its source: url is not looked at. What is equal stays
 * untouched. OC_OK | OC_AGAIN oc_plane_desired_changed follows | OC_ERR_NOTSUP it has to
 * be opened again for that | OC_ERR_RANGE nothing has changed | OC_ERR_NOMEM; why is set. */
int oc_channel_change(oc_channel_t *channel, const oc_channel_config_t *config, int64_t now_us,
                      char *why, size_t why_size);
/* Goes on with it. Returns when it wants to be called again. */
int64_t oc_channel_change_advance(oc_channel_t *channel, int64_t now_us);

/* A stream is open from now on: reports its source when it is there. adapted: by its driver, "" =
 * not. */
void oc_channel_stream_opened(oc_stream_t *stream, const char *adapted, int64_t now_us);

/* The source of an open stream is there: "channel-opened" or "sub-opened". One that was absent when
 * it opened comes later. */
void oc_channel_stream_came(oc_stream_t *stream, const char *adapted, int64_t now_us);

/* A stream is freed. failure: a code with its words in why, 0 = closed as requested. Main: frees
 * the channel as well. Sub: it is opened again unless the channel
 * closes. */
void oc_channel_stream_gone(oc_channel_t *channel, oc_stream_kind_t kind, int failure,
                            const char *why, int64_t now_us);

/* Before a packet of either stream is mapped: one time line for both. */
void oc_channel_align(oc_stream_t *stream, const oc_packet_t *packet);

/* Overwrites a text that may hold a password. */
void oc_channel_wipe(char *text, size_t size);

/* ---- the sub stream: oc_channel_sub.c ---- */

/* True for "640x360", "640x360@500000", either with "#options": a size instead of an address, a
 * stream that is made of its main stream. */
bool oc_channel_sub_is_made(const char *text);
/* Opens the sub stream when the channel has one and it is time. Returns when it wants to be called
 * again. */
int64_t oc_channel_sub_advance(oc_channel_t *channel, int64_t now_us);
/* Of oc_channel_stream_opened and _gone: the part of the sub stream. */
void oc_channel_sub_opened(oc_stream_t *sub);
void oc_channel_sub_gone(oc_channel_t *channel, int failure, const char *why, int64_t now_us);

#endif
