/* oc_timeline - one continuous, never decreasing time line from whatever a source delivers.
 * Runs on the media thread between handoff and ring. The first packet of a stream is its time 0;
 * while the source's time line holds, each dts is only shifted by a constant, the same time for all
 * tracks (to half a tick), so neither A/V offset nor rate ever drifts.
 * A break of time stamps is no break of pictures. A stamp that leads elsewhere (back, or far ahead
 * of the time that passed) says nothing yet: its packet is placed by its arrival and moves nothing,
 * for the next one may go on where the line was (an outlier). A second stamp that goes on from it,
 * or one of the other track that agrees, makes it the new origin. Only a loss of the source is a
 * gap: then the next packet continues the line by capture time, never before the end of what was
 * there, and is marked `jump`.
 * A line can follow another one (oc_timeline_follow): then capture time places its epochs on that
 * one, and the same instant has the same time in both, for as long as the clocks of the two
 * sources agree. */
#ifndef OC_TIMELINE_H
#define OC_TIMELINE_H

#include "oc_packet.h"

#define OC_TIMELINE_JUMP_US 10000000 /* time stamps this far ahead of capture time are a break */
#define OC_TIMELINE_AHEAD_US                                                                       \
    1000000                          /* the same of a source that delivers at its pace, beside one \
                                        interval of its stamps */
#define OC_TIMELINE_LATE_US   500000 /* behind a break: so late a packet may be, one interval ... */
#define OC_TIMELINE_EARLY_US  50000  /* ... behind the one before, and so early */
#define OC_TIMELINE_STAMP_MAX (INT64_C(1) << 61) /* no stamp is farther from 0 */
#define OC_TIMELINE_WINDOW_US 5000000            /* half of the time for the least late packet */

typedef struct oc_timeline_track {
    uint32_t timescale;    /* 0 = not described yet */
    uint32_t epoch;        /* of the offset */
    bool any;              /* a packet was mapped since the timescale is known */
    int64_t offset;        /* ticks: line = source + offset */
    int64_t source_dts;    /* of the last packet that is no outlier, ... */
    int64_t source_us;     /* ... and its capture time */
    int64_t step;          /* ticks between its stamp and the one before; 0 = not known */
    int64_t line_dts;      /* of the last packet */
    int64_t line_end;      /* behind the last packet, by its duration */
    int64_t least_us[2];   /* capture time less time on the line, the least: of this window, ... */
    int64_t window_us;     /* ... begun at this capture time, and of the one before */
    uint32_t window_epoch; /* of the line then */
    int64_t window_line;   /* where on the line it began, microseconds */
    bool paced;            /* in the window before the line ran no faster than time */
    bool doubt;            /* the last packet's stamp led elsewhere: ... */
    int64_t doubt_dts;     /* ... the stamp, and where its packet was put (line_dts); ... */
    int64_t doubt_us;      /* ... its capture time */
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
    uint32_t jumps;                  /* origins since init, but for the first */
    uint32_t outliers;               /* packets placed by arrival: their stamps led elsewhere */
    uint32_t clamped;                /* packets moved up behind the one before; pts is kept */
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

/* Moves packet->dts onto the line, strictly behind the packet before when its stamp says nothing;
 * sets packet->jump behind a loss of the source. capture_us must not go back.
 * OC_OK | OC_AGAIN the packet lies before time 0: leave it out (a picture is decoded at 0 and shown
 * when it was, for others need it; not on a line that follows) | OC_ERR_INVAL track not described.
 */
int oc_timeline_map(oc_timeline_t *line, oc_packet_t *packet);

/* The place of a track's dts on the line in microseconds, to the nearest; 0: not described. */
int64_t oc_timeline_us(const oc_timeline_t *line, unsigned track, int64_t dts);

#endif
