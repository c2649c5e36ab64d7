/* oc_source_video - see the header. A message's name is the frame's number. */
#include "oc_source_video.h"

#include "oc_dcep.h"
#include "oc_err.h"

#define US_PER_S 1000000

void oc_source_video_init(oc_source_video_t *source, const oc_source_video_config_t *config,
                          const oc_source_pattern_t *pattern, oc_source_scratch_t *scratch,
                          int64_t now_us, int64_t unix_us) {
    *source = (oc_source_video_t){.config = *config,
                                  .pattern = pattern,
                                  .scratch = scratch,
                                  .start_us = now_us,
                                  .start_unix_us = unix_us};
    (void)oc_source_video_advance(source, now_us);
}

/* When a frame is due after the first one; never a sum of rounded parts. */
static int64_t after_start(const oc_source_video_t *s, uint64_t frame) {
    uint64_t second = frame / s->config.fps, rest = frame % s->config.fps;
    return (int64_t)(second * US_PER_S + rest * US_PER_S / s->config.fps);
}

bool oc_source_video_advance(oc_source_video_t *source, int64_t now_us) {
    uint64_t before = source->due;
    if (now_us > source->now_us || source->due == 0)
        source->now_us = now_us;
    while (source->due < source->config.frames &&
           after_start(source, source->due) <= source->now_us - source->start_us)
        source->due++;
    return source->due > before;
}

int64_t oc_source_video_next_deadline(const oc_source_video_t *source) {
    return source->due < source->config.frames ? source->start_us + after_start(source, source->due)
                                               : INT64_MAX;
}

static bool is_key(const oc_source_video_t *s, uint64_t frame) {
    return frame % s->config.every == 0;
}

static bool is_gone(const oc_source_video_t *s, uint64_t frame) {
    return s->config.live &&
           s->now_us - s->start_us - after_start(s, frame) > OC_SOURCE_VIDEO_KEPT_US;
}

static uint32_t size_of(const oc_source_video_t *s, uint64_t frame) {
    return is_key(s, frame) ? s->config.key_size : s->config.size;
}

static int next(void *ctx, oc_msg_t *out) {
    oc_source_video_t *s = ctx;
    if (s->next < s->due && is_gone(s, s->next)) {
        uint64_t newest = (s->due - 1) / s->config.every * s->config.every;
        if (newest > s->next) {
            s->skipped += newest - s->next;
            s->next = newest;
        }
    }
    if (s->next == s->due)
        return s->due == s->config.frames ? OC_END : OC_AGAIN;
    *out = (oc_msg_t){.ref = s->next,
                      .len = size_of(s, s->next),
                      .ppid = OC_PPID_BINARY,
                      .key = is_key(s, s->next)};
    return OC_OK;
}

static void take(void *ctx, uint64_t ref) {
    oc_source_video_t *s = ctx;
    s->next = ref + 1;
}

static void make_head(const oc_source_video_t *s, uint64_t frame, uint8_t *out) {
    oc_wr_t w = oc_wr(out, OC_SOURCE_VIDEO_HEAD);
    oc_wr_u64(&w, frame);
    oc_wr_u64(&w, (uint64_t)(s->start_unix_us + after_start(s, frame)));
    oc_wr_u32(&w, size_of(s, frame));
    oc_wr_u8(&w, is_key(s, frame));
    oc_wr_zero(&w, 3);
}

static int bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                 unsigned max) {
    oc_source_video_t *s = ctx;
    unsigned count = 0;
    if (is_gone(s, ref))
        return OC_ERR_STALE;
    if (offset < OC_SOURCE_VIDEO_HEAD) {
        uint8_t *head = oc_source_scratch_take(s->scratch);
        uint32_t n = OC_SOURCE_VIDEO_HEAD - offset < len ? OC_SOURCE_VIDEO_HEAD - offset : len;
        make_head(s, ref, head);
        parts[count++] = oc_span(head + offset, n);
        offset += n;
        len -= n;
    }
    return (int)(count + oc_source_pattern_parts(s->pattern, ref * OC_SOURCE_VIDEO_STEP + offset,
                                                 len, parts + count, max - count));
}

static void done(void *ctx, uint64_t ref, int how) {
    oc_source_video_t *s = ctx;
    if (how == OC_OK)
        s->done++;
    else
        s->dropped++;
}

const oc_source_ops_t oc_source_video_ops = {next, take, bytes, done};
