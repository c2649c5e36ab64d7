/* oc_http_clear: heads of strangers in clear, and what is answered of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oc_http_clear.h"

static char text[OC_HTTP_CLEAR_MAX];

static const char *answer(const char *head, size_t len) {
    char *copy = malloc(len ? len : 1); /* a byte behind it is found by the sanitizer */
    memcpy(copy, head, len);
    size_t size = oc_http_clear_text(text, copy, len);
    free(copy);
    assert_int_equal(size, strlen(text));
    return text;
}

static const char *of_host(const char *host) {
    char head[2048];
    int len = snprintf(head, sizeof(head), "/ HTTP/1.1\r\nAccept: *\r\nHost: %s\r\n\r\n", host);
    return answer(head, (size_t)len);
}

static void sends_to_the_same_host(void **state) {
    static const char *const hosts[] = {"192.168.1.5:8080", "camera.local", "[fd00::7]:443",
                                        "A-b_c"};
    for (unsigned i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        char line[128];
        assert_ptr_equal(strstr(of_host(hosts[i]), "HTTP/1.1 303 See Other\r\n"), text);
        snprintf(line, sizeof(line), "\r\nLocation: https://%s/\r\n", hosts[i]);
        assert_non_null(strstr(text, line));
        snprintf(line, sizeof(line), "\r\n\r\nThis port speaks HTTPS: https://%s/\n", hosts[i]);
        assert_non_null(strstr(text, line));
    }
    assert_non_null(strstr(answer("/\r\nHOST:x\r\n", 12), "https://x/"));
}

static void takes_no_host_that_is_none(void **state) {
    static const char *const hosts[] = {"",    "a b",  "a/b",       "a\nX: y",
                                        "u@h", "a\"b", "h\xC3\xA9", "a%0d"};
    for (unsigned i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        assert_ptr_equal(strstr(of_host(hosts[i]), "HTTP/1.1 400 Bad Request\r\n"), text);
        assert_null(strstr(text, "https://"));
        assert_non_null(strstr(text, "\r\n\r\nThis port speaks HTTPS\n"));
    }
    char host[300];
    memset(host, 'h', sizeof(host));
    host[256] = 0;
    assert_null(strstr(of_host(host), "https://"));
    host[255] = 0;
    assert_non_null(strstr(of_host(host), "https://"));
}

static void bears_heads_that_end_anywhere(void **state) {
    static const char head[] = "/ HTTP/1.1\r\nHost: camera:8080\r\n\r\n";
    for (size_t len = 0; len < sizeof(head); len++)
        (void)answer(head, len);
    for (size_t len = 0; len < 30; len++) /* without the end of its line it is not whole */
        assert_null(strstr(answer(head, len), "https://"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_to_the_same_host),
        cmocka_unit_test(takes_no_host_that_is_none),
        cmocka_unit_test(bears_heads_that_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
