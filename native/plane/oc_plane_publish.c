/* The published rows and names (oc_plane_impl.h): written here, read on any thread. */
#include <string.h>
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

#define FNV_OFFSET 2166136261u /* FNV-1a, 32 bit */
#define FNV_PRIME  16777619u

_Static_assert(offsetof(oc_stream_row_t, lost_foreign_ssrc) / 4 ==
                   OC_STREAM_ROW_LOST(OC_LOSS_CAUSES - 1),
               "a word for each cause");
_Static_assert(OC_CHANNEL_NAME_MAX % 4 == 0, "a name is whole words");

uint32_t oc_plane_publish_hash(uint32_t hash, const void *data, size_t len) {
    const uint8_t *bytes = data;
    if (hash == 0)
        hash = FNV_OFFSET;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * FNV_PRIME;
    return hash ? hash : 1;
}

static void split(uint64_t value, uint32_t *lo, uint32_t *hi) {
    *lo = (uint32_t)value;
    *hi = (uint32_t)(value >> 32);
}

static void fill_tracks(const oc_stream_t *stream, oc_stream_row_t *row) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *track = &stream->track[i];
        if (oc_codec_is_video(track->codec)) {
            row->video_codec = track->codec;
            row->width = track->width;
            row->height = track->height;
            row->rotation = track->rotation;
        } else if (track->codec == OC_CODEC_NONE) {
            *(i == 0 ? &row->omitted_video : &row->omitted_audio) = track->omitted;
        } else if (oc_codec_is_audio(track->codec)) {
            row->audio_codec = track->codec;
            row->sample_rate = track->sample_rate;
            row->audio_channels = track->channels;
        }
    }
}

static void fill_ring(oc_stream_t *stream, oc_stream_row_t *row, int64_t now_us) {
    oc_ring_stats_t stats;
    oc_ring_stats(stream->ring, &stats);
    /* Rows that are written in between, at a change of state, must not shorten the window. */
    if (now_us - stream->sampled_us >= OC_PLANE_PUBLISH_US) {
        if (stream->sampled_us && now_us - stream->sampled_us > OC_PLANE_SETTLED_US)
            oc_rate_pause(&stream->rate, now_us - OC_PLANE_PUBLISH_US);
        stream->sampled_us = now_us;
        oc_rate_add(&stream->rate, &(oc_rate_sample_t){.at_us = now_us,
                                                       .frame_us = stream->frame_us,
                                                       .bytes = stats.bytes,
                                                       .frames = stream->frames});
    }
    row->bitrate_bps = oc_rate_bps(&stream->rate);
    row->fps_milli = oc_rate_fps_milli(&stream->rate);
    row->gop_ms = stats.last_gop_ms;
    row->gop_bytes = stats.last_gop_bytes;
    split(stats.packets, &row->packets_lo, &row->packets_hi);
    split(stats.bytes, &row->bytes_lo, &row->bytes_hi);
    split(stats.copied_bytes, &row->copied_lo, &row->copied_hi);
    row->empty_packets = stats.empty_packets;
    row->lost_gops = stats.oversize_gops + stats.pinned_gops;
    row->jumps = stream->line.jumps;
    row->ring_bytes = stream->ring_bytes;
    row->ring_held_bytes = stats.held_bytes;
    row->ring_held_ms = stats.held_ms;
    row->ring_readers = stats.readers;
    row->ring_overruns = stats.reader_gaps;
}

static void fill_losses(const oc_stream_t *stream, oc_stream_row_t *row) {
    uint32_t *words = (uint32_t *)row;
    row->unused_packets = stream->loss.unused;
    for (unsigned i = 0; i < OC_LOSS_CAUSES; i++) {
        uint32_t lost = oc_stream_lost(stream, i);
        words[OC_STREAM_ROW_LOST(i)] = lost;
        row->dropped_packets += lost;
    }
}

static void fill_latency(const oc_stream_t *stream, oc_stream_row_t *row) {
    oc_hist_t both = stream->latency[0];
    oc_hist_merge(&both, &stream->latency[1]);
    row->lateness_p50_us = oc_hist_quantile(&both, 500);
    row->lateness_p99_us = oc_hist_quantile(&both, 990);
    row->lateness_p999_us = oc_hist_quantile(&both, 999);
    row->lateness_max_us = both.max_us;
}

