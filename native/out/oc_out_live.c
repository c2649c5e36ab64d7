/* oc_out_live - see the header. A table of segments by number; everything else is in the ring. */
#include "oc_out_live.h"

#include <string.h>

#include "oc_err.h"
#include "oc_out_tracks.h"
#include "oc_playlist.h"
#include "oc_thread_check.h"

#define TARGET_MS_DEFAULT 1000u
#define TARGET_MS_MIN     200u
#define TARGET_MS_MAX     10000u
#define TABLE             (2 * OC_OUT_LIVE_SEGMENTS) /* listed ones, and those just taken off the list */
#define LIST_MIN          3   /* players start three segments from the end (section 6.3.3) */
#define CHUNK             128 /* packets of one moof: a segment is one or more fragments */
#define SEQUENCES         (OC_OUT_LIVE_PACKETS_MAX / CHUNK) /* moof sequence numbers per segment */
#define LOOK_AHEAD        16
#define US_PER_S          1000000

_Static_assert(SEQUENCES * 256u + OC_OUT_LIVE_PACKETS_MAX * 16u <=
                   OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX),
               "the caller's head buffer holds all fragments of a segment");
_Static_assert(OC_OUT_LIVE_PACKETS_MAX + SEQUENCES <= OC_FMP4_PACKETS_MAX + 1, "and its spans");

typedef struct segment {
    uint64_t first_seq, last_seq;
    int64_t start_us, duration_us;   /* stream time */
    int64_t capture_us;              /* of its first packet */
    int64_t next_dts[OC_TRACKS_MAX]; /* of the packets behind it; -1 = not known */
    uint32_t init;                   /* number of its init segment */
    uint32_t discontinuities;        /* before it, its own not counted */
    bool discontinuity;              /* in front of it */
} segment_t;

typedef struct init {
    oc_out_tracks_t tracks;
    int64_t base_dts[OC_TRACKS_MAX]; /* 0, or below when the stream started below 0 */
} init_t;

struct oc_out_live {
    oc_ring_t *ring;
    int reader;
    uint32_t target_ms;
    uint32_t target_s; /* EXT-X-TARGETDURATION; 0 = no segment yet */
    segment_t table[TABLE];
    uint32_t next;   /* number of the segment being made; from 1 */
    uint32_t listed; /* number of the first listed one; never goes back */
    segment_t open;
    bool is_open;
    bool started;         /* a packet was taken */
    bool broken;          /* the next segment starts with a discontinuity */
    int64_t lead_us;      /* time of the newest packet of the leading track */
    int64_t frame_us;     /* its duration, as far as known */
    int64_t frame_end_us; /* its end */
    uint32_t inits;       /* init segments made; numbers count from 1 */
    init_t init[OC_OUT_LIVE_INITS];
    uint32_t discontinuities, gaps;
    oc_packet_t packets[CHUNK];
};

size_t oc_out_live_bytes(void) {
    return sizeof(oc_out_live_t);
}

int oc_out_live_init(oc_out_live_t *live, oc_ring_t *ring, uint32_t target_ms) {
    OC_ON_MEDIA_THREAD();
    if (target_ms == 0)
        target_ms = TARGET_MS_DEFAULT;
    if (target_ms < TARGET_MS_MIN || target_ms > TARGET_MS_MAX)
        return OC_ERR_RANGE;
    memset(live, 0, sizeof *live);
    live->reader = oc_ring_open(ring, OC_RING_OLDEST, 0, OC_RING_TO_NEWEST);
    if (live->reader < 0)
        return live->reader;
    live->ring = ring;
    live->target_ms = target_ms;
    live->next = live->listed = 1;
    return OC_OK;
}

void oc_out_live_close(oc_out_live_t *live) {
    OC_ON_MEDIA_THREAD();
    if (live->ring)
        oc_ring_close(live->ring, live->reader);
    live->ring = NULL;
}

static const segment_t *find(const oc_out_live_t *live, uint32_t number) {
    return &live->table[number % TABLE];
}

/* Time for which a segment that starts at start_us will stay in the ring, in microseconds: what is
 * older than it, and the free room, at the average rate of what the ring holds. A quarter is kept
 * back because rates vary. */
static int64_t stays_us(const oc_out_live_t *live, const oc_ring_stats_t *ring, int64_t start_us) {
    oc_packet_t oldest;
    if (oc_ring_get(live->ring, oc_ring_oldest(live->ring), &oldest) != OC_OK)
        return 0;
    const oc_track_t *track = oc_ring_track(live->ring, oldest.track, oldest.config_id);
    int64_t older_us =
        track ? start_us - oc_clock_rescale(oldest.dts, track->timescale, US_PER_S) : 0;
    uint32_t free_bytes = ring->payload_bytes - ring->held_bytes;
    int64_t free_us = (int64_t)free_bytes * ring->held_ms * 1000 / (ring->held_bytes + 1);
    return (older_us + free_us) / 4 * 3;
}

