/* Addresses without their secrets: the host's rule against the vectors that bind it and the
 * script's (tests/viewer/redact.test.mjs). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "oc_redact.h"

static void test_vectors(void **state) {
    FILE *file = fopen(ROOT "/tests/corpora/redact/vectors.tsv", "r");
    char line[1024], shown[1024], again[1024];
    unsigned count = 0;
    assert_non_null(file);
    for (; fgets(line, sizeof(line), file); count++) {
        char *expected = strchr(line, '\t');
        assert_non_null(expected);
        *expected++ = '\0';
        expected[strcspn(expected, "\n")] = '\0';
        oc_redact_url(line, shown, sizeof(shown));
        if (strcmp(shown, expected) != 0)
            fail_msg("%s is shown as %s instead of %s", line, shown, expected);
        oc_redact_url(shown, again, sizeof(again));
        assert_string_equal(again, shown);
        assert_null(strstr(shown, "hunter2"));
    }
    fclose(file);
    assert_true(count > 200);
}

/* In place, for arguments and lines of logs: not a byte more. */
static void test_stars(void **state) {
    char text[] = "rtsp://u:pw@h/live/user=x_password=y?channel=1&pwd=z#name=v behind";
    oc_redact_stars(text, strlen(text) - strlen(" behind"));
    assert_string_equal(text, "rtsp://****@h/live/*****************?channel=1&pwd=*#name=v behind");
}

static void test_bounds(void **state) {
    char shown[16], large[3000];
    oc_redact_url("rtsp://user:password@host/x", shown, sizeof(shown));
    assert_string_equal(shown, "rtsp://***@host");
    oc_redact_url("rtsp://user:password@host/x", shown, 1);
    assert_string_equal(shown, "");
    memset(large, 'p', sizeof(large));
    memcpy(large, "rtsp://", 7);
    memcpy(large + sizeof(large) - 8, "@host/x", 8);
    oc_redact_url(large, shown, sizeof(shown)); /* where user and password end is far away */
    assert_null(strstr(shown, "pp"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors), cmocka_unit_test(test_stars),
                                       cmocka_unit_test(test_bounds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
