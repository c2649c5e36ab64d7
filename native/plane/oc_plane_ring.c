/* See oc_plane_ring.h: the ring as an output of its stream (oc_output.h). */
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
    int code = oc_plane_output(plane, name, sub, OC_OUTPUT_RING, &open);
    if (code == OC_OK)
        *out = (oc_plane_ring_t){.ring = open->ring,
                                 .slot = open->slot,
                                 .state = open->state,
                                 .encoder_bps = open->encoder_bps,
                                 .recorded = oc_stream_records(open)};
    return code;
}

const oc_clock_t *oc_plane_ring_clock(const oc_plane_t *plane) {
    return plane->clock;
}

/* True: its driver has opened, and is not being closed. */
static bool is_open(const oc_plane_t *plane, unsigned slot) {
    const oc_stream_t *stream = oc_plane_stream(plane, slot);
    return stream && stream->ring && stream->step == OC_STREAM_STEP_OPEN;
}

int oc_plane_ring_request_key(const oc_plane_t *plane, unsigned slot) {
    OC_ON_MEDIA_THREAD();
    return is_open(plane, slot) ? plane->env.capture_request_key(plane->env.captures, slot)
                                : OC_ERR_STATE;
}

int oc_plane_ring_set_bitrate(const oc_plane_t *plane, unsigned slot, uint32_t bps) {
    OC_ON_MEDIA_THREAD();
    return is_open(plane, slot) ? plane->env.capture_set_bitrate(plane->env.captures, slot, bps)
                                : OC_ERR_STATE;
}

void oc_plane_ring_viewers(oc_plane_t *plane, unsigned slot, uint32_t viewers) {
    OC_ON_MEDIA_THREAD();
    oc_stream_t *stream = oc_plane_stream(plane, slot);
    if (!stream || !stream->output[OC_OUTPUT_RING].is_open)
        return;
    stream->output[OC_OUTPUT_RING].viewers = viewers;
    oc_plane_moved(plane, slot);
}

/* Whoever sends from the ring lets go of it. */
static int end(oc_output_t *output, int64_t now_us) {
    const oc_plane_env_t *env = &output->stream->plane->env;
    if (env->ring_gone)
        env->ring_gone(env->owner, output->stream->slot);
    output->viewers = 0;
    return OC_OK;
}

const oc_output_kind_t oc_output_ring = {.always = true, .close = end};
