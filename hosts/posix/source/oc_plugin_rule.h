/* oc_plugin_rule - which inputs are FFmpeg's. Pure; docs/design/cli.md, section "Inputs". */
#ifndef OC_PLUGIN_RULE_H
#define OC_PLUGIN_RULE_H

#include <stdbool.h>

/* What an input is to ocellus-ffmpeg. */
typedef enum oc_plugin_kind {
    OC_PLUGIN_NONE,  /* another driver's, or nobody's */
    OC_PLUGIN_TEST,  /* test, test:?...: the moving test picture */
    OC_PLUGIN_FILE,  /* ffmpeg:PATH, or a path or file: with an ending that is not MP4's */
    OC_PLUGIN_HTTP,  /* http:, https: */
    OC_PLUGIN_RTSP,  /* rtsp:, rtsps: */
    OC_PLUGIN_RTMP,  /* rtmp:, rtmps: */
    OC_PLUGIN_V4L2,  /* /dev/video..., v4l2:DEVICE */
    OC_PLUGIN_ALSA,  /* alsa:DEVICE */
    OC_PLUGIN_S3,    /* s3://bucket/key */
    OC_PLUGIN_SCALE, /* scale:WxH, scale:WxH@BITRATE: a sub stream made of its main stream */
    OC_PLUGIN_PUSH,  /* no input: a server that a stream is pushed to */
} oc_plugin_kind_t;

/* The kind of an input; NULL and "" are nobody's. */
oc_plugin_kind_t oc_plugin_kind(const char *url);

/* True for a server in a network that an address names. */
static inline bool oc_plugin_far(oc_plugin_kind_t kind) {
    return kind == OC_PLUGIN_HTTP || kind == OC_PLUGIN_RTSP || kind == OC_PLUGIN_RTMP ||
           kind == OC_PLUGIN_PUSH;
}

/* True when ocellus-ffmpeg opens it. */
static inline bool oc_plugin_requested(const char *url) {
    return oc_plugin_kind(url) != OC_PLUGIN_NONE;
}

#endif
