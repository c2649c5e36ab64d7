/* oc_out_file_end - what happens after an operation: a file is ended step by step (CLOSE, then what
 * its state needs, then RENAME), each step after the result of the one before. A failure ends every
 * file under way at its last good byte; reading goes on later with a new file. */
#include <string.h>

#include "oc_clock.h"
#include "oc_err.h"
#include "oc_out_file_impl.h"

#define RETRY_US       2000000
#define US_PER_S       1000000
#define COLLISIONS_MAX 100 /* names that exist already, tried one millisecond apart */

void oc_out_file_event(oc_out_file_t *out, oc_out_file_event_t event, int code,
                       const oc_out_part_t *part) {
    if (out->event_count == OC_OUT_FILE_EVENTS) {
        out->event_first = (out->event_first + 1) % OC_OUT_FILE_EVENTS;
        out->event_count--;
    }
    uint32_t at = (out->event_first + out->event_count++) % OC_OUT_FILE_EVENTS;
    oc_out_file_info_t *info = &out->event[at];
    memset(info, 0, sizeof *info);
    info->event = event;
    info->code = code;
    if (!part)
        return;
    memcpy(info->path, part->path, sizeof info->path);
    info->start_us = part->name.start_us;
    info->end_us = part->name.start_us + part->good.end_us;
    info->bytes = part->good.bytes;
}

void oc_out_file_fail_event(oc_out_file_t *out, const oc_out_part_t *part, int code) {
    if (!out->stats.failing || out->code != code)
        oc_out_file_event(out, OC_OUT_FILE_FAILED, code, part);
    out->stats.failing = true;
    out->code = code;
}

void oc_out_file_lost(oc_out_file_t *out, uint64_t packets, int code) {
    if (packets == 0)
        return;
    if (out->gap_packets == 0)
        out->gap_code = code;
    out->gap_packets += (uint32_t)packets;
    out->stats.lost_packets += (uint32_t)packets;
}

void oc_out_file_report_gap(oc_out_file_t *out) {
    if (out->gap_packets == 0)
        return;
    oc_out_file_event(out, OC_OUT_FILE_GAP, out->gap_code,
                      out->current >= 0 ? &out->part[out->current] : NULL);
    uint32_t last = (out->event_first + out->event_count - 1) % OC_OUT_FILE_EVENTS;
    out->event[last].lost_packets = out->gap_packets;
    out->gap_packets = 0;
    out->stats.gaps++;
}

void oc_out_file_release(oc_out_file_t *out, int job) {
    if (job < 0)
        return;
    oc_ring_unpin(out->ring, out->job[job].pin);
    out->job[job].used = false;
    out->stats.jobs_under_way--;
}

static void free_part(oc_out_file_t *out, oc_out_part_t *part) {
    part->state = OC_OUT_PART_FREE;
    if (out->current >= 0 && part == &out->part[out->current])
        out->current = -1;
}

void oc_out_file_end_part(oc_out_file_t *out, oc_out_part_t *part) {
    if (out->current >= 0 && part == &out->part[out->current])
        out->current = -1;
    if (!part->begun) {
        part->state = OC_OUT_PART_FREE;
        return;
    }
    if (!part->failed && part->synced.bytes < part->queued.bytes) {
        oc_out_ops_push(&out->ops, OC_FILE_SYNC, part->handle)->mark = part->queued;
        part->syncs++;
    }
    oc_out_ops_push(&out->ops, OC_FILE_CLOSE, part->handle);
    part->state = OC_OUT_PART_ENDING;
}

/* Ends a file at what is good: nothing more is written to it. */
static void abandon(oc_out_file_t *out, oc_out_part_t *part) {
    int job;
    part->failed = true;
    while (oc_out_ops_withdraw(&out->ops, part->handle, &job))
        oc_out_file_release(out, job);
    part->dating = part->dating && oc_out_ops_taken(&out->ops, OC_FILE_RENAME, part->handle);
    bool opened = part->created || oc_out_ops_taken(&out->ops, OC_FILE_CREATE, part->handle);
    if (!opened)
        free_part(out, part);
    else if (!oc_out_ops_taken(&out->ops, OC_FILE_CLOSE, part->handle))
        oc_out_file_end_part(out, part);
}

/* The part whose operation failed, and a newer one, are abandoned. What they held beyond the good
 * part is read again from the ring, as far as it is still there, from the next key packet on. */
