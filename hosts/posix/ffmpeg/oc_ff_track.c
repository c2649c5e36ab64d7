#include "oc_ff_track.h"

#include <string.h>

#include "oc_aac.h"
#include "oc_err.h"
#include "oc_h264.h"
#include "oc_h265.h"
#include "oc_jpeg.h"
#include "oc_nal.h"

#define AVCC_MIN     7
#define AVCC_LENGTH  4 /* byte whose low bits are the size of lengths, minus 1 */
#define HVCC_MIN     23
#define HVCC_LENGTH  21
#define HVCC_PROFILE 13 /* bytes up to general_level_idc */
#define CHANGES_MAX  3  /* a description each; then a camera goes to and fro between its sets */
#define SIDE_MAX     16384
#define H264_FILLER  12
#define H264_END     11 /* end of sequence, end of stream: 10, 11 */
#define OPUS_RATE    48000
#define DOPS_BYTES   11

static const struct {
    const char *name;
    oc_codec_t codec;
} codecs[] = {
    {"h264", OC_CODEC_H264},      {"hevc", OC_CODEC_H265}, {"mjpeg", OC_CODEC_MJPEG},
    {"aac", OC_CODEC_AAC},        {"opus", OC_CODEC_OPUS}, {"pcm_alaw", OC_CODEC_PCMA},
    {"pcm_mulaw", OC_CODEC_PCMU},
};

static oc_codec_t find(const char *name) {
    for (size_t i = 0; name && i < sizeof(codecs) / sizeof(*codecs); i++) {
        if (strcmp(codecs[i].name, name) == 0)
            return codecs[i].codec;
    }
    return OC_CODEC_NONE;
}

/* Which parameter set a NAL unit is: its index in `set`; -1: none; OC_FF_SETS: not delivered. */
static int role(const oc_ff_track_t *t, oc_span_t nal) {
    if (t->track.codec == OC_CODEC_H264) {
        unsigned type = nal.data[0] & 0x1F;
        bool leave = type == OC_H264_AUD || type == H264_FILLER || type == 10 || type == H264_END;
        return type == OC_H264_SPS ? 1 : type == OC_H264_PPS ? 2 : leave ? OC_FF_SETS : -1;
    }
    unsigned type = oc_h265_type(nal);
    if (type >= OC_H265_VPS && type <= OC_H265_PPS)
        return (int)(type - OC_H265_VPS);
    return type >= OC_H265_AUD && type <= OC_H265_FILLER ? OC_FF_SETS : -1;
}

/* True when it is news. One that is too large takes the place of the one before: that is not in
 * force any more. */
static bool note(oc_ff_track_t *t, int index, oc_span_t nal) {
    if (nal.len > OC_FF_SET_MAX) {
        bool news = t->over[index] != nal.len;
        t->over[index] = (uint32_t)nal.len; /* of a packet, or of a configuration: not 4 GB */
        t->set_len[index] = 0;
        return news;
    }
    t->over[index] = 0;
    if (t->set_len[index] == nal.len && memcmp(t->set[index], nal.data, nal.len) == 0)
        return false;
    memcpy(t->set[index], nal.data, nal.len);
    t->set_len[index] = (uint16_t)nal.len;
    return true;
}

static oc_span_t noted(const oc_ff_track_t *t, int index) {
    return oc_span(t->set[index], t->set_len[index]);
}

/* The same codec, profile, level and size: a decoder that was made for one takes the other. */
static bool is_same_picture(const oc_track_t *a, const oc_track_t *b) {
    size_t profile = a->codec == OC_CODEC_H264 ? AVCC_LENGTH : HVCC_PROFILE;
    return a->codec == b->codec && a->width == b->width && a->height == b->height &&
           a->config_len > profile && b->config_len > profile &&
           memcmp(a->config, b->config, profile) == 0;
}

