/* What 50 viewers of a camera hold: its profile, two channels each, real handshakes, in virtual
 * time and one process. Allocator's delta and resident memory, whose parts are both ends alike and
 * halved while all is idle; what a stall adds is the camera's alone. The hub, its pool and the ring
 * are made before and shared, so they are told apart. There are no threads but this one: a host has
 * its media thread and one worker for all viewers. Lines of "what TAB kilobytes". */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "oc_err.h"
#include "oc_source_ring.h"
#include "p2p_world.h"

#define VIEWERS  50
#define CHANNELS 2
#define FIRST_ID 10
#define BEHIND   (512 * 1024) /* bytes of the ring: what each channel has behind it */
#define FRAME    8192
#define STALL    600 /* frames at 30 fps: the ring wraps nine times */
#define SECOND   1000000LL

static struct {
    world_t *world;
    world_hub_t *a, *b; /* viewers, camera */
    oc_hub_peer_t at_a[VIEWERS], at_b[VIEWERS];
    oc_source_scratch_t scratch;
    oc_source_feed_t feed;
    oc_ring_t *ring;
    oc_source_ring_t *source[VIEWERS][CHANNELS];
    unsigned pushed;
    uint16_t config_id;
} bench;

static void must(bool ok, const char *what) {
    if (ok)
        return;
    fprintf(stderr, "memory: %s\n", what);
    exit(1);
}

static double heap_kb(void) {
    struct mallinfo2 m = mallinfo2();
    return (double)(m.uordblks + m.hblkhd) / 1024;
}

