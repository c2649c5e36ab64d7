/* oc_ff_tap - from a main stream to the sub stream made of it, which runs on a thread of its own:
 * pictures that main has decoded anyway, else main's packets, and main's sound as it is. A sub that
 * is too slow loses pictures (packets: up to the next key picture); main never waits for it.
 * One tap per main stream, static memory; queues hold references, no copies. Any thread; all calls
 * may be made before, after and between lives of the other side. */
#ifndef OC_FF_TAP_H
#define OC_FF_TAP_H

#include "oc_ff.h"

#define OC_FF_TAP_PICTURES 6  /* waiting; a picture of 1920x1080 is 3.1 MB */
#define OC_FF_TAP_ITEMS    64 /* all that waits: pictures, or packets, and sound; 40 bytes each */

/* One main stream to its sub stream; opaque. */
typedef struct oc_ff_tap oc_ff_tap_t;

/* What main is made of. */
typedef struct oc_ff_tap_about {
    bool known; /* false: main waits for its source, nothing is known yet */
    AVCodecParameters *par[OC_TRACKS_MAX]; /* of packets; NULL: no such lane, or pictures come */
    AVRational base[OC_TRACKS_MAX];        /* of time stamps */
    AVRational rate;                       /* pictures per second; 0/1: not known */
    uint16_t rotation;                     /* of lane 0's packets, degrees clockwise */
    bool pictures;                         /* lane 0 comes decoded */
} oc_ff_tap_about_t;

typedef enum oc_ff_tap_kind {
    OC_FF_TAP_PICTURE, /* frame */
    OC_FF_TAP_PACKET,  /* packet of lane 0 */
    OC_FF_TAP_SOUND,   /* packet of lane 1 */
    OC_FF_TAP_DOWN,    /* main has lost its source, or is closed */
    OC_FF_TAP_END,     /* main's source has ended for good */
} oc_ff_tap_kind_t;

typedef struct oc_ff_tap_item {
    oc_ff_tap_kind_t kind;
    AVFrame *frame;   /* PICTURE; owned by whoever took it */
    AVPacket *packet; /* PACKET, SOUND; the same */
    int64_t at_us;    /* main's capture time of it, monotonic */
    uint32_t epoch;   /* of the description it belongs to */
} oc_ff_tap_item_t;

/* ---- main ---- */

/* The tap of main stream `number`; NULL: there is none for that number. */
oc_ff_tap_t *oc_ff_tap_of(unsigned number);
/* Main is open: a sub may join. */
void oc_ff_tap_begin(oc_ff_tap_t *tap);
/* A sub takes from it: without one nothing below has to be called. */
bool oc_ff_tap_requested(oc_ff_tap_t *tap);
/* What comes from now on; copied. Again after each opening of the source. OC_OK | OC_ERR_NOMEM. */
int oc_ff_tap_describe(oc_ff_tap_t *tap, const oc_ff_tap_about_t *about);
/* A reference to it is kept while it waits. */
void oc_ff_tap_picture(oc_ff_tap_t *tap, const AVFrame *frame, int64_t at_us);
void oc_ff_tap_packet(oc_ff_tap_t *tap, unsigned lane, const AVPacket *packet, int64_t at_us);
/* kind: DOWN or END. */
void oc_ff_tap_notify(oc_ff_tap_t *tap, oc_ff_tap_kind_t kind);
/* Main is closed. */
void oc_ff_tap_end(oc_ff_tap_t *tap);

/* ---- sub ---- */

/* wake(context): something waits; called with the tap locked, must not block. NULL: the sub looks
 * by itself. OC_OK | OC_ERR_NOENT main is not ours | OC_ERR_BUSY another sub has it. */
int oc_ff_tap_join(oc_ff_tap_t *tap, void (*wake)(void *context), void *context);
/* What waits is given up. */
void oc_ff_tap_leave(oc_ff_tap_t *tap);
/* OC_OK *item owned by caller | OC_AGAIN nothing waits. */
int oc_ff_tap_take(oc_ff_tap_t *tap, oc_ff_tap_item_t *item);
/* The description of the newest epoch; par: owned by caller (oc_ff_tap_forget). OC_OK |
 * OC_ERR_NOMEM. */
int oc_ff_tap_about(oc_ff_tap_t *tap, oc_ff_tap_about_t *about, uint32_t *epoch);
void oc_ff_tap_forget(oc_ff_tap_about_t *about);
/* Pictures and packets that a slow sub has lost, since it joined; no table shows
 * it yet. */
uint32_t oc_ff_tap_lost(oc_ff_tap_t *tap);

#endif
