/* oc_source_feed - what all viewers of one stream share: its ring, the description of its tracks
 * and the writer of fragments, so that a viewer is no more than a place in the ring
 * (oc_source_ring). A packet becomes one message: moof and mdat of that packet alone, a pure
 * function of the packet, its number and the tracks: the same bytes for every viewer and every
 * retransmission. Decode times are those of the stream. One thread, the ring's. */
#ifndef OC_SOURCE_FEED_H
#define OC_SOURCE_FEED_H

#include "oc_fmp4.h"
#include "oc_out_tracks.h"
#include "oc_ring.h"
#include "oc_source_scratch.h"

#define OC_SOURCE_FEED_HEAD 112u /* bytes of a message before the packet's own */
_Static_assert(OC_SOURCE_FEED_HEAD <= OC_SOURCE_SCRATCH_BYTES, "it is made in the scratch");

/* About 2.3 KB. */
typedef struct oc_source_feed {
    const oc_ring_t *ring; /* borrowed for the feed's life, as the next one */
    oc_source_scratch_t *scratch;
    oc_out_tracks_t tracks;
    oc_fmp4_t mux;
    uint32_t usual[OC_TRACKS_MAX]; /* ticks of a packet that does not say how long it is */
    int lead;                      /* the track whose key packets begin GOPs; -1 none yet */
    uint32_t generation; /* of the tracks; 0 = not known yet. Another one: viewers need the
                            init segment again */
} oc_source_feed_t;

/* The ring may still be empty. */
void oc_source_feed_init(oc_source_feed_t *feed, const oc_ring_t *ring,
                         oc_source_scratch_t *scratch);

/* Looks whether the tracks changed; called by the sources when they meet a packet of others. OC_OK
 * | OC_AGAIN nothing is known of the stream yet. */
int oc_source_feed_update(oc_source_feed_t *feed);

/* Writes the init segment; OC_FMP4_INIT_MAX bytes are always enough. > 0 bytes | OC_AGAIN nothing
 * is known of the stream yet | OC_ERR_NOMEM too small. */
int oc_source_feed_init_segment(oc_source_feed_t *feed, uint8_t *out, size_t out_size);

/* The RFC 6381 codecs of the init segment, as oc_fmp4_codecs. OC_OK | OC_AGAIN | OC_ERR_NOMEM. */
int oc_source_feed_codecs(oc_source_feed_t *feed, char *out, size_t out_size);

/* True when the packet is described by the init segment of this generation. */
bool oc_source_feed_has(oc_source_feed_t *feed, const oc_packet_t *packet);

/* Makes the head of the message of packet number seq: OC_SOURCE_FEED_HEAD bytes, borrowed as
 * oc_source_scratch says. NULL: it cannot be said (its track is gone, its time is before 0). */
const uint8_t *oc_source_feed_head(oc_source_feed_t *feed, uint64_t seq, const oc_packet_t *packet);

#endif
