/* The push driver: conformance, one sender at a time, faults, the socket's session, two threads. */
#include <pthread.h>
#include <sched.h>
#include "capture_conformance.h"
#include "oc_capture_push.h"
#include "oc_fake_media.h"
#include "oc_push_session.h"
#include "oc_push_write.h"

#define THREAD_PACKETS 20000

static rig_t rig;
static int sender = -1;
static int64_t frame;
static uint8_t bytes[400000];

static oc_track_t video(void) {
    oc_track_t t;
    oc_fake_video_track(&t, 320, 240, 30, 1, 0);
    return t;
}

static oc_packet_t picture(uint32_t len, bool key) {
    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(frame + i);
    return (oc_packet_t){
        .data = bytes, .len_bytes = len, .dts = frame++ * 3000, .duration = 3000, .key = key};
}

static void begin(const char *url) {
    rig_init(&rig, &oc_capture_push, url);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_push.start(rig.state, rig.now_us), OC_OK);
    frame = 0;
}
static void attach(void) {
    oc_track_t t = video();
    t.width = t.height = 0; /* the driver looks into the avcC */
    sender = oc_push_attach("cam");
    assert_true(sender >= 0);
    assert_int_equal(oc_push_track(sender, 0, &t), OC_OK);
}
static void next(oc_handoff_item_t *item, oc_handoff_kind_t kind) {
    oc_capture_push.pump(rig.state, rig.now_us);
    assert_int_equal(oc_handoff_peek(&rig.handoff, item), OC_OK);
    assert_int_equal(item->kind, kind);
    oc_handoff_release(&rig.handoff);
}
static void nothing(void) {
    oc_handoff_item_t item;
    oc_capture_push.pump(rig.state, rig.now_us);
    assert_int_equal(oc_handoff_peek(&rig.handoff, &item), OC_AGAIN);
}

static void feed(rig_t *r) {
    oc_packet_t p = picture(700, frame % 5 == 0);
    if (frame == 1) {
        oc_track_t t = video();
        sender = oc_push_attach("cam");
        assert_true(sender >= 0);
        oc_push_track(sender, 0, &t);
    }
    oc_push_packet(sender, &p);
}

static void test_conformance(void **state) {
    frame = 0;
    conform(&oc_capture_push, "push:cam", feed);
    oc_push_detach(sender); /* after the driver is gone: nothing happens */
    frame = 0;
    conform(&oc_capture_push, "push:cam?buffer=65536", feed);
}

static void test_bad_urls(void **state) {
    static const char *const urls[] = {"push:",
                                       "push:A",
                                       "push:a b",
                                       "push:a?buffer=",
                                       "push:a?buffer=10",
                                       "push:a?buffer=99999999999999999999",
                                       "push:a?x=1",
                                       "push:0123456789012345678901234567890123456789",
                                       "fake:a"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        rig_init(&rig, &oc_capture_push, urls[i]);
        assert_int_equal(rig_open(&rig), OC_ERR_FORMAT);
        assert_non_null(strstr(rig.config.why, "push:NAME"));
        rig_close(&rig);
    }
}

static void test_ports(void **state) {
    static rig_t more[OC_PUSH_PORTS + 1];
    char url[32];
    assert_int_equal(oc_push_attach("p0"), OC_ERR_NOENT);
    for (int i = 0; i <= OC_PUSH_PORTS; i++) {
        snprintf(url, sizeof url, "push:p%d?buffer=65536", i);
        rig_init(&more[i], &oc_capture_push, url);
        assert_int_equal(rig_open(&more[i]), i < OC_PUSH_PORTS ? OC_OK : OC_ERR_BUSY);
    }
    assert_non_null(strstr(more[OC_PUSH_PORTS].config.why, "too many ports"));
    rig_close(&more[0]);
    rig_init(&more[0], &oc_capture_push, "push:p1");
    assert_int_equal(rig_open(&more[0]), OC_ERR_EXIST);
    for (int i = 0; i <= OC_PUSH_PORTS; i++)
        rig_close(&more[i]);
}

