/* oc_out_pull - a live body without an end: one viewer's place in the ring, and the next piece of
 * what it reads. Pieces are made when they are asked for; nothing is kept for a viewer but where it
 * stands. Media thread only, no reader of the ring is taken.
 * Drop policy: it begins at the newest key packet; when what comes next has left the ring, or lies
 * OC_PULL_LAG_US behind the newest packet, it goes on at the newest key packet. A picture of Motion
 * JPEG is only sent while it is the newest one.
 * Time: 0 is the first packet of the viewer; from then on as in the stream, whatever is left out.
 * Formats: docs/formats-media.md. */
#ifndef OC_OUT_PULL_H
#define OC_OUT_PULL_H

#include "oc_fmp4.h"
#include "oc_ring.h"

#define OC_PULL_LAG_US        (3 * 1000 * 1000) /* of capture time */
#define OC_PULL_PIECE_BYTES   (128 * 1024)      /* a piece ends with the packet that reaches it */
#define OC_PULL_PIECE_PACKETS 64                /* and with this many packets; 48 bytes each */
#define OC_PULL_HEAD_MAX      6144              /* bytes of `head` that are always enough */
#define OC_PULL_SPANS_MAX     (2 * OC_PULL_PIECE_PACKETS + 1) /* of `spans` */
#define OC_PULL_BOUNDARY      "ocellus"                       /* between the parts of a multipart */

typedef enum oc_pull_format {
    OC_PULL_MP4,   /* init segment, then fragments of a few packets; every codec */
    OC_PULL_FLV,   /* H.264 and H.265 with AAC; other sound is left out */
    OC_PULL_MJPEG, /* multipart/x-mixed-replace of JPEG images (RFC 2046 5.1) */
    OC_PULL_TS,    /* H.264, H.265, AAC and Opus; other sound is left out */
    OC_PULL_FORMATS
} oc_pull_format_t;

typedef struct oc_out_pull oc_out_pull_t; /* opaque, oc_out_pull_bytes() of caller's memory */
size_t oc_out_pull_bytes(void);

/* The format of a file's ending ("mp4", "flv", "mjpeg", "ts"); OC_PULL_FORMATS = none. */
oc_pull_format_t oc_out_pull_format(const char *ending);

/* The ending of a format; static. */
const char *oc_out_pull_ending(oc_pull_format_t format);

/* True when the format carries a channel whose picture, or whose sound without one, is of `codec`.
 */
bool oc_out_pull_carries(oc_pull_format_t format, oc_codec_t codec);

/* Content type; static. */
const char *oc_out_pull_type(oc_pull_format_t format);

/* ring: borrowed for the viewer's life. audio_only: a stream without a picture will do, also where
 * the format is one of pictures. OC_OK | OC_AGAIN nothing is known of the stream yet |
 * OC_ERR_NOTSUP the format cannot carry it: why gets one line (why_size bytes). */
int oc_out_pull_init(oc_out_pull_t *pull, const oc_ring_t *ring, oc_pull_format_t format,
                     bool audio_only, char *why, size_t why_size);

/* Whether the stream is known to have a picture. OC_OK | OC_AGAIN nothing is known of it yet |
 * OC_ERR_NO_VIDEO. */
int oc_out_pull_picture(const oc_ring_t *ring);

/* Makes the next piece. out: buffers as in oc_fmp4_fragment, of OC_PULL_HEAD_MAX bytes and
 * OC_PULL_SPANS_MAX spans at least; spans are borrowed until the next oc_ring_push.
 * OC_OK | OC_AGAIN nothing new | OC_ERR_CLOSED the stream changed in a way that this body cannot
 * say (another codec, other parameter sets, another track): it ends here. */
int oc_out_pull_next(oc_out_pull_t *pull, oc_fmp4_fragment_t *out);

/* Copies the piece that oc_out_pull_next has just made to memory of piece->bytes: once, before the
 * next oc_ring_push. The one copy of its bytes; of MPEG-TS, which has headers between them, the
 * only way, and its pieces have no spans. */
void oc_out_pull_copy(oc_out_pull_t *pull, const oc_fmp4_fragment_t *piece, uint8_t *to);

/* So far. */
typedef struct oc_out_pull_stats {
    uint64_t packets;          /* in pieces */
    uint64_t left_out_packets; /* of the stream, by the drop policy, but for MJPEG */
    uint32_t left_out_gops; /* of which something was; GOPs that had left the ring count as one */
} oc_out_pull_stats_t;
void oc_out_pull_stats(const oc_out_pull_t *pull, oc_out_pull_stats_t *out);

/* What ends the body properly, a static text of so many bytes; 0: nothing. */
size_t oc_out_pull_end(const oc_out_pull_t *pull, const char **text);

#endif
