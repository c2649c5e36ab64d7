/* What a hostile helper writes into the memory of a source gives an item that holds, or an error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_source_share.h"

static oc_source_share_t *share;
static oc_source_reader_t reader;

static int begin(void **state) {
    share = calloc(1, OC_SOURCE_BYTES);
    oc_source_reader_init(&reader, share);
    return share ? 0 : -1;
}

static int end(void **state) {
    free(share);
    return 0;
}

static oc_source_item_t *push(uint32_t kind) {
    oc_source_item_t *item = &share->item[share->pushed % OC_SOURCE_SLOTS];
    *item = (oc_source_item_t){.kind = kind, .len_bytes = 9, .capture_us = 5};
    share->pushed++;
    return item;
}

static int look(oc_source_found_t *found) {
    return oc_source_look(&reader, 1000, found);
}

static void test_packet(void **state) {
    static const uint8_t unit[9] = {0, 0, 0, 5, 0x65, 1, 2, 3, 4};
    oc_source_found_t found;
    assert_int_equal(look(&found), OC_AGAIN);
    memcpy((uint8_t *)share + OC_SOURCE_PAYLOAD + 100, unit, 9);
    oc_source_item_t *item = push(OC_HANDOFF_PACKET);
    item->at = 100;
    item->key = 7;
    item->dts = -3;
    item->capture_us = 2000; /* later than now */
    assert_int_equal(look(&found), OC_OK);
    assert_true(found.packet.key);
    assert_int_equal(found.packet.capture_us, 1000);
    assert_int_equal(found.packet.dts, -3);
    item->len_bytes = UINT32_MAX; /* too late: it was read */
    assert_int_equal(found.packet.len_bytes, 9);
    assert_memory_equal(found.packet.data, unit, 9);
    oc_source_take(&reader);
    assert_int_equal(share->released, 0); /* it is lent */
    oc_source_give_back(&reader);
    assert_int_equal(share->released, 1);
    assert_int_equal(look(&found), OC_AGAIN);
    share->released = 12345;                 /* ours, and never read again */
    push(OC_HANDOFF_PACKET)->capture_us = 3; /* time never goes back */
    assert_int_equal(look(&found), OC_OK);
    assert_int_equal(found.packet.capture_us, 1000);
}

static void test_packets_that_lie(void **state) {
    static const struct {
        uint32_t at, len;
        uint8_t track;
        int64_t dts;
        int32_t cts;
        uint32_t duration;
    } cases[] = {
        {OC_SOURCE_BUFFER, 1, 0, 0, 0, 0},
        {OC_SOURCE_BUFFER - 8, 9, 0, 0, 0, 0},
        {UINT32_MAX, 9, 0, 0, 0, 0},
        {0, 0, 0, 0, 0, 0},
        {0, UINT32_MAX, 0, 0, 0, 0},
        {9, UINT32_MAX - 4, 0, 0, 0, 0},
        {0, 9, 2, 0, 0, 0},
        {0, 9, 255, 0, 0, 0},
        {0, 9, 0, INT64_MIN, 0, 0},
        {0, 9, 0, INT64_MAX, 0, 0},
        {0, 9, 0, 0, INT32_MIN, 0},
        {0, 9, 0, 0, INT32_MAX, 0},
        {0, 9, 0, 0, 0, UINT32_MAX},
        {0, OC_SOURCE_BUFFER, 0, 0, 0, 0},
    };
    oc_source_found_t found;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        oc_source_reader_init(&reader, share);
        share->pushed = 0;
        oc_source_item_t *item = push(OC_HANDOFF_PACKET);
        item->at = cases[i].at;
        item->len_bytes = cases[i].len;
        item->track = cases[i].track;
        item->dts = cases[i].dts;
        item->cts = cases[i].cts;
        item->duration = cases[i].duration;
        assert_int_equal(look(&found), OC_ERR_FORMAT);
    }
}

