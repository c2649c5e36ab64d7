/* A viewer's place in a ring: what is sent, the same bytes again, overtaken, in pieces, paused, and
 * with other tracks. */
#include "cmocka_first.h"

#include <stdlib.h>

#include "oc_err.h"
#include "oc_source_ring.h"

#define PAYLOAD 65536
#define GOP     10
#define PICTURE 1500
#define KEY     4000
#define PIECE   262144
#define TICKS   3000 /* of 90,000 per second: 30 pictures */

static void *memory;
static oc_ring_t *ring;
static oc_source_scratch_t scratch;
static oc_source_feed_t feed;
static oc_source_ring_t source;
static const oc_source_ops_t *const ops = &oc_source_ring_ops;
static uint16_t config_id;
static int64_t dts;
static unsigned pushed;

static oc_track_t track(uint16_t width) {
    oc_track_t t = {.codec = OC_CODEC_H264, .timescale = 90000, .width = width, .height = 360};
    static const uint8_t avcc[] = {1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0,
                                   2, 0x67, 0x42, 1,    0,    1,    0x68};
    memcpy(t.config, avcc, sizeof avcc);
    t.config_len = sizeof avcc;
    return t;
}

static void push_sized(bool key, uint32_t len) {
    static uint8_t bytes[PAYLOAD];
    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(pushed * 7 + i);
    oc_packet_t packet = {.data = bytes,
                          .len_bytes = len,
                          .dts = dts,
                          .duration = pushed % 3 ? TICKS : 0, /* not every source says it */
                          .config_id = config_id,
                          .key = key};
    assert_int_equal(oc_ring_push(ring, &packet), OC_OK);
    dts += TICKS;
    pushed++;
}

static void push(unsigned count) {
    while (count--) {
        bool key = pushed % GOP == 0;
        push_sized(key, key ? KEY : PICTURE);
    }
}

static void describe(uint16_t width) {
    oc_track_t t = track(width);
    int id = oc_ring_set_track(ring, 0, &t);
    assert_true(id > 0);
    config_id = (uint16_t)id;
}

static int setup(void **state) {
    oc_ring_plan_t plan = {.bytes = PAYLOAD, .bitrate_bps = 500000, .packets_per_s = 30};
    oc_ring_size_t size;
    assert_int_equal(oc_ring_plan(&plan, &size, NULL, 0), OC_OK);
    memory = aligned_alloc(16, (size.total_bytes + 15) / 16 * 16);
    assert_non_null(memory);
    ring = oc_ring_init(memory, NULL, &plan, &size);
    assert_non_null(ring);
    dts = 0;
    pushed = 0;
    describe(640);
    oc_source_feed_init(&feed, ring, &scratch);
    oc_source_ring_init(&source, &feed, NULL, PIECE);
    return 0;
}

static int teardown(void **state) {
    free(memory);
    return 0;
}

/* A message's bytes, cut as packets would; false: overtaken. */
static bool read_message(uint64_t ref, uint32_t len, uint32_t cut, uint8_t *out) {
    oc_span_t parts[OC_SOURCE_PARTS];
    for (uint32_t at = 0; at < len;) {
        uint32_t n = len - at < cut ? len - at : cut;
        int count = ops->bytes(&source, ref, at, n, parts, OC_SOURCE_PARTS);
        if (count == OC_ERR_STALE)
            return false;
        assert_true(count > 0);
        for (int i = 0; i < count; i++) {
            memcpy(out + at, parts[i].data, parts[i].len);
            at += (uint32_t)parts[i].len;
        }
    }
    return true;
}

static oc_msg_t take(void) {
    oc_msg_t m;
    assert_int_equal(ops->next(&source, &m), OC_OK);
    ops->take(&source, m.ref);
    return m;
}

