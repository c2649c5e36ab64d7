/* oc_source_feed - see the header. */
#include "oc_source_feed.h"

#include "oc_err.h"

#define AAC_SAMPLES  1024u /* of a packet of AAC-LC */
#define FRAMES_PER_S 30u   /* where nothing says how many */
#define SOUNDS_PER_S 50u

void oc_source_feed_init(oc_source_feed_t *feed, const oc_ring_t *ring,
                         oc_source_scratch_t *scratch) {
    memset(feed, 0, sizeof *feed);
    feed->ring = ring;
    feed->scratch = scratch;
    feed->lead = -1;
    (void)oc_source_feed_update(feed);
}

/* How long a packet is that does not say so. It must stay the same while such a packet can be asked
 * for, so it is not measured. */
static uint32_t usual_ticks(const oc_track_t *track) {
    if (track->codec == OC_CODEC_AAC)
        return AAC_SAMPLES;
    uint32_t per_s = oc_codec_is_video(track->codec) ? FRAMES_PER_S : SOUNDS_PER_S;
    return track->timescale / per_s ? track->timescale / per_s : 1;
}

int oc_source_feed_update(oc_source_feed_t *feed) {
    oc_out_tracks_t now;
    /* without a packet looked at: the newest description of each track */
    if (oc_out_tracks_choose(&now, feed->ring, 0, 0) != OC_OK)
        return OC_AGAIN;
    if (feed->generation && oc_out_tracks_equal(&now, &feed->tracks))
        return OC_OK;
    if (oc_fmp4_init(&feed->mux, now.track, NULL) != OC_OK)
        return OC_AGAIN;
    feed->tracks = now;
    feed->lead = oc_out_tracks_lead(feed->ring);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        feed->usual[i] = now.track[i].codec == OC_CODEC_NONE ? 0 : usual_ticks(&now.track[i]);
    feed->generation++;
    return OC_OK;
}

int oc_source_feed_init_segment(oc_source_feed_t *feed, uint8_t *out, size_t out_size) {
    if (!feed->generation && oc_source_feed_update(feed) != OC_OK)
        return OC_AGAIN;
    return oc_fmp4_init_segment(&feed->mux, out, out_size);
}

int oc_source_feed_codecs(oc_source_feed_t *feed, char *out, size_t out_size) {
    if (!feed->generation && oc_source_feed_update(feed) != OC_OK)
        return OC_AGAIN;
    return oc_fmp4_codecs(&feed->mux, out, out_size);
}

bool oc_source_feed_has(oc_source_feed_t *feed, const oc_packet_t *packet) {
    return feed->generation > 0 && oc_out_tracks_match(&feed->tracks, feed->ring, packet);
}

const uint8_t *oc_source_feed_head(oc_source_feed_t *feed, uint64_t seq,
                                   const oc_packet_t *packet) {
    oc_span_t spans[2];
    uint8_t *head = oc_source_scratch_take(feed->scratch);
    oc_fmp4_fragment_t fragment = {
        .head = head, .head_size = OC_SOURCE_FEED_HEAD, .spans = spans, .spans_size = 2};
    if (packet->track >= OC_TRACKS_MAX)
        return NULL;
    feed->mux.sequence = (uint32_t)seq - 1; /* the writer adds 1 */
    feed->mux.fixed[packet->track] = feed->usual[packet->track];
    if (oc_fmp4_fragment(&feed->mux, packet, 1, NULL, &fragment) != OC_OK ||
        fragment.head_len != OC_SOURCE_FEED_HEAD)
        return NULL;
    return head;
}
