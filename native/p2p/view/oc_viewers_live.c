/* Live views (oc_viewers_impl.h): a place in the ring of a stream, what is said first, what holds
 * them. */
#include "oc_view_hello.h"
#include "oc_dcep.h"
#include "oc_viewers_calls.h"

#include <stdio.h>

#define MESSAGE_MOST (256u * 1024) /* bytes of a message of ours */

/* ---- streams ---- */

static oc_viewers_feed_t *feed_for(oc_viewers_t *v, const oc_viewers_stream_t *stream) {
    oc_viewers_feed_t *feed = v->feeds;
    while (feed && feed->stream.slot != stream->slot)
        feed = feed->next;
    if (feed) {
        feed->stream.clock = stream->clock;
        return feed;
    }
    feed = v->env.allocate(v->env.context, sizeof *feed);
    if (!feed)
        return NULL;
    *feed = (oc_viewers_feed_t){.next = v->feeds, .stream = *stream, .key_us = INT64_MIN};
    feed->newest = oc_ring_newest(stream->ring);
    feed->key = oc_ring_gop_of(stream->ring, feed->newest);
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
    v->env.release(v->env.context, feed);
}

int oc_viewers_live_prepare(oc_viewers_view_t *view, unsigned channel, unsigned stream,
                            const char **why) {
    oc_viewers_t *v = view->owner;
    oc_viewers_stream_t found;
    int rc = stream > OC_STREAM_SUB
                 ? OC_ERR_NOENT
                 : v->env.stream(v->env.context, channel, (oc_stream_t)stream, &found);
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
    view->stream = (oc_stream_t)stream;
    view->feed = feed;
    view->next_feed = feed->first;
    feed->first = view;
    feed->views++;
    watching(v, feed);
    return OC_OK;
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
static void greet(oc_viewers_view_t *view) {
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
                        stats.max_message < MESSAGE_MOST ? stats.max_message : MESSAGE_MOST);
    if (view->session->commands)
        oc_view_report_begin(&view->report, v->now_us);
    greet(view);
    oc_viewers_live_key(view);
    v->publish_us = 0;
    v->scan_us = 0;
}

/* ---- key frames ---- */

void oc_viewers_live_key(oc_viewers_view_t *view) {
    if (!view->feed)
        return;
    view->key_requests++;
    view->feed->key_wanted = true;
}

/* At most one in so long. */
static void ask_key(oc_viewers_t *v, oc_viewers_feed_t *feed) {
    if (!feed->key_wanted ||
        (feed->key_us != INT64_MIN && v->now_us - feed->key_us < OC_VIEWERS_KEY_US))
        return;
    feed->key_wanted = false;
    feed->key_us = v->now_us;
    if (v->env.request_key)
        v->env.request_key(v->env.context, feed->stream.slot);
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
    oc_viewers_tell(view->owner, &view->teller, TELL_LEVEL);
}

static void follow_marks(oc_viewers_view_t *view) {
    unsigned told = oc_view_watermark_update(&view->mark, oc_viewers_queued(view));
    for (unsigned level = OC_VIEW_LEVEL_WARN; level <= OC_VIEW_LEVEL_LOW; level <<= 1)
        if (told & level)
            add_level(view, (oc_view_level_t)level);
    uint64_t skipped = view->ring.skipped;
    if (view->mark.held)
        oc_source_ring_hold(&view->ring);
    else if (view->ring.until)
        oc_source_ring_release(&view->ring);
    view->drop_watermark += (uint32_t)(view->ring.skipped - skipped);
    if (told)
        oc_viewers_publish_view(view);
}

static void follow_report(oc_viewers_view_t *view) {
    bool held = oc_view_report_held(&view->report, OC_VIEWERS_REPORT_US, view->owner->now_us);
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
        greet(view);
    follow_report(view);
    oc_source_ring_state_t found = oc_source_ring_look(&view->ring);
    if (found == OC_SOURCE_RING_CHANGED) {
        greet(view);
        found = oc_source_ring_look(&view->ring);
    }
    follow_marks(view);
    if (view->ring.jumps != view->jumps) {
        view->jumps = view->ring.jumps;
        oc_viewers_live_key(view);
    }
    if (oc_source_ring_look(&view->ring) == OC_SOURCE_RING_READY)
        oc_viewers_kick(view);
}

void oc_viewers_live_advance(oc_viewers_t *v) {
    for (oc_viewers_feed_t *feed = v->feeds; feed; feed = feed->next) {
        uint64_t newest = oc_ring_newest(feed->stream.ring);
        bool more = newest != feed->newest;
        uint64_t key = more ? oc_ring_gop_of(feed->stream.ring, newest) : feed->key;
        if (key != feed->key)
            feed->key_wanted = false; /* it is there for all who want one */
        feed->key = key;
        feed->newest = newest;
        for (oc_viewers_view_t *view = feed->first; more && view; view = view->next_feed)
            oc_viewers_live_follow(view);
        if (more && v->publish_us == INT64_MAX)
            v->publish_us = v->now_us;
        ask_key(v, feed);
        if (feed->key_wanted) {
            int64_t at = feed->key_us + OC_VIEWERS_KEY_US;
            v->scan_us = at < v->scan_us ? at : v->scan_us;
        }
    }
}
