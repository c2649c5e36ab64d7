/* oc_out_file - reads the ring and decides where fragments and files end. See oc_out_file_impl.h
 * for the other parts. Everything is driven by pump(), which goes on until the ring is empty, or
 * the disk has enough to do. */
#include "oc_out_file.h"

#include <stdio.h>
#include <string.h>

#include "oc_err.h"
#include "oc_out_file_impl.h"
#include "oc_thread_check.h"

#define SEGMENT_MS_DEFAULT  (90u * 60 * 1000)
#define FRAGMENT_MS_DEFAULT 500u
#define FRAGMENT_MS_MIN     100u
#define FRAGMENT_MS_MAX     1000u
#define FILE_BYTES_MAX      UINT64_C(4000000000) /* FAT32 ends at 2^32 - 1: split before */

#define PINS_RETRY_US 20000 /* others hold the ring's pins: look again after this */

/* Room for '/', the file name and its NUL behind the directory. */
#define DIRECTORY_MAX (OC_FILE_PATH_MAX - OC_RECORD_FILE_MAX - 1)

_Static_assert(OC_OUT_FILE_NAME_MAX == OC_RECORD_NAME_MAX, "one limit, two names");

size_t oc_out_file_bytes(void) {
    return sizeof(oc_out_file_t);
}

/* Relative, no empty part, no "." or "..", no control character. */
static bool directory_valid(const char *path) {
    size_t len = strnlen(path, OC_FILE_PATH_MAX), start = 0;
    if (len == 0 || len > DIRECTORY_MAX)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && path[i] != '/') {
            if ((unsigned char)path[i] < ' ' || path[i] == '\\' || path[i] == 0x7F)
                return false;
            continue;
        }
        size_t part = i - start;
        if (part == 0 || (part <= 2 && memcmp(path + start, "..", part) == 0))
            return false;
        start = i + 1;
    }
    return true;
}

static int check_config(const oc_out_file_config_t *config, char *why, size_t why_size) {
    if (!oc_record_name_valid(config->name)) {
        snprintf(why, why_size, "recording name \"%.*s\": allowed are 1 to %d of A-Z a-z 0-9 -",
                 OC_OUT_FILE_NAME_MAX, config->name, OC_OUT_FILE_NAME_MAX - 1);
        return OC_ERR_INVAL;
    }
    if (!directory_valid(config->directory)) {
        snprintf(why, why_size,
                 "recording directory \"%.*s\": allowed is a relative path of at most %d bytes "
                 "without empty, \".\" or \"..\" parts",
                 OC_FILE_PATH_MAX, config->directory, DIRECTORY_MAX);
        return OC_ERR_INVAL;
    }
    if (config->fragment_ms != 0 &&
        (config->fragment_ms < FRAGMENT_MS_MIN || config->fragment_ms > FRAGMENT_MS_MAX)) {
        snprintf(why, why_size, "recording fragment %u ms: allowed are %u to %u ms",
                 (unsigned)config->fragment_ms, FRAGMENT_MS_MIN, FRAGMENT_MS_MAX);
        return OC_ERR_RANGE;
    }
    return OC_OK;
}

int oc_out_file_init(oc_out_file_t *out, oc_ring_t *ring, const oc_clock_t *clock,
                     const oc_out_file_config_t *config, char *why, size_t why_size) {
    OC_ON_MEDIA_THREAD();
    char ignored[1];
    int rc = check_config(config, why ? why : ignored, why ? why_size : sizeof ignored);
    if (rc != OC_OK)
        return rc;
    memset(out, 0, sizeof *out);
    out->config = *config;
    if (out->config.segment_ms == 0)
        out->config.segment_ms = SEGMENT_MS_DEFAULT;
    if (out->config.fragment_ms == 0)
        out->config.fragment_ms = FRAGMENT_MS_DEFAULT;
    out->reader = oc_ring_open(ring, config->preroll_ms ? OC_RING_BACK : OC_RING_NEXT,
                               config->preroll_ms, OC_RING_TO_OLDEST);
    if (out->reader < 0)
        return out->reader;
    out->ring = ring;
    out->clock = clock;
    out->current = -1;
    out->part[1].handle = 1;
    return OC_OK;
}