static uint32_t number(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* moof with one run of one sample, then mdat with the packet. */
static void check_fragment(const uint8_t *m, uint32_t len, unsigned nth, uint32_t payload) {
    assert_int_equal(len, OC_SOURCE_FEED_HEAD + payload);
    assert_memory_equal(m + 4, "moof", 4);
    assert_int_equal(number(m), 104);
    assert_int_equal(number(m + 20), nth + 1); /* number of the fragment: of the packet */
    assert_true(((uint64_t)number(m + 60) << 32 | number(m + 64)) == (uint64_t)nth * TICKS);
    assert_int_equal(number(m + 88), TICKS);
    assert_int_equal(number(m + 92), payload);
    assert_int_equal(number(m + 104), 8 + payload);
    assert_memory_equal(m + 108, "mdat", 4);
    for (uint32_t i = 0; i < payload; i++)
        assert_int_equal(m[112 + i], (uint8_t)(nth * 7 + i));
}

static void test_sends_from_newest_key(void **state) {
    static uint8_t a[PAYLOAD], b[PAYLOAD];
    oc_msg_t m;
    push(25);
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_WAITS); /* no init segment yet */
    assert_int_equal(oc_source_ring_begin(&source), OC_OK);
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_READY);
    assert_int_equal(source.waiting, KEY + 4 * PICTURE);
    for (unsigned nth = 20; nth < 25; nth++) {
        uint32_t payload = nth == 20 ? KEY : PICTURE;
        m = take();
        assert_int_equal(m.key, nth == 20);
        assert_int_equal(m.ref >> 63, 0); /* for who wraps the source */
        assert_int_equal(m.group, 0);
        assert_true(read_message(m.ref, m.len, 1187, a));
        check_fragment(a, m.len, nth, payload);
        assert_true(read_message(m.ref, m.len, 37, b));
        assert_memory_equal(a, b, m.len);
        ops->done(&source, m.ref, OC_OK);
    }
    assert_int_equal(ops->next(&source, &m), OC_AGAIN);
    assert_int_equal(source.waiting, 0);
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_WAITS);
    push(1);
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_READY);
    assert_int_equal(source.waiting, PICTURE);
    assert_true(source.taken == 5 && source.done == 5 && source.skipped == 0 && source.jumps == 0);
}

/* The ring wraps between a cut and its retransmission: the same bytes until it is gone, then
 * OC_ERR_STALE, never other bytes. */
static void test_wrap_between_cut_and_retransmission(void **state) {
    static uint8_t first[PAYLOAD], again[PAYLOAD];
    unsigned gone = 0;
    push(1);
    oc_source_ring_begin(&source);
    oc_msg_t m = take();
    assert_true(read_message(m.ref, m.len, 1187, first));
    for (unsigned i = 0; i < 200; i++) {
        push(1);
        memset(again, 0xEE, sizeof again);
        if (read_message(m.ref, m.len, 1187, again)) {
            assert_int_equal(gone, 0);
            assert_memory_equal(first, again, m.len);
        } else {
            gone++;
        }
    }
    assert_true(gone > 100);
    ops->done(&source, m.ref, OC_ERR_STALE);
    assert_int_equal(source.dropped, 1);
    assert_int_equal(ops->next(&source, &m), OC_OK); /* at the newest key packet */
    assert_true(m.key);
    assert_true(read_message(m.ref, m.len, 1187, first));
    check_fragment(first, m.len, 200, KEY);
    assert_int_equal(source.jumps, 1);
    assert_int_equal(source.skipped, 199);
    assert_int_equal(source.waiting, 0);
    oc_source_ring_look(&source);
    assert_int_equal(source.waiting, KEY);
}

/* A packet larger than the other end takes: pieces of one group, which together are the message. */
static void test_pieces(void **state) {
    static uint8_t whole[PAYLOAD];
    uint32_t at = 0;
    oc_source_ring_init(&source, &feed, NULL, OC_SOURCE_RING_PIECE_MIN);
    push(1);
    oc_source_ring_begin(&source);
    for (unsigned i = 0; i < 5; i++) {
        oc_msg_t m = take();
        assert_int_equal(m.len, i < 4 ? 1024 : OC_SOURCE_FEED_HEAD + KEY - 4096);
        assert_int_equal(m.key, i == 0);
        assert_true(m.group != 0);
        assert_true(read_message(m.ref, m.len, 100, whole + at));
        at += m.len;
    }
    check_fragment(whole, at, 0, KEY);
    push_sized(false, 1024 - OC_SOURCE_FEED_HEAD);
    oc_msg_t m = take();
    assert_int_equal(m.group, 0); /* it just fits */
    assert_int_equal(m.len, 1024);
    push_sized(false, 1025 - OC_SOURCE_FEED_HEAD);
    m = take();
    assert_true(m.group != 0 && m.len == 1024);
    m = take();
    assert_int_equal(m.len, 1);
}

/* Overtaken in the middle of a group: the rest of it is not sent, and nothing else either: the
 * other end could not tell. Unless it has nothing of it. */