static void test_one_sender_and_its_number(void **state) {
    oc_handoff_item_t item;
    oc_packet_t p = picture(10, true);
    oc_track_t t = video();
    int old;
    begin("push:cam");
    assert_int_equal(oc_push_packet(-1, &p), OC_ERR_CLOSED);
    attach();
    assert_int_equal(oc_push_attach("cam"), OC_ERR_BUSY);
    next(&item, OC_HANDOFF_TRACK);
    assert_int_equal(item.track->width, 320);
    assert_int_equal(item.track->height, 240);
    old = sender;
    oc_push_detach(old);
    next(&item, OC_HANDOFF_LOST);
    assert_int_equal(item.code, OC_ERR_CLOSED);
    assert_int_equal(oc_push_packet(old, &p), OC_ERR_CLOSED);
    attach();
    next(&item, OC_HANDOFF_RESUMED);
    next(&item, OC_HANDOFF_TRACK);
    assert_int_not_equal(sender, old);
    oc_push_detach(old); /* the old number does not hit the new sender */
    assert_int_equal(oc_push_packet(old, &p), OC_ERR_CLOSED);
    assert_int_equal(oc_push_packet(sender, &p), OC_OK);
    next(&item, OC_HANDOFF_PACKET);
    assert_int_equal(oc_push_track(sender, 1, &t), OC_ERR_INVAL); /* video as audio */
    t.codec = OC_CODEC_AAC;
    assert_int_equal(oc_push_track(sender, 0, &t), OC_ERR_INVAL);
    rig_close(&rig);
    assert_int_equal(oc_push_packet(sender, &p), OC_ERR_CLOSED);
    assert_int_equal(oc_push_track(sender, 0, &t), OC_ERR_CLOSED);
    assert_int_equal(oc_push_payload_max(sender), 0);
    assert_false(oc_push_take_key_request(sender));
    oc_push_detach(sender);
    assert_int_equal(oc_push_attach("cam"), OC_ERR_NOENT);
}

static void test_a_sender_never_reaches_the_next_driver(void **state) {
    oc_packet_t p = picture(10, true);
    begin("push:cam");
    attach();
    rig_close(&rig);
    begin("push:cam"); /* the same place in the table */
    assert_int_equal(oc_push_packet(sender, &p), OC_ERR_CLOSED);
    oc_push_detach(sender);
    attach();
    assert_int_equal(oc_push_packet(sender, &p), OC_OK);
    rig_close(&rig);
}

static void test_packets_and_faults(void **state) { /* [A5] */
    oc_handoff_item_t item;
    oc_packet_t p;
    begin("push:cam?buffer=65536");
    attach();
    next(&item, OC_HANDOFF_TRACK);
    p = picture(100, true);
    p.track = 1;
    assert_int_equal(oc_push_packet(sender, &p), OC_ERR_INVAL); /* not described */
    p.track = 0;
    rig.wakes = 0;
    assert_int_equal(oc_push_packet(sender, &p), OC_OK);
    assert_int_equal(rig.wakes, 1); /* the capture thread was told */
    memset(bytes, 0, sizeof bytes); /* the sender's memory is its own again */
    next(&item, OC_HANDOFF_PACKET);
    assert_int_equal(item.packet.data[99], 99);
    assert_int_equal(item.packet.capture_us, rig.now_us);
    p = picture(0, false); /* empty: the ring counts it */
    assert_int_equal(oc_push_packet(sender, &p), OC_AGAIN);
    next(&item, OC_HANDOFF_PACKET);
    assert_int_equal(item.packet.len_bytes, 0);
    p = picture(65537, true);
    assert_int_equal(oc_push_packet(sender, &p), OC_ERR_TOO_BIG);
    p = picture(10, false);
    assert_int_equal(oc_push_packet(sender, &p), OC_ERR_BUSY); /* the rest of that GOP */
    p = picture(10, true);
    assert_int_equal(oc_push_begin(sender, &p), OC_OK);
    assert_int_equal(oc_push_append(sender, bytes, 6), OC_OK);
    assert_int_equal(oc_push_commit(sender), OC_ERR_STATE); /* not all there */
    assert_int_equal(oc_push_append(sender, bytes, 5), OC_ERR_TOO_BIG);
    assert_int_equal(oc_push_commit(sender), OC_ERR_STATE);
    assert_int_equal(rig.handoff.dropped, 3);
    assert_int_equal(rig.handoff.lost[OC_LOSS_NO_TRACK], 1);
    assert_int_equal(rig.handoff.lost[OC_LOSS_TOO_LARGE], 1);
    assert_int_equal(rig.handoff.lost[OC_LOSS_GOP_REST], 1);
    nothing();
    oc_capture_push.stop(rig.state);
    assert_int_equal(oc_push_packet(sender, &p), OC_ERR_STATE);
    rig_close(&rig);
}