/* Builds the description from the sets that were seen. */
static void rebuild(oc_ff_track_t *t) {
    oc_track_t fresh = t->track;
    int rc = t->track.codec == OC_CODEC_H264
                 ? oc_h264_track(noted(t, 1), noted(t, 2), &fresh)
                 : oc_h265_track(noted(t, 0), noted(t, 1), noted(t, 2), &fresh);
    t->oversize = 0;
    for (int i = 0; i < OC_FF_SETS; i++)
        t->oversize += t->over[i] + (rc == OC_ERR_TOO_BIG ? t->set_len[i] : 0);
    if (rc != OC_OK)
        return;
    fresh.in_band = t->track.in_band;
    if (t->known && is_same_picture(&fresh, &t->track)) {
        t->alternates |= t->changes >= CHANGES_MAX;
        t->changes += t->changes < CHANGES_MAX;
    }
    if (t->alternates && is_same_picture(&fresh, &t->track)) {
        t->notified = t->notified && t->track.in_band;
        t->track.in_band = true;
        return;
    }
    t->track = fresh;
    t->known = true;
    t->notified = false;
}

/* The next NAL unit, whatever the size of lengths is. */
static int next_nal(const oc_ff_track_t *t, oc_span_t unit, size_t *offset, oc_span_t *nal) {
    if (t->lengths == 0 || t->lengths == 4)
        return oc_nal_next(unit, t->lengths == 0, offset, nal);
    for (;;) {
        size_t len = 0;
        if (*offset >= unit.len)
            return OC_END;
        if (unit.len - *offset < t->lengths)
            return OC_ERR_TRUNC;
        for (unsigned i = 0; i < t->lengths; i++)
            len = len << 8 | unit.data[(*offset)++];
        *nal = oc_span_sub(unit, *offset, len);
        *offset += len;
        if (len && !nal->data)
            return OC_ERR_TRUNC;
        if (len)
            return OC_OK;
    }
}

/* The sets inside avcC, to notice when those in the stream differ. */
static void note_avcc(oc_ff_track_t *t, oc_span_t config) {
    oc_rd_t r = oc_rd(oc_span_sub(config, 5, config.len - 5));
    for (int index = 1; index < OC_FF_SETS; index++) {
        unsigned count = oc_rd_u8(&r) & 0x1F;
        for (unsigned i = 0; i < count && !r.bad; i++) {
            oc_span_t nal = oc_rd_span(&r, oc_rd_u16(&r));
            if (nal.len && i == 0)
                note(t, index, nal);
        }
    }
}

static void note_hvcc(oc_ff_track_t *t, oc_span_t config) {
    oc_rd_t r = oc_rd(oc_span_sub(config, HVCC_MIN - 1, config.len - (HVCC_MIN - 1)));
    unsigned arrays = oc_rd_u8(&r);
    for (unsigned a = 0; a < arrays && !r.bad; a++) {
        oc_rd_u8(&r);
        unsigned count = oc_rd_u16(&r);
        for (unsigned i = 0; i < count && !r.bad; i++) {
            oc_span_t nal = oc_rd_span(&r, oc_rd_u16(&r));
            int index = nal.len ? role(t, nal) : -1;
            if (index >= 0 && index < OC_FF_SETS)
                note(t, index, nal);
        }
    }
}

/* Configuration of H.264 or H.265 as a container carries it; false: start codes. */
static bool take_box(oc_ff_track_t *t, oc_span_t extra) {
    bool avc = t->track.codec == OC_CODEC_H264;
    size_t at = avc ? AVCC_LENGTH : HVCC_LENGTH, least = avc ? AVCC_MIN : HVCC_MIN;
    if (extra.len < least || extra.data[0] != 1)
        return false;
    t->lengths = (uint8_t)((extra.data[at] & 3) + 1);
    int len = avc ? extra.len <= OC_TRACK_CONFIG_MAX ? (int)extra.len : OC_ERR_TOO_BIG
                  : oc_h265_trim_config(extra, t->track.config, sizeof(t->track.config));
    if (len == OC_ERR_TOO_BIG) {
        t->oversize = (uint32_t)extra.len;
        return true;
    }
    if (len > 0) {
        if (avc)
            memcpy(t->track.config, extra.data, extra.len);
        t->track.config_len = (uint16_t)len;
        t->track.config[at] |= 3;
        t->known = true;
    }
    if (avc)
        note_avcc(t, extra);
    else
        note_hvcc(t, extra);
    if (!t->known)
        rebuild(t);
    return true;
}

