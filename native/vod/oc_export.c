#include "oc_box.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_export_impl.h"

#define PIECES_OWN    5u /* the head, three of a cut fragment, the end */
#define SIDX_HEAD     40u
#define SIDX_ENTRY    12u
#define SIDX_MAX      65535u                     /* entries: 16 bits */
#define OPEN_SPAN_MS  (2 * 3600 * INT64_C(1000)) /* a recording that grows may be so long */
#define REFERENCE_MAX 0x7FFFFFFFu                /* bytes of an entry of sidx: 31 bits */
#define MS_PER_S      1000u

/* What is looked for in one recording. */
typedef struct search {
    oc_export_t *plan;
    oc_vod_file_t *file;
    int64_t from_ms, to_ms;  /* from its time 0 */
    int64_t step_ms;         /* between points, at least */
    int64_t next_ms;         /* of the next point */
    uint64_t near, last;     /* of the key frames at or before the span, and before its end */
    bool any;                /* near is set */
    oc_vod_fragment_t first; /* what goes out begins with it */
    uint64_t key;            /* the fragment with its first key frame */
    uint64_t end;            /* and ends here */
    int64_t shift;
} search_t;

static size_t align16(size_t bytes) {
    return (bytes + 15) / 16 * 16;
}

static size_t head_bytes(uint32_t files) {
    return OC_FMP4_INIT_MAX + SIDX_HEAD + SIDX_ENTRY * (size_t)(files + OC_EXPORT_POINTS + 1) +
           OC_EXPORT_HEAD_MAX;
}

size_t oc_export_bytes(uint32_t files) {
    return align16(sizeof(oc_export_piece_t) * (files + PIECES_OWN)) +
           align16(sizeof(oc_export_point_t) * (files + OC_EXPORT_POINTS + 1)) + head_bytes(files) +
           align16(files);
}

/* ---- tracks and times ---- */

static uint32_t common(uint32_t a, uint32_t b) {
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static bool same_track(const oc_mp4_track_t *a, const oc_mp4_track_t *b) {
    const oc_track_t *x = &a->track, *y = &b->track;
    return x->codec == y->codec &&
           (!x->codec ||
            (a->id == b->id && x->timescale == y->timescale && x->width == y->width &&
             x->height == y->height && x->sample_rate == y->sample_rate &&
             x->channels == y->channels && x->in_band == y->in_band && x->rotation == y->rotation &&
             x->config_len == y->config_len && memcmp(x->config, y->config, x->config_len) == 0));
}

/* The tracks of the first recording are those of the whole. */
static int take_tracks(oc_export_t *plan, oc_vod_file_t *file) {
    if (file->body > OC_FMP4_INIT_MAX)
        return OC_ERR_FORMAT;
    int rc = file->source.read_at(file->source.context, 0, plan->head, (size_t)file->body);
    if (rc != OC_OK)
        return rc;
    plan->init_len = (size_t)file->body;
    plan->steps = 0;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        plan->track[t] = file->moov.track[t];
        if (plan->track[t].track.codec)
            plan->steps = common(plan->track[t].track.timescale, plan->steps);
    }
    plan->lead = file->lead;
    return OC_OK;
}

static int64_t divide_down(int64_t value, int64_t by) {
    return value >= 0 ? value / by : -((-value + by - 1) / by);
}

/* The steps by which a recording moves: the first one to time 0, others to the end of the one
 * before, so that in no track anything goes back, and nothing is shown while the one before still
 * is. */
static int64_t shift_of(const oc_export_t *plan, const oc_vod_fragment_t *first, bool begins) {
    int64_t shift = INT64_MIN;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        if (!first->has[t])
            continue;
        int64_t ticks = oc_clock_add(begins ? 0 : plan->end_dts[t], -first->first_dts[t]);
        int64_t shown = begins ? ticks : oc_clock_add(plan->end_pts[t], -first->min_pts[t]);
        ticks = shown > ticks ? shown : ticks;
        int64_t needed = -divide_down(-ticks, oc_export_ticks(plan, t));
        shift = needed > shift ? needed : shift;
    }
    return shift;
}

/* ---- one recording ---- */

