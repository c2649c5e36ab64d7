/* oc_recover - see the header. First the top-level boxes are walked and the unsynced ones checked,
 * then the reader says how much of the rest is playable and how long it is. */
#include "oc_recover.h"

#include <string.h>

#include "oc_clock.h"
#include "oc_err.h"
#include "oc_fragment_check.h"
#include "oc_mp4_frag.h"

#define BOX_HEAD     8
#define WINDOW       4096
#define US_PER_S     1000000
#define TEN_YEARS_US INT64_C(315576000000000) /* no recording is longer: damaged times are */

typedef struct walk {
    const oc_mp4_source_t *source;
    uint8_t *window;      /* WINDOW bytes */
    uint64_t at;          /* everything before is whole */
    uint64_t synced;      /* what the newest check box says was on the disk */
    uint64_t place_at;    /* where the place for the index is */
    uint32_t place_bytes; /* 0: the file has none */
} walk_t;

/* The file with an empty place, whatever a power cut left in it. */
typedef struct clean {
    const oc_mp4_source_t *source;
    uint64_t place_at;
    uint32_t place_bytes;
} clean_t;

static int read_clean(void *context, uint64_t offset, void *buffer, size_t len) {
    const clean_t *clean = (const clean_t *)context;
    uint8_t head[OC_SEEK_MARK_BYTES + OC_SEEK_HEAD_BYTES];
    int rc = clean->source->read_at(clean->source->context, offset, buffer, len);
    if (rc != OC_OK || clean->place_bytes == 0)
        return rc;
    oc_seek_place_write(clean->place_bytes, head);
    for (unsigned i = 0; i < OC_SEEK_HEAD_BYTES; i++)
        if (clean->place_at + i >= offset && clean->place_at + i - offset < len)
            ((uint8_t *)buffer)[clean->place_at + i - offset] = head[OC_SEEK_MARK_BYTES + i];
    return OC_OK;
}

static int read_window(walk_t *walk, uint64_t offset, size_t len) {
    int rc = walk->source->read_at(walk->source->context, offset, walk->window, len);
    return rc == OC_OK || rc == OC_ERR_TRUNC ? rc : OC_ERR_IO;
}

/* Reads the check box at `offset`. OC_OK | OC_AGAIN there is none, or a damaged one | OC_ERR_IO. */
static int read_check(walk_t *walk, uint64_t offset, oc_fragment_check_t *check) {
    if (offset > walk->source->size || walk->source->size - offset < OC_FRAGMENT_CHECK_BYTES)
        return OC_AGAIN;
    int rc = read_window(walk, offset, OC_FRAGMENT_CHECK_BYTES);
    if (rc == OC_ERR_IO)
        return rc;
    oc_span_t box = oc_span(walk->window, OC_FRAGMENT_CHECK_BYTES);
    return rc == OC_OK && oc_fragment_check_read(box, check) == OC_OK ? OC_OK : OC_AGAIN;
}

/* *whole: the bytes behind a check box are the ones it was made for. OC_OK | OC_ERR_IO. */
static int verify(walk_t *walk, uint64_t offset, const oc_fragment_check_t *check, bool *whole) {
    uint32_t crc = 0;
    *whole = false;
    if (walk->source->size - offset < check->bytes)
        return OC_OK;
    for (uint32_t left = check->bytes; left > 0;) {
        uint32_t n = left < WINDOW ? left : WINDOW;
        int rc = read_window(walk, offset, n);
        if (rc != OC_OK)
            return rc == OC_ERR_IO ? rc : OC_OK;
        crc = oc_fragment_check_add(crc, oc_span(walk->window, n));
        offset += n;
        left -= n;
    }
    *whole = crc == check->crc;
    return OC_OK;
}

/* Passes over the place for the index, when there is one here. OC_OK | OC_AGAIN | OC_ERR_IO. */
static int walk_place(walk_t *walk) {
    uint64_t left = walk->source->size - walk->at;
    int rc =
        left < OC_SEEK_MARK_BYTES ? OC_ERR_TRUNC : read_window(walk, walk->at, OC_SEEK_MARK_BYTES);
    if (rc != OC_OK)
        return rc == OC_ERR_IO ? rc : OC_AGAIN;
    if (!oc_seek_place_read(oc_span(walk->window, OC_SEEK_MARK_BYTES), &walk->place_bytes) ||
        walk->place_bytes > left - OC_SEEK_MARK_BYTES) {
        walk->place_bytes = 0;
        return OC_AGAIN;
    }
    walk->place_at = walk->at + OC_SEEK_MARK_BYTES;
    walk->at = walk->place_at + walk->place_bytes;
    return OC_OK;
}

