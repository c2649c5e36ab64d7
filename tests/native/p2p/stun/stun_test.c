/* oc_stun and oc_stun_write: round trips, rules of RFC 8489, hostile lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_hex.h"
#include "oc_stun.h"
#include "oc_stun_key.h"
#include "oc_stun_write.h"

static const uint8_t txid[OC_STUN_TXID] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const oc_span_t key = {(const uint8_t *)"a key", 5};

static oc_wr_t begin(uint8_t *out, size_t size, enum oc_stun_method method,
                     enum oc_stun_class cls) {
    oc_wr_t w = oc_wr(out, size);
    oc_stun_wr_begin(&w, method, cls, txid);
    return w;
}

static oc_stun_msg_t parsed(const oc_wr_t *w) {
    oc_stun_msg_t msg;
    assert_true(oc_stun_wr_end(w) > 0);
    assert_int_equal(oc_stun_parse(oc_span(w->base, oc_stun_wr_end(w)), &msg), OC_OK);
    assert_memory_equal(msg.txid, txid, sizeof(txid));
    return msg;
}

static void methods_and_classes_go_both_ways(void **state) {
    (void)state;
    uint8_t out[64];
    for (unsigned method = 0; method < 0x1000; method += method < 32 ? 1 : 13) {
        for (unsigned cls = 0; cls < 4; cls++) {
            oc_wr_t w =
                begin(out, sizeof(out), (enum oc_stun_method)method, (enum oc_stun_class)cls);
            oc_stun_msg_t msg = parsed(&w);
            assert_int_equal(msg.method, method);
            assert_int_equal(msg.cls, cls);
            assert_true((out[0] & 0xC0) == 0);
        }
    }
    begin(out, sizeof(out), OC_STUN_ALLOCATE, OC_STUN_ERROR);
    assert_int_equal(out[0] << 8 | out[1], 0x0113); /* as everybody writes it */
}

static void attributes_of_turn_go_both_ways(void **state) {
    (void)state;
    uint8_t out[600];
    oc_addr_t four, six;
    oc_addr_parse("198.51.100.9", &four);
    oc_addr_parse("2001:db8::77", &six);
    four.port = 40000;
    six.port = 3478;
    oc_wr_t w = begin(out, sizeof(out), OC_STUN_ALLOCATE, OC_STUN_SUCCESS);
    oc_stun_wr_addr(&w, OC_STUN_XOR_RELAYED_ADDRESS, &four);
    oc_stun_wr_addr(&w, OC_STUN_XOR_MAPPED_ADDRESS, &six);
    oc_stun_wr_addr(&w, OC_STUN_MAPPED_ADDRESS, &four); /* the combined one wins */
    oc_stun_wr_addr(&w, OC_STUN_XOR_PEER_ADDRESS, &six);
    oc_stun_wr_addr(&w, OC_STUN_XOR_PEER_ADDRESS, &four); /* the first one counts */
    oc_stun_wr_addr(&w, OC_STUN_ALTERNATE_SERVER, &six);
    oc_stun_wr_u32(&w, OC_STUN_LIFETIME, 600);
    oc_stun_wr_u32(&w, OC_STUN_CHANNEL_NUMBER, 0x4001u << 16);
    oc_stun_wr_u32(&w, OC_STUN_REQUESTED_TRANSPORT, 17u << 24);
    oc_stun_wr_bytes(&w, OC_STUN_ALTERNATE_DOMAIN, "turn.example", 12);
    oc_stun_wr_bytes(&w, OC_STUN_DATA_BYTES, "12345", 5);
    oc_stun_wr_bytes(&w, OC_STUN_REALM, "r", 1);
    oc_stun_wr_bytes(&w, OC_STUN_NONCE, "", 0);
    oc_stun_wr_bytes(&w, OC_STUN_PASSWORD_ALGORITHMS, "\0\2\0\0\0\1\0\0", 8);
    oc_stun_wr_integrity(&w, key);
    oc_stun_wr_integrity256(&w, key);
    oc_stun_wr_fingerprint(&w);
    oc_stun_msg_t msg = parsed(&w);
    assert_true(oc_addr_equal(&msg.relayed, &four));
    assert_true(oc_addr_equal(&msg.mapped, &six));
    assert_true(oc_addr_equal(&msg.peer, &six));
    assert_true(oc_addr_equal(&msg.alternate, &six));
    assert_int_equal(msg.lifetime_s, 600);
    assert_int_equal(msg.channel, 0x4001);
    assert_int_equal(msg.transport, 17);
    assert_int_equal(msg.alternate_domain.len, 12);
    assert_int_equal(msg.data.len, 5);
    assert_memory_equal(msg.data.data, "12345", 5);
    assert_int_equal(msg.realm.len, 1);
    assert_true(OC_STUN_HAS(&msg, OC_STUN_F_NONCE));
    assert_int_equal(msg.nonce.len, 0);
    assert_int_equal(oc_stun_choose(msg.algorithms), OC_STUN_SHA256); /* it stands first */
    assert_int_equal(oc_stun_check_integrity(&msg, key), OC_OK);
    assert_int_equal(oc_stun_check_integrity256(&msg, key), OC_OK);
    assert_int_equal(oc_stun_check_fingerprint(&msg), OC_OK);
}

