/* Pieces of an MPEG transport stream without an end (oc_out_pull.h). They are counted first, and
 * written into the memory of the body: their headers lie between the bytes of the packets. Other
 * tracks or parameter sets are described in the middle of it. */
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_out_pull_impl.h"
#include "oc_ts_unit.h"

#define LOOK_AROUND 32 /* packets before and behind the first one */
#define US_PER_S    1000000

static bool carries(oc_codec_t codec) {
    return codec == OC_CODEC_H264 || codec == OC_CODEC_H265 || codec == OC_CODEC_AAC ||
           codec == OC_CODEC_OPUS;
}

/* How far pictures near the first one are shown before they are decoded, ticks; 0: none is. */
static int64_t lag_of(const oc_out_pull_t *pull) {
    uint64_t seq = pull->seq > LOOK_AROUND ? pull->seq - LOOK_AROUND : 1;
    int64_t lag = 0;
    oc_packet_t packet;
    for (unsigned i = 0; i < 2 * LOOK_AROUND; i++) {
        if (oc_ring_get(pull->ring, seq + i, &packet) != OC_OK || packet.cts >= 0)
            continue;
        const oc_track_t *track = &pull->tracks.track[packet.track];
        int64_t here = track->codec != OC_CODEC_NONE
                           ? oc_clock_rescale(-(int64_t)packet.cts, track->timescale, OC_TS_HZ)
                           : 0;
        lag = here > lag ? here : lag;
    }
    return lag;
}

/* Time in the body, ticks. */
static int64_t time_of(const oc_out_pull_t *pull, const oc_packet_t *packet, int32_t cts) {
    int64_t us = oc_out_tracks_us(&pull->tracks, packet->track, packet->dts + cts) - pull->base_us;
    return oc_clock_rescale(us, US_PER_S, OC_TS_HZ);
}

/* The packets of the piece; `to` NULL: only their bytes. */
static uint64_t put(const oc_out_pull_t *pull, oc_ts_t *ts, uint8_t *to) {
    uint64_t bytes = 0;
    for (unsigned i = 0; i < pull->count; i++) {
        const oc_packet_t *packet = &pull->packets[i];
        bytes += oc_ts_write(ts, packet, time_of(pull, packet, 0),
                             time_of(pull, packet, packet->cts), to ? to + bytes : NULL);
    }
    return bytes;
}

static int piece(oc_out_pull_t *pull, oc_fmp4_fragment_t *out) {
    if (!pull->headed)
        oc_ts_init(&pull->ts, lag_of(pull));
    if (!pull->described)
        oc_ts_describe(&pull->ts, pull->tracks.track);
    if (!pull->ts.carried[pull->ts.lead])
        return OC_ERR_NOTSUP; /* sound alone that cannot be written */
    oc_ts_t counted = pull->ts;
    out->bytes = put(pull, &counted, NULL);
    return OC_OK;
}

static void write_piece(oc_out_pull_t *pull, uint8_t *to) {
    (void)put(pull, &pull->ts, to);
}

const oc_pull_kind_t oc_out_pull_ts = {
    .ending = "ts",
    .type = "video/mp2t",
    .why = "MPEG-TS carries h264, h265, aac and opus; this channel has %s",
    .end = "",
    .redescribes = true,
    .carries = carries,
    .piece = piece,
    .write = write_piece};