/* Passes over the boxes in front of the first check box: ftyp, moov, place. OC_OK | OC_ERR_IO. */
static int walk_init(walk_t *walk) {
    oc_fragment_check_t check;
    while (walk->source->size - walk->at >= BOX_HEAD) {
        int rc = read_check(walk, walk->at, &check);
        if (rc != OC_AGAIN)
            return rc;
        rc = walk->place_bytes ? OC_AGAIN : walk_place(walk);
        if (rc == OC_ERR_IO)
            return rc;
        if (rc == OC_OK)
            continue;
        rc = read_window(walk, walk->at, BOX_HEAD);
        if (rc == OC_ERR_IO)
            return rc;
        oc_rd_t head = oc_rd(oc_span(walk->window, BOX_HEAD));
        uint32_t size = oc_rd_u32(&head);
        if (rc != OC_OK || size < BOX_HEAD || size > walk->source->size - walk->at)
            return OC_OK;
        walk->at += size;
    }
    return OC_OK;
}

/* Walks the fragments by their check boxes and finds the last `synced` any of them states.
 * OC_OK | OC_ERR_IO. */
static int walk_fragments(walk_t *walk) {
    oc_fragment_check_t check;
    for (;;) {
        int rc = read_check(walk, walk->at, &check);
        if (rc != OC_OK)
            return rc == OC_ERR_IO ? rc : OC_OK;
        uint64_t end = walk->at + OC_FRAGMENT_CHECK_BYTES + check.bytes;
        if (end > walk->source->size)
            return OC_OK;
        if (check.synced_bytes <= walk->at && check.synced_bytes > walk->synced)
            walk->synced = check.synced_bytes;
        walk->at = end;
    }
}

/* How much of the file is whole, in *good: without a check box no fragment of it was ever synced.
 * OC_OK | OC_ERR_IO. */
static int find_good(walk_t *walk, uint64_t *good) {
    oc_fragment_check_t check;
    int rc = walk_init(walk);
    uint64_t first = walk->at;
    if (rc == OC_OK)
        rc = walk_fragments(walk);
    if (rc != OC_OK)
        return rc;
    uint64_t end = walk->at;
    walk->at = walk->synced > first ? walk->synced : first;
    while (walk->at < end) {
        bool whole = false;
        rc = read_check(walk, walk->at, &check);
        if (rc == OC_OK)
            rc = verify(walk, walk->at + OC_FRAGMENT_CHECK_BYTES, &check, &whole);
        if (rc < 0)
            return rc;
        if (!whole)
            break;
        walk->at += OC_FRAGMENT_CHECK_BYTES + check.bytes;
    }
    *good = walk->at;
    return OC_OK;
}

static oc_file_op_t *add(oc_recover_t *plan, oc_file_kind_t kind, const char *path) {
    oc_file_op_t *op = &plan->op[plan->ops];
    memset(op, 0, sizeof *op);
    op->kind = kind;
    op->id = ++plan->ops;
    memcpy(op->path, path, OC_FILE_PATH_MAX);
    return op;
}

/* The directory is what stands before the last '/' of the operation's path. */
static int name_rename(oc_recover_t *plan, oc_file_op_t *op) {
    char directory[OC_FILE_PATH_MAX];
    size_t len = (size_t)(strrchr(op->path, '/') - op->path);
    memcpy(directory, op->path, len);
    directory[len] = 0;
    return oc_record_name_path(&plan->record, directory, op->to, sizeof op->to);
}

/* Length and duration of the playable part; *bytes 0 = nothing is. OC_OK | OC_ERR_IO. */
static int measure(const oc_mp4_source_t *source, uint64_t good, void *memory, uint64_t *bytes,
                   int64_t *duration_us) {
    oc_mp4_source_t cut = *source;
    oc_mp4_read_t *reader;
    oc_mp4_info_t info;
    *bytes = 0;
    *duration_us = 0;
    cut.size = good;
    int rc = oc_mp4_read_open(&reader, memory, &cut, NULL, 0);
    if (rc == OC_OK)
        rc = oc_mp4_read_info(reader, &info);
    if (rc == OC_ERR_IO)
        return rc;
    uint64_t samples = 0;
    for (unsigned i = 0; rc == OC_OK && i < OC_TRACKS_MAX; i++)
        samples += info.samples[i];
    if (samples == 0)
        return OC_OK;
    if (info.fragments == 0)
        return OC_OK;
    *bytes = info.valid_bytes < good ? info.valid_bytes : good;
    if (info.duration_us > 0)
        *duration_us = info.duration_us < TEN_YEARS_US ? info.duration_us : TEN_YEARS_US;
    return OC_OK;
}

/* What finds the key frames. */
typedef struct scan {
    oc_mp4_moov_t moov;
    oc_mp4_frag_t at;
    oc_mp4_window_t window;
} scan_t;
_Static_assert(sizeof(scan_t) <= OC_MP4_READ_BYTES, "it takes the memory of the reader");

