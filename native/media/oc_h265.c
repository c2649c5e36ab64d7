#include "oc_h265.h"
#include "oc_bits.h"
#include "oc_err.h"
#include "oc_nal.h"

#define HVCC_FIXED_BYTES 23 /* up to and including numOfArrays */

/* profile_tier_level, 7.3.3: the general part is kept, sub-layers are passed over. */
static void parse_profile(oc_bits_t *b, unsigned sub_layers, oc_h265_sps_t *out) {
    bool profile[8], level[8];
    for (unsigned i = 0; i < sizeof out->profile; i++)
        out->profile[i] = (uint8_t)oc_bits_u(b, 8);
    for (unsigned i = 0; i < sub_layers; i++) {
        profile[i] = oc_bits_u(b, 1);
        level[i] = oc_bits_u(b, 1);
    }
    if (sub_layers)
        oc_bits_skip(b, 2 * (8 - sub_layers));
    for (unsigned i = 0; i < sub_layers; i++)
        oc_bits_skip(b, (profile[i] ? 88 : 0) + (level[i] ? 8 : 0));
}

int oc_h265_parse_sps(oc_span_t nal, oc_h265_sps_t *out) {
    memset(out, 0, sizeof *out);
    if (nal.len < 3)
        return OC_ERR_TRUNC;
    if (oc_h265_type(nal) != OC_H265_SPS)
        return OC_ERR_FORMAT;
    oc_bits_t b = oc_bits(oc_span_sub(nal, 2, nal.len - 2), true);
    oc_bits_skip(&b, 4);
    unsigned sub_layers = oc_bits_u(&b, 3); /* sps_max_sub_layers_minus1 */
    out->temporal_layers = (uint8_t)(sub_layers + 1);
    out->temporal_nesting = (uint8_t)oc_bits_u(&b, 1);
    parse_profile(&b, sub_layers, out);
    oc_bits_ue(&b);
    uint32_t chroma = oc_bits_ue(&b);
    if (chroma == 3)
        oc_bits_skip(&b, 1);
    uint64_t width = oc_bits_ue(&b), height = oc_bits_ue(&b), crop_x = 0, crop_y = 0;
    if (oc_bits_u(&b, 1)) { /* conformance window, in units of chroma samples */
        crop_x = (uint64_t)oc_bits_ue(&b);
        crop_x = (chroma == 1 || chroma == 2 ? 2 : 1) * (crop_x + oc_bits_ue(&b));
        crop_y = (uint64_t)oc_bits_ue(&b);
        crop_y = (chroma == 1 ? 2 : 1) * (crop_y + oc_bits_ue(&b));
    }
    uint32_t luma = oc_bits_ue(&b), depth = oc_bits_ue(&b);
    if (b.bad)
        return OC_ERR_TRUNC;
    if (sub_layers > 6 || chroma > 3 || luma > 8 || depth > 8 || width > UINT16_MAX ||
        height > UINT16_MAX || crop_x >= width || crop_y >= height)
        return OC_ERR_FORMAT;
    out->width = (uint16_t)(width - crop_x);
    out->height = (uint16_t)(height - crop_y);
    out->chroma = (uint8_t)chroma;
    out->luma_depth = (uint8_t)(luma + 8);
    out->chroma_depth = (uint8_t)(depth + 8);
    return OC_OK;
}

/* One parameter set as an array of its own; `complete`: there are no others in the stream. */
static void write_array(oc_wr_t *w, oc_span_t nal, bool complete) {
    oc_wr_u8(w, (complete ? 0x80u : 0) | oc_h265_type(nal));
    oc_wr_u16(w, 1);
    oc_wr_u16(w, (uint32_t)nal.len);
    oc_wr_bytes(w, nal.data, nal.len);
}

int oc_h265_track(oc_span_t vps, oc_span_t sps, oc_span_t pps, oc_track_t *track) {
    oc_h265_sps_t s;
    int rc = oc_h265_parse_sps(sps, &s);
    if (rc)
        return rc;
    if (!vps.len || !pps.len || oc_h265_type(vps) != OC_H265_VPS ||
        oc_h265_type(pps) != OC_H265_PPS)
        return OC_ERR_FORMAT;
    uint8_t config[OC_TRACK_CONFIG_MAX];
    if (vps.len > sizeof config || sps.len > sizeof config || pps.len > sizeof config)
        return OC_ERR_TOO_BIG;
    oc_wr_t w = oc_wr(config, sizeof config);
    oc_wr_u8(&w, 1);
    oc_wr_bytes(&w, s.profile, sizeof s.profile);
    oc_wr_u16(&w, 0xF000); /* min_spatial_segmentation_idc: not known */
    oc_wr_u8(&w, 0xFC);    /* parallelismType: not known */
    oc_wr_u8(&w, 0xFCu | s.chroma);
    oc_wr_u8(&w, 0xF8u | (s.luma_depth - 8u));
    oc_wr_u8(&w, 0xF8u | (s.chroma_depth - 8u));
    oc_wr_u16(&w, 0); /* avgFrameRate: not known */
    oc_wr_u8(&w, (uint32_t)s.temporal_layers << 3 | (uint32_t)s.temporal_nesting << 2 | 3);
    oc_wr_u8(&w, 3);
    write_array(&w, vps, !track->in_band);
    write_array(&w, sps, !track->in_band);
    write_array(&w, pps, !track->in_band);
    if (w.bad)
        return OC_ERR_TOO_BIG;
    track->codec = OC_CODEC_H265;
    track->width = s.width;
    track->height = s.height;
    track->config_len = (uint16_t)oc_wr_len(&w);
    memcpy(track->config, config, track->config_len);
    return OC_OK;
}

int oc_h265_trim_config(oc_span_t config, uint8_t *out, size_t out_size) {
    oc_rd_t r = oc_rd(config);
    oc_wr_t w = oc_wr(out, out_size);
    const uint8_t *fixed = oc_rd_bytes(&r, HVCC_FIXED_BYTES);
    if (!fixed || fixed[0] != 1)
        return OC_ERR_FORMAT;
    unsigned kept = 0;
    oc_wr_bytes(&w, fixed, HVCC_FIXED_BYTES);
    for (unsigned n = fixed[HVCC_FIXED_BYTES - 1]; n; n--) {
        const uint8_t *start = r.p;
        unsigned type = oc_rd_u8(&r) & 0x3F;
        for (unsigned i = oc_rd_u16(&r); i && !r.bad; i--)
            oc_rd_skip(&r, oc_rd_u16(&r));
        if (type < OC_H265_VPS || type > OC_H265_PPS)
            continue;
        if (r.bad)
            return OC_ERR_FORMAT;
        oc_wr_bytes(&w, start, (size_t)(r.p - start));
        kept++;
    }
    if (w.bad)
        return OC_ERR_TOO_BIG;
    out[HVCC_FIXED_BYTES - 1] = (uint8_t)kept;
    return (int)oc_wr_len(&w);
}
