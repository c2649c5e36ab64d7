/* The handoff: order, fullness, lifetime of payloads and descriptions, two threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <pthread.h>
#include <sched.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_feeder.h"

#define THREAD_PACKETS 200000

static oc_handoff_t h;
static int wakes;

static void count_wake(void *context) {
    ++*(int *)context;
}

static void test_order_and_fullness(void **state) {
    oc_handoff_item_t item;
    oc_packet_t p = {.len_bytes = 1, .data = (const uint8_t *)"x"};
    oc_handoff_init(&h, count_wake, &wakes);
    assert_int_equal(oc_handoff_peek(&h, &item), OC_AGAIN);
    oc_handoff_release(&h); /* of nothing: nothing */
    for (int i = 0; i < OC_HANDOFF_SLOTS; i++) {
        p.dts = i;
        assert_int_equal(oc_handoff_push(&h, &p), OC_OK);
    }
    assert_int_equal(oc_handoff_push(&h, &p), OC_AGAIN);
    assert_int_equal(oc_handoff_push_state(&h, OC_HANDOFF_LOST, OC_ERR_IO), OC_AGAIN);
    oc_handoff_count_drop(&h);
    assert_int_equal(wakes, OC_HANDOFF_SLOTS + 1); /* of the one that was counted too */
    assert_int_equal(oc_handoff_peek_at(&h, 5, &item), OC_OK);
    assert_int_equal(item.packet.dts, 5);
    assert_int_equal(oc_handoff_peek_at(&h, OC_HANDOFF_SLOTS, &item), OC_AGAIN);
    for (int i = 0; i < OC_HANDOFF_SLOTS; i++) {
        assert_int_equal(oc_handoff_peek(&h, &item), OC_OK);
        assert_int_equal(item.packet.dts, i);
        oc_handoff_release(&h);
    }
    assert_int_equal(oc_handoff_pushed(&h), oc_handoff_released(&h));
    assert_int_equal(h.dropped, 1);
    assert_int_equal(oc_handoff_push_state(&h, OC_HANDOFF_LOST, OC_ERR_IO), OC_OK);
    assert_int_equal(oc_handoff_peek(&h, &item), OC_OK);
    assert_int_equal(item.kind, OC_HANDOFF_LOST);
    assert_int_equal(item.code, OC_ERR_IO);
}

static void test_descriptions_live_until_released(void **state) {
    oc_handoff_item_t item;
    oc_track_t t = {.codec = OC_CODEC_H264, .timescale = 90000};
    oc_handoff_init(&h, NULL, NULL);
    for (uint32_t i = 0; i < 1000; i++) {
        t.timescale = 1 + i;
        if (i % 3 == 0) { /* keep the queue between empty and full */
            int rc = OC_OK;
            for (t.timescale = 10; rc == OC_OK; t.timescale++)
                rc = oc_handoff_push_track(&h, 1, &t);
            assert_int_equal(rc, OC_AGAIN);
            for (uint32_t k = 10; k < 10 + OC_HANDOFF_TRACKS; k++) {
                assert_int_equal(oc_handoff_peek(&h, &item), OC_OK);
                assert_int_equal(item.kind, OC_HANDOFF_TRACK);
                assert_int_equal(item.packet.track, 1);
                assert_int_equal(item.track->timescale, k);
                oc_handoff_release(&h);
            }
            continue;
        }
        assert_int_equal(oc_handoff_push_track(&h, 0, &t), OC_OK);
        assert_int_equal(oc_handoff_peek(&h, &item), OC_OK);
        assert_int_equal(item.track->timescale, 1 + i);
        oc_handoff_release(&h);
    }
}