static void test_slow_host_drops_to_the_next_key(void **state) {
    oc_handoff_item_t item;
    oc_packet_t p;
    int taken = 0;
    begin("push:cam?buffer=65536");
    attach();
    for (int i = 0; i < 100; i++) {
        p = picture(1000, i % 10 == 0);
        taken += oc_push_packet(sender, &p) == OC_OK;
        oc_capture_push.pump(rig.state, rig.now_us);
    }
    assert_in_range(taken, 60, 66); /* of the buffer; a board has 64 slots */
    assert_int_equal(rig.handoff.dropped, 100 - taken);
    for (int i = 0; i < 4; i++) {
        rig_drain(&rig);
        oc_capture_push.pump(rig.state, rig.now_us);
    }
    p = picture(1000, false);
    assert_int_equal(oc_push_packet(sender, &p), OC_ERR_BUSY);
    p = picture(1000, true);
    assert_int_equal(oc_push_packet(sender, &p), OC_OK);
    next(&item, OC_HANDOFF_PACKET);
    assert_true(item.packet.key);
    rig_close(&rig);
}

static void test_leaving_a_full_inbox_is_told(void **state) {
    oc_handoff_item_t item;
    oc_packet_t p;
    bool lost = false;
    begin("push:cam");
    attach();
    for (int i = 0; i < OC_HANDOFF_SLOTS_MAX; i++) {
        p = picture(10, true);
        oc_push_packet(sender, &p);
    }
    assert_true(rig.handoff.lost[OC_LOSS_QUEUE_FULL] > 0);
    oc_push_detach(sender);
    for (int i = 0; i < 2 * OC_HANDOFF_SLOTS_MAX && !lost; i++) {
        oc_capture_push.pump(rig.state, rig.now_us);
        if (oc_handoff_peek(&rig.handoff, &item) == OC_OK) {
            lost = item.kind == OC_HANDOFF_LOST;
            oc_handoff_release(&rig.handoff);
        }
    }
    assert_true(lost);
    nothing();
    rig_close(&rig);
}

static void test_commands_reach_the_sender(void **state) {
    begin("push:cam");
    attach();
    assert_false(oc_push_take_key_request(sender));
    assert_int_equal(oc_capture_push.request_key(rig.state), OC_OK);
    assert_int_equal(oc_capture_push.set_bitrate_bps(rig.state, 700000), OC_OK);
    assert_int_equal(oc_capture_push.set_bitrate_bps(rig.state, 0), OC_ERR_RANGE);
    assert_true(oc_push_take_key_request(sender));
    assert_false(oc_push_take_key_request(sender));
    assert_int_equal(oc_push_take_bitrate(sender), 700000);
    assert_int_equal(oc_push_take_bitrate(sender), 0);
    rig_close(&rig);
}

static void test_host_without_wake_is_pumped(void **state) {
    rig_init(&rig, &oc_capture_push, "push:cam");
    rig.env.wake = NULL;
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_push.start(rig.state, 0), OC_OK);
    assert_int_equal(oc_capture_push.pump(rig.state, 1000), 6000);
    rig_close(&rig);
}

