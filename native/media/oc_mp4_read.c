#include "oc_mp4_read.h"
#include <stdint.h>
#include <string.h>
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_mp4_frag.h"
#include "oc_mp4_moov.h"
#include "oc_mp4_plain.h"

#define US_PER_S 1000000u

/* Where a track stands: first in its sample tables, then in the fragments. */
typedef struct cursor {
    oc_mp4_plain_t plain;
    oc_mp4_frag_t frag;
    oc_mp4_sample_t head; /* the next sample, when have is OC_OK */
    uint32_t description; /* of head */
    int have;             /* OC_OK | OC_END | an error, which stays */
    bool in_fragments;
} cursor_t;

struct oc_mp4_read {
    oc_mp4_source_t source;
    oc_mp4_moov_t moov;
    cursor_t cursor[OC_TRACKS_MAX];
    oc_mp4_window_t file; /* boxes outside tracks */
    oc_mp4_window_t runs[OC_TRACKS_MAX];
    oc_mp4_window_t tables[OC_TRACKS_MAX][OC_MP4_WIN_COUNT];
};
_Static_assert(sizeof(struct oc_mp4_read) <= OC_MP4_READ_BYTES, "OC_MP4_READ_BYTES is too small");

/* Fetches the sample behind head into head. */
static void fetch(oc_mp4_read_t *r, unsigned t, cursor_t *c) {
    const oc_mp4_track_t *track = &r->moov.track[t];
    if (c->have)
        return;
    if (!c->in_fragments) {
        c->have = oc_mp4_plain_next(&c->plain, track, &r->source, r->tables[t], &c->head,
                                    &c->description);
        if (c->have == OC_ERR_TRUNC)
            c->have = OC_END;
        else if (c->have == OC_END && r->moov.fragmented) {
            c->in_fragments = true;
            oc_mp4_frag_start(&c->frag, r->moov.end, c->plain.dts, c->plain.last_dts);
            c->have = OC_OK;
        }
    }
    if (c->in_fragments && !c->have)
        c->have =
            oc_mp4_frag_next(&c->frag, track, &r->source, &r->runs[t], &c->head, &c->description);
    if (c->have == OC_ERR_TRUNC) /* a table or run that ends too early is malformed */
        c->have = OC_ERR_FORMAT;
    c->head.track = (uint8_t)t;
    if (track->track.codec != OC_CODEC_H264 && track->track.codec != OC_CODEC_H265)
        c->head.key = true; /* whatever the file says: any JPEG, any audio */
}

static void rewind_track(oc_mp4_read_t *r, unsigned t, cursor_t *c) {
    memset(c, 0, sizeof *c);
    oc_mp4_plain_start(&c->plain);
    if (!r->moov.track[t].track.codec)
        c->have = OC_END;
    fetch(r, t, c);
}

/* The description that head needs, if it is not in force. */
static int describe(oc_mp4_read_t *r, unsigned t, const cursor_t *c, bool *changed) {
    oc_mp4_track_t *track = &r->moov.track[t];
    *changed = false;
    if (c->description == track->in_force)
        return OC_OK;
    *changed = true;
    return oc_mp4_moov_describe(&r->source, &r->file, track, c->description);
}

/* No sample has come yet, as in an init segment alone: the description that the next one most
 * likely has. One that cannot be read is an error of that sample. */
static void describe_ahead(oc_mp4_read_t *r, unsigned t) {
    const cursor_t next = {.description = r->moov.track[t].trex_description};
    bool changed;
    (void)describe(r, t, &next, &changed);
}

