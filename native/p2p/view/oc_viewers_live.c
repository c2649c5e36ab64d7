/* Live views (oc_viewers_impl.h): a place in the ring of a stream, what is said first, what holds
 * them. */
#include "oc_view_hello.h"
#include "oc_dcep.h"
#include "oc_viewers_impl.h"

#include <stdio.h>

#define MESSAGE_MAX (256u * 1024) /* bytes of a message of ours */

/* ---- streams ---- */

static uint32_t floor_of(const oc_viewers_t *v, const oc_viewers_stream_t *stream) {
    uint32_t floor = v->floor_bps ? v->floor_bps : stream->ceiling_bps / 8;
    return floor < stream->ceiling_bps ? floor : stream->ceiling_bps;
}

/* A bit rate that cannot be set: key frames only. */
static void begin_rate(const oc_viewers_t *v, oc_viewers_feed_t *feed) {
    oc_view_rate_config_t config = {.control = OC_VIEW_RATE_BITRATE,
                                    .floor_bps = floor_of(v, &feed->stream),
                                    .ceiling_bps = feed->stream.ceiling_bps,
                                    .hold_us = v->hold_us};
    if (oc_view_rate_init(&feed->rate, &config) == OC_OK)
        return;
    config =
        (oc_view_rate_config_t){.control = OC_VIEW_RATE_FIXED, .floor_bps = 1, .ceiling_bps = 1};
    (void)oc_view_rate_init(&feed->rate, &config);
}

void oc_viewers_live_tune(oc_viewers_t *v) {
    for (oc_viewers_feed_t *feed = v->feeds; feed; feed = feed->next)
        if (feed->rate.config.control == OC_VIEW_RATE_BITRATE)
            oc_view_rate_tune(&feed->rate, floor_of(v, &feed->stream), v->hold_us, v->now_us);
}

static oc_viewers_feed_t *feed_for(oc_viewers_t *v, const oc_viewers_stream_t *stream) {
    oc_viewers_feed_t *feed = v->feeds;
    while (feed && feed->stream.slot != stream->slot)
        feed = feed->next;
    if (feed) {
        feed->stream.clock = stream->clock;
        return feed;
    }
    feed = v->env.loop.allocate(v->env.loop.context, sizeof *feed);
    if (!feed)
        return NULL;
    *feed = (oc_viewers_feed_t){
        .next = v->feeds, .stream = *stream, .newest = oc_ring_newest(stream->ring)};
    begin_rate(v, feed);
    oc_source_feed_init(&feed->feed, stream->ring, &v->scratch);
    v->feeds = feed;
    return feed;
}

static void watching(oc_viewers_t *v, const oc_viewers_feed_t *feed) {
    if (v->env.watching)
        v->env.watching(v->env.context, feed->stream.slot, feed->views);
}

static void free_feed(oc_viewers_t *v, oc_viewers_feed_t *feed) {
    oc_viewers_feed_t **at = &v->feeds;
    while (*at != feed)
        at = &(*at)->next;
    *at = feed->next;
    v->env.loop.release(v->env.loop.context, feed);
}

void oc_viewers_marks(oc_viewers_view_t *view) {
    const oc_viewers_t *v = view->owner;
    uint32_t level[3] = {v->low, v->warn, v->high};
    if (v->follow && view->feed)
        oc_view_watermark_follow(level, view->feed->gop_bytes);
    oc_view_watermark_set(&view->mark, level[0], level[1], level[2]);
}

/* A larger GOP than before may be there. */
static void follow_gop(oc_viewers_t *v, oc_viewers_feed_t *feed) {
    oc_ring_stats_t stats;
    oc_ring_stats(feed->stream.ring, &stats);
    if (stats.largest_gop_bytes == feed->gop_bytes)
        return;
    feed->gop_bytes = stats.largest_gop_bytes;
    for (oc_viewers_view_t *view = feed->first; view; view = view->next_feed)
        if (v->follow && !view->own_marks && !view->closed) {
            oc_viewers_marks(view);
            oc_viewers_publish_view(view);
        }
}