/* One key frame: where to begin, or a point on the way. OC_OK | OC_END no more | OC_ERR_*. */
static int look_at_key(search_t *s, const oc_key_t *key) {
    oc_export_t *plan = s->plan;
    oc_vod_fragment_t fragment;
    int64_t ms = (int64_t)key->ms;
    if (s->any && ms >= s->to_ms)
        return OC_END;
    bool again = s->any && key->offset == s->last;
    s->last = key->offset;
    if (!s->any || ms <= s->from_ms) {
        s->near = key->offset;
        s->next_ms = ms + s->step_ms;
        s->any = true;
        return OC_OK;
    }
    if (again || ms < s->next_ms || plan->points == plan->points_max ||
        plan->config.format != OC_EXPORT_FRAGMENTED)
        return OC_OK;
    int rc = oc_vod_file_fragment(s->file, key->offset, &fragment);
    if (rc == OC_OK && fragment.key && fragment.at == key->offset) {
        plan->point[plan->points++] = (oc_export_point_t){fragment.at, fragment.pts};
        s->next_ms = ms + s->step_ms;
    }
    return rc;
}

/* The last key frame at or before the span, else the first one: its fragment, and how many samples
 * of that come before. */
static int find_begin(search_t *s, uint32_t *before) {
    oc_vod_file_t *file = s->file;
    const oc_mp4_track_t *track = &file->moov.track[file->lead];
    oc_mp4_frag_t at;
    oc_mp4_sample_t sample, found = {0};
    uint32_t description, n = 0;
    uint64_t moof = 0, found_moof = 0;
    int rc;
    oc_mp4_frag_start(&at, s->near, 0, INT64_MIN);
    while ((rc = oc_mp4_frag_next(&at, track, &file->source, &file->window, &sample,
                                  &description)) == OC_OK) {
        n = at.moof == moof ? n + 1 : 0;
        moof = at.moof;
        bool late =
            oc_vod_file_ms(file, file->lead, oc_clock_add(sample.dts, sample.cts)) > s->from_ms;
        if (late && found_moof)
            break;
        if (!sample.key && file->lead == 0 && track->track.codec != OC_CODEC_MJPEG)
            continue;
        found = sample;
        found_moof = moof;
        *before = n;
    }
    if (rc < 0 || !found_moof)
        return rc < 0 ? rc : OC_END;
    rc = oc_vod_file_fragment(file, oc_vod_file_begin(file, found_moof), &s->first);
    s->first.first_dts[file->lead] = found.dts;
    s->first.pts = oc_clock_add(found.dts, found.cts);
    s->first.key = true;
    s->key = s->first.at;
    return rc;
}

/* Recordings behind the first one go out from their beginning, with sound before their picture. */
static int take_beginning(search_t *s) {
    oc_vod_fragment_t fragment;
    int rc = oc_vod_file_fragment(s->file, s->file->body, &fragment);
    if (rc != OC_OK || fragment.at >= s->first.at)
        return rc;
    s->first.at = fragment.at;
    s->first.sequence = fragment.sequence;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        if (fragment.has[t]) {
            s->first.has[t] = true;
            s->first.first_dts[t] = fragment.first_dts[t];
            s->first.min_pts[t] = fragment.min_pts[t];
        }
    return OC_OK;
}

/* A fragment goes out, `ticks` later than in its file. */
static void take_end(oc_export_t *plan, const oc_vod_fragment_t *fragment, unsigned track,
                     int64_t ticks) {
    int64_t until = fragment->end_pts[track] + ticks;
    plan->end_dts[track] = fragment->end_dts[track] + ticks;
    plan->end_pts[track] = until > plan->end_pts[track] ? until : plan->end_pts[track];
}

/* Walks from the last key frame to the end of what is wanted. */
static int find_end(search_t *s) {
    oc_export_t *plan = s->plan;
    oc_vod_fragment_t fragment;
    int rc;
    s->end = s->last > s->first.at ? s->last : s->first.at;
    while ((rc = oc_vod_file_fragment(s->file, s->end, &fragment)) == OC_OK) {
        unsigned t = fragment.has[s->file->lead] ? s->file->lead : !s->file->lead;
        if (fragment.at > s->first.at &&
            oc_vod_file_ms(s->file, t, fragment.first_dts[t]) >= s->to_ms)
            return OC_OK;
        for (t = 0; t < OC_TRACKS_MAX; t++)
            if (fragment.has[t])
                take_end(plan, &fragment, t, s->shift * oc_export_ticks(plan, t));
        plan->sequence = fragment.sequence;
        s->end = fragment.end;
    }
    return rc == OC_END ? OC_OK : rc;
}