int oc_mp4_read_open(oc_mp4_read_t **out, void *memory, const oc_mp4_source_t *source, char *why,
                     size_t why_size) {
    oc_mp4_read_t *r = (oc_mp4_read_t *)memory;
    if (why && why_size)
        why[0] = '\0';
    memset(r, 0, sizeof *r);
    r->source = *source;
    int rc = oc_mp4_moov_read(&r->source, &r->file, &r->moov, why, why_size);
    for (unsigned t = 0; t < OC_TRACKS_MAX && rc == OC_OK; t++) {
        bool changed;
        rewind_track(r, t, &r->cursor[t]);
        if (!r->cursor[t].have)
            rc = describe(r, t, &r->cursor[t], &changed);
        else if (r->cursor[t].have == OC_END && r->cursor[t].in_fragments)
            describe_ahead(r, t);
        else if (r->cursor[t].have < 0)
            rc = r->cursor[t].have;
    }
    if (rc == OC_OK)
        *out = r;
    else if (why && why_size && !why[0])
        strncat(why, "malformed first sample", why_size - 1);
    return rc;
}

const oc_track_t *oc_mp4_read_track(const oc_mp4_read_t *r, unsigned track) {
    return track < OC_TRACKS_MAX && r->moov.track[track].track.codec ? &r->moov.track[track].track
                                                                     : NULL;
}

uint32_t oc_mp4_read_omitted(const oc_mp4_read_t *r, unsigned track) {
    const oc_track_t *t = track < OC_TRACKS_MAX ? &r->moov.track[track].track : NULL;
    return t && !t->codec ? t->omitted : 0;
}

/* The track whose head comes first, OC_TRACKS_MAX when there is none. */
static unsigned first_track(const oc_mp4_read_t *r, const cursor_t *c) {
    if (c[0].have || c[1].have)
        return !c[0].have ? 0 : !c[1].have ? 1 : OC_TRACKS_MAX;
    return oc_clock_compare(c[1].head.dts, r->moov.track[1].track.timescale, c[0].head.dts,
                            r->moov.track[0].track.timescale) < 0;
}

int oc_mp4_read_next(oc_mp4_read_t *r, oc_mp4_sample_t *out) {
    unsigned t = first_track(r, r->cursor);
    if (t == OC_TRACKS_MAX || r->cursor[0].have < 0 || r->cursor[1].have < 0)
        return r->cursor[0].have < 0 ? r->cursor[0].have : r->cursor[1].have;
    cursor_t *c = &r->cursor[t];
    bool changed;
    int rc = describe(r, t, c, &changed);
    if (rc) {
        c->have = rc;
        return rc;
    }
    *out = c->head;
    out->new_config = changed;
    fetch(r, t, c);
    return OC_OK;
}

void oc_mp4_read_grow(oc_mp4_read_t *r, uint64_t size) {
    r->source.size = size;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        cursor_t *c = &r->cursor[t];
        if (c->have != OC_END || !c->in_fragments)
            continue;
        c->have = OC_OK;
        fetch(r, t, c);
    }
}

/* Puts the cursor of a track before its last key sample with pts <= time_us. */
static int seek_key(oc_mp4_read_t *r, unsigned t, int64_t time_us) {
    uint32_t scale = r->moov.track[t].track.timescale;
    cursor_t at, *best = &r->cursor[t];
    rewind_track(r, t, &at);
    *best = at;
    while (!at.have) {
        if (at.head.key) {
            if (oc_clock_compare(oc_clock_add(at.head.dts, at.head.cts), scale, time_us, US_PER_S) >
                0)
                break;
            *best = at;
        }
        fetch(r, t, &at);
    }
    return at.have < 0 ? at.have : OC_OK;
}

int oc_mp4_read_seek(oc_mp4_read_t *r, int64_t time_us) {
    const oc_mp4_track_t *tracks = r->moov.track;
    unsigned lead = tracks[0].track.codec ? 0 : 1;
    int rc = seek_key(r, lead, time_us);
    if (rc || lead == 1 || !tracks[1].track.codec)
        return rc;
    cursor_t *audio = &r->cursor[1];
    const cursor_t *video = &r->cursor[0];
    bool first = oc_clock_compare(oc_clock_add(video->head.dts, video->head.cts),
                                  tracks[0].track.timescale, time_us, US_PER_S) > 0;
    rewind_track(r, 1, audio);
    /* before the first key sample everything plays from the start, also audio ahead of video */
    while (!first && !audio->have && !video->have &&
           oc_clock_compare(audio->head.dts, tracks[1].track.timescale, video->head.dts,
                            tracks[0].track.timescale) < 0)
        fetch(r, 1, audio);
    return audio->have < 0 ? audio->have : OC_OK;
}

