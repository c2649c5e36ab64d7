#include "oc_aac.h"
#include "oc_bits.h"
#include "oc_err.h"

#define AOT_SBR       5
#define AOT_PS        29
#define AOT_ESCAPE    31
#define RATE_EXPLICIT 15
#define ADTS_HEADER   7 /* bytes; 9 with CRC */
#define CONFIG_7_IS_8 7 /* channel configuration 7 means 8 channels, Table 1.19 */

/* samplingFrequencyIndex, Table 1.18 */
static const uint32_t rates[] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                 22050, 16000, 12000, 11025, 8000,  7350};
#define RATES (sizeof rates / sizeof rates[0])

static uint32_t read_rate(oc_bits_t *b) {
    uint32_t index = oc_bits_u(b, 4);
    if (index == RATE_EXPLICIT)
        return oc_bits_u(b, 24);
    return index < RATES ? rates[index] : 0;
}

static uint32_t read_object_type(oc_bits_t *b) {
    uint32_t type = oc_bits_u(b, 5);
    return type == AOT_ESCAPE ? 32 + oc_bits_u(b, 6) : type;
}

int oc_aac_parse_config(oc_span_t config, oc_aac_config_t *out) {
    oc_bits_t b = oc_bits(config, false);
    uint32_t type = read_object_type(&b);
    memset(out, 0, sizeof *out);
    out->object_type = (uint8_t)type;
    out->output_rate = out->sample_rate = read_rate(&b);
    uint32_t channels = oc_bits_u(&b, 4);
    if (type == AOT_SBR || type == AOT_PS) {
        out->output_rate = read_rate(&b);
        type = read_object_type(&b);
    }
    out->frame_samples = oc_bits_u(&b, 1) ? 960 : OC_AAC_FRAME_SAMPLES;
    if (b.bad)
        return OC_ERR_TRUNC;
    if (!out->sample_rate || !out->output_rate || channels > CONFIG_7_IS_8 || !type || type > 4)
        return OC_ERR_FORMAT;
    out->channels = (uint8_t)(channels == CONFIG_7_IS_8 ? 8 : channels);
    return OC_OK;
}

int oc_aac_parse_adts(oc_span_t s, oc_aac_adts_t *out) {
    if (s.len < ADTS_HEADER)
        return OC_ERR_TRUNC;
    oc_bits_t b = oc_bits(s, false);
    if (oc_bits_u(&b, 12) != 0xFFF)
        return OC_ERR_FORMAT;
    oc_bits_skip(&b, 1); /* MPEG-2 or MPEG-4 */
    if (oc_bits_u(&b, 2))
        return OC_ERR_FORMAT;
    bool crc = !oc_bits_u(&b, 1);
    memset(out, 0, sizeof *out);
    out->config.object_type = (uint8_t)(oc_bits_u(&b, 2) + 1);
    out->config.output_rate = out->config.sample_rate = read_rate(&b);
    oc_bits_skip(&b, 1);
    uint32_t channels = oc_bits_u(&b, 3);
    out->config.channels = (uint8_t)(channels == CONFIG_7_IS_8 ? 8 : channels);
    out->config.frame_samples = OC_AAC_FRAME_SAMPLES;
    oc_bits_skip(&b, 4);
    out->frame_bytes = oc_bits_u(&b, 13);
    oc_bits_skip(&b, 11);
    uint32_t blocks = oc_bits_u(&b, 2) + 1, header = crc ? ADTS_HEADER + 2 : ADTS_HEADER;
    if (!out->config.sample_rate || out->frame_bytes <= header)
        return OC_ERR_FORMAT;
    if (blocks != 1)
        return OC_ERR_NOTSUP;
    if (out->frame_bytes > s.len)
        return OC_ERR_TRUNC;
    out->payload = oc_span_sub(s, header, out->frame_bytes - header);
    return OC_OK;
}

void oc_aac_track(const oc_aac_config_t *config, oc_track_t *track) {
    uint32_t index = 0, channels = config->channels == 8 ? CONFIG_7_IS_8 : config->channels;
    while (index < RATES && rates[index] != config->sample_rate)
        index++;
    oc_wr_t w = oc_wr(track->config, sizeof track->config);
    uint32_t type = config->object_type;
    if (index < RATES) { /* 5 bits type, 4 rate, 4 channels, 3 zero */
        oc_wr_u16(&w, type << 11 | index << 7 | channels << 3);
    } else { /* 5 bits type, 4 escape, 24 rate, 4 channels, 3 zero */
        oc_wr_be(&w,
                 (uint64_t)type << 35 | (uint64_t)RATE_EXPLICIT << 31 |
                     (uint64_t)config->sample_rate << 7 | channels << 3,
                 5);
    }
    track->codec = OC_CODEC_AAC;
    track->timescale = track->sample_rate = config->sample_rate;
    track->channels = config->channels;
    track->config_len = (uint16_t)oc_wr_len(&w);
}
