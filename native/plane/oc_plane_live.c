/* Live bodies for HTTP, and how many watch.
 * A playing HLS client fetches each media segment once, so the newest segments are fetched as often
 * as there are viewers: their number is the most fetches that one of the newest four segments had
 * (a player stands about three segments behind the end). A client that fetches a segment twice
 * counts twice; caches in front of the server hide viewers. 0 after 10 s without a fetch.
 * Nothing may be stored: numbers begin at 1 again with the next process, and a browser that kept
 * segment 3 of the process before would show that. */
#include <stdlib.h>
#include <string.h>
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

#define NEWEST_SEGMENTS 4
#define WATCHING_US     (10 * 1000 * 1000)
#define SUB             "sub/" /* in front of files of the sub stream */

static oc_channel_t *find(const oc_plane_t *plane, const char *name) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (plane->channel[i] && strcmp(plane->channel[i]->config.name, name) == 0)
            return plane->channel[i];
    return NULL;
}

/* The number in "<letter><number><suffix>", or -1. No leading zeros: one name per file. */
static int64_t number_in(const char *file, char letter, const char *suffix) {
    int64_t number = 0;
    const char *p = file + 1;
    if (file[0] != letter || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
        return -1;
    for (; *p >= '0' && *p <= '9' && number <= UINT32_MAX; p++)
        number = number * 10 + (*p - '0');
    return p > file + 1 && number <= UINT32_MAX && strcmp(p, suffix) == 0 ? number : -1;
}

static uint8_t *body_memory(oc_plane_t *plane, size_t bytes) {
    return plane->env.allocate(plane->env.context, bytes);
}

static int playlist(oc_plane_t *plane, oc_channel_t *channel, oc_plane_body_t *out) {
    out->data = body_memory(plane, OC_OUT_LIVE_PLAYLIST_MAX);
    if (!out->data)
        return OC_ERR_NOMEM;
    int len = oc_out_live_playlist(channel->live, plane->clock, (char *)out->data,
                                   OC_OUT_LIVE_PLAYLIST_MAX);
    out->content_type = "application/vnd.apple.mpegurl";
    return len;
}

static int init_segment(oc_plane_t *plane, oc_channel_t *channel, uint32_t number,
                        oc_plane_body_t *out) {
    out->data = body_memory(plane, OC_FMP4_INIT_MAX);
    if (!out->data)
        return OC_ERR_NOMEM;
    out->content_type = "video/mp4";
    return oc_out_live_init_segment(channel->live, number, out->data, OC_FMP4_INIT_MAX);
}

static void count_fetch(oc_plane_t *plane, oc_channel_t *channel, uint32_t number) {
    oc_channel_fetch_t *fetch = &channel->fetch[number % OC_CHANNEL_FETCH_SLOTS];
    if (fetch->number != number)
        *fetch = (oc_channel_fetch_t){number, 0};
    fetch->count++;
    channel->fetched_us = plane->now_us;
}

static int segment(oc_plane_t *plane, oc_channel_t *channel, uint32_t number,
                   oc_plane_body_t *out) {
    oc_fmp4_fragment_t fragment = {.head = plane->head,
                                   .head_size = sizeof plane->head,
                                   .spans = plane->spans,
                                   .spans_size = OC_FMP4_PACKETS_MAX + 1};
    int code = oc_out_live_segment(channel->live, number, &fragment);
    if (code != OC_OK)
        return code;
    if (fragment.bytes > INT32_MAX)
        return OC_ERR_TOO_BIG;
    out->data = body_memory(plane, (size_t)fragment.bytes);
    if (!out->data)
        return OC_ERR_NOMEM;
    size_t len = 0;
    for (size_t i = 0; i < fragment.spans_len; i++) {
        memcpy(out->data + len, fragment.spans[i].data, fragment.spans[i].len);
        len += fragment.spans[i].len;
    }
    plane->stats.body_copied_bytes += len;
    out->content_type = "video/iso.segment";
    count_fetch(plane, channel, number);
    return (int)len;
}

int oc_plane_live_get(oc_plane_t *plane, const char *name, const char *file, oc_plane_body_t *out) {
    OC_ON_MEDIA_THREAD();
    oc_channel_t *channel = find(plane, name);
    int64_t number;
    int len;
    *out = (oc_plane_body_t){0};
    if (oc_plane_privacy(plane))
        return OC_ERR_PRIVATE;
    if (channel && strncmp(file, SUB, sizeof SUB - 1) == 0) {
        if (!channel->config.sub_url[0])
            return OC_ERR_NOENT;
        channel = oc_plane_sub(plane, channel->number);
        if (!channel)
            return OC_AGAIN; /* it is tried again */
        file += sizeof SUB - 1;
    }
    if (!channel)
        return OC_ERR_NOENT;
    if (!channel->ring)
        return channel->state == OC_CHANNEL_OPENING ? OC_AGAIN : OC_ERR_NOENT;
    channel->live_requests++;
    if (strcmp(file, "index.m3u8") == 0)
        len = playlist(plane, channel, out);
    else if ((number = number_in(file, 'i', ".mp4")) >= 0)
        len = init_segment(plane, channel, (uint32_t)number, out);
    else if ((number = number_in(file, 's', ".m4s")) >= 0)
        len = segment(plane, channel, (uint32_t)number, out);
    else
        len = OC_ERR_NOENT;
    /* 1 is OC_AGAIN: no body is that short */
    if (len <= OC_AGAIN) {
        if (out->data)
            plane->env.release(plane->env.context, out->data);
        *out = (oc_plane_body_t){0};
        return len;
    }
    out->len = (uint32_t)len;
    plane->stats.bodies++;
    plane->stats.body_bytes += out->len;
    return OC_OK;
}

uint32_t oc_plane_live_viewers(const oc_channel_t *channel, int64_t now_us) {
    oc_out_live_stats_t stats;
    uint32_t most = 0;
    if (now_us - channel->fetched_us > WATCHING_US)
        return 0;
    oc_out_live_stats(channel->live, &stats);
    for (unsigned i = 0; i < OC_CHANNEL_FETCH_SLOTS; i++) {
        const oc_channel_fetch_t *fetch = &channel->fetch[i];
        if (fetch->count > most && fetch->number <= stats.last &&
            stats.last - fetch->number < NEWEST_SEGMENTS)
            most = fetch->count;
    }
    return most;
}
