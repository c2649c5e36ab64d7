/* See oc_stream_video.h. */
#include "oc_stream.h"
#include "oc_plane_impl.h"

static void set_aside(oc_stream_t *stream, int64_t now_us) {
    oc_stream_video_t *video = &stream->video;
    if (oc_ring_forget_track(stream->ring, 0) != OC_OK)
        return;
    video->track = stream->track[0];
    video->is_aside = true;
    stream->track[0] = (oc_track_t){0};
    stream->config_id[0] = 0;
    oc_plane_eventf(stream->plane, (int)stream->slot, OC_EVENT_VIDEO_MISSING, OC_ERR_TIMEOUT, "",
                    now_us, "no video for %d s: continuing with audio alone",
                    OC_STREAM_VIDEO_US / 1000000);
    oc_stream_set_state(stream, stream->state, now_us);
}

bool oc_stream_video_track(oc_stream_t *stream, unsigned index, const oc_track_t *track) {
    if (index != 0 || !stream->video.is_aside)
        return false;
    stream->video.track = *track;
    return true;
}

void oc_stream_video_packet(oc_stream_t *stream, const oc_packet_t *packet, int64_t now_us) {
    oc_stream_video_t *video = &stream->video;
    if (packet->len_bytes == 0 || video->came)
        return;
    if (packet->track == 0) {
        video->came = true;
        if (!video->is_aside)
            return;
        video->is_aside = false;
        oc_stream_set_track(stream, 0, &video->track, now_us);
        oc_plane_event(stream->plane, (int)stream->slot, OC_EVENT_VIDEO_CAME, OC_OK, "", "",
                       now_us);
        oc_stream_set_state(stream, stream->state, now_us);
        return;
    }
    if (stream->config_id[0] == 0 || stream->config_id[packet->track] == 0)
        return; /* there is no video, or no sound */
    if (video->sound_us == 0)
        video->sound_us = now_us;
    if (now_us - video->sound_us >= OC_STREAM_VIDEO_US)
        set_aside(stream, now_us);
}
