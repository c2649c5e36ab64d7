/* Settings of a channel that change while it runs (oc_channel.h): ring and live output of each
 * stream, one after the other, as soon as nobody holds bytes of the ring; and the plan of a ring.
 */
#include <stdio.h>
#include <string.h>
#include "oc_plane_impl.h"

/* What a source that does not say is taken to deliver. */
#define UNKNOWN_BITRATE_BPS 4000000
/* The same where a ring gives memory back: 27 MB of addresses for 12 s, and as much memory as the
 * source really needs. */
#define UNKNOWN_BITRATE_DISCARD_BPS 16000000
#define DISCARD_UNIT                65536u /* bytes; a multiple of every page size */
#define UNKNOWN_FPS                 60
#define UNKNOWN_AUDIO_PACKETS       50

static uint32_t either(uint32_t first, uint32_t second) {
    return first ? first : second;
}

static oc_ring_plan_t plan_for(const oc_channel_config_t *c, const oc_stream_source_t *source,
                               const oc_plane_env_t *env) {
    uint32_t unknown_bps = env->discard ? UNKNOWN_BITRATE_DISCARD_BPS : UNKNOWN_BITRATE_BPS;
    uint32_t fps = source->fps_milli ? (source->fps_milli + 999) / 1000 : UNKNOWN_FPS;
    uint32_t audio = c->audio ? UNKNOWN_AUDIO_PACKETS : 0;
    return (oc_ring_plan_t){
        .bytes = c->ring_bytes,
        .milliseconds = c->ring_ms,
        .bitrate_bps = either(source->bitrate_bps, either(c->bitrate_bps, unknown_bps)),
        .packets_per_s = either(source->packets_per_s, fps + audio),
        .max_gop_bytes = either(c->max_gop_bytes, source->max_gop_bytes),
        .max_gop_ms = source->max_gop_ms,
        .preroll_ms = c->preroll_ms,
        .discard = env->discard,
        .discard_context = env->context,
        .discard_unit = DISCARD_UNIT,
    };
}

int oc_stream_plan(const oc_stream_t *stream, const oc_channel_config_t *config,
                   oc_ring_plan_t *plan, oc_ring_size_t *size, char *why, size_t why_size) {
    uint32_t largest = stream->source.max_gop_bytes;
    *plan = plan_for(config, &stream->source, &stream->plane->env);
    if (config->max_gop_bytes && largest > config->max_gop_bytes) { /* A1 */
        snprintf(why, why_size,
                 "maxGopSize: %u bytes is less than the source's largest GOP of %u bytes",
                 config->max_gop_bytes, largest);
        return OC_ERR_RANGE;
    }
    return oc_ring_plan(plan, size, why, why_size);
}

int oc_stream_change_check(const oc_stream_t *stream, const oc_channel_config_t *config, char *why,
                           size_t why_size) {
    oc_ring_plan_t plan;
    oc_ring_size_t size;
    int code = oc_outputs_check(config, why, why_size);
    return code < 0 || !stream->ring ? code
                                     : oc_stream_plan(stream, config, &plan, &size, why, why_size);
}

/* The ring goes into other memory. OC_OK | OC_ERR_BUSY | OC_ERR_TOO_BIG | OC_ERR_NOMEM. */
static int move_ring(oc_stream_t *stream, const oc_ring_plan_t *plan, const oc_ring_size_t *size) {
    const oc_plane_env_t *env = &stream->plane->env;
    int code = oc_ring_move(stream->ring, NULL, plan, size);
    if (code < 0)
        return code;
    void *memory = env->loop.allocate(env->loop.context, size->total_bytes - oc_ring_bytes());
    if (!memory)
        return OC_ERR_NOMEM;
    oc_ring_move(stream->ring, memory, plan, size);
    env->loop.release(env->loop.context, stream->ring_memory);
    stream->ring_memory = memory;
    stream->ring_bytes = size->payload_bytes;
    return OC_OK;
}

