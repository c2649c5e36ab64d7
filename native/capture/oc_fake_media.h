/* oc_fake_media - H.264 and AAC packets made from numbers, the same bytes for the same numbers.
 * Video is constrained baseline that any decoder accepts: grey IDR pictures (Intra 16x16, DC) and
 * P pictures of skipped macroblocks; the wanted size is filled up with an SEI message of
 * pseudo-random bytes (user_data_unregistered). Audio is silence behind a data stream element.
 * Rec. ITU-T H.264 7.3; ISO/IEC 14496-3 4.4.2. */
#ifndef OC_FAKE_MEDIA_H
#define OC_FAKE_MEDIA_H

#include "oc_packet.h"

#define OC_FAKE_AUDIO_RATE  48000 /* Hz, two channels */
#define OC_FAKE_AUDIO_TICKS 1024  /* samples in an AAC frame */

/* What a picture is made from. */
typedef struct oc_fake_picture {
    uint16_t width, height; /* pixels, 16 .. 4096 */
    uint32_t size;          /* bytes wanted; smaller than the picture needs: no filling */
    uint32_t seed, number;  /* of the filling */
    uint32_t in_gop;        /* 0 = IDR picture, else its distance from it */
    uint16_t idr;           /* counts IDR pictures: neighbours must differ */
} oc_fake_picture_t;

/* Fills a track: avcC for the size; variant changes a parameter-set value (0 .. 15). fps = num/den.
 * timescale becomes 90000 when that is exact, else num. Returns ticks of one picture. */
uint32_t oc_fake_video_track(oc_track_t *track, uint16_t width, uint16_t height, uint32_t fps_num,
                             uint32_t fps_den, uint32_t variant);
void oc_fake_audio_track(oc_track_t *track);

/* Bytes that are always enough for the picture. */
uint32_t oc_fake_picture_max(const oc_fake_picture_t *picture);
/* Writes one access unit with 4-byte lengths into out (borrowed until return); returns its bytes.
 * size: at least oc_fake_picture_max. */
uint32_t oc_fake_picture(const oc_fake_picture_t *picture, uint8_t *out, uint32_t size);

#define OC_FAKE_AUDIO_MAX 96 /* bytes of the largest AAC frame made */
/* Writes AAC frame `number` into out (OC_FAKE_AUDIO_MAX bytes); returns its bytes. */
uint32_t oc_fake_audio(uint32_t seed, uint32_t number, uint8_t *out);

#endif
