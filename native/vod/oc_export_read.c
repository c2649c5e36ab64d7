#include "oc_export_read.h"

#include "oc_box.h"
#include "oc_clock.h"
#include "oc_err.h"

#define FREE OC_BOX_TYPE('f', 'r', 'e', 'e')
#define MOOF OC_BOX_TYPE('m', 'o', 'o', 'f')
#define MFHD OC_BOX_TYPE('m', 'f', 'h', 'd')
#define TRAF OC_BOX_TYPE('t', 'r', 'a', 'f')
#define TFHD OC_BOX_TYPE('t', 'f', 'h', 'd')
#define TFDT OC_BOX_TYPE('t', 'f', 'd', 't')

#define BOX_HEAD 8u

/* Bytes of a file that are in memory. */
typedef struct view {
    uint64_t at; /* of the first one, in the file */
    uint8_t *bytes;
    size_t len;
} view_t;

void oc_export_reader_init(oc_export_reader_t *reader, const oc_export_t *plan) {
    memset(reader, 0, offsetof(oc_export_reader_t, window));
    reader->window.start = reader->window.len = 0;
    reader->plan = plan;
    reader->piece = UINT32_MAX;
}

void oc_export_reader_close(oc_export_reader_t *reader) {
    if (reader->open)
        reader->plan->span->close(reader->plan->span->context, reader->file, &reader->source);
    reader->open = false;
    reader->piece = UINT32_MAX;
}

static int use_file(oc_export_reader_t *reader, uint32_t file) {
    if (reader->open && reader->file == file)
        return OC_OK;
    oc_export_reader_close(reader);
    int rc = reader->plan->span->open(reader->plan->span->context, file, &reader->source, NULL);
    reader->window.len = 0;
    reader->open = rc == OC_OK;
    reader->file = file;
    return rc;
}

/* ---- new times ---- */

