/* oc_plane_pull - clients of progressive streams (oc_out_pull): opened by name, asked for one piece
 * at a time. A viewer ends with its channel, with its stream's description where the format cannot
 * say the new one, or when it is closed; killing a script changes nothing. Media thread only. */
#ifndef OC_PLANE_PULL_H
#define OC_PLANE_PULL_H

#include "oc_out_pull.h"
#include "oc_plane_live.h"

/* Opens a viewer of a channel's main or sub stream, by name. why: of a refusal, one line (why_size
 * bytes; "" = the code says it all). > 0 its number | 0 nothing to play yet: ask again later |
 * OC_ERR_NOENT no such channel or stream | OC_ERR_NOTSUP the format cannot carry it | OC_ERR_BUSY
 * OC_PULLS_MAX watch already | OC_ERR_NOMEM | OC_ERR_PRIVATE. */
int32_t oc_plane_pull_open(oc_plane_t *plane, const char *channel, bool sub,
                           oc_pull_format_t format, char *why, size_t why_size);

/* The next piece, a copy made for the connection as in oc_plane_live_get. OC_OK | OC_AGAIN nothing
 * new: ask again when the plane has advanced | OC_ERR_CLOSED the body ends; out: its last bytes,
 * data NULL when there are none (also: no memory); close it | OC_ERR_NOENT no such
 * number. */
int oc_plane_pull_next(oc_plane_t *plane, int32_t number, oc_plane_body_t *out);

/* Closes a viewer; an unknown number is ignored. */
void oc_plane_pull_close(oc_plane_t *plane, int32_t number);

#endif
