/* The record layer of epoch 1: what is sealed opens once, in any order, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oc_dtls_record.h"
#include "oc_err.h"

static oc_dtls_keys_t keys;
static oc_dtls_record_t client, server;

static void make(enum oc_aead_kind suite, uint64_t first) {
    keys.suite = suite;
    for (unsigned i = 0; i < 2; i++) {
        memset(keys.key[i], 0x10 + (int)i, sizeof keys.key[i]);
        memset(keys.iv[i], 0x20 + (int)i, sizeof keys.iv[i]);
    }
    assert_int_equal(oc_dtls_record_init(&client, &keys, true, first), OC_OK);
    assert_int_equal(oc_dtls_record_init(&server, &keys, false, 0), OC_OK);
}

static void unmake(void) {
    oc_dtls_record_deinit(&client);
    oc_dtls_record_deinit(&server);
    oc_dtls_record_deinit(&server); /* twice is allowed */
}

static int seal(oc_dtls_record_t *from, const char *text, uint8_t *out, size_t size) {
    oc_span_t part = oc_span(text, strlen(text));
    return oc_dtls_record_seal(from, OC_DTLS_APPLICATION, &part, 1, out, size);
}

static int open_record(oc_dtls_record_t *to, const uint8_t *record, int len, uint8_t *out,
                       size_t size) {
    oc_dtls_view_t view;
    oc_span_t rest = oc_span(record, (size_t)len);
    if (!oc_dtls_split_next(&rest, &view))
        return OC_ERR_TRUNC;
    return oc_dtls_record_open(to, &view, out, size);
}

static const enum oc_aead_kind suites[] = {OC_AEAD_AES128_GCM, OC_AEAD_CHACHA20_POLY1305};

static void sealed_records_open(void **state) {
    for (unsigned i = 0; i < 2; i++) {
        uint8_t record[64], plain[64];
        make(suites[i], 5);
        int len = seal(&client, "some text", record, sizeof record);
        assert_int_equal(len, 9 + oc_dtls_record_overhead(&client));
        static const uint8_t header[11] = {23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 5};
        assert_memory_equal(record, header, sizeof header);
        if (suites[i] == OC_AEAD_AES128_GCM) /* the explicit nonce is epoch and number */
            assert_memory_equal(record + OC_DTLS_HEADER, header + 3, 8);
        assert_int_equal(open_record(&server, record, len, plain, sizeof plain), 9);
        assert_memory_equal(plain, "some text", 9);
        assert_int_equal(open_record(&server, record, len, plain, sizeof plain), OC_ERR_STALE);
        assert_int_equal(open_record(&client, record, len, plain, sizeof plain), OC_ERR_FORMAT);
        unmake();
    }
}

static void a_foreign_explicit_nonce_is_read(void **state) {
    uint8_t record[64], plain[64];
    make(OC_AEAD_AES128_GCM, 0);
    /* as a peer that counts its nonces apart from its record numbers */
    uint8_t nonce[OC_AEAD_NONCE], ad[13] = {0, 1, 0, 0, 0, 0, 0, 9, 23, 0xFE, 0xFD, 0, 3};
    memcpy(nonce, keys.iv[0], 4);
    memset(nonce + 4, 0xA5, 8);
    oc_span_t part = oc_span("abc", 3);
    oc_wr_t wr = oc_wr(record, sizeof record);
    oc_wr_u8(&wr, 23);
    oc_wr_u16(&wr, OC_DTLS_VERSION_1_2);
    oc_wr_bytes(&wr, ad, 8);
    oc_wr_u16(&wr, 8 + 3 + OC_AEAD_TAG);
    oc_wr_bytes(&wr, nonce + 4, 8);
    assert_int_equal(oc_aead_seal(client.ours, nonce, oc_span(ad, 13), &part, 1, wr.p), OC_OK);
    assert_int_equal(open_record(&server, record, OC_DTLS_OVERHEAD_GCM + 3, plain, sizeof plain),
                     3);
    assert_memory_equal(plain, "abc", 3);
    unmake();
}

