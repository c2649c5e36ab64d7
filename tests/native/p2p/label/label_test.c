/* Labels: as browsers write them, names, limits, and what is refused. */
#include "cmocka_first.h"

#include "oc_err.h"
#include "oc_label.h"
#include "oc_label_write.h"

static oc_label_t label;

static int parse(const char *text) {
    return oc_label_parse(oc_span(text, strlen(text)), &label);
}

static void assert_value(const char *key, const char *value) {
    const char *found = oc_label_get(&label, key);
    assert_non_null(found);
    assert_string_equal(found, value);
}

static void test_queries(void **state) {
    assert_int_equal(parse("action=live&channel=0&stream=main"), OC_OK);
    assert_string_equal(label.name, "");
    assert_int_equal(label.keys, 3);
    assert_value("action", "live");
    assert_value("channel", "0");
    assert_value("stream", "main");
    assert_null(oc_label_get(&label, "live"));
    assert_int_equal(parse("source?bytes=1000000&size=16384"), OC_OK);
    assert_string_equal(label.name, "source");
    assert_value("size", "16384");
    assert_int_equal(parse("echo"), OC_OK);
    assert_string_equal(label.name, "echo");
    assert_int_equal(label.keys, 0);
    assert_int_equal(parse(""), OC_OK);
    assert_true(label.name[0] == '\0' && label.keys == 0);
    assert_int_equal(parse("?a=b"), OC_OK);
    assert_value("a", "b");
    assert_int_equal(parse("echo?"), OC_OK);
    assert_string_equal(label.name, "echo");
    assert_int_equal(parse("a=b?c&d=?"), OC_OK); /* behind '=' a '?' is one */
    assert_value("a", "b?c");
    assert_value("d", "?");
    assert_int_equal(parse("&a&&b==&"), OC_OK);
    assert_int_equal(label.keys, 2);
    assert_value("a", "");
    assert_value("b", "=");
}

/* new URLSearchParams({ "name": "Küche 1/2", "a b": "*-._~", "€": "😀&=+%" }).toString() */
static const char browser[] =
    "name=K%C3%BCche+1%2F2&a+b=*-._%7E&%E2%82%AC=%F0%9F%98%80%26%3D%2B%25";

static void test_browser(void **state) {
    uint8_t out[256];
    oc_wr_t w = oc_wr(out, sizeof out);
    assert_int_equal(parse(browser), OC_OK);
    assert_value("name", "K\xC3\xBC"
                         "che 1/2");
    assert_value("a b", "*-._~");
    assert_value("\xE2\x82\xAC", "\xF0\x9F\x98\x80&=+%");
    for (unsigned i = 0; i < label.keys; i++)
        oc_label_write(&w, i == 0, label.text + label.key[i], label.text + label.value[i]);
    assert_false(w.bad);
    assert_int_equal(oc_wr_len(&w), sizeof browser - 1);
    assert_memory_equal(out, browser, sizeof browser - 1);
    w = oc_wr(out, 10);
    oc_label_write(&w, true, "name", "value-and-more");
    assert_true(w.bad);
}

static void test_refused(void **state) {
    static const char *const texts[] = {
        "a=%",         "a=%4",           "a=%zz",     "%=1",     "a=%00",     "a%00b=1",
        "=1",          "a=1&a=2",        "a=1&%61=2", "a=%FF",   "a=%C3",     "a=%C0%80",
        "a=%ED%A0%80", "a=%F4%90%80%80", "a=%E2%82",  "a=\xC3(", "na/me?a=1", "n\xC3\xA4?",
        "two words",   "a%20b",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(parse(texts[i]), OC_ERR_FORMAT);
        assert_non_null(label.error);
    }
    assert_int_equal(oc_label_parse(oc_span("a=1\0", 4), &label), OC_ERR_FORMAT);
    assert_int_equal(oc_label_parse(oc_span("echo\0", 5), &label), OC_ERR_FORMAT);
}

static void test_limits(void **state) {
    char text[OC_LABEL_MAX + 2];
    memset(text, 'x', sizeof text);
    memcpy(text, "a=", 2);
    assert_int_equal(oc_label_parse(oc_span(text, OC_LABEL_MAX), &label), OC_OK);
    assert_int_equal(strlen(oc_label_get(&label, "a")), OC_LABEL_MAX - 2);
    assert_int_equal(oc_label_parse(oc_span(text, OC_LABEL_MAX + 1), &label), OC_ERR_TOO_BIG);
    text[1] = 'x';
    assert_int_equal(oc_label_parse(oc_span(text, OC_LABEL_NAME_MAX), &label), OC_OK);
    assert_int_equal(oc_label_parse(oc_span(text, OC_LABEL_NAME_MAX + 1), &label), OC_ERR_TOO_BIG);
    assert_int_equal(parse("a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p"), OC_OK);
    assert_int_equal(label.keys, OC_LABEL_KEYS);
    assert_value("p", "");
    assert_int_equal(parse("a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q"), OC_ERR_TOO_BIG);
    /* the longest text with the most keys fills the room for both */
    memset(text, '&', sizeof text);
    for (unsigned i = 0; i < OC_LABEL_KEYS; i++)
        memset(text + i * 64, 'a' + (int)i, i == OC_LABEL_KEYS - 1 ? 64 : 63);
    assert_int_equal(oc_label_parse(oc_span(text, OC_LABEL_MAX), &label), OC_OK);
    assert_int_equal(label.keys, OC_LABEL_KEYS);
}

static void test_receives(void **state) {
    assert_int_equal(parse("action=voice&channel=0"), OC_OK);
    assert_true(oc_label_receives(&label));
    assert_int_equal(parse("action=live&channel=0"), OC_OK);
    assert_false(oc_label_receives(&label));
    assert_int_equal(parse("voice"), OC_OK);
    assert_false(oc_label_receives(&label));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries),  cmocka_unit_test(test_browser),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_limits),
        cmocka_unit_test(test_receives),
    };
    return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
