#include <string.h>
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_timeline.h"

#define US_PER_S 1000000u

void oc_timeline_init(oc_timeline_t *line) {
    memset(line, 0, sizeof *line);
}

void oc_timeline_track(oc_timeline_t *line, unsigned track, uint32_t timescale) {
    oc_timeline_track_t *t;
    if (track >= OC_TRACKS_MAX || !timescale)
        return;
    t = &line->track[track];
    if (t->timescale && t->timescale != timescale) {
        t->line_dts = oc_clock_rescale(t->line_dts, t->timescale, timescale);
        t->line_end = oc_clock_rescale(t->line_end, t->timescale, timescale);
        t->source_dts = oc_clock_rescale(t->source_dts, t->timescale, timescale);
        t->offset = oc_clock_rescale(line->anchor_line - line->anchor_source, line->anchor_scale,
                                     timescale);
    }
    t->timescale = timescale;
}

void oc_timeline_lost(oc_timeline_t *line) {
    line->lost = line->started;
}

int64_t oc_timeline_us(const oc_timeline_t *line, unsigned track, int64_t dts) {
    uint32_t scale = track < OC_TRACKS_MAX ? line->track[track].timescale : 0;
    return scale ? oc_clock_rescale(dts, scale, US_PER_S) : 0;
}

/* True when the track's own time stamps go on plausibly from its last packet. */
static bool goes_on(const oc_timeline_track_t *t, const oc_packet_t *p) {
    int64_t ahead_us;
    if (p->dts < t->source_dts)
        return false;
    ahead_us = oc_clock_rescale(p->dts - t->source_dts, t->timescale, US_PER_S) -
               (p->capture_us - t->capture_us);
    return ahead_us <= OC_TIMELINE_JUMP_US;
}

static int64_t epoch_offset(const oc_timeline_t *line, const oc_timeline_track_t *t) {
    return oc_clock_rescale(line->anchor_line - line->anchor_source, line->anchor_scale,
                            t->timescale);
}

/* True when the offset of the current epoch puts the packet near where capture time puts it. */
static bool fits_epoch(const oc_timeline_t *line, unsigned track, const oc_packet_t *p) {
    const oc_timeline_track_t *t = &line->track[track];
    int64_t at_us = oc_timeline_us(line, track, p->dts + epoch_offset(line, t));
    int64_t want_us = line->last_line_us + (p->capture_us - line->last_capture_us);
    return at_us - want_us <= OC_TIMELINE_JUMP_US && want_us - at_us <= OC_TIMELINE_JUMP_US;
}

int64_t oc_timeline_zero_us(const oc_timeline_t *line, unsigned track) {
    const oc_timeline_track_t *t = &line->track[track];
    if (t->any && t->epoch == line->epoch)
        return t->least_us[0] < t->least_us[1] ? t->least_us[0] : t->least_us[1];
    return line->last_capture_us - line->last_line_us;
}

void oc_timeline_follow(oc_timeline_t *line, const oc_timeline_t *other) {
    if (!other->started)
        return;
    line->follows = true;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        line->other_us[i] = oc_timeline_zero_us(other, i);
}

void oc_timeline_place(oc_timeline_t *line, unsigned track, int64_t zero_us) {
    if (track >= OC_TRACKS_MAX)
        return;
    line->follows = true;
    line->other_us[track] = zero_us;
}

/* Arrival is late at times, never early: the least late packet tells best when the line began. */
static void note_latency(oc_timeline_track_t *t, const oc_packet_t *p, int64_t line_us) {
    int64_t late_us = p->capture_us - line_us;
    bool fresh = !t->any || p->jump;
    if (fresh || p->capture_us - t->window_us >= OC_TIMELINE_WINDOW_US) {
        t->least_us[1] = fresh ? late_us : t->least_us[0];
        t->least_us[0] = late_us;
        t->window_us = p->capture_us;
    } else if (late_us < t->least_us[0])
        t->least_us[0] = late_us;
}

