/* See oc_channel_video.h. */
#include "oc_channel.h"
#include "oc_plane_impl.h"

static void set_aside(oc_channel_t *channel, int64_t now_us) {
    oc_channel_video_t *video = &channel->video;
    if (oc_ring_forget_track(channel->ring, 0) != OC_OK)
        return;
    video->track = channel->track[0];
    video->is_aside = true;
    channel->track[0] = (oc_track_t){0};
    channel->config_id[0] = 0;
    oc_plane_eventf(channel->plane, (int)channel->number, "video-missing", OC_ERR_TIMEOUT, "",
                    now_us, "no video for %d s: continuing with audio alone",
                    OC_CHANNEL_VIDEO_US / 1000000);
    oc_channel_set_state(channel, channel->state, now_us);
}

bool oc_channel_video_track(oc_channel_t *channel, unsigned index, const oc_track_t *track) {
    if (index != 0 || !channel->video.is_aside)
        return false;
    channel->video.track = *track;
    return true;
}

void oc_channel_video_packet(oc_channel_t *channel, const oc_packet_t *packet, int64_t now_us) {
    oc_channel_video_t *video = &channel->video;
    if (packet->len_bytes == 0 || video->came)
        return;
    if (packet->track == 0) {
        video->came = true;
        if (!video->is_aside)
            return;
        video->is_aside = false;
        oc_channel_set_track(channel, 0, &video->track, now_us);
        oc_plane_event(channel->plane, (int)channel->number, "video-came", OC_OK, "", "", now_us);
        oc_channel_set_state(channel, channel->state, now_us);
        return;
    }
    if (channel->config_id[0] == 0 || channel->config_id[packet->track] == 0)
        return; /* there is no video, or no sound */
    if (video->sound_us == 0)
        video->sound_us = now_us;
    if (now_us - video->sound_us >= OC_CHANNEL_VIDEO_US)
        set_aside(channel, now_us);
}
