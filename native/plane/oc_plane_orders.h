/* oc_plane_orders - what the script ordered last of each channel, kept over privacy mode, so that
 * capture begins again when nobody is there to order it anew (oc_plane_uncommanded). Inside
 * native/plane only; media thread. */
#ifndef OC_PLANE_ORDERS_H
#define OC_PLANE_ORDERS_H

#include "oc_command.h"
#include "oc_plane.h"

/* A channel as the script ordered it last. 1.2 KB. */
typedef struct oc_plane_order {
    bool used;
    bool records; /* with `record` */
    bool resumed; /* the plane has opened it; its recording is still to begin */
    bool begins;  /* CHANNEL_OPEN carries `record`; the source is not open yet */
    uint32_t hash, generation, failures;
    int64_t due_us;             /* not tried before */
    oc_channel_config_t config; /* with its addresses, which may hold passwords */
    oc_record_config_t record;
} oc_plane_order_t;

/* All of them. */
typedef struct oc_plane_orders {
    bool uncommanded; /* as told */
    oc_plane_order_t order[OC_CHANNELS_MAX];
} oc_plane_orders_t;

/* Opens a channel in a free slot, for a script or in its place. Its slot, 0 or above | OC_ERR_EXIST
 * | OC_ERR_PRIVATE | OC_ERR_RANGE no slot is free | as oc_channel_open; why is set. */
int oc_plane_commands_open(oc_plane_t *plane, const oc_channel_config_t *config, uint32_t hash,
                           uint32_t generation, int64_t now_us, char *why, size_t why_size);

/* Orders: a channel was opened, with the recording that its command carries (NULL: none) | closed |
 * could not be opened | is to be recorded (NULL: not). */
void oc_plane_orders_open(oc_plane_t *plane, const oc_channel_config_t *config,
                          const oc_record_config_t *record, uint32_t hash, uint32_t generation);
void oc_plane_orders_close(oc_plane_t *plane, const char *name);
/* Other settings of an open channel, but for its source. */
void oc_plane_orders_change(oc_plane_t *plane, const oc_channel_config_t *config, uint32_t hash);
void oc_plane_orders_failed(oc_plane_t *plane, const char *name, int64_t now_us);
void oc_plane_orders_record(oc_plane_t *plane, const char *name, const oc_record_config_t *config);
/* The recording that CHANNEL_OPEN carries, once: true, and *out is filled. */
bool oc_plane_orders_begin(oc_plane_t *plane, const char *name, oc_record_config_t *out);
/* Opens what was ordered, when nobody else can. Returns when it wants to be called again. */
int64_t oc_plane_orders_advance(oc_plane_t *plane, int64_t now_us);

#endif