/* Takes off the list what will not stay long enough. */
static void update_list(oc_out_live_t *live) {
    oc_ring_stats_t ring;
    oc_ring_stats(live->ring, &ring);
    uint32_t last = live->next - 1;
    const segment_t *newest = find(live, last);
    int64_t end_us = newest->start_us + newest->duration_us;
    while (live->listed < last) {
        const segment_t *segment = find(live, live->listed);
        int64_t stays = stays_us(live, &ring, segment->start_us);
        int64_t wanted = end_us - segment->start_us + segment->duration_us;
        if (last - live->listed < LIST_MIN || wanted < 0)
            wanted = (int64_t)live->target_s * US_PER_S;
        if (last - live->listed < OC_OUT_LIVE_SEGMENTS &&
            live->inits - segment->init < OC_OUT_LIVE_INITS / 2 && stays >= wanted &&
            segment->first_seq >= oc_ring_oldest(live->ring))
            break;
        live->listed++;
    }
}

static int64_t limit_us(const oc_out_live_t *live) {
    return (int64_t)live->target_s * US_PER_S + US_PER_S / 2 - 1000; /* rounds to the target */
}

static void close_segment(oc_out_live_t *live, int64_t end_us) {
    live->is_open = false;
    live->open.duration_us = end_us - live->open.start_us;
    if (live->open.duration_us <= 0) { /* nothing anybody could play */
        live->broken |= live->open.discontinuity;
        live->discontinuities = live->open.discontinuities;
        return;
    }
    if (live->target_s == 0) {
        oc_ring_stats_t ring;
        oc_ring_stats(live->ring, &ring);
        int64_t longest = (int64_t)ring.longest_gop_ms * 1000;
        if (longest > TARGET_MS_MAX * 1000)
            longest = TARGET_MS_MAX * 1000;
        if (longest < live->open.duration_us)
            longest = live->open.duration_us;
        live->target_s = (uint32_t)((longest + US_PER_S * 3 / 4) / US_PER_S);
        if (live->target_s == 0)
            live->target_s = 1;
    }
    live->table[live->next % TABLE] = live->open;
    live->next++;
    update_list(live);
}

/* No browser plays G.711 out of MP4, and one track it does not know keeps it from playing the
 * others: beside a picture such sound is left out of the live stream. Recordings keep it. */
static void leave_out_g711(oc_out_tracks_t *tracks) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        oc_codec_t codec = tracks->track[i].codec;
        bool g711 = codec == OC_CODEC_PCMA || codec == OC_CODEC_PCMU;
        if (g711 && oc_codec_is_video(tracks->track[!i].codec)) {
            tracks->track[i] = (oc_track_t){.codec = OC_CODEC_NONE};
            tracks->config_id[i] = 0;
        }
    }
}

/* The init segment for what starts with this packet: the newest one when nothing has changed.
 * OC_OK | OC_ERR_NOENT its description is gone. */
static int choose_init(oc_out_live_t *live, uint64_t seq, const oc_packet_t *packet) {
    init_t made = {0};
    bool has[OC_TRACKS_MAX] = {false};
    int64_t first[OC_TRACKS_MAX] = {0};
    int rc = oc_out_tracks_choose(&made.tracks, live->ring, seq, CHUNK);
    if (rc != OC_OK)
        return rc;
    leave_out_g711(&made.tracks);
    if (packet->dts < 0) {
        has[packet->track] = true;
        first[packet->track] = packet->dts;
        oc_out_tracks_base(&made.tracks, first, has, made.base_dts);
    }
    init_t *now = &live->init[live->inits % OC_OUT_LIVE_INITS];
    if (live->inits > 0 && oc_out_tracks_equal(&made.tracks, &now->tracks) && packet->dts >= 0)
        return OC_OK;
    live->inits++;
    live->init[live->inits % OC_OUT_LIVE_INITS] = made;
    return OC_OK;
}

static init_t *current_init(oc_out_live_t *live) {
    return &live->init[live->inits % OC_OUT_LIVE_INITS];
}

