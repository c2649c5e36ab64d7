#include "oc_mp4_moov.h"
#include <stdio.h>
#include "oc_box.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_sample_entry.h"

#define T         OC_BOX_TYPE
#define TRAKS_MAX 64 /* track boxes looked at: a file of a camera has two */

#define MATRIX_BYTES 36

/* Reading one moov: where from, and what was found. */
typedef struct moov_reader {
    const oc_mp4_source_t *source;
    oc_mp4_window_t *window;
    oc_mp4_moov_t *moov;
} moov_reader_t;

/* The first n bytes of a box's content. */
static int content(const moov_reader_t *m, const oc_mp4_box_t *box, uint32_t n, oc_rd_t *r) {
    oc_span_t bytes;
    if (box->end - box->body < n)
        return OC_ERR_FORMAT;
    int rc = oc_mp4_io_lend(m->source, m->window, box->body, n, &bytes);
    if (!rc)
        *r = oc_rd(bytes);
    return rc;
}

/* The next box inside `parent`; *at moves behind it. */
static int next_box(const moov_reader_t *m, const oc_mp4_box_t *parent, uint64_t *at,
                    oc_mp4_box_t *box) {
    int rc = oc_mp4_io_box(m->source, m->window, *at, parent->end, box);
    if (rc == OC_OK)
        *at = box->end;
    return rc == OC_ERR_TRUNC ? OC_ERR_FORMAT : rc;
}

static int read_mdhd(const moov_reader_t *m, const oc_mp4_box_t *box, uint32_t *timescale) {
    oc_rd_t r;
    int rc = content(m, box, 24, &r);
    if (rc)
        return rc;
    unsigned version = oc_rd_u8(&r);
    oc_rd_skip(&r, version == 1 ? 3 + 16 : 3 + 8);
    *timescale = oc_rd_u32(&r);
    return OC_OK;
}

/* Quarter turns of a tkhd matrix (8.3.2); other transformations count as none. */
static uint16_t read_rotation(oc_rd_t *r) {
    int32_t a = (int32_t)oc_rd_u32(r), b = (int32_t)oc_rd_u32(r);
    oc_rd_skip(r, 4);
    int32_t c = (int32_t)oc_rd_u32(r), d = (int32_t)oc_rd_u32(r);
    if (a == 0 && d == 0 && b > 0 && c < 0)
        return 90;
    if (b == 0 && c == 0 && a < 0 && d < 0)
        return 180;
    return a == 0 && d == 0 && b < 0 && c > 0 ? 270 : 0;
}

static int read_tkhd(const moov_reader_t *m, const oc_mp4_box_t *box, oc_mp4_track_t *t) {
    oc_rd_t r;
    int rc = content(m, box, 24, &r);
    if (rc)
        return rc;
    unsigned version = oc_rd_u8(&r);
    oc_rd_skip(&r, version == 1 ? 3 + 16 : 3 + 8);
    t->id = oc_rd_u32(&r);
    uint32_t before = version == 1 ? 52 : 40; /* the matrix */
    if (box->end - box->body < before + MATRIX_BYTES)
        return OC_OK;
    rc = content(m, box, before + MATRIX_BYTES, &r);
    if (rc)
        return rc;
    oc_rd_skip(&r, before);
    t->track.rotation = read_rotation(&r);
    return OC_OK;
}

/* 8.4.3: what kind of track it is. */
static int read_hdlr(const moov_reader_t *m, const oc_mp4_box_t *box, oc_mp4_track_t *t) {
    oc_rd_t r;
    int rc = content(m, box, 12, &r);
    if (rc)
        return rc;
    oc_rd_skip(&r, 8);
    uint32_t handler = oc_rd_u32(&r);
    if (handler == T('v', 'i', 'd', 'e') || handler == T('s', 'o', 'u', 'n'))
        t->handler = handler;
    return OC_OK;
}

