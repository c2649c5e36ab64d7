/* oc_json: shape, escapes, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_json.h"

static void assert_json(const oc_json_t *json, const char *want) {
    assert_false(json->bad);
    assert_int_equal(json->len, strlen(want));
    assert_memory_equal(json->out, want, json->len);
}

static void sample(oc_json_t *json) {
    oc_json_begin_object(json);
    oc_json_key(json, "list");
    oc_json_begin_array(json);
    oc_json_int(json, -1);
    oc_json_begin_object(json);
    oc_json_end_object(json);
    oc_json_bool(json, true);
    oc_json_end_array(json);
    oc_json_key(json, "none");
    oc_json_string(json, NULL);
    oc_json_key(json, "fps");
    oc_json_milli(json, 29970);
    oc_json_end_object(json);
}

static const char sample_text[] = "{\"list\":[-1,{},true],\"none\":null,\"fps\":29.97}";

static void commas_are_where_they_belong(void **state) {
    (void)state;
    char buffer[100];
    oc_json_t json = oc_json(buffer, sizeof buffer);
    sample(&json);
    assert_json(&json, sample_text);
}

static void strings_are_escaped_and_made_utf8(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"plain", "\"plain\""},
        {"a\"b\\c\n\x7f", "\"a\\\"b\\\\c\\u000a\\u007f\""},
        {"\xe2\x82\xac \xf0\x9f\x98\x80", "\"\xe2\x82\xac \xf0\x9f\x98\x80\""},
        {"\xff", "\"\xef\xbf\xbd\""},
        {"\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* ends in the middle */
        {"\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* overlong NUL */
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* surrogate */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char buffer[100];
        oc_json_t json = oc_json(buffer, sizeof buffer);
        oc_json_string(&json, rows[i].in);
        assert_json(&json, rows[i].out);
    }
}

static void numbers_reach_both_ends(void **state) {
    (void)state;
    char buffer[200];
    oc_json_t json = oc_json(buffer, sizeof buffer);
    oc_json_begin_array(&json);
    oc_json_int(&json, INT64_MIN);
    oc_json_int(&json, INT64_MAX);
    oc_json_milli(&json, 0);
    oc_json_milli(&json, -1500);
    oc_json_milli(&json, 100000);
    oc_json_milli(&json, INT64_MIN);
    oc_json_end_array(&json);
    assert_json(&json, "[-9223372036854775808,9223372036854775807,0,-1.5,100,"
                       "-9223372036854775.808]");
}

/* Every shorter buffer: nothing is written behind its end, and the writer says that it is bad. */
static void too_small_buffers_are_never_overrun(void **state) {
    (void)state;
    for (size_t size = 0; size < sizeof sample_text - 1; size++) {
        char buffer[sizeof sample_text + 1];
        memset(buffer, '#', sizeof buffer);
        oc_json_t json = oc_json(buffer, size);
        sample(&json);
        assert_true(json.bad);
        assert_true(json.len <= size);
        for (size_t i = size; i < sizeof buffer; i++)
            assert_int_equal(buffer[i], '#');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_are_where_they_belong),
        cmocka_unit_test(strings_are_escaped_and_made_utf8),
        cmocka_unit_test(numbers_reach_both_ends),
        cmocka_unit_test(too_small_buffers_are_never_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