/* Adds one sample to what is known; gop_bytes and gop_start belong to the GOP under way,
 * first_us to the first one of all. */
static void count_sample(const oc_mp4_read_t *r, const oc_mp4_sample_t *s, unsigned lead,
                         uint64_t *gop_bytes, int64_t *gop_start, int64_t *first_us,
                         oc_mp4_info_t *out) {
    uint32_t scale = r->moov.track[s->track].track.timescale;
    int64_t end = oc_clock_add(s->dts, s->duration);
    if (s->track == lead && s->key && out->samples[lead]) {
        *gop_bytes = 0;
        *gop_start = s->dts;
    } else if (s->track == lead && !out->samples[lead]) {
        *gop_start = s->dts;
    }
    out->samples[s->track]++;
    if (end > out->end_dts[s->track])
        out->end_dts[s->track] = end;
    int64_t end_us = oc_clock_rescale(end, scale, US_PER_S);
    if (end_us > out->duration_us)
        out->duration_us = end_us;
    int64_t start_us = oc_clock_rescale(s->dts, scale, US_PER_S); /* samples come by time */
    if (out->samples[0] + out->samples[1] == 1)
        *first_us = start_us > -INT64_MAX ? start_us : -INT64_MAX;
    out->length_us = oc_clock_add(out->duration_us, -*first_us);
    *gop_bytes += s->len_bytes;
    if (*gop_bytes > out->max_gop_bytes)
        out->max_gop_bytes = *gop_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)*gop_bytes;
    if (s->track != lead)
        return;
    uint64_t ticks = (uint64_t)end - (uint64_t)*gop_start;
    int64_t ms = ticks > INT64_MAX ? INT64_MAX : oc_clock_rescale((int64_t)ticks, scale, 1000);
    if (ms > (int64_t)out->max_gop_ms)
        out->max_gop_ms = ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

/* bytes * 8 / duration without leaving 64 bits. */
static uint32_t bitrate(uint64_t bytes, int64_t duration_us) {
    if (duration_us <= 0 || bytes > INT64_MAX / 8)
        return 0;
    int64_t ms = duration_us / 1000 > 0 ? duration_us / 1000 : 1;
    int64_t bits = (int64_t)bytes * 8;
    int64_t bps = bits / ms > UINT32_MAX ? UINT32_MAX : bits / ms * 1000 + bits % ms * 1000 / ms;
    return bps > UINT32_MAX ? UINT32_MAX : (uint32_t)bps;
}

int oc_mp4_read_info(oc_mp4_read_t *r, oc_mp4_info_t *out) {
    const oc_mp4_track_t *tracks = r->moov.track;
    unsigned lead = tracks[0].track.codec ? 0 : 1;
    cursor_t c[OC_TRACKS_MAX];
    uint64_t bytes = 0, gop_bytes = 0;
    int64_t gop_start = 0, first_us = 0;
    memset(out, 0, sizeof *out);
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        rewind_track(r, t, &c[t]);
    for (unsigned t; (t = first_track(r, c)) < OC_TRACKS_MAX; fetch(r, t, &c[t])) {
        count_sample(r, &c[t].head, lead, &gop_bytes, &gop_start, &first_us, out);
        bytes += c[t].head.len_bytes;
    }
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        if (c[t].have < 0)
            return c[t].have;
    }
    out->bitrate_bps = bitrate(bytes, out->length_us);
    out->fragmented = r->moov.fragmented;
    out->valid_bytes = r->source.size;
    if (out->fragmented) {
        int rc = oc_mp4_frag_valid(&r->source, &r->file, r->moov.end, &out->valid_bytes,
                                   &out->fragments);
        if (rc)
            return rc;
        out->torn = out->valid_bytes != r->source.size;
        return OC_OK;
    }
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        out->torn |= tracks[t].track.codec && c[t].plain.sample < tracks[t].stsz.count;
    return OC_OK;
}
