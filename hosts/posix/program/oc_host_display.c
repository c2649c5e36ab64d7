/* oc_host - what a display shows of it, and what the device notices. Any thread. */
#include <stdio.h>

#include "oc_host_impl.h"
#include "oc_posix.h"

/* Media thread. */
static void take_input(oc_media_thread_t *media, const oc_media_call_t *call) {
    unsigned input = call->a & 0xff;
    int channel = (int)(call->a >> 8) + OC_INPUT_DEVICE;
    oc_plane_input(oc_media_thread_plane(media), channel, input, call->b, oc_posix_now_us());
}

int oc_host_input(oc_host_t *host, int channel, unsigned input, bool raised) {
    if (input >= OC_INPUTS || channel < OC_INPUT_DEVICE || channel >= OC_CHANNELS_MAX)
        return OC_ERR_INVAL;
    oc_media_call_t call = {
        .run = take_input, .a = (uint32_t)(channel - OC_INPUT_DEVICE) << 8 | input, .b = raised};
    return oc_media_thread_post(host->media, &call);
}

bool oc_host_channel(const oc_host_t *host, unsigned channel, oc_stream_row_t *row,
                     char name[OC_CHANNEL_NAME_MAX]) {
    const oc_plane_t *plane = oc_media_thread_plane(host->media);
    const oc_table_t *table = oc_plane_stream_table(plane, channel);
    if (!table || !oc_table_read(table, (uint32_t *)row) || row->state == OC_STREAM_FREE)
        return false;
    oc_plane_channel_name(plane, channel, name);
    return true;
}

bool oc_host_url(const oc_host_t *host, char *out, size_t size) {
    bool listens = atomic_load(&host->listening);
    snprintf(out, size, "%s", listens ? host->url : "");
    return listens;
}

uint32_t oc_host_privacy(const oc_host_t *host) {
    return oc_plane_privacy(oc_media_thread_plane(host->media));
}

uint32_t oc_host_indicator(const oc_host_t *host) {
    return oc_plane_indicator(oc_media_thread_plane(host->media));
}

uint32_t oc_host_restarts(const oc_host_t *host) {
    return oc_script_restarts(host->script);
}