static void errors_and_unknown_attributes(void **state) {
    (void)state;
    uint8_t out[256], answer[256];
    oc_wr_t w = begin(out, sizeof(out), OC_STUN_BINDING, OC_STUN_REQUEST);
    for (unsigned i = 0; i < OC_STUN_UNKNOWN_MAX + 3; i++)
        oc_stun_wr_u32(&w, (uint16_t)(0x7000 + i), i);
    oc_stun_wr_u32(&w, 0xFF00, 1); /* one that may be ignored */
    oc_stun_wr_flag(&w, OC_STUN_USE_CANDIDATE);
    oc_stun_msg_t msg = parsed(&w);
    assert_int_equal(msg.unknown_count, OC_STUN_UNKNOWN_MAX);
    assert_int_equal(msg.unknown[7], 0x7007);
    assert_true(OC_STUN_HAS(&msg, OC_STUN_F_USE_CANDIDATE));
    oc_wr_t a = begin(answer, sizeof(answer), OC_STUN_BINDING, OC_STUN_ERROR);
    oc_stun_wr_error(&a, OC_STUN_UNKNOWN_ATTRIBUTE, "Unknown Attribute");
    oc_stun_wr_unknown(&a, &msg);
    oc_stun_msg_t got = parsed(&a);
    assert_int_equal(got.error, 420);
    assert_memory_equal(got.reason.data, "Unknown Attribute", 17);
    assert_int_equal(got.unknown_count, 0);
    w = begin(out, sizeof(out), OC_STUN_BINDING, OC_STUN_ERROR);
    oc_stun_wr_error(&w, 299, "");
    assert_int_equal(oc_stun_wr_end(&w), 0);
    for (unsigned code = 0; code < 0x900; code++) { /* class 0..8, number 0..255 */
        uint8_t value[4] = {0, 0, (uint8_t)(code >> 8), (uint8_t)code};
        bool valid = value[2] >= 3 && value[2] <= 6 && value[3] < 100;
        w = begin(out, sizeof(out), OC_STUN_BINDING, OC_STUN_ERROR);
        oc_stun_wr_bytes(&w, OC_STUN_ERROR_CODE, value, 4);
        int result = oc_stun_parse(oc_span(out, oc_stun_wr_end(&w)), &msg);
        assert_int_equal(result, valid ? OC_OK : OC_ERR_FORMAT);
        if (valid)
            assert_int_equal(msg.error, value[2] * 100 + value[3]);
    }
}

/* What an attacker appends to an authentic message is not read. */
static void nothing_behind_the_check_counts(void **state) {
    (void)state;
    uint8_t out[256];
    oc_wr_t w = begin(out, sizeof(out), OC_STUN_BINDING, OC_STUN_REQUEST);
    oc_stun_wr_u32(&w, OC_STUN_PRIORITY, 5);
    oc_stun_wr_integrity(&w, key);
    oc_stun_wr_flag(&w, OC_STUN_USE_CANDIDATE);
    oc_stun_wr_u32(&w, 0x7777, 1);
    oc_stun_wr_fingerprint(&w);
    oc_stun_msg_t msg = parsed(&w);
    assert_int_equal(oc_stun_check_integrity(&msg, key), OC_OK);
    assert_false(OC_STUN_HAS(&msg, OC_STUN_F_USE_CANDIDATE));
    assert_int_equal(msg.unknown_count, 0);
    assert_int_equal(oc_stun_check_fingerprint(&msg), OC_OK);
    oc_stun_wr_u32(&w, OC_STUN_PRIORITY, 5); /* FINGERPRINT is the last one, always */
    assert_int_equal(oc_stun_parse(oc_span(out, oc_stun_wr_end(&w)), &msg), OC_ERR_FORMAT);
    w = begin(out, sizeof(out), OC_STUN_BINDING, OC_STUN_REQUEST);
    oc_stun_wr_integrity256(&w, key);
    oc_stun_wr_integrity(&w, key); /* behind the stronger one: not read */
    msg = parsed(&w);
    assert_int_equal(oc_stun_check_integrity(&msg, key), OC_ERR_NOENT);
    assert_int_equal(oc_stun_check_integrity256(&msg, key), OC_OK);
}

