/* See oc_plane_live.h: HLS as an output of a stream (oc_output.h), its bodies, how many watch.
 * A playing HLS client fetches each media segment once, so the newest segments are fetched as often
 * as there are viewers: their number is the most fetches that one of the newest four segments had
 * (a player stands about three segments behind the end; of a player of parts the first part counts
 * as the segment). A client that fetches a segment twice counts twice; caches in front of the
 * server hide viewers. 0 after 10 s without a fetch. Nothing may be stored: numbers begin at 1
 * again with the next process, and a browser that kept segment 3 of the process before would show
 * that. */
#include "oc_plane_live.h"

#include <stdio.h>
#include <string.h>
#include "oc_hls_query.h"
#include "oc_out_live.h"
#include "oc_plane_impl.h"
#include "oc_playlist.h"
#include "oc_thread_check.h"

#define NEWEST_SEGMENTS 4
#define WATCHING_US     (10 * 1000 * 1000)
#define LENT_US         (15 * 1000 * 1000) /* the longest segment, and some */
#define FETCHES         16                 /* segments whose fetches are counted */
#define SUB             "sub/"             /* in front of files of the sub stream */
#define WAIT_TARGETS    3 /* target durations that a request waits for what is to come */

/* How often a segment was fetched. */
typedef struct fetch {
    uint32_t number, count;
} fetch_t;

/* The state of the output; behind it lies its oc_out_live_t. */
typedef struct live {
    fetch_t fetch[FETCHES];
    int64_t fetched_us; /* the newest */
} live_t;

#define LIVE_AT ((sizeof(live_t) + 15) / 16 * 16)

/* NULL: the output is closed. */
oc_out_live_t *oc_plane_live_of(const oc_stream_t *stream) {
    uint8_t *state = stream->output[OC_OUTPUT_LIVE].state;
    return state ? (oc_out_live_t *)(state + LIVE_AT) : NULL;
}

/* Reads a number without leading zeros: one name per file. Returns what follows, NULL: none. */
static const char *number_at(const char *p, uint32_t *out) {
    uint64_t number = 0;
    const char *first = p;
    if (p[0] == '0' && p[1] >= '0' && p[1] <= '9')
        return NULL;
    for (; *p >= '0' && *p <= '9' && number <= UINT32_MAX; p++)
        number = number * 10 + (uint64_t)(*p - '0');
    *out = (uint32_t)number;
    return p > first && number <= UINT32_MAX ? p : NULL;
}

/* The number in "<letter><number><suffix>". */
static bool number_in(const char *file, char letter, uint32_t *number, const char *suffix) {
    const char *p = file[0] == letter ? number_at(file + 1, number) : NULL;
    return p && strcmp(p, suffix) == 0;
}

/* The numbers in "p<segment>.<part>.m4s". */
static bool part_in(const char *file, uint32_t *number, uint32_t *index) {
    const char *p = file[0] == 'p' ? number_at(file + 1, number) : NULL;
    p = p && *p == '.' ? number_at(p + 1, index) : NULL;
    return p && strcmp(p, ".m4s") == 0;
}

static uint8_t *body_memory(oc_plane_t *plane, size_t bytes) {
    return plane->env.loop.allocate(plane->env.loop.context, bytes);
}

static int text_body(oc_plane_t *plane, oc_plane_body_t *out) {
    out->data = body_memory(plane, OC_OUT_LIVE_PLAYLIST_MAX);
    out->content_type = "application/vnd.apple.mpegurl";
    return out->data ? OC_OK : OC_ERR_NOMEM;
}

/* A request that may wait, so long: a segment is to come within (section 6.2.5.2). */
static int wait(const oc_stream_t *stream, oc_plane_body_t *out) {
    oc_out_live_stats_t stats;
    oc_out_live_stats(oc_plane_live_of(stream), &stats);
    out->wait_ms = WAIT_TARGETS * stats.target_ms;
    return OC_AGAIN;
}

