#include "oc_vod_file.h"

#include "oc_box.h"
#include "oc_clock.h"
#include "oc_err.h"

#define FREE OC_BOX_TYPE('f', 'r', 'e', 'e')
#define SKIP OC_BOX_TYPE('s', 'k', 'i', 'p')
#define SIDX OC_BOX_TYPE('s', 'i', 'd', 'x')
#define STYP OC_BOX_TYPE('s', 't', 'y', 'p')
#define MOOF OC_BOX_TYPE('m', 'o', 'o', 'f')
#define MDAT OC_BOX_TYPE('m', 'd', 'a', 't')
#define MFHD OC_BOX_TYPE('m', 'f', 'h', 'd')

#define MS_PER_S 1000u

int oc_vod_file_open(oc_vod_file_t *file, const oc_vod_span_t *span, uint32_t index) {
    memset(file, 0, offsetof(oc_vod_file_t, window));
    file->window.start = file->window.len = 0;
    int rc = span->open(span->context, index, &file->source, &file->keys);
    if (rc != OC_OK)
        return rc;
    file->span = span;
    file->index = index;
    file->open = true;
    rc = oc_mp4_moov_read(&file->source, &file->window, &file->moov, NULL, 0);
    if (rc == OC_OK && !file->moov.fragmented)
        rc = OC_ERR_FORMAT;
    file->lead = file->moov.track[0].track.codec ? 0 : 1;
    file->body = file->moov.end;
    if (rc != OC_OK)
        oc_vod_file_close(file);
    return rc;
}

void oc_vod_file_close(oc_vod_file_t *file) {
    if (file->open)
        file->span->close(file->span->context, file->index, &file->source);
    file->open = false;
}

int64_t oc_vod_file_ms(const oc_vod_file_t *file, unsigned track, int64_t ticks) {
    return oc_clock_rescale(ticks, file->moov.track[track].track.timescale, MS_PER_S);
}

/* ---- fragments ---- */

/* The samples of one track in a fragment. source: cut at its end. */
static int read_track(oc_vod_file_t *file, const oc_mp4_source_t *source, unsigned track,
                      oc_vod_fragment_t *out) {
    const oc_mp4_track_t *about = &file->moov.track[track];
    oc_mp4_frag_t at;
    oc_mp4_sample_t sample;
    uint32_t description;
    int rc = OC_OK;
    if (!about->track.codec)
        return OC_OK;
    oc_mp4_frag_start(&at, out->moof, 0, INT64_MIN);
    while ((rc = oc_mp4_frag_next(&at, about, source, &file->window, &sample, &description)) ==
           OC_OK) {
        int64_t pts = oc_clock_add(sample.dts, sample.cts);
        int64_t until = oc_clock_add(pts, sample.duration);
        if (!out->has[track]) {
            out->has[track] = true;
            out->first_dts[track] = sample.dts;
            out->min_pts[track] = pts;
            out->end_pts[track] = until;
            if (track == file->lead) {
                out->pts = pts;
                out->key = sample.key || track == 1 || about->track.codec == OC_CODEC_MJPEG;
            }
        }
        out->min_pts[track] = pts < out->min_pts[track] ? pts : out->min_pts[track];
        out->end_pts[track] = until > out->end_pts[track] ? until : out->end_pts[track];
        out->end_dts[track] = oc_clock_add(sample.dts, sample.duration);
    }
    return rc == OC_END ? OC_OK : rc == OC_ERR_IO ? rc : OC_ERR_FORMAT;
}

/* mfhd is the first box of a moof. */
static int read_sequence(oc_vod_file_t *file, const oc_mp4_box_t *moof, uint32_t *sequence) {
    oc_mp4_box_t box;
    oc_span_t bytes;
    int rc = oc_mp4_io_box(&file->source, &file->window, moof->body, moof->end, &box);
    if (rc == OC_OK && (box.type != MFHD || box.end - box.body < 8))
        rc = OC_ERR_FORMAT;
    if (rc == OC_OK)
        rc = oc_mp4_io_lend(&file->source, &file->window, box.body, 8, &bytes);
    if (rc != OC_OK)
        return rc == OC_ERR_IO ? rc : OC_ERR_FORMAT;
    oc_rd_t r = oc_rd(oc_span_sub(bytes, 4, 4));
    *sequence = oc_rd_u32(&r);
    return OC_OK;
}

