#include "oc_mp4_plain.h"
#include "oc_clock.h"
#include "oc_err.h"

/* What a walk needs besides its position. */
typedef struct walk {
    const oc_mp4_track_t *track;
    const oc_mp4_source_t *source;
    oc_mp4_window_t *windows;
} walk_t;

void oc_mp4_plain_start(oc_mp4_plain_t *at) {
    memset(at, 0, sizeof *at);
    at->last_dts = INT64_MIN;
}

/* Entry `index` of a table as a reader; index is inside the table. */
static int entry(const walk_t *w, const oc_mp4_table_t *table, unsigned window, uint32_t index,
                 uint32_t bytes, oc_rd_t *r) {
    oc_span_t s;
    int rc = oc_mp4_io_lend(w->source, &w->windows[window], table->at + (uint64_t)index * bytes,
                            bytes, &s);
    if (!rc)
        *r = oc_rd(s);
    return rc;
}

/* Entries of zero samples are passed over: each is read once in a walk. Behind the last entry its
 * delta stays in force, as other readers do. */
static int find_delta(oc_mp4_plain_t *at, const walk_t *w) {
    oc_rd_t r;
    while (!at->stts_left && at->stts_next < w->track->stts.count) {
        int rc = entry(w, &w->track->stts, OC_MP4_WIN_STTS, at->stts_next++, 8, &r);
        if (rc)
            return rc;
        at->stts_left = oc_rd_u32(&r);
        at->delta = oc_rd_u32(&r);
    }
    return OC_OK;
}

static int find_cts(oc_mp4_plain_t *at, const walk_t *w) {
    oc_rd_t r;
    while (!at->ctts_left && at->ctts_next < w->track->ctts.count) {
        int rc = entry(w, &w->track->ctts, OC_MP4_WIN_CTTS, at->ctts_next++, 8, &r);
        if (rc)
            return rc;
        at->ctts_left = oc_rd_u32(&r);
        at->cts = (int32_t)oc_rd_u32(&r); /* version 0 too: offsets of 2^31 and more are not real */
    }
    if (!at->ctts_left)
        at->cts = 0;
    return OC_OK;
}

/* Opens the next chunk: how many samples, which description, where. */
static int open_chunk(oc_mp4_plain_t *at, const walk_t *w) {
    const oc_mp4_track_t *t = w->track;
    oc_rd_t r;
    int rc;
    if (at->chunk >= t->stco.count)
        return OC_ERR_FORMAT;
    if (at->stsc_next == 0 || (at->stsc_next < t->stsc.count && at->chunk + 1 == at->next_first)) {
        if (at->stsc_next >= t->stsc.count)
            return OC_ERR_FORMAT;
        rc = entry(w, &t->stsc, OC_MP4_WIN_STSC, at->stsc_next++, 12, &r);
        if (rc)
            return rc;
        uint32_t first = oc_rd_u32(&r);
        at->per_chunk = oc_rd_u32(&r);
        at->description = oc_rd_u32(&r);
        if (first != at->chunk + 1 || !at->per_chunk)
            return OC_ERR_FORMAT;
        if (at->stsc_next < t->stsc.count) {
            rc = entry(w, &t->stsc, OC_MP4_WIN_STSC, at->stsc_next, 12, &r);
            if (rc)
                return rc;
            at->next_first = oc_rd_u32(&r);
            if (at->next_first <= first)
                return OC_ERR_FORMAT;
        }
    }
    rc = entry(w, &t->stco, OC_MP4_WIN_STCO, at->chunk, t->co64 ? 8 : 4, &r);
    if (rc)
        return rc;
    at->offset = oc_rd_be(&r, t->co64 ? 8 : 4);
    at->chunk++;
    at->chunk_left = at->per_chunk;
    return OC_OK;
}

static int find_size(const oc_mp4_plain_t *at, const walk_t *w, uint32_t *size) {
    oc_rd_t r;
    *size = w->track->sample_size;
    if (*size)
        return OC_OK;
    int rc = entry(w, &w->track->stsz, OC_MP4_WIN_STSZ, at->sample, 4, &r);
    if (!rc)
        *size = oc_rd_u32(&r);
    return rc;
}

static int find_sync(oc_mp4_plain_t *at, const walk_t *w, bool *key) {
    oc_rd_t r;
    *key = !w->track->has_sync_table;
    if (*key)
        return OC_OK;
    while (at->sync < at->sample + 1 && at->stss_next < w->track->stss.count) {
        int rc = entry(w, &w->track->stss, OC_MP4_WIN_STSS, at->stss_next++, 4, &r);
        if (rc)
            return rc;
        at->sync = oc_rd_u32(&r);
    }
    *key = at->sync == at->sample + 1;
    return OC_OK;
}

/* How many samples go into one packet: PCM files call every byte a sample. */
static uint32_t group(const oc_mp4_plain_t *at, const oc_mp4_track_t *t) {
    bool pcm = t->track.codec == OC_CODEC_PCMA || t->track.codec == OC_CODEC_PCMU;
    if (!pcm || !t->sample_size || t->sample_size > t->track.channels)
        return 1;
    uint32_t n = OC_MP4_PCM_GROUP;
    n = at->chunk_left < n ? at->chunk_left : n;
    n = at->stts_left && at->stts_left < n ? at->stts_left : n;
    return t->stsz.count - at->sample < n ? t->stsz.count - at->sample : n;
}

int oc_mp4_plain_next(oc_mp4_plain_t *at, const oc_mp4_track_t *track,
                      const oc_mp4_source_t *source, oc_mp4_window_t *windows, oc_mp4_sample_t *out,
                      uint32_t *description) {
    const walk_t w = {track, source, windows};
    uint32_t size, n;
    bool key;
    int rc;
    do { /* until a sample has bytes; each turn uses up one entry of stsz */
        if (at->sample >= track->stsz.count)
            return OC_END;
        if (!at->chunk_left && (rc = open_chunk(at, &w)))
            return rc;
        if ((rc = find_delta(at, &w)) || (rc = find_cts(at, &w)) ||
            (rc = find_size(at, &w, &size)) || (rc = find_sync(at, &w, &key)))
            return rc;
        n = group(at, track);
        if (size > OC_MP4_SAMPLE_MAX)
            return OC_ERR_FORMAT;
        size *= n; /* n > 1 only with sizes of at most 8 */
        if (size && (at->offset > source->size || size > source->size - at->offset))
            return OC_ERR_TRUNC;
        uint64_t duration = (uint64_t)at->delta * n;
        *out = (oc_mp4_sample_t){
            .offset = at->offset,
            .len_bytes = size,
            .dts = oc_clock_add(at->dts, track->shift),
            .cts = at->cts,
            .duration = duration > UINT32_MAX ? UINT32_MAX : (uint32_t)duration,
            .key = key,
        };
        *description = at->description;
        at->last_dts = at->dts;
        at->dts = oc_clock_add(at->dts, (int64_t)duration);
        at->offset += size;
        at->sample += n;
        at->chunk_left -= n;
        at->stts_left -= at->stts_left ? n : 0;
        at->ctts_left -= at->ctts_left ? 1 : 0;
    } while (!size);
    return OC_OK;
}