/* The other stream of the channel, when it can be played; its playlist as seen from this one. */
static oc_out_live_report_t other(const oc_stream_t *stream) {
    bool sub = oc_plane_is_sub(stream->slot);
    const oc_stream_t *found = stream->channel->stream[sub ? OC_STREAM_MAIN : OC_STREAM_SUB];
    return (oc_out_live_report_t){.live = found ? oc_plane_live_of(found) : NULL,
                                  .uri = sub ? "../index.m3u8" : SUB "index.m3u8"};
}

static int playlist(oc_plane_t *plane, oc_stream_t *stream, const char *query, bool plain,
                    oc_plane_body_t *out) {
    oc_hls_query_t requested = {0};
    oc_out_live_request_t req = {.clock = plane->clock, .plain = plain, .report = other(stream)};
    int code = plain ? OC_OK : oc_hls_query_read(query, &requested);
    if (code == OC_OK && requested.has_msn)
        code = oc_out_live_has(oc_plane_live_of(stream), requested.msn,
                               requested.has_part ? (int64_t)requested.part : -1);
    if (code == OC_AGAIN)
        return wait(stream, out);
    if (code == OC_OK)
        code = text_body(plane, out);
    if (code != OC_OK)
        return code;
    req.skip = requested.skip;
    return oc_out_live_playlist(oc_plane_live_of(stream), &req, (char *)out->data,
                                OC_OUT_LIVE_PLAYLIST_MAX);
}

static bool add_variant(oc_playlist_t *list, const oc_out_live_t *live, const char *uri) {
    oc_out_live_variant_t variant;
    if (!live || oc_out_live_variant(live, &variant) != OC_OK)
        return false;
    oc_playlist_variant(list, &(oc_playlist_variant_t){.uri = uri,
                                                       .codecs = variant.codecs,
                                                       .peak_bps = variant.peak_bps,
                                                       .average_bps = variant.average_bps,
                                                       .width = variant.width,
                                                       .height = variant.height,
                                                       .fps_milli = variant.fps_milli});
    return true;
}

/* Both streams of a channel, as far as they can be played. */
static int master(oc_plane_t *plane, oc_stream_t *stream, oc_plane_body_t *out) {
    oc_out_live_report_t sub = other(stream);
    oc_playlist_t list;
    if (oc_plane_is_sub(stream->slot))
        return OC_ERR_NOENT;
    int code = text_body(plane, out);
    if (code != OC_OK)
        return code;
    oc_playlist_variants(&list, (char *)out->data, OC_OUT_LIVE_PLAYLIST_MAX);
    bool any = add_variant(&list, oc_plane_live_of(stream), "index.m3u8");
    any |= add_variant(&list, sub.live, sub.uri);
    return any ? oc_playlist_end(&list) : OC_AGAIN;
}

static int init_segment(oc_plane_t *plane, oc_stream_t *stream, uint32_t number,
                        oc_plane_body_t *out) {
    out->data = body_memory(plane, OC_FMP4_INIT_MAX);
    if (!out->data)
        return OC_ERR_NOMEM;
    out->content_type = "video/mp4";
    return oc_out_live_init_segment(oc_plane_live_of(stream), number, out->data, OC_FMP4_INIT_MAX);
}

static void count_fetch(oc_plane_t *plane, oc_stream_t *stream, uint32_t number) {
    live_t *live = stream->output[OC_OUTPUT_LIVE].state;
    fetch_t *fetch = &live->fetch[number % FETCHES];
    if (fetch->number != number)
        *fetch = (fetch_t){number, 0};
    fetch->count++;
    live->fetched_us = plane->now_us;
    oc_plane_moved(plane, stream->slot);
}

static const char segment_type[] = "video/iso.segment";

/* Where a segment is described. */
static oc_fmp4_fragment_t room(oc_plane_t *plane) {
    return (oc_fmp4_fragment_t){.head = plane->head,
                                .head_size = sizeof plane->head,
                                .spans = plane->spans,
                                .spans_size = OC_FMP4_PACKETS_MAX + 1};
}

