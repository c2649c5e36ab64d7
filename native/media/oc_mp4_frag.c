#include "oc_mp4_frag.h"
#include "oc_box.h"
#include "oc_clock.h"
#include "oc_err.h"

#define MOOF OC_BOX_TYPE('m', 'o', 'o', 'f')
#define MDAT OC_BOX_TYPE('m', 'd', 'a', 't')
#define FREE OC_BOX_TYPE('f', 'r', 'e', 'e')
#define TRAF OC_BOX_TYPE('t', 'r', 'a', 'f')
#define TFHD OC_BOX_TYPE('t', 'f', 'h', 'd')
#define TFDT OC_BOX_TYPE('t', 'f', 'd', 't')
#define TRUN OC_BOX_TYPE('t', 'r', 'u', 'n')

#define NON_SYNC 0x10000u /* sample_is_non_sync_sample, 8.8.3.1 */

enum { TFHD_BASE = 0x1, TFHD_DESCRIPTION = 0x2, TFHD_DURATION = 0x8, TFHD_SIZE = 0x10 };
enum { TFHD_FLAGS = 0x20 };
enum { TRUN_OFFSET = 0x1, TRUN_FIRST_FLAGS = 0x4, TRUN_DURATION = 0x100, TRUN_SIZE = 0x200 };
enum { TRUN_FLAGS = 0x400, TRUN_CTS = 0x800 };

/* What a walk needs besides its position. */
typedef struct walk {
    const oc_mp4_track_t *track;
    const oc_mp4_source_t *source;
    oc_mp4_window_t *window;
} walk_t;

void oc_mp4_frag_start(oc_mp4_frag_t *at, uint64_t end_of_moov, int64_t dts, int64_t last_dts) {
    memset(at, 0, sizeof *at);
    at->next = end_of_moov;
    at->dts = dts;
    at->last_dts = last_dts;
}

/* Up to n bytes of a box's content (fewer when the box is shorter). */
static int content(const walk_t *w, const oc_mp4_box_t *box, uint32_t n, oc_rd_t *r) {
    oc_span_t bytes;
    uint64_t left = box->end - box->body;
    int rc = oc_mp4_io_lend(w->source, w->window, box->body, left < n ? (uint32_t)left : n, &bytes);
    if (!rc)
        *r = oc_rd(bytes);
    return rc;
}

/* A box inside a moof that is wholly in the file: going beyond it is malformed, not torn. */
static int inner_box(const walk_t *w, uint64_t at, uint64_t limit, oc_mp4_box_t *box) {
    int rc = oc_mp4_io_box(w->source, w->window, at, limit, box);
    return rc == OC_ERR_TRUNC ? OC_ERR_FORMAT : rc;
}

/* Stands at the next moof of the file. */
static int find_moof(oc_mp4_frag_t *at, const walk_t *w) {
    oc_mp4_box_t box;
    bool before = false; /* at->head is a box `free` that ends here */
    for (;;) {
        int rc = oc_mp4_io_box(w->source, w->window, at->next, w->source->size, &box);
        if (rc == OC_ERR_IO)
            return rc;
        if (rc) { /* the end, a torn box, or what a torn write left behind */
            if (before)
                at->next = at->head;
            return OC_END;
        }
        at->next = box.end;
        if (box.type == MOOF && !before)
            at->head = box.at;
        before = box.type == FREE;
        if (before)
            at->head = box.at;
        if (box.type != MOOF)
            continue;
        at->moof = box.at;
        at->moof_at = box.body;
        at->moof_end = box.end;
        at->fragments++;
        return OC_OK;
    }
}