/* Where capture time puts a packet on the line, microseconds. */
static int64_t place_us(const oc_timeline_t *line, const oc_packet_t *p) {
    if (line->follows)
        return p->capture_us - line->other_us[p->track];
    return line->started ? line->last_line_us + (p->capture_us - line->last_capture_us) : 0;
}

/* The first tick that a new epoch may begin at: behind all tracks. One that is placed by another
 * line keeps its place, with the track itself going on: moved by the rest of a frame at each break,
 * the two lines would part. */
static int64_t floor_of(const oc_timeline_t *line, const oc_timeline_track_t *t) {
    int64_t least = t->any ? t->line_dts + 1 : INT64_MIN;
    for (unsigned i = 0; i < OC_TRACKS_MAX && !line->follows; i++) {
        const oc_timeline_track_t *o = &line->track[i];
        int64_t end = o->any ? oc_clock_rescale(o->line_end, o->timescale, t->timescale) : least;
        least = end > least ? end : least;
    }
    return least;
}

/* A new epoch begins with this packet. */
static void anchor(oc_timeline_t *line, unsigned track, const oc_packet_t *p) {
    const oc_timeline_track_t *t = &line->track[track];
    int64_t line_dts = oc_clock_rescale(place_us(line, p), US_PER_S, t->timescale);
    if (line->started) {
        int64_t least = floor_of(line, t);
        line_dts = least > line_dts ? least : line_dts;
        line->epoch++;
        line->jumps++;
    }
    line->anchor_scale = t->timescale;
    line->anchor_source = p->dts;
    line->anchor_line = line_dts;
}

/* Gives the track the offset this packet needs; true when the line breaks before it. */
static bool follow(oc_timeline_t *line, unsigned track, const oc_packet_t *p) {
    oc_timeline_track_t *t = &line->track[track];
    if (line->started && !line->lost) {
        if (t->any && t->epoch >= line->hard_epoch && goes_on(t, p))
            return false; /* also when only the other track broke */
        if ((!t->any || t->epoch != line->epoch) && fits_epoch(line, track, p)) {
            t->epoch = line->epoch;
            t->offset = epoch_offset(line, t);
            return false;
        }
    }
    anchor(line, track, p);
    if (line->lost) /* no track may go on by its old offset */
        line->hard_epoch = line->epoch;
    line->lost = false;
    t->epoch = line->epoch;
    t->offset = epoch_offset(line, t);
    return line->started;
}

/* A track never goes back: the packet is decoded with the one before it, shown at its own time. */
static void clamp(oc_timeline_t *line, const oc_timeline_track_t *t, oc_packet_t *packet) {
    int64_t cts = packet->dts + packet->cts - t->line_dts;
    packet->cts = cts < INT32_MIN ? INT32_MIN : (int32_t)cts;
    packet->dts = t->line_dts;
    line->clamped++;
}

int oc_timeline_map(oc_timeline_t *line, oc_packet_t *packet) {
    oc_timeline_track_t *t;
    int64_t source = packet->dts;
    if (packet->track >= OC_TRACKS_MAX || !line->track[packet->track].timescale)
        return OC_ERR_INVAL;
    t = &line->track[packet->track];
    packet->jump = follow(line, packet->track, packet);
    line->follows = false; /* what it was placed by grows old */
    packet->dts = source + t->offset;
    if (!t->any && packet->dts < 0) {
        line->early++;
        return OC_AGAIN;
    }
    if (t->any && packet->dts < t->line_dts)
        clamp(line, t, packet);
    line->last_line_us = oc_clock_rescale(packet->dts, t->timescale, US_PER_S);
    note_latency(t, packet, line->last_line_us);
    line->started = t->any = true;
    t->source_dts = source;
    t->capture_us = packet->capture_us;
    t->line_dts = packet->dts;
    t->line_end = packet->dts + packet->duration;
    line->last_capture_us = packet->capture_us;
    return OC_OK;
}
