/* The ring's promises one by one: sizes, configuration errors, faults, pre-roll, policies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_ring.h"

#define VIDEO_SCALE 90000
#define AUDIO_SCALE 44100
#define FRAME_TICKS 3003 /* 30000/1001 pictures per second */

typedef struct fixture {
    void *memory;
    oc_ring_t *ring;
    oc_ring_size_t size;
    uint16_t video, audio;
    uint8_t bytes[100000];
} fixture_t;

static fixture_t f;

static oc_track_t video_track(void) {
    return (oc_track_t){.codec = OC_CODEC_H264,
                        .timescale = VIDEO_SCALE,
                        .width = 1920,
                        .height = 1080,
                        .config_len = 3,
                        .config = {1, 2, 3}};
}
static oc_track_t audio_track(void) {
    return (oc_track_t){.codec = OC_CODEC_AAC,
                        .timescale = AUDIO_SCALE,
                        .sample_rate = AUDIO_SCALE,
                        .channels = 2,
                        .config_len = 2,
                        .config = {0x12, 0x10}};
}

static void make(const oc_ring_plan_t *plan) {
    oc_track_t v = video_track(), a = audio_track();
    char why[160];
    assert_int_equal(oc_ring_plan(plan, &f.size, why, sizeof why), OC_OK);
    assert_string_equal(why, "");
    f.memory = aligned_alloc(16, (f.size.total_bytes + 15) / 16 * 16);
    f.ring = oc_ring_init(f.memory, NULL, plan, &f.size);
    assert_non_null(f.ring);
    f.video = (uint16_t)oc_ring_set_track(f.ring, 0, &v);
    f.audio = (uint16_t)oc_ring_set_track(f.ring, 1, &a);
    for (size_t i = 0; i < sizeof f.bytes; i++)
        f.bytes[i] = (uint8_t)(i * 31 + 7);
}

static int teardown(void **state) {
    free(f.memory);
    f.memory = NULL;
    return 0;
}

static int push_video(int64_t frame, uint32_t len, bool key) {
    oc_packet_t p = {.data = f.bytes,
                     .len_bytes = len,
                     .dts = frame * FRAME_TICKS,
                     .duration = FRAME_TICKS,
                     .config_id = f.video,
                     .track = 0,
                     .key = key};
    return oc_ring_push(f.ring, &p);
}
static int push_audio(int64_t dts, uint32_t len) {
    oc_packet_t p = {.data = f.bytes,
                     .len_bytes = len,
                     .dts = dts,
                     .config_id = f.audio,
                     .track = 1,
                     .key = true};
    return oc_ring_push(f.ring, &p);
}
static oc_ring_stats_t stats(void) {
    oc_ring_stats_t s;
    oc_ring_stats(f.ring, &s);
    return s;
}

static const oc_ring_plan_t SMALL = {.bytes = 64000, .bitrate_bps = 256000, .packets_per_s = 80};

static void expect_plan_error(oc_ring_plan_t plan, int code, const char *words) {
    char why[160] = "";
    oc_ring_size_t size;
    assert_int_equal(oc_ring_plan(&plan, &size, why, sizeof why), code);
    if (!strstr(why, words))
        fail_msg("\"%s\" lacks \"%s\"", why, words);
    assert_int_equal(oc_ring_plan(&plan, &size, NULL, 0), code);
}

