/* oc_stream_fault - why the source of a stream delivers nothing, and how that is reported: one
 * event for each way in which it fails, then one an hour (oc_lasting), and one when it delivers
 * again. A source that should deliver and does not is looked at once a second, in time awake
 * (oc_silence). Of a stream with pictures only pictures count: it is silent without them, whatever
 * its sound does. One that is not there, has ended, or waits for whoever sends has a state of its
 * own and is not missed again. Inside native/plane only. */
#ifndef OC_STREAM_FAULT_H
#define OC_STREAM_FAULT_H

#include "oc_lasting.h"
#include "oc_silence.h"

/* Of oc_stream.h. */
struct oc_stream;
struct oc_plane;
struct oc_packet;

/* All zero: it delivers, or may. */
typedef struct oc_stream_fault {
    int code;             /* OC_ERR_*; 0 = it does */
    oc_lasting_t lasting; /* the same over time */
    oc_silence_t silence; /* looked_us 0: nothing is missed */
    uint32_t life;        /* packets that show that it delivers */
    uint32_t released;    /* of the handoff, at the newest look */
    bool waits, absent;   /* nothing need come before somebody sends; it was never there */
} oc_stream_fault_t;

/* The source delivers nothing, and is tried again. more: what else is known, "" = nothing. */
void oc_stream_source_lost(struct oc_stream *stream, int code, const char *more, int64_t now_us);
/* Each packet of its source: one that shows that it delivers ends its silence. */
void oc_stream_fault_packet(struct oc_stream *stream, const struct oc_packet *packet,
                            int64_t now_us);
/* It delivers again, or for the first time. */
void oc_stream_resume(struct oc_stream *stream, int64_t now_us);

/* A source should deliver from now on. */
void oc_plane_silence_expect(struct oc_plane *plane, int64_t now_us);
/* Looks whether sources deliver that should. Returns when it wants to be called again. */
int64_t oc_plane_silence_advance(struct oc_plane *plane, int64_t now_us);

#endif
