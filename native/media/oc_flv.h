/* oc_flv - writer of FLV tags and their bodies, which are also the messages of RTMP: nothing here
 * knows which of them it is. H.264 and AAC as in "Adobe Flash Video File Format Specification
 * 10.1", annex E; H.265 by its FourCC as in "Enhanced RTMP" v1 (veovera.org). No payload byte is
 * copied or looked at: a body is a few bytes of ours and then the packet's. */
#ifndef OC_FLV_H
#define OC_FLV_H

#include "oc_packet.h"
#include "oc_span.h"

#define OC_FLV_HEADER_BYTES 13 /* file header and PreviousTagSize0 */
#define OC_FLV_TAG_BYTES    11 /* in front of a body */
#define OC_FLV_SIZE_BYTES   4  /* PreviousTagSize behind a body */
#define OC_FLV_PREFIX_MAX   8  /* bytes of a body in front of the packet's */
#define OC_FLV_CONFIG_MAX   (OC_FLV_PREFIX_MAX + OC_TRACK_CONFIG_MAX) /* of a sequence header */
#define OC_FLV_METADATA_MAX 320                                       /* of onMetaData */
#define OC_FLV_BODY_MAX     0xFFFFFF                                  /* bytes of a whole body */

/* TagType, and message type of RTMP. */
typedef enum oc_flv_type { OC_FLV_AUDIO = 8, OC_FLV_VIDEO = 9, OC_FLV_SCRIPT = 18 } oc_flv_type_t;

/* True for H.264, H.265 and AAC. */
bool oc_flv_carries(oc_codec_t codec);

/* Writes the file header (E.2): FLV, version 1, which kinds of tags may come. */
void oc_flv_header(uint8_t out[OC_FLV_HEADER_BYTES], bool audio, bool video);

/* Writes what is in front of a body of body_len bytes (0 .. OC_FLV_BODY_MAX) with decode time `ms`
 * (>= 0; 32 bits are written, so it begins again after 49 days). */
void oc_flv_tag(uint8_t out[OC_FLV_TAG_BYTES], oc_flv_type_t type, uint32_t body_len, int64_t ms);

/* Writes what is behind a body of body_len bytes: the size of its whole tag. */
void oc_flv_size(uint8_t out[OC_FLV_SIZE_BYTES], uint32_t body_len);

/* Writes the part of a body that is in front of the packet's bytes. cts_ms: presentation minus
 * decode time. Returns its bytes (2 .. OC_FLV_PREFIX_MAX). track: one that is carried. */
size_t oc_flv_prefix(uint8_t out[OC_FLV_PREFIX_MAX], const oc_track_t *track, bool key,
                     int32_t cts_ms);

/* Writes the body of a sequence header: what a decoder of the track must know (avcC, hvcC,
 * AudioSpecificConfig). > 0 bytes (OC_FLV_CONFIG_MAX are enough) | OC_ERR_NOMEM. */
int oc_flv_config(const oc_track_t *track, uint8_t *out, size_t size);

/* Writes the body of the script tag onMetaData (AMF0): sizes and codecs of the carried tracks;
 * others are left out. > 0 bytes (OC_FLV_METADATA_MAX are enough) | OC_ERR_NOMEM. */
int oc_flv_metadata(const oc_track_t track[OC_TRACKS_MAX], uint8_t *out, size_t size);

#endif