static void init_nal(oc_ff_track_t *t, oc_span_t extra) {
    size_t offset = 0;
    oc_span_t nal;
    if (extra.len == 0 || take_box(t, extra))
        return;
    while (oc_nal_next(extra, true, &offset, &nal) == OC_OK) {
        int index = nal.len ? role(t, nal) : -1;
        if (index >= 0 && index < OC_FF_SETS)
            note(t, index, nal);
    }
    rebuild(t);
}

/* OpusHead (RFC 7845 5.1, little-endian) to dOps (Opus in ISOBMFF 4.3.2, big-endian). */
static int init_opus(oc_ff_track_t *t, const oc_ff_stream_t *s) {
    static const char magic[] = "OpusHead";
    const uint8_t *p = s->extra.data;
    uint8_t *c = t->track.config;
    unsigned channels = s->channels ? s->channels : 2;
    if (s->extra.len >= 19 && memcmp(p, magic, 8) == 0) {
        if (p[18] != 0) /* mapping tables are for more than stereo */
            return OC_ERR_NOTSUP;
        const uint8_t head[DOPS_BYTES] = {0,     p[9],  p[11], p[10], p[15], p[14],
                                          p[13], p[12], p[17], p[16], 0};
        memcpy(c, head, sizeof(head));
        channels = p[9];
    } else {
        const uint8_t head[DOPS_BYTES] = {0, (uint8_t)channels, 0, 0, 0, 0, 0xBB, 0x80, 0, 0, 0};
        memcpy(c, head, sizeof(head));
    }
    if (channels < 1 || channels > 2)
        return OC_ERR_NOTSUP;
    t->track.config_len = DOPS_BYTES;
    t->track.channels = (uint8_t)channels;
    t->track.sample_rate = OPUS_RATE;
    t->known = true;
    return OC_OK;
}

static int init_aac(oc_ff_track_t *t, const oc_ff_stream_t *s) {
    oc_aac_config_t aac;
    if (s->extra.len == 0)
        return OC_OK; /* ADTS, told by its first packet */
    if (s->extra.len > OC_TRACK_CONFIG_MAX || oc_aac_parse_config(s->extra, &aac) != OC_OK)
        return OC_ERR_NOTSUP;
    memcpy(t->track.config, s->extra.data, s->extra.len);
    t->track.config_len = (uint16_t)s->extra.len;
    t->track.sample_rate = aac.output_rate;
    t->track.channels = aac.channels ? aac.channels : (uint8_t)s->channels;
    t->lengths = 1; /* raw blocks: what looks like ADTS in them is none */
    t->known = true;
    return OC_OK;
}

static int init_sound(oc_ff_track_t *t, const oc_ff_stream_t *s) {
    t->track.sample_rate = s->rate;
    t->track.channels = (uint8_t)s->channels;
    if (s->channels > 8 || (t->track.codec != OC_CODEC_OPUS && s->rate == 0))
        return OC_ERR_NOTSUP;
    int rc = OC_OK;
    if (t->track.codec == OC_CODEC_OPUS)
        rc = init_opus(t, s);
    else if (t->track.codec == OC_CODEC_AAC)
        rc = init_aac(t, s);
    else
        t->known = true;
    t->track.timescale = t->track.sample_rate;
    return rc;
}

int oc_ff_track_init(oc_ff_track_t *t, const oc_ff_stream_t *s) {
    int rc = OC_OK;
    memset(t, 0, sizeof(*t));
    t->track.codec = find(s->codec);
    if (t->track.codec == OC_CODEC_NONE || s->width > SIDE_MAX || s->height > SIDE_MAX)
        return OC_ERR_NOTSUP;
    if (oc_codec_is_audio(t->track.codec)) {
        rc = init_sound(t, s);
        oc_ff_time_init(&t->time, s->num, s->den, t->track.sample_rate);
        return rc;
    }
    oc_ff_time_init(&t->time, s->num, s->den, 0);
    t->track.timescale = t->time.scale;
    t->track.width = (uint16_t)s->width;
    t->track.height = (uint16_t)s->height;
    t->track.rotation = s->rotation;
    if (t->track.codec == OC_CODEC_MJPEG)
        t->known = s->width && s->height;
    else
        init_nal(t, s->extra);
    return !t->known && t->oversize ? OC_ERR_NOTSUP : rc;
}

