#include "oc_plane_ring.h"

#include "oc_err.h"
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

int oc_plane_ring(const oc_plane_t *plane, unsigned channel, oc_stream_kind_t stream,
                  oc_plane_ring_t *out) {
    OC_ON_MEDIA_THREAD();
    const oc_channel_t *found = channel < OC_CHANNELS_MAX ? plane->channel[channel] : NULL;
    *out = (oc_plane_ring_t){0};
    if (!found)
        return oc_plane_privacy(plane) ? OC_ERR_PRIVATE : OC_ERR_NOENT;
    return oc_plane_ring_named(plane, found->config.name, stream == OC_STREAM_SUB, out);
}

int oc_plane_ring_named(const oc_plane_t *plane, const char *name, bool sub, oc_plane_ring_t *out) {
    OC_ON_MEDIA_THREAD();
    oc_stream_t *open;
    *out = (oc_plane_ring_t){0};
    int code = oc_plane_live_stream(plane, name, sub, &open);
    if (code == OC_OK && open->ring_back)
        code = OC_ERR_NOENT;
    if (code == OC_OK)
        *out = (oc_plane_ring_t){.ring = open->ring,
                                 .slot = open->slot,
                                 .state = open->state,
                                 .encoder_bps = open->encoder_bps,
                                 .recorded = open->record.file != NULL};
    return code;
}

const oc_clock_t *oc_plane_ring_clock(const oc_plane_t *plane) {
    return plane->clock;
}

void oc_plane_ring_viewers(oc_plane_t *plane, unsigned slot, uint32_t viewers) {
    OC_ON_MEDIA_THREAD();
    oc_stream_t *stream = oc_plane_stream(plane, slot);
    if (!stream)
        return;
    stream->ring_viewers = viewers;
    oc_plane_moved(plane, slot);
}
