#include <string.h>
#include "oc_fake_media.h"
#include "oc_span.h"

#define MB             16   /* pixels of a macroblock's side */
#define LEVEL          51   /* level_idc 5.1: takes every size made here */
#define FRAME_NUM_BITS 8    /* log2_max_frame_num */
#define NAL_IDR        0x65 /* nal_ref_idc 3, type 5 */
#define NAL_P          0x41 /* nal_ref_idc 2, type 1 */
#define NAL_SEI        0x06
#define NAL_SPS        0x67
#define NAL_PPS        0x68
#define LENGTH_BYTES   4
#define SLICE_HEAD_MAX 32 /* bytes of a slice header, start of data and trailing bits */
#define SEI_USER_DATA  5  /* payloadType user_data_unregistered */
#define SEI_UUID       16
#define SEI_AROUND     (LENGTH_BYTES + 2 + 1) /* length, header, type; trailing bits */
#define SEI_MIN        (SEI_AROUND + 1 + SEI_UUID)
#define VIDEO_SCALE    90000
#define AUDIO_FILL_MIN 16
#define AUDIO_FILL_VAR 64

/* Bits, most significant first. */
typedef struct bits {
    uint8_t *out;
    uint32_t len, size, zeros; /* bytes; zeros: zero bytes in a row, for emulation prevention */
    uint32_t acc, n;           /* bits not yet written */
} bits_t;

static void put_byte(bits_t *b, uint8_t v) {
    if (b->zeros >= 2 && v <= 3 && b->len < b->size) { /* 7.4.1: emulation_prevention_three_byte */
        b->out[b->len++] = 3;
        b->zeros = 0;
    }
    if (b->len < b->size)
        b->out[b->len++] = v;
    b->zeros = v ? 0 : b->zeros + 1;
}
static void put(bits_t *b, uint32_t value, unsigned n) {
    while (n--) {
        b->acc = b->acc << 1 | (value >> n & 1);
        if (++b->n == 8) {
            put_byte(b, (uint8_t)b->acc);
            b->acc = b->n = 0;
        }
    }
}
static void put_ue(bits_t *b, uint32_t value) { /* 9.1 */
    unsigned n = 0;
    while ((value + 1) >> (n + 1))
        n++;
    put(b, 0, n);
    put(b, value + 1, n + 1);
}
static void put_se(bits_t *b, int32_t value) {
    put_ue(b, value > 0 ? (uint32_t)(2 * value - 1) : (uint32_t)(-2 * value));
}
static void put_trailing(bits_t *b) { /* rbsp_trailing_bits */
    put(b, 1, 1);
    while (b->n)
        put(b, 0, 1);
}

static uint32_t mbs(uint32_t pixels) {
    return (pixels + MB - 1) / MB;
}

static uint32_t write_sps(uint8_t *out, uint32_t size, uint16_t width, uint16_t height,
                          uint32_t fps_num, uint32_t fps_den) {
    bits_t b = {.out = out, .size = size};
    uint32_t crop_x = (mbs(width) * MB - width) / 2, crop_y = (mbs(height) * MB - height) / 2;
    put(&b, NAL_SPS, 8);
    put(&b, 66, 8);   /* profile_idc: baseline */
    put(&b, 0xC0, 8); /* constraint_set0_flag, constraint_set1_flag */
    put(&b, LEVEL, 8);
    put_ue(&b, 0); /* seq_parameter_set_id */
    put_ue(&b, FRAME_NUM_BITS - 4);
    put_ue(&b, 2); /* pic_order_cnt_type: output order is decoding order */
    put_ue(&b, 1); /* max_num_ref_frames */
    put(&b, 0, 1);
    put_ue(&b, mbs(width) - 1);
    put_ue(&b, mbs(height) - 1);
    put(&b, 3, 2); /* frame_mbs_only_flag, direct_8x8_inference_flag */
    put(&b, crop_x || crop_y, 1);
    if (crop_x || crop_y) {
        put_ue(&b, 0);
        put_ue(&b, crop_x);
        put_ue(&b, 0);
        put_ue(&b, crop_y);
    }
    put(&b, 1, 1);            /* vui_parameters_present_flag */
    put(&b, 0, 4);            /* aspect, overscan, signal type, chroma location: absent */
    put(&b, 1, 1);            /* timing_info_present_flag */
    put(&b, fps_den, 32);     /* num_units_in_tick */
    put(&b, 2 * fps_num, 32); /* time_scale: field rate (E.2.1) */
    put(&b, 1, 1);            /* fixed_frame_rate_flag */
    put(&b, 0, 4);            /* HRD twice, pic_struct, bitstream_restriction: absent */
    put_trailing(&b);
    return b.len;
}

