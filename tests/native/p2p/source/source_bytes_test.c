/* Bytes as a function of their offset: the table, messages, and every cut of them. */
#include "cmocka_first.h"

#include "oc_dcep.h"
#include "oc_err.h"
#include "oc_source_bytes.h"

static oc_source_pattern_t pattern;

/* By the words of the header alone. */
static uint8_t byte_at(uint64_t offset) {
    static uint8_t table[OC_SOURCE_PATTERN];
    static bool made;
    uint32_t x = 1;
    for (unsigned i = 0; !made && i < OC_SOURCE_PATTERN; i++)
        table[i] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
    made = true;
    return table[offset % 4093];
}

/* Checks the parts of one cut; returns the bytes they reach. */
static uint32_t check(const oc_span_t *parts, int count, uint64_t offset) {
    uint32_t reached = 0;
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        assert_true(parts[i].len > 0);
        for (size_t k = 0; k < parts[i].len; k++)
            assert_int_equal(parts[i].data[k], byte_at(offset + reached + k));
        reached += (uint32_t)parts[i].len;
    }
    return reached;
}

static void test_pattern(void **state) {
    oc_span_t parts[8];
    static const uint64_t offsets[] = {0, 1, 4092, 4093, 5592, UINT64_C(1) << 52};
    static const uint32_t lens[] = {1, 1200, 1500, 4093, 9000};
    assert_int_equal(byte_at(0), (1664525u + 1013904223u) >> 24);
    for (unsigned i = 0; i < 6; i++)
        for (unsigned k = 0; k < 5; k++) {
            unsigned count = oc_source_pattern_parts(&pattern, offsets[i], lens[k], parts, 8);
            assert_int_equal(check(parts, (int)count, offsets[i]), lens[k]);
            assert_true(lens[k] > 1500 || count == 1); /* a packet's worth is one part */
        }
    assert_int_equal(oc_source_pattern_parts(&pattern, 0, 100000, parts, 2), 2);
    assert_true(check(parts, 2, 0) < 100000);
    assert_int_equal(oc_source_pattern_parts(&pattern, 0, 0, parts, 2), 0);
}

static void test_messages(void **state) {
    oc_source_bytes_t s;
    const oc_source_ops_t *ops = &oc_source_bytes_ops;
    oc_span_t parts[8];
    oc_msg_t m;
    uint64_t total = 0, messages = 0;
    oc_source_bytes_init(&s, &pattern, 100001, 16384);
    while (ops->next(&s, &m) == OC_OK) {
        oc_msg_t again;
        assert_int_equal(ops->next(&s, &again), OC_OK); /* a look takes nothing */
        assert_true(again.ref == m.ref);
        assert_true(m.ppid == OC_PPID_BINARY && m.key && m.group == 0 && !m.unordered);
        ops->take(&s, m.ref);
        for (uint32_t at = 0; at < m.len;) {
            uint32_t n = m.len - at < 1187 ? m.len - at : 1187;
            assert_int_equal(check(parts, ops->bytes(&s, m.ref, at, n, parts, 8), total + at), n);
            at += n;
        }
        total += m.len;
        messages++;
    }
    assert_int_equal(ops->next(&s, &m), OC_END);
    assert_int_equal(total, 100001);
    assert_int_equal(messages, 7);
    assert_int_equal(m.len, 100001 - 6 * 16384);
    /* the first one again, after everything */
    assert_int_equal(check(parts, ops->bytes(&s, 0, 5, 700, parts, 8), 5), 700);
    ops->done(&s, 0, OC_OK);
    ops->done(&s, 1, OC_ERR_CLOSED);
    assert_true(s.done == 1 && s.dropped == 1);
}

static void test_ends(void **state) {
    oc_source_bytes_t s;
    oc_msg_t m;
    oc_source_bytes_init(&s, &pattern, 0, 1);
    assert_int_equal(oc_source_bytes_ops.next(&s, &m), OC_END);
    oc_source_bytes_init(&s, &pattern, 1, 262144);
    assert_int_equal(oc_source_bytes_ops.next(&s, &m), OC_OK);
    assert_int_equal(m.len, 1);
    oc_source_bytes_init(&s, &pattern, OC_SOURCE_BYTES_MAX, 262144);
    s.next = OC_SOURCE_BYTES_MAX / 262144 - 1;
    assert_int_equal(oc_source_bytes_ops.next(&s, &m), OC_OK);
    assert_int_equal(m.len, 262144);
    oc_source_bytes_ops.take(&s, m.ref);
    assert_int_equal(oc_source_bytes_ops.next(&s, &m), OC_END);
}

static int setup(void **state) {
    oc_source_pattern_init(&pattern);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests_name("source_bytes", tests, setup, NULL);
}
