#include "oc_h264.h"
#include "oc_bits.h"
#include "oc_err.h"
#include "oc_nal.h"

#define EXTENDED_SAR 255 /* aspect_ratio_idc, Rec. ITU-T H.264 Table E-1 */

/* Profiles whose SPS carries chroma_format_idc, 7.3.2.1.1. */
static bool is_high(unsigned profile) {
    switch (profile) {
    case 100:
    case 110:
    case 122:
    case 244:
    case 44:
    case 83:
    case 86:
    case 118:
    case 128:
    case 138:
    case 139:
    case 134:
    case 135:
        return true;
    default:
        return false;
    }
}

static void skip_scaling_list(oc_bits_t *b, unsigned size) {
    int32_t last = 8, next = 8;
    for (unsigned i = 0; i < size && !b->bad; i++) {
        if (next)
            next = (int32_t)(((int64_t)last + oc_bits_se(b) + 256) % 256);
        last = next ? next : last;
    }
}

/* chroma_format_idc .. scaling lists; returns ChromaArrayType. */
static unsigned parse_high(oc_bits_t *b) {
    unsigned chroma = oc_bits_ue(b), separate = 0;
    if (chroma > 3)
        b->bad = true;
    if (chroma == 3)
        separate = oc_bits_u(b, 1);
    oc_bits_ue(b);
    oc_bits_ue(b);
    oc_bits_skip(b, 1);
    if (oc_bits_u(b, 1)) { /* seq_scaling_matrix_present_flag */
        for (unsigned i = 0; i < (chroma == 3 ? 12u : 8u); i++) {
            if (oc_bits_u(b, 1))
                skip_scaling_list(b, i < 6 ? 16 : 64);
        }
    }
    return separate ? 0 : chroma;
}

static void parse_vui(oc_bits_t *b, oc_h264_sps_t *out) {
    if (oc_bits_u(b, 1) && oc_bits_u(b, 8) == EXTENDED_SAR)
        oc_bits_skip(b, 32);
    if (oc_bits_u(b, 1)) /* overscan */
        oc_bits_skip(b, 1);
    if (oc_bits_u(b, 1)) { /* video signal type */
        oc_bits_skip(b, 4);
        if (oc_bits_u(b, 1))
            oc_bits_skip(b, 24);
    }
    if (oc_bits_u(b, 1)) { /* chroma location */
        oc_bits_ue(b);
        oc_bits_ue(b);
    }
    if (oc_bits_u(b, 1)) {
        out->num_units_in_tick = oc_bits_u(b, 32);
        out->time_scale = oc_bits_u(b, 32);
    }
    if (b->bad) /* VUI is optional knowledge: a cut one is as good as none */
        out->num_units_in_tick = out->time_scale = 0;
}

static void skip_pic_order(oc_bits_t *b) {
    uint32_t type = oc_bits_ue(b);
    if (type == 0) {
        oc_bits_ue(b);
    } else if (type == 1) {
        oc_bits_skip(b, 1);
        oc_bits_se(b);
        oc_bits_se(b);
        uint32_t n = oc_bits_ue(b); /* 0..255, 7.4.2.1.1 */
        if (n > 255)
            b->bad = true;
        while (n-- && !b->bad)
            oc_bits_se(b);
    } else if (type > 2) {
        b->bad = true;
    }
}

