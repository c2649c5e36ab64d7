#include "p2p_foreign.h"

#include <stdio.h>
#include "oc_dtls_split.h"
#include "oc_stun.h"

#define REQUEST  0x0001
#define RESPONSE 0x0101

static unsigned stun_type(const uint8_t *data, size_t len) {
    return len >= 20 && data[0] < 4 ? (unsigned)data[0] << 8 | data[1] : 0;
}

/* The first handshake message in it; 0: none in the clear. */
static unsigned message_of(const uint8_t *data, size_t len) {
    oc_span_t rest = oc_span(data, len);
    oc_dtls_view_t view;
    if (!oc_dtls_split_next(&rest, &view) || view.epoch || view.type != OC_DTLS_HANDSHAKE)
        return 0;
    return view.body.data[0];
}

static bool uses_candidate(const uint8_t *data, size_t len) {
    oc_stun_msg_t msg;
    return oc_stun_parse(oc_span(data, len), &msg) == OC_OK &&
           OC_STUN_HAS(&msg, OC_STUN_F_USE_CANDIDATE);
}

/* Whether the foreign peer sends this at all. */
static bool would_send(foreign_t *f, int64_t now, const uint8_t *data, size_t len) {
    if (stun_type(data, len) == REQUEST) {
        bool use = uses_candidate(data, len);
        bool requested = f->requested_us && now >= f->requested_us && f->requested_us > f->check_us;
        bool first = !f->check_us || (use && !f->used);
        if (!first && now - f->check_us < FOREIGN_CHECK_US && !(requested && !f->answered_us))
            return false;
        f->check_us = now;
        f->used = f->used || use;
    } else if (message_of(data, len) == OC_DTLS_SERVER_HELLO) {
        if (f->flight_us && now - f->flight_us < FOREIGN_FLIGHT_US)
            return false;
        f->flight_us = now;
    }
    return true;
}

/* Whether it takes what arrives. */
static bool would_take(foreign_t *f, int64_t at, const uint8_t *data, size_t len) {
    if (stun_type(data, len) == REQUEST && f->requested_us <= f->check_us)
        f->requested_us = at + FOREIGN_PACE_US;
    if (stun_type(data, len) == RESPONSE && !f->answered_us)
        f->answered_us = at;
    bool dtls = len && data[0] >= 20 && data[0] < 64;
    return !dtls || (f->answered_us && at >= f->answered_us + FOREIGN_READY_US);
}

static void print(const foreign_t *f, int64_t now, bool from_a, const uint8_t *data, size_t len,
                  const char *fate) {
    long long tenths = (long long)(now - f->start_us) / 100; /* no floating point: Xtensa */
    if (f->print)
        printf("%6lld.%lld %s %3u %3u %4zu bytes%s\n", tenths / 10, tenths % 10,
               from_a ? "offering " : "answering", data[0], message_of(data, len), len, fate);
}

static bool tap(world_t *world, const world_hub_t *from, const oc_path_t *to, uint8_t *data,
                size_t *len) {
    foreign_t *f = world->tap_context;
    bool from_a = from == &world->hub[0];
    (void)to;
    if (f->foreign && from_a && !would_send(f, world->now_us, data, *len))
        return false;
    bool lost = oc_sim_net_draw(world->net, 1000000) < f->loss_ppm;
    if (lost && from_a && message_of(data, *len) == OC_DTLS_SERVER_HELLO)
        f->flights_lost++;
    bool taken =
        lost || from_a || !f->foreign || would_take(f, world->now_us + f->delay_us, data, *len);
    print(f, world->now_us, from_a, data, *len, lost ? " lost" : taken ? "" : " too early");
    return !lost && taken;
}

int64_t foreign_connect(foreign_t *f, uint64_t seed) {
    static pair_t p;
    *f = (foreign_t){.foreign = f->foreign,
                     .print = f->print,
                     .plain = f->plain,
                     .loss_ppm = f->loss_ppm,
                     .delay_us = f->delay_us};
    pair_begin(&p, seed, (oc_sim_link_t){.delay_us = f->delay_us, .mtu = 1472});
    p.world->tap = tap;
    p.world->tap_context = f;
    p.world->edit = f->plain ? world_without_snap : NULL;
    f->start_us = p.world->now_us;
    bool up = pair_connect(&p, 20);
    int64_t us = up ? p.world->now_us - f->start_us : -1;
    pair_end(&p);
    return us;
}