/* What belongs to the channel, the same for both streams; the state of a sub that is not open. */
static void fill_channel(const oc_channel_t *owner, unsigned slot, oc_stream_row_t *row) {
    if (!owner || (oc_plane_is_sub(slot) && !owner->config.sub_url[0]))
        return;
    row->state = owner->sub.failures > 0 ? OC_STREAM_LOST : OC_STREAM_OPENING;
    row->name_hash = oc_plane_publish_hash(0, owner->config.name, strlen(owner->config.name));
}

void oc_plane_publish_channel(oc_plane_t *plane, unsigned number, int64_t now_us) {
    for (unsigned slot = number; slot < OC_STREAMS_MAX; slot += OC_CHANNELS_MAX)
        oc_plane_publish_row(plane, slot, now_us);
}

void oc_plane_publish_row(oc_plane_t *plane, unsigned slot, int64_t now_us) {
    oc_stream_t *stream = oc_plane_stream(plane, slot);
    oc_stream_row_t row = {0};
    uint32_t words[OC_STREAM_ROW_WORDS];
    fill_channel(plane->channel[oc_plane_channel_of(slot)], slot, &row);
    if (stream) {
        row.state = stream->state;
        row.failure = (uint32_t)-stream->fault.code;
        row.source_losses = stream->losses;
        if (stream->ring) {
            fill_tracks(stream, &row);
            fill_ring(stream, &row, now_us);
            fill_losses(stream, &row);
            fill_latency(stream, &row);
            oc_outputs_row(stream, &row, now_us);
        }
    }
    oc_plane_desired_row(plane, slot, &row);
    memcpy(words, &row, sizeof words);
    oc_table_write(&plane->row[slot], words);
}

/* The row of a stream that moves, or has lately. False: the next one would be the same. Where only
 * the age of what is not on the disk still grows, every fourth time is enough. */
static bool publish_moved(oc_plane_t *plane, unsigned slot, int64_t now_us) {
    const oc_stream_t *stream = oc_plane_stream(plane, slot);
    if (!stream)
        return false;
    bool settled = now_us - plane->streams.moved_us[slot] >= OC_PLANE_SETTLED_US;
    bool ages = oc_stream_record_age_ms(stream, now_us) > 0;
    if (!settled || !ages || plane->streams.publishes % 4 == 0)
        oc_plane_publish_row(plane, slot, now_us);
    return !settled || ages;
}

int64_t oc_plane_publish_moved(oc_plane_t *plane, int64_t now_us) {
    bool due = now_us >= plane->streams.publish_us;
    uint32_t any = 0;
    for (unsigned word = 0; word < OC_PLANE_SLOT_WORDS; word++) {
        for (unsigned i = 0; due && i < 32 && plane->streams.moved[word] >> i; i++)
            if (plane->streams.moved[word] >> i & 1 && !publish_moved(plane, word * 32 + i, now_us))
                plane->streams.moved[word] &= ~(1u << i);
        any |= plane->streams.moved[word];
    }
    if (due)
        plane->streams.publish_us = now_us + OC_PLANE_PUBLISH_US;
    plane->streams.publishes += due;
    return any ? plane->streams.publish_us : INT64_MAX;
}

void oc_plane_publish_name(oc_plane_t *plane, unsigned slot, const char *name) {
    uint32_t words[OC_PLANE_NAME_WORDS] = {0};
    memcpy(words, name, strlen(name));
    oc_table_write(&plane->name[slot], words);
}

const oc_table_t *oc_plane_stream_table(const oc_plane_t *plane, unsigned slot) {
    return slot < OC_STREAMS_MAX ? &plane->row[slot] : NULL;
}

void oc_plane_channel_name(const oc_plane_t *plane, unsigned slot, char *out) {
    uint32_t words[OC_PLANE_NAME_WORDS];
    out[0] = 0;
    /* A name changes twice in a channel's life; a writer at work means that it changes just now. */
    if (slot < OC_STREAMS_MAX && oc_table_read(&plane->name[slot], words))
        memcpy(out, words, sizeof words);
}

bool oc_plane_is_test(const oc_plane_t *plane, unsigned slot) {
    char name[OC_CHANNEL_NAME_MAX];
    oc_plane_channel_name(plane, slot, name);
    return strcmp(name, OC_CHANNEL_TEST) == 0;
}
