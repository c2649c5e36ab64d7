/* oc_out_pull_impl - what the files of oc_out_pull share; not for users of oc_out_pull.h.
 *   oc_out_pull.c         where the viewer stands, which packets come next
 *   oc_out_pull_<format>.c  what is made of them */
#ifndef OC_OUT_PULL_IMPL_H
#define OC_OUT_PULL_IMPL_H

#include "oc_out_pull.h"
#include "oc_out_tracks.h"
#include "oc_ts.h"

struct oc_out_pull {
    const oc_ring_t *ring;
    oc_pull_format_t format;
    uint64_t seq;    /* the next packet; 0 = waits for a key packet */
    uint64_t missed; /* with seq 0: the first packet left out; 0 = has not begun */
    oc_out_pull_stats_t stats;
    bool begun;                      /* the tracks are chosen */
    bool described;                  /* and were sent */
    bool headed;                     /* the start of the body was sent */
    oc_out_tracks_t tracks;          /* those of the body */
    int64_t base_us;                 /* time 0 of the body, in the stream's time */
    int64_t base_dts[OC_TRACKS_MAX]; /* the same in ticks of each track */
    union {
        oc_fmp4_t mux; /* MP4: its writer */
        oc_ts_t ts;    /* MPEG-TS */
    };
    unsigned count; /* packets of this piece */
    oc_packet_t packets[OC_PULL_PIECE_PACKETS];
};

/* What makes a format. */
typedef struct oc_pull_kind {
    const char *ending, *type;
    const char *why;  /* of a refusal, with %s for the codec of the picture, or of the sound */
    const char *end;  /* ends the body; "" = nothing */
    bool picture;     /* a channel without a picture is refused */
    bool newest;      /* only the newest picture counts: a piece is one packet */
    bool redescribes; /* tracks may change in the middle of a body */
    bool (*carries)(oc_codec_t codec);
    /* Makes a piece of pull->packets (> 0, all of pull->tracks; no bytes: there is nothing in them
     * that can be sent); with a description before it while
     * pull->described is not set. OC_OK | OC_ERR_*: the body ends. */
    int (*piece)(oc_out_pull_t *pull, oc_fmp4_fragment_t *out);
    /* Writes that piece to memory of out->bytes, in place of spans; NULL: it has spans. */
    void (*write)(oc_out_pull_t *pull, uint8_t *to);
} oc_pull_kind_t;

/* Each in its own file. */
extern const oc_pull_kind_t oc_out_pull_mp4, oc_out_pull_flv, oc_out_pull_mjpeg, oc_out_pull_ts;

#endif
