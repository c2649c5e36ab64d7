/* oc_out_live: playlists, and what a blocking reload waits for (sections 4.4.3 to 4.4.5, 6.2.5). */
#include "oc_err.h"
#include "oc_out_live_impl.h"
#include "oc_playlist.h"
#include "oc_thread_check.h"

#define PARTS_LISTED 3 /* target durations from the end within which parts are listed (4.4.4.9) */
#define SKIP_TARGETS 6 /* CAN-SKIP-UNTIL, target durations (4.4.3.8) */
#define HOLD_TARGETS 3 /* HOLD-BACK (4.4.3.8) */
#define HOLD_PARTS   4 /* PART-HOLD-BACK, PART-TARGETs (4.4.3.8); at least 3 are recommended */
#define AHEAD_MSN    2 /* segments that a reload may be ahead (6.2.5.2) */

static bool has_parts(const oc_out_live_t *live) {
    return live->part_target_us > 0;
}

static uint32_t open_parts(const oc_out_live_t *live) {
    return live->is_open ? live->open.parts : 0;
}

/* Where the playlist ends: behind the last part, else behind the last segment. */
static int64_t end_us(const oc_out_live_t *live) {
    const oc_live_segment_t *last = oc_live_segment(live, live->next - 1);
    return has_parts(live) && open_parts(live) > 0 ? live->part.start_us
                                                   : last->start_us + last->duration_us;
}

static int64_t target_us(const oc_out_live_t *live) {
    return (int64_t)live->target_s * OC_LIVE_US_PER_S;
}

/* Lists the parts of a segment, all of them or none: a player knows them by their place. */
static void add_parts(const oc_out_live_t *live, oc_playlist_t *list,
                      const oc_live_segment_t *segment, uint32_t number) {
    if (segment->parts == 0 || !oc_live_part(live, segment, 0))
        return;
    for (uint32_t i = 0; i < segment->parts; i++) {
        const oc_live_part_t *part = oc_live_part(live, segment, i);
        oc_playlist_part(list, number, i, part->duration_us, part->independent);
    }
}

static oc_playlist_segment_t described(const oc_live_segment_t *segment, uint32_t number,
                                       const oc_clock_t *clock) {
    bool wall = clock->quality != OC_CLOCK_NONE;
    return (oc_playlist_segment_t){.number = number,
                                   .init = segment->init,
                                   .duration_us = segment->duration_us,
                                   .wall_us =
                                       wall ? oc_clock_wall_us(clock, segment->capture_us) : -1,
                                   .discontinuity = segment->discontinuity};
}

/* Segments at the beginning that a delta update leaves out. */
static uint32_t skipped(const oc_out_live_t *live, uint32_t first) {
    int64_t until = end_us(live) - SKIP_TARGETS * target_us(live);
    uint32_t number = first;
    while (number < live->next &&
           oc_live_segment(live, number)->start_us + oc_live_segment(live, number)->duration_us <
               until)
        number++;
    return number - first;
}

/* The segment being made: its tags and parts, and what comes next. */
static void add_open(const oc_out_live_t *live, oc_playlist_t *list, const oc_clock_t *clock) {
    uint32_t parts = open_parts(live);
    if (parts > 0) {
        oc_playlist_segment_t open = described(&live->open, live->next, clock);
        oc_playlist_segment(list, &open);
        add_parts(live, list, &live->open, live->next);
    }
    oc_playlist_hint(list, live->next, parts);
}

static void add_report(oc_playlist_t *list, const oc_out_live_report_t *report) {
    const oc_out_live_t *other = report->live;
    uint32_t parts = open_parts(other);
    if (other->next == other->first)
        return;
    const oc_live_segment_t *last = oc_live_segment(other, other->next - 1);
    if (!has_parts(other) || (parts == 0 && last->parts == 0))
        oc_playlist_report(list, report->uri, other->next - 1, -1);
    else if (parts > 0)
        oc_playlist_report(list, report->uri, other->next, (int)parts - 1);
    else
        oc_playlist_report(list, report->uri, other->next - 1, last->parts - 1);
}

