#include "oc_packet.h"

const char *oc_codec_name(oc_codec_t codec) {
    switch (codec) {
    case OC_CODEC_H264:
        return "h264";
    case OC_CODEC_H265:
        return "h265";
    case OC_CODEC_MJPEG:
        return "mjpeg";
    case OC_CODEC_AAC:
        return "aac";
    case OC_CODEC_OPUS:
        return "opus";
    case OC_CODEC_PCMA:
        return "pcma";
    case OC_CODEC_PCMU:
        return "pcmu";
    case OC_CODEC_NONE:
        break;
    }
    return "none";
}
