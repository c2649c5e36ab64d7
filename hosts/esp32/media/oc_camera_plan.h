/* oc_camera_plan - what is asked of a camera and what comes of it, before the first frame: the
 * options of a camera: URL, the choice of a frame size, the figures a ring is planned with. Pure:
 * no header of the board, tested on the development machine. */
#ifndef OC_CAMERA_PLAN_H
#define OC_CAMERA_PLAN_H

#include "oc_capture.h"

#define OC_CAMERA_QUALITY_BEST  4  /* below it some sensors overrun their own buffer */
#define OC_CAMERA_QUALITY_WORST 63 /* JPEG quality of esp32-camera: 0 fine .. 63 coarse */
#define OC_CAMERA_QUALITY       12 /* when the URL names none */
#define OC_CAMERA_WIDTH         1280
#define OC_CAMERA_HEIGHT        720
#define OC_CAMERA_FPS           12 /* 720p JPEG of the OV2640 and OV3660, by their data sheets */
#define OC_CAMERA_FPS_MAX       60

/* What a URL asks for: camera:?width=1280&height=720&fps=10&quality=12&max=100000 */
typedef struct oc_camera_options {
    uint16_t width, height; /* pixels; 0 = OC_CAMERA_WIDTH x OC_CAMERA_HEIGHT; both or neither */
    uint32_t fps_milli;     /* frames per 1000 s at most; 0 = what the sensor gives */
    uint8_t quality;        /* OC_CAMERA_QUALITY_BEST .. _WORST */
    uint32_t max_bytes;     /* of one frame; 0 = what the driver's buffers hold */
} oc_camera_options_t;

/* Reads the part of a URL behind "camera:". OC_OK | OC_ERR_FORMAT, why names option and value. */
int oc_camera_parse(const char *text, oc_camera_options_t *out, char *why, size_t why_size);

/* A size a camera driver knows. */
typedef struct oc_camera_size {
    uint16_t width, height; /* pixels */
} oc_camera_size_t;

/* The place in `sizes` (count >= 1) to ask for: the wanted one, else the smallest that holds it,
 * else the largest. */
unsigned oc_camera_choose(const oc_camera_size_t *sizes, unsigned count, uint16_t width,
                          uint16_t height);

/* The largest JPEG esp32-camera has room for at that size: a fifth of the pixels, in bytes. */
uint32_t oc_camera_buffer_bytes(uint16_t width, uint16_t height);

/* Fills the answer of open for a camera that gives `real`: sizes, rates, bounds, what differs from
 * the options. max_gop_ms stays 0: the sensor sets its rate by the light. */
void oc_camera_plan(const oc_camera_options_t *options, oc_camera_size_t real,
                    oc_capture_config_t *config);

#endif
