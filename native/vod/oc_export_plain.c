/* The head of a plain MP4: the init segment's boxes with lengths and tables filled in. Two walks
 * over the headers of all fragments for each track: the first counts, so that every table has its
 * place; the second writes them, each through a small buffer. ISO/IEC 14496-12 8.2 - 8.7. */
#include "oc_box.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_export_impl.h"

#define BUFFER     1024u /* bytes of each table on its way to the spool */
#define BOX_HEAD   8u
#define FULL       12u /* a box with version and flags */
#define MDAT_HEAD  16u
#define SCALE_MAX  0x7FFFFFFFu
#define ELST_BYTES (8u + 16u + 2u * 20u) /* edts with two edits of 64 bits */

#define TYPE(text) OC_BOX_TYPE((text)[0], (text)[1], (text)[2], (text)[3])

enum { STTS, CTTS, STSC, STSZ, CO64, STSS, TABLES };
static const char names[TABLES][5] = {"stts", "ctts", "stsc", "stsz", "co64", "stss"};
static const uint8_t entry_bytes[TABLES] = {8, 8, 12, 4, 8, 4};

/* A table: counted, then written. */
typedef struct table {
    uint64_t at;    /* of its next byte in the spool */
    uint32_t count; /* entries */
    uint32_t len;   /* bytes in buffer */
    uint8_t buffer[BUFFER];
} table_t;

typedef struct run {
    uint32_t count, value; /* so many times this one; count 0: none yet */
} run_t;

/* A walk over the samples of one track, of all files. */
typedef struct tables {
    oc_export_t *plan;
    oc_vod_file_t *file;
    unsigned track;
    bool writes;
    bool unkept;          /* the spool failed */
    bool composed, mixed; /* some sample has a composition offset; some is no key frame */
    table_t table[TABLES];
    uint32_t samples, chunks;
    run_t delta, cts, chunk; /* under way; chunk: samples of chunks, value: of its first */
    uint32_t chunk_samples;  /* of the chunk under way */
    uint64_t chunk_end;      /* in the MP4 */
    int64_t first_dts, last_dts;
    uint32_t last_duration;
} tables_t;

typedef struct head {
    oc_export_t *plan;
    uint64_t at;    /* of the next byte */
    bool counts;    /* nothing is written */
    uint32_t scale; /* of the movie */
    tables_t *tables[OC_TRACKS_MAX];
    unsigned track; /* of the trak in hand */
    int rc;
} head_t;

/* ---- tables ---- */

static bool has_table(const tables_t *t, unsigned which) {
    return which == CTTS ? t->composed : which == STSS ? t->mixed : true;
}

static int flush(tables_t *t, table_t *table) {
    const oc_export_spool_t *spool = &t->plan->config.spool;
    int rc =
        table->len ? spool->write_at(spool->context, table->at, table->buffer, table->len) : OC_OK;
    table->at += table->len;
    table->len = 0;
    t->unkept |= rc != OC_OK;
    return rc;
}

/* One entry of up to three numbers. */
static int add(tables_t *t, unsigned which, const uint64_t *numbers) {
    table_t *table = &t->table[which];
    if (!t->writes) {
        table->count++;
        return OC_OK;
    }
    if (!has_table(t, which))
        return OC_OK;
    int rc = table->len + entry_bytes[which] > BUFFER ? flush(t, table) : OC_OK;
    unsigned width = which == CO64 ? 8 : 4;
    oc_wr_t w = oc_wr(table->buffer + table->len, BUFFER - table->len);
    for (unsigned i = 0; i < entry_bytes[which] / width; i++)
        oc_wr_be(&w, numbers[i], width);
    table->len += entry_bytes[which];
    return rc;
}

/* Adds to a run; one of another value is written first. */
static int add_run(tables_t *t, unsigned which, run_t *run, uint32_t value) {
    int rc = OC_OK;
    if (run->count > 0 && run->value != value) {
        rc = add(t, which, (uint64_t[]){run->count, run->value});
        run->count = 0;
    }
    run->value = value;
    run->count++;
    return rc;
}

