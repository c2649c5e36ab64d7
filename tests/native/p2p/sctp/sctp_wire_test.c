/* Bytes of SCTP: a capture of Chromium, round trips, and whatever a peer may send instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "oc_sctp_chunk.h"
#include "oc_sctp_setup.h"
#include "sctp_chromium.h"

static oc_sctp_chunk_t first_chunk(oc_span_t packet, oc_sctp_header_t *header) {
    oc_sctp_chunk_t chunk;
    oc_rd_t r;
    assert_int_equal(oc_sctp_header_parse(packet, header, &r), OC_OK);
    assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
    assert_int_equal(oc_sctp_chunk_next(&r, &(oc_sctp_chunk_t){0}), OC_END);
    return chunk;
}

static void a_capture_of_chromium_is_read(void **state) {
    oc_sctp_header_t header;
    oc_sctp_init_chunk_t init;
    oc_sctp_data_t data;
    oc_sctp_sack_t sack;
    oc_sctp_gap_t gaps[OC_SCTP_GAPS_MAX];
    oc_sctp_chunk_t chunk;
    (void)state;
    for (unsigned i = 0; i < CHROMIUM_COUNT; i++) {
        oc_span_t packet = oc_span(chromium[i].data, chromium[i].len);
        assert_true(oc_sctp_checksum_ok(packet));
        chunk = first_chunk(packet, &header);
        assert_int_equal(chunk.type, chromium[i].first);
        assert_int_equal(header.source_port, 5000);
        assert_int_equal(header.destination_port, 5000);
    }
    chunk = first_chunk(oc_span(chromium[0].data, chromium[0].len), &header);
    assert_int_equal(header.tag, 0);
    assert_int_equal(oc_sctp_setup_parse(&chunk, &init), OC_OK);
    assert_true(init.setup.tag == 0x526536e7);
    assert_int_equal(init.setup.a_rwnd, 5242880);
    assert_int_equal(init.setup.out_streams, 65535);
    assert_int_equal(init.setup.in_streams, 65535);
    assert_true(init.setup.tsn == 0xf780c8ab);
    assert_true(init.setup.forward_tsn && init.setup.reconfig && !init.setup.zero_checksum);
    assert_int_equal(init.unknown_count, 0);
    assert_null(init.cookie.data);
    chunk = first_chunk(oc_span(chromium[1].data, chromium[1].len), &header);
    assert_true(header.tag == 0x526536e7);
    assert_int_equal(oc_sctp_setup_parse(&chunk, &init), OC_OK);
    assert_int_equal(init.cookie.len, 24);
    chunk = first_chunk(oc_span(chromium[4].data, chromium[4].len), &header);
    assert_int_equal(oc_sctp_data_parse(&chunk, &data), OC_OK);
    assert_true(data.tsn == 0xf780c8ab);
    assert_int_equal(data.sid, 1);
    assert_int_equal(data.ssn, 0);
    assert_int_equal(data.ppid, 50);
    assert_int_equal(data.flags, OC_SCTP_DATA_BEGIN | OC_SCTP_DATA_END);
    assert_int_equal(data.payload.data[0], 3); /* DATA_CHANNEL_OPEN */
    chunk = first_chunk(oc_span(chromium[6].data, chromium[6].len), &header);
    assert_int_equal(oc_sctp_sack_parse(&chunk, gaps, &sack), OC_OK);
    assert_true(sack.cum_tsn == 0xf780c8ab);
    assert_int_equal(sack.a_rwnd, 0x100000);
    assert_int_equal(sack.gap_count, 0);
}

