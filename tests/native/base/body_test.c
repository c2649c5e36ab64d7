/* oc_body: references are counted, ranges stay within their body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_body.h"
#include "oc_err.h"

typedef struct text_body {
    oc_body_t body;
    const char *text;
    unsigned released;
} text_body_t;

static int64_t read_text(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    const text_body_t *text = (const text_body_t *)(void *)body;
    assert_true(offset + size <= strlen(text->text));
    memcpy(out, text->text + offset, size);
    return (int64_t)size;
}

static void release_text(oc_body_t *body) {
    ((text_body_t *)(void *)body)->released++;
}

static const oc_body_source_t text_source = {.read = read_text, .release = release_text};

static oc_body_ref_t begin(text_body_t *text) {
    *text = (text_body_t){.text = "0123456789"};
    return oc_body_init(&text->body, &text_source, 10, "text/plain");
}

static void assert_reads(const oc_body_ref_t *ref, uint64_t offset, const char *expected) {
    char out[32] = "";
    assert_int_equal(oc_body_read(ref, offset, out, sizeof(out) - 1), strlen(expected));
    assert_string_equal(out, expected);
}

static void the_last_reference_releases_it(void **state) {
    (void)state;
    text_body_t text;
    oc_body_ref_t one = begin(&text), two = oc_body_keep(one, 2, 5);
    oc_body_drop(&one);
    assert_int_equal(text.released, 0);
    assert_reads(&two, 0, "234");
    oc_body_drop(&two);
    assert_int_equal(text.released, 1);
    oc_body_drop(&two);
    assert_int_equal(text.released, 1);
}

static void ranges_stay_within(void **state) {
    (void)state;
    text_body_t text;
    oc_body_ref_t all = begin(&text), part = oc_body_keep(all, 4, UINT64_MAX);
    oc_body_ref_t inner = oc_body_keep(part, 1, 3), none = oc_body_keep(part, 7, 2);
    char out[4];
    assert_reads(&part, 0, "456789");
    assert_reads(&inner, 0, "56");
    assert_reads(&inner, 1, "6");
    assert_int_equal(none.bytes, 0);
    assert_int_equal(oc_body_read(&inner, 2, out, sizeof(out)), 0);
    assert_int_equal(oc_body_read(&inner, UINT64_MAX, out, sizeof(out)), 0);
    assert_int_equal(oc_body_read(&all, 0, out, 0), 0);
    assert_int_equal(oc_body_read(&all, 0, out, sizeof(out)), 4);
    oc_body_drop(&all);
    oc_body_drop(&part);
    oc_body_drop(&inner);
    oc_body_drop(&none);
    assert_int_equal(text.released, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_last_reference_releases_it),
                                       cmocka_unit_test(ranges_stay_within)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