/* The fragments of a recording as they lie. known: points before it; cut: its first fragment is
 * there already. */
static void put_fragments(search_t *s, uint32_t known, uint32_t sequence, bool cut) {
    oc_export_t *plan = s->plan;
    bool plain = plan->config.format == OC_EXPORT_PLAIN;
    oc_export_piece_t piece = {.at = cut ? s->first.end : s->first.at,
                               .file = s->file->index,
                               .kind = plain ? OC_EXPORT_RAW : OC_EXPORT_FRAGMENTS,
                               .shift = s->shift,
                               .sequence = sequence};
    for (uint32_t i = known; i < plan->points; i++) {
        oc_export_point_t *point = &plan->point[i];
        point->out = cut && i == known ? 0 : plan->bytes + (point->out - piece.at);
        point->pts += s->shift * oc_export_ticks(plan, plan->lead);
    }
    oc_export_put(plan, &piece, s->end > piece.at ? s->end - piece.at : 0);
}

/* True when all of it lies before the span: of one that grows that is seen at its end only. */
static bool ends_before(const search_t *s) {
    const oc_export_t *plan = s->plan;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        if (plan->track[t].track.codec &&
            oc_vod_file_ms(s->file, t, plan->end_dts[t] - s->shift * oc_export_ticks(plan, t)) >
                s->from_ms)
            return false;
    }
    return true;
}

/* What goes out of a recording whose place to begin is known. */
static int put_file(search_t *s, uint32_t known, uint32_t before) {
    oc_export_t *plan = s->plan;
    bool begins = plan->pieces == 1, cut = false;
    int rc = begins ? OC_OK : take_beginning(s);
    uint32_t sequence = plan->sequence - (s->first.sequence - 1);
    if (rc != OC_OK)
        return rc;
    if (begins) {
        memset(plan->end_pts, 0, sizeof plan->end_pts);
        oc_export_cut(plan, s->file, &s->first, before);
    }
    s->shift = shift_of(plan, &s->first, begins);
    if (begins) {
        plan->begun_ms = plan->span->entry[s->file->index].start_ms +
                         oc_vod_file_ms(s->file, s->file->lead, s->first.pts);
        cut = before > 0 && plan->config.format == OC_EXPORT_FRAGMENTED;
        if (cut)
            rc = oc_export_cut_put(plan, s->file, &s->first, s->shift);
    }
    if (rc == OC_OK)
        rc = find_end(s);
    plan->sequence += sequence;
    if (rc == OC_OK)
        put_fragments(s, known, sequence, cut);
    if (rc == OC_OK && begins && ends_before(s)) {
        plan->pieces = 1;
        plan->points = known;
        plan->bytes = 0;
    }
    return rc;
}

/* A recording that is open. */
static int plan_file(search_t *s) {
    oc_export_t *plan = s->plan;
    oc_vod_keys_t keys = {0};
    uint32_t before = 0, known = plan->points;
    int rc;
    plan->points++; /* of its beginning */
    do
        rc = oc_vod_keys_next(&keys, s->file);
    while (rc == OC_OK && (rc = look_at_key(s, &keys.key)) == OC_OK);
    if (rc == OC_END && s->any)
        rc = find_begin(s, &before);
    if (rc != OC_OK || oc_vod_file_ms(s->file, s->file->lead, s->first.pts) >= s->to_ms) {
        plan->points = known;
        return rc == OC_END ? OC_OK : rc;
    }
    plan->point[known] = (oc_export_point_t){s->key, s->first.pts};
    return put_file(s, known, before);
}

/* What a recording adds to a plan; all else is set by the first that is taken. */
typedef struct mark {
    uint64_t bytes;
    int64_t end_dts[OC_TRACKS_MAX], end_pts[OC_TRACKS_MAX];
    uint32_t pieces, points, sequence, skip[OC_TRACKS_MAX];
} mark_t;

static mark_t mark_of(const oc_export_t *plan) {
    mark_t mark = {.bytes = plan->bytes,
                   .pieces = plan->pieces,
                   .points = plan->points,
                   .sequence = plan->sequence};
    memcpy(mark.end_dts, plan->end_dts, sizeof mark.end_dts);
    memcpy(mark.end_pts, plan->end_pts, sizeof mark.end_pts);
    memcpy(mark.skip, plan->skip, sizeof mark.skip);
    return mark;
}

