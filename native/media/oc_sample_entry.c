#include "oc_sample_entry.h"
#include "oc_aac.h"
#include "oc_box.h"
#include "oc_err.h"
#include "oc_h265.h"

/* objectTypeIndication, mp4ra.org; MPEG-2 AAC profiles carry the same raw_data_blocks */
enum { OTI_AAC = 0x40, OTI_AAC_MPEG2_MAIN = 0x66, OTI_AAC_MPEG2_SSR = 0x68, OTI_JPEG = 0x6C };
enum { OTI_MP3_MPEG2 = 0x69, OTI_MP3 = 0x6B };
enum { TAG_ES = 3, TAG_DECODER_CONFIG = 4, TAG_DECODER_INFO = 5, TAG_SL = 6 };
enum { STREAM_VISUAL = 4, STREAM_AUDIO = 5 };

#define VISUAL_ENTRY_BYTES 78 /* VisualSampleEntry behind its box header */
#define CHILDREN_MAX       32 /* boxes looked at inside one sample entry */

/* The head of a descriptor: its size as four bytes of 7 bits each, as every common writer does. */
static void write_descriptor(oc_wr_t *w, unsigned tag, uint32_t size) {
    oc_wr_u8(w, tag);
    for (int shift = 21; shift >= 0; shift -= 7)
        oc_wr_u8(w, (shift ? 0x80u : 0) | (size >> shift & 0x7F));
}

static void write_esds(oc_wr_t *w, const oc_track_t *t, unsigned oti, unsigned stream) {
    unsigned info = t->config_len ? t->config_len + 5u : 0;
    size_t box = oc_box_begin_full(w, "esds", 0);
    write_descriptor(w, TAG_ES, 3 + 5 + 13 + info + 5 + 1);
    oc_wr_u24(w, 0); /* ES_ID, flags */
    write_descriptor(w, TAG_DECODER_CONFIG, 13 + info);
    oc_wr_u8(w, oti);
    oc_wr_u8(w, stream << 2 | 1);
    oc_wr_zero(w, 3 + 4 + 4); /* buffer size and bit rates: not known */
    if (info) {
        write_descriptor(w, TAG_DECODER_INFO, t->config_len);
        oc_wr_bytes(w, t->config, t->config_len);
    }
    write_descriptor(w, TAG_SL, 1);
    oc_wr_u8(w, 2); /* reserved for MP4 files */
    oc_box_end(w, box);
}

static void write_config_box(oc_wr_t *w, const oc_track_t *t, const char type[4]) {
    size_t box = oc_box_begin(w, type);
    oc_wr_bytes(w, t->config, t->config_len);
    oc_box_end(w, box);
}

static void write_visual(oc_wr_t *w, const oc_track_t *t) {
    oc_wr_zero(w, 6);
    oc_wr_u16(w, 1); /* data_reference_index */
    oc_wr_zero(w, 16);
    oc_wr_u16(w, t->width);
    oc_wr_u16(w, t->height);
    oc_wr_u32(w, 0x00480000); /* 72 dpi */
    oc_wr_u32(w, 0x00480000);
    oc_wr_u32(w, 0);
    oc_wr_u16(w, 1);   /* frame_count */
    oc_wr_zero(w, 32); /* compressorname */
    oc_wr_u16(w, 0x0018);
    oc_wr_u16(w, 0xFFFF);
}

static void write_audio(oc_wr_t *w, const oc_track_t *t) {
    oc_wr_zero(w, 6);
    oc_wr_u16(w, 1); /* data_reference_index */
    oc_wr_zero(w, 8);
    oc_wr_u16(w, t->channels);
    oc_wr_u16(w, 16); /* samplesize */
    oc_wr_u32(w, 0);
    /* 16.16: rates that do not fit are left to the coding's own configuration */
    oc_wr_u32(w, t->sample_rate <= UINT16_MAX ? t->sample_rate << 16 : 0);
}

void oc_sample_entry_write(oc_wr_t *w, const oc_track_t *t) {
    static const char *const types[] = {"free", "avc1", "hvc1", "mp4v",
                                        "mp4a", "Opus", "alaw", "ulaw"};
    const char *type = types[t->codec];
    if (t->in_band && t->codec == OC_CODEC_H264)
        type = "avc3";
    if (t->in_band && t->codec == OC_CODEC_H265)
        type = "hev1";
    size_t box = oc_box_begin(w, type);
    if (oc_codec_is_video(t->codec))
        write_visual(w, t);
    else
        write_audio(w, t);
    if (t->codec == OC_CODEC_H264)
        write_config_box(w, t, "avcC");
    else if (t->codec == OC_CODEC_H265)
        write_config_box(w, t, "hvcC");
    else if (t->codec == OC_CODEC_OPUS)
        write_config_box(w, t, "dOps");
    else if (t->codec == OC_CODEC_MJPEG)
        write_esds(w, t, OTI_JPEG, STREAM_VISUAL);
    else if (t->codec == OC_CODEC_AAC)
        write_esds(w, t, OTI_AAC, STREAM_AUDIO);
    oc_box_end(w, box);
}

