/* oc_recover - see the header. First the top-level boxes are walked and the unsynced ones checked,
 * then the reader says how much of the rest is playable and how long it is. */
#include "oc_recover.h"

#include <string.h>

#include "oc_err.h"
#include "oc_fragment_check.h"

#define BOX_HEAD     8
#define WINDOW       4096
#define TEN_YEARS_US INT64_C(315576000000000) /* no recording is longer: damaged times are */

typedef struct walk {
    const oc_mp4_source_t *source;
    uint8_t *window; /* WINDOW bytes */
    uint64_t at;     /* everything before is whole */
    uint64_t synced; /* what the newest check box says was on the disk */
} walk_t;

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

/* Passes over the boxes in front of the first check box: ftyp and moov. OC_OK | OC_ERR_IO. */
static int walk_init(walk_t *walk) {
    oc_fragment_check_t check;
    while (walk->source->size - walk->at >= BOX_HEAD) {
        int rc = read_check(walk, walk->at, &check);
        if (rc != OC_AGAIN)
            return rc;
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
    if (rc == OC_OK)
        rc = measure(source, good, memory, &plan->valid_bytes, &duration_us);
    if (rc != OC_OK)
        return rc;
    plan->lost_bytes = source->size - plan->valid_bytes;
    if (plan->valid_bytes == 0) {
        add(plan, OC_FILE_UNLINK, path);
        return OC_OK;
    }
    if (plan->valid_bytes < source->size)
        add(plan, OC_FILE_TRUNCATE, path)->offset = plan->valid_bytes;
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
