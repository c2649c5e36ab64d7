/* See oc_capture_esp.h. Every decision about frames is in oc_camera_plan and oc_camera_control. */
#include "oc_capture_esp.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "esp_camera.h"
#include "esp_err.h"
#include "oc_board.h"
#include "oc_err.h"
#include "oc_log.h"

#define SCHEME    "camera:"
#define US_PER_S  1000000
#define RETRY_US  10000 /* after an empty answer: do not spin */
#define SIZES_MAX 40    /* of esp32-camera's table */

/* A frame that the media plane reads. */
typedef struct lent {
    camera_fb_t *fb;
    uint32_t item; /* its number in the handoff */
} lent_t;

typedef struct esp {
    oc_handoff_t *handoff;
    oc_camera_options_t options;
    oc_camera_control_t control;
    oc_camera_size_t real;
    oc_track_t track;
    lent_t lent[OC_CAPTURE_ESP_LENT]; /* oldest first */
    unsigned lent_count;
    bool open, running, described;
    bool ready;       /* the sensor is set up */
    bool used;        /* ... and has been stopped since: it is set up anew at the next start */
    int64_t frame_us; /* when the camera last gave something, or start */
    _Atomic uint32_t desired_bps;
    _Atomic bool bps_set;
} esp_t;

static _Atomic bool in_use; /* there is one camera */

/* ---- the sensor ---- */

static framesize_t choose_size(const oc_camera_options_t *options) {
    oc_camera_size_t sizes[SIZES_MAX];
    unsigned count = 0;
    for (; count < FRAMESIZE_INVALID && count < SIZES_MAX; count++)
        sizes[count] = (oc_camera_size_t){resolution[count].width, resolution[count].height};
    return (framesize_t)oc_camera_choose(sizes, count,
                                         options->width ? options->width : OC_CAMERA_WIDTH,
                                         options->height ? options->height : OC_CAMERA_HEIGHT);
}

static int explain(esp_err_t error, char *why, size_t why_size) {
    char bus[32];
    switch (error) {
    case ESP_OK:
        return OC_OK;
    case ESP_ERR_NOT_FOUND:
    case ESP_ERR_CAMERA_NOT_DETECTED:
        oc_board_bus(bus, sizeof bus);
        snprintf(why, why_size, "camera: no sensor answers on %s: check cable and board", bus);
        return OC_ERR_NOENT;
    case ESP_ERR_NOT_SUPPORTED:
    case ESP_ERR_CAMERA_NOT_SUPPORTED:
        snprintf(why, why_size, "camera: this sensor gives no JPEG (OV2640, OV3660, OV5640 do)");
        return OC_ERR_NOTSUP;
    case ESP_ERR_NO_MEM:
        snprintf(why, why_size, "camera: no PSRAM for %d frame buffers", OC_CAPTURE_ESP_BUFFERS);
        return OC_ERR_NOMEM;
    default:
        snprintf(why, why_size, "camera: the sensor could not be set up: %s",
                 esp_err_to_name(error));
        return OC_ERR_IO;
    }
}

static int set_up(esp_t *e, char *why, size_t why_size) {
    camera_config_t config;
    oc_board_power_camera();
    oc_board_camera(&config);
    config.pixel_format = PIXFORMAT_JPEG;
    config.frame_size = choose_size(&e->options);
    config.jpeg_quality = e->control.quality;
    config.fb_count = OC_CAPTURE_ESP_BUFFERS;
    config.fb_location = CAMERA_FB_IN_PSRAM;
    config.grab_mode = CAMERA_GRAB_LATEST;
    int result = explain(esp_camera_init(&config), why, why_size);
    if (result < 0)
        return result;
    sensor_t *sensor = esp_camera_sensor_get();
    if (!sensor || sensor->status.framesize >= FRAMESIZE_INVALID) {
        esp_camera_deinit();
        snprintf(why, why_size, "camera: the sensor does not say its frame size");
        return OC_ERR_IO;
    }
    const resolution_info_t *size = &resolution[sensor->status.framesize];
    e->real = (oc_camera_size_t){size->width, size->height};
    e->ready = true;
    e->used = false;
    e->control.stats.inits++;
    return OC_OK;
}

/* Gives back what the plane has copied. True: nothing is out any more. */
static bool reclaim(esp_t *e) {
    uint32_t released = oc_handoff_released(e->handoff);
    unsigned done = 0;
    while (done < e->lent_count && (int32_t)(released - e->lent[done].item) > 0)
        esp_camera_fb_return(e->lent[done++].fb);
    e->lent_count -= done;
    memmove(e->lent, e->lent + done, e->lent_count * sizeof *e->lent);
    return e->lent_count == 0;
}

/* Frees the camera's buffers: only while none is lent. */
static bool take_down(esp_t *e) {
    if (!e->ready)
        return true;
    if (!reclaim(e))
        return false;
    esp_camera_deinit();
    e->ready = false;
    return true;
}

/* ---- life ---- */

static int esp_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    esp_t *e = state;
    memset(e, 0, sizeof *e);
    config->why[0] = 0;
    e->handoff = env->handoff;
    if (strncmp(config->url, SCHEME, strlen(SCHEME)) != 0) {
        snprintf(config->why, sizeof config->why,
                 "camera: the URL does not begin with \"camera:\"");
        return OC_ERR_FORMAT;
    }
    int result =
        oc_camera_parse(config->url + strlen(SCHEME), &e->options, config->why, sizeof config->why);
    if (result < 0)
        return result;
    if (atomic_exchange(&in_use, true)) {
        snprintf(config->why, sizeof config->why, "camera: another channel uses it");
        return OC_ERR_STATE;
    }
    e->control.quality = e->options.quality;
    result = set_up(e, config->why, sizeof config->why);
    if (result < 0) {
        atomic_store(&in_use, false);
        return result;
    }
    oc_camera_plan(&e->options, e->real, config);
    oc_camera_control_init(&e->control, &e->options, config->max_gop_bytes);
    e->control.stats.inits = 1;
    e->track = config->track[0];
    e->open = true;
    return OC_OK;
}