static double resident_kb(void) {
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    must(f && fscanf(f, "%*d %ld", &pages) == 1, "/proc/self/statm");
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static void run(int64_t us) {
    world_run(bench.world, bench.world->now_us + us, NULL, NULL);
}

static void make_ring(void) {
    static const uint8_t avcc[] = {1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0,
                                   2, 0x67, 0x42, 1,    0,    1,    0x68};
    oc_ring_plan_t plan = {.bytes = BEHIND, .bitrate_bps = 2000000, .packets_per_s = 30};
    oc_track_t track = {.codec = OC_CODEC_H264, .timescale = 90000, .width = 640, .height = 360};
    oc_ring_size_t size;
    memcpy(track.config, avcc, sizeof avcc);
    track.config_len = sizeof avcc;
    must(oc_ring_plan(&plan, &size, NULL, 0) == OC_OK, "ring");
    bench.ring =
        oc_ring_init(aligned_alloc(16, (size.total_bytes + 15) / 16 * 16), NULL, &plan, &size);
    bench.config_id = (uint16_t)oc_ring_set_track(bench.ring, 0, &track);
    oc_source_feed_init(&bench.feed, bench.ring, &bench.scratch);
    printf("one ring for all of them, with its index\t%.1f\n", (double)size.total_bytes / 1024);
}

static void push(void) {
    static uint8_t bytes[FRAME];
    oc_packet_t packet = {.data = bytes,
                          .len_bytes = sizeof bytes,
                          .dts = (int64_t)bench.pushed * 3000,
                          .duration = 3000,
                          .config_id = bench.config_id,
                          .key = bench.pushed % 30 == 0};
    must(oc_ring_push(bench.ring, &packet) == OC_OK, "push");
    bench.pushed++;
    for (unsigned i = 0; i < VIEWERS; i++)
        for (unsigned k = 0; k < CHANNELS; k++)
            if (bench.source[i][k] &&
                oc_source_ring_look(bench.source[i][k]) == OC_SOURCE_RING_READY)
                oc_peer_kick(oc_hub_peer(bench.b->hub, bench.at_b[i]), (uint16_t)(FIRST_ID + k));
    run(SECOND / 30);
}

static void connect_one(unsigned i) {
    oc_peer_channel_config_t none = {0};
    must(world_connect(bench.a, bench.b, &bench.at_a[i], &bench.at_b[i]) == OC_OK, "connect");
    run(SECOND);
    must(world_state(bench.b, bench.at_b[i]) == OC_PEER_UP, "a viewer is not up");
    for (unsigned k = 0; k < CHANNELS; k++) {
        uint16_t sid = (uint16_t)(FIRST_ID + k);
        oc_peer_t *viewer = oc_hub_peer(bench.a->hub, bench.at_a[i]);
        must(oc_peer_open_negotiated(viewer, sid, &none) == OC_OK, "channel");
        bench.source[i][k] = malloc(sizeof *bench.source[i][k]);
        oc_source_ring_init(bench.source[i][k], &bench.feed, NULL, 16384);
        must(oc_source_ring_begin(bench.source[i][k]) == OC_OK, "begin");
        oc_peer_channel_config_t live = {
            .ops = &oc_source_ring_ops, .context = bench.source[i][k], .partial = true};
        oc_peer_t *camera = oc_hub_peer(bench.b->hub, bench.at_b[i]);
        must(oc_peer_open_negotiated(camera, sid, &live) == OC_OK, "channel");
    }
    run(SECOND);
}

static void notified(const char *what, double kb) {
    printf("%s\t%.1f\n", what, kb);
}

static void idle(void) {
    connect_one(0); /* what is made once is made */
    double heap = heap_kb(), resident = resident_kb();
    for (unsigned i = 1; i < VIEWERS; i++)
        connect_one(i);
    notified("heap per idle viewer of 50, two channels", (heap_kb() - heap) / (2 * (VIEWERS - 1)));
    notified("resident memory per idle viewer of 50, stacks included",
             (resident_kb() - resident) / (2 * (VIEWERS - 1)));
}

static void stalled(void) {
    oc_hub_stats_t stats;
    for (unsigned i = 0; i < 60; i++)
        push(); /* they all watch */
    double heap = heap_kb(), resident = resident_kb();
    bench.a->frozen = true;
    for (unsigned i = 0; i < STALL; i++)
        push();
    oc_hub_stats(bench.b->hub, &stats);
    notified(
        "heap more per stalled viewer of 50, two channels with 512 KB behind each, ring wrapping",
        (heap_kb() - heap) / VIEWERS);
    notified("resident memory more per stalled viewer", (resident_kb() - resident) / VIEWERS);
    notified("blocks of the hub's pool held by all of them", (double)stats.pool_used * 1.25);
    bench.a->frozen = false;
    run(5 * SECOND);
    for (unsigned i = 0; i < 60; i++)
        push();
    for (unsigned i = 0; i < VIEWERS; i++) {
        must(world_state(bench.b, bench.at_b[i]) == OC_PEER_UP, "a stalled viewer did not return");
        for (unsigned k = 0; k < CHANNELS; k++)
            must(bench.source[i][k]->overrun > 0 && bench.source[i][k]->jumps > 0,
                 "the ring did not overtake a stalled viewer");
    }
}

int main(void) {
    static uint8_t bytes[FRAME];
    oc_hub_config_t config = {.peers = VIEWERS + 1, .pool_blocks = 1024};
    config.profile = oc_peer_profile_camera();
    bench.world = world_create(1);
    make_ring();
    oc_packet_t first = {.data = bytes,
                         .len_bytes = FRAME,
                         .duration = 3000,
                         .config_id = bench.config_id,
                         .key = true};
    must(oc_ring_push(bench.ring, &first) == OC_OK, "push");
    bench.pushed = 1;
    bench.a = world_add(bench.world, &config);
    bench.b = world_add(bench.world, &config);
    world_link(bench.world, bench.a, bench.b, (oc_sim_link_t){.delay_us = 500, .mtu = 1472});
    notified("the hub of 51 places, shared",
             (double)(oc_hub_bytes(&config) - 1024 * OC_POOL_EACH) / 1024);
    notified("its pool of 1,024 blocks, shared", 1024.0 * OC_POOL_EACH / 1024);
    idle();
    stalled();
    return 0;
}
