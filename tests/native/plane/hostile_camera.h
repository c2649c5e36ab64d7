/* hostile_camera - a capture driver `hostile:SEED` that behaves as cameras do and as none should:
 * tracks that come late, stop, are omitted or change, GOPs of 1 to 100,000 packets, time stamps of
 * every kind, pauses, bursts, losses. All of it follows from the seed. */
#ifndef HOSTILE_CAMERA_H
#define HOSTILE_CAMERA_H

#include "oc_capture.h"

/* What a camera is and did. */
typedef struct hostile_camera {
    uint64_t seed, random;
    /* what it is */
    unsigned stamps;                /* a kind of time stamps */
    uint32_t packets_max, gop;      /* packets in all; pictures from key to key */
    unsigned pace;                  /* 0 at its pace, 1 in bursts, 2 with long pauses, 3 at once */
    bool loses, changes, odd_sizes; /* connection; descriptions; empty and too large packets */
    uint32_t picture_from, picture_to; /* pictures come with these packets only */
    uint32_t sound_from, sound_to;
    bool lends;          /* its payloads are another process's, and no NAL units now and then */
    bool described_late; /* tracks are described with the first packet */
    oc_track_t track[OC_TRACKS_MAX];
    /* what it did */
    uint32_t sent, counted; /* packets handed over; those it says it lost */
    uint32_t number, pictures, losses;
    _Atomic uint32_t released; /* of what it lent */
    bool described, key_wanted;
    bool held;                           /* nothing is sent before this is cleared */
    bool stray;                          /* it sent packets of a track that it never described */
    int64_t at_us, stamp[OC_TRACKS_MAX]; /* since its start; its own clock, microseconds */
    oc_handoff_t *handoff;
} hostile_camera_t;

/* The camera that is open now, or was last. */
extern hostile_camera_t hostile_camera;
extern const oc_capture_driver_t hostile_driver;

/* Nothing that it sent may be missing from a recording: it neither loses its connection nor changes
 * its tracks nor sends what no ring can take. */
bool hostile_camera_is_whole(const hostile_camera_t *camera);
/* Its sound begins before its pictures: that which no file begins with is lost. */
bool hostile_camera_is_late(const hostile_camera_t *camera);
/* One line for people. */
void hostile_camera_text(const hostile_camera_t *camera, char *text, size_t size);

#endif
