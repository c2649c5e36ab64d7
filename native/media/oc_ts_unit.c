#include "oc_ts_unit.h"

#include "oc_aac.h"
#include "oc_err.h"
#include "oc_h264.h"
#include "oc_h265.h"
#include "oc_nal.h"

#define ADTS_HEAD  7
#define ADTS_MAX   0x1FFF
#define ADTS_RATES 13 /* sampling frequencies that an index says */
#define DOPS_BYTES 11 /* dOps without a mapping table; its last byte is the family */

/* A unit on its way. */
typedef struct output {
    const oc_ts_unit_t *unit;
    oc_ts_put_t put;
    void *context;
} output_t;

static void put(const output_t *o, const void *data, size_t len) {
    o->put(o->context, data, len);
}

bool oc_ts_unit_carried(const oc_track_t *track) {
    const uint8_t *config = track->config;
    oc_aac_config_t aac;
    if (track->codec == OC_CODEC_OPUS)
        return track->config_len >= DOPS_BYTES && config[1] >= 1 && config[1] <= 8 &&
               config[DOPS_BYTES - 1] <= 1;
    if (track->codec != OC_CODEC_AAC)
        return track->codec == OC_CODEC_H264 || track->codec == OC_CODEC_H265;
    return oc_aac_parse_config(oc_span(config, track->config_len), &aac) == OC_OK &&
           aac.frame_samples == OC_AAC_FRAME_SAMPLES && aac.channels > 0 &&
           (config[0] & 7) * 2 + (config[1] >> 7) < ADTS_RATES;
}

/* ---- H.264 and H.265 ---- */

static unsigned nal_type(const oc_track_t *track, oc_span_t nal) {
    return track->codec == OC_CODEC_H264 ? nal.data[0] & 31 : oc_h265_type(nal);
}

/* The next NAL unit but delimiters, which are ours. */
static bool next_nal(const oc_ts_unit_t *unit, size_t *offset, oc_span_t *nal) {
    unsigned delimiter = unit->track->codec == OC_CODEC_H264 ? OC_H264_AUD : OC_H265_AUD;
    while (oc_nal_next(unit->data, false, offset, nal) == OC_OK)
        if (nal_type(unit->track, *nal) != delimiter)
            return true;
    return false;
}

static void put_nal(const output_t *o, oc_span_t nal) {
    put(o, "\0\0\0\1", 4);
    put(o, nal.data, nal.len);
}

/* `count` NAL units with lengths of 16 bits. */
static void put_listed(const output_t *o, oc_rd_t *in, unsigned count) {
    while (count-- > 0 && !in->bad) {
        oc_span_t nal = oc_rd_span(in, oc_rd_u16(in));
        if (nal.len > 0)
            put_nal(o, nal);
    }
}

/* The parameter sets of avcC or hvcC, ISO/IEC 14496-15 5.3.3.1, 8.3.3.1. */
static void put_sets(const output_t *o) {
    const oc_track_t *track = o->unit->track;
    oc_rd_t in = oc_rd(oc_span(track->config, track->config_len));
    bool avc = track->codec == OC_CODEC_H264;
    oc_rd_skip(&in, avc ? 5 : 22);
    unsigned lists = avc ? 2 : oc_rd_u8(&in);
    for (unsigned i = 0; i < lists && !in.bad; i++) {
        if (!avc)
            oc_rd_skip(&in, 1); /* NAL_unit_type */
        put_listed(o, &in, avc ? oc_rd_u8(&in) & (i == 0 ? 31u : 255u) : oc_rd_u16(&in));
    }
}

static void put_video(const output_t *o) {
    static const uint8_t h264[] = {OC_H264_AUD, 0xF0};         /* any slice type, stop bit */
    static const uint8_t h265[] = {OC_H265_AUD << 1, 1, 0x50}; /* the same */
    bool avc = o->unit->track->codec == OC_CODEC_H264;
    size_t offset = 0;
    oc_span_t nal;
    put_nal(o, avc ? oc_span(h264, sizeof h264) : oc_span(h265, sizeof h265));
    if (o->unit->sets)
        put_sets(o);
    while (next_nal(o->unit, &offset, &nal))
        put_nal(o, nal);
}

/* ---- AAC and Opus ---- */

/* ISO/IEC 14496-3 1.A.2.2: one raw_data_block, without CRC. */
static void put_adts(const output_t *o) {
    const oc_ts_unit_t *unit = o->unit;
    uint32_t config = (uint32_t)unit->track->config[0] << 8 | unit->track->config[1];
    uint32_t type = config >> 11, rate = config >> 7 & 15, channels = config >> 3 & 15;
    uint8_t head[ADTS_HEAD];
    oc_wr_t out = oc_wr(head, sizeof head);
    if (type > 4)
        type = 2; /* SBR: its core is AAC-LC */
    oc_wr_u16(&out, 0xFFF1);
    oc_wr_u8(&out, (type - 1) << 6 | rate << 2 | channels >> 2);
    oc_wr_be(&out,
             (uint64_t)(channels & 3) << 30 | (uint64_t)(ADTS_HEAD + unit->data.len) << 13 |
                 0x7FF << 2, /* adts_buffer_fullness: not constant */
             4);
    put(o, head, sizeof head);
    put(o, unit->data.data, unit->data.len);
}

/* wiki.xiph.org/OpusTS: a control header without trims, the packet's size, the packet. */
static void put_opus(const output_t *o) {
    size_t size = o->unit->data.len;
    put(o, "\x7F\xE0", 2);
    for (; size >= 255; size -= 255)
        put(o, "\xFF", 1);
    put(o, &(uint8_t){(uint8_t)size}, 1);
    put(o, o->unit->data.data, o->unit->data.len);
}

/* ---- any of them ---- */

bool oc_ts_unit_of(const oc_packet_t *packet, const oc_track_t *track, bool sets,
                   oc_ts_unit_t *unit) {
    size_t offset = 0;
    oc_span_t nal;
    *unit = (oc_ts_unit_t){track, oc_span(packet->data, packet->len_bytes), sets};
    if (track->codec == OC_CODEC_AAC)
        return packet->len_bytes <= ADTS_MAX - ADTS_HEAD;
    if (track->codec == OC_CODEC_OPUS)
        return packet->len_bytes <= OC_TS_UNIT_SOUND_MAX - OC_TS_UNIT_SOUND_MAX / 255 - 3;
    unsigned set = track->codec == OC_CODEC_H264 ? OC_H264_SPS : OC_H265_SPS;
    bool any = false;
    while (next_nal(unit, &offset, &nal)) {
        any = true;
        if (nal_type(track, nal) == set)
            unit->sets = false;
    }
    return any;
}

void oc_ts_unit_put(const oc_ts_unit_t *unit, oc_ts_put_t put_bytes, void *context) {
    output_t o = {unit, put_bytes, context};
    if (oc_codec_is_video(unit->track->codec))
        put_video(&o);
    else if (unit->track->codec == OC_CODEC_AAC)
        put_adts(&o);
    else
        put_opus(&o);
}