/* One descriptor: its tag and body. 14496-1 8.3.3: 7 bits of size per byte, at most 4 bytes. */
static oc_rd_t descriptor(oc_rd_t *r, unsigned *tag) {
    uint32_t size = 0;
    *tag = oc_rd_u8(r);
    for (int i = 0; i < 4; i++) {
        uint8_t byte = oc_rd_u8(r);
        size = size << 7 | (byte & 0x7F);
        if (!(byte & 0x80))
            break;
    }
    if (size > oc_rd_left(r)) /* some writers give too large a size for the outer ones */
        size = (uint32_t)oc_rd_left(r);
    return oc_rd(oc_rd_span(r, size));
}

static int set_config(oc_track_t *track, oc_span_t config) {
    if (config.len > OC_TRACK_CONFIG_MAX)
        return OC_ERR_TOO_BIG;
    if (config.len)
        memcpy(track->config, config.data, config.len);
    track->config_len = (uint16_t)config.len;
    return OC_OK;
}

static int trim_hevc(oc_track_t *track, oc_span_t config) {
    int len = oc_h265_trim_config(config, track->config, sizeof track->config);
    track->config_len = (uint16_t)(len < 0 ? 0 : len);
    return len < 0 ? len : OC_OK;
}

/* The object type and decoder info of an esds box body. */
static int read_esds(oc_span_t body, unsigned *oti, oc_span_t *info) {
    oc_rd_t r = oc_rd(body);
    unsigned tag;
    *info = oc_span(NULL, 0);
    oc_rd_skip(&r, 4);
    oc_rd_t es = descriptor(&r, &tag);
    if (tag != TAG_ES)
        return OC_ERR_FORMAT;
    oc_rd_skip(&es, 2);
    unsigned flags = oc_rd_u8(&es);
    if (flags & 0x80)
        oc_rd_skip(&es, 2);
    if (flags & 0x40)
        oc_rd_skip(&es, oc_rd_u8(&es));
    if (flags & 0x20)
        oc_rd_skip(&es, 2);
    oc_rd_t config = descriptor(&es, &tag);
    if (es.bad || tag != TAG_DECODER_CONFIG)
        return OC_ERR_FORMAT;
    *oti = oc_rd_u8(&config);
    oc_rd_skip(&config, 12);
    if (config.bad)
        return OC_ERR_FORMAT;
    if (oc_rd_left(&config)) {
        oc_rd_t body_of_info = descriptor(&config, &tag);
        if (tag == TAG_DECODER_INFO)
            *info = oc_span(body_of_info.p, oc_rd_left(&body_of_info));
    }
    return OC_OK;
}

static int read_aac(oc_span_t esds, oc_track_t *track) {
    oc_aac_config_t aac;
    oc_span_t info;
    unsigned oti;
    if (read_esds(esds, &oti, &info))
        return OC_ERR_FORMAT;
    if (oti != OTI_AAC && (oti < OTI_AAC_MPEG2_MAIN || oti > OTI_AAC_MPEG2_SSR))
        return OC_ERR_NOTSUP;
    if (oc_aac_parse_config(info, &aac))
        return OC_ERR_FORMAT;
    track->sample_rate = aac.output_rate;
    if (aac.channels)
        track->channels = aac.channels;
    return set_config(track, info);
}

/* The body of the child box `type`, or an empty span. */
static oc_span_t child(oc_rd_t r, uint32_t type) {
    for (int i = 0; i < CHILDREN_MAX && oc_rd_left(&r) >= 8; i++) {
        uint32_t size = oc_rd_u32(&r), found = oc_rd_u32(&r);
        if (size < 8)
            break;
        oc_span_t body = oc_rd_span(&r, size - 8);
        if (found == type && !r.bad)
            return body;
    }
    return oc_span(NULL, 0);
}

static int read_visual(oc_rd_t r, uint32_t type, oc_track_t *track) {
    oc_span_t config;
    oc_rd_skip(&r, 24);
    track->width = oc_rd_u16(&r);
    track->height = oc_rd_u16(&r);
    oc_rd_skip(&r, VISUAL_ENTRY_BYTES - 28);
    if (r.bad)
        return OC_ERR_FORMAT;
    switch (track->codec) {
    case OC_CODEC_H264:
        config = child(r, OC_BOX_TYPE('a', 'v', 'c', 'C'));
        /* version 1, 4-byte lengths: other sizes would need the payload to be rewritten */
        if (config.len < 7 || config.data[0] != 1)
            return OC_ERR_FORMAT;
        return (config.data[4] & 3) == 3 ? set_config(track, config) : OC_ERR_NOTSUP;
    case OC_CODEC_H265:
        config = child(r, OC_BOX_TYPE('h', 'v', 'c', 'C'));
        if (config.len < 23)
            return OC_ERR_FORMAT;
        if ((config.data[21] & 3) != 3)
            return OC_ERR_NOTSUP;
        return config.len > OC_TRACK_CONFIG_MAX ? trim_hevc(track, config)
                                                : set_config(track, config);
    default:
        if (type == OC_BOX_TYPE('m', 'p', '4', 'v')) {
            unsigned oti;
            if (read_esds(child(r, OC_BOX_TYPE('e', 's', 'd', 's')), &oti, &config))
                return OC_ERR_FORMAT;
            return oti == OTI_JPEG ? OC_OK : OC_ERR_NOTSUP;
        }
        return OC_OK;
    }
}

