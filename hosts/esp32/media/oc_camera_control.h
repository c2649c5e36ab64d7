/* oc_camera_control - decides about each frame of a JPEG camera: whole, small enough, wanted, with
 * a time that can be; and steers the sensor's quality towards a bit rate. Pure: the driver
 * (oc_capture_esp) gives it bytes and times. Capture task only. */
#ifndef OC_CAMERA_CONTROL_H
#define OC_CAMERA_CONTROL_H

#include "oc_camera_plan.h"
#include "oc_span.h"

#define OC_CAMERA_WINDOW   8                 /* frames between two looks at the bit rate */
#define OC_CAMERA_STALE_US (2 * 1000 * 1000) /* a time stamp older than this is not believed */

/* Frames since init, each counted once. */
typedef struct oc_camera_stats {
    uint32_t good;      /* delivered by the judge */
    uint32_t truncated; /* no end of image: the driver's buffer or the bus was too small */
    uint32_t malformed; /* not a JPEG image */
    uint32_t too_big;   /* more bytes than allowed */
    uint32_t thinned;   /* left out to keep to the wanted rate */
    uint32_t early;     /* taken before start, left out */
    uint32_t missing;   /* waits of the driver that ended without a frame */
    uint32_t unlent;    /* left out because the media task still held all buffers */
    uint32_t stamps;    /* time stamps replaced: going back, in the future, or stale */
    uint32_t steps;     /* changes of the quality */
    uint32_t inits;     /* times the sensor was set up */
} oc_camera_stats_t;

/* The state of one camera; private but for stats. */
typedef struct oc_camera_control {
    oc_camera_stats_t stats;
    uint32_t max_bytes;
    uint32_t interval_us; /* wanted between frames; 0 = every frame */
    uint32_t target_bps;  /* 0 = none: the best quality that fits */
    uint8_t best, quality;
    bool changed;     /* quality is to be given to the sensor */
    bool seen;        /* a frame has come since start */
    int64_t start_us; /* frames from before are not ours */
    int64_t stamp_us; /* of the last good frame; INT64_MIN = none yet */
    int64_t due_us;   /* thinning: the next frame counts from then; INT64_MIN = any */
    uint32_t window_frames, window_bytes;
    int64_t window_us; /* stamp of the frame before the window; INT64_MIN = none */
} oc_camera_control_t;

/* One good frame. */
typedef struct oc_camera_frame {
    uint32_t len_bytes; /* SOI .. EOI */
    uint16_t width, height;
    int64_t stamp_us; /* monotonic; later than that of the frame before */
} oc_camera_frame_t;

/* max_bytes of a frame, > 0. */
void oc_camera_control_init(oc_camera_control_t *control, const oc_camera_options_t *options,
                            uint32_t max_bytes);

/* A new start at now_us: the sensor was set up again, with control->quality. Counts stay. */
void oc_camera_control_start(oc_camera_control_t *control, int64_t now_us);

/* Judges the image a camera lends; stamp_us as the camera says, now_us of the host.
 * OC_OK and *out | OC_AGAIN left out on purpose | OC_ERR_TRUNC | OC_ERR_FORMAT | OC_ERR_TOO_BIG,
 * which also makes the quality coarser; each is counted. */
int oc_camera_judge(oc_camera_control_t *control, oc_span_t image, int64_t stamp_us, int64_t now_us,
                    oc_camera_frame_t *out);

/* Steers towards bps from now on; 0 = no longer. */
void oc_camera_control_bitrate(oc_camera_control_t *control, uint32_t bps);

/* True once after each change: give *quality to the sensor. */
bool oc_camera_control_quality(oc_camera_control_t *control, uint8_t *quality);

#endif