static void test_feeder_reuses_released_bytes_only(void **state) {
    static uint8_t buffer[1000];
    oc_feeder_t f;
    oc_handoff_item_t item;
    uint8_t *a, *b;
    oc_packet_t p = {.len_bytes = 400, .key = true};
    oc_handoff_init(&h, NULL, NULL);
    oc_feeder_init(&f, &h, buffer, sizeof buffer);
    assert_null(oc_feeder_reserve(&f, 1001));
    p.data = a = oc_feeder_reserve(&f, 400);
    assert_int_equal(oc_feeder_push(&f, &p), OC_OK);
    p.data = b = oc_feeder_reserve(&f, 400);
    assert_ptr_equal(b, a + 400);
    assert_int_equal(oc_feeder_push(&f, &p), OC_OK);
    assert_null(oc_feeder_reserve(&f, 300)); /* neither at the end nor at the start */
    oc_handoff_release(&h);
    assert_ptr_equal(oc_feeder_reserve(&f, 300), a); /* wrapped */
    assert_null(oc_feeder_reserve(&f, 401));
    p.data = a, p.len_bytes = 400;
    assert_int_equal(oc_feeder_push(&f, &p), OC_OK);
    assert_null(oc_feeder_reserve(&f, 1)); /* full to the byte */
    assert_null(oc_feeder_admit(&f, 100, true, false));
    assert_int_equal(oc_handoff_peek(&h, &item), OC_OK);
    assert_ptr_equal(item.packet.data, b);
    oc_handoff_release(&h);
    assert_null(oc_feeder_admit(&f, 100, true, false));     /* room, but its GOP is broken */
    assert_non_null(oc_feeder_admit(&f, 100, false, true)); /* audio is not */
    assert_non_null(oc_feeder_admit(&f, 100, true, true));
    assert_int_equal(h.dropped, 2);
    assert_false(oc_feeder_idle(&f));
    oc_handoff_release(&h);
    assert_true(oc_feeder_idle(&f));
    assert_ptr_equal(oc_feeder_reserve(&f, 1000), buffer);
}

/* Two seconds of what comes, within the limits. */
static void test_slots_are_sized_in_time(void **state) {
    static oc_handoff_item_t slots[OC_HANDOFF_SLOTS_MAX];
    oc_handoff_item_t item;
    oc_packet_t p = {.len_bytes = 1, .data = (const uint8_t *)"x"};
    uint32_t count = oc_handoff_slots_for(80);
    assert_true(count >= 2 * 80 || count == OC_HANDOFF_SLOTS_MAX);
    assert_int_equal(oc_handoff_slots_for(1), OC_HANDOFF_SLOTS);
    assert_true(oc_handoff_slots_for(0) >= count);
    assert_int_equal(oc_handoff_slots_for(UINT32_MAX), OC_HANDOFF_SLOTS_MAX);
    oc_handoff_init(&h, NULL, NULL);
    oc_handoff_use(&h, slots, count);
    assert_int_equal(oc_handoff_capacity(&h), count);
    for (uint32_t i = 0; i < 3 * count; i++) { /* around more than once, always full */
        p.dts = i;
        if (i >= count) {
            assert_int_equal(oc_handoff_push(&h, &p), OC_AGAIN);
            assert_int_equal(oc_handoff_peek(&h, &item), OC_OK);
            assert_int_equal(item.packet.dts, i - count);
            oc_handoff_release(&h);
        }
        assert_int_equal(oc_handoff_push(&h, &p), OC_OK);
    }
    assert_int_equal(h.dropped, 0);
}

/* Memory of another process is its own again with the release, and not before. */
static void test_what_is_lent_is_given_back(void **state) {
    _Atomic uint32_t released = 6;
    oc_handoff_item_t item;
    oc_track_t track = {.codec = OC_CODEC_H264};
    oc_packet_t p = {.len_bytes = 1, .data = (const uint8_t *)"x"};
    oc_handoff_init(&h, NULL, NULL);
    assert_int_equal(oc_handoff_push_track(&h, 0, &track), OC_OK);
    assert_int_equal(oc_handoff_lend(&h, &p, &released, 8), OC_OK); /* 7 was the track */
    assert_int_equal(oc_handoff_push(&h, &p), OC_OK);
    assert_int_equal(oc_handoff_lend(&h, &p, &released, UINT32_MAX), OC_OK);
    assert_int_equal(oc_handoff_push_state(&h, OC_HANDOFF_LOST, OC_ERR_IO), OC_OK);
    static const uint32_t after[] = {6, 8, 8, UINT32_MAX, UINT32_MAX};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(oc_handoff_peek(&h, &item), OC_OK);
        if (item.kind == OC_HANDOFF_PACKET)
            assert_int_equal(item.lender != NULL, i != 2);
        assert_int_equal(released, i ? after[i - 1] : 6);
        oc_handoff_release(&h);
        assert_int_equal(released, after[i]);
    }
    assert_false(oc_handoff_was_refused(&h));
    oc_handoff_refuse(&h);
    assert_true(oc_handoff_was_refused(&h));
    assert_false(oc_handoff_was_refused(&h));
}

