/* oc_timeline - one continuous, never decreasing time line from whatever a source delivers.
 * Runs on the media thread between handoff and ring. The first packet of a stream is its time 0;
 * while the source's time line holds, each dts is only shifted by a constant, the same time for all
 * tracks (to half a tick), so neither A/V offset nor rate ever drifts. Where it breaks (going back,
 * more than OC_TIMELINE_JUMP_US ahead of the time that passed, a loss of the source) the line goes
 * on by capture time, never before the end of what was there, and the packet is marked `jump`.
 * A line can follow another one (oc_timeline_follow): then capture time places its epochs on that
 * one, and the same instant has the same time in both, for as long as the clocks of the two
 * sources agree. */
#ifndef OC_TIMELINE_H
#define OC_TIMELINE_H

#include "oc_packet.h"

#define OC_TIMELINE_JUMP_US   10000000 /* time stamps this far ahead of capture time are a break */
#define OC_TIMELINE_WINDOW_US 5000000  /* half of the time for the least late packet */

typedef struct oc_timeline_track {
    uint32_t timescale;  /* 0 = not described yet */
    uint32_t epoch;      /* of the offset */
    bool any;            /* a packet was mapped since the timescale is known */
    int64_t offset;      /* ticks: line = source + offset */
    int64_t source_dts;  /* of the last packet */
    int64_t line_dts;    /* of the last packet */
    int64_t line_end;    /* behind the last packet, by its duration */
    int64_t capture_us;  /* of the last packet */
    int64_t least_us[2]; /* capture time less time on the line, the least: of this window, ... */
    int64_t window_us;   /* ... begun at this capture time, and of the one before */
} oc_timeline_track_t;

typedef struct oc_timeline {
    oc_timeline_track_t track[OC_TRACKS_MAX];
    bool started;                    /* the first packet has come */
    bool lost;                       /* next packet begins an epoch */
    uint32_t epoch;                  /* counts breaks */
    uint32_t hard_epoch;             /* offsets of earlier epochs are void: the source was lost */
    uint32_t anchor_scale;           /* timescale of the two origins */
    int64_t anchor_source;           /* where this epoch begins in the source's time ... */
    int64_t anchor_line;             /* ... and on the line; ticks of anchor_scale */
    int64_t last_line_us;            /* the newest packet: its place on the line ... */
    int64_t last_capture_us;         /* ... and its capture time */
    bool follows;                    /* the next epoch is placed by another line: ... */
    int64_t other_us[OC_TRACKS_MAX]; /* ... capture time of its time 0, by track */
    uint32_t jumps;                  /* breaks since init */
    uint32_t clamped;                /* packets moved up to the end of their track; pts is kept */
    uint32_t early;                  /* packets left out because they lie before time 0 */
} oc_timeline_t;

/* An empty line without tracks; also to start a new one. */
void oc_timeline_init(oc_timeline_t *line);

/* Places the next epoch of *line by the least late packets of *other of the last seconds, of the
 * same track if it has that; *other is not changed, and nothing happens while it has no packet.
 * Call before each packet that shall follow. What lies before time 0 is left out. */
void oc_timeline_follow(oc_timeline_t *line, const oc_timeline_t *other);

/* The same with what is known: the capture time of time 0 by this track. */
void oc_timeline_place(oc_timeline_t *line, unsigned track, int64_t zero_us);

/* The capture time of time 0, by the least late packets of the last seconds; of the newest packet
 * where the track has none. 0: no packet has come. */
int64_t oc_timeline_zero_us(const oc_timeline_t *line, unsigned track);

/* Describes a track before its first packet, and again when its timescale changes (1 .. 2^31-1). */
void oc_timeline_track(oc_timeline_t *line, unsigned track, uint32_t timescale);

/* The source was lost: the next packet continues the line by capture time. */
void oc_timeline_lost(oc_timeline_t *line);

/* Moves packet->dts onto the line; sets packet->jump at a break. capture_us must not go back.
 * OC_OK | OC_AGAIN the packet lies before time 0: leave it out | OC_ERR_INVAL track not described.
 */
int oc_timeline_map(oc_timeline_t *line, oc_packet_t *packet);

/* The place of a track's dts on the line in microseconds, to the nearest; 0: not described. */
int64_t oc_timeline_us(const oc_timeline_t *line, unsigned track, int64_t dts);

#endif
