/* Lines of the files that keep events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "oc_event_line.h"

static oc_event_begin_t some_event(void) {
    return (oc_event_begin_t){.id = 12,
                              .start_ms = 1795229460123,
                              .end_ms = -1,
                              .mask = 0x80000001u,
                              .kind = "motion",
                              .channel = "front",
                              .data = ""};
}

static void assert_line(size_t len, const char *out, const char *expected) {
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(out, expected, len);
}

static void a_beginning_is_a_line(void **state) {
    char out[OC_EVENT_LINE_MAX];
    oc_event_begin_t event = some_event();
    assert_line(oc_event_line_begin(out, sizeof out, &event), out,
                "{\"op\":\"begin\",\"id\":12,\"at\":1795229460123,\"kind\":\"motion\","
                "\"mask\":2147483649,\"channel\":\"front\",\"raised\":false}\n");
    event.end_ms = event.start_ms;
    event.raised = true;
    event.channel = "";
    event.data = "{\"area\":[1,2]}";
    assert_line(oc_event_line_begin(out, sizeof out, &event), out,
                "{\"op\":\"begin\",\"id\":12,\"at\":1795229460123,\"end\":1795229460123,"
                "\"kind\":\"motion\",\"mask\":2147483649,\"channel\":\"\",\"raised\":true,"
                "\"data\":{\"area\":[1,2]}}\n");
}

static void a_change_is_a_line(void **state) {
    char out[OC_EVENT_LINE_MAX];
    assert_line(oc_event_line_change(out, sizeof out, 7, OC_EVENT_END, 1795229460123), out,
                "{\"op\":\"end\",\"id\":7,\"at\":1795229460123}\n");
    assert_line(oc_event_line_change(out, sizeof out, 7, OC_EVENT_PROTECT, 1), out,
                "{\"op\":\"protect\",\"id\":7,\"on\":true}\n");
    assert_line(oc_event_line_change(out, sizeof out, 7, OC_EVENT_PROTECT, 0), out,
                "{\"op\":\"protect\",\"id\":7,\"on\":false}\n");
    assert_line(oc_event_line_change(out, sizeof out, 7, OC_EVENT_PICTURE, 0), out,
                "{\"op\":\"picture\",\"id\":7,\"bytes\":0}\n");
    assert_line(oc_event_line_change(out, sizeof out, 7, OC_EVENT_PICTURE, 4711), out,
                "{\"op\":\"picture\",\"id\":7,\"bytes\":4711}\n");
    char path[OC_EVENT_LINE_PATH];
    oc_event_line_picture(1795229460123, 7, path);
    assert_string_equal(path, "events/202611/7.jpg");
    oc_event_line_picture(INT64_MAX, UINT32_MAX, path);
    assert_string_equal(path, "events/999912/4294967295.jpg");
    assert_line(oc_event_line_change(out, sizeof out, UINT32_MAX, OC_EVENT_DELETE, 0), out,
                "{\"op\":\"delete\",\"id\":4294967295}\n");
}

/* Every size below that of the line: nothing half is written; the longest data fits. */
static void a_line_fits_or_is_none(void **state) {
    char out[OC_EVENT_LINE_MAX], data[OC_EVENT_DATA_MAX + 1];
    oc_event_begin_t event = some_event();
    size_t len = oc_event_line_begin(out, sizeof out, &event);
    for (size_t size = 0; size < len; size++)
        assert_int_equal(oc_event_line_begin(out, size, &event), 0);
    assert_int_equal(oc_event_line_begin(out, len, &event), len);
    memset(data, '1', OC_EVENT_DATA_MAX);
    data[OC_EVENT_DATA_MAX] = 0;
    event = (oc_event_begin_t){.id = UINT32_MAX,
                               .start_ms = INT64_MAX,
                               .end_ms = INT64_MAX,
                               .mask = UINT32_MAX,
                               .kind = "abcdefghijklmnopqrstuvw",
                               .channel = "abcdefghijklmnopqrstuvwxyzabcde",
                               .data = data};
    assert_true(oc_event_line_begin(out, sizeof out, &event) > OC_EVENT_DATA_MAX);
}

static void what_was_cut_off_is_no_line(void **state) {
    assert_int_equal(oc_event_line_whole("", 0), 0);
    assert_int_equal(oc_event_line_whole("{\"op\"", 5), 0);
    assert_int_equal(oc_event_line_whole("{}\n{}\n", 6), 6);
    assert_int_equal(oc_event_line_whole("{}\n{}\n{\"", 8), 6);
}

static void assert_path(int64_t start_ms, const char *expected) {
    char path[OC_EVENT_LINE_PATH];
    oc_event_line_path(start_ms, path);
    assert_string_equal(path, expected);
    assert_true(oc_event_line_is_file(path + sizeof(OC_EVENT_LINE_FOLDER)));
}

static void files_are_of_a_month(void **state) {
    assert_path(0, "events/197001.ndjson");
    assert_path(-5, "events/197001.ndjson");
    assert_path(1709164799999, "events/202402.ndjson"); /* 2024-02-28T23:59:59.999Z */
    assert_path(1709251199999, "events/202402.ndjson"); /* a leap day */
    assert_path(1709251200000, "events/202403.ndjson");
    assert_path(1795229460123, "events/202611.ndjson");
    assert_path(1798761599999, "events/202612.ndjson");
    assert_path(1798761600000, "events/202701.ndjson");
    assert_path(INT64_MAX, "events/999912.ndjson");
    assert_false(oc_event_line_is_file("202611.ndjson.bad"));
    assert_false(oc_event_line_is_file("20261.ndjson"));
    assert_false(oc_event_line_is_file("2026111.ndjson"));
    assert_false(oc_event_line_is_file(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_beginning_is_a_line),  cmocka_unit_test(a_change_is_a_line),
        cmocka_unit_test(a_line_fits_or_is_none), cmocka_unit_test(what_was_cut_off_is_no_line),
        cmocka_unit_test(files_are_of_a_month),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
