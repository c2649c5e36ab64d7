/* oc_h265 - just enough H.265 parsing: parameter sets, picture size, NAL types, Annex B <->
 * lengths. Rec. ITU-T H.265 7.3.1.2, 7.3.2.2, 7.3.3; hvcC: ISO/IEC 14496-15 8.3.3.1. Parse only. */
#ifndef OC_H265_H
#define OC_H265_H

#include "oc_packet.h"
#include "oc_span.h"

enum oc_h265_nal {
    OC_H265_IRAP_FIRST = 16, /* BLA_W_LP: the first type that is a random access point */
    OC_H265_IRAP_LAST = 21,  /* CRA_NUT */
    OC_H265_VCL_LAST = 31,
    OC_H265_VPS = 32,
    OC_H265_SPS = 33,
    OC_H265_PPS = 34,
    OC_H265_AUD = 35,
    OC_H265_FILLER = 38,
    OC_H265_SEI = 39
};

typedef struct oc_h265_sps {
    uint8_t profile[12];                       /* profile_tier_level, the general part with level */
    uint16_t width, height;                    /* after the conformance window, pixels */
    uint8_t chroma, luma_depth, chroma_depth;  /* chroma_format_idc; bits per sample, 8..16 */
    uint8_t temporal_layers, temporal_nesting; /* 1..7; 0 or 1 */
} oc_h265_sps_t;

/* nal_unit_type of a NAL unit of at least one byte. */
static inline unsigned oc_h265_type(oc_span_t nal) {
    return nal.data[0] >> 1 & 0x3F;
}

/* Parses an SPS NAL unit (with its two header bytes, emulation prevention still in).
 * OC_OK | OC_ERR_FORMAT | OC_ERR_TRUNC. */
int oc_h265_parse_sps(oc_span_t nal, oc_h265_sps_t *out);

/* Fills a track (codec, size, config = hvcC with 4-byte lengths) from one VPS, SPS and PPS. Reads
 * track->in_band (false: the arrays are marked complete) and leaves it and timescale alone.
 * OC_OK | OC_ERR_FORMAT | OC_ERR_TRUNC | OC_ERR_TOO_BIG beyond OC_TRACK_CONFIG_MAX. */
int oc_h265_track(oc_span_t vps, oc_span_t sps, oc_span_t pps, oc_track_t *track);

/* Copies an hvcC payload without arrays other than VPS, SPS and PPS: encoders put kilobytes of SEI
 * into it. > 0 bytes written | OC_ERR_FORMAT | OC_ERR_TOO_BIG out_size is not enough. */
int oc_h265_trim_config(oc_span_t config, uint8_t *out, size_t out_size);

#endif
