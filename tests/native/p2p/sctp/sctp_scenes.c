#include "sctp_scenes.h"
#include <string.h>

#define SECOND    INT64_C(1000000)
#define WINDOW    (4u << 20)
#define MTU       1132 /* 1,200 bytes of UDP payload less a record of DTLS and TURN */
#define VIDEO_FPS 30
#define LATE_MAX  20000 /* tenths of a millisecond: 2 s */

typedef struct rig {
    net_t net;
    net_link_t there, back;
    flow_t flow;
} rig_t;

static flow_config_t config(oc_cc_kind_t cc) {
    return (flow_config_t){.send = {.outstanding = 8192, .streams = 4, .cc = cc},
                           .first_tsn = 1,
                           .window = WINDOW,
                           .mtu = MTU,
                           .rtt_us = SCENE_RTT_US};
}

static void wires(rig_t *r, uint64_t seed, double loss) {
    net_init(&r->net, seed);
    r->there = r->back = (net_link_t){
        .net = &r->net, .delay_us = SCENE_RTT_US / 2, .loss_ppm = (uint32_t)(loss * 1e6 + 0.5)};
}

static void open_bulk(flow_t *f, rig_t *r, const flow_config_t *c) {
    flow_open(f, &r->net, &r->there, &r->back, c);
    f->source[0].bulk = 16384;
    flow_stream(f, 0, OC_SEND_MEDIA, false);
    flow_run(f);
}

/* Reads the figures and takes the rig down. */
static void finish(rig_t *r, scene_t *out, uint64_t *again, uint64_t *lost) {
    oc_send_stats_t st;
    oc_send_stats(r->flow.send, &st, r->net.now);
    *again += st.retransmitted;
    *lost += r->there.lost;
    out->again_per_lost = *lost ? (double)*again / (double)*lost : 0;
    out->lost = (double)r->there.lost / (double)r->there.sent;
    out->timeouts += st.timeouts;
    out->wrong += r->flow.rx.wrong;
    out->mbytes_per_s = (double)r->flow.rx.bytes / (double)r->net.now;
    out->wait_p50 = net_wait_ms(&r->there, 50);
    out->wait_p95 = net_wait_ms(&r->there, 95);
    out->wait_p99 = net_wait_ms(&r->there, 99);
    flow_free(&r->flow);
    net_free(&r->net);
}

scene_t scene_bulk(oc_cc_kind_t cc, double loss, uint32_t window, int seconds, uint64_t seed) {
    static rig_t r;
    scene_t out = {0};
    uint64_t again = 0, lost = 0;
    flow_config_t c = config(cc);
    c.window = window;
    wires(&r, seed, loss);
    r.there.rate = 34000000;
    r.there.queue = 1 << 20;
    open_bulk(&r.flow, &r, &c);
    net_run(&r.net, seconds * SECOND);
    finish(&r, &out, &again, &lost);
    return out;
}

typedef struct late {
    uint64_t count[LATE_MAX + 1];
    uint64_t all, made;
    net_t *net;
} late_t;

static void delivered(void *ctx, uint16_t sid, uint32_t ppid, int64_t made_us, uint32_t len) {
    late_t *late = ctx;
    int64_t tenths = (late->net->now - made_us) / 100;
    late->count[tenths < LATE_MAX ? tenths : LATE_MAX]++;
    late->all++;
}

static double percentile(const late_t *late, double percent) {
    uint64_t sum = 0;
    for (unsigned i = 0; i <= LATE_MAX; i++) {
        sum += late->count[i];
        if ((double)sum >= percent / 100 * (double)late->all)
            return i / 10.0;
    }
    return LATE_MAX / 10.0;
}

typedef struct camera {
    flow_t *flow;
    unsigned frame;
    int64_t until;
    late_t *late;
} camera_t;

static void frame(void *ctx, net_packet_t *packet) {
    camera_t *v = ctx;
    net_t *net = v->flow->net;
    net_release(net, packet);
    if (net->now >= v->until)
        return;
    flow_message(v->flow, 0, v->frame % 60 ? 8192 : 49152, v->frame % 60 == 0, 0);
    v->late->made++;
    v->frame++;
    net_post(net, net->now + SECOND / VIDEO_FPS, frame, v, net_packet(net));
}

static void open_video(rig_t *r, camera_t *v, const flow_config_t *c) {
    flow_open(&r->flow, &r->net, &r->there, &r->back, c);
    v->flow = &r->flow;
    v->late->net = &r->net;
    r->flow.delivered = delivered;
    r->flow.delivered_ctx = v->late;
    flow_stream(&r->flow, 0, OC_SEND_MEDIA, false);
    net_post(&r->net, 1000, frame, v, net_packet(&r->net));
}

