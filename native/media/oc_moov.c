#include "oc_moov.h"
#include "oc_box.h"
#include "oc_sample_entry.h"

#define MOVIE_TIMESCALE 1000   /* nothing is expressed in it: durations are unknown */
#define UNDETERMINED    0x55C4 /* language "und", 8.4.2.3 */

static void write_ftyp(oc_wr_t *w) {
    size_t box = oc_box_begin(w, "ftyp");
    oc_wr_bytes(w, "iso6", 4); /* the first brand with default-base-is-moof and tfdt */
    oc_wr_u32(w, 0);
    oc_wr_bytes(w, "iso6cmfcmp41", 12);
    oc_box_end(w, box);
}

/* 8.3.2: a, b, u, c, d, v, x, y, w: turned clockwise and moved back to where x and y are not
 * negative. */
static void write_matrix(oc_wr_t *w, const oc_track_t *t) {
    uint32_t one = 0x10000, minus = 0u - one, degrees = t ? t->rotation : 0;
    uint32_t a = degrees == 0 ? one : degrees == 180 ? minus : 0;
    uint32_t b = degrees == 90 ? one : degrees == 270 ? minus : 0;
    uint32_t x = degrees == 90 ? t->height : degrees == 180 ? t->width : 0;
    uint32_t y = degrees == 180 ? t->height : degrees == 270 ? t->width : 0;
    const uint32_t matrix[9] = {a, b, 0, 0u - b, a, 0, x << 16, y << 16, 0x40000000};
    for (unsigned i = 0; i < 9; i++)
        oc_wr_u32(w, matrix[i]);
}

static void write_mvhd(oc_wr_t *w) {
    size_t box = oc_box_begin_full(w, "mvhd", 0);
    oc_wr_zero(w, 8); /* creation, modification: the same input gives the same bytes */
    oc_wr_u32(w, MOVIE_TIMESCALE);
    oc_wr_u32(w, 0);
    oc_wr_u32(w, 0x00010000); /* rate */
    oc_wr_u16(w, 0x0100);     /* volume */
    oc_wr_zero(w, 10);
    write_matrix(w, NULL);
    oc_wr_zero(w, 24);
    oc_wr_u32(w, OC_TRACKS_MAX + 1); /* next_track_ID */
    oc_box_end(w, box);
}

static void write_tkhd(oc_wr_t *w, const oc_track_t *t, unsigned id) {
    size_t box = oc_box_begin_full(w, "tkhd", 3); /* enabled, in movie */
    oc_wr_zero(w, 8);
    oc_wr_u32(w, id);
    oc_wr_zero(w, 4 + 4 + 8);
    oc_wr_u16(w, 0);                                       /* layer */
    oc_wr_u16(w, oc_codec_is_audio(t->codec) ? 1 : 0);     /* alternate_group */
    oc_wr_u16(w, oc_codec_is_audio(t->codec) ? 0x100 : 0); /* volume */
    oc_wr_u16(w, 0);
    write_matrix(w, t);
    oc_wr_u32(w, (uint32_t)t->width << 16);
    oc_wr_u32(w, (uint32_t)t->height << 16);
    oc_box_end(w, box);
}

static void write_hdlr(oc_wr_t *w, bool audio) {
    size_t box = oc_box_begin_full(w, "hdlr", 0);
    oc_wr_u32(w, 0);
    oc_wr_bytes(w, audio ? "soun" : "vide", 4);
    oc_wr_zero(w, 12);
    oc_wr_bytes(w, audio ? "Sound" : "Video", 6);
    oc_box_end(w, box);
}

/* A table without entries. */
static void write_empty(oc_wr_t *w, const char type[4], size_t zeros) {
    size_t box = oc_box_begin_full(w, type, 0);
    oc_wr_zero(w, zeros);
    oc_box_end(w, box);
}

static void write_stbl(oc_wr_t *w, const oc_track_t *t) {
    size_t stbl = oc_box_begin(w, "stbl");
    size_t stsd = oc_box_begin_full(w, "stsd", 0);
    oc_wr_u32(w, 1);
    oc_sample_entry_write(w, t);
    oc_box_end(w, stsd);
    write_empty(w, "stts", 4);
    write_empty(w, "stsc", 4);
    write_empty(w, "stsz", 8);
    write_empty(w, "stco", 4);
    oc_box_end(w, stbl);
}

static void write_minf(oc_wr_t *w, const oc_track_t *t) {
    bool audio = oc_codec_is_audio(t->codec);
    size_t minf = oc_box_begin(w, "minf");
    size_t head = oc_box_begin_full(w, audio ? "smhd" : "vmhd", audio ? 0 : 1);
    oc_wr_zero(w, audio ? 4 : 8);
    oc_box_end(w, head);
    size_t dinf = oc_box_begin(w, "dinf");
    size_t dref = oc_box_begin_full(w, "dref", 0);
    oc_wr_u32(w, 1);
    oc_box_end(w, oc_box_begin_full(w, "url ", 1)); /* the data is in this file */
    oc_box_end(w, dref);
    oc_box_end(w, dinf);
    write_stbl(w, t);
    oc_box_end(w, minf);
}

static void write_trak(oc_wr_t *w, const oc_track_t *t, unsigned id) {
    size_t trak = oc_box_begin(w, "trak");
    write_tkhd(w, t, id);
    size_t mdia = oc_box_begin(w, "mdia");
    size_t mdhd = oc_box_begin_full(w, "mdhd", 0);
    oc_wr_zero(w, 8);
    oc_wr_u32(w, t->timescale);
    oc_wr_u32(w, 0);
    oc_wr_u16(w, UNDETERMINED);
    oc_wr_u16(w, 0);
    oc_box_end(w, mdhd);
    write_hdlr(w, oc_codec_is_audio(t->codec));
    write_minf(w, t);
    oc_box_end(w, mdia);
    oc_box_end(w, trak);
}

static void write_mvex(oc_wr_t *w, const oc_track_t *track) {
    size_t mvex = oc_box_begin(w, "mvex");
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (!track[i].codec)
            continue;
        size_t trex = oc_box_begin_full(w, "trex", 0);
        oc_wr_u32(w, i + 1);
        oc_wr_u32(w, 1); /* default_sample_description_index */
        oc_wr_u32(w, 0);
        oc_wr_u32(w, 0);
        oc_wr_u32(w, oc_moov_default_flags(&track[i]));
        oc_box_end(w, trex);
    }
    oc_box_end(w, mvex);
}

void oc_moov_write(oc_wr_t *w, const oc_track_t *track) {
    write_ftyp(w);
    size_t moov = oc_box_begin(w, "moov");
    write_mvhd(w);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (track[i].codec)
            write_trak(w, &track[i], i + 1);
    }
    write_mvex(w, track);
    oc_box_end(w, moov);
}
