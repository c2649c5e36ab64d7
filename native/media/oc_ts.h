/* oc_ts - writer of an MPEG transport stream (Rec. ITU-T H.222.0 | ISO/IEC 13818-1): one program of
 * one picture and one sound, each access unit a PES packet. H.264 and H.265 as byte streams (Annex
 * B) with an access unit delimiter in front, and with the parameter sets in front of each key
 * picture; AAC as ADTS; Opus by its registration. Layout and times: docs/formats-media.md.
 * A payload byte is copied once, between the headers of the TS packets, straight to where they are
 * sent from: as spans an 8 MB picture would be 91,000 of them. Nothing is allocated. */
#ifndef OC_TS_H
#define OC_TS_H

#include <stddef.h>
#include "oc_packet.h"

#define OC_TS_PACKET_BYTES 188
#define OC_TS_HZ           90000              /* ticks per second of PTS and DTS, 33 bits of them */
#define OC_TS_START        (3 * OC_TS_HZ / 2) /* PTS of time 0 */
#define OC_TS_DELAY        (OC_TS_HZ / 2)     /* the clock (PCR) is so far behind the DTS */
#define OC_TS_LAG_MAX      OC_TS_HZ           /* at most so much a DTS is brought forward */
#define OC_TS_AHEAD_MAX    (10 * OC_TS_HZ)    /* a PTS is at most so far behind its DTS */
#define OC_TS_PCR_STEP     (OC_TS_HZ / 25)    /* at most so far from one PCR to the next */
#define OC_TS_TABLES_STEP  (OC_TS_HZ / 10)    /* and so far from one PAT and PMT to the next */
#define OC_TS_GAP_MAX      (5 * OC_TS_HZ)     /* a gap above it is a discontinuity of the clock */

/* A program under way; about 60 bytes. Copied freely: a copy goes its own way. */
typedef struct oc_ts {
    const oc_track_t *track;            /* OC_TRACKS_MAX, borrowed */
    bool carried[OC_TRACKS_MAX];        /* the others are left out */
    bool fresh[OC_TRACKS_MAX];          /* its parameter sets were not written yet */
    unsigned lead;                      /* the track that carries the clock */
    uint8_t version;                    /* of the PMT, 0 .. 31 */
    uint8_t counter[OC_CODEC_PCMU + 1]; /* the last one of each PID of a track, by codec */
    uint8_t tables;                     /* and of PAT and PMT */
    bool tables_due;                    /* before anything else */
    uint32_t program, sent_program;     /* what the PMT says now, and said last; 0 = nothing yet */
    int64_t clock, tables_at;           /* last PCR and its value at the last tables, ticks */
    int64_t lag;                        /* of the picture: see oc_ts_init */
    int64_t last_dts[OC_TRACKS_MAX];    /* as written, without the start; no DTS goes back */
} oc_ts_t;

/* Begins a stream. lag: how far a PTS lies before its DTS at most (negative composition offsets),
 * ticks, as far as it is known; 0: never. A DTS is written so much earlier; one that turns up later
 * makes it grow, and some pictures have equal DTS then. */
void oc_ts_init(oc_ts_t *ts, int64_t lag);

/* Says or changes what the tracks are, of which at least one is carried; borrowed until the next
 * description. Those that oc_ts_unit_carried refuses are left out. */
void oc_ts_describe(oc_ts_t *ts, const oc_track_t track[OC_TRACKS_MAX]);

/* Writes the TS packets of one access unit to out, and tables and clock where they are due; with
 * out NULL only counts their bytes: on a copy of *ts, for it goes on as if they were written.
 * dts, pts: ticks since the start; dts >= 0 and per track not going back. Of sound only dts counts.
 * Returns bytes, a multiple
 * of OC_TS_PACKET_BYTES; 0: the track is left out, or there is no whole NAL unit in the packet, or
 * it is too long for its frame (AAC 8 KB, Opus 64 KB). */
size_t oc_ts_write(oc_ts_t *ts, const oc_packet_t *packet, int64_t dts, int64_t pts, uint8_t *out);

#endif
