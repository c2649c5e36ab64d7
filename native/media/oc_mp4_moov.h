/* oc_mp4_moov - what the moov box says about the tracks. Inside of the reader. Tables are only
 * located here; oc_mp4_plain walks them. ISO/IEC 14496-12 8.2 - 8.7, 8.8.3. */
#ifndef OC_MP4_MOOV_H
#define OC_MP4_MOOV_H

#include "oc_mp4_io.h"

#define OC_MP4_DESCRIPTIONS 16 /* sample descriptions of a track that can be used; 8 bytes each */

typedef struct oc_mp4_track {
    oc_track_t track;      /* codec OC_CODEC_NONE: absent; else the description in force */
    uint32_t id;           /* track_ID */
    uint32_t handler;      /* vide or soun; 0: another, or none told */
    uint32_t in_force;     /* number (from 1) of the description in `track` */
    uint32_t descriptions; /* entries of stsd, at most OC_MP4_DESCRIPTIONS */
    uint64_t description_at[OC_MP4_DESCRIPTIONS];
    int64_t shift;        /* ticks added to every dts: the edit list */
    uint64_t empty_edit;  /* of the first edit, in ticks of the movie */
    uint32_t sample_size; /* of every sample; 0 = stsz has a table */
    bool co64;            /* chunk offsets have 64 bits */
    bool has_sync_table;  /* no stss: every sample is a sync sample */
    oc_mp4_table_t stts, ctts, stsc, stsz, stco, stss;
    uint32_t trex_description, trex_duration, trex_size, trex_flags;
} oc_mp4_track_t;

typedef struct oc_mp4_moov {
    oc_mp4_track_t track[OC_TRACKS_MAX]; /* 0 video, 1 audio: the first of each that can be read */
    uint32_t timescale;                  /* of the movie: edit list durations */
    uint64_t end;                        /* of the moov box */
    bool fragmented;                     /* mvex is there */
} oc_mp4_moov_t;

/* Finds and reads the moov box. window: scratch.
 * OC_OK at least one track | OC_ERR_FORMAT | OC_ERR_TRUNC | OC_ERR_IO; `why` says what is wrong. */
int oc_mp4_moov_read(const oc_mp4_source_t *source, oc_mp4_window_t *window, oc_mp4_moov_t *out,
                     char *why, size_t why_size);

/* Puts description `number` (from 1) in force. OC_OK | OC_ERR_FORMAT no such description, or of
 * another codec kind | OC_ERR_IO. */
int oc_mp4_moov_describe(const oc_mp4_source_t *source, oc_mp4_window_t *window,
                         oc_mp4_track_t *track, uint32_t number);

#endif