/* A segment, or part `index` of it (>= 0). */
static int segment(oc_plane_t *plane, oc_stream_t *stream, uint32_t number, int64_t index,
                   oc_plane_body_t *out) {
    oc_fmp4_fragment_t fragment = room(plane);
    oc_out_live_t *live = oc_plane_live_of(stream);
    int code = index < 0 ? oc_out_live_segment(live, number, &fragment)
                         : oc_out_live_part(live, number, (uint32_t)index, &fragment);
    if (code == OC_AGAIN)
        return wait(stream, out);
    if (code != OC_OK)
        return code;
    if (fragment.bytes > INT32_MAX)
        return OC_ERR_TOO_BIG;
    out->data = body_memory(plane, (size_t)fragment.bytes);
    if (!out->data)
        return OC_ERR_NOMEM;
    size_t len = 0;
    for (size_t i = 0; i < fragment.spans_len; i++) {
        memcpy(out->data + len, fragment.spans[i].data, fragment.spans[i].len);
        len += fragment.spans[i].len;
    }
    plane->stats.body_copied_bytes += len;
    out->content_type = segment_type;
    if (index <= 0)
        count_fetch(plane, stream, number);
    return (int)len;
}

static int body(oc_plane_t *plane, oc_stream_t *stream, const char *file, const char *query,
                oc_plane_body_t *out) {
    uint32_t number, index;
    if (strcmp(file, "index.m3u8") == 0)
        return playlist(plane, stream, query, false, out);
    if (strcmp(file, "plain.m3u8") == 0)
        return playlist(plane, stream, query, true, out);
    if (strcmp(file, "master.m3u8") == 0)
        return master(plane, stream, out);
    if (number_in(file, 'i', &number, ".mp4"))
        return init_segment(plane, stream, number, out);
    if (number_in(file, 's', &number, ".m4s"))
        return segment(plane, stream, number, -1, out);
    if (part_in(file, &number, &index))
        return segment(plane, stream, number, index, out);
    return OC_ERR_NOENT;
}

int oc_plane_output(const oc_plane_t *plane, const char *name, bool sub, oc_output_id_t id,
                    oc_stream_t **out) {
    const oc_channel_t *channel = oc_channel_find(plane, name);
    *out = NULL;
    if (oc_plane_privacy(plane))
        return OC_ERR_PRIVATE;
    if (!channel || (sub && !channel->config.sub_url[0]))
        return OC_ERR_NOENT;
    oc_stream_t *stream = channel->stream[sub ? OC_STREAM_SUB : OC_STREAM_MAIN];
    if (!stream)
        return OC_AGAIN; /* a sub stream that is opened again */
    if (!stream->output[id].is_open || stream->output[id].closing)
        return stream->state == OC_STREAM_OPENING ? OC_AGAIN : OC_ERR_NOENT;
    *out = stream;
    return OC_OK;
}

int oc_plane_live_get(oc_plane_t *plane, const char *name, const char *file, const char *query,
                      oc_plane_body_t *out) {
    OC_ON_MEDIA_THREAD();
    oc_stream_t *stream;
    bool sub = strncmp(file, SUB, sizeof SUB - 1) == 0;
    int code = oc_plane_output(plane, name, sub, OC_OUTPUT_LIVE, &stream);
    *out = (oc_plane_body_t){0};
    if (code != OC_OK)
        return code;
    file += sub ? sizeof SUB - 1 : 0;
    int len = body(plane, stream, file, query, out);
    stream->output[OC_OUTPUT_LIVE].requests += out->wait_ms == 0; /* who waits asks again */
    /* 1 is OC_AGAIN: no body is that short */
    if (len <= OC_AGAIN) {
        if (out->data)
            plane->env.loop.release(plane->env.loop.context, out->data);
        *out = (oc_plane_body_t){.wait_ms = out->wait_ms};
        return len;
    }
    out->len = (uint32_t)len;
    plane->stats.bodies++;
    plane->stats.body_bytes += out->len;
    return OC_OK;
}

