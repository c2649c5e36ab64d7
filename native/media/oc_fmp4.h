/* oc_fmp4 - fragmented MP4 (CMAF) writer: an init segment and fragments as lists of spans.
 * No payload byte is copied or looked at: a fragment is one header in the caller's buffer plus
 * spans that point at the packets' own bytes. ISO/IEC 14496-12 8.8, ISO/IEC 23000-19; sample
 * entries: avc1/avc3, hvc1/hev1, mp4v (OTI 0x6C, JPEG), mp4a, Opus, alaw, ulaw. Invariant: decode
 * times written are dts - base_dts exactly, 64 bit, in the track's timescale. */
#ifndef OC_FMP4_H
#define OC_FMP4_H

#include "oc_limits.h" /* OC_FMP4_PACKETS_MAX */
#include "oc_packet.h"
#include "oc_span.h"

/* Bytes that are always enough for an init segment of OC_TRACKS_MAX tracks. */
#define OC_FMP4_INIT_MAX 2560
/* Bytes that are always enough for the header of a fragment of n packets. */
#define OC_FMP4_HEAD_MAX(n) (256u + 16u * (n))

/* How far apart the packets of a track are. Start from zeros. */
typedef struct oc_fmp4_pace {
    int64_t dts;          /* of the newest packet; where `any` */
    uint32_t distance[2]; /* between the newest packets, newest first; 0 = not known */
    bool any;
} oc_fmp4_pace_t;

typedef struct oc_fmp4 {
    oc_track_t track[OC_TRACKS_MAX];       /* codec OC_CODEC_NONE: this track is absent */
    int64_t base_dts[OC_TRACKS_MAX];       /* subtracted from every dts */
    uint32_t last_duration[OC_TRACKS_MAX]; /* of the last sample written */
    oc_fmp4_pace_t pace[OC_TRACKS_MAX];    /* for a last sample of unknown duration */
    uint32_t fixed[OC_TRACKS_MAX];         /* in place of pace: set by the caller; 0 = not */
    uint32_t sequence; /* mfhd sequence_number of the last fragment; 0 = none yet */
} oc_fmp4_t;

/* Describes the tracks (copied). track[i].codec == OC_CODEC_NONE leaves track i out; at least one
 * is needed. base_dts (OC_TRACKS_MAX values, NULL = zeros) becomes time 0 of the output. OC_OK |
 * OC_ERR_INVAL no track, zero timescale, missing config. */
int oc_fmp4_init(oc_fmp4_t *mux, const oc_track_t track[OC_TRACKS_MAX], const int64_t *base_dts);

/* Writes ftyp + moov (with mvex). `out` may be of OC_FMP4_INIT_MAX bytes.
 * > 0 bytes written | OC_ERR_NOMEM buffer too small. */
int oc_fmp4_init_segment(const oc_fmp4_t *mux, uint8_t *out, size_t out_size);

/* What a fragment is written into. */
typedef struct oc_fmp4_fragment {
    uint8_t *head;     /* in: buffer for moof + mdat header, owned by caller */
    size_t head_size;  /* in: its bytes, OC_FMP4_HEAD_MAX(n) are always enough */
    oc_span_t *spans;  /* in: room for n + 1 spans, owned by caller */
    size_t spans_size; /* in: its entries */
    size_t head_len;   /* out: bytes used of head */
    size_t spans_len;  /* out: spans[0] is the header, then payloads in file order; payloads that
                          lie next to each other in memory are one span */
    uint64_t bytes;    /* out: sum of all spans */
} oc_fmp4_fragment_t;

/* Makes one fragment of n packets (1 .. OC_FMP4_PACKETS_MAX, in ring order; tracks may be mixed;
 * packets of absent tracks and empty ones are left out). In the file the payloads of one track
 * follow each other, video first: one run per track. A duration is the distance to the next packet
 * of the same track in the list; the last one's ends at next_dts[track] when next_dts is given and
 * that is >= 0, else it is its own duration, else (0) the smaller one of the last two distances of
 * the track: a step of the source's clock is not repeated. A jump of the time line inside a
 * fragment becomes a long duration: cut the fragment before a packet behind one. payload bytes:
 * borrowed until the caller has written the spans. *mux changes on OC_OK only. OC_OK | OC_AGAIN no
 * packet belongs to a present track | OC_ERR_NOMEM head or spans too small | OC_ERR_RANGE dts below
 * base_dts or going back, a duration beyond 32 bits, n too large, or more than 2 GB. */
int oc_fmp4_fragment(oc_fmp4_t *mux, const oc_packet_t *packets, size_t n, const int64_t *next_dts,
                     oc_fmp4_fragment_t *out);

/* Looks at a packet that comes before the first fragment, for the pace of its track. */
void oc_fmp4_note(oc_fmp4_t *mux, const oc_packet_t *packet);

/* The RFC 6381 codecs parameter ("avc1.640028,mp4a.40.2") of the present tracks, NUL-terminated.
 * OC_OK | OC_ERR_NOMEM. 64 bytes are always enough. */
int oc_fmp4_codecs(const oc_fmp4_t *mux, char *out, size_t out_size);

#endif