static void every_changed_bit_is_noticed(void **state) {
    for (unsigned i = 0; i < 2; i++) {
        uint8_t record[64], plain[64];
        make(suites[i], 5);
        int len = seal(&client, "x", record, sizeof record);
        for (int bit = 0; bit < 8 * len; bit++) {
            record[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_true(open_record(&server, record, len, plain, sizeof plain) < 0);
            record[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (int cut = 0; cut < len; cut++)
            assert_true(open_record(&server, record, cut, plain, sizeof plain) < 0);
        assert_false(server.any); /* the window did not move */
        assert_int_equal(open_record(&server, record, len, plain, sizeof plain), 1);
        unmake();
    }
}

static void the_window_is_256(void **state) {
    static uint8_t records[600][40];
    uint8_t plain[8];
    int len = 0;
    make(OC_AEAD_CHACHA20_POLY1305, 0);
    for (unsigned i = 0; i < 600; i++)
        len = seal(&client, "w", records[i], sizeof records[i]);
    assert_int_equal(open_record(&server, records[3], len, plain, sizeof plain), 1);
    assert_int_equal(open_record(&server, records[0], len, plain, sizeof plain), 1);
    assert_int_equal(open_record(&server, records[0], len, plain, sizeof plain), OC_ERR_STALE);
    assert_int_equal(open_record(&server, records[256], len, plain, sizeof plain), 1);
    assert_int_equal(open_record(&server, records[1], len, plain, sizeof plain), 1);
    assert_int_equal(open_record(&server, records[0], len, plain, sizeof plain), OC_ERR_STALE);
    for (unsigned i = 4; i < 256; i++) /* what was jumped over is open still, once */
        assert_int_equal(open_record(&server, records[i], len, plain, sizeof plain), 1);
    for (unsigned i = 0; i < 256; i++)
        if (i != 2)
            assert_int_equal(open_record(&server, records[i], len, plain, sizeof plain),
                             OC_ERR_STALE);
    assert_int_equal(open_record(&server, records[599], len, plain, sizeof plain), 1); /* far */
    assert_int_equal(open_record(&server, records[343], len, plain, sizeof plain), OC_ERR_STALE);
    assert_int_equal(open_record(&server, records[344], len, plain, sizeof plain), 1);
    assert_int_equal(open_record(&server, records[2], len, plain, sizeof plain), OC_ERR_STALE);
    unmake();
}

/* The window against a plain list, over random jumps. */
static void the_window_agrees_with_a_list(void **state) {
    static uint8_t records[2000][40];
    static bool opened[2000];
    uint8_t plain[8];
    uint32_t random = 1, newest = 0;
    int len = 0;
    make(OC_AEAD_CHACHA20_POLY1305, 0);
    for (unsigned i = 0; i < 2000; i++)
        len = seal(&client, "w", records[i], sizeof records[i]);
    memset(opened, 0, sizeof opened);
    for (unsigned i = 0; i < 4000; i++) {
        random = random * 1664525 + 1013904223;
        uint32_t back = (random >> 16) % 600, middle = i / 2;
        uint32_t n = middle + 300 > back ? middle + 300 - back : 0;
        n = n < 2000 ? n : 1999;
        bool fine = !opened[n] && n + OC_DTLS_WINDOW > newest;
        int result = open_record(&server, records[n], len, plain, sizeof plain);
        assert_int_equal(result, fine ? 1 : OC_ERR_STALE);
        opened[n] = opened[n] || fine;
        newest = fine && n > newest ? n : newest;
    }
    unmake();
}

static void numbers_never_wrap(void **state) {
    uint8_t record[64], plain[8];
    make(OC_AEAD_AES128_GCM, OC_DTLS_SEQ_MAX);
    int len = seal(&client, "last", record, sizeof record);
    assert_int_equal(open_record(&server, record, len, plain, sizeof plain), 4);
    assert_int_equal(seal(&client, "no", record, sizeof record), OC_ERR_STATE);
    assert_int_equal(seal(&client, "no", record, sizeof record), OC_ERR_STATE);
    unmake();
}

static void limits_are_kept(void **state) {
    static uint8_t big[OC_DTLS_PLAIN_MAX + 1], record[OC_DTLS_PLAIN_MAX + 64];
    uint8_t plain[16];
    oc_span_t parts[3] = {oc_span(big, OC_DTLS_PLAIN_MAX), oc_span(NULL, 0), oc_span(big, 1)};
    make(OC_AEAD_AES128_GCM, 0);
    assert_int_equal(oc_dtls_record_seal(&client, 23, parts, 3, record, sizeof record),
                     OC_ERR_RANGE);
    int len = oc_dtls_record_seal(&client, 23, parts, 2, record, sizeof record);
    assert_int_equal(len, OC_DTLS_PLAIN_MAX + OC_DTLS_OVERHEAD_GCM);
    assert_int_equal(open_record(&server, record, len, plain, sizeof plain), OC_ERR_RANGE);
    assert_int_equal(open_record(&server, record, len, big, sizeof big), OC_DTLS_PLAIN_MAX);
    assert_int_equal(seal(&client, "abc", record, OC_DTLS_OVERHEAD_GCM + 2), OC_ERR_RANGE);
    uint64_t before = client.next_seq; /* and no number was used for that */
    len = seal(&client, "abc", record, OC_DTLS_OVERHEAD_GCM + 3);
    assert_true(client.next_seq == before + 1);
    record[4] = 2; /* epoch 2 */
    assert_int_equal(open_record(&server, record, len, plain, sizeof plain), OC_ERR_FORMAT);
    unmake();
    assert_int_equal(seal(&client, "abc", record, sizeof record), OC_ERR_STATE);
    assert_int_equal(open_record(&server, record, len, plain, sizeof plain), OC_ERR_STATE);
}

static void looking_moves_nothing(void **state) {
    uint8_t record[64], plain[16];
    oc_dtls_view_t view;
    make(OC_AEAD_AES128_GCM, 0);
    int len = seal(&client, "abc", record, sizeof record);
    oc_span_t rest = oc_span(record, (size_t)len);
    assert_true(oc_dtls_split_next(&rest, &view));
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(oc_dtls_record_check(&server, &view, plain, sizeof plain), 3);
    assert_int_equal(oc_dtls_record_open_own(&client, &view, plain, sizeof plain), 3);
    assert_int_equal(oc_dtls_record_open(&server, &view, plain, sizeof plain), 3);
    assert_int_equal(oc_dtls_record_check(&server, &view, plain, sizeof plain), OC_ERR_STALE);
    unmake();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_records_open),
        cmocka_unit_test(a_foreign_explicit_nonce_is_read),
        cmocka_unit_test(every_changed_bit_is_noticed),
        cmocka_unit_test(the_window_is_256),
        cmocka_unit_test(the_window_agrees_with_a_list),
        cmocka_unit_test(numbers_never_wrap),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(looking_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
