/* oc_lookup: an address is found, who asked is woken until there was room for it, and never after a
 * drop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_lookup.h"
#include "test_wait.h"

/* Who asked. */
typedef struct asker {
    atomic_uint refusals; /* of `wake`, before there is room */
    atomic_uint woken;
} asker_t;

static bool wake(void *context) {
    asker_t *asker = context;
    if (atomic_load(&asker->refusals) > 0) {
        atomic_fetch_sub(&asker->refusals, 1);
        return false;
    }
    atomic_fetch_add(&asker->woken, 1);
    return true;
}

static oc_lookup_result_t find(const char *host, unsigned refusals) {
    asker_t asker = {.refusals = refusals};
    oc_lookup_t *lookup = NULL;
    oc_lookup_result_t result;
    memset(&result, 0xA5, sizeof result);
    assert_int_equal(oc_lookup_start(&lookup, host, 7000, 0, wake, &asker), OC_OK);
    for (unsigned ms = 0; !atomic_load(&asker.woken) && ms < TEST_WAIT_MS; ms++)
        usleep(1000);
    assert_true(oc_lookup_take(lookup, &result));
    assert_int_equal(atomic_load(&asker.woken), 1);
    assert_int_equal(atomic_load(&asker.refusals), 0);
    return result;
}

static void an_address_is_found_with_its_port(void **state) {
    oc_lookup_result_t result = find("127.0.0.1", 0);
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)&result.address[0];
    assert_int_equal(result.count, 1);
    assert_int_equal(four->sin_family, AF_INET);
    assert_int_equal(ntohs(four->sin_port), 7000);
    assert_int_equal(ntohl(four->sin_addr.s_addr), INADDR_LOOPBACK);
    assert_int_equal(find("::1", 0).address[0].ss_family, AF_INET6);
}

static void who_has_no_room_is_woken_again(void **state) {
    assert_int_equal(find("127.0.0.1", 3).count, 1);
}

static void a_name_that_is_none_says_why(void **state) {
    oc_lookup_result_t result = find("not a name", 0);
    assert_int_equal(result.count, 0);
    assert_non_null(result.why);
}

static void after_a_drop_nobody_is_woken(void **state) {
    static asker_t asker; /* the threads may outlast this function */
    oc_lookup_t *lookups[8];
    atomic_store(&asker.refusals, UINT32_MAX);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(oc_lookup_start(&lookups[i], "127.0.0.1", 1, 0, wake, &asker), OC_OK);
    for (unsigned i = 0; i < 8; i++)
        oc_lookup_drop(lookups[i]);
    atomic_store(&asker.refusals, 0); /* a wake from now on would count */
    oc_lookup_drop(NULL);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(find("127.0.0.1", 0).count, 1);
    assert_int_equal(atomic_load(&asker.woken), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_found_with_its_port),
        cmocka_unit_test(who_has_no_room_is_woken_again),
        cmocka_unit_test(a_name_that_is_none_says_why),
        cmocka_unit_test(after_a_drop_nobody_is_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
