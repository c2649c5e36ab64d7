/* oc_machine: life and every end but the stops (machine_stop_test.c). */
#include "machine_host.h"
#include "oc_err.h"
#include "oc_host_modules.h"
#include "oc_xs.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ends_with(const char *name, oc_machine_reason_t reason, const char *text) {
    machine_host_t host;
    char found[OC_MACHINE_TEXT_BYTES];
    machine_host_init(&host);
    host.config.heap_bytes = 4 * 1024 * 1024;
    oc_machine_reason_t end = machine_host_once(&host, name, found, sizeof found);
    if (end != reason || !strstr(found, text))
        fail_msg("%s: %s: %s", name, oc_machine_reason_text(end), found);
    assert_string_equal(host.log, ""); /* nothing of the script runs after the end */
    machine_host_deinit(&host);
}

static void exceptions_and_rejections(void **state) {
    ends_with("ends/throws_at_start", OC_MACHINE_THREW_AT_START, "RangeError: at start");
    ends_with("ends/imports_thrower", OC_MACHINE_THREW_AT_START, "RangeError: at start");
    ends_with("ends/no_such_module", OC_MACHINE_THREW_AT_START,
              "no module ocellus/test/ends/no_such_module");
    ends_with("ends/throws_later", OC_MACHINE_THREW, "TypeError: later");
    ends_with("ends/throws_text", OC_MACHINE_THREW, "just text");
    ends_with("ends/throws_hostile", OC_MACHINE_THREW, "cannot be shown");
    ends_with("ends/rejects", OC_MACHINE_REJECTED, "Error: nobody listens");
    ends_with("ends/finishes", OC_MACHINE_FINISHED, "");
}

static void exhaustion(void **state) {
    ends_with("ends/heap", OC_MACHINE_HEAP, "the limit is 4194304 bytes");
    ends_with("ends/heap_text", OC_MACHINE_HEAP, "bytes");
#ifdef OC_XS17
    ends_with("ends/heap_json", OC_MACHINE_HEAP, "bytes");
#else /* the engine makes an exception of this one */
    ends_with("ends/heap_json", OC_MACHINE_THREW_AT_START, "out of memory");
#endif
    ends_with("ends/heap_regexp", OC_MACHINE_HEAP, "bytes");
    ends_with("ends/stack", OC_MACHINE_STACK, "4096 slots");
    ends_with("ends/stack_native", OC_MACHINE_STACK, "slots");
    ends_with("ends/keys", OC_MACHINE_KEYS, "the limit is 16384");
}

#ifdef mxDebug
static void ends_name_typescript_lines(void **state) {
    ends_with("ends/throws_later", OC_MACHINE_THREW,
              "tests/engine/scripts/ends/throws_later.ts:5)");
    ends_with("ends/throws_at_start", OC_MACHINE_THREW_AT_START, "throws_at_start.ts:2)");
    ends_with("ends/rejects", OC_MACHINE_REJECTED, "rejects.ts:6)");
    ends_with("ends/heap", OC_MACHINE_HEAP, "tests/engine/scripts/ends/heap.ts:5");
    ends_with("ends/stack", OC_MACHINE_STACK, "tests/engine/scripts/ends/stack.ts:");
}
#endif

#ifndef OC_XS17 /* hosts/linux/engine/oc_machine_room.c */
static oc_machine_memory_t after_garbage(size_t heap_bytes) {
    machine_host_t host;
    oc_machine_memory_t memory;
    machine_host_init(&host);
    host.config.heap_bytes = heap_bytes;
    machine_host_start(&host);
    assert_int_equal(machine_host_run(&host, "garbage"), OC_MACHINE_FINISHED);
    oc_machine_memory(host.machine, &memory);
    machine_host_stop(&host);
    machine_host_deinit(&host);
    return memory;
}

/* A script that holds much is not collected again for every few objects. */
static void a_heap_keeps_room_for_garbage(void **state) {
    oc_machine_memory_t roomy = after_garbage(16 << 20), narrow = after_garbage(5 << 20);
    assert_true(roomy.allocated_bytes > narrow.allocated_bytes / 10 * 12);
    assert_true(roomy.allocated_bytes <= 8 << 20); /* half of the cap at most */
    assert_true(narrow.allocated_bytes <= 5 << 20);
}
#endif

static void a_hundred_lives(void **state) {
    static const char *const names[] = {"hello", "ends/throws_later", "ends/heap", "ends/finishes",
                                        "ends/rejects"};
    machine_host_t host;
    machine_host_init(&host);
    host.config.heap_bytes = 1024 * 1024;
    for (unsigned i = 0; i < 100; i++)
        machine_host_once(&host, names[i % 5], NULL, 0);
    machine_host_deinit(&host);
}

static void deleting_closes_timers(void **state) {
    machine_host_t host;
    machine_host_init(&host);
    machine_host_start(&host);
    assert_int_equal(oc_machine_import(host.machine, "ocellus/test/ends/waits"), 0);
    assert_true(machine_host_loop_is_busy(host.loop));
    machine_host_stop(&host);
    machine_host_deinit(&host); /* fails when a timer is left */
}

static void the_end_is_told_once_from_the_loop(void **state) {
    machine_host_t host;
    machine_host_init(&host);
    machine_host_start(&host);
    assert_int_equal(machine_host_run(&host, "ends/throws_at_start"), OC_MACHINE_THREW_AT_START);
    assert_int_equal(host.ends, 0); /* import's return value said it */
    assert_int_equal(oc_machine_import(host.machine, "ocellus/test/hello"), OC_ERR_STATE);
    machine_host_stop(&host);
    machine_host_start(&host);
    assert_int_equal(machine_host_run(&host, "ends/throws_later"), OC_MACHINE_THREW);
    assert_int_equal(host.ends, 1);
    oc_machine_finish(host.machine); /* no effect after an end */
    assert_int_equal(oc_machine_end(host.machine)->reason, OC_MACHINE_THREW);
    machine_host_stop(&host);
    assert_int_equal(host.ends, 1);
    machine_host_deinit(&host);
}