int oc_viewers_live_prepare(oc_viewers_view_t *view, unsigned channel, unsigned stream,
                            const char **why) {
    oc_viewers_t *v = view->owner;
    oc_viewers_stream_t found = {0};
    int rc = stream > OC_STREAM_SUB || channel >= OC_CHANNELS_MAX
                 ? OC_ERR_NOENT
                 : v->env.stream(v->env.context, channel, (oc_stream_kind_t)stream, &found);
    *why = rc == OC_ERR_PRIVATE ? oc_err_text(rc)
           : rc == OC_AGAIN     ? "live: this stream has no picture yet"
                                : "live: no such channel or stream";
    if (rc != OC_OK)
        return rc == OC_AGAIN ? OC_ERR_STATE : rc;
    oc_viewers_feed_t *feed = feed_for(v, &found);
    *why = "busy";
    if (!feed)
        return OC_ERR_NOMEM;
    view->channel = channel;
    view->stream = (oc_stream_kind_t)stream;
    view->feed = feed;
    view->next_feed = feed->first;
    feed->first = view;
    feed->views++;
    follow_gop(v, feed);
    if (!view->own_marks)
        oc_viewers_marks(view);
    watching(v, feed);
    return OC_OK;
}

/* What was decided. */
static void drive(oc_viewers_t *v, oc_viewers_feed_t *feed) {
    oc_view_rate_decision_t d;
    while (oc_view_rate_poll(&feed->rate, v->now_us, &d) == OC_OK) {
        if (d.what & OC_VIEW_RATE_SET_BITRATE && v->env.set_bitrate)
            v->env.set_bitrate(v->env.context, feed->stream.slot, d.bitrate_bps);
        if (d.what & OC_VIEW_RATE_REQUEST_KEY && v->env.request_key)
            v->env.request_key(v->env.context, feed->stream.slot);
    }
}

void oc_viewers_live_detach(oc_viewers_view_t *view) {
    oc_viewers_feed_t *feed = view->feed;
    oc_viewers_view_t **at;
    if (!feed)
        return;
    at = &feed->first;
    while (*at != view)
        at = &(*at)->next_feed;
    *at = view->next_feed;
    oc_view_rate_leave(&feed->rate, &view->rater, view->owner->now_us);
    drive(view->owner, feed); /* without viewers the source has its own bit rate again */
    view->feed = NULL;
    feed->views--;
    watching(view->owner, feed);
    if (!feed->first)
        free_feed(view->owner, feed);
}

void oc_viewers_ring_gone(oc_viewers_t *v, unsigned slot, const char *why, int64_t now_us) {
    oc_viewers_feed_t *feed = v->feeds;
    v->now_us = now_us;
    while (feed && feed->stream.slot != slot)
        feed = feed->next;
    for (oc_viewers_view_t *view = feed ? feed->first : NULL, *next; view; view = next) {
        next = view->next_feed;
        oc_viewers_live_detach(view); /* the last one frees the stream */
        oc_viewers_end(view, why);
    }
}

/* ---- the beginning ---- */

/* JSON and the init segment, then the ring from its newest key packet on. Tried again later when
 * there is no memory or nothing is known of the stream. */
static void send_preamble(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    char hello[OC_VIEW_HELLO_MAX];
    uint32_t waits = view->fifo.bytes;
    int json = oc_view_hello(&view->feed->feed, &view->feed->stream.clock, view->channel,
                             view->stream == OC_STREAM_SUB, hello, sizeof hello);
    int init = oc_source_feed_init_segment(&view->feed->feed, v->text, sizeof v->text);
    if (json <= OC_AGAIN || init <= OC_AGAIN)
        return;
    if (waits + (uint32_t)(json + init) > view->fifo.limit ||
        v->pool.count - v->pool.used <
            (unsigned)(json + init + 2 * OC_POOL_BLOCK - 2) / OC_POOL_BLOCK)
        return;
    if (oc_source_fifo_push(&view->fifo, OC_PPID_STRING, hello, (uint32_t)json) != OC_OK ||
        oc_source_fifo_push(&view->fifo, OC_PPID_BINARY, v->text, (uint32_t)init) != OC_OK ||
        oc_source_ring_begin(&view->ring) != OC_OK)
        return;
    oc_viewers_kick(view);
}

