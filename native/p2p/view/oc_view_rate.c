/* oc_view_rate - see the header. Evidence has two grades. A queue that stood all through a window,
 * or frames that were lost, say what the path delivers: that is what it bears. A round trip that
 * has grown says only that it is less than before, and makes nobody hopeless: the stream may have
 * been far below its rate. */
#include "oc_view_rate.h"

#include <stddef.h>
#include <string.h>

#include "oc_err.h"

#define SECOND_US      1000000
#define RTT_SPAN_US    (10 * SECOND_US) /* the least round trip of this and the span before count */
#define NEAR_US        (30 * SECOND_US) /* the rate of the last fall is remembered so long */
#define DRAIN_US       (3 * SECOND_US / 2) /* after a fall, before more than that is needed */
#define BELOW_FLOOR_AT 2                   /* judgements under the floor in a row */
#define LONG_AGO       (INT64_MIN / 2)

int oc_view_rate_init(oc_view_rate_t *rate, const oc_view_rate_config_t *config) {
    if (config->control > OC_VIEW_RATE_FIXED || !config->floor_bps ||
        config->ceiling_bps < config->floor_bps)
        return OC_ERR_RANGE;
    *rate = (oc_view_rate_t){.config = *config,
                             .target_bps = config->ceiling_bps,
                             .announced_bps = config->ceiling_bps,
                             .up_us = LONG_AGO,
                             .key_us = LONG_AGO};
    if (!rate->config.hold_us)
        rate->config.hold_us = OC_VIEW_RATE_HOLD_US;
    return OC_OK;
}

