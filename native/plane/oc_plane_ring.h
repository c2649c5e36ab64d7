/* oc_plane_ring - the rings of streams, for a host that sends from them by itself (subscriptions
 * over WebRTC): the plane lends a ring and tells by oc_plane_env_t.ring_gone when it goes. Media
 * thread only. */
#ifndef OC_PLANE_RING_H
#define OC_PLANE_RING_H

#include "oc_plane.h"
#include "oc_ring.h"

/* A stream that has a ring. */
typedef struct oc_plane_ring {
    oc_ring_t *ring; /* borrowed until ring_gone, to read, and to lend from */
    unsigned slot;   /* of the stream, for ring_gone and oc_plane_ring_viewers */
    oc_stream_state_t state;
    uint32_t encoder_bps; /* of its source (oc_capture_config_t); 0: its bit rate cannot be set */
    bool recorded;        /* a recording of it runs: nobody may take quality from it */
} oc_plane_ring_t;

/* The ring of a channel's stream. OC_OK | OC_AGAIN not open yet: ask again | OC_ERR_NOENT no such
 * channel or stream, or it has ended | OC_ERR_PRIVATE. */
int oc_plane_ring(const oc_plane_t *plane, unsigned channel, oc_stream_kind_t stream,
                  oc_plane_ring_t *out);
/* The same of a channel by its name. */
int oc_plane_ring_named(const oc_plane_t *plane, const char *name, bool sub, oc_plane_ring_t *out);
/* The clock in force, for what is told about wall time; borrowed until the next oc_plane_advance.
 */
const oc_clock_t *oc_plane_ring_clock(const oc_plane_t *plane);
/* Of the source of the stream in a slot: a key frame is to come; its bit rate. OC_OK | OC_ERR_STATE
 * it is not open | OC_ERR_NOTSUP. */
int oc_plane_ring_request_key(const oc_plane_t *plane, unsigned slot);
int oc_plane_ring_set_bitrate(const oc_plane_t *plane, unsigned slot, uint32_t bps);
/* How many watch a stream in this way: they count in its row and for the light until the ring goes
 * or another number is told. A slot without a stream is ignored. */
void oc_plane_ring_viewers(oc_plane_t *plane, unsigned slot, uint32_t viewers);

#endif