void oc_viewers_live_begin(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    oc_source_t head = {&oc_source_fifo_ops, &view->fifo};
    oc_peer_stats_t stats;
    if (oc_hub_peer_stats(v->hub, view->session->id, &stats) != OC_OK)
        return;
    if (stats.max_message < OC_SOURCE_RING_PIECE_MIN) {
        char why[OC_VIEWERS_WHY];
        snprintf(why, sizeof why, "live: messages of %u bytes are too short", stats.max_message);
        oc_viewers_end(view, why);
        return;
    }
    oc_source_ring_init(&view->ring, &view->feed->feed, &head,
                        stats.max_message < MESSAGE_MAX ? stats.max_message : MESSAGE_MAX);
    view->opening = true;
    view->opening_seq = 0;
    if (view->session->commands)
        oc_view_report_begin(&view->report, v->now_us);
    oc_view_rate_join(&view->feed->rate, &view->rater, v->now_us);
    send_preamble(view);
    oc_viewers_live_key(view);
    v->publish_us = 0;
    v->scan_us = 0;
}

/* ---- what the source is asked for ---- */

void oc_viewers_live_key(oc_viewers_view_t *view) {
    if (!view->feed || view->waits_up || view->state != OC_VIEW_OPEN)
        return;
    view->key_requests++;
    oc_view_rate_want_key(&view->feed->rate, &view->rater, view->owner->now_us);
    view->owner->scan_us = 0;
}

void oc_viewers_live_measure(oc_viewers_view_t *view, const oc_view_row_t *row) {
    oc_view_rate_sample_t sample = {.acked_bytes = view->meter.acked,
                                    .queued_bytes = row->queued,
                                    .rtt_us = row->rtt_us,
                                    .dropped = row->drop_ring + row->drop_watermark,
                                    .paused = (row->held & OC_VIEW_HELD_REPORT) != 0};
    if (view->feed && !view->waits_up && view->state == OC_VIEW_OPEN)
        oc_view_rate_report(&view->feed->rate, &view->rater, &sample, view->owner->now_us);
}

/* Key packets that came since, for the rate. */
static void find_keys(oc_viewers_t *v, oc_viewers_feed_t *feed, uint64_t newest) {
    uint64_t first = oc_ring_oldest(feed->stream.ring);
    oc_packet_t packet;
    for (uint64_t n = feed->newest + 1 > first ? feed->newest + 1 : first; n <= newest; n++)
        if (oc_ring_get(feed->stream.ring, n, &packet) == OC_OK && packet.key &&
            packet.track == feed->feed.lead)
            oc_view_rate_key_packet(&feed->rate, v->now_us);
}

/* ---- the flow ---- */

/* Of the packet that is being sent in pieces, what was taken. */
static uint64_t begun(const oc_source_ring_t *ring) {
    uint64_t taken = (uint64_t)ring->piece * ring->piece_max;
    return taken < ring->waiting ? taken : ring->waiting;
}

uint64_t oc_viewers_queued(const oc_viewers_view_t *view) {
    oc_send_stream_stats_t stats = {0};
    const oc_peer_t *peer = oc_viewers_peer(view);
    uint64_t queued = view->fifo.bytes - view->fifo_taken;
    if (view->player)
        return view->fifo.bytes + oc_viewers_play_queued(view);
    if (peer)
        (void)oc_peer_channel_stats(peer, view->sid, &stats, view->owner->now_us);
    queued += stats.unacked_bytes;
    if (view->feed && !view->waits_up && !view->ring.paused)
        queued += view->ring.waiting - begun(&view->ring);
    return queued;
}

static void add_level(oc_viewers_view_t *view, oc_view_level_t level) {
    unsigned n = 0;
    for (unsigned i = 0; i < view->levels; i++) /* told once, with the latest last */
        if (view->level[i] != level)
            view->level[n++] = view->level[i];
    view->level[n++] = (uint8_t)level;
    view->levels = (uint8_t)n;
    oc_viewers_notify(view->owner, &view->notifier, NOTIFY_LEVEL);
}

