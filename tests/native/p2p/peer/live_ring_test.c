/* A live channel out of a ring over the whole path, in virtual time: every message that arrives is
 * whole and right, and after a gap it goes on with a key packet, whatever the network does and
 * however often the ring wraps meanwhile. [B3] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_source_ring.h"
#include "p2p_pair.h"

#define PAYLOAD  (256 * 1024) /* of the ring: some 2.4 s */
#define GOP      30
#define KEY      20000
#define LARGE    300000 /* of a key picture that is larger than any message may be */
#define PICTURE  3000
#define FRAME_US 33333
#define TICKS    3000 /* of 90,000 per second */

typedef struct rig {
    pair_t pair;
    void *memory;
    oc_ring_t *ring;
    oc_source_scratch_t scratch;
    oc_source_feed_t feed;
    oc_source_ring_t source;
    oc_hub_peer_t viewer; /* the camera's number of it; 0 = no channel yet */
    uint16_t sid, config_id;
    unsigned pushed;
    uint32_t key, piece; /* bytes: of a key picture, of a message at most */
    uint8_t message[LARGE + 1024];
    uint32_t have; /* of the packet whose pieces come */
    unsigned pieces, closed, stranded;
    int64_t pushed_us[4096], latest_us; /* of each packet; of the slowest key packet, on its way */
    unsigned received, gaps, last; /* the viewer: whole packets, in how many pieces, the last one */
    unsigned dropped;
} rig_t;

static rig_t rig;

static uint32_t payload_of(unsigned nth) {
    return nth % GOP ? PICTURE + nth % 7 : rig.key + nth % 7;
}

static uint8_t byte_of(unsigned nth, uint32_t i) {
    return (uint8_t)(nth * 31 + i * 7 + (i >> 8));
}

static void make_ring(uint32_t payload) {
    oc_ring_plan_t plan = {.bytes = payload, .bitrate_bps = 1000000, .packets_per_s = 30};
    oc_track_t track = {.codec = OC_CODEC_H264, .timescale = 90000, .width = 640, .height = 360};
    static const uint8_t avcc[] = {1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0,
                                   2, 0x67, 0x42, 1,    0,    1,    0x68};
    oc_ring_size_t size;
    memcpy(track.config, avcc, sizeof avcc);
    track.config_len = sizeof avcc;
    assert_int_equal(oc_ring_plan(&plan, &size, NULL, 0), OC_OK);
    rig.memory = aligned_alloc(16, (size.total_bytes + 15) / 16 * 16);
    assert_non_null(rig.memory);
    rig.ring = oc_ring_init(rig.memory, NULL, &plan, &size);
    assert_non_null(rig.ring);
    rig.config_id = (uint16_t)oc_ring_set_track(rig.ring, 0, &track);
    oc_source_feed_init(&rig.feed, rig.ring, &rig.scratch);
}

static void push_one(void) {
    static uint8_t bytes[LARGE + 8];
    uint32_t len = payload_of(rig.pushed);
    for (uint32_t i = 0; i < len; i++)
        bytes[i] = byte_of(rig.pushed, i);
    oc_packet_t packet = {.data = bytes,
                          .len_bytes = len,
                          .dts = (int64_t)rig.pushed * TICKS,
                          .duration = TICKS,
                          .config_id = rig.config_id,
                          .key = rig.pushed % GOP == 0};
    assert_int_equal(oc_ring_push(rig.ring, &packet), OC_OK);
    rig.pushed_us[rig.pushed] = rig.pair.world ? rig.pair.world->now_us : 0;
    rig.pushed++;
    if (rig.viewer && oc_source_ring_look(&rig.source) == OC_SOURCE_RING_READY) {
        oc_peer_t *peer = oc_hub_peer(rig.pair.b->hub, rig.viewer);
        if (peer)
            oc_peer_kick(peer, rig.sid);
    }
    world_settle(rig.pair.world);
}