/* 8.8.7; it is the first box of a traf. Another track's traf is passed over. */
static int open_traf(oc_mp4_frag_t *at, const walk_t *w, const oc_mp4_box_t *traf) {
    oc_mp4_box_t box;
    oc_rd_t r;
    int rc = inner_box(w, traf->body, traf->end, &box);
    if (rc)
        return rc == OC_ERR_IO ? rc : OC_ERR_FORMAT;
    rc = content(w, &box, 32, &r);
    if (rc)
        return rc;
    uint32_t flags = oc_rd_u32(&r) & 0xFFFFFF;
    if (box.type != TFHD)
        return OC_ERR_FORMAT;
    if (oc_rd_u32(&r) != w->track->id)
        return r.bad ? OC_ERR_FORMAT : OC_OK;
    at->base = flags & TFHD_BASE ? oc_rd_u64(&r) : at->moof;
    at->description = flags & TFHD_DESCRIPTION ? oc_rd_u32(&r) : w->track->trex_description;
    at->duration = flags & TFHD_DURATION ? oc_rd_u32(&r) : w->track->trex_duration;
    at->size = flags & TFHD_SIZE ? oc_rd_u32(&r) : w->track->trex_size;
    at->flags = flags & TFHD_FLAGS ? oc_rd_u32(&r) : w->track->trex_flags;
    at->data = at->base;
    at->traf_at = box.end;
    at->traf_end = traf->end;
    return r.bad ? OC_ERR_FORMAT : OC_OK;
}

static int read_tfdt(oc_mp4_frag_t *at, const walk_t *w, const oc_mp4_box_t *box) {
    oc_rd_t r;
    int rc = content(w, box, 12, &r);
    if (rc)
        return rc;
    unsigned version = oc_rd_u8(&r);
    oc_rd_skip(&r, 3);
    uint64_t dts = oc_rd_be(&r, version == 1 ? 8 : 4);
    if (r.bad || dts > INT64_MAX)
        return OC_ERR_FORMAT;
    at->dts = (int64_t)dts;
    return OC_OK;
}

static uint32_t entry_bytes(uint32_t flags) {
    return 4u * (((flags & TRUN_DURATION) != 0) + ((flags & TRUN_SIZE) != 0) +
                 ((flags & TRUN_FLAGS) != 0) + ((flags & TRUN_CTS) != 0));
}

static int open_run(oc_mp4_frag_t *at, const walk_t *w, const oc_mp4_box_t *box) {
    oc_rd_t r;
    int rc = content(w, box, 16, &r);
    if (rc)
        return rc;
    uint32_t flags = oc_rd_u32(&r) & 0xFFFFFF, count = oc_rd_u32(&r), head = 8;
    if (flags & TRUN_OFFSET) {
        at->data = at->base + (uint64_t)(int64_t)(int32_t)oc_rd_u32(&r);
        head += 4;
    }
    at->first_flags = at->flags;
    if (flags & TRUN_FIRST_FLAGS) {
        at->first_flags = oc_rd_u32(&r);
        head += 4;
    }
    uint32_t bytes = entry_bytes(flags);
    if (r.bad || (bytes && count > (box->end - box->body - head) / bytes))
        return OC_ERR_FORMAT;
    if (!(flags & TRUN_SIZE)) {
        /* nothing in the box bounds this count, the file does: samples do not share bytes */
        if (!at->size)
            count = 0;
        at->implied += (uint64_t)count * at->size;
        if (at->implied > w->source->size)
            return OC_ERR_FORMAT;
    }
    at->run_flags = flags;
    at->entry = box->body + head;
    at->left = count;
    at->run_first = true;
    return OC_OK;
}