/* The esds box of a sound; QuickTime wraps it into a wave atom (QuickTime File Format,
 * "siDecompressionParam"). */
static oc_span_t sound_esds(oc_rd_t r) {
    const uint32_t type = OC_BOX_TYPE('e', 's', 'd', 's');
    oc_span_t esds = child(r, type);
    return esds.len ? esds : child(oc_rd(child(r, OC_BOX_TYPE('w', 'a', 'v', 'e'))), type);
}

/* The fields of an AudioSampleEntry; *r moves to its children. */
static void sound_fields(oc_rd_t *r, unsigned *channels, uint32_t *rate) {
    oc_rd_skip(r, 8);
    unsigned version = oc_rd_u16(r); /* QuickTime sound descriptions 1 and 2 are longer */
    oc_rd_skip(r, 6);
    *channels = oc_rd_u16(r);
    oc_rd_skip(r, 6); /* samplesize, pre_defined, reserved */
    *rate = oc_rd_u32(r) >> 16;
    oc_rd_skip(r, version == 1 ? 16 : version == 2 ? 36 : 0);
}

static int read_audio(oc_rd_t r, oc_track_t *track) {
    oc_span_t config;
    unsigned channels;
    sound_fields(&r, &channels, &track->sample_rate);
    if (r.bad)
        return OC_ERR_FORMAT;
    track->channels = (uint8_t)(channels >= 1 && channels <= 8 ? channels : 1);
    switch (track->codec) {
    case OC_CODEC_AAC:
        return read_aac(sound_esds(r), track);
    case OC_CODEC_OPUS:
        config = child(r, OC_BOX_TYPE('d', 'O', 'p', 's'));
        if (config.len < 11)
            return OC_ERR_FORMAT;
        track->channels = config.data[1];
        track->sample_rate = 48000;
        return set_config(track, config);
    default:
        return track->sample_rate ? OC_OK : OC_ERR_FORMAT;
    }
}

int oc_sample_entry_read(oc_span_t box, oc_track_t *track) {
    static const struct {
        uint32_t type;
        oc_codec_t codec;
        bool in_band;
    } known[] = {
        {OC_BOX_TYPE('a', 'v', 'c', '1'), OC_CODEC_H264, false},
        {OC_BOX_TYPE('a', 'v', 'c', '3'), OC_CODEC_H264, true},
        {OC_BOX_TYPE('h', 'v', 'c', '1'), OC_CODEC_H265, false},
        {OC_BOX_TYPE('h', 'e', 'v', '1'), OC_CODEC_H265, true},
        {OC_BOX_TYPE('m', 'p', '4', 'v'), OC_CODEC_MJPEG, false},
        {OC_BOX_TYPE('j', 'p', 'e', 'g'), OC_CODEC_MJPEG, false},
        {OC_BOX_TYPE('m', 'j', 'p', 'g'), OC_CODEC_MJPEG, false},
        {OC_BOX_TYPE('m', 'p', '4', 'a'), OC_CODEC_AAC, false},
        {OC_BOX_TYPE('O', 'p', 'u', 's'), OC_CODEC_OPUS, false},
        {OC_BOX_TYPE('a', 'l', 'a', 'w'), OC_CODEC_PCMA, false},
        {OC_BOX_TYPE('u', 'l', 'a', 'w'), OC_CODEC_PCMU, false},
    };
    oc_rd_t r = oc_rd(box);
    uint32_t size = oc_rd_u32(&r), type = oc_rd_u32(&r), timescale = track->timescale;
    uint16_t rotation = track->rotation;
    if (r.bad || size < 8)
        return OC_ERR_FORMAT;
    if (size < box.len)
        r.end = box.data + size;
    memset(track, 0, sizeof *track);
    track->timescale = timescale;
    track->rotation = rotation;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].type != type)
            continue;
        track->codec = known[i].codec;
        track->in_band = known[i].in_band;
        int rc =
            oc_codec_is_video(track->codec) ? read_visual(r, type, track) : read_audio(r, track);
        if (rc)
            track->codec = OC_CODEC_NONE;
        return rc;
    }
    return OC_ERR_NOTSUP;
}

uint32_t oc_sample_entry_coding(oc_span_t box) {
    oc_rd_t r = oc_rd(box);
    uint32_t size = oc_rd_u32(&r), type = oc_rd_u32(&r), rate;
    unsigned channels, oti;
    oc_span_t info;
    if (r.bad || size < 8)
        return 0;
    if (size < box.len)
        r.end = box.data + size;
    if (type != OC_BOX_TYPE('m', 'p', '4', 'a'))
        return type;
    sound_fields(&r, &channels, &rate);
    if (r.bad || read_esds(sound_esds(r), &oti, &info) || (oti != OTI_MP3 && oti != OTI_MP3_MPEG2))
        return type;
    return OC_BOX_TYPE('m', 'p', '3', ' ');
}
