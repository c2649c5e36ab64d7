/* oc_ffmpeg - the capture driver of the plug-in: the test picture, files of any format, RTSP, HTTP,
 * cameras and microphones. What our formats can carry passes through untouched, the rest is
 * transcoded. Payloads are copied once out of FFmpeg's memory, into the feeder. */
#ifndef OC_FFMPEG_H
#define OC_FFMPEG_H

#include "oc_ff_decode.h"
#include "oc_ff_reader.h"
#include "oc_ff_test.h"
#include "oc_ff_track.h"
#include "oc_feeder.h"

/* One of the two tracks on its way out. */
typedef struct oc_ff_lane {
    bool on;
    bool passes;     /* false: through decode (files) or the test encoder */
    bool ready;      /* track is set up: what passes through at once, the rest with its
                        first packet */
    AVRational base; /* of the packets of this lane */
    oc_ff_track_t track;
    oc_ff_decode_t decode; /* !passes */
    bool no_dts;           /* the source never tells when to decode */
    bool any;              /* a packet came */
    bool splits;           /* the source may cut a picture into several packets: joined again */
    unsigned whole;        /* key pictures that came whole at the start */
    AVPacket *held;        /* on its way to the decoder, in case its picture goes on */
    int64_t last_pts;      /* of the newest packet */
    int64_t first, end;    /* the source's units: of the first round of a file */
    int64_t next;          /* the source's units: made up for a source without time stamps */
} oc_ff_lane_t;

typedef struct oc_ffmpeg {
    oc_capture_env_t env;
    oc_ff_input_t input;
    oc_feeder_t feeder;
    void *buffer;
    oc_ff_reader_t reader;
    oc_ff_test_t test;
    oc_ff_lane_t lane[OC_TRACKS_MAX];
    oc_ff_pace_t pace;
    struct {
        AVPacket *packet;
        unsigned lane;
    } queue[OC_FF_QUEUE]; /* circular */
    unsigned first, count;
    AVPacket *incoming;
    bool is_test, running, fast, loop, ended, draining, audio;
    int64_t capture_us; /* of the last packet: never goes back */
    int64_t stuck_us;   /* since when there has been no room; 0: there is */
    int64_t rounds;
    int64_t round_units;   /* length of a round ... */
    AVRational round_base; /* ... in these units; exact for the longest track */
    _Atomic bool encodes;  /* the picture is ours: key pictures and bit rate can be asked for */
    _Atomic uint32_t key_wanted, bps_wanted;
    char why[OC_CAPTURE_WHY_MAX];
} oc_ffmpeg_t;

/* In oc_ff_flow.c: fills the queue. OC_OK something waits | OC_AGAIN not before *due_us | OC_END |
 * OC_ERR_*. */
int oc_ffmpeg_fill(oc_ffmpeg_t *f, int64_t now_us, int64_t *due_us);
/* In oc_ff_flow.c: true when the first packet of the queue can leave. Packets may come without a
 * dts until the order of pictures is known: it is told backwards from the first that has one.
 * False: none has come yet, a key picture may go on in the next packet, or the queue is empty. */
bool oc_ffmpeg_settled(oc_ffmpeg_t *f);
/* In oc_ff_flow.c: sets the lanes up for what the reader found. OC_OK | OC_ERR_*, f->why. */
int oc_ffmpeg_lanes(oc_ffmpeg_t *f);
/* In oc_ff_flow.c: reads on until every track is described, for a short while. OC_OK | OC_ERR_*. */
int oc_ffmpeg_prime(oc_ffmpeg_t *f);
/* Everything of the source and its codecs is closed; twice is fine. */
void oc_ffmpeg_release(oc_ffmpeg_t *f);

/* The driver. */
extern const oc_capture_driver_t oc_ffmpeg;

#endif
