/* No heap allocation on the frame path: between start and close of a recorded channel neither the
 * host's allocate nor malloc itself is called. The linker leads all malloc calls of this program
 * through the counters below. */
#include "plane_list.h"

#include <stdlib.h>

#define SECOND INT64_C(1000000)

/* volatile: a compiler knows what malloc does, and that it does not change these. */
static volatile bool counting;
static volatile uint32_t calls;

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);

void *__wrap_malloc(size_t bytes) {
    calls += counting;
    return __real_malloc(bytes);
}
void *__wrap_calloc(size_t n, size_t bytes) {
    calls += counting;
    return __real_calloc(n, bytes);
}
void *__wrap_realloc(void *memory, size_t bytes) {
    calls += counting;
    return __real_realloc(memory, bytes);
}
void *__wrap_aligned_alloc(size_t alignment, size_t bytes) {
    calls += counting;
    return __real_aligned_alloc(alignment, bytes);
}

static plane_host_t host;

static void ten_thousand_packets_allocate_nothing(void **state) {
    host_init(&host);
    host.sink = true;
    unsigned channel = host_open(&host, "cam1", "fake:?gop=30&size=2000&key=9000&audio=aac");
    host_record(&host, channel);
    host_run(&host, SECOND);
    oc_stream_row_t before = host_row(&host, channel);
    uint32_t blocks = host.allocations;
    uint64_t sunk = host.sunk_bytes;

    counting = true;
    host_run(&host, 140 * SECOND); /* 30 pictures and 46.875 sounds a second */
    counting = false;

    oc_stream_row_t row = host_row(&host, channel);
    assert_true(row.packets_lo - before.packets_lo > 10000);
    assert_int_equal(row.record_lost_packets, 0);
    assert_true(host.sunk_bytes - sunk > row.bytes_lo - before.bytes_lo - 100000);
    assert_int_equal(calls, 0);
    assert_int_equal(host.allocations, blocks);
    assert_int_equal(row.copied_lo, row.bytes_lo); /* one copy per payload byte, into the ring */
    host_end(&host);
}

/* The counters count: otherwise the test above could not fail. */
static void the_counters_count(void **state) {
    calls = 0;
    counting = true;
    void *volatile memory = malloc(1);
    free(memory);
    memory = calloc(1, 1);
    memory = realloc(memory, 100);
    free(memory);
    memory = aligned_alloc(16, 16);
    free(memory);
    counting = false;
    assert_true(calls >= 4); /* a C library may lead one through another */
    calls = 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counters_count),
        cmocka_unit_test(ten_thousand_packets_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