static void camera_event(world_hub_t *self, oc_hub_event_t *event) {
    oc_peer_t *peer = oc_hub_peer(self->hub, event->id);
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    if (event->peer.kind == OC_PEER_EVENT_UP)
        rig.pair.camera.up++;
    if (event->peer.kind == OC_PEER_EVENT_DROPPED)
        rig.dropped += event->peer.messages;
    if (event->peer.kind != OC_PEER_EVENT_CHANNEL)
        return;
    oc_peer_channel_config_t config = {
        .ops = &oc_source_ring_ops, .context = &rig.source, .partial = true};
    oc_source_ring_init(&rig.source, &rig.feed, NULL, rig.piece);
    assert_int_equal(oc_source_ring_begin(&rig.source), OC_OK);
    assert_int_equal(oc_peer_accept(peer, event->peer.sid, &config), OC_OK);
    rig.viewer = event->id;
    rig.sid = event->peer.sid;
}

static uint32_t number(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* What is sent after a gap begins with a key packet, the newest one. Packets of older GOPs that had
 * arrived whole when one before them was given up are delivered all the same (RFC 3758 3.6): the
 * viewer sees by their times that something is missing. */
static void check_gap(unsigned nth) {
    unsigned newest = (rig.pushed - 1) / GOP * GOP;
    assert_true(rig.received == 0 || nth > rig.last);
    if (nth % GOP == 0) {
        rig.gaps++;
        return;
    }
    assert_true(rig.received > 0 && nth < newest);
    rig.stranded++;
}

/* One message is one packet, moof and mdat, or a piece of a large one. */
static void check_message(const oc_peer_event_t *event) {
    const uint8_t *m = rig.message;
    assert_true(event->len <= rig.piece && rig.have + event->len <= sizeof rig.message);
    assert_int_equal(oc_peer_message_copy(event, 0, rig.message + rig.have, event->len),
                     event->len);
    rig.have += (uint32_t)event->len;
    unsigned nth = number(m + 20) - 1;
    if (rig.have < OC_SOURCE_FEED_HEAD + payload_of(nth)) {
        rig.pieces++;
        return;
    }
    assert_int_equal(rig.have, OC_SOURCE_FEED_HEAD + payload_of(nth));
    rig.have = 0;
    assert_int_equal(number(m + 64), nth * TICKS);
    for (uint32_t i = 0; i < payload_of(nth); i++)
        if (m[OC_SOURCE_FEED_HEAD + i] != byte_of(nth, i))
            fail_msg("packet %u: byte %u is another one", nth, (unsigned)i);
    if (rig.received == 0 || nth != rig.last + 1)
        check_gap(nth);
    int64_t took = rig.pair.world->now_us - rig.pushed_us[nth];
    if (nth && nth % GOP == 0 && took > rig.latest_us)
        rig.latest_us = took;
    rig.last = nth;
    rig.received++;
}

static void viewer_event(world_hub_t *self, oc_hub_event_t *event) {
    oc_peer_t *peer = oc_hub_peer(self->hub, event->id);
    oc_peer_channel_config_t config = {0};
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    if (event->peer.kind == OC_PEER_EVENT_UP) {
        rig.pair.viewer.up++;
        assert_true(oc_peer_open(peer, "action=live&channel=0", &config) >= 0);
    }
    rig.closed += event->peer.kind == OC_PEER_EVENT_CLOSED;
    if (event->peer.kind != OC_PEER_EVENT_MESSAGE)
        return;
    check_message(&event->peer);
    oc_peer_message_release(peer, &event->peer);
}

static void begin_as(uint64_t seed, oc_sim_link_t link, uint32_t payload, uint32_t key,
                     uint32_t piece) {
    memset(&rig, 0, sizeof rig);
    oc_hub_config_t config = world_config(2);
    if (piece < 262144)
        config.profile = oc_peer_profile_camera();
    rig.key = key;
    rig.piece = piece;
    make_ring(payload);
    pair_begin_as(&rig.pair, seed, link, &config);
    rig.pair.a->on_event = viewer_event;
    rig.pair.b->on_event = camera_event;
    push_one();
    assert_true(pair_connect(&rig.pair, 10));
}

static void begin(uint64_t seed, oc_sim_link_t link) {
    begin_as(seed, link, PAYLOAD, KEY, 262144);
}

/* So many seconds of the camera. */
static void play(unsigned seconds) {
    for (unsigned i = 0; i < seconds * 30; i++) {
        world_run(rig.pair.world, rig.pair.world->now_us + FRAME_US, NULL, NULL);
        push_one();
    }
}

static void finish(void) {
    assert_true(rig.stranded <= rig.received / 50);
    world_run(rig.pair.world, rig.pair.world->now_us + 3 * SECOND, NULL, NULL);
    pair_end(&rig.pair);
    free(rig.memory);
}

static void test_good_network(void **state) {
    begin(1, (oc_sim_link_t){.delay_us = 20000});
    play(20);
    world_run(rig.pair.world, rig.pair.world->now_us + 3 * SECOND, NULL, NULL);
    assert_int_equal(rig.gaps, 1);
    assert_int_equal(rig.last, rig.pushed - 1);
    assert_int_equal(rig.received, rig.pushed);
    assert_int_equal(rig.dropped, 0);
    assert_int_equal(rig.source.waiting, 0);
    finish();
}

/* Loss, reordering, copies and damage: nothing is missing as long as the ring holds it. */
static void test_bad_network(void **state) {
    for (uint64_t seed = 1; seed <= (OC_TEST_DIVISOR > 1 ? 1 : 3); seed++) {
        begin(seed, (oc_sim_link_t){.delay_us = 20000,
                                    .jitter_us = 5000,
                                    .loss_ppm = 50000,
                                    .duplicate_ppm = 10000,
                                    .corrupt_ppm = 10000,
                                    .reorder_ppm = 20000,
                                    .reorder_us = 30000});
        play(20);
        world_run(rig.pair.world, rig.pair.world->now_us + 3 * SECOND, NULL, NULL);
        assert_int_equal(rig.gaps, 1);
        assert_int_equal(rig.received, rig.pushed);
        finish();
    }
}

/* The ring wraps twice while nothing arrives: what was under way is abandoned whole, and it goes on
 * with the newest key packet. */
static void test_outage(void **state) {
    for (uint64_t seed = 1; seed <= (OC_TEST_DIVISOR > 1 ? 1 : 5); seed++) {
        begin(seed, (oc_sim_link_t){.delay_us = 20000, .loss_ppm = 10000});
        play(5);
        pair_set_link(&rig.pair, (oc_sim_link_t){.down = true});
        play(6);
        pair_set_link(&rig.pair, (oc_sim_link_t){.delay_us = 20000, .loss_ppm = 10000});
        unsigned before = rig.received;
        play(10);
        world_run(rig.pair.world, rig.pair.world->now_us + 3 * SECOND, NULL, NULL);
        assert_true(rig.gaps >= 2 && rig.gaps <= 3 + rig.stranded);
        assert_true(rig.received > before + 200);
        assert_int_equal(rig.last, rig.pushed - 1);
        assert_true(rig.source.jumps >= 1);
        finish();
    }
}

/* Half of the rate that the camera has: overtaken again and again, never a broken picture. */
static void test_narrow_network(void **state) {
    begin(7, (oc_sim_link_t){
                 .delay_us = 30000, .rate_bps = 450000, .queue_bytes = 30000, .overhead = 28});
    play(60);
    assert_true(rig.gaps > 3);
    assert_true(rig.received > rig.pushed / 5 && rig.received < rig.pushed);
    assert_true(rig.source.jumps > 2);
    assert_true(rig.pushed - rig.last < 6 * GOP); /* it does not fall behind for ever */
    finish();
}

/* Narrow and lossy: what is overtaken is often half there. */
static void test_narrow_and_lossy_network(void **state) {
    unsigned stranded = 0;
    for (uint64_t seed = 30; seed < (OC_TEST_DIVISOR > 1 ? 31 : 32); seed++) {
        begin(seed, (oc_sim_link_t){.delay_us = 30000,
                                    .rate_bps = 450000,
                                    .queue_bytes = 30000,
                                    .overhead = 28,
                                    .loss_ppm = 20000});
        play(60);
        assert_true(rig.gaps > 3);
        assert_true(rig.received > rig.pushed / 6 && rig.received < rig.pushed);
        assert_true(rig.pushed - rig.last < 6 * GOP);
        stranded += rig.stranded;
        finish();
    }
    print_message("%u packets came behind a gap that is not at a key packet\n", stranded);
}

/* A key picture of 300 KB is larger than the largest message: of 256 KiB with a browser, of 16 KiB
 * with a viewer that is a camera. Its pieces come behind each other, and it is whole. */
static void test_large_key_pictures(void **state) {
    static const oc_sim_link_t links[] = {
        {.delay_us = 500, .mtu = 1472},
        {.delay_us = 20000, .loss_ppm = 10000, .mtu = 1472},
        {.delay_us = 20000, .rate_bps = 8000000, .queue_bytes = 60000, .mtu = 1252}};
    for (unsigned i = 0; i < 6; i++) {
        uint32_t piece = i % 2 ? 16384 : 262144;
        unsigned seconds = OC_TEST_DIVISOR > 1 ? 3 : 10;
        begin_as(10 + i, links[i / 2], 8 * PAYLOAD, LARGE, piece);
        play(seconds);
        world_run(rig.pair.world, rig.pair.world->now_us + 3 * SECOND, NULL, NULL);
        print_message("pieces of %u, link %u: at most %lld ms\n", (unsigned)piece, i / 2,
                      (long long)rig.latest_us / 1000);
        assert_int_equal(rig.gaps, 1);
        assert_int_equal(rig.received, rig.pushed);
        assert_int_equal(rig.pieces,
                         (LARGE + OC_SOURCE_FEED_HEAD) / piece * (1 + (rig.pushed - 1) / GOP));
        assert_int_equal(rig.closed + rig.dropped, 0);
        assert_in_range(rig.latest_us, 1, 2 * SECOND);
        finish();
    }
}

/* The same where it does not fit: overtaken pictures are left out as wholes; one whose first
 * message has been sent whole closes the channel, because a viewer could not tell. */
static void test_large_key_pictures_overtaken(void **state) {
    for (unsigned i = 0; i < 2; i++) {
        begin_as(20 + i,
                 (oc_sim_link_t){.delay_us = 30000,
                                 .rate_bps = 1500000,
                                 .queue_bytes = 60000,
                                 .overhead = 28,
                                 .mtu = 1472},
                 4 * PAYLOAD, LARGE, i % 2 ? 16384 : 262144);
        play(OC_TEST_DIVISOR > 1 ? 10 : 40);
        print_message("%u of %u packets, %u gaps, closed %u\n", rig.received, rig.pushed, rig.gaps,
                      rig.closed);
        assert_true(rig.received > 0 && rig.received < rig.pushed);
        assert_true(rig.closed || rig.gaps > 1);
        finish();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_network),
        cmocka_unit_test(test_bad_network),
        cmocka_unit_test(test_outage),
        cmocka_unit_test(test_narrow_network),
        cmocka_unit_test(test_narrow_and_lossy_network),
        cmocka_unit_test(test_large_key_pictures),
        cmocka_unit_test(test_large_key_pictures_overtaken),
    };
    return cmocka_run_group_tests_name("live_ring", tests, NULL, NULL);
}
