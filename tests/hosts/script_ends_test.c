/* The last ends of scripts: the newest stay, each whole or cut, in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "oc_script_ends.h"

static unsigned count_of(const oc_script_ends_t *ends) {
    unsigned count = 0;
    for (const char *at = ends->text; (at = strchr(at, '\x1E')) != NULL; at++)
        count++;
    return count;
}

static void each_has_its_time_and_text(void **state) {
    oc_script_ends_t ends = {0};
    oc_script_ends_note(&ends, 1500999, "Error: one\n at a (b.ts:1)");
    oc_script_ends_note(&ends, 0, "");
    oc_script_ends_note(&ends, 2000,
                        "a\x1E"
                        "b");
    assert_string_equal(ends.text, "1500 Error: one\n at a (b.ts:1)\x1E"
                                   "0 \x1E"
                                   "2 a b\x1E");
}

static void the_newest_stay(void **state) {
    oc_script_ends_t ends = {0};
    char text[3000], first[32];
    for (unsigned i = 1; i <= 1000; i++) {
        snprintf(text, sizeof text, "%*s", (int)(i * 37 % sizeof text), "x");
        oc_script_ends_note(&ends, i * INT64_C(1000), text);
        assert_true(strlen(ends.text) < sizeof ends.text);
        snprintf(first, sizeof first, "%u ", i);
        unsigned count = count_of(&ends);
        assert_true(i < 4 ? count == i : count >= 4);
        const char *newest = ends.text;
        for (unsigned n = 1; n < count; n++)
            newest = strchr(newest, '\x1E') + 1;
        assert_memory_equal(newest, first, strlen(first));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_time_and_text),
        cmocka_unit_test(the_newest_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