int oc_out_live_playlist(const oc_out_live_t *live, const oc_out_live_request_t *req, char *out,
                         size_t out_size) {
    OC_ON_MEDIA_THREAD();
    uint32_t number = oc_live_first_listed(live);
    bool low = has_parts(live) && !req->plain;
    oc_playlist_t list;
    if (number == live->next)
        return OC_AGAIN;
    oc_playlist_begin(
        &list, out, out_size,
        &(oc_playlist_head_t){.target_s = live->target_s,
                              .media_sequence = number,
                              .discontinuities = oc_live_segment(live, number)->discontinuities,
                              .part_target_us = low ? live->part_target_us : 0,
                              .part_hold_back_us = HOLD_PARTS * live->part_target_us,
                              .hold_back_s = HOLD_TARGETS * live->target_s,
                              .skip_until_s = SKIP_TARGETS * live->target_s,
                              .skipped = low && req->skip ? skipped(live, number) : 0});
    number += low && req->skip ? skipped(live, number) : 0;
    int64_t parts_us = end_us(live) - PARTS_LISTED * target_us(live);
    for (; number < live->next; number++) {
        const oc_live_segment_t *segment = oc_live_segment(live, number);
        oc_playlist_segment_t entry = described(segment, number, req->clock);
        oc_playlist_segment(&list, &entry);
        if (low && segment->start_us + segment->duration_us > parts_us)
            add_parts(live, &list, segment, number);
        oc_playlist_uri(&list, &entry);
    }
    if (low)
        add_open(live, &list, req->clock);
    if (low && req->report.live)
        add_report(&list, &req->report);
    return oc_playlist_end(&list);
}

/* How many parts behind the newest one may be asked for: three seconds of them, at least three. */
static uint32_t parts_ahead(const oc_out_live_t *live) {
    uint32_t part_us = live->part_target_us;
    return part_us >= OC_LIVE_US_PER_S ? 3 : (3 * OC_LIVE_US_PER_S + part_us - 1) / part_us;
}

int oc_out_live_has(const oc_out_live_t *live, uint64_t msn, int64_t part) {
    OC_ON_MEDIA_THREAD();
    uint32_t last = live->next - 1, parts = open_parts(live);
    if (live->target_s == 0)
        return OC_AGAIN;
    if (!has_parts(live))
        part = -1;
    if (msn <= last) {
        if (msn < last || part < oc_live_segment(live, last)->parts)
            return OC_OK;
        msn = live->next; /* behind the last part of a segment: the first one of the next */
        part = 0;
    }
    if (msn > live->next)
        return msn > (uint64_t)last + AHEAD_MSN ? OC_ERR_RANGE : OC_AGAIN;
    if (part >= 0 && part < parts)
        return OC_OK;
    return part >= (int64_t)parts && part - parts >= parts_ahead(live) ? OC_ERR_RANGE : OC_AGAIN;
}

int oc_out_live_variant(const oc_out_live_t *live, oc_out_live_variant_t *out) {
    OC_ON_MEDIA_THREAD();
    oc_fmp4_t mux;
    uint64_t bytes = 0, us = 0;
    uint32_t number = oc_live_first_listed(live);
    *out = (oc_out_live_variant_t){0};
    if (number == live->next)
        return OC_AGAIN;
    for (; number < live->next; number++) {
        bytes += oc_live_segment(live, number)->bytes;
        us += (uint64_t)oc_live_segment(live, number)->duration_us;
    }
    const oc_live_init_t *init = &live->init[live->inits % OC_OUT_LIVE_INITS];
    int rc = oc_fmp4_init(&mux, init->tracks.track, init->base_dts);
    if (rc == OC_OK)
        rc = oc_fmp4_codecs(&mux, out->codecs, sizeof out->codecs);
    /* a sixteenth for the boxes around the samples */
    out->peak_bps = live->peak_bps + live->peak_bps / 16;
    out->average_bps = (uint32_t)(bytes * 8 * OC_LIVE_US_PER_S / us * 17 / 16);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *track = &init->tracks.track[i];
        if (!oc_codec_is_video(track->codec))
            continue;
        out->width = track->width;
        out->height = track->height;
        if (live->frame_us > 0)
            out->fps_milli = (uint32_t)((INT64_C(1000) * OC_LIVE_US_PER_S + live->frame_us / 2) /
                                        live->frame_us);
    }
    return rc;
}
