/* oc_plane_pull - clients of progressive streams (oc_out_pull): opened by name, asked for one piece
 * at a time. A viewer ends with its channel, with its stream's description where the format cannot
 * say the new one, or when it is closed; killing a script changes nothing. Media thread only. */
#ifndef OC_PLANE_PULL_H
#define OC_PLANE_PULL_H

#include "oc_out_pull.h"
#include "oc_plane_live.h"

/* Who opens one. */
typedef struct oc_plane_pull_config {
    const char *channel; /* its name */
    bool sub;            /* its sub stream */
    oc_pull_format_t format;
    /* A live push: one of OC_PUSHES_MAX, no viewer; it begins while the source delivers, and with a
     * picture unless audio_only. */
    bool push, audio_only;
} oc_plane_pull_config_t;

/* Opens a viewer of a channel's main or sub stream. why: of a refusal, one line (why_size bytes;
 * "" = the code says it all). > 0 its number | 0 nothing to play yet: ask again later |
 * OC_ERR_NOENT no such channel or stream | OC_ERR_NOTSUP the format cannot carry it | OC_ERR_BUSY
 * OC_PULLS_VIEWERS watch already | OC_ERR_NOMEM | OC_ERR_PRIVATE; of a push also OC_ERR_SILENT |
 * OC_ERR_NO_VIDEO. */
int32_t oc_plane_pull_open(oc_plane_t *plane, const oc_plane_pull_config_t *config, char *why,
                           size_t why_size);

/* The next piece, a copy made for the connection as in oc_plane_live_get. OC_OK | OC_AGAIN nothing
 * new: ask again when the plane has advanced | OC_ERR_CLOSED the body ends; out: its last bytes,
 * data NULL when there are none (also: no memory); close it | OC_ERR_NOENT no such
 * number. */
int oc_plane_pull_next(oc_plane_t *plane, int32_t number, oc_plane_body_t *out);

/* True: its body has no more than what ends it properly, for its stream has ended, or privacy mode
 * has begun; also of an unknown number. */
bool oc_plane_pull_over(const oc_plane_t *plane, int32_t number);

/* What it got, and what was left out; zeros of an unknown number. */
void oc_plane_pull_stats(const oc_plane_t *plane, int32_t number, oc_out_pull_stats_t *out);

/* Closes a viewer; an unknown number is ignored. */
void oc_plane_pull_close(oc_plane_t *plane, int32_t number);

#endif
