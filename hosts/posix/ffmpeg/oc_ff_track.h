/* oc_ff_track - from a stream of libavcodec's to a track of ours, and from its packets to our
 * payloads (oc_packet.h), for what passes through untouched. No FFmpeg call in here. */
#ifndef OC_FF_TRACK_H
#define OC_FF_TRACK_H

#include <stddef.h>

#include "oc_ff_time.h"
#include "oc_packet.h"
#include "oc_span.h"

#define OC_FF_SETS    3                   /* VPS, SPS, PPS */
#define OC_FF_SET_MAX OC_TRACK_CONFIG_MAX /* bytes of a parameter set that is kept */

/* What is known of a stream before its first packet. */
typedef struct oc_ff_stream {
    const char *codec; /* libavcodec's name: "h264", "hevc", "pcm_alaw" */
    oc_span_t extra;   /* its configuration, may be empty; borrowed until return */
    uint32_t num, den; /* time base */
    uint32_t width, height, rate, channels;
    uint16_t rotation; /* degrees clockwise for display: 0, 90, 180, 270 */
} oc_ff_stream_t;

typedef struct oc_ff_track {
    oc_track_t track; /* codec is set; config may come with the first packet */
    bool known;       /* track is complete */
    bool notified;    /* the consumer knows this description: cleared when it changes */
    uint8_t lengths;  /* bytes of a NAL unit's length, 0 = start codes */
    uint8_t set[OC_FF_SETS][OC_FF_SET_MAX];
    uint16_t set_len[OC_FF_SETS]; /* 0 = none seen, or too long */
    uint32_t over[OC_FF_SETS];    /* bytes of one that is in force and too long; 0 = it is kept */
    uint32_t oversize;            /* bytes of parameter sets that no description holds: what needs
                                     them cannot pass through; 0 = they fit */
    uint8_t changes;              /* of the sets alone: the same picture by its description */
    bool alternates; /* they change for ever: they travel in the packets, described once */
    oc_ff_time_t time;
} oc_ff_track_t;

/* OC_OK | OC_ERR_NOTSUP not a codec, or not a form of it, that passes through, or its parameter
 * sets are too large (oversize): transcode. */
int oc_ff_track_init(oc_ff_track_t *t, const oc_ff_stream_t *stream);

/* Bytes that a packet may need as payload. */
uint32_t oc_ff_track_bound(const oc_ff_track_t *t, size_t len);

/* True when a packet can be decoded without those before it; flagged: libavformat says so. */
bool oc_ff_track_key(const oc_ff_track_t *t, oc_span_t packet, bool flagged);

/* Writes the payload; notes parameter sets (told is cleared when they change the track) and, for
 * sound, *duration in ticks. > 0 bytes | 0 nothing to deliver: leave it out | OC_ERR_NOMEM out is
 * too small | OC_ERR_FORMAT broken: leave it out | OC_ERR_TOO_BIG nobody could decode it without
 * sets that do not fit (oversize): leave it out. Can be repeated for the same packet. */
int oc_ff_track_convert(oc_ff_track_t *t, oc_span_t packet, uint8_t *out, size_t size,
                        uint32_t *duration);

#endif