static int open_segment(oc_out_live_t *live, uint64_t seq, const oc_packet_t *packet, bool start) {
    uint32_t before = live->inits;
    int rc = start ? choose_init(live, seq, packet) : OC_OK;
    if (rc != OC_OK)
        return rc;
    const oc_out_tracks_t *tracks = &current_init(live)->tracks;
    bool broken = live->next > 1 && (live->broken || live->inits != before);
    live->open = (segment_t){.first_seq = seq,
                             .last_seq = seq,
                             .start_us = oc_out_tracks_us(tracks, packet->track, packet->dts),
                             .capture_us = packet->capture_us,
                             .next_dts = {-1, -1},
                             .init = live->inits,
                             .discontinuities = live->discontinuities,
                             .discontinuity = broken};
    live->discontinuities += broken;
    live->broken = false;
    live->is_open = true;
    live->frame_end_us = live->open.start_us;
    return OC_OK;
}

/* Ends the open segment before this packet when it has to. True: the packet starts another one. */
static bool ends_before(oc_out_live_t *live, const oc_packet_t *packet, uint64_t seq, bool start) {
    oc_out_tracks_t *tracks = &current_init(live)->tracks;
    segment_t *open = &live->open;
    bool ours = oc_out_tracks_match(tracks, live->ring, packet);
    if (start && (packet->jump || !ours)) {
        close_segment(live, live->frame_end_us);
        live->broken = true;
        return true;
    }
    bool full = seq - open->first_seq >= OC_OUT_LIVE_PACKETS_MAX;
    if (!ours && !full)
        return false;
    int64_t us = ours ? oc_out_tracks_us(tracks, packet->track, packet->dts) : live->frame_end_us;
    int64_t length = us - open->start_us;
    bool lead = ours && packet->track == oc_out_tracks_lead(live->ring);
    bool over = lead && live->target_s > 0 && length + live->frame_us > limit_us(live);
    if (!(start && length >= (int64_t)live->target_ms * 1000) && !over && !full)
        return false;
    if (live->target_s > 0 && length > limit_us(live)) { /* a hole in the time line: not ours */
        close_segment(live, live->frame_end_us);
        live->broken = true;
        return true;
    }
    for (uint32_t i = 0; i < LOOK_AHEAD; i++) {
        oc_packet_t next;
        if (oc_ring_get(live->ring, seq + i, &next) != OC_OK || next.jump)
            break;
        if (open->next_dts[next.track] < 0 && next.config_id == tracks->config_id[next.track])
            open->next_dts[next.track] = next.dts;
    }
    close_segment(live, us);
    return true;
}

static void on_packet(oc_out_live_t *live, const oc_packet_t *packet, uint64_t seq) {
    bool start = oc_out_tracks_start(live->ring, packet);
    bool goes_on = live->is_open && ends_before(live, packet, seq, start);
    if (!live->is_open && (start || (goes_on && !live->broken)) &&
        open_segment(live, seq, packet, start) != OC_OK)
        live->broken = true;
    if (!live->is_open) {
        live->broken = true; /* left out until the next start */
        return;
    }
    const oc_out_tracks_t *tracks = &current_init(live)->tracks;
    live->open.last_seq = seq;
    if (packet->track != oc_out_tracks_lead(live->ring) ||
        packet->config_id != tracks->config_id[packet->track])
        return;
    int64_t us = oc_out_tracks_us(tracks, packet->track, packet->dts);
    if (packet->duration > 0)
        live->frame_us = oc_out_tracks_us(tracks, packet->track, packet->duration);
    else if (us > live->lead_us && us - live->lead_us < US_PER_S)
        live->frame_us = us - live->lead_us;
    live->lead_us = us;
    live->frame_end_us = us + live->frame_us;
}

void oc_out_live_advance(oc_out_live_t *live) {
    OC_ON_MEDIA_THREAD();
    oc_packet_t packet;
    for (;;) {
        int rc = oc_ring_peek(live->ring, live->reader, 0, &packet);
        if (rc == OC_GAP) {
            live->gaps++;
            live->is_open = false;
            live->broken = true;
            continue;
        }
        if (rc != OC_OK)
            return;
        on_packet(live, &packet, oc_ring_position(live->ring, live->reader));
        oc_ring_advance(live->ring, live->reader, 1);
    }
}

/* The first segment that is listed and still there; live->next = none. */
static uint32_t first_listed(const oc_out_live_t *live) {
    uint32_t number = live->listed;
    while (number < live->next && find(live, number)->first_seq < oc_ring_oldest(live->ring))
        number++;
    return number;
}

