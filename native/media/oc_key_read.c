#include "oc_key_read.h"

#include "oc_box.h"
#include "oc_clock.h"
#include "oc_err.h"

#define SIDX       OC_BOX_TYPE('s', 'i', 'd', 'x')
#define MOOF       OC_BOX_TYPE('m', 'o', 'o', 'f')
#define MDAT       OC_BOX_TYPE('m', 'd', 'a', 't')
#define MFRA       OC_BOX_TYPE('m', 'f', 'r', 'a')
#define FREE       OC_BOX_TYPE('f', 'r', 'e', 'e')
#define HEAD_BYTES 32 /* of a sidx of version 1 behind its box header, entries excluded */

/* What a sidx says before its entries. */
typedef struct index_head {
    uint32_t timescale, entries;
    uint64_t first;  /* ticks: time of the first entry */
    uint64_t offset; /* bytes from the end of the box to the first entry */
    uint64_t at;     /* of the entries in the file */
} index_head_t;

/* ISO/IEC 14496-12 8.16.3. OC_OK | OC_ERR_FORMAT it is not for this track | OC_ERR_IO. */
static int index_head(oc_key_read_t *read, const oc_mp4_source_t *source, const oc_mp4_box_t *box,
                      index_head_t *out) {
    uint64_t left = box->end - box->body;
    oc_span_t bytes;
    int rc = oc_mp4_io_lend(source, &read->window, box->body,
                            left < HEAD_BYTES ? (uint32_t)left : HEAD_BYTES, &bytes);
    if (rc)
        return rc == OC_ERR_IO ? rc : OC_ERR_FORMAT;
    oc_rd_t r = oc_rd(bytes);
    unsigned wide = oc_rd_u32(&r) >> 24 ? 8 : 4;
    uint32_t id = oc_rd_u32(&r);
    out->timescale = oc_rd_u32(&r);
    out->first = oc_rd_be(&r, wide);
    out->offset = oc_rd_be(&r, wide);
    out->entries = oc_rd_u32(&r) & 0xFFFF;
    out->at = box->body + 16 + 2 * wide;
    if (r.bad || id != read->moov.track[read->lead].id || !out->timescale || !out->entries ||
        out->first > INT64_MAX / 2 || out->offset > source->size ||
        out->entries > (box->end - out->at) / 12)
        return OC_ERR_FORMAT;
    return OC_OK;
}

/* Passes over what fills the place of the index: boxes `free` that are no check box
 * (oc_fragment_check.h). OC_OK | OC_ERR_FORMAT | OC_ERR_IO. */
static int past_filler(oc_key_read_t *read, const oc_mp4_source_t *source, uint64_t *at) {
    for (;;) {
        oc_mp4_box_t box;
        oc_span_t bytes = {0};
        int rc = oc_mp4_io_box(source, &read->window, *at, source->size, &box);
        if (rc == OC_OK && box.type == FREE && box.end - box.body >= 4)
            rc = oc_mp4_io_lend(source, &read->window, box.body, 4, &bytes);
        if (rc)
            return rc == OC_ERR_IO ? rc : OC_ERR_FORMAT;
        if (box.type != FREE || (bytes.len == 4 && memcmp(bytes.data, "OCck", 4) == 0))
            return OC_OK;
        *at = box.end;
    }
}

/* Fills the table from the entries. OC_OK | OC_ERR_FORMAT | OC_ERR_IO. */
static int index_entries(oc_key_read_t *read, const oc_mp4_source_t *source,
                         const index_head_t *head, uint64_t at) {
    int64_t ticks = (int64_t)head->first;
    oc_span_t bytes;
    uint64_t first = at;
    int found = past_filler(read, source, &first);
    if (found)
        return found;
    for (uint32_t i = 0; i < head->entries; i++) {
        int rc = oc_mp4_io_lend(source, &read->window, head->at + 12 * (uint64_t)i, 12, &bytes);
        if (rc)
            return rc == OC_ERR_IO ? rc : OC_ERR_FORMAT;
        oc_rd_t r = oc_rd(bytes);
        uint32_t size = oc_rd_u32(&r), duration = oc_rd_u32(&r), sap = oc_rd_u32(&r);
        if (size >> 31 || !size || !(sap >> 31) || size > source->size - at)
            return OC_ERR_FORMAT; /* an index of indexes, or a piece without a key frame */
        rc = oc_key_table_append(&read->table,
                                 (uint64_t)oc_clock_rescale(ticks, head->timescale, 1000),
                                 i == 0 ? first : at);
        if (rc < 0)
            return OC_ERR_FORMAT;
        ticks = oc_clock_add(ticks, duration);
        at += size;
    }
    read->end_ms = oc_clock_rescale(ticks, head->timescale, 1000);
    read->read_bytes = at;
    return OC_OK;
}

