/* oc_out_pull - see the header: where a viewer stands and which packets come next. */
#include "oc_out_pull.h"

#include <stdio.h>
#include <string.h>

#include "oc_clock.h"
#include "oc_err.h"
#include "oc_out_pull_impl.h"
#include "oc_thread_check.h"

#define LOOK_AHEAD                                                                                 \
    128 /* packets looked at for the first one of each track, or the newest picture */
#define US_PER_S 1000000

static const oc_pull_kind_t *const kinds[OC_PULL_FORMATS] = {[OC_PULL_MP4] = &oc_out_pull_mp4,
                                                             [OC_PULL_FLV] = &oc_out_pull_flv,
                                                             [OC_PULL_MJPEG] = &oc_out_pull_mjpeg,
                                                             [OC_PULL_TS] = &oc_out_pull_ts};

size_t oc_out_pull_bytes(void) {
    return sizeof(oc_out_pull_t);
}

oc_pull_format_t oc_out_pull_format(const char *ending) {
    unsigned format = 0;
    while (format < OC_PULL_FORMATS && strcmp(kinds[format]->ending, ending) != 0)
        format++;
    return (oc_pull_format_t)format;
}

const char *oc_out_pull_ending(oc_pull_format_t format) {
    return kinds[format]->ending;
}

bool oc_out_pull_carries(oc_pull_format_t format, oc_codec_t codec) {
    return kinds[format]->carries(codec) && (!kinds[format]->picture || oc_codec_is_video(codec));
}

const char *oc_out_pull_type(oc_pull_format_t format) {
    return kinds[format]->type;
}

int oc_out_pull_picture(const oc_ring_t *ring) {
    int lead = oc_out_tracks_lead(ring);
    if (lead < 0)
        return OC_AGAIN;
    bool video = oc_codec_is_video(oc_ring_track(ring, (unsigned)lead, 0)->codec);
    return video ? OC_OK : OC_ERR_NO_VIDEO;
}

int oc_out_pull_init(oc_out_pull_t *pull, const oc_ring_t *ring, oc_pull_format_t format,
                     bool audio_only, char *why, size_t why_size) {
    OC_ON_MEDIA_THREAD();
    const oc_pull_kind_t *kind = kinds[format];
    int lead = oc_out_tracks_lead(ring);
    if (lead < 0)
        return OC_AGAIN;
    oc_codec_t codec = oc_ring_track(ring, (unsigned)lead, 0)->codec;
    bool of_picture = kind->picture && !audio_only && !oc_codec_is_video(codec);
    if (!kind->carries(codec) || of_picture) {
        const char *name = of_picture ? "none" : oc_codec_name(codec);
        snprintf(why, why_size, kind->why, name);
        return OC_ERR_NOTSUP;
    }
    memset(pull, 0, sizeof *pull);
    pull->ring = ring;
    pull->format = format;
    return OC_OK;
}

/* True when the viewer's place has left the ring or lies too far behind its end. */
static bool is_behind(const oc_out_pull_t *pull, uint64_t newest) {
    oc_packet_t next, last;
    return oc_ring_get(pull->ring, pull->seq, &next) != OC_OK ||
           (oc_ring_get(pull->ring, newest, &last) == OC_OK &&
            last.capture_us - next.capture_us > OC_PULL_LAG_US);
}

/* Counts packets first .. end - 1 as left out. */
static void leave_out(oc_out_pull_t *pull, uint64_t first, uint64_t end) {
    uint64_t oldest = oc_ring_oldest(pull->ring);
    pull->stats.left_out_packets += end - first;
    pull->stats.left_out_gops += first < oldest;
    while (end > first && end > oldest) {
        uint64_t start = oc_ring_gop_of(pull->ring, end - 1);
        pull->stats.left_out_gops++;
        end = start > 0 && start < end ? start : first; /* the start of a long one has left */
    }
}

/* Moves the viewer to a key packet; 0: it waits for the next one. */
static void move(oc_out_pull_t *pull, uint64_t key) {
    uint64_t first = pull->seq > 0 ? pull->seq : pull->missed;
    pull->missed = key == 0 ? first : 0;
    if (first > 0 && key > first)
        leave_out(pull, first, key);
    pull->seq = key;
}

/* Puts the viewer where the next packet is. OC_OK | OC_AGAIN there is none. */
static int place(oc_out_pull_t *pull) {
    uint64_t newest = oc_ring_newest(pull->ring);
    if (newest == 0 || pull->seq > newest)
        return OC_AGAIN;
    uint64_t key = oc_ring_gop_of(pull->ring, newest);
    if (pull->seq < oc_ring_oldest(pull->ring) || (pull->seq < key && is_behind(pull, newest)))
        move(pull, key);
    return pull->seq > 0 ? OC_OK : OC_AGAIN;
}

/* The same where only the newest picture counts. */
static int place_newest(oc_out_pull_t *pull) {
    uint64_t newest = oc_ring_newest(pull->ring);
    oc_packet_t packet;
    for (unsigned i = 0; i < LOOK_AHEAD && newest > i && newest - i >= pull->seq; i++) {
        if (oc_ring_get(pull->ring, newest - i, &packet) != OC_OK)
            break;
        if (!oc_out_tracks_start(pull->ring, &packet))
            continue;
        pull->seq = newest - i;
        return OC_OK;
    }
    return OC_AGAIN;
}

