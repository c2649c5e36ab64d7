/* oc_out_live: bytes of init segments, segments and parts, as spans of the ring. */
#include <string.h>

#include "oc_err.h"
#include "oc_out_live_impl.h"
#include "oc_thread_check.h"

#define SEQUENCES (OC_OUT_LIVE_PACKETS_MAX / OC_LIVE_CHUNK) /* fragments of one segment */
#define NUMBERS   256                                       /* moof sequence numbers per segment */

_Static_assert(SEQUENCES * 256u + OC_OUT_LIVE_PACKETS_MAX * 16u <=
                   OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX),
               "the caller's head buffer holds all fragments of a segment");
_Static_assert(OC_OUT_LIVE_PACKETS_MAX + SEQUENCES <= OC_FMP4_PACKETS_MAX + 1, "and its spans");
_Static_assert(SEQUENCES <= NUMBERS && OC_OUT_LIVE_PARTS <= NUMBERS, "and its numbers");

/* What is written: packets of one segment. */
typedef struct range {
    const oc_live_segment_t *segment;
    oc_live_init_t *init;
    uint64_t first_seq, last_seq;
    uint32_t sequence; /* of the moof before its first one */
} range_t;

int oc_out_live_init_segment(const oc_out_live_t *live, uint32_t number, uint8_t *out,
                             size_t out_size) {
    OC_ON_MEDIA_THREAD();
    oc_fmp4_t mux;
    if (number < live->first || number > live->inits || live->inits - number >= OC_OUT_LIVE_INITS)
        return OC_ERR_NOENT;
    const oc_live_init_t *init = &live->init[number % OC_OUT_LIVE_INITS];
    int rc = oc_fmp4_init(&mux, init->tracks.track, init->base_dts);
    return rc != OC_OK ? rc : oc_fmp4_init_segment(&mux, out, out_size);
}

/* Gathers up to OC_LIVE_CHUNK packets of a range from *seq on. >= 0 packets | OC_ERR_STALE. */
static int gather(oc_out_live_t *live, const range_t *range, uint64_t *seq) {
    int n = 0;
    while (n < OC_LIVE_CHUNK && *seq <= range->last_seq) {
        oc_packet_t *packet = &live->packets[n];
        if (oc_ring_get(live->ring, (*seq)++, packet) != OC_OK)
            return OC_ERR_STALE;
        if (oc_out_tracks_match(&range->init->tracks, live->ring, packet) &&
            packet->dts >= range->init->base_dts[packet->track])
            n++;
    }
    return n;
}

/* What follows the gathered packets, per track: inside the segment, else behind it. */
static void follow(const oc_out_live_t *live, const range_t *range, uint64_t seq,
                   int64_t next_dts[OC_TRACKS_MAX]) {
    oc_packet_t packet;
    bool found[OC_TRACKS_MAX] = {false};
    for (uint32_t i = 0; i < OC_LIVE_LOOK_AHEAD && seq + i <= range->segment->last_seq; i++) {
        if (oc_ring_get(live->ring, seq + i, &packet) != OC_OK)
            break;
        if (!found[packet.track] && packet.config_id == range->init->tracks.config_id[packet.track])
            next_dts[packet.track] = packet.dts;
        found[packet.track] = true;
    }
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        if (!found[t])
            next_dts[t] = range->segment->next_dts[t];
}

static int write_range(oc_out_live_t *live, const range_t *range, oc_fmp4_fragment_t *out) {
    oc_fmp4_t mux;
    int rc = oc_fmp4_init(&mux, range->init->tracks.track, range->init->base_dts);
    if (rc != OC_OK)
        return rc;
    mux.sequence = range->sequence;
    out->head_len = out->spans_len = 0;
    out->bytes = 0;
    for (uint64_t seq = range->first_seq; seq <= range->last_seq;) {
        int64_t next_dts[OC_TRACKS_MAX];
        oc_fmp4_fragment_t one = {.head = out->head + out->head_len,
                                  .head_size = out->head_size - out->head_len,
                                  .spans = out->spans + out->spans_len,
                                  .spans_size = out->spans_size - out->spans_len};
        int n = gather(live, range, &seq);
        if (n <= 0) {
            if (n < 0)
                return n;
            continue;
        }
        follow(live, range, seq, next_dts);
        rc = oc_fmp4_fragment(&mux, live->packets, (size_t)n, next_dts, &one);
        if (rc != OC_OK)
            return rc < 0 ? rc : OC_ERR_STALE;
        out->head_len += one.head_len;
        out->spans_len += one.spans_len;
        out->bytes += one.bytes;
    }
    return out->spans_len > 0 ? OC_OK : OC_ERR_STALE;
}

/* The init segment of a segment. NULL: forgotten. */
static oc_live_init_t *init_of(oc_out_live_t *live, const oc_live_segment_t *segment) {
    return live->inits - segment->init >= OC_OUT_LIVE_INITS
               ? NULL
               : &live->init[segment->init % OC_OUT_LIVE_INITS];
}

/* A whole segment of the table. OC_OK | OC_ERR_NOENT | OC_ERR_STALE. */
static int find(const oc_out_live_t *live, uint32_t number, const oc_live_segment_t **out) {
    if (number < live->first || number >= live->next)
        return OC_ERR_NOENT;
    *out = oc_live_segment(live, number);
    return live->next - number > OC_LIVE_TABLE ? OC_ERR_STALE : OC_OK;
}

int oc_out_live_packets(const oc_out_live_t *live, uint32_t number, uint64_t *first,
                        uint64_t *last) {
    OC_ON_MEDIA_THREAD();
    const oc_live_segment_t *segment;
    int rc = find(live, number, &segment);
    if (rc == OC_OK) {
        *first = segment->first_seq;
        *last = segment->last_seq;
    }
    return rc;
}

int oc_out_live_segment(oc_out_live_t *live, uint32_t number, oc_fmp4_fragment_t *out) {
    OC_ON_MEDIA_THREAD();
    const oc_live_segment_t *segment;
    int rc = find(live, number, &segment);
    if (rc != OC_OK)
        return rc;
    oc_live_init_t *init = init_of(live, segment);
    if (!init)
        return OC_ERR_STALE;
    return write_range(
        live, &(range_t){segment, init, segment->first_seq, segment->last_seq, number * NUMBERS},
        out);
}

int oc_out_live_part(oc_out_live_t *live, uint32_t number, uint32_t index,
                     oc_fmp4_fragment_t *out) {
    OC_ON_MEDIA_THREAD();
    if (number < live->first || number > live->next || live->part_ms == 0)
        return OC_ERR_NOENT;
    bool whole = number < live->next;
    uint32_t parts = live->is_open ? live->open.parts : 0;
    if (!whole && index >= parts)
        return index == parts && live->part_target_us > 0 ? OC_AGAIN : OC_ERR_NOENT;
    if (whole && live->next - number > OC_LIVE_TABLE)
        return OC_ERR_STALE;
    const oc_live_segment_t *segment = whole ? oc_live_segment(live, number) : &live->open;
    if (index >= segment->parts)
        return OC_ERR_NOENT;
    const oc_live_part_t *part = oc_live_part(live, segment, index);
    oc_live_init_t *init = init_of(live, segment);
    if (!part || !init)
        return OC_ERR_STALE;
    return write_range(live,
                       &(range_t){segment, init, part->first_seq,
                                  part->first_seq + part->packets - 1, number * NUMBERS + index},
                       out);
}