/* 8.6.6: an empty edit moves the track later, a media time cuts its start off. */
static int read_elst(const moov_reader_t *m, const oc_mp4_box_t *box, oc_mp4_track_t *t) {
    oc_rd_t r;
    int rc = content(m, box, 8, &r);
    if (rc)
        return rc;
    bool wide = oc_rd_u8(&r) == 1;
    oc_rd_skip(&r, 3);
    uint32_t count = oc_rd_u32(&r), n = count < 2 ? count : 2;
    oc_mp4_table_t table;
    if (oc_mp4_io_table(box, box->body + 8, count, wide ? 20 : 12, &table))
        return OC_ERR_FORMAT;
    rc = n ? content(m, box, 8 + n * (wide ? 20 : 12), &r) : OC_END;
    if (rc)
        return rc == OC_END ? OC_OK : rc;
    oc_rd_skip(&r, 8);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t duration = oc_rd_be(&r, wide ? 8 : 4);
        int64_t start = wide ? (int64_t)oc_rd_u64(&r) : (int32_t)oc_rd_u32(&r);
        oc_rd_skip(&r, 4);
        if (start >= 0) {
            t->shift = -start;
            break;
        }
        if (i == 0 && start == -1)
            t->empty_edit = duration;
    }
    return OC_OK;
}

static int read_stsd(const moov_reader_t *m, const oc_mp4_box_t *box, oc_mp4_track_t *t) {
    oc_rd_t r;
    int rc = content(m, box, 8, &r);
    if (rc)
        return rc;
    oc_rd_skip(&r, 4);
    uint32_t count = oc_rd_u32(&r);
    uint64_t at = box->body + 8;
    for (t->descriptions = 0; t->descriptions < count; t->descriptions++) {
        oc_mp4_box_t entry;
        if (t->descriptions == OC_MP4_DESCRIPTIONS || next_box(m, box, &at, &entry))
            break;
        t->description_at[t->descriptions] = entry.at;
    }
    return OC_OK;
}

/* A box of version, flags and `skip` bytes, then a count and so many entries. */
static int read_table(const moov_reader_t *m, const oc_mp4_box_t *box, uint32_t entry_bytes,
                      oc_mp4_table_t *out) {
    oc_rd_t r;
    int rc = content(m, box, 8, &r);
    if (rc)
        return rc;
    oc_rd_skip(&r, 4);
    return oc_mp4_io_table(box, box->body + 8, oc_rd_u32(&r), entry_bytes, out);
}

static int read_stsz(const moov_reader_t *m, const oc_mp4_box_t *box, oc_mp4_track_t *t) {
    oc_rd_t r;
    int rc = content(m, box, 12, &r);
    if (rc)
        return rc;
    oc_rd_skip(&r, 4);
    t->sample_size = oc_rd_u32(&r);
    uint32_t count = oc_rd_u32(&r);
    if (!t->sample_size)
        return oc_mp4_io_table(box, box->body + 12, count, 4, &t->stsz);
    /* no table bounds this count, the file does: every sample has bytes of its own in it */
    uint64_t maximum = m->source->size / t->sample_size;
    t->stsz = (oc_mp4_table_t){box->body + 12, count < maximum ? count : (uint32_t)maximum};
    return OC_OK;
}

static int read_stbl(const moov_reader_t *m, const oc_mp4_box_t *stbl, oc_mp4_track_t *t) {
    uint64_t at = stbl->body;
    oc_mp4_box_t box;
    int rc;
    while ((rc = next_box(m, stbl, &at, &box)) == OC_OK) {
        switch (box.type) {
        case T('s', 't', 's', 'd'):
            rc = read_stsd(m, &box, t);
            break;
        case T('s', 't', 't', 's'):
            rc = read_table(m, &box, 8, &t->stts);
            break;
        case T('c', 't', 't', 's'):
            rc = read_table(m, &box, 8, &t->ctts);
            break;
        case T('s', 't', 's', 'c'):
            rc = read_table(m, &box, 12, &t->stsc);
            break;
        case T('s', 't', 's', 'z'):
            rc = read_stsz(m, &box, t);
            break;
        case T('s', 't', 'c', 'o'):
        case T('c', 'o', '6', '4'):
            t->co64 = box.type == T('c', 'o', '6', '4');
            rc = read_table(m, &box, t->co64 ? 8 : 4, &t->stco);
            break;
        case T('s', 't', 's', 's'):
            t->has_sync_table = true;
            rc = read_table(m, &box, 4, &t->stss);
            break;
        default:
            break;
        }
        if (rc)
            return rc;
    }
    return rc == OC_END ? OC_OK : rc;
}

