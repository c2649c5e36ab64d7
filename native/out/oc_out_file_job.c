/* oc_out_file_job - from the packets read ahead to one fragment and its operations. */
#include <string.h>

#include "oc_err.h"
#include "oc_out_file_impl.h"

#define KEYS_MIN   32 /* records of an index, however short files are */
#define LOOK_AHEAD 16 /* packets looked at for the start of the one after the fragment */

bool oc_out_file_room(const oc_out_file_t *out) {
    return out->stats.jobs_under_way < OC_OUT_FILE_JOBS && oc_out_ops_room(&out->ops, 5);
}

unsigned oc_out_file_lead(const oc_out_part_t *part) {
    return part->tracks.track[0].codec != OC_CODEC_NONE ? 0 : 1;
}

void oc_out_file_unread(oc_out_file_t *out) {
    out->pending = 0;
    out->pending_delta = false;
    out->pending_rest = false;
    memset(out->pending_has, 0, sizeof out->pending_has);
}

bool oc_out_file_unwanted(const oc_out_file_t *out, const oc_packet_t *packet) {
    const oc_track_t *track = oc_ring_track(out->ring, packet->track, packet->config_id);
    return out->config.no_audio && track && oc_codec_is_audio(track->codec);
}

int oc_out_file_prepare(oc_out_file_t *out, oc_out_part_t *part, const oc_packet_t *packet) {
    uint32_t handle = part->handle;
    memset(part, 0, sizeof *part);
    part->handle = handle + 2; /* the two parts count in steps of two: never equal */
    int rc = oc_out_tracks_choose(&part->tracks, out->ring, out->pos, OC_OUT_FILE_JOB_PACKETS);
    if (rc != OC_OK)
        return rc;
    for (unsigned i = 0; out->config.no_audio && i < OC_TRACKS_MAX; i++)
        if (oc_codec_is_audio(part->tracks.track[i].codec)) {
            part->tracks.track[i] = (oc_track_t){0};
            part->tracks.config_id[i] = 0;
        }
    part->first_seq = out->pos;
    part->first_us = oc_out_tracks_us(&part->tracks, packet->track, packet->dts);
    part->arrived_us = part->capture_us = packet->capture_us;
    oc_out_file_name_new(out, part);
    part->state = OC_OUT_PART_WRITING;
    return OC_OK;
}

/* Packets of the fragment that the file describes; the others are left out and counted. */
static uint32_t collect(oc_out_file_t *out, oc_out_part_t *part, uint32_t n) {
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++) {
        oc_packet_t *packet = &out->packets[used];
        if (oc_ring_get(out->ring, out->pos + i, packet) != OC_OK)
            continue; /* cannot happen: they are pinned and the reader stands on them */
        if (oc_out_file_unwanted(out, packet)) {
            out->stats.unwanted_packets++;
            continue;
        }
        if (!oc_out_tracks_match(&part->tracks, out->ring, packet)) {
            part->outdated = true;
            oc_out_file_lost(out, 1, OC_ERR_NOTSUP);
        } else if (part->begun && packet->dts < part->mux.base_dts[packet->track]) {
            oc_out_file_lost(out, 1, OC_ERR_RANGE);
        } else {
            used++;
        }
    }
    return used;
}

/* Bytes for an index with a record for each second of a file. */
static uint32_t place_bytes(const oc_out_file_t *out) {
    uint32_t keys = out->config.segment_ms / 1000 + 1;
    keys = keys < KEYS_MIN ? KEYS_MIN : keys > OC_OUT_FILE_KEYS ? OC_OUT_FILE_KEYS : keys;
    return OC_SEEK_PLACE_BYTES((keys + 1) / 2 * 2);
}

/* What stands before the first fragment: the init segment (head_len bytes of head) and the empty
 * place. Returns the bytes of all. */
