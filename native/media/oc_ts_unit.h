/* oc_ts_unit - an access unit as the bytes of an elementary stream of MPEG-TS (oc_ts): H.264 and
 * H.265 as Annex B, AAC as ADTS, Opus with its control header. */
#ifndef OC_TS_UNIT_H
#define OC_TS_UNIT_H

#include "oc_packet.h"
#include "oc_span.h"

#define OC_TS_UNIT_SOUND_MAX 0xFF00 /* bytes of a unit of sound: its PES packet says its length */

/* Where the bytes go. data: borrowed until return. */
typedef void (*oc_ts_put_t)(void *context, const void *data, size_t len);

/* What of a packet is written; borrows it and its track. */
typedef struct oc_ts_unit {
    const oc_track_t *track;
    oc_span_t data;
    bool sets; /* with the parameter sets of the description in front */
} oc_ts_unit_t;

/* True when units of the track can be written: not AAC that ADTS cannot describe (rates and
 * channels out of a table, frames of 960 samples), nor Opus with a mapping of its own. */
bool oc_ts_unit_carried(const oc_track_t *track);

/* Looks at a packet of a carried track. sets: parameter sets are wanted; those in the packet
 * itself are enough. False: no whole NAL unit is in it, or it is too long for sound. */
bool oc_ts_unit_of(const oc_packet_t *packet, const oc_track_t *track, bool sets,
                   oc_ts_unit_t *unit);

/* Gives the bytes of the unit, in order. Of a packet with a malformed length what is before it. */
void oc_ts_unit_put(const oc_ts_unit_t *unit, oc_ts_put_t put, void *context);

#endif
