/* oc_out_span - see the header. */
#include "oc_out_span.h"

#include <string.h>

#include "oc_clock.h"
#include "oc_err.h"

#define LOOK_AHEAD 16 /* packets looked at for the start of the one after a fragment */
#define GATHER     32 /* packets of a fragment before a key frame begins the next */
#define US_PER_MS  1000
#define US_PER_S   1000000
#define INIT_AHEAD OC_OUT_SPAN_WORK /* packets looked at for descriptions */

/* A piece ends where the next one begins. */
typedef struct piece {
    uint64_t end;
    const uint8_t *data;
} piece_t;

struct oc_out_span {
    uint64_t bytes;
    const char *type;
    uint32_t pieces;
    piece_t piece[];
};

/* Where a walk over the packets of a plan stands. */
typedef struct walk {
    const oc_ring_t *ring;
    oc_out_tracks_t tracks;
    bool no_audio;
    int lead;
} walk_t;

static int64_t us_of(const oc_ring_t *ring, const oc_packet_t *packet) {
    const oc_track_t *track = oc_ring_track(ring, packet->track, packet->config_id);
    return track ? oc_clock_rescale(packet->dts, track->timescale, US_PER_S) : 0;
}

/* The start of the GOP at that time or before it, or of the oldest; 0 = none is held. */
static uint64_t start_at(const oc_ring_t *ring, int64_t target_us) {
    uint64_t seq = oc_ring_gop_of(ring, oc_ring_newest(ring)), before = 0;
    oc_packet_t packet;
    while (seq != before && oc_ring_get(ring, seq, &packet) == OC_OK &&
           us_of(ring, &packet) > target_us) {
        before = seq;
        seq = oc_ring_gop_of(ring, seq - 1);
    }
    return seq;
}

static int choose(walk_t *walk, uint64_t seq) {
    int rc = oc_out_tracks_choose(&walk->tracks, walk->ring, seq, INIT_AHEAD);
    for (int i = 0; walk->no_audio && i < OC_TRACKS_MAX; i++)
        if (i != walk->lead)
            walk->tracks.track[i].codec = OC_CODEC_NONE;
    return rc;
}

/* Whether a packet belongs into the file. */
static bool belongs(walk_t *walk, const oc_packet_t *packet) {
    return oc_out_tracks_match(&walk->tracks, walk->ring, packet);
}

static bool begins_fragment(const walk_t *walk, const oc_packet_t *packet, uint32_t count) {
    bool key = packet->key && packet->track == walk->lead;
    return count > 0 && (packet->jump || count == OC_OUT_SPAN_WORK || (key && count >= GATHER));
}

/* What is counted while a plan is made. */
typedef struct count {
    int64_t first[OC_TRACKS_MAX];
    bool has[OC_TRACKS_MAX];
    uint32_t run; /* packets of the fragment under way */
    int64_t first_us, last_us;
} count_t;

/* The file begins with this packet. */
static int begin(walk_t *walk, oc_out_span_plan_t *plan, count_t *count, uint64_t seq,
                 const oc_packet_t *packet) {
    *count = (count_t){.first_us = us_of(walk->ring, packet)};
    plan->first = seq;
    plan->packets = plan->fragments = 0;
    return choose(walk, seq);
}

static void add(walk_t *walk, oc_out_span_plan_t *plan, count_t *count, uint64_t seq,
                const oc_packet_t *packet) {
    if (!count->has[packet->track])
        count->first[packet->track] = packet->dts;
    count->has[packet->track] = true;
    if (count->run == 0 || begins_fragment(walk, packet, count->run)) {
        plan->fragments++;
        count->run = 0;
    }
    count->run++;
    plan->packets++;
    plan->last = seq;
    count->last_us = us_of(walk->ring, packet);
}

/* Takes the packets from `seq` on. OC_OK | OC_AGAIN none begins a file | OC_ERR_*. */
static int gather(walk_t *walk, oc_out_span_plan_t *plan, count_t *count, uint64_t seq,
                  int64_t end_us) {
    oc_packet_t packet;
    plan->first = 0;
    for (; oc_ring_get(walk->ring, seq, &packet) == OC_OK; seq++) {
        bool starts = oc_out_tracks_start(walk->ring, &packet);
        bool is_lead = packet.track == walk->lead;
        if (plan->packets > 0 && is_lead && us_of(walk->ring, &packet) > end_us)
            break;
        bool fits = plan->first && belongs(walk, &packet);
        if (!fits && starts) { /* the first one, or the pictures change */
            int rc = begin(walk, plan, count, seq, &packet);
            if (rc != OC_OK)
                return rc;
            fits = belongs(walk, &packet);
        }
        if (fits)
            add(walk, plan, count, seq, &packet);
        if (plan->packets > OC_OUT_SPAN_PACKETS_MAX)
            return OC_ERR_TOO_BIG;
    }
    return plan->packets > 0 ? OC_OK : OC_AGAIN;
}

