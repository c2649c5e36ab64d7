/* oc_out_live - see the header. Tables of segments and parts by number; everything else is in the
 * ring. */
#include "oc_out_live_impl.h"

#include <string.h>

#include "oc_err.h"
#include "oc_thread_check.h"

#define TARGET_MS_DEFAULT 1000u
#define TARGET_MS_MAX     10000u
#define LIST_MIN          3 /* players start three segments from the end (section 6.3.3) */
#define PART_MS_MIN       100u
#define PART_MS_MAX       2000u

size_t oc_out_live_bytes(void) {
    return sizeof(oc_out_live_t);
}

int oc_out_live_check(uint32_t target_ms, uint32_t part_ms) {
    if (target_ms != 0 && (target_ms < OC_OUT_LIVE_TARGET_MS_MIN || target_ms > TARGET_MS_MAX))
        return OC_ERR_RANGE;
    return part_ms != 0 && (part_ms < PART_MS_MIN || part_ms > PART_MS_MAX) ? OC_ERR_RANGE : OC_OK;
}

uint32_t oc_out_live_number(int64_t now_us) {
    return (uint32_t)(now_us / (OC_OUT_LIVE_TARGET_MS_MIN * 1000)) + 1;
}

int oc_out_live_init(oc_out_live_t *live, oc_ring_t *ring, uint32_t target_ms, uint32_t part_ms,
                     uint32_t first) {
    OC_ON_MEDIA_THREAD();
    if (oc_out_live_check(target_ms, part_ms) != OC_OK || first == 0)
        return OC_ERR_RANGE;
    memset(live, 0, sizeof *live);
    live->ring = ring;
    live->target_ms = target_ms ? target_ms : TARGET_MS_DEFAULT;
    live->part_ms = part_ms;
    live->first = live->next = live->listed = first;
    live->inits = live->discontinuities = first - 1;
    return OC_OK;
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
        track ? start_us - oc_clock_rescale(oldest.dts, track->timescale, OC_LIVE_US_PER_S) : 0;
    uint32_t free_bytes = ring->payload_bytes - ring->held_bytes;
    int64_t free_us = (int64_t)free_bytes * ring->held_ms * 1000 / (ring->held_bytes + 1);
    return (older_us + free_us) / 4 * 3;
}

/* Takes off the list what will not stay long enough. */
static void update_list(oc_out_live_t *live) {
    oc_ring_stats_t ring;
    oc_ring_stats(live->ring, &ring);
    uint32_t last = live->next - 1;
    const oc_live_segment_t *newest = oc_live_segment(live, last);
    int64_t end_us = newest->start_us + newest->duration_us;
    while (live->listed < last) {
        const oc_live_segment_t *segment = oc_live_segment(live, live->listed);
        int64_t stays = stays_us(live, &ring, segment->start_us);
        int64_t expected = end_us - segment->start_us + segment->duration_us;
        if (last - live->listed < LIST_MIN || expected < 0)
            expected = (int64_t)live->target_s * OC_LIVE_US_PER_S;
        if (last - live->listed < OC_OUT_LIVE_SEGMENTS &&
            live->inits - segment->init < OC_OUT_LIVE_INITS / 2 && stays >= expected &&
            segment->first_seq >= oc_ring_oldest(live->ring))
            break;
        live->listed++;
    }
}

/* Fixes EXT-X-TARGETDURATION and PART-TARGET when the first segment is whole. */
static void fix_targets(oc_out_live_t *live) {
    oc_ring_stats_t ring;
    oc_ring_stats(live->ring, &ring);
    int64_t longest = (int64_t)ring.longest_gop_ms * 1000;
    if (longest > TARGET_MS_MAX * 1000)
        longest = TARGET_MS_MAX * 1000;
    if (longest < live->open.duration_us)
        longest = live->open.duration_us;
    live->target_s = (uint32_t)((longest + OC_LIVE_US_PER_S * 3 / 4) / OC_LIVE_US_PER_S);
    if (live->target_s == 0)
        live->target_s = 1;
    oc_live_part_target(live, live->open.duration_us, live->frames);
}

