/* The sub stream of a channel (oc_channel.h): opened when main runs, tried again for as long as the
 * channel is open. Nothing here changes what main does. */
#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"
#include "oc_retry.h"

#define SCALE "scale:" /* the scheme of a stream made out of main's frames */

bool oc_channel_sub_is_made(const char *text) {
    size_t width = strspn(text, "0123456789");
    const char *rest = text + width + 1;
    if (width == 0 || text[width] != 'x')
        return false;
    size_t height = strspn(rest, "0123456789");
    return height > 0 && (rest[height] == 0 || rest[height] == '@' || rest[height] == '#');
}

static void open_sub(oc_channel_t *channel, int64_t now_us) {
    const char *prefix = oc_channel_sub_is_made(channel->config.sub_url) ? SCALE : "";
    char url[OC_CAPTURE_URL_MAX], why[OC_PLANE_WHY_MAX] = "";
    int len = snprintf(url, sizeof url, "%s%s", prefix, channel->config.sub_url);
    int code = len < (int)sizeof url
                   ? oc_stream_open(channel, OC_STREAM_SUB, url, now_us, why, sizeof why)
                   : OC_ERR_RANGE;
    oc_channel_wipe(url, sizeof url);
    if (code < 0)
        oc_channel_sub_gone(channel, code, why, now_us);
}

int64_t oc_channel_sub_advance(oc_channel_t *channel, int64_t now_us) {
    if (OC_STREAMS_MAX == OC_CHANNELS_MAX) /* a board has none: nor stack for opening one */
        return INT64_MAX;
    if (!channel->config.sub_url[0] || !oc_channel_is_open(channel) ||
        channel->stream[OC_STREAM_SUB])
        return INT64_MAX;
    if (now_us >= channel->sub.due_us)
        open_sub(channel, now_us);
    return channel->stream[OC_STREAM_SUB] ? INT64_MAX : channel->sub.due_us;
}

void oc_channel_sub_opened(oc_stream_t *stream) {
    stream->channel->sub.failures = stream->channel->sub.why_hash = 0;
}

void oc_channel_sub_gone(oc_channel_t *channel, int failure, const char *why, int64_t now_us) {
    oc_plane_t *plane = channel->plane;
    oc_channel_sub_t *sub = &channel->sub;
    unsigned slot = oc_plane_slot(channel->number, OC_STREAM_SUB);
    oc_plane_mark(plane, channel->number); /* it opens it again, or has waited for its end */
    if (!oc_channel_is_open(channel)) {
        oc_plane_event(plane, (int)slot, OC_EVENT_SUB_CLOSED, OC_OK, "", "", now_us);
        oc_plane_publish_row(plane, slot, now_us);
        return;
    }
    sub->failures++;
    sub->due_us = now_us + oc_retry_us(failure, sub->failures);
    const char *text = why[0] ? why : oc_err_text(failure);
    uint32_t hash = oc_plane_publish_hash(0, text, strlen(text));
    if (hash != sub->why_hash) /* the same one again is no news */
        oc_plane_event(plane, (int)slot, OC_EVENT_SUB_FAILED, failure, "", text, now_us);
    sub->why_hash = hash;
    oc_plane_publish_row(plane, slot, now_us);
    oc_mailbox_edge(plane->mailbox, OC_OBJECT_CHANNEL + channel->number);
}