static size_t pieces_max(const oc_out_span_plan_t *plan) {
    return (size_t)plan->packets + plan->fragments + 1;
}

static size_t head_bytes(const oc_out_span_plan_t *plan) {
    return OC_FMP4_INIT_MAX + plan->fragments * (size_t)OC_FMP4_HEAD_MAX(0) +
           plan->packets * (size_t)(OC_FMP4_HEAD_MAX(1) - OC_FMP4_HEAD_MAX(0));
}

static int plan_picture(walk_t *walk, oc_out_span_plan_t *plan, count_t *count) {
    uint64_t seq = oc_ring_gop_of(walk->ring, oc_ring_newest(walk->ring));
    oc_packet_t packet;
    if (oc_ring_get(walk->ring, seq, &packet) != OC_OK || !oc_out_tracks_start(walk->ring, &packet))
        return OC_AGAIN;
    int rc = begin(walk, plan, count, seq, &packet);
    if (rc != OC_OK)
        return rc;
    add(walk, plan, count, seq, &packet);
    plan->image = walk->tracks.track[walk->lead].codec == OC_CODEC_MJPEG;
    return OC_OK;
}

int oc_out_span_plan(const oc_ring_t *ring, const oc_out_span_request_t *request,
                     oc_out_span_plan_t *out) {
    walk_t walk = {.ring = ring,
                   .no_audio = request->no_audio || request->picture,
                   .lead = oc_out_tracks_lead(ring)};
    count_t count = {0};
    oc_packet_t newest;
    memset(out, 0, sizeof *out);
    if (walk.lead < 0)
        return OC_AGAIN;
    if (walk.no_audio && oc_codec_is_audio(oc_ring_track(ring, (unsigned)walk.lead, 0)->codec))
        return OC_ERR_NOENT;
    if (oc_ring_get(ring, oc_ring_newest(ring), &newest) != OC_OK)
        return OC_AGAIN;
    int64_t now_us = us_of(ring, &newest);
    int64_t begin_us = now_us - (int64_t)request->before_ms * US_PER_MS;
    int64_t end_us =
        request->until_ms ? now_us - (int64_t)request->until_ms * US_PER_MS : INT64_MAX;
    int rc = request->picture ? plan_picture(&walk, out, &count)
                              : gather(&walk, out, &count, start_at(ring, begin_us), end_us);
    if (rc != OC_OK)
        return rc;
    out->no_audio = walk.no_audio;
    out->tracks = walk.tracks;
    out->duration_ms = (uint32_t)((count.last_us - count.first_us) / US_PER_MS);
    oc_out_tracks_base(&out->tracks, count.first, count.has, out->base_dts);
    out->memory = sizeof(oc_out_span_t) + pieces_max(out) * sizeof(piece_t) + head_bytes(out);
    return OC_OK;
}

/* ---- making it ---- */

typedef struct making {
    walk_t walk;
    oc_out_span_work_t *work;
    oc_out_span_t *span;
    uint8_t *head, *head_end;
} making_t;

static void append(oc_out_span_t *span, oc_span_t bytes) {
    span->bytes += bytes.len;
    span->piece[span->pieces++] = (piece_t){.end = span->bytes, .data = bytes.data};
}

/* The decode times of what follows `seq` - 1, as far as it has come. */
static void follow(walk_t *walk, uint64_t seq, int64_t next_dts[OC_TRACKS_MAX]) {
    oc_packet_t packet;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        next_dts[t] = -1;
    for (unsigned i = 0; i < LOOK_AHEAD; i++) {
        if (oc_ring_get(walk->ring, seq + i, &packet) != OC_OK || packet.jump)
            return;
        if (next_dts[packet.track] < 0 && belongs(walk, &packet))
            next_dts[packet.track] = packet.dts;
    }
}

/* One fragment of the `count` packets before `seq`. */
static int put_fragment(making_t *making, uint32_t count, uint64_t seq) {
    int64_t next_dts[OC_TRACKS_MAX];
    oc_fmp4_fragment_t fragment = {.head = making->head,
                                   .head_size = (size_t)(making->head_end - making->head),
                                   .spans = making->work->spans,
                                   .spans_size = OC_OUT_SPAN_WORK + 1};
    follow(&making->walk, seq, next_dts);
    int rc =
        oc_fmp4_fragment(&making->work->mux, making->work->packets, count, next_dts, &fragment);
    if (rc != OC_OK)
        return rc;
    making->head += fragment.head_len;
    for (size_t i = 0; i < fragment.spans_len; i++)
        append(making->span, fragment.spans[i]);
    return OC_OK;
}

