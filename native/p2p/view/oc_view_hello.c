#include "oc_view_hello.h"

#include <stdio.h>
#include "oc_err.h"
#include "oc_json.h"

#define CODECS_MAX 64

static const oc_track_t *video_of(const oc_source_feed_t *feed) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        if (oc_codec_is_video(feed->tracks.track[i].codec))
            return &feed->tracks.track[i];
    return NULL;
}

/* Monotonic time of decode time 0, by the newest packet. False: there is none. */
static bool zero_us(const oc_source_feed_t *feed, int64_t *out) {
    oc_packet_t packet;
    uint64_t newest = oc_ring_newest(feed->ring);
    if (newest == 0 || oc_ring_get(feed->ring, newest, &packet) != OC_OK)
        return false;
    *out = packet.capture_us - oc_out_tracks_us(&feed->tracks, packet.track, packet.dts);
    return true;
}

static void write_timeline(oc_json_t *json, const oc_source_feed_t *feed, const oc_clock_t *clock) {
    static const char *const quality[] = {"none", "rtc", "ntp"};
    int64_t zero;
    bool known = clock->quality != OC_CLOCK_NONE && zero_us(feed, &zero);
    oc_json_begin_object(json);
    oc_json_key(json, "zero_ms");
    if (known)
        oc_json_int(json, oc_clock_wall_us(clock, zero) / 1000);
    else
        oc_json_null(json);
    oc_json_member_string(json, "quality", quality[clock->quality]);
    oc_json_end_object(json);
}

int oc_view_hello(oc_source_feed_t *feed, const oc_clock_t *clock, unsigned channel, bool sub,
                  char *out, size_t size) {
    char codecs[CODECS_MAX], mime[CODECS_MAX + 32];
    int rc = oc_source_feed_codecs(feed, codecs, sizeof codecs);
    if (rc != OC_OK)
        return rc;
    const oc_track_t *video = video_of(feed);
    snprintf(mime, sizeof mime, "%s/mp4; codecs=\"%s\"", video ? "video" : "audio", codecs);
    oc_json_t json = oc_json(out, size);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "codecs", codecs);
    oc_json_member_string(&json, "mime", mime);
    oc_json_member_int(&json, "width", video ? video->width : 0);
    oc_json_member_int(&json, "height", video ? video->height : 0);
    oc_json_key(&json, "timeline");
    write_timeline(&json, feed, clock);
    oc_json_member_string(&json, "stream", sub ? "sub" : "main");
    oc_json_member_int(&json, "channel", channel);
    oc_json_end_object(&json);
    return json.bad ? OC_ERR_NOMEM : (int)json.len;
}
