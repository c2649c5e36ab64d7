/* oc_plane_live - live bodies of channels, for the HTTP server. Media thread only. */
#ifndef OC_PLANE_LIVE_H
#define OC_PLANE_LIVE_H

#include "oc_fmp4.h"
#include "oc_plane_ring.h"

/* A body. channel by name; file: "index.m3u8" (low latency
 * when the channel has parts), "plain.m3u8", "master.m3u8", "i1.mp4", "s12.m4s", "p12.3.m4s"; of
 * the sub stream "sub/index.m3u8" and so on; query
 * of its address, "" = none: delivery directives of HLS. Fills out with a copy made for the
 * connection: the one copy per request. body from env.loop.allocate, owned by caller, freed with
 * env.loop.release. OC_OK | OC_AGAIN nothing to play yet; with wait_ms > 0 what was asked for is to
 * come: ask again when oc_plane_live_changes has changed, for so long | OC_ERR_NOENT | OC_ERR_STALE
 * | OC_ERR_NOMEM | OC_ERR_FORMAT malformed directives | OC_ERR_RANGE they are too far ahead |
 * OC_ERR_PRIVATE. */
typedef struct oc_plane_body {
    uint8_t *data;
    uint32_t len;
    const char *content_type; /* static */
    uint32_t max_age_s;       /* 0 = no-store */
    uint32_t wait_ms;         /* with OC_AGAIN */
} oc_plane_body_t;
int oc_plane_live_get(oc_plane_t *plane, const char *channel, const char *file, const char *query,
                      oc_plane_body_t *out);

/* A whole segment of live HLS by reference, for a host that lends its packets from the ring. */
typedef struct oc_plane_segment {
    oc_plane_ring_t from;
    uint64_t first, last;     /* packets of the ring that it lies between */
    oc_fmp4_fragment_t body;  /* borrowed until the next call of the plane */
    const char *content_type; /* static */
} oc_plane_segment_t;
/* By the number of its channel; `number` as its file has it: the bytes are those of that file, and
 * whoever has it is no viewer,
 * but somebody is sent it: the light says so. OC_OK | OC_AGAIN the stream is not open yet |
 * OC_ERR_NOENT | OC_ERR_STALE | OC_ERR_PRIVATE. */
int oc_plane_live_segment(oc_plane_t *plane, unsigned channel, oc_stream_kind_t stream,
                          uint32_t number, oc_plane_segment_t *out);
/* Changes when a segment or part was made, and with the state of a channel (wraps). */
uint32_t oc_plane_live_changes(const oc_plane_t *plane);

#endif