/* How far the pending packets reach when this one follows, in microseconds of its own track. */
static int64_t pending_us(const oc_out_file_t *out, const oc_packet_t *packet) {
    const oc_out_part_t *part = &out->part[out->current];
    if (!out->pending_has[packet->track])
        return 0;
    return oc_out_tracks_us(&part->tracks, packet->track, packet->dts) -
           out->pending_us[packet->track];
}

static uint64_t bytes_max(const oc_out_file_t *out) {
    uint64_t bytes = out->config.file_bytes ? *out->config.file_bytes : 0;
    return bytes > 0 && bytes < FILE_BYTES_MAX ? bytes : FILE_BYTES_MAX;
}

/* True when this packet, which may start a file, must not go into the current one. */
static bool file_ends(oc_out_file_t *out, const oc_packet_t *packet) {
    oc_out_part_t *part = &out->part[out->current];
    if (packet->jump || part->outdated || !oc_out_tracks_match(&part->tracks, out->ring, packet))
        return true;
    int64_t us = oc_out_tracks_us(&part->tracks, packet->track, packet->dts) - part->first_us;
    return us >= (int64_t)out->config.segment_ms * 1000 || part->queued.bytes >= bytes_max(out);
}

/* True when the pending packets make a fragment without this one. A GOP starts with a fragment of
 * its own, but short ones share one; where every packet is a key packet (audio, Motion JPEG), only
 * the length counts. The rest of a GOP never holds the next one's key packet: after a lost frame no
 * fragment would begin with one any more, and nothing could be sought. */
static bool fragment_ends(const oc_out_file_t *out, const oc_packet_t *packet, bool start) {
    int64_t fragment_us = (int64_t)out->config.fragment_ms * 1000;
    int64_t us = pending_us(out, packet);
    return out->pending == OC_OUT_FILE_JOB_PACKETS || us >= fragment_us ||
           (start && out->pending_delta && (out->pending_rest || us >= fragment_us / 2));
}

/* A file is named by the least late of its first packets (oc_out_file_zero): what a source had kept
 * comes in one go, and only behind it those that tell when it was. They are waited for while the
 * ring has room for as much again. */
static bool is_too_new(const oc_out_file_t *out, int64_t now_us) {
    oc_ring_stats_t ring;
    if (!out->placed || out->part[out->current].begun || out->stopping ||
        now_us >= out->pending_capture_us + (int64_t)out->config.fragment_ms * 1000)
        return false;
    oc_ring_stats(out->ring, &ring);
    uint64_t behind = oc_ring_newest(out->ring) + 1 - out->pos;
    return behind < ring.index_packets / 2 &&
           behind * ring.held_bytes < (uint64_t)ring.held_packets * ring.payload_bytes / 2;
}

static void take(oc_out_file_t *out, const oc_packet_t *packet) {
    const oc_out_part_t *part = &out->part[out->current];
    if (out->pending == 0)
        out->pending_capture_us = packet->capture_us;
    if (!out->pending_has[packet->track] &&
        part->tracks.track[packet->track].codec != OC_CODEC_NONE) {
        out->pending_has[packet->track] = true;
        out->pending_rest |= !packet->key;
        out->pending_us[packet->track] =
            oc_out_tracks_us(&part->tracks, packet->track, packet->dts);
    }
    out->pending_delta |= !packet->key;
    out->pending++;
}

static void advance(oc_out_file_t *out) {
    oc_ring_advance(out->ring, out->reader, 1);
    out->pos++;
}

static void skip(oc_out_file_t *out, int code) {
    advance(out);
    oc_out_file_lost(out, 1, code);
}

/* No file can begin with the next packet: it is lost, whatever the reason. */
static void pass_to_start(oc_out_file_t *out) {
    skip(out, out->stats.failing ? out->code : OC_ERR_NOTSUP);
}

/* Sound that is not wanted. It stays among the pending packets, so that a fragment is one range of
 * the ring, and is left out when that is written. */