static void test_overrun_between_pieces(void **state) {
    oc_source_ring_init(&source, &feed, NULL, OC_SOURCE_RING_PIECE_MIN);
    push(1);
    oc_source_ring_begin(&source);
    oc_msg_t a = take(), b;
    push(100);
    oc_span_t parts[OC_SOURCE_PARTS];
    assert_int_equal(ops->bytes(&source, a.ref, 0, 10, parts, OC_SOURCE_PARTS), OC_ERR_STALE);
    oc_source_ring_t untold = source;
    assert_int_equal(ops->next(&untold, &b), OC_AGAIN);
    assert_int_equal(oc_source_ring_look(&untold), OC_SOURCE_RING_TORN);
    ops->done(&source, a.ref, OC_ERR_STALE);
    assert_int_equal(ops->next(&source, &b), OC_OK);
    assert_true(b.key && b.group != a.group);
    assert_int_equal(source.skipped, 99); /* the first one was sent in part */
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_READY);
}

static void test_pause(void **state) {
    oc_msg_t m;
    push(3);
    oc_source_ring_begin(&source);
    take();
    oc_source_ring_pause(&source, true);
    push(12);
    for (unsigned i = 1; i < 10; i++)
        assert_int_equal(take().ref & 0xFFFFFFF, (uint64_t)(i + 1) << 12);
    assert_int_equal(ops->next(&source, &m), OC_AGAIN); /* the GOP is whole */
    assert_true(source.paused);
    push(16);
    oc_source_ring_resume(&source);
    m = take();
    assert_true(m.key);
    assert_int_equal(m.ref & 0xFFFFFFF, 31u << 12);
    assert_int_equal(source.skipped, 20);
    oc_source_ring_pause(&source, false);
    assert_int_equal(ops->next(&source, &m), OC_AGAIN);
    push(1);
    oc_source_ring_resume(&source); /* in the newest GOP: nothing is left out */
    assert_int_equal(take().ref & 0xFFFFFFF, 32u << 12);
    assert_int_equal(source.skipped, 20);
    oc_source_ring_pause(&source, true);
    oc_source_ring_resume(&source);
    assert_false(source.paused || source.pausing);
}

/* What `head` has, for the tests: so many messages of 3 bytes. */
static unsigned notices, notices_taken, notices_done;
static int head_next(void *ctx, oc_msg_t *out) {
    *out = (oc_msg_t){.ref = 77, .len = 3, .ppid = 51, .key = true};
    return notices ? OC_OK : OC_AGAIN;
}
static void head_take(void *ctx, uint64_t ref) {
    assert_int_equal(ref, 77);
    notices--;
    notices_taken++;
}
static int head_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                      unsigned max) {
    parts[0] = oc_span("abc" + offset, len);
    return 1;
}
static void head_done(void *ctx, uint64_t ref, int how) {
    notices_done++;
}

static void test_head_goes_first(void **state) {
    static const oc_source_ops_t head_ops = {head_next, head_take, head_bytes, head_done};
    static uint8_t text[3];
    oc_source_t head = {&head_ops, NULL};
    oc_msg_t m;
    notices = 1;
    notices_taken = notices_done = 0;
    oc_source_ring_init(&source, &feed, &head, OC_SOURCE_RING_PIECE_MIN);
    push(1);
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_READY); /* before the tracks */
    m = take();
    assert_int_equal(m.ppid, 51);
    assert_true(read_message(m.ref, m.len, 2, text));
    assert_memory_equal(text, "abc", 3);
    ops->done(&source, m.ref, OC_OK);
    assert_true(notices_taken == 1 && notices_done == 1 && source.done == 0);
    oc_source_ring_begin(&source);
    take();
    notices = 1; /* in the middle of a packet: behind it */
    for (unsigned i = 1; i < 5; i++)
        assert_int_equal(take().ppid, 53);
    assert_int_equal(take().ppid, 51);
    notices = 1; /* when all packets are taken */
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_READY);
    assert_int_equal(take().ppid, 51);
    assert_int_equal(ops->next(&source, &m), OC_AGAIN);
}

/* Other parameter sets: nothing more before the viewer knows them; old packets are left out. */
static void test_tracks_change(void **state) {
    oc_msg_t m;
    uint8_t init[OC_FMP4_INIT_MAX];
    push(13);
    oc_source_ring_begin(&source);
    take();
    describe(1280);
    assert_int_equal(take().len, OC_SOURCE_FEED_HEAD + PICTURE); /* of the old ones */
    pushed = 20;
    push(2);
    assert_int_equal(take().len, OC_SOURCE_FEED_HEAD + PICTURE);
    assert_int_equal(ops->next(&source, &m), OC_AGAIN);
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_CHANGED);
    assert_true(oc_source_feed_init_segment(&feed, init, sizeof init) > 0);
    assert_int_equal(oc_source_ring_begin(&source), OC_OK);
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_READY);
    m = take();
    assert_true(m.key && m.len == OC_SOURCE_FEED_HEAD + KEY);
    describe(1280); /* an equal description is none */
    push(1);
    take();
    take();
    assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_WAITS);
}

