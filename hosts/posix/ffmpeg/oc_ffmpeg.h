/* oc_ffmpeg - the capture driver of ocellus-ffmpeg: the test picture, files of any format, RTSP,
 * HTTP, cameras and microphones. What our formats can carry passes through untouched, the rest is
 * transcoded. Payloads are copied once out of FFmpeg's memory, into the feeder. */
#ifndef OC_FFMPEG_H
#define OC_FFMPEG_H

#include "oc_ff_decode.h"
#include "oc_ff_fits.h"
#include "oc_ff_reader.h"
#include "oc_ff_tap.h"
#include "oc_ff_test.h"
#include "oc_ff_track.h"
#include "oc_feeder.h"

/* One of the two tracks on its way out. */
typedef struct oc_ff_lane {
    bool on;
    bool passes;       /* false: through decode (files) or the test encoder */
    bool ready;        /* track is set up: what passes through at once, the rest with its
                          first packet */
    AVRational base;   /* of the packets of this lane */
    uint16_t rotation; /* degrees clockwise that are left to whoever shows the picture */
    oc_ff_track_t track;
    oc_ff_decode_t decode; /* !passes */
    bool no_dts;           /* the source never tells when to decode */
    bool any;              /* a packet came */
    oc_ff_fits_t fits;     /* passes, sound: whether it fits its description */
    bool judged, misfit;   /* the packet that leaves next was looked at; it does not fit */
    bool said;             /* that packets are left out */
    bool splits;           /* the source may cut a picture into several packets: joined again */
    unsigned whole;        /* key pictures that came whole at the start */
    AVPacket *held;        /* on its way to the decoder, in case its picture goes on */
    int64_t last_pts;      /* of the newest packet */
    int64_t first, end;    /* the source's units: of the first round of a file */
    int64_t next;          /* the source's units: made up for a source without time stamps */
} oc_ff_lane_t;

/* Said of a track: bytes there are, bytes that fit. */
#define OC_FF_OVERSIZE "its parameter sets have %u bytes, a description holds %d"

#define OC_FF_STAMPS 32 /* pictures under way in a decoder */

/* Of a stream that is made of another: where its pictures come from. */
typedef struct oc_ff_sub {
    oc_ff_tap_t *tap;    /* NULL: this is no such stream */
    uint32_t epoch;      /* of the description in use */
    bool set;            /* lanes are set up by it */
    bool down, notified; /* main has no source; the consumer knows */
    int64_t at_us;       /* capture time of what is being worked on */
    struct {
        int64_t pts, at_us; /* of pictures that went in */
    } stamp[OC_FF_STAMPS];  /* circular */
    unsigned stamps;
} oc_ff_sub_t;

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
        AVFrame *frame; /* what it was made of, while a sub stream wants it; else NULL */
        unsigned lane;
        int64_t at_us;    /* sub: capture time */
    } queue[OC_FF_QUEUE]; /* circular */
    unsigned first, count;
    AVPacket *incoming;
    oc_ff_tap_t *tap; /* for a sub stream made of this one; NULL: this is one */
    oc_ff_sub_t sub;
    bool is_test, running, fast, loop, ended, draining, audio;
    int64_t capture_us; /* of the last packet: never goes back */
    int64_t stuck_us;   /* since when there has been no room; 0: there is */
    int64_t rounds;
    bool gave;             /* this round has delivered something */
    int64_t round_units;   /* length of a round ... */
    AVRational round_base; /* ... in these units; exact for the longest track */
    uint32_t omitted;      /* oc_track_t.omitted of the sound; 0: none, or carried */
    _Atomic bool encodes;  /* the picture is ours: key pictures and bit rate can be asked for */
    _Atomic uint32_t key_requested, desired_bps;
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
/* In oc_ff_flow.c: a packet, or a decoded picture, or neither (the end) through the lane's codecs
 * into the queue. OC_OK | OC_ERR_*. */
int oc_ffmpeg_transcode(oc_ffmpeg_t *f, unsigned lane, const AVPacket *packet,
                        const AVFrame *frame);
/* In oc_ff_flow.c: takes what *packet refers to. OC_OK | OC_ERR_NOMEM. */
int oc_ffmpeg_enqueue(oc_ffmpeg_t *f, AVPacket *packet, unsigned lane);
/* In oc_ff_flow.c: what oc_ff_track_init is told of packets. Borrows from *par. */
oc_ff_stream_t oc_ffmpeg_describe(const AVCodecParameters *par, AVRational base);
/* In oc_ff_flow.c: waits for nothing: what came is gone. */
void oc_ffmpeg_empty(oc_ffmpeg_t *f);

/* In oc_ff_sub.c. A stream with input.kind SCALE: finds its main stream. OC_OK | OC_ERR_*; f->why.
 */
int oc_ffmpeg_sub_open(oc_ffmpeg_t *f, unsigned feed);
/* Sets the lanes up when main is described. OC_OK | OC_AGAIN not yet | OC_ERR_*. */
int oc_ffmpeg_sub_lanes(oc_ffmpeg_t *f);
/* As oc_ffmpeg_fill. */
int oc_ffmpeg_sub_fill(oc_ffmpeg_t *f, int64_t now_us, int64_t *due_us);
/* Capture time of the picture with that time stamp. */
int64_t oc_ffmpeg_sub_at(const oc_ffmpeg_t *f, int64_t pts);
void oc_ffmpeg_sub_close(oc_ffmpeg_t *f);
/* For a stream that others may be made of: the same from main's side. */
void oc_ffmpeg_notify_sub(oc_ffmpeg_t *f);
/* The first packet of the queue is leaving. */
void oc_ffmpeg_give_sub(oc_ffmpeg_t *f, int64_t at_us);

/* Everything of the source and its codecs is closed; twice is fine. */
void oc_ffmpeg_release(oc_ffmpeg_t *f);

/* The driver. */
extern const oc_capture_driver_t oc_ffmpeg;

#endif