static void truncated_integrity256(void **state) {
    (void)state;
    uint8_t out[128];
    for (unsigned size = 0; size <= 36; size++) {
        oc_wr_t w = begin(out, sizeof(out), OC_STUN_BINDING, OC_STUN_REQUEST);
        oc_stun_wr_integrity256(&w, key);
        out[23] = (uint8_t)size; /* its length */
        size_t len = 24 + (((size_t)size + 3) & ~(size_t)3);
        out[3] = (uint8_t)(len - 20);
        oc_stun_msg_t msg;
        int result = oc_stun_parse(oc_span(out, len), &msg);
        assert_int_equal(result, size >= 16 && size <= 32 && size % 4 == 0 ? OC_OK : OC_ERR_FORMAT);
        if (result == OC_OK) /* the hash is over another length in the header, unless it is whole */
            assert_int_equal(oc_stun_check_integrity256(&msg, key),
                             size == 32 ? OC_OK : OC_ERR_FORMAT);
    }
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    uint8_t out[256];
    oc_stun_msg_t msg;
    oc_addr_t addr;
    oc_addr_parse("2001:db8::1", &addr);
    oc_wr_t w = begin(out, sizeof(out), OC_STUN_BINDING, OC_STUN_SUCCESS);
    oc_stun_wr_addr(&w, OC_STUN_XOR_MAPPED_ADDRESS, &addr);
    oc_stun_wr_bytes(&w, OC_STUN_USERNAME, "abcde", 5);
    oc_stun_wr_fingerprint(&w);
    size_t len = oc_stun_wr_end(&w);
    for (size_t n = 0; n < len; n++) {
        uint8_t *copy = malloc(n ? n : 1); /* so that a read behind the end is seen */
        memcpy(copy, out, n);
        assert_int_equal(oc_stun_parse(oc_span(copy, n), &msg), OC_ERR_TRUNC);
        int expected = n < 4 ? 0 : (int)len;
        assert_int_equal(oc_stun_length(oc_span(copy, n)), expected);
        free(copy);
    }
    out[len] = 0;
    assert_int_equal(oc_stun_parse(oc_span(out, len + 1), &msg), OC_ERR_FORMAT);
    for (unsigned at = 21; at < len; at++) { /* any length of an attribute */
        uint8_t was = out[at];
        out[at] = 0xFF;
        (void)oc_stun_parse(oc_span(out, len), &msg);
        out[at] = was;
    }
}

static void small_buffers_make_no_message(void **state) {
    (void)state;
    uint8_t out[128];
    oc_addr_t addr = {.family = 0};
    for (size_t size = 0; size <= 20 + 8 + 12 + 24 + 8; size++) {
        memset(out, 0xEE, sizeof(out));
        oc_wr_t w = begin(out, size, OC_STUN_BINDING, OC_STUN_REQUEST);
        oc_stun_wr_u32(&w, OC_STUN_PRIORITY, 1);
        oc_stun_wr_u64(&w, OC_STUN_ICE_CONTROLLING, 2);
        oc_stun_wr_integrity(&w, key);
        oc_stun_wr_fingerprint(&w);
        assert_int_equal(oc_stun_wr_end(&w), size == 72 ? 72 : 0);
        for (size_t i = size; i < sizeof(out); i++)
            assert_int_equal(out[i], 0xEE);
    }
    oc_wr_t w = begin(out, sizeof(out), OC_STUN_BINDING, OC_STUN_REQUEST);
    oc_stun_wr_addr(&w, OC_STUN_MAPPED_ADDRESS, &addr);
    assert_int_equal(oc_stun_wr_end(&w), 0);
}

static void features_of_a_nonce(void **state) {
    (void)state;
    static const struct {
        const char *nonce;
        uint32_t features;
    } rows[] = {{"obMatJos2AAABrest", 1},
                {"obMatJos2AAAD", 3},
                {"obMatJos2gAAA", 0x800000},
                {"obMatJos2AAA", 0},
                {"obMatJos2AA=A", 0},
                {"obMatJos3AAAB", 0},
                {"", 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(oc_stun_nonce_features(oc_span(rows[i].nonce, strlen(rows[i].nonce))),
                         rows[i].features);
    assert_int_equal(oc_stun_crc32(0, (const uint8_t *)"123456789", 9), 0xCBF43926);
}

static void algorithms_with_parameters_are_not_taken(void **state) {
    (void)state;
    static const uint8_t list[] = {0, 2, 0, 3, 'a', 'b', 'c', 0, 0, 1, 0, 0, 0, 2};
    static const uint8_t other[] = {0, 3, 0, 0, 0, 2, 0, 0};
    assert_int_equal(oc_stun_choose(oc_span(list, sizeof(list))), OC_STUN_MD5);
    for (size_t len = 0; len < 12; len++) /* SHA-256 with parameters, and what is cut off */
        assert_int_equal(oc_stun_choose(oc_span(list, len)), OC_STUN_ALGORITHM_NONE);
    assert_int_equal(oc_stun_choose(oc_span(other, sizeof(other))), OC_STUN_SHA256);
    assert_int_equal(oc_stun_choose(oc_span(NULL, 0)), OC_STUN_ALGORITHM_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_and_classes_go_both_ways),
        cmocka_unit_test(attributes_of_turn_go_both_ways),
        cmocka_unit_test(errors_and_unknown_attributes),
        cmocka_unit_test(nothing_behind_the_check_counts),
        cmocka_unit_test(truncated_integrity256),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(small_buffers_make_no_message),
        cmocka_unit_test(features_of_a_nonce),
        cmocka_unit_test(algorithms_with_parameters_are_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
