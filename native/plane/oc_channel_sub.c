/* See oc_channel_sub.h. The sub stream is opened when main is, tried again for as long as the
 * channel is open, recorded in place of main when that is asked for. Nothing here changes what main
 * does. */
#include "oc_channel_sub.h"

#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"

#define SCALE        "scale:" /* the scheme of a stream made out of main's pictures */
#define SAME_PACKETS 256      /* of main that are looked through for such a picture */

bool oc_channel_sub_is_made(const char *text) {
    size_t width = strspn(text, "0123456789");
    const char *rest = text + width + 1;
    if (width == 0 || text[width] != 'x')
        return false;
    size_t height = strspn(rest, "0123456789");
    return height > 0 && (rest[height] == 0 || rest[height] == '@' || rest[height] == '#');
}

/* What the slot of the sub is opened with: main's settings with the other source. */
static int config_for(const oc_channel_t *channel, oc_channel_config_t *config) {
    const char *prefix = oc_channel_sub_is_made(channel->config.sub_url) ? SCALE : "";
    *config = channel->config;
    memset(config->sub_url, 0, sizeof config->sub_url);
    int len = snprintf(config->url, sizeof config->url, "%s%s", prefix, channel->config.sub_url);
    return len < (int)sizeof config->url ? OC_OK : OC_ERR_RANGE;
}

static void open_sub(oc_channel_t *channel, int64_t now_us) {
    oc_plane_t *plane = channel->plane;
    unsigned slot = OC_CHANNELS_MAX + channel->number;
    oc_channel_config_t config;
    char why[OC_CHANNEL_WHY_MAX] = "";
    int code = config_for(channel, &config);
    if (code == OC_OK)
        code = oc_channel_open(plane, slot, &config, channel->config_hash, now_us, why, sizeof why);
    oc_channel_wipe(config.url, sizeof config.url);
    if (code < 0)
        oc_channel_sub_gone(channel, code, why, now_us);
}

int64_t oc_channel_sub_advance(oc_channel_t *channel, int64_t now_us) {
    if (OC_STREAMS_MAX == OC_CHANNELS_MAX) /* a board has none: nor stack for opening one */
        return INT64_MAX;
    if (!channel->config.sub_url[0] || channel->step != OC_CHANNEL_STEP_OPEN ||
        oc_plane_sub(channel->plane, channel->number))
        return INT64_MAX;
    if (now_us >= channel->sub.due_us)
        open_sub(channel, now_us);
    return oc_plane_sub(channel->plane, channel->number) ? INT64_MAX : channel->sub.due_us;
}

void oc_channel_sub_opened(oc_channel_t *sub, const char *adapted, int64_t now_us) {
    oc_plane_t *plane = sub->plane;
    oc_channel_t *channel = plane->channel[oc_plane_channel_of(sub->number)];
    char why[OC_CHANNEL_WHY_MAX] = "";
    channel->sub.failures = channel->sub.why_hash = 0;
    oc_plane_event(plane, (int)sub->number, "sub-opened", OC_OK, "", adapted, now_us);
    if (!channel->sub.record)
        return;
    channel->sub.record = false;
    int code = oc_channel_record_start(sub, &channel->sub.record_config, now_us, why, sizeof why);
    if (code < 0)
        oc_plane_event(plane, (int)sub->number, "record-failed", code, "", why, now_us);
}

void oc_channel_sub_gone(oc_channel_t *channel, int failure, const char *why, int64_t now_us) {
    oc_plane_t *plane = channel->plane;
    oc_channel_sub_t *sub = &channel->sub;
    unsigned slot = OC_CHANNELS_MAX + channel->number;
    int64_t wait_us = OC_CHANNEL_SUB_MIN_US << (sub->failures < 5 ? sub->failures : 5);
    oc_plane_mark(plane, channel->number); /* it opens it again, or has waited for its end */
    if (channel->step != OC_CHANNEL_STEP_OPEN) {
        oc_plane_event(plane, (int)slot, "sub-closed", OC_OK, "", "", now_us);
        oc_plane_publish_row(plane, slot, now_us);
        return;
    }
    sub->failures++;
    sub->due_us = now_us + (wait_us < OC_CHANNEL_SUB_MAX_US ? wait_us : OC_CHANNEL_SUB_MAX_US);
    const char *text = why[0] ? why : oc_err_text(failure);
    uint32_t hash = oc_plane_publish_hash(0, text, strlen(text));
    if (hash != sub->why_hash) /* the same one again is no news */
        oc_plane_event(plane, (int)slot, "sub-failed", failure, "", text, now_us);
    sub->why_hash = hash;
    oc_plane_publish_row(plane, slot, now_us);
    oc_mailbox_edge(plane->mailbox, OC_OBJECT_CHANNEL + channel->number);
}

/* The picture of main that this one was made of: the same capture time. Its place on the line less
 * that time, or false. */
static bool find_same(const oc_channel_t *channel, const oc_packet_t *packet, int64_t *zero_us) {
    oc_packet_t other;
    uint64_t seq = channel->ring ? oc_ring_newest(channel->ring) : 0;
    for (unsigned i = 0; i < SAME_PACKETS && seq > 0; i++, seq--) {
        if (oc_ring_get(channel->ring, seq, &other) != OC_OK)
            return false;
        if (other.track != packet->track || other.capture_us != packet->capture_us)
            continue;
        *zero_us = other.capture_us - oc_timeline_us(&channel->line, other.track, other.dts);
        return true;
    }
    return false;
}

/* Sub is placed by main's line, and main by sub's only when its own first packet is the later one.
 * A source without a pace of its own is placed by itself. */
void oc_channel_sub_align(oc_channel_t *channel, const oc_packet_t *packet) {
    const oc_plane_t *plane = channel->plane;
    unsigned number = oc_plane_channel_of(channel->number);
    bool is_sub = oc_plane_is_sub(channel->number);
    const oc_channel_t *other = is_sub ? plane->channel[number] : oc_plane_sub(plane, number);
    int64_t zero_us;
    if (!other || channel->config.as_fast_as_possible || (!is_sub && channel->line.started))
        return;
    oc_timeline_follow(&channel->line, &other->line);
    if (is_sub && (!channel->line.started || channel->line.lost) &&
        find_same(other, packet, &zero_us))
        oc_timeline_place(&channel->line, packet->track, zero_us);
}