static void test_plan_errors(void **state) { /* [A1] */
    oc_ring_plan_t p = {.bytes = 64000, .bitrate_bps = 256000, .packets_per_s = 80};
    oc_ring_plan_t q = p;
    q.milliseconds = 1000;
    expect_plan_error(q, OC_ERR_INVAL, "exactly one");
    q.bytes = q.milliseconds = 0;
    expect_plan_error(q, OC_ERR_INVAL, "exactly one");
    q = p, q.bitrate_bps = 0;
    expect_plan_error(q, OC_ERR_INVAL, "bitrate_bps 0");
    q = p, q.packets_per_s = 0;
    expect_plan_error(q, OC_ERR_INVAL, "packets_per_s 0");
    q = p, q.bytes = 100;
    expect_plan_error(q, OC_ERR_RANGE, "ring.bytes 100");
    q = p, q.max_gop_bytes = 64001;
    expect_plan_error(q, OC_ERR_RANGE, "maxGopSize 64001: must be at most the ring's 64000");
    q = p, q.max_gop_ms = 2001; /* 64,032 bytes at 256 kbit/s */
    expect_plan_error(q, OC_ERR_RANGE, "a GOP of 2001 ms");
    q = p, q.preroll_ms = 2001;
    expect_plan_error(q, OC_ERR_RANGE, "preroll 2001 ms: must be at most the 2000 ms");
    q = p, q.preroll_ms = 1000, q.max_gop_ms = 1500;
    expect_plan_error(q, OC_ERR_RANGE, "preroll 1000 ms: must be at least");
    q = (oc_ring_plan_t){
        .milliseconds = 3000, .bitrate_bps = 256000, .packets_per_s = 80, .preroll_ms = 3001};
    expect_plan_error(q, OC_ERR_RANGE, "preroll 3001 ms");
    q = p, q.packets_per_s = UINT32_MAX;
    expect_plan_error(q, OC_ERR_RANGE, "packets_per_s 4294967295");
}

static void test_plan_in_seconds_holds_them(void **state) {
    oc_ring_plan_t plan = {
        .milliseconds = 10000, .bitrate_bps = 2000000, .packets_per_s = 30, .max_gop_ms = 2000};
    uint32_t least = UINT32_MAX;
    make(&plan);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(push_video(i, 8333, i % 60 == 0), OC_OK);
        if (i > 900 && stats().held_ms < least)
            least = stats().held_ms;
    }
    assert_true(least >= 10000); /* also in the moment after a whole GOP has left */
}

static void test_init_refuses(void **state) {
    oc_ring_plan_t plan = SMALL;
    oc_ring_size_t wrong;
    make(&plan);
    wrong = f.size;
    wrong.packets--;
    assert_null(oc_ring_init(f.memory, NULL, &plan, &wrong));
    assert_null(oc_ring_init((uint8_t *)f.memory + 8, NULL, &plan, &f.size));
    assert_null(oc_ring_init(NULL, NULL, &plan, &f.size));
}

static void test_faulty_packets_are_refused_and_counted(void **state) { /* [A5] */
    oc_packet_t p = {.data = f.bytes, .len_bytes = 10, .config_id = 99, .track = 0, .key = true};
    oc_track_t none = {.codec = OC_CODEC_NONE, .timescale = 1};
    make(&SMALL);
    assert_int_equal(push_video(1, 0, true), OC_AGAIN);   /* empty */
    assert_int_equal(push_audio(0, 0), OC_AGAIN);         /* empty audio */
    assert_int_equal(push_video(1, 10, false), OC_AGAIN); /* no key packet yet */
    assert_int_equal(push_audio(0, 10), OC_AGAIN);
    assert_int_equal(oc_ring_push(f.ring, &p), OC_ERR_INVAL); /* unknown config_id */
    p.config_id = 0;
    assert_int_equal(oc_ring_push(f.ring, &p), OC_ERR_INVAL);
    p.config_id = f.video, p.track = OC_TRACKS_MAX;
    assert_int_equal(oc_ring_push(f.ring, &p), OC_ERR_INVAL);
    assert_int_equal(push_video(5, 10, true), OC_OK);
    assert_int_equal(push_video(4, 10, false), OC_ERR_INVAL); /* dts going back */
    assert_int_equal(push_video(5, 10, false), OC_OK);        /* equal is fine */
    assert_int_equal(push_audio(-5, 10), OC_OK);              /* the tracks are independent */
    assert_int_equal(push_audio(-6, 10), OC_ERR_INVAL);
    assert_int_equal(stats().empty_packets, 2);
    assert_int_equal(stats().waiting_packets, 2);
    assert_int_equal(stats().refused_packets, 5);
    assert_int_equal(stats().held_packets, 3);
    assert_int_equal(oc_ring_set_track(f.ring, 0, &none), OC_ERR_INVAL);
    assert_int_equal(oc_ring_set_track(f.ring, OC_TRACKS_MAX, &none), OC_ERR_INVAL);
    none = video_track(), none.timescale = 0;
    assert_int_equal(oc_ring_set_track(f.ring, 0, &none), OC_ERR_INVAL);
}

