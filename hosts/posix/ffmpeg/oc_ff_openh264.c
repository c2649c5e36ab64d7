#include "oc_ff_openh264.h"

#include <stdio.h>
#include <string.h>

#include "oc_err.h"

#ifndef OC_FF_OPENH264

oc_ff_openh264_t *oc_ff_openh264_open(int width, int height, uint32_t milli, uint32_t bps,
                                      char *why, size_t size) {
    snprintf(why, size, "no H.264 encoder: built without libopenh264-dev");
    return NULL;
}
oc_span_t oc_ff_openh264_sets(const oc_ff_openh264_t *e) {
    return oc_span(NULL, 0);
}
int oc_ff_openh264_encode(oc_ff_openh264_t *e, const AVFrame *frame, bool key, AVPacket *packet) {
    return OC_ERR_NOTSUP;
}
int oc_ff_openh264_bitrate(oc_ff_openh264_t *e, uint32_t bps) {
    return OC_ERR_NOTSUP;
}
void oc_ff_openh264_close(oc_ff_openh264_t *e) {}
void oc_ff_openh264_load(void) {}

#else

#include <dlfcn.h>
#include <stdlib.h>
#include <wels/codec_api.h>

#define LIBRARY     "libopenh264.so." OC_FF_OPENH264 /* of the headers it was built with */
#define SETS_MAX    256
#define GOP_FOREVER 0 /* we place key pictures, by time */
#define MAX_PART    2 /* peaks may be so many times the rate: the ring is sized by time */

struct oc_ff_openh264 {
    ISVCEncoder *encoder;
    void (*destroy)(ISVCEncoder *encoder);
    uint8_t sets[SETS_MAX];
    size_t sets_len;
    int width, height;
};

static bool load(int (**create)(ISVCEncoder **), void (**destroy)(ISVCEncoder *)) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    void *make = library ? dlsym(library, "WelsCreateSVCEncoder") : NULL;
    void *end = library ? dlsym(library, "WelsDestroySVCEncoder") : NULL;
    memcpy(create, &make, sizeof(*create));
    memcpy(destroy, &end, sizeof(*destroy));
    return make && end;
}

void oc_ff_openh264_load(void) {
    dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL); /* stays; absent: it is said when it is wanted */
}

static int configure(oc_ff_openh264_t *e, uint32_t milli, uint32_t bps) {
    SEncParamExt p;
    int quiet = WELS_LOG_QUIET, format = videoFormatI420;
    (*e->encoder)->SetOption(e->encoder, ENCODER_OPTION_TRACE_LEVEL, &quiet);
    (*e->encoder)->GetDefaultParams(e->encoder, &p);
    p.iUsageType = CAMERA_VIDEO_REAL_TIME;
    p.iPicWidth = e->width;
    p.iPicHeight = e->height;
    p.fMaxFrameRate = (float)milli / 1000;
    p.iTargetBitrate = (int)bps;
    p.iMaxBitrate = (int)bps * MAX_PART;
    p.iRCMode = RC_BITRATE_MODE;
    p.bEnableFrameSkip = 0; /* a number in the picture must not be missing */
    p.uiIntraPeriod = GOP_FOREVER;
    p.eSpsPpsIdStrategy = CONSTANT_ID;
    p.iMultipleThreadIdc = 1;
    p.bEnableSceneChangeDetect = 0;
    p.sSpatialLayers[0].iVideoWidth = e->width;
    p.sSpatialLayers[0].iVideoHeight = e->height;
    p.sSpatialLayers[0].fFrameRate = p.fMaxFrameRate;
    p.sSpatialLayers[0].iSpatialBitrate = p.iTargetBitrate;
    p.sSpatialLayers[0].iMaxSpatialBitrate = p.iMaxBitrate;
    p.sSpatialLayers[0].uiProfileIdc = PRO_BASELINE;
    p.sSpatialLayers[0].sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
    if ((*e->encoder)->InitializeExt(e->encoder, &p) != cmResultSuccess)
        return OC_ERR_NOTSUP;
    (*e->encoder)->SetOption(e->encoder, ENCODER_OPTION_DATAFORMAT, &format);
    return OC_OK;
}