static uint64_t write_head(const oc_out_file_t *out, oc_out_part_t *part, uint32_t head_len,
                           oc_out_op_t *op) {
    static const uint8_t blank[OC_OUT_FILE_BLANK];
    uint32_t place = place_bytes(out), left = place - OC_SEEK_HEAD_BYTES;
    oc_seek_place_write(place, part->head + head_len);
    oc_seek_index_init(&part->index, part->place, place);
    part->place_at = head_len + OC_SEEK_MARK_BYTES;
    part->head_spans[0] = oc_span(part->head, head_len + OC_SEEK_MARK_BYTES + OC_SEEK_HEAD_BYTES);
    op->op.spans = part->head_spans;
    op->op.spans_len = 1;
    for (; left > 0; op->op.spans_len++) {
        uint32_t n = left < OC_OUT_FILE_BLANK ? left : OC_OUT_FILE_BLANK;
        part->head_spans[op->op.spans_len] = oc_span(blank, n);
        left -= n;
    }
    return part->place_at + place;
}

/* When its first packet was captured, as far as it is known now. */
static void place(const oc_out_file_t *out, oc_out_part_t *part) {
    int64_t at_us = part->first_us + out->zero_us, late_us = part->arrived_us - at_us;
    if (out->placed && late_us >= 0 && late_us <= OC_OUT_FILE_LATE_MAX_US)
        part->capture_us = at_us;
    oc_out_file_name_new(out, part);
}

/* The file's time 0, and the operations that make it. */
static int begin(oc_out_file_t *out, oc_out_part_t *part, uint32_t n) {
    int64_t first[OC_TRACKS_MAX] = {0}, base[OC_TRACKS_MAX];
    bool has[OC_TRACKS_MAX] = {false};
    for (uint32_t i = 0; i < n; i++) {
        const oc_packet_t *packet = &out->packets[i];
        if (!has[packet->track])
            first[packet->track] = packet->dts;
        has[packet->track] = true;
    }
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        if (!has[i] && out->track_ends[i]) { /* it goes on where the file before ended */
            first[i] = out->track_end[i];
            has[i] = true;
        }
    oc_out_tracks_base(&part->tracks, first, has, base);
    int rc = oc_fmp4_init(&part->mux, part->tracks.track, base);
    if (rc != OC_OK)
        return rc;
    int len = oc_fmp4_init_segment(&part->mux, part->head, OC_FMP4_INIT_MAX);
    if (len < 0)
        return len;
    place(out, part);
    oc_out_op_t *op = oc_out_ops_push(&out->ops, OC_FILE_MKDIR, part->handle);
    memcpy(op->op.path, out->config.directory, sizeof op->op.path);
    op = oc_out_ops_push(&out->ops, OC_FILE_CREATE, part->handle);
    memcpy(op->op.path, part->path, sizeof op->op.path);
    op = oc_out_ops_push(&out->ops, OC_FILE_WRITE, part->handle);
    part->queued.bytes = write_head(out, part, (uint32_t)len, op);
    part->queued.seq = part->first_seq - 1;
    op->mark = part->queued;
    part->begun = true;
    return OC_OK;
}

/* Start of the packet behind the fragment, per track; -1 = not known. */
static void find_next_dts(const oc_out_file_t *out, const oc_out_part_t *part, uint32_t n,
                          int64_t next_dts[OC_TRACKS_MAX]) {
    oc_packet_t packet;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        next_dts[i] = -1;
    for (uint32_t i = 0; i < LOOK_AHEAD; i++) {
        if (oc_ring_get(out->ring, out->pos + n + i, &packet) != OC_OK || packet.jump)
            return;
        if (packet.track < OC_TRACKS_MAX && next_dts[packet.track] < 0 &&
            packet.config_id == part->tracks.config_id[packet.track])
            next_dts[packet.track] = packet.dts;
    }
}

/* What the file holds once this fragment is in it. */
static void note_end(oc_out_file_t *out, oc_out_part_t *part, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        const oc_packet_t *packet = &out->packets[i];
        out->track_end[packet->track] = packet->dts + part->mux.last_duration[packet->track];
        out->track_ends[packet->track] = true;
        if (packet->capture_us > part->queued.capture_us)
            part->queued.capture_us = packet->capture_us;
    }
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        if (part->tracks.track[t].codec == OC_CODEC_NONE || !out->track_ends[t])
            continue;
        int64_t end = oc_out_tracks_us(&part->tracks, t, out->track_end[t] - part->mux.base_dts[t]);
        if (end > part->queued.end_us)
            part->queued.end_us = end;
    }
}

/* Notes a fragment in the file's index when its first picture (or sound, without pictures) is a
 * key. */