static bool begins_with_7(const uint8_t *payload, size_t bytes) {
    return bytes > 0 && payload[0] == 7;
}

static int push_checked(int64_t frame, uint8_t first, bool key) {
    f.bytes[0] = first;
    oc_packet_t p = {.data = f.bytes,
                     .len_bytes = 100,
                     .dts = frame * FRAME_TICKS,
                     .duration = FRAME_TICKS,
                     .config_id = f.video,
                     .key = key};
    return oc_ring_push_checked(f.ring, &p, begins_with_7);
}

/* The copy is judged; with what is refused goes the rest of its GOP. */
static void test_a_copy_that_is_refused(void **state) {
    oc_packet_t out;
    make(&(oc_ring_plan_t){.bytes = 65536, .bitrate_bps = 100000, .packets_per_s = 60});
    for (int i = 0; i < 2000; i += 5) { /* it wraps many times */
        assert_int_equal(push_checked(i, 7, true), OC_OK);
        assert_int_equal(push_checked(i + 1, 8, false), OC_ERR_FORMAT);
        assert_int_equal(push_checked(i + 2, 7, false), OC_AGAIN);
        assert_int_equal(push_checked(i + 3, 9, true), OC_ERR_FORMAT);
        assert_int_equal(push_checked(i + 4, 7, false), OC_AGAIN);
        for (uint64_t seq = oc_ring_oldest(f.ring); seq <= oc_ring_newest(f.ring); seq++) {
            assert_int_equal(oc_ring_get(f.ring, seq, &out), OC_OK);
            assert_true(out.key && out.len_bytes == 100 && out.data[0] == 7);
            assert_memory_equal(out.data + 1, f.bytes + 1, 99);
        }
    }
    assert_true(oc_ring_newest(f.ring) - oc_ring_oldest(f.ring) > 100);
    oc_ring_wipe(f.ring); /* what was refused, too */
    for (size_t i = 0; i + 99 < f.size.total_bytes; i++)
        assert_int_not_equal(memcmp((uint8_t *)f.memory + i, f.bytes + 1, 99), 0);
}

static void test_oversize_gop_is_given_up_once(void **state) { /* [A1] */
    oc_ring_plan_t plan = SMALL;
    int reader, rc;
    oc_packet_t p;
    plan.max_gop_bytes = 10000;
    make(&plan);
    reader = oc_ring_open(f.ring, OC_RING_LIVE, 0, OC_RING_TO_NEWEST);
    assert_int_equal(push_video(0, 6000, true), OC_OK);
    assert_int_equal(push_video(1, 4000, false), OC_OK);
    assert_int_equal(push_video(2, 1, false), OC_ERR_TOO_BIG); /* reported once */
    assert_int_equal(push_video(3, 1, false), OC_AGAIN);
    assert_int_equal(push_audio(5000, 20), OC_AGAIN);
    assert_int_equal(push_video(4, 500, true), OC_OK);
    assert_int_equal(stats().oversize_gops, 1);
    assert_int_equal(stats().waiting_packets, 2);
    assert_int_equal(stats().last_gop_bytes, 10022);                  /* as the source made it */
    for (int i = 0; i < 3; i++, oc_ring_advance(f.ring, reader, 1)) { /* what is in stays whole */
        static const int64_t frame[3] = {0, 1, 4};
        assert_int_equal(oc_ring_peek(f.ring, reader, 0, &p), OC_OK);
        assert_int_equal(p.dts, frame[i] * FRAME_TICKS);
    }
    rc = push_video(9, 10001, true); /* one picture larger than a GOP may be */
    assert_int_equal(rc, OC_ERR_TOO_BIG);
    assert_int_equal(push_video(10, 5, false), OC_AGAIN);
    assert_int_equal(push_video(11, 5, true), OC_OK);
    assert_int_equal(stats().oversize_gops, 2);
}