static int put_fragments(making_t *making, const oc_out_span_plan_t *plan) {
    oc_packet_t packet;
    uint32_t count = 0;
    for (uint64_t seq = plan->first; seq <= plan->last; seq++) {
        int rc = oc_ring_get(making->walk.ring, seq, &packet);
        if (rc != OC_OK)
            return rc;
        if (!belongs(&making->walk, &packet))
            continue;
        if (begins_fragment(&making->walk, &packet, count)) {
            rc = put_fragment(making, count, seq);
            count = 0;
        }
        if (rc != OC_OK)
            return rc;
        making->work->packets[count++] = packet;
    }
    return put_fragment(making, count, plan->last + 1);
}

static int put_file(making_t *making, const oc_out_span_plan_t *plan) {
    const uint8_t *head = making->head;
    int rc = oc_fmp4_init(&making->work->mux, plan->tracks.track, plan->base_dts);
    if (rc != OC_OK)
        return rc;
    int len = oc_fmp4_init_segment(&making->work->mux, making->head,
                                   (size_t)(making->head_end - making->head));
    if (len < 0)
        return len;
    making->head += len;
    append(making->span, oc_span(head, (size_t)len));
    return put_fragments(making, plan);
}

int oc_out_span_make(const oc_ring_t *ring, const oc_out_span_plan_t *plan,
                     oc_out_span_work_t *work, void *memory, oc_out_span_t **out) {
    oc_out_span_t *span = memory;
    uint8_t *end = (uint8_t *)memory + plan->memory;
    making_t making = {.walk = {.ring = ring,
                                .tracks = plan->tracks,
                                .no_audio = plan->no_audio,
                                .lead = oc_out_tracks_lead(ring)},
                       .work = work,
                       .span = span,
                       .head = (uint8_t *)(span->piece + pieces_max(plan)),
                       .head_end = end};
    memset(work, 0, sizeof *work);
    memset(span, 0, sizeof *span);
    *out = span;
    if (plan->image) {
        oc_packet_t packet;
        int rc = oc_ring_get(ring, plan->first, &packet);
        span->type = "image/jpeg";
        if (rc == OC_OK)
            append(span, oc_span(packet.data, packet.len_bytes));
        return rc;
    }
    bool video = oc_codec_is_video(plan->tracks.track[making.walk.lead].codec);
    span->type = video ? "video/mp4" : "audio/mp4";
    return put_file(&making, plan);
}

/* ---- of what somebody else described ---- */

size_t oc_out_span_of_bytes(const oc_fmp4_fragment_t *fragment) {
    return sizeof(oc_out_span_t) + fragment->spans_len * sizeof(piece_t) + fragment->head_len;
}

oc_out_span_t *oc_out_span_of(const oc_fmp4_fragment_t *fragment, const char *type, void *memory) {
    oc_out_span_t *span = memory;
    uint8_t *head = (uint8_t *)(span->piece + fragment->spans_len);
    memset(span, 0, sizeof *span);
    memcpy(head, fragment->head, fragment->head_len);
    span->type = type;
    for (size_t i = 0; i < fragment->spans_len; i++) {
        oc_span_t bytes = fragment->spans[i];
        uintptr_t at = (uintptr_t)bytes.data - (uintptr_t)fragment->head;
        append(span, at < fragment->head_len ? oc_span(head + at, bytes.len) : bytes);
    }
    return span;
}

/* ---- reading it ---- */

uint64_t oc_out_span_bytes(const oc_out_span_t *span) {
    return span->bytes;
}

const char *oc_out_span_type(const oc_out_span_t *span) {
    return span->type;
}

/* The piece that has the byte at `offset`. */
static uint32_t piece_of(const oc_out_span_t *span, uint64_t offset) {
    uint32_t low = 0, high = span->pieces - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (span->piece[middle].end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t oc_out_span_read(const oc_out_span_t *span, uint64_t offset, void *out, size_t size) {
    uint8_t *to = out;
    size_t done = 0;
    for (uint32_t i = piece_of(span, offset); i < span->pieces && done < size; i++) {
        const piece_t *piece = &span->piece[i];
        uint64_t begin = i > 0 ? span->piece[i - 1].end : 0;
        size_t past = (size_t)(offset + done - begin), left = (size_t)(piece->end - begin) - past;
        size_t take = left < size - done ? left : size - done;
        memcpy(to + done, piece->data + past, take);
        done += take;
    }
    return (int64_t)done;
}
