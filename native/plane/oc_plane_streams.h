/* oc_plane_streams - which streams of a plane have something to do, so that a wake-up looks at
 * these and no others. A stream has a bit: set by its capture thread after a push, by commands and
 * answers of the host; all bits of a word are cleared at once before the streams are looked at, so
 * that what comes meanwhile sets its bit again. It has a time as well, which its last advance
 * named. Inside native/plane only; media thread, except where noted. */
#ifndef OC_PLANE_STREAMS_H
#define OC_PLANE_STREAMS_H

#include <stdatomic.h>
#include "oc_limits.h"
#include "oc_plane.h"

#define OC_PLANE_SLOT_WORDS ((OC_STREAMS_MAX + 31) / 32) /* a bit for each stream */

typedef struct oc_plane_streams {
    _Atomic uint32_t
        ready[OC_PLANE_SLOT_WORDS];      /* set by any thread, cleared by the media thread */
    int64_t due_us[OC_STREAMS_MAX];      /* INT64_MAX: not by time */
    int64_t soonest_us;                  /* of these */
    uint32_t moved[OC_PLANE_SLOT_WORDS]; /* rows that are written at publish_us */
    int64_t moved_us[OC_STREAMS_MAX];    /* the latest move */
    int64_t publish_us;
    uint32_t publishes; /* so far */
} oc_plane_streams_t;

/* Nothing to do. */
void oc_plane_streams_init(oc_plane_streams_t *streams);

/* The next advance looks at this stream; an advance is due anyway. */
void oc_plane_mark(oc_plane_t *plane, unsigned slot);
/* The same from any thread: the media thread is woken unless the mark is there already. */
void oc_plane_ready(oc_plane_t *plane, unsigned slot);
/* The wake of a stream's handoff: capture thread. */
void oc_plane_on_handoff(void *stream);
/* What its row says has changed, or will with time: it is written at the next interval. */
void oc_plane_moved(oc_plane_t *plane, unsigned slot);

/* Advances streams with a mark and those whose time has come. Returns when the next one's has. */
int64_t oc_plane_streams_advance(oc_plane_t *plane, int64_t now_us);
/* Writes the rows of streams that have moved. Returns when to be called again. */
int64_t oc_plane_publish_moved(oc_plane_t *plane, int64_t now_us);

#endif