static void limits_are_checked(void **state) {
    machine_host_t host;
    machine_host_init(&host);
    host.config.heap_bytes = 1000;
    assert_int_equal(oc_machine_create(&host.machine, &host.config), OC_ERR_NOMEM);
    host.config.heap_bytes = 0;
    host.config.key_count = 40000;
    assert_int_equal(oc_machine_create(&host.machine, &host.config), OC_ERR_INVAL);
    host.config.key_count = 0;
    host.config.loop = NULL;
    assert_int_equal(oc_machine_create(&host.machine, &host.config), OC_ERR_INVAL);
    machine_host_deinit(&host);
}

/* Every heap size: creation, map and start fail as values or work, and nothing leaks. */
static void every_small_heap(void **state) {
    machine_host_t host;
    unsigned worked = 0, failed = 0;
    machine_host_init(&host);
    for (size_t heap = 128 * 1024; heap < 640 * 1024; heap += 8 * 1024) {
        const char *error;
        host.config.heap_bytes = heap;
        host.config.fixed_heap = heap / 8192 % 2;
        if (oc_machine_create(&host.machine, &host.config) < 0) {
            failed++;
            continue;
        }
        if (oc_host_modules_map(host.machine, &error) == 0 &&
            oc_machine_import(host.machine, "ocellus/globals") == 0)
            worked++;
        else
            failed++;
        machine_host_stop(&host);
    }
    assert_true(worked > 10);
    assert_true(failed > 0);
    machine_host_deinit(&host);
}

static void memory_is_counted(void **state) {
    machine_host_t host;
    oc_machine_memory_t memory;
    machine_host_init(&host);
    host.config.heap_bytes = 2 * 1024 * 1024;
    machine_host_start(&host);
    oc_machine_memory(host.machine, &memory);
    assert_true(memory.used_bytes > 20 * 1024 && memory.used_bytes < memory.allocated_bytes);
    machine_host_run(&host, "ends/heap");
    oc_machine_memory(host.machine, &memory);
    assert_true(memory.peak_bytes <= 2 * 1024 * 1024);
    assert_true(memory.peak_bytes > 1536 * 1024);
    machine_host_stop(&host);
    machine_host_deinit(&host);
}

static void throw_body(xsMachine *the, void *data) {
    ++*(int *)data;
    xsTypeError("from C");
}

static void count_body(xsMachine *the, void *data) {
    ++*(int *)data;
}

/* The machine's xs is reached through a handle that glue would have. */
static xsMachine *the_machine;
static void remember_body(xsMachine *the, void *data) {
    the_machine = the;
}

static void glue_enters_through_one_door(void **state) {
    machine_host_t host;
    int count = 0;
    machine_host_init(&host);
    machine_host_start(&host);
    assert_true(oc_xs_enter(oc_machine_xs(host.machine), remember_body, NULL));
    assert_ptr_equal(oc_xs_host(the_machine), &host);
    assert_ptr_equal(oc_xs_loop(the_machine), oc_loop_native(host.loop));
    assert_true(oc_xs_enter(the_machine, count_body, &count));
    assert_false(oc_xs_enter(the_machine, throw_body, &count));
    assert_int_equal(oc_machine_end(host.machine)->reason, OC_MACHINE_THREW);
    assert_non_null(strstr(oc_machine_end(host.machine)->text, "TypeError: "));
    assert_non_null(strstr(oc_machine_end(host.machine)->text, "from C"));
    assert_int_equal(host.ends, 1);
    assert_false(oc_xs_enter(the_machine, count_body, &count)); /* not entered again */
    assert_int_equal(count, 2);
    machine_host_stop(&host);
    machine_host_deinit(&host);
}

static void *live_and_die(void *data) {
    machine_host_t host;
    machine_host_init(&host);
    for (int i = 0; i < 20; i++)
        if (machine_host_once(&host, "hello", NULL, 0) != OC_MACHINE_FINISHED)
            ++*(int *)data;
    machine_host_deinit(&host);
    return NULL;
}

static void machines_on_two_threads(void **state) {
    pthread_t threads[2];
    int wrong[2] = {0};
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, live_and_die, &wrong[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(wrong[0] + wrong[1], 0);
}

static void reasons_have_texts(void **state) {
    for (int reason = OC_MACHINE_RUNNING; reason <= OC_MACHINE_REPLACED; reason++)
        if (reason != 9) /* was a script that asked to end */
            assert_string_not_equal(oc_machine_reason_text(reason), "unknown");
    assert_string_equal(oc_machine_reason_text(99), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exceptions_and_rejections),
        cmocka_unit_test(exhaustion),
#ifdef mxDebug
        cmocka_unit_test(ends_name_typescript_lines),
#endif
#ifndef OC_XS17
        cmocka_unit_test(a_heap_keeps_room_for_garbage),
#endif
        cmocka_unit_test(a_hundred_lives),
        cmocka_unit_test(deleting_closes_timers),
        cmocka_unit_test(the_end_is_told_once_from_the_loop),
        cmocka_unit_test(limits_are_checked),
        cmocka_unit_test(every_small_heap),
        cmocka_unit_test(memory_is_counted),
        cmocka_unit_test(glue_enters_through_one_door),
        cmocka_unit_test(machines_on_two_threads),
        cmocka_unit_test(reasons_have_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