static void test_nothing_known(void **state) {
    oc_source_feed_t empty;
    oc_source_ring_t s;
    uint8_t init[OC_FMP4_INIT_MAX];
    char codecs[64];
    oc_ring_plan_t plan = {.bytes = PAYLOAD, .bitrate_bps = 500000, .packets_per_s = 30};
    oc_ring_size_t size;
    oc_msg_t m;
    assert_int_equal(oc_ring_plan(&plan, &size, NULL, 0), OC_OK);
    void *other = aligned_alloc(16, (size.total_bytes + 15) / 16 * 16);
    assert_non_null(other);
    oc_ring_t *r = oc_ring_init(other, NULL, &plan, &size);
    oc_source_feed_init(&empty, r, &scratch);
    oc_source_ring_init(&s, &empty, NULL, PIECE);
    assert_int_equal(oc_source_ring_begin(&s), OC_AGAIN);
    assert_int_equal(oc_source_feed_init_segment(&empty, init, sizeof init), OC_AGAIN);
    assert_int_equal(oc_source_feed_codecs(&empty, codecs, sizeof codecs), OC_AGAIN);
    assert_int_equal(ops->next(&s, &m), OC_AGAIN);
    oc_track_t t = track(640);
    assert_true(oc_ring_set_track(r, 0, &t) > 0);
    assert_int_equal(oc_source_ring_begin(&s), OC_OK);
    assert_int_equal(ops->next(&s, &m), OC_AGAIN); /* no packet */
    assert_int_equal(oc_source_feed_codecs(&empty, codecs, sizeof codecs), OC_OK);
    assert_string_equal(codecs, "avc1.42c01e");
    free(other);
}

/* Whoever asks, and however often: a packet is looked at once. */
static void one_look_for_each_message(void **state) {
    oc_msg_t message;
    assert_int_equal(oc_source_ring_begin(&source), OC_OK);
    for (unsigned n = 1; n <= 3 * GOP; n++) {
        push(1);
        assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_READY);
        for (unsigned again = 0; again < 5; again++)
            assert_int_equal(ops->next(&source, &message), OC_OK);
        assert_int_equal(source.looks, n);
        ops->take(&source, message.ref);
        assert_int_equal(ops->next(&source, &message), OC_AGAIN);
        assert_int_equal(oc_source_ring_look(&source), OC_SOURCE_RING_WAITS);
        assert_int_equal(source.looks, n);
    }
}

/* But what was found is of no use when the ring overran it, the tracks changed, or it stops. */
static void looks_again_when_something_changed(void **state) {
    oc_msg_t message, other;
    assert_int_equal(oc_source_ring_begin(&source), OC_OK);
    push(1);
    assert_int_equal(ops->next(&source, &message), OC_OK);
    push(30 * GOP); /* the ring overran it */
    assert_int_equal(ops->next(&source, &other), OC_OK);
    assert_true(other.ref > message.ref);
    assert_int_equal(source.looks, 2);
    oc_source_ring_pause(&source, true); /* at a key packet: that is here */
    assert_int_equal(ops->next(&source, &other), OC_AGAIN);
    oc_source_ring_resume(&source);
    assert_int_equal(ops->next(&source, &other), OC_OK);
    ops->take(&source, other.ref);
    describe(1280);
    push(GOP);
    oc_source_ring_state_t found;
    while ((found = oc_source_ring_look(&source)) == OC_SOURCE_RING_READY) {
        assert_int_equal(ops->next(&source, &other), OC_OK);
        ops->take(&source, other.ref);
    }
    assert_int_equal(found, OC_SOURCE_RING_CHANGED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_look_for_each_message, setup, teardown),
        cmocka_unit_test_setup_teardown(looks_again_when_something_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sends_from_newest_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrap_between_cut_and_retransmission, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overrun_between_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pause, setup, teardown),
        cmocka_unit_test_setup_teardown(test_head_goes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tracks_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_known, setup, teardown),
    };
    return cmocka_run_group_tests_name("source_ring", tests, NULL, NULL);
}