static void what_chromium_wrote_is_written_the_same_way(void **state) {
    oc_sctp_header_t header;
    oc_sctp_packet_t packet;
    oc_sctp_data_t data;
    oc_span_t capture = oc_span(chromium[4].data, chromium[4].len);
    oc_sctp_chunk_t chunk = first_chunk(capture, &header);
    uint8_t bytes[64];
    size_t n = 0;
    (void)state;
    assert_int_equal(oc_sctp_data_parse(&chunk, &data), OC_OK);
    oc_sctp_packet_begin(&packet, 1200, 5000, 5000, header.tag);
    oc_sctp_data_head(oc_sctp_packet_head(&packet, OC_SCTP_DATA_HEADER), &data,
                      (uint32_t)data.payload.len);
    assert_true(oc_sctp_packet_part(&packet, data.payload));
    oc_sctp_packet_pad(&packet);
    oc_sctp_packet_finish(&packet, false);
    assert_int_equal(packet.len, capture.len);
    for (unsigned i = 0; i < packet.count; n += packet.part[i++].len)
        memcpy(bytes + n, packet.part[i].data, packet.part[i].len);
    assert_memory_equal(bytes, capture.data, capture.len);
}

static void a_setup_survives_its_bytes(void **state) {
    static const uint8_t odd[] = {0xC0, 0x55, 0, 7, 1, 2, 3}, more[] = {0x80, 0x66, 0, 4};
    static const uint8_t cookie[] = {9, 8, 7};
    oc_span_t unknown[] = {oc_span(odd, sizeof odd), oc_span(more, sizeof more)};
    oc_sctp_setup_t setup = {0x11223344, 32768, 0xFFFFFFFF, 65535, 1, true, true, true};
    oc_sctp_init_chunk_t out;
    oc_sctp_chunk_t chunk;
    uint8_t bytes[128];
    size_t n = oc_sctp_setup_write(bytes, sizeof bytes, OC_SCTP_INIT_ACK, &setup,
                                   OC_SCTP_OPTIONS_ALL, oc_span(cookie, sizeof cookie), unknown, 2);
    oc_rd_t r = oc_rd(oc_span(bytes, n));
    (void)state;
    assert_true(n > 0 && n % 4 == 0);
    assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
    assert_int_equal(oc_rd_left(&r), 0);
    assert_int_equal(oc_sctp_setup_parse(&chunk, &out), OC_OK);
    assert_true(out.setup.tag == setup.tag && out.setup.tsn == setup.tsn);
    assert_int_equal(out.setup.in_streams, 1);
    assert_true(out.setup.forward_tsn && out.setup.reconfig && out.setup.zero_checksum);
    assert_int_equal(out.cookie.len, 3);
    assert_memory_equal(out.cookie.data, cookie, 3);
    for (size_t size = 0; size < n; size++)
        assert_int_equal(oc_sctp_setup_write(bytes, size, OC_SCTP_INIT_ACK, &setup,
                                             OC_SCTP_OPTIONS_ALL, oc_span(cookie, sizeof cookie),
                                             unknown, 2),
                         0);
}

/* RFC 9260 3.2.1: the two high bits say what to do with a parameter one does not know. */
static void unknown_parameters_are_handled_by_their_high_bits(void **state) {
    static const struct {
        uint8_t type;
        bool goes_on, reported;
    } cases[] = {
        {0x00, false, false}, {0x40, false, true}, {0x80, true, false}, {0xC0, true, true}};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        uint8_t bytes[] = {1, 0, 0, 28, 0, 0, 0, 1, 0, 1, 0,    0, 0, 1,
                           0, 1, 0, 0,  0, 5, 0, 0, 0, 4, 0xC0, 0, 0, 4};
        oc_sctp_init_chunk_t out;
        oc_sctp_chunk_t chunk;
        oc_rd_t r = oc_rd(oc_span(bytes, sizeof bytes));
        bytes[20] = cases[i].type;
        bytes[21] = 0x77;
        assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
        assert_int_equal(oc_sctp_setup_parse(&chunk, &out), OC_OK);
        assert_int_equal(out.setup.forward_tsn, cases[i].goes_on);
        assert_int_equal(out.unknown_count, cases[i].reported);
    }
    assert_int_equal(oc_sctp_unknown_chunk(0x3F), OC_SCTP_STOP);
    assert_int_equal(oc_sctp_unknown_chunk(0x7F), OC_SCTP_STOP_REPORT);
    assert_int_equal(oc_sctp_unknown_chunk(0xBF), OC_SCTP_SKIP);
    assert_int_equal(oc_sctp_unknown_chunk(0xFF), OC_SCTP_SKIP_REPORT);
}