int oc_plane_live_segment(oc_plane_t *plane, unsigned channel, oc_stream_kind_t stream,
                          uint32_t number, oc_plane_segment_t *out) {
    OC_ON_MEDIA_THREAD();
    *out = (oc_plane_segment_t){.body = room(plane), .content_type = segment_type};
    int code = oc_plane_ring(plane, channel, stream, &out->from);
    if (code != OC_OK)
        return code;
    oc_stream_t *open = oc_plane_stream(plane, out->from.slot);
    oc_out_live_t *live = oc_plane_live_of(open);
    code = live ? oc_out_live_packets(live, number, &out->first, &out->last) : OC_ERR_NOENT;
    if (code == OC_OK)
        code = oc_out_live_segment(live, number, &out->body);
    if (code == OC_OK)
        plane->lent_until_us = plane->now_us + LENT_US;
    return code;
}

uint32_t oc_plane_live_changes(const oc_plane_t *plane) {
    OC_ON_MEDIA_THREAD();
    return plane->live_changes;
}

/* ---- the output ---- */

static size_t state_bytes(void) {
    return LIVE_AT + oc_out_live_bytes();
}

static int check(const oc_channel_config_t *config, char *why, size_t why_size) {
    int code = oc_out_live_check(config->hls_target_ms, config->hls_part_ms);
    if (code < 0)
        snprintf(why, why_size, "live.targetMs, live.partMs: %u, %u: %s", config->hls_target_ms,
                 config->hls_part_ms, oc_err_text(code));
    return code;
}

static int change(oc_output_t *output, const oc_channel_config_t *config) {
    return oc_out_live_change(oc_plane_live_of(output->stream), config->hls_target_ms,
                              config->hls_part_ms);
}

static int begin(oc_output_t *output, const void *none, int64_t now_us, char *why,
                 size_t why_size) {
    const oc_stream_t *stream = output->stream;
    const oc_channel_config_t *config = &stream->channel->config;
    int code = check(config, why, why_size);
    return code < 0
               ? code
               : oc_out_live_init(oc_plane_live_of(stream), stream->ring, config->hls_target_ms,
                                  config->hls_part_ms, oc_out_live_number(now_us));
}

static void take(oc_output_t *output, uint64_t seq, const oc_packet_t *packet) {
    oc_stream_t *stream = output->stream;
    stream->plane->live_changes += oc_out_live_packet(oc_plane_live_of(stream), seq, packet);
}

static void gap(oc_output_t *output) {
    oc_out_live_gap(oc_plane_live_of(output->stream));
}

static uint32_t watching(const live_t *live, uint32_t last, int64_t now_us) {
    uint32_t maximum = 0;
    if (now_us - live->fetched_us > WATCHING_US)
        return 0;
    for (unsigned i = 0; i < FETCHES; i++) {
        const fetch_t *fetch = &live->fetch[i];
        if (fetch->count > maximum && fetch->number <= last &&
            last - fetch->number < NEWEST_SEGMENTS)
            maximum = fetch->count;
    }
    return maximum;
}

static void fill(const oc_output_t *output, oc_stream_row_t *row, int64_t now_us) {
    oc_out_live_stats_t stats;
    if (!output->state)
        return;
    oc_out_live_stats(oc_plane_live_of(output->stream), &stats);
    row->live_begun = stats.begun;
    row->live_first = stats.first;
    row->live_last = stats.last;
    row->live_part_ms = stats.part_ms;
    row->viewers += watching(output->state, stats.last, now_us);
}

const oc_output_kind_t oc_output_live = {.always = true,
                                         .bytes = state_bytes,
                                         .open = begin,
                                         .check = check,
                                         .change = change,
                                         .packet = take,
                                         .gap = gap,
                                         .row = fill};
