/* oc_channel_watch - whether the channels that ran before a script run on under it: not closed, not
 * opened again, in its list, recorded. From the rows that the plane publishes and the list that was
 * handed over last; the thread of its owner. */
#ifndef OC_CHANNEL_WATCH_H
#define OC_CHANNEL_WATCH_H

#include "oc_desired.h"

/* One channel, as it was seen last. */
typedef struct oc_channel_seen {
    bool runs;         /* it is watched */
    bool lost;         /* it was closed or opened again */
    bool listed;       /* the script has it in its list */
    bool always;       /* it was recorded, as the settings wanted it: whatever the hour */
    bool unrecorded;   /* it is not any more, and its stream runs */
    unsigned recorded; /* the slot of the stream that was */
    char name[OC_CHANNEL_NAME_MAX];
    uint64_t packets;
} oc_channel_seen_t;

/* All zero: none is watched. */
typedef struct oc_channel_watch {
    oc_channel_seen_t channels[OC_CHANNELS_MAX];
} oc_channel_watch_t;

/* How many of the watched ones are not as they were. */
typedef struct oc_channel_watched {
    uint32_t lost;       /* closed or opened again since the beginning */
    uint32_t open;       /* of the others, those that are not in its list */
    uint32_t unrecorded; /* of the others, those always recorded before and not now, though the
                            source delivers */
} oc_channel_watched_t;

/* Begins with the channels that are open now. desired: as the script before told it. */
void oc_channel_watch_begin(oc_channel_watch_t *watch, const oc_plane_t *plane,
                            oc_desired_keep_t *desired);
/* A person has changed the settings: what is recorded always is what they say from here on, as
 * `desired` is told it; a channel that was not recorded before still counts for nothing. */
void oc_channel_watch_follow(oc_channel_watch_t *watch, oc_desired_keep_t *desired);
/* Looks again. generation: of the script that shall have them in its list. */
oc_channel_watched_t oc_channel_watch_look(oc_channel_watch_t *watch, const oc_plane_t *plane,
                                           oc_desired_keep_t *desired, uint32_t generation);

#endif