/* pic_width_in_mbs_minus1 .. frame_crop: the size after cropping. */
static int parse_size(oc_bits_t *b, unsigned chroma, oc_h264_sps_t *out) {
    uint64_t width = 16 * ((uint64_t)oc_bits_ue(b) + 1);
    uint64_t height = 16 * ((uint64_t)oc_bits_ue(b) + 1);
    uint64_t crop_x = 0, crop_y = 0;
    unsigned frame_mbs_only = oc_bits_u(b, 1);
    unsigned unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
    unsigned unit_y = (chroma == 1 ? 2 : 1) * (2 - frame_mbs_only);
    if (!frame_mbs_only) {
        height *= 2;
        oc_bits_skip(b, 1);
    }
    oc_bits_skip(b, 1);
    if (oc_bits_u(b, 1)) {
        crop_x = (uint64_t)oc_bits_ue(b);
        crop_x = unit_x * (crop_x + oc_bits_ue(b));
        crop_y = (uint64_t)oc_bits_ue(b);
        crop_y = unit_y * (crop_y + oc_bits_ue(b));
    }
    if (b->bad)
        return OC_ERR_TRUNC;
    if (width > UINT16_MAX || height > UINT16_MAX || crop_x >= width || crop_y >= height)
        return OC_ERR_FORMAT;
    out->width = (uint16_t)(width - crop_x);
    out->height = (uint16_t)(height - crop_y);
    return OC_OK;
}

int oc_h264_parse_sps(oc_span_t nal, oc_h264_sps_t *out) {
    if (nal.len < 4)
        return OC_ERR_TRUNC;
    if ((nal.data[0] & 0x9F) != OC_H264_SPS)
        return OC_ERR_FORMAT;
    memset(out, 0, sizeof *out);
    out->profile = nal.data[1];
    out->constraints = nal.data[2];
    out->level = nal.data[3];
    oc_bits_t b = oc_bits(oc_span_sub(nal, 4, nal.len - 4), true);
    oc_bits_ue(&b); /* seq_parameter_set_id */
    unsigned chroma = is_high(out->profile) ? parse_high(&b) : 1;
    oc_bits_ue(&b); /* log2_max_frame_num_minus4 */
    skip_pic_order(&b);
    oc_bits_ue(&b); /* max_num_ref_frames */
    oc_bits_skip(&b, 1);
    int rc = parse_size(&b, chroma, out);
    if (rc)
        return rc;
    if (oc_bits_u(&b, 1))
        parse_vui(&b, out);
    return OC_OK;
}

int oc_h264_track(oc_span_t sps, oc_span_t pps, oc_track_t *track) {
    oc_h264_sps_t s;
    int rc = oc_h264_parse_sps(sps, &s);
    if (rc)
        return rc;
    if (!pps.len || (pps.data[0] & 0x9F) != OC_H264_PPS)
        return OC_ERR_FORMAT;
    if (sps.len > UINT16_MAX || pps.len > UINT16_MAX)
        return OC_ERR_TOO_BIG;
    uint8_t config[OC_TRACK_CONFIG_MAX];
    oc_wr_t w = oc_wr(config, sizeof config);
    oc_wr_u8(&w, 1);
    oc_wr_bytes(&w, sps.data + 1, 3);
    oc_wr_u8(&w, 0xFC | 3); /* lengthSizeMinusOne */
    oc_wr_u8(&w, 0xE0 | 1);
    oc_wr_u16(&w, (uint32_t)sps.len);
    oc_wr_bytes(&w, sps.data, sps.len);
    oc_wr_u8(&w, 1);
    oc_wr_u16(&w, (uint32_t)pps.len);
    oc_wr_bytes(&w, pps.data, pps.len);
    if (is_high(s.profile)) { /* 14496-15 5.3.3.1.2: chroma and depth follow for high profiles */
        oc_bits_t b = oc_bits(oc_span_sub(sps, 4, sps.len - 4), true);
        oc_bits_ue(&b);
        unsigned chroma = oc_bits_ue(&b);
        if (chroma == 3)
            oc_bits_skip(&b, 1);
        unsigned luma = oc_bits_ue(&b), depth = oc_bits_ue(&b);
        oc_wr_u8(&w, 0xFC | (chroma & 3));
        oc_wr_u8(&w, 0xF8 | (luma & 7));
        oc_wr_u8(&w, 0xF8 | (depth & 7));
        oc_wr_u8(&w, 0);
    }
    if (w.bad)
        return OC_ERR_TOO_BIG;
    track->codec = OC_CODEC_H264;
    track->width = s.width;
    track->height = s.height;
    track->config_len = (uint16_t)oc_wr_len(&w);
    memcpy(track->config, config, track->config_len);
    return OC_OK;
}