static void fail(oc_out_file_t *out, oc_out_part_t *part, int code, int64_t retry_us) {
    uint64_t resume = part->good.seq ? part->good.seq + 1 : part->first_seq;
    for (int i = 0; i < 2; i++) {
        oc_out_part_t *each = &out->part[i];
        bool open = each->state == OC_OUT_PART_WRITING || each->state == OC_OUT_PART_ENDING;
        if (open && !each->failed && each->first_seq >= part->first_seq)
            abandon(out, each);
    }
    oc_out_file_unread(out);
    memset(out->track_ends, 0, sizeof out->track_ends);
    bool again = out->state == OC_OUT_FILE_ENDING && code == OC_ERR_EXIST; /* another name */
    if (out->state == OC_OUT_FILE_READING || again) {
        out->state = OC_OUT_FILE_RETRYING;
        out->resume_seq = resume;
        out->retry_us = retry_us;
    } else if (out->state == OC_OUT_FILE_ENDING) {
        oc_out_file_lost(out, out->stop_seq + 1 > resume ? out->stop_seq + 1 - resume : 0, code);
    } else if (resume < out->resume_seq) {
        out->resume_seq = resume;
    }
}

static void on_create(oc_out_file_t *out, oc_out_part_t *part, int result, int64_t now_us) {
    if (result == OC_OK) {
        part->created = true;
        return;
    }
    if (part->failed)
        return;
    if (result == OC_ERR_EXIST && out->collisions < COLLISIONS_MAX) {
        out->collisions++;
        fail(out, part, result, now_us);
        return;
    }
    oc_out_file_fail_event(out, part, result);
    fail(out, part, result, now_us + RETRY_US);
}

static void on_write(oc_out_file_t *out, oc_out_part_t *part, const oc_out_op_t *done, int result,
                     int64_t now_us) {
    if (part->failed)
        return;
    if (result != OC_OK) {
        oc_out_file_fail_event(out, part, result);
        fail(out, part, result, now_us + RETRY_US);
        return;
    }
    out->stats.written_bytes += done->mark.bytes - part->good.bytes;
    part->good = done->mark;
}

static void on_sync(oc_out_file_t *out, oc_out_part_t *part, const oc_out_op_t *done, int result,
                    int64_t now_us) {
    part->syncs--;
    if (part->failed)
        return;
    if (result != OC_OK) { /* what was written since the last one may be gone */
        part->good = part->synced;
        oc_out_file_fail_event(out, part, result);
        fail(out, part, result, now_us + RETRY_US);
        return;
    }
    out->stats.synced_bytes += done->mark.bytes - part->synced.bytes;
    out->stats.fragments += done->mark.fragments - part->synced.fragments;
    out->stats.synced_until_us = done->mark.capture_us;
    part->synced = done->mark;
    if (part->state == OC_OUT_PART_WRITING && part->syncs == 0 &&
        part->synced.bytes < part->queued.bytes) {
        oc_out_ops_push(&out->ops, OC_FILE_SYNC, part->handle)->mark = part->queued;
        part->syncs++;
    }
    if (!part->announced) {
        part->announced = true;
        out->collisions = 0;
        out->stats.files++;
        oc_out_file_event(out, OC_OUT_FILE_OPENED, 0, part);
    }
    if (out->stats.failing) {
        out->stats.failing = false;
        oc_out_file_event(out, OC_OUT_FILE_RECOVERED, 0, part);
    }
}

static void queue_rename(oc_out_file_t *out, oc_out_part_t *part) {
    oc_record_name_t final = oc_out_file_name_end(out, part);
    oc_out_op_t *op = oc_out_ops_push(&out->ops, OC_FILE_RENAME, part->handle);
    memcpy(op->op.path, part->path, sizeof op->op.path);
    (void)oc_record_name_path(&final, out->config.directory, op->op.to, sizeof op->op.to);
    part->state = OC_OUT_PART_RENAMING;
    part->renames++;
}

static void queue_patch(oc_out_file_t *out, oc_out_part_t *part, uint64_t offset) {
    oc_out_op_t *op = oc_out_ops_push(&out->ops, OC_FILE_PATCH, part->handle);
    memcpy(op->op.path, part->path, sizeof op->op.path);
    op->op.offset = offset;
    op->op.spans = &part->patch;
    op->op.spans_len = 1;
    part->state = OC_OUT_PART_INDEXING;
}

static void queue_truncate(oc_out_file_t *out, oc_out_part_t *part) {
    oc_out_op_t *op = oc_out_ops_push(&out->ops, OC_FILE_TRUNCATE, part->handle);
    memcpy(op->op.path, part->path, sizeof op->op.path);
    op->op.offset = part->good.bytes;
    part->state = OC_OUT_PART_TRUNCATING;
}