/* ---- the socket's session ---- */

static int reply_type(oc_push_session_t *s, uint8_t *out) {
    int n = oc_push_session_poll_output(s, out, OC_PUSH_WIRE_REPLY_MAX);
    return n > 0 ? out[4] : 0;
}

static int give(oc_push_session_t *s, const uint8_t *in, size_t len) {
    size_t taken;
    int rc = oc_push_session_input(s, in, len, &taken);
    assert_true(rc != OC_OK || taken == len);
    return rc;
}

static void test_session(void **state) {
    static uint8_t in[4000];
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX];
    oc_push_session_t s, other;
    oc_handoff_item_t item;
    oc_track_t t = video();
    oc_packet_t p;
    size_t n;
    begin("push:cam");
    oc_push_session_init(&s);
    n = (size_t)oc_push_wire_hello("cam", in, sizeof in);
    assert_int_equal(give(&s, in, n), OC_OK);
    assert_int_equal(reply_type(&s, out), OC_PUSH_WIRE_WELCOME);
    oc_push_session_init(&other); /* a second sender is turned away */
    assert_int_equal(give(&other, in, n), OC_END);
    assert_int_equal(reply_type(&other, out), OC_PUSH_WIRE_REFUSED);
    oc_push_session_end(&other);
    n = (size_t)oc_push_wire_track(0, &t, in, sizeof in);
    p = picture(1500, true);
    n += (size_t)oc_push_wire_packet(&p, in + n, sizeof in - n);
    memcpy(in + n, bytes, 1500);
    n += 1500;
    for (size_t at = 0; at < n; at += 7)
        assert_int_equal(give(&s, in + at, at + 7 < n ? 7 : n - at), OC_OK);
    next(&item, OC_HANDOFF_TRACK);
    next(&item, OC_HANDOFF_PACKET);
    assert_int_equal(item.packet.len_bytes, 1500);
    assert_memory_equal(item.packet.data, bytes, 1500);
    assert_int_equal(reply_type(&s, out), 0);
    oc_capture_push.request_key(rig.state);
    oc_capture_push.set_bitrate_bps(rig.state, 1);
    assert_int_equal(reply_type(&s, out), OC_PUSH_WIRE_KEY);
    assert_int_equal(reply_type(&s, out), OC_PUSH_WIRE_BITRATE);
    n = (size_t)oc_push_wire_bye(in, sizeof in);
    assert_int_equal(give(&s, in, n), OC_END);
    oc_push_session_end(&s);
    oc_push_session_end(&s);
    next(&item, OC_HANDOFF_LOST);
    rig_close(&rig);
}

/* A sender that connects before its channel runs tells its track once; it must not be lost. */
static void test_session_before_the_start(void **state) {
    static uint8_t in[4000];
    oc_push_session_t s;
    oc_handoff_item_t item;
    oc_track_t t = video();
    rig_init(&rig, &oc_capture_push, "push:cam");
    assert_int_equal(rig_open(&rig), OC_OK);
    oc_push_session_init(&s);
    size_t n = (size_t)oc_push_wire_hello("cam", in, sizeof in);
    n += (size_t)oc_push_wire_track(0, &t, in + n, sizeof in - n);
    assert_int_equal(give(&s, in, n), OC_OK);
    assert_string_equal(s.name, "cam");
    frame = 0;
    for (unsigned i = 0; i < 3; i++) {
        oc_packet_t p = picture(500, i == 0);
        size_t taken = 0;
        n = (size_t)oc_push_wire_packet(&p, in, sizeof in);
        memcpy(in + n, bytes, 500);
        if (i == 0) { /* it waits for the start, and comes then */
            assert_int_equal(oc_push_session_input(&s, in, n + 500, &taken), OC_AGAIN);
            assert_int_equal(oc_capture_push.start(rig.state, rig.now_us), OC_OK);
        }
        assert_int_equal(give(&s, in + taken, n + 500 - taken), OC_OK);
    }
    assert_int_equal(s.refused_packets, 0);
    next(&item, OC_HANDOFF_TRACK);
    assert_int_equal(item.track->width, 320);
    for (int i = 0; i < 3; i++) {
        next(&item, OC_HANDOFF_PACKET);
        assert_int_equal(item.packet.dts, i * 3000);
    }
    nothing();
    oc_push_session_end(&s);
    rig_close(&rig);
}

