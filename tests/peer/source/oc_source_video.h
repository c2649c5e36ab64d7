/* oc_source_video - a source of frames at a fixed rate, as an encoder would give them, for
 * measuring how old they are when they arrive. A frame's bytes are a pure function of its number
 * and of when the source began, so nothing is stored. Big-endian:
 *   0  8  number, from 0
 *   8  8  when it was due: microseconds since 1970
 *  16  4  its bytes in all
 *  20  1  1 = key frame
 *  21  3  0
 *  24     oc_source_pattern from offset number * 61 + 24 on
 * In live mode it behaves as the ring of a camera does: what is older than OC_SOURCE_VIDEO_KEPT_US
 * is gone, and it goes on at the newest key frame. Otherwise every frame is sent, however late. */
#ifndef OC_SOURCE_VIDEO_H
#define OC_SOURCE_VIDEO_H

#include "oc_sctp_source.h"
#include "oc_source_pattern.h"
#include "oc_source_scratch.h"

#define OC_SOURCE_VIDEO_HEAD    24u               /* bytes before the pattern; the smallest frame */
#define OC_SOURCE_VIDEO_STEP    61u               /* the pattern begins so much later each frame */
#define OC_SOURCE_VIDEO_KEPT_US (4 * 1000 * 1000) /* live mode: age at which a frame is gone */

typedef struct oc_source_video_config {
    uint32_t fps;      /* frames per second, 1 .. 1000 */
    uint32_t size;     /* bytes of a frame, OC_SOURCE_VIDEO_HEAD at least */
    uint32_t key_size; /* bytes of a key frame, OC_SOURCE_VIDEO_HEAD at least */
    uint32_t every;    /* every so many frames is a key frame, the first one is; > 0 */
    uint64_t frames;   /* in all; then it ends */
    bool live;
} oc_source_video_config_t;

/* About 120 bytes. */
typedef struct oc_source_video {
    oc_source_video_config_t config;
    const oc_source_pattern_t *pattern; /* borrowed for the source's life, as the next one */
    oc_source_scratch_t *scratch;
    int64_t start_us, start_unix_us; /* frame 0: of the clock that is passed in, and since 1970 */
    int64_t now_us;                  /* as advance was told last */
    uint64_t due;                    /* frames that were due by then */
    uint64_t next;                   /* number of the next frame */
    uint64_t done, dropped;          /* frames the peer has; abandoned ones */
    uint64_t skipped;                /* live: left out before a byte of them was sent */
} oc_source_video_t;

extern const oc_source_ops_t oc_source_video_ops; /* ctx: the source */

/* Frame 0 is due at now_us, which is unix_us since 1970. */
void oc_source_video_init(oc_source_video_t *source, const oc_source_video_config_t *config,
                          const oc_source_pattern_t *pattern, oc_source_scratch_t *scratch,
                          int64_t now_us, int64_t unix_us);

/* Tells the time. True: frames have become due, or the end: the stream's kick is the caller's. */
bool oc_source_video_advance(oc_source_video_t *source, int64_t now_us);

/* When the next frame is due; INT64_MAX: none is to come. */
int64_t oc_source_video_next_deadline(const oc_source_video_t *source);

#endif
