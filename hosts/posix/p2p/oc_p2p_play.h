/* oc_p2p_play - recordings for viewers: what oc_viewers needs of the host, over oc_play_thread,
 * which begins with the first playback. Media thread only. */
#ifndef OC_P2P_PLAY_H
#define OC_P2P_PLAY_H

#include <uv.h>

#include "oc_media_thread.h"
#include "oc_play_thread.h"
#include "oc_viewers.h"

typedef struct oc_p2p_play {
    oc_media_thread_t *media; /* borrowed for its life, as the next ones */
    oc_viewers_t *viewers;
    oc_vod_finder_t finder;
    void (*filled)(void *context); /* viewers have something new */
    void *context;
    oc_play_thread_t *thread; /* NULL: nobody has played yet */
    uv_async_t wake;
    bool watched, closing; /* the async is a handle of the loop; is about to be none */
    bool hung;             /* the disk does not come back: this may never be freed */
} oc_p2p_play_t;

/* As oc_viewers_env_t says; service: an oc_p2p_play_t. */
int oc_p2p_play_open(void *service, uint32_t view, oc_span_t list, int64_t *at_us, void **play,
                     oc_play_chunk_t *chunks[OC_SOURCE_PLAY_CHUNKS]);
int oc_p2p_play_fill(void *service, void *play, oc_play_chunk_t *chunk);
void oc_p2p_play_close(void *service, void *play);

/* When every view is closed: ends the thread, waits for its disk a second at most. True: nothing
 * of it uses the loop any more; false: call it again after a turn. */
bool oc_p2p_play_stop(oc_p2p_play_t *service, int64_t now_us);

#endif