static uint32_t write_pps(uint8_t *out, uint32_t size, uint32_t variant) {
    bits_t b = {.out = out, .size = size};
    put(&b, NAL_PPS, 8);
    put_ue(&b, 0);
    put_ue(&b, 0);
    put(&b, 0, 2); /* CAVLC, no bottom_field_pic_order */
    put_ue(&b, 0);
    put_ue(&b, 0);
    put_ue(&b, 0);
    put(&b, 0, 3);                /* weighted_pred_flag, weighted_bipred_idc */
    put_se(&b, (int32_t)variant); /* pic_init_qp_minus26 */
    put_se(&b, 0);
    put_se(&b, 0);
    put(&b, 4, 3); /* deblocking_filter_control_present_flag */
    put_trailing(&b);
    return b.len;
}

uint32_t oc_fake_video_track(oc_track_t *track, uint16_t width, uint16_t height, uint32_t fps_num,
                             uint32_t fps_den, uint32_t variant) {
    uint8_t sps[64], pps[32];
    uint32_t sps_len = write_sps(sps, sizeof sps, width, height, fps_num, fps_den);
    uint32_t pps_len = write_pps(pps, sizeof pps, variant);
    bool whole = (uint64_t)VIDEO_SCALE * fps_den % fps_num == 0;
    oc_wr_t w;
    *track = (oc_track_t){.codec = OC_CODEC_H264,
                          .timescale = whole ? VIDEO_SCALE : fps_num,
                          .width = width,
                          .height = height};
    w = oc_wr(track->config, sizeof track->config);
    oc_wr_u8(&w, 1); /* AVCDecoderConfigurationRecord, ISO/IEC 14496-15 5.3.3.1 */
    oc_wr_bytes(&w, sps + 1, 3);
    oc_wr_u8(&w, 0xFC | (LENGTH_BYTES - 1));
    oc_wr_u8(&w, 0xE0 | 1);
    oc_wr_u16(&w, sps_len);
    oc_wr_bytes(&w, sps, sps_len);
    oc_wr_u8(&w, 1);
    oc_wr_u16(&w, pps_len);
    oc_wr_bytes(&w, pps, pps_len);
    track->config_len = (uint16_t)oc_wr_len(&w);
    return whole ? (uint32_t)((uint64_t)VIDEO_SCALE * fps_den / fps_num) : fps_den;
}

void oc_fake_audio_track(oc_track_t *track) {
    *track = (oc_track_t){.codec = OC_CODEC_AAC,
                          .timescale = OC_FAKE_AUDIO_RATE,
                          .sample_rate = OC_FAKE_AUDIO_RATE,
                          .channels = 2,
                          .config_len = 2,
                          .config = {0x11, 0x90}}; /* AAC LC, 48 kHz, stereo */
}

/* Bytes 1 .. 255 from seed and number: no zeros, so no emulation prevention. */
static void fill(uint8_t *out, uint32_t len, uint32_t seed, uint32_t number) {
    uint32_t x = (seed + 1) * 2654435761u ^ (number + 1) * 2246822519u;
    for (uint32_t i = 0; i < len; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        x += x == 0;
        out[i] = (uint8_t)(x >> 8) ? (uint8_t)(x >> 8) : 1;
    }
}

uint32_t oc_fake_picture_max(const oc_fake_picture_t *picture) {
    uint32_t slice = mbs(picture->width) * mbs(picture->height) + SLICE_HEAD_MAX;
    return slice + slice / 2 + picture->size + SEI_MIN;
}

