/* oc_semver: the examples of semver.org, and what is no version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_semver.h"

static oc_span_t text(const char *version) {
    return oc_span(version, strlen(version));
}

static void other_texts_are_no_versions(void **state) {
    (void)state;
    static const char *const good[] = {"0.0.0",
                                       "1.2.3",
                                       "10.20.30",
                                       "1.1.2-prerelease+meta",
                                       "1.1.2+meta",
                                       "1.0.0-alpha.0valid",
                                       "1.0.0-alpha-a.b-c-somethinglong+build.1-aef",
                                       "1.0.0-0A.is.legal",
                                       "1.0.0--",
                                       "1.0.0+001",
                                       "999999999999999999.0.0",
                                       "1.0.0-0",
                                       "1.2.3+a-b"};
    static const char *const bad[] = {"",           "1",        "1.2",      "1.2.3.4",   "01.1.1",
                                      "1.01.1",     "1.1.01",   "1.2.3-",   "1.2.3+",    "1.2.3-01",
                                      "1.2.3-a..b", "1.2.3-a.", "1.2.3-.a", "1.2.3+a+b", "1.2.3-é",
                                      "v1.2.3",     "1.2.3 ",   "-1.0.0",   "1..3",      ".2.3",
                                      "1.2.",       "1.2.3-+b", "1.2.3-a_b"};
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
    static const char *const order[] = {"0.0.1",       "0.1.0",         "1.0.0-1",
                                        "1.0.0-2",     "1.0.0-11",      "1.0.0-A",
                                        "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                        "1.0.0-beta",  "1.0.0-beta.2",  "1.0.0-beta.11",
                                        "1.0.0-rc.1",  "1.0.0",         "1.0.9",
                                        "1.0.10",      "1.2.0",         "1.10.0",
                                        "9.0.0",       "10.0.0",        "99999999999999999999.0.0"};
    const unsigned count = sizeof order / sizeof *order;
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < count; k++) {
            int got = oc_semver_compare(text(order[i]), text(order[k]));
            if ((got > 0) - (got < 0) != (i > k) - (i < k))
                fail_msg("%s and %s: %d", order[i], order[k], got);
        }
    assert_int_equal(oc_semver_compare(text("1.0.0+a"), text("1.0.0+b.2")), 0);
    assert_int_equal(oc_semver_compare(text("1.0.0-a+a"), text("1.0.0-a")), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_texts_are_no_versions),
        cmocka_unit_test(each_is_older_than_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
