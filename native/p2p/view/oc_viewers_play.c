/* Playback (oc_viewers_impl.h): recordings that the host reads, on a reliable channel. */
#include "oc_viewers_impl.h"

#define US_PER_MS 1000

/* What plays on a view. */
struct oc_viewers_player {
    void *play; /* the host's */
    oc_source_play_t source;
};

int oc_viewers_play_prepare(oc_viewers_view_t *view, oc_span_t list, const char **why) {
    oc_viewers_t *v = view->owner;
    oc_play_chunk_t *chunks[OC_SOURCE_PLAY_CHUNKS];
    oc_peer_stats_t stats;
    int64_t at_us;
    *why = "playback: this device does not keep recordings";
    if (!v->env.play_open)
        return OC_ERR_NOTSUP;
    *why = "playback: the maximum message size of the peer is too small";
    if (oc_hub_peer_stats(v->hub, view->session->id, &stats) != OC_OK ||
        stats.max_message < OC_PLAY_PIECE_MIN)
        return OC_ERR_NOTSUP;
    *why = "busy";
    oc_viewers_player_t *player = v->env.loop.allocate(v->env.loop.context, sizeof *player);
    if (!player)
        return OC_ERR_NOMEM;
    int rc = v->env.play_open(v->env.play, view->number, list, &at_us, &player->play, chunks);
    if (rc != OC_OK) {
        *why = rc == OC_ERR_FORMAT || rc == OC_ERR_TOO_BIG
                   ? "playback: the list of recordings is malformed or too long"
                   : "busy";
        v->env.loop.release(v->env.loop.context, player);
        return rc;
    }
    oc_source_play_init(&player->source, chunks, stats.max_message, at_us, v->now_us);
    view->player = player;
    return OC_OK;
}

void oc_viewers_play_detach(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    if (!view->player)
        return;
    v->env.play_close(v->env.play, view->player->play);
    v->env.loop.release(v->env.loop.context, view->player);
    view->player = NULL;
}

/* Has the next chunk read, if one is wanted. */
static void read_on(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    oc_source_play_t *source = &view->player->source;
    oc_play_chunk_t *chunk = oc_source_play_want(source);
    int rc = chunk ? v->env.play_fill(v->env.play, view->player->play, chunk) : OC_OK;
    if (rc == OC_OK)
        return;
    chunk->count = chunk->len = 0;
    chunk->result = rc;
    oc_source_play_filled(source, chunk, v->now_us);
    oc_viewers_end(view, oc_err_text(rc));
}

int64_t oc_viewers_play_follow(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    oc_source_play_t *source;
    int64_t due;
    if (!view->player || view->state != OC_VIEW_OPEN)
        return INT64_MAX;
    source = &view->player->source;
    oc_source_play_advance(source, v->now_us);
    oc_viewers_follow_marks(view);
    oc_source_play_hold(source, view->mark.held);
    read_on(view);
    oc_viewers_kick(view);
    if (v->publish_us == INT64_MAX)
        v->publish_us = v->now_us;
    due = oc_source_play_deadline(source);
    /* what is taken or acknowledged makes room, and is no event */
    bool busy = due <= v->now_us || oc_source_play_under_way(source) || view->mark.armed;
    return busy && (due <= v->now_us || v->now_us + OC_VIEWERS_TICK < due)
               ? v->now_us + OC_VIEWERS_TICK
               : due;
}

void oc_viewers_play_filled(oc_viewers_t *v, uint32_t number, oc_play_chunk_t *chunk,
                            int64_t now_us) {
    oc_viewers_view_t *view = oc_viewers_view(v, (int32_t)number);
    v->now_us = now_us;
    if (!view || !view->player)
        return;
    oc_source_play_filled(&view->player->source, chunk, now_us);
    v->scan_us = 0;
}

int oc_viewers_play_command(oc_viewers_t *v, const oc_command_t *command, const char **why) {
    oc_viewers_view_t *view = oc_viewers_view(v, command->arg[0]);
    int rc = OC_OK;
    if (!view || !view->player || view->state != OC_VIEW_OPEN)
        return OC_ERR_NOENT;
    oc_source_play_t *source = &view->player->source;
    oc_viewers_command_completed(view);
    switch (command->arg[1]) {
    case OC_PLAY_PAUSE:
        oc_source_play_pause(source, v->now_us);
        break;
    case OC_PLAY_RESUME:
        oc_source_play_resume(source, v->now_us);
        break;
    case OC_PLAY_SEEK:
        oc_source_play_seek(source, (int64_t)command->arg[2] * US_PER_MS, v->now_us);
        break;
    case OC_PLAY_SPEED:
        *why = "playback: speed 125 .. 64000 per mille";
        rc = oc_source_play_speed(source, (uint32_t)command->arg[2], v->now_us);
        break;
    default:
        *why = "playback: 0 pause, 1 resume, 2 seek, 3 speed";
        rc = OC_ERR_RANGE;
    }
    v->scan_us = 0;
    return rc;
}

/* ---- as a source ---- */

int oc_viewers_play_next(oc_viewers_view_t *view, oc_msg_t *out) {
    int rc = oc_source_play_ops.next(&view->player->source, out);
    out->ref |= rc == OC_OK ? OC_VIEWERS_PLAY_REF : 0;
    return rc;
}

void oc_viewers_play_take(oc_viewers_view_t *view, uint64_t ref) {
    oc_source_play_ops.take(&view->player->source, ref & ~OC_VIEWERS_PLAY_REF);
}

int oc_viewers_play_bytes(oc_viewers_view_t *view, uint64_t ref, uint32_t offset, uint32_t len,
                          oc_span_t *parts, unsigned max) {
    return oc_source_play_ops.bytes(&view->player->source, ref & ~OC_VIEWERS_PLAY_REF, offset, len,
                                    parts, max);
}

void oc_viewers_play_done(oc_viewers_view_t *view, uint64_t ref, int how) {
    oc_source_play_ops.done(&view->player->source, ref & ~OC_VIEWERS_PLAY_REF, how);
}

uint64_t oc_viewers_play_queued(const oc_viewers_view_t *view) {
    return oc_source_play_queued(&view->player->source);
}
