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

#endif