static void latency(const late_t *late, scene_t *out) {
    out->p50 = percentile(late, 50);
    out->p95 = percentile(late, 95);
    out->p99 = percentile(late, 99);
    out->p999 = percentile(late, 99.9);
    out->maximum = percentile(late, 100);
    out->frames = late->all;
    out->made = late->made;
}

scene_t scene_video(oc_cc_kind_t cc, double loss, int first, int seeds, int seconds) {
    static rig_t r;
    static late_t late;
    scene_t out = {0};
    uint64_t again = 0, lost = 0;
    flow_config_t c = config(cc);
    memset(&late, 0, sizeof late);
    for (int seed = first; seed < first + seeds; seed++) {
        camera_t v = {.until = seconds * SECOND, .late = &late};
        wires(&r, (uint64_t)seed, loss);
        open_video(&r, &v, &c);
        net_run(&r.net, (seconds + 2) * SECOND);
        finish(&r, &out, &again, &lost);
    }
    latency(&late, &out);
    return out;
}

scene_t scene_queue(oc_cc_kind_t cc, bool video, int seconds) {
    static rig_t r;
    static late_t late;
    scene_t out = {0};
    uint64_t again = 0, lost = 0;
    flow_config_t c = config(cc);
    camera_t v = {.until = seconds * SECOND, .late = &late};
    memset(&late, 0, sizeof late);
    wires(&r, 5, 0);
    r.there.rate = 3000000 / 8;
    r.there.queue = (uint32_t)(r.there.rate * 300 / 1000);
    if (video)
        open_video(&r, &v, &c);
    else
        open_bulk(&r.flow, &r, &c);
    net_run(&r.net, seconds * SECOND);
    finish(&r, &out, &again, &lost);
    latency(&late, &out);
    return out;
}

static uint64_t rival_bytes(const tcp_t *tcp, const flow_t *other, bool is_tcp) {
    return is_tcp ? tcp->acked * TCP_PACKET : other->rx.bytes;
}

scene_t scene_fair(oc_cc_kind_t cc, scene_rival_t rival, int queue_ms, bool first, int seconds,
                   uint64_t seed) {
    return scene_fair_at(cc, rival, SCENE_RTT_US / 1000, queue_ms, first, seconds, seed);
}

scene_t scene_fair_at(oc_cc_kind_t cc, scene_rival_t rival, int rtt_ms, int queue_ms, bool first,
                      int seconds, uint64_t seed) {
    static rig_t r;
    static flow_t other;
    static tcp_t tcp;
    scene_t out = {0};
    flow_config_t c = config(cc), its = config(rival == SCENE_SCTP_RENO ? OC_CC_NEWRENO : cc);
    bool is_tcp = rival == SCENE_CUBIC || rival == SCENE_RENO;
    uint64_t again = 0, lost = 0, mine_bytes, its_bytes;
    wires(&r, seed, 0);
    r.there.delay_us = r.back.delay_us = rtt_ms * 500;
    c.rtt_us = its.rtt_us = (uint32_t)rtt_ms * 1000;
    r.there.rate = 10000000 / 8;
    r.there.queue = (uint32_t)(r.there.rate * (unsigned)queue_ms / 1000);
    for (int i = 0; i < 2; i++) {
        net_run(&r.net, r.net.now + SECOND * 7 / 10 + (int64_t)seed * 1000);
        if ((i == 0) == first)
            open_bulk(&r.flow, &r, &c);
        else if (is_tcp)
            tcp_open(&tcp, &r.net, &r.there, &r.back, rival == SCENE_CUBIC);
        else
            open_bulk(&other, &r, &its);
    }
    net_run(&r.net, 10 * SECOND);
    mine_bytes = r.flow.rx.bytes;
    its_bytes = rival_bytes(&tcp, &other, is_tcp);
    net_run(&r.net, seconds * SECOND);
    mine_bytes = r.flow.rx.bytes - mine_bytes;
    its_bytes = rival_bytes(&tcp, &other, is_tcp) - its_bytes;
    out.ratio = (double)mine_bytes / (double)its_bytes;
    out.mine_mbit = (double)mine_bytes * 8 / 1e6 / (seconds - 10);
    out.its_mbit = (double)its_bytes * 8 / 1e6 / (seconds - 10);
    if (!is_tcp) {
        out.wrong += other.rx.wrong;
        flow_free(&other);
    }
    finish(&r, &out, &again, &lost);
    return out;
}