static void go_back(oc_export_t *plan, const mark_t *mark) {
    plan->bytes = mark->bytes;
    plan->pieces = mark->pieces;
    plan->points = mark->points;
    plan->sequence = mark->sequence;
    memcpy(plan->end_dts, mark->end_dts, sizeof mark->end_dts);
    memcpy(plan->end_pts, mark->end_pts, sizeof mark->end_pts);
    memcpy(plan->skip, mark->skip, sizeof mark->skip);
}

/* Failures that are of one recording. */
static bool is_of_file(int rc) {
    return rc == OC_ERR_FORMAT || rc == OC_ERR_TRUNC || rc == OC_ERR_IO || rc == OC_ERR_NOENT ||
           rc == OC_ERR_RANGE || rc == OC_ERR_NOTSUP;
}

static void leave_out(oc_export_t *plan, uint32_t index) {
    plan->bad[index] = true;
    if (plan->span->entry[index].end_ms == 0)
        return; /* one that grows has nothing yet */
    if (plan->left_outs < OC_EXPORT_NAMED)
        plan->left_out[plan->left_outs] = index;
    plan->left_outs++;
}

/* One recording of the span that is there. */
static int take_entry(oc_export_t *plan, oc_vod_file_t *file, uint32_t index, int64_t step_ms) {
    const oc_vod_entry_t *entry = &plan->span->entry[index];
    const oc_export_config_t *config = &plan->config;
    search_t s = {.plan = plan,
                  .file = file,
                  .from_ms = config->from_ms - entry->start_ms,
                  .to_ms = config->to_ms == INT64_MAX ? INT64_MAX : config->to_ms - entry->start_ms,
                  .step_ms = step_ms};
    if ((entry->end_ms && entry->end_ms <= config->from_ms) || s.to_ms <= 0 || plan->bad[index])
        return OC_OK;
    int rc = oc_vod_file_open(file, plan->span, index);
    if (rc != OC_OK)
        return rc;
    if (plan->pieces == 1)
        rc = take_tracks(plan, file);
    for (unsigned t = 0; t < OC_TRACKS_MAX && rc == OC_OK; t++)
        rc = same_track(&plan->track[t], &file->moov.track[t]) ? OC_OK : OC_ERR_STATE;
    if (rc == OC_ERR_STATE)
        plan->changed_ms = entry->start_ms;
    if (rc == OC_OK)
        rc = plan_file(&s);
    oc_vod_file_close(file);
    return rc;
}

static int plan_entry(oc_export_t *plan, oc_vod_file_t *file, uint32_t index, int64_t step_ms) {
    mark_t mark = mark_of(plan);
    int rc = take_entry(plan, file, index, step_ms);
    if (!is_of_file(rc))
        return rc;
    go_back(plan, &mark);
    leave_out(plan, index);
    return OC_OK;
}

/* ---- the whole ---- */

/* 14496-12 8.16.3; each entry is a key frame's fragment and what follows it. */
static int write_sidx(oc_export_t *plan, oc_wr_t *w) {
    uint32_t scale = plan->track[plan->lead].track.timescale;
    size_t box = oc_box_begin_full(w, "sidx", 0x01000000u);
    oc_wr_u32(w, plan->track[plan->lead].id);
    oc_wr_u32(w, scale);
    oc_wr_u64(w, (uint64_t)plan->point[0].pts);
    oc_wr_u64(w, 0); /* the first one follows */
    oc_wr_u16(w, 0);
    oc_wr_u16(w, (uint16_t)plan->points);
    for (uint32_t i = 0; i < plan->points; i++) {
        bool last = i + 1 == plan->points;
        uint64_t end = last ? plan->bytes : plan->point[i + 1].out;
        int64_t until = last ? plan->end_dts[plan->lead] : plan->point[i + 1].pts;
        uint64_t len = end - plan->point[i].out;
        int64_t duration = until - plan->point[i].pts;
        if (len > REFERENCE_MAX || duration > UINT32_MAX)
            return OC_ERR_TOO_BIG;
        oc_wr_u32(w, (uint32_t)len);
        oc_wr_u32(w, duration > 0 ? (uint32_t)duration : 0);
        oc_wr_u32(w, 0x90000000u); /* starts_with_SAP, type 1 */
    }
    oc_box_end(w, box);
    return w->bad ? OC_ERR_TOO_BIG : OC_OK;
}

