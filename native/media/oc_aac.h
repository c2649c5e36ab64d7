/* oc_aac - AudioSpecificConfig and ADTS headers. Parse only. ISO/IEC 14496-3 1.6.2.1, 1.A.3.2. */
#ifndef OC_AAC_H
#define OC_AAC_H

#include "oc_packet.h"
#include "oc_span.h"

#define OC_AAC_FRAME_SAMPLES 1024 /* of one raw_data_block, unless the config says 960 */

typedef struct oc_aac_config {
    uint8_t object_type;    /* 2 = AAC-LC, 5 = SBR (HE-AAC), 29 = PS (HE-AAC v2) */
    uint8_t channels;       /* 1..8; 0 = described by a program config element */
    uint32_t sample_rate;   /* Hz of the core coder */
    uint32_t output_rate;   /* Hz after SBR; equals sample_rate without explicit signalling */
    uint16_t frame_samples; /* of the core coder: 1024 or 960 */
} oc_aac_config_t;

/* OC_OK | OC_ERR_TRUNC | OC_ERR_FORMAT reserved values, or not AAC. */
int oc_aac_parse_config(oc_span_t config, oc_aac_config_t *out);

/* One ADTS frame with one raw_data_block. */
typedef struct oc_aac_adts {
    oc_aac_config_t config;
    uint32_t frame_bytes; /* header and payload; the next frame starts behind it */
    oc_span_t payload;    /* the raw_data_block; points into the frame */
} oc_aac_adts_t;

/* Reads the ADTS frame at the start of s.
 * OC_OK | OC_ERR_TRUNC the frame is not wholly there | OC_ERR_FORMAT no sync word, reserved values
 * | OC_ERR_NOTSUP more than one raw_data_block in the frame. */
int oc_aac_parse_adts(oc_span_t s, oc_aac_adts_t *out);

/* Fills a track (codec, timescale, rate, channels, config) from an ADTS header. */
void oc_aac_track(const oc_aac_config_t *config, oc_track_t *track);

#endif
