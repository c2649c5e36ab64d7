/* Delivery directives: what they say, and what is refused. */
#include "cmocka_first.h"

#include "oc_err.h"
#include "oc_hls_query.h"

static void test_directives(void **state) {
    oc_hls_query_t q;
    assert_int_equal(oc_hls_query_read("", &q), OC_OK);
    assert_false(q.has_msn || q.has_part || q.skip);
    assert_int_equal(oc_hls_query_read("_HLS_msn=12&_HLS_part=3&_HLS_skip=YES", &q), OC_OK);
    assert_true(q.has_msn && q.has_part && q.skip);
    assert_true(q.msn == 12 && q.part == 3);
    assert_int_equal(oc_hls_query_read("a=b&&x&_HLS_part=0&_HLS_msn=0&c", &q), OC_OK);
    assert_true(q.has_msn && q.has_part && q.msn == 0 && q.part == 0 && !q.skip);
    assert_int_equal(oc_hls_query_read("_HLS_skip=v2", &q), OC_OK);
    assert_true(q.skip && !q.has_msn);
    assert_int_equal(oc_hls_query_read("_HLS_skip=NO&_HLS_push=1&_HLS_msnx=a&x_HLS_msn=b", &q),
                     OC_OK);
    assert_false(q.skip || q.has_msn);
}

static void test_largest_values(void **state) {
    oc_hls_query_t q;
    assert_int_equal(oc_hls_query_read("_HLS_msn=18446744073709551615&_HLS_part=4294967295", &q),
                     OC_OK);
    assert_true(q.msn == UINT64_MAX && q.part == UINT32_MAX);
    assert_int_equal(oc_hls_query_read("_HLS_msn=18446744073709551616&_HLS_part=4294967296", &q),
                     OC_OK);
    assert_true(q.msn == UINT64_MAX && q.part == UINT32_MAX);
    assert_int_equal(
        oc_hls_query_read("_HLS_msn=99999999999999999999999999999999999999999999999", &q), OC_OK);
    assert_true(q.msn == UINT64_MAX);
}

static void test_refused(void **state) {
    static const char *const bad[] = {"_HLS_part=0",
                                      "_HLS_msn=",
                                      "_HLS_msn=&_HLS_part=1",
                                      "_HLS_msn=-1",
                                      "_HLS_msn=+1",
                                      "_HLS_msn=1.5",
                                      "_HLS_msn=0x10",
                                      "_HLS_msn= 1",
                                      "_HLS_msn=1&_HLS_part=x",
                                      "_HLS_msn=1&_HLS_part=",
                                      "_HLS_msn=1&_HLS_msn=1",
                                      "_HLS_msn=1&_HLS_part=1&_HLS_part=1",
                                      "_HLS_msn=1%26"};
    oc_hls_query_t q;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(oc_hls_query_read(bad[i], &q), OC_ERR_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directives),
        cmocka_unit_test(test_largest_values),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("hls_query", tests, NULL, NULL);
}
