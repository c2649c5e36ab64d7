/* Driver, handoff, time line and ring together: whatever a source does, the ring refuses nothing,
 * each fault is counted once, and the bytes read are the bytes made. */
#include "capture_conformance.h"
#include "oc_clock.h"
#include "oc_fake_media.h"
#include "oc_ring.h"
#include "oc_timeline.h"

static rig_t rig;
static oc_timeline_t line;
static oc_ring_t *ring;
static void *memory;
static uint16_t config_id[OC_TRACKS_MAX];
static uint32_t lost, ended;

static void begin(const char *url, uint32_t max_gop_bytes) {
    oc_ring_plan_t plan = {.milliseconds = 5000, .max_gop_bytes = max_gop_bytes};
    oc_ring_size_t size;
    rig_init(&rig, &oc_capture_fake, url);
    rig.config.as_fast_as_possible = true;
    assert_int_equal(rig_open(&rig), OC_OK);
    plan.bitrate_bps = rig.config.bitrate_bps;
    plan.packets_per_s = rig.config.packets_per_s;
    plan.max_gop_ms = rig.config.max_gop_ms;
    assert_int_equal(oc_ring_plan(&plan, &size, NULL, 0), OC_OK);
    memory = aligned_alloc(16, (size.total_bytes + 15) / 16 * 16);
    ring = oc_ring_init(memory, NULL, &plan, &size);
    oc_timeline_init(&line);
    lost = ended = 0;
    assert_int_equal(oc_capture_fake.start(rig.state, rig.now_us), OC_OK);
}

static int end(void **state) {
    rig_close(&rig);
    free(memory);
    return 0;
}

/* What the media thread does with one item; the ring's answer for a packet. */
static int take(const oc_handoff_item_t *item) {
    oc_packet_t p = item->packet;
    int rc = OC_OK;
    switch (item->kind) {
    case OC_HANDOFF_PACKET:
        rc = oc_timeline_map(&line, &p);
        p.config_id = config_id[p.track];
        return rc == OC_OK ? oc_ring_push(ring, &p) : rc;
    case OC_HANDOFF_TRACK:
        oc_timeline_track(&line, p.track, item->track->timescale);
        config_id[p.track] = (uint16_t)oc_ring_set_track(ring, p.track, item->track);
        break;
    case OC_HANDOFF_LOST:
        oc_timeline_lost(&line);
        lost++;
        break;
    case OC_HANDOFF_RESUMED:
        break;
    case OC_HANDOFF_ENDED:
        ended++;
        break;
    }
    return rc;
}

/* Pumps until the source has ended, restarting it 2 s after each loss as a host does. */
static void play(void) {
    for (int64_t next = 0; !ended;) {
        oc_handoff_item_t item;
        next = rig.driver->pump(rig.state, rig.now_us);
        for (; oc_handoff_peek(&rig.handoff, &item) == OC_OK; oc_handoff_release(&rig.handoff)) {
            int rc = take(&item);
            assert_true(rc >= 0 || rc == OC_ERR_TOO_BIG);
            if (item.kind == OC_HANDOFF_PACKET && item.packet.capture_us > rig.now_us)
                rig.now_us = item.packet.capture_us;
        }
        if (next < 0) {
            oc_handoff_push_state(&rig.handoff, OC_HANDOFF_LOST, (int)next);
            rig.driver->stop(rig.state);
            rig.now_us += 2000000;
            assert_int_equal(rig.driver->start(rig.state, rig.now_us), OC_OK);
            oc_handoff_push_state(&rig.handoff, OC_HANDOFF_RESUMED, OC_OK);
        }
    }
}

static void test_every_fault_of_the_script(void **state) { /* [A1] [A5] */
    oc_ring_stats_t s;
    begin("fake:?fps=30&gop=30&size=500&key=3000&audio=aac&script=stall@100:3000,drop@155,dup@160,"
          "empty@170,empty@171,big@200:40000,jump@300:-5000,jump@400:3600000,params@500,"
          "restart@600,lost@700:IO,lost@710:TIMEOUT,burst@800:20,end@1000",
          30000);
    play();
    oc_ring_stats(ring, &s);
    assert_int_equal(s.refused_packets, 0); /* dts never went back */
    assert_int_equal(s.empty_packets, 2);
    assert_int_equal(s.oversize_gops, 1);
    assert_int_equal(lost, 2);
    assert_int_equal(line.jumps, 5); /* two jumps, the restart, two losses */
    assert_int_equal(s.copied_bytes, s.bytes);
    assert_int_equal(s.pinned_gops, 0);
    /* 1000 pictures, one dropped, one doubled, two empty, 30 s and more of audio; the rest of one
     * GOP was given up */
    assert_in_range(s.packets, 999 + 1400 - 90, 999 + 1900);
}

static void test_bytes_and_times_are_the_source_s(void **state) {
    static uint8_t want[20000];
    int reader;
    uint32_t n = 0;
    begin("fake:?fps=30000/1001&gop=15&size=900&key=4000&seed=9&script=end@2000", 0);
    reader = oc_ring_open(ring, OC_RING_NEXT, 0, OC_RING_TO_OLDEST);
    while (!ended) {
        oc_handoff_item_t item;
        rig.driver->pump(rig.state, rig.now_us);
        while (oc_handoff_peek(&rig.handoff, &item) == OC_OK) {
            oc_packet_t p;
            take(&item);
            oc_handoff_release(&rig.handoff);
            if (oc_ring_peek(ring, reader, 0, &p) != OC_OK)
                continue;
            oc_fake_picture_t picture = {320, 240,    n % 15 ? 900 : 4000,   9,
                                         n,   n % 15, (uint16_t)(n / 15 & 1)};
            assert_int_equal(p.dts, n * 3003LL);
            assert_int_equal(p.len_bytes, oc_fake_picture(&picture, want, sizeof want));
            assert_memory_equal(p.data, want, p.len_bytes);
            oc_ring_advance(ring, reader, 1);
            n++;
        }
    }
    assert_int_equal(n, 2000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_fault_of_the_script, end),
        cmocka_unit_test_teardown(test_bytes_and_times_are_the_source_s, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
