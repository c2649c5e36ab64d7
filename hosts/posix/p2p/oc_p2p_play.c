#include "oc_p2p_play.h"

#include "oc_err.h"
#include "oc_posix.h"
#include "oc_pulse.h"

#define STOP_US (1000 * 1000) /* a disk has so long to give a chunk */

_Static_assert(OC_PLAY_CHUNKS == OC_SOURCE_PLAY_CHUNKS, "a source has the chunks of its playback");

static void wake(void *context) {
    oc_p2p_play_t *service = context;
    (void)uv_async_send(&service->wake);
}

static void on_wake(uv_async_t *async) {
    oc_p2p_play_t *service = async->data;
    oc_play_chunk_t *chunk;
    uint32_t view;
    if (!service->thread)
        return;
    while (oc_play_thread_take(service->thread, &view, &chunk) == OC_OK)
        oc_viewers_play_filled(service->viewers, view, chunk, oc_posix_now_us());
    service->filled(service->context);
}

/* The thread, from the first playback on. */
static int start(oc_p2p_play_t *service) {
    if (service->closing)
        return OC_ERR_BUSY;
    if (!service->watched) {
        if (uv_async_init(oc_media_thread_loop(service->media), &service->wake, on_wake) != 0)
            return OC_ERR_NOMEM;
        service->wake.data = service;
        service->watched = true;
    }
    return service->thread
               ? OC_OK
               : oc_play_thread_start(
                     &service->thread,
                     &(oc_vod_place_t){oc_media_thread_root(service->media), service->finder}, wake,
                     service);
}

int oc_p2p_play_open(void *context, uint32_t view, oc_span_t list, int64_t *at_us, void **play,
                     oc_play_chunk_t *chunks[OC_SOURCE_PLAY_CHUNKS]) {
    oc_p2p_play_t *service = context;
    oc_play_chunk_t *const *made;
    oc_play_t *opened = NULL;
    int rc = start(service);
    if (rc == OC_OK)
        rc = oc_play_open(service->thread, list, view, at_us, &opened, &made);
    for (unsigned i = 0; rc == OC_OK && i < OC_SOURCE_PLAY_CHUNKS; i++)
        chunks[i] = made[i];
    *play = opened;
    return rc;
}

int oc_p2p_play_fill(void *context, void *play, oc_play_chunk_t *chunk) {
    return oc_play_fill(play, chunk);
}

void oc_p2p_play_close(void *context, void *play) {
    oc_play_close(play);
}

static void on_closed(uv_handle_t *handle) {
    oc_p2p_play_t *service = handle->data;
    service->watched = false;
    oc_media_thread_wake(service->media);
}

bool oc_p2p_play_stop(oc_p2p_play_t *service, int64_t now_us) {
    if (service->thread) {
        service->hung = !oc_play_thread_stop(service->thread, oc_pulse_us() + STOP_US);
        service->thread = NULL;
    }
    if (service->hung) /* it may still wake */
        return true;
    if (service->watched && !service->closing) {
        service->closing = true;
        uv_close((uv_handle_t *)&service->wake, on_closed);
    }
    return !service->watched;
}
