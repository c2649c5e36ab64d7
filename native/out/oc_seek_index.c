#include "oc_seek_index.h"

#include "oc_box.h"

#define HEAD        40u /* of a sidx of version 1, before its records */
#define RECORD      12u
#define TRACK_HEAD  32u /* mfra, tfra before its entries */
#define SAP_TYPE_1  0x90000000u
#define SIZE_MAX_31 0x7FFFFFFFu
#define MARK_MAGIC  0x4F437378u /* 'OCsx' */

static uint32_t load32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store32(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static uint8_t *record(const oc_seek_index_t *index, uint32_t i) {
    return index->place + HEAD + (size_t)RECORD * i;
}

static void put(oc_seek_index_t *index, uint32_t i, uint64_t bytes, uint64_t ticks) {
    uint8_t *at = record(index, i);
    if (bytes > SIZE_MAX_31 || ticks > UINT32_MAX)
        index->unusable = true;
    store32(at, (uint32_t)bytes);
    store32(at + 4, (uint32_t)ticks);
    store32(at + 8, SAP_TYPE_1);
}

void oc_seek_index_init(oc_seek_index_t *index, void *memory, uint32_t size) {
    memset(memory, 0, size);
    *index = (oc_seek_index_t){.place = (uint8_t *)memory, .size = size, .every = 1};
    index->room = (size - OC_SEEK_PLACE_BYTES(0)) / RECORD / 2 * 2;
}

/* Each two records become one; all of them are closed. */
static void thin(oc_seek_index_t *index) {
    for (uint32_t i = 0; i < index->count / 2; i++) {
        const uint8_t *one = record(index, 2 * i), *other = one + RECORD;
        put(index, i, (uint64_t)load32(one) + load32(other),
            (uint64_t)load32(one + 4) + load32(other + 4));
    }
    index->count /= 2;
    index->every *= 2;
}

void oc_seek_index_add(oc_seek_index_t *index, uint64_t offset, int64_t pts) {
    if (index->unusable || (index->count > 0 && (offset <= index->last || pts <= index->last_pts)))
        return;
    if (index->count > 0 && ++index->passed < index->every)
        return;
    index->passed = 0;
    if (index->count == 0) {
        index->start = offset;
        index->start_pts = pts;
    } else {
        put(index, index->count - 1, offset - index->last, (uint64_t)(pts - index->last_pts));
        if (index->count == index->room)
            thin(index);
    }
    index->count++;
    index->last = offset;
    index->last_pts = pts;
}

/* Closes the record that reaches `end`; those behind it go. */
static void cut(oc_seek_index_t *index, uint64_t end, int64_t end_pts) {
    uint64_t at = index->start;
    int64_t pts = index->start_pts;
    if (end <= at)
        index->count = 0;
    for (uint32_t i = 0; i < index->count; i++) {
        uint64_t next = i + 1 < index->count ? at + load32(record(index, i)) : end;
        if (next >= end) {
            put(index, i, end - at, end_pts > pts ? (uint64_t)(end_pts - pts) : 0);
            index->count = i + 1;
        }
        at = next;
        pts += load32(record(index, i) + 4);
    }
}

oc_span_t oc_seek_index_sidx(oc_seek_index_t *index, uint32_t track_id, uint32_t timescale,
                             uint64_t place_at, uint64_t end, int64_t end_pts) {
    cut(index, end, end_pts);
    uint32_t box = HEAD + RECORD * index->count, rest = index->size - box;
    if (index->count == 0 || index->unusable || index->start_pts < 0 ||
        index->start < place_at + index->size)
        return oc_span(NULL, 0);
    uint64_t filler = index->start - (place_at + box), first = load32(record(index, 0)) + filler;
    if (first > INT32_MAX)
        return oc_span(NULL, 0);
    index->filler = (uint32_t)filler;
    store32(record(index, 0), (uint32_t)first);
    oc_wr_t w = oc_wr(index->place, HEAD);
    oc_wr_u32(&w, box);
    oc_wr_bytes(&w, "sidx", 4);
    oc_wr_u32(&w, 0x01000000);
    oc_wr_u32(&w, track_id);
    oc_wr_u32(&w, timescale);
    oc_wr_u64(&w, (uint64_t)index->start_pts);
    oc_wr_u64(&w, 0);
    oc_wr_u32(&w, index->count);
    memset(index->place + box, 0, rest);
    store32(index->place + box, rest);
    memcpy(index->place + box + 4, "free", 4);
    return oc_span(index->place, index->size);
}

oc_span_t oc_seek_index_mfra(oc_seek_index_t *index, uint32_t track_id, uint32_t before_moof) {
    uint64_t at = index->start, pts = (uint64_t)index->start_pts;
    uint32_t bytes = TRACK_HEAD + 11 * index->count + 16;
    if (index->count == 0 || index->unusable)
        return oc_span(NULL, 0);
    for (uint32_t i = 0; i < index->count; i++) { /* what is written is not read any more */
        const uint8_t *from = record(index, i);
        uint8_t *to = index->place + TRACK_HEAD + (size_t)11 * i;
        uint32_t size = load32(from) - (i == 0 ? index->filler : 0), ticks = load32(from + 4);
        if (at + before_moof > UINT32_MAX || pts > UINT32_MAX)
            return oc_span(NULL, 0);
        store32(to, (uint32_t)pts);
        store32(to + 4, (uint32_t)at + before_moof);
        memset(to + 8, 1, 3); /* first traf, first trun, first sample */
        at += size;
        pts += ticks;
    }
    oc_wr_t w = oc_wr(index->place, bytes);
    oc_wr_u32(&w, bytes);
    oc_wr_bytes(&w, "mfra", 4);
    oc_wr_u32(&w, bytes - 8 - 16);
    oc_wr_bytes(&w, "tfra", 4);
    oc_wr_u32(&w, 0);
    oc_wr_u32(&w, track_id);
    oc_wr_u32(&w, 0);
    oc_wr_u32(&w, index->count);
    w = oc_wr(index->place + bytes - 16, 16);
    oc_wr_u32(&w, 16);
    oc_wr_bytes(&w, "mfro", 4);
    oc_wr_u32(&w, 0);
    oc_wr_u32(&w, bytes);
    return oc_span(index->place, bytes);
}

void oc_seek_place_write(uint32_t place_bytes,
                         uint8_t out[OC_SEEK_MARK_BYTES + OC_SEEK_HEAD_BYTES]) {
    oc_wr_t w = oc_wr(out, OC_SEEK_MARK_BYTES + OC_SEEK_HEAD_BYTES);
    oc_wr_u32(&w, OC_SEEK_MARK_BYTES);
    oc_wr_bytes(&w, "free", 4);
    oc_wr_u32(&w, MARK_MAGIC);
    oc_wr_u32(&w, place_bytes);
    oc_wr_u32(&w, ~place_bytes ^ MARK_MAGIC);
    oc_wr_u32(&w, place_bytes);
    oc_wr_bytes(&w, "free", 4);
}

bool oc_seek_place_read(oc_span_t mark, uint32_t *place_bytes) {
    oc_rd_t r = oc_rd(mark);
    uint32_t size = oc_rd_u32(&r), type = oc_rd_u32(&r), magic = oc_rd_u32(&r);
    *place_bytes = oc_rd_u32(&r);
    uint32_t check = oc_rd_u32(&r);
    return !r.bad && size == OC_SEEK_MARK_BYTES && type == OC_BOX_TYPE('f', 'r', 'e', 'e') &&
           magic == MARK_MAGIC && check == (~*place_bytes ^ MARK_MAGIC) &&
           *place_bytes >= OC_SEEK_PLACE_BYTES(2);
}