/* Everything moves behind a head of so many bytes. */
static void move_behind(oc_export_t *plan, uint64_t head) {
    for (uint32_t i = 1; i < plan->pieces; i++)
        plan->piece[i].out += head;
    for (uint32_t i = 0; i < plan->points; i++)
        plan->point[i].out += head;
    plan->bytes += head;
}

static int finish(oc_export_t *plan, oc_vod_file_t *file) {
    int rc;
    if (plan->pieces == 1)
        return OC_ERR_NOENT;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        if (!plan->track[t].track.codec)
            continue;
        int64_t ms = oc_clock_rescale(plan->end_dts[t], plan->track[t].track.timescale, MS_PER_S);
        plan->duration_ms = ms > plan->duration_ms ? ms : plan->duration_ms;
    }
    if (plan->config.format == OC_EXPORT_PLAIN) {
        rc = oc_export_plain(plan, file);
    } else {
        oc_wr_t w =
            oc_wr(plan->head + plan->init_len, (size_t)(plan->cut - plan->head) - plan->init_len);
        rc = plan->points > SIDX_MAX ? OC_OK : write_sidx(plan, &w); /* too many: without */
        plan->piece[0] = (oc_export_piece_t){.kind = OC_EXPORT_MEMORY};
        move_behind(plan, plan->init_len + oc_wr_len(&w));
    }
    plan->piece[plan->pieces].out = plan->bytes;
    return rc;
}

static void use_memory(oc_export_t *plan, void *memory, uint32_t files) {
    uint8_t *at = memory;
    plan->piece = (oc_export_piece_t *)(void *)at;
    at += align16(sizeof(oc_export_piece_t) * (files + PIECES_OWN));
    plan->point = (oc_export_point_t *)(void *)at;
    plan->points_max = files + OC_EXPORT_POINTS;
    at += align16(sizeof(oc_export_point_t) * (plan->points_max + 1));
    plan->head = at;
    plan->cut = at + head_bytes(files) - OC_EXPORT_HEAD_MAX;
    plan->bad = (bool *)(at + head_bytes(files));
    memset(plan->bad, 0, files);
}

/* The whole once, without the recordings that are known to be bad. */
static int plan_once(oc_export_t *plan, oc_vod_file_t *file) {
    const oc_export_config_t *config = &plan->config;
    const oc_vod_span_t *span = plan->span;
    const oc_vod_entry_t *last = &span->entry[span->count - 1];
    int64_t to = last->end_ms ? last->end_ms : last->start_ms + OPEN_SPAN_MS;
    to = to < config->to_ms ? to : config->to_ms;
    int64_t from =
        config->from_ms > span->entry[0].start_ms ? config->from_ms : span->entry[0].start_ms;
    int64_t step = to > from ? (to - from) / (OC_EXPORT_POINTS / 2) : 0;
    int rc = OC_OK;
    go_back(plan, &(mark_t){.pieces = 1});
    plan->failed = 0;
    plan->duration_ms = 0;
    for (uint32_t i = 0; i < span->count && rc == OC_OK; i++)
        rc = plan_entry(plan, file, i, step > OC_EXPORT_POINT_MS ? step : OC_EXPORT_POINT_MS);
    return rc == OC_OK ? finish(plan, file) : rc;
}

int oc_export_plan(oc_export_t *plan, void *memory, const oc_export_config_t *config,
                   const oc_vod_span_t *span, oc_vod_file_t *file) {
    int rc = span->count == 0                 ? OC_ERR_NOENT
             : span->count > OC_VOD_FILES_MAX ? OC_ERR_TOO_BIG
                                              : OC_OK;
    *plan = (oc_export_t){.config = *config, .span = span};
    if (rc != OC_OK)
        return rc;
    use_memory(plan, memory, span->count);
    do { /* tables of a plain one see what the headers at both ends do not */
        rc = plan_once(plan, file);
        if (plan->failed)
            leave_out(plan, plan->failed - 1);
    } while (plan->failed);
    return rc;
}
