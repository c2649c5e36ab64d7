/* oc_desired - what the settings want, as the script told it last (DESIRED): kept for answers that
 * the host gives in the script's place. */
#ifndef OC_DESIRED_H
#define OC_DESIRED_H

#include <pthread.h>
#include <stdatomic.h>

#include "oc_desired_record.h"
#include "oc_plane.h"

/* A copy; count 0 and texts "": nothing was told yet. */
typedef struct oc_desired {
    oc_desired_head_t head;
    oc_desired_channel_t channels[OC_CHANNELS_MAX]; /* head.count of them */
} oc_desired_t;

typedef struct oc_desired_keep {
    pthread_mutex_t lock; /* held for a copy */
    oc_desired_t last;
    _Atomic bool changed; /* the plane's orders are to follow it */
    uint32_t generation;  /* of the script whose list it is; 0: none was handed over */
} oc_desired_keep_t;

/* Nothing was told. */
void oc_desired_init(oc_desired_keep_t *keep);
/* The parcel of a DESIRED. OC_OK | OC_ERR_INVAL malformed: what was told before stays. */
int oc_desired_take(oc_desired_keep_t *keep, const oc_parcel_t *parcel);
/* A list was handed over, as oc_plane_env_t.listed. */
void oc_desired_listed(oc_desired_keep_t *keep, uint32_t generation, const oc_desired_head_t *head,
                       const oc_desired_entry_t *entries);
/* True: the last list is of a script of this generation, and has the channel. Any thread. */
bool oc_desired_lists(oc_desired_keep_t *keep, uint32_t generation, const char *name);
/* Any thread. */
void oc_desired_copy(oc_desired_keep_t *keep, oc_desired_t *out);
/* Media thread, in each turn: orders of channels that the settings do not want any more go. */
void oc_desired_turn(oc_desired_keep_t *keep, oc_plane_t *plane);
/* False: the settings name their channels, and neither they nor the plane's rows have this one. Any
 * thread. */
bool oc_desired_has(oc_desired_keep_t *keep, const oc_plane_t *plane, const char *name);
/* What people call a channel; its name, when the settings call it nothing else. Any thread. */
void oc_desired_title(oc_desired_keep_t *keep, const char *name,
                      char title[sizeof(((oc_desired_channel_t *)0)->title)]);
/* The settings want it recorded whatever the hour and whatever happens. Any thread. */
bool oc_desired_always(oc_desired_keep_t *keep, const char *name);
/* How many of them have no row in the plane's tables. Any thread. */
unsigned oc_desired_missing(oc_desired_keep_t *keep, const oc_plane_t *plane);
/* True: the row of channel `index` of them is free. */
bool oc_desired_is_missing(const oc_desired_t *desired, unsigned index, const oc_plane_t *plane);

#endif
