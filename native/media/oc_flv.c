#include "oc_flv.h"

#include <string.h>

#include "oc_err.h"

/* Adobe Flash Video File Format Specification 10.1, annex E.
 * E.2 the header of a file; A: it has audio, V: video:
 *   0                   1                   2                   3
 *   |      'F'      |      'L'      |      'V'      |  version = 1  |
 *   |0 0 0 0 0 A 0 V|            bytes of the header = 9            |
 *   |               |  (E.3: size of the tag before the first = 0)  |
 *
 * E.4.1 a tag; its size (the 11 bytes and the body) follows behind it in 32 bits (E.3):
 *   |0 0 0|  type   |                bytes of the body              |
 *   |         time stamp, ms, lower 24 bits         | upper 8 bits  |
 *   |                stream id = 0                  |     body      |
 *
 * The body: E.4.2.1 AAC; E.4.3.1 AVC; H.265 by Enhanced RTMP, with the offset for packet type 1:
 *   |  10   | 3 |1|1|  packet type  |             data              |
 *
 *   | frame |codec=7|  packet type  |    composition offset, ms,    |
 *   |    signed     |                     data                      |
 *
 *   |1|frame|p. type|                FourCC = 'hvc1'                |
 *   |               |        composition offset, ms, signed         |  data
 */
/* E.4.2.1 AudioTagHeader: AAC, and as it demands 44 kHz, 16 bit, stereo, whatever is inside. */
#define AUDIO_AAC 0xAF
/* E.4.3.1 VideoTagHeader: FrameType above CodecID. Enhanced RTMP: bit 7 says that the low half is
 * a PacketType and a FourCC follows. */
#define FRAME_KEY   0x10
#define FRAME_INTER 0x20
#define CODEC_AVC   7
#define EX_HEADER   0x80
#define FOURCC_HEVC 0x68766331u                               /* 'hvc1' */
enum { SEQUENCE_START = 0, CODED = 1 };                       /* AVCPacketType, AACPacketType */
enum { EX_SEQUENCE_START = 0, EX_CODED = 1, EX_CODED_X = 3 }; /* PacketType; X: no offset follows */

/* Types of values, AMF0 section 2.1. */
enum { AMF_NUMBER = 0, AMF_BOOLEAN = 1, AMF_STRING = 2, AMF_ECMA_ARRAY = 8, AMF_OBJECT_END = 9 };

bool oc_flv_carries(oc_codec_t codec) {
    return codec == OC_CODEC_H264 || codec == OC_CODEC_H265 || codec == OC_CODEC_AAC;
}

void oc_flv_header(uint8_t out[OC_FLV_HEADER_BYTES], bool audio, bool video) {
    static const uint8_t header[OC_FLV_HEADER_BYTES] = {'F', 'L', 'V', 1, 0, 0, 0, 0, 9};
    memcpy(out, header, sizeof header);
    out[4] = (uint8_t)((audio ? 4 : 0) | (video ? 1 : 0));
}

void oc_flv_tag(uint8_t out[OC_FLV_TAG_BYTES], oc_flv_type_t type, uint32_t body_len, int64_t ms) {
    oc_wr_t w = oc_wr(out, OC_FLV_TAG_BYTES);
    uint32_t time = (uint32_t)(uint64_t)ms;
    oc_wr_u8(&w, type);
    oc_wr_u24(&w, body_len);
    oc_wr_u24(&w, time & 0xFFFFFF);
    oc_wr_u8(&w, time >> 24); /* TimestampExtended */
    oc_wr_u24(&w, 0);         /* StreamID */
}

void oc_flv_size(uint8_t out[OC_FLV_SIZE_BYTES], uint32_t body_len) {
    oc_wr_t w = oc_wr(out, OC_FLV_SIZE_BYTES);
    oc_wr_u32(&w, OC_FLV_TAG_BYTES + body_len);
}