/* Behind the entries: nothing, or the other index. *whole: so it is. OC_OK | OC_ERR_IO. */
static int index_covers(oc_key_read_t *read, const oc_mp4_source_t *source, bool *whole) {
    oc_mp4_box_t box;
    int rc = oc_mp4_io_box(source, &read->window, read->read_bytes, source->size, &box);
    *whole = rc == OC_END || (rc == OC_OK && box.type == MFRA && box.end == source->size);
    return rc == OC_ERR_IO ? rc : OC_OK;
}

/* Looks for a sidx in front of the first fragment. OC_OK | OC_ERR_IO. */
static int read_index(oc_key_read_t *read, const oc_mp4_source_t *source) {
    oc_mp4_box_t box;
    index_head_t head;
    bool whole = false;
    int rc = oc_mp4_io_box(source, &read->window, read->moov.end, source->size, &box);
    while (rc == OC_OK && box.type != SIDX && box.type != MOOF && box.type != MDAT)
        rc = oc_mp4_io_box(source, &read->window, box.end, source->size, &box);
    if (rc == OC_OK && box.type == SIDX) {
        rc = index_head(read, source, &box, &head);
        if (rc == OC_OK && head.offset <= source->size - box.end)
            rc = index_entries(read, source, &head, box.end + head.offset);
        if (rc == OC_OK && read->table.count > 0)
            rc = index_covers(read, source, &whole);
    }
    read->indexed = rc == OC_OK && whole;
    return rc == OC_ERR_IO ? rc : OC_OK;
}

int oc_key_read_open(oc_key_read_t *read, void *memory, size_t size,
                     const oc_mp4_source_t *source) {
    memset(read, 0, sizeof *read);
    oc_key_table_init(&read->table, memory, size);
    int rc = oc_mp4_moov_read(source, &read->window, &read->moov, NULL, 0);
    if (rc)
        return rc;
    if (!read->moov.fragmented)
        return OC_ERR_NOTSUP;
    read->lead = read->moov.track[0].track.codec ? 0 : 1;
    read->init_bytes = read->moov.end;
    rc = read_index(read, source);
    if (rc || read->indexed)
        return rc;
    oc_key_table_init(&read->table, memory, size);
    read->read_bytes = read->moov.end;
    read->end_ms = 0;
    oc_mp4_frag_start(&read->at, read->moov.end, 0, INT64_MIN);
    return OC_OK;
}

/* One sample of the track. */
static void note(oc_key_read_t *read, const oc_mp4_sample_t *sample) {
    const oc_track_t *track = &read->moov.track[read->lead].track;
    bool any = track->codec != OC_CODEC_H264 && track->codec != OC_CODEC_H265;
    bool first = read->at.moof != read->last_moof;
    int64_t end = oc_clock_add(sample->dts, sample->duration);
    int64_t end_ms = oc_clock_rescale(end, track->timescale, 1000);
    if (end_ms > read->end_ms)
        read->end_ms = end_ms;
    read->last_moof = read->at.moof;
    if (!first || (!sample->key && !any)) /* one inside of a fragment cannot be begun with */
        return;
    int64_t ms = oc_clock_rescale(oc_clock_add(sample->dts, sample->cts), track->timescale, 1000);
    (void)oc_key_table_append(&read->table, ms > 0 ? (uint64_t)ms : 0, read->at.head);
}

int oc_key_read_more(oc_key_read_t *read, const oc_mp4_source_t *source, uint32_t samples) {
    oc_mp4_sample_t sample;
    uint32_t description;
    if (read->indexed)
        return OC_OK;
    for (uint32_t n = 0; n < samples; n++) {
        int rc = oc_mp4_frag_next(&read->at, &read->moov.track[read->lead], source, &read->window,
                                  &sample, &description);
        if (rc == OC_END)
            read->read_bytes = read->at.next < source->size ? read->at.next : source->size;
        if (rc)
            return rc == OC_END ? OC_OK : rc == OC_ERR_IO ? rc : OC_ERR_FORMAT;
        note(read, &sample);
    }
    return OC_AGAIN;
}
