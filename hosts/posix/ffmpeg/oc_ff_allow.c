#include "oc_ff_allow.h"

#include <stddef.h>
#include <string.h>

/* Containers that cameras, phones and recorders write. mov: MP4, QuickTime, 3GP. mpeg: program
 * streams of DVD recorders. The last line has bare streams, which carry no time stamps. */
#define FILES                                                                                      \
    "mov,matroska,webm,mpegts,mpeg,avi,flv,ogg,wav,mp3,aac,flac,ac3,eac3,amr,"                     \
    "h264,hevc,mjpeg,mpjpeg,m4v,mpegvideo,ivf,obu"

/* Decoders, by reason:
 * 1. what cameras and phones make; 2. what older ones and the web made; 3. their sound; 4. sound
 * without compression and of telephony; 5. pictures of V4L2. */
#define DECODERS                                                                                   \
    "h264,hevc,mjpeg,"                                                                             \
    "mpeg4,mpeg1video,mpeg2video,msmpeg4,h263,h263p,flv,vp8,vp9,av1,libdav1d,libaom-av1,"          \
    "aac,aac_latm,opus,mp3,mp3float,mp2,mp2float,ac3,eac3,vorbis,flac,alac,amrnb,amrwb,"           \
    "pcm_alaw,pcm_mulaw,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_u8,pcm_f32le,"       \
    "adpcm_ima_wav,adpcm_ms,g722,g726,g726le,"                                                     \
    "rawvideo"

const char *oc_ff_allow_protocols(oc_plugin_kind_t kind) {
    switch (kind) {
    case OC_PLUGIN_HTTP:
        return "http,https,httpproxy,tls,tcp,crypto"; /* crypto: encrypted HLS segments */
    case OC_PLUGIN_RTSP:
        return "rtsp,rtsps,rtp,srtp,udp,tcp,tls";
    case OC_PLUGIN_PUSH:
        return "rtmp,rtmps,srt,tcp,tls";
    case OC_PLUGIN_RTMP:
        return "rtmp,rtmps,tcp,tls";
    default:
        return "file,crypto";
    }
}

const char *oc_ff_allow_formats(oc_plugin_kind_t kind) {
    switch (kind) {
    case OC_PLUGIN_HTTP:
    case OC_PLUGIN_FILE:
        return FILES ",hls";
    case OC_PLUGIN_S3: /* an object leads to no other one */
        return FILES;
    case OC_PLUGIN_RTSP:
        return "rtsp";
    case OC_PLUGIN_RTMP: /* what RTMP carries are tags of FLV */
        return "flv";
    case OC_PLUGIN_V4L2:
        return "v4l2";
    case OC_PLUGIN_ALSA:
        return "alsa";
    default:
        return "";
    }
}

const char *oc_ff_allow_decoders(void) {
    return DECODERS;
}

bool oc_ff_allow_decoder(const char *name) {
    size_t len = name ? strlen(name) : 0;
    for (const char *at = DECODERS; len && *at; at += strcspn(at, ","), at += *at == ',') {
        if (strcspn(at, ",") == len && memcmp(at, name, len) == 0)
            return true;
    }
    return false;
}
