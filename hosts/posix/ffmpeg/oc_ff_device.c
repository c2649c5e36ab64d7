#define _GNU_SOURCE
#include "oc_ff_device.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "oc_err.h"

#define AS_TEXT_(x)  #x
#define AS_TEXT(x)   AS_TEXT_(x)
#define DEVICE_LIB   "libavdevice.so." AS_TEXT(LIBAVFORMAT_VERSION_MAJOR) /* they count alike */
#define ALSA_LIB     "libasound.so.2"
#define REGISTER     "avdevice_register_all"
#define MANUAL_UNITS 1 /* V4L2_EXPOSURE_MANUAL */

static void no_line(const char *file, int line, const char *function, int error, const char *format,
                    ...) {}

/* It writes to stderr by itself; what matters comes back as an error. */
static void silence_alsa(void) {
    int (*set_handler)(void (*)(const char *, int, const char *, int, const char *, ...));
    void *library = dlopen(ALSA_LIB, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "snd_lib_error_set_handler") : NULL;
    if (!symbol)
        return;
    memcpy(&set_handler, &symbol, sizeof(set_handler));
    set_handler(no_line);
}

/* libavdevice stays loaded. */
static int load(char *why, size_t size) {
    void (*registers)(void);
    void *library = dlopen(DEVICE_LIB, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, REGISTER) : NULL;
    if (!symbol) {
        snprintf(why, size, "devices need " DEVICE_LIB ": apt install libavdevice%d",
                 LIBAVFORMAT_VERSION_MAJOR);
        return OC_ERR_NOTSUP;
    }
    memcpy(&registers, &symbol, sizeof(registers));
    registers();
    silence_alsa();
    return OC_OK;
}

static int set_control(int fd, uint32_t id, int32_t value) {
    struct v4l2_control control = {.id = id, .value = value};
    return ioctl(fd, VIDIOC_S_CTRL, &control) == 0 ? 0 : errno;
}

/* Exposure; night: the infrared filter is not a control of V4L2, its nearest are colour and gain.
 */
static int apply(const oc_ff_input_t *in, int fd, const char **what) {
    int error = 0;
    if (in->exposure_given) {
        *what = "exposure";
        error = set_control(fd, V4L2_CID_EXPOSURE_AUTO,
                            in->exposure ? MANUAL_UNITS : V4L2_EXPOSURE_APERTURE_PRIORITY);
        if (!error && in->exposure)
            error = set_control(fd, V4L2_CID_EXPOSURE_ABSOLUTE, in->exposure);
    }
    if (!error && in->night_given) {
        *what = "night";
        error = set_control(fd, V4L2_CID_COLORFX, in->night ? V4L2_COLORFX_BW : V4L2_COLORFX_NONE);
    }
    return error;
}

static int control(const oc_ff_input_t *in, char *why, size_t size) {
    const char *what = "";
    if (in->kind != OC_PLUGIN_V4L2 || (!in->exposure_given && !in->night_given))
        return OC_OK;
    int fd = open(in->target, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        snprintf(why, size, "%.80s: %.60s", in->shown, strerror(errno));
        return OC_ERR_NOENT;
    }
    int error = apply(in, fd, &what);
    close(fd);
    if (!error)
        return OC_OK;
    snprintf(why, size, "%.60s: %s: the device does not allow it: %.50s", in->shown, what,
             strerror(error));
    return OC_ERR_NOTSUP;
}

int oc_ff_device_prepare(const oc_ff_input_t *in, const AVInputFormat **format, char *why,
                         size_t size) {
    const char *name = in->kind == OC_PLUGIN_V4L2 ? "v4l2" : "alsa";
    int rc = load(why, size);
    if (rc != OC_OK)
        return rc;
    *format = av_find_input_format(name);
    if (!*format) {
        snprintf(why, size, "this libavdevice has no %s", name);
        return OC_ERR_NOTSUP;
    }
    return control(in, why, size);
}

bool oc_ff_device_try(const char *card) {
    static oc_ff_input_t in = {.kind = OC_PLUGIN_ALSA};
    const AVInputFormat *format = NULL;
    AVFormatContext *context = NULL;
    AVPacket *packet = av_packet_alloc();
    char why[OC_CAPTURE_WHY_MAX];
    bool opened = packet && oc_ff_device_prepare(&in, &format, why, sizeof(why)) == OC_OK &&
                  avformat_open_input(&context, card, format, NULL) == 0;
    for (int i = 0; opened && i < 4 && av_read_frame(context, packet) == 0; i++)
        av_packet_unref(packet);
    avformat_close_input(&context);
    av_packet_free(&packet);
    return opened;
}

void oc_ff_device_options(const oc_ff_input_t *in, AVDictionary **options) {
    char text[32];
    if (in->kind != OC_PLUGIN_V4L2)
        return;
    av_dict_set(options, "timestamps", "abs", 0);
    if (in->width) {
        snprintf(text, sizeof(text), "%ux%u", in->width, in->height);
        av_dict_set(options, "video_size", text, 0);
    }
    if (in->format[0])
        av_dict_set(options, "input_format", in->format, 0);
    if (in->fps_milli) {
        snprintf(text, sizeof(text), "%u/1000", in->fps_milli);
        av_dict_set(options, "framerate", text, 0);
    }
}