/* The next sample of the run in hand. */
static int take(oc_mp4_frag_t *at, const walk_t *w, oc_mp4_sample_t *out) {
    uint32_t n = entry_bytes(at->run_flags), duration = at->duration, size = at->size, cts = 0;
    uint32_t flags = at->run_first ? at->first_flags : at->flags;
    if (n) {
        oc_span_t entry;
        int rc = oc_mp4_io_lend(w->source, w->window, at->entry, n, &entry);
        if (rc)
            return rc;
        oc_rd_t r = oc_rd(entry);
        duration = at->run_flags & TRUN_DURATION ? oc_rd_u32(&r) : duration;
        size = at->run_flags & TRUN_SIZE ? oc_rd_u32(&r) : size;
        flags = at->run_flags & TRUN_FLAGS ? oc_rd_u32(&r) : flags;
        cts = at->run_flags & TRUN_CTS ? oc_rd_u32(&r) : 0;
    }
    if (size > OC_MP4_SAMPLE_MAX)
        return OC_ERR_FORMAT;
    if (at->data > w->source->size || size > w->source->size - at->data)
        return OC_END; /* torn */
    if (at->dts < at->last_dts)
        at->dts = at->last_dts;
    *out = (oc_mp4_sample_t){
        .offset = at->data,
        .len_bytes = size,
        .dts = oc_clock_add(at->dts, w->track->shift),
        .cts = (int32_t)cts,
        .duration = duration,
        .key = !(flags & NON_SYNC),
    };
    at->last_dts = at->dts;
    at->dts = oc_clock_add(at->dts, duration);
    at->data += size;
    at->entry += n;
    at->left--;
    at->run_first = false;
    return OC_OK;
}

/* The next box of the fragment in hand. */
static int step(oc_mp4_frag_t *at, const walk_t *w) {
    oc_mp4_box_t box;
    int rc;
    if (at->traf_at < at->traf_end) {
        rc = inner_box(w, at->traf_at, at->traf_end, &box);
        if (rc)
            return rc;
        at->traf_at = box.end;
        return box.type == TFDT   ? read_tfdt(at, w, &box)
               : box.type == TRUN ? open_run(at, w, &box)
                                  : OC_OK;
    }
    rc = inner_box(w, at->moof_at, at->moof_end, &box);
    if (rc)
        return rc;
    at->moof_at = box.end;
    return box.type == TRAF ? open_traf(at, w, &box) : OC_OK;
}

int oc_mp4_frag_next(oc_mp4_frag_t *at, const oc_mp4_track_t *track, const oc_mp4_source_t *source,
                     oc_mp4_window_t *window, oc_mp4_sample_t *out, uint32_t *description) {
    const walk_t w = {track, source, window};
    for (;;) { /* every turn moves forward in the file or uses up a sample */
        int rc;
        if (at->left) {
            rc = take(at, &w, out);
            *description = at->description;
            if (rc || out->len_bytes)
                return rc;
        } else {
            rc = at->traf_at < at->traf_end || at->moof_at < at->moof_end ? step(at, &w)
                                                                          : find_moof(at, &w);
            if (rc)
                return rc;
        }
    }
}

/* True when the boxes inside a moof fill it exactly. */
static int check_moof(const walk_t *w, const oc_mp4_box_t *moof, bool *whole) {
    oc_mp4_box_t box;
    int rc = OC_OK;
    for (uint64_t at = moof->body; rc == OC_OK; at = box.end)
        rc = inner_box(w, at, moof->end, &box);
    *whole = rc == OC_END;
    return rc == OC_ERR_IO ? rc : OC_OK;
}

int oc_mp4_frag_valid(const oc_mp4_source_t *source, oc_mp4_window_t *window, uint64_t end_of_moov,
                      uint64_t *valid_bytes, uint32_t *fragments) {
    const walk_t w = {NULL, source, window};
    uint64_t at = end_of_moov;
    bool pending = false, whole = true;
    oc_mp4_box_t box;
    *valid_bytes = end_of_moov;
    *fragments = 0;
    for (; at < source->size; at = box.end) {
        int rc = oc_mp4_io_box(source, window, at, source->size, &box);
        if (rc)
            return rc == OC_ERR_IO ? rc : OC_OK;
        if (box.type == MOOF) {
            rc = check_moof(&w, &box, &whole);
            if (rc || !whole)
                return rc;
            pending = true;
        } else if (box.type == MDAT && pending) {
            pending = false;
            ++*fragments;
        } else if (!box.type) {
            return OC_OK; /* zeros: space that was given to the file but never written */
        }
        if (!pending)
            *valid_bytes = box.end;
    }
    return OC_OK;
}