/* Who reads it misses nothing, who comes late or later waits for the next one. */
static void test_gop_larger_than_the_ring(void **state) { /* [A1] */
    oc_packet_t p;
    make(&SMALL);
    int reads = oc_ring_open(f.ring, OC_RING_LIVE, 0, OC_RING_TO_OLDEST);
    int sleeps = oc_ring_open(f.ring, OC_RING_LIVE, 0, OC_RING_TO_OLDEST);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(push_video(i, 1000, i == 0), OC_OK);
        if (i < 25)
            continue; /* 25 packets behind, always */
        assert_int_equal(oc_ring_peek(f.ring, reads, 0, &p), OC_OK);
        assert_int_equal(p.dts, (i - 25) * FRAME_TICKS);
        oc_ring_advance(f.ring, reads, 1);
        assert_in_range(stats().held_packets, i < 63 ? i + 1 : 32, 64);
    }
    assert_int_equal(oc_ring_gop_of(f.ring, 1000), 0);
    int late = oc_ring_open(f.ring, OC_RING_BACK, 1000, OC_RING_TO_OLDEST);
    assert_int_equal(oc_ring_peek(f.ring, late, 0, &p), OC_AGAIN);
    assert_int_equal(oc_ring_peek(f.ring, sleeps, 0, &p), OC_AGAIN);
    assert_int_equal(push_video(1000, 1000, true), OC_OK);
    assert_int_equal(oc_ring_peek(f.ring, late, 0, &p), OC_OK);
    assert_int_equal(p.dts, 1000 * FRAME_TICKS);
    assert_int_equal(oc_ring_peek(f.ring, sleeps, 0, &p), OC_GAP);
    assert_int_equal(oc_ring_peek(f.ring, sleeps, 0, &p), OC_OK);
    assert_int_equal(p.dts, 1000 * FRAME_TICKS);
    assert_int_equal(stats().oversize_gops, 0);
    assert_int_equal(push_video(1001, 64001, true), OC_ERR_TOO_BIG);
    assert_int_equal(push_video(1002, 64000, true), OC_OK); /* exactly the ring */
    assert_int_equal(stats().held_packets, 1);
}

static void test_gop_longer_than_the_preroll_is_counted(void **state) {
    oc_ring_plan_t plan = SMALL;
    plan.preroll_ms = 1000;
    make(&plan);
    for (int i = 0; i < 90; i++)
        assert_int_equal(push_video(i, 100, i == 0 || i == 20 || i == 80), OC_OK);
    assert_int_equal(stats().long_gops, 1);
    assert_int_equal(stats().longest_gop_ms, 2002); /* 60 * 3003 / 90000 */
}

static void test_preroll(void **state) {
    oc_packet_t p;
    int at_1s, far, zero;
    make(&SMALL);
    for (int i = 0; i < 100; i++) { /* a key packet every 10: 333.666 ms */
        assert_int_equal(push_video(i, 100, i % 10 == 0), OC_OK);
        assert_int_equal(push_audio((int64_t)i * 1470, 50), OC_OK);
    }
    /* newest picture 99: 1000 ms before it lies picture 69.03, its key packet is 60 */
    at_1s = oc_ring_open(f.ring, OC_RING_BACK, 1000, OC_RING_TO_OLDEST);
    assert_int_equal(oc_ring_peek(f.ring, at_1s, 0, &p), OC_OK);
    assert_int_equal(p.dts, 60 * FRAME_TICKS);
    assert_true(p.key && p.track == 0);
    far = oc_ring_open(f.ring, OC_RING_BACK, UINT32_MAX, OC_RING_TO_OLDEST);
    assert_int_equal(oc_ring_position(f.ring, far), oc_ring_oldest(f.ring));
    zero = oc_ring_open(f.ring, OC_RING_BACK, 0, OC_RING_TO_OLDEST);
    assert_int_equal(oc_ring_peek(f.ring, zero, 0, &p), OC_OK);
    assert_int_equal(p.dts, 90 * FRAME_TICKS);
    /* 967 ms before lies picture 70.02, 968 ms 69.99: exact to the millisecond */
    assert_int_equal(oc_ring_open(f.ring, OC_RING_BACK, 967, OC_RING_TO_OLDEST), 3);
    assert_int_equal(oc_ring_peek(f.ring, 3, 0, &p), OC_OK);
    assert_int_equal(p.dts, 70 * FRAME_TICKS);
    assert_int_equal(oc_ring_open(f.ring, OC_RING_BACK, 968, OC_RING_TO_OLDEST), 4);
    assert_int_equal(oc_ring_peek(f.ring, 4, 0, &p), OC_OK);
    assert_int_equal(p.dts, 60 * FRAME_TICKS);
    assert_int_equal(stats().held_ms, 3303); /* 99 * 3003 / 90 = 3303.3 */
}