/* The NAL units of a result, one after another; NULL out: only their size. */
static size_t collect(const SFrameBSInfo *info, uint8_t *out, size_t maximum) {
    size_t used = 0;
    for (int i = 0; i < info->iLayerNum; i++) {
        const SLayerBSInfo *layer = &info->sLayerInfo[i];
        size_t len = 0;
        for (int n = 0; n < layer->iNalCount; n++)
            len += (size_t)layer->pNalLengthInByte[n];
        if (out && used + len <= maximum)
            memcpy(out + used, layer->pBsBuf, len);
        used += len;
    }
    return used;
}

oc_ff_openh264_t *oc_ff_openh264_open(int width, int height, uint32_t milli, uint32_t bps,
                                      char *why, size_t size) {
    int (*create)(ISVCEncoder **);
    SFrameBSInfo info = {0};
    oc_ff_openh264_t *e = calloc(1, sizeof(*e));
    if (!e || !load(&create, &e->destroy) || create(&e->encoder) != 0 || !e->encoder) {
        snprintf(why, size, "no H.264 encoder: OpenH264 needs " LIBRARY);
        free(e);
        return NULL;
    }
    e->width = width;
    e->height = height;
    if (configure(e, milli ? milli : 30000, bps) != OC_OK ||
        (*e->encoder)->EncodeParameterSets(e->encoder, &info) != cmResultSuccess ||
        (e->sets_len = collect(&info, e->sets, SETS_MAX)) > SETS_MAX) {
        snprintf(why, size, "OpenH264 cannot encode %dx%d", width, height);
        oc_ff_openh264_close(e);
        return NULL;
    }
    return e;
}

oc_span_t oc_ff_openh264_sets(const oc_ff_openh264_t *e) {
    return oc_span(e->sets, e->sets_len);
}

int oc_ff_openh264_encode(oc_ff_openh264_t *e, const AVFrame *frame, bool key, AVPacket *packet) {
    SSourcePicture picture = {
        .iColorFormat = videoFormatI420, .iPicWidth = e->width, .iPicHeight = e->height};
    SFrameBSInfo info = {0};
    for (int i = 0; i < 3; i++) {
        picture.pData[i] = frame->data[i];
        picture.iStride[i] = frame->linesize[i];
    }
    if (key)
        (*e->encoder)->ForceIntraFrame(e->encoder, true);
    if ((*e->encoder)->EncodeFrame(e->encoder, &picture, &info) != cmResultSuccess)
        return OC_ERR_IO;
    size_t len = info.eFrameType == videoFrameTypeSkip ? 0 : collect(&info, NULL, 0);
    if (len == 0)
        return OC_AGAIN;
    if (len > OC_FF_PACKET_MAX || av_new_packet(packet, (int)len) < 0)
        return OC_ERR_NOMEM;
    collect(&info, packet->data, len);
    packet->pts = packet->dts = frame->pts;
    packet->flags = info.eFrameType == videoFrameTypeIDR ? AV_PKT_FLAG_KEY : 0;
    return OC_OK;
}

int oc_ff_openh264_bitrate(oc_ff_openh264_t *e, uint32_t bps) {
    SBitrateInfo maximum = {.iLayer = SPATIAL_LAYER_ALL, .iBitrate = (int)bps * MAX_PART};
    SBitrateInfo rate = {.iLayer = SPATIAL_LAYER_ALL, .iBitrate = (int)bps};
    (*e->encoder)->SetOption(e->encoder, ENCODER_OPTION_MAX_BITRATE, &maximum);
    return (*e->encoder)->SetOption(e->encoder, ENCODER_OPTION_BITRATE, &rate) == cmResultSuccess
               ? OC_OK
               : OC_ERR_NOTSUP;
}

void oc_ff_openh264_close(oc_ff_openh264_t *e) {
    if (!e)
        return;
    (*e->encoder)->Uninitialize(e->encoder);
    e->destroy(e->encoder);
    free(e);
}

#endif