static void note_key(const oc_out_file_t *out, oc_out_part_t *part, uint32_t n) {
    unsigned lead = oc_out_file_lead(part);
    for (uint32_t i = 0; i < n; i++) {
        const oc_packet_t *packet = &out->packets[i];
        if (packet->track != lead || packet->len_bytes == 0)
            continue;
        if (packet->key)
            oc_seek_index_add(&part->index, part->queued.bytes,
                              packet->dts - part->mux.base_dts[lead] + packet->cts);
        return;
    }
}

static void queue_fragment(oc_out_file_t *out, oc_out_part_t *part, int number,
                           const oc_fmp4_fragment_t *fragment) {
    oc_out_job_t *job = &out->job[number];
    oc_fragment_check_t check = {0};
    for (size_t i = 0; i < fragment->spans_len; i++)
        check.crc = oc_fragment_check_add(check.crc, fragment->spans[i]);
    check.bytes = (uint32_t)fragment->bytes;
    check.synced_bytes = part->synced.bytes;
    oc_fragment_check_write(&check, job->head);
    job->spans[0] = oc_span(job->head, OC_FRAGMENT_CHECK_BYTES + fragment->head_len);
    oc_out_op_t *op = oc_out_ops_push(&out->ops, OC_FILE_WRITE, part->handle);
    op->op.offset = part->queued.bytes;
    op->op.spans = job->spans;
    op->op.spans_len = (uint32_t)fragment->spans_len;
    part->queued.bytes += OC_FRAGMENT_CHECK_BYTES + fragment->bytes;
    part->queued.fragments++;
    op->mark = part->queued;
    op->job = number;
    job->used = true;
    out->stats.jobs_under_way++;
    if (part->syncs == 0) {
        oc_out_ops_push(&out->ops, OC_FILE_SYNC, part->handle)->mark = part->queued;
        part->syncs++;
    }
}

/* Pins the pending packets; when the ring refuses so many bytes, fewer of them (*n), as long as no
 * fragment under way will give bytes back. */
static int pin(oc_out_file_t *out, uint32_t *n) {
    for (;;) {
        int rc = oc_ring_pin(out->ring, out->pos, out->pos + *n - 1);
        if (rc != OC_ERR_BUSY || out->stats.jobs_under_way > 0 || *n == 1)
            return rc;
        *n /= 2;
    }
}

int oc_out_file_cut(oc_out_file_t *out) {
    oc_out_part_t *part = &out->part[out->current];
    uint32_t n = out->pending;
    int64_t next_dts[OC_TRACKS_MAX];
    int number = 0;
    if (!oc_out_file_room(out))
        return OC_AGAIN;
    while (out->job[number].used)
        number++;
    oc_out_job_t *job = &out->job[number];
    job->pin = pin(out, &n);
    if (job->pin < 0) {
        if (job->pin == OC_ERR_STALE)
            oc_out_file_unread(out); /* the next peek says so and where to go on */
        return job->pin == OC_ERR_STALE ? OC_OK : OC_AGAIN;
    }
    uint32_t used = collect(out, part, n);
    int rc = used == 0 || part->begun ? OC_OK : begin(out, part, used);
    if (rc == OC_OK && used > 0) {
        oc_fmp4_fragment_t fragment = {.head = job->head + OC_FRAGMENT_CHECK_BYTES,
                                       .head_size = sizeof job->head - OC_FRAGMENT_CHECK_BYTES,
                                       .spans = job->spans,
                                       .spans_size = OC_OUT_FILE_JOB_PACKETS + 1};
        find_next_dts(out, part, n, next_dts);
        rc = oc_fmp4_fragment(&part->mux, out->packets, used, next_dts, &fragment);
        if (rc == OC_OK) {
            note_end(out, part, used);
            note_key(out, part, used);
            part->queued.seq = out->pos + n - 1;
            part->packets += used;
            out->stats.packets += used;
            oc_out_file_report_gap(out);
            queue_fragment(out, part, number, &fragment);
        }
    }
    if (rc != OC_OK || used == 0) {
        oc_ring_unpin(out->ring, job->pin);
        oc_out_file_lost(out, used, rc);
        if (!part->begun && rc < 0) /* a description that no file can be made of */
            oc_out_file_fail_event(out, part, rc);
    }
    oc_ring_advance(out->ring, out->reader, n);
    out->pos += n;
    oc_out_file_unread(out);
    return OC_OK;
}
