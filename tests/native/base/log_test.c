/* oc_log: threshold, one line per event, cut lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_log.h"

static struct {
    unsigned lines;
    oc_log_level_t level;
    char room[32];
    char line[OC_LOG_LINE_MAX * 2];
} seen;

static void sink(void *context, oc_log_level_t level, const char *room, const char *line) {
    assert_ptr_equal(context, &seen);
    seen.lines++;
    seen.level = level;
    strcpy(seen.room, room);
    strcpy(seen.line, line);
}

static void without_a_sink_there_is_silence(void **state) {
    (void)state;
    oc_log_set(NULL, NULL, OC_LOG_DEBUG);
    oc_log(OC_LOG_ERROR, "base", "nobody listens");
    assert_int_equal(seen.lines, 0);
}

static void threshold_lets_through_what_is_at_least_as_grave(void **state) {
    (void)state;
    memset(&seen, 0, sizeof seen);
    oc_log_set(sink, &seen, OC_LOG_WARN);
    oc_log(OC_LOG_INFO, "ring", "not this");
    oc_log(OC_LOG_DEBUG, "ring", "not this");
    assert_int_equal(seen.lines, 0);
    oc_log(OC_LOG_WARN, "ring", "%s: %d packets", "cam1", 3);
    oc_log(OC_LOG_ERROR, "out/file", "disk");
    assert_int_equal(seen.lines, 2);
    assert_int_equal(seen.level, OC_LOG_ERROR);
    assert_string_equal(seen.room, "out/file");
}

static void control_characters_cannot_forge_a_line(void **state) {
    (void)state;
    oc_log_set(sink, &seen, OC_LOG_INFO);
    oc_log(OC_LOG_INFO, "x", "%s", "a\nb\x1b[0m\x7f");
    assert_string_equal(seen.line, "a b [0m ");
}

static void long_lines_are_cut_and_say_so(void **state) {
    (void)state;
    char text[OC_LOG_LINE_MAX + 100];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    oc_log_set(sink, &seen, OC_LOG_INFO);
    oc_log(OC_LOG_INFO, "x", "%s", text);
    assert_int_equal(strlen(seen.line), OC_LOG_LINE_MAX - 1);
    assert_string_equal(seen.line + OC_LOG_LINE_MAX - 5, "x...");
    text[OC_LOG_LINE_MAX - 1] = 0; /* exactly as long as a line may be */
    oc_log(OC_LOG_INFO, "x", "%s", text);
    assert_string_equal(seen.line, text);
}

static void a_cut_never_splits_a_character(void **state) {
    (void)state;
    char text[OC_LOG_LINE_MAX + 8];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4); /* euro sign */
        oc_log(OC_LOG_INFO, "x", "%s", text);
        size_t len = strlen(seen.line);
        assert_string_equal(seen.line + len - 3, "...");
        assert_memory_equal(seen.line + len - 6, "\xe2\x82\xac", 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_sink_there_is_silence),
        cmocka_unit_test(threshold_lets_through_what_is_at_least_as_grave),
        cmocka_unit_test(control_characters_cannot_forge_a_line),
        cmocka_unit_test(long_lines_are_cut_and_say_so),
        cmocka_unit_test(a_cut_never_splits_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