uint32_t oc_ff_track_bound(const oc_ff_track_t *t, size_t len) {
    bool nal = t->track.codec == OC_CODEC_H264 || t->track.codec == OC_CODEC_H265;
    len += t->alternates ? OC_FF_SETS * (OC_FF_SET_MAX + 4) : 0;
    return (uint32_t)(nal ? len * 2 + 8 : len); /* a length of 1 byte becomes one of 4 */
}

bool oc_ff_track_key(const oc_ff_track_t *t, oc_span_t packet, bool flagged) {
    size_t offset = 0;
    oc_span_t nal;
    bool avc = t->track.codec == OC_CODEC_H264;
    if (!avc && t->track.codec != OC_CODEC_H265)
        return true;
    while (next_nal(t, packet, &offset, &nal) == OC_OK) {
        unsigned type = nal.len == 0 ? 0 : avc ? nal.data[0] & 0x1Fu : oc_h265_type(nal);
        if (avc && type == OC_H264_IDR)
            return true;
        if (!avc && type >= OC_H265_IRAP_FIRST && type <= OC_H265_IRAP_LAST)
            return true;
        if (avc ? type == OC_H264_SLICE : type <= OC_H265_VCL_LAST)
            return avc && flagged; /* recovery points: streams without IDR pictures */
    }
    return false;
}

/* A slice of a picture; without one a packet is no access unit (some senders split off what comes
 * before the picture). */
static bool is_slice(const oc_ff_track_t *t, oc_span_t nal) {
    unsigned type = nal.data[0] & 0x1Fu;
    if (t->track.codec == OC_CODEC_H264)
        return type >= OC_H264_SLICE && type <= OC_H264_IDR;
    return oc_h265_type(nal) <= OC_H265_VCL_LAST;
}

/* Where sets travel in the packets, a key packet begins with them, also when they came alone. */
static int put_sets(const oc_ff_track_t *t, oc_span_t packet, uint8_t *out, size_t size,
                    size_t *used) {
    size_t offset = 0;
    oc_span_t nal;
    if (!t->alternates || !oc_ff_track_key(t, packet, false))
        return OC_OK;
    while (next_nal(t, packet, &offset, &nal) == OC_OK)
        if (nal.len > 1 && role(t, nal) >= 0 && role(t, nal) < OC_FF_SETS)
            return OC_OK;
    for (int i = 0; i < OC_FF_SETS; i++)
        if (t->set_len[i] > 0 && oc_nal_put(noted(t, i), out, size, used) != OC_OK)
            return OC_ERR_NOMEM;
    return OC_OK;
}

static int convert_nal(oc_ff_track_t *t, oc_span_t packet, uint8_t *out, size_t size) {
    size_t offset = 0, used = 0;
    oc_span_t nal;
    bool news = false, pictures = false, alternates = t->alternates;
    unsigned pps = 0;
    int rc = put_sets(t, packet, out, size, &used);
    if (rc != OC_OK)
        return rc;
    while ((rc = next_nal(t, packet, &offset, &nal)) == OC_OK) {
        int index = nal.len < 1u + (t->track.codec == OC_CODEC_H265) ? OC_FF_SETS : role(t, nal);
        if (index >= 0 && index < OC_FF_SETS) {
            pps += index == 2;
            bool first = index != 2 || pps == 1;
            bool same = nal.len == t->set_len[2] && memcmp(nal.data, t->set[2], nal.len) == 0;
            if (!first && !same && !t->track.in_band) {
                t->track.in_band = true; /* several: our description holds one */
                t->notified = false;
            }
            news = (first && note(t, index, nal)) || news;
        }
        if (index >= 0 && !(t->track.in_band && index < OC_FF_SETS))
            continue;
        pictures = pictures || (index < 0 && is_slice(t, nal));
        if (oc_nal_put(nal, out, size, &used) != OC_OK)
            return OC_ERR_NOMEM;
    }
    if (news)
        rebuild(t);
    if (t->alternates && !alternates)
        return convert_nal(t, packet, out, size); /* with its sets */
    if (t->oversize && !t->track.in_band)
        return OC_ERR_TOO_BIG;
    return rc != OC_END && used == 0 ? OC_ERR_FORMAT : pictures ? (int)used : 0;
}