static uint32_t scale(uint64_t value, uint64_t by, uint64_t of) {
    uint64_t n = value * by / of;
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* ---- the stream ---- */

/* What all viewers bear that are not hopeless. */
static uint32_t expected(const oc_view_rate_t *rate) {
    uint32_t least = rate->config.ceiling_bps;
    bool below_floor = false, others = false;
    for (const oc_view_rate_viewer_t *v = rate->first; v; v = v->next) {
        below_floor |= v->below_floor;
        others |= !v->below_floor;
        if (!v->below_floor && v->able_bps < least)
            least = v->able_bps;
    }
    if (below_floor && !others)
        return rate->config.floor_bps;
    return least < rate->config.floor_bps ? rate->config.floor_bps : least;
}

/* Tells a new target, unless it is nearly what was told, or too soon after a rise. */
static void aim(oc_view_rate_t *rate, int64_t now_us) {
    rate->target_bps = expected(rate);
    uint32_t target = rate->target_bps, notified = rate->announced_bps;
    bool down = target < scale(notified, 95, 100) ||
                (target < notified && target == rate->config.floor_bps);
    bool top = target == rate->config.ceiling_bps || !rate->first;
    bool up = target > notified && (top || target >= scale(notified, 110, 100)) &&
              (!rate->first || now_us - rate->up_us >= OC_VIEW_RATE_UP_US);
    if (!down && !up)
        return;
    if (up)
        rate->up_us = now_us;
    rate->announced_bps = target;
    if (rate->config.control == OC_VIEW_RATE_BITRATE)
        rate->what |= OC_VIEW_RATE_SET_BITRATE;
}

void oc_view_rate_tune(oc_view_rate_t *rate, uint32_t floor_bps, uint32_t hold_us, int64_t now_us) {
    rate->config.floor_bps = floor_bps;
    rate->config.hold_us = hold_us ? hold_us : OC_VIEW_RATE_HOLD_US;
    aim(rate, now_us);
}

void oc_view_rate_key_packet(oc_view_rate_t *rate, int64_t now_us) {
    rate->key_us = now_us;
    for (oc_view_rate_viewer_t *v = rate->first; v; v = v->next)
        v->wants_key = false;
}

/* ---- a viewer ---- */

static void begin_again(oc_view_rate_viewer_t *v, int64_t now_us) {
    v->begun = false;
    v->settle_us = now_us + OC_VIEW_RATE_SETTLE_US;
}

void oc_view_rate_join(oc_view_rate_t *rate, oc_view_rate_viewer_t *viewer, int64_t now_us) {
    *viewer = (oc_view_rate_viewer_t){
        .next = rate->first, .able_bps = rate->target_bps, .fell_us = LONG_AGO};
    viewer->rtt_since_us = now_us;
    begin_again(viewer, now_us);
    rate->first = viewer;
}

void oc_view_rate_leave(oc_view_rate_t *rate, oc_view_rate_viewer_t *viewer, int64_t now_us) {
    oc_view_rate_viewer_t **at = &rate->first;
    while (*at && *at != viewer)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = viewer->next;
    viewer->next = NULL;
    aim(rate, now_us);
}

static uint32_t lesser(uint32_t a, uint32_t b) {
    return !a || (b && b < a) ? b : a;
}

static uint32_t base_rtt(const oc_view_rate_viewer_t *v) {
    return lesser(v->least_rtt_us, v->before_rtt_us);
}

static void note_rtt(oc_view_rate_viewer_t *v, uint32_t rtt_us, int64_t now_us) {
    if (now_us - v->rtt_since_us >= RTT_SPAN_US) {
        v->before_rtt_us = v->least_rtt_us;
        v->least_rtt_us = 0;
        v->rtt_since_us = now_us;
    }
    v->least_rtt_us = lesser(v->least_rtt_us, rtt_us);
    v->window_rtt_us = lesser(v->window_rtt_us, rtt_us);
}

static void begin_window(oc_view_rate_viewer_t *v, const oc_view_rate_sample_t *s, int64_t now_us) {
    v->begun = true;
    v->window_us = now_us;
    v->window_rtt_us = 0;
    v->window_queue = s->queued_bytes;
    v->window_acked = s->acked_bytes;
    v->window_dropped = s->dropped;
}

static bool queue_stood(const oc_view_rate_viewer_t *v, uint32_t delivered_bps) {
    if (!v->window_queue)
        return false;
    if (!delivered_bps)
        return true;
    return v->window_queue * 8 * SECOND_US / delivered_bps >
           base_rtt(v) + (uint64_t)OC_VIEW_RATE_STANDING_US;
}

static bool rtt_grew(const oc_view_rate_viewer_t *v) {
    uint32_t base = base_rtt(v);
    return v->window_rtt_us && v->window_rtt_us > base + base / 4 + OC_VIEW_RATE_GROWTH_US;
}

/* What is left after a fall. Of a queue that still stands although less is made than delivered the
 * rest is drained faster, by half of the path at most; the floor is given up only by a path that
 * does not deliver it. In one judgement not below a quarter, or a half when nothing came at all. */
static uint32_t fallen(const oc_view_rate_t *rate, const oc_view_rate_viewer_t *v,
                       uint32_t delivered_bps, int64_t now_us) {
    uint32_t kept = scale(delivered_bps, OC_VIEW_RATE_KEPT, 100);
    uint32_t least = v->able_bps / (delivered_bps ? 4 : 2);
    if (kept >= v->able_bps && !v->below_floor) {
        if (now_us - v->fell_us < DRAIN_US)
            return v->able_bps;
        uint32_t floor = kept < rate->config.floor_bps ? kept : rate->config.floor_bps;
        kept = scale(v->able_bps, OC_VIEW_RATE_KEPT, 100);
        least = delivered_bps / 2 > floor ? delivered_bps / 2 : floor;
        least = least < v->able_bps ? least : v->able_bps;
    }
    return kept > least ? kept : least;
}

static void fall(oc_view_rate_t *rate, oc_view_rate_viewer_t *v, uint32_t able_bps,
                 uint32_t limit_bps, int64_t now_us) {
    uint32_t least = rate->config.floor_bps / 4 + 1;
    v->limit_bps = limit_bps;
    if (able_bps != v->able_bps)
        v->fell_us = now_us;
    v->able_bps = able_bps > least ? able_bps : least;
}

static void rise(oc_view_rate_t *rate, oc_view_rate_viewer_t *v, uint32_t delivered_bps,
                 int64_t took_us, int64_t now_us) {
    const oc_view_rate_config_t *c = &rate->config;
    uint32_t top = scale(rate->target_bps, 3, 2);
    unsigned percent = v->below_floor ? 3 * OC_VIEW_RATE_RISE : OC_VIEW_RATE_RISE;
    top = top < c->ceiling_bps ? top : c->ceiling_bps;
    if (now_us - v->fell_us < c->hold_us || v->able_bps >= top ||
        delivered_bps < v->able_bps / 3) /* nothing was tried */
        return;
    bool near =
        v->able_bps > scale(v->limit_bps, 9, 10) && v->able_bps < scale(v->limit_bps, 13, 10);
    if (near && now_us - v->fell_us < NEAR_US)
        percent /= 4;
    uint32_t more = v->able_bps + scale((uint64_t)v->able_bps * percent, (uint64_t)took_us,
                                        100 * (uint64_t)SECOND_US);
    v->able_bps = more < top ? more : top;
}

static void judge_hope(const oc_view_rate_t *rate, oc_view_rate_viewer_t *v) {
    uint32_t floor = rate->config.floor_bps;
    if (v->able_bps >= floor)
        v->below = 0;
    else if (v->below < BELOW_FLOOR_AT)
        v->below++;
    if (v->below == BELOW_FLOOR_AT)
        v->below_floor = true;
    else if (v->able_bps >= scale(floor, 110, 100))
        v->below_floor = false;
}

static void judge(oc_view_rate_t *rate, oc_view_rate_viewer_t *v, const oc_view_rate_sample_t *s,
                  int64_t now_us) {
    int64_t took_us = now_us - v->window_us;
    uint32_t delivered =
        scale((s->acked_bytes - v->window_acked) * 8, SECOND_US, (uint64_t)took_us);
    bool stood = queue_stood(v, delivered) || s->dropped != v->window_dropped, grew = rtt_grew(v);
    v->congested = stood || grew;
    if (stood)
        fall(rate, v, fallen(rate, v, delivered, now_us), delivered, now_us);
    else if (grew && v->able_bps > rate->config.floor_bps) {
        uint32_t able = scale(v->able_bps, OC_VIEW_RATE_KEPT, 100);
        fall(rate, v, able > rate->config.floor_bps ? able : rate->config.floor_bps, able, now_us);
    } else if (!grew)
        rise(rate, v, delivered, took_us, now_us);
    judge_hope(rate, v);
    aim(rate, now_us);
}

void oc_view_rate_report(oc_view_rate_t *rate, oc_view_rate_viewer_t *viewer,
                         const oc_view_rate_sample_t *sample, int64_t now_us) {
    oc_view_rate_viewer_t *v = viewer;
    if (sample->paused || v->paused)
        begin_again(v, now_us);
    v->paused = sample->paused;
    if (now_us < v->settle_us)
        return;
    if (!v->begun)
        begin_window(v, sample, now_us);
    if (sample->rtt_us)
        note_rtt(v, sample->rtt_us, now_us);
    if (sample->queued_bytes < v->window_queue)
        v->window_queue = sample->queued_bytes;
    int64_t window_us = OC_VIEW_RATE_WINDOW_US, rtts_us = 2 * (int64_t)base_rtt(v);
    if (now_us - v->window_us < (window_us > rtts_us ? window_us : rtts_us))
        return;
    judge(rate, v, sample, now_us);
    begin_window(v, sample, now_us);
}

/* ---- key frames ---- */

void oc_view_rate_want_key(oc_view_rate_t *rate, oc_view_rate_viewer_t *viewer, int64_t now_us) {
    (void)rate;
    (void)now_us;
    viewer->wants_key = true;
}

/* When a key frame may be asked for; INT64_MAX nobody wants one. A key frame is many times as large
 * as others: while a path is congested it comes more seldom. */
static int64_t key_due(const oc_view_rate_t *rate) {
    bool requested_key = false, busy = false;
    for (const oc_view_rate_viewer_t *v = rate->first; v; v = v->next) {
        requested_key |= v->wants_key;
        busy |= v->congested || v->below_floor;
    }
    if (!requested_key)
        return INT64_MAX;
    return rate->key_us + (busy ? OC_VIEW_RATE_KEY_BUSY_US : OC_VIEW_RATE_KEY_US);
}

int oc_view_rate_poll(oc_view_rate_t *rate, int64_t now_us, oc_view_rate_decision_t *out) {
    if (key_due(rate) <= now_us) {
        rate->key_us = now_us;
        rate->what |= OC_VIEW_RATE_REQUEST_KEY;
    }
    if (!rate->what)
        return OC_AGAIN;
    *out = (oc_view_rate_decision_t){rate->what, rate->announced_bps};
    rate->what = 0;
    return OC_OK;
}

int64_t oc_view_rate_next_deadline(const oc_view_rate_t *rate) {
    return rate->what ? 0 : key_due(rate);
}