static bool pass_over(oc_out_file_t *out) {
    if (out->pending == OC_OUT_FILE_JOB_PACKETS)
        return oc_out_file_cut(out) == OC_OK;
    if (out->pending > 0) {
        out->pending++;
        return true;
    }
    out->stats.unwanted_packets++;
    advance(out);
    return true;
}

/* A packet came: takes it, or ends what has to end before it. False: not now. */
static bool on_packet(oc_out_file_t *out, const oc_packet_t *packet, int64_t now_us) {
    bool start = oc_out_tracks_start(out->ring, packet);
    if (oc_out_file_unwanted(out, packet) && (out->current < 0 || !packet->jump))
        return pass_over(out);
    if (out->current < 0) {
        int free = out->part[0].state == OC_OUT_PART_FREE ? 0 : 1;
        if (!start) {
            pass_to_start(out);
            return true;
        }
        if (out->part[free].state != OC_OUT_PART_FREE)
            return false;
        if (oc_out_file_prepare(out, &out->part[free], packet) != OC_OK) {
            skip(out, OC_ERR_NOTSUP);
            return true;
        }
        out->current = free;
    } else if (start ? file_ends(out, packet) : packet->jump) {
        if (out->pending > 0)
            return oc_out_file_cut(out) == OC_OK;
        if (packet->jump)
            memset(out->track_ends, 0, sizeof out->track_ends);
        oc_out_file_end_part(out, &out->part[out->current]);
        return true;
    }
    if (out->pending > 0 && fragment_ends(out, packet, start))
        return !is_too_new(out, now_us) && oc_out_file_cut(out) == OC_OK;
    if (!start &&
        (packet->jump || !oc_out_tracks_match(&out->part[out->current].tracks, out->ring, packet)))
        out->part[out->current].outdated = true; /* not described: left out by the fragment */
    take(out, packet);
    return true;
}

/* No packet is there: the pending ones are old enough, or the last ones. True: look again. */
static bool on_quiet(oc_out_file_t *out, int64_t now_us) {
    int64_t due = out->pending_capture_us + (int64_t)out->config.fragment_ms * 1000;
    if (out->pending > 0 && (out->stopping || now_us >= due))
        return oc_out_file_cut(out) == OC_OK;
    if (!out->stopping || out->pending > 0)
        return false;
    if (out->current >= 0)
        oc_out_file_end_part(out, &out->part[out->current]);
    out->state = OC_OUT_FILE_ENDING;
    return false;
}

/* The reader's position after an OC_GAP, or before the first packet. */
static void settle(oc_out_file_t *out) {
    uint64_t pos = oc_ring_position(out->ring, out->reader);
    if (out->started && pos > out->pos)
        oc_out_file_lost(out, pos - out->pos, OC_ERR_BUSY);
    out->pos = pos;
    oc_out_file_unread(out);
}

/* Reads one packet ahead. False: nothing to do, or no room for it. */
static bool step(oc_out_file_t *out, int64_t now_us) {
    oc_packet_t packet;
    if (!oc_out_file_room(out))
        return false;
    if (out->stopping && out->started && out->pos + out->pending > out->stop_seq)
        return on_quiet(out, now_us);
    int rc = oc_ring_peek(out->ring, out->reader, out->pending, &packet);
    if (rc == OC_GAP) {
        settle(out);
        return true;
    }
    if (rc != OC_OK)
        return on_quiet(out, now_us);
    if (!out->started || out->pos != oc_ring_position(out->ring, out->reader)) {
        settle(out); /* it waited for a GOP to begin */
        out->started = true;
        return true; /* stop may have come before this first packet */
    }
    return on_packet(out, &packet, now_us);
}

/* After a failure: back to the first packet that is not on the disk, as far as the ring goes. */
static void rewind_reader(oc_out_file_t *out) {
    oc_ring_close(out->ring, out->reader);
    out->reader = oc_ring_open(out->ring, OC_RING_OLDEST, 0, OC_RING_TO_OLDEST);
    out->pos = out->resume_seq;
    uint64_t pos = oc_ring_position(out->ring, out->reader);
    if (pos < out->resume_seq)
        oc_ring_advance(out->ring, out->reader, (uint32_t)(out->resume_seq - pos));
    pos = oc_ring_position(out->ring, out->reader);
    if (pos > out->pos)
        oc_out_file_lost(out, pos - out->pos, out->code);
    out->pos = pos;
    out->state = OC_OUT_FILE_READING;
}

