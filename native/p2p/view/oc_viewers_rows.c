/* Published rows (oc_viewers_impl.h). */
#include "oc_viewers_calls.h"

#define US_PER_S 1000000

static void split(uint64_t value, uint32_t *lo, uint32_t *hi) {
    *lo = (uint32_t)value;
    *hi = (uint32_t)(value >> 32);
}

static uint32_t narrow(uint64_t value) {
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static uint32_t word_of(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void fill_path(oc_session_row_t *row, const oc_path_t *path) {
    const uint8_t *ip = path->remote.ip;
    row->family = path->remote.family;
    row->port = path->remote.port;
    row->ip0 = word_of(ip);
    if (path->remote.family == 6) {
        row->ip1 = word_of(ip + 4);
        row->ip2 = word_of(ip + 8);
        row->ip3 = word_of(ip + 12);
    }
    row->relayed = path->via != 0;
}

void oc_viewers_publish_session(oc_viewers_t *v, const oc_viewers_session_t *s) {
    oc_session_row_t row = {0};
    uint32_t words[OC_SESSION_ROW_WORDS];
    oc_peer_stats_t stats;
    if (s->id && !s->over) {
        row.session = s->id;
        row.state = s->state;
        row.views = s->views;
        row.login = s->login;
        row.uptime_s = (uint32_t)((v->now_us - s->begun_us) / US_PER_S);
        if (v->hub && oc_hub_peer_stats(v->hub, s->id, &stats) == OC_OK) {
            fill_path(&row, &stats.path);
            row.rtt_us = stats.send.srtt_us ? stats.send.srtt_us : stats.rtt_us;
        }
    }
    memcpy(words, &row, sizeof words);
    oc_table_write(&v->session_table[s - v->session], words);
}

static void fill_flow(oc_viewers_view_t *view, oc_view_row_t *row) {
    oc_viewers_t *v = view->owner;
    const oc_peer_t *peer = oc_viewers_peer(view);
    oc_send_stream_stats_t stream;
    oc_peer_stats_t stats;
    if (peer && oc_peer_channel_stats(peer, view->sid, &stream, v->now_us) == OC_OK) {
        oc_view_meter_step(&view->meter, stream.sent_bytes, stream.acked_bytes, v->now_us);
        view->sent = stream.sent_bytes;
    }
    row->queued = narrow(oc_viewers_queued(view));
    row->inst_rate = view->meter.inst_rate;
    row->acked_rate = oc_view_meter_acked(&view->meter, v->now_us);
    split(view->meter.acked, &row->acked_lo, &row->acked_hi);
    if (peer && oc_hub_peer_stats(v->hub, view->session->id, &stats) == OC_OK) {
        row->rtt_us = stats.send.srtt_us ? stats.send.srtt_us : stats.rtt_us;
        row->loss_ppm = stats.send.loss_ppm;
        row->cwnd = stats.send.cwnd;
        row->pacing_rate = narrow(stats.send.pacing_bps / 8);
    }
}

static void fill_live(const oc_viewers_view_t *view, oc_view_row_t *row) {
    row->drop_ring = narrow(view->ring.overtaken);
    row->drop_tracks = narrow(view->ring.useless);
    row->drop_watermark = view->drop_watermark;
    row->drop_report = view->drop_report;
    row->jumps = view->ring.jumps;
    row->key_requests = view->key_requests;
    row->held = (view->mark.held ? OC_VIEW_HELD_HIGH : 0) |
                (view->ring.paused || view->ring.pausing ? OC_VIEW_HELD_REPORT : 0);
}

void oc_viewers_publish_view(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    uint32_t words[OC_VIEW_ROW_WORDS];
    oc_view_row_t row = {.view = (uint32_t)view->number,
                         .session = view->session->id,
                         .state = view->state,
                         .kind = view->kind,
                         .id = view->sid,
                         .channel = view->channel,
                         .stream = view->stream,
                         .abandoned = view->abandoned,
                         .watermark = view->mark.above,
                         .low = view->mark.low,
                         .warn = view->mark.warn,
                         .high = view->mark.high,
                         .drop_received = view->drop_received};
    if (view->closed) {
        oc_viewers_publish_gone(v, view->number);
        return;
    }
    split(view->received, &row.received_lo, &row.received_hi);
    if (view->state != OC_VIEW_ASKED)
        fill_flow(view, &row);
    if (view->kind == OC_VIEW_LIVE) {
        fill_live(view, &row);
        oc_viewers_live_measure(view, &row);
    } else if (view->mark.held)
        row.held = OC_VIEW_HELD_HIGH;
    memcpy(words, &row, sizeof words);
    oc_table_write(&v->view_table[view->number % OC_VIEWS_MAX], words);
}

void oc_viewers_publish_gone(oc_viewers_t *v, int32_t number) {
    static const uint32_t none[OC_VIEW_ROW_WORDS];
    oc_table_write(&v->view_table[number % OC_VIEWS_MAX], none);
}

bool oc_viewers_publish_all(oc_viewers_t *v) {
    bool flows = false;
    for (unsigned i = 0; i < v->config.sessions; i++) {
        oc_viewers_session_t *s = &v->session[i];
        if (!s->id || s->over)
            continue;
        oc_viewers_publish_session(v, s);
        for (oc_viewers_view_t *view = s->first; view; view = view->next) {
            if (view->closed || view->state == OC_VIEW_ASKED)
                continue;
            oc_viewers_publish_view(view);
            flows |= view->meter.inst_rate || oc_view_meter_acked(&view->meter, v->now_us) ||
                     oc_viewers_queued(view);
        }
    }
    return flows;
}

const oc_table_t *oc_viewers_session_table(const oc_viewers_t *v, unsigned index) {
    return index < OC_SESSIONS_MAX ? &v->session_table[index] : NULL;
}

const oc_table_t *oc_viewers_view_table(const oc_viewers_t *v, unsigned index) {
    return index < OC_VIEWS_MAX ? &v->view_table[index] : NULL;
}