/* trak, edts, mdia and minf: nothing but boxes around the ones that matter. */
static int read_inside(const moov_reader_t *m, const oc_mp4_box_t *parent, unsigned depth,
                       oc_mp4_track_t *t) {
    uint64_t at = parent->body;
    oc_mp4_box_t box;
    int rc;
    while ((rc = next_box(m, parent, &at, &box)) == OC_OK) {
        if (box.type == T('t', 'k', 'h', 'd'))
            rc = read_tkhd(m, &box, t);
        else if (box.type == T('m', 'd', 'h', 'd'))
            rc = read_mdhd(m, &box, &t->track.timescale);
        else if (box.type == T('h', 'd', 'l', 'r'))
            rc = read_hdlr(m, &box, t);
        else if (box.type == T('e', 'l', 's', 't'))
            rc = read_elst(m, &box, t);
        else if (box.type == T('s', 't', 'b', 'l'))
            rc = read_stbl(m, &box, t);
        else if (depth < 3 &&
                 (box.type == T('e', 'd', 't', 's') || box.type == T('m', 'd', 'i', 'a') ||
                  box.type == T('m', 'i', 'n', 'f')))
            rc = read_inside(m, &box, depth + 1, t);
        if (rc)
            return rc;
    }
    return rc == OC_END ? OC_OK : rc;
}

int oc_mp4_moov_describe(const oc_mp4_source_t *source, oc_mp4_window_t *window,
                         oc_mp4_track_t *track, uint32_t number) {
    oc_mp4_box_t box;
    oc_span_t entry;
    oc_track_t read = {.timescale = track->track.timescale, .rotation = track->track.rotation};
    if (!number || number > track->descriptions)
        return OC_ERR_FORMAT;
    int rc = oc_mp4_io_box(source, window, track->description_at[number - 1], source->size, &box);
    if (rc)
        return rc == OC_ERR_IO ? rc : OC_ERR_FORMAT;
    uint64_t len = box.end - box.at;
    rc = oc_mp4_io_lend(source, window, box.at, len < OC_MP4_WINDOW ? (uint32_t)len : OC_MP4_WINDOW,
                        &entry);
    if (rc)
        return rc;
    if (oc_sample_entry_read(entry, &read)) {
        track->track.omitted = oc_sample_entry_coding(entry);
        return OC_ERR_FORMAT;
    }
    if (track->in_force && oc_codec_is_video(read.codec) != oc_codec_is_video(track->track.codec))
        return OC_ERR_FORMAT;
    track->track = read;
    track->in_force = number;
    return OC_OK;
}

/* A track that is passed over: its coding is kept while no other of its kind can be read. */
static void pass_over(oc_mp4_moov_t *moov, const oc_mp4_track_t *t) {
    oc_track_t *kept = &moov->track[t->handler == T('s', 'o', 'u', 'n')].track;
    if (!t->handler || kept->codec || kept->omitted)
        return;
    kept->omitted = t->track.omitted ? t->track.omitted : T('?', '?', '?', '?');
}

/* Keeps the track if it is the first of its kind that can be read. */
static int read_trak(const moov_reader_t *m, const oc_mp4_box_t *box) {
    oc_mp4_track_t t;
    memset(&t, 0, sizeof t);
    int rc = read_inside(m, box, 0, &t);
    if (rc == OC_ERR_IO)
        return rc;
    if (rc || !t.track.timescale || t.track.timescale > INT32_MAX ||
        oc_mp4_moov_describe(m->source, m->window, &t, 1)) {
        pass_over(m->moov, &t); /* not one of ours */
        return OC_OK;
    }
    unsigned kind = oc_codec_is_video(t.track.codec) ? 0 : 1;
    if (!m->moov->track[kind].track.codec)
        m->moov->track[kind] = t;
    return OC_OK;
}