/* The host stands still: what a sender goes on to write waits in its socket. All of it comes, in
 * order, when the host moves again, whatever the pieces are. */
static void test_a_burst_waits_for_the_host(void **state) {
    enum {
        PACKETS = 700,
        BYTES = 900,
        MESSAGE = OC_PUSH_WIRE_FRAME + OC_PUSH_WIRE_PACKET_N + BYTES
    };
    static uint8_t in[PACKETS * MESSAGE + 4000];
    oc_push_session_t s;
    oc_track_t t = video();
    size_t at = 0, waits = 0;
    int came = 0;
    begin("push:cam");
    oc_push_session_init(&s);
    size_t n = (size_t)oc_push_wire_hello("cam", in, sizeof in);
    for (int i = 0; i < PACKETS; i++) {
        oc_packet_t p = picture(BYTES, i % 30 == 0);
        if (i % 50 == 0) /* descriptions wait too */
            n += (size_t)oc_push_wire_track(0, &t, in + n, sizeof in - n);
        n += (size_t)oc_push_wire_packet(&p, in + n, sizeof in - n);
        memcpy(in + n, bytes, BYTES);
        n += BYTES;
    }
    for (size_t turns = 0; came < PACKETS && turns < 10 * PACKETS; turns++) {
        oc_handoff_item_t item;
        size_t piece = n - at < 4096 ? n - at : 4096, taken = 0;
        int rc = oc_push_session_input(&s, in + at, piece, &taken);
        assert_true(rc == OC_OK || rc == OC_AGAIN);
        assert_true(taken <= piece && (rc == OC_AGAIN || taken == piece));
        at += taken;
        waits += rc == OC_AGAIN;
        oc_capture_push.pump(rig.state, rig.now_us);
        if (turns < 300 || turns % 8) /* the host: at first nothing, then a little */
            continue;
        while (oc_handoff_peek(&rig.handoff, &item) == OC_OK) {
            if (item.kind == OC_HANDOFF_PACKET)
                assert_int_equal(item.packet.dts, came++ * 3000);
            oc_handoff_release(&rig.handoff);
        }
    }
    assert_int_equal(came, PACKETS);
    assert_int_equal(at, n);
    assert_true(waits > 100);
    assert_int_equal(rig.handoff.dropped, 0);
    assert_int_equal(s.refused_packets, 0);
    oc_push_session_end(&s);
    rig_close(&rig);
}

static void test_session_refusals(void **state) {
    uint8_t in[600], out[OC_PUSH_WIRE_REPLY_MAX];
    oc_push_session_t s;
    oc_track_t t = video();
    int n;
    oc_push_session_init(&s);
    n = oc_push_wire_hello("nobody", in, sizeof in);
    assert_int_equal(give(&s, in, (size_t)n), OC_END);
    assert_int_equal(reply_type(&s, out), OC_PUSH_WIRE_REFUSED);
    oc_push_session_end(&s);
    oc_push_session_init(&s);
    in[OC_PUSH_WIRE_FRAME + 5] = 2; /* version */
    assert_int_equal(give(&s, in, (size_t)n), OC_END);
    assert_int_equal(reply_type(&s, out), OC_PUSH_WIRE_REFUSED);
    oc_push_session_init(&s);
    assert_int_equal(give(&s, (const uint8_t *)"GET / HTTP", 10), OC_END);
    assert_int_equal(reply_type(&s, out), OC_PUSH_WIRE_REFUSED);
    begin("push:cam");
    oc_push_session_init(&s);
    n = oc_push_wire_hello("cam", in, sizeof in);
    assert_int_equal(give(&s, in, (size_t)n), OC_OK);
    n = oc_push_wire_track(1, &t, in, sizeof in);
    assert_int_equal(give(&s, in, (size_t)n), OC_END);
    oc_push_session_end(&s);
    oc_push_session_init(&s);
    n = oc_push_wire_hello("cam", in, sizeof in);
    assert_int_equal(give(&s, in, (size_t)n), OC_OK);
    rig_close(&rig); /* the channel goes while the sender is there */
    n = oc_push_wire_track(0, &t, in, sizeof in);
    assert_int_equal(give(&s, in, (size_t)n), OC_END);
    assert_int_equal(reply_type(&s, out), OC_PUSH_WIRE_REFUSED);
    oc_push_session_end(&s);
}

