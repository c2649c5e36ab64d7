/* oc_reply_head: what an application may say of its answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "oc_reply_head.h"

#define CHECK(text) oc_reply_head_check(text, sizeof(text) - 1)

static void test_what_is_allowed(void **state) {
    assert_null(CHECK("content-type\0text/html\0etag\0\"a\"\0x-empty\0\0"));
    assert_null(CHECK("location\0https://example.com/a b\0"));
    assert_null(oc_reply_head_check(NULL, 0));
}

static void test_what_is_refused(void **state) {
    static const char *const names[] = {"set-cookie",
                                        "content-length",
                                        "transfer-encoding",
                                        "connection",
                                        "content-range",
                                        "content-security-policy",
                                        "access-control-allow-origin",
                                        "sec-x",
                                        "www-authenticate",
                                        "x-frame-options",
                                        "Upper",
                                        "a b",
                                        "a:",
                                        "",
                                        "\xC3\xA4",
                                        "a\r\nb"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char head[80];
        size_t len = strlen(names[i]) + 1;
        memcpy(head, names[i], len);
        memcpy(head + len, "v", 2);
        assert_non_null(oc_reply_head_check(head, len + 2));
    }
    assert_non_null(CHECK("x\0a\r\nset-cookie: b\0"));
    assert_non_null(CHECK("x\0\xC3\xA4\0"));
    assert_non_null(CHECK("x\0 a\0"));
    assert_non_null(CHECK("x\0a"));
    assert_non_null(CHECK("x\0"));
    assert_non_null(CHECK("x"));
}

static void test_how_much(void **state) {
    char head[OC_REPLY_HEAD_MAX + 1];
    memset(head, 'a', sizeof(head));
    memcpy(head, "x", 2);
    head[OC_REPLY_HEAD_MAX - 1] = '\0';
    assert_null(oc_reply_head_check(head, OC_REPLY_HEAD_MAX));
    head[OC_REPLY_HEAD_MAX - 1] = 'a';
    head[OC_REPLY_HEAD_MAX] = '\0';
    assert_non_null(oc_reply_head_check(head, OC_REPLY_HEAD_MAX + 1));
}

static void test_a_walk(void **state) {
    static const char head[] = "a\0001\0b\0002\0";
    const char *value;
    size_t at = 0;
    assert_string_equal(oc_reply_head_next(head, sizeof(head) - 1, &at, &value), "a");
    assert_string_equal(value, "1");
    assert_string_equal(oc_reply_head_next(head, sizeof(head) - 1, &at, &value), "b");
    assert_null(oc_reply_head_next(head, sizeof(head) - 1, &at, &value));
    assert_string_equal(oc_reply_head_find(head, sizeof(head) - 1, "b"), "2");
    assert_null(oc_reply_head_find(head, sizeof(head) - 1, "c"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_allowed),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_how_much),
        cmocka_unit_test(test_a_walk),
    };
    return cmocka_run_group_tests_name("reply_head", tests, NULL, NULL);
}
