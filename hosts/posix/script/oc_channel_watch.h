/* oc_channel_watch - whether the channels that ran before a script run on under it: not closed, not
 * opened again, adopted. From the rows that the plane publishes; the thread of its owner. */
#ifndef OC_CHANNEL_WATCH_H
#define OC_CHANNEL_WATCH_H

#include "oc_plane.h"

/* One channel, as it was seen last. */
typedef struct oc_channel_seen {
    bool runs; /* it is watched */
    bool lost; /* it was closed or opened again */
    bool adopted;
    char name[OC_CHANNEL_NAME_MAX];
    uint64_t packets;
} oc_channel_seen_t;

/* All zero: none is watched. */
typedef struct oc_channel_watch {
    oc_channel_seen_t channels[OC_CHANNELS_MAX];
} oc_channel_watch_t;

/* Begins with the channels that are open now. */
void oc_channel_watch_begin(oc_channel_watch_t *watch, const oc_plane_t *plane);
/* Looks again. generation: of the script that shall have adopted them. *lost: closed or opened
 * again since the beginning; *open: of the others, those that are not adopted. */
void oc_channel_watch_look(oc_channel_watch_t *watch, const oc_plane_t *plane, uint32_t generation,
                           uint32_t *lost, uint32_t *open);

#endif
