/* See include/cmocka.h. */
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum outcome { PASSED, FAILED, SKIPPED } outcome_t;

static jmp_buf back;
static bool in_test;

_Noreturn void xt_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n[   LINE   ] --- %s:%d: error: Failure!\n", file, line);
    if (!in_test)
        exit(1);
    longjmp(back, FAILED);
}

_Noreturn void xt_skip(const char *file, int line) {
    (void)file, (void)line;
    longjmp(back, SKIPPED);
}

void xt_assert_int(const char *file, int line, uintmax_t a, uintmax_t b, int equal) {
    if ((a == b) != (equal != 0))
        xt_fail(file, line, "%lld (0x%llx) %s %lld (0x%llx)", (long long)a, (unsigned long long)a,
                equal ? "!=" : "==", (long long)b, (unsigned long long)b);
}

void xt_assert_range(const char *file, int line, uintmax_t value, uintmax_t least,
                     uintmax_t maximum) {
    if (value < least || value > maximum)
        xt_fail(file, line, "%llu is not within %llu .. %llu", (unsigned long long)value,
                (unsigned long long)least, (unsigned long long)maximum);
}

void xt_assert_memory(const char *file, int line, const void *a, const void *b, size_t size,
                      int equal) {
    const unsigned char *x = a, *y = b;
    size_t at = 0;
    while (at < size && x[at] == y[at])
        at++;
    if (equal && at < size)
        xt_fail(file, line, "differs at byte %zu of %zu: 0x%02x != 0x%02x", at, size, x[at], y[at]);
    if (!equal && at == size)
        xt_fail(file, line, "the same %zu bytes", size);
}

void xt_assert_string(const char *file, int line, const char *a, const char *b, int equal) {
    bool same = a == b || (a && b && strcmp(a, b) == 0);
    if (same != (equal != 0))
        xt_fail(file, line, "\"%s\" %s \"%s\"", a ? a : "(null)",
                equal ? "!=" : "==", b ? b : "(null)");
}

void print_message(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

void print_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

static bool fixture(CMFixtureFunction call, void **state) {
    if (!call)
        return true;
    if (setjmp(back))
        return false;
    return call(state) == 0;
}

static outcome_t body(const struct CMUnitTest *test, void **state) {
    int jumped = setjmp(back);
    if (jumped)
        return (outcome_t)jumped;
    test->test_func(state);
    return PASSED;
}

static outcome_t run_one(const struct CMUnitTest *test, void *group_state) {
    static void *state;
    static outcome_t outcome;
    state = test->initial_state ? test->initial_state : group_state;
    in_test = true;
    outcome = fixture(test->setup_func, &state) ? body(test, &state) : FAILED;
    if (!fixture(test->teardown_func, &state) && outcome == PASSED)
        outcome = FAILED;
    in_test = false;
    return outcome;
}

static void list(const char *label, const struct CMUnitTest *tests, const outcome_t *outcomes,
                 size_t count, outcome_t which) {
    unsigned n = 0;
    for (size_t i = 0; i < count; i++)
        n += outcomes[i] == which;
    if (n == 0 && which != PASSED)
        return;
    printf("[  %s ] %u test(s)%s\n", label, n, which == PASSED ? "." : ", listed below:");
    for (size_t i = 0; i < count && which != PASSED; i++)
        if (outcomes[i] == which)
            printf("[  %s ] %s\n", label, tests[i].name);
}

int xt_run_tests(const char *group, const struct CMUnitTest *tests, size_t count,
                 CMFixtureFunction setup, CMFixtureFunction teardown) {
    static void *state;
    outcome_t *outcomes = calloc(count, sizeof *outcomes);
    int failed = 0;
    printf("[==========] %s: Running %zu test(s).\n", group, count);
    bool ready = fixture(setup, &state);
    for (size_t i = 0; i < count; i++) {
        printf("[ RUN      ] %s\n", tests[i].name);
        outcomes[i] = ready ? run_one(&tests[i], state) : FAILED;
        printf("[ %s ] %s\n", (const char *[]){"      OK", " FAILED ", " SKIPPED"}[outcomes[i]],
               tests[i].name);
        failed += outcomes[i] == FAILED;
    }
    if (!fixture(teardown, &state))
        failed++;
    printf("[==========] %s: %zu test(s) run.\n", group, count);
    list("PASSED ", tests, outcomes, count, PASSED);
    list("SKIPPED", tests, outcomes, count, SKIPPED);
    list("FAILED ", tests, outcomes, count, FAILED);
    free(outcomes);
    return failed;
}
