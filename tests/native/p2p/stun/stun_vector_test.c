/* oc_stun by the published messages: read, checked, and written again where padding allows. */
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
#include "stun_vectors.h"

static uint8_t bytes[256];

static oc_span_t text(const char *s) {
    return oc_span(s, strlen(s));
}
static const oc_span_t password = {(const uint8_t *)VECTOR_PASSWORD, sizeof(VECTOR_PASSWORD) - 1};

static void read_vector(const char *vector, oc_stun_msg_t *msg) {
    size_t len = oc_hex(vector, bytes);
    assert_int_equal(oc_stun_parse(oc_span(bytes, len), msg), OC_OK);
    assert_int_equal(msg->method, OC_STUN_BINDING);
    assert_int_equal(msg->unknown_count, 0);
    assert_ptr_equal(msg->txid, bytes + 8);
}

static void assert_text(oc_span_t got, const char *expected) {
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.data, expected, got.len);
}

static void a_request(void **state) {
    (void)state;
    oc_stun_msg_t msg;
    read_vector(vector_request, &msg);
    assert_int_equal(msg.cls, OC_STUN_REQUEST);
    assert_int_equal(msg.priority, 0x6E0001FF);
    assert_true(OC_STUN_HAS(&msg, OC_STUN_F_CONTROLLED));
    assert_false(OC_STUN_HAS(&msg, OC_STUN_F_CONTROLLING));
    assert_true(msg.tie_breaker == UINT64_C(0x932FF9B151263B36));
    assert_text(msg.username, "evtj:h6vY");
    assert_int_equal(oc_stun_check_integrity(&msg, password), OC_OK);
    assert_int_equal(oc_stun_check_integrity(&msg, text("other")), OC_ERR_FORMAT);
    assert_int_equal(oc_stun_check_integrity256(&msg, password), OC_ERR_NOENT);
    assert_int_equal(oc_stun_check_fingerprint(&msg), OC_OK);
    for (unsigned at = 0; at < msg.fingerprint_at; at++) { /* whatever changes is noticed */
        bytes[at] ^= 0x10;
        assert_int_equal(oc_stun_check_fingerprint(&msg), OC_ERR_FORMAT);
        if (at < msg.integrity_at && at != 2 && at != 3) /* the length is not what is hashed */
            assert_int_equal(oc_stun_check_integrity(&msg, password), OC_ERR_FORMAT);
        bytes[at] ^= 0x10;
    }
}

static void answers_with_addresses(void **state) {
    (void)state;
    oc_stun_msg_t msg;
    char out[OC_ADDR_TEXT];
    read_vector(vector_answer4, &msg);
    assert_int_equal(msg.cls, OC_STUN_SUCCESS);
    oc_addr_print(&msg.mapped, out, sizeof(out));
    assert_string_equal(out, "192.0.2.1:32853");
    assert_int_equal(oc_stun_check_integrity(&msg, password), OC_OK);
    assert_int_equal(oc_stun_check_fingerprint(&msg), OC_OK);
    read_vector(vector_answer6, &msg);
    oc_addr_print(&msg.mapped, out, sizeof(out));
    assert_string_equal(out, "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
    assert_int_equal(oc_stun_check_integrity(&msg, password), OC_OK);
    assert_int_equal(oc_stun_check_fingerprint(&msg), OC_OK);
}

static void long_term_by_md5(void **state) {
    (void)state;
    oc_stun_msg_t msg;
    uint8_t key[OC_STUN_KEY_MAX], out[256];
    read_vector(vector_long_term, &msg);
    assert_text(msg.username, VECTOR_USER);
    assert_text(msg.realm, "example.org");
    assert_text(msg.nonce, "f//499k954d6OL34oL9FSTvy64sA");
    assert_int_equal(oc_stun_nonce_features(msg.nonce), 0);
    size_t len = oc_stun_key(OC_STUN_MD5, msg.username, msg.realm, text("TheMatrIX"), key);
    assert_int_equal(len, 16);
    assert_int_equal(oc_stun_check_integrity(&msg, oc_span(key, len)), OC_OK);
    assert_int_equal(oc_stun_check_fingerprint(&msg), OC_ERR_NOENT);
    oc_wr_t w = oc_wr(out, sizeof(out)); /* and written: the same bytes */
    oc_stun_wr_begin(&w, OC_STUN_BINDING, OC_STUN_REQUEST, msg.txid);
    oc_stun_wr_bytes(&w, OC_STUN_USERNAME, msg.username.data, msg.username.len);
    oc_stun_wr_bytes(&w, OC_STUN_NONCE, msg.nonce.data, msg.nonce.len);
    oc_stun_wr_bytes(&w, OC_STUN_REALM, msg.realm.data, msg.realm.len);
    oc_stun_wr_integrity(&w, oc_span(key, len));
    assert_int_equal(oc_stun_wr_end(&w), msg.bytes.len);
    assert_memory_equal(out, msg.bytes.data, msg.bytes.len);
}

static void long_term_by_sha256(void **state) {
    (void)state;
    oc_stun_msg_t msg;
    uint8_t key[OC_STUN_KEY_MAX], hash[OC_STUN_HASHED], out[256];
    read_vector(vector_sha256, &msg);
    assert_int_equal(msg.algorithm, OC_STUN_SHA256);
    assert_int_equal(oc_stun_nonce_features(msg.nonce), OC_STUN_FEATURE_USERHASH);
    oc_stun_userhash(text(VECTOR_USER), msg.realm, hash);
    assert_int_equal(msg.userhash.len, sizeof(hash));
    assert_memory_equal(msg.userhash.data, hash, sizeof(hash));
    size_t len = oc_stun_key(OC_STUN_SHA256, text(VECTOR_USER), msg.realm, text("TheMatrIX"), key);
    assert_int_equal(len, 32);
    assert_int_equal(oc_stun_check_integrity256(&msg, oc_span(key, len)), OC_OK);
    assert_int_equal(oc_stun_check_integrity(&msg, oc_span(key, len)), OC_ERR_NOENT);
    assert_int_equal(oc_stun_key(OC_STUN_ALGORITHM_OTHER, text("a"), text("b"), text("c"), key), 0);
    oc_stun_key(OC_STUN_SHA256, text(VECTOR_USER), msg.realm, text("TheMatrIX"), key);
    oc_wr_t w = oc_wr(out, sizeof(out));
    oc_stun_wr_begin(&w, OC_STUN_BINDING, OC_STUN_REQUEST, msg.txid);
    oc_stun_wr_bytes(&w, OC_STUN_USERHASH, hash, sizeof(hash));
    oc_stun_wr_bytes(&w, OC_STUN_NONCE, msg.nonce.data, msg.nonce.len);
    oc_stun_wr_bytes(&w, OC_STUN_REALM, msg.realm.data, msg.realm.len);
    oc_stun_wr_algorithm(&w, OC_STUN_SHA256);
    oc_stun_wr_integrity256(&w, oc_span(key, len));
    assert_int_equal(oc_stun_wr_end(&w), msg.bytes.len);
    assert_memory_equal(out, msg.bytes.data, msg.bytes.len);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request),
        cmocka_unit_test(answers_with_addresses),
        cmocka_unit_test(long_term_by_md5),
        cmocka_unit_test(long_term_by_sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