int oc_stream_change(oc_stream_t *stream, char *why, size_t why_size) {
    const oc_channel_config_t *config = &stream->channel->config;
    oc_ring_plan_t plan;
    oc_ring_size_t size;
    if (!stream->changing || !stream->ring || stream->step != OC_STREAM_STEP_OPEN) {
        stream->changing = false;
        return OC_OK;
    }
    int code = oc_stream_plan(stream, config, &plan, &size, why, why_size);
    if (code == OC_OK) {
        code = oc_ring_replan(stream->ring, &plan, &size);
        if (code == OC_ERR_RANGE)
            code = move_ring(stream, &plan, &size);
    }
    if (code == OC_ERR_BUSY)
        return OC_AGAIN;
    stream->changing = false;
    if (code == OC_ERR_TOO_BIG) {
        snprintf(why, why_size, "ring: the GOP under way does not fit into %u bytes",
                 size.payload_bytes);
        return OC_ERR_RANGE;
    }
    if (code == OC_ERR_NOMEM)
        snprintf(why, why_size, "ring: no memory for %zu bytes beside the one in use",
                 size.total_bytes);
    if (code == OC_OK)
        code = oc_outputs_change(stream, config);
    oc_plane_moved(stream->plane, stream->slot);
    return code;
}

/* What a change cannot bring about: what the source was opened with. */
static bool same_source(const oc_channel_config_t *a, const oc_channel_config_t *b) {
    return strcmp(a->name, b->name) == 0 && strcmp(a->sub_url, b->sub_url) == 0 &&
           a->audio == b->audio && a->loop == b->loop &&
           a->as_fast_as_possible == b->as_fast_as_possible;
}

static bool same_rest(const oc_channel_config_t *a, const oc_channel_config_t *b) {
    return a->ring_ms == b->ring_ms && a->ring_bytes == b->ring_bytes &&
           a->preroll_ms == b->preroll_ms && a->max_gop_bytes == b->max_gop_bytes &&
           a->hls_target_ms == b->hls_target_ms && a->hls_part_ms == b->hls_part_ms &&
           a->bitrate_bps == b->bitrate_bps;
}

/* OC_OK done | OC_AGAIN | the first failure; the other stream changes all the same. */
static int change_streams(oc_channel_t *channel, char *why, size_t why_size) {
    int result = OC_OK;
    for (unsigned kind = 0; kind < OC_STREAM_KINDS; kind++) {
        oc_stream_t *stream = channel->stream[kind];
        int code = stream ? oc_stream_change(stream, why, why_size) : OC_OK;
        if (result >= 0 && code != OC_OK)
            result = code;
    }
    return result;
}

int oc_channel_change(oc_channel_t *channel, const oc_channel_config_t *config, int64_t now_us,
                      char *why, size_t why_size) {
    oc_channel_config_t *own = &channel->config;
    int code = OC_OK;
    if (!same_source(own, config)) {
        snprintf(why, why_size, "its source changes: it has to be opened again");
        return OC_ERR_NOTSUP;
    }
    if (same_rest(own, config) && channel->change_us == 0)
        return OC_OK;
    for (unsigned kind = 0; kind < OC_STREAM_KINDS && code == OC_OK; kind++)
        if (channel->stream[kind])
            code = oc_stream_change_check(channel->stream[kind], config, why, why_size);
    if (code < 0)
        return code;
    *own = *config;
    oc_channel_wipe(own->url, sizeof own->url);
    for (unsigned kind = 0; kind < OC_STREAM_KINDS; kind++)
        if (channel->stream[kind])
            channel->stream[kind]->changing = true;
    code = change_streams(channel, why, why_size);
    channel->change_us = code == OC_AGAIN ? now_us + OC_CHANNEL_CHANGE_US : 0;
    oc_plane_publish_channel(channel->plane, channel->number, now_us);
    return code;
}

int64_t oc_channel_change_advance(oc_channel_t *channel, int64_t now_us) {
    char why[OC_PLANE_WHY_MAX] = "";
    if (channel->change_us == 0)
        return INT64_MAX;
    int code = change_streams(channel, why, sizeof why);
    if (code == OC_AGAIN && now_us < channel->change_us)
        return channel->change_us;
    if (code == OC_AGAIN) {
        snprintf(why, sizeof why, "ring: in use by a recording that is behind");
        code = OC_ERR_BUSY;
    }
    channel->change_us = 0;
    oc_plane_desired_changed(channel->plane, channel->number, code, why, now_us);
    return INT64_MAX;
}
