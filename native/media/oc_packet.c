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

void oc_coding_text(uint32_t coding, char *text) {
    unsigned len = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        char c = (char)(coding >> shift & 0x7F);
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-')
            text[len++] = c;
    }
    text[len] = '\0';
}