static void test_audio_only(void **state) { /* [E10] */
    oc_track_t a = audio_track();
    int reader;
    oc_packet_t p;
    make(&SMALL);
    f.ring = oc_ring_init(f.memory, NULL, &SMALL, &f.size);
    f.audio = (uint16_t)oc_ring_set_track(f.ring, 1, &a);
    for (int64_t i = 0; i < 90; i++)
        assert_int_equal(push_audio(i * 1024, 300), OC_OK);
    reader = oc_ring_open(f.ring, OC_RING_BACK, 1000, OC_RING_TO_OLDEST);
    assert_int_equal(oc_ring_peek(f.ring, reader, 0, &p), OC_OK);
    assert_int_equal(p.dts, 45 * 1024);      /* 89 * 1024 - 44100 = 45.93 * 1024 */
    assert_int_equal(stats().held_ms, 2067); /* 89 * 1024 / 44.1 = 2066.6 */
    assert_int_equal(stats().held_gops, 90);
}

static void test_policies(void **state) {
    int newest, oldest;
    oc_packet_t p;
    make(&SMALL);
    newest = oc_ring_open(f.ring, OC_RING_NEXT, 0, OC_RING_TO_NEWEST);
    oldest = oc_ring_open(f.ring, OC_RING_NEXT, 0, OC_RING_TO_OLDEST);
    for (int i = 0; i < 200; i++)
        assert_int_equal(push_video(i, 1000, i % 10 == 0), OC_OK);
    assert_int_equal(oc_ring_peek(f.ring, newest, 0, &p), OC_GAP);
    assert_int_equal(oc_ring_peek(f.ring, newest, 0, &p), OC_OK);
    assert_int_equal(p.dts, 190 * FRAME_TICKS);
    assert_int_equal(oc_ring_peek(f.ring, oldest, 0, &p), OC_GAP);
    assert_int_equal(oc_ring_peek(f.ring, oldest, 0, &p), OC_OK);
    assert_int_equal(oc_ring_position(f.ring, oldest), oc_ring_oldest(f.ring));
    assert_true(p.key);
    assert_int_equal(stats().reader_gaps, 2);
}

static void test_all_readers_taken(void **state) {
    oc_packet_t p;
    make(&SMALL);
    for (int i = 0; i < OC_RING_READERS; i++)
        assert_true(oc_ring_open(f.ring, OC_RING_LIVE, 0, OC_RING_TO_NEWEST) >= 0);
    assert_int_equal(oc_ring_open(f.ring, OC_RING_LIVE, 0, OC_RING_TO_NEWEST), OC_ERR_BUSY);
    assert_int_equal(stats().readers, OC_RING_READERS);
    oc_ring_close(f.ring, 7);
    oc_ring_close(f.ring, 7);
    oc_ring_close(f.ring, -1);
    int again = oc_ring_open(f.ring, OC_RING_LIVE, 0, OC_RING_TO_NEWEST);
    assert_true(again >= 0 && again != 7); /* the old number stays dead */
    assert_int_equal(oc_ring_peek(f.ring, 7, 0, &p), OC_ERR_NOENT);
    assert_int_equal(oc_ring_peek(f.ring, again, 0, &p), OC_AGAIN);
}

