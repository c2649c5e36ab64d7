/* oc_semver with the table of semver_vectors.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_semver.h"
#include "semver_vectors.h"

static oc_span_t text(const char *version) {
    return oc_span(version, strlen(version));
}

static void other_texts_are_no_versions(void **state) {
    (void)state;
    char longest[OC_SEMVER_MAX + 2];
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++)
        if (oc_semver_check(text(good[i])) != OC_OK)
            fail_msg("refused: %s", good[i]);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        if (oc_semver_check(text(bad[i])) != OC_ERR_FORMAT)
            fail_msg("accepted: %s", bad[i]);
    memset(longest, '1', sizeof longest);
    memcpy(longest, "1.0.0-a", 7);
    assert_int_equal(oc_semver_check(oc_span(longest, OC_SEMVER_MAX)), OC_OK);
    assert_int_equal(oc_semver_check(oc_span(longest, OC_SEMVER_MAX + 1)), OC_ERR_TOO_BIG);
}

static void each_is_older_than_the_next(void **state) {
    (void)state;
    const unsigned count = sizeof order / sizeof *order;
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < count; k++) {
            int got = oc_semver_compare(text(order[i]), text(order[k]));
            if ((got > 0) - (got < 0) != (i > k) - (i < k))
                fail_msg("%s and %s: %d", order[i], order[k], got);
        }
    for (unsigned i = 0; i < sizeof same / sizeof *same; i += 2)
        assert_int_equal(oc_semver_compare(text(same[i]), text(same[i + 1])), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_texts_are_no_versions),
        cmocka_unit_test(each_is_older_than_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
