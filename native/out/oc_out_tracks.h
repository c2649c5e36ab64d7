/* oc_out_tracks - which tracks one file or segment describes, and where its time line starts.
 * A file starts at a packet of the leading track (video; audio when there is no video) that can be
 * decoded on its own, and holds packets of these descriptions only. */
#ifndef OC_OUT_TRACKS_H
#define OC_OUT_TRACKS_H

#include "oc_ring.h"

typedef struct oc_out_tracks {
    oc_track_t track[OC_TRACKS_MAX];   /* codec OC_CODEC_NONE: absent */
    uint16_t config_id[OC_TRACKS_MAX]; /* the ring's number for it; 0 = no packet seen yet */
} oc_out_tracks_t;

/* The leading track of the stream: its video track, else its audio track; -1 = none described. */
int oc_out_tracks_lead(const oc_ring_t *ring);

/* True when a file or segment may start with this packet. */
bool oc_out_tracks_start(const oc_ring_t *ring, const oc_packet_t *packet);

/* Describes what starts with packet number seq: for each track the description of its first packet
 * among seq .. seq + ahead - 1, or the newest one when none is there yet.
 * OC_OK | OC_ERR_NOENT the leading track's description was forgotten. */
int oc_out_tracks_choose(oc_out_tracks_t *tracks, const oc_ring_t *ring, uint64_t seq,
                         uint32_t ahead);

/* True when the packet belongs to one of the tracks as described. A new number of an equal
 * description is taken over. */
bool oc_out_tracks_match(oc_out_tracks_t *tracks, const oc_ring_t *ring, const oc_packet_t *packet);

/* True when both describe the same tracks. */
bool oc_out_tracks_equal(const oc_out_tracks_t *a, const oc_out_tracks_t *b);

/* The time origin of a file whose first decode times are first_dts (only where has[i]): the latest
 * instant that is not after any of them and a whole number of ticks in every present track, so that
 * the distance between the tracks is kept exactly. One track: its first_dts itself. Two: at most
 * 1 / gcd(timescales) seconds earlier; when that is more than 40 ms, the origin is rounded down to
 * whole ticks of each track instead. */
void oc_out_tracks_base(const oc_out_tracks_t *tracks, const int64_t first_dts[OC_TRACKS_MAX],
                        const bool has[OC_TRACKS_MAX], int64_t base_dts[OC_TRACKS_MAX]);

/* Decode time of a packet in microseconds of the stream's time line. */
int64_t oc_out_tracks_us(const oc_out_tracks_t *tracks, unsigned track, int64_t dts);

#endif