/* One slice for the whole picture, 7.3.3 and 7.3.4. */
static uint32_t write_slice(const oc_fake_picture_t *p, uint8_t *out, uint32_t size) {
    bits_t b = {.out = out, .size = size};
    uint32_t count = mbs(p->width) * mbs(p->height);
    bool idr = p->in_gop == 0;
    put(&b, idr ? NAL_IDR : NAL_P, 8);
    put_ue(&b, 0);           /* first_mb_in_slice */
    put_ue(&b, idr ? 7 : 5); /* slice_type: only I, only P */
    put_ue(&b, 0);
    put(&b, p->in_gop & ((1u << FRAME_NUM_BITS) - 1), FRAME_NUM_BITS);
    if (idr) {
        put_ue(&b, p->idr);
        put(&b, 0, 2); /* dec_ref_pic_marking */
    } else {
        put(&b, 0, 3); /* no override, no list modification, sliding window */
    }
    put_se(&b, 0); /* slice_qp_delta */
    put_ue(&b, 1); /* disable_deblocking_filter_idc */
    if (!idr)
        put_ue(&b, count); /* mb_skip_run: the picture before, again */
    for (uint32_t i = 0; idr && i < count; i++)
        put(&b, 0x27, 8); /* I_16x16_2_0_0, chroma DC, mb_qp_delta 0, no coefficients */
    put_trailing(&b);
    return b.len;
}

static void put_length(uint8_t *at, uint32_t len) {
    for (int i = 0; i < LENGTH_BYTES; i++)
        at[i] = (uint8_t)(len >> 8 * (LENGTH_BYTES - 1 - i));
}

/* Bytes of an SEI NAL unit with its length field that has `total` bytes or, where the size field
 * (7.3.2.3.1: 255s and a rest) makes that impossible, one less. total > SEI_MIN. */
static uint32_t sei_bytes(uint32_t total) {
    uint32_t body = total - SEI_AROUND;
    return total - (body % 256 == 0);
}

static void write_sei(const oc_fake_picture_t *p, uint8_t *out, uint32_t total) {
    uint32_t body = total - SEI_AROUND, size = body - body / 256 - 1, at = LENGTH_BYTES;
    put_length(out, total - LENGTH_BYTES);
    out[at++] = NAL_SEI;
    out[at++] = SEI_USER_DATA;
    for (uint32_t left = size; left >= 255; left -= 255)
        out[at++] = 255;
    out[at++] = (uint8_t)(size % 255);
    fill(out + at, size, p->seed, p->number);
    out[total - 1] = 0x80; /* rbsp_trailing_bits */
}

uint32_t oc_fake_picture(const oc_fake_picture_t *picture, uint8_t *out, uint32_t size) {
    uint32_t slice, at = 0;
    if (size < oc_fake_picture_max(picture))
        return 0;
    slice = write_slice(picture, out + LENGTH_BYTES, size - LENGTH_BYTES);
    if (picture->size > slice + LENGTH_BYTES + SEI_MIN) {
        at = sei_bytes(picture->size - slice - LENGTH_BYTES);
        memmove(out + at + LENGTH_BYTES, out + LENGTH_BYTES, slice);
        write_sei(picture, out, at);
    }
    put_length(out + at, slice);
    return at + LENGTH_BYTES + slice;
}

uint32_t oc_fake_audio(uint32_t seed, uint32_t number, uint8_t *out) {
    /* channel_pair_element of silence and ID_END */
    static const uint8_t silence[] = {0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80};
    uint32_t n = AUDIO_FILL_MIN + (number * 7 + seed) % AUDIO_FILL_VAR;
    out[0] = 0x81; /* data_stream_element: id 4, tag 0, data_byte_align_flag 1 */
    out[1] = (uint8_t)n;
    fill(out + 2, n, seed, ~number);
    memcpy(out + 2 + n, silence, sizeof silence);
    return 2 + n + (uint32_t)sizeof silence;
}