static void cut_off_packets_are_refused_at_every_length(void **state) {
    (void)state;
    for (unsigned i = 0; i < CHROMIUM_COUNT; i++) {
        size_t chunk_len = (size_t)(chromium[i].data[14] << 8 | chromium[i].data[15]);
        for (size_t len = 0; len < OC_SCTP_HEADER_LEN + chunk_len; len++) {
            oc_sctp_header_t header;
            oc_sctp_chunk_t chunk;
            oc_rd_t r;
            int rc = oc_sctp_header_parse(oc_span(chromium[i].data, len), &header, &r);
            assert_int_equal(rc, len < OC_SCTP_HEADER_LEN ? OC_ERR_TRUNC : OC_OK);
            if (rc == OC_OK)
                assert_int_equal(oc_sctp_chunk_next(&r, &chunk),
                                 len == OC_SCTP_HEADER_LEN ? OC_END : OC_ERR_FORMAT);
        }
    }
}

static void counts_beyond_the_chunk_are_refused(void **state) {
    uint8_t bytes[] = {3, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0, 0, 2, 0, 3};
    oc_sctp_gap_t gaps[OC_SCTP_GAPS_MAX];
    oc_sctp_sack_t sack;
    oc_sctp_chunk_t chunk;
    oc_rd_t r = oc_rd(oc_span(bytes, sizeof bytes));
    (void)state;
    assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
    assert_int_equal(oc_sctp_sack_parse(&chunk, gaps, &sack), OC_OK);
    assert_int_equal(sack.gap_count, 1);
    assert_int_equal(sack.gaps[0].start, 2);
    assert_int_equal(sack.gaps[0].end, 3);
    bytes[13] = 2; /* gap blocks */
    assert_int_equal(oc_sctp_sack_parse(&chunk, gaps, &sack), OC_ERR_TRUNC);
    bytes[13] = 1;
    bytes[15] = 1; /* duplicates */
    assert_int_equal(oc_sctp_sack_parse(&chunk, gaps, &sack), OC_ERR_TRUNC);
    bytes[12] = 0xFF; /* 65,281 gap blocks */
    assert_int_equal(oc_sctp_sack_parse(&chunk, gaps, &sack), OC_ERR_TRUNC);
}

static void a_sack_with_64k_of_gap_blocks_is_cut_not_copied(void **state) {
    static uint8_t bytes[65532];
    oc_sctp_gap_t gaps[OC_SCTP_GAPS_MAX];
    oc_sctp_sack_t sack;
    oc_sctp_chunk_t chunk;
    oc_rd_t r = oc_rd(oc_span(bytes, sizeof bytes));
    (void)state;
    memset(bytes, 1, sizeof bytes);
    bytes[0] = OC_SCTP_SACK;
    oc_sctp_put16(bytes + 2, 65532);
    oc_sctp_put16(bytes + 12, (65532 - 16) / 4);
    oc_sctp_put16(bytes + 14, 0);
    assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
    assert_int_equal(oc_sctp_sack_parse(&chunk, gaps, &sack), OC_OK);
    assert_int_equal(sack.gap_count, OC_SCTP_GAPS_MAX);
}

static void data_without_a_byte_is_no_data(void **state) {
    uint8_t bytes[] = {0, 3, 0, 17, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 51, 7};
    oc_sctp_data_t data;
    oc_sctp_chunk_t chunk;
    oc_rd_t r = oc_rd(oc_span(bytes, sizeof bytes));
    (void)state;
    assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
    assert_int_equal(oc_sctp_data_parse(&chunk, &data), OC_OK);
    bytes[3] = 16;
    r = oc_rd(oc_span(bytes, 16));
    assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
    assert_int_equal(oc_sctp_data_parse(&chunk, &data), OC_ERR_FORMAT);
    bytes[3] = 15;
    r = oc_rd(oc_span(bytes, 16));
    assert_int_equal(oc_sctp_chunk_next(&r, &chunk), OC_OK);
    assert_int_equal(oc_sctp_data_parse(&chunk, &data), OC_ERR_TRUNC);
}

