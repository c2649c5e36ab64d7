/* oc_plane_desired - the desired list (oc_desired_list.h) at work in the plane: gathers the letters
 * of scripts, carries out what the list says, reports how it ended, publishes how far it is. Inside
 * native/plane only; media thread. */
#ifndef OC_PLANE_DESIRED_H
#define OC_PLANE_DESIRED_H

#include "oc_channel.h"
#include "oc_desired_list.h"
#include "oc_table.h"

/* What was published of a channel. */
typedef struct oc_plane_desired_seen {
    int32_t code;
    uint32_t revision, wanted, open;
} oc_plane_desired_seen_t;

/* The list of a plane. */
typedef struct oc_plane_desired {
    oc_desired_list_t list;
    bool dirty;     /* something was reported, or may have changed, since the last advance */
    int64_t due_us; /* looked at then all the same */
    /* The letter that is being gathered; memory NULL: none is. */
    uint8_t *memory;
    uint32_t bytes, have, generation;
    oc_plane_desired_seen_t seen[OC_CHANNELS_MAX];
    oc_lasting_t lasting[OC_CHANNELS_MAX]; /* a channel that does not open, over its attempts */
    oc_table_t why[OC_CHANNELS_MAX];
} oc_plane_desired_t;

/* No list was taken: nothing is carried out. Its rows are there. */
void oc_plane_desired_init(oc_plane_t *plane);

/* DESIRED. OC_OK: value[0] = revision, 0 = more parts are to come; value[1] = 1: as before |
 * OC_ERR_* with why set. */
int oc_plane_desired_take(oc_plane_t *plane, const oc_command_t *command, int64_t now_us,
                          int32_t value[2], char *why, size_t why_size);
/* CHANNEL_RETRY. OC_OK | OC_ERR_NOENT. */
int oc_plane_desired_retry(oc_plane_t *plane, unsigned number);
/* A letter that is not complete is forgotten. */
void oc_plane_desired_drop(oc_plane_t *plane);

/* Carries out what is to be done. Returns when it wants to be called again. */
int64_t oc_plane_desired_advance(oc_plane_t *plane, int64_t now_us);

/* Reports of a channel. */
void oc_plane_desired_opened(oc_plane_t *plane, unsigned number);
void oc_plane_desired_gone(oc_plane_t *plane, unsigned number, int code, const char *why,
                           int64_t now_us);
void oc_plane_desired_changed(oc_plane_t *plane, unsigned number, int code, const char *why,
                              int64_t now_us);
/* Any stream has changed its state, or privacy mode: the next advance looks. */
void oc_plane_desired_look(oc_plane_t *plane);

/* Why a channel ends that the list has closed, "" = privacy mode; NULL: it has not. */
const char *oc_plane_desired_end(const oc_plane_t *plane, unsigned number);
/* The name of a number that is in the list, "" = it is not. */
const char *oc_plane_desired_name(const oc_plane_t *plane, unsigned number);
/* What a row says of it. */
void oc_plane_desired_row(const oc_plane_t *plane, unsigned slot, oc_stream_row_t *row);

#endif