static void close_segment(oc_out_live_t *live, int64_t end_us) {
    oc_live_segment_t *open = &live->open;
    live->is_open = false;
    open->duration_us = end_us - open->start_us;
    if (open->duration_us <= 0) { /* nothing anybody could play; it has no part either */
        live->broken |= open->discontinuity;
        live->discontinuities = open->discontinuities;
        return;
    }
    oc_live_part_end(live, end_us);
    if (live->target_s == 0)
        fix_targets(live);
    uint64_t bps = open->bytes * 8 * OC_LIVE_US_PER_S / (uint64_t)open->duration_us;
    if (bps > live->peak_bps)
        live->peak_bps = bps < UINT32_MAX ? (uint32_t)bps : UINT32_MAX;
    live->table[live->next % OC_LIVE_TABLE] = *open;
    live->next++;
    update_list(live);
}

/* The packets that the open segment goes on with are gone. Parts that were listed stay: it ends
 * with the last of them. */
static void abandon(oc_out_live_t *live) {
    if (live->is_open && live->open.parts > 0) {
        live->open.last_seq = live->part.first_seq - 1;
        close_segment(live, live->part.start_us);
    }
    live->is_open = false;
    live->broken = true;
}

int oc_out_live_change(oc_out_live_t *live, uint32_t target_ms, uint32_t part_ms) {
    OC_ON_MEDIA_THREAD();
    if (oc_out_live_check(target_ms, part_ms) != OC_OK)
        return OC_ERR_RANGE;
    target_ms = target_ms ? target_ms : TARGET_MS_DEFAULT;
    bool goes_on = part_ms == live->part_ms &&
                   (target_ms <= live->target_ms || target_ms <= live->target_s * 1000);
    live->target_ms = target_ms;
    live->part_ms = part_ms;
    if (goes_on || live->target_s == 0)
        return OC_OK;
    abandon(live);
    live->listed = live->next;
    live->target_s = live->part_target_us = 0;
    return OC_OK;
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
    oc_live_init_t made = {0};
    bool has[OC_TRACKS_MAX] = {false};
    int64_t first[OC_TRACKS_MAX] = {0};
    int rc = oc_out_tracks_choose(&made.tracks, live->ring, seq, OC_LIVE_CHUNK);
    if (rc != OC_OK)
        return rc;
    leave_out_g711(&made.tracks);
    if (packet->dts < 0) {
        has[packet->track] = true;
        first[packet->track] = packet->dts;
        oc_out_tracks_base(&made.tracks, first, has, made.base_dts);
    }
    oc_live_init_t *now = &live->init[live->inits % OC_OUT_LIVE_INITS];
    if (live->inits >= live->first && oc_out_tracks_equal(&made.tracks, &now->tracks) &&
        packet->dts >= 0)
        return OC_OK;
    live->inits++;
    live->init[live->inits % OC_OUT_LIVE_INITS] = made;
    return OC_OK;
}

static oc_live_init_t *current_init(oc_out_live_t *live) {
    return &live->init[live->inits % OC_OUT_LIVE_INITS];
}