static int end_chunk(tables_t *t) {
    if (t->chunk_samples == 0)
        return OC_OK;
    int rc = t->chunk.count == 0 || t->chunk.value != t->chunk_samples
                 ? add(t, STSC, (uint64_t[]){t->chunks, t->chunk_samples, 1})
                 : OC_OK;
    t->chunk = (run_t){1, t->chunk_samples};
    t->chunk_samples = 0;
    return rc;
}

static int add_delta(tables_t *t, int64_t until) {
    int64_t delta = until - t->last_dts;
    if (delta < 0 || delta > UINT32_MAX)
        return OC_ERR_FORMAT;
    return add_run(t, STTS, &t->delta, (uint32_t)delta);
}

/* out: where its bytes are, from the first piece of a file on; begins: its fragment does. */
static int add_sample(tables_t *t, const oc_mp4_sample_t *sample, uint64_t out, bool begins) {
    int rc = OC_OK;
    if (begins || out != t->chunk_end) {
        rc = end_chunk(t);
        t->chunks++;
        if (rc == OC_OK)
            rc = add(t, CO64, &out);
    }
    if (rc == OC_OK)
        rc = t->samples > 0 ? add_delta(t, sample->dts) : OC_OK;
    if (t->samples == 0)
        t->first_dts = sample->dts;
    t->samples++;
    t->chunk_samples++;
    t->chunk_end = out + sample->len_bytes;
    t->last_dts = sample->dts;
    t->last_duration = sample->duration;
    t->composed |= sample->cts != 0;
    t->mixed |= !sample->key;
    if (rc == OC_OK)
        rc = add_run(t, CTTS, &t->cts, (uint32_t)sample->cts);
    if (rc == OC_OK)
        rc = add(t, STSZ, &(uint64_t){sample->len_bytes});
    if (rc == OC_OK && sample->key)
        rc = add(t, STSS, &(uint64_t){t->samples});
    return t->samples == UINT32_MAX ? OC_ERR_TOO_BIG : rc;
}

/* The samples of one piece. */
static int walk_piece(tables_t *t, uint32_t index) {
    const oc_export_piece_t *piece = &t->plan->piece[index];
    uint64_t end = index + 1 < t->plan->pieces ? piece[1].out : t->plan->bytes, moof = 0;
    const oc_mp4_track_t *track = &t->plan->track[t->track];
    oc_mp4_source_t source = t->file->source;
    uint32_t skip = index == 1 ? t->plan->skip[t->track] : 0, description;
    oc_mp4_frag_t at;
    oc_mp4_sample_t sample;
    int rc;
    source.size = piece->at + (end - piece->out);
    oc_mp4_frag_start(&at, piece->at, 0, INT64_MIN);
    while ((rc = oc_mp4_frag_next(&at, track, &source, &t->file->window, &sample, &description)) ==
           OC_OK) {
        if (skip > 0) {
            skip--;
            continue;
        }
        sample.dts += piece->shift * oc_export_ticks(t->plan, t->track);
        sample.key |= t->track == 1 || track->track.codec == OC_CODEC_MJPEG;
        rc = add_sample(t, &sample, piece->out + (sample.offset - piece->at), at.moof != moof);
        if (rc != OC_OK)
            return rc;
        moof = at.moof;
    }
    if (rc == OC_END) /* a piece has whole fragments, so it is not torn */
        return at.next < source.size ? OC_ERR_FORMAT : OC_OK;
    return rc == OC_ERR_TRUNC ? OC_ERR_FORMAT : rc;
}

