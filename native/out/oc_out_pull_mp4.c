/* Pieces of an MP4 file without an end (oc_out_pull.h): its init segment, then fragments. A change
 * of the tracks ends the body: players do not read a second init segment. */
#include "oc_err.h"
#include "oc_out_pull_impl.h"

#define LOOK_AHEAD 16
#define LOOK_BACK  32 /* packets */

static bool carries(oc_codec_t codec) {
    return codec != OC_CODEC_NONE;
}

/* Begins the file. What the ring holds before the first packet says how long packets are. */
static int begin(oc_out_pull_t *pull) {
    uint64_t oldest = oc_ring_oldest(pull->ring);
    uint64_t seq = pull->seq > oldest + LOOK_BACK ? pull->seq - LOOK_BACK : oldest;
    oc_packet_t packet;
    int rc = oc_fmp4_init(&pull->mux, pull->tracks.track, pull->base_dts);
    for (; rc == OC_OK && seq < pull->seq; seq++)
        if (oc_ring_get(pull->ring, seq, &packet) == OC_OK &&
            packet.config_id == pull->tracks.config_id[packet.track])
            oc_fmp4_note(&pull->mux, &packet);
    return rc;
}

/* The decode times of what follows the piece, as far as it has come. */
static void follow(const oc_out_pull_t *pull, int64_t next_dts[OC_TRACKS_MAX]) {
    oc_packet_t packet;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        next_dts[t] = -1;
    for (unsigned i = 0; i < LOOK_AHEAD; i++) {
        if (oc_ring_get(pull->ring, pull->seq + i, &packet) != OC_OK || packet.jump)
            break;
        if (next_dts[packet.track] < 0 && packet.config_id == pull->tracks.config_id[packet.track])
            next_dts[packet.track] = packet.dts;
    }
}

static int piece(oc_out_pull_t *pull, oc_fmp4_fragment_t *out) {
    int64_t next_dts[OC_TRACKS_MAX];
    unsigned init = pull->described ? 0 : 1; /* spans before the fragment */
    int len = 0;
    if (init) {
        int rc = begin(pull);
        if (rc == OC_OK)
            len = oc_fmp4_init_segment(&pull->mux, out->head, out->head_size);
        if (rc != OC_OK || len <= 0)
            return rc != OC_OK ? rc : len;
        out->spans[0] = oc_span(out->head, (size_t)len);
    }
    follow(pull, next_dts);
    oc_fmp4_fragment_t part = {.head = out->head + len,
                               .head_size = out->head_size - (size_t)len,
                               .spans = out->spans + init,
                               .spans_size = out->spans_size - init};
    int rc = oc_fmp4_fragment(&pull->mux, pull->packets, pull->count, next_dts, &part);
    out->head_len = part.head_len + (size_t)len;
    out->spans_len = part.spans_len + init;
    out->bytes = part.bytes + (uint64_t)len;
    return rc;
}

const oc_pull_kind_t oc_out_pull_mp4 = {
    .ending = "mp4", .type = "video/mp4", .why = "", .end = "", .carries = carries, .piece = piece};
