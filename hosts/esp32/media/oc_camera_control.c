/* See oc_camera_control.h. */
#include "oc_camera_control.h"

#include "oc_err.h"
#include "oc_jpeg.h"

#define US_PER_S      1000000
#define NONE          INT64_MIN
#define HIGH_PERCENT  110 /* of the wanted bit rate: coarser */
#define LOW_PERCENT   80  /* of the wanted bit rate: finer */
#define TOO_BIG_STEP  4
#define RELAX_PERCENT 60 /* of max_bytes: without a wanted bit rate, finer again below it */

void oc_camera_control_init(oc_camera_control_t *control, const oc_camera_options_t *options,
                            uint32_t max_bytes) {
    *control = (oc_camera_control_t){.max_bytes = max_bytes,
                                     .best = options->quality,
                                     .quality = options->quality,
                                     .stamp_us = NONE};
    if (options->fps_milli)
        control->interval_us = (uint32_t)((uint64_t)US_PER_S * 1000 / options->fps_milli);
    oc_camera_control_start(control, 0);
}

static void open_window(oc_camera_control_t *control, int64_t stamp_us) {
    control->window_frames = 0;
    control->window_bytes = 0;
    control->window_us = stamp_us;
}

void oc_camera_control_start(oc_camera_control_t *control, int64_t now_us) {
    control->start_us = now_us;
    control->seen = false;
    control->due_us = NONE;
    open_window(control, NONE);
}

static void set_quality(oc_camera_control_t *control, uint32_t quality) {
    if (quality > OC_CAMERA_QUALITY_WORST)
        quality = OC_CAMERA_QUALITY_WORST;
    if (quality < control->best)
        quality = control->best;
    if (quality == control->quality)
        return;
    control->quality = (uint8_t)quality;
    control->changed = true;
    control->stats.steps++;
}

/* A step in proportion to how far off the size is: percent of what is wanted, 100 = met. */
static void step(oc_camera_control_t *control, uint32_t percent) {
    uint32_t q = control->quality;
    if (percent > 300)
        percent = 300;
    if (percent > HIGH_PERCENT) {
        uint32_t more = q * (percent - 100) / 200;
        set_quality(control, q + (more ? more : 1));
    } else if (percent < LOW_PERCENT) {
        uint32_t less = q * (100 - percent) / 200;
        less = less ? less : 1;
        set_quality(control, less < q ? q - less : 0);
    }
}

/* Every OC_CAMERA_WINDOW frames: is the stream what was asked for? */
static void weigh(oc_camera_control_t *control, const oc_camera_frame_t *frame) {
    if (control->window_us == NONE) { /* the first frame only opens the window */
        open_window(control, frame->stamp_us);
        return;
    }
    control->window_frames++;
    control->window_bytes += frame->len_bytes;
    if (control->window_frames < OC_CAMERA_WINDOW)
        return;
    int64_t us = frame->stamp_us - control->window_us;
    uint32_t mean = control->window_bytes / OC_CAMERA_WINDOW;
    if (control->target_bps) {
        uint64_t bps = (uint64_t)control->window_bytes * 8 * US_PER_S / (uint64_t)us;
        uint64_t percent = bps * 100 / control->target_bps;
        step(control, percent > 1000 ? 1000 : (uint32_t)percent);
    } else if (mean < control->max_bytes / 100 * RELAX_PERCENT && control->quality > control->best)
        set_quality(control, control->quality - 1u);
    open_window(control, frame->stamp_us);
}

/* The camera's own time where it can be true, else the time of the host. */
static int64_t place(oc_camera_control_t *control, int64_t stamp_us, int64_t now_us) {
    bool believed = stamp_us <= now_us && stamp_us > now_us - OC_CAMERA_STALE_US &&
                    (control->stamp_us == NONE || stamp_us > control->stamp_us);
    control->stats.stamps += !believed;
    if (!believed)
        stamp_us = now_us;
    if (control->stamp_us != NONE && stamp_us <= control->stamp_us)
        stamp_us = control->stamp_us + 1;
    return stamp_us;
}

/* True: the frame comes too soon for the wanted rate. */
static bool too_soon(const oc_camera_control_t *control, int64_t stamp_us) {
    return control->interval_us && control->due_us != NONE &&
           stamp_us < control->due_us - control->interval_us / 8;
}

/* The next frame is due one interval later, without drift while frames come in time. */
static void pace(oc_camera_control_t *control, int64_t stamp_us) {
    bool steady = control->due_us != NONE && stamp_us - control->due_us < control->interval_us;
    control->due_us = (steady ? control->due_us : stamp_us) + control->interval_us;
}

/* A frame that waited in the camera since before the start. The first one may be of any age. */
static bool early(oc_camera_control_t *control, int64_t stamp_us) {
    bool first = !control->seen;
    control->seen = true;
    return stamp_us < control->start_us &&
           (first || stamp_us > control->start_us - OC_CAMERA_STALE_US);
}

int oc_camera_judge(oc_camera_control_t *control, oc_span_t image, int64_t stamp_us, int64_t now_us,
                    oc_camera_frame_t *out) {
    oc_camera_stats_t *stats = &control->stats;
    oc_jpeg_t jpeg;
    if (early(control, stamp_us)) {
        stats->early++;
        return OC_AGAIN;
    }
    if (too_soon(control, stamp_us)) {
        stats->thinned++;
        return OC_AGAIN;
    }
    int result = oc_jpeg_parse(image, &jpeg);
    if (result < 0) {
        *(result == OC_ERR_TRUNC ? &stats->truncated : &stats->malformed) += 1;
        return result;
    }
    if (jpeg.len_bytes > control->max_bytes) {
        stats->too_big++;
        set_quality(control, control->quality + TOO_BIG_STEP);
        open_window(control, NONE);
        return OC_ERR_TOO_BIG;
    }
    stamp_us = place(control, stamp_us, now_us);
    *out = (oc_camera_frame_t){jpeg.len_bytes, jpeg.width, jpeg.height, stamp_us};
    control->stamp_us = stamp_us;
    pace(control, stamp_us);
    stats->good++;
    weigh(control, out);
    return OC_OK;
}

void oc_camera_control_bitrate(oc_camera_control_t *control, uint32_t bps) {
    control->target_bps = bps;
    open_window(control, NONE);
}

bool oc_camera_control_quality(oc_camera_control_t *control, uint8_t *quality) {
    bool changed = control->changed;
    control->changed = false;
    *quality = control->quality;
    return changed;
}