static void test_pins_exhausted(void **state) {
    int first;
    make(&SMALL);
    for (int i = 0; i < 60; i++)
        assert_int_equal(push_video(i, 1000, i % 10 == 0), OC_OK);
    assert_int_equal(oc_ring_pin(f.ring, 1, 33), OC_ERR_BUSY); /* more than half */
    first = oc_ring_pin(f.ring, 1, 32);
    assert_true(first >= 0);
    assert_int_equal(stats().pinned_bytes, 32000);
    assert_int_equal(oc_ring_pin(f.ring, 33, 33), OC_ERR_BUSY);
    assert_true(oc_ring_pin(f.ring, 5, 9) >= 0); /* bytes pinned twice count once */
    for (int i = 2; i < OC_RING_PINS; i++)
        assert_true(oc_ring_pin(f.ring, 1, 1) >= 0);
    assert_int_equal(oc_ring_pin(f.ring, 1, 1), OC_ERR_BUSY);
    oc_ring_unpin(f.ring, first);
    oc_ring_unpin(f.ring, first);
    oc_ring_unpin(f.ring, -1);
    assert_int_equal(stats().pinned_bytes, 6000); /* 1 and 5 .. 9: 1000 + 5000 */
    assert_int_equal(oc_ring_pin(f.ring, 61, 61), OC_ERR_INVAL);
    assert_int_equal(oc_ring_pin(f.ring, 3, 2), OC_ERR_INVAL);
    assert_int_equal(oc_ring_pin(f.ring, 0, 2), OC_ERR_INVAL);
}

static void test_pins_leave_no_room(void **state) {
    int pin;
    oc_packet_t p;
    const uint8_t *kept;
    make(&SMALL);
    for (int i = 0; i < 60; i++)
        assert_int_equal(push_video(i, 1000, i % 10 == 0), OC_OK);
    pin = oc_ring_pin(f.ring, 20, 40);
    assert_int_equal(oc_ring_get(f.ring, 20, &p), OC_OK);
    kept = p.data;
    assert_int_equal(push_video(60, 43000, true), OC_ERR_BUSY); /* no gap is that large */
    assert_int_equal(push_video(61, 10, false), OC_AGAIN);
    assert_int_equal(stats().pinned_gops, 1);
    memset(f.bytes, 0, sizeof f.bytes);
    for (int i = 62; i < 500; i++)
        assert_int_equal(push_video(i, 1000, i % 10 == 2), OC_OK);
    assert_int_equal(oc_ring_get(f.ring, 20, &p), OC_ERR_STALE); /* out of the index */
    assert_int_equal(oc_ring_pin(f.ring, 20, 40), OC_ERR_STALE);
    for (int i = 0; i < 21000; i++) /* but its bytes are there */
        assert_int_equal(kept[i], (uint8_t)(i % 1000 * 31 + 7));
    oc_ring_unpin(f.ring, pin);
    assert_int_equal(push_video(500, 60000, true), OC_OK);
}

/* ---- loans ---- */

static int lent[OC_RING_LOANS + 1]; /* oldest first */
static unsigned lent_count, requests;

static void give_back(void *context, oc_ring_t *ring) {
    assert_ptr_equal(context, &f);
    requests++;
    if (lent_count == 0)
        return;
    oc_ring_unpin(ring, lent[0]);
    memmove(lent, lent + 1, --lent_count * sizeof lent[0]);
}

static void lend(uint64_t first, uint64_t last) {
    int pin = oc_ring_lend(f.ring, first, last);
    assert_true(pin >= 0);
    lent[lent_count++] = pin;
}

static void make_lending(void) {
    make(&SMALL);
    lent_count = requests = 0;
    oc_ring_on_need(f.ring, give_back, &f);
    for (int i = 0; i < 60; i++)
        assert_int_equal(push_video(i, 1000, i % 10 == 0), OC_OK);
}

