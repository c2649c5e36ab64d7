/* oc_out_live: partial segments (section 4.4.4.9). A part ends behind the last frame that keeps it
 * within PART-TARGET, and is whole as soon as that frame's end is known: with the frame when it has
 * a duration, else with the next one. Where a key packet would end the segment, the next packet is
 * waited for, so that what EXT-X-PRELOAD-HINT names comes. */
#include "oc_out_live_impl.h"

void oc_live_part_target(oc_out_live_t *live, int64_t duration_us, uint32_t frames) {
    int64_t expected = (int64_t)live->part_ms * 1000;
    int64_t least = oc_live_limit_us(live) / (OC_OUT_LIVE_PARTS - 4); /* a segment fits the table */
    if (expected == 0)
        return;
    if (expected < least)
        expected = least;
    int64_t frame = duration_us / (frames > 0 ? frames : 1);
    int64_t count = frame > 0 ? (expected + frame / 2) / frame : 1;
    int64_t whole = (count > 0 ? count : 1) * frame;
    /* Frames come a little early and late. A part of one frame less than the target must still be
     * 85 % of it. */
    int64_t slack = whole * 12 / 100 < frame / 2 ? whole * 12 / 100 : frame / 2;
    int64_t target = (whole + slack + 999) / 1000 * 1000;
    int64_t maximum = (int64_t)live->target_s * OC_LIVE_US_PER_S;
    live->part_target_us = (uint32_t)(target < maximum ? target : maximum);
}

void oc_live_part_begin(oc_out_live_t *live, uint64_t seq, int64_t start_us) {
    live->part = (oc_live_open_part_t){.first_seq = seq, .start_us = start_us};
}

/* Puts the part up to packet last_seq into the table. */
static void close_part(oc_out_live_t *live, uint64_t last_seq, int64_t end_us) {
    const oc_live_open_part_t *part = &live->part;
    if (live->open.parts == 0)
        live->open.first_part = live->parts_made;
    live->parts[live->parts_made++ % OC_OUT_LIVE_PARTS] =
        (oc_live_part_t){.first_seq = part->first_seq,
                         .duration_us = (uint32_t)(end_us - part->start_us),
                         .packets = (uint32_t)(last_seq - part->first_seq + 1) & INT32_MAX,
                         .independent = part->independent};
    live->open.parts++;
    oc_live_part_begin(live, last_seq + 1, end_us);
}

/* Another frame does not fit into the part, which has come to end_us. All parts of a segment must
 * stay in the table: they are known by their place in the playlist. */
static bool is_full(const oc_out_live_t *live, int64_t end_us) {
    return live->part_target_us > 0 && live->part.frames > 0 && end_us > live->part.start_us &&
           live->open.parts + 1 < OC_OUT_LIVE_PARTS &&
           end_us + live->frame_us - live->part.start_us > live->part_target_us;
}

void oc_live_part_before(oc_out_live_t *live, uint64_t seq, int64_t us) {
    if (is_full(live, us))
        close_part(live, seq - 1, us);
}

void oc_live_part_after(oc_out_live_t *live, uint64_t seq, const oc_packet_t *packet) {
    int64_t end_us = live->frame_end_us;
    live->part.frames++;
    live->part.independent |= packet->key;
    bool may_end = end_us - live->open.start_us >= (int64_t)live->target_ms * 1000;
    if (packet->duration > 0 && !may_end && is_full(live, end_us))
        close_part(live, seq, end_us);
}

void oc_live_part_end(oc_out_live_t *live, int64_t end_us) {
    if (live->part_target_us > 0 && live->open.last_seq >= live->part.first_seq &&
        end_us > live->part.start_us)
        close_part(live, live->open.last_seq, end_us);
}

const oc_live_part_t *oc_live_part(const oc_out_live_t *live, const oc_live_segment_t *segment,
                                   uint32_t index) {
    uint32_t number = segment->first_part + index;
    return index >= segment->parts || live->parts_made - number > OC_OUT_LIVE_PARTS
               ? NULL
               : &live->parts[number % OC_OUT_LIVE_PARTS];
}
