/* See oc_channel.h. The sub stream is in oc_channel_sub.c. */
#include "oc_channel.h"

#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"

#define SAME_PACKETS 256 /* of main that are looked through for the frame a sub's was made of */

void oc_channel_wipe(char *text, size_t size) {
    volatile char *p = text;
    while (size--)
        *p++ = 0;
}

/* Its number is free afterwards. */
static void free_channel(oc_channel_t *channel) {
    oc_plane_t *plane = channel->plane;
    plane->channel[channel->number] = NULL;
    oc_channel_wipe(channel->config.sub_url, sizeof channel->config.sub_url);
    plane->env.loop.release(plane->env.loop.context, channel);
}

/* Its main stream ends, or was not opened at all. A failure that lasts is reported once, however
 * often it is tried. */
static void report_gone(oc_plane_t *plane, unsigned number, int failure, const char *why,
                        int64_t now_us) {
    const char *told = oc_plane_desired_end(plane, number);
    if (told || failure >= 0 || failure == OC_ERR_PRIVATE)
        oc_plane_event(plane, (int)number, OC_EVENT_CHANNEL_CLOSED, OC_OK, "", told ? told : why,
                       now_us);
    else if (oc_lasting_fail(&plane->desired.lasting[number],
                             oc_plane_publish_hash(0, why, strlen(why)), now_us))
        oc_plane_event(plane, (int)number, OC_EVENT_CHANNEL_FAILED, failure, "", why, now_us);
}

int oc_channel_open(oc_plane_t *plane, unsigned number, const oc_channel_config_t *config,
                    int64_t now_us, char *why, size_t why_size) {
    oc_channel_t *channel = plane->env.loop.allocate(plane->env.loop.context, sizeof *channel);
    if (!channel) {
        snprintf(why, why_size, "no memory for another channel");
        report_gone(plane, number, OC_ERR_NOMEM, why, now_us);
        return OC_ERR_NOMEM;
    }
    memset(channel, 0, sizeof *channel);
    channel->plane = plane;
    channel->number = number;
    channel->config = *config;
    oc_channel_wipe(channel->config.url, sizeof channel->config.url);
    plane->channel[number] = channel;
    int code = OC_ERR_NOTSUP;
    if (config->sub_url[0] && OC_STREAMS_MAX == OC_CHANNELS_MAX)
        snprintf(why, why_size, "sub: this host has one stream per channel");
    else
        code = oc_stream_open(channel, OC_STREAM_MAIN, config->url, now_us, why, why_size);
    if (code < 0) {
        report_gone(plane, number, code, why, now_us);
        free_channel(channel);
    } else if (config->sub_url[0])
        oc_plane_publish_name(plane, oc_plane_slot(number, OC_STREAM_SUB), config->name);
    return code;
}

oc_channel_t *oc_channel_find(const oc_plane_t *plane, const char *name) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (plane->channel[i] && strcmp(plane->channel[i]->config.name, name) == 0)
            return plane->channel[i];
    return NULL;
}

void oc_channel_close(oc_channel_t *channel, int64_t now_us) {
    oc_stream_t *sub = channel->stream[OC_STREAM_SUB];
    if (sub)
        oc_stream_close(sub, now_us);
    oc_stream_close(channel->stream[OC_STREAM_MAIN], now_us);
}

void oc_channel_cut(oc_channel_t *channel, int64_t now_us) {
    oc_stream_t *sub = channel->stream[OC_STREAM_SUB];
    if (sub)
        oc_stream_cut(sub, now_us);
    oc_stream_cut(channel->stream[OC_STREAM_MAIN], now_us);
}

bool oc_channel_captures(const oc_channel_t *channel) {
    for (unsigned kind = 0; kind < OC_STREAM_KINDS; kind++)
        if (channel->stream[kind] && oc_stream_captures(channel->stream[kind]))
            return true;
    return false;
}

void oc_channel_stream_opened(oc_stream_t *stream, const char *adapted, int64_t now_us) {
    if (!stream->fault.absent)
        oc_channel_stream_came(stream, adapted, now_us);
    if (oc_plane_is_sub(stream->slot)) {
        oc_channel_sub_opened(stream);
        return;
    }
    oc_plane_desired_opened(stream->plane, stream->slot);
}

void oc_channel_stream_came(oc_stream_t *stream, const char *adapted, int64_t now_us) {
    bool sub = oc_plane_is_sub(stream->slot);
    uint32_t failures = sub ? 0 : oc_lasting_end(&stream->plane->desired.lasting[stream->slot]);
    char text[OC_EVENT_TEXT_MAX];
    snprintf(text, sizeof text, failures > 1 ? "%s%safter %u attempts" : "%s", adapted,
             adapted[0] ? "; " : "", failures);
    oc_plane_event(stream->plane, (int)stream->slot,
                   sub ? OC_EVENT_SUB_OPENED : OC_EVENT_CHANNEL_OPENED, OC_OK, "", text, now_us);
}

void oc_channel_stream_gone(oc_channel_t *channel, oc_stream_kind_t kind, int failure,
                            const char *why, int64_t now_us) {
    oc_plane_t *plane = channel->plane;
    unsigned number = channel->number;
    if (kind == OC_STREAM_SUB) {
        oc_channel_sub_gone(channel, failure, why, now_us);
        return;
    }
    report_gone(plane, number, failure, why, now_us);
    free_channel(channel);
    for (unsigned slot = number; slot < OC_STREAMS_MAX; slot += OC_CHANNELS_MAX)
        oc_plane_publish_name(plane, slot,
                              oc_plane_is_sub(slot) ? "" : oc_plane_desired_name(plane, slot));
    oc_plane_desired_gone(plane, number, failure, why, now_us);
    oc_plane_publish_channel(plane, number, now_us);
    oc_mailbox_edge(plane->mailbox, OC_OBJECT_CHANNEL + number);
}

/* The frame of main that this one was made of: the same capture time. Its place on the line less
 * that time, or false. */
static bool find_same(const oc_stream_t *stream, const oc_packet_t *packet, int64_t *zero_us) {
    oc_packet_t other;
    uint64_t seq = stream->ring ? oc_ring_newest(stream->ring) : 0;
    for (unsigned i = 0; i < SAME_PACKETS && seq > 0; i++, seq--) {
        if (oc_ring_get(stream->ring, seq, &other) != OC_OK)
            return false;
        if (other.track != packet->track || other.capture_us != packet->capture_us)
            continue;
        *zero_us = other.capture_us - oc_timeline_us(&stream->line, other.track, other.dts);
        return true;
    }
    return false;
}

/* Sub is placed by main's line, and main by sub's only when its own first packet is the later one.
 * A source without a pace of its own is placed by itself. */
void oc_channel_align(oc_stream_t *stream, const oc_packet_t *packet) {
    const oc_channel_t *channel = stream->channel;
    bool is_sub = oc_plane_is_sub(stream->slot);
    const oc_stream_t *other = channel->stream[is_sub ? OC_STREAM_MAIN : OC_STREAM_SUB];
    int64_t zero_us;
    if (!other || channel->config.as_fast_as_possible || (!is_sub && stream->line.started))
        return;
    oc_timeline_follow(&stream->line, &other->line);
    if (is_sub && (!stream->line.started || stream->line.lost) &&
        find_same(other, packet, &zero_us))
        oc_timeline_place(&stream->line, packet->track, zero_us);
}