static int esp_start(void *state, int64_t now_us) {
    esp_t *e = state;
    char why[OC_CAPTURE_WHY_MAX];
    if (!e->open)
        return OC_ERR_STATE;
    if (e->running)
        return OC_OK;
    if (e->used && !take_down(e))
        return OC_ERR_BUSY; /* the plane still reads frames out of the buffers */
    if (!e->ready) {
        int result = set_up(e, why, sizeof why);
        if (result < 0) {
            oc_log(OC_LOG_WARN, "camera", "%s", why);
            return result;
        }
    }
    oc_camera_control_start(&e->control, now_us);
    e->frame_us = now_us;
    e->described = false;
    e->running = true;
    return OC_OK;
}

/* ---- frames ---- */

static bool describe(esp_t *e, const oc_camera_frame_t *frame) {
    if (e->described && e->track.width == frame->width && e->track.height == frame->height)
        return true;
    e->track.width = frame->width;
    e->track.height = frame->height;
    e->described = oc_handoff_push_track(e->handoff, 0, &e->track) == OC_OK;
    return e->described;
}

/* Lends one frame to the plane. False: there is no place; the frame is still ours. */
static bool lend(esp_t *e, camera_fb_t *fb, const oc_camera_frame_t *frame) {
    if (e->lent_count == OC_CAPTURE_ESP_LENT || !describe(e, frame))
        return false;
    oc_packet_t packet = {.data = fb->buf,
                          .len_bytes = frame->len_bytes,
                          .dts = frame->stamp_us,
                          .capture_us = frame->stamp_us,
                          .key = true};
    uint32_t item = oc_handoff_pushed(e->handoff);
    if (oc_handoff_push(e->handoff, &packet) != OC_OK)
        return false;
    e->lent[e->lent_count++] = (lent_t){fb, item};
    return true;
}

static void take_frame(esp_t *e, camera_fb_t *fb, int64_t now_us) {
    int64_t stamp_us = (int64_t)fb->timestamp.tv_sec * US_PER_S + fb->timestamp.tv_usec;
    /* The frame was taken while pump waited: its own time is newer than now_us. */
    int64_t latest_us =
        stamp_us - now_us < OC_CAPTURE_ESP_SILENT_US && stamp_us > now_us ? stamp_us : now_us;
    oc_camera_frame_t frame;
    e->frame_us = latest_us;
    int result =
        oc_camera_judge(&e->control, oc_span(fb->buf, fb->len), stamp_us, latest_us, &frame);
    if (result == OC_OK && lend(e, fb, &frame))
        return;
    if (result == OC_OK) {
        e->control.stats.unlent++;
        oc_handoff_count_drop(e->handoff);
    }
    esp_camera_fb_return(fb);
}

static void follow_quality(esp_t *e) {
    uint8_t quality;
    if (atomic_exchange(&e->bps_set, false))
        oc_camera_control_bitrate(&e->control, atomic_load(&e->desired_bps));
    if (!oc_camera_control_quality(&e->control, &quality))
        return;
    sensor_t *sensor = esp_camera_sensor_get();
    if (sensor && sensor->set_quality)
        sensor->set_quality(sensor, quality);
}

static int64_t esp_pump(void *state, int64_t now_us) {
    esp_t *e = state;
    if (!e->running)
        return INT64_MAX;
    if (now_us - e->frame_us > OC_CAPTURE_ESP_SILENT_US)
        return OC_ERR_TIMEOUT;
    reclaim(e);
    follow_quality(e);
    camera_fb_t *fb = esp_camera_fb_get(); /* waits for the next frame, at most 4 s */
    if (!fb) {
        e->control.stats.missing++;
        return now_us + RETRY_US;
    }
    take_frame(e, fb, now_us);
    return now_us + 1; /* at once: the wait is in esp_camera_fb_get */
}

static void esp_stop(void *state) {
    esp_t *e = state;
    e->used = e->used || e->running;
    e->running = false;
    if (e->used)
        take_down(e); /* or, while frames are lent, at the next start or close */
}

/* Every JPEG image stands alone. */
static int esp_request_key(void *state) {
    (void)state;
    return OC_OK;
}

static int esp_set_bitrate(void *state, uint32_t bps) {
    esp_t *e = state;
    if (!bps)
        return OC_ERR_RANGE;
    atomic_store(&e->desired_bps, bps);
    atomic_store(&e->bps_set, true);
    return OC_OK;
}

static void esp_close(void *state) {
    esp_t *e = state;
    if (!e->open)
        return;
    esp_stop(e);
    e->open = false;
    if (!take_down(e))
        oc_log(OC_LOG_ERROR, "camera", "closed with frames lent: it stays in use");
    else
        atomic_store(&in_use, false);
}

void oc_capture_esp_stats(const void *state, oc_camera_stats_t *out) {
    *out = ((const esp_t *)state)->control.stats;
}

const oc_capture_driver_t oc_capture_esp = {
    .name = "camera",
    .state_bytes = sizeof(esp_t),
    .may_block = true,
    .open = esp_open,
    .start = esp_start,
    .pump = esp_pump,
    .stop = esp_stop,
    .request_key = esp_request_key,
    .set_bitrate_bps = esp_set_bitrate,
    .close = esp_close,
};
