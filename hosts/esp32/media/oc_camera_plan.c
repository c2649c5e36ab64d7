/* See oc_camera_plan.h. */
#include "oc_camera_plan.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"

#define PIXELS_PER_BYTE 16 /* of an ordinary frame at quality 12: 57 KB at 720p */
#define NUMBER_MAX      100000000u

static int refuse(char *why, size_t why_size, const char *text, size_t len, const char *allowed) {
    snprintf(why, why_size, "camera: \"%.*s\": %s", (int)(len < 60 ? len : 60), text, allowed);
    return OC_ERR_FORMAT;
}

/* Reads digits up to `end`; thousandths: up to three decimals count, times 1000. False: no number,
 * or too large. */
static bool number(const char *p, const char *end, bool thousandths, uint32_t *out) {
    uint64_t value = 0;
    unsigned decimals = 0;
    bool any = false, point = false;
    for (; p < end; p++) {
        if (*p == '.' && thousandths && !point && any) {
            point = true;
            continue;
        }
        if (*p < '0' || *p > '9' || (point && ++decimals > 3))
            return false;
        value = value * 10 + (unsigned)(*p - '0');
        any = true;
        if (value > NUMBER_MAX)
            return false;
    }
    for (; thousandths && decimals < 3; decimals++)
        value *= 10;
    *out = (uint32_t)value;
    return any && value <= NUMBER_MAX;
}

/* One option. NULL: taken; otherwise what is allowed. */
static const char *take(oc_camera_options_t *out, const char *key, size_t key_len, uint32_t value) {
    bool width = key_len == 5 && !memcmp(key, "width", 5);
    if (width || (key_len == 6 && !memcmp(key, "height", 6))) {
        if (value < 96 || value > 4096)
            return "96 .. 4096 pixels";
        *(width ? &out->width : &out->height) = (uint16_t)value;
    } else if (key_len == 3 && !memcmp(key, "fps", 3)) {
        if (value < 100 || value > OC_CAMERA_FPS_MAX * 1000)
            return "0.1 .. 60 frames per second";
        out->fps_milli = value;
    } else if (key_len == 7 && !memcmp(key, "quality", 7)) {
        if (value < OC_CAMERA_QUALITY_BEST || value > OC_CAMERA_QUALITY_WORST)
            return "4 (fine) .. 63 (coarse)";
        out->quality = (uint8_t)value;
    } else if (key_len == 3 && !memcmp(key, "max", 3)) {
        if (value < 4096 || value > 4 * 1024 * 1024)
            return "4096 .. 4194304 bytes";
        out->max_bytes = value;
    } else
        return "options are width, height, fps, quality, max";
    return NULL;
}

int oc_camera_parse(const char *text, oc_camera_options_t *out, char *why, size_t why_size) {
    *out = (oc_camera_options_t){.quality = OC_CAMERA_QUALITY};
    if (!*text)
        return OC_OK;
    if (*text != '?')
        return refuse(why, why_size, text, strlen(text), "options follow a question mark");
    for (const char *p = text + 1; *p;) {
        size_t len = strcspn(p, "&");
        const char *equals = memchr(p, '=', len);
        uint32_t value;
        if (!equals)
            return refuse(why, why_size, p, len, "an option is key=value");
        bool fps = equals - p == 3 && !memcmp(p, "fps", 3);
        if (!number(equals + 1, p + len, fps, &value))
            return refuse(why, why_size, p, len, "not a number");
        const char *allowed = take(out, p, (size_t)(equals - p), value);
        if (allowed)
            return refuse(why, why_size, p, len, allowed);
        p += len + (p[len] == '&');
    }
    if (!out->width != !out->height)
        return refuse(why, why_size, text, strlen(text), "width and height go together");
    return OC_OK;
}

unsigned oc_camera_choose(const oc_camera_size_t *sizes, unsigned count, uint16_t width,
                          uint16_t height) {
    unsigned best = 0;
    bool best_holds = false;
    uint32_t best_pixels = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t pixels = (uint32_t)sizes[i].width * sizes[i].height;
        bool holds = sizes[i].width >= width && sizes[i].height >= height;
        bool better =
            i == 0 || (holds && !best_holds) ||
            (holds == best_holds && (holds ? pixels < best_pixels : pixels > best_pixels));
        if (!better)
            continue;
        best = i;
        best_holds = holds;
        best_pixels = pixels;
    }
    return best;
}

uint32_t oc_camera_buffer_bytes(uint16_t width, uint16_t height) {
    return (uint32_t)width * height / 5;
}

void oc_camera_plan(const oc_camera_options_t *options, oc_camera_size_t real,
                    oc_capture_config_t *config) {
    uint32_t fps = options->fps_milli && options->fps_milli < OC_CAMERA_FPS * 1000
                       ? options->fps_milli
                       : OC_CAMERA_FPS * 1000;
    uint32_t holds = oc_camera_buffer_bytes(real.width, real.height);
    uint16_t width = options->width ? options->width : OC_CAMERA_WIDTH;
    uint16_t height = options->height ? options->height : OC_CAMERA_HEIGHT;
    uint64_t usual = (uint64_t)real.width * real.height / PIXELS_PER_BYTE;
    config->width = real.width;
    config->height = real.height;
    config->audio = false;
    config->fps_milli = 0;
    config->packets_per_s =
        options->fps_milli ? (options->fps_milli + 999) / 1000 : 2 * OC_CAMERA_FPS;
    config->max_gop_bytes =
        options->max_bytes && options->max_bytes < holds ? options->max_bytes : holds;
    config->max_gop_ms = 0;
    config->bitrate_bps = (uint32_t)(usual * 8 * fps / 1000);
    memset(config->track, 0, sizeof config->track);
    config->track[0] = (oc_track_t){
        .codec = OC_CODEC_MJPEG, .timescale = 1000000, .width = real.width, .height = real.height};
    config->adapted[0] = 0;
    if (real.width != width || real.height != height)
        snprintf(config->adapted, sizeof config->adapted, "camera: delivers %ux%u instead of %ux%u",
                 real.width, real.height, width, height);
}
