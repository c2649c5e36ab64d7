#include <string.h>
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_timeline.h"

#define US_PER_S 1000000u

void oc_timeline_init(oc_timeline_t *line) {
    memset(line, 0, sizeof *line);
}

/* a - b, at the ends of numbers the nearest there is. */
static int64_t minus(int64_t a, int64_t b) {
    return oc_clock_add(a, b == INT64_MIN ? INT64_MAX : -b);
}

static int64_t bounded(int64_t stamp) {
    return stamp > OC_TIMELINE_STAMP_MAX    ? OC_TIMELINE_STAMP_MAX
           : stamp < -OC_TIMELINE_STAMP_MAX ? -OC_TIMELINE_STAMP_MAX
                                            : stamp;
}

void oc_timeline_track(oc_timeline_t *line, unsigned track, uint32_t timescale) {
    oc_timeline_track_t *t;
    if (track >= OC_TRACKS_MAX || !timescale)
        return;
    t = &line->track[track];
    if (t->timescale && t->timescale != timescale) {
        int64_t at = oc_clock_add(t->source_dts, t->offset);
        t->line_dts = oc_clock_rescale(t->line_dts, t->timescale, timescale);
        t->line_end = oc_clock_rescale(t->line_end, t->timescale, timescale);
        t->source_dts = bounded(oc_clock_rescale(t->source_dts, t->timescale, timescale));
        t->offset = minus(oc_clock_rescale(at, t->timescale, timescale), t->source_dts);
        t->step = 0;
        t->doubt = false;
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

static int64_t ticks_us(const oc_timeline_track_t *t, int64_t ticks) {
    return oc_clock_rescale(ticks, t->timescale, US_PER_S);
}

/* Arrival less place on the line of the least late packet of the last seconds. */
static int64_t least_late_us(const oc_timeline_track_t *t) {
    return t->least_us[0] < t->least_us[1] ? t->least_us[0] : t->least_us[1];
}

/* True when a stamp goes on plausibly from the track's last one. */
static bool goes_on(const oc_timeline_track_t *t, const oc_packet_t *p) {
    if (p->dts < t->source_dts)
        return false;
    int64_t passed_us = p->capture_us - t->source_us;
    int64_t ahead_us = minus(ticks_us(t, p->dts - t->source_dts), passed_us);
    if (!t->paced)
        return ahead_us <= OC_TIMELINE_JUMP_US;
    /* the one before may have been late: nothing comes much earlier than the least late one */
    int64_t late_us = minus(p->capture_us, ticks_us(t, oc_clock_add(p->dts, t->offset)));
    int64_t limit_us = oc_clock_add(OC_TIMELINE_AHEAD_US, ticks_us(t, t->step));
    return minus(least_late_us(t), late_us) <= limit_us;
}

/* True when it goes on from the one that led elsewhere. */
static bool confirms(const oc_timeline_track_t *t, const oc_packet_t *p) {
    return t->doubt && p->dts > t->doubt_dts &&
           minus(ticks_us(t, p->dts - t->doubt_dts), p->capture_us - t->doubt_us) <=
               OC_TIMELINE_JUMP_US;
}

static int64_t epoch_offset(const oc_timeline_t *line, const oc_timeline_track_t *t) {
    return oc_clock_rescale(line->anchor_line - line->anchor_source, line->anchor_scale,
                            t->timescale);
}

/* The track's offset holds: nothing was lost since. */
static bool has_origin(const oc_timeline_t *line, const oc_timeline_track_t *t) {
    return t->any && t->epoch >= line->hard_epoch;
}

/* The track goes by the newest origin. */
static void adopt(const oc_timeline_t *line, oc_timeline_track_t *t) {
    t->epoch = line->epoch;
    t->offset = epoch_offset(line, t);
}

int64_t oc_timeline_zero_us(const oc_timeline_t *line, unsigned track) {
    const oc_timeline_track_t *t = &line->track[track];
    if (has_origin(line, t))
        return least_late_us(t);
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
static void note_latency(const oc_timeline_t *line, oc_timeline_track_t *t, const oc_packet_t *p,
                         int64_t line_us) {
    int64_t late_us = p->capture_us - line_us, passed_us = p->capture_us - t->window_us;
    bool fresh = !t->any || t->window_epoch < line->hard_epoch;
    if (fresh || passed_us >= OC_TIMELINE_WINDOW_US) {
        t->least_us[1] = fresh ? late_us : t->least_us[0];
        t->least_us[0] = late_us;
        t->paced = !fresh && (line_us - t->window_line) / 2 <= passed_us;
        t->window_epoch = line->epoch;
        t->window_us = p->capture_us;
        t->window_line = line_us;
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

/* An origin of the line: this stamp of the track lies there. */
static void anchor(oc_timeline_t *line, oc_timeline_track_t *t, int64_t source, int64_t at) {
    if (line->started) {
        line->epoch++;
        line->jumps++;
    }
    line->anchor_scale = t->timescale;
    line->anchor_source = source;
    line->anchor_line = at;
    adopt(line, t);
}

/* The stamp that led elsewhere was right. */
static void anchor_doubt(oc_timeline_t *line, oc_timeline_track_t *t) {
    anchor(line, t, t->doubt_dts, t->line_dts);
    t->source_dts = t->doubt_dts;
    t->source_us = t->doubt_us;
    t->doubt = false;
}

/* The first packet of all, of a track, or behind a loss: capture time places it. */
static void begin(oc_timeline_t *line, oc_timeline_track_t *t, const oc_packet_t *p) {
    int64_t at = oc_clock_rescale(place_us(line, p), US_PER_S, t->timescale);
    if (line->started) {
        int64_t least = floor_of(line, t);
        at = least > at ? least : at;
    }
    anchor(line, t, p->dts, at);
    if (line->lost) /* no track may go on by its old offset */
        line->hard_epoch = line->epoch;
    line->lost = false;
}

/* Where a packet lies whose stamp says nothing: one interval behind the one before, when it comes
 * about then and that one's stamp was good, else where the least late packets say; always behind.
 */
static int64_t place_behind(const oc_timeline_t *line, const oc_timeline_track_t *t,
                            const oc_packet_t *p) {
    int64_t next = t->step > 0 ? t->line_dts + t->step : t->line_end;
    int64_t at_us = line->follows ? place_us(line, p) : p->capture_us - least_late_us(t);
    int64_t late_us = minus(at_us, ticks_us(t, next));
    bool about_then = late_us >= -OC_TIMELINE_EARLY_US && late_us <= OC_TIMELINE_LATE_US;
    if (line->follows || t->doubt || !about_then)
        next = oc_clock_rescale(at_us, US_PER_S, t->timescale);
    return next > t->line_dts ? next : t->line_dts + 1;
}

/* True when an origin puts the packet near where it must lie: behind the one before, or, of a track
 * that has none, where capture time puts it. */
static bool fits(const oc_timeline_t *line, const oc_timeline_track_t *t, const oc_packet_t *p,
                 int64_t offset) {
    bool goes_on = has_origin(line, t);
    int64_t at_us = ticks_us(t, oc_clock_add(p->dts, offset));
    int64_t want_us = goes_on ? ticks_us(t, place_behind(line, t, p))
                              : line->last_line_us + (p->capture_us - line->last_capture_us);
    int64_t far_us = goes_on ? OC_TIMELINE_LATE_US : OC_TIMELINE_JUMP_US;
    return at_us <= want_us + far_us && at_us >= want_us - far_us;
}

/* The stamp goes on from where the track was, or from an origin that the other track has. */
static bool is_placed(oc_timeline_t *line, oc_timeline_track_t *t, const oc_packet_t *p) {
    if (has_origin(line, t) && goes_on(t, p))
        return true; /* also when only the other track broke */
    if ((!t->any || t->epoch != line->epoch) && fits(line, t, p, epoch_offset(line, t))) {
        adopt(line, t);
        return true;
    }
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        oc_timeline_track_t *o = &line->track[i];
        int64_t offset = oc_clock_rescale(o->line_dts - o->doubt_dts, o->timescale, t->timescale);
        if (o == t || !o->doubt || !fits(line, t, p, offset))
            continue;
        anchor_doubt(line, o); /* two that agree */
        adopt(line, t);
        return true;
    }
    return false;
}

/* Puts the packet on the line. True: its stamp is trusted. */
static bool follow(oc_timeline_t *line, oc_timeline_track_t *t, oc_packet_t *packet) {
    int64_t source = packet->dts;
    packet->jump = line->lost;
    if (!line->started || line->lost) {
        begin(line, t, packet);
    } else if (!is_placed(line, t, packet)) {
        if (!has_origin(line, t)) {
            begin(line, t, packet);
        } else if (confirms(t, packet)) {
            anchor_doubt(line, t);
        } else {
            packet->dts = place_behind(line, t, packet);
            t->doubt = true;
            t->doubt_dts = source;
            t->doubt_us = packet->capture_us;
            line->outliers++;
            return false;
        }
    }
    packet->dts = oc_clock_add(source, t->offset);
    return true;
}

/* A track never goes back, nor stands still: the packet is decoded one tick behind the one before
 * it, shown at its own time. */
static void clamp(oc_timeline_t *line, const oc_timeline_track_t *t, oc_packet_t *packet) {
    int64_t dts = t->any ? t->line_dts + 1 : 0, cts = packet->dts + packet->cts - dts;
    packet->cts = cts < INT32_MIN ? INT32_MIN : (int32_t)cts;
    packet->dts = dts;
    line->clamped++;
}

int oc_timeline_map(oc_timeline_t *line, oc_packet_t *packet) {
    if (packet->track >= OC_TRACKS_MAX || !line->track[packet->track].timescale)
        return OC_ERR_INVAL;
    oc_timeline_track_t *t = &line->track[packet->track];
    packet->dts = bounded(packet->dts);
    int64_t source = packet->dts, offset = t->offset;
    bool trusted = follow(line, t, packet), follows = line->follows;
    line->follows = false; /* what it was placed by grows old */
    if (!t->any && packet->dts < 0 && (packet->track != 0 || follows)) {
        line->early++;
        return OC_AGAIN;
    }
    if (t->any ? packet->dts <= t->line_dts : packet->dts < 0)
        clamp(line, t, packet); /* also a first picture behind sound: its GOP needs it */
    line->last_line_us = ticks_us(t, packet->dts);
    note_latency(line, t, packet, line->last_line_us);
    if (trusted) {
        if (t->any && t->offset == offset)
            t->step = source - t->source_dts;
        t->source_dts = source;
        t->source_us = packet->capture_us;
        t->doubt = false;
    }
    line->started = t->any = true;
    t->line_dts = packet->dts;
    t->line_end = packet->dts;
    if (ticks_us(t, packet->duration) <= OC_TIMELINE_JUMP_US) /* else it is none */
        t->line_end += packet->duration;
    line->last_capture_us = packet->capture_us;
    return OC_OK;
}