/* The index of the playable part, in plan->index; empty: none can be made. OC_OK | OC_ERR_IO. */
static int make_index(oc_recover_t *plan, const oc_mp4_source_t *source, const walk_t *walk,
                      int64_t end_us, void *memory) {
    scan_t *scan = (scan_t *)memory;
    oc_seek_index_t index;
    oc_mp4_sample_t sample;
    uint32_t number, bytes = walk->place_bytes;
    uint64_t before = 0;
    memset(scan, 0, sizeof *scan);
    int rc = oc_mp4_moov_read(source, &scan->window, &scan->moov, NULL, 0);
    if (rc != OC_OK)
        return rc == OC_ERR_IO ? rc : OC_OK;
    unsigned lead = scan->moov.track[0].track.codec ? 0 : 1;
    const oc_mp4_track_t *track = &scan->moov.track[lead];
    bool any = track->track.codec != OC_CODEC_H264 && track->track.codec != OC_CODEC_H265;
    oc_seek_index_init(&index, walk->window + WINDOW, bytes);
    oc_mp4_frag_start(&scan->at, scan->moov.end, 0, INT64_MIN);
    while ((rc = oc_mp4_frag_next(&scan->at, track, source, &scan->window, &sample, &number)) ==
           OC_OK) {
        if (scan->at.moof != before && (sample.key || any))
            oc_seek_index_add(&index, scan->at.head, oc_clock_add(sample.dts, sample.cts));
        before = scan->at.moof;
    }
    if (rc == OC_END)
        plan->index = oc_seek_index_sidx(
            &index, track->id, track->track.timescale, walk->place_at, plan->valid_bytes,
            oc_clock_rescale(end_us, US_PER_S, track->track.timescale));
    return rc == OC_ERR_IO ? rc : OC_OK;
}

/* Fills the place of the file: with an index, or else with nothing, if it is not empty as it is.
 * OC_OK | OC_ERR_IO. */
static int plan_index(oc_recover_t *plan, const oc_mp4_source_t *clean, walk_t *walk,
                      int64_t end_us, void *memory, const char *path) {
    uint8_t empty[OC_SEEK_MARK_BYTES + OC_SEEK_HEAD_BYTES];
    if (walk->place_bytes == 0)
        return OC_OK;
    oc_seek_place_write(walk->place_bytes, empty);
    int rc = read_window(walk, walk->place_at, OC_SEEK_HEAD_BYTES);
    plan->needs_index =
        rc != OC_OK || memcmp(walk->window, empty + OC_SEEK_MARK_BYTES, OC_SEEK_HEAD_BYTES) != 0;
    if (rc == OC_OK && walk->place_bytes <= OC_SEEK_PLACE_BYTES(OC_OUT_FILE_KEYS))
        rc = make_index(plan, clean, walk, end_us, memory);
    if (rc != OC_OK)
        return OC_ERR_IO;
    if (plan->index.len == 0 && plan->needs_index) {
        memcpy(walk->window, empty + OC_SEEK_MARK_BYTES, OC_SEEK_HEAD_BYTES);
        plan->index = oc_span(walk->window, OC_SEEK_HEAD_BYTES);
    }
    if (plan->index.len == 0)
        return OC_OK;
    oc_file_op_t *op = add(plan, OC_FILE_PATCH, path);
    op->offset = walk->place_at;
    op->spans = &plan->index;
    op->spans_len = 1;
    return OC_OK;
}

int oc_recover_plan(oc_recover_t *plan, const char *directory, const char *file,
                    const oc_mp4_source_t *source, void *memory) {
    char path[OC_FILE_PATH_MAX];
    int64_t duration_us;
    uint64_t good = 0;
    memset(plan, 0, sizeof *plan);
    if (oc_record_name_parse(file, strlen(file), &plan->record) != OC_OK)
        return OC_ERR_FORMAT;
    if (!plan->record.open)
        return OC_AGAIN;
    int rc = oc_record_name_path(&plan->record, directory, path, sizeof path);
    if (rc != OC_OK)
        return rc;
    walk_t walk = {.source = source, .window = (uint8_t *)memory + OC_MP4_READ_BYTES};
    rc = find_good(&walk, &good);
    clean_t view = {source, walk.place_at, walk.place_bytes};
    oc_mp4_source_t clean = {read_clean, &view, good};
    if (rc == OC_OK)
        rc = measure(&clean, good, memory, &plan->valid_bytes, &duration_us);
    if (rc != OC_OK)
        return rc;
    plan->lost_bytes = source->size - plan->valid_bytes;
    if (plan->valid_bytes == 0) {
        add(plan, OC_FILE_UNLINK, path);
        return OC_OK;
    }
    if (plan->valid_bytes < source->size)
        add(plan, OC_FILE_TRUNCATE, path)->offset = plan->valid_bytes;
    clean.size = plan->valid_bytes;
    rc = plan_index(plan, &clean, &walk, duration_us, memory, path);
    if (rc != OC_OK)
        return rc;
    plan->record.open = false;
    plan->record.end_us = plan->record.start_us + duration_us / 1000 * 1000;
    return name_rename(plan, add(plan, OC_FILE_RENAME, path));
}

int oc_recover_other_name(oc_recover_t *plan) {
    if (plan->ops == 0 || plan->op[plan->ops - 1].kind != OC_FILE_RENAME)
        return OC_ERR_STATE;
    plan->record.end_us += 1000;
    return name_rename(plan, &plan->op[plan->ops - 1]);
}