/* The boxes of the fragment at or behind `at`. */
static int find_fragment(oc_vod_file_t *file, uint64_t at, oc_mp4_box_t *moof,
                         oc_vod_fragment_t *out) {
    oc_mp4_box_t box;
    uint64_t begin = UINT64_MAX;
    for (;; at = box.end) {
        int rc = oc_mp4_io_box(&file->source, &file->window, at, file->source.size, &box);
        if (rc != OC_OK) /* the end, or what a write under way or torn left behind */
            return rc == OC_ERR_IO ? rc : OC_END;
        if (box.type == MOOF)
            break;
        if (box.type != FREE && box.type != SKIP && box.type != SIDX && box.type != STYP)
            return OC_END; /* the tables at the end of a file that was closed */
        begin = box.type == FREE ? box.at : UINT64_MAX;
    }
    *moof = box;
    out->moof = box.at;
    out->at = begin != UINT64_MAX ? begin : box.at;
    int rc = oc_mp4_io_box(&file->source, &file->window, box.end, file->source.size, &box);
    if (rc != OC_OK || box.type != MDAT)
        return rc == OC_ERR_IO ? rc : rc == OC_OK ? OC_ERR_FORMAT : OC_END;
    out->end = box.end;
    return OC_OK;
}

int oc_vod_file_fragment(oc_vod_file_t *file, uint64_t at, oc_vod_fragment_t *out) {
    oc_mp4_box_t moof;
    *out = (oc_vod_fragment_t){0};
    int rc = find_fragment(file, at, &moof, out);
    if (rc == OC_OK)
        rc = read_sequence(file, &moof, &out->sequence);
    oc_mp4_source_t source = file->source;
    source.size = out->end;
    for (unsigned t = 0; t < OC_TRACKS_MAX && rc == OC_OK; t++)
        rc = read_track(file, &source, t, out);
    return rc;
}

int oc_vod_file_end(oc_vod_file_t *file, uint64_t from, uint64_t *end, int64_t *end_ms) {
    oc_vod_fragment_t fragment;
    int rc;
    *end = from;
    *end_ms = 0;
    while ((rc = oc_vod_file_fragment(file, *end, &fragment)) == OC_OK) {
        *end = fragment.end;
        for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
            int64_t ms = fragment.has[t] ? oc_vod_file_ms(file, t, fragment.end_pts[t]) : 0;
            *end_ms = ms > *end_ms ? ms : *end_ms;
        }
    }
    return rc == OC_END ? OC_OK : rc;
}

/* ---- key frames ---- */

uint64_t oc_vod_file_begin(oc_vod_file_t *file, uint64_t moof) {
    oc_mp4_box_t box;
    const uint64_t check = 32;
    if (moof >= file->body + check &&
        oc_mp4_io_box(&file->source, &file->window, moof - check, moof, &box) == OC_OK &&
        box.type == FREE && box.end == moof)
        return box.at;
    return moof;
}

/* Key frames by the headers of all fragments. */
static int walk(oc_vod_keys_t *keys, oc_vod_file_t *file) {
    const oc_mp4_track_t *track = &file->moov.track[file->lead];
    bool all = file->lead == 1 || track->track.codec == OC_CODEC_MJPEG;
    oc_mp4_sample_t sample;
    uint32_t description;
    uint64_t moof;
    int rc;
    if (!keys->begun)
        oc_mp4_frag_start(&keys->at, file->body, 0, INT64_MIN);
    keys->begun = true;
    do {
        moof = keys->at.moof;
        rc =
            oc_mp4_frag_next(&keys->at, track, &file->source, &file->window, &sample, &description);
        if (rc != OC_OK)
            return rc == OC_ERR_TRUNC ? OC_ERR_FORMAT : rc;
    } while (all ? keys->at.moof == moof : !sample.key); /* without pictures: each fragment */
    int64_t ms = oc_vod_file_ms(file, file->lead, oc_clock_add(sample.dts, sample.cts));
    keys->key = (oc_key_t){ms > 0 ? (uint64_t)ms : 0, oc_vod_file_begin(file, keys->at.moof)};
    return OC_OK;
}

int oc_vod_keys_next(oc_vod_keys_t *keys, oc_vod_file_t *file) {
    oc_span_t table = file->keys;
    if (table.len == 0)
        return walk(keys, file);
    if (!keys->begun)
        keys->left = table;
    keys->begun = true;
    int rc = oc_key_next(&keys->left, &keys->key);
    return rc == OC_OK && keys->key.offset >= file->source.size ? OC_END : rc;
}