static void test_a_pin_takes_loans_back(void **state) {
    make_lending();
    lend(1, 20);
    lend(21, 30);
    assert_int_equal(oc_ring_lend(f.ring, 31, 40), OC_ERR_BUSY);   /* it takes none back itself */
    assert_int_equal(oc_ring_lend(f.ring, 1, 33), OC_ERR_TOO_BIG); /* nor would it ever fit */
    assert_int_equal(requests, 0);
    assert_true(oc_ring_pin(f.ring, 41, 50) >= 0);
    assert_int_equal(requests, 1); /* the oldest is enough */
    assert_int_equal(stats().loans, 1);
    assert_int_equal(stats().pinned_bytes, 20000);
    assert_true(oc_ring_pin(f.ring, 31, 40) >= 0);
    assert_int_equal(requests, 1);
    assert_true(oc_ring_pin(f.ring, 51, 60) >= 0);
    assert_int_equal(stats().loans, 0);
    assert_int_equal(oc_ring_pin(f.ring, 1, 10), OC_ERR_BUSY); /* nothing is lent any more */
    assert_int_equal(requests, 2);
}

static void test_a_packet_takes_loans_back(void **state) {
    make_lending();
    lend(11, 15);
    lend(20, 40);
    assert_int_equal(push_video(60, 60000, true), OC_OK);
    assert_int_equal(stats().loans, 0);
    assert_int_equal(stats().pinned_gops, 0);
}

static void test_loans_are_few(void **state) {
    make_lending();
    for (unsigned i = 0; i < OC_RING_LOANS; i++)
        lend(1, 1);
    assert_int_equal(oc_ring_lend(f.ring, 1, 1), OC_ERR_BUSY);
    for (int i = OC_RING_LOANS; i < OC_RING_PINS; i++)
        assert_true(oc_ring_pin(f.ring, 1, 1) >= 0);
    assert_int_equal(requests, 0);
    assert_true(oc_ring_pin(f.ring, 1, 1) >= 0); /* a place of a loan */
    assert_int_equal(requests, 1);
}

static void test_an_owner_that_gives_nothing_back(void **state) {
    make_lending();
    lend(1, 30);
    lent_count = 0; /* it has forgotten the number */
    assert_int_equal(oc_ring_pin(f.ring, 41, 50), OC_ERR_BUSY);
    assert_int_equal(requests, 1);
    assert_int_equal(push_video(60, 60000, true), OC_ERR_BUSY);
    assert_int_equal(requests, 2);
}

static void test_clear(void **state) {
    int reader, fresh;
    oc_packet_t p;
    make(&SMALL);
    reader = oc_ring_open(f.ring, OC_RING_LIVE, 0, OC_RING_TO_NEWEST);
    assert_int_equal(push_video(7, 10, true), OC_OK);
    oc_ring_advance(f.ring, reader, 1);
    oc_ring_clear(f.ring);
    fresh = oc_ring_open(f.ring, OC_RING_LIVE, 0, OC_RING_TO_NEWEST);
    assert_int_equal(oc_ring_newest(f.ring), 0);
    assert_int_equal(oc_ring_peek(f.ring, reader, 0, &p), OC_AGAIN);
    assert_int_equal(push_video(0, 10, false), OC_AGAIN); /* waits for a key packet again */
    assert_int_equal(push_video(1, 11, true), OC_OK);     /* a new time line may start lower */
    assert_int_equal(oc_ring_peek(f.ring, reader, 0, &p), OC_GAP);
    assert_int_equal(oc_ring_peek(f.ring, reader, 0, &p), OC_OK);
    assert_int_equal(p.len_bytes, 11);
    assert_int_equal(oc_ring_peek(f.ring, fresh, 0, &p), OC_OK); /* no gap: it had seen nothing */
    assert_int_equal(oc_ring_newest(f.ring), 2);                 /* numbers go on */
}