/* Time 0 of the body: that of the first packet, the tracks' distance kept exactly. */
static void set_base(oc_out_pull_t *pull, const oc_packet_t *packet) {
    bool has[OC_TRACKS_MAX] = {false};
    int64_t first[OC_TRACKS_MAX] = {0};
    has[packet->track] = true;
    first[packet->track] = packet->dts;
    oc_out_tracks_base(&pull->tracks, first, has, pull->base_dts);
    pull->base_us = oc_out_tracks_us(&pull->tracks, packet->track, pull->base_dts[packet->track]);
}

/* Chooses the tracks of what comes next. OC_OK | OC_AGAIN it may not begin here | OC_ERR_CLOSED. */
static int choose(oc_out_pull_t *pull, const oc_packet_t *packet) {
    const oc_pull_kind_t *kind = kinds[pull->format];
    oc_out_tracks_t *tracks = &pull->tracks;
    if (!pull->begun && !oc_out_tracks_start(pull->ring, packet))
        return OC_AGAIN;
    int lead = oc_out_tracks_lead(pull->ring);
    if (oc_out_tracks_choose(tracks, pull->ring, pull->seq, LOOK_AHEAD) != OC_OK ||
        !kind->carries(tracks->track[lead].codec))
        return OC_ERR_CLOSED;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        if (!kind->carries(tracks->track[i].codec))
            tracks->track[i] = (oc_track_t){.codec = OC_CODEC_NONE};
    if (!pull->begun)
        set_base(pull, packet);
    else
        for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
            pull->base_dts[i] =
                tracks->track[i].codec == OC_CODEC_NONE
                    ? 0
                    : oc_clock_rescale(pull->base_us, US_PER_S, tracks->track[i].timescale);
    pull->begun = true;
    pull->described = false;
    return OC_OK;
}

/* True when the tracks of the body are not those of the packet any more. */
static bool is_changed(oc_out_pull_t *pull, const oc_packet_t *packet) {
    const oc_pull_kind_t *kind = kinds[pull->format];
    const oc_track_t *now = oc_ring_track(pull->ring, packet->track, packet->config_id);
    if (!now ||
        (!kind->carries(now->codec) && pull->tracks.track[packet->track].codec == OC_CODEC_NONE))
        return false; /* left out from the beginning */
    return !oc_out_tracks_match(&pull->tracks, pull->ring, packet);
}

static bool is_ours(const oc_out_pull_t *pull, const oc_packet_t *packet) {
    return pull->tracks.track[packet->track].codec != OC_CODEC_NONE &&
           packet->dts >= pull->base_dts[packet->track];
}

/* Gathers the packets of the next piece, which all have the same tracks and lie on one stretch of
 * the time line. OC_OK | OC_ERR_CLOSED. */
static int gather(oc_out_pull_t *pull) {
    const oc_pull_kind_t *kind = kinds[pull->format];
    unsigned maximum = kind->newest ? 1 : OC_PULL_PIECE_PACKETS;
    uint64_t bytes = 0;
    oc_packet_t packet;
    pull->count = 0;
    while (pull->count < maximum && bytes < OC_PULL_PIECE_BYTES &&
           oc_ring_get(pull->ring, pull->seq, &packet) == OC_OK) {
        if (pull->count > 0 && packet.jump)
            break;
        if (!pull->begun || is_changed(pull, &packet)) {
            if (pull->count > 0)
                break;
            if (pull->begun && !kind->redescribes)
                return OC_ERR_CLOSED;
            int rc = choose(pull, &packet);
            if (rc < 0)
                return rc;
        }
        pull->seq++;
        if (!pull->begun || !is_ours(pull, &packet))
            continue;
        pull->packets[pull->count++] = packet;
        bytes += packet.len_bytes;
    }
    return OC_OK;
}

int oc_out_pull_next(oc_out_pull_t *pull, oc_fmp4_fragment_t *out) {
    OC_ON_MEDIA_THREAD();
    const oc_pull_kind_t *kind = kinds[pull->format];
    int rc = kind->newest ? place_newest(pull) : place(pull);
    if (rc == OC_OK)
        rc = gather(pull);
    if (rc != OC_OK || pull->count == 0)
        return rc != OC_OK ? rc : OC_AGAIN;
    out->head_len = out->spans_len = 0;
    out->bytes = 0;
    rc = kind->piece(pull, out);
    pull->described = pull->headed = true;
    if (rc != OC_OK)
        return OC_ERR_CLOSED;
    if (out->bytes == 0)
        return OC_AGAIN;
    pull->stats.packets += pull->count;
    return OC_OK;
}

void oc_out_pull_copy(oc_out_pull_t *pull, const oc_fmp4_fragment_t *piece, uint8_t *to) {
    const oc_pull_kind_t *kind = kinds[pull->format];
    OC_ON_MEDIA_THREAD();
    if (kind->write)
        kind->write(pull, to);
    for (size_t i = 0; i < piece->spans_len; i++) {
        memcpy(to, piece->spans[i].data, piece->spans[i].len);
        to += piece->spans[i].len;
    }
}

void oc_out_pull_stats(const oc_out_pull_t *pull, oc_out_pull_stats_t *out) {
    *out = pull->stats;
}

size_t oc_out_pull_end(const oc_out_pull_t *pull, const char **text) {
    *text = pull->headed ? kinds[pull->format]->end : "";
    return strlen(*text);
}
