/* oc_packet - the unit that flows through the media plane: one access unit of one track.
 * Payload formats: docs/formats.md, section "Packet". Time is kept in ticks of the track's own
 * timescale, so nothing is rounded between source and file. */
#ifndef OC_PACKET_H
#define OC_PACKET_H

#include <stdbool.h>
#include <stdint.h>

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* Codecs of tracks. */
typedef enum oc_codec {
    OC_CODEC_NONE = 0,
    OC_CODEC_H264 = 1, /* length-prefixed NAL units (4-byte lengths), config = avcC payload */
    OC_CODEC_H265 = 2, /* length-prefixed NAL units (4-byte lengths), config = hvcC payload */
    OC_CODEC_MJPEG = 3, /* one JPEG image (SOI..EOI), no config; every packet is a key packet */
    OC_CODEC_AAC = 4, /* one raw_data_block, no ADTS; config = AudioSpecificConfig */
    OC_CODEC_OPUS = 5, /* one Opus packet; config = dOps payload (Opus in ISOBMFF 4.3.2) */
    OC_CODEC_PCMA = 6, /* G.711 A-law bytes */
    OC_CODEC_PCMU = 7, /* G.711 mu-law bytes */
} oc_codec_t;
/* clang-format on */
/* end protocol */

/* Which track a codec belongs to. */
static inline bool oc_codec_is_video(oc_codec_t c) {
    return c == OC_CODEC_H264 || c == OC_CODEC_H265 || c == OC_CODEC_MJPEG;
}
static inline bool oc_codec_is_audio(oc_codec_t c) {
    return c >= OC_CODEC_AAC;
}

/* Coding of a track that is not carried, for people: its letters, digits and "-", at most 4, and
 * NUL. text: at least 5 bytes. */
void oc_coding_text(uint32_t coding, char *text);

/* Short lower-case name: "h264", "h265", "mjpeg", "aac", "opus", "pcma", "pcmu", "none". */
const char *oc_codec_name(oc_codec_t codec);

/* Tracks of one stream: at most one video and one audio track. */
#define OC_TRACKS_MAX 2
/* Largest codec configuration kept, in bytes (avcC of one SPS + PPS: 30..80; hvcC: 80..200). */
#define OC_TRACK_CONFIG_MAX 512

/* What a decoder must know before the first packet. About 540 bytes. */
typedef struct oc_track {
    oc_codec_t codec;
    uint32_t timescale;   /* ticks per second, 1 .. 2^31-1; audio: the sample rate */
    uint16_t width;       /* video: pixels after cropping; 0 = unknown */
    uint16_t height;      /* video: pixels after cropping; 0 = unknown */
    uint32_t sample_rate; /* audio: Hz; 0 = not audio */
    uint8_t channels;     /* audio: 1..8; 0 = not audio */
    bool in_band;         /* parameter sets travel in the packets too (avc3, hev1) */
    uint16_t config_len;  /* bytes used of config */
    uint16_t rotation;    /* video: degrees clockwise for display: 0, 90, 180, 270 */
    uint32_t omitted;     /* codec NONE: the source has such a track, which is not carried: its
                             coding as four characters, the first in the high byte; 0 = no track */
    uint8_t config[OC_TRACK_CONFIG_MAX];
} oc_track_t;

/* One access unit. Inside a track dts never decreases; pts = dts + cts. */
typedef struct oc_packet {
    const uint8_t *data; /* payload; lifetime as the lending function says */
    uint32_t len_bytes;  /* 1 .. the ring's largest packet; 0 = empty: skipped and counted (A5) */
    int64_t dts;         /* ticks of the track since the stream's start */
    int32_t cts;         /* composition offset in ticks, may be negative (B-frames) */
    uint32_t duration;   /* ticks; 0 = unknown until the next packet of the track */
    int64_t capture_us;  /* monotonic time at which the source delivered it */
    uint16_t config_id;  /* which configuration of the track decodes it (oc_ring_track) */
    uint8_t track;       /* index into the stream's tracks */
    bool key;            /* decodable without earlier packets: IDR/IRAP; any audio, any JPEG */
    bool jump;           /* packets were lost before this one: the source was */
} oc_packet_t;

#endif
