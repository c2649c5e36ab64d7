/* oc_h264 - just enough H.264 parsing: parameter sets, picture size, NAL types, Annex B <->
 * lengths. Rec. ITU-T H.264 7.3.2.1, 7.4.1, Annex B; avcC: ISO/IEC 14496-15 5.3.3.1. Parse only. */
#ifndef OC_H264_H
#define OC_H264_H

#include "oc_packet.h"
#include "oc_span.h"

/* nal_unit_type, Rec. ITU-T H.264 table 7-1 */
enum oc_h264_nal {
    OC_H264_SLICE = 1,
    OC_H264_IDR = 5,
    OC_H264_SEI = 6,
    OC_H264_SPS = 7,
    OC_H264_PPS = 8,
    OC_H264_AUD = 9
};

typedef struct oc_h264_sps {
    uint8_t profile, constraints, level;    /* profile_idc, constraint flags byte, level_idc */
    uint16_t width, height;                 /* after cropping, pixels */
    uint32_t num_units_in_tick, time_scale; /* VUI timing; 0 = absent */
} oc_h264_sps_t;

/* Parses an SPS NAL unit (with its header byte, emulation prevention still in).
 * OC_OK | OC_ERR_FORMAT | OC_ERR_TRUNC. */
int oc_h264_parse_sps(oc_span_t nal, oc_h264_sps_t *out);

/* Fills a track (codec, size, config = avcC with 4-byte lengths) from one SPS and one PPS.
 * OC_OK | OC_ERR_FORMAT | OC_ERR_TOO_BIG beyond OC_TRACK_CONFIG_MAX. timescale is left alone. */
int oc_h264_track(oc_span_t sps, oc_span_t pps, oc_track_t *track);

/* Walks NAL units. kind of stream: Annex B start codes (annexb true) or 4-byte lengths. Start with
 * *offset = 0. OC_OK and *nal | OC_END | OC_ERR_TRUNC a length beyond the data. */
int oc_h264_next_nal(oc_span_t unit, bool annexb, size_t *offset, oc_span_t *nal);

/* True when a length-prefixed access unit holds an IDR slice. */
bool oc_h264_is_key(oc_span_t unit);

/* Rewrites an Annex B access unit as length-prefixed NAL units into out (borrowed until return);
 * SPS, PPS, AUD and filler are left out, the last SPS and PPS seen are returned as spans into unit
 * (empty = none). > 0 bytes written | 0 nothing but parameter sets | OC_ERR_NOMEM | OC_ERR_FORMAT.
 */
int oc_h264_from_annexb(oc_span_t unit, uint8_t *out, size_t out_size, oc_span_t *sps,
                        oc_span_t *pps);

#endif
