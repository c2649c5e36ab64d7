/* oc_table: a reader on another thread never sees a torn record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include "oc_table.h"

#define WORDS  44 /* about one channel row */
#define WRITES 100000

static void starts_as_zeros_and_returns_what_was_written(void **state) {
    (void)state;
    _Atomic uint32_t memory[OC_TABLE_WORDS(3)] = {9, 9, 9, 9};
    oc_table_t table;
    uint32_t record[3] = {1, 2, 3};
    oc_table_init(&table, memory, 3);
    assert_true(oc_table_read(&table, record));
    assert_int_equal(record[0] + record[1] + record[2], 0);
    record[0] = 5;
    record[2] = 0xffffffff;
    oc_table_write(&table, record);
    record[0] = record[2] = 0;
    assert_true(oc_table_read(&table, record));
    assert_int_equal(record[0], 5);
    assert_int_equal(record[2], 0xffffffff);
}

/* A writer that stands still in the middle makes readers give up, not read half a record. */
static void a_writer_at_work_is_refused(void **state) {
    (void)state;
    _Atomic uint32_t memory[OC_TABLE_WORDS(1)];
    oc_table_t table;
    uint32_t record[1];
    oc_table_init(&table, memory, 1);
    atomic_fetch_add(&memory[0], 1);
    assert_false(oc_table_read(&table, record));
}

typedef struct shared {
    oc_table_t table;
    _Atomic uint32_t memory[OC_TABLE_WORDS(WORDS)];
    uint32_t last; /* of the writer */
    _Atomic bool read, done;
} shared_t;

static void *writer(void *context) {
    shared_t *s = context;
    uint32_t record[WORDS];
    for (uint32_t n = 1; n <= WRITES || !atomic_load(&s->read); n++) {
        for (uint32_t i = 0; i < WORDS; i++)
            record[i] = n * 2654435761u + i;
        oc_table_write(&s->table, record);
        if (n % 64 == 0)
            sched_yield();
        s->last = n;
    }
    atomic_store(&s->done, true);
    return NULL;
}

static void two_threads_never_see_a_torn_record(void **state) {
    (void)state;
    static shared_t s;
    pthread_t thread;
    uint32_t record[WORDS], whole = 0;
    oc_table_init(&s.table, s.memory, WORDS);
    for (uint32_t i = 0; i < WORDS; i++)
        record[i] = i;
    oc_table_write(&s.table, record);
    assert_int_equal(pthread_create(&thread, NULL, writer, &s), 0);
    while (!atomic_load(&s.done)) {
        if (!oc_table_read(&s.table, record))
            continue;
        whole++;
        atomic_store(&s.read, true);
        for (uint32_t i = 1; i < WORDS; i++)
            assert_int_equal(record[i], record[0] + i);
    }
    pthread_join(thread, NULL);
    assert_true(whole > 0);
    assert_true(oc_table_read(&s.table, record));
    assert_int_equal(record[0], s.last * 2654435761u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_as_zeros_and_returns_what_was_written),
        cmocka_unit_test(a_writer_at_work_is_refused),
        cmocka_unit_test(two_threads_never_see_a_torn_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