static int convert_aac(oc_ff_track_t *t, oc_span_t packet, uint8_t *out, size_t size,
                       uint32_t *duration) {
    oc_aac_adts_t adts;
    oc_aac_config_t aac = {.frame_samples = OC_AAC_FRAME_SAMPLES};
    if (t->lengths == 0 && packet.len > 7 && packet.data[0] == 0xFF &&
        (packet.data[1] & 0xF6) == 0xF0 && oc_aac_parse_adts(packet, &adts) == OC_OK) {
        packet = adts.payload;
        if (!t->known ||
            (t->track.config_len == 2 && t->track.sample_rate != adts.config.sample_rate)) {
            oc_aac_track(&adts.config, &t->track);
            oc_ff_time_init(&t->time, t->time.num, t->time.den, t->track.sample_rate);
            t->known = true;
            t->notified = false;
        }
    }
    if (!t->known)
        return OC_ERR_FORMAT;
    oc_aac_parse_config(oc_span(t->track.config, t->track.config_len), &aac);
    uint32_t core = aac.sample_rate ? aac.sample_rate : t->track.sample_rate;
    *duration = (uint32_t)((uint64_t)aac.frame_samples * t->track.sample_rate / core);
    if (packet.len > size)
        return OC_ERR_NOMEM;
    memcpy(out, packet.data, packet.len);
    return (int)packet.len;
}

/* Samples at 48 kHz of an Opus packet, RFC 6716 3.1. */
static uint32_t opus_samples(oc_span_t packet) {
    static const uint16_t silk[] = {480, 960, 1920, 2880}, celt[] = {120, 240, 480, 960};
    unsigned config = packet.data[0] >> 3, code = packet.data[0] & 3;
    unsigned frame = config < 12   ? silk[config & 3]
                     : config < 16 ? 480u << (config & 1)
                                   : celt[config & 3];
    unsigned count = code == 0 ? 1 : code < 3 ? 2 : packet.len > 1 ? packet.data[1] & 0x3F : 0;
    return frame * count <= 5760 ? frame * count : 0; /* at most 120 ms */
}

int oc_ff_track_convert(oc_ff_track_t *t, oc_span_t packet, uint8_t *out, size_t size,
                        uint32_t *duration) {
    oc_jpeg_t jpeg;
    switch (t->track.codec) {
    case OC_CODEC_H264:
    case OC_CODEC_H265:
        return convert_nal(t, packet, out, size);
    case OC_CODEC_AAC:
        return convert_aac(t, packet, out, size, duration);
    case OC_CODEC_MJPEG:
        if (packet.len < 2 || packet.data[0] != 0xFF || packet.data[1] != 0xD8)
            return 0; /* what stands before the first picture */
        if (oc_jpeg_parse(packet, &jpeg) != OC_OK)
            return OC_ERR_FORMAT;
        packet.len = jpeg.len_bytes;
        if (!t->known || jpeg.width != t->track.width || jpeg.height != t->track.height) {
            oc_jpeg_track(&jpeg, &t->track);
            t->known = true;
            t->notified = false;
        }
        break;
    case OC_CODEC_OPUS:
        *duration = opus_samples(packet);
        break;
    default:
        *duration = (uint32_t)(packet.len / (t->track.channels ? t->track.channels : 1));
        break;
    }
    if (packet.len > size)
        return OC_ERR_NOMEM;
    memcpy(out, packet.data, packet.len);
    return (int)packet.len;
}
