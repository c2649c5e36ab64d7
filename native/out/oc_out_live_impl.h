/* oc_out_live_impl - what the files of oc_out_live share; nobody else includes it.
 *   oc_out_live.c       what becomes a segment, and when; init segments
 *   oc_out_live_part.c  partial segments
 *   oc_out_live_body.c  bytes of segments and parts
 *   oc_out_live_list.c  playlists, and whether one holds what a reload waits for
 * Section numbers are those of draft-pantos-hls-rfc8216bis-16 unless RFC 8216 is named. */
#ifndef OC_OUT_LIVE_IMPL_H
#define OC_OUT_LIVE_IMPL_H

#include "oc_out_live.h"
#include "oc_out_tracks.h"

#define OC_LIVE_TABLE                                                                              \
    (2 * OC_OUT_LIVE_SEGMENTS) /* listed ones, and those just taken off the list */
#define OC_LIVE_CHUNK      128 /* packets of one moof: a segment is one or more fragments */
#define OC_LIVE_LOOK_AHEAD 16  /* packets that are searched for what follows */
#define OC_LIVE_US_PER_S   1000000

typedef struct oc_live_segment {
    uint64_t first_seq, last_seq;
    uint64_t bytes;                  /* payload of its packets */
    uint32_t packets;                /* those of tracks that are left out not counted */
    int64_t start_us, duration_us;   /* stream time */
    int64_t capture_us;              /* of its first packet */
    int64_t next_dts[OC_TRACKS_MAX]; /* of the packets behind it; -1 = not known */
    uint32_t init;                   /* number of its init segment */
    uint32_t discontinuities;        /* before it, its own not counted */
    uint32_t first_part;             /* of all parts ever made */
    uint16_t parts;                  /* 0 = it was not split */
    bool discontinuity;              /* in front of it */
} oc_live_segment_t;

/* A whole part; its place in the table is its number of all parts ever made. */
typedef struct oc_live_part {
    uint64_t first_seq;
    uint32_t duration_us;
    uint32_t packets : 31;    /* with those between that are left out */
    uint32_t independent : 1; /* holds a key packet of the leading track */
} oc_live_part_t;

/* The part being made. */
typedef struct oc_live_open_part {
    uint64_t first_seq;
    int64_t start_us;
    uint32_t frames; /* packets of the leading track */
    bool independent;
} oc_live_open_part_t;

typedef struct oc_live_init {
    oc_out_tracks_t tracks;
    int64_t base_dts[OC_TRACKS_MAX]; /* 0, or below when the stream started below 0 */
} oc_live_init_t;

struct oc_out_live {
    oc_ring_t *ring;
    uint32_t target_ms, part_ms;
    uint32_t target_s;       /* EXT-X-TARGETDURATION; 0 = no segment yet */
    uint32_t part_target_us; /* PART-TARGET; 0 = no segment yet, or no parts wanted */
    oc_live_segment_t table[OC_LIVE_TABLE];
    uint32_t first;  /* number of the first segment and of the first init segment */
    uint32_t next;   /* number of the segment being made */
    uint32_t listed; /* number of the first listed one; never goes back */
    oc_live_segment_t open;
    bool is_open;
    bool started;         /* a packet was taken */
    bool broken;          /* the next segment starts with a discontinuity */
    int64_t lead_us;      /* time of the newest packet of the leading track */
    int64_t frame_us;     /* its duration, as far as known */
    int64_t frame_end_us; /* its end */
    uint32_t frames;      /* packets of the leading track in the open segment */
    oc_live_open_part_t part;
    oc_live_part_t parts[OC_OUT_LIVE_PARTS];
    uint32_t parts_made; /* ever */
    uint32_t peak_bps;   /* of any segment so far */
    uint32_t inits;      /* number of the newest init segment; first - 1 = none was made */
    oc_live_init_t init[OC_OUT_LIVE_INITS];
    uint32_t discontinuities, gaps;
    oc_packet_t packets[OC_LIVE_CHUNK];
};

/* Segment `number` of the table; the caller knows that it is there. */
static inline const oc_live_segment_t *oc_live_segment(const oc_out_live_t *live, uint32_t number) {
    return &live->table[number % OC_LIVE_TABLE];
}

/* The longest segment that rounds to EXT-X-TARGETDURATION (RFC 8216 4.3.3.1), in microseconds. */
static inline int64_t oc_live_limit_us(const oc_out_live_t *live) {
    return (int64_t)live->target_s * OC_LIVE_US_PER_S + OC_LIVE_US_PER_S / 2 - 1000;
}

/* Chooses PART-TARGET when the first segment, of `frames` packets of the leading track, is whole.
 */
void oc_live_part_target(oc_out_live_t *live, int64_t duration_us, uint32_t frames);
/* A part begins with packet seq at that time of the stream. */
void oc_live_part_begin(oc_out_live_t *live, uint64_t seq, int64_t start_us);
/* A packet of the leading track is about to be taken: ends the part before it when it is full. */
void oc_live_part_before(oc_out_live_t *live, uint64_t seq, int64_t us);
/* It was taken. Ends the part behind it when its end is known and the segment surely goes on. */
void oc_live_part_after(oc_out_live_t *live, uint64_t seq, const oc_packet_t *packet);
/* The open segment ends: so does its last part. */
void oc_live_part_end(oc_out_live_t *live, int64_t end_us);
/* Part `index` of a segment, NULL: never made, or forgotten. */
const oc_live_part_t *oc_live_part(const oc_out_live_t *live, const oc_live_segment_t *segment,
                                   uint32_t index);

/* The first segment that is listed and still there; live->next = none. */
uint32_t oc_live_first_listed(const oc_out_live_t *live);

#endif
