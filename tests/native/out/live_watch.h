/* live_watch - a player in virtual time: fetches the playlist, checks it against an independent
 * reader of the rules, fetches each new segment and compares it with what went into the ring. */
#ifndef LIVE_WATCH_H
#define LIVE_WATCH_H

#include "cmocka_first.h"
#include "m3u8_check.h"
#include "oc_out_live.h"
#include "record_rig.h"

#define SECOND INT64_C(1000000)

typedef struct watch {
    rig_t rig;
    oc_out_live_t *live;
    int reader; /* of the ring, for it */
    m3u8_t list;
    bool has_list;
    uint32_t part_ms;  /* 0 = no parts */
    uint32_t fetched;  /* number of the newest segment fetched and looked at */
    uint64_t samples;  /* in the segments fetched */
    uint64_t missing;  /* logged packets between them */
    uint64_t next_log; /* where the search in the log goes on */
    uint64_t outside;  /* payload spans that are not in the ring */
    uint64_t heads;    /* segments that did not start with a key packet */
    bool too_small;    /* the ring cannot hold what section 6.2.2 asks for */
    int64_t step_us;
    int64_t listed_at[1024]; /* when segment number % 1024 was last on a list */
} watch_t;

extern uint32_t watch_part_ms; /* for those opened next */

void watch_open(watch_t *w, const rig_source_t *source, uint32_t ring_ms, uint32_t target_ms);
void watch_close(watch_t *w);
/* Gives the live output what is new in the ring. */
void watch_take(watch_t *w);
/* Segment `number`, or part `index` of it (>= 0), into buffers that the next call takes again. */
int watch_segment(watch_t *w, uint32_t number, int64_t index, oc_fmp4_fragment_t *out);
/* The text of a playlist. */
int watch_text(watch_t *w, bool plain, bool skip, char *text, size_t size);
/* Fetches the playlist as a player does; false = none yet. */
bool watch_reload(watch_t *w);
/* Lets time go by; the player fetches the list and each new segment. */
void watch_run(watch_t *w, int64_t us);

#endif
