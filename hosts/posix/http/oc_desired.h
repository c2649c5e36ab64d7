/* oc_desired - what people call the channels that shall run, and how they are recorded: of the list
 * that was handed over last, kept for answers that the host gives in the place of a script. */
#ifndef OC_DESIRED_H
#define OC_DESIRED_H

#include <pthread.h>

#include "oc_desired_record.h"
#include "oc_plane.h"

/* One channel of the list, without its addresses; fields as of its entry. */
typedef struct oc_desired_channel {
    char name[OC_CHANNEL_NAME_MAX];
    char title[sizeof(((oc_desired_entry_t *)0)->title)];
    uint8_t tls, sub_tls, always;
    uint32_t manual_until;
} oc_desired_channel_t;

/* A copy; count 0 and texts "": nothing was handed over yet. */
typedef struct oc_desired {
    oc_desired_head_t head;
    oc_desired_channel_t channels[OC_CHANNELS_MAX]; /* head.count of them, none that is a test */
} oc_desired_t;

typedef struct oc_desired_keep {
    pthread_mutex_t lock; /* held for a copy */
    oc_desired_t last;
    uint32_t generation; /* of the script whose list it is; 0: none was handed over */
} oc_desired_keep_t;

/* Nothing was handed over. */
void oc_desired_init(oc_desired_keep_t *keep);
/* A list was handed over, as oc_plane_env_t.listed. */
void oc_desired_listed(oc_desired_keep_t *keep, uint32_t generation, const oc_desired_head_t *head,
                       const oc_desired_entry_t *entries);
/* What follows: any thread. True: the last list is of a script of this generation, and has the
 * channel. */
bool oc_desired_lists(oc_desired_keep_t *keep, uint32_t generation, const char *name);
void oc_desired_copy(oc_desired_keep_t *keep, oc_desired_t *out);
/* False: the list names its channels, and neither it nor the plane's rows have this one. */
bool oc_desired_has(oc_desired_keep_t *keep, const oc_plane_t *plane, const char *name);
/* What people call a channel; its name, when the settings call it nothing else. */
void oc_desired_title(oc_desired_keep_t *keep, const char *name,
                      char title[sizeof(((oc_desired_channel_t *)0)->title)]);
/* The settings want it recorded whatever the hour and whatever happens. */
bool oc_desired_always(oc_desired_keep_t *keep, const char *name);

#endif