static uint32_t load32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store(uint8_t *p, uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

/* The next box of a container: its content. False: none, or it is malformed. */
static bool next_box(uint8_t **at, const uint8_t *end, uint32_t *type, uint8_t **body,
                     size_t *len) {
    size_t left = (size_t)(end - *at);
    uint32_t size = left >= BOX_HEAD ? load32(*at) : 0;
    if (size < BOX_HEAD || size > left)
        return false;
    *type = load32(*at + 4);
    *body = *at + BOX_HEAD;
    *len = size - BOX_HEAD;
    *at += size;
    return true;
}

/* 14496-12 8.8.12 */
static int move_tfdt(const oc_export_t *plan, const oc_export_piece_t *piece, uint32_t id,
                     uint8_t *body, size_t len) {
    unsigned track = id == plan->track[0].id && plan->track[0].track.codec ? 0 : 1;
    const oc_mp4_track_t *about = &plan->track[track];
    unsigned bytes = len > 0 && body[0] == 1 ? 8 : 4;
    if (!about->track.codec || about->id != id)
        return OC_OK; /* a track that is not read */
    if (len < 4u + bytes)
        return OC_ERR_FORMAT;
    uint64_t dts =
        bytes == 8 ? (uint64_t)load32(body + 4) << 32 | load32(body + 8) : load32(body + 4);
    dts += (uint64_t)(piece->shift * (int64_t)(about->track.timescale / plan->steps));
    if (bytes == 4 && dts > UINT32_MAX)
        return OC_ERR_FORMAT;
    store(body + 4, dts, bytes);
    return OC_OK;
}

static int move_traf(const oc_export_t *plan, const oc_export_piece_t *piece, uint8_t *at,
                     const uint8_t *end) {
    uint32_t type, id = 0;
    uint8_t *body;
    size_t len;
    int rc = OC_OK;
    while (rc == OC_OK && next_box(&at, end, &type, &body, &len)) {
        if (type == TFHD && len >= 8)
            id = load32(body + 4);
        else if (type == TFDT)
            rc = move_tfdt(plan, piece, id, body, len);
    }
    return rc;
}

/* Writes times and sequence number of a moof anew. */
static int move_moof(const oc_export_t *plan, const oc_export_piece_t *piece, uint8_t *moof,
                     size_t size) {
    uint8_t *at = moof + BOX_HEAD, *body;
    uint32_t type;
    size_t len;
    int rc = OC_OK;
    while (rc == OC_OK && next_box(&at, moof + size, &type, &body, &len)) {
        if (type == MFHD && len >= 8)
            store(body + 4, load32(body + 4) + piece->sequence, 4);
        else if (type == TRAF)
            rc = move_traf(plan, piece, body, body + len);
    }
    return rc;
}

/* ---- fragments as they lie ---- */

/* The part of [from, to) that a view has, by offsets in it. False: none. */
static bool overlap(const view_t *view, uint64_t from, uint64_t to, size_t *begin, size_t *end) {
    uint64_t first = from > view->at ? from : view->at, last = view->at + view->len;
    last = to < last ? to : last;
    if (first >= last)
        return false;
    *begin = (size_t)(first - view->at);
    *end = (size_t)(last - view->at);
    return true;
}

static int change_moof(oc_export_reader_t *reader, const oc_export_piece_t *piece,
                       const oc_mp4_box_t *box, const view_t *view) {
    size_t begin, end, size = (size_t)(box->end - box->at);
    if (box->body != box->at + BOX_HEAD)
        return OC_ERR_FORMAT;
    if (!overlap(view, box->at, box->end, &begin, &end))
        return OC_OK;
    if (end - begin == size)
        return move_moof(reader->plan, piece, view->bytes + begin, size);
    if (size > sizeof reader->moof)
        return OC_ERR_TOO_BIG;
    int rc = reader->source.read_at(reader->source.context, box->at, reader->moof, size);
    if (rc == OC_OK)
        rc = move_moof(reader->plan, piece, reader->moof, size);
    if (rc == OC_OK)
        memcpy(view->bytes + begin, reader->moof + (view->at + begin - box->at), end - begin);
    return rc;
}

/* The box at `at`, out of the view where it has its head. */
static int look(oc_export_reader_t *reader, const view_t *view, uint64_t at, oc_mp4_box_t *box) {
    if (at >= view->at && at + BOX_HEAD <= view->at + view->len) {
        const uint8_t *head = view->bytes + (at - view->at);
        uint32_t size = load32(head);
        if (size >= BOX_HEAD && size <= reader->source.size - at) {
            *box = (oc_mp4_box_t){at, at + BOX_HEAD, at + size, load32(head + 4)};
            return OC_OK;
        }
    }
    int rc = oc_mp4_io_box(&reader->source, &reader->window, at, reader->source.size, box);
    return rc == OC_END ? OC_ERR_TRUNC : rc;
}

/* A boundary between boxes at or before `at` of the file. */
static void find_box(oc_export_reader_t *reader, uint32_t index, uint64_t at) {
    const oc_export_t *plan = reader->plan;
    const oc_export_piece_t *piece = &plan->piece[index];
    uint64_t out = piece->out + (at - piece->at);
    if (reader->piece == index && reader->box <= at && at - reader->box < 2u * OC_EXPORT_HEAD_MAX)
        return; /* goes on */
    uint32_t low = 0, high = plan->points;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (plan->point[middle].out <= out)
            low = middle;
        else
            high = middle;
    }
    uint64_t found = plan->points && plan->point[low].out <= out ? plan->point[low].out : 0;
    uint64_t box = found > piece->out ? piece->at + (found - piece->out) : piece->at;
    if (reader->piece != index || reader->box > at || reader->box < box)
        reader->box = box;
    reader->piece = index;
}

/* Where the file is whole again behind a box: at the next entry of sidx, else at the end of its
 * piece. */