static int read_mvex(const moov_reader_t *m, const oc_mp4_box_t *mvex) {
    uint64_t at = mvex->body;
    oc_mp4_box_t box;
    oc_rd_t r;
    int rc;
    m->moov->fragmented = true;
    while ((rc = next_box(m, mvex, &at, &box)) == OC_OK) {
        if (box.type != T('t', 'r', 'e', 'x'))
            continue;
        rc = content(m, &box, 24, &r);
        if (rc)
            return rc;
        oc_rd_skip(&r, 4);
        uint32_t id = oc_rd_u32(&r);
        for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
            oc_mp4_track_t *t = &m->moov->track[i];
            oc_rd_t fields = r;
            if (!t->track.codec || t->id != id)
                continue;
            t->trex_description = oc_rd_u32(&fields);
            t->trex_duration = oc_rd_u32(&fields);
            t->trex_size = oc_rd_u32(&fields);
            t->trex_flags = oc_rd_u32(&fields);
        }
    }
    return rc == OC_END ? OC_OK : rc;
}

/* mvex comes behind the tracks it speaks of in every file seen; it is read in a pass of its own. */
static int read_moov(const moov_reader_t *m, const oc_mp4_box_t *moov) {
    oc_mp4_box_t box;
    unsigned traks = 0;
    int rc;
    for (unsigned pass = 0; pass < 2; pass++) {
        uint64_t at = moov->body;
        while ((rc = next_box(m, moov, &at, &box)) == OC_OK) {
            if (pass == 0 && box.type == T('m', 'v', 'h', 'd'))
                rc = read_mdhd(m, &box, &m->moov->timescale);
            else if (pass == 0 && box.type == T('t', 'r', 'a', 'k') && traks++ < TRAKS_MAX)
                rc = read_trak(m, &box);
            else if (pass == 1 && box.type == T('m', 'v', 'e', 'x'))
                rc = read_mvex(m, &box);
            if (rc)
                return rc;
        }
        if (rc != OC_END)
            return rc;
    }
    return OC_OK;
}

static int report(char *why, size_t why_size, int rc, const char *what, uint64_t at) {
    if (why && why_size)
        snprintf(why, why_size, "%s at offset %llu", what, (unsigned long long)at);
    return rc;
}

/* Names the tracks that cannot be read. */
static int report_unread(char *why, size_t why_size, const oc_mp4_moov_t *moov) {
    char video[8], audio[8];
    oc_coding_text(moov->track[0].track.omitted, video);
    oc_coding_text(moov->track[1].track.omitted, audio);
    if (why && why_size)
        snprintf(why, why_size, "no track that can be read%s%s%s%s", video[0] ? ": video " : "",
                 video, audio[0] ? ": audio " : "", audio);
    return OC_ERR_FORMAT;
}

int oc_mp4_moov_read(const oc_mp4_source_t *source, oc_mp4_window_t *window, oc_mp4_moov_t *out,
                     char *why, size_t why_size) {
    moov_reader_t m = {source, window, out};
    oc_mp4_box_t box = {0, 0, 0, 0};
    int rc;
    memset(out, 0, sizeof *out);
    for (uint64_t at = 0;; at = box.end) {
        rc = oc_mp4_io_box(source, window, at, source->size, &box);
        if (rc == OC_END)
            return report(why, why_size, OC_ERR_FORMAT,
                          "not an MP4 file, or an incomplete one: no moov box", at);
        if (rc == OC_ERR_TRUNC)
            return report(why, why_size, rc, "the file is incomplete: it ends inside the box", at);
        if (rc == OC_ERR_FORMAT)
            return report(why, why_size, rc, "no box", at);
        if (rc)
            return report(why, why_size, rc, "reading failed", at);
        if (box.type == T('m', 'o', 'o', 'v'))
            break;
    }
    out->end = box.end;
    rc = read_moov(&m, &box);
    if (rc)
        return report(why, why_size, rc == OC_ERR_IO ? rc : OC_ERR_FORMAT, "malformed moov box",
                      box.at);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        oc_mp4_track_t *t = &out->track[i];
        if (t->empty_edit && out->timescale && t->empty_edit <= INT64_MAX && t->track.codec)
            t->shift = oc_clock_add(t->shift, oc_clock_rescale((int64_t)t->empty_edit,
                                                               out->timescale, t->track.timescale));
    }
    if (!out->track[0].track.codec && !out->track[1].track.codec)
        return report_unread(why, why_size, out);
    return OC_OK;
}