/* Whether its first GOP is still on its way: until all of it was taken and what is not acknowledged
 * is no more than the level, or until the second one has its turn. */
static bool opening(oc_viewers_view_t *view) {
    const oc_ring_t *ring = view->feed ? view->feed->stream.ring : NULL;
    if (!view->opening || !ring)
        return false;
    uint64_t newest = oc_ring_newest(ring), seq = view->ring.seq;
    if (!seq)
        return true;
    if (!view->opening_seq)
        view->opening_seq = oc_ring_gop_of(ring, seq);
    view->opening = seq > newest ? view->mark.high && oc_viewers_queued(view) > view->mark.high
                                 : oc_ring_gop_of(ring, seq) <= view->opening_seq;
    return view->opening;
}

void oc_viewers_follow_marks(oc_viewers_view_t *view) {
    bool exempt = opening(view);
    if (!view->mark.high || exempt)
        return;
    unsigned notified = oc_view_watermark_update(&view->mark, oc_viewers_queued(view));
    for (unsigned level = OC_VIEW_LEVEL_WARN; level <= OC_VIEW_LEVEL_LOW; level <<= 1)
        if (notified & level)
            add_level(view, (oc_view_level_t)level);
    if (notified)
        oc_viewers_publish_view(view);
}

static void follow_marks(oc_viewers_view_t *view) {
    oc_viewers_follow_marks(view);
    uint64_t skipped = view->ring.skipped;
    if (view->mark.held)
        oc_source_ring_hold(&view->ring);
    else if (view->ring.until)
        oc_source_ring_release(&view->ring);
    view->drop_watermark += (uint32_t)(view->ring.skipped - skipped);
}

static void follow_report(oc_viewers_view_t *view) {
    const oc_viewers_t *v = view->owner;
    bool held = oc_view_report_held(&view->report, v->report_us, v->now_us);
    bool stands = view->ring.paused || view->ring.pausing;
    uint64_t skipped = view->ring.skipped;
    if (held && !stands)
        oc_source_ring_pause(&view->ring, true);
    if (!held && stands)
        oc_source_ring_resume(&view->ring);
    view->drop_report += (uint32_t)(view->ring.skipped - skipped);
    if (held != stands)
        oc_viewers_publish_view(view);
}

void oc_viewers_live_follow(oc_viewers_view_t *view) {
    if (!view->feed || view->waits_up || view->state != OC_VIEW_OPEN)
        return;
    if (view->ring.generation == 0)
        send_preamble(view);
    follow_report(view);
    oc_source_ring_state_t found = oc_source_ring_look(&view->ring);
    if (found == OC_SOURCE_RING_CHANGED) {
        send_preamble(view);
        found = oc_source_ring_look(&view->ring);
    }
    if (found == OC_SOURCE_RING_TORN) {
        oc_viewers_end(view, OC_VIEWERS_TORN);
        return;
    }
    uint64_t until = view->ring.until, seq = view->ring.seq;
    follow_marks(view);
    if (view->ring.until != until || view->ring.seq != seq) /* it stands elsewhere now */
        found = oc_source_ring_look(&view->ring);
    if (view->ring.jumps != view->jumps) {
        view->jumps = view->ring.jumps;
        oc_viewers_live_key(view);
    }
    if (found == OC_SOURCE_RING_READY)
        oc_viewers_kick(view);
}

int64_t oc_viewers_live_advance(oc_viewers_t *v) {
    int64_t due = INT64_MAX;
    for (oc_viewers_feed_t *feed = v->feeds; feed; feed = feed->next) {
        uint64_t newest = oc_ring_newest(feed->stream.ring);
        bool more = newest != feed->newest;
        if (more) {
            find_keys(v, feed, newest);
            follow_gop(v, feed);
        }
        feed->newest = newest;
        for (oc_viewers_view_t *view = feed->first; more && view; view = view->next_feed)
            oc_viewers_live_follow(view);
        if (more && v->publish_us == INT64_MAX)
            v->publish_us = v->now_us;
        drive(v, feed);
        int64_t at = oc_view_rate_next_deadline(&feed->rate);
        due = at < due ? at : due;
    }
    return due;
}