/* False: not yet, or not any more. */
static bool retry(oc_out_file_t *out, int64_t now_us) {
    if (out->stopping && out->stats.failing) {
        if (out->stop_seq + 1 > out->resume_seq)
            oc_out_file_lost(out, out->stop_seq + 1 - out->resume_seq, out->code);
        out->state = OC_OUT_FILE_ENDING;
        return false;
    }
    if (now_us < out->retry_us)
        return false;
    if (out->part[0].state != OC_OUT_PART_FREE && out->part[1].state != OC_OUT_PART_FREE)
        return false;
    rewind_reader(out);
    return true;
}

static void finish(oc_out_file_t *out) {
    bool ended = out->part[0].state == OC_OUT_PART_FREE && out->part[1].state == OC_OUT_PART_FREE &&
                 oc_out_ops_empty(&out->ops);
    if (out->state != OC_OUT_FILE_ENDING || !ended)
        return;
    oc_ring_close(out->ring, out->reader);
    oc_out_file_report_gap(out);
    out->state = OC_OUT_FILE_ENDED;
    oc_out_file_event(out, OC_OUT_FILE_STOPPED, out->stats.failing ? out->code : 0, NULL);
}

static void pump(oc_out_file_t *out, int64_t now_us) {
    oc_out_file_name_date(out);
    for (bool more = true; more;) {
        if (out->state == OC_OUT_FILE_RETRYING)
            more = retry(out, now_us);
        else
            more = out->state == OC_OUT_FILE_READING && step(out, now_us);
    }
    finish(out);
}

void oc_out_file_zero(oc_out_file_t *out, int64_t zero_us) {
    out->zero_us = zero_us;
    out->placed = true;
}

int64_t oc_out_file_advance(oc_out_file_t *out, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    pump(out, now_us);
    if (out->state == OC_OUT_FILE_RETRYING)
        return out->retry_us > now_us ? out->retry_us : INT64_MAX;
    if (out->state != OC_OUT_FILE_READING || out->pending == 0 || !oc_out_file_room(out))
        return INT64_MAX;
    int64_t due = out->pending_capture_us + (int64_t)out->config.fragment_ms * 1000;
    return due > now_us ? due : now_us + PINS_RETRY_US;
}

int oc_out_file_poll_op(oc_out_file_t *out, const oc_file_op_t **op) {
    OC_ON_MEDIA_THREAD();
    *op = oc_out_ops_take(&out->ops);
    return *op ? OC_OK : OC_AGAIN;
}

void oc_out_file_complete(oc_out_file_t *out, uint32_t id, int result, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_out_op_t done;
    if (!oc_out_ops_finish(&out->ops, id, &done))
        return;
    oc_out_file_result(out, &done, result, now_us);
    pump(out, now_us);
}

int oc_out_file_poll_event(oc_out_file_t *out, oc_out_file_info_t *out_event) {
    OC_ON_MEDIA_THREAD();
    if (out->event_count == 0)
        return OC_AGAIN;
    *out_event = out->event[out->event_first];
    out->event_first = (out->event_first + 1) % OC_OUT_FILE_EVENTS;
    out->event_count--;
    return OC_OK;
}

void oc_out_file_stop(oc_out_file_t *out, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    if (!out->stopping && out->state < OC_OUT_FILE_ENDING) {
        out->stopping = true;
        out->stop_seq = oc_ring_newest(out->ring);
    }
    pump(out, now_us);
}

bool oc_out_file_idle(const oc_out_file_t *out) {
    OC_ON_MEDIA_THREAD();
    return out->state == OC_OUT_FILE_ENDED;
}

void oc_out_file_stats(const oc_out_file_t *out, oc_out_file_stats_t *stats) {
    OC_ON_MEDIA_THREAD();
    *stats = out->stats;
    stats->recording = out->current >= 0;
}