size_t oc_flv_prefix(uint8_t out[OC_FLV_PREFIX_MAX], const oc_track_t *track, bool key,
                     int32_t cts_ms) {
    oc_wr_t w = oc_wr(out, OC_FLV_PREFIX_MAX);
    uint32_t frame = key ? FRAME_KEY : FRAME_INTER;
    if (track->codec == OC_CODEC_AAC) {
        oc_wr_u8(&w, AUDIO_AAC);
        oc_wr_u8(&w, CODED);
    } else if (track->codec == OC_CODEC_H264) {
        oc_wr_u8(&w, frame | CODEC_AVC);
        oc_wr_u8(&w, CODED);
        oc_wr_u24(&w, (uint32_t)cts_ms & 0xFFFFFF);
    } else {
        oc_wr_u8(&w, EX_HEADER | frame | (cts_ms != 0 ? EX_CODED : EX_CODED_X));
        oc_wr_u32(&w, FOURCC_HEVC);
        if (cts_ms != 0)
            oc_wr_u24(&w, (uint32_t)cts_ms & 0xFFFFFF);
    }
    return oc_wr_len(&w);
}

int oc_flv_config(const oc_track_t *track, uint8_t *out, size_t size) {
    oc_wr_t w = oc_wr(out, size);
    if (track->codec == OC_CODEC_AAC) {
        oc_wr_u8(&w, AUDIO_AAC);
        oc_wr_u8(&w, SEQUENCE_START);
    } else if (track->codec == OC_CODEC_H264) {
        oc_wr_u8(&w, FRAME_KEY | CODEC_AVC);
        oc_wr_u32(&w, SEQUENCE_START); /* and CompositionTime 0 */
    } else {
        oc_wr_u8(&w, EX_HEADER | FRAME_KEY | EX_SEQUENCE_START);
        oc_wr_u32(&w, FOURCC_HEVC);
    }
    oc_wr_bytes(&w, track->config, track->config_len);
    return w.bad ? OC_ERR_NOMEM : (int)oc_wr_len(&w);
}

/* The bits of a whole number as a double (IEEE 754), without a floating point unit. */
static uint64_t double_bits(uint32_t value) {
    unsigned exponent = 0;
    if (value == 0)
        return 0;
    while (value >> exponent > 1)
        exponent++;
    return (uint64_t)(1023 + exponent) << 52 |
           ((uint64_t)value << (52 - exponent) & 0xFFFFFFFFFFFFFu);
}

static void write_name(oc_wr_t *w, const char *name) {
    oc_wr_u16(w, (uint32_t)strlen(name));
    oc_wr_bytes(w, name, strlen(name));
}

static void write_number(oc_wr_t *w, const char *name, uint32_t value) {
    write_name(w, name);
    oc_wr_u8(w, AMF_NUMBER);
    oc_wr_u64(w, double_bits(value));
}

static uint32_t write_track(oc_wr_t *w, const oc_track_t *track) {
    if (!oc_flv_carries(track->codec))
        return 0;
    if (oc_codec_is_video(track->codec)) {
        write_number(w, "width", track->width);
        write_number(w, "height", track->height);
        write_number(w, "videocodecid", track->codec == OC_CODEC_H265 ? FOURCC_HEVC : CODEC_AVC);
        return 3;
    }
    write_number(w, "audiocodecid", AUDIO_AAC >> 4);
    write_number(w, "audiosamplerate", track->sample_rate);
    write_number(w, "audiosamplesize", 16);
    write_name(w, "stereo");
    oc_wr_u8(w, AMF_BOOLEAN);
    oc_wr_u8(w, track->channels > 1);
    return 4;
}

int oc_flv_metadata(const oc_track_t track[OC_TRACKS_MAX], uint8_t *out, size_t size) {
    oc_wr_t w = oc_wr(out, size);
    uint32_t count = 1;
    oc_wr_u8(&w, AMF_STRING);
    write_name(&w, "onMetaData");
    oc_wr_u8(&w, AMF_ECMA_ARRAY);
    size_t count_at = oc_wr_len(&w);
    oc_wr_u32(&w, 0);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        count += write_track(&w, &track[i]);
    write_name(&w, "encoder");
    oc_wr_u8(&w, AMF_STRING);
    write_name(&w, "Ocellus");
    oc_wr_u24(&w, AMF_OBJECT_END); /* an empty name, and the marker */
    if (w.bad)
        return OC_ERR_NOMEM;
    oc_wr_t again = oc_wr(out + count_at, 4);
    oc_wr_u32(&again, count);
    return (int)oc_wr_len(&w);
}