/* ---- threads ---- */

static _Atomic bool finished;

static void *send_all(void *context) {
    static uint8_t payload[1500];
    oc_track_t t = video();
    int me = -1;
    for (uint32_t i = 0; i < THREAD_PACKETS;) {
        oc_packet_t p = {.data = payload, .len_bytes = 1 + i * 31 % 1400, .dts = i, .key = true};
        int rc;
        if (me < 0 && (me = oc_push_attach("cam")) < 0) {
            sched_yield();
            continue;
        }
        if (i % 1000 == 0 && oc_push_track(me, 0, &t) == OC_ERR_BUSY) {
            sched_yield();
            continue;
        }
        memset(payload, (int)(i & 0xFF), p.len_bytes);
        rc = oc_push_packet(me, &p);
        if (rc == OC_ERR_CLOSED) { /* the channel was closed and opened again */
            me = -1;
            i -= i % 1000;
        }
        i += rc == OC_OK;
        if (rc != OC_OK)
            sched_yield();
    }
    oc_push_detach(me);
    atomic_store(&finished, true);
    return NULL;
}

static void test_two_threads(void **state) { /* also under the thread sanitizer */
    pthread_t thread;
    uint32_t packets = 0, closings = 0;
    begin("push:cam?buffer=65536");
    atomic_store(&finished, false);
    assert_int_equal(pthread_create(&thread, NULL, send_all, NULL), 0);
    while (!atomic_load(&finished)) {
        oc_handoff_item_t item;
        oc_capture_push.pump(rig.state, rig.now_us);
        while (oc_handoff_peek(&rig.handoff, &item) == OC_OK) {
            if (item.kind == OC_HANDOFF_PACKET) {
                const oc_packet_t *p = &item.packet;
                assert_int_equal(p->len_bytes, 1 + p->dts * 31 % 1400);
                assert_int_equal(p->data[0], (uint8_t)p->dts);
                assert_int_equal(p->data[p->len_bytes - 1], (uint8_t)p->dts);
                packets++;
            }
            oc_handoff_release(&rig.handoff);
        }
        if (packets > 4000 * (closings + 1) && closings < 3) { /* close under the sender's feet */
            rig_close(&rig);
            begin("push:cam?buffer=65536");
            closings++;
        }
        sched_yield();
    }
    pthread_join(thread, NULL);
    assert_int_equal(closings, 3);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance),
        cmocka_unit_test(test_bad_urls),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_one_sender_and_its_number),
        cmocka_unit_test(test_a_sender_never_reaches_the_next_driver),
        cmocka_unit_test(test_packets_and_faults),
        cmocka_unit_test(test_slow_host_drops_to_the_next_key),
        cmocka_unit_test(test_leaving_a_full_inbox_is_told),
        cmocka_unit_test(test_commands_reach_the_sender),
        cmocka_unit_test(test_host_without_wake_is_pumped),
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_session_before_the_start),
        cmocka_unit_test(test_a_burst_waits_for_the_host),
        cmocka_unit_test(test_session_refusals),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