/* Each packet that is given up has one cause. */
static void test_losses_have_a_cause(void **state) {
    static uint8_t buffer[1000];
    oc_feeder_t f;
    uint32_t sum = 0;
    oc_packet_t p = {.len_bytes = 1, .data = buffer, .key = true};
    oc_handoff_init(&h, NULL, NULL);
    oc_feeder_init(&f, &h, buffer, sizeof buffer);
    assert_null(oc_feeder_admit(&f, 1001, true, true));
    assert_null(oc_feeder_admit(&f, 10, true, false));
    for (int i = 0; i < OC_HANDOFF_SLOTS; i++) {
        p.data = oc_feeder_admit(&f, 1, false, true);
        assert_int_equal(oc_feeder_push(&f, &p), OC_OK);
    }
    assert_null(oc_feeder_admit(&f, 1, false, true));
    oc_handoff_release(&h);
    assert_null(oc_feeder_admit(&f, 1000, false, true));
    assert_int_equal(h.lost[OC_LOSS_TOO_LARGE], 1);
    assert_int_equal(h.lost[OC_LOSS_GOP_REST], 1);
    assert_int_equal(h.lost[OC_LOSS_QUEUE_FULL], 1);
    assert_int_equal(h.lost[OC_LOSS_BUFFER_FULL], 1);
    for (unsigned i = 0; i < OC_LOSS_CAUSES; i++) {
        sum += h.lost[i];
        assert_true(oc_loss_name(i)[0] != 0);
    }
    assert_int_equal(sum, h.dropped);
    assert_string_equal(oc_loss_name(OC_LOSS_CAUSES), "");
}

static void *produce(void *context) {
    oc_feeder_t *f = (oc_feeder_t *)context;
    oc_track_t t = {.codec = OC_CODEC_AAC, .timescale = 1};
    for (uint32_t i = 0; i < THREAD_PACKETS;) {
        uint32_t len = 4 + i * 37 % 500;
        uint8_t *data;
        if (i % 1000 == 0) {
            t.timescale = i + 1;
            while (oc_handoff_push_track(&h, 1, &t) != OC_OK)
                sched_yield();
        }
        data = oc_feeder_reserve(f, len);
        if (!data) {
            sched_yield();
            continue;
        }
        for (uint32_t k = 0; k < len; k++)
            data[k] = (uint8_t)(i + k);
        assert_int_equal(
            oc_feeder_push(f, &(oc_packet_t){.data = data, .len_bytes = len, .dts = i}), OC_OK);
        i++;
    }
    return NULL;
}

static void test_two_threads(void **state) { /* also under the thread sanitizer */
    static uint8_t buffer[4000];
    static oc_feeder_t f;
    pthread_t thread;
    uint32_t described = 0;
    oc_handoff_init(&h, NULL, NULL);
    oc_feeder_init(&f, &h, buffer, sizeof buffer);
    assert_int_equal(pthread_create(&thread, NULL, produce, &f), 0);
    for (uint32_t i = 0; i < THREAD_PACKETS;) {
        oc_handoff_item_t item;
        if (oc_handoff_peek(&h, &item) != OC_OK) {
            sched_yield();
            continue;
        }
        if (item.kind == OC_HANDOFF_TRACK) {
            assert_int_equal(item.track->timescale, i + 1);
            described++;
        } else {
            assert_int_equal(item.packet.dts, i);
            assert_int_equal(item.packet.len_bytes, 4 + i * 37 % 500);
            for (uint32_t k = 0; k < item.packet.len_bytes; k++)
                if (item.packet.data[k] != (uint8_t)(i + k))
                    fail_msg("byte %u of packet %u", k, i);
            i++;
        }
        oc_handoff_release(&h);
    }
    pthread_join(thread, NULL);
    assert_int_equal(described, THREAD_PACKETS / 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_fullness),
        cmocka_unit_test(test_descriptions_live_until_released),
        cmocka_unit_test(test_feeder_reuses_released_bytes_only),
        cmocka_unit_test(test_slots_are_sized_in_time),
        cmocka_unit_test(test_what_is_lent_is_given_back),
        cmocka_unit_test(test_losses_have_a_cause),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