static int open_segment(oc_out_live_t *live, uint64_t seq, const oc_packet_t *packet, bool start) {
    uint32_t before = live->inits;
    int rc = start ? choose_init(live, seq, packet) : OC_OK;
    if (rc != OC_OK)
        return rc;
    const oc_out_tracks_t *tracks = &current_init(live)->tracks;
    bool broken = live->next > live->first && (live->broken || live->inits != before);
    live->open =
        (oc_live_segment_t){.first_seq = seq,
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
    live->frames = 0;
    live->frame_end_us = live->open.start_us;
    oc_live_part_begin(live, seq, live->open.start_us);
    return OC_OK;
}

/* Ends the open segment before this packet when it has to. True: the packet starts another one. */
static bool ends_before(oc_out_live_t *live, const oc_packet_t *packet, uint64_t seq, bool start) {
    oc_out_tracks_t *tracks = &current_init(live)->tracks;
    oc_live_segment_t *open = &live->open;
    bool ours = oc_out_tracks_match(tracks, live->ring, packet);
    if (start && (packet->jump || !ours)) {
        close_segment(live, live->frame_end_us);
        live->broken = true;
        return true;
    }
    bool full = open->packets >= OC_OUT_LIVE_PACKETS_MAX;
    int64_t us = oc_out_tracks_us(tracks, packet->track, packet->dts);
    int64_t length = us - open->start_us;
    bool lead = packet->track == oc_out_tracks_lead(live->ring);
    bool over = lead && live->target_s > 0 && length + live->frame_us > oc_live_limit_us(live);
    if (!(start && length >= (int64_t)live->target_ms * 1000) && !over && !full)
        return false;
    if (live->target_s > 0 &&
        length > oc_live_limit_us(live)) { /* a hole in the time line: not ours */
        close_segment(live, live->frame_end_us);
        live->broken = true;
        return true;
    }
    for (uint32_t i = 0; i < OC_LIVE_LOOK_AHEAD; i++) {
        oc_packet_t next;
        if (oc_ring_get(live->ring, seq + i, &next) != OC_OK || next.jump)
            break;
        if (open->next_dts[next.track] < 0 && next.config_id == tracks->config_id[next.track])
            open->next_dts[next.track] = next.dts;
    }
    close_segment(live, us);
    return true;
}

/* What the init segment does not describe opens, ends, counts and times nothing: it is between the
 * packets of a segment and in none of its fragments. */
static void on_packet(oc_out_live_t *live, const oc_packet_t *packet, uint64_t seq) {
    bool start = oc_out_tracks_start(live->ring, packet);
    if (live->is_open && !start &&
        !oc_out_tracks_match(&current_init(live)->tracks, live->ring, packet))
        return;
    bool goes_on = live->is_open && ends_before(live, packet, seq, start);
    if (!live->is_open && (start || (goes_on && !live->broken)) &&
        open_segment(live, seq, packet, start) != OC_OK)
        live->broken = true;
    if (!live->is_open) {
        live->broken = true; /* left out until the next start */
        return;
    }
    const oc_out_tracks_t *tracks = &current_init(live)->tracks;
    bool lead = packet->track == oc_out_tracks_lead(live->ring);
    int64_t us = lead ? oc_out_tracks_us(tracks, packet->track, packet->dts) : 0;
    if (lead)
        oc_live_part_before(live, seq, us);
    live->open.last_seq = seq;
    live->open.packets++;
    live->open.bytes += packet->len_bytes;
    if (!lead)
        return;
    if (packet->duration > 0)
        live->frame_us = oc_out_tracks_us(tracks, packet->track, packet->duration);
    else if (us > live->lead_us && us - live->lead_us < OC_LIVE_US_PER_S)
        live->frame_us = us - live->lead_us;
    live->lead_us = us;
    live->frame_end_us = us + live->frame_us;
    live->frames++;
    oc_live_part_after(live, seq, packet);
}

bool oc_out_live_packet(oc_out_live_t *live, uint64_t seq, const oc_packet_t *packet) {
    OC_ON_MEDIA_THREAD();
    uint32_t segments = live->next, parts = live->parts_made;
    on_packet(live, packet, seq);
    return live->next != segments || live->parts_made != parts;
}

void oc_out_live_gap(oc_out_live_t *live) {
    OC_ON_MEDIA_THREAD();
    live->gaps++;
    abandon(live);
}

uint32_t oc_live_first_listed(const oc_out_live_t *live) {
    uint32_t number = live->listed;
    while (number < live->next &&
           oc_live_segment(live, number)->first_seq < oc_ring_oldest(live->ring))
        number++;
    return number;
}

void oc_out_live_stats(const oc_out_live_t *live, oc_out_live_stats_t *stats) {
    OC_ON_MEDIA_THREAD();
    *stats = (oc_out_live_stats_t){.first = oc_live_first_listed(live),
                                   .last = live->next - 1,
                                   .begun = live->first,
                                   .target_ms = live->target_s * 1000,
                                   .parts = live->parts_made,
                                   .part_ms = (live->part_target_us + 999) / 1000,
                                   .gaps = live->gaps};
}