int oc_out_live_playlist(const oc_out_live_t *live, const oc_clock_t *clock, char *out,
                         size_t out_size) {
    OC_ON_MEDIA_THREAD();
    uint32_t number = first_listed(live);
    oc_playlist_t list;
    if (number == live->next)
        return OC_AGAIN;
    oc_playlist_begin(&list, out, out_size, live->target_s, number,
                      find(live, number)->discontinuities);
    for (; number < live->next; number++) {
        const segment_t *segment = find(live, number);
        bool wall = clock->quality != OC_CLOCK_NONE;
        oc_playlist_add(&list,
                        &(oc_playlist_segment_t){
                            .number = number,
                            .init = segment->init,
                            .duration_us = segment->duration_us,
                            .wall_us = wall ? oc_clock_wall_us(clock, segment->capture_us) : -1,
                            .discontinuity = segment->discontinuity});
    }
    return oc_playlist_end(&list);
}

int oc_out_live_init_segment(const oc_out_live_t *live, uint32_t number, uint8_t *out,
                             size_t out_size) {
    OC_ON_MEDIA_THREAD();
    oc_fmp4_t mux;
    if (number == 0 || number > live->inits || live->inits - number >= OC_OUT_LIVE_INITS)
        return OC_ERR_NOENT;
    const init_t *init = &live->init[number % OC_OUT_LIVE_INITS];
    int rc = oc_fmp4_init(&mux, init->tracks.track, init->base_dts);
    return rc != OC_OK ? rc : oc_fmp4_init_segment(&mux, out, out_size);
}

/* Gathers up to CHUNK packets of a segment from *seq on. >= 0 packets | OC_ERR_STALE. */
static int gather(oc_out_live_t *live, const segment_t *segment, init_t *init, uint64_t *seq) {
    int n = 0;
    while (n < CHUNK && *seq <= segment->last_seq) {
        oc_packet_t *packet = &live->packets[n];
        if (oc_ring_get(live->ring, (*seq)++, packet) != OC_OK)
            return OC_ERR_STALE;
        if (oc_out_tracks_match(&init->tracks, live->ring, packet) &&
            packet->dts >= init->base_dts[packet->track])
            n++;
    }
    return n;
}

/* What follows the gathered packets, per track: inside the segment, else behind it. */
static void follow(const oc_out_live_t *live, const segment_t *segment, const init_t *init,
                   uint64_t seq, int64_t next_dts[OC_TRACKS_MAX]) {
    oc_packet_t packet;
    bool found[OC_TRACKS_MAX] = {false};
    for (uint32_t i = 0; i < LOOK_AHEAD && seq + i <= segment->last_seq; i++) {
        if (oc_ring_get(live->ring, seq + i, &packet) != OC_OK)
            break;
        if (!found[packet.track] && packet.config_id == init->tracks.config_id[packet.track])
            next_dts[packet.track] = packet.dts;
        found[packet.track] = true;
    }
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        if (!found[t])
            next_dts[t] = segment->next_dts[t];
}

int oc_out_live_segment(oc_out_live_t *live, uint32_t number, oc_fmp4_fragment_t *out) {
    OC_ON_MEDIA_THREAD();
    oc_fmp4_t mux;
    if (number == 0 || number >= live->next)
        return OC_ERR_NOENT;
    const segment_t *segment = find(live, number);
    if (live->next - number > TABLE || live->inits - segment->init >= OC_OUT_LIVE_INITS)
        return OC_ERR_STALE;
    init_t *init = &live->init[segment->init % OC_OUT_LIVE_INITS];
    int rc = oc_fmp4_init(&mux, init->tracks.track, init->base_dts);
    if (rc != OC_OK)
        return rc;
    mux.sequence = number * SEQUENCES;
    out->head_len = out->spans_len = 0;
    out->bytes = 0;
    for (uint64_t seq = segment->first_seq; seq <= segment->last_seq;) {
        int64_t next_dts[OC_TRACKS_MAX];
        oc_fmp4_fragment_t part = {.head = out->head + out->head_len,
                                   .head_size = out->head_size - out->head_len,
                                   .spans = out->spans + out->spans_len,
                                   .spans_size = out->spans_size - out->spans_len};
        int n = gather(live, segment, init, &seq);
        if (n <= 0) {
            if (n < 0)
                return n;
            continue;
        }
        follow(live, segment, init, seq, next_dts);
        rc = oc_fmp4_fragment(&mux, live->packets, (size_t)n, next_dts, &part);
        if (rc != OC_OK)
            return rc < 0 ? rc : OC_ERR_STALE;
        out->head_len += part.head_len;
        out->spans_len += part.spans_len;
        out->bytes += part.bytes;
    }
    return out->spans_len > 0 ? OC_OK : OC_ERR_STALE;
}

void oc_out_live_stats(const oc_out_live_t *live, oc_out_live_stats_t *stats) {
    OC_ON_MEDIA_THREAD();
    *stats = (oc_out_live_stats_t){.first = first_listed(live),
                                   .last = live->next - 1,
                                   .target_ms = live->target_s * 1000,
                                   .gaps = live->gaps};
}