static void test_queue_that_lies(void **state) {
    oc_source_found_t found;
    share->pushed = OC_SOURCE_SLOTS + 1;
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    share->pushed = UINT32_MAX;
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    share->pushed = 0;
    push(99);
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    share->item[0].kind = OC_HANDOFF_RESUMED; /* the capture thread's to say */
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    share->item[0] = (oc_source_item_t){.kind = OC_HANDOFF_LOST, .code = 5};
    assert_int_equal(look(&found), OC_OK);
    assert_int_equal(found.code, OC_ERR_IO);
    share->lost[OC_LOSS_QUEUE_FULL] = 25;
    assert_int_equal(oc_source_lost(&reader, OC_LOSS_QUEUE_FULL, 10), 10);
    assert_int_equal(oc_source_lost(&reader, OC_LOSS_QUEUE_FULL, 10), 10);
    assert_int_equal(oc_source_lost(&reader, OC_LOSS_QUEUE_FULL, 10), 5);
    assert_int_equal(oc_source_lost(&reader, OC_LOSS_QUEUE_FULL, 10), 0);
    share->lost[OC_LOSS_QUEUE_FULL] = 24; /* it lies: bounded */
    assert_int_equal(oc_source_lost(&reader, OC_LOSS_QUEUE_FULL, 10), 10);
}

static void test_tracks(void **state) {
    oc_source_found_t found;
    oc_track_t good = {.codec = OC_CODEC_H264, .timescale = 90000, .config_len = 3};
    oc_source_item_t *item = push(OC_HANDOFF_TRACK);
    share->track[0] = good;
    assert_int_equal(look(&found), OC_OK);
    assert_memory_equal(&found.track, &good, sizeof good);
    item->track = 1; /* a picture as sound */
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    item->track = 0;
    share->track[0].config_len = OC_TRACK_CONFIG_MAX + 1;
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    share->track[0] = good;
    share->track[0].timescale = 0;
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    share->track[0] = good;
    share->track[0].codec = (oc_codec_t)77;
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    item->code = OC_HANDOFF_TRACKS;
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    item->code = -1;
    assert_int_equal(look(&found), OC_ERR_FORMAT);
    item->code = 1; /* a track that is not carried */
    share->track[1] = (oc_track_t){.omitted = 0x6D703461};
    assert_int_equal(look(&found), OC_OK);
}

static void test_config(void **state) {
    oc_capture_config_t c = {0};
    assert_int_equal(oc_source_config_check(&c), OC_OK);
    memset(c.why, 'x', sizeof c.why);
    assert_int_equal(oc_source_config_check(&c), OC_ERR_FORMAT);
    memset(c.why, 0, sizeof c.why);
    snprintf(c.why, sizeof c.why, "no\r\ncamera: \033[31mforged line");
    assert_int_equal(oc_source_config_check(&c), OC_OK);
    assert_string_equal(c.why, "no??camera: ?[31mforged line");
    memset(&c.audio, 0xFF, sizeof c.audio); /* no bool */
    assert_int_equal(oc_source_config_check(&c), OC_OK);
    assert_true(c.audio == true);
    c.packets_per_s = UINT32_MAX;
    assert_int_equal(oc_source_config_check(&c), OC_ERR_FORMAT);
    c.packets_per_s = 0;
    c.track[0] = (oc_track_t){.codec = OC_CODEC_AAC, .timescale = 8000};
    assert_int_equal(oc_source_config_check(&c), OC_ERR_FORMAT);
}

static void test_messages_fit(void **state) {
    for (uint32_t kind = 0; kind < 100; kind++)
        assert_true(oc_source_message_bytes(kind) <= sizeof(oc_source_message_t));
    assert_int_equal(oc_source_message_bytes(OC_SOURCE_REQUEST_FILE + 1), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_packet, begin, end),
        cmocka_unit_test_setup_teardown(test_packets_that_lie, begin, end),
        cmocka_unit_test_setup_teardown(test_queue_that_lies, begin, end),
        cmocka_unit_test_setup_teardown(test_tracks, begin, end),
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_messages_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