/* All samples of the track. */
static int walk_all(tables_t *t) {
    int rc = OC_OK;
    t->samples = t->chunks = t->chunk_samples = 0;
    t->delta = t->cts = t->chunk = (run_t){0};
    t->chunk_end = UINT64_MAX;
    for (uint32_t i = 1; i < t->plan->pieces && rc == OC_OK; i++) {
        rc = oc_vod_file_open(t->file, t->plan->span, t->plan->piece[i].file);
        if (rc == OC_OK)
            rc = walk_piece(t, i);
        oc_vod_file_close(t->file);
        if (rc != OC_OK && rc != OC_ERR_TOO_BIG && !t->unkept)
            t->plan->failed = t->plan->piece[i].file + 1;
    }
    if (rc == OC_OK && t->samples > 0)
        rc = add_delta(t, t->last_dts + t->last_duration);
    if (rc == OC_OK && t->samples > 0)
        rc = add(t, STTS, (uint64_t[]){t->delta.count, t->delta.value});
    if (rc == OC_OK && t->samples > 0)
        rc = add(t, CTTS, (uint64_t[]){t->cts.count, t->cts.value});
    if (rc == OC_OK)
        rc = end_chunk(t);
    for (unsigned i = 0; i < TABLES && rc == OC_OK && t->writes; i++)
        rc = flush(t, &t->table[i]);
    return rc;
}

/* ---- boxes ---- */

static void put(head_t *head, const void *data, size_t len) {
    const oc_export_spool_t *spool = &head->plan->config.spool;
    if (!head->counts && head->rc == OC_OK && len > 0)
        head->rc = spool->write_at(spool->context, head->at, data, len);
    head->at += len;
}

static void put_table(head_t *head, tables_t *t, unsigned which) {
    table_t *table = &t->table[which];
    uint8_t bytes[FULL + 8];
    oc_wr_t w = oc_wr(bytes, sizeof bytes);
    uint32_t fixed = which == STSZ ? 4 : 0;
    uint64_t size = (uint64_t)table->count * entry_bytes[which];
    if (size > UINT32_MAX - sizeof bytes) {
        head->rc = OC_ERR_TOO_BIG;
        return;
    }
    oc_wr_u32(&w, (uint32_t)(FULL + 4 + fixed + size));
    oc_wr_bytes(&w, names[which], 4);
    oc_wr_u32(&w, which == CTTS ? 0x01000000u : 0); /* signed offsets */
    oc_wr_zero(&w, fixed);
    oc_wr_u32(&w, table->count);
    put(head, bytes, oc_wr_len(&w));
    table->at = head->at;
    head->at += size;
}

/* Length of a track in ticks of the movie, its beginning included. */
static uint64_t movie_ticks(const head_t *head, unsigned track) {
    const oc_export_t *plan = head->plan;
    return (uint64_t)oc_clock_rescale(plan->end_dts[track], plan->track[track].track.timescale,
                                      head->scale);
}

/* mvhd, tkhd and mdhd with times of 64 bits; the rest as it was. before: bytes behind the times and
 * in front of the duration, of which the first 4 are `first`. */
static void put_long(head_t *head, oc_span_t box, uint32_t first, uint32_t before,
                     uint64_t duration) {
    uint8_t bytes[160];
    oc_wr_t w = oc_wr(bytes, sizeof bytes);
    size_t rest = FULL + 8 + before + 4; /* of version 0 */
    if (box.len < rest || box.data[8] != 0) {
        head->rc = OC_ERR_FORMAT;
        return;
    }
    oc_wr_u32(&w, (uint32_t)box.len + 12);
    oc_wr_bytes(&w, box.data + 4, 4);
    oc_wr_u8(&w, 1);
    oc_wr_bytes(&w, box.data + 9, 3);
    oc_wr_zero(&w, 16);
    oc_wr_u32(&w, first);
    oc_wr_zero(&w, before - 4);
    oc_wr_u64(&w, duration);
    oc_wr_bytes(&w, box.data + rest, box.len - rest);
    head->rc = w.bad ? OC_ERR_FORMAT : head->rc;
    put(head, bytes, oc_wr_len(&w));
}