static void test_descriptions(void **state) {
    oc_track_t t = video_track();
    int ids[OC_RING_CONFIGS + 1];
    make(&SMALL);
    assert_int_equal(oc_ring_set_track(f.ring, 0, &t), f.video);
    for (int i = 0; i <= OC_RING_CONFIGS; i++) {
        t.config[0] = (uint8_t)(100 + i);
        ids[i] = oc_ring_set_track(f.ring, 0, &t);
        assert_true(ids[i] > 0);
    }
    assert_null(oc_ring_track(f.ring, 0, f.video)); /* forgotten */
    assert_null(oc_ring_track(f.ring, 0, (uint16_t)ids[0]));
    assert_int_equal(oc_ring_track(f.ring, 0, (uint16_t)ids[1])->config[0], 101);
    assert_int_equal(oc_ring_track(f.ring, 0, 0)->config[0], 100 + OC_RING_CONFIGS);
    assert_null(oc_ring_track(f.ring, 2, 0));
    assert_int_equal(push_video(0, 10, true), OC_ERR_INVAL); /* its description is gone */
    for (int i = 0; i < 70000; i++) { /* numbers wrap past 65535 and skip 0 */
        t.config[0] = (uint8_t)i, t.config[1] = (uint8_t)(i >> 8), t.config[2] = (uint8_t)(i >> 16);
        assert_true(oc_ring_set_track(f.ring, 0, &t) > 0);
    }
}

static uint8_t *given_back;
static size_t given_back_bytes;
static void note_discard(void *context, void *memory, size_t bytes) {
    assert_ptr_equal(context, &f);
    memset(memory, 0xEE, bytes);
    given_back = memory;
    given_back_bytes += bytes;
}

/* A rate guessed eight times too high: the ring holds the time requests for, and lets go of the
 * rest.
 */
static void test_time_is_held_not_memory(void **state) {
    oc_ring_plan_t plan = {.milliseconds = 8000,
                           .bitrate_bps = 8 * 240000,
                           .packets_per_s = 30,
                           .discard = note_discard,
                           .discard_context = &f,
                           .discard_unit = 4096};
    given_back = NULL;
    given_back_bytes = 0;
    make(&plan);
    for (int64_t frame = 0; frame < 30 * 60; frame++) { /* a GOP of 30 KB each second */
        assert_int_equal(push_video(frame, 1000, frame % 30 == 0), OC_OK);
        if (frame >= 30 * 10) {
            assert_in_range(stats().held_ms, 8900, 10100); /* 9/8 of 8 s, and one GOP */
            assert_in_range(stats().held_bytes, 240000, 310000);
        }
    }
    assert_in_range(given_back_bytes, 1490000, 1510000); /* 50 GOPs, but for the last unit */
    oc_packet_t newest;
    assert_int_equal(oc_ring_get(f.ring, oc_ring_newest(f.ring), &newest), OC_OK);
    oc_ring_wipe(f.ring);
    assert_int_equal(newest.data[1] | newest.data[999], 0);
    assert_int_equal(given_back[0], 0xEE); /* not touched, so it does not come back */
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_plan_errors),
        TEST(test_plan_in_seconds_holds_them),
        TEST(test_init_refuses),
        TEST(test_faulty_packets_are_refused_and_counted),
        TEST(test_a_copy_that_is_refused),
        TEST(test_oversize_gop_is_given_up_once),
        TEST(test_gop_larger_than_the_ring),
        TEST(test_gop_longer_than_the_preroll_is_counted),
        TEST(test_preroll),
        TEST(test_audio_only),
        TEST(test_policies),
        TEST(test_all_readers_taken),
        TEST(test_pins_exhausted),
        TEST(test_pins_leave_no_room),
        TEST(test_a_pin_takes_loans_back),
        TEST(test_a_packet_takes_loans_back),
        TEST(test_loans_are_few),
        TEST(test_an_owner_that_gives_nothing_back),
        TEST(test_clear),
        TEST(test_descriptions),
        TEST(test_time_is_held_not_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