/* The file is whole: its index follows, then its name. */
static void finish_part(oc_out_file_t *out, oc_out_part_t *part) {
    unsigned lead = oc_out_file_lead(part);
    uint32_t scale = part->tracks.track[lead].timescale;
    part->patch = oc_span(NULL, 0);
    if (!part->indexed && scale)
        part->patch =
            oc_seek_index_sidx(&part->index, lead + 1, scale, part->place_at, part->good.bytes,
                               oc_clock_rescale(part->good.end_us, US_PER_S, scale));
    if (part->patch.len > 0)
        queue_patch(out, part, part->place_at);
    else
        queue_rename(out, part);
}

/* One half of the index is written, or not. A file with a damaged place is repaired by the host, as
 * after a power cut; one without its second half is whole all the same. */
static void on_patch(oc_out_file_t *out, oc_out_part_t *part, int result) {
    unsigned lead = oc_out_file_lead(part);
    if (part->indexed) {
        if (result == OC_OK) {
            part->good.bytes += part->patch.len;
            queue_rename(out, part);
        } else {
            queue_truncate(out, part);
        }
        return;
    }
    if (result != OC_OK) {
        oc_out_file_fail_event(out, part, result);
        free_part(out, part);
        return;
    }
    part->indexed = true;
    part->patch = oc_span(NULL, 0);
    if (!part->failed) /* else the disk may be full */
        part->patch = oc_seek_index_mfra(&part->index, lead + 1, OC_FRAGMENT_CHECK_BYTES);
    if (part->patch.len > 0)
        queue_patch(out, part, part->good.bytes);
    else
        queue_rename(out, part);
}

static void on_close(oc_out_file_t *out, oc_out_part_t *part) {
    if (!part->created) {
        free_part(out, part);
    } else if (part->good.fragments == 0) {
        oc_out_op_t *op = oc_out_ops_push(&out->ops, OC_FILE_UNLINK, part->handle);
        memcpy(op->op.path, part->path, sizeof op->op.path);
        part->state = OC_OUT_PART_UNLINKING;
    } else if (part->failed) {
        queue_truncate(out, part);
    } else {
        finish_part(out, part);
    }
}

static void on_rename(oc_out_file_t *out, oc_out_part_t *part, const oc_out_op_t *done,
                      int result) {
    if (result == OC_ERR_EXIST && part->renames < COLLISIONS_MAX) {
        queue_rename(out, part);
        return;
    }
    if (result == OC_OK) {
        size_t slash = strlen(out->config.directory) + 1;
        memcpy(part->path, done->op.to, sizeof part->path);
        (void)oc_record_name_parse(part->path + slash, strlen(part->path) - slash, &part->name);
        oc_out_file_name_ended(out, &part->name);
        oc_out_file_event(out, OC_OUT_FILE_CLOSED, 0, part);
    } else { /* it keeps its open name and is repaired at the next start */
        oc_out_file_fail_event(out, part, result);
    }
    free_part(out, part);
}

void oc_out_file_result(oc_out_file_t *out, const oc_out_op_t *done, int result, int64_t now_us) {
    oc_out_part_t *part = NULL;
    oc_out_file_release(out, done->job);
    for (int i = 0; i < 2; i++)
        if (out->part[i].state != OC_OUT_PART_FREE && out->part[i].handle == done->op.handle)
            part = &out->part[i];
    if (!part)
        return;
    switch (done->op.kind) {
    case OC_FILE_MKDIR:
        if (result != OC_OK && !part->failed) {
            oc_out_file_fail_event(out, part, result);
            fail(out, part, result, now_us + RETRY_US);
        }
        break;
    case OC_FILE_CREATE:
        on_create(out, part, result, now_us);
        break;
    case OC_FILE_WRITE:
        on_write(out, part, done, result, now_us);
        break;
    case OC_FILE_SYNC:
        on_sync(out, part, done, result, now_us);
        break;
    case OC_FILE_CLOSE: /* its own result says nothing that SYNC has not said */
        on_close(out, part);
        break;
    case OC_FILE_TRUNCATE:
        if (result == OC_OK)
            finish_part(out, part);
        else
            free_part(out, part); /* repaired at the next start */
        break;
    case OC_FILE_PATCH:
        on_patch(out, part, result);
        break;
    case OC_FILE_RENAME:
        if (part->dating)
            oc_out_file_name_dated(out, part, done, result);
        else
            on_rename(out, part, done, result);
        break;
    case OC_FILE_UNLINK:
        free_part(out, part);
        break;
    }
}