/* A track that begins later than time 0 has an empty edit in front. */
static void put_edits(head_t *head) {
    const oc_export_t *plan = head->plan;
    const tables_t *t = head->tables[head->track];
    uint8_t bytes[ELST_BYTES];
    oc_wr_t w = oc_wr(bytes, sizeof bytes);
    uint32_t scale = plan->track[head->track].track.timescale;
    if (t->samples == 0 || t->first_dts <= 0)
        return;
    uint64_t empty = (uint64_t)oc_clock_rescale(t->first_dts, scale, head->scale);
    size_t edts = oc_box_begin(&w, "edts"), elst = oc_box_begin_full(&w, "elst", 0x01000000u);
    oc_wr_u32(&w, 2);
    oc_wr_u64(&w, empty);
    oc_wr_u64(&w, UINT64_MAX); /* -1: nothing */
    oc_wr_u32(&w, 0x00010000);
    oc_wr_u64(&w, movie_ticks(head, head->track) - empty);
    oc_wr_u64(&w, 0);
    oc_wr_u32(&w, 0x00010000);
    oc_box_end(&w, elst);
    oc_box_end(&w, edts);
    put(head, bytes, oc_wr_len(&w));
}

static void put_boxes(head_t *head, oc_span_t boxes);

/* A container: its size is counted first. */
static void put_container(head_t *head, oc_span_t box) {
    uint64_t at = head->at;
    bool counts = head->counts;
    uint8_t size[BOX_HEAD];
    oc_span_t inside = oc_span_sub(box, BOX_HEAD, box.len - BOX_HEAD);
    unsigned track = head->track;
    head->counts = true;
    head->at += BOX_HEAD;
    put_boxes(head, inside);
    uint64_t len = head->at - at;
    oc_wr_t w = oc_wr(size, sizeof size);
    oc_wr_u32(&w, (uint32_t)len);
    oc_wr_bytes(&w, box.data + 4, 4);
    head->rc = len > UINT32_MAX ? OC_ERR_TOO_BIG : head->rc;
    head->counts = counts;
    head->track = track;
    if (counts)
        return;
    head->at = at;
    put(head, size, sizeof size);
    put_boxes(head, inside);
}

static void put_tkhd(head_t *head, oc_span_t box) {
    const oc_export_t *plan = head->plan;
    uint32_t id = 0;
    if (box.len >= FULL + 12) {
        oc_rd_t r = oc_rd(oc_span_sub(box, FULL + 8, 4));
        id = oc_rd_u32(&r);
    }
    head->track = plan->track[0].track.codec && plan->track[0].id == id ? 0 : 1;
    if (!plan->track[head->track].track.codec || plan->track[head->track].id != id)
        head->rc = OC_ERR_FORMAT; /* a track that is not ours */
    if (head->rc != OC_OK)
        return;
    put_long(head, box, id, 8, movie_ticks(head, head->track));
    put_edits(head);
}

static void put_stbl(head_t *head, oc_span_t box) {
    put(head, box.data, box.len); /* stsd */
    for (unsigned i = 0; i < TABLES; i++)
        if (has_table(head->tables[head->track], i))
            put_table(head, head->tables[head->track], i);
}

static void put_box(head_t *head, oc_span_t box, uint32_t type) {
    const oc_export_t *plan = head->plan;
    uint64_t duration = 0;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        if (plan->track[t].track.codec && movie_ticks(head, t) > duration)
            duration = movie_ticks(head, t);
    if (type == TYPE("moov") || type == TYPE("trak") || type == TYPE("mdia") ||
        type == TYPE("minf") || type == TYPE("stbl"))
        put_container(head, box);
    else if (!plan->track[head->track].track.codec &&
             (type == TYPE("mdhd") || type == TYPE("stsd")))
        head->rc = OC_ERR_FORMAT; /* of no track that is ours */
    else if (type == TYPE("mvhd"))
        put_long(head, box, head->scale, 4, duration);
    else if (type == TYPE("tkhd"))
        put_tkhd(head, box);
    else if (type == TYPE("mdhd"))
        put_long(head, box, plan->track[head->track].track.timescale, 4,
                 (uint64_t)plan->end_dts[head->track]);
    else if (type == TYPE("stsd"))
        put_stbl(head, box);
    else if (type == TYPE("hdlr") || type == TYPE("vmhd") || type == TYPE("smhd") ||
             type == TYPE("dinf"))
        put(head, box.data, box.len);
    /* mvex, and the tables without entries, stay out */
}