static void a_packet_takes_what_fits_and_nothing_more(void **state) {
    oc_sctp_packet_t packet;
    static const uint8_t payload[200];
    (void)state;
    oc_sctp_packet_begin(&packet, 103, 1, 2, 3); /* 100 */
    assert_int_equal(oc_sctp_packet_room(&packet), 88);
    assert_null(oc_sctp_packet_head(&packet, 89));
    assert_false(oc_sctp_packet_part(&packet, oc_span(payload, 89)));
    assert_non_null(oc_sctp_packet_head(&packet, 8));
    assert_int_equal(packet.count, 1); /* one run of header bytes */
    assert_true(oc_sctp_packet_part(&packet, oc_span(payload, 78)));
    oc_sctp_packet_pad(&packet);
    assert_int_equal(packet.len, 100);
    assert_int_equal(packet.count, 3);
    assert_null(oc_sctp_packet_head(&packet, 1));
    oc_sctp_packet_begin(&packet, 103, 1, 2, 3);
    assert_true(oc_sctp_packet_empty(&packet));
    assert_int_equal(packet.part[0].len, OC_SCTP_HEADER_LEN);
    packet.oversize = true;
    assert_non_null(oc_sctp_packet_head(&packet, 16));
    assert_true(oc_sctp_packet_part(&packet, oc_span(payload, 200)));
    assert_int_equal(packet.len, 228);
    while (packet.count < OC_SCTP_PARTS)
        assert_true(oc_sctp_packet_part(&packet, oc_span(payload, 1)));
    assert_false(oc_sctp_packet_part(&packet, oc_span(payload, 1)));
    assert_null(oc_sctp_packet_head(&packet, 4));
}

static void a_cookie_is_only_read_with_its_key(void **state) {
    uint8_t key[OC_SCTP_COOKIE_KEY] = {1, 2, 3}, bytes[OC_SCTP_COOKIE_LEN];
    oc_sctp_cookie_t cookie = {.made_us = 123456789012345,
                               .local_tag = 1,
                               .local_tsn = 2,
                               .tie_tag = 3,
                               .peer = {4, 5, 6, 7, 8, true, false, true}};
    oc_sctp_cookie_t out;
    (void)state;
    oc_sctp_cookie_write(&cookie, key, bytes);
    assert_int_equal(oc_sctp_cookie_read(oc_span(bytes, sizeof bytes), key, &out), OC_OK);
    assert_true(out.made_us == cookie.made_us && out.peer.a_rwnd == 5 && out.peer.tsn == 6);
    assert_true(out.local_tag == 1 && out.local_tsn == 2 && out.tie_tag == 3 && out.peer.tag == 4);
    assert_true(out.peer.forward_tsn && !out.peer.reconfig && out.peer.zero_checksum);
    for (unsigned i = 0; i < sizeof bytes; i++) { /* every byte is signed */
        bytes[i] ^= 1;
        assert_int_equal(oc_sctp_cookie_read(oc_span(bytes, sizeof bytes), key, &out),
                         OC_ERR_FORMAT);
        bytes[i] ^= 1;
    }
    assert_int_equal(oc_sctp_cookie_read(oc_span(bytes, sizeof bytes - 1), key, &out),
                     OC_ERR_FORMAT);
    key[31] ^= 0x80;
    assert_int_equal(oc_sctp_cookie_read(oc_span(bytes, sizeof bytes), key, &out), OC_ERR_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_capture_of_chromium_is_read),
        cmocka_unit_test(what_chromium_wrote_is_written_the_same_way),
        cmocka_unit_test(a_setup_survives_its_bytes),
        cmocka_unit_test(unknown_parameters_are_handled_by_their_high_bits),
        cmocka_unit_test(cut_off_packets_are_refused_at_every_length),
        cmocka_unit_test(counts_beyond_the_chunk_are_refused),
        cmocka_unit_test(a_sack_with_64k_of_gap_blocks_is_cut_not_copied),
        cmocka_unit_test(data_without_a_byte_is_no_data),
        cmocka_unit_test(a_packet_takes_what_fits_and_nothing_more),
        cmocka_unit_test(a_cookie_is_only_read_with_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
