/* oc_capture_fake - a source made from numbers, with scripted timing and faults.
 * URL: fake:?key=value&key=value, every key optional:
 *   fps=30 or 30000/1001   pictures per second (or the wanted rate of the request)
 *   gop=30                 pictures from IDR to IDR
 *   size=4000 key=20000    bytes of a P and of an IDR packet
 *   width=320 height=240   16 .. 4096
 *   audio=none|aac         48 kHz stereo
 *   seed=1                 of the payload
 *   script=EVENT,EVENT,... at most OC_FAKE_EVENTS; n = picture number from 0:
 *     stall@n:ms     no picture comes for ms before n, then times go on; audio is not stalled
 *     burst@n:count  pictures n .. n+count-1 come together when the last of them is due
 *     drop@n         picture n is left out              dup@n  it comes twice
 *     empty@n        it comes with no bytes             big@n:bytes  it has that many bytes
 *     params@n       the parameter sets change; n becomes a key picture
 *     jump@n:ms      time stamps of both tracks move by ms (may be negative) from n on
 *     restart@n      time stamps begin at 0 again; n becomes a key picture
 *     lost@n:CODE    pump fails once with OC_ERR_<CODE> (IO, TIMEOUT, CLOSED) before n
 *     end@n          the source ends before n
 * Packets follow from the URL alone: oc_fake_media makes the same bytes again for a test. */
#ifndef OC_CAPTURE_FAKE_H
#define OC_CAPTURE_FAKE_H

#include "oc_capture.h"

#define OC_FAKE_EVENTS 32 /* 16 bytes each */

/* What a scripted event does; the meanings are in the list above. */
typedef enum oc_fake_kind {
    OC_FAKE_STALL,
    OC_FAKE_BURST,
    OC_FAKE_DROP,
    OC_FAKE_DUP,
    OC_FAKE_EMPTY,
    OC_FAKE_BIG,
    OC_FAKE_PARAMS,
    OC_FAKE_JUMP,
    OC_FAKE_RESTART,
    OC_FAKE_LOST,
    OC_FAKE_END,
} oc_fake_kind_t;

/* One scripted event. value: ms, count, bytes or OC_ERR_* by kind; 0 where it has none. */
typedef struct oc_fake_event {
    oc_fake_kind_t kind;
    uint32_t frame;
    int32_t value;
    bool done; /* LOST: it has happened */
} oc_fake_event_t;

/* What the URL says. */
typedef struct oc_fake_options {
    uint32_t fps_num, fps_den; /* 0/0 = not said */
    uint32_t gop, size, key, seed;
    uint32_t width, height;
    bool audio;
    oc_fake_event_t event[OC_FAKE_EVENTS];
    uint32_t events;
} oc_fake_options_t;

/* Reads the part of a URL behind "fake:". OC_OK | OC_ERR_FORMAT, why names option and value. */
int oc_fake_parse(const char *text, oc_fake_options_t *out, char *why, size_t why_size);

#endif
