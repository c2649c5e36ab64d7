/* oc_stream_video - a stream whose source announces video that does not come: sound does not wait
 * for it for ever. After OC_STREAM_VIDEO_US of sound alone the description is set aside, so that
 * ring, live and recordings go on with the sound; the first video packet brings it back, as if it
 * had been described then. Inside native/plane only. */
#ifndef OC_STREAM_VIDEO_H
#define OC_STREAM_VIDEO_H

#include <stdbool.h>
#include <stdint.h>
#include "oc_packet.h"

#define OC_STREAM_VIDEO_US (5 * 1000 * 1000)

/* Of oc_stream.h. */
struct oc_stream;

/* Start from zeros. */
typedef struct oc_stream_video {
    oc_track_t track; /* set aside */
    bool is_aside;    /* track is valid, and the ring does not know it */
    bool came;        /* a video packet has come */
    int64_t sound_us; /* when the first sound came without it; 0 = none yet */
} oc_stream_video_t;

/* Before each packet of a source is used. */
void oc_stream_video_packet(struct oc_stream *stream, const oc_packet_t *packet, int64_t now_us);

/* True: the description of a track was set aside, for there is no video yet. */
bool oc_stream_video_track(struct oc_stream *stream, unsigned index, const oc_track_t *track);

#endif