static uint64_t find_whole(const oc_export_reader_t *reader, uint32_t index) {
    const oc_export_t *plan = reader->plan;
    const oc_export_piece_t *piece = &plan->piece[index];
    uint64_t out = piece->out + (reader->box - piece->at), end = piece[1].out;
    for (uint32_t i = 0; i < plan->points; i++) {
        if (plan->point[i].out > out && plan->point[i].out < end)
            end = plan->point[i].out;
    }
    return piece->at + (end - piece->out);
}

/* What is damaged goes out as one box that is empty: how long the whole is was said before. */
static int blank(oc_export_reader_t *reader, uint32_t index, const view_t *view,
                 oc_mp4_box_t *box) {
    uint64_t end = find_whole(reader, index), len = end - reader->box;
    uint8_t head[BOX_HEAD] = {0, 0, 0, 0, 'f', 'r', 'e', 'e'};
    size_t from, to;
    if (len < BOX_HEAD || len > UINT32_MAX)
        return OC_ERR_FORMAT;
    *box = (oc_mp4_box_t){reader->box, reader->box + BOX_HEAD, end, FREE};
    store(head, len, 4);
    if (overlap(view, box->at, box->body, &from, &to))
        memcpy(view->bytes + from, head + (view->at + from - box->at), to - from);
    return OC_OK;
}

static int read_fragments(oc_export_reader_t *reader, uint32_t index, const view_t *view) {
    const oc_export_piece_t *piece = &reader->plan->piece[index];
    oc_mp4_box_t box;
    size_t begin, end;
    find_box(reader, index, view->at);
    while (reader->box < view->at + view->len) {
        int rc = look(reader, view, reader->box, &box);
        if (rc == OC_OK && box.type == MOOF)
            rc = change_moof(reader, piece, &box, view);
        if (rc == OC_ERR_FORMAT || rc == OC_ERR_TRUNC || rc == OC_ERR_TOO_BIG)
            rc = blank(reader, index, view, &box);
        if (rc != OC_OK)
            return rc;
        if (box.type == FREE && overlap(view, box.body, box.end, &begin, &end))
            memset(view->bytes + begin, 0, end - begin);
        if (box.end > view->at + view->len)
            return OC_OK; /* looked at again */
        reader->box = box.end;
    }
    return OC_OK;
}

/* ---- pieces ---- */

static int read_piece(oc_export_reader_t *reader, uint32_t index, uint64_t offset, uint8_t *out,
                      size_t len) {
    const oc_export_t *plan = reader->plan;
    const oc_export_piece_t *piece = &plan->piece[index];
    uint64_t at = piece->at + (offset - piece->out);
    const oc_export_spool_t *spool = &plan->config.spool;
    if (piece->kind == OC_EXPORT_MEMORY) {
        memcpy(out, plan->head + at, len);
        return OC_OK;
    }
    if (piece->kind == OC_EXPORT_SPOOL)
        return spool->read_at(spool->context, at, out, len);
    int rc = use_file(reader, piece->file);
    if (rc == OC_OK)
        rc = reader->source.read_at(reader->source.context, at, out, len);
    if (rc == OC_OK && piece->kind == OC_EXPORT_FRAGMENTS)
        rc = read_fragments(reader, index, &(view_t){at, out, len});
    return rc;
}

/* The piece that has the byte at offset. */
static uint32_t find_piece(const oc_export_t *plan, uint64_t offset) {
    uint32_t low = 0, high = plan->pieces;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (plan->piece[middle].out <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

int oc_export_reader_read(oc_export_reader_t *reader, uint64_t offset, void *out, size_t len) {
    const oc_export_t *plan = reader->plan;
    uint8_t *at = out;
    if (offset > plan->bytes || len > plan->bytes - offset)
        return OC_ERR_TRUNC;
    for (uint32_t i = find_piece(plan, offset); len > 0; i++) {
        uint64_t left = plan->piece[i + 1].out - offset;
        size_t part = left < len ? (size_t)left : len;
        int rc = part > 0 ? read_piece(reader, i, offset, at, part) : OC_OK;
        if (rc != OC_OK)
            return rc;
        at += part;
        offset += part;
        len -= part;
    }
    return OC_OK;
}