static void put_boxes(head_t *head, oc_span_t boxes) {
    while (boxes.len >= BOX_HEAD && head->rc == OC_OK) {
        oc_rd_t r = oc_rd(boxes);
        uint32_t size = oc_rd_u32(&r), type = oc_rd_u32(&r);
        if (size < BOX_HEAD || size > boxes.len) {
            head->rc = OC_ERR_FORMAT;
            return;
        }
        put_box(head, oc_span_sub(boxes, 0, size), type);
        boxes = oc_span_sub(boxes, size, boxes.len - size);
    }
}

static void put_all(head_t *head, uint64_t media_bytes) {
    static const uint8_t ftyp[] = {0,   0,   0,   28,  'f', 't', 'y', 'p', 'i', 's',
                                   'o', 'm', 0,   0,   2,   0,   'i', 's', 'o', 'm',
                                   'i', 's', 'o', '2', 'm', 'p', '4', '1'};
    uint8_t mdat[MDAT_HEAD];
    oc_wr_t w = oc_wr(mdat, sizeof mdat);
    put(head, ftyp, sizeof ftyp);
    put_boxes(head, oc_span(head->plan->head, head->plan->init_len));
    oc_wr_u32(&w, 1); /* 64 bits follow */
    oc_wr_bytes(&w, "mdat", 4);
    oc_wr_u64(&w, media_bytes + MDAT_HEAD);
    put(head, mdat, sizeof mdat);
}

/* ---- the whole ---- */

/* Ticks of a second of which both tracks have whole ones. */
static uint32_t movie_scale(const oc_export_t *plan) {
    uint64_t a = plan->track[0].track.codec ? plan->track[0].track.timescale : 1;
    uint64_t b = plan->track[1].track.codec ? plan->track[1].track.timescale : 1;
    uint64_t scale = a == 1 || b == 1 ? a * b : a / plan->steps * b;
    return scale <= SCALE_MAX ? (uint32_t)scale : plan->track[plan->lead].track.timescale;
}

static int fill(oc_export_t *plan, head_t *head) {
    uint64_t media = plan->bytes;
    head->counts = true;
    put_all(head, media);
    uint64_t len = head->at;
    for (uint32_t i = 1; i < plan->pieces; i++)
        plan->piece[i].out += len;
    plan->bytes += len;
    plan->piece[0] = (oc_export_piece_t){.kind = OC_EXPORT_SPOOL};
    head->counts = false;
    head->at = 0;
    put_all(head, media);
    int rc = head->rc;
    for (unsigned t = 0; t < OC_TRACKS_MAX && rc == OC_OK; t++) {
        head->tables[t]->writes = true;
        rc = plan->track[t].track.codec ? walk_all(head->tables[t]) : OC_OK;
    }
    return rc;
}

int oc_export_plain(oc_export_t *plan, oc_vod_file_t *file) {
    tables_t tables[OC_TRACKS_MAX];
    head_t head = {.plan = plan, .scale = movie_scale(plan)};
    int rc = OC_OK;
    memset(tables, 0, sizeof tables);
    for (unsigned t = 0; t < OC_TRACKS_MAX && rc == OC_OK; t++) {
        head.tables[t] = &tables[t];
        tables[t].plan = plan;
        tables[t].file = file;
        tables[t].track = t;
        rc = plan->track[t].track.codec ? walk_all(&tables[t]) : OC_OK;
    }
    return rc == OC_OK ? fill(plan, &head) : rc;
}
