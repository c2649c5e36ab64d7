/* The one symbol of oc_ffmpeg.so. */
#include <libavutil/log.h>
#include <stdio.h>

#include "oc_ffmpeg.h"

extern const oc_plugin_t oc_plugin;

static const char *attach(const oc_plugin_host_t *host) {
    static char about[160];
    unsigned format = avformat_version(), codec = avcodec_version();
    oc_ff_host = host;
    av_log_set_level(AV_LOG_QUIET); /* its lines may hold addresses with passwords */
    avformat_network_init();
    snprintf(about, sizeof(about),
             "plug-in loaded: FFmpeg %s, libavformat %u.%u, libavcodec %u.%u, %s",
             av_version_info(), format >> 16, format >> 8 & 0xFF, codec >> 16, codec >> 8 & 0xFF,
             avcodec_license());
    return about;
}

__attribute__((visibility("default"))) const oc_plugin_t oc_plugin = {
    .abi = OC_PLUGIN_ABI,
    .config_bytes = sizeof(oc_capture_config_t),
    .env_bytes = sizeof(oc_capture_env_t),
    .handoff_bytes = sizeof(oc_handoff_t),
    .name = "ffmpeg",
    .attach = attach,
    .driver = {&oc_ffmpeg},
};
