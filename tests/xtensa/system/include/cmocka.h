/* cmocka - the part of cmocka's interface the tests use, for machines it is not built for. Same
 * names, same meaning, same lines of output (scripts/counts.mjs reads them). */
#ifndef XT_CMOCKA_H
#define XT_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*CMUnitTestFunction)(void **state);
typedef int (*CMFixtureFunction)(void **state);

struct CMUnitTest {
    const char *name;
    CMUnitTestFunction test_func;
    CMFixtureFunction setup_func, teardown_func;
    void *initial_state;
};

/* clang-format off */
#define cmocka_unit_test(f) {#f, f, NULL, NULL, NULL}
#define cmocka_unit_test_setup(f, setup) {#f, f, setup, NULL, NULL}
#define cmocka_unit_test_teardown(f, teardown) {#f, f, NULL, teardown, NULL}
#define cmocka_unit_test_setup_teardown(f, setup, teardown) {#f, f, setup, teardown, NULL}
/* clang-format on */

#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    cmocka_run_group_tests_name(#tests, tests, setup, teardown)
#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                  \
    xt_run_tests(name, tests, sizeof(tests) / sizeof(tests)[0], setup, teardown)

/* @return number of tests that failed */
int xt_run_tests(const char *group, const struct CMUnitTest *tests, size_t count,
                 CMFixtureFunction setup, CMFixtureFunction teardown);
/* End the test that runs. */
_Noreturn void xt_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void xt_skip(const char *file, int line);

void xt_assert_int(const char *file, int line, uintmax_t a, uintmax_t b, int equal);
void xt_assert_range(const char *file, int line, uintmax_t value, uintmax_t least,
                     uintmax_t maximum);
void xt_assert_memory(const char *file, int line, const void *a, const void *b, size_t size,
                      int equal);
void xt_assert_string(const char *file, int line, const char *a, const char *b, int equal);

void print_message(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define XT_INTEGER(value) ((uintmax_t)(value))
#define XT_POINTER(value) ((uintmax_t)(uintptr_t)(value))

#define fail()        xt_fail(__FILE__, __LINE__, "failed")
#define fail_msg(...) xt_fail(__FILE__, __LINE__, __VA_ARGS__)
#define skip()        xt_skip(__FILE__, __LINE__)
#define assert_true(condition)                                                                     \
    ((condition) ? (void)0 : xt_fail(__FILE__, __LINE__, "%s", #condition))
#define assert_false(condition)                                                                    \
    (!(condition) ? (void)0 : xt_fail(__FILE__, __LINE__, "not %s", #condition))
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_null(pointer)     assert_true((pointer) == NULL)
#define assert_int_equal(a, b)   xt_assert_int(__FILE__, __LINE__, XT_INTEGER(a), XT_INTEGER(b), 1)
#define assert_int_not_equal(a, b)                                                                 \
    xt_assert_int(__FILE__, __LINE__, XT_INTEGER(a), XT_INTEGER(b), 0)
#define assert_ptr_equal(a, b) xt_assert_int(__FILE__, __LINE__, XT_POINTER(a), XT_POINTER(b), 1)
#define assert_ptr_not_equal(a, b)                                                                 \
    xt_assert_int(__FILE__, __LINE__, XT_POINTER(a), XT_POINTER(b), 0)
#define assert_in_range(value, least, maximum)                                                     \
    xt_assert_range(__FILE__, __LINE__, XT_INTEGER(value), XT_INTEGER(least), XT_INTEGER(maximum))
#define assert_memory_equal(a, b, size)     xt_assert_memory(__FILE__, __LINE__, a, b, size, 1)
#define assert_memory_not_equal(a, b, size) xt_assert_memory(__FILE__, __LINE__, a, b, size, 0)
#define assert_string_equal(a, b)           xt_assert_string(__FILE__, __LINE__, a, b, 1)
#define assert_string_not_equal(a, b)       xt_assert_string(__FILE__, __LINE__, a, b, 0)

#endif
